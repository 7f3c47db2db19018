/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_shards.c - vectors in archives of tar (files/shards.h): the .npy of each sample, [d] or
 * [1,d], is a row, its .cls the label. */
#include "base/path.h"
#include "files/npy.h"
#include "files/shards.h"
#include "vectors/vectors_readers.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 1 << 28 };

static bool is_array(const char *ending) { return strcmp(ending, "npy") == 0; }

/* Row i of `all`; the first one says how long rows are. */
static akin_status take_row(const char *shown, const akin_array *a, int64_t i, int64_t n, akin_array *all,
                            akin_error *err)
{
    const bool row = a->ndim == 1 || (a->ndim == 2 && a->shape[0] == 1);
    if (!row || a->count == 0)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' is no vector: of each sample [d] or [1,d] is read", shown);
    if (i == 0) {
        *all = (akin_array){ .dtype = AKIN_DTYPE_F64, .ndim = 2, .shape = { n, a->count } };
        all->count = n * a->count;
        all->data = ak_alloc(sizeof(double), n, a->count);
        if (!all->data) return ak_no_memory(err, "for %lld vectors", (long long)n);
    }
    if (a->count != all->shape[1])
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld numbers, the first vector %lld", shown,
                       (long long)a->count, (long long)all->shape[1]);
    for (int64_t k = 0; k < a->count; k++) ((double *)all->data)[i * a->count + k] = ak_array_real(a, k);
    return AKIN_OK;
}

static akin_status read_row(const ak_shards *s, const char *path, int64_t at, int64_t i, int64_t n,
                            akin_array *all, akin_error *err)
{
    char shown[AK_SHOWN], name[AK_SHOWN + 256];
    uint8_t *bytes = NULL;
    size_t length = 0;
    akin_error why;
    akin_array a = { .data = NULL };
    snprintf(name, sizeof name, "%.200s/%s", path, ak_shown(s->sample[at].name, shown));
    akin_status status = ak_shards_read(s, at, MOST_BYTES, &bytes, &length, &why);
    if (status) return ak_fail(err, status, "'%s': %s", name, why.message);
    const ak_piece piece = { .fd = -1, .memory = bytes, .bytes = (int64_t)length };
    status = ak_npy_load_piece(&piece, name, &a, NULL, err);
    if (!status) status = take_row(name, &a, i, n, all, err);
    akin_array_free(&a);
    free(bytes);
    return status;
}

static akin_status take_labels(akin_vector_set *set, ak_vector_split *split, const ak_shards *s,
                               int64_t first, akin_error *err)
{
    const bool none = set->opts.label_file && strcmp(set->opts.label_file, "none") == 0;
    if (!s->labelled || none) return AKIN_OK;
    split->labels = ak_alloc(sizeof *split->labels, split->n, 1);
    if (!split->labels) return ak_no_memory(err, "for the labels of '%s'", set->name);
    for (int64_t i = 0; i < split->n; i++) {
        char number[16];
        const int n = snprintf(number, sizeof number, "%d", (int)s->sample[first + i].label);
        AK_TRY(ak_vectors_label(set, number, (size_t)n, &split->labels[i], err));
    }
    return AKIN_OK;
}

static akin_status read_samples(akin_vector_set *set, const ak_shards *s, const char *path, const char *name,
                                int64_t first, int64_t n, akin_error *err)
{
    akin_array all = { .data = NULL };
    ak_vector_split *split = &set->split[set->splits++];
    split->name = name;
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < n && !status; i++) status = read_row(s, path, first + i, i, n, &all, err);
    if (!status) status = ak_vectors_take_array(set, split, path, &all, err);
    akin_array_free(&all);
    return status ? status : take_labels(set, split, s, first, err);
}

static akin_status read_parts(akin_vector_set *set, const ak_shards *s, const char *path, akin_error *err)
{
    int64_t n[3] = { 0 };
    for (int64_t i = 0; i < s->n; i++) n[s->list.part[s->sample[i].shard]]++;
    if (n[AK_PART_TRAIN] == 0)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no vectors in the archives of train", path);
    AK_TRY(read_samples(set, s, path, "train", 0, n[AK_PART_TRAIN], err));
    if (n[AK_PART_TEST]) return read_samples(set, s, path, "test", n[AK_PART_TRAIN], n[AK_PART_TEST], err);
    if (!n[AK_PART_VAL]) return AKIN_OK;
    ak_remark(&set->remarks, "The archives of '%s' for validation are the part test.", set->name);
    return read_samples(set, s, path, "test", n[AK_PART_TRAIN], n[AK_PART_VAL], err);
}

akin_status ak_vectors_read_shards(akin_vector_set *set, const char *path, akin_error *err)
{
    const int64_t memory = akin_memory_available(), most = set->opts.max_values;
    const int64_t held = most          ? (most < INT64_MAX / 8 ? 8 * most : INT64_MAX)
                         : memory >= 0 ? memory / 2
                                       : INT64_MAX;
    const ak_shards_want want = { "vector", is_array, MOST_BYTES, held };
    ak_shards s = { .n = 0 };
    set->format = "webdataset";
    akin_status status = ak_shards_open(path, &want, &set->remarks, &s, err);
    if (!status) status = read_parts(set, &s, path, err);
    ak_shards_close(&s);
    return status;
}
