/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz.c - see fuzz.h. */
#include "fuzz.h"

#include "base/utf8.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

volatile unsigned fz_seen;
static char folder[200];
static pid_t owner;

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    if (folder[0] && getpid() == owner) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In memory where that is possible: a target writes a file for each input. */
static void make_folder(void)
{
    const char *tmp = getenv("AKIN_FUZZ_DIR");
    if (!tmp) tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/akin-fuzz-XXXXXX", tmp ? tmp : "/tmp");
    FZ_CHECK(mkdtemp(folder) != NULL);
    owner = getpid();
    atexit(remove_folder);
}

__attribute__((constructor)) static void one_thread(void) { akin_set_threads(1); }

void fz_stop(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    remove_folder();
    abort();
}

fz_input fz_part(fz_input *in)
{
    const size_t cut = sizeof FZ_CUT - 1;
    fz_input part = *in;
    for (size_t i = 0; i + cut <= in->n; i++)
        if (memcmp(in->at + i, FZ_CUT, cut) == 0) {
            part.n = i;
            in->at += i + cut;
            in->n -= i + cut;
            return part;
        }
    in->at += in->n;
    in->n = 0;
    return part;
}

static uint64_t take(fz_input *in, size_t bytes)
{
    uint64_t x = 0;
    for (size_t i = 0; i < bytes && in->n; i++, in->n--) x |= (uint64_t)*in->at++ << 8 * i;
    return x;
}

/* The first byte chooses among ordinary numbers, odd ones and all bits. */
double fz_real(fz_input *in)
{
    static const double ODD[] = {
        0,     -0.0,   1,    -1,  NAN, INFINITY, -INFINITY, 1e38,    3.4e38,       3.5e38, 1e300,   1e-38,
        1e-45, 5e-324, 1e-6, 1e6, 0.5, -3.4e38,  2,         1 / 3.0, 4294967296.0, 9e15,   -1e-300, 16777217
    };
    const unsigned kind = (unsigned)take(in, 1);
    if (kind < 2 * sizeof ODD / sizeof *ODD) return ODD[kind / 2];
    if (kind >= 64) return ((double)kind - 160) / 32; /* one byte: the fuzzer's usual number */
    const uint64_t bits = take(in, 8);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

int64_t fz_int(fz_input *in, int64_t lo, int64_t hi)
{
    const uint64_t span = (uint64_t)hi - (uint64_t)lo + 1;
    const uint64_t x = take(in, span && span <= 256 ? 1 : span && span <= 65536 ? 2 : 8);
    return (int64_t)((uint64_t)lo + (span ? x % span : x));
}

const char *fz_path(const char *name)
{
    static char path[8][512];
    static int next;
    if (!folder[0]) make_folder();
    char *to = path[next++ % 8];
    snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

const char *fz_file(const char *name, const uint8_t *data, size_t n)
{
    const char *path = fz_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) { /* its folder is not there yet */
        char parent[512];
        snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
        akin_error err;
        FZ_CHECK(akin_folder_make(parent, &err) == AKIN_OK);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    FZ_CHECK(fd >= 0 && ak_write_all(fd, data, n) == 0);
    close(fd);
    return path;
}

char *fz_text(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    FZ_CHECK(text);
    if (n) memcpy(text, data, n);
    text[n] = 0;
    return text;
}

bool fz_said(akin_status status, const akin_error *err)
{
    if (status == AKIN_OK) return true;
    FZ_CHECK(status > AKIN_OK && status <= AKIN_ERR_INTERRUPTED && status != AKIN_ERR_INTERNAL);
    FZ_CHECK(err->status == status);
    const size_t n = strnlen(err->message, sizeof err->message);
    FZ_CHECK(n > 0 && n < sizeof err->message);
    for (size_t i = 0; i < n;) {
        uint32_t code = 0;
        const size_t length = ak_utf8_length(err->message + i, n - i, &code);
        FZ_CHECK(length > 0 && code >= 32 && code != 127 && !(code >= 128 && code < 160));
        i += length;
    }
    return false;
}
