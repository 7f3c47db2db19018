/* SPDX-License-Identifier: Apache-2.0 */
/* theory/latent.c - data of a latent-class model of which prior, collisions and augmentation graph are known.
 *
 * Sizes: class c gets items in proportion to imbalance^{-c/(C-1)}, at least one, the rest of the rounding to the first
 * classes. Every item has its own random stream, so that results do not depend on anything but options and seed. */
#include "base/rng.h"
#include "theory/theory.h"

#include <math.h>

static akin_status check(const akin_latent_opts *o, akin_mat a, akin_mat b, akin_error *err)
{
    if (o->classes < 2 || o->items < o->classes || o->items > INT32_MAX)
        return akin_fail(err, AKIN_ERR_RANGE,
                         "%d classes of %lld items; two classes and an item in each are the least",
                         o->classes, (long long)o->items);
    if (o->width < 1)
        return akin_fail(err, AKIN_ERR_RANGE, "width is %lld; it must be at least 1", (long long)o->width);
    if (!(o->imbalance >= 1 && o->imbalance <= 1e9))
        return akin_fail(err, AKIN_ERR_RANGE, "imbalance is %g; it must be at least 1", o->imbalance);
    if (!(o->spread >= 0 && o->spread <= 1e6) || !(o->view_spread >= 0 && o->view_spread <= 1e6))
        return akin_fail(err, AKIN_ERR_RANGE, "spread is %g and view spread %g; both must be at least 0",
                         o->spread, o->view_spread);
    if (!(o->mix >= 0 && o->mix <= 1))
        return akin_fail(err, AKIN_ERR_RANGE, "mix is %g; it must be from 0 to 1", o->mix);
    if (!a.data || !b.data || a.rows != o->items || b.rows != o->items || a.cols != o->width ||
        b.cols != o->width)
        return akin_fail(err, AKIN_ERR_SHAPE, "a and b must both be %lld x %lld", (long long)o->items,
                         (long long)o->width);
    return AKIN_OK;
}

static void sizes(const akin_latent_opts *o, int64_t *counts)
{
    double total = 0;
    for (int c = 0; c < o->classes; c++) total += pow(o->imbalance, -(double)c / (o->classes - 1));
    int64_t left = o->items - o->classes;
    for (int c = 0; c < o->classes; c++) {
        const double share = pow(o->imbalance, -(double)c / (o->classes - 1)) / total;
        const int64_t more = (int64_t)floor(share * (double)(o->items - o->classes) + 1e-9);
        counts[c] = 1 + more;
        left -= more;
    }
    for (int c = 0; left > 0; c = (c + 1) % o->classes, left--) counts[c]++;
}

/* x = from + size * normal of expected squared length 1 */
static void scatter(akin_rng *g, const double *from, double size, double *x, int64_t d)
{
    for (int64_t j = 0; j < d; j++) x[j] = from[j] + size / sqrt((double)d) * akin_rng_normal(g);
}

static void one_item(const akin_latent_opts *o, int64_t i, const int32_t *labels, const double *centres,
                     double *x)
{
    akin_rng g = akin_rng_at(o->seed, AKIN_RNG_SAMPLE, 9, (uint64_t)i, 0);
    scatter(&g, centres + labels[i] * o->width, o->spread, x, o->width);
}

static void one_view(const akin_latent_opts *o, int64_t i, uint32_t view, const double *item, double *work,
                     float *out)
{
    akin_rng g = akin_rng_at(o->seed, AKIN_RNG_SAMPLE, 10, (uint64_t)i, view);
    scatter(&g, item, o->view_spread, work, o->width);
    for (int64_t j = 0; j < o->width; j++) out[j] = (float)work[j];
}

akin_status akin_latent_draw(const akin_latent_opts *opts, akin_mat a, akin_mat b, int32_t *labels,
                             int64_t *counts, akin_latent_truth *truth, akin_error *err)
{
    akin_latent_opts o = AKIN_LATENT_OPTS_INIT;
    if (opts) AKIN_TRY(akin_opts_import(&o, opts, "latent", err));
    if (!labels || !counts) return akin_fail(err, AKIN_ERR_ARGUMENT, "labels or counts is NULL");
    AKIN_TRY(check(&o, a, b, err));
    double *centres = akin_alloc(sizeof(double), o.classes, o.width),
           *x = akin_alloc(sizeof(double), o.width, 2);
    if (!centres || !x) {
        free(centres);
        free(x);
        return akin_fail(err, AKIN_ERR_NOMEM, "no memory for %d centres", o.classes);
    }
    sizes(&o, counts);
    for (int c = 0, i = 0; c < o.classes; c++) {
        akin_rng g = akin_rng_at(o.seed, AKIN_RNG_SAMPLE, 8, (uint64_t)c, 0);
        double length = 0, *centre = centres + c * o.width;
        for (int64_t j = 0; j < o.width; j++) {
            centre[j] = akin_rng_normal(&g);
            length += centre[j] * centre[j];
        }
        for (int64_t j = 0; j < o.width; j++) centre[j] /= sqrt(length);
        for (int64_t j = 0; j < counts[c]; j++) labels[i++] = c;
    }
    for (int64_t i = 0; i < o.items; i++) {
        akin_rng g = akin_rng_at(o.seed, AKIN_RNG_SAMPLE, 11, (uint64_t)i, 0);
        one_item(&o, i, labels, centres, x);
        one_view(&o, i, 0, x, x + o.width, a.data + i * a.stride);
        if (akin_rng_double(&g) < o.mix)
            one_item(&o, akin_rng_below(&g, (uint32_t)o.items), labels, centres, x);
        one_view(&o, i, 1, x, x + o.width, b.data + i * b.stride);
    }
    free(centres);
    free(x);
    if (!truth) return AKIN_OK;
    *truth = (akin_latent_truth){ .eigenvalue = 1 - o.mix };
    for (int c = 0; c < o.classes; c++) {
        const double rho = (double)counts[c] / (double)o.items;
        truth->tau += rho * rho;
        truth->entropy -= rho * log(rho);
    }
    truth->cross = o.mix * (1 - truth->tau);
    return AKIN_OK;
}
