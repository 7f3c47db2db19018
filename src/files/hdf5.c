/* SPDX-License-Identifier: Apache-2.0 */
/* files/hdf5.c - files of HDF5 by libhdf5, the only file that knows it.
 *
 * The library is loaded by its name at the first file: linked, it made every start of akin 24 ms longer. One
 * lock is held around all that is done with it, since Debian's is not made for threads; what it would print
 * about errors is off as long, and on again as it was. Links that lead to another file, data that lie outside
 * and views of other data sets are never followed. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "files/hdf5.h"

#include "base/path.h"
#include "base/plain.h"

#include <dlfcn.h>
#include <errno.h>
#include <hdf5.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Since 1.12 there are two of it; the first is that of before. */
#if H5_VERSION_GE(1, 12, 0)
#define LINK_INFO H5Lget_info1
#define OF_LINKS(X) X(H5Lget_info1)
typedef H5L_info1_t link_info;
#else
#define LINK_INFO H5Lget_info
#define OF_LINKS(X) X(H5Lget_info)
typedef H5L_info_t link_info;
#endif

/* What is used of the library. */
#define FUNCTIONS(X)                                                                                         \
    OF_LINKS(X)                                                                                              \
    X(H5open)                                                                                                \
    X(H5Eget_auto2)                                                                                          \
    X(H5Eset_auto2)                                                                                          \
    X(H5Ewalk2)                                                                                              \
    X(H5Eclear2)                                                                                             \
    X(H5Pcreate)                                                                                             \
    X(H5Pclose)                                                                                              \
    X(H5Pset_fclose_degree)                                                                                  \
    X(H5Pget_layout)                                                                                         \
    X(H5Pget_external_count)                                                                                 \
    X(H5Fopen)                                                                                               \
    X(H5Fclose)                                                                                              \
    X(H5Oopen)                                                                                               \
    X(H5Oclose)                                                                                              \
    X(H5Gget_num_objs)                                                                                       \
    X(H5Gget_objname_by_idx)                                                                                 \
    X(H5Gget_objtype_by_idx)                                                                                 \
    X(H5Dopen2)                                                                                              \
    X(H5Dclose)                                                                                              \
    X(H5Dget_space)                                                                                          \
    X(H5Dget_type)                                                                                           \
    X(H5Dget_create_plist)                                                                                   \
    X(H5Dget_storage_size)                                                                                   \
    X(H5Dread)                                                                                               \
    X(H5Dvlen_reclaim)                                                                                       \
    X(H5Sget_simple_extent_ndims)                                                                            \
    X(H5Sget_simple_extent_dims)                                                                             \
    X(H5Sget_simple_extent_type)                                                                             \
    X(H5Sclose)                                                                                              \
    X(H5Tget_class)                                                                                          \
    X(H5Tget_size)                                                                                           \
    X(H5Tget_sign)                                                                                           \
    X(H5Tget_nmembers)                                                                                       \
    X(H5Tis_variable_str)                                                                                    \
    X(H5Tget_cset)                                                                                           \
    X(H5Tget_strpad)                                                                                         \
    X(H5Tset_cset)                                                                                           \
    X(H5Tset_size)                                                                                           \
    X(H5Tcopy)                                                                                               \
    X(H5Tclose)
#define TYPES(X)                                                                                             \
    X(H5T_NATIVE_UINT8_g)                                                                                    \
    X(H5T_NATIVE_INT32_g)                                                                                    \
    X(H5T_NATIVE_INT64_g)                                                                                    \
    X(H5T_NATIVE_UINT64_g)                                                                                   \
    X(H5T_NATIVE_FLOAT_g)                                                                                    \
    X(H5T_NATIVE_DOUBLE_g)                                                                                   \
    X(H5T_C_S1_g)                                                                                            \
    X(H5P_CLS_FILE_ACCESS_ID_g)

static struct {
    void *handle;
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
    TYPES(X)
#undef X
} h5;

enum { READ_ONLY = 0 }; /* H5F_ACC_RDONLY, which calls the library by name */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct ak_hdf5 {
    char *path;
    hid_t file;
    ak_hdf5_array *array;
    int64_t n, room;
};

/* The library -------------------------------------------------------------------------------------------- */

/* A pointer to a function out of one to an object, as POSIX has it. */
static bool find(void *where, const char *name, void *to)
{
    void *at = dlsym(where, name);
    memcpy(to, &at, sizeof at);
    return at != NULL;
}

static akin_status load_library(akin_error *err)
{
    if (h5.handle) return AKIN_OK;
    bool all = true;
    errno = 0;
    h5.handle = dlopen(AK_HDF5_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!h5.handle) {
        const bool lacks = errno == ENOMEM; /* its words may be of a file that cannot be opened */
        const char *why = dlerror();
        if (lacks || (why && strstr(why, "memory"))) return ak_no_memory(err, "for the library of HDF5");
        return ak_fail(
            err, AKIN_ERR_UNSUPPORTED,
            "files of HDF5 need the library %s, which is not here; install HDF5 (Debian: libhdf5-dev)",
            AK_HDF5_LIBRARY);
    }
#define X(name) all = all && find(h5.handle, #name, &h5.name);
    FUNCTIONS(X)
#undef X
    /* In a program that is linked with the library its variables lie in the program. */
    void *const where =
        dlsym(RTLD_DEFAULT, "H5open") == dlsym(h5.handle, "H5open") ? RTLD_DEFAULT : h5.handle;
#define X(name) all = all && find(where, #name, &h5.name);
    TYPES(X)
#undef X
    if (all && h5.H5open() >= 0) return AKIN_OK;
    dlclose(h5.handle);
    h5.handle = NULL;
    if (all) return ak_no_memory(err, "to begin with the library of HDF5");
    return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the library %s is another than akin was built for",
                   AK_HDF5_LIBRARY);
}

/* How errors were told before. */
typedef struct quiet {
    H5E_auto2_t told;
    void *ctx;
} quiet;

static akin_status begin(quiet *q, akin_error *err)
{
    pthread_mutex_lock(&lock);
    const akin_status status = load_library(err);
    if (status) {
        pthread_mutex_unlock(&lock);
        return status;
    }
    h5.H5Eget_auto2(H5E_DEFAULT, &q->told, &q->ctx);
    h5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    errno = 0;
    return AKIN_OK;
}

static void end(const quiet *q)
{
    h5.H5Eclear2(H5E_DEFAULT);
    h5.H5Eset_auto2(H5E_DEFAULT, q->told, q->ctx);
    pthread_mutex_unlock(&lock);
}

/* The deepest reason comes first. */
static herr_t on_error(unsigned n, const H5E_error2_t *e, void *ctx)
{
    char *text = ctx;
    if (n == 0 && e->desc) snprintf(text, 200, "%s", e->desc);
    return 0;
}

static akin_status failed(const ak_hdf5 *f, const char *name, akin_error *err)
{
    char reason[200] = "";
    const int cause = errno; /* it was zeroed before; the library does not say what the system said */
    h5.H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, on_error, reason);
    if (cause == EIO || cause == EMFILE || cause == ENFILE || cause == EACCES)
        return ak_fail(err, AKIN_ERR_IO, "cannot read '%s': %s", f->path, ak_strerror(cause));
    if (cause == ENOMEM || strstr(reason, "memory allocation failed") || strstr(reason, "out of memory"))
        return ak_no_memory(err, "to read '%s'", f->path);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s%s%s' is damaged, or cut, or no file of HDF5 that is read: %s",
                   f->path, *name ? ":/" : "", name, *reason ? reason : "no reason given");
}

/* Which arrays there are --------------------------------------------------------------------------------- */

/* What of an array its headers say. */
static bool look(hid_t data, ak_hdf5_array *a)
{
    hsize_t shape[H5S_MAX_RANK];
    const hid_t space = h5.H5Dget_space(data), type = h5.H5Dget_type(data);
    const int ndim = space < 0 ? -1 : h5.H5Sget_simple_extent_ndims(space);
    bool fine = type >= 0 && ndim >= 0 && ndim <= H5S_MAX_RANK &&
                (ndim == 0 || h5.H5Sget_simple_extent_dims(space, shape, NULL) == ndim);
    const bool there = fine && h5.H5Sget_simple_extent_type(space) != H5S_NULL && ndim <= AKIN_MAX_DIMS;
    const H5T_class_t kind = fine ? h5.H5Tget_class(type) : H5T_NO_CLASS;
    const size_t bytes = fine ? h5.H5Tget_size(type) : 0;
    for (int k = 0; k < ndim && there; k++) {
        fine = fine && shape[k] <= INT64_MAX;
        a->shape[k] = (int64_t)shape[k];
    }
    a->ndim = there ? ndim : 0;
    a->numbers = there && ((kind == H5T_INTEGER && bytes <= 8) || (kind == H5T_FLOAT && bytes <= 8) ||
                           (kind == H5T_ENUM && bytes == 1 && h5.H5Tget_nmembers(type) == 2));
    a->texts = there && kind == H5T_STRING;
    if (space >= 0) h5.H5Sclose(space);
    if (type >= 0) h5.H5Tclose(type);
    return fine;
}

static akin_status add_array(ak_hdf5 *f, const char *name, akin_error *err)
{
    ak_hdf5_array a = { .ndim = 0 };
    if (f->n == AK_HDF5_ARRAYS)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has more than %d data sets", f->path, AK_HDF5_ARRAYS);
    const hid_t data = h5.H5Dopen2(f->file, name, H5P_DEFAULT);
    const bool fine = data >= 0 && look(data, &a);
    akin_status status = fine ? AKIN_OK : failed(f, name, err);
    if (data >= 0) h5.H5Dclose(data);
    if (status) return status;
    a.name = strdup(name);
    if (!a.name || !ak_grow(&f->array, &f->room, f->n + 1, sizeof *f->array)) {
        free(a.name);
        return ak_no_memory(err, "for the data sets of '%s'", f->path);
    }
    f->array[f->n++] = a;
    return AKIN_OK;
}

static akin_status walk(ak_hdf5 *f, hid_t group, const char *path, int depth, akin_error *err);

static akin_status visit(ak_hdf5 *f, hid_t group, const char *path, hsize_t i, int depth, akin_error *err)
{
    char name[1024], whole[2048];
    link_info link;
    const ssize_t n = h5.H5Gget_objname_by_idx(group, i, name, sizeof name);
    if (n < 0) return failed(f, path, err);
    const int length = snprintf(whole, sizeof whole, "%s%s%s", path, *path ? "/" : "", name);
    if ((size_t)n >= sizeof name || length < 0 || (size_t)length >= sizeof whole)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has a name of more than 1,000 bytes", f->path);
    if (h5.LINK_INFO(group, name, &link, H5P_DEFAULT) < 0) return failed(f, path, err);
    if (link.type != H5L_TYPE_HARD) return AKIN_OK; /* HDF5 1.14 would look where it leads */
    const H5G_obj_t kind = h5.H5Gget_objtype_by_idx(group, i);
    if (kind == H5G_UNKNOWN) return failed(f, path, err);
    if (kind == H5G_DATASET) return add_array(f, whole, err);
    if (kind != H5G_GROUP) return AKIN_OK; /* a named type */
    if (depth == AK_HDF5_DEPTH)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has groups in groups more than %d deep", f->path,
                       AK_HDF5_DEPTH);
    const hid_t below = h5.H5Oopen(group, name, H5P_DEFAULT);
    if (below < 0) return failed(f, whole, err);
    const akin_status status = walk(f, below, whole, depth + 1, err);
    h5.H5Oclose(below);
    return status;
}

static akin_status walk(ak_hdf5 *f, hid_t group, const char *path, int depth, akin_error *err)
{
    hsize_t n = 0;
    if (h5.H5Gget_num_objs(group, &n) < 0) return failed(f, path, err);
    for (hsize_t i = 0; i < n; i++) AK_TRY(visit(f, group, path, i, depth, err));
    return AKIN_OK;
}

/* Opening ------------------------------------------------------------------------------------------------ */

static akin_status open_file(ak_hdf5 *f, akin_error *err)
{
    const hid_t how = h5.H5Pcreate(*h5.H5P_CLS_FILE_ACCESS_ID_g);
    if (how >= 0 && h5.H5Pset_fclose_degree(how, H5F_CLOSE_STRONG) >= 0)
        f->file = h5.H5Fopen(f->path, READ_ONLY, how);
    akin_status status = f->file < 0 ? failed(f, "", err) : AKIN_OK;
    if (how >= 0) h5.H5Pclose(how);
    if (status) return status;
    const hid_t root = h5.H5Oopen(f->file, "/", H5P_DEFAULT);
    if (root < 0) return failed(f, "", err);
    status = walk(f, root, "", 0, err);
    h5.H5Oclose(root);
    return status;
}

akin_status ak_hdf5_open(const char *path, ak_hdf5 **out, akin_error *err)
{
    ak_hdf5 *f = calloc(1, sizeof *f);
    quiet q;
    if (f) f->path = strdup(path);
    if (!f || !f->path) {
        free(f);
        return ak_no_memory(err, "to open '%s'", path);
    }
    f->file = -1;
    akin_status status = access(path, R_OK) == 0 ? AKIN_OK : ak_cannot_open(path, err);
    if (!status) status = begin(&q, err);
    if (status) {
        free(f->path);
        free(f);
        return status;
    }
    status = open_file(f, err);
    end(&q);
    if (status)
        ak_hdf5_close(f);
    else
        *out = f;
    return status;
}

void ak_hdf5_close(ak_hdf5 *f)
{
    quiet q;
    if (!f) return;
    if (f->file >= 0 && begin(&q, NULL) == AKIN_OK) {
        h5.H5Fclose(f->file);
        end(&q);
    }
    for (int64_t i = 0; i < f->n; i++) free(f->array[i].name);
    free(f->array);
    free(f->path);
    free(f);
}

int64_t ak_hdf5_count(const ak_hdf5 *f) { return f->n; }
const ak_hdf5_array *ak_hdf5_at(const ak_hdf5 *f, int64_t i) { return &f->array[i]; }

/* Reading ------------------------------------------------------------------------------------------------ */

static akin_status count_items(const ak_hdf5 *f, int64_t i, int64_t *count, akin_error *err)
{
    const ak_hdf5_array *a = &f->array[i];
    *count = 1;
    for (int k = 0; k < a->ndim; k++) {
        if (a->shape[k] && *count > INT64_MAX / 16 / a->shape[k])
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s:/%s' says that it has more items than can be counted",
                           f->path, a->name);
        *count *= a->shape[k];
    }
    return AKIN_OK;
}

/* Before memory is taken: its data lie in the file, and are not too few for what it says. */
static akin_status check_storage(const ak_hdf5 *f, int64_t i, hid_t data, int64_t bytes, akin_error *err)
{
    const char *name = f->array[i].name;
    const hid_t how = h5.H5Dget_create_plist(data);
    if (how < 0) return failed(f, name, err);
    const bool outside = h5.H5Pget_layout(how) == H5D_VIRTUAL || h5.H5Pget_external_count(how) > 0;
    h5.H5Pclose(how);
    if (outside)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s:/%s' has its data elsewhere; copy them into one file (h5repack)", f->path, name);
    const hsize_t stored = h5.H5Dget_storage_size(data);
    if (bytes <= AK_HDF5_FREE || (hsize_t)bytes / AK_HDF5_TIMES <= stored) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s:/%s' says that it has %lld bytes, over %d times the %lld stored: damaged, or made to "
                   "fill memory",
                   f->path, name, (long long)bytes, AK_HDF5_TIMES, (long long)stored);
}

/* How its items are read. */
typedef struct form {
    akin_dtype dtype;
    hid_t memory;
    bool truth, whole; /* whole: 64 bits without a sign */
} form;

static form form_of(hid_t type)
{
    const H5T_class_t kind = h5.H5Tget_class(type);
    const size_t bytes = h5.H5Tget_size(type);
    const bool sign = kind == H5T_INTEGER && h5.H5Tget_sign(type) != H5T_SGN_NONE;
    if (kind == H5T_ENUM) return (form){ AKIN_DTYPE_U8, *h5.H5T_NATIVE_UINT8_g, true, false };
    if (kind == H5T_FLOAT && bytes <= 4)
        return (form){ AKIN_DTYPE_F32, *h5.H5T_NATIVE_FLOAT_g, false, false };
    if (kind == H5T_FLOAT) return (form){ AKIN_DTYPE_F64, *h5.H5T_NATIVE_DOUBLE_g, false, false };
    if (bytes == 1 && !sign) return (form){ AKIN_DTYPE_U8, *h5.H5T_NATIVE_UINT8_g, false, false };
    if (bytes < 4 || (bytes == 4 && sign))
        return (form){ AKIN_DTYPE_I32, *h5.H5T_NATIVE_INT32_g, false, false };
    if (sign || bytes < 8) return (form){ AKIN_DTYPE_I64, *h5.H5T_NATIVE_INT64_g, false, false };
    return (form){ AKIN_DTYPE_I64, *h5.H5T_NATIVE_UINT64_g, false, true };
}

static akin_status check_whole(const ak_hdf5 *f, int64_t i, const akin_array *a, akin_error *err)
{
    for (int64_t k = 0; k < a->count; k++)
        if (((const int64_t *)a->data)[k] < 0)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s:/%s': item %lld (from 0) is above 2^63-1", f->path,
                           f->array[i].name, (long long)k);
    return AKIN_OK;
}

static akin_status read_numbers(const ak_hdf5 *f, int64_t i, hid_t data, hid_t type, akin_array *a,
                                bool *truth, akin_error *err)
{
    static const int BYTES[] = { 1, 4, 8, 4, 8 };
    const ak_hdf5_array *of = &f->array[i];
    const form how = form_of(type);
    *a = (akin_array){ .dtype = how.dtype, .ndim = of->ndim };
    memcpy(a->shape, of->shape, sizeof a->shape);
    AK_TRY(count_items(f, i, &a->count, err));
    AK_TRY(check_storage(f, i, data, a->count * BYTES[how.dtype], err));
    a->data = ak_alloc((size_t)BYTES[how.dtype], a->count ? a->count : 1, 1);
    if (!a->data)
        return ak_no_memory(err, "for the %lld items of '%s:/%s'", (long long)a->count, f->path, of->name);
    if (truth) *truth = how.truth;
    if (a->count && h5.H5Dread(data, how.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->data) < 0)
        return failed(f, of->name, err);
    for (int64_t k = 0; k < a->count && how.truth; k++)
        ((uint8_t *)a->data)[k] = ((uint8_t *)a->data)[k] != 0;
    return how.whole ? check_whole(f, i, a, err) : AKIN_OK;
}

akin_status ak_hdf5_load(const ak_hdf5 *f, int64_t i, akin_array *out, bool *truth, akin_error *err)
{
    quiet q;
    akin_array a = { .data = NULL };
    const ak_hdf5_array *of = &f->array[i];
    if (!of->numbers)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s:/%s' holds no numbers of up to 64 bits", f->path, of->name);
    AK_TRY(begin(&q, err));
    const hid_t data = h5.H5Dopen2(f->file, of->name, H5P_DEFAULT),
                type = data < 0 ? -1 : h5.H5Dget_type(data);
    akin_status status = type < 0 ? failed(f, of->name, err) : read_numbers(f, i, data, type, &a, truth, err);
    if (type >= 0) h5.H5Tclose(type);
    if (data >= 0) h5.H5Dclose(data);
    end(&q);
    if (status)
        akin_array_free(&a);
    else
        *out = a;
    return status;
}

/* Texts -------------------------------------------------------------------------------------------------- */

/* n texts in one block, as akin_names has them. */
static akin_status take_texts(const ak_hdf5 *f, int64_t n, char *const *text, const size_t *bytes,
                              akin_names *out, akin_error *err)
{
    size_t room = 1;
    for (int64_t k = 0; k < n; k++) room += sizeof(char *) + bytes[k] + 1;
    char **name = malloc(room);
    if (!name) return ak_no_memory(err, "for the names of '%s'", f->path);
    char *to = (char *)(name + n);
    for (int64_t k = 0; k < n; k++) {
        name[k] = to;
        if (bytes[k]) memcpy(to, text[k], bytes[k]);
        to[bytes[k]] = 0;
        to += bytes[k] + 1;
    }
    *out = (akin_names){ .struct_size = sizeof *out, .n = n, .name = name };
    return AKIN_OK;
}

/* Of any length: each is memory of the library. */
static akin_status read_variable(const ak_hdf5 *f, const char *name, hid_t data, hid_t type, int64_t n,
                                 char **text, size_t *bytes, akin_names *out, akin_error *err)
{
    const hid_t memory = h5.H5Tcopy(*h5.H5T_C_S1_g), space = h5.H5Dget_space(data);
    akin_status status = AKIN_OK;
    if (memory < 0 || space < 0 || h5.H5Tset_size(memory, H5T_VARIABLE) < 0 ||
        h5.H5Tset_cset(memory, h5.H5Tget_cset(type)) < 0 ||
        h5.H5Dread(data, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)
        status = failed(f, name, err);
    for (int64_t k = 0; k < n && !status; k++) bytes[k] = text[k] ? strlen(text[k]) : 0;
    if (!status) status = take_texts(f, n, text, bytes, out, err);
    if (memory >= 0 && space >= 0) h5.H5Dvlen_reclaim(memory, space, H5P_DEFAULT, text);
    if (space >= 0) h5.H5Sclose(space);
    if (memory >= 0) h5.H5Tclose(memory);
    return status;
}

/* Of one length, padded by zeros or blanks. */
static akin_status read_fixed(const ak_hdf5 *f, const char *name, hid_t data, hid_t type, int64_t n,
                              char **text, size_t *bytes, akin_names *out, akin_error *err)
{
    const size_t each = h5.H5Tget_size(type);
    const bool blanks = h5.H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    char *block = ak_alloc(each, n, 1);
    if (!block) return ak_no_memory(err, "for the names of '%s'", f->path);
    akin_status status = AKIN_OK;
    if (h5.H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) < 0) status = failed(f, name, err);
    for (int64_t k = 0; k < n && !status; k++) {
        text[k] = block + (size_t)k * each;
        bytes[k] = strnlen(text[k], each);
        while (blanks && bytes[k] && text[k][bytes[k] - 1] == ' ') bytes[k]--;
    }
    if (!status) status = take_texts(f, n, text, bytes, out, err);
    free(block);
    return status;
}

static akin_status read_texts(const ak_hdf5 *f, int64_t i, hid_t data, hid_t type, akin_names *out,
                              akin_error *err)
{
    const ak_hdf5_array *of = &f->array[i];
    const int64_t n = of->shape[0];
    int64_t count;
    AK_TRY(count_items(f, i, &count, err));
    AK_TRY(check_storage(f, i, data, count * 8, err));
    char **text = ak_alloc(sizeof *text, n + 1, 1);
    size_t *bytes = ak_alloc(sizeof *bytes, n + 1, 1);
    akin_status status = text && bytes ? AKIN_OK : ak_no_memory(err, "for the names of '%s'", f->path);
    if (!status && n == 0)
        status = take_texts(f, 0, text, bytes, out, err);
    else if (!status)
        status = (h5.H5Tis_variable_str(type) > 0 ? read_variable : read_fixed)(f, of->name, data, type, n,
                                                                                text, bytes, out, err);
    free(text);
    free(bytes);
    return status;
}

akin_status ak_hdf5_texts(const ak_hdf5 *f, int64_t i, akin_names *out, akin_error *err)
{
    quiet q;
    const ak_hdf5_array *of = &f->array[i];
    if (!of->texts || of->ndim != 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s:/%s' is not [n] texts, which names are", f->path, of->name);
    AK_TRY(begin(&q, err));
    const hid_t data = h5.H5Dopen2(f->file, of->name, H5P_DEFAULT),
                type = data < 0 ? -1 : h5.H5Dget_type(data);
    const akin_status status = type < 0 ? failed(f, of->name, err) : read_texts(f, i, data, type, out, err);
    if (type >= 0) h5.H5Tclose(type);
    if (data >= 0) h5.H5Dclose(data);
    end(&q);
    return status;
}
