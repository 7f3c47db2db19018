/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/derive_mix.c - akin data mix: a share of the training images mixed with others, and the lists
 * that say which.
 *
 * mixed.txt and clean.txt are keep-lists of the new set: what is mixed, and what a set without it would
 * hold. mixed.tsv tells each host and partner by their names in DATA. */
#include "cli/data/derive.h"
#include "cli/data/data.h"

#include "akin/tool/derive.h"
#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct mixture {
    const cli_args *args;
    const char *out;
    char source[CLI_NAME], fingerprint[17]; /* of DATA */
    akin_image_set *ds;
    akin_images train;
    int32_t *partner;      /* [n] */
    unsigned char *chosen; /* [n] */
    int64_t n, mixed;
} mixture;

/* As names in files are: no tab and no line end is in it. */
static akin_status put_cell(akin_writer *w, const char *text, char end, akin_error *err)
{
    char cell[4 * 4096 + 1];
    const size_t n = strnlen(text, 4095);
    const int64_t bytes = akin_name_escape(text, (int64_t)n, cell);
    cell[bytes] = end;
    return akin_writer_write(w, cell, (size_t)bytes + 1, err);
}

static akin_status put_row(const mixture *m, akin_writer *w, int64_t i, akin_error *err)
{
    char name[4096], place[40];
    const int32_t j = m->partner[i];
    const int32_t *y = m->train.labels;
    snprintf(place, sizeof place, "train/%lld", (long long)i);
    akin_status status = put_cell(w, place, '\t', err);
    if (!status)
        status = put_cell(w, akin_image_set_item_name(m->ds, "train", i, name, sizeof name), '\t', err);
    if (!status) status = put_cell(w, y ? akin_image_set_class_name(m->ds, y[i]) : "", '\t', err);
    if (!status)
        status = put_cell(w, akin_image_set_item_name(m->ds, "train", j, name, sizeof name), '\t', err);
    return status ? status : put_cell(w, y ? akin_image_set_class_name(m->ds, y[j]) : "", '\n', err);
}

static akin_status add_table(const mixture *m, akin_files *files, akin_error *err)
{
    static const char HEAD[] = "item\tsource\tclass\tmixed_with\tmixed_with_class\n";
    char path[4096];
    akin_writer *w = NULL;
    akin_status status = akin_files_add(files, cli_derive_file(path, m->out, "mixed.tsv"), &w, err);
    if (status) return status;
    status = akin_writer_write(w, HEAD, sizeof HEAD - 1, err);
    for (int64_t i = 0; i < m->n && !status; i++)
        if (m->partner[i] >= 0) status = put_row(m, w, i, err);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}

/* Lists name the items of the set as it is written, and hold its fingerprint. */
static akin_status add_lists(const mixture *m, akin_files *files, akin_error *err)
{
    char path[4096], note[512];
    akin_keep_list_head head = cli_derive_head(m->args);
    head.files = files;
    akin_status status = AKIN_OK;
    for (int clean = 0; clean < 2 && !status; clean++) {
        const int64_t n = clean ? m->n - m->mixed : m->mixed;
        snprintf(note, sizeof note, "%s; made from %s, fingerprint %s",
                 clean ? "images that are as they were" : "images that are mixed", m->source, m->fingerprint);
        head.note = note;
        for (int64_t i = 0; i < m->n; i++) m->chosen[i] = (m->partner[i] >= 0) != (clean == 1);
        cli_derive_file(path, m->out, clean ? "clean.txt" : "mixed.txt");
        status = n ? akin_image_set_keep_list_save(path, m->ds, "train", m->chosen, &head, err)
                   : akin_files_older(files, path, err); /* a list of nothing is no list */
    }
    return status;
}

static akin_status write(mixture *m, akin_error *err)
{
    akin_files *files;
    akin_status status = akin_folder_make(m->out, err);
    if (!status) status = akin_files_create(&files, err);
    if (status) return status;
    status = add_table(m, files, err);
    akin_image_set_as_saved(m->ds, m->out);
    if (!status) status = add_lists(m, files, err);
    if (!status) status = akin_image_set_add(m->ds, m->out, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

static akin_status make(mixture *m, akin_error *err)
{
    const char *with = cli_text(m->args, "with");
    akin_mix_opts o = AKIN_MIX_OPTS_INIT;
    o.share = cli_real(m->args, "share");
    o.with = strcmp(with, "same") == 0  ? AKIN_MIX_SAME
             : strcmp(with, "any") == 0 ? AKIN_MIX_ANY
                                        : AKIN_MIX_OTHER;
    o.seed = (uint64_t)cli_int(m->args, "seed");
    m->n = m->train.n;
    m->partner = malloc((size_t)m->n * sizeof *m->partner);
    m->chosen = malloc((size_t)m->n);
    snprintf(m->source, sizeof m->source, "%s", akin_image_set_name(m->ds));
    snprintf(m->fingerprint, sizeof m->fingerprint, "%s", akin_image_set_fingerprint(m->ds));
    if (!m->partner || !m->chosen) return cli_no_memory(err, m->n, "items");
    akin_status status = akin_mix_draw(m->train.labels, m->n, m->train.classes, &o, m->partner, err);
    for (int64_t i = 0; i < m->n && !status; i++) m->mixed += m->partner[i] >= 0;
    if (!status) status = akin_image_set_mix(m->ds, m->partner, cli_real(m->args, "omega"), err);
    return status ? status : write(m, err);
}

int cli_data_mix(const cli_args *args, const char *path)
{
    mixture m = { .args = args, .out = cli_text(args, "out") };
    int code = cli_derive_open(args, path, "train.npy", &m.ds, &m.train);
    if (code) return code;
    akin_error err;
    const bool any = strcmp(cli_text(args, "with"), "any") == 0;
    if (!m.train.labels && !any)
        code = cli_error(args, AKIN_ERR_INPUT, "'%s' has no labels; --with any mixes without them", path);
    else if (make(&m, &err))
        code = cli_fail(args, &err);
    else {
        cli_note(args,
                 "%s: %lld of %lld training images are mixed, %g of another in each; named in mixed.txt",
                 m.out, (long long)m.mixed, (long long)m.n, cli_real(args, "omega"));
        if (args->json)
            code = cli_print_json(
                args, akin_json_pack("{s:o,s:I,s:I,s:f,s:s,s:I,s:s,s:s}", "out", akin_json_text(m.out), "n",
                                     (int64_t)m.n, "mixed", (int64_t)m.mixed, "omega",
                                     cli_real(args, "omega"), "with", cli_text(args, "with"), "seed",
                                     (int64_t)cli_int(args, "seed"), "source_fingerprint", m.fingerprint,
                                     "fingerprint", akin_image_set_fingerprint(m.ds)));
    }
    free(m.partner);
    free(m.chosen);
    akin_image_set_free(m.ds);
    return code;
}
