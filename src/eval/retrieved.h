/* SPDX-License-Identifier: Apache-2.0 */
/* eval/retrieved.h - what measures of retrieval and hard negatives share. */
#ifndef AK_EVAL_RETRIEVED_H
#define AK_EVAL_RETRIEVED_H

#include "akin/tool/retrieval.h"
#include "eval/eval.h"

/* Matrices, judgments (may be NULL, which is an error) and the similarity make sense. */
akin_status ak_retrieval_check(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                               int similarity, akin_error *err);
/* The lengths by which rows are divided, allocated: 1 for dot products. zeros counts rows of zeros. */
akin_status ak_retrieval_lengths(akin_cmat x, bool dot, const char *who, double **out, int64_t *zeros,
                                 akin_error *err);

#endif
