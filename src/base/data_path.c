/* SPDX-License-Identifier: Apache-2.0 */
/* base/data_path.c - paths of data that are more than the name of one file. */
#include "base/data_path.h"

#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = 4096 };

const char *ak_data_path_array(const char *path)
{
    char file[LONGEST];
    struct stat info;
    for (const char *at = strstr(path, ":/"); at; at = strstr(at + 1, ":/")) {
        if (at == path || (size_t)(at - path) >= sizeof file) continue;
        snprintf(file, sizeof file, "%.*s", (int)(at - path), path);
        if (stat(file, &info) == 0 && S_ISREG(info.st_mode)) return stat(path, &info) == 0 ? NULL : at;
    }
    return NULL;
}

static char *joined(const char *a, const char *between, const char *b)
{
    const size_t n = strlen(a) + strlen(between) + strlen(b) + 1;
    char *to = malloc(n);
    if (to)
        snprintf(to, n, "%s%s%s", a, between, b);
    else
        akin_memory_lack();
    return to;
}

/* The file before the array, resolved, and the array. */
static char *with_array(const char *path, const char *array)
{
    char file[LONGEST];
    snprintf(file, sizeof file, "%.*s", (int)(array - path), path);
    char *real = ak_realpath(file), *whole = real ? joined(real, "", array) : NULL;
    free(real);
    return whole;
}

/* Each piece between "::" from the folder where we are. */
static char *from_here(const char *path)
{
    char here[LONGEST], piece[LONGEST];
    if (!getcwd(here, sizeof here)) return NULL;
    char *whole = joined("", "", "");
    for (const char *at = path; at && whole;) {
        const char *next = strstr(at, "::");
        snprintf(piece, sizeof piece, "%.*s", next ? (int)(next - at) : (int)strlen(at), at);
        char *absolute = joined(*piece == '/' ? "" : here, *piece == '/' ? "" : "/", piece);
        char *longer = absolute ? joined(whole, *whole ? "::" : "", absolute) : NULL;
        free(absolute);
        free(whole);
        whole = longer;
        at = next ? next + 2 : NULL;
    }
    return whole;
}

char *ak_data_path_absolute(const char *path)
{
    char *real = ak_realpath(path);
    const int reason = errno;
    if (real || reason == ENOMEM) return real;
    const char *array = ak_data_path_array(path);
    if (array) return with_array(path, array);
    if (strlen(path) < LONGEST && (strchr(path, '{') || strstr(path, "::"))) return from_here(path);
    errno = reason;
    return NULL;
}

void ak_data_path_name(const char *path, char name[256])
{
    const char *array = ak_data_path_array(path);
    char *real = ak_data_path_absolute(path);
    const char *whole = real ? real : path, *base = whole;
    if (strstr(path, "::")) base = whole = path; /* several: as they are written */
    const size_t n = strstr(path, "::") ? 0 : strlen(whole) - (array ? strlen(array) : 0);
    for (size_t i = 0; i + 1 < n; i++)
        if (whole[i] == '/') base = whole + i + 1;
    snprintf(name, 256, "%s", *base ? base : "/");
    free(real);
}
