/* SPDX-License-Identifier: Apache-2.0 */
/* What a run costs, and whether it says so: memory told beforehand against the real peak, time by phase
 * against the clock. */
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "akin/tool/train.h"
#include "base/plain.h"
#include "test.h"
#include "train/memory.h"

#include <sys/wait.h>

static akin_error err;

typedef struct seen {
    double mib; /* "this run needs about X MiB" */
    akin_train_times times;
    double layers_s;
    int tables, profiles, layers;
} seen;

static void on_message(const char *line, void *ctx)
{
    seen *s = ctx;
    static const char needs[] = "this run needs about ";
    if (strncmp(line, needs, strlen(needs)) == 0) s->mib = ak_strtod(line + strlen(needs), NULL);
    s->tables += strncmp(line, "profile: ", 9) == 0;
}

static void on_profile(const akin_train_profile *p, void *ctx)
{
    seen *s = ctx;
    const akin_encoder_layer *l;
    s->times = *akin_train_profile_times(p);
    s->profiles++;
    for (; (l = akin_train_profile_layer_at(p, s->layers)); s->layers++) {
        s->layers_s += l->forward_s + l->backward_data_s + l->backward_weights_s + l->norm_forward_s +
                       l->norm_backward_s;
    }
}

static const char *const SETTINGS[] = { "encoder", "cnn4", "batch-size",  "96",  "epochs", "1",
                                        "seed",    "3",    "temperature", "0.5", NULL };

static void train(const char *folder, int64_t images, seen *s)
{
    const int64_t shape[4] = { images, 32, 32, 3 };
    uint8_t *pixels = malloc((size_t)images * 3072);
    for (int64_t i = 0; i < images * 3072; i++) pixels[i] = (uint8_t)test_u64();
    char data[512], run[512];
    snprintf(data, sizeof data, "%s/images.npy", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    CHECK_OK(akin_npy_save(data, AKIN_DTYPE_U8, 4, shape, pixels, &err));
    free(pixels);
    akin_train_config *c = NULL;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (const char *const *o = SETTINGS; *o; o += 2) CHECK_OK(akin_train_config_set(c, o[0], o[1], &err));
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    opts.ctx = s;
    opts.on_message = on_message;
    opts.on_profile = on_profile;
    opts.profile = true;
    CHECK_OK(akin_train(data, run, c, &opts, &err));
    akin_train_config_free(c);
}

static double resident_mib(const char *what)
{
    char line[256], format[64];
    double kib = NAN;
    snprintf(format, sizeof format, "%s: %%lf", what);
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, format, &kib) == 1) break;
    if (f) fclose(f);
    return kib / 1024;
}

/* The encoder's part is exact but for blocks that are never touched whole (scratch of primitives, sized for
 * the largest layer): 0.8 of it at least. On top come the program, its libraries and generated code, at most
 * 64 MiB, and what the allocator rounds up: a tenth. */
static void the_memory_told_is_the_memory_taken(void **state)
{
    (void)state;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", test_folder());
    fflush(NULL);
    const pid_t child = fork(); /* before any thread of computation is started */
    if (child == 0) {
        seen s = { 0 };
        train(folder, 192, &s);
        const double peak = resident_mib("VmHWM");
        CHECK(s.mib > 100);
        CHECK_LE(0.8 * s.mib, peak);
        CHECK_LE(peak, 1.1 * s.mib + 64);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void phases_and_layers_add_up(void **state)
{
    (void)state;
    char folder[256], path[512];
    snprintf(folder, sizeof folder, "%s", test_folder());
    seen s = { 0 };
    train(folder, 288, &s);
    CHECK(s.profiles == 1 && s.tables == 1);
    const akin_train_times *p = &s.times;
    CHECK(p->steps == 2 && s.layers == 10); /* three steps; 4 convolutions, 4 poolings, 2 linear layers */
    double sum = 0;
    for (int i = 0; i < AKIN_PHASES; i++) {
        CHECK(p->phase_s[i] >= 0 && akin_phase_name((akin_phase)i));
        sum += p->phase_s[i];
    }
    CHECK(!akin_phase_name(AKIN_PHASES));
    CHECK_NEAR(p->seconds, sum, 1e-9);
    /* Layers are part of forward and backward; each stands for nearly all of them. */
    const double encoder = p->phase_s[AKIN_PHASE_FORWARD] + p->phase_s[AKIN_PHASE_BACKWARD];
    CHECK(s.layers_s > 0);
    CHECK_LE(s.layers_s, encoder);
    CHECK(p->step_s[0] <= p->step_s[1] && p->step_s[1] <= p->step_s[2] && p->step_s[0] > 0);

    snprintf(path, sizeof path, "%s/run/profile.json", folder);
    akin_json *root = NULL;
    CHECK_OK(akin_json_load(path, 1 << 20, 0, &root, &err));
    CHECK(akin_json_get_int(root, "steps") == 2);
    CHECK(akin_json_length(akin_json_get(root, "layers")) == 10);
    CHECK_NEAR(akin_json_as_real(akin_json_get(root, "seconds")), p->seconds, 1e-6 * p->seconds);
    akin_json_free(root);
}

static void too_large_a_run_is_refused(void **state)
{
    (void)state;
    CHECK(akin_memory_available() > 0);
    const akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    const ak_net_plan net = { .encoder = o, .height = 32, .width = 32, .channels = 3, .rows = 8, .seed = 1 };
    ak_trainer t = { .rows = 8 };
    t.set.batch = 4;
    CHECK_OK(ak_net_create(&net, &t.net, &err));
    const ak_update_opts update = { .optimizer = { .kind = AK_SGD, .momentum = 0.9 } };
    CHECK_OK(ak_update_create(t.net.tensors, t.net.count, &update, &t.update, &err));
    const ak_sampler_plan plan = { .pairing = AK_PAIR_VIEWS, .items = 8, .batch = 4 };
    CHECK_OK(ak_sampler_create(&plan, &t.sampler, &err));
    t.learning.kind = ak_kind_of(AKIN_DATA_IMAGES);
    t.learning.source.row_floats = 3072;
    t.set.workers = 1;
    const ak_train_memory m = ak_trainer_memory(&t);
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    CHECK_OK(akin_encoder_get_info(t.net.encoder, &info, &err));
    CHECK(m.encoder == info.memory_bytes && m.optimizer >= 4 * info.parameters &&
          m.loader >= 4 * 8 * 3072 * 4);
    CHECK(m.checkpoint >= 8 * info.parameters && m.data == 0);
    const int64_t need = m.encoder + m.optimizer + m.loss + m.loader + m.checkpoint;
    CHECK_OK(ak_trainer_check_memory(&t, need, &err));
    CHECK_OK(ak_trainer_check_memory(&t, -1, &err)); /* not known: no reason to refuse */
    CHECK_FAILS(ak_trainer_check_memory(&t, need - 1, &err), AKIN_ERR_NOMEM, "smaller than 4");
    t.width = 128; /* a queue is held once, and written with each checkpoint */
    const ak_train_memory without = ak_trainer_memory(&t);
    t.set.queue = 1000;
    const ak_train_memory with = ak_trainer_memory(&t);
    CHECK(with.optimizer - without.optimizer == 1000 * 128 * 4);
    CHECK(with.checkpoint - without.checkpoint == 1000 * 128 * 4 && with.loss == without.loss);
    ak_sampler_free(t.sampler);
    ak_update_free(t.update);
    ak_net_release(&t.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_memory_told_is_the_memory_taken),
        cmocka_unit_test(phases_and_layers_add_up),
        cmocka_unit_test(too_large_a_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
