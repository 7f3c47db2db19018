/* SPDX-License-Identifier: Apache-2.0 */
/* command/options.c - the program's verbs and the options of each: found by name, and asked for their
 * value. */
#include "command/call.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every verb takes. */
static const akin_opt_desc COMMON[] = {
    { "json", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "print one JSON object, or JSON lines, and nothing else, on stdout" },
    { "quiet", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "no progress and no remarks on stderr" },
    { "threads", AKIN_OPT_INT, "0", "N", 0, 1024, "threads of computation; 0 = all cores" },
    { "seed", AKIN_OPT_INT, "0", "N", 0, 9007199254740992.0, "seed of everything random" },
    { "help", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "what one needs; --help GROUP tells of a group of options, --help all of all" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* The verb's options, then those the library lists, then the common ones; a name stands for its first row.
 * Made once: a program runs one verb. */
static const akin_opt_desc *rows[CLI_MOST_OPTIONS + 1];
static const cli_verb *rows_of;

static const cli_program *program;

void cli_use_program(const cli_program *p) { program = p; }
const cli_program *cli_this_program(void) { return program; }

static bool listed(const char *name)
{
    for (int r = 0; rows[r]; r++)
        if (strcmp(rows[r]->name, name) == 0) return true;
    return false;
}

static void list_options(const cli_verb *verb)
{
    memset(rows, 0, sizeof rows);
    rows_of = verb;
    int n = 0;
    const akin_opt_desc *o;
    for (int i = 0; verb->opts && verb->opts[i].name; i++) rows[n++] = &verb->opts[i];
    for (int i = 0; verb->more && (o = verb->more(i)) != NULL && n < CLI_MOST_OPTIONS; i++)
        if (!listed(o->name)) rows[n++] = o;
    for (o = cli_common_options(verb->plain); o->name && n < CLI_MOST_OPTIONS; o++)
        if (!listed(o->name)) rows[n++] = o;
}

const akin_opt_desc *cli_common_options(bool plain)
{
    const akin_opt_desc *o = COMMON;
    while (plain && strcmp(o->name, "help") != 0) o++;
    return o;
}

const akin_opt_desc *cli_option(const cli_verb *verb, int r)
{
    if (verb != rows_of) list_options(verb);
    return rows[r];
}

int cli_find_option(const cli_verb *verb, const char *name, size_t length)
{
    for (int r = 0; cli_option(verb, r); r++) {
        const char *have = cli_option(verb, r)->name;
        if (strlen(have) == length && memcmp(have, name, length) == 0) return r;
    }
    return -1;
}

/* The verb that other programs call so, or NULL. */
static const char *called_elsewhere(const char *name)
{
    const size_t n = strlen(name);
    for (const cli_entry *e = cli_this_program()->other_names; e && e->term; e++)
        for (const char *at = e->term; *at; at += strspn(at, " ")) {
            const size_t length = strcspn(at, " ");
            if (length == n && memcmp(at, name, n) == 0) return e->text;
            at += length;
        }
    return NULL;
}

const cli_verb *cli_find_verb(const char *name)
{
    const char *names[64];
    int n = 0;
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        if (strcmp((*v)->name, name) == 0) return *v;
        if (n < 63) names[n++] = (*v)->name;
    }
    names[n] = NULL;
    akin_path_kind path = AKIN_PATH_NONE;
    if (*name && !akin_path_look(name, &path, NULL, NULL) && path != AKIN_PATH_NONE) {
        akin_print(stderr,
                   "akin: '%s' is no verb but a %s; 'akin inspect' shows what is in it, and 'akin --help' "
                   "lists the verbs\n",
                   name, path == AKIN_PATH_FOLDER ? "folder" : "file");
        return NULL;
    }
    const char *near = called_elsewhere(name);
    if (!near) near = akin_nearest_name(name, names);
    akin_print(stderr, "akin: unknown verb '%s'%s%s%s; 'akin --help' lists them\n", name,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

const cli_action *cli_find_action(const cli_verb *verb, const char *name)
{
    const cli_action *a;
    for (int i = 0; verb->action && (a = verb->action(i)) != NULL; i++)
        if (strcmp(a->name, name) == 0) return a;
    return NULL;
}

int cli_unknown_action(const cli_args *args, const char *what)
{
    const char *names[64];
    const cli_action *a;
    int n = 0;
    while (n < 63 && (a = args->verb->action(n)) != NULL) names[n++] = a->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(args->positional[0], names);
    return cli_error(args, AKIN_ERR_ARGUMENT, "unknown %s '%s'%s%s%s; 'akin %s --help' lists them", what,
                     args->positional[0], near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
                     args->verb->name);
}

bool cli_reads(const cli_verb *verb, const cli_action *action, const akin_opt_desc *option)
{
    if (!action || !verb->reads || verb->reads(action->name, option->name)) return true;
    for (const akin_opt_desc *o = cli_common_options(verb->plain); o->name; o++)
        if (o == option) return true;
    return false;
}

static int row(const cli_args *args, const char *name)
{
    const int r = cli_find_option(args->verb, name, strlen(name));
    if (r < 0) {
        fprintf(stderr, "akin: internal fault: --%s is in no table of '%s'\n", name, args->verb->name);
        abort();
    }
    return r;
}

bool cli_given(const cli_args *args, const char *name) { return args->values[row(args, name)] != NULL; }
bool cli_flag(const cli_args *args, const char *name) { return cli_given(args, name); }

const char *cli_text(const cli_args *args, const char *name)
{
    const int r = row(args, name);
    return args->values[r] ? args->values[r] : cli_option(args->verb, r)->fallback;
}

double cli_real(const cli_args *args, const char *name)
{
    const char *text = cli_text(args, name);
    return text ? strtod(text, NULL) : NAN;
}

int64_t cli_int(const cli_args *args, const char *name)
{
    const char *text = cli_text(args, name);
    return text ? (int64_t)strtod(text, NULL) : -1;
}
