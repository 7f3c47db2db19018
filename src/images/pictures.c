/* SPDX-License-Identifier: Apache-2.0 */
/* images/pictures.c - a list of pictures as splits whose images are read one by one, wherever their bytes
 * are: files of a folder (folder.c), members of archives (webdataset.c).
 *
 * First only the headers are read, in parallel: 64 KiB of each picture, or all of it where that is not
 * enough. They tell the size of the images, whether they are coloured, and how much memory is needed, before
 * any pixel is decoded. The pixels come later, through the split's reader (read_picture): it decodes a
 * picture, scales it, and repeats a grey picture among coloured ones in three equal channels. measure.c has
 * it read all images once; cache.c has it read again those that do not fit into memory.
 *
 * Bad files. With AKIN_BAD_STOP the first bad file in item order is reported, whichever thread met a bad one
 * first. Where a header is bad, the pictures before it are decoded too, in case one of them has bad pixels.
 * Lack of memory is an error of its own and never makes a file bad. */
#include "images/pictures.h"

#include "base/path.h"
#include "images/cache.h"
#include "images/channels.h"
#include "images/decode.h"
#include "images/images_options.h"
#include "images/resize.h"

#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

enum { HEAD_BYTES = 1 << 16 };

typedef struct job {
    const ak_picture_source *from;
    ak_folder_list *list;
    bool stop;          /* at the first bad one */
    atomic_llong first; /* index of the earliest failure */
    int64_t size;       /* to scale to; 0, or AKIN_SIZE_FIT */
    int64_t shorter;    /* as in ak_scaling */
    int64_t height, width, channels;
    ak_pixel_rules rules;
    atomic_uint largest; /* sample of 16-bit pictures; they are looked at where rules.bits is 0 */
    atomic_bool deep;    /* there are any */
    int32_t wanted;      /* channels, or 0 */
} job;

/* What the reader of a split needs. */
typedef struct pictures {
    const ak_picture_source *from; /* of the set */
    ak_scaling scaling;
    ak_pixel_rules rules;
    bool convert; /* colour to grey, where the split is grey */
} pictures;

static void set_failed(job *j, int64_t i, const akin_error *err)
{
    ak_listed_image *item = &j->list->item[i];
    item->status = err->status;
    free(item->reason);
    item->reason = strdup(err->message);
    long long first = atomic_load(&j->first);
    while (i < first && !atomic_compare_exchange_weak(&j->first, &first, i)) {}
}

static bool skipped(job *j, int64_t i)
{
    return j->list->item[i].status != AKIN_OK || (j->stop && i > atomic_load(&j->first));
}

typedef struct use {
    size_t most; /* bytes of the file */
    bool decode;
    const ak_pixel_rules *rules;
    uint32_t *largest; /* not NULL: of the decoded samples, and nothing else */
} use;

static akin_status use_bytes(const ak_picture_source *from, const char *name, int64_t place, use how,
                             ak_decoded_image *out, bool *whole, akin_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    AK_TRY(from->read(from->ctx, name, place, how.most, &bytes, &n, whole, err));
    const akin_status status = how.largest  ? ak_picture_largest(bytes, n, how.largest, err)
                               : how.decode ? ak_picture_decode(bytes, n, how.rules, out, err)
                                            : ak_picture_probe(bytes, n, how.rules, out, err);
    free(bytes);
    return status;
}

/* Headers ------------------------------------------------------------------------------------------------ */

/* The largest sample of a 16-bit picture, for the scale of all of them. */
static akin_status look_deeper(job *j, int64_t i, akin_error *err)
{
    ak_decoded_image none;
    bool whole;
    uint32_t largest = 0;
    atomic_store(&j->deep, true);
    if (j->rules.bits) return AKIN_OK;
    AK_TRY(use_bytes(j->from, j->list->item[i].name, i,
                     (use){ .most = AK_MAX_FILE_BYTES, .largest = &largest }, &none, &whole, err));
    unsigned before = atomic_load(&j->largest);
    while (largest > before && !atomic_compare_exchange_weak(&j->largest, &before, largest)) {}
    return AKIN_OK;
}

static void probe_item(int64_t i, int worker, void *ctx)
{
    job *j = ctx;
    ak_listed_image *item = &j->list->item[i];
    (void)worker;
    if (skipped(j, i)) return;
    akin_error err = { .status = AKIN_OK };
    ak_decoded_image p = { .pixels = NULL };
    bool whole = true;
    use how = { .most = HEAD_BYTES, .rules = &j->rules };
    akin_status status = use_bytes(j->from, item->name, i, how, &p, &whole, &err);
    how.most = AK_MAX_FILE_BYTES;
    if (status && !whole) status = use_bytes(j->from, item->name, i, how, &p, &whole, &err);
    if (!status && p.deep) status = look_deeper(j, i, &err);
    if (status) {
        set_failed(j, i, &err);
        return;
    }
    item->height = (int32_t)p.height;
    item->width = (int32_t)p.width;
    item->channels = (uint8_t)p.channels;
}

/* Ranks share them: each reads those of its part, of so many at a time, and is told the others. */
enum { SHARED_HEADERS = 1 << 16 };

typedef struct header {
    int32_t height, width;
    uint8_t channels;
    bool failed;
} header;

typedef struct shared_headers {
    job *j;
    const ak_sharing *ranks;
    header *all; /* [n] */
    int64_t first, n, own;
} shared_headers;

static void probe_own(int64_t i, int worker, void *ctx)
{
    const shared_headers *s = ctx;
    probe_item(s->first + s->own + i, worker, s->j);
    const ak_listed_image *item = &s->j->list->item[s->first + s->own + i];
    s->all[s->own + i] = (header){ item->height, item->width, item->channels, item->status != AKIN_OK };
}

/* One that has failed elsewhere is tried here too, which says why. */
static void take_header(int64_t i, int worker, void *ctx)
{
    const shared_headers *s = ctx;
    ak_listed_image *item = &s->j->list->item[s->first + i];
    const header *h = &s->all[i];
    if (h->failed) {
        probe_item(s->first + i, worker, s->j);
        return;
    }
    item->height = h->height;
    item->width = h->width;
    item->channels = h->channels;
}

static akin_status probe_some(shared_headers *s, akin_error *err)
{
    void *ctx = s->ranks->ctx;
    s->own = s->ranks->first(ctx, s->n, s->ranks->rank);
    ak_parallel_tasks(s->ranks->first(ctx, s->n, s->ranks->rank + 1) - s->own, probe_own, s);
    AK_TRY(s->ranks->gather(ctx, s->all, s->n, sizeof *s->all, err));
    ak_parallel_tasks(s->n, take_header, s);
    return AKIN_OK;
}

/* The depth of all 16-bit pictures. */
static akin_status share_depth(job *j, const ak_sharing *ranks, uint32_t *all, akin_error *err)
{
    /* samples have 16 bits: 0 = none was found, 1 = one that was not looked into, 1 + the largest */
    all[ranks->rank] = atomic_load(&j->deep) ? 1 + (uint32_t)atomic_load(&j->largest) : 0;
    AK_TRY(ranks->gather(ranks->ctx, all, ranks->size, sizeof *all, err));
    for (int r = 0; r < ranks->size; r++) {
        if (!all[r]) continue;
        atomic_store(&j->deep, true);
        if (all[r] - 1 > atomic_load(&j->largest)) atomic_store(&j->largest, all[r] - 1);
    }
    return AKIN_OK;
}

static akin_status probe_shared(job *j, const ak_sharing *ranks, akin_error *err)
{
    shared_headers s = { .j = j, .ranks = ranks };
    s.all = calloc(SHARED_HEADERS, sizeof *s.all); /* with what is between members */
    uint32_t *depth = ak_alloc(sizeof *depth, ranks->size, 1);
    akin_status status = s.all && depth ? AKIN_OK : ak_no_memory(err, "for the headers of pictures");
    status = ranks->agree(ranks->ctx, status, err);
    for (; s.first < j->list->n && !status; s.first += s.n) {
        s.n = j->list->n - s.first < SHARED_HEADERS ? j->list->n - s.first : SHARED_HEADERS;
        status = probe_some(&s, err);
    }
    if (!status) status = share_depth(j, ranks, depth, err);
    free(s.all);
    free(depth);
    return status;
}

/* Names, labels and splits: what of a list is the same where the same pictures are read. */
static akin_status hash_list(const ak_folder_list *list, uint64_t *out, akin_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return ak_no_memory(err, "for the list of images");
    XXH3_64bits_reset(state);
    for (int64_t i = 0; i < list->n; i++) {
        const ak_listed_image *item = &list->item[i];
        XXH3_64bits_update(state, item->name, strlen(item->name) + 1);
        XXH3_64bits_update(state, &item->label, sizeof item->label);
        XXH3_64bits_update(state, &item->split, sizeof item->split);
    }
    *out = XXH3_64bits_digest(state) | 1;
    XXH3_freeState(state);
    return AKIN_OK;
}

/* Pixels ------------------------------------------------------------------------------------------------- */

/* The picture as the split has it: scaled, cropped, in as many channels. */
static akin_status place(const ak_image_split *s, const pictures *f, const ak_decoded_image *p, uint8_t *to,
                         akin_error *err)
{
    const int64_t pixels = s->height * s->width;
    if (!f->scaling.size && (p->height != s->height || p->width != s->width))
        return ak_fail(err, AKIN_ERR_INPUT, "it changed while being read");
    if (p->channels > s->channels && !f->convert)
        return ak_fail(err, AKIN_ERR_INPUT, "it changed while being read");
    uint8_t *scaled = p->pixels;
    if (ak_scales(&f->scaling, p->height, p->width)) {
        scaled = malloc((size_t)(pixels * p->channels));
        if (!scaled || !ak_resize_crop(p->pixels, p->height, p->width, p->channels, scaled, &f->scaling)) {
            free(scaled);
            return ak_fail(err, AKIN_ERR_NOMEM, "no memory to scale it");
        }
    }
    ak_convert_channels(scaled, p->channels, to, s->channels, pixels);
    if (scaled != p->pixels) free(scaled);
    return AKIN_OK;
}

static akin_status decode(const ak_picture_source *from, const char *name, int64_t place,
                          const ak_pixel_rules *rules, ak_decoded_image *out, akin_error *err)
{
    bool whole = true;
    const use how = { .most = AK_MAX_FILE_BYTES, .decode = true, .rules = rules };
    return use_bytes(from, name, place, how, out, &whole, err);
}

static bool is_dark(const uint8_t *pixels, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (pixels[i] >= AK_NEARLY_BLACK) return false;
    return true;
}

static akin_status read_picture(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err)
{
    const pictures *f = s->reader.ctx;
    akin_error why = { .status = AKIN_OK };
    ak_decoded_image p = { .pixels = NULL };
    akin_status status = decode(f->from, s->items[item], s->place[item], &f->rules, &p, &why);
    if (!status) status = place(s, f, &p, out, &why);
    if (!status && s->facts)
        s->facts[item] =
            (uint8_t)((p.transparent ? AK_FACT_TRANSPARENT : 0) | (p.turned ? AK_FACT_TURNED : 0) |
                      (p.frames > 1 ? AK_FACT_FRAMES : 0) | (p.channels == 1 ? AK_FACT_GREY : 0) |
                      (p.deep ? AK_FACT_DEEP : 0) | (p.unturned ? AK_FACT_UNTURNED : 0) |
                      (p.deep && is_dark(out, ak_image_bytes(s)) ? AK_FACT_DARK : 0));
    free(p.pixels);
    if (!status) return AKIN_OK;
    return ak_fail(err, status, "%s", why.message);
}

static void close_pictures(void *ctx) { free(ctx); }

/* An earlier one than the first bad header may have bad pixels. */
static void try_item(int64_t i, int worker, void *ctx)
{
    job *j = ctx;
    (void)worker;
    if (skipped(j, i)) return;
    akin_error err = { .status = AKIN_OK };
    ak_decoded_image p = { .pixels = NULL };
    if (decode(j->from, j->list->item[i].name, i, &j->rules, &p, &err)) set_failed(j, i, &err);
    free(p.pixels);
}

/* What the set is ---------------------------------------------------------------------------------------- */

/* The reason itself may have found no memory. */
static const char *reason_of(const ak_listed_image *item)
{
    if (item->reason) return item->reason;
    return item->status == AKIN_ERR_NOMEM ? "no memory to read it" : "cannot be read";
}

static akin_status report_first(const job *j, akin_error *err)
{
    const ak_listed_image *item = &j->list->item[atomic_load(&j->first)];
    char shown[AK_SHOWN];
    return ak_fail(err, item->status, "'%s/%s': %s%s", j->list->root, ak_shown(item->name, shown),
                   reason_of(item),
                   ak_file_is_innocent(item->status) ? "" : "; --on-bad skip leaves such files out");
}

/* Fail on bad items where they are to stop us, and on what is no fault of the file. */
static akin_status check_headers(const job *j, akin_error *err)
{
    if (atomic_load(&j->first) == INT64_MAX) return AKIN_OK;
    if (j->stop) return report_first(j, err);
    for (int64_t i = 0; i < j->list->n; i++) {
        const ak_listed_image *item = &j->list->item[i];
        char shown[AK_SHOWN];
        if (ak_file_is_innocent(item->status))
            return ak_fail(err, item->status, "'%s': %s", ak_shown(item->name, shown), reason_of(item));
    }
    return AKIN_OK;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int32_t shorter(const ak_listed_image *i) { return i->height < i->width ? i->height : i->width; }

/* The median of n sorted shorter sides, as a multiple of 8 that suits training without a large machine. */
static int32_t fitting_side(const int64_t *sorted, int64_t n)
{
    enum { LEAST = 32, MOST = 64, STEP = 8 };
    const int64_t side = sorted[(n - 1) / 2] / STEP * STEP;
    return (int32_t)(side < LEAST ? LEAST : side > MOST ? MOST : side);
}

/* What the headers of good pictures say; a size that was left to us is chosen. */
static akin_status gather_facts(job *j, ak_folder_facts *f, akin_error *err)
{
    int64_t *sizes = ak_alloc(sizeof *sizes, j->list->n + 1, 1), n = 0;
    if (!sizes) return ak_no_memory(err, "for the sizes of the images");
    int64_t low = INT64_MAX, high = 0;
    for (int64_t i = 0; i < j->list->n; i++) {
        const ak_listed_image *item = &j->list->item[i];
        if (item->status) continue;
        const int64_t area = (int64_t)item->height * item->width;
        if (area < low) f->low[0] = item->height, f->low[1] = item->width, low = area;
        if (area > high) f->high[0] = item->height, f->high[1] = item->width, high = area;
        sizes[n++] = (int64_t)item->height << 32 | item->width;
    }
    qsort(sizes, (size_t)n, sizeof *sizes, by_number);
    for (int64_t i = 0; i < n; i++) f->distinct += i == 0 || sizes[i] != sizes[i - 1];
    f->fitted = j->size == AKIN_SIZE_FIT && f->distinct > 1;
    if (f->fitted) {
        n = 0;
        for (int64_t i = 0; i < j->list->n; i++)
            if (!j->list->item[i].status) sizes[n++] = shorter(&j->list->item[i]);
        qsort(sizes, (size_t)n, sizeof *sizes, by_number);
        j->size = fitting_side(sizes, n);
    } else if (j->size == AKIN_SIZE_FIT) {
        j->size = 0;
    }
    f->size = (int32_t)j->size;
    for (int64_t i = 0; i < j->list->n; i++)
        f->enlarged += !j->list->item[i].status && shorter(&j->list->item[i]) < j->size;
    free(sizes);
    return AKIN_OK;
}

static akin_status settle_shape(job *j, akin_error *err)
{
    const ak_listed_image *first = NULL;
    for (int64_t i = 0; i < j->list->n; i++) {
        const ak_listed_image *item = &j->list->item[i];
        if (item->status) continue;
        if (!first) first = item;
        if (item->channels > j->channels) j->channels = item->channels;
        if (j->size || (item->height == first->height && item->width == first->width)) continue;
        char a[AK_SHOWN], b[AK_SHOWN];
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "images differ in size: '%s' is %lldx%lld, '%s' is %lldx%lld; give --size N to scale the "
            "shorter side to N and crop the middle",
            ak_shown(first->name, a), (long long)first->height, (long long)first->width,
            ak_shown(item->name, b), (long long)item->height, (long long)item->width);
    }
    if (j->wanted) j->channels = j->wanted;
    if (!first) return AKIN_OK;
    j->height = j->size ? j->size : first->height;
    j->width = j->size ? j->size : first->width;
    return AKIN_OK;
}

static akin_status make_split(const job *j, akin_image_set *ds, int64_t first, int64_t n, ak_image_split *s,
                              akin_error *err)
{
    pictures *f = calloc(1, sizeof *f);
    s->reader = (ak_item_reader){ read_picture, close_pictures, f };
    s->items = ak_alloc(sizeof *s->items, n, 1);
    s->place = ak_alloc(sizeof *s->place, n, 1);
    s->labels = j->list->labelled ? ak_alloc(sizeof *s->labels, n, 1) : NULL;
    s->facts = calloc(1, (size_t)n + 1);
    if (!f || !s->items || !s->place || !s->facts || (j->list->labelled && !s->labels)) {
        if (!f) s->reader.close = NULL;
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld names", (long long)n);
    }
    f->from = j->from;
    f->scaling = (ak_scaling){ j->size, j->shorter };
    f->rules = j->rules;
    f->convert = j->wanted == 1;
    for (int64_t i = first; i < first + n; i++) {
        const ak_listed_image *item = &j->list->item[i];
        if (item->status) {
            AK_TRY(ak_image_set_add_bad(ds, item->split, item->name, item->reason ? item->reason : "", err));
            continue;
        }
        if (s->labels) s->labels[s->n] = item->label;
        s->place[s->n] = i;
        s->items[s->n++] = item->name;
    }
    return AKIN_OK;
}

/* The good ones become items, the bad ones go into their list. */
static akin_status make_splits(const job *j, akin_image_set *ds, const akin_image_set_opts *opts,
                               akin_error *err)
{
    int64_t begin = 0;
    for (int k = 0; k < j->list->splits; k++) {
        ak_image_split *s = &ds->split[ds->splits++];
        int64_t end = begin;
        while (end < j->list->n && j->list->item[end].split == k) end++;
        *s = (ak_image_split){ .name = j->list->split_name[k] ? j->list->split_name[k] : "train",
                               .path = ds->path,
                               .height = j->height,
                               .width = j->width,
                               .channels = j->channels };
        AK_TRY(make_split(j, ds, begin, end - begin, s, err));
        begin = end;
    }
    AK_TRY(ak_image_set_check_bad(ds, opts, err));
    for (int k = 0; k < ds->splits; k++) AK_TRY(ak_split_cache(ds, &ds->split[k], err));
    return AKIN_OK;
}

/* All 16-bit pictures of the set share one white, so that they stay comparable: the next 2^bits - 1. */
static void settle_depth(job *j)
{
    const uint32_t largest = (uint32_t)atomic_load(&j->largest);
    if (j->rules.bits || !atomic_load(&j->deep)) return;
    j->rules.bits = largest ? 0 : 16;
    while (largest >> j->rules.bits) j->rules.bits++;
}

static akin_status read_headers(job *j, const ak_sharing *ranks, ak_folder_facts *facts, akin_error *err)
{
    if (ranks)
        AK_TRY(probe_shared(j, ranks, err));
    else
        ak_parallel_tasks(j->list->n, probe_item, j);
    const int64_t first = (int64_t)atomic_load(&j->first);
    if (j->stop && first < j->list->n) ak_parallel_tasks(first, try_item, j);
    AK_TRY(check_headers(j, err));
    settle_depth(j);
    AK_TRY(gather_facts(j, facts, err));
    return settle_shape(j, err);
}

akin_status ak_pictures_read(akin_image_set *ds, ak_folder_list *list, const akin_image_set_opts *opts,
                             akin_error *err)
{
    job j = { .from = &ds->from,
              .list = list,
              .size = opts->size,
              .shorter = opts->resize,
              .stop = opts->on_bad == AKIN_BAD_STOP,
              .wanted = opts->channels };
    atomic_init(&j.first, INT64_MAX);
    ds->folder = (ak_folder_facts){ .other = list->other, .clutter = list->clutter, .skips = !j.stop };
    AK_TRY(ak_pixel_rules_of(opts, &j.rules, err));
    uint64_t what = 0;
    if (ds->sharing) AK_TRY(hash_list(list, &what, err));
    AK_TRY(ak_image_set_ask_sharing(ds, what, err));
    AK_TRY(read_headers(&j, ds->sharing, &ds->folder, err));
    ds->names = list->names; /* of items and of bad ones */
    list->names = (ak_name_pool){ .chunk = NULL };
    AK_TRY(make_splits(&j, ds, opts, err));
    ds->ignored = list->other.total + list->clutter;
    ds->sample_bits = atomic_load(&j.deep) ? j.rules.bits : 0;
    ds->largest_sample = (uint32_t)atomic_load(&j.largest);
    return AKIN_OK;
}
