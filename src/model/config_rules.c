/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_rules.c - what the value and the meaning of an option depend on: the loss, the optimiser and
 * the kind of the data that are chosen.
 *
 * --difficult MODE turns ntxent into the loss `difficult`, and infonce into its one-sided form: the same
 * loss, which treats the pairs in a window apart. Its other parameters are then options of the run. */
#include "model/config_rules.h"

#include "akin/tool/loss.h"
#include "base/base.h"
#include "base/plain.h"
#include "model/train_options.h"

#include <stdlib.h>
#include <string.h>

enum { HOLDOUT_SEED = 1 }; /* runs of different seeds are to be tested on the same items */

/* The loss ----------------------------------------------------------------------------------------------- */

const akin_loss ak_cross_entropy = {
    .name = "cross-entropy",
    .line = "softmax over the classes: the supervised reference",
    .formula = "-s_iy + log sum_c exp(s_ic), s = the head's outputs, y = the class of i",
    .needs = AKIN_LOSS_LABELS,
};

bool ak_train_difficult(const akin_train_config *c)
{
    const char *loss = ak_config_text(c, "loss");
    return (strcmp(loss, "ntxent") == 0 || strcmp(loss, "infonce") == 0) &&
           strcmp(ak_config_text(c, "difficult"), "none") != 0;
}

const akin_loss *ak_train_loss(const akin_train_config *c)
{
    if (ak_train_difficult(c)) return akin_loss_find("difficult");
    const char *name = ak_config_text(c, "loss");
    return strcmp(name, ak_cross_entropy.name) == 0 ? &ak_cross_entropy : akin_loss_find(name);
}

/* False for an option of this program that the other choices leave without effect. */
static bool has_effect(const akin_train_config *c, const char *name)
{
    if (strcmp(name, "difficult") == 0) return ak_train_difficult(c);
    if (strcmp(name, "anneal") == 0)
        return akin_train_config_is_set(c, "alpha-end") || akin_train_config_is_set(c, "lambda-end") ||
               akin_train_config_is_set(c, "temperature-end");
    return true;
}

/* The row of a parameter of the loss; NULL when there is none. */
static const akin_opt_desc *loss_row(const akin_loss *loss, const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_loss_option_at(loss, i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

/* The loss has a parameter of that name, and --difficult does not decide it. */
static bool loss_takes(const akin_train_config *c, const char *name)
{
    const bool implied = strcmp(name, "mode") == 0 || strcmp(name, "one-sided") == 0;
    if (implied && ak_train_difficult(c)) return false;
    return loss_row(ak_train_loss(c), name) != NULL;
}

/* Values ------------------------------------------------------------------------------------------------- */

const char *akin_train_config_get(const akin_train_config *c, const char *name)
{
    if (akin_train_config_is_set(c, name)) return ak_config_text(c, name);
    if (strcmp(name, "lr") == 0 && ak_config_chose(c, "optimizer", "lars")) return "1";
    if (strcmp(name, "maxn") == 0 && ak_config_chose(c, "encoder", "transformer")) return "0";
    if (strcmp(name, "momentum-encoder") == 0 &&
        (ak_config_chose(c, "loss", "byol") || ak_config_chose(c, "loss", "matrix-ssl")))
        return "0.99";
    const akin_opt_desc *of_loss = loss_row(ak_train_loss(c), name);
    return of_loss ? of_loss->fallback : ak_config_text(c, name);
}

double ak_config_number(const akin_train_config *c, const char *name)
{
    const char *text = akin_train_config_get(c, name);
    return text ? ak_strtod(text, NULL) : 0;
}

int ak_config_choice(const akin_train_config *c, const char *name, const char *const *values)
{
    const char *text = akin_train_config_get(c, name);
    int i = 0;
    while (values[i + 1] && strcmp(values[i], text) != 0) i++;
    return i;
}

bool ak_config_flag(const akin_train_config *c, const char *name)
{
    return akin_train_config_is_set(c, name) && strcmp(ak_config_text(c, name), "0") != 0;
}

static const char *value_of(const void *c, const char *name) { return akin_train_config_get(c, name); }
static bool is_given(const void *c, const char *name) { return akin_train_config_is_set(c, name); }

ak_option_reader ak_train_config_reader(const akin_train_config *c)
{
    return (ak_option_reader){
        .value = value_of, .given = is_given, .ctx = c, .seed = HOLDOUT_SEED, .learning = true
    };
}

/* Which options mean something --------------------------------------------------------------------------- */

/* An option that counts only with some values of another one. */
static const struct need {
    const char *name, *by, *values[3];
} NEEDS[] = {
    { "nesterov", "optimizer", { "sgd", "lars" } },
    { "trust", "optimizer", { "lars" } },
    { "milestones", "schedule", { "step" } },
    { "lr-factor", "schedule", { "step" } },
    { "lr-min", "schedule", { "cosine", "step" } },
    { "block", "loss", { "curl-hinge", "curl-logistic" } },
    { "negatives", "pairs", { "given", "latent" } }, /* auto: the data decide, and training asks them */
    { "negatives", "loss", { "curl-hinge", "curl-logistic" } },
    { "class-prior", "loss", { "curl-hinge", "curl-logistic" } },
    { "without-replacement", "loss", { "curl-hinge", "curl-logistic" } },
    { "window", "pairs", { "near" } },
    { "momentum-encoder", "loss", { "infonce", "byol", "matrix-ssl" } },
    { "queue", "loss", { "infonce" } },
    { "difficult", "loss", { "ntxent", "infonce" } },
    { "learn-temperature", "loss", { "ntxent", "infonce", "sigmoid" } },
    { "temperature-rate", "loss", { "isogclr" } },
    { "temperature-shared", "loss", { "isogclr" } },
    { "average-share-epochs", "loss", { "sogclr", "isogclr" } },
    { "false-negatives", "loss", { "sogclr", "isogclr" } },
    { "false-negatives-after", "loss", { "sogclr", "isogclr" } },
    { "threshold-rate", "loss", { "sogclr", "isogclr" } },
    { "predictor", "loss", { "simsiam", "byol", "matrix-ssl" } },
    { "pass-gradient", "loss", { "simsiam" } },
    { "learn-bias", "loss", { "sigmoid" } },
    { "alpha-end", "loss", { "balanced" } },
    { "lambda-end", "loss", { "balanced" } },
};
enum { NEED_COUNT = sizeof NEEDS / sizeof *NEEDS };

static bool met(const akin_train_config *c, const struct need *need)
{
    const char *value = ak_config_text(c, need->by);
    if (strcmp(need->name, "negatives") == 0 && strcmp(value, "auto") == 0)
        return akin_train_config_is_set(c, need->name);
    for (int i = 0; i < 3 && need->values[i]; i++)
        if (strcmp(need->values[i], value) == 0) return true;
    return false;
}

bool ak_train_config_needed(const akin_train_config *c, const char *name)
{
    bool held_back = false;
    for (int i = 0; i < NEED_COUNT; i++) {
        if (strcmp(NEEDS[i].name, name) != 0) continue;
        if (met(c, &NEEDS[i])) return true;
        held_back = true;
    }
    return !held_back;
}

akin_status ak_config_check_needs(const akin_train_config *c, akin_error *err)
{
    for (int i = 0; i < NEED_COUNT; i++) {
        const struct need *n = &NEEDS[i];
        if (!akin_train_config_is_set(c, n->name) || ak_train_config_needed(c, n->name)) continue;
        const char *const *of = n->values;
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is an option of --%s %s%s%s%s%s; --%s is %s", n->name,
                       n->by, of[0], of[2] ? ", " : "", of[2] ? of[1] : "", of[1] ? " and " : "",
                       of[2]   ? of[2]
                       : of[1] ? of[1]
                               : "",
                       n->by, akin_train_config_get(c, n->by));
    }
    return AKIN_OK;
}

/* The option is for this kind of data. */
static bool fits(const akin_train_config *c, const char *name)
{
    return ak_kind_has_option(ak_train_config_kind(c), name);
}

bool ak_train_config_applies(const akin_train_config *c, const char *name)
{
    if (!fits(c, name)) return false;
    if (ak_train_own_option(name)) return ak_train_config_needed(c, name) && has_effect(c, name);
    if (ak_kind_lists_option(ak_train_config_kind(c), name)) return true;
    return loss_takes(c, name);
}

akin_status ak_train_check_applies(const akin_train_config *c, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (akin_train_config_is_set(c, o->name) && !fits(c, o->name))
            return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is no option for %s, which the data are%s", o->name,
                           ak_train_config_kind(c)->name,
                           ak_train_config_kind(c) == ak_kind_of(AKIN_DATA_UNKNOWN)
                               ? ""
                               : "; --format may say otherwise");
        else if (akin_train_config_is_set(c, o->name) && !ak_train_own_option(o->name) &&
                 !ak_train_config_applies(c, o->name))
            return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is no parameter of the loss '%s'%s", o->name,
                           ak_config_text(c, "loss"), ak_train_difficult(c) ? " with --difficult" : "");
    return AKIN_OK;
}
