/* SPDX-License-Identifier: Apache-2.0 */
/* train/memory.c - the memory that a run needs, by part, against what the machine has.
 *
 * The encoder's part is exact: it is planned and reserved as a whole, and its pages arrive when they are
 * first touched. The other parts are sums of their arrays. Left out are the program, its libraries and the
 * code that oneDNN generates: about 40 MiB. */
#include "train/memory.h"
#include "train/past.h"
#include "train/predictor.h"

#include <stdio.h>

static int64_t mib(int64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; }

static int64_t data_bytes(const ak_learning *l) { return l->set ? l->kind->resident_bytes(l->set->set) : 0; }

ak_train_memory ak_trainer_memory(const ak_trainer *t)
{
    ak_train_memory m = { .encoder = t->net.memory_bytes, .data = data_bytes(&t->learning) };
    ak_array_set sets[AK_TRAINER_MAX_SETS];
    int count = ak_update_arrays(t->update, sets);
    if (t->momentum) sets[count++] = ak_momentum_arrays(t->momentum);
    for (int64_t i = 0; i < t->net.count; i++) {
        const akin_tensor *x = &t->net.tensors[i];
        m.checkpoint += x->plain * (int64_t)sizeof(float);
        if (t->gradsum && x->grad && i < t->net.predictor_first)
            m.optimizer += x->count * (int64_t)sizeof(float);
        for (int s = 0; s < count; s++) {
            if (!sets[s].data[i]) continue;
            m.optimizer += x->count * (int64_t)sizeof(float);
            m.checkpoint += x->plain * (int64_t)sizeof(float);
        }
    }
    if (t->gradflow) m.optimizer += ak_gradflow_bytes(t->gradflow);
    if (t->treesum) m.optimizer += ak_treesum_bytes(t->treesum);
    const int64_t of_visit = ak_visits_rows(&t->visits, t->sampler);
    const int64_t queue = 4 * t->set.queue * t->width;
    const int64_t past = ak_past_bytes(t);
    m.optimizer += queue + past + ak_bag_merge_bytes(t->words) + ak_words_bytes(t->chunk_words);
    m.checkpoint += queue + past;
    if (t->nested) m.optimizer += 4 * t->rows * t->width;
    m.loss = (int64_t)t->scratch_bytes + t->rows * (8 * t->width + 4) + 4 * of_visit * t->width +
             4 * (t->features.rows + t->visit_features.rows) * t->features.cols;
    m.loss += ak_predictor_bytes(t);
    m.loader = ak_loader_bytes(&t->learning.source, t->sampler, &t->visits, t->set.workers);
    return m;
}

static int64_t sum(const ak_train_memory *m)
{
    return m->encoder + m->optimizer + m->loss + m->loader + m->data + m->checkpoint;
}

static void list_parts(char *text, size_t size, const ak_train_memory *m)
{
    snprintf(text, size, "encoder %lld, optimiser %lld, loss %lld, loader %lld, data %lld, checkpoint %lld",
             (long long)mib(m->encoder), (long long)mib(m->optimizer), (long long)mib(m->loss),
             (long long)mib(m->loader), (long long)mib(m->data), (long long)mib(m->checkpoint));
}

akin_status ak_trainer_check_memory(const ak_trainer *t, int64_t available, akin_error *err)
{
    const ak_train_memory need = ak_trainer_memory(t);
    if (available < 0 || sum(&need) <= available) return AKIN_OK;
    char text[192];
    list_parts(text, sizeof text, &need);
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "this run needs about %lld MiB (%s), and %lld MiB are free; give a --batch-size smaller than "
        "%lld%s, or --precision bf16",
        (long long)mib(sum(&need)), text, (long long)(available >> 20), (long long)t->set.batch,
        t->set.micro ? "" : ", --micro-batch");
}

void ak_trainer_say_memory(ak_trainer *t)
{
    const ak_train_memory need = ak_trainer_memory(t);
    char text[192];
    list_parts(text, sizeof text, &need);
    ak_trainer_say(t, "this run needs about %lld MiB: %s", (long long)mib(sum(&need)), text);
}
