/* SPDX-License-Identifier: Apache-2.0 */
/* base/late.h - functions of a library that is loaded when it is first wanted.
 *
 * Linked, a library makes every start of akin longer by the time that it and what it brings take to be loaded
 * and relocated: libheif of Debian 12 with its encoders by 4 ms, libarchive with libxml2 and ICU by 2. The
 * functions that a file needs are a list of names and a row of pointers in the same order:
 *
 *     #define FUNCTIONS(X) X(deflate) X(inflate)
 *     static const char *const NAMES[] = { AK_LATE_NAMES(FUNCTIONS) };
 *     static struct { AK_LATE_POINTERS(FUNCTIONS) } lib;
 *     ...
 *     AK_TRY(ak_late_load(&library, &lib, err));
 *     lib.inflate(...);
 */
#ifndef AK_BASE_LATE_H
#define AK_BASE_LATE_H

#include "base/base.h"

#include <stdatomic.h>

#define AK_LATE_NAME(name) #name,
#define AK_LATE_POINTER(name) __typeof__(name) *name;
#define AK_LATE_LINK(name) .name = name,
#define AK_LATE_NAMES(list) list(AK_LATE_NAME)
#define AK_LATE_POINTERS(list) list(AK_LATE_POINTER)
#define AK_LATE_LINKED(list) list(AK_LATE_LINK) /* for a build that is linked with the library */

typedef struct ak_late_library {
    const char *file;    /* the name that a program linked with it would load it by, "libz.so.1" */
    const char *what;    /* that needs it, as a sentence begins: "HEIF and AVIF images need" */
    const char *package; /* how to get it: "libheif (Debian: libheif1)" */
    const char *const *names;
    int n;
    atomic_bool loaded; /* its own */
} ak_late_library;

/* pointers: n of them, one for each name, set when this returns AKIN_OK; then a call costs nothing more.
 * Any thread may call it. AKIN_ERR_UNSUPPORTED (the library, or one of its functions, is not here; the next
 * call looks for it again), AKIN_ERR_NOMEM */
akin_status ak_late_load(ak_late_library *late, void *pointers, akin_error *err);

#endif
