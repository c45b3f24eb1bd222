// SPDX-License-Identifier: MIT
// hostile.js: a page of a site that nobody let in. Tries each way a page has to reach a server, and
// tells what it got to see.
'use strict';

const order = JSON.stringify({application: {orderNo: 'SD-666'}});
const json = {'Content-Type': 'application/json', 'Idempotency-Key': 'hostile'};

function opened(target, good) {
    return new Promise((resolve, reject) => {
        target[good] = () => resolve(good);
        target.onerror = () => reject(new Error('refused'));
    });
}

function picture(url) {
    const image = new Image();
    image.src = url;
    return opened(image, 'onload');
}

const attempts = {
    'fetch': () => readable(fetch(`${daemon}/v1/certificates`)),
    'fetch without CORS': () => readable(fetch(`${daemon}/v1/certificates`, {mode: 'no-cors'})),
    'fetch with a guessed token': () =>
        readable(fetch(`${daemon}/v1/certificates`, {headers: {Authorization: 'Bearer AAAA'}})),
    'approval': () => readable(fetch(`${daemon}/v1/approvals`, {method: 'POST', headers: json, body: order})),
    'approval without CORS': () =>
        readable(fetch(`${daemon}/v1/approvals`, {method: 'POST', mode: 'no-cors', body: order})),
    'events': () => opened(new EventSource(`${daemon}/v1/events`), 'onopen'),
    'WebSocket': () => opened(new WebSocket(`${daemon.replace('http', 'ws')}/v1/events`), 'onopen'),
    'image': () => picture(`${daemon}/v1/certificates`),
};

async function run() {
    tell('permission', {state: await permission()});
    await attemptAll(attempts);
}
run();
