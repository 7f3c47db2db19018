/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/gemm.h - matrix products of floats, by oneDNN: the only ones in the library outside oneDNN's
 * primitives.
 *
 * Threads. One product is computed on the calling thread alone, wherever it is called from: spread over
 * threads, oneDNN cuts the sum of one product by their number. A large product is cut by its caller, into
 * tasks of ak_parallel_tasks() whose shapes do not depend on the number of threads; then neither does any
 * bit. */
#ifndef AK_KERNELS_GEMM_H
#define AK_KERNELS_GEMM_H

#include "base/base.h"

/* C [m,n] = op(A) op(B) + beta C, row-major, op(X) = X or its transpose, sums over k. lda, ldb, ldc: floats
 * from one stored row to the next. k >= 1. False where oneDNN has no memory, or is not here, which it says
 * in a line on stderr. */
bool ak_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
             const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

#endif /* AK_KERNELS_GEMM_H */
