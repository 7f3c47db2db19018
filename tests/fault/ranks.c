/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/ranks.c - a job of ranks of which one fails: ranks_fault FAULT RANK MS FOLDER. Every rank sums,
 * sends around the ring and agrees, again and again, for a minute; MS milliseconds after it began, RANK does
 * FAULT. Each writes its process into FOLDER, and `ended` there if it came to the end: cli/ranks.sh looks at
 * what is left. */
#include "dist/dist.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FLOATS = 100003, BYTES = 1 << 20 };

static atomic_bool due; /* a fault of the calculating thread is to come now */

static void wait_s(double s)
{
    const struct timespec time = { (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };
    nanosleep(&time, NULL);
}

static const char *fault;
static double after_s;

static void *fail_later(void *none)
{
    wait_s(after_s);
    if (strcmp(fault, "kill") == 0) raise(SIGKILL);
    if (strcmp(fault, "stop") == 0) kill(getpid(), SIGSTOP);
    if (strcmp(fault, "segv") == 0) kill(getpid(), SIGSEGV);
    if (strcmp(fault, "exit0") == 0) exit(0);
    if (strcmp(fault, "_exit0") == 0) _exit(0);
    if (strcmp(fault, "_exit3") == 0) _exit(3);
    atomic_store(&due, true);
    return none;
}

/* What the calculating thread does of itself; the status it goes on with. */
static akin_status fail_now(ak_comm *c, akin_error *err)
{
    if (!atomic_exchange(&due, false)) return AKIN_OK;
    if (strcmp(fault, "busy") == 0)
        for (;;) wait_s(1);
    if (strcmp(fault, "abort") == 0) ak_comm_abort(c, AKIN_ERR_NUMERIC, "a step came to nothing");
    if (strcmp(fault, "slow") == 0) wait_s(1);
    if (strcmp(fault, "nomem") == 0) return ak_no_memory(err, "for a step");
    if (strcmp(fault, "error") == 0) return ak_fail(err, AKIN_ERR_IO, "the disk is full");
    return AKIN_OK;
}

static void write_name(const char *folder, const char *name, int number)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s%d", folder, name, number);
    FILE *f = fopen(path, "w");
    if (f) fprintf(f, "%d\n", (int)getpid());
    if (f) fclose(f);
}

static akin_status step(ak_comm *c, float *x, char *bytes, akin_error *err)
{
    const int rank = ak_comm_rank(c), size = ak_comm_size(c);
    ak_transfer t = { .out = bytes,
                      .out_bytes = BYTES,
                      .to = (rank + 1) % size,
                      .in = bytes + BYTES,
                      .in_bytes = BYTES,
                      .from = (rank + size - 1) % size };
    for (int i = 0; i < FLOATS; i++) x[i] = (float)(rank + i);
    AK_TRY(ak_comm_begin(c, &t, err));
    AK_TRY(ak_comm_sum_floats(c, x, FLOATS, err));
    AK_TRY(ak_comm_end(c, &t, err));
    return ak_comm_agree(c, fail_now(c, err), err);
}

int main(int argc, char **argv)
{
    akin_error err;
    ak_comm *c;
    if (argc != 5) return 2;
    fault = argv[1];
    after_s = atof(argv[3]) / 1000;
    if (ak_comm_open(&c, &err)) return fprintf(stderr, "%s\n", err.message), 7;
    const int rank = ak_comm_rank(c);
    write_name(argv[4], "", rank);
    float *x = malloc(FLOATS * sizeof *x);
    char *bytes = calloc(2, BYTES);
    pthread_t later;
    if (!x || !bytes) return 6;
    if (atoi(argv[2]) == rank && pthread_create(&later, NULL, fail_later, NULL) == 0) pthread_detach(later);
    akin_status status = AKIN_OK;
    const double until = ak_now_s() + (strcmp(fault, "slow") == 0 ? 4 : 60);
    for (double on = 1; on > 0 && !status;) { /* all stop at the step at which the first is late */
        on = ak_now_s() < until;
        status = step(c, x, bytes, &err);
        if (!status) status = ak_comm_share(c, &on, sizeof on, 0, &err);
    }
    if (status && rank == 0) fprintf(stderr, "akin: %s\n", err.message);
    ak_comm_close(c);
    write_name(argv[4], "ended", rank);
    free(x);
    free(bytes);
    return akin_status_exit_code(status);
}
