/* SPDX-License-Identifier: Apache-2.0 */
/* items/difficulty.h - the state behind akin/tool/difficulty.h, and the scores that need the features
 * alone. */
#ifndef AK_ITEMS_DIFFICULTY_H
#define AK_ITEMS_DIFFICULTY_H

#include "akin/tool/difficulty.h"
#include "theory/pairs.h"

enum { AK_PLACE_SAMPLE = 1, AK_PLACE_ANCHOR = 2 };

struct akin_difficulty {
    akin_difficulty_opts opts;
    akin_mat unit; /* [n,d] features at unit length */
    int64_t n, draws;
    int32_t *class_of; /* [n], or NULL */
    int64_t classes;
    int32_t *sample;            /* [others] S, drawn once */
    uint8_t *place;             /* [n]: AK_PLACE_* */
    int32_t *anchors;           /* [opts.anchors] */
    double *score[AKIN_SCORES]; /* [n]; sums over draws until the end */
    double *own;                /* [n] sum over draws of the mean cosine of features and own views */
    int64_t *group;             /* [n] */
    double spacing, suggested;
    int32_t *nearest; /* [n] */
    float *nearness;  /* [n] */
    uint8_t *member;  /* [n] */
    bool ended;
};

/* Each fills its scores; AKIN_ERR_NOMEM. */
akin_status ak_difficulty_neighbours(akin_difficulty *d, akin_error *err); /* collision, density, nearest */
/* group, which holds `same` before; after the neighbours. */
akin_status ak_difficulty_copies(akin_difficulty *d, akin_error *err);
akin_status ak_difficulty_gap(akin_difficulty *d, akin_error *err);
akin_status ak_difficulty_window(akin_difficulty *d, akin_error *err);

#endif
