/* SPDX-License-Identifier: Apache-2.0 */
/* base/plain.h - numbers and letters as text, the same whatever locale the program is in.
 *
 * Each function does what the one of the C library does whose name it has, in the locale "C": a number has a
 * point, and only the letters of ASCII are letters. tools/check_plain.sh keeps the others out of the
 * library. */
#ifndef AK_BASE_PLAIN_H
#define AK_BASE_PLAIN_H

#include "base/base.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>

/* This thread works in the locale "C" until the end; what was goes into the end. Around calls of other
 * libraries; never around a call of the user's. */
locale_t ak_plain_begin(void);
void ak_plain_end(locale_t was);

double ak_strtod(const char *text, char **end);
float ak_strtof(const char *text, char **end);
int ak_snprintf(char *to, size_t size, const char *format, ...) AK_PRINTF(3, 4);
int ak_vsnprintf(char *to, size_t size, const char *format, va_list list) AK_PRINTF(3, 0);
/* x with as many digits as it takes to read it back as it is, and no more. Returns to. */
const char *ak_exact_text(char *to, size_t size, double x);
int ak_fprintf(FILE *to, const char *format, ...) AK_PRINTF(2, 3);

const char *ak_strerror(int reason); /* in English, and safe in threads */

static inline bool ak_isdigit(char c) { return c >= '0' && c <= '9'; }
static inline bool ak_isspace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline char ak_tolower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }
static inline bool ak_isalpha(char c) { return ak_tolower(c) >= 'a' && ak_tolower(c) <= 'z'; }
static inline bool ak_isalnum(char c) { return ak_isalpha(c) || ak_isdigit(c); }

int ak_strcasecmp(const char *a, const char *b);
int ak_strncasecmp(const char *a, const char *b, size_t n);

#endif
