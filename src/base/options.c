/* SPDX-License-Identifier: Apache-2.0 */
/* base/options.c - checking a value against its row of an option table, and "did you mean". */
#include "base/base.h"
#include "base/plain.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* "Did you mean" ---------------------------------------------------------------------------------------- */

/* Levenshtein distance of the first bytes, at most 63 of each. */
static int distance(const char *a, size_t n, const char *b, size_t m)
{
    int row[64];
    if (n > 63) n = 63;
    if (m > 63) m = 63;
    for (size_t j = 0; j <= m; j++) row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            const int replace = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            int best = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;
            row[j] = replace < best ? replace : best;
        }
    }
    return row[m];
}

/* How far what was typed is from a name; the beginning of one is near it. */
static int off(const char *text, const char *name, size_t length)
{
    const size_t typed = strlen(text);
    return typed >= 3 && typed < length && memcmp(text, name, typed) == 0
               ? 1
               : distance(text, typed, name, length);
}

/* Further off than that is no typing error. */
static int too_far(const char *text) { return (int)strnlen(text, 63) / 3 + 2; }

const char *akin_nearest_name(const char *text, const char *const *names)
{
    const char *best = NULL;
    int least = too_far(text);
    for (; *names; names++) {
        const int d = off(text, *names, strlen(*names));
        if (d < least) {
            least = d;
            best = *names;
        }
    }
    return best;
}

/* The same among "a|b|c": where in values the nearest begins. */
static const char *nearest_choice(const char *values, const char *text)
{
    const char *best = NULL;
    int least = too_far(text);
    for (const char *at = values; at;) {
        const size_t length = strcspn(at, "|");
        const int d = off(text, at, length);
        if (d < least) {
            least = d;
            best = at;
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    return best;
}

/* Values ------------------------------------------------------------------------------------------------- */

static akin_status check_number(const akin_opt_desc *desc, const char *text, double *value, akin_error *err)
{
    char *end = NULL;
    errno = 0;
    const double x = ak_strtod(text, &end);
    const bool whole = desc->type == AKIN_OPT_INT;
    if (end == text || *end || !isfinite(x) || (whole && (x != floor(x) || fabs(x) > 0x1p53)))
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%s'; it must be a %s", desc->name, text,
                       whole ? "whole number" : "finite number");
    if (desc->min != desc->max && (x < desc->min || x > desc->max)) {
        if (isinf(desc->max) || desc->max >= 1e18)
            return ak_fail(err, AKIN_ERR_RANGE, "--%s is %s; it must be at least %g", desc->name, text,
                           desc->min);
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is %s; it must be between %g and %g", desc->name, text,
                       desc->min, desc->max);
    }
    if (value) *value = x;
    return AKIN_OK;
}

static akin_status check_choice(const akin_opt_desc *desc, const char *text, double *value, akin_error *err)
{
    const size_t length = strlen(text);
    int index = 0;
    for (const char *at = desc->values; at; index++) {
        const char *bar = strchr(at, '|');
        const size_t len = bar ? (size_t)(bar - at) : strlen(at);
        if (len == length && memcmp(at, text, len) == 0) {
            if (value) *value = index;
            return AKIN_OK;
        }
        at = bar ? bar + 1 : NULL;
    }
    const char *near = nearest_choice(desc->values, text);
    const int wide = near ? (int)strcspn(near, "|") : 0;
    return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%s'%s%.*s%s; it must be one of %s", desc->name, text,
                   near ? "; did you mean '" : "", wide, near ? near : "", near ? "'?" : "", desc->values);
}

akin_status akin_opt_check(const akin_opt_desc *desc, const char *text, double *value, akin_error *err)
{
    AK_GIVEN(desc, err);
    if (desc->type != AKIN_OPT_FLAG && desc->type != AKIN_OPT_TEXT) AK_GIVEN(text, err);
    switch (desc->type) {
    case AKIN_OPT_INT:
    case AKIN_OPT_REAL: return check_number(desc, text, value, err);
    case AKIN_OPT_CHOICE: return check_choice(desc, text, value, err);
    case AKIN_OPT_FLAG:
        if (value) *value = 1;
        return AKIN_OK;
    case AKIN_OPT_TEXT: return AKIN_OK;
    }
    return ak_fail(err, AKIN_ERR_INTERNAL, "--%s has no known type", desc->name);
}

akin_status akin_option_pairs(const char *pairs,
                              akin_status (*set)(const char *name, const char *value, void *ctx,
                                                 akin_error *err),
                              void *ctx, akin_error *err)
{
    if (!set) return ak_fail(err, AKIN_ERR_ARGUMENT, "option_pairs: set must not be NULL");
    while (pairs && *pairs) {
        char name[64], value[1024];
        const size_t length = strcspn(pairs, "\n"), until = strcspn(pairs, "=\n");
        if (until == 0 || until >= sizeof name || until == length || length - until > sizeof value)
            return ak_fail(err, AKIN_ERR_ARGUMENT, "--set is '%.*s'; it must be NAME=VALUE",
                           (int)(length < 100 ? length : 100), pairs);
        snprintf(name, sizeof name, "%.*s", (int)until, pairs);
        snprintf(value, sizeof value, "%.*s", (int)(length - until - 1), pairs + until + 1);
        AK_TRY(set(name, value, ctx, err));
        pairs += length + (pairs[length] == '\n');
    }
    return AKIN_OK;
}

akin_status ak_opt_find(const akin_opt_desc *rows, const char *name, const char *who, int *row,
                        akin_error *err)
{
    enum { MOST_ROWS = 64 }; /* names beyond are found, but not proposed */
    const char *names[MOST_ROWS + 1] = { NULL };
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: the option's name must not be NULL", who);
    for (int i = 0; rows[i].name; i++) {
        if (i < MOST_ROWS) names[i] = rows[i].name;
        *row = i;
        if (strcmp(rows[i].name, name) == 0) return AKIN_OK;
    }
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: there is no option '%s'%s%s%s", who, name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
