/* SPDX-License-Identifier: Apache-2.0 */
/* base/memory.c - growing arrays; how often memory lacked; and how much this process may still take: what the
 * system says is available, or what the control group it runs in leaves, whichever is less. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Lacks ----------------------------------------------------------------------------------------------- */

static atomic_llong lacks, accepted = -1; /* accepted: -1 = any number */

void akin_memory_lack(void) { atomic_fetch_add(&lacks, 1); }

int64_t akin_memory_lacks(void) { return atomic_load(&lacks); }

void akin_memory_needed(void)
{
    ak_json_watch();
    atomic_store(&accepted, atomic_load(&lacks));
}

bool ak_memory_is_needed(void) { return atomic_load(&accepted) >= 0; }

bool ak_lacks_too_much(void)
{
    const long long most = atomic_load(&accepted);
    return most >= 0 && atomic_load(&lacks) > most;
}

akin_status ak_status_of(int reason, akin_status otherwise)
{
    return reason == ENOMEM ? AKIN_ERR_NOMEM : otherwise;
}

/* Growing --------------------------------------------------------------------------------------------- */

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
    if (!grown) return akin_memory_lack(), false;
    memcpy(data, &grown, sizeof grown);
    *room = more;
    return true;
}

/* What is available ----------------------------------------------------------------------------------- */

/* The first bytes of a file, without memory of the heap. */
static bool first_bytes(const char *path, char *to, size_t room)
{
    const int fd = ak_open(path, O_RDONLY, 0);
    const ssize_t n = fd < 0 ? -1 : read(fd, to, room - 1);
    if (fd >= 0) close(fd);
    to[n > 0 ? n : 0] = 0;
    return n > 0;
}

static int64_t first_number(const char *path)
{
    char text[64];
    long long value = -1;
    if (!first_bytes(path, text, sizeof text) || sscanf(text, "%lld", &value) != 1) value = -1; /* "max" */
    return value;
}

static atomic_int sharers = 1;

void ak_memory_share(int processes) { atomic_store(&sharers, processes > 1 ? processes : 1); }

int64_t akin_memory_available(void)
{
    char text[1024];
    long long kib = -1;
    const char *line = first_bytes("/proc/meminfo", text, sizeof text) ? strstr(text, "MemAvailable:") : NULL;
    if (!line || sscanf(line, "MemAvailable: %lld kB", &kib) != 1) kib = -1;
    int64_t available = kib < 0 ? -1 : kib * 1024;
    const int64_t most = first_number("/sys/fs/cgroup/memory.max");
    const int64_t used = first_number("/sys/fs/cgroup/memory.current");
    if (most >= 0 && used >= 0 && (available < 0 || most - used < available))
        available = most > used ? most - used : 0;
    return available < 0 ? available : available / atomic_load(&sharers);
}
