/* SPDX-License-Identifier: Apache-2.0 */
/* theory/class_numbers.c - a number for each class out of a file: probabilities, or how many items. */
#include "akin/tool/class_numbers.h"

#include "akin/tool/program.h"
#include "base/base.h"
#include "base/plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One number of the file, refused with its place: line in a text, index (from 0) in an array. */
static akin_status check_number(const char *path, bool whole, double x, const char *place, int64_t at,
                                akin_error *err)
{
    if (whole ? x >= 1 && x <= 1e15 && x == floor(x) : x > 0 && isfinite(x)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "'%.500s', %s %lld: %g is no %s", path, place, (long long)at, x,
                   whole ? "whole number of items of at least 1"
                         : "probability of a class; each must be above 0");
}

/* Numbers of a text file, one a line (or separated by commas or blanks); whole: counts, else
 * probabilities. */
static akin_status read_text(const char *path, bool whole, double **out, int64_t *count, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    const akin_status status = ak_text_load(path, (size_t)256 << 20, &text, &bytes, err);
    if (status) return status;
    double *x = malloc((bytes / 2 + 1) * sizeof *x);
    if (!x) {
        free(text);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for '%s'", path);
    }
    int64_t n = 0, line = 1;
    for (const char *at = text; *at;) {
        if (ak_isspace(*at) || *at == ',') {
            line += *at++ == '\n';
            continue;
        }
        char *end;
        x[n] = ak_strtod(at, &end);
        if (end == at || (*end && !ak_isspace(*end) && *end != ',')) {
            free(x);
            free(text);
            return ak_fail(err, AKIN_ERR_INPUT, "'%.500s', line %lld: expected a number", path,
                           (long long)line);
        }
        const akin_status bad = check_number(path, whole, x[n], "line", line, err);
        if (bad) {
            free(x);
            free(text);
            return bad;
        }
        n++;
        at = end;
    }
    free(text);
    *out = x;
    *count = n;
    return AKIN_OK;
}

static double element(const akin_array *a, int64_t i)
{
    switch (a->dtype) {
    case AKIN_DTYPE_U8: return ((const uint8_t *)a->data)[i];
    case AKIN_DTYPE_I32: return ((const int32_t *)a->data)[i];
    case AKIN_DTYPE_I64: return (double)((const int64_t *)a->data)[i];
    case AKIN_DTYPE_F32: return (double)((const float *)a->data)[i];
    default: return ((const double *)a->data)[i];
    }
}

static akin_status read_array(const char *path, bool whole, double **out, int64_t *count, akin_error *err)
{
    akin_array a;
    akin_status status = akin_npy_load(path, &a, err);
    if (status) return status;
    double *x = malloc((size_t)(a.count + 1) * sizeof *x);
    if (!x) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for '%s'", path);
    for (int64_t i = 0; i < a.count && !status; i++) {
        x[i] = element(&a, i);
        status = check_number(path, whole, x[i], "element", i, err);
    }
    *count = a.count;
    akin_array_free(&a);
    if (status)
        free(x);
    else
        *out = x;
    return status;
}

/* A bad number is a fault of the file: AKIN_ERR_INPUT, with the place. */
akin_status akin_class_numbers_load(const char *path, bool whole, double **out, int64_t *count,
                                    akin_error *err)
{
    if (!path || !out || !count)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "class_numbers_load: path, out and count must not be NULL");
    const size_t length = strlen(path);
    const bool text = length < 4 || strcmp(path + length - 4, ".npy") != 0;
    const akin_status status =
        text ? read_text(path, whole, out, count, err) : read_array(path, whole, out, count, err);
    if (status) return status;
    double sum = 0;
    for (int64_t i = 0; i < *count; i++) sum += (*out)[i];
    if (*count >= 2 && (whole || fabs(sum - 1) <= 1e-6)) return AKIN_OK;
    if (*count < 2)
        ak_fail(err, AKIN_ERR_INPUT,
                "'%.500s' holds %lld number%s; one for each class is needed, two classes at least", path,
                (long long)*count, *count == 1 ? "" : "s");
    else
        ak_fail(err, AKIN_ERR_INPUT, "'%.500s': the %lld probabilities sum to %.9g; they must sum to 1", path,
                (long long)*count, sum);
    free(*out);
    *out = NULL;
    return AKIN_ERR_INPUT;
}
