/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/own_rows.c - a set of vectors from rows that a caller's function gives: asked for once, then in
 * memory. */
#include "vectors/own_rows.h"

#include "vectors/vectors_readers.h"

#include <inttypes.h>
#include <stdio.h>

static akin_status read_label(const akin_own_rows *own, akin_vector_set *set, int64_t i, akin_error *err)
{
    char text[16];
    ak_vector_split *s = &set->split[0];
    if (!own->label) return AKIN_OK;
    const int32_t label = own->label(i, own->ctx);
    if (label < 0)
        return ak_fail(err, AKIN_ERR_INPUT, "own rows: row %" PRId64 " has label %d; labels begin at 0", i,
                       label);
    const int length = snprintf(text, sizeof text, "%d", label);
    return ak_vectors_label(set, text, (size_t)length, &s->labels[i], err);
}

static akin_status read_all(const akin_own_rows *own, akin_vector_set *set, akin_error *err)
{
    ak_vector_split *s = &set->split[0];
    set->d = own->d;
    set->splits = 1;
    s->name = "train";
    for (int64_t i = 0; i < own->n; i++) {
        AK_TRY(ak_vectors_grow(set, s, own->label ? AK_VECTOR_LABELS : 0, err));
        float *row = s->x + i * own->d;
        if (!own->row(i, row, own->ctx))
            return ak_fail(err, AKIN_ERR_INPUT, "own rows: row %" PRId64 " was not given", i);
        if (!ak_all_finite(row, own->d))
            return ak_fail(err, AKIN_ERR_INPUT, "own rows: row %" PRId64 " holds a value that is not finite",
                           i);
        s->source[i] = (int32_t)i;
        AK_TRY(read_label(own, set, i, err));
        s->n++;
    }
    AK_TRY(ak_vectors_name_columns(set, err));
    return ak_vectors_prepare(set, err);
}

akin_status ak_vectors_from_own(const akin_own_rows *own, akin_vector_set **out, akin_error *err)
{
    if (!own->row) return ak_fail(err, AKIN_ERR_ARGUMENT, "own rows: row must not be NULL");
    if (own->n < 1) return ak_fail(err, AKIN_ERR_SHAPE, "own rows: there are %" PRId64, own->n);
    if (!(own->holdout >= 0 && own->holdout < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "own rows: holdout is %g; it must be at least 0 and below 1",
                       own->holdout);
    akin_vector_set *set = calloc(1, sizeof *set);
    if (!set) return ak_fail(err, AKIN_ERR_NOMEM, "own rows: no memory for a set");
    set->opts = (akin_vectors_opts)AKIN_VECTORS_OPTS_INIT;
    set->opts.holdout = own->holdout;
    set->opts.seed = own->seed;
    set->format = "own";
    snprintf(set->name, sizeof set->name, "%s", own->name ? own->name : "own rows");
    akin_status status = ak_vectors_fit(set, own->n, own->d, err);
    if (!status) status = read_all(own, set, err);
    ak_vectors_end_reading(set);
    if (status)
        akin_vectors_free(set);
    else
        *out = set;
    return status;
}
