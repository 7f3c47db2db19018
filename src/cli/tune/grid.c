/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/grid.c - the grid of a folder, and the study that runs it. Each configuration is a value of the
 * study's one axis, added when it is begun, since the time of each is known only then. */
#include "cli/tune/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 16 << 20 };

/* Options that say how long a run is: the time says it here. */
static const char *const LENGTH[] = { "epochs", "steps", "budget" };
enum { LENGTHS = sizeof LENGTH / sizeof *LENGTH };

static void path_of(const tune_grid *grid, const char *name, char to[TUNE_PATH])
{
    snprintf(to, TUNE_PATH, "%.3900s/%s", grid->dir, name);
}

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

/* grid.json ------------------------------------------------------------------------------------------- */

/* The axes and options of a study, as a study that nobody runs. */
static akin_json *grid_of(const akin_json *root, int64_t seed)
{
    static const char *const kept[] = { "options", "axes", "skip" };
    akin_json *grid = akin_json_pack("{s:s,s:[I],s:[{s:s,s:s,s:s}]}", "name", "grid", "seeds", seed,
                                     "measures", "name", "loss", "from", "train", "path", "last.loss");
    for (int i = 0; i < 3; i++)
        if (akin_json_get(root, kept[i]))
            akin_json_put(grid, kept[i], akin_json_share((akin_json *)akin_json_get(root, kept[i])));
    return grid;
}

static akin_status read_grid(const char *file, akin_data_kind kind, int64_t seed, akin_json **out,
                             akin_error *err)
{
    char name[64];
    char *text = NULL;
    akin_json *root = NULL;
    snprintf(name, sizeof name, "criteria-%s",
             kind == AKIN_DATA_IMAGES    ? "images"
             : kind == AKIN_DATA_VECTORS ? "tables"
                                         : "texts");
    if (!file && kind == AKIN_DATA_UNKNOWN)
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "what kind of data this is cannot be told: 'akin inspect DATA' says what is there; or "
            "name a grid with --grid FILE");
    akin_status status = akin_study_read(file ? file : name, &text, err);
    if (!status)
        status = akin_json_parse(text, strlen(text), file ? file : name, AKIN_JSON_UNIQUE, &root, err);
    free(text);
    if (status) return status;
    if (akin_json_kind_of(akin_json_get(root, "axes")) != AKIN_JSON_ARRAY)
        status = cli_set_error(err, AKIN_ERR_FORMAT,
                               "'%s' has no list \"axes\"; a grid has one, as a study does: "
                               "{\"axes\":[{\"name\":\"batch-size\",\"values\":[64,256]}]}",
                               file ? file : name);
    else
        *out = grid_of(root, seed);
    akin_json_free(root);
    return status;
}

/* A folder that `akin train` or `akin study` has filled is no place for another one's files. */
static akin_status refuse_others(const tune_grid *grid, akin_error *err)
{
    static const struct {
        const char *file, *what;
    } OTHER[] = { { "run.json", "a run" }, { "study.sqlite", "a study" } };
    char path[TUNE_PATH];
    akin_path_kind there;
    for (size_t i = 0; i < sizeof OTHER / sizeof *OTHER; i++) {
        path_of(grid, OTHER[i].file, path);
        const akin_status status = akin_path_look(path, &there, NULL, err);
        if (status) return status;
        if (there != AKIN_PATH_NONE)
            return cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' holds %s, not of akin tune; choose another -o",
                                 grid->dir, OTHER[i].what);
    }
    return AKIN_OK;
}

/* The grid that DIR holds, or else a new one in it. */
static akin_status settle_grid(const char *file, akin_data_kind kind, tune_grid *grid, akin_error *err)
{
    char path[TUNE_PATH];
    akin_json *before = NULL, *asked = NULL;
    akin_path_kind there;
    path_of(grid, "grid.json", path);
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (!status && there != AKIN_PATH_NONE) status = akin_json_load(path, MOST_BYTES, 0, &before, err);
    if (before) {
        const int64_t seed = akin_json_as_int(akin_json_at(akin_json_get(before, "seeds"), 0));
        if (grid->seed_given && seed != grid->seed)
            status =
                cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' was begun with --seed %lld; choose another -o",
                              grid->dir, (long long)seed);
        grid->seed = seed;
    }
    if (!status && !before) status = refuse_others(grid, err);
    if (!status && (file || !before)) status = read_grid(file, kind, grid->seed, &asked, err);
    if (!status && before && asked && !akin_json_equal(before, asked))
        status = cli_set_error(
            err, AKIN_ERR_ARGUMENT,
            "'%s' was begun with another grid than '%s'; leave --grid out, or choose another -o", grid->dir,
            file);
    if (!status && !before) status = akin_json_check(asked, err);
    if (!status && !before) status = akin_folder_make(grid->dir, err);
    if (!status && !before) status = akin_json_save(path, asked, AKIN_JSON_INDENTED, 17, err);
    grid->fresh = !status && !before;
    akin_json_free(before);
    akin_json_free(asked);
    return status;
}

void tune_grid_undo(const tune_grid *grid)
{
    char path[TUNE_PATH];
    if (!grid->fresh) return;
    path_of(grid, "grid.json", path);
    remove(path);
    rmdir(grid->dir); /* unless something else is in it */
}

/* Configurations -------------------------------------------------------------------------------------- */

static akin_status add_config(tune_grid *grid, const akin_study_cell *cell, akin_error *err)
{
    tune_config *all = realloc(grid->config, (size_t)(grid->count + 1) * sizeof *all);
    if (!all) return cli_no_memory(err, grid->count + 1, "configurations");
    grid->config = all;
    tune_config *c = &all[grid->count++];
    *c = (tune_config){ .name = copy_of(cell->configuration),
                        .options = akin_json_object(),
                        .score = (double)NAN };
    for (int k = 0; k < TUNE_CRITERIA; k++) c->value[k] = (double)NAN;
    akin_json_merge(c->options, cell->options);
    for (int i = 0; i < LENGTHS; i++) akin_json_remove(c->options, LENGTH[i]);
    for (char *at = c->name; at && *at; at++) /* in a list of labels it would end one */
        if (*at == ',') *at = ';';
    return c->name ? akin_json_check(c->options, err) : cli_no_memory(err, 1, "configuration");
}

static akin_status list_configs(tune_grid *grid, akin_error *err)
{
    char path[TUNE_PATH];
    akin_study *study = NULL;
    const akin_study_cell *cell;
    akin_study_opts opts = grid->opts;
    path_of(grid, "grid.json", path);
    akin_status status = akin_study_open(path, NULL, &opts, &study, err);
    for (int i = 0; !status && (cell = akin_study_cell_at(study, i)) != NULL; i++)
        status = add_config(grid, cell, err);
    akin_study_free(study);
    return status;
}

/* The layer on which the runs so far were measured: that is not done again. */
static akin_status settle_layer(tune_grid *grid, const akin_json *root, akin_error *err)
{
    const akin_json *command = akin_json_get(akin_json_get(root, "tools"), "diagnose");
    const char *before = akin_json_as_text(akin_json_at(command, akin_json_length(command) - 1));
    if (before && strcmp(before, grid->layer) == 0) return AKIN_OK;
    if (before && grid->layer_given)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' was begun with --layer %s; choose another -o",
                             grid->dir, before);
    if (before) grid->layer = strcmp(before, "projector") == 0 ? "projector" : "backbone";
    return AKIN_OK;
}

/* What tune.json has of each configuration that was begun. */
akin_status tune_grid_runs(tune_grid *grid, akin_error *err)
{
    char path[TUNE_PATH], label[256];
    akin_json *root = NULL, *value;
    akin_path_kind there;
    size_t i;
    path_of(grid, "tune.json", path);
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (!status && there != AKIN_PATH_NONE) status = akin_json_load(path, MOST_BYTES, 0, &root, err);
    if (!status && root) status = settle_layer(grid, root, err);
    const akin_json *values = akin_json_get(akin_json_at(akin_json_get(root, "axes"), 0), "values");
    for (int c = 0; c < grid->count && !status; c++) {
        tune_config *config = &grid->config[c];
        snprintf(label, sizeof label, "run=%.200s", config->name);
        config->label = copy_of(label);
        if (!config->label) status = cli_no_memory(err, 1, "configuration");
        AKIN_JSON_ITEMS(values, i, value)
        {
            const char *name = akin_json_get_text(value, "label");
            if (name && strcmp(name, config->name) == 0) config->run = akin_json_share(value);
        }
    }
    akin_json_free(root);
    return status;
}

akin_status tune_grid_open(const char *file, akin_data_kind kind, tune_grid *grid, akin_error *err)
{
    const akin_status status = settle_grid(file, kind, grid, err);
    return status ? status : list_configs(grid, err);
}

void tune_config_free(tune_config *config)
{
    free(config->name);
    free(config->label);
    akin_json_free(config->options);
    akin_json_free(config->run);
}

void tune_grid_free(tune_grid *grid)
{
    for (int c = 0; c < grid->count; c++) tune_config_free(&grid->config[c]);
    free(grid->config);
}

/* tune.json ------------------------------------------------------------------------------------------- */

static akin_json *measures(void)
{
    akin_json *list = akin_json_array();
    for (const tune_criterion *c = tune_criteria; c->name; c++) {
        char path[160];
        if (!c->measure) continue;
        snprintf(path, sizeof path, "measures[name=%s].value", c->measure);
        akin_json_append(list,
                         akin_json_pack("{s:s,s:s,s:s}", "name", c->name, "from", "diagnose", "path", path));
    }
    return list;
}

static akin_json *study_of(const tune_grid *grid)
{
    akin_json *values = akin_json_array();
    for (int c = 0; c < grid->count; c++)
        if (grid->config[c].run) akin_json_append(values, akin_json_share(grid->config[c].run));
    return akin_json_pack("{s:s,s:s,s:[I],s:[{s:s,s:o}],s:{s:[s,s,s,s,s,s,s,s]},s:o}", "name", "tune",
                          "title", "configurations trained for as long, ranked without labels", "seeds",
                          grid->seed, "axes", "name", "run", "values", values, "tools", "diagnose",
                          "diagnose", "{run}", "--items", "600", "--views", "4", "--layer", grid->layer,
                          "measures", measures());
}

akin_status tune_grid_begin(tune_grid *grid, int c, double seconds, akin_error *err)
{
    tune_config *config = &grid->config[c];
    char path[TUNE_PATH], budget[32];
    if (config->run) return AKIN_OK;
    snprintf(budget, sizeof budget, "%d.%01ds", (int)seconds, (int)(10 * (seconds - floor(seconds))));
    akin_json *options = akin_json_copy(config->options);
    akin_json_put(options, "budget", akin_json_text(budget));
    config->run = akin_json_pack("{s:s,s:o}", "label", config->name, "options", options);
    akin_json *study = study_of(grid);
    path_of(grid, "tune.json", path);
    akin_status status = akin_json_check(study, err);
    if (!status) status = akin_json_save(path, study, AKIN_JSON_INDENTED, 17, err);
    akin_json_free(study);
    return status;
}

akin_status tune_grid_study(const tune_grid *grid, const char *only, akin_study **out, akin_error *err)
{
    char path[TUNE_PATH];
    akin_path_kind there;
    akin_study_opts opts = grid->opts;
    opts.only = only;
    path_of(grid, "tune.json", path);
    *out = NULL;
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (status || there == AKIN_PATH_NONE) return status;
    return akin_study_open(path, grid->dir, &opts, out, err);
}

akin_status tune_grid_read(tune_grid *grid, akin_error *err)
{
    akin_study *study = NULL;
    akin_status status = tune_grid_study(grid, NULL, &study, err);
    const akin_study_cell *cell;
    for (int i = 0; study && !status && (cell = akin_study_cell_at(study, i)) != NULL; i++)
        for (int c = 0; c < grid->count; c++)
            if (strcmp(cell->configuration, grid->config[c].label) == 0) {
                grid->config[c].done = strcmp(cell->status, "done") == 0;
                grid->config[c].seconds = cell->seconds;
            }
    for (int c = 0; c < grid->count && !status; c++)
        for (int k = 0; tune_criteria[k].name && grid->config[c].done && !status; k++) {
            akin_mean95 mean = AKIN_MEAN95_INIT;
            if (!tune_criteria[k].measure) continue;
            status = akin_study_mean(study, grid->config[c].label, tune_criteria[k].name, &mean, err);
            grid->config[c].value[k] = mean.n ? mean.mean : (double)NAN;
        }
    akin_study_free(study);
    return status;
}
