/* SPDX-License-Identifier: Apache-2.0 */
/* study/store.c - study.sqlite: what the study is, its cells, results and claims.
 *
 *     study(key, value)                     text, data, scale, set, version
 *     cells(id, position, configuration, seed, labels, options, data, status, seconds, error, finished)
 *     results(cell, measurement, value, command)     value NULL: the tool said null
 *     claims(name, text, verdict, n, difference, low, high)
 *
 * A rollback journal, synchronous FULL: what a commit has stored survives kill -9 and the loss of power; a
 * write that was cut off is undone by whoever opens the file next. Readers may look at any time. */
#include "base/plain.h"
#include "study/study.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { APPLICATION = 0x616b696e, FORMAT = 1 }; /* "akin" */

struct ak_study_store {
    sqlite3 *db;
    char path[AK_STUDY_PATH];
};

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS study(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS cells(id TEXT PRIMARY KEY, position INTEGER NOT NULL, configuration TEXT NOT "
    "NULL,"
    " seed INTEGER NOT NULL, labels TEXT NOT NULL, options TEXT NOT NULL, data TEXT NOT NULL,"
    " status TEXT NOT NULL DEFAULT '', seconds REAL NOT NULL DEFAULT 0, error TEXT, finished TEXT);"
    "CREATE TABLE IF NOT EXISTS results(cell TEXT NOT NULL REFERENCES cells(id), measurement TEXT NOT NULL, "
    "value REAL,"
    " command TEXT NOT NULL, PRIMARY KEY(cell, measurement));"
    "CREATE TABLE IF NOT EXISTS claims(name TEXT PRIMARY KEY, text TEXT, verdict TEXT NOT NULL, n INTEGER "
    "NOT NULL,"
    " difference REAL, low REAL, high REAL);"
    "PRAGMA application_id=1634429294; PRAGMA user_version=1;";

static akin_status broken(ak_study_store *db, akin_error *err)
{
    const int code = sqlite3_errcode(db->db) & 255;
    const akin_status status = code == SQLITE_NOMEM                              ? AKIN_ERR_NOMEM
                               : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? AKIN_ERR_FORMAT
                               : code == SQLITE_CANTOPEN                         ? AKIN_ERR_INPUT
                                                                                 : AKIN_ERR_IO;
    const int reason = sqlite3_system_errno(db->db);
    return ak_fail(err, status, "'%s': %s%s%s%s", db->path, sqlite3_errmsg(db->db),
                   status == AKIN_ERR_FORMAT ? "; it is damaged or no study" : "", reason ? ": " : "",
                   reason ? ak_strerror(reason) : "");
}

static akin_status execute(ak_study_store *db, const char *sql, akin_error *err)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? AKIN_OK : broken(db, err);
}

static akin_status prepare(ak_study_store *db, const char *sql, sqlite3_stmt **out, akin_error *err)
{
    return sqlite3_prepare_v2(db->db, sql, -1, out, NULL) == SQLITE_OK ? AKIN_OK : broken(db, err);
}

/* Texts stay where they are until their statement is finalized. */
static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
    if (text) sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC); /* no copy: this takes no memory */
}

static void bind_real(sqlite3_stmt *q, int at, double x)
{
    if (isfinite(x)) sqlite3_bind_double(q, at, x); /* what is not bound is NULL */
}

/* Run to the end and finalize. */
static akin_status finish(ak_study_store *db, sqlite3_stmt *q, akin_error *err)
{
    const int code = sqlite3_step(q);
    const akin_status status = code == SQLITE_DONE || code == SQLITE_ROW ? AKIN_OK : broken(db, err);
    sqlite3_finalize(q);
    return status;
}

static akin_status pragma(ak_study_store *db, const char *sql, long *value, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    akin_status status = prepare(db, sql, &q, err);
    if (status) return status;
    const int code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        *value = (long)sqlite3_column_int64(q, 0);
    else if (code != SQLITE_DONE)
        status = broken(db, err);
    sqlite3_finalize(q);
    return status;
}

/* *empty: nothing was ever committed, as after a kill while the file was made. */
static akin_status check_kind(ak_study_store *db, bool *empty, akin_error *err)
{
    long tables = 0, application = 0, format = 0;
    akin_status status = pragma(db, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (!status) status = pragma(db, "PRAGMA application_id", &application, err);
    if (!status) status = pragma(db, "PRAGMA user_version", &format, err);
    if (status) return status;
    *empty = tables == 0 && application == 0 && format == 0;
    if (!*empty && application != APPLICATION)
        return ak_fail(err, AKIN_ERR_FORMAT, "%s: it is another program's database", db->path);
    if (format > FORMAT)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "%s: its format is %ld, this program knows 1", db->path,
                       format);
    return AKIN_OK;
}

akin_status ak_study_store_open(const char *path, bool write, ak_study_store **out, akin_error *err)
{
    ak_study_store *db = calloc(1, sizeof *db);
    if (!db) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %s", path);
    snprintf(db->path, sizeof db->path, "%s", path);
    const int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    akin_status status = AKIN_OK;
    bool empty = false;
    int code = sqlite3_open_v2(path, &db->db, flags, NULL);
    if (code != SQLITE_OK && !write) { /* a folder that may only be read */
        sqlite3_close(db->db);
        code = sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READONLY, NULL);
    }
    if (code != SQLITE_OK) status = broken(db, err);
    if (!status) sqlite3_busy_timeout(db->db, 10000);
    if (!status) status = check_kind(db, &empty, err);
    if (!status && write) status = execute(db, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;", err);
    if (!status && write) status = execute(db, "BEGIN IMMEDIATE;", err);
    if (!status && write) status = execute(db, SCHEMA, err);
    if (!status && write) status = execute(db, "COMMIT;", err);
    *out = NULL;
    if (status || (empty && !write))
        ak_study_store_close(db);
    else
        *out = db;
    return status;
}

void ak_study_store_close(ak_study_store *db)
{
    if (!db) return;
    sqlite3_close(db->db);
    free(db);
}

akin_status ak_study_store_begin(ak_study_store *db, akin_error *err)
{
    return execute(db, "BEGIN IMMEDIATE", err);
}

akin_status ak_study_store_commit(ak_study_store *db, akin_error *err)
{
    const akin_status status = execute(db, "COMMIT", err);
    if (status) sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

akin_status ak_study_store_get(ak_study_store *db, const char *key, char **value, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    *value = NULL;
    akin_status status = prepare(db, "SELECT value FROM study WHERE key = ?", &q, err);
    if (status) return status;
    bind_text(q, 1, key);
    const int code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        *value = text ? strdup(text) : NULL;
        if (!*value) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %s", db->path);
    } else if (code != SQLITE_DONE)
        status = broken(db, err);
    sqlite3_finalize(q);
    return status;
}

akin_status ak_study_store_put(ak_study_store *db, const char *key, const char *value, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    const akin_status status = prepare(db, "INSERT OR REPLACE INTO study VALUES (?, ?)", &q, err);
    if (status) return status;
    bind_text(q, 1, key);
    bind_text(q, 2, value);
    return finish(db, q, err);
}

/* Cells ---------------------------------------------------------------------------------------------- */

/* The first difference between the options of a cell in the file and now. */
static akin_status compare(const ak_study_store *db, const ak_study_cell *cell, const ak_study_config *c,
                           const char *options, const char *data, akin_error *err)
{
    akin_json *before = NULL;
    if (akin_json_parse(options, strlen(options), db->path, 0, &before, NULL)) before = NULL;
    const char *name = NULL, *was = NULL, *is = NULL;
    akin_json *value;
    if (strcmp(data, c->data) != 0) name = "data", was = data, is = c->data;
    AKIN_JSON_EACH(c->options, name, value)
    {
        was = akin_json_get_text(before, name);
        is = akin_json_as_text(value);
        if (!was || strcmp(was, is) != 0) break;
        is = NULL;
    }
    if (!is) AKIN_JSON_EACH(before, name, value)
        {
            was = akin_json_as_text(value);
            is = akin_json_get_text(c->options, name);
            if (!is) break;
            is = NULL;
            was = NULL;
        }
    akin_status status = AKIN_OK;
    if (strcmp(data, c->data) != 0)
        status =
            ak_fail(err, AKIN_ERR_ARGUMENT, "%s: cell %s has data '%s', now it is '%s'; choose another --out",
                    db->path, cell->id, data, c->data);
    else if (name && (was || is) && !akin_json_equal(before, c->options))
        status = ak_fail(err, AKIN_ERR_ARGUMENT, "%s: cell %s has %s %s, now it is %s; choose another --out",
                         db->path, cell->id, name, was ? was : "not given", is ? is : "not given");
    akin_json_free(before);
    return status;
}

static akin_status insert(ak_study_store *db, const akin_study *s, int at, akin_error *err)
{
    const ak_study_cell *cell = &s->cells[at];
    const ak_study_config *c = &s->configs[cell->config];
    sqlite3_stmt *q = NULL;
    akin_status status = prepare(
        db,
        "INSERT INTO cells(id, position, configuration, seed, labels, options, data) VALUES (?,?,?,?,?,?,?)",
        &q, err);
    if (status) return status;
    char *labels = NULL, *options = NULL;
    status = akin_json_print(c->labels, AKIN_JSON_COMPACT, 17, &labels, err);
    if (!status) status = akin_json_print(c->options, AKIN_JSON_COMPACT, 17, &options, err);
    bind_text(q, 1, cell->id);
    sqlite3_bind_int(q, 2, at);
    bind_text(q, 3, c->name);
    sqlite3_bind_int64(q, 4, cell->seed);
    bind_text(q, 5, labels);
    bind_text(q, 6, options);
    bind_text(q, 7, c->data);
    status = status ? (sqlite3_finalize(q), status) : finish(db, q, err);
    free(labels);
    free(options);
    return status;
}

akin_status ak_study_store_cell(ak_study_store *db, const akin_study *s, int at, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    akin_status status = prepare(db, "SELECT options, data FROM cells WHERE id = ?", &q, err);
    if (status) return status;
    bind_text(q, 1, s->cells[at].id);
    const int code = sqlite3_step(q);
    const char *options = code == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
    const char *data = options ? (const char *)sqlite3_column_text(q, 1) : NULL;
    if (data)
        status = compare(db, &s->cells[at], &s->configs[s->cells[at].config], options, data, err);
    else if (code == SQLITE_ROW) /* none of these is NULL */
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %s", db->path);
    else if (code != SQLITE_DONE)
        status = broken(db, err);
    sqlite3_finalize(q);
    return status || code == SQLITE_ROW ? status : insert(db, s, at, err);
}

akin_status ak_study_store_state(ak_study_store *db, const char *id, ak_study_state *out, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    *out = (ak_study_state){ .status = "" };
    akin_status status = prepare(db, "SELECT status, seconds FROM cells WHERE id = ?", &q, err);
    if (status) return status;
    bind_text(q, 1, id);
    const int code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        snprintf(out->status, sizeof out->status, "%s", text ? text : "");
        if (!text) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %s", db->path);
        out->seconds = sqlite3_column_double(q, 1);
    } else if (code != SQLITE_DONE)
        status = broken(db, err);
    sqlite3_finalize(q);
    return status;
}

akin_status ak_study_store_mark(ak_study_store *db, const char *id, const char *state, double seconds,
                                const char *error, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    const akin_status status =
        prepare(db,
                "UPDATE cells SET status = ?2, seconds = ?3, error = ?4, finished = CASE ?2 WHEN 'done' THEN "
                "strftime('%Y-%m-%dT%H:%M:%SZ', 'now') END WHERE id = ?1",
                &q, err);
    if (status) return status;
    bind_text(q, 1, id);
    bind_text(q, 2, state);
    bind_real(q, 3, seconds);
    bind_text(q, 4, error);
    return finish(db, q, err);
}

/* Results and claims --------------------------------------------------------------------------------- */

akin_status ak_study_store_result(ak_study_store *db, const char *id, const char *measure,
                                  const char *command, const double *value, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    const akin_status status = prepare(db, "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", &q, err);
    if (status) return status;
    bind_text(q, 1, id);
    bind_text(q, 2, measure);
    bind_real(q, 3, value ? *value : NAN);
    bind_text(q, 4, command);
    return finish(db, q, err);
}

akin_status ak_study_store_value(ak_study_store *db, const char *id, const char *measure, const char *command,
                                 double *value, bool *found, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    *found = false;
    akin_status status = prepare(
        db, "SELECT value FROM results WHERE cell = ?1 AND measurement = ?2 AND (?3 IS NULL OR command = ?3)",
        &q, err);
    if (status) return status;
    bind_text(q, 1, id);
    bind_text(q, 2, measure);
    bind_text(q, 3, command);
    const int code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        *found = true;
        *value = sqlite3_column_type(q, 0) == SQLITE_NULL ? NAN : sqlite3_column_double(q, 0);
    } else if (code != SQLITE_DONE)
        status = broken(db, err);
    sqlite3_finalize(q);
    return status;
}

akin_status ak_study_store_claims_clear(ak_study_store *db, akin_error *err)
{
    return execute(db, "DELETE FROM claims", err);
}

akin_status ak_study_store_claim(ak_study_store *db, const char *name, const char *text, const akin_mean95 *d,
                                 const char *verdict, akin_error *err)
{
    sqlite3_stmt *q = NULL;
    const akin_status status =
        prepare(db, "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?, ?)", &q, err);
    if (status) return status;
    bind_text(q, 1, name);
    bind_text(q, 2, text);
    bind_text(q, 3, verdict);
    sqlite3_bind_int64(q, 4, d->n);
    bind_real(q, 5, d->mean);
    bind_real(q, 6, d->low);
    bind_real(q, 7, d->high);
    return finish(db, q, err);
}
