// SPDX-License-Identifier: MIT
// pairing: asks the person, through the daemon's own dialog, to let this site in.
//
// What: POST /v1/pairings to each port at once. Only this user's daemon opens a dialog on this desktop,
//       so that it comes once; a program of another user learns that this site asks, which it could
//       have learned from the challenge.
// Not:  a proof of who answered: daemon.js asks again afterwards.
import {address, isKnown, probe} from './daemon.js';
import {problem} from './problem.js';
import {linked, parse, request} from './wire.js';

// The daemon ends its dialog by itself (consentSeconds, 3 minutes) and says so; not so who wants to keep
// us waiting.
const DIALOG_MS = 300000;
const ANSWER_MAX = 65536;

// What is told to the person of a refusal; anything else counts as no answer.
const REFUSALS = ['pairing-declined', 'consent-timeout', 'dialog-unavailable'];

async function askOne(port, {lang, signal}) {
    try {
        const {status, octets} = await request(`${address(port)}/v1/pairings`, {
            method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'},
            timeoutMs: DIALOG_MS, limit: ANSWER_MAX, lang, signal,
        });
        const {slug} = parse(octets);
        return {granted: status === 200, slug: REFUSALS.find((known) => known === slug)};
    } catch {
        return {granted: false};
    }
}

/** pair(ports, remembered, {lang, signal}): resolves when every port has answered: at a first meeting
 * nobody's word can be told from the daemon's, so a grant does not outweigh a refusal. When the
 * remembered daemon has let us in, the others are not waited for. Throws PairingDeclined, TimedOut or
 * Unavailable. */
export async function pair(ports, remembered, {lang, signal}) {
    const stop = linked(signal);
    let met = false;
    const answers = await Promise.all(ports.map(async (port) => {
        const answer = await askOne(port, {lang, signal: stop.signal});
        if (answer.granted && isKnown([await probe(port, {lang, signal: stop.signal})], remembered)) {
            met = true;
            stop.abort();
        }
        return answer;
    }));
    stop.unlink();
    signal?.throwIfAborted();
    const refusal = answers.find(({slug}) => slug)?.slug;
    if (!met && refusal) throw problem(refusal, {lang, retryable: refusal !== 'pairing-declined'});
}
