/* SPDX-License-Identifier: Apache-2.0 */
/* study/open.c - a study, found by its name or in its folder; its options, settled; its folder, made and
 * entered. */
#include "base/plain.h"
#include "study/study.h"
#include "base/data_path.h"
#include "base/path.h"

#include "akin/tool/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 16 << 20 };

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static void path_in(const char *dir, const char *name, char to[AK_STUDY_PATH])
{
    snprintf(to, AK_STUDY_PATH, "%s/%s", dir, name);
}

/* Which studies there are ---------------------------------------------------------------------------- */

const akin_study_builtin *akin_study_builtin_at(int i)
{
    for (int k = 0; i >= 0 && ak_study_builtins[k].name; k++)
        if (k == i) return &ak_study_builtins[k];
    return NULL;
}

static akin_status unknown_name(const char *name, akin_error *err)
{
    const char *names[32];
    int n = 0;
    for (const akin_study_builtin *i = ak_study_builtins; i->name && n < 31; i++) names[n++] = i->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is neither a file nor a study%s%s%s; --list names them",
                   name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

akin_status akin_study_read(const char *name, char **text, akin_error *err)
{
    if (!text) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_read: text must not be NULL");
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "which study? name a built-in one (--list) or a file");
    for (const akin_study_builtin *b = ak_study_builtins; b->name; b++)
        if (strcmp(b->name, name) == 0)
            return (*text = copy_of(b->text)) ? AKIN_OK : ak_no_memory(err, "for the study");
    bool there = true;
    if (!strchr(name, '/') && !strchr(name, '.')) AK_TRY(ak_look(name, &there, NULL, err));
    if (!there) return unknown_name(name, err);
    return akin_file_load(name, MOST_BYTES, text, NULL, err);
}

akin_status akin_study_exists(const char *dir, bool *there, akin_error *err)
{
    char path[AK_STUDY_PATH];
    if (!there) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_exists: there must not be NULL");
    *there = false;
    if (!dir) return AKIN_OK;
    path_in(dir, "study.sqlite", path);
    return ak_look_stored(path, there, NULL, err);
}

/* Reading -------------------------------------------------------------------------------------------- */

static akin_status put_option(const char *name, const char *value, void *options, akin_error *err)
{
    (void)err;
    akin_json_put(options, name, akin_json_text(value));
    return AKIN_OK;
}

static akin_status parse_set(akin_study *s, const char *pairs, akin_error *err)
{
    s->set = akin_json_object();
    return akin_option_pairs(pairs, put_option, s->set, err);
}

/* Data, scale and set: given, else those that the folder was begun with, else the study's own. */
static akin_status settle(akin_study *s, akin_error *err)
{
    char *data = NULL, *scale = NULL, *set = NULL;
    akin_status status = AKIN_OK;
    if (s->db) status = ak_study_store_get(s->db, "data", &data, err);
    if (!status && s->db) status = ak_study_store_get(s->db, "scale", &scale, err);
    if (!status && s->db) status = ak_study_store_get(s->db, "set", &set, err);
    const char *given = s->opts.data;
    if (!given && data && *data) given = data;
    if (!given && *ak_study_text(s, "data")) given = ak_study_text(s, "data");
    if (!status && given) {
        s->data = ak_data_path_absolute(given); /* the study may go on from another folder */
        if (!s->data && errno != ENOMEM) s->data = copy_of(given);
        if (!s->data) status = ak_no_memory(err, "for the study");
    }
    s->scale = s->opts.scale > 0 ? s->opts.scale : scale ? ak_strtod(scale, NULL) : 1;
    if (!status) status = parse_set(s, s->opts.set ? s->opts.set : set, err);
    free(data);
    free(scale);
    free(set);
    return status;
}

/* The text of the study that is named, or of the one that the folder holds, and all that follows from it. */
static akin_status load(akin_study *s, akin_error *err)
{
    char *text = NULL;
    const char *source = s->name ? s->name : s->dir;
    akin_status status = AKIN_OK;
    ak_study_clear(s);
    if (!s->name && s->db) status = ak_study_store_get(s->db, "text", &text, err);
    if (!status && !text) status = akin_study_read(s->name, &text, err);
    if (!status) status = ak_study_parse(s, source, text, err);
    if (!status) status = settle(s, err);
    if (!status) status = ak_study_expand(s, err);
    if (!status) status = ak_study_only(s, s->opts.only, &s->chosen, err);
    free(text);
    return status;
}

akin_status akin_study_open(const char *name, const char *dir, const akin_study_opts *opts, akin_study **out,
                            akin_error *err)
{
    akin_study_opts o = AKIN_STUDY_OPTS_INIT;
    char path[AK_STUDY_PATH];
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_open: out must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "study", err));
    akin_study *s = calloc(1, sizeof *s);
    if (!s) return ak_no_memory(err, "for the study");
    *s = (akin_study){ .opts = o,
                       .name = name,
                       .lock = -1,
                       .has_dir = dir != NULL,
                       .dir = copy_of(dir ? dir : "."),
                       .place = copy_of(dir ? dir : ".") };
    akin_status status = s->dir && s->place ? AKIN_OK : ak_no_memory(err, "for the study");
    path_in(dir ? dir : ".", "study.sqlite", path);
    bool there = false;
    if (!status) status = akin_study_exists(dir, &there, err);
    if (!status && there) status = ak_study_store_open(path, false, &s->db, err);
    if (!status) status = load(s, err);
    if (status)
        akin_study_free(s);
    else
        *out = s;
    return status;
}

void akin_study_free(akin_study *s)
{
    if (!s) return;
    ak_study_clear(s);
    ak_study_store_close(s->db);
    if (s->lock >= 0) close(s->lock);
    free(s->dir);
    free(s->place);
    free(s);
}

const akin_study_cell *akin_study_cell_at(akin_study *s, int i)
{
    if (!s || i < 0 || i >= s->cell_count) return NULL;
    const ak_study_cell *cell = &s->cells[i];
    const ak_study_config *config = &s->configs[cell->config];
    ak_study_state *state = &s->shown_state;
    *state = (ak_study_state){ .status = "" };
    const char *none = "waiting";
    if (s->db && ak_study_store_state(s->db, cell->id, state, NULL)) none = "unknown";
    const bool done = strcmp(state->status, "done") == 0;
    s->shown = (akin_study_cell){ .id = cell->id,
                                  .configuration = config->name,
                                  .seed = cell->seed,
                                  .labels = config->labels,
                                  .options = config->options,
                                  .chosen = s->chosen[i],
                                  .status = *state->status ? state->status : none,
                                  .seconds = done ? state->seconds : ak_study_estimate(s, i) };
    if (!isfinite(s->shown.seconds)) {
        s->shown.seconds = ak_study_guess(s, i);
        s->shown.guessed = true;
    }
    return &s->shown;
}

/* Running -------------------------------------------------------------------------------------------- */

static akin_status make_folders(const char *dir, akin_error *err)
{
    const char *names[] = { "runs", "logs", "files" };
    AK_TRY(akin_folder_make(dir, err));
    for (int i = 0; i < 3; i++) {
        char path[AK_STUDY_PATH];
        path_in(dir, names[i], path);
        AK_TRY(akin_folder_make(path, err));
    }
    return AKIN_OK;
}

/* Remember what DIR is, and its cells; refused when it is another study. */
static akin_status enter(const akin_study *s, akin_error *err)
{
    ak_study_store *db = s->db;
    char *before = NULL, scale[64], set[4096] = "";
    const char *name;
    akin_json *value;
    ak_snprintf(scale, sizeof scale, "%.17g", s->scale);
    AKIN_JSON_EACH(s->set, name, value)
    {
        const size_t n = strlen(set);
        snprintf(set + n, sizeof set - n, "%s%s=%s", n ? "\n" : "", name, akin_json_as_text(value));
    }
    akin_status status = ak_study_store_begin(db, err);
    if (!status) status = ak_study_store_get(db, "name", &before, err);
    if (!status && before && strcmp(before, ak_study_text(s, "name")) != 0)
        status = ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' holds study %s; choose another --out for %s", s->dir,
                         before, ak_study_text(s, "name"));
    free(before);
    for (int c = 0; c < s->cell_count && !status; c++) status = ak_study_store_cell(db, s, c, err);
    const char *pairs[][2] = { { "name", ak_study_text(s, "name") },
                               { "text", s->text },
                               { "data", s->data ? s->data : "" },
                               { "scale", scale },
                               { "set", set },
                               { "version", akin_version() },
                               { "command", s->opts.command ? s->opts.command : "" } };
    for (int i = 0; i < 7 && !status; i++) status = ak_study_store_put(db, pairs[i][0], pairs[i][1], err);
    return status ? status : ak_study_store_commit(db, err); /* closing without it undoes all */
}

/* Make the folder ours: made, locked, with its file open for writing. */
static akin_status take_folder(akin_study *s, akin_error *err)
{
    char path[AK_STUDY_PATH];
    AK_TRY(make_folders(s->dir, err));
    if (s->lock < 0) AK_TRY(ak_study_lock(s->dir, &s->lock, err));
    char *whole = ak_realpath(s->dir); /* a run goes on from another folder too */
    path_in(s->dir, "study.sqlite", path);
    ak_study_store_close(s->db);
    s->db = NULL;
    akin_status status = ak_study_store_open(path, true, &s->db, err);
    if (!status) status = load(s, err); /* another process may have changed it since it was opened */
    if (!status) status = enter(s, err);
    if (whole) {
        free(s->place);
        s->place = whole;
    }
    return status;
}

akin_status akin_study_run(akin_study *s, akin_study_result *result, akin_error *err)
{
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    if (!s || !result) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_run: study and result must not be NULL");
    if (!s->has_dir) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_run: the study has no folder");
    AK_TRY(akin_build_need("SQLite", err));
    if (s->opts.catch_signals) ak_study_watch_signals();
    akin_status status = take_folder(s, err);
    if (!status) status = ak_study_run_cells(s, &r, err);
    r.signal = ak_study_signal();
    const akin_status told = ak_result_export(result, &r, "study_run", status ? NULL : err);
    return status ? status : told;
}

/* Saving --------------------------------------------------------------------------------------------- */

static akin_status store_claims(ak_study_store *db, const akin_json *summary, akin_error *err)
{
    const akin_json *claims = akin_json_get(summary, "claims");
    akin_status status = ak_study_store_begin(db, err);
    if (!status) status = ak_study_store_claims_clear(db, err);
    for (size_t i = 0; i < akin_json_length(claims) && !status; i++) {
        const akin_json *c = akin_json_at(claims, i);
        const akin_mean95 d = { .n = akin_json_get_int(c, "n"),
                                .mean = ak_study_number(c, "difference"),
                                .low = ak_study_number(c, "low"),
                                .high = ak_study_number(c, "high") };
        status = ak_study_store_claim(db, akin_json_get_text(c, "name"), akin_json_get_text(c, "text"), &d,
                                      akin_json_get_text(c, "verdict"), err);
    }
    return status ? status : ak_study_store_commit(db, err);
}

akin_status akin_study_save(akin_study *s, const akin_json *summary, const char *table, akin_error *err)
{
    char path[AK_STUDY_PATH];
    if (!s || !summary || !table || !s->db)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_save: a study that was run, its summary and its table");
    AK_TRY(store_claims(s->db, summary, err));
    path_in(s->dir, "table.md", path);
    return akin_file_save(path, table, strlen(table), err);
}
