/* SPDX-License-Identifier: MIT */
#include "core/utc.h"

#include <time.h>

#define DAY 86400

utc_t utc_now(void)
{
    return (utc_t)time(NULL);
}

struct civil {
    int year;
    unsigned month, day, hour, minute, second;
};

/* Days since 1970-01-01: years counted from March put the leap day last, so that the days
 * before a month are (153 m + 2) / 5; 400 years have 146,097 days. */
static int64_t days_of(int year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t m = month > 2 ? month - 3 : month + 9;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 +
           (int64_t)day - 1 - 719468;
}

static struct civil civil_of(utc_t t)
{
    int64_t days = t / DAY, second = t % DAY;
    if (second < 0) {
        days--;
        second += DAY;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t d = days - era * 146097;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t of_year = d - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    unsigned month = (unsigned)(m < 10 ? m + 3 : m - 9);
    return (struct civil){.year = (int)(y + era * 400 + (month <= 2)),
                          .month = month,
                          .day = (unsigned)(of_year - (153 * m + 2) / 5 + 1),
                          .hour = (unsigned)(second / 3600),
                          .minute = (unsigned)(second / 60 % 60),
                          .second = (unsigned)(second % 60)};
}

static unsigned month_days(int year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool civil_ok(const struct civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= month_days(c->year, c->month) && c->hour < 24 && c->minute < 60 &&
           c->second < 60;
}

static bool civil_seconds(const struct civil *c, utc_t *out)
{
    if (!civil_ok(c)) return false;
    *out = days_of(c->year, c->month, c->day) * DAY + c->hour * 3600 + c->minute * 60 + c->second;
    return true;
}

/* Two digits; 100 and more when they are none, which no field allows. */
static unsigned two(const uint8_t *p)
{
    unsigned tens = (unsigned)p[0] - '0', ones = (unsigned)p[1] - '0';
    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* MMDDHHMMSSZ, the common end of both ASN.1 times. */
static bool read_asn1(int year, const uint8_t *p, utc_t *out)
{
    struct civil c = {year, two(p), two(p + 2), two(p + 4), two(p + 6), two(p + 8)};
    return p[10] == 'Z' && civil_seconds(&c, out);
}

bool utc_read_utctime(struct bytes text, utc_t *out)
{
    if (text.len != 13) return false;
    unsigned year = two(text.p);
    if (year > 99) return false;
    return read_asn1((int)year + (year < 50 ? 2000 : 1900), text.p + 2, out);
}

bool utc_read_generalized(struct bytes text, utc_t *out)
{
    if (text.len != 15) return false;
    unsigned century = two(text.p), year = two(text.p + 2);
    if (century > 99 || year > 99) return false;
    return read_asn1((int)(century * 100 + year), text.p + 4, out);
}

/* Z or ±hh:mm, all that is left; XML Schema part 2, 3.2.7.3. */
static bool read_zone(struct bytes text, int *minutes)
{
    if (bytes_eq_str(text, "Z")) {
        *minutes = 0;
        return true;
    }
    if (text.len != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':') return false;
    unsigned hour = two(text.p + 1), minute = two(text.p + 4);
    if (minute > 59 || hour * 60 + minute > 14 * 60) return false;
    *minutes = (int)(hour * 60 + minute) * (text.p[0] == '-' ? -1 : 1);
    return true;
}

static bool skip_fraction(struct bytes *text)
{
    if (text->len == 0 || text->p[0] != '.') return true;
    size_t n = 1;
    while (n < text->len && text->p[n] >= '0' && text->p[n] <= '9') n++;
    *text = bytes_sub(*text, n, text->len);
    return n > 1 && n <= 10;
}

static bool marks(const uint8_t *p)
{
    return p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':' && p[16] == ':';
}

bool utc_read_xsd(struct bytes text, utc_t *out)
{
    if (text.len < 20 || !marks(text.p)) return false;
    unsigned century = two(text.p), year = two(text.p + 2);
    if (century > 99 || year > 99 || century + year == 0) return false; /* no year 0000 */
    const uint8_t *p = text.p;
    struct civil c = {
        (int)(century * 100 + year), two(p + 5), two(p + 8), two(p + 11), two(p + 14), two(p + 17)};
    struct bytes rest = bytes_sub(text, 19, text.len);
    int minutes;
    utc_t t;
    if (!skip_fraction(&rest) || !read_zone(rest, &minutes) || !civil_seconds(&c, &t)) return false;
    *out = t - minutes * 60;
    return true;
}

void utc_write_xsd(struct buf *out, utc_t t, int offset_minutes)
{
    struct civil c = civil_of(t + offset_minutes * 60);
    buf_fmt(out, "%04d-%02u-%02uT%02u:%02u:%02u", c.year, c.month, c.day, c.hour, c.minute,
            c.second);
    unsigned off = (unsigned)(offset_minutes < 0 ? -offset_minutes : offset_minutes);
    if (off == 0) {
        buf_byte(out, 'Z');
    } else {
        buf_fmt(out, "%c%02u:%02u", offset_minutes < 0 ? '-' : '+', off / 60, off % 60);
    }
}
