/* SPDX-License-Identifier: Apache-2.0 */
/* loss/engine_f32.c - the pair engine on float tiles. */
#include "loss/engine.h"

typedef float real;
typedef ak_strip_f32 strip;
#define ENGINE ak_engine_f32
#define FLOATS 1
#include "loss/engine.inc"
