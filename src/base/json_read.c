/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_read.c - JSON values from files, and asking for them by path, by kind and by range. */
#include "akin/tool/json.h"

#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Files ----------------------------------------------------------------------------------------------- */

akin_status akin_json_load(const char *path, size_t limit, int flags, akin_json **to, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(path, limit, &text, &bytes, err));
    const akin_status status = akin_json_parse(text, bytes, path, flags, to, err);
    free(text);
    return status;
}

akin_status akin_json_line(const char *text, size_t bytes, size_t *at, akin_json **line, akin_error *err)
{
    AK_GIVEN(at, err);
    AK_GIVEN(line, err);
    *line = NULL;
    while (*at < bytes) {
        const char *begin = text + *at, *end = memchr(begin, '\n', bytes - *at);
        const size_t length = end ? (size_t)(end - begin) : bytes - *at;
        size_t blank = 0;
        while (blank < length && strchr(" \t\r", begin[blank])) blank++;
        *at += length + (end != NULL);
        if (blank < length) return akin_json_parse(begin, length, NULL, 0, line, err);
    }
    return ak_fail(err, AKIN_ERR_INPUT, "there is no further line");
}

akin_status akin_json_load_lines(const char *path, size_t limit, size_t most, akin_json **list,
                                 akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0, at = 0;
    AK_TRY(akin_file_load(path, limit, &text, &bytes, err));
    akin_json *all = akin_json_array(), *line;
    akin_status status = AKIN_OK;
    while (akin_json_length(all) < most && status != AKIN_ERR_NOMEM && status != AKIN_ERR_INPUT) {
        status = akin_json_line(text, bytes, &at, &line, err);
        akin_json_append(all, line);
    }
    free(text);
    if (status != AKIN_ERR_NOMEM) status = akin_json_check(all, err);
    if (status)
        akin_json_free(all);
    else
        *list = all;
    return status;
}

/* Ask ------------------------------------------------------------------------------------------------- */

/* One step of a path: "key" or "[3]", with the dot that may follow. NULL: there is no such value. */
static const akin_json *step(const akin_json *v, const char **path)
{
    const char *at = *path;
    if (*at == '[') {
        char *end = NULL;
        const unsigned long i = strtoul(at + 1, &end, 10);
        if (*end != ']') return NULL;
        *path = end + (end[1] == '.' ? 2 : 1);
        return akin_json_at(v, i);
    }
    char key[256];
    const size_t n = strcspn(at, ".[");
    if (n >= sizeof key) return NULL;
    memcpy(key, at, n);
    key[n] = 0;
    *path = at + n + (at[n] == '.');
    return akin_json_get(v, key);
}

akin_json *akin_json_find(const akin_json *v, const char *path)
{
    while (v && *path) v = step(v, &path);
    return (akin_json *)(uintptr_t)v;
}

const char *akin_json_get_text(const akin_json *object, const char *key)
{
    return akin_json_as_text(akin_json_get(object, key));
}

int64_t akin_json_get_int(const akin_json *object, const char *key)
{
    return akin_json_as_int(akin_json_get(object, key));
}

double akin_json_get_real(const akin_json *object, const char *key)
{
    const akin_json *v = akin_json_get(object, key);
    return akin_json_is_number(v) ? akin_json_as_real(v) : NAN;
}

bool akin_json_get_bool(const akin_json *object, const char *key)
{
    return akin_json_as_bool(akin_json_get(object, key));
}

const char *akin_json_kind_name(akin_json_kind kind)
{
    static const char *const NAMES[] = {
        [AKIN_JSON_ABSENT] = "nothing",     [AKIN_JSON_NULL] = "null",
        [AKIN_JSON_BOOL] = "true or false", [AKIN_JSON_INT] = "a whole number",
        [AKIN_JSON_REAL] = "a number",      [AKIN_JSON_TEXT] = "a text",
        [AKIN_JSON_ARRAY] = "an array",     [AKIN_JSON_OBJECT] = "an object",
    };
    return (unsigned)kind < sizeof NAMES / sizeof *NAMES ? NAMES[kind] : "nothing";
}

akin_status akin_json_read_value(const akin_json *v, const char *path, akin_json_kind kind, akin_json **to,
                                 akin_error *err)
{
    akin_json *found = akin_json_find(v, path);
    const akin_json_kind is = akin_json_kind_of(found);
    if (v && is != kind && akin_json_check(found ? found : v, NULL))
        return ak_fail(err, AKIN_ERR_NOMEM, "there was no memory for '%s'", path);
    if (!found) return ak_fail(err, AKIN_ERR_INPUT, "'%s' is missing", path);
    if (is != kind && !(kind == AKIN_JSON_REAL && is == AKIN_JSON_INT))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is %s; it must be %s", path, akin_json_kind_name(is),
                       akin_json_kind_name(kind));
    *to = found;
    return AKIN_OK;
}

akin_status akin_json_read_int(const akin_json *v, const char *path, int64_t least, int64_t most, int64_t *to,
                               akin_error *err)
{
    akin_json *found;
    AK_TRY(akin_json_read_value(v, path, AKIN_JSON_INT, &found, err));
    const int64_t x = akin_json_as_int(found);
    if (x < least || x > most)
        return ak_fail(err, AKIN_ERR_RANGE, "'%s' is %lld; it must be between %lld and %lld", path,
                       (long long)x, (long long)least, (long long)most);
    *to = x;
    return AKIN_OK;
}

akin_status akin_json_read_real(const akin_json *v, const char *path, double *to, akin_error *err)
{
    akin_json *found;
    AK_TRY(akin_json_read_value(v, path, AKIN_JSON_REAL, &found, err));
    *to = akin_json_as_real(found);
    return AKIN_OK;
}

akin_status akin_json_read_bool(const akin_json *v, const char *path, bool *to, akin_error *err)
{
    akin_json *found;
    AK_TRY(akin_json_read_value(v, path, AKIN_JSON_BOOL, &found, err));
    *to = akin_json_as_bool(found);
    return AKIN_OK;
}

akin_status akin_json_read_text(const akin_json *v, const char *path, const char **to, akin_error *err)
{
    akin_json *found;
    AK_TRY(akin_json_read_value(v, path, AKIN_JSON_TEXT, &found, err));
    *to = akin_json_as_text(found);
    return AKIN_OK;
}

akin_status akin_json_read_reals(const akin_json *v, const char *path, int64_t n, double *to, akin_error *err)
{
    akin_json *found, *item;
    AK_TRY(akin_json_read_value(v, path, AKIN_JSON_ARRAY, &found, err));
    if ((int64_t)akin_json_length(found) != n)
        return ak_fail(err, AKIN_ERR_RANGE, "'%s' holds %zu numbers; it must hold %lld", path,
                       akin_json_length(found), (long long)n);
    size_t i;
    AKIN_JSON_ITEMS(found, i, item)
    {
        char place[24];
        snprintf(place, sizeof place, "[%zu]", i);
        if (!akin_json_is_number(item))
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s%s' is %s; it must be a number", path, place,
                           akin_json_kind_name(akin_json_kind_of(item)));
    }
    for (i = 0; i < (size_t)n; i++) to[i] = akin_json_as_real(akin_json_at(found, i));
    return AKIN_OK;
}
