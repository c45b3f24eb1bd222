// SPDX-License-Identifier: MIT
// wide.js: called in a page: what stands out of it to the right, or nothing.
() => [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !element.closest('.unseen'))
    .slice(0, 3).map(({className, tagName}) => `${tagName}.${className}`).join(' ')
