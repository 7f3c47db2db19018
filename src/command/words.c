/* SPDX-License-Identifier: Apache-2.0 */
/* command/words.c - the words that an option or an argument takes: the choices of its row, or those that
 * the program knows of it, such as the names of the losses. */
#include "command/words.h"

#include <stdio.h>
#include <string.h>

static void add(cli_words *to, const char *word)
{
    const size_t n = strlen(to->text);
    snprintf(to->text + n, sizeof to->text - n, "%s%s", n ? " " : "", word);
}

static void add_known(cli_words *to, const char *verb, const char *option)
{
    for (const cli_known *k = cli_this_program()->known; k->word || k->more; k++) {
        if (k->verb && strcmp(k->verb, verb) != 0) continue;
        if (!k->option != !option || (option && strcmp(k->option, option) != 0)) continue;
        for (int i = 0; k->word && k->word(i); i++) add(to, k->word(i));
        if (k->more) add(to, k->more);
        to->list = k->list;
        to->assign = k->assign;
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
