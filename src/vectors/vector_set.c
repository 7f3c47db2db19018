/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vector_set.c - a set of vectors in memory: how it grows, what it tells of itself, and its end. */
#include "vectors/vector_set.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* While it is read
 * ------------------------------------------------------------------------------------------- */

akin_status ak_vectors_fit(const akin_vector_set *set, int64_t n, int64_t d, akin_error *err)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const double have = pages > 0 && page > 0 ? (double)pages * (double)page : 0x1p40;
    const double asked = (double)set->opts.max_values, half = have / 8;
    const double most = asked > 0 ? asked : half;
    if (n > INT32_MAX - 1)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has more than %d rows, which is the limit", set->name,
                       INT32_MAX - 1);
    if (d < 1 || d > AK_VECTOR_WIDTH)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has rows of %lld features; 1 to %d are read", set->name,
                       (long long)d, AK_VECTOR_WIDTH);
    if ((double)n * (double)d <= most || set->split[0].file) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "'%s' has at least %lld rows of %lld features: %.2f GiB as float32; the limit %s is %.2f GiB",
        set->name, (long long)n, (long long)d, (double)n * (double)d * 0x1p-28,
        asked > 0 ? "that was asked for" : "on this machine, half of its memory,", most * 0x1p-28);
}

static bool resize(void *array, size_t item, int64_t room)
{
    void *old, *more;
    memcpy(&old, array, sizeof old);
    more = realloc(old, item * (size_t)room);
    if (more) memcpy(array, &more, sizeof more);
    return more != NULL;
}

akin_status ak_vectors_grow(const akin_vector_set *set, ak_vector_split *s, int what, akin_error *err)
{
    if (s->n < s->room) return AKIN_OK;
    AK_TRY(ak_vectors_fit(set, s->n + 1, set->d ? set->d : 1, err));
    const int64_t room = s->room ? s->room + s->room / 2 + 1 : 256;
    bool fine = !set->d || resize(&s->x, sizeof *s->x * (size_t)set->d, room);
    fine = fine && resize(&s->source, sizeof *s->source, room);
    if (what & AK_VECTOR_LABELS) fine = fine && resize(&s->labels, sizeof *s->labels, room);
    if (what & AK_VECTOR_GROUPS) fine = fine && resize(&s->groups, sizeof *s->groups, room);
    if (what & AK_VECTOR_TIMES) fine = fine && resize(&s->times, sizeof *s->times, room);
    if (what & AK_VECTOR_VALUES)
        fine = fine && resize(&s->values, sizeof *s->values * (size_t)set->value_count, room);
    if (!fine)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld rows of '%s'", (long long)room, set->name);
    s->room = room;
    return AKIN_OK;
}

static akin_status no_memory_for(const char *what, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for another %s", what);
}

akin_status ak_vectors_label(akin_vector_set *set, const char *text, size_t length, int32_t *id,
                             akin_error *err)
{
    *id = (int32_t)ak_names_add(&set->label_names, text, (int64_t)length);
    if (*id < 0) return no_memory_for("class", err);
    if (*id < AK_VECTOR_CLASSES) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_INPUT,
        "there are more than %d different labels; a column of classes is needed, not of numbers to "
        "predict (none: learn without labels)",
        AK_VECTOR_CLASSES);
}

akin_status ak_vectors_group(akin_vector_set *set, const char *text, size_t length, int32_t *id,
                             akin_error *err)
{
    *id = (int32_t)ak_names_add(&set->group_names, text, (int64_t)length);
    return *id < 0 ? no_memory_for("group", err) : AKIN_OK;
}

akin_status ak_vectors_count_values(akin_vector_set *set, int64_t count, const char *who, akin_error *err)
{
    if (set->value_names && set->value_count != count)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld values a row, train has %lld", who,
                       (long long)count, (long long)set->value_count);
    if (set->value_names) return AKIN_OK;
    if (count > AK_VECTOR_VALUE_COUNT)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld values a row; at most %d are possible", who,
                       (long long)count, AK_VECTOR_VALUE_COUNT);
    set->value_names = ak_alloc(sizeof *set->value_names, count, 1);
    bool fine = set->value_names != NULL;
    set->value_count = fine ? count : 0;
    for (int64_t k = 0; k < count && fine; k++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)k + 1);
        set->value_names[k] = strdup(number);
        fine = set->value_names[k] != NULL;
    }
    return fine ? AKIN_OK : ak_no_memory(err, "for the names of %lld values", (long long)count);
}

akin_status ak_vectors_name_columns(akin_vector_set *set, akin_error *err)
{
    if (set->column_names) return AKIN_OK;
    set->column_names = ak_alloc(sizeof *set->column_names, set->d, 1);
    bool fine = set->column_names != NULL;
    for (int64_t c = 0; c < set->d && fine; c++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)c + 1);
        set->column_names[c] = strdup(number);
        fine = set->column_names[c] != NULL;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld columns", (long long)set->d);
}

/* Once it is open
 * -------------------------------------------------------------------------------------------- */

void akin_vectors_free(akin_vector_set *set)
{
    if (!set) return;
    for (int k = 0; k < AK_VECTOR_SPLITS; k++) {
        ak_vector_split *s = &set->split[k];
        void *const owned[] = { s->x,     s->labels,      s->groups, s->times, s->source,      s->order,
                                s->place, s->group_start, s->origin, s->piece, s->piece_start, s->values };
        for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
        ak_npy_parts_close(s->file);
        free(s->hash);
    }
    for (int64_t c = 0; set->column_names && c < set->d; c++) free(set->column_names[c]);
    for (int64_t k = 0; set->class_names && k < set->classes; k++) free(set->class_names[k]);
    for (int64_t k = 0; set->value_names && k < set->value_count; k++) free(set->value_names[k]);
    free(set->value_names);
    for (int64_t c = 0; set->file_column && c < set->layout.columns; c++) free(set->file_column[c]);
    free(set->file_column);
    free(set->file_role);
    free(set->column_names);
    free(set->class_names);
    free(set->fill);
    free(set->mean);
    free(set->std);
    free(set->column);
    ak_names_free(&set->group_names);
    ak_remarks_free(&set->remarks);
    free(set);
}

int akin_vectors_splits(const akin_vector_set *set) { return set->splits; }

const char *akin_vectors_split_name(const akin_vector_set *set, int split)
{
    return split >= 0 && split < set->splits ? set->split[split].name : NULL;
}

static akin_status fetch(const void *from, int64_t row, int64_t first, int64_t count, float *out,
                         akin_error *err)
{
    const ak_vector_split *s = from;
    if (first == 0 && count == s->set->d) return ak_vectors_read_row(s->set, s, row, out, err);
    return ak_vectors_read_values(s->set, s, row, first, count, out, err);
}

akin_status akin_vectors_split(const akin_vector_set *set, const char *name, akin_vectors *out,
                               akin_error *err)
{
    if (!set || !name || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_split: set, split and rows must not be NULL");
    for (int k = 0; k < set->splits; k++) {
        const ak_vector_split *s = &set->split[k];
        if (strcmp(s->name, name) != 0) continue;
        const akin_vectors rows = { .struct_size = sizeof rows,
                                    .x = s->x,
                                    .n = s->n,
                                    .d = set->d,
                                    .labels = s->labels,
                                    .classes = set->classes,
                                    .groups = s->groups,
                                    .group_count = set->groups,
                                    .times = s->times,
                                    .source = s->source,
                                    .order = s->order,
                                    .place = s->place,
                                    .group_start = s->group_start,
                                    .origin = s->origin,
                                    .fetch = fetch,
                                    .from = s,
                                    .series = set->series,
                                    .pieces = s->pieces,
                                    .piece = s->piece,
                                    .piece_start = s->piece_start,
                                    .values = s->values,
                                    .value_count = s->values ? set->value_count : 0 };
        return ak_result_export(out, &rows, "vectors_split", err);
    }
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has %s%s", set->name, name,
                   set->split[0].name,
                   set->splits > 1 ? " and test" : " only (a holdout makes a part of it the test split)");
}

void ak_vectors_neighbours(const akin_vectors *v, int64_t row, int64_t window, int64_t *first, int64_t *count)
{
    const int64_t group = v->groups ? v->groups[row] : 0, at = v->place[row];
    const int64_t begin = v->group_start[group], end = v->group_start[group + 1];
    const bool whole = window < 0;
    const int64_t low = whole || at - begin < window ? begin : at - window;
    const int64_t high = whole || end - 1 - at < window ? end : at + window + 1;
    *first = low;
    *count = high - low;
}

const char *akin_vectors_name(const akin_vector_set *set) { return set->name; }
const char *akin_vectors_format(const akin_vector_set *set) { return set->format; }
const char *akin_vectors_fingerprint(const akin_vector_set *set) { return set->fingerprint; }

const char *akin_vectors_full_fingerprint(const akin_vector_set *set)
{
    return set->full[0] ? set->full : set->fingerprint;
}

int64_t akin_vectors_full_rows(const akin_vector_set *set)
{
    return set->full[0] ? set->full_rows : set->split[0].n;
}

const char *akin_vectors_remark(const akin_vector_set *set, int64_t i)
{
    return ak_remark_at(&set->remarks, i);
}
int64_t akin_vectors_width(const akin_vector_set *set) { return set->d; }
int64_t akin_vectors_missing(const akin_vector_set *set) { return set->missing; }

const char *akin_vectors_class_name(const akin_vector_set *set, int64_t k)
{
    return k >= 0 && k < set->classes ? set->class_names[k] : NULL;
}

const char *akin_vectors_group_name(const akin_vector_set *set, int64_t g)
{
    return g >= 0 && g < set->group_names.n ? ak_names_text(&set->group_names, g) : NULL;
}

const char *akin_vectors_value_name(const akin_vector_set *set, int64_t k)
{
    return k >= 0 && k < set->value_count ? set->value_names[k] : NULL;
}

const akin_vector_layout *akin_vectors_layout(const akin_vector_set *set) { return &set->layout; }
const akin_vector_scale *akin_vectors_scale(const akin_vector_set *set) { return &set->scale; }

const akin_vector_column *akin_vectors_column_at(const akin_vector_set *set, int64_t c)
{
    return c >= 0 && c < set->d ? &set->column[c] : NULL;
}
