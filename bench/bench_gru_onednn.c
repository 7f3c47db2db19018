/* SPDX-License-Identifier: Apache-2.0 */
/* bench_gru_onednn [batch dim hidden directions seconds] - oneDNN's own GRU (lbr_gru) on the shapes of
 * bench_gru, one JSON object: what akin/tool/gru.h would cost if it were built on that primitive.
 *
 * The primitive has no lengths, so all rows are padded to 30 tokens; word vectors are left in place, and in
 * the backward direction the result is not the one wanted. A step is forward, backward, and the weights into
 * the layouts asked for. */
#include <dnnl.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 2000, TIME = 30, ARGS = 20 };

static dnnl_engine_t g_engine;
static dnnl_stream_t g_stream;

static void check(dnnl_status_t status, const char *what)
{
    if (!status) return;
    fprintf(stderr, "bench_gru_onednn: %s: status %d\n", what, (int)status);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What oneDNN 2.x and 3.x say differently, as in src/nn/onednn.h. */
#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *layout;
#else
typedef const_dnnl_memory_desc_t layout;
#endif

typedef struct shapes {
    dnnl_rnn_direction_t direction;
    layout x, y, wx, wh, bias, any_wx, any_wh;
} shapes;

#if DNNL_VERSION_MAJOR < 3

static const dnnl_memory_desc_t NONE; /* states before the first token and after the last */

static layout plain(int n, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t *d = malloc(sizeof *d);
    check(d ? dnnl_memory_desc_init_by_tag(d, n, dims, dnnl_f32, tag) : dnnl_out_of_memory, "shape");
    return d;
}

static dnnl_primitive_desc_t plan_forward(const shapes *n, dnnl_prop_kind_t kind)
{
    dnnl_rnn_desc_t d;
    dnnl_primitive_desc_t pd;
    check(dnnl_lbr_gru_forward_desc_init(&d, kind, n->direction, n->x, &NONE, n->any_wx, n->any_wh, n->bias,
                                         n->y, &NONE, 0),
          "forward");
    check(dnnl_primitive_desc_create(&pd, &d, NULL, g_engine, NULL), "forward");
    return pd;
}

static dnnl_primitive_desc_t plan_backward(const shapes *n, dnnl_primitive_desc_t forward)
{
    dnnl_rnn_desc_t d;
    dnnl_primitive_desc_t pd;
    check(dnnl_lbr_gru_backward_desc_init(&d, dnnl_backward, n->direction, n->x, &NONE, n->any_wx, n->any_wh,
                                          n->bias, n->y, &NONE, n->x, &NONE, n->any_wx, n->any_wh, n->bias,
                                          n->y, &NONE, 0),
          "backward");
    check(dnnl_primitive_desc_create(&pd, &d, NULL, g_engine, forward), "backward");
    return pd;
}

#else

static layout plain(int n, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t d;
    check(dnnl_memory_desc_create_with_tag(&d, n, dims, dnnl_f32, tag), "shape");
    return d;
}

static dnnl_primitive_desc_t plan_forward(const shapes *n, dnnl_prop_kind_t kind)
{
    dnnl_primitive_desc_t pd;
    check(dnnl_lbr_gru_forward_primitive_desc_create(&pd, g_engine, kind, n->direction, n->x, NULL, n->any_wx,
                                                     n->any_wh, n->bias, n->y, NULL, 0, NULL),
          "forward");
    return pd;
}

static dnnl_primitive_desc_t plan_backward(const shapes *n, dnnl_primitive_desc_t forward)
{
    dnnl_primitive_desc_t pd;
    check(dnnl_lbr_gru_backward_primitive_desc_create(
              &pd, g_engine, dnnl_backward, n->direction, n->x, NULL, n->any_wx, n->any_wh, n->bias, n->y,
              NULL, n->x, NULL, n->any_wx, n->any_wh, n->bias, n->y, NULL, 0, forward, NULL),
          "backward");
    return pd;
}

#endif

static dnnl_memory_t memory(layout d)
{
    dnnl_memory_t m;
    void *data;
    check(dnnl_memory_create(&m, d, g_engine, DNNL_MEMORY_ALLOCATE), "memory");
    check(dnnl_memory_get_data_handle(m, &data), "memory");
    float *x = data;
    const size_t n = dnnl_memory_desc_get_size(d) / sizeof *x;
    for (size_t i = 0; i < n; i++) x[i] = 0.05f * ((float)(i * 2654435761u % 4001) / 2000.0f - 1);
    return m;
}

typedef struct op {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arg[ARGS];
    int args;
} op;

static void add(op *o, int id, dnnl_memory_t m) { o->arg[o->args++] = (dnnl_exec_arg_t){ id, m }; }

static void execute(const op *o)
{
    check(dnnl_primitive_execute(o->primitive, g_stream, o->args, o->arg), "execution");
    check(dnnl_stream_wait(g_stream), "wait");
}

static op reorder(dnnl_memory_t from, dnnl_memory_t to)
{
    layout a, b;
    dnnl_primitive_desc_t pd;
    op o = { .args = 0 };
    dnnl_memory_get_memory_desc(from, &a);
    dnnl_memory_get_memory_desc(to, &b);
    check(dnnl_reorder_primitive_desc_create(&pd, a, g_engine, b, g_engine, NULL), "reorder");
    check(dnnl_primitive_create(&o.primitive, pd), "reorder");
    add(&o, DNNL_ARG_FROM, from);
    add(&o, DNNL_ARG_TO, to);
    return o;
}

typedef struct net {
    shapes s;
    dnnl_memory_t mx, my, mwx, mwh, mbias;
    op forward, backward, pack[4];
    int packs;
} net;

/* A plain weight in the layout that pd asks for. */
static void weight(net *n, op *to, const_dnnl_primitive_desc_t pd, int index, int id, dnnl_memory_t from)
{
    dnnl_memory_t m = memory(dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, index));
    n->pack[n->packs++] = reorder(from, m);
    add(to, id, m);
}

static dnnl_primitive_desc_t build_forward(net *n, dnnl_prop_kind_t kind)
{
    dnnl_primitive_desc_t pd = plan_forward(&n->s, kind);
    n->forward = (op){ .args = 0 };
    n->packs = 0;
    check(dnnl_primitive_create(&n->forward.primitive, pd), "forward");
    add(&n->forward, DNNL_ARG_SRC_LAYER, n->mx);
    add(&n->forward, DNNL_ARG_BIAS, n->mbias);
    add(&n->forward, DNNL_ARG_DST_LAYER, n->my);
    weight(n, &n->forward, pd, 0, DNNL_ARG_WEIGHTS_LAYER, n->mwx);
    weight(n, &n->forward, pd, 1, DNNL_ARG_WEIGHTS_ITER, n->mwh);
    return pd;
}

static void build_backward(net *n, dnnl_primitive_desc_t hint)
{
    dnnl_primitive_desc_t pd = plan_backward(&n->s, hint);
    check(dnnl_primitive_create(&n->backward.primitive, pd), "backward");
    dnnl_memory_t workspace = memory(dnnl_primitive_desc_query_md(hint, dnnl_query_workspace_md, 0));
    add(&n->forward, DNNL_ARG_WORKSPACE, workspace);
    op *b = &n->backward;
    add(b, DNNL_ARG_WORKSPACE, workspace);
    add(b, DNNL_ARG_SRC_LAYER, n->mx);
    add(b, DNNL_ARG_BIAS, n->mbias);
    add(b, DNNL_ARG_DST_LAYER, n->my);
    weight(n, b, pd, 0, DNNL_ARG_WEIGHTS_LAYER, n->mwx);
    weight(n, b, pd, 1, DNNL_ARG_WEIGHTS_ITER, n->mwh);
    add(b, DNNL_ARG_DIFF_SRC_LAYER, memory(n->s.x));
    add(b, DNNL_ARG_DIFF_DST_LAYER, memory(n->s.y));
    add(b, DNNL_ARG_DIFF_BIAS, memory(n->s.bias));
    add(b, DNNL_ARG_DIFF_WEIGHTS_LAYER,
        memory(dnnl_primitive_desc_query_md(pd, dnnl_query_diff_weights_md, 0)));
    add(b, DNNL_ARG_DIFF_WEIGHTS_ITER,
        memory(dnnl_primitive_desc_query_md(pd, dnnl_query_diff_weights_md, 1)));
}

static double median(const net *n, double seconds)
{
    static double times[MOST];
    int count = 0;
    const double start = now_s();
    for (int i = -2; count < MOST && (now_s() - start < seconds || count < 3); i++) { /* two to warm up */
        const double begin = now_s();
        for (int k = 0; k < n->packs; k++) execute(&n->pack[k]);
        execute(&n->forward);
        if (n->backward.primitive) execute(&n->backward);
        if (i >= 0) times[count++] = now_s() - begin;
    }
    qsort(times, (size_t)count, sizeof *times, by_size);
    return times[count / 2];
}

int main(int argc, char **argv)
{
    const int64_t batch = argc > 1 ? atoll(argv[1]) : 128, dim = argc > 2 ? atoll(argv[2]) : 300;
    const int64_t hidden = argc > 3 ? atoll(argv[3]) : 256, dirs = argc > 4 ? atoll(argv[4]) : 2;
    const double seconds = argc > 5 ? atof(argv[5]) : 2;
    check(dnnl_engine_create(&g_engine, dnnl_cpu, 0), "engine");
    check(dnnl_stream_create(&g_stream, g_engine, dnnl_stream_in_order), "stream");

    net n = { .packs = 0 };
    n.s.direction = dirs > 1 ? dnnl_bidirectional_concat : dnnl_unidirectional_left2right;
    const dnnl_dims_t x = { TIME, batch, dim }, y = { TIME, batch, dirs * hidden },
                      bias = { 1, dirs, 4, hidden };
    const dnnl_dims_t wx = { 1, dirs, dim, 3, hidden }, wh = { 1, dirs, hidden, 3, hidden };
    n.s.x = plain(3, x, dnnl_tnc), n.s.y = plain(3, y, dnnl_tnc), n.s.bias = plain(4, bias, dnnl_ldgo);
    n.s.wx = plain(5, wx, dnnl_ldigo), n.s.wh = plain(5, wh, dnnl_ldigo);
    n.s.any_wx = plain(5, wx, dnnl_format_tag_any), n.s.any_wh = plain(5, wh, dnnl_format_tag_any);
    n.mx = memory(n.s.x), n.my = memory(n.s.y), n.mbias = memory(n.s.bias), n.mwx = memory(n.s.wx),
    n.mwh = memory(n.s.wh);

    build_forward(&n, dnnl_forward_inference);
    const double inference = median(&n, seconds / 3);
    build_backward(&n, build_forward(&n, dnnl_forward_training));
    const char *info;
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(n.backward.primitive, &pd);
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &info);
    printf("{\"bench\":\"gru_onednn\",\"algorithm\":\"%s\",\"batch\":%lld,\"dim\":%lld,\"hidden\":%lld,"
           "\"directions\":%lld,\"step_ms\":%.2f,\"inference_ms\":%.2f}\n",
           info, (long long)batch, (long long)dim, (long long)hidden, (long long)dirs,
           1e3 * median(&n, seconds), 1e3 * inference);
    return 0;
}
