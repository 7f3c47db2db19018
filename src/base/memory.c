/* SPDX-License-Identifier: Apache-2.0 */
/* base/memory.c - growing arrays; and how much memory this process may still take: what the system says is
 * available, or what the control group it runs in leaves, whichever is less. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

bool ak_grow(void *data, int64_t *room, int64_t n, size_t item)
{
    if (n <= *room) return true;
    int64_t more = *room ? *room : 64;
    while (more < n) {
        if (more > INT64_MAX / 2 / (int64_t)item) return false;
        more *= 2;
    }
    void *old;
    memcpy(&old, data, sizeof old);
    void *grown = realloc(old, (size_t)more * item);
    if (!grown) return false;
    memcpy(data, &grown, sizeof grown);
    *room = more;
    return true;
}

static int64_t first_number(const char *path)
{
    long long value = -1;
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    if (fscanf(f, "%lld", &value) != 1) value = -1; /* "max" */
    fclose(f);
    return value;
}

int64_t akin_memory_available(void)
{
    char line[256];
    long long kib = -1;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1) break;
    if (f) fclose(f);
    int64_t available = kib < 0 ? -1 : kib * 1024;
    const int64_t most = first_number("/sys/fs/cgroup/memory.max");
    const int64_t used = first_number("/sys/fs/cgroup/memory.current");
    if (most >= 0 && used >= 0 && (available < 0 || most - used < available))
        available = most > used ? most - used : 0;
    return available;
}
