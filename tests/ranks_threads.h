/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ranks_threads.h - ranks that are threads of one process, for tests: the same calls as between
 * processes, under every sanitizer and without MPI. */
#ifndef AK_TESTS_RANKS_THREADS_H
#define AK_TESTS_RANKS_THREADS_H

#include "dist/kind.h"
#include "test.h"

#include <pthread.h>
#include <string.h>

enum { THREADS_MOST = 8, THREADS_LETTERS = 64 };

typedef struct letter {
    void *data;
    size_t bytes;
} letter;

typedef struct mailbox { /* of one pair of ranks, first in first out */
    letter letters[THREADS_LETTERS];
    int first, count;
} mailbox;

typedef struct thread_job {
    int ranks;
    pthread_barrier_t all;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    const void *given[THREADS_MOST];
    const int64_t *offsets[THREADS_MOST];
    int begun[THREADS_MOST];                    /* transfers of each rank so far */
    mailbox box[2][THREADS_MOST][THREADS_MOST]; /* [channel][from][to] */
    void (*run)(ak_comm *c, void *ctx);
    void *ctx;
} thread_job;

static thread_job *job_of(ak_comm *c) { return c->state; }

static akin_status threads_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset,
                                  akin_error *err)
{
    thread_job *j = job_of(c);
    (void)err;
    j->given[c->rank] = mine;
    pthread_barrier_wait(&j->all);
    for (int r = 0; r < c->size; r++)
        if (offset[r + 1] > offset[r] && (const char *)j->given[r] != (char *)all + offset[r])
            memmove((char *)all + offset[r], j->given[r], (size_t)(offset[r + 1] - offset[r]));
    pthread_barrier_wait(&j->all);
    return AKIN_OK;
}

static akin_status threads_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err)
{
    thread_job *j = job_of(c);
    (void)err;
    if (c->rank == root) j->given[root] = x;
    pthread_barrier_wait(&j->all);
    if (c->rank != root) memcpy(x, j->given[root], bytes);
    pthread_barrier_wait(&j->all);
    return AKIN_OK;
}

static akin_status threads_exchange(ak_comm *c, const void *out, const int64_t *out_offset, void *in,
                                    const int64_t *in_offset, akin_error *err)
{
    thread_job *j = job_of(c);
    (void)err;
    j->given[c->rank] = out;
    j->offsets[c->rank] = out_offset;
    pthread_barrier_wait(&j->all);
    for (int r = 0; r < c->size; r++)
        memcpy((char *)in + in_offset[r], (const char *)j->given[r] + j->offsets[r][c->rank],
               (size_t)(in_offset[r + 1] - in_offset[r]));
    pthread_barrier_wait(&j->all);
    return AKIN_OK;
}

/* A message is as long as the other side expects it, and there is none of no bytes. */
static akin_status threads_begin(ak_comm *c, ak_transfer *t, akin_error *err)
{
    thread_job *j = job_of(c);
    (void)err;
    j->begun[c->rank]++;
    if (!t->out_bytes) return AKIN_OK;
    letter l = { malloc(t->out_bytes), t->out_bytes };
    memcpy(l.data, t->out, l.bytes);
    pthread_mutex_lock(&j->lock);
    mailbox *b = &j->box[t->channel][c->rank][t->to];
    CHECK(b->count < THREADS_LETTERS);
    b->letters[(b->first + b->count++) % THREADS_LETTERS] = l;
    pthread_cond_broadcast(&j->arrived);
    pthread_mutex_unlock(&j->lock);
    return AKIN_OK;
}

static akin_status threads_end(ak_comm *c, ak_transfer *t, akin_error *err)
{
    thread_job *j = job_of(c);
    (void)err;
    if (!t->in_bytes) return AKIN_OK;
    pthread_mutex_lock(&j->lock);
    mailbox *b = &j->box[t->channel][t->from][c->rank];
    while (!b->count) pthread_cond_wait(&j->arrived, &j->lock);
    const letter l = b->letters[b->first];
    b->first = (b->first + 1) % THREADS_LETTERS;
    b->count--;
    pthread_mutex_unlock(&j->lock);
    CHECK(l.bytes == t->in_bytes);
    memcpy(t->in, l.data, l.bytes);
    free(l.data);
    return AKIN_OK;
}

static void threads_close(ak_comm *c) { (void)c; }
static void threads_abort(ak_comm *c, int code)
{
    (void)c;
    exit(code);
}

static const ak_comm_kind threads_kind = { threads_gather, threads_share, threads_exchange, threads_begin,
                                           threads_end,    threads_close, threads_abort };

typedef struct thread_rank {
    thread_job *job;
    int rank;
} thread_rank;

static void *thread_main(void *ctx)
{
    const thread_rank *r = ctx;
    ak_comm *c = ak_comm_create(&threads_kind, r->rank, r->job->ranks);
    c->state = r->job;
    r->job->run(c, r->job->ctx);
    ak_comm_free(c);
    return NULL;
}

/* Call run on that many ranks at once, and wait for all. No letter may be left over. */
static void run_ranks(int ranks, void (*run)(ak_comm *c, void *ctx), void *ctx)
{
    static thread_job j;
    thread_rank rank[THREADS_MOST];
    pthread_t thread[THREADS_MOST];
    j = (thread_job){ .ranks = ranks, .run = run, .ctx = ctx };
    pthread_barrier_init(&j.all, NULL, (unsigned)ranks);
    pthread_mutex_init(&j.lock, NULL);
    pthread_cond_init(&j.arrived, NULL);
    for (int r = 0; r < ranks; r++) {
        rank[r] = (thread_rank){ &j, r };
        CHECK(pthread_create(&thread[r], NULL, thread_main, &rank[r]) == 0);
    }
    for (int r = 0; r < ranks; r++) pthread_join(thread[r], NULL);
    for (int a = 0; a < ranks; a++)
        for (int b = 0; b < ranks; b++) CHECK(j.box[0][a][b].count == 0 && j.box[1][a][b].count == 0);
    pthread_barrier_destroy(&j.all);
    pthread_mutex_destroy(&j.lock);
    pthread_cond_destroy(&j.arrived);
}

#endif
