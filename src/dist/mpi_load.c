/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi_load.c - the module of an MPI library: looked for beside the program and beside the library, where
 * the build puts it, and where an installation does; AKIN_MPI_MODULES names another folder. It is never
 * closed again: MPI's threads and exit handlers outlive a job. */
#define _GNU_SOURCE 1 /* dladdr() */
#include "dist/mpi.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *file, *run, *build, *part;
} LIBRARIES[AK_MPI_LIBRARIES] = {
    [AK_OPENMPI] = { "Open MPI", "akin-mpi-openmpi.so", "openmpi-bin", "libopenmpi-dev", "AKIN_OPENMPI" },
    [AK_MPICH] = { "MPICH", "akin-mpi-mpich.so", "mpich", "libmpich-dev", "AKIN_MPICH" },
};

/* The folder of a file. */
static void folder_of(const char *file, char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
}

/* folder/inside/file, if it is there. */
static bool is_there(const char *folder, const char *inside, const char *file, char path[PATH_MAX])
{
    const int bytes = snprintf(path, PATH_MAX, "%s%s/%s", folder, inside, file);
    return *folder && bytes < PATH_MAX && access(path, R_OK) == 0;
}

static bool find(const char *file, char path[PATH_MAX])
{
    char program[PATH_MAX] = "", here[PATH_MAX] = "", folder[PATH_MAX];
    const char *named = getenv("AKIN_MPI_MODULES");
    if (named && *named) return is_there(named, "", file, path);
    const ssize_t bytes = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (bytes > 0) {
        folder[bytes] = 0;
        folder_of(folder, program);
    }
    Dl_info info;
    if (dladdr(LIBRARIES, &info) && info.dli_fname && strchr(info.dli_fname, '/'))
        folder_of(info.dli_fname, here);
    return is_there(program, "", file, path) || is_there(program, "/../" AK_LIBDIR "/akin", file, path) ||
           is_there(here, "/akin", file, path) || is_there(here, "", file, path);
}

akin_status ak_mpi_load(ak_mpi_library library, const ak_mpi **out, akin_error *err)
{
    char path[PATH_MAX];
    const ak_mpi *(*table)(void) = NULL;
    if (!find(LIBRARIES[library].file, path))
        return ak_fail(
            err, AKIN_ERR_DISTRIBUTED,
            "%s has started this, and this akin has no module for it (%s): install %s and build it "
            "again with -D%s=ON, or set AKIN_MPI_MODULES to the module's folder",
            LIBRARIES[library].name, LIBRARIES[library].file, LIBRARIES[library].build,
            LIBRARIES[library].part);
    void *module =
        dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* GLOBAL: Open MPI's own plugins look for its names */
    if (!module)
        return ak_fail(err, AKIN_ERR_DISTRIBUTED, "%s has started this and cannot be loaded (%s); install %s",
                       LIBRARIES[library].name, dlerror(), LIBRARIES[library].run);
    void *symbol = dlsym(module, AK_MPI_SYMBOL);
    memcpy(&table, &symbol, sizeof table); /* ISO C knows no cast from data to functions */
    *out = table ? table() : NULL;
    if (*out && (*out)->table == AK_MPI_TABLE) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_DISTRIBUTED, "'%s' is of another version of akin", path);
}
