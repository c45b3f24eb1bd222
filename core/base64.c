/* SPDX-License-Identifier: MIT */
#include "core/base64.h"

/* RFC 4648 table 1, spelled twice because a macro cannot contain itself. */
/* clang-format off */
#define ALPHABET(X) \
    X('A', 0)  X('B', 1)  X('C', 2)  X('D', 3)  X('E', 4)  X('F', 5)  X('G', 6)  X('H', 7)     \
    X('I', 8)  X('J', 9)  X('K', 10) X('L', 11) X('M', 12) X('N', 13) X('O', 14) X('P', 15)    \
    X('Q', 16) X('R', 17) X('S', 18) X('T', 19) X('U', 20) X('V', 21) X('W', 22) X('X', 23)    \
    X('Y', 24) X('Z', 25) X('a', 26) X('b', 27) X('c', 28) X('d', 29) X('e', 30) X('f', 31)    \
    X('g', 32) X('h', 33) X('i', 34) X('j', 35) X('k', 36) X('l', 37) X('m', 38) X('n', 39)    \
    X('o', 40) X('p', 41) X('q', 42) X('r', 43) X('s', 44) X('t', 45) X('u', 46) X('v', 47)    \
    X('w', 48) X('x', 49) X('y', 50) X('z', 51) X('0', 52) X('1', 53) X('2', 54) X('3', 55)    \
    X('4', 56) X('5', 57) X('6', 58) X('7', 59) X('8', 60) X('9', 61) X('+', 62) X('/', 63)
#define SECOND(X, a) \
    X(a, 'A') X(a, 'B') X(a, 'C') X(a, 'D') X(a, 'E') X(a, 'F') X(a, 'G') X(a, 'H') \
    X(a, 'I') X(a, 'J') X(a, 'K') X(a, 'L') X(a, 'M') X(a, 'N') X(a, 'O') X(a, 'P') \
    X(a, 'Q') X(a, 'R') X(a, 'S') X(a, 'T') X(a, 'U') X(a, 'V') X(a, 'W') X(a, 'X') \
    X(a, 'Y') X(a, 'Z') X(a, 'a') X(a, 'b') X(a, 'c') X(a, 'd') X(a, 'e') X(a, 'f') \
    X(a, 'g') X(a, 'h') X(a, 'i') X(a, 'j') X(a, 'k') X(a, 'l') X(a, 'm') X(a, 'n') \
    X(a, 'o') X(a, 'p') X(a, 'q') X(a, 'r') X(a, 's') X(a, 't') X(a, 'u') X(a, 'v') \
    X(a, 'w') X(a, 'x') X(a, 'y') X(a, 'z') X(a, '0') X(a, '1') X(a, '2') X(a, '3') \
    X(a, '4') X(a, '5') X(a, '6') X(a, '7') X(a, '8') X(a, '9') X(a, '+') X(a, '/')
/* clang-format on */

/* Two characters for each 12 bits: half the lookups of one for each 6. */
static const uint8_t pairs[4096][2] = {
#define PAIR(a, b)  {a, b},
#define PAIRS(a, v) SECOND(PAIR, a)
    ALPHABET(PAIRS)
#undef PAIRS
#undef PAIR
};

/* One table for each place in a group of four, shifted to where its bits go. KNOWN tells a
 * character of the alphabet from any other octet; ANDed over the four it judges them at once. */
#define KNOWN              0x80000000u
#define PLACE(name, shift) static const uint32_t name[256] = {ALPHABET(shift)};
#define SHIFT18(c, v)      [c] = KNOWN | (v##u << 18),
#define SHIFT12(c, v)      [c] = KNOWN | (v##u << 12),
#define SHIFT6(c, v)       [c] = KNOWN | (v##u << 6),
#define SHIFT0(c, v)       [c] = KNOWN | v##u,
PLACE(place0, SHIFT18)
PLACE(place1, SHIFT12)
PLACE(place2, SHIFT6)
PLACE(place3, SHIFT0)

static uint8_t *encode_groups(uint8_t *to, const uint8_t *from, size_t groups)
{
    for (; groups; groups--, from += 3, to += 4) {
        memcpy(to, pairs[from[0] << 4 | from[1] >> 4], 2);
        memcpy(to + 2, pairs[(from[1] & 15) << 8 | from[2]], 2);
    }
    return to;
}

/* RFC 4648 section 4: the last one or two octets, padded. */
static uint8_t *encode_tail(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n == 0) return to;
    unsigned second = n == 2 ? from[1] : 0;
    memcpy(to, pairs[(unsigned)from[0] << 4 | second >> 4], 2);
    to[2] = n == 2 ? pairs[(second & 15) << 8][0] : '=';
    to[3] = '=';
    return to + 4;
}

void base64_encode(struct buf *out, struct bytes data, unsigned columns)
{
    size_t chars = data.len / 3 * 4 + (data.len % 3 ? 4 : 0);
    if (data.len > SIZE_MAX / 4) chars = SIZE_MAX / 2; /* fits no buffer: latches */
    size_t line = columns ? columns / 4 : SIZE_MAX;    /* groups */
    size_t breaks = columns && chars ? (chars - 1) / columns : 0;
    uint8_t *to = buf_reserve(out, chars + breaks);
    if (!to) return;
    const uint8_t *from = data.p;
    size_t groups = data.len / 3;
    while (groups > line) {
        to = encode_groups(to, from, line);
        *to++ = '\n';
        from += line * 3;
        groups -= line;
    }
    to = encode_groups(to, from, groups);
    if (groups == line && data.len % 3) *to++ = '\n';
    if (data.len % 3) encode_tail(to, from + groups * 3, data.len % 3);
    buf_commit(out, chars + breaks);
}

static uint32_t group_of(const uint8_t *p)
{
    uint32_t a = place0[p[0]], b = place1[p[1]], c = place2[p[2]], d = place3[p[3]];
    return (a & b & c & d & KNOWN) ? ((a | b | c | d) & 0xffffffu) : KNOWN;
}

static void put_group(uint8_t *to, uint32_t v)
{
    to[0] = (uint8_t)(v >> 16);
    to[1] = (uint8_t)(v >> 8);
    to[2] = (uint8_t)v;
}

/* Decodes whole groups without padding until one is not; returns how many. */
static size_t decode_groups(uint8_t *to, const uint8_t *from, size_t groups)
{
    size_t done = 0;
    for (; done < groups; done++, from += 4, to += 3) {
        uint32_t v = group_of(from);
        if (v & KNOWN) break;
        put_group(to, v);
    }
    return done;
}

/* The last group: RFC 4648 3.2 and 3.5, padding demanded and the bits under it zero.
 * Returns octets written, 0 when it is not one. */
static size_t decode_last(uint8_t *to, const uint8_t q[4])
{
    if (q[3] != '=') return 0;
    uint32_t a = place0[q[0]], b = place1[q[1]];
    bool one = q[2] == '=';
    uint32_t c = one ? KNOWN : place2[q[2]];
    if (!(a & b & c & KNOWN) || ((one ? b : c) & (one ? 0xf000u : 0xc0u))) return 0;
    uint32_t v = a | b | c;
    to[0] = (uint8_t)(v >> 16);
    to[1] = (uint8_t)(v >> 8);
    return one ? 1 : 2;
}

bool base64_decode(struct buf *out, struct bytes text)
{
    if (text.len % 4 != 0) return false;
    if (text.len == 0) return buf_ok(out);
    size_t before = out->len, groups = text.len / 4;
    uint8_t *to = buf_reserve(out, groups * 3 - (text.p[text.len - 1] == '=') -
                                       (text.p[text.len - 2] == '='));
    if (!to) return false;
    size_t done = decode_groups(to, text.p, groups - 1);
    buf_commit(out, done * 3);
    const uint8_t *last = text.p + 4 * (groups - 1);
    uint8_t end[3];
    size_t n = done != groups - 1 ? 0 : decode_groups(end, last, 1) ? 3 : decode_last(end, last);
    buf_add(out, bytes_of(end, n));
    if (n == 0) buf_cut(out, before);
    return n != 0 && buf_ok(out);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Gathers four characters, passing over white space; how many there were. */
static size_t gather(struct bytes *text, uint8_t q[4])
{
    size_t n = 0, i = 0;
    for (; i < text->len && n < 4; i++) {
        if (!is_space(text->p[i])) q[n++] = text->p[i];
    }
    *text = bytes_sub(*text, i, text->len);
    return n;
}

static size_t octets_in(size_t chars)
{
    return chars / 4 * 3 + chars % 4 * 3 / 4;
}

/* Most octets that `text` can hold: white space is counted out only where room is short. */
static size_t most_octets(struct bytes text, size_t room)
{
    size_t chars = text.len;
    if (octets_in(chars) <= room) return octets_in(chars);
    for (size_t i = 0; i < text.len; i++) chars -= is_space(text.p[i]) || text.p[i] == '=';
    return octets_in(chars);
}

static bool decode_spaced(struct buf *out, struct bytes text)
{
    uint8_t *to = buf_reserve(out, most_octets(text, out->max - out->len));
    if (!to) return false;
    bool ended = false;
    while (text.len > 0) {
        size_t done = ended ? 0 : decode_groups(to, text.p, text.len / 4);
        to += done * 3;
        buf_commit(out, done * 3);
        text = bytes_sub(text, done * 4, text.len);
        uint8_t q[4];
        size_t n = gather(&text, q);
        if (n == 0) continue;
        if (n != 4 || ended) return false;
        uint8_t v[3];
        size_t octets = decode_groups(v, q, 1) ? 3 : decode_last(v, q);
        if (octets == 0) return false;
        ended = octets < 3;
        memcpy(to, v, octets);
        to += octets;
        buf_commit(out, octets);
    }
    return true;
}

bool base64_decode_xml(struct buf *out, struct bytes text)
{
    size_t before = out->len;
    if (decode_spaced(out, text)) return true;
    buf_cut(out, before);
    return false;
}
