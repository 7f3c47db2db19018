/* SPDX-License-Identifier: Apache-2.0 */
/* train/listed.c - see train/listed.h. */
#include "train/listed.h"

#include "base/path.h"

#include "akin/tool/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(void *ctx, int64_t i, char *buf, size_t size)
{
    const ak_trainer *t = ctx;
    return akin_dataset_item_name(t->learning.set, "train", i, buf, size);
}

/* The pairs that the run began with, where it goes on. */
static akin_status check_same(const ak_trainer *t, akin_error *err)
{
    char path[4096];
    akin_json *root = NULL;
    bool begun;
    AK_TRY(ak_run_has(t->run, "run.json", &begun, err));
    if (!t->going_on || !begun || !ak_run_path(path, sizeof path, t->run, "run.json")) return AKIN_OK;
    AK_TRY(akin_json_load(path, (size_t)64 << 20, 0, &root, err));
    const char *then = akin_json_as_text(akin_json_find(root, "pairs.fingerprint")),
               *now = t->listed->graph->fingerprint;
    const bool other = then && strcmp(then, now) != 0;
    const akin_status status =
        other ? ak_fail(err, AKIN_ERR_INPUT,
                        "the pairs of '%s' have changed since the run began (fingerprint %s, now %s); begin "
                        "another run",
                        t->set.pair_file, then, now)
              : AKIN_OK;
    akin_json_free(root);
    return status;
}

static void tell(ak_trainer *t)
{
    const ak_graph *g = t->listed->graph;
    const char *unit = t->learning.kind->unit;
    char name[4096], shown[AK_SHOWN];
    if (g->header) ak_trainer_say(t, "pairs: line 1 of '%s' names the columns", t->set.pair_file);
    if (g->numbered)
        ak_trainer_say(t, "pairs: numbers count the %" PRId64 " %s that are learned from; 0 is '%s'",
                       g->items, unit, ak_shown(name_of(t, 0, name, sizeof name), shown));
    ak_trainer_say(t, "pairs: %" PRId64 " pairs of %s are alike, %" PRId64 " differ; the others are unknown",
                   g->alike, unit, g->apart);
    if (g->repeats) ak_trainer_say(t, "pairs: %" PRId64 " are told more than once", g->repeats);
    if (g->alone && t->set.pairing == AK_PAIR_LISTED)
        ak_trainer_say(t,
                       "pairs: %" PRId64 " of %" PRId64 " %s are alike with none; each stands beside "
                       "another view of itself",
                       g->alone, g->items, unit);
    if (t->set.pairing == AK_PAIR_LISTED && !(t->set.loss->needs & AKIN_LOSS_LINKS))
        ak_trainer_say(t,
                       "pairs: to --loss %s, a partner's other known partners in a batch are strangers; xclr "
                       "knows them",
                       t->set.loss->name);
}

akin_status ak_listed_open(ak_trainer *t, akin_error *err)
{
    if (!t->set.pair_file) return AKIN_OK;
    t->listed = calloc(1, sizeof *t->listed);
    if (!t->listed) return ak_no_memory(err, "for the pairs of '%s'", t->set.pair_file);
    AK_TRY(ak_graph_read(t->set.pair_file, t->learning.part.n, name_of, t, &t->listed->graph, err));
    AK_TRY(check_same(t, err));
    if (!t->going_on) tell(t);
    if (!(t->set.loss->needs & AKIN_LOSS_LINKS) || ak_comm_size(t->comm) == 1 || t->set.whole) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "--loss xclr with --pair-file over several ranks needs --reproducible: a rank knows its own "
        "rows only");
}

/* Links of rows ------------------------------------------------------------------------------------------ */

/* A row that another one is linked to. */
typedef struct row_link {
    int32_t row;
    float weight;
} row_link;

static int by_row(const void *a, const void *b)
{
    const row_link *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows of an item, but row `own`. */
static bool add_rows(const ak_listed *l, int32_t item, float weight, int64_t own, row_link **found,
                     int64_t *room, int64_t *n)
{
    for (int32_t row = l->first_row[item]; row >= 0; row = l->next_row[row]) {
        if (row == own) continue;
        if (!ak_grow(found, room, *n + 1, sizeof **found)) return false;
        (*found)[(*n)++] = (row_link){ row, weight };
    }
    return true;
}

/* Of one row: to other views of its item, and to those of the items that the file tells of. */
static bool links_of_row(const ak_listed *l, const int32_t *items, int64_t row, row_link **found,
                         int64_t *room, ak_step_links *to)
{
    const ak_graph *g = l->graph;
    const int32_t item = items[row];
    int64_t n = 0;
    bool ok = add_rows(l, item, 1, row, found, room, &n);
    for (int64_t k = g->start[item]; k < g->start[item + 1] && ok; k++)
        ok = add_rows(l, g->other[k], g->weight[k], row, found, room, &n);
    const int64_t first = to->start[row];
    to->start[row + 1] = first + n;
    ok = ok && ak_grow(&to->row, &to->row_room, first + n, sizeof *to->row) &&
         ak_grow(&to->weight, &to->weight_room, first + n, sizeof *to->weight);
    if (!ok) return false;
    if (n > 1) qsort(*found, (size_t)n, sizeof **found, by_row);
    for (int64_t k = 0; k < n; k++) {
        to->row[first + k] = (*found)[k].row;
        to->weight[first + k] = (*found)[k].weight;
    }
    return true;
}

static akin_status make_links(ak_listed *l, const int32_t *items, int64_t rows, ak_step_links *to,
                              akin_error *err)
{
    row_link *found = NULL;
    int64_t room = 0;
    bool ok = true;
    for (int64_t row = rows - 1; row >= 0; row--) {
        l->next_row[row] = l->first_row[items[row]];
        l->first_row[items[row]] = (int32_t)row;
    }
    to->start[0] = 0;
    for (int64_t row = 0; row < rows && ok; row++) ok = links_of_row(l, items, row, &found, &room, to);
    for (int64_t row = 0; row < rows; row++) l->first_row[items[row]] = -1;
    free(found);
    return ok ? AKIN_OK : ak_no_memory(err, "for the links of a step");
}

static bool has_links(const ak_trainer *t) { return t->listed && t->listed->now.start; }

akin_status ak_listed_prepare(ak_trainer *t, akin_error *err)
{
    ak_listed *l = t->listed;
    if (!l || !(t->set.loss->needs & AKIN_LOSS_LINKS)) return AKIN_OK;
    const int64_t all = ak_sampler_rows(t->sampler), most = all > t->rows ? all : t->rows;
    ak_sampler_memory order = { .order = NULL };
    l->first_row = ak_alloc(sizeof *l->first_row, l->graph->items, 1);
    l->next_row = ak_alloc(sizeof *l->next_row, most, 1);
    l->first.start = ak_alloc(sizeof *l->first.start, most + 1, 1);
    l->now.start = ak_alloc(sizeof *l->now.start, most + 1, 1);
    int32_t *items = ak_alloc(sizeof *items, all, 1);
    akin_status status = l->first_row && l->next_row && l->first.start && l->now.start && items
                             ? AKIN_OK
                             : ak_no_memory(err, "for the links of a step");
    for (int64_t i = 0; i < l->graph->items && !status; i++) l->first_row[i] = -1;
    if (!status) status = ak_sampler_memory_create(t->sampler, &order, err);
    if (!status) {
        ak_sampler_items(t->sampler, &order, 0, items);
        status = make_links(l, items, all, &l->first, err);
    }
    ak_sampler_memory_free(&order);
    free(items);
    return status;
}

akin_status ak_listed_step(ak_trainer *t, akin_error *err)
{
    return has_links(t) ? make_links(t->listed, t->items, t->rows, &t->listed->now, err) : AKIN_OK;
}

void ak_listed_fill(const ak_trainer *t, bool first, akin_loss_batch *batch)
{
    if (!has_links(t)) return;
    const ak_step_links *l = first ? &t->listed->first : &t->listed->now;
    batch->link_start = l->start;
    batch->link = l->row;
    batch->link_weight = l->weight;
}

/* Records ------------------------------------------------------------------------------------------------ */

akin_json *ak_listed_json(const ak_trainer *t)
{
    if (!t->listed) return NULL;
    const ak_graph *g = t->listed->graph;
    return akin_json_pack("{s:s, s:s, s:I, s:I, s:I}", "path", t->set.pair_file, "fingerprint",
                          g->fingerprint, "alike", (int64_t)g->alike, "apart", (int64_t)g->apart, "alone",
                          (int64_t)g->alone);
}

void ak_listed_release(ak_trainer *t)
{
    ak_listed *l = t->listed;
    if (!l) return;
    ak_step_links *const links[] = { &l->first, &l->now };
    for (int i = 0; i < 2; i++) {
        free(links[i]->start);
        free(links[i]->row);
        free(links[i]->weight);
    }
    free(l->first_row);
    free(l->next_row);
    ak_graph_free(l->graph);
    free(l);
    t->listed = NULL;
}
