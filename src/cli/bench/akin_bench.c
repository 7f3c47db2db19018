/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench/akin_bench.c - akin bench engine: the speed of a loss and its gradient as a share of what this
 * machine's matrix product reaches, measured in the same run, and the memory it takes. In a job of several
 * ranks each has its part of the rows. */
#include "cli/bench/bench.h"
#include "cli/known.h"

#include "akin/loss.h"
#include "akin/tool/escape.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const akin_opt_desc OPTIONS[] = {
    { "loss", AKIN_OPT_TEXT, "ntxent", "NAME", 0, 0, "which loss, or 'all'" },
    { "rows", AKIN_OPT_INT, "4096", "N", 4, 16777216, "rows of both views together" },
    { "dim", AKIN_OPT_INT, "128", "D", 1, 65536, "columns" },
    { "precision", AKIN_OPT_CHOICE, "f32", AKIN_PRECISION_CHOICES, 0, 0,
      "arithmetic of the n*n part; train: of the encoder" },
    { "temperature", AKIN_OPT_REAL, NULL, "T", 1e-4, 1e4, "of the losses that have one [the loss's own]" },
    { "repeat", AKIN_OPT_INT, "7", "TIMES", 1, 1000,
      "the median of so many, after one more that does not count; 1: the first counts" },
    { "memory-mib", AKIN_OPT_REAL, "0", "MIB", 0, 1e9, "scratch to use at most for speed; 0 = the least" },
    { "encoder", AKIN_OPT_TEXT, "resnet18", "NAME", 0, 0, "train: the network" },
    { "width", AKIN_OPT_INT, "0", "CHANNELS", 0, 4096, "train: of its first stage; 0 = as in the list" },
    { "batch", AKIN_OPT_INT, "128", "ROWS", 4, 1048576,
      "train: images a step, two views of half as many items" },
    { "size", AKIN_OPT_INT, "32", "PIXELS", 1, 4096, "train: side of the images" },
    { "channels", AKIN_OPT_INT, "3", "N", 1, 4, "train: channels of the images" },
    { "steps", AKIN_OPT_INT, "15", "N", 1, 100000, "train: how many are measured" },
    { "layers", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "train: each layer beside its limit" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows that look like two views of random items: b = a + noise, labels of ten classes. */
typedef struct workload {
    int64_t n, d;
    float *x, *grad;
    int32_t *labels;
    akin_loss_batch batch;
    akin_loss_grads grads;
} workload;

static bool make(workload *w, int64_t n, int64_t d, uint64_t seed)
{
    const size_t half = (size_t)(n * d);
    w->x = malloc(2 * half * sizeof(float));
    w->grad = malloc(2 * half * sizeof(float));
    w->labels = malloc((size_t)n * sizeof *w->labels);
    if (!w->x || !w->grad || !w->labels) return false;
    uint64_t state = seed;
    for (size_t i = 0; i < 2 * half; i++) {
        float sum = 0; /* of eight: near enough to a normal number */
        for (int t = 0; t < 8; t++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            sum += (float)(state >> 40) * 0x1p-24f - 0.5f;
        }
        w->x[i] = i < half ? sum : w->x[i - half] + 0.5f * sum;
    }
    for (int64_t i = 0; i < n; i++) w->labels[i] = (int32_t)(i % 10);
    const akin_loss_batch empty = AKIN_LOSS_BATCH_INIT;
    const akin_loss_grads none = AKIN_LOSS_GRADS_INIT;
    const akin_cmat a = { w->x, n, d, d }, b = { w->x + half, n, d, d }, both = { w->x, 2 * n, d, d };
    const akin_mat ga = { w->grad, n, d, d }, gb = { w->grad + half, n, d, d };
    w->n = n;
    w->d = d;
    w->batch = empty;
    w->batch.a = a;
    w->batch.b = b;
    w->batch.features = both;
    w->batch.labels = w->labels;
    w->grads = none;
    w->grads.a = ga;
    w->grads.b = gb;
    return true;
}

typedef struct timing {
    double median, best, worst, value;
    size_t scratch;
    double moved[3]; /* of one evaluation on average: bytes that came, seconds of transfers, of waiting */
} timing;

static akin_status measure(const cli_args *args, const akin_loss *loss, workload *w, timing *t,
                           akin_error *err)
{
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, NULL);
    const char *temperature = cli_text(args, "temperature");
    if (temperature && isfinite(akin_loss_params_get(&params, "temperature")) && params.temperature > 0) {
        const akin_status set = akin_loss_params_set(&params, loss, "temperature", temperature, err);
        if (set) return set;
    }
    t->scratch =
        akin_loss_scratch_bytes(loss, &params, &w->batch, (size_t)(cli_real(args, "memory-mib") * 1048576));
    unsigned char *memory = malloc(t->scratch);
    const int repeat = (int)cli_int(args, "repeat");
    double *took = malloc((size_t)repeat * sizeof *took);
    akin_status status =
        memory && took ? AKIN_OK : cli_no_memory(err, (int64_t)t->scratch, "bytes of scratch");
    double before[3] = { 0, 0, 0 };
    for (int r = repeat > 1 ? -1 : 0; r < repeat && !status; r++) { /* the first time, pages are touched */
        if (r == 0) akin_ranks_moved(cli_ranks(), &before[0], &before[1], &before[2]);
        akin_arena arena;
        akin_arena_init(&arena, memory, t->scratch);
        status = akin_ranks_agree(cli_ranks(), AKIN_OK, err); /* all begin together, and end together */
        if (status) break;
        const double start = now();
        status = akin_loss_eval(loss, &params, &w->batch, &arena, &t->value, &w->grads, err);
        if (r >= 0) took[r] = now() - start;
    }
    if (!status) {
        qsort(took, (size_t)repeat, sizeof *took, by_value);
        t->median = took[repeat / 2];
        t->best = took[0];
        t->worst = took[repeat - 1];
        akin_ranks_moved(cli_ranks(), &t->moved[0], &t->moved[1], &t->moved[2]);
        for (int i = 0; i < 3; i++) t->moved[i] = (t->moved[i] - before[i]) / repeat;
    }
    free(memory);
    free(took);
    return status;
}

/* This rank's part of n items: parts differ by one at most. */
static int64_t part_of(int64_t n)
{
    const int64_t size = akin_ranks_size(cli_ranks()), rank = akin_ranks_rank(cli_ranks());
    return n * (rank + 1) / size - n * rank / size;
}

/* The largest resident memory of this process, MiB. Not getrusage's: that is inherited through exec. */
static double resident_mib(void)
{
    char line[256];
    double kib = NAN;
    FILE *f = fopen("/proc/self/status", "r");
    if (!f && errno == ENOMEM) akin_memory_lack();
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lf", &kib) == 1) break;
    if (f) fclose(f);
    return kib / 1024;
}

/* peak: of all ranks. Memory, and what came from others, is that of the rank that has most. */
static int tell(const cli_args *args, const akin_loss *loss, const workload *w, const timing *t, double peak)
{
    const int ranks = akin_ranks_size(cli_ranks());
    const double rows = 2 * (double)w->batch.items, d = (double)w->d;
    const unsigned whole = AKIN_LOSS_LINKS | AKIN_LOSS_VALUES;
    const bool both = loss->needs & AKIN_LOSS_COLUMNS && loss->needs & AKIN_LOSS_TARGETS; /* matrix-ssl */
    const double flops = both                              ? 10 * rows * d * d + 2 * 21 * d * d * d
                         : loss->needs & AKIN_LOSS_COLUMNS ? 3 * rows * d * d
                         : loss->needs & AKIN_LOSS_TARGETS ? 6 * rows * d
                         : loss->needs & whole             ? 6 * rows * rows * d
                                                           : 4 * rows * rows * d;
    const double speed = flops / t->median;
    double most[] = { (double)t->scratch / 1048576, resident_mib(), t->moved[0] / 1048576, t->moved[1],
                      t->moved[2] };
    akin_error err;
    if (akin_ranks_most(cli_ranks(), most, 5, &err)) return cli_fail(args, &err);
    const double scratch = most[0], resident = most[1];
    if (args->json)
        return cli_print_json(
            args,
            akin_json_pack(
                "{s:s, s:I, s:I, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}",
                "loss", loss->name, "rows", (int64_t)(2 * w->batch.items), "dim", (int64_t)w->d, "precision",
                cli_text(args, "precision"), "isa", akin_isa(), "ranks", ranks, "threads", akin_threads(),
                "median_s", t->median, "best_s", t->best, "worst_s", t->worst, "gflops", speed / 1e9,
                "peak_gflops", peak / 1e9, "share_of_peak", speed / peak, "scratch_mib", scratch,
                "received_mib", most[2], "transfers_s", most[3], "waited_s", most[4], "resident_mib",
                isfinite(resident) ? akin_json_real(resident) : akin_json_null()));
    akin_print(
        stdout,
        "%-17s %10.3f ms  (%.3f to %.3f)  %7.1f GFLOP/s  %5.1f %% of peak   %.1f MiB scratch, %.0f MiB "
        "resident\n",
        loss->name, 1e3 * t->median, 1e3 * t->best, 1e3 * t->worst, speed / 1e9, 100 * speed / peak, scratch,
        resident);
    if (ranks > 1)
        akin_print(stdout,
                   "%-17s %.1f MiB came from other ranks, in %.3f s of transfers; %.3f s were waited for\n",
                   "", most[2], most[3], most[4]);
    return 0;
}

/* "2 ranks of ", or nothing. */
static const char *of_ranks(void)
{
    static char text[32];
    const int size = akin_ranks_size(cli_ranks());
    if (size > 1) snprintf(text, sizeof text, "%d ranks of ", size);
    return text;
}

static int bench_engine(const cli_args *args)
{
    const char *name = cli_text(args, "loss");
    const bool all = strcmp(name, "all") == 0;
    akin_error err;
    if (!all && !cli_find_loss(name, &err)) return cli_fail(args, &err);
    akin_precision precision = AKIN_PRECISION_F32;
    while (strcmp(akin_precision_name(precision), cli_text(args, "precision")) != 0) precision++;
    workload w = { 0 };
    int code = 0;
    akin_ranks *ranks = cli_ranks();
    const int64_t n = cli_int(args, "rows") / 2;
    const uint64_t seed = (uint64_t)cli_int(args, "seed") + 1 + 1000003 * (uint64_t)akin_ranks_rank(ranks);
    akin_status made = AKIN_OK;
    if (n < akin_ranks_size(ranks))
        made = cli_set_error(&err, AKIN_ERR_ARGUMENT, "--rows: %lld items are fewer than %d ranks",
                             (long long)n, akin_ranks_size(ranks));
    else if (!make(&w, part_of(n), cli_int(args, "dim"), seed))
        made = cli_no_memory(&err, cli_int(args, "rows"), "rows");
    if (akin_ranks_agree(ranks, made, &err)) code = cli_fail(args, &err);
    w.batch.precision = precision;
    w.batch.items = n;
    if (akin_ranks_size(ranks) > 1) w.batch.ranks = ranks;
    for (int row = 0; !code && akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        if (l->needs & AKIN_LOSS_TRIPLES || (!all && strcmp(name, l->name) != 0)) continue;
        timing t;
        /* The peak before and after: the larger, so that a slow moment does not flatter. */
        double peak = akin_engine_peak(precision, 0.3);
        const akin_status status = measure(args, l, &w, &t, &err);
        if (status) {
            code = cli_fail(args, &err);
            break;
        }
        peak = fmax(peak, akin_engine_peak(precision, 0.3));
        if (akin_ranks_sum(ranks, &peak, 1, &err)) return cli_fail(args, &err);
        if (!args->json && (!all || row == 0))
            akin_print(
                stdout,
                "%s, %s%d threads, %s: the matrix product reaches %.1f GFLOP/s; N = %lld, d = %lld; speed "
                "counts 4 N^2 d\n",
                akin_isa(), of_ranks(), akin_threads(), akin_precision_name(precision), peak / 1e9,
                (long long)(2 * n), (long long)w.d);
        code = tell(args, l, &w, &t, peak);
    }
    if (!code && !all && akin_loss_find(name)->needs & AKIN_LOSS_TRIPLES)
        code = cli_error(args, AKIN_ERR_ARGUMENT, "%s has no pairs, and no engine to measure", name);
    free(w.x);
    free(w.grad);
    free(w.labels);
    return code;
}

static int run(const cli_args *args)
{
    if (strcmp(args->positional[0], "engine") == 0) return bench_engine(args);
    akin_error err;
    akin_status one = AKIN_OK;
    if (akin_ranks_size(cli_ranks()) > 1)
        one = cli_set_error(&err, AKIN_ERR_UNSUPPORTED, "of several ranks only the engine is measured");
    if (akin_ranks_agree(cli_ranks(), one, &err)) return cli_fail(args, &err);
    if (strcmp(args->positional[0], "train") == 0) return cli_bench_train(args);
    return cli_unknown_action(args, "bench");
}

static const cli_action ACTIONS[] = {
    { "engine", "[--loss NAME]", "a loss and its gradient beside the matrix product" },
    { "train", "[--encoder NAME]", "a training step beside its convolutions" },
    { NULL, NULL, NULL },
};

static const cli_action *action_at(int i) { return ACTIONS[i].name ? &ACTIONS[i] : NULL; }

static const cli_example EXAMPLES[] = {
    { "One loss beside the matrix product", "akin bench engine --loss ntxent --rows 1024" },
    { "A training step, layer by layer", "akin bench train --encoder resnet18 --layers" },
    { NULL, NULL },
};

const cli_verb cli_bench = {
    .name = "bench",
    .line = "speed against this machine's measured limit",
    .usage = "engine|train",
    .text =
        "engine: a loss and its gradient, timed, as a share of the matrix product that the same build "
        "reaches on\n"
        "this machine in the same run; operations are counted as 4 N^2 d, the least for a symmetric loss "
        "(vicreg, barlow, dimcl: 3 N d^2; matrix-ssl: 10 N d^2 + 42 d^3; simsiam, byol: 6 N d; xclr, "
        "y-aware, "
        "rank-n-contrast: 6 N^2 d). "
        "Under mpirun\neach rank has its part of the rows (docs/cluster.md).\n\n"
        "train: the whole training step, from augmented views to updated weights, as a share of what this "
        "machine's\n"
        "convolutions alone allow: the sum over the layers of the fastest that this build has, measured in "
        "the "
        "same run.\n"
        "Without --precision, both f32 and bf16. An image is one view, one row of the batch.",
    .opts = OPTIONS,
    .action = action_at,
    .examples = EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run,
    .ranks = true,
};
