/* SPDX-License-Identifier: MIT */
#include "session/audit.h"

#include "core/kimlik.h"
#include "core/text.h"

/* Caller's words: one line, bounded, and no quote that would end them early. */
static void put_words(struct buf *out, const char *key, const char *words)
{
    own(buf) plain = buf_max(1024);
    text_plain(&plain, bytes_str(words), 128);
    buf_fmt(out, " %s=\"", key);
    for (size_t i = 0; i < plain.len; i++)
        buf_byte(out, plain.p[i] == '"' || plain.p[i] == '\\' ? '\'' : plain.p[i]);
    buf_byte(out, '"');
}

static struct bytes identity_of(const struct work *w)
{
    struct cert c;
    struct der_latch why = {0};
    if (w->der.len > 0 && cert_read(buf_bytes(&w->der), &c, &why)) return c.serial_number;
    return bytes_str(w->identity);
}

/* What is known of it only as long as it was open here. */
static void put_work(struct buf *out, const struct work *w)
{
    struct bytes identity = identity_of(w);
    if (identity.len > 0) {
        char masked[32];
        kimlik_mask(identity, masked);
        put_words(out, "identity", masked);
    }
}

void audit_line(struct buf *out, const struct approval *a)
{
    const struct work *w = a->work;
    buf_fmt(out, "approval %s", approval_state_name(a->shown.state));
    if (a->shown.problem) buf_fmt(out, " problem=%s", err_slug(a->shown.problem));
    if (a->shown.waiting_for) buf_fmt(out, " waits=%s", err_slug(a->shown.waiting_for));
    put_words(out, "owner", a->owner);
    put_words(out, "order", a->shown.order_no);
    if (w) put_work(out, w);
    if (a->shown.has_signer) {
        buf_str(out, " certificate=");
        buf_hex(out, bytes_sub(digest_bytes(&a->shown.signer), 0, 8));
    }
    if (w && *w->chain) buf_fmt(out, " chain=%s", w->chain);
}

void audit_store(err_t e, const char *why)
{
    own(buf) line = buf_max(1024);
    buf_fmt(&line, "<3>store of approvals: %s (%s): %s\n", err_title(e, LANG_EN), err_slug(e), why);
    if (buf_ok(&line)) (void)!write(STDERR_FILENO, line.p, line.len);
}

static void write_line(const char *priority, const struct approval *a, const char *why)
{
    own(buf) line = buf_max(4096);
    buf_str(&line, priority);
    audit_line(&line, a);
    if (why && *why) put_words(&line, "why", why);
    buf_byte(&line, '\n');
    /* A journal that cannot be written must not stop a signature that was consented to. */
    if (buf_ok(&line)) (void)!write(STDERR_FILENO, line.p, line.len);
}

void audit_write(const struct approval *a)
{
    write_line("<5>", a, NULL);
}

void audit_stamp(const struct approval *a, const char *why)
{
    write_line("<4>", a, why);
}
