/* SPDX-License-Identifier: Apache-2.0 */
/* Bags of words [Salton1988], [Kane2014]: against counts by hand in double where each word has a column; and
 * where words are projected, inner products within what the projection promises, by the same counts. */
#include "akin/tool/tokens.h"
#include "akin/tool/vocab.h"
#include "text/tfidf.h"
#include "test.h"

static akin_error err;

enum { ITEMS = 60, MOST = 3000 };
static char bytes[ITEMS * 1600];
static int64_t start[ITEMS + 1];
static double count[ITEMS][MOST]; /* of word k in item i */

/* Items of words "w17"; earlier numbers are more frequent. */
static akin_texts draw(int words, int length)
{
    int64_t at = 0;
    memset(count, 0, sizeof count);
    for (int i = 0; i < ITEMS; i++) {
        start[i] = at;
        for (int k = 0; k < length; k++) {
            const int w = k < 2 ? (2 * i + k) % words : (int)test_int(0, test_int(0, words - 1));
            at += (int64_t)sprintf(bytes + at, "w%d ", w);
            count[i][w]++;
        }
    }
    start[ITEMS] = at;
    akin_texts t = AKIN_TEXTS_INIT;
    t.bytes = bytes;
    t.start = start;
    t.n = ITEMS;
    return t;
}

static akin_vocab *vocabulary(const akin_texts *texts, const int32_t *items, int64_t n, int32_t least)
{
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    o.min_count = least;
    o.maxn = 0;
    CHECK_OK(akin_vocab_build(texts, items, n, &o, &v, &err));
    return v;
}

static int number_of(const akin_vocab *v, int64_t id) { return atoi(akin_vocab_word(v, id) + 1); }

/* What row i should be, by word of the vocabulary; the training items are the first n. */
static void reference(const akin_vocab *v, int64_t n, int64_t i, double *x)
{
    double square = 0;
    for (int64_t w = 0; w < akin_vocab_words(v); w++) {
        double df = 0;
        const int k = number_of(v, w);
        for (int64_t j = 0; j < n; j++) df += count[j][k] > 0;
        x[w] = count[i][k] > 0 ? (1 + log(count[i][k])) * (log((1 + (double)n) / (1 + df)) + 1) : 0;
        square += x[w] * x[w];
    }
    for (int64_t w = 0; w < akin_vocab_words(v); w++) x[w] /= square > 0 ? sqrt(square) : 1;
}

typedef struct bag {
    akin_vocab *v;
    akin_tokens *t;
    akin_mat rows;
} bag;

/* The vocabulary and the weights are of the first n items, the rows of all. */
static bag make(const akin_texts *texts, int64_t n, int32_t least)
{
    int32_t items[ITEMS];
    bag b = { NULL, NULL, { NULL, 0, 0, 0 } };
    for (int32_t i = 0; i < ITEMS; i++) items[i] = i;
    b.v = vocabulary(texts, items, n, least);
    CHECK_OK(akin_tokens_create(b.v, texts, 256, &b.t, &err));
    double *weight = calloc((size_t)akin_vocab_words(b.v), sizeof *weight);
    const int64_t d = ak_tfidf_width(b.v);
    b.rows = (akin_mat){ calloc((size_t)(ITEMS * d), sizeof(float)), ITEMS, d, d };
    CHECK_OK(ak_tfidf_weigh(b.t, b.v, items, n, weight, &err));
    CHECK_OK(ak_tfidf_rows(b.t, b.v, items, ITEMS, weight, b.rows, &err));
    free(weight);
    return b;
}

static void drop(bag *b)
{
    akin_tokens_free(b->t);
    akin_vocab_free(b->v);
    free(b->rows.data);
}

static void few_words_have_columns_of_their_own(void **state)
{
    (void)state;
    enum { TRAIN = 40 };
    static double x[MOST];
    const akin_texts texts = draw(200, 30);
    bag b = make(&texts, TRAIN, 3); /* words of fewer than three are unknown */
    CHECK(b.rows.cols == akin_vocab_words(b.v) && b.rows.cols < 200);
    for (int64_t i = 0; i < ITEMS; i++) {
        reference(b.v, TRAIN, i, x);
        for (int64_t w = 0; w < b.rows.cols; w++) CHECK_NEAR(b.rows.data[i * b.rows.cols + w], x[w], 1e-6);
    }
    drop(&b);
}

static void a_text_without_known_words_is_zeros(void **state)
{
    (void)state;
    akin_texts texts = draw(50, 20);
    memset(bytes + start[ITEMS - 1], '?', (size_t)(start[ITEMS] - start[ITEMS - 1]));
    bag b = make(&texts, 30, 1);
    for (int64_t w = 0; w < b.rows.cols; w++) CHECK(b.rows.data[(ITEMS - 1) * b.rows.cols + w] == 0);
    drop(&b);
}

/* Inner products of pairs of rows: unbiased, and off by about 1/sqrt(1024) = 0.031. */
static void many_words_are_projected(void **state)
{
    (void)state;
    static double x[ITEMS][MOST];
    const akin_texts texts = draw(MOST, 200);
    bag b = make(&texts, ITEMS, 1);
    const int64_t d = b.rows.cols, words = akin_vocab_words(b.v);
    CHECK(d == AK_TFIDF_COLUMNS && words > 1200);
    for (int64_t i = 0; i < ITEMS; i++) reference(b.v, ITEMS, i, x[i]);
    double off = 0, square = 0, pairs = 0;
    for (int64_t i = 0; i < ITEMS; i++)
        for (int64_t j = 0; j <= i; j++) {
            double want = 0, got = 0;
            for (int64_t w = 0; w < words; w++) want += x[i][w] * x[j][w];
            for (int64_t c = 0; c < d; c++) got += (double)b.rows.data[i * d + c] * b.rows.data[j * d + c];
            off += got - want;
            square += (got - want) * (got - want);
            pairs++;
        }
    CHECK_LE(sqrt(square / pairs), 1.3 / sqrt(1024));
    CHECK_LE(0.5 / sqrt(1024), sqrt(square / pairs)); /* else this would not be the projection */
    CHECK_LE(fabs(off / pairs), 0.01);
    drop(&b);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_words_have_columns_of_their_own),
        cmocka_unit_test(a_text_without_known_words_is_zeros),
        cmocka_unit_test(many_words_are_projected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
