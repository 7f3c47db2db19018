/* SPDX-License-Identifier: Apache-2.0 */
/* theory/augmentation.c - the supervised loss from the contrastive one and two distances that augmentations
 * set against each other  [Cui2025].
 *
 *     w_i = |a_i - b_i|                                  how far apart the views of an item are
 *     m_ij = least of |u_i - v_j|, u and v either view   how near two items of a class come
 *
 * Strong augmentations make w large and m small. From L_sup <= L - d + D [Bao2022], D the surrogate gap, with
 * -d = E max(0, s_partner - s_own) <= E |b_i - mean_y|/t <= E |b_i - b_j|/t over two items of a class, and
 * |b_i - b_j| <= w_i + m_ij + w_j on the way over the nearest views:
 *
 *     L_sup <= L + (2 E w + E m)/t + D.
 *
 * The steps lose: the same bound with E |b_i - mean_y| itself is the row elst-ghoshdastidar. What this one
 * has is the part of each. m is over up to PAIRS items of the class, drawn where there are more. */
#include "theory/candidates.h"
#include "theory/contrast.h"
#include "base/rng.h"

#include <math.h>

enum { ANCHORS = 4096, PAIRS = 32 };

typedef struct distances {
    const ak_theory_job *job;
    int64_t anchors;
    double *w, *m; /* [anchors] w_i, mean of m_ij over j */
} distances;

static double apart(const float *x, const float *y, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        const double difference = (double)x[j] - (double)y[j];
        sum += difference * difference;
    }
    return sqrt(sum);
}

static void one_anchor(int64_t anchor, int worker, void *ctx)
{
    (void)worker;
    const distances *o = ctx;
    const ak_theory_job *job = o->job;
    const int64_t i = anchor * job->n / o->anchors, c = job->cls[i], d = job->d, size = job->size[c];
    const int64_t pairs = size < PAIRS ? size : PAIRS;
    const float *view[2] = { job->a + i * d, job->b + i * d };
    ak_rng g = ak_rng_at(job->in.seed, AK_RNG_SAMPLE, AK_SAMPLE_AUGMENTATION, (uint64_t)i, 0);
    double sum = 0;
    for (int64_t p = 0; p < pairs; p++) {
        const int64_t at = size <= PAIRS ? p : (int64_t)ak_rng_below(&g, (uint32_t)size);
        const int64_t j = job->member[job->start[c] + at];
        const float *other[2] = { job->a + j * d, job->b + j * d };
        double least = INFINITY;
        for (int u = 0; u < 2; u++)
            for (int v = 0; v < 2; v++) least = fmin(least, apart(view[u], other[v], d));
        sum += j == i ? 0 : least;
    }
    o->w[anchor] = apart(view[0], view[1], d);
    o->m[anchor] = sum / (double)pairs;
}

akin_status ak_theory_augmentation(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    AK_TRY(akin_tradeoff_compute(&job->prior, job->in.negatives, job->in.temperature, &f, err));
    distances o = { .job = job, .anchors = job->n < ANCHORS ? job->n : ANCHORS };
    o.w = ak_alloc(sizeof(double), o.anchors, 1);
    o.m = ak_alloc(sizeof(double), o.anchors, 1);
    if (!o.w || !o.m) {
        free(o.w), free(o.m);
        return ak_no_memory(err, "for the distances of %lld items", (long long)o.anchors);
    }
    ak_parallel_tasks(o.anchors, one_anchor, &o);
    double w, m, w_half, m_half;
    ak_mean_of(o.w, o.anchors, &w, &w_half);
    ak_mean_of(o.m, o.anchors, &m, &m_half);
    free(o.w), free(o.m);
    const double t = job->in.temperature;
    akin_bound_row *r = ak_bound_add(job, "augmentation-upper", "[Cui2025]", AKIN_MARK_RECONSTRUCTION,
                                     "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    ak_bound_set(r, c->mean[AK_CV_INFO] + (2 * w + m) / t + f.bao_upper,
                 c->half[AK_CV_INFO] + (2 * w_half + m_half) / t, c->mean[AK_CV_SUP], c->half[AK_CV_SUP],
                 log((double)job->classes));
    ak_bound_assume(r, "views of an item are %.4g apart, two items of a class come as near as %.4g%s", w, m,
                    job->uniform ? "" : "; the form for unequal classes is tested, not proved");
    return AKIN_OK;
}
