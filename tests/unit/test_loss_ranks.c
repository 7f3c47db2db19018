/* SPDX-License-Identifier: Apache-2.0 */
/* Every loss over the rows of several ranks (src/loss/ring.h): value, gradients, the counts of windows and
 * the reference with partners permuted, beside those of one rank that has all rows. */
#include "ranks_threads.h"

#include "akin/loss.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ITEMS = 3200, COLUMNS = 24, FEATURES = 9, MOST_BLOCK = 2, MOST_COUNT = 3, WHOLES = 5 };

/* A batch of all items, and how they are dealt out. */
typedef struct deal {
    const akin_loss *loss;
    akin_loss_params params;
    akin_precision precision;
    int64_t n, d, m;
    bool keys_only, alike, whole, labelled, stats, gradients;
    int ranks;
    int64_t first[THREADS_MOST + 1], first_key[THREADS_MOST + 1];
    double value[THREADS_MOST];
    akin_loss_window window[THREADS_MOST];
    akin_loss_permuted permuted[THREADS_MOST];
    akin_status status[THREADS_MOST];
    akin_error err[THREADS_MOST];
} deal;

static float a[MOST_ITEMS * COLUMNS], b[MOST_ITEMS * COLUMNS], keys[MOST_ITEMS * COLUMNS];
static float features[2][MOST_ITEMS * FEATURES];
static float positives[MOST_ITEMS * MOST_BLOCK * 4], negatives[MOST_ITEMS * MOST_BLOCK * MOST_COUNT * 4];
static int32_t labels[MOST_ITEMS];
/* of one rank; of several, or of each where all have all rows */
static float grad[1 + WHOLES][5][MOST_ITEMS * COLUMNS * 2];

static akin_cmat rows(const float *x, int64_t first, int64_t n, int64_t d)
{
    return (akin_cmat){ n ? x + first * d : NULL, n, d, d };
}

static akin_mat out(const deal *t, int side, int which, int64_t first, int64_t n, int64_t d)
{
    return (akin_mat){ n && t->gradients ? grad[side][which] + first * d : NULL, n, d, d };
}

/* Evaluate items [first, last) and keys [first_key, last_key) of a deal. */
static void evaluate(deal *t, ak_comm *c, int side, int at, int64_t first, int64_t last, int64_t first_key,
                     int64_t last_key)
{
    const int64_t n = last - first, m = t->alike ? t->m : last_key - first_key;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    float *of_features = NULL;
    batch.precision = t->precision;
    batch.ranks = c;
    batch.items = t->n;
    batch.whole = t->whole;
    batch.a = rows(a, first, n, t->d);
    grads.a = out(t, side, 0, first, n, t->d);
    if (t->loss->needs & AKIN_LOSS_TRIPLES) {
        batch.block = MOST_BLOCK;
        batch.count = MOST_COUNT;
        batch.positives = rows(positives, first * MOST_BLOCK, n * MOST_BLOCK, t->d);
        batch.negatives = rows(negatives, first * MOST_BLOCK * MOST_COUNT, n * MOST_BLOCK * MOST_COUNT, t->d);
        grads.positives = out(t, side, 2, first * MOST_BLOCK, n * MOST_BLOCK, t->d);
        grads.negatives = out(t, side, 3, first * MOST_BLOCK * MOST_COUNT, n * MOST_BLOCK * MOST_COUNT, t->d);
    } else {
        batch.b = rows(b, first, n, t->d);
        grads.b = out(t, side, 1, first, n, t->d);
    }
    if (t->m) {
        batch.keys = rows(keys, first_key, m, t->d);
        batch.keys_alike = t->alike;
        if (!t->alike) grads.keys = out(t, side, 4, first_key, m, t->d);
        batch.keys_only = t->keys_only;
    }
    if (t->loss->needs & AKIN_LOSS_FEATURES) {
        of_features = malloc((size_t)(2 * n * FEATURES) * sizeof *of_features);
        for (int v = 0; v < 2; v++)
            memcpy(of_features + v * n * FEATURES, features[v] + first * FEATURES,
                   (size_t)(n * FEATURES) * sizeof *of_features);
        batch.features = (akin_cmat){ of_features, 2 * n, FEATURES, FEATURES };
    }
    if (t->labelled || t->loss->needs & AKIN_LOSS_LABELS) batch.labels = labels + first;
    t->window[at] = (akin_loss_window){ .struct_size = sizeof t->window[at] };
    t->permuted[at] = (akin_loss_permuted){ .struct_size = sizeof t->permuted[at] };
    if (t->stats) {
        grads.permuted = &t->permuted[at];
        if (t->loss->needs & AKIN_LOSS_FEATURES) grads.window = &t->window[at];
    }
    const size_t bytes = akin_loss_scratch_bytes(t->loss, &t->params, &batch, 0) + 64;
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    t->status[at] = akin_loss_eval(t->loss, &t->params, &batch, &arena, &t->value[at], &grads, &t->err[at]);
    free(memory);
    free(of_features);
}

static void run_rank(ak_comm *c, void *ctx)
{
    deal *t = ctx;
    const int r = ak_comm_rank(c);
    evaluate(t, c, 1, r, t->first[r], t->first[r + 1], t->first_key[r], t->first_key[r + 1]);
}

static void fill(const deal *t)
{
    for (int64_t i = 0; i < t->n * t->d; i++) {
        a[i] = (float)test_normal();
        b[i] = a[i] + 0.6f * (float)test_normal();
    }
    for (int64_t i = 0; i < t->m * t->d; i++) keys[i] = (float)test_normal();
    for (int v = 0; v < 2; v++)
        for (int64_t i = 0; i < t->n * FEATURES; i++) features[v][i] = (float)test_normal();
    for (int64_t i = 0; i < t->n; i++) labels[i] = (int32_t)(i % 3 == 0 ? 5 : test_int(0, 3));
    if (!(t->loss->needs & AKIN_LOSS_TRIPLES)) return;
    for (int64_t i = 0; i < t->n * MOST_BLOCK * t->d; i++) positives[i] = (float)test_normal();
    for (int64_t i = 0; i < t->n * MOST_BLOCK * MOST_COUNT * t->d; i++) negatives[i] = (float)test_normal();
}

/* Uneven parts, none empty. */
static void split(int64_t n, int ranks, int64_t *first)
{
    first[0] = 0;
    for (int r = 0; r < ranks; r++) {
        const int64_t left = n - first[r] - (ranks - r - 1), even = 2 * left / (ranks - r);
        const int64_t most = even < 1 ? 1 : even > left ? left : even;
        first[r + 1] = r + 1 == ranks ? n : first[r] + test_int(1, (int)most);
    }
}

static double farthest(int which, int64_t n)
{
    double far = 0, most = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)grad[0][which][i]));
        far = fmax(far, fabs((double)grad[1][which][i] - (double)grad[0][which][i]));
    }
    return most > 0 ? far / most : far;
}

static void compare(deal *t, double near)
{
    memset(grad, 0, sizeof grad);
    evaluate(t, NULL, 0, 0, 0, t->n, 0, t->m);
    CHECK(t->status[0] == AKIN_OK);
    const double value = t->value[0];
    const akin_loss_window window = t->window[0];
    run_ranks(t->ranks, run_rank, t);
    for (int r = 0; r < t->ranks; r++) {
        if (t->status[r]) print_error("%s: %s\n", t->loss->name, t->err[r].message);
        CHECK(t->status[r] == AKIN_OK);
        if (!(fabs(t->value[r] - value) <= near * (1 + fabs(value))))
            print_error("%s, %d ranks, n %d: %.17g, alone %.17g\n", t->loss->name, t->ranks, (int)t->n,
                        t->value[r], value);
        CHECK(fabs(t->value[r] - value) <= near * (1 + fabs(value)));
        CHECK(t->value[r] == t->value[0]);
        if (!t->stats || !(t->loss->needs & AKIN_LOSS_FEATURES)) continue;
        CHECK(t->window[r].share == window.share);
        if (t->labelled) CHECK(t->window[r].other_class == window.other_class);
        if (t->labelled) CHECK(t->window[r].other_class_chance == window.other_class_chance);
    }
    const int64_t numbers[5] = { t->n * t->d, t->n * t->d, t->n * MOST_BLOCK * t->d,
                                 t->n * MOST_BLOCK * MOST_COUNT * t->d, t->m * t->d };
    for (int which = 0; which < 5 && t->gradients; which++) {
        const double far = farthest(which, numbers[which]);
        if (!(far <= near))
            print_error("%s, %d ranks, n %d, gradient %d: %g\n", t->loss->name, t->ranks, (int)t->n, which,
                        far);
        CHECK(far <= near);
    }
}

static deal deal_of(const akin_loss *loss, int64_t n, int64_t d, int ranks)
{
    deal t = { .loss = loss, .n = n, .d = d, .ranks = ranks, .gradients = true };
    t.params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    CHECK(akin_loss_defaults(loss, &t.params, NULL) == AKIN_OK);
    if (loss->needs & AKIN_LOSS_TRIPLES) t.d = 4;
    split(n, ranks, t.first);
    return t;
}

/* Each loss, one to five ranks, uneven parts; in double, so that what is not equal is wrong. */
static void every_loss_is_that_of_one_rank(void **state)
{
    (void)state;
    const akin_loss *loss;
    for (int l = 0; (loss = akin_loss_at(l)); l++)
        for (int ranks = 2; ranks <= 5; ranks++) {
            deal t = deal_of(loss, test_int(ranks, 300), test_int(2, COLUMNS), ranks);
            t.precision = AKIN_PRECISION_F64;
            t.labelled = test_int(0, 1);
            t.gradients = test_int(0, 3) > 0;
            t.stats = test_int(0, 1);
            if (t.n < 9) t.n = 9, split(t.n, ranks, t.first);
            fill(&t);
            compare(&t, 1e-6); /* gradients are stored as floats */
        }
}

static void large_parts_come_in_pieces(void **state)
{
    (void)state;
    const char *const names[] = { "ntxent", "infonce", "supcon", "difficult", "spectral" };
    for (int l = 0; l < 5; l++) {
        deal t = deal_of(akin_loss_find(names[l]), MOST_ITEMS, 8, 2 + l % 2);
        t.labelled = true;
        t.stats = true;
        if (l == 1) t.params.symmetric = 1;
        fill(&t);
        compare(&t, 2e-4);
    }
}

/* Small temperatures take the walk for maxima first. */
static void sharp_softmaxes_agree(void **state)
{
    (void)state;
    const char *const names[] = { "ntxent",    "infonce",       "supcon",
                                  "difficult", "hard-negative", "dual-temperature" };
    for (int l = 0; l < 6; l++) {
        deal t = deal_of(akin_loss_find(names[l]), 150, 8, 2 + l % 3);
        t.precision = AKIN_PRECISION_F64;
        t.params.temperature = 0.01;
        fill(&t);
        compare(&t, 1e-6);
    }
}

static void further_keys_lie_on_all_ranks(void **state)
{
    (void)state;
    const char *const names[] = { "ntxent", "dcl", "infonce" };
    for (int l = 0; l < 3; l++)
        for (int only = 0; only < 2; only++) {
            deal t = deal_of(akin_loss_find(names[l]), 70, 8, 3);
            t.precision = AKIN_PRECISION_F64;
            t.m = 40;
            t.keys_only = only;
            t.params.symmetric = 0;
            split(t.m, t.ranks, t.first_key);
            fill(&t);
            compare(&t, 1e-6);
        }
}

/* The same permutations of the items of all; sums in another order. */
static void compare_reference(deal *t)
{
    t->stats = true;
    fill(t);
    if (t->params.temperature < 0.1) /* a stranger may be nearly all of a sum */
        for (int64_t i = 0; i < t->n * t->d; i++) b[i] = (float)test_normal();
    evaluate(t, NULL, 0, 0, 0, t->n, 0, t->m);
    const akin_loss_permuted one = t->permuted[0];
    CHECK(t->status[0] == AKIN_OK && isfinite(one.loss) && isfinite(one.error));
    run_ranks(t->ranks, run_rank, t);
    for (int r = 0; r < t->ranks; r++) {
        CHECK(t->status[r] == AKIN_OK);
        const double far = fmax(fabs(t->permuted[r].loss - one.loss), fabs(t->permuted[r].error - one.error));
        if (!(far <= 1e-6 * fmax(1, fabs(one.loss))))
            print_error("%s on %d ranks: %.9g +- %.9g, alone %.9g +- %.9g\n", t->loss->name, t->ranks,
                        t->permuted[r].loss, t->permuted[r].error, one.loss, one.error);
        CHECK_LE(far, 1e-6 * fmax(1, fabs(one.loss)));
        CHECK(t->permuted[r].loss == t->permuted[0].loss);
    }
}

/* Value, gradients and reference, on any number of ranks that have all rows, and in one process. */
static void run_whole(ak_comm *c, void *ctx)
{
    deal *t = ctx;
    const int r = ak_comm_rank(c);
    evaluate(t, c, 1 + r, r, 0, t->n, 0, t->m);
}

static void whole_batches_have_the_same_bits_on_any_ranks(void **state)
{
    (void)state;
    const akin_loss *loss;
    for (int l = 0; (loss = akin_loss_at(l)); l++)
        for (int one_sided = 0; one_sided < 2; one_sided++) {
            /* three tiles, so that some of five ranks have none; for each eighth loss five */
            deal t = deal_of(loss, l % 8 ? 300 : 600, 8, 3);
            t.stats = true;
            t.params.symmetric = !one_sided;
            t.params.one_sided = one_sided;
            fill(&t);
            memset(grad, 0, sizeof grad);
            evaluate(&t, NULL, 1, 1, 0, t.n, 0, t.m);
            t.whole = true;
            evaluate(&t, NULL, 0, 0, 0, t.n, 0, t.m);
            CHECK(t.status[0] == AKIN_OK && t.status[1] == AKIN_OK);
            const double value = t.value[0], reference = t.permuted[0].loss;
            CHECK_LE(fabs(value - t.value[1]), 1e-5 * (1 + fabs(value)));
            for (int which = 0; which < 4; which++) CHECK_LE(farthest(which, t.n * t.d), 1e-4);
            for (t.ranks = 2; t.ranks <= WHOLES; t.ranks++) {
                run_ranks(t.ranks, run_whole, &t);
                for (int r = 0; r < t.ranks; r++) {
                    if (t.status[r]) print_error("%s: %s\n", loss->name, t.err[r].message);
                    CHECK(t.status[r] == AKIN_OK);
                    CHECK(t.value[r] == value && t.permuted[r].loss == reference);
                    if (memcmp(grad[1 + r], grad[0], sizeof grad[0]) != 0)
                        print_error("%s, rank %d of %d: other gradients\n", loss->name, r, t.ranks);
                    CHECK(memcmp(grad[1 + r], grad[0], sizeof grad[0]) == 0);
                }
            }
        }
}

/* A queue that every rank keeps counts once, and nothing of it travels. */
static void keys_that_are_alike_count_once(void **state)
{
    (void)state;
    const char *const names[] = { "ntxent", "dcl", "infonce" };
    for (int l = 0; l < 3; l++)
        for (int only = 0; only < 2; only++) {
            deal t = deal_of(akin_loss_find(names[l]), 70, 8, 3);
            t.precision = AKIN_PRECISION_F64;
            t.m = 40;
            t.keys_only = only;
            t.alike = true;
            t.params.symmetric = 0;
            for (int r = 0; r <= t.ranks; r++) t.first_key[r] = 0; /* all have all of them: see evaluate() */
            compare(&t, 1e-6);
            compare_reference(&t);
        }
}

static void the_reference_is_that_of_one_rank(void **state)
{
    (void)state;
    const akin_loss *loss;
    for (int l = 0; (loss = akin_loss_at(l)); l++)
        for (int ranks = 2; ranks <= 5; ranks++) {
            deal t = deal_of(loss, ranks == 5 ? 5 : 600, 8, ranks);      /* 5: an item a rank */
            if (ranks == 5 && strcmp(loss->name, "nscl") == 0) continue; /* an anchor may have no negatives */
            if (ranks >= 4) t.params.temperature = 0.011;
            t.precision = AKIN_PRECISION_F64;
            compare_reference(&t);
        }
}

static void the_reference_is_that_of_one_rank_with_further_keys(void **state)
{
    (void)state;
    for (int only = 0; only < 2; only++) {
        deal t = deal_of(akin_loss_find("infonce"), 70, 8, 3);
        t.precision = AKIN_PRECISION_F64;
        t.m = 40;
        t.keys_only = only;
        t.params.symmetric = 0;
        split(t.m, t.ranks, t.first_key);
        compare_reference(&t);
    }
}

static void an_error_of_one_rank_is_that_of_all(void **state)
{
    (void)state;
    const akin_loss *loss;
    for (int l = 0; (loss = akin_loss_at(l)); l++) {
        deal t = deal_of(loss, 40, 8, 3);
        fill(&t);
        for (int64_t k = 0; k < t.d; k++) a[t.first[1] * t.d + k] = NAN;
        run_ranks(t.ranks, run_rank, &t);
        for (int r = 0; r < t.ranks; r++) {
            CHECK(t.status[r] == AKIN_ERR_NUMERIC);
            CHECK(strstr(t.err[r].message, "row 0, column 0 of a is") != NULL);
            CHECK((strncmp(t.err[r].message, "rank 1: ", 8) == 0) == (r != 1));
        }
    }
}

static void of_two_ranks_with_one_item_each(void **state)
{
    (void)state;
    const akin_loss *loss;
    for (int l = 0; (loss = akin_loss_at(l)); l++) {
        if (strcmp(loss->name, "nscl") == 0) continue; /* an anchor may have no negatives */
        deal t = deal_of(loss, 2, 8, 2);
        t.precision = AKIN_PRECISION_F64;
        t.stats = true;
        fill(&t);
        compare(&t, 1e-6);
    }
}

static void run_other_parameters(ak_comm *c, void *ctx)
{
    deal t = *(deal *)ctx, *all = ctx;
    const int r = ak_comm_rank(c);
    t.params.temperature = r == 2 ? 0.3 : 0.2;
    evaluate(&t, c, 1, r, t.first[r], t.first[r + 1], 0, 0);
    all->status[r] = t.status[r];
    all->err[r] = t.err[r];
}

static void ranks_that_mean_another_loss_are_refused(void **state)
{
    (void)state;
    deal t = deal_of(akin_loss_find("ntxent"), 40, 8, 3);
    fill(&t);
    run_ranks(t.ranks, run_other_parameters, &t);
    for (int r = 0; r < t.ranks; r++) CHECK(t.status[r] == AKIN_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loss_is_that_of_one_rank),
        cmocka_unit_test(large_parts_come_in_pieces),
        cmocka_unit_test(sharp_softmaxes_agree),
        cmocka_unit_test(further_keys_lie_on_all_ranks),
        cmocka_unit_test(whole_batches_have_the_same_bits_on_any_ranks),
        cmocka_unit_test(keys_that_are_alike_count_once),
        cmocka_unit_test(the_reference_is_that_of_one_rank),
        cmocka_unit_test(the_reference_is_that_of_one_rank_with_further_keys),
        cmocka_unit_test(an_error_of_one_rank_is_that_of_all),
        cmocka_unit_test(of_two_ranks_with_one_item_each),
        cmocka_unit_test(ranks_that_mean_another_loss_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
