/* SPDX-License-Identifier: Apache-2.0 */
/* train/loader.c - a ring of batches between the workers and the step.
 *
 * Worker w makes batches first + w, first + w + workers, ... Batch s goes to slot s mod SLOTS once the step has
 * taken batch s - SLOTS out of it. Each worker keeps the order of its own epoch, so workers share nothing but the
 * ring's counters, under one mutex. */
#include "train/loader.h"

#include "base/rng.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 4, MAX_WORKERS = 64 };

typedef struct worker {
    akin_loader *loader;
    pthread_t thread;
    int64_t next, epoch; /* the batch to make; the epoch `order` is of, -1 = none */
    int32_t *order;      /* [n] */
    void *memory;        /* of scratch */
    akin_arena scratch;
} worker;

struct akin_loader {
    akin_loader_plan plan;
    int64_t pixels; /* floats of one view */
    float *slot[SLOTS];
    int64_t made[SLOTS]; /* the batch in the slot, -1 = none */
    int64_t taken;       /* the batch the step works on; slots of batches < taken are free */
    int64_t next;        /* the batch akin_loader_next() gives next */
    bool stop, locks;
    akin_error failure; /* of the first worker that failed; status AKIN_OK = none */
    int running;
    worker workers[MAX_WORKERS];
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
};

int64_t akin_loader_epoch_steps(int64_t items, int64_t batch) { return items / batch; }

void akin_loader_order(uint64_t seed, int64_t epoch, int32_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
    akin_rng r = akin_rng_at(seed, AKIN_RNG_ORDER, (uint32_t)epoch, 0, 0);
    akin_rng_shuffle(&r, order, n);
}

static akin_status make_batch(worker *w, int64_t step, float *out, akin_error *err)
{
    const akin_loader_plan *p = &w->loader->plan;
    const int64_t per_epoch = akin_loader_epoch_steps(p->images.n, p->batch);
    const int64_t epoch = step / per_epoch;
    if (w->epoch != epoch) {
        akin_loader_order(p->seed, epoch, w->order, p->images.n);
        w->epoch = epoch;
    }
    const int32_t *items = w->order + (step % per_epoch) * p->batch;
    const akin_augment_images images = { p->images.pixels, p->images.n, p->images.height, p->images.width,
                                         p->images.channels };
    for (uint32_t view = 0; view < 2; view++) {
        const akin_augment_name name = { p->seed, (uint32_t)epoch, 0, view };
        AKIN_TRY(akin_augment_batch(&p->augment, &images, items, p->batch, &name, p->mean, p->std,
                                    &w->scratch, out + view * p->batch * w->loader->pixels, err));
    }
    return AKIN_OK;
}

static void *work(void *argument)
{
    worker *w = argument;
    akin_loader *l = w->loader;
    for (; w->next < l->plan.steps; w->next += l->plan.workers) {
        const int s = (int)(w->next % SLOTS);
        pthread_mutex_lock(&l->lock);
        while (!l->stop && w->next >= l->taken + SLOTS) pthread_cond_wait(&l->freed, &l->lock);
        const bool stop = l->stop;
        pthread_mutex_unlock(&l->lock);
        if (stop) break;
        akin_error failure = { .status = AKIN_OK };
        const akin_status status = make_batch(w, w->next, l->slot[s], &failure);
        pthread_mutex_lock(&l->lock);
        l->made[s] = w->next;
        if (status && l->failure.status == AKIN_OK) l->failure = failure;
        pthread_cond_broadcast(&l->filled);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

void akin_loader_free(akin_loader *l)
{
    if (!l) return;
    if (l->locks) {
        pthread_mutex_lock(&l->lock);
        l->stop = true;
        pthread_cond_broadcast(&l->freed);
        pthread_mutex_unlock(&l->lock);
        for (int w = 0; w < l->running; w++) pthread_join(l->workers[w].thread, NULL);
        pthread_cond_destroy(&l->freed);
        pthread_cond_destroy(&l->filled);
        pthread_mutex_destroy(&l->lock);
    }
    for (int s = 0; s < SLOTS; s++) free(l->slot[s]);
    for (int w = 0; w < MAX_WORKERS; w++) {
        free(l->workers[w].order);
        free(l->workers[w].memory);
    }
    free(l);
}

static bool allocate(akin_loader *l)
{
    const akin_loader_plan *p = &l->plan;
    bool ok = true;
    for (int s = 0; s < SLOTS; s++) {
        l->slot[s] = akin_alloc(sizeof(float), 2 * p->batch, l->pixels);
        l->made[s] = -1;
        ok = ok && l->slot[s];
    }
    const size_t scratch =
        akin_augment_scratch_bytes(&p->augment, p->images.height, p->images.width, p->images.channels);
    for (int w = 0; w < p->workers; w++) {
        l->workers[w] = (worker){ .loader = l, .next = p->first + w, .epoch = -1 };
        l->workers[w].order = akin_alloc(sizeof(int32_t), p->images.n, 1);
        l->workers[w].memory = akin_alloc(1, (int64_t)scratch + 64, 1);
        akin_arena_init(&l->workers[w].scratch, l->workers[w].memory, scratch + 64);
        ok = ok && l->workers[w].order && l->workers[w].memory;
    }
    return ok;
}

akin_status akin_loader_create(const akin_loader_plan *plan, akin_loader **out, akin_error *err)
{
    akin_loader *l = calloc(1, sizeof *l);
    if (!l) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the loader");
    l->plan = *plan;
    if (l->plan.workers < 1) l->plan.workers = 1;
    if (l->plan.workers > MAX_WORKERS) l->plan.workers = MAX_WORKERS;
    const int64_t height = plan->augment.height ? plan->augment.height : plan->images.height;
    const int64_t width = plan->augment.width ? plan->augment.width : plan->images.width;
    l->pixels = height * width * plan->images.channels;
    l->taken = l->next = plan->first;
    if (!allocate(l)) {
        akin_loader_free(l);
        return akin_fail(err, AKIN_ERR_NOMEM, "no memory for %d batches of %lld views", SLOTS,
                         (long long)(2 * plan->batch));
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->freed, NULL);
    l->locks = true;
    for (int w = 0; w < l->plan.workers; w++) {
        const int reason = pthread_create(&l->workers[w].thread, NULL, work, &l->workers[w]);
        if (reason) {
            akin_loader_free(l);
            return akin_fail(err, AKIN_ERR_INTERNAL, "cannot start a loader thread: %s", strerror(reason));
        }
        l->running++;
    }
    *out = l;
    return AKIN_OK;
}

akin_status akin_loader_next(akin_loader *l, const float **views, double *waited_s, akin_error *err)
{
    const double begin = akin_now_s();
    const int s = (int)(l->next % SLOTS);
    pthread_mutex_lock(&l->lock);
    l->taken = l->next; /* the batch before is no longer in use */
    pthread_cond_broadcast(&l->freed);
    while (l->made[s] != l->next && l->failure.status == AKIN_OK) pthread_cond_wait(&l->filled, &l->lock);
    const akin_error failure = l->failure;
    pthread_mutex_unlock(&l->lock);
    if (failure.status) return akin_fail(err, failure.status, "%s", failure.message);
    l->next++;
    *views = l->slot[s];
    *waited_s = akin_now_s() - begin;
    return AKIN_OK;
}
