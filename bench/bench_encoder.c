/* SPDX-License-Identifier: Apache-2.0 */
/* bench_encoder [seconds [name]] - images per second of an encoder, one JSON object a line.
 *
 * A step is the forward and the backward pass of one batch; medians and quartiles over the steps of the given
 * time. The shares say where the time of a step goes: convolutions and linear layers forward, to the data, to
 * the weights; norms (with ReLU and residual) forward and backward. */
#include "akin/tool/nn.h"
#include "akin/tool/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 1000 };

static const struct {
    const char *name;
    int width, batch, side, channels, precision;
} CASES[] = {
    { "resnet-s", 0, 512, 28, 1, AKIN_PRECISION_F32 }, { "resnet-s", 0, 512, 28, 1, AKIN_PRECISION_BF16 },
    { "resnet-s", 0, 512, 32, 3, AKIN_PRECISION_F32 }, { "resnet-s", 16, 512, 28, 1, AKIN_PRECISION_F32 },
    { "resnet8", 0, 512, 32, 3, AKIN_PRECISION_F32 },  { "resnet20", 0, 256, 32, 3, AKIN_PRECISION_F32 },
    { "resnet18", 0, 128, 32, 3, AKIN_PRECISION_F32 }, { "resnet18", 0, 128, 32, 3, AKIN_PRECISION_BF16 },
    { "cnn4", 0, 256, 32, 3, AKIN_PRECISION_F32 },     { "mlp", 0, 512, 28, 1, AKIN_PRECISION_F32 },
};

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

typedef struct subject {
    akin_encoder *e;
    akin_encoder_info info;
    float *images, *projections, *gradient;
} subject;

static void add_seconds(const subject *s, double total[5])
{
    memset(total, 0, 5 * sizeof *total);
    for (int32_t i = 0; i < s->info.layers; i++) {
        akin_encoder_layer l = AKIN_ENCODER_LAYER_INIT;
        if (akin_encoder_get_layer(s->e, i, &l, NULL)) continue;
        const double part[5] = { l.forward_s, l.backward_data_s, l.backward_weights_s, l.norm_forward_s,
                                 l.norm_backward_s };
        for (int k = 0; k < 5; k++) total[k] += part[k];
    }
}

static akin_status measure(subject *s, bool training, double seconds, double *times, int *count,
                           akin_error *err)
{
    const int64_t n = s->info.batch, d = s->info.projection;
    const akin_mat none = { 0 }, out = { s->projections, n, d, d };
    const akin_cmat cnone = { 0 }, dout = { s->gradient, n, d, d };
    const double start = now_s();
    *count = 0;
    for (int i = -1; *count < MOST && (now_s() - start < seconds || *count < 3);
         i++) { /* the first is warm-up */
        const double begin = now_s();
        akin_status status = akin_encoder_forward(s->e, s->images, n, training, none, out, err);
        if (status == AKIN_OK && training) status = akin_encoder_backward(s->e, dout, cnone, err);
        if (status != AKIN_OK) return status;
        if (i >= 0) times[(*count)++] = now_s() - begin;
    }
    qsort(times, (size_t)*count, sizeof *times, by_size);
    return AKIN_OK;
}

static akin_status run(subject *s, double seconds, akin_error *err)
{
    static double step[MOST], inference[MOST];
    int steps, inferences;
    double before[5], after[5], sum = 0;
    akin_status status = measure(s, false, seconds / 3, inference, &inferences, err);
    add_seconds(s, before);
    if (status == AKIN_OK) status = measure(s, true, seconds, step, &steps, err);
    if (status != AKIN_OK) return status;
    add_seconds(s, after);
    for (int k = 0; k < 5; k++) sum += after[k] -= before[k];
    const double n = (double)s->info.batch, median = step[steps / 2];
    printf("{\"bench\":\"encoder\",\"isa\":\"%s\",\"threads\":%d,\"name\":\"%s\",\"precision\":\"%s\","
           "\"batch\":%lld,"
           "\"height\":%lld,\"width\":%lld,\"channels\":%lld,\"parameters\":%lld,\"macs_per_image\":%lld,"
           "\"train_images_per_s\":%.0f,\"quartiles\":[%.0f,%.0f],\"inference_images_per_s\":%.0f,"
           "\"gflop_per_s\":%.0f,\"memory_mib\":%lld,\"shares\":{\"forward\":%.3f,\"to_data\":%.3f,"
           "\"to_weights\":%.3f,\"norm_forward\":%.3f,\"norm_backward\":%.3f}}\n",
           akin_isa(), s->info.threads, s->info.name,
           s->info.precision == AKIN_PRECISION_BF16 ? "bf16" : "f32", (long long)s->info.batch,
           (long long)s->info.height, (long long)s->info.width, (long long)s->info.channels,
           (long long)s->info.parameters, (long long)s->info.macs_per_image, n / median,
           n / step[3 * steps / 4], n / step[steps / 4], n / inference[inferences / 2],
           6e-9 * (double)s->info.macs_per_image * n / median, (long long)(s->info.memory_bytes >> 20),
           after[0] / sum, after[1] / sum, after[2] / sum, after[3] / sum, after[4] / sum);
    fflush(stdout);
    return AKIN_OK;
}

static akin_status bench(size_t i, double seconds, akin_error *err)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.name = CASES[i].name;
    o.width = CASES[i].width;
    o.precision = CASES[i].precision;
    subject s = { .info = AKIN_ENCODER_INFO_INIT };
    akin_status status =
        akin_encoder_create(&o, CASES[i].batch, CASES[i].side, CASES[i].side, CASES[i].channels, &s.e, err);
    if (status == AKIN_OK) status = akin_encoder_get_info(s.e, &s.info, err);
    if (status != AKIN_OK) return status;
    const size_t pixels = (size_t)(s.info.batch * s.info.height * s.info.width * s.info.channels);
    const size_t outputs = (size_t)(s.info.batch * s.info.projection);
    s.images = malloc(pixels * sizeof(float));
    s.projections = malloc(outputs * sizeof(float));
    s.gradient = malloc(outputs * sizeof(float));
    if (s.images && s.projections && s.gradient) {
        for (size_t k = 0; k < pixels; k++) s.images[k] = (float)(k * 2654435761u % 4001) / 1000.0f - 2.0f;
        for (size_t k = 0; k < outputs; k++) s.gradient[k] = (float)(k * 2246822519u % 2001) * 1e-6f - 1e-3f;
        status = run(&s, seconds, err);
    } else {
        status = AKIN_ERR_NOMEM;
        snprintf(err->message, sizeof err->message, "out of memory");
    }
    free(s.images);
    free(s.projections);
    free(s.gradient);
    akin_encoder_free(s.e);
    return status;
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 3;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        akin_error err;
        if (argc > 2 && strcmp(argv[2], CASES[i].name) != 0) continue;
        const akin_status status = bench(i, seconds, &err);
        if (status == AKIN_OK) continue;
        fprintf(stderr, "bench_encoder: %s\n", err.message);
        if (status != AKIN_ERR_UNSUPPORTED) return akin_status_exit_code(status);
    }
    return 0;
}
