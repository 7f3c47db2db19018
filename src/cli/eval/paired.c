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

/* The row of a protocol that a layer is compared with: raw data, or the same layer of the random encoder. */
static int find(const cli_paired *p, const char *protocol, const char *encoder, const char *layer)
{
    for (int k = 0; k < p->count; k++) {
        const cli_paired_row *r = &p->row[k];
        if (strcmp(r->protocol, protocol) != 0 || strcmp(r->encoder, encoder) != 0) continue;
        if (strcmp(encoder, "none") == 0 ? whitened(r->layer) == whitened(layer)
                                         : strcmp(r->layer, layer) == 0)
            return k;
    }
    return -1;
}

static akin_status compare(const cli_paired_row *mine, const cli_paired_row *other, int64_t seen, int64_t n,
                           akin_json *to, akin_error *err)
{
    static const char *const verdicts[] = { "below", "level", "above" };
    akin_paired r = AKIN_PAIRED_INIT;
    akin_status status = akin_paired_hits(mine->right, other->right, seen, &r, err);
    if (!status) status = akin_paired_counts(n, r.won, r.lost, &r, err); /* both are wrong about the unseen */
    if (status) return status;
    akin_json_append(to, akin_json_pack("{s:s,s:s,s:f,s:f,s:[ff],s:f,s:I,s:I,s:s,s:s,s:s}", "encoder",
                                        other->encoder, "layer", other->layer, "top1", other->top1,
                                        "difference", r.difference, "ci95", r.ci95[0], r.ci95[1], "p", r.p,
                                        "won", r.won, "lost", r.lost, "test", r.test, "interval", r.interval,
                                        "verdict", verdicts[1 + akin_paired_direction(&r)]));
    return AKIN_OK;
}

akin_status cli_paired_add(cli_paired *p, const akin_eval_result *r, const char *encoder, const char *layer,
                           int64_t seen, uint8_t *right, akin_json *row, akin_error *err)
{
    if (!right || p->count == CLI_PAIRED_ROWS || (p->count && seen != p->seen)) {
        free(right);
        return AKIN_OK;
    }
    p->seen = seen;
    cli_paired_row *mine = &p->row[p->count];
    snprintf(mine->protocol, sizeof mine->protocol, "%s", r->protocol);
    snprintf(mine->encoder, sizeof mine->encoder, "%s", encoder);
    snprintf(mine->layer, sizeof mine->layer, "%s", layer);
    mine->top1 = r->top1;
    mine->right = right;
    akin_json_put(row, "items_row", akin_json_int(p->count++));
    akin_json *against = akin_json_array();
    const int raw = strcmp(encoder, "none") == 0 ? -1 : find(p, r->protocol, "none", layer);
    const int random = strcmp(encoder, "trained") == 0 ? find(p, r->protocol, "random", layer) : -1;
    akin_status status = AKIN_OK;
    if (raw >= 0) status = compare(mine, &p->row[raw], seen, r->n, against, err);
    if (!status && random >= 0) status = compare(mine, &p->row[random], seen, r->n, against, err);
    if (akin_json_length(against))
        akin_json_put(row, "against", against);
    else
        akin_json_free(against);
    return status;
}

akin_status cli_paired_save(const cli_paired *p, const char *path, akin_files *files, akin_error *err)
{
    const int64_t shape[2] = { p->count, p->seen };
    uint8_t *all = malloc((size_t)p->count * (size_t)p->seen + 1);
    if (!all) return cli_no_memory(err, p->seen, "test items");
    for (int k = 0; k < p->count; k++)
        memcpy(all + (size_t)k * (size_t)p->seen, p->row[k].right, (size_t)p->seen);
    const akin_status status = akin_npy_add(files, path, AKIN_DTYPE_U8, 2, shape, all, err);
    free(all);
    return status;
}

void cli_paired_free(cli_paired *p)
{
    for (int k = 0; k < p->count; k++) free(p->row[k].right);
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

/* "pixels", "raw columns", "a random encoder" */
static void name_of(const akin_json *o, char to[64])
{
    const char *encoder = akin_json_get_text(o, "encoder"), *layer = akin_json_get_text(o, "layer");
    const int length = (int)strlen(layer) - (whitened(layer) ? 6 : 0);
    if (strcmp(encoder, "none") != 0)
        snprintf(to, 64, "a random encoder");
    else
        snprintf(to, 64, "%s%.*s", strncmp(layer, "pixels", 6) == 0 ? "" : "raw ", length, layer);
}

void cli_paired_print(const akin_json *row)
{
    const akin_json *against = akin_json_get(row, "against");
    if (strcmp(akin_json_get_text(row, "encoder"), "trained") != 0) return;
    for (size_t k = 0; k < akin_json_length(against); k++) {
        const akin_json *o = akin_json_at(against, k);
        char name[64];
        name_of(o, name);
        akin_print(stdout, "  against %-16s %+6.2f (%.2f to %.2f, p ", name, 100 * number(o, "difference"),
                   end(o, 0), end(o, 1));
        if (number(o, "p") < 0.001)
            printf("< 0.001)\n");
        else
            akin_print(stdout, "%.2g)\n", number(o, "p"));
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
