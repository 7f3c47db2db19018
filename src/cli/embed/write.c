/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/write.c - embeddings as files, with the names, labels and classes of their items beside. */
#include "cli/embed/embed.h"
#include "cli/named.h"
#include "cli/trained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct named {
    const akin_dataset *data;
    const akin_split_view *part;
    const char *split;
    akin_target target;
    char name[4096];
} named;

static const char *class_name(int64_t k, void *ctx)
{
    const named *n = ctx;
    return akin_dataset_class_name(n->data, n->target, k);
}

static const char *item_name(int64_t i, void *ctx)
{
    named *n = ctx;
    return akin_dataset_item_name(n->data, n->split, i, n->name, sizeof n->name);
}

/* Whether all classes have names. */
static bool classes_known(named *n)
{
    bool known = n->part->labels && n->part->classes;
    for (int64_t k = 0; k < n->part->classes && known; k++) known = class_name(k, n) != NULL;
    return known;
}

/* What else stands in a .npz. */
static akin_status add_arrays(akin_npz_writer *to, void *ctx, akin_error *err)
{
    named *n = ctx;
    const akin_split_view *part = n->part;
    akin_status status = akin_npz_add_texts(to, "names", item_name, n, part->n, err);
    if (!status && part->labels)
        status = akin_npz_add(to, "labels", AKIN_DTYPE_I32, 1, &part->n, part->labels, err);
    if (!status && classes_known(n))
        status = akin_npz_add_texts(to, "classes", class_name, n, part->classes, err);
    return status;
}

/* Rows of text as fastText has them: the item's text without blanks stands before its numbers. *whole:
 * names and labels are in the same file. */
static akin_status write_rows(const cli_args *args, named *names, akin_cmat rows, akin_file_set *files,
                              const char *out, bool *whole, akin_error *err)
{
    akin_row_writer *r = NULL;
    akin_status status = cli_embed_rows(args, files, out, rows.rows, rows.cols, &r, err);
    if (!status) akin_row_writer_add(r, add_arrays, names);
    *whole = !status && akin_row_writer_has_names(r);
    for (int64_t i = 0; i < rows.rows && !status; i++) {
        int64_t bytes;
        const char *text = akin_dataset_item_text(names->data, names->split, i, &bytes);
        if (!text) {
            text = item_name(i, names);
            bytes = (int64_t)strlen(text);
        }
        status = akin_row_writer_put(r, text, bytes, rows.data + i * rows.stride, err);
    }
    return akin_row_writer_close(r, status, err);
}

/* What stands beside the rows in files of their own. */
static akin_status write_named(named *names, akin_file_set *files, akin_error *err)
{
    const cli_named all = { .n = names->part->n,
                            .item = item_name,
                            .labels = names->part->labels,
                            .classes = classes_known(names) ? names->part->classes : 0,
                            .class_name = class_name,
                            .ctx = names };
    return cli_named_write(&all, files, err);
}

/* Rows that are in other parts, where nobody asked for one. */
static void tell_parts(const cli_args *args, const akin_dataset *data, int64_t n)
{
    const char *name;
    if (cli_given(args, "split")) return;
    for (int k = 0; (name = akin_dataset_split_name(data, k)) != NULL; k++) {
        akin_split_view part = AKIN_SPLIT_VIEW_INIT;
        if (strcmp(name, cli_text(args, "split")) == 0 ||
            akin_dataset_split(data, name, AKIN_TARGET_AUTO, &part, NULL))
            continue;
        cli_note(args, "these are the %lld rows of the part '%s'; %lld are in '%s' (--split %s)",
                 (long long)n, cli_text(args, "split"), (long long)part.n, name, name);
    }
}

void cli_tell_rows(const cli_args *args, const akin_dataset *data, akin_cmat rows)
{
    tell_parts(args, data, rows.rows);
    if (akin_dataset_kind(data) == AKIN_DATA_TEXT)
        cli_tell_zero_rows(args, cli_zero_rows(rows, NULL), rows.rows);
}

akin_status cli_write_rows(const cli_args *args, const akin_dataset *data, akin_cmat rows,
                           akin_file_set *files, const char *out, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    named names = {
        .data = data, .part = &part, .split = cli_text(args, "split"), .target = cli_target(args)
    };
    bool whole = false;
    akin_status status = akin_dataset_split(data, names.split, names.target, &part, err);
    if (!status) status = write_rows(args, &names, rows, files, out, &whole, err);
    if (!status && files && !whole) status = write_named(&names, files, err);
    return status;
}

akin_status cli_is_stream(const char *out, bool *stream, akin_error *err)
{
    akin_path_kind kind = AKIN_PATH_STREAM;
    const akin_status status = strcmp(out, "-") == 0 ? AKIN_OK : akin_path_look(out, &kind, NULL, err);
    *stream = kind == AKIN_PATH_STREAM;
    return status;
}

int cli_check_files(const cli_args *args, const char *out)
{
    bool stream;
    char *taken = NULL;
    akin_error err;
    if (cli_is_stream(out, &stream, &err)) return cli_fail(args, &err);
    if (stream) return -1;
    if (*out && !cli_flag(args, "force") && akin_file_set_taken(out, &taken, &err))
        return cli_fail(args, &err);
    const int code = cli_check_output(args, taken ? taken : out);
    free(taken);
    return code;
}
