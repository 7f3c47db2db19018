/* SPDX-License-Identifier: Apache-2.0 */
/* base/select.c - one order statistic of many numbers, of both kinds of floats. */
#include "base/select.h"

#define TYPE double
#define NAME ak_select_double
#include "base/select.inc"
#undef TYPE
#undef NAME

#define TYPE float
#define NAME ak_select_float
#include "base/select.inc"
