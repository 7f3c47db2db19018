/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/raw.c - which rows of raw data can be evaluated, and whitened. */
#include "cli/eval/eval.h"

#include "akin/tool/model.h"

#include <string.h>

/* The protocols hold a row of numbers for each item, which may be far more than the items take: of each rank
 * of a host, and what one has no room for, no rank evaluates. */
akin_status cli_eval_raw_fits(const cli_args *args, const akin_model *model, const akin_dataset *data,
                              int64_t items, bool *fit, akin_error *err)
{
    akin_ranks *ranks = cli_ranks();
    const bool in_memory = akin_dataset_raw_name(data) && !akin_dataset_raw_on_disk(data);
    const int64_t available = akin_memory_available(), width = akin_model_raw_width(model, data);
    const double bytes = (double)items * (double)width * sizeof(float);
    double here = 0, lacks = 0;
    for (int r = 0; r < akin_ranks_size(ranks); r++)
        here += strcmp(akin_ranks_host(ranks, r), akin_ranks_host(ranks, akin_ranks_rank(ranks))) == 0;
    if (available >= 0 && !in_memory) lacks = here * bytes >= 0.5 * (double)available;
    akin_status status = akin_ranks_agree(ranks, AKIN_OK, err);
    if (!status) status = akin_ranks_most(ranks, &lacks, 1, err);
    *fit = lacks == 0;
    if (!status && !*fit)
        cli_note(args,
                 "raw %s are left out: as numbers they take %.1f GiB, more than half of the memory there is",
                 akin_model_raw_name(model, data), bytes * 0x1p-30);
    return status;
}

/* Whitening takes time as the cube of the columns: 0.3 s for 784, minutes for those of a photograph. */
bool cli_eval_raw_whitens(const cli_args *args, const akin_model *model, const akin_dataset *data)
{
    enum { MOST_COLUMNS = 4096 };
    const long long width = (long long)akin_model_raw_width(model, data);
    if (width <= MOST_COLUMNS) return true;
    cli_note(args, "whitened %s are left out: they have %lld columns, and at most %d are whitened",
             akin_model_raw_name(model, data), width, MOST_COLUMNS);
    return false;
}

akin_status cli_eval_check_width(const cli_args *args, const akin_model *model, akin_error *err)
{
    static const char *const layers[2] = { "backbone", "projector" };
    const char *wanted = cli_text(args, "layer");
    if (!cli_given(args, "width")) return AKIN_OK;
    for (int l = 0; l < (akin_model_has_head(model) ? 2 : 1); l++) {
        const int64_t there = akin_model_width(model, l ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE);
        if (strcmp(wanted, "all") != 0 && strcmp(wanted, layers[l]) != 0) continue;
        if (cli_int(args, "width") > there)
            return cli_set_error(err, AKIN_ERR_ARGUMENT,
                                 "--width is %lld, and the %s has %lld columns; give a smaller one, or "
                                 "another --layer",
                                 (long long)cli_int(args, "width"), layers[l], (long long)there);
    }
    return AKIN_OK;
}

void cli_eval_leading(const cli_args *args, akin_mat layers[2])
{
    for (int l = 0; l < 2; l++) {
        akin_mat *rows = &layers[l];
        const int64_t width = cli_given(args, "width") ? cli_int(args, "width") : rows->cols;
        if (!rows->data || width >= rows->cols) continue;
        for (int64_t i = 0; i < rows->rows; i++)
            memmove(rows->data + i * width, rows->data + i * rows->stride,
                    (size_t)width * sizeof *rows->data);
        rows->cols = rows->stride = width;
    }
}
