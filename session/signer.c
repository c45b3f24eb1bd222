/* SPDX-License-Identifier: MIT */
#include "session/signer.h"

/* In the order the rules are applied, and told: a certificate that is nobody's signing certificate
 * is first of all that, however long it has expired. */
static const struct {
    enum unusable bit;
    const char *slug;
    err_t error;
} rows[] = {
    {UNUSABLE_MALFORMED, "certificate-malformed", ERR_CERTIFICATE_MALFORMED},
    {UNUSABLE_NO_KEY, "no-key", ERR_NO_CERTIFICATE},
    {UNUSABLE_KEY_TYPE, "key-type", ERR_CERTIFICATE_NOT_QUALIFIED},
    {UNUSABLE_NOT_QUALIFIED, "certificate-not-qualified", ERR_CERTIFICATE_NOT_QUALIFIED},
    {UNUSABLE_REVOKED, "certificate-revoked", ERR_CERTIFICATE_REVOKED},
    {UNUSABLE_EXPIRED, "certificate-expired", ERR_CERTIFICATE_EXPIRED},
    {UNUSABLE_NOT_YET_VALID, "certificate-not-yet-valid", ERR_CERTIFICATE_NOT_YET_VALID},
    {UNUSABLE_UNTRUSTED, "certificate-untrusted", ERR_CERTIFICATE_UNTRUSTED},
    {UNUSABLE_PIN_NOT_SET, "pin-not-set", ERR_PIN_NOT_SET},
    {UNUSABLE_PIN_LOCKED, "pin-locked", ERR_PIN_LOCKED},
};
#define N_ROWS (sizeof rows / sizeof *rows)

const char *unusable_slug(enum unusable u)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].bit == u) return rows[i].slug;
    return "";
}

/* How many rules were passed before the first that was not. */
static size_t rules_passed(unsigned bits)
{
    size_t i = 0;
    while (i < N_ROWS && !(bits & rows[i].bit)) i++;
    return i;
}

err_t unusable_error(unsigned bits)
{
    size_t i = rules_passed(bits);
    return i < N_ROWS ? rows[i].error : OK;
}

/* ---- one certificate ---- */

static unsigned key_bits(const struct cert *c)
{
    /* Tebliğ art. 6: RSA at least 2048 bits, elliptic curves at least 256. */
    bool weak = c->key_type == KEY_UNKNOWN || (c->key_type == KEY_RSA && c->key_bits < 2048);
    return weak ? UNUSABLE_KEY_TYPE : 0;
}

static unsigned qualified_bits(const struct settings *settings, const struct cert *c)
{
    if (!settings->any_certificate) return cert_qualified(c) ? UNUSABLE_NOT_QUALIFIED : 0;
    /* Any certificate, but not one that is for encryption alone. */
    unsigned signs = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
    return c->has_key_usage && !(c->key_usage & signs) ? UNUSABLE_NOT_QUALIFIED : 0;
}

static unsigned time_bits(const struct cert *c, utc_t now)
{
    if (now > c->not_after) return UNUSABLE_EXPIRED;
    return now < c->not_before ? UNUSABLE_NOT_YET_VALID : 0;
}

static unsigned pin_bits(const struct listing *l, const struct token_cert *tc)
{
    if (tc->slot >= l->copy.n_slots) return 0;
    enum pin_state pin = l->copy.slots[tc->slot].pin;
    if (pin == PIN_LOCKED) return UNUSABLE_PIN_LOCKED;
    return pin == PIN_NOT_SET ? UNUSABLE_PIN_NOT_SET : 0;
}

/* Missing revocation information is no obstacle to the levels made here (P1, B-B). */
static unsigned chain_bits(enum chain_status s)
{
    switch (s) {
    case CHAIN_OK:
    case CHAIN_NO_REVOCATION:
        return 0;
    case CHAIN_REVOKED:
        return UNUSABLE_REVOKED;
    case CHAIN_EXPIRED:
        return UNUSABLE_EXPIRED;
    case CHAIN_NOT_YET_VALID:
        return UNUSABLE_NOT_YET_VALID;
    case CHAIN_NONE:
    case CHAIN_CONSTRAINTS:
        return UNUSABLE_UNTRUSTED;
    }
    return UNUSABLE_UNTRUSTED;
}

unsigned signer_unusable(const struct signer_rules *rules, struct listing *l, size_t i)
{
    const struct token_cert *tc = &l->copy.certs[i];
    if (!l->entries[i].readable) return UNUSABLE_MALFORMED;
    const struct cert *c = &l->entries[i].cert;
    unsigned bits = key_bits(c) | qualified_bits(rules->settings, c) | time_bits(c, rules->now) |
                    pin_bits(l, tc);
    if (!tc->has_key) bits |= UNUSABLE_NO_KEY;
    /* Chains cost signature checks; what cannot sign anyway is spared them. */
    bool hopeless = bits & (UNUSABLE_NO_KEY | UNUSABLE_KEY_TYPE | UNUSABLE_NOT_QUALIFIED);
    if (rules->trust && !hopeless)
        bits |= chain_bits(listing_chain(l, i, rules->trust, rules->now));
    return bits;
}

/* ---- one approval ---- */

/* How far a certificate came: all usable bits first, then what this approval demands. */
struct verdict {
    err_t error; /* OK: may sign */
    size_t passed;
};

static struct verdict judge(const struct signer_rules *rules, struct listing *l,
                            const struct signer_wish *wish, size_t i)
{
    unsigned bits = signer_unusable(rules, l, i);
    const struct cert *c = &l->entries[i].cert;
    bool not_personal =
        wish->undertaking && l->entries[i].readable && (cert_qualified(c) != 0 || cert_is_eseal(c));
    if (not_personal) bits |= UNUSABLE_NOT_QUALIFIED;
    if (bits) return (struct verdict){unusable_error(bits), rules_passed(bits)};
    if (*wish->identity && !bytes_eq_str(c->serial_number, wish->identity))
        return (struct verdict){ERR_IDENTITY_MISMATCH, N_ROWS};
    return (struct verdict){OK, N_ROWS + 1};
}

static utc_t since(const struct listing *l, const struct digest *id)
{
    return l->entries[token_listing_find(&l->copy, id)].cert.not_before;
}

/* The same certificate may show in several slots of one card. Of a person's renewed certificates
 * the newer is offered first; equals stay in the card's order. */
static void add_once(struct signer_choice *out, const struct listing *l, const struct digest *id)
{
    for (size_t i = 0; i < out->n; i++)
        if (bytes_eq(digest_bytes(&out->ids[i]), digest_bytes(id))) return;
    size_t at = out->n++;
    for (; at > 0 && since(l, &out->ids[at - 1]) < since(l, id); at--)
        out->ids[at] = out->ids[at - 1];
    out->ids[at] = *id;
}

void signer_choose(const struct signer_rules *rules, struct listing *l,
                   const struct signer_wish *wish, struct signer_choice *out)
{
    bool present = token_listing_present(&l->copy);
    out->n = 0;
    out->problem = present ? ERR_NO_CERTIFICATE : ERR_NO_CARD;
    out->wait = !present;
    size_t furthest = 0;
    for (size_t i = 0; i < l->copy.n_certs; i++) {
        const struct digest *id = &l->copy.certs[i].id;
        if (wish->has_certificate && !bytes_eq(digest_bytes(id), digest_bytes(&wish->certificate)))
            continue;
        struct verdict v = judge(rules, l, wish, i);
        if (v.error == OK) add_once(out, l, id);
        if (v.error != OK && v.passed >= furthest) out->problem = v.error;
        if (v.passed > furthest) furthest = v.passed;
    }
    if (out->n > 0) out->problem = OK;
}
