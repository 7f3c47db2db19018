/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_config.c - a configuration as JSON, and options of a run one by one: NAME=VALUE in each line. */
#include "akin/tool/program.h"
#include "akin/tool/train.h"
#include "akin/train.h"
#include "fuzz.h"

static akin_status set(const char *name, const char *value, void *ctx, akin_error *err)
{
    const akin_status status = akin_train_config_set(ctx, name, value, err);
    fz_said(status, err);
    return status == AKIN_ERR_NOMEM ? status : AKIN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const fz_input pairs = fz_part(&in);
    char *text = fz_text(pairs.at, pairs.n);
    akin_train_config *c = NULL;
    akin_error err;
    FZ_CHECK(akin_train_config_create(&c, &err) == AKIN_OK);
    fz_said(akin_option_pairs(text, set, c, &err), &err);
    fz_said(akin_train_config_load(c, fz_file("config.json", in.at, in.n), &err), &err);
    const akin_opt_desc *row;
    for (int i = 0; (row = akin_train_option_at(i)) != NULL; i++) {
        const char *value = akin_train_config_get(c, row->name);
        FZ_CHECK(!value || akin_opt_check(row, value, NULL, &err) == AKIN_OK ||
                 !akin_train_config_is_set(c, row->name));
    }
    akin_train_config_free(c);
    free(text);
    return 0;
}
