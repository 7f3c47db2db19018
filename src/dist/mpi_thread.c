/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi_thread.c - the thread that talks to MPI: it begins what it is given, asks whether it has ended,
 * and sleeps.
 *
 * Sleep. While somebody waits, it looks again and again for 0.1 ms, giving the core away in between; then,
 * and always while the others calculate, it sleeps: at first 20 us, then twice as long, up to 0.2 ms in the
 * first tenth of a second and 1 ms after it. A message on its way costs a few percent of a core so, and its
 * pieces do not wait for long. With nothing to do it sleeps until there is, or a tenth of a second, in
 * which a watchdog's question may have come. */
#include "dist/mpi.h"

#include "akin/tool/escape.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* MPI_Abort() may wait for a launcher that cannot be reached any more, as where a host is cut off. */
static void *end_without_mpi(void *code)
{
    const struct timespec time = { 3, 0 };
    nanosleep(&time, NULL);
    _exit((int)(intptr_t)code);
}

_Noreturn void ak_mpi_end_job(ak_mpi_state *s, int code, const char *why)
{
    pthread_mutex_lock(&s->lock);
    if (!s->abort_code) s->abort_code = code; /* so that no exit handler ends it once more */
    pthread_mutex_unlock(&s->lock);
    if (why) akin_print(stderr, "akin: rank %d: %s\n", s->rank, why);
    const struct timespec time = { 0, 200 * 1000 * 1000 };
    nanosleep(&time,
              NULL); /* MPICH's launcher drops what it has not passed on when it is told to end a job */
    pthread_t timer;
    pthread_create(&timer, NULL, end_without_mpi, (void *)(intptr_t)code); /* where it fails, MPI has to do */
    s->mpi->abort(code);
    _exit(code);
}

void ak_mpi_check(ak_mpi_state *s, int error, const char *what)
{
    if (!error) return;
    char words[AK_MPI_WORDS], why[AK_MPI_WORDS + 64];
    s->mpi->explain(error, words);
    snprintf(why, sizeof why, "%s failed: %s", what, words);
    ak_mpi_end_job(s, akin_status_exit_code(AKIN_ERR_DISTRIBUTED), why);
}

/* The next piece of one direction; none when all has been begun. */
static void begin_piece(ak_mpi_state *s, ak_way *w, bool out)
{
    if (!w->left) return;
    const int bytes = (int)(w->left < s->piece ? w->left : s->piece);
    if (out)
        ak_mpi_check(s, s->mpi->send(w->data, bytes, w->peer, w->world, &w->slot), "sending");
    else
        ak_mpi_check(s, s->mpi->receive(w->data, bytes, w->peer, w->world, &w->slot), "receiving");
    w->data += bytes;
    w->left -= (size_t)bytes;
}

static void begin(ak_mpi_state *s, ak_op *op)
{
    const ak_mpi *m = s->mpi;
    int error = 0;
    op->slot = op->way[0].slot = op->way[1].slot = -1;
    switch (op->kind) {
    case AK_OP_GATHER: error = m->gather(op->data, op->count[0], op->place[0], &op->slot); break;
    case AK_OP_SHARE: error = m->share(op->data, op->bytes, op->root, &op->slot); break;
    case AK_OP_EXCHANGE:
        error = m->exchange(op->mine, op->count[0], op->place[0], op->data, op->count[1], op->place[1],
                            &op->slot);
        break;
    case AK_OP_MEET: error = m->meet(&op->slot); break;
    case AK_OP_TRANSFER:
        for (int i = 1; i >= 0; i--) begin_piece(s, &op->way[i], i == 0); /* first what is to come */
        break;
    }
    ak_mpi_check(s, error, "a collective of MPI");
}

static bool has_ended(ak_mpi_state *s, int slot)
{
    bool ended = false;
    if (slot >= 0) ak_mpi_check(s, s->mpi->poll(slot, &ended), "a message of MPI");
    return ended;
}

/* Whether op has ended now. */
static bool advance(ak_mpi_state *s, ak_op *op)
{
    if (op->kind != AK_OP_TRANSFER) return has_ended(s, op->slot);
    bool all = true;
    for (int i = 0; i < 2; i++) {
        ak_way *w = &op->way[i];
        while (w->slot >= 0 && has_ended(s, w->slot)) {
            w->slot = -1;
            op->moved_s = ak_now_s();
            begin_piece(s, w, i == 0);
        }
        all &= w->slot < 0;
    }
    return all;
}

/* One look at all that is under way; whether something has ended. */
static bool look(ak_mpi_state *s)
{
    bool some = false;
    for (ak_op **at = &s->active; *at;) {
        ak_op *op = *at;
        if (!advance(s, op)) {
            at = &op->next;
            continue;
        }
        *at = op->next;
        some = true;
        pthread_mutex_lock(&s->lock);
        op->ended_s = ak_now_s();
        op->done = true;
        pthread_cond_broadcast(&s->done);
        pthread_mutex_unlock(&s->lock);
    }
    return some;
}

/* Since when somebody waits and nothing has come, 0 for nobody; the lock is held. */
static double oldest_wait(const ak_mpi_state *s)
{
    double oldest = 0;
    for (const ak_op *op = s->active; op; op = op->next) {
        if (op->waited_from_s == 0) continue;
        const double since = op->moved_s > op->waited_from_s ? op->moved_s : op->waited_from_s;
        if (oldest == 0 || since < oldest) oldest = since;
    }
    return oldest;
}

static void wait_for_news(ak_mpi_state *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&s->news, &s->lock, &until);
}

/* What one pass of the thread found. */
typedef struct pass {
    bool some, closing;
    double oldest_s; /* since when somebody waits, 0 for nobody */
} pass;

/* Takes what is new, and begins it. */
static pass take_news(ak_mpi_state *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->queue && !s->active && !s->closing && !s->abort_code) wait_for_news(s);
    s->pass_s = ak_now_s();
    ak_op *fresh = s->queue;
    s->queue = NULL;
    const int code = s->abort_code;
    pthread_mutex_unlock(&s->lock);
    if (code) ak_mpi_end_job(s, code, NULL);
    pass found = { .some = fresh != NULL };
    while (fresh) {
        ak_op *op = fresh;
        fresh = op->next;
        ak_op **end = &s->active;
        while (*end) end = &(*end)->next;
        op->next = NULL;
        begin(s, op);
        *end = op;
    }
    pthread_mutex_lock(&s->lock);
    found.oldest_s = oldest_wait(s);
    found.closing = s->closing;
    pthread_mutex_unlock(&s->lock);
    return found;
}

static void nap(double *sleep_s, double quiet_s, bool somebody_waits)
{
    if (somebody_waits && quiet_s < 1e-4) {
        sched_yield();
        return;
    }
    const double most_s = quiet_s < 0.1 ? 2e-4 : 1e-3;
    *sleep_s = *sleep_s == 0 ? 2e-5 : 2 * *sleep_s < most_s ? 2 * *sleep_s : most_s;
    const struct timespec time = { 0, (long)(*sleep_s * 1e9) };
    nanosleep(&time, NULL);
}

static void work(ak_mpi_state *s)
{
    double sleep_s = 0, moved_s = ak_now_s();
    for (;;) {
        const pass found = take_news(s);
        const bool some = look(s) || found.some;
        ak_watch_look(s, found.oldest_s);
        if (found.closing && !s->active) return;
        const double now = ak_now_s();
        if (some) {
            sleep_s = 0;
            moved_s = now;
        }
        if (s->active) nap(&sleep_s, now - moved_s, found.oldest_s > 0);
    }
}

static void name_us(ak_mpi_state *s)
{
    char words[AK_MPI_WORDS];
    s->mpi->version(s->version);
    s->mpi->host(words);
    if (s->host) snprintf(s->host[s->rank], sizeof s->host[s->rank], "%.63s", words);
}

void *ak_mpi_thread(void *state)
{
    ak_mpi_state *s = state;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL); /* signals are the caller's, also in threads that MPI starts */
    const int error = s->mpi->init(&s->rank, &s->size);
    pthread_mutex_lock(&s->lock);
    s->init_error = error;
    s->ready = true;
    s->pass_s = ak_now_s();
    pthread_cond_broadcast(&s->done);
    while (!s->watch.peer && !s->closing) pthread_cond_wait(&s->news, &s->lock); /* arrays of size */
    pthread_mutex_unlock(&s->lock);
    if (!error) {
        name_us(s);
        work(s);
        s->mpi->finalize();
    }
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}
