/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/inputs.c - reading the arrays of `akin loss`, and whether they fit together. */
#include "cli/loss/inputs.h"

#include "akin/tool/file_set.h"

#include <stdlib.h>
#include <string.h>

void cli_loss_inputs_free(cli_loss_inputs *in)
{
    akin_array *all[] = { &in->a,      &in->b,      &in->features, &in->positives, &in->negatives,
                          &in->labels, &in->groups, &in->links,    &in->targets,   &in->values };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) akin_array_free(all[i]);
    free(in->own_features);
    free(in->link_start);
    free(in->link);
    free(in->link_weight);
    free(in->both_values);
    free(in->group);
}

static akin_cmat view(const akin_array *x)
{
    const int64_t d = x->ndim ? x->shape[x->ndim - 1] : 0;
    akin_cmat m = { x->data, d ? x->count / d : 0, d, d };
    return m;
}

static akin_status load_matrix(const cli_args *args, const char *option, akin_array *out, akin_error *err)
{
    const char *path = cli_text(args, option);
    return path ? akin_npy_load_matrix(path, out, err) : AKIN_OK;
}

/* A float array of 2 to `most` dimensions. */
static akin_status load_block(const char *path, int most, akin_array *out, akin_error *err)
{
    const akin_status status = akin_npy_load(path, out, err);
    if (status) return status;
    if (out->ndim < 2 || out->ndim > most || out->count == 0)
        return cli_set_error(err, AKIN_ERR_SHAPE,
                             "'%s' has %d dimensions and %lld numbers; expected 2 to %d dimensions", path,
                             out->ndim, (long long)out->count, most);
    if (out->dtype == AKIN_DTYPE_F32) return AKIN_OK;
    if (out->dtype != AKIN_DTYPE_F64)
        return cli_set_error(err, AKIN_ERR_FORMAT, "'%s' holds whole numbers; floats are needed", path);
    float *to = malloc((size_t)out->count * sizeof *to);
    if (!to)
        return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the %lld numbers of '%s'",
                             (long long)out->count, path);
    for (int64_t i = 0; i < out->count; i++) to[i] = (float)((const double *)out->data)[i];
    free(out->data);
    out->data = to;
    out->dtype = AKIN_DTYPE_F32;
    return AKIN_OK;
}

static akin_status load_triples(const cli_args *args, cli_loss_inputs *in, akin_error *err)
{
    const char *positives = cli_text(args, "positives"), *negatives = cli_text(args, "negatives");
    akin_status status = positives ? load_block(positives, 3, &in->positives, err) : AKIN_OK;
    if (!status && negatives) status = load_block(negatives, 4, &in->negatives, err);
    if (status || !positives || !negatives) return status;
    const akin_array *p = &in->positives, *n = &in->negatives;
    in->batch.block = p->ndim == 3 ? p->shape[1] : 1;
    in->batch.count = n->ndim > 2 ? n->shape[1] : 1;
    const int64_t block = n->ndim == 4 ? n->shape[2] : 1;
    if (block != in->batch.block)
        return cli_set_error(err, AKIN_ERR_SHAPE,
                             "'%s' has blocks of %lld, '%s' blocks of %lld; they must be equal", positives,
                             (long long)in->batch.block, negatives, (long long)block);
    return AKIN_OK;
}

static akin_status load_numbers(const cli_args *args, const char *option, akin_array *out, int64_t n,
                                akin_error *err)
{
    const char *path = cli_text(args, option);
    if (!path) return AKIN_OK;
    const akin_status status = akin_labels_load(path, out, err);
    if (status || out->count == n) return status;
    return cli_set_error(err, AKIN_ERR_SHAPE, "'%s' holds %lld numbers; a has %lld rows, and each needs one",
                         path, (long long)out->count, (long long)n);
}

static akin_status load(const cli_args *args, cli_loss_inputs *in, akin_error *err)
{
    in->batch = (akin_loss_batch)AKIN_LOSS_BATCH_INIT;
    akin_status status = load_matrix(args, "a", &in->a, err);
    if (!status) status = load_matrix(args, "b", &in->b, err);
    if (!status) status = load_matrix(args, "features", &in->features, err);
    if (!status) status = load_matrix(args, "targets", &in->targets, err);
    if (!status) status = load_triples(args, in, err);
    const int64_t n = in->a.ndim ? in->a.shape[0] : 0;
    if (!status) status = load_numbers(args, "labels", &in->labels, n, err);
    if (!status) status = load_numbers(args, "groups", &in->groups, n, err);
    if (status) return status;
    in->batch.a = view(&in->a);
    in->batch.b = view(&in->b);
    in->batch.features = view(&in->features);
    in->batch.targets = view(&in->targets);
    in->batch.positives = view(&in->positives);
    in->batch.negatives = view(&in->negatives);
    in->batch.labels = in->labels.data;
    status = cli_loss_inputs_relations(args, in, err);
    if (status || !in->groups.data) return status;
    in->group = malloc((size_t)n * sizeof *in->group);
    if (!in->group) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld groups", (long long)n);
    for (int64_t i = 0; i < n; i++) in->group[i] = ((const int32_t *)in->groups.data)[i];
    return AKIN_OK;
}

akin_status cli_loss_inputs_features(cli_loss_inputs *in, akin_error *err)
{
    akin_loss_batch *b = &in->batch;
    if (b->features.data || b->b.rows != b->a.rows || b->b.cols != b->a.cols) return AKIN_OK;
    const size_t half = (size_t)(b->a.rows * b->a.cols);
    in->own_features = malloc(2 * half * sizeof(float));
    if (!in->own_features) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the features");
    memcpy(in->own_features, b->a.data, half * sizeof(float));
    memcpy(in->own_features + half, b->b.data, half * sizeof(float));
    akin_cmat all = { in->own_features, 2 * b->a.rows, b->a.cols, b->a.cols };
    b->features = all;
    return AKIN_OK;
}

akin_status cli_loss_inputs_given(const cli_args *args, const akin_loss *loss, akin_error *err)
{
    const char *need[3] = { "a", "b", NULL };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        need[1] = "positives";
        need[2] = "negatives";
    } else if (loss->needs & AKIN_LOSS_LABELS &&
               !(loss->needs & AKIN_LOSS_VALUES && cli_given(args, "values"))) {
        need[2] = "labels";
    }
    for (int i = 0; i < 3; i++)
        if (need[i] && !cli_given(args, need[i]))
            return cli_set_error(err, AKIN_ERR_ARGUMENT, "%s needs --%s FILE", loss->name, need[i]);
    return AKIN_OK;
}

akin_status cli_loss_inputs_load(const cli_args *args, cli_loss_inputs *in, akin_error *err)
{
    static const char *const OPTIONS[] = { "a",      "b",      "features", "positives", "negatives",
                                           "labels", "groups", "links",    "targets",   "values" };
    enum { FILES = sizeof OPTIONS / sizeof *OPTIONS };
    const char *files[FILES];
    uint64_t state;
    for (int i = 0; i < FILES; i++) files[i] = cli_text(args, OPTIONS[i]);
    akin_status status = akin_file_set_check(files, FILES, &state, err);
    if (!status) status = load(args, in, err);
    return status ? status : akin_file_set_same(files, FILES, state, err);
}
