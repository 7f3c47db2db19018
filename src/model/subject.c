/* SPDX-License-Identifier: Apache-2.0 */
/* model/subject.c - images, vectors and text as what a run learns from. */
#include "model/subject.h"

#include "model/run_folder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST = 5, MOST_NAMES = 10000 };

const char *ak_subject_unit(akin_data_kind kind) { return ak_kind_of(kind)->unit; }

void ak_subject_release(ak_subject *s)
{
    akin_tokens_free(s->tokens);
    akin_vocab_free(s->vocab);
    akin_word_vectors_free(&s->words);
    free(s->near);
    akin_dataset_free(s->set);
    *s = (ak_subject){ .kind = AKIN_DATA_UNKNOWN };
}

/* Opening ------------------------------------------------------------------------------------------------------- */

typedef struct teller {
    void (*say)(void *ctx, const char *line);
    void *ctx;
} teller;

static void tell(const teller *t, const char *format, ...) AK_PRINTF(2, 3);

static void tell(const teller *t, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (t->say) t->say(t->ctx, line);
}

static akin_status open_images(ak_subject *s, const ak_train_settings *set, float *mean, float *std,
                               akin_error *err)
{
    const akin_image_set *data = akin_dataset_images(s->set);
    s->images = (akin_images)AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(data, "train", &s->images, err));
    if (s->images.channels > AK_MAX_CHANNELS)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld channels; at most %d can be trained on",
                       akin_dataset_name(s->set), (long long)s->images.channels, AK_MAX_CHANNELS);
    double m[3], d[3];
    akin_image_set_stats(data, m, d);
    for (int64_t c = 0; c < s->images.channels; c++) {
        mean[c] = (float)m[c];
        std[c] = d[c] > 0 ? (float)d[c] : 1; /* a channel without contrast stays as it is */
    }
    s->height = set->data.of.images.augment.height ? set->data.of.images.augment.height : s->images.height;
    s->width = set->data.of.images.augment.width ? set->data.of.images.augment.width : s->images.width;
    s->channels = s->images.channels;
    s->image_source = (ak_image_source){ s->images, set->data.of.images.augment, mean, std };
    s->source = ak_source_of_images(&s->image_source);
    return AKIN_OK;
}

static akin_status open_vectors(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const akin_vector_set *data = akin_dataset_vectors(s->set);
    AK_TRY(akin_vectors_split(data, "train", &s->vectors, err));
    const char *remark = akin_vectors_remark(data);
    if (remark[0]) tell(t, "%s", remark);
    s->scale = akin_vectors_scale(data);
    s->height = s->channels = 1;
    s->width = s->vectors.d;
    s->vector_source = (ak_vector_source){ s->vectors, s->scale, set->data.of.vectors.views };
    s->source = ak_source_of_vectors(&s->vector_source);
    return AKIN_OK;
}

/* The nearest words that a view may put in a word's place. */
static akin_status open_words(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const bool replaces = set->data.of.text.views.replace_prob > 0;
    if (!set->data.of.text.word_vectors) {
        if (!replaces) return AKIN_OK;
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "replacing words by their nearest needs --word-vectors FILE, in fastText's text form");
    }
    AK_TRY(akin_word_vectors_load(set->data.of.text.word_vectors, s->vocab, &s->words, err));
    tell(t, "%lld of %lld words have a vector in '%s'", (long long)s->words.found,
         (long long)akin_vocab_words(s->vocab), set->data.of.text.word_vectors);
    if (!replaces) return AKIN_OK;
    const int64_t words = akin_vocab_words(s->vocab);
    s->near = ak_alloc(sizeof *s->near, words, NEAREST);
    if (!s->near)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the nearest words of %lld", (long long)words);
    s->neighbours = (akin_neighbours){ s->near, words, NEAREST };
    return akin_word_vectors_nearest(akin_const(s->words.mat), s->words.has, NEAREST, s->near, err);
}

static akin_status open_text(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const akin_corpus *corpus = akin_dataset_text(s->set);
    const akin_texts texts = akin_corpus_texts(corpus);
    AK_TRY(akin_vocab_build(&texts, s->part.items, s->part.n, &set->data.of.text.vocab, &s->vocab, err));
    AK_TRY(akin_tokens_create(s->vocab, &texts, set->data.of.text.max_words, &s->tokens, err));
    const akin_tokens_counts seen = akin_tokens_seen(s->tokens);
    tell(
        t,
        "%lld words, %lld known ones; %.1f %% of the text is outside of them; %lld texts are cut at %d words",
        (long long)seen.words, (long long)akin_vocab_words(s->vocab),
        100 * (double)seen.unknown / (double)(seen.words ? seen.words : 1), (long long)seen.truncated,
        set->data.of.text.max_words);
    AK_TRY(open_words(s, set, t, err));
    s->text_source = (ak_text_source){ s->tokens, s->near ? &s->neighbours : NULL, set->data.of.text.views,
                                       s->part.items, s->part.n };
    s->source = ak_source_of_text(&s->text_source);
    return AKIN_OK;
}

static akin_status open_kind(ak_subject *s, const ak_train_settings *set, float *mean, float *std,
                             const teller *t, akin_error *err)
{
    AK_TRY(akin_dataset_split(s->set, "train", set->data.target, &s->part, err));
    const int64_t bad = akin_dataset_bad_count(s->set);
    if (bad && s->kind == AKIN_DATA_TEXT)
        tell(t, "%lld texts have bad bytes or cannot be read; 'akin inspect' lists them", (long long)bad);
    else if (bad)
        tell(t, "%lld unreadable %s are left out; 'akin inspect' lists them", (long long)bad,
             ak_subject_unit(s->kind));
    s->group = set->data.target == AKIN_TARGET_AUTO ? s->part.groups : s->part.labels;
    s->groups = set->data.target == AKIN_TARGET_AUTO ? s->part.group_count : s->part.classes;
    switch (s->kind) {
    case AKIN_DATA_TEXT: return open_text(s, set, t, err);
    case AKIN_DATA_VECTORS: return open_vectors(s, set, t, err);
    default: return open_images(s, set, mean, std, err);
    }
}

/* A line now and then while a large set is read for the first time. */
typedef struct reading {
    const teller *teller;
    double said_s;
} reading;

static bool on_reading(int64_t done, int64_t total, void *ctx)
{
    enum { EVERY_S = 10 };
    reading *r = ctx;
    const double now = ak_now_s();
    if (r->said_s + EVERY_S > now) return true;
    r->said_s = now;
    tell(r->teller, "read %lld of %lld images", (long long)done, (long long)total);
    return true;
}

akin_status ak_subject_open(const char *path, const ak_train_settings *set, float *mean, float *std,
                            void (*say)(void *ctx, const char *line), void *ctx, ak_subject *s,
                            akin_error *err)
{
    *s = (ak_subject){ .kind = set->data.kind->id, .target = set->data.target, .part = AKIN_SPLIT_VIEW_INIT };
    ak_data_opts opts = set->data;
    const teller t = { say, ctx };
    reading r = { &t, ak_now_s() };
    opts.on_progress = on_reading;
    opts.progress_ctx = &r;
    akin_status status = ak_dataset_open(path, &opts, &s->set, err);
    if (!status) status = open_kind(s, set, mean, std, &t, err);
    if (status) ak_subject_release(s);
    return status;
}

/* What the net reads -------------------------------------------------------------------------------------------- */

void ak_subject_plan(const ak_subject *s, const ak_train_settings *set, ak_net_plan *plan)
{
    plan->height = s->height;
    plan->width = s->width;
    plan->channels = s->channels;
    if (s->kind != AKIN_DATA_TEXT) return;
    plan->tokens = akin_vocab_rows(s->vocab);
    plan->max_ids = s->source.row_ids;
    plan->max_words = s->source.row_ids;
    plan->table = set->table;
    if (s->words.mat.data) plan->table.dim = (int32_t)s->words.mat.cols;
}

akin_status ak_subject_seed(const ak_subject *s, ak_net *net, akin_error *err)
{
    if (!s->words.mat.data || !net->bag) return AKIN_OK;
    for (int64_t w = 0; w < s->words.mat.rows; w++)
        if (s->words.has[w])
            AK_TRY(akin_bag_import(net->bag, 0, w, 1, s->words.mat.data + w * s->words.mat.stride, err));
    return AKIN_OK;
}

/* The run folder ------------------------------------------------------------------------------------------------ */

static akin_json *numbers(const double *x, int64_t n)
{
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < n; i++) akin_json_append(list, akin_json_real(x[i]));
    return list;
}

akin_json *ak_subject_json(const ak_subject *s, const char *path)
{
    akin_split_view test = AKIN_SPLIT_VIEW_INIT;
    if (akin_dataset_split(s->set, "test", AKIN_TARGET_AUTO, &test, NULL)) test.n = 0;
    akin_json *classes = akin_json_array();
    for (int64_t k = 0; k < s->part.classes && s->part.classes <= MOST_NAMES; k++)
        akin_json_append(classes, akin_json_pack("s?", akin_dataset_class_name(s->set, s->target, k)));
    akin_json *data =
        akin_json_pack("{s:s,s:s,s:s?,s:s,s:s,s:I,s:I,s:b,s:o}", "kind", akin_data_kind_name(s->kind), "path",
                       path, "name", akin_dataset_name(s->set), "format", akin_dataset_format(s->set),
                       "fingerprint", akin_dataset_fingerprint(s->set), "train", (int64_t)s->part.n, "test",
                       (int64_t)test.n, "labels", s->part.labels != NULL, "classes", classes);
    if (s->kind == AKIN_DATA_TEXT) {
        akin_json_put(data, "groups", akin_json_int(s->groups));
        akin_json_put(data, "words", akin_json_int(akin_vocab_words(s->vocab)));
        akin_json_put(data, "rows", akin_json_int(akin_vocab_rows(s->vocab)));
        akin_json_put(data, "vocabulary", akin_json_text(akin_vocab_fingerprint(s->vocab)));
        if (s->words.mat.data) akin_json_put(data, "dim", akin_json_int(s->words.mat.cols));
        return data;
    }
    const int64_t height = s->kind == AKIN_DATA_IMAGES ? s->images.height : 1,
                  width = s->kind == AKIN_DATA_IMAGES ? s->images.width : s->width;
    akin_json_put(data, "height", akin_json_int(height));
    akin_json_put(data, "width", akin_json_int(width));
    akin_json_put(data, "channels", akin_json_int(s->channels));
    if (s->kind == AKIN_DATA_VECTORS) {
        akin_json_put(data, "mean", numbers(s->scale.mean, s->scale.d));
        akin_json_put(data, "std", numbers(s->scale.std, s->scale.d));
    }
    return data;
}

/* A few items beside their views of epoch 0, for people to look at. */
static akin_status write_views(const ak_subject *s, const char *run, const ak_train_settings *set,
                               akin_error *err)
{
    enum { ROWS = 8, VIEWS = 7 };
    const akin_images *im = &s->images;
    const int64_t pixels = s->height * s->width * im->channels;
    const int64_t item_pixels = im->height * im->width * im->channels;
    const int64_t rows = im->n < ROWS ? im->n : ROWS;
    const int64_t shape[5] = { rows, 1 + VIEWS, s->height, s->width, im->channels };
    akin_augment_opts original = AKIN_AUGMENT_OPTS_INIT; /* the image itself, at the size of the views */
    original.height = (int32_t)s->height;
    original.width = (int32_t)s->width;
    uint8_t *sheet = ak_alloc(1, rows * (1 + VIEWS), pixels), *image = ak_alloc(1, item_pixels, 1);
    const size_t bytes =
        akin_augment_scratch_bytes(&set->data.of.images.augment, im->height, im->width, im->channels) + 64;
    void *memory = ak_alloc(1, (int64_t)bytes, 1);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);
    akin_status status = AKIN_OK;
    if (!sheet || !image || !memory) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the sample views");
    for (int64_t r = 0; !status && r < rows; r++) {
        const int64_t item = r * (im->n / rows);
        uint8_t *row = sheet + r * (1 + VIEWS) * pixels;
        status = akin_images_fetch(im, &item, 1, image, err);
        for (uint32_t v = 0; v <= VIEWS && !status; v++) {
            const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                          .seed = set->seed,
                                          .item = (uint64_t)item,
                                          .view = v ? v - 1 : 0 };
            status = akin_augment_view(v ? &set->data.of.images.augment : &original, image, im->height,
                                       im->width, im->channels, &name, &scratch, row + v * pixels, err);
        }
    }
    char path[4096];
    if (!status && ak_run_path(path, sizeof path, run, "gallery")) status = akin_folder_make(path, err);
    if (!status && ak_run_path(path, sizeof path, run, "gallery/views.npy"))
        status = akin_npy_save(path, AKIN_U8, 5, shape, sheet, err);
    free(sheet);
    free(image);
    free(memory);
    return status;
}

/* The keep-list goes with the run: evaluation and resume need it, and must not find another. */
static akin_status write_keep(const char *run, const char *list, akin_error *err)
{
    char path[4096], *text = NULL;
    size_t bytes = 0;
    if (!ak_run_path(path, sizeof path, run, "keep.txt"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    AK_TRY(akin_file_load(list, (size_t)1 << 32, &text, &bytes, err));
    const akin_status status = akin_file_save(path, text, bytes, err);
    free(text);
    return status;
}

akin_status ak_subject_write(const ak_subject *s, const char *run, const ak_train_settings *set,
                             akin_error *err)
{
    char path[4096];
    if (set->data.keep) AK_TRY(write_keep(run, set->data.keep, err));
    if (s->kind == AKIN_DATA_IMAGES) return write_views(s, run, set, err);
    if (s->kind == AKIN_DATA_VECTORS) return AKIN_OK;
    if (!ak_run_path(path, sizeof path, run, "vocabulary.txt"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    return akin_vocab_save(s->vocab, path, err);
}
