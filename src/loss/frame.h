/* SPDX-License-Identifier: Apache-2.0 */
/* loss/frame.h - losses whose anchors need log-sum-exps over their negatives.
 *
 * With m_i = log sum_k exp(alpha s_ik) over the negatives k of anchor i (and a second one with alpha2 where
 * a loss needs it), p_i = s_i,positive and l(m_i, m2_i, p_i) the loss of an anchor,
 *
 *     dl_i/ds_ik = l_m alpha exp(alpha s_ik - m_i) + l_m2 alpha2 exp(alpha2 s_ik - m2_i)
 *     dl_i/dp_i  = l_p
 *
 * so a loss is the four numbers of ak_anchor. The positive is never inside the tiles: p_i is computed in
 * double from the rows as given, and l_p is made from m_i - alpha p_i, so that it keeps its relative
 * precision when the pair is learned.
 *
 * Range. While 2 alpha / log 2 < 120, exp(alpha (s - 1)) neither overflows nor underflows and one reference
 * does for all rows (EXP, TWO). Above, a walk for the maximum of each row comes first, and each side of a
 * pair has its own exponentials (EXP_WIDE, TWO_WIDE). */
#ifndef AK_LOSS_FRAME_H
#define AK_LOSS_FRAME_H

#include "loss/loss.h"
#include "loss/permuted.h"

#define AK_LOG2E 1.4426950408889634074

typedef struct ak_anchor {
    double value, by_lse[2], by_positive; /* l, l_m and l_m2, l_p */
} ak_anchor;

typedef struct ak_frame ak_frame;
typedef ak_anchor ak_anchor_fn(const ak_frame *f, int64_t i, const double lse[2], double positive);

struct ak_frame {
    /* The loss says: */
    ak_loss_call *call;
    ak_anchor_fn *fn;
    double alpha[2]; /* nats; the second is used when exponents = 2 */
    int exponents;
    bool views;            /* queries and keys are Z = [a; b], else queries are a and keys are b */
    bool two_sided;        /* !views: keys are anchors too */
    bool subtracts;        /* a sum over the negatives is subtracted from: no rounded similarities */
    const int32_t *labels; /* views: rows of equal label are no negatives */
    const double *extra;   /* [n] for fn */
    /* Makes extra from the positives of n pairs, where it depends on them. */
    akin_status (*weights)(const ak_frame *f, const double *positive, double *out);
    /* Not 0: the positive is in the sum, as any other row would be, so that the value depends on who is the
     * partner through -linear times its similarity alone. */
    double linear;
    /* [n], views only: every anchor has a factor of its own, of which alpha[0] is the largest; and pairs more
     * similar than its bound are no negatives. NULL: neither. */
    double *own_alpha, *own_bound;
    bool scaled; /* the value depends on alpha through alpha s alone: call->log_scale can be told */
    /* The frame fills: */
    ak_pair_rows rows[3]; /* queries, keys (!views), further keys */
    ak_walk walk[2];
    int first, walks; /* walks first..walks-1: keys_only leaves out the first */
    int64_t n, shift; /* anchors of a side; the positive of query i is key i + shift */
    double negatives; /* per anchor */
    double anchors;   /* of all ranks */
    bool wide;
    double *positive, *value, *coef;  /* [n] */
    double *sum[2][2], *weight[2][2]; /* [side][exponent]: sums of exponentials, and their weights */
    double *most[2];                  /* [side]: largest s */
    double *along, *above;         /* own_alpha: sums of exponentials times s; how many are above the bound */
    ak_permuted strangers;         /* where they are wanted, with room for two numbers an item */
    double *stranger, *extra_with; /* [items]: the similarity of a_i with its stranger, and extra */
    double *home, *extra_home;     /* those of the item whose stranger b_i is */
    struct ak_lost_sum *lost;      /* [sides n], see frame_permuted.c */
};

/* exp(alpha (s - reference)) of an anchor; 0 where that is no negative of it. */
static inline double ak_frame_term(const ak_frame *f, int64_t anchor, int t, double s, double reference)
{
    if (!f->own_alpha) return __builtin_exp(f->alpha[t] * (s - reference));
    return s > f->own_bound[anchor] ? 0 : __builtin_exp(f->own_alpha[anchor] * (s - reference));
}

/* With partners permuted: after the sums and the values. */
akin_status ak_frame_permuted(ak_frame *f, double each);
bool ak_frame_permuted_room(ak_frame *f); /* false: the arena is full */

/* Prepare the rows and the positives; then the rest of the loss. Between the two a loss may look at
 * f->positive. */
akin_status ak_frame_prepare(ak_frame *f);
akin_status ak_frame_evaluate(ak_frame *f);

/* The gradient's last step, for a loss that has filled the dz of f->rows and f->coef (per side, not yet
 * summed over the two anchors of a pair): dL/dz = scale dz + each coef z_positive. */
void ak_frame_gradient(ak_frame *f, double scale, double each);

static inline double ak_log1p_exp(double x)
{
    return x > 0 ? x + __builtin_log1p(__builtin_exp(-x)) : __builtin_log1p(__builtin_exp(x));
}
static inline double ak_sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + __builtin_exp(-x)) : __builtin_exp(x) / (1 + __builtin_exp(x));
}

#endif
