/* SPDX-License-Identifier: Apache-2.0 */
/* model/foreign.c - weights of a file or of a run into a net (foreign.h). */
#include "model/foreign.h"

#include "base/path.h"
#include "model/checkpoint.h"
#include "model/model.h"
#include "model/foreign_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void ak_foreign_free(ak_foreign *w)
{
    if (!w) return;
    ak_tensor_file_free(w->file);
    akin_model_free(w->model);
    free(w->path);
    free(w);
}

const ak_foreign_about *ak_foreign_of(const ak_foreign *w) { return &w->about; }

/* Opening ---------------------------------------------------------------------------------------- */

static akin_status look_at_run(ak_foreign *w, akin_error *err)
{
    const akin_encoder_opts *e = &w->model->set.encoder;
    ak_foreign_about *a = &w->about;
    const ak_kind *kind = w->model->data_kind;
    const ak_tensor_list list = ak_net_list(&w->model->net, true);
    if (!kind->pixel_scale)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "'%s' was trained on %s; weights are taken from networks on images", w->path,
                       kind->name);
    w->form = AK_WEIGHTS_OURS;
    snprintf(a->encoder, sizeof a->encoder, "%s", e->name);
    a->width = e->width;
    a->blocks = e->blocks;
    a->stem_stride = e->stem_stride;
    a->channels = (int32_t)kind->shape(w->model->measured, &w->model->set.data, false).channels;
    a->head_hidden = e->head_hidden;
    a->head_out = (int32_t)w->model->net.projection;
    a->head_norm = e->head_batchnorm != 0;
    a->step = w->model->step;
    a->scale = kind->pixel_scale(w->model->measured);
    return ak_checkpoint_sum(&list, &a->sum, err);
}

static akin_status open_weights(ak_foreign *w, const char *encoder, const char *prefix, akin_error *err)
{
    struct stat info;
    bool there;
    AK_TRY(ak_look(w->path, &there, &info, err));
    const bool folder = there && S_ISDIR(info.st_mode);
    w->about.path = w->path;
    w->about.prefix = w->prefix;
    w->about.names = "akin's";
    w->about.run = folder;
    if (folder) {
        AK_TRY(akin_model_open(w->path, NULL, &w->model, err));
        return look_at_run(w, err);
    }
    AK_TRY(ak_tensor_file_open(w->path, &w->file, err));
    w->about.sum = ak_tensor_file_sum(w->file);
    return ak_foreign_look(w, encoder, prefix, err);
}

akin_status ak_foreign_open(const char *path, const char *encoder, const char *prefix, ak_foreign **out,
                            akin_error *err)
{
    ak_foreign *w = calloc(1, sizeof *w);
    if (w) w->path = strdup(path);
    akin_status status = w && w->path ? AKIN_OK : ak_no_memory(err, "to read '%s'", path);
    if (!status) status = open_weights(w, encoder, prefix, err);
    if (status)
        ak_foreign_free(w);
    else
        *out = w;
    return status;
}

/* Taking ----------------------------------------------------------------------------------------- */

/* Tensors of a net, under the names that w has for them. */
typedef struct taking {
    const ak_foreign *w;
    ak_tensor_list list;    /* of the net */
    ak_tensor_list from;    /* of a run */
    ak_weight_name *name;   /* [list.count] */
    unsigned char *used;    /* [tensors of a file] */
    float *values, *others; /* of the largest tensor */
} taking;

/* A tensor as w has it. */
typedef struct source {
    int ndim;
    const int64_t *shape;
    int64_t count, index;
    const ak_tensor_in *in; /* of a file */
} source;

static bool is_head(const akin_tensor *t) { return strncmp(t->name, "head.", 5) == 0; }

static bool find(const taking *k, const char *name, source *out)
{
    char full[AK_FOREIGN_NAME];
    if (k->w->model) {
        for (int64_t i = 0; i < k->from.count; i++) {
            const akin_tensor *t = &k->from.tensors[i];
            if (strcmp(t->name, name) != 0) continue;
            *out = (source){ .ndim = t->ndim, .shape = t->shape, .count = t->plain, .index = i };
            return true;
        }
        return false;
    }
    const ak_tensor_in *t = ak_tensor_file_find(k->w->file, ak_foreign_name(k->w, name, full));
    if (!t) return false;
    *out = (source){ .ndim = t->ndim, .shape = t->shape, .count = t->count, .in = t };
    for (; ak_tensor_file_at(k->w->file, out->index) != t;) out->index++;
    return true;
}

static akin_status read_source(const taking *k, const source *s, float *to, akin_error *err)
{
    if (k->w->model) return k->from.to_plain(k->from.ctx, s->index, to, err);
    k->used[s->index] = 1;
    return ak_tensor_file_read(k->w->file, s->in, to, err);
}

static bool same_shape(const source *s, const akin_tensor *t)
{
    if (s->ndim != t->ndim) return false;
    for (int i = 0; i < t->ndim; i++)
        if (s->shape[i] != t->shape[i]) return false;
    return true;
}

/* The first convolution, where one side has grey images. */
static bool other_channels(const source *s, const akin_tensor *t)
{
    return s->ndim == 4 && t->ndim == 4 && s->shape[0] == t->shape[0] && s->shape[2] == t->shape[2] &&
           s->shape[3] == t->shape[3] && s->shape[1] != t->shape[1] &&
           (s->shape[1] == 1 || t->shape[1] == 1) && s->shape[1] <= AK_MAX_CHANNELS &&
           t->shape[1] <= AK_MAX_CHANNELS;
}

/* values [o,c,area] of s become those of t: with equal channels of an image the results are the same. */
static void convert_channels(taking *k, const source *s, const akin_tensor *t)
{
    const int64_t from = s->shape[1], to = t->shape[1], area = t->shape[2] * t->shape[3];
    memcpy(k->others, k->values, (size_t)s->count * sizeof *k->values);
    for (int64_t o = 0; o < t->shape[0]; o++)
        for (int64_t c = 0; c < to; c++)
            for (int64_t a = 0; a < area; a++) {
                double sum = 0;
                for (int64_t i = 0; i < from; i++) sum += (double)k->others[(o * from + i) * area + a];
                k->values[(o * to + c) * area + a] = (float)(sum / (double)to);
            }
}

static akin_status misfit(const taking *k, const akin_tensor *t, const char *name, const source *s,
                          akin_error *err)
{
    char found[96], expected[96], full[AK_FOREIGN_NAME];
    return ak_fail(err, AKIN_ERR_SHAPE, "'%s': tensor '%s' has the shape %s; %s needs %s%s", k->w->path,
                   ak_foreign_name(k->w, name, full), ak_shape_text(s->ndim, s->shape, found, sizeof found),
                   k->w->about.encoder, ak_shape_text(t->ndim, t->shape, expected, sizeof expected),
                   t->ndim == 2 ? ", for images of this size" : "");
}

static akin_status take_values(taking *k, int64_t i, akin_error *err)
{
    const akin_tensor *t = &k->list.tensors[i];
    const ak_weight_name *n = &k->name[i];
    source s;
    char full[AK_FOREIGN_NAME];
    if (!n->name[0]) {
        for (int64_t j = 0; j < t->plain; j++) k->values[j] = (float)n->value;
        return AKIN_OK;
    }
    if (!find(k, n->name, &s))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has no tensor '%s', which %s needs: it is of another network", k->w->path,
                       ak_foreign_name(k->w, n->name, full), k->w->about.encoder);
    const bool channels = other_channels(&s, t);
    if (!channels && !same_shape(&s, t)) return misfit(k, t, n->name, &s, err);
    AK_TRY(read_source(k, &s, k->values, err));
    if (channels) convert_channels(k, &s, t);
    const char *end = strrchr(n->name, '.');
    for (int64_t j = 0; end && strcmp(end, ".running_var") == 0 && j < t->plain; j++)
        if (k->values[j] < 0)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is damaged: value %lld of tensor '%s', a variance, is %g", k->w->path,
                           (long long)j, ak_foreign_name(k->w, n->name, full), (double)k->values[j]);
    if (!n->less[0] || !find(k, n->less, &s)) return AKIN_OK;
    if (s.ndim != 1 || s.count != t->plain) return misfit(k, t, n->less, &s, err);
    AK_TRY(read_source(k, &s, k->others, err));
    for (int64_t j = 0; j < t->plain; j++) k->values[j] -= k->others[j];
    return AKIN_OK;
}

/* The net's head, where the weights have one of the same shapes. */
static bool takes_head(const taking *k)
{
    bool any = false;
    for (int64_t i = 0; i < k->list.count; i++) {
        source s;
        if (!is_head(&k->list.tensors[i])) continue;
        any = true;
        if (!find(k, k->name[i].name, &s) || !same_shape(&s, &k->list.tensors[i])) return false;
    }
    return any;
}

static akin_status take_all(taking *k, ak_remarks *told, akin_error *err)
{
    bool head = false;
    const bool takes = takes_head(k);
    for (int64_t i = 0; i < k->list.count; i++) {
        const akin_tensor *t = &k->list.tensors[i];
        head = head || is_head(t);
        if (is_head(t) && !takes) continue;
        source s;
        const int64_t had = find(k, k->name[i].name, &s) && other_channels(&s, t) ? s.shape[1] : 0;
        AK_TRY(take_values(k, i, err));
        AK_TRY(k->list.from_plain(k->list.ctx, i, k->values, err));
        if (had)
            ak_remark(told,
                      "Images have %lld channel%s here and %lld there: the weights of the first convolution "
                      "are %s.",
                      (long long)t->shape[1], t->shape[1] == 1 ? "" : "s", (long long)had,
                      had > t->shape[1] ? "added up over channels" : "shared out among channels");
    }
    if (head && !takes)
        ak_remark(told, "The projection head is new: '%s' has none of its shape.", k->w->path);
    return AKIN_OK;
}

static int64_t largest(ak_tensor_list l, int64_t most)
{
    for (int64_t i = 0; i < l.count; i++)
        if (l.tensors[i].plain > most) most = l.tensors[i].plain;
    return most;
}

static akin_status take(taking *k, ak_net *net, ak_remarks *told, akin_error *err)
{
    int64_t files = 0, most = 1;
    k->list = ak_net_list(net, true);
    if (k->w->model) k->from = ak_net_list(&k->w->model->net, true);
    for (const ak_tensor_in *t; k->w->file && (t = ak_tensor_file_at(k->w->file, files)) != NULL; files++)
        if (t->count > most) most = t->count;
    most = largest(k->from, largest(k->list, most));
    k->name = ak_alloc(sizeof *k->name, k->list.count, 1);
    k->used = calloc((size_t)files + 1, 1);
    k->values = ak_alloc(sizeof *k->values, most, 1);
    k->others = ak_alloc(sizeof *k->others, most, 1);
    if (!k->name || !k->used || !k->values || !k->others)
        return ak_no_memory(err, "to take weights from '%s'", k->w->path);
    ak_weight_names(k->list.tensors, k->list.count, k->w->form, k->name);
    AK_TRY(take_all(k, told, err));
    if (k->w->file) AK_TRY(ak_foreign_rest(k->w, k->used, told, err));
    return ak_remarks_check(told, err);
}

akin_status ak_foreign_take(const ak_foreign *w, ak_net *net, ak_remarks *told, akin_error *err)
{
    taking k = { .w = w };
    const akin_status status = take(&k, net, told, err);
    free(k.name);
    free(k.used);
    free(k.values);
    free(k.others);
    return status;
}
