/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.c - what every stage of a run needs of it: remarks, the arrays of a checkpoint, its end. */
#include "train/trainer.h"

#include "base/plain.h"
#include "base/escape.h"
#include "train/learned.h"
#include "train/listed.h"
#include "train/past.h"
#include "train/predictor.h"
#include "train/targets.h"

#include <stdarg.h>
#include <stdio.h>

void ak_trainer_say(ak_trainer *t, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    akin_vformat(line, sizeof line, format, list);
    va_end(list);
    if (t->log) ak_run_log_line(t->log, line, NULL); /* a lost remark stops nothing; lost results do */
    if (t->opts.on_message) t->opts.on_message(line, t->opts.ctx);
}

void ak_trainer_say_line(const char *line, void *ctx) { ak_trainer_say(ctx, "%s", line); }

int ak_trainer_arrays(ak_trainer *t, ak_tensor_list *list, ak_array_set sets[AK_TRAINER_MAX_SETS])
{
    *list = ak_net_list(&t->net, false);
    int n = ak_update_arrays(t->update, sets);
    list->more = t->more;
    list->more_count = 0;
    list->more_count += ak_past_tensors(t, t->more);
    if (t->learned.data) t->more[list->more_count++] = t->learned;
    if (!t->momentum) return n;
    sets[n++] = ak_momentum_arrays(t->momentum);
    if (t->set.queue) t->more[list->more_count++] = *ak_momentum_queue(t->momentum);
    return n;
}

void ak_trainer_release(ak_trainer *t)
{
    ak_loader_free(t->loader);
    ak_foreign_free(t->init);
    ak_remarks_free(&t->init_told);
    ak_sampler_free(t->sampler);
    ak_time_profile_free(&t->profile);
    ak_run_log_close(t->log);
    ak_update_free(t->update);
    ak_momentum_free(t->momentum);
    ak_gradsum_free(t->gradsum);
    ak_words_free(t->chunk_words);
    ak_treesum_free(t->treesum);
    ak_averages_free(t->averages);
    ak_net_release(&t->net);
    ak_learning_release(&t->learning);
    akin_train_config_free(t->config);
    free(t->features.data);
    free(t->projections);
    free(t->gradient);
    free(t->visit_rows);
    free(t->visit_features.data);
    free(t->items);
    ak_targets_release(t);
    free(t->nested);
    ak_past_release(t);
    ak_listed_release(t);
    ak_learned_release(t);
    ak_predictor_release(t);
    free(t->scratch);
    ak_gradflow_free(t->gradflow);
    free(t->chunk_of);
    free(t->parts_of);
    free(t->places);
    ak_bag_merge_free(t->words);
}
