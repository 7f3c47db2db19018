/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_data.c - options of the data and of what reads it: which kind of data each belongs to, and their typed
 * values. */
#include "model/config.h"

#include "base/base.h"
#include "text/corpus_options.h"
#include "vectors/vectors_options.h"
#include "views/view_options.h"

#include <string.h>

enum { HOLDOUT_SEED = 1, DEFAULT_DIM = 100 }; /* runs of different seeds are to be tested on the same items */

const akin_opt_desc ak_train_data_opts[] = {
    { "max-words", AKIN_OPT_INT, "128", "N", 1, 4096, "text: words of an item that are read" },
    { "dim", AKIN_OPT_INT, "100", "N", 1, 4096, "text: width of the vectors of words and n-grams" },
    { "word-vectors", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "text: vectors to begin with, and for nearest words, in fastText's text form" },
    { "freeze-words", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: the vectors of words are not trained" },
    { "words-optimizer", AKIN_OPT_CHOICE, "auto", "auto|sgd|adagrad|adagrad-row|adamw", 0, 0,
      "text: of the vectors of words [that of --optimizer]" },
    { "words-lr", AKIN_OPT_REAL, "1", "X", 0, 1e6, "text: their learning rate over --lr" },
    { "pool", AKIN_OPT_CHOICE, "last", "last|mean", 0, 0, "gru: what is taken of its states" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const akin_opt_desc VOCAB[] = { AKIN_VOCAB_OPT_ROWS, { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };

const akin_opt_desc *const ak_train_data_tables[] = {
    ak_train_data_opts,  ak_corpus_opt_desc,      VOCAB, ak_text_view_opt_desc,
    ak_vectors_opt_desc, ak_vector_view_opt_desc, NULL
};

static bool in_table(const akin_opt_desc *t, const char *name)
{
    while (t->name && strcmp(t->name, name) != 0) t++;
    return t->name != NULL;
}

static bool is_for(const char *name, akin_data_kind kind)
{
    static const char *const images[] = {
        "size", "cache", "stem-stride", "feature-grid", "convolution", NULL
    };
    const bool text = in_table(ak_train_data_opts, name) || in_table(ak_corpus_opt_desc, name) ||
                      in_table(VOCAB, name) || in_table(ak_text_view_opt_desc, name),
               vectors = in_table(ak_vectors_opt_desc, name) || in_table(ak_vector_view_opt_desc, name);
    /* vectors of words are updated sparsely, by one pass of the whole step */
    static const char *const dense[] = { "micro-batch", "momentum-encoder", "queue", NULL };
    for (int i = 0; dense[i]; i++)
        if (strcmp(name, dense[i]) == 0) return kind != AKIN_DATA_TEXT;
    if (strcmp(name, "holdout") == 0) return kind != AKIN_DATA_IMAGES;
    if (text) return kind == AKIN_DATA_TEXT;
    if (vectors) return kind == AKIN_DATA_VECTORS;
    bool of_images = in_table(akin_augment_opt_desc, name);
    for (int i = 0; images[i] && !of_images; i++) of_images = strcmp(images[i], name) == 0;
    return !of_images || kind == AKIN_DATA_IMAGES;
}

bool ak_train_config_fits(const akin_train_config *c, const char *name)
{
    return is_for(name, ak_train_config_kind(c));
}

akin_data_kind ak_train_format_kind(const char *format)
{
    static const struct {
        const char *format;
        akin_data_kind kind;
    } forced[] = { { "idx", AKIN_DATA_IMAGES },     { "cifar", AKIN_DATA_IMAGES },
                   { "images", AKIN_DATA_IMAGES },  { "vectors", AKIN_DATA_VECTORS },
                   { "libsvm", AKIN_DATA_VECTORS }, { "text", AKIN_DATA_TEXT },
                   { "lines", AKIN_DATA_TEXT },     { "jsonl", AKIN_DATA_TEXT },
                   { "documents", AKIN_DATA_TEXT } };
    for (size_t i = 0; i < sizeof forced / sizeof *forced; i++)
        if (strcmp(forced[i].format, format) == 0) return forced[i].kind;
    return AKIN_DATA_UNKNOWN;
}

/* Typed values -------------------------------------------------------------------------------------------------- */

static double real(const akin_train_config *c, const char *name)
{
    const char *text = akin_train_config_get(c, name);
    return text ? strtod(text, NULL) : 0;
}

static int32_t whole(const akin_train_config *c, const char *name) { return (int32_t)real(c, name); }

static bool flag(const akin_train_config *c, const char *name)
{
    return akin_train_config_given(c, name) && strcmp(akin_train_config_get(c, name), "0") != 0;
}

static akin_status corpus_of(const akin_train_config *c, const char *format, ak_train_settings *s,
                             akin_error *err)
{
    akin_corpus_opts *o = &s->corpus;
    o->on_bad = s->data.on_bad;
    o->max_bad_frac = s->data.max_bad_frac;
    o->format = strcmp(format, "text") == 0 ? "auto" : format;
    o->seed = HOLDOUT_SEED;
    for (const akin_opt_desc *d = ak_corpus_opt_desc; d->name; d++) {
        const char *text = akin_train_config_get(c, d->name);
        if (d->type == AKIN_OPT_FLAG && !flag(c, d->name)) continue;
        if (text) AK_TRY(akin_corpus_opts_set(o, d->name, text, err));
    }
    if (o->min_words < 1) o->min_words = 1; /* a text without a word has no direction to learn */
    s->vocab.min_count = whole(c, "min-count");
    s->vocab.max_words = whole(c, "max-vocab");
    s->vocab.minn = whole(c, "minn");
    s->vocab.maxn = whole(c, "maxn");
    s->vocab.buckets = whole(c, "buckets");
    s->max_words = whole(c, "max-words");
    s->word_vectors = akin_train_config_get(c, "word-vectors");
    return AKIN_OK;
}

static void table_of(const akin_train_config *c, ak_train_settings *s)
{
    static const char *const names[] = { "sgd", "adagrad", "adagrad-row",
                                         "adamw" }; /* as in akin_bag_optimizer */
    const char *chosen = akin_train_config_get(c, "words-optimizer");
    if (strcmp(chosen, "auto") == 0) chosen = s->update.optimizer.kind == AK_ADAMW ? "adamw" : "sgd";
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], chosen) == 0) s->table.optimizer = i;
    s->table.dim = whole(c, "dim");
    s->table.frozen = flag(c, "freeze-words");
    s->table.beta1 = s->update.optimizer.momentum;
    s->table.beta2 = s->update.optimizer.beta2;
    s->words_lr = real(c, "words-lr");
    s->pool = strcmp(akin_train_config_get(c, "pool"), "mean") == 0 ? AKIN_GRU_MEAN : AKIN_GRU_LAST;
}

static akin_status text_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    AK_TRY(akin_text_view_preset(akin_train_config_get(c, "text-view"), &s->text_views, err));
    for (const akin_opt_desc *o = ak_text_view_opt_desc; o->name; o++)
        if (akin_train_config_given(c, o->name) && strcmp(o->name, "text-view") != 0)
            AK_TRY(akin_text_view_set(&s->text_views, o->name, akin_train_config_get(c, o->name), err));
    if (s->update.ema > 0)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "--ema averages dense weights; text encoders have none of it");
    if (flag(c, "freeze-words") && !s->word_vectors)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--freeze-words needs --word-vectors: random ones would stay random");
    return akin_text_view_check(&s->text_views, err);
}

static akin_status vectors_of(const akin_train_config *c, const char *format, ak_train_settings *s,
                              akin_error *err)
{
    for (const akin_opt_desc *o = ak_vectors_opt_desc; o->name; o++) {
        const char *text = akin_train_config_get(c, o->name);
        if (text) AK_TRY(akin_vectors_opts_set(&s->vectors, o->name, text, err));
    }
    s->vectors.format = strcmp(format, "vectors") == 0 ? "auto" : strcmp(format, "tsv") == 0 ? "csv" : format;
    s->vectors.seed = HOLDOUT_SEED;
    AK_TRY(akin_vector_view_preset(akin_train_config_get(c, "vector-views"), &s->vector_views, err));
    for (const akin_opt_desc *o = ak_vector_view_opt_desc; o->name; o++)
        if (akin_train_config_given(c, o->name) && strcmp(o->name, "vector-views") != 0)
            AK_TRY(akin_vector_view_set(&s->vector_views, o->name, akin_train_config_get(c, o->name), err));
    return akin_vector_view_check(&s->vector_views, err);
}

void ak_train_settings_keep(ak_train_settings *s, const char *list)
{
    s->data.keep = s->corpus.keep = s->vectors.keep = list;
}

akin_status ak_train_data_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    static const char *const targets[] = { "auto", "label", "group" }; /* as in akin_target */
    const char *format = akin_train_config_get(c, "format"), *target = akin_train_config_get(c, "target");
    s->kind = ak_train_config_kind(c);
    for (int i = 0; i < 3; i++)
        if (strcmp(targets[i], target) == 0) s->target = (akin_target)i;
    s->data.format = format;
    s->data.size = whole(c, "size");
    s->data.cache = akin_train_config_get(c, "cache") ? (int64_t)real(c, "cache") << 20 : -1;
    s->data.on_bad = strcmp(akin_train_config_get(c, "on-bad"), "skip") == 0 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    s->data.max_bad_frac = real(c, "max-bad");
    s->corpus = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    s->vocab = (akin_vocab_opts)AKIN_VOCAB_OPTS_INIT;
    s->text_views = (akin_text_view_opts)AKIN_TEXT_VIEW_OPTS_INIT;
    s->vectors = (akin_vectors_opts)AKIN_VECTORS_OPTS_INIT;
    s->vector_views = (akin_vector_view_opts)AKIN_VECTOR_VIEW_OPTS_INIT;
    s->table = (akin_bag_opts)AKIN_BAG_OPTS_INIT;
    s->table.dim = DEFAULT_DIM;
    if (s->kind == AKIN_DATA_TEXT) {
        AK_TRY(corpus_of(c, format, s, err));
        table_of(c, s);
        AK_TRY(text_of(c, s, err));
    }
    if (s->kind == AKIN_DATA_VECTORS) AK_TRY(vectors_of(c, format, s, err));
    ak_train_settings_keep(s, akin_train_config_get(c, "keep"));
    return AKIN_OK;
}
