/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/plan.h - what the parts of `akin plan` share: the prior, a point of the lists, numbers as text. */
#ifndef AK_CLI_PLAN_PLAN_H
#define AK_CLI_PLAN_PLAN_H

#include "command/command.h"

#include "akin/theory.h"

/* The prior from the options; arrays are owned. */
typedef struct plan_source {
    akin_prior prior;
    double *probability;
    int64_t *counts;
} plan_source;

enum { PLAN_VALUES = 64, PLAN_AXES = 3 };

/* The lists of --classes, --temperature and --negatives, the last one fastest; none of classes: from a file.
 * */
typedef struct plan_axes {
    int count[PLAN_AXES];
    double value[PLAN_AXES][PLAN_VALUES];
} plan_axes;

typedef struct plan_point {
    int64_t negatives;
    double temperature;
    akin_theory_plan plan;
    akin_tradeoff factors;
    bool recommended;
} plan_point;

/* AKIN_ERR_ARGUMENT: not a list, or a value out of its range. */
akin_status plan_axes_read(const cli_args *args, plan_axes *axes, akin_error *err);
int plan_axes_points(const plan_axes *axes);
/* Point i of the product: its numbers, and the classes in the source. */
void plan_axes_point(const plan_axes *axes, int i, plan_source *s, plan_point *at);
akin_status plan_compute(const plan_source *s, plan_point *at, akin_error *err);
int plan_range(const cli_args *args, plan_source *s, const plan_axes *axes);

/* akin_plan.c */
akin_json *plan_json(const cli_args *args, const plan_source *s, const plan_point *at,
                     const akin_tradeoff *rows, int n);
double plan_memory_bytes(int64_t negatives, int64_t width);
const char *plan_probability(double log_p, char to[32]); /* "3.5e-400" */
const char *plan_factor(double log_x, char to[32]); /* "37.9", "3.2e22", "-" for NaN, "none" for infinity */
const char *plan_bytes(double bytes, char to[32]);

#endif
