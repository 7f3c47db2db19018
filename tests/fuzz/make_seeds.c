/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/make_seeds.c - small valid files of every kind, as the fuzz targets read them: DIR/TARGET/NAME.
 * Files of texts are in seeds.inc, pictures and packed files are made by the libraries that others make them
 * with, files of akin by akin.
 *
 *     make_seeds DIR */
#include "fuzz_nets.h"

#include "files/safetensors.h"
#include "model/checkpoint.h"
#include "model/weight_names.h"
#include "pictures.h"

#include "akin/tool/npz.h"
#include "akin/tool/vocab.h"
#include "akin/train.h"

#include <lzma.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

static const char *root;

/* The bytes, and `options` bytes of 0 behind. */
static void put(const char *target, const char *name, const void *data, size_t n, int options)
{
    char path[512];
    akin_error err;
    char *all = calloc(n + (size_t)options + 1, 1);
    snprintf(path, sizeof path, "%s/%s", root, target);
    if (!all || akin_folder_make(path, &err)) abort();
    memcpy(all, data, n);
    snprintf(path, sizeof path, "%s/%s/seed-%s", root, target, name);
    if (akin_file_save(path, all, n + (size_t)options, &err)) abort();
    free(all);
}

/* A picture for its decoder, and for the one that finds out what it is. */
static void picture(const char *target, const char *name, uint8_t *data, size_t n)
{
    char other[64];
    snprintf(other, sizeof other, "%s-%s", target, name);
    if (!data) return;
    put(target, name, data, n, 0);
    put("picture", other, data, n, 1);
    free(data);
}

enum { H = 5, W = 7, SIDE = 64 };

static void png(void)
{
    static const struct {
        const char *name;
        int type, depth, row, flags;
    } KINDS[] = { { "rgb", PNG_COLOR_TYPE_RGB, 8, 3 * W, PIC_EXIF6 },
                  { "rgba", PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, PIC_INTERLACED },
                  { "grey16", PNG_COLOR_TYPE_GRAY, 16, 2 * W, 0 },
                  { "grey1", PNG_COLOR_TYPE_GRAY, 1, 1, 0 },
                  { "greya", PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2 * W, PIC_LATE_EXIF6 },
                  { "palette", PNG_COLOR_TYPE_PALETTE, 8, W, PIC_TRANSPARENT } };
    uint8_t x[H * W * 8];
    pic_smooth(x, H, W, 8, 1);
    for (int i = 0; i < 6; i++) {
        size_t n;
        uint8_t *data =
            pic_png(x, H, W, KINDS[i].type, KINDS[i].depth, (size_t)KINDS[i].row, KINDS[i].flags, &n);
        picture("png", KINDS[i].name, data, n);
    }
}

static void jpeg(void)
{
    static const int FLAGS[] = { 0, PIC_PROGRESSIVE, PIC_CMYK, PIC_CMYK | PIC_YCCK, PIC_CMYK | PIC_NO_ADOBE };
    static const char *const NAMES[] = { "rgb", "progressive", "cmyk", "ycck", "plain-cmyk" };
    uint8_t x[16 * 16 * 4], exif[26];
    size_t n;
    for (int i = 0; i < 5; i++) {
        const int c = FLAGS[i] & PIC_CMYK ? 4 : 3;
        pic_smooth(x, 16, 16, c, i);
        const size_t e = pic_exif(exif, 6, i & 1);
        uint8_t *data = pic_jpeg_exif(x, 16, 16, c, FLAGS[i], exif, e, &n);
        picture("jpeg", NAMES[i], data, n);
        put("exif", NAMES[i], exif, e, 0);
    }
    uint8_t *data = pic_jpeg(x, 16, 16, 1, 0, &n);
    picture("jpeg", "grey", data, n);
    data = pic_jpeg_scans(x, 16, 16, 66, &n);
    picture("jpeg", "scans", data, n);
}

static void tiff(void)
{
    static const struct {
        const char *name;
        pic_tiff_kind kind;
        int c, flags;
    } KINDS[] = {
        { "rgb", { .photometric = PHOTOMETRIC_RGB, .orientation = 6, .pages = 2 }, 3, 0 },
        { "lzw", { .photometric = PHOTOMETRIC_RGB, .compression = COMPRESSION_LZW }, 3, 0 },
        { "deflate",
          { .photometric = PHOTOMETRIC_MINISBLACK, .compression = COMPRESSION_ADOBE_DEFLATE },
          1,
          0 },
        { "packbits", { .photometric = PHOTOMETRIC_MINISWHITE, .compression = COMPRESSION_PACKBITS }, 1, 0 },
        { "tiles", { .photometric = PHOTOMETRIC_RGB }, 3, PIC_TILED },
        { "planes", { .photometric = PHOTOMETRIC_RGB }, 3, PIC_PLANES },
        { "deep", { .photometric = PHOTOMETRIC_MINISBLACK, .bits = 16 }, 1, 0 },
        { "bits", { .photometric = PHOTOMETRIC_MINISBLACK, .bits = 1 }, 1, 0 },
        { "palette", { .photometric = PHOTOMETRIC_PALETTE }, 1, 0 },
        { "alpha", { .photometric = PHOTOMETRIC_RGB, .extra = EXTRASAMPLE_UNASSALPHA }, 4, 0 },
        { "unsure", { .photometric = PHOTOMETRIC_RGB, .extra = -1 }, 4, 0 }
    };
    uint8_t x[16 * 16 * 8];
    pic_smooth(x, 16, 16, 8, 2);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        size_t n;
        uint8_t *data = pic_tiff(x, 16, 16, KINDS[i].c, KINDS[i].kind, KINDS[i].flags, &n);
        picture("tiff", KINDS[i].name, data, n);
    }
}

static void others(void)
{
    static const uint32_t MASKS[] = { 0xf800, 0x07e0, 0x001f, 0 };
    static uint8_t x[SIDE * SIDE * 4];
    size_t n;
    uint8_t *data;
    pic_smooth(x, SIDE, SIDE, 4, 3);
    for (int c = 3; c <= 4; c++) {
        const char *name = c == 3 ? "rgb" : "rgba";
        data = pic_webp(x, H, W, c, 1, &n);
        picture("webp", name, data, n);
        data = pic_heif(x, SIDE, SIDE, c, heif_compression_AV1, &n);
        picture("heif", c == 3 ? "avif" : "avif-alpha", data, n);
    }
    data = pic_heif(x, SIDE, SIDE, 3, heif_compression_HEVC, &n);
    picture("heif", "hevc", data, n);
    data = pic_webp(x, 16, 16, 3, 0, &n);
    picture("webp", "lossy", data, n);
    data = pic_gif(x, H, W, 0, 0, H, W, 1, 7, 0, &n);
    picture("gif", "one", data, n);
    data = pic_gif(x, H, W, 1, 2, H + 3, W + 4, 2, -1, 1, &n);
    picture("gif", "two", data, n);
    data = pic_bmp(x, H, W, 24, 3 * W, 40, 0, NULL, NULL, 0, &n);
    picture("bmp", "rgb", data, n);
    data = pic_bmp(x, H, W, 8, W, 40, 1, NULL, x, 1024, &n);
    picture("bmp", "palette", data, n);
    data = pic_bmp(x, H, W, 16, 2 * W, 40, 0, MASKS, NULL, 0, &n);
    picture("bmp", "masks", data, n);
    data = pic_bmp(x, H, W, 24, 3 * W, 12, 0, NULL, NULL, 0, &n);
    picture("bmp", "core", data, n);
    data = pic_pnm(x, H, W, 1, &n);
    picture("pnm", "grey", data, n);
    data = pic_pnm(x, H, W, 3, &n);
    picture("pnm", "rgb", data, n);
}

/* Arrays ------------------------------------------------------------------------------------------------ */

/* One part of an input of several, added to what is there. */
typedef struct parts {
    char data[16384];
    size_t n;
} parts;

static void add(parts *p, const void *data, size_t n)
{
    if (p->n) {
        memcpy(p->data + p->n, FZ_CUT, sizeof FZ_CUT - 1);
        p->n += sizeof FZ_CUT - 1;
    }
    memcpy(p->data + p->n, data, n);
    p->n += n;
}

static void idx(void)
{
    static const uint8_t IMAGES[] = { 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2,  0,  0,
                                      0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
                         LABELS[] = { 0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 0 };
    parts p = { .n = 0 };
    add(&p, IMAGES, sizeof IMAGES);
    put("idx", "plain", IMAGES, sizeof IMAGES, 0);
    add(&p, LABELS, sizeof LABELS);
    put("idx", "labels", p.data, p.n, 0);
}

static void cifar(void)
{
    parts p = { .n = 0 };
    char row[2 * 3074] = { 0 };
    for (int i = 0; i < (int)sizeof row; i++) row[i] = (char)(i * 7 % 251);
    row[0] = row[3073] = 1;
    add(&p, "cat\ndog\n", 8);
    add(&p, row, 3073);
    put("cifar", "ten", p.data, p.n, 1);
    add(&p, row, 3073);
    put("cifar", "test", p.data, p.n, 1);
    row[1] = row[3074] = 2;
    p.n = 0;
    add(&p, "a\nb\nc\n", 6);
    add(&p, row, 6148);
    p.data[p.n++] = 1;
    put("cifar", "hundred", p.data, p.n, 0);
}

static size_t npy(const char *descr, const char *order, const char *shape, const void *items, size_t bytes,
                  char *to)
{
    char head[128];
    const int n = snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr,
                           order, shape);
    memcpy(to, "\x93NUMPY\1\0", 8);
    to[8] = (char)n;
    to[9] = 0;
    memcpy(to + 10, head, (size_t)n);
    memcpy(to + 10 + n, items, bytes);
    return 10 + (size_t)n + bytes;
}

/* Archives of the library's own: vectors with names, and images. */
static const char *some_name(int64_t i, void *ctx)
{
    (void)ctx;
    return i ? "b\xC3\xA9" : "a";
}

static void archives(void)
{
    static const float ROWS[] = { 1, 2, 3, 4, 5, 6 };
    static const uint8_t PIXELS[18] = { 0, 255, 7 };
    static const int32_t LABELS[] = { 0, 1 };
    static const int64_t SHAPE[] = { 2, 3 }, IMAGES[] = { 2, 3, 3 };
    char path[512], *text = NULL;
    size_t n = 0;
    akin_error err;
    akin_writer *file = NULL;
    akin_npz_writer *z = NULL;
    snprintf(path, sizeof path, "%s/archive", root);
    for (int k = 0; k < 2; k++) {
        if (akin_writer_open(path, &file, &err) || akin_npz_begin(file, &z, &err)) abort();
        akin_status status = k ? akin_npz_add(z, "x_train", AKIN_DTYPE_U8, 3, IMAGES, PIXELS, &err)
                               : akin_npz_add(z, "embeddings", AKIN_DTYPE_F32, 2, SHAPE, ROWS, &err);
        if (!status)
            status = akin_npz_add(z, k ? "y_train" : "labels", AKIN_DTYPE_I32, 1, SHAPE, LABELS, &err);
        if (!status && !k) status = akin_npz_add_texts(z, "names", some_name, NULL, 2, &err);
        if (!status) status = akin_npz_add_texts(z, "classes", some_name, NULL, 2, &err);
        if (akin_npz_end(z, status, &err) || akin_writer_commit(file, &err)) abort();
        if (akin_file_load(path, 1 << 20, &text, &n, &err)) abort();
        put("npz", k ? "images" : "rows", text, n, 0);
        free(text);
    }
    remove(path);
}

static void arrays(void)
{
    static const struct {
        const char *name, *descr, *order, *shape;
        size_t bytes;
    } KINDS[] = { { "u8", "|u1", "False", "(2, 3, 4)", 24 },      { "f4", "<f4", "False", "(3, 2)", 24 },
                  { "f8", ">f8", "True", "(2, 2)", 32 },          { "f2", "<f2", "False", "(4,)", 8 },
                  { "bool", "|b1", "False", "(2, 3, 3, 1)", 18 }, { "i8", "<i8", "False", "(3,)", 24 },
                  { "u2", ">u2", "True", "(2, 3, 2)", 24 },       { "none", "<f4", "False", "()", 4 },
                  { "empty", "<f4", "False", "(0, 3)", 0 } };
    uint8_t x[64];
    char file[512];
    for (int i = 0; i < 64; i++) x[i] = (uint8_t)(i % 4 == 3 ? 63 : i % 3);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const size_t n = npy(KINDS[i].descr, KINDS[i].order, KINDS[i].shape, x, KINDS[i].bytes, file);
        put("npy", KINDS[i].name, file, n, 0);
        put("npy_header", KINDS[i].name, file, n - KINDS[i].bytes, 0);
    }
    static const float ROWS[] = { 1, 2, 3, 4, 5, 6 };
    static const int32_t LABELS[] = { 0, 1, 1 };
    static const double TIMES[] = { 1, 3, 2 };
    parts p = { .n = 0 };
    add(&p, file, npy("<f4", "False", "(3, 2)", ROWS, sizeof ROWS, file));
    put("vectors_npy", "rows", p.data, p.n, 1);
    add(&p, file, npy("<i4", "False", "(3,)", LABELS, sizeof LABELS, file));
    add(&p, file, npy("<i4", "False", "(3,)", LABELS, sizeof LABELS, file));
    add(&p, file, npy("<f8", "False", "(3,)", TIMES, sizeof TIMES, file));
    put("vectors_npy", "all", p.data, p.n, 1);
}

/* Packed ------------------------------------------------------------------------------------------------ */

static void packed(void)
{
    static const char TEXT[] = "one two three\none two three four\nfive one two\n";
    char out[512];
    z_stream z = { 0 };
    if (deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    z.next_in = (Bytef *)(uintptr_t)TEXT;
    z.avail_in = sizeof TEXT - 1;
    z.next_out = (Bytef *)out;
    z.avail_out = sizeof out;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) abort();
    put("packed", "gzip", out, z.total_out, 1);
    memcpy(out + z.total_out, out, z.total_out);
    put("packed", "gzip-twice", out, 2 * z.total_out, 1);
    deflateEnd(&z);
    put("packed", "zstd", out, ZSTD_compress(out, sizeof out, TEXT, sizeof TEXT - 1, 3), 1);
    size_t n = 0;
    if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)TEXT, sizeof TEXT - 1,
                                (uint8_t *)out, &n, sizeof out))
        abort();
    put("packed", "xz", out, n, 1);
    put("packed", "plain", TEXT, sizeof TEXT - 1, 1);
}

/* Files of akin ------------------------------------------------------------------------------------------ */

static void from_file(const char *target, const char *name, const char *path)
{
    char *data = NULL;
    size_t n = 0;
    akin_error err;
    if (akin_file_load(path, 1 << 20, &data, &n, &err)) abort();
    put(target, name, data, n, 0);
    free(data);
}

/* A safetensors file as others write it: types of any width, no sums, a padded header, an empty tensor. */
static void tensor_file(void)
{
    static const char HEADER[] = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F64\",\"shape\":["
                                 "2],\"data_offsets\":[0,16]},"
                                 "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[16,20]},"
                                 "\"c\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[20,24]},"
                                 "\"d\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]},"
                                 "\"e\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[32,32]}}   ";
    char file[8 + sizeof HEADER - 1 + 32] = { (char)((sizeof HEADER - 1) & 255), (sizeof HEADER - 1) >> 8 };
    memcpy(file + 8, HEADER, sizeof HEADER - 1);
    put("tensor_file", "types", file, sizeof file, 0);
    put("weights", "types", file, sizeof file, 1);
}

/* The weights of each small net under the names of others, and with a head's under ours; the last byte
 * chooses the net and names its encoder. */
static void weights(void)
{
    static const char ABOUT[] = "{\"encoder\": \"cnn4\", \"grid\": 1, \"input\": {\"kind\": \"images\", "
                                "\"height\": 16, \"width\": 16, \"channels\": 3, \"mean\": [0.5, 0.5, 0.5], "
                                "\"std\": [0.25, 0.25, 0.25]}}";
    static const uint8_t NAMED[FZ_NETS] = { 1, 2, 3, 4 };
    const ak_text_pair pair = { "akin", ABOUT };
    enum { MOST = 200 };
    ak_tensor_out out[MOST];
    static ak_weight_name name[MOST];
    akin_error err;
    for (int i = 0; i < FZ_NETS; i++) {
        ak_net net;
        char *data = NULL;
        size_t bytes = 0;
        int n = 0;
        fz_net(i, &net);
        const ak_tensor_list list = ak_net_list(&net, true);
        if (list.count > MOST) abort();
        ak_weight_names(list.tensors, list.count, ak_weight_form_of(net.name), name);
        for (int64_t k = 0; k < list.count; k++) {
            const akin_tensor *t = &list.tensors[k];
            float *x = calloc((size_t)t->plain, sizeof *x);
            if (!x || list.to_plain(list.ctx, k, x, &err)) abort();
            if (name[k].name[0]) out[n++] = (ak_tensor_out){ name[k].name, t->ndim, t->shape, x };
        }
        if (ak_safetensors_save(fz_path("w"), out, n, &pair, i == 2, &err)) abort();
        if (akin_file_load(fz_path("w"), 1 << 20, &data, &bytes, &err)) abort();
        data = realloc(data, bytes + 1);
        if (!data) abort();
        data[bytes] = (char)(i << 3 | (i == 2 ? 0 : NAMED[i]));
        put("weights", net.name, data, bytes + 1, 0);
        if (i < 2) put("tensor_file", net.name, data, bytes, 0);
        free(data);
        for (int k = 0; k < n; k++) free((void *)(uintptr_t)out[k].data);
        ak_net_release(&net);
    }
}

static void own_files(void)
{
    static const float X[6] = { 1, 2, 3, 4, 5, 6 };
    static const int64_t TWO[] = { 2, 3 }, ONE[] = { 3 };
    const ak_tensor_out tensors[] = {
        { "w", 2, TWO, X }, { "b", 1, ONE, X }, { "opt.m.w", 2, TWO, X }, { "opt.m.b", 1, ONE, X }
    };
    const ak_text_pair pairs[] = { { "step", "7" }, { "note", "\"xxh64\": \"" } };
    const char *path = fz_path("seed");
    akin_error err;
    if (ak_safetensors_save(path, tensors, 4, pairs, 2, &err)) abort();
    from_file("safetensors", "four", path);
    if (ak_safetensors_save(path, tensors, 1, pairs, 1, &err)) abort();
    from_file("safetensors", "one", path);
    static const int64_t START[] = { 0, 12, 19 };
    const akin_texts texts = { sizeof texts, "one two catsone two", START, 2 };
    for (int grams = 0; grams < 2; grams++) {
        akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
        akin_vocab *v = NULL;
        opts.min_count = 1;
        opts.maxn = grams ? 4 : 0;
        opts.buckets = 64;
        if (akin_vocab_build(&texts, NULL, 2, &opts, &v, &err) || akin_vocab_save(v, path, &err)) abort();
        from_file("vocab", grams ? "grams" : "plain", path);
        akin_vocab_free(v);
    }
}

/* A checkpoint, for the net of fuzz_checkpoint.c. */
static void checkpoint(void)
{
    static float w[6] = { 1, 2, 3 }, b[3], m0[6], m1[3] = { 4 };
    const akin_tensor tensors[2] = {
        { .name = "w", .data = w, .ndim = 2, .shape = { 2, 3 }, .plain = 6, .count = 6 },
        { .name = "b", .data = b, .ndim = 1, .shape = { 3 }, .plain = 3, .count = 3 }
    };
    float *arrays[2] = { m0, m1 };
    const ak_tensor_list list = { .tensors = tensors, .count = 2 };
    const ak_array_set set = { "opt.m.", arrays };
    const ak_train_state state = { .step = 7,
                                   .interval_loss = 1.5,
                                   .interval_steps = 2,
                                   .smoothed_loss = NAN,
                                   .best_loss = 1,
                                   .best_step = 5,
                                   .fingerprint = "0123456789abcdef",
                                   .std = { 1, 1, 1 },
                                   .lengths = { 100, 88, 10, "events.out.tfevents.1.a" } };
    akin_error err;
    char run[512];
    snprintf(run, sizeof run, "%s", fz_path("run"));
    if (akin_folder_make(fz_path("run/checkpoints"), &err) ||
        ak_checkpoint_save(run, &list, &set, 1, &state, &err))
        abort();
    from_file("checkpoint", "whole", fz_path("run/checkpoints/step-0000000007.safetensors"));
}

/* Runs on a table and on texts: what a report and a model read of them. */
static void runs(void)
{
    static const char *const FILES[] = { "run.json",    "metrics.jsonl", "eval.json",
                                         "bounds.json", "diagnose.json", "DONE" };
    static const char *const DATA[][3] = {
        { "table.csv", "a,b,label\n1,2,x\n2,1,y\n3,5,x\n4,4,y\n5,1,x\n6,0,y\n7,3,x\n8,8,y\n", "vectors" },
        { "texts.txt", "one two\ntwo three one\nthree one four\ntwo four\n\none four\nfour two one\n",
          "text" }
    };
    static const char EVAL[] =
        "{\"results\":[{\"protocol\":\"knn-v1\",\"encoder\":\"trained\",\"layer\":\"backbone\","
        "\"top1\":0.8,\"top5\":null,\"ci95\":[0.7,0.9],\"n\":100,\"reference\":600,\"k\":20}],"
        "\"step\":2,\"weights\":\"raw\"}";
    akin_error err;
    for (int i = 0; i < 2; i++) {
        akin_train_config *c = NULL;
        parts p = { .n = 0 };
        char run[512], name[64];
        const char *data = fz_file(DATA[i][0], (const uint8_t *)DATA[i][1], strlen(DATA[i][1]));
        snprintf(run, sizeof run, "%s", fz_path(DATA[i][2]));
        if (akin_train_config_create(&c, &err) || akin_train_config_set(c, "batch-size", "2", &err) ||
            akin_train_config_set(c, "epochs", "1", &err) ||
            akin_train_config_set(c, "log-every", "1", &err) ||
            (i == 1 && (akin_train_config_set(c, "min-count", "1", &err) ||
                        akin_train_config_set(c, "text-view", "crop", &err))) ||
            akin_train(data, run, c, NULL, &err)) {
            fprintf(stderr, "%s\n", err.message);
            abort();
        }
        akin_train_config_free(c);
        for (int f = 0; f < 6; f++) {
            char *text = NULL;
            size_t n = 0;
            snprintf(name, sizeof name, "%s/%s", DATA[i][2], FILES[f]);
            if (akin_file_load(fz_path(name), 1 << 20, &text, &n, NULL)) n = 0;
            if (f == 2)
                add(&p, EVAL, sizeof EVAL - 1);
            else if (n + p.n + 100 < sizeof p.data)
                add(&p, text ? text : "", n);
            if (f == 0) put("model", DATA[i][2], text, n, 0);
            if (f == 0) put("json", DATA[i][2], text, n, 1);
            free(text);
        }
        put("report", DATA[i][2], p.data, p.n, 0);
    }
}

/* The manifest of a file, with its length and sum. */
static void file_set(void)
{
    static const char ITEMS[] = "some bytes";
    char text[512];
    parts p = { .n = 0 };
    snprintf(text, sizeof text,
             "{\"format\": \"akin-file-set-1\", \"complete\": true, \"files\": {\".npy\": {\"bytes\": %d, "
             "\"xxh64\": "
             "\"%016llx\"}}}",
             (int)sizeof ITEMS - 1, (unsigned long long)XXH64(ITEMS, sizeof ITEMS - 1, 0));
    add(&p, text, strlen(text));
    add(&p, ITEMS, sizeof ITEMS - 1);
    put("file_set", "whole", p.data, p.n, 0);
}

/* Texts, and bytes that a target takes its numbers from.
 * -------------------------------------------------- */

static const struct {
    const char *target, *name, *text;
    int options;
} TEXTS[] = {
#include "seeds.inc"
};

static void numbers(void)
{
    uint8_t bytes[200];
    char name[16];
    for (int i = 0; i < 32; i++) {
        for (int k = 0; k < 200; k++)
            bytes[k] = (uint8_t)(k < 8 ? i * (k + 1) : 64 + (i * 37 + k * 29) % 190);
        bytes[0] = (uint8_t)i;
        snprintf(name, sizeof name, "%02d", i);
        put("loss", name, bytes, sizeof bytes, 0);
        put("eval", name, bytes, sizeof bytes, 0);
        if (i < 8) put("theory", name, bytes, 60, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    root = argv[1];
    png();
    jpeg();
    tiff();
    others();
    idx();
    cifar();
    arrays();
    archives();
    packed();
    own_files();
    tensor_file();
    weights();
    checkpoint();
    runs();
    file_set();
    numbers();
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        put(TEXTS[i].target, TEXTS[i].name, TEXTS[i].text, strlen(TEXTS[i].text), TEXTS[i].options);
    return 0;
}
