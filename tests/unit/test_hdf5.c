/* SPDX-License-Identifier: Apache-2.0 */
/* Files of HDF5, written here by libhdf5: every kind of number is read as that of a .npy is; chunks, packed
 * ones, both byte orders; which array is what; links that lead away are not followed; cut files are refused.
 * Damaged bytes: the library may fall over, so each is read in a process of its own, and how many did is
 * printed. */
#include "akin/tool/dataset.h"
#include "akin/tool/labels.h"
#include "akin/tool/npz.h"
#include "files/hdf5.h"
#include "image_folders.h"

#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/wait.h>

static char path[600];

static const char *at(const char *name)
{
    if (!*folder) fresh_folder();
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static hid_t create(const char *name) { return H5Fcreate(at(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT); }

/* A data set of values in memory of that type; chunk > 0: in packed chunks of so many rows. */
static void store(hid_t file, const char *name, hid_t stored, hid_t memory, int ndim, const hsize_t *shape,
                  int chunk, const void *data)
{
    const hid_t space = H5Screate_simple(ndim, shape, NULL), how = H5Pcreate(H5P_DATASET_CREATE),
                links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    if (chunk) {
        hsize_t each[4];
        memcpy(each, shape, sizeof *each * (size_t)ndim);
        each[0] = (hsize_t)chunk;
        H5Pset_chunk(how, ndim, each);
        H5Pset_shuffle(how);
        H5Pset_deflate(how, 6);
    }
    const hid_t set = H5Dcreate2(file, name, stored, space, links, how, H5P_DEFAULT);
    CHECK(set >= 0 && H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Pclose(links);
    H5Pclose(how);
    H5Sclose(space);
}

enum { N = 30, D = 4 };
static float rows[N * D];
static int32_t labels[N];

static void fill(void)
{
    for (int i = 0; i < N * D; i++) rows[i] = (float)(i * i % 97) / 4 - 8;
    for (int i = 0; i < N; i++) labels[i] = i % 3;
}

/* x and y, as most people write them. */
static void write_plain(const char *name)
{
    const hsize_t shape[2] = { N, D };
    const hid_t file = create(name);
    fill();
    store(file, "x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 0, rows);
    store(file, "y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, shape, 0, labels);
    H5Fclose(file);
}

/* The same in packed chunks and groups, with names of the classes. */
static void write_rich(const char *name)
{
    static const char *const CLASSES[] = { "cat", "dog", "\xC3\xA4" };
    const hsize_t shape[2] = { N, D }, three = 3;
    const hid_t file = create(name), text = H5Tcopy(H5T_C_S1);
    fill();
    H5Tset_size(text, H5T_VARIABLE);
    store(file, "train/x", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 2, shape, 7, rows);
    store(file, "train/y", H5T_STD_U8LE, H5T_NATIVE_INT32, 1, shape, 5, labels);
    store(file, "classes", text, text, 1, &three, 0, CLASSES);
    H5Tclose(text);
    H5Fclose(file);
}

static bool same_rows(const char *where)
{
    akin_array a = { .data = NULL };
    CHECK_OK(akin_npy_load_matrix(where, &a, &err));
    const bool same = a.shape[0] == N && a.shape[1] == D && memcmp(a.data, rows, sizeof rows) == 0;
    akin_array_free(&a);
    return same;
}

static void numbers_of_all_kinds(void **state)
{
    const hsize_t shape[2] = { N, D };
    const hid_t half = H5Tcopy(H5T_IEEE_F32BE);
    (void)state;
    fill();
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    const hid_t stored[] = { H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE, half };
    const char *const names[] = { "f4", "f4be", "f8", "f8be", "half" };
    hid_t file = create("reals.h5");
    for (int k = 0; k < 5; k++) {
        char name[64];
        store(file, names[k], stored[k], H5T_NATIVE_FLOAT, 2, shape, 0, rows);
        snprintf(name, sizeof name, "packed/%s", names[k]);
        store(file, name, stored[k], H5T_NATIVE_FLOAT, 2, shape, 7, rows);
    }
    H5Fclose(file);
    H5Tclose(half);
    for (int k = 0; k < 10; k++) {
        char where[700];
        snprintf(where, sizeof where, "%s:/%s%s", at("reals.h5"), k < 5 ? "" : "packed/", names[k % 5]);
        CHECK(same_rows(where));
    }
    const hid_t whole[] = { H5T_STD_I8LE,  H5T_STD_U8LE,  H5T_STD_I16BE, H5T_STD_U16LE,
                            H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_I64LE, H5T_STD_U64BE };
    for (int k = 0; k < 8; k++) {
        akin_array a;
        file = create("whole.h5");
        store(file, "labels", whole[k], H5T_NATIVE_INT32, 1, shape, k % 2 ? 0 : 5, labels);
        H5Fclose(file);
        CHECK_OK(akin_labels_load(at("whole.h5"), &a, &err));
        CHECK(a.count == N && memcmp(a.data, labels, sizeof labels) == 0);
        akin_array_free(&a);
    }
    const uint64_t high[1] = { (uint64_t)1 << 63 };
    const hsize_t one = 1;
    file = create("high.h5");
    store(file, "y", H5T_STD_U64LE, H5T_NATIVE_UINT64, 1, &one, 0, high);
    H5Fclose(file);
    akin_array a;
    CHECK_FAILS(akin_labels_load(at("high.h5"), &a, &err), AKIN_ERR_INPUT, "above 2^63-1");
}

/* A set from a file of HDF5 is that of the same arrays in .npy. */
static void sets_are_those_of_npy(void **state)
{
    akin_image_set *a, *b;
    uint8_t pixels[N * 8 * 6 * 3];
    const hsize_t shape[4] = { N, 8, 6, 3 };
    const int64_t sizes[4] = { N, 8, 6, 3 }, n = N;
    (void)state;
    fill();
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * i % 251);
    CHECK_OK(akin_npy_save(at("im.npy"), AKIN_DTYPE_U8, 4, sizes, pixels, &err));
    CHECK_OK(akin_npy_save(at("im-labels.npy"), AKIN_DTYPE_I32, 1, &n, labels, &err));
    const hid_t file = create("im.h5");
    store(file, "train/images", H5T_STD_U8LE, H5T_NATIVE_UINT8, 4, shape, 4, pixels);
    store(file, "train/labels", H5T_STD_U16BE, H5T_NATIVE_INT32, 1, shape, 0, labels);
    H5Lcreate_external("/etc/passwd", "/x", file, "away", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/train/images", file, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    CHECK_OK(akin_image_set_open(at("im.npy"), &opts, &a, &err));
    CHECK_OK(akin_image_set_open(at("im.h5"), &opts, &b, &err));
    CHECK(strcmp(akin_image_set_fingerprint(a), akin_image_set_fingerprint(b)) == 0);
    CHECK(memcmp(split_of(b, "train").labels, labels, sizeof labels) == 0);
    akin_image_set_free(a);
    akin_image_set_free(b);
    CHECK(akin_data_detect(at("im.h5")) == AKIN_DATA_IMAGES);
    write_plain("v.h5");
    akin_dataset *set;
    CHECK_OK(akin_dataset_open(at("v.h5"), NULL, &set, &err));
    CHECK(akin_dataset_kind(set) == AKIN_DATA_VECTORS);
    akin_dataset_free(set);
}

static void what_is_ambiguous_is_refused(void **state)
{
    const hsize_t shape[2] = { N, D };
    akin_dataset *set;
    char where[700];
    (void)state;
    fill();
    hid_t file = create("two.h5");
    store(file, "x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 0, rows);
    store(file, "data", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 0, rows);
    H5Fclose(file);
    CHECK_FAILS(akin_dataset_open(at("two.h5"), NULL, &set, &err), AKIN_ERR_INPUT, "which is it? give one");
    snprintf(where, sizeof where, "%s:/data", at("two.h5"));
    CHECK_OK(akin_dataset_open(where, NULL, &set, &err));
    akin_dataset_free(set);
    snprintf(where, sizeof where, "%s:/datum", at("two.h5"));
    CHECK_FAILS(akin_dataset_open(where, NULL, &set, &err), AKIN_ERR_INPUT, "it holds data [30,4], x [30,4]");
    file = create("others.h5");
    store(file, "a", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 0, rows);
    store(file, "b", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 0, rows);
    H5Fclose(file);
    CHECK_FAILS(akin_dataset_open(at("others.h5"), NULL, &set, &err), AKIN_ERR_INPUT, "a [30,4], b [30,4]");
    rows[5] = NAN;
    file = create("nan.h5");
    store(file, "x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, shape, 3, rows);
    H5Fclose(file);
    CHECK_FAILS(akin_dataset_open(at("nan.h5"), NULL, &set, &err), AKIN_ERR_INPUT, "row 1, column 1");
    fill();
}

/* A header that promises much is no reason to take memory. */
static void promises_are_not_believed(void **state)
{
    const hsize_t shape[2] = { (hsize_t)1 << 40, 100 }, chunk[2] = { 1000, 100 };
    akin_dataset *set;
    (void)state;
    const hid_t file = create("big.h5"), space = H5Screate_simple(2, shape, NULL),
                how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 2, chunk);
    H5Dclose(H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Pclose(how);
    H5Sclose(space);
    H5Fclose(file);
    CHECK_FAILS(akin_dataset_open(at("big.h5"), NULL, &set, &err), AKIN_ERR_INPUT,
                "over 1000 times the 0 stored");
}

static void every_cut_is_refused(void **state)
{
    char *bytes;
    size_t n;
    akin_dataset *set;
    (void)state;
    write_plain("v.h5");
    CHECK_OK(akin_file_load(at("v.h5"), (size_t)1 << 24, &bytes, &n, &err));
    for (size_t cut = 0; cut < n; cut += 37) {
        put("cut.h5", bytes, cut);
        CHECK(akin_dataset_open(at("cut.h5"), NULL, &set, &err) != AKIN_OK && *err.message);
    }
    free(bytes);
}

/* Names of the items, from one file per kind of text; NULL: refused. */
static void expect_names(hid_t text, int ndim, const hsize_t *shape, const void *data,
                         const char *const want[3])
{
    akin_names names = AKIN_NAMES_INIT;
    const hid_t file = create("names.h5");
    store(file, "names", text, text, ndim, shape, 0, data);
    H5Fclose(file);
    const akin_status status = akin_npz_names(at("names.h5"), &names, &err);
    CHECK(want ? status == AKIN_OK && names.n == (int64_t)shape[0] : status == AKIN_ERR_SHAPE);
    for (int64_t k = 0; want && k < names.n; k++) CHECK(strcmp(names.name[k], want[k]) == 0);
    akin_names_free(&names);
}

static void texts_are_read(void **state)
{
    static const char *const ANY[3] = { "cat", "", "a longer \xC3\xA4" }, *const FIXED[3] = { "cat", "a b",
                                                                                              "abcd" };
    const hsize_t three[2] = { 3, 1 }, none = 0;
    const hid_t text = H5Tcopy(H5T_C_S1), fixed = H5Tcopy(H5T_C_S1);
    (void)state;
    H5Tset_size(text, H5T_VARIABLE);
    expect_names(text, 1, three, ANY, ANY);
    expect_names(text, 1, &none, ANY, ANY);
    expect_names(text, 2, three, ANY, NULL);
    H5Tset_size(fixed, 4);
    H5Tset_strpad(fixed, H5T_STR_NULLPAD);
    expect_names(fixed, 1, three, "cat\0a b\0abcd", FIXED); /* the last is not ended */
    H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
    expect_names(fixed, 1, three, "cat a b abcd", FIXED);
    H5Tclose(fixed);
    H5Tclose(text);

    akin_labels *read = NULL;
    write_rich("rich.h5");
    CHECK_OK(akin_labels_open(at("rich.h5"), &read, &err));
    CHECK(strcmp(akin_labels_class_name(read, 0), "cat") == 0 &&
          strcmp(akin_labels_class_name(read, 2), "\xC3\xA4") == 0);
    akin_labels_free(read);
}

/* What a child makes of a damaged file: 0 refused, 1 the same rows, 2 others, 3 it fell over or hung. */
static int outcome(const char *file)
{
    static const int FATAL[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        akin_array a = { .data = NULL };
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        for (size_t k = 0; k < sizeof FATAL / sizeof *FATAL; k++)
            signal(FATAL[k], SIG_DFL); /* cmocka's go on */
        alarm(10);
        akin_labels *read = NULL;
        if (akin_labels_open(file, &read, &err) == AKIN_OK)
            for (int k = 0; k < 3; k++) (void)akin_labels_class_name(read, k);
        if (akin_npy_load_matrix(file, &a, &err)) _exit(0);
        _exit(a.count == N * D && memcmp(a.data, rows, sizeof rows) == 0 ? 1 : 2);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) < 3 ? WEXITSTATUS(status) : 3;
}

static void flip(const char *name)
{
    char *bytes;
    size_t n;
    int count[4] = { 0 };
    const bool all = getenv("AKIN_TEST_FULL") != NULL;
    CHECK_OK(akin_file_load(at(name), (size_t)1 << 24, &bytes, &n, &err));
    for (size_t i = 0; i < n; i += all ? 1 : 29)
        for (int bit = (int)(i % 8); bit < 8; bit += all ? 3 : 8) {
            bytes[i] ^= (char)(1 << bit);
            put("flip.h5", bytes, n);
            count[outcome(at("flip.h5"))]++;
            bytes[i] ^= (char)(1 << bit);
        }
    print_message(
        "%s, %zu bytes, flips: %d refused, %d without effect, %d other numbers, %d where libhdf5 fell over\n",
        name, n, count[0], count[1], count[2], count[3]);
    CHECK(count[0] > 5 && count[1] > 5 && count[3] * 20 <= count[0] + count[1] + count[2]);
    free(bytes);
}

static void flips(void **state)
{
    (void)state;
    write_plain("v.h5");
    flip("v.h5");
    write_rich("rich.h5");
    flip("rich.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips), /* before any file was opened: children begin with an empty library */
        cmocka_unit_test(numbers_of_all_kinds),
        cmocka_unit_test(sets_are_those_of_npy),
        cmocka_unit_test(what_is_ambiguous_is_refused),
        cmocka_unit_test(promises_are_not_believed),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(texts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
