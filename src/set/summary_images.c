/* SPDX-License-Identifier: Apache-2.0 */
/* set/summary_images.c - the summary of images: shape, mean, copies, files that could not be read. */
#include "base/plain.h"
#include "set/summary.h"

#include "images/image_set.h"

#include <inttypes.h>
#include <string.h>

static akin_images shape_of(const akin_summary *s)
{
    akin_images im = AKIN_IMAGES_INIT;
    (void)akin_image_set_split(s->set->set, "train", &im, NULL); /* is always there */
    return im;
}

static akin_status count(akin_summary *s, akin_error *err)
{
    const akin_images im = shape_of(s);
    s->bytes = s->total * im.height * im.width * im.channels;
    AK_TRY(akin_image_set_duplicates(s->set->set, &s->copies, err));
    ak_summary_count_pairs(s);
    return AKIN_OK;
}

/* JSON -------------------------------------------------------------------------------------------- */

static akin_json *item_json(const akin_summary *s, int split, int64_t item)
{
    char name[AK_SUMMARY_ITEM];
    return akin_json_text(akin_image_set_item_name(s->set->set, s->name[split], item, name, sizeof name));
}

static akin_json *bad_json(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    const akin_bad_item *bad;
    for (int64_t i = 0; (bad = akin_image_set_bad_at(s->set->set, i)) != NULL; i++)
        akin_json_append(list, akin_json_pack("{s:o,s:o}", "item", akin_json_text(bad->name), "reason",
                                              akin_json_text(bad->reason)));
    return list;
}

static akin_json *json(const akin_summary *s, const char *path)
{
    const akin_image_set *set = s->set->set;
    const akin_images im = shape_of(s);
    double m[3], d[3];
    akin_json *mean = akin_json_array(), *std = akin_json_array();
    akin_image_set_stats(set, m, d);
    for (int64_t c = 0; c < im.channels; c++) {
        akin_json_append(mean, akin_json_real(m[c]));
        akin_json_append(std, akin_json_real(d[c]));
    }
    return akin_json_pack("{s:o,s:o,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:o,s:I,s:o}",
                          "path", akin_json_text(path), "name", akin_json_text(akin_image_set_name(set)),
                          "format", akin_image_set_format(set), "fingerprint",
                          akin_image_set_fingerprint(set), "n", s->total, "height", im.height, "width",
                          im.width, "channels", im.channels, "labels", s->classes > 0, "classes",
                          ak_summary_json_classes(s), "splits", ak_summary_json_splits(s), "mean", mean,
                          "std", std, "memory_bytes", s->bytes, "cached", akin_image_set_cached(set),
                          "duplicates", ak_summary_json_copies(s, item_json), "bad", bad_json(s), "ignored",
                          akin_image_set_ignored(set), "remarks", ak_summary_json_remarks(s));
}

/* Text -------------------------------------------------------------------------------------------- */

static const char *format_of(const akin_summary *s)
{
    static const char *const names[][2] = { { "idx", "IDX (MNIST family)" },
                                            { "cifar", "CIFAR, binary version" },
                                            { "npy", "NumPy arrays" },
                                            { "images", "folder of image files" },
                                            { "own", "images of a program" } };
    const char *format = akin_image_set_format(s->set->set);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], format) == 0) return names[i][1];
    return format;
}

static void print_pixels(const akin_summary *s, const akin_images *im, FILE *to)
{
    static const char *const channel[3] = { "red", "green", "blue" };
    const bool colour = im->channels > 1;
    double mean[3], std[3];
    char a[32];
    akin_image_set_stats(s->set->set, mean, std);
    fprintf(to, "  mean, std   ");
    for (int64_t c = 0; c < im->channels; c++)
        ak_fprintf(to, " %s%s%.4f, %.4f", colour ? channel[c] : "", colour ? " " : "", mean[c], std[c]);
    fprintf(to, "  (of train; 1 = white)\n");
    ak_summary_print_memory(s, to);
    const int64_t cached = akin_image_set_cached(s->set->set);
    if (cached < s->total)
        fprintf(to, "; beyond the cache, which holds %s image%s: the others are read when wanted",
                cached ? akin_show_number(cached, a) : "no", cached == 1 ? "" : "s");
    fputc('\n', to);
}

static void print_what(const akin_summary *s, FILE *to)
{
    char a[32], name[AK_SUMMARY_NAME];
    const akin_image_set *set = s->set->set;
    const akin_images im = shape_of(s);
    fprintf(to, "%s: %s\n\n", akin_show_name(akin_image_set_name(set), name, sizeof name), format_of(s));
    fprintf(to, "  images       %s of %" PRId64 " x %" PRId64 ", %s (height x width)\n",
            akin_show_number(s->total, a), im.height, im.width, im.channels == 1 ? "grey" : "colour");
    ak_summary_print_splits(s, to);
    fputc('\n', to);
    ak_summary_print_labels(s, false, to);
    print_pixels(s, &im, to);
    fprintf(to, "  fingerprint  %s\n", akin_image_set_fingerprint(set));
    ak_summary_print_remarks(s, to);
}

/* How unequal the classes are, in the first split with labels. */
static void print_balance(const akin_summary *s, FILE *to)
{
    if (s->classes == 0) return;
    int first = 0;
    int64_t most = 0, least = 0;
    char a[32], b[32], n1[AK_SUMMARY_NAME], n2[AK_SUMMARY_NAME];
    while (!s->count[first]) first++;
    const int64_t *count = s->count[first];
    for (int64_t c = 0; c < s->classes; c++) {
        if (count[c] > count[most]) most = c;
        if (count[c] < count[least]) least = c;
    }
    if (count[most] == count[least])
        fprintf(to, "  balanced: %s images of each class in %s\n", akin_show_number(count[most], a),
                s->name[first]);
    else
        fprintf(to, "  largest in %s: %s (%s), smallest: %s (%s)\n", s->name[first],
                akin_show_name(ak_summary_class(s, most), n1, sizeof n1), akin_show_number(count[most], a),
                akin_show_name(ak_summary_class(s, least), n2, sizeof n2), akin_show_number(count[least], b));
}

static const char *name_of(const akin_summary *s, int split, int64_t item, char to[AK_SUMMARY_ITEM])
{
    return akin_image_set_item_name(s->set->set, s->name[split], item, to, AK_SUMMARY_ITEM);
}

static void print_bad(const akin_summary *s, FILE *to)
{
    const akin_image_set *set = s->set->set;
    const int64_t bad = akin_image_set_bad_count(set), ignored = akin_image_set_ignored(set);
    char a[32], name[AK_SUMMARY_ITEM], reason[AK_SUMMARY_ITEM];
    const akin_bad_item *one;
    if (!set->from.read) return; /* no files of pictures */
    fprintf(to, "  bad files    %s\n", bad ? akin_show_number(bad, a) : "none");
    for (int64_t i = 0; i < AK_SUMMARY_EXAMPLES && (one = akin_image_set_bad_at(set, i)) != NULL; i++)
        fprintf(to, "    %s: %s\n", akin_show_name(one->name, name, sizeof name),
                akin_show_name(one->reason, reason, sizeof reason));
    if (bad > AK_SUMMARY_EXAMPLES)
        fprintf(to, "    ... and %" PRId64 " more (--json lists all)\n", bad - AK_SUMMARY_EXAMPLES);
    if (!ignored) return;
    char kinds[160];
    const ak_file_kinds *other = &set->folder.other;
    fprintf(to, "  other files  %s, not images by their names; ignored", akin_show_number(ignored, a));
    if (other->total) fprintf(to, ": %s", ak_file_kinds_text(other, kinds, sizeof kinds));
    if (ignored > other->total)
        fprintf(to, "%s %" PRId64 " hidden or of a system", other->total ? "," : ":", ignored - other->total);
    fputc('\n', to);
}

static void print(const akin_summary *s, FILE *to)
{
    char a[32];
    print_what(s, to);
    ak_summary_print_classes(s, to);
    print_balance(s, to);
    fprintf(to, "\n  duplicates   ");
    if (s->pairs == 0)
        fprintf(to, "none: no two images have the same pixels\n");
    else {
        fprintf(to, "%s image%s an earlier one, pixel for pixel\n", akin_show_number(s->pairs, a),
                s->pairs == 1 ? " repeats" : "s repeat");
        ak_summary_print_copies(s, name_of, to);
    }
    print_bad(s, to);
}

const ak_summary_form ak_summary_of_images = { count, json, print };
