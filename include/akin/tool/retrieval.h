/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/retrieval.h - how well rows find what belongs to them: documents to queries by judgments of
 * relevance, and similarities of pairs beside scores that people gave. docs/evaluation.md has the formulas.
 *
 * Intervals of 95 % are percentiles of 1,000 means, or correlations, of queries or pairs drawn anew with
 * replacement [Efron1993 sec.13.3], by the seed; NaN of fewer than two.
 */
#ifndef AKIN_TOOL_RETRIEVAL_H
#define AKIN_TOOL_RETRIEVAL_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AKIN_RETRIEVAL_MOST_AT = 8, AKIN_RETRIEVAL_MOST = 56 };

typedef enum akin_similarity_kind {
    AKIN_BY_COSINE, /* 0 where a row is zero */
    AKIN_BY_DOT,
    AKIN_BY_EUCLIDEAN, /* minus the distance */
    AKIN_BY_MANHATTAN  /* minus the sum of absolute differences */
} akin_similarity_kind;

/* Query i has the judgments start[i] .. start[i+1]-1. What is not judged is not relevant. */
typedef struct akin_judgments {
    uint32_t struct_size;
    const int64_t *start;    /* [queries+1] */
    const int32_t *document; /* row of the documents; -1 = one that is not among them */
    const double *grade;     /* > 0 = relevant */
} akin_judgments;

#define AKIN_JUDGMENTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_judgments)                                                                \
    }

/* Start from AKIN_RETRIEVAL_OPTS_INIT. */
typedef struct akin_retrieval_opts {
    uint32_t struct_size;
    int32_t similarity;                 /* AKIN_BY_COSINE or AKIN_BY_DOT */
    int32_t at[AKIN_RETRIEVAL_MOST_AT]; /* the k of the measures, ascending, 0 ends the list */
    uint64_t seed;
} akin_retrieval_opts;

#define AKIN_RETRIEVAL_OPTS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_retrieval_opts), .at = { 1, 3, 5, 10, 100 }                               \
    }

typedef struct akin_measure {
    char name[24]; /* "ndcg@10" */
    double value, ci95[2];
} akin_measure;

/* Start from AKIN_RETRIEVAL_RESULT_INIT. */
typedef struct akin_retrieval_result {
    uint32_t struct_size;
    const char *protocol; /* "retrieval-v1"; static */
    int64_t queries;      /* with a relevant document, of which the measures are means */
    int64_t left_out;     /* queries without one */
    int64_t zero_rows;    /* of queries and documents */
    int32_t count;        /* of measure */
    akin_measure measure[AKIN_RETRIEVAL_MOST];
    double seconds;
} akin_retrieval_result;

#define AKIN_RETRIEVAL_RESULT_INIT                                                                           \
    {                                                                                                        \
        .struct_size = sizeof(akin_retrieval_result)                                                         \
    }

/* For each k: accuracy, precision, recall, mrr, ndcg, map, as sentence-transformers' evaluator has them, and
 * graded-ndcg where grades differ. Of equal similarities the lower row comes first. each: [queries with a
 * relevant document, count] or NULL.
 *
 *   AKIN_ERR_ARGUMENT  a pointer is NULL, or a struct was not initialised
 *   AKIN_ERR_SHAPE     matrices of different widths, or without rows
 *   AKIN_ERR_RANGE     at, the similarity, or a judgment of a row that there is not
 *   AKIN_ERR_INPUT     a number is not finite; no query has a relevant document
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_retrieval(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                                    const akin_retrieval_opts *opts, double *each, akin_retrieval_result *out,
                                    akin_error *err);

/* Start from AKIN_PAIR_SCORES_INIT. */
typedef struct akin_pair_scores {
    uint32_t struct_size;
    const char *protocol; /* "similarity-v1"; static */
    int64_t pairs, zero_rows;
    /* by akin_similarity_kind; NaN where all scores, or all similarities, are equal */
    akin_measure spearman[4], pearson[4];
    double seconds;
} akin_pair_scores;

#define AKIN_PAIR_SCORES_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_pair_scores)                                                              \
    }

/* The correlation of the similarities of rows a_i and b_i with score_i, by value [Pearson1895] and by rank,
 * equal values at the mean of their ranks [Spearman1904]. a, b [n,d], score [n].
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_INPUT (not finite), AKIN_ERR_NOMEM */
AKIN_API akin_status akin_pair_scores_of(akin_cmat a, akin_cmat b, const double *score, uint64_t seed,
                                         akin_pair_scores *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_RETRIEVAL_H */
