/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_gif.c - GIF through giflib: the first frame, on the whole canvas.
 *
 * The colour that is named transparent is, and so is what the frame does not cover. The other frames are gone
 * through and counted, and a file without its end is an error as it is in PNG. */
#include "images/decode.h"

#include <string.h>
#include <gif_lib.h>

/* LZW expands less than that; whoever has more frames has many. */
enum { PIXELS_PER_BYTE = 4096, MOST_FRAMES = 10000 };

typedef struct source {
    const uint8_t *at;
    size_t left;
} source;

static int on_read(GifFileType *gif, GifByteType *to, int n)
{
    source *s = gif->UserData;
    const size_t got = (size_t)n < s->left ? (size_t)n : s->left;
    memcpy(to, s->at, got);
    s->at += got;
    s->left -= got;
    return (int)got;
}

static akin_status failed(int code, akin_error *err)
{
    const char *text = GifErrorString(code);
    const bool early = code == D_GIF_ERR_EOF_TOO_SOON || code == D_GIF_ERR_READ_FAILED;
    return ak_fail(err, code == D_GIF_ERR_NOT_ENOUGH_MEM ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s",
                   early  ? "the file ends early"
                   : text ? text
                          : "damaged GIF data");
}

static akin_status draw_line(const ak_decoded_image *out, const GifFileType *gif, const GifPixelType *line,
                             int y, int transparent, akin_error *err)
{
    const GifImageDesc *d = &gif->Image;
    const ColorMapObject *map = d->ColorMap ? d->ColorMap : gif->SColorMap;
    uint8_t *to = out->pixels + ((int64_t)(d->Top + y) * out->width + d->Left) * 4;
    for (int x = 0; x < d->Width; x++, to += 4) {
        if (line[x] == transparent) continue;
        if (line[x] >= map->ColorCount)
            return ak_fail(err, AKIN_ERR_FORMAT, "a pixel has colour %d; there are %d", line[x],
                           map->ColorCount);
        const GifColorType c = map->Colors[line[x]];
        to[0] = c.Red;
        to[1] = c.Green;
        to[2] = c.Blue;
        to[3] = 255;
    }
    return AKIN_OK;
}

static akin_status draw(const ak_decoded_image *out, GifFileType *gif, int transparent, akin_error *err)
{
    static const int FIRST[] = { 0, 4, 2, 1, 0 },
                     STEP[] = { 8, 8, 4, 2, 1 }; /* interlaced; the last is not */
    const GifImageDesc *d = &gif->Image;
    if (d->Left < 0 || d->Top < 0 || d->Width < 1 || d->Height < 1 || d->Left + d->Width > out->width ||
        d->Top + d->Height > out->height)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "its first frame, %dx%d at row %d and column %d, lies outside of it", d->Height,
                       d->Width, d->Top, d->Left);
    if (!d->ColorMap && !gif->SColorMap) return ak_fail(err, AKIN_ERR_FORMAT, "it has no table of colours");
    GifPixelType *line = malloc((size_t)d->Width);
    akin_status status = line ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for a line");
    for (int pass = d->Interlace ? 0 : 4; pass < (d->Interlace ? 4 : 5) && !status; pass++)
        for (int y = FIRST[pass]; y < d->Height && !status; y += STEP[pass])
            status = DGifGetLine(gif, line, d->Width) == GIF_OK
                         ? draw_line(out, gif, line, y, transparent, err)
                         : failed(gif->Error, err);
    free(line);
    return status;
}

static akin_status read_extension(GifFileType *gif, int *transparent, akin_error *err)
{
    int code = 0;
    GifByteType *block = NULL;
    GraphicsControlBlock control;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) return failed(gif->Error, err);
    if (code == GRAPHICS_EXT_FUNC_CODE && block &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        *transparent = control.TransparentColor;
    while (block)
        if (DGifGetExtensionNext(gif, &block) != GIF_OK) return failed(gif->Error, err);
    return AKIN_OK;
}

static akin_status skip_frame(GifFileType *gif, akin_error *err)
{
    int size = 0;
    GifByteType *block = NULL;
    if (DGifGetCode(gif, &size, &block) != GIF_OK) return failed(gif->Error, err);
    while (block)
        if (DGifGetCodeNext(gif, &block) != GIF_OK) return failed(gif->Error, err);
    return AKIN_OK;
}

static akin_status read_frames(GifFileType *gif, ak_decoded_image *out, akin_error *err)
{
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    int transparent = NO_TRANSPARENT_COLOR;
    while (out->frames < MOST_FRAMES) {
        if (DGifGetRecordType(gif, &type) != GIF_OK) return failed(gif->Error, err);
        if (type == TERMINATE_RECORD_TYPE) break;
        if (type == EXTENSION_RECORD_TYPE) AK_TRY(read_extension(gif, &transparent, err));
        if (type != IMAGE_DESC_RECORD_TYPE) continue;
        if (DGifGetImageDesc(gif) != GIF_OK) return failed(gif->Error, err);
        AK_TRY(out->frames++ == 0 ? draw(out, gif, transparent, err) : skip_frame(gif, err));
    }
    return out->frames ? AKIN_OK : ak_fail(err, AKIN_ERR_FORMAT, "it has no frame");
}

static akin_status run(const uint8_t *bytes, size_t n, bool pixels, ak_decoded_image *out, akin_error *err)
{
    source s = { bytes, n };
    int code = 0;
    GifFileType *gif = DGifOpen(&s, on_read, &code);
    if (!gif) return failed(code, err);
    *out = (ak_decoded_image){
        .file_bytes = (int64_t)n, .height = gif->SHeight, .width = gif->SWidth, .channels = 4
    };
    akin_status status = ak_check_pixels(out->height, out->width, err);
    if (!status && pixels && (uint64_t)(out->height * out->width) / PIXELS_PER_BYTE > n)
        status = ak_fail(err, AKIN_ERR_FORMAT, "its header says more pixels than its bytes can hold");
    if (!status && pixels) status = ak_decoded_image_alloc(out, err);
    if (!status && pixels) {
        memset(out->pixels, 0, (size_t)(out->height * out->width * 4));
        status = read_frames(gif, out, err);
    }
    DGifCloseFile(gif, &code);
    if (!status) return AKIN_OK;
    free(out->pixels);
    out->pixels = NULL;
    return status;
}

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 6 && (memcmp(b, "GIF87a", 6) == 0 || memcmp(b, "GIF89a", 6) == 0);
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, false, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, true, out, err);
}

const ak_codec ak_gif = { "GIF", matches, probe, decode };
