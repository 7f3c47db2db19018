/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/sides.c - texts, or rows, with ids. They are put in the order of their ids, so that documents of
 * equal similarity come in it, as other evaluators have them, and ids are found by halving. */
#include "cli/eval/found.h"
#include "cli/table.h"

#include "akin/tool/json.h"
#include "akin/tool/lines.h"
#include "akin/tool/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct loader {
    cli_side *side;
    akin_lines *lines;
    const char *path;
    int64_t room, bytes_room;
} loader;

static void *grown(void *had, int64_t count, size_t size) { return realloc(had, (size_t)count * size); }

static akin_status make_room(loader *l, int64_t bytes, akin_error *err)
{
    cli_side *s = l->side;
    if (s->n + 2 > l->room) {
        const int64_t room = 2 * l->room + 1024;
        char **id = grown(s->id, room, sizeof *id);
        if (id) s->id = id;
        int64_t *line = grown(s->line, room, sizeof *line), *start = grown(s->start, room + 1, sizeof *start);
        if (line) s->line = line;
        if (start) s->start = start;
        if (!id || !line || !start) return cli_no_memory(err, room, "texts");
        if (!l->room) s->start[0] = 0;
        l->room = room;
    }
    if (s->start[s->n] + bytes + 1 > l->bytes_room) {
        const int64_t room = 2 * (s->start[s->n] + bytes + 1);
        char *more = grown(s->bytes, room, 1);
        if (!more) return cli_no_memory(err, room, "bytes of texts");
        s->bytes = more;
        l->bytes_room = room;
    }
    return AKIN_OK;
}

static akin_status bad_line(const loader *l, const char *what, akin_error *err)
{
    return cli_set_error(err, AKIN_ERR_FORMAT, "'%s' line %lld %s", l->path,
                         (long long)akin_lines_number(l->lines), what);
}

/* An item; title may be NULL. */
static akin_status add(loader *l, const char *id, int64_t id_bytes, const char *title, const char *text,
                       int64_t bytes, akin_error *err)
{
    cli_side *s = l->side;
    const int64_t before = title && *title ? (int64_t)strlen(title) + 1 : 0;
    const akin_status status = make_room(l, before + bytes, err);
    if (status) return status;
    s->id[s->n] = malloc((size_t)id_bytes + 1);
    if (!s->id[s->n]) return cli_no_memory(err, id_bytes, "bytes of an id");
    memcpy(s->id[s->n], id, (size_t)id_bytes);
    s->id[s->n][id_bytes] = 0;
    char *to = s->bytes + s->start[s->n];
    if (before) {
        memcpy(to, title, (size_t)before - 1);
        to[before - 1] = ' ';
    }
    memcpy(to + before, text, (size_t)bytes);
    s->start[s->n + 1] = s->start[s->n] + before + bytes;
    s->line[s->n] = akin_lines_number(l->lines);
    s->n++;
    return AKIN_OK;
}

static akin_status add_json(loader *l, const char *text, int64_t bytes, akin_error *err)
{
    akin_json *o = NULL;
    size_t at = 0;
    akin_error why;
    char number[24];
    if (akin_json_line(text, (size_t)bytes, &at, &o, &why)) {
        akin_json_free(o);
        return bad_line(l, "is no JSON", err);
    }
    const akin_json *key = akin_json_get(o, "_id") ? akin_json_get(o, "_id") : akin_json_get(o, "id");
    const char *id = akin_json_as_text(key), *words = akin_json_get_text(o, "text");
    if (!id && akin_json_is_int(key)) {
        snprintf(number, sizeof number, "%lld", (long long)akin_json_as_int(key));
        id = number;
    }
    const akin_status status = !id || !words ? bad_line(l, "has no '_id' or no 'text', both texts", err)
                                             : add(l, id, (int64_t)strlen(id), akin_json_get_text(o, "title"),
                                                   words, (int64_t)strlen(words), err);
    akin_json_free(o);
    return status;
}

static akin_status add_row(loader *l, const char *text, int64_t bytes, akin_error *err)
{
    const char *tab = memchr(text, '\t', (size_t)bytes);
    if (akin_utf8_check(text, bytes) < bytes) return bad_line(l, "is not UTF-8", err);
    if (!tab) return bad_line(l, "has one column; an id, a tab and a text are read", err);
    if (tab == text) return bad_line(l, "has no id before its tab", err);
    const akin_status status = add(l, text, tab - text, NULL, tab + 1, text + bytes - tab - 1, err);
    char *own = l->side->bytes + (status ? 0 : l->side->start[l->side->n - 1]);
    for (int64_t i = 0; !status && i < text + bytes - tab - 1; i++)
        if (own[i] == '\t') own[i] = ' ';
    return status;
}

/* Order -------------------------------------------------------------------------------------------------- */

typedef struct place {
    const char *id;
    int64_t item;
} place;

static int by_id(const void *a, const void *b)
{
    const place *x = a, *y = b;
    const int order = strcmp(x->id, y->id);
    return order ? order : (x->item > y->item) - (x->item < y->item);
}

/* Everything of a side in the order of its ids. */
static akin_status reorder(cli_side *s, akin_error *err)
{
    place *at = malloc(((size_t)s->n + 1) * sizeof *at);
    cli_side now = *s;
    now.id = malloc(((size_t)s->n + 1) * sizeof *now.id);
    now.start = s->bytes ? malloc(((size_t)s->n + 1) * sizeof *now.start) : NULL;
    now.bytes = s->bytes ? malloc((size_t)s->start[s->n] + 1) : NULL;
    now.rows = s->rows ? malloc((size_t)(s->n * s->cols) * sizeof *now.rows) : NULL;
    akin_status status = AKIN_OK;
    if (!at || !now.id || (s->bytes && (!now.start || !now.bytes)) || (s->rows && !now.rows))
        status = cli_no_memory(err, s->n, "ids");
    for (int64_t i = 0; !status && i < s->n; i++) at[i] = (place){ s->id[i], i };
    if (!status) qsort(at, (size_t)s->n, sizeof *at, by_id);
    for (int64_t i = 1; !status && i < s->n; i++)
        if (strcmp(at[i].id, at[i - 1].id) == 0)
            status = cli_set_error(err, AKIN_ERR_INPUT,
                                   "'%s' has the id '%s' twice (%s %lld and %lld); ids must differ", s->path,
                                   at[i].id, s->line ? "lines" : "rows",
                                   (long long)(s->line ? s->line[at[i - 1].item] : at[i - 1].item),
                                   (long long)(s->line ? s->line[at[i].item] : at[i].item));
    if (!status && now.start) now.start[0] = 0;
    for (int64_t i = 0; !status && i < s->n; i++) {
        const int64_t from = at[i].item, bytes = s->bytes ? s->start[from + 1] - s->start[from] : 0;
        now.id[i] = s->id[from];
        if (s->bytes) memcpy(now.bytes + now.start[i], s->bytes + s->start[from], (size_t)bytes);
        if (s->bytes) now.start[i + 1] = now.start[i] + bytes;
        if (s->rows)
            memcpy(now.rows + i * s->cols, s->rows + from * s->cols, (size_t)s->cols * sizeof(float));
    }
    cli_side gone = status ? now : *s;
    free(gone.id);
    free(gone.start);
    free(gone.bytes);
    free(gone.rows);
    free(at);
    if (!status) *s = now;
    return status;
}

akin_status cli_side_texts(const char *path, cli_side *out, akin_error *err)
{
    *out = (cli_side){ .path = path };
    loader l = { .side = out, .path = path };
    akin_status status = akin_lines_open(path, &l.lines, err);
    for (bool got = true; !status && got;) {
        const char *text;
        int64_t bytes;
        status = akin_lines_next(l.lines, &text, &bytes, &got, err);
        if (status || !got || bytes == 0) continue;
        status = text[0] == '{' ? add_json(&l, text, bytes, err) : add_row(&l, text, bytes, err);
    }
    akin_lines_close(l.lines);
    if (!status && out->n == 0) status = cli_set_error(err, AKIN_ERR_INPUT, "'%s' is empty", path);
    return status ? status : reorder(out, err);
}

akin_status cli_side_rows(const char *path, cli_side *out, akin_error *err)
{
    cli_table table;
    char number[24];
    memset(&table, 0, sizeof table);
    *out = (cli_side){ .path = path };
    akin_status status = cli_table_load(path, NULL, false, &table, err);
    const int64_t n = status ? 0 : table.rows.shape[0], d = status ? 0 : table.rows.shape[1];
    if (!status) {
        out->id = calloc((size_t)n + 1, sizeof *out->id);
        out->rows = malloc((size_t)(n * d) * sizeof *out->rows + 1);
        out->cols = d;
        if (!out->id || !out->rows) status = cli_no_memory(err, n, "rows");
    }
    for (; !status && out->n < n; out->n++) {
        snprintf(number, sizeof number, "%lld", (long long)out->n);
        out->id[out->n] = strdup(table.names ? table.names[out->n] : number);
        if (!out->id[out->n]) status = cli_no_memory(err, n, "ids");
    }
    if (!status) memcpy(out->rows, table.rows.data, (size_t)(n * d) * sizeof *out->rows);
    cli_table_free(&table);
    return status ? status : reorder(out, err);
}

void cli_side_free(cli_side *s)
{
    for (int64_t i = 0; s->id && i < s->n; i++) free(s->id[i]);
    free(s->id);
    free(s->line);
    free(s->bytes);
    free(s->start);
    free(s->rows);
    memset(s, 0, sizeof *s);
}
