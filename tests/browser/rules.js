// SPDX-License-Identifier: MIT
// rules.js: called in the portal's page: do the page and the server say the same of what may stand in a form?
async (no) => {
    const {faults} = await import('/js/form.js');
    const {csrf} = await (await fetch('/api/me')).json();
    const choices = await (await fetch('/api/choices')).json();
    const ask = (path, body) => fetch(`/api/applications/${no}/${path}`, {
        method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': csrf}, body: JSON.stringify(body)});
    const good = {publishCertificate: 'Hayır', email: 'ad@kurum.example', mobilePhone: '+90 500 000 00 00', operator: 'Diğer',
                  infoChannel: 'E-Posta', institution: 'Kurum', unit: 'Birim', title: 'Ünvan', workPhone: '', extension: '', addressType: 'İş'};
    const bad = {
        publishCertificate: ['', 'Belki'], operator: ['', 'Yok'], infoChannel: ['', 'Posta'], addressType: ['', 'Yazlık'],
        email: ['', 'a', 'a@', '@b.c', 'a@b', 'a b@c.de', 'a@b..de', 'a@-b.de', 'a@b-.de', 'a..b@c.de', '.a@c.de', 'a@c.d', 'a@b@c.de',
                `${'a'.repeat(65)}@c.de`, `a@${'b'.repeat(64)}.de`, `a@${'bcd.'.repeat(64)}de`, 'ş@c.de', 'a@ş.de'],
        mobilePhone: ['', '5', '0312 000 00 00', '+90 500 000 00 0', '+90 500 000 00 000', '+1 500 000 00 00', '1500 000 00 00', '500/000 00 00', '+0500 000 00 00'],
        workPhone: ['1', '+90 012 000 00 00', '0 012 000 00 00', 'abc', '+903120000000000000'],
        extension: ['123456789', '12a', '-1'],
        institution: ['', ' ', '<script>alert(1)</script>', 'a\u202eb', 'a\u200bb', 'a  b', 'a\tb', 'a\nb', 'a\u0007b', 'a\u00a0b', 'a\ufeffb',
                      'a\ue000b', 'a\u{e0041}b', 'x'.repeat(201), 'ş'.repeat(201), '😀'.repeat(201), 'x'.repeat(1 << 20)],
    };
    const fine = [
        {institution: 'مؤسسة المثال', unit: 'אגף & "x" \'y\'', title: '&lt;b&gt;', mobilePhone: '05000000000', workPhone: '(312) 000-00.00', extension: '12345678'},
        {infoChannel: 'SMS', email: '', mobilePhone: '905000000000', workPhone: '0312 000 00 00', unit: 'ş'.repeat(200), addressType: 'Ev'},
        {institution: '  Kurum  ', mobilePhone: '500 000 00 00', email: 'a.b+c@d-e.example', publishCertificate: 'Evet'},
    ];
    const differing = [];
    const row = async (values, want) => {
        const said = JSON.stringify(faults(values, choices));
        const answer = await ask('form', values);
        const told = answer.status === 200 ? '{}' : JSON.stringify((await answer.json()).fields);
        if (said !== told || (said === '{}') !== want) differing.push([JSON.stringify(values).slice(0, 400), said, answer.status, told]);
        if (answer.status === 200) await ask('reopen', {});
    };
    for (const [name, values] of Object.entries(bad)) for (const value of values) await row({...good, [name]: value}, false);
    for (const values of fine) await row({...good, ...values}, true);
    return JSON.stringify(differing);
}
