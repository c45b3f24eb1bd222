/* SPDX-License-Identifier: MIT */
/*
 * What others say of our signatures: xmlsec1 (libxml2 and OpenSSL), the JDK (neither of them), and
 * the published schemas. Every packaging, profile and kind of key is written to a temporary
 * folder, judged there, and judged again with one octet changed.
 */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/support/countersigned.h"
#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/responded.h"
#include "tests/support/signer.h"
#include "tests/support/suite.h"
#include "xades/prepare.h"

#define XSD "../shared/data/xsd/"

extern char **environ;

static char folder[] = "/tmp/onayd-oracles-XXXXXX";
static char home[4096]; /* where the test was started */
static char pki[4096];

static const struct {
    const char *name;
    enum key_type key;
    enum sig_alg alg;
    bool xmlsec; /* xmlsec1 1.2 does not know PSS */
} keys[] = {
    {"rsa", KEY_RSA, SIG_RSA_SHA256, true},     {"p256", KEY_P256, SIG_ECDSA_SHA256, true},
    {"p384", KEY_P384, SIG_ECDSA_SHA384, true}, {"p521", KEY_P521, SIG_ECDSA_SHA512, true},
    {"pss", KEY_RSA, SIG_PSS_SHA256, false},
};
#define N_KEYS (sizeof keys / sizeof keys[0])

static const struct {
    const char *name;
    enum xades_packaging packaging;
    const char *form; /* the first document */
} shapes[] = {
    {"enveloping", XADES_ENVELOPING, "<form><ad>Ayşe Çiğdem</ad></form>"},
    {"enveloped", XADES_ENVELOPED,
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><?b c?>\n<p:form xmlns=\"urn:d\" "
     "xmlns:p=\"urn:p\" xmlns:ds=\"urn:not-ds\" xmlns:a=\"urn:a\" xml:lang=\"tr\" "
     "xml:space=\"preserve\" b='\"'><!-- d --><ad>Ayşe &lt;Çiğdem&gt;</ad>\r\n"
     "<ds:x a:y=\"&#9;\"/>\r\n</p:form>\n<!-- e -->\n"},
    {"detached", XADES_DETACHED, "<form><ad>Ayşe Çiğdem</ad></form>"},
};
#define N_SHAPES (sizeof shapes / sizeof shapes[0])

static const char *const second = "Kabul ve taahhüt ederim.\r\n\tİmza\n";
static const char *const names[] = {"başvuru formu #1 %20&\".xml", "taahhütname.txt"};

static struct signer *signers[KEY_P521 + 1];

/* ---- files and programs ---- */

static void write_file(const char *name, struct bytes content)
{
    FILE *f = fopen(name, "wb");
    ck_assert_msg(f && fwrite(content.p, 1, content.len, f) == content.len && fclose(f) == 0,
                  "cannot write %s", name);
}

static void read_file(const char *name, struct buf *out)
{
    FILE *f = fopen(name, "rb");
    ck_assert_msg(f != NULL, "cannot read %s", name);
    uint8_t part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(out, bytes_of(part, n));
    (void)fclose(f);
    ck_assert(buf_ok(out));
}

/* Runs a program to its end, its output to a file; -1 when it cannot be started. */
static int run(const char *const *argv, const char *output)
{
    posix_spawn_file_actions_t to;
    ck_assert(posix_spawn_file_actions_init(&to) == 0);
    ck_assert(
        posix_spawn_file_actions_addopen(&to, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0);
    ck_assert(posix_spawn_file_actions_adddup2(&to, 1, 2) == 0);
    pid_t pid;
    union {
        const char *const *in;
        char *const *out;
    } args = {argv}; /* posix_spawn does not write to them */
    int failed = posix_spawnp(&pid, argv[0], &to, NULL, args.out, environ), status = 0;
    (void)posix_spawn_file_actions_destroy(&to);
    if (failed) return -1;
    ck_assert(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    if (home[0] && chdir(home) != 0) return;
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void killed(int sig)
{
    remove_folder();
    _exit(128 + sig);
}

/* ---- the matrix ---- */

/* The profiles that are signed, and the B-B of each shape lifted as far as it goes. */
#define B_LTA    XADES_PROFILE_KNOWN
#define N_LEVELS (XADES_PROFILE_KNOWN + 1)

static void file_name(char out[64], size_t shape, unsigned profile, size_t key)
{
    (void)snprintf(out, 64, "%s-%s-%s.xml", shapes[shape].name,
                   profile == B_LTA ? "B-LTA" : xades_profile_name((enum xades_profile)profile),
                   keys[key].name);
}

static void lift(size_t shape, struct buf *file)
{
    const struct xades_detached beside[] = {{bytes_str(names[0]), bytes_str(shapes[shape].form)},
                                            {bytes_str(names[1]), bytes_str(second)}};
    const struct stamped_by tsa = {pki, "tsa", utc_now()};
    const struct xades_lift archive = {
        .stamp = XADES_LIFT_ARCHIVE, .detached = beside, .n_detached = 2};
    lifted_stamp(file, &tsa, DIGEST_SHA256);
    lifted_values(file, pki);
    lifted_stamp_as(file, &tsa, DIGEST_SHA512, &archive);
    lifted_stamp_as(file, &tsa, DIGEST_SHA384, &archive);
}

/* What they bring is of another signer, which neither schema nor XMLDSig looks at. */
static void complete(enum xades_profile profile, struct buf *file)
{
    const struct stamped_by tsa = {pki, "tsa", utc_now()};
    own(buf) response = buf_max(1 << 16);
    if (profile == XADES_P4) read_file("p256.ocsp", &response);
    if (profile == XADES_P2 || profile == XADES_B_T)
        lifted_stamp(file, &tsa, DIGEST_SHA256);
    else
        lifted_btk(file, &tsa, buf_bytes(&response));
}

static void make(size_t shape, unsigned profile, size_t key, struct buf *file)
{
    const struct xades_document documents[] = {{.name = bytes_str(names[0]),
                                                .mime = bytes_str("application/xml"),
                                                .content = bytes_str(shapes[shape].form)},
                                               {.name = bytes_str(names[1]),
                                                .mime = bytes_str("text/plain; charset=utf-8"),
                                                .content = bytes_str(second)}};
    const struct signer *s = signers[keys[key].key];
    const struct xades_request r = {
        .profile = profile == B_LTA ? XADES_B_B : (enum xades_profile)profile,
        .packaging = shapes[shape].packaging,
        .commitment = XADES_PROOF_OF_APPROVAL,
        .alg = keys[key].alg,
        .documents = documents,
        .n_documents = shapes[shape].packaging == XADES_ENVELOPED ? 1 : 2,
        .certificate = signer_certificate(s),
        .signing_time = utc_now(),
        .utc_offset_minutes = UTC_TURKEY_MINUTES,
        .id = {(uint8_t)shape, (uint8_t)profile, (uint8_t)key},
        .max_xml_depth = 256,
        .max_xml_octets = 1 << 20,
    };
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    err_t e = xades_prepare(&r, &j, &why);
    ck_assert_msg(e == OK, "%s: %s", err_slug(e), why.clause);
    uint8_t value[SIGNER_MAX_VALUE];
    size_t len = signer_sign(s, r.alg, xades_signed_info_digest(j), value);
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), file), OK);
    if (profile == B_LTA)
        lift(shape, file);
    else if (xades_profile_stamped(r.profile))
        complete(r.profile, file);
}

/* One inside the signature, one inside that. */
#define COUNTER        "counter.xml"
#define COUNTER_BROKEN "counter-broken.xml"

static void make_counter(void)
{
    own(buf) file = buf_max(1 << 20);
    own_ptr(leaf) ayse = leaf_load(pki, "p256");
    own_ptr(leaf) mehmet = leaf_load(pki, "mehmet");
    const struct xades_document form = {.name = bytes_str(names[0]),
                                        .mime = bytes_str("application/xml"),
                                        .content = bytes_str(shapes[0].form)};
    signed_make(ayse, XADES_B_B, XADES_ENVELOPING, &form, 1, &file);
    countersigned_ready(&file);
    countersigned_put(&file, "<xades:SignedProperties", mehmet,
                      (struct counter){.id = "c1", .uri = "#v0"});
    countersigned_put(&file, "Id=\"sp-c1\"", ayse, (struct counter){.id = "c2", .uri = "#v-c1"});
    write_file(COUNTER, buf_bytes(&file));
    resigned_swap(&file, "", "Id=\"v-c1\">", "Id=\"v-c1\">\n");
    write_file(COUNTER_BROKEN, buf_bytes(&file)); /* c2 was on another text */
}

static void make_all(void)
{
    make_counter();
    for (size_t k = 0; k < N_KEYS; k++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s.pem", keys[k].name);
        write_file(name, bytes_str(signer_pem(signers[keys[k].key])));
        for (size_t s = 0; s < N_SHAPES; s++) {
            for (unsigned p = 0; p < N_LEVELS; p++) {
                own(buf) file = buf_max(1 << 20);
                make(s, p, k, &file);
                file_name(name, s, p, k);
                write_file(name, buf_bytes(&file));
            }
        }
    }
    write_file(names[0], bytes_str(shapes[0].form));
    write_file(names[1], bytes_str(second));
}

/* ---- xmlsec1 ---- */

static int xmlsec(const char *file, size_t key)
{
    char pem[64];
    (void)snprintf(pem, sizeof pem, "%s.pem", keys[key].name);
    const char *argv[] = {"xmlsec1",
                          "--verify",
                          "--trusted-pem",
                          pem,
                          "--id-attr:Id",
                          "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                          "--id-attr:Id",
                          "http://www.w3.org/2000/09/xmldsig#:Object",
                          file,
                          NULL};
    return run(argv, "xmlsec.out");
}

START_TEST(xmlsec_accepts)
{
    size_t n = 0;
    for (size_t k = 0; k < N_KEYS; k++) {
        for (size_t s = 0; keys[k].xmlsec && s < N_SHAPES; s++) {
            for (unsigned p = 0; p < N_LEVELS; p++, n++) {
                char name[64];
                file_name(name, s, p, k);
                if (xmlsec(name, k) == 0) continue;
                own(buf) said = buf_max(1 << 20);
                read_file("xmlsec.out", &said);
                ck_abort_msg("%s: %s", name, buf_cstr(&said));
            }
        }
    }
    printf("# xmlsec1 accepted %zu signatures\n", n);
}
END_TEST

static int xmlsec_counter(const char *file, const char *id, const char *certificate)
{
    char der[5000];
    (void)snprintf(der, sizeof der, "%s/%s.der", pki, certificate);
    const char *argv[] = {"xmlsec1",
                          "--verify",
                          "--pubkey-cert-der",
                          der,
                          "--enabled-key-data",
                          "key-name",
                          "--id-attr:Id",
                          "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                          "--id-attr:Id",
                          "http://www.w3.org/2000/09/xmldsig#:SignatureValue",
                          "--id-attr:Id",
                          "http://www.w3.org/2000/09/xmldsig#:Signature",
                          "--node-id",
                          id,
                          file,
                          NULL};
    return run(argv, "xmlsec.out");
}

START_TEST(xmlsec_counter_signatures)
{
    ck_assert_int_eq(xmlsec_counter(COUNTER, "c1", "mehmet"), 0);
    ck_assert_int_eq(xmlsec_counter(COUNTER, "c2", "p256"), 0);
    ck_assert_int_gt(xmlsec_counter(COUNTER, "c2", "mehmet"), 0);
    ck_assert_int_eq(xmlsec_counter(COUNTER_BROKEN, "c1", "mehmet"), 0);
    ck_assert_int_gt(xmlsec_counter(COUNTER_BROKEN, "c2", "p256"), 0);
}
END_TEST

/* Letters and digits between two marks, where each one counts. */
static const struct {
    size_t shape;
    const char *from, *to;
    bool content; /* what the start tag says does not count */
} spans[] = {
    {0, "<ds:SignedInfo", "</ds:SignedInfo>", false},
    {0, "<xades:SignedProperties", "</xades:SignedProperties>", false},
    {0, "<ds:SignatureValue", "</ds:SignatureValue>", true},
    {0, "MimeType=\"application/xml\">", "</ds:Object>", false},
    {1, "<ad>", "<ds:Signature", false}, /* comments are not signed */
    {1, "<ds:SignedInfo", "</ds:SignedInfo>", false},
    {1, "<xades:SignedProperties", "</xades:SignedProperties>", false},
    {2, "<ds:SignedInfo", "</ds:SignedInfo>", false},
    {2, "<xades:SignedProperties", "</xades:SignedProperties>", false},
};

static bool counts(const uint8_t *p)
{
    bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
    /* The last character before padding has bits that no decoder looks at. */
    return letter && p[1] != '=';
}

static void change_one(struct buf *file, size_t span, size_t turn, size_t n_turns)
{
    const char *text = buf_cstr(file);
    const char *from = strstr(text, spans[span].from),
               *to = from ? strstr(from, spans[span].to) : NULL;
    ck_assert(from && to);
    from = spans[span].content ? strchr(from, '>') : from + strlen(spans[span].from);
    size_t at = (size_t)(from - text) + (size_t)(to - from) * turn / n_turns;
    while (!counts(file->p + at)) at++;
    file->p[at] = file->p[at] == 'z' ? 'y' : file->p[at] == '9' ? '8' : (uint8_t)(file->p[at] + 1);
    if (file->p[at] == '[') file->p[at] = 'A';
}

START_TEST(xmlsec_refuses_a_changed_octet)
{
    enum { TURNS = 5 };
    for (size_t turn = 0; turn < TURNS; turn++) {
        char name[64];
        own(buf) file = buf_max(1 << 20);
        file_name(name, spans[_i].shape, (unsigned)turn % N_LEVELS, 1);
        read_file(name, &file);
        change_one(&file, (size_t)_i, turn, TURNS);
        write_file("changed.xml", buf_bytes(&file));
        ck_assert_msg(xmlsec("changed.xml", 1) > 0, "%s %s: accepted:\n%s", name, spans[_i].from,
                      buf_cstr(&file));
    }
}
END_TEST

START_TEST(xmlsec_refuses_a_changed_document)
{
    char name[64];
    file_name(name, 2, XADES_B_B, 1);
    own(buf) document = buf_max(4096);
    buf_str(&document, second);
    for (size_t at = 0; at < document.len; at += 7) {
        document.p[at] ^= 1;
        write_file(names[1], buf_bytes(&document));
        document.p[at] ^= 1;
        ck_assert_int_gt(xmlsec(name, 1), 0);
    }
    write_file(names[1], buf_bytes(&document));
    ck_assert_int_eq(xmlsec(name, 1), 0);
}
END_TEST

/* ---- the JDK ---- */

START_TEST(jdk_accepts)
{
    char source[5000], all[N_KEYS * N_SHAPES * N_LEVELS][64];
    /* The folder holds Turkish file names, which the JDK reads by the locale. */
    const char *argv[N_KEYS * N_SHAPES * N_LEVELS + 12] = {
        "env", "LC_ALL=C.UTF-8", "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1"};
    (void)snprintf(source, sizeof source, "%s/tests/oracle/Jdk.java", home);
    size_t n_args = 5, n = 0;
    argv[n_args++] = source;
    for (size_t k = 0; k < N_KEYS; k++)
        for (size_t s = 0; s < N_SHAPES; s++)
            for (unsigned p = 0; p < N_LEVELS; p++, n++) {
                file_name(all[n], s, p, k);
                argv[n_args++] = all[n];
            }
    /* One of them broken: a judge that says yes to everything is none. */
    own(buf) file = buf_max(1 << 20), said = buf_max(1 << 20);
    read_file(all[0], &file);
    change_one(&file, 1, 2, 5);
    write_file("changed.xml", buf_bytes(&file));
    argv[n_args++] = "changed.xml";
    argv[n_args++] = COUNTER;
    argv[n_args++] = COUNTER_BROKEN;
    ck_assert_int_eq(run(argv, "jdk.out"), 0);
    read_file("jdk.out", &said);
    const char *text = buf_cstr(&said);
    for (size_t i = 0; i < n; i++) {
        own(buf) line = buf_max(128);
        buf_fmt(&line, "OK %s\n", all[i]);
        ck_assert_msg(strstr(text, buf_cstr(&line)) != NULL, "%s:\n%s", all[i], text);
    }
    ck_assert_msg(strstr(text, "BAD changed.xml ") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "OK " COUNTER "\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "BAD " COUNTER_BROKEN " reference #v-c1") != NULL, "%s", text);
    printf("# the JDK accepted %zu signatures\n", n);
}
END_TEST

/* ---- the schemas ---- */

/* The published schemas with their addresses on the web made files, and X509SerialNumber a string
 * of digits: libxml2's integers end at 24 digits, a serial number may have 49. */
static const struct {
    const char *file, *find, *put;
} edits[] = {
    {"xmldsig-core-schema.xsd", "type=\"integer\"/>", "type=\"string\"/>"},
    {"XAdES01903v132-202407.xsd",
     "http://www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd",
     "xmldsig-core-schema.xsd"},
    {"XAdES01903v141-202407.xsd",
     "https://forge.etsi.org/rep/esi/x19_13201_XAdES/raw/v1.3.1/1913201-XAdES01903v132.xsd",
     "XAdES01903v132-202407.xsd"},
};

static void edit_schema(size_t i)
{
    char path[5000];
    own(buf) schema = buf_max(1 << 20), edited = buf_max(1 << 20);
    (void)snprintf(path, sizeof path, "%s/" XSD "%s", home, edits[i].file);
    read_file(path, &schema);
    /* No DTD: its internal subset would be looked for on the web. */
    const char *text = buf_cstr(&schema), *begin = strstr(text, "<schema");
    if (!begin) begin = strstr(text, "<xsd:schema");
    const char *found = begin ? strstr(begin, edits[i].find) : NULL;
    ck_assert_msg(found != NULL, "%s has no %s", edits[i].file, edits[i].find);
    buf_add(&edited, bytes_of(begin, (size_t)(found - begin)));
    buf_str(&edited, edits[i].put);
    buf_str(&edited, found + strlen(edits[i].find));
    write_file(edits[i].file, buf_bytes(&edited));
}

static void signature_alone(const char *name, const char *to)
{
    own(buf) file = buf_max(1 << 20);
    read_file(name, &file);
    const char *text = buf_cstr(&file), *from = strstr(text, "<ds:Signature ");
    const char *end = strstr(text, "</ds:Signature>");
    ck_assert(from && end);
    write_file(to, bytes_of(from, (size_t)(end - from) + strlen("</ds:Signature>")));
}

START_TEST(schema_valid)
{
    char path[5000];
    (void)snprintf(path, sizeof path, "%s/" XSD, home);
    if (access(path, R_OK) != 0) {
        printf("# no schemas beside the checkout: not judged\n");
        return;
    }
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) edit_schema(i);
    write_file("all.xsd", bytes_str("<schema xmlns=\"http://www.w3.org/2001/XMLSchema\">"
                                    "<import namespace=\"http://www.w3.org/2000/09/xmldsig#\" "
                                    "schemaLocation=\"xmldsig-core-schema.xsd\"/>"
                                    "<import namespace=\"http://uri.etsi.org/01903/v1.3.2#\" "
                                    "schemaLocation=\"XAdES01903v132-202407.xsd\"/>"
                                    "<import namespace=\"http://uri.etsi.org/01903/v1.4.1#\" "
                                    "schemaLocation=\"XAdES01903v141-202407.xsd\"/></schema>"));
    char all[N_KEYS * N_SHAPES * N_LEVELS][80];
    const char *argv[N_KEYS * N_SHAPES * N_LEVELS + 8] = {"xmllint", "--nonet", "--noout",
                                                          "--schema", "all.xsd"};
    size_t n_args = 5, n = 0;
    for (size_t k = 0; k < N_KEYS; k++)
        for (size_t s = 0; s < N_SHAPES; s++)
            for (unsigned p = 0; p < N_LEVELS; p++, n++) {
                char name[64];
                file_name(name, s, p, k);
                (void)snprintf(all[n], sizeof all[n], "alone-%s", name);
                signature_alone(name, all[n]);
                argv[n_args++] = all[n];
            }
    argv[n_args++] = COUNTER;
    own(buf) said = buf_max(1 << 20), file = buf_max(1 << 20), broken = buf_max(1 << 20);
    int code = run(argv, "xmllint.out");
    read_file("xmllint.out", &said);
    ck_assert_msg(code == 0, "%s", buf_cstr(&said));
    /* A schema that says yes to everything is none. */
    read_file(all[0], &file);
    const char *text = buf_cstr(&file), *time = strstr(text, "<xades:SigningTime>");
    ck_assert(time != NULL);
    buf_add(&broken, bytes_of(text, (size_t)(time - text)));
    buf_str(&broken, "<xades:Nothing></xades:Nothing>");
    buf_str(&broken, time);
    write_file("broken.xml", buf_bytes(&broken));
    const char *again[] = {"xmllint", "--nonet",    "--noout", "--schema",
                           "all.xsd", "broken.xml", NULL};
    ck_assert_int_gt(run(again, "xmllint.out"), 0);
    printf("# %zu signatures are valid by the published schemas\n", n);
}
END_TEST

static const char *pki_made;

static void setup(void)
{
    ck_assert(getcwd(home, sizeof home) != NULL);
    ck_assert(realpath(pki_made, pki) != NULL);
    ck_assert(mkdtemp(folder) != NULL);
    ck_assert(chdir(folder) == 0);
    for (int k = KEY_RSA; k <= KEY_P521; k++) signers[k] = signer_new((enum key_type)k);
    responded_make(folder, pki, "p256", "p256", "ocsp", false);
    make_all();
}

static void teardown(void)
{
    remove_folder();
    for (int k = KEY_RSA; k <= KEY_P521; k++) signer_free(signers[k]);
}

int main(void)
{
    (void)signal(SIGTERM, killed);
    (void)signal(SIGINT, killed);
    pki_made = pki_make("oracles");
    Suite *s = suite_create("oracles");
    TCase *t = tcase_create("oracles");
    tcase_set_timeout(t, 120);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_test(t, xmlsec_accepts);
    tcase_add_loop_test(t, xmlsec_refuses_a_changed_octet, 0, ROWS(spans));
    tcase_add_test(t, xmlsec_refuses_a_changed_document);
    tcase_add_test(t, xmlsec_counter_signatures);
    tcase_add_test(t, jdk_accepts);
    tcase_add_test(t, schema_valid);
    suite_add_tcase(s, t);
    return suite_run(s);
}
