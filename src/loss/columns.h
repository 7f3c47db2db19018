/* SPDX-License-Identifier: Apache-2.0 */
/* loss/columns.h - losses on products of columns: the n rows of a view are a sample, and its d columns are
 * compared with one another or with those of the other view (vicreg,
 * barlow, dimcl, matrix-ssl).
 *
 *     x_v = the rows of view v less the means of their columns, and over their deviations where `standard`
 *     m   = x_v^T x_u, [d,d], over the items of all ranks
 *
 * so that memory is O(n d + d^2), and no product of two rows is made. What such a loss needs for its gradient
 * is x_v times a matrix [d,d] of weights, which comes by blocks of rows.
 *
 * Precision. Means, variances, diagonals and every number of a gradient are double. Products are float, in
 * sums of PRODUCT_ROWS rows that are added up in double; they are double with AKIN_PRECISION_F64, and where
 * all of them are few, as of a few items little is left of a gradient that has none along its column.
 * bfloat16 is taken as float.
 *
 * Threads. A task is a tile of m or a block of rows, so their number changes no bit. Ranks: means, variances
 * and m are summed over all ranks, the rest is of the rank's own rows. */
#ifndef AK_LOSS_COLUMNS_H
#define AK_LOSS_COLUMNS_H

#include "loss/loss.h"
#include "loss/permuted.h"

#define AK_VICREG_EPSILON 1e-4 /* added to a variance before its root */

typedef struct ak_columns {
    ak_loss_call *c;
    int64_t n, d;
    double all; /* items of all ranks */
    bool wide;  /* x and w are of doubles */
    akin_cmat rows[2];
    double *scale[2]; /* [n] the rows are multiplied by first, or NULL */
    void *x[2];       /* [n,d] */
    double *mean[2];  /* [d] */
    double *ss[2];    /* [d] sums of squares about the mean, over all ranks */
    double *over[2];  /* [d] what x was divided by, or NULL */
    double *m;        /* [d,d] */
    void *w;          /* [d,d] */
    unsigned char *workers;
    size_t worker_bytes;
} ak_columns;

/* Check the rows, and make x. standard: divided by sqrt(ss / all + epsilon); epsilon < 0: not divided.
 * AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. */
akin_status ak_columns_open(ak_columns *u, ak_loss_call *c, double epsilon);

/* The same of other rows than a and b, each of length 1, that are checked already. Their scales are not
 * counted by ak_columns_bytes(). AKIN_ERR_NOMEM. */
akin_status ak_columns_open_unit(ak_columns *u, ak_loss_call *c, akin_cmat first, akin_cmat second);

/* AKIN_ERR_NUMERIC: a number is not finite; AKIN_ERR_INPUT: unit, and a row is all zeros. */
akin_status ak_columns_look(ak_loss_call *c, akin_cmat rows, const char *name, bool unit);

/* m = x[left]^T x[right]; order: row order[i] of x[right] stands beside row i, or NULL. */
akin_status ak_columns_product(ak_columns *u, int left, int right, const int32_t *order);

/* w = a number for each of m, of which the diagonal is 0 where off. */
typedef double ak_columns_weight_fn(const ak_columns *u, int64_t i, int64_t j, double m);
void ak_columns_weights(ak_columns *u, ak_columns_weight_fn *fn);

/* Call fn for each row i, with g [d] = (x[view] w)_i, or with w transposed. */
typedef void ak_columns_row_fn(const ak_columns *u, int64_t i, const void *g, void *ctx);
akin_status ak_columns_rows(ak_columns *u, int view, bool transposed, ak_columns_row_fn *fn, void *ctx);

/* Of x or of g. */
static inline double ak_columns_at(const ak_columns *u, const void *rows, int64_t at)
{
    return u->wide ? ((const double *)rows)[at] : (double)((const float *)rows)[at];
}

/* The loss is value; AKIN_ERR_NUMERIC where that is not finite. */
akin_status ak_columns_value(ak_columns *u, double value);

/* What permuted partners cost, where a loss is a sum over items, or nearly: product() makes m of the views,
 * the second in that order, and add() adds sign times each item's part with these partners to p->more. The
 * first m, that of the partners, is there already. */
typedef akin_status ak_columns_product_fn(ak_columns *u, const int32_t *order);
typedef akin_status ak_columns_items_fn(ak_columns *u, ak_permuted *p, const int32_t *order, double sign);
akin_status ak_columns_permuted(ak_columns *u, ak_permuted *p, ak_columns_product_fn *product,
                                ak_columns_items_fn *add);

size_t ak_columns_bytes(const ak_loss_call *c); /* of scratch; 0 on overflow */

#endif
