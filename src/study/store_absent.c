/* SPDX-License-Identifier: Apache-2.0 */
/* study/store_absent.c - in a build without SQLite: there is no study.sqlite, and whoever opens one is told
 * why. */
#include "study/study.h"

akin_status ak_study_store_open(const char *path, bool write, ak_study_store **out, akin_error *err)
{
    (void)path, (void)write, (void)out;
    return akin_build_need("SQLite", err);
}

void ak_study_store_close(ak_study_store *db) { (void)db; }

akin_status ak_study_store_begin(ak_study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_commit(ak_study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_get(ak_study_store *db, const char *key, char **value, akin_error *err)
{
    (void)db, (void)key, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_put(ak_study_store *db, const char *key, const char *value, akin_error *err)
{
    (void)db, (void)key, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_cell(ak_study_store *db, const akin_study *s, int cell, akin_error *err)
{
    (void)db, (void)s, (void)cell;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_state(ak_study_store *db, const char *id, ak_study_state *out, akin_error *err)
{
    (void)db, (void)id, (void)out;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_mark(ak_study_store *db, const char *id, const char *status, double seconds,
                                const char *error, akin_error *err)
{
    (void)db, (void)id, (void)status, (void)seconds, (void)error;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_result(ak_study_store *db, const char *id, const char *measure,
                                  const char *command, const double *value, akin_error *err)
{
    (void)db, (void)id, (void)measure, (void)command, (void)value;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_value(ak_study_store *db, const char *id, const char *measure, const char *command,
                                 double *value, bool *found, akin_error *err)
{
    (void)db, (void)id, (void)measure, (void)command, (void)value, (void)found;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_claims_clear(ak_study_store *db, akin_error *err)
{
    (void)db;
    return akin_build_need("SQLite", err);
}

akin_status ak_study_store_claim(ak_study_store *db, const char *name, const char *text, const akin_mean95 *d,
                                 const char *verdict, akin_error *err)
{
    (void)db, (void)name, (void)text, (void)d, (void)verdict;
    return akin_build_need("SQLite", err);
}
