// SPDX-License-Identifier: MIT
// portal.js: the portal's page. Looks around when it is opened; a click asks for an approval and
// follows it to its end by the event stream.
'use strict';

let approval = null;

async function ask(path, options) {
    const answer = await fetch(daemon + path, options);
    const type = answer.headers.get('Content-Type') || '';
    return {status: answer.status, body: type.includes('json') ? await answer.json() : null,
            location: answer.headers.get('Location')};
}

// What a call came to; a page learns no more of a call that failed than that it did.
async function look(path) {
    try {
        tell('look', {path, ...await ask(path)});
    } catch (error) {
        tell('look', {path, status: 0, error: error.name});
    }
}

async function base64(response) {
    const octets = new Uint8Array(await response.arrayBuffer());
    return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(''));
}

async function order() {
    const form = await base64(await fetch('/sample/basvuru-formu.xml'));
    const undertaking = await base64(await fetch('/sample/taahhutname.txt'));
    return {
        application: {orderNo: 'SD-780', type: 'Yenileme',
                      applicant: {identityNo: '10000000146', name: 'Ayşe Yılmaz'}},
        documents: [{role: 'application-form', name: 'basvuru-formu.xml',
                     mimeType: 'application/xml', content: form},
                    {role: 'undertaking', name: 'taahhutname.txt',
                     mimeType: 'text/plain; charset=utf-8', content: undertaking}],
        signature: {profile: 'P1', packaging: 'enveloping', commitment: 'proof-of-approval'},
    };
}

async function fetchSignature() {
    const answer = await fetch(`${daemon + approval}/signature`);
    tell('signature', {status: answer.status, type: answer.headers.get('Content-Type'),
                       content: await base64(answer)});
}

function follow() {
    const stream = new EventSource(`${daemon + approval}/events`);
    stream.addEventListener('approval', async (event) => {
        const now = JSON.parse(event.data);
        tell('approval', now);
        if (now.final) stream.close();
        if (now.state === 'done') await fetchSignature();
        if (now.final) tell('end', {state: now.state, slug: now.problem && now.problem.slug});
    });
}

async function approve() {
    const answer = await ask('/v1/approvals', {
        method: 'POST',
        headers: {'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID()},
        body: JSON.stringify(await order()),
    });
    tell('posted', answer);
    approval = answer.location;
    if (answer.status === 202) follow();
}

async function watch() {
    const stream = new EventSource(`${daemon}/v1/events`);
    stream.addEventListener('readers', (event) => {
        tell('readers', {states: JSON.parse(event.data).readers.map((reader) => reader.state)});
    });
}

async function open() {
    tell('permission', {state: await permission()});
    for (const path of ['/v1/health', '/v1/info', '/v1/readers', '/v1/certificates', '/v1/nothing'])
        await look(path);
    await watch();
    tell('open', {});
}

const failed = (error) => tell('failed', {error: error.name});
document.getElementById('approve').onclick = () => approve().catch(failed);
document.getElementById('cancel').onclick = async () =>
    tell('deleted', await ask(approval, {method: 'DELETE'}));
open().catch(failed);
