/* SPDX-License-Identifier: Apache-2.0 */
/* nn/onednn.h - what differs between oneDNN 2.x and 3.x, behind one set of functions.
 *
 * Both versions compute the same things, mostly with the same calls. They differ in two things:
 *
 *                               2.x                                           3.x
 *     the layout of an array    a structure that anyone may copy and change   behind a pointer; only calls
 *                               read it
 *     what is to be computed    first a description, then a plan of it        the plan at once
 *
 * onednn2.c and onednn3.c hold the same functions. The version of oneDNN's header decides which of the two
 * files has contents. No other file of src/ knows the version. One more difference needs no code: 3.x has
 * no Winograd on x86. conv.c asks for it, as it does with 2.x on processors without AVX-512. */
#ifndef AK_NN_ONEDNN_H
#define AK_NN_ONEDNN_H

#include "kernels/onednn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an array lies in memory: its sizes, the type of its numbers, and their order. Whoever makes one
 * destroys it; within an encoder that is the device (nn.h). */
typedef struct ak_layout ak_layout;

/* Of 4 dimensions: images, channels, height, width; of weights out, in, height, width. */
dnnl_status_t ak_layout_create(const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                               ak_layout **out);
/* The first so many images, as they lie in the whole. */
dnnl_status_t ak_layout_slice(const ak_layout *whole, int64_t images, ak_layout **out);
/* What oneDNN has chosen, of a query such as dnnl_query_weights_md; of 0 bytes if there is no such array. */
dnnl_status_t ak_layout_chosen(const_dnnl_primitive_desc_t by, dnnl_query_t what, ak_layout **out);
void ak_layout_destroy(ak_layout *l);

int64_t ak_layout_dim(const ak_layout *l, int i);
size_t ak_layout_bytes(const ak_layout *l);
bool ak_layout_equal(const ak_layout *a, const ak_layout *b);

/* An array at data, of that layout; data may be DNNL_MEMORY_NONE. */
dnnl_status_t ak_onednn_memory(dnnl_engine_t engine, const ak_layout *l, void *data, dnnl_memory_t *out);

/* Plans of primitives. Height and width of a window, its steps, and the border around the input. */
typedef struct ak_pool_window {
    dnnl_dims_t size, stride, before, after;
} ak_pool_window;

/* kind: dnnl_forward_training, dnnl_backward_data or dnnl_backward_weights; the last two name their forward
 * plan. */
dnnl_status_t ak_onednn_convolution(dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
                                    const ak_layout *src, const ak_layout *weight, const ak_layout *dst,
                                    const ak_pool_window *window, const_dnnl_primitive_desc_t forward,
                                    const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out);
/* The largest of each window; kind: dnnl_forward_training or dnnl_backward. */
dnnl_status_t ak_onednn_pooling(dnnl_engine_t engine, dnnl_prop_kind_t kind, const ak_layout *src,
                                const ak_layout *dst, const ak_pool_window *window,
                                const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr,
                                dnnl_primitive_desc_t *out);
dnnl_status_t ak_onednn_reorder(dnnl_engine_t engine, const ak_layout *from, const ak_layout *to,
                                const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out);

#endif
