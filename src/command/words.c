/* SPDX-License-Identifier: Apache-2.0 */
/* command/words.c - the words that an option or an argument takes: the choices of its row, or, for a text, the tables of the
 * library: losses, encoders, protocols, papers. */
#include "command/words.h"
#include "study/study.h"

#include "akin/eval.h"
#include "akin/loss.h"
#include "akin/tool/nn.h"
#include "akin/theory.h"

#include <stdio.h>
#include <string.h>

/* Word i of a list, NULL past the last. */
typedef const char *(*word_fn)(int i);

static const char *loss(int i) { return akin_losses[i].name; }
static const char *bound(int i) { return akin_bound_kinds[i].name; }
static const char *study_name(int i) { return study_builtins[i].name; }
static const char *verb_name(int i) { return cli_verbs[i] ? cli_verbs[i]->name : NULL; }

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
    const akin_opt_desc *o = akin_train_option(i);
    return o ? o->name : NULL;
}

/* Texts whose words are known: of which verb (NULL: of each), which option (NULL: the first argument), the words of a
 * table and further ones. The first row that fits counts. */
static const struct {
    const char *verb, *option;
    word_fn word;
    const char *more;
    bool list, assign;
} KNOWN[] = {
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
};

static void add(cli_words *to, const char *word)
{
    const size_t n = strlen(to->text);
    snprintf(to->text + n, sizeof to->text - n, "%s%s", n ? " " : "", word);
}

static void add_known(cli_words *to, const char *verb, const char *option)
{
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        if (KNOWN[k].verb && strcmp(KNOWN[k].verb, verb) != 0) continue;
        if (!KNOWN[k].option != !option || (option && strcmp(KNOWN[k].option, option) != 0)) continue;
        for (int i = 0; KNOWN[k].word && KNOWN[k].word(i); i++) add(to, KNOWN[k].word(i));
        if (KNOWN[k].more) add(to, KNOWN[k].more);
        to->list = KNOWN[k].list;
        to->assign = KNOWN[k].assign;
        return;
    }
}

void cli_option_words(const cli_verb *verb, const akin_opt_desc *o, cli_words *to)
{
    *to = (cli_words){ .text = "" };
    if (o->type == AKIN_OPT_CHOICE) {
        snprintf(to->text, sizeof to->text, "%s", o->values);
        for (char *bar = to->text; (bar = strchr(bar, '|')) != NULL;) *bar = ' ';
    }
    if (o->type != AKIN_OPT_TEXT) return;
    add_known(to, verb->name, o->name);
    const char *shown = o->values ? o->values : "";
    if (strstr(shown, "FILE") || strstr(shown, "DATA"))
        to->place = CLI_FILE;
    else if (strstr(shown, "RUN") || strstr(shown, "DIR"))
        to->place = CLI_FOLDER;
}

bool cli_argument_words(const cli_verb *verb, int i, cli_words *to)
{
    *to = (cli_words){ .text = "" };
    if (i + !!verb->action >= verb->most) return false;
    if (i == 0) add_known(to, verb->name, NULL);
    const bool runs = strncmp(verb->usage, "RUN", 3) == 0;
    to->place = runs && (i == 0 || verb->most > 2) ? CLI_FOLDER : CLI_FILE;
    if (verb->plain) to->place = CLI_NO_PLACE;
    return true;
}

bool cli_repeats(const akin_opt_desc *o) { return strcmp(o->name, "set") == 0; }
