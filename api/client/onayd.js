// SPDX-License-Identifier: MIT
// onayd: the daemon that was found, and what a page asks of it.
//
// What: every call begins with a fresh proof that the same daemon still listens there: should it have
//       ended and another's program have taken its port, nothing is sent. A daemon that has moved to
//       another port is found by its key.
// Use:  const onayd = await connect({pair: true});
//       const {signature} = await onayd.approve(request, {onstate});
import {address, askAll, checkPage, choose, isKnown, PORTS, probe} from './daemon.js';
import {follow} from './following.js';
import {recall, remember} from './memory.js';
import {pair} from './pairing.js';
import {DaemonMissing, NotAllowed, problem, problemOf} from './problem.js';
import {events} from './sse.js';
import {language} from './texts.js';
import {upload} from './upload.js';
import {judge, parse, pause, request, stream, wanted} from './wire.js';

const POST_TRIES = 3;
const POST_MS = 60000;
const WITHDRAW_MS = 5000;
const RETRY_MS = 2000;
const WATCH_TRIES = 5;
const SIGNATURE_MAX = 1 << 30;

const ID = /^[0-9a-f]{32}$/;
const isText = (value) => typeof value === 'string';
const isBinary = (value) => value instanceof Blob || value instanceof ArrayBuffer || ArrayBuffer.isView(value);

async function base64(binary) {
    const octets = new Uint8Array(await new Blob([binary]).arrayBuffer());
    const letters = [];
    for (let at = 0; at < octets.length; at += 32766)
        letters.push(btoa(String.fromCharCode(...octets.subarray(at, at + 32766))));
    return letters.join('');
}

// The request as it is sent: octets become base64, an order is added.
async function written(wish, order) {
    const documents = await Promise.all([...wish.documents].map(async (document) =>
        isBinary(document.content) ? {...document, content: await base64(document.content)} : document));
    const body = {...wish, documents};
    if (order !== undefined) body.order = typeof order === 'function' ? await order(body) : order;
    return JSON.stringify(body);
}

/** Made by connect() alone. */
export class Onayd {
    #port;
    #key;
    #lang;
    #ports;
    #mayPair;

    constructor({port, key, fingerprint, version}, {lang, ports, mayPair}) {
        this.#port = port;
        this.#key = key;
        this.#lang = lang;
        this.#ports = ports;
        this.#mayPair = mayPair;
        this.fingerprint = fingerprint;
        this.version = version;
    }

    // Where our daemon is now, proven.
    async #proven(signal) {
        const options = {lang: this.#lang, signal};
        const there = await probe(this.#port, options);
        signal?.throwIfAborted();
        if (there?.key !== this.#key) {
            const answers = await askAll(this.#ports, this.#key, options);
            await checkPage(this.#lang); // the person may have taken the browser's leave back
            this.#port = choose(answers, this.#key, this.#lang).port;
        }
        return address(this.#port);
    }

    async #ask(path, options = {}) {
        const url = await this.#proven(options.signal) + path;
        return request(url, {...options, lang: this.#lang});
    }

    async #get(path, signal) {
        return judge(await this.#ask(path, {signal}));
    }

    // The octets of an event stream of ours.
    async *#stream(path, headers, signal) {
        const url = await this.#proven(signal) + path;
        yield* stream(url, {headers, signal, lang: this.#lang});
    }

    /** info({signal}): GET /v1/info. */
    async info({signal} = {}) {
        return this.#get('/v1/info', signal);
    }

    /** readers({signal}): GET /v1/readers. */
    async readers({signal} = {}) {
        const said = await this.#get('/v1/readers', signal);
        return wanted(Array.isArray(said?.readers), said);
    }

    /** certificates({der, signal}): the list of GET /v1/certificates. */
    async certificates({der = false, signal} = {}) {
        const said = await this.#get(`/v1/certificates${der ? '?include=der' : ''}`, signal);
        return wanted(Array.isArray(said?.certificates), said?.certificates);
    }

    /** upload(octets, {onprogress, signal}): {id, size, digests, expiresAt}; the id is a document's
     * documentId. */
    async upload(octets, {onprogress, signal} = {}) {
        const blob = octets instanceof Blob ? octets : new Blob([octets]);
        const url = `${await this.#proven(signal)}/v1/documents`;
        const said = await upload(url, blob, {lang: this.#lang, onprogress, signal});
        return wanted(ID.test(said?.id) && said.size === blob.size, said);
    }

    /** approve(request, {idempotencyKey, order, onstate, signal}): asks for an approval and follows it
     * to its end: {id, state: 'done', approval, signature}. The same key gives the same approval, also
     * after the tab was closed. Aborting withdraws it. Rejects with what it ended in, the error's
     * `approval` being the last that was heard of it. */
    async approve(wish, {idempotencyKey = crypto.randomUUID(), order, onstate, signal} = {}) {
        signal?.throwIfAborted();
        const body = await written(wish, order);
        const headers = {'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey};
        const first = await this.#post(body, headers);
        return this.#finish(first, {onstate, signal});
    }

    // Not ended by the caller's signal: what may exist has to be known to be withdrawn. An answer that
    // was lost is asked for again; the key sees to it that this is no second approval. A site that was
    // let in for one approval asks the person again, once, where connect() might have asked.
    async #post(body, headers) {
        for (let tries = 1, asked = !this.#mayPair;; tries++) {
            try {
                return judge(await this.#ask('/v1/approvals', {method: 'POST', body, headers, timeoutMs: POST_MS}));
            } catch (error) {
                if (error instanceof NotAllowed && !asked) {
                    asked = true;
                    await pair([this.#port], this.#key, {lang: this.#lang});
                    continue;
                }
                if (!(error instanceof DaemonMissing) || tries === POST_TRIES) throw error;
                await pause(tries * 500);
            }
        }
    }

    /** resume(id, {onstate, signal}): follows an approval of this site that was begun before, as
     * approve() does. */
    async resume(id, {onstate, signal} = {}) {
        const first = await this.#get(`/v1/approvals/${this.#checked(id)}`, signal);
        return this.#finish(first, {onstate, signal});
    }

    async #finish(first, {onstate, signal}) {
        wanted(ID.test(first?.id) && isText(first.state), first);
        let now = first;
        try {
            signal?.throwIfAborted();
            const path = `/v1/approvals/${first.id}`;
            const door = {get: (query) => this.#get(path + query, signal),
                          stream: (headers) => this.#stream(`${path}/events`, headers, signal)};
            for await (now of follow(first, door, signal)) onstate?.(now);
            return await this.#result(now, signal);
        } catch (error) {
            if (!signal?.aborted) throw error;
            if (!now.final) await this.#withdraw(first.id);
            throw signal.reason;
        }
    }

    async #result(approval, signal) {
        const {id, state} = approval;
        if (state !== 'done') throw endOf(approval, this.#lang);
        const size = approval.signature?.size;
        wanted(Number.isSafeInteger(size) && size <= SIGNATURE_MAX, approval);
        const answer = await this.#ask(`/v1/approvals/${id}/signature`, {limit: size, timeoutMs: POST_MS, signal});
        if (answer.status !== 200) judge(answer);
        wanted(answer.octets.length === size, approval);
        return {id, state, approval, signature: new Blob([answer.octets], {type: 'application/xml'})};
    }

    // As far as it can be: what the card is signing is not taken back.
    async #withdraw(id) {
        try {
            await this.#ask(`/v1/approvals/${id}`, {method: 'DELETE', timeoutMs: WITHDRAW_MS});
        } catch { /* the caller hears of his own wish */ }
    }

    /** cancel(id, {signal}): withdraws an open approval, forgets a finished one. */
    async cancel(id, {signal} = {}) {
        judge(await this.#ask(`/v1/approvals/${this.#checked(id)}`, {method: 'DELETE', signal}));
    }

    /** watch(onevent, {signal}): tells {type, data} of what happens around the card (api/PROTOCOL 5.10)
     * until the signal is aborted; connects again when the stream ends. Rejects when the daemon stays
     * away or refuses. */
    async watch(onevent, {signal} = {}) {
        let retry = RETRY_MS;
        for (let failed = 0; !signal?.aborted;) {
            try {
                for await (const event of events(this.#stream('/v1/events', {}, signal), (ms) => { retry = ms; })) {
                    failed = 0;
                    onevent({type: event.type, data: parse(new TextEncoder().encode(event.data))});
                }
            } catch (error) {
                if (signal?.aborted) return;
                if (!(error instanceof DaemonMissing) || ++failed === WATCH_TRIES) throw error;
            }
            await pause(retry, signal).catch(() => {});
        }
    }

    #checked(id) {
        if (!ID.test(id)) throw new TypeError('an approval has an id of 32 hex digits');
        return id;
    }
}

// What an approval that is over, and not done, came to.
function endOf(approval, lang) {
    if (approval.problem) return problemOf(approval.problem, {approval});
    return problem(['cancelled', 'expired', 'interrupted'].find((state) => state === approval.state) ?? 'failed', {lang, approval});
}

/** connect({pair, lang, storage, ports, signal}): this user's daemon, proven by its own key, which is
 * remembered. With `pair` the person is asked to let the site in when the daemon does not know it. */
export async function connect({pair: mayPair = false, lang, storage, ports = PORTS, signal} = {}) {
    const options = {lang: language(lang), signal};
    signal?.throwIfAborted();
    await checkPage(options.lang);
    const remembered = recall(storage);
    let answers = await askAll(ports, remembered, options);
    await checkPage(options.lang); // the person may have said no just now
    // At a first meeting also when somebody has answered: our own daemon may not know the site yet, and
    // another user's program be the only one that does.
    if (mayPair && !isKnown(answers, remembered)) {
        await pair(ports, remembered, options);
        answers = await askAll(ports, remembered, options);
    }
    const daemon = choose(answers, remembered, options.lang);
    remember(daemon.key, storage);
    return new Onayd(daemon, {lang: options.lang, ports, mayPair});
}
