/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image_folders.h - a folder of pictures made by a test, and what is said of the set read from it. */
#ifndef AK_TESTS_IMAGE_FOLDERS_H
#define AK_TESTS_IMAGE_FOLDERS_H

#include "akin/tool/images.h"
#include "pictures.h"
#include "test.h"

#include <sys/stat.h>

static akin_error err;
static char folder[256];

static inline void fresh_folder(void) { snprintf(folder, sizeof folder, "%s", test_folder()); }

static inline void make(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(mkdir(path, 0777) == 0);
}

static inline void put(const char *name, const void *data, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    pic_put(path, data, n);
}

static inline void give(const char *name, uint8_t *data, size_t n) /* frees data */
{
    put(name, data, n);
    free(data);
}

/* A PGM or PPM with all samples equal. */
static inline void put_plain(const char *name, int h, int w, int c, int value)
{
    uint8_t *pixels = malloc((size_t)(h * w * c));
    size_t n;
    memset(pixels, value, (size_t)(h * w * c));
    uint8_t *bytes = pic_pnm(pixels, h, w, c, &n);
    put(name, bytes, n);
    free(bytes);
    free(pixels);
}

/* Whether a sentence about the set holds text. */
static inline bool told(const akin_image_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_image_set_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

static inline akin_images split_of(const akin_image_set *ds, const char *name)
{
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, name, &v, &err));
    return v;
}

#endif
