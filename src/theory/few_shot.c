/* SPDX-License-Identifier: Apache-2.0 */
/* theory/few_shot.c - the error of the nearest centroid of m labelled items a class  [Luthra2025 prop.1].
 *
 * Classes i != j with means mu, covariances Sigma; D = mu_j - mu_i. nu = mu + e is the mean of m items, drawn
 * independently, z = mu_i + x an item of class i. z is told wrong where
 *
 *     T = |z - nu_j|^2 - |z - nu_i|^2 = |D|^2 + 2 D.e_j - 2 D.x + |e_j|^2 - |e_i|^2 - 2 x.(e_j - e_i) <= 0.
 *
 * x, e_i, e_j are independent with mean 0, so the terms are uncorrelated but for 2 D.e_j with |e_j|^2:
 *
 *     E T   = |D|^2 + (tr Sigma_j - tr Sigma_i)/m
 *     Var T = 4 (D'Sigma_i D + D'Sigma_j D/m) + 4 tr(Sigma_i (Sigma_i + Sigma_j))/m + q_i + q_j
 *             + 4 D.E(x_j |x_j|^2)/m^2,      q = Var(|x|^2)/m^3 + 2 (m-1)/m^3 tr(Sigma^2)
 *
 * and Cantelli's inequality gives P(T <= 0) <= Var T/(Var T + (E T)^2) where E T > 0. For many shots that is
 * 4V/(1 + 4V), V = D'Sigma_i D/|D|^4: the directional class-distance-normalised variance. What the spread in
 * other directions adds fades as 1/m. The paper has c_1 V + c_2/m tr(Sigma)/|D|^2 with constants of its
 * appendix, which was not at hand; this form has none. C ways: the sum over the other classes.
 *
 * All moments are exact for the items used: all rows of a, or as many as MOST_WORK allows, spread evenly. The
 * error is measured on tasks drawn from the same items, with replacement, as the statement has it. */
#include "theory/candidates.h"
#include "theory/pairs.h"
#include "base/rng.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { ITEMS = 4096, CLASSES = 1024, TASKS = 64, SHOTS = 3, STRIP = 64 };
static const int64_t SHOT[SHOTS] = { 1, 5, 50 };
static const double MOST_WORK = 2e10; /* products of the walk over all pairs */

typedef struct class_moments {
    int64_t classes, items, d;
    int64_t *start;                /* [classes+1] rows of a class */
    float *row;                    /* [items,d] sorted by class, less the class mean */
    float *mean;                   /* [classes,d] */
    double *square;                /* [items] |x|^2 */
    double *trace, *fourth;        /* [classes] E |x|^2, Var |x|^2 */
    double *apart;                 /* [classes,classes] |mu_j - mu_i|^2 */
    double *cross;                 /* [classes,classes] tr(Sigma_i Sigma_j) */
    double *along, *third, *wrong; /* [classes,classes] with D = mu_j - mu_i: D'Sigma_i D, D.E(x_i |x_i|^2),
                                    * share of class i that is as near to mu_j as to mu_i, or nearer */
    double *any_wrong;             /* [classes] the same for any j */
    double *product;               /* [items,classes] sum over a class of (x.x')^2, then x.mu */
} class_moments;

static void moments_free(class_moments *m)
{
    free(m->start), free(m->row), free(m->mean), free(m->square);
    free(m->trace), free(m->fourth), free(m->any_wrong), free(m->product);
    free(m->apart), free(m->cross), free(m->along), free(m->third), free(m->wrong);
}

static bool moments_alloc(class_moments *m)
{
    const int64_t c = m->classes, n = m->items;
    m->start = ak_alloc(sizeof *m->start, c + 1, 1);
    m->row = ak_alloc(sizeof *m->row, n, m->d);
    m->mean = ak_alloc(sizeof *m->mean, c, m->d);
    m->square = ak_alloc(sizeof *m->square, n, 1);
    m->trace = ak_alloc(sizeof *m->trace, c, 1);
    m->fourth = ak_alloc(sizeof *m->fourth, c, 1);
    m->any_wrong = ak_alloc(sizeof *m->any_wrong, c, 1);
    double **const table[] = { &m->apart, &m->cross, &m->along, &m->third, &m->wrong };
    m->product = ak_alloc(sizeof *m->product, n, c);
    bool good =
        m->start && m->row && m->mean && m->square && m->trace && m->fourth && m->any_wrong && m->product;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        good = (*table[i] = ak_alloc(sizeof **table[i], c, c)) && good;
    return good;
}

/* Items, sorted by class, each less its class mean. */
static void centre_rows(const ak_theory_job *job, class_moments *m)
{
    const int64_t d = m->d;
    int64_t c = -1, before = -1;
    for (int64_t k = 0; k < m->items; k++) {
        const int64_t item = job->member[k * job->n / m->items];
        if (job->cls[item] != before) m->start[++c] = k;
        before = job->cls[item];
        memcpy(m->row + k * d, job->a + item * d, (size_t)d * sizeof *m->row);
    }
    m->classes = c + 1;
    m->start[m->classes] = m->items;
    for (c = 0; c < m->classes; c++) {
        const int64_t from = m->start[c], to = m->start[c + 1];
        for (int64_t j = 0; j < d; j++) {
            double sum = 0;
            for (int64_t k = from; k < to; k++) sum += (double)m->row[k * d + j];
            const double mean = sum / (double)(to - from);
            m->mean[c * d + j] = (float)mean;
            for (int64_t k = from; k < to; k++) m->row[k * d + j] = (float)((double)m->row[k * d + j] - mean);
        }
        double second = 0, fourth = 0;
        for (int64_t k = from; k < to; k++) {
            for (int64_t j = 0; j < d; j++)
                m->square[k] += (double)m->row[k * d + j] * (double)m->row[k * d + j];
            second += m->square[k] / (double)(to - from);
            fourth += m->square[k] * m->square[k] / (double)(to - from);
        }
        m->trace[c] = second;
        m->fourth[c] = fmax(fourth - second * second, 0);
    }
}

static void add_squares(const ak_pair_tile *t, int64_t task, void *ctx)
{
    (void)task;
    class_moments *m = ctx;
    int64_t c = 0;
    for (int64_t j = 0; j < t->columns; j++) {
        while (m->start[c + 1] <= t->first_column + j) c++;
        for (int64_t i = 0; i < t->rows; i++) {
            const double s = (double)t->s[i * AK_PAIR_COLUMNS + j];
            m->product[(t->first_row + i) * m->classes + c] += s * s;
        }
    }
}

static void keep_products(const ak_pair_tile *t, int64_t task, void *ctx)
{
    (void)task;
    class_moments *m = ctx;
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t j = 0; j < t->columns; j++)
            m->product[(t->first_row + i) * m->classes + t->first_column + j] =
                (double)t->s[i * AK_PAIR_COLUMNS + j];
}

static void sum_squares(class_moments *m)
{
    const int64_t c = m->classes;
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j < c; j++) {
            const double pairs =
                (double)(m->start[i + 1] - m->start[i]) * (double)(m->start[j + 1] - m->start[j]);
            for (int64_t k = m->start[i]; k < m->start[i + 1]; k++)
                m->cross[i * c + j] += m->product[k * c + j] / pairs;
        }
}

/* product holds x.mu of every mean. */
static void sum_directions(class_moments *m)
{
    const int64_t c = m->classes, d = m->d;
    for (int64_t i = 0; i < c; i++) {
        const double size = (double)(m->start[i + 1] - m->start[i]);
        for (int64_t j = 0; j < c; j++)
            for (int64_t k = 0; k < d; k++) {
                const double x = (double)m->mean[j * d + k] - (double)m->mean[i * d + k];
                m->apart[i * c + j] += x * x;
            }
        for (int64_t k = m->start[i]; k < m->start[i + 1]; k++) {
            const double *x = m->product + k * c;
            bool any = false;
            for (int64_t j = 0; j < c; j++) {
                const double along = x[j] - x[i], apart = m->apart[i * c + j];
                const bool wrong = j != i && apart <= 2 * along;
                any = any || wrong;
                m->along[i * c + j] += along * along / size;
                m->third[i * c + j] += along * m->square[k] / size;
                m->wrong[i * c + j] += wrong / size;
            }
            m->any_wrong[i] += any / size;
        }
    }
}

static akin_status measure_moments(const ak_theory_job *job, class_moments *m, akin_error *err)
{
    centre_rows(job, m);
    const akin_cmat x = { m->row, m->items, m->d, m->d }, mean = { m->mean, m->classes, m->d, m->d };
    AK_TRY(ak_pairs_walk(x, x, false, add_squares, m, err));
    sum_squares(m);
    AK_TRY(ak_pairs_walk(x, mean, false, keep_products, m, err));
    sum_directions(m);
    return AKIN_OK;
}

/* The bound --------------------------------------------------------------------------------------------- */

/* P(an item of class i is told to be of class j), m shots; INFINITY: class means. */
static double pair_bound(const class_moments *o, int64_t i, int64_t j, double m)
{
    const int64_t c = o->classes, ij = i * c + j, ji = j * c + i, ii = i * c + i, jj = j * c + j;
    const double mean = o->apart[ij] + (o->trace[j] - o->trace[i]) / m;
    const double q = (o->fourth[i] + o->fourth[j]) / (m * m * m) +
                     (m < INFINITY ? 2 * (m - 1) / (m * m * m) * (o->cross[ii] + o->cross[jj]) : 0);
    const double variance = 4 * (o->along[ij] + o->along[ji] / m) + 4 * (o->cross[ii] + o->cross[ij]) / m +
                            q - 4 * o->third[ji] / (m * m);
    return mean > 0 ? fmax(variance, 0) / (fmax(variance, 0) + mean * mean) : 1;
}

/* Mean over pairs of classes, and over classes of the sum over the others (at most 1). */
static void bounds_of(const class_moments *o, double m, double *pair, double *all)
{
    const double c = (double)o->classes;
    *pair = *all = 0;
    for (int64_t i = 0; i < o->classes; i++) {
        double sum = 0;
        for (int64_t j = 0; j < o->classes; j++)
            if (j != i) sum += pair_bound(o, i, j, m);
        *pair += sum / (c * (c - 1));
        *all += fmin(sum, 1) / c;
    }
}

/* Tasks ------------------------------------------------------------------------------------------------- */

typedef struct task_list {
    const class_moments *m;
    uint64_t seed;
    int64_t tests;                                /* of each class */
    double pair[SHOTS][TASKS], all[SHOTS][TASKS]; /* errors */
    atomic_bool failed;
} task_list;

/* nu [SHOTS,classes,d]: means of the first 1, 5, 50 of the same draws. */
static void draw_shots(const class_moments *m, ak_rng *g, double *sum, float *nu)
{
    const int64_t d = m->d;
    for (int64_t c = 0; c < m->classes; c++) {
        int64_t drawn = 0;
        for (int64_t j = 0; j < d; j++) sum[j] = 0;
        for (int s = 0; s < SHOTS; s++) {
            for (; drawn < SHOT[s]; drawn++) {
                const int64_t k = m->start[c] + ak_rng_below(g, (uint32_t)(m->start[c + 1] - m->start[c]));
                for (int64_t j = 0; j < d; j++) sum[j] += (double)m->row[k * d + j];
            }
            float *to = nu + (s * m->classes + c) * d;
            for (int64_t j = 0; j < d; j++)
                to[j] = (float)((double)m->mean[c * d + j] + sum[j] / (double)drawn);
        }
    }
}

static double square_of(const float *x, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += (double)x[j] * (double)x[j];
    return sum;
}

/* nu: of one number of shots; score [tests,classes] = test.nu; half [classes]. */
static void errors_of(const task_list *t, const float *nu, const float *score, double *half, double *pair,
                      double *all)
{
    const int64_t c = t->m->classes;
    const double tests = (double)(t->tests * c);
    *pair = *all = 0;
    for (int64_t j = 0; j < c; j++) half[j] = 0.5 * square_of(nu + j * t->m->d, t->m->d);
    for (int64_t i = 0; i < t->tests * c; i++) {
        const float *s = score + i * c;
        const int64_t y = i / t->tests;
        const double own = half[y] - (double)s[y];
        int64_t nearer = 0;
        for (int64_t j = 0; j < c; j++) nearer += j != y && half[j] - (double)s[j] <= own;
        *pair += (double)nearer / (tests * (double)(c - 1));
        *all += (nearer > 0) / tests;
    }
}

static void one_task(int64_t task, int worker, void *ctx)
{
    (void)worker;
    task_list *t = ctx;
    const class_moments *m = t->m;
    const int64_t c = m->classes, d = m->d, tests = t->tests * c;
    float *nu = ak_alloc(sizeof *nu, SHOTS * c, d), *z = ak_alloc(sizeof *z, tests, d),
          *score = ak_alloc(sizeof *score, tests, c);
    double *sum = ak_alloc(sizeof *sum, d, 1), *half = ak_alloc(sizeof *half, c, 1);
    bool good = nu && z && score && sum && half;
    if (good) {
        ak_rng g = ak_rng_at(t->seed, AK_RNG_SAMPLE, AK_SAMPLE_FEW_SHOT, (uint64_t)task, 0);
        draw_shots(m, &g, sum, nu);
        for (int64_t i = 0; i < tests; i++) {
            const int64_t y = i / t->tests,
                          k = m->start[y] + ak_rng_below(&g, (uint32_t)(m->start[y + 1] - m->start[y]));
            for (int64_t j = 0; j < d; j++) z[i * d + j] = m->row[k * d + j] + m->mean[y * d + j];
        }
    }
    for (int s = 0; s < SHOTS && good; s++) {
        good = ak_gemm(false, true, tests, c, d, z, d, nu + s * c * d, d, 0, score, c);
        errors_of(t, nu + s * c * d, score, half, &t->pair[s][task], &t->all[s][task]);
    }
    if (!good) atomic_store(&t->failed, true);
    free(nu), free(z), free(score), free(sum), free(half);
}

/* Rows -------------------------------------------------------------------------------------------------- */

static void add_row(ak_theory_job *job, const class_moments *m, const char *name, const char *quantity,
                    double value, double measured, double half, double chance)
{
    akin_bound_row *r =
        ak_bound_add(job, name, "[Luthra2025 prop.1]", AKIN_MARK_DERIVED, quantity, AKIN_BOUND_UPPER);
    ak_bound_set(r, value, 0, measured, half, chance);
    ak_bound_assume(r, "tasks drawn from %lld rows of a", (long long)m->items);
}

static void add_measures(ak_theory_job *job, const class_moments *m)
{
    const int64_t c = m->classes;
    const double pairs = (double)c * (double)(c - 1);
    double along = 0, all = 0;
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j < c; j++) {
            if (j == i) continue;
            const double apart = m->apart[i * c + j];
            along += apart > 0 ? m->along[i * c + j] / (apart * apart) / pairs : INFINITY;
            all += apart > 0 ? m->trace[i] / apart / pairs : INFINITY;
        }
    akin_bound_row *r = ak_bound_add(job, "few-shot-directional-variance", "[Luthra2025]", AKIN_MARK_PROVED,
                                     "variance between two class means", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, along, 0, NAN);
    ak_bound_assume(r, "over their squared distance, mean over pairs; what many shots leave");
    r = ak_bound_add(job, "few-shot-variance", "[Luthra2025]", AKIN_MARK_PROVED,
                     "variance of a class in all directions", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, all, 0, NAN);
    ak_bound_assume(r, "over the squared distance of two means, mean over pairs; fades as 1/shots");
}

static void add_rows(ak_theory_job *job, const class_moments *m, const task_list *t, int64_t tasks)
{
    static const char *const pair_name[] = { "few-shot-pair-1", "few-shot-pair-5", "few-shot-pair-50" },
                             *const all_name[] = { "few-shot-1", "few-shot-5", "few-shot-50" };
    static const char two[] = "error of the nearest of two centroids",
                      every[] = "error of the nearest centroid";
    const double chance = 1 - 1 / (double)m->classes;
    double pair[SHOTS + 1], all[SHOTS + 1], measured, half, wrong = 0, any = 0;
    for (int s = 0; s <= SHOTS; s++) bounds_of(m, s < SHOTS ? (double)SHOT[s] : INFINITY, &pair[s], &all[s]);
    for (int64_t i = 0; i < m->classes; i++) {
        any += m->any_wrong[i] / (double)m->classes;
        for (int64_t j = 0; j < m->classes; j++)
            wrong += m->wrong[i * m->classes + j] / ((double)m->classes * (double)(m->classes - 1));
    }
    for (int s = 0; s < SHOTS; s++) {
        ak_mean_of(t->pair[s], tasks, &measured, &half);
        add_row(job, m, pair_name[s], two, pair[s], measured, half, 0.5);
    }
    add_row(job, m, "few-shot-pair-all", two, pair[SHOTS], wrong, 0, 0.5);
    for (int s = 0; s < SHOTS; s++) {
        ak_mean_of(t->all[s], tasks, &measured, &half);
        add_row(job, m, all_name[s], every, all[s], measured, half, chance);
    }
    add_row(job, m, "few-shot-all", every, all[SHOTS], any, 0, chance);
    add_measures(job, m);
}

akin_status ak_theory_few_shot(ak_theory_job *job, akin_error *err)
{
    if (job->classes > CLASSES) return AKIN_OK; /* pairs of classes */
    const double most = sqrt(MOST_WORK / (double)job->d);
    class_moments m = { .classes = job->classes, .d = job->d, .items = job->n < ITEMS ? job->n : ITEMS };
    if ((double)m.items > most) m.items = (int64_t)most;
    task_list *t = calloc(1, sizeof *t);
    akin_status status = AKIN_OK;
    if (!moments_alloc(&m) || !t)
        status = ak_no_memory(err, "for the moments of %lld items", (long long)m.items);
    if (!status) status = measure_moments(job, &m, err);
    if (!status && m.classes > 1) {
        const int64_t tasks = m.classes > 256 ? TASKS / 4 : TASKS, few = 1024 / m.classes;
        t->m = &m;
        t->seed = job->in.seed;
        t->tests = few > 16 ? 16 : few;
        atomic_init(&t->failed, false);
        ak_parallel_tasks(tasks, one_task, t);
        if (atomic_load(&t->failed))
            status = ak_no_memory(err, "for tasks of a few labels");
        else
            add_rows(job, &m, t, tasks);
    }
    free(t);
    moments_free(&m);
    return status;
}
