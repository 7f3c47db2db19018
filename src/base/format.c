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
    size_t longest;    /* of a text; of a longer one the end is shown, after "..." */
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

/* The bytes of text that count: up to its 0 or the precision, between characters. */
static size_t counted(const char *text, int precision)
{
    if (precision < 0) return strlen(text);
    const size_t n = strnlen(text, (size_t)precision);
    for (size_t back = 1; n == (size_t)precision && back <= 3 && back <= n; back++) {
        const unsigned char lead = (unsigned char)text[n - back];
        if ((lead & 0xC0) == 0x80) continue;
        const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
        return length > back ? n - back : n;
    }
    return n;
}

/* The next unit of text: its bytes in *read, and in code what stands for it where it cannot be shown; the
 * bytes of that, 0 where it can. */
static size_t unit(const char *text, size_t n, size_t *read, char code[AK_ESCAPE_BYTES])
{
    *read = ak_showable(text, n);
    return *read ? 0 : ak_escape_one(text, n, read, code);
}

static void put_text(target *t, const spec *s, const char *text)
{
    if (!text) text = "(null)";
    const size_t n = counted(text, s->precision);
    char code[AK_ESCAPE_BYTES];
    size_t read, whole = 0, at = 0;
    int columns = 0;
    for (size_t i = 0; i < n; i += read) {
        const size_t escape = unit(text + i, n - i, &read, code);
        whole += escape ? escape : read;
        uint32_t symbol = 0;
        if (!escape) ak_utf8_length(text + i, n - i, &symbol);
        columns += escape ? (int)escape : ak_code_columns(symbol);
    }
    if (!s->left) pad(t, s->width - columns);
    if (whole > t->longest) {
        put(t, "...", 3);
        for (; whole > t->longest - 3; at += read) {
            const size_t escape = unit(text + at, n - at, &read, code);
            whole -= escape ? escape : read;
        }
    }
    for (; at < n; at += read) {
        const size_t escape = unit(text + at, n - at, &read, code);
        put(t, escape ? code : text + at, escape ? escape : read);
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

/* Returns the bytes of the whole, as vsnprintf() does. */
static size_t print_all(char *to, size_t size, size_t longest, const char *format, va_list args)
{
    target t = { .to = to, .size = size, .longest = longest };
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
        if (!*format++) break;
        put_one(&t, &format, &mine);
    }
    va_end(mine);
    if (!t.full && size) to[t.used] = 0;
    return t.used;
}

int akin_vformat(char *to, size_t size, const char *format, va_list args)
{
    size_t longest = SIZE_MAX;
    while (print_all(to, size, longest, format, args) >= size && longest > 32)
        longest = longest == SIZE_MAX ? size / 2 : longest / 2;
    return size ? (int)strlen(to) : 0;
}

int akin_print(FILE *to, const char *format, ...)
{
    char little[512], *text = little;
    va_list args;
    va_start(args, format);
    size_t n = print_all(little, sizeof little, SIZE_MAX, format, args);
    if (n >= sizeof little) {
        text = n < INT_MAX ? malloc(n + 1) : NULL;
        if (text) n = print_all(text, n + 1, SIZE_MAX, format, args);
    }
    va_end(args);
    const bool good = text && fwrite(text, 1, n, to) == n;
    if (text != little) free(text);
    return good ? (int)n : -1;
}
