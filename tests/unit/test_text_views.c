/* SPDX-License-Identifier: Apache-2.0 */
/* Views of text: what each part may do, how often it does it, that parts do not disturb each other; options
 * and presets; word vectors and nearest words, against a search in double by hand. */
#include "akin/tool/program.h"
#include "akin/tool/text_views.h"
#include "akin/tool/word_vectors.h"
#include "test.h"
#include "views/view_options.h"
#include "views/text_views.h"
#include "text/vocab.h"
#include "text/word_vectors.h"

#include <float.h>

static akin_error err;

enum { N = 40, WORDS = 100, NEAR = 5 };
static int32_t row[N], near_ids[WORDS * NEAR], out[N], other[N];
static const akin_near_words near = { sizeof near, near_ids, WORDS, NEAR };

static void fill(void)
{
    for (int i = 0; i < N; i++) row[i] = i; /* distinct, so that places can be read off */
    for (int w = 0; w < WORDS; w++)
        for (int k = 0; k < NEAR; k++) near_ids[w * NEAR + k] = (w + 50 + k) % WORDS;
}

static void no_view_changes_nothing(void **state)
{
    (void)state;
    akin_text_view_opts o = AKIN_TEXT_VIEW_OPTS_INIT;
    const akin_view_name name = {
        .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 1, .item = 3, .view = 4
    };
    fill();
    CHECK(ak_text_view(&o, &near, row, N, &name, out) == N && memcmp(out, row, sizeof row) == 0);
    CHECK(ak_text_view(&o, &near, row, 0, &name, out) == 0);
}

/* Binomial: n trials of p lie within 5 standard deviations, at 1e-6 a check. */
static void check_share(int64_t hits, int64_t n, double p)
{
    CHECK_NEAR(hits, (double)n * p, 5 * sqrt((double)n * p * (1 - p)) + 1e-9);
}

static void erasing_keeps_order_and_is_as_frequent_as_asked(void **state)
{
    (void)state;
    const double share[] = { 0.2, 0.7, 1 };
    fill();
    for (int s = 0; s < 3; s++) {
        akin_text_view_opts o = AKIN_TEXT_VIEW_OPTS_INIT;
        o.erase_prob = (float)share[s];
        int64_t kept = 0, first = 0;
        for (uint64_t item = 0; item < 2000; item++) {
            const akin_view_name name = {
                .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 7, .item = item
            };
            const int64_t n = ak_text_view(&o, &near, row, N, &name, out);
            CHECK(n >= 1 && n <= N);
            for (int64_t i = 1; i < n; i++) CHECK(out[i] > out[i - 1]);
            kept += n;
            first += out[0] < N / 2;
        }
        if (share[s] < 1) check_share(2000 * N - kept, 2000 * N, (double)o.erase_prob);
        if (share[s] >= 1) { /* one word, any of them */
            CHECK(kept == 2000);
            check_share(first, 2000, 0.5);
        }
    }
}

static void replacing_takes_each_neighbour_equally(void **state)
{
    (void)state;
    akin_text_view_opts o = AKIN_TEXT_VIEW_OPTS_INIT;
    o.replace_prob = 0.2f;
    fill();
    int64_t hits = 0, which[NEAR] = { 0 };
    row[3] = WORDS + 5; /* outside of the table: never replaced */
    for (uint64_t item = 0; item < 4000; item++) {
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 7, .item = item, .view = 1
        };
        CHECK(ak_text_view(&o, &near, row, N, &name, out) == N);
        CHECK(out[3] == WORDS + 5);
        for (int i = 0; i < N; i++) {
            if (out[i] == row[i]) continue;
            const int k = (out[i] - row[i] - 50 + 2 * WORDS) % WORDS;
            CHECK(k >= 0 && k < NEAR);
            which[k]++;
            hits++;
        }
    }
    check_share(hits, 4000 * (N - 1), (double)o.replace_prob);
    for (int k = 0; k < NEAR; k++) check_share(which[k], hits, 1.0 / NEAR);
}

static void crops_are_runs_of_the_length_asked(void **state)
{
    (void)state;
    akin_text_view_opts o = AKIN_TEXT_VIEW_OPTS_INIT;
    o.crop_min = 0.25f;
    o.crop_max = 0.5f;
    fill();
    int64_t sum = 0, at_start = 0;
    for (uint64_t item = 0; item < 4000; item++) {
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 7, .item = item, .view = 1
        };
        const int64_t n = ak_text_view(&o, NULL, row, N, &name, out);
        CHECK(n >= N / 4 && n <= N / 2);
        for (int64_t i = 0; i < n; i++) CHECK(out[i] == out[0] + i);
        CHECK(out[0] >= 0 && out[0] + n <= N);
        sum += n;
        at_start += out[0] == 0;
    }
    /* the length is uniform in 10..20 words with half weight at the ends: mean 15, deviation 2.9 */
    CHECK_NEAR((double)sum / 4000, 15, 5 * 2.9 / sqrt(4000));
    CHECK(at_start > 0 && at_start < 400);
    CHECK(
        ak_text_view(&o, NULL, row, 1,
                     &(akin_view_name){
                         .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 1, .item = 1, .view = 1 },
                     out) == 1);
}

static void views_depend_on_every_part_of_the_name_and_on_nothing_else(void **state)
{
    (void)state;
    akin_text_view_opts o = { sizeof o, 0.5f, 0.9f, 0.3f, 0.3f };
    fill();
    const akin_view_name base = { .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 1, .item = 3 };
    const akin_view_name names[] = {
        { .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 9, .item = 3, .view = 0 },
        { .struct_size = sizeof(akin_view_name), .epoch = 9, .seed = 1, .item = 3, .view = 0 },
        { .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 1, .item = 9, .view = 0 },
        { .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 1, .item = 3, .view = 1 }
    };
    const int64_t n = ak_text_view(&o, &near, row, N, &base, out);
    CHECK(ak_text_view(&o, &near, row, N, &base, other) == n && memcmp(out, other, (size_t)n * 4) == 0);
    for (int k = 0; k < 4; k++) {
        const int64_t m = ak_text_view(&o, &near, row, N, &names[k], other);
        CHECK(m != n || memcmp(out, other, (size_t)n * 4) != 0);
    }
    /* without erasing, what was kept is found again in the same order: the other parts drew the same */
    o.erase_prob = 0;
    const int64_t m = ak_text_view(&o, &near, row, N, &base, other);
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++, at++) {
        while (at < m && other[at] != out[i]) at++;
        CHECK(at < m);
    }
}

static void options_and_presets(void **state)
{
    (void)state;
    char names[256] = "";
    akin_text_view_opts o = AKIN_TEXT_VIEW_OPTS_INIT;
    double x = 0;
    for (int i = 0; ak_text_view_preset_at(i); i++) {
        const ak_text_view_preset *p = ak_text_view_preset_at(i);
        sprintf(names + strlen(names), "%s%s", *names ? "|" : "", p->name);
        CHECK_OK(akin_text_view_preset(p->name, &o, &err));
        CHECK_OK(akin_text_view_check(&o, &err));
    }
    CHECK(strcmp(names, AKIN_TEXT_VIEW_PRESET_NAMES) == 0);
    CHECK_OK(akin_text_view_set(&o, "text-view", "erase", &err));
    CHECK_OK(ak_text_view_get(&o, "word-erase", &x, &err));
    CHECK_NEAR(x, 0.2, 1e-7);
    const char *const flags[] = { "word-crop-min", "word-crop-max", "word-replace", "word-erase" };
    for (int i = 0; i < 4; i++) { /* each flag reaches its own field */
        CHECK_OK(akin_text_view_preset("none", &o, &err));
        CHECK_OK(akin_text_view_set(&o, flags[i], "0.25", &err));
        for (int j = 0; j < 4; j++) {
            CHECK_OK(ak_text_view_get(&o, flags[j], &x, &err));
            CHECK((x == 0.25) == (i == j));
        }
    }
    CHECK_FAILS(akin_text_view_set(&o, "word-erase", "1.5", &err), AKIN_ERR_RANGE, "between 0 and 1");
    CHECK_FAILS(akin_text_view_set(&o, "word-erse", "0.5", &err), AKIN_ERR_ARGUMENT,
                "did you mean 'word-erase'");
    CHECK_FAILS(akin_text_view_preset("erasing", &o, &err), AKIN_ERR_RANGE, "none|erase|replace|crop");
    o = (akin_text_view_opts){ sizeof o, 0.9f, 0.5f, 0, 0 };
    CHECK_FAILS(akin_text_view_check(&o, &err), AKIN_ERR_RANGE, "above");
    o = (akin_text_view_opts){ sizeof o, 1, 1, NAN, 0 };
    CHECK_FAILS(akin_text_view_check(&o, &err), AKIN_ERR_RANGE, "word-replace");
}

/* A caller that was compiled before the last fields were added, and one that forgot the initialiser. */
static void structs_of_other_sizes(void **state)
{
    (void)state;
    enum { OLD = offsetof(akin_text_view_opts, erase_prob) };
    struct {
        akin_text_view_opts opts;
        char beyond[8];
    } old = { .opts = AKIN_TEXT_VIEW_OPTS_INIT };
    old.opts.struct_size = OLD;
    old.opts.erase_prob = 77; /* not the library's: it is beyond what the caller has */
    CHECK_OK(akin_text_view_preset("erase", &old.opts, &err));
    CHECK_OK(akin_text_view_set(&old.opts, "word-replace", "0.5", &err));
    CHECK_OK(akin_text_view_check(&old.opts, &err));
    CHECK(old.opts.struct_size == OLD && old.opts.replace_prob == 0.5f && old.opts.erase_prob == 77);
    old.opts.struct_size = 0;
    CHECK_FAILS(akin_text_view_preset("erase", &old.opts, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_text_view_set(&old.opts, "word-replace", "0.5", &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    CHECK(old.opts.replace_prob == 0.5f);
    for (int i = 0; i < 8; i++) CHECK(old.beyond[i] == 0);
}

/* Word vectors
 * ------------------------------------------------------------------------------------------------ */

static akin_vocab *vocab_of(const char *text)
{
    const int64_t start[] = { 0, (int64_t)strlen(text) };
    const akin_texts texts = { sizeof texts, text, start, 1 };
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    o.min_count = 1;
    CHECK_OK(akin_vocab_build(&texts, NULL, 0, &o, &v, &err));
    return v;
}

static void nearest_words_are_those_of_a_slow_search(void **state)
{
    (void)state;
    enum { ROWS = 300, D = 7, K = 5 };
    static float x[ROWS * D];
    static uint8_t has[ROWS];
    static int32_t ids[ROWS * K], again[ROWS * K];
    for (int i = 0; i < ROWS * D; i++) x[i] = (float)test_normal();
    for (int i = 0; i < ROWS; i++) has[i] = i % 7 != 0;
    for (int j = 0; j < D; j++) x[1 * D + j] = 0; /* no direction */
    const akin_cmat mat = { x, ROWS, D, D };
    akin_set_threads(1);
    CHECK_OK(akin_word_vectors_nearest(mat, has, K, ids, &err));
    akin_set_threads(3);
    CHECK_OK(akin_word_vectors_nearest(mat, has, K, again, &err));
    CHECK(memcmp(ids, again, sizeof ids) == 0);
    for (int i = 0; i < ROWS; i++) {
        const bool none = !has[i] || i == 1;
        double last = 2;
        for (int k = 0; k < K; k++) {
            const int32_t j = ids[i * K + k];
            if (none) {
                CHECK(j == i);
                continue;
            }
            CHECK(j >= 0 && j < ROWS && j != i && has[j] && j != 1);
            double dot = 0, a = 0, b = 0;
            for (int c = 0; c < D; c++) {
                dot += (double)x[i * D + c] * (double)x[j * D + c];
                a += (double)x[i * D + c] * (double)x[i * D + c];
                b += (double)x[j * D + c] * (double)x[j * D + c];
            }
            const double cosine = dot / sqrt(a * b);
            CHECK(cosine <=
                  last + 4 * D *
                             (double)
                                 FLT_EPSILON); /* float products of unit rows: D roundings of at most 1 ulp */
            last = cosine;
        }
        if (none) continue;
        int better = 0; /* how many are clearly nearer than the last of the list */
        for (int j = 0; j < ROWS; j++) {
            if (j == i || !has[j] || j == 1) continue;
            double dot = 0, a = 0, b = 0;
            for (int c = 0; c < D; c++) {
                dot += (double)x[i * D + c] * (double)x[j * D + c];
                a += (double)x[i * D + c] * (double)x[i * D + c];
                b += (double)x[j * D + c] * (double)x[j * D + c];
            }
            better += dot / sqrt(a * b) > last + 4 * D * (double)FLT_EPSILON;
        }
        CHECK(better <= K - 1);
    }
    /* two words: each is the other's nearest, as often as asked */
    CHECK_OK(akin_word_vectors_nearest((akin_cmat){ x + 2 * D, 2, D, D }, NULL, 3, ids, &err));
    for (int k = 0; k < 3; k++) CHECK(ids[k] == 1 && ids[3 + k] == 0);
    CHECK_FAILS(akin_word_vectors_nearest(mat, has, 65, ids, &err), AKIN_ERR_RANGE, "65");
}

static char folder[256], path[512];

static void check_vec(const char *text, akin_status want, const char *message)
{
    akin_vocab *v = vocab_of("b a");
    akin_word_vectors *w = NULL;
    CHECK_OK(akin_file_save(path, text, strlen(text), &err));
    CHECK_FAILS(akin_word_vectors_load(path, v, &w, &err), want, message);
    CHECK(!w);
    akin_vocab_free(v);
}

static void vec_files_come_back(void **state)
{
    (void)state;
    strcpy(folder, test_folder());
    snprintf(path, sizeof path, "%s/words.vec", folder);
    akin_vocab *v = vocab_of("one two two three three three zero");
    float x[4 * 3];
    for (int i = 0; i < 12; i++) x[i] = (float)(test_normal() * pow(10, (double)test_int(-30, 30)));
    CHECK_OK(ak_word_vectors_save(path, v, (akin_cmat){ x, 4, 3, 3 }, &err));
    akin_word_vectors *w = NULL;
    CHECK_OK(akin_word_vectors_load(path, v, &w, &err));
    CHECK(w->found == 4 && w->mat.rows == 4 && w->mat.cols == 3 && memcmp(w->mat.data, x, sizeof x) == 0);
    akin_word_vectors_free(w);
    const char *glove =
        "two 1 2\nthe 5 6\ntwo 9 9\none -1e-2 .5 \n"; /* no first line; a word twice; space at an end */
    CHECK_OK(akin_file_save(path, glove, strlen(glove), &err));
    CHECK_OK(akin_word_vectors_load(path, v, &w, &err));
    const int64_t two = ak_vocab_find(v, "two", 3), one = ak_vocab_find(v, "one", 3);
    CHECK(w->found == 2 && w->mat.cols == 2 && w->mat.data[2 * two] == 1 && w->mat.data[2 * two + 1] == 2);
    CHECK(w->mat.data[2 * one] == -0.01f && w->mat.data[2 * one + 1] == 0.5f && w->has[one] && !w->has[0]);
    akin_word_vectors_free(w);
    akin_word_vectors_free(NULL);
    akin_vocab_free(v);
    check_vec("", AKIN_ERR_FORMAT, "empty");
    check_vec("2 2\na 1 2\n", AKIN_ERR_FORMAT, "announces 2 vectors, it has 1");
    check_vec("1 2\na 1 2\nb 1 2\n", AKIN_ERR_FORMAT, "line 3");
    check_vec("1 2\na 1\n", AKIN_ERR_FORMAT, "line 2 has 1 numbers after its word; there must be 2");
    check_vec("1 2\nx 1\n", AKIN_ERR_FORMAT, "line 2 has 1 numbers");
    check_vec("1 2\na 1 nan\n", AKIN_ERR_FORMAT, "number 2 is ' nan'");
    check_vec("1 2\na 1 2 3\n", AKIN_ERR_FORMAT, "has '3' after its 2 numbers");
    check_vec("1 2\na 1 x\n", AKIN_ERR_FORMAT, "has 1 numbers after its word");
    check_vec("1 99999999999\na 1\n", AKIN_ERR_FORMAT, "99999999999 numbers");
    check_vec("a\n", AKIN_ERR_FORMAT, "0 numbers");
    CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_view_changes_nothing),
        cmocka_unit_test(erasing_keeps_order_and_is_as_frequent_as_asked),
        cmocka_unit_test(replacing_takes_each_neighbour_equally),
        cmocka_unit_test(crops_are_runs_of_the_length_asked),
        cmocka_unit_test(views_depend_on_every_part_of_the_name_and_on_nothing_else),
        cmocka_unit_test(options_and_presets),
        cmocka_unit_test(structs_of_other_sizes),
        cmocka_unit_test(nearest_words_are_those_of_a_slow_search),
        cmocka_unit_test(vec_files_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
