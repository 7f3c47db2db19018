/* SPDX-License-Identifier: Apache-2.0 */
/* set/summary_vectors.c - the summary of feature vectors: columns, missing values, copies of rows. */
#include "base/plain.h"
#include "set/summary.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_COLUMNS = 20 };

static akin_vectors rows_of(const akin_summary *s, int split)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    (void)akin_vectors_split(s->set->set, s->name[split], &v, NULL); /* there is one of that name */
    return v;
}

static akin_status count(akin_summary *s, akin_error *err)
{
    s->bytes = s->total * akin_vectors_width(s->set->set) * 4;
    AK_TRY(akin_vectors_duplicates(s->set->set, &s->copies, err));
    ak_summary_count_pairs(s);
    return AKIN_OK;
}

/* Columns that hold one value only. */
static int64_t constant_columns(const akin_summary *s)
{
    int64_t n = 0;
    const akin_vector_column *c;
    for (int64_t i = 0; (c = akin_vectors_column_at(s->set->set, i)) != NULL; i++) n += c->min == c->max;
    return n;
}

/* JSON -------------------------------------------------------------------------------------------- */

static akin_json *columns_json(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    const akin_vector_column *c;
    for (int64_t i = 0; (c = akin_vectors_column_at(s->set->set, i)) != NULL; i++)
        akin_json_append(list, akin_json_pack("{s:o,s:f,s:f,s:f,s:f,s:I}", "name", akin_json_text(c->name),
                                              "mean", c->mean, "std", c->std, "min", c->min, "max", c->max,
                                              "missing", c->missing));
    return list;
}

/* Columns of the table that are nothing in the set. */
static akin_json *left_out_json(const akin_vector_layout *l)
{
    akin_json *list = akin_json_array();
    for (int64_t c = 0; c < l->columns; c++)
        if (l->role[c] == AKIN_ROLE_LEFT_OUT) akin_json_append(list, akin_json_text(l->name[c]));
    return list;
}

static akin_json *row_json(const akin_summary *s, int split, int64_t item)
{
    return akin_json_pack("{s:s,s:I,s:I}", "split", s->name[split], "row", item, "source",
                          (int64_t)rows_of(s, split).source[item]);
}

static akin_json *json(const akin_summary *s, const char *path)
{
    const akin_vector_set *set = s->set->set;
    const akin_vectors v = rows_of(s, 0);
    akin_json *values = akin_json_array();
    for (int64_t k = 0; k < v.value_count; k++)
        akin_json_append(values, akin_json_text(akin_vectors_value_name(set, k)));
    akin_json *all = akin_json_pack(
        "{s:o,s:o,s:s,s:s,s:s,s:I,s:I,s:b,s:o,s:o,s:o,s:b,s:I,s:I,s:o,s:o,s:b,s:I,s:o,s:o}", "path",
        akin_json_text(path), "name", akin_json_text(akin_vectors_name(set)), "kind", s->set->kind->name,
        "format", akin_vectors_format(set), "fingerprint", akin_vectors_fingerprint(set), "n", s->total, "d",
        akin_vectors_width(set), "labels", s->classes > 0, "classes", ak_summary_json_classes(s), "splits",
        ak_summary_json_splits(s), "groups", v.groups ? akin_json_int(v.group_count) : akin_json_null(),
        "times", v.times != NULL, "missing", akin_vectors_missing(set), "constant_columns",
        constant_columns(s), "columns", columns_json(s), "left_out", left_out_json(akin_vectors_layout(set)),
        "header", (int)akin_vectors_layout(set)->header, "memory_bytes", s->bytes, "duplicates",
        ak_summary_json_copies(s, row_json), "remarks", ak_summary_json_remarks(s));
    akin_json_put(all, "values", values);
    return all;
}

/* Text -------------------------------------------------------------------------------------------- */

static const char *format_of(const akin_summary *s)
{
    static const char *const names[][2] = { { "npy", "NumPy arrays" },
                                            { "csv", "a table" },
                                            { "libsvm", "libsvm" },
                                            { "own", "rows of a program" } };
    const char *format = akin_vectors_format(s->set->set);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], format) == 0) return names[i][1];
    return format;
}

static void print_what(const akin_summary *s, FILE *to)
{
    char a[32], b[32], name[AK_SUMMARY_NAME];
    const akin_vector_set *set = s->set->set;
    const akin_vectors v = rows_of(s, 0);
    const int64_t d = akin_vectors_width(set), missing = akin_vectors_missing(set);
    fprintf(to, "%s: vectors (%s)\n\n", akin_show_name(akin_vectors_name(set), name, sizeof name),
            format_of(s));
    fprintf(to, "  rows         %s of %s feature%s\n", akin_show_number(s->total, a), akin_show_number(d, b),
            d == 1 ? "" : "s");
    ak_summary_print_splits(s, to);
    fputc('\n', to);
    ak_summary_print_labels(s, true, to);
    if (v.groups) fprintf(to, "  groups       %s\n", akin_show_number(v.group_count, a));
    if (v.times) fprintf(to, "  times        rows are ordered by time%s\n", v.groups ? " in a group" : "");
    if (v.values) {
        fprintf(to, "  values      ");
        for (int64_t k = 0; k < v.value_count; k++)
            fprintf(to, "%s %s", k ? "," : "",
                    akin_show_name(akin_vectors_value_name(set, k), name, sizeof name));
        fputc('\n', to);
    }
    fprintf(to, "  missing      %s\n", missing ? akin_show_number(missing, a) : "none");
    ak_summary_print_memory(s, to);
    fprintf(to, "\n  fingerprint  %s\n", akin_vectors_fingerprint(set));
    ak_summary_print_remarks(s, to);
}

static void print_constant(const akin_summary *s, FILE *to)
{
    char name[AK_SUMMARY_NAME];
    const akin_vector_column *c;
    const int64_t constant = constant_columns(s);
    int64_t told = 0;
    if (constant == 0) return;
    fprintf(to, "  never change:");
    for (int64_t i = 0; told < SHOWN_COLUMNS && (c = akin_vectors_column_at(s->set->set, i)) != NULL; i++)
        if (c->min == c->max)
            fprintf(to, "%s %s", told++ ? "," : "", akin_show_name(c->name, name, sizeof name));
    fprintf(to, "%s\n", constant > SHOWN_COLUMNS ? ", ..." : "");
}

static void print_columns(const akin_summary *s, FILE *to)
{
    enum { WIDE = 20 };
    char name[WIDE + 1], a[32];
    const akin_vector_column *c;
    const int64_t d = akin_vectors_width(s->set->set);
    fprintf(to, "\n  %-20s  %11s  %11s  %11s  %11s  %9s\n", "column (train)", "mean", "deviation", "least",
            "largest", "missing");
    for (int64_t i = 0; i < SHOWN_COLUMNS && (c = akin_vectors_column_at(s->set->set, i)) != NULL; i++) {
        const char *text = akin_show_name(c->name, name, sizeof name);
        ak_fprintf(to, "  %s%*s  %11.5g  %11.5g  %11.5g  %11.5g  %9s\n", text, WIDE - akin_show_columns(text),
                   "", c->mean, c->std, c->min, c->max, c->missing ? akin_show_number(c->missing, a) : "-");
    }
    if (d > SHOWN_COLUMNS) fprintf(to, "  ... and %" PRId64 " more (--json lists all)\n", d - SHOWN_COLUMNS);
    print_constant(s, to);
}

static const char *name_of(const akin_summary *s, int split, int64_t item, char to[AK_SUMMARY_ITEM])
{
    snprintf(to, AK_SUMMARY_ITEM, "%s/%" PRId64, s->name[split], item);
    return to;
}

static void print(const akin_summary *s, FILE *to)
{
    char a[32];
    print_what(s, to);
    ak_summary_print_classes(s, to);
    print_columns(s, to);
    fprintf(to, "\n  duplicates   ");
    if (s->pairs == 0) {
        fprintf(to, "none: no two rows are the same\n");
        return;
    }
    fprintf(to, "%s row%s an earlier one\n", akin_show_number(s->pairs, a),
            s->pairs == 1 ? " repeats" : "s repeat");
    ak_summary_print_copies(s, name_of, to);
}

const ak_summary_form ak_summary_of_vectors = { count, json, print };
