/* SPDX-License-Identifier: Apache-2.0 */
/* Training on several ranks: the same chunks, whatever their number, and so the same losses and weights as on
 * one rank up to rounding, or with --reproducible the same bits; the same bits again on as many; a run that
 * goes on with other ranks; what is frozen stays. test_train_ranks_fail.c: what fails. */
#include "train_ranks.h"

#include "train/fault.h"

#include <dirent.h>

/* Texts of the words of their class and of all; tuples of an anchor, a positive and a negative. */
static void make_texts(void)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s/texts.jsonl", folder);
    FILE *f = fopen(name, "w");
    CHECK(f != NULL);
    for (int i = 0; i < CLASSES * PER_CLASS; i++) {
        fprintf(f, "{\"label\": %d, \"text\": \"all", i % CLASSES);
        for (int k = 0; k < 3 + i % 5; k++)
            fprintf(f, " %s%d", k % 2 ? "every" : "some",
                    k % 2 ? i * k % 11 : 10 * (i % CLASSES) + i * k % 7);
        fprintf(f, "\"}\n");
    }
    fclose(f);
    snprintf(name, sizeof name, "%s/tuples.jsonl", folder);
    f = fopen(name, "w");
    CHECK(f != NULL);
    for (int i = 0; i < CLASSES * PER_CLASS; i++)
        fprintf(f, "{\"anchor\": \"a%d b%d\", \"positive\": \"a%d c%d\", \"negative\": \"b%d d%d all\"}\n",
                i % 9, i % 5, i % 9, i % 4, i % 7, i % 3);
    fclose(f);
}

/* The newest checkpoint. */
static FILE *open_newest(const char *run)
{
    char path[2 * NAME_BYTES], best[256] = "";
    snprintf(path, sizeof path, "%s/%s/checkpoints", folder, run);
    DIR *d = opendir(path);
    CHECK(d != NULL);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, "step", 4) == 0 && strcmp(e->d_name, best) > 0)
            snprintf(best, sizeof best, "%s", e->d_name);
    closedir(d);
    snprintf(path, sizeof path, "%s/%s/checkpoints/%s", folder, run, best);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    return f;
}

/* Its bytes behind its header. */
static float *weights_of(const char *run, int64_t *n)
{
    FILE *f = open_newest(run);
    uint64_t header;
    CHECK(fread(&header, sizeof header, 1, f) == 1);
    CHECK(fseek(f, 0, SEEK_END) == 0);
    *n = (ftell(f) - 8 - (long)header) / (long)sizeof(float);
    CHECK(fseek(f, 8 + (long)header, SEEK_SET) == 0);
    float *x = malloc((size_t)*n * sizeof *x);
    CHECK((int64_t)fread(x, sizeof *x, (size_t)*n, f) == *n);
    fclose(f);
    return x;
}

static double apart(const char *one, const char *other)
{
    int64_t n, m;
    float *x = weights_of(one, &n), *y = weights_of(other, &m);
    CHECK(n == m && n > 100);
    double far = 0;
    for (int64_t i = 0; i < n; i++)
        far = fmax(far, fabs((double)x[i] - (double)y[i]) / (1 + fabs((double)x[i])));
    free(x);
    free(y);
    return far;
}

/* The numbers of a tensor; NULL: there is none. */
static float *tensor_of(const char *run, const char *name, int64_t *n)
{
    FILE *f = open_newest(run);
    uint64_t header;
    char quoted[NAME_BYTES];
    long from, to;
    float *x = NULL;
    CHECK(fread(&header, sizeof header, 1, f) == 1);
    char *text = calloc(header + 1, 1);
    CHECK(fread(text, header, 1, f) == 1);
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *at = strstr(text, quoted);
    if (at && sscanf(strstr(at, "data_offsets"), "data_offsets\": [%ld , %ld]", &from, &to) == 2) {
        *n = (to - from) / (long)sizeof *x;
        x = malloc((size_t)(to - from));
        CHECK(fseek(f, 8 + (long)header + from, SEEK_SET) == 0);
        CHECK((int64_t)fread(x, sizeof *x, (size_t)*n, f) == *n);
    }
    free(text);
    fclose(f);
    return x;
}

static bool same_tensor(const char *one, const char *other, const char *name)
{
    int64_t n = 0, m = 0;
    float *x = tensor_of(one, name, &n), *y = tensor_of(other, name, &m);
    const bool same = x && y && n == m && n > 0 && memcmp(x, y, (size_t)n * sizeof *x) == 0;
    free(x);
    free(y);
    return same;
}

/* Those of each step, and what they would be with partners permuted, where that is known. */
static void compare_losses(const plan *shared, const plan *alone, double most)
{
    CHECK(shared->steps == alone->steps);
    for (int s = 0; s < alone->steps; s++) {
        CHECK(fabs(shared->loss_of[s] - alone->loss_of[s]) <= most);
        CHECK(isnan(shared->permuted_of[s]) == isnan(alone->permuted_of[s]));
        if (isnan(alone->permuted_of[s])) continue;
        const double far = fabs(shared->permuted_of[s] - alone->permuted_of[s]);
        if (!(far <= most)) print_error("%s, step %d: permuted %g apart\n", shared->loss, s + 1, far);
        CHECK(far <= most);
    }
}

static void one_rank_and_many_learn_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *loss, *pairs, *encoder;
    } cases[] = { { "ntxent", "views", "cnn4" },         { "infonce", "views", "resnet-s" },
                  { "supcon", "views", "cnn4" },         { "difficult", "views", "cnn4" },
                  { "curl-logistic", "latent", "cnn4" }, { "align-uniform", "group", "cnn4" },
                  { "cross-entropy", "auto", "cnn4" },   { "sogclr", "views", "cnn4" },
                  { "barlow", "views", "cnn4" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char one[32], many[32];
        snprintf(one, sizeof one, "one-%d", (int)i);
        plan alone = plan_of(one, cases[i].loss, cases[i].pairs);
        alone.encoder = cases[i].encoder;
        train(&alone, 1, AKIN_OK);
        CHECK(alone.steps == 6);
        for (int ranks = 2; ranks <= 4; ranks += 1 + (int)(i % 2)) {
            snprintf(many, sizeof many, "many-%d-%d", (int)i, ranks);
            plan shared = plan_of(many, cases[i].loss, cases[i].pairs);
            shared.encoder = cases[i].encoder;
            train(&shared, ranks, AKIN_OK);
            CHECK(shared.steps == alone.steps);
            compare_losses(&shared, &alone, 2e-4);
            const double far = apart(one, many);
            if (!(far <= 5e-4)) print_error("%s, %d ranks: %g\n", cases[i].loss, ranks, far);
            CHECK(far <= 5e-4);
        }
    }
}

/* A momentum encoder, with and without a queue of 48 keys, two steps of them. */
static plan plan_of_keys(const char *run, const char *queue)
{
    plan p = plan_of(run, "infonce", "views");
    p.extra[0] = "momentum-encoder";
    p.extra[1] = "0.8";
    p.extra[2] = "queue";
    p.extra[3] = queue;
    return p;
}

static void keys_are_those_of_all_ranks(void **state)
{
    (void)state;
    for (int q = 0; q < 2; q++) {
        const char *queue = q ? "48" : "0";
        char one[32], many[32];
        snprintf(one, sizeof one, "keys-one-%d", q);
        plan alone = plan_of_keys(one, queue);
        train(&alone, 1, AKIN_OK);
        for (int ranks = 2; ranks <= 3; ranks++) {
            snprintf(many, sizeof many, "keys-%d-%d", q, ranks);
            plan shared = plan_of_keys(many, queue);
            train(&shared, ranks, AKIN_OK);
            compare_losses(&shared, &alone, 2e-4);
            const double far = apart(one, many); /* the queue is one of the checkpoint's tensors */
            if (!(far <= 5e-4)) print_error("queue %s, %d ranks: %g\n", queue, ranks, far);
            CHECK(far <= 5e-4);
        }
    }
    plan whole = plan_of_keys("keys-whole", "48"), cut = plan_of_keys("keys-cut", "48");
    train(&whole, 2, AKIN_OK);
    CHECK(apart("keys-1-2", "keys-whole") == 0);
    cut.stop_after = 3;
    train(&cut, 2, AKIN_ERR_INTERRUPTED);
    cut.resume = true;
    cut.stop_after = 1;
    train(&cut, 2, AKIN_ERR_INTERRUPTED);
    cut.stop_after = 1;
    train(&cut, 3, AKIN_ERR_INTERRUPTED);
    cut.stop_after = 0;
    train(&cut, 1, AKIN_OK);
    CHECK(apart("keys-whole", "keys-cut") <= 5e-4);
    plan exact = plan_of_keys("keys-exact-1", "48"), same = plan_of_keys("keys-exact-3", "48");
    exact.reproducible = same.reproducible = true;
    train(&exact, 1, AKIN_OK);
    train(&same, 3, AKIN_OK);
    CHECK(apart("keys-exact-1", "keys-exact-3") == 0);
}

static plan plan_of_texts(const char *run, const char *loss, const char *pairs, const char *encoder)
{
    plan p = plan_of(run, loss, pairs);
    p.data = strcmp(pairs, "given") == 0 ? "tuples.jsonl" : "texts.jsonl";
    p.encoder = encoder;
    p.micro = NULL;
    /* each rank's part is a batch of its own for batch norm */
    const char *const extra[] = { "head-norm", "none", "dim", "12", "words-optimizer", "adamw" };
    memcpy(p.extra, extra, sizeof extra);
    return p;
}

/* The sums over ids that ranks share have another order, and nothing else differs. */
static void a_table_of_words_is_that_of_all_ranks(void **state)
{
    (void)state;
    static const struct {
        const char *loss, *pairs, *encoder, *option, *value;
    } cases[] = { { "ntxent", "views", "bag", "text-view", "erase" },
                  { "infonce", "group", "bag", "words-optimizer", "adagrad-row" },
                  { "ntxent", "given", "bag", "negatives", "1" },
                  { "supcon", "group", "gru", "words-optimizer", "adagrad-row" },
                  { "align-uniform", "views", "bigru", "text-view", "crop" },
                  { "curl-logistic", "latent", "bag", "words-optimizer", "sgd" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char one[32], many[32];
        snprintf(one, sizeof one, "words-one-%d", (int)i);
        plan alone = plan_of_texts(one, cases[i].loss, cases[i].pairs, cases[i].encoder);
        alone.extra[6] = cases[i].option;
        alone.extra[7] = cases[i].value;
        train(&alone, 1, AKIN_OK);
        CHECK(alone.steps == 6);
        for (int ranks = 2; ranks <= 3; ranks++) {
            plan shared = alone;
            snprintf(many, sizeof many, "words-%d-%d", (int)i, ranks);
            shared.run = many;
            train(&shared, ranks, AKIN_OK);
            compare_losses(&shared, &alone, 1e-5);
            const double far = apart(one, many);
            if (!(far <= 5e-5))
                print_error("%s, %s, %d ranks: %g\n", cases[i].loss, cases[i].encoder, ranks, far);
            CHECK(far <= 5e-5);
        }
    }
    plan again = plan_of_texts("words-again", "ntxent", "views", "bag");
    again.extra[6] = "text-view";
    again.extra[7] = "erase";
    train(&again, 3, AKIN_OK);
    CHECK(apart("words-0-3", "words-again") == 0);
    plan slower = again;
    slower.run = "words-slower";
    slower.extra[8] = "words-lr";
    slower.extra[9] = "0.5";
    train(&slower, 3, AKIN_OK);
    CHECK(apart("words-again", "words-slower") > 1e-3);
}

/* Chunks of a text's batch, on one rank and on two: the loss and the gradients of the batch. The words learn
 * by SGD, which is linear in the gradient: AdamW's first step divides it by its size, so that a number near
 * zero shows its rounding (avx2: one of 63,155 is 5.2e-5 apart at step 1, and no further; SGD 4e-7). */
static void chunks_of_text_learn_what_the_batch_does(void **state)
{
    (void)state;
    static const char *const encoders[] = { "bag", "gru" };
    for (int i = 0; i < 2; i++) {
        char one[32], cut[32];
        snprintf(one, sizeof one, "text-once-%d", i);
        plan once = plan_of_texts(one, "ntxent", "group", encoders[i]);
        once.extra[5] = "sgd";
        train(&once, 1, AKIN_OK);
        for (int ranks = 1; ranks <= 2; ranks++) {
            snprintf(cut, sizeof cut, "text-cut-%d-%d", i, ranks);
            plan chunks = plan_of_texts(cut, "ntxent", "group", encoders[i]);
            chunks.micro = "4";
            chunks.extra[5] = "sgd";
            train(&chunks, ranks, AKIN_OK);
            compare_losses(&chunks, &once, 1e-5);
            const double far = apart(one, cut);
            if (!(far <= 5e-6)) print_error("%s, chunks, %d ranks: %g\n", encoders[i], ranks, far);
            CHECK(far <= 5e-6);
        }
    }
}

static void reproducible_runs_of_text_have_the_same_bits_on_any_ranks(void **state)
{
    (void)state;
    static const struct {
        const char *loss, *pairs, *encoder, *option, *value;
    } cases[] = { { "ntxent", "views", "bag", "text-view", "erase" },
                  { "infonce", "given", "bag", "negatives", "1" },
                  { "supcon", "group", "gru", "words-optimizer", "adagrad-row" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char one[32], many[32];
        snprintf(one, sizeof one, "text-bits-1-%d", (int)i);
        plan alone = plan_of_texts(one, cases[i].loss, cases[i].pairs, cases[i].encoder);
        alone.extra[1] = "batch"; /* of the head: each chunk by itself */
        alone.extra[6] = cases[i].option;
        alone.extra[7] = cases[i].value;
        alone.reproducible = true;
        alone.micro = i ? "4" : NULL; /* NULL: three chunks of eight */
        const plan first = alone;
        train(&alone, 1, AKIN_OK);
        for (int ranks = 2; ranks <= 4 - !i; ranks++) {
            plan shared = first;
            snprintf(many, sizeof many, "text-bits-%d-%d", ranks, (int)i);
            shared.run = many;
            train(&shared, ranks, AKIN_OK);
            CHECK(shared.steps == alone.steps && alone.steps == 6);
            CHECK(memcmp(shared.loss_of, alone.loss_of, sizeof alone.loss_of) == 0);
            if (apart(one, many) != 0)
                print_error("%s, %d ranks: %g\n", cases[i].loss, ranks, apart(one, many));
            CHECK(apart(one, many) == 0);
        }
    }
}

/* What the verdict stands on: a rank's one item has its stranger on another rank. */
static void one_item_a_rank_has_the_reference_of_all(void **state)
{
    (void)state;
    plan alone = plan_of_texts("single-1", "ntxent", "group", "bag"), shared = alone;
    shared.run = "single-3";
    alone.batch = shared.batch = "3";
    alone.stop_after = shared.stop_after = 3;
    train(&alone, 1, AKIN_ERR_INTERRUPTED);
    train(&shared, 3, AKIN_ERR_INTERRUPTED);
    CHECK(isfinite(alone.permuted_of[0]));
    compare_losses(&shared, &alone, 2e-4);
}

static void as_many_ranks_give_the_same_bits(void **state)
{
    (void)state;
    plan first = plan_of("bits-1", "ntxent", "views"), second = plan_of("bits-2", "ntxent", "views");
    train(&first, 3, AKIN_OK);
    train(&second, 3, AKIN_OK);
    CHECK(apart("bits-1", "bits-2") == 0);
}

static void a_run_goes_on_with_other_ranks(void **state)
{
    (void)state;
    plan whole = plan_of("whole", "ntxent", "views"), begun = plan_of("begun", "ntxent", "views");
    train(&whole, 2, AKIN_OK);
    begun.stop_after = 3;
    train(&begun, 2, AKIN_ERR_INTERRUPTED);
    CHECK(begun.steps == 3);
    plan same = begun, other = begun;
    same.resume = other.resume = true;
    same.stop_after = 2;
    train(&same, 2, AKIN_ERR_INTERRUPTED);
    train(&other, 3, AKIN_OK);
    CHECK(apart("whole", "begun") <= 5e-4);
    plan again = plan_of("again", "ntxent", "views");
    again.stop_after = 4;
    train(&again, 2, AKIN_ERR_INTERRUPTED);
    again.resume = true;
    again.stop_after = 0;
    train(&again, 2, AKIN_OK);
    CHECK(apart("whole", "again") == 0);
}

static void reproducible_runs_have_the_same_bits_on_any_ranks(void **state)
{
    (void)state;
    static const struct {
        const char *loss, *pairs, *encoder, *batch, *micro;
    } cases[] = {
        { "ntxent", "views", "cnn4", "24", "4" },         { "infonce", "views", "resnet-s", "24", "4" },
        { "difficult", "views", "cnn4", "24", "2" },      { "supcon", "views", "cnn4", "21", "3" },
        { "curl-logistic", "latent", "cnn4", "24", "4" }, { "cross-entropy", "auto", "cnn4", "24", "4" },
        { "sogclr", "views", "cnn4", "24", "4" }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char one[32], many[32];
        snprintf(one, sizeof one, "bits-of-1-%d", (int)i);
        plan alone = plan_of(one, cases[i].loss, cases[i].pairs);
        alone.encoder = cases[i].encoder;
        alone.batch = cases[i].batch;
        alone.micro = cases[i].micro;
        alone.reproducible = true;
        plan first = alone;
        train(&alone, 1, AKIN_OK);
        CHECK(alone.steps >= 6);
        for (int ranks = 2; ranks <= 4; ranks++) {
            plan shared = first;
            snprintf(many, sizeof many, "bits-of-%d-%d", ranks, (int)i);
            shared.run = many;
            train(&shared, ranks, AKIN_OK);
            CHECK(shared.steps == alone.steps);
            CHECK(memcmp(shared.loss_of, alone.loss_of, sizeof alone.loss_of) == 0);
            if (apart(one, many) != 0)
                print_error("%s, %d ranks: %g\n", cases[i].loss, ranks, apart(one, many));
            CHECK(apart(one, many) == 0);
        }
    }
}

/* 48 items in one batch that nobody cut: six chunks of 8. */
static void a_reproducible_run_goes_on_with_other_ranks(void **state)
{
    (void)state;
    plan whole = plan_of("all-at-once", "ntxent", "views");
    whole.batch = "48";
    whole.micro = "0";
    whole.reproducible = true;
    plan piece = whole;
    train(&whole, 1, AKIN_OK);
    CHECK(whole.steps == 3);
    piece.run = "in-pieces";
    piece.stop_after = 1;
    train(&piece, 2, AKIN_ERR_INTERRUPTED);
    piece.resume = true;
    piece.stop_after = 1;
    train(&piece, 3, AKIN_ERR_INTERRUPTED);
    piece.stop_after = 0;
    train(&piece, 1, AKIN_OK);
    CHECK(memcmp(piece.loss_of, whole.loss_of, sizeof whole.loss_of) == 0);
    CHECK(apart("all-at-once", "in-pieces") == 0);
}

static void what_is_frozen_stays_as_it_was(void **state)
{
    (void)state;
    static const char *const frozen_ones[] = { "stage1.block0.conv.weight", "stage1.block0.conv.bn.bias",
                                               "stage1.block0.conv.bn.weight",
                                               "stage1.block0.conv.bn.running_mean",
                                               "stage1.block0.conv.bn.running_var" };
    plan first = plan_of("begins", "ntxent", "views");
    train(&first, 1, AKIN_OK);
    char run[NAME_BYTES];
    snprintf(run, sizeof run, "%s/begins", folder);
    for (int reproducible = 0; reproducible < 2; reproducible++) {
        plan frozen = plan_of(reproducible ? "froze-2" : "froze-1", "ntxent", "views");
        frozen.init = run;
        frozen.reproducible = reproducible;
        train(&frozen, 3, AKIN_OK);
        for (size_t i = 0; i < sizeof frozen_ones / sizeof *frozen_ones; i++)
            CHECK(same_tensor("begins", frozen.run, frozen_ones[i]));
        CHECK(!same_tensor("begins", frozen.run, "stage4.block0.conv.weight"));
    }
}

/* Also where their parts are uneven: 23 anchors. */
static void batch_norm_of_all_ranks_is_that_of_one_batch(void **state)
{
    (void)state;
    static const struct {
        const char *loss, *encoder, *batch;
    } cases[] = { { "ntxent", "cnn4", "23" }, { "infonce", "resnet-s", "24" }, { "supcon", "mlp", "24" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char one[32], many[32];
        snprintf(one, sizeof one, "norm-1-%d", (int)i);
        plan alone = plan_of(one, cases[i].loss, "views");
        alone.encoder = cases[i].encoder;
        alone.batch = cases[i].batch;
        alone.micro = "0";
        alone.extra[0] = "batch-norm";
        alone.extra[1] = "all";
        plan first = alone;
        train(&alone, 1, AKIN_OK);
        for (int ranks = 2; ranks <= 3; ranks++) {
            snprintf(many, sizeof many, "norm-%d-%d", ranks, (int)i);
            plan shared = first;
            shared.run = many;
            train(&shared, ranks, AKIN_OK);
            CHECK(shared.steps == alone.steps && alone.steps == 6);
            compare_losses(&shared, &alone, 2e-4);
            const double far = apart(one, many);
            if (!(far <= 5e-4)) print_error("%s, %d ranks: %g\n", cases[i].encoder, ranks, far);
            CHECK(far <= 5e-4);
        }
        plan chunks = first; /* each rank by its own rows: another function of the batch */
        snprintf(many, sizeof many, "norm-chunks-%d", (int)i);
        chunks.run = many;
        chunks.extra[1] = "chunk";
        train(&chunks, 3, AKIN_OK);
        CHECK(fabs(chunks.loss_of[0] - alone.loss_of[0]) > 1e-3);
    }
}

static void batch_norm_of_text_is_that_of_all_ranks(void **state)
{
    (void)state;
    plan text = plan_of_texts("norm-text-1", "infonce", "group", "bag"), shared = text;
    text.extra[0] = shared.extra[0] = "batch-norm"; /* in the place of: none in the head */
    text.extra[1] = shared.extra[1] = "all";
    shared.run = "norm-text-3";
    train(&text, 1, AKIN_OK);
    train(&shared, 3, AKIN_OK);
    CHECK(fabs(shared.loss_of[5] - text.loss_of[5]) <= 2e-4 && apart(text.run, shared.run) <= 5e-4);
}

static void without_chunks_each_rank_has_its_part(void **state)
{
    (void)state;
    plan p = plan_of("parts", "ntxent", "views"); /* 23 anchors: 7, 8 and 8 */
    p.batch = "23";
    p.micro = "0";
    train(&p, 3, AKIN_OK);
    CHECK(p.steps == 6 && p.loss_of[5] < p.loss_of[0]);
}

static int begun_before[THREADS_MOST], begun_beside; /* transfers; of rank 1 during backward passes */

static void count_transfers(ak_trainer *t, const char *stage, void *values)
{
    (void)values;
    if (!t->comm) return;
    const int rank = t->visits.rank, now = ((thread_job *)t->comm->state)->begun[rank];
    if (strcmp(stage, "backward") == 0 && rank == 1) begun_beside += now - begun_before[rank];
    begun_before[rank] = now;
}

/* Of a net whose gradients are some pieces long: 1.5 million numbers. */
static void gradients_travel_while_the_backward_pass_goes_on(void **state)
{
    (void)state;
    plan p = plan_of("beside", "ntxent", "views");
    p.encoder = "mlp";
    p.extra[0] = "blocks";
    p.extra[1] = "2";
    p.width = "1024";
    p.micro = "8"; /* of one chunk a rank there is one pass a step, right behind the loss */
    ak_train_fault = count_transfers;
    train(&p, 3, AKIN_OK);
    ak_train_fault = NULL;
    CHECK(begun_beside >= 2 * p.steps);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    make_pictures("data", 0);
    make_texts();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_and_many_learn_the_same),
        cmocka_unit_test(keys_are_those_of_all_ranks),
        cmocka_unit_test(a_table_of_words_is_that_of_all_ranks),
        cmocka_unit_test(chunks_of_text_learn_what_the_batch_does),
        cmocka_unit_test(reproducible_runs_of_text_have_the_same_bits_on_any_ranks),
        cmocka_unit_test(one_item_a_rank_has_the_reference_of_all),
        cmocka_unit_test(as_many_ranks_give_the_same_bits),
        cmocka_unit_test(a_run_goes_on_with_other_ranks),
        cmocka_unit_test(reproducible_runs_have_the_same_bits_on_any_ranks),
        cmocka_unit_test(a_reproducible_run_goes_on_with_other_ranks),
        cmocka_unit_test(what_is_frozen_stays_as_it_was),
        cmocka_unit_test(batch_norm_of_all_ranks_is_that_of_one_batch),
        cmocka_unit_test(batch_norm_of_text_is_that_of_all_ranks),
        cmocka_unit_test(without_chunks_each_rank_has_its_part),
        cmocka_unit_test(gradients_travel_while_the_backward_pass_goes_on),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
