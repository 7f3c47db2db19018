/* SPDX-License-Identifier: Apache-2.0 */
/* nn/device.c - oneDNN's engine and stream, and the list of everything an encoder owns.
 *
 * Primitives take their scratch memory from us (scratchpad mode "user"), and since the layers run one after the
 * other they share it: one block for each part of the batch that may be under way. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "kernels/gemm.h"
#include "nn/nn.h"

#include <dnnl_debug.h>
#include <string.h>
#include <sys/mman.h>

enum { OWNS_BLOCK, OWNS_PAGES, OWNS_LAYOUT, OWNS_MEMORY, OWNS_PRIMITIVE };
enum { LARGE_BLOCK = 2 << 20 };

akin_status akin_device_fail(akin_error *err, dnnl_status_t status, const char *layer, const char *what)
{
    if (status == dnnl_out_of_memory)
        return akin_fail(err, AKIN_ERR_NOMEM, "encoder: %s: %s: oneDNN is out of memory", layer, what);
    return akin_fail(err, status == dnnl_unimplemented ? AKIN_ERR_UNSUPPORTED : AKIN_ERR_INTERNAL,
                     "encoder: %s: %s: oneDNN says '%s'", layer, what, dnnl_status2str(status));
}

static void choose_kernels(akin_device *d)
{
    static const struct {
        const char *isa;
        const akin_lanes *lanes;
        const akin_winograd_kernels *winograd;
    } ROWS[] = {
        { "avx512bf16", &akin_lanes_avx512, &akin_winograd_avx512 },
        { "avx512", &akin_lanes_avx512, &akin_winograd_avx512 },
        { "avx2", &akin_lanes_avx2, &akin_winograd_avx2 },
        { "ref", &akin_lanes_ref, &akin_winograd_ref },
    };
    const char *isa = akin_isa();
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(ROWS[i].isa, isa) == 0) {
            d->lanes = ROWS[i].lanes;
            d->winograd = ROWS[i].winograd;
        }
}

akin_status akin_device_open(akin_device *d, int32_t precision, akin_error *err)
{
    *d = (akin_device){ .lanes = &akin_lanes_ref, .winograd = &akin_winograd_ref };
    akin_limit_onednn();
    choose_kernels(d);
    d->tag = d->lanes->lanes == 16 ? dnnl_nChw16c : dnnl_nChw8c;
    d->type = precision == AKIN_PRECISION_BF16;
    d->data_type = d->type ? dnnl_bf16 : dnnl_f32;
    if (d->type && d->lanes->lanes != 16)
        return akin_fail(err, AKIN_ERR_UNSUPPORTED,
                         "encoder: bf16 needs a processor with AVX-512, this one offers %s; use f32",
                         akin_isa());
    dnnl_status_t status = dnnl_engine_create(&d->engine, dnnl_cpu, 0);
    if (!status) status = dnnl_stream_create(&d->stream, d->engine, dnnl_stream_in_order);
    if (!status) status = dnnl_primitive_attr_create(&d->attr);
    if (!status) status = dnnl_primitive_attr_set_scratchpad_mode(d->attr, dnnl_scratchpad_mode_user);
    return status ? akin_device_fail(err, status, "engine", "creation") : AKIN_OK;
}

void akin_device_close(akin_device *d)
{
    for (size_t i = d->owneds; i-- > 0;) switch (d->owned[i].kind) {
        case OWNS_BLOCK: free(d->owned[i].p); break;
        case OWNS_PAGES: munmap(d->owned[i].p, d->owned[i].bytes); break;
        case OWNS_LAYOUT: akin_layout_destroy(d->owned[i].p); break;
        case OWNS_MEMORY: dnnl_memory_destroy(d->owned[i].p); break;
        default: dnnl_primitive_destroy(d->owned[i].p); break;
        }
    free(d->owned);
    free(d->late);
    if (d->attr) dnnl_primitive_attr_destroy(d->attr);
    if (d->stream) dnnl_stream_destroy(d->stream);
    if (d->engine) dnnl_engine_destroy(d->engine);
    *d = (akin_device){ 0 };
}

/* Room for one more, so that what was just created always finds an owner. */
static akin_status make_room(akin_device *d, akin_error *err)
{
    if (d->owneds == d->owned_room) {
        const size_t room = 2 * d->owned_room + 64;
        void *grown = realloc(d->owned, room * sizeof *d->owned);
        if (!grown) return akin_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
        d->owned = grown;
        d->owned_room = room;
    }
    if (d->lates == d->late_room) {
        const size_t room = 2 * d->late_room + 64;
        void *grown = realloc(d->late, room * sizeof *d->late);
        if (!grown) return akin_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
        d->late = grown;
        d->late_room = room;
    }
    return AKIN_OK;
}

static void own(akin_device *d, void *p, int kind, size_t bytes)
{
    d->owned[d->owneds].p = p;
    d->owned[d->owneds].bytes = bytes;
    d->owned[d->owneds++].kind = kind;
}

/* Zeroed pages that take no memory before they are touched, so that a caller can still decide that it is too much.
 * Pages of 2 MiB (madvise) were tried: ResNet-18 is no faster with them. */
static void *map_pages(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

akin_status akin_device_alloc(akin_device *d, size_t item, int64_t n, int64_t m, void *out, akin_error *err)
{
    AKIN_TRY(make_room(d, err));
    const size_t bytes = akin_arena_padded(item, n, m);
    const bool large = bytes >= LARGE_BLOCK;
    void *p = large ? map_pages(bytes) : akin_alloc(item, n, m);
    if (!p)
        return akin_fail(
            err, AKIN_ERR_NOMEM,
            "encoder: out of memory: %zu MiB are held and %zu more MiB are needed; try a smaller batch",
            d->bytes >> 20, bytes >> 20);
    own(d, p, large ? OWNS_PAGES : OWNS_BLOCK, bytes);
    d->bytes += bytes;
    memcpy(out, &p, sizeof p);
    return AKIN_OK;
}

static akin_status own_layout(akin_device *d, dnnl_status_t status, akin_layout *made,
                              const akin_layout **out, const char *layer, akin_error *err)
{
    if (status) return akin_device_fail(err, status, layer, "layout");
    own(d, made, OWNS_LAYOUT, 0);
    *out = made;
    return AKIN_OK;
}

akin_status akin_device_layout(akin_device *d, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag, const akin_layout **out, const char *layer,
                               akin_error *err)
{
    akin_layout *made = NULL;
    AKIN_TRY(make_room(d, err));
    const dnnl_status_t status = akin_layout_create(dims, type, tag, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status akin_device_slice(akin_device *d, const akin_layout *whole, int64_t images,
                              const akin_layout **out, const char *layer, akin_error *err)
{
    akin_layout *made = NULL;
    AKIN_TRY(make_room(d, err));
    const dnnl_status_t status = akin_layout_slice(whole, images, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status akin_device_chosen(akin_device *d, const_dnnl_primitive_desc_t by, dnnl_query_t what,
                               const akin_layout **out, const char *layer, akin_error *err)
{
    akin_layout *made = NULL;
    AKIN_TRY(make_room(d, err));
    const dnnl_status_t status = akin_layout_chosen(by, what, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status akin_device_memory(akin_device *d, const akin_layout *layout, void *data, dnnl_memory_t *out,
                               const char *layer, akin_error *err)
{
    AKIN_TRY(make_room(d, err));
    const dnnl_status_t status = akin_onednn_memory(d->engine, layout, data, out);
    if (status) return akin_device_fail(err, status, layer, "memory");
    own(d, *out, OWNS_MEMORY, 0);
    return AKIN_OK;
}

void akin_op_arg(akin_op *op, int id, dnnl_memory_t memory)
{
    op->arg[op->args++] = (dnnl_exec_arg_t){ id, memory };
}

void akin_device_reserve(akin_device *d, int pool, size_t bytes)
{
    if (bytes > d->pool_bytes[pool]) d->pool_bytes[pool] = bytes;
}

akin_status akin_device_late(akin_device *d, const akin_layout *layout, int pool, dnnl_memory_t *out,
                             const char *layer, akin_error *err)
{
    AKIN_TRY(akin_device_memory(d, layout, DNNL_MEMORY_NONE, out, layer, err));
    akin_device_reserve(d, pool, akin_layout_bytes(layout));
    d->late[d->lates++] = (struct akin_late){ *out, pool };
    return AKIN_OK;
}

akin_status akin_device_op(akin_device *d, dnnl_primitive_desc_t desc, akin_op *op, int pool,
                           const char *layer, akin_error *err)
{
    akin_status result = make_room(d, err);
    if (result) goto done;
    const dnnl_status_t status = dnnl_primitive_create(&op->primitive, desc);
    if (status) {
        result = akin_device_fail(err, status, layer, "primitive");
        goto done;
    }
    own(d, op->primitive, OWNS_PRIMITIVE, 0);

    const_dnnl_primitive_desc_t kept; /* the texts and shapes of the one that the primitive keeps live on */
    dnnl_primitive_get_primitive_desc(op->primitive, &kept);
    dnnl_primitive_desc_query(kept, dnnl_query_impl_info_str, 0, &op->info);
    const akin_layout *scratch;
    result = akin_device_chosen(d, kept, dnnl_query_scratchpad_md, &scratch, layer, err);
    if (!result && akin_layout_bytes(scratch) > 0) {
        dnnl_memory_t memory;
        result = akin_device_late(d, scratch, pool, &memory, layer, err);
        if (!result) akin_op_arg(op, DNNL_ARG_SCRATCHPAD, memory);
    }
done:
    dnnl_primitive_desc_destroy(desc);
    return result;
}

akin_status akin_device_share(akin_device *d, akin_error *err)
{
    for (int i = 0; i < 2 * AKIN_NN_PARTS; i++)
        if (d->pool_bytes[i])
            AKIN_TRY(akin_device_alloc(d, 1, (int64_t)d->pool_bytes[i], 1, &d->pool[i], err));
    for (size_t i = 0; i < d->lates; i++)
        dnnl_memory_set_data_handle(d->late[i].memory, d->pool[d->late[i].pool]);
    return AKIN_OK;
}

static dnnl_status_t execute(const akin_device *d, const akin_op *op)
{
    const dnnl_status_t status = dnnl_primitive_execute(op->primitive, d->stream, op->args, op->arg);
    return status ? status : dnnl_stream_wait(d->stream);
}

akin_status akin_device_run(akin_device *d, const akin_op *op, const char *layer, akin_error *err)
{
    if (!op->primitive) return AKIN_OK;
    const dnnl_status_t status = execute(d, op);
    return status ? akin_device_fail(err, status, layer, "execution") : AKIN_OK;
}

typedef struct split_job {
    const akin_device *d;
    const akin_split *split;
    dnnl_status_t status[AKIN_NN_PARTS];
} split_job;

static void run_part(int64_t part, int worker, void *ctx)
{
    split_job *w = ctx;
    (void)worker;
    w->status[part] = execute(w->d, &w->split->part[part]);
}

akin_status akin_device_run_split(akin_device *d, const akin_split *op, const char *layer, akin_error *err)
{
    if (op->parts <= 1) return akin_device_run(d, &op->part[0], layer, err);
    split_job w = { .d = d, .split = op };
    akin_parallel_tasks(op->parts, run_part, &w);
    for (int i = 0; i < op->parts; i++)
        if (w.status[i]) return akin_device_fail(err, w.status[i], layer, "execution");
    return AKIN_OK;
}

akin_status akin_device_reorder(akin_device *d, const akin_layout *from_layout, dnnl_memory_t from,
                                const akin_layout *to_layout, dnnl_memory_t to, akin_op *op,
                                const char *layer, akin_error *err)
{
    dnnl_primitive_desc_t desc;
    const dnnl_status_t status = akin_onednn_reorder(d->engine, from_layout, to_layout, d->attr, &desc);
    if (status) return akin_device_fail(err, status, layer, "reorder of weights");
    akin_op_arg(op, DNNL_ARG_FROM, from);
    akin_op_arg(op, DNNL_ARG_TO, to);
    return akin_device_op(d, desc, op, 0, layer, err);
}
