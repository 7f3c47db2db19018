/* SPDX-License-Identifier: Apache-2.0 */
/* command/ranks.h - a verb under a launcher of MPI: which rank speaks, and how a job of several ends. */
#ifndef AK_COMMAND_RANKS_H
#define AK_COMMAND_RANKS_H

#include "command/command.h"

/* Before anything is said: a rank that is not the first says nothing on stdout, and nothing on stderr until
 * its job has begun. -1, or the exit code after a sentence. */
int cli_look_for_ranks(void);
/* Begins the job for a verb that knows of ranks, and refuses the others. -1, or the exit code. */
int cli_begin_ranks(const cli_args *args);
/* Ends it, given the exit code of the verb, which it returns; a failure that the other ranks do not know of
 * ends the job for them. */
int cli_end_ranks(int code);
/* Keep a sentence for cli_agree() or the end of the job, which tell the first of them; false: it is to be
 * told at once. */
bool cli_hold(const cli_verb *verb, const char *line);
/* The exit code, given. Launchers end all ranks with the first one that fails: where each has failed before
 * the job began, those that say nothing leave after the one that tells why. */
int cli_leave(int code);
/* Whether this rank tells an error: the first one does, and one that is alone with it. */
bool cli_rank_speaks(void);

#endif
