/* SPDX-License-Identifier: MIT */
#include "pkcs11/admission.h"

#include "core/packet.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/site.h"

#include <string.h>

/* ---- the messages ---- */

bool admission_ask(int sock, const struct admission_question *q)
{
    own(buf) packet = buf_max(512);
    packet_put_number(&packet, q->lang, 1);
    packet_put_number(&packet, q->seconds, 2);
    PACKET_PUT_TEXT(&packet, q->origin);
    return buf_ok(&packet) && packet_send(sock, buf_bytes(&packet), NULL, 0, false);
}

static bool read_question(const struct packet *p, struct admission_question *q)
{
    struct packet_in in = {bytes_of(p->p, p->len), p->n_fds > 0};
    q->lang = (enum lang)packet_get_below(&in, 1, LANG_EN + 1);
    q->seconds = packet_get_below(&in, 2, ADMISSION_MAX_SECONDS + 1);
    PACKET_GET_TEXT(&in, q->origin);
    return !in.bad && in.rest.len == 0 && q->seconds > 0 && origin_ok(q->origin);
}

/* What a person's answer can be, and nothing else. */
static const err_t answers[] = {OK, ERR_CONSENT_DECLINED, ERR_CONSENT_TIMEOUT,
                                ERR_DIALOG_UNAVAILABLE, ERR_STORAGE_FULL};
#define N_ANSWERS (sizeof answers / sizeof *answers)

static bool send_answer(int sock, err_t e, enum admission granted)
{
    own(buf) packet = buf_max(16);
    size_t i = 0;
    while (i < N_ANSWERS && answers[i] != e) i++;
    packet_put_number(&packet, i, 1);
    packet_put_number(&packet, granted, 1);
    return packet_send(sock, buf_bytes(&packet), NULL, 0, false);
}

err_t admission_hear(int sock, enum admission *granted)
{
    own(packet) p = {0};
    if (!packet_new(&p)) return err_raise(ERR_STORAGE_FULL);
    if (packet_receive(sock, &p, false) != PACKET_GOT) return err_raise(ERR_INTERNAL);
    struct packet_in in = {bytes_of(p.p, p.len), p.n_fds > 0};
    const err_t e = answers[packet_get_below(&in, 1, N_ANSWERS)];
    const enum admission given = (enum admission)packet_get_below(&in, 1, ADMISSION_ALWAYS + 1);
    if (in.bad || in.rest.len) return err_raise(ERR_INTERNAL);
    if (!e) *granted = given;
    return e;
}

/* ---- the dialogs ---- */

enum words { TITLE, ASKS, MEANS, ONCE, MORE, NO, FOR_EVER, UNDONE, ALWAYS, N_WORDS };
static const char *const words[N_WORDS][2] = {
    [TITLE] = {"Bir site kartınızla imza isteyebilmek istiyor",
               "A site wants to be able to ask for signatures"},
    [ASKS] = {"Tanınmayan bir internet sitesi soruyor:", "A web site that is not known asks:"},
    [MEANS] = {"İzin verirseniz takılı kartın sertifikasını (adınız, kimlik numaranız) görür ve "
               "imza isteyebilir. Siz görüp PIN girmeden hiçbir şey imzalanmaz.\n\n"
               "Adresi tanımıyorsanız izin vermeyin.",
               "If you let it, it sees the certificate on your card (your name and identity "
               "number) and may ask for signatures. Nothing is signed before you have seen it "
               "and typed your PIN.\n\nDo not let it when you do not know this address."},
    [ONCE] = {"Bir onay için", "For one approval"},
    [MORE] = {"Her zaman…", "Always…"},
    [NO] = {"İzin verme", "Do not let it"},
    [FOR_EVER] = {"Bu siteye her zaman izin verilsin mi?", "Let this site in for good?"},
    [UNDONE] = {"Bir daha sorulmaz. Geri almak için: onay origins remove",
                "You will not be asked again. To undo it: onay origins remove"},
    [ALWAYS] = {"Her zaman izin ver", "Always let it"},
};

static void describe(struct buf *out, const struct admission_question *q, enum words above,
                     enum words below)
{
    buf_fmt(out, "%s\n\n", words[above][q->lang]);
    site_show(out, q->origin, SITE_WHOLE);
    buf_fmt(out, "\n\n%s", words[below][q->lang]);
}

/* Each dialog in a program of its own: texts of the one before it would stand where no new one is.
 */
static err_t ask_once(const struct pinentry_setup *setup, const struct admission_question *q,
                      bool *once)
{
    own(buf) text = buf_max(4096);
    own_ptr(pinentry) p = NULL;
    describe(&text, q, ASKS, MEANS);
    const struct pinentry_words w = {.title = words[TITLE][q->lang],
                                     .desc = buf_cstr(&text),
                                     .ok = words[ONCE][q->lang],
                                     .no = words[MORE][q->lang],
                                     .cancel = words[NO][q->lang]};
    err_t e = pinentry_open(setup, &p);
    return e ? e : pinentry_choose(p, &w, once);
}

static err_t ask_always(const struct pinentry_setup *setup, const struct admission_question *q)
{
    own(buf) text = buf_max(4096);
    own_ptr(pinentry) p = NULL;
    describe(&text, q, FOR_EVER, UNDONE);
    const struct pinentry_words w = {.title = words[TITLE][q->lang],
                                     .desc = buf_cstr(&text),
                                     .ok = words[ALWAYS][q->lang],
                                     .cancel = words[NO][q->lang]};
    err_t e = pinentry_open(setup, &p);
    return e ? e : pinentry_confirm(p, &w);
}

int admission_run(int sock, const char *pinentry)
{
    struct admission_question q;
    bool once = true;
    own(packet) packet = {0};
    if (!packet_new(&packet) || packet_receive(sock, &packet, true) != PACKET_GOT ||
        !read_question(&packet, &q))
        return 1;
    const struct pinentry_setup setup = {.program = pinentry,
                                         .cancel_fd = sock,
                                         .deadline_ms = pinentry_now() + (int64_t)q.seconds * 1000};
    err_t e = ask_once(&setup, &q, &once);
    if (!e && !once) e = ask_always(&setup, &q);
    (void)send_answer(sock, e, once ? ADMISSION_ONCE : ADMISSION_ALWAYS);
    return 0;
}
