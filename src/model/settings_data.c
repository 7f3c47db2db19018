/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings_data.c - what a run is told about its data, which the row of their kind reads
 * (set/kinds.h), and about the vectors of words. */
#include "model/config_rules.h"
#include "model/settings_groups.h"

#include "akin/tool/gru.h"
#include "base/base.h"

#include <string.h>

enum { DEFAULT_DIM = 100 };

static void table_of(const akin_train_config *c, ak_train_settings *s)
{
    static const char *const names[] = { [AKIN_BAG_SGD] = "sgd",
                                         [AKIN_BAG_ADAGRAD] = "adagrad",
                                         [AKIN_BAG_ADAGRAD_ROW] = "adagrad-row",
                                         [AKIN_BAG_ADAMW] = "adamw" };
    const char *chosen = akin_train_config_get(c, "words-optimizer");
    if (strcmp(chosen, "auto") == 0) chosen = s->update.optimizer.kind == AK_ADAMW ? "adamw" : "sgd";
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], chosen) == 0) s->table.optimizer = i;
    s->table.dim = (int32_t)ak_config_number(c, "dim");
    s->table.frozen = ak_config_flag(c, "freeze-words");
    s->table.beta1 = s->update.optimizer.momentum;
    s->table.beta2 = s->update.optimizer.beta2;
    s->words_lr = ak_config_number(c, "words-lr");
    const char *length = akin_train_config_get(c, "words-length");
    s->words_length = strcmp(length, "drawn") == 0   ? AK_WORDS_DRAWN
                      : strcmp(length, "given") == 0 ? AK_WORDS_GIVEN
                                                     : AK_WORDS_AUTO;
    s->pool = strcmp(akin_train_config_get(c, "pool"), "mean") == 0 ? AKIN_GRU_MEAN : AKIN_GRU_LAST;
}

/* What encoders of words cannot do. */
static akin_status check_table(const akin_train_config *c, const ak_train_settings *s, akin_error *err)
{
    if (s->update.ema > 0)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "--ema averages dense weights; text encoders have none of it");
    const bool transformer = strcmp(s->encoder.name, "transformer") == 0;
    if (transformer && ak_config_number(c, "maxn") > 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--encoder transformer reads words, not their n-grams; give --maxn 0");
    if (ak_config_flag(c, "freeze-words") && !akin_train_config_get(c, "word-vectors"))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--freeze-words needs --word-vectors: random ones would stay random");
    return AKIN_OK;
}

akin_status ak_settings_data(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    const ak_option_reader from = ak_train_config_reader(c);
    const ak_kind *kind = ak_train_config_kind(c);
    s->table = (akin_bag_opts)AKIN_BAG_OPTS_INIT;
    s->table.dim = DEFAULT_DIM;
    if (kind->tokens) {
        table_of(c, s);
        AK_TRY(check_table(c, s, err));
    }
    return ak_data_opts_read(kind, &from, &s->data, err);
}
