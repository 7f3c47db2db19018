/* SPDX-License-Identifier: Apache-2.0 */
/* A budget (train/budget.h) on machines whose speed is made up: the run ends with the time, its rate with
 * the run. No clock is read. Also the plans of --steps, as text. */
#include "test.h"

#include "akin/tool/json.h"
#include "model/config.h"
#include "model/config_json.h"
#include "model/settings.h"
#include "train/budget.h"
#include "train/schedule.h"
#include "views/view_options.h"

#include <math.h>

/* Seconds of step i on machine m, and those of a checkpoint after it; `share` of the time is over. */
typedef double step_fn(int64_t i, double share);

static double even(int64_t i, double share) { return 0.02 + 0 * share * (double)i; }
static double slower(int64_t i, double share) { return share < 0.4 ? 0.02 : 0.03 + 0 * (double)i; }
static double faster(int64_t i, double share) { return share < 0.3 ? 0.05 + 0 * (double)i : 0.02; }
static double waves(int64_t i, double share) { return 0.02 * (1.2 + sin(0.01 * (double)i)) + 0 * share; }
static double reads_first(int64_t i, double share) { return i < 200 ? 0.1 : 0.02 + 0 * share; }
static double drifts(int64_t i, double share) { return 0.01 + 0.02 * share + 0 * (double)i; }

/* What a run of so many seconds takes, of which `start` go before its first step. guess: of the first steps,
 * which were thrown away. */
static double run(step_fn *step_s, double seconds, double start, double guess, double save_s, int64_t saves,
                  ak_step_plan *plan, int64_t *made)
{
    ak_budget b = { .next = 0 };
    int64_t steps = ak_budget_steps(seconds, start, guess), step = 0;
    double used = start;
    *plan = (ak_step_plan){ .count = 1, .at = { { 0, steps } } };
    const int64_t every = steps / saves + 1;
    while (step < steps) {
        used += step_s(step++, used / seconds);
        if (step % every == 0 || step == steps) {
            used += save_s;
            b.save_s = save_s;
        }
        if (b.next == 0) ak_budget_begin(&b, seconds, step, steps, used);
        if (step == steps || step < b.next) continue;
        const int64_t now = ak_budget_look(&b, step, steps, used);
        CHECK(now > step);
        if (now != steps) {
            CHECK(plan->count < AK_MAX_TURNS);
            plan->at[plan->count].from = step;
            plan->at[plan->count++].steps = steps = now;
        }
    }
    *made = step;
    return used;
}

static void ends_in_time(void **state)
{
    (void)state;
    step_fn *const machines[] = { even, slower, faster, waves, reads_first, drifts };
    ak_step_plan plan;
    int64_t made;
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
        for (double seconds = 20; seconds < 4000; seconds *= 3)
            for (double wrong = 0.25; wrong <= 4; wrong *= 4) { /* the first guess is off by so much */
                const double took = run(machines[m], seconds, 1.5, 0.02 * wrong, 0.1, 20, &plan, &made);
                CHECK_LE(fabs(took - seconds), 0.05 * seconds);
                CHECK(plan.at[plan.count - 1].steps == made);
            }
    /* An even machine that was measured well needs no correction but that of its checkpoints. */
    run(even, 600, 1, 0.02, 0, 20, &plan, &made);
    CHECK(plan.count == 1);
}

static void a_time_that_is_over_leaves_one_step(void **state)
{
    (void)state;
    CHECK(ak_budget_steps(10, 12, 0.1) == 1);
    CHECK(ak_budget_steps(10, 0, 30) == 1);
    CHECK(ak_budget_steps(10, 1, 0.1) == 90);
    ak_budget b = { .next = 0 };
    ak_budget_begin(&b, 10, 1, 100, 2);
    CHECK(b.next == 3 && b.mark == 1 && b.mark_s == 2);
    CHECK(ak_budget_look(&b, 3, 100, 11) == 4);
}

/* A machine that takes so many seconds for a million pixels: how often the data would be seen with each size,
 * and which is taken. */
static void fewer_pixels_are_taken_where_time_is_short(void **state)
{
    (void)state;
    static const struct {
        int64_t side;                  /* of the views that the recipe has */
        double per_megapixel, seconds; /* of the machine, and of the budget */
        int64_t taken;
    } cases[] = {
        { 64, 1, 3600, 64 }, /* 10,000 items twice: 82 s an epoch with 64 pixels, 46 with 48, 20 with 32 */
        { 64, 1, 500, 48 },  /* seen 6.1 times, 11 */
        { 64, 1, 240, 32 },  /* 2.9, 5.2, 12 */
        { 64, 1, 20, 32 },   /* never eight times */
        { 64, 4, 2000, 48 }, /* a slower machine: 6.1, 11 */
        { 36, 1, 20, 28 },   /* not below 24 */
        { 24, 1, 1, 24 },    /* as views of small images stay, however short the time is */
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const int64_t side = cases[c].side;
        const double step_s = 512e-6 * (double)(side * side) * cases[c].per_megapixel;
        const double epochs = (double)ak_budget_steps(cases[c].seconds, 1, step_s) / (10000.0 / 256);
        const ak_budget_view v = ak_budget_views(side, side, epochs);
        if (v.height != cases[c].taken) print_error("case %zu: %lld\n", c, (long long)v.height);
        CHECK(v.height == cases[c].taken && v.width == v.height);
        CHECK_NEAR(v.cost, (double)(v.height * v.width) / (double)(side * side), 1e-12);
    }
    const ak_budget_view wide = ak_budget_views(48, 64, 1);
    CHECK(wide.height == 24 && wide.width == 32 && wide.cost == 0.25);
    CHECK(ak_budget_views(28, 64, 0.1).cost == 1); /* one side would be below 24 */
    CHECK(ak_budget_views(52, 52, 6).height == 40);
}

static void a_size_must_be_worth_what_it_loses(void **state)
{
    (void)state;
    CHECK(ak_budget_size((const double[]){ 3, 30 }, 2, 3) == 0); /* enough */
    CHECK(ak_budget_size((const double[]){ 2.9, 4 }, 2, 3) == 0);
    CHECK(ak_budget_size((const double[]){ 1, 1.4, 1.6 }, 3, 3) ==
          2); /* the first smaller one brings little */
    CHECK(ak_budget_size((const double[]){ 1, 1.6, 2.3 }, 3, 3) == 1);
    CHECK(ak_budget_size((const double[]){ 1, 4, 16 }, 3, 3) == 1 &&
          ak_budget_size((const double[]){ 1, 4, 16 }, 3, 8) == 2);
    CHECK(ak_budget_size((const double[]){ 0.1 }, 1, 3) == 0);
}

/* The rate goes on from where it was, falls all the way, and ends with the run. */
static void the_rate_ends_with_a_changed_plan(void **state)
{
    (void)state;
    const ak_schedule_opts o = { .kind = AK_COSINE, .peak = 2, .warmup_epochs = 0.4 };
    ak_schedule whole, s, one;
    ak_schedule_begin(&whole, &o, 10, 10);
    ak_schedule_begin(&one, &o, 10, 77);
    ak_schedule_plan(&one, &(ak_step_plan){ .count = 1, .at = { { 0, 100 } } });
    for (int64_t i = 0; i < 100; i++) CHECK(ak_schedule_lr(&one, i) == ak_schedule_lr(&whole, i));
    const ak_step_plan plans[] = {
        { 3, { { 0, 100 }, { 52, 76 }, { 60, 200 } } },
        { 3, { { 0, 100 }, { 2, 50 }, { 3, 120 } } }, /* within the warm-up */
        { 2, { { 0, 3 }, { 2, 40 } } },               /* the first plan is shorter than the warm-up */
    };
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++) {
        ak_schedule_begin(&s, &o, 10, 10);
        ak_schedule_plan(&s, &plans[p]);
        const int64_t n = plans[p].at[plans[p].count - 1].steps;
        CHECK(s.steps == n);
        for (int64_t i = 0; i < 4; i++) CHECK(ak_schedule_lr(&s, i) == 0.5 * (double)(i + 1));
        for (int64_t i = 5; i < n; i++) CHECK(ak_schedule_lr(&s, i) < ak_schedule_lr(&s, i - 1));
        CHECK(ak_schedule_lr(&s, n - 1) < 0.02);
    }
    ak_schedule_plan(&s, &plans[0]);
    for (int64_t i = 0; i < 53; i++) CHECK(ak_schedule_lr(&s, i) == ak_schedule_lr(&whole, i));
    CHECK_NEAR(ak_schedule_lr(&s, 60), 1 + cos(3.14159265358979323846 * (0.5 + 0.5 * 8 / 24)), 1e-14);
}

/* Text --------------------------------------------------------------------------------------------------- */

static akin_error err;

static akin_status settings(const char *const *options, ak_train_settings *s)
{
    akin_train_config *c = NULL;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (int i = 0; options[i]; i += 2) CHECK_OK(akin_train_config_set(c, options[i], options[i + 1], &err));
    const akin_status status = ak_train_settings_of(c, s, &err);
    akin_train_config_free(c);
    return status;
}

static void plans_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const char *const good[] = { "1", "2000", "2000,500:1900", "2000,500:1900,501:2500,2499:2501" };
    static const char *const bad[] = { "",
                                       "0",
                                       "-3",
                                       "2e3",
                                       "20,",
                                       "20,5",
                                       "20,5:",
                                       "20,5:5",
                                       "20,20:30",
                                       "20,7:30,7:31",
                                       "20,7:30,6:9",
                                       "20 ,7:30",
                                       "20,7:30 steps",
                                       "99999999999999999999" };
    ak_train_settings s;
    char text[AK_STEP_PLAN_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(settings((const char *const[]){ "steps", good[i], NULL }, &s));
        ak_step_plan_text(&s.plan, text);
        CHECK(strcmp(text, good[i]) == 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(settings((const char *const[]){ "steps", bad[i], NULL }, &s), AKIN_ERR_RANGE,
                    "--steps is");
    ak_step_plan most = { .count = AK_MAX_TURNS };
    for (int i = 0; i < AK_MAX_TURNS; i++) {
        most.at[i].from = i ? INT64_C(99999999999000) + i : 0;
        most.at[i].steps = INT64_C(99999999999999);
    }
    ak_step_plan_text(&most, text);
    CHECK_OK(settings((const char *const[]){ "steps", text, NULL }, &s));
    CHECK(s.plan.count == AK_MAX_TURNS);
}

static void a_budget_is_a_time(void **state)
{
    (void)state;
    ak_train_settings s;
    static const struct {
        const char *text;
        double seconds;
    } good[] = { { "90", 90 }, { "90s", 90 }, { "10m", 600 }, { "1.5h", 5400 }, { "1d", 86400 } };
    static const char *const bad[] = { "", "m", "0", "-5m", "10x", "10ms", "nan", "inf" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(settings((const char *const[]){ "budget", good[i].text, NULL }, &s));
        CHECK(s.budget_s == good[i].seconds && s.plan.count == 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(settings((const char *const[]){ "budget", bad[i], NULL }, &s), AKIN_ERR_RANGE,
                    "expected a time");
    CHECK_OK(settings((const char *const[]){ "budget", "10m", "steps", "7", NULL }, &s));
    CHECK(s.budget_s == 0 && s.plan.count == 1); /* it is decided */
    CHECK_FAILS(settings((const char *const[]){ "budget", "10m", "epochs", "7", NULL }, &s),
                AKIN_ERR_ARGUMENT, "leave one of them out");
    CHECK_FAILS(
        settings((const char *const[]){ "budget", "10m", "schedule", "step", "milestones", "3", NULL }, &s),
        AKIN_ERR_ARGUMENT, "--milestones are epochs");
    CHECK_FAILS(
        settings((const char *const[]){ "budget", "10m", "loss", "balanced", "alpha-end", "3", NULL }, &s),
        AKIN_ERR_ARGUMENT, "--alpha-end");
    CHECK_FAILS(
        settings((const char *const[]){ "steps", "9,3:8", "loss", "balanced", "alpha-end", "3", NULL }, &s),
        AKIN_ERR_ARGUMENT, "--alpha-end");
}

/* What run.json says of views is what they were made by, to the bit: 4/3 takes more than seven digits. */
static void resolved_options_have_all_digits(void **state)
{
    (void)state;
    int numbers = 0;
    for (int p = 0; ak_augment_preset_at(p); p++) {
        akin_train_config *c = NULL;
        CHECK_OK(akin_train_config_create(&c, &err));
        CHECK_OK(akin_train_config_set(c, "augment", ak_augment_preset_at(p)->name, &err));
        akin_json *all = ak_train_config_json(c);
        for (int i = 1; ak_augment_opt_desc[i].name; i++) {
            double value;
            CHECK_OK(
                ak_augment_get(ak_augment_preset_at(p)->opts, ak_augment_opt_desc[i].name, &value, &err));
            CHECK((float)akin_json_get_real(all, ak_augment_opt_desc[i].name) == (float)value);
            numbers++;
        }
        akin_json_free(all);
        akin_train_config_free(c);
    }
    CHECK(numbers > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_in_time),
        cmocka_unit_test(a_time_that_is_over_leaves_one_step),
        cmocka_unit_test(fewer_pixels_are_taken_where_time_is_short),
        cmocka_unit_test(a_size_must_be_worth_what_it_loses),
        cmocka_unit_test(the_rate_ends_with_a_changed_plan),
        cmocka_unit_test(plans_are_read_as_they_are_written),
        cmocka_unit_test(a_budget_is_a_time),
        cmocka_unit_test(resolved_options_have_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
