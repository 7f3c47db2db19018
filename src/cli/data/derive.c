/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/derive.c - akin data longtail and convert, and what the actions that make data sets share. */
#include "cli/data/derive.h"
#include "cli/data/data.h"

#include "akin/tool/derive.h"
#include "akin/tool/dataset.h"
#include "akin/tool/summary.h"
#include "akin/tool/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shared --------------------------------------------------------------------------------------------- */

const char *cli_derive_file(char *to, const char *folder, const char *name)
{
    snprintf(to, 4096, *name ? "%s/%s" : "%s%s", folder, name);
    return to;
}

/* 0, or the exit code: whether OUT is named, is not DATA itself, and is not there unless --force is. */
static int check_out(const cli_args *args, const char *path, const char *mark)
{
    char file[4096];
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name it with -o OUT");
    bool same;
    akin_path_kind there;
    akin_error unseen;
    if (akin_path_same(path, out, &same, &unseen)) return cli_fail(args, &unseen);
    if (same)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is the data itself; name another place with -o", out);
    cli_derive_file(file, out, mark);
    if (akin_path_look(file, &there, NULL, &unseen)) return cli_fail(args, &unseen);
    if (there && !cli_flag(args, "force"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", file);
    return 0;
}

int cli_derive_open(const cli_args *args, const char *path, const char *mark, akin_image_set **ds,
                    akin_images *train)
{
    akin_data_kind kind = AKIN_DATA_IMAGES;
    akin_error err;
    if (cli_text(args, "out") && cli_data_kind(args, path, &kind, &err)) return cli_fail(args, &err);
    if (kind != AKIN_DATA_IMAGES)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is taken for %s; this is for images so far", path,
                         akin_data_kind_name(kind));
    const int code = check_out(args, path, mark);
    if (code) return code;
    const akin_image_set_opts opts = cli_data_opts(args);
    *ds = NULL;
    akin_status status = akin_image_set_open(path, &opts, ds, &err);
    *train = (akin_images)AKIN_IMAGES_INIT;
    if (!status) status = akin_image_set_split(*ds, "train", train, &err);
    if (!status) cli_tell_image_remarks(args, *ds);
    if (!status) return 0;
    akin_image_set_free(*ds);
    *ds = NULL;
    return cli_fail(args, &err);
}

akin_keep_list_head cli_derive_head(const cli_args *args)
{
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    head.command = cli_command_line();
    head.seed = (uint64_t)cli_int(args, "seed");
    head.seeded = true;
    return head;
}

/* Long tails ----------------------------------------------------------------------------------------- */

typedef struct tail {
    const cli_args *args;
    const char *out;
    bool list;          /* OUT is a keep-list, not a folder */
    akin_image_set *ds; /* images, or */
    akin_dataset *set;  /* text and vectors */
    const int32_t *labels;
    int64_t items, classes;
    int64_t *had, *counts; /* [classes] */
    unsigned char *kept;   /* [items] */
    int64_t n;             /* kept */
} tail;

static const char *class_name(const tail *t, int64_t c)
{
    const char *name =
        t->ds ? akin_image_set_class_name(t->ds, c) : akin_dataset_class_name(t->set, AKIN_TARGET_AUTO, c);
    return name ? name : "";
}

static bool ends_in_txt(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".txt") == 0;
}

static int open_images(tail *t, const char *path)
{
    akin_images train = AKIN_IMAGES_INIT;
    const int code = cli_derive_open(t->args, path, t->list ? "" : "train.npy", &t->ds, &train);
    if (code) return code;
    t->labels = train.labels;
    t->items = train.n;
    t->classes = train.classes;
    return 0;
}

/* Items are those that training would take: with one word at least. */
static akin_status open_set(tail *t, const char *path, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_status status = cli_data_open(t->args, path, true, &t->set, err);
    if (!status) status = akin_dataset_split(t->set, "train", AKIN_TARGET_AUTO, &part, err);
    if (status) return status;
    t->labels = part.labels;
    t->items = part.n;
    t->classes = part.classes;
    return AKIN_OK;
}

static int open_others(tail *t, const char *path, akin_data_kind kind)
{
    akin_error err;
    if (!t->list)
        return cli_error(t->args, AKIN_ERR_ARGUMENT,
                         "'%s' is taken for %s, of which a keep-list is made: name it FILE.txt with -o", path,
                         akin_data_kind_name(kind));
    const int code = check_out(t->args, path, "");
    if (code) return code;
    return open_set(t, path, &err) ? cli_fail(t->args, &err) : 0;
}

static akin_status make_tail(tail *t, akin_error *err)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    const cli_args *args = t->args;
    o.profile = strcmp(cli_text(args, "profile"), "step") == 0 ? AKIN_PROFILE_STEP : AKIN_PROFILE_EXP;
    o.ratio = cli_real(args, "ratio");
    o.minor_frac = cli_real(args, "classes-minor");
    o.largest = cli_int(args, "largest");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.shuffle = strcmp(cli_text(args, "class-order"), "random") == 0;
    t->had = calloc((size_t)t->classes, sizeof *t->had);
    t->counts = calloc((size_t)t->classes, sizeof *t->counts);
    t->kept = malloc((size_t)t->items);
    if (!t->had || !t->counts || !t->kept) return cli_no_memory(err, t->items, "items");
    for (int64_t i = 0; i < t->items; i++)
        if (t->labels[i] >= 0) t->had[t->labels[i]]++;
    const akin_status status = akin_longtail(t->labels, t->items, t->classes, &o, t->counts, t->kept, err);
    for (int64_t c = 0; !status && c < t->classes; c++) t->n += t->counts[c];
    return status;
}

/* "counts by class: 5000 2997 ..." as far as a line goes. */
static void note_of(const tail *t, char *to, size_t size)
{
    int at = snprintf(to, size, "counts by class");
    for (int64_t c = 0; c < t->classes && at > 0 && (size_t)at + 24 < size; c++)
        at += snprintf(to + at, size - (size_t)at, " %lld", (long long)t->counts[c]);
}

static akin_status write_tail(const tail *t, akin_error *err)
{
    char path[4096], note[4096];
    akin_keep_list_head head = cli_derive_head(t->args);
    note_of(t, note, sizeof note);
    head.note = note;
    if (t->set) return akin_dataset_keep_list_save(t->out, t->set, "train", t->kept, &head, err);
    if (t->list) return akin_image_set_keep_list_save(t->out, t->ds, "train", t->kept, &head, err);
    akin_status status = akin_folder_make(t->out, err);
    if (!status) status = akin_files_create(&head.files, err);
    if (status) return status;
    status = akin_image_set_keep_list_save(cli_derive_file(path, t->out, "keep.txt"), t->ds, "train", t->kept,
                                           &head, err);
    if (!status) status = akin_image_set_select(t->ds, "train", t->kept, err);
    if (!status) status = akin_image_set_add(t->ds, t->out, head.files, err);
    if (!status) return akin_files_commit(head.files, err);
    akin_files_abort(head.files);
    return status;
}

static int tell_tail(const tail *t)
{
    const cli_args *args = t->args;
    char a[32], b[32], name[CLI_NAME];
    if (args->json) {
        akin_json *counts = akin_json_array(), *names = akin_json_array();
        for (int64_t c = 0; c < t->classes; c++) {
            akin_json_append(counts, akin_json_int(t->counts[c]));
            akin_json_append(names, akin_json_text(class_name(t, c)));
        }
        return cli_print_json(
            args,
            akin_json_pack("{s:o,s:s,s:f,s:I,s:I,s:I,s:o,s:o,s:s}", "out", akin_json_text(t->out), "profile",
                           cli_text(args, "profile"), "ratio", cli_real(args, "ratio"), "seed",
                           (int64_t)cli_int(args, "seed"), "n", (int64_t)t->n, "of", (int64_t)t->items,
                           "classes", names, "class_counts", counts, "fingerprint",
                           t->ds ? akin_image_set_fingerprint(t->ds) : akin_dataset_fingerprint(t->set)));
    }
    for (int64_t c = 0; !args->quiet && c < t->classes; c++) {
        if (t->classes > CLI_SHOWN_CLASSES && c == CLI_SHOWN_CLASSES - 2) {
            printf("  ... and %lld more\n", (long long)(t->classes - c));
            break;
        }
        const char *text = akin_show_name(class_name(t, c), name, sizeof name);
        const int width = akin_show_columns(text);
        akin_print(stdout, "  %s%*s %9s of %s\n", text, width < 20 ? 20 - width : 0, "",
                   akin_show_number(t->counts[c], a), akin_show_number(t->had[c], b));
    }
    cli_note(args, "%s: %s of %s training %s%s", t->out, akin_show_number(t->n, a),
             akin_show_number(t->items, b), t->ds ? "images" : "items",
             t->list ? ", for --keep" : "; the other splits as they were");
    return 0;
}

int cli_data_longtail(const cli_args *args, const char *path)
{
    int code = 0;
    if (cli_stray_kind(args, path, &code)) return code;
    tail t = { .args = args, .out = cli_text(args, "out") };
    t.list = t.out && ends_in_txt(t.out);
    akin_data_kind kind;
    akin_error err;
    if (cli_data_kind(args, path, &kind, &err)) return cli_fail(args, &err);
    code = kind == AKIN_DATA_IMAGES || !t.out ? open_images(&t, path) : open_others(&t, path, kind);
    if (!code && !t.labels)
        code = cli_error(args, AKIN_ERR_INPUT, "'%s' has no labels to make a long tail of", path);
    else if (!code && (make_tail(&t, &err) || write_tail(&t, &err)))
        code = cli_fail(args, &err);
    else if (!code)
        code = tell_tail(&t);
    free(t.had);
    free(t.counts);
    free(t.kept);
    akin_image_set_free(t.ds);
    akin_dataset_free(t.set);
    return code;
}

/* Convert -------------------------------------------------------------------------------------------- */

int cli_data_convert(const cli_args *args, const char *path)
{
    akin_image_set *ds;
    akin_images train = AKIN_IMAGES_INIT;
    const int code = cli_derive_open(args, path, "train.npy", &ds, &train);
    if (code) return code;
    akin_error err;
    const char *out = cli_text(args, "out");
    const akin_status status = akin_image_set_save(ds, out, &err);
    akin_json *line = status
                          ? NULL
                          : akin_json_pack("{s:o,s:I,s:s}", "out", akin_json_text(out), "n", (int64_t)train.n,
                                           "fingerprint", akin_image_set_fingerprint(ds));
    if (!status)
        cli_note(args, "%s: %lld training images of %lld x %lld", out, (long long)train.n,
                 (long long)train.height, (long long)train.width);
    akin_image_set_free(ds);
    if (status) return cli_fail(args, &err);
    if (args->json) return cli_print_json(args, line);
    akin_json_free(line);
    return 0;
}
