// SPDX-License-Identifier: MIT
// live.mjs: the client and the daemon as it is built. CONF has a test token that signs unattended,
// and dialogs that are answered by the lines of ANSWERS; SILENT one whose dialogs nobody answers; O is the build folder, PIDS a file for those that were started.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {after, test} from 'node:test';
import {storage} from './page.mjs';
import * as client from '../../api/client/index.js';

const {connect} = client;
const {CONF, SILENT, ANSWERS, O, PIDS, WORK} = process.env;
let daemon = null, kept = storage();

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
async function until(so) {
    for (let i = 0; i < 600; i++, await pause(50)) if (await so()) return;
    assert.fail(`not within half a minute: ${so}`);
}

// starts(conf, options): the daemon, at a port that was free; its runtime folder is a new one.
async function starts(conf, ...options) {
    await stops();
    const run = mkdtempSync(`${WORK}/run.`);
    daemon = spawn(`${O}/onayd`, ['--config', conf, '--port', '0', ...options], {
        stdio: ['ignore', 'inherit', 'inherit'], env: {...process.env, XDG_RUNTIME_DIR: run},
    });
    daemon.run = run;
    daemon.over = new Promise((resolve) => { daemon.on('exit', resolve); });
    appendFileSync(PIDS, `${daemon.pid}\n`);
    await until(() => port() > 0 && curl('/v1/health').includes('onayd'));
}
async function stops(signal = 'SIGTERM') {
    if (!daemon) return undefined;
    daemon.kill(signal);
    const status = await daemon.over;
    daemon = null;
    return status;
}
function curl(path) {
    try {
        return execFileSync('curl', ['-qgsS', '--unix-socket', `${daemon.run}/onayd/api.sock`, `http://localhost${path}`],
                            {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
    } catch {
        return '';
    }
}
function port() {
    try {
        return Number(readFileSync(`${daemon.run}/onayd/port`, 'utf8'));
    } catch {
        return 0;
    }
}
const meets = (options) => connect({ports: [port()], storage: kept, ...options});

const form = readFileSync('fixtures/sample/basvuru-formu.xml');
const undertaking = readFileSync('fixtures/sample/taahhutname.txt');
const request = (orderNo = 'SD-780') => ({
    application: {orderNo, type: 'Yenileme', applicant: {identityNo: '10000000146', name: 'Ayşe Yılmaz'}},
    documents: [
        {role: 'application-form', name: 'basvuru-formu.xml', mimeType: 'application/xml', content: new Blob([form])},
        {role: 'undertaking', name: 'taahhutname.txt', mimeType: 'text/plain; charset=utf-8', content: new Uint8Array(undertaking)},
    ],
    signature: {profile: 'P1', packaging: 'enveloping', commitment: 'proof-of-approval'},
});
async function verified({signature}) {
    writeFileSync(`${WORK}/signed.xml`, Buffer.from(await signature.arrayBuffer()));
    assert.match(execFileSync(`${O}/onay`, ['verify', '--qualified', '--trust', process.env.TRUST, `${WORK}/signed.xml`],
                              {encoding: 'utf8', env: {...process.env, LC_ALL: 'C.UTF-8'}}), /TOTAL-PASSED/);
}
after(() => stops('SIGKILL'));

// ---- a token that signs unattended ----
let onayd;
test('the daemon is met', async () => {
    await starts(CONF);
    onayd = await meets();
    assert.equal(JSON.parse(curl('/v1/info')).daemonKey, onayd.fingerprint);
});

test('info, readers, certificates', async () => {
    assert.equal((await onayd.info()).service, 'onayd');
    assert.equal((await onayd.readers()).readers[0].state, 'card-present');
    const [certificate] = await onayd.certificates({der: true});
    assert.equal(certificate.subject, 'Ayşe Yılmaz');
    assert.ok(certificate.der);
    assert.equal((await onayd.certificates())[0].der, undefined);
});

test('an approval, to its signature', async () => {
    const states = [];
    const got = await onayd.approve(request(), {onstate: ({state}) => states.push(state)});
    assert.equal(got.state, 'done');
    assert.equal(states.at(-1), 'done');
    assert.equal(got.signature.type, 'application/xml');
    await verified(got);
});

test('the same key: the same approval', async () => {
    const [one, two] = [await onayd.approve(request(), {idempotencyKey: 'k1'}), await onayd.approve(request(), {idempotencyKey: 'k1'})];
    assert.equal(one.id, two.id);
    assert.equal(await one.signature.text(), await two.signature.text());
    await assert.rejects(onayd.approve(request('SD-781'), {idempotencyKey: 'k1'}),
                         (error) => error instanceof client.BadRequest && error.slug === 'idempotency-conflict');
});

test('and it can be followed by its id', async () => {
    const one = await onayd.approve(request(), {idempotencyKey: 'k1'});
    assert.equal((await onayd.resume(one.id)).id, one.id);
    await onayd.cancel(one.id);
    await assert.rejects(onayd.resume(one.id), {slug: 'approval-unknown'});
    await assert.rejects(onayd.resume('../documents'), TypeError);
});

test('an upload, and an approval of it', async () => {
    const told = [];
    const octets = new Uint8Array(3 << 20).fill(97);
    const {id, size} = await onayd.upload(octets, {onprogress: ({loaded, total}) => told.push(`${loaded} of ${total}`)});
    assert.equal(size, octets.length);
    assert.equal(told.at(-1), `${size} of ${size}`);
    const wish = {...request(), documents: [{role: 'other', name: 'a.txt', mimeType: 'text/plain', documentId: id}],
                  signature: {profile: 'P1', packaging: 'detached'}};
    assert.equal((await onayd.approve(wish)).state, 'done');
});

test('a large document is inlined as it is', async () => {
    const content = new Uint8Array(200003).map((_, at) => at * 7);
    const wish = {...request(), documents: [{role: 'other', name: 'a.bin', mimeType: 'application/octet-stream', content}]};
    const {signature} = await onayd.approve(wish);
    assert.ok((await signature.text()).replace(/\s/g, '').includes(Buffer.from(content).toString('base64')));
});

test('a refused field is named, in the language of the page', async () => {
    for (const [lang, word] of [['tr', 'Bir alan geçersiz'], ['en', 'A field is invalid']]) {
        const english = await meets({lang});
        const wish = {...request(), signature: {profile: 'P9', packaging: 'enveloping'}};
        await assert.rejects(english.approve(wish), (error) => {
            assert.ok(error instanceof client.BadRequest && error.status === 422);
            assert.deepEqual([error.pointer, error.title], ['/signature/profile', word]);
            return true;
        });
    }
});

test('an order is fetched for the request as it is sent', async () => {
    let seen;
    await onayd.approve(request(), {order: async (body) => { seen = body; return undefined; }});
    assert.equal(seen.documents[0].content, form.toString('base64'));
    await assert.rejects(onayd.approve(request(), {order: 42}), {slug: 'invalid-field', pointer: '/order'});
});

test('an approval that fails is an exception of its kind', async () => {
    const wish = {...request(), signer: {certificateId: '0'.repeat(64)}};
    await assert.rejects(onayd.approve(wish), (error) => {
        assert.ok(error instanceof client.CertificateProblem, error.slug);
        assert.equal(error.approval.state, 'failed');
        return true;
    });
});

test('an answer that is lost is asked for again: one approval', async () => {
    const whole = globalThis.fetch;
    let lost = 0, ids = new Set();
    globalThis.fetch = async (url, options) => {
        const answer = await whole(url, options);
        if (options.method !== 'POST') return answer;
        ids.add((await answer.clone().json()).id);
        if (lost++ > 0) return answer;
        throw new TypeError('Failed to fetch');
    };
    try {
        const got = await onayd.approve(request());
        assert.deepEqual([...ids], [got.id]);
        assert.equal(lost, 2);
    } finally {
        globalThis.fetch = whole;
    }
});

// ---- a person who does not answer ----
test('it comes back at another port', async () => {
    const before = port();
    assert.equal(await stops(), 0);
    await starts(SILENT, '--set', 'max_owner_streams=1');
    assert.notEqual(port(), before);
    await assert.rejects(onayd.info(), client.DaemonMissing); // its ports were given
    onayd = await meets();
});

// begins(options): an approval whose dialog is open; `over` is its promise.
async function begins(options = {}) {
    const heard = [];
    const over = onayd.approve(request(), {...options, onstate: (now) => heard.push(now)});
    over.catch(() => {});
    await until(() => heard.some(({state}) => state === 'waiting-consent'));
    return {over, heard, id: heard[0].id};
}

test('one of its approvals is withdrawn', async () => {
    const {over, id} = await begins();
    await onayd.cancel(id);
    await assert.rejects(over, (error) => error instanceof client.Cancelled && error.approval.state === 'cancelled');
});

test('aborted, it is withdrawn', async () => {
    const stop = new AbortController();
    const {over, id} = await begins({signal: stop.signal});
    stop.abort(new Error('enough'));
    await assert.rejects(over, /enough/);
    assert.equal(JSON.parse(curl(`/v1/health`)).service, 'onayd');
    await assert.rejects(onayd.resume(id), client.Cancelled);
});

test('aborted before it was asked for, nothing is', async () => {
    await assert.rejects(onayd.approve(request(), {signal: AbortSignal.abort(new Error('enough'))}), /enough/);
});

test('a second page of the same key follows the same approval', async () => {
    const {over, id} = await begins({idempotencyKey: 'k2'});
    const second = await begins({idempotencyKey: 'k2'});
    assert.equal(second.id, id);
    await onayd.cancel(id);
    await assert.rejects(over, client.Cancelled);
    await assert.rejects(second.over, client.Cancelled);
});

test('where all streams are taken it is asked for', async () => {
    const stop = new AbortController();
    const events = [];
    const watched = onayd.watch((event) => events.push(event), {signal: stop.signal});
    await until(() => events.length >= 3);
    assert.deepEqual(events.map(({type}) => type).sort(), ['certificates', 'readers', 'state']);
    const {over, id} = await begins();
    await pause(300);
    await onayd.cancel(id);
    await assert.rejects(over, client.Cancelled);
    await assert.rejects(onayd.watch(() => {}), client.Unavailable);
    stop.abort();
    await watched;
});

test('killed and started again: the approval is told to have failed', async () => {
    const {over, heard} = await begins({idempotencyKey: 'k3'});
    const there = port();
    await stops('SIGKILL');
    await starts(SILENT, '--port', String(there));
    await assert.rejects(over, (error) => error instanceof client.Unavailable && error.slug === 'restarted');
    assert.ok(heard.every(({version}, at) => at === 0 || version > heard[at - 1].version));
});

test('watching goes on over a restart', async () => {
    const states = [];
    const stop = new AbortController();
    const watched = onayd.watch(({type, data}) => { if (type === 'state') states.push(data.state); }, {signal: stop.signal});
    await until(() => states.includes('ready'));
    const there = port();
    assert.equal(await stops(), 0);
    await until(() => states.includes('shutting-down'));
    await starts(SILENT, '--port', String(there));
    await until(() => states.filter((state) => state === 'ready').length > 1);
    stop.abort();
    await watched;
});

test('a daemon that stays away', async () => {
    const {over} = await begins();
    const watched = onayd.watch(() => {});
    watched.catch(() => {});
    await stops('SIGKILL');
    await assert.rejects(over, client.DaemonMissing);
    await assert.rejects(watched, client.DaemonMissing);
});

test('another daemon, of a state of its own, is not taken', async () => {
    process.env.XDG_STATE_HOME = mkdtempSync(`${WORK}/state.`);
    await starts(CONF);
    await assert.rejects(meets(), client.DaemonChanged);
    client.forget({storage: kept});
    await meets();
});

test('a daemon without a key of its own is not taken', async () => {
    process.env.XDG_STATE_HOME = '/proc/nowhere';
    await starts(CONF);
    await assert.rejects(meets(), client.DaemonUnproven);
});

test('a site that it does not know sees nothing', async () => {
    globalThis.origin = 'https://other.example';
    await assert.rejects(connect({ports: [port()], storage: storage()}), client.DaemonMissing);
});

// ---- a site that asks to be let in ----
const visits = () => connect({ports: [port()], storage: kept, pair: true});
const answers = (...words) => writeFileSync(ANSWERS, words.map((word) => `${word}\n`).join(''));
async function anew() {
    kept = storage();
    process.env.XDG_STATE_HOME = mkdtempSync(`${WORK}/state.`);
    await starts(CONF);
}

test('the person lets it in for one approval', async () => {
    await anew();
    answers('ok');
    const visitor = await visits();
    assert.equal((await visitor.approve(request())).state, 'done');
    answers('cancel'); // for a second one the person is asked again
    await assert.rejects(visitor.approve(request()), client.PairingDeclined);
    const told = await connect({ports: [port()], storage: kept});
    await assert.rejects(told.approve(request()), client.NotAllowed);
});

test('the person does not', async () => {
    await anew();
    answers('cancel');
    await assert.rejects(visits(), client.PairingDeclined);
    await assert.rejects(visits(), client.DaemonMissing); // the daemon's pause: nobody is asked
});
