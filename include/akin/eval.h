/* SPDX-License-Identifier: Apache-2.0 */
/* akin/eval.h - how good features are: locked, versioned, deterministic protocols. docs/evaluation.md states
 * each of them exactly; a change that can move a number is a new version beside the old one.
 *
 * Shapes   [n,d] is n rows of d floats, labels are one whole number >= 0 for each row. Labels need not be
 *          consecutive: the C distinct labels of the training rows are the classes, in increasing order.
 * Units    Accuracies are fractions in [0,1]; similarities are cosines in [-1,1]. A row of zeros has no
 *          direction: its similarity to everything is 0.
 * Memory   Views borrow. Working memory is allocated and freed inside; nothing of size n_test x n_train.
 * Threads  Reentrant. The result depends on the inputs, the options and the instruction set, never on the
 *          number of threads, bit for bit.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Arora2019 sec.2] are resolved in docs/papers.md.
 *
 * Example, runs as it is
 *     const float train[] = { 1, 0, 1, .2f, 0, 1, .2f, 1 }, test[] = { 2, 1, 0, 3 }; // two columns
 *     const int32_t labels[] = { 0, 0, 1, 1 }, test_labels[] = { 0, 1 };
 *     akin_eval_data data = AKIN_EVAL_DATA_INIT;
 *     data.train = (akin_cmat){ train, 4, 2, 2 };
 *     data.train_labels = labels, data.train_count = 4;
 *     data.test = (akin_cmat){ test, 2, 2, 2 };
 *     data.test_labels = test_labels, data.test_count = 2;
 *     akin_eval_result result = AKIN_EVAL_RESULT_INIT;
 *     akin_error err;
 *     if (akin_eval_mean(&data, 0, NULL, &result, &err)) fprintf(stderr, "%s\n", err.message);
 *     printf("%s: %.2f, at least %.2f\n", result.protocol, result.top1, result.ci95[0]);
 */
#ifndef AKIN_EVAL_H
#define AKIN_EVAL_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the protocols fit on, and what they report on. Start from AKIN_EVAL_DATA_INIT; nothing has a
 * default. */
typedef struct akin_eval_data {
    uint32_t struct_size;
    akin_cmat train;             /* [n,d] features */
    const int32_t *train_labels; /* [train_count], each >= 0 */
    int64_t train_count;         /* must be n */
    akin_cmat test;              /* [m,d] */
    const int32_t *test_labels;  /* [test_count], each one that a training row has */
    int64_t test_count;          /* must be m */
} akin_eval_data;

#define AKIN_EVAL_DATA_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_eval_data)                                                                \
    }

enum { AKIN_KWAY_MOST = 8 }; /* values of k, and of R, that one kway result holds */

/* Start from AKIN_EVAL_OPTS_INIT. The defaults are the protocols; every result says what was used. */
typedef struct akin_eval_opts {
    uint32_t struct_size;
    int32_t k;              /* knn: neighbours that vote, >= 1; cut to n_train */
    double temperature;     /* knn: T > 0 of the vote weight exp(similarity/T) */
    uint64_t seed;          /* linear: the split; mean: the label draws */
    double lambda;          /* linear: strength of the penalty, > 0; 0 = picked, see akin_eval_linear() */
    double tolerance;       /* linear-v1: converged when no |dL/dw| exceeds it, > 0 */
    int32_t max_iterations; /* linear: L-BFGS iterations for each fit, but linear-v2's last; >= 1 */
    int32_t draws;          /* mean and kway with few labels: draws of labels, 2 to 1000 */
    int32_t tasks[AKIN_KWAY_MOST]; /* kway: the k of AVG-k, ascending from 2; 0 ends the list */
    int32_t tops[AKIN_KWAY_MOST];  /* kway: the R of TOP-R, ascending from 1; 0 ends the list */
    int32_t unit_rows; /* kway: 1 = means of rows of length 1, as mean-v1; 0 = of rows as they are */
    int32_t fit_tasks; /* kway, linear: tasks of each k to draw, each with its own layer; 0 = none */
    /* knn, linear, mean: receives, for each test row, 1 where the class predicted is right, else 0; with
     * label draws the share of draws. NULL = not wanted */
    float *correct;
    /* linear-v2: converged when the loss is proved to be above its minimum by no more than this share of the
     * minimum; 0 = 1e-3 */
    double relative_tolerance;
    int32_t relative_iterations; /* linear-v2: L-BFGS iterations of the last fit; 0 = 1000 */
    int32_t reserved;            /* 0 */
    /* mean, centroid, kway: receives how many classes come before the own one of each test row, [draws,m];
     * one draw with all labels. NULL = not wanted */
    int32_t *ranks;
    /* kway: receives what the interval of each AVG-k is made of: with all labels AVG-k without each class,
     * [AKIN_KWAY_MOST,C]; with few AVG-k of each draw, [AKIN_KWAY_MOST,draws]. Rows of tasks that are not
     * asked for, of k > C, and with all labels of k = C are NaN. NULL = not wanted */
    double *parts;
    /* Not NULL: an akin_ranks (akin/tool/ranks.h). Every rank calls with the same data and options, they
     * share the work, and each has the whole result, with the bits of one process. knn: the test rows; linear
     * and kway of its layer: the sums of the gradient; fit_tasks: the tasks; the rest each does for itself.
     * An error of one rank is that of all. */
    void *job;
} akin_eval_opts;

#define AKIN_EVAL_OPTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_eval_opts), .k = 10, .temperature = 0.07, .tolerance = 1e-4,              \
        .max_iterations = 200, .draws = 10, .tasks = { 2, 10 }, .tops = { 1, 5, 10 },                        \
        .relative_tolerance = 1e-3, .relative_iterations = 1000                                              \
    }

/* One accuracy of kway, AVG-k or TOP-R. Frozen: it stands in arrays in akin_eval_result. */
typedef struct akin_kway_score {
    int32_t size;   /* k, or R; 0 ends a list */
    double value;   /* NaN where it says nothing: k > C, R >= C */
    double ci95[2]; /* NaN where there is none */
} akin_kway_score;

/* One row of eval.json. Start from AKIN_EVAL_RESULT_INIT: struct_size tells the library how much the caller
 * knows. Fields of other protocols keep the initialiser's 0. */
typedef struct akin_eval_result {
    uint32_t struct_size;
    int32_t labels_per_class; /* mean: 0 = all */
    const char *protocol;     /* "knn-v1"; static */
    double top1;
    double top5; /* NaN with fewer than six classes, where it says nothing */
    /* of top1: Wilson score interval over test rows [Wilson1927]; with label draws: Student's t interval of
     * the mean over draws [Student1908], cut to [0,1] */
    double ci95[2];
    int64_t n, reference, features, classes; /* test rows, training rows, columns, C */
    int64_t zero_rows;                       /* rows of zeros among both */
    double seconds;
    int32_t k;          /* knn: as used, min(k, n_train) */
    double temperature; /* knn */
    double lambda;      /* linear: as used */
    double validation;  /* linear: top1 on the held-out training rows at lambda; NaN if none were held out */
    double loss;        /* linear: mean cross-entropy on the training rows plus penalty, nats */
    double gradient;    /* linear: greatest |dL/dw| at the end */
    int32_t iterations; /* linear: of the last fit */
    bool converged;     /* linear-v1: gradient <= tolerance; linear-v2: excess <= relative_tolerance */
    int32_t draws;      /* mean with few labels */
    double standard_error;  /* mean with few labels: of the mean over draws */
    uint64_t seed;          /* linear, mean with few labels */
    const char *classifier; /* kway: "mean", "centroid", "linear"; static */
    akin_kway_score avg[AKIN_KWAY_MOST], top[AKIN_KWAY_MOST]; /* kway */
    double avg2_pooled; /* kway: AVG-2 with the two classes of a pair weighed by their test rows */
    int32_t unit_rows;  /* kway: as used */
    int32_t fit_tasks;  /* kway, linear: as used */
    akin_kway_score fitted[AKIN_KWAY_MOST]; /* kway, linear: AVG-k over tasks with layers of their own */
    double excess; /* linear: (loss - minimum) / minimum is at most this; infinite where nothing is proved */
    int32_t lambda_edge; /* linear: 1 = the strongest lambda tried was picked, -1 = the weakest */
    int32_t reserved;
} akin_eval_result;

#define AKIN_EVAL_RESULT_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_eval_result)                                                              \
    }

/* All functions below return AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  a required pointer is NULL, a struct was not initialised, or opts is from the future
 *   AKIN_ERR_SHAPE     a view is empty, widths differ, or labels and rows differ in number
 *   AKIN_ERR_RANGE     an option is out of its range
 *   AKIN_ERR_INPUT     a NaN, an infinity or a row longer than 1e30 (row and column named), a negative label,
 *                      a test label that no training row has, or one class only
 *   AKIN_ERR_NUMERIC   linear: the fit left the finite numbers
 *   AKIN_ERR_NOMEM */

/* knn-v1: weighted vote of the k training rows with the greatest cosine similarity  [Wu2018 sec.3.4].
 *
 *     score_c = sum over the k nearest j with y_j = c of exp(s_j / T)
 *
 * Exact. Equal similarities go to the lower row, equal scores to the lower class; a class without a vote is
 * never a hit. */
AKIN_API akin_status akin_eval_knn(const akin_eval_data *data, const akin_eval_opts *opts,
                                   akin_eval_result *result, akin_error *err);

/* linear-v1: multinomial logistic regression on standardised features, the minimum L* of
 *
 *     L(W, b) = 1/n sum_i ( log sum_c exp(z_ic) - z_i,y_i ) + lambda/2 |W|^2,   z_i = W x_i + b
 *
 * x = (feature - mean) / standard deviation over the training rows, constant columns left out; lambda is
 * picked from 1e-1, 1e-2, 1e-3, 1e-4 and 1e-5 by top1 on a fifth of each class held out, then a fit on all
 * rows. A fit has converged when no entry of the gradient exceeds tolerance. With few rows that may be far
 * above the minimum. */
AKIN_API akin_status akin_eval_linear(const akin_eval_data *data, const akin_eval_opts *opts,
                                      akin_eval_result *result, akin_error *err);

/* linear-v2: the same, but a fit has converged when L - L* <= relative_tolerance L*, by the duality gap
 *
 *     L - L* <= |dL/dW|^2 / (2 lambda) + sum_c |dL/db_c|
 *
 * whose second term holds while each intercept is within 1 of its best. */
AKIN_API akin_status akin_eval_linear_v2(const akin_eval_data *data, const akin_eval_opts *opts,
                                         akin_eval_result *result, akin_error *err);

/* mean-v1: the mean classifier  [Arora2019 sec.2].
 *
 *     predict argmax_c <mu_c, x>,   mu_c = mean of the unit-length training rows of class c
 *
 * No bias, and mu_c keeps its length. labels_per_class = 0 takes all rows; m > 0 takes m rows of each class,
 * drawn without replacement (all of a smaller class), opts->draws times, and reports the means over draws. */
AKIN_API akin_status akin_eval_mean(const akin_eval_data *data, int32_t labels_per_class,
                                    const akin_eval_opts *opts, akin_eval_result *result, akin_error *err);

/* centroid-v1: the nearest centroid  [Manning2008 sec.14.2].
 *
 *     predict argmin_c |x - mu_c|,   mu_c = mean of the training rows of class c, as they are
 *
 * labels_per_class as in akin_eval_mean(), with the same draws. */
AKIN_API akin_status akin_eval_centroid(const akin_eval_data *data, int32_t labels_per_class,
                                        const akin_eval_opts *opts, akin_eval_result *result,
                                        akin_error *err);

typedef enum akin_classifier {
    AKIN_CLASSIFIER_MEAN,     /* <mu_c, x>, mu_c the mean of training rows of class c */
    AKIN_CLASSIFIER_LINEAR,   /* <w_c, x> + b_c, trained as linear-v1 says */
    AKIN_CLASSIFIER_CENTROID, /* -|x - mu_c|^2 */
} akin_classifier;

/* kway-v1: the evaluation of contrastive learning on latent classes  [Arora2019 sec.8]. One score for each
 * class; with r the number of other classes whose score is greater than that of a test row's own (equal
 * scores: the lower class is first),
 *
 *     TOP-R  share of the test rows with r < R
 *     AVG-k  accuracy on the task of telling apart k classes, averaged over all tasks of k of the C classes,
 *            and in a task over its classes, each weighing the same:
 *                mean over classes c of the mean over test rows of c of binom(C-1-r, k-1) / binom(C-1, k-1)
 *
 * The last is exact: among the tasks that hold c, k - 1 others are drawn without replacement, and the row is
 * right when none of the r is among them. The linear layer is trained once, on all classes, and its scores
 * are restricted to a task. Classes without a test row are rivals only.
 *
 * result->avg and ->top hold opts->tasks and ->tops; top1, top5 and ci95 are filled in as in mean-v1.
 *
 * Intervals: AVG-k by the jackknife over classes, left out as truth and as rival [Arvesen1969], with
 * Student's t of C - 1 degrees of freedom: it covers the choice of classes, their test rows with them; none
 * for k = C. TOP-R by Wilson over test rows. With few labels a class both are Student's t over draws. All are
 * cut to [0,1].
 *
 * avg2_pooled is AVG-2 with accuracy in a pair counted over its test rows, n_c + n_c' of them; the same as
 * AVG-2 when all classes have equally many.
 *
 * With opts->fit_tasks > 0 the linear layer is also trained anew for tasks that are drawn, that many of each
 * k among the classes with test rows: result->fitted is the mean of their accuracies, each class weighing the
 * same, with Student's t interval over tasks. Each task is a data set of its own, split, standardised and
 * fitted as linear-v1 says.
 *
 * labels_per_class as in akin_eval_mean(); 0 for the linear layer, else AKIN_ERR_RANGE. */
AKIN_API akin_status akin_eval_kway(const akin_eval_data *data, akin_classifier classifier,
                                    int32_t labels_per_class, const akin_eval_opts *opts,
                                    akin_eval_result *result, akin_error *err);

/* The k reference rows nearest to each query row by cosine, nearest first, equal ones in order of index.
 * index and similarity are [n,k]; either may be NULL.  AKIN_ERR_RANGE unless 1 <= k <= reference.rows. */
AKIN_API akin_status akin_eval_neighbours(akin_cmat query, akin_cmat reference, int64_t k, int32_t *index,
                                          float *similarity, akin_error *err);

/* Whitening: a linear map after which the columns of the reference rows are uncorrelated and of unit variance
 *
 *     x' = L^-1 (x - mean),   L L' = C + shrinkage * trace(C)/d * I
 *
 * with mean and covariance C = 1/n sum (x - mean)(x - mean)' of the reference rows: no labels, and no rows
 * but those. L is the Cholesky factor [Kessy2018]; every other whitening of the same C is this one times a
 * rotation, which cosines and inner products, hence knn-v1 and mean-v1, do not see. As [Jegou2012] does
 * before retrieval, it lets each direction of the features speak equally loud, not as loud as its
 * variance. */
typedef struct akin_whitening akin_whitening;

/* Start from AKIN_WHITEN_OPTS_INIT. */
typedef struct akin_whiten_opts {
    uint32_t struct_size;
    double shrinkage; /* in [0,1]; keeps directions of almost no variance from being blown up */
    /* In (0,1]. 1: as above. Less: L L' = (C + shrinkage * trace(C)/d * I)^power, so that a direction of
     * variance v has about v^(1 - power) left: 0.5 is halfway between rows as they are and whitened ones. */
    double power;
} akin_whiten_opts;

#define AKIN_WHITEN_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_whiten_opts), .shrinkage = 1e-2, .power = 1                               \
    }

/* Fit to the reference rows [n,d]; fewer rows than columns are fine. A column that is constant there -
 * deviation at most 1e-7 of its mean's size, or 1e-36 - is 0 afterwards, in all rows. Directions with less
 * than 1e-6 of the average variance are below the resolution of float32: they are scaled as if they had that
 * much. The caller frees *out.
 *
 *   AKIN_ERR_ARGUMENT, _SHAPE, _RANGE, _INPUT, _NOMEM as above */
AKIN_API akin_status akin_whitening_fit(akin_cmat reference, const akin_whiten_opts *opts,
                                        akin_whitening **out, akin_error *err);

/* Rows of `in` [m,d] into `out` [m,d], which may be the same memory but not overlap otherwise.
 *
 *   AKIN_ERR_ARGUMENT  w is NULL
 *   AKIN_ERR_SHAPE     shapes differ from each other, or the width from the reference's
 *   AKIN_ERR_INPUT     a NaN, an infinity, or a row longer than 1e25 average deviations of the reference
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_whitening_apply(const akin_whitening *w, akin_cmat in, akin_mat out,
                                          akin_error *err);

AKIN_API double akin_whitening_shrinkage(const akin_whitening *w); /* as used */
AKIN_API void akin_whitening_free(akin_whitening *w);              /* takes NULL */

/* One row of the table of protocols: one result each, in the order of printing. Owned by the library; read
 * through pointers only. */
typedef struct akin_protocol {
    const char *name;           /* "knn-v1" */
    const char *option;         /* as in --protocol linear,knn,mean; two rows may share it */
    int32_t labels_per_class;   /* 0 = all */
    const char *paper;          /* tag in docs/papers.md */
    const char *line;           /* one line of help */
    akin_classifier classifier; /* kway */
} akin_protocol;

AKIN_API const akin_protocol *akin_protocol_at(int i); /* NULL after the last */
AKIN_API akin_status akin_eval_run(const akin_protocol *protocol, const akin_eval_data *data,
                                   const akin_eval_opts *opts, akin_eval_result *result, akin_error *err);

/* By class ----------------------------------------------------------------------------------------------- */

/* Accuracy of one class, of a group of classes, or of all. Owned by the library, freed with its report; read
 * through pointers only. */
typedef struct akin_class_score {
    const char *name; /* groups: "many", "medium", "few"; macro: "macro"; a class: NULL. Static */
    int32_t label;    /* a class: its label; else 0 */
    int64_t classes;  /* that have test rows: 1 or 0 for a class */
    int64_t train, n; /* training and test rows */
    double top1;      /* mean over its classes of their accuracies; NaN without test rows */
    /* over test rows: of a class Wilson's [Wilson1927], of several those joined [Zou2008]; or NaN */
    double ci95[2];
} akin_class_score;

typedef struct akin_class_report akin_class_report;

/* Start from AKIN_CLASS_OPTS_INIT. */
typedef struct akin_class_opts {
    uint32_t struct_size;
    int64_t many, few; /* many: more training rows than this; few: fewer than that; 0 <= few <= many + 1 */
} akin_class_opts;

#define AKIN_CLASS_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_class_opts), .many = 100, .few = 20                                       \
    }

/* Accuracy by class, over groups of classes by their training rows, and over all classes alike  [Liu2019],
 * from what a protocol wrote into opts->correct. Of data only labels and their numbers are read. The mean of
 * a class is a_c, its interval [l_c, u_c]; of C of them
 *
 *     a = 1/C sum a_c,   a - 1/C sqrt(sum (a_c - l_c)^2)   to   a + 1/C sqrt(sum (u_c - a_c)^2)
 *
 * Intervals cover the choice of test rows only; where correct holds shares of draws they are on the wide
 * side. The caller frees *out.  AKIN_ERR_ARGUMENT, _SHAPE (no label of a split), _RANGE, AKIN_ERR_INPUT (a
 * test label that no training row has; a share outside [0,1]), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_eval_classes(const akin_eval_data *data, const float *correct,
                                       const akin_class_opts *opts, akin_class_report **out, akin_error *err);
AKIN_API void akin_class_report_free(akin_class_report *report); /* takes NULL */

/* Classes by label, NULL after the last; the groups "many", "medium" and "few", NULL after the last; all
 * classes alike, which is the balanced accuracy. */
AKIN_API const akin_class_score *akin_class_report_at(const akin_class_report *report, int64_t i);
AKIN_API const akin_class_score *akin_class_report_group_at(const akin_class_report *report, int i);
AKIN_API const akin_class_score *akin_class_report_macro(const akin_class_report *report);
/* Training rows of the largest class over those of the smallest. */
AKIN_API double akin_class_report_imbalance(const akin_class_report *report);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_EVAL_H */
