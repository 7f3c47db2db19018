/* SPDX-License-Identifier: Apache-2.0 */
/* command/completion_bash.c - the completion of bash: tables as case branches, then the code that reads
 * them. It needs bash 4 and nothing of the bash-completion package. */
#include "command/words.h"

#include <stdio.h>
#include <string.h>

static void print_options(const cli_verb *verb, const cli_action *action, bool flags)
{
    const akin_opt_desc *o;
    for (int r = 0; (o = cli_option(verb, r)) != NULL; r++)
        if (cli_reads(verb, action, o) && (!flags || o->type == AKIN_OPT_FLAG)) printf(" --%s", o->name);
}

/* A branch of the case over "VERB ACTION" with all options, those that take no value apart. */
static void print_branch(const cli_verb *verb, const cli_action *action)
{
    printf("    '%s %s')\n        options='", verb->name, action ? action->name : "");
    print_options(verb, action, false);
    printf(" '\n        flags='");
    print_options(verb, action, true);
    printf(" '\n        ;;\n");
}

static void print_option_tables(void)
{
    printf("    case \"$verb $action\" in\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        const cli_action *a;
        for (int i = 0; (*v)->action && (a = (*v)->action(i)) != NULL; i++) print_branch(*v, a);
        if (!(*v)->action) print_branch(*v, NULL);
    }
    printf("    esac\n");
}

static void print_words(const cli_words *w)
{
    printf("words='%s'", w->text);
    if (w->list) printf(" list=1");
    if (w->assign) printf(" assign=1");
    if (w->place) printf(" place=%s", w->place == CLI_FILE ? "file" : "folder");
    printf(" ;;\n");
}

static void print_value_tables(void)
{
    static cli_words w;
    printf("    case \"$verb $option\" in\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        const akin_opt_desc *o;
        for (int r = 0; (o = cli_option(*v, r)) != NULL; r++) {
            cli_option_words(*v, o, &w);
            if (!*w.text && !w.place) continue;
            printf("    '%s --%s') ", (*v)->name, o->name);
            print_words(&w);
        }
        for (int i = 0; cli_argument_words(*v, i, &w) && i < 2; i++) { /* a third is as the second */
            printf("    '%s %d'%s) ", (*v)->name, i, i == 1 ? "*" : "");
            print_words(&w);
        }
    }
    printf("    esac\n");
}

/* The first argument: the verb; the second of some verbs: the action. */
static void print_first_words(void)
{
    printf("    if [[ $at == 1 && $cur == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '--help --version' -- \"$cur\")\n        return\n    "
           "fi\n"
           "    if ((at == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) printf(" %s", (*v)->name);
    printf("' -- \"$cur\")\n        return\n    fi\n    case $verb in\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        const cli_action *a;
        if (!(*v)->action) continue;
        printf("    %s)\n        action=${line[2]}\n        if ((at == 2)); then\n"
               "            mapfile -t COMPREPLY < <(compgen -W '--help",
               (*v)->name);
        for (int i = 0; (a = (*v)->action(i)) != NULL; i++) printf(" %s", a->name);
        printf("' -- \"$cur\")\n            return\n        fi\n        first=3\n        ;;\n");
    }
    printf("    esac\n");
}

static const char BEGIN[] =
    "_akin()\n"
    "{\n"
    "    local -a line=()\n"
    "    local at i word\n"
    "    # bash takes name=value apart at the sign; put it together, up to the cursor.\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if ((i > 1)) && [[ $word == '=' || ${COMP_WORDS[i - 1]} == '=' ]]; then\n"
    "            line[-1]+=$word\n"
    "        else\n"
    "            line+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    at=$((${#line[@]} - 1))\n"
    "    local cur=${line[at]} verb=${line[1]} action='' first=2\n"
    "    local options='' flags='' option='' words='' list='' assign='' place=''\n"
    "    COMPREPLY=()\n";

static const char BETWEEN[] =
    "    # The option whose value is wanted, or the number of the argument.\n"
    "    local before='' number=0 given=' ' lead=''\n"
    "    for ((i = first; i < at; i++)); do\n"
    "        word=${line[i]}\n"
    "        [[ $word == -o ]] && word=--out\n"
    "        [[ $word == -[!-] ]] && word=-$word\n"
    "        if [[ -n $before ]]; then\n"
    "            before=''\n"
    "        elif [[ $word == --*=* ]]; then\n"
    "            given+=\"${word%%=*} \"\n"
    "        elif [[ $word == --* ]]; then\n"
    "            given+=\"$word \"\n"
    "            [[ $flags == *\" $word \"* ]] || before=$word\n"
    "        else\n"
    "            number=$((number + 1))\n"
    "        fi\n"
    "    done\n"
    "    if [[ -n $before ]]; then\n"
    "        option=$before\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        option=${cur%%=*}\n"
    "        cur=${cur#*=}\n"
    "        [[ $COMP_WORDBREAKS == *=* ]] || lead=$option=\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        for word in $options; do\n"
    "            [[ $word != --set && $given == *\" $word \"* ]] || words+=\" $word\"\n"
    "        done\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
    "        return\n"
    "    else\n"
    "        option=$number\n"
    "    fi\n";

static const char END[] =
    "    local head=''\n"
    "    if [[ -n $list && $cur == *,* ]]; then\n"
    "        head=${cur%,*},\n"
    "    fi\n"
    "    mapfile -t COMPREPLY < <(compgen -P \"$lead$head\" -W \"$words\" -- \"${cur#\"$head\"}\")\n"
    "    if [[ -n $assign ]]; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]/%/=}\")\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "    local -a found=()\n"
    "    case $place in\n"
    "    file) mapfile -t found < <(compgen -P \"$lead\" -f -- \"$cur\") ;;\n"
    "    folder) mapfile -t found < <(compgen -P \"$lead\" -d -- \"$cur\") ;;\n"
    "    esac\n"
    "    if [[ -n $place ]]; then\n"
    "        COMPREPLY+=(\"${found[@]}\")\n"
    "        compopt -o filenames 2>/dev/null\n"
    "    fi\n"
    "}\n"
    "complete -F _akin akin\n";

void cli_completion_bash(void)
{
    printf("# bash completion of akin %s, made by: akin completion bash\n", akin_version());
    fputs(BEGIN, stdout);
    print_first_words();
    print_option_tables();
    fputs(BETWEEN, stdout);
    print_value_tables();
    fputs(END, stdout);
}
