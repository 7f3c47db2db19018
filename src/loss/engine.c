/* SPDX-License-Identifier: Apache-2.0 */
/* loss/engine.c - the part of the pair engine that is the same for float and double: scaling, order of tasks,
 * gradients through the scaling. */
#include "loss/engine.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>

extern const ak_engine_ops ak_engine_f32, ak_engine_f64;

enum {
    LEAST_BF16 = 16,   /* with fewer items bfloat16 gains nothing, and its errors do not average out */
    GROUPS = 32,       /* groups aimed at: enough for 16 threads without waiting */
    GROUP_TILES = 16,  /* tiles of a group at most, so that two groups stay in a shared cache of 16 MiB ... */
    MOST_GROUPS = 128, /* ... until the table of tasks would grow too long */
    SQUARE = 4,        /* groups a side of what one thread takes at a time, where there are many */
    SIDES = 8,         /* sides aimed at */
    MOST_SIDES = MOST_GROUPS / SQUARE + 1,
};

/* Rows that are worth a thread's waking, for work of a few operations a number. */
static int64_t grain(int64_t d) { return 1 + (1 << 15) / d; }

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

akin_status ak_engine_open(ak_engine *e, const akin_loss_batch *batch, double alpha, akin_arena *arena,
                           akin_error *err)
{
    const akin_precision precision = batch->precision;
    *e = (ak_engine){ .ops = precision == AKIN_PRECISION_F64 ? &ak_engine_f64 : &ak_engine_f32,
                      .f32 = ak_kernels(),
                      .wide = batch->wide,
                      .both = batch->whole,
                      .arena = arena };
    if (precision == AKIN_PRECISION_BF16 && batch->a.rows >= LEAST_BF16) {
        e->bf16 = ak_kernels_bf16();
        e->round_bf16 = true;
        /* A rounded similarity is off by about 2^-9/sqrt(d); times alpha this is the relative error of an
         * exponential: at most 0.3 % here. */
        e->sharp = alpha > 1.4 * sqrt((double)batch->a.cols);
    }
    e->workers = ak_arena_take(arena, e->ops->worker_bytes, akin_threads(), 1);
    e->tasks = ak_arena_take(arena, sizeof *e->tasks, (int64_t)MOST_GROUPS * MOST_GROUPS, 1);
    if (e->workers && e->tasks) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "loss: the scratch arena has %zu bytes left; %d threads need %zu",
                   arena->size - arena->used, akin_threads(), ak_engine_bytes(precision));
}

/* Rows ------------------------------------------------------------------------------------------------- */

ak_numbers ak_pair_rows_at(const ak_pair_rows *rows, int64_t i)
{
    const int64_t first = rows->part[0].rows;
    return i < first ? ak_numbers_of(rows->part[0], i, rows->wide)
                     : ak_numbers_of(rows->part[1], i - first, rows->wide);
}

static double dot_wide(const double *x, const double *y, int64_t n)
{
    enum { LANES = 8 };
    double lane[LANES] = { 0 };
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += x[k + l] * y[k + l];
    for (; k < n; k++) lane[k % LANES] += x[k] * y[k];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

double ak_pair_rows_dot(const ak_engine *e, const ak_pair_rows *a, int64_t i, const ak_pair_rows *b,
                        int64_t j)
{
    const ak_numbers x = ak_pair_rows_at(a, i), y = ak_pair_rows_at(b, j);
    return x.wide ? dot_wide(x.wide, y.wide, a->d) : e->f32->dot(x.narrow, y.narrow, a->d);
}

typedef struct prepare_job {
    const ak_engine *e;
    ak_pair_rows *rows;
} prepare_job;

static void measure(int64_t begin, int64_t end, void *ctx)
{
    ak_pair_rows *rows = ((prepare_job *)ctx)->rows;
    for (int64_t i = begin; i < end; i++) {
        const double length = sqrt(ak_pair_rows_dot(((prepare_job *)ctx)->e, rows, i, rows, i));
        rows->length[i] = length;
        rows->scale[i] = rows->clip && length <= rows->radius ? 1 : rows->radius / length;
    }
}

static void pack(int64_t begin, int64_t end, void *ctx)
{
    const prepare_job *job = ctx;
    job->e->ops->pack(job->e, job->rows, begin * AK_PANEL, end * AK_PANEL);
}

static akin_status check_row(const ak_pair_rows *rows, int64_t i, const char *who, akin_error *err)
{
    const int part = i >= rows->part[0].rows;
    const long long row = (long long)(part ? i - rows->part[0].rows : i);
    if (rows->length[i] == 0 && !rows->clip)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "%s: row %lld of %s is all zeros and has no direction; remove the item or look at what "
            "made it",
            who, row, rows->name[part]);
    if (isfinite(rows->length[i])) return AKIN_OK;
    const ak_numbers x = ak_pair_rows_at(rows, i);
    int64_t k = 0;
    while (k < rows->d - 1 && isfinite(ak_number(x, k))) k++;
    return ak_fail(err, AKIN_ERR_NUMERIC, "%s: row %lld, column %lld of %s is %g; every value must be finite",
                   who, row, (long long)k, rows->name[part], ak_number(x, k));
}

akin_status ak_pair_rows_prepare(const ak_engine *e, ak_pair_rows *rows, unsigned uses, const char *who,
                                 akin_error *err)
{
    if (e->both) uses |= AK_ROWS_QUERY | AK_ROWS_KEY;
    rows->wide = e->wide;
    rows->n = rows->part[0].rows + (rows->parts > 1 ? rows->part[1].rows : 0);
    rows->d = rows->part[0].cols;
    rows->np = round_up(rows->n, AK_TILE);
    rows->dp = round_up(rows->d, AK_COLS);
    const bool pairs = e->bf16 && !e->sharp && !rows->exact; /* the similarities read pairs of bfloat16 */
    const size_t real = e->ops->real_bytes;
    rows->length = ak_arena_array(e->arena, double, rows->n, 1);
    rows->scale = ak_arena_array(e->arena, double, rows->n, 1);
    bool full = rows->length && rows->scale;
    rows->a = rows->bt = rows->v = rows->dz = NULL;
    if (pairs) {
        if (uses & AK_ROWS_QUERY)
            full &= (rows->a = ak_arena_take(e->arena, 4, rows->np, (rows->d + 1) / 2)) != NULL;
        if (uses & AK_ROWS_KEY)
            full &= (rows->bt = ak_arena_take(e->arena, 4, rows->np, (rows->d + 1) / 2)) != NULL;
    } else {
        full &= (rows->a = ak_arena_take(e->arena, real, rows->np, rows->dp)) != NULL;
        if (uses & AK_ROWS_KEY) full &= (rows->bt = ak_arena_take(e->arena, real, rows->np, rows->d)) != NULL;
    }
    if (e->bf16)
        full &= !(uses & AK_ROWS_GRAD) || (rows->v = ak_arena_take(e->arena, 2, rows->np, rows->dp)) != NULL;
    else
        rows->v = rows->a;
    if (uses & AK_ROWS_GRAD) full &= (rows->dz = ak_arena_take(e->arena, real, rows->np, rows->dp)) != NULL;
    if (!full)
        return ak_fail(err, AKIN_ERR_NOMEM,
                       "%s: the scratch arena of %zu bytes is too small for %lld rows of %lld", who,
                       e->arena->size, (long long)rows->n, (long long)rows->d);

    prepare_job job = { e, rows };
    ak_parallel_for(rows->n, grain(rows->d), measure, &job);
    for (int64_t i = 0; i < rows->n; i++) AK_TRY(check_row(rows, i, who, err));
    ak_parallel_for(rows->np / AK_PANEL, 1 + grain(rows->d) / AK_PANEL, pack, &job);
    return AKIN_OK;
}

typedef struct dots_job {
    const ak_engine *e;
    const ak_pair_rows *a, *b;
    int64_t shift;
    double *out;
} dots_job;

static void dots(int64_t begin, int64_t end, void *ctx)
{
    const dots_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        const int64_t j = (i + job->shift) % job->b->n;
        job->out[i] = ak_pair_rows_dot(job->e, job->a, i, job->b, j) * job->a->scale[i] * job->b->scale[j];
    }
}

void ak_pair_rows_dots(const ak_engine *e, const ak_pair_rows *a, const ak_pair_rows *b, int64_t shift,
                       double *out)
{
    dots_job job = { e, a, b, shift, out };
    ak_parallel_for(a->n, grain(a->d), dots, &job);
}

typedef struct gradient_job {
    const ak_engine *e;
    const ak_pair_rows *rows, *partner;
    const double *coef;
    double scale;
    int64_t shift;
    const akin_mat *out;
} gradient_job;

/* gradient_row() of the kernels for a row of doubles, out [d] doubles. */
static void gradient_wide(const ak_gradient_row *r, size_t real, ak_numbers x, ak_numbers y, double *out)
{
    double along = 0;
    for (int64_t k = 0; k < r->d; k++) {
        const int64_t p = k / AK_PANEL, w = least(r->dp - p * AK_PANEL, AK_PANEL);
        const int64_t at = p * AK_PANEL * r->np + r->row * w + k % AK_PANEL;
        double g = 0;
        if (r->dz)
            g = r->dz_scale *
                (real == sizeof(float) ? (double)((const float *)r->dz)[at] : ((const double *)r->dz)[at]);
        if (y.wide) g += r->y_scale * y.wide[k];
        along += g * x.wide[k];
        out[k] = g;
    }
    along *= r->along;
    for (int64_t k = 0; k < r->d; k++) out[k] = (out[k] - along * x.wide[k]) * r->scale;
}

static void gradient(int64_t begin, int64_t end, void *ctx)
{
    const gradient_job *job = ctx;
    const ak_pair_rows *rows = job->rows;
    const int64_t first = rows->part[0].rows;
    const size_t real = job->e->ops->real_bytes;
    for (int64_t i = begin; i < end; i++) {
        const int part = i >= first;
        if (!job->out[part].data) continue;
        const ak_numbers x = ak_pair_rows_at(rows, i);
        ak_numbers y = { 0 };
        ak_gradient_row r = { .d = rows->d, .dp = rows->dp, .np = rows->np, .row = i, .dz = rows->dz };
        r.dz_scale = job->scale;
        r.scale = rows->scale[i];
        if (!(rows->clip && rows->length[i] <= rows->radius))
            r.along = 1 / (rows->length[i] * rows->length[i]);
        if (job->coef) {
            const int64_t j = (i + job->shift) % job->partner->n;
            y = ak_pair_rows_at(job->partner, j);
            r.y_scale = job->coef[i] * job->partner->scale[j];
        }
        const akin_mat out = job->out[part];
        const int64_t row = part ? i - first : i;
        if (rows->wide) {
            void *data = out.data;
            gradient_wide(&r, real, x, y, (double *)data + row * out.stride);
            continue;
        }
        r.x = x.narrow;
        r.y = y.narrow;
        r.out = ak_row(out, row);
        if (real == sizeof(float))
            job->e->f32->gradient_row(&r);
        else
            ak_kernels_double.gradient_row(&r);
    }
}

double ak_pair_rows_along(const ak_engine *e, const ak_pair_rows *rows)
{
    const bool narrow = e->ops->real_bytes == sizeof(float);
    double sum = 0;
    for (int64_t i = 0; i < rows->n; i++) {
        const ak_numbers x = ak_pair_rows_at(rows, i);
        double along = 0;
        for (int64_t k = 0; k < rows->d; k++) {
            const int64_t panel = k / AK_PANEL * AK_PANEL, width = least(AK_PANEL, rows->dp - panel);
            const int64_t at = panel * rows->np + i * width + k - panel;
            along += ak_number(x, k) *
                     (narrow ? (double)((const float *)rows->dz)[at] : ((const double *)rows->dz)[at]);
        }
        sum += along * rows->scale[i];
    }
    return sum;
}

void ak_pair_rows_gradient(const ak_engine *e, const ak_pair_rows *rows, double scale, const double *coef,
                           const ak_pair_rows *partner, int64_t shift, const akin_mat out[2])
{
    gradient_job job = { e, rows, partner, coef, scale, shift, out };
    ak_parallel_for(rows->n, grain(rows->d), gradient, &job);
}

/* Tasks ------------------------------------------------------------------------------------------------ */

typedef struct schedule {
    const ak_engine *e;
    ak_walk *w;
    bool weigh;
    int32_t (*task)[4]; /* group of q, group of k, and how many tasks each has had before */
    int64_t tasks;
    int32_t square[MOST_SIDES * MOST_SIDES + 1]; /* the first task of each square, and the number of tasks */
    int64_t squares, side, q_sides, k_sides;     /* squares, and how many sides the rows of q and k make */
    int64_t q_from, q_tiles, k_tiles, q_size, k_size; /* first tile of q; tiles in all and in a group */
    atomic_int q_done[MOST_GROUPS + 1], k_done[MOST_GROUPS + 1];
} schedule;

static int64_t group_size(int64_t tiles)
{
    int64_t size = (tiles + GROUPS - 1) / GROUPS;
    if (size > GROUP_TILES) size = GROUP_TILES;
    const int64_t least = (tiles + MOST_GROUPS - 1) / MOST_GROUPS;
    return size < least ? least : size;
}

static void wait_for(atomic_int *counter, int value)
{
    for (int spin = 0; atomic_load_explicit(counter, memory_order_acquire) < value; spin++)
        if (spin > 200) sched_yield();
}

static void meet(schedule *s, int64_t q, int64_t k, int *q_met, int *k_met)
{
    int32_t *t = s->task[s->tasks++];
    t[0] = (int32_t)q;
    t[1] = (int32_t)k;
    t[2] = q_met[q]++;
    t[3] = q_met == k_met && q == k ? 0 : k_met[k]++;
}

/* All meetings of the groups of sides a and b, as a Latin square: `side` at a time share no group. */
static void meet_square(schedule *s, int64_t a, int64_t b, int64_t gq, int64_t gk, int *q_met, int *k_met)
{
    s->square[s->squares++] = (int32_t)s->tasks;
    const int64_t side = s->side;
    for (int64_t r = 0; r < side; r++)
        for (int64_t i = 0; i < side; i++) {
            const int64_t q = a * side + i, k = b * side + (i + r) % side;
            if (q >= gq || k >= gk || (q_met == k_met && a == b && q > k)) continue;
            meet(s, q, k, q_met, k_met);
        }
}

/* The order in which groups meet, in squares: what a thread takes at a time reads and adds to few rows,
 * which stay in its own cache (less traffic between two cores: 20.6 to 18.4 ms at N = 4,096). Sides meet as
 * in a tournament of m (even) - round r pairs the last with r, and r+k with r-k mod m-1 - or, for two sets
 * of rows, as in a Latin square: in a round no two squares share a side. */
static void plan(schedule *s)
{
    int q_met[MOST_GROUPS + 1] = { 0 }, k_met[MOST_GROUPS + 1] = { 0 };
    const int64_t gq = (s->q_tiles + s->q_size - 1) / s->q_size,
                  gk = (s->k_tiles + s->k_size - 1) / s->k_size;
    s->side = least(SQUARE, (gq > gk ? gq : gk) / SIDES);
    if (s->side < 1) s->side = 1;
    const int64_t a = (gq + s->side - 1) / s->side, b = (gk + s->side - 1) / s->side;
    s->tasks = s->squares = 0;
    s->q_sides = a;
    s->k_sides = b;
    if (s->w->q == s->w->k) {
        for (int64_t g = 0; g < a; g++) meet_square(s, g, g, gq, gq, q_met, q_met);
        const int64_t m = a + a % 2;
        for (int64_t r = 0; r < m - 1; r++)
            for (int64_t k = 0; k < m / 2; k++) {
                const int64_t x = k == 0 ? m - 1 : (r + k) % (m - 1);
                const int64_t y = k == 0 ? r : (r - k + m - 1) % (m - 1);
                if (x >= a || y >= a) continue;
                meet_square(s, x < y ? x : y, x < y ? y : x, gq, gq, q_met, q_met);
            }
    } else {
        const int64_t m = a > b ? a : b;
        for (int64_t r = 0; r < m; r++)
            for (int64_t i = 0; i < a; i++)
                if ((i + r) % m < b) meet_square(s, i, (i + r) % m, gq, gk, q_met, k_met);
    }
    s->square[s->squares] = (int32_t)s->tasks;
}

static void run_task(int64_t at, int worker, void *ctx)
{
    schedule *s = ctx;
    const bool same = s->w->q == s->w->k;
    const int32_t *t = s->task[at];
    atomic_int *q = &s->q_done[t[0]], *k = same ? &s->q_done[t[1]] : &s->k_done[t[1]];
    wait_for(q, t[2]);
    if (q != k) wait_for(k, t[3]);
    const int32_t tiles[4] = { (int32_t)(s->q_from + t[0] * s->q_size),
                               (int32_t)(s->q_from + least((t[0] + 1) * s->q_size, s->q_tiles)),
                               (int32_t)(t[1] * s->k_size),
                               (int32_t)least((t[1] + 1) * s->k_size, s->k_tiles) };
    s->e->ops->task(s->e, s->w, s->weigh, tiles, worker);
    atomic_fetch_add_explicit(q, 1, memory_order_release);
    if (q != k) atomic_fetch_add_explicit(k, 1, memory_order_release);
}

static void run_square(int64_t at, int worker, void *ctx)
{
    const schedule *s = ctx;
    for (int32_t t = s->square[at]; t < s->square[at + 1]; t++) run_task(t, worker, ctx);
}

static void walk(const ak_engine *e, ak_walk *w, bool weigh)
{
    schedule s = { .e = e, .w = w, .weigh = weigh, .task = e->tasks };
    s.q_from = w->q_first;
    s.q_tiles = (w->q_last ? w->q_last : w->q->np / AK_TILE) - s.q_from;
    s.k_tiles = w->k->np / AK_TILE;
    s.q_size = group_size(s.q_tiles);
    s.k_size = group_size(s.k_tiles);
    for (int i = 0; i <= MOST_GROUPS; i++) {
        atomic_init(&s.q_done[i], 0);
        atomic_init(&s.k_done[i], 0);
    }
    plan(&s);
    /* Squares where a round has one for each thread, else task by task: the order of additions is the
     * same. */
    const int64_t round = w->q == w->k ? s.q_sides / 2 : least(s.q_sides, s.k_sides);
    if (akin_threads() <= round)
        ak_parallel_tasks(s.squares, run_square, &s);
    else
        ak_parallel_tasks(s.tasks, run_task, &s);
}

void ak_engine_reduce(const ak_engine *e, ak_walk *w) { walk(e, w, false); }
void ak_engine_weigh(const ak_engine *e, ak_walk *w) { walk(e, w, true); }

/* Windows ---------------------------------------------------------------------------------------------- */

typedef struct window_job {
    const ak_engine *e;
    const ak_pair_window *w;
} window_job;

static void window_block(int64_t block, int worker, void *ctx)
{
    const window_job *job = ctx;
    job->e->ops->window(job->e, job->w, block, worker);
}

size_t ak_window_bytes(int64_t n, akin_precision precision)
{
    const size_t real = precision == AKIN_PRECISION_F64 ? sizeof(double) : sizeof(float);
    const int64_t np = round_up(n, AK_TILE);
    return ak_arena_padded(real * (AK_WINDOW + 2) + sizeof(uint8_t), np + AK_WINDOW_PAD, 1);
}

/* A row has np/8 bytes of flags; its operands and gradient are three or four arrays of d floats, so that
 * with the flags memory at most doubles. */
size_t ak_flags_bytes(int64_t n, int64_t d)
{
    const int64_t np = round_up(n, AK_TILE);
    return np / 8 > 16 * d ? 0 : ak_arena_padded(sizeof(uint16_t), np / AK_STRIP, np);
}

akin_status ak_engine_window(const ak_engine *e, ak_pair_window *w)
{
    const size_t mark = e->arena->used;
    w->scratch_bytes =
        ak_window_bytes(w->keys->n, e->ops->real_bytes == 8 ? AKIN_PRECISION_F64 : AKIN_PRECISION_F32);
    w->scratch = ak_arena_take(e->arena, w->scratch_bytes, akin_threads(), 1);
    if (!w->scratch) return AKIN_ERR_NOMEM;
    window_job job = { e, w };
    ak_parallel_tasks((w->rows->np + AK_WINDOW - 1) / AK_WINDOW, window_block, &job);
    e->arena->used = mark;
    return AKIN_OK;
}

/* Sizes ------------------------------------------------------------------------------------------------ */

static size_t tiles_bytes(const ak_walk *w, size_t real)
{
    const int64_t q = w->q->np / AK_TILE, k = w->k->np / AK_TILE;
    return ak_arena_padded(real * AK_TILE * AK_TILE, w->q == w->k ? q * (q + 1) / 2 : q,
                           w->q == w->k ? 1 : k);
}

void ak_engine_keep(const ak_engine *e, ak_walk *w)
{
    /* Products of bfloat16 are made faster than floats are read back from memory. */
    const bool gains = !e->bf16 || e->sharp;
    const size_t bytes = gains ? tiles_bytes(w, e->ops->real_bytes) : 0;
    w->kept = bytes ? ak_arena_take(e->arena, 1, (int64_t)bytes, 1) : NULL;
}

size_t ak_kept_bytes(int64_t nq, int64_t nk, bool same, akin_precision precision)
{
    ak_pair_rows q = { .np = round_up(nq, AK_TILE) }, k = { .np = round_up(nk, AK_TILE) };
    const ak_walk w = { .q = &q, .k = same ? &q : &k };
    return tiles_bytes(&w, precision == AKIN_PRECISION_F64 ? sizeof(double) : sizeof(float));
}

size_t ak_engine_bytes(akin_precision precision)
{
    const ak_engine_ops *ops = precision == AKIN_PRECISION_F64 ? &ak_engine_f64 : &ak_engine_f32;
    return ops->worker_bytes * (size_t)akin_threads() + sizeof(int32_t[4]) * MOST_GROUPS * MOST_GROUPS + 128;
}

size_t ak_pair_rows_bytes(int64_t n, int64_t d, akin_precision precision)
{
    const size_t real = precision == AKIN_PRECISION_F64 ? sizeof(double) : sizeof(float);
    const int64_t np = round_up(n, AK_TILE), dp = round_up(d, AK_COLS);
    /* operands, transposed operand, gradient; bf16 that is sharp has its own operand of the products */
    const int64_t copies = precision == AKIN_PRECISION_BF16 ? 7 : 6; /* halves */
    const size_t matrices = ak_arena_padded(real / 2, np * copies, dp);
    return matrices ? matrices + 2 * ak_arena_padded(sizeof(double), n, 1) + 512 : 0;
}
