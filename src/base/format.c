/* SPDX-License-Identifier: Apache-2.0 */
/* base/format.c - sentences with foreign text in them, by a format as printf() has it.
 *
 * What the format says is the program's own; what %s and %c bring may be anything, and is made fit to be
 * shown on its way. Numbers are left to ak_snprintf(). */
#include "base/escape.h"
#include "base/plain.h"
#include "base/utf8.h"

#include <limits.h>
#include <string.h>

typedef struct target {
    char *to;
    size_t size, used; /* used: of the whole, whether or not there is room */
    bool full;         /* something had no room: nothing follows it */
} target;

/* A unit: all of it, or nothing. */
static void put(target *t, const char *bytes, size_t n)
{
    if (!t->full && t->used + n < t->size)
        memcpy(t->to + t->used, bytes, n);
    else if (!t->full) {
        t->full = true;
        if (t->size) t->to[t->used < t->size ? t->used : t->size - 1] = 0;
    }
    t->used += n;
}

static void pad(target *t, int n)
{
    while (n-- > 0) put(t, " ", 1);
}

/* %-8.3s: a star was replaced by its number already. */
typedef struct spec {
    char text[48]; /* from the % to the letter */
    bool left;
    int width, precision; /* precision -1: none */
    char size[3];         /* "", "h", "hh", "l", "ll", "z", "j", "t", "L" */
    char letter;
} spec;

static void put_text(target *t, const spec *s, const char *text)
{
    if (!text) text = "(null)";
    size_t n = s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text);
    const bool cut = s->precision >= 0 && n == (size_t)s->precision;
    for (size_t back = 1; cut && back <= 3 && back <= n; back++) { /* not in the middle of a character */
        const unsigned char lead = (unsigned char)text[n - back];
        if ((lead & 0xC0) == 0x80) continue;
        if ((lead >= 0xC2 && back < 2) || (lead >= 0xE0 && back < 3) || (lead >= 0xF0 && back < 4)) n -= back;
        break;
    }
    int columns = 0;
    char code[AK_ESCAPE_BYTES];
    size_t read, wrote;
    for (size_t i = 0; i < n; i += read) {
        read = ak_showable(text + i, n - i);
        columns += read ? 1 : (int)ak_escape_one(text + i, n - i, &read, code);
    }
    if (!s->left) pad(t, s->width - columns);
    for (size_t i = 0; i < n; i += read) {
        read = ak_showable(text + i, n - i);
        if (read) {
            put(t, text + i, read);
        } else {
            wrote = ak_escape_one(text + i, n - i, &read, code);
            put(t, code, wrote);
        }
    }
    if (s->left) pad(t, s->width - columns);
}

/* A number at *at, or that of a star; -1 where there is none. */
static int number(const char **at, va_list *args)
{
    if (**at == '*') {
        (*at)++;
        return va_arg(*args, int);
    }
    if (**at < '0' || **at > '9') return -1;
    int x = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (x < 100000) x = 10 * x + (**at - '0');
    return x;
}

static void read_spec(spec *s, const char **at, va_list *args)
{
    char flags[8] = "";
    size_t n = 0;
    *s = (spec){ .precision = -1 };
    for (; **at && strchr("-+ #0'", **at); (*at)++)
        if (n < sizeof flags - 1) flags[n++] = **at;
    s->left = strchr(flags, '-') != NULL;
    const bool star = **at == '*';
    s->width = number(at, args);
    if (star && s->width < 0) { /* as in C: to the left */
        s->left = true;
        s->width = s->width == INT_MIN ? 0 : -s->width;
        flags[n] = 0;
        if (n < sizeof flags - 1) flags[n++] = '-';
    }
    if (s->width < 0) s->width = 0;
    if (**at == '.') {
        (*at)++;
        const bool given = **at == '*' || (**at >= '0' && **at <= '9');
        s->precision = given ? number(at, args) : 0;
    }
    for (n = 0; **at && strchr("hljztL", **at) && n < 2; (*at)++) s->size[n++] = **at;
    s->letter = **at;
    if (**at) (*at)++;
    char precision[16] = "";
    if (s->precision >= 0) snprintf(precision, sizeof precision, ".%d", s->precision);
    snprintf(s->text, sizeof s->text, "%%%s%.0d%s%s%c", flags, s->width, precision, s->size, s->letter);
}

static void put_real(target *t, const spec *s, va_list *args)
{
    char text[512];
    const int n = s->size[0] == 'L' ? ak_snprintf(text, sizeof text, s->text, va_arg(*args, long double))
                                    : ak_snprintf(text, sizeof text, s->text, va_arg(*args, double));
    if (n > 0) put(t, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void put_whole(target *t, const spec *s, va_list *args)
{
    char text[512];
    int n;
    if (strcmp(s->size, "ll") == 0)
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, long long));
    else if (s->size[0] == 'l')
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, long));
    else if (s->size[0] == 'z')
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, size_t));
    else if (s->size[0] == 'j')
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, intmax_t));
    else if (s->size[0] == 't')
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, ptrdiff_t));
    else
        n = ak_snprintf(text, sizeof text, s->text, va_arg(*args, int));
    if (n > 0) put(t, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void put_one(target *t, const char **at, va_list *args)
{
    spec s;
    read_spec(&s, at, args);
    switch (s.letter) {
    case '%': put(t, "%", 1); break;
    case 's': put_text(t, &s, va_arg(*args, const char *)); break;
    case 'c': {
        const char one[2] = { (char)va_arg(*args, int), 0 };
        s.precision = 1;
        put_text(t, &s, one);
        break;
    }
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X': put_whole(t, &s, args); break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': put_real(t, &s, args); break;
    default: put(t, "?", 1); break;
    }
}

int akin_vformat(char *to, size_t size, const char *format, va_list args)
{
    target t = { .to = to, .size = size };
    va_list mine;
    va_copy(mine, args);
    while (*format) {
        const size_t n = strcspn(format, "%");
        for (size_t i = 0, step; i < n; i += step) {
            step = ak_utf8_length(format + i, n - i, NULL);
            if (step == 0) step = 1;
            put(&t, format + i, step);
        }
        format += n;
        if (*format++)
            put_one(&t, &format, &mine);
        else
            break;
    }
    va_end(mine);
    if (!t.full && size) to[t.used] = 0;
    return t.used > INT_MAX ? -1 : (int)t.used;
}

int akin_print(FILE *to, const char *format, ...)
{
    char little[512], *text = little;
    va_list args;
    va_start(args, format);
    int n = akin_vformat(little, sizeof little, format, args);
    if (n >= (int)sizeof little) {
        text = malloc((size_t)n + 1);
        if (text) akin_vformat(text, (size_t)n + 1, format, args);
    }
    va_end(args);
    if (!text || n < 0) return -1;
    if (fwrite(text, 1, (size_t)n, to) != (size_t)n) n = -1;
    if (text != little) free(text);
    return n;
}
