/* SPDX-License-Identifier: Apache-2.0 */
/* views/preset_options.c - options of views by flag: set, read and check them as a table says. */
#include "views/preset_options.h"

#include <string.h>

static double read_field(const ak_preset_options *table, const void *opts, int row)
{
    const char *at = (const char *)opts + table->field[row];
    int32_t whole;
    float real;
    memcpy(&whole, at, sizeof whole);
    memcpy(&real, at, sizeof real);
    return table->rows[row].type == AKIN_OPT_REAL ? (double)real : (double)whole;
}

static void write_field(const ak_preset_options *table, void *opts, int row, double value)
{
    char *at = (char *)opts + table->field[row];
    const int32_t whole = (int32_t)value;
    const float real = (float)value;
    if (table->rows[row].type == AKIN_OPT_REAL)
        memcpy(at, &real, sizeof real);
    else
        memcpy(at, &whole, sizeof whole);
}

static akin_status import(const ak_preset_options *table, const void *opts, void *all, akin_error *err)
{
    memcpy(all, table->defaults, table->bytes);
    return ak_opts_import(all, opts, table->who, err);
}

akin_status ak_preset_set(const ak_preset_options *table, void *opts, const char *name, const char *text,
                          akin_error *err)
{
    int row = 0;
    double value = 0;
    union {
        unsigned char bytes[AK_PRESET_OPTS_BYTES];
        max_align_t aligned;
    } all;
    if (!opts || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: opts and text must not be NULL", table->who);
    AK_TRY(ak_opt_find(table->rows, name, table->who, &row, err));
    if (row == 0) return table->preset(text, opts, err);
    AK_TRY(akin_opt_check(&table->rows[row], text, &value, err));
    AK_TRY(import(table, opts, &all, err));
    write_field(table, &all, row, value);
    return ak_result_export(opts, &all, table->who, err);
}

akin_status ak_preset_get(const ak_preset_options *table, const void *opts, const char *name, double *value,
                          akin_error *err)
{
    int row = 0;
    union {
        unsigned char bytes[AK_PRESET_OPTS_BYTES];
        max_align_t aligned;
    } all;
    if (!opts || !value)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: opts and value must not be NULL", table->who);
    AK_TRY(ak_opt_find(table->rows, name, table->who, &row, err));
    if (row == 0) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: a preset has no single value", table->who);
    AK_TRY(import(table, opts, &all, err));
    *value = read_field(table, &all, row);
    return AKIN_OK;
}

/* The number of choices of "a|b|c", less one. */
static double last_choice(const char *values)
{
    double bars = 0;
    for (; *values; values++) bars += *values == '|';
    return bars;
}

akin_status ak_preset_check(const ak_preset_options *table, const void *opts, void *all, akin_error *err)
{
    if (!opts) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: opts must not be NULL", table->who);
    AK_TRY(import(table, opts, all, err));
    for (int row = 1; table->rows[row].name; row++) {
        const akin_opt_desc *d = &table->rows[row];
        const double x = read_field(table, all, row);
        const double most = d->type == AKIN_OPT_CHOICE ? last_choice(d->values) : d->max;
        if (!((float)x >= (float)d->min && (float)x <= (float)most)) /* a NaN fails */
            return ak_fail(err, AKIN_ERR_RANGE, "%s: --%s is %g; it must be between %g and %g", table->who,
                           d->name, x, d->min, most);
    }
    return AKIN_OK;
}
