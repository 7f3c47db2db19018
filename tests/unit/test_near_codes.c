/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of bytes and bits, searched as they are: bits that differ as counted one by one, in every instruction
 * set, at every width; the order by brute force; bytes and float queries as the search among floats has them,
 * bit for bit; what is scored again, by doubles. */
#include "akin/eval.h"
#include "akin/tool/codes.h"
#include "near/bits.h"
#include "test.h"

enum { N = 1100, Q = 260, MOST = 530, K = 7 };

static akin_error err;
static uint8_t packed[N * (MOST / 8 + 1)], asked[Q * (MOST / 8 + 1)];
static int8_t small[N * MOST];
static float numbers[N * MOST], query[Q * MOST];
static int32_t found[Q * N], again[Q * K];
static float similarity[Q * N], similarity_again[Q * K];

static const int64_t WIDTHS[] = { 1, 7, 8, 13, 64, 65, 100, 511, 512, 513 };
enum { N_WIDTHS = sizeof WIDTHS / sizeof *WIDTHS };

static akin_codes codes(akin_quantize how, int64_t rows, int64_t d, const void *data)
{
    akin_codes c = AKIN_CODES_INIT;
    c.how = how, c.rows = rows, c.width = d, c.data = data;
    return c;
}

static void draw(int64_t d)
{
    const int64_t bytes = akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d);
    for (int64_t i = 0; i < (N + Q) * d; i++)
        (i < N * d ? numbers : query - N * d)[i] = (float)test_uniform(-1, 1);
    memset(numbers + 3 * d, 0, (size_t)d * sizeof *numbers);
    memcpy(numbers + 900 * d, numbers + 5 * d, (size_t)d * sizeof *numbers);
    for (int64_t i = 0; i < N; i++) {
        akin_quantize_row(AKIN_QUANTIZE_BINARY, numbers + i * d, d, packed + i * bytes);
        akin_quantize_row(AKIN_QUANTIZE_INT8, numbers + i * d, d, small + i * d);
    }
    for (int64_t i = 0; i < Q; i++)
        akin_quantize_row(AKIN_QUANTIZE_BINARY, query + i * d, d, asked + i * bytes);
}

static int64_t differ(const uint8_t *x, const uint8_t *y, int64_t d)
{
    int64_t h = 0;
    for (int64_t j = 0; j < d; j++) h += ((x[j / 8] ^ y[j / 8]) >> (7 - j % 8)) & 1;
    return h;
}

static void every_set_counts_the_bits_that_differ(void **state)
{
    (void)state;
    const ak_bits *have[3];
    const int sets = ak_bits_here(have);
    CHECK(strcmp(have[0]->isa, "ref") == 0);
    for (int w = 0; w < N_WIDTHS; w++) {
        const int64_t d = WIDTHS[w], bytes = akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d);
        draw(d);
        for (int s = 0; s < sets; s++)
            for (int64_t count = 0; count < 20; count++) {
                /* in memory of their own, that nothing behind them is read */
                uint8_t *rows = malloc((size_t)(count * bytes) + 1), *one = malloc((size_t)bytes);
                float *out = malloc((size_t)count * sizeof *out + sizeof *out);
                memcpy(rows, packed, (size_t)(count * bytes));
                memcpy(one, asked + count * bytes, (size_t)bytes);
                out[count] = 77;
                have[s]->agree(one, rows, bytes, count, d, out);
                for (int64_t r = 0; r < count; r++)
                    CHECK(out[r] == (float)(d - 2 * differ(one, rows + r * bytes, d)));
                CHECK(out[count] == 77);
                free(rows);
                free(one);
                free(out);
            }
    }
}

/* How many rows are nearer than one at place r, or as near and before it. */
static void check_order(int64_t d, int64_t q, const int32_t *index, const float *s, int64_t k)
{
    const int64_t bytes = akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d);
    int64_t h[N];
    for (int64_t i = 0; i < N; i++) h[i] = differ(asked + q * bytes, packed + i * bytes, d);
    for (int64_t r = 0; r < k; r++) {
        int64_t before = 0;
        for (int64_t i = 0; i < N; i++) before += h[i] < h[index[r]] || (h[i] == h[index[r]] && i < index[r]);
        CHECK(before == r);
        CHECK(s[r] == (float)(d - 2 * h[index[r]]) / (float)d);
    }
}

static void bits_are_found_in_order(void **state)
{
    (void)state;
    static const char *const SETS[] = { "ref", "avx2", "avx512" };
    for (int w = 1; w < N_WIDTHS; w += 2) {
        const int64_t d = WIDTHS[w];
        draw(d);
        const akin_codes rows = codes(AKIN_QUANTIZE_BINARY, N, d, packed),
                         queries = codes(AKIN_QUANTIZE_BINARY, Q, d, asked);
        CHECK_OK(akin_near_codes_by(NULL, &queries, &rows, K, found, similarity, &err));
        for (int64_t q = 0; q < Q; q += 37) check_order(d, q, found + q * K, similarity + q * K, K);
        for (int s = 0; s < 3 && w > 5; s++) { /* a set the processor lacks falls back to what it has */
            setenv("AKIN_ISA", SETS[s], 1);
            akin_set_threads(1 + s % 2);
            CHECK_OK(akin_near_codes_by(NULL, &queries, &rows, K, again, similarity_again, &err));
            CHECK(memcmp(again, found, sizeof again) == 0);
            CHECK(memcmp(similarity_again, similarity, sizeof again) == 0);
        }
        unsetenv("AKIN_ISA");
    }
    const akin_codes rows = codes(AKIN_QUANTIZE_BINARY, N, 513, packed),
                     one = codes(AKIN_QUANTIZE_BINARY, 1, 513, asked);
    CHECK_OK(akin_near_codes_by(NULL, &one, &rows, N, found, similarity, &err));
    check_order(513, 0, found, similarity, N);
}

/* Numbers of rows that are made float32 at once give the same. */
static void bytes_and_float_queries_are_those_of_floats(void **state)
{
    (void)state;
    static float items[N * MOST], queries[Q * MOST];
    const akin_quantize of_rows[] = { AKIN_QUANTIZE_INT8, AKIN_QUANTIZE_BINARY, AKIN_QUANTIZE_INT8 },
                        of_queries[] = { AKIN_QUANTIZE_NONE, AKIN_QUANTIZE_NONE, AKIN_QUANTIZE_INT8 };
    for (int w = 3; w < N_WIDTHS; w += 3)
        for (int c = 0; c < 3; c++) {
            const int64_t d = WIDTHS[w];
            draw(d);
            const akin_codes rows =
                codes(of_rows[c], N, d, of_rows[c] == AKIN_QUANTIZE_INT8 ? (void *)small : packed);
            const akin_codes ask = codes(of_queries[c], Q, d, of_queries[c] ? (void *)small : query);
            for (int64_t i = 0; i < N; i++) akin_codes_row(&rows, i, items + i * d);
            for (int64_t i = 0; i < Q; i++) akin_codes_row(&ask, i, queries + i * d);
            CHECK_OK(akin_near_codes_by(NULL, &ask, &rows, K, found, similarity, &err));
            CHECK_OK(akin_eval_neighbours((akin_cmat){ queries, Q, d, d }, (akin_cmat){ items, N, d, d }, K,
                                          again, similarity_again, &err));
            CHECK(memcmp(again, found, sizeof again) == 0);
            CHECK(memcmp(similarity_again, similarity, sizeof again) == 0);
        }
}

static akin_status read_number(int64_t row, float *out, void *ctx, akin_error *e)
{
    (void)e;
    const int64_t d = *(const int64_t *)ctx;
    memcpy(out, numbers + row * d, (size_t)d * sizeof *out);
    return AKIN_OK;
}

static akin_status refuse(int64_t row, float *out, void *ctx, akin_error *e)
{
    (void)out, (void)ctx;
    snprintf(e->message, sizeof e->message, "no row %lld", (long long)row);
    return AKIN_ERR_INPUT;
}

static double cosine(const float *a, const float *b, int64_t d)
{
    double dot = 0, aa = 0, bb = 0;
    for (int64_t j = 0; j < d; j++) {
        dot += (double)a[j] * b[j];
        aa += (double)a[j] * a[j];
        bb += (double)b[j] * b[j];
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

static void candidates_are_scored_again(void **state)
{
    (void)state;
    enum { M = 50 };
    int64_t d = 100;
    draw(d);
    const akin_codes rows = codes(AKIN_QUANTIZE_BINARY, N, d, packed),
                     bits = codes(AKIN_QUANTIZE_BINARY, Q, d, asked),
                     floats = codes(AKIN_QUANTIZE_NONE, Q, d, query);
    CHECK_OK(akin_near_codes_by(NULL, &bits, &rows, M, found, NULL, &err));
    akin_rescore what = AKIN_RESCORE_INIT;
    what.query = &floats;
    what.found = found;
    what.candidates = M;
    what.k = K;
    what.read = read_number;
    what.ctx = &d;
    CHECK_OK(akin_near_rescore_by(NULL, &what, again, similarity_again, &err));
    for (int64_t q = 0; q < Q; q++) {
        const double last = cosine(query + q * d, numbers + again[q * K + K - 1] * d, d);
        int nearer = 0, among = 0;
        for (int c = 0; c < M; c++)
            nearer += cosine(query + q * d, numbers + found[q * M + c] * d, d) > last + 1e-7;
        CHECK(nearer <= K - 1);
        for (int r = 0; r < K; r++) {
            CHECK_NEAR(similarity_again[q * K + r], cosine(query + q * d, numbers + again[q * K + r] * d, d),
                       1e-7);
            CHECK(r == 0 || similarity_again[q * K + r] <= similarity_again[q * K + r - 1]);
            for (int c = 0; c < M; c++) among += found[q * M + c] == again[q * K + r];
        }
        CHECK(among == K);
    }
    what.read = refuse;
    CHECK_FAILS(akin_near_rescore_by(NULL, &what, again, NULL, &err), AKIN_ERR_INPUT, "no row");
    what.k = M + 1;
    CHECK_FAILS(akin_near_rescore_by(NULL, &what, again, NULL, &err), AKIN_ERR_RANGE, "k is 51");
    what.found = NULL;
    CHECK_FAILS(akin_near_rescore_by(NULL, &what, again, NULL, &err), AKIN_ERR_ARGUMENT, "what was found");
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    draw(64);
    akin_codes rows = codes(AKIN_QUANTIZE_BINARY, N, 64, packed),
               other = codes(AKIN_QUANTIZE_NONE, Q, 63, query);
    CHECK_FAILS(akin_near_codes_by(NULL, &other, &rows, 1, found, NULL, &err), AKIN_ERR_SHAPE,
                "queries have 63 columns, rows 64");
    CHECK_FAILS(akin_near_codes_by(NULL, &rows, &rows, N + 1, found, NULL, &err), AKIN_ERR_RANGE,
                "k is 1101");
    CHECK_FAILS(akin_near_codes_by(NULL, &rows, &rows, 0, found, NULL, &err), AKIN_ERR_RANGE, "k is 0");
    other.width = 64;
    query[70] = NAN;
    CHECK_FAILS(akin_near_codes_by(NULL, &other, &rows, 1, found, NULL, &err), AKIN_ERR_INPUT,
                "row 1, column 6");
    rows.how = (akin_quantize)9;
    CHECK_FAILS(akin_near_codes_by(NULL, &rows, &rows, 1, found, NULL, &err), AKIN_ERR_ARGUMENT,
                "AKIN_CODES_INIT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_counts_the_bits_that_differ),
        cmocka_unit_test(bits_are_found_in_order),
        cmocka_unit_test(bytes_and_float_queries_are_those_of_floats),
        cmocka_unit_test(candidates_are_scored_again),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
