/* SPDX-License-Identifier: Apache-2.0 */
/* bench_attention ROWS TOKENS HEADS WIDE SECONDS - attention of ROWS rows of TOKENS tokens, HEADS heads of
 * WIDE columns, on one thread: milliseconds of processor time of a forward pass, and of a forward and a
 * backward pass, the least of what fits into SECONDS. bench/attention_torch.py sets PyTorch's beside it. */
#include "base/base.h"
#include "nn/attention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double processor_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const ak_token_ops *ops(void)
{
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_token_avx512;
    return strcmp(isa, "avx2") == 0 ? &ak_token_avx2 : &ak_token_ref;
}

int main(int argc, char **argv)
{
    if (argc != 6) return fprintf(stderr, "usage: bench_attention ROWS TOKENS HEADS WIDE SECONDS\n"), 2;
    const int64_t rows = atoll(argv[1]), tokens = atoll(argv[2]), heads = atoll(argv[3]),
                  wide = atoll(argv[4]);
    const int64_t all = rows * tokens, width = heads * wide;
    const double seconds = strtod(argv[5], NULL);
    float *qkv = ak_alloc(sizeof *qkv, all, 3 * width), *dqkv = ak_alloc(sizeof *dqkv, all, 3 * width);
    float *out = ak_alloc(sizeof *out, all, width), *dout = ak_alloc(sizeof *dout, all, width);
    float *lse = ak_alloc(sizeof *lse, all, heads);
    float *scratch = ak_alloc(sizeof *scratch, ak_attention_scratch(wide, tokens), 1);
    if (!qkv || !dqkv || !out || !dout || !lse || !scratch) return 6;
    for (int64_t i = 0; i < all * 3 * width; i++) qkv[i] = (float)(i * 7919 % 2003) / 1001 - 1;
    for (int64_t i = 0; i < all * width; i++) dout[i] = (float)(i * 7919 % 2011) / 1001 - 1;
    ak_attention a = { .ops = ops(), .heads = heads, .wide = wide, .qkv = qkv, .out = out, .lse = lse };
    a.tokens = all, a.dout = dout, a.dqkv = dqkv;
    double best[2] = { 1e9, 1e9 };
    for (const double begin = processor_s(); processor_s() - begin < seconds;) {
        const double start = processor_s();
        for (int64_t k = 0; k < rows * heads; k++)
            ak_attention_forward(&a, k / heads * tokens, tokens, k % heads, scratch);
        const double middle = processor_s();
        for (int64_t k = 0; k < rows * heads; k++)
            ak_attention_backward(&a, k / heads * tokens, tokens, k % heads, scratch);
        const double end = processor_s();
        if (middle - start < best[0]) best[0] = middle - start;
        if (end - start < best[1]) best[1] = end - start;
    }
    printf("%s %.3f %.3f\n", akin_isa(), 1e3 * best[0], 1e3 * best[1]);
    free(qkv), free(dqkv), free(out), free(dout), free(lse), free(scratch);
    return 0;
}
