// SPDX-License-Identifier: MIT
// texts: what the client itself says to a person, in Turkish and English.
//
// Not:  the daemon's own refusals; they come with their texts, in the language that was asked for.
// Use:  const {title, detail} = say('daemon-missing', 'tr');

const START = 'systemctl --user enable --now onayd-tcp.socket onayd-unix.socket';

// Each: Turkish title, Turkish detail, English title, English detail.
const texts = {
    // ---- what the browser lets a page do ----
    'granted': [
        'Tarayıcı izin veriyor', 'Bu site, bilgisayarınızdaki onayd ile konuşabilir.',
        'The browser allows it', 'This site may speak to onayd on this computer.'],
    'prompt': [
        'Tarayıcı izin soracak',
        'Tarayıcınız, bu sitenin bilgisayarınızdaki uygulamalara erişip erişemeyeceğini sorabilir. ' +
            'İmzalayabilmek için “İzin ver” deyin.',
        'The browser will ask',
        'Your browser may ask whether this site may access applications on this computer. Choose ' +
            '“Allow” to be able to sign.'],
    'permission-denied': [
        'Tarayıcı izin vermiyor',
        'Bu sitenin bilgisayarınızdaki uygulamalara erişimi engellenmiş. Adres çubuğunun solundaki ' +
            'simgeden site ayarlarını açın, “Bu cihazdaki uygulamalar” (yerel ağ) iznini verin ve ' +
            'sayfayı yenileyin. Bu ayar kilitliyse kurumunuzun bilgi işlem birimine başvurun.',
        'The browser does not allow it',
        'This site is blocked from applications on this computer. Open the site settings at the left ' +
            'of the address bar, allow “Apps on device” (local network), and reload the page. Where ' +
            'that setting is locked, ask your administrator.'],
    'unsupported': [
        'Tarayıcı izin sormuyor',
        'Tarayıcınız bu izni tanımıyor; onayd doğrudan aranır. Bulunamazsa güncel bir Chromium, ' +
            'Chrome, Edge veya Firefox kullanın: bazı tarayıcılar bu bağlantıya hiç izin vermez.',
        'The browser does not ask',
        'Your browser does not know this permission; onayd is looked for at once. Should it not be ' +
            'found, use a current Chromium, Chrome, Edge or Firefox: some browsers never allow it.'],

    // ---- which daemon ----
    'daemon-missing': [
        'onayd bulunamadı',
        'onayd bu bilgisayarda çalışmıyor veya bu siteye izin vermiyor. Kuruluysa bir uçbirimde ' +
            `“${START}” komutuyla başlatın; “onay status” durumunu gösterir. Tarayıcı izin ` +
            'sorduysa “İzin ver” deyip yeniden deneyin.',
        'onayd was not found',
        'onayd does not run on this computer, or does not let this site in. When it is installed, ' +
            `start it in a terminal with “${START}”; “onay status” shows how it is. If the browser ` +
            'asked for leave, choose “Allow” and try again.'],
    'daemon-unproven': [
        'onayd kimliğini kanıtlayamadı',
        'onayd kapısında yanıt veren program sizin onayd olduğunu kanıtlayamadı; ona hiçbir şey ' +
            'gönderilmedi. onayd sürümünüz eskiyse güncelleyin ve “onay status” ile denetleyin.',
        'onayd could not prove who it is',
        'The program that answers on a port of onayd could not prove to be yours; nothing was sent ' +
            'to it. If your onayd is old, update it, and look at “onay status”.'],
    'daemon-changed': [
        'Bu, tanıdığımız onayd değil',
        'Yanıt veren onayd, bu sitenin sizinle tanıdığı onayd değil; ona hiçbir şey gönderilmedi. ' +
            'onayd’yi yeniden kurduysanız veya ayar klasörünü sildiyseniz bu beklenir: siteye yeni ' +
            'onayd’yi tanıtın. Böyle bir şey yapmadıysanız, bu bilgisayardaki başka bir kullanıcının ' +
            'programı onun yerine geçmeye çalışıyor olabilir: devam etmeyin.',
        'This is not the onayd we know',
        'The onayd that answers is not the one that this site has met with you; nothing was sent to ' +
            'it. After you installed onayd anew, or deleted its state folder, this is expected: let ' +
            'the site meet the new one. If you did not, a program of another user of this computer ' +
            'may be trying to take its place: do not go on.'],
    'ambiguous-daemon': [
        'Birden çok onayd yanıt veriyor',
        'Bu bilgisayarda birden çok program onayd olarak yanıt verdi ve hangisinin sizin olduğu ' +
            'bilinmiyor; hiçbirine bir şey gönderilmedi. Bilgisayarın yöneticisine haber verin.',
        'Several programs answer as onayd',
        'On this computer several programs answered as onayd, and which one is yours is not known; ' +
            'nothing was sent to any. Tell the administrator of this computer.'],
    'version-mismatch': [
        'onayd sürümü uymuyor', 'onayd ile bu sitenin ortak bir arayüz sürümü yok. onayd’yi güncelleyin.',
        'The version of onayd does not fit',
        'onayd and this site have no version of the interface in common. Update onayd.'],
    'insecure-page': [
        'Sayfa güvenli değil', 'onayd ile yalnız https ile açılan bir sayfa konuşabilir.',
        'The page is not secure', 'Only a page that was opened by https may speak to onayd.'],
    'bad-answer': [
        'onayd’nin yanıtı anlaşılamadı', 'Yanıt arayüzün kurallarına uymuyor veya çok büyük.',
        'The answer of onayd makes no sense', 'It breaks the rules of the interface, or is too large.'],

    // ---- pairing, told before the daemon has proven itself: its own words are not repeated ----
    'pairing-declined': [
        'Siteye izin verilmedi', 'Bu sitenin onayd’yi kullanmasına izin vermediniz.',
        'The site was not let in', 'You did not let this site use onayd.'],
    'consent-timeout': [
        'Süre doldu', 'Açılan pencereye yanıt verilmedi. Yeniden deneyin.',
        'Timed out', 'Nobody answered the dialog. Try again.'],
    'dialog-unavailable': [
        'Pencere açılamadı', 'onayd masaüstünde pencere açamıyor. Masaüstü oturumunuzda yeniden deneyin.',
        'No dialog could be opened', 'onayd cannot open a dialog. Try again in your desktop session.'],

    // ---- an approval, on its way and at its end ----
    'waiting-card': [
        'Kart bekleniyor', 'Kartınızı okuyucuya takın.',
        'Waiting for the card', 'Put your card into the reader.'],
    'waiting-consent': [
        'Onayınız bekleniyor', 'Açılan pencerede belgeleri inceleyin ve PIN’inizi girin.',
        'Waiting for you', 'Look at the documents in the dialog that has opened, and type your PIN.'],
    'signing': [
        'İmzalanıyor', 'Kartınızı çıkarmayın.',
        'Signing', 'Leave the card where it is.'],
    'completing': [
        'Tamamlanıyor', 'Kart imzaladı; imza dosyası hazırlanıyor, gerekiyorsa zaman damgası bekleniyor.',
        'Completing', 'The card has signed; the file is being made, and its time stamp awaited if it has one.'],
    'done': [
        'İmzalandı', 'İmza dosyası hazır.',
        'Signed', 'The signature file is there.'],
    'failed': [
        'İmzalanamadı', 'Onay tamamlanamadı.',
        'Not signed', 'The approval could not be completed.'],
    'cancelled': [
        'Vazgeçildi', 'Onay iptal edildi, hiçbir şey imzalanmadı.',
        'Cancelled', 'The approval was cancelled, nothing was signed.'],
    'expired': [
        'Süre doldu', 'Onay zamanında tamamlanmadı, hiçbir şey imzalanmadı.',
        'Expired', 'The approval was not completed in time, nothing was signed.'],
    'interrupted': [
        'İmza yarıda kaldı', 'Kart imzalamış olabilir, fakat imza alınamadı. Yeniden onaylayın.',
        'Interrupted', 'The card may have signed, but no signature was received. Approve once more.'],
};

/** language(wish): 'tr' or 'en': the wish's, else the page's, else the browser's; else Turkish. */
export function language(wish) {
    const said = wish || globalThis.document?.documentElement?.lang || globalThis.navigator?.language || '';
    return /^en\b/i.test(said) ? 'en' : 'tr';
}

/** say(slug, lang): {title, detail} of a text of the table, or undefined. */
export function say(slug, lang) {
    if (!Object.hasOwn(texts, slug)) return undefined;
    const [title, detail] = texts[slug].slice(language(lang) === 'en' ? 2 : 0);
    return {title, detail};
}
