/* SPDX-License-Identifier: Apache-2.0 */
/* set/text_raw.c - texts as bags of words of the run's vocabulary: what a trained encoder is compared with,
 * and what can stand beside its rows. As many words of an item are read as the encoder reads. */
#include "set/text.h"
#include "text/tfidf.h"

static int64_t width(const void *measured) { return ak_tfidf_width(ak_text_vocabulary(measured)); }

/* Count on the training split of a corpus. */
static akin_status weigh(const akin_corpus *basis, const akin_vocab *v, int32_t max_words, double *weight,
                         akin_error *err)
{
    akin_tokens *tokens = NULL;
    const int32_t *items;
    int64_t n;
    AK_TRY(akin_corpus_split(basis, "train", &items, &n, err));
    AK_TRY(akin_tokens_create(v, akin_corpus_texts(basis), max_words, &tokens, err));
    const akin_status status = ak_tfidf_weigh(tokens, v, items, n, weight, err);
    akin_tokens_free(tokens);
    return status;
}

static akin_status read(const void *basis, const void *set, const char *split, const void *measured,
                        const ak_data_opts *opts, akin_mat out, akin_error *err)
{
    const akin_vocab *v = ak_text_vocabulary(measured);
    const akin_corpus *corpus = ak_text_set_corpus(set);
    const int32_t max_words = opts->of.text.max_words, *items;
    akin_tokens *tokens = NULL;
    int64_t n;
    AK_TRY(akin_corpus_split(corpus, split, &items, &n, err));
    double *weight = ak_alloc(sizeof *weight, akin_vocab_words(v), 1);
    if (!weight) return ak_no_memory(err, "for the weights of words");
    akin_status status = weigh(ak_text_set_corpus(basis), v, max_words, weight, err);
    if (!status) status = akin_tokens_create(v, akin_corpus_texts(corpus), max_words, &tokens, err);
    if (!status) status = ak_tfidf_rows(tokens, v, items, n, weight, out, err);
    akin_tokens_free(tokens);
    free(weight);
    return status;
}

const ak_measured_raw_form ak_text_raw = { .name = "tf-idf", .width = width, .read = read };

/* Beside an encoder's rows ------------------------------------------------------------------------------ */

static int64_t words_width(const void *measured) { return ak_tfidf_id_width(ak_text_vocabulary(measured)); }

static akin_status words_weigh(const void *measured, double **weight, akin_error *err)
{
    const akin_vocab *v = ak_text_vocabulary(measured);
    *weight = ak_alloc(sizeof **weight, akin_vocab_rows(v), 1);
    if (!*weight) return ak_no_memory(err, "for the weights of words");
    ak_tfidf_weigh_ids(v, *weight);
    return AKIN_OK;
}

static akin_status words_rows(const void *measured, const double *weight, akin_ragged ids, akin_mat out,
                              akin_error *err)
{
    return ak_tfidf_id_rows(ids, ak_text_vocabulary(measured), weight, out, err);
}

const ak_words_form ak_text_words = { .width = words_width, .weigh = words_weigh, .rows = words_rows };
