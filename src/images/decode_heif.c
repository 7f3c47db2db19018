/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_heif.c - HEIF (.heic) and AVIF through libheif: the primary picture of a file.
 *
 * The library turns a picture as the file's own boxes say; the EXIF in it, which says the same once more, is
 * not looked at. More than 8 bits become 8. Which kinds it decodes depends on its plugins: a picture that
 * wants one that is absent is refused as a whole set, for what a set holds must not depend on the machine.
 * libheif is loaded at the first such picture (base/late.h). */
#include "images/decode.h"
#include "base/late.h"
#include "base/path.h"
#include "images/heif_brand.h"

#include <pthread.h>
#include <libheif/heif.h>

enum { PIXELS_PER_BYTE = 1 << 16, LONGEST_SIDE = 65535 };

/* What is used of the library. */
#define FUNCTIONS(X)                                                                                         \
    X(heif_init)                                                                                             \
    X(heif_image_get_plane_readonly)                                                                         \
    X(heif_image_get_width)                                                                                  \
    X(heif_image_get_height)                                                                                 \
    X(heif_decoding_options_alloc)                                                                           \
    X(heif_decode_image)                                                                                     \
    X(heif_decoding_options_free)                                                                            \
    X(heif_image_release)                                                                                    \
    X(heif_context_alloc)                                                                                    \
    X(heif_context_set_maximum_image_size_limit)                                                             \
    X(heif_context_set_max_decoding_threads)                                                                 \
    X(heif_context_read_from_memory_without_copy)                                                            \
    X(heif_context_get_primary_image_handle)                                                                 \
    X(heif_image_handle_get_height)                                                                          \
    X(heif_image_handle_get_width)                                                                           \
    X(heif_image_handle_has_alpha_channel)                                                                   \
    X(heif_context_get_number_of_top_level_images)                                                           \
    X(heif_image_handle_is_premultiplied_alpha)                                                              \
    X(heif_image_handle_release)                                                                             \
    X(heif_context_free)

static const char *const NAMES[] = { AK_LATE_NAMES(FUNCTIONS) };
static struct {
    AK_LATE_POINTERS(FUNCTIONS)
} lib;
static ak_late_library library = { .file = AK_HEIF_LIBRARY,
                                   .what = "HEIF and AVIF images need",
                                   .package = "libheif (Debian: libheif1)",
                                   .names = NAMES,
                                   .n = sizeof NAMES / sizeof *NAMES };

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void) { (void)lib.heif_init(NULL); }

static akin_status failed(struct heif_error e, akin_error *err)
{
    char shown[AK_SHOWN];
    if (e.code == heif_error_Memory_allocation_error && e.subcode == heif_suberror_Unspecified)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for its pixels");
    if (e.subcode == heif_suberror_Unsupported_codec)
        return ak_fail(
            err, AKIN_ERR_UNSUPPORTED,
            "libheif has no decoder for it; Debian: libheif-plugin-dav1d (AVIF), libheif-plugin-libde265 "
            "(HEIC)");
    /* a decoder's errors are all the same to the library */
    return ak_fail(err, AKIN_ERR_FORMAT, "%s%s",
                   e.code == heif_error_Decoder_plugin_error ? "damaged, or no memory to decode it: " : "",
                   ak_shown(e.message ? e.message : "damaged HEIF data", shown));
}

static akin_status copy(const struct heif_image *image, ak_decoded_image *out, akin_error *err)
{
    int stride = 0;
    const uint8_t *from = lib.heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    const int64_t line = out->width * out->channels;
    if (!from || lib.heif_image_get_width(image, heif_channel_interleaved) != out->width ||
        lib.heif_image_get_height(image, heif_channel_interleaved) != out->height || stride < line)
        return ak_fail(err, AKIN_ERR_FORMAT, "its pixels are of another size than its header says");
    AK_TRY(ak_decoded_image_alloc(out, err));
    for (int64_t y = 0; y < out->height; y++) memcpy(out->pixels + y * line, from + y * stride, (size_t)line);
    return AKIN_OK;
}

static akin_status read_pixels(const struct heif_image_handle *handle, ak_decoded_image *out, akin_error *err)
{
    struct heif_image *image = NULL;
    struct heif_decoding_options *o = lib.heif_decoding_options_alloc();
    if (!o) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to decode it");
    o->convert_hdr_to_8bit = 1;
    const struct heif_error e = lib.heif_decode_image(
        handle, &image, heif_colorspace_RGB,
        out->channels == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, o);
    lib.heif_decoding_options_free(o);
    const akin_status status = e.code ? failed(e, err) : copy(image, out, err);
    if (image) lib.heif_image_release(image);
    return status;
}

static akin_status run(const uint8_t *bytes, size_t n, bool pixels, ak_decoded_image *out, akin_error *err)
{
    AK_TRY(ak_late_load(&library, &lib, err));
    pthread_once(&started, start);
    struct heif_context *context = lib.heif_context_alloc();
    struct heif_image_handle *handle = NULL;
    if (!context) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the HEIF reader");
    lib.heif_context_set_maximum_image_size_limit(context, LONGEST_SIDE);
    lib.heif_context_set_max_decoding_threads(context, 0);
    struct heif_error e = lib.heif_context_read_from_memory_without_copy(context, bytes, n, NULL);
    if (!e.code) e = lib.heif_context_get_primary_image_handle(context, &handle);
    akin_status status = e.code ? failed(e, err) : AKIN_OK;
    if (!status) {
        *out = (ak_decoded_image){ .file_bytes = (int64_t)n,
                                   .height = lib.heif_image_handle_get_height(handle),
                                   .width = lib.heif_image_handle_get_width(handle),
                                   .channels = lib.heif_image_handle_has_alpha_channel(handle) ? 4 : 3,
                                   .frames = lib.heif_context_get_number_of_top_level_images(context) };
        out->multiplied = out->channels == 4 && lib.heif_image_handle_is_premultiplied_alpha(handle);
        status = ak_check_pixels(out->height, out->width, err);
    }
    if (!status && pixels && (uint64_t)(out->height * out->width) / PIXELS_PER_BYTE > n)
        status = ak_fail(err, AKIN_ERR_FORMAT, "its header says more pixels than its bytes can hold");
    if (!status && pixels) status = ak_check_samples(out, err);
    if (!status && pixels) status = read_pixels(handle, out, err);
    if (handle) lib.heif_image_handle_release(handle);
    lib.heif_context_free(context);
    return status;
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, false, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, true, out, err);
}

const ak_codec ak_heif = { "HEIF", ak_heif_brand, probe, decode };
