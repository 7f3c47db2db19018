/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi.c - the communicator over MPI, on the caller's side: what is to be done is given to the thread of
 * mpi_thread.c, and waited for.
 *
 * MPI counts in ints. Messages of any length go in pieces of at most 64 MB, which also tell the watchdog that
 * a long one moves; a gather of more than that goes rank by rank. AKIN_DIST_PIECE sets another length, so
 * that tests need no gigabytes.
 *
 * Leaving. A process that ends without closing its communicator would leave the others waiting, and not every
 * launcher takes an exit code of 0 for what it is then. So an exit handler ends the job. It must find the
 * communicator: MPI is begun once in a process, and there is one place for it. */
#define _DEFAULT_SOURCE 1 /* on_exit() */
#include "dist/mpi.h"

#include "akin/tool/escape.h"
#include "base/plain.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static ak_mpi_state *opened; /* the one of this process, while it is open */
static bool left;            /* it was closed, and MPI_Finalize() has not returned */

/* A number of the environment, from least to most; *x stays where there is none. */
static akin_status number_of(const char *name, double least, double most, double *x, akin_error *err)
{
    const char *text = getenv(name);
    if (!text || !*text) return AKIN_OK;
    char *end;
    const double got = ak_strtod(text, &end);
    if (end == text || *end || !(got >= least && got <= most))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s is '%s'; it must be a number from %lld to %lld", name,
                       text, (long long)least, (long long)most);
    *x = got;
    return AKIN_OK;
}

/* Waiting ------------------------------------------------------------------------------------------- */

static void rest_a_second(ak_mpi_state *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_cond_timedwait(&s->done, &s->lock, &until);
}

/* A second of waiting with the lock held. Where the thread itself hangs within MPI for longer than the
 * watchdog would have waited, nobody else is left to end this rank; its launcher ends the others. */
static void wait_a_second(ak_mpi_state *s)
{
    rest_a_second(s);
    if (s->watch.limit_s > 0 && ak_now_s() - s->pass_s > s->watch.limit_s + 3) {
        akin_print(stderr, "akin: rank %d: MPI does not return since %d s; the job ends\n", s->rank,
                   (int)(ak_now_s() - s->pass_s));
        _exit(akin_status_exit_code(AKIN_ERR_DISTRIBUTED));
    }
}

static void submit(ak_mpi_state *s, ak_op *op, bool waits)
{
    pthread_mutex_lock(&s->lock);
    op->began_s = ak_now_s();
    op->waited_from_s = waits ? op->began_s : 0;
    op->done = false;
    op->next = NULL;
    ak_op **end = &s->queue;
    while (*end) end = &(*end)->next;
    *end = op;
    pthread_cond_signal(&s->news);
    while (waits && !op->done) wait_a_second(s);
    pthread_mutex_unlock(&s->lock);
}

/* The operations ------------------------------------------------------------------------------------ */

static akin_status mpi_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err)
{
    (void)err;
    ak_mpi_state *s = c->state;
    for (size_t at = 0; at < bytes; at += s->piece) {
        const size_t now = bytes - at < s->piece ? bytes - at : s->piece;
        ak_op op = { .kind = AK_OP_SHARE, .data = (char *)x + at, .bytes = (int)now, .root = root };
        submit(s, &op, true);
    }
    return AKIN_OK;
}

/* Offsets of 64 bits as MPI's counts and places. */
static void as_ints(const int64_t *offset, int size, int *count, int *place)
{
    for (int r = 0; r < size; r++) {
        count[r] = (int)(offset[r + 1] - offset[r]);
        place[r] = (int)offset[r];
    }
}

static akin_status mpi_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset, akin_error *err)
{
    ak_mpi_state *s = c->state;
    char *own = (char *)all + offset[c->rank];
    const size_t bytes = (size_t)(offset[c->rank + 1] - offset[c->rank]);
    if (offset[c->size] == 0) return AKIN_OK;
    if (bytes && mine != own) memmove(own, mine, bytes);
    if ((size_t)offset[c->size] <= s->piece) {
        as_ints(offset, c->size, s->count[0], s->place[0]);
        ak_op op = { .kind = AK_OP_GATHER, .data = all, .count = { s->count[0] }, .place = { s->place[0] } };
        submit(s, &op, true);
        return AKIN_OK;
    }
    for (int r = 0; r < c->size; r++)
        AK_TRY(mpi_share(c, (char *)all + offset[r], (size_t)(offset[r + 1] - offset[r]), r, err));
    return AKIN_OK;
}

/* Only sums call it, whose pieces are small. */
static akin_status mpi_exchange(ak_comm *c, const void *out, const int64_t *out_offset, void *in,
                                const int64_t *in_offset, akin_error *err)
{
    ak_mpi_state *s = c->state;
    if (out_offset[c->size] > INT_MAX || in_offset[c->size] > INT_MAX)
        return ak_fail(err, AKIN_ERR_INTERNAL, "an exchange of more than 2^31 bytes");
    as_ints(out_offset, c->size, s->count[0], s->place[0]);
    as_ints(in_offset, c->size, s->count[1], s->place[1]);
    ak_op op = { .kind = AK_OP_EXCHANGE,
                 .mine = out,
                 .data = in,
                 .count = { s->count[0], s->count[1] },
                 .place = { s->place[0], s->place[1] } };
    submit(s, &op, true);
    return AKIN_OK;
}

static ak_op *take_from_pool(ak_mpi_state *s)
{
    for (int i = 0; i < s->pool_count; i++)
        if (!s->pool_taken[i]) {
            s->pool_taken[i] = true;
            memset(&s->pool[i], 0, sizeof s->pool[i]);
            return &s->pool[i];
        }
    return NULL;
}

static akin_status mpi_begin(ak_comm *c, ak_transfer *t, akin_error *err)
{
    ak_mpi_state *s = c->state;
    ak_op *op = take_from_pool(s);
    if (!op) return ak_fail(err, AKIN_ERR_INTERNAL, "more than %d transfers at once", s->pool_count);
    op->kind = AK_OP_TRANSFER;
    const ak_mpi_world world = t->channel ? AK_MPI_SECOND : AK_MPI_WORK;
    op->way[0] = (ak_way){ (unsigned char *)(uintptr_t)t->out, t->out_bytes, t->to, -1, world };
    op->way[1] = (ak_way){ t->in, t->in_bytes, t->from, -1, world };
    t->state = op;
    submit(s, op, false);
    return AKIN_OK;
}

static akin_status mpi_end(ak_comm *c, ak_transfer *t, akin_error *err)
{
    (void)err;
    ak_mpi_state *s = c->state;
    ak_op *op = t->state;
    if (!op) return AKIN_OK;
    const double from = ak_now_s();
    pthread_mutex_lock(&s->lock);
    op->waited_from_s = from;
    while (!op->done) wait_a_second(s);
    pthread_mutex_unlock(&s->lock);
    t->waited_s = op->ended_s > from ? op->ended_s - from : 0;
    t->took_s = op->ended_s - op->began_s;
    s->pool_taken[op - s->pool] = false;
    t->state = NULL;
    return AKIN_OK;
}

/* The end ------------------------------------------------------------------------------------------- */

static void free_state(ak_mpi_state *s)
{
    for (int i = 0; i < 2; i++) {
        free(s->count[i]);
        free(s->place[i]);
    }
    free(s->host);
    free(s->pool);
    free(s->pool_taken);
    free(s->watch.peer);
    free(s->watch.out);
    free(s->watch.slot);
    pthread_cond_destroy(&s->news);
    pthread_cond_destroy(&s->done);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* The thread leaves MPI, and ends. All ranks have met before, so nothing is left to be done but that: where
 * MPI_Finalize() hangs, as that of MPICH 4.0 over UCX and TCP does now and then, the thread is ended after a
 * few seconds, false, and the process ends without it. The others come to that at about the same time. None
 * leaves before them: their MPI would go on then, and MPICH's launcher would answer a rank that is gone. */
static bool end_thread(ak_mpi_state *s)
{
    const double FINALIZE_S = 5, OTHERS_S = 2, from_s = ak_now_s();
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    s->pass_s = from_s;
    pthread_cond_signal(&s->news);
    while (!s->closed && ak_now_s() - from_s < FINALIZE_S) rest_a_second(s);
    const bool ended = s->closed;
    if (!ended) pthread_cancel(s->thread); /* where it waits within MPI */
    while (!ended && ak_now_s() - from_s < FINALIZE_S + OTHERS_S) rest_a_second(s);
    pthread_mutex_unlock(&s->lock);
    if (ended) pthread_join(s->thread, NULL);
    return ended;
}

static void mpi_close(ak_comm *c)
{
    ak_mpi_state *s = c->state;
    ak_op op = { .kind = AK_OP_MEET }; /* who comes late is waited for here, asleep and watched */
    submit(s, &op, true);
    opened = NULL;
    left = !end_thread(s);
    if (!left) free_state(s);
}

static void end_job(ak_mpi_state *s, int code)
{
    pthread_mutex_lock(&s->lock);
    s->abort_code = code;
    pthread_cond_signal(&s->news);
    pthread_mutex_unlock(&s->lock);
    const struct timespec moment = { 5, 0 };
    nanosleep(&moment, NULL); /* the thread ends the process; where it hangs, this does */
    _exit(code);
}

static void mpi_abort(ak_comm *c, int code)
{
    opened = NULL;
    fflush(NULL);
    end_job(c->state, code);
}

static void at_exit(int code, void *none)
{
    (void)none;
    if (left) { /* what the libraries of MPI do at the end of a process would meet their own thread */
        fflush(NULL);
        _exit(code);
    }
    ak_mpi_state *s = opened;
    if (!s || s->process != getpid()) return; /* a forked child is not in the job */
    opened = NULL;
    pthread_mutex_lock(&s->lock);
    const bool ending = s->abort_code != 0;
    pthread_mutex_unlock(&s->lock);
    if (ending) return; /* MPI's own way of ending it comes by here */
    akin_print(stderr, "akin: rank %d: ended before the job did; the job ends\n", s->rank);
    end_job(s, akin_status_exit_code(AKIN_ERR_DISTRIBUTED));
}

static const ak_comm_kind KIND = { mpi_gather, mpi_share, mpi_exchange, mpi_begin,
                                   mpi_end,    mpi_close, mpi_abort };

/* The beginning ------------------------------------------------------------------------------------- */

static ak_mpi_state *create_state(const ak_mpi *mpi)
{
    ak_mpi_state *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->mpi = mpi;
    s->process = getpid();
    s->pass_s = ak_now_s();
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->news, NULL);
    pthread_cond_init(&s->done, NULL);
    return s;
}

/* What has one entry a rank. */
static bool make_room(ak_mpi_state *s)
{
    const size_t n = (size_t)s->size;
    for (int i = 0; i < 2; i++) {
        s->count[i] = calloc(n, sizeof *s->count[i]);
        s->place[i] = calloc(n, sizeof *s->place[i]);
        if (!s->count[i] || !s->place[i]) return false;
    }
    s->pool_count = AK_POOL + AK_POOL_RANK * s->size;
    s->pool = calloc((size_t)s->pool_count, sizeof *s->pool);
    s->pool_taken = calloc((size_t)s->pool_count, sizeof *s->pool_taken);
    s->host = calloc(n, sizeof *s->host);
    s->watch.out = calloc(n, sizeof *s->watch.out);
    s->watch.slot = calloc(n, sizeof *s->watch.slot);
    unsigned char *peer = calloc(n, 1);
    if (!s->pool || !s->pool_taken || !s->host || !s->watch.out || !s->watch.slot || !peer) {
        free(peer);
        return false;
    }
    for (int r = 0; r < s->size; r++) s->watch.slot[r] = -1;
    pthread_mutex_lock(&s->lock);
    s->watch.peer = peer; /* for which the thread waits */
    pthread_cond_signal(&s->news);
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* Every rank knows the names of all hosts, for the day on which one of them is silent. */
static akin_status gather_hosts(ak_comm *c, akin_error *err)
{
    ak_mpi_state *s = c->state;
    for (int r = 0; r <= c->size; r++) c->offset[0][r] = r * (int64_t)AK_COMM_HOST_BYTES;
    return mpi_gather(c, s->host[c->rank], s->host, c->offset[0], err);
}

/* Before the others know of this rank's trouble they wait for it in MPI_Init or at the first word. */
static _Noreturn void give_up(ak_mpi_state *s)
{
    akin_print(stderr, "akin: rank %d: no memory for the ranks of a job\n", s->rank);
    s->mpi->abort(akin_status_exit_code(AKIN_ERR_NOMEM));
    _exit(akin_status_exit_code(AKIN_ERR_NOMEM));
}

static akin_status begin_thread(ak_mpi_state *s, akin_error *err)
{
    if (pthread_create(&s->thread, NULL, ak_mpi_thread, s))
        return ak_no_memory(err, "for the thread that talks to MPI");
    pthread_mutex_lock(&s->lock);
    while (!s->ready) wait_a_second(s);
    pthread_mutex_unlock(&s->lock);
    if (!s->init_error) return AKIN_OK;
    end_thread(s);
    return ak_fail(err, AKIN_ERR_DISTRIBUTED, "%s cannot be begun (error %d of MPI_Init)", s->mpi->name,
                   s->init_error);
}

akin_status ak_mpi_open(const ak_mpi *mpi, ak_comm **out, akin_error *err)
{
    static bool before;
    if (before) return ak_fail(err, AKIN_ERR_DISTRIBUTED, "MPI can be begun once in a process");
    double limit_s = 300, piece = 1 << 26;
    AK_TRY(number_of("AKIN_DIST_WATCHDOG", 0, 1e9, &limit_s, err));
    AK_TRY(number_of("AKIN_DIST_PIECE", 1, 1 << 30, &piece, err));
    ak_mpi_state *s = create_state(mpi);
    if (!s) return ak_no_memory(err, "for the ranks of a job");
    s->watch.limit_s = limit_s;
    s->piece = (size_t)piece;
    const akin_status status = begin_thread(s, err);
    if (status) {
        free_state(s);
        return status;
    }
    before = true;
    ak_comm *c = ak_comm_create(&KIND, s->rank, s->size);
    if (!c || on_exit(at_exit, NULL) || !make_room(s)) give_up(s);
    opened = s;
    c->state = s;
    c->library = s->version;
    c->host = s->host;
    AK_TRY(gather_hosts(c, err));
    *out = c;
    return AKIN_OK;
}
