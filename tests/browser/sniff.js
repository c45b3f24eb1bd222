// SPDX-License-Identifier: MIT
// sniff.js: a page of a site that nobody let in looks for the status page in each way that a page has, and
// tells of each path whether it looks any different from one that is not there.
'use strict';

const nowhere = '/nothing';
const paths = ['/', '/status.js', '/v1/passes'];

// How an element that loads the address ends.
function element(name, attributes) {
    return new Promise((resolve) => {
        const made = Object.assign(document.createElement(name), attributes);
        made.onload = () => resolve('load');
        made.onerror = () => resolve('error');
        document.body.append(made);
    });
}

async function fetched(url, options) {
    try {
        const answer = await fetch(url, options);
        return `${answer.type} ${answer.status} ${(await answer.text()).length}`;
    } catch (error) {
        return error.name;
    }
}

// What a frame or a window that was sent there shows of itself.
function seen(view) {
    try {
        return `${view.location.href} ${view.document.title}`;
    } catch (error) {
        return `${error.name} ${view.length} ${view.closed}`;
    }
}

async function framed(url) {
    const frame = document.createElement('iframe');
    frame.src = url;
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    document.body.append(frame);
    await loaded;
    return seen(frame.contentWindow);
}

// A window of its own; the site that opened it sees of it at most whether it is closed.
async function opened(url) {
    const view = window.open(url);
    if (!view) return 'blocked';
    for (let i = 0; i < 100; i++) {
        await new Promise((resolve) => { setTimeout(resolve, 20); });
        if (!seen(view).startsWith('about:')) break;
    }
    const got = seen(view);
    view.close();
    return got;
}

const looks = {
    'image': (url) => element('img', {src: url}),
    'script': (url) => element('script', {src: url}),
    'style': (url) => element('link', {rel: 'stylesheet', href: url}),
    'object': (url) => element('object', {data: url}),
    'frame': framed,
    'window': opened,
    'fetch': (url) => fetched(url),
    'fetch without CORS': (url) => fetched(url, {mode: 'no-cors'}),
    'post': (url) => fetched(url, {method: 'POST', mode: 'no-cors', body: '{"ticket": "A"}'}),
};

async function run() {
    for (const [name, look] of Object.entries(looks)) {
        const none = await look(daemon + nowhere);
        for (const path of paths) {
            const got = (await look(daemon + path)).replace(path, nowhere);
            tell('look', {name, path, got, none, same: got === none});
        }
    }
    tell('over', {});
}
document.addEventListener('click', run, {once: true});
tell('ready', {});
