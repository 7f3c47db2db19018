/* SPDX-License-Identifier: Apache-2.0 */
/* train/by_value.h - positives by continuous labels  [Schneider2023]: of an anchor with values v, the item
 * whose values are nearest to v + sigma g, g standard normal, each value in deviations over all items. */
#ifndef AK_TRAIN_BY_VALUE_H
#define AK_TRAIN_BY_VALUE_H

#include "base/base.h"
#include "base/rng.h"

enum { AK_BY_VALUE_MOST = 64 }; /* values of an item */

/* It does not change once it is made: any number of threads may ask it. */
typedef struct ak_by_value ak_by_value;

/* Each of the values [n,count] less its mean and over its deviation, which is 1 where it is 0. to may be
 * values. */
void ak_in_deviations(const double *values, int64_t n, int64_t count, double *to);
/* values [n,count].  AKIN_ERR_INPUT where there are none, or too many of an item; AKIN_ERR_NOMEM */
akin_status ak_by_value_create(const double *values, int64_t n, int64_t count, ak_by_value **out,
                               akin_error *err);
void ak_by_value_free(ak_by_value *v); /* takes NULL */

/* The positive of an item, which is another one; itself where there is only one. Of several that are equally
 * near one is drawn. */
int32_t ak_by_value_draw(const ak_by_value *v, ak_rng *r, int32_t item, double sigma);

#endif
