/* SPDX-License-Identifier: Apache-2.0 */
/* fault/test_library_memory.c - an allocation fails, of akin or of a library below it: the n-th, or all from
 * the n-th on. What is called is what leans on a library: a picture of each kind, packed bytes, words by ICU,
 * a PNG, the data base of a study, an encoder, a product of matrices. It then gives AKIN_ERR_NOMEM, or what
 * it gives undisturbed; where the library ends the program or dies, that is counted, and allowed to those
 * alone that cannot do otherwise (docs/reliability.md). Each point is a process of its own. The functions
 * below stand in the place of malloc() and its like for all libraries. In the small tier n goes in ever
 * longer steps; AKIN_TEST_FULL=1: each n. */
#define _GNU_SOURCE
#include "akin/tool/nn.h"
#include "akin/tool/picture.h"
#include "akin/tool/program.h"
#include "files/byte_stream.h"
#include "images/decode.h"
#include "kernels/gemm.h"
#include "pictures.h"
#include "study/study.h"
#include "test.h"
#include "text/unicode_words.h"

#include <errno.h>
#include <lzma.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

/* Allocations ------------------------------------------------------------------------------------------ */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* Of the process that runs a point; its parent sees it. */
static struct seen {
    int64_t count;
    akin_status status;
    uint64_t sum;
    char message[256];
} * seen;
static int64_t fails_at;
static bool armed, ever;
/* From the command line, NAME [N [EVER]]: this row; this point, in this very process, for a debugger. */
static const char *only;
static int64_t alone;
static bool alone_ever;

static bool due(void)
{
    if (!armed) return false;
    const int64_t n = __atomic_add_fetch(&seen->count, 1, __ATOMIC_RELAXED);
    if (!fails_at || (ever ? n < fails_at : n != fails_at)) return false;
    errno = ENOMEM;
    return true;
}

#pragma GCC visibility push(default) /* seen by the libraries */
void *malloc(size_t bytes) { return due() ? NULL : __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) { return due() ? NULL : __libc_calloc(n, bytes); }
void *realloc(void *old, size_t bytes) { return due() ? NULL : __libc_realloc(old, bytes); }
void *memalign(size_t to, size_t bytes) { return due() ? NULL : __libc_memalign(to, bytes); }
void *aligned_alloc(size_t to, size_t bytes) { return due() ? NULL : __libc_memalign(to, bytes); }

int posix_memalign(void **to, size_t alignment, size_t bytes)
{
    void *p = due() ? NULL : __libc_memalign(alignment, bytes);
    if (!p) return ENOMEM;
    *to = p;
    return 0;
}
#pragma GCC visibility pop

/* Calls: each gives a sum of all that it makes ----------------------------------------------------------- */

static akin_error err;
static char folder[256];

static uint64_t sum_of(const void *bytes, size_t n, uint64_t sum)
{
    for (size_t i = 0; i < n; i++) sum = (sum ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    return sum;
}

static struct bytes {
    uint8_t *data;
    size_t n;
} file; /* a picture */

static akin_status decode(uint64_t *sum)
{
    ak_decoded_image p;
    const akin_status status = ak_picture_decode(file.data, file.n, NULL, &p, &err);
    if (status) return status;
    const int64_t shape[] = { p.height, p.width, p.channels, p.frames, p.transparent, p.turned, p.unturned };
    *sum = sum_of(p.pixels, (size_t)(p.height * p.width * p.channels), sum_of(shape, sizeof shape, 1));
    free(p.pixels);
    return AKIN_OK;
}

static const char *in_folder(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static akin_status unpack(const char *name, uint64_t *sum)
{
    ak_byte_stream *s = NULL;
    char piece[1000];
    size_t got = 1;
    akin_status status = ak_byte_stream_open(in_folder(name), &s, &err);
    while (!status && got) {
        status = ak_byte_stream_some(s, piece, sizeof piece, &got, &err);
        if (!status) *sum = sum_of(piece, got, *sum);
    }
    ak_byte_stream_close(s);
    return status;
}

static akin_status gzip(uint64_t *sum) { return unpack("t.gz", sum); }
static akin_status zstd(uint64_t *sum) { return unpack("t.zst", sum); }
static akin_status xz(uint64_t *sum) { return unpack("t.xz", sum); }

static akin_status words(uint64_t *sum)
{
    static const char TEXT[] =
        "Stra\303\237e_und_\304\200nderung, \320\264\320\276\320\274"; /* no dictionary */
    static char bytes[400];
    static int32_t start[200];
    ak_word_list list = { .bytes = bytes, .start = start, .bytes_room = 400, .start_room = 200 };
    ak_unicode *u = NULL;
    akin_memory_needed(); /* as the program does */
    const akin_status status = ak_unicode_words(&u, true, TEXT, sizeof TEXT - 1, &list, &err);
    *sum = sum_of(bytes, (size_t)list.used, (uint64_t)list.n);
    ak_unicode_free(u);
    return status;
}

static uint8_t grey[20 * 20];

static akin_status save_png(uint64_t *sum)
{
    struct stat info;
    akin_picture p = AKIN_PICTURE_INIT;
    p.pixels = grey;
    p.height = p.width = 20;
    p.channels = 1;
    const akin_status status = akin_png_save(in_folder("p.png"), &p, &err);
    if (!status && stat(in_folder("p.png"), &info) == 0) *sum = (uint64_t)info.st_size;
    return status;
}

/* A study is made, or it is there: "before" or "after" is what it says, whatever fails. */
static akin_status store(uint64_t *sum)
{
    ak_study_store *db = NULL;
    char *value = NULL;
    double number = 0;
    bool found = false;
    akin_status status = ak_study_store_open(in_folder("study.sqlite"), true, &db, &err);
    if (!status) status = ak_study_store_begin(db, &err);
    if (!status) status = ak_study_store_put(db, "text", "after", &err);
    if (!status) status = ak_study_store_result(db, "cell", "loss", "train", &(double){ 2.5 }, &err);
    if (!status) status = ak_study_store_commit(db, &err);
    if (!status) status = ak_study_store_get(db, "text", &value, &err);
    if (!status) status = ak_study_store_value(db, "cell", "loss", "train", &number, &found, &err);
    if (!status) *sum = sum_of(value, strlen(value), found && number == 2.5);
    free(value);
    ak_study_store_close(db);
    return status;
}

enum { SIDE = 8, BATCH = 4, OUT = 8 };

static akin_status encoder(uint64_t *sum)
{
    static float images[BATCH * SIDE * SIDE * 3], made[BATCH * OUT];
    for (int i = 0; i < BATCH * SIDE * SIDE * 3; i++) images[i] = (float)(i % 7) - 3;
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    o.width = 8;
    o.blocks = 1;
    o.head_hidden = o.head_out = OUT;
    akin_encoder *e = NULL;
    const akin_mat none = { 0 }, out = { made, BATCH, OUT, OUT };
    akin_status status = akin_encoder_create(&o, BATCH, SIDE, SIDE, 3, &e, &err);
    if (!status) status = akin_encoder_forward(e, images, BATCH, true, none, out, &err);
    if (!status) status = akin_encoder_backward(e, akin_mat_const(out), akin_mat_const(none), &err);
    for (int64_t i = 0; !status && akin_encoder_tensor_at(e, i); i++) {
        const akin_tensor *t = akin_encoder_tensor_at(e, i);
        if (t->grad) *sum = sum_of(t->grad, (size_t)t->count * sizeof *t->grad, *sum);
    }
    *sum = sum_of(made, sizeof made, *sum);
    akin_encoder_free(e);
    return status;
}

static akin_status product(uint64_t *sum)
{
    enum { M = 70, N = 90, K = 130 };
    static float a[M * K], b[K * N], c[M * N];
    for (int i = 0; i < M * K; i++) a[i] = (float)(i % 11) - 5;
    for (int i = 0; i < K * N; i++) b[i] = (float)(i % 13) - 6;
    if (!ak_gemm(false, false, M, N, K, a, K, b, N, 0, c, N)) {
        snprintf(err.message, sizeof err.message, "no memory");
        return AKIN_ERR_NOMEM;
    }
    *sum = sum_of(c, sizeof c, 1);
    return AKIN_OK;
}

/* The points ------------------------------------------------------------------------------------------- */

enum { ANY = -1 };

typedef struct library {
    const char *name;
    akin_status (*call)(uint64_t *sum);
    int dies;   /* the signal of which it may die; with ANY it may end the program too */
    bool vague; /* its words do not tell whether memory lacks: another status, and a sentence that says so */
} library;

/* The status of waitpid(). */
static int point(const library *l, int64_t n, bool from_then_on)
{
    memset(seen, 0, sizeof *seen);
    fflush(NULL);
    const pid_t pid = alone ? 0 : fork();
    if (pid == 0) {
        const struct rlimit cpu = { 5, 5 }, none = { 0, 0 };
        for (int k = 1; k < 32; k++) signal(k, SIG_DFL); /* cmocka's */
        setrlimit(RLIMIT_CPU, &cpu);
        alarm(300); /* where it stands still: long, for machines that are busy */
        setrlimit(RLIMIT_CORE, &none);
        if (n && !freopen("/dev/null", "w", stderr)) _exit(9);
        akin_set_threads(1);
        fails_at = n;
        ever = from_then_on;
        armed = true;
        const akin_status status = l->call(&seen->sum);
        armed = false;
        seen->status = status;
        memcpy(seen->message, err.message, sizeof seen->message - 1);
        _exit(0);
    }
    int status = -1;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

/* What the call wrote must be as before, or whole: asked by a process of its own, undisturbed. */
static akin_status look_at_store(uint64_t *sum)
{
    ak_study_store *db = NULL;
    char *value = NULL;
    akin_status status = AKIN_OK;
    if (access(in_folder("study.sqlite"), F_OK) == 0)
        status = ak_study_store_open(in_folder("study.sqlite"), false, &db, &err);
    if (!status && db) status = ak_study_store_get(db, "text", &value, &err);
    *sum = !value || strcmp(value, "before") == 0 || strcmp(value, "after") == 0;
    free(value);
    ak_study_store_close(db);
    return status;
}

static void fresh_files(int turn)
{
    unlink(in_folder("p.png"));
    unlink(in_folder("study.sqlite"));
    unlink(in_folder("study.sqlite-journal"));
    if (turn % 2 == 0) return;
    ak_study_store *db = NULL;
    CHECK_OK(ak_study_store_open(in_folder("study.sqlite"), true, &db, &err));
    CHECK_OK(ak_study_store_put(db, "text", "before", &err));
    ak_study_store_close(db);
}

static const char *left_wrong(const library *l, akin_status status)
{
    struct stat info;
    if (l->call == save_png) {
        if (stat(in_folder("p.png.tmp"), &info) == 0) return "a temporary file is left";
        if ((stat(in_folder("p.png"), &info) == 0) != (status == AKIN_OK)) return "the file, and the status";
    }
    if (l->call == store) {
        const library look = { "look", look_at_store, 0, false };
        if (point(&look, 0, false) || seen->status || !seen->sum) return "the database is damaged";
    }
    return NULL;
}

/* Prints a row; the number of faults. */
static int64_t each(const library *l)
{
    if (only && strcmp(only, l->name) != 0) return 0;
    fresh_files(0);
    if (alone) point(l, alone, alone_ever);
    const int undisturbed = point(l, 0, false);
    if (undisturbed || seen->status)
        print_error("%s, undisturbed: wait status %d, %s\n", l->name, undisturbed, seen->message);
    CHECK(undisturbed == 0 && seen->status == AKIN_OK);
    const int64_t all = seen->count;
    const uint64_t sum = seen->sum;
    int64_t fine = 0, refused = 0, died = 0, ended = 0, wrong = 0;
    const int64_t steps = getenv("AKIN_TEST_FULL") ? INT64_MAX : 12;
    for (int64_t n = 1; n <= all; n += 1 + n / steps)
        for (int turn = 0; turn < 2; turn++) {
            if (l->call == store || l->call == save_png) fresh_files((int)n);
            const int status = point(l, n, turn);
            const struct seen s = *seen;
            const char *what = NULL;
            if (WIFSIGNALED(status)) {
                died++;
                what = l->dies == ANY || WTERMSIG(status) == l->dies ? NULL : "a signal";
            } else if (status) {
                ended++;
                what = l->dies == ANY ? NULL : "the program is ended";
            } else if (s.status == AKIN_OK) {
                fine++;
                what = s.sum == sum ? NULL : "another result";
            } else {
                refused++;
                what = s.status != AKIN_ERR_NOMEM && !l->vague ? "another status"
                       : !strstr(s.message, "memory")          ? "a sentence that does not speak of memory"
                                                               : NULL;
            }
            if (!what && status == 0) what = left_wrong(l, s.status);
            if (!what) continue;
            if (wrong++ < 3)
                print_error("%s, allocation %lld%s: %s: %s '%s', wait status %d\n", l->name, (long long)n,
                            turn ? " and all after it" : "", what, akin_status_name(s.status), s.message,
                            status);
        }
    print_message("%-22s %6lld allocations: success %lld, refused %lld, killed %lld, ended by itself %lld, "
                  "wrong %lld\n",
                  l->name, (long long)all, (long long)fine, (long long)refused, (long long)died,
                  (long long)ended, (long long)wrong);
    return wrong;
}

static void libraries_lack_memory(void **state)
{
    (void)state;
    static const library ALL[] = {
        { "zlib", gzip, 0, false },
        { "zstd", zstd, 0, false },
        { "liblzma", xz, 0, false },
        { "ICU", words, 0, false },
        { "SQLite", store, 0, false },
        { "libpng, writing", save_png, 0, false },
        { "oneDNN, a product", product, ANY, false },
        { "oneDNN, an encoder", encoder, ANY, false },
    };
    int64_t wrong = 0;
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) wrong += each(&ALL[i]);
    CHECK(wrong == 0);
}

enum { H = 9, W = 12 };

static int64_t picture(const char *name, uint8_t *bytes, size_t n, int dies)
{
    if (!bytes) return 0; /* this build of the library writes none */
    file = (struct bytes){ bytes, n };
    const int64_t wrong = each(&(library){ name, decode, dies, dies == SIGABRT });
    free(bytes);
    return wrong;
}

static void decoders_lack_memory(void **state)
{
    (void)state;
    static uint8_t x[64 * 64 * 4];
    uint8_t exif[26], *b;
    size_t n;
    int64_t wrong = 0;
    pic_smooth(x, H, W, 3, 1);
    b = pic_jpeg_exif(x, H, W, 3, 0, exif, pic_exif(exif, 6, 0), &n);
    wrong += picture("libjpeg", b, n, 0);
    b = pic_jpeg(x, H, W, 3, PIC_PROGRESSIVE, &n);
    wrong += picture("libjpeg, progressive", b, n, 0);
    b = pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, PIC_INTERLACED, &n);
    wrong += picture("libpng, interlaced", b, n, 0);
    b = pic_webp(x, H, W, 3, 0, &n);
    wrong += picture("libwebp", b, n, 0);
    b = pic_webp(x, H, W, 3, 1, &n);
    wrong += picture("libwebp, lossless", b, n, SIGSEGV);
    b = pic_gif(x, H, W, 1, 2, H + 4, W + 4, 2, 30, 1, &n);
    wrong += picture("giflib", b, n, 0);
    pic_smooth(x, H, W, 4, 1);
    b = pic_png(x, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, PIC_EXIF6, &n);
    wrong += picture("libpng, EXIF", b, n, 0);
    static const int PACKED[] = { COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                  COMPRESSION_PACKBITS };
    static const char *const NAMES[] = { "libtiff", "libtiff, LZW, tiles", "libtiff, deflate",
                                         "libtiff, packbits, tiles" };
    for (int k = 0; k < 4; k++) {
        const pic_tiff_kind kind = { .photometric = PHOTOMETRIC_RGB,
                                     .compression = PACKED[k],
                                     .orientation = 6,
                                     .extra = EXTRASAMPLE_UNASSALPHA };
        b = pic_tiff(x, H, W, 4, kind, k % 2 ? PIC_TILED : 0, &n);
        wrong += picture(NAMES[k], b, n, k == 1 || k == 2 ? SIGSEGV : 0);
    }
    b = pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_PALETTE }, 0, &n);
    wrong += picture("libtiff, a palette", b, n, 0);
    pic_smooth(x, 64, 64, 3, 1);
    b = pic_heif(x, 64, 64, 3, heif_compression_AV1, &n);
    wrong += picture("libheif, AVIF", b, n, SIGABRT);
    CHECK(wrong == 0);
}

static int make_files(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    static char text[20000], packed[40000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i * i % 23);
    size_t n = ZSTD_compress(packed, sizeof packed, text, sizeof text, 3);
    CHECK(!ZSTD_isError(n));
    pic_put(in_folder("t.zst"), packed, n);
    n = 0;
    CHECK(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text, sizeof text,
                                  (uint8_t *)packed, &n, sizeof packed) == LZMA_OK);
    pic_put(in_folder("t.xz"), packed, n);
    gzFile gz = gzopen(in_folder("t.gz"), "wb");
    CHECK(gz && gzwrite(gz, text, sizeof text) == (int)sizeof text && gzclose(gz) == Z_OK);
    for (size_t i = 0; i < sizeof grey; i++) grey[i] = (uint8_t)(i * i);
    return 0;
}

int main(int argc, char **argv)
{
    only = argc > 1 ? argv[1] : NULL;
    alone = argc > 2 ? atoll(argv[2]) : 0;
    alone_ever = argc > 3 && atoi(argv[3]);
    const char *preload = getenv("LD_PRELOAD");
    if (preload && strstr(preload, "vgpreload"))
        return 77; /* valgrind stands in the place of malloc() itself */
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (seen == MAP_FAILED) return 1;
    const struct CMUnitTest tests[] = { cmocka_unit_test(decoders_lack_memory),
                                        cmocka_unit_test(libraries_lack_memory) };
    return cmocka_run_group_tests(tests, make_files, NULL);
}
