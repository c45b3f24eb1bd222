/* SPDX-License-Identifier: MIT */
/*
 * shape: a canonical text matched octet by octet against the one way this house writes it.
 *
 * What: the pieces that signedinfo.c and signedproperties.c are made of. Each takes from the front
 *       what it names, or latches the clause that was broken.
 * Not:  an XML parser: it knows no tree, and whatever differs from the shape, also harmlessly, is
 *       refused. Written apart from the floor that writes: the worker takes nothing from it.
 * Use:  struct shape s = {octets, NULL};
 *       if (shape_must(&s, "<a>", "a: start tag") && …) …; else s.clause says what differed.
 */
#ifndef PKCS11_SHAPE_H
#define PKCS11_SHAPE_H

#include "core/digest.h"

#define SHAPE_DS    "http://www.w3.org/2000/09/xmldsig#"
#define SHAPE_XADES "http://uri.etsi.org/01903/v1.3.2#"

/* What is left to match; the first thing that differs latches its name (a static string). */
struct shape {
    struct bytes rest;
    const char *clause;
};

/* shape_differ latches the clause; always false. */
bool shape_differ(struct shape *s, const char *clause);

/* shape_maybe takes the text if it comes next, and says nothing when it does not. shape_must
 * latches the clause then. */
bool shape_maybe(struct shape *s, const char *text);
bool shape_must(struct shape *s, const char *text, const char *clause);

/* shape_until views everything up to the next `end`, which is taken too. */
bool shape_until(struct shape *s, char end, struct bytes *out, const char *clause);

/* shape_text takes canonical text and the closing tag behind it: "…</xades:MimeType>". */
bool shape_text(struct shape *s, const char *closing, struct bytes *out, const char *clause);

/* shape_name_ok: an ASCII NCName, as our own Ids are. */
bool shape_name_ok(struct bytes name);

/* shape_namespaces and shape_xml_attributes take what an apex declares and inherits from the
 * document around it (C14N 1.0 2.3, 2.4), in order. Each of `own` is declared, and is ours. */
struct shape_namespace {
    const char *prefix, *uri;
};
bool shape_namespaces(struct shape *s, const struct shape_namespace *own, size_t n,
                      const char *clause);
bool shape_xml_attributes(struct shape *s, const char *clause);

/* shape_one_of takes one of the texts and the '"' behind it. */
bool shape_one_of(struct shape *s, const char *const *texts, size_t n, size_t *which,
                  const char *clause);

/* shape_digest takes DigestMethod and DigestValue, as in a Reference and in a CertDigest. */
bool shape_digest(struct shape *s, struct digest *out);

#endif
