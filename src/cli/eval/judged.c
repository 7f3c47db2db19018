/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/judged.c - judgments of relevance, and scores of pairs, from files. */
#include "cli/eval/found.h"

#include "akin/tool/json.h"
#include "akin/tool/lines.h"
#include "akin/tool/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 4 };

typedef struct field {
    const char *at;
    int64_t bytes;
} field;

/* Fields of a line between tabs, or, with blanks, between blanks and tabs; how many, FIELDS + 1 = more. */
static int fields_of(const char *text, int64_t bytes, bool blanks, field out[FIELDS + 1])
{
    int n = 0;
    for (int64_t i = 0; i <= bytes && n <= FIELDS;) {
        int64_t end = i;
        while (end < bytes && text[end] != '\t' && !(blanks && text[end] == ' ')) end++;
        if (!blanks || end > i) out[n++] = (field){ text + i, end - i };
        i = end + 1;
    }
    return n;
}

static bool number_of(field f, double *out)
{
    char copy[64], *end;
    if (f.bytes < 1 || f.bytes >= (int64_t)sizeof copy) return false;
    memcpy(copy, f.at, (size_t)f.bytes);
    copy[f.bytes] = 0;
    *out = strtod(copy, &end);
    while (*end == ' ') end++;
    return end != copy && !*end;
}

/* The place of an id; -1 = none. */
static int64_t find(const cli_side *s, field id)
{
    int64_t low = 0, high = s->n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        int order = strncmp(s->id[middle], id.at, (size_t)id.bytes);
        if (order == 0 && s->id[middle][id.bytes]) order = 1;
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

typedef struct judgment {
    int64_t query, document, line; /* document -1: not among them */
    double grade;
} judgment;

typedef struct reader {
    akin_lines *lines;
    const char *path;
    const cli_side *queries, *documents;
    cli_judged *out;
    judgment *at;
    int64_t n, room;
} reader;

static akin_status bad(const reader *r, const char *what, akin_error *err)
{
    return cli_set_error(err, AKIN_ERR_FORMAT, "'%s' line %lld %s", r->path,
                         (long long)akin_lines_number(r->lines), what);
}

static akin_status take(reader *r, const char *text, int64_t bytes, akin_error *err)
{
    field f[FIELDS + 1];
    const int n = fields_of(text, bytes, true, f);
    judgment j = { 0, 0, akin_lines_number(r->lines), 0 };
    if (n != 3 && n != 4)
        return bad(
            r, "has not three columns (query, document, grade) or TREC's four (query, 0, document, grade)",
            err);
    if (!number_of(f[n - 1], &j.grade)) {
        if (j.line == 1) return AKIN_OK; /* BEIR's: query-id, corpus-id, score */
        return bad(r, "has a grade that is no number", err);
    }
    if (!isfinite(j.grade)) return bad(r, "has a grade that is not finite", err);
    j.query = find(r->queries, f[0]);
    j.document = find(r->documents, f[n - 2]);
    if (j.query < 0) {
        r->out->strange_queries++;
        return AKIN_OK;
    }
    r->out->strange_documents += j.document < 0;
    if (r->n == r->room) {
        r->room = 2 * r->room + 1024;
        judgment *more = realloc(r->at, (size_t)r->room * sizeof *more);
        if (!more) return cli_no_memory(err, r->room, "judgments");
        r->at = more;
    }
    r->out->relevant += j.grade > 0;
    r->at[r->n++] = j;
    return AKIN_OK;
}

static int by_query(const void *a, const void *b)
{
    const judgment *x = a, *y = b;
    if (x->query != y->query) return x->query < y->query ? -1 : 1;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static akin_status settle(reader *r, akin_error *err)
{
    cli_judged *j = r->out;
    const int64_t queries = r->queries->n;
    if (r->n == 0)
        return cli_set_error(err, AKIN_ERR_INPUT,
                             "'%s' judges none of the %lld queries of '%s': its ids are others", r->path,
                             (long long)queries, r->queries->path);
    if (j->strange_documents == r->n)
        return cli_set_error(err, AKIN_ERR_INPUT,
                             "'%s' judges none of the %lld documents of '%s': its ids are others", r->path,
                             (long long)r->documents->n, r->documents->path);
    qsort(r->at, (size_t)r->n, sizeof *r->at, by_query);
    j->start = calloc((size_t)queries + 1, sizeof *j->start);
    j->document = malloc((size_t)r->n * sizeof *j->document);
    j->grade = malloc((size_t)r->n * sizeof *j->grade);
    if (!j->start || !j->document || !j->grade) return cli_no_memory(err, r->n, "judgments");
    for (int64_t i = 0; i < r->n; i++) {
        const judgment *now = &r->at[i], *had = i ? now - 1 : NULL;
        if (had && had->query == now->query && had->document == now->document && now->document >= 0)
            return cli_set_error(err, AKIN_ERR_INPUT,
                                 "'%s' judges document '%s' for query '%s' twice (lines %lld and %lld)",
                                 r->path, r->documents->id[now->document], r->queries->id[now->query],
                                 (long long)had->line, (long long)now->line);
        j->start[now->query + 1]++;
        j->document[i] = (int32_t)now->document;
        j->grade[i] = now->grade;
    }
    for (int64_t q = 0; q < queries; q++) j->start[q + 1] += j->start[q];
    j->n = r->n;
    j->judged = (akin_judgments){ sizeof j->judged, j->start, j->document, j->grade };
    return AKIN_OK;
}

akin_status cli_judged_load(const char *path, const cli_side *queries, const cli_side *documents,
                            cli_judged *out, akin_error *err)
{
    memset(out, 0, sizeof *out);
    reader r = { .path = path, .queries = queries, .documents = documents, .out = out };
    akin_status status = akin_lines_open(path, &r.lines, err);
    for (bool got = true; !status && got;) {
        const char *text;
        int64_t bytes;
        status = akin_lines_next(r.lines, &text, &bytes, &got, err);
        if (!status && got && bytes) status = take(&r, text, bytes, err);
    }
    if (!status) status = settle(&r, err);
    akin_lines_close(r.lines);
    free(r.at);
    return status;
}

void cli_judged_free(cli_judged *j)
{
    free(j->start);
    free(j->document);
    free(j->grade);
    memset(j, 0, sizeof *j);
}

/* Scores of pairs ------------------------------------------------------------------------------------- */

typedef struct pair {
    field first, second;
    double score;
} pair;

typedef struct pair_reader {
    akin_lines *lines;
    const char *path;
    cli_scored *out;
    bool texts;
    int64_t room, bytes_room;
} pair_reader;

static akin_status bad_pair(const pair_reader *r, const char *what, akin_error *err)
{
    return cli_set_error(err, AKIN_ERR_FORMAT, "'%s' line %lld %s", r->path,
                         (long long)akin_lines_number(r->lines), what);
}

static akin_status add_pair(pair_reader *r, const pair *p, akin_error *err)
{
    cli_scored *s = r->out;
    cli_side *t = &s->texts;
    const field both[2] = { p->first, p->second };
    if (!isfinite(p->score)) return bad_pair(r, "has a score that is not finite", err);
    if (s->n == r->room) {
        r->room = 2 * r->room + 1024;
        double *score = realloc(s->score, (size_t)r->room * sizeof *score);
        if (score) s->score = score;
        int64_t *start = realloc(t->start, (2 * (size_t)r->room + 1) * sizeof *start);
        if (start) t->start = start;
        if (!score || !start) return cli_no_memory(err, r->room, "pairs");
        if (s->n == 0) t->start[0] = 0;
    }
    for (int i = 0; i < 2 && r->texts; i++) {
        const int64_t end = t->start[t->n] + both[i].bytes;
        if (akin_utf8_check(both[i].at, both[i].bytes) < both[i].bytes)
            return bad_pair(r, "is not UTF-8", err);
        if (end + 1 > r->bytes_room) {
            char *more = realloc(t->bytes, (size_t)(2 * end + 1));
            if (!more) return cli_no_memory(err, end, "bytes of texts");
            t->bytes = more;
            r->bytes_room = 2 * end + 1;
        }
        memcpy(t->bytes + t->start[t->n], both[i].at, (size_t)both[i].bytes);
        t->start[++t->n] = end;
    }
    s->score[s->n++] = p->score;
    return AKIN_OK;
}

static akin_status take_json(pair_reader *r, const char *text, int64_t bytes, akin_error *err)
{
    akin_json *o = NULL;
    size_t at = 0;
    if (akin_json_line(text, (size_t)bytes, &at, &o, NULL)) {
        akin_json_free(o);
        return bad_pair(r, "is no JSON", err);
    }
    const char *a = akin_json_get_text(o, "sentence1"), *b = akin_json_get_text(o, "sentence2");
    const akin_json *score = akin_json_get(o, "score");
    pair p = { { a, a ? (int64_t)strlen(a) : 0 },
               { b, b ? (int64_t)strlen(b) : 0 },
               akin_json_as_real(score) };
    const akin_status status =
        a && b && akin_json_is_number(score)
            ? add_pair(r, &p, err)
            : bad_pair(r, "has not 'sentence1', 'sentence2' and a number 'score'", err);
    akin_json_free(o);
    return status;
}

static akin_status take_pair(pair_reader *r, const char *text, int64_t bytes, akin_error *err)
{
    field f[FIELDS + 1];
    const int n = fields_of(text, bytes, false, f), wanted = r->texts ? 3 : 1;
    pair p;
    if (r->texts && text[0] == '{') return take_json(r, text, bytes, err);
    if (n != wanted)
        return bad_pair(r,
                        r->texts ? "has not three columns: two texts and a score, tabs between"
                                 : "is no single number",
                        err);
    if (number_of(f[n - 1], &p.score)) {
        p.first = f[0];
        p.second = f[n > 1];
    } else if (r->texts && number_of(f[0], &p.score)) {
        p.first = f[1];
        p.second = f[2];
    } else if (r->out->n == 0 && !r->out->headed) {
        r->out->headed = true;
        return AKIN_OK;
    } else {
        return bad_pair(r, "has a score that is no number", err);
    }
    return add_pair(r, &p, err);
}

akin_status cli_scored_load(const char *path, bool texts, cli_scored *out, akin_error *err)
{
    memset(out, 0, sizeof *out);
    pair_reader r = { .path = path, .out = out, .texts = texts };
    akin_status status = akin_lines_open(path, &r.lines, err);
    for (bool got = true; !status && got;) {
        const char *text;
        int64_t bytes;
        status = akin_lines_next(r.lines, &text, &bytes, &got, err);
        if (!status && got && bytes) status = take_pair(&r, text, bytes, err);
    }
    akin_lines_close(r.lines);
    if (!status && out->n < 2)
        status = cli_set_error(err, AKIN_ERR_INPUT, "'%s' has %lld scored pairs; a correlation needs two",
                               path, (long long)out->n);
    return status;
}

void cli_scored_free(cli_scored *s)
{
    free(s->score);
    cli_side_free(&s->texts);
    memset(s, 0, sizeof *s);
}
