/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/shards.c - rows divided into files of consecutive rows. Of several ranks each writes its own,
 * where there is one for each; the first gives all of them their names when they are whole. */
#include "cli/embed/embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t cli_shards(const cli_args *args)
{
    const int64_t n = cli_given(args, "shards") ? cli_int(args, "shards") : 1;
    return n > 1 ? n : 0;
}

bool cli_shards_own(const cli_args *args)
{
    const int ranks = akin_ranks_size(cli_ranks());
    return ranks > 1 && cli_shards(args) >= ranks;
}

int64_t cli_first_shard(const cli_args *args)
{
    const int rank = akin_ranks_rank(cli_ranks());
    return cli_shards_own(args) ? akin_ranks_first(cli_ranks(), cli_shards(args), rank) : 0;
}

int64_t cli_shard_row(int64_t shards, int64_t n, int64_t k)
{
    return shards ? k * (n / shards) + k * (n % shards) / shards : 0;
}

akin_status cli_shard_rows(const cli_args *args, int64_t n, int64_t **first, akin_error *err)
{
    const int ranks = akin_ranks_size(cli_ranks());
    const int64_t shards = cli_shards(args);
    *first = NULL;
    if (!cli_shards_own(args)) return AKIN_OK;
    *first = malloc((size_t)(ranks + 1) * sizeof **first);
    if (!*first) return cli_no_memory(err, ranks, "ranks");
    for (int r = 0; r <= ranks; r++)
        (*first)[r] = cli_shard_row(shards, n, akin_ranks_first(cli_ranks(), shards, r));
    return AKIN_OK;
}

/* This rank's shards into all[], those of all ranks then; the first rank takes the others'. */
static akin_status exchange(const cli_args *args, akin_file_set *files, akin_shard *all, akin_error *err)
{
    akin_ranks *ranks = cli_ranks();
    const int64_t shards = cli_shards(args), first = cli_first_shard(args),
                  stop = akin_ranks_first(ranks, shards, akin_ranks_rank(ranks) + 1);
    akin_status status = all ? AKIN_OK : cli_no_memory(err, shards, "files");
    for (int64_t k = 0; k < shards && !status; k++) all[k] = (akin_shard)AKIN_SHARD_INIT;
    for (int64_t k = first; k < stop && !status; k++)
        status = akin_file_set_give(files, (int)k, &all[k], err);
    status = akin_ranks_agree(ranks, status, err);
    if (!status) status = akin_ranks_gather(ranks, all, shards, sizeof *all, err);
    if (status) return status;
    for (int64_t k = stop; k < shards && !status && cli_rank_writes(); k++)
        status = akin_file_set_take(files, (int)k, &all[k], err);
    return akin_ranks_agree(ranks, status, err);
}

akin_status cli_shards_gather(const cli_args *args, akin_file_set *files, akin_error *err)
{
    akin_shard *all = calloc((size_t)cli_shards(args) + 1, sizeof *all);
    const akin_status status = exchange(args, files, all, err);
    free(all);
    return status;
}

enum { OTHER_FILES = 64 }; /* data, names, a launcher's sockets */

int cli_check_shards(const cli_args *args, const char *out, bool piped)
{
    const char *as = cli_text(args, "as");
    const size_t n = strlen(out);
    bool stream;
    akin_error err;
    const int64_t shards = cli_shards(args);
    if (!shards) return -1;
    if (piped)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--shards divides rows whose number is known; lines of a pipe have none");
    if (cli_is_stream(out, &stream, &err)) return cli_fail(args, &err);
    if (stream || n < 5 || strcmp(out + n - 4, ".npy") != 0 ||
        (strcmp(as, "auto") != 0 && strcmp(as, "npy") != 0))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--shards is of files of .npy: -o FILE.npy");
    const long open_files = sysconf(_SC_OPEN_MAX);
    if (open_files >= 0 && shards + OTHER_FILES > open_files)
        return cli_error(
            args, AKIN_ERR_IO,
            "--shards %lld: each file is held until all are there, and of the %ld that may be open "
            "(ulimit -n) %d are for others",
            (long long)shards, open_files, OTHER_FILES);
    int code = -1;
    for (int64_t k = 0; k < shards && code < 0; k++) {
        char end[32];
        snprintf(end, sizeof end, "-%05d.npy", (int)k);
        char *name = akin_file_set_name(out, end);
        code = name ? cli_check_output(args, name) : cli_error(args, AKIN_ERR_NOMEM, "no memory for names");
        free(name);
    }
    return code;
}

akin_status cli_shards_fit(const cli_args *args, int64_t n, akin_error *err)
{
    const int64_t shards = cli_shards(args);
    return shards <= n ? AKIN_OK
                       : cli_set_error(err, AKIN_ERR_ARGUMENT,
                                       "--shards %lld: there are %lld rows, and each file needs one",
                                       (long long)shards, (long long)n);
}

void cli_name_rows(const cli_args *args, const char *out, char *name, size_t size)
{
    const int64_t shards = cli_shards(args);
    const size_t n = strlen(out);
    if (shards)
        snprintf(name, size, "%.*s-{00000..%05d}.npy", (int)n - 4, out, (int)shards - 1);
    else
        snprintf(name, size, "%s", out);
}
