/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/run.c - akin nn RUN [DATA]: the items of a data set that are nearest to one of themselves, or to
 * what the run embeds. */
#include "cli/nn/nn.h"

#include "cli/trained.h"

#include "akin/tool/dataset.h"

#include <stdlib.h>

static akin_status fill_table(const cli_args *args, akin_model *model, const akin_dataset *set,
                              const akin_whitening *whitening, cli_table *t, akin_error *err)
{
    const char *split = cli_text(args, "split");
    const akin_layer layer = cli_layer(args);
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_status status = akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, err);
    if (!status) status = cli_table_room(t, part.n, akin_model_width(model, layer), err);
    if (status) return status;
    const akin_mat rows = { t->rows.data, part.n, t->rows.shape[1], t->rows.shape[1] };
    status = cli_embed_split(model, set, split, layer, rows, err);
    if (!status) status = cli_whiten_rows(whitening, rows, err);
    return status ? status : cli_table_name_items(set, split, part.n, t, err);
}

int cli_nn_run(const cli_args *args, const char *query, int64_t k)
{
    akin_error err;
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    cli_table table = { .text = NULL };
    akin_whitening *whitening = NULL;
    cli_form form = CLI_PLAIN;
    const char *data = args->positionals > 1 ? args->positional[1] : NULL;
    akin_status status = cli_open_shared(args, args->positional[0], AKIN_MODEL_TRAINED, NULL, &model, &err);
    if (!status) status = cli_form_of(args, model, cli_layer(args), &form, &err);
    if (!status && form) status = cli_fit_form(args, model, cli_layer(args), form, !data, &whitening, &err);
    if (!status) status = cli_open_set(args, model, data, &set, &err);
    status = cli_ranks_alike(status, model, set, &err);
    if (!status) status = fill_table(args, model, set, whitening, &table, &err);
    const cli_nn_space space = { &table, model, set, whitening };
    const int code = status ? cli_fail(args, &err) : cli_nn_find(args, &space, query, k);
    if (code == 0) cli_tell_form(args, form);
    akin_whitening_free(whitening);
    cli_table_free(&table);
    akin_dataset_free(set);
    akin_model_free(model);
    return code;
}
