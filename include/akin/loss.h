/* SPDX-License-Identifier: Apache-2.0 */
/* akin/loss.h - contrastive losses, their exact gradients, and what their values mean.
 *
 * Shapes   [n,d] is n rows of d floats; row i of view a and row i of view b are two views of item i.
 * Units    Losses are in nats (AKIN_LOSS_BITS: bits; AKIN_LOSS_UNITLESS: none), means over the anchors.
 *          Similarities are cosines: every loss but spectral, curl-*, vicreg, barlow and dimcl scales the
 *          rows to unit length first, and its gradients are with respect to the rows as given, through
 *          that scaling.
 * Types    Rows and gradients are floats, or doubles where akin_loss_batch.wide says so.
 * Memory   Nothing here calls malloc. Scratch comes from the caller's arena and is given back before a
 *          function returns. It grows as n*d, never as n*n (vicreg, barlow, dimcl, matrix-ssl: n*d + d*d); a
 *          larger arena lets the engine keep similarities (faster).
 * Threads  Reentrant. A result depends on the inputs, the precision and the instruction set, never on the
 *          number of threads or on the size of the arena.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Chen2020 eq.1] are resolved in docs/papers.md; docs/losses.md has every formula.
 *
 * Example, runs as it is
 *     float a[8] = { 1, 0, 0, 1, -1, 0, 0, -1 }, b[8] = { 2, 1, -1, 2, -2, -1, 1, -2 };
 *     const akin_loss *loss = akin_loss_find("ntxent");
 *     akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
 *     batch.a = (akin_cmat){ a, 4, 2, 2 };
 *     batch.b = (akin_cmat){ b, 4, 2, 2 };
 *     size_t bytes = akin_loss_scratch_bytes(loss, NULL, &batch, 0);
 *     void *memory = malloc(bytes);
 *     akin_arena arena;
 *     akin_arena_init(&arena, memory, bytes);
 *     double value;
 *     akin_error err;
 *     if (akin_loss_eval(loss, NULL, &batch, &arena, &value, NULL, &err))
 *         puts(err.message);
 *     else
 *         printf("%.4f nats\n", value);
 *     free(memory);
 */
#ifndef AKIN_LOSS_H
#define AKIN_LOSS_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a loss reads besides a and b. */
enum {
    AKIN_LOSS_LABELS = 1,    /* batch.labels */
    AKIN_LOSS_FEATURES = 2,  /* batch.features */
    AKIN_LOSS_TRIPLES = 4,   /* batch.positives and batch.negatives instead of b */
    AKIN_LOSS_BITS = 8,      /* the value is in bits */
    AKIN_LOSS_COLUMNS = 16,  /* compares columns, not rows: without TARGETS as given; no n*n part */
    AKIN_LOSS_UNITLESS = 32, /* the value has no unit: sums of squares, a hinge */
    AKIN_LOSS_TARGETS =
        64,                /* rows are predictions, of batch.targets or else of their partner; no negatives */
    AKIN_LOSS_LINKS = 128, /* batch.link_start, where it is given */
    AKIN_LOSS_VALUES = 256 /* batch.values; where they are not given, the labels as numbers */
};

/* The unit of a loss's value by its needs: "nats", "bits", or "" where it has none. */
#define AKIN_LOSS_UNIT(needs) ((needs)&AKIN_LOSS_UNITLESS ? "" : (needs)&AKIN_LOSS_BITS ? "bits" : "nats")

/* A row of the list of losses. Owned by the library; read through pointers only. */
typedef struct akin_loss {
    const char *name;    /* "ntxent" */
    const char *paper;   /* tags of docs/papers.md */
    const char *line;    /* one line of help, no full stop */
    const char *formula; /* per anchor i, in plain text */
    unsigned needs;      /* AKIN_LOSS_... */
} akin_loss;

/* Loss i of the list; NULL after the last, and for i < 0. */
AKIN_API const akin_loss *akin_loss_at(int i);

/* The loss of that name; NULL when there is none, and for NULL. */
AKIN_API const akin_loss *akin_loss_find(const char *name);

/* A parameter of this value is not set: the loss takes its default. No other value means that; a NaN is
 * refused. */
#define AKIN_LOSS_DEFAULT (-1.7976931348623157e308)

/* The parameters of all losses. A loss reads its own ones; docs/losses.md lists them. Start from
 * AKIN_LOSS_PARAMS_INIT, which sets none, and set those that you want; the others take the loss's defaults.
 * akin_loss_defaults() fills these in, so that they can be read. */
typedef struct akin_loss_params {
    uint32_t struct_size;
    int32_t symmetric;        /* infonce, dual-temperature: 1 = mean of both directions */
    int32_t include_positive; /* balanced */
    int32_t mode; /* difficult: 0 remove, 1 margin, 2 temperature, 3 combined; dimcl: 0 no base, 1 ntxent,
                               * 2 barlow, 3 vicreg; -1 = not set */
    double temperature;      /* t > 0, divides every similarity */
    double base_temperature; /* supcon; 0 = the temperature; dimcl: of its base */
    double sigma;            /* dclw: temperature of the weights; difficult: the margin */
    double alpha;            /* balanced: inverse temperature of the repulsion */
    double lambda; /* balanced: repulsion over attraction; barlow: of what is off the diagonal; matrix-ssl */
    double constant;    /* balanced: constant inside the logarithm */
    double mu;          /* spectral: largest squared length of a row; matrix-ssl: added to the diagonals */
    double tau_plus;    /* debiased, hard-negative: prior of a false negative */
    double beta;        /* hard-negative: concentration */
    double ratio;       /* dual-temperature: second temperature over the first */
    double scale, bias; /* sigmoid: logit = scale s + bias */
    double weight;      /* align-uniform; dimcl: of the columns, 0 to 1 */
    double pos_high, pos_low; /* difficult: the window, as fractions of the sorted row */
    double rho;               /* difficult: factor on t of selected pairs; isogclr: cost of a temperature */
    int32_t one_sided;        /* difficult: 1 = the rows of a against the rows of b, as infonce */
    int32_t reserved;         /* 0 */
    double invariance, variance, covariance; /* vicreg: the weights of its three parts */
    double average_share;                    /* sogclr: of the batch in an item's average, in (0,1] */
    double target_temperature;               /* xclr; 0 = shares in proportion to the weights */
    double bandwidth;                        /* y-aware: of the kernel, in the targets' unit */
    int32_t partner_only; /* xclr: 1 = the partner alone is a positive, other known ones are left out */
    int32_t known_only;   /* xclr: 1 = negatives are the pairs of negative weight, unknown ones left out */
    double match_weight;  /* matrix-ssl: of the match of the covariances */
    double align_weight;  /* matrix-ssl: of the squares of the cross-covariance */
} akin_loss_params;

#define AKIN_LOSS_PARAMS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_loss_params), .mode = -1, .temperature = AKIN_LOSS_DEFAULT,               \
        .base_temperature = AKIN_LOSS_DEFAULT, .sigma = AKIN_LOSS_DEFAULT, .alpha = AKIN_LOSS_DEFAULT,       \
        .lambda = AKIN_LOSS_DEFAULT, .constant = AKIN_LOSS_DEFAULT, .mu = AKIN_LOSS_DEFAULT,                 \
        .tau_plus = AKIN_LOSS_DEFAULT, .beta = AKIN_LOSS_DEFAULT, .ratio = AKIN_LOSS_DEFAULT,                \
        .scale = AKIN_LOSS_DEFAULT, .bias = AKIN_LOSS_DEFAULT, .weight = AKIN_LOSS_DEFAULT,                  \
        .pos_high = AKIN_LOSS_DEFAULT, .pos_low = AKIN_LOSS_DEFAULT, .rho = AKIN_LOSS_DEFAULT,               \
        .invariance = AKIN_LOSS_DEFAULT, .variance = AKIN_LOSS_DEFAULT, .covariance = AKIN_LOSS_DEFAULT,     \
        .average_share = AKIN_LOSS_DEFAULT, .target_temperature = AKIN_LOSS_DEFAULT,                         \
        .bandwidth = AKIN_LOSS_DEFAULT, .match_weight = AKIN_LOSS_DEFAULT, .align_weight = AKIN_LOSS_DEFAULT \
    }

/* The defaults of that loss; what it does not read is 0.  AKIN_ERR_ARGUMENT when loss or params is NULL,
 * params was not initialised, or loss is not one that akin_loss_at() or akin_loss_find() gave. */
AKIN_API akin_status akin_loss_defaults(const akin_loss *loss, akin_loss_params *params, akin_error *err);

/* Set a parameter by its flag name ("tau-plus") from text.
 *   AKIN_ERR_RANGE     text is no value of it; the sentence has the bounds
 *   AKIN_ERR_ARGUMENT  the loss has no such parameter (the sentence lists those it has), or params is older
 *                      than it */
AKIN_API akin_status akin_loss_params_set(akin_loss_params *params, const akin_loss *loss, const char *name,
                                          const char *text, akin_error *err);

/* The value of a parameter by its flag name (a choice or a flag: its number); NaN when there is none,
 * AKIN_LOSS_DEFAULT (a choice: -1) when it is not set. */
AKIN_API double akin_loss_params_get(const akin_loss_params *params, const char *name);

/* One batch. All memory is borrowed. Leave empty what a loss does not read. */
typedef struct akin_loss_batch {
    uint32_t struct_size;
    akin_precision precision; /* of the n*n part; sums, losses and the O(n d) part are double */
    akin_cmat a, b;           /* [n,d] both; curl-*: a is the M anchors, b is empty */
    const int32_t *labels;    /* [n] */
    akin_cmat features;       /* [2n,h], rows in the order of a, then b: what precedes the projection head */
    akin_cmat positives;      /* curl-*: [M*block,d], the block of anchor i at row i*block */
    akin_cmat negatives;      /* curl-*: [M*count*block,d], negative q of anchor i at row (i*count+q)*block */
    int64_t block;            /* curl-*: rows averaged into one positive or negative; 1 = plain */
    int64_t count;            /* curl-*: negatives per anchor */
    /* [m,d], or empty: further negatives of every anchor, such as the rows of other machines. For ntxent,
     * infonce (one-sided) and dcl. */
    akin_cmat keys;
    /* 1: the keys are the only negatives, none of them rows of the batch, as with a queue of older keys
     * [He2020 eq.1]. */
    int32_t keys_only;
    /* 1: the rows, and those of the gradients, are doubles. Their pointers are cast to float *, and strides
     * count doubles. With AKIN_PRECISION_F64 nothing is then rounded to float. */
    int32_t wide;
    /* Not NULL (akin/tool/ranks.h): the loss is that of the items of all ranks. The batch has those of this
     * one, at least one. Every rank evaluates the same loss with the same parameters, columns, precision
     * and wishes, and receives its value and the gradient for its own rows; the further keys of all ranks
     * are negatives of every anchor. No rank holds the rows of the others: pieces of them come by, some
     * 10 MB of scratch at 128 columns. The same ranks give the same bits again, another number of ranks the
     * same numbers up to rounding. An error of one rank is that of all. */
    void *ranks;   /* an akin_ranks */
    int64_t items; /* with ranks: how many items all of them have, for akin_loss_scratch_bytes() */
    /* sogclr: [n] what akin_loss_grads.averages received when the item was last in a batch, NaN where it was
     * in none; NULL: in none of them. */
    const double *averages;
    /* 1, with ranks: every rank has the same further keys, such as a queue. They count once, none travels,
     * and they have no gradient. */
    int32_t keys_alike;
    /* 1: every rank has the items of all, or there is one process. They share the work by blocks of rows that
     * depend on the batch alone: value and gradients, which each rank has of all rows, have the same bits on
     * any number of ranks and in one process. */
    int32_t whole;
    /* simsiam, byol, matrix-ssl: [2n,d] what the rows of a, then those of b are to predict, such as the other
     * view's rows before the predictor; empty: the partner itself. Constants where their gradient is not
     * asked for; matrix-ssl has none of it, nor of the partner. */
    akin_cmat targets;
    /* xclr: what is known of pairs of rows, beside that row i of a and row i of b are partners. Rows are
     * those of a, then of b. The links of row i are link[link_start[i]] up to link[link_start[i + 1] - 1],
     * ascending numbers of other rows; a weight above 0: alike, below 0: known to differ, 0: as unknown.
     * With ranks, of this rank's rows, to those of all: row i of view v is v * (items of all) + i. */
    const int64_t *link_start; /* [2n + 1], or NULL: no links */
    const int32_t *link;
    const float *link_weight; /* NULL: all 1 */
    /* y-aware, rank-n-contrast: [2n,q] numbers that the rows stand for, of those of a, then of b. */
    akin_cmat values;
    /* isogclr: [n] the temperature of each item; NULL: all have that of the parameters. */
    const double *temperatures;
    /* sogclr, isogclr: [n] of each item: pairs more similar than that are not among its negatives, as they
     * may be false ones; NULL: all are. */
    const double *thresholds;
} akin_loss_batch;

#define AKIN_LOSS_BATCH_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_loss_batch), .block = 1, .count = 1                                       \
    }

/* What the window of `difficult` holds on one batch, as shares in [0,1] of the pairs (anchor, key). The
 * pairs are all ordered pairs of two rows of both views; with one_sided, of a row of a and a row of b. The
 * loss reads no labels: where the batch has them, they serve these numbers alone. */
typedef struct akin_loss_window {
    uint32_t struct_size;
    double share;       /* of the pairs: in the window */
    double other_class; /* of the pairs in the window: of two labels; NaN without labels or such pairs */
    double other_class_chance; /* of all pairs: of two labels; NaN without labels */
} akin_loss_window;

#define AKIN_LOSS_WINDOW_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_loss_window)                                                              \
    }

/* What the loss of the same rows would be if nothing related the views: their partners are permuted, item i
 * of a standing beside another item of b. It is the mean over a few fixed permutations that leave no item its
 * partner; with supcon, whose partners are those of a label, over all permutations of the labels. The rows of
 * a batch alone decide it, at any state of the encoder, where chance stands for one state, all rows equal.
 * error is the standard error of loss less value, from how the items differ; with supcon the standard
 * deviation over the permutations. NaN with one item. */
typedef struct akin_loss_permuted {
    uint32_t struct_size;
    int32_t reserved; /* 0 */
    double loss, error;
} akin_loss_permuted;

#define AKIN_LOSS_PERMUTED_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_loss_permuted)                                                            \
    }

/* Where the gradients go. They are written, not accumulated; one whose data is NULL is skipped. They may
 * not overlap the inputs. */
typedef struct akin_loss_grads {
    uint32_t struct_size;
    akin_mat a, b;                 /* [n,d] */
    akin_mat positives, negatives; /* as in the batch */
    akin_mat keys;                 /* [m,d] */
    /* NULL, or receives what the window of `difficult` holds, or what is above the thresholds of sogclr and
     * isogclr; other losses: NaN */
    akin_loss_window *window;
    akin_loss_permuted *permuted; /* NULL, or receives the loss with partners permuted */
    double *averages; /* sogclr: NULL, or [n] receives the logarithm of each item's average; may be the
                       * batch's */
    /* NULL, or receives dL/d log s, s = 1/temperature, or the scale of sigmoid: by the logarithm of what
     * multiplies all similarities. ntxent, infonce, dcl and sigmoid; others: NaN. */
    double *log_scale;
    double *bias;         /* NULL, or receives dL/d bias of sigmoid; others: NaN */
    akin_mat targets;     /* [2n,d] of the batch's targets; leave it empty for a stop-gradient */
    double *temperatures; /* isogclr: NULL, or [n] receives the derivative of each item's loss by its own */
    double *above; /* sogclr, isogclr: NULL, or [n] receives the share of each item's negatives above its
                    * threshold */
} akin_loss_grads;

#define AKIN_LOSS_GRADS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_loss_grads)                                                               \
    }

/* Scratch bytes that akin_loss_eval() needs for a batch of this shape with the present number of threads.
 * The data of the batch are not read.
 *
 * memory   0: the least. More than the least: up to that many bytes, as much as makes the loss faster; the
 *          engine then keeps similarities between its two walks.
 *
 * The least is about 4 n d floats a view and 2 MiB a thread. `difficult` takes as much again for its
 * features and its windows, and 64 rows of 2n floats a thread.  Returns 0 when the shapes overflow or the
 * batch is refused. */
AKIN_API size_t akin_loss_scratch_bytes(const akin_loss *loss, const akin_loss_params *params,
                                        const akin_loss_batch *batch, size_t memory);

/* The loss of a batch and its gradient.
 *
 * scratch  at least akin_loss_scratch_bytes() left; given back before the function returns.
 * params   NULL for the loss's defaults, which a parameter that is not set has too.
 * value    NULL if not wanted.
 * grads    NULL if not wanted.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  an input the loss needs is missing, a struct was not initialised or is from the
 *                      future, or loss is not one that akin_loss_at() or akin_loss_find() gave
 *   AKIN_ERR_SHAPE     views, labels or gradients do not fit together; n = 1 where a loss needs negatives
 *   AKIN_ERR_RANGE     a parameter is out of range
 *   AKIN_ERR_INPUT     a zero row has no direction; an anchor has no negative (nscl); the sentence names
 *                      the row
 *   AKIN_ERR_NUMERIC   a value is not finite; the sentence names row and column
 *   AKIN_ERR_NOMEM     scratch has less than akin_loss_scratch_bytes() left
 */
AKIN_API akin_status akin_loss_eval(const akin_loss *loss, const akin_loss_params *params,
                                    const akin_loss_batch *batch, akin_arena *scratch, double *value,
                                    const akin_loss_grads *grads, akin_error *err);

/* Calibration: what a value means. ----------------------------------------------------------------------- */

typedef struct akin_calibration {
    uint32_t struct_size;
    int32_t floor_known;    /* 0: floor is NaN, "no floor known" */
    double chance;          /* the loss when all embeddings are equal */
    double floor;           /* no encoder goes below */
    double duplicate_floor; /* the floor of this batch given its groups of duplicates; floor without groups */
    /* The loss of these embeddings with partners permuted, and its error, as akin_loss_permuted has them:
     * akin_loss_calibrate() does not read embeddings and leaves permuted_known 0; akin_loss_calibration_add()
     * sets them. */
    double permuted, permuted_error;
    int64_t items; /* of which the error was found */
    int32_t permuted_known;
    int32_t reserved; /* 0 */
} akin_calibration;

#define AKIN_CALIBRATION_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_calibration)                                                              \
    }

/* Chance and floor for a batch of this shape. Reads the shapes of the batch, keys_only, count and, for
 * supcon and nscl, the labels; not the embeddings. Start out from AKIN_CALIBRATION_INIT.
 * groups   [n] or NULL: items with equal numbers are copies of one another (labels, or hashes of the inputs).
 * Fails as akin_loss_eval() does on parameters and shapes. */
AKIN_API akin_status akin_loss_calibrate(const akin_loss *loss, const akin_loss_params *params,
                                         const akin_loss_batch *batch, const int64_t *groups,
                                         akin_calibration *out, akin_error *err);

/* Add what akin_loss_eval() found of the same n items with partners permuted. Nothing changes when permuted
 * is NULL or not finite, or when c was made before there was room for it. */
AKIN_API void akin_loss_calibration_add(akin_calibration *c, const akin_loss_permuted *permuted, int64_t n);

/* How far value has come from where nothing is learned (0) to the floor (1), clamped; NaN when no floor is
 * known. Nothing is learned at chance, or at the permuted loss where that is known and lower. */
AKIN_API double akin_loss_learned(const akin_calibration *c, double value);

/* A verdict in a few words: "nothing learned", "worse than nothing" (partners are farther than strangers),
 * "learning", "good", "at the floor"; "broken" when the value is not finite.  Something is learned only where
 * the permuted loss, when it is known, lies above value by more than its error explains, and by 2 % of the
 * way to the floor. Where it is not known, chance alone decides. akin_loss_verdict_text() says it in a
 * sentence. */
AKIN_API const char *akin_loss_verdict(const akin_calibration *c, double value);
AKIN_API const char *akin_loss_verdict_text(const akin_calibration *c, double value);

/* A loss of your own. ------------------------------------------------------------------------------------ */

/* Rows z [2n,d], the rows of view a and then those of view b, row i of either being item i. Writes the loss
 * to *value and dL/dz to dz [2n,d]; ctx is what the caller gave. Both have stride d where the library calls
 * it. examples/07_own_loss.c trains an encoder with such a function. */
typedef akin_status akin_loss_fn(akin_cmat z, double *value, akin_mat dz, void *ctx, akin_error *err);

/* Is the gradient of fn right? It is held against differences of values of fn near z, which takes 8 n d + 1
 * calls: let z be small. *worst receives the largest difference over all numbers of dz, as a share of the
 * largest of them. With values that are right to 1e-7, a right gradient of a smooth loss gives less than
 * 1e-3.
 *
 * scratch  akin_loss_fn_check_bytes(z) bytes; given back before the function returns.
 *
 * Returns AKIN_OK, whether the gradient is right or not; what fn returned where it failed; or
 *   AKIN_ERR_ARGUMENT  fn, scratch or worst is NULL
 *   AKIN_ERR_SHAPE     z is empty
 *   AKIN_ERR_NUMERIC   a value or the gradient is not finite
 *   AKIN_ERR_NOMEM     scratch is too small */
AKIN_API akin_status akin_loss_fn_check(akin_loss_fn *fn, void *ctx, akin_cmat z, akin_arena *scratch,
                                        double *worst, akin_error *err);
AKIN_API size_t akin_loss_fn_check_bytes(akin_cmat z); /* 0 when the shape is empty or overflows */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_LOSS_H */
