/* SPDX-License-Identifier: Apache-2.0 */
/* images/idx.c - IDX files, the form of MNIST and its family, plain or gzip  [LeCun1998 MNIST page].
 *
 * A file is: 0, 0, type (8 = unsigned byte), number of dimensions; each dimension in 4 bytes, big endian; the
 * items. Images are [n,h,w], or [n,h,w,c]; labels are [n]. */
#include "images/readers.h"

#include "base/folder.h"
#include "base/path.h"
#include "files/byte_stream.h"
#include "images/decode.h"

#include <string.h>
#include <unistd.h>

enum { UNSIGNED_BYTE = 8, MAX_DIMS = 4 };

typedef struct idx {
    int ndim;
    int64_t shape[MAX_DIMS];
    int64_t bytes; /* of the items */
} idx;

/* Length of name without ".gz". */
static size_t bare_length(const char *name)
{
    const size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".gz") == 0 ? n - 3 : n;
}

/* Where "images-idx3-ubyte" or "images.idx3-ubyte" begins, which has to end the name; else NULL. */
static const char *images_part(const char *name)
{
    enum { LENGTH = 17 };
    const size_t n = bare_length(name);
    if (n < LENGTH) return NULL;
    const char *at = name + n - LENGTH;
    const bool fits = memcmp(at, "images", 6) == 0 && (at[6] == '-' || at[6] == '.') &&
                      memcmp(at + 7, "idx3-ubyte", 10) == 0;
    return fits ? at : NULL;
}

bool ak_idx_is_images(const char *name) { return images_part(name) != NULL; }

static bool is_test_name(const char *name)
{
    const char *at = images_part(name);
    return at && at - name >= 5 && (memcmp(at - 5, "t10k-", 5) == 0 || memcmp(at - 5, "test-", 5) == 0);
}

static akin_status read_header(ak_byte_stream *s, const char *path, idx *h, akin_error *err)
{
    unsigned char b[4];
    AK_TRY(ak_byte_stream_read(s, b, 4, err));
    if (b[0] || b[1] || b[2] < UNSIGNED_BYTE || b[2] > 14 || b[2] == 10)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is not an IDX file: it begins with %02x %02x %02x %02x, not with 00 00 08", path,
                       b[0], b[1], b[2], b[3]);
    if (b[2] != UNSIGNED_BYTE)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is an IDX file of type 0x%02x at byte 2; only 0x08, unsigned bytes, is read",
                       path, b[2]);
    h->ndim = b[3];
    if (h->ndim < 1 || h->ndim > MAX_DIMS)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has %d dimensions at byte 3; 1 to %d are read", path,
                       h->ndim, MAX_DIMS);
    h->bytes = 1;
    const int64_t room = ak_byte_stream_limit(s) - 4 * (h->ndim + 1);
    for (int i = 0; i < h->ndim; i++) {
        AK_TRY(ak_byte_stream_read(s, b, 4, err));
        h->shape[i] = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
        if (h->shape[i] == 0)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s': dimension %d at byte %d is 0", path, i, 4 + 4 * i);
        if (h->bytes > INT64_MAX / h->shape[i]) h->bytes = INT64_MAX / h->shape[i];
        h->bytes *= h->shape[i];
    }
    if (ak_byte_stream_is_packed(s) ? h->bytes <= room : h->bytes == room)
        return ak_byte_stream_promise(s, h->bytes, err);
    return ak_fail(
        err, AKIN_ERR_FORMAT, "'%s' is %s: its header announces %lld bytes after byte %d, the file %s %lld",
        path, h->bytes > room ? "truncated or its header is damaged" : "too long", (long long)h->bytes,
        4 * (h->ndim + 1), ak_byte_stream_is_packed(s) ? "can inflate to at most" : "has", (long long)room);
}

static akin_status take_images(ak_byte_stream *s, const char *path, ak_image_split *split, akin_error *err)
{
    idx h = { 0 };
    AK_TRY(read_header(s, path, &h, err));
    split->n = h.shape[0];
    split->height = h.shape[1];
    split->width = h.shape[2];
    split->channels = h.ndim == 4 ? h.shape[3] : 1;
    if (h.ndim < 3 || (split->channels != 1 && split->channels != 3 && split->channels != 4))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "'%s' has %d dimension%s%s; images are [n,h,w] or [n,h,w,c] with c = 1, 3 or 4", path,
                       h.ndim, h.ndim == 1 ? "" : "s", h.ndim == 1 ? " (labels?)" : "");
    if (split->height > AK_MAX_PIXELS / split->width)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has images of %lldx%lld; the limit is %d pixels", path,
                       (long long)split->height, (long long)split->width, AK_MAX_PIXELS);
    AK_TRY(ak_pixels_alloc(split->n, split->height, split->width, split->channels, &split->pixels, err));
    AK_TRY(ak_byte_stream_read(s, split->pixels, (size_t)h.bytes, err));
    return ak_byte_stream_end(s, err);
}

static akin_status take_labels(ak_byte_stream *s, const char *path, ak_image_split *split, akin_error *err)
{
    idx h = { 0 };
    AK_TRY(read_header(s, path, &h, err));
    if (h.ndim != 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; labels have one", path, h.ndim);
    if (h.shape[0] != split->n)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld labels for %lld images", path,
                       (long long)h.shape[0], (long long)split->n);
    uint8_t *bytes = malloc((size_t)h.bytes);
    split->labels = ak_alloc(sizeof *split->labels, split->n, 1);
    akin_status status = AKIN_OK;
    if (!bytes || !split->labels)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of '%s'", path);
    if (!status) status = ak_byte_stream_read(s, bytes, (size_t)h.bytes, err);
    if (!status) status = ak_byte_stream_end(s, err);
    for (int64_t i = 0; i < split->n && !status; i++) split->labels[i] = bytes[i];
    free(bytes);
    return status;
}

/* The labels beside "...images-idx3-ubyte": "...labels-idx1-ubyte", with or without .gz; else none. */
static akin_status find_labels(const char *images, ak_image_split *split, akin_error *err)
{
    char *path = malloc(strlen(images) + 4);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the name of '%s'", images);
    strcpy(path, images);
    path[bare_length(path)] = 0;
    char *part = path + (images_part(images) - images);
    memcpy(part, "labels", 6);
    part[10] = '1';
    ak_byte_stream *s = NULL;
    bool there;
    akin_status status = ak_look(path, &there, NULL, err);
    if (!status && !there) status = ak_look(strcat(path, ".gz"), &there, NULL, err);
    if (!status && there) status = ak_byte_stream_open(path, &s, err);
    if (s) status = take_labels(s, path, split, err);
    ak_byte_stream_close(s);
    free(path);
    return status;
}

static akin_status read_split(akin_image_set *ds, const char *name, const char *path, akin_error *err)
{
    ak_image_split *split = &ds->split[ds->splits++];
    split->name = name;
    ak_byte_stream *s = NULL;
    AK_TRY(ak_byte_stream_open(path, &s, err));
    const akin_status status = take_images(s, path, split, err);
    ak_byte_stream_close(s);
    if (status || !images_part(path)) return status;
    return find_labels(path, split, err);
}

/* Names of the images of both splits in a folder, plain before gzip; NULL where there are none. */
static akin_status list_splits(const char *folder, char *found[2], akin_error *err)
{
    ak_folder dir = ak_folder_open(folder);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;) {
        if (!images_part(e->d_name)) continue;
        char **slot = &found[is_test_name(e->d_name)];
        const size_t bare = bare_length(e->d_name);
        if (*slot && (bare_length(*slot) != bare || memcmp(*slot, e->d_name, bare) != 0)) {
            status = ak_fail(err, AKIN_ERR_INPUT,
                             "'%s' holds several IDX sets; keep one in a folder of its own, or give one file",
                             folder);
        } else if (!*slot || e->d_name[bare] == 0) {
            free(*slot);
            *slot = strdup(e->d_name);
            if (!*slot) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to list '%s'", folder);
        }
    }
    return ak_folder_close(&dir, status, err);
}

static bool is_idx(const char *name, const unsigned char *b, size_t n)
{
    return ak_idx_is_images(name) || (n >= 4 && b[0] == 0 && b[1] == 0 && b[2] == UNSIGNED_BYTE);
}

static akin_status read_idx(akin_image_set *ds, const char *path, bool is_folder,
                            const akin_image_set_opts *opts, akin_error *err)
{
    (void)opts;
    if (!is_folder) return read_split(ds, "train", path, err);
    char *found[2] = { NULL, NULL };
    akin_status status = list_splits(path, found, err);
    if (!status && !found[0])
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no train-images-idx3-ubyte, plain or .gz", path);
    for (int k = 0; k < 2 && !status; k++) {
        char *file = found[k] ? ak_path_join(path, found[k]) : NULL;
        if (found[k] && !file) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
        if (file) status = read_split(ds, k ? "test" : "train", file, err);
        free(file);
    }
    free(found[0]);
    free(found[1]);
    return status;
}

const ak_image_format ak_idx = { "idx", ak_idx_is_images, is_idx, read_idx };
