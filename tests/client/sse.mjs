// SPDX-License-Identifier: MIT
// sse.mjs: streams of events, in whatever pieces they come.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {events} from '../../api/client/sse.js';

// Each: name, stream, what is heard of it as "type|data|id".
const streams = [
    ['one', 'data: a\n\n', ['message|a|']],
    ['named, with an id', 'event: approval\nid: 7\ndata: {}\n\n', ['approval|{}|7']],
    ['an id stays', 'id: 7\ndata: a\n\ndata: b\n\n', ['message|a|7', 'message|b|7']],
    ['an id with NUL is none', 'id: 1\n\nid: 2\0\ndata: a\n\n', ['message|a|1']],
    ['a name does not stay', 'event: x\ndata: a\n\ndata: b\n\n', ['x|a|', 'message|b|']],
    ['two lines', 'data: a\ndata:b\n\n', ['message|a\nb|']],
    ['one space belongs to the colon', 'data:  a\n\n', ['message| a|']],
    ['an empty line of data', 'data\n\n', ['message||']],
    ['CRLF', 'event: x\r\ndata: a\r\n\r\n', ['x|a|']],
    ['CR', 'event: x\rdata: a\r\r', ['x|a|']],
    ['comments and other fields', ': hello\nfoo: bar\ndata: a\n\n', ['message|a|']],
    ['a byte order mark', '\ufeffdata: a\n\n', ['message|a|']],
    ['a name without data', 'event: x\n\ndata: a\n\n', ['message|a|']],
    ['one that does not end', 'data: a\n\ndata: b\n', ['message|a|']],
    ['colons', 'data: a:b\n\n', ['message|a:b|']],
    ['more than ASCII', 'data: Ayşe 🖋\n\n', ['message|Ayşe 🖋|']],
    ['a line separator of another alphabet', 'data: a\u2028b\n\n', ['message|a\u2028b|']],
    ['none', '', []],
];
async function heard(octets, size, onretry) {
    async function* pieces() {
        for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
    }
    const all = [];
    for await (const {type, data, id} of events(pieces(), onretry)) all.push(`${type}|${data}|${id}`);
    return all;
}
for (const [name, text, wanted] of streams) {
    test(`stream: ${name}`, async () => {
        const octets = new TextEncoder().encode(text);
        for (const size of [1, 2, 3, 1000]) assert.deepEqual(await heard(octets, size), wanted);
    });
}

test('retry, within bounds', async () => {
    const told = [];
    const octets = new TextEncoder().encode('retry: 2000\nretry: 0\nretry: 999999999\nretry: soon\nretry:\n');
    await heard(octets, 1000, (ms) => told.push(ms));
    assert.deepEqual(told, [2000, 100, 30000]);
});

const megabyte = new TextEncoder().encode('x'.repeat(1 << 20));
async function* endless(before, between) {
    yield new TextEncoder().encode(before);
    for (let i = 0; i < 64; i++) {
        yield megabyte;
        yield new TextEncoder().encode(between);
    }
}
for (const [name, between] of [['a line', ''], ['an event', '\ndata: ']]) {
    test(`${name} without end is refused`, async () => {
        const listen = async () => { for await (const event of events(endless('data: ', between))) assert.fail(event); };
        await assert.rejects(listen(), {slug: 'bad-answer'});
    });
}
