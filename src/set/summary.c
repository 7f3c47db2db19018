/* SPDX-License-Identifier: Apache-2.0 */
/* set/summary.c - what a data set holds, counted: what is the same for every kind. */
#include "set/summary.h"

#include "akin/tool/dataset.h"

#include "base/plain.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Counting ---------------------------------------------------------------------------------------- */

static akin_status count_classes(akin_summary *s, int k, akin_error *err)
{
    const akin_split_view *part = &s->part[k];
    if (!part->labels) return AKIN_OK;
    s->count[k] = calloc((size_t)part->classes + 1, sizeof *s->count[k]);
    if (!s->count[k])
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to count %" PRId64 " classes", part->classes);
    for (int64_t i = 0; i < part->n; i++)
        if (part->labels[i] >= 0) s->count[k][part->labels[i]]++;
    return AKIN_OK;
}

static akin_status count(akin_summary *s, akin_error *err)
{
    s->splits = akin_dataset_split_count(s->set);
    for (int k = 0; k < s->splits; k++) {
        s->name[k] = akin_dataset_split_name(s->set, k);
        s->part[k] = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
        AK_TRY(ak_dataset_part(s->set, s->name[k], &s->part[k], err));
        AK_TRY(count_classes(s, k, err));
        s->total += s->part[k].n;
    }
    s->classes = s->part[0].classes;
    ak_glance seen;
    AK_TRY(ak_glance_at(s->set, &seen, err));
    s->recipe = ak_glance_recipe(s->set, &seen, s->why);
    return s->set->kind->summary->count(s, err);
}

akin_status akin_summary_create(const akin_dataset *set, akin_summary **out, akin_error *err)
{
    if (!set || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "summary: set and out must not be NULL");
    akin_summary *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a summary");
    s->set = set;
    const akin_status status = count(s, err);
    if (status)
        akin_summary_free(s);
    else
        *out = s;
    return status;
}

void akin_summary_free(akin_summary *s)
{
    if (!s) return;
    for (int k = 0; k < AK_SUMMARY_SPLITS; k++) free(s->count[k]);
    akin_duplicates_free(s->copies);
    free(s->more);
    free(s);
}

void ak_summary_count_pairs(akin_summary *s)
{
    s->pairs = akin_duplicates_count(s->copies);
    for (int64_t i = 0; i < s->pairs; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->copies, i);
        const int32_t *a = s->part[d->split].labels, *b = s->part[d->first_split].labels;
        s->shared[d->split][d->first_split]++;
        s->conflicts += a && b && a[d->item] != b[d->first];
    }
}

const char *ak_summary_class(const akin_summary *s, int64_t k)
{
    const char *name = ak_dataset_label_name(s->set, k);
    return name ? name : "";
}

/* JSON -------------------------------------------------------------------------------------------- */

akin_json *akin_summary_json(const akin_summary *s, const char *path)
{
    akin_json *root = s->set->kind->summary->json(s, path);
    if (root && s->recipe)
        akin_json_put(root, "recipe", akin_json_pack("{s:s,s:s}", "name", s->recipe, "why", s->why));
    return root;
}

akin_json *ak_summary_json_classes(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    for (int64_t k = 0; k < s->classes; k++) akin_json_append(list, akin_json_text(ak_summary_class(s, k)));
    return list;
}

akin_json *ak_summary_json_remarks(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(s->set, i)) != NULL; i++)
        akin_json_append(list, akin_json_text(line));
    return list;
}

akin_json *ak_summary_json_splits(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    for (int k = 0; k < s->splits; k++) {
        akin_json *counts = s->count[k] ? akin_json_array() : akin_json_null();
        for (int64_t c = 0; s->count[k] && c < s->classes; c++)
            akin_json_append(counts, akin_json_int(s->count[k][c]));
        akin_json_append(list, akin_json_pack("{s:s,s:I,s:b,s:o}", "name", s->name[k], "n", s->part[k].n,
                                              "labels", s->count[k] != NULL, "class_counts", counts));
    }
    return list;
}

akin_json *ak_summary_json_copies(const akin_summary *s,
                                  akin_json *(*item)(const akin_summary *s, int split, int64_t item))
{
    akin_json *within = akin_json_object(), *across = akin_json_array(), *examples = akin_json_array();
    for (int a = 0; a < s->splits; a++) {
        akin_json_put(within, s->name[a], akin_json_int(s->shared[a][a]));
        for (int b = 0; b < a; b++)
            akin_json_append(across, akin_json_pack("{s:s,s:s,s:I}", "split", s->name[a], "also_in",
                                                    s->name[b], "count", s->shared[a][b]));
    }
    for (int64_t i = 0; i < s->pairs && i < AK_SUMMARY_EXAMPLES; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->copies, i);
        akin_json_append(examples, akin_json_pack("{s:o,s:o}", "item", item(s, d->split, d->item), "same_as",
                                                  item(s, d->first_split, d->first)));
    }
    return akin_json_pack("{s:o,s:o,s:I,s:o}", "within", within, "across", across, "conflicting_labels",
                          s->conflicts, "examples", examples);
}

/* Text -------------------------------------------------------------------------------------------- */

akin_status akin_summary_text(const akin_summary *s, char **text, akin_error *err)
{
    AK_GIVEN(s, err);
    AK_GIVEN(text, err);
    char *lines = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&lines, &bytes);
    if (to) s->set->kind->summary->print(s, to);
    if (to && s->recipe) fprintf(to, "  recipe       %s (--recipe auto): %s\n", s->recipe, s->why);
    const bool fine = to && !ferror(to);
    if (to && fclose(to) == 0 && fine && lines) { /* glibc may close it without memory for the text */
        *text = lines;
        return AKIN_OK;
    }
    free(lines);
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the text of a summary");
}

const char *akin_show_number(int64_t x, char to[32])
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%" PRId64, x);
    int at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) to[at++] = ',';
        to[at++] = digits[i];
    }
    to[at] = 0;
    return to;
}

int akin_show_columns(const char *text) { return ak_text_columns(text); }

void ak_summary_print_splits(const akin_summary *s, FILE *to)
{
    char a[32];
    fprintf(to, "  splits      ");
    for (int k = 0; k < s->splits; k++)
        fprintf(to, "%s %s %s", k ? "," : "", s->name[k], akin_show_number(s->part[k].n, a));
}

void ak_summary_print_labels(const akin_summary *s, bool grouped, FILE *to)
{
    char a[32];
    fprintf(to, "  labels       ");
    if (s->classes == 0) {
        fprintf(to, "none (training needs none)\n");
        return;
    }
    if (grouped)
        fprintf(to, "%s", akin_show_number(s->classes, a));
    else
        fprintf(to, "%" PRId64, s->classes);
    fprintf(to, " class%s", s->classes == 1 ? "" : "es");
    for (int k = 0; k < s->splits; k++)
        if (!s->count[k]) fprintf(to, "; none in %s", s->name[k]);
    fputc('\n', to);
}

void ak_summary_print_memory(const akin_summary *s, FILE *to)
{
    const bool small = s->bytes < 1 << 20;
    ak_fprintf(to, "  memory       %.1f %s", (double)s->bytes * (small ? 0x1p-10 : 0x1p-20),
               small ? "KiB" : "MiB");
}

/* The columns of one class. */
static void print_class(const akin_summary *s, int64_t c, int width, FILE *to)
{
    char name[AK_SUMMARY_NAME], a[32];
    const char *text = akin_show_name(ak_summary_class(s, c), name, sizeof name);
    fprintf(to, "  %s%*s", text, width - akin_show_columns(text), "");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) fprintf(to, "  %9s", akin_show_number(s->count[k][c], a));
    fputc('\n', to);
}

void ak_summary_print_remarks(const akin_summary *s, FILE *to)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(s->set, i)) != NULL; i++)
        fprintf(to, "  remark       %s\n", line);
}

void ak_summary_print_classes(const akin_summary *s, FILE *to)
{
    if (s->classes == 0) return;
    int width = 11;
    const int64_t shown = s->classes <= AK_SUMMARY_CLASSES ? s->classes : AK_SUMMARY_CLASSES - 2;
    for (int64_t c = 0; c < shown; c++) {
        char name[AK_SUMMARY_NAME];
        const int wide = akin_show_columns(akin_show_name(ak_summary_class(s, c), name, sizeof name));
        if (wide > width) width = wide;
    }
    fprintf(to, "\n  %-*s", width, "class");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) fprintf(to, "  %9s", s->name[k]);
    fputc('\n', to);
    for (int64_t c = 0; c < shown; c++) print_class(s, c, width, to);
    if (shown < s->classes)
        fprintf(to, "  ... and %" PRId64 " more (--json lists all)\n", s->classes - shown);
}

void ak_summary_print_copies(const akin_summary *s, ak_summary_name_fn *name, FILE *to)
{
    enum { SHOWN = 5 };
    char a[32], item[AK_SUMMARY_ITEM], first[AK_SUMMARY_ITEM], clean[2][AK_SUMMARY_ITEM];
    for (int k = 0; k < s->splits; k++) {
        fprintf(to, "    %-10s %9s within\n", s->name[k], akin_show_number(s->shared[k][k], a));
        for (int b = 0; b < k; b++)
            if (s->shared[k][b])
                fprintf(to, "    %-10s %9s also in %s: evaluation on %s is too good by what they give\n",
                        s->name[k], akin_show_number(s->shared[k][b], a), s->name[b], s->name[k]);
    }
    if (s->conflicts)
        fprintf(to, "    %s of the pairs have different labels\n", akin_show_number(s->conflicts, a));
    for (int64_t i = 0; i < s->pairs && i < SHOWN; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->copies, i);
        fprintf(to, "    %s = %s\n",
                akin_show_name(name(s, d->split, d->item, item), clean[0], sizeof clean[0]),
                akin_show_name(name(s, d->first_split, d->first, first), clean[1], sizeof clean[1]));
    }
    if (s->pairs > SHOWN) fprintf(to, "    ...\n");
}
