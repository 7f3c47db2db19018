/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_npy.c - vectors in .npy arrays [n,d], with labels, groups and times in other files of the
 * folder; or in one .npz, with labels. */
#include "base/plain.h"
#include "base/path.h"
#include "files/class_names.h"
#include "files/npy.h"
#include "files/npz.h"
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

static akin_status check_values(const akin_vector_set *set, const ak_vector_split *s, const char *path,
                                const akin_array *a, akin_error *err)
{
    for (int64_t i = 0; i < a->count; i++) {
        if (isfinite(s->x[i]) || (isnan(s->x[i]) && set->opts.missing != AKIN_MISSING_REFUSE)) continue;
        const double x = ak_array_real(a, i);
        const long long row = (long long)(i / set->d), column = (long long)(i % set->d);
        if (isnan(x))
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "'%s': row %lld, column %lld (from 0) is missing (NaN); fill it in, or take --missing mean "
                "or zero",
                path, row, column);
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s': row %lld, column %lld (from 0) is %g; every value must be %s", path, row,
                       column, x, isfinite(x) ? "below 3.4e38, the range of float32" : "finite");
    }
    return AKIN_OK;
}

static akin_status take_values(akin_vector_set *set, ak_vector_split *s, const char *path, akin_array *a,
                               akin_error *err)
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
    return check_values(set, s, path, a, err);
}

/* Columns that count the rows stay, as an array has no names to leave them out by; but they are told. */
static void tell_counters(akin_vector_set *set, const ak_vector_split *s)
{
    enum { COUNTED_ROWS = 8 };
    const int64_t d = set->d;
    if (s->n < COUNTED_ROWS || set->given.d) return;
    for (int64_t c = 0; c < d; c++) {
        const float *x = s->x + c;
        int64_t i = 1;
        while (i < s->n && x[i * d] == floorf(x[i * d]) && x[i * d] == x[(i - 1) * d] + 1) i++;
        if (i == s->n)
            ak_remark(&set->remarks,
                      "Column %lld (from 0) of '%s' counts the rows; if it is no feature, write the array "
                      "without it.",
                      (long long)c, set->name);
    }
}

akin_status ak_vectors_take_array(akin_vector_set *set, ak_vector_split *split, const char *path,
                                  akin_array *a, akin_error *err)
{
    AK_TRY(take_values(set, split, path, a, err));
    if (split == set->split) tell_counters(set, split);
    return ak_vectors_name_columns(set, err);
}

/* Files beside
 * ------------------------------------------------------------------------------------------------ */

/* The path of a file beside: "dir/x.npy" -> "dir/x-labels.npy", or "dir/labels.npy" when whole. NULL in *to
 * where there is no such file. */
static akin_status beside(const char *path, const char *what, bool whole, char **to, akin_error *err)
{
    const size_t n = strlen(path), dot = n > 4 && strcmp(path + n - 4, ".npy") == 0 ? n - 4 : n;
    const char *slash = strrchr(path, '/');
    const size_t keep = whole ? (slash ? (size_t)(slash - path) + 1 : 0) : dot;
    *to = malloc(keep + strlen(what) + 2);
    if (!*to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the name of '%s'", path);
    sprintf(*to, "%.*s%s%s", (int)keep, path, whole ? "" : "-", what);
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

static akin_status take_ids(akin_vector_set *set, ak_vector_split *s, const char *path, bool label,
                            akin_error *err)
{
    int32_t **to = label ? &s->labels : &s->groups;
    const size_t n = strlen(path);
    *to = ak_alloc(sizeof **to, s->n, 1);
    if (!*to)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld rows of '%s'", (long long)s->n, path);
    const bool npy = n > 4 && strcmp(path + n - 4, ".npy") == 0;
    if (npy || !label) return ids_of_npy(set, path, s->n, label, *to, err);
    return ids_of_text(set, path, s->n, *to, err);
}

static akin_status find_labels(akin_vector_set *set, ak_vector_split *s, const char *path, akin_error *err)
{
    static const char *const NAMES[] = { "labels.npy", "labels.txt" };
    const char *asked = s == set->split ? set->opts.label_file : NULL;
    if (asked && strcmp(asked, "none") == 0) return AKIN_OK;
    if (asked) return take_ids(set, s, asked, true, err);
    for (int i = 0; i < (s == set->split ? 4 : 2) && !s->labels; i++) {
        char *file = NULL;
        AK_TRY(beside(path, NAMES[i % 2], i >= 2, &file, err));
        const akin_status status = file ? take_ids(set, s, file, true, err) : AKIN_OK;
        free(file);
        if (status) return status;
    }
    return AKIN_OK;
}

static akin_status find_groups(akin_vector_set *set, ak_vector_split *s, const char *path, akin_error *err)
{
    char *file = NULL;
    AK_TRY(beside(path, "groups.npy", false, &file, err));
    const akin_status status = file ? take_ids(set, s, file, false, err) : AKIN_OK;
    free(file);
    return status;
}

static akin_status take_times(ak_vector_split *s, const char *path, akin_error *err)
{
    akin_array a;
    AK_TRY(load_column(path, s->n, "times", &a, err));
    akin_status status = AKIN_OK;
    s->times = ak_alloc(sizeof *s->times, s->n, 1);
    if (!s->times) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the times of '%s'", path);
    for (int64_t i = 0; i < s->n && !status; i++) {
        s->times[i] = ak_array_real(&a, i);
        if (!isfinite(s->times[i]))
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s': row %lld (from 0) is %g; it must be a time", path,
                             (long long)i, s->times[i]);
    }
    akin_array_free(&a);
    return status;
}

akin_status ak_vectors_read_npy(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err)
{
    akin_array a;
    AK_TRY(akin_npy_load(path, &a, err));
    akin_status status = ak_vectors_take_array(set, split, path, &a, err);
    akin_array_free(&a);
    if (!status) status = find_labels(set, split, path, err);
    if (!status) status = find_groups(set, split, path, err);
    char *file = NULL;
    if (!status) status = beside(path, "times.npy", false, &file, err);
    if (!status && file) status = take_times(split, file, err);
    free(file);
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
