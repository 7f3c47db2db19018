/* SPDX-License-Identifier: Apache-2.0 */
/* train/ranks.c - the exchanges of ranks.h.
 *
 * Everything that a step adds up goes through one sum: the gradients of all tensors one behind the other,
 * what the running averages have gained, and a few numbers. */
#include "train/ranks.h"

#include "dist/sharing.h"
#include "train/whole.h"

enum { STOP, COLLISIONS, NUMBERS }; /* what else is added up */

static bool alone(const ak_trainer *t) { return ak_comm_size(t->comm) == 1; }

akin_status ak_ranks_agree(ak_trainer *t, akin_status mine, akin_error *err)
{
    if (mine && t->agreed) return mine; /* the others know, and do not ask again */
    const akin_status status = ak_comm_agree(t->comm, mine, err);
    if (status && !alone(t)) t->agreed = true;
    return status;
}

akin_status ak_ranks_end(ak_trainer *t, akin_status status, akin_error *err)
{
    if (alone(t) || t->agreed || status == AKIN_ERR_DISTRIBUTED) return status;
    return ak_ranks_agree(t, status, err);
}

/* A failure that they agreed on while the data were opened is known to all. */
akin_status ak_ranks_sharing(ak_trainer *t, ak_sharing *ranks, const ak_sharing **out, akin_error *err)
{
    return ak_comm_sharing(t->comm, (uint64_t)t->set.data.kind->id, ranks, out, err);
}

akin_status ak_ranks_opened(ak_trainer *t, akin_status status)
{
    t->agreed = t->agreed || (!alone(t) && status && akin_ranks_agreed(t->comm));
    return status;
}

akin_status ak_ranks_divide(ak_trainer *t, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm);
    t->visits = (ak_visits){ t->set.micro, t->set.momentum > 0, ak_comm_rank(t->comm),
                             ranks,        t->set.whole,        t->set.loss->needs & AKIN_LOSS_TARGETS };
    if (t->set.norm_all && t->set.micro && t->set.batch / t->set.micro > ranks)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "--batch-norm all takes the statistics of a step that is encoded at once; here are %lld "
            "chunks for %d rank%s: leave out --micro-batch, or start more ranks",
            (long long)(t->set.batch / t->set.micro), ranks, ranks == 1 ? "" : "s");
    if (ranks == 1) return AKIN_OK;
    const int64_t chunks = t->set.micro ? t->set.batch / t->set.micro : t->set.batch;
    if (chunks < ranks)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "a step of %lld items in %lld chunks is too small for %d ranks; give a smaller "
                       "--micro-batch, a larger --batch-size or fewer ranks",
                       (long long)t->set.batch, (long long)chunks, ranks);
    return AKIN_OK;
}

void ak_ranks_begin_step(ak_trainer *t)
{
    if (t->averages) ak_averages_keep(t->averages);
}

/* All tensors but a table of words and its optimiser's. */
static int64_t dense_of(const ak_trainer *t) { return t->net.encoder_count + t->net.gru_count; }

/* Numbers of each rank, for batch norm in the midst of a pass. */
static akin_status gather_norms(const double *mine, double *all, int64_t n, void *ctx, akin_error *err)
{
    ak_trainer *t = ctx;
    for (int r = 0; r <= ak_comm_size(t->comm); r++) t->places[r] = r * n * (int64_t)sizeof *mine;
    return ak_comm_gather(t->comm, mine, all, t->places, err);
}

static akin_status share_norms(ak_trainer *t, akin_encoder *of, akin_error *err)
{
    const ak_norm_share share = { ak_comm_size(t->comm), gather_norms, t };
    if (!t->places) t->places = ak_alloc(sizeof *t->places, share.count + 1, 1);
    if (!t->places) return ak_no_memory(err, "for what ranks exchange");
    return ak_encoder_share_norms(of, &share, err);
}

akin_status ak_ranks_prepare(ak_trainer *t, akin_error *err)
{
    if (t->visits.whole) AK_TRY(ak_whole_prepare(t, err));
    if (t->visits.whole || alone(t)) return ak_ranks_prepare_words(t, err);
    if (t->set.norm_all) /* whose averages are the same on all ranks */
        AK_TRY(share_norms(t, t->net.encoder, err));
    else
        AK_TRY(ak_averages_create(&t->net, 0, &t->averages, err));
    if (t->net.predictor) AK_TRY(share_norms(t, t->net.predictor, err));
    const int64_t averages = t->averages ? ak_averages_count(t->averages) : 0;
    AK_TRY(ak_gradflow_create(t->comm, &t->net, dense_of(t), averages + NUMBERS, &t->gradflow, err));
    return ak_ranks_prepare_words(t, err);
}

akin_status ak_ranks_compare(ak_trainer *t, const char *what, uint64_t value, akin_error *err)
{
    if (alone(t)) return AKIN_OK;
    uint64_t first = value;
    AK_TRY(ak_comm_share(t->comm, &first, sizeof first, 0, err));
    akin_status status = AKIN_OK;
    if (first != value)
        status = ak_fail(err, AKIN_ERR_DISTRIBUTED,
                         "%s are not those of rank 0; ranks need the same data, akin and AKIN_ISA", what);
    return ak_ranks_agree(t, status, err);
}

akin_status ak_ranks_compare_text(ak_trainer *t, const char *what, const char *text, akin_error *err)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return ak_ranks_compare(t, what, hash, err);
}

/* Of the averages, what this rank's chunks have added, and back. */
static float *put_gains(const ak_trainer *t, float *to)
{
    if (!t->averages) return to;
    const int64_t mine = ak_visits_chunks(&t->visits, t->sampler);
    const int64_t after =
        ak_visits_all_chunks(&t->visits, t->sampler) - ak_visits_first_chunk(&t->visits, t->sampler) - mine;
    return ak_averages_put(t->averages, mine, after, to);
}

static const float *take_gains(ak_trainer *t, const float *from)
{
    if (!t->averages) return from;
    return ak_averages_take(t->averages, ak_visits_all_chunks(&t->visits, t->sampler), from);
}

static bool asked_to_stop(const ak_trainer *t)
{
    return ak_ranks_writes(t) && t->opts.should_stop && t->opts.should_stop(t->opts.ctx);
}

/* Sums that have one order, whatever the ranks. */
static akin_status add_whole(ak_trainer *t, akin_error *err)
{
    if (alone(t)) return ak_whole_add(t, err);
    AK_TRY(ak_ranks_agree(t, AKIN_OK, err));
    AK_TRY(ak_whole_add(t, err));
    t->stop = asked_to_stop(t);
    return ak_comm_share(t->comm, &t->stop, sizeof t->stop, 0, err);
}

/* This rank's share of the step, and what of its own negatives is of the anchor's class. */
static double count_collisions(ak_trainer *t)
{
    ak_row_span spans[3];
    ak_visits_spans(&t->visits, t->sampler, spans);
    t->collisions = ak_sampler_collisions(t->sampler, t->items, spans[0].rows);
    return (double)spans[0].rows / (double)t->set.batch;
}

akin_status ak_ranks_before_pass(ak_trainer *t, akin_status mine, akin_error *err)
{
    return t->set.norm_all && !alone(t) ? ak_ranks_agree(t, mine, err) : mine;
}

akin_status ak_ranks_after_pass(ak_trainer *t, akin_status status)
{
    if (status && t->set.norm_all && !alone(t)) t->agreed = true;
    return status;
}

akin_status ak_ranks_begin_sums(ak_trainer *t, int64_t i, int64_t chunks, akin_error *err)
{
    const double share = count_collisions(t);
    if (!t->gradflow) return AKIN_OK;
    AK_TRY(ak_ranks_agree(t, AKIN_OK, err));
    float *numbers = put_gains(t, ak_gradflow_behind(t->gradflow));
    numbers[STOP] = asked_to_stop(t) ? 1 : 0;
    numbers[COLLISIONS] = (float)(share * t->collisions);
    ak_gradflow_begin(t->gradflow, t->gradsum, i, chunks);
    return AKIN_OK;
}

akin_status ak_ranks_end_sums(ak_trainer *t, akin_status mine, akin_error *err)
{
    bool failed = mine != AKIN_OK;
    if (!t->gradflow) return failed || !t->visits.whole ? mine : add_whole(t, err);
    akin_error why;
    const akin_status status = ak_gradflow_end(t->gradflow, &failed, &why);
    if (status) return mine ? mine : ak_fail(err, status, "%s", why.message);
    if (failed) return ak_ranks_agree(t, mine, err);
    const float *numbers = take_gains(t, ak_gradflow_behind(t->gradflow));
    t->stop = numbers[STOP] > 0;
    t->collisions = (double)numbers[COLLISIONS];
    return AKIN_OK;
}
