/* SPDX-License-Identifier: Apache-2.0 */
/* nn: encoders against the double reference of nn_reference.h, forward, every gradient, and running averages;
 * the reference itself against finite differences.
 *
 * Errors are relative in the Euclidean norm, a tensor at a time. float32 direct: each layer adds about 1e-6
 * and gradients pass twice through some ten layers, whose norms amplify: 2e-5 forward, 2e-4 backward. */
#include "nn_reference.h"

static akin_error err;

typedef struct shape {
    const char *name;
    int batch, height, width, channels, encoder_width, blocks, stem_stride;
    int hidden, out, head_norm;
    int precision, algorithm;
} shape;

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
    akin_encoder *e = NULL;
    CHECK_OK(akin_encoder_create(&o, s->batch, s->height, s->width, s->channels, seed, &e, &err));
    return e;
}

/* Weights that are not at their symmetric initial values: norms and biases move too. */
static void disturb(akin_encoder *e)
{
    int64_t n;
    const akin_tensor *t = akin_encoder_tensors(e, &n);
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

/* |got - want| / max(|want|, least): gradients that cancel exactly in theory are judged by their surroundings. */
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

static void ref_gradients(run *w, bool both)
{
    ref_zero_grads(w->r);
    ref_node *out = &w->r->node[w->output], *f = &w->r->node[w->features];
    if (out != f)
        for (size_t i = 0; i < ref_size(out); i++) out->g[i] = (double)w->dout[i];
    if (both || out == f)
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
        const double d = distance_from(plain, w->r->dp[i], (size_t)t->plain, 0.01 * longest);
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
            want[i] = 0.9 * w->r->p[y->mean][i] + 0.1 * mu;
            want[c + i] = 0.9 * w->r->p[y->var][i] + 0.1 * square;
        }
        CHECK_LE(distance(mean, want, c), limit);
        CHECK_LE(distance(var, want + c, c), limit);
        free(mean);
        free(var);
        free(want);
    }
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
    for (int both = 0; both < 2; both++) {
        forward(&w, s->batch, true);
        ref_gradients(&w, both);
        const akin_cmat dp = akin_const(mat(out == f ? NULL : w.dout, out));
        const akin_cmat df = akin_const(mat(both || out == f ? w.dfeatures : NULL, f));
        CHECK_OK(akin_encoder_backward(w.e, dp, df, &err));
        check_gradients(&w, backward_limit, &worst);
    }

    /* Inference, whole and partial batch: running averages, and what lies behind the last image is ignored. */
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

static int build_resnet8(ref_net *r, int input, const shape *s, int *features)
{
    *features = ref_resnet(r, input, s->encoder_width, s->stem_stride, 3, s->blocks);
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
    if (strcmp(s->name, "linear") == 0) {
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
    run w = start(&s, build_resnet8);
    ref_forward(w.r);
    ref_gradients(&w, true);
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

static void encoders_agree_with_the_reference(void **state)
{
    (void)state;
    static const shape resnets[] = {
        { "resnet8", 2, 9, 7, 3, 5, 1, 1, 6, 5, 1, 0, AKIN_CONV_DIRECT },
        { "resnet8", 3, 8, 8, 1, 17, 1, 2, 19, 8, 0, 0, AKIN_CONV_DIRECT },
        { "resnet14", 4, 11, 13, 4, 3, 2, 1, 0, 7, 0, 0, AKIN_CONV_DIRECT },
        { "resnet-s", 3, 14, 14, 1, 16, 1, 2, 0, 0, 0, 0, AKIN_CONV_DIRECT },
        { "resnet-s", 2, 15, 15, 3, 32, 1, 1, 32, 16, 1, 0, AKIN_CONV_DIRECT },
    };
    static const shape plain[] = {
        { "cnn4", 3, 13, 9, 3, 5, 0, 0, 6, 5, 1, 0, AKIN_CONV_DIRECT },
        { "cnn4", 2, 16, 17, 1, 17, 0, 0, 0, 3, 0, 0, AKIN_CONV_DIRECT },
    };
    static const shape dense[] = {
        { "mlp", 4, 5, 3, 3, 17, 2, 0, 6, 5, 1, 0, 0 },
        { "mlp", 4, 5, 3, 1, 32, 2, 0, 0, 0, 0, 0, 0 },
        { "linear", 2, 4, 4, 3, 9, 0, 0, 7, 5, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof resnets / sizeof *resnets; i++)
        compare(&resnets[i], build_resnet8, 2e-5, 2e-4);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) compare(&plain[i], build_cnn4, 2e-5, 2e-4);
    for (size_t i = 0; i < sizeof dense / sizeof *dense; i++) compare(&dense[i], build_mlp, 2e-5, 2e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agrees_with_finite_differences),
        cmocka_unit_test(encoders_agree_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
