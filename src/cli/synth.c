/* SPDX-License-Identifier: Apache-2.0 */
/* cli/synth.c - akin data synth: two views of features with labels, from a latent-class model that is known exactly. */
#include "synth.h"

#include "akin/theory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static akin_status save_truth(const char *folder, const akin_latent_opts *o, const int64_t *counts,
                              const akin_latent_truth *t, json_t **out, akin_error *err)
{
    char path[4096];
    json_t *list = json_array();
    for (int c = 0; c < o->classes; c++) json_array_append_new(list, json_integer(counts[c]));
    json_t *root =
        json_pack("{s:s,s:i,s:I,s:I,s:f,s:f,s:f,s:f,s:I,s:o,s:f,s:f,s:f,s:f}", "model", "latent classes",
                  "classes", o->classes, "items", (json_int_t)o->items, "width", (json_int_t)o->width,
                  "imbalance", o->imbalance, "spread", o->spread, "view_spread", o->view_spread, "mix",
                  o->mix, "seed", (json_int_t)o->seed, "counts", list, "tau", t->tau, "cross_class_edges",
                  t->cross, "second_eigenvalue", t->eigenvalue, "entropy", t->entropy);
    char *text = json_dumps(root, JSON_INDENT(1));
    snprintf(path, sizeof path, "%s/truth.json", folder);
    akin_status status = AKIN_ERR_NOMEM;
    if (text) {
        const size_t length = strlen(text);
        text[length] = '\n'; /* in place of the 0 byte that no one reads any more */
        status = akin_file_save(path, text, length + 1, err);
    } else {
        err->status = AKIN_ERR_NOMEM;
        snprintf(err->message, sizeof err->message, "no memory for %s", "truth.json");
    }
    free(text);
    *out = root;
    return status;
}

static akin_status save(const char *folder, const akin_latent_opts *o, const float *a, const float *b,
                        const int32_t *labels, akin_error *err)
{
    const int64_t shape[2] = { o->items, o->width };
    char path[4096];
    akin_status status = akin_folder_make(folder, err);
    snprintf(path, sizeof path, "%s/a.npy", folder);
    if (!status) status = akin_npy_save(path, AKIN_F32, 2, shape, a, err);
    snprintf(path, sizeof path, "%s/b.npy", folder);
    if (!status) status = akin_npy_save(path, AKIN_F32, 2, shape, b, err);
    snprintf(path, sizeof path, "%s/labels.npy", folder);
    return status ? status : akin_npy_save(path, AKIN_I32, 1, shape, labels, err);
}

int cli_data_synth(const cli_args *args)
{
    const char *folder = cli_text(args, "out");
    if (!folder) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder with --out DIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/a.npy", folder);
    if (access(path, F_OK) == 0 && !cli_flag(args, "force"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", path);
    akin_latent_opts o = AKIN_LATENT_OPTS_INIT;
    o.classes = (int32_t)cli_int(args, "classes");
    o.items = cli_int(args, "items");
    o.width = cli_int(args, "width");
    o.imbalance = cli_real(args, "imbalance");
    o.spread = cli_real(args, "spread");
    o.view_spread = cli_real(args, "view-spread");
    o.mix = cli_real(args, "mix");
    o.seed = (uint64_t)cli_int(args, "seed");
    const size_t bytes = (size_t)o.items * (size_t)o.width * sizeof(float);
    float *a = malloc(bytes), *b = malloc(bytes);
    int32_t *labels = malloc((size_t)o.items * sizeof *labels);
    int64_t *counts = malloc((size_t)o.classes * sizeof *counts);
    const akin_mat va = { a, o.items, o.width, o.width }, vb = { b, o.items, o.width, o.width };
    akin_latent_truth truth;
    akin_error err;
    json_t *record = NULL;
    int code = 0;
    if (!a || !b || !labels || !counts)
        code = cli_error(args, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)o.items);
    else if (akin_latent_draw(&o, va, vb, labels, counts, &truth, &err) ||
             save(folder, &o, a, b, labels, &err) || save_truth(folder, &o, counts, &truth, &record, &err))
        code = cli_fail(args, &err);
    else if (args->json)
        code = cli_print_json(args, json_incref(record));
    else
        cli_note(args,
                 "%s: a.npy, b.npy (%lld x %lld), labels.npy, truth.json; tau %.6g, cross-class edges %.6g",
                 folder, (long long)o.items, (long long)o.width, truth.tau, truth.cross);
    json_decref(record);
    free(a);
    free(b);
    free(labels);
    free(counts);
    return code;
}
