// SPDX-License-Identifier: MIT
// sample.mts: a page in TypeScript, judged by its compiler and not run.
import {connect, CardProblem, explain, forget, Onayd, OnaydError, permission} from '../../api/client/index.js';
import type {Approval, Permission, Signed} from '../../api/client/index.js';

const state: Permission = await permission();
const detail: string = explain(state, 'en').detail + explain('missing').title;
const onayd: Onayd = await connect({pair: true, lang: 'tr', storage: sessionStorage, signal: AbortSignal.timeout(1000)});
const {id: documentId, size} = await onayd.upload(new Uint8Array(3), {onprogress: ({loaded, total}) => loaded / total});
try {
    const signed: Signed = await onayd.approve({
        application: {orderNo: 'SD-780'},
        documents: [{role: 'other', name: 'a', mimeType: 'text/plain', documentId},
                    {role: 'other', name: 'b', mimeType: 'text/plain', content: new Blob(['b'])}],
        signature: {profile: 'P1', packaging: 'detached'},
    }, {idempotencyKey: 'k', order: async (request) => JSON.stringify(request.documents), onstate: (now: Approval) => now.version + size});
    await fetch('/', {method: 'POST', body: signed.signature});
} catch (error) {
    if (error instanceof CardProblem) console.log(error.approval?.waitingFor?.title, detail);
    else if (error instanceof OnaydError && error.retryable) console.log(error.retryAfter ?? 1);
}
await onayd.watch(({type, data}) => console.log(type, data));
forget();
// @ts-expect-error: only connect() makes one
new Onayd();
// @ts-expect-error: a state that there is not
explain('asleep');
// @ts-expect-error: what is to be signed is missing
onayd.approve({application: {orderNo: 'SD-780'}});
