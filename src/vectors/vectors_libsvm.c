/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_libsvm.c - "label [qid:group] index:value ... # comment", the sparse text of libsvm and
 * svmlight.
 *
 * The width of the rows is the largest index of all files. So rows stay sparse until the last file is read;
 * then it is checked whether the dense rows fit into memory. */
#include "vectors/cell.h"
#include "files/records.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct ak_sparse {
    int64_t *start; /* [rows+1] */
    int32_t *index; /* [room], from 0 */
    float *value;   /* [room] */
    int64_t rows, row_room, used, room, widest;
    bool groups;
};

typedef struct ak_sparse sparse;

void ak_sparse_free(sparse *s)
{
    if (!s) return;
    free(s->start);
    free(s->index);
    free(s->value);
    free(s);
}

static akin_status add_item(sparse *s, int64_t index, float value, const char *path, akin_error *err)
{
    if (s->used == s->room) {
        const int64_t room = s->room ? 2 * s->room : 4096;
        int32_t *more = realloc(s->index, (size_t)room * sizeof *more);
        if (more) s->index = more;
        float *values = more ? realloc(s->value, (size_t)room * sizeof *values) : NULL;
        if (!values)
            return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld values of '%s'", (long long)room,
                           path);
        s->value = values;
        s->room = room;
    }
    s->index[s->used] = (int32_t)(index - 1);
    s->value[s->used++] = value;
    if (index > s->widest) s->widest = index;
    return AKIN_OK;
}

static akin_status begin_row(sparse *s, const char *path, akin_error *err)
{
    if (s->rows + 1 >= s->row_room) {
        const int64_t room = s->row_room ? 2 * s->row_room : 1024;
        int64_t *more = realloc(s->start, (size_t)room * sizeof *more);
        if (!more) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the rows of '%s'", path);
        s->start = more;
        s->row_room = room;
    }
    if (s->rows == 0) s->start[0] = 0;
    s->start[++s->rows] = s->used;
    return AKIN_OK;
}

typedef struct place {
    const char *path;
    int64_t line, item; /* item: from 1; 1 is the label */
} place;

static akin_status bad_item(akin_error *err, const place *p, const ak_field *f, const char *why)
{
    char shown[AK_CELL_SHOWN];
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s', line %lld, item %lld: %s %s", p->path, (long long)p->line,
                   (long long)p->item, ak_cell_shown(f->text, f->length, shown), why);
}

static akin_status take_item(const akin_vector_set *set, sparse *s, const ak_field *f, const place *p,
                             int64_t *last, akin_error *err)
{
    const char *colon = memchr(f->text, ':', f->length);
    double index = 0, x = 0;
    if (!colon || ak_cell_parse(f->text, (size_t)(colon - f->text), &index) != AK_CELL_NUMBER ||
        index != floor(index))
        return bad_item(err, p, f, "is no index:value");
    if (index < 1) return bad_item(err, p, f, "has an index below 1; the first column is 1");
    if (index > AK_VECTOR_WIDTH) return bad_item(err, p, f, "has an index above 16777216, the limit");
    if ((int64_t)index <= *last)
        return bad_item(err, p, f, "does not ascend: the index before it is not smaller");
    *last = (int64_t)index;
    const ak_cell kind = ak_cell_parse(colon + 1, f->length - (size_t)(colon - f->text) - 1, &x);
    float value = (float)x + 0.0f;
    if (kind == AK_CELL_MISSING && set->opts.missing != AKIN_MISSING_REFUSE)
        value = NAN;
    else if (kind == AK_CELL_MISSING)
        return bad_item(err, p, f, "is missing; fill it in, or take --missing mean or zero");
    else if (kind == AK_CELL_TEXT)
        return bad_item(err, p, f, "has a value that is not a number");
    else if (!isfinite(value))
        return bad_item(err, p, f,
                        kind == AK_CELL_NUMBER ? "is beyond 3.4e38, the range of float32" : "is not finite");
    return add_item(s, *last, value, p->path, err);
}

static akin_status take_group(akin_vector_set *set, ak_vector_split *split, const ak_field *f, const place *p,
                              akin_error *err)
{
    if (f->length <= 4) return bad_item(err, p, f, "names no group");
    return ak_vectors_group(set, f->text + 4, f->length - 4, &split->groups[split->n], err);
}

static akin_status take_row(akin_vector_set *set, ak_vector_split *split, const ak_field *field,
                            int64_t count, place *p, akin_error *err)
{
    sparse *s = split->sparse;
    int64_t last = 0;
    if (memchr(field->text, ':', field->length))
        return bad_item(err, p, field, "stands where the label belongs; a row without one begins with 0");
    const bool grouped = count > 1 && field[1].length >= 4 && memcmp(field[1].text, "qid:", 4) == 0;
    if (split->n == 0) s->groups = grouped;
    p->item = 2;
    if (grouped != s->groups)
        return bad_item(err, p, count > 1 ? &field[1] : field,
                        grouped ? "is a group, and rows before have none"
                                : "is no group, and rows before have one");
    AK_TRY(ak_vectors_grow(set, split, AK_VECTOR_LABELS | (s->groups ? AK_VECTOR_GROUPS : 0), err));
    AK_TRY(ak_vectors_label(set, field->text, field->length, &split->labels[split->n], err));
    if (grouped) AK_TRY(take_group(set, split, &field[1], p, err));
    for (int64_t i = 1 + grouped; i < count; i++) {
        if (field[i].length && field[i].text[0] == '#') break;
        p->item = i + 1;
        AK_TRY(take_item(set, s, &field[i], p, &last, err));
    }
    split->source[split->n] = (int32_t)split->n;
    split->n++;
    return begin_row(s, p->path, err);
}

akin_status ak_vectors_read_libsvm(akin_vector_set *set, ak_vector_split *split, const char *path,
                                   akin_error *err)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 1;
    split->sparse = calloc(1, sizeof *split->sparse);
    if (!split->sparse) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    AK_TRY(ak_records_open(path, ' ', &r, err));
    akin_status status = AKIN_OK;
    while (!status && count > 0) {
        status = ak_records_next(r, &field, &count, err);
        if (status || count == 0 || field->text[0] == '#') continue;
        place p = { path, ak_records_line(r), 1 };
        status = take_row(set, split, field, count, &p, err);
    }
    ak_lines_remark(ak_records_lines(r), &set->remarks);
    ak_records_close(r);
    return status;
}

akin_status ak_vectors_make_dense(akin_vector_set *set, akin_error *err)
{
    int64_t rows = 0, d = set->given.d ? set->given.d : 1;
    for (int k = 0; k < set->splits; k++) {
        rows += set->split[k].n;
        if (set->split[k].sparse->widest > d) d = set->split[k].sparse->widest;
    }
    AK_TRY(ak_vectors_fit(set, rows, d, err));
    set->d = d;
    for (int k = 0; k < set->splits; k++) {
        ak_vector_split *split = &set->split[k];
        const sparse *s = split->sparse;
        split->x = ak_alloc(sizeof *split->x, split->n, d);
        if (!split->x)
            return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld rows of %lld features of '%s'",
                           (long long)split->n, (long long)d, set->name);
        for (int64_t i = 0; i < split->n; i++)
            for (int64_t j = s->start[i]; j < s->start[i + 1]; j++)
                split->x[i * d + s->index[j]] = s->value[j];
        ak_sparse_free(split->sparse);
        split->sparse = NULL;
        split->room = split->n;
    }
    return ak_vectors_name_columns(set, err);
}
