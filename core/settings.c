/* SPDX-License-Identifier: MIT */
#include "core/settings.h"

#include "core/file.h"
#include "core/text.h"

#include <errno.h>
#include <stdio.h>

enum type { TEXT, FLAG, NUMBER, ORIGIN, ORIGIN_KEY, URL, HOST };

static const struct row {
    const char *key;
    enum type type;
    size_t at;
    const char *initial; /* as a file would write it */
    uint64_t least, most;
    const char *meaning;
} rows[] = {
#define AT(field) offsetof(struct settings, field)
    {"module", TEXT, AT(module), "", 0, 0, "path of the PKCS#11 module; empty: all that are found"},
    {"token_uri", TEXT, AT(token_uri), "", 0, 0,
     "PKCS#11 URI (RFC 7512) that narrows module and token"},
    {"pinentry", TEXT, AT(pinentry), "pinentry", 0, 0,
     "program that shows consent and takes the PIN"},
    {"trust_dir", TEXT, AT(trust_dir), "", 0, 0,
     "folder of trusted roots, intermediates and CRLs; empty: trust, beside onayd.conf"},
    {"any_certificate", FLAG, AT(any_certificate), "no", 0, 0,
     "let certificates that are not qualified sign too, never an undertaking"},
    {"unattended_token", TEXT, AT(unattended_token), "", 0, 0,
     "PKCS#11 URI of the one test token whose PIN is read from a file"},
    {"unattended_pin_file", TEXT, AT(unattended_pin_file), "", 0, 0, "that file, mode 0600"},
    {"unattended_issuer", TEXT, AT(unattended_issuer), "", 0, 0,
     "PEM chain of the test CA that issued its certificates, root last"},
    {"origin", ORIGIN, AT(origins), "", 0, 0, "a web origin that may ask; may be repeated"},
    {"origin_key", ORIGIN_KEY, AT(origin_keys), "", 0, 0,
     "an origin and the PEM file of a public key its orders must be signed with; may be repeated"},
    {"pairing", FLAG, AT(pairing), "yes", 0, 0,
     "let a web origin that is not known ask the person to be let in"},
    {"http_loopback_origins", FLAG, AT(http_loopback_origins), "no", 0, 0,
     "accept origins on http://127.0.0.1 and http://localhost, for development"},
    {"tsa", URL, AT(tsa), "", 0, 0,
     "address of a time stamp authority (RFC 3161); may be repeated: tried in this order"},
    {"tsa_identity_file", TEXT, AT(tsa_identity_file), "", 0, 0,
     "file with the user and password at Kamu SM's time stamp service, mode 0600"},
    {"tsa_identity_host", HOST, AT(tsa_identity_hosts), "", 0, 0,
     "a host beside those of kamusm.gov.tr that gets the proof of it; may be repeated"},
    {"tsa_basic_file", TEXT, AT(tsa_basic_file), "", 0, 0,
     "file with the user and password for HTTP Basic, mode 0600"},
    {"tsa_basic_host", HOST, AT(tsa_basic_hosts), "", 0, 0,
     "a time stamp authority's host that gets them; may be repeated"},
    {"private_host", HOST, AT(private_hosts), "", 0, 0,
     "a host that may be visited on an address that is not public; may be repeated"},
    {"max_json_body", NUMBER, AT(max_json_body), "33554432", 1024, 268435456,
     "octets of a JSON body"},
    {"max_document", NUMBER, AT(max_document), "4294967296", 1024, 17179869184,
     "octets of an uploaded document"},
    {"max_xml_document", NUMBER, AT(max_xml_document), "268435456", 1024, 1073741824,
     "octets of an XML document"},
    {"max_header_block", NUMBER, AT(max_header_block), "16384", 4096, 65536,
     "octets of a request's headers"},
    {"max_documents", NUMBER, AT(max_documents), "64", 1, 64, "documents of one approval"},
    {"max_approvals", NUMBER, AT(max_approvals), "16", 1, 256, "open approvals"},
    {"max_connections", NUMBER, AT(max_connections), "64", 8, 512, "connections at once"},
    {"max_streams", NUMBER, AT(max_streams), "32", 1, 256, "event streams at once"},
    {"max_owner_streams", NUMBER, AT(max_owner_streams), "8", 1, 256,
     "event streams of one origin at once"},
    {"max_json_depth", NUMBER, AT(max_json_depth), "32", 4, 64, "nesting of a JSON body"},
    {"max_xml_depth", NUMBER, AT(max_xml_depth), "256", 8, 256, "nesting of an XML document"},
    {"max_verification", NUMBER, AT(max_verification), "33554432", 1024, 1073741824,
     "octets of a signature to be judged and of its documents together"},
    {"max_upload_total", NUMBER, AT(max_upload_total), "8589934592", 1024, 68719476736,
     "octets of all uploaded documents together"},
    {"max_results", NUMBER, AT(max_results), "64", 1, 4096,
     "finished approvals kept to be fetched"},
    {"max_results_octets", NUMBER, AT(max_results_octets), "268435456", 65536, 4294967296,
     "octets of the finished signatures kept to be fetched"},
    {"store", FLAG, AT(store), "yes", 0, 0,
     "keep approvals in $XDG_STATE_HOME/onayd, so that they outlive the daemon"},
    {"result_keep_days", NUMBER, AT(result_keep_days), "30", 1, 3650,
     "how long a finished signature is kept"},
    {"history_keep_days", NUMBER, AT(history_keep_days), "365", 1, 36500,
     "how long the history tells what was signed"},
    {"consent_seconds", NUMBER, AT(consent_seconds), "180", 1, 3600,
     "how long a person may take to consent"},
    {"card_wait_seconds", NUMBER, AT(card_wait_seconds), "180", 0, 3600,
     "how long an approval waits for a card"},
    {"module_call_seconds", NUMBER, AT(module_call_seconds), "60", 1, 600,
     "how long one PKCS#11 call may take"},
    {"completing_seconds", NUMBER, AT(completing_seconds), "7200", 1, 7200,
     "seconds that a signature waits for its time stamp"},
    {"document_keep_seconds", NUMBER, AT(document_keep_seconds), "900", 1, 86400,
     "how long an uploaded document is kept unused"},
#undef AT
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void *field(struct settings *s, const struct row *r)
{
    return (char *)s + r->at;
}

static bool set_text(char *to, const char *value)
{
    size_t n = strlen(value);
    if (n >= SETTINGS_TEXT || !text_utf8_ok(bytes_str(value))) return false;
    memcpy(to, value, n + 1);
    return true;
}

static bool set_flag(bool *to, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) return false;
    *to = yes;
    return true;
}

static bool set_number(uint64_t *to, const char *value, const struct row *r)
{
    char *end;
    if (value[0] < '0' || value[0] > '9') return false;
    errno = 0;
    unsigned long long v = strtoull(value, &end, 10);
    if (errno != 0 || *end != 0 || v < r->least || v > r->most) return false;
    *to = v;
    return true;
}

static bool add_origin(struct settings *s, const char *value)
{
    if (s->n_origins == SETTINGS_ORIGINS || !origin_ok(value)) return false;
    memcpy(s->origins[s->n_origins++], value, strlen(value) + 1);
    return true;
}

/* `ORIGIN PATH`: an origin has no space in it. */
static bool add_origin_key(struct settings *s, const char *value)
{
    const size_t n = strcspn(value, " \t");
    const char *path = value + n + strspn(value + n, " \t");
    struct settings_origin_key k;
    if (s->n_origin_keys == SETTINGS_ORIGINS || n >= sizeof k.origin || path[0] != '/')
        return false;
    memcpy(k.origin, value, n);
    k.origin[n] = 0;
    if (!origin_ok(k.origin) || !set_text(k.path, path)) return false;
    s->origin_keys[s->n_origin_keys++] = k;
    return true;
}

/* What a URL or a host is made of here: no space, no control, nothing that ends a header. */
static bool graphic(const char *value)
{
    for (; *value; value++)
        if (*value <= ' ' || *value > '~') return false;
    return true;
}

/* http or https with a host, and no user: a password has a file of its own. */
static bool url_ok(const char *value)
{
    const char *host = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : "";
    size_t n = strcspn(host, "/?#");
    return n > 0 && !memchr(host, '@', n) && !strchr(host, '#');
}

static bool host_ok(const char *value)
{
    static const char in_hosts[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    return value[0] != 0 && value[strspn(value, in_hosts)] == 0;
}

static bool add_entry(struct settings_list *l, const char *value, bool ok)
{
    size_t n = strlen(value);
    if (!ok || l->n == SETTINGS_LIST || n >= SETTINGS_ENTRY || !graphic(value)) return false;
    memcpy(l->at[l->n++], value, n + 1);
    return true;
}

static bool apply(struct settings *s, const struct row *r, const char *value)
{
    switch (r->type) {
    case TEXT:
        return set_text(field(s, r), value);
    case FLAG:
        return set_flag(field(s, r), value);
    case NUMBER:
        return set_number(field(s, r), value, r);
    case ORIGIN:
        return add_origin(s, value);
    case ORIGIN_KEY:
        return add_origin_key(s, value);
    case URL:
        return add_entry(field(s, r), value, url_ok(value));
    case HOST:
        return add_entry(field(s, r), value, host_ok(value));
    }
    return false;
}

static const struct row *find(struct bytes key)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (bytes_eq_str(key, rows[i].key)) return &rows[i];
    }
    return NULL;
}

void settings_default(struct settings *s)
{
    *s = (struct settings){0};
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i].initial[0] || rows[i].type == TEXT) (void)apply(s, &rows[i], rows[i].initial);
    }
}

err_t settings_set(struct settings *s, const char *key, const char *value, struct buf *why)
{
    const struct row *r = find(bytes_str(key));
    if (!r) {
        buf_fmt(why, "unknown key \"%.64s\"", key);
        return err_raise(ERR_SETTING_INVALID);
    }
    if (apply(s, r, value)) return OK;
    buf_fmt(why, "%s: ", key);
    if (r->type == NUMBER)
        buf_fmt(why, "a number from %llu to %llu is wanted", (unsigned long long)r->least,
                (unsigned long long)r->most);
    else if (r->type == FLAG)
        buf_str(why, "yes or no is wanted");
    else if (r->type == ORIGIN)
        buf_str(why, "an origin like https://portal.example is wanted, at most 32");
    else if (r->type == ORIGIN_KEY)
        buf_str(why, "`https://portal.example /path/key.pem` is wanted, at most 32");
    else if (r->type == URL)
        buf_str(why, "an address like http://zd.kamusm.gov.tr is wanted, at most 16");
    else if (r->type == HOST)
        buf_str(why, "a host in lower case like zd.kamusm.gov.tr is wanted, at most 16");
    else
        buf_str(why, "UTF-8 text of at most 1023 octets is wanted");
    return err_raise(ERR_SETTING_INVALID);
}

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.p[0] == ' ' || b.p[0] == '\t')) b = bytes_sub(b, 1, b.len);
    while (b.len > 0 && (b.p[b.len - 1] == ' ' || b.p[b.len - 1] == '\t' || b.p[b.len - 1] == '\r'))
        b.len--;
    return b;
}

static struct bytes take_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->p, '\n', rest->len);
    size_t n = end ? (size_t)(end - rest->p) : rest->len;
    struct bytes line = bytes_sub(*rest, 0, n);
    *rest = bytes_sub(*rest, n + (end != NULL), rest->len);
    return line;
}

static err_t read_line(struct settings *s, struct bytes line, struct buf *why)
{
    char key[65], value[SETTINGS_TEXT];
    const uint8_t *equals = memchr(line.p, '=', line.len);
    if (!equals || memchr(line.p, 0, line.len)) {
        buf_str(why, "a line is `key = value`");
        return err_raise(ERR_SETTING_INVALID);
    }
    struct bytes k = trim(bytes_sub(line, 0, (size_t)(equals - line.p)));
    struct bytes v = trim(bytes_sub(line, (size_t)(equals - line.p) + 1, line.len));
    if (k.len >= sizeof key || v.len >= sizeof value) {
        buf_str(why, "the line is too long");
        return err_raise(ERR_SETTING_INVALID);
    }
    memcpy(key, k.p, k.len);
    key[k.len] = 0;
    if (v.len) memcpy(value, v.p, v.len);
    value[v.len] = 0;
    return settings_set(s, key, value, why);
}

/* A file's lists replace those that were there. */
static void clear_lists(struct settings *s)
{
    s->n_origins = s->n_origin_keys = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].type == URL || rows[i].type == HOST)
            ((struct settings_list *)field(s, &rows[i]))->n = 0;
}

err_t settings_read(struct settings *s, const char *path, struct buf *why)
{
    own(buf) file = buf_max(64 * 1024);
    err_t e = file_read(path, &file);
    if (e) {
        buf_fmt(why, "%s: cannot be read", path);
        return e == ERR_BODY_TOO_LARGE ? err_raise(ERR_SETTING_INVALID) : e;
    }
    struct settings next = *s;
    clear_lists(&next);
    struct bytes rest = buf_bytes(&file);
    for (unsigned number = 1; rest.len > 0; number++) {
        struct bytes line = trim(take_line(&rest));
        if (line.len == 0 || line.p[0] == '#') continue;
        own(buf) reason = buf_max(512);
        e = read_line(&next, line, &reason);
        if (e) {
            buf_fmt(why, "%s:%u: %s", path, number, buf_cstr(&reason));
            return e;
        }
    }
    *s = next;
    return OK;
}

static bool use_if_there(struct buf *path)
{
    return buf_ok(path) && access(buf_cstr(path), F_OK) == 0;
}

/* Appends a path in the user's own configuration folder; nothing when there is no such folder. */
static void own_config(struct buf *path, const char *name)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/')
        buf_fmt(path, "%s/onayd/%s", config, name);
    else if (home && home[0] == '/')
        buf_fmt(path, "%s/.config/onayd/%s", home, name);
}

void settings_find(struct buf *path, const char *given)
{
    if (given) {
        buf_str(path, given);
        return;
    }
    own_config(path, "onayd.conf");
    if (path->len > 0 && use_if_there(path)) return;
    buf_cut(path, 0);
    buf_str(path, "/etc/onayd/onayd.conf");
    if (!use_if_there(path)) buf_cut(path, 0);
}

void settings_trust_dir(const struct settings *s, struct buf *path)
{
    if (s->trust_dir[0])
        buf_str(path, s->trust_dir);
    else
        own_config(path, "trust");
}

void settings_describe(struct buf *out)
{
    for (size_t i = 0; i < N_ROWS; i++)
        buf_fmt(out, "%s\t%s\t%s\n", rows[i].key, rows[i].initial, rows[i].meaning);
}
