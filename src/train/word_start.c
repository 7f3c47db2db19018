/* SPDX-License-Identifier: Apache-2.0 */
/* train/word_start.c - given vectors of words in the table of a net (see word_start.h). */
#include "train/word_start.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The root mean square length of rows that akin_bag_create() draws: uniform in +-1/dim. */
static double drawn_length(int64_t dim) { return 1 / sqrt(3 * (double)dim); }

static int least_first(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the vectors that are not zero, the lower one of two; 0 where there is none. A few long ones, which the
 * mean square would follow, do not count more. */
static akin_status median_length(const akin_word_vectors *w, double *out, akin_error *err)
{
    double *length = ak_alloc(sizeof *length, w->mat.rows, 1);
    int64_t n = 0;
    if (!length) return ak_no_memory(err, "for the lengths of %lld vectors", (long long)w->mat.rows);
    for (int64_t i = 0; i < w->mat.rows; i++) {
        const float *x = w->mat.data + i * w->mat.stride;
        double sum = 0;
        for (int64_t j = 0; w->has[i] && j < w->mat.cols; j++) sum += (double)x[j] * (double)x[j];
        if (sum > 0) length[n++] = sqrt(sum);
    }
    qsort(length, (size_t)n, sizeof *length, least_first);
    *out = n ? length[(n - 1) / 2] : 0;
    free(length);
    return AKIN_OK;
}

static bool keeps_length(const ak_trainer *t)
{
    if (t->set.words_length != AK_WORDS_AUTO) return t->set.words_length == AK_WORDS_GIVEN;
    return t->steps == 0 || t->set.table.frozen;
}

static akin_status import(ak_trainer *t, const akin_word_vectors *words, float *row, akin_error *err)
{
    for (int64_t w = 0; w < words->mat.rows; w++) {
        if (!words->has[w]) continue;
        const float *x = words->mat.data + w * words->mat.stride;
        for (int64_t j = 0; j < words->mat.cols; j++) row[j] = (float)(t->words_scale * (double)x[j]);
        AK_TRY(akin_bag_import(t->net.bag, 0, w, 1, row, err));
    }
    return AKIN_OK;
}

akin_status ak_word_start_take(ak_trainer *t, akin_error *err)
{
    const akin_word_vectors *words = t->learning.shape.words;
    if (!words || !t->net.bag) return AKIN_OK;
    AK_TRY(median_length(words, &t->words_had, err));
    t->words_scale = 1;
    if (t->words_had > 0 && !keeps_length(t)) t->words_scale = drawn_length(words->mat.cols) / t->words_had;
    float *row = ak_alloc(sizeof *row, words->mat.cols, 1);
    if (!row) return ak_no_memory(err, "for a vector of %lld numbers", (long long)words->mat.cols);
    const akin_status status = import(t, words, row, err);
    free(row);
    return status;
}

void ak_word_start_say(ak_trainer *t)
{
    if (!(t->words_had > 0)) return;
    const double drawn = drawn_length(t->learning.shape.dim);
    if (keeps_length(t))
        ak_trainer_say(t,
                       "word vectors begin as long as they were given: median length %.3g, drawn ones %.3g",
                       t->words_had, drawn);
    else
        ak_trainer_say(
            t,
            "word vectors are multiplied by %.3g, to be as long as drawn ones (median length %.3g, "
            "drawn %.3g); --words-length given keeps theirs",
            t->words_scale, t->words_had, drawn);
}

void ak_word_start_record(const ak_trainer *t, akin_json *root)
{
    akin_json *told = akin_json_find(root, "data.word_vectors");
    if (!told || !(t->words_had > 0)) return;
    akin_json_put(told, "length", akin_json_real(t->words_had));
    akin_json_put(told, "scale", akin_json_real(t->words_scale));
}

static akin_status load_record(const ak_trainer *t, char path[4096], akin_json **root, akin_error *err)
{
    if (!ak_run_path(path, 4096, t->run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    return akin_json_load(path, (size_t)64 << 20, 0, root, err);
}

/* Word vectors are views of the words, too: other ones would make other steps. */
akin_status ak_word_start_check(const ak_trainer *t, akin_error *err)
{
    const akin_word_vectors *words = t->learning.shape.words;
    char path[4096], now[17];
    akin_json *root = NULL;
    if (!words) return AKIN_OK;
    AK_TRY(load_record(t, path, &root, err));
    const char *then = akin_json_as_text(akin_json_find(root, "data.word_vectors.xxh3"));
    akin_status status = AKIN_OK;
    snprintf(now, sizeof now, "%016" PRIx64, words->sum);
    if (then && strcmp(then, now) != 0)
        status =
            ak_fail(err, AKIN_ERR_INPUT,
                    "'%s' has changed since the run began with its vectors (fingerprint %s, now %s); begin "
                    "another run",
                    akin_train_config_get(t->config, "word-vectors"), then, now);
    akin_json_free(root);
    return status;
}

akin_status ak_word_start_again(ak_trainer *t, int64_t step, akin_error *err)
{
    char path[4096];
    akin_json *root = NULL;
    const bool replaced = akin_train_config_is_set(t->config, "init");
    if (step != 0 || !t->learning.shape.words || !t->net.bag || replaced) return AKIN_OK;
    AK_TRY(ak_word_start_take(t, err));
    AK_TRY(load_record(t, path, &root, err));
    ak_word_start_record(t, root);
    const akin_status status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}
