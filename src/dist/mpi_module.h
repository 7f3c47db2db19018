/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi_module.h - what a module built against one MPI library gives akin: a table of functions in plain C
 * types, so that no type of MPI crosses. All of them are called by one thread, that which called init().
 *
 * A function that begins something gives it a number ("slot"), with which poll() asks whether it has ended.
 * Those that can fail return 0, or an error that explain() puts into words. */
#ifndef AK_DIST_MPI_MODULE_H
#define AK_DIST_MPI_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/* Worlds that do not meet: what ranks tell each other, on two channels, and what the watchdogs ask. */
typedef enum ak_mpi_world { AK_MPI_WORK, AK_MPI_SECOND, AK_MPI_WATCH, AK_MPI_WORLDS } ak_mpi_world;

enum { AK_MPI_TABLE = 2, AK_MPI_WORDS = 256 };

typedef struct ak_mpi {
    int table;        /* AK_MPI_TABLE of the akin it was built with */
    const char *name; /* "Open MPI" */

    int (*init)(int *rank, int *size);
    void (*finalize)(void);
    void (*abort)(int code); /* all ranks; does not return */
    void (*explain)(int error, char words[AK_MPI_WORDS]);
    /* The first line of what the library says it is, and the name of this host. */
    void (*version)(char words[AK_MPI_WORDS]);
    void (*host)(char words[AK_MPI_WORDS]);

    int (*send)(const void *data, int bytes, int to, ak_mpi_world world, int *slot);
    int (*receive)(void *data, int bytes, int from, ak_mpi_world world, int *slot);
    /* A short message of any rank, if one has come. */
    int (*hear)(void *data, int bytes, ak_mpi_world world, bool *heard, int *from);
    /* Counts and places are bytes. The caller's own stand in their place already. */
    int (*gather)(void *all, const int *count, const int *place, int *slot);
    int (*share)(void *data, int bytes, int root, int *slot);
    int (*exchange)(const void *out, const int *out_count, const int *out_place, void *in,
                    const int *in_count, const int *in_place, int *slot);
    int (*meet)(int *slot);             /* ends when every rank has begun it */
    int (*poll)(int slot, bool *ended); /* has it ended? Then the slot is free again */
} ak_mpi;

/* The one symbol of a module. */
#define AK_MPI_SYMBOL "akin_mpi_module"
const ak_mpi *akin_mpi_module(void);

#endif
