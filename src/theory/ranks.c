/* SPDX-License-Identifier: Apache-2.0 */
/* theory/ranks.c - directions in use of the two branches, and what lies between them [Zhuo2023],
 * reconstruction.
 *
 * Anchors are rows of a, keys rows of b; each has its E z z^T, of trace 1. The effective rank of weights p is
 * exp(-sum p ln p) [Roy2007], here of eigenvalues. l are those of keys, falling, v their directions, and
 * s_i = E (a.v_i)^2 what the anchors have along them: what stands between the branches is a filter s_i/l_i.
 *
 *   1  The eigenvalues of a matrix majorise what it has along any axes (Schur), and entropy falls with
 *      majorisation: rank(anchors) <= rank(s).
 *   2  Where the first k of the directions hold at least as much of the anchors as of the keys, for every k,
 *      s majorises l and rank(s) <= rank(keys). A filter that falls, s_i/l_i >= s_{i+1}/l_{i+1}, is such a
 *      one: the low-pass filter of the paper, which makes the keys' rank the higher one. */
#include "linalg/eigen.h"
#include "theory/pairs.h"
#include "theory/theory.h"
#include "theory/two_view.h"

#include <math.h>

static const double ROUNDING = 1e-7; /* of the shares: rows are float */

/* exp of the entropy; p sums to about 1, rounding may make it negative. */
static double effective_rank(const double *p, int64_t d)
{
    double sum = 0, entropy = 0;
    for (int64_t i = 0; i < d; i++) sum += fmax(p[i], 0);
    for (int64_t i = 0; i < d; i++)
        if (p[i] > 0) entropy -= p[i] / sum * log(p[i] / sum);
    return exp(entropy);
}

/* g = E z z^T of the rows. False: no memory. */
static bool moment_of(const ak_theory_job *job, const float *row, double *g)
{
    const int64_t d = job->d;
    for (int64_t i = 0; i < d * d; i++) g[i] = 0;
    const bool good = ak_second_moment((akin_cmat){ row, job->n, d, d }, NULL, g);
    for (int64_t i = 0; i < d * d; i++) g[i] /= (double)job->n;
    return good;
}

typedef struct axes {
    const double *g, *axis;
    int64_t d;
    double *along;
} axes;

/* along[i] = v_i^T g v_i */
static void along_some(int64_t begin, int64_t end, void *ctx)
{
    const axes *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        const double *v = w->axis + i * w->d;
        double sum = 0;
        for (int64_t j = 0; j < w->d; j++) {
            double row = 0;
            for (int64_t k = 0; k < w->d; k++) row += w->g[j * w->d + k] * v[k];
            sum += v[j] * row;
        }
        w->along[i] = sum;
    }
}

static void along_axes(const double *g, const double *axis, int64_t d, double *along)
{
    axes w = { g, axis, d, along };
    ak_parallel_for(d, 4, along_some, &w);
}

/* Is what the first k directions hold of the anchors never less than of the keys? */
static bool low_pass(const double *anchors, const double *keys, int64_t d)
{
    double more = 0;
    for (int64_t i = 0; i < d; i++) {
        more += anchors[i] - keys[i];
        if (more < -ROUNDING) return false;
    }
    return true;
}

/* Directions in use: columns of zeros are none. */
static double in_use(const double *p, int64_t d)
{
    double count = 0;
    for (int64_t i = 0; i < d; i++) count += p[i] > ROUNDING;
    return count;
}

static void add_rows(ak_theory_job *job, const double *anchors, const double *along, const double *keys)
{
    const int64_t d = job->d;
    const double most = fmax(in_use(anchors, d), in_use(keys, d));
    const double of_anchors = effective_rank(anchors, d), of_along = effective_rank(along, d),
                 of_keys = effective_rank(keys, d);
    akin_bound_row *r = ak_bound_add(job, "rank-anchors", "[Zhuo2023]", AKIN_MARK_RECONSTRUCTION,
                                     "effective rank of the anchors", AKIN_BOUND_UPPER);
    ak_bound_set(r, of_along, 0, of_anchors, 0, most);
    ak_bound_assume(r, "by what they have along the keys' directions; uncentred, of %.0f in use", most);
    r = ak_bound_add(job, "rank-filter", "[Zhuo2023]", AKIN_MARK_RECONSTRUCTION,
                     "effective rank of anchors along the keys' directions", AKIN_BOUND_UPPER);
    ak_bound_set(r, of_keys, 0, of_along, 0, most);
    ak_bound_assume(r, "effective rank of the keys; for a low-pass filter between the branches");
    if (!low_pass(along, keys, d)) ak_bound_undecided(r, "outside the statement: the filter is not low-pass");
    r = ak_bound_add(job, "rank-difference", "[Zhuo2023]", AKIN_MARK_RECONSTRUCTION,
                     "effective rank of keys less that of anchors", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, of_keys - of_anchors, 0, NAN);
    ak_bound_assume(r, "above 0 the keys pull the anchors to more directions");
}

akin_status ak_theory_ranks(ak_theory_job *job, akin_error *err)
{
    const int64_t d = job->d;
    if (d > AK_TWO_VIEW_COLUMNS) {
        akin_bound_row *r = ak_bound_add(job, "rank-anchors", "[Zhuo2023]", AKIN_MARK_RECONSTRUCTION,
                                         "effective rank of the anchors", AKIN_BOUND_UPPER);
        ak_bound_assume(r, "not computed: %lld columns; up to %d are", (long long)d, AK_TWO_VIEW_COLUMNS);
        return AKIN_OK;
    }
    double *g = ak_alloc(sizeof *g, d, d), *axis = ak_alloc(sizeof *g, d, d),
           *all = ak_alloc(sizeof *g, 3, d);
    akin_status status = g && axis && all ? AKIN_OK : ak_no_memory(err, "for %lld columns", (long long)d);
    double *anchors = all, *along = all ? all + d : NULL, *keys = all ? all + 2 * d : NULL;
    if (!status && !moment_of(job, job->b, g)) status = ak_no_memory(err, "for the moments of keys");
    if (!status) status = ak_eigen(g, d, keys, axis, err);
    if (!status && !moment_of(job, job->a, g)) status = ak_no_memory(err, "for the moments of anchors");
    if (!status) {
        along_axes(g, axis, d, along);
        status = ak_eigen(g, d, anchors, NULL, err);
    }
    if (!status) add_rows(job, anchors, along, keys);
    free(g);
    free(axis);
    free(all);
    return status;
}
