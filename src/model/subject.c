/* SPDX-License-Identifier: Apache-2.0 */
/* model/subject.c - images, vectors and text as what a run learns from. */
#include "model/subject.h"

#include "model/run_folder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST = 5, MOST_NAMES = 10000 };

const char *ak_subject_unit(akin_data_kind kind)
{
    return kind == AKIN_DATA_TEXT ? "texts" : kind == AKIN_DATA_VECTORS ? "vectors" : "images";
}

akin_dataset_opts ak_subject_set_opts(const ak_train_settings *set, akin_data_kind kind)
{
    akin_dataset_opts o = AKIN_DATASET_OPTS_INIT;
    o.kind = kind;
    o.images = &set->data;
    o.text = &set->corpus;
    o.vectors = &set->vectors;
    return o;
}

void ak_subject_release(ak_subject *s)
{
    akin_tokens_free(s->tokens);
    akin_vocab_free(s->vocab);
    akin_word_vectors_free(s->words);
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
    s->height = set->augment.height ? set->augment.height : s->images.height;
    s->width = set->augment.width ? set->augment.width : s->images.width;
    s->channels = s->images.channels;
    s->image_source = (ak_image_source){ s->images, set->augment, mean, std };
    s->source = ak_source_of_images(&s->image_source);
    return AKIN_OK;
}

static akin_status open_vectors(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const akin_vector_set *data = akin_dataset_vectors(s->set);
    s->vectors = (akin_vectors)AKIN_VECTORS_INIT;
    AK_TRY(akin_vectors_split(data, "train", &s->vectors, err));
    const char *remark = akin_vectors_remark(data);
    if (remark[0]) tell(t, "%s", remark);
    s->scale = *akin_vectors_scale(data);
    s->height = s->channels = 1;
    s->width = s->vectors.d;
    s->vector_source = (ak_vector_source){ s->vectors, s->scale, set->vector_views };
    s->source = ak_source_of_vectors(&s->vector_source);
    return AKIN_OK;
}

/* The nearest words that a view may put in a word's place. */
static akin_status open_words(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const bool replaces = set->text_views.replace_prob > 0;
    if (!set->word_vectors) {
        if (!replaces) return AKIN_OK;
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "replacing words by their nearest needs --word-vectors FILE, in fastText's text form");
    }
    AK_TRY(akin_word_vectors_load(set->word_vectors, s->vocab, &s->words, err));
    tell(t, "%lld of %lld words have a vector in '%s'", (long long)s->words->found,
         (long long)akin_vocab_words(s->vocab), set->word_vectors);
    if (!replaces) return AKIN_OK;
    const int64_t words = akin_vocab_words(s->vocab);
    s->near = ak_alloc(sizeof *s->near, words, NEAREST);
    if (!s->near)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the nearest words of %lld", (long long)words);
    s->neighbours = (akin_near_words){ sizeof s->neighbours, s->near, words, NEAREST };
    return akin_word_vectors_nearest(akin_const(s->words->mat), s->words->has, NEAREST, s->near, err);
}

static akin_status open_text(ak_subject *s, const ak_train_settings *set, const teller *t, akin_error *err)
{
    const akin_corpus *corpus = akin_dataset_text(s->set);
    const akin_texts *texts = akin_corpus_texts(corpus);
    AK_TRY(akin_vocab_build(texts, s->part.items, s->part.n, &set->vocab, &s->vocab, err));
    AK_TRY(akin_tokens_create(s->vocab, texts, set->max_words, &s->tokens, err));
    const akin_token_counts *seen = akin_tokens_counts(s->tokens);
    tell(
        t,
        "%lld words, %lld known ones; %.1f %% of the text is outside of them; %lld texts are cut at %d words",
        (long long)seen->words, (long long)akin_vocab_words(s->vocab),
        100 * (double)seen->unknown / (double)(seen->words ? seen->words : 1), (long long)seen->truncated,
        set->max_words);
    AK_TRY(open_words(s, set, t, err));
    s->text_source = (ak_text_source){ s->tokens, s->near ? &s->neighbours : NULL, set->text_views,
                                       s->part.items, s->part.n };
    s->source = ak_source_of_text(&s->text_source);
    return AKIN_OK;
}

static akin_status open_kind(ak_subject *s, const ak_train_settings *set, float *mean, float *std,
                             const teller *t, akin_error *err)
{
    AK_TRY(akin_dataset_split(s->set, "train", set->target, &s->part, err));
    const int64_t bad = akin_dataset_bad_count(s->set);
    if (bad && s->kind == AKIN_DATA_TEXT)
        tell(t, "%lld texts have bad bytes or cannot be read; 'akin inspect' lists them", (long long)bad);
    else if (bad)
        tell(t, "%lld unreadable %s are left out; 'akin inspect' lists them", (long long)bad,
             ak_subject_unit(s->kind));
    s->group = set->target == AKIN_TARGET_AUTO ? s->part.groups : s->part.labels;
    s->groups = set->target == AKIN_TARGET_AUTO ? s->part.group_count : s->part.classes;
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
    *s = (ak_subject){ .kind = set->kind, .target = set->target };
    akin_dataset_opts opts = ak_subject_set_opts(set, set->kind);
    akin_image_set_opts images = set->data;
    const teller t = { say, ctx };
    reading r = { &t, ak_now_s() };
    images.on_progress = on_reading;
    images.progress_ctx = &r;
    opts.images = &images;
    akin_status status = akin_dataset_open(path, &opts, &s->set, err);
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
    if (s->words) plan->table.dim = (int32_t)s->words->mat.cols;
}

akin_status ak_subject_seed(const ak_subject *s, ak_net *net, akin_error *err)
{
    if (!s->words || !net->bag) return AKIN_OK;
    for (int64_t w = 0; w < s->words->mat.rows; w++)
        if (s->words->has[w])
            AK_TRY(akin_bag_import(net->bag, 0, w, 1, s->words->mat.data + w * s->words->mat.stride, err));
    return AKIN_OK;
}

/* The run folder ------------------------------------------------------------------------------------------------ */

/* Names are bytes; where they are not UTF-8, which JSON must be, everything beyond ASCII becomes a question mark. */
static json_t *text_json(const char *bytes)
{
    json_t *text = json_string(bytes);
    if (text || !bytes) return text ? text : json_null();
    char clean[4096];
    snprintf(clean, sizeof clean, "%s", bytes);
    for (char *p = clean; *p; p++)
        if ((unsigned char)*p >= 0x80) *p = '?';
    return json_string(clean);
}

static json_t *numbers(const double *x, int64_t n)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++) json_array_append_new(list, json_real(x[i]));
    return list;
}

json_t *ak_subject_json(const ak_subject *s, const char *path)
{
    akin_part_view test = { .n = 0 };
    if (akin_dataset_split(s->set, "test", AKIN_TARGET_AUTO, &test, NULL)) test.n = 0;
    json_t *classes = json_array();
    for (int64_t k = 0; k < s->part.classes && s->part.classes <= MOST_NAMES; k++)
        json_array_append_new(classes, text_json(akin_dataset_class_name(s->set, s->target, k)));
    json_t *data =
        json_pack("{s:s,s:s,s:o,s:s,s:s,s:I,s:I,s:b,s:o}", "kind", akin_data_kind_name(s->kind), "path", path,
                  "name", text_json(akin_dataset_name(s->set)), "format", akin_dataset_format(s->set),
                  "fingerprint", akin_dataset_fingerprint(s->set), "train", (json_int_t)s->part.n, "test",
                  (json_int_t)test.n, "labels", s->part.labels != NULL, "classes", classes);
    if (s->kind == AKIN_DATA_TEXT) {
        json_object_set_new(data, "groups", json_integer(s->groups));
        json_object_set_new(data, "words", json_integer(akin_vocab_words(s->vocab)));
        json_object_set_new(data, "rows", json_integer(akin_vocab_rows(s->vocab)));
        json_object_set_new(data, "vocabulary", json_string(akin_vocab_fingerprint(s->vocab)));
        if (s->words) json_object_set_new(data, "dim", json_integer(s->words->mat.cols));
        return data;
    }
    const int64_t height = s->kind == AKIN_DATA_IMAGES ? s->images.height : 1,
                  width = s->kind == AKIN_DATA_IMAGES ? s->images.width : s->width;
    json_object_set_new(data, "height", json_integer(height));
    json_object_set_new(data, "width", json_integer(width));
    json_object_set_new(data, "channels", json_integer(s->channels));
    if (s->kind == AKIN_DATA_VECTORS) {
        json_object_set_new(data, "mean", numbers(s->scale.mean, s->scale.d));
        json_object_set_new(data, "std", numbers(s->scale.std, s->scale.d));
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
    const size_t bytes = akin_augment_scratch_bytes(&set->augment, im->height, im->width, im->channels) + 64;
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
            status = akin_augment_view(v ? &set->augment : &original, image, im->height, im->width,
                                       im->channels, &name, &scratch, row + v * pixels, err);
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
