// SPDX-License-Identifier: MIT
// sse: reads a stream of events (WHATWG HTML, "Server-sent events").
//
// Not:  EventSource: that follows redirects, reads lines without end, and cannot be told from where.
// Use:  for await (const {type, data, id} of events(chunks, retry)) …
import {problem} from './problem.js';

const EVENT_MAX = 4 << 20; // characters of an event, or of a line
const RETRY_MIN = 100, RETRY_MAX = 30000;

// Whole lines of chunks; CR, LF and CRLF end one.
async function* lines(chunks) {
    const decoder = new TextDecoder();
    let held = [], size = 0, afterCr = false;
    for await (const chunk of chunks) {
        let text = decoder.decode(chunk, {stream: true});
        if (text === '') continue;
        if (afterCr && text[0] === '\n') text = text.slice(1);
        afterCr = text.endsWith('\r');
        const [first, ...more] = text.split(/\r\n|\r|\n/);
        held.push(first);
        size += first.length;
        for (const piece of more) {
            yield held.join('');
            held = [piece], size = piece.length;
        }
        if (size > EVENT_MAX) throw problem('bad-answer');
    }
}

function field(line) {
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    return [name, value ?? ''];
}

/** events(chunks, onretry): yields {type, data, id}; an event that has not ended does not count.
 * onretry(ms) is told what the stream asks for. Throws BadAnswer. */
export async function* events(chunks, onretry) {
    let type = '', data = [], size = 0, id = '';
    for await (const line of lines(chunks)) {
        if (line === '') {
            if (data.length > 0) yield {type: type || 'message', data: data.join('\n'), id};
            type = '', data = [], size = 0;
            continue;
        }
        const [name, value] = field(line);
        if (name === 'event') type = value;
        if (name === 'data') data.push(value), size += value.length + 1;
        if (name === 'id' && !value.includes('\0')) id = value;
        if (name === 'retry' && /^[0-9]{1,9}$/.test(value))
            onretry?.(Math.min(Math.max(Number(value), RETRY_MIN), RETRY_MAX));
        if (size > EVENT_MAX) throw problem('bad-answer');
    }
}
