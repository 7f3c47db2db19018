/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a training run, each against its definition: event records against published check sums,
 * safetensors under damage, the loader's order. */
#include "base/base.h"
#include "base/rng.h"
#include "test.h"
#include "train/tfevents.h"
#include "files/safetensors.h"
#include "model/checkpoint.h"

static akin_error err;

static void crc_and_records_are_as_published(void **state)
{
    (void)state;
    /* RFC 3720 B.4: CRC-32C of 32 zero bytes is 0x8A9136AA, of "123456789" (the usual check) 0xE3069283 */
    const unsigned char zeros[32] = { 0 };
    const uint32_t crc[2] = { 0x8A9136AAu, 0xE3069283u };
    CHECK(ak_masked_crc32c(zeros, 32) == (uint32_t)((crc[0] >> 15 | crc[0] << 17) + 0xA282EAD8u));
    CHECK(ak_masked_crc32c("123456789", 9) == (uint32_t)((crc[1] >> 15 | crc[1] << 17) + 0xA282EAD8u));

    unsigned char record[AK_EVENT_BYTES(1)];
    const ak_scalar loss = { "loss", 1.0f };
    const size_t bytes = ak_event_scalars(record, 0.0, 300, &loss, 1);
    static const unsigned char data[] = { 0x09, 0,    0,    0,    0,   0,   0, 0, 0, /* wall_time = 0 */
                                          0x10, 0xAC, 0x02,                          /* step = 300 */
                                          0x2A, 0x0D, 0x0A, 0x0B,                    /* summary, value */
                                          0x0A, 0x04, 'l',  'o',  's', 's',          /* tag */
                                          0x15, 0,    0,    0x80, 0x3F };            /* simple_value = 1 */
    CHECK(bytes == sizeof data + 16 && record[0] == sizeof data && record[1] == 0);
    CHECK(memcmp(record + 12, data, sizeof data) == 0);
}

static const int64_t SHAPE[2] = { 3, 5 };

static void safetensors_keep_every_bit(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/t.safetensors", test_folder());
    float a[15], b[1] = { -0.0f };
    for (int i = 0; i < 15; i++) a[i] = (float)test_normal();
    const int64_t one[1] = { 1 };
    const ak_tensor_out tensors[] = { { "layer.weight", 2, SHAPE, a }, { "b\"\\\n", 1, one, b } };
    const ak_text_pair pairs[] = { { "step", "12" }, { "note", "\"xxh64\": \"" } };
    CHECK_OK(ak_safetensors_save(path, tensors, 2, pairs, 2, &err));
    ak_safetensors *s = NULL;
    CHECK_OK(ak_safetensors_load(path, &s, &err));
    const float *got = ak_safetensors_find(s, "layer.weight", 15);
    CHECK(got && memcmp(got, a, sizeof a) == 0);
    got = ak_safetensors_find(s, "b\"\\\n", 1);
    CHECK(got && memcmp(got, b, sizeof b) == 0);
    CHECK(!ak_safetensors_find(s, "layer.weight", 14) && !ak_safetensors_find(s, "none", 15));
    CHECK(strcmp(ak_safetensors_text(s, "step"), "12") == 0 && !ak_safetensors_text(s, "none"));
    ak_safetensors_free(s);
}

static void every_flipped_bit_and_every_cut_is_seen(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/t.safetensors", test_folder());
    float a[15];
    for (int i = 0; i < 15; i++) a[i] = (float)i;
    const ak_tensor_out tensor = { "w", 2, SHAPE, a };
    const ak_text_pair pair = { "step", "12" };
    CHECK_OK(ak_safetensors_save(path, &tensor, 1, &pair, 1, &err));
    char *good = NULL;
    size_t bytes = 0;
    CHECK_OK(akin_file_load(path, 1 << 20, &good, &bytes, &err));
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        good[bit / 8] = (char)(good[bit / 8] ^ 1 << bit % 8);
        FILE *f = fopen(path, "wb");
        fwrite(good, 1, bytes, f);
        fclose(f);
        ak_safetensors *s = NULL;
        if (ak_safetensors_load(path, &s, &err) != AKIN_ERR_FORMAT) {
            print_error("bit %zu of %zu went unseen\n", bit, 8 * bytes);
            fail();
        }
        good[bit / 8] = (char)(good[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t cut = 0; cut < bytes; cut++) {
        FILE *f = fopen(path, "wb");
        fwrite(good, 1, cut, f);
        fclose(f);
        ak_safetensors *s = NULL;
        CHECK(ak_safetensors_load(path, &s, &err) == AKIN_ERR_FORMAT);
    }
    free(good);
}

/* A header of 8 MiB that begins well and has a 0 byte: it was read as a text up to the 0, and as a header of
 * its whole length. */
static void a_zero_in_the_header_is_damage(void **state)
{
    (void)state;
    enum { LENGTH = 8 << 20 };
    static const char begin[] = "{\"__metadata__\": {\"xxh64\": \"0123456789abcdef\", \"step\": \"1\"}}";
    char path[512];
    snprintf(path, sizeof path, "%s/zero.safetensors", test_folder());
    for (size_t at = 0; at < sizeof begin; at += 7) {
        char *file = malloc(LENGTH + 8);
        CHECK(file);
        memset(file, ' ', LENGTH + 8);
        for (int i = 0; i < 8; i++) file[i] = (char)((uint64_t)LENGTH >> (8 * i));
        memcpy(file + 8, begin, sizeof begin - 1);
        file[8 + at] = 0;
        CHECK_OK(akin_file_save(path, file, LENGTH + 8, &err));
        free(file);
        ak_safetensors *s = NULL;
        CHECK_FAILS(ak_safetensors_load(path, &s, &err), AKIN_ERR_FORMAT, "its header holds a 0 byte");
    }
}

/* Numbers are read where they lie, so a header of another length than a multiple of 8 is refused; and one of
 * more than 16 MiB. */
static void a_header_has_a_length_that_is_written(void **state)
{
    (void)state;
    enum { MOST = 16 << 20 };
    char path[512];
    snprintf(path, sizeof path, "%s/length.safetensors", test_folder());
    char *file = malloc(MOST + 16);
    CHECK(file);
    memset(file, ' ', MOST + 16);
    static const size_t LENGTHS[] = { 63, 64, MOST, MOST + 8 };
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 8; k++) file[k] = (char)((uint64_t)LENGTHS[i] >> (8 * k));
        CHECK_OK(akin_file_save(path, file, LENGTHS[i] + 8, &err));
        ak_safetensors *s = NULL;
        CHECK_FAILS(ak_safetensors_load(path, &s, &err), AKIN_ERR_FORMAT,
                    i % 3 ? "its header does not match its check sum" : "a multiple of 8, at most 16777216");
    }
    free(file);
}

/* Sums guard against damage, not against a file that somebody made: what it says of the run is held against
 * what akin writes. The name of the events would be opened, and cut to a length, wherever it leads. */
static void a_checkpoint_says_only_what_akin_writes(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool fine;
    } CHANGES[] = { { "step", "7", true },
                    { "step", "-7", false },
                    { "step", "7x", false },
                    { "step", "", false },
                    { "metrics_bytes", "-1", false },
                    { "best_loss", "nan", true },
                    { "best_loss", "0x1.8p0", true },
                    { "best_loss", "", false },
                    { "elapsed_s", "1 2", false },
                    { "events", "events.out.tfevents.1.akin", true },
                    { "events", "", true },
                    { "events", "../../diary.txt", false },
                    { "events", "events.out.tfevents./../../x", false },
                    { "events", "diary.txt", false } };
    static const char *const KEYS[] = { "step",      "interval_steps", "metrics_bytes", "events_bytes",
                                        "log_bytes", "best_step",      "interval_loss", "interval_collisions",
                                        "elapsed_s", "smoothed_loss",  "best_loss",     "data",
                                        "events" };
    enum { PAIRS = sizeof KEYS / sizeof *KEYS };
    char run[400], path[512];
    float w[AK_MAX_CHANNELS] = { 1, 2, 3 };
    const int64_t three[1] = { 3 }, channels[1] = { AK_MAX_CHANNELS };
    const ak_tensor_out tensors[] = { { "w", 1, three, w },
                                      { "data.mean", 1, channels, w },
                                      { "data.std", 1, channels, w } };
    const akin_tensor tensor = { .name = "w", .data = w, .ndim = 1, .shape = { 3 }, .count = 3, .plain = 3 };
    const ak_tensor_list list = { .tensors = &tensor, .count = 1 };
    const ak_checkpoint_target target = { .list = &list, .weights = "" };
    snprintf(run, sizeof run, "%s", test_folder());
    snprintf(path, sizeof path, "%s/checkpoints", run);
    CHECK_OK(akin_folder_make(path, &err));
    snprintf(path, sizeof path, "%s/checkpoints/step-0000000007.safetensors", run);
    for (size_t c = 0; c < sizeof CHANGES / sizeof *CHANGES; c++) {
        ak_text_pair pairs[PAIRS + 1] = { { "format", "akin-checkpoint-1" } };
        for (int i = 0; i < PAIRS; i++)
            pairs[1 + i] = (ak_text_pair){ KEYS[i], strcmp(KEYS[i], CHANGES[c].key) == 0 ? CHANGES[c].value
                                                    : i == PAIRS - 1                     ? ""
                                                                                         : "1" };
        CHECK_OK(ak_safetensors_save(path, tensors, 3, pairs, PAIRS + 1, &err));
        ak_train_state found;
        if (CHANGES[c].fine)
            CHECK_OK(ak_checkpoint_load(run, 7, &target, &found, NULL, 0, &err));
        else
            CHECK_FAILS(ak_checkpoint_load(run, 7, &target, &found, NULL, 0, &err), AKIN_ERR_FORMAT,
                        CHANGES[c].key);
    }
    /* Of a later akin, once by its name and once as the newest: it was freed twice. */
    const ak_text_pair later = { "format", "akin-checkpoint-2" };
    CHECK_OK(ak_safetensors_save(path, tensors, 3, &later, 1, &err));
    ak_train_state found;
    for (int which = 0; which <= 7; which += 7)
        CHECK_FAILS(ak_checkpoint_load(run, which, &target, &found, NULL, 0, &err), AKIN_ERR_UNSUPPORTED,
                    "is of format 'akin-checkpoint-2'; this akin reads 'akin-checkpoint-1'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_has_a_length_that_is_written),
        cmocka_unit_test(a_checkpoint_says_only_what_akin_writes),
        cmocka_unit_test(crc_and_records_are_as_published),
        cmocka_unit_test(safetensors_keep_every_bit),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_seen),
        cmocka_unit_test(a_zero_in_the_header_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
