/* SPDX-License-Identifier: Apache-2.0 */
/* model/embed.c - embeddings by a trained model: items in batches through the net, whatever they are.
 *
 * A feed makes the rows of a batch: images are normalised, vectors scaled, texts tokenised once and then spelled as ids;
 * with a view each becomes one of the run's random views first. */
#include "model/model.h"

#include <stdio.h>
#include <string.h>

enum { BATCH = AK_MODEL_BATCH, WARM_UP_ITEMS = 4096, NEAREST = 5 };

typedef struct feed {
    akin_model *model;
    const int64_t *item; /* [n]; NULL = 0..n-1 */
    int64_t n;
    bool view;
    akin_view_name name;
    akin_images images;
    uint8_t *pixels; /* images with a view, or on disk: [BATCH,h,w,c] */
    uint8_t *image;  /* with a view: what it is of */
    void *memory;
    akin_arena scratch;
    akin_vectors vectors;
    akin_tokens *tokens;
    const int32_t *texts; /* items of the corpus; NULL = all */
    akin_word_vectors words;
    int32_t *nearest, *ids, *chosen; /* chosen [BATCH] */
    akin_neighbours near;
    int64_t *start, room;
} feed;

static void feed_release(feed *f)
{
    free(f->pixels);
    free(f->image);
    free(f->memory);
    akin_tokens_free(f->tokens);
    akin_word_vectors_free(&f->words);
    free(f->nearest);
    free(f->ids);
    free(f->chosen);
    free(f->start);
}

static int64_t item_of(const feed *f, int64_t i) { return f->item ? f->item[i] : i; }

/* Images -------------------------------------------------------------------------------------------------------- */

static akin_status feed_images(feed *f, const akin_images *images, akin_error *err)
{
    const akin_model *m = f->model;
    f->images = *images;
    if (m->kind_of_data != AKIN_DATA_IMAGES)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the run was trained on %s, not on images",
                       akin_data_kind_name(m->kind_of_data));
    if (images->height != m->height || images->width != m->width || images->channels != m->channels)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "the images are %lldx%lld with %lld channels; the run was trained on %lldx%lld with %lld",
            (long long)images->height, (long long)images->width, (long long)images->channels,
            (long long)m->height, (long long)m->width, (long long)m->channels);
    const int64_t bytes = images->height * images->width * images->channels;
    if (!f->view && images->pixels) return AKIN_OK;
    akin_augment_opts opts = m->set.data.of.images.augment;
    opts.height = opts.width = 0; /* of the images' own size: training may have used smaller views */
    const size_t room =
        akin_augment_scratch_bytes(&opts, images->height, images->width, images->channels) + 64;
    f->pixels = ak_alloc(1, BATCH, bytes);
    f->image = ak_alloc(1, bytes, 1);
    f->memory = ak_alloc(1, (int64_t)room, 1);
    akin_arena_init(&f->scratch, f->memory, room);
    if (f->pixels && f->image && f->memory) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a batch of images");
}

typedef struct normalise {
    const feed *feed;
    int64_t first;
} normalise;

static void normalise_rows(int64_t begin, int64_t end, void *ctx)
{
    const normalise *w = ctx;
    const feed *f = w->feed;
    const akin_model *m = f->model;
    const int64_t c = f->images.channels, area = f->images.height * f->images.width;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *from = f->view || !f->images.pixels
                                  ? f->pixels + i * area * c
                                  : f->images.pixels + item_of(f, w->first + i) * area * c;
        float *to = m->input + i * area * c;
        for (int64_t k = 0; k < c; k++) {
            const float mean = m->mean[k], std = m->std[k];
            for (int64_t p = 0; p < area; p++)
                to[k * area + p] = ((float)from[p * c + k] / 255.0f - mean) / std;
        }
    }
}

static akin_status view_images(feed *f, int64_t first, int64_t n, akin_error *err)
{
    akin_augment_opts opts = f->model->set.data.of.images.augment;
    opts.height = opts.width = 0;
    const int64_t bytes = f->images.height * f->images.width * f->images.channels;
    for (int64_t i = 0; i < n; i++) {
        akin_view_name name = f->name;
        const int64_t item = item_of(f, first + i);
        name.item = (uint64_t)item;
        AK_TRY(akin_images_fetch(&f->images, &item, 1, f->image, err));
        AK_TRY(akin_augment_view(&opts, f->image, f->images.height, f->images.width, f->images.channels,
                                 &name, &f->scratch, f->pixels + i * bytes, err));
    }
    return AKIN_OK;
}

static akin_status fetch_images(feed *f, int64_t first, int64_t n, akin_error *err)
{
    int64_t items[BATCH];
    for (int64_t i = 0; i < n; i++) items[i] = item_of(f, first + i);
    return akin_images_fetch(&f->images, items, n, f->pixels, err);
}

/* Vectors ------------------------------------------------------------------------------------------------------- */

static akin_status feed_vectors(feed *f, const akin_vectors *rows, akin_error *err)
{
    f->vectors = *rows;
    if (rows->d != f->model->width)
        return ak_fail(err, AKIN_ERR_SHAPE, "the vectors have %lld columns; the run was trained on %lld",
                       (long long)rows->d, (long long)f->model->width);
    f->chosen = ak_alloc(sizeof *f->chosen, BATCH, 1);
    return f->chosen ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for a batch");
}

static akin_status vector_rows(feed *f, int64_t n, akin_error *err)
{
    akin_model *m = f->model;
    const akin_mat out = { m->input, n, m->width, m->width };
    return akin_vector_views(f->view ? &m->set.data.of.vectors.views : NULL, &f->vectors, &m->scale,
                             f->chosen, n, &f->name, out, err);
}

/* Text ---------------------------------------------------------------------------------------------------------- */

static akin_status find_nearest(feed *f, akin_error *err)
{
    const ak_train_settings *set = &f->model->set;
    if (!f->view || set->data.of.text.views.replace_prob <= 0) return AKIN_OK;
    AK_TRY(akin_word_vectors_load(set->data.of.text.word_vectors, f->model->vocab, &f->words, err));
    f->nearest = ak_alloc(sizeof *f->nearest, f->words.mat.rows, NEAREST);
    if (!f->nearest) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for nearest words");
    f->near = (akin_neighbours){ f->nearest, f->words.mat.rows, NEAREST };
    return akin_word_vectors_nearest(akin_const(f->words.mat), f->words.has, NEAREST, f->nearest, err);
}

static akin_status feed_texts(feed *f, const akin_texts *texts, const int32_t *items, akin_error *err)
{
    akin_model *m = f->model;
    if (m->kind_of_data != AKIN_DATA_TEXT)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the run was trained on %s, not on text",
                       akin_data_kind_name(m->kind_of_data));
    f->texts = items;
    AK_TRY(akin_tokens_create(m->vocab, texts, m->set.data.of.text.max_words, &f->tokens, err));
    AK_TRY(find_nearest(f, err));
    f->room = BATCH * akin_text_row_bound(f->tokens, f->nearest ? &f->near : NULL);
    if (f->room < 1) f->room = 1;
    f->ids = ak_alloc(sizeof *f->ids, f->room, 1);
    f->start = ak_alloc(sizeof *f->start, BATCH + 1, 1);
    f->chosen = ak_alloc(sizeof *f->chosen, BATCH, 1);
    if (f->ids && f->start && f->chosen) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld ids of a batch", (long long)f->room);
}

static akin_status text_rows(feed *f, int64_t n, akin_error *err)
{
    const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                  .epoch = f->name.epoch,
                                  .seed = f->name.seed,
                                  .view = f->name.view };
    return akin_text_batch(f->tokens, f->view ? &f->model->set.data.of.text.views : NULL,
                           f->nearest ? &f->near : NULL, f->chosen, n, &name, f->ids, f->room, f->start, err);
}

/* Any --------------------------------------------------------------------------------------------------------- */

static akin_status next_rows(feed *f, int64_t first, int64_t n, ak_rows *rows, akin_error *err)
{
    akin_model *m = f->model;
    for (int64_t i = 0; f->chosen && i < n; i++) {
        const int64_t item = item_of(f, first + i);
        f->chosen[i] = f->texts ? f->texts[item] : (int32_t)item;
    }
    *rows = (ak_rows){ .dense = m->input, .n = n };
    if (f->tokens) {
        AK_TRY(text_rows(f, n, err));
        rows->dense = NULL;
        rows->ragged = (akin_ragged){ f->ids, f->start, n };
        return AKIN_OK;
    }
    if (f->vectors.x) return vector_rows(f, n, err);
    if (f->view) AK_TRY(view_images(f, first, n, err));
    if (!f->view && !f->images.pixels) AK_TRY(fetch_images(f, first, n, err));
    normalise w = { f, first };
    ak_parallel_for(n, 16, normalise_rows, &w);
    return AKIN_OK;
}

/* Inference needs running averages; a net that never trained takes them from real items. */
static akin_status warm_up(feed *f, akin_error *err)
{
    const int64_t n = f->n < WARM_UP_ITEMS ? f->n : WARM_UP_ITEMS;
    const bool view = f->view;
    f->view = false;
    for (int64_t first = 0; first + BATCH <= n; first += BATCH) {
        ak_rows rows;
        AK_TRY(next_rows(f, first, BATCH, &rows, err));
        AK_TRY(ak_net_warm(&f->model->net, &rows, err));
    }
    f->view = view;
    f->model->warm = true;
    return AKIN_OK;
}

static akin_mat part_of(akin_mat a, int64_t first, int64_t n)
{
    if (!a.data) return a;
    return (akin_mat){ a.data + first * a.stride, n, a.cols, a.stride };
}

/* Without a head the projector's rows are the features. */
static akin_status embed_rows(akin_model *m, const ak_rows *rows, akin_mat features, akin_mat z,
                              akin_error *err)
{
    const akin_mat none = { 0 };
    const bool head = m->net.projection > 0;
    AK_TRY(ak_net_forward(&m->net, rows, false, head || features.data ? features : z, head ? z : none, err));
    for (int64_t i = 0; !head && features.data && z.data && i < rows->n; i++)
        memcpy(z.data + i * z.stride, features.data + i * features.stride, (size_t)z.cols * sizeof(float));
    return AKIN_OK;
}

static akin_status check_room(const feed *f, akin_mat rows, akin_layer layer, akin_error *err)
{
    const int64_t width = akin_model_width(f->model, layer);
    if (!rows.data || (rows.rows == f->n && rows.cols == width && rows.stride >= width)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "embed: the %s is to go to [%lld,%lld]; it is [%lld,%lld]",
                   layer == AKIN_LAYER_BACKBONE ? "backbone's layer" : "projector's layer",
                   (long long)rows.rows, (long long)rows.cols, (long long)f->n, (long long)width);
}

static akin_status embed_all(feed *f, akin_mat backbone, akin_mat projector, akin_error *err)
{
    AK_TRY(check_room(f, backbone, AKIN_LAYER_BACKBONE, err));
    AK_TRY(check_room(f, projector, AKIN_LAYER_PROJECTOR, err));
    if (f->model->kind == AKIN_MODEL_RANDOM && !f->model->warm) AK_TRY(warm_up(f, err));
    for (int64_t first = 0; first < f->n; first += BATCH) {
        const int64_t n = f->n - first < BATCH ? f->n - first : BATCH;
        ak_rows rows;
        AK_TRY(next_rows(f, first, n, &rows, err));
        AK_TRY(embed_rows(f->model, &rows, part_of(backbone, first, n), part_of(projector, first, n), err));
    }
    return AKIN_OK;
}

akin_status akin_model_embed_images(akin_model *m, const akin_images *images, akin_mat backbone,
                                    akin_mat projector, akin_error *err)
{
    feed f = { .model = m, .n = images->n, .name = AKIN_VIEW_NAME_INIT };
    akin_status status = feed_images(&f, images, err);
    if (!status) status = embed_all(&f, backbone, projector, err);
    feed_release(&f);
    return status;
}

static akin_status check_items(const int64_t *item, int64_t n, int64_t most, akin_error *err)
{
    for (int64_t i = 0; item && i < n; i++)
        if (item[i] < 0 || item[i] >= most)
            return ak_fail(err, AKIN_ERR_RANGE, "item[%lld] is %lld; there are %lld items", (long long)i,
                           (long long)item[i], (long long)most);
    return AKIN_OK;
}

akin_status akin_model_embed_texts(akin_model *m, const akin_texts *texts, akin_mat backbone,
                                   akin_mat projector, akin_error *err)
{
    feed f = { .model = m, .n = texts->n, .name = AKIN_VIEW_NAME_INIT };
    akin_status status = feed_texts(&f, texts, NULL, err);
    if (!status) status = embed_all(&f, backbone, projector, err);
    feed_release(&f);
    return status;
}

static akin_status feed_set(feed *f, const akin_dataset *set, const char *split, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    AK_TRY(akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, err));
    if (!f->item) f->n = part.n;
    AK_TRY(check_items(f->item, f->n, part.n, err));
    if (akin_dataset_kind(set) != f->model->kind_of_data)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds %s; the run was trained on %s",
                       akin_dataset_name(set), akin_data_kind_name(akin_dataset_kind(set)),
                       akin_data_kind_name(f->model->kind_of_data));
    if (akin_dataset_text(set)) {
        const akin_texts texts = akin_corpus_texts(akin_dataset_text(set));
        return feed_texts(f, &texts, part.items, err);
    }
    if (akin_dataset_vectors(set)) {
        akin_vectors rows;
        AK_TRY(akin_vectors_split(akin_dataset_vectors(set), split, &rows, err));
        return feed_vectors(f, &rows, err);
    }
    akin_images images = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(akin_dataset_images(set), split, &images, err));
    return feed_images(f, &images, err);
}

akin_status akin_model_embed(akin_model *m, const akin_dataset *set, const akin_embed_opts *user,
                             akin_mat backbone, akin_mat projector, akin_error *err)
{
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "embed", err));
    feed f = {
        .model = m, .item = opts.item, .n = opts.n, .view = opts.random_views, .name = AKIN_VIEW_NAME_INIT
    };
    f.name.seed = opts.view_seed;
    f.name.epoch = opts.view_epoch;
    f.name.view = opts.view;
    akin_status status = feed_set(&f, set, opts.split ? opts.split : "train", err);
    if (!status) status = embed_all(&f, backbone, projector, err);
    feed_release(&f);
    return status;
}
