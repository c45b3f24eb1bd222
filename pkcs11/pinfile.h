/* SPDX-License-Identifier: MIT */
/*
 * pinfile: the PIN of an unattended test token, and the rule of when it may be used.
 *
 * What: a rule made of three settings, read once: which token (one PKCS#11 URI), which file,
 *       and under which test CA the signing certificate must stand.
 * Not:  for people's cards: a certificate that is, or is issued under, a pinned Turkish root
 *       (core/pins.h) is refused whatever the settings say. Asking a person (pinentry.c).
 * Use:  pinfile_open(…, &rule); card_set_pinfile(card, rule); the rest is card.h's business:
 *       token_slot.unattended and card_key_pinfile.
 */
#ifndef PKCS11_PINFILE_H
#define PKCS11_PINFILE_H

#include "core/bytes.h"
#include "core/err.h"
#include "core/secret.h"

#include <p11-kit/pkcs11.h>

#define PINFILE_MAX_PIN    64 /* octets */
#define PINFILE_MAX_ISSUER 8  /* certificates in the chain */

struct pinfile;

/* pinfile_open reads the rule from settings unattended_token (a URI that names exactly one token:
 * both `token` and `serial`, neither empty), unattended_pin_file and unattended_issuer (PEM: sub CA
 * first, self-signed root last). All three empty: OK and *out NULL, there is no unattended token.
 * The chain is checked here, once; the PIN file is first opened when a PIN is needed.
 * Errors: URI_REFUSED; FILE_UNREADABLE (issuer); PIN_FILE_REFUSED (some settings missing, the chain
 * does not hold, or one of its certificates is pinned). */
err_t pinfile_open(const char *token_uri, const char *pin_path, const char *issuer_path,
                   struct pinfile **out);
void pinfile_free(struct pinfile *r);
OWN_PTR(pinfile)

/* pinfile_applies: the token is the one the rule names. False for a NULL rule. */
bool pinfile_applies(const struct pinfile *r, const CK_TOKEN_INFO *token);

/* pinfile_trusts: the certificate is signed by the first certificate of the chain and is not
 * pinned. The last one trusted is remembered: listing asks, so that a signature need not wait for
 * it. */
bool pinfile_trusts(struct pinfile *r, struct bytes cert);

/* pinfile_load gives the PIN for a signature by `cert` (DER) on `token`: the token must match,
 * pinfile_trusts must hold, and the file
 * must be regular, ours, 0600 or stricter, no link, with 1 to 64 octets after one optional LF is
 * taken off. The caller frees *out. Error: PIN_FILE_REFUSED. */
err_t pinfile_load(struct pinfile *r, const CK_TOKEN_INFO *token, struct bytes cert,
                   struct secret **out);

#endif
