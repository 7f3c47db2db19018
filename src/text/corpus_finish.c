/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_finish.c - after the last item: groups and classes numbered for good, hold-out, splits, fingerprint. */
#include "text/text.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <xxhash.h>

static akin_status no_memory(const akin_corpus *c, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory to number the %lld texts of '%s'", (long long)c->n,
                   c->path);
}

/* Names ------------------------------------------------------------------------------------------------------- */

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
    *number = strtod(text, &end);
    return end != text && !*end && fabs(*number) < 0x1p53 && *number == floor(*number) &&
           strspn(text, "+-0123456789") == strlen(text);
}

/* Keep the names that an item uses, in order of first use or sorted; ids of items become places in order[]. */
static akin_status number(akin_corpus *c, int32_t *ids, const ak_wordmap *names, bool sorted, int32_t **order,
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
        return no_memory(c, err);
    }
    bool numbers = true;
    memset(place, 0xff, (size_t)names->n * sizeof *place);
    for (int64_t i = 0; i < c->n; i++) {
        if (ids[i] < 0 || place[ids[i]] >= 0) continue;
        place[ids[i]] = (int32_t)*n;
        named *u = &used[(*n)++];
        *u = (named){ .name = ak_wordmap_text(names, ids[i]), .id = ids[i] };
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

/* Hold-out ---------------------------------------------------------------------------------------------------- */

/* Items of one group, of which `items` in order are in train. */
static void hold_out(akin_corpus *c, int32_t *items, int64_t m, int64_t group)
{
    const double frac[3] = { 0, c->opts.val_frac, c->opts.test_frac };
    int64_t take[3] = { 0, 0, 0 };
    const int64_t wanted = (frac[1] > 0) + (frac[2] > 0);
    for (int s = 1; s < 3; s++) {
        take[s] = llround((double)m * frac[s]);
        if (frac[s] > 0 && take[s] == 0 && m > wanted) take[s] = 1;
    }
    while (take[1] + take[2] > m - 1) take[take[1] > take[2] ? 1 : 2]--;
    if (c->opts.shuffle) {
        ak_rng r = ak_rng_at(c->opts.seed, AK_RNG_HOLD_OUT, 0, (uint64_t)group, 0);
        ak_rng_shuffle(&r, items, m);
    }
    for (int64_t i = m - take[1] - take[2]; i < m; i++) c->item[items[i]].split = i < m - take[2] ? 1 : 2;
}

static akin_status hold_out_all(akin_corpus *c, akin_error *err)
{
    const int64_t groups = c->groups + 1; /* the last: items of none */
    int64_t *begin = calloc((size_t)groups + 2, sizeof *begin);
    int32_t *items = malloc((size_t)c->n * sizeof *items);
    if (!begin || !items) {
        free(begin);
        free(items);
        return no_memory(c, err);
    }
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        begin[g + 2] += c->item[i].split == 0;
    }
    for (int64_t g = 2; g < groups + 2; g++) begin[g] += begin[g - 1];
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        if (c->item[i].split == 0) items[begin[g + 1]++] = (int32_t)i;
    }
    for (int64_t g = 0; g < groups; g++)
        if (begin[g + 1] > begin[g]) hold_out(c, items + begin[g], begin[g + 1] - begin[g], g);
    free(begin);
    free(items);
    return AKIN_OK;
}

static akin_status check_hold_out(const akin_corpus *c, akin_error *err)
{
    if (c->tuples > 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has rows with anchor and positive, of which no items can be held out", c->path);
    const double frac[3] = { 0, c->opts.val_frac, c->opts.test_frac };
    for (int64_t i = 0; i < c->n; i++) {
        const int s = c->item[i].split;
        if (s > 0 && frac[s] > 0)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has a split %s already; set %s_frac to 0", c->path,
                           ak_text_splits[s], ak_text_splits[s]);
    }
    return AKIN_OK;
}

/* Arrays ------------------------------------------------------------------------------------------------------ */

static akin_status spread_items(akin_corpus *c, akin_error *err)
{
    int32_t **field[] = { &c->group, &c->label, &c->position, &c->file, &c->line, &c->members };
    for (size_t k = 0; k < sizeof field / sizeof *field; k++) {
        *field[k] = malloc((size_t)c->n * sizeof(int32_t));
        if (!*field[k]) return no_memory(c, err);
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

/* Tables have no positions: count the items of each group. */
static akin_status number_positions(akin_corpus *c, akin_error *err)
{
    int32_t *next = calloc((size_t)c->groups + 1, sizeof *next);
    if (!next) return no_memory(c, err);
    const bool documents = strcmp(c->format, "documents") == 0;
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        c->position[i] = documents ? c->item[i].position : next[g]++;
    }
    free(next);
    return AKIN_OK;
}

static akin_status make_splits(akin_corpus *c, akin_error *err)
{
    int64_t at = 0;
    for (int s = 0; s < 3; s++) {
        const int64_t first = at;
        for (int64_t i = 0; i < c->n; i++)
            if (c->item[i].split == s) c->members[at++] = (int32_t)i;
        if (at == first && s == 0)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no text in its split train", c->path);
        if (at == first) continue;
        c->split_id[c->splits] = s;
        c->member_start[c->splits++] = first;
    }
    c->member_start[c->splits] = at;
    return AKIN_OK;
}

static akin_status spread_tuples(akin_corpus *c, akin_error *err)
{
    const size_t n = (size_t)c->tuples;
    c->anchor = malloc((n + 1) * sizeof *c->anchor);
    c->positive = malloc((n + 1) * sizeof *c->positive);
    c->negative_start = malloc((n + 1) * sizeof *c->negative_start);
    if (!c->anchor || !c->positive || !c->negative_start) return no_memory(c, err);
    c->negative_start[0] = 0;
    for (size_t t = 0; t < n; t++) {
        c->anchor[t] = c->tuple[t].anchor;
        c->positive[t] = c->tuple[t].positive;
        c->negative_start[t + 1] = c->tuple[t].negatives;
    }
    return AKIN_OK;
}

static void hash(XXH3_state_t *x, const void *data, int64_t n, size_t item)
{
    XXH3_64bits_update(x, &n, sizeof n);
    if (n > 0) XXH3_64bits_update(x, data, (size_t)n * item);
}

static akin_status fingerprint(akin_corpus *c, akin_error *err)
{
    XXH3_state_t *x = XXH3_createState();
    if (!x) return no_memory(c, err);
    XXH3_64bits_reset(x);
    hash(x, c->bytes, c->used, 1);
    hash(x, c->start, c->n + 1, sizeof *c->start);
    hash(x, c->group, c->n, sizeof *c->group);
    hash(x, c->label, c->n, sizeof *c->label);
    hash(x, c->position, c->n, sizeof *c->position);
    hash(x, c->members, c->n, sizeof *c->members);
    hash(x, c->split_id, c->splits, sizeof *c->split_id);
    hash(x, c->member_start, c->splits + 1, sizeof *c->member_start);
    hash(x, c->anchor, c->tuples, sizeof *c->anchor);
    hash(x, c->positive, c->tuples, sizeof *c->positive);
    hash(x, c->negative_start, c->tuples + 1, sizeof *c->negative_start);
    hash(x, c->negative, c->negatives, sizeof *c->negative);
    for (int64_t k = 0; k < c->classes; k++) {
        const char *name = akin_corpus_class_name(c, k);
        hash(x, name, (int64_t)strlen(name), 1);
    }
    snprintf(c->fingerprint, sizeof c->fingerprint, "%016llx", (unsigned long long)XXH3_64bits_digest(x));
    XXH3_freeState(x);
    return AKIN_OK;
}

akin_status ak_corpus_finish(akin_corpus *c, akin_error *err)
{
    const int64_t seen = c->counts.bad - c->counts.mended + c->n;
    if (c->n > 0 && (double)c->counts.bad > c->opts.max_bad_frac * (double)seen)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%lld of the %lld items of '%s' are bad, more than the fraction %g; the "
                       "first is '%s': %s",
                       (long long)c->counts.bad, (long long)seen, c->path, c->opts.max_bad_frac,
                       c->bad[0].name, c->bad[0].reason);
    if (c->n == 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has no usable text: of %lld lines %lld are empty, %lld bad, %lld too short, %lld of "
            "documents that were left out",
            c->path, (long long)c->counts.lines, (long long)c->counts.empty, (long long)c->counts.bad,
            (long long)c->counts.few_words, (long long)c->counts.trimmed);
    AK_TRY(spread_items(c, err));
    AK_TRY(number(c, c->group, &c->group_names, false, &c->group_order, &c->groups, err));
    AK_TRY(number(c, c->label, &c->label_names, true, &c->class_order, &c->classes, err));
    AK_TRY(number_positions(c, err));
    if (c->opts.val_frac > 0 || c->opts.test_frac > 0) {
        AK_TRY(check_hold_out(c, err));
        AK_TRY(hold_out_all(c, err));
    }
    AK_TRY(make_splits(c, err));
    AK_TRY(spread_tuples(c, err));
    AK_TRY(fingerprint(c, err));
    if (!c->opts.keep) return AKIN_OK;
    AK_TRY(ak_corpus_keep(c, err));
    return fingerprint(c, err);
}
