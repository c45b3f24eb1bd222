/* SPDX-License-Identifier: MIT */
/*
 * settings: what the person or the administrator configured, with its limits.
 *
 * What: one table in settings.c: key, type, default, smallest, largest, what it means. The
 *       man page and /v1/info are checked against it.
 * Not:  command line options (daemon/options), which override some of these.
 * Use:  struct settings s; settings_default(&s); e = settings_read(&s, path, &why);
 *
 * File format: `key = value` lines, `#` comments, UTF-8, at most 64 KiB; a key that may come
 * several times (origin) is repeated. Unknown keys are refused: a typo must not weaken a door.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "core/buf.h"
#include "core/err.h"
#include "core/origin.h"

#define SETTINGS_TEXT    1024
#define SETTINGS_ORIGINS 32
#define SETTINGS_LIST    16  /* of any other key that may be repeated */
#define SETTINGS_ENTRY   512 /* octets of one of them, with the NUL */

struct settings_list {
    size_t n;
    char at[SETTINGS_LIST][SETTINGS_ENTRY];
};

struct settings {
    /* the card */
    char module[SETTINGS_TEXT];    /* path of the PKCS#11 module; "" = search */
    char token_uri[SETTINGS_TEXT]; /* RFC 7512, narrows module and token; "" = any */
    char pinentry[SETTINGS_TEXT];  /* program; default "pinentry" */
    char trust_dir[SETTINGS_TEXT]; /* anchors, intermediates and CRLs, PEM or DER; "" = the user's
                                      own, see settings_trust_dir */
    bool any_certificate;          /* true: a certificate that is not qualified may sign too
                                      (never an undertaking); default false */
    /* unattended test tokens */
    char unattended_token[SETTINGS_TEXT];    /* PKCS#11 URI of exactly one token */
    char unattended_pin_file[SETTINGS_TEXT]; /* 0600 */
    char unattended_issuer[SETTINGS_TEXT];   /* PEM chain of the test CA, sub CA first, root last */
    /* the door */
    char origins[SETTINGS_ORIGINS][ORIGIN_ROOM]; /* "https://portal.example", exact */
    size_t n_origins;
    struct settings_origin_key {
        char origin[ORIGIN_ROOM], path[SETTINGS_TEXT];
    } origin_keys[SETTINGS_ORIGINS]; /* whose requests must be signed, and with which key (PEM) */
    size_t n_origin_keys;
    bool pairing;               /* an unknown origin may have the person asked */
    bool http_loopback_origins; /* allow origin = http://127.0.0.1:… and http://localhost:… */
    /* time stamps, and who may be visited for them */
    struct settings_list tsa;                /* http and https URLs, tried in this order */
    char tsa_identity_file[SETTINGS_TEXT];   /* Kamu SM's user and password, 0600; "" = none */
    struct settings_list tsa_identity_hosts; /* who gets their proof, beside kamusm.gov.tr */
    char tsa_basic_file[SETTINGS_TEXT];      /* user and password for HTTP Basic, 0600 */
    struct settings_list tsa_basic_hosts;    /* who gets them */
    struct settings_list private_hosts;      /* may have an address that is not public */
    /* limits: API.md "Limits" */
    uint64_t max_json_body, max_document, max_xml_document, max_header_block;
    uint64_t max_documents, max_approvals, max_connections, max_json_depth, max_xml_depth;
    uint64_t max_streams, max_owner_streams;  /* event streams: in all, of one origin */
    uint64_t max_verification;                /* octets of a signature to judge and its documents */
    uint64_t max_upload_total;                /* octets of all uploaded documents together */
    uint64_t max_results, max_results_octets; /* finished approvals that can be fetched */
    bool store;                               /* approvals outlive the process, on the disk */
    uint64_t result_keep_days, history_keep_days;
    uint64_t consent_seconds, card_wait_seconds, module_call_seconds, document_keep_seconds;
    uint64_t completing_seconds; /* for the time stamp, once the card has signed */
};

void settings_default(struct settings *s);

/* settings_read applies a file over *s. On an error *s is unchanged and `why` gets one line with
 * file, line number and reason, in English. Errors: FILE_UNREADABLE, SETTING_INVALID. */
err_t settings_read(struct settings *s, const char *path, struct buf *why);

/* settings_find appends the path of the file to use: `given` if not NULL, else
 * $XDG_CONFIG_HOME/onayd/onayd.conf (~/.config), else /etc/onayd/onayd.conf; empty: none there. */
void settings_find(struct buf *path, const char *given);

/* settings_trust_dir appends the folder of what is trusted: trust_dir, else
 * $XDG_CONFIG_HOME/onayd/trust (~/.config), which need not be there; empty: nobody knows. */
void settings_trust_dir(const struct settings *s, struct buf *path);

/* settings_set applies one key as the file would (used by --set KEY=VALUE). */
err_t settings_set(struct settings *s, const char *key, const char *value, struct buf *why);

/* settings_describe appends the table as text, one line a key: key TAB default TAB meaning. */
void settings_describe(struct buf *out);

#endif
