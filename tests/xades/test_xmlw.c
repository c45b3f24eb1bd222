/* SPDX-License-Identifier: MIT */
#include "xades/xmlw.h"

#include <check.h>

#include "tests/support/suite.h"

static const struct {
    struct bytes in;
    const char *text, *attribute; /* NULL: refused */
} escapes[] = {
#define ROW(in, text, attribute)                                                                   \
    {                                                                                              \
        {(const uint8_t *)in, sizeof in - 1}, text, attribute                                      \
    }
    /* C14N 1.0 2.3: text nodes, attribute nodes. */
    ROW("", "", ""),
    ROW("&<>\"'", "&amp;&lt;&gt;\"'", "&amp;&lt;>&quot;'"),
    ROW("\t\n\r", "\t\n&#xD;", "&#x9;&#xA;&#xD;"),
    ROW("İğneli fıçı", "İğneli fıçı", "İğneli fıçı"),
    ROW("\xf0\x9f\x96\x8b", "\xf0\x9f\x96\x8b", "\xf0\x9f\x96\x8b"),
    /* XML 1.0 [2]: no characters of XML. */
    ROW("\0", NULL, NULL),
    ROW("a\x08", NULL, NULL),
    ROW("\x1f", NULL, NULL),
    ROW("\xef\xbf\xbe", NULL, NULL),
    ROW("\xef\xbf\xbf", NULL, NULL),
    ROW("\xed\xa0\x80", NULL, NULL),
    ROW("\xc0\xaf", NULL, NULL),
    ROW("\xff", NULL, NULL),
#undef ROW
};

START_TEST(escaping)
{
    own(buf) b = buf_max(1000), wanted = buf_max(1000);
    struct xmlw w = xmlw_to(&b);
    xmlw_start(&w, "a");
    xmlw_attr(&w, "b", escapes[_i].in);
    xmlw_text(&w, escapes[_i].in);
    xmlw_end(&w);
    ck_assert_int_eq(xmlw_chars(escapes[_i].in), escapes[_i].text != NULL);
    ck_assert_int_eq(xmlw_ok(&w), escapes[_i].text != NULL);
    if (!escapes[_i].text) return;
    buf_fmt(&wanted, "<a b=\"%s\">%s</a>", escapes[_i].attribute, escapes[_i].text);
    ck_assert_str_eq(buf_cstr(&b), buf_cstr(&wanted));
}
END_TEST

START_TEST(elements)
{
    own(buf) b = buf_max(1000);
    struct xmlw w = xmlw_to(&b);
    xmlw_start(&w, "a");
    xmlw_start(&w, "b");
    xmlw_attr_str(&w, "x", "1");
    xmlw_attr_str(&w, "y", "2");
    xmlw_end(&w);
    xmlw_leaf(&w, "c", bytes_str("t"));
    xmlw_start(&w, "d");
    xmlw_base64(&w, bytes_str("0123456789"), 8);
    ck_assert(!xmlw_ok(&w)); /* open elements */
    xmlw_end(&w);
    xmlw_raw(&w, bytes_str("<e></e>"));
    xmlw_end(&w);
    ck_assert(xmlw_ok(&w));
    /* No empty-element tags (C14N 1.0 1.1). */
    ck_assert_str_eq(buf_cstr(&b), "<a><b x=\"1\" y=\"2\"></b><c>t</c><d>MDEyMzQ1\nNjc4OQ==</d>"
                                   "<e></e></a>");
}
END_TEST

START_TEST(scopes)
{
    const struct xmlw_pair own[] = {{bytes_str("ds"), bytes_str("urn:ds")},
                                    {bytes_str("xades"), bytes_str("urn:xades")}};
    const struct xmlw_scope inherited = {.n_ns = 5,
                                         .n_xml = 1,
                                         .ns = {{bytes_str(""), bytes_str("urn:&")},
                                                {bytes_str("d"), bytes_str("urn:d")},
                                                {bytes_str("ds"), bytes_str("urn:other")},
                                                {bytes_str("ds2"), bytes_str("urn:ds2")},
                                                {bytes_str("z"), bytes_str("urn:z")}},
                                         .xml = {{bytes_str("lang"), bytes_str("tr")}}};
    own(buf) b = buf_max(1000);
    struct xmlw w = xmlw_to(&b);
    xmlw_start(&w, "a");
    xmlw_scope(&w, &inherited, own, 2);
    xmlw_attr_str(&w, "zzz", "1");
    xmlw_xml_attrs(&w, &inherited);
    xmlw_end(&w);
    ck_assert(xmlw_ok(&w));
    ck_assert_str_eq(buf_cstr(&b),
                     "<a xmlns=\"urn:&amp;\" xmlns:d=\"urn:d\" xmlns:ds=\"urn:ds\" "
                     "xmlns:ds2=\"urn:ds2\" xmlns:xades=\"urn:xades\" xmlns:z=\"urn:z\""
                     " zzz=\"1\" xml:lang=\"tr\"></a>");
}
END_TEST

/* What would not be canonical is not written. */
START_TEST(refusals)
{
    const struct xmlw_pair disorder[] = {{bytes_str("b"), bytes_str("urn:b")},
                                         {bytes_str("a"), bytes_str("urn:a")}};
    const struct xmlw_scope lang = {.n_xml = 1, .xml = {{bytes_str("lang"), bytes_str("tr")}}};
    for (int i = 0; i < 8; i++) {
        own(buf) b = buf_max(1000);
        struct xmlw w = xmlw_to(&b);
        xmlw_start(&w, "a");
        switch (i) {
        case 0:
            xmlw_attr_str(&w, "b", ""), xmlw_attr_str(&w, "a", "");
            break;
        case 1:
            xmlw_attr_str(&w, "b", ""), xmlw_attr_str(&w, "b", "");
            break;
        case 2:
            xmlw_scope(&w, NULL, disorder, 2);
            break;
        case 3:
            xmlw_attr_str(&w, "b", ""), xmlw_scope(&w, NULL, disorder, 1);
            break;
        case 4:
            xmlw_text(&w, bytes_str("")), xmlw_attr_str(&w, "b", "");
            break;
        case 5:
            xmlw_xml_attrs(&w, &lang), xmlw_attr_str(&w, "b", "");
            break;
        case 6:
            xmlw_end(&w), xmlw_end(&w), xmlw_start(&w, "a");
            break;
        default:
            for (int k = 0; k < XMLW_MAX_DEPTH; k++) xmlw_start(&w, "a");
        }
        while (w.depth > 0) xmlw_end(&w);
        ck_assert_msg(!xmlw_ok(&w), "case %d: %s", i, buf_cstr(&b));
    }
    own(buf) small = buf_max(5);
    struct xmlw w = xmlw_to(&small);
    xmlw_leaf(&w, "a", bytes_str("b"));
    ck_assert(!xmlw_ok(&w));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("xmlw");
    TCase *t = tcase_create("xmlw");
    tcase_add_loop_test(t, escaping, 0, ROWS(escapes));
    tcase_add_test(t, elements);
    tcase_add_test(t, scopes);
    tcase_add_test(t, refusals);
    suite_add_tcase(s, t);
    return suite_run(s);
}
