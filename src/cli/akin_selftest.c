/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_selftest.c - akin selftest: does this build, on this machine, compute what it should?
 *
 *   reference   every loss: float and bfloat16 values and gradients against the double reference
 *   slope       every loss: the double gradient against differences of the double loss
 *   dense       ntxent over tiles against the plain double loop over the whole matrix
 *   threads     every loss: the same bits with 1, 2, 3 and 8 threads
 *   sets        every loss: each instruction set of this machine against the double reference
 *   ranks       in a job of several: sums, gathers and transfers against calculations, bit for bit; every
 *               loss, its rows dealt out unevenly, against that of one rank
 *   learning    in a job of several, every loss: the weights that ranks learn against those of one rank
 *
 * Limits. Float gradients: 1e-5 of the largest row, bfloat16 2e-2, as docs/numerics.md derives. Slopes: a
 * step of 2^-7 and Richardson's rule leave an error of the fifth derivative times 2^-28, and rows are
 * floats, so that the step itself is exact: 1e-4 of the gradient's norm covers a temperature of 0.5. Weights
 * after 100 steps: 1e-4, a hundred times what sums in another order have been seen to leave. */
#include "cli/known.h"
#include "cli/random.h"
#include "command/command.h"

#include "akin/loss.h"
#include "akin/tool/escape.h"
#include "akin/tool/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "rows", AKIN_OPT_INT, "300", "N", 2, 4096, "rows of a view" },
    { "dim", AKIN_OPT_INT, "33", "D", 16, 4096, "columns" },
    { "loss", AKIN_OPT_TEXT, NULL, "NAME", 0, 0, "only this loss" },
    { "steps", AKIN_OPT_INT, "100", "N", 1, 100000, "under mpirun: steps that ranks learn by each loss" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { BLOCK = 2, COUNT = 3 };

/* Random data for any loss, and its gradients. */
typedef struct problem {
    int64_t n, d;
    float *data; /* a, b, features, positives, negatives */
    int32_t *labels;
    akin_loss_batch batch;
} problem;

typedef struct answer {
    double value;
    float *grad; /* [2n,d]: a, then b (curl-*: a, then nothing) */
} answer;

static uint64_t state;

static double uniform(void)
{
    state += 0x9E3779B97F4A7C15u;
    return ((double)(cli_mix64(state) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

static bool make_problem(problem *p, int64_t n, int64_t d)
{
    p->n = n;
    p->d = d;
    const int64_t rows = 2 * n + 2 * n + n * BLOCK + n * BLOCK * COUNT;
    p->data = malloc((size_t)(rows * d) * sizeof *p->data);
    p->labels = malloc((size_t)n * sizeof *p->labels);
    if (!p->data || !p->labels) return false;
    for (int64_t i = 0; i < rows * d; i++) p->data[i] = (float)normal();
    float *a = p->data, *b = a + n * d, *features = b + n * d, *positives = features + 2 * n * d;
    for (int64_t i = 0; i < n * d; i++) b[i] = (float)((double)a[i] + 0.5 * (double)b[i]);
    for (int64_t i = 0; i < n; i++) p->labels[i] = (int32_t)(i % 5);
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    const akin_cmat views[] = { { a, n, d, d },
                                { b, n, d, d },
                                { features, 2 * n, d, d },
                                { positives, n * BLOCK, d, d },
                                { positives + n * BLOCK * d, n * BLOCK * COUNT, d, d } };
    batch.a = views[0];
    batch.b = views[1];
    batch.features = views[2];
    batch.positives = views[3];
    batch.negatives = views[4];
    batch.labels = p->labels;
    batch.block = BLOCK;
    batch.count = COUNT;
    p->batch = batch;
    return true;
}

static bool evaluate(const problem *p, const akin_loss *loss, akin_precision precision, answer *out,
                     akin_error *err)
{
    akin_loss_batch batch = p->batch;
    batch.precision = precision;
    const size_t bytes = akin_loss_scratch_bytes(loss, NULL, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_mat a = { out->grad, p->n, p->d, p->d }, b = { out->grad + p->n * p->d, p->n, p->d, p->d };
    grads.a = a;
    if (!(loss->needs & AKIN_LOSS_TRIPLES)) grads.b = b;
    memset(out->grad, 0, (size_t)(2 * p->n * p->d) * sizeof(float));
    const akin_status status = akin_loss_eval(loss, NULL, &batch, &arena, &out->value, &grads, err);
    free(memory);
    return status == AKIN_OK;
}

/* The largest row of x - y over the largest row of y. */
static double distance(const problem *p, const float *x, const float *y)
{
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < 2 * p->n; i++) {
        double gap = 0, norm = 0;
        for (int64_t k = 0; k < p->d; k++) {
            const double u = (double)x[i * p->d + k], v = (double)y[i * p->d + k];
            gap += (u - v) * (u - v);
            norm += v * v;
        }
        worst = gap > worst || isnan(gap) ? gap : worst;
        largest = norm > largest ? norm : largest;
    }
    return largest > 0 ? sqrt(worst / largest) : sqrt(worst);
}

/* The checks. Each returns the error over its limit: at most 1 is good, NaN is not. ---------------------- */

static double check_value(double got, double want, double limit)
{
    return fabs(got - want) / fmax(fabs(want), 1) / limit;
}

static double check_precision(const problem *p, const akin_loss *loss, akin_precision precision, answer *got,
                              const answer *want, akin_error *err)
{
    const bool half = precision == AKIN_PRECISION_BF16;
    if (!evaluate(p, loss, precision, got, err)) return NAN;
    return fmax(distance(p, got->grad, want->grad) / (half ? 2e-2 : 1e-5),
                check_value(got->value, want->value, half ? 2e-2 : 1e-5));
}

static double value_at(problem *p, const akin_loss *loss, const float *start, const float *step, double h,
                       answer *scratch, akin_error *err)
{
    for (int64_t i = 0; i < 2 * p->n * p->d; i++)
        p->data[i] = (float)((double)start[i] + h * (double)step[i]);
    return evaluate(p, loss, AKIN_PRECISION_F64, scratch, err) ? scratch->value : NAN;
}

/* Along one random direction; steps are multiples of a power of two, so that the rows move by exactly h
 * step. */
static double check_slope(problem *p, const akin_loss *loss, answer *scratch, const answer *want,
                          akin_error *err)
{
    const int64_t size = 2 * p->n * p->d;
    float *start = malloc((size_t)size * sizeof *start), *step = malloc((size_t)size * sizeof *step);
    double result = NAN, dot = 0, norm = 0;
    if (start && step) {
        memcpy(start, p->data, (size_t)size * sizeof *start);
        for (int64_t i = 0; i < size; i++) {
            p->data[i] = start[i] = (float)(round((double)start[i] * 4096) / 4096);
            step[i] = uniform() < 0.5 ? -0x1p-3f : 0x1p-3f;
        }
        if (loss->needs & AKIN_LOSS_TRIPLES) memset(step + size / 2, 0, (size_t)size / 2 * sizeof *step);
        answer base = { 0, want->grad };
        if (evaluate(p, loss, AKIN_PRECISION_F64, &base, err)) {
            for (int64_t i = 0; i < size; i++) {
                dot += (double)step[i] * (double)want->grad[i];
                norm += (double)want->grad[i] * (double)want->grad[i];
            }
            double slope[2];
            for (int t = 0; t < 2; t++) {
                const double h = t ? 0x1p-3 : 0x1p-4;
                slope[t] = (value_at(p, loss, start, step, h, scratch, err) -
                            value_at(p, loss, start, step, -h, scratch, err)) /
                           (2 * h);
            }
            const double best = (4 * slope[0] - slope[1]) / 3;
            result = fabs(best - dot) / (0x1p-3 * sqrt(norm)) / 1e-4;
        }
        memcpy(p->data, start, (size_t)size * sizeof *start);
    }
    free(start);
    free(step);
    return result;
}

/* NT-Xent as printed, one row of the matrix after the other. */
static double dense_ntxent(const problem *p)
{
    const int64_t m = 2 * p->n;
    double *z = malloc((size_t)(m * p->d) * sizeof *z), total = 0;
    if (!z) return NAN;
    for (int64_t i = 0; i < m; i++) {
        double sum = 0;
        for (int64_t k = 0; k < p->d; k++)
            sum += (double)p->data[i * p->d + k] * (double)p->data[i * p->d + k];
        for (int64_t k = 0; k < p->d; k++) z[i * p->d + k] = (double)p->data[i * p->d + k] / sqrt(sum);
    }
    for (int64_t i = 0; i < m; i++) {
        double sum = 0, own = 0;
        for (int64_t j = 0; j < m; j++) {
            double s = 0;
            for (int64_t k = 0; k < p->d; k++) s += z[i * p->d + k] * z[j * p->d + k];
            if (j == (i + p->n) % m) own = s;
            if (j != i) sum += exp((s - 1) / 0.5);
        }
        total += log(sum) + (1 - own) / 0.5;
    }
    free(z);
    return total / (double)m;
}

static double check_threads(const problem *p, const akin_loss *loss, answer *got, answer *other,
                            akin_error *err)
{
    static const int counts[] = { 1, 2, 3, 8 };
    const int before = akin_threads();
    double result = 0;
    for (int t = 0; t < 4 && result == 0; t++) {
        answer *to = t == 0 ? other : got;
        akin_set_threads(counts[t]);
        if (!evaluate(p, loss, AKIN_PRECISION_F32, to, err)) result = NAN;
        if (t > 0 && (memcmp(to->grad, other->grad, (size_t)(2 * p->n * p->d) * sizeof(float)) != 0 ||
                      memcmp(&to->value, &other->value, sizeof to->value) != 0))
            result = INFINITY;
    }
    akin_set_threads(before);
    return result;
}

/* The report -------------------------------------------------------------------------------------------- */

typedef struct report {
    const cli_args *args;
    int held, failed;
    akin_json *list;
} report;

static void tell(report *r, const char *what, const char *loss, double error, const akin_error *err)
{
    const bool good = error <= 1; /* false for NaN */
    if (good)
        r->held++;
    else
        r->failed++;
    if (r->list)
        akin_json_append(r->list, akin_json_pack("{s:s, s:s, s:b, s:o}", "check", what, "loss", loss, "holds",
                                                 good, "error_over_limit",
                                                 isfinite(error) ? akin_json_real(error) : akin_json_null()));
    else if (!good || !r->args->quiet)
        akin_print(stdout, "%-6s %-22s %-17s %s%.3f of the limit%s%s\n", good ? "ok" : "FAILED", what, loss,
                   "", error, isnan(error) ? ": " : "", isnan(error) ? err->message : "");
}

static void test_loss(report *r, problem *p, const akin_loss *loss, answer a[3])
{
    static const char *const sets[] = { "ref", "avx2", "avx512", "avx512bf16" };
    akin_error err = { AKIN_OK, "" };
    if (!evaluate(p, loss, AKIN_PRECISION_F64, &a[0], &err)) {
        tell(r, "double", loss->name, NAN, &err);
        return;
    }
    tell(r, "reference f32", loss->name, check_precision(p, loss, AKIN_PRECISION_F32, &a[1], &a[0], &err),
         &err);
    tell(r, "reference bf16", loss->name, check_precision(p, loss, AKIN_PRECISION_BF16, &a[1], &a[0], &err),
         &err);
    tell(r, "threads 1 2 3 8", loss->name, check_threads(p, loss, &a[1], &a[2], &err), &err);
    const char *chosen = getenv("AKIN_ISA");
    char keep[32] = "";
    if (chosen) snprintf(keep, sizeof keep, "%s", chosen);
    for (int s = 0; s < 4; s++) {
        char what[40];
        if (setenv("AKIN_ISA", sets[s], 1)) akin_memory_lack(); /* a set that is left out is no success */
        snprintf(what, sizeof what, "set %s", sets[s]);
        if (strcmp(akin_isa(), sets[s]) == 0)
            tell(r, what, loss->name, check_precision(p, loss, AKIN_PRECISION_F32, &a[1], &a[0], &err), &err);
    }
    if (*keep) {
        if (setenv("AKIN_ISA", keep, 1)) akin_memory_lack();
    } else {
        unsetenv("AKIN_ISA");
    }
    if (strcmp(loss->name, "ntxent") == 0)
        tell(r, "dense", loss->name, check_value(a[0].value, dense_ntxent(p), 1e-12), &err);
    /* Weights and targets that are constants of the gradient move in a difference of the loss, and a hinge
     * has a corner. */
    static const char *const without[] = { "dclw", "dual-temperature", "curl-hinge", "vicreg", "matrix-ssl" };
    bool smooth = true;
    for (int i = 0; i < 5; i++) smooth &= strcmp(loss->name, without[i]) != 0;
    if (smooth) tell(r, "slope", loss->name, check_slope(p, loss, &a[1], &a[0], &err), &err);
}

/* What ranks do together; every rank has the same counts after it. */
static akin_status test_ranks(report *r, akin_ranks *ranks, akin_error *err)
{
    const char *name = NULL;
    double error;
    for (int i = 0;; i++) {
        const akin_status status = akin_ranks_check(ranks, i, &name, &error, err);
        if (status || !name) return status;
        tell(r, name, "", error > 0 ? INFINITY : error, err);
    }
}

/* "node1 x2, node2 x2"; NULL where there is no memory. */
static char *list_hosts(akin_ranks *ranks)
{
    const int size = akin_ranks_size(ranks);
    char *text = calloc((size_t)size, 96);
    size_t at = 0;
    for (int i = 0, same; text && i < size; i += same) {
        const char *host = akin_ranks_host(ranks, i);
        for (same = 1; i + same < size && strcmp(akin_ranks_host(ranks, i + same), host) == 0;) same++;
        at += (size_t)snprintf(text + at, (size_t)size * 96 - at, "%s%s x%d", i ? ", " : "", host, same);
    }
    return text;
}

/* The rows of items [first, last) of a matrix that has `each` rows an item. */
static akin_cmat part_of(akin_cmat x, int64_t first, int64_t last, int64_t each)
{
    x.data += first * each * x.stride;
    x.rows = (last - first) * each;
    return x;
}

/* The loss of this rank's part of the problem with those of the others, in float, beside the double loss of
 * all of it. Parts are uneven: rank r has about r + 1 shares. *error: over its limit. */
static akin_status check_shared(const problem *p, const akin_loss *loss, akin_ranks *ranks, answer a[2],
                                double *error, akin_error *err)
{
    const int64_t size = akin_ranks_size(ranks), rank = akin_ranks_rank(ranks),
                  shares = size * (size + 1) / 2;
    const int64_t first = p->n * (rank * (rank + 1) / 2) / shares,
                  last = p->n * ((rank + 1) * (rank + 2) / 2) / shares, n = last - first, d = p->d;
    problem part = *p;
    akin_loss_batch *b = &part.batch;
    part.n = n;
    b->ranks = ranks;
    b->items = p->n;
    b->a = part_of(b->a, first, last, 1);
    b->b = part_of(b->b, first, last, 1);
    b->positives = part_of(b->positives, first, last, BLOCK);
    b->negatives = part_of(b->negatives, first, last, BLOCK * COUNT);
    b->labels += first;
    float *features = malloc((size_t)(2 * n * d) * sizeof *features);
    akin_status status = features ? AKIN_OK : cli_no_memory(err, 2 * n, "rows");
    for (int v = 0; features && v < 2; v++)
        memcpy(features + v * n * d, p->batch.features.data + (v * p->n + first) * d,
               (size_t)(n * d) * sizeof *features);
    b->features = (akin_cmat){ features, 2 * n, d, d };
    status = akin_ranks_agree(ranks, status, err);
    if (!status && !evaluate(p, loss, AKIN_PRECISION_F64, &a[0], err)) status = err->status;
    if (!status && !evaluate(&part, loss, AKIN_PRECISION_F32, &a[1], err)) status = err->status;
    free(features);
    if (status) return status;
    for (int v = 0; v < 2; v++)
        memmove(a[0].grad + v * n * d, a[0].grad + (v * p->n + first) * d, (size_t)(n * d) * sizeof(float));
    *error = fmax(distance(&part, a[1].grad, a[0].grad), check_value(a[1].value, a[0].value, 1)) / 1e-5;
    return AKIN_OK;
}

/* Every loss over the rows of all ranks. */
static akin_status test_shared(report *r, akin_ranks *ranks, const char *only, akin_error *err)
{
    const cli_args *args = r->args;
    problem p = { 0 };
    answer a[2] = { { 0 } };
    const int64_t size = akin_ranks_size(ranks), least = 4 * size * (size + 1); /* every rank has some */
    const int64_t rows = cli_int(args, "rows") > least ? cli_int(args, "rows") : least;
    bool full = make_problem(&p, rows, cli_int(args, "dim")); /* the same on all ranks */
    for (int i = 0; i < 2 && full; i++)
        full = (a[i].grad = malloc((size_t)(2 * p.n * p.d) * sizeof(float))) != NULL;
    akin_status status = full ? AKIN_OK : cli_no_memory(err, rows, "rows");
    status = akin_ranks_agree(ranks, status, err);
    for (int i = 0; !status && akin_loss_at(i); i++) {
        const akin_loss *loss = akin_loss_at(i);
        if (only && strcmp(only, loss->name) != 0) continue;
        double error = 0;
        status = check_shared(&p, loss, ranks, a, &error, err);
        if (!status) status = akin_ranks_most(ranks, &error, 1, err);
        if (!status) tell(r, "shared", loss->name, error, err);
    }
    for (int i = 0; i < 2; i++) free(a[i].grad);
    free(p.data);
    free(p.labels);
    return status;
}

/* A small net learns by every loss. */
static akin_status test_learning(report *r, akin_ranks *ranks, const char *only, akin_error *err)
{
    const uint64_t seed = (uint64_t)cli_int(r->args, "seed") + 1;
    for (int i = 0; akin_loss_at(i); i++) {
        const char *name = akin_loss_at(i)->name;
        double error = 0;
        if (only && strcmp(only, name) != 0) continue;
        const akin_status status =
            akin_train_check_ranks(ranks, name, cli_int(r->args, "steps"), seed, &error, err);
        if (status) return status;
        tell(r, "learning", name, error / 1e-4, err);
    }
    return AKIN_OK;
}

/* Every loss, on the first rank alone; the others hear after each that it is still there. */
static akin_status test_losses(report *r, akin_ranks *ranks, const char *only, akin_error *err)
{
    const cli_args *args = r->args;
    const bool first = akin_ranks_rank(ranks) == 0;
    problem p = { 0 };
    answer a[3] = { { 0 } };
    bool full = !first || make_problem(&p, cli_int(args, "rows"), cli_int(args, "dim"));
    for (int i = 0; i < 3 && first && full; i++)
        full = (a[i].grad = malloc((size_t)(2 * p.n * p.d) * sizeof(float))) != NULL;
    akin_status status = full ? AKIN_OK : cli_no_memory(err, cli_int(args, "rows"), "rows");
    status = akin_ranks_agree(ranks, status, err);
    for (int i = 0; !status && akin_loss_at(i); i++) {
        if (only && strcmp(only, akin_loss_at(i)->name) != 0) continue;
        if (first) test_loss(r, &p, akin_loss_at(i), a);
        status = akin_ranks_agree(ranks, AKIN_OK, err);
    }
    for (int i = 0; i < 3; i++) free(a[i].grad);
    free(p.data);
    free(p.labels);
    return status;
}

static int tell_all(const report *r, akin_ranks *ranks)
{
    const cli_args *args = r->args;
    const int size = akin_ranks_size(ranks);
    char *hosts = size > 1 ? list_hosts(ranks) : NULL;
    int code = 0;
    if (args->json) {
        akin_json *all = akin_json_pack("{s:i, s:i, s:s, s:o}", "held", r->held, "failed", r->failed, "isa",
                                        akin_isa(), "checks", r->list);
        if (size > 1)
            akin_json_put(all, "ranks",
                          akin_json_pack("{s:i, s:s, s:s}", "count", size, "mpi", akin_ranks_library(ranks),
                                         "hosts", hosts ? hosts : ""));
        code = cli_print_json(args, all);
    } else {
        if (size > 1)
            akin_print(stdout, "%d ranks   (%s, %s)\n", size, akin_ranks_library(ranks), hosts ? hosts : "");
        akin_print(stdout, "%d checks held, %d failed   (%s, %d threads)\n", r->held, r->failed, akin_isa(),
                   akin_threads());
    }
    free(hosts);
    return code;
}

static int run(const cli_args *args)
{
    const char *only = cli_text(args, "loss");
    akin_ranks *ranks = cli_ranks();
    akin_error err;
    const bool known = !only || cli_find_loss(only, &err);
    akin_status status = akin_ranks_agree(ranks, known ? AKIN_OK : err.status, &err);
    state = (uint64_t)cli_int(args, "seed") + 1;
    report r = { .args = args, .list = args->json ? akin_json_array() : NULL };
    if (!status && akin_ranks_size(ranks) > 1) status = test_ranks(&r, ranks, &err);
    if (!status && akin_ranks_size(ranks) > 1) status = test_shared(&r, ranks, only, &err);
    if (!status && akin_ranks_size(ranks) > 1) status = test_learning(&r, ranks, only, &err);
    if (!status) status = test_losses(&r, ranks, only, &err);
    if (status) {
        akin_json_free(r.list);
        return cli_fail(args, &err);
    }
    const int print = tell_all(&r, ranks);
    akin_error unheld = { AKIN_ERR_CHECK, "" };
    status = akin_ranks_agree(ranks, r.failed ? AKIN_ERR_CHECK : AKIN_OK, &unheld);
    return print ? print : akin_status_exit_code(status);
}

static const cli_example EXAMPLES[] = {
    { "One loss, quickly", "akin selftest --loss ntxent" },
    { NULL, NULL },
};

const cli_verb cli_selftest = {
    .name = "selftest",
    .line = "check this build: losses, gradients, threads, instruction sets",
    .usage = "",
    .text =
        "Every loss: float and bfloat16 against double, the double gradient against differences of the "
        "loss,\n"
        "1, 2, 3 and 8 threads bit for bit, every instruction set this processor has. Under mpirun also what "
        "ranks\ndo together: sums, gathers, transfers, every loss over rows that they share, and what they "
        "learn "
        "by it.\nExit code 8 when one does not hold.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 0,
    .run = run,
    .ranks = true,
};
