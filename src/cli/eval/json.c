/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/json.c - results of evaluation as JSON and as lines of text. */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "97.3 +- 0.1" as {"2": 0.973} and {"2": [0.972, 0.974]} under name and name_ci95. */
static void scores_json(akin_json *o, const char *name, const akin_kway_score *scores)
{
    char key[24];
    akin_json *value = akin_json_object(), *interval = akin_json_object();
    for (int i = 0; i < AKIN_KWAY_MOST && scores[i].size; i++) {
        const akin_kway_score *s = &scores[i];
        snprintf(key, sizeof key, "%d", s->size);
        akin_json_put(value, key, cli_json_real(s->value));
        akin_json_put(interval, key,
                      isfinite(s->ci95[0]) ? akin_json_pack("[ff]", s->ci95[0], s->ci95[1])
                                           : akin_json_null());
    }
    akin_json_put(o, name, value);
    snprintf(key, sizeof key, "%s_ci95", name);
    akin_json_put(o, key, interval);
}

static void kway_json(akin_json *o, const akin_eval_result *r)
{
    char name[24];
    snprintf(name, sizeof name, r->labels_per_class ? "%s%d" : "%s", r->classifier, r->labels_per_class);
    akin_json_put(o, "classifier", akin_json_text(name));
    scores_json(o, "avg", r->avg);
    akin_json_put(o, "avg_interval",
                  akin_json_text(r->draws ? "student-over-draws" : "jackknife-over-classes"));
    akin_json_put(o, "avg2_pooled", cli_json_real(r->avg2_pooled));
    scores_json(o, "top", r->top);
    if (r->fit_tasks) {
        akin_json_put(o, "fit_tasks", akin_json_int(r->fit_tasks));
        scores_json(o, "fitted", r->fitted);
    }
    if (strcmp(r->classifier, "linear") != 0)
        akin_json_put(o, "rows", akin_json_text(r->unit_rows ? "unit" : "raw"));
}

const char *cli_eval_lambda_edge(const akin_eval_result *r)
{
    return r->lambda_edge > 0 ? "strongest" : r->lambda_edge < 0 ? "weakest" : "";
}

akin_json *cli_eval_result_json(const akin_eval_result *r)
{
    akin_json *o = akin_json_object();
    akin_json_put(o, "protocol", akin_json_text(r->protocol));
    akin_json_put(o, "top1", cli_json_real(r->top1));
    akin_json_put(o, "top5", cli_json_real(r->top5));
    akin_json_put(o, "ci95", akin_json_pack("[ff]", r->ci95[0], r->ci95[1]));
    akin_json_put(o, "interval", akin_json_text(r->draws ? "student-over-draws" : "wilson"));
    akin_json_put(o, "n", akin_json_int(r->n));
    akin_json_put(o, "reference", akin_json_int(r->reference));
    akin_json_put(o, "features", akin_json_int(r->features));
    akin_json_put(o, "classes", akin_json_int(r->classes));
    akin_json_put(o, "zero_rows", akin_json_int(r->zero_rows));
    akin_json_put(o, "seconds", cli_json_real(r->seconds));
    if (r->classifier) kway_json(o, r);
    if (r->k) {
        akin_json_put(o, "k", akin_json_int(r->k));
        akin_json_put(o, "temperature", akin_json_real(r->temperature));
    } else if (r->lambda > 0) {
        akin_json_put(o, "lambda", akin_json_real(r->lambda));
        akin_json_put(o, "lambda_edge",
                      r->lambda_edge ? akin_json_text(cli_eval_lambda_edge(r)) : akin_json_null());
        akin_json_put(o, "validation", cli_json_real(r->validation));
        akin_json_put(o, "loss", cli_json_real(r->loss));
        akin_json_put(o, "excess", cli_json_real(r->excess));
        akin_json_put(o, "gradient", cli_json_real(r->gradient));
        akin_json_put(o, "iterations", akin_json_int(r->iterations));
        akin_json_put(o, "converged", akin_json_bool(r->converged));
        akin_json_put(o, "seed", akin_json_int((int64_t)r->seed));
    } else {
        akin_json_put(o, "labels_per_class",
                      r->labels_per_class ? akin_json_int(r->labels_per_class) : akin_json_null());
        if (r->draws) {
            akin_json_put(o, "draws", akin_json_int(r->draws));
            akin_json_put(o, "standard_error", cli_json_real(r->standard_error));
            akin_json_put(o, "seed", akin_json_int((int64_t)r->seed));
        }
    }
    return o;
}

void cli_eval_print_result(const akin_eval_result *r)
{
    char name[64];
    if (r->k)
        snprintf(name, sizeof name, "%s (k %d, T %g)", r->protocol, r->k, r->temperature);
    else if (r->lambda > 0)
        snprintf(name, sizeof name, "%s (lambda %.3g%s%s%s)", r->protocol, r->lambda,
                 r->lambda_edge ? ", the " : "", cli_eval_lambda_edge(r),
                 r->converged ? "" : ", not converged");
    else if (r->labels_per_class)
        snprintf(name, sizeof name, "%s (%d a class, %d draws)", r->protocol, r->labels_per_class, r->draws);
    else
        snprintf(name, sizeof name, "%s (all labels)", r->protocol);
    akin_print(stdout, "%-34s top-1 %.4f  [%.4f, %.4f]", name, r->top1, r->ci95[0], r->ci95[1]);
    if (isfinite(r->top5)) printf("  top-5 %.4f", r->top5);
    printf("\n");
}

/* kway-v1 ------------------------------------------------------------------------------------------------ */

static int add_cells(cli_kway_cell *cells, int n, const char *name, const akin_kway_score *scores)
{
    for (int i = 0; i < AKIN_KWAY_MOST && scores[i].size; i++) {
        const akin_kway_score *s = &scores[i];
        if (!isfinite(s->value)) continue;
        snprintf(cells[n].name, sizeof cells[n].name, "%s-%d", name, s->size);
        cells[n].percent = 100 * s->value;
        cells[n].low = 100 * s->ci95[0];
        cells[n++].high = 100 * s->ci95[1];
    }
    return n;
}

int cli_eval_kway_cells(const akin_eval_result *r, cli_kway_cell cells[CLI_KWAY_CELLS])
{
    return r->classifier ? add_cells(cells, add_cells(cells, 0, "AVG", r->avg), "TOP", r->top) : 0;
}

/* A name, then an accuracy with its interval on each line. */
static void print_cells(const char *name, const cli_kway_cell *cells, int n)
{
    for (int i = 0; i < n; i++) {
        akin_print(stdout, "  %-32s %-8s %6.2f", i ? "" : name, cells[i].name, cells[i].percent);
        if (isfinite(cells[i].low)) akin_print(stdout, "   %.2f to %.2f", cells[i].low, cells[i].high);
        printf("\n");
    }
}

void cli_eval_print_kway(const akin_eval_result *r, bool first)
{
    cli_kway_cell cells[CLI_KWAY_CELLS];
    int n = cli_eval_kway_cells(r, cells);
    char name[64];
    if (first) { akin_print(stdout, "kway-v1, %lld classes, %%\n", (long long)r->classes); }
    if (r->labels_per_class)
        snprintf(name, sizeof name, "%s of %d a class, %d draws", r->classifier, r->labels_per_class,
                 r->draws);
    else if (r->lambda > 0)
        snprintf(name, sizeof name, "linear (lambda %.3g%s)", r->lambda,
                 r->converged ? "" : ", not converged");
    else
        snprintf(name, sizeof name, "%s, %s rows", r->classifier, r->unit_rows ? "unit" : "raw");
    print_cells(name, cells, n);
    if (!r->fit_tasks) return;
    n = add_cells(cells, 0, "AVG", r->fitted);
    snprintf(name, sizeof name, "  fitted to each of %d tasks", r->fit_tasks);
    print_cells(name, cells, n);
}
