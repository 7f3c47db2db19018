/* SPDX-License-Identifier: Apache-2.0 */
/* cli/near/near.c - what akin dups and akin outliers share. */
#include "cli/near/near.h"

#include "akin/tool/escape.h"
#include "akin/tool/summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

akin_status cli_near_open(const cli_args *args, cli_raw raw, cli_near *n, akin_error *err)
{
    const cli_source_opts how = { .layer = cli_text(args, "layer"),
                                  .split = cli_text(args, "split"),
                                  .raw = raw };
    memset(n, 0, sizeof *n);
    akin_status status = cli_source_open(
        args, args->positional[0], args->positionals > 1 ? args->positional[1] : NULL, &how, &n->source, err);
    n->pictures = (akin_images)AKIN_IMAGES_INIT;
    n->has_pictures = !status && n->source.set && akin_dataset_has_pictures(n->source.set);
    if (n->has_pictures) status = akin_dataset_pictures(n->source.set, n->source.split, &n->pictures, err);
    if (status) cli_near_free(n);
    return status;
}

void cli_near_free(cli_near *n) { cli_source_free(&n->source); }

const char *cli_near_name(cli_near *n, int64_t i)
{
    const cli_named *named = &n->source.named;
    if (named->item) return named->item(i, named->ctx);
    snprintf(n->name, sizeof n->name, "row %lld", (long long)i);
    return n->name;
}

const char *cli_near_shown(cli_near *n, int64_t i, char *to, size_t size)
{
    char whole[1024];
    akin_show_name(cli_near_name(n, i), whole, sizeof whole);
    const size_t length = strlen(whole);
    if (length < size) return memcpy(to, whole, length + 1);
    size_t head = (size - 4) / 3, tail = length - (size - 4 - head);
    while (head > 0 && (whole[head] & 0xc0) == 0x80) head--; /* not within a character */
    while (tail < length && (whole[tail] & 0xc0) == 0x80) tail++;
    snprintf(to, size, "%.*s...%s", (int)head, whole, whole + tail);
    return to;
}

const char *cli_near_what(const cli_near *n, char *to, size_t size)
{
    const cli_source *s = &n->source;
    char number[32];
    snprintf(to, size, "%s items by %s%s%s", akin_show_number(s->rows.rows, number),
             s->run                            ? "the embeddings of the "
             : strcmp(s->feature, "rows") == 0 ? "their "
                                               : "",
             s->feature,
             s->form == CLI_WHITENED ? ", whitened"
             : s->form == CLI_HYBRID ? " and the words beside them"
             : s->form               ? ", half whitened"
                                     : "");
    return to;
}

void cli_near_say(char *to, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    akin_vformat(to, size, format, list);
    va_end(list);
}

akin_json *cli_near_json(const cli_near *n)
{
    const cli_source *s = &n->source;
    akin_json *o =
        akin_json_pack("{s:o,s:o,s:s,s:b,s:I,s:I}", "of", akin_json_text(s->path), "data",
                       s->data ? akin_json_text(s->data) : akin_json_null(), "feature", s->feature,
                       "whitened", s->form == CLI_WHITENED, "items", s->rows.rows, "width", s->rows.cols);
    akin_json_put(o, "form", akin_json_text(cli_form_name(s->form)));
    if (s->set) akin_json_put(o, "split", akin_json_text(s->split));
    return o;
}

int cli_near_check_files(const cli_args *args, const char *const *options)
{
    for (int i = 0; options[i]; i++) {
        const char *file = cli_text(args, options[i]);
        const int code = file ? cli_check_output(args, file) : -1;
        if (code >= 0) return code;
        for (int k = 0; file && k < i; k++)
            if (cli_text(args, options[k]) && strcmp(cli_text(args, options[k]), file) == 0)
                return cli_error(args, AKIN_ERR_ARGUMENT, "--%s and --%s both name '%s'", options[k],
                                 options[i], file);
    }
    return -1;
}

void cli_near_tell_zeros(const cli_args *args, int64_t zeros)
{
    if (zeros)
        cli_note(args,
                 "%lld item%s nothing to compare (a picture of one colour, a text without a letter, a row of "
                 "zeros) and %s left alone",
                 (long long)zeros, zeros == 1 ? " has" : "s have", zeros == 1 ? "is" : "are");
}

int cli_near_check_names(const cli_args *args, const cli_near *n)
{
    if (!cli_text(args, "out") || n->source.named.item) return -1;
    return cli_error(args, AKIN_ERR_INPUT,
                     "a keep-list is of names, and the rows of '%s' have none; --names tells their file",
                     n->source.path);
}

static akin_status write_files(const cli_args *args, const cli_near_verb *verb, void *w, akin_error *err)
{
    akin_files *files;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    status = verb->write(args, w, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

int cli_near_run(const cli_args *args, const cli_near_verb *verb, cli_near *n, void *w, int code)
{
    akin_error err;
    const bool first = cli_rank_writes(); /* it alone writes */
    if (code < 0 && cli_near_open(args, verb->raw, n, &err)) code = cli_fail(args, &err);
    if (code < 0) code = cli_near_check_names(args, n);
    code = cli_agree(args, code);
    if (code < 0 && verb->find(args, w, &err)) code = cli_fail(args, &err);
    if (code < 0 && first && write_files(args, verb, w, &err)) code = cli_fail(args, &err);
    code = cli_agree(args, code);
    if (code < 0 && !first) code = 0;
    if (code < 0) {
        verb->doubts(args, w);
        code = 0;
        if (args->json)
            code = cli_print_json(args, verb->summary(args, w));
        else
            verb->print(args, w);
    }
    cli_near_free(n);
    return code;
}

/* Tables ---------------------------------------------------------------------------------------------- */

cli_lines cli_lines_open(akin_files *files, const char *path, akin_error *err)
{
    cli_lines l = { .err = err };
    l.status = akin_files_add(files, path, &l.w, err);
    return l;
}

static void write_bytes(cli_lines *l, const char *bytes, size_t n)
{
    if (!l->status) l->status = akin_writer_write(l->w, bytes, n, l->err);
}

void cli_lines_put(cli_lines *l, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    const int n = akin_vformat(line, sizeof line, format, list);
    va_end(list);
    if (n > 0) write_bytes(l, line, (size_t)n);
}

static void put_name(cli_lines *l, cli_near *n, const char *name)
{
    const size_t bytes = strlen(name);
    write_bytes(l, "\t", 1);
    write_bytes(l, n->shown,
                (size_t)akin_name_escape(name, (int64_t)(bytes < 4095 ? bytes : 4095), n->shown));
}

void cli_lines_item(cli_lines *l, cli_near *n, int64_t i)
{
    const cli_named *named = &n->source.named;
    put_name(l, n, cli_near_name(n, i));
    if (!named->labels) return;
    const char *name =
        named->labels[i] < named->classes ? named->class_name(named->labels[i], named->ctx) : NULL;
    if (name)
        put_name(l, n, name);
    else
        cli_lines_put(l, "\t%d", (int)named->labels[i]);
}

void cli_lines_head(cli_lines *l, const cli_near *n, const char *name)
{
    cli_lines_put(l, n->source.named.labels ? "\t%s\tclass_of_%s" : "\t%s", name, name);
}

akin_status cli_lines_close(cli_lines *l) { return l->status ? l->status : akin_writer_commit(l->w, l->err); }

/* Keep-list ------------------------------------------------------------------------------------------- */

akin_status cli_near_keep(const cli_args *args, cli_near *n, const unsigned char *kept, const char *note,
                          akin_files *files, akin_error *err)
{
    const cli_source *s = &n->source;
    const char *path = cli_text(args, "out");
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    head.command = cli_command_line();
    head.note = note;
    head.files = files;
    if (s->set) return akin_dataset_keep_list_save(path, s->set, s->split, kept, &head, err);
    int64_t left = 0;
    const char **names = malloc((size_t)s->named.n * sizeof *names);
    if (!names) return cli_no_memory(err, s->named.n, "names");
    for (int64_t i = 0; i < s->named.n; i++)
        if (kept[i]) names[left++] = s->table.names[i];
    const akin_status status = akin_keep_list_save(path, &head, names, left, err);
    free(names);
    return status;
}

/* Page ------------------------------------------------------------------------------------------------ */

static const char *name_of(int64_t i, void *ctx) { return cli_near_name(ctx, i); }

static const char *words_of(int64_t i, int64_t *bytes, void *ctx)
{
    const cli_near *n = ctx;
    return akin_dataset_item_text(n->source.set, n->source.split, i, bytes);
}

static akin_status picture_of(int64_t i, uint8_t *pixels, void *ctx, akin_error *err)
{
    const cli_near *n = ctx;
    return akin_images_fetch(&n->pictures, &i, 1, pixels, err);
}

akin_status cli_near_page(cli_near *n, akin_sheet *sheet, const char *path, akin_files *files,
                          akin_error *err)
{
    char title[512], *html = NULL;
    size_t bytes = 0;
    sheet->title = akin_show_name(n->source.data ? n->source.data : n->source.path, title, sizeof title);
    sheet->item = name_of;
    sheet->ctx = n;
    if (n->source.set && akin_dataset_kind(n->source.set) == AKIN_DATA_TEXT) sheet->words = words_of;
    if (n->has_pictures) {
        sheet->picture = picture_of;
        sheet->height = n->pictures.height;
        sheet->width = n->pictures.width;
        sheet->channels = n->pictures.channels;
    }
    akin_status status = akin_sheet_write(sheet, &html, &bytes, err);
    if (!status) status = akin_files_save(files, path, html, bytes, err);
    free(html);
    return status;
}
