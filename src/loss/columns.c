/* SPDX-License-Identifier: Apache-2.0 */
/* loss/columns.c - see columns.h. */
#include "loss/columns.h"

#include "kernels/gemm.h"
#include "loss/ring.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    SIDE = 128,         /* columns of a tile of m */
    PRODUCT_ROWS = 256, /* rows of a float sum */
    BLOCK_ROWS = 64,    /* of ak_columns_rows() */
    FEW = 1 << 18,      /* products of numbers that are made in double whatever the precision */
    VECTORS = 6,        /* of d doubles */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static bool is_wide(const ak_loss_call *c, int64_t items)
{
    const double d = (double)c->in.a.cols;
    return c->in.precision == AKIN_PRECISION_F64 || (double)items * d * d <= FEW;
}

static size_t real_bytes(bool wide) { return wide ? sizeof(double) : sizeof(float); }

/* A tile and rows of it in another order; or a block of rows of a gradient. */
static size_t worker_bytes(int64_t d, bool wide)
{
    const size_t product = (SIDE * SIDE + PRODUCT_ROWS * SIDE) * sizeof(float);
    const size_t rows = ak_arena_padded(real_bytes(wide), BLOCK_ROWS, d);
    return rows > product ? rows : product;
}

size_t ak_columns_bytes(const ak_loss_call *c)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    /* With more items on other ranks the numbers may be floats, never wider. */
    const bool wide = is_wide(c, n);
    const size_t workers = ak_arena_padded(worker_bytes(d, wide), akin_threads(), 1);
    const size_t x = ak_arena_padded(real_bytes(wide), n, d), m = ak_arena_padded(sizeof(double), d, d),
                 w = ak_arena_padded(real_bytes(wide), d, d), one = ak_arena_padded(sizeof(double), d, 1),
                 item = ak_arena_padded(4 * sizeof(double), n, 1);
    if (!workers || !x || !m || !w || !one || !item) return 0;
    /* of several ranks also the rows of strangers: barlow.c */
    return (c->ring.comm ? 3 : 2) * x + m + w + (VECTORS + 2) * one + item + workers + 2048;
}

/* Statistics --------------------------------------------------------------------------------------------- */

akin_status ak_columns_look(ak_loss_call *c, akin_cmat x, const char *name, bool unit)
{
    for (int64_t i = 0; i < x.rows; i++) {
        const ak_numbers row = ak_numbers_of(x, i, c->in.wide);
        double square = 0;
        for (int64_t k = 0; k < x.cols; k++) {
            if (!isfinite(ak_number(row, k)))
                return ak_fail(c->err, AKIN_ERR_NUMERIC,
                               "%s: row %lld, column %lld of %s is %g; every value must be finite",
                               c->loss->name, (long long)i, (long long)k, name, ak_number(row, k));
            square += ak_number(row, k) * ak_number(row, k);
        }
        if (unit && square == 0)
            return ak_fail(c->err, AKIN_ERR_INPUT,
                           "%s: row %lld of %s is all zeros and has no direction; remove the item or look at "
                           "what made it",
                           c->loss->name, (long long)i, name);
    }
    return AKIN_OK;
}

/* For columns [begin, end) of a view: sums, or sums of squares about the mean, or x. */
typedef struct column_job {
    ak_columns *u;
    int view;
    enum { SUMS, SQUARES, CENTRE } what;
} column_job;

static void columns(int64_t begin, int64_t end, void *ctx)
{
    const column_job *job = ctx;
    const ak_columns *u = job->u;
    const akin_cmat rows = u->rows[job->view];
    double *mean = u->mean[job->view], *ss = u->ss[job->view];
    const double *over = u->over[job->view];
    for (int64_t i = 0; i < u->n; i++) {
        const ak_numbers row = ak_numbers_of(rows, i, u->c->in.wide);
        const double scale = u->scale[job->view] ? u->scale[job->view][i] : 1;
        for (int64_t k = begin; k < end; k++) {
            const double value = scale * ak_number(row, k), gap = value - mean[k];
            if (job->what == SUMS) mean[k] += value;
            if (job->what == SQUARES) ss[k] += gap * gap;
            if (job->what != CENTRE) continue;
            const double x = over ? gap / over[k] : gap;
            if (u->wide)
                ((double *)u->x[job->view])[i * u->d + k] = x;
            else
                ((float *)u->x[job->view])[i * u->d + k] = (float)x;
        }
    }
}

static void both_views(ak_columns *u, int what)
{
    for (int view = 0; view < 2; view++) {
        column_job job = { u, view, what };
        ak_parallel_for(u->d, SIDE / 4, columns, &job);
    }
}

static akin_status make_x(ak_columns *u, double epsilon)
{
    const int64_t d = u->d;
    both_views(u, SUMS);
    AK_TRY(ak_ring_sum(u->c, u->mean[0], 2 * d));
    for (int64_t k = 0; k < 2 * d; k++) u->mean[0][k] /= u->all;
    both_views(u, SQUARES);
    AK_TRY(ak_ring_sum(u->c, u->ss[0], 2 * d));
    for (int64_t k = 0; epsilon >= 0 && k < 2 * d; k++) u->over[0][k] = sqrt(u->ss[0][k] / u->all + epsilon);
    both_views(u, CENTRE);
    return AKIN_OK;
}

static akin_status make_scales(ak_columns *u, int view)
{
    u->scale[view] = ak_loss_vector(u->c, u->n);
    if (!u->scale[view]) return ak_loss_no_scratch(u->c);
    for (int64_t i = 0; i < u->n; i++) {
        const ak_numbers row = ak_numbers_of(u->rows[view], i, u->c->in.wide);
        double square = 0;
        for (int64_t k = 0; k < u->d; k++) square += ak_number(row, k) * ak_number(row, k);
        u->scale[view][i] = 1 / sqrt(square);
    }
    return AKIN_OK;
}

static akin_status open_rows(ak_columns *u, ak_loss_call *c, akin_cmat first, akin_cmat second, bool unit,
                             double epsilon)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    *u = (ak_columns){ .c = c, .n = n, .d = d, .all = (double)c->ring.all, .rows = { first, second } };
    u->wide = is_wide(c, c->ring.all);
    for (int view = 0; unit && view < 2; view++) AK_TRY(make_scales(u, view));
    for (int view = 0; view < 2; view++) u->x[view] = ak_arena_take(c->arena, real_bytes(u->wide), n, d);
    double *vectors = ak_loss_vector(c, VECTORS * d);
    u->m = ak_arena_array(c->arena, double, d, d);
    u->w = ak_arena_take(c->arena, real_bytes(u->wide), d, d);
    u->worker_bytes = worker_bytes(d, u->wide);
    u->workers = ak_arena_take(c->arena, u->worker_bytes, akin_threads(), 1);
    if (!u->x[0] || !u->x[1] || !vectors || !u->m || !u->w || !u->workers) return ak_loss_no_scratch(c);
    for (int view = 0; view < 2; view++, vectors += d) {
        u->mean[view] = vectors;
        u->ss[view] = vectors + 2 * d;
        if (epsilon >= 0) u->over[view] = vectors + 4 * d;
    }
    return make_x(u, epsilon);
}

akin_status ak_columns_open(ak_columns *u, ak_loss_call *c, double epsilon)
{
    AK_TRY(ak_columns_look(c, c->in.a, "a", false));
    AK_TRY(ak_columns_look(c, c->in.b, "b", false));
    return open_rows(u, c, c->in.a, c->in.b, false, epsilon);
}

akin_status ak_columns_open_unit(ak_columns *u, ak_loss_call *c, akin_cmat first, akin_cmat second)
{
    return open_rows(u, c, first, second, true, -1);
}

/* Products ----------------------------------------------------------------------------------------------- */

typedef struct product_job {
    ak_columns *u;
    const void *left, *right;
    const int32_t *order;
    int64_t tiles; /* a side */
    bool same;     /* only tiles on and above the diagonal */
    atomic_bool failed;
} product_job;

static void multiply_wide(const product_job *job, int64_t i0, int64_t i1, int64_t j0, int64_t j1)
{
    const ak_columns *u = job->u;
    const int64_t d = u->d;
    for (int64_t r = 0; r < u->n; r++) {
        const double *x = (const double *)job->left + r * d;
        const double *y = (const double *)job->right + (job->order ? job->order[r] : r) * d;
        for (int64_t i = i0; i < i1; i++)
            for (int64_t j = j0; j < j1; j++) u->m[i * d + j] += x[i] * y[j];
    }
}

/* Rows from first on, in the order that is wanted. */
static const float *gather(const product_job *job, int64_t first, int64_t rows, int64_t j0, int64_t width,
                           float *to)
{
    const float *from = (const float *)job->right + j0;
    for (int64_t r = 0; r < rows; r++)
        memcpy(to + r * width, from + job->order[first + r] * job->u->d, (size_t)width * sizeof *to);
    return to;
}

static bool multiply_narrow(const product_job *job, int worker, int64_t i0, int64_t i1, int64_t j0,
                            int64_t j1)
{
    const ak_columns *u = job->u;
    const int64_t d = u->d, height = i1 - i0, width = j1 - j0;
    float *tile = (float *)(void *)(u->workers + (size_t)worker * u->worker_bytes),
          *gathered = tile + SIDE * SIDE;
    for (int64_t r = 0; r < u->n; r += PRODUCT_ROWS) {
        const int64_t rows = least(PRODUCT_ROWS, u->n - r);
        const float *y = (const float *)job->right + r * d + j0;
        if (job->order) y = gather(job, r, rows, j0, width, gathered);
        if (!ak_gemm(true, false, height, width, rows, (const float *)job->left + r * d + i0, d, y,
                     job->order ? width : d, 0, tile, width))
            return false;
        for (int64_t i = 0; i < height; i++)
            for (int64_t j = 0; j < width; j++) u->m[(i0 + i) * d + j0 + j] += (double)tile[i * width + j];
    }
    return true;
}

static void multiply_tile(int64_t task, int worker, void *ctx)
{
    product_job *job = ctx;
    ak_columns *u = job->u;
    const int64_t i0 = task / job->tiles * SIDE, j0 = task % job->tiles * SIDE;
    const int64_t i1 = least(i0 + SIDE, u->d), j1 = least(j0 + SIDE, u->d);
    if (job->same && j0 < i0) return;
    for (int64_t i = i0; i < i1; i++) memset(u->m + i * u->d + j0, 0, (size_t)(j1 - j0) * sizeof *u->m);
    if (u->wide)
        multiply_wide(job, i0, i1, j0, j1);
    else if (!multiply_narrow(job, worker, i0, i1, j0, j1))
        atomic_store(&job->failed, true);
}

/* The diagonal of a narrow product, in double: a loss may be made of how little it lacks. */
static void diagonal(int64_t begin, int64_t end, void *ctx)
{
    const product_job *job = ctx;
    const ak_columns *u = job->u;
    for (int64_t k = begin; k < end; k++) u->m[k * u->d + k] = 0;
    for (int64_t r = 0; r < u->n; r++) {
        const float *x = (const float *)job->left + r * u->d;
        const float *y = (const float *)job->right + (job->order ? job->order[r] : r) * u->d;
        for (int64_t k = begin; k < end; k++) u->m[k * u->d + k] += (double)x[k] * (double)y[k];
    }
}

akin_status ak_columns_product(ak_columns *u, int left, int right, const int32_t *order)
{
    const int64_t d = u->d;
    product_job job = { .u = u, .left = u->x[left], .right = u->x[right], .order = order };
    job.tiles = (d + SIDE - 1) / SIDE;
    job.same = left == right && !order;
    atomic_init(&job.failed, false);
    ak_parallel_tasks(job.tiles * job.tiles, multiply_tile, &job);
    if (atomic_load(&job.failed)) return ak_no_memory(u->c->err, "for a product of %s", u->c->loss->name);
    if (!u->wide) ak_parallel_for(d, SIDE / 4, diagonal, &job);
    for (int64_t i = 0; job.same && i < d; i++)
        for (int64_t j = 0; j < i / SIDE * SIDE; j++) u->m[i * d + j] = u->m[j * d + i];
    return ak_ring_sum(u->c, u->m, d * d);
}

void ak_columns_weights(ak_columns *u, ak_columns_weight_fn *fn)
{
    for (int64_t i = 0; i < u->d; i++)
        for (int64_t j = 0; j < u->d; j++) {
            const int64_t at = i * u->d + j;
            const double w = i == j ? 0 : fn(u, i, j, u->m[at]);
            if (u->wide)
                ((double *)u->w)[at] = w;
            else
                ((float *)u->w)[at] = (float)w;
        }
}

typedef struct rows_job {
    ak_columns *u;
    int view;
    bool transposed;
    ak_columns_row_fn *fn;
    void *ctx;
    atomic_bool failed;
} rows_job;

static void times_w(const rows_job *job, int64_t first, int64_t rows, double *g)
{
    const ak_columns *u = job->u;
    const int64_t d = u->d, down = job->transposed ? 1 : d, right = job->transposed ? d : 1;
    const double *w = u->w;
    memset(g, 0, (size_t)(rows * d) * sizeof *g);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < d; i++) {
            const double x = ((const double *)u->x[job->view])[(first + r) * d + i];
            for (int64_t j = 0; j < d; j++) g[r * d + j] += x * w[i * down + j * right];
        }
}

static void block_of_rows(int64_t task, int worker, void *ctx)
{
    rows_job *job = ctx;
    ak_columns *u = job->u;
    const int64_t d = u->d, first = task * BLOCK_ROWS, rows = least(BLOCK_ROWS, u->n - first);
    void *g = u->workers + (size_t)worker * u->worker_bytes;
    if (u->wide) {
        times_w(job, first, rows, g);
    } else if (!ak_gemm(false, job->transposed, rows, d, d, (const float *)u->x[job->view] + first * d, d,
                        u->w, d, 0, g, d)) {
        atomic_store(&job->failed, true);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        job->fn(u, first + r, (const char *)g + (size_t)(r * d) * real_bytes(u->wide), job->ctx);
}

akin_status ak_columns_rows(ak_columns *u, int view, bool transposed, ak_columns_row_fn *fn, void *ctx)
{
    rows_job job = { .u = u, .view = view, .transposed = transposed, .fn = fn, .ctx = ctx };
    atomic_init(&job.failed, false);
    ak_parallel_tasks((u->n + BLOCK_ROWS - 1) / BLOCK_ROWS, block_of_rows, &job);
    if (atomic_load(&job.failed)) return ak_no_memory(u->c->err, "for a product of %s", u->c->loss->name);
    return AKIN_OK;
}

akin_status ak_columns_value(ak_columns *u, double value)
{
    if (!isfinite(value))
        return ak_fail(u->c->err, AKIN_ERR_NUMERIC, "%s: the loss is %g, not finite", u->c->loss->name,
                       value);
    u->c->value = value;
    return AKIN_OK;
}

/* Permuted partners -------------------------------------------------------------------------------------- */

/* Rows of the second view, those of other ranks too, in the order of their strangers. */
typedef struct strangers {
    const char *own;
    char *rows;
    size_t bytes; /* of a row */
} strangers;

static void put_row(int64_t item, void *to, void *ctx)
{
    const strangers *s = ctx;
    memcpy(to, s->own + (size_t)item * s->bytes, s->bytes);
}

static void take_row(int64_t item, const void *from, void *ctx)
{
    const strangers *s = ctx;
    memcpy(s->rows + (size_t)item * s->bytes, from, s->bytes);
}

/* Of several ranks the rows change places; in one process an order does. */
akin_status ak_columns_permuted(ak_columns *u, ak_permuted *p, ak_columns_product_fn *product,
                                ak_columns_items_fn *add)
{
    void *const own = u->x[1];
    strangers s = { own, NULL, (size_t)u->d * (u->wide ? sizeof(double) : sizeof(float)) };
    const bool alone = !u->c->ring.comm;
    if (!alone && !(s.rows = ak_arena_take(u->c->arena, s.bytes, u->n, 1))) return ak_loss_no_scratch(u->c);
    AK_TRY(add(u, p, NULL, -AK_PERMUTATIONS));
    while (ak_permuted_next(p)) {
        for (int64_t i = 0; i < p->n && !alone; i++)
            if (ak_permuted_here(p, p->partner[i]))
                memcpy(s.rows + (size_t)i * s.bytes, s.own + (size_t)(p->partner[i] - p->first) * s.bytes,
                       s.bytes);
        AK_TRY(ak_permuted_fetch(p, u->c, s.bytes, put_row, take_row, &s));
        if (!alone) u->x[1] = s.rows;
        const int32_t *order = alone && p->n ? p->partner : NULL;
        AK_TRY(product(u, order));
        AK_TRY(add(u, p, order, 1));
        u->x[1] = own;
    }
    return ak_permuted_close(p, u->c, 1);
}
