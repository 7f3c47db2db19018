/* SPDX-License-Identifier: Apache-2.0 */
/* The predictor of simsiam and byol (train/predictor.h): without it, or with a gradient of the targets, the
 * projections collapse, and with both they do not [ChenHe2021 sec.4.1]; ranks learn what one learns, and as
 * many the same bits; a run that was stopped ends with the same bits; what does not go together. */
#include "train_ranks.h"

#include <dirent.h>

/* The bytes behind the header of the checkpoint of that step. */
static float *numbers_of(const char *run, int step, int64_t *n)
{
    char path[2 * NAME_BYTES];
    uint64_t header;
    snprintf(path, sizeof path, "%s/%s/checkpoints/step-%010d.safetensors", folder, run, step);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    CHECK(fread(&header, sizeof header, 1, f) == 1 && fseek(f, 0, SEEK_END) == 0);
    *n = (ftell(f) - 8 - (long)header) / (long)sizeof(float);
    CHECK(fseek(f, 8 + (long)header, SEEK_SET) == 0);
    float *x = malloc((size_t)*n * sizeof *x);
    CHECK((int64_t)fread(x, sizeof *x, (size_t)*n, f) == *n);
    fclose(f);
    return x;
}

static double apart(const char *one, const char *other, int step)
{
    int64_t n, m;
    float *x = numbers_of(one, step, &n), *y = numbers_of(other, step, &m);
    double far = 0;
    CHECK(n == m && n > 100);
    for (int64_t i = 0; i < n; i++)
        far = fmax(far, fabs((double)x[i] - (double)y[i]) / (1 + fabs((double)x[i])));
    free(x);
    free(y);
    return far;
}

static double spread(const char *run, const char *loss, const char *option, const char *value)
{
    plan p = plan_of(run, loss, "auto");
    const char *const extra[] = { "epochs", "32", "optimizer", "adamw", "lr", "0.01", option, value };
    memcpy(p.extra, extra, sizeof extra);
    p.micro = "0";
    train(&p, 1, AKIN_OK);
    return p.std_of[p.steps - 1];
}

static void it_collapses_without(void **state)
{
    (void)state;
    const double kept = spread("s", "simsiam", NULL, NULL), byol = spread("b", "byol", NULL, NULL);
    const double none = spread("n", "simsiam", "predictor", "0"),
                 passed = spread("p", "simsiam", "pass-gradient", "true");
    print_message("deviation: simsiam %.3f, byol %.3f, no predictor %.3f, no stop-gradient %.3f\n", kept,
                  byol, none, passed);
    CHECK(kept > 0.3 && byol > 0.3);
    CHECK_LE(none, 0.1);
    CHECK_LE(passed, 0.1);
}

static void ranks_learn_the_same(void **state)
{
    (void)state;
    const char *const names[] = { "simsiam", "byol" };
    for (int l = 0; l < 2; l++)
        for (int ranks = 1; ranks <= 2; ranks++) {
            char run[16];
            snprintf(run, sizeof run, "%s%d", names[l], ranks);
            plan p = plan_of(run, names[l], "auto");
            train(&p, ranks, AKIN_OK);
            if (ranks == 1) continue;
            int64_t n;
            float *x = numbers_of(run, p.steps, &n);
            for (int64_t i = 0; i < n; i++) CHECK(isfinite(x[i]));
            free(x);
            const char *const second[] = { "s-again", "b-again" }, *const third[] = { "s-next", "b-next" };
            plan again = plan_of(second[l], names[l], "auto");
            train(&again, ranks, AKIN_OK);
            CHECK(apart(run, second[l], p.steps) == 0); /* the same bits on as many */
            plan next = plan_of(third[l], names[l], "auto");
            next.stop_after = 4;
            train(&next, ranks, AKIN_ERR_INTERRUPTED);
            next.resume = true;
            train(&next, ranks, AKIN_OK);
            CHECK(apart(run, third[l], p.steps) == 0);
        }
}

/* Batch norm of a chunk, and of all. */
static void ranks_learn_what_one_learns(void **state)
{
    (void)state;
    const char *const names[] = { "simsiam", "byol" }, *const norms[] = { "chunk", "all" };
    for (int l = 0; l < 4; l++)
        for (int ranks = 1; ranks <= 3; ranks++) {
            const char *name = names[l % 2], *norm = norms[l / 2];
            char run[32], one[32];
            snprintf(run, sizeof run, "%s-%s-%d", name, norm, ranks);
            snprintf(one, sizeof one, "%s-%s-1", name, norm);
            plan p = plan_of(run, name, "auto");
            p.extra[0] = "batch-norm";
            p.extra[1] = norm;
            if (l / 2) p.micro = "0";
            train(&p, ranks, AKIN_OK);
            CHECK_LE(apart(one, run, p.steps), 1e-4);
        }
}

static void a_stopped_run_ends_with_the_same_bits(void **state)
{
    (void)state;
    const char *const names[] = { "simsiam", "byol" };
    for (int l = 0; l < 2; l++) {
        char whole[16], parts[16];
        snprintf(whole, sizeof whole, "%s-w", names[l]);
        snprintf(parts, sizeof parts, "%s-p", names[l]);
        plan p = plan_of(whole, names[l], "auto"), q = plan_of(parts, names[l], "auto");
        train(&p, 1, AKIN_OK);
        q.stop_after = 3;
        train(&q, 1, AKIN_ERR_INTERRUPTED);
        q.resume = true;
        train(&q, 1, AKIN_OK);
        CHECK(apart(whole, parts, p.steps) == 0);
    }
}

static void refuse(const char *loss, const char *option, const char *value, const char *text)
{
    plan p = plan_of("no", loss, "auto");
    p.extra[0] = option;
    p.extra[1] = value;
    train(&p, 1, AKIN_ERR_ARGUMENT);
    if (!strstr(p.err[0].message, text)) print_error("%s: %s\n", text, p.err[0].message);
    CHECK(strstr(p.err[0].message, text) != NULL);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    refuse("simsiam", "matryoshka", "4", "--matryoshka does not go with --loss simsiam");
    refuse("byol", "reproducible", "true", "it does not go with --reproducible");
    refuse("byol", "head-out", "0", "there is no head");
    refuse("byol", "pass-gradient", "true", "--pass-gradient is an option of --loss simsiam");
    refuse("ntxent", "predictor", "4", "--predictor is an option of --loss simsiam, byol and matrix-ssl");
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    make_pictures("data", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_collapses_without),
        cmocka_unit_test(ranks_learn_the_same),
        cmocka_unit_test(ranks_learn_what_one_learns),
        cmocka_unit_test(a_stopped_run_ends_with_the_same_bits),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
