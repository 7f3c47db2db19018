/* SPDX-License-Identifier: Apache-2.0 */
/* A NaN, an infinity or a value too large to square, put into a training run at a random step and place, a
 * hundred times: the run stops in that step with AKIN_ERR_NUMERIC (exit code 4) and a sentence that names the
 * tensor; the checkpoint before it is there and loads; no file of the run holds a value that is not finite;
 * and a resume ends with the bits of a run in which nothing happened. */
#include "akin/model.h"
#include "train/fault.h"

#include "test.h"

#include <dirent.h>

enum {
    IMAGES = 40,
    SIDE = 8,
    BATCH = 8,
    EPOCHS = 3,
    STEPS = EPOCHS * (IMAGES / BATCH),
    EVERY = 4,
    TRIALS = 100
};
enum { RESUMED = 10 }; /* every so many trials */

static akin_error err;
static char data[300], folder[300];

static const char *const STAGES[] = {
    "views", "projections", "loss", "loss gradient", "gradients", "weights"
};
enum { STAGE_COUNT = sizeof STAGES / sizeof *STAGES };

/* The fault of the trial under way. */
static struct {
    int64_t step; /* 1, 2, ...; 0 = none */
    const char *stage;
    float value;
    double where; /* in [0,1) */
    char tensor[160];
    int done;
} plan;

static float *pick(ak_trainer *t, int64_t *count)
{
    const bool gradients = strcmp(plan.stage, "gradients") == 0;
    int64_t usable = 0;
    const int64_t tensors = t->net.encoder_count;
    const akin_tensor *tensor = t->net.tensors;
    for (int64_t i = 0; i < tensors; i++) usable += !gradients || tensor[i].grad;
    int64_t n = (int64_t)(plan.where * (double)usable);
    for (int64_t i = 0; i < tensors; i++) {
        if (gradients && !tensor[i].grad) continue;
        if (n-- > 0) continue;
        snprintf(plan.tensor, sizeof plan.tensor, "%s", tensor[i].name);
        *count = tensor[i].plain; /* not the padding of a blocked layout */
        return gradients ? tensor[i].grad : tensor[i].data;
    }
    abort();
}

static void inject(ak_trainer *t, const char *stage, void *values)
{
    if (plan.step != t->state.step + 1 || strcmp(stage, plan.stage) != 0) return;
    plan.done++;
    int64_t count = 2 * BATCH * t->width;
    if (strcmp(stage, "loss") == 0) {
        *(double *)values = (double)plan.value;
        return;
    }
    if (strcmp(stage, "views") == 0) count = 2 * BATCH * SIDE * SIDE;
    float *x = values ? values : pick(t, &count);
    x[(int64_t)(plan.where * 7919 * (double)count) % count] = plan.value;
}

static akin_status run(const char *out, const char *encoder, bool resume)
{
    akin_train_config *c = NULL;
    CHECK_OK(akin_train_config_create(&c, &err));
    static const char *const options[][2] = {
        { "batch-size", "8" }, { "epochs", "3" },           { "head-hidden", "8" }, { "head-out", "4" },
        { "width", "4" },      { "checkpoint-every", "4" }, { "log-every", "1" },
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_OK(akin_train_config_set(c, options[i][0], options[i][1], &err));
    CHECK_OK(akin_train_config_set(c, "encoder", encoder, &err));
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.resume = resume;
    const akin_status status = akin_train(data, out, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

/* Everything below the folder: tensors of safetensors files, JSON, and the floats of event files. Returns how
 * many checkpoints of steps there are; *newest receives the highest step. */
static int scan(const char *at, int64_t *newest)
{
    int found = 0;
    DIR *dir = opendir(at);
    CHECK(dir != NULL);
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char path[800], *bytes = NULL;
        size_t n = 0;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%.400s/%s", at, entry->d_name);
        struct stat info;
        CHECK(stat(path, &info) == 0);
        if (S_ISDIR(info.st_mode)) {
            found += scan(path, newest);
            continue;
        }
        CHECK(!strstr(entry->d_name, ".tmp"));
        CHECK_OK(akin_file_load(path, SIZE_MAX - 1, &bytes, &n, &err));
        long long step;
        if (sscanf(entry->d_name, "step-%lld", &step) == 1) {
            found++;
            if (step > *newest) *newest = step;
        }
        if (strstr(entry->d_name, ".safetensors")) {
            uint64_t header;
            memcpy(&header, bytes, 8);
            CHECK(!strstr(bytes + 8, "nan") && !strstr(bytes + 8, "inf\""));
            CHECK(ak_all_finite((const float *)(const void *)(bytes + 8 + header),
                                (int64_t)(n - 8 - header) / 4));
        } else if (strstr(entry->d_name, "tfevents")) {
            for (size_t k = 0; k + 5 <= n; k++) { /* a value is field 2, of 32 bits: 0x15 and the float */
                float x;
                memcpy(&x, bytes + k + 1, 4);
                uint32_t bits;
                memcpy(&bits, &x, 4);
                if (bytes[k] == 0x15) CHECK(bits != 0x7fc00000 && bits != 0xffc00000 && !isinf(x));
            }
        } else if (!strstr(entry->d_name, ".npy")) {
            CHECK(!strstr(bytes, "nan") && !strstr(bytes, "NaN") && !strstr(bytes, "Infinity"));
        }
        free(bytes);
    }
    closedir(dir);
    return found;
}

static void sum_of(const char *out, char sum[17])
{
    char path[400], *text = NULL;
    snprintf(path, sizeof path, "%s/DONE", out);
    CHECK_OK(akin_file_load(path, 4096, &text, NULL, &err));
    const char *at = strstr(text, "weights_xxh64\": \"");
    CHECK(at != NULL);
    snprintf(sum, 17, "%.16s", at + strlen("weights_xxh64\": \""));
    free(text);
}

static void prepare(void)
{
    uint8_t pixels[IMAGES * SIDE * SIDE];
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++) pixels[i] = (uint8_t)test_int(0, 255);
    const int64_t shape[3] = { IMAGES, SIDE, SIDE };
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(data, sizeof data, "%.280s/train.npy", folder);
    CHECK_OK(akin_npy_save(data, AKIN_DTYPE_U8, 3, shape, pixels, &err));
    akin_set_threads(1);
    ak_train_fault = inject;
}

static void what_is_not_finite_stops_the_run(void **state)
{
    (void)state;
    static const char *const encoders[] = { "resnet-s", "mlp" };
    static const float values[] = { NAN, INFINITY, -INFINITY, 1e25f };
    char want[2][17], got[17], out[400], step[32];
    for (int e = 0; e < 2; e++) {
        plan.step = 0;
        snprintf(out, sizeof out, "%s/want%d", folder, e);
        CHECK_OK(run(out, encoders[e], false));
        sum_of(out, want[e]);
    }
    for (int trial = 0; trial < TRIALS; trial++) {
        const int e = trial % 2;
        plan.step = test_int(1, STEPS);
        plan.stage = STAGES[test_int(0, STAGE_COUNT - 1)];
        plan.value = values[test_int(0, strcmp(plan.stage, "gradients") == 0 ? 3 : 2)];
        plan.where = test_uniform(0, 1);
        plan.tensor[0] = 0;
        plan.done = 0;
        snprintf(out, sizeof out, "%s/%d", folder, trial);
        const akin_status status = run(out, encoders[e], false);
        snprintf(step, sizeof step, "step %lld:", (long long)plan.step);
        if (status != AKIN_ERR_NUMERIC || plan.done != 1 || !strstr(err.message, step) ||
            !strstr(err.message, plan.tensor)) {
            print_error("%s, step %lld, %s %s = %g: %s '%s'\n", encoders[e], (long long)plan.step, plan.stage,
                        plan.tensor, (double)plan.value, akin_status_name(status), err.message);
            _fail(__FILE__, __LINE__);
        }
        CHECK(akin_status_exit_code(status) == 4);
        if (strcmp(plan.stage, "projections") == 0)
            CHECK(strstr(err.message, "the projections are not finite"));

        int64_t newest = 0;
        const int64_t last = (plan.step - 1) / EVERY * EVERY;
        const int kept = scan(out, &newest);
        CHECK(newest == last && kept == (last >= 2 * EVERY ? 2 : last > 0));
        akin_model *model = NULL;
        if (last > 0) {
            CHECK_OK(akin_model_open(out, NULL, &model, &err));
            CHECK(akin_model_step(model) == last);
            akin_model_free(model);
        }
        if (trial % RESUMED) continue;
        plan.step = 0;
        CHECK_OK(run(out, encoders[e], true));
        sum_of(out, got);
        CHECK(strcmp(got, want[e]) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_not_finite_stops_the_run) };
    prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
