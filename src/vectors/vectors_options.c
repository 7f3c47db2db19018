/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_options.c - options of reading vectors by flag, and their bounds. */
#include "vectors/vectors_options.h"

#include <math.h>
#include <string.h>

const akin_opt_desc ak_vectors_opt_desc[] = {
    AKIN_VECTORS_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { ROWS = sizeof ak_vectors_opt_desc / sizeof *ak_vectors_opt_desc - 1 };

const akin_opt_desc *akin_vectors_opt_at(int i)
{
    return i >= 0 && i < ROWS ? &ak_vectors_opt_desc[i] : NULL;
}

static void set_text(akin_vectors_opts *o, const char *name, const char *text)
{
    if (strcmp(name, "label-column") == 0) o->label_column = text;
    if (strcmp(name, "group-column") == 0) o->group_column = text;
    if (strcmp(name, "time-column") == 0) o->time_column = text;
    if (strcmp(name, "ignore-columns") == 0) o->ignore_columns = text;
    if (strcmp(name, "label-file") == 0) o->label_file = text;
    if (strcmp(name, "value-column") == 0) o->value_column = text;
}

static void set_number(akin_vectors_opts *o, const char *name, double value)
{
    static const char DELIMITERS[] = { 0, ',', '\t', ';', '|', ' ' }; /* in the order of the choices */
    if (strcmp(name, "header") == 0) o->header = (int32_t)value;
    if (strcmp(name, "delimiter") == 0) o->delimiter = DELIMITERS[(int)value];
    if (strcmp(name, "decimal") == 0) o->decimal = (int32_t)value;
    if (strcmp(name, "counters") == 0) o->keep_counters = value > 0;
    if (strcmp(name, "missing") == 0) o->missing = (int32_t)value;
    if (strcmp(name, "vector-scale") == 0) o->unscaled = value > 0;
    if (strcmp(name, "holdout") == 0) o->holdout = value;
    if (strcmp(name, "series") == 0) o->series = (int64_t)value;
}

akin_status akin_vectors_opts_set(akin_vectors_opts *opts, const char *name, const char *text,
                                  akin_error *err)
{
    int row = 0;
    double value = 0;
    akin_vectors_opts all = AKIN_VECTORS_OPTS_INIT;
    if (!opts || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors: opts, name and text must not be NULL");
    AK_TRY(ak_opt_find(ak_vectors_opt_desc, name, "vectors", &row, err));
    AK_TRY(akin_opt_check(&ak_vectors_opt_desc[row], text, &value, err));
    AK_TRY(ak_opts_import(&all, opts, "vectors_opts_set", err));
    set_text(&all, name, text);
    set_number(&all, name, value);
    return ak_result_export(opts, &all, "vectors_opts_set", err);
}

static akin_status check_scale(const akin_vector_scale *s, akin_error *err)
{
    if (!s) return AKIN_OK;
    if (s->d < 1 || !s->mean || !s->std)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors: a scale needs d >= 1, mean and std");
    for (int64_t c = 0; c < s->d; c++)
        if (!isfinite(s->mean[c]) || !(s->std[c] > 0) || !isfinite(s->std[c]))
            return ak_fail(
                err, AKIN_ERR_RANGE,
                "vectors: column %lld (from 0) of the scale has mean %g and deviation %g; finite, and "
                "above 0, are needed",
                (long long)c, s->mean[c], s->std[c]);
    return AKIN_OK;
}

static akin_status check_layout(const akin_vector_layout *l, akin_error *err)
{
    if (!l) return AKIN_OK;
    if (l->columns < 0 || (l->columns > 0 && (!l->name || !l->role)))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors: a layout needs columns >= 0, name and role");
    for (int64_t c = 0; c < l->columns; c++)
        if (!l->name[c] || l->role[c] < AKIN_ROLE_FEATURE || l->role[c] > AKIN_ROLE_VALUE)
            return ak_fail(
                err, AKIN_ERR_RANGE,
                "vectors: column %lld (from 0) of the layout has no name, or a role that is none of "
                "akin_vector_role",
                (long long)c);
    return AKIN_OK;
}

akin_status ak_vectors_opts_check(const akin_vectors_opts *o, akin_error *err)
{
    static const char *const FORMATS[] = { "auto", "npy", "csv", "libsvm" };
    bool known = !o->format;
    for (int i = 0; i < 4 && !known; i++) known = strcmp(o->format, FORMATS[i]) == 0;
    if (!known)
        return ak_fail(err, AKIN_ERR_RANGE, "format is '%s'; it must be one of auto, npy, csv, libsvm",
                       o->format);
    if (o->header < 0 || o->header > 2)
        return ak_fail(err, AKIN_ERR_RANGE, "header is %d; it must be 0 (detect), 1 (yes) or 2 (no)",
                       o->header);
    if (o->delimiter < 0 || o->delimiter > 126 || o->delimiter == '"' || o->delimiter == '\n' ||
        o->delimiter == '\r')
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "delimiter is %d; it must be an ASCII character other than a quote and a line end, or 0",
            o->delimiter);
    if (o->decimal < 0 || o->decimal > 2)
        return ak_fail(err, AKIN_ERR_RANGE, "decimal is %d; it must be 0 (detect), 1 (point) or 2 (comma)",
                       o->decimal);
    if (o->missing < AKIN_MISSING_REFUSE || o->missing > AKIN_MISSING_ZERO)
        return ak_fail(err, AKIN_ERR_RANGE, "missing is %d; it must be 0 (refuse), 1 (mean) or 2 (zero)",
                       o->missing);
    if (!(o->holdout >= 0 && o->holdout < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "holdout is %g; it must be at least 0 and below 1", o->holdout);
    if (o->max_values < 0)
        return ak_fail(err, AKIN_ERR_RANGE, "max_values is %lld; it must not be negative",
                       (long long)o->max_values);
    if (o->series < 0 || o->series > 4096)
        return ak_fail(err, AKIN_ERR_RANGE, "series is %lld; it must be 1 to 4096 steps, or 0 = no series",
                       (long long)o->series);
    AK_TRY(check_layout(o->layout, err));
    return check_scale(o->scale, err);
}
