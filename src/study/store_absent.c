/* SPDX-License-Identifier: Apache-2.0 */
/* study/store_absent.c - in a build without SQLite: there is no study.sqlite, and whoever opens one is told why. */
#include "study/study.h"

akin_status study_store_open(const char *path, bool write, study_store **out, akin_error *err)
{
    (void)path, (void)write, (void)out;
    return akin_build_need("SQLite", err);
}

void study_store_close(study_store *db) { (void)db; }

akin_status study_store_begin(study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status study_store_commit(study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status study_store_get(study_store *db, const char *key, char **value, akin_error *err)
{
    (void)db, (void)key, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status study_store_put(study_store *db, const char *key, const char *value, akin_error *err)
{
    (void)db, (void)key, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status study_store_cell(study_store *db, const study *s, int cell, akin_error *err)
{
    (void)db, (void)s, (void)cell;
    return akin_build_need("SQLite", err);
}

akin_status study_store_state(study_store *db, const char *id, study_state *out, akin_error *err)
{
    (void)db, (void)id, (void)out;
    return akin_build_need("SQLite", err);
}

akin_status study_store_mark(study_store *db, const char *id, const char *status, double seconds,
                             const char *error, akin_error *err)
{
    (void)db, (void)id, (void)status, (void)seconds, (void)error;
    return akin_build_need("SQLite", err);
}

akin_status study_store_result(study_store *db, const char *id, const char *measure, const char *command,
                               const double *value, akin_error *err)
{
    (void)db, (void)id, (void)measure, (void)command, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status study_store_value(study_store *db, const char *id, const char *measure, const char *command,
                              double *value, bool *found, akin_error *err)
{
    (void)db, (void)id, (void)measure, (void)command, (void)value, (void)found;
    return akin_build_need("SQLite", err);
}

akin_status study_store_claims_clear(study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status study_store_claim(study_store *db, const char *name, const char *text, const akin_mean95 *d,
                              const char *verdict, akin_error *err)
{
    (void)db, (void)name, (void)text, (void)d, (void)verdict;
    return akin_build_need("SQLite", err);
}
