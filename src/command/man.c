/* SPDX-License-Identifier: Apache-2.0 */
/* command/man.c - the manual pages, in man(7): of akin, and of each verb from its row. */
#include "command/help.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOURCE_WIDTH = 78 };

/* Text ------------------------------------------------------------------------------------------------- */

/* One character that means itself. Of '-' that is the minus of options, as readers copy them. */
static const char *escaped(char c)
{
    switch (c) {
    case '-': return "\\-";
    case '\\': return "\\e";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '|': return "|\\:"; /* a long list of choices may break here */
    }
    return NULL;
}

/* Returns how many characters of source that took. */
static int put(const char *text, size_t n)
{
    int wrote = 0;
    for (size_t i = 0; i < n; i++) {
        const char *mark = escaped(text[i]);
        wrote += mark ? printf("%s", mark) : printf("%c", text[i] == '\n' ? ' ' : text[i]);
    }
    return wrote;
}

static void put_all(const char *text) { put(text, strlen(text)); }

/* Words on lines of their own; a line that would begin with a full stop is no request. */
static void put_filled(const char *text)
{
    int at = 0;
    while (*(text += strspn(text, " \n"))) {
        const size_t n = strcspn(text, " \n");
        int wide = 1;
        for (size_t i = 0; i < n; i++) wide += escaped(text[i]) ? (int)strlen(escaped(text[i])) : 1;
        if (at > 0 && at + wide > SOURCE_WIDTH) {
            putchar('\n');
            at = 0;
        }
        if (at > 0) at += printf(" ");
        if (at == 0 && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        at += put(text, n);
        text += n;
    }
    putchar('\n');
}

static void put_paragraphs(const char *text)
{
    char one[4096];
    while (*text) {
        const char *end = strstr(text, "\n\n");
        const size_t n = end ? (size_t)(end - text) : strlen(text);
        snprintf(one, sizeof one, "%.*s", (int)n, text);
        put_filled(one);
        if (end) puts(".PP");
        text += end ? n + 2 : n;
    }
}

static void put_item(const char *term, const char *text)
{
    printf(".TP\n\\fB");
    put_all(term);
    printf("\\fR\n");
    put_filled(text);
}

static void put_title(const char *name)
{
    char day[16];
    snprintf(day, sizeof day, "%s", cli_this_program()->date);
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    const time_t seconds = epoch ? (time_t)strtoll(epoch, &end, 10) : 0;
    struct tm utc;
    if (epoch && *epoch && !*end && gmtime_r(&seconds, &utc)) strftime(day, sizeof day, "%Y-%m-%d", &utc);
    printf(".\\\" made by: akin help --man\n.TH ");
    for (; *name; name++) /* a capital, whatever the locale */
        if (*name == '-')
            fputs("\\-", stdout);
        else
            putchar(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
    printf(" 1 %s \"akin %s\" \"User Commands\"\n", day, akin_version());
    puts(".ds AD l\n.ad l\n.nh"); /* ragged right, no word divided; AD is what groff 1.23 returns to */
}

/* Examples --------------------------------------------------------------------------------------------- */

static void put_examples(const cli_example *e)
{
    if (!e || !e->line) return;
    printf(".SH EXAMPLES\n");
    for (const cli_example *first = e; e->line; e++) {
        char text[256];
        snprintf(text, sizeof text, "%s:", e->text);
        if (e != first) puts(".PP");
        put_filled(text);
        printf(".PP\n.RS 4\n.nf\n");
        put_all(e->line);
        printf("\n.fi\n.RE\n");
    }
}

/* Of a verb -------------------------------------------------------------------------------------------- */

static void put_synopsis(const cli_verb *verb)
{
    char way[512];
    const char *usage = verb->usage;
    bool first = true;
    printf(".SH SYNOPSIS\n");
    for (; cli_next_usage(&usage, way, sizeof way); first = false) {
        if (!first) puts(".br");
        printf("\\fBakin %s\\fR%s", verb->name, *way ? " " : "");
        put_all(way);
        putchar('\n');
    }
}

static void put_option(const akin_opt_desc *o)
{
    char text[CLI_OPTION_TEXT];
    printf(".TP\n\\fB\\-\\-");
    put_all(o->name);
    printf("\\fR");
    const char *value = cli_option_value(o);
    if (*value) {
        /* Choices stand for themselves; a name in capitals stands for a value. */
        printf(o->type == AKIN_OPT_CHOICE && strchr(value, '|') ? " " : " \\fI");
        put_all(value);
        printf("\\fR");
    }
    putchar('\n');
    put_filled(cli_option_text(o, text));
}

static void put_options(const cli_verb *verb)
{
    const akin_opt_desc *o;
    printf(".SH OPTIONS\n");
    for (int r = 0; (o = cli_option(verb, r)) != NULL; r++) {
        const cli_heading *heading = cli_heading_at(verb, o);
        if (heading) {
            printf(".SS ");
            put_all(heading->title);
            putchar('\n');
        }
        put_option(o);
    }
}

static void put_actions(const cli_verb *verb)
{
    const cli_action *a;
    if (!verb->action) return;
    printf(".SH ACTIONS\n");
    for (int i = 0; (a = verb->action(i)) != NULL; i++) {
        printf(".TP\n\\fB%s\\fR%s", a->name, *a->usage ? " " : "");
        put_all(a->usage);
        putchar('\n');
        put_filled(a->line);
    }
}

static void put_verb(const cli_verb *verb)
{
    char name[64];
    snprintf(name, sizeof name, "akin-%s", verb->name);
    put_title(name);
    printf(".SH NAME\nakin\\-%s \\- ", verb->name);
    put_all(verb->line);
    putchar('\n');
    put_synopsis(verb);
    if (verb->text) {
        printf(".SH DESCRIPTION\n");
        put_paragraphs(verb->text);
    }
    put_actions(verb);
    put_options(verb);
    put_examples(verb->examples);
    printf(".SH SEE ALSO\n.BR akin (1)\nfor environment, files and exit status.\n");
}

/* Of akin ---------------------------------------------------------------------------------------------- */

static void put_entries(const char *title, const cli_entry *e)
{
    printf(".SH %s\n", title);
    for (; e->term; e++) put_item(e->term, e->text);
}

static void put_verbs(void)
{
    printf(".SH VERBS\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        printf(".TP\n.BR akin\\-%s (1)\n", (*v)->name);
        put_filled((*v)->line);
    }
}

static void put_exits(void)
{
    printf(".SH EXIT STATUS\n");
    for (const cli_exit *e = cli_this_program()->exits; e->code; e++) put_item(e->code, e->text);
}

static void put_see_also(void)
{
    printf(".SH SEE ALSO\n");
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++)
        printf(".BR akin\\-%s (1)%s\n", (*v)->name, v[1] ? "," : "");
    printf(".PP\nThe folder docs, of the sources or in share/doc/akin,\nhas formulas, formats, protocols and "
           "figures.\n");
}

static void put_akin(void)
{
    put_title("akin");
    printf(".SH NAME\nakin \\- ");
    put_all(cli_this_program()->summary);
    printf("\n.SH SYNOPSIS\n\\fBakin\\fR \\fIVERB\\fR ...\n.br\n\\fBakin\\fR \\fIVERB\\fR "
           "\\fB\\-\\-help\\fR\n.br\n"
           "\\fBakin \\-\\-version\\fR\n.SH DESCRIPTION\n");
    put_paragraphs(cli_this_program()->text);
    put_verbs();
    printf(".SH OPTIONS\nThese every verb has, but help and completion, which have \\-\\-help alone.\n");
    for (const akin_opt_desc *o = cli_common_options(false); o->name; o++) put_option(o);
    put_exits();
    put_entries("ENVIRONMENT", cli_this_program()->environment);
    put_entries("FILES", cli_this_program()->files);
    put_examples(cli_this_program()->first_session);
    put_see_also();
}

void cli_print_man(const cli_verb *verb)
{
    if (verb)
        put_verb(verb);
    else
        put_akin();
}
