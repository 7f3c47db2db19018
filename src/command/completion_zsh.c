/* SPDX-License-Identifier: Apache-2.0 */
/* command/completion_zsh.c - the completion of zsh: a call of _arguments for each verb or action. */
#include "command/words.h"

#include <stdio.h>
#include <string.h>

/* Text within single quotes, as part of a specification: brackets and colons are marks there. */
static void print_quoted(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static const char *place_of(const cli_words *w)
{
    return w->place == CLI_FOLDER ? "_files -/" : w->place == CLI_FILE ? "_files" : " ";
}

/* What follows the last colon: an action of _arguments. */
static void print_action(const cli_words *w)
{
    if (!*w->text)
        fputs(place_of(w), stdout);
    else if (w->list)
        printf("_sequence compadd - %s", w->text);
    else if (w->assign)
        printf("{compadd -S= - %s}", w->text);
    else if (w->place)
        printf("{compadd - %s; %s}", w->text, place_of(w));
    else
        printf("(%s)", w->text);
}

/* -o, where it means --out, and -k, where it means --k. */
static char letter_of(const akin_opt_desc *o)
{
    if (strcmp(o->name, "out") == 0) return 'o';
    return o->name[1] == 0 && o->type != AKIN_OPT_FLAG ? o->name[0] : 0;
}

static void print_tail(const cli_verb *verb, const akin_opt_desc *o)
{
    static cli_words w;
    putchar('[');
    print_quoted(o->help);
    putchar(']');
    if (o->type != AKIN_OPT_FLAG) {
        putchar(':');
        print_quoted(o->type == AKIN_OPT_CHOICE ? o->name : o->values ? o->values : "X");
        putchar(':');
        cli_option_words(verb, o, &w);
        print_action(&w);
    }
    fputs("' \\\n", stdout);
}

static void print_option(const cli_verb *verb, const akin_opt_desc *o)
{
    const char letter = letter_of(o), *sign = o->type == AKIN_OPT_FLAG ? "" : "=";
    printf("            '");
    if (letter) printf("(--%s -%c)", o->name, letter);
    if (cli_repeats(o)) putchar('*');
    printf("--%s%s", o->name, sign);
    print_tail(verb, o);
    if (!letter) return;
    printf("            '(--%s -%c)-%c", o->name, letter, letter);
    print_tail(verb, o);
}

static void print_arguments(const cli_verb *verb, const cli_action *action)
{
    static cli_words w;
    const akin_opt_desc *o;
    printf("_arguments \\\n");
    for (int r = 0; (o = cli_option(verb, r)) != NULL; r++)
        if (cli_reads(verb, action, o)) print_option(verb, o);
    for (int i = 0; cli_argument_words(verb, i, &w) && i < 2; i++) {
        if (i == 0)
            printf("            '1:argument:");
        else
            printf("            '*:argument:"); /* a third is as the second */
        print_action(&w);
        fputs("' \\\n", stdout);
    }
    printf("            && return\n");
}

static void print_actions(const cli_verb *verb)
{
    const cli_action *a;
    printf("        if (( CURRENT == 2 )); then\n            local -a actions=(\n");
    for (int i = 0; (a = verb->action(i)) != NULL; i++) {
        printf("                '%s:", a->name);
        print_quoted(a->line);
        printf("'\n");
    }
    printf("            )\n            _describe -t actions action actions && return\n        fi\n"
           "        local action=$words[2]\n        shift words\n        (( CURRENT-- ))\n        case "
           "$action in\n");
    for (int i = 0; (a = verb->action(i)) != NULL; i++) {
        printf("        %s)\n            ", a->name);
        print_arguments(verb, a);
        printf("            ;;\n");
    }
    printf("        esac\n");
}

void cli_completion_zsh(void)
{
    printf("#compdef akin\n# zsh completion of akin %s, made by: akin completion zsh\n\n_akin() {\n"
           "    local curcontext=$curcontext state line\n    typeset -A opt_args\n"
           "    if (( CURRENT == 2 )); then\n        local -a verbs=(\n",
           akin_version());
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        printf("            '%s:", (*v)->name);
        print_quoted((*v)->line);
        printf("'\n");
    }
    printf("        )\n        _describe -t verbs verb verbs && return\n        compadd - --help --version\n"
           "        return\n    fi\n    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
           "    case $verb in\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        printf("    %s)\n        ", (*v)->name);
        if ((*v)->action)
            print_actions(*v);
        else
            print_arguments(*v, NULL);
        printf("        ;;\n");
    }
    printf("    esac\n    return 1\n}\n\n"
           "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _akin \"$@\"\nelse\n    compdef _akin "
           "akin\nfi\n");
}
