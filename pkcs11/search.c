/* SPDX-License-Identifier: MIT */
#include "pkcs11/search.h"

#include "core/file.h"
#include "pkcs11/uri.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

/* Where libraries lie, p11-kit's own folders first: its configuration names modules without a
 * folder, as RFC 7512's module-name does. */
static const char *const folders[] = {
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/lib/softhsm",
    "/usr/lib/x86_64-linux-gnu/softhsm",
    "/usr/lib/aarch64-linux-gnu/softhsm",
    "/usr/lib/akia",
    "/opt/akis/lib",
    "/opt/arksigner/drivers/akis/x64",
    "/opt/nfast/toolkits/pkcs11",
};

/* Modules seen with Turkish qualified certificates, then the general ones; by module-name. */
static const char *const known[] = {
    "akisp11",       /* TÜBİTAK AKİS */
    "tckkp11",       /* T.C. kimlik */
    "siecap11",      /* TKART */
    "aetpkss",       /* A.E.T. SafeSign */
    "eTPkcs11",      /* SafeNet eToken */
    "IDPrimePKCS11", /* SafeNet IDPrime */
    "cmP11",         /* CardOS */
    "kpkcs11hash",   /* Kobil */
    "cs2_pkcs11",    /* Utimaco */
    "cknfast",       /* nCipher */
    "procryptoki",   /* Procenne */
    "softhsm2",      "opensc-pkcs11",
};

/* p11-kit's own modules hold no keys of the person, or are p11-kit again. */
static const char *const not_cards[] = {"p11-kit-trust.so", "p11-kit-client.so",
                                        "p11-kit-proxy.so"};

/* A token of a real card comes before a software one, a vendor's module before the one that
 * knows many cards a little: OpenSC takes a seat in every reader. */
static const struct {
    const char *name;
    unsigned rank;
} last[] = {{"libsofthsm2.so", 1}, {"opensc-pkcs11.so", 2}, {"onepin-opensc-pkcs11.so", 2}};

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct search {
    const char *root;
    struct search_list *out;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static unsigned rank_of(const char *path)
{
    for (size_t i = 0; i < COUNT(last); i++)
        if (strcmp(base_name(path), last[i].name) == 0) return last[i].rank;
    return 0;
}

static bool listed(const struct search_list *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->found[i].path, path) == 0) return true;
    return false;
}

/* Keeps the order of finding within one rank. */
static void insert(struct search_list *l, const char *path, enum search_source source)
{
    if (l->n == SEARCH_MAX || listed(l, path)) return;
    size_t at = l->n;
    for (; at > 0 && rank_of(l->found[at - 1].path) > rank_of(path); at--)
        l->found[at] = l->found[at - 1];
    (void)snprintf(l->found[at].path, SEARCH_PATH, "%s", path);
    l->found[at].source = source;
    l->n++;
}

/* True when the file is there. One file under two names (links, merged /usr) is one module. */
static bool add_file(struct search *s, const char *path, enum search_source source)
{
    own(buf) under_root = buf_max(SEARCH_PATH - 1);
    buf_fmt(&under_root, "%s%s", s->root, path);
    if (!buf_ok(&under_root)) return false;
    own_mem(char) real = realpath(buf_cstr(&under_root), NULL);
    if (!real || strlen(real) >= SEARCH_PATH || access(real, R_OK) != 0) return false;
    for (size_t i = 0; i < s->out->n; i++) {
        own_mem(char) other = realpath(s->out->found[i].path, NULL);
        if (other && strcmp(other, real) == 0) return true;
    }
    insert(s->out, buf_cstr(&under_root), source);
    return true;
}

static bool add_name(struct search *s, const char *name, enum search_source source)
{
    for (size_t i = 0; i < COUNT(folders); i++) {
        own(buf) path = buf_max(SEARCH_PATH - 1);
        buf_fmt(&path, "%s/%s", folders[i], name);
        if (buf_ok(&path) && add_file(s, buf_cstr(&path), source)) return true;
    }
    return false;
}

/* RFC 7512 2.4: module-name is the name without prefix and extension: "softhsm2". */
static void add_module_name(struct search *s, struct bytes name, enum search_source source)
{
    static const struct {
        const char *before, *after;
    } forms[] = {{"lib", ".so"}, {"", ".so"}, {"lib", ".so.3"}}; /* SafeSign's is versioned */
    for (size_t i = 0; i < COUNT(forms); i++) {
        own(buf) file = buf_max(SEARCH_PATH - 1);
        buf_str(&file, forms[i].before);
        buf_add(&file, name);
        buf_str(&file, forms[i].after);
        if (buf_ok(&file) && add_name(s, buf_cstr(&file), source)) return;
    }
}

static bool is_card(const char *path)
{
    for (size_t i = 0; i < COUNT(not_cards); i++)
        if (strcmp(base_name(path), not_cards[i]) == 0) return false;
    return true;
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes trimmed(struct bytes s)
{
    while (s.len > 0 && blank(s.p[0])) s = bytes_sub(s, 1, s.len);
    while (s.len > 0 && blank(s.p[s.len - 1])) s.len--;
    return s;
}

/* pkcs11.conf(5): "module: name", or a whole path. */
static void add_config_line(struct search *s, struct bytes line)
{
    if (!bytes_starts(line, bytes_str("module:"))) return;
    struct bytes value = trimmed(bytes_sub(line, 7, line.len));
    own(buf) name = buf_max(SEARCH_PATH - 1);
    buf_add(&name, value);
    if (!buf_ok(&name) || value.len == 0 || memchr(value.p, 0, value.len)) return;
    const char *module = buf_cstr(&name);
    if (!is_card(module)) return;
    if (module[0] == '/')
        (void)add_file(s, module, SEARCH_P11_KIT);
    else if (!strchr(module, '/'))
        (void)add_name(s, module, SEARCH_P11_KIT);
}

static void add_config(struct search *s, const char *path)
{
    own(buf) text = buf_max(16384);
    if (file_read(path, &text) != OK) return;
    struct bytes left = buf_bytes(&text);
    while (left.len > 0) {
        const uint8_t *end = memchr(left.p, '\n', left.len);
        struct bytes line = bytes_sub(left, 0, end ? (size_t)(end - left.p) : left.len);
        left = bytes_sub(left, line.len + 1, left.len);
        add_config_line(s, trimmed(line));
    }
}

static int is_config(const struct dirent *d)
{
    size_t len = strlen(d->d_name);
    return d->d_name[0] != '.' && len > 7 && strcmp(d->d_name + len - 7, ".module") == 0;
}

static void add_configs(struct search *s, const char *root, const char *dir)
{
    own(buf) folder = buf_max(SEARCH_PATH - 1);
    buf_fmt(&folder, "%s%s", root, dir);
    struct dirent **entries = NULL;
    int n = buf_ok(&folder) ? scandir(buf_cstr(&folder), &entries, is_config, alphasort) : -1;
    for (int i = 0; i < n; i++) {
        own(buf) path = buf_max(SEARCH_PATH - 1);
        buf_fmt(&path, "%s/%s", buf_cstr(&folder), entries[i]->d_name);
        if (buf_ok(&path) && i < 256) add_config(s, buf_cstr(&path));
        free(entries[i]);
    }
    free(entries);
}

static void add_everything(struct search *s, const char *home)
{
    if (home && home[0] == '/') add_configs(s, home, "/.config/pkcs11/modules");
    add_configs(s, s->root, "/etc/pkcs11/modules");
    add_configs(s, s->root, "/usr/share/p11-kit/modules");
    for (size_t i = 0; i < COUNT(known); i++) add_module_name(s, bytes_str(known[i]), SEARCH_TABLE);
}

err_t search_modules_under(const char *root, const char *home, const char *configured,
                           const char *token_uri, struct search_list *out)
{
    struct uri uri;
    err_t e = uri_read(token_uri, &uri);
    if (e) return e;
    out->n = 0;
    struct search s = {root, out};
    if (configured && configured[0]) {
        if (strchr(configured, '/'))
            insert(out, configured, SEARCH_CONFIGURED);
        else
            (void)add_name(&s, configured, SEARCH_CONFIGURED);
    } else if (uri.has[URI_MODULE_PATH]) {
        char path[URI_MAX + 1];
        struct bytes value = uri_value(&uri, URI_MODULE_PATH);
        (void)snprintf(path, sizeof path, "%.*s", (int)value.len, (const char *)value.p);
        insert(out, path, SEARCH_URI);
    } else if (uri.has[URI_MODULE_NAME]) {
        add_module_name(&s, uri_value(&uri, URI_MODULE_NAME), SEARCH_URI);
    } else {
        add_everything(&s, home);
    }
    return OK;
}

err_t search_modules(const char *configured, const char *token_uri, struct search_list *out)
{
    return search_modules_under("", getenv("HOME"), configured, token_uri, out);
}
