/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/rescore.c - akin nn --rescore: the nearest by bytes or bits, put in order by the float32 query and
 * better rows of the items. */
#include "cli/nn/nn.h"

#include "akin/tool/file_set.h"
#include "akin/tool/program.h"

#include <stdlib.h>
#include <string.h>

int cli_nn_again_check(const cli_args *args, const cli_table *table)
{
    const bool asked = cli_given(args, "rescore"), with = cli_given(args, "rescore-with");
    if (!asked && !with) return -1;
    if (!asked)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--rescore-with is of --rescore N, which says how many");
    if (cli_given(args, "approximate"))
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "--rescore looks through all rows by their bytes or bits, --approximate through some "
            "of their numbers; give one");
    if (!table || !table->codes.how)
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "--rescore is for a FILE.npy of int8 or packed signs (akin embed --quantize); rows of "
            "float32 are compared as they are");
    if (table->codes.how == AKIN_QUANTIZE_INT8 && !with)
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "rows of int8 are compared with float32 queries as they are; --rescore-with FILE.npy "
            "names better ones");
    if (cli_int(args, "rescore") < cli_int(args, "k"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--rescore %lld is fewer than the %lld neighbours asked for",
                         (long long)cli_int(args, "rescore"), (long long)cli_int(args, "k"));
    return -1;
}

/* Both have names, and they are others. */
static akin_status check_names(const cli_table *t, const char *with, akin_error *err)
{
    akin_names other = AKIN_NAMES_INIT;
    akin_path_kind there = AKIN_PATH_NONE;
    char *path = t->names ? akin_file_set_name(with, ".names.txt") : NULL;
    akin_status status = path ? akin_path_look(path, &there, NULL, err) : AKIN_OK;
    if (!status && there) status = akin_names_load(path, &other, err);
    for (int64_t i = 0; i < other.n && !status; i++)
        if (i >= t->rows.shape[0] || strcmp(t->names[i], other.name[i]) != 0)
            status = cli_set_error(err, AKIN_ERR_INPUT,
                                   "row %lld of '%s' is named '%s': it has other items, or another order",
                                   (long long)i, with, other.name[i]);
    akin_names_free(&other);
    free(path);
    return status;
}

static akin_status open_file(const cli_args *args, const cli_table *t, cli_nn_again *a, akin_error *err)
{
    const char *with = cli_text(args, "rescore-with");
    uint64_t state;
    akin_status status = akin_file_set_check(&with, 1, &state, err);
    if (!status) status = akin_row_file_open(with, &a->file, err);
    if (status) return status;
    const int64_t n = akin_row_file_rows(a->file), d = akin_row_file_width(a->file);
    if (n != t->rows.shape[0] || d != t->rows.shape[1])
        return cli_set_error(err, AKIN_ERR_SHAPE,
                             "'%s' is [%lld,%lld], '%s' [%lld,%lld]; they must be the same items", with,
                             (long long)n, (long long)d, args->positional[0], (long long)t->rows.shape[0],
                             (long long)t->rows.shape[1]);
    return check_names(t, with, err);
}

akin_status cli_nn_again_open(const cli_args *args, const cli_nn_space *space, const cli_queries *queries,
                              int64_t block, cli_nn_again *a, akin_error *err)
{
    const cli_table *t = space->table;
    const int64_t n = t->rows.shape[0], d = t->rows.shape[1], asked = cli_int(args, "rescore");
    const int64_t some = queries->rows.rows < block ? queries->rows.rows : block;
    const bool own = queries->own >= 0;
    *a = (cli_nn_again){ .candidates = asked + own < n ? asked + own : n, .items = &t->codes };
    if (!cli_given(args, "rescore-with") && queries->codes.how)
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "the query is of signs too, by which nothing is known better; --rescore-with "
                             "FILE.npy has the items as numbers");
    akin_status status = cli_given(args, "rescore-with") ? open_file(args, t, a, err) : AKIN_OK;
    if (status) return status;
    const size_t places = (size_t)some * (size_t)a->candidates;
    a->found = malloc(places * sizeof *a->found);
    a->signs = malloc((size_t)some * (size_t)akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d) + 1);
    if (own) a->own = malloc((size_t)d * sizeof *a->own);
    if (!a->found || !a->signs || (own && !a->own)) return cli_no_memory(err, (int64_t)places, "candidates");
    return own ? akin_row_file_read(queries->own, a->own, a->file, err) : AKIN_OK;
}

static akin_status item_row(int64_t row, float *out, void *ctx, akin_error *err)
{
    (void)err;
    akin_codes_row(ctx, row, out);
    return AKIN_OK;
}

akin_status cli_nn_again_find(const cli_nn_again *a, const akin_codes *queries, int64_t k, int32_t *index,
                              float *similarity, akin_error *err)
{
    akin_codes coarse = *queries, fine = *queries;
    const int64_t d = queries->width, bytes = akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d);
    if (!queries->how && a->items->how == AKIN_QUANTIZE_BINARY) {
        for (int64_t i = 0; i < queries->rows; i++)
            akin_quantize_row(AKIN_QUANTIZE_BINARY, (const float *)queries->data + i * d, d,
                              a->signs + i * bytes);
        coarse.how = AKIN_QUANTIZE_BINARY;
        coarse.data = a->signs;
    }
    if (a->own) {
        fine.how = AKIN_QUANTIZE_NONE;
        fine.data = a->own;
    }
    const akin_status status =
        akin_near_codes_by(cli_ranks(), &coarse, a->items, a->candidates, a->found, NULL, err);
    if (status) return status;
    union {
        const akin_codes *in;
        void *out;
    } items = { a->items };
    akin_rescore what = AKIN_RESCORE_INIT;
    what.query = &fine;
    what.found = a->found;
    what.candidates = a->candidates;
    what.k = k;
    what.read = a->file ? akin_row_file_read : item_row;
    what.ctx = a->file ? (void *)a->file : items.out;
    return akin_near_rescore_by(cli_ranks(), &what, index, similarity, err);
}

void cli_nn_again_close(cli_nn_again *a)
{
    akin_row_file_close(a->file);
    free(a->own);
    free(a->signs);
    free(a->found);
    *a = (cli_nn_again){ .candidates = 0 };
}
