/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models as encoders, in one process: every cut of a model is refused and every flipped bit is refused
 * or taken, never a crash; rows are the same bits whatever the batch and the number of threads; what is wrong
 * is said. Models are written with the writer of akin export, so that no library of ONNX is needed;
 * tests/cli/onnx.sh has those of others. Skipped where onnxruntime is not there. */
#include "akin/tool/dataset.h"
#include "akin/tool/onnx.h"
#include "export/onnx.h"
#include "test.h"

static akin_error err;
static char folder[256];

enum { COLUMNS = 6, WIDTH = 3, ROWS = 700 };
static float weights[COLUMNS * WIDTH], table[ROWS * COLUMNS];

static const char *path(const char *name)
{
    static char to[2][300];
    static int turn;
    turn = !turn;
    snprintf(to[turn], sizeof to[turn], "%s/%s", folder, name);
    return to[turn];
}

/* y = x w, or y = sqrt(x w); a batch of that size, or of any. */
static void write_model(const char *name, bool root, int64_t batch)
{
    ak_onnx *o = ak_onnx_create();
    const ak_onnx_shape w = { 2, { COLUMNS, WIDTH } };
    ak_onnx_input(o, "x", AK_ONNX_FLOAT, (ak_onnx_shape){ 2, { batch, COLUMNS } });
    ak_onnx_array(o, "w", AK_ONNX_FLOAT, w, weights);
    ak_onnx_node(o, "MatMul", (const char *const[]){ "x", "w", NULL }, (const char *const[]){ "m" }, 1, NULL);
    ak_onnx_node(o, root ? "Sqrt" : "Identity", (const char *const[]){ "m", NULL },
                 (const char *const[]){ "y" }, 1, NULL);
    ak_onnx_output(o, "y", AK_ONNX_FLOAT, (ak_onnx_shape){ 2, { batch, WIDTH } });
    CHECK_OK(ak_onnx_save(o, path(name), 17, &err));
    ak_onnx_free(o);
}

static akin_array embed(const char *name, int threads)
{
    akin_onnx *m = NULL;
    akin_dataset *set = NULL;
    akin_array rows = { .data = NULL };
    akin_set_threads(threads);
    CHECK_OK(akin_onnx_open(path(name), NULL, &m, &err));
    akin_set_threads(0);
    CHECK(akin_onnx_data_kind(m) == AKIN_DATA_VECTORS);
    CHECK_OK(akin_onnx_open_dataset(m, path("table.npy"), NULL, &set, &err));
    CHECK_OK(akin_onnx_embed(m, set, "train", &rows, &err));
    akin_dataset_free(set);
    akin_onnx_free(m);
    return rows;
}

static void rows_are_those_of_the_graph(void **state)
{
    (void)state;
    akin_array rows = embed("any.onnx", 1);
    CHECK(rows.ndim == 2 && rows.shape[0] == ROWS && rows.shape[1] == WIDTH && rows.dtype == AKIN_DTYPE_F32);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t k = 0; k < WIDTH; k++) {
            double sum = 0, size = 0;
            for (int64_t c = 0; c < COLUMNS; c++) {
                sum += (double)table[i * COLUMNS + c] * (double)weights[c * WIDTH + k];
                size += fabs((double)table[i * COLUMNS + c] * (double)weights[c * WIDTH + k]);
            }
            CHECK_NEAR(((float *)rows.data)[i * WIDTH + k], sum, size * COLUMNS * 1.2e-7);
        }
    akin_array_free(&rows);
}

static void bits_do_not_depend_on_batch_or_threads(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "any.onnx", "one.onnx", "seven.onnx" };
    akin_array want = embed("any.onnx", 1);
    for (int i = 0; i < 3; i++)
        for (int threads = 1; threads <= 2; threads++) {
            akin_array got = embed(NAMES[i], threads);
            CHECK(got.count == want.count);
            CHECK(memcmp(got.data, want.data, (size_t)want.count * sizeof(float)) == 0);
            akin_array_free(&got);
        }
    akin_array_free(&want);
}

/* It opens, and then it is a model like any other; or it is said what is wrong with it. */
static akin_status open_bytes(const char *bytes, size_t n)
{
    akin_onnx *m = NULL;
    FILE *f = fopen(path("broken.onnx"), "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
    err.message[0] = 0;
    const akin_status status = akin_onnx_open(path("broken.onnx"), NULL, &m, &err);
    if (status) {
        CHECK(!m && *err.message && !strchr(err.message, '\n'));
        CHECK(status == AKIN_ERR_FORMAT || status == AKIN_ERR_SHAPE || status == AKIN_ERR_UNSUPPORTED ||
              status == AKIN_ERR_ARGUMENT || status == AKIN_ERR_NOMEM);
    }
    akin_onnx_free(m);
    return status;
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    CHECK_OK(akin_file_load(path("any.onnx"), 1 << 20, &bytes, &n, &err));
    CHECK(open_bytes(bytes, n) == AKIN_OK);
    for (size_t i = 0; i < n; i++) CHECK(open_bytes(bytes, i) != AKIN_OK);
    free(bytes);
}

static void every_flip_is_refused_or_taken(void **state)
{
    (void)state;
    char *bytes;
    size_t n, taken = 0;
    const size_t step = getenv("AKIN_TEST_FULL") ? 1 : 5;
    CHECK_OK(akin_file_load(path("any.onnx"), 1 << 20, &bytes, &n, &err));
    for (size_t i = 0; i < 8 * n; i += step) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
        taken += open_bytes(bytes, n) == AKIN_OK;
        bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
    }
    CHECK(taken > 8 * sizeof weights / step / 2); /* any bit of the weights is a number like another */
    free(bytes);
}

static void wrong_calls_are_told(void **state)
{
    (void)state;
    akin_onnx *m = NULL;
    akin_dataset *set = NULL, *other = NULL;
    akin_array rows = { .data = NULL };
    akin_onnx_opts opts = AKIN_ONNX_OPTS_INIT;
    CHECK_FAILS(akin_onnx_open(NULL, NULL, &m, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
    CHECK_FAILS(akin_onnx_open(path("any.onnx"), NULL, NULL, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
    CHECK_FAILS(akin_onnx_open(path("none"), NULL, &m, &err), AKIN_ERR_INPUT, "cannot open");
    opts.output = "z";
    CHECK_FAILS(akin_onnx_open(path("any.onnx"), &opts, &m, &err), AKIN_ERR_ARGUMENT, "has no output 'z'");
    opts = (akin_onnx_opts)AKIN_ONNX_OPTS_INIT;
    opts.channels = AKIN_ONNX_CHANNELS_LAST;
    CHECK_FAILS(akin_onnx_open(path("any.onnx"), &opts, &m, &err), AKIN_ERR_ARGUMENT,
                "--channels is of images");
    CHECK_OK(akin_onnx_open(path("root.onnx"), NULL, &m, &err));
    CHECK_FAILS(akin_onnx_open_dataset(m, NULL, NULL, &set, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
    CHECK_FAILS(akin_onnx_open_dataset(m, path("narrow.npy"), NULL, &set, &err), AKIN_ERR_SHAPE,
                "have 2 columns; the model takes 6");
    CHECK_OK(akin_onnx_open_dataset(m, path("table.npy"), NULL, &set, &err));
    CHECK_OK(akin_dataset_open(path("pictures.npy"), NULL, &other, &err));
    CHECK_FAILS(akin_onnx_embed(m, set, "test", &rows, &err), AKIN_ERR_INPUT, "test");
    CHECK_FAILS(akin_onnx_embed(m, other, "train", &rows, &err), AKIN_ERR_INPUT, "the model takes vectors");
    CHECK_FAILS(akin_onnx_embed(m, set, "train", NULL, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
    CHECK_FAILS(akin_onnx_embed(m, set, "train", &rows, &err), AKIN_ERR_NUMERIC, "is not finite in column");
    CHECK(!rows.data);
    akin_dataset_free(set);
    akin_dataset_free(other);
    akin_onnx_free(m);
    akin_onnx_free(NULL);
}

static void save(const char *name, akin_dtype type, int dims, const int64_t *shape, const void *data)
{
    CHECK_OK(akin_npy_save(path(name), type, dims, shape, data, &err));
}

static void begin(void)
{
    static const uint8_t pixels[2 * 4 * 4];
    snprintf(folder, sizeof folder, "%s", test_folder());
    for (int i = 0; i < COLUMNS * WIDTH; i++) weights[i] = (float)test_uniform(-0.5, 0.5);
    for (int i = 0; i < ROWS * COLUMNS; i++) table[i] = (float)test_uniform(-0.5, 0.5);
    save("table.npy", AKIN_DTYPE_F32, 2, (const int64_t[]){ ROWS, COLUMNS }, table);
    save("narrow.npy", AKIN_DTYPE_F32, 2, (const int64_t[]){ ROWS, 2 }, table);
    save("pictures.npy", AKIN_DTYPE_U8, 3, (const int64_t[]){ 2, 4, 4 }, pixels);
    write_model("any.onnx", false, AK_ONNX_BATCH);
    write_model("one.onnx", false, 1);
    write_model("seven.onnx", false, 7);
    write_model("root.onnx", true, AK_ONNX_BATCH);
}

int main(void)
{
    akin_onnx *m = NULL;
    begin();
    if (akin_onnx_open(path("any.onnx"), NULL, &m, &err) == AKIN_ERR_UNSUPPORTED) {
        printf("skipped: %s\n", err.message);
        return 77;
    }
    akin_onnx_free(m);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_graph),
        cmocka_unit_test(bits_do_not_depend_on_batch_or_threads),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_flip_is_refused_or_taken),
        cmocka_unit_test(wrong_calls_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
