/* SPDX-License-Identifier: Apache-2.0 */
/* cases.h - the list of command lines that the campaign disturbs (verbs.list). */
#ifndef AK_TESTS_FAULT_CASES_H
#define AK_TESTS_FAULT_CASES_H

#include <stdint.h>

typedef struct fault_case {
    char *name;    /* the verb and its form */
    char *from;    /* what it finds in its folder: names in the prepared folder, with blanks between */
    char *run;     /* the command line, without the program's name */
    char *again;   /* the command line that goes on, or NULL: then run must leave all or nothing */
    char *may;     /* patterns of paths in which that may differ, or NULL */
    char *but;     /* patterns of paths that differ each time, or NULL; (output): standard output does */
    int32_t lines; /* so many lines of errors may be told, beyond one */
    int32_t tick;  /* nanoseconds by which the clock moves at each look */
} fault_case;

/* Reads the list; ends the program with a sentence where it cannot. */
fault_case *cases_read(const char *path, int *count);

#endif
