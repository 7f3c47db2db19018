/* SPDX-License-Identifier: Apache-2.0 */
/* loss/gram.c - see gram.h. */
#include "loss/gram.h"

#include "kernels/gemm.h"
#include "loss/ring.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    PIECE = 128,   /* columns of a block that are one task */
    FEW = 1 << 12, /* similarities that are made in double whatever the precision */
    ORDER = 3,     /* doubles of scratch a row and thread, of a loss that puts them in order */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static bool is_wide(const ak_loss_call *c, int64_t all)
{
    return c->in.precision == AKIN_PRECISION_F64 || 4.0 * (double)all * (double)all <= FEW;
}

static size_t real_bytes(bool wide) { return wide ? sizeof(double) : sizeof(float); }

size_t ak_gram_bytes(const ak_loss_call *c, int64_t all)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols, q = c->in.values.cols, rows = 2 * all;
    if (rows > INT64_MAX / (PIECE * (int64_t)sizeof(double)) || d > INT64_MAX / (PIECE * 8)) return 0;
    const size_t numbers = c->loss->needs & AKIN_LOSS_VALUES ? ORDER : 1;
    const size_t real = real_bytes(is_wide(c, all)), pieces = (size_t)((rows + PIECE - 1) / PIECE);
    const size_t parts[] = { 2 * ak_arena_padded(real, rows, d),
                             ak_arena_padded(real, AK_GRAM_ROWS, rows),
                             ak_arena_padded(real * pieces, AK_GRAM_ROWS, d),
                             ak_arena_padded((1 + numbers) * sizeof(double), rows, akin_threads()),
                             ak_arena_padded((6 + 2 * (size_t)(q ? q : 1)) * sizeof(double), rows, 1),
                             ak_arena_padded(16 * sizeof(double), n + 2, 1),
                             ak_arena_padded(2 * sizeof(double), d, 1) };
    size_t bytes = 8192 + 64 * (size_t)akin_threads();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i]) return 0;
        bytes += parts[i];
    }
    return bytes + ak_arena_padded(sizeof(int32_t), all, 2);
}

/* Rows --------------------------------------------------------------------------------------------------- */

static void *at(const ak_gram *u, void *matrix, int64_t row, int64_t width)
{
    return (unsigned char *)matrix + (size_t)(row * width) * real_bytes(u->wide);
}

static double get(const ak_gram *u, const void *x, int64_t k)
{
    return u->wide ? ((const double *)x)[k] : (double)((const float *)x)[k];
}

static void set(const ak_gram *u, void *x, int64_t k, double value)
{
    if (u->wide)
        ((double *)x)[k] = value;
    else
        ((float *)x)[k] = (float)value;
}

static akin_status check_row(const ak_gram *u, int view, int64_t i, ak_numbers x, double square)
{
    const ak_loss_call *c = u->c;
    const char *name = view ? "b" : "a";
    if (square == 0 && !u->distances)
        return ak_fail(c->err, AKIN_ERR_INPUT,
                       "%s: row %lld of %s is all zeros and has no direction; remove the item or look at "
                       "what made it",
                       c->loss->name, (long long)i, name);
    if (isfinite(square)) return AKIN_OK;
    int64_t k = 0;
    while (k < u->d - 1 && isfinite(ak_number(x, k))) k++;
    return ak_fail(c->err, AKIN_ERR_NUMERIC,
                   "%s: row %lld, column %lld of %s is %g; every value must be finite", c->loss->name,
                   (long long)i, (long long)k, name, ak_number(x, k));
}

/* This rank's rows to their places among those of all. */
static akin_status own_rows(ak_gram *u)
{
    for (int view = 0; view < 2; view++)
        for (int64_t i = 0; i < u->n; i++) {
            const ak_numbers x = ak_numbers_of(view ? u->c->in.b : u->c->in.a, i, u->c->in.wide);
            const int64_t row = view * u->all + u->first + i;
            void *z = at(u, u->z, row, u->d);
            double square = 0;
            for (int64_t k = 0; k < u->d; k++) square += ak_number(x, k) * ak_number(x, k);
            AK_TRY(check_row(u, view, i, x, square));
            u->scale[row] = u->distances ? 1 : 1 / sqrt(square);
            for (int64_t k = 0; k < u->d; k++) set(u, z, k, u->scale[row] * ak_number(x, k));
        }
    return AKIN_OK;
}

/* Rows [first, first + n) of each view come from each rank. */
static akin_status gather_bytes(ak_gram *u, size_t row, unsigned char *all)
{
    ak_ring *r = &u->c->ring;
    if (!r->comm) return AKIN_OK;
    AK_TRY(ak_ring_agree(u->c));
    int64_t *offset = ak_arena_array(u->c->arena, int64_t, r->ranks + 1, 1);
    akin_status status = offset ? AKIN_OK : ak_loss_no_scratch(u->c);
    status = ak_comm_agree(r->comm, status, u->c->err);
    for (int view = 0; view < 2 && !status; view++) {
        unsigned char *base = all + (size_t)(view * u->all) * row;
        for (int s = 0; s <= r->ranks; s++) offset[s] = ak_ring_first(r, s) * (int64_t)row;
        status = ak_comm_gather(r->comm, base + offset[r->rank], base, offset, u->c->err);
    }
    r->failed |= status != AKIN_OK;
    return status;
}

akin_status ak_gram_gather(ak_gram *u, const double *mine, int64_t width, double *all)
{
    const size_t bytes = (size_t)(u->n * width) * sizeof *all;
    for (int view = 0; view < 2 && all != mine; view++)
        memcpy(all + (view * u->all + u->first) * width, mine + view * u->n * width, bytes);
    return gather_bytes(u, (size_t)width * sizeof *all, (unsigned char *)all);
}

/* Distances do not change when all rows move by their mean, and products keep more digits. */
static akin_status centre(ak_gram *u)
{
    double *mean = ak_loss_vector(u->c, u->d);
    if (!mean) return ak_loss_no_scratch(u->c);
    for (int64_t i = 0; i < u->rows; i++)
        for (int64_t k = 0; k < u->d; k++) mean[k] += get(u, at(u, u->z, i, u->d), k) / (double)u->rows;
    for (int64_t i = 0; i < u->rows; i++)
        for (int64_t k = 0; k < u->d; k++) {
            void *z = at(u, u->z, i, u->d);
            set(u, z, k, get(u, z, k) - mean[k]);
        }
    return AKIN_OK;
}

akin_status ak_gram_open(ak_gram *u)
{
    ak_loss_call *c = u->c;
    const ak_ring *r = &c->ring;
    u->n = c->in.a.rows;
    u->d = c->in.a.cols;
    u->all = r->all;
    u->rows = 2 * u->all;
    u->first = ak_ring_first(r, r->rank);
    u->wide = is_wide(c, u->all);
    u->gradient = c->want_grad;
    const size_t real = real_bytes(u->wide);
    const int64_t pieces = (u->rows + PIECE - 1) / PIECE;
    u->z = ak_arena_take(c->arena, real, u->rows, u->d);
    u->g = ak_arena_take(c->arena, real, u->rows, u->d);
    u->s = ak_arena_take(c->arena, real, AK_GRAM_ROWS, u->rows);
    u->part = ak_arena_take(c->arena, real * (size_t)pieces, AK_GRAM_ROWS, u->d);
    u->scale = ak_loss_vector(c, u->rows);
    u->weights = ak_loss_vector(c, u->rows);
    u->value = ak_loss_vector(c, 2 * u->n);
    u->worker_bytes = ((size_t)(u->rows + u->numbers) * sizeof(double) + 63) / 64 * 64;
    u->workers = ak_arena_take(c->arena, u->worker_bytes, akin_threads(), 1);
    if (!u->z || !u->g || !u->s || !u->part || !u->scale || !u->weights || !u->value || !u->workers)
        return ak_loss_no_scratch(c);
    AK_TRY(own_rows(u));
    AK_TRY(gather_bytes(u, (size_t)u->d * real, u->z));
    if (u->distances) AK_TRY(centre(u));
    memset(u->g, 0, (size_t)(u->rows * u->d) * real);
    return AKIN_OK;
}

/* Blocks ------------------------------------------------------------------------------------------------- */

typedef struct block {
    ak_gram *u;
    ak_gram_row_fn *fn;
    void *ctx;
    int64_t row, anchors; /* rows [row, row + anchors) */
    int64_t place;        /* of the first among this rank's anchors */
    atomic_bool failed;
} block;

#define EACH_PAIR                                                                                            \
    for (int64_t r = 0; r < b->anchors; r++)                                                                 \
        for (int64_t k = k0; k < k1; k++)

#define SIMILARITIES(real, root)                                                                             \
    EACH_PAIR                                                                                                \
    {                                                                                                        \
        const real *x = (const real *)u->z + (b->row + r) * d, *y = (const real *)u->z + k * d;              \
        real sum = 0;                                                                                        \
        if (u->distances)                                                                                    \
            for (int64_t j = 0; j < d; j++) sum += (x[j] - y[j]) * (x[j] - y[j]);                            \
        else                                                                                                 \
            for (int64_t j = 0; j < d; j++) sum += x[j] * y[j];                                              \
        ((real *)u->s)[r * u->rows + k] = u->distances ? -root(sum) : sum;                                   \
    }

static void similarities(int64_t task, int worker, void *ctx)
{
    block *b = ctx;
    ak_gram *u = b->u;
    const int64_t k0 = task * PIECE, k1 = least(k0 + PIECE, u->rows), d = u->d;
    (void)worker;
    if (u->wide) {
        SIMILARITIES(double, sqrt)
    } else if (u->distances) {
        SIMILARITIES(float, sqrtf)
    } else {
        const float *z = u->z;
        if (!ak_gemm(false, true, b->anchors, k1 - k0, d, z + b->row * d, d, z + k0 * d, d, 0,
                     (float *)u->s + k0, u->rows))
            atomic_store(&b->failed, true);
    }
}

/* With distances c becomes c over the distance: what multiplies the difference of the two rows. */
static void whole_row(int64_t task, int worker, void *ctx)
{
    block *b = ctx;
    ak_gram *u = b->u;
    const int64_t row = b->row + task;
    void *s = at(u, u->s, task, u->rows);
    double *mine = (double *)(void *)(u->workers + (size_t)worker * u->worker_bytes), sum = 0;
    for (int64_t k = 0; k < u->rows; k++) mine[k] = get(u, s, k);
    u->value[b->place + task] = b->fn(u, row, mine, mine + u->rows, b->ctx);
    if (!u->gradient) return;
    for (int64_t k = 0; k < u->rows; k++) {
        const double distance = -get(u, s, k);
        if (u->distances) mine[k] = distance > 0 ? mine[k] / distance : 0;
        sum += mine[k];
        set(u, s, k, mine[k]);
    }
    if (u->distances) u->weights[row] += sum;
}

static void products_wide(const block *b, int64_t k0, int64_t k1, double *part)
{
    const ak_gram *u = b->u;
    const int64_t d = u->d;
    memset(part, 0, (size_t)(AK_GRAM_ROWS * d) * sizeof *part);
    EACH_PAIR
    {
        const double c = ((const double *)u->s)[r * u->rows + k];
        const double *x = (const double *)u->z + (b->row + r) * d, *y = (const double *)u->z + k * d;
        double *g = (double *)u->g + k * d;
        for (int64_t j = 0; c != 0 && j < d; j++) {
            part[r * d + j] += c * y[j];
            g[j] += c * x[j];
        }
    }
}

static void products(int64_t task, int worker, void *ctx)
{
    block *b = ctx;
    ak_gram *u = b->u;
    const int64_t k0 = task * PIECE, k1 = least(k0 + PIECE, u->rows), d = u->d;
    void *part = at(u, u->part, task * AK_GRAM_ROWS, d);
    (void)worker;
    if (u->wide) {
        products_wide(b, k0, k1, part);
    } else {
        const float *s = (const float *)u->s + k0, *z = u->z;
        if (!ak_gemm(false, false, b->anchors, d, k1 - k0, s, u->rows, z + k0 * d, d, 0, part, d) ||
            !ak_gemm(true, false, k1 - k0, d, b->anchors, s, u->rows, z + b->row * d, d, 1,
                     (float *)u->g + k0 * d, d))
            atomic_store(&b->failed, true);
    }
    if (u->distances) EACH_PAIR u->weights[k] += get(u, at(u, u->s, r, u->rows), k);
}

/* The pieces of an anchor's own gradient, in order. */
static void gather_pieces(int64_t begin, int64_t end, void *ctx)
{
    const block *b = ctx;
    ak_gram *u = b->u;
    const int64_t pieces = (u->rows + PIECE - 1) / PIECE;
    for (int64_t r = begin; r < end; r++) {
        void *g = at(u, u->g, b->row + r, u->d);
        for (int64_t j = 0; j < u->d; j++) {
            double sum = get(u, g, j);
            for (int64_t t = 0; t < pieces; t++) sum += get(u, at(u, u->part, t * AK_GRAM_ROWS + r, u->d), j);
            set(u, g, j, sum);
        }
    }
}

akin_status ak_gram_walk(ak_gram *u, ak_gram_row_fn *fn, void *ctx)
{
    const int64_t pieces = (u->rows + PIECE - 1) / PIECE;
    block b = { .u = u, .fn = fn, .ctx = ctx };
    atomic_init(&b.failed, false);
    for (int view = 0; view < 2; view++)
        for (int64_t i = 0; i < u->n; i += AK_GRAM_ROWS) {
            b.row = view * u->all + u->first + i;
            b.place = view * u->n + i;
            b.anchors = least(AK_GRAM_ROWS, u->n - i);
            ak_parallel_tasks(pieces, similarities, &b);
            ak_parallel_tasks(b.anchors, whole_row, &b);
            if (!u->gradient) continue;
            ak_parallel_tasks(pieces, products, &b);
            ak_parallel_for(b.anchors, 8, gather_pieces, &b);
        }
    if (atomic_load(&b.failed)) return ak_no_memory(u->c->err, "for a product of %s", u->c->loss->name);
    return AKIN_OK;
}

/* Gradients ---------------------------------------------------------------------------------------------- */

/* What the rows of this rank gain on the others. */
static akin_status sum_over_ranks(ak_gram *u)
{
    ak_comm *comm = u->c->ring.comm;
    if (!comm) return AKIN_OK;
    if (u->distances) AK_TRY(ak_ring_sum(u->c, u->weights, u->rows));
    AK_TRY(ak_ring_agree(u->c));
    return u->wide ? ak_comm_sum(comm, u->g, u->rows * u->d, u->c->err)
                   : ak_comm_sum_floats(comm, u->g, u->rows * u->d, u->c->err);
}

/* Of s = -|x_i - x_k|: minus the differences, weighed. Of s = z_i . z_k: through the scaling. */
static void gradient_row(const ak_gram *u, int64_t row, akin_mat out, int64_t i, double each)
{
    const void *g = at(u, u->g, row, u->d), *z = at(u, u->z, row, u->d);
    double along = u->distances ? u->weights[row] : 0;
    for (int64_t k = 0; !u->distances && k < u->d; k++) along += get(u, g, k) * get(u, z, k);
    for (int64_t k = 0; k < u->d; k++)
        ak_number_set(out, i, k, u->c->in.wide, each * u->scale[row] * (get(u, g, k) - along * get(u, z, k)));
}

akin_status ak_gram_gradients(ak_gram *u, double each)
{
    if (!u->gradient) return AKIN_OK;
    AK_TRY(sum_over_ranks(u));
    for (int view = 0; view < 2; view++) {
        const akin_mat out = view ? u->c->out.b : u->c->out.a;
        for (int64_t i = 0; out.data && i < u->n; i++)
            gradient_row(u, view * u->all + u->first + i, out, i, each);
    }
    return AKIN_OK;
}

/* Permuted ----------------------------------------------------------------------------------------------- */

akin_status ak_gram_permuted(ak_gram *u, ak_gram_row_fn *fn, void *ctx, double each, double wider)
{
    const size_t row = (size_t)u->d * real_bytes(u->wide);
    double *const own = u->value;
    void *const z = u->z, *const other = u->g;
    ak_permuted p;
    AK_TRY(ak_permuted_open(&p, u->c, u->n));
    if (!p.most) return AKIN_OK;
    if (!(u->value = ak_loss_vector(u->c, 2 * u->n))) return ak_loss_no_scratch(u->c);
    memcpy(other, z, (size_t)u->all * row);
    u->gradient = false;
    while (ak_permuted_next(&p)) {
        for (int64_t i = 0; i < u->all; i++)
            memcpy(at(u, other, u->all + i, u->d), at(u, z, u->all + p.cycle[i], u->d), row);
        u->z = other;
        const akin_status status = ak_gram_walk(u, fn, ctx);
        u->z = z;
        if (status) return status;
        for (int64_t i = 0; i < 2 * u->n; i++) p.more[i % u->n] += u->value[i] - own[i];
    }
    AK_TRY(ak_permuted_close(&p, u->c, each));
    u->c->permuted.error *= wider;
    return AKIN_OK;
}
