/* SPDX-License-Identifier: Apache-2.0 */
/* akin/loss.h - contrastive losses, their exact gradients, and what their values mean.
 *
 * Shapes   [n,d] is n rows of d floats; row i of view a and row i of view b are two views of item i.
 * Units    Losses are in nats (curl-logistic: bits) and are means over the anchors. Similarities are cosines:
 *          every loss but spectral and curl-* scales the rows to unit length first, and its gradients are with
 *          respect to the rows as given, through that scaling.
 * Memory   Nothing here calls malloc. Scratch comes from the caller's arena and is given back before a function
 *          returns. It grows as n*d, never as n*n; a larger arena lets the engine keep similarities (faster).
 * Threads  Reentrant. A result depends on the inputs, the precision and the instruction set, never on the number
 *          of threads or on the size of the arena.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Chen2020 eq.1] are resolved in docs/papers.md; docs/losses.md has every formula.
 *
 *     const akin_loss *loss = akin_loss_find("ntxent");
 *     akin_loss_params params;
 *     akin_loss_params_init(&params, loss);
 *     akin_loss_params_set(&params, loss, "temperature", "0.2", &err);
 *     akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
 *     batch.a = a; batch.b = b;
 *     akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
 *     grads.a = ga; grads.b = gb;
 *     size_t bytes = akin_loss_scratch_bytes(loss, &params, &batch, AKIN_PRECISION_F32, 0);
 *     akin_arena_init(&arena, memory, bytes);
 *     akin_loss_eval(loss, &params, &batch, AKIN_PRECISION_F32, &arena, &value, &grads, &err);
 */
#ifndef AKIN_LOSS_H
#define AKIN_LOSS_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Precisions (akin_precision, base.h) are those of the n*n part; sums, losses and the O(n d) part are double. */

/* What a loss reads besides a and b. */
enum {
    AKIN_LOSS_LABELS = 1,   /* batch.labels */
    AKIN_LOSS_FEATURES = 2, /* batch.features */
    AKIN_LOSS_TRIPLES = 4,  /* batch.positives and batch.negatives instead of b */
    AKIN_LOSS_BITS = 8      /* the value is in bits */
};

struct akin_opt_desc; /* akin/tool/program.h */

/* A row of the list of losses. Owned by the library. */
typedef struct akin_loss {
    const char *name;                 /* --loss NAME */
    const char *paper;                /* tags of docs/papers.md */
    const char *line;                 /* one line of help, no full stop */
    const char *formula;              /* per anchor i, in plain text */
    const struct akin_opt_desc *opts; /* its parameters; also drives --help; ends with name = NULL */
    unsigned needs;                   /* AKIN_LOSS_... */
} akin_loss;

/* The only list of losses, ended by a row whose name is NULL. */
AKIN_API extern const akin_loss akin_losses[];

/* NULL when there is none of that name (akin_nearest_name() may help). */
AKIN_API const akin_loss *akin_loss_find(const char *name);

/* The parameters of all losses; a loss reads those its table names. Fields are only ever appended. */
typedef struct akin_loss_params {
    uint32_t struct_size;     /* bytes; set by akin_loss_params_init() */
    int32_t symmetric;        /* infonce, dual-temperature: 1 = mean of both directions */
    int32_t include_positive; /* balanced */
    int32_t mode;             /* difficult: 0 remove, 1 margin, 2 temperature, 3 combined */
    double temperature;       /* t > 0, divides every similarity */
    double base_temperature;  /* supcon; 0 = the temperature */
    double sigma;             /* dclw: temperature of the weights; difficult: the margin */
    double alpha;             /* balanced: inverse temperature of the repulsion */
    double lambda;            /* balanced: repulsion over attraction */
    double constant;          /* balanced: constant inside the logarithm */
    double mu;                /* spectral: largest squared length of a row */
    double tau_plus;          /* debiased, hard-negative: prior of a false negative */
    double beta;              /* hard-negative: concentration */
    double ratio;             /* dual-temperature: second temperature over the first */
    double scale, bias;       /* sigmoid: logit = scale s + bias */
    double weight;            /* align-uniform */
    double pos_high, pos_low; /* difficult: the window, as fractions of the sorted row */
    double rho;               /* difficult: factor on the temperature of selected pairs */
    int32_t one_sided;        /* difficult: 1 = the rows of a against the rows of b, as infonce */
} akin_loss_params;

/* The defaults of that loss. */
AKIN_API void akin_loss_params_init(akin_loss_params *params, const akin_loss *loss);

/* Set a parameter by its flag name from text.  AKIN_ERR_RANGE with the bounds, or AKIN_ERR_ARGUMENT when the loss
 * has no such parameter (the sentence lists those it has). */
AKIN_API akin_status akin_loss_params_set(akin_loss_params *params, const akin_loss *loss, const char *name,
                                          const char *text, akin_error *err);

/* The value of a parameter by its flag name (a choice or a flag: its number); NaN when there is none. */
AKIN_API double akin_loss_params_get(const akin_loss_params *params, const char *name);

/* One batch. All memory is borrowed; leave what a loss does not read empty. */
typedef struct akin_loss_batch {
    uint32_t struct_size;
    akin_cmat a, b;        /* [n,d] both; curl-*: a is the M anchors, b is empty */
    const int32_t *labels; /* [n] */
    akin_cmat features;    /* [2n,h], rows in the order of a, then b: what precedes the projection head */
    akin_cmat positives;   /* curl-*: [M*block,d], the block of anchor i at row i*block */
    akin_cmat negatives;   /* curl-*: [M*count*block,d], negative q of anchor i at row (i*count+q)*block */
    int64_t block;         /* curl-*: rows averaged into one positive or negative; 1 = plain */
    int64_t count;         /* curl-*: negatives per anchor */
    akin_cmat keys;        /* [m,d], or empty: further negatives of every anchor, such as the rows of other
                            * machines; ntxent, infonce (one-sided) and dcl */
    int32_t
        keys_only; /* 1: an anchor's negatives are the keys alone, none of them rows of the batch, as with a
                            * queue of older keys [He2020 eq.1] */
} akin_loss_batch;

#define AKIN_LOSS_BATCH_INIT                                                                                 \
    {                                                                                                        \
        sizeof(akin_loss_batch), { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, NULL, { NULL, 0, 0, 0 },              \
            { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, 1, 1, { NULL, 0, 0, 0 }, 0                                 \
    }

/* The window of `difficult` on one batch: shares in [0,1] of its pairs (anchor, key), which are all ordered pairs of two
 * rows of both views, or, one-sided, of a row of a and one of b. The loss reads no labels: where the batch has them, they
 * serve these numbers alone. */
typedef struct akin_loss_window {
    double share; /* of the pairs: in the window */
    double
        other_class; /* of the pairs in the window: of two labels; NaN without labels or without such pairs */
    double other_class_chance; /* of all pairs: of two labels; NaN without labels */
} akin_loss_window;

/* Gradients are written, not accumulated; those whose data is NULL are skipped. They may not overlap the inputs. */
typedef struct akin_loss_grads {
    uint32_t struct_size;
    akin_mat a, b;                 /* [n,d] */
    akin_mat positives, negatives; /* as in the batch */
    akin_mat keys;                 /* [m,d] */
    akin_loss_window *window; /* difficult: receives what its window holds; other losses: NaN; may be NULL */
} akin_loss_grads;

#define AKIN_LOSS_GRADS_INIT                                                                                 \
    {                                                                                                        \
        sizeof(akin_loss_grads), { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, \
            { NULL, 0, 0, 0 }, NULL                                                                          \
    }

/* Scratch bytes that akin_loss_eval() needs for a batch of this shape (its data are not read) with the present
 * number of threads: at most about 4 n d floats per view and 2 MiB a thread; `difficult` takes as much again for its
 * features and its windows, and 64 rows of 2n floats a thread. With memory > that, as much more, up
 * to memory bytes, as lets the engine keep its similarities between its two walks; 0 = the least.  0 when the
 * shapes overflow. */
AKIN_API size_t akin_loss_scratch_bytes(const akin_loss *loss, const akin_loss_params *params,
                                        const akin_loss_batch *batch, akin_precision precision,
                                        size_t memory);

/* The loss of a batch and its gradient.
 *
 * params   NULL for the loss's defaults.
 * value    NULL if not wanted.
 * grads    NULL if not wanted.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  an input the loss needs is missing, or a struct is from the future
 *   AKIN_ERR_SHAPE     views, labels or gradients do not fit together; n = 1 where a loss needs negatives
 *   AKIN_ERR_RANGE     a parameter is out of range
 *   AKIN_ERR_INPUT     a zero row has no direction; an anchor has no negative (nscl); the sentence names the row
 *   AKIN_ERR_NUMERIC   a value is not finite; the sentence names row and column
 *   AKIN_ERR_NOMEM     scratch has less than akin_loss_scratch_bytes() left
 */
AKIN_API akin_status akin_loss_eval(const akin_loss *loss, const akin_loss_params *params,
                                    const akin_loss_batch *batch, akin_precision precision,
                                    akin_arena *scratch, double *value, const akin_loss_grads *grads,
                                    akin_error *err);

/* Calibration: what a value means. ----------------------------------------------------------------------- */

typedef struct akin_calibration {
    uint32_t struct_size;
    int32_t floor_known;    /* 0: floor is NaN, "no floor known" */
    double chance;          /* the loss when all embeddings are equal */
    double floor;           /* no encoder goes below */
    double duplicate_floor; /* the floor of this batch given its groups of duplicates; floor without groups */
} akin_calibration;

#define AKIN_CALIBRATION_INIT                                                                                \
    {                                                                                                        \
        sizeof(akin_calibration), 0, 0, 0, 0                                                                 \
    }

/* Chance and floor for a batch of this shape. Reads batch->a.rows, a.cols, labels (supcon, nscl), count and
 * keys.rows and keys_only, not the embeddings.
 * groups   [n] or NULL: items with equal numbers are copies of one another (labels, or hashes of the inputs).
 * Fails as akin_loss_eval() does on parameters and shapes. */
AKIN_API akin_status akin_loss_calibrate(const akin_loss *loss, const akin_loss_params *params,
                                         const akin_loss_batch *batch, const int64_t *groups,
                                         akin_calibration *out, akin_error *err);

/* Where value lies between chance (0) and floor (1), clamped; NaN when no floor is known. */
AKIN_API double akin_loss_learned(const akin_calibration *c, double value);

/* One word: "worse-than-chance", "chance", "learning", "good", "floor", or, without a floor, "below-chance";
 * "broken" when the value is not finite. akin_loss_verdict_text() says it in a sentence. */
AKIN_API const char *akin_loss_verdict(const akin_calibration *c, double value);
AKIN_API const char *akin_loss_verdict_text(const akin_calibration *c, double value);

/* Measuring. --------------------------------------------------------------------------------------------- */

/* Floating-point operations a second (a multiply-add is two) of this build's matrix product on operands that stay in
 * the cache, with all threads, measured for about that long: what the engine's speed is a share of. */
AKIN_API double akin_engine_peak(akin_precision precision, double seconds);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_LOSS_H */
