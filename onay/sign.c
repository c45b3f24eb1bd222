/* SPDX-License-Identifier: MIT */
/* onay sign: the session's story without the daemon: the same worker, the same consent. */
#include "onay/ladder.h"
#include "onay/vetting.h"

#include "core/file.h"
#include "core/kimlik.h"
#include "pkcs11/spawn.h"
#include "session/session.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

enum {
    OPT_PROFILE,
    OPT_TSA,
    OPT_OFFLINE,
    OPT_PACKAGING,
    OPT_COMMITMENT,
    OPT_OUTPUT,
    OPT_MIME,
    OPT_ROLE,
    OPT_ORDER,
    OPT_TYPE,
    OPT_IDENTITY,
    OPT_NAME,
    OPT_CERTIFICATE,
    OPT_CONFIG
};
static const struct arg_row rows[] = {
    {"--profile", "PROFILE", OPT_PROFILE,
     "P1, P2, P3 or P4 (BTK); B-B (default), B-T, B-LT or B-LTA (ETSI)"},
    {"--tsa", "URL", OPT_TSA, "this time stamp authority instead of the configuration's"},
    {"--offline", NULL, OPT_OFFLINE, "prove with what is at hand; time stamps alone are fetched"},
    {"--packaging", "SHAPE", OPT_PACKAGING, "enveloping (default), enveloped or detached"},
    {"--commitment", "TYPE", OPT_COMMITMENT,
     "proof-of-approval, proof-of-origin or proof-of-creation"},
    {"--output", "FILE", OPT_OUTPUT, "write here (default: first FILE + .xsig; - for stdout)"},
    {"--mime", "TYPE", OPT_MIME, "media type of the files that follow (default: by name)"},
    {"--role", "ROLE", OPT_ROLE,
     "role of the files that follow: application-form, undertaking, other"},
    {"--order", "NO", OPT_ORDER, "order number to show"},
    {"--order-type", "TEXT", OPT_TYPE, "order type to show"},
    {"--identity", "NO", OPT_IDENTITY, "T.C. kimlik no that the certificate must hold"},
    {"--name", "TEXT", OPT_NAME, "applicant's name to show"},
    {"--certificate", "ID", OPT_CERTIFICATE, "sign with this certificate (onay certs)"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

struct signing {
    struct approval_request request;
    struct approval_document documents[XADES_MAX_DOCUMENTS];
    const char *paths[XADES_MAX_DOCUMENTS];
    const char *config, *mime, *output;
    struct ladder ladder; /* above what the card signs; no level: nothing */
    enum document_role role;
};

static bool copy_text(char *to, size_t room, const char *from)
{
    size_t n = strlen(from);
    if (n >= room) return false;
    memcpy(to, from, n + 1);
    return true;
}

static const char *mime_of(const char *path)
{
    static const struct {
        const char *suffix, *mime;
    } known[] = {
        {".xml", "application/xml"}, {".txt", "text/plain; charset=utf-8"},
        {".pdf", "application/pdf"}, {".json", "application/json"},
        {".html", "text/html"},      {".png", "image/png"},
        {".jpg", "image/jpeg"},
    };
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t s = strlen(known[i].suffix);
        if (n > s && strcasecmp(path + n - s, known[i].suffix) == 0) return known[i].mime;
    }
    return "application/octet-stream";
}

static bool add_document(void *into, const char *path)
{
    struct signing *s = into;
    size_t n = s->request.n_documents;
    if (n == XADES_MAX_DOCUMENTS) return false;
    const char *slash = strrchr(path, '/');
    struct approval_document *d = &s->documents[n];
    d->role = s->role;
    d->source = SOURCE_UPLOAD;
    if (!copy_text(d->name, sizeof d->name, slash ? slash + 1 : path) ||
        !copy_text(d->mime, sizeof d->mime, s->mime ? s->mime : mime_of(path)))
        return false;
    s->paths[n] = path;
    s->request.n_documents = n + 1;
    return true;
}

/* The ETSI levels are made of a B-B; BTK's policies are signed. */
static bool take_profile(struct signing *s, const char *name)
{
    enum xades_profile *signed_as = &s->request.profile;
    s->ladder.level = LADDER_NONE;
    if (!ladder_of(name, &s->ladder.level)) return xades_profile_of(name, signed_as);
    *signed_as = XADES_B_B;
    return s->ladder.level < LADDER_P2 || xades_profile_known(name, signed_as);
}

static bool take(void *into, int id, const char *value)
{
    struct signing *s = into;
    struct approval_request *r = &s->request;
    switch (id) {
    case OPT_PROFILE:
        return take_profile(s, value);
    case OPT_TSA:
        s->ladder.tsa = value;
        return strlen(value) < SETTINGS_ENTRY;
    case OPT_OFFLINE:
        s->ladder.proving.offline = true;
        return true;
    case OPT_PACKAGING:
        return xades_packaging_of(value, &r->packaging);
    case OPT_COMMITMENT:
        return xades_commitment_of(value, &r->commitment);
    case OPT_OUTPUT:
        s->output = value;
        return true;
    case OPT_MIME:
        s->mime = value;
        return true;
    case OPT_ROLE:
        return document_role_of(value, &s->role);
    case OPT_ORDER:
        return copy_text(r->order_no, sizeof r->order_no, value);
    case OPT_TYPE:
        return copy_text(r->order_type, sizeof r->order_type, value);
    case OPT_IDENTITY:
        return kimlik_valid(bytes_str(value)) &&
               copy_text(r->identity_no, sizeof r->identity_no, value);
    case OPT_NAME:
        return copy_text(r->applicant, sizeof r->applicant, value);
    case OPT_CERTIFICATE:
        r->has_certificate = true;
        return command_certificate(value, &r->certificate);
    case OPT_CONFIG:
        s->config = value;
        return true;
    default:
        return false;
    }
}

static err_t upload(struct session *session, const char *path, struct session_document_info *out)
{
    own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    own_mem(uint8_t) room = malloc(256 * 1024);
    own_ptr(session_upload) u = NULL;
    if (fd < 0) return err_raise(ERR_FILE_UNREADABLE);
    if (!room) return err_raise(ERR_STORAGE_FULL);
    err_t e = session_upload_begin(session, "local", &u);
    while (!e) {
        ssize_t n = read(fd, room, 256 * 1024);
        if (n < 0) return err_raise(ERR_FILE_UNREADABLE);
        if (n == 0) return session_upload_end(&u, out);
        e = session_upload_add(u, bytes_of(room, (size_t)n));
    }
    return e;
}

static void show_state(enum approval_state state)
{
    static const char *const words[APPROVAL_STATE_COUNT][2] = {
        [APPROVAL_WAITING_CARD] = {"kart bekleniyor", "waiting for the card"},
        [APPROVAL_WAITING_CONSENT] = {"onayınız bekleniyor", "waiting for your consent"},
        [APPROVAL_SIGNING] = {"kart imzalıyor", "the card is signing"},
        [APPROVAL_COMPLETING] = {"imza tamamlanıyor", "completing the signature"},
        [APPROVAL_DONE] = {"imzalandı", "signed"},
    };
    if (words[state][0])
        (void)fprintf(stderr, "onay: %s\n", words[state][command_lang() == LANG_EN]);
}

static err_t wait_for(struct session *session, const char *id, struct approval_view *view)
{
    enum approval_state shown = APPROVAL_STATE_COUNT;
    for (;;) {
        err_t e = session_approval(session, "local", id, view);
        if (e) return e;
        if (view->state != shown) show_state(shown = view->state);
        if (approval_state_final(view->state)) return OK;
        struct pollfd p = {.fd = session_fd(session), .events = POLLIN};
        (void)poll(&p, 1, session_timeout(session));
        session_step(session);
    }
}

static int write_result(struct signing *s, struct bytes result)
{
    own(buf) name = buf_max(4096);
    if (s->output && strcmp(s->output, "-") == 0) {
        bool good = fwrite(result.p, 1, result.len, stdout) == result.len && fflush(stdout) == 0;
        return good ? EXIT_GOOD : command_fail("stdout", ERR_STORAGE_FULL, NULL);
    }
    if (s->output)
        buf_str(&name, s->output);
    else
        buf_fmt(&name, "%s.xsig", s->paths[0]);
    err_t e = file_write(buf_cstr(&name), result);
    return e ? command_fail(buf_cstr(&name), e, NULL) : EXIT_GOOD;
}

/* ---- above what the card has signed ---- */

/* A detached document is part of what an archive is on. */
static err_t load_detached(const struct signing *s, struct buf *contents,
                           struct xades_detached *views)
{
    err_t e = OK;
    for (size_t i = 0; i < s->request.n_documents && !e; i++) {
        contents[i] = buf_max(EVIDENCE_MAX_FILE);
        e = file_read(s->paths[i], &contents[i]);
        views[i] =
            (struct xades_detached){bytes_str(s->documents[i].name), buf_bytes(&contents[i])};
    }
    return e;
}

static err_t climb_with(struct signing *s, const struct settings *settings)
{
    const struct xades_verification q = {
        .file = buf_bytes(&s->ladder.now),
        .detached = s->ladder.detached,
        .n_detached = s->ladder.n_detached,
        .trust = s->ladder.proving.trust,
        .at = utc_now(),
        .max_xml_depth = (unsigned)settings->max_xml_depth,
        .max_xml_octets = (size_t)settings->max_xml_document,
    };
    struct xades_why why = {0};
    own_ptr(xades_report) r = NULL;
    err_t e = xades_verify(&q, &r, &why);
    if (e) (void)command_fail(s->ladder.path, e, why.clause);
    /* What was signed before stands before it. */
    return e ? e
             : ladder_climb(&s->ladder, r->n_signatures - 1, &r->signatures[r->n_signatures - 1]);
}

static err_t climb(struct signing *s, const struct settings *settings)
{
    static struct buf contents[XADES_MAX_DOCUMENTS];
    static struct xades_detached views[XADES_MAX_DOCUMENTS];
    struct ladder *l = &s->ladder;
    err_t e = OK;
    if (s->request.packaging == XADES_DETACHED) {
        e = load_detached(s, contents, views);
        l->detached = views;
        l->n_detached = s->request.n_documents;
    }
    if (!e) e = climb_with(s, settings);
    for (size_t i = 0; i < l->n_detached; i++) buf_free(&contents[i]);
    return e;
}

static void say_level(const struct signing *s)
{
    const struct ladder *l = &s->ladder;
    const bool english = command_lang() == LANG_EN, btk = l->level >= LADDER_P2;
    const char *is = btk ? ladder_name(l->level) : l->stamped[0] > 0 ? "B-T" : "B-B";
    (void)fprintf(stderr, "onay: %s %s%s; %s\n", english ? "what was written is" : "yazılan imza",
                  is,
                  !btk      ? ""
                  : english ? ", incomplete"
                            : ", eksik",
                  english ? "onay extend adds the rest" : "kalanını onay extend ekler");
}

/* What the card has signed is kept, also when the rest cannot be had: no PIN is asked for twice. */
static int raise_and_write(struct signing *s, const struct settings *settings, struct bytes result)
{
    struct ladder *l = &s->ladder;
    if (!l->level) return write_result(s, result);
    l->now = buf_max(EVIDENCE_MAX_FILE);
    buf_add(&l->now, result);
    const bool held = buf_ok(&l->now);
    err_t e = held ? climb(s, settings) : err_raise(ERR_STORAGE_FULL);
    if (!held) (void)command_fail(ladder_name(l->level), e, NULL);
    int code = write_result(s, held ? buf_bytes(&l->now) : result);
    if (!e) {
        ladder_say_due(l);
        return code;
    }
    if (code == EXIT_GOOD) say_level(s);
    return EXIT_BAD;
}

/* Before the PIN: a revoked certificate, or one of which nobody tells, would sign in vain. */
static err_t vet(void *ctx, struct bytes certificate)
{
    struct signing *s = ctx;
    struct ladder *l = &s->ladder;
    struct proof_rules rules;
    struct xades_why why = {0};
    own(proving) p = {.stamping = &l->stamping,
                      .settings = l->settings,
                      .trust = l->proving.trust,
                      .offline = l->proving.offline};
    if (!ladder_proves(l->level, &rules)) return OK;
    err_t e = proving_certificate(&p, certificate, &rules, &why);
    if (e) (void)command_fail(ladder_name(l->level), e, why.clause);
    return e;
}

static int sign(struct signing *s, const struct settings *settings, struct session *session)
{
    struct approval_request *r = &s->request;
    struct session_why why = {0};
    struct approval_view view;
    struct bytes result;
    char id[SESSION_ID];
    bool existed;
    for (size_t i = 0; i < r->n_documents; i++) {
        struct session_document_info info;
        err_t e = upload(session, s->paths[i], &info);
        if (e) return command_fail(s->paths[i], e, NULL);
        memcpy(s->documents[i].id, info.id, sizeof info.id);
    }
    err_t e = session_begin(session, r, id, &existed, &why);
    if (e) return command_fail(why.pointer[0] ? why.pointer : "sign", e, why.detail);
    if ((e = wait_for(session, id, &view))) return command_fail("sign", e, NULL);
    if (view.state != APPROVAL_DONE)
        return command_fail(approval_state_name(view.state),
                            view.problem ? view.problem : ERR_CONSENT_DECLINED, view.detail);
    if ((e = session_signature(session, "local", id, &result)))
        return command_fail("sign", e, NULL);
    return raise_and_write(s, settings, result);
}

/* What is wrong with the settings shows before anybody is asked for a PIN. */
static err_t open_ladder(struct signing *s, const struct settings *settings,
                         const struct trust *trust)
{
    struct ladder *l = &s->ladder;
    if (!l->level) return OK;
    l->path = s->paths[0];
    l->settings = l->proving.settings = settings;
    l->proving.stamping = &l->stamping;
    l->proving.trust = trust;
    return ladder_open(l);
}

static int open_and_sign(struct signing *s)
{
    static struct settings settings;
    if (!command_settings(s->config, &settings)) return EXIT_NO_INPUT;
    const struct token_config config = {
        .module = settings.module,
        .token_uri = settings.token_uri,
        .pinentry = settings.pinentry,
        .unattended_token = settings.unattended_token,
        .unattended_pin_file = settings.unattended_pin_file,
        .unattended_issuer = settings.unattended_issuer,
        .cancel_fd = -1,
    };
    own_ptr(trust) trust = NULL;
    own_ptr(spawn_source) source = NULL;
    own_ptr(token) token = NULL;
    own_ptr(token) vetting = NULL;
    own(buf) trust_dir = buf_max(8192);
    err_t e = trust_configured(&settings, &trust_dir, &trust);
    if (e) return command_fail(buf_cstr(&trust_dir), e, NULL);
    own_ptr(trust) nobody = trust_empty();
    if (!nobody) return command_fail("sign", ERR_STORAGE_FULL, NULL);
    if ((e = open_ladder(s, &settings, trust ? trust : nobody))) return EXIT_BAD;
    if ((e = spawn_source_new(&config, &source))) return command_fail("onayd-token", e, NULL);
    struct token_source modules = spawn_source_modules(source);
    if ((e = token_proxy(&modules, (unsigned)settings.module_call_seconds, &token)))
        return command_fail("onayd-token", e, NULL);
    if (!(vetting = vetting_new(token, vet, s)))
        return command_fail("sign", ERR_STORAGE_FULL, NULL);
    own_ptr(session) session = session_new(&settings, vetting, trust);
    if (!session) return command_fail("sign", ERR_STORAGE_FULL, NULL);
    session_quiet(session);
    session_uncompleted(session);
    return sign(s, &settings, session);
}

static const struct command_line line = {
    "sign", "[OPTION]... FILE...", rows, sizeof rows / sizeof *rows, add_document, take};

int run_sign(int argc, char **argv)
{
    static struct signing s = {.request = {.owner = "local", .profile = XADES_B_B},
                               .role = ROLE_OTHER};
    int code;
    if (!command_read(&line, argc, argv, &s, &code)) return code;
    if (s.request.n_documents == 0) return command_usage(&line, "FILE");
    s.request.documents = s.documents;
    s.request.lang = command_lang();
    code = open_and_sign(&s);
    ladder_free(&s.ladder);
    return code;
}
