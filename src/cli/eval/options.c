/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/options.c - what the eval verb is told: which protocols, and their parameters. */
#include "cli/eval/eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --protocol -------------------------------------------------------------------------------------------- */

static bool same(const char *part, size_t length, const char *option)
{
    return strlen(option) == length && memcmp(part, option, length) == 0;
}

static bool has(const char *list, const char *option)
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        if (same(at, length, option)) return true;
        at += length;
        if (!*at) return false;
    }
}

bool cli_eval_wanted(const cli_args *args, const akin_protocol *protocol)
{
    const char *classifiers = cli_text(args, "classifiers");
    if (!has(cli_text(args, "protocol"), protocol->option)) return false;
    if (strcmp(protocol->option, "kway") != 0) return true;
    const bool few = protocol->labels_per_class > 0;
    switch (protocol->classifier) {
    case AKIN_CLASSIFIER_LINEAR: return has(classifiers, "linear");
    case AKIN_CLASSIFIER_CENTROID: return has(classifiers, few ? "centroid5" : "centroid");
    default: return has(classifiers, few ? "mean5" : "mean");
    }
}

bool cli_eval_whitens(const akin_protocol *protocol)
{
    return strncmp(protocol->option, "linear", 6) != 0 && protocol->classifier != AKIN_CLASSIFIER_LINEAR;
}

bool cli_eval_whitening(const cli_args *args)
{
    if (strcmp(cli_text(args, "whiten"), "on") != 0) return false;
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)); i++)
        if (cli_eval_whitens(p) && cli_eval_wanted(args, p)) return true;
    return false;
}

/* Are all names of the list of an option known? -1, else the exit code, told. */
static int check_list(const cli_args *args, const char *option, const char *const *names)
{
    for (const char *at = cli_text(args, option);; at++) {
        const size_t length = strcspn(at, ",");
        bool known = false;
        for (const char *const *name = names; *name; name++) known = known || same(at, length, *name);
        if (!known) {
            char part[32], all[128] = "";
            snprintf(part, sizeof part, "%.*s", (int)(length < 31 ? length : 31), at);
            for (int i = 0; names[i]; i++)
                snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
            const char *near = akin_nearest_name(part, names);
            return cli_error(args, AKIN_ERR_RANGE, "--%s has '%s'%s%s%s; it must be a list of %s", option,
                             part, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", all);
        }
        at += length;
        if (!*at) return -1;
    }
}

int cli_eval_check_protocols(const cli_args *args)
{
    static const char *const classifiers[] = { "mean", "mean5", "centroid", "centroid5", "linear", NULL };
    const char *names[16];
    int n = 0;
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)) && n < 15; i++)
        if (n == 0 || strcmp(names[n - 1], p->option) != 0) names[n++] = p->option;
    names[n] = NULL;
    const int refused = check_list(args, "protocol", names);
    return refused >= 0 ? refused : check_list(args, "classifiers", classifiers);
}

/* Parameters --------------------------------------------------------------------------------------------- */

int cli_eval_list(const cli_args *args, const char *name, int32_t least, int32_t list[AKIN_KWAY_MOST])
{
    const char *text = cli_text(args, name);
    memset(list, 0, AKIN_KWAY_MOST * sizeof *list);
    for (int n = 0;; n++) {
        char *end;
        const long value = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
        if (value < 0 || (*end && *end != ','))
            return cli_error(args, AKIN_ERR_RANGE, "--%s has '%.*s'; it must be whole numbers such as %s",
                             name, (int)strcspn(text, ","), text, least == 2 ? "2,10" : "1,5,10");
        if (n == AKIN_KWAY_MOST)
            return cli_error(args, AKIN_ERR_RANGE, "--%s has more than %d numbers", name, AKIN_KWAY_MOST);
        if (value < least || value > 1000000)
            return cli_error(args, AKIN_ERR_RANGE, "--%s has %ld; each must be between %d and 1000000", name,
                             value, least);
        if (n && value <= list[n - 1])
            return cli_error(args, AKIN_ERR_RANGE, "--%s has %ld after %d; they must ascend", name, value,
                             list[n - 1]);
        list[n] = (int32_t)value;
        if (!*end) return -1;
        text = end + 1;
    }
}

int cli_eval_options(const cli_args *args, akin_eval_opts *opts)
{
    *opts = (akin_eval_opts)AKIN_EVAL_OPTS_INIT;
    opts->k = (int32_t)cli_int(args, "k");
    opts->temperature = cli_real(args, "temperature");
    opts->seed = (uint64_t)cli_int(args, "seed");
    opts->job = cli_ranks();
    opts->unit_rows = cli_given(args, "rows") && strcmp(cli_text(args, "rows"), "unit") == 0;
    opts->fit_tasks = (int32_t)cli_int(args, "fit-tasks");
    if (opts->fit_tasks == 1)
        return cli_error(args, AKIN_ERR_RANGE,
                         "--fit-tasks is 1; an interval needs two tasks at least, 0 is none");
    const int refused = cli_eval_list(args, "tasks", 2, opts->tasks);
    return refused >= 0 ? refused : cli_eval_list(args, "top", 1, opts->tops);
}

int cli_eval_check(const cli_args *args)
{
    akin_eval_opts unused;
    int code = cli_eval_check_protocols(args);
    if (code < 0) code = cli_eval_options(args, &unused);
    return code < 0 ? cli_eval_check_groups(args) : code;
}
