// SPDX-License-Identifier: MIT
// following: an approval, from state to state, until it is over.
//
// What: by its event stream (api/PROTOCOL 5.11), from where it broke off; by asking with ?wait where
//       all streams are taken.
// Use:  for await (const approval of follow(first, {get, stream}, signal)) show(approval.state);
import {DaemonMissing} from './problem.js';
import {events} from './sse.js';
import {parse, pause, wanted} from './wire.js';

const TRIES = 5; // in a row
const RETRY_MS = 500;
const WAIT_SECONDS = 25;

const sound = (said, id) => wanted(said?.id === id && typeof said.state === 'string' &&
    typeof said.final === 'boolean' && Number.isSafeInteger(said.version), said);

async function* byStream(door, now) {
    const chunks = door.stream({'Last-Event-ID': String(now.version)});
    for await (const {type, data} of events(chunks))
        if (type === 'approval') yield sound(parse(new TextEncoder().encode(data)), now.id);
}

async function* byWaiting(door, now) {
    yield sound(await door.get(`?wait=${WAIT_SECONDS}&after=${now.version}`), now.id);
}

/** follow(first, {get, stream}, signal): yields `first` and then each newer version; the last is final.
 * get(query) asks for the approval, stream(headers) for the octets of its events. Rejects with
 * DaemonMissing when the daemon stays away, with what it refuses, or with the signal's reason. */
export async function* follow(first, door, signal) {
    let now = sound(first, first.id), look = byStream, failed = 0;
    yield now;
    while (!now.final) {
        try {
            for await (const next of look(door, now)) {
                failed = 0;
                if (next.version <= now.version) continue;
                yield now = next;
                if (now.final) return;
            }
        } catch (error) {
            if (error.slug === 'too-many-requests' && look === byStream) look = byWaiting;
            else if (!(error instanceof DaemonMissing) || ++failed === TRIES) throw error;
        }
        if (look === byStream || failed > 0) await pause(RETRY_MS * 2 ** failed, signal);
    }
}
