// SPDX-License-Identifier: MIT
// csrf.js: called in the portal's page: the token of the person's session.
async () => (await (await fetch('/api/me')).json()).csrf
