/* SPDX-License-Identifier: Apache-2.0 */
/* model/model.h - a model while it is loaded (model.c) and while it embeds (embed.c). */
#ifndef AK_MODEL_MODEL_H
#define AK_MODEL_MODEL_H

#include "akin/model.h"
#include "akin/tool/model.h"

#include "dist/dist.h"
#include "model/config.h"
#include "model/settings.h"
#include "model/net.h"
#include "base/remarks.h"
#include "set/kinds.h"

enum { AK_READ_OPTIONS = 9 };

struct akin_model {
    akin_train_config *config;
    ak_train_settings set;
    ak_net net;
    akin_model_kind kind;
    const ak_kind *data_kind;
    void *measured; /* what the run measured on its data, of the kind's own type */
    ak_run_classes classes;
    ak_comm *ranks;     /* that embed together, or NULL */
    int64_t rows;       /* that go through the net at once */
    int64_t projection; /* width of what the head gives */
    bool averaged;      /* the weights are the moving average */
    bool warm;          /* RANDOM: the statistics of batch norm were measured */
    int64_t step;
    char fingerprint[32];          /* of the data that were trained on; "" = not known */
    int64_t trained, tested;       /* items of their training and test parts; -1 = not known */
    char *as_run[AK_READ_OPTIONS]; /* of options of reading that were changed: what the run has */
    bool otherwise;       /* a set is opened by other options than at training, so that it looks another */
    bool imported;        /* the weights were trained elsewhere (akin/tool/weights.h) */
    char data_path[4096]; /* "": a program gave the data, or an import has none */
    ak_remarks warnings;  /* of the weights that were loaded */
    double *words;        /* weights of words, whose columns stand beside the features; NULL: none do */
};

#endif
