// SPDX-License-Identifier: MIT
// meeting.mjs: which daemon the client takes, and what the others are sent. All of them are played.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {browserSays, storage} from './page.mjs';
import {challengeOf, closeAll, good, health, makeKey, play, proof, signs, tells} from './daemons.mjs';
import * as client from '../../api/client/index.js';

const {connect, forget} = client;
const [mine, other] = [await makeKey(), await makeKey()];
after(closeAll);

// A port where nobody listens.
const silent = await play(() => {});
await silent.close();

const portsOf = (programs) => [...programs.map(({port}) => port), silent.port];
const meets = (programs, options) => connect({ports: portsOf(programs), storage: storage(), ...options});

// refuses(kind, slug, programs, options): and nobody was sent more than a challenge.
async function refuses(kind, slug, programs, options = {}) {
    const kept = options.storage ?? storage();
    const before = [...kept.kept];
    await assert.rejects(meets(programs, {...options, storage: kept}), (error) => {
        assert.ok(error instanceof client[kind], `${error.name}: ${error.stack}`);
        assert.equal(error.slug, slug);
        assert.ok(error.title && error.detail);
        return true;
    });
    assert.deepEqual([...kept.kept], before, 'nothing is remembered');
    onlyChallenges(programs);
}
function onlyChallenges(programs) {
    for (const {asked} of programs) {
        for (const {method, url, body} of asked) {
            assert.equal(method, 'GET');
            assert.match(url, /^\/v1\/health\?challenge=[A-Za-z0-9_-]{43}$/);
            assert.equal(body, '');
        }
    }
}
function knowing(key) {
    const kept = storage();
    kept.setItem('onayd.key', key.spki);
    return kept;
}

test('the only daemon is taken and remembered', async () => {
    const kept = storage();
    const one = await play(health(mine));
    const onayd = await meets([one], {storage: kept});
    assert.equal(onayd.version, '9.9');
    assert.match(onayd.fingerprint, /^[0-9a-f]{64}$/);
    assert.deepEqual([...kept.kept], [['onayd.key', mine.spki]]);
    assert.equal(one.asked.length, 1);
    onlyChallenges([one]);
});

test('every challenge is a new one', async () => {
    const one = await play(health(mine));
    for (let i = 0; i < 3; i++) await meets([one]);
    assert.equal(new Set(one.asked.map(({url}) => url)).size, 3);
});

test('nobody is there', () => refuses('DaemonMissing', 'daemon-missing', []));

test('two daemons at the first meeting: none is taken', async () => {
    const both = [await play(health(mine)), await play(health(other))];
    await refuses('AmbiguousDaemon', 'ambiguous-daemon', both);
});

test('two daemons, one of which is known: that one, whatever its place', async () => {
    for (const key of [mine, other]) {
        const both = [await play(health(mine)), await play(health(other))];
        await meets(both, {storage: knowing(key)}).then((onayd) => onayd.info().catch(() => {}));
        const [one, two] = key === mine ? both : [both[1], both[0]];
        assert.ok(one.asked.some(({url}) => url === '/v1/info'));
        onlyChallenges([two]);
    }
});

test('a known daemon is not kept waiting by another that drips', async () => {
    const began = Date.now();
    await meets([await play(drip), await play(health(mine))], {storage: knowing(mine)});
    assert.ok(Date.now() - began < 4000);
});

test('another daemon than the known one', async () => {
    const one = await play(health(other));
    await refuses('DaemonChanged', 'daemon-changed', [one], {storage: knowing(mine)});
    await assert.rejects(meets([one], {storage: knowing(mine)}), ({daemons}) => {
        assert.equal(daemons[0].port, one.port);
        assert.match(daemons[0].fingerprint, /^[0-9a-f]{64}$/);
        return true;
    });
});

test('whatever stands in the storage is a key', async () => {
    for (const text of ['', 'x', `${mine.spki} `]) {
        const kept = storage();
        kept.setItem('onayd.key', text);
        await refuses('DaemonChanged', 'daemon-changed', [await play(health(mine))], {storage: kept});
    }
});

test('forgotten, the next one is met anew', async () => {
    const kept = knowing(mine);
    forget({storage: kept});
    await meets([await play(health(other))], {storage: kept});
    assert.equal(kept.getItem('onayd.key'), other.spki);
});

test('a page without a storage remembers for as long as it lives', async () => {
    const broken = {getItem() { throw new Error('forbidden'); }};
    await meets([await play(health(mine))], {storage: broken});
    await assert.rejects(meets([await play(health(other))], {storage: broken}), client.DaemonChanged);
    forget({storage: broken});
});

test('no common version', async () => {
    for (const apiVersions of [['v2'], [], 'v1', undefined, {0: 'v1'}]) {
        const one = await play(health(mine, {}, (body) => ({...body, apiVersions})));
        await refuses('VersionMismatch', 'version-mismatch', [one]);
    }
});

test('a newer daemon that still speaks ours', async () => {
    await meets([await play(health(mine, {}, (body) => ({...body, apiVersions: ['v2', 'v1'], more: {}})))]);
});

// ---- what proves nothing ----
const old = new Map();
async function replay(request, response, port) {
    const said = challengeOf(request);
    if (!old.has(port)) old.set(port, await proof(mine, request, {said: 'A'.repeat(43)}));
    tells(response, {...good, daemon: old.get(port)}, 200, said);
}
const spoilt = (change) => health(mine, {}, async (body, request) => ({...body, daemon: await change(body.daemon, request)}));
const unproven = {
    'no daemon member': health(mine, {}, ({daemon, ...rest}) => rest),
    'no object': spoilt(() => 'daemon'),
    'null': spoilt(() => null),
    'a replayed signature': replay,
    "another challenge's": health(mine, {said: 'B'.repeat(43)}),
    "another port's": health(mine, {host: '127.0.0.1:15070'}),
    'for localhost': (request, response, port) => health(mine, {host: `localhost:${port}`})(request, response),
    "another origin's": health(mine, {origin: 'https://other.example'}),
    "the Unix socket's": health(mine, {origin: 'local', host: 'unix'}),
    "another key's": spoilt((daemon) => ({...daemon, key: other.spki})),
    'no signature': spoilt(({key}) => ({key})),
    'no key': spoilt(({signature}) => ({signature})),
    'an empty signature': spoilt(({key}) => ({key, signature: ''})),
    'numbers': spoilt(() => ({key: 1, signature: 2})),
    'lists': spoilt(({key, signature}) => ({key: [key], signature: [signature]})),
    'zeros': spoilt(({key}) => ({key, signature: Buffer.alloc(64).toString('base64')})),
    'base64 with a space': spoilt(({key, signature}) => ({key: key.replace('==', ' =='), signature})),
    'base64 with unused bits': spoilt(({key, signature}) => ({key: unusedBit(key), signature})),
    'base64url': spoilt(({key, signature}) => ({key: key.replace(/=/g, ''), signature})),
    'another curve': async (request, response) => {
        const key = await makeKey('P-384');
        tells(response, {...good, daemon: await proof(key, request)});
    },
    'text around what is signed': spoilt(async ({key}, request) => ({key, signature: await signs(mine,
        `onayd-health-1\n${request.headers.origin}\n${request.headers.host}\n${challengeOf(request)}`)})),
    'a store that cannot be used': (request, response) =>
        tells(response, {type: 'urn:onayd:error:store-unusable', slug: 'store-unusable', title: 'evil words'}, 503),
};
function unusedBit(text) {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const at = text.indexOf('=') - 1;
    return text.slice(0, at) + alphabet[alphabet.indexOf(text[at]) + 1] + text.slice(at + 1);
}
for (const [name, answer] of Object.entries(unproven)) {
    test(`unproven: ${name}`, async () => {
        await refuses('DaemonUnproven', 'daemon-unproven', [await play(answer)]);
        await refuses('DaemonUnproven', 'daemon-unproven', [await play(answer)], {storage: knowing(mine)});
        await meets([await play(answer), await play(health(mine))]);
    });
}

test('no word of an unproven program is repeated', async () => {
    const one = await play(unproven['a store that cannot be used']);
    await assert.rejects(meets([one]), (error) => !JSON.stringify({...error}).includes('evil'));
});

// ---- who is no daemon at all ----
function drip(request, response) {
    response.writeHead(200, {'Content-Type': 'application/json'});
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
}
function flood(request, response) {
    response.writeHead(200, {'Content-Type': 'application/json'});
    const more = () => { while (!response.destroyed && response.write(' '.repeat(65536))); };
    response.on('drain', more);
    more();
}
const target = await play(health(mine));
const nobodies = {
    'another service': health(mine, {}, (body) => ({...body, service: 'onayd2'})),
    'no JSON': (request, response) => tells(response, '{"service": "onayd"'),
    'a list': (request, response) => tells(response, '["onayd"]'),
    'null': (request, response) => tells(response, 'null'),
    'nothing': (request, response) => tells(response, ''),
    'no UTF-8': (request, response) => response.end(Buffer.from('{"service": "onayd", "x": "\xff"}', 'latin1')),
    'depth': (request, response) => tells(response, '['.repeat(60000)),
    'a page of errors': (request, response) => response.writeHead(500).end('<html>'),
    'a long answer': health(mine, {}, (body) => ({...body, padding: 'x'.repeat(65536)})),
    'an answer without end': flood,
    'an answer that drips': drip,
    'no answer': () => {},
    'a closed connection': (request, response) => response.destroy(),
    'a redirect': (request, response) =>
        response.writeHead(307, {Location: `http://127.0.0.1:${target.port}${request.url}`}).end(),
    'no CORS header': (request, response, port) => {
        response.removeHeader('Access-Control-Allow-Origin');
        return health(mine)(request, response, port);
    },
};
// All at once: some take as long as the client has patience.
const tried = Object.values(nobodies).map(async (answer) => {
    await refuses('DaemonMissing', 'daemon-missing', [await play(answer)]);
});
for (const one of tried) one.catch(() => {}); // each has its test
for (const [at, name] of Object.keys(nobodies).entries()) test(`no daemon: ${name}`, () => tried[at]);
test('redirects were not followed', () => assert.equal(target.asked.length, 0));

// ---- after the meeting ----
test('whoever takes the port afterwards is sent a challenge, and nothing else', async () => {
    const kept = storage();
    const one = await play(health(mine));
    const onayd = await meets([one], {storage: kept});
    await one.close();
    const thief = await play(health(other), one.port);
    for (const call of [() => onayd.info(), () => onayd.upload(new Blob(['secret'])), () => onayd.watch(() => {}),
                        () => onayd.approve({documents: [{content: new Blob(['secret'])}]}),
                        () => onayd.cancel('0'.repeat(32)), () => onayd.resume('0'.repeat(32))])
        await assert.rejects(call(), client.DaemonChanged);
    assert.ok(thief.asked.length > 5);
    onlyChallenges([thief]);
});

test('a daemon that comes back at another port is found', async () => {
    const one = await play(health(mine));
    const place = await play(() => {});
    const onayd = await meets([one, place]);
    await one.close();
    await place.close();
    const back = await play(health(mine), place.port);
    await onayd.info().catch(() => {});
    assert.ok(back.asked.some(({url}) => url === '/v1/info'));
});

// ---- the browser's permission ----
test('denied: nothing leaves the page', async () => {
    browserSays('denied');
    const one = await play(health(mine));
    await refuses('PermissionDenied', 'permission-denied', [one]);
    assert.equal(one.asked.length, 0);
    assert.equal(await client.permission(), 'denied');
});

test('an older name of it, and none', async () => {
    browserSays('denied', 'local-network-access');
    assert.equal(await client.permission(), 'denied');
    browserSays('denied', 'something-else');
    assert.equal(await client.permission(), 'unsupported');
});

test('the browser asks: the time that the person reads does not count', async () => {
    const says = browserSays('prompt');
    let asking;
    const one = await play(async (request, response, port) => {
        // As a browser: what is under way waits for the person.
        await asking;
        return health(mine)(request, response, port);
    });
    asking = new Promise((resolve) => { setTimeout(() => { says('granted'); resolve(); }, 6000); });
    await meets([one]);
});

test('the browser asks once: no second port is tried meanwhile', async () => {
    const says = browserSays('prompt');
    const two = await play(health(mine));
    const one = await play(async (request, response) => {
        assert.equal(two.asked.length, 0);
        await new Promise((resolve) => { setTimeout(resolve, 500); });
        assert.equal(two.asked.length, 0);
        says('granted');
        response.destroy();
    });
    await meets([one, two]);
});

test('the person says no', async () => {
    const says = browserSays('prompt');
    const one = await play((request, response) => { says('denied'); response.destroy(); });
    await refuses('PermissionDenied', 'permission-denied', [one]);
    browserSays('granted');
});

test('an aborted search ends at once', async () => {
    const stop = new AbortController();
    const began = Date.now();
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await assert.rejects(meets([await play(drip)], {signal: stop.signal}), /enough/);
    assert.ok(Date.now() - began < 3000);
});

test('what is told, in two languages', () => {
    for (const what of ['granted', 'prompt', 'denied', 'unsupported', 'missing', 'waiting-card', 'waiting-consent',
                        'signing', 'completing', 'done', 'failed', 'cancelled', 'expired', 'interrupted']) {
        const [turkish, english] = [client.explain(what, 'tr'), client.explain(what, 'en')];
        for (const {title, detail} of [turkish, english]) assert.ok(title && detail, what);
        assert.notDeepEqual(turkish, english);
        assert.deepEqual(client.explain(what), turkish, 'Turkish where nothing is said');
    }
    globalThis.document = {documentElement: {lang: 'en-GB'}};
    assert.equal(client.explain('missing').title, 'onayd was not found');
    delete globalThis.document;
});
