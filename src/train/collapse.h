/* SPDX-License-Identifier: Apache-2.0 */
/* train/collapse.h - is the run learning directions at all? Two numbers from projections at hand, and three warnings.
 *
 *     embedding_std        sqrt(d) times the mean, over the d dimensions, of the standard deviation of unit rows
 *                          [ChenHe2021 sec.4.1]: 0 when all rows point one way, 1 when they fill the sphere
 *     participation_ratio  (tr C)^2 / tr C^2 of the covariance C of unit rows: the number of directions in use, as d
 *                          equal ones would count; it never exceeds the effective rank of [Roy2007], and needs no
 *                          eigenvalues */
#ifndef AKIN_SRC_TRAIN_COLLAPSE_H
#define AKIN_SRC_TRAIN_COLLAPSE_H

#include "base/base.h"
#include "model/recipe.h"

enum { AK_COLLAPSE_ROWS = 256 }; /* at most so many rows are looked at */

typedef struct ak_collapse {
    double embedding_std, participation_ratio; /* NaN with fewer than two rows, or a row without direction */
} ak_collapse;

/* z [rows, width], dense. scratch: min(rows, AK_COLLAPSE_ROWS) * width floats. Same bits on any number of threads. */
ak_collapse ak_collapse_measure(const float *z, int64_t rows, int64_t width, float *scratch);

enum { AK_COLLAPSE_STD, AK_COLLAPSE_RANK, AK_COLLAPSE_CHANCE, AK_COLLAPSE_KINDS };

typedef struct ak_collapse_watch {
    ak_collapse_limits limits;
    bool told[AK_COLLAPSE_KINDS]; /* each is said once */
} ak_collapse_watch;

/* What was seen at a logged step. */
typedef struct ak_collapse_sight {
    ak_collapse now;
    int64_t rows, width;
    double loss, smoothed_loss, chance, floor; /* floor is NaN when none is known */
    bool warm;                                 /* the beginning is over: before, nothing is said */
} ak_collapse_sight;

/* The next warning that is due as a sentence, false when there is none. Call it until then. */
bool ak_collapse_warning(ak_collapse_watch *watch, const ak_collapse_sight *seen, char *text, size_t size);

#endif
