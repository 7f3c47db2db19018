/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/neighbours.h - the nearest training items of a few test items, for people to look at: the
 * report shows them. */
#ifndef AKIN_TOOL_NEIGHBOURS_H
#define AKIN_TOOL_NEIGHBOURS_H

#include "akin/data.h"
#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_NEIGHBOUR_GALLERY_INIT; all texts and the set are borrowed for the call. */
typedef struct akin_neighbour_gallery {
    uint32_t struct_size;
    const akin_dataset *set;
    akin_target target;     /* whose class names are shown */
    const char *test_split; /* which the queries are of */
    const char *encoder, *layer;
    const char *folder; /* where to; made if it does not exist */
    const char *name;   /* of the files */
    akin_files *files;  /* of the result that they are part of; NULL: they stand alone */
} akin_neighbour_gallery;

#define AKIN_NEIGHBOUR_GALLERY_INIT                                                                          \
    {                                                                                                        \
        .struct_size = sizeof(akin_neighbour_gallery), .test_split = "test", .encoder = "", .layer = ""      \
    }

/* FOLDER/NAME.json, and of images FOLDER/NAME.npy: 8 items of the test split, evenly spread, each with the
 * 8 items of "train" that have the greatest cosine. train and test: the embeddings of all items of both
 * splits.
 * AKIN_ERR_INPUT (no such split), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_neighbour_gallery_save(const akin_neighbour_gallery *gallery, akin_cmat train,
                                                 akin_cmat test, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_NEIGHBOURS_H */
