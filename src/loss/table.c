/* SPDX-License-Identifier: Apache-2.0 */
/* loss/table.c - the only list of losses: names, papers, formulas and parameters. The program, the help, the tests
 * and docs/losses.md all walk it; a new loss is one row here and its function. */
#include "loss/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END                                                                                                  \
    {                                                                                                        \
        NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL                                                          \
    }
#define TEMPERATURE(fallback)                                                                                \
    {                                                                                                        \
        "temperature", AKIN_OPT_REAL, fallback, "T", 1e-4, 1e4, "divides every similarity"                   \
    }
#define SYMMETRIC                                                                                            \
    {                                                                                                        \
        "symmetric", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "mean of both directions, a to b and b to a"           \
    }

/* A positive number; table.c has no smaller or larger sense of "any". */
#define REAL(name, fallback, placeholder, min, max, help)                                                    \
    {                                                                                                        \
        name, AKIN_OPT_REAL, fallback, placeholder, min, max, help                                           \
    }
#define TAU_PLUS REAL("tau-plus", "0.1", "P", 0, 0.999, "prior probability that a negative is a false one")

static const akin_opt_desc NTXENT[] = { TEMPERATURE("0.5"), END };
static const akin_opt_desc INFONCE[] = { TEMPERATURE("0.5"), SYMMETRIC, END };
static const akin_opt_desc DCL[] = { TEMPERATURE("0.1"), END };
static const akin_opt_desc DCLW[] = {
    TEMPERATURE("0.1"), REAL("sigma", "0.5", "S", 1e-4, 1e4, "temperature of the positives' weights"), END
};
static const akin_opt_desc BALANCED[] = {
    REAL("alpha", "2", "A", 1e-4, 1e4, "inverse temperature of the repulsion"),
    REAL("lambda", "1", "L", 1e-6, 1e6, "repulsion over attraction"),
    REAL("constant", "1", "C", 1e-12, 1e12, "constant inside the logarithm; no gradient"),
    { "include-positive", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the positive is in the sum too" },
    END,
};
static const akin_opt_desc SPECTRAL[] = {
    REAL("mu", "1", "MU", 1e-6, 1e6, "largest squared length of a row; longer rows are shortened to it"), END
};
static const akin_opt_desc SUPCON[] = {
    TEMPERATURE("0.1"),
    REAL("base-temperature", NULL, "T0", 1e-4, 1e4, "the loss is multiplied by T/T0 [the temperature]"), END
};
static const akin_opt_desc NSCL[] = { TEMPERATURE("0.5"), END };
static const akin_opt_desc DEBIASED[] = { TEMPERATURE("0.5"), TAU_PLUS, END };
static const akin_opt_desc HARD_NEGATIVE[] = {
    TEMPERATURE("0.5"), TAU_PLUS,
    REAL("beta", "1", "B", 0, 100, "concentration on hard negatives; 0 = debiased"), END
};
static const akin_opt_desc DUAL_TEMPERATURE[] = {
    TEMPERATURE("0.1"), REAL("ratio", "10", "R", 1e-3, 1e3, "second temperature over the first"), SYMMETRIC,
    END
};
static const akin_opt_desc SIGMOID[] = { REAL("scale", "10", "S", 1e-6, 1e4, "factor of every similarity"),
                                         REAL("bias", "-10", "B", -1e4, 1e4, "added to every logit"), END };
static const akin_opt_desc ALIGN_UNIFORM[] = { REAL("weight", "1", "W", 1e-9, 1e6, "of the uniformity"),
                                               END };
static const akin_opt_desc NOTHING[] = { END };
static const akin_opt_desc DIFFICULT[] = {
    TEMPERATURE("0.5"),
    { "mode", AKIN_OPT_CHOICE, "combined", "remove|margin|temperature|combined", 0, 0,
      "what is done with the selected pairs" },
    REAL("pos-high", "0.15", "F", 0, 1, "pairs more similar than this fraction of the row are left alone"),
    REAL("pos-low", "0.22", "F", 0, 1, "pairs less similar than this fraction of the row are left alone"),
    REAL("sigma", "0.03", "S", 0, 100, "margin added to the similarity of a selected pair"),
    REAL("rho", "0.6", "R", 1e-3, 1e12, "factor on the temperature of a selected pair"),
    { "one-sided", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the rows of a against the rows of b, as infonce" },
    END,
};

const akin_loss akin_losses[] = {
    { "ntxent", "[Chen2020 eq.1]", "softmax over all other rows of both views (SimCLR)",
      "-s_ij/t + log sum_{k != i} exp(s_ik/t), mean over the 2n rows of both views", NTXENT, 0 },
    { "infonce", "[Oord2018 eq.4]", "softmax of each row of a over the rows of b (CPC; symmetric: CLIP)",
      "-a_i.b_i/t + log sum_k exp(a_i.b_k/t), mean over the n rows of a", INFONCE, 0 },
    { "dcl", "[Yeh2022]", "ntxent without the positive in the sum (decoupled)",
      "-s_ij/t + log sum_{k != i,j} exp(s_ik/t), mean over the 2n rows of both views", DCL, 0 },
    { "dclw", "[Yeh2022]", "dcl with positives weighted by how far apart they are",
      "-w_i s_ij/t + log sum_{k != i,j} exp(s_ik/t), w_i = stop(2 - n softmax_i(a_i.b_i/sigma))", DCLW, 0 },
    { "flatnce", "[Chen2021]", "the same value and gradient as dcl, under its other name",
      "log sum_{k != i,j} exp((s_ik - s_ij)/t), mean over the 2n rows of both views", DCL, 0 },
    { "balanced", "[Lee2025]", "attraction and repulsion with weights of their own",
      "-s_ij + (lambda/alpha) log( c sum_{k != i,j} exp(alpha s_ik) ), mean over the 2n rows", BALANCED, 0 },
    { "spectral", "[HaoChen2021]", "matrix factorisation: squares instead of a softmax",
      "(1/mu) ( -(2/n) sum_i a_i.b_i + sum_{i != k} (a_i.b_k)^2 / (n(n-1)) )", SPECTRAL, 0 },
    { "supcon", "[Khosla2020 eq.2]", "all rows of the same label are positives",
      "(t/t0) mean_i { -(1/|P|) sum_{p in P} ( s_ip/t - log sum_{k != i} exp(s_ik/t) ) }", SUPCON,
      AKIN_LOSS_LABELS },
    { "nscl", "[Luthra2025]", "dcl whose negatives are the rows of other labels",
      "-s_ij/t + log sum_{k: y_k != y_i} exp(s_ik/t), mean over the 2n rows of both views", NSCL,
      AKIN_LOSS_LABELS },
    { "debiased", "[Chuang2020]", "ntxent corrected for false negatives",
      "log(1 + g/e^{s_ij/t}), g = max( (sum_Neg e^{s/t} - tau N e^{s_ij/t})/(1-tau), N e^{-1/t} )", DEBIASED,
      0 },
    { "hard-negative", "[Robinson2021]", "debiased with hard negatives weighted up",
      "debiased with weights e^{beta s_ik/t} / mean_Neg e^{beta s/t} on the negatives", HARD_NEGATIVE, 0 },
    { "dual-temperature", "[Zhang2022]", "infonce whose anchors are weighted at a second temperature",
      "stop((1-q_i)/(1-p_i)) (-log p_i), p and q the softmax of the positive at t and t*ratio",
      DUAL_TEMPERATURE, 0 },
    { "sigmoid", "[Zhai2023]", "every pair judged alone (SigLIP)",
      "-(1/n) sum_{i,k} log sigmoid( +-(scale a_i.b_k + bias) ), + on the diagonal", SIGMOID, 0 },
    { "align-uniform", "[Wang2020]", "alignment of the views plus uniformity on the sphere",
      "mean |a_i-b_i|^2 + weight/2 (U(a) + U(b)), U(x) = log mean_{i<k} exp(-2|x_i-x_k|^2)", ALIGN_UNIFORM,
      0 },
    { "curl-hinge", "[Arora2019]", "hinge loss of triples with blocks",
      "max(0, 1 + max_q(-v_q)), v_q = a.(mean positives - mean negatives_q)", NOTHING, AKIN_LOSS_TRIPLES },
    { "curl-logistic", "[Arora2019]", "logistic loss of triples with blocks, in bits",
      "log2(1 + sum_q e^{-v_q}), v_q = a.(mean positives - mean negatives_q)", NOTHING,
      AKIN_LOSS_TRIPLES | AKIN_LOSS_BITS },
    { "difficult", "[Zhang2025 eq.12-16]", "ntxent with the pairs of a window of similarity treated apart",
      "-logit_ij + log sum_{k != i} exp(logit_ik), logit = (s + p sigma)/((p rho + 1-p) t) or s(1-p)/t; "
      "one-sided: k over b",
      DIFFICULT, AKIN_LOSS_FEATURES },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};

enum { NEEDS_NEGATIVES = 1, TAKES_KEYS = 2 };

/* The function of each row of akin_losses, in its order. */
static const struct row {
    ak_loss_run_fn *run;
    unsigned traits;
} RUNS[] = {
    { ak_run_ntxent, NEEDS_NEGATIVES | TAKES_KEYS },
    { ak_run_infonce, NEEDS_NEGATIVES | TAKES_KEYS },
    { ak_run_dcl, NEEDS_NEGATIVES | TAKES_KEYS },
    { ak_run_dclw, NEEDS_NEGATIVES },
    { ak_run_dcl, NEEDS_NEGATIVES }, /* flatnce */
    { ak_run_balanced, NEEDS_NEGATIVES },
    { ak_run_spectral, NEEDS_NEGATIVES },
    { ak_run_supcon, NEEDS_NEGATIVES },
    { ak_run_nscl, NEEDS_NEGATIVES },
    { ak_run_debiased, NEEDS_NEGATIVES },
    { ak_run_hard_negative, NEEDS_NEGATIVES },
    { ak_run_dual_temperature, NEEDS_NEGATIVES },
    { ak_run_sigmoid, 0 },
    { ak_run_align_uniform, NEEDS_NEGATIVES },
    { ak_run_curl_hinge, 0 },
    { ak_run_curl_logistic, 0 },
    { ak_run_difficult, NEEDS_NEGATIVES },
};

static const struct row *row_of(const akin_loss *loss) { return &RUNS[loss - akin_losses]; }

ak_loss_run_fn *ak_loss_run_of(const akin_loss *loss) { return row_of(loss)->run; }
bool ak_loss_needs_negatives(const akin_loss *loss) { return row_of(loss)->traits & NEEDS_NEGATIVES; }

bool ak_loss_takes_keys(const akin_loss *loss, const akin_loss_params *params)
{
    return row_of(loss)->traits & TAKES_KEYS && !params->symmetric;
}

const akin_loss *akin_loss_find(const char *name)
{
    for (const akin_loss *l = akin_losses; l->name; l++)
        if (strcmp(l->name, name) == 0) return l;
    return NULL;
}

/* Parameters ------------------------------------------------------------------------------------------- */

#define FIELD(name, field)                                                                                   \
    {                                                                                                        \
        name, offsetof(akin_loss_params, field), sizeof(((akin_loss_params *)0)->field) == 4                 \
    }
static const struct field {
    const char *name;
    size_t at;
    bool whole;
} FIELDS[] = {
    FIELD("symmetric", symmetric),
    FIELD("include-positive", include_positive),
    FIELD("mode", mode),
    FIELD("temperature", temperature),
    FIELD("base-temperature", base_temperature),
    FIELD("sigma", sigma),
    FIELD("alpha", alpha),
    FIELD("lambda", lambda),
    FIELD("constant", constant),
    FIELD("mu", mu),
    FIELD("tau-plus", tau_plus),
    FIELD("beta", beta),
    FIELD("ratio", ratio),
    FIELD("scale", scale),
    FIELD("bias", bias),
    FIELD("weight", weight),
    FIELD("pos-high", pos_high),
    FIELD("pos-low", pos_low),
    FIELD("rho", rho),
    FIELD("one-sided", one_sided),
};

static const struct field *field_of(const char *name)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (strcmp(FIELDS[i].name, name) == 0) return &FIELDS[i];
    return NULL;
}

static void store(akin_loss_params *params, const struct field *f, double value)
{
    unsigned char *at = (unsigned char *)params + f->at;
    const int32_t whole = (int32_t)value;
    if (f->whole)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &value, sizeof value);
}

double akin_loss_params_get(const akin_loss_params *params, const char *name)
{
    const struct field *f = field_of(name);
    if (!f || f->at + (f->whole ? 4 : 8) > params->struct_size) return NAN;
    const unsigned char *at = (const unsigned char *)params + f->at;
    int32_t whole;
    double value;
    memcpy(&whole, at, sizeof whole);
    if (f->whole) return whole;
    memcpy(&value, at, sizeof value);
    return value;
}

void akin_loss_params_init(akin_loss_params *params, const akin_loss *loss)
{
    *params = (akin_loss_params){ .struct_size = sizeof *params };
    for (const akin_opt_desc *o = loss->opts; o->name; o++) {
        double value = 0;
        if (o->fallback && akin_opt_check(o, o->fallback, &value, NULL) == AKIN_OK)
            store(params, field_of(o->name), value);
    }
}

static const akin_opt_desc *option_of(const akin_loss *loss, const char *name)
{
    for (const akin_opt_desc *o = loss->opts; o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

static akin_status no_parameter(const akin_loss *loss, const char *name, akin_error *err)
{
    char list[256] = "none";
    int used = 0;
    for (const akin_opt_desc *o = loss->opts; o->name && used < 200; o++)
        used += snprintf(list + used, sizeof list - (size_t)used, "%s--%s", used ? ", " : "", o->name);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "%s has no parameter --%s; it has %s", loss->name, name, list);
}

akin_status akin_loss_params_set(akin_loss_params *params, const akin_loss *loss, const char *name,
                                 const char *text, akin_error *err)
{
    const akin_opt_desc *o = option_of(loss, name);
    if (!o) return no_parameter(loss, name, err);
    double value = 0;
    if (o->type == AKIN_OPT_FLAG && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0))
        value = 0;
    else
        AK_TRY(akin_opt_check(o, text, &value, err));
    store(params, field_of(name), value);
    return AKIN_OK;
}

akin_status ak_loss_params_check(const akin_loss_params *params, const akin_loss *loss, akin_error *err)
{
    for (const akin_opt_desc *o = loss->opts; o->name; o++) {
        if (o->type != AKIN_OPT_REAL) continue;
        const double value = akin_loss_params_get(params, o->name);
        if (!o->fallback && value == 0) continue; /* not given */
        if (!isfinite(value) || value < o->min || value > o->max)
            return ak_fail(err, AKIN_ERR_RANGE, "%s: %s is %g; it must be between %g and %g", loss->name,
                           o->name, value, o->min, o->max);
    }
    return AKIN_OK;
}
