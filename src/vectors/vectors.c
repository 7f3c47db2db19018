/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors.c - opening a set of vectors: which files, which format, which limits; and what is known of an open set.
 *
 * A folder is told by the names in it, train.EXT for the first extension of the table that is there; a file by its
 * first bytes and name: .npy by its magic, libsvm by "index:value" in the second field of the first line, else it is a
 * table. */
#include "vectors/vectors.h"

#include "base/path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Memory ---------------------------------------------------------------------------------------------------- */

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
    if ((double)n * (double)d <= most) return AKIN_OK;
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
    if (!fine)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld rows of '%s'", (long long)room, set->name);
    s->room = room;
    return AKIN_OK;
}

akin_status ak_vectors_id(ak_names **names, const char *text, size_t length, bool label, int32_t *id,
                          akin_error *err)
{
    if (!*names) *names = ak_names_create();
    *id = *names ? ak_names_id(*names, text, length) : -1;
    if (*id < 0) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for another %s", label ? "class" : "group");
    if (label && *id >= AK_VECTOR_CLASSES)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "there are more than %d different labels; a column of classes is needed, not of numbers to "
            "predict (none: learn without labels)",
            AK_VECTOR_CLASSES);
    return AKIN_OK;
}

void ak_vectors_note(akin_vector_set *set, const char *format, ...)
{
    const size_t used = strlen(set->remark);
    va_list args;
    va_start(args, format);
    if (used + 2 < sizeof set->remark) {
        if (used) strcat(set->remark, " ");
        const size_t at = strlen(set->remark);
        vsnprintf(set->remark + at, sizeof set->remark - at, format, args);
    }
    va_end(args);
}

/* Files ------------------------------------------------------------------------------------------------------ */

static akin_status sniff(const char *path, int *format, akin_error *err)
{
    char start[6] = { 0 };
    FILE *file = fopen(path, "rb");
    if (!file) return ak_cannot_open(path, err);
    const size_t got = fread(start, 1, sizeof start, file);
    fclose(file);
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

/* The file folder/stem.EXT for the first ending there is; NULL in *path when there is none. */
static akin_status find_part(const char *folder, const char *stem, int format, char **path, akin_error *err)
{
    *path = NULL;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        char name[64];
        if (format >= 0 && (format == NPY) != (i == 0)) continue;
        snprintf(name, sizeof name, "%s%s", stem, ENDINGS[i]);
        char *file = ak_path_join(folder, name);
        if (!file) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", folder);
        if (access(file, F_OK) == 0) {
            *path = file;
            return AKIN_OK;
        }
        free(file);
    }
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

static akin_status read_folder(akin_vector_set *set, const char *path, int *format, akin_error *err)
{
    char *train = NULL, *test = NULL;
    akin_status status = find_part(path, "train", *format, &train, err);
    if (!status && !train)
        status = ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' holds no train.npy, train.csv, train.tsv or train.libsvm; a folder of vectors has one, "
            "and a test file beside it if there is a test part",
            path);
    if (!status) status = find_part(path, "test", *format, &test, err);
    if (!status && !test) status = find_part(path, "val", *format, &test, err);
    if (!status) status = read_part(set, "train", train, format, err);
    if (!status && test) status = read_part(set, "test", test, format, err);
    free(train);
    free(test);
    return status;
}

static akin_status read_path(akin_vector_set *set, const char *path, akin_error *err)
{
    int format = -1;
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (set->opts.format && strcmp(set->opts.format, FORMATS[i].name) == 0) format = i;
    struct stat info;
    if (stat(path, &info) != 0) return ak_cannot_open(path, err);
    if (S_ISDIR(info.st_mode))
        AK_TRY(read_folder(set, path, &format, err));
    else
        AK_TRY(read_part(set, "train", path, &format, err));
    if (format == LIBSVM) AK_TRY(ak_vectors_densify(set, err));
    return ak_vectors_finish(set, err);
}

static void set_name(akin_vector_set *set, const char *path)
{
    char *real = realpath(path, NULL);
    const char *base = ak_path_base(real ? real : path);
    snprintf(set->name, sizeof set->name, "%s", *base ? base : "/");
    free(real);
}

akin_status akin_vectors_open(const char *path, const akin_vectors_opts *user, akin_vector_set **out,
                              akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_open: path and out must not be NULL");
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "vectors_open", err));
    AK_TRY(ak_vectors_opts_check(&opts, err));
    akin_vector_set *set = calloc(1, sizeof *set);
    if (!set) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    set->opts = opts;
    set_name(set, path);
    akin_status status = opts.keep ? ak_vectors_find_kept(set, path, err) : AKIN_OK;
    if (!status) status = read_path(set, path, err);
    if (status) {
        akin_vectors_free(set);
        return status;
    }
    const uint32_t size = set->opts.struct_size;
    set->opts = (akin_vectors_opts){ .struct_size = size }; /* its texts were borrowed */
    *out = set;
    return AKIN_OK;
}

void akin_vectors_free(akin_vector_set *set)
{
    if (!set) return;
    for (int k = 0; k < AK_VECTOR_SPLITS; k++) {
        ak_vector_split *s = &set->split[k];
        void *const owned[] = { s->x,     s->labels, s->groups,      s->times, s->source,
                                s->order, s->place,  s->group_start, s->origin };
        for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
        ak_sparse_free(s->sparse);
    }
    for (int64_t c = 0; set->column_names && c < set->d; c++) free(set->column_names[c]);
    for (int64_t k = 0; set->class_names && k < set->classes; k++) free(set->class_names[k]);
    free(set->column_names);
    free(set->class_names);
    ak_names_free(set->label_names);
    ak_names_free(set->group_names);
    ak_table_free(set->table);
    free(set->mean);
    free(set->std);
    free(set->column);
    free(set->kept);
    free(set);
}

/* Accessors -------------------------------------------------------------------------------------------------- */

int akin_vectors_splits(const akin_vector_set *set) { return set->splits; }

const char *akin_vectors_split_name(const akin_vector_set *set, int split)
{
    return split >= 0 && split < set->splits ? set->split[split].name : NULL;
}

akin_status akin_vectors_split(const akin_vector_set *set, const char *name, akin_vectors *view,
                               akin_error *err)
{
    if (!set || !name || !view)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_split: set, split and view must not be NULL");
    for (int k = 0; k < set->splits; k++) {
        const ak_vector_split *s = &set->split[k];
        if (strcmp(s->name, name) != 0) continue;
        *view = (akin_vectors){ .x = s->x,
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
                                .origin = s->origin };
        return AKIN_OK;
    }
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has %s%s", set->name, name,
                   set->split[0].name,
                   set->splits > 1 ? " and test" : " only (a holdout makes a part of it the test split)");
}

void akin_vectors_near(const akin_vectors *v, int64_t row, int64_t window, int64_t *first, int64_t *count)
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
const char *akin_vectors_whole(const akin_vector_set *set, int64_t *rows)
{
    if (rows) *rows = set->whole[0] ? set->whole_rows : set->split[0].n;
    return set->whole[0] ? set->whole : set->fingerprint;
}
const char *akin_vectors_remark(const akin_vector_set *set) { return set->remark; }
int64_t akin_vectors_width(const akin_vector_set *set) { return set->d; }
int64_t akin_vectors_missing(const akin_vector_set *set) { return set->missing; }

const char *akin_vectors_class_name(const akin_vector_set *set, int64_t k)
{
    return k >= 0 && k < set->classes ? set->class_names[k] : NULL;
}

akin_vector_scale akin_vectors_scale(const akin_vector_set *set)
{
    return (akin_vector_scale){ .d = set->d, .mean = set->mean, .std = set->std };
}

bool akin_vectors_column(const akin_vector_set *set, int64_t c, akin_vector_column *out)
{
    if (c < 0 || c >= set->d) return false;
    *out = set->column[c];
    out->name = set->column_names[c];
    return true;
}
