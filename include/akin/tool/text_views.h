/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/text_views.h - random views of a text that is a row of word ids, for learning by contrast.
 *
 * Three things are done, in this order: a run of the words is cropped out, words are replaced by near ones,
 * words are erased. No view of a text that has words is empty. Each of the three draws from random numbers
 * of its own: with another erase_prob the crops stay as they were.  [NozawaSato2021]
 */
#ifndef AKIN_TEXT_VIEWS_H
#define AKIN_TEXT_VIEWS_H

#include "akin/base.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/view_name.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_TEXT_VIEW_OPTS_INIT, which changes nothing. */
typedef struct akin_text_view_opts {
    uint32_t struct_size;
    float crop_min, crop_max; /* take a run of this share of the words, uniform; 1,1 = all */
    float replace_prob;       /* each word becomes one of its nearest words, uniformly */
    float erase_prob;         /* each word is left out; if all would be, one of them stays */
} akin_text_view_opts;

#define AKIN_TEXT_VIEW_OPTS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_text_view_opts), .crop_min = 1, .crop_max = 1                             \
    }

/* A recipe with a name. Owned by the library; read through pointers only. */
typedef struct akin_text_view_preset_desc {
    const char *name;  /* --text-view NAME */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    const akin_text_view_opts *opts;
} akin_text_view_preset_desc;

#define AKIN_TEXT_VIEW_PRESET_NAMES "none|erase|replace|crop"

/* NULL after the last */
AKIN_API const akin_text_view_preset_desc *akin_text_view_preset_at(int i);

/* One flag per option, as rows for a verb's table; a flag that is not given leaves what the preset says. */
/* clang-format off */
#define AKIN_TEXT_VIEW_OPT_ROWS                                                                              \
    { "text-view", AKIN_OPT_CHOICE, "none", AKIN_TEXT_VIEW_PRESET_NAMES, 0, 0,                               \
      "recipe of the views of text; the options below change single parts of it" },                          \
    { "word-crop-min", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1,                                               \
      "shortest run of words, as a share of the text" },                                                     \
    { "word-crop-max", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "longest run; 1 and 1: all words" },          \
    { "word-replace", AKIN_OPT_REAL, NULL, "P", 0, 1,                                                        \
      "probability that a word becomes one of its nearest" },                                                \
    { "word-erase", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability that a word is left out" }
/* clang-format on */

/* Row i of these options, in the library's own memory; NULL after the last. */
AKIN_API const akin_opt_desc *akin_text_view_opt_at(int i);

/* The options of a preset into *opts, which was initialised.
 * AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_text_view_preset(const char *name, akin_text_view_opts *opts, akin_error *err);

/* Set, or read, the option of a flag ("word-erase"). "text-view" loads a preset, so it comes first.
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_text_view_set(akin_text_view_opts *opts, const char *name, const char *text,
                                        akin_error *err);
AKIN_API akin_status akin_text_view_get(const akin_text_view_opts *opts, const char *name, double *value,
                                        akin_error *err);
/* AKIN_ERR_RANGE naming the first option that is out of bounds. */
AKIN_API akin_status akin_text_view_check(const akin_text_view_opts *opts, akin_error *err);

/* For every word of a vocabulary its nearest words; borrowed. Start from AKIN_NEAR_WORDS_INIT. */
typedef struct akin_near_words {
    uint32_t struct_size;
    const int32_t *ids; /* [words,k] */
    int64_t words, k;
} akin_near_words;

#define AKIN_NEAR_WORDS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_near_words)                                                               \
    }

/* A view of the n word ids of one text, into out with room for n. Returns its length: 1..n, or 0 when n is
 * 0. Ids outside of near (and all of them when near is NULL) are never replaced. Nothing is checked: opts
 * are as akin_text_view_check() passes them. */
AKIN_API int64_t akin_text_view(const akin_text_view_opts *opts, const akin_near_words *near,
                                const int32_t *ids, int64_t n, const akin_view_name *name, int32_t *out);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TEXT_VIEWS_H */
