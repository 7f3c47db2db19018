/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/values.c - continuous labels: how well they are told from features (akin/tool/regress.h). */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"
#include "akin/tool/regress.h"
#include "akin/tool/vectors.h"

#include <math.h>
#include <stdlib.h>

static bool rows_of(const akin_dataset *set, const char *split, akin_vectors *out)
{
    const akin_vector_set *vectors = akin_dataset_vectors(set);
    *out = (akin_vectors)AKIN_VECTORS_INIT;
    return vectors && !akin_vectors_split(vectors, split, out, NULL) && out->values;
}

bool cli_eval_has_values(const akin_dataset *train, const akin_dataset *test, const char *split)
{
    akin_vectors a, b;
    return rows_of(train, "train", &a) && rows_of(test, split, &b) && a.value_count == b.value_count;
}

static void print_line(const cli_eval_values *v, const akin_regress_result *r, const char *encoder,
                       const char *layer, const char *value)
{
    const cli_args *args = v->args;
    char name[48];
    if (args->json || args->quiet) return;
    if (akin_json_length(v->results) == 0)
        akin_print(stdout, "%-10s %-14s %-16s %-14s %7s   %-18s %s\n", "encoder", "layer", "value",
                   "protocol", "R^2", "95 % interval", "median error");
    akin_print(stdout, "%-10s %-14s %-16s %-14s %7.4f   ", encoder, layer,
               akin_show_name(value, name, sizeof name), r->protocol, r->r2);
    if (isfinite(r->ci95[0]))
        akin_print(stdout, "%7.4f to %7.4f ", r->ci95[0], r->ci95[1]);
    else
        akin_print(stdout, "%-19s", "none: few rows");
    akin_print(stdout, " %.4g\n", r->median_error);
    fflush(stdout);
}

static akin_json *row_of(const akin_regress_result *r, const char *encoder, const char *layer,
                         const char *value)
{
    akin_json *row = akin_json_pack(
        "{s:s,s:o,s:o,s:o,s:f,s:f,s:f,s:o,s:I,s:I,s:I}", "protocol", r->protocol, "value",
        akin_json_text(value), "encoder", akin_json_text(encoder), "layer", akin_json_text(layer), "r2",
        r->r2, "median_error", r->median_error, "mean_error", r->mean_error, "ci95",
        isfinite(r->ci95[0]) ? akin_json_pack("[f,f]", r->ci95[0], r->ci95[1]) : akin_json_null(), "n", r->n,
        "reference", r->reference, "features", r->features);
    if (r->k) akin_json_put(row, "k", akin_json_int(r->k));
    if (r->lambda > 0) akin_json_put(row, "lambda", akin_json_real(r->lambda));
    return row;
}

/* Column k of the values of both parts. */
static void take_column(const akin_vectors *from, int64_t k, double *to)
{
    for (int64_t i = 0; i < from->n; i++) to[i] = from->values[i * from->value_count + k];
}

akin_status cli_eval_values_measure(cli_eval_values *v, akin_cmat train, akin_cmat test, const char *encoder,
                                    const char *layer, akin_error *err)
{
    akin_vectors of_train, of_test;
    if (!rows_of(v->train, "train", &of_train) || !rows_of(v->test, v->split, &of_test)) return AKIN_OK;
    double *y = malloc((size_t)(of_train.n + of_test.n) * sizeof *y);
    if (!y) return cli_no_memory(err, of_train.n + of_test.n, "values");
    akin_regress_data data = AKIN_REGRESS_DATA_INIT;
    data.train = train;
    data.train_values = y;
    data.test = test;
    data.test_values = y + of_train.n;
    data.test_order = of_test.order;
    akin_status status = AKIN_OK;
    for (int64_t k = 0; k < of_train.value_count && !status; k++) {
        const char *value = akin_vectors_value_name(akin_dataset_vectors(v->train), k);
        take_column(&of_train, k, y);
        take_column(&of_test, k, y + of_train.n);
        for (int kind = AKIN_REGRESS_KNN; kind <= AKIN_REGRESS_RIDGE && !status; kind++) {
            akin_regress_result r = AKIN_REGRESS_RESULT_INIT;
            status = akin_regress((akin_regress_kind)kind, &data, &r, err);
            if (status) break;
            print_line(v, &r, encoder, layer, value);
            akin_json_append(v->results, row_of(&r, encoder, layer, value));
        }
    }
    free(y);
    return status;
}
