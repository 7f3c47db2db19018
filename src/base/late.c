/* SPDX-License-Identifier: Apache-2.0 */
/* base/late.c - see base/late.h. */
#include "base/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

static akin_status load(ak_late_library *l, void *pointers, akin_error *err)
{
    errno = 0;
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const bool lacks = errno == ENOMEM; /* its words may be of a file that cannot be opened */
        const char *why = dlerror();
        if (lacks || (why && strstr(why, "memory"))) return ak_no_memory(err, "for the library %s", l->file);
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "%s the library %s, which is not here or cannot be loaded; install %s", l->what,
                       l->file, l->package);
    }
    for (int i = 0; i < l->n; i++) {
        void *at = dlsym(handle, l->names[i]);
        if (!at) {
            dlclose(handle);
            return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the library %s is another than akin was built for",
                           l->file);
        }
        /* a pointer to a function out of one to an object, as POSIX has it */
        memcpy((char *)pointers + (size_t)i * sizeof at, &at, sizeof at);
    }
    atomic_store(&l->loaded, true);
    return AKIN_OK;
}

akin_status ak_late_load(ak_late_library *late, void *pointers, akin_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (atomic_load(&late->loaded)) return AKIN_OK;
    pthread_mutex_lock(&lock);
    const akin_status status = atomic_load(&late->loaded) ? AKIN_OK : load(late, pointers, err);
    pthread_mutex_unlock(&lock);
    return status;
}
