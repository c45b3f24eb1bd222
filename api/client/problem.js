// SPDX-License-Identifier: MIT
// problem: everything that can go wrong, as exceptions.
//
// What: OnaydError, and a subclass wherever a page would do something else. `slug` names the error
//       for machines (api/PROTOCOL 6), title and detail for the person.
// Use:  throw problem('daemon-missing', {lang});      // the client's own
//       throw problemOf(await answer.json());         // the daemon's
import {say} from './texts.js';

const TEXT_MAX = 1000;

export class OnaydError extends Error {
    constructor(facts, options) {
        super(`${facts.slug}: ${facts.title}`, options);
        Object.assign(this, facts);
    }
    get name() { return this.constructor.name; }
}
export class PermissionDenied extends OnaydError {}
export class DaemonMissing extends OnaydError {}
export class DaemonUnproven extends OnaydError {}
export class DaemonChanged extends OnaydError {}
export class AmbiguousDaemon extends OnaydError {}
export class VersionMismatch extends OnaydError {}
export class BadAnswer extends OnaydError {}
export class NotAllowed extends OnaydError {}
export class PairingDeclined extends OnaydError {}
export class BadRequest extends OnaydError {}
export class OrderRefused extends OnaydError {}
export class CardProblem extends OnaydError {}
export class CertificateProblem extends OnaydError {}
export class PinProblem extends OnaydError {}
export class Declined extends OnaydError {}
export class TimedOut extends OnaydError {}
export class Cancelled extends OnaydError {}
export class Interrupted extends OnaydError {}
export class Unavailable extends OnaydError {}

// Which slug is which. The client's own stand first; tests/lint/15_client.sh compares the others
// with core/err.h.
const own = [
    [PermissionDenied, 'permission-denied insecure-page'],
    [DaemonMissing, 'daemon-missing'],
    [DaemonUnproven, 'daemon-unproven'],
    [DaemonChanged, 'daemon-changed'],
    [AmbiguousDaemon, 'ambiguous-daemon'],
    [VersionMismatch, 'version-mismatch'],
    [BadAnswer, 'bad-answer'],
    [TimedOut, 'expired'],
    [Cancelled, 'cancelled'],
    [OnaydError, 'failed'],
];
const theirs = [
    [NotAllowed, 'host-not-allowed other-user origin-not-allowed token-required'],
    [PairingDeclined, 'pairing-declined'],
    [BadRequest, 'not-found method-not-allowed media-type body-too-large malformed-request ' +
        'malformed-json invalid-field document-unknown document-expired approval-unknown ' +
        'approval-not-done approval-signing idempotency-conflict origin-configured xml-rejected ' +
        'signature-malformed signature-invalid not-supported'],
    [OrderRefused, 'order-required order-invalid order-expired order-replayed'],
    [CardProblem, 'no-reader card-service no-card card-mute card-in-use card-removed card-error ' +
        'module-not-found module-crashed module-timeout'],
    [CertificateProblem, 'no-certificate ambiguous-certificate certificate-expired ' +
        'certificate-not-yet-valid certificate-not-qualified certificate-revoked ' +
        'certificate-untrusted certificate-malformed identity-mismatch'],
    [PinProblem, 'pin-wrong pin-locked pin-not-set puk-wrong puk-locked new-pin-refused pin-not-locked'],
    [Declined, 'consent-declined'],
    [TimedOut, 'consent-timeout'],
    [Interrupted, 'interrupted'],
    [Unavailable, 'too-many-requests dialog-unavailable tsa-unreachable revocation-unavailable ' +
        'tsa-rejected storage-full store-unusable restarted shutting-down document-changed ' +
        'clock-skew pin-file-refused uri-refused setting-invalid file-unreadable trust-refused internal'],
];
const spread = (table) => table.flatMap(([kind, slugs]) => slugs.split(' ').map((slug) => [slug, kind]));

/** kinds: a class for each slug, the client's own and the daemon's. */
export const kinds = new Map([...spread(own), ...spread(theirs)]);

/** slugs: the daemon's. */
export const slugs = spread(theirs).map(([slug]) => slug);

/** problem(slug, {lang, cause, …}): an error that the client found, in its own words; other members
 * become the error's. */
export function problem(slug, {lang, cause, ...facts} = {}) {
    return make({status: 0, retryable: false, ...facts, slug, ...say(slug, lang)}, {cause});
}

const text = (value) => (typeof value === 'string' ? value.slice(0, TEXT_MAX) : undefined);

/** problemOf(said, {retryAfter, approval}): the daemon's problem (RFC 9457); bad-answer when it is none. */
export function problemOf(said, facts) {
    if (typeof said?.slug !== 'string' || !/^[a-z0-9-]{1,64}$/.test(said.slug)) return problem('bad-answer');
    const told = {slug: said.slug, status: Number(said.status) || 0, title: text(said.title) ?? said.slug,
                  detail: text(said.detail) ?? '', retryable: said.retryable === true};
    for (const name of ['pointer', 'parameter', 'header', 'requestId'])
        if (text(said[name]) !== undefined) told[name] = text(said[name]);
    return make({...told, ...facts});
}

function make(facts, options) {
    return new (kinds.get(facts.slug) ?? OnaydError)(facts, options);
}
