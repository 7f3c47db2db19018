/* SPDX-License-Identifier: Apache-2.0 */
/* loss/soft.h - targets of the losses whose anchors have several positives, each with a share (soft.c), or an
 * order of the others (rank_n_contrast.c). */
#ifndef AK_LOSS_SOFT_H
#define AK_LOSS_SOFT_H

#include "loss/loss.h"

/* Of xclr: the links of a row of the batch. */
typedef struct ak_row_links {
    const int32_t *row;
    const float *weight; /* NULL: all 1 */
    int64_t count;
} ak_row_links;
ak_row_links ak_links_of(const akin_loss_batch *in, int64_t row);

/* What one anchor of xclr is to look like. */
typedef struct ak_soft_targets {
    bool soft;       /* shares are e^(weight/t'), of unknown pairs e^0; else as the weights */
    double sum;      /* of the shares before they add up to 1 */
    bool listed;     /* the partner is among the links */
    double partner;  /* its share before that */
    int64_t present; /* rows below the fraction */
    int64_t linked;  /* of these, in links that count there */
} ak_soft_targets;

/* rows: of all ranks; partner: of the anchor. */
ak_soft_targets ak_soft_targets_of(const akin_loss_params *p, ak_row_links links, int64_t rows,
                                   int64_t partner);

/* The share of a link, before they add up to 1; -1: it is not below the fraction either. */
double ak_soft_share(const akin_loss_params *p, double weight, bool partner);

/* AKIN_ERR_INPUT: not ascending, out of range, to the row itself, or a weight that is not finite. */
akin_status ak_links_check(const ak_loss_call *c, int64_t rows, int64_t all, int64_t first);

/* values [2n,q] of the batch, or of its labels with q = 1, in double, of this rank. */
int64_t ak_values_width(const akin_loss_batch *in);
akin_status ak_values_read(const ak_loss_call *c, double *to);

#endif
