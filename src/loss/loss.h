/* SPDX-License-Identifier: Apache-2.0 */
/* loss/loss.h - what the losses share: one call, its parameters and its engine. */
#ifndef AKIN_SRC_LOSS_H
#define AKIN_SRC_LOSS_H

#include "loss/engine.h"

/* One evaluation. */
typedef struct akin_loss_call {
    const akin_loss *loss;
    akin_loss_params p;
    akin_loss_batch in;
    akin_loss_grads out; /* empty where not wanted */
    bool want_grad;      /* any of out */
    akin_precision precision;
    akin_engine e;
    akin_arena *arena;
    double value; /* receives the loss */
    bool want_window;
    akin_loss_window window; /* difficult: receives the statistics of its window when wanted */
    akin_error *err;
} akin_loss_call;

/* Compute call->value and write call->out. Shapes and parameters have been checked. */
typedef akin_status akin_loss_run_fn(akin_loss_call *call);

akin_loss_run_fn akin_run_ntxent, akin_run_infonce, akin_run_dcl, akin_run_dclw, akin_run_balanced,
    akin_run_spectral, akin_run_supcon, akin_run_nscl, akin_run_debiased, akin_run_hard_negative,
    akin_run_dual_temperature, akin_run_sigmoid, akin_run_align_uniform, akin_run_curl_hinge,
    akin_run_curl_logistic, akin_run_difficult;

/* Scratch: n doubles, zeroed; NULL when the arena is full. */
double *akin_loss_vector(akin_loss_call *call, int64_t n);

/* Sum over [0,n) of value[i], in order; AKIN_ERR_NUMERIC naming the anchor when one is not finite. */
akin_status akin_loss_mean(akin_loss_call *call, const double *value, int64_t n, double scale);

akin_status akin_loss_no_scratch(akin_loss_call *call);

#endif
