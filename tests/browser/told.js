// SPDX-License-Identifier: MIT
// told.js: what every page of these has: where the daemon is, and a way to say what happened, on the
// page and to the test (driver.js).
'use strict';

const daemon = 'http://127.0.0.1:' + new URLSearchParams(location.search).get('onayd');

function tell(what, facts) {
    const item = document.createElement('li');
    item.textContent = `${what}: ${JSON.stringify(facts)}`.slice(0, 300);
    document.getElementById('told').append(item);
    console.info('@' + JSON.stringify({what, origin: location.origin, ...facts}));
}

async function permission() {
    const {state} = await navigator.permissions.query({name: 'loopback-network'});
    return state;
}
