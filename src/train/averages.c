/* SPDX-License-Identifier: Apache-2.0 */
/* train/averages.c - the numbers of all averages stand one behind the other, in the order of tensors. */
#include "train/averages.h"

#include "base/base.h"

#include <math.h>
#include <string.h>

struct ak_averages {
    const ak_net *net;
    int64_t count, chunks;
    float *before; /* [count] */
    float *notes;  /* [chunks][count] */
};

static const akin_tensor *average_at(const ak_averages *a, int64_t i)
{
    return ak_encoder_is_average(a->net->encoder, i) ? &a->net->tensors[i] : NULL;
}

akin_status ak_averages_create(const ak_net *net, int64_t chunks, ak_averages **out, akin_error *err)
{
    ak_averages *a = calloc(1, sizeof *a);
    if (a) {
        a->net = net;
        a->chunks = chunks;
        for (int64_t i = 0; i < net->encoder_count; i++)
            if (average_at(a, i)) a->count += net->tensors[i].count;
        a->before = ak_alloc(sizeof *a->before, a->count + 1, 1);
        a->notes = ak_alloc(sizeof *a->notes, a->count + 1, chunks + 1);
    }
    if (!a || !a->before || !a->notes) {
        ak_averages_free(a);
        return ak_no_memory(err, "for the running averages of %lld chunks", (long long)chunks);
    }
    *out = a;
    return AKIN_OK;
}

void ak_averages_free(ak_averages *a)
{
    if (!a) return;
    free(a->before);
    free(a->notes);
    free(a);
}

int64_t ak_averages_count(const ak_averages *a) { return a->count; }

static void copy_out(const ak_averages *a, float *to)
{
    for (int64_t i = 0; i < a->net->encoder_count; i++) {
        const akin_tensor *x = average_at(a, i);
        if (!x) continue;
        memcpy(to, x->data, (size_t)x->count * sizeof *to);
        to += x->count;
    }
}

void ak_averages_keep(ak_averages *a) { copy_out(a, a->before); }

/* What a chunk's statistics have become of when that many more chunks have passed. */
static double faded(int64_t chunks) { return pow(1 - AK_NORM_MOMENTUM, (double)chunks); }

float *ak_averages_put(const ak_averages *a, int64_t mine, int64_t after, float *to)
{
    const double kept = faded(mine), later = faded(after);
    const float *before = a->before;
    for (int64_t i = 0; i < a->net->encoder_count; i++) {
        const akin_tensor *x = average_at(a, i);
        for (int64_t k = 0; x && k < x->count; k++)
            *to++ = (float)(later * ((double)x->data[k] - kept * (double)*before++));
    }
    return to;
}

const float *ak_averages_take(ak_averages *a, int64_t all, const float *from)
{
    const double kept = faded(all);
    const float *before = a->before;
    for (int64_t i = 0; i < a->net->encoder_count; i++) {
        const akin_tensor *x = average_at(a, i);
        for (int64_t k = 0; x && k < x->count; k++)
            x->data[k] = (float)(kept * (double)*before++ + (double)*from++);
    }
    return from;
}

void ak_averages_reset(ak_averages *a)
{
    const float *from = a->before;
    for (int64_t i = 0; i < a->net->encoder_count; i++) {
        const akin_tensor *x = average_at(a, i);
        if (!x) continue;
        memcpy(x->data, from, (size_t)x->count * sizeof *from);
        from += x->count;
    }
}

void ak_averages_note(ak_averages *a, int64_t chunk) { copy_out(a, a->notes + chunk * a->count); }
float *ak_averages_notes(ak_averages *a) { return a->notes; }

/* x after chunk c = kept x + what c has added, which is its note less kept times x before the step. */
void ak_averages_replay(ak_averages *a)
{
    const double kept = 1 - AK_NORM_MOMENTUM;
    for (int64_t i = 0, at = 0; i < a->net->encoder_count; i++) {
        const akin_tensor *x = average_at(a, i);
        for (int64_t k = 0; x && k < x->count; k++, at++) {
            const double before = (double)a->before[at];
            double now = before;
            for (int64_t c = 0; c < a->chunks; c++)
                now = kept * now + ((double)a->notes[c * a->count + at] - kept * before);
            x->data[k] = (float)now;
        }
    }
}
