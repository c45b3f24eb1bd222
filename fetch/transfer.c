/* SPDX-License-Identifier: MIT */
#include "fetch/transfer.h"

#include "core/file.h"
#include "core/text.h"
#include "fetch/address.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

#define MAX_HEADERS (64u * 1024) /* octets of an answer's headers, redirects apart */
#define CONNECT_MS  20000
#define USER_AGENT  "onayd/" ONAYD_VERSION

/* What the rules look at, as libcurl reads the URL: 0x7f.1 is 127.0.0.1 here. */
struct target {
    char scheme[8], host[256];
    long port;
};

struct transfer {
    const struct transfer_rules *rules;
    CURL *easy;
    struct curl_slist *headers;
    struct message ask;
    struct bytes body; /* a mapping */
    struct target first, now;
    char url[FETCH_ROOM_URL];
    char error[CURL_ERROR_SIZE];
    int64_t deadline;
    unsigned redirects;
    bool bare;            /* it has left the first host: no extra headers any more */
    bool may_be_private;  /* the host is configured, or the address is the proxy's */
    bool refused_address; /* a socket was not opened */
    bool too_large;
    size_t header_octets;
    int answer;        /* memory that the octets go to as they come; -1: none came */
    size_t answer_len; /* octets */
    /* how it ended */
    enum fetch_fault fault;
    unsigned status;
    char type[FETCH_ROOM_TYPE];
};

static int64_t clock_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool fail(struct transfer *t, enum fetch_fault fault)
{
    t->fault = fault;
    return false;
}

/* ---- a URL, by the same reader that will follow it ---- */

static bool part(CURLU *u, CURLUPart what, unsigned flags, char *out, size_t room)
{
    char *text = NULL;
    if (curl_url_get(u, what, &text, flags) != CURLUE_OK) return false;
    size_t n = strlen(text);
    bool fits = n < room;
    if (fits) memcpy(out, text, n + 1);
    curl_free(text);
    return fits;
}

static bool absent(CURLU *u, CURLUPart what)
{
    char *text = NULL;
    bool none = curl_url_get(u, what, &text, 0) != CURLUE_OK;
    curl_free(text);
    return none;
}

static bool parts(CURLU *u, const char *url, struct target *out)
{
    char port[8];
    struct target t = {.port = 0};
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK || !absent(u, CURLUPART_USER) ||
        !absent(u, CURLUPART_PASSWORD) ||
        !part(u, CURLUPART_SCHEME, 0, t.scheme, sizeof t.scheme) ||
        !part(u, CURLUPART_HOST, 0, t.host, sizeof t.host) ||
        !part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port))
        return false;
    for (char *c = t.host; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    t.port = strtol(port, NULL, 10);
    if (strcmp(t.scheme, "http") != 0 && strcmp(t.scheme, "https") != 0) return false;
    *out = t;
    return true;
}

static bool read_url(const char *url, struct target *out)
{
    CURLU *u = curl_url();
    bool good = u && parts(u, url, out);
    curl_url_cleanup(u);
    return good;
}

/* The same service, or the same by TLS now: http://x and https://x on their own ports. */
static bool at_home(const struct target *first, const struct target *now)
{
    if (strcmp(first->host, now->host) != 0) return false;
    if (strcmp(first->scheme, now->scheme) == 0) return first->port == now->port;
    return strcmp(now->scheme, "https") == 0 && now->port == 443 && first->port == 80;
}

/* ---- who may be visited ---- */

static bool listed(const char *const *hosts, size_t n, const char *host)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(hosts[i], host) == 0) return true;
    return false;
}

static bool ends_in(const char *host, const char *end)
{
    size_t n = strlen(host), m = strlen(end);
    return n >= m && strcmp(host + n - m, end) == 0;
}

/* Behind a proxy nobody here sees the address; what the URL says of it counts still. */
static bool public_by_name(const char *host)
{
    bool is_address;
    if (!address_text_public(host, &is_address)) return false;
    return is_address || (strcmp(host, "localhost") != 0 && !ends_in(host, ".localhost"));
}

/* Last thing before a connection, on the very address it will go to. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct transfer *t = ctx;
    if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
    if (!t->may_be_private && !address_public(&a->addr, (socklen_t)a->addrlen)) {
        t->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- what comes in ---- */

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    (void)line;
    t->header_octets += one * n;
    return t->header_octets <= MAX_HEADERS ? one * n : 0;
}

static void drop_answer(struct transfer *t)
{
    fd_own(&t->answer);
    t->answer = -1;
    t->answer_len = 0;
}

static size_t on_body(char *octets, size_t one, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = one * n;
    if (len > t->ask.max_octets - t->answer_len) {
        t->too_large = true;
        return 0;
    }
    if (t->answer < 0 && file_memory_new(&t->answer) != OK) return 0;
    t->answer_len += len;
    return file_memory_add(t->answer, bytes_of(octets, len)) ? len : 0;
}

/* ---- a hop ---- */

static bool add_header(struct transfer *t, const char *name, const char *value)
{
    own(buf) line = buf_max(2 * FETCH_ROOM_VALUE);
    buf_fmt(&line, "%s: %s", name, value);
    struct curl_slist *longer =
        buf_ok(&line) ? curl_slist_append(t->headers, buf_cstr(&line)) : NULL;
    if (line.p) explicit_bzero(line.p, line.len);
    if (longer) t->headers = longer;
    return longer != NULL;
}

/* An empty value would have curl leave the header away, which is what an empty one means here. */
static bool set_headers(struct transfer *t, bool posts)
{
    static const char *const names[FETCH_HEADER_COUNT] = {
        [FETCH_IDENTITY] = "identity",
        [FETCH_AUTHORIZATION] = "Authorization",
        [FETCH_CREDIT] = "credit_req",
        [FETCH_CREDIT_TIME] = "credit_req_time",
    };
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    bool ok = add_header(t, "Accept", t->ask.accept[0] ? t->ask.accept : "*/*");
    if (posts) ok = ok && add_header(t, "Content-Type", t->ask.body_type);
    for (size_t i = 0; i < FETCH_HEADER_COUNT && !t->bare; i++)
        if (t->ask.has_header[i]) ok = ok && add_header(t, names[i], t->ask.headers[i]);
    return ok;
}

#define SET(option, value)                                                                         \
    if (curl_easy_setopt(t->easy, option, value) != CURLE_OK) return false

static bool set_rules(struct transfer *t)
{
    SET(CURLOPT_PRIVATE, (void *)t);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* transfer_end looks at each target first */
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver that is not done */
    /* A connection or an address that is kept would not be looked at again. */
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_USERAGENT, USER_AGENT);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_ERRORBUFFER, t->error);
    return true;
}

static bool set_answer(struct transfer *t)
{
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->ask.max_octets);
    return true;
}

static bool set_environment(struct transfer *t, const char *through)
{
    struct curl_blob ca = {t->rules->ca.p, t->rules->ca.len, CURL_BLOB_NOCOPY};
    SET(CURLOPT_PROXY, through); /* "" turns the library's own reading of the environment off */
    if (t->rules->resolve) SET(CURLOPT_RESOLVE, t->rules->resolve);
    if (ca.len > 0) {
        SET(CURLOPT_CAINFO_BLOB, &ca);
        SET(CURLOPT_CAPATH, NULL);
    }
    return true;
}

static bool set_question(struct transfer *t, long left)
{
    bool posts = t->ask.method == FETCH_POST;
    SET(CURLOPT_URL, t->url);
    SET(CURLOPT_TIMEOUT_MS, left);
    SET(CURLOPT_CONNECTTIMEOUT_MS, left < CONNECT_MS ? left : CONNECT_MS);
    if (posts) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.len);
        SET(CURLOPT_POSTFIELDS, t->body.p ? (const char *)t->body.p : "");
    }
    if (!set_headers(t, posts)) return false;
    SET(CURLOPT_HTTPHEADER, t->headers);
    return true;
}
#undef SET

bool transfer_begin(struct transfer *t)
{
    int64_t left = t->deadline - clock_ms();
    if (t->fault || t->status) return false;
    if (left <= 0) return fail(t, FETCH_TIMEOUT);
    if (!read_url(t->url, &t->now)) return fail(t, t->redirects ? FETCH_REDIRECT : FETCH_URL);
    if (t->redirects == 0) t->first = t->now;
    t->bare = t->bare || !at_home(&t->first, &t->now);
    const struct transfer_rules *r = t->rules;
    if (r->n_only_hosts && !listed(r->only_hosts, r->n_only_hosts, t->now.host))
        return fail(t, FETCH_HOST);
    bool known = listed(r->private_hosts, r->n_private_hosts, t->now.host);
    const char *through = proxy_for(&t->rules->proxy, t->now.scheme, t->now.host);
    if (through[0] && !known && !public_by_name(t->now.host)) return fail(t, FETCH_ADDRESS);
    t->may_be_private = known || through[0];
    t->header_octets = 0;
    drop_answer(t);
    curl_easy_reset(t->easy);
    return (set_rules(t) && set_answer(t) && set_environment(t, through) &&
            set_question(t, (long)left)) ||
           fail(t, FETCH_BROKEN);
}

/* ---- how a hop ended ---- */

static const struct {
    CURLcode code;
    enum fetch_fault fault;
} faults[] = {
    {CURLE_URL_MALFORMAT, FETCH_URL},
    {CURLE_UNSUPPORTED_PROTOCOL, FETCH_URL},
    {CURLE_COULDNT_RESOLVE_HOST, FETCH_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, FETCH_PROXY},
    {CURLE_PROXY, FETCH_PROXY},
    {CURLE_COULDNT_CONNECT, FETCH_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, FETCH_TIMEOUT},
    {CURLE_FILESIZE_EXCEEDED, FETCH_TOO_LARGE},
    {CURLE_SSL_CONNECT_ERROR, FETCH_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, FETCH_TLS},
    {CURLE_SSL_CERTPROBLEM, FETCH_TLS},
    {CURLE_SSL_CIPHER, FETCH_TLS},
    {CURLE_SSL_CACERT_BADFILE, FETCH_TLS},
    {CURLE_SSL_ISSUER_ERROR, FETCH_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, FETCH_TLS},
};

static enum fetch_fault fault_of(const struct transfer *t, CURLcode code)
{
    if (t->too_large) return FETCH_TOO_LARGE;
    if (code == CURLE_COULDNT_CONNECT && t->refused_address) return FETCH_ADDRESS;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].code == code) return faults[i].fault;
    return FETCH_BROKEN;
}

static bool redirects(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* RFC 9110 15.4.4: 303 is a GET from here on. The others keep the method: what we POST is a
 * question, which may be asked twice. */
static bool follow(struct transfer *t, unsigned status)
{
    const char *url = NULL;
    size_t n = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url);
    if (!url || (n = strlen(url)) >= sizeof t->url || t->redirects == TRANSFER_MAX_REDIRECTS)
        return fail(t, FETCH_REDIRECT);
    t->redirects++;
    if (status == 303) t->ask.method = FETCH_GET;
    memmove(t->url, url, n + 1);
    return true;
}

bool transfer_end(struct transfer *t, CURLcode code)
{
    long status = 0;
    const char *type = NULL;
    if (code != CURLE_OK) return fail(t, fault_of(t, code));
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 599) return fail(t, FETCH_BROKEN);
    if (redirects((unsigned)status)) return follow(t, (unsigned)status);
    (void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    text_plain_in(t->type, sizeof t->type, bytes_str(type), sizeof t->type);
    t->status = (unsigned)status;
    return false;
}

/* ---- from beginning to end ---- */

static bool map_body(struct transfer *t, int fd)
{
    return !t->ask.has_body || (file_memory_sealed(fd) && file_map(fd, &t->body) == OK &&
                                t->body.len <= FETCH_MAX_BODY);
}

struct transfer *transfer_new(const struct transfer_rules *r, const struct message *ask,
                              int *body_fd)
{
    own_fd fd = give_fd(body_fd);
    own_ptr(transfer) t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->answer = -1;
    if (!(t->easy = curl_easy_init())) return NULL;
    t->rules = r;
    t->ask = *ask;
    t->deadline = clock_ms() + ask->max_ms;
    memcpy(t->url, ask->url, sizeof t->url);
    if (!map_body(t, fd)) t->fault = FETCH_BROKEN;
    return give(t);
}

void transfer_free(struct transfer *t)
{
    if (!t) return;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    file_unmap(t->body);
    drop_answer(t);
    explicit_bzero(&t->ask, sizeof t->ask);
    free(t);
}

CURL *transfer_handle(const struct transfer *t)
{
    return t->easy;
}

uint32_t transfer_question(const struct transfer *t)
{
    return t->ask.question;
}

/* What goes into a message is ASCII; a server's word that is not is of no use to anybody. */
static void copy_ascii(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 1 < room; text++) out[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
    out[n] = 0;
}

void transfer_answer(struct transfer *t, struct message *out, int *fd)
{
    own_fd body = -1;
    if (!t->fault && t->answer_len > 0) {
        body = give_fd(&t->answer);
        if (file_memory_seal(body) != OK) t->fault = FETCH_BROKEN;
    }
    memset(out, 0, sizeof *out);
    out->type = MESSAGE_ANSWER;
    out->question = t->ask.question;
    out->fault = t->fault;
    out->status = t->fault ? 0 : t->status;
    out->has_body = !t->fault && body >= 0;
    if (!t->fault) copy_ascii(out->answer_type, sizeof out->answer_type, t->type);
    /* Of a socket that was not opened the library only knows that there is none. */
    if (t->fault && !t->refused_address) copy_ascii(out->detail, sizeof out->detail, t->error);
    *fd = out->has_body ? give_fd(&body) : -1;
}
