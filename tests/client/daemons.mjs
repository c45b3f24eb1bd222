// SPDX-License-Identifier: MIT
// daemons.mjs: programs on onayd's ports, good and hostile, played. Each writes down what it was sent.
//
//   const good = await play(health(key));
//   const {port, asked} = good;
import http from 'node:http';
import {webcrypto} from 'node:crypto';

const {subtle} = webcrypto;
const open = new Set();

/** play(answer, port): listens on a port of its own; answer(request, response, port) answers. */
export function play(answer, port = 0) {
    const asked = [];
    const server = http.createServer(async (request, response) => {
        const parts = [];
        for await (const part of request) parts.push(part);
        const body = Buffer.concat(parts).toString();
        asked.push({method: request.method, url: request.url, body, headers: request.headers});
        response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
        response.on('error', () => {});
        await answer(request, response, server.address().port);
    });
    open.add(server);
    return new Promise((resolve) => {
        server.listen(port, '127.0.0.1', () => {
            resolve({port: server.address().port, asked, close: () => shut(server)});
        });
    });
}

function shut(server) {
    open.delete(server);
    return new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections?.();
    });
}

/** closeAll(): every program that still plays. */
export const closeAll = () => Promise.all([...open].map(shut));

/** makeKey(): of a daemon; `spki` is what a page remembers. */
export async function makeKey(curve = 'P-256') {
    const pair = await subtle.generateKey({name: 'ECDSA', namedCurve: curve}, true, ['sign', 'verify']);
    const spki = Buffer.from(await subtle.exportKey('spki', pair.publicKey)).toString('base64');
    return {...pair, spki};
}

/** signs(key, text): base64 of R and S. */
export async function signs(key, text) {
    const octets = await subtle.sign({name: 'ECDSA', hash: 'SHA-256'}, key.privateKey, Buffer.from(text));
    return Buffer.from(octets).toString('base64');
}

export function tells(response, body, status = 200) {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, {'Content-Type': type}).end(typeof body === 'string' ? body : JSON.stringify(body));
}

export const challengeOf = (request) => new URL(request.url, 'http://x').searchParams.get('challenge');

export const good = {service: 'onayd', version: '9.9', apiVersions: ['v1'], state: 'ready'};

/** proof(key, request, {origin, host, said}): the member `daemon`; what is not given is as it should be. */
export async function proof(key, request, {origin, host, said} = {}) {
    const text = [origin ?? request.headers.origin, host ?? request.headers.host, said ?? challengeOf(request)];
    return {key: key.spki, signature: await signs(key, `onayd-health-1\n${text.join('\n')}\n`)};
}

/** health(key, changes): a daemon that proves itself by that key; changes(daemon, request) spoils it. */
export function health(key, wrong = {}, changes = (body) => body) {
    return async (request, response) => {
        if (!request.url.startsWith('/v1/health?')) return tells(response, {slug: 'not-found'}, 404);
        return tells(response, await changes({...good, daemon: await proof(key, request, wrong)}, request));
    };
}
