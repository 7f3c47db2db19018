/* SPDX-License-Identifier: Apache-2.0 */
/* theory/graph.c - what all pairs of items tell: uniformity, the similarity graph of [Zhang2025 App. A.5],
 * hardest pairs.
 *
 * One walk over the pairs i < j. With s a cosine, |u-v|^2 = 2 - 2s, so that uniformity is log mean
 * exp(4(s-1)). The means of s are alpha (same class), beta (other class, no difficult sample), gamma (other
 * class, a difficult sample: "any" of the two, or "both").
 *
 * Precision. exp(4(s-1)) = e^8 with e = exp((s-1)/2), a Taylor sum of degree 9 about -1/2: relative error
 * below 1e-6. Partial sums of a row in float lanes of at most 32 terms, the rest in double.
 *
 * Threads. Sums and lists are kept per task and merged in the order of tasks. */
#include "theory/diagnosis.h"
#include "theory/zhang.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, LISTS = 1000 };

/* Pairs of two classes by how many of the two are difficult. */
typedef struct sums {
    double expo, pairs;
    double same, same_count;
    double s[3], square[3], count[3];
    int64_t listed;
} sums;

typedef struct walk {
    const ak_diagnose_job *job;
    sums *task;                /* [tasks] */
    akin_diagnosis_pair *list; /* [tasks, most], each in decreasing order of similarity */
    int64_t most;
} walk;

static void keep(walk *w, int64_t task, akin_diagnosis_pair pair)
{
    akin_diagnosis_pair *list = w->list + task * w->most;
    int64_t *listed = &w->task[task].listed;
    if (*listed == w->most && !(pair.similarity > list[w->most - 1].similarity)) return;
    int64_t at = *listed < w->most ? (*listed)++ : w->most - 1;
    for (; at > 0 && list[at - 1].similarity < pair.similarity; at--) list[at] = list[at - 1];
    list[at] = pair;
}

static float power(float s)
{
    /* e^x, x = (s-1)/2 in [-1,0], as e^{-1/2} e^y, y = x + 1/2 = s/2 */
    const float y = 0.5f * s;
    float e = 1 + y * (1.0f / 9);
    e = 1 + y * (1.0f / 8) * e;
    e = 1 + y * (1.0f / 7) * e;
    e = 1 + y * (1.0f / 6) * e;
    e = 1 + y * (1.0f / 5) * e;
    e = 1 + y * (1.0f / 4) * e;
    e = 1 + y * (1.0f / 3) * e;
    e = 1 + y * (1.0f / 2) * e;
    e = (1 + y * e) * 0.60653066f;
    e *= e;
    e *= e;
    return e * e;
}

/* Columns from..to-1 of row r of a tile. */
static void add_row(walk *w, const ak_pair_tile *tile, int64_t r, int64_t from, int64_t task)
{
    const ak_diagnose_job *job = w->job;
    const int64_t i = tile->first_row + r;
    const float *s = tile->s + r * AK_PAIR_COLUMNS;
    sums *o = &w->task[task];
    float lane[LANES] = { 0 };
    double expo = 0;
    int64_t c = from;
    for (; c + LANES <= tile->columns; c += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += power(s[c + l]);
    for (; c < tile->columns; c++) expo += (double)power(s[c]);
    for (int l = 0; l < LANES; l++) expo += (double)lane[l];
    o->expo += expo;
    o->pairs += (double)(tile->columns - from);
    const akin_diagnosis_pair *list = w->list + task * w->most;
    float limit = w->most == 0 ? 2 : o->listed < w->most ? -2 : (float)list[w->most - 1].similarity;
    const int32_t *class_of = job->class_of ? job->class_of + tile->first_column : NULL;
    if (!class_of) {
        for (c = from; c < tile->columns; c++)
            if (s[c] > limit) {
                keep(w, task, (akin_diagnosis_pair){ i, tile->first_column + c, (double)s[c] });
                if (o->listed == w->most) limit = (float)list[w->most - 1].similarity;
            }
        return;
    }
    const int32_t own = job->class_of[i];
    const uint8_t *difficult = job->difficult + tile->first_column;
    double same = 0, sum[2] = { 0 }, square[2] = { 0 };
    int64_t same_count = 0, count[2] = { 0 };
    for (c = from; c < tile->columns; c++) {
        const double x = (double)s[c];
        if (class_of[c] == own) {
            same += x;
            same_count++;
            continue;
        }
        const int f = difficult[c];
        sum[f] += x;
        square[f] += x * x;
        count[f]++;
        if (s[c] > limit) {
            keep(w, task, (akin_diagnosis_pair){ i, tile->first_column + c, x });
            if (o->listed == w->most) limit = (float)list[w->most - 1].similarity;
        }
    }
    o->same += same;
    o->same_count += (double)same_count;
    for (int f = 0; f < 2; f++) {
        const int k = job->difficult[i] + f;
        o->s[k] += sum[f];
        o->square[k] += square[f];
        o->count[k] += (double)count[f];
    }
}

static void add_tile(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t from = tile->first_row + r + 1 - tile->first_column;
        if (from < tile->columns) add_row(ctx, tile, r, from > 0 ? from : 0, task);
    }
}

/* Graph -------------------------------------------------------------------------------------------------- */

#define VALUE(name, x, paper, mark, verdict)                                                                 \
    (akin_diagnosis_value) { name, "graph", x, paper, mark, verdict, "" }

/* Welch's t over items instead of pairs: each item's mean similarity to other classes, difficult items beside
 * the others. Items are drawn independently, pairs are not. */
static double welch_of_items(const ak_diagnose_job *job, double *df)
{
    const int64_t d = job->unit.cols, n = job->unit.rows;
    double mean[2] = { 0 }, square[2] = { 0 }, count[2] = { 0 };
    for (int64_t i = 0; i < n; i++) {
        const float *u = ak_row(job->unit, i);
        const int32_t y = job->class_of[i];
        const double rest = (double)n * (1 - job->prior[y]);
        double s = 0;
        for (int64_t k = 0; k < d; k++)
            s += (double)u[k] * ((double)n * (job->mean[k] - job->prior[y] * job->proto[y * d + k])) / rest;
        const int f = job->difficult[i] ? 0 : 1;
        mean[f] += s;
        square[f] += s * s;
        count[f]++;
    }
    double variance[2];
    for (int f = 0; f < 2; f++) {
        mean[f] /= count[f];
        variance[f] = (square[f] - count[f] * mean[f] * mean[f]) / (count[f] - 1);
    }
    return ak_welch(mean, variance, count, df);
}

static void add_theory(ak_diagnose_job *job, const akin_zhang_graph *g)
{
    akin_diagnosis *o = job->out;
    akin_error why;
    akin_zhang_stated z = AKIN_ZHANG_STATED_INIT;
    if (akin_zhang_evaluate(g, NAN, &z, &why)) {
        ak_diagnosis_add(o, VALUE("graph-eigenvalue-stated", NAN, "[Zhang2025 Thm 3.4]", "as stated", ""),
                         "outside the model: %s", why.message);
        return;
    }
    ak_diagnosis_add(o, VALUE("graph-eigenvalue-without", z.lambda_without, "[Zhang2025 Thm 3.3]", "", ""),
                     "(1-alpha)/c2: no difficult samples, %lld classes of %lld", (long long)g->r + 1,
                     (long long)g->n);
    ak_diagnosis_add(
        o, VALUE("graph-eigenvalue-stated", z.lambda_stated, "[Zhang2025 Thm 3.4]", "as stated", ""),
        "as printed; mixes two models and is exceeded by the block model's own value");
    ak_diagnosis_add(o,
                     VALUE("graph-eigenvalue-block", z.lambda_block, "[Zhang2025 eq.17-21]", "derived", ""),
                     "exact, of the model as defined: one slow mode at k = %lld", (long long)g->r + 2);
    ak_diagnosis_add(o,
                     VALUE("graph-eigenvalue-matched", z.lambda_matched, "[Zhang2025 eq.24]", "derived", ""),
                     "exact, of the model the proof computes with");
    ak_diagnosis_add(o, VALUE("graph-bound-stated", z.with, "[Zhang2025 Thm 3.4]", "as stated", ""),
                     "bound on the error at the least delta, %.3g; %s", z.delta,
                     z.vacuous ? "vacuous: at least 1 whatever the embedding" : "below 1");
    ak_diagnosis_add(o, VALUE("graph-removal-gap", z.removal_gap, "[Zhang2025 Cor 4.1]", "as stated", ""),
                     "above 0: removing difficult samples lowers the stated bound%s",
                     z.removal_helps ? "" : "; here it does not");
    ak_diagnosis_add(
        o, VALUE("graph-temperature-limit", z.temperature_limit, "[Zhang2025 Thm 4.5]", "as stated", ""),
        "the temperature theorem asks for fewer difficult samples a class than this; there are %lld: %s",
        (long long)g->n_d, z.temperature_helps ? "holds" : "does not hold");
}

enum { NUMERIC_ITEMS = 512 };

/* The graph as it is, not as the model has it: cosines cut at 0 for weights, on evenly spaced items. */
static akin_status add_numeric(ak_diagnose_job *job, akin_error *err)
{
    const int64_t n = job->unit.rows, step = (n + NUMERIC_ITEMS - 1) / NUMERIC_ITEMS,
                  m = (n + step - 1) / step;
    const int64_t d = job->unit.cols, k = job->classes + 1;
    double *a = ak_alloc(sizeof *a, m + 2, m), *degree = a + m * m, *value = degree + m;
    if (!a) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a graph of %lld items", (long long)m);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j <= i; j++) {
            const float *u = ak_row(job->unit, i * step), *v = ak_row(job->unit, j * step);
            double s = 0;
            for (int64_t c = 0; c < d; c++) s += (double)u[c] * (double)v[c];
            a[i * m + j] = a[j * m + i] = fmax(s, 0);
        }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) degree[i] += a[i * m + j];
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) a[i * m + j] /= sqrt(degree[i] * degree[j]);
    const akin_status status = ak_eigen(a, m, value, NULL, err);
    if (!status && k <= m)
        ak_diagnosis_add(
            job->out, VALUE("graph-eigenvalue-numeric", value[k - 1], "[HaoChen2021 Thm B.3]", "derived", ""),
            "eigenvalue %lld of the cosines themselves (negative ones cut) on %lld items", (long long)k,
            (long long)m);
    free(a);
    return status;
}

static void add_graph(ak_diagnose_job *job, const sums *t)
{
    akin_diagnosis *o = job->out;
    const double alpha = t->same / t->same_count, beta = t->s[0] / t->count[0];
    const double any[3] = { t->s[1] + t->s[2], t->square[1] + t->square[2], t->count[1] + t->count[2] };
    const double gamma = any[0] / any[2], both = t->s[2] / t->count[2];
    const double mean[2] = { gamma, beta }, count[2] = { any[2], t->count[0] };
    const double variance[2] = { (any[1] - any[2] * gamma * gamma) / (any[2] - 1),
                                 (t->square[0] - t->count[0] * beta * beta) / (t->count[0] - 1) };
    double df = NAN;
    ak_diagnosis_add(o, VALUE("graph-alpha", alpha, "[Zhang2025 App. A.5]", "", ""),
                     "mean similarity in a class");
    ak_diagnosis_add(o, VALUE("graph-beta", beta, "[Zhang2025 App. A.5]", "", ""),
                     "between classes, no difficult sample");
    ak_diagnosis_add(o, VALUE("graph-gamma", gamma, "[Zhang2025 App. A.5]", "reconstruction", ""),
                     "between classes, a difficult sample (%.3g of each class, least margin of class means)",
                     job->in->difficult_share);
    ak_diagnosis_add(o, VALUE("graph-gamma-both", both, "[Zhang2025 eq.17]", "reconstruction", ""),
                     "the same where both are difficult, as the model's matrix has it");
    ak_diagnosis_add(o, VALUE("graph-gap", gamma - beta, "[Zhang2025 App. A.5]", "reconstruction", ""),
                     "gamma - beta: above 0, difficult samples pull classes together");
    ak_diagnosis_add(o,
                     VALUE("graph-welch-pairs", ak_welch(mean, variance, count, &df), "[Welch1947]", "", ""),
                     "t over pairs, as the paper tests; pairs share items, so it is far too sure");
    const double t_items = welch_of_items(job, &df);
    ak_diagnosis_add(o, VALUE("graph-welch-items", t_items, "[Welch1947]", "derived", ""),
                     "t over items, %.0f degrees of freedom: |t| > 2 is more than chance", df);
    const double n = (double)job->unit.rows / (double)job->classes;
    add_theory(job, &(akin_zhang_graph){ .struct_size = sizeof(akin_zhang_graph),
                                         .r = job->classes - 1,
                                         .n = llround(n),
                                         .n_d = llround(n * job->in->difficult_share),
                                         .alpha = alpha,
                                         .beta = beta,
                                         .gamma = gamma });
}

/* All of it ---------------------------------------------------------------------------------------------- */

static void merge(walk *w, int64_t tasks, sums *total)
{
    akin_diagnosis *o = w->job->out;
    memset(total, 0, sizeof *total);
    for (int64_t k = 0; k < tasks; k++) {
        const sums *t = &w->task[k];
        total->expo += t->expo;
        total->pairs += t->pairs;
        total->same += t->same;
        total->same_count += t->same_count;
        for (int f = 0; f < 3; f++) {
            total->s[f] += t->s[f];
            total->square[f] += t->square[f];
            total->count[f] += t->count[f];
        }
    }
    for (int64_t k = 1; k < tasks; k++) /* into the list of task 0 */
        for (int64_t i = 0; i < w->task[k].listed; i++) keep(w, 0, w->list[k * w->most + i]);
    o->hardest_count = w->task[0].listed;
    memcpy(o->hardest, w->list, (size_t)o->hardest_count * sizeof *o->hardest);
}

akin_status ak_diagnose_pairs(ak_diagnose_job *job, akin_error *err)
{
    akin_diagnosis *o = job->out;
    const int64_t tasks = ak_pair_tasks(job->unit.rows);
    walk w = { .job = job, .most = job->in->hardest };
    w.task = ak_alloc(sizeof *w.task, tasks, 1);
    w.list = ak_alloc(sizeof *w.list, tasks, w.most + 1);
    o->hardest = ak_alloc(sizeof *o->hardest, w.most + 1, 1);
    akin_status status = AKIN_OK;
    if (!w.task || !w.list || !o->hardest)
        status =
            ak_fail(err, AKIN_ERR_NOMEM, "no memory for the pairs of %lld items", (long long)job->unit.rows);
    if (!status)
        status = ak_pairs_walk(akin_mat_const(job->unit), akin_mat_const(job->unit), true, add_tile, &w, err);
    if (!status) {
        sums total;
        merge(&w, tasks, &total);
        job->uniformity = total.pairs > 0 ? log(total.expo / total.pairs) : (double)NAN;
        ak_diagnosis_add(
            o,
            (akin_diagnosis_value){ "uniformity", "collapse", job->uniformity, "[Wang2020 eq.2]", "",
                                    ak_diagnosis_verdict(-job->uniformity, 2, 1), "" },
            "log mean exp(-2 |u-v|^2): 0 = one point, about -4 = spread over the sphere; good up to -2, "
            "poor above -1");
        if (job->class_of) {
            add_graph(job, &total);
            status = add_numeric(job, err);
        }
    }
    free(w.task);
    free(w.list);
    return status;
}
