/* SPDX-License-Identifier: Apache-2.0 */
/* images/readers.h - the forms in which image sets are stored, a row each; images/open.c has the table. */
#ifndef AK_IMAGES_READERS_H
#define AK_IMAGES_READERS_H

#include "images/image_set.h"

typedef struct ak_image_format {
    const char *name; /* --format NAME */
    /* Whether a folder that holds a file of this name is a set of this form. */
    bool (*in_folder)(const char *name);
    /* Whether a file is: told by its name, or by its first n bytes. NULL: this form is always a folder. */
    bool (*is_file)(const char *name, const unsigned char *bytes, size_t n);
    /* Fill ds->split and ds->splits, and the names of the classes where they are known. What is left in ds on
     * failure is freed by the caller. */
    akin_status (*read)(akin_image_set *ds, const char *path, bool is_folder, const akin_image_set_opts *opts,
                        akin_error *err);
} ak_image_format;

extern const ak_image_format ak_idx, ak_cifar, ak_npy_images, ak_webdataset, ak_image_folder;

/* Whether a file of this name is an IDX file of images; a batch of CIFAR. */
bool ak_idx_is_images(const char *name);
bool ak_cifar_is_batch(const char *name);

#endif
