/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/derive_split.c - akin data split: parts of train become test and val, stratified by class.
 * Images that are equal pixel for pixel stay together, so that no test image has been learned from, unless
 * --groups says what belongs together. */
#include "cli/data/derive.h"
#include "cli/data/data.h"

#include "akin/tool/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const PARTS[3] = { "train", "test", "val" };

typedef struct splitting {
    const cli_args *args;
    const char *out;
    akin_image_set *ds;
    akin_images train;
    akin_splits_opts opts;
    akin_array groups;   /* of --groups */
    int32_t *group;      /* [n] */
    unsigned char *part; /* [n] */
    int64_t n, count[3], together;
} splitting;

static akin_status groups_of_file(splitting *s, const char *path, akin_error *err)
{
    const akin_status status = akin_labels_load(path, &s->groups, err);
    if (status) return status;
    if (s->groups.count != s->n)
        return cli_set_error(err, AKIN_ERR_SHAPE, "'%s' has %lld groups for %lld training images", path,
                             (long long)s->groups.count, (long long)s->n);
    memcpy(s->group, s->groups.data, (size_t)s->n * sizeof *s->group);
    return AKIN_OK;
}

/* An image and those equal to it are one group. */
static akin_status groups_of_duplicates(splitting *s, akin_error *err)
{
    akin_duplicates *list = NULL;
    const akin_duplicate *d;
    const akin_status status = akin_image_set_duplicates(s->ds, &list, err);
    if (status) return status;
    for (int64_t i = 0; i < s->n; i++) s->group[i] = (int32_t)i;
    for (int64_t k = 0; (d = akin_duplicates_at(list, k)) != NULL; k++)
        if (d->split == 0 && d->first_split == 0) {
            s->group[d->item] = (int32_t)d->first;
            s->together++;
        }
    akin_duplicates_free(list);
    return AKIN_OK;
}

/* keep-train.txt last: with --lists it tells that all of them are there. */
static akin_status add_lists(const splitting *s, akin_files *files, akin_error *err)
{
    char path[4096], name[24];
    akin_keep_list_head head = cli_derive_head(s->args);
    head.files = files;
    unsigned char *kept = malloc((size_t)s->n);
    akin_status status = kept ? akin_folder_make(s->out, err) : cli_no_memory(err, s->n, "items");
    for (int k = 2; k >= 0 && !status; k--) {
        snprintf(name, sizeof name, "keep-%s.txt", PARTS[k]);
        cli_derive_file(path, s->out, name);
        for (int64_t i = 0; i < s->n; i++) kept[i] = s->part[i] == k;
        status = s->count[k] ? akin_image_set_keep_list_save(path, s->ds, "train", kept, &head, err)
                             : akin_files_older(files, path, err);
    }
    free(kept);
    return status;
}

static akin_status write_parts(splitting *s, akin_error *err)
{
    const bool lists = cli_flag(s->args, "lists");
    akin_files *files;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    status = add_lists(s, files, err);
    if (!status && !lists) status = akin_image_set_divide(s->ds, s->part, err);
    if (!status && !lists) status = akin_image_set_add(s->ds, s->out, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

static akin_status make(splitting *s, akin_error *err)
{
    const char *groups = cli_text(s->args, "groups");
    s->n = s->train.n;
    s->group = malloc((size_t)s->n * sizeof *s->group);
    s->part = malloc((size_t)s->n);
    if (!s->group || !s->part) return cli_no_memory(err, s->n, "items");
    akin_status status = groups ? groups_of_file(s, groups, err) : groups_of_duplicates(s, err);
    if (!status)
        status = akin_splits_draw(s->train.labels, s->group, s->n, s->train.classes, &s->opts, s->part, err);
    for (int64_t i = 0; i < s->n && !status; i++) s->count[s->part[i]]++;
    return status ? status : write_parts(s, err);
}

static int tell(const splitting *s)
{
    const cli_args *args = s->args;
    char all[160] = "";
    for (int k = 0; k < 3; k++)
        if (s->count[k])
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s %lld", k ? ", " : "", PARTS[k],
                     (long long)s->count[k]);
    cli_note(args, "%s: %s%s", s->out, all, cli_flag(args, "lists") ? ", as keep-lists" : "");
    if (s->together)
        cli_note(args, "%lld images that repeat an earlier one are in the part of that one",
                 (long long)s->together);
    if (!args->json) return 0;
    akin_json *parts = akin_json_object();
    for (int k = 0; k < 3; k++)
        if (s->count[k]) akin_json_put(parts, PARTS[k], akin_json_int(s->count[k]));
    return cli_print_json(args, akin_json_pack("{s:o,s:o,s:I,s:I,s:s}", "out", akin_json_text(s->out),
                                               "parts", parts, "repeats", (int64_t)s->together, "seed",
                                               (int64_t)cli_int(args, "seed"), "fingerprint",
                                               akin_image_set_fingerprint(s->ds)));
}

static bool has_split(const akin_image_set *ds, const char *name)
{
    akin_images ignored = AKIN_IMAGES_INIT;
    return akin_image_set_split(ds, name, &ignored, NULL) == AKIN_OK;
}

/* The shares, and what the set makes impossible. -1, else the exit code, told. */
static int choose(splitting *s)
{
    const cli_args *args = s->args;
    const bool has_test = has_split(s->ds, "test"), lists = cli_flag(args, "lists");
    s->opts = (akin_splits_opts)AKIN_SPLITS_OPTS_INIT;
    s->opts.seed = (uint64_t)cli_int(args, "seed");
    s->opts.val = cli_real(args, "val");
    s->opts.test = cli_given(args, "test") || !has_test ? cli_real(args, "test") : 0;
    if (has_test && s->opts.test > 0 && !lists)
        return cli_error(args, AKIN_ERR_INPUT, "'%s' has a test split already; --val F takes a part of train",
                         akin_image_set_name(s->ds));
    if (s->opts.val > 0 && has_split(s->ds, "val") && !lists)
        return cli_error(args, AKIN_ERR_INPUT, "'%s' has a val split already", akin_image_set_name(s->ds));
    if (s->opts.test + s->opts.val == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "nothing to split off%s; give --test F or --val F, above 0",
                         has_test ? ", there is a test split already" : "");
    return -1;
}

int cli_data_split(const cli_args *args, const char *path)
{
    splitting s = { .args = args, .out = cli_text(args, "out") };
    int code = cli_derive_open(args, path, cli_flag(args, "lists") ? "keep-train.txt" : "train.npy", &s.ds,
                               &s.train);
    if (code) return code;
    akin_error err;
    code = choose(&s);
    if (code < 0) code = make(&s, &err) ? cli_fail(args, &err) : tell(&s);
    akin_array_free(&s.groups);
    free(s.group);
    free(s.part);
    akin_image_set_free(s.ds);
    return code;
}
