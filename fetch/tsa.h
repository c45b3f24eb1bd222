/* SPDX-License-Identifier: MIT */
/*
 * tsa: a time stamp from the authorities that are configured, one after the other (RFC 3161).
 *
 * What: the question with a random nonce, who gets which proof of a password, and whether what
 *       comes back is a good stamp of now on this imprint; each failure kept. Kamu SM's credit.
 * Not:  whether the authority is trusted: chains are xades' business. Nothing here waits, and the
 *       clock is the caller's.
 * Use:  tsa_new(&settings, NULL, f, &t, &why); tsa_begin(t, &imprint);
 *       while (tsa_state(t) == TSA_WAITING)
 *           { poll fetch_fd(f); while (fetch_next(f, &a)) tsa_take(t, &a, utc_now()); }
 *       then tsa_token(t) or tsa_error(t), and tsa_tries(t). Before a person is asked for a
 *       signature that is to be stamped: tsa_begin_probe(t).
 *
 * It stands on this floor because it is a conversation, not a document: core/tst knows the octets.
 */
#ifndef FETCH_TSA_H
#define FETCH_TSA_H

#include "core/digest.h"
#include "core/settings.h"
#include "core/utc.h"
#include "fetch/fetch.h"

#define TSA_MAX_SKEW                                                                               \
    600              /* s; a stamp further from our clock is not believed: one of both is wrong */
#define TSA_MS 20000 /* for each authority */

enum tsa_state { TSA_WAITING, TSA_DONE, TSA_FAILED };

/* One authority that was asked. */
struct tsa_try {
    char url[SETTINGS_ENTRY];
    err_t error; /* OK, TSA_UNREACHABLE, TSA_REJECTED, or why it could not be asked */
    enum fetch_fault fault;
    unsigned status;  /* HTTP; 0 without an answer */
    bool has_skew;    /* a time came */
    int64_t skew;     /* s; its clock minus ours */
    char detail[200]; /* English, with the clause; never of a header */
};

struct tsa;

/* tsa_new takes the authorities of the settings, or only `url`. *s and *f must outlive it; f may be
 * NULL until tsa_through. Errors: SETTING_INVALID (none; a password file is malformed),
 * FILE_UNREADABLE (a password file), STORAGE_FULL; *why says it in English, static. */
err_t tsa_new(const struct settings *s, const char *url, struct fetch *f, struct tsa **out,
              const char **why);
void tsa_free(struct tsa *t);
OWN_PTR(tsa)

/* tsa_host gives the host of an authority's URL in small letters, "" for one that is none. */
void tsa_host(const char *url, char out[256]);

/* tsa_through asks through another one from now on (NULL: through none); what was open fails. */
void tsa_through(struct tsa *t, struct fetch *f);

/* tsa_begin asks the first for a stamp on that imprint. */
enum tsa_state tsa_begin(struct tsa *t, const struct digest *imprint);

/* tsa_begin_credit asks each for the credit that is left (Kamu SM); `now_ms` since 1970. */
enum tsa_state tsa_begin_credit(struct tsa *t, uint64_t now_ms);

/* tsa_begin_probe asks whether a stamp could be had, at no cost: for one that nobody keeps, on
 * nothing, or, of who is shown an account and sells stamps, for one under a policy that is nobody's
 * (2.999), where the refusal (RFC 3161 2.4.2) is good news. */
enum tsa_state tsa_begin_probe(struct tsa *t);

/* tsa_take takes an answer, if it is to us, and asks the next authority when it is not good. */
enum tsa_state tsa_take(struct tsa *t, const struct fetch_answer *a, utc_t now);
enum tsa_state tsa_state(const struct tsa *t);

/* With TSA_DONE: the token (DER; empty after a probe that was refused as it had to be), or the
 * credit; the last try tells whose. */
struct bytes tsa_token(const struct tsa *t);
uint64_t tsa_credit(const struct tsa *t);

/* With TSA_FAILED: TSA_REJECTED when everybody answered and nobody well; TSA_UNREACHABLE when
 * asking again may help; another when nobody could be asked. */
err_t tsa_error(const struct tsa *t);

const struct tsa_try *tsa_tries(const struct tsa *t, size_t *n);

#endif
