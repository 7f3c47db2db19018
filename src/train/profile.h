/* SPDX-License-Identifier: Apache-2.0 */
/* train/profile.h - where the time of a run goes: every moment of the loop over steps belongs to one
 * phase. */
#ifndef AK_TRAIN_PROFILE_H
#define AK_TRAIN_PROFILE_H

#include "akin/tool/json.h"
#include "akin/tool/train.h"

enum { AK_PROFILE_STEPS = 4096 };

typedef struct ak_time_profile {
    double now_s;                    /* the end of the last phase */
    double total_s[AKIN_PHASES];     /* of the steps that are counted */
    double step_s;                   /* of the step under way, without log and save */
    double took_s[AK_PROFILE_STEPS]; /* of the last steps that were counted */
    int64_t steps;                   /* counted */
    bool counting; /* the first step, which touches all memory for the first time, is over */
    akin_encoder_layer *layers, *first; /* [count]; first: as they stood after the first step */
    int32_t count;
} ak_time_profile;

void ak_time_profile_start(ak_time_profile *p);
/* The time since the last call, or since the start, was spent in this phase. */
void ak_time_profile_lap(ak_time_profile *p, akin_phase phase);
/* A step is complete: its phases up to log and save are over. */
akin_status ak_time_profile_step(ak_time_profile *p, const akin_encoder *e, akin_error *err);
/* What is known; borrowed from p and e.  AKIN_ERR_ARGUMENT when fewer than two steps were made. */
akin_status ak_time_profile_read(ak_time_profile *p, const akin_encoder *e, akin_train_profile *out,
                                 akin_error *err);
void ak_time_profile_free(ak_time_profile *p);

/* The table for people: line(text, ctx) for each line. */
void ak_time_profile_table(const akin_train_profile *p, void (*line)(const char *text, void *ctx), void *ctx);
/* The same as JSON (docs/formats.md); the caller frees it. */
akin_json *ak_time_profile_json(const akin_train_profile *p);

#endif
