/* SPDX-License-Identifier: MIT */
/*
 * origins: which web sites are let in.
 *
 * What: those of the configuration; those that a person has let in for good, in a 0600 file; and
 *       visitors, let in for one approval, until their time is over.
 * Not:  asking the person (api/pairing), the headers (api/door).
 * Use:  own_ptr(origins) o = NULL; origins_open(&settings, dir, &o);
 *       if (origins_find(o, origin) == ORIGINS_UNKNOWN) refuse.
 *
 * The file: a line each, when and which: 2026-09-20T10:00:00Z https://portal.example
 * Lines that begin with # are comments. A file with any other line is not believed at all.
 */
#ifndef SESSION_ORIGINS_H
#define SESSION_ORIGINS_H

#include "core/settings.h"
#include "session/session.h"

#define ORIGINS_FILE     "origins"
#define ORIGINS_MAX      64 /* let in for good */
#define ORIGINS_VISITORS 8  /* at a time */

enum origins_kind { ORIGINS_UNKNOWN, ORIGINS_CONFIGURED, ORIGINS_PAIRED, ORIGINS_VISITOR };

struct origins;

/* origins_open reads the file in the folder `dir` ("": there is none), if it is there; `settings`
 * must outlive it. A file that cannot be believed is an answer too: origins_error. Only without
 * memory: STORAGE_FULL. */
err_t origins_open(const struct settings *settings, const char *dir, struct origins **out);
void origins_free(struct origins *o);
OWN_PTR(origins)

/* origins_error: OK, or STORE_UNUSABLE: nobody was let in by the file, nobody can be for good. */
err_t origins_error(const struct origins *o);

/* origins_may_be: an origin that a person can be asked about: one that is ok, https; or http on the
 * loopback where the configuration has that. */
bool origins_may_be(const struct origins *o, const char *origin);

/* origins_find compares octet by octet. */
enum origins_kind origins_find(const struct origins *o, struct bytes origin);

/* origins_pair lets an origin in for good; on the disk when it returns. Errors: STORAGE_FULL,
 * STORE_UNUSABLE, TOO_MANY_REQUESTS (ORIGINS_MAX are). */
err_t origins_pair(struct origins *o, const char *origin, utc_t now);

/* origins_invite lets a visitor in until clock_ms() is `until`; the one who has been there for
 * longest leaves when there are too many. */
void origins_invite(struct origins *o, const char *origin, int64_t until);

/* A visitor's one approval: origins_may_begin is true for everybody else, and for a visitor before
 * the first approval or with its very key; origins_begun notes it, and moves the end. */
bool origins_may_begin(const struct origins *o, const char *owner, const char *key);
void origins_begun(struct origins *o, const char *owner, const char *key, int64_t until);

/* origins_used: a visitor who has begun its one approval. */
bool origins_used(const struct origins *o, const char *origin);

/* origins_until: a visitor's end, in clock_ms; 0 for anybody else. */
int64_t origins_until(const struct origins *o, const char *origin);

/* The list, for the person: from 0 until false. */
struct origins_entry {
    char id[SESSION_ID]; /* made of the origin: the first half of its SHA-256, hex */
    const char *origin;
    enum origins_kind kind;
    utc_t since; /* ORIGINS_PAIRED */
};
bool origins_at(const struct origins *o, size_t i, struct origins_entry *out);

/* origins_remove: the door is shut for the origin of that id; `removed` (ORIGIN_ROOM octets) gets
 * it. Errors: NOT_FOUND, ORIGIN_CONFIGURED, STORAGE_FULL, STORE_UNUSABLE. */
err_t origins_remove(struct origins *o, const char *id, char *removed);

#endif
