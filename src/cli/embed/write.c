/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/write.c - embeddings as files, with the names, labels and classes of their items beside. */
#include "cli/embed/embed.h"
#include "cli/named.h"
#include "cli/trained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const QUANTIZE[] = { "none", "int8", "binary" };

akin_quantize cli_quantize(const cli_args *args)
{
    akin_quantize how = AKIN_QUANTIZE_BINARY;
    while (how && strcmp(cli_text(args, "quantize"), QUANTIZE[how]) != 0) how--;
    return how;
}

void cli_tell_quantize(const cli_args *args, akin_json *about)
{
    const akin_quantize how = cli_quantize(args);
    if (about && how) akin_json_put(about, "quantize", akin_json_text(QUANTIZE[how]));
}

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

struct cli_rows {
    named names;
    akin_split_view part;
    akin_file_set *files;
    akin_row_writer *writer;
    bool whole; /* names and labels are in the same file */
    const char *out;
    /* shards: 0 = one file; shard: the next; stop: the row after the one that is open */
    int64_t cols, shards, shard, stop;
    akin_quantize quantize;
};

/* The next of the files; r->writer is of none. */
static akin_status open_shard(cli_rows *r, akin_error *err)
{
    char end[32];
    akin_writer *file = NULL;
    const int64_t first = r->stop;
    snprintf(end, sizeof end, "-%05d.npy", (int)r->shard++);
    r->stop = cli_shard_row(r->shards, r->part.n, r->shard);
    akin_status status = akin_file_set_add(r->files, end, &file, err);
    if (!status)
        status = akin_row_writer_into(file, r->out, "npy", r->stop - first, r->cols, &r->writer, err);
    return status ? status : akin_row_writer_quantize(r->writer, r->quantize, err);
}

static akin_status next_shard(cli_rows *r, akin_error *err)
{
    akin_row_writer *full = r->writer;
    r->writer = NULL;
    const akin_status status = akin_row_writer_close(full, AKIN_OK, err);
    return status ? status : open_shard(r, err);
}

akin_status cli_rows_open(const cli_args *args, const akin_dataset *data, int64_t cols, akin_file_set *files,
                          const char *out, cli_rows **made, akin_error *err)
{
    cli_rows *r = calloc(1, sizeof *r);
    if (!r) return cli_no_memory(err, 1, "writer");
    r->files = files;
    r->part = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    r->out = out;
    r->cols = cols;
    r->quantize = cli_quantize(args);
    r->shards = cli_shards(args);
    r->shard = cli_first_shard(args);
    r->names = (named){
        .data = data, .part = &r->part, .split = cli_text(args, "split"), .target = cli_target(args)
    };
    akin_status status = akin_dataset_split(data, r->names.split, r->names.target, &r->part, err);
    if (!status) status = cli_shards_fit(args, r->part.n, err);
    if (!status) r->stop = cli_shard_row(r->shards, r->part.n, r->shard);
    if (!status)
        status = r->shards ? open_shard(r, err)
                           : cli_embed_rows(args, files, out, r->part.n, cols, &r->writer, err);
    if (status) {
        free(r);
        return status;
    }
    akin_row_writer_add(r->writer, add_arrays, &r->names);
    r->whole = akin_row_writer_has_names(r->writer);
    *made = r;
    return AKIN_OK;
}

/* Rows of text as fastText has them: the item's text without blanks stands before its numbers. */
akin_status cli_rows_put(cli_rows *r, int64_t first, akin_cmat rows, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < rows.rows && !status; i++) {
        int64_t bytes;
        if (r->shards && first + i == r->stop) status = next_shard(r, err);
        if (status) break;
        const char *text = akin_dataset_item_text(r->names.data, r->names.split, first + i, &bytes);
        if (!text) {
            text = item_name(first + i, &r->names);
            bytes = (int64_t)strlen(text);
        }
        status = akin_row_writer_put(r->writer, text, bytes, rows.data + i * rows.stride, err);
    }
    return status;
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

akin_status cli_rows_close(cli_rows *r, akin_status so_far, akin_error *err)
{
    if (!r) return so_far;
    akin_status status = akin_row_writer_close(r->writer, so_far, err);
    if (!status && r->files && !r->whole && cli_rank_writes()) status = write_named(&r->names, r->files, err);
    free(r);
    return status;
}

/* Nobody asked for one of the parts. */
void cli_tell_parts(const cli_args *args, const akin_dataset *data, int64_t n)
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
