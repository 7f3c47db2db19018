/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabulary, n-grams, word ids and batches.
 *
 * n-grams: the bucket numbers below were read out of Debian's fasttext 0.9.2: a model with 1000 buckets was
 * trained, the vectors of `print-ngrams` looked up in `dump ... input`, the row less the number of words is
 * the bucket. They agree with a computation of the hash in Python. Everything else is held against a slow
 * count made here. */
#include "akin/tool/program.h"
#include "akin/tool/tokens.h"
#include "test.h"
#include "text/ngrams.h"
#include "text/tokens.h"
#include "text/vocab.h"

#include <sys/stat.h>

static akin_error err;

enum { TEXTS = 700, MOST = 1 << 16 };

/* Texts in the form the library takes. */
static struct {
    char bytes[MOST];
    int64_t start[TEXTS + 1];
    akin_texts view;
} set;

static void put(const char *text)
{
    const int64_t n = set.view.n, at = n ? set.start[n] : 0;
    set.start[n] = at;
    memcpy(set.bytes + at, text, strlen(text));
    set.start[n + 1] = at + (int64_t)strlen(text);
    set.view = (akin_texts){ sizeof set.view, set.bytes, set.start, n + 1 };
}

static void clear(void) { memset(&set, 0, sizeof set); }

static const char *const WORD[] = { "the",   "of", "jury", "na\xc3\xafve", "\xe6\x97\xa5",
                                    "can't", "x",  "3.5",  "Zebra" };
enum { WORDS = sizeof WORD / sizeof *WORD };

/* Random sentences; word w is about 1/(w+1) as frequent as the first. */
static void random_texts(int n)
{
    clear();
    for (int i = 0; i < n; i++) {
        char text[256] = "";
        for (int64_t k = test_int(0, 12); k > 0; k--) {
            strcat(text, WORD[test_int(0, test_int(0, WORDS - 1))]);
            strcat(text, k % 3 ? " " : ", ");
        }
        put(text);
    }
}

static void ngrams_are_those_of_fasttext(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int32_t want[16]; /* ends with -1 */
    } KNOWN[] = {
        { "jury", { 866, 72, 11, 295, 550, 453, 481, 933, 473, 182, -1 } },
        { "na\xc3\xafve", { 890, 692, 190, 201, 546, 404, 43, 687, 832, 7, 331, 570, 548, 654, -1 } },
        { "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", { 587, 581, 609, 559, 923, 355, -1 } },
    };
    clear();
    put("a b b");
    akin_vocab *v = NULL;
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    o.min_count = 1;
    o.buckets = 1000;
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        int32_t ids[32];
        int64_t n = 0;
        while (KNOWN[k].want[n] >= 0) n++;
        const int64_t bytes = (int64_t)strlen(KNOWN[k].word);
        CHECK(ak_ngrams(&v->opts, v->words.n, KNOWN[k].word, bytes, ids, 32) == n);
        for (int64_t i = 0; i < n; i++) CHECK(ids[i] == 2 + KNOWN[k].want[i]);
        ids[3] = -7;
        CHECK(ak_ngrams(&v->opts, v->words.n, KNOWN[k].word, bytes, ids, 3) == n &&
              ids[3] == -7); /* room is respected */
    }
    akin_vocab_free(v);
    o.minn = 1; /* single characters, but neither "<" nor ">" alone */
    o.maxn = 2;
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    CHECK(ak_ngrams(&v->opts, v->words.n, "ab", 2, NULL, 0) == 5); /* <a a ab b b> */
    akin_vocab_free(v);
}

static void words_are_counted_and_ordered(void **state)
{
    (void)state;
    random_texts(600);
    int64_t count[WORDS] = { 0 };
    for (int w = 0; w < WORDS; w++) /* words are separated by ", " or " ": look for them so */
        for (int64_t i = 0; i < set.view.n; i++) {
            char text[256];
            const int64_t n = set.start[i + 1] - set.start[i];
            memcpy(text, set.bytes + set.start[i], (size_t)n);
            text[n] = 0;
            for (char *part = strtok(text, " ,"); part; part = strtok(NULL, " ,"))
                count[w] += strcmp(part, WORD[w]) == 0;
        }
    akin_vocab *v = NULL, *one = NULL;
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    o.min_count = 1;
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    CHECK(akin_vocab_words(v) == WORDS && akin_vocab_rows(v) == WORDS + 1000);
    for (int w = 0; w < WORDS; w++) {
        const char *word = strcmp(WORD[w], "Zebra") == 0 ? "zebra" : WORD[w];
        const int64_t id = ak_vocab_find(v, word, (int64_t)strlen(word));
        CHECK(id >= 0 && strcmp(akin_vocab_word(v, id), word) == 0 && akin_vocab_count(v, id) == count[w]);
    }
    for (int64_t i = 1; i < WORDS; i++) {
        const int64_t a = akin_vocab_count(v, i - 1), b = akin_vocab_count(v, i);
        CHECK(a > b || (a == b && strcmp(akin_vocab_word(v, i - 1), akin_vocab_word(v, i)) < 0));
    }
    CHECK(akin_vocab_word(v, WORDS) == NULL && akin_vocab_word(v, -1) == NULL &&
          akin_vocab_count(v, WORDS) == 0);
    akin_set_threads(1);
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &one, &err));
    akin_set_threads(4);
    CHECK(strcmp(akin_vocab_fingerprint(v), akin_vocab_fingerprint(one)) == 0);
    akin_vocab_free(one);
    o.max_words = 3;
    const int32_t items[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    CHECK_OK(akin_vocab_build(&set.view, items, 10, &o, &one, &err));
    CHECK(akin_vocab_words(one) == 3);
    akin_vocab_free(one);
    akin_vocab_free(v);
}

/* Without akin_file_save's fsync, which would take most of the time of this test. */
static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* How many runs of 3 to 6 characters "<word>" has, of all words, each counted once. */
static int64_t different_runs(char word[][9], int words)
{
    char(*run)[7] = calloc((size_t)words * 26, sizeof *run);
    int64_t n = 0, different = 0;
    CHECK(run != NULL);
    for (int w = 0; w < words; w++) {
        char wrapped[11];
        memcpy(wrapped, "<", 1);
        memcpy(wrapped + 1, word[w], 8);
        memcpy(wrapped + 9, ">", 2);
        for (int length = 3; length <= 6; length++)
            for (int i = 0; i + length <= 10; i++) memcpy(run[n++], wrapped + i, (size_t)length);
    }
    qsort(run, (size_t)n, sizeof *run, by_text);
    for (int64_t i = 0; i < n; i++) different += i == 0 || strcmp(run[i], run[i - 1]) != 0;
    free(run);
    return different;
}

static void buckets_are_as_many_as_the_words_need(void **state)
{
    (void)state;
    static char word[3000][9];
    char line[91];
    static const int TRIED[] = { 1, 3, 200, 3000 };
    for (size_t t = 0; t < sizeof TRIED / sizeof *TRIED; t++) {
        clear();
        for (int w = 0; w < TRIED[t]; w++) {
            for (int i = 0; i < 8; i++) word[w][i] = (char)('a' + test_int(0, 25));
            memcpy(line + w % 10 * 9, word[w], 8);
            memcpy(line + w % 10 * 9 + 8, " ", 2);
            if (w % 10 == 9 || w + 1 == TRIED[t]) put(line);
        }
        akin_vocab *v = NULL;
        akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
        o.min_count = 1;
        CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
        const int64_t runs = different_runs(word, TRIED[t]),
                      buckets = akin_vocab_rows(v) - akin_vocab_words(v);
        if (8 * runs < 1000)
            CHECK(buckets == 1000);
        else if (8 * runs > 200100)
            CHECK(buckets == 200000);
        else /* two runs may have one number, of 1e8 */
            CHECK(buckets <= 8 * runs && buckets >= 8 * runs - 24);
        akin_vocab_free(v);
        o.maxn = 0;
        CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
        CHECK(akin_vocab_rows(v) == akin_vocab_words(v) + 1);
        akin_vocab_free(v);
    }
}

static void write_file(const char *path, const char *text, size_t n)
{
    unlink(path); /* a file that is truncated and written again is flushed by some file systems */
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(text, 1, n, file) == n && fclose(file) == 0);
}

static void files_come_back_and_every_flip_is_noticed(void **state)
{
    (void)state;
    char path[512], folder[256], *text;
    size_t n;
    strcpy(folder, test_folder());
    snprintf(path, sizeof path, "%s/vocab.txt", folder);
    random_texts(50);
    akin_vocab *v = NULL, *back = NULL;
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    o.min_count = 2;
    o.no_lower = true;
    o.maxn = 4;
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    CHECK_OK(akin_vocab_save(v, path, &err));
    CHECK_OK(akin_vocab_load(path, &back, &err));
    CHECK(strcmp(akin_vocab_fingerprint(v), akin_vocab_fingerprint(back)) == 0);
    CHECK(akin_vocab_words(v) == akin_vocab_words(back) && akin_vocab_rows(v) == akin_vocab_rows(back));
    CHECK(ak_vocab_find(back, "Zebra", 5) >= 0 && ak_vocab_find(back, "zebra", 5) < 0);
    const akin_vocab_opts got = back->opts;
    CHECK(got.no_lower && got.min_count == 2 && got.minn == 3 && got.maxn == 4 && got.buckets == 1000);
    akin_vocab_free(back);
    CHECK_OK(akin_file_load(path, 1 << 20, &text, &n, &err));
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ 1 << bit);
            write_file(path, text, n);
            back = NULL;
            CHECK_FAILS(akin_vocab_load(path, &back, &err), AKIN_ERR_FORMAT, "'");
            CHECK(!back);
            text[i] = (char)(text[i] ^ 1 << bit);
        }
    for (size_t i = 0; i < n; i++) {
        write_file(path, text, i);
        CHECK_FAILS(akin_vocab_load(path, &back, &err), AKIN_ERR_FORMAT, "'");
    }
    free(text);
    akin_vocab_free(v);
    CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

static void ids_of_word(const akin_vocab *v, const char *word, int32_t *ids, int64_t *n)
{
    const int64_t bytes = (int64_t)strlen(word), id = ak_vocab_find(v, word, bytes);
    *n = 0;
    if (id >= 0) ids[(*n)++] = (int32_t)id;
    if (id < 0 && v->opts.maxn == 0) ids[(*n)++] = (int32_t)akin_vocab_words(v);
    *n += ak_ngrams(&v->opts, v->words.n, word, bytes, ids + *n, 1000);
}

static const akin_view_name NONSENSE = { .struct_size = 1 };

/* Rows without a view: every word's id and n-grams, or n-grams only, or <unk>. */
static void rows_hold_words_and_ngrams(void **state)
{
    (void)state;
    for (int grams = 0; grams < 2; grams++) {
        random_texts(600);
        put("jury blorp of blorp");
        put("wug");
        akin_vocab *v = NULL;
        akin_tokens *t = NULL;
        akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
        if (!grams) o.maxn = 0;
        CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
        CHECK_OK(akin_tokens_create(v, &set.view, 0, &t, &err));
        const int32_t items[] = { 600, 601, 600 };
        const int64_t bound = akin_text_row_limit(t, NULL);
        int32_t *ids = calloc((size_t)bound * 3, sizeof *ids), want[4000], *at = ids;
        int64_t start[4], n;
        akin_text_rows rows = AKIN_TEXT_ROWS_INIT;
        rows.items = items;
        rows.n = 3;
        CHECK_OK(akin_text_batch(t, &rows, ids, 3 * bound, start, &err));
        static const char *const WANT[] = { "jury", "blorp", "of", "blorp", "wug",
                                            "jury", "blorp", "of", "blorp" };
        for (int k = 0; k < 9; k++) {
            if (k == 0 || k == 4 || k == 5) CHECK(start[k == 0 ? 0 : k - 3] == at - ids);
            ids_of_word(v, WANT[k], want, &n);
            for (int64_t j = 0; j < n; j++) CHECK(*at++ == want[j]);
        }
        CHECK(start[3] == at - ids);
        for (int64_t k = 0; k < start[3]; k++) CHECK(ids[k] >= 0 && ids[k] < akin_vocab_rows(v));
        CHECK_FAILS(akin_text_batch(t, &rows, ids, start[3] - 1, start, &err), AKIN_ERR_NOMEM, "room");
        const int32_t beyond[] = { 602 };
        rows.items = beyond;
        rows.n = 1;
        CHECK_FAILS(akin_text_batch(t, &rows, ids, bound, start, &err), AKIN_ERR_RANGE, "602");
        rows.struct_size = 0;
        CHECK_FAILS(akin_text_batch(t, &rows, ids, bound, start, &err), AKIN_ERR_ARGUMENT, "not initialised");
        rows = (akin_text_rows){ .struct_size = offsetof(akin_text_rows, name), .n = 1, .name = &NONSENSE };
        CHECK_OK(
            akin_text_batch(t, &rows, ids, bound, start, &err)); /* name is beyond this caller's struct */
        const akin_token_counts *c = akin_tokens_counts(t);
        CHECK(c->unknown == 3 && c->truncated == 0);
        free(ids);
        akin_tokens_free(t);
        akin_vocab_free(v);
    }
}

static void rows_do_not_depend_on_threads(void **state)
{
    (void)state;
    random_texts(690);
    akin_vocab *v = NULL;
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    o.max_words = 5; /* so that there are others */
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    int32_t *ids[3] = { NULL };
    int64_t start[3][691];
    const int threads[3] = { 1, 2, 7 };
    for (int k = 0; k < 3; k++) {
        akin_tokens *t = NULL;
        akin_set_threads(threads[k]);
        CHECK_OK(akin_tokens_create(v, &set.view, 6, &t, &err));
        CHECK(akin_tokens_counts(t)->truncated > 0 && akin_tokens_counts(t)->unknown > 0 &&
              akin_tokens_counts(t)->empty > 0);
        const akin_text_view_opts view = { sizeof view, 0.3f, 0.9f, 0, 0.4f };
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .seed = 5, .epoch = 2, .view = 1
        };
        const int64_t room = 690 * akin_text_row_limit(t, NULL);
        ids[k] = calloc((size_t)room, sizeof *ids[k]);
        akin_text_rows rows = AKIN_TEXT_ROWS_INIT;
        rows.views = &view;
        rows.n = 690;
        rows.name = &name;
        CHECK_OK(akin_text_batch(t, &rows, ids[k], room, start[k], &err));
        CHECK(memcmp(start[k], start[0], sizeof start[0]) == 0);
        CHECK(memcmp(ids[k], ids[0], (size_t)start[0][690] * sizeof **ids) == 0);
        akin_tokens_free(t);
    }
    for (int k = 0; k < 3; k++) free(ids[k]);
    akin_set_threads(4);
    akin_vocab_free(v);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    clear();
    put("a b c");
    akin_vocab *v = NULL;
    akin_tokens *t = NULL;
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    CHECK_FAILS(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err), AKIN_ERR_INPUT, "lower --min-count");
    o.minn = 7;
    CHECK_FAILS(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err), AKIN_ERR_RANGE, "minn is 7");
    o.minn = 3;
    o.buckets = -1;
    CHECK_FAILS(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err), AKIN_ERR_RANGE, "buckets is -1");
    o.buckets = 10;
    o.min_count = 0;
    CHECK_FAILS(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err), AKIN_ERR_RANGE, "min_count is 0");
    o.min_count = 1;
    const int32_t beyond[] = { 1 };
    CHECK_FAILS(akin_vocab_build(&set.view, beyond, 1, &o, &v, &err), AKIN_ERR_RANGE, "items[0] is 1");
    CHECK_OK(akin_vocab_build(&set.view, NULL, 0, &o, &v, &err));
    CHECK_FAILS(akin_tokens_create(v, &set.view, 5000, &t, &err), AKIN_ERR_RANGE, "5000");
    put("fine \xff not");
    CHECK_FAILS(akin_tokens_create(v, &set.view, 0, &t, &err), AKIN_ERR_INPUT, "text 1: it is not UTF-8");
    CHECK(!t);
    akin_vocab_free(v);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    akin_set_threads(4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ngrams_are_those_of_fasttext),
        cmocka_unit_test(words_are_counted_and_ordered),
        cmocka_unit_test(buckets_are_as_many_as_the_words_need),
        cmocka_unit_test(files_come_back_and_every_flip_is_noticed),
        cmocka_unit_test(rows_hold_words_and_ngrams),
        cmocka_unit_test(rows_do_not_depend_on_threads),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
