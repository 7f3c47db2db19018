/* SPDX-License-Identifier: Apache-2.0 */
/* loss/engine_f64.c - the pair engine on double tiles. */
#include "loss/engine.h"

typedef double real;
typedef ak_strip_f64 strip;
#define ENGINE ak_engine_f64
#define FLOATS 0
#include "loss/engine.inc"
