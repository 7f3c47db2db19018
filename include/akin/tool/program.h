/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/program.h - what a program like `akin` needs around the library: exit codes, tables of options,
 * "did you mean", what this build lacks, whole files, folders, labels.
 *
 * Memory   The caller frees what a function hands out; each says with what.
 * Threads  Reentrant.
 * Errors   As in akin/base.h.
 */
#ifndef AKIN_TOOL_PROGRAM_H
#define AKIN_TOOL_PROGRAM_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The code with which the program exits on this status; docs/errors.md lists them. */
AKIN_API int akin_status_exit_code(akin_status status);

/* Options. -------------------------------------------------------------------------------------------- */
/* One table of an option a row feeds parsing, range checks, --help, the manual page and the completion. */

typedef enum akin_opt_type {
    AKIN_OPT_FLAG,  /* present or absent */
    AKIN_OPT_INT,   /* a whole number */
    AKIN_OPT_REAL,  /* a finite number */
    AKIN_OPT_TEXT,  /* anything */
    AKIN_OPT_CHOICE /* one of values, "a|b|c" */
} akin_opt_type;

/* A row. Frozen: tables are arrays of it. */
typedef struct akin_opt_desc {
    const char *name; /* without dashes; NULL ends a table */
    akin_opt_type type;
    const char *fallback; /* the default as text; NULL = none */
    const char *values;   /* choices "a|b|c", or the placeholder in the help, such as "FILE" */
    double min, max;      /* INT and REAL: inclusive bounds; equal bounds = unbounded */
    const char *help;     /* one line, no full stop */
} akin_opt_desc;

/* Hold text against its row: type, choices, bounds. *value (may be NULL) receives the number of an INT or
 * REAL, the index of a CHOICE, and 1 for a FLAG.  AKIN_ERR_RANGE with a sentence that names the option. */
AKIN_API akin_status akin_opt_check(const akin_opt_desc *desc, const char *text, double *value,
                                    akin_error *err);

/* Call set() for each NAME=VALUE of pairs, one a line, as --set gives them; NULL and "" hold none. The first
 * status that is not AKIN_OK ends it and is returned. AKIN_ERR_ARGUMENT for a line of another form: names
 * have 1 to 63 bytes, values 1 to 1023. */
AKIN_API akin_status akin_option_pairs(const char *pairs,
                                       akin_status (*set)(const char *name, const char *value, void *ctx,
                                                          akin_error *err),
                                       void *ctx, akin_error *err);

/* The name in a NULL-terminated list that is closest to text, for "did you mean"; NULL when none is near. */
AKIN_API const char *akin_nearest_name(const char *text, const char *const *names);

/* The names of akin_precision, in its order, as an option's choices. */
#define AKIN_PRECISION_CHOICES "f32|bf16|f64"

/* This build and this machine. -------------------------------------------------------------------------- */

/* A library that a machine may lack; akin is then built without it. Owned by the library. */
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

/* Bytes this process may still take: the least of what the machine and its control group have left, and the
 * part of one where ranks share a host; -1 where nothing says so. */
AKIN_API int64_t akin_memory_available(void);

/* How often memory lacked in this process. Some questions ("is there such a file?") are answered by no where
 * there is no memory to find out. Who needs a true answer compares the number before and after. */
AKIN_API int64_t akin_memory_lacks(void);
AKIN_API void akin_memory_lack(void); /* it lacked once more */

/* For a program that ends when memory lacks: from now on, once it does, no writer gives a file its final name
 * (AKIN_ERR_NOMEM), so that none is made from half of what there is. It sets Jansson's allocation functions,
 * for the whole process, to ones that call those set before; so call it before there are threads. When words
 * are looked for it also sets ICU's default locale, which it does not use itself. Without it nothing of the
 * process is touched. */
AKIN_API void akin_memory_needed(void);

/* Floating-point operations a second (a multiply-add is two) of this build's matrix product, on operands
 * that stay in the cache and with all threads, measured for about that long. The speed of the losses is a
 * share of it. */
AKIN_API double akin_engine_peak(akin_precision precision, double seconds);

/* Whole files and folders. ------------------------------------------------------------------------------
 * A writer puts bytes into a file of a temporary name in the target's folder. Commit writes them out (fsync),
 * renames the file, and syncs the folder. So under the final name there is the old file or the whole new one,
 * whatever happens. */

typedef struct akin_writer akin_writer;

/* AKIN_ERR_IO with operation, path and the system's reason. */
AKIN_API akin_status akin_writer_open(const char *path, akin_writer **out, akin_error *err);
AKIN_API akin_status akin_writer_write(akin_writer *w, const void *data, size_t bytes, akin_error *err);
AKIN_API akin_status akin_writer_commit(akin_writer *w, akin_error *err); /* frees w, also on failure */
AKIN_API void akin_writer_abort(akin_writer *w);                          /* frees w and leaves no file */

/* The four above in one. */
AKIN_API akin_status akin_file_save(const char *path, const void *data, size_t bytes, akin_error *err);

/* The files of one result, which take their names together. All of them stand whole under temporary names
 * before anything of an older result is deleted. Of that one the file that is added last goes first, and the
 * new one comes last: where it is, all others are, and they are of one result. Where a step fails, the older
 * result is put back. */
typedef struct akin_files akin_files;

AKIN_API akin_status akin_files_create(akin_files **out, akin_error *err);
/* A writer for one of them; akin_writer_commit() must end it before akin_files_commit(), and abort is left to
 * akin_files_abort(). f NULL: as akin_writer_open().  AKIN_ERR_ARGUMENT for the 17th; else as that. */
AKIN_API akin_status akin_files_add(akin_files *f, const char *path, akin_writer **out, akin_error *err);
/* What an older result may have beside, and this one has not: it is deleted with the others. */
AKIN_API akin_status akin_files_older(akin_files *f, const char *path, akin_error *err);
/* akin_file_save() of one of them; f NULL: alone. */
AKIN_API akin_status akin_files_save(akin_files *f, const char *path, const void *data, size_t bytes,
                                     akin_error *err);
AKIN_API akin_status akin_files_commit(akin_files *f, akin_error *err); /* frees f, also on failure */
AKIN_API void akin_files_abort(akin_files *f);                          /* frees f; takes NULL */

/* The whole of a regular file, with a 0 byte after it. The caller frees *data with free(). *bytes (may be
 * NULL) receives the length without that byte.  AKIN_ERR_INPUT when it cannot be read or has more than
 * limit bytes. */
AKIN_API akin_status akin_file_load(const char *path, size_t limit, char **data, size_t *bytes,
                                    akin_error *err);

/* The folder and those above it, where they are missing, as `mkdir -p` does.  AKIN_ERR_IO. */
AKIN_API akin_status akin_folder_make(const char *path, akin_error *err);

/* What a path leads to. */
typedef enum akin_path_kind {
    AKIN_PATH_NONE,
    AKIN_PATH_FILE,
    AKIN_PATH_FOLDER,
    AKIN_PATH_STREAM /* a device or a pipe */
} akin_path_kind;

/* What is there under that name, links followed, and its bytes (may be NULL).  AKIN_ERR_IO, AKIN_ERR_NOMEM:
 * nobody knows, for want of permission to look or because a disk fails. */
AKIN_API akin_status akin_path_look(const char *path, akin_path_kind *kind, int64_t *bytes, akin_error *err);
/* Whether both names lead to one file or folder.  AKIN_ERR_INPUT, AKIN_ERR_NOMEM as above. */
AKIN_API akin_status akin_path_same(const char *a, const char *b, bool *same, akin_error *err);
/* Whether files can be made in folder, such as the one to be written, which the sentence names.  AKIN_ERR_IO,
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_folder_writable(const char *folder, const char *file, akin_error *err);

/* Features and labels in files. ------------------------------------------------------------------------ */

/* akin_npy_load(), or the items of a .npz (docs/formats.md), then [n,d] float32: a 1-D array becomes [n,1];
 * the rows of "rows-{00000..00003}.npy", where no file is called so, are those of four files in order;
 * more than two dimensions are refused with AKIN_ERR_SHAPE, a NaN or infinity with AKIN_ERR_INPUT naming
 * its row and column. */
AKIN_API akin_status akin_npy_load_matrix(const char *path, akin_array *out, akin_error *err);

/* What akin_npy_save() writes, into an open file that the caller commits or aborts. It fails as that does. */
AKIN_API akin_status akin_npy_write(akin_writer *w, akin_dtype dtype, int ndim, const int64_t *shape,
                                    const void *data, akin_error *err);
/* akin_npy_save() of a file that is one of those of a result; files NULL: alone. */
AKIN_API akin_status akin_npy_add(akin_files *files, const char *path, akin_dtype dtype, int ndim,
                                  const int64_t *shape, const void *data, akin_error *err);

/* Labels: .npy of whole numbers, those of a .npz, or text with one whole number a line. out is I32 [n]. */
AKIN_API akin_status akin_labels_load(const char *path, akin_array *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_PROGRAM_H */
