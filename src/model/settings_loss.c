/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings_loss.c - which loss a run has, with which parameters. */
#include "base/plain.h"
#include "model/config_rules.h"
#include "model/settings_groups.h"

#include "akin/tool/loss.h"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

static akin_status no_loss(const char *name, akin_error *err)
{
    const char *names[64] = { NULL };
    for (int i = 0; i < 63 && akin_loss_at(i); i++) names[i] = akin_loss_at(i)->name;
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "--loss is '%s', which is no loss%s%s%s; 'akin loss --list' shows them", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static akin_status check_window(const akin_loss_params *p, akin_error *err)
{
    if (p->pos_high < p->pos_low) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_RANGE,
        "--pos-high is %g and --pos-low %g; the window lies between the two, so --pos-high must be "
        "the smaller",
        p->pos_high, p->pos_low);
}

/* Without an end a parameter stays as it is. */
static void anneal_of(const akin_train_config *c, ak_train_settings *s)
{
    const char *alpha = akin_train_config_get(c, "alpha-end"),
               *lambda = akin_train_config_get(c, "lambda-end"),
               *temperature = akin_train_config_get(c, "temperature-end");
    const bool balanced = strcmp(s->loss->name, "balanced") == 0;
    const char *way = akin_train_config_get(c, "anneal");
    s->anneal = (ak_anneal_opts){ .on = (balanced && (alpha || lambda)) || temperature };
    s->anneal.cosine = strcmp(way, "cosine") == 0;
    s->anneal.wave = strcmp(way, "wave") == 0;
    s->anneal.period = ak_config_number(c, "anneal-period");
    s->anneal.temperature_end = temperature ? ak_strtod(temperature, NULL) : 0;
    s->anneal.alpha_end = alpha ? ak_strtod(alpha, NULL) : s->loss_params.alpha;
    s->anneal.lambda_end = lambda ? ak_strtod(lambda, NULL) : s->loss_params.lambda;
}

static bool has_temperature(const akin_loss *loss)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_loss_option_at(loss, i)) != NULL; i++)
        if (strcmp(o->name, "temperature") == 0) return true;
    return false;
}

static akin_status check_anneal(const akin_train_config *c, const ak_train_settings *s, akin_error *err)
{
    if (s->anneal.temperature_end > 0 && !has_temperature(s->loss))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--temperature-end is of losses with a temperature, and %s has none", s->loss->name);
    if (s->anneal.temperature_end > 0 && s->learn_scale)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--temperature-end does not go with --learn-temperature");
    if (akin_train_config_is_set(c, "anneal-period") && !s->anneal.wave)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--anneal-period is of --anneal wave");
    if (s->anneal.on || !akin_train_config_is_set(c, "anneal")) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "--anneal is the way to --alpha-end or --lambda-end, or to --temperature-end; give one of "
                   "them");
}

static akin_status check_learned(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    const bool sigmoid = strcmp(s->loss->name, "sigmoid") == 0;
    const double scale = sigmoid ? s->loss_params.scale : 1 / s->loss_params.temperature;
    s->learn_scale = ak_config_flag(c, "learn-temperature");
    s->predictor = akin_train_config_is_set(c, "predictor") ? (int64_t)ak_config_number(c, "predictor") : -1;
    s->pass_gradient = ak_config_flag(c, "pass-gradient");
    s->temperature_rate = ak_config_number(c, "temperature-rate");
    s->temperature_shared = ak_config_flag(c, "temperature-shared");
    s->average_share_epochs = ak_config_number(c, "average-share-epochs");
    s->false_negatives = ak_config_number(c, "false-negatives");
    s->false_negatives_after = ak_config_number(c, "false-negatives-after");
    s->threshold_rate = ak_config_number(c, "threshold-rate");
    s->learn_bias = ak_config_flag(c, "learn-bias");
    if (s->learn_scale && ak_train_difficult(c))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--learn-temperature does not go with --difficult");
    if (!s->learn_scale || (scale <= 100 && scale >= 0.01)) return AKIN_OK;
    if (!has_temperature(s->loss) && !sigmoid) return AKIN_OK; /* refused by name, model/config_rules.c */
    return ak_fail(err, AKIN_ERR_RANGE, "--learn-temperature keeps %s within 0.01 and 100; --%s is %g",
                   sigmoid ? "the scale" : "the temperature", sigmoid ? "scale" : "temperature",
                   sigmoid ? scale : s->loss_params.temperature);
}

/* Read "8,16,32": whole numbers that increase. */
static akin_status widths_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    const char *list = akin_train_config_get(c, "matryoshka"), *at = list;
    int64_t before = 0;
    if (!list) return AKIN_OK;
    if (s->supervised || strcmp(s->loss->name, "sogclr") == 0 || strcmp(s->loss->name, "isogclr") == 0 ||
        s->loss->needs & AKIN_LOSS_TARGETS)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--matryoshka does not go with --loss %s", s->loss->name);
    for (;;) {
        char *end;
        const double width = ak_strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(width > (double)before && width <= 65536) ||
            width != (double)(int64_t)width)
            return ak_fail(err, AKIN_ERR_RANGE,
                           "--matryoshka is '%s'; it must be numbers of columns that increase, with commas "
                           "between, such as 8,16,32",
                           list);
        if (s->nested.count == AK_MOST_WIDTHS)
            return ak_fail(err, AKIN_ERR_RANGE, "--matryoshka is '%s'; at most %d can be given", list,
                           AK_MOST_WIDTHS);
        s->nested.width[s->nested.count++] = before = (int64_t)width;
        if (!*end) return AKIN_OK;
        at = end + 1;
    }
}

akin_status ak_settings_loss(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    s->loss = ak_train_loss(c);
    if (!s->loss) return no_loss(akin_train_config_get(c, "loss"), err);
    s->supervised = s->loss == &ak_cross_entropy;
    AK_TRY(ak_train_check_applies(c, err));
    AK_TRY(widths_of(c, s, err));
    if (s->supervised) return AKIN_OK;
    s->loss_params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(s->loss, &s->loss_params, NULL);
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_loss_option_at(s->loss, i)) != NULL; i++)
        if (akin_train_config_is_set(c, o->name))
            AK_TRY(akin_loss_params_set(&s->loss_params, s->loss, o->name, akin_train_config_get(c, o->name),
                                        err));
    if (ak_train_difficult(c)) {
        s->loss_params.one_sided = strcmp(akin_train_config_get(c, "loss"), "infonce") == 0;
        AK_TRY(akin_loss_params_set(&s->loss_params, s->loss, "mode", akin_train_config_get(c, "difficult"),
                                    err));
    }
    if (s->loss->needs & AKIN_LOSS_FEATURES) AK_TRY(check_window(&s->loss_params, err));
    AK_TRY(check_learned(c, s, err));
    anneal_of(c, s);
    return check_anneal(c, s, err);
}
