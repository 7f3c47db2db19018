/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings_steps.c - how many steps a run has, where not its epochs say it: --steps and --budget. */
#include "akin/tool/model.h"
#include "base/plain.h"
#include "model/config_rules.h"
#include "model/settings_groups.h"

#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double akin_seconds_of(const char *text)
{
    static const char units[] = "smhd";
    static const double seconds[] = { 1, 60, 3600, 86400 };
    char *end;
    if (!text) return 0;
    const double x = ak_strtod(text, &end);
    const char *at = *end ? strchr(units, *end) : units;
    if (end == text || !at || (*end && end[1]) || !(x > 0) || !isfinite(x)) return 0;
    return x * seconds[at - units];
}

static akin_status not_steps(const char *text, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_RANGE,
                   "--steps is '%.100s'; it must be a number of steps, such as 2000, or such a list as "
                   "2000,500:1900: from step 500 on the run has 1900 in all (at most %d changes, in order)",
                   text, AK_MAX_TURNS - 1);
}

/* A whole number of steps at *at, which goes behind it; 0 = none. */
static int64_t number_at(const char **at)
{
    int64_t n = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (n > INT64_C(99999999999999)) return 0;
        n = 10 * n + (**at - '0');
    }
    return n;
}

static akin_status plan_of(const char *text, ak_step_plan *p, akin_error *err)
{
    const char *at = text;
    *p = (ak_step_plan){ .count = 1, .at = { { 0, number_at(&at) } } };
    if (p->at[0].steps < 1) return not_steps(text, err);
    while (*at == ',') {
        if (p->count == AK_MAX_TURNS) return not_steps(text, err);
        at++;
        const int64_t from = number_at(&at);
        if (*at++ != ':') return not_steps(text, err);
        const int64_t steps = number_at(&at), before = p->at[p->count - 1].from;
        if (from <= before || from >= p->at[p->count - 1].steps || steps <= from) return not_steps(text, err);
        p->at[p->count].from = from;
        p->at[p->count++].steps = steps;
    }
    return *at ? not_steps(text, err) : AKIN_OK;
}

void ak_step_plan_text(const ak_step_plan *p, char text[AK_STEP_PLAN_TEXT])
{
    int at = snprintf(text, AK_STEP_PLAN_TEXT, "%lld", (long long)p->at[0].steps);
    for (int i = 1; i < p->count; i++)
        at += snprintf(text + at, AK_STEP_PLAN_TEXT - (size_t)at, ",%lld:%lld", (long long)p->at[i].from,
                       (long long)p->at[i].steps);
}

static akin_status check_budget(const akin_train_config *c, const ak_train_settings *s, akin_error *err)
{
    if (s->schedule.kind == AK_STEP)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--budget decides how many epochs there are, and --milestones are epochs; take "
                       "--schedule cosine or constant, or leave --budget out");
    if (s->anneal.on)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--budget changes the number of steps on the way, and --alpha-end, --lambda-end and "
                       "--temperature-end are of the last step; leave one of them out");
    if (akin_train_config_is_set(c, "epochs"))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--epochs %s and --budget %s are both given, perhaps by --config; leave one of them "
                       "out",
                       akin_train_config_get(c, "epochs"), akin_train_config_get(c, "budget"));
    return AKIN_OK;
}

akin_status ak_settings_steps(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    const char *steps = akin_train_config_get(c, "steps"), *budget = akin_train_config_get(c, "budget");
    s->plan.count = 0;
    s->budget_s = 0;
    if (steps) AK_TRY(plan_of(steps, &s->plan, err));
    if (steps && s->schedule.kind == AK_STEP && akin_train_config_is_set(c, "epochs") == false)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--milestones are epochs: with --steps, give --epochs too, which they are of");
    if (s->plan.count > 1 && s->anneal.on)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--steps changes on the way, and --alpha-end, --lambda-end and --temperature-end are "
                       "of the last step; leave one of them out");
    if (!budget) return AKIN_OK;
    const double seconds = akin_seconds_of(budget);
    if (!(seconds > 0))
        return ak_fail(err, AKIN_ERR_RANGE, "--budget is '%s'; expected a time such as 90s, 10m, 2h or 1d",
                       budget);
    if (steps) return AKIN_OK; /* decided already: the run.json of such a run has both */
    s->budget_s = seconds;
    return check_budget(c, s, err);
}
