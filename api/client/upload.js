// SPDX-License-Identifier: MIT
// upload: a document's octets to the daemon, and how far they have come.
//
// What: XMLHttpRequest, since fetch tells nothing of an upload. It would follow a redirect, but who can
//       redirect has the document already; what came from elsewhere is not believed. Where there is
//       none (tests outside of a browser) fetch, which tells of the end alone.
import {problem} from './problem.js';
import {judge, request} from './wire.js';

const TYPE = 'application/octet-stream';
const STALL_MS = 60000; // nothing moved
const ANSWER_MAX = 65536;

function byFetch(url, blob, {lang, signal, onprogress}) {
    onprogress?.({loaded: 0, total: blob.size});
    return request(url, {method: 'POST', body: blob, headers: {'Content-Type': TYPE},
                         timeoutMs: STALL_MS, limit: ANSWER_MAX, lang, signal})
        .then((answer) => { onprogress?.({loaded: blob.size, total: blob.size}); return answer; });
}

function byXhr(url, blob, {lang, signal, onprogress}) {
    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        let timer;
        const end = (settle, value) => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', aborted);
            settle(value);
        };
        const fail = (slug) => end(reject, problem(slug, {lang}));
        const stop = (slug) => { fail(slug); xhr.abort(); };
        const moves = () => { clearTimeout(timer); timer = setTimeout(stop, STALL_MS, 'daemon-missing'); };
        function aborted() { end(reject, signal.reason); xhr.abort(); }

        xhr.open('POST', url);
        xhr.responseType = 'arraybuffer';
        xhr.setRequestHeader('Content-Type', TYPE);
        xhr.setRequestHeader('Accept-Language', lang);
        xhr.upload.onprogress = ({loaded, total}) => { moves(); onprogress?.({loaded, total}); };
        xhr.onprogress = ({loaded}) => { moves(); if (loaded > ANSWER_MAX) stop('bad-answer'); };
        xhr.onerror = () => fail('daemon-missing');
        xhr.onload = () => {
            if (xhr.responseURL !== url || xhr.response.byteLength > ANSWER_MAX) return fail('bad-answer');
            const headers = {get: (name) => xhr.getResponseHeader(name)};
            return end(resolve, {status: xhr.status, headers, octets: xhr.response});
        };
        signal?.addEventListener('abort', aborted);
        moves();
        xhr.send(blob);
    });
}

/** upload(url, blob, {lang, signal, onprogress}): the daemon's answer. onprogress is told
 * {loaded, total} in octets. */
export async function upload(url, blob, options) {
    options.signal?.throwIfAborted();
    const send = globalThis.XMLHttpRequest ? byXhr : byFetch;
    return judge(await send(url, blob, options));
}
