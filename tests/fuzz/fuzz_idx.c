/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_idx.c - IDX: the images and the labels of a folder. */
#include "fuzz_image_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const fz_input images = fz_part(&in), labels = fz_part(&in);
    fz_file("idx/train-images-idx3-ubyte", images.at, images.n);
    fz_file("idx/train-labels-idx1-ubyte", labels.at, labels.n);
    fz_image_set(fz_path("idx"), NULL);
    return 0;
}
