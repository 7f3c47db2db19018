/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi.h - the state of a communicator over MPI, which its parts share: mpi.c begins it and says what
 * is to be done, mpi_thread.c does it, mpi_watch.c ends a job that stands still.
 *
 * One thread makes every call of MPI, also the first and the last, so that the least level of threads is
 * enough. It sleeps between its looks: the waits of MPI libraries spin, and the core belongs to whoever
 * calculates. */
#ifndef AK_DIST_MPI_H
#define AK_DIST_MPI_H

#include "dist/kind.h"
#include "dist/mpi_module.h"

#include <pthread.h>

typedef enum ak_op_kind { AK_OP_GATHER, AK_OP_SHARE, AK_OP_EXCHANGE, AK_OP_MEET, AK_OP_TRANSFER } ak_op_kind;

/* One direction of a transfer: pieces go one after the other. */
typedef struct ak_way {
    unsigned char *data;
    size_t left;
    int peer, slot; /* slot -1: no piece is under way */
    ak_mpi_world world;
} ak_way;

/* What the thread is to do. It belongs to the thread from submit to done. */
typedef struct ak_op {
    ak_op_kind kind;
    const void *mine; /* of an exchange: what goes out */
    void *data;
    int bytes, root, slot;
    const int *count[2], *place[2]; /* exchange: of out, of in; gather: the first */
    ak_way way[2];                  /* transfer: out, in */
    bool done;
    double began_s, ended_s;
    double waited_from_s; /* since when somebody waits for it; 0: nobody does */
    double moved_s;       /* when the last piece of it came */
    struct ak_op *next;
} ak_op;

enum { AK_POOL = 16, AK_POOL_RANK = 6 }; /* transfers at once, and AK_POOL_RANK more a rank, for flow.h */

/* What watchdogs say to each other. */
typedef struct ak_watch_word {
    int32_t asks;    /* 1: are you there?  0: yes */
    int32_t waiting; /* in an answer: whether it waits for others itself */
} ak_watch_word;

/* What a rank found out about another. */
typedef enum ak_peer { AK_PEER_SILENT, AK_PEER_BUSY, AK_PEER_WAITS } ak_peer;

typedef struct ak_watch {
    double limit_s;         /* 0: none */
    double asked_s, hold_s; /* when this rank asked, 0: it did not; until when another one's turn is */
    int answers, rounds;    /* heard since then; how often all ranks were found waiting */
    unsigned char *peer;    /* [size] of ak_peer */
    ak_watch_word *out;     /* [size] under way to each rank */
    int *slot;              /* [size] -1: nothing under way */
} ak_watch;

typedef struct ak_mpi_state {
    const ak_mpi *mpi;
    size_t piece; /* longer messages are cut */
    int rank, size;
    char version[AK_MPI_WORDS];
    char (*host)[AK_COMM_HOST_BYTES]; /* [size] */
    int *count[2], *place[2];
    ak_op *pool; /* [pool_count] of transfers */
    bool *pool_taken;
    int pool_count;
    pthread_t thread;
    pid_t process;

    pthread_mutex_t lock;
    pthread_cond_t news, done; /* for the thread; for who waits */
    ak_op *queue;              /* not yet seen by the thread */
    bool ready, closing, closed;
    int init_error;
    int abort_code; /* not 0: end the job */
    double pass_s;  /* when the thread looked last */

    ak_op *active; /* the thread's own from here on */
    ak_watch watch;
} ak_mpi_state;

/* The MPI libraries that there are modules for. */
typedef enum ak_mpi_library { AK_OPENMPI, AK_MPICH, AK_MPI_LIBRARIES } ak_mpi_library;
/* The table of its module.  AKIN_ERR_DISTRIBUTED with what is to be installed. */
akin_status ak_mpi_load(ak_mpi_library library, const ak_mpi **out, akin_error *err);
/* A communicator over it. */
akin_status ak_mpi_open(const ak_mpi *mpi, ak_comm **out, akin_error *err);

/* The start of the thread. */
void *ak_mpi_thread(void *state);
/* From within the thread: say why, and end the job. */
_Noreturn void ak_mpi_end_job(ak_mpi_state *s, int code, const char *why);
/* error of a call of the module, 0 for none; ends the job if there is one. */
void ak_mpi_check(ak_mpi_state *s, int error, const char *what);

/* One look of the watchdog. oldest_s: since when somebody of this rank waits; 0: nobody does. */
void ak_watch_look(ak_mpi_state *s, double oldest_s);

#endif
