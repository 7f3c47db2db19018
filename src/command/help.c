/* SPDX-License-Identifier: Apache-2.0 */
/* command/help.c - --help in 80 columns. A verb, or an action, of more options than a screen shows is told by
 * those that one needs and the names of its groups; --help GROUP and --help all tell the others. */
#include "command/help.h"

#include "akin/tool/escape.h"

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

const cli_heading *cli_heading_at(const cli_verb *verb, const akin_opt_desc *o)
{
    for (const cli_heading *h = verb->headings; h && h->option; h++)
        if (strcmp(h->option, o->name) == 0) return h;
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

/* Which options are told of ----------------------------------------------------------------------------- */

/* A help of one verb, or one action of it. */
typedef struct help {
    const cli_verb *verb;
    const cli_action *action; /* may be NULL */
    const char *topic;        /* "all", the name of a group, or NULL */
    bool brief;               /* one needs to see few options; the others are in groups */
} help;

enum { MANY_OPTIONS = 20 }; /* more than that are longer than a screen */

/* Whether a word is in a list with blanks between. */
static bool lists(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || !at[length])) return true;
    }
    return false;
}

static bool is_shown(const help *h, const akin_opt_desc *o, const cli_heading *under)
{
    const char *group = under ? under->group : NULL;
    if (!cli_reads(h->verb, h->action, o)) return false;
    if (h->topic) return strcmp(h->topic, "all") == 0 || (group && strcmp(group, h->topic) == 0);
    if (!h->brief) return true;
    if (h->verb->action && !h->action) return false; /* those of its actions */
    return !group || lists(h->verb->basic, o->name);
}

/* How many options are shown, or, where group is not NULL, how many there are in that group. */
static int count_options(const help *h, const char *group)
{
    const cli_heading *under = NULL;
    const akin_opt_desc *o;
    int n = 0;
    for (int r = 0; (o = cli_option(h->verb, r)) != NULL; r++) {
        if (cli_heading_at(h->verb, o)) under = cli_heading_at(h->verb, o);
        if (group)
            n +=
                under && under->group && strcmp(under->group, group) == 0 && cli_reads(h->verb, h->action, o);
        else
            n += is_shown(h, o, under);
    }
    return n;
}

static void print_options(const help *h)
{
    const cli_heading *under = NULL, *told = NULL;
    const akin_opt_desc *o;
    for (int r = 0; (o = cli_option(h->verb, r)) != NULL; r++) {
        if (cli_heading_at(h->verb, o)) under = cli_heading_at(h->verb, o);
        if (!is_shown(h, o, under)) continue;
        if (!h->brief && !(h->topic && under && under->group && strcmp(h->topic, under->group) == 0) &&
            under != told)
            printf("\n %s\n", under->title);
        told = under;
        print_option(o);
    }
}

/* "akin data longtail" */
static void put_name(const help *h)
{
    printf("akin %s%s%s", h->verb->name, h->action ? " " : "", h->action ? h->action->name : "");
}

static void print_groups(const help *h)
{
    printf("\n%s options: ", count_options(h, NULL) ? "More" : "Groups of");
    put_name(h);
    printf(" --help GROUP, of\n");
    for (const cli_heading *g = h->verb->headings; g->option; g++)
        if (g->group && count_options(h, g->group)) printf("  %-11s %s\n", g->group, g->title);
    printf("  %-11s %s\n", "all", "all options");
}

/* Akin VERB --help -------------------------------------------------------------------------------------- */

static void print_page(const help *h)
{
    print_usage(h->verb, h->action);
    printf("%s.\n", h->action ? h->action->line : h->verb->line);
    if (h->verb->text && !h->action) {
        putchar('\n');
        wrap_paragraphs(h->verb->text);
    }
    const cli_action *a;
    const bool actions = h->verb->action && !h->action;
    if (actions) printf("\nActions:\n");
    for (int i = 0; actions && (a = h->verb->action(i)) != NULL; i++) printf("  %-9s %s\n", a->name, a->line);
    if (count_options(h, NULL)) {
        printf("\nOptions:\n");
        print_options(h);
    }
    if (h->brief) print_groups(h);
    print_exits();
}

/* What the words after --help ask for that is neither a group nor an action. */
static int unknown_topic(const help *h, const char *word)
{
    const char *names[64];
    int n = 0;
    const cli_action *a;
    for (int i = 0; !h->action && h->verb->action && (a = h->verb->action(i)) != NULL && n < 32; i++)
        names[n++] = a->name;
    for (const cli_heading *g = h->verb->headings; g && g->option && n < 62; g++)
        if (g->group) names[n++] = g->group;
    names[n++] = "all";
    names[n] = NULL;
    char all[512] = "";
    for (int i = 0; i < n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
    const char *near = akin_nearest_name(word, names);
    akin_print(stderr, "akin %s: no %sgroup of options is called '%s'%s%s%s; there are: %s\n", h->verb->name,
               h->verb->action && !h->action ? "action or " : "", word, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "", all);
    return akin_status_exit_code(AKIN_ERR_ARGUMENT);
}

int cli_print_help(const cli_verb *verb, const cli_action *action, const char *const *words, int n)
{
    help h = { .verb = verb, .action = action };
    if (n > 0 && !action && cli_find_action(verb, words[0])) {
        h.action = cli_find_action(verb, words[0]);
        words++, n--;
    }
    if (n > 0) {
        if (strcmp(words[0], "all") != 0 && !count_options(&h, words[0])) return unknown_topic(&h, words[0]);
        h.topic = words[0];
    }
    h.brief = !h.topic && verb->headings && count_options(&h, NULL) > MANY_OPTIONS;
    if (!h.topic || strcmp(h.topic, "all") == 0) return print_page(&h), 0;
    for (const cli_heading *g = verb->headings; g->option; g++)
        if (g->group && strcmp(g->group, h.topic) == 0) {
            put_name(&h);
            printf(", %s: %s\n\n", g->group, g->title);
            break;
        }
    print_options(&h);
    return 0;
}

void cli_print_overview(FILE *to)
{
    fprintf(to, "akin %s: %s.\n\nUsage: akin VERB ...\n\n", akin_version(), cli_this_program()->summary);
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++)
        fprintf(to, "  %-10s %s\n", (*v)->name, (*v)->line);
    fprintf(to, "\nakin VERB --help tells the rest. akin --version tells what this build is.\n");
}
