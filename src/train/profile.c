/* SPDX-License-Identifier: Apache-2.0 */
/* train/profile.c - where the time of a run goes.
 *
 * The loop calls ak_time_profile_lap() at the end of each piece of work, so the phases always add up to the
 * whole time. A call costs one reading of the clock. The first step is left out: it touches all memory for
 * the first time. The times of layers are the encoder's own sums, less what they were after the first
 * step. */
#include "train/profile.h"

#include "akin/tool/json.h"

#include "base/base.h"
#include "base/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[AKIN_PHASES] = {
    "data wait", "forward", "loss", "backward", "checks", "optimizer", "logging", "checkpoints",
};

const char *akin_phase_name(akin_phase phase)
{
    return (int)phase >= 0 && phase < AKIN_PHASES ? NAMES[phase] : NULL;
}

void ak_time_profile_start(ak_time_profile *p) { p->now_s = ak_now_s(); }

void ak_time_profile_lap(ak_time_profile *p, akin_phase phase)
{
    const double now = ak_now_s(), took = now - p->now_s;
    p->now_s = now;
    if (phase != AKIN_PHASE_LOG && phase != AKIN_PHASE_SAVE) p->step_s += took;
    if (p->counting) p->total_s[phase] += took;
}

static akin_status read_layers(ak_time_profile *p, const akin_encoder *e, akin_encoder_layer *to,
                               akin_error *err)
{
    for (int32_t i = 0; i < p->count; i++) {
        to[i] = (akin_encoder_layer)AKIN_ENCODER_LAYER_INIT;
        AK_TRY(akin_encoder_get_layer(e, i, &to[i], err));
    }
    return AKIN_OK;
}

akin_status ak_time_profile_step(ak_time_profile *p, const akin_encoder *e, akin_error *err)
{
    if (p->counting) {
        p->took_s[p->steps++ % AK_PROFILE_STEPS] = p->step_s;
    } else {
        akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
        if (e) AK_TRY(akin_encoder_get_info(e, &info, err));
        p->count = info.layers;
        p->layers = calloc(2 * (size_t)p->count + 1, sizeof *p->layers);
        if (!p->layers) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the profile");
        p->first = p->layers + p->count;
        AK_TRY(read_layers(p, e, p->first, err));
        p->counting = true;
    }
    p->step_s = 0;
    return AKIN_OK;
}

akin_status ak_time_profile_read(ak_time_profile *p, const akin_encoder *e, akin_train_profile *out,
                                 akin_error *err)
{
    if (p->steps == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "there is nothing to tell: the first step is not counted, and no other was made");
    AK_TRY(read_layers(p, e, p->layers, err));
    for (int32_t i = 0; i < p->count; i++) {
        akin_encoder_layer *l = &p->layers[i];
        const akin_encoder_layer *f = &p->first[i];
        l->forward_s -= f->forward_s;
        l->backward_data_s -= f->backward_data_s;
        l->backward_weights_s -= f->backward_weights_s;
        l->norm_forward_s -= f->norm_forward_s;
        l->norm_backward_s -= f->norm_backward_s;
    }
    *out = (akin_train_profile){ .times.steps = p->steps, .layers = p->layers, .layer_count = p->count };
    for (int i = 0; i < AKIN_PHASES; i++) out->times.seconds += out->times.phase_s[i] = p->total_s[i];
    const int64_t kept = p->steps < AK_PROFILE_STEPS ? p->steps : AK_PROFILE_STEPS;
    qsort(p->took_s, (size_t)kept, sizeof *p->took_s, ak_compare_double);
    for (int i = 0; i < 3; i++) out->times.step_s[i] = p->took_s[(i + 1) * (kept - 1) / 4];
    return AKIN_OK;
}

const akin_train_times *akin_train_profile_times(const akin_train_profile *profile)
{
    return &profile->times;
}

const akin_encoder_layer *akin_train_profile_layer_at(const akin_train_profile *profile, int i)
{
    return i >= 0 && i < profile->layer_count ? &profile->layers[i] : NULL;
}

void ak_time_profile_free(ak_time_profile *p)
{
    free(p->layers);
    p->layers = p->first = NULL;
}

/* For people --------------------------------------------------------------------------------------------- */

static double convolving(const akin_encoder_layer *l)
{
    return l->forward_s + l->backward_data_s + l->backward_weights_s;
}

static double norming(const akin_encoder_layer *l) { return l->norm_forward_s + l->norm_backward_s; }

void ak_time_profile_table(const akin_train_profile *p, void (*line)(const char *text, void *ctx), void *ctx)
{
    char text[256];
    const double steps = (double)p->times.steps, percent = p->times.seconds > 0 ? 100 / p->times.seconds : 0;
    ak_snprintf(text, sizeof text,
                "profile: %lld steps after the first, %.2f ms each (quartiles %.2f to %.2f)",
                (long long)p->times.steps, 1e3 * p->times.step_s[1], 1e3 * p->times.step_s[0],
                1e3 * p->times.step_s[2]);
    line(text, ctx);
    for (int i = 0; i < AKIN_PHASES; i++) {
        ak_snprintf(text, sizeof text, "  %-12s %9.3f ms a step  %5.1f %%", NAMES[i],
                    1e3 * p->times.phase_s[i] / steps, percent * p->times.phase_s[i]);
        line(text, ctx);
    }
    double work = 0, norm = 0;
    for (int32_t i = 0; i < p->layer_count; i++) {
        work += convolving(&p->layers[i]);
        norm += norming(&p->layers[i]);
    }
    ak_snprintf(text, sizeof text,
                "of forward and backward: convolutions and products %.1f %%, norms %.1f %%", percent * work,
                percent * norm);
    line(text, ctx);
    snprintf(text, sizeof text, "  %-24s %-30s %8s %8s %8s %8s  %s", "layer, ms a step", "", "forward",
             "to data", "to wts", "norms", "share");
    line(text, ctx);
    for (int32_t i = 0; i < p->layer_count; i++) {
        const akin_encoder_layer *l = &p->layers[i];
        ak_snprintf(text, sizeof text, "  %-24s %-30s %8.3f %8.3f %8.3f %8.3f  %4.1f %%", l->name, l->what,
                    1e3 * l->forward_s / steps, 1e3 * l->backward_data_s / steps,
                    1e3 * l->backward_weights_s / steps, 1e3 * norming(l) / steps,
                    percent * (convolving(l) + norming(l)));
        line(text, ctx);
    }
}

/* For programs ------------------------------------------------------------------------------------------- */

static akin_json *layers_json(const akin_train_profile *p)
{
    akin_json *all = akin_json_array();
    for (int32_t i = 0; i < p->layer_count; i++) {
        const akin_encoder_layer *l = &p->layers[i];
        akin_json_append(all, akin_json_pack("{s:s,s:s,s:[s,s,s],s:f,s:f,s:f,s:f,s:f}", "name", l->name,
                                             "what", l->what, "algorithm", l->algorithm[0], l->algorithm[1],
                                             l->algorithm[2], "forward_s", l->forward_s, "backward_data_s",
                                             l->backward_data_s, "backward_weights_s", l->backward_weights_s,
                                             "norm_forward_s", l->norm_forward_s, "norm_backward_s",
                                             l->norm_backward_s));
    }
    return all;
}

akin_json *ak_time_profile_json(const akin_train_profile *p)
{
    akin_json *phases = akin_json_object();
    for (int i = 0; i < AKIN_PHASES; i++)
        akin_json_put(phases, NAMES[i], akin_json_real(p->times.phase_s[i]));
    return akin_json_pack("{s:I,s:f,s:[f,f,f],s:o,s:o}", "steps", (int64_t)p->times.steps, "seconds",
                          p->times.seconds, "step_s_quartiles", p->times.step_s[0], p->times.step_s[1],
                          p->times.step_s[2], "phases_s", phases, "layers", layers_json(p));
}
