/* SPDX-License-Identifier: Apache-2.0 */
/* theory/collapse.h - what lies behind akin_class_collapse_threshold()  [LeeOh2025]. */
#ifndef AK_THEORY_COLLAPSE_H
#define AK_THEORY_COLLAPSE_H

#include "akin/theory.h"

/* The optimum in the symmetric family of collapse.c: cosine s_w in a class, s_b between classes. derived. */
void ak_class_collapse_optimum(double m, double n, double t, double a, double *s_w, double *s_b);

#endif
