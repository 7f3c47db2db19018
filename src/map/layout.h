/* SPDX-License-Identifier: Apache-2.0 */
/* map/layout.h - from a graph to a map. */
#ifndef AK_MAP_LAYOUT_H
#define AK_MAP_LAYOUT_H

#include "map/forces.h"
#include "map/graph.h"

/* A map while it is made, in the order of the graph. */
typedef struct ak_map_state {
    const ak_map_graph *graph;
    akin_map_loss loss;
    int64_t n;
    double negatives, pull;  /* m; a of the attraction */
    double c;                /* of neg and nce */
    float *x, *y, *share;    /* [2n], the second half as the first */
    int64_t *shift, shifts;  /* closed under negation, modulo n */
    float *sum, *fx, *fy;    /* [n] of the noise */
    float *gx, *gy, *missed; /* [n] the gradient; nce: the sum of 1 - q/(q + c) over the edges */
    ak_comm *ranks;          /* who work on it together; NULL: this process. For the caller to set */
} ak_map_state;

/* Room for at most so many shifts.  AKIN_ERR_NOMEM */
akin_status ak_map_state_make(const ak_map_graph *graph, int64_t shifts, ak_map_state *out, akin_error *err);
void ak_map_state_free(ak_map_state *s);

/* The slopes of
 *
 *     neg, nce  sum_E g a log(1 + c v) + w sum_P log((1 + c v)/(c v)),  v = 1/q = 1 + |y_i - y_j|^2
 *     infonce   sum_i sum_j~i g (a log v_ij + log(q_ij + r R_i)),  R_i = sum_t q_i,i+t,  r = m/shifts
 *
 * for every item, into gx and gy. P: the pairs {i, i+t}, of t and -t one; g: the weight of the edge; w = 2 m
 * sum_E g / (n shifts) makes that m of them for each edge.  AKIN_ERR_DISTRIBUTED. */
akin_status ak_map_gradient(ak_map_state *s, akin_error *err);

/* From x, y on. place: the random numbers are those of opts->seed.  Into s->x, s->y. */
akin_status ak_map_optimise(ak_map_state *s, const akin_map_opts *opts, akin_error *err);

/* The options alone; and that map is [rows,2].  map.c: AKIN_ERR_RANGE; AKIN_ERR_SHAPE. */
akin_status ak_map_check(const akin_map_opts *o, akin_error *err);
akin_status ak_map_check_shape(akin_cmat rows, akin_mat map, akin_error *err);
/* m, the usual one where none is given. */
int32_t ak_map_negatives(const akin_map_opts *o, int64_t n);

/* c = Z m/n^2 of neg at a spectrum. */
double ak_map_noise_level(double spectrum, double negatives, int64_t n);

/* The first two principal components of rows, the first with variance 1, of each the greatest loading
 * positive; into start [n,2]. Two numbers by chance where rows have none. start.c.  AKIN_ERR_NOMEM */
akin_status ak_map_start(const ak_map_rows *rows, uint64_t seed, float *start, akin_error *err);

#endif
