/* SPDX-License-Identifier: Apache-2.0 */
/* report/html.c - a growing text with one formatter that escapes. */
#include "report/html.h"

#include "base/plain.h"
#include "base/utf8.h"
#include "base/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NBSP "\xC2\xA0"
#define DASH "\xE2\x80\x93"

void ak_html_bytes(ak_html *h, const void *data, size_t bytes)
{
    if (h->failed || bytes == 0) return;
    if (bytes >= h->size - h->used) {
        if (bytes > SIZE_MAX / 4 || h->size > SIZE_MAX / 4) {
            h->failed = true;
            return;
        }
        const size_t size = 2 * h->size + bytes + 256;
        char *more = realloc(h->data, size);
        if (!more) {
            h->failed = true;
            return;
        }
        h->data = more;
        h->size = size;
    }
    memcpy(h->data + h->used, data, bytes);
    h->used += bytes;
    h->data[h->used] = 0;
}

void ak_html_raw(ak_html *h, const char *markup) { ak_html_bytes(h, markup, strlen(markup)); }

void ak_html_utf8(ak_html *h, const char *bytes, size_t n)
{
    size_t good = 0; /* bytes[good..i) is good and not copied yet */
    for (size_t i = 0; i < n;) {
        const size_t length = ak_utf8_length(bytes + i, n - i, NULL);
        if (length) {
            i += length;
            continue;
        }
        ak_html_bytes(h, bytes + good, i - good);
        ak_html_raw(h, AK_UTF8_REPLACEMENT);
        good = ++i;
    }
    ak_html_bytes(h, bytes + good, n - good);
}

/* Control characters have no meaning in HTML, and are spelt out; the bidirectional overrides would let a file
 * name rearrange the text around it. */
static bool is_hidden(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xFFFE || c == 0xFFFF;
}

void ak_html_text(ak_html *h, const char *text)
{
    const char *s = text;
    size_t left = strlen(text);
    while (left > 0) {
        uint32_t code = 0;
        const size_t length = ak_utf8_length(s, left, &code);
        char spelt[AK_ESCAPE_BYTES];
        size_t read;
        if (length == 0)
            ak_html_raw(h, AK_UTF8_REPLACEMENT);
        else if (is_hidden(code))
            ak_html_bytes(h, spelt, ak_escape_one(s, left, &read, spelt));
        else if (code == '&')
            ak_html_raw(h, "&amp;");
        else if (code == '<')
            ak_html_raw(h, "&lt;");
        else if (code == '>')
            ak_html_raw(h, "&gt;");
        else if (code == '"')
            ak_html_raw(h, "&quot;");
        else if (code == '\'')
            ak_html_raw(h, "&#39;");
        else
            ak_html_bytes(h, s, length);
        s += length ? length : 1;
        left -= length ? length : 1;
    }
}

static void put_real(ak_html *h, const char *spec, double x)
{
    char text[400];
    if (!isfinite(x)) {
        ak_html_raw(h, DASH);
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    ak_snprintf(text, sizeof text, spec, x); /* spec was cut from a checked format */
#pragma GCC diagnostic pop
    bool nothing = true; /* "-0.00" is 0.00 */
    for (const char *c = text; *c && *c != 'e'; c++) nothing = nothing && !(*c >= '1' && *c <= '9');
    for (const char *c = text + (nothing && text[0] == '-'); *c; c++)
        ak_html_bytes(h, strchr("0123456789-+e.", *c) ? c : ".", 1);
}

void ak_html_put(ak_html *h, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    for (const char *at = format; *at;) {
        const size_t plain = strcspn(at, "%");
        ak_html_bytes(h, at, plain);
        at += plain;
        if (!*at) break;
        char spec[16];
        const size_t length = strcspn(at + 1, "%sdfg") + 2; /* from % to the letter */
        if (length >= sizeof spec || !at[length - 1]) break;
        memcpy(spec, at, length);
        spec[length] = 0;
        at += length;
        char number[32];
        switch (spec[length - 1]) {
        case '%': ak_html_raw(h, "%"); break;
        case 's': ak_html_text(h, va_arg(list, const char *)); break;
        case 'd':
            snprintf(number, sizeof number, "%lld",
                     strstr(spec, "ll") ? va_arg(list, long long) : (long long)va_arg(list, int));
            ak_html_raw(h, number);
            break;
        default: put_real(h, spec, va_arg(list, double));
        }
    }
    va_end(list);
}

void ak_html_base64(ak_html *h, const void *data, size_t bytes)
{
    static const char DIGIT[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = data;
    for (size_t i = 0; i < bytes; i += 3) {
        const size_t n = bytes - i < 3 ? bytes - i : 3;
        const uint32_t v =
            (uint32_t)s[i] << 16 | (n > 1 ? (uint32_t)s[i + 1] << 8 : 0) | (n > 2 ? s[i + 2] : 0u);
        const char four[4] = { DIGIT[v >> 18], DIGIT[v >> 12 & 63], n > 1 ? DIGIT[v >> 6 & 63] : '=',
                               n > 2 ? DIGIT[v & 63] : '=' };
        ak_html_bytes(h, four, 4);
    }
}

void ak_html_scroll(ak_html *h, const char *name)
{
    ak_html_put(h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"%s\">", name);
}

/* What could end an element, or begin another, is spelt out. */
void ak_html_json(ak_html *h, akin_json *value)
{
    char *text = NULL;
    if (!value || akin_json_print(value, AKIN_JSON_COMPACT, 6, &text, NULL) != AKIN_OK) h->failed = true;
    for (const char *c = text; c && *c;) {
        const size_t plain = strcspn(c, "<>&");
        ak_html_bytes(h, c, plain);
        c += plain;
        if (*c) ak_html_raw(h, *c == '<' ? "\\u003c" : *c == '>' ? "\\u003e" : "\\u0026");
        if (*c) c++;
    }
    free(text);
    akin_json_free(value);
}

/* Numbers ---------------------------------------------------------------------------------------------- */

void ak_html_count(ak_html *h, double x)
{
    if (!isfinite(x) || fabs(x) >= 1e18) {
        ak_html_put(h, "%.3g", x);
        return;
    }
    char digits[32];
    const int n = snprintf(digits, sizeof digits, "%lld", llabs(llround(x)));
    if (x <= -0.5) ak_html_raw(h, "-");
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) ak_html_raw(h, ",");
        ak_html_bytes(h, digits + i, 1);
    }
}

void ak_html_percent(ak_html *h, double fraction) { ak_html_put(h, "%.1f" NBSP "%%", 100 * fraction); }

void ak_html_loss(ak_html *h, double x)
{
    const double size = fabs(x);
    if (size != 0 && (size < 1e-3 || size >= 1e5))
        ak_html_put(h, "%.3g", x);
    else
        ak_html_put(h, size < 10 ? "%.3f" : size < 100 ? "%.2f" : size < 1000 ? "%.1f" : "%.0f", x);
}

void ak_html_duration(ak_html *h, double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e12) {
        ak_html_raw(h, DASH);
        return;
    }
    const int64_t s = (int64_t)llround(seconds);
    if (seconds < 10)
        ak_html_put(h, "%.1f" NBSP "s", seconds);
    else if (s < 60)
        ak_html_put(h, "%lld" NBSP "s", (long long)s);
    else if (s < 3600)
        ak_html_put(h, "%lld" NBSP "min %lld" NBSP "s", (long long)(s / 60), (long long)(s % 60));
    else
        ak_html_put(h, "%lld" NBSP "h %lld" NBSP "min", (long long)(s / 3600), (long long)(s / 60 % 60));
}

void ak_html_date(ak_html *h, const char *iso)
{
    static const char *const MONTH[12] = { "January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December" };
    int year, month, day, hour, minute, used = 0;
    if (sscanf(iso, "%4d-%2d-%2dT%2d:%2d%n", &year, &month, &day, &hour, &minute, &used) < 5 || used != 16 ||
        month < 1 || month > 12) {
        ak_html_text(h, iso);
        return;
    }
    ak_html_put(h, "%d" NBSP "%s %d, %d%d:%d%d", day, MONTH[month - 1], year, hour / 10, hour % 10,
                minute / 10, minute % 10);
    const char *zone = iso + used; /* ":13Z", ":13+01:00", "Z" or nothing */
    zone += strspn(zone, ":.0123456789");
    if (strcmp(zone, "Z") == 0 || strcmp(zone, "+00:00") == 0)
        ak_html_raw(h, " UTC");
    else if (*zone)
        ak_html_put(h, " %s", zone);
}
