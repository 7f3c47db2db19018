/* SPDX-License-Identifier: Apache-2.0 */
/* study/summary.c - what a study says: per configuration and measurement the mean over seeds with its
 * interval, the paper's number beside it, and the verdicts on the claims. */
#include "study/table.h"

#include <stdlib.h>
#include <string.h>

static const akin_json *published(const akin_study *s, const akin_json *labels, const char *measure,
                                  const char **source)
{
    const akin_json *all = ak_study_list(s, "published");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const akin_json *row = akin_json_at(all, i),
                        *v = akin_json_get(akin_json_get(row, "values"), measure);
        if (!v || !ak_study_where(akin_json_get(row, "where"), labels)) continue;
        *source = akin_json_get_text(row, "source");
        return v;
    }
    return NULL;
}

static akin_json *mean_json(const akin_mean95 *m)
{
    akin_json *o = akin_json_object();
    akin_json_put(o, "n", akin_json_int(m->n));
    akin_json_put(o, "mean", ak_study_real(m->mean));
    akin_json_put(o, "low", ak_study_real(m->low));
    akin_json_put(o, "high", ak_study_real(m->high));
    return o;
}

/* Over the seeds of configuration c; x: room for a value of each cell. */
static akin_status mean_of(const akin_study *s, int c, const char *measure, double *x, akin_mean95 *out,
                           akin_error *err)
{
    int64_t n = 0;
    out->n = 0;
    out->mean = out->low = out->high = NAN;
    for (int k = 0; k < s->cell_count; k++) {
        bool found = false;
        if (s->cells[k].config == c) AK_TRY(ak_study_value(s, s->cells[k].id, measure, &x[n], &found, err));
        n += found;
    }
    return n ? akin_mean95_of(x, n, out, err) : AKIN_OK;
}

static akin_status config_json(const akin_study *s, int c, double *x, akin_json **out, akin_error *err)
{
    const akin_json *measures = ak_study_list(s, "measures");
    akin_json *results = akin_json_object();
    akin_status status = AKIN_OK;
    for (size_t i = 0; i < akin_json_length(measures) && !status; i++) {
        const char *name = akin_json_get_text(akin_json_at(measures, i), "name"), *source = NULL;
        akin_mean95 m = AKIN_MEAN95_INIT;
        status = mean_of(s, c, name, x, &m, err);
        akin_json *o = mean_json(&m);
        const akin_json *paper = published(s, s->configs[c].labels, name, &source);
        if (paper) akin_json_put(o, "published", akin_json_share((akin_json *)paper));
        if (source) akin_json_put(o, "source", akin_json_text(source));
        akin_json_put(results, name, o);
    }
    *out = akin_json_pack("{s:s,s:O,s:O,s:o}", "name", s->configs[c].name, "labels", s->configs[c].labels,
                          "options", s->configs[c].options, "results", results);
    return status;
}

static akin_status claim_json(const akin_study *s, const akin_json *claim, akin_json *to, akin_error *err)
{
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    AK_TRY(ak_study_judge(s, claim, &j, err));
    akin_json *o = akin_json_copy(claim);
    akin_json_put(o, "n", akin_json_int(j.n));
    akin_json_put(o, "items", akin_json_int(j.items));
    akin_json_put(o, "difference", ak_study_real(j.difference));
    akin_json_put(o, "low", ak_study_real(j.low));
    akin_json_put(o, "high", ak_study_real(j.high));
    akin_json_put(o, "exact", akin_json_bool(j.exact));
    akin_json_put(o, "left_mean", ak_study_real(j.left));
    akin_json_put(o, "right_mean", ak_study_real(j.right));
    akin_json_put(o, "verdict", akin_json_text(akin_verdict_name(j.verdict)));
    ak_print words = { NULL, 0, 0, false };
    for (int side = 0; side < 2; side++) {
        ak_claim_words(&words, s, o, side ? AK_CLAIM_RIGHT : AK_CLAIM_LEFT);
        if (words.text) akin_json_put(o, side ? "right_words" : "left_words", akin_json_text(words.text));
        words.size = 0;
    }
    free(words.text);
    akin_json_append(to, o);
    return words.failed ? ak_fail(err, AKIN_ERR_NOMEM, "no memory for the claims") : AKIN_OK;
}

static akin_status cells_json(const akin_study *s, akin_json **out, akin_error *err)
{
    int done = 0, failed = 0;
    double seconds = 0;
    for (int k = 0; k < s->cell_count; k++) {
        ak_study_state state = { .status = "" };
        if (s->db) AK_TRY(ak_study_store_state(s->db, s->cells[k].id, &state, err));
        done += strcmp(state.status, "done") == 0;
        failed += strcmp(state.status, "failed") == 0;
        seconds += state.seconds;
    }
    *out = akin_json_pack("{s:i,s:i,s:i,s:f}", "total", s->cell_count, "done", done, "failed", failed,
                          "seconds", seconds);
    return AKIN_OK;
}

akin_status akin_study_summary(const akin_study *s, akin_json **out, akin_error *err)
{
    if (!s || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_summary: study and out must not be NULL");
    const akin_json *claims = ak_study_list(s, "claims");
    akin_json *configs = akin_json_array(), *verdicts = akin_json_array(), *cells = NULL;
    double *x = ak_alloc(sizeof *x, s->cell_count + 1, 1);
    akin_status status = x ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    for (int c = 0; c < s->config_count && !status; c++) {
        akin_json *o = NULL;
        status = config_json(s, c, x, &o, err);
        akin_json_append(configs, o);
    }
    for (size_t i = 0; i < akin_json_length(claims) && !status; i++)
        status = claim_json(s, akin_json_at(claims, i), verdicts, err);
    if (!status) status = cells_json(s, &cells, err);
    free(x);
    akin_json *all =
        akin_json_pack("{s:s,s:s,s:s,s:s,s:f,s:s,s:O,s:o,s:o,s:o}", "study", ak_study_text(s, "name"),
                       "title", ak_study_text(s, "title"), "paper", ak_study_text(s, "paper"), "data",
                       s->data ? s->data : ak_study_text(s, "data"), "scale", s->scale, "version",
                       akin_version(), "seeds", akin_json_get(s->root, "seeds"), "cells",
                       cells ? cells : akin_json_object(), "configurations", configs, "claims", verdicts);
    if (status)
        akin_json_free(all);
    else
        *out = all;
    return status;
}

static int config_named(const akin_study *s, const char *name)
{
    for (int c = 0; c < s->config_count; c++)
        if (strcmp(s->configs[c].name, name) == 0) return c;
    return -1;
}

const akin_json *ak_study_measure_named(const akin_study *s, const char *name)
{
    const akin_json *all = ak_study_list(s, "measures");
    for (size_t i = 0; i < akin_json_length(all); i++)
        if (strcmp(name, akin_json_get_text(akin_json_at(all, i), "name")) == 0) return akin_json_at(all, i);
    return NULL;
}

akin_status akin_study_mean(const akin_study *s, const char *configuration, const char *measure,
                            akin_mean95 *out, akin_error *err)
{
    if (!s || !configuration || !measure || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_mean: an argument is NULL");
    const int c = config_named(s, configuration);
    if (c < 0 || !ak_study_measure_named(s, measure))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_mean: there is no %s '%s'",
                       c < 0 ? "configuration" : "measurement", c < 0 ? configuration : measure);
    akin_mean95 m = AKIN_MEAN95_INIT;
    double *x = ak_alloc(sizeof *x, s->cell_count + 1, 1);
    akin_status status =
        x ? mean_of(s, c, measure, x, &m, err) : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    free(x);
    return status ? status : ak_result_export(out, &m, "study_mean", err);
}
