/* SPDX-License-Identifier: Apache-2.0 */
/* command/completion_fish.c - the completion of fish: a line for each option of each verb. */
#include "command/words.h"

#include <stdio.h>
#include <string.h>

static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

/* __akin_is VERB [ACTION...]: whether the command line is one of these. __akin_new NAME [LETTER]: whether
 * that option is not given yet; __akin_free the same of an option with a value, which may be what is being
 * completed. __akin_list WORD...: words that a list with commas can go on with. */
static const char FUNCTIONS[] =
    "function __akin_is\n"
    "    set -l words (commandline -opc)\n"
    "    test \"$words[2]\" = $argv[1]; or return 1\n"
    "    test (count $argv) = 1; or contains -- \"$words[3]\" $argv[2..-1]\n"
    "end\n"
    "function __akin_absent\n"
    "    set -l words $argv[3..-1]\n"
    "    not string match -qr -- \"^--$argv[1](=|\\$)\" $words; and not contains -- -$argv[2] $words\n"
    "end\n"
    "function __akin_new\n"
    "    __akin_absent $argv[1] - (commandline -opc)\n"
    "end\n"
    "function __akin_free\n"
    "    set -q argv[2]; or set argv[2] -\n"
    "    __akin_absent $argv[1] $argv[2] (commandline -opc)[1..-2]\n"
    "end\n"
    "function __akin_list\n"
    "    set -l begun (commandline -ct | string replace -r -- '^--[^=]*=' '' | string match -r '^.*,')\n"
    "    printf \"$begun%s\\n\" $argv\n"
    "end\n";

/* Words, quoted, and how fish is to treat what follows an option: -x no files, -r files too. */
static void print_words(const cli_words *w)
{
    if (w->place == CLI_FILE) printf(" -F");
    if (w->place == CLI_FOLDER) printf(" -a '(__fish_complete_directories)'");
    if (!*w->text) return;
    if (w->list)
        printf(" -a '(__akin_list %s)'", w->text);
    else if (w->assign)
        printf(" -a '(printf \"%%s=\\n\" %s)'", w->text);
    else
        printf(" -a '%s'", w->text);
}

static void print_condition(const cli_verb *verb, const akin_opt_desc *o)
{
    const cli_action *a;
    printf(" -n '__akin_is %s", verb->name);
    for (int i = 0; verb->action && (a = verb->action(i)) != NULL; i++)
        if (cli_reads(verb, a, o)) printf(" %s", a->name);
    const bool flag = o->type == AKIN_OPT_FLAG;
    if (!cli_repeats(o))
        printf("; and %s %s%s", flag ? "__akin_new" : "__akin_free", o->name,
               strcmp(o->name, "out") == 0 ? " o" : "");
    putchar('\'');
}

static void print_option(const cli_verb *verb, const akin_opt_desc *o)
{
    static cli_words w;
    printf("complete -c akin");
    print_condition(verb, o);
    printf(" -l %s", o->name);
    if (strcmp(o->name, "out") == 0) printf(" -s o");
    if (o->name[1] == 0 && o->type != AKIN_OPT_FLAG) printf(" -s %s", o->name);
    if (o->type != AKIN_OPT_FLAG) {
        cli_option_words(verb, o, &w);
        printf(w.place == CLI_FILE ? " -r" : " -x");
        print_words(&w);
    }
    printf(" -d ");
    print_quoted(o->help);
    putchar('\n');
}

static void print_verb(const cli_verb *verb)
{
    static cli_words w;
    const akin_opt_desc *o;
    const cli_action *a;
    printf("\ncomplete -c akin -n 'test (count (commandline -opc)) = 1' -a %s -d ", verb->name);
    print_quoted(verb->line);
    putchar('\n');
    for (int i = 0; verb->action && (a = verb->action(i)) != NULL; i++) {
        printf("complete -c akin -n '__akin_is %s \"\"' -a %s -d ", verb->name, a->name);
        print_quoted(a->line);
        putchar('\n');
    }
    if (cli_argument_words(verb, 0, &w)) {
        printf("complete -c akin -n '__akin_is %s", verb->name);
        for (int i = 0; verb->action && (a = verb->action(i)) != NULL; i++) printf(" %s", a->name);
        putchar('\'');
        print_words(&w);
        putchar('\n');
    }
    for (int r = 0; (o = cli_option(verb, r)) != NULL; r++) print_option(verb, o);
}

void cli_completion_fish(void)
{
    printf("# fish completion of akin %s, made by: akin completion fish\n", akin_version());
    fputs(FUNCTIONS, stdout);
    printf("complete -c akin -f\n"
           "complete -c akin -n 'test (count (commandline -opc)) = 1' -l help -d 'lists the verbs'\n"
           "complete -c akin -n 'test (count (commandline -opc)) = 1' -l version -d 'what this build is'\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) print_verb(*v);
}
