/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/lines.c - lines of a pipe as rows. */
#include "cli/embed/embed.h"
#include "cli/trained.h"

#include "akin/tool/lines.h"
#include "akin/tool/model.h"
#include "akin/tool/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 8192 };

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
            status = cli_set_error(
                err, AKIN_ERR_INPUT,
                "line %lld is not UTF-8 at byte %lld, 0x%02x; --on-bad skip reads such bytes as U+FFFD",
                (long long)akin_lines_number(lines), (long long)bad + 1, (unsigned)(unsigned char)text[bad]);
        }
        if (!status && got) status = add_line(b, text, bytes, err);
        if (status) return status;
    }
    return AKIN_OK;
}

int64_t cli_zero_rows(akin_cmat rows, bool *which)
{
    int64_t n = 0;
    for (int64_t i = 0; i < rows.rows; i++) {
        int64_t c = 0;
        while (c < rows.cols && rows.data[i * rows.stride + c] == 0) c++;
        n += c == rows.cols;
        if (which) which[i] = c == rows.cols;
    }
    return n;
}

void cli_tell_zero_rows(const cli_args *args, int64_t zeros, int64_t n)
{
    if (zeros)
        cli_note(args, "%lld of the %lld texts have no words that the run knows; their rows are zeros",
                 (long long)zeros, (long long)n);
}

/* A pipe has no name that tells its form. */
static void tell_form(const cli_args *args, const batch *b)
{
    const char *text = b->bytes;
    const int64_t bytes = b->start[1];
    const char *looks = bytes > 0 && (text[0] == '{' || text[0] == '[')  ? "JSON"
                        : bytes > 0 && memchr(text, '\t', (size_t)bytes) ? "a row of a table"
                                                                         : NULL;
    if (looks)
        cli_note(args,
                 "each line of the pipe is a text as it stands, and the first looks like %s; a file that is "
                 "named is read by its columns or keys",
                 looks);
}

static akin_status embed_lines(const cli_args *args, akin_lines *lines, bool mend, akin_model *model,
                               akin_layer layer, const akin_whitening *whitening, batch *b,
                               akin_row_writer *r, int64_t *n, int64_t *zeros, akin_error *err)
{
    const int64_t cols = akin_model_width(model, layer);
    const akin_mat none = { NULL, 0, 0, 0 };
    float *rows = malloc((size_t)CHUNK * (size_t)cols * sizeof *rows);
    if (!rows) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %d rows", CHUNK);
    akin_status status;
    do {
        status = fill(lines, mend, b, err);
        if (status || b->n == 0) break;
        if (*n == 0) tell_form(args, b);
        const akin_texts texts = { sizeof texts, b->bytes, b->start, b->n };
        const akin_mat out = { rows, b->n, cols, cols };
        const bool backbone = layer == AKIN_LAYER_BACKBONE;
        status = akin_model_embed_texts(model, &texts, backbone ? out : none, backbone ? none : out, err);
        if (!status) *zeros += cli_zero_rows(akin_mat_const(out), NULL);
        if (!status) status = cli_whiten_rows(whitening, out, err);
        for (int64_t i = 0; i < b->n && !status; i++)
            status = akin_row_writer_put(r, b->bytes + b->start[i], b->start[i + 1] - b->start[i],
                                         rows + i * cols, err);
        *n += b->n;
    } while (!status);
    free(rows);
    return status;
}

akin_status cli_embed_rows(const cli_args *args, akin_file_set *files, const char *out, int64_t n,
                           int64_t cols, akin_row_writer **made, akin_error *err)
{
    const char *as = cli_text(args, "as");
    akin_writer *file = NULL;
    akin_status status = AKIN_OK;
    if (files) status = akin_file_set_add(files, "", &file, err);
    if (!status)
        status = files ? akin_row_writer_into(file, out, as, n, cols, made, err)
                       : akin_row_writer_open(out, as, n, cols, made, err);
    return status ? status : akin_row_writer_quantize(*made, cli_quantize(args), err);
}

akin_status cli_embed_lines(const cli_args *args, akin_model *model, const akin_whitening *whitening,
                            akin_file_set *files, const char *out, int64_t *n, int64_t *zeros,
                            akin_error *err)
{
    const akin_layer layer = cli_layer(args);
    if (!akin_model_embeds_texts(model))
        return cli_set_error(err, AKIN_ERR_UNSUPPORTED,
                             "lines of a pipe are text, and this run was trained on %s; name a data set",
                             akin_data_kind_name(akin_model_data_kind(model)));
    const char *on_bad = cli_text(args, "on-bad");
    const bool mend = on_bad && strcmp(on_bad, "skip") == 0;
    akin_lines *lines = NULL;
    batch *b = calloc(1, sizeof *b);
    akin_row_writer *r = NULL;
    akin_status status =
        b ? akin_lines_open("-", &lines, err) : cli_set_error(err, AKIN_ERR_NOMEM, "no memory for lines");
    if (!status) status = cli_embed_rows(args, files, out, -1, akin_model_width(model, layer), &r, err);
    if (!status) status = embed_lines(args, lines, mend, model, layer, whitening, b, r, n, zeros, err);
    status = akin_row_writer_close(r, status, err);
    akin_lines_close(lines);
    if (!status) cli_tell_zero_rows(args, *zeros, *n);
    free(b ? b->bytes : NULL);
    free(b);
    return status;
}
