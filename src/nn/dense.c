/* SPDX-License-Identifier: Apache-2.0 */
/* nn/dense.c - linear layers on matrices, y = x W^T, followed by batch norm or bias, and ReLU.
 *
 *     dW = dy^T x,   dx = dy W          W [out,in] row-major, as in files
 *
 * The products are oneDNN's sgemm, always float32. A layer before a batch norm has no bias, which the norm
 * would cancel. Rows are stored at a multiple of AKIN_NN_PAD floats, so that the passes of lanes.h apply; the
 * padding stays zero. */
#include "nn/nn.h"

akin_status akin_dense_build(akin_device *d, akin_dense *l, const float *x, int64_t batch, akin_error *err)
{
    l->x = x;
    l->norm.batch = l->batchnorm;
    l->norm.relu = l->relu;
    AKIN_TRY(akin_norm_build(d, &l->norm, l->out, (int32_t)l->out_stride, 1, err));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), l->out, l->in, &l->weight, err));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), l->out, l->in, &l->grad, err));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), batch, l->out_stride, &l->y, err));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), batch, l->out_stride, &l->a, err));
    return akin_device_alloc(d, sizeof(float), batch, l->out_stride, &l->dout, err);
}

akin_status akin_dense_forward(akin_device *d, akin_dense *l, int64_t rows, bool training, akin_error *err)
{
    const double start = akin_now_s();
    const dnnl_status_t status = dnnl_sgemm('N', 'T', rows, l->out, l->in, 1, l->x, l->in_stride, l->weight,
                                            l->in, 0, l->y, l->out_stride);
    if (status) return akin_device_fail(err, status, l->name, l->what);
    const double middle = akin_now_s();
    akin_norm_forward(d, &l->norm, l->y, NULL, l->a, rows, training, 0);
    l->seconds[0] += middle - start;
    l->seconds[3] += akin_now_s() - middle;
    return AKIN_OK;
}

akin_status akin_dense_backward(akin_device *d, akin_dense *l, float *din, int64_t rows, akin_error *err)
{
    const double start = akin_now_s();
    akin_norm_backward(d, &l->norm, l->y, l->a, l->dout, NULL, l->dout, rows, 0);
    const double normed = akin_now_s();
    dnnl_status_t status = dnnl_sgemm('T', 'N', l->out, l->in, rows, 1, l->dout, l->out_stride, l->x,
                                      l->in_stride, 0, l->grad, l->in);
    const double weights = akin_now_s();
    if (!status && din)
        status = dnnl_sgemm('N', 'N', rows, l->in, l->out, 1, l->dout, l->out_stride, l->weight, l->in, 0,
                            din, l->in_stride);
    if (status) return akin_device_fail(err, status, l->name, l->what);
    l->seconds[4] += normed - start;
    l->seconds[2] += weights - normed;
    l->seconds[1] += akin_now_s() - weights;
    return AKIN_OK;
}
