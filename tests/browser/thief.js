// SPDX-License-Identifier: MIT
// thief.js: a page of another site, in the browser of somebody who is logged in at the portal. Tries each way
// a page has to read there, or to change something, and tells what it got.
'use strict';

const portal = new URLSearchParams(location.search).get('portal');
const order = `${portal}/api/applications/SD-780`;
const json = {'Content-Type': 'application/json', 'X-CSRF-Token': '0'.repeat(32)};
const withCookies = {credentials: 'include'};

function loaded(element) {
    return new Promise((resolve, reject) => {
        element.onload = () => resolve('loaded');
        element.onerror = () => reject(new Error('refused'));
        document.body.append(element);
    });
}

const part = (tag, facts) => loaded(Object.assign(document.createElement(tag), facts));
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// What can be seen of a document in that window or frame: nothing of another origin.
function looked(other) {
    try {
        return other.document.body ? other.document.body.textContent : '';
    } catch (error) {
        return '';
    }
}

async function framed(path) {
    const frame = document.getElementById('frame');
    await new Promise((resolve) => {
        frame.onload = resolve;
        frame.src = portal + path;
    });
    return looked(frame.contentWindow);
}

// A form needs no leave to be sent; what comes of it is seen by the portal alone.
async function sent(path) {
    const frame = document.getElementById('frame');
    const form = document.getElementById('form');
    await new Promise((resolve) => {
        frame.onload = resolve;
        form.action = order + path;
        form.submit();
    });
    return looked(frame.contentWindow);
}

async function opened() {
    const other = window.open(`${portal}/basvurular.html`);
    await pause(500);
    const seen = other ? looked(other) : '';
    if (other) other.postMessage({accepted: true}, '*');
    return seen;
}

const attempts = {
    'me': () => readable(fetch(`${portal}/api/me`, withCookies)),
    'list without CORS': () => readable(fetch(`${portal}/api/applications`, {...withCookies, mode: 'no-cors'})),
    'cancel': () => readable(fetch(`${order}/cancel`, {...withCookies, method: 'POST', headers: json, body: '{}'})),
    'cancel without CORS': () => readable(fetch(`${order}/cancel`, {...withCookies, method: 'POST', mode: 'no-cors', body: '{}'})),
    'signature': () => readable(fetch(`${order}/signature`, {...withCookies, method: 'POST', headers: {'Content-Type': 'application/xml'}, body: '<a/>'})),
    'login': () => readable(fetch(`${portal}/api/login`, {...withCookies, method: 'POST', headers: {'Content-Type': 'text/plain'},
                                                         body: '{"user":"mehmet","password":"Deneme-5678"}'})),
    'script': () => part('script', {src: `${portal}/api/me`}),
    'picture': () => part('img', {src: `${order}/documents/basvuru-formu.xml`}),
    'frame of the list': () => framed('/basvurular.html'),
    'frame of the wizard': () => framed('/tamamla.html?no=SD-780'),
    'form: cancel': () => sent('/cancel'),
    'form: e-Onay': () => sent('/e-onay'),
    'window': () => opened(),
};

attemptAll(attempts);
