/* SPDX-License-Identifier: Apache-2.0 */
/* bench_gru [batch dim hidden directions seconds] - time of a GRU's training step and of its inference, one
 * JSON object.
 *
 * Row r has 20 + 7 r mod 11 tokens: 20 to 30, 25 on average. A step is forward and backward, from the table
 * of word vectors to the gradients of all weights and of every token's vector. bench/gru_torch.py runs this
 * beside PyTorch. */
#include "akin/tool/gru.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 2000, WORDS = 20000 };

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
    akin_gru *g;
    akin_gru_info info;
    akin_ragged rows;
    akin_cmat table, dfeatures;
    akin_mat features, dtokens;
} subject;

static double median(subject *s, bool training, double seconds, akin_error *err)
{
    static double times[MOST];
    int count = 0;
    const double start = now_s();
    for (int i = -2; count < MOST && (now_s() - start < seconds || count < 3); i++) { /* two to warm up */
        const double begin = now_s();
        if (akin_gru_forward(s->g, s->table, &s->rows, training, s->features, err)) return -1;
        if (training && akin_gru_backward(s->g, s->dfeatures, s->dtokens, err)) return -1;
        if (i >= 0) times[count++] = now_s() - begin;
    }
    qsort(times, (size_t)count, sizeof *times, by_size);
    return times[count / 2];
}

static float *numbers(int64_t n, float size)
{
    float *x = malloc((size_t)n * sizeof *x);
    for (int64_t i = 0; x && i < n; i++) x[i] = size * ((float)(i * 2654435761 % 4001) / 2000.0f - 1);
    return x;
}

int main(int argc, char **argv)
{
    const int64_t batch = argc > 1 ? atoll(argv[1]) : 128, dim = argc > 2 ? atoll(argv[2]) : 300;
    akin_gru_opts o = AKIN_GRU_OPTS_INIT;
    o.hidden = argc > 3 ? atoi(argv[3]) : 256;
    o.bidirectional = argc > 4 ? atoi(argv[4]) > 1 : 1;
    const double seconds = argc > 5 ? atof(argv[5]) : 2;

    subject s = { .info = AKIN_GRU_INFO_INIT };
    akin_error err;
    if (akin_gru_create(&o, dim, batch, 30, 1, &s.g, &err) || akin_gru_get_info(s.g, &s.info, &err))
        goto failed;
    const int64_t f = s.info.features;
    int64_t *start = calloc((size_t)batch + 1, sizeof *start);
    int32_t *ids = malloc((size_t)batch * 30 * sizeof *ids);
    float *table = numbers(WORDS * dim, 1), *dfeatures = numbers(batch * f, 1e-3f);
    float *features = numbers(batch * f, 0), *dtokens = numbers(batch * 30 * dim, 0);
    snprintf(err.message, sizeof err.message, "out of memory");
    if (!start || !ids || !table || !features || !dfeatures || !dtokens) goto failed;
    for (int64_t r = 0; r < batch; r++) start[r + 1] = start[r] + 20 + 7 * r % 11;
    const int64_t tokens = start[batch];
    for (int64_t t = 0; t < tokens; t++) ids[t] = (int32_t)(t * 7919 % WORDS);
    s.rows = (akin_ragged){ ids, start, batch };
    s.table = (akin_cmat){ table, WORDS, dim, dim };
    s.dfeatures = (akin_cmat){ dfeatures, batch, f, f };
    s.features = (akin_mat){ features, batch, f, f };
    s.dtokens = (akin_mat){ dtokens, tokens, dim, dim };

    const double step = median(&s, true, seconds, &err), inference = median(&s, false, seconds / 3, &err);
    if (step < 0 || inference < 0 || akin_gru_get_info(s.g, &s.info, &err)) goto failed;
    const double flop = 2.0 * (double)s.info.macs_per_token * (double)tokens;
    printf("{\"bench\":\"gru\",\"isa\":\"%s\",\"threads\":%d,\"batch\":%lld,\"tokens\":%lld,\"dim\":%lld,"
           "\"hidden\":%d,"
           "\"directions\":%d,\"step_ms\":%.2f,\"step_gflop_per_s\":%.0f,\"inference_ms\":%.2f,"
           "\"inference_gflop_per_s\":%.0f,\"memory_mib\":%lld}\n",
           akin_isa(), akin_threads(), (long long)batch, (long long)tokens, (long long)dim, s.info.hidden,
           s.info.directions, 1e3 * step, 3e-9 * flop / step, 1e3 * inference, 1e-9 * flop / inference,
           (long long)(s.info.memory_bytes >> 20));
    free(start), free(ids), free(table), free(features), free(dfeatures), free(dtokens);
    akin_gru_free(s.g);
    return 0;
failed:
    fprintf(stderr, "bench_gru: %s\n", err.message);
    return 1;
}
