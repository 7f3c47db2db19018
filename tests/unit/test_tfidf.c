/* SPDX-License-Identifier: Apache-2.0 */
/* Bags of words [Salton1988], [Kane2014]: against counts by hand in double where each word has a column; and
 * where words are projected, inner products within what the projection promises, by the same counts. */
#include "akin/tool/tokens.h"
#include "akin/tool/vocab.h"
#include "text/tfidf.h"
#include "test.h"

#include <math.h>

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

/* Words and their n-grams by ids ------------------------------------------------------------------------ */

enum { MINN = 2, MAXN = 3, BUCKETS = 500 };

/* fastText's hash of a run of characters, which are ASCII here. */
static int bucket_of(const char *gram, int n)
{
    uint32_t h = 2166136261u;
    for (int i = 0; i < n; i++) h = (h ^ (uint32_t)(unsigned char)gram[i]) * 16777619u;
    return (int)(h % BUCKETS);
}

/* Add `by` to the ids of a word: `own` (-1: unknown) and its n-grams behind `words` words. */
static void add_ids(const char *word, int own, int64_t words, double by, double *to)
{
    char in[64];
    const int n = snprintf(in, sizeof in, "<%s>", word);
    if (own >= 0) to[own] += by;
    for (int from = 0; from < n; from++)
        for (int length = MINN; length <= MAXN && from + length <= n; length++)
            to[words + bucket_of(in + from, length)] += by;
}

/* A row of ids as an encoder reads it, from how often it has each. */
static int64_t spell(const double *often, int64_t ids, int32_t *row)
{
    int64_t n = 0;
    for (int64_t i = ids - 1; i >= 0; i--)
        for (int k = 0; k < (int)often[i]; k++) row[n++] = (int32_t)i;
    return n;
}

/* Each id has a column of its own: 1 + log of how often the row has it, times log(most/c) + 1, to length 1;
 * ids that no word of the vocabulary has count nothing. */
static void ids_are_weighted_by_how_often_the_vocabulary_has_them(void **state)
{
    (void)state;
    enum { WORDS = 40, ROWS = 30, LONGEST = 4000 };
    static double often[ROWS][MOST], seen[MOST];
    static int32_t ids[ROWS * LONGEST];
    const akin_texts texts = draw(WORDS, 30);
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    o.min_count = 2;
    o.minn = MINN;
    o.maxn = MAXN;
    o.buckets = BUCKETS;
    CHECK_OK(akin_vocab_build(&texts, NULL, ITEMS, &o, &v, &err));
    const int64_t words = akin_vocab_words(v), d = ak_tfidf_id_width(v);
    CHECK(d == words + BUCKETS && d < AK_TFIDF_COLUMNS);
    memset(often, 0, sizeof often);
    memset(seen, 0, sizeof seen);
    double most = 0;
    for (int64_t w = 0; w < words; w++)
        add_ids(akin_vocab_word(v, w), (int)w, words, (double)akin_vocab_count(v, w), seen);
    for (int64_t i = 0; i < d; i++) most = seen[i] > most ? seen[i] : most;
    int64_t begin[ROWS + 1] = { 0 };
    for (int r = 0; r < ROWS; r++) {
        for (int k = 0; r && k < 3 + r; k++) { /* row 0 is empty */
            const int64_t w = test_int(0, words - 1);
            add_ids(akin_vocab_word(v, w), (int)w, words, 1, often[r]);
        }
        if (r % 2) add_ids("xylophone", -1, words, 1, often[r]);
        begin[r + 1] = begin[r] + spell(often[r], d, ids + begin[r]);
    }
    double *weight = calloc((size_t)d, sizeof *weight);
    const akin_mat rows = { calloc((size_t)(ROWS * d), sizeof(float)), ROWS, d, d };
    ak_tfidf_weigh_ids(v, weight);
    CHECK_OK(ak_tfidf_id_rows((akin_ragged){ ids, begin, ROWS }, v, weight, rows, &err));
    int unseen = 0;
    for (int r = 0; r < ROWS; r++) {
        double x[MOST], square = 0;
        for (int64_t i = 0; i < d; i++) {
            x[i] = often[r][i] > 0 && seen[i] > 0 ? (1 + log(often[r][i])) * (log(most / seen[i]) + 1) : 0;
            unseen += often[r][i] > 0 && seen[i] == 0;
            square += x[i] * x[i];
        }
        for (int64_t i = 0; i < d; i++)
            CHECK_NEAR(rows.data[r * d + i], square > 0 ? x[i] / sqrt(square) : 0, 1e-6);
    }
    CHECK(unseen > 0); /* else nothing was tested of them */
    free(weight);
    free(rows.data);
    akin_vocab_free(v);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_words_have_columns_of_their_own),
        cmocka_unit_test(a_text_without_known_words_is_zeros),
        cmocka_unit_test(many_words_are_projected),
        cmocka_unit_test(ids_are_weighted_by_how_often_the_vocabulary_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
