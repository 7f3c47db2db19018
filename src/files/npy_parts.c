/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_parts.c - one array in one .npy file, or in several. */
#include "files/npy_parts.h"

#include "base/path.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>

struct ak_npy_parts {
    char **path; /* [n] */
    int64_t n;
    int64_t *begin; /* [n+1] the first row of each file */
    int64_t row;    /* items */
    akin_array all;
    bool truth, in_order;
    ak_npy *open; /* of one file */
    int others;   /* who have it too */
};

static int64_t row_items(const akin_array *a)
{
    int64_t n = 1;
    for (int i = 1; i < a->ndim; i++) n *= a->shape[i];
    return n;
}

static const char *name_of(akin_dtype dtype, bool truth)
{
    static const char *const NAMES[] = { "bytes", "whole numbers of 32 bits", "whole numbers of 64 bits",
                                         "float32", "float64" };
    return truth ? "truth values" : NAMES[dtype];
}

static void shape_text(const akin_array *a, char to[AKIN_MAX_DIMS * 24])
{
    size_t at = (size_t)sprintf(to, "[n");
    for (int i = 1; i < a->ndim; i++) at += (size_t)sprintf(to + at, ",%lld", (long long)a->shape[i]);
    sprintf(to + at, "]");
}

/* The file k as the first one. */
static akin_status check_alike(const ak_npy_parts *p, int64_t k, const akin_array *a, bool truth,
                               akin_error *err)
{
    char mine[AKIN_MAX_DIMS * 24], first[AKIN_MAX_DIMS * 24];
    bool same = a->ndim == p->all.ndim;
    for (int i = 1; i < a->ndim && same; i++) same = a->shape[i] == p->all.shape[i];
    shape_text(a, mine);
    shape_text(&p->all, first);
    if (a->ndim < 1) return ak_fail(err, AKIN_ERR_SHAPE, "'%s' is one number and has no rows", p->path[k]);
    if (!same)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' is %s, '%s' is %s; they are one array", p->path[k], mine,
                       p->path[0], first);
    if (a->dtype != p->all.dtype || truth != p->truth)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' holds %s, '%s' %s; they are one array", p->path[k],
                       name_of(a->dtype, truth), p->path[0], name_of(p->all.dtype, p->truth));
    return AKIN_OK;
}

static akin_status add_file(ak_npy_parts *p, int64_t k, akin_error *err)
{
    ak_npy *file = NULL;
    AK_TRY(ak_npy_open(p->path[k], &file, err));
    const akin_array a = ak_npy_array(file);
    const bool truth = ak_npy_is_bool(file);
    p->in_order = p->in_order && ak_npy_in_order(file);
    if (p->n == 1)
        p->open = file;
    else
        ak_npy_close(file);
    if (k == 0) {
        p->all = a;
        p->truth = truth;
        p->row = row_items(&a);
        p->begin[1] = a.shape[0];
    }
    if (p->n > 1) AK_TRY(check_alike(p, k, &a, truth, err));
    if (k == 0) return AKIN_OK;
    if (a.count > INT64_MAX / 16 - p->all.count)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' and the files before it are larger than any array",
                       p->path[k]);
    p->begin[k + 1] = p->begin[k] + a.shape[0];
    p->all.shape[0] += a.shape[0];
    p->all.count += a.count;
    return AKIN_OK;
}

akin_status ak_npy_parts_open(char *const *path, int64_t n, ak_npy_parts **out, akin_error *err)
{
    ak_npy_parts *p = calloc(1, sizeof *p);
    if (p) {
        *p = (ak_npy_parts){ .n = n, .in_order = true };
        p->path = calloc((size_t)n + 1, sizeof *p->path);
        p->begin = calloc((size_t)n + 2, sizeof *p->begin);
    }
    bool fine = p && p->path && p->begin;
    for (int64_t k = 0; k < n && fine; k++) fine = (p->path[k] = strdup(path[k])) != NULL;
    akin_status status = fine ? AKIN_OK : ak_no_memory(err, "to open '%s'", path[0]);
    for (int64_t k = 0; k < n && !status; k++) status = add_file(p, k, err);
    if (status)
        ak_npy_parts_close(p);
    else
        *out = p;
    return status;
}

void ak_npy_parts_close(ak_npy_parts *p)
{
    if (!p || p->others-- > 0) return;
    for (int64_t k = 0; p->path && k < p->n; k++) free(p->path[k]);
    ak_npy_close(p->open);
    free(p->path);
    free(p->begin);
    free(p);
}

ak_npy_parts *ak_npy_parts_share(ak_npy_parts *p)
{
    p->others++;
    return p;
}

akin_array ak_npy_parts_array(const ak_npy_parts *p) { return p->all; }
bool ak_npy_parts_are_bool(const ak_npy_parts *p) { return p->truth; }
bool ak_npy_parts_in_order(const ak_npy_parts *p) { return p->in_order; }

int64_t ak_npy_parts_rows(const ak_npy_parts *p, int64_t k) { return p->begin[k + 1] - p->begin[k]; }

/* The file that has a row: the last that begins at it or before, and is not empty. */
static int64_t file_of(const ak_npy_parts *p, int64_t row)
{
    int64_t low = 0, high = p->n;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (p->begin[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const char *ak_npy_parts_file(const ak_npy_parts *p, int64_t row, int64_t *of_file)
{
    const int64_t k = file_of(p, row);
    if (of_file) *of_file = row - p->begin[k];
    return p->path[k];
}

/* Reading ------------------------------------------------------------------------------------------------ */

/* The file k as it was when all were opened. */
static akin_status check_same(const ak_npy_parts *p, int64_t k, const akin_array *a, bool truth,
                              akin_error *err)
{
    bool same = a->ndim == p->all.ndim && a->dtype == p->all.dtype && truth == p->truth &&
                a->shape[0] == p->begin[k + 1] - p->begin[k];
    for (int i = 1; i < a->ndim && same; i++) same = a->shape[i] == p->all.shape[i];
    return same ? AKIN_OK
                : ak_fail(err, AKIN_ERR_INPUT,
                          "'%s' is another array than when it was opened; data must not change while they "
                          "are read",
                          p->path[k]);
}

/* Items of the file k, counted from its own first. */
static akin_status read_file(const ak_npy_parts *p, int64_t k, int64_t first, int64_t count, void *to,
                             akin_error *err)
{
    ak_npy *file = NULL;
    if (p->open) return ak_npy_read(p->open, first, count, to, err);
    AK_TRY(ak_npy_open(p->path[k], &file, err));
    const akin_array a = ak_npy_array(file);
    akin_status status = check_same(p, k, &a, ak_npy_is_bool(file), err);
    if (!status) status = ak_npy_read(file, first, count, to, err);
    ak_npy_close(file);
    return status;
}

akin_status ak_npy_parts_read(const ak_npy_parts *p, int64_t first, int64_t count, void *to, akin_error *err)
{
    const size_t item = ak_dtype_bytes(p->all.dtype);
    unsigned char *at = to;
    if (p->n == 1) return read_file(p, 0, first, count, to, err);
    if (count == 0 || p->row == 0) return AKIN_OK;
    for (int64_t k = file_of(p, first / p->row); count > 0; k++) {
        const int64_t left = p->begin[k + 1] * p->row - first, n = count < left ? count : left;
        if (n > 0) AK_TRY(read_file(p, k, first - p->begin[k] * p->row, n, at, err));
        at += (size_t)n * item;
        first += n;
        count -= n;
    }
    return AKIN_OK;
}

/* In Fortran order it is turned, and takes its memory twice. */
static akin_status load_file(const ak_npy_parts *p, int64_t k, unsigned char *to, akin_error *err)
{
    const int64_t rows = p->begin[k + 1] - p->begin[k];
    if (p->in_order) return read_file(p, k, 0, rows * p->row, to, err);
    akin_array a;
    AK_TRY(akin_npy_load(p->path[k], &a, err));
    const akin_status status = check_same(p, k, &a, p->truth, err); /* whose truth was seen above */
    if (!status && a.count) memcpy(to, a.data, (size_t)a.count * ak_dtype_bytes(a.dtype));
    akin_array_free(&a);
    return status;
}

akin_status ak_npy_parts_load(const ak_npy_parts *p, akin_array *out, akin_error *err)
{
    const size_t item = ak_dtype_bytes(p->all.dtype);
    if (p->n == 1 && !p->in_order) return akin_npy_load(p->path[0], out, err);
    akin_array all = p->all;
    all.data = ak_alloc(item, all.count ? all.count : 1, 1);
    if (!all.data) return ak_no_memory(err, "for the %lld items of '%s'", (long long)all.count, p->path[0]);
    akin_status status = AKIN_OK;
    if (p->n == 1) status = read_file(p, 0, 0, all.count, all.data, err);
    for (int64_t k = 0; k < p->n && p->n > 1 && !status; k++)
        status = load_file(p, k, (unsigned char *)all.data + (size_t)(p->begin[k] * p->row) * item, err);
    if (status)
        akin_array_free(&all);
    else
        *out = all;
    return status;
}

/* Files beside ------------------------------------------------------------------------------------------- */

static size_t without_end(const char *path)
{
    const size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".npy") == 0 ? n - 4 : n;
}

/* The bytes of "x" in "x-00003.npy"; 0: it has no number at its end, or nothing before it. */
static size_t before_number(const char *path)
{
    size_t n = without_end(path);
    const size_t base = (size_t)(ak_path_base(path) - path), whole = n;
    while (n > base && ak_isdigit(path[n - 1])) n--;
    if (n == whole) return 0;
    if (n > base && strchr("-_.", path[n - 1])) n--;
    return n > base ? n : 0;
}

/* path[0,keep) + "-" + what */
static char *joined(const char *path, size_t keep, const char *what)
{
    char *name = malloc(keep + strlen(what) + 2);
    if (name)
        sprintf(name, "%.*s-%s", (int)keep, path, what);
    else
        akin_memory_lack();
    return name;
}

/* *to is NULL where there is no such file. */
static akin_status look_for(const char *path, size_t keep, const char *what, char **to, akin_error *err)
{
    bool there;
    *to = joined(path, keep, what);
    if (!*to) return ak_no_memory(err, "for the name of '%s'", path);
    const akin_status status = ak_look(*to, &there, NULL, err);
    if (!status && there) return AKIN_OK;
    free(*to);
    *to = NULL;
    return status;
}

/* Of all of several files. */
static akin_status find_shared(char *const *path, int64_t n, const char *what, char **to, akin_error *err)
{
    const size_t keep = before_number(path[0]);
    bool alike = keep > 0;
    for (int64_t k = 1; k < n && alike; k++)
        alike = before_number(path[k]) == keep && strncmp(path[k], path[0], keep) == 0;
    return alike ? look_for(path[0], keep, what, to, err) : AKIN_OK;
}

static akin_status lacks_one(const char *path, const char *what, const char *other, akin_error *err)
{
    char *name = joined(path, without_end(path), what);
    const akin_status status =
        name ? ak_fail(err, AKIN_ERR_INPUT, "'%s' is not there, and '%s' is: each file has one, or none",
                       name, other)
             : ak_no_memory(err, "for the name of '%s'", path);
    free(name);
    return status;
}

static akin_status find_each(char *const *path, int64_t n, const char *what, ak_beside *b, akin_error *err)
{
    int64_t lacking = -1, found = -1;
    for (int64_t k = 0; k < n; k++) {
        AK_TRY(look_for(path[k], without_end(path[k]), what, &b->path[k], err));
        if (b->path[k])
            found = k;
        else
            lacking = k;
    }
    if (found < 0) return AKIN_OK;
    b->n = n;
    return lacking < 0 ? AKIN_OK : lacks_one(path[lacking], what, b->path[found], err);
}

akin_status ak_beside_find(char *const *path, int64_t n, const char *what, ak_beside *out, akin_error *err)
{
    ak_beside b = { .path = calloc((size_t)n + 1, sizeof *b.path) };
    char *shared = NULL;
    if (!b.path) return ak_no_memory(err, "for the names of files beside '%s'", path[0]);
    akin_status status = find_each(path, n, what, &b, err);
    if (!status && n > 1) status = find_shared(path, n, what, &shared, err);
    if (!status && shared && b.n)
        status = ak_fail(err, AKIN_ERR_INPUT, "there are '%s' of all files, and '%s' of one; leave one out",
                         shared, b.path[0]);
    if (!status && shared) {
        b.path[0] = shared;
        b.n = 1;
        shared = NULL;
    }
    free(shared);
    if (status) {
        for (int64_t k = 0; k < n; k++) free(b.path[k]);
        free(b.path);
    } else {
        *out = b;
    }
    return status;
}

void ak_beside_free(ak_beside *b)
{
    for (int64_t k = 0; k < b->n; k++) free(b->path[k]);
    free(b->path);
    *b = (ak_beside){ .n = 0 };
}
