/* SPDX-License-Identifier: Apache-2.0 */
/* loss/loss.c - akin_loss_eval(): checks at the border, then the loss's own function. */
#include "loss/loss.h"
#include "loss/columns.h"
#include "loss/gram.h"
#include "loss/ring.h"
#include "loss/table.h"

#include <math.h>
#include <string.h>

double *ak_loss_vector(ak_loss_call *call, int64_t n)
{
    double *v = ak_arena_array(call->arena, double, n, 1);
    if (v) memset(v, 0, (size_t)n * sizeof *v);
    return v;
}

akin_status ak_loss_no_scratch(ak_loss_call *call)
{
    return ak_fail(
        call->err, AKIN_ERR_NOMEM,
        "%s: the scratch arena of %zu bytes is too small; akin_loss_scratch_bytes() tells the size",
        call->loss->name, call->arena->size);
}

akin_status ak_loss_mean(ak_loss_call *call, const double *value, int64_t n, double scale)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            return ak_fail(call->err, AKIN_ERR_NUMERIC, "%s: the loss of anchor %lld is %g, not finite",
                           call->loss->name, (long long)i, value[i]);
        sum += value[i];
    }
    AK_TRY(ak_ring_sum(call, &sum, 1));
    call->value = sum * scale;
    return AKIN_OK;
}

/* Checks ----------------------------------------------------------------------------------------------- */

static akin_status check_same_shape(const ak_loss_call *c, akin_cmat a, const char *who, int64_t rows,
                                    int64_t cols)
{
    AK_TRY(ak_check_view(a, who, c->err));
    if (a.rows == rows && a.cols == cols) return AKIN_OK;
    return ak_fail(c->err, AKIN_ERR_SHAPE, "%s: %s is [%lld,%lld]; expected [%lld,%lld]", c->loss->name, who,
                   (long long)a.rows, (long long)a.cols, (long long)rows, (long long)cols);
}

static akin_status check_grad(const ak_loss_call *c, akin_mat g, akin_cmat of, const char *who)
{
    return g.data ? check_same_shape(c, akin_mat_const(g), who, of.rows, of.cols) : AKIN_OK;
}

static akin_status no_negatives(const ak_loss_call *c)
{
    return ak_fail(c->err, AKIN_ERR_SHAPE, "%s: one item has no %s; give at least 2 rows", c->loss->name,
                   c->loss->needs & AKIN_LOSS_COLUMNS ? "spread" : "negatives");
}

/* The shapes of a batch; data are looked at only when `data`. */
static akin_status check_batch(const ak_loss_call *c, bool data)
{
    const akin_loss_batch *in = &c->in;
    const unsigned needs = c->loss->needs;
    const char *who = c->loss->name;
    const float any = 0;
    akin_loss_batch b = *in;
    if (!data) b.a.data = b.b.data = b.features.data = b.positives.data = b.negatives.data = &any;
    AK_TRY(ak_check_view(b.a, "a", c->err));
    const int64_t n = b.a.rows, d = b.a.cols;
    if (n > INT32_MAX / 4)
        return ak_fail(c->err, AKIN_ERR_SHAPE, "%s: %lld rows are more than %d", who, (long long)n,
                       INT32_MAX / 4);
    if (needs & AKIN_LOSS_TRIPLES) {
        if (b.block < 1 || b.count < 1 || b.block > INT32_MAX || b.count > INT32_MAX)
            return ak_fail(c->err, AKIN_ERR_SHAPE,
                           "%s: block is %lld and count %lld; both must be at least 1", who,
                           (long long)b.block, (long long)b.count);
        AK_TRY(check_same_shape(c, b.positives, "positives", n * b.block, d));
        return check_same_shape(c, b.negatives, "negatives", n * b.block * b.count, d);
    }
    AK_TRY(check_same_shape(c, b.b, "b", n, d));
    if (needs & AKIN_LOSS_VALUES && b.values.rows > 0) {
        if (!data) b.values.data = &any;
        AK_TRY(check_same_shape(c, b.values, "values", 2 * n, b.values.cols));
    } else if (needs & AKIN_LOSS_VALUES && data && !b.labels) {
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: needs values, [%lld,q], or a label for every row", who,
                       (long long)(2 * n));
    } else if (needs & AKIN_LOSS_LABELS && data && !b.labels)
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: needs a label for every row", who);
    if (needs & AKIN_LOSS_FEATURES && data && !b.features.data)
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: needs the features of both views, [%lld,h]", who,
                       (long long)(2 * n));
    if (needs & AKIN_LOSS_FEATURES && b.features.rows > 0)
        AK_TRY(check_same_shape(c, b.features, "features", 2 * n, b.features.cols));
    if (needs & AKIN_LOSS_TARGETS && b.targets.rows > 0) {
        if (!data) b.targets.data = &any;
        AK_TRY(check_same_shape(c, b.targets, "targets", 2 * n, d));
    }
    if (b.keys.rows > 0) {
        if (!ak_loss_takes_keys(c->loss, &c->p))
            return ak_fail(c->err, AKIN_ERR_ARGUMENT,
                           "%s: takes no further keys, such as negatives; ntxent, dcl and infonce that is "
                           "not symmetric do",
                           who);
        if (!data) b.keys.data = &any;
        AK_TRY(check_same_shape(c, b.keys, "keys", b.keys.rows, d));
    } else if (b.keys_only) {
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: keys_only is set, and there are no keys", who);
    } else if (!c->ring.comm && n < 2 && ak_loss_needs_negatives(c->loss)) {
        return no_negatives(c);
    }
    return AKIN_OK;
}

static akin_status check_grads(const ak_loss_call *c)
{
    const bool triples = c->loss->needs & AKIN_LOSS_TRIPLES;
    AK_TRY(check_grad(c, c->out.a, c->in.a, "the gradient of a"));
    AK_TRY(check_grad(c, c->out.keys, c->in.keys, "the gradient of keys"));
    AK_TRY(check_grad(c, c->out.targets, c->in.targets, "the gradient of targets"));
    if (c->out.keys.data && c->in.keys_alike && c->ring.comm)
        return ak_fail(c->err, AKIN_ERR_ARGUMENT,
                       "%s: keys that are alike on all ranks have no gradient; leave it empty",
                       c->loss->name);
    if (c->out.window && c->out.window->struct_size < sizeof(uint32_t))
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: window->struct_size is not initialised",
                       c->loss->name);
    if (c->out.permuted && c->out.permuted->struct_size < sizeof(uint32_t))
        return ak_fail(c->err, AKIN_ERR_ARGUMENT, "%s: permuted->struct_size is not initialised",
                       c->loss->name);
    if (!triples) return check_grad(c, c->out.b, c->in.b, "the gradient of b");
    AK_TRY(check_grad(c, c->out.positives, c->in.positives, "the gradient of positives"));
    return check_grad(c, c->out.negatives, c->in.negatives, "the gradient of negatives");
}

akin_status ak_loss_open(ak_loss_call *c, const akin_loss *loss, const akin_loss_params *params,
                         const akin_loss_batch *batch, bool data, akin_error *err)
{
    if (!loss || !batch) return ak_fail(err, AKIN_ERR_ARGUMENT, "loss: loss and batch must not be NULL");
    AK_TRY(ak_loss_check_listed(loss, err));
    *c = (ak_loss_call){ .loss = loss,
                         .p = AKIN_LOSS_PARAMS_INIT,
                         .in = AKIN_LOSS_BATCH_INIT,
                         .out = AKIN_LOSS_GRADS_INIT,
                         .ring = { .ranks = 1 },
                         .err = err };
    AK_TRY(ak_opts_import(&c->in, batch, loss->name, err));
    c->ring.divided = c->in.whole != 0;
    if (ak_comm_size(c->in.ranks) > 1) /* first: the others wait for our errors */
        *(c->ring.divided ? &c->ring.sharers : &c->ring.comm) = c->in.ranks;
    AK_TRY(akin_loss_defaults(loss, &c->p, err));
    AK_TRY(ak_opts_import(&c->p, params, loss->name, err));
    ak_loss_params_complete(&c->p, loss);
    if ((unsigned)c->in.precision > AKIN_PRECISION_F64)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: precision %d is none of akin_precision", loss->name,
                       (int)c->in.precision);
    AK_TRY(ak_loss_params_check(&c->p, loss, err));
    return check_batch(c, data);
}

/* Evaluation ------------------------------------------------------------------------------------------- */

/* Everything that can be told from this rank's arguments alone. */
static akin_status prepare(ak_loss_call *c, const akin_loss *loss, const akin_loss_params *params,
                           const akin_loss_batch *batch, akin_arena *scratch, const akin_loss_grads *grads,
                           akin_error *err)
{
    AK_TRY(ak_loss_open(c, loss, params, batch, true, err));
    if (!scratch) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: scratch must not be NULL", loss->name);
    AK_TRY(ak_opts_import(&c->out, grads, loss->name, err));
    AK_TRY(check_grads(c));
    c->arena = scratch;
    c->want_window = c->out.window != NULL;
    c->window = (akin_loss_window){
        .struct_size = sizeof c->window, .share = NAN, .other_class = NAN, .other_class_chance = NAN
    };
    c->want_permuted = c->out.permuted != NULL;
    c->permuted = (akin_loss_permuted){ .struct_size = sizeof c->permuted, .loss = NAN, .error = NAN };
    c->log_scale = c->bias = NAN;
    c->want_grad = c->out.a.data || c->out.b.data || c->out.positives.data || c->out.negatives.data ||
                   c->out.keys.data || c->out.log_scale || c->out.bias || c->out.targets.data;
    return AKIN_OK;
}

static akin_status run(ak_loss_call *c)
{
    AK_TRY(ak_ring_open(c));
    if (c->ring.all < 2 && !c->in.keys.rows && ak_loss_needs_negatives(c->loss)) return no_negatives(c);
    return ak_loss_run_of(c->loss)(c);
}

akin_status akin_loss_eval(const akin_loss *loss, const akin_loss_params *params,
                           const akin_loss_batch *batch, akin_arena *scratch, double *value,
                           const akin_loss_grads *grads, akin_error *err)
{
    ak_loss_call c = { .err = err };
    akin_status status = prepare(&c, loss, params, batch, scratch, grads, err);
    if (!status) {
        const size_t mark = scratch->used;
        status = run(&c);
        scratch->used = mark;
    }
    /* The others ask in their next agreement, or here. */
    ak_comm *others = c.ring.comm ? c.ring.comm : c.ring.sharers;
    if (others && !c.ring.failed) status = ak_comm_agree(others, status, err);
    if (status) return status;
    if (value) *value = c.value;
    if (c.out.log_scale) *c.out.log_scale = c.log_scale;
    if (c.out.bias) *c.out.bias = c.bias;
    if (c.want_window) AK_TRY(ak_result_export(c.out.window, &c.window, loss->name, err));
    if (c.want_permuted) return ak_result_export(c.out.permuted, &c.permuted, loss->name, err);
    return AKIN_OK;
}

/* Scratch ---------------------------------------------------------------------------------------------- */

static size_t own_bytes(const ak_loss_call *c);

/* The columns, with gradients in double, and the base, which comes first and leaves the room to them. */
static size_t dimcl_bytes(const ak_loss_call *c)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    ak_loss_call base = *c;
    base.loss = ak_dimcl_base(&c->p, &base.p);
    const size_t of_base = base.loss ? own_bytes(&base) : 1, columns = ak_columns_bytes(c),
                 slopes = ak_arena_padded(2 * sizeof(double), n, d),
                 vectors = ak_arena_padded(16 * sizeof(double), d, 1);
    if (!of_base || !columns || !slopes || !vectors) return 0;
    const size_t own = columns + slopes + vectors + 1024;
    return own > of_base ? own : of_base;
}

/* The columns, gradients of both views in double, three matrices and the scales of two sets of rows. */
static size_t matrix_ssl_bytes(const ak_loss_call *c)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    const size_t columns = ak_columns_bytes(c), slopes = ak_arena_padded(2 * sizeof(double), n, d + 1),
                 matrices = ak_arena_padded(3 * sizeof(double), d, d),
                 vectors = ak_arena_padded(2 * sizeof(double), d, 1);
    return columns && slopes && matrices && vectors ? columns + slopes + matrices + vectors + 1024 : 0;
}

/* What one rank needs of its own items; 0 where it cannot be counted. */
static size_t own_bytes(const ak_loss_call *c)
{
    const akin_precision precision = c->in.precision;
    const int64_t n = c->in.a.rows, d = c->in.a.cols, m = c->in.keys.rows;
    if (c->loss->needs & AKIN_LOSS_TRIPLES) {
        const size_t margins = ak_arena_padded(sizeof(double), n, c->in.count); /* overflow: 0 */
        return margins ? margins + 4 * ak_arena_padded(sizeof(double), n, 1) + 512 : 0;
    }
    if (ak_loss_run_of(c->loss) == ak_run_dimcl) return dimcl_bytes(c);
    if (ak_loss_run_of(c->loss) == ak_run_matrix_ssl) return matrix_ssl_bytes(c);
    if (c->loss->needs & AKIN_LOSS_COLUMNS) return ak_columns_bytes(c);
    if (c->loss->needs & AKIN_LOSS_TARGETS) return ak_arena_padded(24 * sizeof(double), 2 * n, 1) + 4096;
    if (c->loss->needs & (AKIN_LOSS_LINKS | AKIN_LOSS_VALUES))
        return ak_gram_bytes(c, c->in.items > n ? c->in.items : n);
    size_t bytes = ak_engine_bytes(precision) + 4096;
    /* Two sets of n rows take a little more than one of 2n; vectors: at most 24 doubles a row, and
     * one row. */
    const size_t parts[] = { 2 * ak_pair_rows_bytes(n, d, precision),
                             ak_arena_padded(24 * sizeof(double), 2 * n, 1),
                             ak_arena_padded(sizeof(double), d, 1) };
    for (int i = 0; i < 3; i++) {
        if (!parts[i]) return 0;
        bytes += parts[i];
    }
    if (m) bytes += ak_pair_rows_bytes(m, d, precision);
    if (c->loss->needs & AKIN_LOSS_FEATURES && c->in.features.cols > 0) /* one set of 2n rows, or two of n */
        bytes += 2 * ak_pair_rows_bytes(n, c->in.features.cols,
                                        precision == AKIN_PRECISION_F64 ? precision : AKIN_PRECISION_F32);
    if (c->loss->needs & AKIN_LOSS_FEATURES && !c->ring.comm)
        bytes += ak_window_bytes(2 * n, precision) * (size_t)akin_threads() + ak_flags_bytes(2 * n, d) + 64;
    return bytes;
}

static size_t scratch_bytes(const ak_loss_call *c, size_t further, size_t memory)
{
    const akin_precision precision = c->in.precision;
    size_t bytes = own_bytes(c);
    if (!bytes) return 0;
    bytes += further + (size_t)(ak_comm_size(c->ring.sharers) + 8) * sizeof(int64_t); /* places */
    const unsigned own =
        AKIN_LOSS_TRIPLES | AKIN_LOSS_COLUMNS | AKIN_LOSS_TARGETS | AKIN_LOSS_LINKS | AKIN_LOSS_VALUES;
    if (c->loss->needs & own) return bytes;
    const bool gains = precision != AKIN_PRECISION_BF16 || !ak_kernels_bf16(); /* ak_engine_keep() */
    const size_t kept = ak_kept_bytes(2 * c->in.a.rows, 2 * c->in.a.rows, true, precision);
    return gains && kept && bytes + kept <= memory ? bytes + kept : bytes;
}

size_t akin_loss_scratch_bytes(const akin_loss *loss, const akin_loss_params *params,
                               const akin_loss_batch *batch, size_t memory)
{
    ak_loss_call c;
    if (ak_loss_open(&c, loss, params, batch, false, NULL)) return 0;
    const int64_t all = c.in.items > c.in.a.rows ? c.in.items : c.in.a.rows;
    return scratch_bytes(&c, c.ring.comm ? ak_ring_bytes(&c, all) : 0, memory);
}
