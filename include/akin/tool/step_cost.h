/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/step_cost.h - what a training step costs on several ranks: time, bytes and memory, from what one
 * rank of a kind does alone and from the network between them.
 *
 * The model. All ranks are alike, and so are their connections: full duplex, each rank with its own. A step
 * of `batch` items is cut as akin_train() cuts it. In this order a rank
 *
 *   encodes its chunks, and with more than one each but the last once more before it goes back through it;
 *       with a momentum encoder the keys besides, once and not back;
 *   evaluates its part of the loss, batch squared over the ranks, in walks over pieces of other ranks' rows:
 *       a piece takes the longer of the work on the piece before and its own way;
 *   adds up the gradients of all weights: each rank adds a slice of all others, then the slices are
 *       gathered; all `buckets` of them but the last go beside the backward pass of the last chunk.
 *       akin_train() has one for each 4 MiB;
 *   makes new weights.
 *
 * Agreements and sums of a few numbers come in between. How many there are, how many pieces and of how many
 * bytes, is counted in a rehearsal of the loss itself (src/loss/ring.h), not estimated. A message takes
 *
 *     latency_s + poll_s + bytes / bandwidth                  up to eager_bytes
 *     3 (latency_s + poll_s) + bytes / bandwidth              above: MPI asks, waits for the answer and sends
 *
 * and its beginning costs a rank message_s of its processor. A collective of small numbers is one message
 * from each rank to each other, all at once, with message_bytes of headers each.
 *
 * Left out: ranks that differ in speed, connections that several ranks share, reading of data, logging,
 * checkpoints, and in the memory the program, its libraries (about 40 MiB), MPI and the data.
 *
 * Units    Seconds; bytes; bytes a second. Counts of rows and items.
 * Threads  Both functions are reentrant.
 */
#ifndef AKIN_TOOL_STEP_COST_H
#define AKIN_TOOL_STEP_COST_H

#include "akin/loss.h"
#include "akin/tool/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_STEP_COSTS_INIT. */
typedef struct akin_step_costs {
    uint32_t struct_size;
    /* In which gradients are added up; 0: as akin_train() does it, 1: all of them after the backward pass. */
    int32_t buckets;
    /* The step, as the options of akin_train() have it. Given. */
    int64_t batch; /* items of all ranks; each has two rows */
    int64_t micro; /* items of a chunk, a divisor of batch; 0: each rank's part is one chunk */
    const akin_loss *loss;
    const akin_loss_params *params; /* NULL: the loss's defaults */
    akin_precision loss_precision;
    int32_t optimizer_arrays; /* numbers that the optimizer keeps of each weight: sgd and lars 1, adamw 2 */
    /* The encoder. akin_step_costs_count() fills these. */
    int64_t columns, features;               /* of a projection and of the features */
    int64_t weights, averages;               /* numbers with a gradient, and running averages of batch norm */
    int64_t image_numbers;                   /* of one row of the encoder's input */
    double encoder_bytes, encoder_row_bytes; /* memory: of its weights, and of each row of a chunk */
    /* One rank alone. Measured or given. */
    double chunk_s;                       /* of a chunk's forward pass, however few rows it has */
    double row_forward_s, row_backward_s; /* of each row, with what it takes to make the views in forward */
    double loss_s;                        /* the loss and its gradient of the whole batch, on one rank */
    double update_s;                      /* new weights and checks, for a step */
    double memory_bytes_per_s;            /* at which numbers are copied and added */
    /* The network. */
    double bandwidth; /* of one rank, each way */
    double latency_s; /* of the least message, one way */
    double message_s; /* of the processor, for each message */
    double poll_s;    /* until a message that has come is seen */
    double eager_bytes, message_bytes;
    /* Further options of akin_train(). 1: a momentum encoder makes the keys; with a queue of so many older
     * ones. 1: batch norm takes the statistics of all ranks; akin_step_costs_count() fills norms. */
    int32_t momentum_encoder, norm_all;
    int64_t queue, norms, norm_numbers; /* the last: means and variances of all norms' channels */
    int64_t predictor; /* simsiam, byol, matrix-ssl: its hidden units; its products are not counted */
} akin_step_costs;

/* poll_s: what src/dist/mpi_thread.c sleeps, on average. eager_bytes: Open MPI over TCP, 64 KiB with its
 * header. message_bytes: the headers of Ethernet, IP, TCP and MPI. memory_bytes_per_s: a slow machine's. */
#define AKIN_STEP_COSTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_step_costs), .optimizer_arrays = 2, .memory_bytes_per_s = 4e9,            \
        .message_s = 1e-6, .poll_s = 1e-4, .eager_bytes = 65472, .message_bytes = 128                        \
    }

/* What a step of so many ranks costs the rank that has most to do. */
typedef struct akin_step_cost {
    uint32_t struct_size;
    int32_t ranks;
    int64_t items, chunks; /* of that rank */
    double step_s;         /* the sum of the next five */
    double encoder_s;      /* forward and backward */
    double loss_s;         /* its own work on the loss */
    double loss_wait_s;    /* for pieces of others */
    double exchange_s;     /* gradients and agreements, as far as they are not beside the backward pass */
    double update_s;
    double images_per_s; /* items of all ranks: of each two views are encoded */
    double efficiency;   /* speed beside so many times that of one rank; 0..1, or above where chunks shrink */
    /* What a rank receives in a step, and sends as much. */
    double loss_bytes, gradient_bytes, other_bytes;
    int64_t pieces, rounds; /* of rows of other ranks, in all walks; collectives */
    double memory_bytes;    /* of a rank; without the data */
} akin_step_cost;

#define AKIN_STEP_COST_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_step_cost)                                                                \
    }

enum { AKIN_STEP_COST_RANKS = 4096 };

/* Fill what the encoder says of itself, for images [channels,height,width].
 *   AKIN_ERR_ARGUMENT  costs is NULL or was not initialised
 *   and what akin_encoder_create() returns */
AKIN_API akin_status akin_step_costs_count(akin_step_costs *costs, const akin_encoder_opts *encoder,
                                           int64_t height, int64_t width, int64_t channels, akin_error *err);

/* The cost of a step on `ranks` ranks.
 *   AKIN_ERR_ARGUMENT  costs or out is NULL or was not initialised; the step has fewer chunks than ranks;
 *                      micro does not divide batch
 *   AKIN_ERR_RANGE     ranks is not in 1..AKIN_STEP_COST_RANKS; a time, a count or a bandwidth is not usable;
 *                      bandwidth counts only for several ranks
 *   AKIN_ERR_NOMEM     out of memory
 *   and what akin_loss_eval() returns of the loss and its parameters */
AKIN_API akin_status akin_step_cost_of(const akin_step_costs *costs, int32_t ranks, akin_step_cost *out,
                                       akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_STEP_COST_H */
