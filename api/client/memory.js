// SPDX-License-Identifier: MIT
// memory: the key of the daemon that this browser has met.
//
// What: one text under 'onayd.key', in the page's localStorage or in a storage of the page's choice.
//       Where there is none, or it fails (a worker, a browser that forbids it), for as long as the page.
const NAME = 'onayd.key';
const pageOnly = new Map();
const fallback = {
    getItem: (name) => pageOnly.get(name) ?? null,
    setItem: (name, value) => { pageOnly.set(name, value); },
    removeItem: (name) => { pageOnly.delete(name); },
};

function using(storage, use) {
    try {
        return use(storage ?? globalThis.localStorage);
    } catch {
        return use(fallback);
    }
}

/** recall(storage): the key as it was remembered, or null. Whatever else stands there is a key that no
 * daemon has: it is not repaired. */
export const recall = (storage) => using(storage, (one) => one.getItem(NAME)) ?? null;

/** remember(key, storage) */
export const remember = (key, storage) => using(storage, (one) => one.setItem(NAME, key));

/** forget({storage}): the next meeting is a first one again. Only at the person's word: a page that
 * forgets by itself has no protection. */
export const forget = ({storage} = {}) => using(storage, (one) => one.removeItem(NAME));
