/* SPDX-License-Identifier: Apache-2.0 */
/* loss/loss.h - what the losses share: one call, its parameters and its engine. */
#ifndef AK_LOSS_LOSS_H
#define AK_LOSS_LOSS_H

#include "dist/dist.h"
#include "loss/engine.h"

/* The items of a loss, here and on other ranks (ring.h). */
typedef struct ak_ring {
    ak_comm *comm;        /* NULL: there are no others */
    int rank, ranks;      /* 0 of 1 */
    int64_t all;          /* items of all ranks */
    const int64_t *items; /* [ranks] of each; NULL when alone */
    const int64_t *keys;  /* [ranks] further keys of each */
    akin_arena room;      /* for the pieces of other ranks */
    bool failed;          /* all ranks know of the error that is on its way up */
    bool divided;         /* walks go by blocks of rows (ring_whole.c) ... */
    ak_comm *sharers;     /* ... which these ranks share; NULL: this process has all. Then comm is NULL */
    int64_t *places;      /* [sharers + 1] */
} ak_ring;

/* One evaluation. */
typedef struct ak_loss_call {
    const akin_loss *loss;
    akin_loss_params p;
    akin_loss_batch in;
    akin_loss_grads out; /* empty where not wanted */
    bool want_grad;      /* any of out */
    ak_engine e;
    akin_arena *arena;
    ak_ring ring;
    double value; /* receives the loss */
    bool want_window;
    akin_loss_window window; /* difficult: receives the statistics of its window when wanted */
    bool want_permuted;
    akin_loss_permuted permuted; /* receives the loss with partners permuted when wanted */
    double log_scale, bias;      /* receive what akin_loss_grads wants where it is known */
    akin_error *err;
} ak_loss_call;

/* Compute call->value and write call->out. Shapes and parameters have been checked. */
typedef akin_status ak_loss_run_fn(ak_loss_call *call);

ak_loss_run_fn ak_run_ntxent, ak_run_infonce, ak_run_dcl, ak_run_dclw, ak_run_balanced, ak_run_spectral,
    ak_run_supcon, ak_run_nscl, ak_run_debiased, ak_run_hard_negative, ak_run_dual_temperature,
    ak_run_sigmoid, ak_run_align_uniform, ak_run_curl_hinge, ak_run_curl_logistic, ak_run_difficult,
    ak_run_sogclr, ak_run_vicreg, ak_run_barlow, ak_run_simsiam, ak_run_byol, ak_run_xclr, ak_run_y_aware,
    ak_run_rank_n_contrast, ak_run_isogclr, ak_run_dimcl, ak_run_matrix_ssl;

/* Scratch: n doubles, zeroed; NULL when the arena is full. */
double *ak_loss_vector(ak_loss_call *call, int64_t n);

/* Sum of value[i] over the n anchors of each rank, in order; AKIN_ERR_NUMERIC naming the anchor when one is
 * not finite. */
akin_status ak_loss_mean(ak_loss_call *call, const double *value, int64_t n, double scale);

akin_status ak_loss_no_scratch(ak_loss_call *call);

#endif
