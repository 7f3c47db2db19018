/* SPDX-License-Identifier: Apache-2.0 */
/* theory/zhang.h - what akin_zhang_evaluate() is made of, and the parts of [Zhang2025] that only the rows of
 * `bounds` and `diagnose` and the tests need. Functions of a graph take one that ak_zhang_check() accepts. */
#ifndef AK_THEORY_ZHANG_H
#define AK_THEORY_ZHANG_H

#include "akin/theory.h"

/* Two readings of the paper. BLOCK: its definition, every difficult pair of two classes weighs gamma.
 * MATCHED: what its proof of Theorem 3.4 computes with, only pairs of equal index do. The stated theorem
 * mixes both. */
typedef enum ak_zhang_model { AK_ZHANG_BLOCK, AK_ZHANG_MATCHED } ak_zhang_model;

typedef struct ak_zhang_mode {
    double value; /* eigenvalue of D^-1/2 A D^-1/2 */
    int64_t multiplicity;
} ak_zhang_mode;

enum { AK_ZHANG_MODES = 8 };

/* AKIN_ERR_RANGE unless 0 <= beta <= gamma <= alpha < 1, r and n >= 1 and 0 <= n_d <= n. */
akin_status ak_zhang_check(const akin_zhang_graph *g, akin_error *err);

/* The exact spectrum in closed form, decreasing; returns the number of modes. derived. */
int ak_zhang_spectrum(const akin_zhang_graph *g, ak_zhang_model model, ak_zhang_mode mode[AK_ZHANG_MODES]);
/* The k-th greatest eigenvalue, k counted from 1; NaN beyond the last. */
double ak_zhang_eigenvalue(const ak_zhang_mode *mode, int count, int64_t k);

/* 4 delta/(1-lambda) + 8 delta  [HaoChen2021 Thm B.3]. */
double ak_zhang_bound(double lambda, double delta);

/* The relaxed form of a bound: eps (the noise over sqrt(n(r+1)), see D5 in docs/diagnose.md) widens it to
 * 4 delta/(1 - lambda - x0 eps/((1-alpha)+n(alpha+r beta))) + 8 delta; infinity when that is not positive. */
double ak_zhang_relaxed(const akin_zhang_graph *g, double lambda, double delta, double eps);

/* "Potential" lower bound [Zhang2025 eq.66] with its assumed constant C; as stated. */
double ak_zhang_lower(const akin_zhang_graph *g, double phi, double constant);

/* Margin m_xx' [Zhang2025 eq.36] and temperature [Zhang2025 eq.57] of a pair, of which `difficult` items are
 * difficult. */
double ak_zhang_margin(const akin_zhang_graph *g, bool same_class, bool same_item, int difficult);
double ak_zhang_temperature(const akin_zhang_graph *g, bool same_class, int difficult);

/* The n at which the stated eigenvalue is lambda when share*n samples are difficult: what a printed
 * eigenvalue says about the n its authors used. */
double ak_zhang_implied_n(const akin_zhang_graph *g, double share, double lambda);

/* Welch's t of two means from their variances (n-1 in the denominator) and counts [Welch1947]; df its degrees
 * of freedom. */
double ak_welch(const double mean[2], const double variance[2], const double count[2], double *df);

#endif
