/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/classes.c - a protocol with what it says of each class: macro average, groups of classes, classes. Groups and
 * classes are told when the training rows are imbalanced, or --per-class asks for them. */
#include "cli/eval/eval.h"

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
    for (int g = 0; g < 3; g++) {
        akin_json *o =
            akin_json_pack("{s:s,s:I}", "name", r->group[g].name, "classes", (int64_t)r->group[g].classes);
        score_json(o, &r->group[g]);
        akin_json_append(list, o);
    }
    return list;
}

static akin_json *classes_json(const akin_class_report *r, const cli_class_names *names)
{
    akin_json *list = akin_json_array();
    for (int64_t k = 0; k < r->classes; k++) {
        const akin_class_score *c = &r->per_class[k];
        const char *name = names ? names->name(names->ctx, c->label) : NULL;
        char number[24];
        snprintf(number, sizeof number, "%d", c->label);
        akin_json *o =
            akin_json_pack("{s:o,s:i}", "class", cli_json_text(name ? name : number), "label", c->label);
        score_json(o, c);
        akin_json_append(list, o);
    }
    return list;
}

static akin_status add_classes(const cli_args *args, const akin_eval_data *data, const float *correct,
                               const cli_class_names *names, akin_json *row, akin_error *err)
{
    akin_class_opts opts = AKIN_CLASS_OPTS_INIT;
    akin_class_report r;
    opts.many = cli_int(args, "many");
    opts.few = cli_int(args, "few");
    const akin_status status = akin_eval_classes(data->train.labels, data->train.count, data->test.labels,
                                                 data->test.count, correct, &opts, &r, err);
    if (status) return status;
    akin_json_put(row, "macro", cli_json_real(r.macro.top1));
    akin_json_put(row, "macro_ci95", akin_json_pack("[ff]", r.macro.ci95[0], r.macro.ci95[1]));
    akin_json_put(row, "imbalance", akin_json_real(r.imbalance));
    if (r.imbalance >= IMBALANCED || cli_flag(args, "per-class")) {
        akin_json_put(row, "groups", groups_json(&r));
        akin_json_put(row, "per_class", classes_json(&r, names));
    }
    akin_class_report_free(&r);
    return AKIN_OK;
}

int cli_eval_check_groups(const cli_args *args)
{
    if (cli_int(args, "few") <= cli_int(args, "many") + 1) return -1;
    return cli_error(args, AKIN_ERR_RANGE, "--few is %lld and --many %lld; no class may be both",
                     (long long)cli_int(args, "few"), (long long)cli_int(args, "many"));
}

akin_status cli_eval_protocol(const cli_args *args, const akin_protocol *p, const akin_eval_data *data,
                              const akin_eval_opts *user, const cli_class_names *names, akin_eval_result *r,
                              akin_json **row, akin_error *err)
{
    akin_eval_opts opts = *user;
    const bool tells = strcmp(p->option, "kway") != 0 && !p->labels_per_class && data->test.count > 0;
    opts.correct = tells ? malloc((size_t)data->test.count * sizeof *opts.correct) : NULL;
    akin_status status = AKIN_OK;
    akin_json *o = NULL;
    if (tells && !opts.correct) {
        snprintf(err->message, sizeof err->message, "no memory for %lld test rows",
                 (long long)data->test.count);
        err->status = status = AKIN_ERR_NOMEM;
    }
    if (!status) status = akin_eval_run(p, data, &opts, r, err);
    if (!status) {
        o = cli_eval_result_json(r);
        if (tells && o) status = add_classes(args, data, opts.correct, names, o, err);
    }
    free(opts.correct);
    if (status)
        akin_json_free(o);
    else
        *row = o;
    return status;
}

/* For people ------------------------------------------------------------------------------------------------- */

static double number(const akin_json *o, const char *name)
{
    return akin_json_as_real(akin_json_get(o, name));
}

static void print_class(const akin_json *o)
{
    const akin_json *ci = akin_json_get(o, "ci95");
    const char *name = akin_json_as_text(akin_json_get(o, "class"));
    printf("    %-20.40s %6.0f train %6.0f test", name ? name : "", number(o, "train"), number(o, "n"));
    if (akin_json_is_array(ci))
        printf("  %6.2f %%   %.2f to %.2f", 100 * number(o, "top1"),
               100 * akin_json_as_real(akin_json_at(ci, 0)), 100 * akin_json_as_real(akin_json_at(ci, 1)));
    printf("\n");
}

void cli_eval_print_classes(const cli_args *args, const akin_json *row)
{
    const akin_json *groups = akin_json_get(row, "groups"), *ci = akin_json_get(row, "macro_ci95");
    if (!groups || args->json || args->quiet) return;
    printf("  over classes %.2f %% (%.2f-%.2f)", 100 * number(row, "macro"),
           100 * akin_json_as_real(akin_json_at(ci, 0)), 100 * akin_json_as_real(akin_json_at(ci, 1)));
    for (size_t g = 0; g < akin_json_length(groups); g++) {
        const akin_json *o = akin_json_at(groups, g);
        const double classes = number(o, "classes");
        if (classes > 0)
            printf(", %s %.2f (%.0f class%s)", akin_json_as_text(akin_json_get(o, "name")),
                   100 * number(o, "top1"), classes, classes > 1 ? "es" : "");
    }
    printf("; imbalance %.4g\n", number(row, "imbalance"));
    const akin_json *classes = akin_json_get(row, "per_class");
    for (size_t k = 0; cli_flag(args, "per-class") && k < akin_json_length(classes); k++)
        print_class(akin_json_at(classes, k));
    fflush(stdout);
}
