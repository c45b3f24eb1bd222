/* SPDX-License-Identifier: MIT */
#include "onay/evidence.h"

#include "core/file.h"

/* The folder on the command line, else that of the configuration. */
static int load_trust(struct evidence *v)
{
    static struct settings settings;
    own(buf) dir = buf_max(8192);
    if (!v->trust_dir && !command_settings(v->config, &settings)) return EXIT_NO_INPUT;
    if (v->trust_dir) buf_str(&dir, v->trust_dir);
    err_t e = v->trust_dir ? trust_load(v->trust_dir, &v->trust)
                           : trust_configured(&settings, &dir, &v->trust);
    if (!e && !v->trust && !(v->trust = trust_empty())) e = err_raise(ERR_STORAGE_FULL);
    return e ? command_fail(buf_cstr(&dir), e, NULL) : EXIT_GOOD;
}

static int load_detached(struct evidence *v, const char *path)
{
    struct buf *content = &v->contents[v->n_views];
    const char *slash = strrchr(path, '/');
    *content = buf_max(EVIDENCE_MAX_FILE);
    err_t e = file_read(path, content);
    v->views[v->n_views++] =
        (struct xades_detached){bytes_str(slash ? slash + 1 : path), buf_bytes(content)};
    return e ? command_fail(path, e, NULL) : EXIT_GOOD;
}

int evidence_load(struct evidence *v)
{
    v->file = buf_max(EVIDENCE_MAX_FILE);
    err_t e = file_read(v->path, &v->file);
    if (e) return command_fail(v->path, e, NULL);
    int code = load_trust(v);
    for (size_t i = 0; i < v->n_detached && code == EXIT_GOOD; i++)
        code = load_detached(v, v->detached[i]);
    return code;
}

void evidence_free(struct evidence *v)
{
    buf_free(&v->file);
    while (v->n_views > 0) buf_free(&v->contents[--v->n_views]);
    trust_free(v->trust);
    v->trust = NULL;
}

void evidence_question(const struct evidence *v, struct bytes file, utc_t at,
                       struct xades_verification *out)
{
    static struct settings limits;
    settings_default(&limits);
    *out = (struct xades_verification){
        .file = file,
        .detached = v->views,
        .n_detached = v->n_views,
        .trust = v->trust,
        .at = at,
        .max_xml_depth = (unsigned)limits.max_xml_depth,
        .max_xml_octets = (size_t)limits.max_xml_document,
    };
}
