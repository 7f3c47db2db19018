/* SPDX-License-Identifier: Apache-2.0 */
/* images/open.c - what a path is, and who reads it.
 *
 * Detection. A file is told by its name or its first bytes; that of a picture is a set of one. A folder is
 * told by the names in it: an IDX images file, a CIFAR batch, train.npy; any other is a folder of pictures. A
 * folder whose data lie all in one folder in it stands for that one, whatever else is there: __MACOSX, empty
 * folders, README.txt.
 *
 * A new form of image sets is a file with its reader, and a row of FORMATS. */
#include "files/shard_list.h"
#include "files/text_bytes.h"
#include "images/readers.h"

#include "base/data_path.h"
#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"
#include "images/decode.h"
#include "images/images_options.h"
#include "images/list_folder.h"
#include "images/measure.h"
#include "images/unify.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT_COUNT = 5, MAX_SIDE = 4096 };

/* A folder is of the first form that finds a file of its own in it, and of the last where none does. */
static const ak_image_format *const FORMATS[FORMAT_COUNT] = { &ak_idx, &ak_cifar, &ak_npy_images,
                                                              &ak_webdataset, &ak_image_folder };

/* Detection ---------------------------------------------------------------------------------------------- */

/* What a folder holds, as far as detection asks. */
typedef struct contents {
    bool has[FORMAT_COUNT], images;
    int folders;    /* that hold data; counted up to 2 */
    char only[256]; /* the folder, when there is one */
} contents;

static bool is_data(const char *name)
{
    bool data = ak_is_image_name(name);
    for (int k = 0; k < FORMAT_COUNT && !data; k++)
        data = FORMATS[k]->in_folder && FORMATS[k]->in_folder(name);
    return data;
}

/* An entry that is no picture; *folder: it is one. */
static akin_status look_at_folder(const char *path, const char *name, contents *c, bool *folder,
                                  akin_error *err)
{
    bool data = false;
    AK_TRY(ak_path_is_folder(path, name, folder, err));
    if (!*folder || c->folders == 2) return AKIN_OK;
    AK_TRY(ak_folder_holds(path, name, is_data, &data, err));
    if (!data) return AKIN_OK;
    c->folders++;
    snprintf(c->only, sizeof c->only, "%s", name);
    return AKIN_OK;
}

static akin_status look_into(const char *path, contents *c, akin_error *err)
{
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    memset(c, 0, sizeof *c);
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;) {
        bool folder = false;
        if (ak_is_clutter(e->d_name)) continue;
        if (ak_is_image_name(e->d_name))
            c->images = true;
        else
            status = look_at_folder(path, e->d_name, c, &folder, err);
        for (int k = 0; k < FORMAT_COUNT && !folder; k++)
            if (FORMATS[k]->in_folder && FORMATS[k]->in_folder(e->d_name)) c->has[k] = true;
    }
    return ak_folder_close(&dir, status, err);
}

/* No data but those in one folder, which is no part for training: then it stands for the whole. */
static bool is_wrapping(const contents *c)
{
    bool data = c->images;
    for (int k = 0; k < FORMAT_COUNT; k++) data = data || c->has[k];
    return !data && c->folders == 1 && ak_part_meant(c->only, strlen(c->only)) != AK_PART_TRAIN;
}

/* Go down while data are in only one folder; *path is replaced. Then *found, if it is not given. */
static akin_status detect_folder(akin_image_set *ds, char **path, const ak_image_format **found,
                                 akin_error *err)
{
    contents c;
    for (int depth = 0;; depth++) {
        AK_TRY(look_into(*path, &c, err));
        if (!is_wrapping(&c)) break;
        if (depth == AK_MAX_DEPTH)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' is nested more than %d folders deep", *path,
                           AK_MAX_DEPTH);
        char *deeper = ak_path_join(*path, c.only);
        if (!deeper) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", *path);
        free(*path);
        *path = deeper;
        char shown[AK_SHOWN];
        ak_remark(&ds->remarks, "Read from the only folder in it, '%s'.", ak_shown(c.only, shown));
    }
    int k = 0;
    while (k < FORMAT_COUNT - 1 && !c.has[k]) k++;
    if (!*found) *found = FORMATS[k];
    return AKIN_OK;
}

static akin_status detect_file(const char *path, const ak_image_format **found, akin_error *err)
{
    unsigned char b[8] = { 0 };
    size_t got = 0;
    AK_TRY(ak_file_head(path, b, sizeof b, &got, err));
    const char *base = ak_path_base(path);
    *found = &ak_image_folder; /* of one picture */
    if (ak_is_image_name(base)) return AKIN_OK;
    for (int k = FORMAT_COUNT - 1; k >= 0;
         k--) { /* from the end: the magic bytes of .npy outweigh any name */
        *found = FORMATS[k];
        if (FORMATS[k]->is_file && FORMATS[k]->is_file(base, b, got)) return AKIN_OK;
    }
    AK_TRY(ak_text_explain(path, err));
    if (got < 4)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is no file of a known kind: it is %lld byte%s long", path,
                       (long long)got, got == 1 ? "" : "s");
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s' is no file of a known kind: it begins with %02x %02x %02x %02x; known are IDX, "
                   "CIFAR .bin, .npy, .npz, .tar of WebDataset, and folders of images",
                   path, b[0], b[1], b[2], b[3]);
}

/* Pictures in files of their own: of one size each, which may be left to us. */
static bool is_of_pictures(const ak_image_format *f) { return f == &ak_image_folder || f == &ak_webdataset; }

/* format NULL: detected. */
static akin_status read_path(akin_image_set *ds, akin_image_set_opts *opts, const ak_image_format *format,
                             akin_error *err)
{
    struct stat info;
    bool shards = false;
    if (!format || is_of_pictures(format)) AK_TRY(ak_shards_are(ds->path, &shards, err));
    if (shards) {
        ds->format = ak_webdataset.name;
        return ak_webdataset.read(ds, ds->path, false, opts, err);
    }
    bool range = false;
    if (!format || format == &ak_npy_images) AK_TRY(ak_is_range(ds->path, &range, err));
    if (range || ak_data_path_array(ds->path)) {
        ds->format = ak_npy_images.name;
        if (opts->size == AKIN_SIZE_FIT) opts->size = 0; /* one size they have */
        return ak_npy_images.read(ds, ds->path, false, opts, err);
    }
    if (stat(ds->path, &info) != 0) return ak_cannot_open(ds->path, err);
    const bool folder = S_ISDIR(info.st_mode);
    if (!folder && !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is neither a file nor a folder", ds->path);
    if (folder)
        AK_TRY(detect_folder(ds, &ds->path, &format, err));
    else if (!format)
        AK_TRY(detect_file(ds->path, &format, err));
    ds->format = format->name;
    if (opts->size == AKIN_SIZE_FIT && !is_of_pictures(format)) opts->size = 0; /* one size they have */
    return format->read(ds, ds->path, folder, opts, err);
}

/* Opening ------------------------------------------------------------------------------------------------ */

static akin_status select_listed(akin_image_set *ds, const char *path, akin_error *err)
{
    akin_keep_list *keep = NULL;
    AK_TRY(akin_keep_list_load(path, &keep, err));
    const akin_status status = akin_image_set_select_listed(ds, NULL, keep, err);
    akin_keep_list_free(keep);
    return status;
}

static int64_t half_of_memory(void)
{
    const int64_t available = akin_memory_available();
    if (available >= 0) return available / 2;
    return (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE) / 4;
}

/* *format stays NULL where it is to be detected. */
static akin_status check_options(const akin_image_set_opts *o, const ak_image_format **format,
                                 akin_error *err)
{
    if (o->size < AKIN_SIZE_FIT || o->size > MAX_SIDE)
        return ak_fail(err, AKIN_ERR_RANGE, "size is %d; it must be between 1 and %d, or 0 for as stored",
                       o->size, MAX_SIDE);
    if (o->resize && (o->size < 1 || o->resize < o->size || o->resize > MAX_SIDE))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "resize is %d; images are scaled to it before the middle of --size %d is taken, so it "
                       "must be between that and %d",
                       o->resize, o->size, MAX_SIDE);
    if (o->channels != 0 && o->channels != 1 && o->channels != 3)
        return ak_fail(err, AKIN_ERR_RANGE, "channels is %d; it must be 1 or 3, or 0 for as stored",
                       o->channels);
    if (!(o->max_bad_frac >= 0 && o->max_bad_frac <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "max_bad_frac is %g; it must be between 0 and 1",
                       o->max_bad_frac);
    if (o->cache < -1)
        return ak_fail(err, AKIN_ERR_RANGE, "cache is %lld bytes; it must be 0 or more, or -1 for automatic",
                       (long long)o->cache);
    ak_pixel_rules rules;
    AK_TRY(ak_pixel_rules_of(o, &rules, err));
    if (!o->format || strcmp(o->format, "auto") == 0) return AKIN_OK;
    for (int k = 0; k < FORMAT_COUNT && !*format; k++)
        if (strcmp(o->format, FORMATS[k]->name) == 0) *format = FORMATS[k];
    if (*format) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "format is '%s'; it must be one of auto, idx, cifar, npy, images",
                   o->format);
}

/* Facts ------------------------------------------------------------------------------------------------- */

/* "1 picture has", "12 pictures have" */
static const char *counted(int64_t n, const char *one, const char *many, char text[40])
{
    snprintf(text, 40, "%lld picture%s %s", (long long)n, n == 1 ? "" : "s", n == 1 ? one : many);
    return text;
}

static int64_t count_fact(const akin_image_set *ds, int fact)
{
    int64_t n = 0;
    for (int k = 0; k < ds->splits; k++)
        for (int64_t i = 0; ds->split[k].facts && i < ds->split[k].n; i++)
            n += (ds->split[k].facts[i] & fact) != 0;
    return n;
}

/* What was found in the pictures while all of them were read. */
static void remark_facts(akin_image_set *ds, const akin_image_set_opts *opts)
{
    char n[40];
    const int64_t transparent = count_fact(ds, AK_FACT_TRANSPARENT), turned = count_fact(ds, AK_FACT_TURNED),
                  frames = count_fact(ds, AK_FACT_FRAMES), deep = count_fact(ds, AK_FACT_DEEP),
                  unturned = count_fact(ds, AK_FACT_UNTURNED), dark = count_fact(ds, AK_FACT_DARK);
    if (transparent)
        ak_remark(&ds->remarks, "%s transparency: drawn on %s (--background).",
                  counted(transparent, "has", "have", n), ak_background_name(opts));
    if (turned)
        ak_remark(&ds->remarks, "%s turned, as the file's orientation (EXIF) says.",
                  counted(turned, "is", "are", n));
    if (unturned)
        ak_remark(&ds->remarks, "%s its orientation (EXIF) behind the pixels: not turned.",
                  counted(unturned, "has", "have", n));
    if (frames)
        ak_remark(&ds->remarks, "%s several frames or pages: the first one is read.",
                  counted(frames, "has", "have", n));
    if (deep && ds->sample_bits < 16 && opts->sample_bits == 0)
        ak_remark(
            &ds->remarks,
            "%s 16 bits, and no value is above %u: read as %d bits, so that %d is white (--sample-bits).",
            counted(deep, "has", "have", n), ds->largest_sample, ds->sample_bits, (1 << ds->sample_bits) - 1);
    else if (deep && ds->sample_bits < 16)
        ak_remark(&ds->remarks, "%s 16 bits: read as %d bits, so that %d is white.",
                  counted(deep, "has", "have", n), ds->sample_bits, (1 << ds->sample_bits) - 1);
    if (ds->brightest < AK_NEARLY_BLACK)
        ak_remark(&ds->remarks, "The images are nearly black: no value of train is above %d of 255%s.",
                  ds->brightest, transparent ? "" : " (masks and counts are to be spread over 0 to 255)");
    else if (ds->usual < AK_NEARLY_BLACK)
        ak_remark(&ds->remarks,
                  "The images are nearly black: of 1000 values of train 999 are not above %d of 255%s.",
                  ds->usual, deep ? "; a few bright samples decide what is white" : "");
    else if (dark)
        ak_remark(&ds->remarks, "%s 16 bits and %s nearly black beside the others, for which %d is white.",
                  counted(dark, "has", "have", n), dark == 1 ? "is" : "are", (1 << ds->sample_bits) - 1);
    for (int k = 0; k < ds->splits; k++) {
        free(ds->split[k].facts);
        ds->split[k].facts = NULL;
    }
}

akin_status ak_image_set_ask_sharing(akin_image_set *ds, uint64_t what, akin_error *err)
{
    bool same;
    if (!ds->sharing || ds->sharing_asked) return AKIN_OK;
    AK_TRY(ak_sharing_same(ds->sharing, what, &same, err));
    ds->sharing_asked = true;
    if (!same || !what) ds->sharing = NULL;
    return AKIN_OK;
}

akin_status ak_image_set_open(const char *path, const akin_image_set_opts *user, const ak_sharing *sharing,
                              akin_image_set **out, akin_error *err)
{
    if (!path || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_open: path and out must not be NULL");
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    const ak_image_format *format = NULL;
    AK_TRY(ak_opts_import(&opts, user, "image_set_open", err));
    AK_TRY(check_options(&opts, &format, err));
    akin_image_set *ds = calloc(1, sizeof *ds);
    if (ds) ds->path = strdup(path);
    if (!ds || !ds->path) {
        free(ds);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    }
    ak_data_path_name(path, ds->name);
    ds->sharing = sharing;
    ds->cache = opts.cache >= 0 ? opts.cache : half_of_memory();
    akin_status status = read_path(ds, &opts, format, err);
    if (!status) status = ak_image_set_ask_sharing(ds, 0, err);
    if (!status) status = ak_image_set_unify(ds, &opts, err);
    if (!status) status = ak_image_set_measure(ds, &opts, err);
    ds->sharing = NULL;
    if (!status) ak_image_set_tell_folder(ds);
    if (!status) remark_facts(ds, &opts);
    if (!status && opts.keep) status = select_listed(ds, opts.keep, err);
    if (!status) status = ak_remarks_check(&ds->remarks, err);
    if (status)
        akin_image_set_free(ds);
    else
        *out = ds;
    return status;
}

akin_status akin_image_set_open(const char *path, const akin_image_set_opts *opts, akin_image_set **out,
                                akin_error *err)
{
    return ak_image_set_open(path, opts, NULL, out, err);
}
