/* SPDX-License-Identifier: Apache-2.0 */
/* train/budget.c - a budget in a run: the first choice, and the corrections (budget.h). */
#include "train/budget.h"

#include "akin/tool/json.h"
#include "base/plain.h"
#include "train/configure.h"
#include "train/length.h"
#include "train/prepare.h"
#include "train/ranks.h"
#include "train/step.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LEAST_STEPS = 3, /* of those that are thrown away, unless one is long */
    LONG = 5,        /* times what they may take */
    MOST_STEPS = 100,
    MANY = 1000,
    FEW = 100,
    SELDOM = 3,            /* epochs, below which the encoder is narrower */
    SIZES = 2,             /* of an encoder, that are tried */
    MOST_EPOCHS = 1000000, /* that the option takes */
};
static const double PROBE_SHARE = 0.01, /* of the budget, for one speed */
    CHOICE_SHARE = 0.1,                 /* of it, after which nothing more is tried */
    WORTH_TELLING = 0.1;                /* of the steps */

typedef struct speed {
    double step_s;
    int64_t epoch_steps;
} speed;

static double used_s(const ak_trainer *t) { return ak_now_s() - t->began_s; }

/* The speed --------------------------------------------------------------------------------------------- */

/* A second trainer with the same data and other options, which has no folder. */
static akin_status prepare_trial(const ak_trainer *t, ak_trainer *p, akin_error *err)
{
    p->opts.dataset = t->learning.set;
    AK_TRY(akin_train_config_create(&p->config, err));
    AK_TRY(ak_trainer_copy_options(t->config, p->config, err));
    ak_train_config_set_kind(p->config, ak_train_config_kind(t->config));
    AK_TRY(ak_train_settings_of(p->config, &p->set, err));
    p->set.data.keep = NULL; /* the data are open */
    p->set.budget_s = 0;
    p->set.plan = (ak_step_plan){ .count = 1, .at = { { 0, MANY } } };
    snprintf(p->data_path, sizeof p->data_path, "%s", t->data_path);
    return ak_trainer_prepare(p, err);
}

static akin_status start_loader(ak_trainer *p, akin_error *err)
{
    const ak_loader_plan plan = { .source = &p->learning.source,
                                  .sampler = p->sampler,
                                  .steps = p->steps,
                                  .seed = p->set.seed,
                                  .workers = p->set.workers,
                                  .visits = p->visits };
    return ak_loader_create(&plan, &p->loader, err);
}

/* The first step touches all memory, and does not count. Rank 0's clock decides how many there are. */
static akin_status time_steps(ak_trainer *p, double most_s, double *step_s, akin_error *err)
{
    double took = 0, begun = 0;
    int steps = 0;
    ak_time_profile_start(&p->profile);
    AK_TRY(ak_trainer_step(p, err));
    begun = ak_now_s();
    while (steps == 0 || (steps < LEAST_STEPS && took < LONG * most_s) ||
           (took < most_s && steps < MOST_STEPS)) {
        AK_TRY(ak_trainer_step(p, err));
        steps++;
        took = ak_now_s() - begun;
        AK_TRY(ak_comm_share(p->comm, &took, sizeof took, 0, err));
    }
    *step_s = fmax(took, 1e-9) / steps;
    return AKIN_OK;
}

/* A step with the options that t has now: its seconds, and how many an epoch has. */
static akin_status measure(ak_trainer *t, speed *out, akin_error *err)
{
    ak_trainer p = { .run = t->run, .opts = AKIN_TRAIN_OPTS_INIT, .lock = -1, .comm = t->comm };
    akin_status status = ak_ranks_agree(&p, prepare_trial(t, &p, err), err);
    if (!status) status = ak_ranks_agree(&p, start_loader(&p, err), err);
    if (!status) status = time_steps(&p, PROBE_SHARE * t->budget.seconds, &out->step_s, err);
    out->epoch_steps = p.epoch_steps;
    t->agreed = t->agreed || p.agreed;
    ak_trainer_release(&p);
    return status;
}

/* The choice -------------------------------------------------------------------------------------------- */

static akin_status set_number(ak_trainer *t, const char *name, int64_t value, akin_error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return akin_train_config_set(t->config, name, text, err);
}

/* There is time for another choice. Rank 0's clock tells for all. */
static akin_status has_time(const ak_trainer *t, bool *enough, akin_error *err)
{
    *enough = used_s(t) < CHOICE_SHARE * t->budget.seconds;
    return ak_comm_share(t->comm, enough, sizeof *enough, 0, err);
}

/* How often the data would be seen. */
static double epochs_of(const ak_trainer *t, const speed *s)
{
    return (double)ak_budget_steps(t->budget.seconds, used_s(t), s->step_s) / (double)s->epoch_steps;
}

/* Half as many bits where they make steps faster. What is learned is as good (docs/demo.md). */
static akin_status choose_precision(ak_trainer *t, speed *now, akin_error *err)
{
    speed half;
    if (t->learning.kind->tokens || akin_train_config_is_set(t->config, "precision") ||
        strcmp(akin_isa(), "avx512bf16") != 0)
        return AKIN_OK;
    AK_TRY(akin_train_config_set(t->config, "precision", "bf16", err));
    AK_TRY(measure(t, &half, err));
    const bool take = half.step_s < 0.9 * now->step_s; /* rank 0's clock: the same on all */
    if (!take) return akin_train_config_set(t->config, "precision", "f32", err);
    ak_trainer_say(t, "--budget: taking --precision bf16; a step takes %.3g ms, with f32 %.3g",
                   1e3 * half.step_s, 1e3 * now->step_s);
    *now = half;
    return AKIN_OK;
}

/* How often the data would be seen, by the clock of rank 0. */
static akin_status count_epochs(const ak_trainer *t, const speed *s, double *epochs, akin_error *err)
{
    *epochs = epochs_of(t, s);
    return ak_comm_share(t->comm, epochs, sizeof *epochs, 0, err);
}

static akin_status set_sides(ak_trainer *t, int64_t height, int64_t width, akin_error *err)
{
    AK_TRY(set_number(t, "view-height", height, err));
    return set_number(t, "view-width", width, err);
}

/* Learn from views of these sides from now on. */
static akin_status take_views(ak_trainer *t, int64_t height, int64_t width, akin_error *err)
{
    AK_TRY(set_sides(t, height, width, err));
    AK_TRY(ak_trainer_read_options(t, err));
    return ak_learning_again(&t->learning, &t->set.data, NULL, err);
}

static akin_status measure_views(ak_trainer *t, const ak_budget_view *v, speed *now, akin_error *err)
{
    bool enough;
    AK_TRY(has_time(t, &enough, err));
    AK_TRY(ak_ranks_agree(t, take_views(t, v->height, v->width, err), err));
    now->step_s *= v->cost; /* until it is measured */
    return enough ? measure(t, now, err) : AKIN_OK;
}

/* Features come of whole images, of which the encoder then knows a smaller scale, and take their time. */
static void say_size(ak_trainer *t, const ak_budget_view *v)
{
    const ak_row_shape whole = t->learning.kind->shape(t->learning.measured, &t->learning.opts, false);
    const int64_t view = v->height < v->width ? v->height : v->width;
    const int64_t side = whole.height < whole.width ? whole.height : whole.width;
    if (t->opts.dataset || 2 * side < 5 * view) return;
    ak_trainer_say(t,
                   "--budget: images of %" PRId64 "x%" PRId64
                   " are far larger than these views; --size %" PRId64
                   " reads them so that their features fit, and come faster",
                   whole.height, whole.width, (4 * view / 3 + 2) / 4 * 4);
}

/* Views of images that nobody chose a size for have fewer pixels where the data would hardly be seen. By how
 * much is reckoned by the pixels, which needs no time where there is none. */
static akin_status choose_views(ak_trainer *t, speed *now, akin_error *err)
{
    const ak_budget_view whole = { t->learning.shape.height, t->learning.shape.width, 1 };
    const speed before = *now;
    double epochs, then;
    AK_TRY(count_epochs(t, now, &epochs, err));
    const ak_budget_view view = ak_budget_views(whole.height, whole.width, epochs);
    if (t->encoder_given || t->views_given || t->learning.kind != &ak_kind_images || view.cost == 1)
        return AKIN_OK;
    AK_TRY(measure_views(t, &view, now, err));
    AK_TRY(count_epochs(t, now, &then, err));
    if (ak_budget_size((const double[]){ epochs, then }, 2, INFINITY) == 0) {
        *now = before; /* what takes the time is not pixels */
        return ak_ranks_agree(t, take_views(t, whole.height, whole.width, err), err);
    }
    ak_trainer_say(t,
                   "--budget: taking --view-height %" PRId64 " --view-width %" PRId64
                   "; the data are seen %.3g times, with views of %" PRId64 "x%" PRId64 " %.3g",
                   view.height, view.width, then, whole.height, whole.width, epochs);
    say_size(t, &view);
    return AKIN_OK;
}

/* The encoder that nobody chose is narrower where the data would hardly be seen. */
static akin_status choose_width(ak_trainer *t, speed *now, akin_error *err)
{
    static const int64_t widths[SIZES] = { 0, 16 }; /* 0: what resnet-s has, 32. 8 is worth no more */
    speed speeds[SIZES] = { *now };
    double epochs[SIZES];
    bool enough = true;
    int n = 1;
    AK_TRY(count_epochs(t, now, &epochs[0], err));
    if (t->encoder_given || akin_train_config_is_set(t->config, "width") ||
        strcmp(t->set.encoder.name, "resnet-s") != 0)
        return AKIN_OK;
    for (; n < SIZES && enough && epochs[n - 1] < SELDOM; n++) {
        AK_TRY(set_number(t, "width", widths[n], err));
        AK_TRY(measure(t, &speeds[n], err));
        AK_TRY(count_epochs(t, &speeds[n], &epochs[n], err));
        AK_TRY(has_time(t, &enough, err));
    }
    if (n == 1) return AKIN_OK;
    const int taken = ak_budget_size(epochs, n, SELDOM);
    AK_TRY(set_number(t, "width", widths[taken], err));
    *now = speeds[taken];
    if (taken == 0) return AKIN_OK;
    ak_trainer_say(
        t, "--budget: taking --width %" PRId64 "; the data are seen %.3g times, with the usual width %.3g",
        widths[taken], epochs[taken], epochs[0]);
    return AKIN_OK;
}

/* The plan as it is now, into the configuration. */
static akin_status keep_plan(ak_trainer *t, const ak_step_plan *plan, int64_t epoch_steps, akin_error *err)
{
    char text[AK_STEP_PLAN_TEXT];
    const int64_t epochs = (plan->at[plan->count - 1].steps + epoch_steps - 1) / epoch_steps;
    ak_step_plan_text(plan, text);
    AK_TRY(akin_train_config_set(t->config, "steps", text, err));
    return set_number(t, "epochs", epochs < MOST_EPOCHS ? epochs : MOST_EPOCHS, err);
}

static akin_status decide(ak_trainer *t, const speed *now, akin_error *err)
{
    int64_t steps = ak_budget_steps(t->budget.seconds, used_s(t), now->step_s);
    AK_TRY(ak_comm_share(t->comm, &steps, sizeof steps, 0, err));
    const ak_step_plan plan = { .count = 1, .at = { { 0, steps } } };
    AK_TRY(keep_plan(t, &plan, now->epoch_steps, err));
    AK_TRY(ak_length_space_checkpoints(t, now->epoch_steps, steps, err));
    AK_TRY(ak_length_warm_up(t, (double)steps / (double)now->epoch_steps, err));
    ak_trainer_say(t,
                   "--budget %s: a step takes %.3g ms (measured by steps that are thrown away), so there are "
                   "%" PRId64 ", which are %.3g epochs; the number follows the speed",
                   akin_train_config_get(t->config, "budget"), 1e3 * now->step_s, steps,
                   (double)steps / (double)now->epoch_steps);
    if (steps >= FEW) return AKIN_OK;
    ak_trainer_say(t, "so few steps teach next to nothing; give more time, smaller views (--view-height, "
                      "--view-width) or a smaller --encoder");
    return AKIN_OK;
}

akin_status ak_budget_choose(ak_trainer *t, akin_error *err)
{
    speed now;
    bool enough;
    if (t->set.plan.count && akin_train_config_is_set(t->config, "budget"))
        ak_trainer_say(t, "--steps is given, so --budget decides nothing");
    if (t->set.budget_s == 0) return AKIN_OK;
    t->budget.seconds = t->set.budget_s;
    AK_TRY(measure(t, &now, err));
    AK_TRY(has_time(t, &enough, err));
    if (enough) AK_TRY(choose_precision(t, &now, err));
    AK_TRY(choose_views(t, &now, err));
    AK_TRY(has_time(t, &enough, err));
    if (enough) AK_TRY(choose_width(t, &now, err));
    AK_TRY(decide(t, &now, err));
    t->timed = true;
    return ak_trainer_read_options(t, err);
}

/* On the way -------------------------------------------------------------------------------------------- */

/* run.json tells the plan before a step is made by it. */
static akin_status record(const ak_trainer *t, akin_error *err)
{
    char path[4096], text[AK_STEP_PLAN_TEXT];
    akin_json *root = NULL;
    if (!ak_run_path(path, sizeof path, t->run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    AK_TRY(akin_json_load(path, (size_t)64 << 20, 0, &root, err));
    akin_json *config = akin_json_get(root, "config");
    ak_step_plan_text(&t->set.plan, text);
    akin_json_put(config, "steps", akin_json_text(text));
    akin_json_put(config, "epochs", akin_json_int(t->set.epochs));
    const akin_status status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}

static akin_status replan(ak_trainer *t, int64_t steps, akin_error *err)
{
    ak_step_plan *plan = &t->set.plan;
    const double change = fabs((double)(steps - t->steps)) / (double)t->steps;
    plan->at[plan->count].from = t->state.step;
    plan->at[plan->count++].steps = steps;
    t->steps = steps;
    ak_schedule_plan(&t->schedule, plan);
    t->set.epochs = (steps + t->epoch_steps - 1) / t->epoch_steps;
    AK_TRY(keep_plan(t, plan, t->epoch_steps, err));
    if (change >= WORTH_TELLING)
        ak_trainer_say(t, "budget: %" PRId64 " steps in all, by the speed up to step %" PRId64, steps,
                       t->state.step);
    return AKIN_OK;
}

akin_status ak_budget_follow(ak_trainer *t, akin_error *err)
{
    if (!t->timed || t->state.step >= t->steps) return AKIN_OK;
    if (t->budget.next == 0) /* the first step is over, which touches all memory */
        ak_budget_begin(&t->budget, t->budget.seconds, t->state.step, t->steps, used_s(t));
    if (t->state.step < t->budget.next) return AKIN_OK;
    ak_budget looked = t->budget;
    int64_t steps = ak_budget_look(&looked, t->state.step, t->steps, used_s(t));
    AK_TRY(ak_comm_share(t->comm, &looked, sizeof looked, 0, err)); /* the clock of rank 0 */
    AK_TRY(ak_comm_share(t->comm, &steps, sizeof steps, 0, err));
    t->budget = looked;
    if (steps == t->steps) return AKIN_OK;
    akin_status status = replan(t, steps, err);
    if (!status && ak_ranks_writes(t)) status = record(t, err);
    return ak_ranks_agree(t, status, err);
}

void ak_budget_say(ak_trainer *t)
{
    if (!t->timed) return;
    const double used = used_s(t);
    ak_trainer_say(t, "--budget %s: %.1f s of %g, start and checkpoints included",
                   akin_train_config_get(t->config, "budget"), used, t->budget.seconds);
}
