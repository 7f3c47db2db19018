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

/* Start from AKIN_NEGATIVES_OPTS_INIT. A candidate has the similarity s; s+ is the least of a relevant
 * document. */
typedef struct akin_negatives_opts {
    uint32_t struct_size;
    int32_t similarity; /* AKIN_BY_COSINE or AKIN_BY_DOT */
    int64_t negatives;  /* of a query, at least 1 */
    /* Of the candidates that are left, from which on, and up to which; max 0: range_min + negatives + the
     * most relevant documents of a query, and with a margin or max_score ten times as many negatives. */
    int64_t range_min, range_max;
    double absolute_margin;      /* s + margin <= s+; below 0: none */
    double relative_margin;      /* s <= s+ - margin |s+|; below 0: none */
    double max_score, min_score; /* min <= s <= max */
    int32_t random;              /* 1: drawn from the range; 0: the first of it */
    uint64_t seed;
    float *score; /* [queries, negatives] or NULL: receives the similarities; NaN where there are no more */
    float *positive; /* [queries] or NULL: receives s+; NaN where no document is relevant */
} akin_negatives_opts;

#define AKIN_NEGATIVES_OPTS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_negatives_opts), .negatives = 3, .absolute_margin = -1,                   \
        .relative_margin = -1, .max_score = 1e300, .min_score = -1e300                                       \
    }

/* Start from AKIN_NEGATIVES_RESULT_INIT. */
typedef struct akin_negatives_result {
    uint32_t struct_size;
    int64_t queries;   /* with a relevant document */
    int64_t range_max; /* that was taken */
    int64_t found;     /* negatives, and queries that have fewer than were asked for */
    int64_t short_of;
    int64_t by_absolute, by_relative, by_max,
        by_min; /* candidates that were left out, by the first that did */
} akin_negatives_result;

#define AKIN_NEGATIVES_RESULT_INIT                                                                           \
    {                                                                                                        \
        .struct_size = sizeof(akin_negatives_result)                                                         \
    }

/* Hard negatives: of the range_max + (most relevant documents of a query) documents nearest to a query, those
 * that are not relevant to it and keep to the limits; in their order, from range_min to range_max. As
 * mine_hard_negatives() of sentence-transformers has them [Moreira2024]. Memory O(queries x negatives +
 * threads x candidates).
 *
 * index [queries, negatives]: most similar first; -1 where there are no more.
 * Errors as akin_retrieval(); AKIN_ERR_RANGE also of numbers that contradict each other. */
AKIN_API akin_status akin_hard_negatives(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                                         const akin_negatives_opts *opts, int32_t *index,
                                         akin_negatives_result *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_RETRIEVAL_H */
