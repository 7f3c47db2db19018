/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus.c - opening a collection of texts: which format it is, options, and the accessors. */
#include "text/text.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { AUTO, LINES, TSV, CSV, JSONL, DOCUMENTS, FORMATS };
static const char *const FORMAT[FORMATS] = { "auto", "lines", "tsv", "csv", "jsonl", "documents" };

static bool ends_in(const char *name, size_t n, const char *end)
{
    const size_t k = strlen(end);
    return n >= k && memcmp(name + n - k, end, k) == 0;
}

static int format_of(const char *path)
{
    static const char *const PACKED[] = { ".gz", ".zst", ".xz" };
    size_t n = strlen(path);
    for (int i = 0; i < 3; i++)
        if (ends_in(path, n, PACKED[i])) {
            n -= strlen(PACKED[i]);
            break;
        }
    if (ends_in(path, n, ".tsv")) return TSV;
    if (ends_in(path, n, ".csv")) return CSV;
    if (ends_in(path, n, ".jsonl") || ends_in(path, n, ".ndjson")) return JSONL;
    return LINES;
}

static akin_status read_path(akin_corpus *c, int format, akin_error *err)
{
    struct stat info;
    if (strcmp(c->path, "-") == 0)
        memset(&info, 0, sizeof info);
    else if (stat(c->path, &info) != 0)
        return ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': %s", c->path, strerror(errno));
    const bool folder = S_ISDIR(info.st_mode);
    if (format == AUTO) format = folder ? DOCUMENTS : format_of(c->path);
    if (folder != (format == DOCUMENTS))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a %s; format %s needs a %s", c->path,
                       folder ? "folder" : "file", FORMAT[format], folder ? "file" : "folder");
    c->format = FORMAT[format];
    switch (format) {
    case TSV: return ak_table_read(c, '\t', err);
    case CSV: return ak_table_read(c, ',', err);
    case JSONL: return ak_jsonl_read(c, err);
    case DOCUMENTS: return ak_documents_read(c, err);
    default: return ak_lines_read(c, err);
    }
}

static akin_status check(const akin_corpus_opts *o, int *format, akin_error *err)
{
    const char *name = o->format ? o->format : "auto";
    for (*format = 0; *format < FORMATS && strcmp(name, FORMAT[*format]) != 0;) ++*format;
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
    if (o->min_words < 0 || o->min_items < 0 || o->max_items < 0 || o->keep_items < 0 || o->max_bytes < 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "min_words, min_items, max_items and keep_items must be at least 0, max_bytes 1");
    if (o->max_items && o->min_items > o->max_items)
        return ak_fail(err, AKIN_ERR_RANGE, "min_items is %d, above max_items, %d", o->min_items,
                       o->max_items);
    return ak_columns_check(o->columns, err);
}

/* What only reading needs. */
static void drop_scaffold(akin_corpus *c)
{
    free(c->item);
    free(c->tuple);
    c->item = NULL;
    c->tuple = NULL;
    ak_wordmap_free(&c->seen);
    akin_tokenizer_free(c->tokenizer);
    c->tokenizer = NULL;
    c->opts.format = c->opts.columns = c->opts.keep = NULL; /* the caller's */
}

akin_status akin_corpus_open(const char *path, const akin_corpus_opts *user, akin_corpus **out,
                             akin_error *err)
{
    int format = AUTO;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_open: path and out must not be NULL");
    akin_corpus_opts opts = AKIN_CORPUS_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "corpus_open", err));
    AK_TRY(check(&opts, &format, err));
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
    if (!status) status = ak_corpus_finish(c, err);
    drop_scaffold(c);
    if (status)
        akin_corpus_free(c);
    else
        *out = c;
    return status;
}

void akin_corpus_free(akin_corpus *c)
{
    if (!c) return;
    drop_scaffold(c);
    void *owned[] = { c->path,        c->bytes,    c->start,    c->negative,       c->group,
                      c->label,       c->position, c->file,     c->line,           c->group_order,
                      c->class_order, c->anchor,   c->positive, c->negative_start, c->members };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    for (int64_t i = 0; i < c->bad_kept; i++) {
        free(c->bad[i].name);
        free(c->bad[i].reason);
    }
    ak_wordmap_free(&c->files);
    ak_wordmap_free(&c->group_names);
    ak_wordmap_free(&c->label_names);
    free(c);
}

/* Accessors ------------------------------------------------------------------------------------------------- */

akin_texts akin_corpus_texts(const akin_corpus *c) { return (akin_texts){ c->bytes, c->start, c->n }; }

akin_text_groups akin_corpus_groups(const akin_corpus *c)
{
    return (akin_text_groups){ c->groups ? c->group : NULL, c->classes ? c->label : NULL, c->position,
                               c->groups, c->classes };
}

akin_text_tuples akin_corpus_tuples(const akin_corpus *c)
{
    return (akin_text_tuples){ c->anchor, c->positive, c->negative, c->negative_start, c->tuples };
}

int akin_corpus_splits(const akin_corpus *c) { return c->splits; }

const char *akin_corpus_split_name(const akin_corpus *c, int split)
{
    return split >= 0 && split < c->splits ? ak_text_splits[c->split_id[split]] : NULL;
}

akin_status akin_corpus_split(const akin_corpus *c, const char *split, const int32_t **items, int64_t *n,
                              akin_error *err)
{
    if (!c || !split || !items || !n)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_split: c, split, items and n must not be NULL");
    for (int s = 0; s < c->splits; s++) {
        if (strcmp(ak_text_splits[c->split_id[s]], split) != 0) continue;
        *items = c->members + c->member_start[s];
        *n = c->member_start[s + 1] - c->member_start[s];
        return AKIN_OK;
    }
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has train%s%s%s%s", c->name, split,
                   c->splits > 1 ? ", " : "", c->splits > 1 ? ak_text_splits[c->split_id[1]] : "",
                   c->splits > 2 ? ", " : "", c->splits > 2 ? ak_text_splits[c->split_id[2]] : "");
}

const char *akin_corpus_name(const akin_corpus *c) { return c->name; }
const char *akin_corpus_format(const akin_corpus *c) { return c->format; }
const char *akin_corpus_fingerprint(const akin_corpus *c) { return c->fingerprint; }
const char *akin_corpus_whole(const akin_corpus *c, int64_t *items)
{
    if (items) *items = c->whole[0] ? c->whole_items : c->member_start[1];
    return c->whole[0] ? c->whole : c->fingerprint;
}
akin_corpus_counts akin_corpus_left_out(const akin_corpus *c) { return c->counts; }

const char *akin_corpus_group_name(const akin_corpus *c, int64_t g)
{
    return g >= 0 && g < c->groups ? ak_wordmap_text(&c->group_names, c->group_order[g]) : NULL;
}

const char *akin_corpus_class_name(const akin_corpus *c, int64_t k)
{
    return k >= 0 && k < c->classes ? ak_wordmap_text(&c->label_names, c->class_order[k]) : NULL;
}

/* The path within the corpus: the same wherever the corpus is. */
static const char *within(const akin_corpus *c, const char *file)
{
    const size_t n = strlen(c->path);
    if (strcmp(file, c->path) == 0) return c->name;
    return strncmp(file, c->path, n) == 0 && file[n] == '/' ? file + n + 1 : file;
}

const char *akin_corpus_item_name(const akin_corpus *c, int64_t i, char *buf, size_t size)
{
    if (i < 0 || i >= c->n)
        snprintf(buf, size, "%s", "");
    else
        snprintf(buf, size, "%s:%d", within(c, ak_wordmap_text(&c->files, c->file[i])), c->line[i]);
    return buf;
}

bool akin_corpus_bad(const akin_corpus *c, int64_t i, const char **name, const char **reason)
{
    if (i < 0 || i >= c->bad_kept) return false;
    if (name) *name = c->bad[i].name;
    if (reason) *reason = c->bad[i].reason;
    return true;
}
