/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.h - the state of a run, from its preparation to its end.
 *
 * The stages of a run, in order: configure.h, prepare.h, begin.h; then loop.c repeats step.h and
 * progress.h. */
#ifndef AK_TRAIN_TRAINER_H
#define AK_TRAIN_TRAINER_H

#include "akin/tool/train.h"

#include "base/base.h"
#include "dist/dist.h"
#include "model/checkpoint.h"
#include "model/config.h"
#include "model/foreign.h"
#include "model/settings.h"
#include "model/net.h"
#include "model/run_folder.h"
#include "nn/bag_merge.h"
#include "set/learning.h"
#include "train/anneal.h"
#include "train/averages.h"
#include "train/collapse.h"
#include "train/gradflow.h"
#include "train/gradsum.h"
#include "train/loader.h"
#include "train/momentum.h"
#include "train/profile.h"
#include "train/run_log.h"
#include "train/schedule.h"
#include "train/treesum.h"
#include "train/update.h"
#include "train/words.h"

/* The clock of a run with --budget (budget.h). */
typedef struct ak_budget {
    double seconds; /* that the run may take */
    double save_s;  /* the longest checkpoint so far: the last step makes one too */
    int changes;    /* of the plan, so far */
    int64_t next;   /* the step after which it is measured again; 0 = not begun */
    int64_t mark;   /* the step since which it is measured, and when that was */
    double mark_s;
} ak_budget;

/* What is kept of every item (past.h); data is NULL where it is not. */
typedef struct ak_past {
    akin_tensor averages, temperatures, thresholds;
    double *average, *temperature, *threshold, *slope, *above; /* [anchors] of the step */
} ak_past;

typedef struct ak_trainer {
    const char *run;
    double began_s; /* the clock when the run was called for */
    ak_budget budget;
    bool encoder_given; /* by a person, or by weights to begin with */
    bool views_given;   /* the size of views, by a person */
    bool going_on;      /* a run that was begun before */
    bool free_length;   /* the recipe decides how many epochs there are (length.h) */
    bool timed;         /* it has a budget that is followed: it is no resumed one */

    akin_train_opts opts;
    int lock;       /* on the folder of the run; -1 = not held */
    ak_comm *comm;  /* the ranks that share each step; NULL: this process alone (ranks.h) */
    bool agreed;    /* all of them know of the error that is on its way out */
    bool replacing; /* the run before is set aside, and there is no checkpoint yet */
    bool made;      /* there was no such folder before */

    /* Configured. */
    char data_path[4096];
    char keep_path[4096]; /* the run's own copy of the keep-list, where it has one */
    akin_train_config *config;
    ak_train_settings set;
    int64_t earlier[AK_MAX_LEGS]; /* epochs at which the run ended before it was made longer */
    int legs;
    bool longer;      /* the last of them is of now, and run.json does not tell it yet */
    ak_foreign *init; /* weights that the run begins with (init.h); NULL = drawn ones, or it goes on */
    ak_remarks init_told;

    /* Prepared. */
    ak_learning learning; /* the data */
    ak_net net;
    ak_update *update;
    ak_momentum *momentum; /* NULL = none */
    ak_gradsum *gradsum;   /* NULL with one chunk a step */
    ak_gradflow *gradflow; /* sums over the ranks; NULL: alone, or in treesum */
    ak_treesum *treesum;   /* in its place where sums have one order whatever the ranks (whole.h) */
    ak_averages *averages; /* of batch norm, with several ranks or that order; else NULL */
    ak_sampler *sampler;
    ak_visits visits;
    ak_anneal anneal;
    ak_schedule schedule;
    int64_t epoch_steps, steps;

    /* What a step works on. */
    int64_t rows;  /* of a step; all of this are those of this rank, or of all (visits.whole) */
    int64_t width; /* of a projection; without a head, of the features, which then serve as projections */
    bool head;
    float *projections, *gradient; /* [rows, width] */
    akin_mat features;             /* [rows, f], for losses that read them; else empty */
    int32_t *items;                /* [rows]: what each row is a view of */
    int32_t *labels;               /* [rows]: the class of each row, for losses that read it; else NULL */
    int32_t *first_labels;         /* of the first step, of all ranks */
    float *visit_rows;             /* [rows of a visit, width]: projections, then their gradient */
    akin_mat visit_features;       /* [rows of a visit, f], or empty */
    ak_past past;
    struct ak_listed *listed;      /* listed.h: pairs of a file; NULL: none */
    struct ak_targets *targets_of; /* targets.h: numbers that items stand for; NULL: none are read */
    float *nested;                 /* [rows, width]: nested.h; NULL: none */
    akin_tensor learned;           /* learned.h: parameters of the loss; NULL data: none */
    double learned_slope[2];
    float *predictions, *targets, *target_slopes; /* [rows, width]: predictor.h; NULL: none */
    void *scratch;                                /* of the loss */
    size_t scratch_bytes;

    /* Begun. */
    ak_loader *loader;
    ak_run_log *log; /* NULL until the run has begun */
    ak_train_state state;
    akin_calibration calibration; /* of the last log interval */
    akin_loss_window window;      /* of the last logged step */
    akin_loss_permuted permuted;  /* the same; loss: less the step's own */
    ak_collapse_watch watch;
    double grad_norm;      /* of the last step */
    double collisions;     /* the same */
    bool stop;             /* rank 0 has been asked to */
    akin_tensor more[8];   /* what a checkpoint keeps beside the net: borrowed */
    double words_had;      /* the median length of given vectors of words; 0: none were given */
    double words_scale;    /* what they were multiplied by */
    ak_bag_merge *words;   /* of a table of words; NULL: none, or all of a step is one part */
    ak_words *chunk_words; /* its gradients, chunk by chunk; NULL: none, or no chunks */
    int64_t *chunk_of;     /* whole.h: [ranks + 1] the first chunk of each rank */
    int *parts_of;         /* [ranks] how many sums each has */
    int64_t *places;       /* [ranks + 1] of a gather, in bytes */
    double started_s, interval_started_s, interval_wait_s;
    int64_t interval_timed; /* steps since interval_started_s */
    ak_time_profile profile;
} ak_trainer;

/* Tell a person, and log.txt as soon as it is open. */
void ak_trainer_say(ak_trainer *t, const char *format, ...) AK_PRINTF(2, 3);
/* The same as a callback; ctx: the trainer. */
void ak_trainer_say_line(const char *line, void *ctx);

/* What a checkpoint keeps: all tensors, and sets of arrays beside them. Returns how many sets; they borrow
 * from t. */
enum { AK_TRAINER_MAX_SETS = AK_UPDATE_MAX_SETS + 1 };
int ak_trainer_arrays(ak_trainer *t, ak_tensor_list *list, ak_array_set sets[AK_TRAINER_MAX_SETS]);

/* Rows [first, first + n) of a dense matrix. */
static inline akin_mat ak_rows_from(float *rows, int64_t first, int64_t n, int64_t width)
{
    return (akin_mat){ rows + first * width, n, width, width };
}

/* Free everything that the run has made; *t may be half made. */
void ak_trainer_release(ak_trainer *t);

#endif
