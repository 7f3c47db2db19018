/* SPDX-License-Identifier: Apache-2.0 */
/* images/npy_images.c - images in arrays of .npy and .npz: bytes, whole numbers in 0..255 (or in 0..2^B - 1
 * with --sample-bits B), real numbers in [0,1], truth values (0 and 255).
 *
 * A fourth channel is alpha where it is 255 everywhere, or where --background is given; else it may as well
 * be infrared, and the array is refused.
 *
 * An array may be in several files, a range of braces (files/shard_list.h), by whose names they are splits.
 *
 * An array that fits into the cache is read at once. A larger array whose items lie in C order stays on disk:
 * each image is read when it is wanted, and brought to bytes, three channels and the size asked for. A larger
 * array in Fortran order is read whole, since its images do not lie in one piece. */
#include "images/readers.h"

#include "base/path.h"
#include "files/npy_parts.h"
#include "files/npz.h"
#include "files/shard_list.h"
#include "images/cache.h"
#include "images/images_options.h"
#include "images/resize.h"
#include "images/unify.h"
#include "base/escape.h"
#include "base/plain.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_split(const char *name)
{
    return strcmp(name, "train.npy") == 0 || strcmp(name, "test.npy") == 0;
}

/* Channels may stand second, [n,c,h,w]. */
static bool is_channel_count(int64_t c) { return c == 1 || c == 3 || c == 4; }

static akin_status check_channels(const char *path, const akin_array *a, akin_error *err)
{
    enum { A_SIDE = 8 };
    const int64_t *s = a->shape, c = a->ndim == 4 ? s[3] : 1;
    const bool second = a->ndim == 4 && is_channel_count(s[1]);
    if (!is_channel_count(c) || (second && s[1] < s[2] && s[3] == s[2]))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "'%s' is [%lld,%lld,%lld,%lld]: the last dimension must be 1, 3 or 4%s", path,
                       (long long)s[0], (long long)s[1], (long long)s[2], (long long)c,
                       second ? "; channels are second here: transpose to [n,h,w,c]" : "");
    if (a->ndim == 3 && (s[2] == 3 || s[2] == 4) && s[0] >= A_SIDE && s[1] >= A_SIDE)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "'%s' is [%lld,%lld,%lld], which looks like one image of %lld channels; images are [n,h,w] or "
            "[n,h,w,c], so one image is [1,%lld,%lld,%lld]",
            path, (long long)s[0], (long long)s[1], (long long)s[2], (long long)s[2], (long long)s[0],
            (long long)s[1], (long long)s[2]);
    return AKIN_OK;
}

static akin_status check_shape(const char *path, const akin_array *a, akin_error *err)
{
    if (a->ndim == 2)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is a table of %lld vectors of %lld numbers, not images; images are [n,h,w] or "
                       "[n,h,w,c]",
                       path, (long long)a->shape[0], (long long)a->shape[1]);
    if (a->ndim != 3 && a->ndim != 4)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimension%s; images are [n,h,w] or [n,h,w,c]", path,
                       a->ndim, a->ndim == 1 ? "" : "s");
    const int64_t *s = a->shape;
    if (a->count == 0) return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no images: a dimension is 0", path);
    AK_TRY(check_channels(path, a, err));
    if (s[1] > AK_MAX_PIXELS / s[2])
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has images of %lldx%lld; the limit is %d pixels", path,
                       (long long)s[1], (long long)s[2], AK_MAX_PIXELS);
    return AKIN_OK;
}

/* Where an array stands: what sentences call it, and its files, NULL where it has none of its own. */
typedef struct stands {
    const char *path;
    const ak_npy_parts *files;
} stands;

/* What the numbers of an array mean. */
typedef struct meaning {
    ak_pixel_rules rules;
    bool truth; /* 0 and 1 */
} meaning;

/* i: of the whole array. */
static akin_status bad_value(akin_error *err, stands in, const akin_array *a, int64_t i, double x,
                             const char *range)
{
    const int64_t c = a->ndim == 4 ? a->shape[3] : 1, w = a->shape[2], h = a->shape[1], p = i / c;
    int64_t item = p / w / h;
    const char *path = in.files ? ak_npy_parts_file(in.files, item, &item) : in.path;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s': item %lld, row %lld, column %lld (from 0) is %g; %s", path,
                   (long long)item, (long long)(p / w % h), (long long)(p % w), x, range);
}

/* Items [first, first+count) of the array to bytes; from and to may be the same bytes. */
static akin_status to_bytes(stands in, const akin_array *a, const meaning *m, const void *from, int64_t first,
                            int64_t count, uint8_t *to, akin_error *err)
{
    const bool real = a->dtype == AKIN_DTYPE_F32 || a->dtype == AKIN_DTYPE_F64;
    const int bits = m->rules.bits ? m->rules.bits : 8;
    const double most = real ? 1 : (1 << bits) - 1, scale = 255 / most;
    for (int64_t i = 0; i < count; i++) {
        const double x = a->dtype == AKIN_DTYPE_F32   ? (double)((const float *)from)[i]
                         : a->dtype == AKIN_DTYPE_F64 ? ((const double *)from)[i]
                         : a->dtype == AKIN_DTYPE_I32 ? ((const int32_t *)from)[i]
                                                      : (double)((const int64_t *)from)[i];
        char range[120];
        if (x >= 0 && x <= most) {
            to[i] = (uint8_t)floor(x * scale + 0.5);
            continue;
        }
        ak_snprintf(range, sizeof range, "whole numbers must be in 0..%.0f%s", most,
                    bits < 16 && x > 255 && x < 65536 ? "; --sample-bits 12 reads 0..4095, 16 reads 0..65535"
                                                      : "");
        return bad_value(err, in, a, first + i, x,
                         real ? "reals must be in [0,1] (divide by 255 first, or save as uint8)" : range);
    }
    return AKIN_OK;
}

/* Bytes that are there as bytes. */
static void stretch_truth(const meaning *m, uint8_t *bytes, int64_t n)
{
    for (int64_t i = 0; i < n && m->truth; i++) bytes[i] = bytes[i] ? 255 : 0;
}

static akin_status take_images(stands in, akin_array *a, const meaning *m, ak_image_split *split,
                               akin_error *err)
{
    AK_TRY(check_shape(in.path, a, err));
    split->n = a->shape[0];
    split->height = a->shape[1];
    split->width = a->shape[2];
    split->channels = a->ndim == 4 ? a->shape[3] : 1;
    if (a->dtype == AKIN_DTYPE_U8) {
        stretch_truth(m, a->data, a->count);
        split->pixels = a->data;
        a->data = NULL;
        return AKIN_OK;
    }
    AK_TRY(ak_pixels_alloc(split->n, split->height, split->width, split->channels, &split->pixels, err));
    return to_bytes(in, a, m, a->data, 0, a->count, split->pixels, err);
}

/* Image by image ----------------------------------------------------------------------------------------- */

typedef struct npy_reader {
    ak_npy_parts *file;
    akin_array array;                /* without data */
    int64_t height, width, channels; /* as stored */
    ak_scaling scaling;
    meaning means;
    char *path;
} npy_reader;

static void close_reader(void *ctx)
{
    npy_reader *r = ctx;
    ak_npy_parts_close(r->file);
    free(r->path);
    free(r);
}

/* raw: as the file has it; bytes: as bytes, at last [height,width,channels of the split]. */
static akin_status read_raw(const npy_reader *r, int64_t item, void *raw, uint8_t *bytes, akin_error *err)
{
    const int64_t count = r->height * r->width * r->channels;
    if (r->array.dtype == AKIN_DTYPE_U8)
        AK_TRY(ak_npy_parts_read(r->file, item * count, count, bytes, err));
    else {
        AK_TRY(ak_npy_parts_read(r->file, item * count, count, raw, err));
        AK_TRY(to_bytes((stands){ r->path, r->file }, &r->array, &r->means, raw, item * count, count, bytes,
                        err));
    }
    stretch_truth(&r->means, bytes, count);
    if (r->channels < 4 || ak_draw_alpha(bytes, r->height * r->width, &r->means.rules)) return AKIN_OK;
    const char *path = ak_npy_parts_file(r->file, item, &item);
    return ak_fail(err, AKIN_ERR_INPUT, "'%s': item %lld (from 0): " AK_UNSURE_ALPHA, path, (long long)item);
}

static akin_status read_image(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err)
{
    const npy_reader *r = s->reader.ctx;
    const int64_t count = r->height * r->width * r->channels;
    const bool scales = ak_scales(&r->scaling, r->height, r->width), copies = scales || r->channels == 4;
    void *raw =
        r->array.dtype == AKIN_DTYPE_U8 ? NULL : malloc((size_t)count * ak_dtype_bytes(r->array.dtype));
    uint8_t *bytes = copies ? malloc((size_t)count) : out;
    akin_status status = AKIN_OK;
    if (!bytes || (r->array.dtype != AKIN_DTYPE_U8 && !raw))
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for an image of '%s'", r->path);
    if (!status) status = read_raw(r, s->origin ? s->origin[item] : item, raw, bytes, err);
    if (!status && scales && !ak_resize_crop(bytes, r->height, r->width, s->channels, out, &r->scaling))
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to scale an image of '%s'", r->path);
    if (!status && copies && !scales) memcpy(out, bytes, (size_t)ak_image_bytes(s));
    if (copies) free(bytes);
    free(raw);
    return status;
}

/* Whether reading all of it at once takes no more than the cache has left. */
static bool fits(const akin_image_set *ds, const akin_array *a)
{
    const int64_t each = a->dtype == AKIN_DTYPE_U8 ? 1 : 1 + (int64_t)ak_dtype_bytes(a->dtype);
    return a->count <= ds->cache / each;
}

static akin_status open_reader(akin_image_set *ds, const char *path, const akin_image_set_opts *opts,
                               const meaning *m, ak_npy_parts *file, ak_image_split *s, akin_error *err)
{
    const int64_t size = opts->size;
    npy_reader *r = calloc(1, sizeof *r);
    if (r) {
        *r = (npy_reader){
            .file = file, .array = ak_npy_parts_array(file), .scaling = { size, opts->resize }, .means = *m
        };
        r->path = strdup(path);
        s->reader = (ak_item_reader){ read_image, close_reader, r };
    }
    if (!r || !r->path) {
        if (!r) ak_npy_parts_close(file);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    }
    AK_TRY(check_shape(path, &r->array, err));
    r->height = r->array.shape[1];
    r->width = r->array.shape[2];
    r->channels = r->array.ndim == 4 ? r->array.shape[3] : 1;
    s->n = r->array.shape[0];
    s->height = size ? size : r->height;
    s->width = size ? size : r->width;
    s->channels = r->channels == 4 ? 3 : r->channels;
    if (r->channels == 4) ak_remark_alpha(ds, opts);
    return ak_split_cache(ds, s, err);
}

/* Labels of a split, which takes them from a. */
static akin_status take_labels(const char *path, akin_array *a, ak_image_split *split, akin_error *err)
{
    if (a->count != split->n)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld labels for %lld images", path, (long long)a->count,
                       (long long)split->n);
    for (int64_t i = 0; i < a->count; i++) {
        const int32_t y = ((const int32_t *)a->data)[i];
        if (y < 0 || y >= AK_MAX_CLASSES)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s': label %lld (from 0) is %d; labels are 0 to %d", path,
                           (long long)i, y, AK_MAX_CLASSES - 1);
    }
    split->labels = a->data;
    a->data = NULL;
    return AKIN_OK;
}

/* Labels of one file behind the others', which go behind those in a. */
static akin_status add_labels(const char *path, int64_t n, akin_array *a, akin_error *err)
{
    akin_array more = { .data = NULL };
    AK_TRY(akin_labels_load(path, &more, err));
    akin_status status = AKIN_OK;
    if (more.count != n)
        status = ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld labels for %lld images", path,
                         (long long)more.count, (long long)n);
    else if (n)
        memcpy((int32_t *)a->data + a->count, more.data, (size_t)n * sizeof(int32_t));
    a->count += n;
    akin_array_free(&more);
    return status;
}

/* Those of each file, of files that have so many images. */
static akin_status join_labels(const ak_beside *b, const ak_npy_parts *files, int64_t n, akin_array *a,
                               akin_error *err)
{
    *a = (akin_array){ .dtype = AKIN_DTYPE_I32, .ndim = 1, .data = ak_alloc(sizeof(int32_t), n + 1, 1) };
    akin_status status = a->data ? AKIN_OK : ak_no_memory(err, "for the labels of %lld images", (long long)n);
    for (int64_t k = 0; k < b->n && !status; k++)
        status = add_labels(b->path[k], ak_npy_parts_rows(files, k), a, err);
    return status;
}

/* "x.npy" -> "x-labels.npy" */
static akin_status find_labels(char *const *path, int64_t n, const ak_npy_parts *files, ak_image_split *split,
                               akin_error *err)
{
    ak_beside b;
    akin_array a = { .data = NULL };
    AK_TRY(ak_beside_find(path, n, "labels.npy", &b, err));
    akin_status status = b.n == 1  ? akin_labels_load(b.path[0], &a, err)
                         : b.n > 1 ? join_labels(&b, files, split->n, &a, err)
                                   : AKIN_OK;
    if (!status && a.data) status = take_labels(b.path[0], &a, split, err);
    akin_array_free(&a);
    ak_beside_free(&b);
    return status;
}

/* What an array of the set means; told. */
static akin_status meaning_of(akin_image_set *ds, const akin_array *shape, bool truth,
                              const akin_image_set_opts *opts, meaning *m, akin_error *err)
{
    AK_TRY(ak_pixel_rules_of(opts, &m->rules, err));
    m->truth = truth;
    if (truth) ak_remark(&ds->remarks, "Truth values: false is black (0), true is white (255).");
    if (m->rules.bits && shape->dtype != AKIN_DTYPE_U8 && shape->dtype != AKIN_DTYPE_F32 &&
        shape->dtype != AKIN_DTYPE_F64)
        ds->sample_bits = m->rules.bits;
    return AKIN_OK;
}

/* All at once; else the file is open to be read image by image, and the split has it. */
static akin_status read_whole(akin_image_set *ds, const char *path, const ak_npy_parts *file,
                              const meaning *m, ak_image_split *split, akin_error *err)
{
    akin_array a;
    AK_TRY(ak_npy_parts_load(file, &a, err));
    const akin_status status = take_images((stands){ path, file }, &a, m, split, err);
    ds->cache -= a.count < ds->cache ? a.count : ds->cache;
    akin_array_free(&a);
    return status;
}

/* path: what sentences call the array; file: where it is, in n files. */
static akin_status read_split(akin_image_set *ds, const char *name, const char *path, char *const *file,
                              int64_t n, const akin_image_set_opts *opts, akin_error *err)
{
    ak_image_split *split = &ds->split[ds->splits++];
    split->name = name;
    ak_npy_parts *parts = NULL;
    meaning m;
    AK_TRY(ak_npy_parts_open(file, n, &parts, err));
    const akin_array shape = ak_npy_parts_array(parts);
    akin_status status = meaning_of(ds, &shape, ak_npy_parts_are_bool(parts), opts, &m, err);
    if (!status && !fits(ds, &shape) && ak_npy_parts_in_order(parts)) {
        AK_TRY(open_reader(ds, path, opts, &m, parts, split, err));
        return find_labels(file, n, parts, split, err);
    }
    if (!status) status = read_whole(ds, path, parts, &m, split, err);
    if (!status) status = find_labels(file, n, parts, split, err);
    ak_npy_parts_close(parts);
    return status;
}

static akin_status take_names(akin_image_set *ds, const char *path, const akin_names *names, akin_error *err)
{
    const int64_t most = ak_image_set_largest_label(ds);
    int64_t n = names->n;
    while (n > most + 1 && !*names->name[n - 1]) n--; /* empty lines at the end do not count */
    if (most >= n || n > AK_MAX_CLASSES)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld names; labels go up to %lld, and need %lld to %d",
                       path, (long long)n, (long long)most, (long long)most + 1, AK_MAX_CLASSES);
    return ak_image_set_name_classes(ds, (const char *const *)names->name, n, err);
}

/* class-names.txt, if there is one: a name a line. More names than labels are fine, fewer are not. */
static akin_status read_names(akin_image_set *ds, const char *folder, akin_error *err)
{
    char *path = ak_path_join(folder, "class-names.txt");
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory");
    akin_names names = AKIN_NAMES_INIT;
    bool there;
    akin_status status = ak_look(path, &there, NULL, err);
    if (!status && there) status = akin_names_load(path, &names, err);
    if (!status && there) status = take_names(ds, path, &names, err);
    akin_names_free(&names);
    free(path);
    return status;
}

/* Of a single array, in its folder. */
static akin_status read_names_beside(akin_image_set *ds, const char *path, akin_error *err)
{
    char *folder = strdup(path);
    if (!folder) return ak_fail(err, AKIN_ERR_NOMEM, "no memory");
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    const akin_status status = read_names(ds, !slash ? "." : slash == folder ? "/" : folder, err);
    free(folder);
    return status;
}

/* A .npz: arrays of one file, in memory. ------------------------------------------------------------- */

static akin_status read_member(akin_image_set *ds, const ak_npz *z, ak_part_name part,
                               const akin_image_set_opts *opts, akin_error *err)
{
    const int64_t items = ak_npz_find(z, AK_NPZ_ITEMS, part), labels = ak_npz_find(z, AK_NPZ_LABELS, part);
    char shown[4096];
    akin_array a = { .data = NULL };
    meaning m;
    bool truth = false;
    if (items < 0) return AKIN_OK;
    ak_image_split *split = &ds->split[ds->splits++];
    split->name = ak_part_word(part);
    akin_status status = ak_npz_load(z, items, &a, &truth, err);
    if (!status) status = meaning_of(ds, &a, truth, opts, &m, err);
    if (!status) status = take_images((stands){ ak_npz_shown(z, items, shown), NULL }, &a, &m, split, err);
    ds->cache -= a.count < ds->cache ? a.count : ds->cache;
    akin_array_free(&a);
    if (status || labels < 0) return status;
    status = ak_npz_load(z, labels, &a, NULL, err);
    if (!status) status = ak_labels_of_array(ak_npz_shown(z, labels, shown), &a, err);
    if (!status) status = take_labels(shown, &a, split, err);
    akin_array_free(&a);
    return status;
}

static akin_status read_npz(akin_image_set *ds, const char *path, const akin_image_set_opts *opts,
                            akin_error *err)
{
    char shown[4096];
    ak_npz *z = NULL;
    AK_TRY(ak_npz_open(path, &z, err));
    akin_status status = ak_npz_check(z, err);
    for (ak_part_name part = AK_PART_TRAIN; part <= AK_PART_VAL && !status; part++)
        status = read_member(ds, z, part, opts, err);
    akin_names names = AKIN_NAMES_INIT;
    const int64_t classes = ak_npz_find(z, AK_NPZ_CLASSES, AK_PART_TRAIN);
    if (!status && classes >= 0) status = ak_npz_texts(z, classes, &names, err);
    if (!status && classes >= 0) status = take_names(ds, ak_npz_shown(z, classes, shown), &names, err);
    akin_names_free(&names);
    if (!status) ak_npz_tell_others(z, &ds->remarks);
    ak_npz_close(z);
    return status;
}

static bool is_npy(const char *name, const unsigned char *bytes, size_t n)
{
    const size_t length = strlen(name);
    return (n >= 6 && (memcmp(bytes, "\x93NUMPY", 6) == 0 || memcmp(bytes, "PK\3\4", 4) == 0 ||
                       memcmp(bytes, "\x89HDF\r\n", 6) == 0)) ||
           (length > 4 && strcmp(name + length - 4, ".npy") == 0);
}

/* The files of a range; those for validation are the tests where there are no others, as of archives. */
static akin_status read_list(akin_image_set *ds, const char *path, const ak_shard_list *list,
                             const akin_image_set_opts *opts, akin_error *err)
{
    static const char *const WORDS[] = { "train", "test", "val" };
    int64_t first = 0;
    const bool tests = ak_shard_list_part(list, AK_PART_TEST, &first) > 0;
    for (int part = AK_PART_TRAIN; part <= AK_PART_VAL; part++) {
        const int64_t n = ak_shard_list_part(list, (ak_part_name)part, &first);
        if (n == 0) continue;
        const char *name = part == AK_PART_VAL && !tests ? "test" : WORDS[part];
        AK_TRY(read_split(ds, name, n == 1 ? list->path[first] : path, list->path + first, n, opts, err));
        if (list->parts)
            ak_remark(&ds->remarks, "By the names of their files %lld images are the split %s.",
                      (long long)ds->split[ds->splits - 1].n, name);
    }
    return ds->split[0].labels ? read_names_beside(ds, list->path[0], err) : AKIN_OK;
}

static akin_status read_range(akin_image_set *ds, const char *path, const akin_image_set_opts *opts,
                              akin_error *err)
{
    ak_shard_list list;
    AK_TRY(ak_shard_list_of_files(path, &list, err));
    ak_shard_list_remark(&list, &ds->remarks);
    const akin_status status = read_list(ds, path, &list, opts, err);
    ak_shard_list_free(&list);
    return status;
}

static akin_status read_arrays(akin_image_set *ds, const char *path, bool is_folder,
                               const akin_image_set_opts *opts, akin_error *err)
{
    static const char *const SPLITS[AK_MAX_SPLITS] = { "train", "test", "val" };
    bool npz, range;
    AK_TRY(ak_is_range(path, &range, err));
    if (range) return read_range(ds, path, opts, err);
    AK_TRY(ak_npz_is(path, &npz, err));
    if (npz) return read_npz(ds, path, opts, err);
    if (!is_folder) {
        char *const file = (char *)(uintptr_t)path;
        AK_TRY(read_split(ds, "train", path, &file, 1, opts, err));
        return ds->split[0].labels ? read_names_beside(ds, path, err) : AKIN_OK;
    }
    akin_status status = AKIN_OK;
    for (int k = 0; k < AK_MAX_SPLITS && !status; k++) {
        char name[16];
        bool there = false;
        snprintf(name, sizeof name, "%s.npy", SPLITS[k]);
        char *file = ak_path_join(path, name);
        status = file ? ak_look(file, &there, NULL, err) : ak_fail(err, AKIN_ERR_NOMEM, "no memory");
        if (!status && k == 0 && !there)
            status =
                ak_fail(err, AKIN_ERR_INPUT,
                        "'%s' has arrays, but no train.npy, which akin data writes last: it was stopped, or "
                        "is still at work; write the set again (--force), or name one array",
                        path);
        else if (!status && there)
            status = read_split(ds, SPLITS[k], file, &file, 1, opts, err);
        free(file);
    }
    return status ? status : read_names(ds, path, err);
}

const ak_image_format ak_npy_images = { "npy", is_split, is_npy, read_arrays };
