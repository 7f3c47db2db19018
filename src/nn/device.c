/* SPDX-License-Identifier: Apache-2.0 */
/* nn/device.c - oneDNN's engine and stream, and the list of everything an encoder owns.
 *
 * Primitives take their scratch memory from us (scratchpad mode "user"). Layers run one after the other, so
 * they share it: one block for each part of the batch that may be computed at the same time. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "kernels/onednn.h"
#include "nn/nn.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { OWNS_BLOCK, OWNS_PAGES, OWNS_LAYOUT, OWNS_MEMORY, OWNS_PRIMITIVE };
enum { LARGE_BLOCK = 2 << 20 };

akin_status ak_device_fail(akin_error *err, dnnl_status_t status, const char *layer, const char *what)
{
    if (status == dnnl_out_of_memory)
        return ak_fail(err, AKIN_ERR_NOMEM, "encoder: %s: %s: oneDNN is out of memory", layer, what);
    return ak_fail(err, status == dnnl_unimplemented ? AKIN_ERR_UNSUPPORTED : AKIN_ERR_INTERNAL,
                   "encoder: %s: %s: oneDNN says '%s'", layer, what, ak_onednn.dnnl_status2str(status));
}

static void choose_kernels(ak_device *d)
{
    static const struct {
        const char *isa;
        const ak_lanes *lanes;
        const ak_winograd_kernels *winograd;
    } ROWS[] = {
        { "avx512bf16", &ak_lanes_avx512, &ak_winograd_avx512 },
        { "avx512", &ak_lanes_avx512, &ak_winograd_avx512 },
        { "avx2", &ak_lanes_avx2, &ak_winograd_avx2 },
        { "ref", &ak_lanes_ref, &ak_winograd_ref },
    };
    const char *isa = akin_isa();
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(ROWS[i].isa, isa) == 0) {
            d->lanes = ROWS[i].lanes;
            d->winograd = ROWS[i].winograd;
        }
}

int32_t ak_device_lanes(void)
{
    ak_device d = { .lanes = &ak_lanes_ref };
    choose_kernels(&d);
    return (int32_t)d.lanes->lanes;
}

akin_status ak_device_open(ak_device *d, int32_t precision, akin_error *err)
{
    *d = (ak_device){ .lanes = &ak_lanes_ref, .winograd = &ak_winograd_ref };
    AK_TRY(ak_onednn_load(err));
    choose_kernels(d);
    d->tag = d->lanes->lanes == 16 ? dnnl_nChw16c : dnnl_nChw8c;
    d->type = precision == AKIN_PRECISION_BF16;
    d->data_type = d->type ? dnnl_bf16 : dnnl_f32;
    if (d->type && d->lanes->lanes != 16)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "encoder: bf16 needs a processor with AVX-512, this one offers %s; use f32",
                       akin_isa());
    errno = 0;
    dnnl_status_t status = ak_onednn.dnnl_engine_create(&d->engine, dnnl_cpu, 0);
    if (!status) status = ak_onednn.dnnl_stream_create(&d->stream, d->engine, dnnl_stream_in_order);
    if (!status) status = ak_onednn.dnnl_primitive_attr_create(&d->attr);
    if (!status)
        status = ak_onednn.dnnl_primitive_attr_set_scratchpad_mode(d->attr, dnnl_scratchpad_mode_user);
    /* oneDNN 3 calls a lack of memory here a processor that is not there. */
    if (status == dnnl_runtime_error && errno == ENOMEM) status = dnnl_out_of_memory;
    return status ? ak_device_fail(err, status, "engine", "creation") : AKIN_OK;
}

/* More parts serve more threads, but every part reads all weights, and in the gradient to the weights (sums)
 * writes a gradient that is read again. So a part has at least so many places of the result. */
enum { PART_PLACES = 1024, SUM_PLACES = 2048 };

int ak_device_parts(int64_t batch, int64_t area, bool sums)
{
    const int64_t least = sums ? SUM_PLACES : PART_PLACES;
    int64_t parts = AK_NN_FEWEST_PARTS;
    while (parts < AK_NN_PARTS && batch * area >= 2 * parts * least) parts *= 2;
    return (int)(parts < batch ? parts : batch);
}

void ak_device_close(ak_device *d)
{
    for (size_t i = d->owneds; i-- > 0;) switch (d->owned[i].kind) {
        case OWNS_BLOCK: free(d->owned[i].p); break;
        case OWNS_PAGES: munmap(d->owned[i].p, d->owned[i].bytes); break;
        case OWNS_LAYOUT: ak_layout_destroy(d->owned[i].p); break;
        case OWNS_MEMORY: ak_onednn.dnnl_memory_destroy(d->owned[i].p); break;
        default: ak_onednn.dnnl_primitive_destroy(d->owned[i].p); break;
        }
    free(d->owned);
    free(d->late);
    if (d->attr) ak_onednn.dnnl_primitive_attr_destroy(d->attr);
    if (d->stream) ak_onednn.dnnl_stream_destroy(d->stream);
    if (d->engine) ak_onednn.dnnl_engine_destroy(d->engine);
    *d = (ak_device){ 0 };
}

/* Room for one more, so that what was just created always finds an owner. */
static akin_status make_room(ak_device *d, akin_error *err)
{
    if (d->owneds == d->owned_room) {
        const size_t room = 2 * d->owned_room + 64;
        void *grown = realloc(d->owned, room * sizeof *d->owned);
        if (!grown) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
        d->owned = grown;
        d->owned_room = room;
    }
    if (d->lates == d->late_room) {
        const size_t room = 2 * d->late_room + 64;
        void *grown = realloc(d->late, room * sizeof *d->late);
        if (!grown) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
        d->late = grown;
        d->late_room = room;
    }
    return AKIN_OK;
}

static void own(ak_device *d, void *p, int kind, size_t bytes)
{
    d->owned[d->owneds].p = p;
    d->owned[d->owneds].bytes = bytes;
    d->owned[d->owneds++].kind = kind;
}

/* Zeroed pages. They take no memory before they are used, so that a caller can still decide that it is too
 * much. Pages of 2 MiB (madvise) were tried: ResNet-18 is no faster with them. */
static void *map_pages(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

akin_status ak_device_alloc(ak_device *d, size_t item, int64_t n, int64_t m, void *out, akin_error *err)
{
    AK_TRY(make_room(d, err));
    const size_t bytes = ak_arena_padded(item, n, m);
    const bool large = bytes >= LARGE_BLOCK;
    void *p = large ? map_pages(bytes) : ak_alloc(item, n, m);
    if (!p)
        return ak_fail(
            err, AKIN_ERR_NOMEM,
            "encoder: out of memory: %zu MiB are held and %zu more MiB are needed; try a smaller batch",
            d->bytes >> 20, bytes >> 20);
    own(d, p, large ? OWNS_PAGES : OWNS_BLOCK, bytes);
    d->bytes += bytes;
    memcpy(out, &p, sizeof p);
    return AKIN_OK;
}

static akin_status own_layout(ak_device *d, dnnl_status_t status, ak_layout *made, const ak_layout **out,
                              const char *layer, akin_error *err)
{
    if (status) return ak_device_fail(err, status, layer, "layout");
    own(d, made, OWNS_LAYOUT, 0);
    *out = made;
    return AKIN_OK;
}

akin_status ak_device_layout(ak_device *d, const dnnl_dims_t dims, dnnl_data_type_t type,
                             dnnl_format_tag_t tag, const ak_layout **out, const char *layer, akin_error *err)
{
    ak_layout *made = NULL;
    AK_TRY(make_room(d, err));
    const dnnl_status_t status = ak_layout_create(dims, type, tag, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status ak_device_slice(ak_device *d, const ak_layout *whole, int64_t images, const ak_layout **out,
                            const char *layer, akin_error *err)
{
    ak_layout *made = NULL;
    AK_TRY(make_room(d, err));
    const dnnl_status_t status = ak_layout_slice(whole, images, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status ak_device_chosen(ak_device *d, const_dnnl_primitive_desc_t by, dnnl_query_t what,
                             const ak_layout **out, const char *layer, akin_error *err)
{
    ak_layout *made = NULL;
    AK_TRY(make_room(d, err));
    const dnnl_status_t status = ak_layout_chosen(by, what, &made);
    return own_layout(d, status, made, out, layer, err);
}

akin_status ak_device_memory(ak_device *d, const ak_layout *layout, void *data, dnnl_memory_t *out,
                             const char *layer, akin_error *err)
{
    AK_TRY(make_room(d, err));
    const dnnl_status_t status = ak_onednn_memory(d->engine, layout, data, out);
    if (status) return ak_device_fail(err, status, layer, "memory");
    own(d, *out, OWNS_MEMORY, 0);
    return AKIN_OK;
}

void ak_op_arg(ak_op *op, int id, dnnl_memory_t memory)
{
    op->arg[op->args++] = (dnnl_exec_arg_t){ id, memory };
}

void ak_device_reserve(ak_device *d, int pool, size_t bytes)
{
    if (bytes > d->pool_bytes[pool]) d->pool_bytes[pool] = bytes;
}

akin_status ak_device_late(ak_device *d, const ak_layout *layout, int pool, dnnl_memory_t *out,
                           const char *layer, akin_error *err)
{
    AK_TRY(ak_device_memory(d, layout, DNNL_MEMORY_NONE, out, layer, err));
    ak_device_reserve(d, pool, ak_layout_bytes(layout));
    d->late[d->lates++] = (struct ak_late){ *out, pool };
    return AKIN_OK;
}

akin_status ak_device_op(ak_device *d, dnnl_primitive_desc_t desc, ak_op *op, int pool, const char *layer,
                         akin_error *err)
{
    akin_status result = make_room(d, err);
    if (result) goto done;
    const dnnl_status_t status = ak_onednn.dnnl_primitive_create(&op->primitive, desc);
    if (status) {
        result = ak_device_fail(err, status, layer, "primitive");
        goto done;
    }
    own(d, op->primitive, OWNS_PRIMITIVE, 0);

    const_dnnl_primitive_desc_t kept; /* the texts and shapes of the one that the primitive keeps live on */
    ak_onednn.dnnl_primitive_get_primitive_desc(op->primitive, &kept);
    ak_onednn.dnnl_primitive_desc_query(kept, dnnl_query_impl_info_str, 0, &op->info);
    const ak_layout *scratch;
    result = ak_device_chosen(d, kept, dnnl_query_scratchpad_md, &scratch, layer, err);
    if (!result && ak_layout_bytes(scratch) > 0) {
        dnnl_memory_t memory;
        result = ak_device_late(d, scratch, pool, &memory, layer, err);
        if (!result) ak_op_arg(op, DNNL_ARG_SCRATCHPAD, memory);
    }
done:
    ak_onednn.dnnl_primitive_desc_destroy(desc);
    return result;
}

akin_status ak_device_share(ak_device *d, akin_error *err)
{
    for (int i = 0; i < 2 * AK_NN_PARTS; i++)
        if (d->pool_bytes[i]) AK_TRY(ak_device_alloc(d, 1, (int64_t)d->pool_bytes[i], 1, &d->pool[i], err));
    for (size_t i = 0; i < d->lates; i++)
        ak_onednn.dnnl_memory_set_data_handle(d->late[i].memory, d->pool[d->late[i].pool]);
    return AKIN_OK;
}

static dnnl_status_t execute(const ak_device *d, const ak_op *op)
{
    const dnnl_status_t status =
        ak_onednn.dnnl_primitive_execute(op->primitive, d->stream, op->args, op->arg);
    return status ? status : ak_onednn.dnnl_stream_wait(d->stream);
}

akin_status ak_device_run(ak_device *d, const ak_op *op, const char *layer, akin_error *err)
{
    if (!op->primitive) return AKIN_OK;
    const dnnl_status_t status = execute(d, op);
    return status ? ak_device_fail(err, status, layer, "execution") : AKIN_OK;
}

typedef struct split_job {
    const ak_device *d;
    const ak_split_op *split;
    dnnl_status_t status[AK_NN_PARTS];
} split_job;

static void run_part(int64_t part, int worker, void *ctx)
{
    split_job *w = ctx;
    (void)worker;
    w->status[part] = execute(w->d, &w->split->part[part]);
}

akin_status ak_device_run_split(ak_device *d, const ak_split_op *op, const char *layer, akin_error *err)
{
    if (op->parts <= 1) return ak_device_run(d, &op->part[0], layer, err);
    split_job w = { .d = d, .split = op };
    ak_parallel_tasks(op->parts, run_part, &w);
    for (int i = 0; i < op->parts; i++)
        if (w.status[i]) return ak_device_fail(err, w.status[i], layer, "execution");
    return AKIN_OK;
}

akin_status ak_device_reorder(ak_device *d, const ak_layout *from_layout, dnnl_memory_t from,
                              const ak_layout *to_layout, dnnl_memory_t to, ak_op *op, const char *layer,
                              akin_error *err)
{
    dnnl_primitive_desc_t desc;
    const dnnl_status_t status = ak_onednn_reorder(d->engine, from_layout, to_layout, d->attr, &desc);
    if (status) return ak_device_fail(err, status, layer, "reorder of weights");
    ak_op_arg(op, DNNL_ARG_FROM, from);
    ak_op_arg(op, DNNL_ARG_TO, to);
    return ak_device_op(d, desc, op, 0, layer, err);
}
