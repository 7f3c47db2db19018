/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h - what the campaign (campaign.c), and the library that it loads into akin (fail.c), say to
 * each other.
 *
 * The library stands before all others (LD_PRELOAD). With FAULT_SERVER=IN,OUT in the environment the
 * program stops before main(): for each fault_order that comes from descriptor IN it forks, the child runs
 * the order's command line in the order's folder, and a fault_result goes to OUT. So nothing is loaded anew
 * for a point. Without FAULT_SERVER the point is taken from the environment, and the program runs as
 * always, as for a debugger: FAULT_KIND, FAULT_N, FAULT_EVER ... are the members of fault_point. */
#ifndef AK_TESTS_FAULT_H
#define AK_TESTS_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What fails. Each kind is counted by itself, from 1. */
enum fault_kind { FAULT_NOTHING, FAULT_ALLOCATION };

enum {
    FAULT_WORDS = 4096,
    FAULT_PATH = 512,
    FAULT_PLAN = 64,
    FAULT_LIBRARY = 64,
    FAULT_MOST_SITES = 1 << 20,
    FAULT_HANG_S = 10
};

typedef struct fault_point {
    int32_t kind; /* enum fault_kind */
    /* all from the n-th on fail, not that one alone */
    int32_t ever;
    /* also what libraries ask for; else what akin does, by itself, the C library or Jansson */
    int32_t everyone;
    /* nanoseconds by which the clock moves when it is read; 0 = it stands */
    int32_t tick;
    /* the call stack of the point goes to FOLDER.trace */
    int32_t trace;
    /* the sites of all go to FOLDER.sites: a uint64_t each, in their order */
    int32_t record;
    /* which fails, and a second one; 0 = none */
    int64_t n, also;
} fault_point;

/* The child works in folder. FOLDER.out and FOLDER.err take what it says; FOLDER/stdin is its standard input
 * where there is one. Each word of the command line ends with a 0; the first is the program's name. */
typedef struct fault_order {
    fault_point point;
    int32_t words;
    char line[FAULT_WORDS];
    char folder[FAULT_PATH];
    /* AKIN_CALLS of fail_calls.c, where that is loaded too; empty = no call fails */
    char calls[FAULT_PLAN];
} fault_order;

typedef struct fault_result {
    int32_t status;  /* of waitpid() */
    int32_t hung;    /* killed after FAULT_HANG_S seconds */
    int64_t count;   /* of the point's kind: how many there were */
    int64_t reached; /* how many failed */
    /* with everyone: the library in which it crashed or hung; "" = in akin's own code, or it did not */
    char crashed_in[FAULT_LIBRARY];
} fault_result;

/* Inside the library ---------------------------------------------------------------------------------- */

extern fault_point fault_now;

/* fail_calls.c: what its calls do from here on, and they are counted from 1 again. */
__attribute__((weak)) void calls_begin(const char *plan);

/* One more of the kind is asked for, by code at this address: must it fail? Counts, records and traces. */
bool fault_due(enum fault_kind kind, const void *caller);

#endif
