/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/gemm.c - see kernels/gemm.h. */
#include "kernels/gemm.h"
#include "kernels/onednn.h"

#include <stdio.h>

typedef struct product {
    char trans_a, trans_b;
    int64_t m, n, k, lda, ldb, ldc;
    const float *a, *b;
    float beta, *c;
    dnnl_status_t status;
} product;

static void multiply(int64_t task, int worker, void *ctx)
{
    product *p = ctx;
    (void)task, (void)worker;
    p->status = ak_onednn.dnnl_sgemm(p->trans_a, p->trans_b, p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb,
                                     p->beta, p->c, p->ldc);
}

bool ak_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
             const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    akin_error err;
    const akin_status status = ak_onednn_load(&err);
    if (status == AKIN_ERR_UNSUPPORTED)
        fprintf(stderr, "akin: %s\n", err.message); /* a broken installation */
    if (status) return false;
    product p = { .trans_a = trans_a ? 'T' : 'N',
                  .trans_b = trans_b ? 'T' : 'N',
                  .m = m,
                  .n = n,
                  .k = k,
                  .lda = lda,
                  .ldb = ldb,
                  .ldc = ldc,
                  .a = a,
                  .b = b,
                  .beta = beta,
                  .c = c };
    ak_parallel_tasks(1, multiply, &p); /* a task of its own: oneDNN stays on this thread */
    return p.status == dnnl_success;
}
