/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/text_views.h - random views of a text that is a row of word ids, for learning by contrast.
 *
 * Three things are done, in this order: a run of the words is cropped out, words are replaced by near ones,
 * words are erased. No view of a text that has words is empty. Each of the three draws from random numbers
 * of its own: with another erase_prob the crops stay as they were.  [NozawaSato2021]
 */
#ifndef AKIN_TOOL_TEXT_VIEWS_H
#define AKIN_TOOL_TEXT_VIEWS_H

#include "akin/base.h"
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

/* The presets, recipes with names; docs/text.md says what each does. */
#define AKIN_TEXT_VIEW_PRESET_NAMES "none|erase|replace|crop"

/* The options of a preset into *opts, which was initialised.
 * AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_text_view_preset(const char *name, akin_text_view_opts *opts, akin_error *err);

/* Set the option of a flag ("word-erase"). "text-view" loads a preset, so it comes first.
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_text_view_set(akin_text_view_opts *opts, const char *name, const char *text,
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

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_TEXT_VIEWS_H */
