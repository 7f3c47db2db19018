/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_data.c - what a run is told about its data and about the vectors of words; the options of the data are read
 * by the row of its kind (set/kinds.h). */
#include "model/config.h"

#include "base/base.h"

#include <string.h>

enum { HOLDOUT_SEED = 1, DEFAULT_DIM = 100 }; /* runs of different seeds are to be tested on the same items */

bool ak_train_config_fits(const akin_train_config *c, const char *name)
{
    return ak_kind_has_option(ak_train_config_kind(c), name);
}

/* Typed values -------------------------------------------------------------------------------------------------- */

static double real(const akin_train_config *c, const char *name)
{
    const char *text = akin_train_config_get(c, name);
    return text ? strtod(text, NULL) : 0;
}

static int32_t whole(const akin_train_config *c, const char *name) { return (int32_t)real(c, name); }

static bool flag(const akin_train_config *c, const char *name)
{
    return akin_train_config_is_set(c, name) && strcmp(akin_train_config_get(c, name), "0") != 0;
}

static void table_of(const akin_train_config *c, ak_train_settings *s)
{
    static const char *const names[] = { "sgd", "adagrad", "adagrad-row",
                                         "adamw" }; /* as in akin_bag_optimizer */
    const char *chosen = akin_train_config_get(c, "words-optimizer");
    if (strcmp(chosen, "auto") == 0) chosen = s->update.optimizer.kind == AK_ADAMW ? "adamw" : "sgd";
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], chosen) == 0) s->table.optimizer = i;
    s->table.dim = whole(c, "dim");
    s->table.frozen = flag(c, "freeze-words");
    s->table.beta1 = s->update.optimizer.momentum;
    s->table.beta2 = s->update.optimizer.beta2;
    s->words_lr = real(c, "words-lr");
    s->pool = strcmp(akin_train_config_get(c, "pool"), "mean") == 0 ? AKIN_GRU_MEAN : AKIN_GRU_LAST;
}

/* What encoders of tokens cannot do. */
static akin_status check_table(const akin_train_config *c, const ak_train_settings *s, akin_error *err)
{
    if (s->update.ema > 0)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "--ema averages dense weights; text encoders have none of it");
    if (flag(c, "freeze-words") && !akin_train_config_get(c, "word-vectors"))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--freeze-words needs --word-vectors: random ones would stay random");
    return AKIN_OK;
}

static const char *value_of(const void *c, const char *name) { return akin_train_config_get(c, name); }
static bool is_given(const void *c, const char *name) { return akin_train_config_is_set(c, name); }

ak_option_reader ak_train_config_reader(const akin_train_config *c)
{
    return (ak_option_reader){ value_of, is_given, c, HOLDOUT_SEED, true };
}

akin_status ak_train_data_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
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
