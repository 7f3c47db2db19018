/* SPDX-License-Identifier: Apache-2.0 */
/* tests/test.h - what every test shares, on top of cmocka: checks that print both values and the seed, and
 * that a NaN fails; repeatable random numbers; scratch folders that go
 * when the program ends; the locale. */
#ifndef AK_TESTS_TEST_H
#define AK_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <math.h>
#include <ftw.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t test_seed = 1;

/* With AKIN_TEST_LOCALE the whole program runs in the locale of its surroundings, one with a decimal comma
 * (tests/CMakeLists.txt). It is left out where there is no such locale. */
__attribute__((constructor)) static void test_locale_(void)
{
    if (!getenv("AKIN_TEST_LOCALE")) return;
    if (setlocale(LC_ALL, "") && strcmp(localeconv()->decimal_point, ",") == 0) return;
    printf("skipped: no locale with a decimal comma here\n");
    exit(77);
}

#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            print_error("%s is false (seed %llu)\n", #cond, (unsigned long long)test_seed);                  \
            _fail(__FILE__, __LINE__);                                                                       \
        }                                                                                                    \
    } while (0)

/* got <= limit, false for NaN. */
#define CHECK_LE(got, limit) test_le_((double)(got), (double)(limit), #got, __FILE__, __LINE__)
#define CHECK_NEAR(got, want, tolerance) CHECK_LE(fabs((double)(got) - (double)(want)), tolerance)

/* status is AKIN_OK; prints the sentence otherwise. Needs `akin_error err` in scope. */
#define CHECK_OK(call)                                                                                       \
    do {                                                                                                     \
        if ((call) != AKIN_OK) {                                                                             \
            print_error("%s: %s\n", #call, err.message);                                                     \
            _fail(__FILE__, __LINE__);                                                                       \
        }                                                                                                    \
    } while (0)

/* call fails with status, and the sentence holds text. Needs `akin_error err` in scope. */
#define CHECK_FAILS(call, want, text)                                                                        \
    do {                                                                                                     \
        err.message[0] = 0;                                                                                  \
        const akin_status got_ = (call);                                                                     \
        if (got_ != (want) || !strstr(err.message, (text))) {                                                \
            print_error("%s gave %s '%s', expected %s with '%s'\n", #call, akin_status_name(got_),           \
                        err.message, akin_status_name(want), (text));                                        \
            _fail(__FILE__, __LINE__);                                                                       \
        }                                                                                                    \
    } while (0)

static inline void test_le_(double got, double limit, const char *what, const char *file, int line)
{
    if (got <= limit) return; /* false for NaN, so NaN fails */
    print_error("%s is %.6e, limit %.6e (seed %llu)\n", what, got, limit, (unsigned long long)test_seed);
    _fail(file, line);
}

/* splitmix64: the same numbers on every machine. */
static inline uint64_t test_u64(void)
{
    static uint64_t state, for_seed;
    if (for_seed != test_seed) state = for_seed = test_seed;
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline double test_uniform(double lo, double hi)
{
    return lo + (hi - lo) * (double)(test_u64() >> 11) * 0x1p-53;
}

static inline double test_normal(void)
{
    return sqrt(-2 * log(test_uniform(1e-300, 1))) * cos(test_uniform(0, 6.283185307179586));
}

static inline int64_t test_int(int64_t lo, int64_t hi) /* inclusive */
{
    return lo + (int64_t)(test_u64() % (uint64_t)(hi - lo + 1));
}

/* Folders of this process, removed with all they hold when it ends, whether or not a check failed. */
enum { TEST_FOLDERS = 4096 };
static char *test_folders_[TEST_FOLDERS];
static int test_folder_count_;
static pid_t test_owner_;

static inline int test_remove_(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static inline void test_remove_folders_(void)
{
    if (getpid() != test_owner_) return; /* a forked child leaves its parent's folders alone */
    for (int i = 0; i < test_folder_count_; i++) {
        nftw(test_folders_[i], test_remove_, 16, FTW_DEPTH | FTW_PHYS);
        free(test_folders_[i]);
    }
}

/* A new folder under $TMPDIR or /tmp, removed at the end; name is overwritten by the next call. */
static inline const char *test_folder(void)
{
    static char name[256];
    const char *tmp = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/akin-test-XXXXXX", tmp ? tmp : "/tmp");
    if (test_folder_count_ == TEST_FOLDERS || !mkdtemp(name)) abort();
    if (test_folder_count_ == 0) {
        test_owner_ = getpid();
        atexit(test_remove_folders_);
    }
    test_folders_[test_folder_count_++] = strdup(name);
    return name;
}

#endif
