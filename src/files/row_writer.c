/* SPDX-License-Identifier: Apache-2.0 */
/* files/row_writer.c - rows of numbers to a file or to stdout, as .npy, .npz, text, a table or fastText's
 * .vec. */
#include "akin/tool/row_writer.h"

#include "akin/tool/program.h"
#include "base/base.h"
#include "base/plain.h"
#include "base/escape.h"
#include "base/path.h"
#include "files/npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 8192, NUMBER = 24 };

typedef enum form { FORM_NPY, FORM_NPZ, FORM_TEXT, FORM_VEC, FORM_CSV, FORM_TSV, FORM_NONE } form;

/* What --as calls them, and the end of a name. */
static const struct {
    const char *name, *end;
    form form;
} FORMS[] = {
    { "npy", ".npy", FORM_NPY }, { "npz", ".npz", FORM_NPZ }, { "text", ".txt", FORM_TEXT },
    { "vec", ".vec", FORM_VEC }, { "csv", ".csv", FORM_CSV }, { "tsv", ".tsv", FORM_TSV },
};
enum { N_FORMS = sizeof FORMS / sizeof *FORMS };

struct akin_row_writer {
    form form;
    int64_t n, cols, rows; /* n: announced, -1 = not; rows: so far */
    akin_writer *file;     /* NULL = stdout */
    float *kept;           /* .npy, .npz; .vec without n */
    int64_t room;
    char *names; /* .vec without n: one a line */
    size_t names_bytes, names_room;
    char *line;
    akin_npz_more_fn *more; /* further arrays of a .npz */
    void *ctx;
    akin_quantize quantize; /* of .npy */
};

/* A name without an end is .npy; FORM_NONE for an end that is none of these. */
static form form_of(const char *out, const char *as)
{
    for (int i = 0; i < N_FORMS; i++)
        if (strcmp(as, FORMS[i].name) == 0) return FORMS[i].form;
    if (strcmp(out, "-") == 0) return FORM_TEXT;
    const char *slash = strrchr(out, '/'), *end = strrchr(slash ? slash : out, '.');
    if (!end || !end[1] || end == out || end == slash + 1) return FORM_NPY;
    for (int i = 0; i < N_FORMS; i++)
        if (strcmp(end, FORMS[i].end) == 0) return FORMS[i].form;
    return FORM_NONE;
}

akin_status akin_row_writer_check(const char *out, const char *as, akin_error *err)
{
    if (!out || !as) return ak_fail(err, AKIN_ERR_ARGUMENT, "row_writer: a path and a form are needed");
    const form f = form_of(out, as);
    char shown[AK_SHOWN];
    if ((f == FORM_NPY || f == FORM_NPZ) && strcmp(out, "-") == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       ".%s tells its length first and cannot go down a pipe; give -o FILE.%s",
                       f == FORM_NPY ? "npy" : "npz", f == FORM_NPY ? "npy" : "npz");
    if (f == FORM_NONE)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "'%s' ends in no form that rows are written in: .npy, .npz, .txt, .csv, .tsv or .vec; --as names "
            "one whatever the end is",
            ak_shown(out, shown));
    return AKIN_OK;
}

static akin_status emit(akin_row_writer *r, const char *bytes, size_t n, akin_error *err)
{
    if (r->file) return akin_writer_write(r->file, bytes, n, err);
    if (fwrite(bytes, 1, n, stdout) == n) return AKIN_OK;
    return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot write to standard output: %s",
                   ak_strerror(errno));
}

static akin_status head(akin_row_writer *r, int64_t n, akin_error *err)
{
    char text[64];
    akin_status status = AKIN_OK;
    for (int64_t c = 0; c < r->cols && !status && (r->form == FORM_CSV || r->form == FORM_TSV); c++)
        status = emit(r, text,
                      (size_t)snprintf(text, sizeof text, "%sd%lld%s",
                                       c == 0                ? ""
                                       : r->form == FORM_CSV ? ","
                                                             : "\t",
                                       (long long)c, c + 1 == r->cols ? "\n" : ""),
                      err);
    if (r->form != FORM_VEC) return status;
    return emit(r, text, (size_t)snprintf(text, sizeof text, "%lld %lld\n", (long long)n, (long long)r->cols),
                err);
}

akin_status akin_row_writer_into(akin_writer *file, const char *path, const char *as, int64_t n, int64_t cols,
                                 akin_row_writer **made, akin_error *err)
{
    akin_row_writer *r = path && as && made && cols > 0 ? calloc(1, sizeof *r) : NULL;
    if (!r) {
        akin_writer_abort(file);
        return path && as && made && cols > 0
                   ? ak_fail(err, AKIN_ERR_NOMEM, "no memory to write rows")
                   : ak_fail(err, AKIN_ERR_ARGUMENT,
                             "row_writer: a path, a form, a place for the result and columns");
    }
    r->file = file;
    r->form = form_of(path, as);
    r->n = n;
    r->cols = cols;
    r->line = malloc((size_t)cols * NUMBER + 2);
    akin_status status = r->line ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to write rows");
    if (!status) status = akin_row_writer_check(path, as, err);
    if (!status && (n >= 0 || r->form != FORM_VEC)) status = head(r, n, err);
    if (status) return akin_row_writer_close(r, status, err);
    *made = r;
    return AKIN_OK;
}

akin_status akin_row_writer_open(const char *out, const char *as, int64_t n, int64_t cols,
                                 akin_row_writer **made, akin_error *err)
{
    akin_writer *file = NULL;
    if (out && strcmp(out, "-") != 0) AK_TRY(akin_writer_open(out, &file, err));
    return akin_row_writer_into(file, out, as, n, cols, made, err);
}

static akin_status put_name(akin_row_writer *r, const char *name, int64_t bytes, akin_error *err)
{
    char clean[1024] = "", shown[4 * sizeof clean];
    size_t n = (size_t)bytes < sizeof clean ? (size_t)bytes : sizeof clean - 1;
    while (n > 0 && n < (size_t)bytes && ((unsigned char)name[n] & 0xC0) == 0x80)
        n--; /* between characters */
    for (size_t i = 0; i < n; i++) clean[i] = ak_isspace(name[i]) ? '_' : name[i];
    ak_show(clean, n, AK_HEAD, shown, sizeof shown);
    return emit(r, n ? shown : "_", n ? strlen(shown) : 1, err);
}

static akin_status put_numbers(akin_row_writer *r, const float *row, bool first, akin_error *err)
{
    const char *between = r->form == FORM_CSV ? "," : r->form == FORM_TSV ? "\t" : " ";
    size_t used = 0;
    for (int64_t c = 0; c < r->cols; c++)
        used +=
            (size_t)ak_snprintf(r->line + used, NUMBER, "%s%.7g", c || !first ? between : "", (double)row[c]);
    r->line[used++] = '\n';
    return emit(r, r->line, used, err);
}

static akin_status keep(akin_row_writer *r, const char *name, int64_t bytes, const float *row,
                        akin_error *err)
{
    if (r->rows == r->room) {
        const int64_t room = r->n > 0 ? r->n : r->room ? 2 * r->room : CHUNK;
        float *more = realloc(r->kept, (size_t)room * (size_t)r->cols * sizeof *more);
        if (!more) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld rows", (long long)room);
        r->kept = more;
        r->room = room;
    }
    memcpy(r->kept + r->rows++ * r->cols, row, (size_t)r->cols * sizeof *row);
    if (r->form != FORM_VEC) return AKIN_OK;
    if (r->names_bytes + (size_t)bytes + 1 > r->names_room) {
        const size_t room = 2 * (r->names_bytes + (size_t)bytes + 1);
        char *more = realloc(r->names, room);
        if (!more) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the lines");
        r->names = more;
        r->names_room = room;
    }
    for (int64_t i = 0; i < bytes; i++)
        r->names[r->names_bytes + (size_t)i] = (char)(name[i] == '\n' ? '_' : name[i]);
    r->names[r->names_bytes + (size_t)bytes] = '\n';
    r->names_bytes += (size_t)bytes + 1;
    return AKIN_OK;
}

static akin_status put_one(akin_row_writer *r, const char *name, int64_t bytes, const float *row,
                           akin_error *err)
{
    if (r->form == FORM_VEC) {
        const akin_status status = put_name(r, name, bytes, err);
        if (status) return status;
    }
    return put_numbers(r, row, r->form != FORM_VEC, err);
}

akin_status akin_row_writer_put(akin_row_writer *r, const char *name, int64_t bytes, const float *row,
                                akin_error *err)
{
    AK_GIVEN(r, err);
    AK_GIVEN(row, err);
    if (r->form == FORM_NPY || r->form == FORM_NPZ || (r->form == FORM_VEC && r->n < 0))
        return keep(r, name, bytes, row, err);
    r->rows++;
    return put_one(r, name, bytes, row, err);
}

/* The rows, and what else the caller has. */
static akin_status write_npz(akin_row_writer *r, const int64_t shape[2], const float *rows, akin_error *err)
{
    akin_npz_writer *z = NULL;
    AK_TRY(akin_npz_begin(r->file, &z, err));
    akin_status status = akin_npz_add(z, "embeddings", AKIN_DTYPE_F32, 2, shape, rows, err);
    if (!status && r->more) status = r->more(z, r->ctx, err);
    return akin_npz_end(z, status, err);
}

void akin_row_writer_add(akin_row_writer *r, akin_npz_more_fn *more, void *ctx)
{
    r->more = more;
    r->ctx = ctx;
}

bool akin_row_writer_has_names(const akin_row_writer *r) { return r->form == FORM_NPZ; }

bool akin_row_writer_quantizes(const char *path, const char *as)
{
    return path && as && form_of(path, as) == FORM_NPY;
}

akin_status akin_row_writer_quantize(akin_row_writer *r, akin_quantize how, akin_error *err)
{
    AK_GIVEN(r, err);
    if (how && r->form != FORM_NPY)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "row_writer: rows in bytes or bits are .npy");
    r->quantize = how;
    return AKIN_OK;
}

/* Rows of int8, or of packed bits. */
static akin_status write_quantized(akin_row_writer *r, akin_error *err)
{
    const int64_t bytes = akin_quantize_bytes(r->quantize, r->cols), shape[2] = { r->rows, bytes };
    ak_npy_text head;
    AK_TRY(r->quantize == AKIN_QUANTIZE_INT8 ? ak_npy_head_of_int8(shape, &head, err)
                                             : ak_npy_head(AKIN_DTYPE_U8, 2, shape, &head, err));
    char *row = malloc((size_t)bytes);
    if (!row) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write rows");
    akin_status status = akin_writer_write(r->file, head.text, head.bytes, err);
    for (int64_t i = 0; i < r->rows && !status; i++) {
        akin_quantize_row(r->quantize, r->kept + i * r->cols, r->cols, row);
        status = akin_writer_write(r->file, row, (size_t)bytes, err);
    }
    free(row);
    return status;
}

static akin_status flush_kept(akin_row_writer *r, akin_error *err)
{
    const int64_t shape[2] = { r->rows, r->cols };
    float empty = 0;
    if (r->form == FORM_NPZ) return write_npz(r, shape, r->kept ? r->kept : &empty, err);
    if (r->form == FORM_NPY && r->quantize) return write_quantized(r, err);
    if (r->form == FORM_NPY)
        return akin_npy_write(r->file, AKIN_DTYPE_F32, 2, shape, r->kept ? r->kept : &empty, err);
    if (r->n >= 0 || r->form != FORM_VEC) return AKIN_OK;
    akin_status status = head(r, r->rows, err);
    const char *name = r->names;
    for (int64_t i = 0; i < r->rows && !status; i++) {
        const char *end = memchr(name, '\n', r->names_bytes - (size_t)(name - r->names));
        status = put_one(r, name, end - name, r->kept + i * r->cols, err);
        name = end + 1;
    }
    return status;
}

akin_status akin_row_writer_close(akin_row_writer *r, akin_status status, akin_error *err)
{
    if (!r) return status;
    if (!status) status = flush_kept(r, err);
    if (r->file && status) akin_writer_abort(r->file);
    if (r->file && !status) status = akin_writer_commit(r->file, err);
    if (!r->file && !status && fflush(stdout))
        status = ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot write to standard output: %s",
                         ak_strerror(errno));
    free(r->kept);
    free(r->names);
    free(r->line);
    free(r);
    return status;
}
