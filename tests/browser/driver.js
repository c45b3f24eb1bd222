// SPDX-License-Identifier: MIT
// driver.js DIR CERT KEY SPKI [PORT…]: a browser, and the sites it visits.
//
// What: serves this folder, fixtures/sample, api/client and its README's example over https as
//       portal.example and hostile.example, which lead to loopback and pass for public addresses, as do
//       others' servers at those PORTs; opens pages in Debian's chromium.
// Not:  what a page does (portal.js, hostile.js). Nothing here speaks to the daemon.
// Use:  prints "OK PORT"; then a line of words, apart by tabs, in, and a line of "OK" or "ERR why" out:
//         visit NAME SITE granted|denied|prompt FILE   a page in a profile of its own; SITE may name a port
//         beside NAME OTHER SITE FILE                  a page in the profile of the page OTHER
//         open NAME LANGUAGE URL                       any address, as the person opens one
//         click NAME SELECTOR
//         fill NAME SELECTOR TEXT; choose NAME SELECTOR VALUE; press NAME KEY
//         goes NAME FILE; reload NAME
//         sees NAME SELECTOR [TEXT]                    waits until one is visible and has the text
//         lacks NAME SELECTOR                          waits until none is visible
//         holds NAME SELECTOR VALUE                    waits until the field has the value
//         focused NAME SELECTOR                        waits until it has the focus
//         read NAME SELECTOR TEXT; unread NAME SELECTOR [TEXT]   waits until it stands there, or does not
//         at NAME FILE|URL                             waits until that is its address
//         clock NAME TIME                              what time it is there
//         fetches NAME SELECTOR FILE                   what a click on it downloads
//         breaks NAME PATH                             the next request of it for that path is lost
//         run NAME FILE [WORD…]                        what the file's function, called in the page, answers
//         audit NAME [FILE]                            axe-core's findings, if any
//         width NAME PIXELS; size NAME PIXELS light|dark
//         frames NAME                                  the addresses of its frames
//         shot NAME FILE
//         leave NAME                                   closes the page; its profile stays
//         close NAME                                   the page and its profile
//         end
//       What a page tells (told.js) is in DIR/NAME.log, a line of JSON each.
'use strict';

const fs = require('fs');
const https = require('https');
const path = require('path');
const readline = require('readline');
const {chromium} = require('playwright-core');

const [dir, cert, key, spki, ...ports] = process.argv.slice(2);
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
            `--ip-address-space-overrides=${[port, ...ports].map((one) => `127.0.0.1:${one}=public`)}`,
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

// What went wrong, for who reads the test's output: the first of each kind, and where.
function findings({violations}) {
    return violations.map(({id, nodes}) => `${id} ${nodes[0].target} ${nodes[0].failureSummary}`).join(' | ');
}

function commands(browser, port) {
    const pages = new Map();
    const address = (site, file) => `https://${site.includes(':') ? site : `${site}:${port}`}/${file}`;
    const first = (name, selector) => pages.get(name).locator(selector).first();
    const having = (name, selector, words) => pages.get(name).locator(selector).filter({hasText: words.join(' ')}).first();
    async function begin(name, context, url, prepare) {
        const page = await context.newPage();
        page.setDefaultTimeout(STEP_MS);
        pages.set(name, page);
        keep(name, page);
        if (prepare) await prepare(page);
        await page.goto(url);
    }
    return {
        async visit(name, site, answer, file) {
            const url = address(site, file), {origin} = new URL(url);
            const context = await browser.newContext({locale: 'tr-TR'});
            if (answer === 'granted') await context.grantPermissions(['local-network-access'], {origin});
            await begin(name, context, url, answer === 'denied' && ((page) => deny(browser, context, page, origin)));
        },
        async beside(name, other, site, file) { await begin(name, pages.get(other).context(), address(site, file)); },
        async open(name, locale, url) { await begin(name, await browser.newContext({locale}), url); },
        async click(name, selector) { await pages.get(name).click(selector); },
        async fill(name, selector, text) { await pages.get(name).fill(selector, text); },
        async choose(name, selector, value) { await pages.get(name).selectOption(selector, value); },
        async press(name, keys) { await pages.get(name).keyboard.press(keys); },
        async goes(name, file) { await pages.get(name).goto(new URL(file, pages.get(name).url()).href); },
        async reload(name) { await pages.get(name).reload(); },
        async sees(name, selector, text = '') {
            await pages.get(name).locator(selector).filter({hasText: text, visible: true}).first().waitFor();
        },
        async lacks(name, selector) { await first(name, selector).waitFor({state: 'hidden'}); },
        async holds(name, selector, value) {
            const handle = await first(name, selector).elementHandle();
            await pages.get(name).waitForFunction(([input, text]) => input.value === text, [handle, value]);
        },
        async focused(name, selector) { await pages.get(name).locator(`${selector}:focus`).waitFor(); },
        async read(name, selector, ...words) { await having(name, selector, words).waitFor(); },
        async unread(name, selector, ...words) { await having(name, selector, words).waitFor({state: 'hidden'}); },
        async at(name, where) {
            await pages.get(name).waitForURL((url) => url.href === where || url.pathname + url.search === `/${where}`);
        },
        async clock(name, time) { await pages.get(name).clock.setFixedTime(time); },
        async fetches(name, selector, file) {
            const [download] = await Promise.all([pages.get(name).waitForEvent('download'), pages.get(name).click(selector)]);
            await download.saveAs(file);
        },
        async breaks(name, what) { await pages.get(name).route(`**${what}`, (route) => route.abort(), {times: 1}); },
        async run(name, file, ...words) {
            const code = fs.readFileSync(path.resolve(__dirname, file), 'utf8');
            return pages.get(name).evaluate(`(${code})(...${JSON.stringify(words)})`);
        },
        async audit(name) {
            const page = pages.get(name);
            await page.evaluate(fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
            const found = findings(await page.evaluate('axe.run({resultTypes: ["violations"]})'));
            if (found) throw new Error(found);
        },
        async width(name, pixels) { await pages.get(name).setViewportSize({width: Number(pixels), height: 800}); },
        async size(name, pixels, colorScheme) {
            await pages.get(name).setViewportSize({width: Number(pixels), height: 900});
            await pages.get(name).emulateMedia({colorScheme});
        },
        async frames(name) { return pages.get(name).frames().map((frame) => frame.url()).join(' '); },
        // The page in full, or what is seen while a dialog is open over it.
        async shot(name, file) {
            await pages.get(name).screenshot({path: file, fullPage: await pages.get(name).locator('dialog[open]').count() === 0});
        },
        async leave(name) { await pages.get(name).close(); },
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
        const [word, ...words] = line.split('\t');
        if (word === 'end') break;
        try {
            const said = await table[word](...words);
            console.log(said ? `OK ${said}` : 'OK');
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
