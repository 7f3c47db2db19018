/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/repeats.c - test items that are training items too: those that a protocol fits on, and those that
 * the run learned from. */
#include "cli/eval/eval.h"
#include "cli/trained.h"

#include "akin/tool/dataset.h"

/* With --data: which test items the run learned from, as its own data tell. */
static akin_status find_learned(const cli_args *args, akin_model *model, const akin_dataset *data,
                                const char *split, cli_repeats *r, akin_error *err)
{
    akin_dataset *own = NULL;
    akin_error why;
    if (akin_model_open_dataset(model, NULL, &own, &why)) {
        cli_note(args, "which of the items the run learned from cannot be told: %s", why.message);
        return AKIN_OK;
    }
    const akin_status status = akin_dataset_repeats(data, split, own, "train", &r->learned, err);
    akin_dataset_free(own);
    return status;
}

akin_status cli_eval_find_repeats(const cli_args *args, akin_model *model, const akin_dataset *fitted,
                                  const akin_dataset *data, const char *split, cli_repeats *r,
                                  akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    const bool own =
        !cli_given(args, "data") || fitted != data; /* the protocols fit on what was learned from */
    akin_status status = akin_dataset_split(data, split, AKIN_TARGET_AUTO, &part, err);
    if (!status) status = akin_dataset_repeats(data, split, fitted, "train", &r->fitted, err);
    if (status) return status;
    r->n = part.n;
    r->learned = own ? r->fitted : -1;
    if (!own) status = find_learned(args, model, data, split, r, err);
    if (r->fitted)
        cli_note(
            args,
            "warning: %lld of the %lld test items are also training items, exactly: accuracies are too good "
            "by what they give",
            (long long)r->fitted, (long long)r->n);
    if (!own && r->learned > 0)
        cli_note(
            args,
            "warning: the run learned from %lld of the %lld test items: they are in its own data, exactly",
            (long long)r->learned, (long long)r->n);
    return status;
}

void cli_eval_put_repeats(akin_json *to, const cli_repeats *r)
{
    akin_json_put(to, "test_items", akin_json_int(r->n));
    akin_json_put(to, "also_in_train", akin_json_int(r->fitted));
    akin_json_put(to, "also_learned", r->learned < 0 ? akin_json_null() : akin_json_int(r->learned));
}
