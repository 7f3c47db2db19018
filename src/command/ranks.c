/* SPDX-License-Identifier: Apache-2.0 */
/* command/ranks.c - a verb under mpirun or srun. N copies of a verb that does not know of ranks would do
 * the same work over one another, so such a verb is refused, in one line of the first rank. */
#include "command/ranks.h"

#include "akin/tool/escape.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static akin_ranks *job;
static bool beginning, began;
static int told_rank, told_size = 1, told_local, own_stderr = -1;

akin_ranks *cli_ranks(void) { return job; }

/* Of several ranks, before they have agreed that something is wrong. */
static bool undecided(void) { return akin_ranks_size(job) > 1 && !akin_ranks_agreed(job); }

static char held[4096];
static const cli_verb *held_of;

bool cli_hold(const cli_verb *verb, const char *line)
{
    if (!undecided()) return false;
    if (!held[0]) snprintf(held, sizeof held, "%s", line);
    held_of = verb;
    return true;
}

static void tell_held(void)
{
    char rank[32] = "";
    if (akin_ranks_rank(job) > 0) snprintf(rank, sizeof rank, "rank %d: ", akin_ranks_rank(job));
    fflush(stdout);
    if (held[0]) akin_print(stderr, "akin %s: %s%s\n", held_of->name, rank, held);
    held[0] = 0;
}

int cli_look_for_ranks(void)
{
    akin_error err;
    if (akin_ranks_told(&told_rank, &told_size, &told_local, &err)) {
        if (told_rank == 0) akin_print(stderr, "akin: %s\n", err.message);
        return akin_status_exit_code(err.status);
    }
    if (told_rank == 0) return -1;
    const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    own_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (nothing >= 0) {
        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        close(nothing);
    }
    return -1;
}

/* Where nobody says how many threads: the ranks of a host share its cores. */
static void share_cores(const cli_args *args)
{
    const int size = akin_ranks_size(job), rank = akin_ranks_rank(job);
    int here = 0;
    if (size < 2 || args->verb->plain || cli_int(args, "threads") > 0) return;
    for (int i = 0; i < size; i++) here += strcmp(akin_ranks_host(job, i), akin_ranks_host(job, rank)) == 0;
    if (akin_threads() > 1) akin_set_threads(akin_threads() / here > 1 ? akin_threads() / here : 1);
}

int cli_begin_ranks(const cli_args *args)
{
    if (!args->verb->ranks && told_size > 1)
        return cli_error(args, AKIN_ERR_UNSUPPORTED,
                         "this verb runs in one process, and a launcher has started %d; start it without one "
                         "(AKIN_DIST=self: each does the whole work for itself)",
                         told_size);
    if (!args->verb->ranks) return -1;
    if (own_stderr >= 0) dup2(own_stderr, STDERR_FILENO);
    beginning = true;
    akin_error err;
    if (akin_ranks_open(&job, &err)) return cli_fail(args, &err);
    began = true;
    share_cores(args);
    return -1;
}

bool cli_rank_speaks(void)
{
    if (!job) return (beginning ? told_local : told_rank) == 0; /* MPI may lack on one host alone */
    return akin_ranks_rank(job) == 0 || !akin_ranks_agreed(job);
}

/* The status of a code that only has to be told to the launcher. */
static akin_status status_of(int code)
{
    for (int s = AKIN_ERR_ARGUMENT; s <= AKIN_ERR_DISTRIBUTED; s++)
        if (akin_status_exit_code((akin_status)s) == code) return (akin_status)s;
    return AKIN_ERR_INTERNAL;
}

bool cli_rank_writes(void) { return akin_ranks_rank(job) == 0; }

void cli_put_ranks(akin_json *to)
{
    if (akin_ranks_size(job) > 1) akin_json_put(to, "ranks", akin_json_int(akin_ranks_size(job)));
}

int cli_agree(const cli_args *args, int code)
{
    /* ranks that cannot hear each other cannot agree: cli_end_ranks() ends the job */
    if (!undecided() || code == akin_status_exit_code(AKIN_ERR_DISTRIBUTED)) return code;
    akin_error err = { AKIN_OK, "" };
    const akin_status mine = code > 0 ? cli_set_error(&err, status_of(code), "%s", held) : AKIN_OK,
                      status = akin_ranks_agree(job, mine, &err);
    if (!status) return code;
    if (mine && akin_ranks_rank(job) == 0)
        tell_held();
    else if (!mine)
        cli_error(args, status, "%s", err.message);
    held[0] = 0;
    return mine ? code : akin_status_exit_code(status);
}

int cli_end_ranks(int code)
{
    if (!job) return code;
    if (!akin_ranks_agreed(job) || akin_ranks_rank(job) == 0) tell_held();
    if (code && undecided()) akin_ranks_abort(job, status_of(code), NULL);
    akin_ranks_close(job);
    job = NULL;
    return code;
}

int cli_leave(int code)
{
    const bool silent = told_size > 1 && !began && (beginning ? told_local : told_rank) != 0;
    const struct timespec time = { 0, 500 * 1000 * 1000 };
    if (code > 0 && silent) nanosleep(&time, NULL);
    return code;
}
