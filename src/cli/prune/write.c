/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/write.c - what akin prune hands over: the keep-list, the table of scores, the summary as JSON. */
#include "cli/prune/prune.h"

#include "akin/tool/keep_list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for the names of the items");
    return AKIN_ERR_NOMEM;
}

/* Keep-list ----------------------------------------------------------------------------------------------- */

static void describe(const cli_prune *p, char *to, size_t size)
{
    snprintf(to, size, "run %s, step %lld; dropped %lld difficult%s%s%s, %lld copies, %lld at random of %lld",
             p->run, (long long)p->step, (long long)p->difficult, p->difficult ? " by " : "",
             p->difficult ? akin_score_name(p->by) : "",
             p->difficult && cli_flag(p->args, "consensus") ? " (consensus)" : "", (long long)p->copies,
             (long long)p->random, (long long)p->part.n);
}

akin_status cli_prune_keep(const cli_prune *p, const char *path, akin_error *err)
{
    char note[1024];
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    describe(p, note, sizeof note);
    head.command = cli_command_line();
    head.note = note;
    head.seed = (uint64_t)cli_int(p->args, "seed");
    head.seeded = true;
    return akin_dataset_keep_list_save(path, p->set, "train", p->kept, &head, err);
}

/* Table --------------------------------------------------------------------------------------------------- */

/* A field of a table: tabs, line ends and backslashes as \t, \n, \r and \\. */
static void put_field(FILE *f, const char *text)
{
    for (; *text; text++) {
        static const char PLAIN[] = "\t\n\r\\", CODE[] = "tnr\\";
        const char *special = strchr(PLAIN, *text);
        if (special)
            fprintf(f, "\\%c", CODE[special - PLAIN]);
        else
            fputc(*text, f);
    }
}

static void put_item(const cli_prune *p, FILE *f, int64_t i)
{
    char name[4096];
    put_field(f, akin_dataset_item_name(p->set, "train", i, name, sizeof name));
    fputc('\t', f);
    if (p->part.labels) put_field(f, akin_dataset_class_name(p->set, AKIN_TARGET_AUTO, p->part.labels[i]));
    for (akin_score s = 0; s < AKIN_SCORES; s++) {
        const double x = akin_difficulty_score(p->d, s)[i];
        if (isnan(x))
            fputs("\tnan", f);
        else
            fprintf(f, "\t%.6g", x);
    }
    fprintf(f, "\t%d\t", akin_difficulty_members(p->d)[i]);
    put_field(f, akin_dataset_item_name(p->set, "train", akin_difficulty_groups(p->d)[i], name, sizeof name));
    fputc('\t', f);
    put_field(f,
              akin_dataset_item_name(p->set, "train", akin_difficulty_nearest(p->d)[i], name, sizeof name));
    fprintf(f, "\t%.6g\t%d", (double)akin_difficulty_nearness(p->d)[i], p->kept[i]);
    if (p->others)
        fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g", p->rank[0][i], p->rank[1][i], p->loss[0][i], p->loss[1][i]);
    fputc('\n', f);
}

akin_status cli_prune_scores(const cli_prune *p, const char *path, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return no_memory(err);
    fputs("item\tlabel", f);
    for (akin_score s = 0; s < AKIN_SCORES; s++) fprintf(f, "\t%s", akin_score_name(s));
    fputs("\tdifficult\tgroup\tnearest\tnearness\tkept", f);
    if (p->others) fputs("\tplace-mean\tplace-sd\tloss-mean\tloss-runs-sd", f);
    fputc('\n', f);
    for (int64_t i = 0; i < p->part.n; i++) put_item(p, f, i);
    const bool whole = !ferror(f);
    const akin_status status =
        fclose(f) == 0 && whole ? akin_file_save(path, text, bytes, err) : no_memory(err);
    free(text);
    return status;
}

/* Summary ------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static json_t *score_json(const cli_prune *p, akin_score s)
{
    const int64_t n = p->part.n;
    const double *x = akin_difficulty_score(p->d, s);
    double *sorted = malloc((size_t)n * sizeof *sorted), mean = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i] / (double)n;
    if (!sorted || !isfinite(mean)) {
        free(sorted);
        return json_pack("{s:s,s:n}", "name", akin_score_name(s), "mean");
    }
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    json_t *o =
        json_pack("{s:s,s:s,s:s,s:f,s:f,s:f,s:f}", "name", akin_score_name(s), "means", akin_score_means(s),
                  "difficult", akin_score_sign(s) > 0 ? "great" : "small", "mean", mean, "least", sorted[0],
                  "median", sorted[n / 2], "greatest", sorted[n - 1]);
    if (p->others) json_object_set_new(o, "rank_correlation", cli_json_real(p->stable[s]));
    free(sorted);
    return o;
}

static json_t *classes_json(const cli_prune *p)
{
    json_t *list = json_array();
    int64_t *count = calloc((size_t)(2 * p->part.classes + 1), sizeof *count);
    for (int64_t i = 0; count && i < p->part.n; i++) {
        count[2 * p->part.labels[i]]++;
        count[2 * p->part.labels[i] + 1] += p->kept[i];
    }
    for (int64_t y = 0; count && y < p->part.classes; y++)
        json_array_append_new(
            list, json_pack("{s:o,s:I,s:I}", "class",
                            cli_json_text(akin_dataset_class_name(p->set, AKIN_TARGET_AUTO, (int64_t)y)),
                            "items", (json_int_t)count[2 * y], "kept", (json_int_t)count[2 * y + 1]));
    free(count);
    return list;
}

json_t *cli_prune_json(const cli_prune *p)
{
    const int64_t n = p->part.n;
    json_t *root = json_pack("{s:o,s:o,s:I,s:I,s:I,s:{s:I,s:I,s:I},s:f}", "run", cli_json_text(p->run),
                             "data", cli_json_text(akin_dataset_name(p->set)), "step", (json_int_t)p->step,
                             "items", (json_int_t)n, "kept", (json_int_t)p->left, "dropped", "difficult",
                             (json_int_t)p->difficult, "copies", (json_int_t)p->copies, "random",
                             (json_int_t)p->random, "control", (double)(n - p->left) / (double)n);
    if (p->part.labels) json_object_set_new(root, "classes", classes_json(p));
    if (!p->d) return root;
    int64_t groups = 0, members = 0, copies = 0;
    const int64_t *group = akin_difficulty_groups(p->d);
    char *leads = calloc((size_t)n, 1);
    for (int64_t i = 0; i < n; i++) {
        copies += group[i] != i;
        members += akin_difficulty_members(p->d)[i];
        if (leads && group[i] != i && !leads[group[i]]) groups += leads[group[i]] = 1;
    }
    free(leads);
    json_t *scores = json_array();
    for (akin_score s = 0; s < AKIN_SCORES; s++) json_array_append_new(scores, score_json(p, s));
    json_object_set_new(root, "by", json_string(akin_score_name(p->by)));
    json_object_set_new(root, "layer", json_string(cli_text(p->args, "layer")));
    json_object_set_new(root, "draws", json_integer(cli_int(p->args, "draws")));
    json_object_set_new(root, "temperature", json_real(p->temperature));
    json_object_set_new(root, "copies",
                        json_pack("{s:I,s:I}", "groups", (json_int_t)groups, "items", (json_int_t)copies));
    json_object_set_new(root, "difficult_set",
                        json_pack("{s:s,s:I}", "by",
                                  p->part.labels && isfinite(akin_difficulty_score(p->d, AKIN_SCORE_GAP)[0])
                                      ? "gap"
                                      : "window",
                                  "items", (json_int_t)members));
    json_object_set_new(root, "scores", scores);
    if (p->others) json_object_set_new(root, "compared", json_integer(p->others));
    return root;
}
