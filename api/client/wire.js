// SPDX-License-Identifier: MIT
// wire: one bounded request to the loopback, and what is read of its answer.
//
// What: no cookies, no cache, no redirects, no referrer; a time-out and a largest size for each.
//       The answer is hostile: whoever listens on that port may have written it.
// Not:  whom it goes to (daemon.js), nor what it means.
// Use:  const answer = await request(url, {timeoutMs: 3000, limit: 65536});
//       const body = judge(answer);
import {OnaydError, problem, problemOf} from './problem.js';

const SAFE = {mode: 'cors', credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer'};
const TIMEOUT_MS = 30000;
const RETRY_MAX = 3600; // seconds that are believed of Retry-After

export const JSON_MAX = 4 << 20;

/** pause(ms, signal): resolves then; rejects with the signal's reason. */
export function pause(ms, signal) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(done, ms, resolve);
        const abort = () => done(() => reject(signal.reason));
        function done(settle) {
            clearTimeout(timer);
            signal?.removeEventListener('abort', abort);
            settle();
        }
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
    });
}

/** linked(signal): an AbortController that is aborted with the signal; call its `unlink` at the end. */
export function linked(signal) {
    const controller = new AbortController();
    const abort = () => controller.abort(signal.reason);
    controller.unlink = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    return controller;
}

// linked(), aborted also when the time is over. The clock starts with `after` (a promise): what the
// person reads meanwhile is not the daemon's time.
function timed(ms, signal, after) {
    const bound = linked(signal);
    let timer, stopped = false;
    const start = () => { if (!stopped) timer = setTimeout(() => bound.abort(), ms); };
    if (after) after.then(start); else start();
    bound.stopClock = () => { stopped = true; clearTimeout(timer); };
    return bound;
}

// What a failed exchange was: the caller's wish, a refusal of ours, or nobody there.
function failure(error, {signal, lang}) {
    if (signal?.aborted) return signal.reason;
    return error instanceof OnaydError ? error : problem('daemon-missing', {lang, cause: error});
}

function send(url, {method = 'GET', headers = {}, body, lang}, signal) {
    return fetch(url, {...SAFE, method, body, signal, headers: {...headers, 'Accept-Language': lang ?? 'tr'}});
}

// The signal is heeded here too: not every fetch ends the body of an answer with it.
async function* chunks(response, signal) {
    if (!response.body) return;
    const reader = response.body.getReader();
    const aborted = new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); });
    aborted.catch(() => {});
    try {
        for (;;) {
            const {done, value} = await Promise.race([reader.read(), aborted]);
            if (done) return;
            yield value;
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}

async function whole(response, limit, signal) {
    const parts = [];
    let size = 0;
    for await (const part of chunks(response, signal)) {
        size += part.length;
        if (size > limit) throw problem('bad-answer');
        parts.push(part);
    }
    const octets = new Uint8Array(await new Blob(parts).arrayBuffer());
    return {status: response.status, headers: response.headers, octets};
}

/** request(url, {method, headers, body, lang, signal, timeoutMs, limit, after}): {status, headers,
 * octets}, the octets whole. Rejects with DaemonMissing (no answer, a redirect, too late), BadAnswer
 * (more than `limit` octets), or the signal's reason. */
export async function request(url, options = {}) {
    const {signal, timeoutMs = TIMEOUT_MS, limit = JSON_MAX, after} = options;
    const bound = timed(timeoutMs, signal, after);
    try {
        return await whole(await send(url, options, bound.signal), limit, bound.signal);
    } catch (error) {
        throw failure(error, options);
    } finally {
        bound.stopClock();
        bound.unlink();
        bound.abort(); // of an answer that was too large nothing more is taken
    }
}

/** stream(url, {headers, lang, signal}): yields the octets of a 200 as they come, without a time-out
 * once it has begun; nothing at all for a 204. Rejects as request() and judge() do. */
export async function* stream(url, options) {
    const bound = timed(TIMEOUT_MS, options.signal);
    try {
        const response = await send(url, options, bound.signal);
        if (response.status !== 200) return void judge(await whole(response, JSON_MAX, bound.signal));
        bound.stopClock();
        yield* chunks(response, bound.signal);
    } catch (error) {
        throw failure(error, options);
    } finally {
        bound.stopClock();
        bound.unlink();
        bound.abort(); // who stops listening closes the connection
    }
}

/** parse(octets): the object that is written there, or BadAnswer. */
export function parse(octets) {
    try {
        const value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(octets));
        if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
    } catch { /* said below */ }
    throw problem('bad-answer');
}

/** judge({status, headers, octets}): the answer's object, null for a 204; throws what the daemon
 * refused. */
export function judge({status, headers, octets}) {
    if (status === 204) return null;
    const type = (headers.get('Content-Type') ?? '').split(';')[0].trim();
    if (status >= 400 && type === 'application/problem+json')
        throw problemOf(parse(octets), {status, ...delay(headers)});
    if (status < 200 || status > 299 || type !== 'application/json') throw problem('bad-answer', {status});
    return parse(octets);
}

function delay(headers) {
    const said = headers.get('Retry-After') ?? '';
    return /^[0-9]{1,6}$/.test(said) ? {retryAfter: Math.min(Number(said), RETRY_MAX)} : {};
}

/** wanted(sound, value): the value, or BadAnswer. */
export function wanted(sound, value) {
    if (!sound) throw problem('bad-answer');
    return value;
}
