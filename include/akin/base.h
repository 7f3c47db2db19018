/* SPDX-License-Identifier: Apache-2.0 */
/* akin/base.h - the types every other header uses: status, error, matrix views, arena, arrays, .npy files.
 *
 * Memory   A view borrows. The caller owns every object with a create/free pair; free takes NULL.
 * Threads  Reentrant. Nothing is kept for the whole process but a number of threads, see akin_set_threads().
 * Errors   A function that can fail returns a status. On failure it writes no output, and err (which may
 *          be NULL) holds one sentence: who, what was found, what was expected.
 * NULL     A function that returns a status refuses NULL with AKIN_ERR_ARGUMENT, a matrix without data with
 *          AKIN_ERR_SHAPE. Others, such as those that tell about an object, must not be given NULL. Where it
 *          is allowed, the comment says so.
 * Promise  This is a header of the core tier: a program built with it works with every later library of the
 *          same major version (docs/api.md). Headers in akin/tool/ make no such promise.
 *
 * Example, runs as it is
 *     const float rows[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
 *     const int64_t shape[2] = { 2, 3 };
 *     akin_error err;
 *     akin_array array;
 *     if (akin_npy_save("rows.npy", AKIN_DTYPE_F32, 2, shape, rows, &err) ||
 *         akin_npy_load("rows.npy", &array, &err)) {
 *         fprintf(stderr, "%s\n", err.message);
 *         return 1;
 *     }
 *     printf("%d dimensions, %d numbers\n", array.ndim, (int)array.count);
 *     akin_array_free(&array);
 */
#ifndef AKIN_BASE_H
#define AKIN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AKIN_API __attribute__((visibility("default")))
#else
#define AKIN_API
#endif

/* What a function returns. docs/errors.md says more about each, with the program's exit codes. */
typedef enum akin_status {
    AKIN_OK = 0,
    AKIN_ERR_ARGUMENT = 1,     /* a required argument is missing or has the wrong version */
    AKIN_ERR_SHAPE = 2,        /* shapes do not agree */
    AKIN_ERR_RANGE = 3,        /* a value is outside its allowed range */
    AKIN_ERR_NOMEM = 4,        /* out of memory or scratch space */
    AKIN_ERR_NUMERIC = 5,      /* a result is not finite */
    AKIN_ERR_IO = 6,           /* the operating system refused to store an output */
    AKIN_ERR_FORMAT = 7,       /* a file is damaged or not of the expected kind */
    AKIN_ERR_UNSUPPORTED = 8,  /* not available in this build or on this machine */
    AKIN_ERR_INPUT = 9,        /* an input is missing, unreadable or unusable */
    AKIN_ERR_INTERNAL = 10,    /* a fault of akin itself */
    AKIN_ERR_CHECK = 11,       /* a check did not hold */
    AKIN_ERR_INTERRUPTED = 12, /* stopped by a signal */
    AKIN_ERR_DISTRIBUTED = 13  /* the processes of one job cannot go on together */
} akin_status;

AKIN_API const char *akin_status_name(akin_status status); /* "AKIN_ERR_SHAPE"; never NULL */
AKIN_API const char *akin_status_text(akin_status status); /* the meaning above; never NULL */

AKIN_API const char *akin_version(void); /* "0.1.0" */
AKIN_API const char *akin_isa(void);     /* "avx512bf16", "avx512", "avx2" or "ref"; $AKIN_ISA forces one */

/* Filled on failure only. The caller owns it; pass NULL when the status is enough. */
typedef struct akin_error {
    akin_status status;
    char message[764]; /* one sentence; long paths are shortened from the left */
} akin_error;

/* Borrowed views of row-major float matrices: row i starts at data + i*stride. */
typedef struct akin_mat {
    float *data;
    int64_t rows, cols, stride;
} akin_mat;

typedef struct akin_cmat {
    const float *data;
    int64_t rows, cols, stride;
} akin_cmat;

/* Borrowed rows of numbers of different lengths, such as the tokens of sentences: row r is ids[start[r]] up
 * to, not including, ids[start[r+1]]. A row may be empty. */
typedef struct akin_ragged {
    const int32_t *ids;
    const int64_t *start; /* [rows+1], ascending from 0 */
    int64_t rows;
} akin_ragged;

static inline akin_cmat akin_mat_const(akin_mat a)
{
    akin_cmat c = { a.data, a.rows, a.cols, a.stride };
    return c;
}

/* The arithmetic of the bulk of the work. Sums, and everything small, are wider in all of them. */
typedef enum akin_precision {
    AKIN_PRECISION_F32,  /* float */
    AKIN_PRECISION_BF16, /* bfloat16 operands, float sums: about twice as fast where the processor has them */
    AKIN_PRECISION_F64   /* double: the slow reference, where there is one */
} akin_precision;

/* "f32", "bf16", "f64"; never NULL. */
AKIN_API const char *akin_precision_name(akin_precision precision);

/* A bump allocator over memory the caller owns: a block is the next bytes of it, and all blocks are given
 * back together. Blocks are aligned to 64 bytes. */
typedef struct akin_arena {
    unsigned char *base;
    size_t size, used;
} akin_arena;

/* memory may be NULL and bytes 0: then nothing can be taken. */
AKIN_API void akin_arena_init(akin_arena *arena, void *memory, size_t bytes);

/* How many threads the library uses; 0 = all the cores this process may run on. It holds for the thread that
 * says it, and for those that have not used the library yet: a thread keeps the count of its first use, so
 * that nobody changes it under a call. */
AKIN_API void akin_set_threads(int threads);
AKIN_API int akin_threads(void);

/* Arrays and .npy files. ------------------------------------------------------------------------------ */

typedef enum akin_dtype {
    AKIN_DTYPE_U8,
    AKIN_DTYPE_I32,
    AKIN_DTYPE_I64,
    AKIN_DTYPE_F32,
    AKIN_DTYPE_F64
} akin_dtype;
enum { AKIN_MAX_DIMS = 8 };

typedef struct akin_array {
    akin_dtype dtype;
    int ndim;
    int64_t shape[AKIN_MAX_DIMS];
    int64_t count; /* product of shape */
    void *data;    /* row-major, owned */
} akin_array;

/* Read NumPy's .npy, versions 1 to 3, little or big endian, C or Fortran order. Bool, (u)int8 to (u)int64,
 * float16, float32 and float64 become the nearest dtype above. The header is held against the length of the
 * file before anything is allocated. *out need not be initialised; akin_array_free() frees it.
 *   AKIN_ERR_ARGUMENT  path or out is NULL
 *   AKIN_ERR_INPUT     the file cannot be read
 *   AKIN_ERR_FORMAT    it is damaged (with offset, found and expected), or holds objects or strings, which
 *                      are never unpickled
 *   AKIN_ERR_NOMEM     out of memory */
AKIN_API akin_status akin_npy_load(const char *path, akin_array *out, akin_error *err);

/* Write data, row-major, [shape[0], ..., shape[ndim-1]], as .npy version 1. Under the name path
 * there is the old file or the whole new one, whatever happens.
 *   AKIN_ERR_ARGUMENT  a pointer is NULL, no such dtype, or more than AKIN_MAX_DIMS dimensions
 *   AKIN_ERR_SHAPE     an extent below 0, or so many numbers that they cannot be counted
 *   AKIN_ERR_IO        the file cannot be stored */
AKIN_API akin_status akin_npy_save(const char *path, akin_dtype dtype, int ndim, const int64_t *shape,
                                   const void *data, akin_error *err);

AKIN_API void akin_array_free(akin_array *a); /* leaves *a zeroed; takes NULL */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_BASE_H */
