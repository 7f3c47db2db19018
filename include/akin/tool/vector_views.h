/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/vector_views.h - random views of rows of numbers, for learning by contrast.
 *
 * With x the scaled row, (value - mean)/std, these are done in this order:
 *
 *     mixed    x <- lambda x + (1 - lambda) y,  y another row of the split, lambda uniform in [mix_min,1]
 *              with probability mix_prob                                       [Verma2021]
 *     noisy    x_c <- x_c + noise g_c,          g_c standard normal
 *     masked   x_c <- 0 or y_c,                 y_c that column of a row drawn anew for each column,
 *              with probability mask_prob for each column                      [Yoon2020] [Bahri2022]
 *
 * A view depends on the rows of the split, the scale, the options and the name of the view, and on nothing
 * else. Every draw has a place of its own in the stream of random numbers, so changing one option moves no
 * draw of another.
 */
#ifndef AKIN_TOOL_VECTOR_VIEWS_H
#define AKIN_TOOL_VECTOR_VIEWS_H

#include "akin/base.h"
#include "akin/tool/vectors.h"
#include "akin/tool/view_name.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_VECTOR_VIEW_OPTS_INIT, with which views equal the scaled rows. */
typedef struct akin_vector_view_opts {
    uint32_t struct_size;
    float noise;             /* >= 0, in deviations of the column */
    float mask_prob;         /* in [0,1], of each column */
    int32_t mask_with;       /* 0: 0, which is the mean; 1: the column of another row ("marginal") */
    float mix_prob;          /* in [0,1], of a row */
    float mix_min;           /* least lambda, in [0,1] */
    int32_t first_unchanged; /* not 0: view number 0 is the scaled row as it is */
} akin_vector_view_opts;

#define AKIN_VECTOR_VIEW_OPTS_INIT                                                                           \
    {                                                                                                        \
        .struct_size = sizeof(akin_vector_view_opts), .mix_min = 0.5f                                        \
    }

/* The presets, recipes with names; docs/vectors.md says what each does. */
#define AKIN_VECTOR_VIEW_PRESET_NAMES "none|noise|mask|scarf|mix"

/* The options of a preset into *opts, which was initialised.
 * AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_vector_view_preset(const char *name, akin_vector_view_opts *opts, akin_error *err);
/* Set the option of a flag ("mask-prob"). "vector-views" loads a preset, so it comes first.
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_vector_view_set(akin_vector_view_opts *opts, const char *name, const char *text,
                                          akin_error *err);
/* AKIN_ERR_RANGE naming the first option that is out of bounds. */
AKIN_API akin_status akin_vector_view_check(const akin_vector_view_opts *opts, akin_error *err);

/* A batch of views: row i of out, [n,d], receives the view of row items[i] under the name (name->seed,
 * name->epoch, items[i], name->view). Serial and reentrant, without scratch: call it from as many threads
 * as you like.
 *
 * opts     NULL: the scaled rows.
 * scale    NULL: mean 0 and deviation 1.
 * items    [out.rows]
 *
 * AKIN_ERR_ARGUMENT (NULL), AKIN_ERR_RANGE (an item outside the rows, options, name), AKIN_ERR_SHAPE (out,
 * scale). */
AKIN_API akin_status akin_vector_views(const akin_vector_view_opts *opts, const akin_vectors *rows,
                                       const akin_vector_scale *scale, const int32_t *items,
                                       const akin_view_name *name, akin_mat out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_VECTOR_VIEWS_H */
