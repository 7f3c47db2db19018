/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_open.c - opening a corpus: which format it is, the options, and the steps from file to
 * arrays. */
#include "base/plain.h"
#include "files/shard_list.h"
#include "text/corpus.h"
#include "text/corpus_parts.h"
#include "text/corpus_readers.h"
#include "text/text_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { AUTO, LINES, TSV, CSV, JSONL, DOCUMENTS, FORMATS };

/* The only list of formats. */
static const struct {
    const char *name;
    akin_status (*read)(akin_corpus *c, akin_error *err);
} FORMAT[FORMATS] = {
    [AUTO] = { "auto", NULL },
    [LINES] = { "lines", ak_corpus_read_lines },
    [TSV] = { "tsv", ak_corpus_read_tsv },
    [CSV] = { "csv", ak_corpus_read_csv },
    [JSONL] = { "jsonl", ak_corpus_read_jsonl },
    [DOCUMENTS] = { "documents", ak_corpus_read_documents },
};

static int format_named(const char *name)
{
    int format = 0;
    while (format < FORMATS && strcmp(name, FORMAT[format].name) != 0) format++;
    return format;
}

static int format_of(const char *path)
{
    const char *name = ak_corpus_table_format(path);
    return name ? format_named(name) : LINES;
}

/* Read the files of a folder that are its splits, train first, each as if it were the only one. */
static akin_status read_parts(akin_corpus *c, int format, const ak_corpus_parts *found, akin_error *err)
{
    char *folder = c->path;
    akin_status status = AKIN_OK;
    ak_corpus_tell_parts(c, found);
    for (int i = 0; i < AK_TEXT_SPLITS && !status; i++) {
        if (!found->path[i]) continue;
        const int64_t before = c->n;
        const int of_file = format == AUTO ? format_of(found->path[i]) : format;
        c->path = found->path[i];
        c->reading = i;
        if (i == 0) c->format = FORMAT[of_file].name;
        status = FORMAT[of_file].read(c, err);
        if (!status && c->n == before)
            status =
                ak_fail(err, AKIN_ERR_INPUT, "'%s' has no text for the split %s", c->path, ak_text_splits[i]);
    }
    c->path = folder;
    return status;
}

static akin_status read_folder(akin_corpus *c, int format, akin_error *err)
{
    ak_corpus_parts found = { .others = 0 };
    akin_status status = AKIN_OK;
    if (format != DOCUMENTS) status = ak_corpus_find_parts(c->path, format != AUTO, &found, err);
    if (!status && found.path[0]) {
        status = read_parts(c, format, &found, err);
    } else if (!status && format != AUTO && format != DOCUMENTS) {
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "'%s' is a folder without a file of the name train; format %s needs a file", c->path,
                         FORMAT[format].name);
    } else if (!status) {
        c->format = FORMAT[DOCUMENTS].name;
        status = FORMAT[DOCUMENTS].read(c, err);
    }
    ak_corpus_free_parts(&found);
    return status;
}

static akin_status read_file(akin_corpus *c, int format, akin_error *err)
{
    if (format == AUTO) format = format_of(c->path);
    if (format == DOCUMENTS)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a file; format documents needs a folder", c->path);
    if (!c->format) c->format = FORMAT[format].name;
    return FORMAT[format].read(c, err);
}

/* The folder of the files that braces name. */
static size_t folder_of(const char *path)
{
    size_t n = strcspn(path, "{");
    while (n > 0 && path[n - 1] != '/') n--;
    return n;
}

/* Each file as if it were the only one; some may be empty. */
static akin_status read_list(akin_corpus *c, int format, const ak_shard_list *list, akin_error *err)
{
    static const int SPLIT[] = { [AK_PART_TRAIN] = 0, [AK_PART_VAL] = 1, [AK_PART_TEST] = 2 };
    char *whole = c->path;
    akin_status status = AKIN_OK;
    ak_shard_list_remark(list, &c->remarks);
    c->folder = folder_of(whole);
    for (int64_t i = 0; i < list->n && !status; i++) {
        c->path = list->path[i];
        c->reading = SPLIT[list->part[i]];
        status = read_file(c, format, err);
    }
    c->path = whole;
    if (!status && list->parts)
        ak_remark(&c->remarks, "The %lld files of '%s' are splits, as their names say.", (long long)list->n,
                  c->name);
    return status;
}

static akin_status read_range(akin_corpus *c, int format, akin_error *err)
{
    ak_shard_list list;
    AK_TRY(ak_shard_list_of_files(c->path, &list, err));
    const akin_status status = read_list(c, format, &list, err);
    ak_shard_list_free(&list);
    return status;
}

static akin_status read_path(akin_corpus *c, int format, akin_error *err)
{
    struct stat info;
    bool shards = false, range;
    if (format == AUTO) AK_TRY(ak_shards_are(c->path, &shards, err));
    if (shards) {
        c->format = "webdataset";
        return ak_corpus_read_shards(c, err);
    }
    AK_TRY(ak_is_range_of_texts(c->path, &range, err));
    if (range) return read_range(c, format, err);
    if (strcmp(c->path, "-") == 0)
        memset(&info, 0, sizeof info);
    else if (stat(c->path, &info) != 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open '%s': %s", c->path,
                       ak_strerror(errno));
    return S_ISDIR(info.st_mode) ? read_folder(c, format, err) : read_file(c, format, err);
}

static akin_status check_opts(const akin_corpus_opts *o, int *format, akin_error *err)
{
    const char *name = o->format ? o->format : "auto";
    *format = format_named(name);
    if (*format == FORMATS)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "format is '%s'; it must be one of auto, lines, tsv, csv, jsonl, documents", name);
    if (!(o->max_bad_frac >= 0 && o->max_bad_frac <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "max_bad_frac is %g; it must be between 0 and 1",
                       o->max_bad_frac);
    if (!(o->val_frac >= 0 && o->test_frac >= 0 && o->val_frac + o->test_frac < 1))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "val_frac is %g and test_frac %g; they must be at least 0 and together below 1",
                       o->val_frac, o->test_frac);
    if (o->min_words < 0 || o->min_items < 0 || o->max_items < 0 || o->first_items < 0 || o->max_bytes < 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "min_words, min_items, max_items and first_items must be at least 0, max_bytes 1");
    if (o->max_items && o->min_items > o->max_items)
        return ak_fail(err, AKIN_ERR_RANGE, "min_items is %d, above max_items, %d", o->min_items,
                       o->max_items);
    return ak_columns_check(o->columns, err);
}

/* More than half of the texts, or than --max-bad allows: it is no slip, the file is not what it seems. */
static akin_status check_left_out(const akin_corpus *c, akin_error *err)
{
    const akin_text_counts *k = &c->counts;
    const int64_t rows = k->bad - k->mended; /* that cannot be used */
    const int64_t mute = c->opts.rows == AKIN_ROWS_WITH_WORDS ? k->wordless - c->blank : 0;
    const int64_t all = c->n - c->blank + rows + k->few_words, lost = rows + k->few_words + mute;
    const double most = c->opts.max_bad_frac > 0.5 ? c->opts.max_bad_frac : 0.5;
    if ((double)lost <= most * (double)all) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_INPUT,
        "of the %lld texts of '%s' only %lld would be left: %lld are bad, %lld have fewer words than "
        "--min-words, %lld have none%s",
        (long long)all, c->path, (long long)(all - lost), (long long)rows, (long long)k->few_words,
        (long long)mute, lost < all ? "; a higher --max-bad takes it so" : "");
}

/* AKIN_ERR_INPUT when nothing is left, or more is bad or left out than the options allow. */
static akin_status check_items(akin_corpus *c, akin_error *err)
{
    for (int64_t i = 0; i < c->n; i++) c->counts.wordless += c->item[i].mute;
    const akin_text_counts *k = &c->counts;
    const int64_t seen = k->bad - k->mended - c->bad_rows + c->n;
    if (seen > 0 && (double)k->bad > c->opts.max_bad_frac * (double)seen)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%lld of the %lld items of '%s' are bad, more than --max-bad %g; the first "
                       "is '%s': %s",
                       (long long)k->bad, (long long)seen, c->path, c->opts.max_bad_frac, c->bad[0].name,
                       c->bad[0].reason);
    if (k->lines == 0) return ak_fail(err, AKIN_ERR_INPUT, "'%s' is empty", c->path);
    if (k->lines == k->empty + c->blank - c->bad_rows)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds nothing but white space: %lld empty lines", c->path,
                       (long long)k->lines);
    if (c->n == 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has no usable text: of %lld lines %lld are empty, %lld bad, %lld too short, %lld of "
            "documents that were left out",
            c->path, (long long)k->lines, (long long)k->empty, (long long)k->bad, (long long)k->few_words,
            (long long)k->trimmed);
    return check_left_out(c, err);
}

static akin_status arrange(akin_corpus *c, akin_error *err)
{
    AK_TRY(check_items(c, err));
    AK_TRY(ak_corpus_number(c, err));
    AK_TRY(ak_corpus_hold_out(c, err));
    AK_TRY(ak_corpus_arrange(c, err));
    AK_TRY(ak_corpus_hash(c, err));
    c->full_items = c->member_start[1];
    if (c->opts.keep) AK_TRY(ak_corpus_select(c, err));
    if (c->opts.keep) AK_TRY(ak_corpus_hash(c, err));
    return ak_corpus_choose_rows(c, err);
}

akin_status akin_corpus_open(const char *path, const akin_corpus_opts *user, akin_corpus **out,
                             akin_error *err)
{
    int format = AUTO;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_open: path and out must not be NULL");
    akin_corpus_opts opts = AKIN_CORPUS_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "corpus_open", err));
    AK_TRY(check_opts(&opts, &format, err));
    akin_corpus *c = calloc(1, sizeof *c);
    if (c) c->path = strdup(path);
    if (!c || !c->path) {
        free(c);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    }
    size_t n = strlen(c->path);
    while (n > 1 && c->path[n - 1] == '/') c->path[--n] = 0;
    const char *slash = strrchr(c->path, '/');
    snprintf(c->name, sizeof c->name, "%s", slash && slash[1] ? slash + 1 : c->path);
    c->opts = opts;
    akin_status status = read_path(c, format, err);
    if (!status) status = arrange(c, err);
    ak_corpus_end_reading(c);
    if (!status) status = ak_remarks_check(&c->remarks, err);
    if (status)
        akin_corpus_free(c);
    else
        *out = c;
    return status;
}
