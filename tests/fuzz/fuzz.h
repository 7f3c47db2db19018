/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz.h - what the fuzz targets share. A target is one file fuzz_NAME.c with the one function of
 * libFuzzer's interface; tools/fuzz.sh runs it on mutated inputs, replay.c on the corpus. */
#ifndef AK_TESTS_FUZZ_H
#define AK_TESTS_FUZZ_H

#include "base/base.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input from which a target takes what it needs. */
typedef struct fz_input {
    const uint8_t *at;
    size_t n;
} fz_input;

/* The last byte, which is an option; 0 when there is none. What stands before stays a file of its kind. */
static inline unsigned fz_option(fz_input *in) { return in->n ? in->at[--in->n] : 0; }

/* What stands before the next FZ_CUT, or all: a target of several files has them in one input. */
#define FZ_CUT "\n--cut--\n"
fz_input fz_part(fz_input *in);

/* The first bytes as a value: 0 where the input has ended. */
double fz_real(fz_input *in);                         /* any double: NaN, infinity, the smallest ones */
int64_t fz_int(fz_input *in, int64_t lo, int64_t hi); /* inclusive */

/* A path of this process's own folder, which is deleted when it ends; the file then holds the bytes. A
 * name may have one folder before it. The path is borrowed until the eighth call after this one. */
const char *fz_path(const char *name);
const char *fz_file(const char *name, const uint8_t *data, size_t n);

/* Where a target puts what it makes of bytes that it only wants to read. */
extern volatile unsigned fz_seen;

/* A copy with a 0 behind; free() frees it. */
char *fz_text(const uint8_t *data, size_t n);

/* Stops with the condition: a finding. */
#define FZ_CHECK(condition) ((condition) ? (void)0 : fz_stop(#condition, __FILE__, __LINE__))
void fz_stop(const char *condition, const char *file, int line);

/* What every function promises: success, or one line of text that can be shown. Returns whether it
 * succeeded. */
bool fz_said(akin_status status, const akin_error *err);

#endif
