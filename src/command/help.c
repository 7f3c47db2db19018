/* SPDX-License-Identifier: Apache-2.0 */
/* command/help.c - --help in 80 columns, and the verb help. */
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
static void wrap(const char *text, int at, int indent)
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
        wrap(one, 0, 0);
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
    wrap(cli_option_text(o, text), TEXT_COLUMN, TEXT_COLUMN);
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
        wrap(way, at + 1, at + 1);
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
    wrap(line, 0, 0);
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

static const akin_opt_desc OPTIONS[] = {
    { "man", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "the manual page instead, of akin where no VERB is given; man(7) source" },
    { "list", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the names of the verbs, one a line" },
    { "examples", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the examples of all manual pages, one a line" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int print_lists(const cli_args *args)
{
    const bool names = cli_flag(args, "list"), examples = cli_flag(args, "examples");
    for (const cli_example *e = cli_this_program()->first_session; examples && e->line; e++) puts(e->line);
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        if (names) puts((*v)->name);
        for (const cli_example *e = (*v)->examples; examples && e && e->line; e++) puts(e->line);
    }
    return 0;
}

static int run(const cli_args *args)
{
    const bool man = cli_flag(args, "man"), lists = cli_flag(args, "list") || cli_flag(args, "examples");
    const char *word = args->positionals > 1 ? args->positional[1] : NULL;
    if ((man && (lists || word)) || (lists && args->positionals))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "these do not go together; 'akin help --help' tells what does");
    if (lists) return print_lists(args);
    if (args->positionals == 0) return man ? cli_print_man(NULL) : cli_print_overview(stdout), 0;
    const cli_verb *verb = cli_find_verb(args->positional[0]);
    if (!verb) return akin_status_exit_code(AKIN_ERR_ARGUMENT);
    const cli_action *action = word ? cli_find_action(verb, word) : NULL;
    if (word && !action)
        return cli_error(args, AKIN_ERR_ARGUMENT, "akin %s has no action '%s'", verb->name, word);
    if (man)
        cli_print_man(verb);
    else
        cli_print_help(verb, action);
    return 0;
}

static const cli_example EXAMPLES[] = {
    { "The options of one action", "akin help data longtail" },
    { "The manual page of a verb, where it is not installed", "akin help --man train >akin-train.1" },
    { NULL, NULL },
};

const cli_verb cli_help = {
    .name = "help",
    .line = "the help of a verb, or its manual page",
    .usage = "[VERB [ACTION]]   |   --man [VERB]   |   --list   |   --examples",
    .text = "akin help VERB is akin VERB --help. The manual pages that 'make install' installs are made by "
            "--man; their date is "
            "that of SOURCE_DATE_EPOCH where it is set.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .plain = true,
    .least = 0,
    .most = 2,
    .run = run,
};
