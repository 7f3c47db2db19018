/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table_match.c - the columns of a table found by those that are wanted: of the table that a run was
 * trained on, or of the training file beside a test file.
 *
 * Columns are found by their names; where a name stands several times, in its order, and as often in both.
 * Where one of the two has no names they are found by their places, which must then be as many, or only
 * features. */
#include "base/classes.h"
#include "base/path.h"
#include "base/plain.h"
#include "vectors/cell.h"
#include "vectors/table.h"

#include <stdio.h>
#include <string.h>

typedef struct ak_table table;

typedef struct matching {
    akin_vector_set *set;
    table *t;
    const akin_vector_layout *wanted;
    bool training;          /* wanted is of the training file */
    ak_names names;         /* of the cells of the header */
    int64_t *column, *next; /* [names.n] the first column of that name not taken; [t->columns] the next */
    ak_name_list missing;
    int64_t first_missing; /* in wanted */
} matching;

static const char *whose(const matching *m) { return m->training ? "the training file" : "the run"; }

/* A name that does not come from the file. */
static const char *shown_name(const char *name, char to[AK_CELL_SHOWN])
{
    return ak_cell_shown(name, strlen(name), to);
}

static bool list_names(matching *m)
{
    const int64_t n = m->t->columns;
    m->column = ak_alloc(sizeof *m->column, n, 1);
    m->next = ak_alloc(sizeof *m->next, n, 1);
    if (!m->column || !m->next) return false;
    for (int64_t i = 0; i < n; i++) m->column[i] = -1;
    for (int64_t c = n - 1; c >= 0; c--) { /* backwards: the first stands at the front */
        const char *name = m->t->column[c].first;
        const int64_t id = ak_names_add(&m->names, name, (int64_t)strlen(name));
        if (id < 0) return false;
        m->next[c] = m->column[id];
        m->column[id] = c;
    }
    return true;
}

/* The column of that name, which is then taken; -1: there is none. */
static int64_t take(matching *m, const char *name)
{
    const int64_t id = ak_names_find(&m->names, name, (int64_t)strlen(name));
    const int64_t c = id < 0 ? -1 : m->column[id];
    if (c >= 0) m->column[id] = m->next[c];
    return c;
}

static void give(matching *m, int64_t c, int32_t role)
{
    ak_column *column = &m->t->column[c];
    column->role = (akin_vector_role)role;
    column->extra = false;
    if (role == AKIN_ROLE_FEATURE) column->slot = m->t->d++;
    if (role == AKIN_ROLE_VALUE) column->slot = m->t->values++;
    if (role == AKIN_ROLE_LABEL) m->t->label = c;
}

/* A column that is left over, of nearly the same name; -1: none. */
static int64_t alike(const matching *m, const char *name)
{
    for (int64_t c = m->t->columns - 1; c >= 0; c--)
        if (m->t->column[c].extra && ak_names_alike(m->t->column[c].first, name)) return c;
    return -1;
}

/* A column of the file that may be meant by the first name that is missing; -1: none. */
static int64_t nearest(const matching *m)
{
    const char *name = m->wanted->name[m->first_missing];
    int64_t n = 0, found = alike(m, name);
    if (found >= 0) return found;
    const char **names = calloc((size_t)m->t->columns + 1, sizeof *names);
    for (int64_t c = 0; c < m->t->columns && names; c++)
        if (m->t->column[c].extra) names[n++] = m->t->column[c].first;
    const char *near = names && strlen(name) > 2 ? akin_nearest_name(name, names) : NULL;
    for (int64_t c = 0; c < m->t->columns && near; c++)
        if (m->t->column[c].extra && m->t->column[c].first == near) found = c;
    free(names);
    return found;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if (*text & 0x80) return false;
    return true;
}

static akin_status missing_columns(matching *m, akin_error *err)
{
    char shown[AK_CELL_SHOWN], first[AK_CELL_SHOWN], meant[4 * AK_CELL_SHOWN] = "";
    const int64_t near = nearest(m);
    const bool one = m->missing.n == 1;
    if (near >= 0) {
        shown_name(m->t->column[near].first, shown);
        shown_name(m->wanted->name[m->first_missing], first);
        const bool odd = !is_ascii(m->t->column[near].first) || !is_ascii(m->wanted->name[m->first_missing]);
        snprintf(meant, sizeof meant, "; is %s%s %s%s?", one ? "it" : first, one ? "" : " meant by", shown,
                 odd ? ", of other characters that look alike" : "");
    }
    return ak_fail(err, AKIN_ERR_SHAPE, "'%s' lacks column%s %s of %s%s", m->t->path, one ? "" : "s",
                   ak_name_list_end(&m->missing), whose(m), meant);
}

/* What is in the file and not wanted is told. */
static void tell_extra(matching *m)
{
    ak_name_list extra = { .n = 0 };
    char shown[AK_COLUMN_SHOWN];
    for (int64_t c = 0; c < m->t->columns; c++)
        if (m->t->column[c].extra) ak_name_list_add(&extra, ak_column_shown(m->t, c, shown));
    if (extra.n)
        ak_remark(&m->set->remarks, "'%s': column%s %s %s left out: %s has no such column.",
                  ak_path_base(m->t->path), extra.n == 1 ? "" : "s", ak_name_list_end(&extra),
                  extra.n == 1 ? "is" : "are", whose(m));
}

/* A column that is left over must not have the name of one that was taken: nobody knows which is meant. */
static akin_status check_twice(const matching *m, akin_error *err)
{
    char shown[AK_CELL_SHOWN];
    bool *taken = ak_alloc(sizeof *taken, m->names.n, 1);
    if (!taken) return ak_no_memory(err, "for the columns of '%s'", m->t->path);
    akin_status status = AKIN_OK;
    for (int pass = 0; pass < 2 && !status; pass++)
        for (int64_t c = 0; c < m->t->columns && !status; c++) {
            const char *name = m->t->column[c].first;
            const int64_t id = ak_names_find(&m->names, name, (int64_t)strlen(name));
            const ak_column *column = &m->t->column[c];
            if (pass == 0) taken[id] = taken[id] || (!column->extra && column->role != AKIN_ROLE_LEFT_OUT);
            if (pass == 1 && taken[id] && column->extra)
                status =
                    ak_fail(err, AKIN_ERR_SHAPE,
                            "'%s': column %lld is another %s, which %s has less often; rename one of them",
                            m->t->path, (long long)c + 1, shown_name(name, shown), whose(m));
        }
    free(taken);
    return status;
}

static akin_status by_name(matching *m, akin_error *err)
{
    char shown[AK_CELL_SHOWN], other[AK_CELL_SHOWN];
    if (!list_names(m)) return ak_no_memory(err, "for the columns of '%s'", m->t->path);
    for (int64_t k = 0; k < m->wanted->columns; k++) {
        const int32_t role = m->wanted->role[k];
        const int64_t c = take(m, m->wanted->name[k]);
        if (c >= 0) {
            give(m, c, role);
        } else if (role == AKIN_ROLE_FEATURE) {
            if (m->missing.n == 0) m->first_missing = k;
            ak_name_list_add(&m->missing, shown_name(m->wanted->name[k], shown));
        } else if (role != AKIN_ROLE_LEFT_OUT) {
            static const char *const WITHOUT[] = { "", "labels", "groups", "times", "", "values" };
            const int64_t near = alike(m, m->wanted->name[k]);
            ak_remark(&m->set->remarks, "'%s' has no column %s: it is read without %s%s%s%s.",
                      ak_path_base(m->t->path), shown_name(m->wanted->name[k], shown), WITHOUT[role],
                      near < 0 ? "" : " (is it ", near < 0 ? "" : shown_name(m->t->column[near].first, other),
                      near < 0 ? "" : "?)");
        }
    }
    return m->missing.n ? missing_columns(m, err) : check_twice(m, err);
}

/* As many columns as are wanted: each is what the one at its place is. Or as many as there are features:
 * they are these. */
static akin_status by_place(matching *m, akin_error *err)
{
    table *t = m->t;
    int64_t features = 0;
    for (int64_t k = 0; k < m->wanted->columns; k++) features += m->wanted->role[k] == AKIN_ROLE_FEATURE;
    if (t->columns != m->wanted->columns && t->columns != features)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "'%s' has %lld column%s, the table of %s %lld, %lld of them features; without names in "
            "both, they must be as many",
            t->path, (long long)t->columns, t->columns == 1 ? "" : "s", whose(m),
            (long long)m->wanted->columns, (long long)features);
    for (int64_t c = 0; c < t->columns; c++)
        give(m, c, t->columns == m->wanted->columns ? m->wanted->role[c] : AKIN_ROLE_FEATURE);
    const char *base = ak_path_base(t->path);
    if (t->header || m->wanted->header)
        ak_remark(&m->set->remarks, "The columns of '%s' are taken by their places: %s has no header.", base,
                  t->header ? m->training ? "the training file" : "the table of the run" : "it");
    else if (t->columns != m->wanted->columns)
        ak_remark(&m->set->remarks,
                  "'%s' has %lld columns, as many as %s has features: they are taken as these, in order.",
                  base, (long long)t->columns, whose(m));
    return AKIN_OK;
}

static akin_status match(matching *m, akin_error *err)
{
    const akin_vectors_opts *o = &m->set->opts;
    ak_name_list names = { .n = 0 };
    char shown[AK_CELL_SHOWN];
    if (o->delimiter && m->t->columns == 1 && m->wanted->columns > 1)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "'%s' has one column by the delimiter that is given, the table of %s %lld; --delimiter auto "
            "finds what is between them",
            m->t->path, whose(m), (long long)m->wanted->columns);
    if (m->wanted->header && m->t->header) {
        AK_TRY(by_name(m, err));
    } else if (m->wanted->header && (m->training || o->header != 2)) {
        for (int64_t k = 0; k < m->wanted->columns; k++)
            if (m->wanted->role[k] == AKIN_ROLE_FEATURE)
                ak_name_list_add(&names, shown_name(m->wanted->name[k], shown));
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "'%s' has no header, and the columns of %s are matched by name: %s%s", m->t->path,
                       whose(m), ak_name_list_end(&names),
                       m->training ? "" : "; --header no takes them by their places");
    } else {
        AK_TRY(by_place(m, err));
    }
    bool labelled = false; /* then the label is the column of that name, and no other is guessed */
    for (int64_t k = 0; k < m->wanted->columns; k++)
        labelled = labelled || m->wanted->role[k] == AKIN_ROLE_LABEL;
    if (m->t->label < 0 && !labelled && !m->training &&
        (!o->label_column || strcmp(o->label_column, "none") != 0))
        ak_table_guess_label(m->set, m->t);
    tell_extra(m);
    return AKIN_OK;
}

/* Values are read where all that are wanted are there. */
static void drop_values(table *t, const akin_vector_layout *wanted)
{
    int64_t all = 0;
    for (int64_t k = 0; k < wanted->columns; k++) all += wanted->role[k] == AKIN_ROLE_VALUE;
    if (t->values == all) return;
    for (int64_t c = 0; c < t->columns; c++)
        if (t->column[c].role == AKIN_ROLE_VALUE) t->column[c].role = AKIN_ROLE_LEFT_OUT;
    t->values = 0;
}

akin_status ak_table_match(akin_vector_set *set, table *t, const akin_vector_layout *wanted, bool training,
                           akin_error *err)
{
    matching m = { .set = set, .t = t, .wanted = wanted, .training = training };
    t->d = t->values = 0;
    for (int64_t c = 0; c < t->columns; c++) {
        t->column[c].role = AKIN_ROLE_LEFT_OUT;
        t->column[c].extra = true;
    }
    const akin_status status = match(&m, err);
    drop_values(t, wanted);
    ak_names_free(&m.names);
    free(m.column);
    free(m.next);
    return status;
}
