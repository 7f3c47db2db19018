/* SPDX-License-Identifier: Apache-2.0 */
/* loss/engine.h - the pair engine: reduce the rows of a similarity matrix, then weigh its pairs.
 *
 * A loss on similarities s_ik = z_i . z_k takes three steps: reductions along the rows of a function of s_ik;
 * for each pair a weight w_ik = dL/ds_ik + dL/ds_ki, made from s_ik and the reductions; and the gradient
 * dL/dz_i = sum_k w_ik z_k. A walk names the two sets of rows, the operation (kernels/kernels.h has their
 * formulas) and its parameters per row; ak_engine_reduce() fills the sums, ak_engine_weigh() adds the
 * products with the weights to the sets' dz, and ak_pair_rows_gradient() turns dz into gradients of the rows
 * as given. S is made in tiles and never stored, except in memory that is left over (ak_engine_keep()).
 *
 * Threads. Rows are cut into groups. A task is a pair of groups. Each group takes part in its tasks in a
 * fixed order, whichever thread runs them: so sums and dz have the same bits for any number of threads, and
 * no thread needs accumulators of its own. The order is a round-robin tournament (walk of a set with itself)
 * or a Latin square (two sets): neighbouring tasks share no group, so threads seldom wait for each other. */
#ifndef AK_LOSS_ENGINE_H
#define AK_LOSS_ENGINE_H

#include "akin/loss.h"
#include "kernels/kernels.h"
#include "loss/numbers.h"

/* Rows made ready: scaled, packed, and with room for dL/dz. Up to two parts, concatenated. */
typedef struct ak_pair_rows {
    akin_cmat part[2];
    const char *name[2]; /* for sentences: "a", "b" */
    int parts;
    double radius; /* rows are scaled to this length */
    bool clip;     /* only those that are longer */
    bool exact;    /* similarities are float, whatever the precision */
    bool wide;     /* the engine's */
    int64_t n, np, d, dp;
    double *scale;    /* [n], z = scale x */
    double *length;   /* [n], |x| */
    void *a, *bt, *v; /* operands of the similarities (rows, keys) and of the products with weights */
    void *dz;         /* [panel][np][w] float or double, or NULL */
    int per_item;     /* rows that an item of the batch has in this set; 0: further keys (ring.h) */
} ak_pair_rows;

typedef struct ak_walk {
    ak_pair_rows *q, *k; /* the same set: only the upper half is walked, and rows are columns too */
    /* For FLAG. flags: what ak_engine_window() stored. Without them the flags are recomputed from features,
     * the features of the rows of q and of k (the same set when q == k), with limits row[2] and row[3]. */
    const uint16_t *flags;
    ak_pair_rows *features, *feature_keys;
    ak_pair_op op;
    double alpha, beta, alpha2, beta2, gain, gain2;
    int64_t mask[3]; /* pairs with k - i = mask[.] count nothing */
    int masks;
    const int32_t *labels, *col_labels; /* [n] of q; [n] of k, where that is another set */
    bool mask_equal_labels;
    bool col_anchors; /* weighing, q != k: keys are anchors too, with parameters col */
    bool key_grad;    /* q != k: add to k's dz too */
    const double *row[AK_PARAMS], *col[AK_PARAMS]; /* q == k: col is not read */
    double *row_sum[AK_SUMS];                      /* [n] of q, added to */
    double *col_sum[AK_SUMS]; /* [n] of k, or NULL: keys are no anchors; q == k: not read */
    void *kept;               /* see ak_engine_keep() */
    int64_t q_first, q_last;  /* q != k: the tiles of q that take part; 0, 0: all */
} ak_walk;

/* Of the pairs of one row. */
typedef struct ak_window_count {
    int64_t inside;       /* in the window */
    int64_t other_inside; /* of these, with a key of another label */
    int64_t other;        /* of all, with a key of another label */
} ak_window_count;

/* The windows of `difficult`: per row, order statistics of its similarities with all keys; where rows and
 * keys are the same set, with all but itself. */
typedef struct ak_pair_window {
    ak_pair_rows *rows, *keys;
    int64_t high_rank, low_rank; /* of the values in descending order */
    double *high, *low;          /* [n] receive the values, rounded to the engine's real */
    int64_t shift;               /* selected[i]: is low <= c < high for the pair (i, (i + shift) mod keys)? */
    bool *selected;              /* [n] */
    ak_window_count *count;      /* [n], or NULL */
    const int32_t *labels;       /* of rows and of keys, for count: [most of the two], or NULL */
    /* [rows' np/16][keys' np], or NULL: bit i of [r][k] says low <= c < high of row 16 r + i and key k. */
    uint16_t *flags;
    unsigned char *scratch; /* [threads][ak_window_bytes / threads] */
    size_t scratch_bytes;   /* of one thread */
} ak_pair_window;

enum {
    AK_WINDOW = 4 * AK_STRIP, /* rows whose similarities with all keys a thread holds at a time */
    AK_WINDOW_PAD = 16,       /* numbers between them: rows 2^k apart would share a set of the cache */
};

typedef struct ak_engine ak_engine;

/* What differs between float and double; engine_f32.c and engine_f64.c are both made from engine.inc. */
typedef struct ak_engine_ops {
    size_t real_bytes, worker_bytes;
    /* Fill the operands of rows first..last-1, a multiple of AK_PANEL. */
    void (*pack)(const ak_engine *e, ak_pair_rows *rows, int64_t first, int64_t last);
    /* Tiles q0..q1-1 by k0..k1-1 of a walk, tile = { q0, q1, k0, k1 }. */
    void (*task)(const ak_engine *e, const ak_walk *w, bool weigh, const int32_t tile[4], int worker);
    /* Of 16 rows and 64 keys that are exact: [16][AK_LDW] reals, the same bits as in ak_engine_window(). */
    void (*cosines)(const ak_engine *e, const ak_pair_rows *rows, const ak_pair_rows *keys, int64_t row,
                    int64_t key, void *out);
    /* One block of ak_engine_window(): AK_WINDOW rows. */
    void (*window)(const ak_engine *e, const ak_pair_window *window, int64_t block, int worker);
} ak_engine_ops;

struct ak_engine {
    const ak_engine_ops *ops;
    const ak_kernels_f32 *f32;
    const ak_bf16_kernels *bf16; /* NULL: float products, of rounded numbers when round_bf16 */
    bool round_bf16;             /* operands and weights are bfloat16 values */
    bool wide;                   /* rows are of doubles */
    bool both;                   /* queries are keys too, and keys queries (ring_whole.c) */
    bool sharp;                  /* similarities are float all the same: a small temperature needs them */
    akin_arena *arena;
    unsigned char *workers; /* [threads][worker_bytes] */
    int32_t (*tasks)[4];    /* room for the table of tasks */
};

enum { AK_ROWS_QUERY = 1, AK_ROWS_KEY = 2, AK_ROWS_GRAD = 4 };

/* For the views, the precision and the type of a batch; alpha: the largest factor of a similarity inside an
 * exponential (nats). */
akin_status ak_engine_open(ak_engine *e, const akin_loss_batch *batch, double alpha, akin_arena *arena,
                           akin_error *err);

/* Fill rows from parts, name, radius and clip, which the caller has set. uses: AK_ROWS_... The sentences
 * begin with who. AKIN_ERR_INPUT (zero row), AKIN_ERR_NUMERIC (not finite), AKIN_ERR_NOMEM. */
akin_status ak_pair_rows_prepare(const ak_engine *e, ak_pair_rows *rows, unsigned uses, const char *who,
                                 akin_error *err);

/* out[i] = z_i . z'_j, j = (i + shift) mod b->n, in double from the rows as given. */
void ak_pair_rows_dots(const ak_engine *e, const ak_pair_rows *a, const ak_pair_rows *b, int64_t shift,
                       double *out);

/* Row i as given. */
ak_numbers ak_pair_rows_at(const ak_pair_rows *rows, int64_t i);

/* x_i . y_j of two rows as given, in double. */
double ak_pair_rows_dot(const ak_engine *e, const ak_pair_rows *a, int64_t i, const ak_pair_rows *b,
                        int64_t j);

/* Take what is left of the arena to keep the similarities that the reduction makes for the weighing, when
 * they fit: w->kept. The results are the same bits. */
void ak_engine_keep(const ak_engine *e, ak_walk *w);

void ak_engine_reduce(const ak_engine *e, ak_walk *w);
void ak_engine_weigh(const ak_engine *e, ak_walk *w);

/* Fill the window's arrays; its scratch is taken from the arena and given back. */
akin_status ak_engine_window(const ak_engine *e, ak_pair_window *window);
size_t ak_window_bytes(int64_t n, akin_precision precision); /* that scratch, for one thread */

/* Bytes of the flags of n rows and n keys; 0 where they would outweigh the rows, of d columns: they are
 * made anew then. */
size_t ak_flags_bytes(int64_t n, int64_t d);

/* out[part] row i = dL/dx_i, from dL/dz_i = scale dz_i + coef[i] z'_partner(i), partner(i) = (i + shift) mod
 * partner->n; coef may be NULL. A part whose out has no data is skipped. */
void ak_pair_rows_gradient(const ak_engine *e, const ak_pair_rows *rows, double scale, const double *coef,
                           const ak_pair_rows *partner, int64_t shift, const akin_mat out[2]);

/* sum_i z_i . dz_i: with S the similarities and dz made of dL/dS, the sum of S dL/dS over the pairs of each
 * row. */
double ak_pair_rows_along(const ak_engine *e, const ak_pair_rows *rows);

/* Bytes that the above take: a set of n rows; threads and tasks; similarities that are kept. 0 on
 * overflow. */
size_t ak_pair_rows_bytes(int64_t n, int64_t d, akin_precision precision);
size_t ak_engine_bytes(akin_precision precision);
size_t ak_kept_bytes(int64_t nq, int64_t nk, bool same, akin_precision precision);

#endif
