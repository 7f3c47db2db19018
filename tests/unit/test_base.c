/* SPDX-License-Identifier: Apache-2.0 */
/* base: what everything stands on. Philox against the known answers of its authors; the writer against
 * failures at each step; options against older and newer callers. */
#include "base/base.h"
#include "base/rng.h"
#include "test.h"

#include <pthread.h>

#include <fcntl.h>
#include <sys/stat.h>

static akin_error err;

/* docs/errors.md has a row for each status: name, exit code, meaning. */
static void statuses_are_documented(void **state)
{
    (void)state;
    char *text = NULL;
    CHECK_OK(akin_file_load(AKIN_TESTS_DIR "/../docs/errors.md", 1 << 20, &text, NULL, &err));
    for (int i = AKIN_OK; i <= AKIN_ERR_DISTRIBUTED; i++) {
        if (i == AKIN_ERR_INTERRUPTED) continue; /* whose row is of signals */
        char row[256];
        snprintf(row, sizeof row, "| `%s` | %d | %s |\n", akin_status_name((akin_status)i),
                 akin_status_exit_code((akin_status)i), akin_status_text((akin_status)i));
        CHECK(strstr(text, row) != NULL);
    }
    CHECK(strstr(text, akin_status_name(AKIN_ERR_INTERRUPTED)) != NULL);
    CHECK(strcmp(akin_status_name((akin_status)14), "AKIN_UNKNOWN") == 0);
    CHECK(strcmp(akin_status_name((akin_status)-1), "AKIN_UNKNOWN") == 0);
    CHECK(akin_status_exit_code((akin_status)99) == 1);
    CHECK(strcmp(akin_precision_name(AKIN_PRECISION_F64), "f64") == 0);
    free(text);
}

static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    /* Random123 1.09, kat_vectors: philox4x32 10 */
    static const uint32_t cases[3][10] = {
        { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
          0x5001e420, 0x24126ea1 },
    };
    for (int c = 0; c < 3; c++) {
        uint32_t out[4];
        ak_philox(cases[c] + 4, cases[c], out);
        for (int i = 0; i < 4; i++) CHECK(out[i] == cases[c][6 + i]);
    }
}

static void streams_of_different_names_differ(void **state)
{
    (void)state;
    ak_rng base = ak_rng_at(7, AK_RNG_AUGMENT, 3, 5, 1);
    const uint32_t first = ak_rng_u32(&base);
    ak_rng others[] = {
        ak_rng_at(8, AK_RNG_AUGMENT, 3, 5, 1), ak_rng_at(7, AK_RNG_ORDER, 3, 5, 1),
        ak_rng_at(7, AK_RNG_AUGMENT, 4, 5, 1), ak_rng_at(7, AK_RNG_AUGMENT, 3, 6, 1),
        ak_rng_at(7, AK_RNG_AUGMENT, 3, 5, 0), ak_rng_at(7, AK_RNG_AUGMENT, 3, 5 + (1ull << 32), 1)
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) CHECK(ak_rng_u32(&others[i]) != first);
    ak_rng again = ak_rng_at(7, AK_RNG_AUGMENT, 3, 5, 1);
    CHECK(ak_rng_u32(&again) == first);
}

static void draws_have_their_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    ak_rng r = ak_rng_at(1, AK_RNG_EVAL, 0, 0, 0);
    double mean = 0, normal = 0, square = 0;
    int64_t hits[7] = { 0 };
    for (int i = 0; i < N; i++) {
        const float u = ak_rng_float(&r);
        CHECK(u >= 0 && u < 1);
        mean += u;
        const double x = ak_rng_normal(&r);
        normal += x;
        square += x * x;
        hits[ak_rng_below(&r, 7)]++;
    }
    /* five standard errors */
    CHECK_NEAR(mean / N, 0.5, 5 * sqrt(1 / 12.0 / N));
    CHECK_NEAR(normal / N, 0, 5 / sqrt(N));
    CHECK_NEAR(square / N, 1, 5 * sqrt(2.0 / N));
    for (int c = 0; c < 7; c++) CHECK_NEAR((double)hits[c] / N, 1 / 7.0, 5 * sqrt(6 / 49.0 / N));
}

static void shuffle_is_a_permutation(void **state)
{
    (void)state;
    int32_t x[1000], seen[1000] = { 0 }, moved = 0;
    for (int i = 0; i < 1000; i++) x[i] = i;
    ak_rng r = ak_rng_at(1, AK_RNG_ORDER, 0, 0, 0);
    ak_rng_shuffle(&r, x, 1000);
    for (int i = 0; i < 1000; i++) {
        seen[x[i]]++;
        moved += x[i] != i;
    }
    for (int i = 0; i < 1000; i++) CHECK(seen[i] == 1);
    CHECK(moved > 950);
}

typedef struct old_opts {
    uint32_t struct_size;
    float a;
} old_opts;
typedef struct new_opts {
    uint32_t struct_size;
    float a, b;
} new_opts;

static void options_grow_at_the_end(void **state)
{
    (void)state;
    const old_opts old = { sizeof old, 5 };
    new_opts ours = { sizeof ours, 1, 2 };
    CHECK_OK(ak_opts_import(&ours, &old, "t", &err));
    CHECK(ours.a == 5 && ours.b == 2 && ours.struct_size == sizeof ours);

    old_opts known = { sizeof known, 1 };
    new_opts future = { sizeof future, 7, 0 };
    CHECK_OK(ak_opts_import(&known, &future, "t", &err));
    CHECK(known.a == 7);
    future.b = 3;
    CHECK_FAILS(ak_opts_import(&known, &future, "t", &err), AKIN_ERR_ARGUMENT, "is set");
    const old_opts blank = { 0, 1 };
    CHECK_FAILS(ak_opts_import(&ours, &blank, "t", &err), AKIN_ERR_ARGUMENT, "not initialised");
}

static void results_fit_the_caller(void **state)
{
    (void)state;
    const new_opts result = { sizeof result, 7, 8 };
    struct {
        old_opts known;
        int guard;
    } old = { { sizeof(old_opts), 0 }, 9 };
    CHECK_OK(ak_result_export(&old.known, &result, "t", &err));
    CHECK(old.known.a == 7 && old.known.struct_size == sizeof(old_opts) && old.guard == 9);

    const old_opts small = { sizeof small, 5 };
    new_opts future = { sizeof future, 1, 2 };
    CHECK_OK(ak_result_export(&future, &small, "t", &err));
    CHECK(future.a == 5 && future.b == 0 && future.struct_size == sizeof future);

    new_opts blank = { 0, 1, 2 };
    CHECK_FAILS(ak_result_export(&blank, &result, "t", &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(ak_result_export(NULL, &result, "t", &err), AKIN_ERR_ARGUMENT, "no place");
}

static void option_values_are_checked(void **state)
{
    (void)state;
    const akin_opt_desc t = { "temperature", AKIN_OPT_REAL, "0.5", "T", 1e-4, 100, "" };
    const akin_opt_desc n = { "epochs", AKIN_OPT_INT, "10", "N", 1, 1e18, "" };
    const akin_opt_desc c = { "loss", AKIN_OPT_CHOICE, "a", "ntxent|infonce", 0, 0, "" };
    double x = 0;
    CHECK_OK(akin_opt_check(&t, "0.25", &x, &err));
    CHECK(x == 0.25);
    CHECK_FAILS(akin_opt_check(&t, "0", &x, &err), AKIN_ERR_RANGE, "between 0.0001 and 100");
    CHECK_FAILS(akin_opt_check(&t, "nan", &x, &err), AKIN_ERR_RANGE, "finite number");
    CHECK_FAILS(akin_opt_check(&t, "1e999", &x, &err), AKIN_ERR_RANGE, "finite number");
    CHECK_FAILS(akin_opt_check(&t, "", &x, &err), AKIN_ERR_RANGE, "finite number");
    CHECK_FAILS(akin_opt_check(&n, "1.5", &x, &err), AKIN_ERR_RANGE, "whole number");
    CHECK_FAILS(akin_opt_check(&n, "0", &x, &err), AKIN_ERR_RANGE, "at least 1");
    CHECK_OK(akin_opt_check(&c, "infonce", &x, &err));
    CHECK(x == 1);
    CHECK_FAILS(akin_opt_check(&c, "info", &x, &err), AKIN_ERR_RANGE, "one of ntxent|infonce");
}

static void near_names_are_found(void **state)
{
    (void)state;
    const char *names[] = { "temperature", "epochs", "batch-size", NULL };
    CHECK(strcmp(akin_nearest_name("temprature", names), "temperature") == 0);
    CHECK(strcmp(akin_nearest_name("batchsize", names), "batch-size") == 0);
    CHECK(akin_nearest_name("zzzzzzzz", names) == NULL);
    CHECK(strcmp(akin_nearest_name("temp", names), "temperature") == 0); /* its beginning */
    CHECK(akin_nearest_name("te", names) == NULL);
    const akin_opt_desc choice = { "way", AKIN_OPT_CHOICE, NULL, "adamw|sgd|lars", 0, 0, "" };
    CHECK_FAILS(akin_opt_check(&choice, "adm", NULL, &err), AKIN_ERR_RANGE,
                "--way is 'adm'; did you mean 'adamw'?; it must be one of adamw|sgd|lars");
    CHECK_FAILS(akin_opt_check(&choice, "larss", NULL, &err), AKIN_ERR_RANGE, "mean 'lars'?; it");
    CHECK_FAILS(akin_opt_check(&choice, "rmsprop", NULL, &err), AKIN_ERR_RANGE,
                "--way is 'rmsprop'; it must be one of");
    CHECK_FAILS(akin_opt_check(&choice, "", NULL, &err), AKIN_ERR_RANGE, "--way is ''; it must be one of");
}

static void writer_replaces_whole_or_not_at_all(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/x", test_folder());
    CHECK_OK(akin_file_save(path, "old", 3, &err));
    akin_writer *w = NULL;
    CHECK_OK(akin_writer_open(path, &w, &err));
    static char big[200000];
    memset(big, 'n', sizeof big);
    CHECK_OK(akin_writer_write(w, big, 10, &err));
    CHECK_OK(akin_writer_write(w, big, sizeof big, &err));
    char *data = NULL;
    size_t bytes = 0;
    CHECK_OK(akin_file_load(path, 1 << 20, &data, &bytes, &err)); /* not visible before the commit */
    CHECK(bytes == 3 && memcmp(data, "old", 3) == 0);
    free(data);
    CHECK_OK(akin_writer_commit(w, &err));
    CHECK_OK(akin_file_load(path, 1 << 20, &data, &bytes, &err));
    CHECK(bytes == sizeof big + 10 && data[0] == 'n' && data[bytes] == 0);
    free(data);
    CHECK_FAILS(akin_file_load(path, 100, &data, &bytes, &err), AKIN_ERR_INPUT, "more than the 100");
    CHECK_FAILS(akin_file_save("/nonexistent/x", "a", 1, &err), AKIN_ERR_IO, "No such file");
    CHECK_FAILS(akin_file_load("/nonexistent/x", 1, &data, &bytes, &err), AKIN_ERR_INPUT, "No such file");
    w = NULL;
    CHECK_OK(akin_writer_open(path, &w, &err));
    CHECK_OK(akin_writer_write(w, big, sizeof big, &err));
    akin_writer_abort(w); /* leaves the old file and no temporary one */
    CHECK_OK(akin_file_load(path, 1 << 20, &data, &bytes, &err));
    CHECK(bytes == sizeof big + 10);
    free(data);
    char temporary[600];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    CHECK(access(temporary, F_OK) != 0);
}

static bool holds(const char *path, const char *text)
{
    char *data = NULL;
    const bool same = !akin_file_load(path, 1000, &data, NULL, &err) && strcmp(data, text) == 0;
    free(data);
    return same;
}

/* What stands under the temporary name is deleted where a killed process left it, and never followed, waited
 * for or taken over. */
static void temporary_names_are_made_anew(void **state)
{
    (void)state;
    char path[512], temporary[600], second[600], foreign[600];
    snprintf(path, sizeof path, "%s/out", test_folder());
    snprintf(foreign, sizeof foreign, "%s/foreign", test_folder());
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    snprintf(second, sizeof second, "%s.tmp-2", path);
    CHECK_OK(akin_file_save(foreign, "precious", 8, &err));
    CHECK_OK(akin_file_save(temporary, "of a killed process", 19, &err));
    CHECK_OK(akin_file_save(path, "one", 3, &err));
    CHECK(holds(path, "one") && access(temporary, F_OK) != 0);
    CHECK(symlink(foreign, temporary) == 0); /* planted */
    CHECK_OK(akin_file_save(path, "two", 3, &err));
    CHECK(holds(path, "two") && holds(foreign, "precious") && unlink(temporary) == 0);
    CHECK(link(foreign, temporary) == 0);
    CHECK_OK(akin_file_save(path, "three", 5, &err));
    CHECK(holds(path, "three") && holds(foreign, "precious") && unlink(temporary) == 0);
    CHECK(mkfifo(temporary, 0666) == 0);
    CHECK_OK(akin_file_save(path, "four", 4, &err));
    CHECK(holds(path, "four") && unlink(temporary) == 0);
    akin_writer *slow = NULL;
    CHECK_OK(akin_writer_open(path, &slow, &err)); /* another process, about to write the same file */
    CHECK_OK(akin_file_save(path, "five", 4, &err));
    CHECK(holds(path, "five") && access(temporary, F_OK) == 0 && access(second, F_OK) != 0);
    CHECK_OK(akin_writer_commit(slow, &err));
    CHECK(holds(path, "") && access(temporary, F_OK) != 0);
}

static void a_device_stays_a_device(void **state)
{
    (void)state;
    struct stat info;
    CHECK_OK(akin_file_save("/dev/null", "gone", 4, &err));
    CHECK(stat("/dev/null", &info) == 0 && S_ISCHR(info.st_mode));
}

static void paths_are_looked_at(void **state)
{
    (void)state;
    const char *folder = test_folder();
    char file[600], other[600];
    akin_path_kind kind;
    int64_t bytes;
    bool same;
    snprintf(file, sizeof file, "%s/looked", folder);
    snprintf(other, sizeof other, "%s/same", folder);
    CHECK_OK(akin_path_look(file, &kind, NULL, &err));
    CHECK(kind == AKIN_PATH_NONE);
    CHECK_OK(akin_file_save(file, "12345", 5, &err));
    CHECK_OK(akin_path_look(file, &kind, &bytes, &err));
    CHECK(kind == AKIN_PATH_FILE && bytes == 5);
    CHECK_OK(akin_path_look(folder, &kind, NULL, &err));
    CHECK(kind == AKIN_PATH_FOLDER);
    CHECK_OK(akin_path_look("/dev/null", &kind, NULL, &err));
    CHECK(kind == AKIN_PATH_STREAM);
    CHECK(symlink(file, other) == 0);
    CHECK_OK(akin_path_same(file, other, &same, &err));
    CHECK(same);
    CHECK_OK(akin_path_same(file, folder, &same, &err));
    CHECK(!same);
    CHECK(unlink(file) == 0); /* the link leads nowhere now; nor is there what has too long a name */
    CHECK_OK(akin_path_look(other, &kind, NULL, &err));
    CHECK(kind == AKIN_PATH_NONE);
    memset(file, 'x', sizeof file - 1);
    file[sizeof file - 1] = 0;
    CHECK_OK(akin_path_look(file, &kind, NULL, &err));
    CHECK(kind == AKIN_PATH_NONE);
    CHECK(unlink(other) == 0);
}

static const char *in_folder(const char *name)
{
    static char path[4][600];
    static const char *folder;
    static int next;
    if (!folder) folder = test_folder();
    snprintf(path[next = (next + 1) % 4], sizeof path[0], "%s/%s", folder, name);
    return path[next];
}

static bool has_text(const char *name, const char *text)
{
    char *found = NULL;
    if (access(in_folder(name), F_OK) != 0 || akin_file_load(in_folder(name), 64, &found, NULL, &err))
        return !text;
    const bool same = text && strcmp(found, text) == 0;
    free(found);
    return same;
}

static void files_of_a_result_come_together(void **state)
{
    (void)state;
    akin_files *f = NULL;
    CHECK_OK(akin_file_save(in_folder("one"), "old", 3, &err));
    CHECK_OK(akin_file_save(in_folder("last"), "old", 3, &err));
    CHECK_OK(akin_file_save(in_folder("more"), "old", 3, &err));
    for (int commit = 0; commit < 2; commit++) {
        CHECK_OK(akin_files_create(&f, &err));
        CHECK_OK(akin_files_older(f, in_folder("more"), &err));
        CHECK_OK(akin_files_save(f, in_folder("one"), "new", 3, &err));
        CHECK_OK(akin_files_save(f, "/dev/null", "gone", 4, &err));
        CHECK_OK(akin_files_save(f, in_folder("last"), "new", 3, &err));
        CHECK(has_text("one", "old") && has_text("more", "old") && has_text("last", "old"));
        if (commit)
            CHECK_OK(akin_files_commit(f, &err));
        else
            akin_files_abort(f);
        CHECK(has_text("one.tmp", NULL) && has_text("last.tmp", NULL));
    }
    CHECK(has_text("one", "new") && has_text("more", NULL) && has_text("last", "new"));
    /* a name that cannot be taken: the older result stays, and nothing half is left */
    CHECK_OK(akin_file_save(in_folder("more"), "new", 3, &err));
    CHECK(unlink(in_folder("one")) == 0 && mkdir(in_folder("one"), 0777) == 0);
    CHECK_OK(akin_files_create(&f, &err));
    CHECK_OK(akin_files_older(f, in_folder("more"), &err));
    CHECK_OK(akin_files_save(f, in_folder("zero"), "late", 4, &err));
    CHECK_OK(akin_files_save(f, in_folder("one"), "late", 4, &err));
    CHECK_OK(akin_files_save(f, in_folder("last"), "late", 4, &err));
    CHECK_FAILS(akin_files_commit(f, &err), AKIN_ERR_IO, "cannot replace");
    CHECK(has_text("last", "new") && has_text("more", "new") && has_text("zero", NULL));
    CHECK(has_text("one.tmp", NULL) && has_text("last.tmp", NULL) && has_text("last.tmp-old", NULL));
    CHECK(rmdir(in_folder("one")) == 0);
}

/* What a killed process left aside is deleted; what somebody else has there stays. */
static void older_files_step_aside(void **state)
{
    (void)state;
    akin_files *f = NULL;
    CHECK_OK(akin_file_save(in_folder("last"), "old", 3, &err));
    CHECK_OK(akin_file_save(in_folder("last.tmp-old"), "left", 4, &err));
    CHECK_OK(akin_file_save(in_folder("one.tmp-old"), "left", 4, &err));
    CHECK_OK(akin_file_save(in_folder("two"), "old", 3, &err));
    CHECK(mkdir(in_folder("two.tmp-old"), 0777) == 0);
    CHECK_OK(akin_files_create(&f, &err));
    CHECK_OK(akin_files_save(f, in_folder("one"), "new", 3, &err));
    CHECK_OK(akin_files_save(f, in_folder("two"), "new", 3, &err));
    CHECK_OK(akin_files_save(f, in_folder("last"), "new", 3, &err));
    CHECK_OK(akin_files_commit(f, &err));
    CHECK(has_text("one", "new") && has_text("two", "new") && has_text("last", "new"));
    CHECK(has_text("one.tmp-old", NULL) && has_text("last.tmp-old", NULL));
    CHECK(rmdir(in_folder("two.tmp-old")) == 0);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    char path[512], file[600];
    snprintf(path, sizeof path, "%s/a/b/c", test_folder());
    CHECK_OK(akin_folder_make(path, &err));
    CHECK_OK(akin_folder_make(path, &err));
    snprintf(file, sizeof file, "%s/f", path);
    CHECK_OK(akin_file_save(file, "", 0, &err));
    CHECK_FAILS(akin_folder_make(file, &err), AKIN_ERR_IO, "Not a directory");
}

static void count_range(int64_t begin, int64_t end, void *ctx)
{
    for (int64_t i = begin; i < end; i++) ((int *)ctx)[i]++;
}

static void count_task(int64_t task, int worker, void *ctx)
{
    (void)worker;
    ((int *)ctx)[task]++;
}

static void parallel_loops_visit_everything_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        akin_set_threads(threads);
        for (int64_t n = 0; n < 40; n += 13) {
            int seen[40] = { 0 };
            ak_parallel_for(n, 3, count_range, seen);
            ak_parallel_tasks(n, count_task, seen);
            for (int64_t i = 0; i < 40; i++) CHECK(seen[i] == (i < n ? 2 : 0));
        }
    }
    akin_set_threads(0);
}

/* What a thread that is new, or one that has used the library already, finds. */
static void *count_threads(void *ctx)
{
    *(int *)ctx = akin_threads();
    return NULL;
}

static void *set_seven(void *ctx)
{
    akin_set_threads(7);
    return count_threads(ctx);
}

static void a_thread_keeps_its_number_of_threads(void **state)
{
    (void)state;
    pthread_t other;
    int found[2] = { 0 };
    akin_set_threads(3);
    const int mine = akin_threads();
    CHECK(pthread_create(&other, NULL, count_threads, &found[0]) == 0 && pthread_join(other, NULL) == 0);
    CHECK(found[0] == mine);
    CHECK(pthread_create(&other, NULL, set_seven, &found[1]) == 0 && pthread_join(other, NULL) == 0);
    CHECK(found[1] == 7 || mine == 1); /* without OpenMP there is one */
    CHECK(akin_threads() == mine);
    akin_set_threads(0);
    CHECK(akin_threads() >= 1);
}

static void arena_aligns_and_refuses(void **state)
{
    (void)state;
    unsigned char memory[1024];
    akin_arena arena;
    akin_arena_init(&arena, memory + 1, 1000);
    char *a = ak_arena_array(&arena, char, 3, 7);
    double *b = ak_arena_array(&arena, double, 4, 4);
    CHECK(a && b && (uintptr_t)a % 64 == 0 && (uintptr_t)b % 64 == 0 && (char *)b >= a + 21);
    CHECK(!ak_arena_array(&arena, double, 1000, 1));
    CHECK(!ak_arena_array(&arena, double, INT64_MAX / 2, 3));
    CHECK(!ak_alloc(8, INT64_MAX / 2, 3));
}

static void memory_is_shared(void **state)
{
    (void)state;
    const int64_t all = akin_memory_available();
    ak_memory_share(4);
    const int64_t part = akin_memory_available();
    ak_memory_share(0);
    if (all < 0) skip();
    CHECK(part >= 0 && part < all / 2); /* a quarter; others take and give meanwhile */
    CHECK(akin_memory_available() > all / 2);
}

static void parts_are_listed_and_asked_for(void **state)
{
    (void)state;
    int n = 0;
    for (; akin_build_part_at(n);
         n++) { /* the tests are built with every part but one that Debian 12 lacks, and launchers */
        const akin_build_part *part = akin_build_part_at(n);
        const bool may_lack = strcmp(part->name, "onnxruntime") == 0 || strcmp(part->name, "Open MPI") == 0 ||
                              strcmp(part->name, "MPICH") == 0;
        if (may_lack && !part->present) continue;
        CHECK(akin_build_part_at(n)->present);
        CHECK(akin_build_need(akin_build_part_at(n)->name, &err) == AKIN_OK);
    }
    CHECK(n == 13 && !akin_build_part_at(-1));
    CHECK_FAILS(akin_build_need("WebQ", &err), AKIN_ERR_ARGUMENT, "no part is called 'WebQ'");
}

/* Writes what it is given behind what is there. */
static akin_status note_pair(const char *name, const char *value, void *ctx, akin_error *why)
{
    char *all = ctx;
    if (strcmp(name, "bad") == 0) return ak_fail(why, AKIN_ERR_RANGE, "no %s", name);
    snprintf(all + strlen(all), 64, "%s is %s;", name, value);
    return AKIN_OK;
}

static void pairs_of_names_and_values(void **state)
{
    (void)state;
    char all[256] = "";
    CHECK_OK(akin_option_pairs(NULL, note_pair, all, &err));
    CHECK_OK(akin_option_pairs("", note_pair, all, &err));
    CHECK(all[0] == 0);
    CHECK_OK(akin_option_pairs("a=1\nb=x=y\n", note_pair, all, &err));
    CHECK(strcmp(all, "a is 1;b is x=y;") == 0);
    CHECK_FAILS(akin_option_pairs("a", note_pair, all, &err), AKIN_ERR_ARGUMENT,
                "'a'; it must be NAME=VALUE");
    CHECK_FAILS(akin_option_pairs("=1", note_pair, all, &err), AKIN_ERR_ARGUMENT, "NAME=VALUE");
    CHECK_FAILS(akin_option_pairs("bad=1\nc=2", note_pair, all, &err), AKIN_ERR_RANGE, "no bad");
    CHECK_FAILS(akin_option_pairs("a=1", NULL, all, &err), AKIN_ERR_ARGUMENT, "set must not be NULL");
    CHECK(strcmp(all, "a is 1;b is x=y;") == 0);
}

static void numbers_are_compared(void **state)
{
    (void)state;
    double x[] = { 2, -1, 1e300, 0.5, -1e300 };
    int32_t k[] = { 7, INT32_MIN, INT32_MAX, -1, 0 };
    qsort(x, 5, sizeof *x, ak_compare_double);
    qsort(k, 5, sizeof *k, ak_compare_int32);
    for (int i = 0; i + 1 < 5; i++) CHECK(x[i] < x[i + 1] && k[i] < k[i + 1]);
    CHECK(ak_compare_double(x, x) == 0 && ak_compare_int32(k, k) == 0);
    CHECK(ak_compare_bytes("ab", 2, "ab", 2) == 0 && ak_compare_bytes("ab", 1, "ac", 1) == 0);
    CHECK(ak_compare_bytes("ab", 2, "ac", 2) < 0 && ak_compare_bytes("b", 1, "ac", 2) > 0);
    CHECK(ak_compare_bytes("ab", 2, "abc", 3) < 0 && ak_compare_bytes("abc", 3, "", 0) > 0);
    CHECK(ak_compare_bytes("a\0b", 3, "a\0c", 3) < 0 && ak_compare_bytes("\xff", 1, "a", 1) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_are_documented),
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(streams_of_different_names_differ),
        cmocka_unit_test(draws_have_their_moments),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(options_grow_at_the_end),
        cmocka_unit_test(results_fit_the_caller),
        cmocka_unit_test(option_values_are_checked),
        cmocka_unit_test(near_names_are_found),
        cmocka_unit_test(writer_replaces_whole_or_not_at_all),
        cmocka_unit_test(temporary_names_are_made_anew),
        cmocka_unit_test(a_device_stays_a_device),
        cmocka_unit_test(paths_are_looked_at),
        cmocka_unit_test(files_of_a_result_come_together),
        cmocka_unit_test(older_files_step_aside),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(parallel_loops_visit_everything_once),
        cmocka_unit_test(a_thread_keeps_its_number_of_threads),
        cmocka_unit_test(arena_aligns_and_refuses),
        cmocka_unit_test(memory_is_shared),
        cmocka_unit_test(parts_are_listed_and_asked_for),
        cmocka_unit_test(pairs_of_names_and_values),
        cmocka_unit_test(numbers_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
