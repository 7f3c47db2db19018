/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/embed.c - items in batches into an ONNX model, rows out of it.
 *
 * A batch is an array of the model's input: bytes or scaled pixels of images, numbers, ids of words. A model
 * with a fixed batch gets the last one filled up with copies of its last item, whose rows are dropped. */
#include "files/npy.h"
#include "onnx/model.h"

#include <math.h>
#include <string.h>

enum { BATCH = 256 };                       /* most items of a call, where the model leaves it open */
static const int64_t BATCH_BYTES = 8 << 20; /* most bytes of them */

typedef struct feed {
    akin_onnx *model;
    int64_t n, batch;
    ak_runtime_value in;
    void *rows; /* [batch, row_bytes], what in.data is mostly */
    size_t row_bytes;
    int64_t *item;   /* [batch] */
    int32_t *chosen; /* [batch], the same */
    /* images */
    akin_images images;
    uint8_t *bytes; /* [batch,h,w,c] */
    /* vectors */
    akin_vectors vectors;
    /* text */
    ak_row_source source;
    int32_t *ids;
    int64_t *start; /* [batch+1] */
    void *memory;
    akin_arena scratch;
    akin_status (*fill)(struct feed *f, int64_t first, int64_t n, akin_error *err);
} feed;

static void release(feed *f)
{
    ak_row_source_release(&f->source);
    free(f->rows);
    free(f->item);
    free(f->chosen);
    free(f->bytes);
    free(f->ids);
    free(f->start);
    free(f->memory);
}

/* How many items go into a call, and memory for them. */
static akin_status prepare(feed *f, int64_t row_numbers, size_t number, akin_error *err)
{
    f->row_bytes = (size_t)row_numbers * number;
    const int64_t most = BATCH_BYTES / (int64_t)(f->row_bytes ? f->row_bytes : 1);
    f->batch = f->model->batch ? f->model->batch : most < 1 ? 1 : most > BATCH ? BATCH : most;
    if (!f->model->batch && f->batch > f->n) f->batch = f->n;
    f->rows = ak_alloc(f->row_bytes, f->batch, 1);
    f->item = ak_alloc(sizeof *f->item, f->batch, 1);
    f->chosen = ak_alloc(sizeof *f->chosen, f->batch, 1);
    f->in.data = f->rows;
    return f->rows && f->item && f->chosen
               ? AKIN_OK
               : ak_no_memory(err, "for a batch of %lld rows", (long long)f->batch);
}

/* Images ----------------------------------------------------------------------------------------- */

/* Bytes [h,w,c] of images begin to end into the model's layout and type. */
static void lay_out(int64_t begin, int64_t end, void *ctx)
{
    const feed *f = ctx;
    const akin_onnx *m = f->model;
    const int64_t c = f->images.channels, area = f->images.height * f->images.width;
    const int64_t pixel = m->channels_first ? 1 : c, plane = m->channels_first ? area : 1;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *from = f->bytes + i * area * c;
        float *numbers = (float *)f->rows + i * area * c;
        uint8_t *bytes = (uint8_t *)f->rows + i * area * c;
        for (int64_t k = 0; k < c; k++) {
            const float mean = m->scale.mean[k], std = m->scale.std[k];
            for (int64_t p = 0; p < area; p++) {
                const int64_t at = k * plane + p * pixel;
                if (m->type == AK_RUNTIME_UINT8)
                    bytes[at] = from[p * c + k];
                else
                    numbers[at] = ak_pixel_scaled(from[p * c + k], mean, std);
            }
        }
    }
}

static akin_status fill_images(feed *f, int64_t first, int64_t n, akin_error *err)
{
    for (int64_t i = 0; i < n; i++) f->item[i] = first + i;
    AK_TRY(akin_images_fetch(&f->images, f->item, n, f->bytes, err));
    ak_parallel_for(n, 1, lay_out, f);
    return AKIN_OK;
}

static akin_status feed_images(feed *f, const akin_dataset *set, const char *split, akin_error *err)
{
    const akin_onnx *m = f->model;
    f->images = (akin_images)AKIN_IMAGES_INIT;
    AK_TRY(akin_dataset_pictures(set, split, &f->images, err));
    const int64_t h = f->images.height, w = f->images.width, c = f->images.channels;
    AK_TRY(prepare(f, h * w * c, m->type == AK_RUNTIME_UINT8 ? 1 : sizeof(float), err));
    f->bytes = ak_alloc(1, f->batch, h * w * c);
    if (!f->bytes) return ak_no_memory(err, "for a batch of %lld images", (long long)f->batch);
    f->in.dims = 4;
    f->in.dim[1] = m->channels_first ? c : h;
    f->in.dim[2] = m->channels_first ? h : w;
    f->in.dim[3] = m->channels_first ? w : c;
    f->fill = fill_images;
    return AKIN_OK;
}

/* Vectors ---------------------------------------------------------------------------------------- */

static akin_status fill_vectors(feed *f, int64_t first, int64_t n, akin_error *err)
{
    const int64_t d = f->vectors.d;
    float *row = ak_alloc(sizeof *row, d, 1);
    akin_status status = row ? AKIN_OK : ak_no_memory(err, "for a row");
    for (int64_t i = 0; i < n && !status; i++) {
        status = akin_vectors_row(&f->vectors, first + i, row, err);
        if (f->model->type == AK_RUNTIME_FLOAT)
            memcpy((float *)f->rows + i * d, row, (size_t)d * sizeof *row);
        for (int64_t c = 0; c < d && f->model->type == AK_RUNTIME_DOUBLE; c++)
            ((double *)f->rows)[i * d + c] = (double)row[c];
    }
    free(row);
    return status;
}

static akin_status feed_vectors(feed *f, const akin_dataset *set, const char *split, akin_error *err)
{
    f->vectors = (akin_vectors)AKIN_VECTORS_INIT;
    AK_TRY(akin_vectors_split(akin_dataset_vectors(set), split, &f->vectors, err));
    AK_TRY(
        prepare(f, f->vectors.d, f->model->type == AK_RUNTIME_DOUBLE ? sizeof(double) : sizeof(float), err));
    f->in.dims = 2;
    f->in.dim[1] = f->vectors.d;
    f->fill = fill_vectors;
    return AKIN_OK;
}

/* Text ------------------------------------------------------------------------------------------- */

/* Ids of the rows, -1 behind the last of each; there is a column at least. */
static akin_status fill_text(feed *f, int64_t first, int64_t n, akin_error *err)
{
    int64_t longest = 1, *to = f->rows;
    for (int64_t i = 0; i < n; i++) f->chosen[i] = (int32_t)(first + i);
    f->start[0] = 0;
    AK_TRY(f->source.make(&f->source, f->chosen, n, NULL, &f->scratch, NULL, f->ids, f->start, err));
    for (int64_t i = 0; i < n; i++)
        if (f->start[i + 1] - f->start[i] > longest) longest = f->start[i + 1] - f->start[i];
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < longest; k++)
            to[i * longest + k] = f->start[i] + k < f->start[i + 1] ? f->ids[f->start[i] + k] : -1;
    f->in.dim[1] = longest;
    f->row_bytes = (size_t)longest * sizeof *to;
    return AKIN_OK;
}

static akin_status feed_text(feed *f, const akin_dataset *set, const char *split, akin_error *err)
{
    const akin_onnx *m = f->model;
    ak_data_opts opts;
    AK_TRY(ak_data_opts_of_list("", m->kind, NULL, 1, &opts, err));
    opts.of.text.max_words = (int32_t)akin_json_as_int(akin_json_find(m->about, "input.max_words"));
    AK_TRY(m->kind->embed_rows(set->set, split, m->measured, &opts, false, &f->source, err));
    AK_TRY(prepare(f, f->source.row_ids, sizeof(int64_t), err));
    const size_t scratch = ak_row_source_scratch(&f->source, f->batch);
    f->memory = ak_alloc(1, (int64_t)scratch, 1);
    f->ids = ak_alloc(sizeof *f->ids, f->batch, f->source.row_ids);
    f->start = ak_alloc(sizeof *f->start, f->batch + 1, 1);
    akin_arena_init(&f->scratch, f->memory, scratch);
    if (!f->memory || !f->ids || !f->start)
        return ak_no_memory(err, "for a batch of %lld texts", (long long)f->batch);
    f->in.dims = 2;
    f->fill = fill_text;
    return AKIN_OK;
}

/* Rows ------------------------------------------------------------------------------------------- */

/* The output is a row for each item. */
static akin_status check_output(const feed *f, const ak_runtime_value *v, int64_t width, akin_error *err)
{
    char shape[160];
    bool rows = v->dims >= 2 && v->dim[0] == f->in.dim[0] && v->dim[1] >= 1;
    for (int i = 2; i < v->dims; i++) rows = rows && v->dim[i] == 1;
    const bool number =
        v->type == AK_RUNTIME_FLOAT || v->type == AK_RUNTIME_DOUBLE || v->type == AK_RUNTIME_HALF;
    ak_onnx_shape_text(v, shape);
    if (!rows || !number)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "the output '%s' is %s for %lld items; embeddings are [n,d] or [n,d,1,1]", v->name,
                       shape, (long long)f->in.dim[0]);
    if (width && v->dim[1] != width)
        return ak_fail(err, AKIN_ERR_SHAPE, "the output '%s' has %lld columns, and had %lld before", v->name,
                       (long long)v->dim[1], (long long)width);
    return AKIN_OK;
}

static float number_at(const ak_runtime_value *v, int64_t i)
{
    if (v->type == AK_RUNTIME_DOUBLE) return (float)((const double *)v->data)[i];
    if (v->type == AK_RUNTIME_HALF) return ak_half_to_float(((const uint16_t *)v->data)[i]);
    return ((const float *)v->data)[i];
}

static akin_status take_rows(const feed *f, const ak_runtime_value *v, int64_t first, int64_t n, float *to,
                             const akin_dataset *set, const char *split, akin_error *err)
{
    const int64_t width = v->dim[1];
    char name[256];
    for (int64_t i = 0; i < n * width; i++) {
        to[i] = number_at(v, i);
        if (isfinite(to[i])) continue;
        const int64_t row = first + i / width;
        return ak_fail(err, AKIN_ERR_NUMERIC,
                       "row %lld ('%s') of the output '%s' is not finite in column %lld", (long long)row,
                       akin_dataset_item_name(set, split, row, name, sizeof name), v->name,
                       (long long)(i % width));
    }
    (void)f;
    return AKIN_OK;
}

/* A batch, whose rows lie where they came out. */
static akin_status run_batch(feed *f, int64_t first, int64_t n, ak_runtime_value *out, akin_error *err)
{
    AK_TRY(f->fill(f, first, n, err));
    char *rows = f->rows;
    f->in.dim[0] = f->model->batch ? f->batch : n;
    for (int64_t i = n; i < f->in.dim[0]; i++)
        memcpy(rows + (size_t)i * f->row_bytes, rows + (size_t)(n - 1) * f->row_bytes, f->row_bytes);
    return ak_runtime_run(f->model->runtime, &f->in, f->model->output, out, err);
}

static akin_status embed_all(feed *f, const akin_dataset *set, const char *split, akin_array *all,
                             akin_error *err)
{
    int64_t width = 0;
    for (int64_t first = 0; first < f->n; first += f->batch) {
        const int64_t n = f->n - first < f->batch ? f->n - first : f->batch;
        ak_runtime_value out;
        AK_TRY(run_batch(f, first, n, &out, err));
        AK_TRY(check_output(f, &out, width, err));
        if (!width) {
            width = out.dim[1];
            *all = (akin_array){
                .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { f->n, width }, .count = f->n * width
            };
            all->data = ak_alloc(sizeof(float), f->n, width);
            if (!all->data) return ak_no_memory(err, "for %lld embeddings", (long long)f->n);
        }
        AK_TRY(take_rows(f, &out, first, n, (float *)all->data + first * width, set, split, err));
    }
    return AKIN_OK;
}

akin_status akin_onnx_embed(akin_onnx *m, const akin_dataset *set, const char *split, akin_array *out,
                            akin_error *err)
{
    if (!m || !set || !split || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "onnx: m, set, split and out must not be NULL");
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    AK_TRY(akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, err));
    if (set->kind != m->kind)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds %s; the model takes %s", akin_dataset_name(set),
                       set->kind->name, m->kind->name);
    if (part.n < 1) return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no item", akin_dataset_name(set));
    feed f = { .model = m, .n = part.n, .in = { .type = m->type } };
    akin_array all = { .data = NULL };
    akin_status status = m->kind->pixel_scale    ? feed_images(&f, set, split, err)
                         : m->kind->column_scale ? feed_vectors(&f, set, split, err)
                                                 : feed_text(&f, set, split, err);
    if (!status) status = embed_all(&f, set, split, &all, err);
    release(&f);
    if (status)
        akin_array_free(&all);
    else
        *out = all;
    return status;
}
