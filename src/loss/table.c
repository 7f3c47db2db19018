/* SPDX-License-Identifier: Apache-2.0 */
/* loss/table.c - the only list of losses: names, papers, formulas, parameters and functions. The program,
 * the help, the tests and docs/losses.md all walk it; a new loss is one row here and its function. */
#include "loss/table.h"

#include <string.h>

#define END                                                                                                  \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }
/* A number from least to most; fallback is its default as text, NULL where it is optional. */
#define REAL(option, default_text, placeholder, least, most, line)                                           \
    {                                                                                                        \
        .name = option, .type = AKIN_OPT_REAL, .fallback = default_text, .values = placeholder,              \
        .min = least, .max = most, .help = line                                                              \
    }
#define FLAG(option, line)                                                                                   \
    {                                                                                                        \
        .name = option, .type = AKIN_OPT_FLAG, .help = line                                                  \
    }
#define TEMPERATURE(default_text)                                                                            \
    REAL("temperature", default_text, "T", 1e-4, 1e4, "divides every similarity")
#define SYMMETRIC FLAG("symmetric", "mean of both directions, a to b and b to a")
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
    FLAG("include-positive", "the positive is in the sum too"),
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
    { .name = "mode",
      .type = AKIN_OPT_CHOICE,
      .fallback = "combined",
      .values = "remove|margin|temperature|combined",
      .help = "what is done with the selected pairs" },
    REAL("pos-high", "0.15", "F", 0, 1, "pairs more similar than this fraction of the row are left alone"),
    REAL("pos-low", "0.22", "F", 0, 1, "pairs less similar than this fraction of the row are left alone"),
    REAL("sigma", "0.03", "S", 0, 100, "margin added to the similarity of a selected pair"),
    REAL("rho", "0.6", "R", 1e-3, 1e12, "factor on the temperature of a selected pair"),
    FLAG("one-sided", "the rows of a against the rows of b, as infonce"),
    END,
};

static const akin_opt_desc SOGCLR[] = {
    TEMPERATURE("0.1"),
    REAL("average-share", "0.9", "G", 1e-4, 1, "share of the batch in an item's average; 1 = dcl"), END
};
static const akin_opt_desc ISOGCLR[] = {
    TEMPERATURE("0.1"), REAL("average-share", "0.9", "G", 1e-4, 1, "share of the batch in an item's average"),
    REAL("rho", "0.3", "R", 0, 100, "what a temperature costs: weights of negatives are so far from equal"),
    END
};
static const akin_opt_desc VICREG[] = {
    REAL("invariance", "25", "W", 0, 1e6, "weight of the distance between the views"),
    REAL("variance", "25", "W", 0, 1e6, "weight of the hinge on the deviations of columns"),
    REAL("covariance", "1", "W", 0, 1e6, "weight of the covariances of columns"), END
};
static const akin_opt_desc BARLOW[] = {
    REAL("lambda", "0.005", "L", 1e-6, 1e6, "weight of the correlations of different columns"), END
};
static const akin_opt_desc DIMCL[] = {
    TEMPERATURE("0.1"),
    REAL("weight", "0.1", "W", 0, 1, "of the columns; the base has the rest"),
    { .name = "base",
      .type = AKIN_OPT_CHOICE,
      .fallback = "ntxent",
      .values = "none|ntxent|barlow|vicreg",
      .help = "the loss that is added, with its own defaults" },
    REAL("base-temperature", NULL, "T", 1e-4, 1e4, "of the base, where that has one [its default]"),
    END,
};
static const akin_opt_desc MATRIX_SSL[] = {
    REAL("lambda", "1", "L", 1e-6, 1e6, "weight of the cross-covariance's uniformity"),
    REAL("match-weight", "1", "G", 0, 1e6, "weight of the match of the covariances"),
    REAL("mu", "1", "MU", 1e-3, 1e6, "added to their diagonals"),
    REAL("align-weight", "0", "W", 0, 1e6,
         "weight of HSIC, the squares of the cross-covariance; kernel-ssl: 0.006"),
    END,
};
static const akin_opt_desc XCLR[] = {
    TEMPERATURE("0.1"),
    REAL("target-temperature", NULL, "T", 1e-3, 1e4,
         "shares of the targets are e^(weight/T), of unknown pairs e^0 [in proportion to the weights]"),
    FLAG("partner-only", "the partner alone is a positive; other known ones are left out"),
    FLAG("known-only", "negatives are the pairs that are known to differ; unknown ones are left out"), END
};
static const akin_opt_desc Y_AWARE[] = {
    TEMPERATURE("0.1"), REAL("bandwidth", "1", "H", 1e-9, 1e12, "of the kernel, in the targets' unit"), END
};
static const akin_opt_desc RANK_N_CONTRAST[] = { TEMPERATURE("2"), END };

/* What a loss can do and asks for, beside its needs. */
enum { NEEDS_NEGATIVES = 1, TAKES_KEYS = 2 };

static const struct row {
    akin_loss loss; /* first: a pointer to it is a pointer to its row */
    const akin_opt_desc *opts;
    ak_loss_run_fn *run;
    ak_levels_fn *levels;
    unsigned traits;
} ROWS[] = {
    { .loss = { .name = "ntxent",
                .paper = "[Chen2020 eq.1]",
                .line = "softmax over all other rows of both views (SimCLR)",
                .formula = "-s_ij/t + log sum_{k != i} exp(s_ik/t), mean over the 2n rows of both views" },
      .opts = NTXENT,
      .run = ak_run_ntxent,
      .levels = ak_levels_ntxent,
      .traits = NEEDS_NEGATIVES | TAKES_KEYS },
    { .loss = { .name = "infonce",
                .paper = "[Oord2018 eq.4]",
                .line = "softmax of each row of a over the rows of b (CPC; symmetric: CLIP)",
                .formula = "-a_i.b_i/t + log sum_k exp(a_i.b_k/t), mean over the n rows of a" },
      .opts = INFONCE,
      .run = ak_run_infonce,
      .levels = ak_levels_infonce,
      .traits = NEEDS_NEGATIVES | TAKES_KEYS },
    { .loss = { .name = "dcl",
                .paper = "[Yeh2022]",
                .line = "ntxent without the positive in the sum (decoupled)",
                .formula = "-s_ij/t + log sum_{k != i,j} exp(s_ik/t), mean over the 2n rows of both views" },
      .opts = DCL,
      .run = ak_run_dcl,
      .levels = ak_levels_dcl,
      .traits = NEEDS_NEGATIVES | TAKES_KEYS },
    { .loss = { .name = "dclw",
                .paper = "[Yeh2022]",
                .line = "dcl with positives weighted by how far apart they are",
                .formula = "-w_i s_ij/t + log sum_{k != i,j} exp(s_ik/t), w_i = stop(2 - n "
                           "softmax_i(a_i.b_i/sigma))" },
      .opts = DCLW,
      .run = ak_run_dclw,
      .levels = ak_levels_dcl,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "flatnce",
                .paper = "[Chen2021]",
                .line = "the same value and gradient as dcl, under its other name",
                .formula = "log sum_{k != i,j} exp((s_ik - s_ij)/t), mean over the 2n rows of both views" },
      .opts = DCL,
      .run = ak_run_dcl,
      .levels = ak_levels_dcl,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "balanced",
                .paper = "[Lee2025]",
                .line = "attraction and repulsion with weights of their own",
                .formula =
                    "-s_ij + (lambda/alpha) log( c sum_{k != i,j} exp(alpha s_ik) ), mean over the 2n rows" },
      .opts = BALANCED,
      .run = ak_run_balanced,
      .levels = ak_levels_balanced,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "spectral",
                .paper = "[HaoChen2021]",
                .line = "matrix factorisation: squares instead of a softmax",
                .formula = "(1/mu) ( -(2/n) sum_i a_i.b_i + sum_{i != k} (a_i.b_k)^2 / (n(n-1)) )",
                .needs = AKIN_LOSS_UNITLESS },
      .opts = SPECTRAL,
      .run = ak_run_spectral,
      .levels = ak_levels_spectral,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "supcon",
                .paper = "[Khosla2020 eq.2]",
                .line = "all rows of the same label are positives",
                .formula =
                    "(t/t0) mean_i { -(1/|P|) sum_{p in P} ( s_ip/t - log sum_{k != i} exp(s_ik/t) ) }",
                .needs = AKIN_LOSS_LABELS },
      .opts = SUPCON,
      .run = ak_run_supcon,
      .levels = ak_levels_supcon,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "nscl",
                .paper = "[Luthra2025]",
                .line = "dcl whose negatives are the rows of other labels",
                .formula =
                    "-s_ij/t + log sum_{k: y_k != y_i} exp(s_ik/t), mean over the 2n rows of both views",
                .needs = AKIN_LOSS_LABELS },
      .opts = NSCL,
      .run = ak_run_nscl,
      .levels = ak_levels_nscl,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "debiased",
                .paper = "[Chuang2020]",
                .line = "ntxent corrected for false negatives",
                .formula = "log(1 + g/e^{s_ij/t}), g = max( (sum_Neg e^{s/t} - tau N e^{s_ij/t})/(1-tau), N "
                           "e^{-1/t} )" },
      .opts = DEBIASED,
      .run = ak_run_debiased,
      .levels = ak_levels_debiased,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "hard-negative",
                .paper = "[Robinson2021]",
                .line = "debiased with hard negatives weighted up",
                .formula = "debiased with weights e^{beta s_ik/t} / mean_Neg e^{beta s/t} on the negatives" },
      .opts = HARD_NEGATIVE,
      .run = ak_run_hard_negative,
      .levels = ak_levels_debiased,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "dual-temperature",
                .paper = "[Zhang2022]",
                .line = "infonce whose anchors are weighted at a second temperature",
                .formula = "stop((1-q_i)/(1-p_i)) (-log p_i), p and q the softmax of the positive at t and "
                           "t*ratio" },
      .opts = DUAL_TEMPERATURE,
      .run = ak_run_dual_temperature,
      .levels = ak_levels_dual_temperature,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "sigmoid",
                .paper = "[Zhai2023]",
                .line = "every pair judged alone (SigLIP)",
                .formula = "-(1/n) sum_{i,k} log sigmoid( +-(scale a_i.b_k + bias) ), + on the diagonal" },
      .opts = SIGMOID,
      .run = ak_run_sigmoid,
      .levels = ak_levels_sigmoid },
    { .loss = { .name = "align-uniform",
                .paper = "[Wang2020]",
                .line = "alignment of the views plus uniformity on the sphere",
                .formula =
                    "mean |a_i-b_i|^2 + weight/2 (U(a) + U(b)), U(x) = log mean_{i<k} exp(-2|x_i-x_k|^2)",
                .needs = AKIN_LOSS_UNITLESS },
      .opts = ALIGN_UNIFORM,
      .run = ak_run_align_uniform,
      .levels = ak_levels_align_uniform,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "curl-hinge",
                .paper = "[Arora2019]",
                .line = "hinge loss of triples with blocks",
                .formula = "max(0, 1 + max_q(-v_q)), v_q = a.(mean positives - mean negatives_q)",
                .needs = AKIN_LOSS_TRIPLES | AKIN_LOSS_UNITLESS },
      .opts = NOTHING,
      .run = ak_run_curl_hinge,
      .levels = ak_levels_curl_hinge },
    { .loss = { .name = "curl-logistic",
                .paper = "[Arora2019]",
                .line = "logistic loss of triples with blocks, in bits",
                .formula = "log2(1 + sum_q e^{-v_q}), v_q = a.(mean positives - mean negatives_q)",
                .needs = AKIN_LOSS_TRIPLES | AKIN_LOSS_BITS },
      .opts = NOTHING,
      .run = ak_run_curl_logistic,
      .levels = ak_levels_curl_logistic },
    { .loss = { .name = "difficult",
                .paper = "[Zhang2025 eq.12-16]",
                .line = "ntxent with the pairs of a window of similarity treated apart",
                .formula = "-logit_ij + log sum_{k != i} exp(logit_ik), logit = (s + p sigma)/((p rho + 1-p) "
                           "t) or s(1-p)/t; "
                           "one-sided: k over b",
                .needs = AKIN_LOSS_FEATURES },
      .opts = DIFFICULT,
      .run = ak_run_difficult,
      .levels = ak_levels_difficult,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "sogclr",
                .paper = "[Yuan2022]",
                .line = "dcl whose sum is an average over the steps, for small batches (SogCLR)",
                .formula = "-s_ij/t + log((2n-2) u_i), u_i = (1-g) u_item + g mean_{k != i,j} "
                           "exp(s_ik/t), u_i a constant where g < 1" },
      .opts = SOGCLR,
      .run = ak_run_sogclr,
      .levels = ak_levels_sogclr,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "isogclr",
                .paper = "[Qiu2023 eq.3-5]",
                .line = "sogclr with a temperature of each item, which is learned (iSogCLR)",
                .formula =
                    "t_i (log u_i + rho), u_i = (1-g) u_item + g mean_{k != i,j} exp((s_ik - s_ij)/t_i), "
                    "u_i a constant where g < 1" },
      .opts = ISOGCLR,
      .run = ak_run_isogclr,
      .levels = ak_levels_isogclr,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "vicreg",
                .paper = "[Bardes2022 eq.1-6]",
                .line = "columns with spread and without covariance; no negatives (VICReg)",
                .formula =
                    "invariance mean (a-b)^2 + variance/2 (h(a) + h(b)) + covariance (c(a) + c(b)), h = "
                    "mean_j max(0, 1 - sqrt(C_jj + 1e-4)), c = sum_{j != k} C_jk^2 / d",
                .needs = AKIN_LOSS_COLUMNS | AKIN_LOSS_UNITLESS },
      .opts = VICREG,
      .run = ak_run_vicreg,
      .levels = ak_levels_vicreg,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "barlow",
                .paper = "[Zbontar2021 eq.1-2]",
                .line = "the views' columns correlate with their own alone; no negatives (Barlow Twins)",
                .formula =
                    "sum_j (1 - C_jj)^2 + lambda sum_{j != k} C_jk^2, C the correlations of the columns "
                    "of a with those of b",
                .needs = AKIN_LOSS_COLUMNS | AKIN_LOSS_UNITLESS },
      .opts = BARLOW,
      .run = ak_run_barlow,
      .levels = ak_levels_barlow,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "dimcl",
                .paper = "[NguyenDim2023]",
                .line = "ntxent over columns instead of rows, beside a base loss (DimCL)",
                .formula = "weight mean ( -C_ii/t + log sum_{k != i} exp(C_ik/t) ) + (1 - weight) base, "
                           "mean over the 2d columns of both views, C their correlations",
                .needs = AKIN_LOSS_COLUMNS | AKIN_LOSS_UNITLESS },
      .opts = DIMCL,
      .run = ak_run_dimcl,
      .levels = ak_levels_dimcl,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "matrix-ssl",
                .paper = "[Zhang2023M]",
                .line = "covariances are matched as matrices, the cross-covariance is spread; no negatives "
                        "(Matrix-SSL)",
                .formula = "-lambda log |det(C_pz + mu I)| - G tr((C_pp + mu I) log(C_zz + mu I)) - W "
                           "|C_pz|^2, C covariances of unit rows, p = targets, or the partner, mean over z = "
                           "a, b",
                .needs = AKIN_LOSS_COLUMNS | AKIN_LOSS_TARGETS | AKIN_LOSS_UNITLESS },
      .opts = MATRIX_SSL,
      .run = ak_run_matrix_ssl,
      .levels = ak_levels_matrix_ssl,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "simsiam",
                .paper = "[ChenHe2021 eq.1-4]",
                .line = "a predictor of the other view, which has no gradient; no negatives (SimSiam)",
                .formula = "- p_i.y_i, mean over the 2n rows of both views, y = targets, or the partner",
                .needs = AKIN_LOSS_TARGETS | AKIN_LOSS_UNITLESS },
      .opts = NOTHING,
      .run = ak_run_simsiam,
      .levels = ak_levels_simsiam },
    { .loss = { .name = "byol",
                .paper = "[Grill2020 eq.2]",
                .line = "as simsiam, the other view encoded by averaged weights; no negatives (BYOL)",
                .formula =
                    "|p_a - y_b|^2 + |p_b - y_a|^2, mean over the n items, y = targets, or the partner",
                .needs = AKIN_LOSS_TARGETS | AKIN_LOSS_UNITLESS },
      .opts = NOTHING,
      .run = ak_run_byol,
      .levels = ak_levels_byol },
    { .loss = { .name = "xclr",
                .paper = "[Sobal2025 eq.2]",
                .line = "softmax with targets from a sparse graph of pairs (X-CLR)",
                .formula =
                    "sum_k T_ik ( log sum_{l in D_i} exp(s_il/t) - s_ik/t ), T_ik as the weight of the "
                    "pair (i,k), mean over the 2n rows of both views",
                .needs = AKIN_LOSS_LINKS },
      .opts = XCLR,
      .run = ak_run_xclr,
      .levels = ak_levels_xclr,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "y-aware",
                .paper = "[Dufumier2021 eq.2]",
                .line = "softmax with targets from a kernel of continuous targets",
                .formula =
                    "sum_k T_ik ( log sum_{l != i} exp(s_il/t) - s_ik/t ), T_ik ~ exp(-|y_i - y_k|^2/(2 "
                    "h^2)), mean over the 2n rows of both views",
                .needs = AKIN_LOSS_LABELS | AKIN_LOSS_VALUES },
      .opts = Y_AWARE,
      .run = ak_run_y_aware,
      .levels = ak_levels_y_aware,
      .traits = NEEDS_NEGATIVES },
    { .loss = { .name = "rank-n-contrast",
                .paper = "[Zha2023 eq.1-2]",
                .line = "rows lie in the order of their continuous targets",
                .formula = "mean_{i, j != i} ( log sum_{k: d_ik >= d_ij} exp(-|x_i-x_k|/t) + |x_i-x_j|/t ), "
                           "d_ik = |y_i - y_k|",
                .needs = AKIN_LOSS_LABELS | AKIN_LOSS_VALUES },
      .opts = RANK_N_CONTRAST,
      .run = ak_run_rank_n_contrast,
      .levels = ak_levels_rank_n_contrast,
      .traits = NEEDS_NEGATIVES },
};
_Static_assert(offsetof(struct row, loss) == 0, "row_of() needs it");

enum { LOSSES = sizeof ROWS / sizeof *ROWS };

static const struct row *row_of(const akin_loss *loss) { return (const struct row *)(const void *)loss; }

ak_loss_run_fn *ak_loss_run_of(const akin_loss *loss) { return row_of(loss)->run; }
const akin_opt_desc *ak_loss_options_of(const akin_loss *loss) { return row_of(loss)->opts; }
ak_levels_fn *ak_loss_levels_of(const akin_loss *loss) { return row_of(loss)->levels; }
bool ak_loss_needs_negatives(const akin_loss *loss) { return row_of(loss)->traits & NEEDS_NEGATIVES; }

bool ak_loss_takes_keys(const akin_loss *loss, const akin_loss_params *params)
{
    return row_of(loss)->traits & TAKES_KEYS && !params->symmetric;
}

bool ak_loss_is_listed(const akin_loss *loss)
{
    for (int i = 0; i < LOSSES; i++)
        if (loss == &ROWS[i].loss) return true;
    return false;
}

akin_status ak_loss_check_listed(const akin_loss *loss, akin_error *err)
{
    if (ak_loss_is_listed(loss)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT, "loss: loss is none that akin_loss_at() or akin_loss_find() gave");
}

const akin_loss *akin_loss_at(int i) { return i >= 0 && i < LOSSES ? &ROWS[i].loss : NULL; }

const akin_opt_desc *akin_loss_option_at(const akin_loss *loss, int i)
{
    if (!loss || i < 0 || !ak_loss_is_listed(loss)) return NULL;
    const akin_opt_desc *o = row_of(loss)->opts;
    while (i > 0 && o->name) i--, o++;
    return o->name ? o : NULL;
}

const akin_loss *akin_loss_find(const char *name)
{
    for (int i = 0; name && i < LOSSES; i++)
        if (strcmp(ROWS[i].loss.name, name) == 0) return &ROWS[i].loss;
    return NULL;
}
