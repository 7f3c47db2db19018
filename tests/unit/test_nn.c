/* SPDX-License-Identifier: Apache-2.0 */
/* nn: encoders against the double reference of nn_reference.h, forward, every gradient, and running averages;
 * the reference itself against finite differences.
 *
 * Errors are relative in the Euclidean norm, a tensor at a time. float32 direct: each layer adds about 1e-6
 * and gradients pass twice through some ten layers, whose norms amplify: 2e-5 forward, 2e-4 backward. */
#include "nn/tensors.h"
#include "nn_reference.h"

#include <dnnl.h>
#include <sys/wait.h>

static akin_error err;

typedef struct shape {
    const char *name;
    int batch, height, width, channels, encoder_width, blocks, stem_stride;
    int hidden, out, head_norm;
    int precision, algorithm;
} shape;

static const char *frozen; /* parts of the encoders that create() makes */

static akin_encoder *create(const shape *s, uint64_t seed)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = s->name;
    o.width = s->encoder_width;
    o.blocks = s->blocks;
    o.stem_stride = s->stem_stride;
    o.head_hidden = s->hidden;
    o.head_out = s->out;
    o.head_batchnorm = s->head_norm;
    o.precision = s->precision;
    o.algorithm = s->algorithm;
    o.freeze = frozen;
    akin_encoder *e = NULL;
    o.seed = seed;
    CHECK_OK(akin_encoder_create(&o, s->batch, s->height, s->width, s->channels, &e, &err));
    return e;
}

/* Weights that are not at their symmetric initial values: norms and biases move too. */
static void disturb(akin_encoder *e)
{
    int64_t n;
    const akin_tensor *t = ak_encoder_tensors(e, &n);
    for (int64_t i = 0; i < n; i++) {
        if (t[i].ndim != 1) continue;
        float *plain = malloc((size_t)t[i].plain * sizeof *plain);
        CHECK_OK(akin_encoder_export(e, i, plain, &err));
        for (int64_t j = 0; j < t[i].plain; j++) plain[j] += (float)test_uniform(0, 0.5);
        CHECK_OK(akin_encoder_import(e, i, plain, &err));
        free(plain);
    }
}

static float *normals(size_t n)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)test_normal();
    return x;
}

/* |got - want| / max(|want|, least): gradients that cancel exactly in theory are judged by their
 * surroundings. */
static double distance_from(const float *got, const double *want, size_t n, double least)
{
    double diff = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        diff += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return sqrt(diff) / fmax(sqrt(norm), least);
}

static double distance(const float *got, const double *want, size_t n)
{
    return distance_from(got, want, n, 1e-30);
}

typedef struct run {
    akin_encoder *e;
    ref_net *r;
    int input, features, output; /* nodes of the tape */
    float *images, *got_features, *got_output, *dout, *dfeatures;
} run;

typedef int build_fn(ref_net *r, int input, const shape *s, int *features);

static run start(const shape *s, build_fn *build)
{
    run w = { .e = create(s, 7) };
    disturb(w.e);
    w.r = ref_create(w.e);
    w.input = ref_input(w.r, s->batch, s->channels, s->height, s->width);
    w.output = build(w.r, w.input, s, &w.features);
    w.images = normals(ref_size(&w.r->node[w.input]));
    for (size_t i = 0; i < ref_size(&w.r->node[w.input]); i++) w.r->node[w.input].v[i] = (double)w.images[i];
    w.got_features = calloc(ref_size(&w.r->node[w.features]), sizeof(float));
    w.got_output = calloc(ref_size(&w.r->node[w.output]), sizeof(float));
    w.dout = normals(ref_size(&w.r->node[w.output]));
    w.dfeatures = normals(ref_size(&w.r->node[w.features]));
    return w;
}

static void stop(run *w)
{
    ref_free(w->r);
    akin_encoder_free(w->e);
    free(w->images);
    free(w->got_features);
    free(w->got_output);
    free(w->dout);
    free(w->dfeatures);
}

static akin_mat mat(float *data, const ref_node *x) { return (akin_mat){ data, x->n, x->c, x->c }; }

static void forward(run *w, int n, bool training)
{
    akin_mat f = mat(w->got_features, &w->r->node[w->features]),
             p = mat(w->got_output, &w->r->node[w->output]);
    f.rows = p.rows = n;
    if (w->output == w->features) p.data = NULL;
    CHECK_OK(akin_encoder_forward(w->e, w->images, n, training, f, p, &err));
}

enum { PROJECTIONS, BOTH, FEATURES }; /* where a gradient enters */

static void ref_gradients(run *w, int where)
{
    ref_zero_grads(w->r);
    ref_node *out = &w->r->node[w->output], *f = &w->r->node[w->features];
    if (out != f && where != FEATURES)
        for (size_t i = 0; i < ref_size(out); i++) out->g[i] = (double)w->dout[i];
    if (where != PROJECTIONS || out == f)
        for (size_t i = 0; i < ref_size(f); i++) f->g[i] += (double)w->dfeatures[i];
    ref_backward(w->r);
}

static void check_gradients(run *w, double limit, double *worst)
{
    double longest = 0;
    for (int64_t i = 0; i < w->r->tensors; i++) {
        double square = 0;
        for (int64_t j = 0; j < w->r->t[i].plain; j++) square += w->r->dp[i][j] * w->r->dp[i][j];
        longest = fmax(longest, sqrt(square));
    }
    for (int64_t i = 0; i < w->r->tensors; i++) {
        const akin_tensor *t = &w->r->t[i];
        if (!t->grad) continue;
        float *plain = malloc((size_t)t->plain * sizeof *plain);
        CHECK_OK(akin_encoder_export_grad(w->e, i, plain, &err));
        const double d = distance_from(plain, w->r->dp[i], (size_t)t->plain, fmax(0.01 * longest, 1e-30));
        if (!(d <= limit)) print_error("gradient of %s\n", t->name);
        CHECK_LE(d, limit);
        if (d > *worst) *worst = d;
        /* Padding stays out of it. */
        double sum = 0, all = 0;
        for (int64_t j = 0; j < t->plain; j++) sum += fabs((double)plain[j]);
        for (int64_t j = 0; j < t->count; j++) all += fabs((double)t->grad[j]);
        CHECK_NEAR(all, sum, 1e-9 * sum);
        free(plain);
    }
}

/* running = 0.9 old + 0.1 of this batch, from the values of the tape. */
static void check_running(const run *w, double limit)
{
    for (int k = 0; k < w->r->nodes; k++) {
        const ref_node *y = &w->r->node[k], *x = &w->r->node[y->a];
        if (y->kind != REF_NORM) continue;
        const size_t area = (size_t)y->h * (size_t)y->w, c = (size_t)y->c;
        const double m = (double)y->n * (double)area;
        float *mean = malloc(c * sizeof *mean), *var = malloc(c * sizeof *var);
        double *want = malloc(2 * c * sizeof *want);
        CHECK_OK(akin_encoder_export(w->e, y->mean, mean, &err));
        CHECK_OK(akin_encoder_export(w->e, y->var, var, &err));
        for (size_t i = 0; i < c; i++) {
            double mu = 0, square = 0;
            for (size_t j = 0; j < (size_t)y->n * area; j++)
                mu += x->v[(j / area * c + i) * area + j % area] / m;
            for (size_t j = 0; j < (size_t)y->n * area; j++)
                square += pow(x->v[(j / area * c + i) * area + j % area] - mu, 2) / (m - 1);
            const double move = w->r->t[y->weight].grad ? 0.1 : 0; /* frozen ones stay */
            want[i] = (1 - move) * w->r->p[y->mean][i] + move * mu;
            want[c + i] = (1 - move) * w->r->p[y->var][i] + move * square;
        }
        CHECK_LE(distance(mean, want, c), limit);
        CHECK_LE(distance(var, want + c, c), limit);
        free(mean);
        free(var);
        free(want);
    }
}

/* Rows lie further apart than they are wide; convolutional encoders say that they have none. */
static void check_input_gradient(run *w, const shape *s, double limit)
{
    const ref_node *input = &w->r->node[w->input];
    const int64_t pixels = (int64_t)(ref_size(input) / (size_t)s->batch), stride = pixels + 3;
    float *got = calloc((size_t)(s->batch * stride), sizeof *got);
    const akin_mat dinput = { got, s->batch, pixels, stride };
    if (frozen) {
        CHECK_FAILS(akin_encoder_input_gradient(w->e, dinput, &err), AKIN_ERR_UNSUPPORTED, "input");
    } else if (strcmp(s->name, "mlp") == 0 || strcmp(s->name, "linear") == 0 ||
               strcmp(s->name, "identity") == 0) {
        CHECK_OK(akin_encoder_input_gradient(w->e, dinput, &err));
        for (int64_t i = 1; i < s->batch; i++)
            memmove(got + i * pixels, got + i * stride, (size_t)pixels * sizeof *got);
        CHECK_LE(distance(got, input->g, ref_size(input)), limit);
    } else {
        CHECK_FAILS(akin_encoder_input_gradient(w->e, dinput, &err), AKIN_ERR_UNSUPPORTED, "input");
    }
    free(got);
}

static void compare(const shape *s, build_fn *build, double forward_limit, double backward_limit)
{
    run w = start(s, build);
    ref_node *f = &w.r->node[w.features], *out = &w.r->node[w.output];
    ref_forward(w.r);
    forward(&w, s->batch, true);
    const double fe = distance(w.got_features, f->v, ref_size(f));
    const double oe = out == f ? 0 : distance(w.got_output, out->v, ref_size(out));
    CHECK_LE(fe, forward_limit);
    CHECK_LE(oe, forward_limit);
    check_running(&w, forward_limit);

    double worst = 0;
    for (int where = PROJECTIONS; where <= FEATURES; where++) {
        forward(&w, s->batch, true);
        ref_gradients(&w, where);
        const akin_cmat dp = akin_mat_const(mat(out == f || where == FEATURES ? NULL : w.dout, out));
        const akin_cmat df = akin_mat_const(mat(where != PROJECTIONS || out == f ? w.dfeatures : NULL, f));
        CHECK_OK(akin_encoder_backward(w.e, dp, df, &err));
        check_gradients(&w, backward_limit, &worst);
        check_input_gradient(&w, s, backward_limit);
    }

    /* Inference, whole and partial batch: running averages, and what lies behind the last image is
     * ignored. */
    w.r->training = false;
    ref_read(w.r);
    ref_forward(w.r);
    for (int n = s->batch; n >= 1; n--) {
        forward(&w, n, false);
        CHECK_LE(distance(w.got_features, f->v, (size_t)(n * f->c)), forward_limit);
        if (out != f) CHECK_LE(distance(w.got_output, out->v, (size_t)(n * out->c)), forward_limit);
    }
    if (getenv("AKIN_TEST_VERBOSE"))
        printf("%-14s %dx%dx%dx%d width %d: features %.1e output %.1e gradients %.1e\n", s->name, s->batch,
               s->channels, s->height, s->width, s->encoder_width, fe, oe, worst);
    stop(&w);
}

static int build_resnet(ref_net *r, int input, const shape *s, int *features)
{
    const bool large = strstr(s->name, "large") != NULL;
    r->flat = strstr(s->name, "1d") != NULL;
    const int stem = large ? 7 : strcmp(s->name, "resnet-s") == 0 || r->flat ? 5 : 3;
    ref_family f = { 0, stem, large, strstr(s->name, "50") != NULL };
    f.stages = strstr(s->name, "18") || strstr(s->name, "34") || strstr(s->name, "50") ? 4 : 3;
    *features = ref_resnet(r, input, f, s->encoder_width, s->stem_stride, s->blocks);
    return s->out ? ref_head(r, *features, s->hidden, s->head_norm != 0, s->out) : *features;
}

/* Skips over 1x3, then a kernel as long as what is left, which nothing rectifies. */
static int build_conv1d(ref_net *r, int at, const shape *s, int *features)
{
    char name[64];
    r->flat = true;
    at = ref_relu(r, ref_conv(r, at, "stem.conv", s->encoder_width, 3, s->stem_stride));
    for (int i = 0; i < s->blocks; i++) {
        snprintf(name, sizeof name, "stage1.block%d.conv", i);
        at = ref_relu(r, ref_add(r, ref_conv(r, at, name, s->encoder_width, 3, 1), at));
    }
    for (int i = 1; r->node[at].w > 8; i++) { /* four to one, zeros at both ends where four do not divide */
        const int pad = ((4 - r->node[at].w % 4) % 4 + 1) / 2, fold[3] = { 4, 4, pad };
        snprintf(name, sizeof name, "join%d.conv", i);
        at = ref_relu(r, ref_conv_padded(r, at, name, s->encoder_width, fold));
    }
    const int window[3] = { r->node[at].w, 1, 0 };
    *features = ref_conv_padded(r, at, "join.conv", s->encoder_width, window);
    return s->out ? ref_head(r, *features, s->hidden, s->head_norm != 0, s->out) : *features;
}

static int build_cnn4(ref_net *r, int at, const shape *s, int *features)
{
    char name[64];
    for (int i = 1; i <= 4; i++) {
        snprintf(name, sizeof name, "stage%d.block0.conv", i);
        at = ref_relu(r, ref_conv(r, at, name, s->encoder_width, 3, 1));
        if (r->node[at].h >= 2 && r->node[at].w >= 2) at = ref_pool(r, at, 2);
    }
    *features = ref_mean(r, at);
    return s->out ? ref_head(r, *features, s->hidden, s->head_norm != 0, s->out) : *features;
}

static int build_mlp(ref_net *r, int at, const shape *s, int *features)
{
    if (strcmp(s->name, "identity") == 0) {
        r->node[at].c *= r->node[at].h * r->node[at].w; /* a vector from here on */
        r->node[at].h = r->node[at].w = 1;
    } else if (strcmp(s->name, "linear") == 0) {
        at = ref_linear(r, at, "linear", s->encoder_width);
    } else {
        at = ref_relu(r, ref_norm(r, ref_linear(r, at, "hidden1", s->encoder_width), "hidden1.bn", ""));
        at = ref_relu(r, ref_norm(r, ref_linear(r, at, "hidden2", s->encoder_width), "hidden2.bn", ""));
    }
    *features = at;
    return s->out ? ref_head(r, at, s->hidden, s->head_norm != 0, s->out) : at;
}

static void the_reference_agrees_with_finite_differences(void **state)
{
    (void)state;
    const shape s = { "resnet8", 3, 9, 7, 3, 3, 1, 2, 6, 5, 1, 0, 0 };
    run w = start(&s, build_resnet);
    ref_forward(w.r);
    ref_gradients(&w, BOTH);
    const ref_node *f = &w.r->node[w.features], *out = &w.r->node[w.output];
    for (int64_t i = 0; i < w.r->tensors; i++) {
        if (!w.r->t[i].grad) continue;
        const size_t n = (size_t)w.r->t[i].plain;
        double *direction = malloc(n * sizeof *direction), along = 0, size = 0, loss[2] = { 0 };
        for (size_t j = 0; j < n; j++) {
            direction[j] = test_normal();
            along += direction[j] * w.r->dp[i][j];
            size += w.r->dp[i][j] * w.r->dp[i][j];
        }
        const double h = 1e-6;
        for (int side = 0; side < 2; side++) {
            for (size_t j = 0; j < n; j++) w.r->p[i][j] += (side ? 2 : -1) * h * direction[j];
            ref_forward(w.r);
            for (size_t j = 0; j < ref_size(out); j++) loss[side] += out->v[j] * (double)w.dout[j];
            for (size_t j = 0; j < ref_size(f); j++) loss[side] += f->v[j] * (double)w.dfeatures[j];
        }
        for (size_t j = 0; j < n; j++) w.r->p[i][j] -= h * direction[j];
        /* h^2 of curvature and 1e-16/h of rounding: 1e-6 of the gradient's length is ample. */
        CHECK_NEAR((loss[1] - loss[0]) / (2 * h), along, 1e-6 * sqrt(size) + 1e-7);
        free(direction);
    }
    stop(&w);
}

/* Central differences of sum(out dout) + sum(features dfeatures) along the input, as above. */
static void the_reference_agrees_on_the_input_gradient(void **state)
{
    (void)state;
    const shape s = { "mlp", 6, 1, 11, 1, 17, 2, 0, 6, 5, 1, 0, 0 };
    run w = start(&s, build_mlp);
    ref_forward(w.r);
    ref_gradients(&w, BOTH);
    const ref_node *f = &w.r->node[w.features], *out = &w.r->node[w.output], *in = &w.r->node[w.input];
    const double h = 1e-6;
    for (size_t i = 0; i < ref_size(in); i++) {
        const double x = in->v[i], want = in->g[i];
        double loss[2] = { 0 };
        for (int side = 0; side < 2; side++) {
            in->v[i] = side ? x + h : x - h;
            ref_forward(w.r);
            for (size_t j = 0; j < ref_size(out); j++) loss[side] += out->v[j] * (double)w.dout[j];
            for (size_t j = 0; j < ref_size(f); j++) loss[side] += f->v[j] * (double)w.dfeatures[j];
        }
        in->v[i] = x;
        CHECK_NEAR((loss[1] - loss[0]) / (2 * h), want, 1e-6 * (1 + fabs(want)));
    }
    stop(&w);
}

/* Frozen parts have no gradient, and take their statistics from the running averages, which do not move; the
 * rest learns as before, in front of them too. */
static void frozen_parts_do_not_learn(void **state)
{
    (void)state;
    static const struct {
        shape s;
        const char *freeze;
    } shapes[] = {
        { { "resnet18", 3, 17, 17, 3, 3, 1, 1, 5, 4, 1, 0, AKIN_CONV_DIRECT }, "stem,stage1" },
        { { "resnet8", 3, 12, 12, 1, 16, 1, 2, 6, 5, 1, 0, AKIN_CONV_DIRECT }, "stage2" },
        { { "resnet8", 2, 9, 7, 3, 5, 1, 1, 6, 5, 1, 0, AKIN_CONV_DIRECT }, "backbone" },
        { { "resnet50-large", 3, 41, 40, 1, 3, 1, 2, 0, 4, 0, 0, AKIN_CONV_DIRECT }, "stage3,stem" },
        { { "cnn4", 3, 13, 9, 3, 5, 0, 0, 6, 5, 1, 0, AKIN_CONV_DIRECT }, "stage1,stage2,stage3" },
        { { "mlp", 4, 5, 3, 3, 17, 2, 0, 6, 5, 1, 0, 0 }, "hidden1" },
        { { "linear", 3, 4, 4, 3, 9, 0, 0, 7, 5, 0, 0, 0 }, "linear" },
    };
    static const struct {
        const char *freeze, *says;
        int out;
    } wrong[] = { { "stage9", "stem, stage1, stage2, stage3, and backbone", 4 },
                  { "", "no part ''", 4 },
                  { "stem,", "no part ''", 4 },
                  { "stem,,stage1", "no part ''", 4 },
                  { "head", "no part 'head'", 4 },
                  { "stage", "no part 'stage'", 4 },
                  { "backbone", "nothing would learn", 0 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char name = shapes[i].s.name[0];
        frozen = shapes[i].freeze;
        compare(&shapes[i].s, name == 'c' ? build_cnn4 : name == 'r' ? build_resnet : build_mlp, 2e-5, 2e-4);
        akin_encoder *e = create(&shapes[i].s, 1);
        for (int64_t k = 0; akin_encoder_tensor_at(e, k); k++) {
            const akin_tensor *t = akin_encoder_tensor_at(e, k);
            const size_t n = strcspn(t->name, ".");
            char part[64], list[128];
            snprintf(part, sizeof part, ",%.*s,", (int)n, t->name);
            snprintf(list, sizeof list, ",%s,", shapes[i].freeze);
            const bool all = strcmp(shapes[i].freeze, "backbone") == 0 && strcmp(part, ",head,") != 0;
            if (strstr(list, part) || all) CHECK(!t->grad);
            if (!strstr(list, part) && !all && !strstr(t->name, "running")) CHECK(t->grad);
        }
        akin_encoder_free(e);
    }
    frozen = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
        akin_encoder *e = NULL;
        o.name = "resnet8";
        o.head_out = wrong[i].out;
        o.freeze = wrong[i].freeze;
        CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &e, &err), AKIN_ERR_RANGE, wrong[i].says);
    }
}

/* What is frozen at the front keeps nothing for a backward pass, and what learns has the same gradients.
 * Counted in maps of resnet18's first stage at 32x32. */
static void frozen_fronts_keep_no_activations(void **state)
{
    (void)state;
    static const shape shapes[] = {
        { "resnet50", 3, 17, 16, 3, 3, 1, 1, 0, 4, 0, 0, AKIN_CONV_DIRECT },
        { "resnet18-large", 3, 42, 37, 3, 3, 1, 2, 5, 4, 1, 0, AKIN_CONV_DIRECT },
    };
    static const struct {
        const char *freeze;
        double most;
    } rows[] = { { NULL, 22 },
                 { "stage2", 22 },
                 { "stem,stage1", 13.5 },
                 { "stem,stage1,stage2,stage3", 6 },
                 { "backbone", 4.5 } };
    frozen = "stem,stage1,stage2";
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) compare(&shapes[i], build_resnet, 2e-5, 2e-4);
    frozen = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
        akin_encoder_info planned = AKIN_ENCODER_INFO_INIT, info[2] = { planned, planned };
        o.name = "resnet18";
        o.width = 16;
        o.freeze = rows[i].freeze;
        CHECK_OK(akin_encoder_describe(&o, 32, 32, 3, &planned, &err));
        for (int k = 0; k < 2; k++) { /* what eight more images take: weights are left out */
            akin_encoder *e = NULL;
            CHECK_OK(akin_encoder_create(&o, 8 + 8 * k, 32, 32, 3, &e, &err));
            CHECK_OK(akin_encoder_get_info(e, &info[k], &err));
            akin_encoder_free(e);
        }
        const double image = (double)(info[1].memory_bytes - info[0].memory_bytes) / 8;
        CHECK_LE((double)planned.memory_bytes, rows[i].most * 4 * 16 * 32 * 32);
        /* scratch of a layer grows with the parts of a batch, in steps */
        CHECK_LE(fabs(image - (double)planned.memory_bytes), 2 * 4 * 16 * 32 * 32);
    }
}

/* A channel for each column: fewer than a block of channels, whole blocks, and some more. */
static const shape SERIES[] = {
    { "conv1d", 3, 1, 10, 5, 7, 3, 1, 6, 5, 1, 0, 0 },
    { "conv1d", 4, 1, 10, 16, 16, 2, 1, 0, 0, 0, 0, 0 },
    { "conv1d", 4, 1, 11, 1, 17, 1, 2, 0, 4, 0, 0, 0 },
    { "conv1d", 5, 1, 1, 3, 5, 1, 1, 0, 0, 0, 0, 0 },
    { "conv1d", 3, 1, 30, 3, 5, 1, 1, 6, 5, 1, 0, 0 },
    { "conv1d", 3, 1, 50, 3, 17, 1, 1, 0, 0, 0, 0, 0 },
    { "conv1d", 3, 1, 9, 35, 32, 3, 1, 6, 5, 1, 0, 0 },
    { "conv1d", 3, 1, 9, 8, 32, 3, 1, 6, 5, 1, 0, AKIN_CONV_WINOGRAD },
    { "resnet1d", 3, 1, 21, 19, 5, 1, 1, 6, 5, 1, 0, 0 },
    { "resnet1d", 4, 1, 10, 4, 16, 2, 2, 0, 0, 0, 0, 0 },
};

static build_fn *series_builder(const shape *s) { return s->name[0] == 'c' ? build_conv1d : build_resnet; }

static void encoders_of_series_agree_with_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SERIES / sizeof *SERIES; i++)
        compare(&SERIES[i], series_builder(&SERIES[i]), 2e-5, 2e-4);
    const shape some[] = { { "conv1d", 3, 1, 10, 20, 7, 2, 1, 6, 5, 1, 0, 0 } };
    frozen = "stem,stage1";
    compare(some, build_conv1d, 2e-5, 2e-4);
    frozen = NULL;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    akin_encoder *e = NULL;
    o.name = "conv1d";
    const int64_t steps[] = { 10, 12, 13, 30, 100, 1000 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && strcmp(akin_isa(), "ref") != 0; i++) {
        akin_encoder_layer layer = AKIN_ENCODER_LAYER_INIT; /* none is left to oneDNN's slow code */
        CHECK_OK(akin_encoder_create(&o, 32, 1, steps[i], 6, &e, &err));
        for (int32_t k = 0; akin_encoder_get_layer(e, k, &layer, NULL) == AKIN_OK; k++)
            for (int way = 0; way < 3; way++) CHECK(strncmp(layer.algorithm[way], "ref", 3) != 0);
        akin_encoder_free(e);
        e = NULL;
    }
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &e, &err), AKIN_ERR_SHAPE, "reads series");
    CHECK_FAILS(akin_encoder_create(&o, 2, 1, 8, 70000, &e, &err), AKIN_ERR_SHAPE, "70000 channels");
    o.name = "resnet8";
    CHECK_FAILS(akin_encoder_create(&o, 2, 1, 8, 5, &e, &err), AKIN_ERR_SHAPE, "5 channels");
}

/* Columns of a series as one vector. */
static void vectors_may_have_channels(void **state)
{
    (void)state;
    static const shape dense[] = { { "mlp", 6, 1, 7, 9, 33, 2, 0, 6, 5, 1, 0, 0 },
                                   { "identity", 3, 1, 4, 30, 0, 0, 0, 0, 6, 0, 0, 0 } };
    for (size_t i = 0; i < sizeof dense / sizeof *dense; i++) compare(&dense[i], build_mlp, 2e-5, 2e-4);
}

static void encoders_agree_with_the_reference(void **state)
{
    (void)state;
    static const shape resnets[] = {
        { "resnet8", 2, 9, 7, 3, 5, 1, 1, 6, 5, 1, 0, AKIN_CONV_DIRECT },
        { "resnet8", 3, 8, 8, 1, 17, 1, 2, 19, 8, 0, 0, AKIN_CONV_DIRECT },
        { "resnet14", 4, 11, 13, 4, 3, 2, 1, 0, 7, 0, 0, AKIN_CONV_DIRECT },
        { "resnet-s", 3, 14, 14, 1, 16, 1, 2, 0, 0, 0, 0, AKIN_CONV_DIRECT },
        { "resnet-s", 2, 11, 11, 3, 32, 1, 1, 32, 16, 1, 0, AKIN_CONV_DIRECT },
        { "resnet18", 3, 17, 17, 3, 3, 1, 1, 5, 4, 1, 0, AKIN_CONV_DIRECT },
        { "resnet34", 2, 12, 9, 1, 4, 1, 1, 0, 3, 0, 0, AKIN_CONV_DIRECT },
        { "resnet50", 3, 17, 16, 3, 3, 1, 1, 0, 4, 0, 0, AKIN_CONV_DIRECT },
        { "resnet18-large", 3, 42, 37, 3, 5, 1, 2, 5, 4, 1, 0, AKIN_CONV_DIRECT },
        { "resnet50-large", 3, 41, 40, 1, 3, 1, 2, 0, 0, 0, 0, AKIN_CONV_DIRECT },
    };
    static const shape plain[] = {
        { "cnn4", 3, 13, 9, 3, 5, 0, 0, 6, 5, 1, 0, AKIN_CONV_DIRECT },
        { "cnn4", 2, 16, 17, 1, 17, 0, 0, 0, 3, 0, 0, AKIN_CONV_DIRECT },
    };
    static const shape dense[] = {
        { "mlp", 4, 5, 3, 3, 17, 2, 0, 6, 5, 1, 0, 0 },
        { "mlp", 4, 5, 3, 1, 32, 2, 0, 0, 0, 0, 0, 0 },
        { "linear", 2, 4, 4, 3, 9, 0, 0, 7, 5, 0, 0, 0 },
        { "identity", 5, 1, 21, 1, 0, 0, 0, 7, 5, 1, 0, 0 },
        { "identity", 3, 2, 3, 4, 0, 0, 0, 0, 6, 0, 0, 0 },
        { "identity", 3, 1, 100, 1, 0, 0, 0, 0, 0, 0, 0, 0 },
        { "mlp", 6, 1, 300, 1, 33, 2, 0, 0, 5, 0, 0, 0 },
        { "mlp", 6, 1, 1, 1, 7, 2, 0, 6, 5, 1, 0, 0 },
        { "linear", 3, 1, 5001, 1, 17, 0, 0, 0, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof resnets / sizeof *resnets; i++)
        compare(&resnets[i], build_resnet, 2e-5, 2e-4);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) compare(&plain[i], build_cnn4, 2e-5, 2e-4);
    for (size_t i = 0; i < sizeof dense / sizeof *dense; i++) compare(&dense[i], build_mlp, 2e-5, 2e-4);
}

/* Winograd F(4x4,3x3) transforms with factors up to 8 and sums that cancel: about ten times the error. */
static void winograd_is_near_the_reference(void **state)
{
    (void)state;
    static const shape shapes[] = {
        { "resnet8", 2, 9, 7, 3, 16, 1, 1, 6, 5, 1, 0, AKIN_CONV_WINOGRAD },
        { "resnet-s", 2, 20, 24, 1, 16, 1, 2, 16, 8, 1, 0, AKIN_CONV_WINOGRAD },
        { "cnn4", 2, 10, 9, 3, 33, 0, 0, 6, 5, 1, 0, AKIN_CONV_WINOGRAD },
        { "resnet-s", 2, 10, 9, 3, 48, 1, 1, 0, 0, 0, 0, AKIN_CONV_AUTO },
        { "resnet-s", 3, 16, 13, 1, 32, 1, 2, 0, 0, 0, 0, AKIN_CONV_AUTO }, /* down to 2x2 */
        { "resnet-s", 6, 20, 24, 1, 16, 1, 2, 16, 8, 1, 0,
          AKIN_CONV_WINOGRAD }, /* tiles enough for our own */
        { "resnet-s", 12, 10, 9, 3, 32, 1, 1, 0, 4, 0, 0, AKIN_CONV_AUTO },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        compare(&shapes[i], shapes[i].name[0] == 'c' ? build_cnn4 : build_resnet, 1e-4, 2e-3);
}

/* bfloat16 keeps 8 bits: up to 2^-8 = 0.4 % a rounding, some ten of them in a row forward and twice that
 * backward, where flipped ReLUs weigh most in batches this small (0.6 measured; unrelated gradients are 1.4
 * apart). The passes themselves are held to half a unit of bfloat16 in test_nn_lanes. */
static void bf16_is_near_the_reference(void **state)
{
    (void)state;
    static const shape shapes[] = {
        { "resnet8", 8, 9, 9, 3, 5, 1, 1, 6, 5, 1, AKIN_PRECISION_BF16, 0 },
        { "resnet-s", 6, 14, 14, 1, 32, 1, 2, 16, 8, 0, AKIN_PRECISION_BF16, 0 },
        { "cnn4", 6, 16, 17, 3, 17, 0, 0, 6, 5, 1, AKIN_PRECISION_BF16, 0 },
        { "resnet18-large", 8, 42, 37, 4, 5, 1, 2, 5, 4, 0, AKIN_PRECISION_BF16, 0 },
        { "resnet-s", 12, 8, 12, 3, 64, 1, 1, 0, 4, 0, AKIN_PRECISION_BF16, 0 },
        { "conv1d", 12, 1, 10, 37, 16, 3, 1, 6, 5, 1, AKIN_PRECISION_BF16, 0 },
    };
    if (strncmp(akin_isa(), "avx512", 6) != 0) {
        akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
        o.precision = AKIN_PRECISION_BF16;
        akin_encoder *e = NULL;
        CHECK_FAILS(akin_encoder_create(&o, 4, 8, 8, 1, &e, &err), AKIN_ERR_UNSUPPORTED, "AVX-512");
        return;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        compare(&shapes[i],
                shapes[i].height == 1      ? build_conv1d
                : shapes[i].name[0] == 'c' ? build_cnn4
                                           : build_resnet,
                0.05, 0.8);
}

/* All gradients of one step on fixed images; wino: whether Winograd took part, forward, or with oneDNN 3.x to
 * the weights. */
static float *gradients_of(akin_encoder_opts *o, int64_t batch, int64_t side, size_t *count, bool *wino)
{
    akin_encoder *e = NULL;
    o->seed = 5;
    CHECK_OK(akin_encoder_create(o, batch, side, side, 3, &e, &err));
    test_seed = 6;
    test_u64();
    test_seed = 7;
    float *images = normals((size_t)(batch * side * side * 3));
    float *d = normals((size_t)(batch * o->head_out));
    const akin_mat none = { 0 };
    const akin_cmat dout = { d, batch, o->head_out, o->head_out }, cnone = { 0 };
    CHECK_OK(akin_encoder_forward(e, images, batch, true, none, none, &err));
    CHECK_OK(akin_encoder_backward(e, dout, cnone, &err));
    int64_t n;
    const akin_tensor *t = ak_encoder_tensors(e, &n);
    *count = 0;
    for (int64_t i = 0; i < n; i++) *count += t[i].grad ? (size_t)t[i].plain : 0;
    float *all = malloc(*count * sizeof *all);
    size_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!t[i].grad) continue;
        CHECK_OK(akin_encoder_export_grad(e, i, all + at, &err));
        at += (size_t)t[i].plain;
    }
    *wino = false;
    akin_encoder_layer l = AKIN_ENCODER_LAYER_INIT;
    for (int32_t i = 0; akin_encoder_get_layer(e, i, &l, NULL) == AKIN_OK; i++)
        *wino = *wino || strstr(l.algorithm[dnnl_version()->major < 3 ? 0 : 2], "wino");
    akin_encoder_free(e);
    free(images);
    free(d);
    return all;
}

static double apart(const float *a, const float *b, size_t n)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = (double)a[i] - (double)b[i];
        difference += x * x;
        size += (double)b[i] * (double)b[i];
    }
    return sqrt(difference / size);
}

/* A bf16 network that computes wide layers in float32 is as near to the float32 network as one that does not.
 * Both errors are rounding noise of the same activations; a wrong copy would make the first of the order of
 * 1. With oneDNN 3.x, which has no Winograd, only akin's own works in float32: to the weights, of maps of 10
 * and batches of 8 or more (ak_winograd_wanted()). */
static void layers_of_bf16_networks_in_float32_lose_nothing(void **state)
{
    (void)state;
    if (strncmp(akin_isa(), "avx512", 6) != 0) return;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = "cnn4"; /* maps of 20, 10 (all three directions in float32), 5 (to weights) and 2 */
    o.width = 256;
    o.head_out = 16;
    o.head_hidden = 0;
    size_t n;
    bool wino[3];
    float *f32 = gradients_of(&o, 8, 20, &n, &wino[0]);
    o.precision = AKIN_PRECISION_BF16;
    float *mixed = gradients_of(&o, 8, 20, &n, &wino[1]);
    o.algorithm = AKIN_CONV_DIRECT;
    float *bf16 = gradients_of(&o, 8, 20, &n, &wino[2]);
    const double of_mixed = apart(mixed, f32, n), of_bf16 = apart(bf16, f32, n);
    CHECK(wino[1] && !wino[2]);
    CHECK(of_mixed > 0 && of_mixed < 1.3 * of_bf16 && of_bf16 < 0.5);
    free(f32);
    free(mixed);
    free(bf16);
}

static void limits_are_told_for_convolutions(void **state)
{
    (void)state;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = "cnn4";
    o.width = 64;
    akin_encoder *e = NULL;
    CHECK_OK(akin_encoder_create(&o, 4, 8, 8, 3, &e, &err));
    akin_encoder_limit l = AKIN_ENCODER_LIMIT_INIT;
    CHECK_OK(akin_encoder_measure_limit(e, 0, &l, &err));
    CHECK(l.seconds[0] > 0 && l.fastest[0][0] && !l.fastest[1][0] &&
          l.seconds[2] > 0); /* none to the images */
    CHECK_OK(akin_encoder_measure_limit(e, 1, &l, &err));
    CHECK(!l.fastest[0][0] && l.seconds[0] + l.seconds[1] + l.seconds[2] == 0); /* pooling */
    CHECK_OK(akin_encoder_measure_limit(e, 2, &l, &err));
    CHECK(l.seconds[0] > 0 && l.seconds[1] > 0 && l.seconds[2] > 0 &&
          strcmp(l.name, "stage2.block0.conv") == 0);
    for (int k = 0; k < 3; k++) CHECK(l.onednn_s[k] > 0 && l.seconds[k] <= l.onednn_s[k]);
    CHECK_FAILS(akin_encoder_measure_limit(e, 99, &l, &err), AKIN_ERR_RANGE, "99");
    CHECK_FAILS(akin_encoder_measure_limit(e, 0, NULL, &err), AKIN_ERR_ARGUMENT, "limit");
    akin_encoder_free(e);
}

/* One step of training; returns a copy of all gradients and tensors, in order. */
static float *one_step(const shape *s, uint64_t seed, size_t *count)
{
    akin_encoder *e = create(s, seed);
    test_seed = 4; /* a change of seed restarts the stream */
    test_u64();
    test_seed = 5;
    float *images = normals((size_t)(s->batch * s->channels * s->height * s->width));
    float *d = normals((size_t)(s->batch * s->out)), *p = calloc((size_t)(s->batch * s->out), sizeof *p);
    const akin_mat out = { p, s->batch, s->out, s->out }, none = { 0 };
    const akin_cmat dout = { d, s->batch, s->out, s->out }, cnone = { 0 };
    CHECK_OK(akin_encoder_forward(e, images, s->batch, true, none, out, &err));
    CHECK_OK(akin_encoder_backward(e, dout, cnone, &err));
    int64_t n;
    const akin_tensor *t = ak_encoder_tensors(e, &n);
    size_t total = (size_t)(s->batch * s->out), at = total;
    for (int64_t i = 0; i < n; i++) total += (size_t)t[i].plain * (t[i].grad ? 2 : 1);
    float *all = malloc(total * sizeof *all);
    memcpy(all, p, at * sizeof *p);
    for (int64_t i = 0; i < n; i++) {
        CHECK_OK(akin_encoder_export(e, i, all + at, &err));
        at += (size_t)t[i].plain;
        if (!t[i].grad) continue;
        CHECK_OK(akin_encoder_export_grad(e, i, all + at, &err));
        at += (size_t)t[i].plain;
    }
    CHECK(at == total);
    free(images);
    free(d);
    free(p);
    akin_encoder_free(e);
    *count = total;
    return all;
}

static void the_same_run_gives_the_same_bits(void **state)
{
    (void)state;
    for (int precision = 0; precision < 2; precision++) {
        const shape s = { "resnet-s", 40, 14, 14, 1, 32, 1, 2, 16, 8, 1, precision, 0 };
        if (precision && strncmp(akin_isa(), "avx512", 6) != 0) continue;
        size_t n, m;
        float *a = one_step(&s, 3, &n), *b = one_step(&s, 3, &m), *c = one_step(&s, 4, &m);
        CHECK(n == m && memcmp(a, b, n * sizeof *a) == 0);
        CHECK(memcmp(a, c, n * sizeof *a) != 0);
        free(a);
        free(b);
        free(c);
    }
}

/* The batch is cut the same way for up to four threads, so the bits are the same too. */
static void threads_do_not_change_the_bits(void **state)
{
    (void)state;
    const int before = akin_threads();
    shape s = { "resnet-s", 39, 14, 14, 1, 48, 1, 2, 16, 8, 1, 0, 0 };
    for (s.precision = 0; s.precision < 2; s.precision++) {
        if (s.precision && strncmp(akin_isa(), "avx512", 6) != 0) continue;
        size_t n, m;
        akin_set_threads(1);
        float *one = one_step(&s, 3, &n);
        static const int MANY[] = { 2, 3, 4, 7, 16 };
        for (size_t i = 0; i < sizeof MANY / sizeof *MANY; i++) {
            akin_set_threads(MANY[i]);
            float *many = one_step(&s, 3, &m);
            CHECK(n == m && memcmp(one, many, n * sizeof *one) == 0);
            free(many);
        }
        free(one);
    }

    s.precision = 0;
    akin_set_threads(2);
    akin_encoder *e = create(&s, 3);
    float *x = calloc(39 * 14 * 14, sizeof *x), f[192];
    const akin_mat out = { f, 1, 192, 192 }, none = { 0 };
    akin_set_threads(1);
    CHECK_FAILS(akin_encoder_forward(e, x, 1, false, out, none, &err), AKIN_ERR_ARGUMENT, "threads");
    akin_set_threads(before);
    akin_encoder_free(e);
    free(x);
}

static void tensors_travel_in_plain_layout(void **state)
{
    (void)state;
    const shape s = { "resnet14", 2, 9, 7, 3, 17, 2, 1, 6, 5, 1, 0, 0 };
    akin_encoder *a = create(&s, 1), *b = create(&s, 2);
    int64_t n, m;
    const akin_tensor *ta = ak_encoder_tensors(a, &n), *tb = ak_encoder_tensors(b, &m);
    CHECK(n == m && n > 40);
    int64_t parameters = 0;
    for (int64_t i = 0; i < n; i++) {
        const size_t bytes = (size_t)ta[i].plain * sizeof(float);
        float *x = malloc(bytes), *y = malloc(bytes);
        CHECK((uintptr_t)ta[i].data % 64 == 0 && ta[i].count >= ta[i].plain);
        CHECK(ta[i].decay == (ta[i].ndim > 1));
        if (ta[i].grad) parameters += ta[i].plain;
        CHECK_OK(akin_encoder_export(a, i, x, &err));
        CHECK_OK(akin_encoder_import(b, i, x, &err));
        CHECK_OK(akin_encoder_export(b, i, y, &err));
        CHECK(memcmp(x, y, bytes) == 0);
        CHECK(memcmp(ta[i].data, tb[i].data, (size_t)ta[i].count * sizeof(float)) == 0);
        free(x);
        free(y);
    }
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    CHECK_OK(akin_encoder_get_info(a, &info, &err));
    CHECK(info.parameters == parameters);
    CHECK_FAILS(akin_encoder_export(a, n, (float *)&info, &err), AKIN_ERR_RANGE, "tensor");
    CHECK_FAILS(akin_encoder_export_grad(a, 3, (float *)&info, &err), AKIN_ERR_ARGUMENT, "no gradient");

    float images[2 * 3 * 9 * 7], fa[2 * 68], fb[2 * 68];
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) images[i] = (float)test_normal();
    const akin_mat va = { fa, 2, 68, 68 }, vb = { fb, 2, 68, 68 }, none = { 0 };
    CHECK_OK(akin_encoder_forward(a, images, 2, false, va, none, &err));
    CHECK_OK(akin_encoder_forward(b, images, 2, false, vb, none, &err));
    CHECK(memcmp(fa, fb, sizeof fa) == 0);
    akin_encoder_free(a);
    akin_encoder_free(b);
}

/* He normal: variance 2/(out kh kw); a long tensor shows it to 1 %. The first weight is the same
 * everywhere. */
static void initial_weights_have_their_variance(void **state)
{
    (void)state;
    const shape s = { "resnet-s", 1, 28, 28, 1, 64, 1, 2, 128, 128, 1, 0, 0 };
    akin_encoder *e = create(&s, 1);
    int64_t n;
    const akin_tensor *t = ak_encoder_tensors(e, &n);
    for (int64_t i = 0; i < n; i++) {
        if (t[i].plain < 16000) continue;
        float *x = malloc((size_t)t[i].plain * sizeof *x);
        CHECK_OK(akin_encoder_export(e, i, x, &err));
        double mean = 0, square = 0;
        for (int64_t j = 0; j < t[i].plain; j++) {
            mean += (double)x[j] / (double)t[i].plain;
            square += (double)x[j] * (double)x[j] / (double)t[i].plain;
        }
        const double want = t[i].ndim == 4 ? 2.0 / (double)(t[i].shape[0] * t[i].shape[2] * t[i].shape[3])
                                           : 1.0 / (3.0 * (double)t[i].shape[1]);
        CHECK_NEAR(square / want, 1, 0.06); /* 4 sigma of sqrt(2/16000) */
        CHECK_LE(fabs(mean), 5 * sqrt(want / (double)t[i].plain));
        free(x);
    }
    akin_encoder_free(e);
}

static void a_nan_is_not_hidden(void **state)
{
    (void)state;
    const shape s = { "resnet-s", 3, 14, 14, 1, 16, 1, 2, 8, 4, 1, 0, 0 };
    akin_encoder *e = create(&s, 1);
    float *x = calloc(3 * 14 * 14, sizeof *x), p[12];
    x[200] = NAN;
    const akin_mat out = { p, 3, 4, 4 }, none = { 0 };
    CHECK_OK(akin_encoder_forward(e, x, 3, true, none, out, &err));
    CHECK(isnan(p[0]) && isnan(p[11]));
    akin_encoder_free(e);
    free(x);
}

static void misuse_is_refused_with_a_sentence(void **state)
{
    (void)state;
    akin_encoder *e = NULL;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = "resnet-x";
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "resnet-s");
    o.name = NULL;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "no encoder");
    o.name = "resnet-s";
    o.width = -1;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "width");
    o.width = 0;
    o.precision = 3;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "precision");
    o.precision = AKIN_PRECISION_F64;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_UNSUPPORTED, "f64");
    o.precision = 0;
    CHECK_FAILS(akin_encoder_create(&o, 0, 28, 28, 1, &e, &err), AKIN_ERR_SHAPE, "batch");
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 5, &e, &err), AKIN_ERR_SHAPE, "channels");
    CHECK_FAILS(akin_encoder_create(&o, 4, 0, 28, 1, &e, &err), AKIN_ERR_SHAPE, "0x28");
    CHECK_FAILS(akin_encoder_create(&o, 4, INT64_MAX, 28, 1, &e, &err), AKIN_ERR_SHAPE, "each side");
    CHECK_FAILS(akin_encoder_create(&o, 1 << 20, 4096, 4096, 3, &e, &err), AKIN_ERR_NOMEM, "smaller batch");
    o.name = "resnet18";
    CHECK_FAILS(akin_encoder_create(&o, 1 << 20, 32, 32, 3, &e, &err), AKIN_ERR_NOMEM, "GiB");
    o.name = "linear";
    o.blocks = 3;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "blocks");
    o.name = "identity";
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "blocks");
    o.blocks = 0;
    o.width = 3;
    CHECK_FAILS(akin_encoder_create(&o, 4, 28, 28, 1, &e, &err), AKIN_ERR_RANGE, "no width");
    o.width = 0;
    CHECK_FAILS(akin_encoder_create(&o, 4, 2, 4097, 1, &e, &err), AKIN_ERR_SHAPE, "4096");
    CHECK_FAILS(akin_encoder_create(&o, 4, 1, (1 << 24) + 1, 1, &e, &err), AKIN_ERR_SHAPE, "16777216");
    CHECK(e == NULL);

    const shape s = { "resnet-s", 2, 8, 8, 1, 16, 1, 2, 0, 0, 0, 0, 0 };
    e = create(&s, 1);
    float x[3 * 64] = { 0 }, y[3 * 64] = { 0 };
    const akin_mat none = { 0 }, two = { y, 2, 64, 64 }, three = { y, 3, 64, 64 };
    const akin_cmat cnone = { 0 };
    CHECK_FAILS(akin_encoder_forward(e, NULL, 2, true, two, none, &err), AKIN_ERR_ARGUMENT, "images");
    CHECK_FAILS(akin_encoder_forward(e, x, 1, true, none, none, &err), AKIN_ERR_SHAPE, "exactly 2");
    CHECK_FAILS(akin_encoder_forward(e, x, 3, false, three, none, &err), AKIN_ERR_SHAPE, "up to 2");
    CHECK_FAILS(akin_encoder_forward(e, x, 2, false, three, none, &err), AKIN_ERR_SHAPE, "[2,64]");
    CHECK_FAILS(akin_encoder_forward(e, x, 2, false, none, two, &err), AKIN_ERR_ARGUMENT, "without head");
    CHECK_FAILS(akin_encoder_backward(e, cnone, akin_mat_const(two), &err), AKIN_ERR_ARGUMENT, "must follow");
    CHECK_OK(akin_encoder_forward(e, x, 2, true, two, none, &err));
    CHECK_FAILS(akin_encoder_backward(e, cnone, cnone, &err), AKIN_ERR_ARGUMENT, "a gradient");
    CHECK_FAILS(akin_encoder_backward(e, cnone, akin_mat_const(three), &err), AKIN_ERR_SHAPE, "[3,64]");
    CHECK_OK(akin_encoder_backward(e, cnone, akin_mat_const(two), &err));
    CHECK_FAILS(akin_encoder_backward(e, cnone, akin_mat_const(two), &err), AKIN_ERR_ARGUMENT, "must follow");
    akin_encoder_free(e);

    o.name = "identity";
    o.head_out = 0;
    CHECK_OK(akin_encoder_create(&o, 2, 1, 64, 1, &e, &err));
    CHECK_FAILS(akin_encoder_input_gradient(e, two, &err), AKIN_ERR_ARGUMENT, "must follow");
    CHECK_OK(akin_encoder_forward(e, x, 2, true, two, none, &err));
    CHECK_OK(akin_encoder_backward(e, cnone, akin_mat_const(two), &err));
    CHECK_FAILS(akin_encoder_input_gradient(e, none, &err), AKIN_ERR_ARGUMENT, "memory");
    CHECK_FAILS(akin_encoder_input_gradient(e, three, &err), AKIN_ERR_SHAPE, "[2,64]");
    akin_encoder_free(e);
    akin_encoder_free(NULL);
}

/* Features on a grid of cells: cell k of an axis covers [floor(k side/g), ceil((k+1) side/g)). */
static void grids_of_features_are_cell_averages(void **state)
{
    (void)state;
    const shape s = { "resnet8", 3, 18, 14, 1, 17, 1, 1, 6, 5, 1, 0, 0 };
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = s.name;
    o.width = s.encoder_width;
    for (int g = 1; g <= 4; g++) {
        o.feature_grid = g;
        akin_encoder *e = NULL;
        o.seed = 7;
        CHECK_OK(akin_encoder_create(&o, 3, 18, 14, 1, &e, &err));
        ref_net *r = ref_create(e);
        int features;
        const int input = ref_input(r, 3, 1, 18, 14);
        (void)build_resnet(
            r, input, &(shape){ "resnet8", .encoder_width = 17, .stem_stride = 1, .blocks = 1 }, &features);
        float x[3 * 18 * 14], *got = calloc((size_t)(3 * 68 * g * g), sizeof *got);
        for (size_t i = 0; i < sizeof x / sizeof *x; i++)
            r->node[input].v[i] = (double)(x[i] = (float)test_normal());
        r->training = false;
        ref_forward(r);
        const akin_mat out = { got, 2, 68 * g * g, 68 * g * g }, none = { 0 };
        CHECK_OK(akin_encoder_forward(e, x, 2, false, out, none, &err));
        const ref_node *map = &r->node[r->node[features].a];
        CHECK(map->h == 5 && map->w == 4 && map->c == 68);
        for (int i = 0; i < 2 * 68 * g * g; i++) {
            const int plane = i / (g * g), gy = i / g % g, gx = i % g;
            double sum = 0, count = 0;
            for (int y = 0; y < map->h; y++)
                for (int w = 0; w < map->w; w++) {
                    if (y < gy * map->h / g || y * g >= (gy + 1) * map->h) continue;
                    if (w < gx * map->w / g || w * g >= (gx + 1) * map->w) continue;
                    sum += map->v[(plane * map->h + y) * map->w + w];
                    count++;
                }
            CHECK_NEAR(got[i], sum / count, 1e-5 * (1 + sum / count));
        }
        free(got);
        ref_free(r);
        akin_encoder_free(e);
    }
    o.feature_grid = 5;
    akin_encoder *e = NULL;
    o.seed = 7;
    CHECK_FAILS(akin_encoder_create(&o, 3, 18, 14, 1, &e, &err), AKIN_ERR_RANGE, "5x4");
}

/* Every row of the table can be described, and create() builds what was described. */
static void every_encoder_of_the_table_is_built(void **state)
{
    (void)state;
    int kinds = 0;
    for (const akin_encoder_kind *kind; (kind = akin_encoder_kind_at(kinds)) != NULL; kinds++) {
        akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
        o.name = kind->name;
        akin_encoder_info said = AKIN_ENCODER_INFO_INIT, is = AKIN_ENCODER_INFO_INIT;
        const int64_t height = strstr(kind->name, "1d") ? 1 : 32;
        CHECK_OK(akin_encoder_describe(&o, height, 32, 3, &said, &err));
        CHECK(said.parameters > 0 && said.macs_per_image > 0 && said.features > 0);
        const bool vit = strncmp(o.name, "vit-", 4) == 0;
        if (strcmp(o.name, "identity") != 0) o.width = vit ? 16 : 8; /* the full ones are large */
        akin_encoder *e = NULL;
        CHECK_OK(akin_encoder_describe(&o, height, 32, 3, &said, &err));
        CHECK_OK(akin_encoder_create(&o, 1, height, 32, 3, &e, &err));
        CHECK_OK(akin_encoder_get_info(e, &is, &err));
        CHECK(is.parameters == said.parameters && is.macs_per_image == said.macs_per_image);
        int64_t macs = 0;
        for (int32_t k = 0; k < is.layers; k++) {
            akin_encoder_layer layer = AKIN_ENCODER_LAYER_INIT;
            CHECK_OK(akin_encoder_get_layer(e, k, &layer, &err));
            macs += layer.macs;
        }
        CHECK(macs == is.macs_per_image && is.memory_bytes > 0);
        akin_encoder_free(e);
    }
    CHECK(akin_encoder_kind_at(-1) == NULL && kinds == 21);
    /* Known sizes: CIFAR ResNet-18 without its classifier has 11,168,832 parameters and 555.4 MMAC. */
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = "resnet18";
    o.head_out = 0;
    akin_encoder_info said = AKIN_ENCODER_INFO_INIT;
    CHECK_OK(akin_encoder_describe(&o, 32, 32, 3, &said, &err));
    CHECK(said.parameters == 11168832 && said.features == 512);
    CHECK_NEAR(said.macs_per_image, 555.4e6, 0.1e6);
    /* As in torchvision, whose numbers have the classifier of 1000 classes too. */
    static const struct {
        const char *name;
        int64_t parameters, features;
    } known[] = { { "resnet18-large", 11689512 - 513000, 512 },
                  { "resnet34-large", 21797672 - 513000, 512 },
                  { "resnet50-large", 25557032 - 2049000, 2048 },
                  { "resnet101-large", 44549160 - 2049000, 2048 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        o.name = known[i].name;
        CHECK_OK(akin_encoder_describe(&o, 224, 224, 3, &said, &err));
        CHECK(said.parameters == known[i].parameters && said.features == known[i].features);
    }
    /* The estimate of memory is what a batch then takes, within scratch and weights. */
    const shape s = { "resnet-s", 64, 28, 28, 1, 0, 0, 0, 128, 128, 1, 0, AKIN_CONV_DIRECT };
    o = (akin_encoder_opts)AKIN_ENCODER_OPTS_INIT;
    CHECK_OK(akin_encoder_describe(&o, 28, 28, 1, &said, &err));
    akin_encoder *e = create(&s, 1);
    akin_encoder_info is = AKIN_ENCODER_INFO_INIT;
    CHECK_OK(akin_encoder_get_info(e, &is, &err));
    CHECK_NEAR((double)is.memory_bytes / (64.0 * (double)said.memory_bytes + 16.0 * (double)said.parameters),
               1, 0.2);
    akin_encoder_free(e);
}

/* oneDNN's reference code is a hundred times slower than anything else. With AVX2 it is all that oneDNN 2.6
 * has for the gradient to the weights where the result is 1x1 or 2x2. */
static void no_layer_is_left_to_reference_code(void **state)
{
    (void)state;
    static const shape shapes[] = {
        { "resnet-s", 8, 16, 16, 1, 0, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
        { "resnet-s", 8, 28, 28, 1, 0, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
        { "resnet18", 8, 16, 16, 3, 16, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
        { "resnet50", 8, 16, 16, 3, 16, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
        { "vgg16", 8, 32, 32, 3, 16, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
        { "cnn4", 8, 32, 32, 3, 16, 0, 0, 0, 16, 0, 0, AKIN_CONV_AUTO },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        akin_encoder *e = create(&shapes[i], 1);
        akin_encoder_info is = AKIN_ENCODER_INFO_INIT;
        CHECK_OK(akin_encoder_get_info(e, &is, &err));
        for (int32_t k = 0; k < is.layers; k++) {
            akin_encoder_layer layer = AKIN_ENCODER_LAYER_INIT;
            CHECK_OK(akin_encoder_get_layer(e, k, &layer, &err));
            if (!strstr(layer.what, "conv")) continue;
            for (int way = 0; way < 3; way++)
                if (strncmp(layer.algorithm[way], "ref", 3) == 0)
                    fail_msg("%s, %s (%s), direction %d: %s", shapes[i].name, layer.name, layer.what, way,
                             layer.algorithm[way]);
        }
        akin_encoder_free(e);
    }
}

/* The instruction set is chosen once a process: the others run in processes of their own. */
static int run_with(const char *isa, char *self)
{
    const pid_t child = fork();
    if (child == 0) {
        setenv("AKIN_ISA", isa, 1);
        char *const argv[] = { self, NULL };
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    return status != 0;
}

/* A caller that was built with a smaller result gets its part, and nothing beyond it; one that set no size is
 * told. */
static void results_keep_to_the_callers_size(void **state)
{
    (void)state;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.width = 8;
    akin_encoder *e = NULL;
    CHECK_OK(akin_encoder_create(&o, 2, 8, 8, 1, &e, &err));
    akin_encoder_info whole = AKIN_ENCODER_INFO_INIT, part, none = { .struct_size = 0 };
    CHECK_OK(akin_encoder_get_info(e, &whole, &err));
    memset(&part, 0x5a, sizeof part);
    part.struct_size = offsetof(akin_encoder_info, features);
    CHECK_OK(akin_encoder_get_info(e, &part, &err));
    CHECK(part.parameters == whole.parameters && part.struct_size == offsetof(akin_encoder_info, features));
    CHECK(part.features == 0x5a5a5a5a5a5a5a5a && part.width == part.features);
    CHECK_FAILS(akin_encoder_get_info(e, &none, &err), AKIN_ERR_ARGUMENT, "struct_size is 0");
    CHECK_FAILS(akin_encoder_get_info(e, NULL, &err), AKIN_ERR_ARGUMENT, "info");

    akin_encoder_layer layer, empty = { .struct_size = 0 };
    memset(&layer, 0x5a, sizeof layer);
    layer.struct_size = offsetof(akin_encoder_layer, forward_s);
    CHECK_OK(akin_encoder_get_layer(e, 0, &layer, &err));
    CHECK(layer.macs > 0 && memcmp(&layer.forward_s, "ZZZZZZZZ", 8) == 0);
    CHECK_FAILS(akin_encoder_get_layer(e, 0, &empty, &err), AKIN_ERR_ARGUMENT, "struct_size is 0");
    akin_encoder_limit limit = { .struct_size = 0 };
    CHECK_FAILS(akin_encoder_measure_limit(e, 0, &limit, &err), AKIN_ERR_ARGUMENT, "struct_size is 0");
    akin_encoder_free(e);
}

/* Tensors one by one are those of the array, and end with NULL. */
static void tensors_are_read_one_by_one(void **state)
{
    (void)state;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.width = 8;
    akin_encoder *e = NULL;
    CHECK_OK(akin_encoder_create(&o, 2, 8, 8, 1, &e, &err));
    int64_t n;
    const akin_tensor *all = ak_encoder_tensors(e, &n);
    for (int64_t i = 0; i < n; i++) CHECK(akin_encoder_tensor_at(e, i) == &all[i]);
    CHECK(!akin_encoder_tensor_at(e, n) && !akin_encoder_tensor_at(e, -1) &&
          !akin_encoder_tensor_at(NULL, 0));
    akin_encoder_free(e);
}

int main(int argc, char **argv)
{
    (void)argc;
    int failed = 0;
    if (!getenv("AKIN_ISA")) { /* tools/check_full.sh runs all tests with "ref" too */
        failed += run_with("avx2", argv[0]);
        if (getenv("AKIN_TEST_FULL")) failed += run_with("ref", argv[0]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agrees_with_finite_differences),
        cmocka_unit_test(the_reference_agrees_on_the_input_gradient),
        cmocka_unit_test(encoders_agree_with_the_reference),
        cmocka_unit_test(frozen_parts_do_not_learn),
        cmocka_unit_test(winograd_is_near_the_reference),
        cmocka_unit_test(bf16_is_near_the_reference),
        cmocka_unit_test(layers_of_bf16_networks_in_float32_lose_nothing),
        cmocka_unit_test(limits_are_told_for_convolutions),
        cmocka_unit_test(the_same_run_gives_the_same_bits),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(tensors_travel_in_plain_layout),
        cmocka_unit_test(initial_weights_have_their_variance),
        cmocka_unit_test(a_nan_is_not_hidden),
        cmocka_unit_test(misuse_is_refused_with_a_sentence),
        cmocka_unit_test(grids_of_features_are_cell_averages),
        cmocka_unit_test(every_encoder_of_the_table_is_built),
        cmocka_unit_test(encoders_of_series_agree_with_the_reference),
        cmocka_unit_test(vectors_may_have_channels),
        cmocka_unit_test(no_layer_is_left_to_reference_code),
        cmocka_unit_test(results_keep_to_the_callers_size),
        cmocka_unit_test(tensors_are_read_one_by_one),
        cmocka_unit_test(frozen_fronts_keep_no_activations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) + failed;
}
