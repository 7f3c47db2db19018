/* SPDX-License-Identifier: Apache-2.0 */
/* study/file.c - the text of a study: JSON, every key known, every name that is used defined.
 *
 * What is wrong is told with its place, such as axes[1].values[0], before anything runs. The values of options are checked in
 * grid.c, where each combination is known. */
#include "study/study.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AXES = 8 };

akin_status study_fail(akin_error *err, akin_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (err) {
        err->status = status;
        vsnprintf(err->message, sizeof err->message, format, list);
    }
    va_end(list);
    return status;
}

const char *study_text(const study *s, const char *key)
{
    const char *text = json_string_value(json_object_get(s->root, key));
    return text ? text : "";
}

const char *study_scalar(const json_t *value, char *to, size_t size)
{
    if (json_is_string(value))
        snprintf(to, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(to, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(to, size, "%.15g", json_real_value(value));
    else
        snprintf(to, size, "%s", json_is_true(value) ? "1" : "");
    return to;
}

/* Places and rules -------------------------------------------------------------------------------------------- */

typedef struct place {
    const study *s;
    char at[256];
    akin_error *err;
} place;

static akin_status wrong(const place *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static akin_status wrong(const place *p, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return study_fail(p->err, AKIN_ERR_FORMAT, "%s: %s%s%s", p->s->source, p->at, *p->at ? ": " : "", text);
}

static place inside(const place *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static place inside(const place *p, const char *format, ...)
{
    place q = { .s = p->s, .err = p->err };
    const size_t n = (size_t)snprintf(q.at, sizeof q.at, "%s%s", p->at, *p->at && *format != '[' ? "." : "");
    va_list list;
    va_start(list, format);
    if (n < sizeof q.at) vsnprintf(q.at + n, sizeof q.at - n, format, list);
    va_end(list);
    return q;
}

static bool scalar(const json_t *v)
{
    return json_is_string(v) || json_is_number(v) || json_is_boolean(v) || json_is_null(v);
}

/* An object with keys of the list "a|b|c" only. */
static akin_status keys(const place *p, const json_t *o, const char *known)
{
    if (!json_is_object(o)) return wrong(p, "must be an object, {...}");
    char copy[256];
    const char *names[32], *key;
    int n = 0;
    json_t *value;
    snprintf(copy, sizeof copy, "%s", known);
    for (char *save, *name = strtok_r(copy, "|", &save); name && n < 31; name = strtok_r(NULL, "|", &save))
        names[n++] = name;
    names[n] = NULL;
    json_object_foreach((json_t *)o, key, value)
    {
        bool found = false;
        for (int i = 0; i < n; i++) found = found || strcmp(names[i], key) == 0;
        if (found) continue;
        const char *near = akin_nearest_name(key, names);
        return wrong(p, "unknown key '%s'%s%s%s", key, near ? "; did you mean '" : "", near ? near : "",
                     near ? "'?" : "");
    }
    return AKIN_OK;
}

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        const akin_status status_ = (call);                                                                  \
        if (status_) return status_;                                                                         \
    } while (0)

static akin_status text_of(const place *p, const json_t *o, const char *key, bool required)
{
    const json_t *v = json_object_get(o, key);
    if (!v && !required) return AKIN_OK;
    if (json_is_string(v) && *json_string_value(v)) return AKIN_OK;
    return wrong(p, v ? "'%s' must be a text that is not empty" : "'%s' is missing", key);
}

static akin_status scalars(const place *p, const json_t *o)
{
    const char *key;
    json_t *value;
    if (!json_is_object(o)) return wrong(p, "must be an object, {...}");
    json_object_foreach((json_t *)o, key, value)
    {
        if (!scalar(value)) return wrong(p, "'%s' must be a text, a number, true or false", key);
    }
    return AKIN_OK;
}

static akin_status texts_of(const place *p, const json_t *list)
{
    if (list && !json_is_array(list)) return wrong(p, "must be a list of arguments");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i))) return wrong(p, "argument %zu is not a text", i);
    return AKIN_OK;
}

/* [text, text, ...] that begins with a verb of the program; a run of its own only as a file. */
static akin_status command(const place *p, const json_t *list, bool may_train)
{
    if (!json_is_array(list) || !json_array_size(list))
        return wrong(p, "must be a list of arguments, such as [\"eval\", \"{run}\"]");
    TRY(texts_of(p, list));
    const char *first = json_string_value(json_array_get(list, 0)), *names[64];
    int n = 0;
    for (const cli_verb *const *v = cli_this_program()->verbs; *v && n < 63; v++)
        if (strcmp((*v)->name, "study") != 0 && (may_train || strcmp((*v)->name, "train") != 0))
            names[n++] = (*v)->name;
    names[n] = NULL;
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], first) == 0) return AKIN_OK;
    const char *near = akin_nearest_name(first, names);
    return wrong(p, "'%s' is no verb for this%s%s%s", first, near ? "; did you mean '" : "", near ? near : "",
                 near ? "'?" : "");
}

/* Parts ------------------------------------------------------------------------------------------------------- */

static akin_status check_seeds(const place *root, const json_t *seeds)
{
    const place p = inside(root, "seeds");
    if (!json_is_array(seeds) || !json_array_size(seeds)) return wrong(&p, "must be a list of whole numbers");
    for (size_t i = 0; i < json_array_size(seeds); i++) {
        const json_t *v = json_array_get(seeds, i);
        if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > 1LL << 53)
            return wrong(&p, "seed %zu is not a whole number from 0 to 2^53", i);
        for (size_t j = 0; j < i; j++)
            if (json_equal(v, json_array_get(seeds, j)))
                return wrong(&p, "%lld is there twice", (long long)json_integer_value(v));
    }
    return AKIN_OK;
}

static akin_status check_value(const place *p, const json_t *v)
{
    if (scalar(v) && !json_is_null(v)) return AKIN_OK;
    TRY(keys(p, v, "label|options|words|data"));
    TRY(text_of(p, v, "label", true));
    TRY(text_of(p, v, "data", false));
    const place options = inside(p, "options"), words = inside(p, "words");
    if (json_object_get(v, "options")) TRY(scalars(&options, json_object_get(v, "options")));
    if (json_object_get(v, "words")) TRY(scalars(&words, json_object_get(v, "words")));
    return AKIN_OK;
}

static const char *label_of(const json_t *v, char *to, size_t size)
{
    return study_scalar(json_is_object(v) ? json_object_get(v, "label") : v, to, size);
}

static akin_status check_axes(const place *root, const json_t *axes)
{
    const place all = inside(root, "axes");
    if (!json_is_array(axes) || json_array_size(axes) > MOST_AXES)
        return wrong(&all, "must be a list of at most %d axes", MOST_AXES);
    for (size_t i = 0; i < json_array_size(axes); i++) {
        const json_t *axis = json_array_get(axes, i), *values = json_object_get(axis, "values");
        const place p = inside(&all, "[%zu]", i);
        TRY(keys(&p, axis, "name|option|values"));
        TRY(text_of(&p, axis, "name", true));
        TRY(text_of(&p, axis, "option", false));
        const char *name = json_string_value(json_object_get(axis, "name"));
        if (strcmp(name, "seed") == 0 || strpbrk(name, "=,"))
            return wrong(&p, "'%s' cannot be the name of an axis", name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, json_string_value(json_object_get(json_array_get(axes, j), "name"))) == 0)
                return wrong(&p, "there is another axis '%s'", name);
        if (!json_is_array(values) || !json_array_size(values)) return wrong(&p, "'values' must be a list");
        for (size_t k = 0; k < json_array_size(values); k++) {
            const place at = inside(&p, "values[%zu]", k);
            TRY(check_value(&at, json_array_get(values, k)));
            char mine[128], other[128];
            label_of(json_array_get(values, k), mine, sizeof mine);
            for (size_t j = 0; j < k; j++)
                if (strcmp(mine, label_of(json_array_get(values, j), other, sizeof other)) == 0)
                    return wrong(&at, "the label '%s' is there twice", mine);
        }
    }
    return AKIN_OK;
}

static bool axis_has(const json_t *axes, const char *axis, const char *label, bool *axis_found)
{
    for (size_t i = 0; i < json_array_size(axes); i++) {
        const json_t *a = json_array_get(axes, i), *values = json_object_get(a, "values");
        if (strcmp(axis, json_string_value(json_object_get(a, "name"))) != 0) continue;
        *axis_found = true;
        char text[128];
        for (size_t k = 0; k < json_array_size(values); k++)
            if (strcmp(label, label_of(json_array_get(values, k), text, sizeof text)) == 0) return true;
    }
    return false;
}

static akin_status check_where(const place *p, const json_t *axes, const json_t *where)
{
    if (!where) return AKIN_OK;
    if (!json_is_object(where)) return wrong(p, "must be an object such as {\"loss\": \"ntxent\"}");
    const char *axis;
    json_t *wanted;
    json_object_foreach((json_t *)where, axis, wanted)
    {
        const size_t n = json_is_array(wanted) ? json_array_size(wanted) : 1;
        for (size_t i = 0; i < n; i++) {
            const json_t *one = json_is_array(wanted) ? json_array_get(wanted, i) : wanted;
            char label[128];
            bool found = false;
            if (!scalar(one)) return wrong(p, "'%s' must be a label or a list of labels", axis);
            if (axis_has(axes, axis, study_scalar(one, label, sizeof label), &found)) continue;
            return found ? wrong(p, "axis '%s' has no value '%s'", axis, label)
                         : wrong(p, "there is no axis '%s'", axis);
        }
    }
    return AKIN_OK;
}

static akin_status check_commands(const place *root, const char *key)
{
    const json_t *all = json_object_get(root->s->root, key);
    const place p = inside(root, "%s", key);
    const char *name;
    json_t *list;
    if (!all) return AKIN_OK;
    if (!json_is_object(all)) return wrong(&p, "must be an object of commands by name");
    json_object_foreach((json_t *)all, name, list)
    {
        const place at = inside(&p, "%s", name);
        if (!*name || *name == '.' || strpbrk(name, "/{}") || strncmp(name, "part.", 5) == 0 ||
            strcmp(name, "train") == 0)
            return wrong(&at, "cannot be a name");
        TRY(command(&at, list, strcmp(key, "files") == 0));
    }
    return AKIN_OK;
}

static bool has_measure(const study *s, const char *name)
{
    const json_t *all = json_object_get(s->root, "measures");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(name, json_string_value(json_object_get(json_array_get(all, i), "name"))) == 0)
            return true;
    return false;
}

static akin_status check_measure(const place *p, const json_t *m)
{
    TRY(keys(p, m, "name|from|path|after|rows|correlate|factor|digits|text|where"));
    TRY(text_of(p, m, "name", true));
    TRY(text_of(p, m, "from", true));
    const char *from = json_string_value(json_object_get(m, "from"));
    if (strcmp(from, "train") != 0 && !json_object_get(json_object_get(p->s->root, "tools"), from))
        return wrong(p, "'from' is '%s'; it must be \"train\" or a name of 'tools'", from);
    const json_t *pair = json_object_get(m, "correlate");
    TRY(text_of(p, m, "path", !pair));
    TRY(text_of(p, m, "rows", pair != NULL));
    TRY(text_of(p, m, "after", false));
    if (pair && (!json_is_array(pair) || json_array_size(pair) != 2 ||
                 !json_is_string(json_array_get(pair, 0)) || !json_is_string(json_array_get(pair, 1))))
        return wrong(p, "'correlate' must be two paths within a row of 'rows'");
    const json_t *factor = json_object_get(m, "factor"), *digits = json_object_get(m, "digits");
    if (factor && !json_is_number(factor)) return wrong(p, "'factor' must be a number");
    if (digits &&
        !(json_is_integer(digits) && json_integer_value(digits) >= 0 && json_integer_value(digits) <= 15))
        return wrong(p, "'digits' must be a whole number from 0 to 15");
    return AKIN_OK;
}

static akin_status check_measures(const place *root)
{
    const json_t *all = json_object_get(root->s->root, "measures");
    const place p = inside(root, "measures");
    if (!json_is_array(all) || !json_array_size(all)) return wrong(&p, "must be a list with a measurement");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const place at = inside(&p, "[%zu]", i);
        TRY(check_measure(&at, json_array_get(all, i)));
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_object_get(json_array_get(all, i), "name"),
                           json_object_get(json_array_get(all, j), "name")))
                return wrong(&at, "there is another measurement of this name");
    }
    return AKIN_OK;
}

static akin_status check_side(const place *p, const json_t *side, bool number)
{
    if (number && json_is_number(side)) return AKIN_OK;
    if (!side) return wrong(p, "is missing");
    TRY(keys(p, side, "measure|where|best|correlate"));
    TRY(text_of(p, side, "measure", true));
    TRY(text_of(p, side, "best", false));
    TRY(text_of(p, side, "correlate", false));
    const char *measure = json_string_value(json_object_get(side, "measure")),
               *best = json_string_value(json_object_get(side, "best")),
               *other = json_string_value(json_object_get(side, "correlate"));
    if (!has_measure(p->s, measure)) return wrong(p, "there is no measurement '%s'", measure);
    if (other && !has_measure(p->s, other)) return wrong(p, "there is no measurement '%s'", other);
    if (best && strcmp(best, "highest") != 0 && strcmp(best, "lowest") != 0)
        return wrong(p, "'best' must be \"highest\" or \"lowest\"");
    if (best && other) return wrong(p, "cannot have both 'best' and 'correlate'");
    const place at = inside(p, "where");
    return check_where(&at, json_object_get(p->s->root, "axes"), json_object_get(side, "where"));
}

static akin_status check_claims(const place *root)
{
    const json_t *all = json_object_get(root->s->root, "claims");
    const place p = inside(root, "claims");
    if (all && !json_is_array(all)) return wrong(&p, "must be a list");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *claim = json_array_get(all, i);
        const place at = inside(&p, "[%zu]", i), left = inside(&at, "left"), right = inside(&at, "right");
        TRY(keys(&at, claim, "name|text|left|right|expect|margin"));
        TRY(text_of(&at, claim, "name", true));
        TRY(text_of(&at, claim, "text", false));
        TRY(check_side(&left, json_object_get(claim, "left"), false));
        TRY(check_side(&right, json_object_get(claim, "right"), true));
        const char *expect = json_string_value(json_object_get(claim, "expect"));
        const json_t *margin = json_object_get(claim, "margin");
        if (!expect || (strcmp(expect, "greater") && strcmp(expect, "less") && strcmp(expect, "equal")))
            return wrong(&at, "'expect' must be \"greater\", \"less\" or \"equal\"");
        if (margin && !(json_is_number(margin) && json_number_value(margin) >= 0))
            return wrong(&at, "'margin' must be a number of at least 0");
        if (strcmp(expect, "equal") == 0 && !(json_number_value(margin) > 0))
            return wrong(&at, "\"equal\" needs a 'margin' above 0: how much is still the same");
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_object_get(claim, "name"), json_object_get(json_array_get(all, j), "name")))
                return wrong(&at, "there is another claim of this name");
    }
    return AKIN_OK;
}

static akin_status check_published(const place *root)
{
    const json_t *all = json_object_get(root->s->root, "published"),
                 *axes = json_object_get(root->s->root, "axes");
    const place p = inside(root, "published");
    if (all && !json_is_array(all)) return wrong(&p, "must be a list");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *row = json_array_get(all, i), *values = json_object_get(row, "values");
        const place at = inside(&p, "[%zu]", i), where = inside(&at, "where");
        TRY(keys(&at, row, "where|values|source"));
        TRY(check_where(&where, axes, json_object_get(row, "where")));
        TRY(text_of(&at, row, "source", false));
        if (!json_is_object(values)) return wrong(&at, "'values' must be numbers by measurement");
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)values, name, value)
        {
            if (!has_measure(p.s, name)) return wrong(&at, "there is no measurement '%s'", name);
            if (!json_is_number(value)) return wrong(&at, "'%s' must be a number", name);
        }
    }
    return AKIN_OK;
}

static akin_status check_skip(const place *root)
{
    const json_t *all = json_object_get(root->s->root, "skip");
    const place p = inside(root, "skip");
    if (all && !json_is_array(all)) return wrong(&p, "must be a list of combinations to leave out");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const place at = inside(&p, "[%zu]", i);
        TRY(check_where(&at, json_object_get(root->s->root, "axes"), json_array_get(all, i)));
        if (!json_object_size(json_array_get(all, i))) return wrong(&at, "would leave out everything");
    }
    return AKIN_OK;
}

akin_status study_parse(study *s, const char *source, const char *text, akin_error *err)
{
    json_error_t at;
    s->source = source;
    s->text = malloc(strlen(text) + 1);
    if (!s->text) return study_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
    strcpy(s->text, text);
    s->root = json_loads(text, JSON_REJECT_DUPLICATES, &at);
    if (!s->root)
        return study_fail(err, AKIN_ERR_FORMAT, "%s: line %d, column %d: %s", source, at.line, at.column,
                          at.text);
    const place root = { .s = s, .err = err };
    TRY(keys(
        &root, s->root,
        "name|title|text|paper|data|seeds|options|train|axes|skip|files|tools|measures|claims|published"));
    const char *texts[] = { "name", "title", "text", "paper", "data" };
    for (int i = 0; i < 5; i++) TRY(text_of(&root, s->root, texts[i], i == 0));
    const place options = inside(&root, "options");
    if (json_object_get(s->root, "options")) TRY(scalars(&options, json_object_get(s->root, "options")));
    const place train = inside(&root, "train");
    TRY(texts_of(&train, json_object_get(s->root, "train")));
    TRY(check_seeds(&root, json_object_get(s->root, "seeds")));
    if (json_object_get(s->root, "axes")) TRY(check_axes(&root, json_object_get(s->root, "axes")));
    TRY(check_skip(&root));
    TRY(check_commands(&root, "files"));
    TRY(check_commands(&root, "tools"));
    TRY(check_measures(&root));
    TRY(check_claims(&root));
    return check_published(&root);
}

void study_free(study *s)
{
    for (int i = 0; i < s->config_count; i++) {
        json_decref(s->configs[i].labels);
        json_decref(s->configs[i].options);
        json_decref(s->configs[i].words);
        free(s->configs[i].data);
    }
    free(s->configs);
    free(s->cells);
    json_decref(s->set);
    json_decref(s->root);
    free(s->data);
    free(s->text);
    memset(s, 0, sizeof *s);
}
