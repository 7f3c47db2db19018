/* SPDX-License-Identifier: Apache-2.0 */
/* nn/onednn2.c - nn/onednn.h for oneDNN 2.x; empty with any other. */
#include "nn/onednn.h"

#if DNNL_VERSION_MAJOR == 2

#include <stdlib.h>

struct ak_layout {
    dnnl_memory_desc_t desc;
};

/* A copy of desc of its own. */
static dnnl_status_t keep(const dnnl_memory_desc_t *desc, ak_layout **out)
{
    *out = malloc(sizeof **out);
    if (!*out) return dnnl_out_of_memory;
    (*out)->desc = *desc;
    return dnnl_success;
}

dnnl_status_t ak_layout_create(const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag,
                               ak_layout **out)
{
    dnnl_memory_desc_t desc;
    const dnnl_status_t status = ak_onednn.dnnl_memory_desc_init_by_tag(&desc, 4, dims, type, tag);
    return status ? status : keep(&desc, out);
}

dnnl_status_t ak_layout_slice(const ak_layout *whole, int64_t images, ak_layout **out)
{
    dnnl_memory_desc_t desc = whole->desc;
    desc.dims[0] = desc.padded_dims[0] = images; /* the outermost dimension of every layout */
    return keep(&desc, out);
}

dnnl_status_t ak_layout_chosen(const_dnnl_primitive_desc_t by, dnnl_query_t what, ak_layout **out)
{
    const dnnl_memory_desc_t none = { .ndims = 0 };
    const dnnl_memory_desc_t *desc = ak_onednn.dnnl_primitive_desc_query_md(by, what, 0);
    return keep(desc ? desc : &none, out);
}

void ak_layout_destroy(ak_layout *l) { free(l); }

int64_t ak_layout_dim(const ak_layout *l, int i) { return l->desc.dims[i]; }

size_t ak_layout_bytes(const ak_layout *l) { return ak_onednn.dnnl_memory_desc_get_size(&l->desc); }

bool ak_layout_equal(const ak_layout *a, const ak_layout *b)
{
    return ak_onednn.dnnl_memory_desc_equal(&a->desc, &b->desc) != 0;
}

dnnl_status_t ak_onednn_memory(dnnl_engine_t engine, const ak_layout *l, void *data, dnnl_memory_t *out)
{
    return ak_onednn.dnnl_memory_create(out, &l->desc, engine, data);
}

dnnl_status_t ak_onednn_convolution(dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
                                    const ak_layout *src, const ak_layout *weight, const ak_layout *dst,
                                    const ak_pool_window *window, const_dnnl_primitive_desc_t forward,
                                    const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out)
{
    dnnl_convolution_desc_t c;
    dnnl_status_t status;
    if (kind == dnnl_backward_data)
        status = ak_onednn.dnnl_convolution_backward_data_desc_init(&c, algorithm, &src->desc, &weight->desc,
                                                                    &dst->desc, window->stride,
                                                                    window->before, window->after);
    else if (kind == dnnl_backward_weights)
        status = ak_onednn.dnnl_convolution_backward_weights_desc_init(
            &c, algorithm, &src->desc, &weight->desc, NULL, &dst->desc, window->stride, window->before,
            window->after);
    else
        status = ak_onednn.dnnl_convolution_forward_desc_init(&c, kind, algorithm, &src->desc, &weight->desc,
                                                              NULL, &dst->desc, window->stride,
                                                              window->before, window->after);
    return status ? status : ak_onednn.dnnl_primitive_desc_create(out, &c, attr, engine, forward);
}

dnnl_status_t ak_onednn_pooling(dnnl_engine_t engine, dnnl_prop_kind_t kind, const ak_layout *src,
                                const ak_layout *dst, const ak_pool_window *window,
                                const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr,
                                dnnl_primitive_desc_t *out)
{
    dnnl_pooling_desc_t p;
    const dnnl_status_t status =
        kind == dnnl_backward
            ? ak_onednn.dnnl_pooling_backward_desc_init(&p, dnnl_pooling_max, &src->desc, &dst->desc,
                                                        window->stride, window->size, window->before,
                                                        window->after)
            : ak_onednn.dnnl_pooling_forward_desc_init(&p, kind, dnnl_pooling_max, &src->desc, &dst->desc,
                                                       window->stride, window->size, window->before,
                                                       window->after);
    return status ? status : ak_onednn.dnnl_primitive_desc_create(out, &p, attr, engine, forward);
}

dnnl_status_t ak_onednn_reorder(dnnl_engine_t engine, const ak_layout *from, const ak_layout *to,
                                const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *out)
{
    return ak_onednn.dnnl_reorder_primitive_desc_create(out, &from->desc, engine, &to->desc, engine, attr);
}

#endif
