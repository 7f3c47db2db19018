/* SPDX-License-Identifier: Apache-2.0 */
/* text/word_vectors.c - tables of word vectors in fastText's text form. */
#include "text/word_vectors.h"

#include "base/plain.h"
#include "base/path.h"
#include "files/lines.h"
#include "text/static_model.h"
#include "text/vocab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { MOST_WIDTH = 1 << 16 };

static akin_status wrong_line(const akin_lines *l, const char *what, long long found, long long want,
                              akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld has %lld %s; there must be %lld", ak_lines_path(l),
                   (long long)akin_lines_number(l), found, what, want);
}

/* The length of the field that begins at s. */
static int64_t field_bytes(const char *s, int64_t n)
{
    int64_t i = 0;
    while (i < n && s[i] != ' ' && s[i] != '\t') i++;
    return i;
}

static int64_t count_fields(const char *s, int64_t n)
{
    int64_t fields = 0;
    for (int64_t i = 0; i < n;) {
        if (s[i] == ' ' || s[i] == '\t') {
            i++;
            continue;
        }
        i += field_bytes(s + i, n - i);
        fields++;
    }
    return fields;
}

/* Is the line "n d"? */
static bool is_header(const char *s, int64_t n, int64_t *rows, int64_t *cols)
{
    char copy[64];
    long long a, b;
    int used = 0;
    if (n >= (int64_t)sizeof copy) return false;
    memcpy(copy, s, (size_t)n);
    copy[n] = 0;
    if (sscanf(copy, "%lld %lld %n", &a, &b, &used) != 2 || used != n || a < 0 || b < 1) return false;
    *rows = a;
    *cols = b;
    return true;
}

/* Read the d numbers after a word. The line is copied so that it ends in a 0. */
static akin_status read_numbers(const akin_lines *l, const char *s, int64_t n, char **copy, int64_t *room,
                                float *to, int64_t d, akin_error *err)
{
    if (!ak_grow(copy, room, n + 1, 1))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for line %lld of '%s'",
                       (long long)akin_lines_number(l), ak_lines_path(l));
    memcpy(*copy, s, (size_t)n);
    (*copy)[n] = 0;
    const char *at = *copy;
    for (int64_t j = 0; j < d; j++) {
        char *end = NULL;
        to[j] = ak_strtof(at, &end);
        if (end == at) return wrong_line(l, "numbers after its word", (long long)j, (long long)d, err);
        if (!isfinite(to[j]))
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: number %lld is '%.*s', not a finite number",
                           ak_lines_path(l), (long long)akin_lines_number(l), (long long)j + 1,
                           (int)(end - at < 40 ? end - at : 40), at);
        at = end;
    }
    at += strspn(at, " \t");
    if (*at)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld has '%.40s' after its %lld numbers",
                       ak_lines_path(l), (long long)akin_lines_number(l), at, (long long)d);
    return AKIN_OK;
}

typedef struct reader {
    akin_lines *l;
    const akin_vocab *v;
    akin_word_vectors *w;
    int64_t rows, seen; /* announced (-1: not), read */
    char *copy;
    int64_t room;
} reader;

static akin_status take_line(reader *r, const char *s, int64_t n, akin_error *err)
{
    const int64_t bytes = field_bytes(s, n), d = r->w->mat.cols;
    const int64_t id = ak_vocab_find(r->v, s, bytes);
    if (bytes == 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld does not begin with a word", ak_lines_path(r->l),
                       (long long)akin_lines_number(r->l));
    r->seen++;
    if (id < 0) { /* most lines of such files are of words that are not wanted: only count */
        const int64_t fields = count_fields(s + bytes, n - bytes);
        return fields >= d ? AKIN_OK
                           : wrong_line(r->l, "numbers after its word", (long long)fields, (long long)d, err);
    }
    if (r->w->has[id]) {
        r->w->repeated++;
        return AKIN_OK;
    }
    AK_TRY(read_numbers(r->l, s + bytes, n - bytes, &r->copy, &r->room, r->w->mat.data + id * d, d, err));
    r->w->has[id] = 1;
    r->w->found++;
    return AKIN_OK;
}

akin_status ak_word_vectors_start(akin_word_vectors *w, int64_t words, int64_t cols, akin_error *err)
{
    w->mat = (akin_mat){ ak_alloc(sizeof(float), words, cols), words, cols, cols };
    w->has = calloc((size_t)words, 1);
    if (w->mat.data && w->has) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld vectors of %lld numbers", (long long)words,
                   (long long)cols);
}

static akin_status start_table(reader *r, int64_t cols, akin_error *err)
{
    if (cols < 1 || cols > MOST_WIDTH)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' line 1 stands for vectors of %lld numbers; 1 to %d are read",
                       ak_lines_path(r->l), (long long)cols, MOST_WIDTH);
    return ak_word_vectors_start(r->w, akin_vocab_words(r->v), cols, err);
}

static akin_status read_all(reader *r, akin_error *err)
{
    const char *s;
    int64_t n, cols = 0;
    bool got = true;
    AK_TRY(akin_lines_next(r->l, &s, &n, &got, err));
    if (!got) return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is empty", ak_lines_path(r->l));
    r->rows = -1;
    const bool headed = is_header(s, n, &r->rows, &cols);
    AK_TRY(start_table(r, headed ? cols : count_fields(s, n) - 1, err));
    if (!headed) AK_TRY(take_line(r, s, n, err));
    for (;;) {
        AK_TRY(akin_lines_next(r->l, &s, &n, &got, err));
        if (!got) break;
        if (r->seen == r->rows)
            return wrong_line(r->l, "as its number, behind the last of the vectors announced",
                              (long long)akin_lines_number(r->l), (long long)r->rows + 1, err);
        AK_TRY(take_line(r, s, n, err));
    }
    if (headed && r->seen != r->rows)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is truncated: its first line announces %lld vectors, it has %lld",
                       ak_lines_path(r->l), (long long)r->rows, (long long)r->seen);
    return AKIN_OK;
}

static akin_status read_text(const char *path, const akin_vocab *v, akin_word_vectors *w, akin_error *err)
{
    reader r = { .v = v, .w = w };
    akin_status status = akin_lines_open(path, &r.l, err);
    if (!status) status = read_all(&r, err);
    akin_lines_close(r.l);
    free(r.copy);
    w->rows = r.seen;
    w->format = "vec";
    return status;
}

static uint64_t sum_of(const akin_word_vectors *w)
{
    const uint64_t has = XXH3_64bits(w->has, (size_t)w->mat.rows);
    return XXH3_64bits_withSeed(w->mat.data, (size_t)(w->mat.rows * w->mat.cols) * sizeof(float), has);
}

akin_status akin_word_vectors_load(const char *path, const akin_vocab *v, akin_word_vectors **out,
                                   akin_error *err)
{
    if (!path || !v || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "word_vectors_load: path, v and out must not be NULL");
    struct stat info;
    bool there, folder;
    AK_TRY(ak_look(path, &there, &info, err));
    folder = there && S_ISDIR(info.st_mode);
    akin_word_vectors *w = calloc(1, sizeof *w);
    if (!w) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    const akin_status status = folder ? ak_static_model_read(path, v, w, err) : read_text(path, v, w, err);
    if (status) {
        akin_word_vectors_free(w);
        return status;
    }
    w->sum = sum_of(w);
    *out = w;
    return AKIN_OK;
}

void akin_word_vectors_free(akin_word_vectors *w)
{
    if (!w) return;
    free(w->mat.data);
    free(w->has);
    free(w);
}

akin_status ak_word_vectors_save(const char *path, const akin_vocab *v, akin_cmat x, akin_error *err)
{
    if (!path || !v) return ak_fail(err, AKIN_ERR_ARGUMENT, "word_vectors_save: path and v must not be NULL");
    AK_TRY(ak_check_view(x, "word_vectors_save: vectors", err));
    if (x.rows < akin_vocab_words(v))
        return ak_fail(err, AKIN_ERR_SHAPE, "word_vectors_save: there are %lld vectors for %lld words",
                       (long long)x.rows, (long long)akin_vocab_words(v));
    akin_writer *w = NULL;
    char *line = malloc(AKIN_WORD_BYTES + 32 + 20 * (size_t)x.cols); /* "%.9g" has at most 16 bytes */
    if (!line) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write vectors");
    akin_status status = akin_writer_open(path, &w, err);
    int n = sprintf(line, "%lld %lld\n", (long long)akin_vocab_words(v), (long long)x.cols);
    if (!status) status = akin_writer_write(w, line, (size_t)n, err);
    for (int64_t i = 0; i < akin_vocab_words(v) && !status; i++) {
        n = sprintf(line, "%s", akin_vocab_word(v, i));
        for (int64_t j = 0; j < x.cols; j++)
            n += ak_snprintf(line + n, 20, " %.9g", (double)ak_crow(x, i)[j]);
        line[n++] = '\n';
        status = akin_writer_write(w, line, (size_t)n, err);
    }
    free(line);
    if (!w) return status;
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}
