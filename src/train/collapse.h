/* SPDX-License-Identifier: Apache-2.0 */
/* train/collapse.h - does the run still learn directions? Two measures of the projections at hand, three
 * warnings.
 *
 *     embedding_std        the standard deviation of unit rows, averaged over the d dimensions, times sqrt(d)
 *                          [ChenHe2021 sec.4.1]: 0 when all rows point one way, 1 when they fill the sphere
 *     participation_ratio  (tr C)^2 / tr C^2, where C is the covariance of unit rows: how many directions
 *                          they use; d directions used equally count d. It is never above the effective
 *                          rank of [Roy2007], and needs no eigenvalues */
#ifndef AK_TRAIN_COLLAPSE_H
#define AK_TRAIN_COLLAPSE_H

#include "base/base.h"
#include "model/recipe.h"

enum { AK_COLLAPSE_ROWS = 256 }; /* no more rows are measured */

/* NaN with fewer than two rows, or where a row is zero or not finite. */
typedef struct ak_collapse {
    double embedding_std, participation_ratio;
} ak_collapse;

/* z [rows, width], dense. scratch: min(rows, AK_COLLAPSE_ROWS) * width floats. The number of threads changes
 * no bit. */
ak_collapse ak_collapse_measure(const float *z, int64_t rows, int64_t width, float *scratch);

enum { AK_COLLAPSE_STD, AK_COLLAPSE_RANK, AK_COLLAPSE_CHANCE, AK_COLLAPSE_KINDS };

typedef struct ak_collapse_watch {
    ak_collapse_limits limits;
    bool told[AK_COLLAPSE_KINDS]; /* each warning is given once */
} ak_collapse_watch;

/* What a logged step has shown. */
typedef struct ak_collapse_seen {
    ak_collapse now;
    int64_t rows, width;
    /* chance: the least loss of what has learned nothing; floor is NaN when none is known. */
    double loss, smoothed_loss, chance, floor;
    bool warm; /* the first steps are over; during them nobody is warned */
} ak_collapse_seen;

/* The next warning that is due, as a sentence; false when there is none. Call it until then. */
bool ak_collapse_warning(ak_collapse_watch *watch, const ak_collapse_seen *seen, char *text, size_t size);

#endif
