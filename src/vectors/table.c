/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table.c - the columns of one file: made, looked at, shown, and kept as the layout of a set. */
#include "vectors/table.h"

#include "base/plain.h"
#include "files/picture_paths.h"
#include "vectors/cell.h"
#include "vectors/vectors_readers.h"

#include <stdio.h>
#include <string.h>

void ak_csv_table_free(struct ak_table *t)
{
    if (!t) return;
    for (int64_t c = 0; t->column && c < t->columns; c++) free(t->column[c].first);
    free(t->column);
    free(t->below);
    free(t);
}

/* Whether a cell could name a class: it has a letter, and is neither a number nor a date. */
static bool is_word(const ak_field *f)
{
    double ignored;
    bool letter = false, sure;
    for (size_t i = 0; i < f->length; i++) letter = letter || ak_isalpha(f->text[i]) || (f->text[i] & 0x80);
    return letter && ak_cell_parse(f->text, f->length, &ignored) == AK_CELL_TEXT &&
           !ak_cell_time(f->text, f->length, &ignored) && !ak_cell_comma(f->text, f->length, &ignored, &sure);
}

/* Whether a cell begins with a day: 2026-01-31, 31.01.2026, 1/31/26, perhaps with a time of day. */
static bool is_date(const ak_field *f)
{
    size_t at = 0, digits[3];
    char between[2] = "";
    for (int part = 0; part < 3; part++) {
        const size_t begin = at;
        while (at < f->length && f->text[at] >= '0' && f->text[at] <= '9') at++;
        digits[part] = at - begin;
        if (part < 2) between[part] = at < f->length ? f->text[at++] : 0;
    }
    const bool end = at == f->length || f->text[at] == ' ' || f->text[at] == 'T';
    if (!end || between[0] != between[1] || !between[0] || !strchr("-./", between[0])) return false;
    const bool year_first = digits[0] == 4 && digits[2] >= 1 && digits[2] <= 2;
    const bool year_last = digits[0] >= 1 && digits[0] <= 2 && (digits[2] == 2 || digits[2] == 4);
    return digits[1] >= 1 && digits[1] <= 2 && (year_first || year_last);
}

akin_status ak_table_create(const char *path, const ak_field *field, int64_t count, struct ak_table **out,
                            akin_error *err)
{
    struct ak_table *t = *out = calloc(1, sizeof *t);
    bool fine = t != NULL;
    if (fine) {
        t->path = path;
        t->label = -1;
        t->columns = count;
        t->column = ak_alloc(sizeof *t->column, count, 1);
        t->below = ak_alloc(sizeof *t->below, count, 1);
        fine = t->column && t->below;
    }
    for (int64_t c = 0; c < count && fine; c++) {
        t->column[c].first = strdup(field[c].text);
        fine = t->column[c].first != NULL;
        t->below[c].first_word = is_word(&field[c]);
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", path);
}

void ak_table_look(const akin_vector_set *set, struct ak_table *t, const ak_field *field, int64_t count)
{
    for (int64_t c = 0; c < t->columns && c < count; c++) {
        const ak_field *f = &field[c];
        ak_below *b = &t->below[c];
        double ignored;
        bool sure;
        ak_cell kind = ak_cell_parse(f->text, f->length, &ignored);
        if (kind == AK_CELL_TEXT && set->opts.decimal != 1 &&
            ak_cell_comma(f->text, f->length, &ignored, &sure))
            kind = AK_CELL_NUMBER;
        b->missing += kind == AK_CELL_MISSING;
        b->text += kind == AK_CELL_TEXT;
        b->dates += kind == AK_CELL_TEXT && is_date(f);
        b->pictures += kind == AK_CELL_TEXT && ak_is_picture_path(f->text, f->length);
        if (kind == AK_CELL_NUMBER || kind == AK_CELL_INFINITE) {
            const size_t sign = f->length > 0 && (f->text[0] == '-' || f->text[0] == '+');
            const bool whole = ak_cell_whole(f->text + sign, f->length - sign);
            b->whole += whole;
            b->fraction += !whole;
        }
        b->same += strcmp(f->text, t->column[c].first) == 0;
        if (t->rows == 0) {
            b->second_text = kind == AK_CELL_TEXT;
            t->column[c].word = is_word(f);
        }
    }
    t->rows++;
}

int64_t ak_table_find(const struct ak_table *t, const char *name, size_t length)
{
    int64_t found = -1;
    for (int64_t c = 0; c < t->columns; c++)
        if (strlen(t->column[c].first) == length && memcmp(t->column[c].first, name, length) == 0)
            found = found == -1 ? c : -2;
    return found;
}

const char *ak_column_shown(const struct ak_table *t, int64_t c, char to[AK_COLUMN_SHOWN])
{
    const char *name = t->column[c].first;
    if (t->header && *name)
        ak_cell_shown(name, strlen(name), to);
    else
        snprintf(to, AK_COLUMN_SHOWN, "%lld", (long long)c + 1);
    return to;
}

void ak_name_list_add(ak_name_list *l, const char *shown)
{
    enum { MOST = 5 };
    const size_t used = strlen(l->text);
    if (l->n++ < MOST) snprintf(l->text + used, sizeof l->text - used, "%s%s", used ? ", " : "", shown);
}

const char *ak_name_list_end(ak_name_list *l)
{
    const size_t used = strlen(l->text);
    if (l->n > 5) snprintf(l->text + used, sizeof l->text - used, " and %lld more", (long long)l->n - 5);
    return l->text;
}

static char *number_of(int64_t c)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)c + 1);
    return strdup(number);
}

static akin_status name_values(akin_vector_set *set, const struct ak_table *t, akin_error *err)
{
    for (int64_t c = 0; c < t->columns; c++) {
        if (t->column[c].role != AKIN_ROLE_VALUE) continue;
        char **to = &set->value_names[t->column[c].slot];
        free(*to);
        *to = t->header && *t->column[c].first ? strdup(t->column[c].first) : number_of(c);
        if (!*to) return ak_no_memory(err, "for the columns of '%s'", set->name);
    }
    return AKIN_OK;
}

akin_status ak_table_name_features(akin_vector_set *set, const struct ak_table *t, akin_error *err)
{
    if (set->column_names) return AKIN_OK;
    AK_TRY(name_values(set, t, err));
    set->column_names = ak_alloc(sizeof *set->column_names, set->d, 1);
    bool fine = set->column_names != NULL;
    for (int64_t c = 0; c < t->columns && fine; c++) {
        if (t->column[c].role != AKIN_ROLE_FEATURE) continue;
        char **to = &set->column_names[t->column[c].slot];
        *to = t->header && *t->column[c].first ? strdup(t->column[c].first) : number_of(c);
        fine = *to != NULL;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", set->name);
}

akin_status ak_table_keep_layout(akin_vector_set *set, const struct ak_table *t, akin_error *err)
{
    const akin_vector_layout *w = set->wanted.columns ? &set->wanted : NULL;
    const int64_t n = w ? w->columns : t->columns;
    set->file_column = ak_alloc(sizeof *set->file_column, n, 1);
    set->file_role = ak_alloc(sizeof *set->file_role, n, 1);
    bool fine = set->file_column && set->file_role;
    set->layout =
        (akin_vector_layout){ .struct_size = sizeof set->layout, .header = w ? w->header : t->header };
    for (int64_t c = 0; c < n && fine; c++) {
        /* the cell of a header may be empty: then that is the name, and no number that another has */
        set->file_column[c] = w ? strdup(w->name[c]) : t->header ? strdup(t->column[c].first) : number_of(c);
        set->file_role[c] = w ? w->role[c] : (int32_t)t->column[c].role;
        fine = set->file_column[c] != NULL;
        set->layout.columns = c + 1;
    }
    set->layout.name = (const char *const *)set->file_column;
    set->layout.role = set->file_role;
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", set->name);
}
