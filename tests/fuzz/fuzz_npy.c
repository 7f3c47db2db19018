/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_npy.c - a .npy file by everything that reads one: whole, piece by piece, as a matrix, as
 * labels, as images. */
#include "files/npy.h"
#include "fuzz_image_set.h"

static void by_pieces(const char *path, const akin_array *whole)
{
    akin_error err;
    ak_npy *f = NULL;
    if (!fz_said(ak_npy_open(path, &f, &err), &err)) return;
    const akin_array shape = ak_npy_array(f);
    FZ_CHECK(shape.count == whole->count && shape.dtype == whole->dtype);
    const size_t bytes = ak_dtype_bytes(shape.dtype);
    if (ak_npy_in_order(f) && shape.count > 0) {
        char *piece = malloc(bytes);
        const int64_t last = shape.count - 1;
        FZ_CHECK(piece && ak_npy_read(f, last, 1, piece, &err) == AKIN_OK);
        FZ_CHECK(memcmp(piece, (const char *)whole->data + (size_t)last * bytes, bytes) == 0);
        free(piece);
    }
    ak_npy_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fz_file("images.npy", data, size);
    akin_error err;
    akin_array a;
    if (fz_said(akin_npy_load(path, &a, &err), &err)) {
        FZ_CHECK(a.ndim >= 0 && a.ndim <= AKIN_MAX_DIMS && a.count >= 0 && a.count <= (int64_t)size * 2);
        for (int64_t i = 0; i < a.count; i++) (void)ak_array_real(&a, i);
        by_pieces(path, &a);
        akin_array_free(&a);
    }
    if (fz_said(akin_npy_load_matrix(path, &a, &err), &err)) {
        FZ_CHECK(a.ndim == 2 && a.dtype == AKIN_DTYPE_F32 && ak_all_finite(a.data, a.count));
        akin_array_free(&a);
    }
    if (fz_said(akin_labels_load(path, &a, &err), &err)) akin_array_free(&a);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.format = "npy";
    fz_image_set(path, &opts);
    return 0;
}
