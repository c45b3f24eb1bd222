/* SPDX-License-Identifier: MIT */
#include "pkcs11/wire.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

static struct wire_message in, out;

static void words(struct wire_message *m)
{
    m->order = (struct token_order){.origin = "https://portal.example",
                                    .order_no = "SD-780",
                                    .order_type = "Yenileme",
                                    .applicant = "Ayşe",
                                    .profile = "P1",
                                    .lang = LANG_EN,
                                    .consent_seconds = 180};
}

static void choice(struct wire_message *m)
{
    words(m);
    m->n_ids = 2;
    for (size_t i = 0; i < 2; i++) ck_assert(digest_of(DIGEST_SHA256, bytes_of(&i, 1), &m->ids[i]));
}

/* The last of three, two of which other workers have offered. */
static void last_choice(struct wire_message *m)
{
    choice(m);
    m->n_ids = 1;
    m->order.n_before = 2;
}

static void none_chosen(struct wire_message *m)
{
    m->none = true;
}

static void order(struct wire_message *m)
{
    words(m);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("c"), &m->order.certificate));
    m->order.alg = SIG_ECDSA_SHA384;
    m->order.signed_info = bytes_str("<ds:SignedInfo/>");
    m->octets[0] = (struct token_octets){.kind = TOKEN_SIGNED_PROPERTIES, .fd = 0};
    m->octets[1] =
        (struct token_octets){.kind = TOKEN_DIGEST_ONLY, .fd = -1, .name = "a", .mime = "b"};
    m->octets[2] = (struct token_octets){.kind = TOKEN_DOCUMENT, .fd = 1, .name = "c"};
    m->order.octets = m->octets;
    m->order.n_octets = 3;
}

static void new_pin(struct wire_message *m)
{
    m->pin_order = (struct token_pin_order){.task = TOKEN_PIN_UNBLOCK,
                                            .has_certificate = true,
                                            .lang = LANG_EN,
                                            .consent_seconds = 180};
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("c"), &m->pin_order.certificate));
}

static void slot(struct wire_message *m)
{
    m->slot = (struct token_slot){.id = "slot-1",
                                  .reader = "Reader",
                                  .label = "ŞIK",
                                  .serial = "1",
                                  .present = true,
                                  .unattended = true,
                                  .pin = PIN_FINAL,
                                  .tries = 1};
}

static void cert(struct wire_message *m)
{
    m->cert = bytes_str("DER");
    m->cert_slot = TOKEN_MAX_SLOTS - 1;
    m->cert_has_key = true;
}

static void rest(struct wire_message *m)
{
    (void)snprintf(m->module, sizeof m->module, "libsofthsm2.so");
    m->n_slots = TOKEN_MAX_SLOTS;
    m->n_certs = TOKEN_MAX_CERTS;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("x"), &m->chosen));
    m->go = true;
    m->error = ERR_PIN_WRONG;
    m->pin = PIN_NOT_SET;
    m->tries = -1;
    m->step = TOKEN_STEP_SIGN;
    m->signature = bytes_str("value");
    m->sent = true;
    m->foreign = 0xffffffffffffffff;
}

static void readers(struct wire_message *m)
{
    m->readers = (struct readers){.service = true, .n = READERS_MAX};
    for (size_t i = 0; i < READERS_MAX; i++)
        m->readers.at[i] = (struct reader){.name = "ACS ACR39U 00 00",
                                           .state = (enum reader_state)(i % READER_STATE_COUNT),
                                           .events = (uint16_t)(0xfff0 + i),
                                           .atr = {0x3b, 0x81, 0x00, 0xaa},
                                           .atr_len = i % 2 ? 4 : 0};
    m->readers.at[1].atr_len = READERS_ATR_MAX;
    memset(m->readers.at[0].name, 'x', READERS_NAME_MAX - 1);
}

static const struct {
    enum wire_type type;
    void (*fill)(struct wire_message *m);
    size_t n_fds;
} messages[] = {
    {WIRE_ASK_LISTING, rest, 0},   {WIRE_ASK_CHOICE, choice, 0}, {WIRE_ASK_SIGNATURE, order, 2},
    {WIRE_PROCEED, rest, 0},       {WIRE_CANCEL, rest, 0},       {WIRE_READY, rest, 0},
    {WIRE_SLOT, slot, 0},          {WIRE_CERT, cert, 0},         {WIRE_LISTED, rest, 0},
    {WIRE_CHOSEN, rest, 0},        {WIRE_ASKING, rest, 0},       {WIRE_CONSENTED, rest, 0},
    {WIRE_AT_CARD, rest, 0},       {WIRE_SIGNED, rest, 0},       {WIRE_FAILED, rest, 0},
    {WIRE_READERS, readers, 0},    {WIRE_READERS, rest, 0},      {WIRE_ASK_CHOICE, last_choice, 0},
    {WIRE_CHOSEN, none_chosen, 0}, {WIRE_ASK_PIN, new_pin, 0},   {WIRE_ASK_PIN, rest, 0},
    {WIRE_PIN_SET, rest, 0},
};

static struct buf packet_of(int row)
{
    struct buf b = buf_max(PACKET_MAX);
    out = (struct wire_message){.type = messages[row].type};
    messages[row].fill(&out);
    wire_encode(&b, &out);
    ck_assert(buf_ok(&b));
    return b;
}

START_TEST(there_and_back)
{
    own(buf) packet = packet_of(_i), again = buf_max(PACKET_MAX);
    memset(&in, 0xa5, sizeof in);
    ck_assert(wire_decode(buf_bytes(&packet), messages[_i].n_fds, &in));
    ck_assert_int_eq(in.type, messages[_i].type);
    wire_encode(&again, &in);
    ck_assert(bytes_eq(buf_bytes(&packet), buf_bytes(&again)));
}
END_TEST

START_TEST(nothing_else)
{
    own(buf) packet = packet_of(_i);
    struct bytes all = buf_bytes(&packet);
    for (size_t n = 0; n < all.len; n++)
        ck_assert(!wire_decode(bytes_sub(all, 0, n), messages[_i].n_fds, &in));
    ck_assert(!wire_decode(all, messages[_i].n_fds + 1, &in));
    if (messages[_i].n_fds) ck_assert(!wire_decode(all, messages[_i].n_fds - 1, &in));
    buf_byte(&packet, 0);
    ck_assert(!wire_decode(buf_bytes(&packet), messages[_i].n_fds, &in));
}
END_TEST

START_TEST(fields_as_sent)
{
    own(buf) packet = packet_of(2);
    ck_assert(wire_decode(buf_bytes(&packet), 2, &in));
    ck_assert_str_eq(in.order.applicant, "Ayşe");
    ck_assert_uint_eq(in.order.consent_seconds, 180);
    ck_assert(bytes_eq_str(in.order.signed_info, "<ds:SignedInfo/>"));
    ck_assert_int_eq(in.order.octets[0].fd, 0);
    ck_assert_int_eq(in.order.octets[1].fd, -1);
    ck_assert_int_eq(in.order.octets[2].fd, 1);
    ck_assert_str_eq(in.order.octets[1].mime, "b");
    own(buf) other = packet_of(6);
    ck_assert(wire_decode(buf_bytes(&other), 0, &in));
    ck_assert_str_eq(in.slot.label, "ŞIK");
    ck_assert(in.slot.present && !in.slot.pin_pad && in.slot.unattended);
    ck_assert_int_eq(in.slot.pin, PIN_FINAL);
    ck_assert_int_eq(in.slot.tries, 1);
    own(buf) third = packet_of(15);
    ck_assert(wire_decode(buf_bytes(&third), 0, &in));
    ck_assert(readers_same(&in.readers, &out.readers));
    own(buf) fourth = packet_of(16);
    ck_assert(wire_decode(buf_bytes(&fourth), 0, &in));
    ck_assert(readers_same(&in.readers, readers_none()));
    own(buf) fifth = packet_of(10);
    ck_assert(wire_decode(buf_bytes(&fifth), 0, &in));
    ck_assert_int_eq(in.tries, -1);
}
END_TEST

/* Behind six texts, three flags and the state. */
#define SLOT_TRIES (8 + 2 * 6 + 6 + 6 + 4 + 1 + 3 + 1)

/* One octet changed: packet of which message, where, to what. */
static const struct {
    const char *what;
    int row;
    size_t at;
    uint8_t octet;
} changes[] = {
    {"another version", 0, 0, 2},
    {"unknown type", 0, 1, 99},
    {"descriptors promised", 0, 3, 1},
    {"length", 0, 7, 1},
    {"flag above 1", 3, 8, 2},
    {"error out of range", 5, 8, 0xff},
    {"pin out of range", 10, 8, 5},
    {"tries out of range", 10, 9, TOKEN_MAX_TRIES + 1},
    {"tries of a slot out of range", 6, SLOT_TRIES, 254},
    {"step out of range", 12, 8, TOKEN_STEP_COUNT},
    {"task out of range", 19, 8, TOKEN_PIN_TASK_COUNT},
    {"certificate neither there nor not", 19, 9, 2},
    {"certificate promised", 20, 9, 1},
    {"slots out of range", 8, 8 + 2 + 14, TOKEN_MAX_SLOTS + 1},
    {"certs out of range", 8, 8 + 3 + 14, TOKEN_MAX_CERTS + 1},
    {"NUL in a text", 8, 8 + 2, 0},
    {"slot out of range", 7, 8, TOKEN_MAX_SLOTS},
    {"digest out of range", 9, 9, DIGEST_COUNT},
    {"readers out of range", 15, 9, READERS_MAX + 1},
    {"readers without a service", 15, 8, 0},
    {"name out of range", 15, 8 + 2 + 1, READERS_NAME_MAX},
    {"state out of range", 15, 8 + 2 + 2 + READERS_NAME_MAX - 1, READER_STATE_COUNT},
    {"ATR out of range", 15, 8 + 2 + 2 + READERS_NAME_MAX - 1 + 3, READERS_ATR_MAX + 1},
};

START_TEST(out_of_range)
{
    own(buf) packet = packet_of(changes[_i].row);
    ck_assert_uint_lt(changes[_i].at, packet.len);
    packet.p[changes[_i].at] = changes[_i].octet;
    ck_assert_msg(!wire_decode(buf_bytes(&packet), 0, &in), "%s", changes[_i].what);
}
END_TEST

static void too_many_octets(struct wire_message *m)
{
    order(m);
    m->order.n_octets = TOKEN_MAX_REFERENCES + 1;
}

static void long_signed_info(struct wire_message *m)
{
    static uint8_t room[TOKEN_MAX_SIGNEDINFO + 1];
    order(m);
    m->order.signed_info = bytes_of(room, sizeof room);
}

static void endless_text(struct wire_message *m)
{
    order(m);
    memset(m->order.origin, 'x', sizeof m->order.origin);
}

static void too_many_tries(struct wire_message *m)
{
    rest(m);
    m->tries = TOKEN_MAX_TRIES + 1;
}

static void too_much_time(struct wire_message *m)
{
    new_pin(m);
    m->pin_order.consent_seconds = 3601;
}

static void one_choice(struct wire_message *m)
{
    choice(m);
    m->n_ids = 1;
}

static void many_readers(struct wire_message *m)
{
    m->readers = (struct readers){.service = true, .n = READERS_MAX + 1};
}

static void readers_of_nobody(struct wire_message *m)
{
    m->readers.n = 1;
}

static void endless_name(struct wire_message *m)
{
    readers(m);
    memset(m->readers.at[1].name, 'x', READERS_NAME_MAX);
}

static void long_atr(struct wire_message *m)
{
    readers(m);
    m->readers.at[1].atr_len = READERS_ATR_MAX + 1;
}

START_TEST(not_encoded)
{
    static const struct {
        enum wire_type type;
        void (*fill)(struct wire_message *m);
    } rows[] = {{WIRE_ASK_SIGNATURE, too_many_octets},
                {WIRE_ASK_SIGNATURE, long_signed_info},
                {WIRE_ASK_SIGNATURE, endless_text},
                {WIRE_ASK_CHOICE, one_choice},
                {WIRE_READERS, many_readers},
                {WIRE_READERS, readers_of_nobody},
                {WIRE_READERS, endless_name},
                {WIRE_READERS, long_atr},
                {WIRE_ASKING, too_many_tries},
                {WIRE_ASK_PIN, too_much_time},
                {(enum wire_type)77, rest}};
    own(buf) b = buf_max(PACKET_MAX);
    out = (struct wire_message){.type = rows[_i].type};
    rows[_i].fill(&out);
    wire_encode(&b, &out);
    ck_assert(!buf_ok(&b));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("wire");
    TCase *t = tcase_create("messages");
    tcase_add_loop_test(t, there_and_back, 0, ROWS(messages));
    tcase_add_loop_test(t, nothing_else, 0, ROWS(messages));
    tcase_add_test(t, fields_as_sent);
    tcase_add_loop_test(t, out_of_range, 0, ROWS(changes));
    tcase_add_loop_test(t, not_encoded, 0, 11);
    suite_add_tcase(s, t);
    return suite_run(s);
}
