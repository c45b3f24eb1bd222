/* SPDX-License-Identifier: MIT */
#include "api/info.h"

#include "core/jwskey.h"
#include "core/pubkey.h"

const char *info_state(const struct api *a)
{
    if (a->stopping) return "shutting-down";
    err_t e = session_store_error(a->config.session);
    if (e) return err_slug(e);
    return a->local_only ? "local-only" : "ready";
}

static void versions(struct jsonw *w)
{
    jsonw_open(w, "apiVersions", '[');
    jsonw_str(w, NULL, "v1");
    jsonw_close(w, ']');
}

static void write_service(struct jsonw *w, const struct call *c)
{
    jsonw_str(w, "service", "onayd");
    jsonw_str(w, "version", c->api->config.version);
    versions(w);
    jsonw_str(w, "state", info_state(c->api));
}

/* ---- health ---- */

static err_t prove(struct call *c, const char *challenge, struct buf *key, struct buf *signature)
{
    const bool local_door = c->at->rules.kind == LISTENER_UNIX;
    const struct self_question q = {
        .owner = c->owner,
        .host = local_door ? bytes_str("unix") : c->visit.value[DOOR_HOST],
        .challenge = challenge,
    };
    if (!self_challenge_ok(challenge))
        return call_refuse_parameter(
            c, "challenge", "challenge 16-64 base64url karakterinden oluşmalı.",
            "challenge must have 16 to 64 characters of base64url's alphabet.");
    err_t e = self_answer(c->api->config.self, &q, key, signature);
    if (e)
        call_detail(c, "onayd'nin kendi anahtarı kullanılamıyor; nedeni günlükte yazar.",
                    "onayd's own key cannot be used; its log says why.");
    return e;
}

static void write_proof(struct jsonw *w, const struct buf *key, const struct buf *signature)
{
    jsonw_open(w, "daemon", '{');
    jsonw_base64(w, "key", buf_bytes(key));
    jsonw_base64(w, "signature", buf_bytes(signature));
    jsonw_close(w, '}');
}

err_t info_health(struct call *c)
{
    own(buf) key = buf_max(256), signature = buf_max(JWSKEY_SIGNATURE);
    err_t e = call_only_parameters(c, (const char *const[]){"challenge", NULL});
    const char *challenge = e ? NULL : call_parameter(c, "challenge");
    if (challenge) e = prove(c, challenge, &key, &signature);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    write_service(&w, c);
    if (challenge) write_proof(&w, &key, &signature);
    jsonw_close(&w, '}');
    return call_done(c);
}

/* ---- info ---- */

static const struct limit {
    const char *name;
    size_t at;
} limits[] = {
#define LIMIT(field, name)                                                                         \
    {                                                                                              \
        name, offsetof(struct settings, field)                                                     \
    }
    LIMIT(max_json_body, "maxJsonBody"),
    LIMIT(max_document, "maxDocument"),
    LIMIT(max_xml_document, "maxXmlDocument"),
    LIMIT(max_header_block, "maxHeaderBlock"),
    LIMIT(max_documents, "maxDocuments"),
    LIMIT(max_approvals, "maxApprovals"),
    LIMIT(max_connections, "maxConnections"),
    LIMIT(max_streams, "maxStreams"),
    LIMIT(max_owner_streams, "maxOwnerStreams"),
    LIMIT(max_json_depth, "maxJsonDepth"),
    LIMIT(max_xml_depth, "maxXmlDepth"),
    LIMIT(max_verification, "maxVerification"),
    LIMIT(max_upload_total, "maxUploadTotal"),
    LIMIT(max_results, "maxResults"),
    LIMIT(max_results_octets, "maxResultsOctets"),
    LIMIT(result_keep_days, "resultKeepDays"),
    LIMIT(history_keep_days, "historyKeepDays"),
    LIMIT(consent_seconds, "consentSeconds"),
    LIMIT(card_wait_seconds, "cardWaitSeconds"),
    LIMIT(module_call_seconds, "moduleCallSeconds"),
    LIMIT(document_keep_seconds, "documentKeepSeconds"),
    LIMIT(completing_seconds, "completingSeconds"),
#undef LIMIT
};

static void write_limits(struct jsonw *w, const struct settings *s)
{
    jsonw_open(w, "limits", '{');
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        uint64_t v;
        memcpy(&v, (const char *)s + limits[i].at, sizeof v);
        jsonw_number(w, limits[i].name, v);
    }
    jsonw_number(w, "maxWaitSeconds", CALL_MAX_WAIT);
    jsonw_close(w, '}');
}

static const char *signature_name(enum sig_alg a)
{
    static const char *const names[SIG_COUNT] = {
        "RSA-SHA256",        "RSA-SHA384",        "RSA-SHA512",
        "RSASSA-PSS-SHA256", "RSASSA-PSS-SHA384", "RSASSA-PSS-SHA512",
        "ECDSA-SHA256",      "ECDSA-SHA384",      "ECDSA-SHA512",
    };
    return names[a];
}

static void write_algorithms(struct jsonw *w)
{
    enum sig_alg a;
    jsonw_open(w, "algorithms", '{');
    jsonw_open(w, "signature", '[');
    for (enum key_type k = KEY_RSA; k <= KEY_P521; k++) {
        if (sig_alg_for_key(k, &a)) jsonw_str(w, NULL, signature_name(a));
    }
    jsonw_close(w, ']');
    jsonw_open(w, "digest", '[');
    for (enum digest_alg d = 0; d < DIGEST_COUNT; d++) jsonw_str(w, NULL, digest_name(d));
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

static void write_shapes(struct jsonw *w, const struct session *s)
{
    jsonw_open(w, "profiles", '[');
    for (enum xades_profile p = 0; p < XADES_PROFILE_COUNT; p++)
        if (session_offers(s, p)) jsonw_str(w, NULL, xades_profile_name(p));
    jsonw_close(w, ']');
    jsonw_open(w, "packagings", '[');
    for (enum xades_packaging p = 0; p < XADES_PACKAGING_COUNT; p++)
        jsonw_str(w, NULL, xades_packaging_name(p));
    jsonw_close(w, ']');
    jsonw_open(w, "commitments", '[');
    for (enum xades_commitment m = XADES_COMMITMENT_NONE + 1; m < XADES_COMMITMENT_COUNT; m++)
        jsonw_str(w, NULL, xades_commitment_name(m));
    jsonw_close(w, ']');
    jsonw_open(w, "roles", '[');
    for (enum document_role r = 0; r < ROLE_COUNT; r++) jsonw_str(w, NULL, document_role_name(r));
    jsonw_close(w, ']');
}

/* By name alone: an address may hold more than that. */
static void write_authorities(struct jsonw *w, const struct session *s)
{
    char host[256];
    jsonw_open(w, "timeStampAuthorities", '[');
    for (size_t i = 0; session_authority(s, i, host); i++) jsonw_str(w, NULL, host);
    jsonw_close(w, ']');
}

/* The fingerprint, so that a person can compare what a page remembers. */
static void write_key(struct jsonw *w, struct self *self)
{
    own(buf) key = buf_max(256);
    struct digest d;
    if (self_key(self, &key) == OK && digest_of(DIGEST_SHA256, buf_bytes(&key), &d))
        jsonw_hex(w, "daemonKey", digest_bytes(&d));
}

/* Whether the caller's own approvals must be signed orders. */
static bool order_required(const struct call *c)
{
    struct jwskey *keys[SETTINGS_ORIGINS];
    return originkeys_of(c->api->config.origin_keys, c->owner, keys) > 0;
}

err_t info_get(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    write_service(&w, c);
    write_key(&w, c->api->config.self);
    jsonw_bool(&w, "unattended", c->api->config.unattended);
    jsonw_bool(&w, "pairing", c->api->config.settings->pairing);
    jsonw_bool(&w, "orderRequired", order_required(c));
    write_shapes(&w, c->api->config.session);
    write_authorities(&w, c->api->config.session);
    write_algorithms(&w);
    jsonw_open(&w, "languages", '[');
    jsonw_str(&w, NULL, "tr");
    jsonw_str(&w, NULL, "en");
    jsonw_close(&w, ']');
    write_limits(&w, c->api->config.settings);
    jsonw_close(&w, '}');
    return call_done(c);
}
