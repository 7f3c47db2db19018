/* SPDX-License-Identifier: Apache-2.0 */
/* command/help.c - --help in 80 columns. */
#include "command/help.h"

#include <string.h>

enum { WIDTH = 80, TEXT_COLUMN = 29, SHORT_CHOICES = 24 };

/* Words, wrapped --------------------------------------------------------------------------------------- */

/* How much of the word at text goes on one line: all of it, or, of a word longer than room, up to the last
 * bar that fits. */
static size_t piece(const char *text, size_t room)
{
    const size_t all = strcspn(text, " \n");
    size_t fits = 0;
    for (size_t i = 0; all > room && i < all && i < room; i++)
        if (text[i] == '|') fits = i + 1;
    return fits ? fits : all;
}

/* Words from column at on; further lines begin at indent. A line break in text is a space. */
void cli_wrap(const char *text, int at, int indent)
{
    bool glued = true; /* to what stands before */
    while (*text) {
        const size_t blanks = strspn(text, " \n");
        if (blanks) glued = false;
        text += blanks;
        const int n = (int)piece(text, (size_t)(WIDTH - indent));
        if (n == 0) break;
        if (at > indent && at + !glued + n > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (!glued && at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", n, text);
        at += n;
        text += n;
        glued = true;
    }
    putchar('\n');
}

/* Paragraphs, with empty lines between. */
static void wrap_paragraphs(const char *text)
{
    char one[4096];
    while (*text) {
        const char *end = strstr(text, "\n\n");
        const size_t n = end ? (size_t)(end - text) : strlen(text);
        snprintf(one, sizeof one, "%.*s", (int)n, text);
        cli_wrap(one, 0, 0);
        if (end) putchar('\n');
        text += end ? n + 2 : n;
    }
}

/* Options ---------------------------------------------------------------------------------------------- */

static bool told_after(const akin_opt_desc *o)
{
    return o->type == AKIN_OPT_CHOICE && strlen(o->values) > SHORT_CHOICES;
}

const char *cli_option_value(const akin_opt_desc *o)
{
    if (o->type == AKIN_OPT_FLAG) return "";
    return told_after(o) ? "NAME" : o->values ? o->values : "X";
}

const char *cli_option_text(const akin_opt_desc *o, char to[CLI_OPTION_TEXT])
{
    const bool choices = told_after(o), fallback = o->fallback && *o->fallback;
    snprintf(to, CLI_OPTION_TEXT, "%s%s%s%s%s%s", o->help, choices ? ": " : "", choices ? o->values : "",
             fallback ? " [" : "", fallback ? o->fallback : "", fallback ? "]" : "");
    return to;
}

const char *cli_heading_above(const cli_verb *verb, const akin_opt_desc *o)
{
    for (const cli_heading *h = verb->headings; h && h->option; h++)
        if (strcmp(h->option, o->name) == 0) return h->title;
    return NULL;
}

static void print_option(const akin_opt_desc *o)
{
    char text[CLI_OPTION_TEXT];
    int at = printf("  --%s %s", o->name, cli_option_value(o));
    if (at >= TEXT_COLUMN) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", TEXT_COLUMN - at, "");
    cli_wrap(cli_option_text(o, text), TEXT_COLUMN, TEXT_COLUMN);
}

/* Verbs ------------------------------------------------------------------------------------------------ */

bool cli_next_usage(const char **usage, char *to, size_t size)
{
    static const char OR[] = "   |   ";
    if (!*usage) return false;
    const char *next = strstr(*usage, OR);
    snprintf(to, size, "%.*s", (int)(next ? (size_t)(next - *usage) : strlen(*usage)), *usage);
    *usage = next ? next + strlen(OR) : NULL;
    return true;
}

static void print_usage(const cli_verb *verb, const cli_action *action)
{
    char way[512];
    const char *usage = action ? action->usage : verb->usage;
    while (cli_next_usage(&usage, way, sizeof way)) {
        const int at = printf("akin %s%s%s", verb->name, action ? " " : "", action ? action->name : "");
        if (*way) putchar(' ');
        cli_wrap(way, at + 1, at + 1);
    }
}

static void print_exits(void)
{
    char line[512] = "Exit:";
    for (const cli_exit *e = cli_this_program()->exits; e->code; e++) {
        const size_t n = strlen(line);
        snprintf(line + n, sizeof line - n, " %s %s%s", e->code, e->word, e[1].code ? "," : ".");
    }
    putchar('\n');
    cli_wrap(line, 0, 0);
}

void cli_print_help(const cli_verb *verb, const cli_action *action)
{
    print_usage(verb, action);
    printf("%s.\n", action ? action->line : verb->line);
    if (verb->text && !action) {
        putchar('\n');
        wrap_paragraphs(verb->text);
    }
    const cli_action *a;
    if (verb->action && !action) printf("\nActions:\n");
    for (int i = 0; verb->action && !action && (a = verb->action(i)) != NULL; i++)
        printf("  %-9s %s\n", a->name, a->line);
    printf("\nOptions:\n");
    const akin_opt_desc *o;
    for (int r = 0; (o = cli_option(verb, r)) != NULL; r++) {
        if (!cli_reads(verb, action, o)) continue;
        if (cli_heading_above(verb, o)) printf("\n %s\n", cli_heading_above(verb, o));
        print_option(o);
    }
    print_exits();
}

void cli_print_overview(FILE *to)
{
    fprintf(to, "akin %s: %s.\n\nUsage: akin VERB ...\n\n", akin_version(), cli_this_program()->summary);
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++)
        fprintf(to, "  %-10s %s\n", (*v)->name, (*v)->line);
    fprintf(to, "\nakin VERB --help tells the rest. akin --version tells what this build is.\n");
}
