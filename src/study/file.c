/* SPDX-License-Identifier: Apache-2.0 */
/* study/file.c - the text of a study: JSON, every key known, every name that is used defined.
 *
 * What is wrong is told with its place, such as axes[1].values[0], before anything runs. The values of
 * options are checked in grid.c, where each combination is known. */
#include "base/plain.h"
#include "study/study.h"
#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AXES = 8 };

const char *ak_study_text(const akin_study *s, const char *key)
{
    const char *text = akin_json_get_text(s->root, key);
    return text ? text : "";
}

const char *ak_study_scalar(const akin_json *value, char *to, size_t size)
{
    if (akin_json_is_text(value))
        snprintf(to, size, "%s", akin_json_as_text(value));
    else if (akin_json_is_int(value))
        snprintf(to, size, "%lld", (long long)akin_json_as_int(value));
    else if (akin_json_is_real(value))
        ak_snprintf(to, size, "%.15g", akin_json_as_real(value));
    else
        snprintf(to, size, "%s", akin_json_as_bool(value) ? "1" : "");
    return to;
}

/* Places and rules ----------------------------------------------------------------------------------- */

typedef struct place {
    const akin_study *s;
    char at[256];
    akin_error *err;
} place;

static akin_status wrong(const place *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static akin_status wrong(const place *p, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    akin_vformat(text, sizeof text, format, list);
    va_end(list);
    return ak_fail(p->err, AKIN_ERR_FORMAT, "%s: %s%s%s", p->s->source, p->at, *p->at ? ": " : "", text);
}

static place inside(const place *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static place inside(const place *p, const char *format, ...)
{
    place q = { .s = p->s, .err = p->err };
    const size_t n = (size_t)snprintf(q.at, sizeof q.at, "%s%s", p->at, *p->at && *format != '[' ? "." : "");
    va_list list;
    va_start(list, format);
    if (n < sizeof q.at) akin_vformat(q.at + n, sizeof q.at - n, format, list);
    va_end(list);
    return q;
}

static bool scalar(const akin_json *v)
{
    return akin_json_is_text(v) || akin_json_is_number(v) || akin_json_is_bool(v) || akin_json_is_null(v);
}

/* An object with keys of the list "a|b|c" only. */
static akin_status keys(const place *p, const akin_json *o, const char *known)
{
    if (!akin_json_is_object(o)) return wrong(p, "must be an object, {...}");
    char copy[256];
    const char *names[32], *key;
    int n = 0;
    akin_json *value;
    snprintf(copy, sizeof copy, "%s", known);
    for (char *save, *name = strtok_r(copy, "|", &save); name && n < 31; name = strtok_r(NULL, "|", &save))
        names[n++] = name;
    names[n] = NULL;
    AKIN_JSON_EACH((akin_json *)o, key, value)
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

static akin_status text_of(const place *p, const akin_json *o, const char *key, bool required)
{
    const akin_json *v = akin_json_get(o, key);
    if (!v && !required) return AKIN_OK;
    if (akin_json_is_text(v) && *akin_json_as_text(v)) return AKIN_OK;
    return wrong(p, v ? "'%s' must be a text that is not empty" : "'%s' is missing", key);
}

static akin_status scalars(const place *p, const akin_json *o)
{
    const char *key;
    akin_json *value;
    if (!akin_json_is_object(o)) return wrong(p, "must be an object, {...}");
    AKIN_JSON_EACH((akin_json *)o, key, value)
    {
        if (!scalar(value)) return wrong(p, "'%s' must be a text, a number, true or false", key);
    }
    return AKIN_OK;
}

static akin_status texts_of(const place *p, const akin_json *list)
{
    if (list && !akin_json_is_array(list)) return wrong(p, "must be a list of arguments");
    for (size_t i = 0; i < akin_json_length(list); i++)
        if (!akin_json_is_text(akin_json_at(list, i))) return wrong(p, "argument %zu is not a text", i);
    return AKIN_OK;
}

/* [text, text, ...] that begins with a verb of the program; a run of its own only as a file. */
static akin_status command(const place *p, const akin_json *list, bool may_train)
{
    if (!akin_json_is_array(list) || !akin_json_length(list))
        return wrong(p, "must be a list of arguments, such as [\"eval\", \"{run}\"]");
    AK_TRY(texts_of(p, list));
    const char *first = akin_json_as_text(akin_json_at(list, 0)), *names[64];
    const char *const *verbs = p->s->opts.verbs;
    int n = 0;
    for (int i = 0; verbs && verbs[i] && n < 63; i++)
        if (strcmp(verbs[i], "study") != 0 && (may_train || strcmp(verbs[i], "train") != 0))
            names[n++] = verbs[i];
    names[n] = NULL;
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], first) == 0) return AKIN_OK;
    if (!verbs) return AKIN_OK;
    const char *near = akin_nearest_name(first, names);
    return wrong(p, "'%s' is no verb for this%s%s%s", first, near ? "; did you mean '" : "", near ? near : "",
                 near ? "'?" : "");
}

/* Parts ---------------------------------------------------------------------------------------------- */

static akin_status check_seeds(const place *root, const akin_json *seeds)
{
    const place p = inside(root, "seeds");
    if (!akin_json_is_array(seeds) || !akin_json_length(seeds))
        return wrong(&p, "must be a list of whole numbers");
    for (size_t i = 0; i < akin_json_length(seeds); i++) {
        const akin_json *v = akin_json_at(seeds, i);
        if (!akin_json_is_int(v) || akin_json_as_int(v) < 0 || akin_json_as_int(v) > 1LL << 53)
            return wrong(&p, "seed %zu is not a whole number from 0 to 2^53", i);
        for (size_t j = 0; j < i; j++)
            if (akin_json_equal(v, akin_json_at(seeds, j)))
                return wrong(&p, "%lld is there twice", (long long)akin_json_as_int(v));
    }
    return AKIN_OK;
}

static akin_status check_value(const place *p, const akin_json *v)
{
    if (scalar(v) && !akin_json_is_null(v)) return AKIN_OK;
    AK_TRY(keys(p, v, "label|options|words|data"));
    AK_TRY(text_of(p, v, "label", true));
    AK_TRY(text_of(p, v, "data", false));
    const place options = inside(p, "options"), words = inside(p, "words");
    if (akin_json_get(v, "options")) AK_TRY(scalars(&options, akin_json_get(v, "options")));
    if (akin_json_get(v, "words")) AK_TRY(scalars(&words, akin_json_get(v, "words")));
    return AKIN_OK;
}

static const char *label_of(const akin_json *v, char *to, size_t size)
{
    return ak_study_scalar(akin_json_is_object(v) ? akin_json_get(v, "label") : v, to, size);
}

static akin_status check_axes(const place *root, const akin_json *axes)
{
    const place all = inside(root, "axes");
    if (!akin_json_is_array(axes) || akin_json_length(axes) > MOST_AXES)
        return wrong(&all, "must be a list of at most %d axes", MOST_AXES);
    for (size_t i = 0; i < akin_json_length(axes); i++) {
        const akin_json *axis = akin_json_at(axes, i), *values = akin_json_get(axis, "values");
        const place p = inside(&all, "[%zu]", i);
        AK_TRY(keys(&p, axis, "name|option|values"));
        AK_TRY(text_of(&p, axis, "name", true));
        AK_TRY(text_of(&p, axis, "option", false));
        const char *name = akin_json_get_text(axis, "name");
        if (strcmp(name, "seed") == 0 || strpbrk(name, "=,"))
            return wrong(&p, "'%s' cannot be the name of an axis", name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, akin_json_get_text(akin_json_at(axes, j), "name")) == 0)
                return wrong(&p, "there is another axis '%s'", name);
        if (!akin_json_is_array(values) || !akin_json_length(values))
            return wrong(&p, "'values' must be a list");
        for (size_t k = 0; k < akin_json_length(values); k++) {
            const place at = inside(&p, "values[%zu]", k);
            AK_TRY(check_value(&at, akin_json_at(values, k)));
            char mine[128], other[128];
            label_of(akin_json_at(values, k), mine, sizeof mine);
            for (size_t j = 0; j < k; j++)
                if (strcmp(mine, label_of(akin_json_at(values, j), other, sizeof other)) == 0)
                    return wrong(&at, "the label '%s' is there twice", mine);
        }
    }
    return AKIN_OK;
}

static bool axis_has(const akin_json *axes, const char *axis, const char *label, bool *axis_found)
{
    for (size_t i = 0; i < akin_json_length(axes); i++) {
        const akin_json *a = akin_json_at(axes, i), *values = akin_json_get(a, "values");
        if (strcmp(axis, akin_json_get_text(a, "name")) != 0) continue;
        *axis_found = true;
        char text[128];
        for (size_t k = 0; k < akin_json_length(values); k++)
            if (strcmp(label, label_of(akin_json_at(values, k), text, sizeof text)) == 0) return true;
    }
    return false;
}

static akin_status check_where(const place *p, const akin_json *axes, const akin_json *where)
{
    if (!where) return AKIN_OK;
    if (!akin_json_is_object(where)) return wrong(p, "must be an object such as {\"loss\": \"ntxent\"}");
    const char *axis;
    akin_json *wanted;
    AKIN_JSON_EACH((akin_json *)where, axis, wanted)
    {
        const size_t n = akin_json_is_array(wanted) ? akin_json_length(wanted) : 1;
        for (size_t i = 0; i < n; i++) {
            const akin_json *one = akin_json_is_array(wanted) ? akin_json_at(wanted, i) : wanted;
            char label[128];
            bool found = false;
            if (!scalar(one)) return wrong(p, "'%s' must be a label or a list of labels", axis);
            if (axis_has(axes, axis, ak_study_scalar(one, label, sizeof label), &found)) continue;
            return found ? wrong(p, "axis '%s' has no value '%s'", axis, label)
                         : wrong(p, "there is no axis '%s'", axis);
        }
    }
    return AKIN_OK;
}

static akin_status check_commands(const place *root, const char *key)
{
    const akin_json *all = akin_json_get(root->s->root, key);
    const place p = inside(root, "%s", key);
    const char *name;
    akin_json *list;
    if (!all) return AKIN_OK;
    if (!akin_json_is_object(all)) return wrong(&p, "must be an object of commands by name");
    AKIN_JSON_EACH((akin_json *)all, name, list)
    {
        const place at = inside(&p, "%s", name);
        if (!*name || *name == '.' || strpbrk(name, "/{}") || strncmp(name, "part.", 5) == 0 ||
            strcmp(name, "train") == 0)
            return wrong(&at, "cannot be a name");
        AK_TRY(command(&at, list, strcmp(key, "files") == 0));
    }
    return AKIN_OK;
}

static bool has_measure(const akin_study *s, const char *name)
{
    const akin_json *all = akin_json_get(s->root, "measures");
    for (size_t i = 0; i < akin_json_length(all); i++)
        if (strcmp(name, akin_json_get_text(akin_json_at(all, i), "name")) == 0) return true;
    return false;
}

static akin_status check_measure(const place *p, const akin_json *m)
{
    AK_TRY(keys(p, m, "name|from|path|after|rows|correlate|factor|digits|text|where"));
    AK_TRY(text_of(p, m, "name", true));
    AK_TRY(text_of(p, m, "from", true));
    const char *from = akin_json_get_text(m, "from");
    if (strcmp(from, "train") != 0 && !akin_json_get(akin_json_get(p->s->root, "tools"), from))
        return wrong(p, "'from' is '%s'; it must be \"train\" or a name of 'tools'", from);
    const akin_json *pair = akin_json_get(m, "correlate");
    AK_TRY(text_of(p, m, "path", !pair));
    AK_TRY(text_of(p, m, "rows", pair != NULL));
    AK_TRY(text_of(p, m, "after", false));
    if (pair && (!akin_json_is_array(pair) || akin_json_length(pair) != 2 ||
                 !akin_json_is_text(akin_json_at(pair, 0)) || !akin_json_is_text(akin_json_at(pair, 1))))
        return wrong(p, "'correlate' must be two paths within a row of 'rows'");
    const akin_json *factor = akin_json_get(m, "factor"), *digits = akin_json_get(m, "digits");
    if (factor && !akin_json_is_number(factor)) return wrong(p, "'factor' must be a number");
    if (digits &&
        !(akin_json_is_int(digits) && akin_json_as_int(digits) >= 0 && akin_json_as_int(digits) <= 15))
        return wrong(p, "'digits' must be a whole number from 0 to 15");
    return AKIN_OK;
}

static akin_status check_measures(const place *root)
{
    const akin_json *all = akin_json_get(root->s->root, "measures");
    const place p = inside(root, "measures");
    if (!akin_json_is_array(all) || !akin_json_length(all))
        return wrong(&p, "must be a list with a measurement");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const place at = inside(&p, "[%zu]", i);
        AK_TRY(check_measure(&at, akin_json_at(all, i)));
        for (size_t j = 0; j < i; j++)
            if (akin_json_equal(akin_json_get(akin_json_at(all, i), "name"),
                                akin_json_get(akin_json_at(all, j), "name")))
                return wrong(&at, "there is another measurement of this name");
    }
    return AKIN_OK;
}

static akin_status check_side(const place *p, const akin_json *side, bool number)
{
    if (number && akin_json_is_number(side)) return AKIN_OK;
    if (!side) return wrong(p, "is missing");
    AK_TRY(keys(p, side, "measure|where|best|correlate"));
    AK_TRY(text_of(p, side, "measure", true));
    AK_TRY(text_of(p, side, "best", false));
    AK_TRY(text_of(p, side, "correlate", false));
    const char *measure = akin_json_get_text(side, "measure"), *best = akin_json_get_text(side, "best"),
               *other = akin_json_get_text(side, "correlate");
    if (!has_measure(p->s, measure)) return wrong(p, "there is no measurement '%s'", measure);
    if (other && !has_measure(p->s, other)) return wrong(p, "there is no measurement '%s'", other);
    if (best && strcmp(best, "highest") != 0 && strcmp(best, "lowest") != 0)
        return wrong(p, "'best' must be \"highest\" or \"lowest\"");
    if (best && other) return wrong(p, "cannot have both 'best' and 'correlate'");
    const place at = inside(p, "where");
    return check_where(&at, akin_json_get(p->s->root, "axes"), akin_json_get(side, "where"));
}

static akin_status check_claims(const place *root)
{
    const akin_json *all = akin_json_get(root->s->root, "claims");
    const place p = inside(root, "claims");
    if (all && !akin_json_is_array(all)) return wrong(&p, "must be a list");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const akin_json *claim = akin_json_at(all, i);
        const place at = inside(&p, "[%zu]", i), left = inside(&at, "left"), right = inside(&at, "right");
        AK_TRY(keys(&at, claim, "name|text|left|right|expect|margin"));
        AK_TRY(text_of(&at, claim, "name", true));
        AK_TRY(text_of(&at, claim, "text", false));
        AK_TRY(check_side(&left, akin_json_get(claim, "left"), false));
        AK_TRY(check_side(&right, akin_json_get(claim, "right"), true));
        const char *expect = akin_json_get_text(claim, "expect");
        const akin_json *margin = akin_json_get(claim, "margin");
        if (!expect || (strcmp(expect, "greater") && strcmp(expect, "less") && strcmp(expect, "equal")))
            return wrong(&at, "'expect' must be \"greater\", \"less\" or \"equal\"");
        if (margin && !(akin_json_is_number(margin) && akin_json_as_real(margin) >= 0))
            return wrong(&at, "'margin' must be a number of at least 0");
        if (strcmp(expect, "equal") == 0 && !(akin_json_as_real(margin) > 0))
            return wrong(&at, "\"equal\" needs a 'margin' above 0: how much is still the same");
        for (size_t j = 0; j < i; j++)
            if (akin_json_equal(akin_json_get(claim, "name"), akin_json_get(akin_json_at(all, j), "name")))
                return wrong(&at, "there is another claim of this name");
    }
    return AKIN_OK;
}

static akin_status check_published(const place *root)
{
    const akin_json *all = akin_json_get(root->s->root, "published"),
                    *axes = akin_json_get(root->s->root, "axes");
    const place p = inside(root, "published");
    if (all && !akin_json_is_array(all)) return wrong(&p, "must be a list");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const akin_json *row = akin_json_at(all, i), *values = akin_json_get(row, "values");
        const place at = inside(&p, "[%zu]", i), where = inside(&at, "where");
        AK_TRY(keys(&at, row, "where|values|source"));
        AK_TRY(check_where(&where, axes, akin_json_get(row, "where")));
        AK_TRY(text_of(&at, row, "source", false));
        if (!akin_json_is_object(values)) return wrong(&at, "'values' must be numbers by measurement");
        const char *name;
        akin_json *value;
        AKIN_JSON_EACH((akin_json *)values, name, value)
        {
            if (!has_measure(p.s, name)) return wrong(&at, "there is no measurement '%s'", name);
            if (!akin_json_is_number(value)) return wrong(&at, "'%s' must be a number", name);
        }
    }
    return AKIN_OK;
}

static akin_status check_skip(const place *root)
{
    const akin_json *all = akin_json_get(root->s->root, "skip");
    const place p = inside(root, "skip");
    if (all && !akin_json_is_array(all)) return wrong(&p, "must be a list of combinations to leave out");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const place at = inside(&p, "[%zu]", i);
        AK_TRY(check_where(&at, akin_json_get(root->s->root, "axes"), akin_json_at(all, i)));
        if (!akin_json_keys(akin_json_at(all, i))) return wrong(&at, "would leave out everything");
    }
    return AKIN_OK;
}

akin_status ak_study_parse(akin_study *s, const char *source, const char *text, akin_error *err)
{
    s->source = source;
    s->text = malloc(strlen(text) + 1);
    if (!s->text) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
    strcpy(s->text, text);
    AK_TRY(akin_json_parse(text, strlen(text), source, AKIN_JSON_UNIQUE, &s->root, err));
    const place root = { .s = s, .err = err };
    AK_TRY(keys(
        &root, s->root,
        "name|title|text|paper|data|seeds|options|train|axes|skip|files|tools|measures|claims|published"));
    const char *texts[] = { "name", "title", "text", "paper", "data" };
    for (int i = 0; i < 5; i++) AK_TRY(text_of(&root, s->root, texts[i], i == 0));
    const place options = inside(&root, "options");
    if (akin_json_get(s->root, "options")) AK_TRY(scalars(&options, akin_json_get(s->root, "options")));
    const place train = inside(&root, "train");
    AK_TRY(texts_of(&train, akin_json_get(s->root, "train")));
    AK_TRY(check_seeds(&root, akin_json_get(s->root, "seeds")));
    if (akin_json_get(s->root, "axes")) AK_TRY(check_axes(&root, akin_json_get(s->root, "axes")));
    AK_TRY(check_skip(&root));
    AK_TRY(check_commands(&root, "files"));
    AK_TRY(check_commands(&root, "tools"));
    AK_TRY(check_measures(&root));
    AK_TRY(check_claims(&root));
    return check_published(&root);
}

void ak_study_clear(akin_study *s)
{
    for (int i = 0; i < s->config_count; i++) {
        akin_json_free(s->configs[i].labels);
        akin_json_free(s->configs[i].options);
        akin_json_free(s->configs[i].words);
        free(s->configs[i].data);
    }
    free(s->configs);
    free(s->cells);
    free(s->chosen);
    akin_json_free(s->set);
    akin_json_free(s->root);
    free(s->data);
    free(s->text);
    s->configs = NULL;
    s->cells = NULL;
    s->chosen = NULL;
    s->config_count = s->cell_count = 0;
    s->set = s->root = NULL;
    s->data = s->text = NULL;
}
