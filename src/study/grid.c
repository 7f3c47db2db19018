/* SPDX-License-Identifier: Apache-2.0 */
/* study/grid.c - the cells of a study: each combination of values of its axes with each seed.
 *
 * Options of training come from, the later winning: "options", --set, then the axes in their order.
 * "epochs" and "warmup" are multiplied by --scale, unless "budget" or "steps" says how long a run is. The
 * seeds are the slow index: after the first round every configuration has been run once. */
#include "base/plain.h"
#include "study/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 10000 };

static const akin_json *axis_at(const akin_study *s, size_t i)
{
    return akin_json_at(akin_json_get(s->root, "axes"), i);
}

bool ak_study_where(const akin_json *where, const akin_json *labels)
{
    const char *axis;
    akin_json *wanted;
    AKIN_JSON_EACH((akin_json *)where, axis, wanted)
    {
        const char *have = akin_json_get_text(labels, axis);
        const size_t n = akin_json_is_array(wanted) ? akin_json_length(wanted) : 1;
        bool match = false;
        char text[128];
        for (size_t i = 0; i < n && have; i++)
            match =
                match ||
                strcmp(have, ak_study_scalar(akin_json_is_array(wanted) ? akin_json_at(wanted, i) : wanted,
                                             text, sizeof text)) == 0;
        if (!match) return false;
    }
    return true;
}

static bool skipped(const akin_study *s, const akin_json *labels)
{
    const akin_json *all = akin_json_get(s->root, "skip");
    for (size_t i = 0; i < akin_json_length(all); i++)
        if (ak_study_where(akin_json_at(all, i), labels)) return true;
    return false;
}

/* Options -------------------------------------------------------------------------------------------- */

static void put(akin_json *options, const char *name, const akin_json *value)
{
    char text[1024];
    ak_study_scalar(value, text, sizeof text);
    if (*text)
        akin_json_put(options, name, akin_json_text(text));
    else
        akin_json_remove(options, name); /* false and null: not given */
}

static void put_all(akin_json *options, const akin_json *more)
{
    const char *name;
    akin_json *value;
    AKIN_JSON_EACH((akin_json *)more, name, value) put(options, name, value);
}

static void scale(akin_json *options, double factor)
{
    const char *epochs = akin_json_get_text(options, "epochs"),
               *warmup = akin_json_get_text(options, "warmup");
    const akin_opt_desc *o;
    if (akin_json_get(options, "budget") || akin_json_get(options, "steps")) return; /* say how long it is */
    for (int i = 0; !epochs && (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, "epochs") == 0) epochs = o->fallback;
    char text[64], *end;
    const double n = round(factor * ak_strtod(epochs ? epochs : "1", &end));
    if (epochs && *end) return; /* no number: the check of options says so */
    ak_snprintf(text, sizeof text, "%.0f", fmax(1, n));
    if (warmup && !strchr(warmup, '{')) {
        char scaled[64];
        ak_snprintf(scaled, sizeof scaled, "%.6g", factor * ak_strtod(warmup, NULL));
        akin_json_put(options, "warmup", akin_json_text(scaled));
    }
    akin_json_put(options, "epochs", akin_json_text(text));
}

/* Whether training has an option of this name. */
static bool known(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return true;
    return false;
}

/* What training will say of the options, said now. */
static akin_status check_options(const akin_study *s, const ak_study_config *c, akin_error *err)
{
    akin_train_config *config = NULL;
    akin_status status = akin_train_config_create(&config, err);
    const char *name;
    akin_json *value;
    akin_error why = { .message = "" };
    if (!status) AKIN_JSON_EACH(c->options, name, value)
        {
            const char *text = akin_json_as_text(value);
            if (strcmp(name, "seed") == 0)
                status = ak_fail(err, AKIN_ERR_FORMAT, "%s: the seed is no option; name the seeds in 'seeds'",
                                 s->source);
            else if (strchr(text, '{') && known(name))
                continue; /* its value is known once its word is */
            else if (akin_train_config_set(config, name, text, &why))
                status =
                    ak_fail(err, why.status, "%s: configuration %s: %s", s->source, c->name, why.message);
            if (status) break;
        }
    akin_train_config_free(config);
    return status;
}

/* Configurations ------------------------------------------------------------------------------------- */

static void slug_of(const char *name, char *to, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++)
        to[n++] = ak_isalnum(*name) || strchr(".+-=", *name) ? *name : *name == ' ' ? '_' : '-';
    to[n] = 0;
}

/* The configuration whose axes stand at index[]; false when it is to be left out. */
static bool combine(const akin_study *s, const size_t *index, ak_study_config *c)
{
    const size_t axes = akin_json_length(akin_json_get(s->root, "axes"));
    *c = (ak_study_config){ .labels = akin_json_object(),
                            .options = akin_json_object(),
                            .words = akin_json_object() };
    const char *data = s->data ? s->data : ak_study_text(s, "data");
    size_t at = 0;
    put_all(c->options, akin_json_get(s->root, "options"));
    put_all(c->options, s->set);
    if (akin_json_check(c->options, NULL)) return true;
    for (size_t i = 0; i < axes; i++) {
        const akin_json *axis = axis_at(s, i), *v = akin_json_at(akin_json_get(axis, "values"), index[i]);
        const char *name = akin_json_get_text(axis, "name"), *option = akin_json_get_text(axis, "option"),
                   *own = akin_json_get_text(v, "data");
        char label[128];
        ak_study_scalar(akin_json_is_object(v) ? akin_json_get(v, "label") : v, label, sizeof label);
        akin_json_put(c->labels, name, akin_json_text(label));
        if (akin_json_is_object(v)) {
            put_all(c->options, akin_json_get(v, "options"));
            put_all(c->words, akin_json_get(v, "words"));
            if (own) data = own;
        } else {
            put(c->options, option ? option : name, v);
        }
        if (at < sizeof c->name)
            at += (size_t)snprintf(c->name + at, sizeof c->name - at, "%s%s=%s", i ? " " : "", name, label);
    }
    if (!axes) snprintf(c->name, sizeof c->name, "all");
    slug_of(c->name, c->slug, sizeof c->slug);
    c->data = malloc(strlen(data) + 1);
    if (c->data) strcpy(c->data, data);
    scale(c->options, s->scale);
    return !skipped(s, c->labels);
}

static void release(ak_study_config *c)
{
    akin_json_free(c->labels);
    akin_json_free(c->options);
    akin_json_free(c->words);
    free(c->data);
}

static akin_status make_configs(akin_study *s, akin_error *err)
{
    size_t index[16] = { 0 }, total = 1;
    const size_t axes = akin_json_length(akin_json_get(s->root, "axes"));
    for (size_t i = 0; i < axes; i++) {
        total *= akin_json_length(akin_json_get(axis_at(s, i), "values"));
        if (total > MOST_CELLS)
            return ak_fail(err, AKIN_ERR_FORMAT, "%s: axes: more than %d combinations", s->source,
                           MOST_CELLS);
    }
    s->configs = calloc(total, sizeof *s->configs);
    if (!s->configs) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
    for (size_t k = 0; k < total; k++) {
        size_t rest = k;
        for (size_t i = axes; i-- > 0;) {
            const size_t n = akin_json_length(akin_json_get(axis_at(s, i), "values"));
            index[i] = rest % n;
            rest /= n;
        }
        ak_study_config c;
        const bool wanted = combine(s, index, &c);
        if (!c.data || akin_json_check(c.labels, NULL) || akin_json_check(c.options, NULL) ||
            akin_json_check(c.words, NULL)) {
            release(&c);
            return ak_no_memory(err, "for the study");
        }
        if (!wanted) {
            release(&c);
            continue;
        }
        s->configs[s->config_count++] = c;
        if (!*c.data)
            return ak_fail(err, AKIN_ERR_FORMAT, "%s: no data; write \"data\": \"PATH\", or give --data PATH",
                           s->source);
        if (strlen(c.name) + 1 >= sizeof c.name)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "%s: configuration %s...: names and labels are too long together", s->source,
                           c.name);
        const akin_status status = check_options(s, &c, err);
        if (status) return status;
        for (int j = 0; j < s->config_count - 1; j++)
            if (strcmp(s->configs[j].slug, c.slug) == 0)
                return ak_fail(err, AKIN_ERR_FORMAT, "%s: configurations '%s' and '%s' would have one folder",
                               s->source, s->configs[j].name, c.name);
    }
    if (!s->config_count) return ak_fail(err, AKIN_ERR_FORMAT, "%s: 'skip' leaves nothing", s->source);
    return AKIN_OK;
}

/* All commands and options of a cell with their words replaced, so that an unknown word is told now. */
static akin_status check_words(const akin_study *s, const ak_study_cell *cell, akin_error *err)
{
    const char *keys[] = { "files", "tools" };
    const char *name;
    akin_json *list;
    for (int k = 0; k < 2; k++) AKIN_JSON_EACH(akin_json_get(s->root, keys[k]), name, list)
        {
            for (size_t i = 0; i < akin_json_length(list); i++) {
                const char *text = akin_json_as_text(akin_json_at(list, i));
                if (k == 0 && strcmp(text, "{out}") == 0) continue;
                char *full = ak_study_words(s, cell, ".", text, err);
                free(full);
                if (!full) return err->status;
            }
        }
    AKIN_JSON_EACH(s->configs[cell->config].options, name, list)
    {
        char *full = ak_study_words(s, cell, ".", akin_json_as_text(list), err);
        free(full);
        if (!full) return err->status;
    }
    return AKIN_OK;
}

akin_status ak_study_expand(akin_study *s, akin_error *err)
{
    const akin_json *seeds = akin_json_get(s->root, "seeds");
    akin_status status = make_configs(s, err);
    if (status) return status;
    const size_t n = akin_json_length(seeds) * (size_t)s->config_count;
    if (n > MOST_CELLS)
        return ak_fail(err, AKIN_ERR_FORMAT, "%s: %zu cells; at most %d", s->source, n, MOST_CELLS);
    s->cells = calloc(n, sizeof *s->cells);
    if (!s->cells) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
    for (size_t i = 0; i < akin_json_length(seeds); i++)
        for (int c = 0; c < s->config_count; c++) {
            ak_study_cell *cell = &s->cells[s->cell_count++];
            cell->config = c;
            cell->seed = akin_json_as_int(akin_json_at(seeds, i));
            snprintf(cell->id, sizeof cell->id, "%s_s%lld", s->configs[c].slug, (long long)cell->seed);
        }
    for (int c = 0; c < s->config_count && !status; c++) status = check_words(s, &s->cells[c], err);
    return status;
}

/* Words ---------------------------------------------------------------------------------------------- */

typedef struct buffer {
    char *text;
    size_t size, room;
} buffer;

static bool add(buffer *b, const char *text, size_t n)
{
    if (b->size + n + 1 > b->room) {
        const size_t room = 2 * (b->size + n + 64);
        char *bigger = realloc(b->text, room);
        if (!bigger) return false;
        b->text = bigger;
        b->room = room;
    }
    memcpy(b->text + b->size, text, n);
    b->size += n;
    b->text[b->size] = 0;
    return true;
}

/* The text behind a word, in `to` or borrowed; NULL for an unknown one. */
static const char *word(const akin_study *s, const ak_study_cell *cell, const char *dir, const char *name,
                        char *to, size_t size)
{
    const ak_study_config *c = &s->configs[cell->config];
    if (strcmp(name, "run") == 0) return snprintf(to, size, "%s/runs/%s", dir, cell->id), to;
    if (strcmp(name, "dir") == 0) return dir;
    if (strcmp(name, "seed") == 0) return snprintf(to, size, "%lld", (long long)cell->seed), to;
    if (strncmp(name, "file:", 5) == 0) {
        if (!akin_json_get(akin_json_get(s->root, "files"), name + 5)) return NULL;
        return snprintf(to, size, "%s/files/%s", dir, name + 5), to;
    }
    if (strcmp(name, "base-data") == 0) return s->data ? s->data : ak_study_text(s, "data");
    const char *text = akin_json_get_text(c->words, name);
    if (!text) text = akin_json_get_text(c->options, name);
    const akin_opt_desc *o;
    for (int i = 0; !text && (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) text = o->fallback;
    return text;
}

static akin_status replace(const akin_study *s, const ak_study_cell *cell, const char *dir, const char *text,
                           int depth, buffer *to, akin_error *err)
{
    while (*text) {
        const size_t plain = strcspn(text, "{");
        if (!add(to, text, plain)) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a command");
        text += plain;
        if (!*text) break;
        const size_t n = strcspn(text, "}");
        char name[128], room[AK_STUDY_PATH];
        if (!text[n] || n >= sizeof name)
            return ak_fail(err, AKIN_ERR_FORMAT, "%s: '%.60s' has a { without its }", s->source, text);
        snprintf(name, sizeof name, "%.*s", (int)(n - 1), text + 1);
        const char *full = strcmp(name, "data") == 0 ? s->configs[cell->config].data
                                                     : word(s, cell, dir, name, room, sizeof room);
        if (!full)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "%s: {%s} is unknown in configuration %s; there are run, data, base-data, "
                           "seed, dir, file:NAME, the "
                           "configuration's words and options",
                           s->source, name, s->configs[cell->config].name);
        if (depth > 8) return ak_fail(err, AKIN_ERR_FORMAT, "%s: {%s} stands for itself", s->source, name);
        const akin_status status = replace(s, cell, dir, full, depth + 1, to, err);
        if (status) return status;
        text += n + 1;
    }
    return AKIN_OK;
}

char *ak_study_words(const akin_study *s, const ak_study_cell *cell, const char *dir, const char *text,
                     akin_error *err)
{
    buffer b = { NULL, 0, 0 };
    if (add(&b, "", 0) && replace(s, cell, dir, text, 0, &b, err) == AKIN_OK) return b.text;
    if (!b.text) ak_fail(err, AKIN_ERR_NOMEM, "no memory for a command");
    free(b.text);
    return NULL;
}

/* --only --------------------------------------------------------------------------------------------- */

/* Which of the groups a term belongs to: axis i, or axes = seed, or axes + 1 = cells. -1 = none. */
static int group_of(const akin_study *s, const char *term, const char **value)
{
    const int axes = (int)akin_json_length(akin_json_get(s->root, "axes"));
    for (int c = 0; c < s->cell_count; c++)
        if (strcmp(s->cells[c].id, term) == 0) return *value = term, axes + 1;
    const char *equals = strchr(term, '=');
    if (!equals) return -1;
    *value = equals + 1;
    const size_t n = (size_t)(equals - term);
    if (n == 4 && strncmp(term, "seed", 4) == 0) return axes;
    for (int i = 0; i < axes; i++) {
        const char *name = akin_json_get_text(axis_at(s, (size_t)i), "name");
        if (strlen(name) == n && strncmp(name, term, n) == 0) return i;
    }
    return -1;
}

static bool term_holds(const akin_study *s, int c, int group, const char *value)
{
    const int axes = (int)akin_json_length(akin_json_get(s->root, "axes"));
    char seed[32];
    snprintf(seed, sizeof seed, "%lld", (long long)s->cells[c].seed);
    if (group == axes) return strcmp(value, seed) == 0;
    if (group > axes) return strcmp(value, s->cells[c].id) == 0;
    const char *axis = akin_json_get_text(axis_at(s, (size_t)group), "name");
    return strcmp(value, akin_json_get_text(s->configs[s->cells[c].config].labels, axis)) == 0;
}

akin_status ak_study_only(const akin_study *s, const char *terms, bool **chosen, akin_error *err)
{
    bool *take = calloc((size_t)s->cell_count, sizeof *take),
         *hit = calloc((size_t)s->cell_count * 16, sizeof *hit);
    bool used[16] = { false };
    char *copy = malloc(terms ? strlen(terms) + 1 : 1);
    akin_status status = take && hit && copy ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for --only");
    if (!status) strcpy(copy, terms ? terms : "");
    char *save = NULL;
    for (char *term = status ? NULL : strtok_r(copy, ",", &save); term && !status;
         term = strtok_r(NULL, ",", &save)) {
        const char *value = NULL;
        const int group = group_of(s, term, &value);
        bool any = false;
        for (int c = 0; c < s->cell_count && group >= 0; c++)
            if (term_holds(s, c, group, value)) any = hit[c * 16 + group] = true;
        if (!any)
            status = ak_fail(err, AKIN_ERR_ARGUMENT, "--only: no cell is meant by '%s'; --dry-run lists them",
                             term);
        else
            used[group] = true;
    }
    int count = 0;
    for (int c = 0; c < s->cell_count && !status; c++) {
        take[c] = true;
        for (int g = 0; g < 16; g++) take[c] = take[c] && (!used[g] || hit[c * 16 + g]);
        count += take[c];
    }
    if (!status && !count)
        status =
            ak_fail(err, AKIN_ERR_ARGUMENT, "--only: no cell is all of '%s'; --dry-run lists them", terms);
    free(hit);
    free(copy);
    if (status)
        free(take);
    else
        *chosen = take;
    return status;
}
