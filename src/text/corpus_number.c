/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_number.c - once all items are read: the final numbers of groups, classes and positions. */
#include "base/plain.h"
#include "text/corpus.h"
#include "text/corpus_readers.h"

#include <math.h>
#include <string.h>

typedef struct named {
    const char *name;
    double number;
    int32_t id;
} named;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    const named *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
                                  : strcmp(x->name, y->name);
}

static bool whole_number(const char *text, double *number)
{
    char *end = NULL;
    *number = ak_strtod(text, &end);
    return end != text && !*end && fabs(*number) < 0x1p53 && *number == floor(*number) &&
           strspn(text, "+-0123456789") == strlen(text);
}

/* Number the names that items use, in order of first use or sorted. The ids of items become these numbers;
 * (*order)[k] is the id that had number k. */
static akin_status number(akin_corpus *c, int32_t *ids, const ak_names *names, bool sorted, int32_t **order,
                          int64_t *n, akin_error *err)
{
    *n = 0;
    if (names->n == 0) return AKIN_OK;
    int32_t *place = malloc((size_t)names->n * sizeof *place);
    named *used = malloc((size_t)names->n * sizeof *used);
    *order = malloc((size_t)names->n * sizeof **order);
    if (!place || !used || !*order) {
        free(place);
        free(used);
        return ak_no_memory(err, "to number the %lld texts of '%s'", (long long)c->n, c->path);
    }
    bool numbers = true;
    memset(place, 0xff, (size_t)names->n * sizeof *place);
    for (int64_t i = 0; i < c->n; i++) {
        if (ids[i] < 0 || place[ids[i]] >= 0) continue;
        place[ids[i]] = (int32_t)*n;
        named *u = &used[(*n)++];
        *u = (named){ .name = ak_names_text(names, ids[i]), .id = ids[i] };
        numbers = whole_number(u->name, &u->number) && numbers;
    }
    if (sorted && *n > 0) qsort(used, (size_t)*n, sizeof *used, numbers ? by_number : by_text);
    for (int64_t k = 0; k < *n; k++) {
        place[used[k].id] = (int32_t)k;
        (*order)[k] = used[k].id;
    }
    for (int64_t i = 0; i < c->n; i++)
        if (ids[i] >= 0) ids[i] = place[ids[i]];
    free(place);
    free(used);
    return AKIN_OK;
}

/* One array for each thing that is known of items. */
static akin_status spread_items(akin_corpus *c, akin_error *err)
{
    int32_t **field[] = { &c->group, &c->label, &c->position, &c->file, &c->line, &c->members };
    for (size_t k = 0; k < sizeof field / sizeof *field; k++) {
        *field[k] = malloc((size_t)c->n * sizeof(int32_t));
        if (!*field[k])
            return ak_no_memory(err, "to number the %lld texts of '%s'", (long long)c->n, c->path);
    }
    for (int64_t i = 0; i < c->n; i++) {
        const ak_text_item *it = &c->item[i];
        c->group[i] = it->group;
        c->label[i] = it->label;
        c->file[i] = it->file;
        c->line[i] = it->line;
    }
    return AKIN_OK;
}

/* Rows of tables have no position in a file of their own: they are counted within their group. */
static akin_status number_positions(akin_corpus *c, akin_error *err)
{
    int32_t *next = calloc((size_t)c->groups + 1, sizeof *next);
    if (!next) return ak_no_memory(err, "to number the %lld texts of '%s'", (long long)c->n, c->path);
    const bool documents = strcmp(c->format, "documents") == 0;
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        c->position[i] = documents ? c->item[i].position : next[g]++;
    }
    free(next);
    return AKIN_OK;
}

akin_status ak_corpus_number(akin_corpus *c, akin_error *err)
{
    AK_TRY(spread_items(c, err));
    AK_TRY(number(c, c->group, &c->group_names, false, &c->group_order, &c->groups, err));
    AK_TRY(number(c, c->label, &c->label_names, true, &c->class_order, &c->classes, err));
    return number_positions(c, err);
}
