/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_open.c - opening a set of vectors: which files, which format, and the steps from files to
 * a set.
 *
 * A folder is read by the names in it: the files whose names mean train and test (base/folder_names.h), with
 * the first extension of the table that is there. The
 * format of a file is told by its first bytes and its name: .npy has its magic; libsvm has "index:value" in
 * the second field of the first line; everything else is a table. */
#include "base/data_path.h"
#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"
#include "base/plain.h"
#include "vectors/cell.h"
#include "files/records.h"
#include "files/shard_list.h"
#include "files/npz.h"
#include "vectors/vectors_options.h"
#include "vectors/vectors_readers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef akin_status read_fn(akin_vector_set *set, ak_vector_split *split, const char *path, akin_error *err);

static const struct format {
    const char *name;
    read_fn *read;
} FORMATS[] = { { "npy", ak_vectors_read_npy },
                { "csv", ak_vectors_read_csv },
                { "libsvm", ak_vectors_read_libsvm } };
enum { NPY, CSV, LIBSVM, FORMAT_COUNT };

static const char *const ENDINGS[] = {
    ".npy",  ".csv",    ".tsv",    ".libsvm",    ".svm",    ".svmlight",
    ".data", ".csv.gz", ".tsv.gz", ".libsvm.gz", ".svm.gz", ".svmlight.gz"
};

static akin_status sniff(const char *path, int *format, akin_error *err)
{
    char start[6] = { 0 };
    size_t got = 0;
    AK_TRY(ak_file_head(path, start, sizeof start, &got, err));
    const size_t n = strlen(path);
    *format = NPY;
    if (got == sizeof start && memcmp(start, "\x93NUMPY", 6) == 0) return AKIN_OK;
    if (n > 4 && strcmp(path + n - 4, ".npy") == 0) return AKIN_OK;
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    AK_TRY(ak_records_open(path, ' ', &r, err));
    const akin_status status = ak_records_next(r, &field, &count, err);
    *format = CSV;
    double ignored;
    if (!status && count >= 2) {
        const char *colon = memchr(field[1].text, ':', field[1].length);
        const size_t left = colon ? (size_t)(colon - field[1].text) : 0;
        const bool qid = left == 3 && memcmp(field[1].text, "qid", 3) == 0;
        if (left && (qid || ak_cell_parse(field[1].text, left, &ignored) == AK_CELL_NUMBER) &&
            ak_cell_parse(colon + 1, field[1].length - left - 1, &ignored) == AK_CELL_NUMBER)
            *format = LIBSVM;
    }
    ak_records_close(r);
    return status;
}

/* A file of a folder that is a part of the set: its place in ENDINGS, -1 = none. */
typedef struct found_part {
    char name[256];
    int ending;
} found_part;

/* The place in ENDINGS of a name, whose stem has *stem bytes; -1 = none. */
static int ending_of(const char *name, size_t *stem)
{
    const size_t n = strlen(name);
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        const size_t k = strlen(ENDINGS[i]);
        if (n <= k || ak_strcasecmp(name + n - k, ENDINGS[i]) != 0) continue;
        *stem = n - k;
        return (int)i;
    }
    return -1;
}

/* The files that are parts (base/folder_names.h), by ak_part_name: of those that mean the same part, the one
 * whose ending comes first in ENDINGS. */
static akin_status find_parts(const char *folder, int format, found_part found[3], akin_error *err)
{
    for (int k = 0; k < 3; k++) found[k] = (found_part){ .ending = -1 };
    ak_folder dir = ak_folder_open(folder);
    char second[3][256] = { "", "", "" }, a[AK_SHOWN], b[AK_SHOWN];
    for (const struct dirent *e; (e = ak_folder_next(&dir)) != NULL;) {
        size_t stem = 0;
        const int ending = ending_of(e->d_name, &stem);
        const ak_part_name part = ending < 0 ? AK_PART_NONE : ak_part_meant(e->d_name, stem);
        if (part == AK_PART_NONE || (format >= 0 && (format == NPY) != (ending == 0))) continue;
        found_part *p = &found[part];
        if (p->ending >= 0 && p->ending < ending) continue;
        if (p->ending != ending) p->name[0] = second[part][0] = 0;
        ak_two_first(p->name, second[part], e->d_name);
        p->ending = ending;
    }
    AK_TRY(ak_folder_close(&dir, AKIN_OK, err));
    for (int k = 0; k < 3; k++)
        if (second[k][0])
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s' holds two files for the part %s, '%s' and '%s'; rename one", folder,
                           ak_part_word((ak_part_name)k), ak_shown(found[k].name, a), ak_shown(second[k], b));
    return AKIN_OK;
}

static akin_status read_part(akin_vector_set *set, const char *name, const char *path, int *format,
                             akin_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0) return ak_cannot_open(path, err);
    if (!S_ISREG(info.st_mode)) return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
    if (*format < 0) AK_TRY(sniff(path, format, err));
    set->format = FORMATS[*format].name;
    ak_vector_split *split = &set->split[set->splits++];
    split->name = name;
    AK_TRY(FORMATS[*format].read(set, split, path, err));
    int64_t rows = 0;
    for (int k = 0; k < set->splits; k++) rows += set->split[k].n;
    if (split->n > 0) return set->d ? ak_vectors_fit(set, rows, set->d, err) : AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no rows", path);
}

static akin_status read_found(akin_vector_set *set, const char *folder, const char *part,
                              const found_part *found, int *format, akin_error *err)
{
    char shown[AK_SHOWN];
    char *path = ak_path_join(folder, found->name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", folder);
    const char *dot = strchr(found->name, '.');
    if ((size_t)(dot - found->name) != strlen(part) || strncmp(found->name, part, strlen(part)) != 0)
        ak_remark(&set->remarks, "File '%s' is read as the part %s.", ak_shown(found->name, shown), part);
    const akin_status status = read_part(set, part, path, format, err);
    free(path);
    return status;
}

static akin_status read_folder(akin_vector_set *set, const char *path, int *format, akin_error *err)
{
    found_part found[3];
    char shown[AK_SHOWN];
    AK_TRY(find_parts(path, *format, found, err));
    const found_part *train = &found[AK_PART_TRAIN], *val = &found[AK_PART_VAL],
                     *test = found[AK_PART_TEST].ending >= 0 ? &found[AK_PART_TEST] : val;
    if (train->ending < 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' holds no train.npy, train.csv, train.tsv or train.libsvm; a folder of vectors has one, "
            "and a test file beside it if there is a test part",
            path);
    AK_TRY(read_found(set, path, "train", train, format, err));
    if (test->ending >= 0) AK_TRY(read_found(set, path, "test", test, format, err));
    if (test != val && val->ending >= 0)
        ak_remark(&set->remarks, "Left out: '%s'; of vectors a training and a test part are read.",
                  ak_shown(val->name, shown));
    return AKIN_OK;
}

static akin_status check_splits_alike(const akin_vector_set *set, akin_error *err)
{
    for (int k = 1; k < set->splits; k++) {
        const ak_vector_split *a = &set->split[0], *b = &set->split[k];
        if (!a->groups == !b->groups && !a->times == !b->times && !a->values == !b->values) continue;
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has values, groups or times for only one of train and %s",
                       set->name, b->name);
    }
    return AKIN_OK;
}

akin_status ak_vectors_prepare(akin_vector_set *set, akin_error *err)
{
    if (set->given.d && set->given.d != set->d)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has rows of %lld features; %lld are wanted", set->name,
                       (long long)set->d, (long long)set->given.d);
    for (int k = 0; k < AK_VECTOR_SPLITS; k++) set->split[k].set = set;
    AK_TRY(ak_vectors_set_classes(set, err));
    set->groups = set->group_names.n ? set->group_names.n : 1;
    AK_TRY(check_splits_alike(set, err));
    AK_TRY(ak_vectors_hold_out(set, err));
    AK_TRY(ak_vectors_select(set, err));
    AK_TRY(ak_vectors_measure(set, err));
    AK_TRY(ak_vectors_order(set, err));
    AK_TRY(ak_vectors_cut_series(set, err));
    return ak_vectors_hash(set, err);
}

/* Names of columns that only one of the run and these data has. */
static void tell_nameless(akin_vector_set *set)
{
    if (set->wanted.header && strcmp(set->format, "csv") != 0)
        ak_remark(&set->remarks, "The columns of '%s' have no names: they are taken by their places.",
                  set->name);
    if (set->given.d && set->wanted.columns == 0 && set->layout.header)
        ak_remark(&set->remarks,
                  "The run knows no names of columns: those of '%s' are taken by their places.", set->name);
}

static akin_status cannot_open(const char *path, akin_error *err)
{
    const int reason = errno;
    bool range;
    AK_TRY(ak_is_range_of_texts(path, &range, err));
    errno = reason;
    return range
               ? ak_fail(err, AKIN_ERR_UNSUPPORTED,
                         "'%s' names several tables of numbers; of vectors only .npy files and archives are "
                         "read as one: put the rows into one file",
                         path)
               : ak_cannot_open(path, err);
}

static akin_status read_path(akin_vector_set *set, const char *path, akin_error *err)
{
    int format = -1;
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (set->opts.format && strcmp(set->opts.format, FORMATS[i].name) == 0) format = i;
    struct stat info;
    bool shards, range = false, arrays = false;
    AK_TRY(ak_shards_are(path, &shards, err));
    if (format <= NPY) AK_TRY(ak_is_range(path, &range, err));
    if (shards || range) {
        AK_TRY(shards ? ak_vectors_read_shards(set, path, err) : ak_vectors_read_range(set, path, err));
        if (range) tell_nameless(set);
        return ak_vectors_prepare(set, err);
    }
    if (format <= NPY) AK_TRY(ak_npz_is(path, &arrays, err));
    if (!arrays && stat(path, &info) != 0) return cannot_open(path, err);
    if (arrays)
        AK_TRY(ak_vectors_read_npz(set, path, err));
    else if (S_ISDIR(info.st_mode))
        AK_TRY(read_folder(set, path, &format, err));
    else
        AK_TRY(read_part(set, "train", path, &format, err));
    if (format == LIBSVM) AK_TRY(ak_vectors_make_dense(set, err));
    tell_nameless(set);
    return ak_vectors_prepare(set, err);
}

/* Open the full set, and find which of its rows the keep-list names. */
static akin_status find_kept(akin_vector_set *set, const char *path, akin_error *err)
{
    akin_vectors_opts opts = set->opts;
    akin_vector_set *full = NULL;
    opts.keep = NULL;
    AK_TRY(akin_vectors_open(path, &opts, &full, err));
    const akin_status status = ak_vectors_find_kept(set, full, err);
    akin_vectors_free(full);
    return status;
}

void ak_vectors_end_reading(akin_vector_set *set)
{
    for (int k = 0; k < AK_VECTOR_SPLITS; k++) {
        ak_sparse_free(set->split[k].sparse);
        set->split[k].sparse = NULL;
    }
    ak_names_free(&set->label_names);
    ak_csv_table_free(set->table);
    free(set->kept);
    set->table = NULL;
    set->kept = NULL;
    set->given = (akin_vector_scale)AKIN_VECTOR_SCALE_INIT;
    set->wanted = (akin_vector_layout)AKIN_VECTOR_LAYOUT_INIT;
    set->opts = (akin_vectors_opts){ .struct_size = sizeof set->opts };
}

akin_status akin_vectors_open(const char *path, const akin_vectors_opts *user, akin_vector_set **out,
                              akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_open: path and out must not be NULL");
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    akin_vector_scale scale = AKIN_VECTOR_SCALE_INIT;
    AK_TRY(ak_opts_import(&opts, user, "vectors_open", err));
    akin_vector_layout layout = AKIN_VECTOR_LAYOUT_INIT;
    AK_TRY(ak_opts_import(&scale, opts.scale, "vectors_open: scale", err));
    AK_TRY(ak_opts_import(&layout, opts.layout, "vectors_open: layout", err));
    AK_TRY(ak_vectors_opts_check(&opts, err));
    akin_vector_set *set = calloc(1, sizeof *set);
    if (!set) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    set->opts = opts;
    set->given = scale;
    set->wanted = layout;
    ak_data_path_name(path, set->name);
    akin_status status = opts.keep ? find_kept(set, path, err) : AKIN_OK;
    if (!status) status = read_path(set, path, err);
    ak_vectors_end_reading(set);
    if (!status) status = ak_remarks_check(&set->remarks, err);
    if (status) {
        akin_vectors_free(set);
        return status;
    }
    *out = set;
    return AKIN_OK;
}
