/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/json.c - results of evaluation as JSON and as lines of text. */
#include "cli/eval/eval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "97.3 +- 0.1" as {"2": 0.973} and {"2": [0.972, 0.974]} under name and name_ci95. */
static int scores_json(json_t *o, const char *name, const akin_kway_score *scores)
{
    char key[24];
    json_t *value = json_object(), *interval = json_object();
    int failed = 0;
    for (int i = 0; i < AKIN_KWAY_MOST && scores[i].size; i++) {
        const akin_kway_score *s = &scores[i];
        snprintf(key, sizeof key, "%d", s->size);
        failed |= json_object_set_new(value, key, cli_json_real(s->value));
        failed |= json_object_set_new(
            interval, key, isfinite(s->ci95[0]) ? json_pack("[ff]", s->ci95[0], s->ci95[1]) : json_null());
    }
    failed |= json_object_set_new(o, name, value);
    snprintf(key, sizeof key, "%s_ci95", name);
    return failed | json_object_set_new(o, key, interval);
}

static int kway_json(json_t *o, const akin_eval_result *r)
{
    char name[24];
    snprintf(name, sizeof name, r->labels_per_class ? "%s%d" : "%s", r->classifier, r->labels_per_class);
    int failed = json_object_set_new(o, "classifier", json_string(name));
    failed |= scores_json(o, "avg", r->avg);
    failed |= json_object_set_new(o, "avg_interval",
                                  json_string(r->draws ? "student-over-draws" : "jackknife-over-classes"));
    failed |= json_object_set_new(o, "avg2_pooled", cli_json_real(r->avg2_pooled));
    failed |= scores_json(o, "top", r->top);
    if (r->fit_tasks) {
        failed |= json_object_set_new(o, "fit_tasks", json_integer(r->fit_tasks));
        failed |= scores_json(o, "fitted", r->fitted);
    }
    if (strcmp(r->classifier, "mean") == 0)
        failed |= json_object_set_new(o, "rows", json_string(r->unit_rows ? "unit" : "raw"));
    return failed;
}

json_t *cli_eval_result_json(const akin_eval_result *r)
{
    json_t *o = json_object();
    int failed = json_object_set_new(o, "protocol", json_string(r->protocol));
    failed |= json_object_set_new(o, "top1", cli_json_real(r->top1));
    failed |= json_object_set_new(o, "top5", cli_json_real(r->top5));
    failed |= json_object_set_new(o, "ci95", json_pack("[ff]", r->ci95[0], r->ci95[1]));
    failed |= json_object_set_new(o, "interval", json_string(r->draws ? "student-over-draws" : "wilson"));
    failed |= json_object_set_new(o, "n", json_integer(r->n));
    failed |= json_object_set_new(o, "reference", json_integer(r->reference));
    failed |= json_object_set_new(o, "features", json_integer(r->features));
    failed |= json_object_set_new(o, "classes", json_integer(r->classes));
    failed |= json_object_set_new(o, "zero_rows", json_integer(r->zero_rows));
    failed |= json_object_set_new(o, "seconds", cli_json_real(r->seconds));
    if (r->classifier) failed |= kway_json(o, r);
    if (r->k) {
        failed |= json_object_set_new(o, "k", json_integer(r->k));
        failed |= json_object_set_new(o, "temperature", json_real(r->temperature));
    } else if (r->lambda > 0) {
        failed |= json_object_set_new(o, "lambda", json_real(r->lambda));
        failed |= json_object_set_new(o, "validation", cli_json_real(r->validation));
        failed |= json_object_set_new(o, "loss", cli_json_real(r->loss));
        failed |= json_object_set_new(o, "gradient", cli_json_real(r->gradient));
        failed |= json_object_set_new(o, "iterations", json_integer(r->iterations));
        failed |= json_object_set_new(o, "converged", json_boolean(r->converged));
        failed |= json_object_set_new(o, "seed", json_integer((json_int_t)r->seed));
    } else {
        failed |= json_object_set_new(o, "labels_per_class",
                                      r->labels_per_class ? json_integer(r->labels_per_class) : json_null());
        if (r->draws) {
            failed |= json_object_set_new(o, "draws", json_integer(r->draws));
            failed |= json_object_set_new(o, "standard_error", cli_json_real(r->standard_error));
            failed |= json_object_set_new(o, "seed", json_integer((json_int_t)r->seed));
        }
    }
    if (!failed) return o;
    json_decref(o);
    return NULL;
}

void cli_eval_print_result(const akin_eval_result *r)
{
    char name[64];
    if (r->k)
        snprintf(name, sizeof name, "%s (k %d, T %g)", r->protocol, r->k, r->temperature);
    else if (r->lambda > 0)
        snprintf(name, sizeof name, "%s (lambda %.3g%s)", r->protocol, r->lambda,
                 r->converged ? "" : ", not converged");
    else if (r->labels_per_class)
        snprintf(name, sizeof name, "%s (%d a class, %d draws)", r->protocol, r->labels_per_class, r->draws);
    else
        snprintf(name, sizeof name, "%s (all labels)", r->protocol);
    printf("%-32s top-1 %.4f  [%.4f, %.4f]", name, r->top1, r->ci95[0], r->ci95[1]);
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

/* A name with accuracies, their intervals below. */
static void print_cells(const char *name, const cli_kway_cell *cells, int n)
{
    printf("  %-30s", name);
    for (int i = 0; i < n; i++) printf(i + 1 < n ? " %-15.2f" : " %.2f", cells[i].percent);
    printf("\n%32s", "");
    for (int i = 0; i < n; i++) {
        char interval[40] = "-";
        if (isfinite(cells[i].low))
            snprintf(interval, sizeof interval, "%.2f-%.2f", cells[i].low, cells[i].high);
        printf(i + 1 < n ? " %-15s" : " %s", interval);
    }
    printf("\n");
}

void cli_eval_print_kway(const akin_eval_result *r, bool first)
{
    cli_kway_cell cells[CLI_KWAY_CELLS];
    int n = cli_eval_kway_cells(r, cells);
    char name[64];
    if (first) {
        snprintf(name, sizeof name, "kway-v1, %lld classes, %%", (long long)r->classes);
        printf("%-32s", name);
        for (int i = 0; i < n; i++) printf(i + 1 < n ? " %-15s" : " %s\n", cells[i].name);
    }
    if (r->labels_per_class)
        snprintf(name, sizeof name, "mean of %d a class, %d draws", r->labels_per_class, r->draws);
    else if (r->lambda > 0)
        snprintf(name, sizeof name, "linear (lambda %.3g%s)", r->lambda,
                 r->converged ? "" : ", not converged");
    else
        snprintf(name, sizeof name, "mean, %s rows", r->unit_rows ? "unit" : "raw");
    print_cells(name, cells, n);
    if (!r->fit_tasks) return;
    n = add_cells(cells, 0, "AVG", r->fitted);
    snprintf(name, sizeof name, "  fitted to each of %d tasks", r->fit_tasks);
    print_cells(name, cells, n);
}
