/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/measure.c - the training part and random views of it, in the eyes of a run. Draw e takes views 0 and 1 of
 * epoch e of the run's augmentations at --seed, so that two runs of one recipe are shown the same views. */
#include "cli/prune/prune.h"

#include "akin/eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES, FIRST, SECOND, SEEN_FIRST, SEEN_SECOND, PARTS }; /* SEEN_x = x + 2 */

static akin_mat take(int64_t n, int64_t d)
{
    return (akin_mat){ malloc((size_t)n * (size_t)d * sizeof(float)), n, d, d };
}

static akin_cmat view_of(akin_mat m) { return (akin_cmat){ m.data, m.rows, m.cols, m.stride }; }

/* The loss's own temperature, unless the command line says otherwise. */
static double temperature_of(const cli_args *args, akin_model *m)
{
    const char *t = akin_model_option(m, "temperature"), *alpha = akin_model_option(m, "alpha");
    const char *loss = akin_model_option(m, "loss");
    if (cli_given(args, "temperature")) return cli_real(args, "temperature");
    if (loss && strcmp(loss, "balanced") == 0 && alpha && strtod(alpha, NULL) > 0)
        return 1 / strtod(alpha, NULL);
    return t && strtod(t, NULL) > 0 ? strtod(t, NULL) : cli_real(args, "temperature");
}

static akin_difficulty_opts options(const cli_prune *p, double temperature)
{
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    o.temperature = temperature;
    o.others = cli_int(p->args, "others");
    o.neighbours = cli_int(p->args, "neighbours");
    if (cli_given(p->args, "dedup")) o.duplicate = cli_real(p->args, "dedup");
    o.difficult_share = cli_real(p->args, "difficult-share");
    o.pos_high = cli_real(p->args, "pos-high");
    o.pos_low = cli_real(p->args, "pos-low");
    o.seed = (uint64_t)cli_int(p->args, "seed");
    return o;
}

static akin_status draw(const cli_prune *p, akin_model *m, akin_mat part[PARTS], bool projector,
                        uint32_t epoch, akin_error *err)
{
    akin_status status = AKIN_OK;
    const akin_mat none = { NULL, 0, 0, 0 };
    for (uint32_t v = 0; v < 2 && !status; v++) {
        akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
        what.random_views = true;
        what.view_seed = (uint64_t)cli_int(p->args, "seed");
        what.view_epoch = epoch;
        what.view = v;
        const akin_mat rows = part[v ? SECOND : FIRST], seen = part[v ? SEEN_SECOND : SEEN_FIRST];
        status = akin_model_embed(m, p->set, &what, projector ? none : rows, projector ? rows : seen, err);
    }
    return status;
}

/* In place; without whitening as they are. */
static akin_status whiten(const akin_whitening *w, akin_mat rows, akin_error *err)
{
    return w ? akin_whitening_apply(w, view_of(rows), rows, err) : AKIN_OK;
}

static akin_status add_draw(const cli_prune *p, akin_model *m, akin_mat part[PARTS], bool projector,
                            uint32_t epoch, const akin_whitening *w, akin_difficulty *d, akin_error *err)
{
    akin_status status = draw(p, m, part, projector, epoch, err);
    for (int v = FIRST; w && projector && v <= SECOND; v++) /* the loss reads them as they are */
        memcpy(part[v + 2].data, part[v].data, (size_t)(part[v].rows * part[v].cols) * sizeof(float));
    if (!status) status = whiten(w, part[FIRST], err);
    if (!status) status = whiten(w, part[SECOND], err);
    if (status) return status;
    return akin_difficulty_add(d, view_of(part[FIRST]), view_of(part[SECOND]), view_of(part[SEEN_FIRST]),
                               view_of(part[SEEN_SECOND]), err);
}

static akin_status embed(const cli_prune *p, akin_model *m, akin_mat part[PARTS], akin_difficulty **out,
                         akin_error *err)
{
    const bool projector = strcmp(cli_text(p->args, "layer"), "projector") == 0;
    const akin_mat none = { NULL, 0, 0, 0 };
    const int64_t draws = cli_int(p->args, "draws");
    const akin_difficulty_opts o = options(p, temperature_of(p->args, m));
    akin_difficulty *d = NULL;
    akin_whitening *w = NULL;
    akin_status status = akin_model_embed(m, p->set, NULL, projector ? none : part[FEATURES],
                                          projector ? part[FEATURES] : none, err);
    if (!status && cli_flag(p->args, "whiten"))
        status = akin_whitening_fit(view_of(part[FEATURES]), NULL, &w, err);
    if (!status) status = whiten(w, part[FEATURES], err);
    if (!status)
        status = akin_difficulty_begin(view_of(part[FEATURES]), p->part.labels, p->same, &o, &d, err);
    for (int64_t e = 0; e < draws && !status; e++)
        status = add_draw(p, m, part, projector, (uint32_t)e, w, d, err);
    if (!status) status = akin_difficulty_end(d, err);
    akin_whitening_free(w);
    if (status)
        akin_difficulty_free(d);
    else
        *out = d;
    return status;
}

akin_status cli_prune_measure_one(const cli_prune *p, akin_model *m, akin_difficulty **out, akin_error *err)
{
    const bool projector = strcmp(cli_text(p->args, "layer"), "projector") == 0;
    const int64_t d = akin_model_width(m, projector ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE);
    const int64_t e = akin_model_width(m, AKIN_LAYER_PROJECTOR), n = p->part.n;
    akin_mat part[PARTS] = { { NULL, 0, 0, 0 } };
    const int parts = projector && !cli_flag(p->args, "whiten") ? SEEN_FIRST : PARTS;
    bool memory = true;
    for (int i = 0; i < parts; i++) {
        part[i] = take(n, i < SEEN_FIRST ? d : e);
        memory = memory && part[i].data;
    }
    akin_status status = AKIN_OK;
    if (memory)
        status = embed(p, m, part, out, err);
    else {
        status = err->status = AKIN_ERR_NOMEM;
        snprintf(err->message, sizeof err->message, "no memory for the embeddings of %lld items",
                 (long long)n);
    }
    for (int i = 0; i < parts; i++) free(part[i].data);
    return status;
}

akin_status cli_prune_measure(cli_prune *p, akin_model *model, akin_error *err)
{
    p->temperature = temperature_of(p->args, model);
    akin_status status = cli_prune_measure_one(p, model, &p->d, err);
    if (!status && cli_prune_compares(p->args)) status = cli_prune_compare(p, model, err);
    return status;
}
