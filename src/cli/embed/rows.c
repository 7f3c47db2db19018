/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/rows.c - rows of numbers to a file or to stdout, as .npy, text or fastText's .vec; lines of a pipe as rows. */
#include "cli/embed/embed.h"

#include "akin/tool/lines.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 8192, NUMBER = 24 };

typedef enum form { FORM_NPY, FORM_TEXT, FORM_VEC } form;

struct cli_rows {
    form form;
    char out[4096];
    int64_t n, cols, rows; /* n: announced, -1 = not; rows: so far */
    akin_writer *file;     /* text and .vec to a file */
    float *kept;           /* .npy; .vec without n */
    int64_t room;
    char *names; /* .vec without n: one a line */
    size_t names_bytes, names_room;
    char *line;
};

static form form_of(const char *out, const char *as)
{
    if (strcmp(as, "npy") == 0) return FORM_NPY;
    if (strcmp(as, "vec") == 0) return FORM_VEC;
    if (strcmp(as, "text") == 0 || strcmp(out, "-") == 0) return FORM_TEXT;
    const size_t n = strlen(out);
    if (n > 4 && strcmp(out + n - 4, ".vec") == 0) return FORM_VEC;
    if (n > 4 && (strcmp(out + n - 4, ".txt") == 0 || strcmp(out + n - 4, ".tsv") == 0)) return FORM_TEXT;
    return FORM_NPY;
}

static akin_status emit(cli_rows *r, const char *bytes, size_t n, akin_error *err)
{
    if (r->file) return akin_writer_write(r->file, bytes, n, err);
    if (fwrite(bytes, 1, n, stdout) == n) return AKIN_OK;
    return cli_set_error(err, AKIN_ERR_IO, "cannot write to standard output: %s", strerror(errno));
}

static akin_status head(cli_rows *r, int64_t n, akin_error *err)
{
    char text[64];
    if (r->form != FORM_VEC) return AKIN_OK;
    return emit(r, text, (size_t)snprintf(text, sizeof text, "%lld %lld\n", (long long)n, (long long)r->cols),
                err);
}

akin_status cli_rows_open(const char *out, const char *as, int64_t n, int64_t cols, cli_rows **made,
                          akin_error *err)
{
    cli_rows *r = calloc(1, sizeof *r);
    if (!r) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory to write rows");
    r->form = form_of(out, as);
    r->n = n;
    r->cols = cols;
    snprintf(r->out, sizeof r->out, "%s", out);
    r->line = malloc((size_t)cols * NUMBER + 2);
    akin_status status = r->line ? AKIN_OK : cli_set_error(err, AKIN_ERR_NOMEM, "no memory to write rows");
    if (!status && r->form == FORM_NPY && strcmp(out, "-") == 0)
        status = cli_set_error(err, AKIN_ERR_ARGUMENT,
                               ".npy tells its length first and cannot go down a pipe; give -o FILE.npy");
    if (!status && r->form != FORM_NPY && strcmp(out, "-") != 0)
        status = akin_writer_open(out, &r->file, err);
    if (!status && n >= 0) status = head(r, n, err);
    if (status) {
        cli_rows_close(r, status, err);
        return status;
    }
    *made = r;
    return AKIN_OK;
}

static akin_status put_name(cli_rows *r, const char *name, int64_t bytes, akin_error *err)
{
    char clean[1024];
    size_t n = (size_t)bytes < sizeof clean ? (size_t)bytes : sizeof clean - 1;
    while (n > 0 && n < (size_t)bytes && ((unsigned char)name[n] & 0xC0) == 0x80)
        n--; /* between characters */
    for (size_t i = 0; i < n; i++) clean[i] = isspace((unsigned char)name[i]) ? '_' : name[i];
    return emit(r, n ? clean : "_", n ? n : 1, err);
}

static akin_status put_numbers(cli_rows *r, const float *row, bool first, akin_error *err)
{
    size_t used = 0;
    for (int64_t c = 0; c < r->cols; c++)
        used += (size_t)snprintf(r->line + used, NUMBER, "%s%.7g", c || !first ? " " : "", (double)row[c]);
    r->line[used++] = '\n';
    return emit(r, r->line, used, err);
}

static akin_status keep(cli_rows *r, const char *name, int64_t bytes, const float *row, akin_error *err)
{
    if (r->rows == r->room) {
        const int64_t room = r->n > 0 ? r->n : r->room ? 2 * r->room : CHUNK;
        float *more = realloc(r->kept, (size_t)room * (size_t)r->cols * sizeof *more);
        if (!more) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld rows", (long long)room);
        r->kept = more;
        r->room = room;
    }
    memcpy(r->kept + r->rows++ * r->cols, row, (size_t)r->cols * sizeof *row);
    if (r->form == FORM_NPY) return AKIN_OK;
    if (r->names_bytes + (size_t)bytes + 1 > r->names_room) {
        const size_t room = 2 * (r->names_bytes + (size_t)bytes + 1);
        char *more = realloc(r->names, room);
        if (!more) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the lines");
        r->names = more;
        r->names_room = room;
    }
    memcpy(r->names + r->names_bytes, name, (size_t)bytes);
    r->names[r->names_bytes + (size_t)bytes] = '\n';
    r->names_bytes += (size_t)bytes + 1;
    return AKIN_OK;
}

static akin_status put_one(cli_rows *r, const char *name, int64_t bytes, const float *row, akin_error *err)
{
    if (r->form == FORM_VEC) {
        const akin_status status = put_name(r, name, bytes, err);
        if (status) return status;
    }
    return put_numbers(r, row, r->form != FORM_VEC, err);
}

akin_status cli_rows_put(cli_rows *r, const char *name, int64_t bytes, const float *row, akin_error *err)
{
    if (r->form == FORM_NPY || (r->form == FORM_VEC && r->n < 0)) return keep(r, name, bytes, row, err);
    r->rows++;
    return put_one(r, name, bytes, row, err);
}

static akin_status flush_kept(cli_rows *r, akin_error *err)
{
    const int64_t shape[2] = { r->rows, r->cols };
    float empty = 0;
    if (r->form == FORM_NPY)
        return akin_npy_save(r->out, AKIN_F32, 2, shape, r->kept ? r->kept : &empty, err);
    if (r->n >= 0 || r->form == FORM_TEXT) return AKIN_OK;
    akin_status status = head(r, r->rows, err);
    const char *name = r->names;
    for (int64_t i = 0; i < r->rows && !status; i++) {
        const char *end = memchr(name, '\n', r->names_bytes - (size_t)(name - r->names));
        status = put_one(r, name, end - name, r->kept + i * r->cols, err);
        name = end + 1;
    }
    return status;
}

akin_status cli_rows_close(cli_rows *r, akin_status status, akin_error *err)
{
    if (!r) return status;
    if (!status) status = flush_kept(r, err);
    if (r->file && status) akin_writer_abort(r->file);
    if (r->file && !status) status = akin_writer_commit(r->file, err);
    if (!r->file && !status && fflush(stdout))
        status = cli_set_error(err, AKIN_ERR_IO, "cannot write to standard output: %s", strerror(errno));
    free(r->kept);
    free(r->names);
    free(r->line);
    free(r);
    return status;
}

/* Lines --------------------------------------------------------------------------------------------------------- */

/* Up to CHUNK lines as texts. */
typedef struct batch {
    char *bytes;
    int64_t room, start[CHUNK + 1], n;
} batch;

static akin_status add_line(batch *b, const char *text, int64_t bytes, akin_error *err)
{
    if (b->start[b->n] + bytes + 1 > b->room) {
        const int64_t room = 2 * (b->start[b->n] + bytes + 1);
        char *more = realloc(b->bytes, (size_t)room);
        if (!more) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the lines");
        b->bytes = more;
        b->room = room;
    }
    memcpy(b->bytes + b->start[b->n], text, (size_t)bytes);
    b->start[b->n + 1] = b->start[b->n] + bytes;
    b->n++;
    return AKIN_OK;
}

static akin_status add_mended(batch *b, const char *text, int64_t bytes, akin_error *err)
{
    char *mended = malloc((size_t)bytes * 3 + 1);
    if (!mended) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the lines");
    const akin_status status = add_line(b, mended, akin_utf8_mend(text, bytes, mended), err);
    free(mended);
    return status;
}

static akin_status fill(akin_lines *lines, bool mend, batch *b, akin_error *err)
{
    bool got = true;
    b->n = 0;
    b->start[0] = 0;
    while (got && b->n < CHUNK) {
        const char *text;
        int64_t bytes;
        akin_status status = akin_lines_next(lines, &text, &bytes, &got, err);
        const int64_t bad = !status && got ? akin_utf8_check(text, bytes) : bytes;
        if (!status && got && bad < bytes) {
            if (mend) {
                status = add_mended(b, text, bytes, err);
                if (status) return status;
                continue;
            }
            status = cli_set_error(err, AKIN_ERR_INPUT, "line %lld is not UTF-8 at byte %lld",
                                   (long long)akin_lines_number(lines), (long long)bad + 1);
        }
        if (!status && got) status = add_line(b, text, bytes, err);
        if (status) return status;
    }
    return AKIN_OK;
}

static akin_status embed_lines(akin_lines *lines, bool mend, akin_model *model, akin_layer layer, batch *b,
                               cli_rows *r, int64_t *n, akin_error *err)
{
    const int64_t cols = akin_model_width(model, layer);
    const akin_mat none = { NULL, 0, 0, 0 };
    float *rows = malloc((size_t)CHUNK * (size_t)cols * sizeof *rows);
    if (!rows) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %d rows", CHUNK);
    akin_status status;
    do {
        status = fill(lines, mend, b, err);
        if (status || b->n == 0) break;
        const akin_texts texts = { sizeof texts, b->bytes, b->start, b->n };
        const akin_mat out = { rows, b->n, cols, cols };
        const bool backbone = layer == AKIN_LAYER_BACKBONE;
        status = akin_model_embed_texts(model, &texts, backbone ? out : none, backbone ? none : out, err);
        for (int64_t i = 0; i < b->n && !status; i++)
            status =
                cli_rows_put(r, b->bytes + b->start[i], b->start[i + 1] - b->start[i], rows + i * cols, err);
        *n += b->n;
    } while (!status);
    free(rows);
    return status;
}

akin_status cli_embed_lines(const cli_args *args, akin_model *model, akin_layer layer, const char *out,
                            int64_t *n, akin_error *err)
{
    if (akin_model_data_kind(model) != AKIN_DATA_TEXT)
        return cli_set_error(err, AKIN_ERR_UNSUPPORTED,
                             "lines of a pipe are text, and this run was trained on %s; name a data set",
                             akin_data_kind_name(akin_model_data_kind(model)));
    if (cli_flag(args, "whiten"))
        return cli_set_error(err, AKIN_ERR_UNSUPPORTED, "--whiten is for data sets, not for lines of a pipe");
    const char *on_bad = cli_text(args, "on-bad");
    const bool mend = on_bad && strcmp(on_bad, "skip") == 0;
    akin_lines *lines = NULL;
    batch *b = calloc(1, sizeof *b);
    cli_rows *r = NULL;
    akin_status status =
        b ? akin_lines_open("-", &lines, err) : cli_set_error(err, AKIN_ERR_NOMEM, "no memory for lines");
    if (!status)
        status = cli_rows_open(out, cli_text(args, "as"), -1, akin_model_width(model, layer), &r, err);
    if (!status) status = embed_lines(lines, mend, model, layer, b, r, n, err);
    status = cli_rows_close(r, status, err);
    akin_lines_close(lines);
    free(b ? b->bytes : NULL);
    free(b);
    return status;
}
