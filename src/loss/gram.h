/* SPDX-License-Identifier: Apache-2.0 */
/* loss/gram.h - losses that need a whole row of similarities at once: its targets, its order. The engine's
 * tiles (engine.h) serve those whose pairs are weighed one by one from sums along the row.
 *
 *     s_ik = z_i . z_k of unit rows, or minus the distance of rows as given        i, k: rows of both views
 *     dz_i += sum_k c_ik z_k,  dz_k += sum_i c_ik z_i,    c_ik = dl_i/ds_ik, from a function of the whole row
 *
 * Anchors pass by in blocks of AK_GRAM_ROWS, so that memory is O(n d) and a block of similarities. The
 * function sees its row in double, whatever the precision, and leaves c in its place.
 *
 * Precision. Products are oneDNN's, in float; sums over the pieces of a row, and each gradient's last step,
 * are double. All is double with AKIN_PRECISION_F64, and where there are few numbers. bfloat16 is taken as
 * float. A distance is made of differences, column by column: from products it would lose its digits.
 *
 * Threads. A task is a row of a block or a piece of its columns, and blocks follow one another; so the number
 * of threads changes no bit.
 *
 * Ranks. Each has the rows of all, O(d) numbers for each row of all ranks, and the anchors of its own items;
 * what all rows gain is added up over the ranks. Row i of view v is number v all + i. */
#ifndef AK_LOSS_GRAM_H
#define AK_LOSS_GRAM_H

#include "loss/loss.h"
#include "loss/permuted.h"

enum { AK_GRAM_ROWS = 64 };

typedef struct ak_gram ak_gram;

/* Anchor i, one of `rows`: s [rows] are its similarities with all rows; s[i] means nothing. Returns its loss.
 * With u->gradient s receives c, 0 at i. scratch: `numbers` doubles of this thread. */
typedef double ak_gram_row_fn(const ak_gram *u, int64_t i, double *s, double *scratch, void *ctx);

struct ak_gram {
    /* The loss says: */
    ak_loss_call *c;
    bool distances;
    int64_t numbers; /* of scratch a thread */
    /* Filled by ak_gram_open(): */
    int64_t n, all, first; /* items of this rank, of all ranks; this rank's first among them */
    int64_t rows, d;       /* of both views and all ranks */
    bool wide, gradient;
    void *z, *g;     /* [rows,d]: unit rows, or rows about their mean; dL/dz */
    double *weights; /* [rows] distances: sums of c over distance, of a row and of a column */
    double *scale;   /* [rows]: z = scale x */
    void *s;         /* [AK_GRAM_ROWS, rows] */
    void *part;      /* [pieces, AK_GRAM_ROWS, d] */
    double *value;   /* [2n] of this rank's anchors */
    unsigned char *workers;
    size_t worker_bytes;
};

/* Make z.  AKIN_ERR_INPUT (a row of zeros), AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM */
akin_status ak_gram_open(ak_gram *u);

/* Call fn for each of this rank's anchors, and fill u->value and, with u->gradient, g. */
akin_status ak_gram_walk(ak_gram *u, ak_gram_row_fn *fn, void *ctx);

/* call->out from g, each c being times `each`. */
akin_status ak_gram_gradients(ak_gram *u, double each);

/* What the loss is with partners permuted, b standing in another order, where that is wanted: after the
 * gradients, as it writes over g. The loss is `each` times the sum over anchors; wider: its error is so many
 * times what it would be if items were independent. */
akin_status ak_gram_permuted(ak_gram *u, ak_gram_row_fn *fn, void *ctx, double each, double wider);

/* All [rows, width] of this rank's rows of both views, [2n, width] doubles; all and mine may be the same with
 * one rank. */
akin_status ak_gram_gather(ak_gram *u, const double *mine, int64_t width, double *all);

/* The item of a row of this rank, from 0. */
static inline int64_t ak_gram_item(const ak_gram *u, int64_t i) { return i % u->all - u->first; }

static inline int64_t ak_gram_partner(const ak_gram *u, int64_t i)
{
    return i < u->all ? i + u->all : i - u->all;
}

/* Of scratch, with so many items of all ranks; 0 on overflow. */
size_t ak_gram_bytes(const ak_loss_call *c, int64_t all);

#endif
