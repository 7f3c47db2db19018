/* SPDX-License-Identifier: Apache-2.0 */
/* cli/known.c - the words that options and arguments take where they are names of the library's tables: losses, encoders,
 * protocols, papers, studies. */
#include "cli/known.h"
#include "study/study.h"

#include "akin/eval.h"
#include "akin/loss.h"
#include "akin/theory.h"
#include "akin/tool/model.h"
#include "akin/tool/nn.h"
#include "akin/tool/train.h"

#include <string.h>

static const char *loss(int i) { return akin_losses[i].name; }
static const char *bound(int i) { return akin_bound_kinds[i].name; }
static const char *study_name(int i) { return study_builtins[i].name; }
static const char *verb_name(int i)
{
    return cli_this_program()->verbs[i] ? cli_this_program()->verbs[i]->name : NULL;
}

static const char *encoder(int i)
{
    const akin_encoder_kind *k = akin_encoder_kind_at(i);
    return k ? k->name : NULL;
}

static const char *any_encoder(int i)
{
    const akin_encoder_kind *k =
        i < akin_encoder_kinds() ? akin_encoder_kind_at(i) : akin_text_encoder_at(i - akin_encoder_kinds());
    return k ? k->name : NULL;
}

static const char *protocol(int i)
{
    const akin_protocol *p = akin_protocols;
    for (; p->name; p++) /* rows of one option stand together */
        if ((p == akin_protocols || strcmp(p->option, p[-1].option) != 0) && i-- == 0) return p->option;
    return NULL;
}

static const char *setting(int i)
{
    const akin_opt_desc *o = akin_train_option_at(i);
    return o ? o->name : NULL;
}

const cli_known cli_known_words[] = {
    { "train", "loss", loss, "cross-entropy", false, false },
    { "bench", "loss", loss, "all", false, false },
    { NULL, "loss", loss, NULL, false, false },
    { "loss", "compare", loss, "all", true, false },
    { "train", "encoder", any_encoder, "list", false, false },
    { "bench", "encoder", encoder, NULL, false, false },
    { "train", "bounds", bound, "all", true, false },
    { "bounds", "only", bound, "all list", true, false },
    { "train", "class-prior", NULL, "empirical uniform", false, false },
    { NULL, "checkpoint", NULL, "newest best", false, false },
    { "eval", "protocol", protocol, NULL, true, false },
    { "eval", "classifiers", NULL, "mean mean5 linear", true, false },
    { NULL, "set", setting, NULL, false, true },
    { "study", NULL, study_name, NULL, false, false },
    { "help", NULL, verb_name, NULL, false, false },
    { NULL, NULL, NULL, NULL, false, false },
};
