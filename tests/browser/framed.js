// SPDX-License-Identifier: MIT
// framed.js: the portal's page with a frame of the hostile site in it.
'use strict';

document.querySelector('iframe').src =
    `https://hostile.example:${location.port}/hostile.html${location.search}`;
