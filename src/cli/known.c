/* SPDX-License-Identifier: Apache-2.0 */
/* cli/known.c - the words that options and arguments take where they are names of the library's tables:
 * losses, encoders, protocols, papers, studies. */
#include "cli/known.h"
#include "cli/tune/tune.h"

#include "akin/eval.h"
#include "akin/loss.h"

#include "akin/theory.h"
#include "akin/tool/model.h"
#include "akin/tool/nn.h"
#include "akin/tool/study.h"
#include "akin/tool/train.h"

#include <string.h>

static const char *loss(int i) { return akin_loss_at(i) ? akin_loss_at(i)->name : NULL; }
static const char *bound(int i)
{
    const akin_bound_kind *k = akin_bound_kind_at(i);
    return k ? k->name : NULL;
}
static const char *verb_name(int i)
{
    return cli_this_program()->verbs[i] ? cli_this_program()->verbs[i]->name : NULL;
}

static const char *study_name(int i)
{
    const akin_study_builtin *b = akin_study_builtin_at(i);
    return b ? b->name : NULL;
}

static const char *criterion(int i) { return tune_criteria[i].name; }

static const char *encoder(int i)
{
    const akin_encoder_kind *k = akin_encoder_kind_at(i);
    return k ? k->name : NULL;
}

static const char *any_encoder(int i)
{
    int images = 0;
    while (akin_encoder_kind_at(images)) images++;
    const akin_encoder_kind *k = i < images ? akin_encoder_kind_at(i) : akin_text_encoder_at(i - images);
    return k ? k->name : NULL;
}

static const char *protocol(int i)
{
    const char *last = "";
    const akin_protocol *p;
    for (int k = 0; (p = akin_protocol_at(k)); last = p->option, k++) /* rows of one option stand together */
        if (strcmp(p->option, last) != 0 && i-- == 0) return p->option;
    return NULL;
}

static const char *setting(int i)
{
    const akin_opt_desc *o = akin_train_option_at(i);
    return o ? o->name : NULL;
}

const akin_loss *cli_find_loss(const char *name, akin_error *err)
{
    const akin_loss *loss = akin_loss_find(name);
    if (loss) return loss;
    const char *names[64];
    int n = 0;
    for (int i = 0; akin_loss_at(i) && n < 63; i++) names[n++] = akin_loss_at(i)->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(name, names);
    cli_set_error(err, AKIN_ERR_ARGUMENT, "there is no loss '%s'%s%s%s; 'akin loss --list' shows them", name,
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

const cli_known cli_known_words[] = {
    { "train", "loss", loss, "cross-entropy", false, false },
    { "bench", "loss", loss, "all", false, false },
    { NULL, "loss", loss, NULL, false, false },
    { "loss", "compare", loss, "all", true, false },
    { "train", "encoder", any_encoder, "list", false, false },
    { "bench", "encoder", encoder, NULL, false, false },
    { "import", "encoder", encoder, NULL, false, false },
    { "plan", "encoder", encoder, NULL, false, false },
    { "train", "bounds", bound, "all", true, false },
    { "bounds", "only", bound, "all list", true, false },
    { "train", "class-prior", NULL, "empirical uniform", false, false },
    { NULL, "checkpoint", NULL, "newest best", false, false },
    { "eval", "protocol", protocol, NULL, true, false },
    { "eval", "classifiers", NULL, "mean mean5 linear", true, false },
    { NULL, "set", setting, NULL, false, true },
    { "study", NULL, study_name, NULL, false, false },
    { "tune", "criterion", criterion, "list", false, false },
    { "help", NULL, verb_name, NULL, false, false },
    { NULL, NULL, NULL, NULL, false, false },
};
