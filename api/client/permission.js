// SPDX-License-Identifier: MIT
// permission: whether the browser lets this page speak to programs of this computer.
//
// Not:  whether onayd lets the site in: its own doors (api/PROTOCOL 2) and the person decide that.
// Use:  if (await permission() === 'denied') show(explain('denied').detail);
import {say} from './texts.js';
import {pause} from './wire.js';

// What browsers call it, the newest first.
const NAMES = ['loopback-network', 'local-network-access'];
const READING_MS = 180000; // for as long at most a person reads the browser's question

async function status() {
    for (const name of NAMES) {
        try {
            return await globalThis.navigator.permissions.query({name});
        } catch { /* another browser's word for it */ }
    }
    return null;
}

/** permission(): 'granted', 'prompt' (the first request will ask), 'denied' (asked again by nobody),
 * or 'unsupported' (the browser knows no such permission). */
export async function permission() {
    return (await status())?.state ?? 'unsupported';
}

/** promptAnswered(): whether the browser has still to ask the person (`open`), a promise for when it has,
 * or three minutes have passed (`answered`), and `end`, to be called by who waits no longer. */
export async function promptAnswered() {
    const now = await status();
    if (now?.state !== 'prompt') return {open: () => false, answered: Promise.resolve(), end() {}};
    const waiting = new AbortController();
    const change = new Promise((resolve) => { now.addEventListener('change', resolve, {once: true}); });
    const answered = Promise.race([change, pause(READING_MS, waiting.signal).catch(() => {})]);
    return {open: () => now.state === 'prompt', answered, end() { waiting.abort(); }};
}

const words = {missing: 'daemon-missing', denied: 'permission-denied'};

/** explain(what, lang): {title, detail} for a person: of a state of permission(), 'missing' (no
 * daemon was found), or a state of an approval. */
export function explain(what, lang) {
    return say(words[what] ?? what, lang);
}
