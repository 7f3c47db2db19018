/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/augment.h - random views of 8-bit images: crop and resize, flip, turn, colour jitter, greyscale,
 * blur, solarise, erase.
 *
 * A view is a function of (image bytes, options, seed, epoch, item, view) and of nothing else: no state, the
 * same bytes on every instruction set, on any number of threads, in any order.
 *
 *     params = draw(options, name)            what chance decides, as plain numbers
 *     view   = apply(params, image)           no chance at all
 *
 * Images   uint8 [height,width,channels], rows contiguous; channels is 1 (grey), 3 (RGB) or 4 (RGB and
 *          alpha). Sides up to AKIN_AUGMENT_SIDE. Colour operations change the first three channels; alpha is
 *          only cropped, flipped, turned, blurred and erased.
 * Order    crop and resize, flip, turn, gamma, colour jitter (its four parts in random order), greyscale,
 *          blur, solarise, erase: the order of SimCLR  [Chen2020 App. A]. Pixels are kept to 1/128 of a level
 *          in between and rounded to 8 bits once, at the end.
 * Memory   Scratch is the caller's, at least akin_augment_scratch_bytes() of it; nothing is allocated.
 * Threads  Reentrant and serial: call from as many threads as you like, each with its own scratch.
 */
#ifndef AKIN_TOOL_AUGMENT_H
#define AKIN_TOOL_AUGMENT_H

#include "akin/base.h"
#include "akin/tool/picture.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/view_name.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AKIN_AUGMENT_SIDE = 16384 }; /* largest height and width */

/* Probabilities are in [0,1]. A jitter strength s in [0,1] draws a factor uniformly from [1-s, 1+s]; hue, in
 * [0,0.5], draws a turn of the colour circle from [-hue, hue]. Start from AKIN_AUGMENT_OPTS_INIT, whose views
 * equal the images, or from a preset. */
typedef struct akin_augment_opts {
    uint32_t struct_size;
    /* Crop: its area as a share of the image, in (0,1] (1 and 1: no crop); its width/height, whose logarithm
     * is uniform. */
    float crop_min, crop_max;
    float ratio_min, ratio_max;
    int32_t height, width; /* of the views; 0 = the image's own */
    float flip_prob;       /* left-right */
    /* Colour jitter: with this probability all four. Brightness is x f, contrast m + (x - m) f with m the
     * mean luma; of colour images also saturation, g + (x - g) f with g the pixel's luma, and a turn of the
     * hue. */
    float jitter_prob;
    float brightness, contrast;
    float saturation, hue;
    float gray_prob; /* colour images only: all channels become the luma */
    /* Gaussian blur: its sigma in pixels of the view, uniform; the width of its kernel, odd, 0 = a tenth
     * of the shorter side as in SimCLR's code, -1 = as wide as sigma needs, Pillow's kernel as in MoCo's
     * code. */
    float blur_prob;
    float blur_sigma_min, blur_sigma_max;
    int32_t blur_size;
    /* Solarise: levels at or above the threshold, 0 to 256, become 255 - level. */
    float solarize_prob;
    int32_t solarize_threshold;
    /* Erase: one rectangle is overwritten with a level of 0 to 255; its area as a share of the view, aspect
     * 0.3 to 3.3. */
    float erase_prob;
    float erase_min, erase_max;
    int32_t erase_level;
    float gamma;     /* 0 to 3: a level x of 0..1 becomes x^e, with ln e uniform in [-gamma, gamma] */
    float turn_prob; /* a quarter, a half or three quarters of a turn; half where views are not square */
    float rotate;    /* 0 to 45: then a turn of degrees, uniform in [-rotate, rotate] */
} akin_augment_opts;

#define AKIN_AUGMENT_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_augment_opts), .crop_min = 1, .crop_max = 1, .ratio_min = 0.75f,          \
        .ratio_max = 4.0f / 3.0f, .blur_sigma_min = 0.1f, .blur_sigma_max = 2, .solarize_threshold = 128,    \
        .erase_min = 0.02f, .erase_max = 0.33f, .erase_level = 128                                           \
    }

/* Presets: one row per published recipe. ---------------------------------------------------------------- */

/* AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_augment_preset(const char *name, akin_augment_opts *out, akin_error *err);

/* One flag per option, as rows for a verb's table; a flag that is not given leaves what the preset says. */
/* clang-format off */
#define AKIN_AUGMENT_OPT_ROWS                                                                                \
    { "augment", AKIN_OPT_CHOICE, "simclr-cifar", AKIN_AUGMENT_PRESET_NAMES, 0, 0,                           \
      "recipe of the views; other options change single parts of it" },                                  \
    { "crop-min", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1,                                                    \
      "smallest crop, as a share of the image's area" },                                                     \
    { "crop-max", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "largest crop; 1 and 1: no crop" },                \
    { "ratio-min", AKIN_OPT_REAL, NULL, "R", 0.05, 20, "smallest width/height of a crop" },                  \
    { "ratio-max", AKIN_OPT_REAL, NULL, "R", 0.05, 20, "largest width/height of a crop" },                   \
    { "view-height", AKIN_OPT_INT, NULL, "N", 0, AKIN_AUGMENT_SIDE, "of the views; 0 = the images' own" },   \
    { "view-width", AKIN_OPT_INT, NULL, "N", 0, AKIN_AUGMENT_SIDE, "of the views; 0 = the images' own" },    \
    { "flip", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of a left-right flip" },                          \
    { "jitter-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of the colour jitter below" },             \
    { "brightness", AKIN_OPT_REAL, NULL, "S", 0, 1, "strength: the factor is drawn from 1-S to 1+S" },       \
    { "contrast", AKIN_OPT_REAL, NULL, "S", 0, 1, "strength, likewise" },                                    \
    { "saturation", AKIN_OPT_REAL, NULL, "S", 0, 1, "strength, likewise; colour images" },                   \
    { "hue", AKIN_OPT_REAL, NULL, "S", 0, 0.5,                                                               \
      "a turn from -S to S of the colour circle; colour images" },                                           \
    { "gray-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of dropping the colour" },                   \
    { "blur-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of a Gaussian blur" },                       \
    { "blur-sigma-min", AKIN_OPT_REAL, NULL, "PX", 0.01, 100, "smallest blur, in pixels of the view" },      \
    { "blur-sigma-max", AKIN_OPT_REAL, NULL, "PX", 0.01, 100, "largest blur" },                              \
    { "blur-size", AKIN_OPT_INT, NULL, "N", -1, 255,                                                         \
      "width of the blur, odd; 0 = a tenth of the side, -1 = what its sigma needs" },                        \
    { "solarize-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of inverting bright levels" },           \
    { "solarize-threshold", AKIN_OPT_INT, NULL, "LEVEL", 0, 256, "the darkest level that is inverted" },     \
    { "erase-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of overwriting one rectangle" },            \
    { "erase-min", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "its smallest area, as a share of the view" },    \
    { "erase-max", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "its largest area" },                             \
    { "erase-level", AKIN_OPT_INT, NULL, "LEVEL", 0, 255, "written there" },                                 \
    { "gamma", AKIN_OPT_REAL, NULL, "S", 0, 3,                                                               \
      "strength: the exponent of the levels is drawn from e^-S to e^S" },                                    \
    { "turn", AKIN_OPT_REAL, NULL, "P", 0, 1,                                                                \
      "probability of a quarter, a half or three quarters of a turn" },                                      \
    { "rotate", AKIN_OPT_REAL, NULL, "DEGREES", 0, 45, "a turn of so many degrees at most, either way" }
/* clang-format on */

#define AKIN_AUGMENT_PRESET_NAMES "none|simclr-cifar|simclr|nozawa-sato|supcon-cifar|moco-v2|grey-s"

AKIN_API const akin_opt_desc *akin_augment_opt_at(int i); /* the rows above; NULL after the last */

/* Set the option of a flag ("crop-min").  AKIN_ERR_RANGE for a value outside its bounds,
 * AKIN_ERR_ARGUMENT for an unknown name. "augment" loads a preset, so it comes first. */
AKIN_API akin_status akin_augment_set(akin_augment_opts *opts, const char *name, const char *text,
                                      akin_error *err);

/* AKIN_ERR_RANGE naming the first option that is out of bounds or larger than its partner. */
AKIN_API akin_status akin_augment_check(const akin_augment_opts *opts, akin_error *err);

/* Views. ------------------------------------------------------------------------------------------------ */

/* What is done to one image. A draw in one part of the recipe never depends on the options of another part:
 * with --hue 0, the crops stay as they were. Start from AKIN_AUGMENT_PARAMS_INIT. */
typedef struct akin_augment_params {
    uint32_t struct_size;
    int32_t height, width;                           /* of the view */
    int32_t crop_y, crop_x, crop_height, crop_width; /* box in the image */
    bool flip, gray;
    uint8_t order[4];           /* of the jitter: 0 brightness, 1 contrast, 2 saturation, 3 hue */
    float brightness, contrast; /* factors in [0,2]; 1 = as it is */
    float saturation, hue;      /* factor; turns in [-0.5,0.5] */
    float blur_sigma;           /* 0 = none */
    int32_t blur_size;          /* odd, or -1 */
    int32_t solarize_threshold; /* 256 = none */
    int32_t erase_y, erase_x, erase_height, erase_width; /* box in the view; empty = none */
    int32_t erase_level;
    float gamma;   /* logarithm of the exponent, in [-3,3]; 0 = none */
    int32_t turns; /* quarters of a turn, 0 to 3, anticlockwise; of a view that is not square 0 or 2 */
    float angle;   /* degrees in [-45,45], anticlockwise, after them; edges are reflected */
} akin_augment_params;

#define AKIN_AUGMENT_PARAMS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_augment_params), .order = { 0, 1, 2, 3 }, .brightness = 1, .contrast = 1, \
        .saturation = 1, .blur_size = 1, .solarize_threshold = 256                                           \
    }

/* Draw what is done to a picture, of which only the shape is read. Crops are those of torchvision's
 * RandomResizedCrop: ten tries of an area and a ratio, then the largest centred box of an allowed ratio.
 * AKIN_ERR_RANGE (options, name), AKIN_ERR_SHAPE (sides, channels). */
AKIN_API akin_status akin_augment_draw(const akin_augment_opts *opts, const akin_picture *picture,
                                       const akin_view_name *name, akin_augment_params *out, akin_error *err);

/* Scratch for views of images of this size; 0 when the options or sizes are refused. */
AKIN_API size_t akin_augment_scratch_bytes(const akin_augment_opts *opts, int64_t height, int64_t width,
                                           int64_t channels);

/* One view, out uint8 [params height, params width, channels]; may not overlap the picture. The picture is
 * resized bilinearly, with the triangle filter widened where it shrinks ("antialias").
 * AKIN_ERR_RANGE (a parameter outside what draw() gives), AKIN_ERR_SHAPE, AKIN_ERR_NOMEM (scratch). */
AKIN_API akin_status akin_augment_apply(const akin_augment_params *params, const akin_picture *picture,
                                        akin_arena *scratch, uint8_t *out, akin_error *err);

/* draw, then apply. */
AKIN_API akin_status akin_augment_view(const akin_augment_opts *opts, const akin_picture *picture,
                                       const akin_view_name *name, akin_arena *scratch, uint8_t *out,
                                       akin_error *err);

/* Images of one size, borrowed: in memory, or fetched one by one. Start from AKIN_AUGMENT_IMAGES_INIT. */
typedef struct akin_augment_images {
    uint32_t struct_size;
    int64_t count, height, width, channels;
    const uint8_t *pixels; /* [count,height,width,channels]; NULL: fetch() */
    /* Image `item`, [height,width,channels], into out. */
    akin_status (*fetch)(const void *source, int64_t item, uint8_t *out, akin_error *err);
    const void *source;
} akin_augment_images;

#define AKIN_AUGMENT_IMAGES_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_augment_images)                                                           \
    }

/* The views of a batch. Start from AKIN_AUGMENT_WANTED_INIT. */
typedef struct akin_augment_wanted {
    uint32_t struct_size;
    int64_t n;
    const int32_t *items;       /* [n] */
    const akin_view_name *name; /* of all of them; its item is not read */
    const float *mean, *std;    /* [channels], in units of full scale; NULL: 0 and 1 */
} akin_augment_wanted;

#define AKIN_AUGMENT_WANTED_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_augment_wanted)                                                           \
    }

/* A batch for training. For i < n the view of image items[i] under its name (seed, epoch, items[i], view),
 * normalised, goes to out[i], float [n, channels, view height, view width]:
 *
 *     out = (float)u8 * (1 / (255 std[c]))  +  (-mean[c] / std[c])
 *
 * with u8 what akin_augment_view() gives, and each of the two constants rounded to float once. Images that
 * are fetched are so in the order of items, and need height * width * channels + 64 bytes of scratch besides.
 * What fetch returns, AKIN_ERR_RANGE (an item outside the images, std not above 0, mean or std not finite,
 * options), AKIN_ERR_SHAPE, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_augment_batch(const akin_augment_opts *opts, const akin_augment_images *images,
                                        const akin_augment_wanted *wanted, akin_arena *scratch, float *out,
                                        akin_error *err);

/* Contact sheets. --------------------------------------------------------------------------------------- */

/* One row an item, first the item itself, then what a run of this seed is shown of it: views 0 and 1 of
 * `epoch`, 0 and 1 of the next, and so on. Row r is item akin_contact_sheet_item(count, rows, r), evenly
 * spaced. */
typedef struct akin_contact_sheet_opts {
    uint32_t struct_size;
    int64_t rows, columns; /* items (at most as many as there are), views of each */
    uint64_t seed;
    uint32_t epoch;
    int32_t scale; /* each pixel becomes scale x scale; 0 = so that a cell has about 64 */
} akin_contact_sheet_opts;

#define AKIN_CONTACT_SHEET_OPTS_INIT                                                                         \
    {                                                                                                        \
        .struct_size = sizeof(akin_contact_sheet_opts), .rows = 8, .columns = 8                              \
    }

/* Start from AKIN_CONTACT_SHEET_INIT. */
typedef struct akin_contact_sheet {
    uint32_t struct_size;
    uint8_t *pixels; /* [height,width,channels], the caller's to free() */
    int64_t height, width, channels, rows;
} akin_contact_sheet;

#define AKIN_CONTACT_SHEET_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_contact_sheet)                                                            \
    }

/* AKIN_ERR_RANGE (options, more than 2^26 pixels), AKIN_ERR_SHAPE (no images), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_contact_sheet_draw(const akin_augment_opts *opts, const akin_augment_images *images,
                                             const akin_contact_sheet_opts *sheet, akin_contact_sheet *out,
                                             akin_error *err);
AKIN_API int64_t akin_contact_sheet_item(int64_t items, int64_t rows, int64_t row);

/* Speed. ------------------------------------------------------------------------------------------------- */

/* Views per second on one thread. Start from AKIN_AUGMENT_SPEED_INIT. */
typedef struct akin_augment_speed {
    uint32_t struct_size;
    int64_t batches;     /* of up to 256 views that were timed */
    double views_per_s;  /* median over the batches */
    double lower, upper; /* quartiles */
} akin_augment_speed;

#define AKIN_AUGMENT_SPEED_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_augment_speed)                                                            \
    }

/* Batches of views of random images of this size are timed for about `seconds`. */
AKIN_API akin_status akin_augment_bench(const akin_augment_opts *opts, int64_t height, int64_t width,
                                        int64_t channels, double seconds, akin_augment_speed *out,
                                        akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_AUGMENT_H */
