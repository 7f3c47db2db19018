/* SPDX-License-Identifier: Apache-2.0 */
/* model/embed.c - embeddings by a trained model: items in batches through the net, whatever they are.
 *
 * The kind of the data makes the rows of a batch (set/kinds.h): images are normalised, vectors scaled,
 * texts become numbers of words; with random views each becomes one of the run's views first.
 *
 * Ranks share the batches, which are cut as in one process: so no row has other bits. Either each has all
 * rows afterwards, or rank 0 hands them out piece by piece. */
#include "model/model.h"

#include "set/kinds.h"

#include <math.h>
#include <string.h>

enum { WARM_UP_ITEMS = 4096 };

typedef struct feed {
    akin_model *model;
    const int64_t *item; /* [n]; NULL = 0..n-1 */
    int64_t n;
    bool view;
    bool (*progress)(int64_t done, int64_t total, void *ctx);
    void *ctx;
    akin_view_name name;
    ak_row_source source;
    int32_t *chosen; /* [rows of a batch] */
    float *dense;    /* [rows, row_floats], or NULL */
    int32_t *ids;    /* [rows, row_ids], or NULL */
    int64_t *start;  /* [rows+1] */
    void *memory;
    akin_arena scratch;
} feed;

static void feed_release(feed *f)
{
    ak_row_source_release(&f->source);
    free(f->chosen);
    free(f->dense);
    free(f->ids);
    free(f->start);
    free(f->memory);
}

/* Memory for the batches of f->source. */
static akin_status feed_prepare(feed *f, akin_error *err)
{
    const ak_row_source *s = &f->source;
    const int64_t batch = f->model->rows;
    const size_t scratch = ak_row_source_scratch(s, batch);
    f->chosen = ak_alloc(sizeof *f->chosen, batch, 1);
    f->memory = ak_alloc(1, (int64_t)scratch, 1);
    if (s->row_floats) f->dense = ak_alloc(sizeof *f->dense, batch, s->row_floats);
    if (s->row_ids) f->ids = ak_alloc(sizeof *f->ids, batch, s->row_ids);
    if (s->row_ids) f->start = ak_alloc(sizeof *f->start, batch + 1, 1);
    akin_arena_init(&f->scratch, f->memory, scratch);
    if (f->chosen && f->memory && (!s->row_floats || f->dense) && (!s->row_ids || (f->ids && f->start)))
        return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a batch of %lld rows", (long long)batch);
}

static akin_status next_rows(feed *f, int64_t first, int64_t n, ak_rows *rows, akin_error *err)
{
    for (int64_t i = 0; i < n; i++) f->chosen[i] = (int32_t)(f->item ? f->item[first + i] : first + i);
    if (f->start) f->start[0] = 0;
    AK_TRY(f->source.make(&f->source, f->chosen, n, f->view ? &f->name : NULL, &f->scratch, f->dense, f->ids,
                          f->start, err));
    *rows = (ak_rows){ .dense = f->dense, .n = n };
    if (f->ids) rows->ragged = (akin_ragged){ f->ids, f->start, n };
    return AKIN_OK;
}

/* Inference needs running averages; a net that never trained takes them from real items. */
static akin_status warm_up(feed *f, akin_error *err)
{
    const int64_t n = f->n < WARM_UP_ITEMS ? f->n : WARM_UP_ITEMS;
    const int64_t batch = f->model->rows;
    const bool view = f->view;
    f->view = false;
    for (int64_t first = 0; first + batch <= n; first += batch) {
        ak_rows rows;
        AK_TRY(next_rows(f, first, batch, &rows, err));
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

/* A text without a word has nothing to be encoded: its row is zeros, in every layer. */
static void clear_wordless(const ak_rows *rows, akin_mat out)
{
    for (int64_t i = 0; rows->ragged.start && out.data && i < rows->n; i++)
        if (rows->ragged.start[i] == rows->ragged.start[i + 1])
            memset(out.data + i * out.stride, 0, (size_t)out.cols * sizeof *out.data);
}

/* The features of each row to length 1, and the words of its item beside them. */
static akin_status put_words(const akin_model *m, const ak_rows *rows, akin_mat out, akin_error *err)
{
    const int64_t d = m->net.features;
    for (int64_t i = 0; i < rows->n; i++) {
        float *row = out.data + i * out.stride;
        double square = 0;
        for (int64_t j = 0; j < d; j++) square += (double)row[j] * row[j];
        for (int64_t j = 0; j < d && square > 0; j++) row[j] = (float)(row[j] / sqrt(square));
    }
    const akin_mat words = { out.data + d, rows->n, out.cols - d, out.stride };
    return m->data_kind->words->rows(m->measured, m->words, rows->ragged, words, err);
}

/* Without a head the projector's rows are the features. */
static akin_status embed_rows(akin_model *m, const ak_rows *rows, akin_mat out, akin_mat z, akin_error *err)
{
    const akin_mat none = { 0 };
    akin_mat features = out;
    if (out.data) features.cols = m->net.features;
    const bool head = m->net.projection > 0;
    AK_TRY(ak_net_forward(&m->net, rows, false, head || features.data ? features : z, head ? z : none, err));
    for (int64_t i = 0; !head && features.data && z.data && i < rows->n; i++)
        memcpy(z.data + i * z.stride, features.data + i * features.stride, (size_t)z.cols * sizeof(float));
    return out.data && m->words ? put_words(m, rows, out, err) : AKIN_OK;
}

static akin_status check_room(const feed *f, akin_mat rows, akin_layer layer, akin_error *err)
{
    const int64_t width = akin_model_width(f->model, layer);
    if (!rows.data || (rows.rows == f->n && rows.cols == width && rows.stride >= width)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "embed: the %s is to go to [%lld,%lld]; it is [%lld,%lld]",
                   layer == AKIN_LAYER_BACKBONE ? "backbone's layer" : "projector's layer",
                   (long long)rows.rows, (long long)rows.cols, (long long)f->n, (long long)width);
}

/* Memory, and the statistics that a random net takes: before the first batch. */
static akin_status feed_begin(feed *f, akin_mat backbone, akin_mat projector, akin_error *err)
{
    AK_TRY(feed_prepare(f, err));
    AK_TRY(check_room(f, backbone, AKIN_LAYER_BACKBONE, err));
    AK_TRY(check_room(f, projector, AKIN_LAYER_PROJECTOR, err));
    return f->model->kind == AKIN_MODEL_RANDOM && !f->model->warm ? warm_up(f, err) : AKIN_OK;
}

/* Items [begin, end) into rows that begin with those of begin. Where a batch begins and ends does not depend
 * on who embeds it: begin is a multiple of the batch, end one or n. */
static akin_status embed_span(feed *f, int64_t begin, int64_t end, akin_mat backbone, akin_mat projector,
                              akin_error *err)
{
    const int64_t batch = f->model->rows;
    for (int64_t first = begin; first < end; first += batch) {
        const int64_t n = end - first < batch ? end - first : batch, at = first - begin;
        ak_rows rows;
        AK_TRY(next_rows(f, first, n, &rows, err));
        AK_TRY(embed_rows(f->model, &rows, part_of(backbone, at, n), part_of(projector, at, n), err));
        clear_wordless(&rows, part_of(backbone, at, n));
        clear_wordless(&rows, part_of(projector, at, n));
        if (f->progress && !f->progress(at + n, end - begin, f->ctx))
            return ak_fail(err, AKIN_ERR_INTERRUPTED, "embed: stopped after %lld of %lld items, as was asked",
                           (long long)(at + n), (long long)(end - begin));
    }
    return AKIN_OK;
}

static akin_status embed_all(feed *f, akin_mat backbone, akin_mat projector, akin_error *err)
{
    AK_TRY(feed_begin(f, backbone, projector, err));
    return embed_span(f, 0, f->n, backbone, projector, err);
}

/* Ranks -------------------------------------------------------------------------------------------------- */

/* The first item of a rank's batches; of the number of ranks, n. */
static int64_t first_of(const feed *f, int rank)
{
    const int64_t batch = f->model->rows, batches = (f->n + batch - 1) / batch;
    const int64_t first = batches * rank / ak_comm_size(f->model->ranks) * batch;
    return first < f->n ? first : f->n;
}

/* All ranks are well, and have as many items: else what they exchange would not fit. */
static akin_status agree_on_items(const feed *f, akin_status mine, akin_error *err)
{
    ak_comm *c = f->model->ranks;
    double n[2] = { (double)f->n, -(double)f->n };
    AK_TRY(ak_comm_agree(c, mine, err));
    AK_TRY(ak_comm_most(c, n, 2, err));
    if (n[0] == -n[1]) return AKIN_OK;
    mine = ak_fail(err, AKIN_ERR_DISTRIBUTED,
                   "embed: ranks have from %.0f to %.0f items; they need the same run and data", -n[1], n[0]);
    return ak_comm_agree(c, mine, err);
}

static akin_status embed_part(feed *f, akin_mat backbone, akin_mat projector, akin_error *err)
{
    const int rank = ak_comm_rank(f->model->ranks);
    const int64_t begin = first_of(f, rank), n = first_of(f, rank + 1) - begin;
    if ((backbone.data && backbone.stride != backbone.cols) ||
        (projector.data && projector.stride != projector.cols))
        return ak_fail(err, AKIN_ERR_SHAPE, "embed: of several ranks rows must have no gaps between them");
    AK_TRY(feed_begin(f, backbone, projector, err));
    return embed_span(f, begin, begin + n, part_of(backbone, begin, n), part_of(projector, begin, n), err);
}

static akin_status gather_rows(const feed *f, akin_mat all, akin_error *err)
{
    ak_comm *c = f->model->ranks;
    const int size = ak_comm_size(c);
    if (!all.data) return AKIN_OK;
    int64_t *offset = ak_alloc(sizeof *offset, size + 1, 1);
    akin_status status = offset ? AKIN_OK : ak_no_memory(err, "for the places of ranks");
    status = ak_comm_agree(c, status, err);
    for (int r = 0; r <= size && !status; r++)
        offset[r] = first_of(f, r) * all.cols * (int64_t)sizeof *all.data;
    if (!status)
        status = ak_comm_gather(c, all.data + first_of(f, ak_comm_rank(c)) * all.cols, all.data, offset, err);
    free(offset);
    return status;
}

/* Sets --------------------------------------------------------------------------------------------------- */

static akin_status check_items(const int64_t *item, int64_t n, int64_t most, akin_error *err)
{
    for (int64_t i = 0; item && i < n; i++)
        if (item[i] < 0 || item[i] >= most)
            return ak_fail(err, AKIN_ERR_RANGE, "item[%lld] is %lld; there are %lld items", (long long)i,
                           (long long)item[i], (long long)most);
    return AKIN_OK;
}

static akin_status feed_set(feed *f, const akin_dataset *set, const char *split, akin_error *err)
{
    akin_model *m = f->model;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    AK_TRY(akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, err));
    if (!f->item) f->n = part.n;
    AK_TRY(check_items(f->item, f->n, part.n, err));
    if (set->kind != m->data_kind)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds %s; the run was trained on %s",
                       akin_dataset_name(set), set->kind->name, m->data_kind->name);
    return set->kind->embed_rows(set->set, split, m->measured, &m->set.data, f->view, &f->source, err);
}

akin_status akin_model_embed(akin_model *m, const akin_dataset *set, const akin_embed_opts *user,
                             akin_mat backbone, akin_mat projector, akin_error *err)
{
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    if (!m || !set) return ak_fail(err, AKIN_ERR_ARGUMENT, "embed: model and set must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "embed", err));
    feed f = {
        .model = m, .item = opts.item, .n = opts.n, .view = opts.random_views, .name = AKIN_VIEW_NAME_INIT
    };
    f.progress = opts.on_progress;
    f.ctx = opts.ctx;
    f.name.seed = opts.view_seed;
    f.name.epoch = opts.view_epoch;
    f.name.view = opts.view;
    akin_status status = feed_set(&f, set, opts.split ? opts.split : "train", err);
    if (ak_comm_size(m->ranks) == 1) {
        if (!status) status = embed_all(&f, backbone, projector, err);
    } else {
        status = agree_on_items(&f, status, err);
        if (!status) status = ak_comm_agree(m->ranks, embed_part(&f, backbone, projector, err), err);
        if (!status) status = gather_rows(&f, backbone, err);
        if (!status) status = gather_rows(&f, projector, err);
    }
    feed_release(&f);
    return status;
}

/* Pieces ------------------------------------------------------------------------------------------------- */

enum { MOST_ROWS = 8192, UNIT_ROWS = 256, ROUNDS = 8 };

/* Pieces of equal size go round: piece k is of rank k % size. Rank 0 hands out those of a round in order.
 * What another rank sends goes on its way while it embeds its next piece. */
typedef struct pieces {
    feed f;
    const akin_pieces_opts *opts;
    int64_t rows, cols; /* of a piece; the last may be shorter */
    float *mine[2];     /* [rows,cols]: this rank's of one round, and of the next */
    float *other;       /* rank 0: [rows,cols] of another rank, or NULL */
    ak_transfer sent;
} pieces;

/* Whole batches; small enough for each rank to have some pieces, so that none waits long. */
static int64_t piece_rows(int64_t n, int64_t batch, int ranks)
{
    const int64_t unit = UNIT_ROWS / batch * batch, units = (n + unit - 1) / unit;
    const int64_t want = unit * ((units + ROUNDS * ranks - 1) / (ROUNDS * (int64_t)ranks));
    return ranks == 1 || want > MOST_ROWS ? MOST_ROWS / unit * unit : want > unit ? want : unit;
}

static int64_t length_of(const pieces *p, int64_t k)
{
    const int64_t left = p->f.n - k * p->rows;
    return left < 0 ? 0 : left < p->rows ? left : p->rows;
}

static akin_status pieces_begin(pieces *p, akin_error *err)
{
    const akin_mat none = { 0 };
    akin_model *m = p->f.model;
    const int size = ak_comm_size(m->ranks);
    p->cols = akin_model_width(m, p->opts->layer);
    p->rows = piece_rows(p->f.n, m->rows, size);
    for (int i = 0; i < (size > 1 ? 2 : 1); i++) p->mine[i] = ak_alloc(sizeof(float), p->rows, p->cols);
    if (size > 1 && ak_comm_rank(m->ranks) == 0) p->other = ak_alloc(sizeof(float), p->rows, p->cols);
    if (!p->mine[0] || (size > 1 && !p->mine[1]) || (size > 1 && ak_comm_rank(m->ranks) == 0 && !p->other))
        return ak_no_memory(err, "for a piece of the embeddings");
    return feed_begin(&p->f, none, none, err);
}

static akin_status embed_piece(pieces *p, int64_t k, float *to, akin_error *err)
{
    const akin_mat none = { 0 }, rows = { to, length_of(p, k), p->cols, p->cols };
    const bool backbone = p->opts->layer == AKIN_LAYER_BACKBONE;
    return embed_span(&p->f, k * p->rows, k * p->rows + rows.rows, backbone ? rows : none,
                      backbone ? none : rows, err);
}

static akin_status hand_out(const pieces *p, int64_t k, float *data, akin_error *err)
{
    return p->opts->on_rows(k * p->rows, (akin_mat){ data, length_of(p, k), p->cols, p->cols }, p->opts->ctx,
                            err);
}

/* Rank 0 takes all pieces of a round, also after an error of its own: nobody is left with a message. */
static akin_status take_round(pieces *p, int64_t first, float *mine, akin_error *err)
{
    ak_comm *c = p->f.model->ranks;
    akin_status status = hand_out(p, first, mine, err);
    for (int r = 1; r < ak_comm_size(c) && length_of(p, first + r) > 0; r++) {
        ak_transfer t = { .in = p->other,
                          .in_bytes = (size_t)(length_of(p, first + r) * p->cols) * sizeof(float),
                          .from = r };
        AK_TRY(ak_comm_begin(c, &t, err));
        AK_TRY(ak_comm_end(c, &t, err));
        if (!status) status = hand_out(p, first + r, p->other, err);
    }
    return status;
}

static akin_status send_piece(pieces *p, int64_t k, const float *mine, akin_error *err)
{
    ak_comm *c = p->f.model->ranks;
    if (p->sent.out_bytes) AK_TRY(ak_comm_end(c, &p->sent, err));
    p->sent = (ak_transfer){ .out = mine,
                             .out_bytes = (size_t)(length_of(p, k) * p->cols) * sizeof(float),
                             .to = 0 };
    return p->sent.out_bytes ? ak_comm_begin(c, &p->sent, err) : AKIN_OK;
}

/* status: how it began on this rank. */
static akin_status embed_rounds(pieces *p, akin_status status, akin_error *err)
{
    ak_comm *c = p->f.model->ranks;
    const int size = ak_comm_size(c), rank = ak_comm_rank(c);
    AK_TRY(agree_on_items(&p->f, status, err));
    const int64_t count = (p->f.n + p->rows - 1) / p->rows;
    for (int64_t first = 0, round = 0; first < count; first += size, round++) {
        float *mine = p->mine[size > 1 ? round % 2 : 0];
        status = ak_comm_agree(c, embed_piece(p, first + rank, mine, err), err);
        if (status) break;
        status = rank == 0 ? take_round(p, first, mine, err) : send_piece(p, first + rank, mine, err);
        if (status) { /* the others hear of it where they agree next */
            status = ak_comm_agree(c, status, err);
            break;
        }
        if (first + size >= count) status = ak_comm_agree(c, AKIN_OK, err);
    }
    const akin_status sent = p->sent.out_bytes ? ak_comm_end(c, &p->sent, status ? NULL : err) : AKIN_OK;
    return status ? status : sent;
}

/* Each rank its own items -------------------------------------------------------------------------------- */

/* A rank's batches are those of one process that hold an item of its own: of two neighbours both may embed
 * the batch between them. */
static int64_t own_first(const pieces *p, int rank)
{
    return p->opts->own[rank] / p->f.model->rows * p->f.model->rows;
}

static int64_t own_pieces(const pieces *p, int rank)
{
    const int64_t *own = p->opts->own;
    return own[rank] < own[rank + 1] ? (own[rank + 1] - own_first(p, rank) + p->rows - 1) / p->rows : 0;
}

static akin_status check_own(const pieces *p, akin_error *err)
{
    const int size = ak_comm_size(p->f.model->ranks);
    const int64_t *own = p->opts->own;
    bool right = own[0] == 0 && own[size] == p->f.n;
    for (int r = 0; r < size; r++) right = right && own[r] <= own[r + 1];
    return right ? AKIN_OK
                 : ak_fail(err, AKIN_ERR_ARGUMENT, "embed: the items of ranks do not follow one another");
}

/* Piece k of this rank: whole batches from the one with its first item on. */
static akin_status embed_own(pieces *p, int64_t k, akin_error *err)
{
    const akin_mat none = { 0 };
    const int rank = ak_comm_rank(p->f.model->ranks);
    const int64_t batch = p->f.model->rows, *own = p->opts->own;
    const int64_t begin = own_first(p, rank) + k * p->rows,
                  last = (own[rank + 1] + batch - 1) / batch * batch;
    int64_t end = begin + p->rows < last ? begin + p->rows : last;
    if (k >= own_pieces(p, rank)) return AKIN_OK;
    if (end > p->f.n) end = p->f.n;
    const akin_mat all = { p->mine[0], end - begin, p->cols, p->cols };
    const bool backbone = p->opts->layer == AKIN_LAYER_BACKBONE;
    AK_TRY(embed_span(&p->f, begin, end, backbone ? all : none, backbone ? none : all, err));
    const int64_t from = begin > own[rank] ? begin : own[rank],
                  to = end < own[rank + 1] ? end : own[rank + 1];
    return p->opts->on_rows(from, part_of(all, from - begin, to - from), p->opts->ctx, err);
}

/* In step, so that an error of one is soon that of all. */
static akin_status embed_each(pieces *p, akin_status status, akin_error *err)
{
    ak_comm *c = p->f.model->ranks;
    int64_t rounds = 0;
    AK_TRY(agree_on_items(&p->f, status ? status : check_own(p, err), err));
    for (int r = 0; r < ak_comm_size(c); r++)
        if (own_pieces(p, r) > rounds) rounds = own_pieces(p, r);
    for (int64_t k = 0; k < rounds; k++) AK_TRY(ak_comm_agree(c, embed_own(p, k, err), err));
    return AKIN_OK;
}

akin_status akin_model_embed_pieces(akin_model *m, const akin_dataset *set, const akin_pieces_opts *user,
                                    akin_error *err)
{
    akin_pieces_opts opts = AKIN_PIECES_OPTS_INIT;
    if (!m || !set || !user)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "embed: model, set and options must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "embed", err));
    if (!opts.on_rows) return ak_fail(err, AKIN_ERR_ARGUMENT, "embed: on_rows must not be NULL");
    pieces p = { .f = { .model = m, .name = AKIN_VIEW_NAME_INIT }, .opts = &opts };
    akin_status status = feed_set(&p.f, set, opts.split ? opts.split : "train", err);
    if (!status) status = pieces_begin(&p, err);
    status = opts.own ? embed_each(&p, status, err) : embed_rounds(&p, status, err);
    free(p.mine[0]);
    free(p.mine[1]);
    free(p.other);
    feed_release(&p.f);
    return status;
}

/* What belongs to no set --------------------------------------------------------------------------------- */

static akin_status wrong_kind(const akin_model *m, const char *given, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the run was trained on %s, not on %s", m->data_kind->name,
                   given);
}

akin_status akin_model_embed_images(akin_model *m, const akin_images *images, akin_mat backbone,
                                    akin_mat projector, akin_error *err)
{
    AK_GIVEN(m, err);
    AK_GIVEN(images, err);
    const ak_kind *kind = m->data_kind;
    if (!kind->rows_of_images) return wrong_kind(m, "images", err);
    feed f = { .model = m, .n = images->n, .name = AKIN_VIEW_NAME_INIT };
    akin_status status = kind->rows_of_images(images, m->measured, &m->set.data, &f.source, err);
    if (!status) status = embed_all(&f, backbone, projector, err);
    feed_release(&f);
    return status;
}

bool akin_model_embeds_texts(const akin_model *m) { return m->data_kind->rows_of_texts != NULL; }

akin_status akin_model_embed_texts(akin_model *m, const akin_texts *user, akin_mat backbone,
                                   akin_mat projector, akin_error *err)
{
    AK_GIVEN(m, err);
    AK_GIVEN(user, err);
    akin_texts given = AKIN_TEXTS_INIT, *texts = &given;
    const ak_kind *kind = m->data_kind;
    AK_TRY(ak_opts_import(texts, user, "model_embed_texts", err));
    if (!kind->rows_of_texts) return wrong_kind(m, "text", err);
    feed f = { .model = m, .n = texts->n, .name = AKIN_VIEW_NAME_INIT };
    akin_status status = kind->rows_of_texts(texts, m->measured, &m->set.data, &f.source, err);
    if (!status) status = embed_all(&f, backbone, projector, err);
    feed_release(&f);
    return status;
}
