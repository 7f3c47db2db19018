/* SPDX-License-Identifier: Apache-2.0 */
/* train/loader.c - a ring of batches between the workers and the step.
 *
 * A batch is what one visit of the encoder reads: the whole step, or a chunk of it. A step with V visits has
 * V batches; those of step s have the numbers s V to s V + V - 1. Worker w makes the batches first + w,
 * first + w + workers, ... Batch b goes to slot b mod SLOTS as soon as the step no longer uses batch b -
 * SLOTS. Each worker keeps the order of its own epoch, so the workers share nothing but the counters of the
 * ring, under one mutex. */
#include "train/loader.h"

#include "base/plain.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 4, MAX_WORKERS = 64 };

typedef struct worker {
    ak_loader *loader;
    pthread_t thread;
    int64_t next; /* the batch to make */
    ak_sampler_memory order;
    int32_t *items; /* [rows of a step]: the items of step `drawn` */
    int64_t drawn;  /* -1 = none */
    void *memory;   /* of scratch */
    akin_arena scratch;
} worker;

/* The memory of one batch: dense rows, or ids and start of ragged ones. */
typedef struct slot {
    int32_t *items, *ids;
    float *dense;
    int64_t *start;
    int64_t made; /* the batch in it, -1 = none */
} slot;

struct ak_loader {
    ak_loader_plan plan;
    int64_t rows;    /* of a batch */
    int64_t visits;  /* of a step */
    int64_t batches; /* of all steps up to the last */
    slot slot[SLOTS];
    int64_t taken; /* the batch that the step works on; slots of earlier batches are free */
    int64_t next;  /* the batch that ak_loader_next() gives next */
    bool stop, locks;
    akin_error failure; /* of the first worker that failed; status AKIN_OK = none */
    int running;
    worker workers[MAX_WORKERS];
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
};

static akin_status make_batch(worker *w, int64_t batch, slot *out, akin_error *err)
{
    const ak_loader_plan *p = &w->loader->plan;
    const int64_t step = batch / w->loader->visits;
    ak_row_span spans[3];
    const int n = ak_visit_spans(&p->visits, p->sampler,
                                 ak_visits_at(&p->visits, p->sampler, batch % w->loader->visits), spans);
    if (w->drawn != step) ak_sampler_items(p->sampler, &w->order, step, w->items);
    w->drawn = step;
    for (int64_t i = 0, at = 0; i < n; at += spans[i++].rows) {
        const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                      .epoch = ak_sampler_view_epoch(p->sampler, step),
                                      .seed = p->seed,
                                      .view = spans[i].view };
        memcpy(out->items + at, w->items + spans[i].first, (size_t)spans[i].rows * sizeof *out->items);
        AK_TRY(p->source->make(p->source, out->items + at, spans[i].rows, &name, &w->scratch,
                               out->dense ? out->dense + at * p->source->row_floats : NULL, out->ids,
                               out->start ? out->start + at : NULL, err));
    }
    return AKIN_OK;
}

static void *work(void *argument)
{
    worker *w = argument;
    ak_loader *l = w->loader;
    ak_parallel_alone(); /* the cores belong to the step */
    for (; w->next < l->batches; w->next += l->plan.workers) {
        const int s = (int)(w->next % SLOTS);
        pthread_mutex_lock(&l->lock);
        while (!l->stop && w->next >= l->taken + SLOTS) pthread_cond_wait(&l->freed, &l->lock);
        const bool stop = l->stop;
        pthread_mutex_unlock(&l->lock);
        if (stop) break;
        akin_error failure = { .status = AKIN_OK };
        const akin_status status = make_batch(w, w->next, &l->slot[s], &failure);
        pthread_mutex_lock(&l->lock);
        l->slot[s].made = w->next;
        if (status && l->failure.status == AKIN_OK) l->failure = failure;
        pthread_cond_broadcast(&l->filled);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

void ak_loader_free(ak_loader *l)
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
    for (int s = 0; s < SLOTS; s++) {
        free(l->slot[s].items);
        free(l->slot[s].ids);
        free(l->slot[s].dense);
        free(l->slot[s].start);
    }
    for (int w = 0; w < MAX_WORKERS; w++) {
        ak_sampler_memory_free(&l->workers[w].order);
        free(l->workers[w].items);
        free(l->workers[w].memory);
    }
    free(l);
}

static bool allocate_slot(slot *s, const ak_row_source *source, int64_t rows)
{
    s->made = -1;
    s->items = ak_alloc(sizeof *s->items, rows, 1);
    if (source->row_floats) s->dense = ak_alloc(sizeof *s->dense, rows, source->row_floats);
    if (source->row_ids) {
        s->ids = ak_alloc(sizeof *s->ids, rows, source->row_ids);
        s->start = ak_alloc(sizeof *s->start, rows + 1, 1);
    }
    return s->items && (!source->row_floats || s->dense) && (!source->row_ids || (s->ids && s->start));
}

static akin_status allocate(ak_loader *l, akin_error *err)
{
    const ak_loader_plan *p = &l->plan;
    bool ok = true;
    for (int s = 0; s < SLOTS; s++) ok = allocate_slot(&l->slot[s], p->source, l->rows) && ok;
    for (int w = 0; w < p->workers && ok; w++) {
        const size_t scratch = ak_row_source_scratch(p->source, l->rows);
        l->workers[w] = (worker){ .loader = l, .next = l->next + w, .drawn = -1 };
        AK_TRY(ak_sampler_memory_create(p->sampler, &l->workers[w].order, err));
        l->workers[w].memory = ak_alloc(1, (int64_t)scratch, 1);
        akin_arena_init(&l->workers[w].scratch, l->workers[w].memory, scratch);
        l->workers[w].items = ak_alloc(sizeof(int32_t), ak_sampler_rows(p->sampler), 1);
        ok = l->workers[w].memory && l->workers[w].items;
    }
    return ok ? AKIN_OK
              : ak_fail(err, AKIN_ERR_NOMEM, "no memory for %d batches of %lld rows", SLOTS,
                        (long long)l->rows);
}

int64_t ak_loader_bytes(const ak_row_source *source, const ak_sampler *sampler, const ak_visits *visits,
                        int workers)
{
    const int64_t rows = ak_visits_rows(visits, sampler);
    const int64_t row = (int64_t)sizeof(int32_t) * (1 + source->row_ids) +
                        (int64_t)sizeof(float) * source->row_floats +
                        (source->row_ids ? (int64_t)sizeof(int64_t) : 0);
    return SLOTS * rows * row + workers * ((int64_t)ak_row_source_scratch(source, rows) + 4 * source->items +
                                           4 * ak_sampler_rows(sampler));
}

akin_status ak_loader_create(const ak_loader_plan *plan, ak_loader **out, akin_error *err)
{
    ak_loader *l = calloc(1, sizeof *l);
    if (!l) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the loader");
    l->plan = *plan;
    if (l->plan.workers < 1) l->plan.workers = 1;
    if (l->plan.workers > MAX_WORKERS) l->plan.workers = MAX_WORKERS;
    l->rows = ak_visits_rows(&plan->visits, plan->sampler);
    l->visits = ak_visits_count(&plan->visits, plan->sampler);
    l->batches = plan->steps * l->visits;
    l->taken = l->next = plan->first * l->visits;
    const akin_status status = allocate(l, err);
    if (status) {
        ak_loader_free(l);
        return status;
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->freed, NULL);
    l->locks = true;
    for (int w = 0; w < l->plan.workers; w++) {
        const int reason = pthread_create(&l->workers[w].thread, NULL, work, &l->workers[w]);
        if (reason) {
            ak_loader_free(l);
            return ak_fail(err, ak_status_of(reason, AKIN_ERR_INTERNAL), "cannot start a loader thread: %s",
                           ak_strerror(reason));
        }
        l->running++;
    }
    *out = l;
    return AKIN_OK;
}

akin_status ak_loader_next(ak_loader *l, ak_rows *rows, double *waited_s, akin_error *err)
{
    const double begin = ak_now_s();
    const int s = (int)(l->next % SLOTS);
    pthread_mutex_lock(&l->lock);
    l->taken = l->next; /* the batch before is no longer in use */
    pthread_cond_broadcast(&l->freed);
    while (l->slot[s].made != l->next && l->failure.status == AKIN_OK)
        pthread_cond_wait(&l->filled, &l->lock);
    const akin_error failure = l->failure;
    pthread_mutex_unlock(&l->lock);
    if (failure.status) return ak_fail(err, failure.status, "%s", failure.message);
    l->next++;
    const slot *from = &l->slot[s];
    *rows = (ak_rows){ .dense = from->dense, .n = l->rows, .items = from->items };
    if (from->ids) rows->ragged = (akin_ragged){ from->ids, from->start, l->rows };
    *waited_s = ak_now_s() - begin;
    return AKIN_OK;
}
