/* SPDX-License-Identifier: Apache-2.0 */
/* command/run.c - find the verb, parse its options, run it. */
#include "command/call.h"
#include "command/help.h"
#include "command/ranks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Version ---------------------------------------------------------------------------------------------- */

/* One line: scripts read its first words. */
static void print_version(void)
{
    printf("akin %s  %s  %d threads", akin_version(), akin_isa(), akin_threads());
    for (int have = 1; have >= 0; have--) {
        const char *before = have ? "  with " : "  without ";
        for (int i = 0; akin_build_part_at(i); i++) {
            if (akin_build_part_at(i)->present != have) continue;
            printf("%s%s", before, akin_build_part_at(i)->name);
            before = ", ";
        }
    }
    putchar('\n');
}

/* Parsing ---------------------------------------------------------------------------------------------- */

/* The verbs that have an option of that very name, "embed, eval, bounds"; false where none has. */
static bool other_verbs(const cli_verb *own, const char *name, char *to, size_t size)
{
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        const size_t used = strlen(to);
        if (*v != own && cli_find_option(*v, name, strlen(name)) >= 0 && used + 16 < size)
            snprintf(to + used, size - used, "%s%s", used ? ", " : "", (*v)->name);
    }
    return *to != 0;
}

static int unknown_option(const cli_args *args, const char *name)
{
    const char *names[256];
    int n = 0;
    for (int r = 0; cli_option(args->verb, r) && n < 255; r++) names[n++] = cli_option(args->verb, r)->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(name, names);
    char others[96] = "", own[96] = "";
    if (near) snprintf(own, sizeof own, "; did you mean --%s?", near);
    if (other_verbs(args->verb, name, others, sizeof others))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--%s is no option of %s, but of %s%s; 'akin %s --help all' lists them", name,
                         args->verb->name, others, own, args->verb->name);
    return cli_error(args, AKIN_ERR_ARGUMENT, "unknown option --%s%s; 'akin %s --help all' lists them", name,
                     own, args->verb->name);
}

static char *joined; /* the values of --set so far */

/* An option that was given with two values. */
static struct {
    const char *option, *first, *last;
} twice;

/* One "--name value", "--name=value" or "--flag" at argv[*i]; -1 to go on, else the exit code. */
static int parse_option(cli_args *args, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const int r = cli_find_option(args->verb, name, length);
    if (r < 0) {
        char only[64];
        snprintf(only, sizeof only, "%.*s", (int)length, name);
        return unknown_option(args, only);
    }
    const akin_opt_desc *o = cli_option(args->verb, r);
    const char *value = "1";
    if (o->type == AKIN_OPT_FLAG) {
        if (equals) return cli_error(args, AKIN_ERR_ARGUMENT, "--%s takes no value", o->name);
    } else if (equals) {
        value = equals + 1;
    } else if (*i + 1 < argc) {
        value = argv[++*i];
    } else {
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s needs a value: %s", o->name, o->values);
    }
    akin_error err;
    if (akin_opt_check(o, value, NULL, &err)) return cli_fail(args, &err);
    if (args->values[r] && strcmp(o->name, "set") == 0) { /* the one option that adds up: one a line */
        char *both = malloc(strlen(args->values[r]) + strlen(value) + 2);
        if (!both) return cli_error(args, AKIN_ERR_NOMEM, "out of memory");
        sprintf(both, "%s\n%s", args->values[r], value);
        free(joined);
        value = joined = both;
    }
    if (args->values[r] && strcmp(args->values[r], value) != 0 && strcmp(o->name, "set") != 0) {
        twice.option = o->name;
        twice.first = args->values[r];
        twice.last = value;
    }
    args->values[r] = value;
    return -1;
}

/* -o is --out, and -k is --k where the verb has an option of one letter; NULL for anything else. */
static const char *short_option(const cli_verb *verb, const char *a)
{
    if (a[0] != '-' || !a[1] || a[1] == '-' || a[2]) return NULL;
    const char *name = a[1] == 'o' ? "out" : a + 1;
    return cli_find_option(verb, name, strlen(name)) >= 0 ? name : NULL;
}

static bool asks_help(const char *a)
{
    return strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0 || strncmp(a, "--help=", 7) == 0;
}

/* --help, --help TOPIC or --help=TOPIC, after what stands before it. */
static int tell_help(const cli_args *args, const char *a, const char *next)
{
    const char *equals = strchr(a, '='), *topic = equals ? equals + 1 : next && *next != '-' ? next : NULL;
    const cli_action *action = args->positionals ? cli_find_action(args->verb, args->positional[0]) : NULL;
    return cli_print_help(args->verb, action, &topic, topic != NULL);
}

/* More arguments than the verb takes; a name with blanks that was typed without quotes is told as such. */
static int too_many(const cli_args *args)
{
    const cli_verb *verb = args->verb;
    char name[4096] = "";
    size_t used = 0;
    for (int i = 0; i < args->positionals && used < sizeof name; i++) {
        used += (size_t)snprintf(name + used, sizeof name - used, "%s%s", i ? " " : "", args->positional[i]);
        akin_path_kind kind = AKIN_PATH_NONE;
        if (i == 0 || used >= sizeof name || akin_path_look(name, &kind, NULL, NULL)) continue;
        if (kind != AKIN_PATH_NONE)
            return cli_error(args, AKIN_ERR_ARGUMENT,
                             "unexpected argument %s; did you mean '%s'? A name with blanks is put in quotes",
                             args->positional[verb->most], name);
    }
    return cli_error(args, AKIN_ERR_ARGUMENT, "unexpected argument %s; usage: akin %s %s",
                     args->positional[verb->most], verb->name, verb->usage);
}

static int run_verb(const cli_verb *verb, int argc, char **argv)
{
    cli_args args = { .verb = verb };
    args.values = calloc(CLI_MOST_OPTIONS + 1, sizeof *args.values);
    args.positional = calloc((size_t)argc + 1, sizeof *args.positional);
    int code = -1;
    if (!args.values || !args.positional) code = cli_error(&args, AKIN_ERR_NOMEM, "out of memory");
    bool only_positional = false;
    for (int i = 0; i < argc && code < 0; i++) {
        const char *a = argv[i];
        if (!only_positional && strcmp(a, "--") == 0)
            only_positional = true;
        else if (!only_positional && asks_help(a)) {
            code = tell_help(&args, a, i + 1 < argc ? argv[i + 1] : NULL);
        } else if (!only_positional && short_option(verb, a)) {
            if (i + 1 >= argc)
                code = cli_error(&args, AKIN_ERR_ARGUMENT, "%s needs a value", a);
            else {
                char name[8];
                snprintf(name, sizeof name, "--%s", short_option(verb, a));
                char *pair[2] = { name, argv[++i] };
                int at = 0;
                code = parse_option(&args, 2, pair, &at);
            }
        } else if (!only_positional && a[0] == '-' && a[1] == '-')
            code = parse_option(&args, argc, argv, &i);
        else if (!only_positional && a[0] == '-' && a[1]) {
            code =
                cli_error(&args, AKIN_ERR_ARGUMENT, "unknown option '%s'; options begin with two dashes", a);
        } else
            args.positional[args.positionals++] = a;
    }
    if (code < 0 && args.positionals < verb->least)
        code = cli_error(&args, AKIN_ERR_ARGUMENT, "missing argument; usage: akin %s %s", verb->name,
                         verb->usage);
    if (code < 0 && args.positionals > verb->most) code = too_many(&args);
    if (code < 0) {
        akin_error err;
        akin_status status = AKIN_OK;
        if (!verb->plain) {
            args.json = cli_flag(&args, "json");
            args.quiet = cli_flag(&args, "quiet");
            if (twice.option)
                cli_note(&args, "--%s is given as '%s' and as '%s'; the last counts", twice.option,
                         twice.first, twice.last);
            const int threads = (int)cli_int(&args, "threads");
            akin_set_threads(threads);
            if (threads > 1) status = akin_build_need("OpenMP", &err);
        }
        code = status ? cli_fail(&args, &err) : cli_begin_ranks(&args);
        if (code < 0) code = cli_end_ranks(verb->run(&args));
    }
    free(args.values);
    free(joined);
    joined = NULL;
    free(args.positional);
    return code;
}

static int run_words(int argc, char **argv)
{
    const int refused = cli_look_for_ranks();
    if (refused >= 0) return refused;
    if (argc < 2) {
        cli_print_overview(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        if (argc > 2) return cli_close_output(&cli_help, run_verb(&cli_help, argc - 2, argv + 2));
        cli_print_overview(stdout);
        return cli_close_output(NULL, 0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return cli_close_output(NULL, 0);
    }
    const cli_verb *verb = cli_find_verb(argv[1]);
    return verb ? cli_close_output(verb, run_verb(verb, argc - 2, argv + 2)) : 2;
}

int cli_main(const cli_program *row, int argc, char **argv)
{
    cli_use_program(row);
    cli_keep_command_line(argc, argv);
    /* A closed pipe is a failed write, and so is a file beyond ulimit -f: what is half done ends properly. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    cli_watch_memory();
    return cli_leave(run_words(argc, argv));
}
