/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_image_set.h - a set of images that was opened, or refused with a sentence. */
#ifndef AK_TESTS_FUZZ_IMAGE_SET_H
#define AK_TESTS_FUZZ_IMAGE_SET_H

#include "akin/tool/images.h"
#include "fuzz.h"

static inline void fz_image_set(const char *path, const akin_image_set_opts *opts)
{
    akin_error err;
    akin_image_set *set = NULL;
    if (!fz_said(akin_image_set_open(path, opts, &set, &err), &err)) {
        FZ_CHECK(set == NULL);
        return;
    }
    for (int s = 0; s < akin_image_set_splits(set); s++) {
        akin_images view = AKIN_IMAGES_INIT;
        FZ_CHECK(akin_image_set_split(set, akin_image_set_split_name(set, s), &view, &err) == AKIN_OK);
        FZ_CHECK(view.n > 0 && view.height > 0 && view.width > 0 &&
                 (view.channels == 1 || view.channels == 3));
        for (int64_t i = 0; view.labels && i < view.n; i++)
            FZ_CHECK(view.labels[i] >= 0 && view.labels[i] < view.classes);
        uint8_t *pixels = malloc((size_t)(view.height * view.width * view.channels));
        const int64_t last = view.n - 1;
        FZ_CHECK(pixels && akin_images_fetch(&view, &last, 1, pixels, &err) == AKIN_OK);
        free(pixels);
    }
    akin_image_set_free(set);
}

#endif
