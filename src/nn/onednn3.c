/* SPDX-License-Identifier: Apache-2.0 */
/* nn/onednn3.c - nn/onednn.h for oneDNN 3.x, whose memory descriptors are the layouts themselves; empty with
 * any other. */
#include "nn/onednn.h"

#if DNNL_VERSION_MAJOR >= 3

static const dnnl_dims_t NO_GAPS = { 0 }; /* windows take their numbers side by side */

static const_dnnl_memory_desc_t desc_of(const ak_layout *l) { return (const_dnnl_memory_desc_t)l; }

/* A descriptor that was made goes out as a layout. */
static dnnl_status_t give(dnnl_status_t status, dnnl_memory_desc_t desc, ak_layout **out)
{
    if (!status) *out = (ak_layout *)desc;
    return status;
}

dnnl_status_t ak_layout_create(const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                               ak_layout **out)
{
    dnnl_memory_desc_t desc = NULL;
    const dnnl_status_t status = ak_onednn.dnnl_memory_desc_create_with_tag(&desc, 4, dims, type, tag);
    return give(status, desc, out);
}

dnnl_status_t ak_layout_slice(const ak_layout *whole, int64_t images, ak_layout **out)
{
    const dnnl_dims_t dims = { images, ak_layout_dim(whole, 1), ak_layout_dim(whole, 2),
                               ak_layout_dim(whole, 3) };
    const dnnl_dims_t first = { 0 };
    dnnl_memory_desc_t desc = NULL;
    const dnnl_status_t status =
        ak_onednn.dnnl_memory_desc_create_submemory(&desc, desc_of(whole), dims, first);
    return give(status, desc, out);
}

dnnl_status_t ak_layout_chosen(const_dnnl_primitive_desc_t by, dnnl_query_t what, ak_layout **out)
{
    dnnl_memory_desc_t desc = NULL;
    const_dnnl_memory_desc_t lent = ak_onednn.dnnl_primitive_desc_query_md(by, what, 0);
    const dnnl_status_t status = lent ? ak_onednn.dnnl_memory_desc_clone(&desc, lent)
                                      : ak_onednn.dnnl_memory_desc_create_with_tag(
                                            &desc, 0, NO_GAPS, dnnl_data_type_undef, dnnl_format_tag_undef);
    return give(status, desc, out);
}

void ak_layout_destroy(ak_layout *l) { ak_onednn.dnnl_memory_desc_destroy((dnnl_memory_desc_t)l); }

int64_t ak_layout_dim(const ak_layout *l, int i)
{
    const dnnl_dims_t *dims = NULL;
    return ak_onednn.dnnl_memory_desc_query(desc_of(l), dnnl_query_dims, &dims) ? 0 : (*dims)[i];
}

size_t ak_layout_bytes(const ak_layout *l) { return ak_onednn.dnnl_memory_desc_get_size(desc_of(l)); }

bool ak_layout_equal(const ak_layout *a, const ak_layout *b)
{
    return ak_onednn.dnnl_memory_desc_equal(desc_of(a), desc_of(b)) != 0;
}

dnnl_status_t ak_onednn_memory(dnnl_engine_t engine, const ak_layout *l, void *data, dnnl_memory_t *out)
{
    return ak_onednn.dnnl_memory_create(out, desc_of(l), engine, data);
}

dnnl_status_t ak_onednn_convolution(dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
                                    const ak_layout *src, const ak_layout *weight, const ak_layout *dst,
                                    const ak_pool_window *window, const_dnnl_primitive_desc_t forward,
                                    const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out)
{
    const_dnnl_memory_desc_t x = desc_of(src), w = desc_of(weight), y = desc_of(dst);
    if (kind == dnnl_backward_data)
        return ak_onednn.dnnl_convolution_backward_data_primitive_desc_create(
            out, engine, algorithm, x, w, y, window->stride, NO_GAPS, window->before, window->after, forward,
            attr);
    if (kind == dnnl_backward_weights)
        return ak_onednn.dnnl_convolution_backward_weights_primitive_desc_create(
            out, engine, algorithm, x, w, NULL, y, window->stride, NO_GAPS, window->before, window->after,
            forward, attr);
    return ak_onednn.dnnl_convolution_forward_primitive_desc_create(out, engine, kind, algorithm, x, w, NULL,
                                                                    y, window->stride, NO_GAPS,
                                                                    window->before, window->after, attr);
}

dnnl_status_t ak_onednn_pooling(dnnl_engine_t engine, dnnl_prop_kind_t kind, const ak_layout *src,
                                const ak_layout *dst, const ak_pool_window *window,
                                const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr,
                                dnnl_primitive_desc_t *out)
{
    const_dnnl_memory_desc_t x = desc_of(src), y = desc_of(dst);
    if (kind == dnnl_backward)
        return ak_onednn.dnnl_pooling_backward_primitive_desc_create(
            out, engine, dnnl_pooling_max, x, y, window->stride, window->size, NO_GAPS, window->before,
            window->after, forward, attr);
    return ak_onednn.dnnl_pooling_forward_primitive_desc_create(out, engine, kind, dnnl_pooling_max, x, y,
                                                                window->stride, window->size, NO_GAPS,
                                                                window->before, window->after, attr);
}

dnnl_status_t ak_onednn_reorder(dnnl_engine_t engine, const ak_layout *from, const ak_layout *to,
                                const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out)
{
    return ak_onednn.dnnl_reorder_primitive_desc_create(out, desc_of(from), engine, desc_of(to), engine,
                                                        attr);
}

#endif
