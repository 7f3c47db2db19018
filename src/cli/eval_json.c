/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval_json.c - results of evaluation as JSON and as lines of text, and the list given to --protocol. */
#include "eval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *real_or_null(double x) { return isfinite(x) ? json_real(x) : json_null(); }

json_t *cli_eval_result_json(const akin_eval_result *r)
{
    json_t *o = json_object();
    int failed = json_object_set_new(o, "protocol", json_string(r->protocol));
    failed |= json_object_set_new(o, "top1", real_or_null(r->top1));
    failed |= json_object_set_new(o, "top5", real_or_null(r->top5));
    failed |= json_object_set_new(o, "ci95", json_pack("[ff]", r->ci95[0], r->ci95[1]));
    failed |= json_object_set_new(o, "interval", json_string(r->draws ? "student-over-draws" : "wilson"));
    failed |= json_object_set_new(o, "n", json_integer(r->n));
    failed |= json_object_set_new(o, "reference", json_integer(r->reference));
    failed |= json_object_set_new(o, "features", json_integer(r->features));
    failed |= json_object_set_new(o, "classes", json_integer(r->classes));
    failed |= json_object_set_new(o, "zero_rows", json_integer(r->zero_rows));
    failed |= json_object_set_new(o, "seconds", real_or_null(r->seconds));
    if (strncmp(r->protocol, "knn", 3) == 0) {
        failed |= json_object_set_new(o, "k", json_integer(r->k));
        failed |= json_object_set_new(o, "temperature", json_real(r->temperature));
    } else if (strncmp(r->protocol, "linear", 6) == 0) {
        failed |= json_object_set_new(o, "lambda", json_real(r->lambda));
        failed |= json_object_set_new(o, "validation", real_or_null(r->validation));
        failed |= json_object_set_new(o, "loss", real_or_null(r->loss));
        failed |= json_object_set_new(o, "gradient", real_or_null(r->gradient));
        failed |= json_object_set_new(o, "iterations", json_integer(r->iterations));
        failed |= json_object_set_new(o, "converged", json_boolean(r->converged));
        failed |= json_object_set_new(o, "seed", json_integer((json_int_t)r->seed));
    } else {
        failed |= json_object_set_new(o, "labels_per_class",
                                      r->labels_per_class ? json_integer(r->labels_per_class) : json_null());
        if (r->draws) {
            failed |= json_object_set_new(o, "draws", json_integer(r->draws));
            failed |= json_object_set_new(o, "standard_error", real_or_null(r->standard_error));
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

/* --protocol -------------------------------------------------------------------------------------------- */

static bool same(const char *part, size_t length, const char *option)
{
    return strlen(option) == length && memcmp(part, option, length) == 0;
}

bool cli_eval_wanted(const char *list, const akin_protocol *protocol)
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        if (same(at, length, protocol->option)) return true;
        at += length;
        if (!*at) return false;
    }
}

bool cli_eval_whitens(const akin_protocol *protocol) { return strcmp(protocol->option, "linear") != 0; }

bool cli_eval_whitening(const cli_args *args)
{
    if (strcmp(cli_text(args, "whiten"), "on") != 0) return false;
    for (const akin_protocol *p = akin_protocols; p->name; p++)
        if (cli_eval_whitens(p) && cli_eval_wanted(cli_text(args, "protocol"), p)) return true;
    return false;
}

int cli_eval_check_protocols(const cli_args *args, const char *list)
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        bool known = false;
        const char *names[16];
        int n = 0;
        for (const akin_protocol *p = akin_protocols; p->name; p++) {
            known = known || same(at, length, p->option);
            if (n < 15 && (n == 0 || strcmp(names[n - 1], p->option) != 0)) names[n++] = p->option;
        }
        names[n] = NULL;
        if (!known) {
            char part[32], all[128] = "";
            snprintf(part, sizeof part, "%.*s", (int)(length < 31 ? length : 31), at);
            for (int i = 0; i < n; i++)
                snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
            const char *near = akin_nearest_name(part, names);
            return cli_error(args, AKIN_ERR_RANGE, "--protocol has '%s'%s%s%s; it must be a list of %s", part,
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", all);
        }
        at += length;
        if (!*at) return -1;
    }
}
