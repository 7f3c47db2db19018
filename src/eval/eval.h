/* SPDX-License-Identifier: Apache-2.0 */
/* eval/eval.h - what the protocols share: checked inputs, classes, ranks, matrix products. */
#ifndef AK_EVAL_EVAL_H
#define AK_EVAL_EVAL_H

#include "akin/eval.h"
#include "base/base.h"
#include "dist/dist.h"

#include <stdatomic.h>

/* Rows of a block of work. Blocks, not threads, decide the order of every sum. */
enum { AK_EVAL_BLOCK = 128 };

/* Groups of blocks whose sums are kept apart and added in order. */
enum { AK_EVAL_GROUPS = 32 };

/* The first of n rows that belongs to a group; a multiple of the block, or n. */
static inline int64_t ak_eval_group_begin(int64_t n, int64_t group)
{
    const int64_t blocks = (n + AK_EVAL_BLOCK - 1) / AK_EVAL_BLOCK;
    const int64_t row = blocks * group / AK_EVAL_GROUPS * AK_EVAL_BLOCK;
    return row < n ? row : n;
}

/* What a checked data set looks like to a protocol. Zeroed before the first use; close frees it. */
typedef struct ak_eval_job {
    akin_eval_opts opts;
    akin_eval_data data;
    akin_cmat train, test;             /* those of data */
    int32_t *train_class, *test_class; /* in 0..classes-1 */
    double *train_norm, *test_norm;    /* Euclidean lengths; 0 for rows of zeros */
    int64_t classes;
    float *right;  /* [test rows] for opts.correct; NULL = not wanted, or not by this protocol */
    int32_t *rank; /* [draws, test rows] for opts.ranks; likewise */
    double *parts; /* [AKIN_KWAY_MOST, part_count] for opts.parts; likewise */
    int64_t draws, part_count;
    double started_s;
    bool agreed;             /* all ranks know of an error */
    akin_eval_result result; /* filled as far as all protocols agree */
} ak_eval_job;

akin_status ak_eval_open(ak_eval_job *job, const char *protocol, const akin_eval_data *data,
                         const akin_eval_opts *opts, const akin_eval_result *out, akin_error *err);
static inline ak_comm *ak_eval_ranks(const ak_eval_job *job) { return job->opts.job; }
/* All ranks go on, or none: before they exchange, and once at the end. */
akin_status ak_eval_agree(ak_eval_job *job, akin_status mine, akin_error *err);
/* The first of n tasks that is a rank's; the last one's end is that of rank = their number. */
static inline int64_t ak_eval_first_task(const ak_eval_job *job, int64_t n, int rank)
{
    return n * rank / ak_comm_size(job->opts.job);
}
/* Of n things of so many bytes each, which ranks have in order, those of all. place(rank) is the first of a
 * rank. */
akin_status ak_eval_gather(ak_eval_job *job, void *all, size_t bytes, int64_t (*place)(int rank, void *ctx),
                           void *ctx, akin_error *err);
/* Fill in accuracies from hits (top1, top5) with the Wilson interval. */
void ak_eval_score(ak_eval_job *job, int64_t hits1, int64_t hits5);
/* Allocate ->right, if the caller wants it, and, with draws, ->rank. Protocols that fill them in call
 * this. */
akin_status ak_eval_want_rows(ak_eval_job *job, int64_t draws, akin_error *err);
/* Hand the result over, as much of it as the caller knows. ak_eval_open() has made sure of its size. */
void ak_eval_deliver(ak_eval_job *job, akin_eval_result *out);
void ak_eval_close(ak_eval_job *job);

/* Row lengths into norm[rows]; refuses what is not finite or longer than 1e30. who names the matrix. */
akin_status ak_eval_norms(akin_cmat x, double *norm, const char *who, akin_error *err);

/* What a whitening is made of: z = (x - mean) gain in double, rounded to float, then map z. All is
 * borrowed. */
typedef struct ak_whitening_parts {
    int64_t d;
    const double *mean, *gain; /* [d] */
    const float *map;          /* [d,d] */
} ak_whitening_parts;
ak_whitening_parts ak_whitening_parts_of(const akin_whitening *w);

/* How many classes come before class y when sorted by score, equal scores by class. The score of class c is
 * at score[c*stride]. A NaN comes before everything, so that it never counts as a hit. */
static inline int64_t ak_eval_rank(const float *score, int64_t stride, int64_t classes, int64_t y)
{
    const float mine = score[y * stride];
    int64_t rank = 0;
    for (int64_t c = 0; c < classes; c++) {
        const float s = score[c * stride];
        if (c != y && !(s < mine || (s == mine && c > y))) rank++;
    }
    return rank;
}

/* 95 % Wilson score interval of a proportion of n trials  [Wilson1927 eq.4]; [0,1] for n = 0. */
void ak_wilson95(double proportion, int64_t n, double interval[2]);

/* Student's t with df >= 1 degrees of freedom: the q with P(T > q) = tail, 0 < tail <= 1/2. Relative error
 * 1e-12 for tails down to 1e-15; and the two-sided 95 % point. */
double ak_student(int64_t df, double tail);
double ak_student95(int64_t df);
double ak_student_tail(int64_t df, double q); /* P(T > q), q >= 0 */

/* A mean over n repetitions of the same items, x [n,items]: its parts, and half the interval that leaves out
 * `tail` on each side (akin_crossed95_of() has the formula).  AKIN_ERR_RANGE, AKIN_ERR_INPUT,
 * AKIN_ERR_NOMEM. */
typedef struct ak_crossed {
    int64_t n, items;
    double mean, of_rows, of_items; /* squares of standard errors: of repetitions, of items */
} ak_crossed;

akin_status ak_crossed_of(const double *x, int64_t n, int64_t items, ak_crossed *out, akin_error *err);
double ak_crossed_half(const ak_crossed *c, double tail);

#endif
