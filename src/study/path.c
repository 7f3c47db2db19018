/* SPDX-License-Identifier: Apache-2.0 */
/* study/path.c - a number out of a JSON document.
 *
 *     results[protocol=knn-v1,layer=backbone].top1     a member; the first element whose members are so
 *     metrics[-1].loss                                 an element by its place, from the end when negative
 *     groups[name=few].top1                            members may be texts, numbers, null, true, false
 *
 * A key with a dot in it is written within quotes: avg."2.5". With "after", the value is a text, and the number that follows
 * these characters in it is taken. */
#include "study/study.h"

#include "akin/tool/difficulty.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 100000, MOST_BYTES = 256 << 20 };

/* Whether member `key` of o is written `want`. */
static bool member_is(const json_t *o, const char *key, const char *want)
{
    const json_t *v = json_object_get(o, key);
    char text[256];
    if (json_is_null(v)) return strcmp(want, "null") == 0;
    if (json_is_boolean(v)) return strcmp(want, json_is_true(v) ? "true" : "false") == 0;
    if (json_is_number(v)) {
        char *end;
        const double x = strtod(want, &end);
        return end != want && !*end && x == json_number_value(v);
    }
    return json_is_string(v) && strcmp(want, study_scalar(v, text, sizeof text)) == 0;
}

/* "a=b,c=d" or a place. */
static const json_t *element(const json_t *list, char *inside)
{
    const size_t n = json_array_size(list);
    if (!json_is_array(list)) return NULL;
    if (!strchr(inside, '=')) {
        char *end;
        const long at = strtol(inside, &end, 10);
        if (end == inside || *end) return NULL;
        return json_array_get(list, at < 0 ? n - (size_t)-at : (size_t)at);
    }
    for (size_t i = 0; i < n; i++) {
        char copy[256], *save = NULL;
        bool all = true;
        snprintf(copy, sizeof copy, "%s", inside);
        for (char *term = strtok_r(copy, ",", &save); term && all; term = strtok_r(NULL, ",", &save)) {
            char *equals = strchr(term, '=');
            if (!equals) return NULL;
            *equals = 0;
            all = member_is(json_array_get(list, i), term, equals + 1);
        }
        if (all) return json_array_get(list, i);
    }
    return NULL;
}

/* The value at a path, NULL when there is none. */
static const json_t *find(const json_t *at, const char *path)
{
    while (*path && at) {
        char part[256];
        const bool quoted = *path == '"', index = *path == '[';
        if (quoted || index) path++;
        const size_t n = strcspn(path, quoted ? "\"" : index ? "]" : ".[");
        snprintf(part, sizeof part, "%.*s", (int)(n < sizeof part ? n : sizeof part - 1), path);
        path += n;
        if (quoted || index) {
            if (!*path) return NULL;
            path++;
        }
        at = index ? element(at, part) : json_object_get(at, part);
        if (*path == '.') path++;
    }
    return at;
}

static akin_status number(const json_t *v, const char *path, const char *after, double *value, bool *null,
                          akin_error *err)
{
    *null = false;
    if (!v) return study_fail(err, AKIN_ERR_INPUT, "there is nothing at %s", path);
    if (after && json_is_string(v)) {
        const char *at = strstr(json_string_value(v), after);
        char *end = NULL;
        if (at) *value = strtod(at + strlen(after), &end);
        if (!at || end == at + strlen(after) || !isfinite(*value))
            return study_fail(err, AKIN_ERR_INPUT, "no number follows '%s' in '%.120s' at %s", after,
                              json_string_value(v), path);
        return AKIN_OK;
    }
    if (json_is_null(v)) return *null = true, AKIN_OK;
    if (json_is_boolean(v)) return *value = json_is_true(v), AKIN_OK;
    if (!json_is_number(v)) return study_fail(err, AKIN_ERR_INPUT, "what is at %s is no number", path);
    *value = json_number_value(v);
    return AKIN_OK;
}

/* Rank correlation of two figures over rows; rows that lack one of them are left out. */
static akin_status correlate(const json_t *measure, const json_t *document, double *value, bool *null,
                             akin_error *err)
{
    const char *rows = json_string_value(json_object_get(measure, "rows"));
    const json_t *list = find(document, rows), *pair = json_object_get(measure, "correlate");
    const size_t n = json_array_size(list);
    if (!json_is_array(list)) return study_fail(err, AKIN_ERR_INPUT, "there is no list at %s", rows);
    double *x = malloc((2 * n + 1) * sizeof *x);
    if (!x) return study_fail(err, AKIN_ERR_NOMEM, "no memory for %zu rows", n);
    int64_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *a = find(json_array_get(list, i), json_string_value(json_array_get(pair, 0))),
                     *b = find(json_array_get(list, i), json_string_value(json_array_get(pair, 1)));
        if (!json_is_number(a) || !json_is_number(b)) continue;
        x[used] = json_number_value(a);
        x[n + (size_t)used++] = json_number_value(b);
    }
    const akin_status status = used < 3 ? AKIN_OK : akin_rank_correlation(x, x + n, used, value, err);
    if (used < 3) *value = NAN; /* two points always agree or oppose */
    *null = !status && !isfinite(*value);
    free(x);
    return status;
}

akin_status study_measure(const json_t *measure, const json_t *document, double *value, bool *null,
                          akin_error *err)
{
    akin_error why = { .message = "" };
    akin_status status;
    const char *path = json_string_value(json_object_get(measure, "path"));
    if (json_object_get(measure, "correlate"))
        status = correlate(measure, document, value, null, &why);
    else
        status = number(find(document, path), path, json_string_value(json_object_get(measure, "after")),
                        value, null, &why);
    if (status)
        return study_fail(err, status, "measurement '%s': %s",
                          json_string_value(json_object_get(measure, "name")), why.message);
    const json_t *factor = json_object_get(measure, "factor");
    if (factor && !*null) *value *= json_number_value(factor);
    return AKIN_OK;
}

/* What a run's folder says -------------------------------------------------------------------------------------- */

static json_t *lines(const char *run, const char *name)
{
    char path[STUDY_PATH], *text = NULL;
    json_t *list = json_array();
    snprintf(path, sizeof path, "%s/%s", run, name);
    if (akin_file_load(path, MOST_BYTES, &text, NULL, NULL)) return list;
    for (const char *line = text; *line && json_array_size(list) < MOST_LINES;) {
        const size_t n = strcspn(line, "\n");
        json_t *o = json_loadb(line, n, 0, NULL);
        if (o) json_array_append_new(list, o);
        line += n + (line[n] == '\n');
    }
    free(text);
    return list;
}

json_t *study_run_document(const char *run)
{
    char path[STUDY_PATH];
    json_t *o = json_object(), *metrics = lines(run, "metrics.jsonl");
    const size_t n = json_array_size(metrics);
    if (n) json_object_set(o, "last", json_array_get(metrics, n - 1));
    json_object_set_new(o, "metrics", metrics);
    json_object_set_new(o, "bounds", lines(run, "bounds.jsonl"));
    snprintf(path, sizeof path, "%s/DONE", run);
    json_t *done = json_load_file(path, 0, NULL);
    if (done) json_object_set_new(o, "done", done);
    snprintf(path, sizeof path, "%s/run.json", run);
    json_t *record = json_load_file(path, 0, NULL);
    if (record) json_object_set_new(o, "run", record);
    return o;
}
