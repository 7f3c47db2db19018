/* SPDX-License-Identifier: Apache-2.0 */
/* loss/table.c - the only list of losses: names, papers, formulas and parameters. The program, the help, the tests
 * and docs/losses.md all walk it; a new loss is one row here and its function. */
#include "loss/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END                                                                                                  \
    {                                                                                                        \
        NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL                                                          \
    }
#define TEMPERATURE(fallback)                                                                                \
    {                                                                                                        \
        "temperature", AKIN_OPT_REAL, fallback, "T", 1e-4, 1e4, "divides every similarity"                   \
    }
#define SYMMETRIC                                                                                            \
    {                                                                                                        \
        "symmetric", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "mean of both directions, a to b and b to a"           \
    }

static const akin_opt_desc NTXENT[] = { TEMPERATURE("0.5"), END };
static const akin_opt_desc INFONCE[] = { TEMPERATURE("0.5"), SYMMETRIC, END };

static const struct row {
    akin_loss_run_fn *run;
    unsigned traits;
} RUNS[] = {
    { akin_run_ntxent, 3 },
    { akin_run_infonce, 3 },
};

const akin_loss akin_losses[] = {
    { "ntxent", "[Chen2020 eq.1]", "softmax over all other rows of both views (SimCLR)",
      "-s_ij/t + log sum_{k != i} exp(s_ik/t), mean over the 2n rows of both views", NTXENT, 0 },
    { "infonce", "[Oord2018 eq.4]", "softmax of each row of a over the rows of b (CPC; symmetric: CLIP)",
      "-a_i.b_i/t + log sum_k exp(a_i.b_k/t), mean over the n rows of a", INFONCE, 0 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};

enum { NEEDS_NEGATIVES = 1, TAKES_KEYS = 2 };

static const struct row *row_of(const akin_loss *loss) { return &RUNS[loss - akin_losses]; }

akin_loss_run_fn *akin_loss_run_of(const akin_loss *loss) { return row_of(loss)->run; }
bool akin_loss_needs_negatives(const akin_loss *loss) { return row_of(loss)->traits & NEEDS_NEGATIVES; }

bool akin_loss_takes_keys(const akin_loss *loss, const akin_loss_params *params)
{
    return row_of(loss)->traits & TAKES_KEYS && !params->symmetric;
}

const akin_loss *akin_loss_find(const char *name)
{
    for (const akin_loss *l = akin_losses; l->name; l++)
        if (strcmp(l->name, name) == 0) return l;
    return NULL;
}

/* Parameters ------------------------------------------------------------------------------------------- */

#define FIELD(name, field)                                                                                   \
    {                                                                                                        \
        name, offsetof(akin_loss_params, field), sizeof(((akin_loss_params *)0)->field) == 4                 \
    }
static const struct field {
    const char *name;
    size_t at;
    bool whole;
} FIELDS[] = {
    FIELD("symmetric", symmetric),
    FIELD("include-positive", include_positive),
    FIELD("mode", mode),
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
};

static const struct field *field_of(const char *name)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (strcmp(FIELDS[i].name, name) == 0) return &FIELDS[i];
    return NULL;
}

static void store(akin_loss_params *params, const struct field *f, double value)
{
    unsigned char *at = (unsigned char *)params + f->at;
    const int32_t whole = (int32_t)value;
    if (f->whole)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &value, sizeof value);
}

double akin_loss_params_get(const akin_loss_params *params, const char *name)
{
    const struct field *f = field_of(name);
    if (!f || f->at + (f->whole ? 4 : 8) > params->struct_size) return NAN;
    const unsigned char *at = (const unsigned char *)params + f->at;
    int32_t whole;
    double value;
    memcpy(&whole, at, sizeof whole);
    if (f->whole) return whole;
    memcpy(&value, at, sizeof value);
    return value;
}

void akin_loss_params_init(akin_loss_params *params, const akin_loss *loss)
{
    *params = (akin_loss_params){ .struct_size = sizeof *params };
    for (const akin_opt_desc *o = loss->opts; o->name; o++) {
        double value = 0;
        if (o->fallback && akin_opt_check(o, o->fallback, &value, NULL) == AKIN_OK)
            store(params, field_of(o->name), value);
    }
}

static const akin_opt_desc *option_of(const akin_loss *loss, const char *name)
{
    for (const akin_opt_desc *o = loss->opts; o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

static akin_status no_parameter(const akin_loss *loss, const char *name, akin_error *err)
{
    char list[256] = "none";
    int used = 0;
    for (const akin_opt_desc *o = loss->opts; o->name && used < 200; o++)
        used += snprintf(list + used, sizeof list - (size_t)used, "%s--%s", used ? ", " : "", o->name);
    return akin_fail(err, AKIN_ERR_ARGUMENT, "%s has no parameter --%s; it has %s", loss->name, name, list);
}

akin_status akin_loss_params_set(akin_loss_params *params, const akin_loss *loss, const char *name,
                                 const char *text, akin_error *err)
{
    const akin_opt_desc *o = option_of(loss, name);
    if (!o) return no_parameter(loss, name, err);
    double value = 0;
    if (o->type == AKIN_OPT_FLAG && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0))
        value = 0;
    else
        AKIN_TRY(akin_opt_check(o, text, &value, err));
    store(params, field_of(name), value);
    return AKIN_OK;
}

akin_status akin_loss_params_check(const akin_loss_params *params, const akin_loss *loss, akin_error *err)
{
    for (const akin_opt_desc *o = loss->opts; o->name; o++) {
        if (o->type != AKIN_OPT_REAL) continue;
        const double value = akin_loss_params_get(params, o->name);
        if (!isfinite(value) || value < o->min || value > o->max)
            return akin_fail(err, AKIN_ERR_RANGE, "%s: %s is %g; it must be between %g and %g", loss->name,
                             o->name, value, o->min, o->max);
    }
    return AKIN_OK;
}
