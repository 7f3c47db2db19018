/* SPDX-License-Identifier: Apache-2.0 */
/* images/name_pool.h - many names in few pieces of memory. */
#ifndef AK_IMAGES_NAME_POOL_H
#define AK_IMAGES_NAME_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed = empty. */
typedef struct ak_name_pool {
    char **chunk, *at;
    int64_t chunks;
    size_t left;
} ak_name_pool;

/* "folder/name", or name where folder is ""; it lives as long as the pool. NULL when out of memory. */
char *ak_name_pool_add(ak_name_pool *names, const char *folder, const char *name);
void ak_name_pool_free(ak_name_pool *names); /* leaves it empty */

#endif
