/* SPDX-License-Identifier: Apache-2.0 */
/* items/difficulty.c - scores of items from their views: loss, agreement, margin, rivals.
 *
 * A draw is one random view pair of every item. Its loss is one walk over items x views of S for each
 * direction, with Z_i = sum e^{(s-1)/t} over the others, and then
 *
 *     l_i = log(e^{(s_ab-1)/t} + c Z_i) - (s_ab-1)/t
 *
 * margin and rivals are one walk over all a_i, b_j. Mean and variance over draws by Welford's update.
 *
 * Precision. Cosines in float, with their error of some 1e-7; s_ab, exponentials and sums in double.
 *
 * Threads. A row belongs to one task, whose tiles come in order: the same bits for any number of threads. */
#include "items/difficulty.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Begin -------------------------------------------------------------------------------------------------- */

static akin_status check_opts(akin_difficulty_opts *o, int64_t n, akin_error *err)
{
    if (!(o->temperature >= 1e-3 && o->temperature <= 1e3))
        return ak_fail(err, AKIN_ERR_RANGE, "difficulty: temperature is %g; it must lie in [0.001,1000]",
                       o->temperature);
    if (o->others < 1 || o->neighbours < 1 || o->anchors < 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "difficulty: others %lld, neighbours %lld, anchors %lld; each must be 1 at least",
                       (long long)o->others, (long long)o->neighbours, (long long)o->anchors);
    if (!(o->duplicate >= 0 && o->duplicate <= 1) && o->duplicate != AKIN_DUPLICATE_SUGGESTED)
        return ak_fail(err, AKIN_ERR_RANGE, "difficulty: duplicate is %g; it must lie in [0,1]",
                       o->duplicate);
    if (!(o->difficult_share > 0 && o->difficult_share < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "difficulty: difficult_share is %g; it must lie in (0,1)",
                       o->difficult_share);
    if (!(0 <= o->pos_high && o->pos_high < o->pos_low && o->pos_low <= 1))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "difficulty: pos_high is %g, pos_low %g; 0 <= pos_high < pos_low <= 1 must hold",
                       o->pos_high, o->pos_low);
    if (o->others > n - 1) o->others = n - 1;
    if (o->neighbours > n - 1) o->neighbours = n - 1;
    if (o->anchors > n) o->anchors = n;
    return AKIN_OK;
}

static akin_status check_same(const int64_t *same, int64_t n, akin_error *err)
{
    for (int64_t i = 0; same && i < n; i++)
        if (same[i] < 0 || same[i] > i)
            return ak_fail(err, AKIN_ERR_RANGE,
                           "difficulty: item %lld is said to equal item %lld; an earlier one or itself is "
                           "expected",
                           (long long)i, (long long)same[i]);
    return AKIN_OK;
}

static bool take_memory(akin_difficulty *d)
{
    const int64_t n = d->n;
    bool ok = true;
    for (int s = 0; s < AKIN_SCORES; s++) {
        d->score[s] = ak_alloc(sizeof(double), n, 1);
        ok = ok && d->score[s];
    }
    d->own = ak_alloc(sizeof *d->own, n, 1);
    d->sample = ak_alloc(sizeof *d->sample, d->opts.others, 1);
    d->place = ak_alloc(sizeof *d->place, n, 1);
    d->anchors = ak_alloc(sizeof *d->anchors, d->opts.anchors, 1);
    d->group = ak_alloc(sizeof *d->group, n, 1);
    d->nearest = ak_alloc(sizeof *d->nearest, n, 1);
    d->nearness = ak_alloc(sizeof *d->nearness, n, 1);
    d->member = ak_alloc(1, n, 1);
    return ok && d->own && d->sample && d->place && d->anchors && d->group && d->nearest && d->nearness &&
           d->member;
}

/* S and the anchors: the beginnings of two orders of all items. false: no memory. */
static bool draw_samples(akin_difficulty *d)
{
    int32_t *order = ak_alloc(sizeof *order, d->n, 1);
    if (!order) return false;
    for (uint64_t use = 0; use < 2; use++) {
        ak_rng r = ak_rng_at(d->opts.seed, AK_RNG_DIFFICULTY, 0, use, 0);
        for (int64_t i = 0; i < d->n; i++) order[i] = (int32_t)i;
        ak_rng_shuffle(&r, order, d->n);
        if (use == 0)
            memcpy(d->sample, order, (size_t)d->opts.others * sizeof *order);
        else
            memcpy(d->anchors, order, (size_t)d->opts.anchors * sizeof *order);
    }
    for (int64_t k = 0; k < d->opts.others; k++) d->place[d->sample[k]] |= AK_PLACE_SAMPLE;
    for (int64_t k = 0; k < d->opts.anchors; k++) d->place[d->anchors[k]] |= AK_PLACE_ANCHOR;
    free(order);
    return true;
}

/* One class is as good as none. */
static akin_status number_labels(akin_difficulty *d, const int32_t *labels, akin_error *err)
{
    bool two = false;
    for (int64_t i = 0; labels && i < d->n; i++) two = two || labels[i] != labels[0];
    return two ? ak_number_classes(labels, d->n, &d->class_of, &d->classes, err) : AKIN_OK;
}

akin_status akin_difficulty_begin(akin_cmat features, const int32_t *labels, const int64_t *same,
                                  const akin_difficulty_opts *opts, akin_difficulty **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "difficulty: out must not be NULL");
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "difficulty", err));
    AK_TRY(ak_check_view(features, "difficulty: features", err));
    if (features.rows < 3 || features.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "difficulty: %lld items; it takes 3 to %d",
                       (long long)features.rows, INT32_MAX);
    AK_TRY(check_opts(&o, features.rows, err));
    AK_TRY(check_same(same, features.rows, err));
    akin_difficulty *d = calloc(1, sizeof *d);
    if (!d) return ak_fail(err, AKIN_ERR_NOMEM, "difficulty: out of memory");
    d->opts = o;
    d->n = features.rows;
    akin_status status = ak_unit_copy(features, "difficulty: features", &d->unit, err);
    if (!status && !(take_memory(d) && draw_samples(d)))
        status =
            ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for %lld items", (long long)features.rows);
    if (!status) status = number_labels(d, labels, err);
    if (status) {
        akin_difficulty_free(d);
        return status;
    }
    for (int64_t i = 0; i < d->n; i++) d->group[i] = same ? same[i] : i;
    *out = d;
    return AKIN_OK;
}

void akin_difficulty_free(akin_difficulty *d)
{
    if (!d) return;
    for (int s = 0; s < AKIN_SCORES; s++) free(d->score[s]);
    void *const owned[] = { d->unit.data, d->class_of, d->sample,  d->place,    d->anchors,
                            d->own,       d->group,    d->nearest, d->nearness, d->member };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(d);
}

/* A draw ------------------------------------------------------------------------------------------------- */

typedef struct draw {
    const akin_difficulty *d;
    const double *own; /* [n] s_ab of the layer walked */
    double *z;         /* [n] */
    double *best;      /* [n] greatest cosine with another item's view */
    double *nearer;    /* [n] others nearer than the own view */
} draw;

static double dot(const float *a, const float *b, int64_t d)
{
    double sum = 0;
    for (int64_t c = 0; c < d; c++) sum += (double)a[c] * (double)b[c];
    return sum;
}

/* Columns are views of S: a of all, then b of all. */
static void add_others(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    const draw *w = ctx;
    const double gain = 1 / w->d->opts.temperature;
    const int64_t m = w->d->opts.others;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        double sum = 0;
        for (int64_t c = 0; c < tile->columns; c++) {
            const int64_t j = w->d->sample[(tile->first_column + c) % m];
            if (j != i) sum += exp(((double)tile->s[r * AK_PAIR_COLUMNS + c] - 1) * gain);
        }
        w->z[i] += sum;
    }
}

static void compare(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    const draw *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r, self = i - tile->first_column;
        const float *s = tile->s + r * AK_PAIR_COLUMNS, own = (float)w->own[i];
        float best = (float)w->best[i];
        int64_t nearer = 0;
        for (int64_t c = 0; c < tile->columns; c++) {
            if (c == self) continue;
            best = s[c] > best ? s[c] : best;
            nearer += s[c] > own;
        }
        w->best[i] = (double)best;
        w->nearer[i] += (double)nearer;
    }
}

/* Rows of S out of both views, one after the other. */
static float *views_of_sample(const akin_difficulty *d, akin_mat a, akin_mat b)
{
    const int64_t m = d->opts.others, width = a.cols;
    float *rows = ak_alloc(sizeof *rows, 2 * m, width);
    for (int64_t k = 0; rows && k < m; k++) {
        memcpy(rows + k * width, ak_row(a, d->sample[k]), (size_t)width * sizeof *rows);
        memcpy(rows + (m + k) * width, ak_row(b, d->sample[k]), (size_t)width * sizeof *rows);
    }
    return rows;
}

/* Adds half the loss of one direction to loss[n]. */
static akin_status add_direction(draw *w, akin_mat z, akin_cmat others, double *loss, akin_error *err)
{
    const akin_difficulty *d = w->d;
    const double gain = 1 / d->opts.temperature, m = (double)d->opts.others;
    memset(w->z, 0, (size_t)d->n * sizeof *w->z);
    AK_TRY(ak_pairs_walk(akin_mat_const(z), others, false, add_others, w, err));
    for (int64_t i = 0; i < d->n; i++) {
        const double own = (w->own[i] - 1) * gain, left = m - (d->place[i] & AK_PLACE_SAMPLE);
        const double rest = left > 0 ? w->z[i] * m / left : 0;
        loss[i] += (log(exp(own) + rest) - own) / 2;
    }
    return AKIN_OK;
}

/* A mean of the first `count` values in mean, and the sum of squared deviations in square. */
static void welford(double *mean, double *square, double x, double count)
{
    const double before = x - *mean;
    *mean += before / count;
    *square += before * (x - *mean);
}

static akin_status add_loss(akin_difficulty *d, akin_mat a, akin_mat b, draw *w, double *own, double *loss,
                            akin_error *err)
{
    float *rows = views_of_sample(d, a, b);
    if (!rows) return ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for the sample of others");
    const akin_cmat others = { rows, 2 * d->opts.others, a.cols, a.cols };
    for (int64_t i = 0; i < d->n; i++) own[i] = dot(ak_row(a, i), ak_row(b, i), a.cols);
    akin_status status = add_direction(w, a, others, loss, err);
    if (!status) status = add_direction(w, b, others, loss, err);
    for (int64_t i = 0; i < d->n && !status; i++)
        welford(&d->score[AKIN_SCORE_LOSS][i], &d->score[AKIN_SCORE_LOSS_SD][i], loss[i],
                (double)(d->draws + 1));
    free(rows);
    return status;
}

static akin_status add_margin(akin_difficulty *d, akin_mat a, akin_mat b, draw *w, double *own,
                              akin_error *err)
{
    for (int64_t i = 0; i < d->n; i++) {
        own[i] = dot(ak_row(a, i), ak_row(b, i), a.cols);
        w->best[i] = -2;
        w->nearer[i] = 0;
    }
    AK_TRY(ak_pairs_walk(akin_mat_const(a), akin_mat_const(b), false, compare, w, err));
    for (int64_t i = 0; i < d->n; i++) {
        const float *f = ak_row(d->unit, i);
        d->score[AKIN_SCORE_AGREEMENT][i] += own[i];
        d->score[AKIN_SCORE_MARGIN][i] += own[i] - w->best[i];
        d->score[AKIN_SCORE_RIVALS][i] += w->nearer[i] / (double)(d->n - 1);
        d->own[i] += (dot(f, ak_row(a, i), a.cols) + dot(f, ak_row(b, i), a.cols)) / 2;
    }
    return AKIN_OK;
}

static akin_status check_draw(const akin_difficulty *d, akin_cmat a, akin_cmat b, akin_error *err)
{
    if (!d) return ak_fail(err, AKIN_ERR_ARGUMENT, "difficulty: nothing was begun");
    if (d->ended) return ak_fail(err, AKIN_ERR_ARGUMENT, "difficulty: a draw after the end");
    if (a.rows != d->n || b.rows != d->n || a.cols != b.cols)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "difficulty: views of %lld x %lld and %lld x %lld; %lld rows of one width are "
                       "expected",
                       (long long)a.rows, (long long)a.cols, (long long)b.rows, (long long)b.cols,
                       (long long)d->n);
    return AKIN_OK;
}

akin_status akin_difficulty_add(akin_difficulty *d, akin_cmat a, akin_cmat b, akin_cmat seen_a,
                                akin_cmat seen_b, akin_error *err)
{
    AK_TRY(check_draw(d, a, b, err));
    if (a.cols != d->unit.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "difficulty: views have %lld columns, features %lld",
                       (long long)a.cols, (long long)d->unit.cols);
    const bool apart = seen_a.data && seen_b.data;
    if (apart) AK_TRY(check_draw(d, seen_a, seen_b, err));
    akin_mat unit[4] = { { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 } };
    double *memory = ak_alloc(sizeof *memory, d->n, 5);
    akin_status status = memory ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for a draw");
    const akin_cmat from[4] = { a, b, seen_a, seen_b };
    static const char *const WHAT[] = { "difficulty: first views", "difficulty: second views",
                                        "difficulty: first views of the loss",
                                        "difficulty: second views of the loss" };
    for (int i = 0; i < (apart ? 4 : 2) && !status; i++)
        status = ak_unit_copy(from[i], WHAT[i], &unit[i], err);
    if (!status) {
        double *own = memory, *loss = memory + d->n;
        draw w = { d, own, memory + 2 * d->n, memory + 3 * d->n, memory + 4 * d->n };
        status = add_margin(d, unit[0], unit[1], &w, own, err);
        if (!status) status = add_loss(d, unit[apart ? 2 : 0], unit[apart ? 3 : 1], &w, own, loss, err);
        d->draws += !status;
    }
    for (int i = 0; i < 4; i++) free(unit[i].data);
    free(memory);
    return status;
}

/* End ---------------------------------------------------------------------------------------------------- */

/* The most difficult share of each class by a score, or without classes of all items. */
static akin_status mark(akin_difficulty *d, akin_score score, akin_error *err)
{
    const int64_t classes = d->class_of ? d->classes : 1;
    int64_t *order = ak_alloc(sizeof *order, d->n, 1), *left = ak_alloc(sizeof *left, classes, 1);
    akin_status status =
        order && left ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for an order");
    if (!status) status = akin_difficulty_order(d->score[score], d->n, akin_score_sign(score), order, err);
    for (int64_t i = 0; i < d->n && !status; i++) left[d->class_of ? d->class_of[i] : 0]++;
    for (int64_t y = 0; y < classes && !status; y++) {
        const int64_t share = llround(d->opts.difficult_share * (double)left[y]);
        left[y] = share < 1 && left[y] > 1 ? 1 : share;
    }
    for (int64_t k = 0; k < d->n && !status; k++) {
        const int64_t i = order[k], y = d->class_of ? d->class_of[i] : 0;
        if (left[y]-- > 0) d->member[i] = 1;
    }
    free(order);
    free(left);
    return status;
}

akin_status akin_difficulty_end(akin_difficulty *d, akin_error *err)
{
    if (!d || d->draws == 0 || d->ended)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "difficulty: the end comes once, after one draw at least");
    const double draws = (double)d->draws;
    for (int64_t i = 0; i < d->n; i++) d->own[i] /= draws;
    AK_TRY(ak_difficulty_neighbours(d, err));
    AK_TRY(ak_difficulty_copies(d, err));
    AK_TRY(ak_difficulty_gap(d, err));
    AK_TRY(ak_difficulty_window(d, err));
    for (int64_t i = 0; i < d->n; i++) {
        d->score[AKIN_SCORE_LOSS_SD][i] =
            d->draws > 1 ? sqrt(d->score[AKIN_SCORE_LOSS_SD][i] / (draws - 1)) : (double)NAN;
        d->score[AKIN_SCORE_AGREEMENT][i] /= draws;
        d->score[AKIN_SCORE_MARGIN][i] /= draws;
        d->score[AKIN_SCORE_RIVALS][i] /= draws;
    }
    d->ended = true;
    return mark(d, d->class_of ? AKIN_SCORE_GAP : AKIN_SCORE_WINDOW, err);
}

#define GIVE(d, field) ((d) && (d)->ended ? (d)->field : NULL)

const double *akin_difficulty_score(const akin_difficulty *d, akin_score score)
{
    return score >= 0 && score < AKIN_SCORES ? GIVE(d, score[score]) : NULL;
}
const int64_t *akin_difficulty_groups(const akin_difficulty *d) { return GIVE(d, group); }
double akin_difficulty_spacing(const akin_difficulty *d) { return d && d->ended ? d->spacing : (double)NAN; }
double akin_difficulty_suggested(const akin_difficulty *d)
{
    return d && d->ended ? d->suggested : (double)NAN;
}
const int32_t *akin_difficulty_nearest(const akin_difficulty *d) { return GIVE(d, nearest); }
const float *akin_difficulty_nearness(const akin_difficulty *d) { return GIVE(d, nearness); }
const uint8_t *akin_difficulty_members(const akin_difficulty *d) { return GIVE(d, member); }
