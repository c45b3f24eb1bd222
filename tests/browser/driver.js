// SPDX-License-Identifier: MIT
// driver.js DIR CERT KEY SPKI: a browser, and the sites it visits.
//
// What: serves this folder, fixtures/sample, api/client and its README's example over https as
//       portal.example and hostile.example, which lead to loopback and pass for public addresses;
//       opens pages in Debian's chromium.
// Not:  what a page does (portal.js, hostile.js). Nothing here speaks to the daemon.
// Use:  prints "OK PORT"; then a line of words in, a line of "OK" or "ERR why" out:
//         visit NAME SITE granted|denied|prompt FILE   a page in a profile of its own
//         open NAME LANGUAGE URL   any address, as the person opens one
//         at NAME URL   waits until that is its address
//         reload NAME
//         clock NAME TIME   what time it is there
//         size NAME WIDTH light|dark
//         read NAME SELECTOR TEXT   waits until it stands there
//         unread NAME SELECTOR TEXT   until it does not
//         press NAME KEY
//         click NAME SELECTOR
//         shot NAME FILE
//         close NAME
//         end
//       What a page tells (told.js) is in DIR/NAME.log, a line of JSON each.
'use strict';

const fs = require('fs');
const https = require('https');
const path = require('path');
const readline = require('readline');
const {chromium} = require('playwright-core');

const [dir, cert, key, spki] = process.argv.slice(2);
const types = {'.html': 'text/html', '.js': 'text/javascript', '.xml': 'application/xml', '.txt': 'text/plain'};
const STEP_MS = 20000;

const folders = {'/sample': '../../fixtures/sample', '/client': '../../api/client'};

// The JavaScript of the client's README, as it stands there.
function example(response) {
    const text = fs.readFileSync(path.join(__dirname, folders['/client'], 'README.md'), 'utf8');
    const code = [...text.matchAll(/^```js\n(.*?)^```/gms)].map((block) => block[1]).join('\n');
    response.writeHead(200, {'Content-Type': 'text/javascript; charset=utf-8'}).end(code);
}

// The folders are flat: the last part of the path is all that is looked at.
function serve(request, response) {
    const {pathname} = new URL(request.url, 'https://portal.example');
    if (pathname === '/example.js') return example(response);
    const folder = folders[path.dirname(pathname)] ?? '.';
    const file = path.join(__dirname, folder, path.basename(pathname));
    fs.readFile(file, (error, octets) => {
        if (error) return response.writeHead(404).end();
        response.writeHead(200, {'Content-Type': `${types[path.extname(file)]}; charset=utf-8`});
        return response.end(octets);
    });
}

function listen() {
    const server = https.createServer({cert: fs.readFileSync(cert), key: fs.readFileSync(key)}, serve);
    return new Promise((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve(server));
    });
}

// No name but ours leads anywhere, and no certificate but ours is believed.
function launch(port) {
    return chromium.launch({
        executablePath: '/usr/bin/chromium',
        chromiumSandbox: process.getuid() !== 0,
        timeout: STEP_MS,
        args: [
            `--ip-address-space-overrides=127.0.0.1:${port}=public`,
            '--host-resolver-rules=MAP portal.example 127.0.0.1, MAP hostile.example 127.0.0.1, ' +
                'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
            `--ignore-certificate-errors-spki-list=${spki}`,
        ],
    });
}

function keep(name, page) {
    page.on('console', (message) => {
        const text = message.text();
        if (message.type() === 'info' && text.startsWith('@'))
            fs.appendFileSync(path.join(dir, `${name}.log`), `${text.slice(1)}\n`);
    });
}

// A person who said no; playwright knows only how to say yes.
async function deny(browser, context, page, origin) {
    const own = await context.newCDPSession(page);
    const {targetInfo} = await own.send('Target.getTargetInfo');
    const whole = await browser.newBrowserCDPSession();
    await whole.send('Browser.setPermission', {
        permission: {name: 'loopback-network'},
        setting: 'denied',
        origin,
        browserContextId: targetInfo.browserContextId,
    });
}

function commands(browser, port) {
    const pages = new Map();
    const begin = async (name, locale, permissions, origin) => {
        const context = await browser.newContext({locale});
        if (permissions.length) await context.grantPermissions(permissions, {origin});
        const page = await context.newPage();
        page.setDefaultTimeout(STEP_MS);
        pages.set(name, page);
        keep(name, page);
        return page;
    };
    const find = (name, selector, words) => pages.get(name).locator(selector).filter({hasText: words.join(' ')}).first();
    return {
        async visit(name, site, answer, file) {
            const origin = `https://${site}:${port}`;
            const page = await begin(name, 'tr-TR', answer === 'granted' ? ['local-network-access'] : [], origin);
            if (answer === 'denied') await deny(browser, page.context(), page, origin);
            await page.goto(`${origin}/${file}`);
        },
        async open(name, locale, url) { await (await begin(name, locale, [])).goto(url); },
        async at(name, url) { await pages.get(name).waitForURL(url); },
        async clock(name, time) { await pages.get(name).clock.setFixedTime(time); },
        async reload(name) { await pages.get(name).reload(); },
        async size(name, width, colorScheme) {
            await pages.get(name).setViewportSize({width: Number(width), height: 900});
            await pages.get(name).emulateMedia({colorScheme});
        },
        async read(name, selector, ...words) { await find(name, selector, words).waitFor(); },
        async unread(name, selector, ...words) { await find(name, selector, words).waitFor({state: 'hidden'}); },
        async press(name, key) { await pages.get(name).keyboard.press(key); },
        async click(name, selector) { await pages.get(name).click(selector); },
        async shot(name, file) { await pages.get(name).screenshot({path: file, fullPage: true}); },
        async close(name) { await pages.get(name).context().close(); },
    };
}

async function main() {
    const server = await listen();
    const {port} = server.address();
    const browser = await launch(port);
    const table = commands(browser, port);
    console.log(`OK ${port}`);
    for await (const line of readline.createInterface({input: process.stdin})) {
        const [word, ...words] = line.split(' ');
        if (word === 'end') break;
        try {
            await table[word](...words);
            console.log('OK');
        } catch (error) {
            console.log(`ERR ${String(error.message).replace(/\s+/g, ' ')}`);
        }
    }
    await browser.close();
    console.log('OK');
}
main().then(() => process.exit(0), (error) => {
    console.error(error);
    process.exit(1);
});
