/* SPDX-License-Identifier: Apache-2.0 */
/* train/past.c - see train/past.h. */
#include "train/past.h"

#include "train/ranks.h"

#include <math.h>
#include <string.h>

/* A checkpoint holds finite numbers only: this stands for an item that was in no batch yet. */
#define NEVER (-1e30f)

enum { TEMPERATURE, MOMENT, OF_TEMPERATURE }; /* numbers of an item, or of all where they share it */

/* What one rank tells the others of an anchor. */
typedef struct news {
    int32_t item;
    float average, slope, above;
} news;

static const double NEW_SHARE = 0.9; /* of a slope in its average  [Qiu2023 alg.1], unverified */
static const double OF_ALL = 0.5;    /* rate of the threshold of all, which many pairs move at once */

static int64_t anchors_of(const ak_trainer *t)
{
    ak_row_span spans[3];
    ak_visits_spans(&t->visits, t->sampler, spans);
    return spans[0].rows;
}

static bool filters(const ak_trainer *t) { return t->set.false_negatives > 0; }
static bool individual(const ak_trainer *t)
{
    return !t->set.supervised && strcmp(t->set.loss->name, "isogclr") == 0;
}

/* The thresholds count from this step on. */
static bool filtering(const ak_trainer *t)
{
    return filters(t) && (double)t->state.step >= t->set.false_negatives_after * (double)t->epoch_steps;
}

static akin_status tensor(akin_tensor *x, const char *name, int64_t rows, int64_t cols, float first,
                          akin_error *err)
{
    float *values = ak_alloc(sizeof *values, rows, cols);
    *x = (akin_tensor){ .name = name, .data = values, .shape = { rows, cols }, .ndim = cols > 1 ? 2 : 1 };
    x->count = x->plain = rows * cols;
    for (int64_t i = 0; values && i < rows * cols; i++) values[i] = first;
    return values ? AKIN_OK : ak_no_memory(err, "for what is kept of each item");
}

akin_status ak_past_prepare(ak_trainer *t, akin_error *err)
{
    ak_past *p = &t->past;
    const int64_t items = t->learning.part.n, n = anchors_of(t);
    if (t->set.supervised || (strcmp(t->set.loss->name, "sogclr") != 0 && !individual(t))) return AKIN_OK;
    AK_TRY(tensor(&p->averages, "averages", items, 1, NEVER, err));
    if (individual(t)) {
        const int64_t rows = t->set.temperature_shared ? 1 : items;
        AK_TRY(tensor(&p->temperatures, "temperatures", rows, OF_TEMPERATURE, 0, err));
        for (int64_t i = 0; i < rows; i++)
            p->temperatures.data[i * OF_TEMPERATURE] = (float)t->set.loss_params.temperature;
    }
    if (filters(t)) {
        AK_TRY(tensor(&p->thresholds, "thresholds", items + 1, 1, NEVER, err));
        p->thresholds.data[items] = 1;
    }
    double **const of_step[] = { &p->average, &p->temperature, &p->threshold, &p->slope, &p->above };
    for (int i = 0; i < 5; i++)
        if (!(*of_step[i] = ak_alloc(sizeof(double), n, 1)))
            return ak_no_memory(err, "for what is kept of each item");
    for (int64_t i = 0; i < n; i++) p->temperature[i] = t->set.loss_params.temperature;
    return AKIN_OK;
}

void ak_past_release(ak_trainer *t)
{
    ak_past *p = &t->past;
    free(p->averages.data);
    free(p->temperatures.data);
    free(p->thresholds.data);
    free(p->average);
    free(p->temperature);
    free(p->threshold);
    free(p->slope);
    free(p->above);
}

int ak_past_tensors(const ak_trainer *t, akin_tensor *to)
{
    const ak_past *p = &t->past;
    const akin_tensor *all[] = { &p->averages, &p->temperatures, &p->thresholds };
    int n = 0;
    for (int i = 0; i < 3; i++)
        if (all[i]->data) to[n++] = *all[i];
    return n;
}

int64_t ak_past_bytes(const ak_trainer *t)
{
    akin_tensor all[AK_PAST_TENSORS];
    const int n = ak_past_tensors(t, all);
    int64_t numbers = 0;
    for (int i = 0; i < n; i++) numbers += all[i].count;
    return (int64_t)sizeof(float) * numbers;
}

double ak_past_temperature(const ak_trainer *t)
{
    const akin_tensor *x = &t->past.temperatures;
    double sum = 0;
    if (!x->data) return NAN;
    const int64_t rows = x->count / OF_TEMPERATURE;
    for (int64_t i = 0; i < rows; i++) sum += (double)x->data[i * OF_TEMPERATURE];
    return sum / (double)rows;
}

/* Of FastCLIP: from 1 down to what was asked for, epoch by epoch, along half a cosine  [Wei2024 sec.4]. */
double ak_past_share(const ak_trainer *t, double least)
{
    const double pi = 3.14159265358979323846, over = t->set.average_share_epochs;
    const double epoch = floor((double)t->state.step / (double)t->epoch_steps);
    if (!(over > 0)) return least;
    return epoch >= over ? least : 0.5 * (1 + cos(pi * epoch / over)) * (1 - least) + least;
}

void ak_past_read(ak_trainer *t, akin_loss_batch *batch, akin_loss_grads *grads)
{
    ak_past *p = &t->past;
    if (!p->averages.data) return;
    const int64_t n = anchors_of(t), all = p->averages.count;
    const int64_t each = t->set.temperature_shared ? 0 : OF_TEMPERATURE;
    for (int64_t i = 0; i < n; i++) {
        const int64_t item = t->items[i];
        const float value = p->averages.data[item];
        p->average[i] = value == NEVER ? NAN : (double)value;
        if (p->temperatures.data) p->temperature[i] = (double)p->temperatures.data[item * each];
        if (!p->thresholds.data) continue;
        const float own = p->thresholds.data[item];
        p->threshold[i] = (double)(own == NEVER ? p->thresholds.data[all] : own);
    }
    batch->averages = grads->averages = p->average;
    if (p->temperatures.data) {
        batch->temperatures = p->temperature;
        grads->temperatures = p->slope;
    }
    if (!filtering(t)) return;
    batch->thresholds = p->threshold;
    grads->above = p->above;
}

/* Of all ranks, one behind the other. */
static akin_status gather(ak_trainer *t, news *all, int64_t n, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm), rank = ak_comm_rank(t->comm);
    int64_t *offset = ak_alloc(sizeof *offset, ranks + 1, 1);
    akin_status status = ak_ranks_agree(t, offset ? AKIN_OK : ak_no_memory(err, "to exchange averages"), err);
    const int64_t first = ak_visits_rank_first(&t->visits, t->sampler, 0, 0);
    for (int r = 0; r <= ranks && !status; r++)
        offset[r] = (ak_visits_rank_first(&t->visits, t->sampler, 0, r) - first) * (int64_t)sizeof *all;
    if (!status) {
        news *mine = all + offset[rank] / (int64_t)sizeof *all;
        if (mine != all) memmove(mine, all, (size_t)n * sizeof *all);
        status = ak_comm_gather(t->comm, mine, all, offset, err);
    }
    free(offset);
    return status;
}

/* Down its slope, which is averaged; never below the least  [Qiu2023 alg.1]. */
static void move_temperature(double rate, float *of, double slope)
{
    const double moment = (1 - NEW_SHARE) * (double)of[MOMENT] + NEW_SHARE * slope;
    of[MOMENT] = (float)moment;
    of[TEMPERATURE] = (float)fmax((double)of[TEMPERATURE] - rate * moment, AK_LEAST_OWN_TEMPERATURE);
}

/* To where a share of the negatives is above: the slope of the quantile's loss  [Balmaseda2025 eq.4]. */
static float moved(double from, double rate, double above, double share)
{
    return (float)fmin(fmax(from + rate * (above - share), -1), 1);
}

static void keep_all(ak_trainer *t, const news *of, int64_t n)
{
    ak_past *p = &t->past;
    const double share = t->set.false_negatives, rate = t->set.temperature_rate;
    const int64_t each = t->set.temperature_shared ? 0 : OF_TEMPERATURE, all = p->averages.count;
    double slope = 0, above = 0;
    for (int64_t i = 0; i < n; i++) {
        if (of[i].average != NEVER) p->averages.data[of[i].item] = of[i].average;
        slope += (double)of[i].slope / (double)n;
        above += (double)of[i].above / (double)n;
        if (p->temperatures.data && each)
            move_temperature(rate, p->temperatures.data + of[i].item * each, (double)of[i].slope);
        if (!filtering(t)) continue;
        float *own = &p->thresholds.data[of[i].item];
        const float from = *own == NEVER ? p->thresholds.data[all] : *own;
        *own = moved((double)from, t->set.threshold_rate, (double)of[i].above, share);
    }
    if (p->temperatures.data && !each) /* an item's moves once an epoch */
        move_temperature(rate / (double)t->epoch_steps, p->temperatures.data, slope);
    if (filtering(t)) p->thresholds.data[all] = moved((double)p->thresholds.data[all], OF_ALL, above, share);
}

akin_status ak_past_keep(ak_trainer *t, akin_error *err)
{
    const ak_past *p = &t->past;
    if (!p->averages.data) return AKIN_OK;
    const bool here = ak_comm_size(t->comm) == 1 || t->visits.whole; /* are all */
    const int64_t n = anchors_of(t), all = here ? n : t->set.batch;
    news *of = ak_alloc(sizeof *of, all, 1);
    akin_status status = of ? AKIN_OK : ak_no_memory(err, "for the averages of a step");
    if (!here) status = ak_ranks_agree(t, status, err);
    for (int64_t i = 0; i < n && !status; i++) {
        const float average = isnan(p->average[i]) ? NEVER : (float)p->average[i];
        of[i] = (news){ t->items[i], average, p->temperatures.data ? (float)p->slope[i] : 0,
                        filtering(t) ? (float)p->above[i] : 0 };
    }
    if (!status && !here) status = gather(t, of, n, err);
    if (!status) keep_all(t, of, all);
    free(of);
    return status;
}
