/* SPDX-License-Identifier: Apache-2.0 */
/* command/output.c - what the program says: errors and remarks on stderr, JSON on stdout. */
#include "command/call.h"
#include "command/ranks.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NO_OUTPUT[] = "cannot write to standard output";
static bool error_told;
static int64_t lacks_before; /* how often memory lacked before the verb began */

/* What was printed so far stands before what is said now, where both go to one place. */
static void say_in_order(void) { fflush(stdout); }

void cli_watch_memory(void)
{
    akin_memory_needed();
    lacks_before = akin_memory_lacks();
}

/* Memory lacked, and what is to be told is another thing: that may only follow from it. */
static bool is_misled(akin_status status)
{
    return status != AKIN_ERR_NOMEM && akin_memory_lacks() != lacks_before;
}

/* Whoever read standard output, `head` say, has seen enough and closed it: that is no error to tell of. */
static bool output_left(void)
{
    struct pollfd out = { .fd = fileno(stdout), .events = POLLOUT };
    return ferror(stdout) && poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP));
}

int cli_fail(const cli_args *args, const akin_error *err)
{
    /* the library's functions begin with their own name, which is often the verb's: it is said once */
    const size_t n = strlen(args->verb->name);
    const bool twice =
        strncmp(err->message, args->verb->name, n) == 0 && strncmp(err->message + n, ": ", 2) == 0;
    return cli_error(args, err->status, "%s", err->message + (twice ? n + 2 : 0));
}

int cli_error(const cli_args *args, akin_status status, const char *format, ...)
{
    char line[4096];
    const bool misled = is_misled(status);
    error_told = true;
    va_list list;
    va_start(list, format);
    akin_vformat(line, sizeof line, format, list);
    va_end(list);
    say_in_order();
    if (strncmp(line, NO_OUTPUT, sizeof NO_OUTPUT - 1) == 0 && output_left()) return 128 + SIGPIPE;
    char told[sizeof line + 64];
    snprintf(told, sizeof told, "%s%s", misled ? "no memory for all of it; then: " : "", line);
    if (!cli_hold(args->verb, told) && cli_rank_speaks())
        akin_print(stderr, "akin %s: %s\n", args->verb->name, told);
    return akin_status_exit_code(misled ? AKIN_ERR_NOMEM : status);
}

akin_status cli_set_error(akin_error *err, akin_status status, const char *format, ...)
{
    va_list list;
    if (status == AKIN_ERR_NOMEM) akin_memory_lack();
    if (!err) return status;
    va_start(list, format);
    err->status = status;
    akin_vformat(err->message, sizeof err->message, format, list);
    va_end(list);
    return status;
}

akin_status cli_no_memory(akin_error *err, int64_t count, const char *what)
{
    return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld %s", (long long)count, what);
}

void cli_warn(const cli_args *args, const char *format, ...)
{
    va_list list;
    if (akin_ranks_rank(cli_ranks()) > 0) return;
    va_start(list, format);
    say_in_order();
    fprintf(stderr, "akin %s: warning: ", args->verb->name);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

void cli_note(const cli_args *args, const char *format, ...)
{
    char line[4096];
    va_list list;
    if (args->quiet || akin_ranks_rank(cli_ranks()) > 0) return;
    va_start(list, format);
    akin_vformat(line, sizeof line, format, list);
    va_end(list);
    say_in_order();
    fprintf(stderr, "%s\n", line);
}

static bool output_told; /* that standard output takes no more */

akin_json *cli_json_real(double x) { return isfinite(x) ? akin_json_real(x) : akin_json_null(); }

int cli_print_json(const cli_args *args, akin_json *object)
{
    char *text = NULL;
    akin_error err;
    const akin_status status = akin_json_print(object, AKIN_JSON_COMPACT, 17, &text, &err);
    akin_json_free(object);
    if (status) return cli_fail(args, &err);
    const bool failed = fputs(text, stdout) == EOF || fputc('\n', stdout) == EOF || fflush(stdout) == EOF;
    free(text);
    if (failed) return output_told = true, cli_error(args, AKIN_ERR_IO, NO_OUTPUT);
    return 0;
}

/* The exit code, given that of the verb: results that nobody received are no success. */
int cli_close_output(const cli_verb *verb, int code)
{
    const int no_memory = akin_status_exit_code(AKIN_ERR_NOMEM);
    if (code != no_memory && is_misled(AKIN_OK)) {
        if (!error_told)
            fprintf(stderr, "akin%s%s: no memory for all of it; what is printed may lack something\n",
                    verb ? " " : "", verb ? verb->name : "");
        code = no_memory;
    }
    const bool failed = fflush(stdout) == EOF || ferror(stdout);
    if (code || !failed) return code;
    if (output_left()) return 128 + SIGPIPE;
    if (!output_told) fprintf(stderr, "akin: %s\n", NO_OUTPUT);
    return akin_status_exit_code(AKIN_ERR_IO);
}

static char command_line[4096];

const char *cli_command_line(void) { return command_line; }

void cli_keep_command_line(int argc, char **argv)
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

int cli_check_output(const cli_args *args, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    if (!*path) return cli_error(args, AKIN_ERR_ARGUMENT, "the name of the file to write is empty");
    akin_path_kind there;
    akin_error unseen;
    if (akin_path_look(path, &there, NULL, &unseen)) return cli_fail(args, &unseen);
    if (there == AKIN_PATH_FOLDER)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is a folder; name a file", path);
    if (there && !cli_flag(args, "force"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", path);
    snprintf(folder, sizeof folder, "%.*s",
             !slash          ? 1
             : slash == path ? 1
                             : (int)(slash - path),
             slash ? path : ".");
    return akin_folder_writable(folder, path, &unseen) ? cli_fail(args, &unseen) : -1;
}
