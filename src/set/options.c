/* SPDX-License-Identifier: Apache-2.0 */
/* set/options.c - options of a data set by the names of their flags, as typed values. */
#include "set/options.h"

#include "base/plain.h"
#include "set/kinds.h"

#include <string.h>

const char *ak_option_value(const ak_option_reader *from, const char *name)
{
    return from->value(from->ctx, name);
}

double ak_option_number(const ak_option_reader *from, const char *name, double otherwise)
{
    const char *text = ak_option_value(from, name);
    return text ? ak_strtod(text, NULL) : otherwise;
}

bool ak_option_is(const ak_option_reader *from, const char *name, const char *value)
{
    const char *text = ak_option_value(from, name);
    return text && strcmp(text, value) == 0;
}

akin_status ak_option_table_read(const ak_option_reader *from, const akin_opt_desc *table,
                                 ak_option_set_fn *set, void *opts, akin_error *err)
{
    for (const akin_opt_desc *o = table; o->name; o++) {
        const char *text = ak_option_value(from, o->name);
        const bool off = o->type == AKIN_OPT_FLAG && text && strcmp(text, "0") == 0;
        if (text && !off) AK_TRY(set(opts, o->name, text, err));
    }
    return AKIN_OK;
}

akin_status ak_option_preset_read(const ak_option_reader *from, const akin_opt_desc *table,
                                  ak_option_set_fn *set, void *opts, akin_error *err)
{
    for (const akin_opt_desc *o = table + 1; o->name; o++)
        if (from->given(from->ctx, o->name)) AK_TRY(set(opts, o->name, ak_option_value(from, o->name), err));
    return AKIN_OK;
}

akin_status ak_data_opts_read(const ak_kind *kind, const ak_option_reader *from, ak_data_opts *out,
                              akin_error *err)
{
    static const char *const targets[] = { "auto", "label", "group" }; /* as in akin_target */
    ak_data_opts o;
    memset(&o, 0, sizeof o);
    o.kind = kind;
    o.target = AKIN_TARGET_AUTO;
    o.keep = ak_option_value(from, "keep");
    const char *format = ak_option_value(from, "format");
    o.forced = format && strcmp(format, "auto") != 0;
    for (int i = 0; i < 3; i++)
        if (ak_option_is(from, "target", targets[i])) o.target = (akin_target)i;
    AK_TRY(kind->read_options(from, &o, err));
    *out = o;
    return AKIN_OK;
}

/* A caller's list ------------------------------------------------------------------------------ */

static const char *value_in_list(const void *ctx, const char *name)
{
    const char *value = NULL;
    for (const char *const *pair = ctx; pair && pair[0] && pair[1]; pair += 2)
        if (strcmp(pair[0], name) == 0) value = pair[1];
    return value;
}

static bool in_list(const void *ctx, const char *name) { return value_in_list(ctx, name) != NULL; }

ak_option_reader ak_options_of_list(const char *const *list)
{
    return (ak_option_reader){ value_in_list, in_list, list, 1, false };
}
