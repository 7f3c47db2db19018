/* SPDX-License-Identifier: Apache-2.0 */
/* base/plain.c - numbers in the locale "C": the only file that knows of locales.
 *
 * uselocale() changes the locale of the calling thread alone, and for the length of one call here: other
 * threads and the functions that the user gave the library keep theirs. */
#include "base/plain.h"

#include <pthread.h>
#include <string.h>

static locale_t plain;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* "C" is built into the C libraries of Linux: they hand it out without memory, and cannot fail. */
static void make(void) { plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

locale_t ak_plain_begin(void)
{
    pthread_once(&once, make);
    return uselocale(plain);
}

void ak_plain_end(locale_t was) { uselocale(was); }

double ak_strtod(const char *text, char **end)
{
    const locale_t was = ak_plain_begin();
    const double x = strtod(text, end);
    ak_plain_end(was);
    return x;
}

float ak_strtof(const char *text, char **end)
{
    const locale_t was = ak_plain_begin();
    const float x = strtof(text, end);
    ak_plain_end(was);
    return x;
}

int ak_vsnprintf(char *to, size_t size, const char *format, va_list list)
{
    const locale_t was = ak_plain_begin();
    const int n = vsnprintf(to, size, format, list);
    ak_plain_end(was);
    return n;
}

int ak_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int n = ak_vsnprintf(to, size, format, list);
    va_end(list);
    return n;
}

const char *ak_exact_text(char *to, size_t size, double x)
{
    for (int digits = 15; digits <= 17; digits++) {
        ak_snprintf(to, size, "%.*g", digits, x);
        if (ak_strtod(to, NULL) == x) break;
    }
    return to;
}

int ak_fprintf(FILE *to, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const locale_t was = ak_plain_begin();
    const int n = vfprintf(to, format, list);
    ak_plain_end(was);
    va_end(list);
    return n;
}

const char *ak_strerror(int reason)
{
    pthread_once(&once, make);
    return strerror_l(reason, plain);
}

int ak_strncasecmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        const int difference = (unsigned char)ak_tolower(*a) - (unsigned char)ak_tolower(*b);
        if (difference || !*a) return difference;
    }
    return 0;
}

int ak_strcasecmp(const char *a, const char *b) { return ak_strncasecmp(a, b, (size_t)-1); }
