// SPDX-License-Identifier: MIT
// attempts.js: what hostile pages have in common: each attempt is made, and what it got is told.
'use strict';

// What can be read of an answer: nothing of an opaque one.
async function readable(response) {
    const answer = await response;
    return answer.type === 'opaque' ? '' : `${answer.status} ${await answer.text()}`;
}

async function attemptAll(attempts) {
    for (const [name, attempt] of Object.entries(attempts)) {
        let got = '';
        try {
            got = await attempt();
        } catch (error) { /* nothing, as it should be */ }
        tell('attempt', {name, got});
    }
    tell('over', {});
}
