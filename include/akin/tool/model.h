/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/model.h - embed what is in memory and belongs to no data set, such as the lines of a pipe.
 *
 * Rows and errors are as in akin_model_embed() (akin/model.h).
 */
#ifndef AKIN_TOOL_MODEL_H
#define AKIN_TOOL_MODEL_H

#include "akin/model.h"
#include "akin/tool/images.h"
#include "akin/tool/nn.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The run says where the data are that it learned from. An import has none, and a program may have given
 * them. */
AKIN_API bool akin_model_knows_data(const akin_model *m);

/* Texts that belong to no set, such as lines of a pipe, can be embedded: the model was trained on text. */
AKIN_API bool akin_model_embeds_texts(const akin_model *m);
/* AKIN_ERR_UNSUPPORTED unless they can. */
AKIN_API akin_status akin_model_embed_texts(akin_model *m, const akin_texts *texts, akin_mat backbone,
                                            akin_mat projector, akin_error *err);

/* From now on a row of the backbone of a model of text is its features, brought to length 1, and beside them
 * the words of the item, of length 1 too, so that the cosine of two rows is the mean of two cosines. Words
 * and their n-grams, as the run's vocabulary has them, are weighted as in a bag of words, where log(most/c)
 * + 1 stands for what is rare: c, how often it was seen; and projected to 1,024 columns, or as many as there
 * are, as akin_model_raw_rows() does it. A text without a word stays a row of zeros. akin_model_width() has
 * the sum; nets without a head keep their projector's rows.
 * AKIN_ERR_UNSUPPORTED unless the model was trained on text; AKIN_ERR_NOMEM */
AKIN_API bool akin_model_has_words(const akin_model *m); /* it was trained on text */
AKIN_API akin_status akin_model_add_words(akin_model *m, akin_error *err);

/* AKIN_ERR_UNSUPPORTED unless the model was trained on images. */
AKIN_API akin_status akin_model_embed_images(akin_model *m, const akin_images *images, akin_mat backbone,
                                             akin_mat projector, akin_error *err);

/* One layer of all items of a split, in pieces of at most 8192 rows. */
typedef struct akin_pieces_opts {
    uint32_t struct_size;
    const char *split; /* NULL = "train" */
    akin_layer layer;
    /* Receives the rows of the items from first on, to do with as it likes; they are gone when it returns. Of
     * several ranks that of rank 0 alone is called, for all rows. An error that it returns ends it all. */
    akin_status (*on_rows)(int64_t first, akin_mat rows, void *ctx, akin_error *err);
    void *ctx;
    /* Of several ranks, [ranks+1]: the first item of each, the same on all. Then on_rows of every rank is
     * called, for the rows of its items alone, and none are exchanged. NULL: as above. */
    const int64_t *own;
} akin_pieces_opts;

#define AKIN_PIECES_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_pieces_opts)                                                              \
    }

/* Embed them, in order, with the bits of akin_model_embed() and at most three pieces in memory. Errors as
 * there. With the ranks of the model (akin_model_opts) the pieces go round, and an error of one rank is that
 * of all. */
AKIN_API akin_status akin_model_embed_pieces(akin_model *m, const akin_dataset *set,
                                             const akin_pieces_opts *opts, akin_error *err);

/* As akin_model_open_dataset(), with every row: also those from which nothing can be learned, such as texts
 * without a word, which get rows of zeros. Of other data than the run's own, no option of the run leaves
 * items out or holds them out. The ranks of the model open it together. */
AKIN_API akin_status akin_model_open_rows(const akin_model *m, const char *path, akin_dataset **out,
                                          akin_error *err);

/* Items as rows of numbers without the encoder, which the trained one is compared with: those of
 * akin_dataset_raw_rows(), or for text bags of words of the run's vocabulary: 1 + log of how often a word
 * stands in an item, times log((1 + n)/(1 + items that hold it)) + 1 over the n training items of basis,
 * brought to length 1; with more than 1,024 words projected to as many columns at random, always alike. The
 * name of the rows, such as "pixels" or "tf-idf"; NULL and a width of 0 where there are none. */
AKIN_API const char *akin_model_raw_name(const akin_model *m, const akin_dataset *set);
AKIN_API int64_t akin_model_raw_width(const akin_model *m, const akin_dataset *set);
/* All items of a split of set into out [n, width].  AKIN_ERR_ARGUMENT, AKIN_ERR_INPUT (sets of another kind
 * than the run's), and as akin_dataset_raw_rows(). */
AKIN_API akin_status akin_model_raw_rows(const akin_model *m, const akin_dataset *basis,
                                         const akin_dataset *set, const char *split, akin_mat out,
                                         akin_error *err);

/* The set that akin_model_open_dataset() opened at the model's own path is another than the one that was
 * trained on: its fingerprint differs from that in run.json. Then a sentence for a person is in buf. False,
 * and "", also where nobody can tell: options such as size make the same files another set, and the first
 * versions kept no fingerprint. */
AKIN_API bool akin_model_data_changed(const akin_model *m, const akin_dataset *set, char *buf, size_t size);

/* What is wrong with the run that the model comes from, for a person: sentence i; NULL beyond the last. Such
 * as: the newest checkpoint is damaged, and an older one was taken. */
AKIN_API const char *akin_model_warning(const akin_model *m, int64_t i);

/* Row i of the encoders that read text, which stand beside those of akin_encoder_kind_at(); NULL after the
 * last. */
AKIN_API const akin_encoder_kind *akin_text_encoder_at(int i);

/* A time as options have it, "90", "90s", "10m", "1.5h" or "1d", in seconds; 0 for anything else. */
AKIN_API double akin_seconds_of(const char *text);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_MODEL_H */
