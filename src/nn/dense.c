/* SPDX-License-Identifier: Apache-2.0 */
/* nn/dense.c - linear layers on matrices, y = x W^T, followed by batch norm or bias, and ReLU.
 *
 *     dW = dy^T x,   dx = dy W          W [out,in] row-major, as in files
 *
 * The products are oneDNN's sgemm, always float32, on SLICES slices of the rows of the result side by side: a
 * fixed number, so that the bits do not depend on the number of threads. A layer before a batch norm has no
 * bias, which the norm would cancel. Rows are stored at a multiple of AK_NN_PAD floats, so that the passes of
 * lanes.h apply; the padding stays zero. */
#include "kernels/gemm.h"
#include "nn/nn.h"

enum { SLICES = 16 };

akin_status ak_dense_build(ak_device *d, ak_dense *l, const float *x, int64_t batch, akin_error *err)
{
    l->x = x;
    l->norm.batch = l->batchnorm;
    l->norm.relu = l->relu;
    l->norm.frozen = l->frozen;
    AK_TRY(ak_norm_build(d, &l->norm, l->out, (int32_t)l->out_stride, 1, err));
    AK_TRY(ak_device_alloc(d, sizeof(float), l->out, l->in, &l->weight, err));
    AK_TRY(ak_device_alloc(d, sizeof(float), l->out, l->in, &l->grad, err));
    AK_TRY(ak_device_alloc(d, sizeof(float), batch, l->out_stride, &l->y, err));
    AK_TRY(ak_device_alloc(d, sizeof(float), batch, l->out_stride, &l->a, err));
    return ak_device_alloc(d, sizeof(float), batch, l->out_stride, &l->dout, err);
}

/* C [rows,cols] = op(A) op(B), in slices of rows. */
typedef struct product {
    char ta, tb;
    int64_t rows, cols, inner, lda, ldb, ldc, slices;
    const float *a, *b;
    float *c;
    bool done[SLICES];
} product;

static void multiply_slice(int64_t k, int worker, void *ctx)
{
    product *p = ctx;
    (void)worker;
    const int64_t begin = p->rows * k / p->slices, count = p->rows * (k + 1) / p->slices - begin;
    const float *a = p->a + begin * (p->ta == 'N' ? p->lda : 1);
    p->done[k] = ak_gemm(p->ta == 'T', p->tb == 'T', count, p->cols, p->inner, a, p->lda, p->b, p->ldb, 0,
                         p->c + begin * p->ldc, p->ldc);
}

static akin_status multiply(const ak_dense *l, product *p, akin_error *err)
{
    p->slices = p->rows < SLICES ? p->rows : SLICES;
    ak_parallel_tasks(p->slices, multiply_slice, p);
    for (int64_t k = 0; k < p->slices; k++)
        if (!p->done[k]) return ak_device_fail(err, dnnl_out_of_memory, l->name, l->what);
    return AKIN_OK;
}

akin_status ak_dense_forward(ak_device *d, ak_dense *l, int64_t rows, bool training, akin_error *err)
{
    const double start = ak_now_s();
    product y = { .ta = 'N',
                  .tb = 'T',
                  .rows = rows,
                  .cols = l->out,
                  .inner = l->in,
                  .a = l->x,
                  .lda = l->in_stride,
                  .b = l->weight,
                  .ldb = l->in,
                  .c = l->y,
                  .ldc = l->out_stride };
    AK_TRY(multiply(l, &y, err));
    const double middle = ak_now_s();
    ak_norm_forward(d, &l->norm, l->y, NULL, l->a, rows, training, 0);
    l->seconds[0] += middle - start;
    l->seconds[3] += ak_now_s() - middle;
    return AKIN_OK;
}

akin_status ak_dense_input(ak_dense *l, akin_mat din, akin_error *err)
{
    const double start = ak_now_s();
    product dx = { .ta = 'N',
                   .tb = 'N',
                   .rows = din.rows,
                   .cols = l->in,
                   .inner = l->out,
                   .a = l->dout,
                   .lda = l->out_stride,
                   .b = l->weight,
                   .ldb = l->in,
                   .c = din.data,
                   .ldc = din.stride };
    AK_TRY(multiply(l, &dx, err));
    l->seconds[1] += ak_now_s() - start;
    return AKIN_OK;
}

akin_status ak_dense_backward(ak_device *d, ak_dense *l, float *din, int64_t rows, akin_error *err)
{
    const double start = ak_now_s();
    ak_norm_backward(d, &l->norm, l->y, l->a, l->dout, NULL, l->dout, rows, 0);
    const double normed = ak_now_s();
    product dw = { .ta = 'T',
                   .tb = 'N',
                   .rows = l->out,
                   .cols = l->in,
                   .inner = rows,
                   .a = l->dout,
                   .lda = l->out_stride,
                   .b = l->x,
                   .ldb = l->in_stride,
                   .c = l->grad,
                   .ldc = l->in };
    if (!l->frozen) AK_TRY(multiply(l, &dw, err));
    const double weights = ak_now_s();
    l->seconds[4] += normed - start;
    l->seconds[2] += weights - normed;
    return din ? ak_dense_input(l, (akin_mat){ din, rows, l->in, l->in_stride }, err) : AKIN_OK;
}
