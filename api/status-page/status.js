// SPDX-License-Identifier: MIT
// The person's status page (api/PROTOCOL 5.20). It holds no data: what it shows it asks for with a pass that
// lives in this page's memory alone. What comes from cards, sites and files becomes text, never markup.
'use strict';

const SOON_DAYS = 30;
const SHOWN = 10; // of what was signed
const TRIES = 6;  // to reach a daemon that has gone without a word
const OPEN_COMMAND = 'onay status --web';

// ---- words: Turkish, English ----

const words = {
    title: ['durumu', 'status'],
    other: ['English', 'Türkçe'],
    readers: ['Okuyucular ve kartlar', 'Readers and cards'],
    certificates: ['Sertifikalar', 'Certificates'],
    history: ['Son imzalananlar', 'Signed lately'],
    opening: ['açılıyor', 'opening'],
    closed: ['kapalı', 'closed'],
    lost: ['bağlantı koptu', 'connection lost'],
    allGood: ['İmzaya hazır', 'Ready to sign'],
    allGoodHelp: ['Kart takılı, sertifika geçerli; bir sorun görünmüyor.', 'A card is there, its certificate is valid; nothing seems to be wrong.'],
    noneReaders: ['Okuyucu yok.', 'No reader.'],
    noneCertificates: ['İmza sertifikası yok.', 'No signing certificate.'],
    noneHistory: ['Henüz bir şey imzalanmadı.', 'Nothing has been signed yet.'],
    noHistory: ['Kayıt okunamadı.', 'The record could not be read.'],
    caption: ['Bu hesapta en son imzalananlar; hepsi için: onay history', 'What was signed last on this account; for all of it: onay history'],
    card: ['Kart', 'Card'],
    label: ['Kart adı', 'Label'],
    serial: ['Seri no', 'Serial'],
    pin: ['PIN', 'PIN'],
    pinPad: ['okuyucuda girilir', 'typed on the reader'],
    tries: ['kalan deneme', 'tries left'],
    identity: ['Kimlik no', 'Identity no'],
    issuer: ['Veren', 'Issuer'],
    validity: ['Geçerlilik', 'Validity'],
    key: ['Anahtar', 'Key'],
    qualified: ['Nitelikli', 'Qualified'],
    usable: ['Kullanılır', 'Usable'],
    where: ['Yeri', 'Where'],
    yes: ['Evet', 'Yes'],
    no: ['Hayır', 'No'],
    unreadable: ['Okunamayan sertifika', 'Unreadable certificate'],
    daysLeft: ['gün kaldı', 'days left'],
    dayLeft: ['gün kaldı', 'day left'],
    lastDay: ['bugün bitiyor', 'ends today'],
    expired: ['süresi doldu', 'expired'],
    notYet: ['henüz başlamadı', 'not yet valid'],
    when: ['Zaman', 'When'],
    order: ['Başvuru no', 'Order'],
    asker: ['İsteyen', 'Asked by'],
    documents: ['Belgeler', 'Documents'],
    signer: ['İmzalayan', 'Signer'],
    local: ['bu bilgisayardaki bir program', 'a program on this computer'],
    maybe: ['yarıda kaldı; kart imzalamış olabilir', 'interrupted; the card may have signed'],
    fingerprint: ['Anahtarının parmak izi (SHA-256)', 'Fingerprint of its key (SHA-256)'],
};

const daemonStates = {
    'ready': ['çalışıyor', 'running'],
    'local-only': ['web sayfalarına kapalı', 'closed to web pages'],
    'storage-full': ['yer kalmadı', 'no space left'],
    'store-unusable': ['kayıtlar kullanılamıyor', 'store unusable'],
    'shutting-down': ['kapanıyor', 'shutting down'],
};

const readerStates = {
    'empty': ['kart yok', 'no card'],
    'card-present': ['kart takılı', 'card present'],
    'card-mute': ['kart yanıt vermiyor', 'card does not answer'],
    'card-in-use': ['başka program kullanıyor', 'used by another program'],
};

const pinStates = {
    'ok': ['tamam', 'ok'],
    'low': ['az deneme kaldı', 'few tries left'],
    'final': ['son deneme', 'last try'],
    'locked': ['kilitli', 'locked'],
    'not-set': ['belirlenmemiş', 'not set'],
};

const usableReasons = {
    'certificate-malformed': ['okunamıyor', 'cannot be read'],
    'no-key': ['anahtarı kartta değil', 'its key is not on the card'],
    'key-type': ['anahtarı yetersiz', 'its key does not suffice'],
    'certificate-not-qualified': ['nitelikli değil', 'not qualified'],
    'certificate-revoked': ['iptal edilmiş', 'revoked'],
    'certificate-expired': ['süresi dolmuş', 'expired'],
    'certificate-not-yet-valid': ['henüz geçerli değil', 'not yet valid'],
    'certificate-untrusted': ['güvenilen bir köke ulaşmıyor', 'leads to no trusted root'],
    'pin-not-set': ['PIN belirlenmemiş', 'PIN not set'],
    'pin-locked': ['PIN kilitli', 'PIN locked'],
};

const qualifiedReasons = {
    'no-qc-compliance': ['nitelikli sertifika beyanı (QcCompliance) yok', 'no statement of a qualified certificate (QcCompliance)'],
    'no-tr-statement': ['BTK’nın nitelikli sertifika beyanı yok', 'no statement of a Turkish qualified certificate (BTK)'],
    'no-non-repudiation': ['imza kullanımı (nonRepudiation) yok', 'not for signatures (nonRepudiation)'],
    'no-user-notice': ['nitelikli sertifika uyarı metni yok', 'no user notice of a qualified certificate'],
};

// What is wrong, and how it is mended: [level, title, what to do, command].
const troubles = {
    'local-only': ['bad', ['onayd web sayfalarına kapalı', 'onayd is closed to web pages'],
        ['Çekirdek, bağlantıların kimden geldiğini söylemiyor; nedeni günlükte yazar.', 'The kernel does not tell whose connections are; the log says why.'], 'journalctl --user -u onayd'],
    'storage-full': ['bad', ['Diskte yer kalmadı', 'No space left on the disk'],
        ['Yer açılana kadar yeni imza başlatılamaz.', 'No approval can begin until there is room.']],
    'store-unusable': ['bad', ['İmza kayıtları kullanılamıyor', 'The store of approvals cannot be used'],
        ['Yeni imza başlatılamaz; nedeni günlükte yazar.', 'No approval can begin; the log says why.'], 'journalctl --user -u onayd'],
    'card-service': ['bad', ['Kart hizmeti (pcscd) çalışmıyor', 'The card service (pcscd) does not run'], null, 'sudo systemctl enable --now pcscd.socket'],
    'no-reader': ['warn', ['Okuyucu takılı değil', 'No reader is connected'],
        ['Kart okuyucunuzu bir USB girişine takın; sayfa kendiliğinden yenilenir.', 'Plug your card reader into a USB port; this page follows by itself.']],
    'no-card': ['warn', ['Kart takılı değil', 'No card is inserted'],
        ['Kartınızı çipi önde ve üstte olacak biçimde okuyucuya takın.', 'Put your card into the reader, chip first and facing up.']],
    'card-mute': ['bad', ['Kart yanıt vermiyor', 'The card does not answer'],
        ['Kartı çıkarıp çipini silin, yönüne bakıp yeniden takın. Başka bir okuyucuda da yanıt vermiyorsa kart bozuktur.', 'Take it out, wipe its chip, and put it in the right way round. If no other reader gets an answer, the card is broken.']],
    'card-in-use': ['warn', ['Kartı başka bir program kullanıyor', 'Another program is using the card'],
        ['O programı kapatın ya da kartla işinin bitmesini bekleyin.', 'Close that program, or wait until it is done with the card.']],
    'no-certificate': ['warn', ['Kartta imza sertifikası görünmüyor', 'No signing certificate is seen on the card'],
        ['Kartın PKCS#11 sürücüsü kurulu olmalı (AKİS kartları: AKİA); kart yeniyse sertifikası henüz yüklenmemiş olabilir.', 'The card’s PKCS#11 module has to be installed (AKİS cards: AKİA); the certificate of a new card may not be on it yet.']],
    'pin-low': ['warn', ['PIN için az deneme kaldı', 'Few PIN tries are left'],
        ['Yanlış PIN girilmiş. Emin değilseniz denemeyin; doğru PIN sayacı sıfırlar.', 'A wrong PIN was given. Do not guess; the right one resets the count.']],
    'pin-final': ['bad', ['PIN için son deneme', 'The last PIN try'],
        ['Bir yanlış daha kartı kilitler. Emin değilseniz önce PUK kodunuzu bulun.', 'One more wrong PIN locks the card. Unless you are sure, find your PUK first.']],
    'pin-locked': ['bad', ['PIN kilitli', 'The PIN is locked'],
        ['Kilidi PUK kodunuzla açın.', 'Unblock it with your PUK.'], 'onay pin unblock'],
    'pin-not-set': ['bad', ['Kartın PIN’i belirlenmemiş', 'The card has no PIN yet'],
        ['Kartı verenin yönergesiyle PIN belirleyin.', 'Set one as the card’s issuer tells you.']],
    'certificate-expired': ['bad', ['Sertifikanın süresi dolmuş', 'The certificate has expired'],
        ['Bununla imza atılamaz; sertifika sağlayıcınızdan yenisini isteyin.', 'It cannot sign any more; ask your provider for a new one.']],
    'expires-soon': ['warn', ['Sertifikanın süresi yakında doluyor', 'The certificate expires soon'],
        ['Süresi dolmadan sertifika sağlayıcınıza yenileme başvurusu yapın.', 'Apply to your provider for a renewal before it does.']],
    'certificate-not-yet-valid': ['warn', ['Sertifika henüz geçerli değil', 'The certificate is not valid yet'],
        ['Başlangıç tarihini bekleyin; bilgisayarın saati doğru mu, bakın.', 'Wait for its first day; see whether the computer’s clock is right.']],
    'certificate-revoked': ['bad', ['Sertifika iptal edilmiş', 'The certificate was revoked'],
        ['Bununla imza atılamaz; sertifika sağlayıcınıza başvurun.', 'It cannot sign any more; turn to your provider.']],
    'certificate-not-qualified': ['warn', ['Sertifika nitelikli değil', 'The certificate is not qualified'],
        ['Taahhütname ve başvuru imzalamaz; nedenleri aşağıda.', 'It signs no undertaking and no application; the reasons are below.']],
    'certificate-untrusted': ['warn', ['Sertifika güvenilen bir köke ulaşmıyor', 'The certificate leads to no trusted root'],
        ['Kök sertifikaları alın (Kamu SM’nin SertifikaDeposu.xml dosyası).', 'Import the root certificates (Kamu SM’s SertifikaDeposu.xml).'], 'onay trust import SertifikaDeposu.xml'],
    'certificate-malformed': ['bad', ['Karttaki bir sertifika okunamıyor', 'A certificate on the card cannot be read'],
        ['Sertifika sağlayıcınıza başvurun.', 'Turn to your provider.']],
    'no-key': ['bad', ['Sertifikanın anahtarı kartta değil', 'The certificate’s key is not on the card'],
        ['Bununla imza atılamaz; sertifika sağlayıcınıza başvurun.', 'It cannot sign; turn to your provider.']],
    'key-type': ['bad', ['Sertifikanın anahtarı yetersiz', 'The certificate’s key does not suffice'],
        ['RSA en az 2048, eliptik eğri en az 256 bit olmalı.', 'RSA needs 2048 bits or more, elliptic curves 256.']],
    'unattended': ['warn', ['Gözetimsiz deneme kartı', 'An unattended test card'],
        ['PIN bir dosyadan geliyor, kimseye sorulmuyor. Yalnız denemeler içindir.', 'Its PIN comes from a file, nobody is asked. For tests only.']],
};

// Why the page shows nothing else: the same.
const closings = {
    opening: ['plain', ['Açılıyor…', 'Opening…'], ['onayd’ye soruluyor.', 'Asking onayd.']],
    reload: ['warn', ['Bu sayfa yeniden açılmalı', 'This page has to be opened again'],
        ['Güvenlik için sayfanın anahtarı yalnız açık kaldığı sürece bellektedir. Yeniden açmak için uçbirimde:', 'For safety its key is in memory only while it is open. To open it again, in a terminal:'], OPEN_COMMAND],
    used: ['warn', ['Bu bağlantı artık geçerli değil', 'This link is not good any more'],
        ['Bağlantı bir kez ve bir dakika içinde açılabilir. Yenisi için uçbirimde:', 'A link opens once, within a minute. For a new one, in a terminal:'], OPEN_COMMAND],
    closed: ['warn', ['Sayfanın süresi doldu', 'This page’s time is over'],
        ['onayd yeniden başladı ya da sayfa uzun süre kullanılmadı. Yeniden açmak için uçbirimde:', 'onayd has started anew, or the page was not used for long. To open it again, in a terminal:'], OPEN_COMMAND],
    full: ['warn', ['Çok fazla durum sayfası açık', 'Too many status pages are open'],
        ['Kullanmadıklarınızı kapatın, sonra uçbirimde:', 'Close those that you do not use, then in a terminal:'], OPEN_COMMAND],
    ended: ['bad', ['onayd durdu', 'onayd has stopped'],
        ['Başlatmak ve bu sayfayı yeniden açmak için uçbirimde:', 'To start it and open this page again, in a terminal:'], OPEN_COMMAND],
};
const lostTrouble = ['warn', ['onayd yanıt vermiyor', 'onayd does not answer'],
    ['Yeniden deneniyor; görünenler eskimiş olabilir.', 'Trying again; what is shown may be out of date.']];

// ---- what is known ----

let english = prefersEnglish();
let pass = '';       // in memory alone
let phase = 'opening'; // or 'live', 'lost', a name of closings
let info = null, readers = null, certificates = null, signed = null;
let visit = new AbortController();

function prefersEnglish() {
    const known = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'tr' || tag === 'en');
    return known === 'en';
}

const said = (pair) => pair[english ? 1 : 0];
const say = (name) => said(words[name]);
const sayOf = (table, slug) => (Object.hasOwn(table, slug) ? said(table[slug]) : String(slug));

// ---- asking ----

class Refused extends Error {
    constructor(status) {
        super(`refused: ${status}`);
        this.status = status;
    }
}

const headers = () => ({'Authorization': `Bearer ${pass}`, 'Accept-Language': english ? 'en' : 'tr'});
const request = (path) => fetch(path, {headers: headers(), signal: visit.signal, cache: 'no-store', credentials: 'omit'});

// The body of a 200, null of another answer; 401 ends the visit.
async function ask(path) {
    const response = await request(path);
    if (response.status === 401) throw new Refused(401);
    return response.ok ? response.json() : null;
}

async function exchange(ticket) {
    const response = await fetch('/v1/passes', {
        method: 'POST', credentials: 'omit', cache: 'no-store',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({ticket}),
    });
    if (!response.ok) throw new Refused(response.status);
    pass = (await response.json()).pass;
}

// ---- following ----

const hear = {
    state(event) {
        if (info) info.state = event.state;
        if (event.state === 'shutting-down') enter('ended');
    },
    readers(event) {
        readers = event;
        return refreshCertificates();
    },
    certificates: refreshCertificates,
    history: refreshHistory,
};

async function refreshCertificates() {
    certificates = (await ask('/v1/certificates'))?.certificates ?? [];
    show();
}

async function refreshHistory() {
    signed = (await ask('/v1/history'))?.history ?? null;
    show();
}

function take(frame) {
    const field = (name) => frame.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const name = field('event');
    if (!name || !Object.hasOwn(hear, name)) return;
    Promise.resolve(hear[name](JSON.parse(field('data')))).catch(fail);
    show();
}

async function follow() {
    const response = await request('/v1/events');
    if (!response.ok) throw new Refused(response.status);
    const parts = response.body.pipeThrough(new TextDecoderStream()).getReader();
    enter('live');
    for (let rest = '';;) {
        const {done, value} = await parts.read();
        if (done) return;
        const frames = (rest + value).split('\n\n');
        rest = frames.pop();
        frames.forEach(take);
    }
}

const isOpen = () => phase === 'opening' || phase === 'live' || phase === 'lost';
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function fail(error) {
    if (!(error instanceof Refused)) return;
    if (error.status === 401) enter('closed');
    if (error.status === 429) enter('full');
}

// Until the visit ends: by the daemon's word, by a refusal, or when nobody answers any more.
async function stay() {
    const mine = visit;
    for (let tries = 0; tries < TRIES && isOpen() && mine === visit; tries++) {
        try {
            info = await ask('/v1/info');
            await follow();
        } catch (error) {
            fail(error);
        }
        if (phase === 'live') tries = 0;
        if (!isOpen() || mine !== visit) return;
        enter('lost');
        await pause(1000 * 2 ** tries);
    }
    if (isOpen() && mine === visit) enter('ended');
}

function enter(name) {
    if (!isOpen() && name !== 'opening') return; // it is over
    phase = name;
    if (!isOpen()) {
        pass = '';
        visit.abort();
    }
    show();
}

function begin() {
    visit.abort();
    visit = new AbortController();
    stay();
}

// The fragment leaves the address, and with it the browser's history, before anything else happens.
async function arrive() {
    const ticket = location.hash.slice(1);
    history.replaceState(null, '', location.pathname);
    if (!ticket && pass) return;
    phase = 'opening';
    show();
    try {
        if (!ticket) return enter('reload');
        await exchange(ticket);
        begin();
    } catch (error) {
        enter(!(error instanceof Refused) ? 'ended' : error.status === 429 ? 'full' : 'used');
    }
}

// ---- elements ----

// Children are elements or texts; what is null or empty is left out.
function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) if (value) element.setAttribute(key, value);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
    return element;
}
const byId = (id) => document.getElementById(id);
const pill = (level, text) => el('span', {class: `pill ${level}`}, text);
const row = (name, ...value) => (value.flat().some(Boolean) ? [el('dt', null, name), el('dd', null, ...value)] : []);
const reasonList = (table, slugs) => (slugs?.length ? el('ul', null, slugs.map((slug) => el('li', null, sayOf(table, slug)))) : null);

// What a screen reader has announced is not announced again: only what has changed is put in.
const shown = new Map();
function put(id, ...children) {
    const fresh = el('div', null, ...children);
    if (shown.get(id) === fresh.innerHTML) return;
    shown.set(id, fresh.innerHTML);
    byId(id).replaceChildren(...fresh.childNodes);
}

function time(text, withHour) {
    const at = new Date(text);
    if (Number.isNaN(at.valueOf())) return '';
    const style = withHour ? {dateStyle: 'medium', timeStyle: 'short'} : {dateStyle: 'medium'};
    return el('time', {datetime: text}, new Intl.DateTimeFormat(english ? 'en' : 'tr', style).format(at));
}

// The common name in an RFC 2253 name, or all of it.
function commonName(name) {
    const found = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/u.exec(name ?? '');
    return found ? found[1].replace(/\\(.)/gu, '$1') : name;
}

// ---- readers ----

const level = {ok: 'good', low: 'warn', final: 'bad', locked: 'bad', 'not-set': 'bad'};
const stateLevel = {'card-present': 'good', 'card-mute': 'bad', 'card-in-use': 'warn'};

function pin(reader) {
    if (!reader.pinTriesLeft) return null;
    const tries = reader.pinTries === undefined ? '' : ` · ${say('tries')}: ${reader.pinTries}`;
    const where = reader.pinPad ? ` · ${say('pinPad')}` : '';
    return [pill(level[reader.pinTriesLeft] ?? 'plain', sayOf(pinStates, reader.pinTriesLeft)), tries, where];
}

function readerCard(reader) {
    return el('li', {class: 'card'},
        el('div', {class: 'head'}, el('h3', null, reader.name), pill(stateLevel[reader.state] ?? 'plain', sayOf(readerStates, reader.state))),
        el('dl', null,
            row(say('card'), reader.cardFamily?.name),
            row(say('label'), reader.token?.label),
            row(say('serial'), reader.token?.serial),
            row(say('pin'), pin(reader))));
}

// ---- certificates ----

const DAY_MS = 86400000;
const daysLeft = (certificate) => Math.floor((new Date(certificate.notAfter) - Date.now()) / DAY_MS);
const isSoon = (certificate) => certificate.notAfter && Date.now() < new Date(certificate.notAfter) && daysLeft(certificate) <= SOON_DAYS;

function left(certificate) {
    const days = daysLeft(certificate);
    if (Date.now() < new Date(certificate.notBefore)) return ['warn', say('notYet')];
    if (Date.now() >= new Date(certificate.notAfter)) return ['bad', say('expired')];
    if (days === 0) return ['warn', say('lastDay')];
    const fine = certificate.usable ? 'good' : '';
    return [days <= SOON_DAYS ? 'warn' : fine, `${days} ${say(days === 1 ? 'dayLeft' : 'daysLeft')}`];
}

function verdict(name, good, table, reasons) {
    if (good === undefined) return [];
    return row(say(name), pill(good ? 'good' : 'bad', say(good ? 'yes' : 'no')), reasonList(table, reasons));
}

function certificateCard(certificate) {
    const [leftLevel, leftText] = certificate.notAfter ? left(certificate) : ['bad', ''];
    const reader = readers?.readers.find((one) => one.id === certificate.reader);
    return el('li', {class: 'card'},
        el('div', {class: 'head'},
            el('h3', null, certificate.subject || say('unreadable')),
            leftText ? el('p', {class: `left ${leftLevel}`}, leftText) : null),
        el('dl', null,
            row(say('identity'), certificate.identityNoMasked),
            certificate.notAfter ? row(say('validity'), time(certificate.notBefore), ' – ', time(certificate.notAfter)) : [],
            row(say('issuer'), commonName(certificate.issuer)),
            certificate.keyType ? row(say('key'), `${certificate.keyType}${certificate.keyType === 'RSA' ? ` ${certificate.keyBits}` : ''}`) : [],
            verdict('qualified', certificate.qualified, qualifiedReasons, certificate.qualifiedReasons),
            verdict('usable', certificate.usable, usableReasons, certificate.usableReasons),
            row(say('where'), reader?.name ?? certificate.tokenLabel)));
}

// ---- what was signed ----

function historyRow(record) {
    const cell = (name, ...children) => el('td', {role: 'cell', 'data-label': say(name)}, el('div', null, ...children));
    const done = record.state === 'done';
    return el('tr', {role: 'row'},
        el('th', {role: 'rowheader', scope: 'row'}, time(done ? record.signingTime : record.since, true)),
        cell('order', record.orderNo, done ? null : el('p', {class: 'sub'}, say('maybe'))),
        cell('asker', record.owner === 'local' ? say('local') : record.owner),
        cell('documents', el('ul', null, record.documents.map((one) => el('li', null, one.name)))),
        cell('signer', record.signer?.subject, el('p', {class: 'sub'}, record.signer?.identityNoMasked)));
}

function historyTable(records) {
    const columns = ['when', 'order', 'asker', 'documents', 'signer'];
    return el('table', {role: 'table'},
        el('caption', null, say('caption')),
        el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, columns.map((name) => el('th', {role: 'columnheader', scope: 'col'}, say(name))))),
        el('tbody', {role: 'rowgroup'}, records.slice(0, SHOWN).map(historyRow)));
}

// ---- what is wrong ----

const trouble = (slug, whose, detail) => (Object.hasOwn(troubles, slug) ? [{row: troubles[slug], whose, detail}] : []);

function readerTroubles() {
    const list = readers.readers, found = [];
    const cards = list.filter((one) => one.state !== 'empty');
    if (readers.cardService !== 'running') found.push(...trouble('card-service', '', readers.detail));
    else if (!list.length) found.push(...trouble('no-reader'));
    else if (!cards.length) found.push(...trouble('no-card'));
    if (readers.problem) found.push({row: ['bad', null, null], title: readers.problem.title, detail: readers.problem.detail});
    for (const one of list) {
        if (one.state === 'card-mute' || one.state === 'card-in-use') found.push(...trouble(one.state, one.name));
        if (one.pinTriesLeft && one.pinTriesLeft !== 'ok') found.push(...trouble(`pin-${one.pinTriesLeft}`, one.token?.label || one.name));
        if (one.unattended) found.push(...trouble('unattended', one.token?.label || one.name));
    }
    return found;
}

function certificateTroubles() {
    const present = readers.readers.some((one) => one.state === 'card-present');
    if (!certificates.length) return present && !readers.problem ? trouble('no-certificate') : [];
    return certificates.flatMap((one) => [
        ...one.usableReasons.filter((slug) => !slug.startsWith('pin-')).flatMap((slug) => trouble(slug, one.subject)),
        ...(isSoon(one) ? trouble('expires-soon', `${one.subject} · ${left(one)[1]}`) : []),
    ]);
}

function allTroubles() {
    const found = phase === 'lost' ? [{row: lostTrouble}] : [];
    if (info && Object.hasOwn(troubles, info.state)) found.push(...trouble(info.state));
    if (readers) found.push(...readerTroubles());
    if (readers && certificates) found.push(...certificateTroubles());
    return found.sort((a, b) => (a.row[0] === 'bad' ? 0 : 1) - (b.row[0] === 'bad' ? 0 : 1)); // the worst first
}

function notice({row: [how, title, help, command], whose, title: ownTitle, detail}) {
    return el('li', {class: `notice ${how}`},
        el('strong', null, ownTitle ?? said(title), whose ? ` (${whose})` : ''),
        el('p', null, detail ?? said(help), command ? [' ', el('code', null, command)] : null));
}

function good() {
    if (!certificates?.some((one) => one.usable)) return [];
    return [{row: ['good', words.allGood, words.allGoodHelp]}];
}

// ---- the page ----

function showState() {
    const [how, text] = phase === 'live' && info ? [info.state === 'ready' ? 'good' : 'bad', sayOf(daemonStates, info.state)]
        : phase === 'lost' ? ['warn', say('lost')]
            : isOpen() ? ['plain', say('opening')] : ['bad', say('closed')];
    const state = byId('state');
    state.className = `pill ${how}`;
    if (state.textContent !== text) state.textContent = text;
}

function showLists() {
    const none = (text) => el('li', {class: 'none'}, text);
    put('readers', readers.readers.length ? readers.readers.map(readerCard) : none(say('noneReaders')));
    put('certificates', certificates?.length ? certificates.map(certificateCard) : none(say('noneCertificates')));
    put('history', signed?.length ? historyTable(signed)
        : el('p', {class: 'none'}, say(signed ? 'noneHistory' : 'noHistory')));
    put('footer', el('p', null, `onayd ${info?.version ?? ''}`),
        info?.daemonKey ? el('p', null, `${say('fingerprint')}: `, el('span', {class: 'mono'}, info.daemonKey)) : null);
}

function showTroubles() {
    if (!isOpen() || (phase === 'opening' && !readers)) return put('trouble', el('ul', {role: 'list'}, notice({row: closings[phase]})));
    if (!readers || !certificates) return undefined;
    const found = allTroubles();
    return put('trouble', el('ul', {role: 'list'}, (found.length ? found : good()).map(notice)));
}

function show() {
    document.documentElement.lang = english ? 'en' : 'tr';
    for (const element of document.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text);
    byId('language').textContent = say('other');
    byId('language').lang = english ? 'tr' : 'en';
    document.title = `onayd ${say('title')}`;
    const known = isOpen() && readers !== null;
    byId('live').hidden = byId('footer').hidden = !known;
    showState();
    showTroubles();
    if (known) showLists();
}

byId('language').addEventListener('click', () => {
    english = !english;
    show();
    if (pass) begin(); // the daemon's own sentences, in that language
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) show(); }); // days go by
window.addEventListener('hashchange', arrive);
arrive();
