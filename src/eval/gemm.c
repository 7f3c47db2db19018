/* SPDX-License-Identifier: Apache-2.0 */
/* eval/gemm.c - matrix products of the protocols, by oneDNN.
 *
 * Threads. Tasks of akin_parallel_tasks() call this with shapes that do not depend on the number of threads;
 * inside a task oneDNN works on the calling thread alone. So the same additions happen in the same order. */
#include "eval/eval.h"

#include <dnnl.h>

void akin_eval_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                    const float *b, int64_t ldb, float beta, float *c, int64_t ldc, atomic_bool *failed)
{
    if (dnnl_sgemm(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', m, n, k, 1, a, lda, b, ldb, beta, c, ldc) !=
        dnnl_success)
        atomic_store(failed, true);
}
