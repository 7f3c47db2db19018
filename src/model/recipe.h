/* SPDX-License-Identifier: Apache-2.0 */
/* model/recipe.h - what a run is told about its steps: pairs, loss, optimiser, schedule, warnings.
 *
 * Plain values that stay as they are for the whole run. What changes from step to step stands in train/. */
#ifndef AK_MODEL_RECIPE_H
#define AK_MODEL_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

/* What the positive of an anchor is; train/sampler.h says which rows a step then has. */
typedef enum ak_pairing {
    AK_PAIR_VIEWS,
    AK_PAIR_GROUP,
    AK_PAIR_NEAR,
    AK_PAIR_LATENT,
    AK_PAIR_GIVEN,
    AK_PAIR_VALUE,
    AK_PAIR_LISTED,
    AK_PAIR_SINGLE
} ak_pairing;

/* The last values of parameters of the loss: alpha and lambda of `balanced`, or the temperature; the first
 * ones are the loss's own. */
typedef struct ak_anneal_opts {
    bool on;
    bool cosine; /* the way there: half a cosine, or a straight line */
    bool wave;   /* there and back along whole cosines, instead */
    double alpha_end, lambda_end;
    double temperature_end; /* 0: the temperature stays */
    double period;          /* of a wave, in epochs; 0: the run */
} ak_anneal_opts;

enum { AK_MOST_WIDTHS = 16 };

/* Leading columns of the projections on which the loss is taken too (--matryoshka). */
typedef struct ak_nested_opts {
    int count;
    int64_t width[AK_MOST_WIDTHS]; /* increasing */
} ak_nested_opts;

typedef enum ak_optimizer_kind { AK_SGD, AK_ADAMW, AK_LARS } ak_optimizer_kind;

/* train/optimizer.h has the formulas. */
typedef struct ak_optimizer_opts {
    ak_optimizer_kind kind;
    double momentum;       /* SGD, LARS: mu; AdamW: beta1 */
    double beta2, epsilon; /* AdamW */
    double weight_decay;   /* of tensors that decay */
    bool nesterov;         /* SGD, LARS */
    double trust;          /* LARS: eta */
} ak_optimizer_opts;

typedef struct ak_update_opts {
    ak_optimizer_opts optimizer;
    double clip_norm; /* largest norm of all gradients together [Pascanu2013 alg.1]; 0 = no limit */
    double ema;       /* decay d of the moving average of the weights, in [0,1) [Tarvainen2017]; 0 = none */
} ak_update_opts;

typedef enum ak_schedule_kind { AK_COSINE, AK_STEP, AK_CONSTANT } ak_schedule_kind;

enum { AK_MAX_MILESTONES = 32, AK_MAX_TURNS = 24 };

/* How many steps a run has, where they are not all of its epochs: from step `from` on, `steps` in all. The
 * first is from step 0. Each `from` is beyond the one before and within the steps planned there. */
typedef struct ak_step_plan {
    int count; /* 0 = all of the epochs */
    struct {
        int64_t from, steps;
    } at[AK_MAX_TURNS];
} ak_step_plan;

/* The learning rate; train/schedule.h has the formulas. */
typedef struct ak_schedule_opts {
    ak_schedule_kind kind;
    double peak, least; /* 0 <= least <= peak */
    double factor;      /* step: at each milestone */
    double warmup_epochs;
    double milestone[AK_MAX_MILESTONES]; /* step: in epochs, increasing */
    int milestones;
} ak_schedule_opts;

/* Warn when a measure of train/collapse.h falls below its limit; 0 = never. */
typedef struct ak_collapse_limits {
    double std, rank;
    /* The share of the way from chance to floor that one epoch must make; of chance itself where no floor is
     * known. */
    double chance;
} ak_collapse_limits;

#endif
