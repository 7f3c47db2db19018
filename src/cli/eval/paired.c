/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/paired.c - the results of a run beside its baselines, item by item: which test items each gets
 * right, the paired difference, and the sentence that ends the table. */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool whitened(const char *layer)
{
    const size_t n = strlen(layer);
    return n > 6 && strcmp(layer + n - 6, "-white") == 0;
}

static bool same_row(const akin_eval_result *a, const akin_eval_result *b)
{
    return strcmp(a->protocol, b->protocol) == 0 && a->labels_per_class == b->labels_per_class &&
           (a->classifier ? b->classifier && strcmp(a->classifier, b->classifier) == 0 : !b->classifier);
}

/* The row that a layer is compared with: raw data, or the same layer of the random encoder. */
static const cli_paired_row *find(const cli_paired *p, const akin_eval_result *of, const char *encoder,
                                  const char *layer)
{
    for (int k = 0; k < p->count; k++) {
        const cli_paired_row *r = &p->row[k];
        if (!same_row(&r->result, of) || strcmp(r->encoder, encoder) != 0) continue;
        if (strcmp(encoder, "none") == 0 ? whitened(r->layer) == whitened(layer)
                                         : strcmp(r->layer, layer) == 0)
            return r;
    }
    return NULL;
}

/* Differences ------------------------------------------------------------------------------------------ */

/* A difference into o: what McNemar counts where the accuracies are counts. */
static void put_difference(akin_json *o, const akin_paired *r)
{
    static const char *const verdicts[] = { "below", "level", "above" };
    akin_json_put(o, "difference", akin_json_real(r->difference));
    akin_json_put(o, "ci95", akin_json_pack("[ff]", r->ci95[0], r->ci95[1]));
    akin_json_put(o, "p", akin_json_real(r->p));
    if (strcmp(r->test, r->interval) != 0) {
        akin_json_put(o, "won", akin_json_int(r->won));
        akin_json_put(o, "lost", akin_json_int(r->lost));
    }
    akin_json_put(o, "test", akin_json_text(r->test));
    akin_json_put(o, "interval", akin_json_text(r->interval));
    akin_json_put(o, "verdict", akin_json_text(verdicts[1 + akin_paired_direction(r)]));
}

static bool hit(const cli_items *items, int64_t at, int32_t top)
{
    return items->right ? items->right[at] : items->rank[at] < top;
}

/* Is the own class among the first `top`: over items, or over draws of labels and items. n is that of all
 * items, with those that both are wrong about because no training row has their class. */
static akin_status by_items(const cli_paired_row *mine, const cli_paired_row *other, int64_t seen, int64_t n,
                            int32_t top, akin_paired *r, akin_error *err)
{
    const int64_t draws = mine->result.draws ? mine->result.draws : 1;
    int64_t won = 0, lost = 0;
    double *x = draws > 1 ? calloc((size_t)(draws * n), sizeof *x) : NULL;
    if (draws > 1 && !x) return cli_no_memory(err, n, "test items");
    for (int64_t k = 0; k < draws; k++)
        for (int64_t i = 0; i < seen; i++) {
            const bool a = hit(&mine->items, k * seen + i, top), b = hit(&other->items, k * seen + i, top);
            won += a && !b;
            lost += b && !a;
            if (x) x[k * n + i] = (double)a - (double)b;
        }
    const bool crossed = x && n > 1; /* one item of several draws tells nothing */
    const akin_status status = crossed ? akin_paired_crossed(x, draws, n, r, err)
                                       : akin_paired_counts(n, x ? 0 : won, x ? 0 : lost, r, err);
    free(x);
    return status;
}

/* AVG-k number t, over classes or draws; false: nothing can be told. */
static bool by_parts(const cli_paired_row *mine, const cli_paired_row *other, int t, akin_paired *r)
{
    const int64_t n = mine->items.part_count;
    double *x = malloc((size_t)n * sizeof *x + 1);
    if (!x) akin_memory_lack(); /* told at the end; nothing is written with a difference left out */
    bool known = x && other->items.part_count == n;
    for (int64_t k = 0; known && k < n; k++) {
        x[k] = mine->items.parts[t * n + k] - other->items.parts[t * n + k];
        known = isfinite(x[k]);
    }
    if (known && mine->result.draws)
        known = !akin_paired_means(x, n, r, NULL);
    else if (known)
        known = !akin_paired_jackknife(x, n, mine->result.avg[t].value - other->result.avg[t].value, r, NULL);
    free(x);
    return known;
}

/* {"2": {"value": ..., "difference": ...}}: of AVG-k, and of TOP-R. */
static akin_status put_kway(const cli_paired_row *mine, const cli_paired_row *other, int64_t seen,
                            akin_json *o, akin_error *err)
{
    akin_json *avg = akin_json_object(), *top = akin_json_object();
    akin_status status = AKIN_OK;
    for (int t = 0; t < 2 * AKIN_KWAY_MOST && !status; t++) {
        const bool is_avg = t < AKIN_KWAY_MOST;
        const akin_kway_score *s = is_avg ? &other->result.avg[t] : &other->result.top[t - AKIN_KWAY_MOST];
        akin_paired r = AKIN_PAIRED_INIT;
        char key[24];
        if (!s->size || !isfinite(s->value) || (is_avg && !by_parts(mine, other, t, &r))) continue;
        if (!is_avg) status = by_items(mine, other, seen, other->result.n, s->size, &r, err);
        if (status) break;
        akin_json *cell = akin_json_object();
        akin_json_put(cell, "value", akin_json_real(s->value));
        put_difference(cell, &r);
        snprintf(key, sizeof key, "%d", s->size);
        akin_json_put(is_avg ? avg : top, key, cell);
    }
    akin_json_put(o, "avg", avg);
    akin_json_put(o, "top", top);
    return status;
}

static akin_status compare(const cli_paired_row *mine, const cli_paired_row *other, int64_t seen,
                           akin_json *to, akin_error *err)
{
    akin_paired r = AKIN_PAIRED_INIT;
    const akin_status status = by_items(mine, other, seen, mine->result.n, 1, &r, err);
    if (status) return status;
    akin_json *o = akin_json_pack("{s:s,s:s,s:f}", "encoder", other->encoder, "layer", other->layer, "top1",
                                  other->result.top1);
    put_difference(o, &r);
    akin_json_append(to, o);
    return mine->items.parts ? put_kway(mine, other, seen, o, err) : AKIN_OK;
}

akin_status cli_paired_add(cli_paired *p, const akin_eval_result *r, const char *encoder, const char *layer,
                           int64_t seen, cli_items *items, akin_json *row, akin_error *err)
{
    if (p->count == CLI_PAIRED_ROWS || (p->count && seen != p->seen)) {
        cli_items_free(items);
        return AKIN_OK;
    }
    int64_t hits = 0;
    for (int k = 0; k < p->count; k++) hits += p->row[k].items.right != NULL;
    p->seen = seen;
    cli_paired_row *mine = &p->row[p->count];
    mine->result = *r;
    snprintf(mine->encoder, sizeof mine->encoder, "%s", encoder);
    snprintf(mine->layer, sizeof mine->layer, "%s", layer);
    mine->items = *items;
    p->count++;
    *items = (cli_items){ .right = NULL };
    if (mine->items.right) akin_json_put(row, "items_row", akin_json_int(hits));
    akin_json *against = akin_json_array();
    const cli_paired_row *raw = strcmp(encoder, "none") == 0 ? NULL : find(p, r, "none", layer);
    const cli_paired_row *random = strcmp(encoder, "trained") == 0 ? find(p, r, "random", layer) : NULL;
    akin_status status = AKIN_OK;
    if (raw) status = compare(mine, raw, seen, against, err);
    if (!status && random) status = compare(mine, random, seen, against, err);
    if (akin_json_length(against))
        akin_json_put(row, "against", against);
    else
        akin_json_free(against);
    return status;
}

bool cli_paired_has_hits(const cli_paired *p)
{
    for (int k = 0; k < p->count; k++)
        if (p->row[k].items.right) return true;
    return false;
}

akin_status cli_paired_save(const cli_paired *p, const char *path, akin_files *files, akin_error *err)
{
    int64_t shape[2] = { 0, p->seen };
    uint8_t *all = malloc((size_t)p->count * (size_t)p->seen + 1);
    if (!all) return cli_no_memory(err, p->seen, "test items");
    for (int k = 0; k < p->count; k++)
        if (p->row[k].items.right)
            memcpy(all + (size_t)shape[0]++ * (size_t)p->seen, p->row[k].items.right, (size_t)p->seen);
    const akin_status status = akin_npy_add(files, path, AKIN_DTYPE_U8, 2, shape, all, err);
    free(all);
    return status;
}

void cli_paired_free(cli_paired *p)
{
    for (int k = 0; k < p->count; k++) cli_items_free(&p->row[k].items);
    p->count = 0;
}

/* For people ----------------------------------------------------------------------------------------- */

static double number(const akin_json *o, const char *name)
{
    return akin_json_as_real(akin_json_get(o, name));
}

static double end(const akin_json *o, size_t k)
{
    return 100 * akin_json_as_real(akin_json_at(akin_json_get(o, "ci95"), k));
}

/* "pixels", "raw columns", "a bag of words", "a random encoder" */
static void name_of(const akin_json *o, char to[64])
{
    const char *encoder = akin_json_get_text(o, "encoder"), *layer = akin_json_get_text(o, "layer");
    const int length = (int)strlen(layer) - (whitened(layer) ? 6 : 0);
    if (strcmp(encoder, "none") != 0)
        snprintf(to, 64, "a random encoder");
    else if (strncmp(layer, "tf-idf", 6) == 0)
        snprintf(to, 64, "a bag of words");
    else
        snprintf(to, 64, "%s%.*s", strncmp(layer, "pixels", 6) == 0 ? "" : "raw ", length, layer);
}

static void print_difference(const akin_json *o, const char *of)
{
    akin_print(stdout, "  against %-25s %+6.2f (%.2f to %.2f, p ", of, 100 * number(o, "difference"),
               end(o, 0), end(o, 1));
    if (number(o, "p") < 0.001)
        printf("< 0.001)\n");
    else
        akin_print(stdout, "%.2g)\n", number(o, "p"));
}

void cli_paired_print(const akin_json *row)
{
    const akin_json *against = akin_json_get(row, "against");
    if (strcmp(akin_json_get_text(row, "encoder"), "trained") != 0) return;
    for (size_t k = 0; k < akin_json_length(against); k++) {
        const akin_json *o = akin_json_at(against, k), *avg = akin_json_get(o, "avg");
        char name[64], of[96];
        name_of(o, name);
        if (!avg) print_difference(o, name);
        if (!avg) continue;
        const char *size;
        akin_json *cell;
        for (void *at = NULL; akin_json_next(avg, &at, &size, &cell);) {
            snprintf(of, sizeof of, "%s, AVG-%s", name, size);
            print_difference(cell, of);
        }
        snprintf(of, sizeof of, "%s, TOP-1", name);
        print_difference(o, of);
    }
}

/* The trained row that speaks for the run: the backbone's, as it is, of the first of these protocols. */
static const akin_json *speaking(const akin_json *results)
{
    static const char *const first[] = { "knn-v1", "linear-v2", "linear-v1", "mean-v1" };
    for (int layer = 0; layer < 2; layer++)
        for (int f = 0; f < 4; f++)
            for (size_t k = 0; k < akin_json_length(results); k++) {
                const akin_json *row = akin_json_at(results, k);
                const char *of = akin_json_get_text(row, "layer");
                if (strcmp(akin_json_get_text(row, "encoder"), "trained") != 0 ||
                    !akin_json_get(row, "against"))
                    continue;
                if (strcmp(akin_json_get_text(row, "protocol"), first[f]) == 0 &&
                    strcmp(of, layer ? "projector" : "backbone") == 0)
                    return row;
            }
    return NULL;
}

void cli_paired_headline(const akin_json *results)
{
    const akin_json *row = speaking(results), *against = akin_json_get(row, "against");
    if (!row) return;
    akin_print(stdout, "%s, %s:", akin_json_get_text(row, "protocol"), akin_json_get_text(row, "layer"));
    for (size_t k = 0; k < akin_json_length(against); k++) {
        const akin_json *o = akin_json_at(against, k);
        char name[64];
        name_of(o, name);
        if (strcmp(akin_json_get_text(o, "verdict"), "above") == 0)
            akin_print(stdout, "%s better than %s by %.1f points (95 %% %.1f to %.1f)\n", k ? " " : "", name,
                       100 * number(o, "difference"), end(o, 0), end(o, 1));
        else
            akin_print(stdout, "%s no better than %s (%+.1f points, 95 %% %.1f to %.1f)\n", k ? " " : "",
                       name, 100 * number(o, "difference"), end(o, 0), end(o, 1));
    }
}
