/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/views.c - akin data views: a contact sheet of what a recipe makes of images, as a PNG file. */
#include "cli/data/views.h"
#include "cli/data/data.h"

#include "akin/tool/images.h"
#include "akin/tool/train.h"
#include "akin/tool/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const OF_DATA[] = { "format", "size", "on-bad",     "max-bad",     "keep",
                                       "cache",  "seed", "background", "sample-bits", NULL };

/* Flags first, then what --config says and the flags leave open: as in training. */
static akin_status configure(const cli_args *args, akin_train_config *c, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (const char *const *name = OF_DATA; *name && !status; name++)
        if (cli_given(args, *name)) status = akin_train_config_set(c, *name, cli_text(args, *name), err);
    const akin_opt_desc *o;
    for (int i = 0; !status && (o = akin_augment_opt_at(i)) != NULL; i++)
        if (cli_given(args, o->name))
            status = akin_train_config_set(c, o->name, cli_text(args, o->name), err);
    if (!status && cli_given(args, "config"))
        status = akin_train_config_load(c, cli_text(args, "config"), err);
    return status;
}

static akin_status recipe(const akin_train_config *c, akin_augment_opts *views, akin_error *err)
{
    akin_status status = akin_augment_preset(akin_train_config_get(c, "augment"), views, err);
    const akin_opt_desc *o;
    for (int i = 0; !status && (o = akin_augment_opt_at(i)) != NULL; i++)
        if (strcmp(o->name, "augment") != 0 && akin_train_config_is_set(c, o->name))
            status = akin_augment_set(views, o->name, akin_train_config_get(c, o->name), err);
    return status;
}

static akin_status open_data(const akin_train_config *c, const char *path, akin_image_set **data,
                             akin_images *images, akin_error *err)
{
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.format = akin_train_config_get(c, "format");
    const char *size = akin_train_config_get(c, "size"), *on_bad = akin_train_config_get(c, "on-bad");
    opts.size = size ? (int32_t)strtol(size, NULL, 10) : AKIN_SIZE_FIT;
    const char *resize = akin_train_config_get(c, "resize");
    opts.resize = resize ? (int32_t)strtol(resize, NULL, 10) : 0;
    opts.on_bad = on_bad && strcmp(on_bad, "stop") == 0 ? AKIN_BAD_STOP : AKIN_BAD_SKIP;
    opts.max_bad_frac = strtod(akin_train_config_get(c, "max-bad"), NULL);
    opts.keep = akin_train_config_get(c, "keep");
    const char *cache = akin_train_config_get(c, "cache");
    if (cache) opts.cache = (int64_t)strtod(cache, NULL) << 20;
    const char *bits = akin_train_config_get(c, "sample-bits");
    if (bits) opts.sample_bits = (int32_t)strtol(bits, NULL, 10);
    opts.background = akin_train_config_get(c, "background");
    const akin_status status = akin_image_set_open(path, &opts, data, err);
    return status ? status : akin_image_set_split(*data, "train", images, err);
}

/* The items of the rows: on stdout, since a picture has no room for them. */
static int tell(const cli_args *args, const akin_image_set *data, const akin_images *images, const char *out,
                const akin_contact_sheet *sheet, const akin_train_config *c)
{
    akin_json *rows = akin_json_array();
    char name[4096];
    for (int64_t r = 0; r < sheet->rows; r++) {
        const int64_t item = akin_contact_sheet_item(images->n, sheet->rows, r);
        const char *text = akin_image_set_item_name(data, "train", item, name, sizeof name);
        akin_json_append(rows, akin_json_text(text));
        if (!args->json && !args->quiet) akin_print(stdout, "row %lld  %s\n", (long long)r + 1, text);
    }
    cli_note(args, "%s: %lld x %lld pixels; first column the image, then its views, two an epoch", out,
             (long long)sheet->width, (long long)sheet->height);
    akin_json *line = akin_json_pack(
        "{s:o,s:I,s:I,s:s,s:I,s:I,s:o}", "sheet", akin_json_text(out), "width", (int64_t)sheet->width,
        "height", (int64_t)sheet->height, "augment", akin_train_config_get(c, "augment"), "epoch",
        (int64_t)cli_int(args, "epoch"), "views", (int64_t)cli_int(args, "per-item"), "items", rows);
    if (args->json) return cli_print_json(args, line);
    akin_json_free(line);
    return 0;
}

int cli_data_views(const cli_args *args, const char *path)
{
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the picture with -o FILE.png");
    const int taken = cli_check_output(args, out);
    if (taken >= 0) return taken;
    akin_error err;
    akin_train_config *c = NULL;
    akin_image_set *data = NULL;
    akin_images images = AKIN_IMAGES_INIT;
    akin_augment_opts views = AKIN_AUGMENT_OPTS_INIT;
    akin_contact_sheet_opts opts = AKIN_CONTACT_SHEET_OPTS_INIT;
    akin_contact_sheet sheet = AKIN_CONTACT_SHEET_INIT;
    akin_status status = akin_train_config_create(&c, &err);
    if (!status) status = configure(args, c, &err);
    if (!status) status = recipe(c, &views, &err);
    if (!status) status = open_data(c, path, &data, &images, &err);
    if (!status) {
        cli_tell_image_remarks(args, data);
        const akin_augment_images all = { .struct_size = sizeof all,
                                          .pixels = images.pixels,
                                          .count = images.n,
                                          .height = images.height,
                                          .width = images.width,
                                          .channels = images.channels,
                                          .fetch = akin_images_fetch_one,
                                          .source = &images };
        opts.rows = cli_int(args, "rows");
        opts.columns = cli_int(args, "per-item");
        opts.scale = (int32_t)cli_int(args, "enlarge");
        opts.epoch = (uint32_t)cli_int(args, "epoch");
        opts.seed = (uint64_t)strtod(akin_train_config_get(c, "seed"), NULL);
        status = akin_contact_sheet_draw(&views, &all, &opts, &sheet, &err);
    }
    const akin_picture picture = { .struct_size = sizeof picture,
                                   .channels = (int32_t)sheet.channels,
                                   .height = sheet.height,
                                   .width = sheet.width,
                                   .pixels = sheet.pixels };
    if (!status) status = akin_png_save(out, &picture, &err);
    const int code = status ? cli_fail(args, &err) : tell(args, data, &images, out, &sheet, c);
    free(sheet.pixels);
    akin_image_set_free(data);
    akin_train_config_free(c);
    return code;
}
