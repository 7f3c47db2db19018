/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/cell.c - what a cell of a table says: a number, nothing, an infinity, a date, or text.
 *
 * A number is [+-]digits[.digits][e[+-]digits], and nothing else: no hexadecimal, no separators of
 * thousands. Most numbers have at most 2^53 as digits and a power of ten of at most 22; then one
 * multiplication or division of exact doubles gives the nearest double. Others go to ak_strtod(). */
#include "vectors/cell.h"

#include "base/escape.h"
#include "base/plain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 400 }; /* bytes of a number */

static bool digit(char c) { return c >= '0' && c <= '9'; }

static bool same_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && ak_strncasecmp(text, word, length) == 0;
}

static bool is_missing(const char *text, size_t length)
{
    static const char *const WORDS[] = { "", "?", "na", "n/a", "nan", "null" };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (same_word(text, length, WORDS[i])) return true;
    return false;
}

static double by_library(const char *text, size_t length)
{
    char copy[LONGEST + 1];
    memcpy(copy, text, length);
    copy[length] = 0;
    return ak_strtod(copy, NULL);
}

/* Read digits from *at on. The first 19 that count go to *mantissa; *exponent counts the rest. */
static int digits(const char *text, size_t length, size_t *at, bool fraction, uint64_t *mantissa,
                  int *exponent)
{
    int seen = 0;
    for (; *at < length && digit(text[*at]); (*at)++, seen++) {
        if (*mantissa < 1000000000000000000u) {
            *mantissa = *mantissa * 10 + (uint64_t)(text[*at] - '0');
            *exponent -= fraction;
        } else {
            *exponent += !fraction;
        }
    }
    return seen;
}

static bool parse_number(const char *text, size_t length, double *value)
{
    static const double TEN[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (length == 0 || length > LONGEST) return false;
    size_t at = text[0] == '-' || text[0] == '+';
    uint64_t mantissa = 0;
    int exponent = 0, seen = digits(text, length, &at, false, &mantissa, &exponent);
    if (at < length && text[at] == '.') {
        at++;
        seen += digits(text, length, &at, true, &mantissa, &exponent);
    }
    if (seen == 0) return false;
    if (at < length && (text[at] | 32) == 'e') {
        const size_t sign = ++at;
        int power = 0;
        if (at < length && (text[at] == '-' || text[at] == '+')) at++;
        if (at == length) return false;
        for (; at < length && digit(text[at]); at++)
            if (power < 100000) power = power * 10 + (text[at] - '0');
        if (!digit(text[at - 1])) return false;
        exponent += text[sign] == '-' ? -power : power;
    }
    if (at != length) return false;
    double x;
    if (mantissa < (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22)
        x = exponent < 0 ? (double)mantissa / TEN[-exponent] : (double)mantissa * TEN[exponent];
    else
        x = fabs(by_library(text, length));
    *value = text[0] == '-' ? -x : x;
    return true;
}

ak_cell ak_cell_parse(const char *text, size_t length, double *value)
{
    if (parse_number(text, length, value)) return isfinite(*value) ? AK_CELL_NUMBER : AK_CELL_INFINITE;
    if (is_missing(text, length)) return AK_CELL_MISSING;
    const size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
    if (same_word(text + sign, length - sign, "inf") || same_word(text + sign, length - sign, "infinity")) {
        *value = text[0] == '-' ? -INFINITY : INFINITY;
        return AK_CELL_INFINITE;
    }
    if (sign && same_word(text + 1, length - 1, "nan")) return AK_CELL_MISSING;
    return AK_CELL_TEXT;
}

bool ak_cell_whole(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!digit(text[i])) return false;
    return length > 0;
}

bool ak_cell_thousands(const char *text, size_t length, char sign)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+'), group = 0;
    if (at == length || text[at] == '0') return false;
    while (at < length && digit(text[at])) at++, group++;
    if (group == 0 || group > 3 || at == length || text[at] != sign) return false;
    while (at < length && text[at] == sign) {
        for (group = 0, at++; at < length && digit(text[at]); at++) group++;
        if (group != 3) return false;
    }
    if (at < length && text[at] == (sign == ',' ? '.' : ','))
        for (at++; at < length && digit(text[at]);) at++;
    return at == length;
}

bool ak_cell_comma(const char *text, size_t length, double *value, bool *sure)
{
    char copy[LONGEST];
    const char *comma = memchr(text, ',', length);
    if (!comma || length > LONGEST || memchr(text, '.', length)) return false;
    memcpy(copy, text, length);
    copy[comma - text] = '.';
    *sure = !ak_cell_thousands(text, length, ',');
    return parse_number(copy, length, value);
}

/* Dates
 * -------------------------------------------------------------------------------------------------------- */

/* Read exactly count digits at *at; -1 when there is something else. */
static int field(const char **at, const char *end, int count)
{
    int x = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (*at == end || !digit(**at)) return -1;
        x = x * 10 + (**at - '0');
    }
    return x;
}

static bool take(const char **at, const char *end, char c)
{
    if (*at == end || **at != c) return false;
    (*at)++;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. Years begin in March here, so that leap days come last. */
static int64_t days(int year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* :MM[:SS[.fraction]] */
static bool clock_rest(const char **at, const char *end, double *seconds)
{
    const int minute = take(at, end, ':') ? field(at, end, 2) : -1;
    if (minute < 0 || minute > 59) return false;
    *seconds += 60 * minute;
    if (!take(at, end, ':')) return true;
    const int second = field(at, end, 2);
    if (second < 0 || second > 60) return false;
    *seconds += second;
    if (!take(at, end, '.')) return true;
    double unit = 0.1;
    const char *first = *at;
    for (; *at < end && digit(**at); (*at)++, unit /= 10) *seconds += unit * (**at - '0');
    return *at > first;
}

bool ak_cell_time(const char *text, size_t length, double *value)
{
    const ak_cell kind = ak_cell_parse(text, length, value);
    if (kind != AK_CELL_TEXT) return kind == AK_CELL_NUMBER;
    static const int MONTH[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const char *at = text, *end = text + length;
    const int year = field(&at, end, 4), month = take(&at, end, '-') ? field(&at, end, 2) : -1;
    const int day = take(&at, end, '-') ? field(&at, end, 2) : -1;
    if (year < 0 || month < 1 || month > 12 || day < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > MONTH[month - 1] + (month == 2 && leap)) return false;
    double seconds = 86400.0 * (double)days(year, month, day);
    if (at < end) {
        if (!take(&at, end, 'T') && !take(&at, end, ' ')) return false;
        const int hour = field(&at, end, 2);
        if (hour < 0 || hour > 23) return false;
        seconds += 3600 * hour;
        if (!clock_rest(&at, end, &seconds)) return false;
        take(&at, end, 'Z');
    }
    *value = seconds;
    return at == end;
}

const char *ak_cell_shown(const char *text, size_t length, char to[AK_CELL_SHOWN])
{
    *to = '\'';
    ak_show(text, length, AK_HEAD, to + 1, AK_CELL_SHOWN - 2);
    return strcat(to, "'");
}
