/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/vectors.c - akin inspect of feature vectors: sizes, classes, missing values, constant columns, duplicates. */
#include "cli/data/data.h"

#include "akin/data.h"
#include "akin/tool/images.h"
#include "akin/tool/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_COLUMNS = 20, SHOWN_PAIRS = 5, SHOWN_JSON_PAIRS = 20 };

typedef struct summary {
    const akin_vector_set *set;
    const char *path;
    int splits;
    akin_vectors view[CLI_MOST_SPLITS];
    const char *name[CLI_MOST_SPLITS];
    int64_t *count[CLI_MOST_SPLITS]; /* [classes], or NULL without labels */
    int64_t total, d, constant;
    akin_duplicates *pair;
    int64_t pairs, conflicts;
    int64_t shared[CLI_MOST_SPLITS][CLI_MOST_SPLITS]; /* [split][first_split] */
} summary;

bool cli_is_vectors(const cli_args *args, const char *path)
{
    const char *format = cli_text(args, "format");
    if (strcmp(format, "vectors") == 0 || strcmp(format, "csv") == 0 || strcmp(format, "libsvm") == 0)
        return true;
    if (strcmp(format, "npy") != 0 && strcmp(format, "auto") != 0) return false;
    return akin_data_detect(path) == AKIN_DATA_VECTORS;
}

static akin_status summarize(summary *s, akin_error *err)
{
    s->splits = akin_vectors_splits(s->set);
    s->d = akin_vectors_width(s->set);
    for (int k = 0; k < s->splits; k++) {
        s->name[k] = akin_vectors_split_name(s->set, k);
        const akin_status status = akin_vectors_split(s->set, s->name[k], &s->view[k], err);
        if (status) return status;
        const akin_vectors *v = &s->view[k];
        s->total += v->n;
        s->count[k] = v->labels ? calloc((size_t)v->classes, sizeof *s->count[k]) : NULL;
        for (int64_t i = 0; s->count[k] && i < v->n; i++) s->count[k][v->labels[i]]++;
    }
    akin_vector_column column;
    for (int64_t c = 0; akin_vectors_column(s->set, c, &column); c++) s->constant += column.min == column.max;
    const akin_status status = akin_vectors_duplicates(s->set, &s->pair, err);
    if (!status) s->pairs = akin_duplicates_count(s->pair);
    for (int64_t i = 0; i < s->pairs; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        const int32_t *a = s->view[d->split].labels, *b = s->view[d->first_split].labels;
        s->shared[d->split][d->first_split]++;
        s->conflicts += a && b && a[d->item] != b[d->first];
    }
    return status;
}

/* JSON ------------------------------------------------------------------------------------------------------- */

static akin_json *json_splits(const summary *s)
{
    akin_json *list = akin_json_array();
    for (int k = 0; k < s->splits; k++) {
        akin_json *counts = s->count[k] ? akin_json_array() : akin_json_null();
        for (int64_t c = 0; s->count[k] && c < s->view[k].classes; c++)
            akin_json_append(counts, akin_json_int(s->count[k][c]));
        akin_json_append(list,
                         akin_json_pack("{s:s,s:I,s:b,s:o}", "name", s->name[k], "n", (int64_t)s->view[k].n,
                                        "labels", s->view[k].labels != NULL, "class_counts", counts));
    }
    return list;
}

static akin_json *json_columns(const summary *s)
{
    akin_json *list = akin_json_array();
    akin_vector_column c;
    for (int64_t i = 0; akin_vectors_column(s->set, i, &c); i++)
        akin_json_append(list, akin_json_pack("{s:o,s:f,s:f,s:f,s:f,s:I}", "name", cli_json_text(c.name),
                                              "mean", c.mean, "std", c.std, "min", c.min, "max", c.max,
                                              "missing", (int64_t)c.missing));
    return list;
}

static akin_json *json_row(const summary *s, int split, int64_t item)
{
    return akin_json_pack("{s:s,s:I,s:I}", "split", s->name[split], "row", (int64_t)item, "source",
                          (int64_t)s->view[split].source[item]);
}

static akin_json *json_duplicates(const summary *s)
{
    akin_json *within = akin_json_object(), *across = akin_json_array(), *examples = akin_json_array();
    for (int a = 0; a < s->splits; a++) {
        akin_json_put(within, s->name[a], akin_json_int(s->shared[a][a]));
        for (int b = 0; b < a; b++)
            akin_json_append(across, akin_json_pack("{s:s,s:s,s:I}", "split", s->name[a], "also_in",
                                                    s->name[b], "count", (int64_t)s->shared[a][b]));
    }
    for (int64_t i = 0; i < s->pairs && i < SHOWN_JSON_PAIRS; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        akin_json_append(examples, akin_json_pack("{s:o,s:o}", "item", json_row(s, d->split, d->item),
                                                  "same_as", json_row(s, d->first_split, d->first)));
    }
    return akin_json_pack("{s:o,s:o,s:I,s:o}", "within", within, "across", across, "conflicting_labels",
                          (int64_t)s->conflicts, "examples", examples);
}

static int print_json(const cli_args *args, const summary *s)
{
    akin_json *classes = akin_json_array();
    const akin_vectors *v = &s->view[0];
    for (int64_t c = 0; c < v->classes; c++)
        akin_json_append(classes, cli_json_text(akin_vectors_class_name(s->set, c)));
    return cli_print_json(
        args, akin_json_pack("{s:o,s:o,s:s,s:s,s:s,s:I,s:I,s:b,s:o,s:o,s:o,s:b,s:I,s:I,s:o,s:I,s:o,s:o}",
                             "path", cli_json_text(s->path), "name", cli_json_text(akin_vectors_name(s->set)),
                             "kind", "vectors", "format", akin_vectors_format(s->set), "fingerprint",
                             akin_vectors_fingerprint(s->set), "n", (int64_t)s->total, "d", (int64_t)s->d,
                             "labels", v->classes > 0, "classes", classes, "splits", json_splits(s), "groups",
                             v->groups ? akin_json_int(v->group_count) : akin_json_null(), "times",
                             v->times != NULL, "missing", (int64_t)akin_vectors_missing(s->set),
                             "constant_columns", (int64_t)s->constant, "columns", json_columns(s),
                             "memory_bytes", (int64_t)(s->total * s->d * 4), "duplicates", json_duplicates(s),
                             "remark", cli_json_text(akin_vectors_remark(s->set))));
}

/* Text ------------------------------------------------------------------------------------------------------- */

static void print_labels(const summary *s)
{
    char a[32];
    const int64_t classes = s->view[0].classes;
    printf("\n  labels       ");
    if (classes == 0)
        printf("none (training needs none)\n");
    else {
        printf("%s class%s", cli_grouped(classes, a), classes == 1 ? "" : "es");
        for (int k = 0; k < s->splits; k++)
            if (!s->view[k].labels) printf("; none in %s", s->name[k]);
        putchar('\n');
    }
    if (s->view[0].groups) printf("  groups       %s\n", cli_grouped(s->view[0].group_count, a));
    if (s->view[0].times)
        printf("  times        rows are ordered by time%s\n", s->view[0].groups ? " in a group" : "");
}

static void print_what(const summary *s)
{
    char a[32], b[32], name[CLI_NAME];
    static const char *const KINDS[][2] = { { "npy", "NumPy arrays" },
                                            { "csv", "a table" },
                                            { "libsvm", "libsvm" } };
    const char *kind = akin_vectors_format(s->set);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i][0], kind) == 0) kind = KINDS[i][1];
    printf("%s: vectors (%s)\n\n", cli_shown(akin_vectors_name(s->set), name, sizeof name), kind);
    printf("  rows         %s of %s feature%s\n", cli_grouped(s->total, a), cli_grouped(s->d, b),
           s->d == 1 ? "" : "s");
    printf("  splits      ");
    for (int k = 0; k < s->splits; k++)
        printf("%s %s %s", k ? "," : "", s->name[k], cli_grouped(s->view[k].n, a));
    print_labels(s);
    const int64_t missing = akin_vectors_missing(s->set), bytes = s->total * s->d * 4;
    const bool small = bytes < 1 << 20;
    printf("  missing      %s\n", missing ? cli_grouped(missing, a) : "none");
    printf("  memory       %.1f %s\n  fingerprint  %s\n", (double)bytes * (small ? 0x1p-10 : 0x1p-20),
           small ? "KiB" : "MiB", akin_vectors_fingerprint(s->set));
    if (*akin_vectors_remark(s->set)) printf("  remark       %s\n", akin_vectors_remark(s->set));
}

static void print_class(const summary *s, int64_t c, int width)
{
    char name[CLI_NAME], a[32];
    const char *text = cli_shown(akin_vectors_class_name(s->set, c), name, sizeof name);
    printf("  %s%*s", text, width - cli_columns(text), "");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) printf("  %9s", cli_grouped(s->count[k][c], a));
    putchar('\n');
}

static void print_classes(const summary *s)
{
    const int64_t classes = s->view[0].classes;
    if (classes == 0) return;
    int width = 11;
    const int64_t shown = classes <= CLI_SHOWN_CLASSES ? classes : CLI_SHOWN_CLASSES - 2;
    for (int64_t c = 0; c < shown; c++) {
        char name[CLI_NAME];
        const int wide = cli_columns(cli_shown(akin_vectors_class_name(s->set, c), name, sizeof name));
        if (wide > width) width = wide;
    }
    printf("\n  %-*s", width, "class");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) printf("  %9s", s->name[k]);
    putchar('\n');
    for (int64_t c = 0; c < shown; c++) print_class(s, c, width);
    if (shown < classes) printf("  ... and %lld more (--json lists all)\n", (long long)(classes - shown));
}

static void print_columns(const summary *s)
{
    char name[CLI_NAME], a[32];
    akin_vector_column c;
    printf("\n  %-20s  %11s  %11s  %11s  %11s  %9s\n", "column (train)", "mean", "deviation", "least",
           "largest", "missing");
    for (int64_t i = 0; i < SHOWN_COLUMNS && akin_vectors_column(s->set, i, &c); i++) {
        const char *text = cli_shown(c.name, name, 21);
        printf("  %s%*s  %11.5g  %11.5g  %11.5g  %11.5g  %9s\n", text, 20 - cli_columns(text), "", c.mean,
               c.std, c.min, c.max, c.missing ? cli_grouped(c.missing, a) : "-");
    }
    if (s->d > SHOWN_COLUMNS)
        printf("  ... and %lld more (--json lists all)\n", (long long)(s->d - SHOWN_COLUMNS));
    if (s->constant == 0) return;
    printf("  never change:");
    for (int64_t i = 0, told = 0; akin_vectors_column(s->set, i, &c) && told <= SHOWN_COLUMNS; i++)
        if (c.min == c.max && told++ < SHOWN_COLUMNS)
            printf("%s %s", told > 1 ? "," : "", cli_shown(c.name, name, sizeof name));
    printf("%s\n", s->constant > SHOWN_COLUMNS ? ", ..." : "");
}

static void print_duplicates(const summary *s)
{
    char a[32];
    printf("\n  duplicates   ");
    if (s->pairs == 0) {
        printf("none: no two rows are the same\n");
        return;
    }
    printf("%s row%s an earlier one\n", cli_grouped(s->pairs, a), s->pairs == 1 ? " repeats" : "s repeat");
    for (int k = 0; k < s->splits; k++) {
        printf("    %-10s %9s within\n", s->name[k], cli_grouped(s->shared[k][k], a));
        for (int b = 0; b < k; b++)
            if (s->shared[k][b])
                printf("    %-10s %9s also in %s: evaluation on %s is too good by what they give\n",
                       s->name[k], cli_grouped(s->shared[k][b], a), s->name[b], s->name[k]);
    }
    if (s->conflicts) printf("    %s of the pairs have different labels\n", cli_grouped(s->conflicts, a));
    for (int64_t i = 0; i < s->pairs && i < SHOWN_PAIRS; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        printf("    %s/%lld = %s/%lld\n", s->name[d->split], (long long)d->item, s->name[d->first_split],
               (long long)d->first);
    }
    if (s->pairs > SHOWN_PAIRS) printf("    ...\n");
}

static int print_text(const cli_args *args, const summary *s)
{
    print_what(s);
    print_classes(s);
    print_columns(s);
    print_duplicates(s);
    if (fflush(stdout) == EOF || ferror(stdout))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ */

akin_status cli_vectors_opts(const cli_args *args, akin_vectors_opts *opts, akin_error *err)
{
    const char *format = cli_text(args, "format");
    for (const akin_opt_desc *o = akin_vectors_opt_desc; o->name; o++) {
        const char *text = cli_text(args, o->name);
        const akin_status status = text ? akin_vectors_set(opts, o->name, text, err) : AKIN_OK;
        if (status) return status;
    }
    opts->format = strcmp(format, "vectors") == 0 ? "auto" : format;
    opts->keep = cli_text(args, "keep");
    return AKIN_OK;
}

int cli_inspect_vectors(const cli_args *args, const char *path)
{
    static const char *const OTHERS[] = { "size", "on-bad", "max-bad", "cache", NULL };
    for (int i = 0; OTHERS[i]; i++)
        if (cli_given(args, OTHERS[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for images, and '%s' is taken for vectors",
                             OTHERS[i], path);
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    akin_vector_set *set = NULL;
    akin_error err;
    if (cli_given(args, "seed")) opts.seed = (uint64_t)cli_int(args, "seed");
    if (cli_vectors_opts(args, &opts, &err) || akin_vectors_open(path, &opts, &set, &err))
        return cli_fail(args, &err);
    summary s = { .set = set, .path = path };
    int code;
    if (summarize(&s, &err))
        code = cli_fail(args, &err);
    else
        code = args->json ? print_json(args, &s) : print_text(args, &s);
    for (int k = 0; k < CLI_MOST_SPLITS; k++) free(s.count[k]);
    akin_duplicates_free(s.pair);
    akin_vectors_free(set);
    return code;
}
