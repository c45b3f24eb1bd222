// SPDX-License-Identifier: MIT
// pairing.mjs: a site that the daemon does not know yet, and programs of other users that would like to
// be the daemon. All of them are played.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {storage} from './page.mjs';
import {closeAll, health, makeKey, play, tells} from './daemons.mjs';
import * as client from '../../api/client/index.js';

const {connect} = client;
const [mine, other] = [await makeKey(), await makeKey()];
const site = globalThis.origin;
after(closeAll);

const granted = (response) => tells(response, {origin: site, granted: 'always'});
const refused = (slug) => (response) => tells(response, {type: `urn:onayd:error:${slug}`, slug, title: 'evil words'}, 403);

// pairs(key, dialog): a daemon that lets the site in when dialog(response), the person, has answered 200;
// until then it is not to be seen.
function pairs(key, dialog = granted, known = false) {
    let open = known;
    return async (request, response, port) => {
        if (request.url === '/v1/pairings') {
            assert.equal(request.method, 'POST');
            await dialog(response);
            open ||= response.statusCode === 200;
        } else if (open) await health(key)(request, response, port);
        else response.removeHeader('Access-Control-Allow-Origin'), tells(response, {}, 403);
    };
}
const meets = (programs, options) =>
    connect({ports: programs.map(({port}) => port), storage: storage(), pair: true, ...options});
const asks = ({asked}) => asked.filter(({url}) => url === '/v1/pairings');
function knowing(key) {
    const kept = storage();
    kept.setItem('onayd.key', key.spki);
    return kept;
}
const later = (ms, then) => async (response) => {
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    await then(response);
};

test('the person lets the site in', async () => {
    const one = await play(pairs(mine));
    const kept = storage();
    await meets([one], {storage: kept});
    assert.equal(kept.getItem('onayd.key'), mine.spki);
    assert.equal(asks(one).length, 1);
    const [{body, headers}] = asks(one);
    assert.equal(body, '{}');
    assert.equal(headers['content-type'], 'application/json');
});

test('nobody is asked when the page does not want it', async () => {
    const one = await play(pairs(mine));
    await assert.rejects(meets([one], {pair: false}), client.DaemonMissing);
    assert.equal(asks(one).length, 0);
});

test('nor when the known daemon knows the site', async () => {
    const one = await play(pairs(mine, granted, true));
    await meets([one], {storage: knowing(mine)});
    assert.equal(asks(one).length, 0);
});

for (const [slug, kind] of [['pairing-declined', 'PairingDeclined'], ['consent-timeout', 'TimedOut'],
                            ['dialog-unavailable', 'Unavailable']]) {
    test(`refused: ${slug}`, async () => {
        await assert.rejects(meets([await play(pairs(mine, refused(slug)))]), (error) => {
            assert.ok(error instanceof client[kind]);
            assert.equal(error.slug, slug);
            assert.ok(!JSON.stringify({...error}).includes('evil'), 'in our own words');
            return true;
        });
    });
}

test('nobody answers', async () => {
    await assert.rejects(meets([await play(pairs(mine, refused('not-found')))]), client.DaemonMissing);
});

// ---- beside another user's program, which answers whatever is asked, at once ----
const eager = () => play(pairs(other, granted, true));

test('it answers first, the person lets the site in later: neither is taken', async () => {
    const kept = storage();
    const both = [await eager(), await play(pairs(mine, later(300, granted)))];
    await assert.rejects(meets(both, {storage: kept}), client.AmbiguousDaemon);
    assert.equal(kept.kept.size, 0);
});

test('the person says no: its yes does not count', async () => {
    const both = [await eager(), await play(pairs(mine, later(300, refused('pairing-declined'))))];
    await assert.rejects(meets(both), client.PairingDeclined);
});

test('the known daemon is taken, whatever the other says', async () => {
    for (const word of [granted, refused('pairing-declined')]) {
        const thief = await play(pairs(other, word, true));
        await meets([thief, await play(pairs(mine, later(300, granted)))], {storage: knowing(mine)});
        for (const {url, body} of thief.asked) assert.match(`${url} ${body}`, /^\/v1\/(health\?challenge=\S{43} |pairings \{\})$/);
    }
});

test('and not kept waiting by one that never answers', async () => {
    const mute = await play(pairs(other, () => new Promise(() => {})));
    await meets([mute, await play(pairs(mine))], {storage: knowing(mine)});
});

test('a changed daemon is no known one because it pairs', async () => {
    await assert.rejects(meets([await eager()], {storage: knowing(mine)}), client.DaemonChanged);
});

test('an aborted wait closes the connection, and with it the dialog', async () => {
    let closed;
    const gone = new Promise((resolve) => { closed = resolve; });
    const one = await play(pairs(mine, (response) => new Promise(() => response.on('close', closed))));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 200);
    await assert.rejects(meets([one], {signal: stop.signal}), /enough/);
    await gone;
});
