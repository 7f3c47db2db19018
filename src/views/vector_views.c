/* SPDX-License-Identifier: Apache-2.0 */
/* views/vector_views.c - random views of rows: mixing, noise, masking  [Verma2021] [Yoon2020] [Bahri2022].
 *
 * Every decision has a place of its own in the stream of (seed, epoch, item, view): block b, word w of
 * Philox. Block 0 is for the row. Four columns share a block of each kind, so masking costs at most 2.5
 * Philox words a column and noise one.
 *
 * Precision. A value is scaled in double from the float of the file, mixed in double, and rounded to float
 * once; then noise is added in float. A normal number is made from one word by the inverse of the
 * distribution function [Wichura1988 PPND7], relative error 1e-7. Only operations that every processor
 * rounds in the same way are used: a C library's logarithm may differ from one processor to the next. */
#include "akin/tool/vector_views.h"

#include "base/base.h"
#include "base/rng.h"
#include "views/portable_math.h"
#include "views/view_name.h"

#include <math.h>

enum { ROW = 0 };
/* first blocks of each kind; a row has at most 2^24 columns */
static const uint32_t MASK = 1u << 28, DONOR = 2u << 28, NOISE = 3u << 28;

/* 0..n-1; the bias, n/2^32, is far below what any number of views shows */
static int64_t below(uint32_t word, int64_t n) { return (int64_t)((uint64_t)word * (uint64_t)n >> 32); }

/* The inverse of the normal distribution function at (word + 1/2) / 2^32. */
static double normal(uint32_t word)
{
    const double p = ((double)word + 0.5) * 0x1p-32, q = p - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
               (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
    }
    double r = sqrt(-0.69314718055994531 * ak_portable_log2(q < 0 ? p : 1 - p)), x;
    if (r <= 5) {
        r -= 1.6;
        x = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
            ((0.12021132975 * r + 0.73700164250) * r + 1);
    } else {
        r -= 5;
        x = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
            ((0.012258202635 * r + 0.24197894225) * r + 1);
    }
    return q < 0 ? -x : x;
}

typedef struct job {
    akin_vector_view_opts opts;
    const akin_vectors *rows;
    const double *mean, *std; /* [d], or NULL */
    float *row[2];            /* [d], of rows that are not in memory */
} job;

static double scaled(const job *j, const float *x, int64_t c)
{
    return j->mean ? ((double)x[c] - j->mean[c]) / j->std[c] : (double)x[c];
}

/* A row; `at` says where to, if it is not in memory. */
static akin_status row_of(const job *j, int64_t item, int at, const float **out, akin_error *err)
{
    const akin_vectors *v = j->rows;
    *out = v->x ? v->x + item * v->d : j->row[at];
    return v->x ? AKIN_OK : v->fetch(v->from, item, 0, v->d, j->row[at], err);
}

/* x, or its mixture with another row. */
static akin_status mix(const job *j, const ak_rng *stream, int64_t item, float *out, akin_error *err)
{
    const akin_vectors *v = j->rows;
    const float *x, *y;
    AK_TRY(row_of(j, item, 0, &x, err));
    y = x;
    double lambda = 1;
    uint32_t word[4];
    if (j->opts.mix_prob > 0 && v->n > 1) {
        ak_rng_block(stream, ROW, word);
        if (ak_rng_unit(word[0]) < (double)j->opts.mix_prob) {
            const int64_t other = below(word[2], v->n - 1);
            AK_TRY(row_of(j, other + (other >= item), 1, &y, err));
            lambda = (double)j->opts.mix_min + (1 - (double)j->opts.mix_min) * ak_rng_unit(word[1]);
        }
    }
    if (lambda >= 1)
        for (int64_t c = 0; c < v->d; c++) out[c] = (float)scaled(j, x, c);
    else
        for (int64_t c = 0; c < v->d; c++)
            out[c] = (float)(lambda * scaled(j, x, c) + (1 - lambda) * scaled(j, y, c));
    return AKIN_OK;
}

static void add_noise(const job *j, const ak_rng *stream, float *out)
{
    const int64_t d = j->rows->d;
    for (int64_t c = 0; c < d; c += 4) {
        uint32_t word[4];
        ak_rng_block(stream, NOISE + (uint32_t)(c >> 2), word);
        for (int64_t i = 0; i < 4 && c + i < d; i++) out[c + i] += j->opts.noise * (float)normal(word[i]);
    }
}

/* Column c of a row, scaled. */
static akin_status donate(const job *j, int64_t item, int64_t c, float *out, akin_error *err)
{
    const akin_vectors *v = j->rows;
    const float *x = v->x ? v->x + item * v->d : j->row[1];
    if (!v->x) AK_TRY(v->fetch(v->from, item, c, 1, j->row[1] + c, err));
    *out = (float)scaled(j, x, c);
    return AKIN_OK;
}

static akin_status mask(const job *j, const ak_rng *stream, float *out, akin_error *err)
{
    const akin_vectors *v = j->rows;
    /* ak_rng_unit(word) < p, for whole 24-bit numbers */
    const double limit = (double)j->opts.mask_prob * 0x1p24;
    for (int64_t c = 0; c < v->d; c += 4) {
        uint32_t gate[4], donor[4];
        bool drawn = false;
        ak_rng_block(stream, MASK + (uint32_t)(c >> 2), gate);
        for (int64_t i = 0; i < 4 && c + i < v->d; i++) {
            if (!((double)(gate[i] >> 8) < limit)) continue;
            if (!j->opts.mask_with) {
                out[c + i] = 0;
                continue;
            }
            if (!drawn) ak_rng_block(stream, DONOR + (uint32_t)(c >> 2), donor);
            drawn = true;
            AK_TRY(donate(j, below(donor[i], v->n), c + i, &out[c + i], err));
        }
    }
    return AKIN_OK;
}

static akin_status check(const akin_vectors *rows, const akin_vector_scale *scale, const int32_t *items,
                         const akin_view_name *name, akin_mat out, akin_error *err)
{
    if ((!rows->x && !rows->fetch) || !items || !out.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "views: rows, items and out must not be NULL");
    AK_TRY(ak_view_name_check(name, "views", err));
    if (out.rows < 0 || out.cols != rows->d || out.stride < out.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "views: out is [%lld,%lld]; rows of %lld are needed",
                       (long long)out.rows, (long long)out.cols, (long long)rows->d);
    if (scale && (scale->d != rows->d || !scale->mean || !scale->std))
        return ak_fail(err, AKIN_ERR_SHAPE, "views: the scale has %lld columns, the rows have %lld",
                       (long long)scale->d, (long long)rows->d);
    for (int64_t i = 0; i < out.rows; i++)
        if (items[i] < 0 || items[i] >= rows->n)
            return ak_fail(err, AKIN_ERR_RANGE, "views: item %lld of the batch is %d; there are %lld rows",
                           (long long)i, (int)items[i], (long long)rows->n);
    return AKIN_OK;
}

static akin_status make_views(const job *j, const int32_t *items, const akin_view_name *name, akin_mat out,
                              akin_error *err)
{
    for (int64_t i = 0; i < out.rows; i++) {
        const ak_rng stream =
            ak_rng_at(name->seed, AK_RNG_VECTOR, name->epoch, (uint64_t)items[i], name->view);
        float *to = ak_row(out, i);
        AK_TRY(mix(j, &stream, items[i], to, err));
        if (j->opts.noise > 0) add_noise(j, &stream, to);
        if (j->opts.mask_prob > 0) AK_TRY(mask(j, &stream, to, err));
    }
    return AKIN_OK;
}

akin_status akin_vector_views(const akin_vector_view_opts *user, const akin_vectors *user_rows,
                              const akin_vector_scale *user_scale, const int32_t *items,
                              const akin_view_name *name, akin_mat out, akin_error *err)
{
    akin_vectors rows = AKIN_VECTORS_INIT;
    akin_vector_scale scale = AKIN_VECTOR_SCALE_INIT;
    job j = { .opts = AKIN_VECTOR_VIEW_OPTS_INIT, .rows = &rows };
    AK_TRY(ak_opts_import(&j.opts, user, "views", err));
    AK_TRY(ak_opts_import(&rows, user_rows, "views: rows", err));
    AK_TRY(ak_opts_import(&scale, user_scale, "views: scale", err));
    AK_TRY(akin_vector_view_check(&j.opts, err));
    AK_TRY(check(&rows, user_scale ? &scale : NULL, items, name, out, err));
    j.mean = scale.mean;
    j.std = scale.std;
    if (j.opts.first_unchanged && name->view == 0) j.opts.mix_prob = j.opts.noise = j.opts.mask_prob = 0;
    if (rows.x) return make_views(&j, items, name, out, err);
    float *room = ak_alloc(sizeof *room, 2, rows.d);
    if (!room) return ak_no_memory(err, "for the rows of a view");
    j.row[0] = room;
    j.row[1] = room + rows.d;
    const akin_status status = make_views(&j, items, name, out, err);
    free(room);
    return status;
}
