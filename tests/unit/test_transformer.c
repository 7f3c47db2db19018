/* SPDX-License-Identifier: Apache-2.0 */
/* The transformer against one in double that is written from the formulas (transformer_reference.h), and
 * that is itself checked by finite differences; its promises about rows: no padding, no neighbours, no
 * threads; and the encoders of images that stand on it.
 *
 * Errors are relative in the Euclidean norm, a tensor at a time. A product adds some 1e-7, and a gradient
 * goes through ten of them a block, each behind a norm that keeps its size: 1e-5 is ten times what is
 * seen. */
#include "model/net.h"
#include "transformer_case.h"

#include <sys/wait.h>

static void library_matches_reference(void **state)
{
    (void)state;
    all_cases(false);
}

/* Scores so far apart that one weight is 1: exponentials neither overflow nor lose the largest. */
static void steep_scores_match_reference(void **state)
{
    (void)state;
    const int64_t lengths[] = { 70, 140 };
    subject s = make(options(32, 1, 2, 8, 140), 2, lengths);
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(s.t, &n);
    CHECK(strcmp(t[5].name, "blocks.0.attn.qkv.weight") == 0);
    for (int64_t j = 0; j < t[5].plain * 2 / 3; j++) t[5].data[j] *= 6; /* of queries and keys */
    step(&s);
    tf_model m = copy_model(t, n, 32, 1, 2, 8);
    double e[140 * 8], feature[32];
    for (int64_t r = 0; r < 2; r++) {
        for (int64_t i = 0; i < lengths[r] * 8; i++) e[i] = s.input[s.start[r] * 8 + i];
        tf_row(&m, e, (int)lengths[r], feature, NULL, NULL);
        CHECK_LE(distance(s.features + r * 35, feature, 32, 0.1), 2e-5); /* scores of 100 are off by 1e-5 */
    }
    tf_free(&m);
    unmake(&s);
}

/* The reference's own gradient: central differences in double. */
static void reference_matches_differences(void **state)
{
    (void)state;
    const int64_t lengths[] = { 4 };
    subject s = make(options(16, 2, 1, 3, 5), 1, lengths);
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(s.t, &n);
    tf_model m = copy_model(t, n, 16, 2, 1, 3);
    double e[4 * 3], de[4 * 3], feature[16], weight[16];
    for (int i = 0; i < 12; i++) e[i] = s.input[i];
    for (int j = 0; j < 16; j++) weight[j] = test_normal();
    tf_row(&m, e, 4, feature, weight, de);
    for (int i = -1; i < m.tensors; i++)
        for (int64_t j = 0; j < (i < 0 ? 12 : m.count[i]); j += i < 0 ? 1 : 1 + m.count[i] / 9) {
            double *at = i < 0 ? &e[j] : &m.data[i][j], loss[2] = { 0 }, old = *at;
            for (int side = 0; side < 2; side++) {
                *at = old + (side ? 1e-5 : -1e-5);
                tf_row(&m, e, 4, feature, NULL, NULL);
                for (int k = 0; k < 16; k++) loss[side] += weight[k] * feature[k];
            }
            *at = old;
            CHECK_NEAR(i < 0 ? de[j] : m.grad[i][j], (loss[1] - loss[0]) / 2e-5, 1e-7);
        }
    tf_free(&m);
    unmake(&s);
}

/* Promises -------------------------------------------------------------------------------------------- */

/* A row's feature has the same bits alone and among others, in training and not. */
static void rows_stand_alone(void **state)
{
    (void)state;
    const int64_t lengths[] = { 65, 3, 0, 70, 64, 1, 33 };
    subject s = make(options(48, 2, 3, 9, 70), 7, lengths);
    step(&s);
    float alone[48];
    for (int64_t r = 0; r < s.rows; r++) {
        const int64_t start[2] = { 0, lengths[r] };
        CHECK_OK(ak_transformer_take(s.t, 1, start, false, &err));
        fill(&s, r);
        ak_transformer_forward(s.t, alone, 48);
        CHECK(memcmp(alone, s.features + r * 51, sizeof alone) == 0);
    }
    unmake(&s);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    const int before = akin_threads();
    const int64_t lengths[] = { 65, 130, 0, 70, 64, 1 };
    float *kept[64] = { 0 };
    for (int threads = 1; threads <= 5; threads += 2) {
        akin_set_threads(threads);
        test_seed++, test_u64(), test_seed--; /* the same numbers again */
        subject s = make(options(96, 2, 2, 9, 130), 6, lengths);
        step(&s);
        int64_t n;
        const akin_tensor *t = ak_transformer_tensors(s.t, &n);
        for (int64_t i = 0; i < n + 2; i++) {
            const float *now = i < n ? t[i].grad : i == n ? s.features : s.dinput;
            const size_t bytes = sizeof(float) * (size_t)(i < n    ? t[i].count
                                                          : i == n ? 6 * 99
                                                                   : s.tokens * s.t->inputs);
            if (threads == 1) kept[i] = memcpy(malloc(bytes), now, bytes);
            CHECK(memcmp(kept[i], now, bytes) == 0);
        }
        unmake(&s);
    }
    akin_set_threads(before);
    for (int i = 0; i < 64; i++) free(kept[i]);
}

/* A NaN in a token is seen in its row's feature, and nowhere else. */
static void nan_is_seen(void **state)
{
    (void)state;
    const int64_t lengths[] = { 5, 66, 5 };
    for (int64_t at = 5; at < 71; at += 13) {
        subject s = make(options(32, 1, 2, 6, 66), 3, lengths);
        s.input[at * 6 + at % 6] = NAN;
        step(&s);
        for (int64_t r = 0; r < 3; r++)
            for (int64_t j = 0; j < 32; j++) CHECK(isnan(s.features[r * 35 + j]) == (r == 1));
        unmake(&s);
    }
}

/* GELU and its slope against erfc() in double: 2e-7 of the distribution's function, times |x|. */
static void gelu_is_near(void **state)
{
    (void)state;
    ak_transformer *t;
    const ak_transformer_opts o = options(16, 1, 1, 1, 1);
    CHECK_OK(ak_transformer_create(&o, &t, &err));
    float x[4096], a[4096], d[4096], again[4096];
    for (int i = 0; i < 4096; i++) x[i] = (float)i / 128 - 16, d[i] = 1;
    t->ops->gelu(x, 4096, a);
    t->ops->gelu_back(x, 4096, d, again);
    CHECK(memcmp(a, again, sizeof a) == 0);
    for (int i = 0; i < 4096; i++) {
        const double z = x[i], phi = erfc(-z / sqrt(2)) / 2, bell = exp(-z * z / 2) / sqrt(2 * acos(-1.0));
        CHECK_NEAR(a[i], z * phi, 3e-7 * (1 + fabs(z)));
        CHECK_NEAR(d[i], phi + z * bell, 6e-7);
    }
    ak_transformer_free(t);
}

/* What is told before it is built is what is built. */
static void counts_are_true(void **state)
{
    (void)state;
    const ak_transformer_opts o = options(96, 3, 3, 21, 50);
    int64_t parameters, macs, bytes, n, found = 0;
    ak_transformer_count(&o, &parameters, &macs, &bytes);
    ak_transformer *t;
    CHECK_OK(ak_transformer_create(&o, &t, &err));
    const akin_tensor *all = ak_transformer_tensors(t, &n);
    for (int64_t i = 0; i < n; i++) found += all[i].plain;
    CHECK(found == parameters);
    CHECK(macs == 50 * (3 * (12 * 96 * 96 + 2 * 50 * 96) + 21 * 96));
    int64_t start[65];
    for (int64_t r = 0; r <= 64; r++) start[r] = 50 * r;
    const int64_t before = ak_transformer_bytes(t);
    CHECK_OK(ak_transformer_take(t, 64, start, true, &err));
    CHECK_NEAR((double)(ak_transformer_bytes(t) - before) / (double)(bytes * 50 * 64), 1, 0.02);
    ak_transformer_free(t);
}

/* Encoders of images ---------------------------------------------------------------------------------- */

typedef struct image_case {
    int batch, height, width, channels, patch;
} image_case;

static akin_encoder_opts vit(const image_case *c)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = "vit-tiny";
    o.width = 32, o.blocks = 2, o.heads = 2, o.patch = c->patch;
    o.head_hidden = 0, o.head_out = 7;
    o.seed = 9;
    return o;
}

/* Token (gy, gx) as a row: channel, then row, then column of its patch. */
static void patches_of(const image_case *c, const float *image, double *e)
{
    const int p = c->patch;
    int64_t at = 0;
    for (int gy = 0; gy < c->height / p; gy++)
        for (int gx = 0; gx < c->width / p; gx++)
            for (int k = 0; k < c->channels; k++)
                for (int y = 0; y < p; y++)
                    for (int x = 0; x < p; x++)
                        e[at++] = image[(k * c->height + gy * p + y) * c->width + gx * p + x];
}

static void encoder_case(const image_case *c)
{
    const akin_encoder_opts o = vit(c);
    akin_encoder *enc = NULL;
    CHECK_OK(akin_encoder_create(&o, c->batch, c->height, c->width, c->channels, &enc, &err));
    const int pixels = c->channels * c->height * c->width, inputs = c->channels * c->patch * c->patch;
    const int tokens = pixels / inputs;
    float *images = calloc((size_t)(c->batch * pixels), sizeof *images), features[8 * 32], z[8 * 7],
          dz[8 * 7];
    float again[8 * 32];
    for (int i = 0; i < c->batch * pixels; i++) images[i] = (float)test_normal();
    for (int i = 0; i < c->batch * 7; i++) dz[i] = (float)test_normal();
    int64_t n;
    const akin_tensor *t = ak_encoder_tensors(enc, &n);
    const akin_tensor *head = &t[n - 2];
    CHECK(strcmp(head->name, "head.linear1.weight") == 0 &&
          strcmp(t[0].name, "patch_embed.proj.weight") == 0);
    CHECK(t[0].ndim == 4 && t[0].shape[1] == c->channels && t[0].shape[2] == c->patch);
    tf_model m = copy_model(t, n - 2, 32, 2, 2, inputs);
    const akin_mat f = { features, c->batch, 32, 32 }, p = { z, c->batch, 7, 7 };
    CHECK_OK(akin_encoder_forward(enc, images, c->batch, true, f, p, &err));
    CHECK_OK(akin_encoder_backward(enc, (akin_cmat){ dz, c->batch, 7, 7 }, (akin_cmat){ 0 }, &err));
    double *e = tf_new(pixels), *de = tf_new(pixels), feature[32], dfeature[32];
    for (int i = 0; i < c->batch; i++) {
        patches_of(c, images + i * pixels, e);
        for (int j = 0; j < 32; j++) {
            dfeature[j] = 0;
            for (int k = 0; k < 7; k++) dfeature[j] += (double)dz[i * 7 + k] * (double)head->data[k * 32 + j];
        }
        tf_row(&m, e, tokens, feature, dfeature, de);
        CHECK_LE(distance(features + i * 32, feature, 32, 0.1), 2e-6);
    }
    check_gradients(t, &m);
    for (int k = c->batch; k >= 1; k--) { /* part of a batch, in inference: the same bits */
        const akin_mat part = { again, k, 32, 32 }, of_head = { z, k, 7, 7 };
        CHECK_OK(akin_encoder_forward(enc, images, k, false, part, of_head, &err));
        CHECK(memcmp(again, features, (size_t)(k * 32) * sizeof(float)) == 0);
    }
    tf_free(&m);
    free(images), free(e), free(de);
    akin_encoder_free(enc);
}

static void encoders_match_reference(void **state)
{
    (void)state;
    static const image_case CASES[] = {
        { 3, 8, 8, 3, 4 }, { 5, 6, 10, 1, 2 }, { 1, 9, 9, 2, 3 }, { 4, 4, 4, 1, 4 }
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) encoder_case(&CASES[i]);
}

/* A frozen backbone has no gradients, keeps nothing for them, and its features are as before. */
static void frozen_backbone_does_not_learn(void **state)
{
    (void)state;
    const image_case c = { 4, 8, 8, 1, 4 };
    akin_encoder_opts o = vit(&c);
    float images[4 * 64], features[2][4 * 32], dz[4 * 7];
    akin_encoder_info info[2] = { AKIN_ENCODER_INFO_INIT, AKIN_ENCODER_INFO_INIT };
    for (int i = 0; i < 4 * 64; i++) images[i] = (float)test_normal();
    for (int i = 0; i < 4 * 7; i++) dz[i] = (float)test_normal();
    for (int k = 0; k < 2; k++) {
        akin_encoder *enc = NULL;
        o.freeze = k ? "backbone" : NULL;
        CHECK_OK(akin_encoder_create(&o, 4, 8, 8, 1, &enc, &err));
        CHECK_OK(akin_encoder_get_info(enc, &info[k], &err));
        const akin_mat f = { features[k], 4, 32, 32 }, none = { 0 };
        CHECK_OK(akin_encoder_forward(enc, images, 4, true, f, none, &err));
        CHECK_OK(akin_encoder_backward(enc, (akin_cmat){ dz, 4, 7, 7 }, (akin_cmat){ 0 }, &err));
        int64_t n, learn = 0;
        const akin_tensor *t = ak_encoder_tensors(enc, &n);
        for (int64_t i = 0; i < n; i++) learn += t[i].grad != NULL;
        CHECK(learn == (k ? 2 : n));
        akin_encoder_free(enc);
    }
    CHECK(memcmp(features[0], features[1], sizeof features[0]) == 0);
    CHECK(info[1].memory_bytes < info[0].memory_bytes);
    o.freeze = "blocks";
    akin_encoder *enc = NULL;
    CHECK_FAILS(akin_encoder_create(&o, 4, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "no part 'blocks'");
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    const image_case c = { 2, 8, 8, 1, 4 };
    akin_encoder_opts o = vit(&c);
    akin_encoder *enc = NULL;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 10, 1, &enc, &err), AKIN_ERR_SHAPE, "multiple of 4");
    o.heads = 3;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "width 32 and 3 heads");
    o.heads = 65;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "heads is 65");
    o.heads = 0, o.patch = 65;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "patch is 65");
    o.name = "resnet8", o.patch = 2;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "no patches to choose");
    o.patch = 0, o.heads = 2;
    CHECK_FAILS(akin_encoder_create(&o, 2, 8, 8, 1, &enc, &err), AKIN_ERR_RANGE, "no heads to choose");
    CHECK(!enc);
    /* As in timm: vit_tiny_patch16_224 without classifier and class token, 5,717,416 - 192,000 - 1,000 - 2 x
     * 192; here with norms alike. */
    akin_encoder_info said = AKIN_ENCODER_INFO_INIT;
    o = (akin_encoder_opts)AKIN_ENCODER_OPTS_INIT;
    o.name = "vit-tiny", o.head_out = 0;
    CHECK_OK(akin_encoder_describe(&o, 224, 224, 3, &said, &err));
    CHECK(said.parameters == 5717416 - 193000 - 2 * 192 && said.features == 192);
    o.name = "vit-small";
    CHECK_OK(akin_encoder_describe(&o, 224, 224, 3, &said, &err));
    CHECK(said.parameters == 22050664 - 385000 - 2 * 384 && said.features == 384);
}

/* Nets of text ---------------------------------------------------------------------------------------- */

/* Features and the gradient of every word of the batch, with words behind the last place that is read. */
static void words_match_reference(void **state)
{
    (void)state;
    enum { DIM = 6, WIDTH = 32, ROWS = 4, IDS = 14, WORDS = 9 };
    ak_net_plan plan = { .encoder = AKIN_ENCODER_OPTS_INIT, .table = AKIN_BAG_OPTS_INIT };
    plan.encoder.name = "transformer", plan.encoder.heads = 2, plan.encoder.head_out = 0;
    plan.tokens = WORDS, plan.max_ids = 7, plan.max_words = 7, plan.positions = 4;
    plan.table.dim = DIM, plan.hidden = WIDTH, plan.layers = 1, plan.rows = ROWS, plan.seed = 5;
    ak_net net;
    CHECK_OK(ak_net_create(&plan, &net, &err));
    CHECK(strcmp(net.name, "transformer") == 0 && net.features == WIDTH);
    const int64_t start[ROWS + 1] = { 0, 3, 10, 10, IDS };
    int32_t ids[IDS];
    for (int i = 0; i < IDS; i++) ids[i] = (int32_t)test_int(0, WORDS - 1);
    float f[ROWS * WIDTH], again[ROWS * WIDTH], df[ROWS * WIDTH], kept[DIM];
    for (int i = 0; i < ROWS * WIDTH; i++) df[i] = (float)test_normal();
    const ak_rows rows = { .ragged = { ids, start, ROWS }, .n = ROWS };
    const akin_mat features = { f, ROWS, WIDTH, WIDTH }, none = { 0 };
    CHECK_OK(ak_net_forward(&net, &rows, true, features, none, &err));
    CHECK_OK(ak_net_backward(&net, (akin_cmat){ 0 }, (akin_cmat){ df, ROWS, WIDTH, WIDTH }, &err));
    int64_t n, of_bag;
    const akin_tensor *t = ak_transformer_tensors(net.transformer, &n);
    const akin_tensor *table = ak_bag_tensors(net.bag, &of_bag);
    tf_model m = copy_model(t, n, WIDTH, 1, 2, DIM);
    double e[4 * DIM], de[4 * DIM], feature[WIDTH], dfeature[WIDTH];
    for (int r = 0; r < ROWS; r++) {
        const int whole = (int)(start[r + 1] - start[r]), length = whole < 4 ? whole : 4;
        for (int k = 0; k < length * DIM; k++)
            e[k] = table->data[ids[start[r] + k / DIM] * (table->count / WORDS) + k % DIM];
        for (int j = 0; j < WIDTH; j++) dfeature[j] = df[r * WIDTH + j];
        tf_row(&m, e, length, feature, dfeature, de);
        CHECK_LE(distance(f + r * WIDTH, feature, WIDTH, length ? 0.1 : 1), length ? 2e-6 : 0);
        for (int k = 0; k < whole; k++) {
            memcpy(kept, net.dwords.data + (start[r] + k) * net.dwords.stride, sizeof kept);
            if (k < length) CHECK_LE(distance(kept, de + k * DIM, DIM, 1e-3), 1e-5);
            for (int j = 0; k >= length && j < DIM; j++) CHECK(kept[j] == 0);
        }
    }
    check_gradients(t, &m);
    CHECK_OK(ak_net_forward(&net, &rows, false, (akin_mat){ again, ROWS, WIDTH, WIDTH }, none, &err));
    CHECK(memcmp(f, again, sizeof f) == 0);
    ids[13] = WORDS;
    CHECK_FAILS(ak_net_forward(&net, &rows, false, features, none, &err), AKIN_ERR_RANGE, "word 9");
    tf_free(&m);
    ak_net_release(&net);
    plan.encoder.heads = 3;
    CHECK_FAILS(ak_net_create(&plan, &net, &err), AKIN_ERR_RANGE, "width 32 and 3 heads");
    plan.encoder.heads = 0, plan.layers = 17;
    CHECK_FAILS(ak_net_create(&plan, &net, &err), AKIN_ERR_RANGE, "17 blocks");
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

int main(int argc, char **argv)
{
    (void)argc;
    int failed = 0;
    if (!getenv("AKIN_ISA")) failed = run_with("avx2", argv[0]) + run_with("ref", argv[0]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_matches_differences),
        cmocka_unit_test(library_matches_reference),
        cmocka_unit_test(steep_scores_match_reference),
        cmocka_unit_test(rows_stand_alone),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(nan_is_seen),
        cmocka_unit_test(gelu_is_near),
        cmocka_unit_test(counts_are_true),
        cmocka_unit_test(encoders_match_reference),
        cmocka_unit_test(frozen_backbone_does_not_learn),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(words_match_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) + failed;
}
