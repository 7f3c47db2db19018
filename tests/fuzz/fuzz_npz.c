/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_npz.c - a .npz by everything that reads one: as it comes, and with the sums of its stored
 * members put right. */
#include "akin/tool/dataset.h"
#include "akin/tool/labels.h"
#include "akin/tool/npz.h"
#include "akin/tool/vectors.h"
#include "fuzz_image_set.h"

#include <zlib.h>

static uint32_t number(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint32_t)at[i] << (8 * i);
    return value;
}

/* In each entry of the directory the sum of the bytes that it points to, where they are stored. */
static void mend(uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 46 <= size; i++) {
        uint8_t *e = data + i;
        if (number(e, 4) != 0x02014b50 || number(e + 10, 2) != 0) continue;
        const size_t at = number(e + 42, 4), bytes = number(e + 24, 4);
        if (at > size || size - at < 30) continue;
        const size_t begin = at + 30 + number(data + at + 26, 2) + number(data + at + 28, 2);
        if (begin > size || bytes > size - begin) continue;
        const uint32_t sum = (uint32_t)crc32(0, data + begin, (uInt)bytes);
        for (int k = 0; k < 4; k++) e[16 + k] = (uint8_t)(sum >> (8 * k));
    }
}

static void read_all(const char *path)
{
    akin_error err;
    akin_array a;
    akin_names names = AKIN_NAMES_INIT;
    akin_labels *labels = NULL;
    akin_vector_set *set = NULL;
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    opts.max_values = 1 << 22;
    bool is = false;
    if (akin_npz_is(path, &is, NULL) || !is) return;
    if (fz_said(akin_npy_load_matrix(path, &a, &err), &err)) {
        FZ_CHECK(a.ndim == 2 && a.dtype == AKIN_DTYPE_F32 && ak_all_finite(a.data, a.count));
        akin_array_free(&a);
    }
    if (fz_said(akin_labels_open(path, &labels, &err), &err))
        for (int64_t i = 0; i < akin_labels_count(labels); i++)
            (void)akin_labels_class_name(labels, akin_labels_values(labels)[i]);
    akin_labels_free(labels);
    if (fz_said(akin_npz_names(path, &names, &err), &err))
        for (int64_t i = 0; i < names.n; i++) FZ_CHECK(strlen(names.name[i]) < 1 << 22);
    akin_names_free(&names);
    if (fz_said(akin_vectors_open(path, &opts, &set, &err), &err)) {
        akin_vectors rows = AKIN_VECTORS_INIT;
        FZ_CHECK(akin_vectors_split(set, "train", &rows, &err) == AKIN_OK);
        FZ_CHECK(rows.n > 0 && rows.d > 0 && ak_all_finite(rows.x, rows.n * rows.d));
    }
    akin_vectors_free(set);
    akin_image_set_opts images = AKIN_IMAGE_SET_OPTS_INIT;
    fz_image_set(path, &images);
    akin_data_detect(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(fz_file("a.npz", data, size));
    uint8_t *copy = malloc(size + 1);
    FZ_CHECK(copy);
    memcpy(copy, data, size);
    mend(copy, size);
    if (memcmp(copy, data, size) != 0) read_all(fz_file("a.npz", copy, size));
    free(copy);
    return 0;
}
