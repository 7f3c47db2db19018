/* SPDX-License-Identifier: Apache-2.0 */
/* study/path.c - a number out of a JSON document.
 *
 *     results[protocol=knn-v1,layer=backbone].top1     a member; the first element whose members are so
 *     metrics[-1].loss                                 an element by its place, from the end when negative
 *     groups[name=few].top1                            members may be texts, numbers, null, true, false
 *
 * A key with a dot in it is written within quotes: avg."2.5". With "after", the value is a text, and the
 * number that follows these characters in it is taken. */
#include "base/path.h"
#include "base/plain.h"
#include "study/study.h"

#include "akin/tool/difficulty.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 100000, MOST_BYTES = 256 << 20 };

/* Whether member `key` of o is written `want`. */
static bool member_is(const akin_json *o, const char *key, const char *want)
{
    const akin_json *v = akin_json_get(o, key);
    char text[256];
    if (akin_json_is_null(v)) return strcmp(want, "null") == 0;
    if (akin_json_is_bool(v)) return strcmp(want, akin_json_as_bool(v) ? "true" : "false") == 0;
    if (akin_json_is_number(v)) {
        char *end;
        const double x = ak_strtod(want, &end);
        return end != want && !*end && x == akin_json_as_real(v);
    }
    return akin_json_is_text(v) && strcmp(want, ak_study_scalar(v, text, sizeof text)) == 0;
}

/* "a=b,c=d" or a place. */
static const akin_json *element(const akin_json *list, char *inside)
{
    const size_t n = akin_json_length(list);
    if (!akin_json_is_array(list)) return NULL;
    if (!strchr(inside, '=')) {
        char *end;
        const long at = strtol(inside, &end, 10);
        if (end == inside || *end) return NULL;
        return akin_json_at(list, at < 0 ? n - (size_t)-at : (size_t)at);
    }
    for (size_t i = 0; i < n; i++) {
        char copy[256], *save = NULL;
        bool all = true;
        snprintf(copy, sizeof copy, "%s", inside);
        for (char *term = strtok_r(copy, ",", &save); term && all; term = strtok_r(NULL, ",", &save)) {
            char *equals = strchr(term, '=');
            if (!equals) return NULL;
            *equals = 0;
            all = member_is(akin_json_at(list, i), term, equals + 1);
        }
        if (all) return akin_json_at(list, i);
    }
    return NULL;
}

const akin_json *ak_study_find(const akin_json *at, const char *path)
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
        at = index ? element(at, part) : akin_json_get(at, part);
        if (*path == '.') path++;
    }
    return at;
}

static akin_status number(const akin_json *v, const char *path, const char *after, double *value, bool *null,
                          akin_error *err)
{
    *null = false;
    if (!v) return ak_fail(err, AKIN_ERR_INPUT, "there is nothing at %s", path);
    if (after && akin_json_is_text(v)) {
        const char *at = strstr(akin_json_as_text(v), after);
        char *end = NULL;
        if (at) *value = ak_strtod(at + strlen(after), &end);
        if (!at || end == at + strlen(after) || !isfinite(*value))
            return ak_fail(err, AKIN_ERR_INPUT, "no number follows '%s' in '%.120s' at %s", after,
                           akin_json_as_text(v), path);
        return AKIN_OK;
    }
    if (akin_json_is_null(v)) return *null = true, AKIN_OK;
    if (akin_json_is_bool(v)) return *value = akin_json_as_bool(v), AKIN_OK;
    if (!akin_json_is_number(v)) return ak_fail(err, AKIN_ERR_INPUT, "what is at %s is no number", path);
    *value = akin_json_as_real(v);
    return AKIN_OK;
}

/* Rank correlation of two figures over rows; rows that lack one of them are left out. */
static akin_status correlate(const akin_json *measure, const akin_json *document, double *value, bool *null,
                             akin_error *err)
{
    const char *rows = akin_json_get_text(measure, "rows");
    const akin_json *list = ak_study_find(document, rows), *pair = akin_json_get(measure, "correlate");
    const size_t n = akin_json_length(list);
    if (!akin_json_is_array(list)) return ak_fail(err, AKIN_ERR_INPUT, "there is no list at %s", rows);
    double *x = malloc((2 * n + 1) * sizeof *x);
    if (!x) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %zu rows", n);
    int64_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const akin_json *a = ak_study_find(akin_json_at(list, i), akin_json_as_text(akin_json_at(pair, 0))),
                        *b = ak_study_find(akin_json_at(list, i), akin_json_as_text(akin_json_at(pair, 1)));
        if (!akin_json_is_number(a) || !akin_json_is_number(b)) continue;
        x[used] = akin_json_as_real(a);
        x[n + (size_t)used++] = akin_json_as_real(b);
    }
    const akin_status status = used < 3 ? AKIN_OK : akin_rank_correlation(x, x + n, used, value, err);
    if (used < 3) *value = NAN; /* two points always agree or oppose */
    *null = !status && !isfinite(*value);
    free(x);
    return status;
}

akin_status ak_study_measure(const akin_json *measure, const akin_json *document, double *value, bool *null,
                             akin_error *err)
{
    akin_error why = { .message = "" };
    akin_status status;
    const char *path = akin_json_get_text(measure, "path");
    if (akin_json_get(measure, "correlate"))
        status = correlate(measure, document, value, null, &why);
    else
        status = number(ak_study_find(document, path), path, akin_json_get_text(measure, "after"), value,
                        null, &why);
    if (status)
        return ak_fail(err, status, "measurement '%s': %s", akin_json_get_text(measure, "name"), why.message);
    const akin_json *factor = akin_json_get(measure, "factor");
    if (factor && !*null) *value *= akin_json_as_real(factor);
    return AKIN_OK;
}

/* What a run's folder says --------------------------------------------------------------------------- */

/* RUN/NAME, and whether it is there. */
static akin_status find(const char *run, const char *name, char path[AK_STUDY_PATH], bool *there,
                        akin_error *err)
{
    snprintf(path, AK_STUDY_PATH, "%s/%s", run, name);
    return ak_look_stored(path, there, NULL, err);
}

/* A file that is there and cannot be read is no absent one. */
static akin_status unread(akin_status status) { return status == AKIN_ERR_INPUT ? AKIN_ERR_IO : status; }

/* The lines of a file, of which a run need not have one. */
static akin_status put_lines(akin_json *to, const char *key, const char *run, const char *name,
                             akin_error *err)
{
    char path[AK_STUDY_PATH];
    akin_json *list = NULL;
    bool there;
    AK_TRY(find(run, name, path, &there, err));
    if (there) AK_TRY(unread(akin_json_load_lines(path, MOST_BYTES, MOST_LINES, &list, err)));
    akin_json_put(to, key, there ? list : akin_json_array());
    return AKIN_OK;
}

/* The same of one value; a damaged one is left out. */
static akin_status put_value(akin_json *to, const char *key, const char *run, const char *name,
                             akin_error *err)
{
    char path[AK_STUDY_PATH];
    akin_json *value = NULL;
    bool there;
    AK_TRY(find(run, name, path, &there, err));
    const akin_status status = there ? akin_json_load(path, MOST_BYTES, 0, &value, err) : AKIN_OK;
    akin_json_put(to, key, value);
    return status == AKIN_ERR_FORMAT ? AKIN_OK : unread(status);
}

akin_status ak_study_run_document(const char *run, akin_json **document, akin_error *err)
{
    akin_json *o = akin_json_object();
    akin_status status = put_lines(o, "metrics", run, "metrics.jsonl", err);
    const akin_json *metrics = akin_json_get(o, "metrics");
    const size_t n = akin_json_length(metrics);
    if (n) akin_json_put(o, "last", akin_json_share(akin_json_at(metrics, n - 1)));
    if (!status) status = put_lines(o, "bounds", run, "bounds.jsonl", err);
    if (!status) status = put_value(o, "done", run, "DONE", err);
    if (!status) status = put_value(o, "run", run, "run.json", err);
    if (!status) status = akin_json_check(o, err);
    if (status)
        akin_json_free(o);
    else
        *document = o;
    return status;
}
