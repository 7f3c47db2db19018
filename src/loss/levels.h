/* SPDX-License-Identifier: Apache-2.0 */
/* loss/levels.h - the two levels that a value of a loss is held against: chance, and the floor. */
#ifndef AK_LOSS_LEVELS_H
#define AK_LOSS_LEVELS_H

#include "loss/loss.h"

typedef struct ak_levels {
    double chance, floor, duplicate_floor; /* NaN where not known */
} ak_levels;

enum { AK_MOST_SIZES = 1024 };

/* How many groups have each size. */
typedef struct ak_group_sizes {
    int64_t size[AK_MOST_SIZES], groups[AK_MOST_SIZES];
    int kinds; /* -1: more than AK_MOST_SIZES */
} ak_group_sizes;

/* Of n items: groups by equal numbers, in groups or else in labels; each item a group of its own. */
ak_group_sizes ak_sizes_of_groups(const int64_t *groups, const int32_t *labels, int64_t n);
ak_group_sizes ak_sizes_of_singles(int64_t n);

typedef struct ak_floor_bound {
    const ak_group_sizes *groups;
    double views; /* rows an item has: 2 when anchors and keys are Z, 1 when they are a and b */
    /* a_i = max(0, views size - included): 1 leaves out the anchor, 2 its positive too; with 0 all are in. */
    double included;
    double rows; /* N: anchors, and keys of each */
    double alpha;
} ak_floor_bound;

/* The floor of a softmax loss; NaN when there are too many sizes of groups. */
double ak_floor_of(const ak_floor_bound *b);

/* What the levels of a loss are computed from. */
typedef struct ak_level_subject {
    const ak_loss_call *c;
    const akin_loss_params *p;
    double n, m; /* items, further keys */
    bool keys_only;
    ak_group_sizes groups;
} ak_level_subject;

typedef ak_levels ak_levels_fn(const ak_level_subject *s);
ak_levels_fn ak_levels_ntxent, ak_levels_infonce, ak_levels_dcl, ak_levels_balanced, ak_levels_spectral,
    ak_levels_supcon, ak_levels_nscl, ak_levels_debiased, ak_levels_dual_temperature, ak_levels_sigmoid,
    ak_levels_align_uniform, ak_levels_curl_hinge, ak_levels_curl_logistic, ak_levels_difficult,
    ak_levels_sogclr, ak_levels_vicreg, ak_levels_barlow, ak_levels_simsiam, ak_levels_byol, ak_levels_xclr,
    ak_levels_y_aware, ak_levels_rank_n_contrast, ak_levels_isogclr, ak_levels_dimcl, ak_levels_matrix_ssl;

#endif
