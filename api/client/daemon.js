// SPDX-License-Identifier: MIT
// daemon: this user's daemon among those that answer on onayd's ports.
//
// What: each port is sent a fresh challenge and nothing else. Who answers it with a signature of its
//       own key, over our origin and that very port (api/PROTOCOL 5.1), is a daemon; ours is the one
//       whose key we remember, or at the first meeting the only one.
// Use:  const answers = await askAll(ports, remembered, {lang, signal});
//       const daemon = choose(answers, remembered, lang);
import {permission, promptAnswered} from './permission.js';
import {problem} from './problem.js';
import {linked, parse, pause, request} from './wire.js';

export const PORTS = [15070, 15071, 15072, 15073];
export const API_VERSIONS = ['v1'];

const ANSWER_MS = 5000;
const ANSWER_MAX = 65536;
const STAGGER_MS = 5000;
const SPKI_OCTETS = 91; // of a P-256 key, its point uncompressed
const SIGNATURE_OCTETS = 64;

/** address(port): where that daemon is. The literal address: a name could lead elsewhere. */
export const address = (port) => `http://127.0.0.1:${port}`;

function challenge() {
    const octets = crypto.getRandomValues(new Uint8Array(32));
    return btoa(String.fromCharCode(...octets)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

// The octets when it is their one spelling in base64, else null.
function fromBase64(said, length) {
    if (typeof said !== 'string' || said.length !== Math.ceil(length / 3) * 4) return null;
    try {
        const octets = Uint8Array.from(atob(said), (letter) => letter.charCodeAt(0));
        return octets.length === length && btoa(String.fromCharCode(...octets)) === said ? octets : null;
    } catch {
        return null;
    }
}

async function signed(daemon, said) {
    const key = fromBase64(daemon.key, SPKI_OCTETS);
    const signature = fromBase64(daemon.signature, SIGNATURE_OCTETS);
    if (!key || !signature) return false;
    try {
        const curve = {name: 'ECDSA', namedCurve: 'P-256'};
        const spki = await crypto.subtle.importKey('spki', key, curve, false, ['verify']);
        const octets = new TextEncoder().encode(said);
        return await crypto.subtle.verify({name: 'ECDSA', hash: 'SHA-256'}, spki, signature, octets);
    } catch {
        return false;
    }
}

// As “onay status” shows it.
async function fingerprint(key) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', fromBase64(key, SPKI_OCTETS)));
    return Array.from(digest, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

async function judgeHealth({status, octets}, port, said) {
    const health = parse(octets);
    const unproven = {port, key: null};
    if (status !== 200) return String(health.type).startsWith('urn:onayd:error:') ? unproven : null;
    if (health.service !== 'onayd') return null;
    const daemon = Object(health.daemon);
    const origin = globalThis.origin ?? 'local';
    if (!await signed(daemon, `onayd-health-1\n${origin}\n127.0.0.1:${port}\n${said}\n`)) return unproven;
    const versions = Array.isArray(health.apiVersions) ? health.apiVersions : [];
    return {port, key: daemon.key, fingerprint: await fingerprint(daemon.key),
            version: String(health.version).slice(0, 64),
            api: API_VERSIONS.find((version) => versions.includes(version))};
}

/** probe(port, {lang, signal, after}): who answers there: {port, key, fingerprint, version, api}, proven;
 * {port, key: null}, something that calls itself onayd and proves nothing; null, nobody. Never rejects. */
export async function probe(port, options) {
    const said = challenge();
    try {
        const url = `${address(port)}/v1/health?challenge=${said}`;
        const answer = await request(url, {...options, timeoutMs: ANSWER_MS, limit: ANSWER_MAX});
        return await judgeHealth(answer, port, said);
    } catch {
        return null;
    }
}

/** askAll(ports, remembered, {lang, signal}): what probe() says of each, without the nobodies; of the
 * remembered daemon alone as soon as it has answered. While the browser has still to ask the person,
 * one port after another: it asks when the first listener is found, and once is enough. */
export async function askAll(ports, remembered, {lang, signal}) {
    const prompt = await promptAnswered();
    const stop = linked(signal);
    const answers = [];
    let meet;
    const met = new Promise((resolve) => { meet = resolve; });
    for (const port of ports) {
        const answer = probe(port, {lang, signal: stop.signal, after: prompt.answered});
        answer.then((who) => { if (isKnown([who], remembered)) meet([who]); });
        answers.push(answer);
        const patience = () => pause(STAGGER_MS, stop.signal).catch(() => {});
        if (prompt.open()) await Promise.race([answer, prompt.answered, patience()]);
    }
    const all = await Promise.race([met, Promise.all(answers)]);
    stop.abort();
    stop.unlink();
    prompt.end();
    signal?.throwIfAborted();
    return all.filter((answer) => answer !== null);
}

/** isKnown(answers, remembered): the remembered daemon is among them. */
export const isKnown = (answers, remembered) =>
    remembered !== null && answers.some((answer) => answer?.key === remembered);

/** choose(answers, remembered, lang): the one to use. Throws DaemonChanged, AmbiguousDaemon,
 * DaemonUnproven, DaemonMissing or VersionMismatch; the errors' `daemons` say which those are. */
export function choose(answers, remembered, lang) {
    const proven = answers.filter(({key}) => key !== null);
    const fail = (slug, those) => {
        throw problem(slug, {lang, daemons: those.map(({port, fingerprint}) => ({port, fingerprint}))});
    };
    const mine = remembered === null ? proven[0] : proven.find(({key}) => key === remembered);
    if (!mine) {
        if (proven.length > 0) fail('daemon-changed', proven);
        fail(answers.length > 0 ? 'daemon-unproven' : 'daemon-missing', answers);
    }
    if (remembered === null && proven.some(({key}) => key !== mine.key)) fail('ambiguous-daemon', proven);
    if (!mine.api) fail('version-mismatch', [mine]);
    return mine;
}

/** checkPage(lang): throws PermissionDenied where no request would leave the page. */
export async function checkPage(lang) {
    if (!globalThis.crypto?.subtle) throw problem('insecure-page', {lang});
    if (await permission() === 'denied') throw problem('permission-denied', {lang});
}
