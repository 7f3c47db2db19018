/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_npy.c - vectors in .npy arrays [n,d], of one file or of several, with labels, groups
 * and times in other files of the folder; or in one .npz, with labels. */
#include "base/plain.h"
#include "base/path.h"
#include "files/class_names.h"
#include "files/npy_parts.h"
#include "files/npz.h"
#include "files/shard_list.h"
#include "files/records.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Values
 * ----------------------------------------------------------------------------------------------------- */

static akin_status check_shape(akin_vector_set *set, const ak_vector_split *split, const char *path,
                               const akin_array *a, akin_error *err)
{
    if (a->ndim == 3 || a->ndim == 4)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions, as images have; vectors are [n,d]", path,
                       a->ndim);
    if (a->ndim != 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimension%s%s; vectors are [n,d]", path, a->ndim,
                       a->ndim == 1 ? "" : "s", a->ndim == 1 ? " (labels?)" : "");
    if (a->count == 0) return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no rows: a dimension is 0", path);
    if (split != set->split && a->shape[1] != set->d)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has rows of %lld features, the training file of %lld", path,
                       (long long)a->shape[1], (long long)set->d);
    return ak_vectors_fit(set, a->shape[0], a->shape[1], err);
}

/* The value i of all of them is x, which float32 cannot hold. files: whose rows these are, NULL where path
 * has all. */
static akin_status bad_value(const akin_vector_set *set, const char *path, const ak_npy_parts *files,
                             int64_t i, double x, akin_error *err)
{
    int64_t of_file = i / set->d;
    if (files) path = ak_npy_parts_file(files, of_file, &of_file);
    const long long row = (long long)of_file, column = (long long)(i % set->d);
    if (isnan(x))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s': row %lld, column %lld (from 0) is missing (NaN); fill it in, or take --missing "
                       "mean or zero",
                       path, row, column);
    return ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld, column %lld (from 0) is %g; every value must be %s",
                   path, row, column, x, isfinite(x) ? "below 3.4e38, the range of float32" : "finite");
}

static bool is_bad(const akin_vector_set *set, float x)
{
    return !isfinite(x) && !(isnan(x) && set->opts.missing != AKIN_MISSING_REFUSE);
}

static akin_status check_values(const akin_vector_set *set, const ak_vector_split *s, const char *path,
                                const ak_npy_parts *files, const akin_array *a, akin_error *err)
{
    for (int64_t i = 0; i < a->count; i++)
        if (is_bad(set, s->x[i])) return bad_value(set, path, files, i, ak_array_real(a, i), err);
    return AKIN_OK;
}

static akin_status take_values(akin_vector_set *set, ak_vector_split *s, const char *path,
                               const ak_npy_parts *files, akin_array *a, akin_error *err)
{
    AK_TRY(check_shape(set, s, path, a, err));
    s->n = s->room = a->shape[0];
    set->d = a->shape[1];
    s->source = ak_alloc(sizeof *s->source, s->n, 1);
    s->x = ak_alloc(sizeof *s->x, s->n, set->d);
    if (!s->x || !s->source)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld values of '%s'", (long long)a->count,
                       path);
    for (int64_t i = 0; i < s->n; i++) s->source[i] = (int32_t)i;
    for (int64_t i = 0; i < a->count; i++) s->x[i] = (float)ak_array_real(a, i) + 0.0f; /* no -0 */
    return check_values(set, s, path, files, a, err);
}

typedef struct counters {
    int64_t d;
    float *before; /* [d] the row before; NaN: the column does not count */
} counters;

static akin_status find_counters(const float *x, int64_t first, int64_t n, void *ctx, akin_error *err)
{
    const counters *k = ctx;
    (void)err;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < k->d; c++) {
            const float value = x[i * k->d + c];
            const bool counts = first + i == 0 || (value == floorf(value) && value == k->before[c] + 1);
            k->before[c] = counts ? value : NAN;
        }
    return AKIN_OK;
}

/* Columns that count the rows stay, as an array has no names to leave them out by; but they are told. */
static akin_status tell_counters(akin_vector_set *set, const ak_vector_split *s, akin_error *err)
{
    enum { COUNTED_ROWS = 8 };
    if (s->n < COUNTED_ROWS || set->given.d) return AKIN_OK;
    counters k = { set->d, ak_alloc(sizeof *k.before, set->d, 1) };
    if (!k.before) return ak_no_memory(err, "for the columns of '%s'", set->name);
    const akin_status status = ak_vectors_walk(set, s, find_counters, &k, err);
    for (int64_t c = 0; c < set->d && !status; c++)
        if (!isnan(k.before[c]))
            ak_remark(&set->remarks,
                      "Column %lld (from 0) of '%s' counts the rows; if it is no feature, write the array "
                      "without it.",
                      (long long)c, set->name);
    free(k.before);
    return status;
}

static akin_status take_array(akin_vector_set *set, ak_vector_split *split, const char *path,
                              const ak_npy_parts *files, akin_array *a, akin_error *err)
{
    AK_TRY(take_values(set, split, path, files, a, err));
    if (split == set->split) AK_TRY(tell_counters(set, split, err));
    return ak_vectors_name_columns(set, err);
}

/* Rows that stay on disk --------------------------------------------------------------------------------- */

typedef struct checking {
    const akin_vector_set *set;
    const ak_vector_split *s;
    const char *path;
} checking;

static akin_status check_rows(const float *x, int64_t first, int64_t n, void *ctx, akin_error *err)
{
    const checking *k = ctx;
    const int64_t d = k->set->d;
    for (int64_t i = 0; i < n * d; i++) {
        akin_array a = ak_npy_parts_array(k->s->file);
        double raw;
        if (!is_bad(k->set, x[i])) continue;
        a.data = &raw;
        AK_TRY(ak_npy_parts_read(k->s->file, first * d + i, 1, &raw, err));
        return bad_value(k->set, k->path, k->s->file, first * d + i, ak_array_real(&a, 0), err);
    }
    return AKIN_OK;
}

static bool stays_on_disk(const akin_vector_set *set, const ak_npy_parts *file)
{
    const akin_array a = ak_npy_parts_array(file);
    return set->opts.cache >= 0 && a.ndim == 2 && ak_npy_parts_in_order(file) &&
           a.count > set->opts.cache / (int64_t)sizeof(float);
}

/* The split takes the file. */
static akin_status take_file(akin_vector_set *set, ak_vector_split *s, const char *path, ak_npy_parts *file,
                             akin_error *err)
{
    const akin_array a = ak_npy_parts_array(file);
    s->file = ak_npy_parts_share(file);
    AK_TRY(check_shape(set, s, path, &a, err));
    s->n = s->room = a.shape[0];
    set->d = a.shape[1];
    s->source = ak_alloc(sizeof *s->source, s->n, 1);
    if (!s->source) return ak_no_memory(err, "for the %lld rows of '%s'", (long long)s->n, path);
    for (int64_t i = 0; i < s->n; i++) s->source[i] = (int32_t)i;
    checking k = { set, s, path };
    AK_TRY(ak_vectors_walk(set, s, check_rows, &k, err));
    if (s == set->split) AK_TRY(tell_counters(set, s, err));
    return ak_vectors_name_columns(set, err);
}

akin_status ak_vectors_take_array(akin_vector_set *set, ak_vector_split *split, const char *path,
                                  akin_array *a, akin_error *err)
{
    return take_array(set, split, path, NULL, a, err);
}

/* Files beside
 * ------------------------------------------------------------------------------------------------ */

/* "dir/labels.npy" beside "dir/x.npy"; NULL in *to where there is no such file. */
static akin_status in_folder(const char *path, const char *what, char **to, akin_error *err)
{
    const size_t keep = (size_t)(ak_path_base(path) - path);
    *to = malloc(keep + strlen(what) + 1);
    if (!*to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the name of '%s'", path);
    sprintf(*to, "%.*s%s", (int)keep, path, what);
    bool there;
    const akin_status status = ak_look(*to, &there, NULL, err);
    if (there) return AKIN_OK;
    free(*to);
    *to = NULL;
    return status;
}

static akin_status wrong_count(akin_error *err, const char *path, int64_t count, const char *what, int64_t n)
{
    return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld %s for %lld rows", path, (long long)count, what,
                   (long long)n);
}

/* [n] or [n,1]; frees it otherwise. */
static akin_status check_column(const char *path, int64_t n, const char *what, akin_array *a, akin_error *err)
{
    if (a->ndim != 1 && !(a->ndim == 2 && a->shape[1] == 1)) {
        const akin_status status =
            ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; %s are [n] or [n,1]", path, a->ndim, what);
        akin_array_free(a);
        return status;
    }
    if (a->count == n) return AKIN_OK;
    const int64_t count = a->count;
    akin_array_free(a);
    return wrong_count(err, path, count, what, n);
}

static akin_status load_column(const char *path, int64_t n, const char *what, akin_array *a, akin_error *err)
{
    AK_TRY(akin_npy_load(path, a, err));
    return check_column(path, n, what, a, err);
}

/* Label or group i of an array as text: its number, or the name that this number has. */
static akin_status text_of(const char *path, const akin_array *a, int64_t i, const ak_class_list *names,
                           char number[40], const char **text, akin_error *err)
{
    const double x = ak_array_real(a, i);
    *text = number;
    if (!isfinite(x))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld (from 0) is %g; it must be a number", path,
                       (long long)i, x);
    if (a->dtype == AKIN_DTYPE_I64)
        snprintf(number, 40, "%lld", (long long)((const int64_t *)a->data)[i]);
    else
        ak_snprintf(number, 40, "%.17g", x);
    if (!names->n) return AKIN_OK;
    char beside[AK_CLASS_NAMES_PATH];
    ak_class_names_beside(path, beside);
    if (!*beside) snprintf(beside, sizeof beside, "classes"); /* of the same .npz */
    if (!(x >= 0 && x < (double)names->n) || x != floor(x))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld (from 0) is %s; '%s' has names for 0 to %lld",
                       path, (long long)i, number, beside, (long long)names->n - 1);
    *text = names->name[(int64_t)x];
    return AKIN_OK;
}

/* Labels or groups from an array: equal numbers are one label or group. */
static akin_status ids_of_array(akin_vector_set *set, const char *path, const akin_array *a,
                                const ak_class_list *names, bool label, int32_t *to, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < a->count && !status; i++) {
        char number[40];
        const char *text;
        status = text_of(path, a, i, names, number, &text, err);
        if (!status)
            status = label ? ak_vectors_label(set, text, strlen(text), &to[i], err)
                           : ak_vectors_group(set, text, strlen(text), &to[i], err);
    }
    return status;
}

static akin_status ids_of_npy(akin_vector_set *set, const char *path, int64_t n, bool label, int32_t *to,
                              akin_error *err)
{
    akin_array a;
    ak_class_list names = { .n = 0 };
    AK_TRY(load_column(path, n, label ? "labels" : "groups", &a, err));
    akin_status status = label ? ak_class_names_find(path, &names, err) : AKIN_OK;
    if (!status) status = ids_of_array(set, path, &a, &names, label, to, err);
    ak_class_list_free(&names);
    akin_array_free(&a);
    return status;
}

/* Labels from a text file, one a line. */
static akin_status ids_of_text(akin_vector_set *set, const char *path, int64_t n, int32_t *to,
                               akin_error *err)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 1, rows = 0;
    AK_TRY(ak_records_open(path, '\n', &r, err));
    akin_status status = AKIN_OK;
    while (!status && count > 0) {
        status = ak_records_next(r, &field, &count, err);
        if (status || count == 0) continue;
        if (rows < n) status = ak_vectors_label(set, field->text, field->length, &to[rows], err);
        rows++;
    }
    ak_records_close(r);
    if (!status && rows != n) status = wrong_count(err, path, rows, "labels", n);
    return status;
}

/* The files of one array, and what sentences call it. */
typedef struct arrays {
    const char *shown;
    char *const *path;
    int64_t n;
    ak_npy_parts *parts;
} arrays;

/* Of n rows, from one file. */
static akin_status ids_of_file(akin_vector_set *set, const char *path, int64_t n, bool label, int32_t *to,
                               akin_error *err)
{
    const size_t length = strlen(path);
    const bool npy = length > 4 && strcmp(path + length - 4, ".npy") == 0;
    if (npy || !label) return ids_of_npy(set, path, n, label, to, err);
    return ids_of_text(set, path, n, to, err);
}

/* The files of b are of all rows, or one of each file of rows. */
static akin_status take_ids(akin_vector_set *set, ak_vector_split *s, const arrays *from, const ak_beside *b,
                            bool label, akin_error *err)
{
    int32_t **to = label ? &s->labels : &s->groups;
    int64_t first = 0;
    *to = ak_alloc(sizeof **to, s->n, 1);
    if (!*to)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld rows of '%s'", (long long)s->n,
                       b->path[0]);
    for (int64_t k = 0; k < b->n; k++) {
        const int64_t n = b->n == 1 ? s->n : ak_npy_parts_rows(from->parts, k);
        AK_TRY(ids_of_file(set, b->path[k], n, label, *to + first, err));
        first += n;
    }
    return AKIN_OK;
}

static akin_status take_beside(akin_vector_set *set, ak_vector_split *s, const arrays *from, const char *what,
                               bool label, akin_error *err)
{
    ak_beside b;
    AK_TRY(ak_beside_find(from->path, from->n, what, &b, err));
    const akin_status status = b.n ? take_ids(set, s, from, &b, label, err) : AKIN_OK;
    ak_beside_free(&b);
    return status;
}

static akin_status take_labels_of(akin_vector_set *set, ak_vector_split *s, const arrays *from, char *file,
                                  akin_error *err)
{
    return take_ids(set, s, from, &(ak_beside){ .path = &file, .n = 1 }, true, err);
}

static akin_status find_labels(akin_vector_set *set, ak_vector_split *s, const arrays *from, akin_error *err)
{
    static const char *const NAMES[] = { "labels.npy", "labels.txt" };
    const char *asked = s == set->split ? set->opts.label_file : NULL;
    if (asked && strcmp(asked, "none") == 0) return AKIN_OK;
    if (asked) return take_labels_of(set, s, from, (char *)(uintptr_t)asked, err);
    for (int i = 0; i < 2 && !s->labels; i++) AK_TRY(take_beside(set, s, from, NAMES[i], true, err));
    for (int i = 0; i < 2 && !s->labels && s == set->split; i++) {
        char *file = NULL;
        AK_TRY(in_folder(from->path[0], NAMES[i], &file, err));
        const akin_status status = file ? take_labels_of(set, s, from, file, err) : AKIN_OK;
        free(file);
        if (status) return status;
    }
    return AKIN_OK;
}

static akin_status times_of_file(const char *path, int64_t n, double *to, akin_error *err)
{
    akin_array a;
    AK_TRY(load_column(path, n, "times", &a, err));
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < n && !status; i++) {
        to[i] = ak_array_real(&a, i);
        if (!isfinite(to[i]))
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld (from 0) is %g; it must be a time", path,
                             (long long)i, to[i]);
    }
    akin_array_free(&a);
    return status;
}

static akin_status take_times(ak_vector_split *s, const arrays *from, akin_error *err)
{
    ak_beside b;
    int64_t first = 0;
    AK_TRY(ak_beside_find(from->path, from->n, "times.npy", &b, err));
    if (b.n) s->times = ak_alloc(sizeof *s->times, s->n, 1);
    akin_status status = AKIN_OK;
    if (b.n && !s->times)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the times of '%s'", from->shown);
    for (int64_t k = 0; k < b.n && !status; k++) {
        const int64_t n = b.n == 1 ? s->n : ak_npy_parts_rows(from->parts, k);
        status = times_of_file(b.path[k], n, s->times + first, err);
        first += n;
    }
    ak_beside_free(&b);
    return status;
}

/* Numbers [n] or [n,count] of one file into to, which is made when the first one tells how many. */
static akin_status values_of_file(akin_vector_set *set, ak_vector_split *s, const char *path, int64_t first,
                                  int64_t n, akin_error *err)
{
    akin_array a;
    AK_TRY(akin_npy_load(path, &a, err));
    akin_status status = AKIN_OK;
    const int64_t count = a.ndim == 2 ? a.shape[1] : 1;
    if (a.ndim < 1 || a.ndim > 2 || a.shape[0] != n || count < 1)
        status = ak_fail(err, AKIN_ERR_SHAPE, "'%s' must be [%lld] or [%lld,values]", path, (long long)n,
                         (long long)n);
    if (!status) status = ak_vectors_count_values(set, count, path, err);
    if (!status && !s->values) s->values = ak_alloc(sizeof *s->values, s->n, count);
    if (!status && !s->values) status = ak_no_memory(err, "for the values of '%s'", path);
    for (int64_t i = 0; i < n * count && !status; i++) {
        const double x = s->values[first * count + i] = ak_array_real(&a, i);
        if (!isfinite(x))
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld (from 0) has %g; a value must be finite",
                             path, (long long)(i / count), x);
    }
    akin_array_free(&a);
    return status;
}

static akin_status take_continuous(akin_vector_set *set, ak_vector_split *s, const arrays *from,
                                   akin_error *err)
{
    ak_beside b;
    int64_t first = 0;
    AK_TRY(ak_beside_find(from->path, from->n, "values.npy", &b, err));
    akin_status status = AKIN_OK;
    for (int64_t k = 0; k < b.n && !status; k++) {
        const int64_t n = b.n == 1 ? s->n : ak_npy_parts_rows(from->parts, k);
        status = values_of_file(set, s, b.path[k], first, n, err);
        first += n;
    }
    ak_beside_free(&b);
    return status;
}

/* Of a series in several files each is a session, where no groups tell. */
static akin_status take_files(akin_vector_set *set, ak_vector_split *s, const arrays *from, akin_error *err)
{
    if (!set->opts.series || from->n == 1 || s->groups) return AKIN_OK;
    s->groups = ak_alloc(sizeof *s->groups, s->n, 1);
    if (!s->groups) return ak_no_memory(err, "for the sessions of '%s'", from->shown);
    for (int64_t k = 0, row = 0; k < from->n; k++) {
        const char *name = ak_path_base(from->path[k]);
        int32_t id = 0;
        AK_TRY(ak_vectors_group(set, name, strlen(name), &id, err));
        for (int64_t end = row + ak_npy_parts_rows(from->parts, k); row < end; row++) s->groups[row] = id;
    }
    return AKIN_OK;
}

static akin_status read_arrays(akin_vector_set *set, ak_vector_split *split, arrays *from, akin_error *err)
{
    akin_array a = { .data = NULL };
    AK_TRY(ak_npy_parts_open(from->path, from->n, &from->parts, err));
    const bool on_disk = stays_on_disk(set, from->parts);
    akin_status status = on_disk ? take_file(set, split, from->shown, from->parts, err)
                                 : ak_npy_parts_load(from->parts, &a, err);
    if (!status && !on_disk)
        status = take_array(set, split, from->shown, from->n > 1 ? from->parts : NULL, &a, err);
    akin_array_free(&a);
    if (!status) status = find_labels(set, split, from, err);
    if (!status) status = take_beside(set, split, from, "groups.npy", false, err);
    if (!status) status = take_times(split, from, err);
    if (!status) status = take_continuous(set, split, from, err);
    if (!status) status = take_files(set, split, from, err);
    ak_npy_parts_close(from->parts);
    return status;
}

akin_status ak_vectors_read_npy(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err)
{
    char *const file = (char *)(uintptr_t)path;
    return read_arrays(set, split, &(arrays){ .shown = path, .path = &file, .n = 1 }, err);
}

/* A range ------------------------------------------------------------------------------------------------ */

static akin_status read_part(akin_vector_set *set, const char *path, const ak_shard_list *list,
                             ak_part_name part, const char *name, akin_error *err)
{
    int64_t first = 0;
    const int64_t n = ak_shard_list_part(list, part, &first);
    if (n == 0) return AKIN_OK;
    ak_vector_split *split = &set->split[set->splits++];
    split->name = name;
    arrays from = { .shown = n == 1 ? list->path[first] : path, .path = list->path + first, .n = n };
    AK_TRY(read_arrays(set, split, &from, err));
    if (list->parts)
        ak_remark(&set->remarks, "By the names of their files %lld vectors are the part %s.",
                  (long long)split->n, name);
    int64_t rows = 0;
    for (int k = 0; k < set->splits; k++) rows += set->split[k].n;
    return ak_vectors_fit(set, rows, set->d, err);
}

akin_status ak_vectors_read_range(akin_vector_set *set, const char *path, akin_error *err)
{
    ak_shard_list list;
    int64_t first = 0;
    set->format = "npy";
    AK_TRY(ak_shard_list_of_files(path, &list, err));
    ak_shard_list_remark(&list, &set->remarks);
    const bool tests = ak_shard_list_part(&list, AK_PART_TEST, &first) > 0;
    akin_status status = read_part(set, path, &list, AK_PART_TRAIN, "train", err);
    if (!status && tests) status = read_part(set, path, &list, AK_PART_TEST, "test", err);
    if (!status && !tests) status = read_part(set, path, &list, AK_PART_VAL, "test", err);
    const int64_t left = ak_shard_list_part(&list, AK_PART_VAL, &first);
    if (!status && tests && left)
        ak_remark(&set->remarks,
                  "Left out: %lld file%s of '%s' for validation; of vectors a training and a test "
                  "part are read.",
                  (long long)left, left == 1 ? "" : "s", set->name);
    ak_shard_list_free(&list);
    return status;
}

/* A .npz ------------------------------------------------------------------------------------------------- */

static akin_status take_member_labels(akin_vector_set *set, ak_vector_split *s, const ak_npz *z,
                                      int64_t labels, const ak_class_list *names, akin_error *err)
{
    char shown[4096];
    akin_array a;
    AK_TRY(ak_npz_load(z, labels, &a, NULL, err));
    AK_TRY(check_column(ak_npz_shown(z, labels, shown), s->n, "labels", &a, err));
    s->labels = ak_alloc(sizeof *s->labels, s->n, 1);
    const akin_status status = s->labels
                                   ? ids_of_array(set, shown, &a, names, true, s->labels, err)
                                   : ak_no_memory(err, "for the %lld rows of '%s'", (long long)s->n, shown);
    akin_array_free(&a);
    return status;
}

static akin_status read_member(akin_vector_set *set, const ak_npz *z, ak_part_name part, bool test,
                               const ak_class_list *names, akin_error *err)
{
    const int64_t items = ak_npz_find(z, AK_NPZ_ITEMS, part), labels = ak_npz_find(z, AK_NPZ_LABELS, part);
    char shown[4096];
    akin_array a;
    ak_vector_split *s = &set->split[set->splits++];
    s->name = test ? "test" : "train";
    AK_TRY(ak_npz_load(z, items, &a, NULL, err));
    akin_status status = ak_vectors_take_array(set, s, ak_npz_shown(z, items, shown), &a, err);
    akin_array_free(&a);
    const bool none = set->opts.label_file && strcmp(set->opts.label_file, "none") == 0;
    return status || labels < 0 || none ? status : take_member_labels(set, s, z, labels, names, err);
}

static akin_status read_members(akin_vector_set *set, const ak_npz *z, akin_error *err)
{
    akin_names names = AKIN_NAMES_INIT;
    const bool test = ak_npz_find(z, AK_NPZ_ITEMS, AK_PART_TEST) >= 0;
    const bool val = !test && ak_npz_find(z, AK_NPZ_ITEMS, AK_PART_VAL) >= 0;
    const int64_t classes = ak_npz_find(z, AK_NPZ_CLASSES, AK_PART_TRAIN);
    AK_TRY(ak_npz_check(z, err));
    if (set->opts.label_file && strcmp(set->opts.label_file, "none") != 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "the labels of a .npz are in it; --label-file is for other files");
    if (classes >= 0) AK_TRY(ak_npz_texts(z, classes, &names, err));
    const ak_class_list list = { .n = names.n, .name = names.name };
    akin_status status = read_member(set, z, AK_PART_TRAIN, false, &list, err);
    if (!status && test) status = read_member(set, z, AK_PART_TEST, true, &list, err);
    if (!status && val) status = read_member(set, z, AK_PART_VAL, true, &list, err);
    if (!status && val)
        ak_remark(&set->remarks, "The arrays of '%s' for validation are the part test.", set->name);
    akin_names_free(&names);
    ak_npz_find(z, AK_NPZ_NAMES, AK_PART_TRAIN); /* of no use here, and nothing to be told */
    if (!status) ak_npz_tell_others(z, &set->remarks);
    return status;
}

akin_status ak_vectors_read_npz(akin_vector_set *set, const char *path, akin_error *err)
{
    ak_npz *z = NULL;
    set->format = "npy";
    AK_TRY(ak_npz_open(path, &z, err));
    const akin_status status = read_members(set, z, err);
    ak_npz_close(z);
    return status;
}
