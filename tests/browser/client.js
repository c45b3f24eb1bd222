// SPDX-License-Identifier: MIT
// client.js: what is the page's own beside the example of api/client/README.md (example.js), and what that
// does not show: an upload, and an approval that outlives its tab.
import {connect, explain, permission} from 'onayd-client';

const refused = ({slug, name}) => tell('refused', {slug, name});

globalThis.show = (text) => tell('shown', {text});
globalThis.received = async (signature) => {
    const content = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(',')[1]);
        reader.readAsDataURL(signature);
    });
    tell('signature', {content});
};

document.getElementById('upload').onclick = async () => {
    const steps = [];
    try {
        const onayd = await connect();
        const octets = new Uint8Array(20 << 20);
        const {size} = await onayd.upload(octets, {onprogress: ({loaded}) => steps.push(loaded)});
        const rising = steps.every((step, at) => at === 0 || step >= steps[at - 1]);
        tell('uploaded', {size, steps: steps.length, rising, last: steps.at(-1)});
    } catch (error) {
        refused(error);
    }
};

const stop = new AbortController();
document.getElementById('cancel').onclick = () => stop.abort(new DOMException('enough', 'AbortError'));
document.getElementById('begin').onclick = async () => {
    try {
        const onayd = await connect();
        const documents = [{role: 'other', name: 'a.txt', mimeType: 'text/plain', content: new Blob(['a'])}];
        await onayd.approve(
            {application: {orderNo: 'SD-781'}, documents, signature: {profile: 'P1', packaging: 'enveloping'}},
            {idempotencyKey: 'SD-781', signal: stop.signal, onstate: ({id, state}) => tell('approval', {id, state})});
    } catch (error) {
        refused(error);
    }
};

const state = await permission();
tell('permission', {state, text: explain(state).title});
