/* SPDX-License-Identifier: Apache-2.0 */
/* command/run.c - find the verb, parse its options, run it. */
#include "command/help.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>

/* What every verb takes. */
static const akin_opt_desc COMMON[] = {
    { "json", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "print one JSON object, or JSON lines, and nothing else, on stdout" },
    { "quiet", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "no progress and no remarks on stderr" },
    { "threads", AKIN_OPT_INT, "0", "N", 0, 1024, "threads of computation; 0 = all cores" },
    { "seed", AKIN_OPT_INT, "0", "N", 0, 9007199254740992.0, "seed of everything random" },
    { "help", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "this text" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* The verb's options, then those the library lists, then the common ones; a name stands for its first row.
 * Made once: a program runs one verb. */
enum { MAX_OPTIONS = 256 };
static const akin_opt_desc *rows[MAX_OPTIONS + 1];
static const cli_verb *rows_of;

static const cli_program *program;

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
    for (int i = 0; verb->more && (o = verb->more(i)) != NULL && n < MAX_OPTIONS; i++)
        if (!listed(o->name)) rows[n++] = o;
    for (o = cli_common_options(verb->plain); o->name && n < MAX_OPTIONS; o++)
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

static int find_option(const cli_verb *verb, const char *name, size_t length)
{
    for (int r = 0; cli_option(verb, r); r++) {
        const char *have = cli_option(verb, r)->name;
        if (strlen(have) == length && memcmp(have, name, length) == 0) return r;
    }
    return -1;
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
    const char *near = akin_nearest_name(name, names);
    fprintf(stderr, "akin: unknown verb '%s'%s%s%s; 'akin --help' lists them\n", name,
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

bool cli_reads(const cli_verb *verb, const cli_action *action, const akin_opt_desc *option)
{
    if (!action || !verb->reads || verb->reads(action->name, option->name)) return true;
    for (const akin_opt_desc *o = cli_common_options(verb->plain); o->name; o++)
        if (o == option) return true;
    return false;
}

static int row(const cli_args *args, const char *name)
{
    const int r = find_option(args->verb, name, strlen(name));
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

int cli_fail(const cli_args *args, const akin_error *err)
{
    fprintf(stderr, "akin %s: %s\n", args->verb->name, err->message);
    return akin_status_exit_code(err->status);
}

int cli_error(const cli_args *args, akin_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "akin %s: ", args->verb->name);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return akin_status_exit_code(status);
}

akin_status cli_set_error(akin_error *err, akin_status status, const char *format, ...)
{
    va_list list;
    if (!err) return status;
    va_start(list, format);
    err->status = status;
    vsnprintf(err->message, sizeof err->message, format, list);
    va_end(list);
    return status;
}

akin_status cli_no_memory(akin_error *err, int64_t count, const char *what)
{
    return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld %s", (long long)count, what);
}

void cli_note(const cli_args *args, const char *format, ...)
{
    if (args->quiet) return;
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

static bool output_told; /* that standard output takes no more */

akin_json *cli_json_real(double x) { return isfinite(x) ? akin_json_real(x) : akin_json_null(); }

akin_json *cli_json_text(const char *name) { return akin_json_text(name); }

int cli_print_json(const cli_args *args, akin_json *object)
{
    char *text = NULL;
    akin_error err;
    const akin_status status = akin_json_print(object, AKIN_JSON_COMPACT, 17, &text, &err);
    akin_json_free(object);
    if (status) return cli_fail(args, &err);
    const bool failed = fputs(text, stdout) == EOF || fputc('\n', stdout) == EOF || fflush(stdout) == EOF;
    free(text);
    if (failed) return output_told = true, cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

/* The exit code, given that of the verb: results that nobody received are no success. */
static int close_output(int code)
{
    const bool failed = fflush(stdout) == EOF || ferror(stdout);
    if (code || !failed) return code;
    if (!output_told) fputs("akin: cannot write to standard output\n", stderr);
    return akin_status_exit_code(AKIN_ERR_IO);
}

static char command_line[4096];

const char *cli_command_line(void) { return command_line; }

static void keep_command_line(int argc, char **argv)
{
    size_t at = (size_t)snprintf(command_line, sizeof command_line, "akin");
    for (int i = 1; i < argc && at + 8 < sizeof command_line; i++) {
        const bool plain =
            argv[i][0] && strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                          "-_=./,:+@%") == strlen(argv[i]);
        const int wrote =
            snprintf(command_line + at, sizeof command_line - at, plain ? " %s" : " '%s'", argv[i]);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

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

static int unknown_option(const cli_args *args, const char *name)
{
    const char *names[256];
    int n = 0;
    for (int r = 0; cli_option(args->verb, r) && n < 255; r++) names[n++] = cli_option(args->verb, r)->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(name, names);
    return cli_error(args, AKIN_ERR_ARGUMENT, "unknown option --%s%s%s%s; 'akin %s --help' lists them", name,
                     near ? "; did you mean --" : "", near ? near : "", near ? "?" : "", args->verb->name);
}

static char *joined; /* the values of --set so far */

/* One "--name value", "--name=value" or "--flag" at argv[*i]; -1 to go on, else the exit code. */
static int parse_option(cli_args *args, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const int r = find_option(args->verb, name, length);
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
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s needs a value", o->name);
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
    args->values[r] = value;
    return -1;
}

/* -o is --out, and -k is --k where the verb has an option of one letter; NULL for anything else. */
static const char *short_option(const cli_verb *verb, const char *a)
{
    if (a[0] != '-' || !a[1] || a[1] == '-' || a[2]) return NULL;
    const char *name = a[1] == 'o' ? "out" : a + 1;
    return find_option(verb, name, strlen(name)) >= 0 ? name : NULL;
}

static int run_verb(const cli_verb *verb, int argc, char **argv)
{
    cli_args args = { .verb = verb };
    args.values = calloc(MAX_OPTIONS + 1, sizeof *args.values);
    args.positional = calloc((size_t)argc + 1, sizeof *args.positional);
    int code = -1;
    if (!args.values || !args.positional) code = cli_error(&args, AKIN_ERR_NOMEM, "out of memory");
    bool only_positional = false;
    for (int i = 0; i < argc && code < 0; i++) {
        const char *a = argv[i];
        if (!only_positional && strcmp(a, "--") == 0)
            only_positional = true;
        else if (!only_positional && (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0)) {
            cli_print_help(verb, args.positionals ? cli_find_action(verb, args.positional[0]) : NULL);
            code = 0;
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
    if (code < 0 && (args.positionals < verb->least || args.positionals > verb->most))
        code = cli_error(&args, AKIN_ERR_ARGUMENT, "%s argument%s%s; usage: akin %s %s",
                         args.positionals < verb->least ? "missing" : "unexpected",
                         args.positionals > verb->most ? " " : "",
                         args.positionals > verb->most ? args.positional[verb->most] : "", verb->name,
                         verb->usage);
    if (code < 0) {
        akin_error err;
        akin_status status = AKIN_OK;
        if (!verb->plain) {
            args.json = cli_flag(&args, "json");
            args.quiet = cli_flag(&args, "quiet");
            const int threads = (int)cli_int(&args, "threads");
            akin_set_threads(threads);
            if (threads > 1) status = akin_build_need("OpenMP", &err);
        }
        code = status ? cli_fail(&args, &err) : verb->run(&args);
    }
    free(args.values);
    free(joined);
    joined = NULL;
    free(args.positional);
    return code;
}

int cli_main(const cli_program *row, int argc, char **argv)
{
    program = row;
    keep_command_line(argc, argv);
    /* A closed pipe is a failed write, told as such; so is a file beyond ulimit -f. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        cli_print_overview(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_print_overview(stdout);
        return close_output(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return close_output(0);
    }
    const cli_verb *verb = cli_find_verb(argv[1]);
    return verb ? close_output(run_verb(verb, argc - 2, argv + 2)) : 2;
}
