/* SPDX-License-Identifier: MIT */
#include "api/reader.h"

#include <check.h>
#include <stdio.h>

#include "core/file.h"
#include "pkcs11/family.h"
#include "tests/support/faketoken.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

#define NAME  "ACS ACR39U ICC Reader 00 00"
#define OTHER "Gemalto PC Twin Reader 01 00"

static const char *pki;
static struct settings settings;
static struct fake *fake;
static struct session *session;

static void set_up(void)
{
    settings_default(&settings);
    fake = fake_new(pki);
    session = session_new(&settings, &fake->token, NULL);
    ck_assert_ptr_nonnull(session);
}

static void tear_down(void)
{
    session_free(session);
    fake_free(fake);
}

static struct reader *add_reader(const char *name, enum reader_state state)
{
    struct reader *r = &fake->readers.at[fake->readers.n++];
    fake->readers.service = true;
    (void)snprintf(r->name, sizeof r->name, "%s", name);
    r->state = state;
    return r;
}

static struct token_slot *slot(size_t i, const char *reader, const char *label)
{
    struct token_slot *s = &fake->listing.slots[i];
    if (fake->listing.n_slots <= i) fake->listing.n_slots = i + 1;
    (void)snprintf(s->id, sizeof s->id, "slot-%zu", i + 1);
    (void)snprintf(s->reader, sizeof s->reader, "%s", reader);
    (void)snprintf(s->label, sizeof s->label, "%s", label);
    s->present = label[0] != 0;
    return s;
}

static void changed(void)
{
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
}

static void list(void)
{
    session_refresh(session);
    session_step(session);
}

/* shown: what GET /v1/readers would answer; the caller frees. */
static char *shown(enum lang lang)
{
    own(buf) out = buf_max(1 << 20);
    struct jsonw w = {&out, false};
    reader_write(&w, session, lang);
    ck_assert(buf_ok(&out));
    return strdup(buf_cstr(&out));
}

static void shows(const char *piece)
{
    own_mem(char) text = shown(LANG_TR);
    ck_assert_msg(strstr(text, piece) != NULL, "%s is not in %s", piece, text);
}

static void hides(const char *piece)
{
    own_mem(char) text = shown(LANG_TR);
    ck_assert_msg(strstr(text, piece) == NULL, "%s is in %s", piece, text);
}

START_TEST(nobody_answers)
{
    shows("\"cardService\":\"not-running\"");
    shows("\"readers\":[]");
    shows("pcscd");
    own_mem(char) english = shown(LANG_EN);
    ck_assert_ptr_nonnull(strstr(english, "Install the package pcscd"));
    fake->readers.service = true;
    shows("{\"cardService\":\"running\",\"readers\":[]}");
}
END_TEST

START_TEST(every_state)
{
    static const char *const slugs[] = {"empty", "card-present", "card-mute", "card-in-use"};
    struct reader *r = add_reader(NAME, READER_EMPTY);
    for (enum reader_state s = 0; s < READER_STATE_COUNT; s++) {
        char piece[64];
        r->state = s;
        (void)snprintf(piece, sizeof piece, "\"name\":\"" NAME "\",\"state\":\"%s\"", slugs[s]);
        shows(piece);
    }
    hides("cardFamily");
    own(buf) atr = buf_max(READERS_ATR_MAX);
    ck_assert_int_eq(file_read("fixtures/family/akis-tc.bin", &atr), OK);
    memcpy(r->atr, atr.p, atr.len);
    r->atr_len = atr.len;
    const struct family *f = family_of(buf_bytes(&atr));
    ck_assert_ptr_nonnull(f);
    char piece[128];
    (void)snprintf(piece, sizeof piece, "\"cardFamily\":{\"slug\":\"%s\",\"name\":\"%s\"}", f->slug,
                   f->name);
    shows(piece);
}
END_TEST

/* The id of a reader and of its certificates: SHA-256 of the name, sixteen digits. */
START_TEST(ids)
{
    static const char id[] = "reader-dff9619549cd4e06";
    char of_slot[READER_ID];
    add_reader(NAME, READER_CARD);
    reader_id_of_slot(&fake->readers, slot(0, NAME, "NES"), of_slot);
    ck_assert_str_eq(of_slot, id);
    reader_id_of_slot(&fake->readers, slot(1, "SoftHSM slot ID 0x1", "x"), of_slot);
    ck_assert_str_eq(of_slot, "slot-2");
    shows(id);
}
END_TEST

START_TEST(a_card_with_its_token)
{
    struct reader *r = add_reader(NAME, READER_CARD);
    r->events = 3;
    changed();
    slot(0, NAME, "AYSE NES")->pin = PIN_FINAL;
    hides("AYSE NES");
    list();
    shows("\"state\":\"card-present\",\"token\":{\"label\":\"AYSE NES\"");
    shows("\"pinTriesLeft\":\"final\",\"pinPad\":false");
    hides("slot-1");
    /* It is pulled: at once, without a word of the module. */
    r->state = READER_EMPTY;
    r->events = 4;
    changed();
    shows("\"state\":\"empty\"}");
    hides("AYSE NES");
    /* Another one is put in: nothing of the old one is told of it. */
    r->state = READER_CARD;
    r->events = 5;
    changed();
    shows("\"state\":\"card-present\"}");
    hides("AYSE NES");
    slot(0, NAME, "MEHMET NES")->pin = PIN_OK;
    list();
    shows("\"label\":\"MEHMET NES\"");
    /* The reader goes, and with it the slot that the module still remembers. */
    fake->readers.n = 0;
    changed();
    shows("\"readers\":[]");
}
END_TEST

START_TEST(swapped_while_the_module_lists)
{
    struct reader *r = add_reader(NAME, READER_CARD);
    r->events = 1;
    changed();
    slot(0, NAME, "AYSE NES");
    session_refresh(session);
    r->events = 3;
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    hides("AYSE NES");
}
END_TEST

/* A module that makes two slots of one reader: what counts is the one with certificates. */
START_TEST(two_slots_of_one_reader)
{
    add_reader(NAME, READER_CARD);
    add_reader(OTHER, READER_EMPTY);
    changed();
    slot(0, NAME, "NES (PIN)");
    slot(1, NAME, "NES (imza PIN)");
    slot(2, OTHER, "");
    fake_add(fake, "p256");
    fake->listing.certs[0].slot = 1;
    list();
    shows("NES (imza PIN)");
    hides("NES (PIN)");
    shows("\"name\":\"" OTHER "\",\"state\":\"empty\"}");
    hides("slot-");
}
END_TEST

START_TEST(slots_without_a_reader)
{
    slot(0, "SoftHSM slot ID 0x1", "Test NES")->unattended = true;
    slot(1, "SoftHSM slot ID 0x2", "");
    list();
    shows("\"id\":\"slot-1\",\"name\":\"SoftHSM slot ID 0x1\",\"state\":\"card-present\"");
    shows("\"unattended\":true");
    shows("\"id\":\"slot-2\",\"name\":\"SoftHSM slot ID 0x2\",\"state\":\"empty\"");
    /* Beside real readers an empty one is none. */
    add_reader(NAME, READER_EMPTY);
    changed();
    shows("slot-1");
    hides("slot-2");
}
END_TEST

START_TEST(without_a_module)
{
    add_reader(NAME, READER_CARD);
    fake->listing_fault = ERR_MODULE_NOT_FOUND;
    fake->listing_faults = 1;
    list();
    shows("\"name\":\"" NAME "\",\"state\":\"card-present\"}");
    shows("\"problem\":{\"type\":\"urn:onayd:error:module-not-found\"");
    list();
    hides("problem");
}
END_TEST

int main(void)
{
    pki = pki_make("test_reader");
    Suite *suite = suite_create("reader");
    TCase *t = tcase_create("reader");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, nobody_answers);
    tcase_add_test(t, every_state);
    tcase_add_test(t, ids);
    tcase_add_test(t, a_card_with_its_token);
    tcase_add_test(t, swapped_while_the_module_lists);
    tcase_add_test(t, two_slots_of_one_reader);
    tcase_add_test(t, slots_without_a_reader);
    tcase_add_test(t, without_a_module);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
