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

static akin_json *score_json(const cli_prune *p, akin_score s)
{
    const int64_t n = p->part.n;
    const double *x = akin_difficulty_score(p->d, s);
    double *sorted = malloc((size_t)n * sizeof *sorted), mean = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i] / (double)n;
    if (!sorted || !isfinite(mean)) {
        free(sorted);
        return akin_json_pack("{s:s,s:n}", "name", akin_score_name(s), "mean");
    }
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    akin_json *o =
        akin_json_pack("{s:s,s:s,s:s,s:f,s:f,s:f,s:f}", "name", akin_score_name(s), "means",
                       akin_score_means(s), "difficult", akin_score_sign(s) > 0 ? "great" : "small", "mean",
                       mean, "least", sorted[0], "median", sorted[n / 2], "greatest", sorted[n - 1]);
    if (p->others) akin_json_put(o, "rank_correlation", cli_json_real(p->stable[s]));
    free(sorted);
    return o;
}

static akin_json *classes_json(const cli_prune *p)
{
    akin_json *list = akin_json_array();
    int64_t *count = calloc((size_t)(2 * p->part.classes + 1), sizeof *count);
    for (int64_t i = 0; count && i < p->part.n; i++) {
        count[2 * p->part.labels[i]]++;
        count[2 * p->part.labels[i] + 1] += p->kept[i];
    }
    for (int64_t y = 0; count && y < p->part.classes; y++)
        akin_json_append(
            list, akin_json_pack("{s:o,s:I,s:I}", "class",
                                 cli_json_text(akin_dataset_class_name(p->set, AKIN_TARGET_AUTO, (int64_t)y)),
                                 "items", (int64_t)count[2 * y], "kept", (int64_t)count[2 * y + 1]));
    free(count);
    return list;
}

akin_json *cli_prune_json(const cli_prune *p)
{
    const int64_t n = p->part.n;
    akin_json *root = akin_json_pack(
        "{s:o,s:o,s:I,s:I,s:I,s:{s:I,s:I,s:I},s:f}", "run", cli_json_text(p->run), "data",
        cli_json_text(akin_dataset_name(p->set)), "step", (int64_t)p->step, "items", (int64_t)n, "kept",
        (int64_t)p->left, "dropped", "difficult", (int64_t)p->difficult, "copies", (int64_t)p->copies,
        "random", (int64_t)p->random, "control", (double)(n - p->left) / (double)n);
    if (p->part.labels) akin_json_put(root, "classes", classes_json(p));
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
    akin_json *scores = akin_json_array();
    for (akin_score s = 0; s < AKIN_SCORES; s++) akin_json_append(scores, score_json(p, s));
    akin_json_put(root, "by", akin_json_text(akin_score_name(p->by)));
    akin_json_put(root, "layer", akin_json_text(cli_text(p->args, "layer")));
    akin_json_put(root, "draws", akin_json_int(cli_int(p->args, "draws")));
    akin_json_put(root, "temperature", akin_json_real(p->temperature));
    akin_json_put(root, "copies",
                  akin_json_pack("{s:I,s:I}", "groups", (int64_t)groups, "items", (int64_t)copies));
    akin_json_put(root, "difficult_set",
                  akin_json_pack("{s:s,s:I}", "by",
                                 p->part.labels && isfinite(akin_difficulty_score(p->d, AKIN_SCORE_GAP)[0])
                                     ? "gap"
                                     : "window",
                                 "items", (int64_t)members));
    akin_json_put(root, "scores", scores);
    if (p->others) akin_json_put(root, "compared", akin_json_int(p->others));
    return root;
}
