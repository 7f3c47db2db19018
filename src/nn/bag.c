/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag.c - the bag as an object: options, memory, initial vectors, state in and out.
 *
 * The table, and what an optimiser keeps beside it, are read at random, a row at a time. With pages of 4 KiB,
 * nearly every row would also miss the processor's cache of page addresses. So large blocks ask for pages of
 * 2 MiB. */
#define _DEFAULT_SOURCE /* madvise */
#include "nn/bag.h"
#include "nn/tensors.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HUGE_PAGE = 1 << 21,
    GRAIN = 4096,          /* rows worth a thread */
    MOST_SCALES = 1 << 20, /* steps whose bias correction is kept */
    MOST_STEPS = 1 << 24,  /* a float counts no further */
};

static const ak_bag_ops *find_ops(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_bag_ops_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_bag_ops_avx2;
#endif
    return &ak_bag_ops_ref;
}

/* Options --------------------------------------------------------------------------------------------- */

static akin_status whole(const char *what, int64_t value, int64_t least, int64_t most, akin_status status,
                         akin_error *err)
{
    if (value >= least && value <= most) return AKIN_OK;
    return ak_fail(err, status, "bag: %s is %lld; it must be between %lld and %lld", what, (long long)value,
                   (long long)least, (long long)most);
}

static akin_status real(const char *what, double value, bool good, const char *rule, akin_error *err)
{
    if (good) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "bag: %s is %g; it must be %s", what, value, rule);
}

static akin_status check(const akin_bag_opts *o, int64_t max_rows, int64_t max_ids, akin_error *err)
{
    AK_TRY(whole("tokens", o->tokens, 1, INT32_MAX, AKIN_ERR_RANGE, err));
    AK_TRY(whole("dim", o->dim, 1, AK_BAG_WIDEST, AKIN_ERR_RANGE, err));
    AK_TRY(whole("optimizer", o->optimizer, AKIN_BAG_SGD, AKIN_BAG_ADAMW, AKIN_ERR_RANGE, err));
    AK_TRY(whole("frozen", o->frozen, 0, 1, AKIN_ERR_RANGE, err));
    AK_TRY(real("beta1", o->beta1, o->beta1 >= 0 && o->beta1 < 1, "in [0,1)", err));
    AK_TRY(real("beta2", o->beta2, o->beta2 >= 0 && o->beta2 < 1, "in [0,1)", err));
    AK_TRY(
        real("epsilon", o->epsilon, o->epsilon > 0 && isfinite(o->epsilon), "a positive finite number", err));
    AK_TRY(real("weight_decay", o->weight_decay, o->weight_decay >= 0 && isfinite(o->weight_decay),
                "a finite number >= 0", err));
    AK_TRY(whole("max_rows", max_rows, 1, INT32_MAX, AKIN_ERR_SHAPE, err));
    return whole("max_ids", max_ids, 1, INT32_MAX, AKIN_ERR_SHAPE, err);
}

/* Memory ---------------------------------------------------------------------------------------------- */

static akin_status take(akin_bag *bag, size_t item, int64_t n, int64_t m, void *out, akin_error *err)
{
    const size_t bytes = ak_arena_padded(item, n, m);
    const size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64, room = (bytes + align - 1) / align * align;
    void *p = bytes && room >= bytes ? aligned_alloc(align, room) : NULL;
    if (!p)
        return ak_fail(err, AKIN_ERR_NOMEM, "bag: out of memory: %lld MiB are held and %zu more are needed",
                       (long long)(bag->bytes >> 20), bytes >> 20);
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE) (void)madvise(p, room, MADV_HUGEPAGE); /* a hint: without it, it is slower */
#endif
    memset(p, 0, room);
    bag->bytes += (int64_t)room;
    memcpy(out, &p, sizeof p);
    return AKIN_OK;
}

/* Refused before anything is allocated. Linux grants memory that it does not have, and kills the process
 * that uses it. */
static akin_status check_memory(const akin_bag *bag, akin_error *err)
{
    static const int WIDE[] = { 1, 2, 1, 3 }; /* arrays [tokens,dim] of each optimiser */
    const akin_bag_opts *o = &bag->opts;
    const int arrays = o->frozen ? 1 : WIDE[o->optimizer];
    double need = 4.0 * (double)bag->stride * arrays * (double)o->tokens;
    if (!o->frozen) need += 4.0 * (double)bag->stride * (double)bag->max_rows + 28.0 * (double)bag->max_ids;
    const double have = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (have <= 0 || need <= have) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "bag: %lld vectors of %d numbers in %d arrays, and a batch of %lld ids, need %.1f GiB and this "
        "machine has %.1f; try fewer tokens or another optimizer",
        (long long)o->tokens, o->dim, arrays, (long long)bag->max_ids, need * 0x1p-30, have * 0x1p-30);
}

static akin_status add(akin_bag *bag, const char *name, int64_t width, akin_error *err)
{
    akin_tensor *t = &bag->tensor[bag->tensors];
    const int64_t tokens = bag->opts.tokens, stride = width > 1 ? bag->stride : 1;
    *t = (akin_tensor){ .name = name,
                        .count = tokens * stride,
                        .plain = tokens * width,
                        .shape = { tokens, width },
                        .ndim = width > 1 ? 2 : 1,
                        .decay = bag->tensors == 0 };
    AK_TRY(take(bag, sizeof(float), tokens, stride, &t->data, err));
    if (bag->tensors == 0)
        bag->table = t->data;
    else
        bag->state[bag->tensors - 1] = t->data;
    bag->tensors++;
    return AKIN_OK;
}

/* A table of one column is still [tokens,1], padded. */
static akin_status add_wide(akin_bag *bag, const char *name, akin_error *err)
{
    const int64_t tokens = bag->opts.tokens;
    if (bag->opts.dim > 1) return add(bag, name, bag->opts.dim, err);
    akin_tensor *t = &bag->tensor[bag->tensors];
    AK_TRY(add(bag, name, 2, err));
    t->plain = tokens;
    t->shape[1] = 1;
    return AKIN_OK;
}

/* Both corrections are 1 in float once b^t < 2^-25. */
static akin_status build_scales(akin_bag *bag, akin_error *err)
{
    const double b[2] = { bag->opts.beta1, bag->opts.beta2 };
    double n = 1;
    for (int k = 0; k < 2; k++)
        if (b[k] > 0) n = fmax(n, -25 * 0.6931471805599453 / log(b[k]));
    bag->scale_count = n < MOST_SCALES ? (int64_t)n + 1 : MOST_SCALES;
    AK_TRY(take(bag, sizeof *bag->scales, bag->scale_count, 1, &bag->scales, err));
    for (int64_t t = 0; t < bag->scale_count; t++)
        for (int k = 0; k < 2; k++) bag->scales[t][k] = (float)(1 / (1 - pow(b[k], (double)(t + 1))));
    return AKIN_OK;
}

static akin_status build_state(akin_bag *bag, akin_error *err)
{
    switch (bag->opts.optimizer) {
    case AKIN_BAG_ADAGRAD: return add_wide(bag, "adagrad", err);
    case AKIN_BAG_ADAGRAD_ROW: return add(bag, "adagrad", 1, err);
    case AKIN_BAG_ADAMW:
        AK_TRY(add_wide(bag, "m", err));
        AK_TRY(add_wide(bag, "v", err));
        AK_TRY(add(bag, "steps", 1, err));
        return build_scales(bag, err);
    default: return AKIN_OK;
    }
}

static akin_status build_batch(akin_bag *bag, akin_error *err)
{
    ak_occurrences *o = &bag->seen;
    const int64_t ids = bag->max_ids, most = ids < bag->opts.tokens ? ids : bag->opts.tokens;
    AK_TRY(take(bag, sizeof *o->pair, ids, 1, &o->pair, err));
    AK_TRY(take(bag, sizeof *o->spare, ids, 1, &o->spare, err));
    AK_TRY(take(bag, sizeof *o->counts, AK_BAG_CHUNKS, INT64_C(1) << AK_BAG_DIGITS, &o->counts, err));
    AK_TRY(take(bag, sizeof *o->row, ids, 1, &o->row, err));
    AK_TRY(take(bag, sizeof *o->id, most, 1, &o->id, err));
    AK_TRY(take(bag, sizeof *o->first, most + 1, 1, &o->first, err));
    AK_TRY(take(bag, sizeof *bag->weight, bag->max_rows, 1, &bag->weight, err));
    AK_TRY(take(bag, sizeof *bag->largest, bag->max_rows, 1, &bag->largest, err));
    return take(bag, sizeof *bag->dout, bag->max_rows, bag->stride, &bag->dout, err);
}

/* Initial vectors ------------------------------------------------------------------------------------- */

typedef struct fill {
    akin_bag *bag;
    uint64_t seed;
} fill;

static void fill_rows(int64_t begin, int64_t end, void *ctx)
{
    const fill *w = ctx;
    const int32_t dim = w->bag->opts.dim;
    const float bound = 1 / (float)dim;
    for (int64_t i = begin; i < end; i++) {
        ak_rng r = ak_rng_at(w->seed, AK_RNG_INIT, 0, (uint64_t)i, 1); /* view 0: weights of encoders */
        float *x = w->bag->table + i * w->bag->stride;
        for (int32_t j = 0; j < dim; j++) x[j] = ak_rng_range(&r, -bound, bound);
    }
}

static akin_status build(akin_bag *bag, uint64_t seed, akin_error *err)
{
    AK_TRY(check_memory(bag, err));
    AK_TRY(add_wide(bag, "table", err));
    if (!bag->opts.frozen) {
        AK_TRY(build_state(bag, err));
        AK_TRY(build_batch(bag, err));
    }
    fill w = { bag, seed };
    ak_parallel_for(bag->opts.tokens, GRAIN, fill_rows, &w);
    return AKIN_OK;
}

akin_status akin_bag_create(const akin_bag_opts *opts, int64_t max_rows, int64_t max_ids, uint64_t seed,
                            akin_bag **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: out must not be NULL");
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "bag", err));
    AK_TRY(check(&o, max_rows, max_ids, err));
    akin_bag *bag = calloc(1, sizeof *bag);
    if (!bag) return ak_fail(err, AKIN_ERR_NOMEM, "bag: out of memory");
    bag->opts = o;
    bag->stride = (o.dim + AK_BAG_PAD - 1) / AK_BAG_PAD * AK_BAG_PAD;
    bag->max_rows = max_rows;
    bag->max_ids = max_ids;
    bag->ops = find_ops();
    const akin_status status = build(bag, seed, err);
    if (status) {
        akin_bag_free(bag);
        return status;
    }
    *out = bag;
    return AKIN_OK;
}

void akin_bag_free(akin_bag *bag)
{
    if (!bag) return;
    for (int64_t i = 0; i < bag->tensors; i++) free(bag->tensor[i].data);
    free(bag->scales);
    free(bag->seen.pair);
    free(bag->seen.spare);
    free(bag->seen.counts);
    free(bag->seen.row);
    free(bag->seen.id);
    free(bag->seen.first);
    free(bag->weight);
    free(bag->largest);
    free(bag->dout);
    free(bag);
}

/* State in and out ------------------------------------------------------------------------------------ */

const akin_tensor *ak_bag_tensors(const akin_bag *bag, int64_t *count)
{
    if (count) *count = bag ? bag->tensors : 0;
    return bag ? bag->tensor : NULL;
}

const akin_tensor *akin_bag_tensor_at(const akin_bag *bag, int64_t i)
{
    int64_t count;
    const akin_tensor *all = ak_bag_tensors(bag, &count);
    return i >= 0 && i < count ? &all[i] : NULL;
}

static akin_status check_rows(const akin_bag *bag, int64_t i, int64_t first, int64_t rows, const float *plain,
                              akin_error *err)
{
    if (!bag || !plain) return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: bag and plain must not be NULL");
    if (i < 0 || i >= bag->tensors)
        return ak_fail(err, AKIN_ERR_RANGE, "bag: tensor %lld is not one of 0 to %lld", (long long)i,
                       (long long)bag->tensors - 1);
    const int64_t tokens = bag->opts.tokens;
    if (first < 0 || rows < 0 || first > tokens || rows > tokens - first)
        return ak_fail(err, AKIN_ERR_RANGE, "bag: %lld rows from row %lld are not within the %lld of %s",
                       (long long)rows, (long long)first, (long long)tokens, bag->tensor[i].name);
    return AKIN_OK;
}

akin_status akin_bag_export(const akin_bag *bag, int64_t i, int64_t first, int64_t rows, float *plain,
                            akin_error *err)
{
    AK_TRY(check_rows(bag, i, first, rows, plain, err));
    const akin_tensor *t = &bag->tensor[i];
    const int64_t width = t->plain / t->shape[0], stride = t->count / t->shape[0];
    for (int64_t k = 0; k < rows; k++)
        memcpy(plain + k * width, t->data + (first + k) * stride, (size_t)width * sizeof *plain);
    return AKIN_OK;
}

/* Steps index a table: whole numbers that a float can count. */
static bool is_good(bool steps, float x)
{
    return isfinite(x) && (!steps || (x >= 0 && x <= MOST_STEPS && x == floorf(x)));
}

akin_status akin_bag_import(akin_bag *bag, int64_t i, int64_t first, int64_t rows, const float *plain,
                            akin_error *err)
{
    AK_TRY(check_rows(bag, i, first, rows, plain, err));
    const akin_tensor *t = &bag->tensor[i];
    const int64_t width = t->plain / t->shape[0], stride = t->count / t->shape[0];
    const bool steps = i == 3;
    for (int64_t k = 0; k < rows * width; k++)
        if (!is_good(steps, plain[k]))
            return ak_fail(err, AKIN_ERR_INPUT, "bag: %s is %g in row %lld, column %lld; %s are expected",
                           t->name, (double)plain[k], (long long)(first + k / width), (long long)(k % width),
                           steps ? "whole numbers from 0 to 2^24" : "finite numbers");
    for (int64_t k = 0; k < rows; k++)
        memcpy(t->data + (first + k) * stride, plain + k * width, (size_t)width * sizeof *plain);
    return AKIN_OK;
}

akin_status akin_bag_get_info(const akin_bag *bag, akin_bag_info *info, akin_error *err)
{
    if (!bag) return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: bag must not be NULL");
    const akin_bag_info found = { .struct_size = sizeof found,
                                  .tokens = bag->opts.tokens,
                                  .dim = bag->opts.dim,
                                  .stride = bag->stride,
                                  .parameters = bag->opts.frozen ? 0 : bag->opts.tokens * bag->opts.dim,
                                  .memory_bytes = bag->bytes + (int64_t)sizeof *bag,
                                  .max_rows = bag->max_rows,
                                  .max_ids = bag->max_ids,
                                  .forward_s = bag->forward_s,
                                  .backward_s = bag->backward_s,
                                  .update_s = bag->update_s };
    return ak_result_export(info, &found, "bag: info", err);
}
