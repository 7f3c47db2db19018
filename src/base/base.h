/* SPDX-License-Identifier: Apache-2.0 */
/* base/base.h - internal side of akin/base.h and akin/tool/program.h. Depends on the C library only. */
#ifndef AK_BASE_BASE_H
#define AK_BASE_BASE_H

#include "akin/base.h"
#include "akin/tool/program.h"

#include <stdlib.h>

#if defined(__GNUC__)
#define AK_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define AK_PRINTF(fmt, first)
#endif

/* Fill err (if not NULL) and return status, so that failing reads as one line. What %s brings is made fit to
 * be shown, as akin_vformat() does. */
akin_status ak_fail(akin_error *err, akin_status status, const char *format, ...) AK_PRINTF(3, 4);

/* The sentence stays, and is of that status; returned. */
akin_status ak_fail_as(akin_error *err, akin_status status);

/* AKIN_ERR_NOMEM; the sentence is "no memory ", then format, such as "for the vocabulary". */
akin_status ak_no_memory(akin_error *err, const char *format, ...) AK_PRINTF(2, 3);

/* Leave early while nothing is owned yet. Once something is, use `goto done`. */
#define AK_TRY(expr)                                                                                         \
    do {                                                                                                     \
        const akin_status try_status_ = (expr);                                                              \
        if (try_status_ != AKIN_OK) return try_status_;                                                      \
    } while (0)

/* A pointer that a caller owes; else AKIN_ERR_ARGUMENT, "akin_writer_open: path is NULL". */
#define AK_GIVEN(pointer, err)                                                                               \
    do {                                                                                                     \
        if (!(pointer)) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: %s is NULL", __func__, #pointer);        \
    } while (0)

/* Copy the caller's options over the defaults in *opts. Older callers know fewer fields: the rest keep their
 * defaults. Newer callers are fine if the fields we do not know are zero, and refused otherwise. opts and
 * user start with a uint32_t struct_size. */
akin_status ak_opts_import(void *opts, const void *user, const char *who, akin_error *err);

/* A result into the caller's struct *out: as many bytes of *result as out->struct_size says, which stays.
 * Fields that the caller does not know are left out; those that the library does not know become zero. Both
 * start with a uint32_t struct_size.  AKIN_ERR_ARGUMENT when out is NULL or was not initialised. */
akin_status ak_result_export(void *out, const void *result, const char *who, akin_error *err);

/* The row of a table of options (ended by a row without a name) that is called name, into *row. who begins
 * the sentence of an error.  AKIN_ERR_ARGUMENT with "did you mean", or when name is NULL. */
akin_status ak_opt_find(const akin_opt_desc *rows, const char *name, const char *who, int *row,
                        akin_error *err);

/* AKIN_ERR_SHAPE unless a has data, at least one row and column, and stride >= cols. */
akin_status ak_check_view(akin_cmat a, const char *who, akin_error *err);

/* Scratch discipline: save, take, restore. NULL when the arena is full or n*m overflows. */
void *ak_arena_take(akin_arena *arena, size_t item, int64_t n, int64_t m);
#define ak_arena_array(arena, type, n, m) ((type *)ak_arena_take((arena), sizeof(type), (n), (m)))
size_t ak_arena_padded(size_t item, int64_t n, int64_t m); /* what take() would use; 0 on overflow */

/* 64-byte aligned heap memory of n*m items, zeroed; NULL when out of memory or on overflow. free() frees. */
void *ak_alloc(size_t item, int64_t n, int64_t m);

/* akin_memory_lack() is called by ak_fail(AKIN_ERR_NOMEM), ak_alloc(), ak_grow(), ak_path_join(),
 * ak_opendir(), ak_realpath() and what makes JSON. Call it where memory lacks and only NULL or no says so. */

/* Whether the program asked for what akin_memory_needed() promises. */
bool ak_memory_is_needed(void);
/* More often than the program accepts (akin_memory_needed()). */
bool ak_lacks_too_much(void);
/* So many processes share the memory of this machine: akin_memory_available() then tells the part of one. */
void ak_memory_share(int processes);
/* For akin_memory_needed(): from now on what Jansson asks for in vain is told too (json.c). */
void ak_json_watch(void);
/* AKIN_ERR_NOMEM where errno is ENOMEM, else otherwise. */
akin_status ak_status_of(int reason, akin_status otherwise);

/* Run fn over [0,n) in blocks of at least `grain`, split evenly: for work whose result does not depend on
 * where the blocks begin. The only place, with ak_parallel_tasks(), that knows OpenMP. */
typedef void ak_range_fn(int64_t begin, int64_t end, void *ctx);
void ak_parallel_for(int64_t n, int64_t grain, ak_range_fn *fn, void *ctx);

/* Run fn for tasks 0..n-1, handed out in order to whichever worker is free. worker < akin_threads() tells
 * which private memory to use; what a task computes must not depend on it. */
typedef void ak_task_fn(int64_t task, int worker, void *ctx);
void ak_parallel_tasks(int64_t n, ak_task_fn *fn, void *ctx);

/* From now on this thread, one that was started beside the others, does parallel work by itself. */
void ak_parallel_alone(void);

/* How many threads a library that uses the same runtime (oneDNN) sees from now on, in this thread: while its
 * objects are made for use inside ak_parallel_tasks(), 1. */
void ak_parallel_hint(int threads);

/* Seconds on a clock that never jumps. */
double ak_now_s(void);

/* Make room for n items in *data, an array in memory of malloc() that has room for *room; it doubles, and
 * *room follows. data is the address of the pointer. false when out of memory. */
bool ak_grow(void *data, int64_t *room, int64_t n, size_t item);

/* fsync the folder of path, so that a new name in it outlives a power cut.  AKIN_ERR_IO. */
akin_status ak_folder_sync(const char *path, akin_error *err);

/* For qsort() and bsearch(): numbers in ascending order. */
int ak_compare_double(const void *a, const void *b);
int ak_compare_int32(const void *a, const void *b);
/* Bytes as in a dictionary: by the first that differs, else the shorter first. Below, at or above 0. */
int ak_compare_bytes(const char *a, int64_t a_bytes, const char *b, int64_t b_bytes);

/* No NaN and no infinity among x[0..n). */
bool ak_all_finite(const float *x, int64_t n);

/* Write exactly bytes to fd: EINTR and short writes are not failures.  0 or errno. */
int ak_write_all(int fd, const void *data, size_t bytes);

/* As akin_file_load(), without the byte order mark that some editors write before UTF-8. */
akin_status ak_text_load(const char *path, size_t limit, char **text, size_t *bytes, akin_error *err);

/* The first bytes of a file, at most `size`. As ak_cannot_open() tells it where it cannot be opened. */
akin_status ak_file_head(const char *path, void *to, size_t size, size_t *got, akin_error *err);
/* open(), with O_CLOEXEC, fsync(), rename(), ftruncate() and flock(); made again where a signal interrupted
 * them. */
int ak_open(const char *path, int flags, mode_t mode);
int ak_fsync(int fd);
int ak_rename(const char *from, const char *to);
int ak_truncate(int fd, off_t bytes);
int ak_flock(int fd, int operation);
/* The open file is the one that has this name; symbolic links are not followed. When it is not, errno is
 * ENOENT, or what kept the name from being looked at. */
bool ak_file_is_at(int fd, const char *path);

/* A file of a set that appears together (files/file_set.c). Joined, a writer belongs to the set: commit only
 * flushes it under its temporary name, abort does nothing. Then place() renames it, and frees it on success,
 * or drop() deletes the temporary file and frees it. The folder is not synced. */
void ak_writer_join(akin_writer *w);
const char *ak_writer_temporary(const akin_writer *w);
akin_status ak_writer_place(akin_writer *w, akin_error *err);
void ak_writer_drop(akin_writer *w);
/* Delete what a killed writer left under a temporary name; false where it is anything else. */
bool ak_remove_left_over(const char *path);

static inline float *ak_row(akin_mat a, int64_t i) { return a.data + i * a.stride; }
static inline const float *ak_crow(akin_cmat a, int64_t i) { return a.data + i * a.stride; }

#endif
