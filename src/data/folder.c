/* SPDX-License-Identifier: Apache-2.0 */
/* data/folder.c - a folder of pictures to one array of bytes per split.
 *
 * Two passes over the files, both in parallel: the first reads headers (64 KiB of each file, all of it where that is
 * not enough), which settles size, colour and memory before a pixel is decoded; the second decodes each picture to
 * its place. A grey picture among coloured ones gets three equal channels.
 *
 * Bad files. With AKIN_BAD_STOP the first bad one in item order is reported, whatever thread met one first: a pass
 * goes on for all items before the earliest failure known so far. Lack of memory is never a bad file. */
#include "data/decode.h"
#include "data/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 1 << 16 };

typedef struct job {
    akin_scan *scan;
    bool stop;          /* at the first bad one */
    atomic_llong first; /* index of the earliest failure */
    int64_t size;       /* to scale to, or 0 */
    int64_t height, width, channels;
    akin_dataset *ds;                /* where pixels go; NULL: decode only */
    int64_t offset[AKIN_MAX_SPLITS]; /* index of the first item of a split */
} job;

static void set_failed(job *j, int64_t i, const akin_error *err)
{
    akin_scan_item *item = &j->scan->item[i];
    item->status = err->status;
    free(item->reason);
    item->reason = strdup(err->message);
    long long first = atomic_load(&j->first);
    while (i < first && !atomic_compare_exchange_weak(&j->first, &first, i)) {}
}

static bool skipped(job *j, int64_t i)
{
    return j->scan->item[i].status != AKIN_OK || (j->stop && i > atomic_load(&j->first));
}

/* Files ------------------------------------------------------------------------------------------------------ */

/* At most `most` bytes from the start of a regular file; *whole when that is all of it. */
static akin_status read_file(const char *path, size_t most, uint8_t **data, size_t *n, bool *whole,
                             akin_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block us */
    if (fd < 0) return akin_fail(err, AKIN_ERR_INPUT, "%s", strerror(errno));
    struct stat info;
    akin_status status = AKIN_OK;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = akin_fail(err, AKIN_ERR_INPUT, "not a regular file");
    else if (info.st_size > AKIN_MAX_FILE_BYTES)
        status = akin_fail(err, AKIN_ERR_INPUT, "%lld bytes; a picture may have %d", (long long)info.st_size,
                           AKIN_MAX_FILE_BYTES);
    const size_t length = status ? 0 : (size_t)info.st_size, want = length < most ? length : most;
    uint8_t *bytes = status ? NULL : malloc(want + 1);
    if (!status && !bytes) status = akin_fail(err, AKIN_ERR_NOMEM, "no memory for its %zu bytes", want);
    size_t got = 0;
    while (!status && got < want) {
        const ssize_t more = read(fd, bytes + got, want - got);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0)
            status = akin_fail(err, AKIN_ERR_INPUT, "cannot read beyond byte %zu: %s", got,
                               more < 0 ? strerror(errno) : "it became shorter");
        else
            got += (size_t)more;
    }
    close(fd);
    if (status) {
        free(bytes);
        return status;
    }
    *data = bytes;
    *n = want;
    *whole = want == length;
    return AKIN_OK;
}

static akin_status use_file(const char *path, size_t most, bool decode, akin_picture *out, bool *whole,
                            akin_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    AKIN_TRY(read_file(path, most, &bytes, &n, whole, err));
    const akin_codec *codec = akin_codec_of(bytes, n, err);
    akin_status status =
        codec ? (decode ? codec->decode : codec->probe)(bytes, n, out, err) : AKIN_ERR_FORMAT;
    free(bytes);
    if (status && codec) { /* "JPEG: reason" */
        akin_error copy = *err;
        status = akin_fail(err, status, "%s: %.700s", codec->name, copy.message);
    }
    return status;
}

/* Pass one: headers ------------------------------------------------------------------------------------------ */

static void probe_item(int64_t i, int worker, void *ctx)
{
    job *j = ctx;
    akin_scan_item *item = &j->scan->item[i];
    (void)worker;
    if (skipped(j, i)) return;
    akin_error err = { .status = AKIN_OK };
    akin_picture p = { .pixels = NULL };
    bool whole = true;
    char *path = akin_path_join(j->scan->root, item->name);
    akin_status status = path ? use_file(path, HEAD_BYTES, false, &p, &whole, &err)
                              : akin_fail(&err, AKIN_ERR_NOMEM, "no memory for its path");
    if (status && !whole) status = use_file(path, AKIN_MAX_FILE_BYTES, false, &p, &whole, &err);
    free(path);
    if (status) {
        set_failed(j, i, &err);
        return;
    }
    item->height = p.height;
    item->width = p.width;
    item->channels = p.channels;
}

/* Pass two: pixels ------------------------------------------------------------------------------------------- */

/* The picture to its place: scaled, cropped, grey repeated. */
static akin_status place(const job *j, const akin_picture *p, uint8_t *to, akin_error *err)
{
    const int64_t pixels = j->height * j->width;
    uint8_t *scaled = p->pixels;
    if (j->size && (p->height != j->size || p->width != j->size)) {
        scaled = malloc((size_t)(pixels * p->channels));
        if (!scaled || !akin_resize_crop(p->pixels, p->height, p->width, p->channels, scaled, j->size)) {
            free(scaled);
            return akin_fail(err, AKIN_ERR_NOMEM, "no memory to scale it");
        }
    }
    if (p->channels == j->channels)
        memcpy(to, scaled, (size_t)(pixels * p->channels));
    else
        for (int64_t k = 0; k < pixels; k++) to[3 * k] = to[3 * k + 1] = to[3 * k + 2] = scaled[k];
    if (scaled != p->pixels) free(scaled);
    return AKIN_OK;
}

static void decode_item(int64_t i, int worker, void *ctx)
{
    job *j = ctx;
    const akin_scan_item *item = &j->scan->item[i];
    (void)worker;
    if (skipped(j, i)) return;
    akin_error err = { .status = AKIN_OK };
    akin_picture p = { .pixels = NULL };
    bool whole = true;
    char *path = akin_path_join(j->scan->root, item->name);
    akin_status status = path ? use_file(path, AKIN_MAX_FILE_BYTES, true, &p, &whole, &err)
                              : akin_fail(&err, AKIN_ERR_NOMEM, "no memory for its path");
    free(path);
    if (!status && (p.height != item->height || p.width != item->width || p.channels != item->channels))
        status = akin_fail(&err, AKIN_ERR_INPUT, "it changed while being read");
    if (!status && j->ds) {
        const int64_t bytes = j->height * j->width * j->channels;
        status = place(j, &p, j->ds->split[item->split].pixels + (i - j->offset[item->split]) * bytes, &err);
    }
    free(p.pixels);
    if (status) set_failed(j, i, &err);
}

/* What the set is -------------------------------------------------------------------------------------------- */

static akin_status report_first(const job *j, akin_error *err)
{
    const akin_scan_item *item = &j->scan->item[atomic_load(&j->first)];
    char shown[AKIN_SHOWN];
    return akin_fail(err, item->status, "'%s/%s': %s%s", j->scan->root, akin_shown(item->name, shown),
                     item->reason ? item->reason : "cannot be read",
                     item->status == AKIN_ERR_NOMEM ? "" : "; --on-bad skip leaves such files out");
}

/* Fail on bad items where they are to stop us, and on lack of memory. */
static akin_status after_pass(const job *j, akin_error *err)
{
    if (atomic_load(&j->first) == INT64_MAX) return AKIN_OK;
    if (j->stop) return report_first(j, err);
    for (int64_t i = 0; i < j->scan->n; i++)
        if (j->scan->item[i].status == AKIN_ERR_NOMEM)
            return akin_fail(err, AKIN_ERR_NOMEM, "'%s': %s", j->scan->item[i].name, j->scan->item[i].reason);
    return AKIN_OK;
}

static akin_status settle_shape(job *j, akin_error *err)
{
    const akin_scan_item *first = NULL;
    for (int64_t i = 0; i < j->scan->n; i++) {
        const akin_scan_item *item = &j->scan->item[i];
        if (item->status) continue;
        if (!first) first = item;
        if (item->channels > j->channels) j->channels = item->channels;
        if (j->size || (item->height == first->height && item->width == first->width)) continue;
        char a[AKIN_SHOWN], b[AKIN_SHOWN];
        return akin_fail(
            err, AKIN_ERR_INPUT,
            "images differ in size: '%s' is %lldx%lld, '%s' is %lldx%lld; give --size N to scale the "
            "shorter side to N and crop the middle",
            akin_shown(first->name, a), (long long)first->height, (long long)first->width,
            akin_shown(item->name, b), (long long)item->height, (long long)item->width);
    }
    if (!first) return AKIN_OK;
    j->height = j->size ? j->size : first->height;
    j->width = j->size ? j->size : first->width;
    return AKIN_OK;
}

static akin_status alloc_splits(job *j, akin_error *err)
{
    int64_t begin = 0;
    for (int k = 0; k < j->scan->splits; k++) {
        akin_split *s = &j->ds->split[j->ds->splits++];
        int64_t end = begin;
        while (end < j->scan->n && j->scan->item[end].split == k) end++;
        *s = (akin_split){ .name = j->scan->split_name[k] ? j->scan->split_name[k] : "train",
                           .height = j->height,
                           .width = j->width,
                           .channels = j->channels };
        j->offset[k] = begin;
        AKIN_TRY(akin_pixels_alloc(end - begin, s->height, s->width, s->channels, &s->pixels, err));
        s->items = akin_alloc(sizeof *s->items, end - begin, 1);
        s->labels = j->scan->classes ? akin_alloc(sizeof *s->labels, end - begin, 1) : NULL;
        if (!s->items || (j->scan->classes && !s->labels))
            return akin_fail(err, AKIN_ERR_NOMEM, "no memory for %lld names", (long long)(end - begin));
        begin = end;
    }
    return AKIN_OK;
}

/* Hand over names, labels and the bad ones; the good ones close ranks. */
static akin_status hand_over(job *j, akin_error *err)
{
    const int64_t bytes = j->height * j->width * j->channels;
    int64_t bad = 0;
    for (int64_t i = 0; i < j->scan->n; i++) bad += j->scan->item[i].status != AKIN_OK;
    if (bad > 0) {
        j->ds->bad = akin_alloc(sizeof *j->ds->bad, bad, 1);
        if (!j->ds->bad) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the list of bad files");
    }
    for (int64_t i = 0; i < j->scan->n; i++) {
        akin_scan_item *item = &j->scan->item[i];
        akin_split *s = &j->ds->split[item->split];
        if (item->status) {
            j->ds->bad[j->ds->bad_count++] = (akin_bad_item){ item->name, item->reason };
            item->reason = NULL;
        } else {
            const int64_t from = i - j->offset[item->split];
            if (from != s->n) memmove(s->pixels + s->n * bytes, s->pixels + from * bytes, (size_t)bytes);
            if (s->labels) s->labels[s->n] = item->label;
            s->items[s->n++] = item->name;
        }
        item->name = NULL;
    }
    return AKIN_OK;
}

static akin_status check_bad(const job *j, double most, akin_error *err)
{
    int64_t bad = 0, good[AKIN_MAX_SPLITS] = { 0 };
    const int64_t n = j->scan->n;
    for (int64_t i = 0; i < n; i++) {
        bad += j->scan->item[i].status != AKIN_OK;
        good[j->scan->item[i].split] += j->scan->item[i].status == AKIN_OK;
    }
    bool empty = false;
    for (int k = 0; k < j->scan->splits; k++) empty = empty || good[k] == 0;
    if (!empty && (double)bad <= most * (double)n) return AKIN_OK;
    const akin_scan_item *item = &j->scan->item[atomic_load(&j->first)];
    char shown[AKIN_SHOWN];
    return akin_fail(err, AKIN_ERR_INPUT, "%lld of %lld images cannot be read%s; the first is '%s': %s",
                     (long long)bad, (long long)n,
                     empty ? ", and none is left in a split" : ", more than --max-bad allows",
                     akin_shown(item->name, shown), item->reason);
}

static akin_status read_all(job *j, const akin_data_opts *opts, akin_error *err)
{
    akin_dataset *ds = j->ds;
    akin_parallel_tasks(j->scan->n, probe_item, j);
    const int64_t first = (int64_t)atomic_load(&j->first);
    if (j->stop && first < j->scan->n) { /* an earlier one may have a good header and bad pixels */
        j->ds = NULL;
        akin_parallel_tasks(first, decode_item, j);
        j->ds = ds;
    }
    AKIN_TRY(after_pass(j, err));
    AKIN_TRY(check_bad(j, opts->max_bad_frac, err));
    AKIN_TRY(settle_shape(j, err));
    AKIN_TRY(alloc_splits(j, err));
    akin_parallel_tasks(j->scan->n, decode_item, j);
    AKIN_TRY(after_pass(j, err));
    AKIN_TRY(check_bad(j, opts->max_bad_frac, err));
    return hand_over(j, err);
}

static void add_remark(akin_dataset *ds, const akin_scan *scan)
{
    const size_t used = strlen(ds->remark);
    if (scan->outside > 0)
        snprintf(ds->remark + used, sizeof ds->remark - used,
                 "%sNot labelled: %lld image%s outside of the class folders.", used ? " " : "",
                 (long long)scan->outside, scan->outside == 1 ? " is" : "s are");
}

akin_status akin_folder_read(akin_dataset *ds, const char *path, const akin_data_opts *opts, akin_error *err)
{
    akin_scan scan;
    akin_status status = akin_scan_folder(path, &scan, err);
    job j = { .scan = &scan, .ds = ds, .size = opts->size, .stop = opts->on_bad == AKIN_BAD_STOP };
    atomic_init(&j.first, INT64_MAX);
    if (!status) status = read_all(&j, opts, err);
    if (!status && scan.classes > 0)
        status = akin_dataset_set_names(ds, (const char *const *)scan.class_name, scan.classes, err);
    if (!status) {
        ds->ignored = scan.ignored;
        add_remark(ds, &scan);
    }
    akin_scan_free(&scan);
    return status;
}
