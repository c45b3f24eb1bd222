/* SPDX-License-Identifier: MIT */
#include "fetch/tsa.h"

#include "core/ber.h"
#include "core/cert.h"
#include "core/oid.h"
#include "core/tst.h"
#include "core/tstcheck.h"
#include "fetch/account.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <sys/random.h>

#define QUERY_TYPE  "application/timestamp-query"
#define REPLY_TYPE  "application/timestamp-reply"
#define KAMU_SM     "kamusm.gov.tr"
#define KAMU_POLICY "2.16.792.1.2.1.1.5.7.3.1"
#define NO_POLICY   "2.999" /* for examples (ITU-T X.660 A.5), so nobody's */
#define MAX_CREDIT  64      /* octets of that answer */

enum query { STAMP, CREDIT, PROBE };

struct tsa {
    const struct settings *settings;
    struct fetch *fetch;
    struct account *identity, *basic; /* NULL: none is configured */
    const char *urls[SETTINGS_LIST];
    size_t n;
    enum tsa_state state;
    enum query query;
    bool sold;     /* this one is shown an account */
    bool refused;  /* it answered by a PKIStatus that grants nothing */
    char time[24]; /* of a credit query */
    struct digest imprint;
    uint8_t nonce[TST_NONCE];
    struct buf policy; /* what was asked of this one; empty: its own choice */
    uint32_t question;
    struct tsa_try tries[SETTINGS_LIST];
    size_t n_tries; /* the last is the one that is asked */
    struct buf token;
    uint64_t credit;
};

/* ---- who gets which proof ---- */

/* The host of an http URL in plain letters, digits, dots and hyphens or IPv6's brackets; "" for one
 * that is anything else, which then gets nothing. */
void tsa_host(const char *url, char out[256])
{
    const char *host = strstr(url, "://");
    size_t n = host ? strcspn(host + 3, "/?#") : 0;
    out[0] = 0;
    if (n == 0 || n > 255) return;
    host += 3;
    size_t name = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (name > n) name = n; /* no port */
    for (size_t i = 0; i < name; i++) {
        char c = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] - 'A' + 'a') : host[i];
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", c)) {
            out[0] = 0;
            return;
        }
        out[i] = c;
        out[i + 1] = 0;
    }
}

static bool at_kamu_sm(const char *host)
{
    size_t n = strlen(host), m = sizeof KAMU_SM - 1;
    return n >= m && strcmp(host + n - m, KAMU_SM) == 0 && (n == m || host[n - m - 1] == '.');
}

static bool listed(const struct settings_list *l, const char *host)
{
    for (size_t i = 0; i < l->n; i++)
        if (host[0] && strcmp(l->at[i], host) == 0) return true;
    return false;
}

static bool gets_identity(const struct tsa *t, const char *host)
{
    return t->identity && (at_kamu_sm(host) || listed(&t->settings->tsa_identity_hosts, host));
}

static bool gets_basic(const struct tsa *t, const char *host)
{
    return t->basic && listed(&t->settings->tsa_basic_hosts, host);
}

/* ---- asking ---- */

static struct tsa_try *current(struct tsa *t)
{
    return &t->tries[t->n_tries - 1];
}

__attribute__((format(printf, 3, 4))) static err_t say(struct tsa *t, err_t e, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(current(t)->detail, sizeof current(t)->detail, fmt, args);
    va_end(args);
    return err_raise(e);
}

static bool drawn(void *out, size_t n)
{
    return getrandom(out, n, 0) == (ssize_t)n;
}

static bool put_identity(const struct tsa *t, struct bytes octets, struct buf *out)
{
    uint8_t salt[ACCOUNT_SALT], iv[ACCOUNT_IV];
    return drawn(salt, sizeof salt) && drawn(iv, sizeof iv) &&
           account_identity(t->identity, octets, salt, iv, out);
}

/* The proof is over SHA-1 of customer and time, one behind the other: Kamu SM's choice. */
static bool put_credit_identity(const struct tsa *t, struct buf *out)
{
    own(buf) text = buf_max(128);
    uint8_t hash[20];
    buf_fmt(&text, "%s%s", account_user(t->identity), t->time);
    return buf_ok(&text) && EVP_Digest(text.p, text.len, hash, NULL, EVP_sha1(), NULL) == 1 &&
           put_identity(t, bytes_of(hash, sizeof hash), out);
}

static err_t send(struct tsa *t, struct fetch_request *r)
{
    if (!t->fetch) return err_raise(ERR_INTERNAL);
    r->method = FETCH_POST;
    r->url = current(t)->url;
    r->max_ms = TSA_MS;
    return fetch_ask(t->fetch, r, &t->question);
}

static err_t ask_credit(struct tsa *t, const char *host)
{
    own(buf) identity = buf_max(FETCH_ROOM_VALUE - 1);
    if (!gets_identity(t, host))
        return say(t, ERR_SETTING_INVALID, "no tsa_identity_file for this host");
    err_t e = put_credit_identity(t, &identity) ? OK : say(t, ERR_INTERNAL, "no identity");
    struct fetch_request r = {.max_octets = MAX_CREDIT};
    r.headers[FETCH_IDENTITY] = buf_cstr(&identity);
    r.headers[FETCH_CREDIT] = account_user(t->identity);
    r.headers[FETCH_CREDIT_TIME] = t->time;
    if (!e) e = send(t, &r);
    buf_wipe(&identity);
    return e;
}

/* Kamu SM's requests name its policy; others choose theirs. */
static bool set_policy(struct tsa *t, const char *host)
{
    const bool unsold = t->query == PROBE && t->sold;
    const bool named = unsold || gets_identity(t, host) || at_kamu_sm(host);
    buf_cut(&t->policy, 0);
    return !named || oid_from_text(&t->policy, bytes_str(unsold ? NO_POLICY : KAMU_POLICY));
}

static err_t ask_stamp(struct tsa *t, const char *host)
{
    own(buf) query = buf_max(512), identity = buf_max(FETCH_ROOM_VALUE - 1),
             basic = buf_max(FETCH_ROOM_VALUE - 1);
    bool by_identity = gets_identity(t, host), by_basic = !by_identity && gets_basic(t, host);
    t->sold = by_identity || by_basic;
    bool ok = set_policy(t, host) && drawn(t->nonce, sizeof t->nonce);
    if (ok && by_identity) ok = put_identity(t, digest_bytes(&t->imprint), &identity);
    if (ok && by_basic) ok = account_basic(t->basic, &basic);
    tst_query(&query, &t->imprint, buf_bytes(&t->policy), t->nonce);
    struct fetch_request r = {
        .type = QUERY_TYPE, .accept = REPLY_TYPE, .body = buf_bytes(&query), .max_octets = TST_MAX};
    if (by_identity) r.headers[FETCH_IDENTITY] = buf_cstr(&identity);
    if (by_basic) r.headers[FETCH_AUTHORIZATION] = buf_cstr(&basic);
    err_t e = ok && buf_ok(&query) ? send(t, &r) : err_raise(ERR_INTERNAL);
    buf_wipe(&identity);
    buf_wipe(&basic);
    return e;
}

/* Asks the next one that can be asked. */
static enum tsa_state ask_next(struct tsa *t)
{
    while (t->n_tries < t->n) {
        char host[256];
        struct tsa_try *one = &t->tries[t->n_tries];
        *one = (struct tsa_try){.error = OK};
        (void)snprintf(one->url, sizeof one->url, "%s", t->urls[t->n_tries]);
        t->n_tries++;
        tsa_host(one->url, host);
        one->error = t->query == CREDIT ? ask_credit(t, host) : ask_stamp(t, host);
        if (!one->error) return t->state = TSA_WAITING;
    }
    return t->state = TSA_FAILED;
}

void tsa_through(struct tsa *t, struct fetch *f)
{
    if (t->state == TSA_WAITING) {
        fetch_cancel(t->fetch, t->question);
        current(t)->error = ERR_TSA_UNREACHABLE;
        t->state = TSA_FAILED;
    }
    t->fetch = f;
}

enum tsa_state tsa_begin(struct tsa *t, const struct digest *imprint)
{
    t->query = STAMP;
    t->imprint = *imprint;
    t->n_tries = 0;
    return ask_next(t);
}

enum tsa_state tsa_begin_credit(struct tsa *t, uint64_t now_ms)
{
    t->query = CREDIT;
    (void)snprintf(t->time, sizeof t->time, "%llu", (unsigned long long)now_ms);
    t->n_tries = 0;
    return ask_next(t);
}

enum tsa_state tsa_begin_probe(struct tsa *t)
{
    t->query = PROBE;
    t->imprint = (struct digest){.alg = DIGEST_SHA256, .len = digest_len(DIGEST_SHA256)};
    t->n_tries = 0;
    return drawn(t->imprint.v, t->imprint.len) ? ask_next(t) : (t->state = TSA_FAILED);
}

/* ---- what comes back ---- */

static bool is_type(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);
    return strncasecmp(type, wanted, n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
}

/* What says "later" or "not me" may be otherwise next time; what says "not so" will not. */
static err_t judge_http(struct tsa *t, const struct fetch_answer *a)
{
    if (a->fault)
        return say(t, ERR_TSA_UNREACHABLE, "%s%s%s", fetch_fault_text(a->fault, LANG_EN),
                   a->detail[0] ? ": " : "", a->detail);
    if (a->status >= 500 || a->status == 408 || a->status == 429)
        return say(t, ERR_TSA_UNREACHABLE, "HTTP %u", a->status);
    if (a->status != 200) return say(t, ERR_TSA_REJECTED, "HTTP %u", a->status);
    return OK;
}

static err_t judge_credit(struct tsa *t, const struct fetch_answer *a)
{
    char digits[21] = "";
    struct bytes b = a->body;
    while (b.len > 0 && (b.p[b.len - 1] == '\n' || b.p[b.len - 1] == '\r')) b.len--;
    if (b.len > 0 && b.len < sizeof digits - 1) memcpy(digits, b.p, b.len);
    if (!digits[0] || strspn(digits, "0123456789") != b.len)
        return say(t, ERR_TSA_REJECTED, "the answer is no number");
    t->credit = strtoull(digits, NULL, 10);
    return OK;
}

/* The token as DER, whatever it came as. */
static err_t read_token(struct tsa *t, struct bytes token, struct tst *out)
{
    struct der_latch why = {0}, second = {0};
    buf_cut(&t->token, 0);
    buf_add(&t->token, token);
    if (tst_read(buf_bytes(&t->token), out, &why)) return OK;
    buf_cut(&t->token, 0);
    if (ber_to_der(&t->token, token) && tst_read(buf_bytes(&t->token), out, &second)) return OK;
    return say(t, ERR_TSA_REJECTED, "%s", why.clause ? why.clause : "RFC 3161 2.4.2: no token");
}

/* RFC 5280 4.1.2.5; whether the certificate is anybody's is not asked here. */
static bool valid_then(const struct tst *token)
{
    struct cert c;
    struct der_latch why = {0};
    return cert_read(token->signer, &c, &why) && c.not_before <= token->time &&
           token->time <= c.not_after;
}

static err_t judge_time(struct tsa *t, const struct tst *token, utc_t now)
{
    struct tsa_try *one = current(t);
    one->has_skew = true;
    one->skew = token->time - now;
    if (one->skew > TSA_MAX_SKEW || one->skew < -TSA_MAX_SKEW)
        return say(t, ERR_TSA_REJECTED, "RFC 3161 2.4.2: genTime is %lld s from this clock",
                   (long long)one->skew);
    return valid_then(token)
               ? OK
               : say(t, ERR_TSA_REJECTED, "RFC 5280 4.1.2.5: the TSA's certificate was not valid");
}

static err_t judge_token(struct tsa *t, struct bytes octets, utc_t now)
{
    struct tst token;
    const char *clause = NULL;
    err_t e = read_token(t, octets, &token);
    if (e) return e;
    if (!tst_covers(&token, &t->imprint))
        return say(t, ERR_TSA_REJECTED, "RFC 3161 2.4.2: the imprint is another");
    if (!tst_answers(&token, buf_bytes(&t->policy), t->nonce))
        return say(t, ERR_TSA_REJECTED, "RFC 3161 2.4.2: the nonce or the policy is another");
    if (tst_check(&token, &clause) != TST_GOOD)
        return say(t, ERR_TSA_REJECTED, "%s", clause ? clause : "RFC 3161 2.4.2");
    return judge_time(t, &token, now);
}

static err_t judge_stamp(struct tsa *t, const struct fetch_answer *a, utc_t now)
{
    struct bytes token;
    struct tst_refusal refusal = {.failure = ""};
    struct der_latch why = {0};
    if (!is_type(a->type, REPLY_TYPE))
        return say(t, ERR_TSA_REJECTED, "RFC 3161 3.4: the answer is %.60s",
                   a->type[0] ? a->type : "of no type");
    if (tst_answer(a->body, &token, &refusal, &why)) return judge_token(t, token, now);
    if (why.clause) return say(t, ERR_TSA_REJECTED, "%s", why.clause);
    t->refused = true;
    return say(t, ERR_TSA_REJECTED, "RFC 3161 2.4.2: PKIStatus %u %s", refusal.status,
               refusal.failure);
}

/* What it was asked for it should refuse; if it gave it, that is as good. */
static err_t judge_refusal(struct tsa *t, const struct fetch_answer *a, utc_t now)
{
    buf_cut(&t->policy, 0);
    err_t e = judge_stamp(t, a, now);
    if (!t->refused) return e;
    current(t)->detail[0] = 0;
    return OK;
}

static err_t judge(struct tsa *t, const struct fetch_answer *a, utc_t now)
{
    t->refused = false;
    buf_cut(&t->token, 0);
    err_t e = judge_http(t, a);
    if (e) return e;
    if (t->query == CREDIT) return judge_credit(t, a);
    return t->query == PROBE && t->sold ? judge_refusal(t, a, now) : judge_stamp(t, a, now);
}

enum tsa_state tsa_take(struct tsa *t, const struct fetch_answer *a, utc_t now)
{
    if (t->state != TSA_WAITING || a->question != t->question) return t->state;
    struct tsa_try *one = current(t);
    one->fault = a->fault;
    one->status = a->status;
    one->error = judge(t, a, now);
    if (one->error) return ask_next(t);
    return t->state = TSA_DONE;
}

/* ---- what became of it ---- */

enum tsa_state tsa_state(const struct tsa *t)
{
    return t->state;
}

struct bytes tsa_token(const struct tsa *t)
{
    return t->state == TSA_DONE ? buf_bytes(&t->token) : bytes_of(NULL, 0);
}

uint64_t tsa_credit(const struct tsa *t)
{
    return t->credit;
}

const struct tsa_try *tsa_tries(const struct tsa *t, size_t *n)
{
    *n = t->n_tries;
    return t->tries;
}

static bool any(const struct tsa *t, err_t e)
{
    for (size_t i = 0; i < t->n_tries; i++)
        if (t->tries[i].error == e) return true;
    return false;
}

err_t tsa_error(const struct tsa *t)
{
    if (any(t, ERR_TSA_UNREACHABLE)) return ERR_TSA_UNREACHABLE;
    if (any(t, ERR_TSA_REJECTED)) return ERR_TSA_REJECTED;
    return t->n_tries > 0 ? t->tries[0].error : ERR_SETTING_INVALID;
}

/* ---- from beginning to end ---- */

static err_t read_account(const char *path, struct account **out, const char **why)
{
    return path[0] ? account_read(path, out, why) : OK;
}

static err_t read_accounts(struct tsa *t, const char **why)
{
    err_t e = read_account(t->settings->tsa_identity_file, &t->identity, why);
    if (!e && t->identity && !account_user_is_number(t->identity)) {
        *why = "tsa_identity_file: the user is a number";
        e = err_raise(ERR_SETTING_INVALID);
    }
    return e ? e : read_account(t->settings->tsa_basic_file, &t->basic, why);
}

err_t tsa_new(const struct settings *s, const char *url, struct fetch *f, struct tsa **out,
              const char **why)
{
    own_ptr(tsa) t = calloc(1, sizeof *t);
    *why = "tsa: no time stamp authority is configured";
    if (!t) return err_raise(ERR_STORAGE_FULL);
    t->settings = s;
    t->fetch = f;
    t->state = TSA_FAILED;
    t->policy = buf_max(64);
    t->token = buf_max(TST_MAX);
    t->n = url ? 1 : s->tsa.n;
    if (url) t->urls[0] = url;
    for (size_t i = 0; !url && i < s->tsa.n; i++) t->urls[i] = s->tsa.at[i];
    if (t->n == 0) return err_raise(ERR_SETTING_INVALID);
    err_t e = read_accounts(t, why);
    if (e) return e;
    *out = give(t);
    return OK;
}

void tsa_free(struct tsa *t)
{
    if (!t) return;
    if (t->state == TSA_WAITING) fetch_cancel(t->fetch, t->question);
    account_free(t->identity);
    account_free(t->basic);
    buf_free(&t->policy);
    buf_free(&t->token);
    free(t);
}
