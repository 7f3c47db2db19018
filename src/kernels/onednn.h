/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/onednn.h - oneDNN, loaded by the first product of matrices or encoder (base/late.h).
 *
 * It is large: a verb that calculates nothing starts 2 ms sooner without it in Debian 12, 7 ms in Debian 13.
 * Every call of it goes through ak_onednn. */
#ifndef AK_KERNELS_ONEDNN_H
#define AK_KERNELS_ONEDNN_H

#include "base/late.h"

#include <dnnl.h>
#include <dnnl_debug.h>

/* What is used of both versions, then of the one that akin is built with (nn/onednn.h: how they differ). */
#define AK_ONEDNN_BOTH(X)                                                                                    \
    X(dnnl_engine_create)                                                                                    \
    X(dnnl_engine_destroy)                                                                                   \
    X(dnnl_memory_create)                                                                                    \
    X(dnnl_memory_desc_equal)                                                                                \
    X(dnnl_memory_desc_get_size)                                                                             \
    X(dnnl_memory_destroy)                                                                                   \
    X(dnnl_memory_set_data_handle)                                                                           \
    X(dnnl_primitive_attr_create)                                                                            \
    X(dnnl_primitive_attr_destroy)                                                                           \
    X(dnnl_primitive_attr_set_scratchpad_mode)                                                               \
    X(dnnl_primitive_create)                                                                                 \
    X(dnnl_primitive_desc_destroy)                                                                           \
    X(dnnl_primitive_desc_query)                                                                             \
    X(dnnl_primitive_desc_query_md)                                                                          \
    X(dnnl_primitive_destroy)                                                                                \
    X(dnnl_primitive_execute)                                                                                \
    X(dnnl_primitive_get_primitive_desc)                                                                     \
    X(dnnl_reorder_primitive_desc_create)                                                                    \
    X(dnnl_set_max_cpu_isa)                                                                                  \
    X(dnnl_sgemm)                                                                                            \
    X(dnnl_status2str)                                                                                       \
    X(dnnl_stream_create)                                                                                    \
    X(dnnl_stream_destroy)                                                                                   \
    X(dnnl_stream_wait)
#if DNNL_VERSION_MAJOR == 2
#define AK_ONEDNN_FUNCTIONS(X)                                                                               \
    AK_ONEDNN_BOTH(X)                                                                                        \
    X(dnnl_convolution_backward_data_desc_init)                                                              \
    X(dnnl_convolution_backward_weights_desc_init)                                                           \
    X(dnnl_convolution_forward_desc_init)                                                                    \
    X(dnnl_memory_desc_init_by_tag)                                                                          \
    X(dnnl_pooling_backward_desc_init)                                                                       \
    X(dnnl_pooling_forward_desc_init)                                                                        \
    X(dnnl_primitive_desc_create)
#else
#define AK_ONEDNN_FUNCTIONS(X)                                                                               \
    AK_ONEDNN_BOTH(X)                                                                                        \
    X(dnnl_convolution_backward_data_primitive_desc_create)                                                  \
    X(dnnl_convolution_backward_weights_primitive_desc_create)                                               \
    X(dnnl_convolution_forward_primitive_desc_create)                                                        \
    X(dnnl_memory_desc_clone)                                                                                \
    X(dnnl_memory_desc_create_submemory)                                                                     \
    X(dnnl_memory_desc_create_with_tag)                                                                      \
    X(dnnl_memory_desc_destroy)                                                                              \
    X(dnnl_memory_desc_query)                                                                                \
    X(dnnl_pooling_backward_primitive_desc_create)                                                           \
    X(dnnl_pooling_forward_primitive_desc_create)
#endif

extern struct ak_onednn {
    AK_LATE_POINTERS(AK_ONEDNN_FUNCTIONS)
} ak_onednn;

/* Before any call. The instruction set of AKIN_ISA is the most that oneDNN uses from then on.
 * AKIN_ERR_UNSUPPORTED (it is not here), AKIN_ERR_NOMEM */
akin_status ak_onednn_load(akin_error *err);

#endif
