/* SPDX-License-Identifier: Apache-2.0 */
/* akin/base.h - the types every other header uses: status, error, matrix view, arena, arrays, files.
 *
 * Memory   Views borrow. Objects with a create/free pair are owned by the caller; free takes NULL.
 * Threads  Reentrant, apart from akin_set_threads(), which is for the start of a program.
 * Errors   A function that can fail returns a status; on failure it writes no output, and err (which may
 *          be NULL) holds one sentence: who, what was found, what was expected.
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

/* X(name, value, exit code of the program, meaning): the one list from which the enum, the names, the exit
 * codes and docs/errors.md are made. */
#define AKIN_STATUS_MAP(X)                                                                                   \
    X(OK, 0, 0, "success")                                                                                   \
    X(ERR_ARGUMENT, 1, 2, "a required argument is missing or has the wrong version")                         \
    X(ERR_SHAPE, 2, 3, "shapes do not agree")                                                                \
    X(ERR_RANGE, 3, 2, "a value is outside its allowed range")                                               \
    X(ERR_NOMEM, 4, 6, "out of memory or scratch space")                                                     \
    X(ERR_NUMERIC, 5, 4, "a result is not finite")                                                           \
    X(ERR_IO, 6, 5, "the operating system refused to store an output")                                       \
    X(ERR_FORMAT, 7, 3, "a file is damaged or not of the expected kind")                                     \
    X(ERR_UNSUPPORTED, 8, 2, "not available in this build or on this machine")                               \
    X(ERR_INPUT, 9, 3, "an input is missing, unreadable or unusable")                                        \
    X(ERR_INTERNAL, 10, 1, "a fault of akin itself")                                                         \
    X(ERR_CHECK, 11, 8, "a check did not hold")                                                              \
    X(ERR_INTERRUPTED, 12, 1, "stopped by a signal; the program exits with 128 plus its number")

typedef enum akin_status {
#define X(name, value, exit_code, text) AKIN_##name = value,
    AKIN_STATUS_MAP(X)
#undef X
} akin_status;

AKIN_API const char *akin_status_name(akin_status status); /* "AKIN_ERR_SHAPE"; never NULL */
AKIN_API const char *akin_status_text(akin_status status); /* the meaning above; never NULL */
AKIN_API int akin_status_exit_code(akin_status status);    /* what the program exits with */

AKIN_API const char *akin_version(void); /* "0.1.0" */
AKIN_API const char *akin_isa(void);     /* "avx512bf16", "avx512", "avx2" or "ref"; $AKIN_ISA forces one */

/* Filled on failure only. Callers own it; pass NULL when the status is enough. */
typedef struct akin_error {
    akin_status status;
    char message[764]; /* one sentence; long paths are shortened from the left */
} akin_error;

/* What a machine may lack, so that akin is built there without it. */
typedef struct akin_build_part {
    const char *name; /* "WebP" */
    bool present;
    const char *use;   /* what it is for: ".webp images" */
    const char *get;   /* what to install before akin is built again */
    const char *build; /* the option of the build that makes its absence an error: "AKIN_WEBP" */
} akin_build_part;

AKIN_API const akin_build_part *akin_build_part_at(int i); /* in a fixed order; NULL after the last */
/* AKIN_OK when the part is there, else AKIN_ERR_UNSUPPORTED: what is missing, and how to get it. */
AKIN_API akin_status akin_build_need(const char *name, akin_error *err);

/* Borrowed views of row-major float matrices: row i starts at data + i*stride. */
typedef struct akin_mat {
    float *data;
    int64_t rows, cols, stride;
} akin_mat;

typedef struct akin_cmat {
    const float *data;
    int64_t rows, cols, stride;
} akin_cmat;

/* Borrowed rows of numbers of different lengths, such as the tokens of sentences: row r is ids[start[r]] up to,
 * not including, ids[start[r+1]]. A row may be empty. */
typedef struct akin_ragged {
    const int32_t *ids;
    const int64_t *start; /* [rows+1], ascending from 0 */
    int64_t rows;
} akin_ragged;

static inline akin_cmat akin_const(akin_mat a)
{
    akin_cmat c = { a.data, a.rows, a.cols, a.stride };
    return c;
}

/* The arithmetic of the bulk of the work; sums and everything small are wider in all of them. */
typedef enum akin_precision {
    AKIN_PRECISION_F32,  /* float */
    AKIN_PRECISION_BF16, /* bfloat16 operands, float sums: about twice as fast where the processor has them */
    AKIN_PRECISION_F64,  /* double: the slow reference, where there is one */
} akin_precision;

/* A bump allocator over memory the caller owns. Blocks are 64-byte aligned. */
typedef struct akin_arena {
    unsigned char *base;
    size_t size, used;
} akin_arena;

AKIN_API void akin_arena_init(akin_arena *arena, void *memory, size_t bytes);

/* How many threads the library uses; 0 = all the cores this process may run on. */
AKIN_API void akin_set_threads(int threads);
AKIN_API int akin_threads(void);

/* Bytes this process may still take, of the machine's memory and of its control group's; -1 where nothing says so. */
AKIN_API int64_t akin_memory_available(void);

/* Options: one table feeds parsing, range checks, --help, the man page and the completion. ------------- */

typedef enum akin_opt_type {
    AKIN_OPT_FLAG,   /* present or absent */
    AKIN_OPT_INT,    /* a whole number */
    AKIN_OPT_REAL,   /* a finite number */
    AKIN_OPT_TEXT,   /* anything */
    AKIN_OPT_CHOICE, /* one of values, "a|b|c" */
} akin_opt_type;

typedef struct akin_opt_desc {
    const char *name; /* without dashes; NULL ends a table */
    akin_opt_type type;
    const char *fallback; /* the default as text; NULL = none */
    const char *values;   /* choices "a|b|c", or the placeholder in the help, such as "FILE" */
    double min, max;      /* INT and REAL: inclusive bounds; equal bounds = unbounded */
    const char *help;     /* one line, no full stop */
} akin_opt_desc;

/* Check text against desc (type, choices, bounds).  AKIN_ERR_RANGE with a sentence, or AKIN_OK; *value
 * (may be NULL) receives the number of an INT or REAL, the index of a CHOICE, and 1 for a FLAG. */
AKIN_API akin_status akin_opt_check(const akin_opt_desc *desc, const char *text, double *value,
                                    akin_error *err);

/* The name in a NULL-terminated list that is closest to text, or NULL if none is near: "did you mean". */
AKIN_API const char *akin_nearest_name(const char *text, const char *const *names);

/* Files: the one writer. ------------------------------------------------------------------------------
 * Bytes go to a temporary name in the target's folder; commit writes them out (fsync), renames, and syncs
 * the folder, so that under the final name there is the old file or the whole new one, whatever happens. */

typedef struct akin_writer akin_writer;

/* AKIN_ERR_IO with operation, path and the system's reason. */
AKIN_API akin_status akin_writer_open(const char *path, akin_writer **out, akin_error *err);
AKIN_API akin_status akin_writer_write(akin_writer *w, const void *data, size_t bytes, akin_error *err);
AKIN_API akin_status akin_writer_commit(akin_writer *w, akin_error *err); /* frees w, also on failure */
AKIN_API void akin_writer_abort(akin_writer *w);                          /* frees w and leaves no file */
AKIN_API akin_status akin_file_save(const char *path, const void *data, size_t bytes, akin_error *err);

/* The whole of a regular file, with a 0 byte after it.  AKIN_ERR_INPUT when it cannot be read or is larger
 * than limit bytes; the caller frees *data with free(). */
AKIN_API akin_status akin_file_load(const char *path, size_t limit, char **data, size_t *bytes,
                                    akin_error *err);

/* mkdir -p. */
AKIN_API akin_status akin_folder_make(const char *path, akin_error *err);

/* Arrays and .npy files. ------------------------------------------------------------------------------ */

typedef enum akin_dtype { AKIN_U8, AKIN_I32, AKIN_I64, AKIN_F32, AKIN_F64 } akin_dtype;
enum { AKIN_MAX_DIMS = 8 };

typedef struct akin_array {
    akin_dtype dtype;
    int ndim;
    int64_t shape[AKIN_MAX_DIMS];
    int64_t count; /* product of shape */
    void *data;    /* row-major, owned */
} akin_array;

/* Read NumPy's .npy, versions 1 to 3, little or big endian, C or Fortran order; bool, (u)int8 to (u)int64,
 * float16, float32 and float64 are converted to the nearest dtype above. The header is checked against the
 * length of the file before anything is allocated.  AKIN_ERR_INPUT (cannot be read), AKIN_ERR_FORMAT (damaged,
 * with offset, found and expected; or objects and strings, which are never unpickled), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_npy_load(const char *path, akin_array *out, akin_error *err);
AKIN_API akin_status akin_npy_save(const char *path, akin_dtype dtype, int ndim, const int64_t *shape,
                                   const void *data, akin_error *err);
AKIN_API void akin_array_free(akin_array *a); /* leaves *a zeroed */

/* As akin_npy_load, then [n,d] float32: a 1-D array becomes [n,1], more than two dimensions are refused
 * with AKIN_ERR_SHAPE, and a NaN or infinity with AKIN_ERR_INPUT naming its row and column. */
AKIN_API akin_status akin_npy_load_matrix(const char *path, akin_array *out, akin_error *err);

/* Labels: .npy of whole numbers, or text with one whole number a line.  out is I32 [n]. */
AKIN_API akin_status akin_labels_load(const char *path, akin_array *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_BASE_H */
