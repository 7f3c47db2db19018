/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/replay.c - the corpus through every target, with any compiler: for each folder DIR/NAME its files,
 * one after the other, through target NAME. Told are inputs that took more than a second of the processor,
 * as they come. Fails where a target has no inputs, or one takes more than 64 MiB beyond what was in use
 * before it.
 *
 *     fuzz_replay DIR [NAME [FILE...]] */
#include "fuzz.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

typedef int target_fn(const uint8_t *data, size_t size);

#define X(name) target_fn fuzz_##name;
#include "targets.inc"
#undef X

static const struct {
    const char *name;
    target_fn *run;
} TARGETS[] = {
#define X(name) { #name, fuzz_##name },
#include "targets.inc"
#undef X
};

enum { MOST_MIB = 64 };

static long peak_mib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss >> 10;
}

static bool one(int t, const char *path)
{
    char *data = NULL;
    size_t n = 0;
    akin_error err;
    if (akin_file_load(path, 1 << 26, &data, &n, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return false;
    }
    uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees a byte too far */
    FZ_CHECK(exact);
    if (n) memcpy(exact, data, n);
    free(data);
    const clock_t began = clock();
    const long before = peak_mib();
    TARGETS[t].run(exact, n);
    free(exact);
    const double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    const long more = peak_mib() - before;
    if (took > 1) printf("%s: %.1f s\n", path, took);
    if (more <= MOST_MIB) return true;
    fprintf(stderr, "%s: %ld MiB more\n", path, more);
    return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* How many inputs; -1: one failed. */
static int all(int t, const char *folder)
{
    struct dirent **entry = NULL;
    const int n = scandir(folder, &entry, NULL, by_name);
    int ran = 0;
    for (int i = 0; i < n; i++) {
        char path[1200];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && ran >= 0) ran = one(t, path) ? ran + 1 : -1;
        free(entry[i]);
    }
    free(entry);
    return ran;
}

int main(int argc, char **argv)
{
    int failed = argc < 2, inputs = 0;
    for (int t = 0; argc >= 2 && t < (int)(sizeof TARGETS / sizeof *TARGETS); t++) {
        if (argc > 2 && strcmp(argv[2], TARGETS[t].name) != 0) continue;
        for (int i = 3; i < argc; i++) failed += !one(t, argv[i]);
        if (argc > 3) continue;
        char folder[900];
        snprintf(folder, sizeof folder, "%s/%s", argv[1], TARGETS[t].name);
        const int n = all(t, folder);
        if (n <= 0) fprintf(stderr, "%s: %s\n", folder, n < 0 ? "failed" : "there are no inputs");
        failed += n <= 0;
        inputs += n > 0 ? n : 0;
    }
    printf("%d inputs, %d failed\n", inputs, failed);
    return failed > 0;
}
