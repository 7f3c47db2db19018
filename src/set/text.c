/* SPDX-License-Identifier: Apache-2.0 */
/* set/text.c - the row of text in the list of the kinds of data. Labels and groups of a corpus stand by item
 * of the whole corpus; those of a split are gathered once, when the set is opened. */
#include "set/text.h"
#include "text/corpus.h"
#include "text/corpus_options.h"
#include "text/vocab.h"
#include "views/view_options.h"

#include "base/plain.h"
#include "set/summary.h"

#include <string.h>
#include <xxhash.h>

static bool has_name(const char *base)
{
    static const char *const endings[] = { ".jsonl", ".ndjson" };
    const size_t n = strlen(base);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t m = strlen(endings[i]);
        if (n > m && ak_strcasecmp(base + n - m, endings[i]) == 0) return true;
    }
    return false;
}

static bool has_bytes(ak_glimpse *g)
{
    return ak_glimpse_is_text(g) && !ak_glimpse_is_numbers(g) && !g->status;
}

/* Options -------------------------------------------------------------------------------------- */

static akin_status set_open(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_corpus_opts_set(opts, name, text, err);
}

static akin_status set_views(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_text_view_set(opts, name, text, err);
}

static int32_t whole_number(const ak_option_reader *from, const char *name, int32_t otherwise)
{
    return (int32_t)ak_option_number(from, name, otherwise);
}

static akin_status read_options(const ak_option_reader *from, ak_data_opts *to, akin_error *err)
{
    ak_text_opts *o = &to->of.text;
    const char *format = ak_option_value(from, "format"), *view = ak_option_value(from, "text-view");
    o->open = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o->vocab = (akin_vocab_opts)AKIN_VOCAB_OPTS_INIT;
    o->views = (akin_text_view_opts)AKIN_TEXT_VIEW_OPTS_INIT;
    AK_TRY(ak_option_table_read(from, ak_corpus_opt_desc, set_open, &o->open, err));
    if (format) o->open.format = strcmp(format, "text") == 0 ? "auto" : format;
    if (ak_option_is(from, "on-bad", "skip")) o->open.on_bad = AKIN_BAD_SKIP;
    o->open.max_bad_frac = ak_option_number(from, "max-bad", o->open.max_bad_frac);
    o->open.seed = from->seed;
    o->vocab.min_count = whole_number(from, "min-count", o->vocab.min_count);
    o->vocab.max_words = whole_number(from, "max-vocab", o->vocab.max_words);
    o->vocab.minn = whole_number(from, "minn", o->vocab.minn);
    o->vocab.maxn = whole_number(from, "maxn", o->vocab.maxn);
    o->vocab.buckets = whole_number(from, "buckets", o->vocab.buckets);
    o->max_words = whole_number(from, "max-words", 0);
    o->word_vectors = ak_option_value(from, "word-vectors");
    if (from->learning) o->open.rows = AKIN_ROWS_WITH_WORDS; /* another text has no direction to learn */
    if (view) AK_TRY(akin_text_view_preset(view, &o->views, err));
    AK_TRY(ak_option_preset_read(from, ak_text_view_opt_desc, set_views, &o->views, err));
    return akin_text_view_check(&o->views, err);
}

/* An open set ---------------------------------------------------------------------------------- */

enum { MAX_SPLITS = 3 };

/* What of a corpus is gathered for one split. */
typedef struct gathered {
    int32_t *label, *group, *position;
} gathered;

typedef struct text_set {
    akin_corpus *corpus;
    gathered part[MAX_SPLITS];
} text_set;

static akin_corpus *corpus_of(const void *set) { return ((const text_set *)set)->corpus; }

const akin_corpus *ak_text_set_corpus(const void *set) { return corpus_of(set); }

static void free_set(void *set)
{
    text_set *s = set;
    if (!s) return;
    akin_corpus_free(s->corpus);
    for (int i = 0; i < MAX_SPLITS; i++) {
        free(s->part[i].label);
        free(s->part[i].group);
        free(s->part[i].position);
    }
    free(s);
}

/* The options that pick items pick of the run's own data only. */
static void take_all(ak_data_opts *opts, bool other)
{
    akin_corpus_opts *o = &opts->of.text.open;
    o->rows = AKIN_ROWS_ALL;
    if (!other) return;
    o->min_words = o->min_items = o->max_items = o->first_items = 0;
    o->val_frac = o->test_frac = 0;
    o->drop_duplicates = false;
}

static int64_t learnable(const void *set, const char *split)
{
    return ak_corpus_with_words(corpus_of(set), split);
}

/* from[items[i]] for each i, or NULL where a value is missing and whole is wanted. */
static akin_status gather(const int32_t *from, const int32_t *items, int64_t n, bool whole, int32_t **out,
                          akin_error *err)
{
    if (!from) return AKIN_OK;
    int32_t *to = ak_alloc(sizeof *to, n ? n : 1, 1);
    if (!to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of %lld items", (long long)n);
    bool all = true;
    for (int64_t i = 0; i < n; i++) {
        to[i] = from[items[i]];
        all = all && to[i] >= 0;
    }
    if (whole && !all) {
        free(to);
        to = NULL;
    }
    *out = to;
    return AKIN_OK;
}

static akin_status gather_all(text_set *s, bool whole, akin_error *err)
{
    const akin_text_groups *g = akin_corpus_groups(s->corpus);
    for (int i = 0; i < akin_corpus_splits(s->corpus); i++) {
        const int32_t *items;
        int64_t n;
        AK_TRY(akin_corpus_split(s->corpus, akin_corpus_split_name(s->corpus, i), &items, &n, err));
        AK_TRY(gather(g->label, items, n, whole, &s->part[i].label, err));
        AK_TRY(gather(g->group, items, n, false, &s->part[i].group, err));
        AK_TRY(gather(g->group ? g->position : NULL, items, n, false, &s->part[i].position, err));
    }
    return AKIN_OK;
}

static akin_status open_set(const char *path, const ak_data_opts *opts, void **out, akin_error *err)
{
    akin_corpus_opts o = opts->of.text.open;
    text_set *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a data set");
    o.keep = opts->keep;
    akin_status status = akin_corpus_open(path, &o, &s->corpus, err);
    /* of every row, a bad one has no label */
    if (!status) status = gather_all(s, o.rows != AKIN_ROWS_ALL || !akin_corpus_counts(s->corpus)->bad, err);
    if (status) {
        free_set(s);
        return status;
    }
    *out = s;
    return AKIN_OK;
}

static int splits(const void *set) { return akin_corpus_splits(corpus_of(set)); }

static const char *split_name(const void *set, int split)
{
    return akin_corpus_split_name(corpus_of(set), split);
}

static akin_status split(const void *set, const char *name, akin_split_view *out, akin_error *err)
{
    const text_set *s = set;
    AK_TRY(akin_corpus_split(s->corpus, name, &out->items, &out->n, err));
    const akin_text_groups *g = akin_corpus_groups(s->corpus);
    int i = 0;
    while (strcmp(akin_corpus_split_name(s->corpus, i), name) != 0) i++;
    const gathered *p = &s->part[i];
    out->labels = p->label;
    out->classes = p->label ? g->classes : 0;
    out->groups = p->group;
    out->group_count = g->groups;
    out->position = p->position;
    return AKIN_OK;
}

static const char *set_name(const void *set) { return akin_corpus_name(corpus_of(set)); }
static const char *format(const void *set) { return akin_corpus_format(corpus_of(set)); }
static const char *fingerprint(const void *set) { return akin_corpus_fingerprint(corpus_of(set)); }
static const char *remark(const void *set, int64_t i) { return akin_corpus_remark(corpus_of(set), i); }
static int64_t bad_count(const void *set) { return akin_corpus_counts(corpus_of(set))->bad; }

static const char *item_name(const void *set, const char *split, int64_t i, char *buf, size_t size)
{
    const int32_t *items;
    int64_t n;
    buf[0] = 0;
    if (akin_corpus_split(corpus_of(set), split, &items, &n, NULL) || i < 0 || i >= n) return buf;
    return akin_corpus_item_name(corpus_of(set), items[i], buf, size);
}

static const char *class_name(const void *set, int64_t k)
{
    return akin_corpus_class_name(corpus_of(set), k);
}
static const char *group_name(const void *set, int64_t g)
{
    return akin_corpus_group_name(corpus_of(set), g);
}
static const char *whole(const void *set, int64_t *items)
{
    if (items) *items = akin_corpus_full_items(corpus_of(set));
    return akin_corpus_full_fingerprint(corpus_of(set));
}

static akin_status relations(const void *set, const char *split, ak_relations *out, akin_error *err)
{
    (void)split;
    (void)err;
    const akin_text_tuples *t = akin_corpus_tuples(corpus_of(set));
    out->anchor = t->anchor;
    out->positive = t->positive;
    out->negative = t->negative;
    out->negative_start = t->negative_start;
    out->tuples = t->n;
    return AKIN_OK;
}

static const char *same_views(const ak_data_opts *opts)
{
    const akin_text_view_opts *v = &opts->of.text.views;
    const bool same = v->crop_min >= 1 && v->replace_prob <= 0 && v->erase_prob <= 0;
    return same ? "two views of a text would be the same words; give --text-view erase or crop" : NULL;
}

#define USUAL_VIEW "erase"
static akin_status take_usual_view(ak_data_opts *opts, akin_error *err)
{
    return akin_text_view_preset(USUAL_VIEW, &opts->of.text.views, err);
}

/* Nobody counts what tokens take. */
static int64_t resident_bytes(const void *set)
{
    (void)set;
    return 0;
}

/* Single items --------------------------------------------------------------------------------- */

typedef struct text {
    const char *bytes;
    int64_t count, item;
} text;

static int by_text(const void *a, const void *b)
{
    const text *x = a, *y = b;
    const int order = ak_compare_bytes(x->bytes, x->count, y->bytes, y->count);
    return order ? order : (x->item > y->item) - (x->item < y->item);
}

static void hashes(const void *set, int split, uint64_t *out)
{
    const akin_corpus *c = corpus_of(set);
    const akin_texts *t = akin_corpus_texts(c);
    const int32_t *items;
    int64_t n = 0;
    if (akin_corpus_split(c, akin_corpus_split_name(c, split), &items, &n, NULL)) return;
    for (int64_t i = 0; i < n; i++)
        out[i] =
            XXH3_64bits(t->bytes + t->start[items[i]], (size_t)(t->start[items[i] + 1] - t->start[items[i]]));
}

/* Texts of equal bytes. */
static akin_status duplicates(const void *set, const char *name, int64_t n, int64_t *same, akin_error *err)
{
    const akin_texts *t = akin_corpus_texts(corpus_of(set));
    const int32_t *items;
    AK_TRY(akin_corpus_split(corpus_of(set), name, &items, &n, err));
    text *sorted = ak_alloc(sizeof *sorted, n, 1);
    if (!sorted) return ak_no_memory(err, "to look for copies among %lld items", (long long)n);
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (text){ t->bytes + t->start[items[i]], t->start[items[i] + 1] - t->start[items[i]], i };
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int64_t i = 1, first = 0; i < n; i++) {
        if (ak_compare_bytes(sorted[i].bytes, sorted[i].count, sorted[first].bytes, sorted[first].count) == 0)
            same[sorted[i].item] = sorted[first].item;
        else
            first = i;
    }
    free(sorted);
    return AKIN_OK;
}

static const char *item_text(const void *set, const char *name, int64_t i, int64_t *bytes)
{
    const akin_texts *t = akin_corpus_texts(corpus_of(set));
    const int32_t *items;
    int64_t n;
    if (akin_corpus_split(corpus_of(set), name, &items, &n, NULL) || i < 0 || i >= n) return NULL;
    *bytes = t->start[items[i] + 1] - t->start[items[i]];
    return t->bytes + t->start[items[i]];
}

/* The row -------------------------------------------------------------------------------------- */

static const akin_opt_desc words[] = {
    { "max-words", AKIN_OPT_INT, "128", "N", 1, 4096, "text: words of an item that are read" },
    { "dim", AKIN_OPT_INT, "100", "N", 1, 4096, "text: width of the vectors of words and n-grams" },
    { "word-vectors", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "text: vectors to begin with, and for nearest words: a .vec file, or a folder of model2vec" },
    { "words-length", AKIN_OPT_CHOICE, "auto", "auto|drawn|given", 0, 0,
      "text: those vectors as long as drawn ones, or as given [drawn, but without training given]" },
    { "freeze-words", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: the vectors of words are not trained" },
    { "words-optimizer", AKIN_OPT_CHOICE, "auto", "auto|sgd|adagrad|adagrad-row|adamw", 0, 0,
      "text: of the vectors of words [that of --optimizer]" },
    { "words-lr", AKIN_OPT_REAL, "1", "X", 0, 1e6, "text: their learning rate over --lr" },
    { "pool", AKIN_OPT_CHOICE, "last", "last|mean", 0, 0, "gru: what is taken of its states" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
static const char *const formats[] = { "text", "lines", "jsonl", "documents", NULL };
static const char *const shared_formats[] = { "csv", "tsv", NULL };
static const akin_opt_desc *const options[] = { words, ak_corpus_opt_desc, ak_vocab_opt_desc,
                                                ak_text_view_opt_desc, NULL };
static const char *const also[] = { "micro-batch", "reproducible", "heads", NULL };

const ak_kind ak_kind_text = {
    .id = AKIN_DATA_TEXT,
    .name = "text",
    .unit = "texts",
    .encoder = "bag",
    .mends_bad = true,
    .tokens = true,
    .has_name = has_name,
    .has_bytes = has_bytes,
    .reads_notes = true,
    .formats = formats,
    .shared_formats = shared_formats,
    .options = options,
    .also = also,
    .read_options = read_options,
    .open = open_set,
    .take_all = take_all,
    .learnable = learnable,
    .free = free_set,
    .splits = splits,
    .split_name = split_name,
    .split = split,
    .set_name = set_name,
    .format = format,
    .fingerprint = fingerprint,
    .remark = remark,
    .bad_count = bad_count,
    .item_name = item_name,
    .class_name = class_name,
    .group_name = group_name,
    .whole = whole,
    .relations = relations,
    .same_views = same_views,
    .view_option = "text-view",
    .usual_view = USUAL_VIEW,
    .take_usual_view = take_usual_view,
    .summary = &ak_summary_of_text,
    .duplicates = duplicates,
    .hashes = hashes,
    .item_text = item_text,
    .measured_raw = &ak_text_raw,
    .words = &ak_text_words,
    .resident_bytes = resident_bytes,
    .measure = ak_text_measure,
    .recall = ak_text_recall,
    .forget = ak_text_forget,
    .recall_exported = ak_text_recall_exported,
    .describe = ak_text_describe,
    .save = ak_text_save,
    .vocabulary = ak_text_vocabulary,
    .shape = ak_text_shape,
    .train_rows = ak_text_train_rows,
    .embed_rows = ak_text_embed_rows,
    .rows_of_texts = ak_texts_embed_rows,
};
