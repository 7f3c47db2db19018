/* SPDX-License-Identifier: Apache-2.0 */
/* loss/params.c - the parameters of a loss by name: defaults, setting from text, reading, ranges. Names,
 * defaults and ranges are those of the loss's table of options; FIELDS says where each stands in
 * akin_loss_params. */
#include "loss/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(option, field)                                                                                 \
    {                                                                                                        \
        .name = option, .at = offsetof(akin_loss_params, field),                                             \
        .whole = sizeof(((akin_loss_params *)0)->field) == sizeof(int32_t)                                   \
    }

static const struct field {
    const char *name; /* of the option */
    size_t at;
    bool whole; /* an int32_t; else a double */
} FIELDS[] = {
    FIELD("symmetric", symmetric),
    FIELD("include-positive", include_positive),
    FIELD("mode", mode),
    FIELD("base", mode),
    FIELD("temperature", temperature),
    FIELD("base-temperature", base_temperature),
    FIELD("sigma", sigma),
    FIELD("alpha", alpha),
    FIELD("lambda", lambda),
    FIELD("constant", constant),
    FIELD("mu", mu),
    FIELD("tau-plus", tau_plus),
    FIELD("beta", beta),
    FIELD("ratio", ratio),
    FIELD("scale", scale),
    FIELD("bias", bias),
    FIELD("weight", weight),
    FIELD("pos-high", pos_high),
    FIELD("pos-low", pos_low),
    FIELD("rho", rho),
    FIELD("one-sided", one_sided),
    FIELD("invariance", invariance),
    FIELD("variance", variance),
    FIELD("covariance", covariance),
    FIELD("average-share", average_share),
    FIELD("target-temperature", target_temperature),
    FIELD("bandwidth", bandwidth),
    FIELD("partner-only", partner_only),
    FIELD("known-only", known_only),
    FIELD("match-weight", match_weight),
    FIELD("align-weight", align_weight),
};

static const struct field *field_of(const char *name)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (strcmp(FIELDS[i].name, name) == 0) return &FIELDS[i];
    return NULL;
}

static bool has_room(const akin_loss_params *params, const struct field *f)
{
    return f->at + (f->whole ? sizeof(int32_t) : sizeof(double)) <= params->struct_size;
}

/* Into the caller's struct, which may be older than the field: then it is left out. */
static bool store(akin_loss_params *params, const struct field *f, double value)
{
    if (!has_room(params, f)) return false;
    unsigned char *at = (unsigned char *)params + f->at;
    const int32_t whole = (int32_t)value;
    if (f->whole)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &value, sizeof value);
    return true;
}

double akin_loss_params_get(const akin_loss_params *params, const char *name)
{
    const struct field *f = field_of(name);
    if (!f || !has_room(params, f)) return NAN;
    const unsigned char *at = (const unsigned char *)params + f->at;
    int32_t whole;
    double value;
    memcpy(&whole, at, sizeof whole);
    if (f->whole) return whole;
    memcpy(&value, at, sizeof value);
    return value;
}

/* As the initialiser leaves it: the caller has said nothing of it. */
static bool is_unset(const akin_loss_params *params, const akin_opt_desc *o)
{
    const double value = akin_loss_params_get(params, o->name);
    return o->type == AKIN_OPT_CHOICE ? value < 0 : o->type == AKIN_OPT_REAL && value == AKIN_LOSS_DEFAULT;
}

static void store_default(akin_loss_params *params, const akin_opt_desc *o)
{
    double value = 0;
    if (o->fallback) akin_opt_check(o, o->fallback, &value, NULL);
    store(params, field_of(o->name), value);
}

akin_status akin_loss_defaults(const akin_loss *loss, akin_loss_params *params, akin_error *err)
{
    if (!loss || !params)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "loss_defaults: loss and params must not be NULL");
    AK_TRY(ak_loss_check_listed(loss, err));
    const akin_loss_params nothing = { .struct_size = sizeof nothing };
    AK_TRY(ak_result_export(params, &nothing, "loss_defaults", err));
    for (const akin_opt_desc *o = ak_loss_options_of(loss); o->name; o++) store_default(params, o);
    return AKIN_OK;
}

void ak_loss_params_complete(akin_loss_params *params, const akin_loss *loss)
{
    for (const akin_opt_desc *o = ak_loss_options_of(loss); o->name; o++)
        if (is_unset(params, o)) store_default(params, o);
}

static const akin_opt_desc *option_of(const akin_loss *loss, const char *name)
{
    for (const akin_opt_desc *o = ak_loss_options_of(loss); o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

static akin_status no_parameter(const akin_loss *loss, const char *name, akin_error *err)
{
    char list[256] = "none";
    int used = 0;
    for (const akin_opt_desc *o = ak_loss_options_of(loss); o->name && used < 200; o++)
        used += snprintf(list + used, sizeof list - (size_t)used, "%s--%s", used ? ", " : "", o->name);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "%s has no parameter --%s; it has %s", loss->name, name, list);
}

akin_status akin_loss_params_set(akin_loss_params *params, const akin_loss *loss, const char *name,
                                 const char *text, akin_error *err)
{
    if (!params || !loss || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "loss_params_set: params, loss, name and text must not be NULL");
    AK_TRY(ak_loss_check_listed(loss, err));
    const akin_opt_desc *o = option_of(loss, name);
    if (!o) return no_parameter(loss, name, err);
    double value = 0;
    if (o->type == AKIN_OPT_FLAG && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0))
        value = 0;
    else
        AK_TRY(akin_opt_check(o, text, &value, err));
    if (store(params, field_of(name), value)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "%s: params has %u bytes, from before there was a parameter --%s; start from "
                   "AKIN_LOSS_PARAMS_INIT",
                   loss->name, params->struct_size, name);
}

/* The number of the last choice of "a|b|c", counted from 0. */
static int last_choice(const char *values)
{
    int last = 0;
    for (; *values; values++) last += *values == '|';
    return last;
}

akin_status ak_loss_params_check(const akin_loss_params *params, const akin_loss *loss, akin_error *err)
{
    for (const akin_opt_desc *o = ak_loss_options_of(loss); o->name; o++) {
        const double value = akin_loss_params_get(params, o->name);
        if (o->type == AKIN_OPT_CHOICE && value > last_choice(o->values))
            return ak_fail(err, AKIN_ERR_RANGE, "%s: %s is %g; it must be 0 to %d, for %s", loss->name,
                           o->name, value, last_choice(o->values), o->values);
        if (o->type != AKIN_OPT_REAL) continue;
        if (!o->fallback && value == 0) continue; /* optional, and not given */
        if (!isfinite(value) || value < o->min || value > o->max)
            return ak_fail(err, AKIN_ERR_RANGE, "%s: %s is %g; it must be between %g and %g", loss->name,
                           o->name, value, o->min, o->max);
    }
    return AKIN_OK;
}
