// SPDX-License-Identifier: MIT
// page.mjs: what the client finds around it in a browser, as far as node has it not: the page's
// origin, which fetch sends along, and an answer that may be read only when it names it.
import {webcrypto} from 'node:crypto';

const bare = globalThis.fetch;
globalThis.crypto ??= webcrypto;
globalThis.origin = 'https://portal.example';
globalThis.fetch = async (url, options) => {
    const answer = await bare(url, {...options, headers: {...options.headers, Origin: globalThis.origin}});
    if (answer.headers.get('Access-Control-Allow-Origin') !== globalThis.origin)
        throw new TypeError('Failed to fetch');
    return answer;
};

/** storage(): a localStorage. */
export function storage() {
    const kept = new Map();
    return {
        getItem: (name) => kept.get(name) ?? null,
        setItem: (name, value) => { kept.set(name, String(value)); },
        removeItem: (name) => { kept.delete(name); },
        kept,
    };
}

/** browserSays(states, name): navigator.permissions, by that name of the permission alone; each
 * answer(state) of the person's ends the question. */
export function browserSays(state, name = 'loopback-network') {
    const status = new EventTarget();
    status.state = state;
    const query = async (asked) => {
        if (asked.name !== name) throw new TypeError(`no permission ${asked.name}`);
        return status;
    };
    Object.defineProperty(globalThis, 'navigator', {value: {permissions: {query}}, configurable: true});
    return (now) => {
        status.state = now;
        status.dispatchEvent(new Event('change'));
    };
}
