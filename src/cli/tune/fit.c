/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/fit.c - batches of the grid that are larger than the data are halved, as `akin train` halves one
 * that nobody asked for; configurations that are then the same are tried once. */
#include "cli/tune/tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SET = 8, LONGEST = 512 };

/* Those of --set that say what is read, as akin_dataset_opts has them. */
static int reading_of(const char *set, char text[MOST_SET][LONGEST], const char *pairs[2 * MOST_SET + 1])
{
    static const char *const names[] = { "format", "holdout", "keep" };
    int n = 0;
    for (const char *at = set; at && n < MOST_SET; at = strchr(at, '\n')) {
        at += *at == '\n';
        for (int i = 0; i < 3 && n < MOST_SET; i++) {
            const size_t length = strlen(names[i]);
            if (strncmp(at, names[i], length) != 0 || at[length] != '=') continue;
            snprintf(text[n], LONGEST, "%.*s", (int)strcspn(at + length + 1, "\n"), at + length + 1);
            pairs[2 * n] = names[i];
            pairs[2 * n + 1] = text[n];
            n++;
        }
    }
    pairs[2 * n] = NULL;
    return n;
}

int64_t tune_items(const char *data, const char *set)
{
    char text[MOST_SET][LONGEST];
    const char *pairs[2 * MOST_SET + 1];
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_dataset *items = NULL;
    akin_error unseen; /* akin train says it */
    if (reading_of(set, text, pairs)) opts.options = pairs;
    if (akin_dataset_open(data, &opts, &items, &unseen)) return 0;
    if (akin_dataset_split(items, "train", AKIN_TARGET_AUTO, &part, &unseen)) part.n = 0;
    akin_dataset_free(items);
    return part.n;
}

/* "views=noise batch-size=256" with another number behind the name of an axis. */
static char *renamed(const char *name, const char *from, const char *to)
{
    const char *at = strstr(name, from);
    const size_t size = strlen(name) + strlen(to) + 1;
    char *text = malloc(size);
    if (!text) return NULL;
    if (at)
        snprintf(text, size, "%.*s%s%s", (int)(at - name), name, to, at + strlen(from));
    else
        snprintf(text, size, "%s", name);
    return text;
}

static bool again(const tune_grid *grid, int c)
{
    for (int k = 0; k < c; k++)
        if (akin_json_equal(grid->config[k].options, grid->config[c].options)) return true;
    return false;
}

akin_status tune_grid_fit(tune_grid *grid, int64_t items, tune_fitted *out, akin_error *err)
{
    *out = (tune_fitted){ .from = 0 };
    for (int c = 0; c < grid->count; c++) {
        tune_config *config = &grid->config[c];
        const char *text = akin_json_get_text(config->options, "batch-size");
        const int64_t batch = text ? strtoll(text, NULL, 10) : 0;
        int64_t half = batch;
        while (items > 1 && half > items && half > 2) half /= 2;
        if (half == batch) continue;
        char from[48], to[48], number[24];
        snprintf(number, sizeof number, "%lld", (long long)half);
        snprintf(from, sizeof from, "batch-size=%lld", (long long)batch);
        snprintf(to, sizeof to, "batch-size=%s", number);
        char *name = renamed(config->name, from, to);
        if (!name) return cli_no_memory(err, 1, "configuration");
        free(config->name);
        config->name = name;
        akin_json_put(config->options, "batch-size", akin_json_text(number));
        if (batch > out->from) *out = (tune_fitted){ batch, half, 0 };
    }
    int kept = 0;
    for (int c = 0; c < grid->count; c++) {
        if (out->from && again(grid, c)) continue;
        const tune_config moved = grid->config[c];
        grid->config[c] = grid->config[kept];
        grid->config[kept++] = moved;
    }
    out->same = grid->count - kept;
    for (int c = kept; c < grid->count; c++) tune_config_free(&grid->config[c]);
    grid->count = kept;
    return AKIN_OK;
}
