/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/classes.c - a protocol with what it says of each class: macro average, groups of classes,
 * classes. Groups and classes are told when the training rows are imbalanced, or --per-class asks. */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double IMBALANCED = 2; /* largest class over smallest */

static void score_json(akin_json *o, const akin_class_score *s)
{
    akin_json_put(o, "train", akin_json_int(s->train));
    akin_json_put(o, "n", akin_json_int(s->n));
    akin_json_put(o, "top1", cli_json_real(s->top1));
    akin_json_put(o, "ci95",
                  isfinite(s->top1) ? akin_json_pack("[ff]", s->ci95[0], s->ci95[1]) : akin_json_null());
}

static akin_json *groups_json(const akin_class_report *r)
{
    akin_json *list = akin_json_array();
    const akin_class_score *g;
    for (int i = 0; (g = akin_class_report_group_at(r, i)); i++) {
        akin_json *o = akin_json_pack("{s:s,s:I}", "name", g->name, "classes", g->classes);
        score_json(o, g);
        akin_json_append(list, o);
    }
    return list;
}

static akin_json *classes_json(const akin_class_report *r, const cli_class_names *names)
{
    akin_json *list = akin_json_array();
    const akin_class_score *c;
    for (int64_t k = 0; (c = akin_class_report_at(r, k)); k++) {
        const char *name = names ? names->name(names->ctx, c->label) : NULL;
        char number[24];
        snprintf(number, sizeof number, "%d", c->label);
        akin_json *o =
            akin_json_pack("{s:o,s:i}", "class", akin_json_text(name ? name : number), "label", c->label);
        score_json(o, c);
        akin_json_append(list, o);
    }
    return list;
}

static akin_status add_classes(const cli_args *args, const akin_eval_data *data, const float *correct,
                               const cli_class_names *names, akin_json *row, akin_error *err)
{
    akin_class_opts opts = AKIN_CLASS_OPTS_INIT;
    akin_class_report *r = NULL;
    opts.many = cli_int(args, "many");
    opts.few = cli_int(args, "few");
    const akin_status status = akin_eval_classes(data, correct, &opts, &r, err);
    if (status) return status;
    const akin_class_score *macro = akin_class_report_macro(r);
    akin_json_put(row, "macro", cli_json_real(macro->top1));
    akin_json_put(row, "macro_ci95", akin_json_pack("[ff]", macro->ci95[0], macro->ci95[1]));
    akin_json_put(row, "imbalance", akin_json_real(akin_class_report_imbalance(r)));
    if (akin_class_report_imbalance(r) >= IMBALANCED || cli_flag(args, "per-class")) {
        akin_json_put(row, "groups", groups_json(r));
        akin_json_put(row, "per_class", classes_json(r, names));
    }
    akin_class_report_free(r);
    return AKIN_OK;
}

int cli_eval_check_groups(const cli_args *args)
{
    if (cli_int(args, "few") <= cli_int(args, "many") + 1) return -1;
    return cli_error(args, AKIN_ERR_RANGE, "--few is %lld and --many %lld; no class may be both",
                     (long long)cli_int(args, "few"), (long long)cli_int(args, "many"));
}

/* How many classes the training rows may have. */
static int64_t most_classes(const akin_eval_data *data)
{
    int64_t most = 0;
    for (int64_t i = 0; i < data->train_count; i++)
        if (data->train_labels[i] >= most) most = (int64_t)data->train_labels[i] + 1;
    return most < data->train_count ? most : data->train_count;
}

/* Room for what a protocol says of the items, and where it is to write. */
static akin_status want_items(const akin_protocol *p, const akin_eval_data *data, akin_eval_opts *opts,
                              cli_items *items, akin_error *err)
{
    const bool kway = strcmp(p->option, "kway") == 0;
    const size_t draws = p->labels_per_class ? (size_t)opts->draws : 1, n = (size_t)data->test_count;
    if (!kway && !p->labels_per_class) {
        items->right = malloc(n + 1);
        return items->right ? AKIN_OK : cli_no_memory(err, data->test_count, "test rows");
    }
    opts->ranks = items->rank = malloc((draws * n + 1) * sizeof *items->rank);
    const int64_t classes = most_classes(data);
    const size_t parts = classes > (int64_t)draws ? (size_t)classes : draws;
    if (kway) opts->parts = items->parts = malloc(AKIN_KWAY_MOST * parts * sizeof *items->parts);
    return items->rank && (items->parts || !kway) ? AKIN_OK
                                                  : cli_no_memory(err, data->test_count, "test rows");
}

void cli_items_free(cli_items *items)
{
    free(items->right);
    free(items->rank);
    free(items->parts);
    *items = (cli_items){ .right = NULL };
}

akin_status cli_eval_protocol(const cli_args *args, const akin_protocol *p, const akin_eval_data *data,
                              const akin_eval_opts *user, const cli_class_names *names, akin_eval_result *r,
                              akin_json **row, cli_items *items, akin_error *err)
{
    if (items) *items = (cli_items){ .right = NULL };
    akin_eval_opts opts = *user;
    const bool tells = strcmp(p->option, "kway") != 0 && !p->labels_per_class && data->test_count > 0;
    opts.correct = tells ? malloc((size_t)data->test_count * sizeof *opts.correct) : NULL;
    akin_status status = AKIN_OK;
    akin_json *o = NULL;
    if (tells && !opts.correct) status = cli_no_memory(err, data->test_count, "test rows");
    if (!status && items) status = want_items(p, data, &opts, items, err);
    if (!status) status = akin_eval_run(p, data, &opts, r, err);
    if (!status && items) items->part_count = r->draws ? r->draws : r->classes;
    if (!status && names) cli_unseen_count(names->unseen, r);
    if (!status) {
        o = cli_eval_result_json(r);
        if (names && names->unseen && names->unseen->n)
            akin_json_put(o, "unseen", akin_json_int(names->unseen->n));
        if (tells && o) status = add_classes(args, data, opts.correct, names, o, err);
    }
    for (int64_t i = 0; !status && items && items->right && i < data->test_count; i++)
        items->right[i] = opts.correct[i] > 0;
    free(opts.correct);
    if (status) {
        akin_json_free(o);
        if (items) cli_items_free(items);
    } else {
        *row = o;
    }
    return status;
}

/* For people ----------------------------------------------------------------------------------------- */

static double number(const akin_json *o, const char *name)
{
    return akin_json_as_real(akin_json_get(o, name));
}

static void print_class(const akin_json *o)
{
    const akin_json *ci = akin_json_get(o, "ci95");
    const char *name = akin_json_get_text(o, "class");
    akin_print(stdout, "    %-20.40s %6.0f train %6.0f test", name ? name : "", number(o, "train"),
               number(o, "n"));
    if (akin_json_is_array(ci))
        printf("  %6.2f %%   %.2f to %.2f", 100 * number(o, "top1"),
               100 * akin_json_as_real(akin_json_at(ci, 0)), 100 * akin_json_as_real(akin_json_at(ci, 1)));
    printf("\n");
}

void cli_eval_print_classes(const cli_args *args, const akin_json *row)
{
    const akin_json *groups = akin_json_get(row, "groups"), *ci = akin_json_get(row, "macro_ci95");
    if (!groups || args->json || args->quiet) return;
    printf("  over classes %.2f %% (%.2f-%.2f); imbalance %.4g\n", 100 * number(row, "macro"),
           100 * akin_json_as_real(akin_json_at(ci, 0)), 100 * akin_json_as_real(akin_json_at(ci, 1)),
           number(row, "imbalance"));
    const char *between = "    ";
    for (size_t g = 0; g < akin_json_length(groups); g++) {
        const akin_json *o = akin_json_at(groups, g);
        const double classes = number(o, "classes");
        if (classes > 0)
            akin_print(stdout, "%s%s %.2f (%.0f class%s)", between, akin_json_get_text(o, "name"),
                       100 * number(o, "top1"), classes, classes > 1 ? "es" : "");
        if (classes > 0) between = ", ";
    }
    printf("\n");
    const akin_json *classes = akin_json_get(row, "per_class");
    for (size_t k = 0; cli_flag(args, "per-class") && k < akin_json_length(classes); k++)
        print_class(akin_json_at(classes, k));
    fflush(stdout);
}
