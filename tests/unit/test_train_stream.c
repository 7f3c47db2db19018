/* SPDX-License-Identifier: Apache-2.0 */
/* Training from PNG and JPEG files: the weights at the end do not depend on how many images are in memory, on
 * how many threads make views, or on a resume with another cache; and an image that changes under a run ends
 * it. */
#include "akin/tool/program.h"
#include "akin/train.h"
#include "pictures.h"
#include "test.h"

#include <stdatomic.h>

enum { SIDE = 12, CLASSES = 3, PER_CLASS = 16, NAME_BYTES = 600 };

static akin_error err;
static char folder[256];

/* Under another name first: a loader at work sees the old image or the new one, never half of it. */
static void put_picture(const char *name, int seed)
{
    static uint8_t pixels[SIDE * SIDE * 3];
    const int c = seed % 5 ? 3 : 1; /* grey ones among coloured ones */
    char path[NAME_BYTES], next[NAME_BYTES];
    size_t n;
    pic_smooth(pixels, SIDE, SIDE, c, seed);
    pixels[0] = (uint8_t)seed;
    const int type = c == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    uint8_t *bytes = seed % 2 ? pic_jpeg(pixels, SIDE, SIDE, c, 0, &n)
                              : pic_png(pixels, SIDE, SIDE, type, 8, (size_t)(SIDE * c), 0, &n);
    snprintf(path, sizeof path, "%s/data/%s", folder, name);
    snprintf(next, sizeof next, "%s/next", folder);
    pic_put(next, bytes, n);
    CHECK(rename(next, path) == 0);
    free(bytes);
}

static void make_pictures(void)
{
    char name[NAME_BYTES];
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(name, sizeof name, "%s/data", folder);
    CHECK(mkdir(name, 0777) == 0);
    for (int k = 0; k < CLASSES; k++) {
        snprintf(name, sizeof name, "%s/data/c%d", folder, k);
        CHECK(mkdir(name, 0777) == 0);
        for (int i = 0; i < PER_CLASS; i++) {
            snprintf(name, sizeof name, "c%d/%02d.%s", k, i, i % 2 ? "jpg" : "png");
            put_picture(name, k * PER_CLASS + i);
        }
    }
}

/* Stops after `left` steps; at the same time, if a name is given, another image takes its place. */
typedef struct end {
    int left;
    const char *replaced;
} end;

static bool should_stop(void *ctx)
{
    end *e = ctx;
    if (--e->left > 0) return false;
    if (e->left < 0) return false;
    if (!e->replaced) return true;
    put_picture(e->replaced, 1001);
    return false;
}

static akin_status train(const char *run, const char *cache, const char *workers, const char *pairing,
                         bool resume, end *e)
{
    akin_train_config *c = NULL;
    char data[NAME_BYTES], out[NAME_BYTES];
    const char *const set[][2] = { { "encoder", "linear" }, { "epochs", "4" },    { "batch-size", "16" },
                                   { "lr", "0.01" },        { "pairs", pairing }, { "head-hidden", "16" },
                                   { "head-out", "8" } };
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        CHECK_OK(akin_train_config_set(c, set[i][0], set[i][1], &err));
    if (cache) CHECK_OK(akin_train_config_set(c, "cache", cache, &err));
    CHECK_OK(akin_train_config_set(c, "workers", workers, &err));
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(out, sizeof out, "%s/%s", folder, run);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.resume = resume;
    opts.ctx = e;
    opts.should_stop = e ? should_stop : NULL;
    const akin_status status = akin_train(data, out, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

static void weights_of(const char *run, char sum[17])
{
    char path[NAME_BYTES], *text = NULL;
    snprintf(path, sizeof path, "%s/%s/DONE", folder, run);
    CHECK_OK(akin_file_load(path, 1 << 16, &text, NULL, &err));
    const char *at = strstr(text, "weights_xxh64\": \"");
    CHECK(at && sscanf(at + 17, "%16[0-9a-f]", sum) == 1 && strlen(sum) == 16);
    free(text);
}

static void same_weights(const char *a, const char *b)
{
    char x[17], y[17];
    weights_of(a, x);
    weights_of(b, y);
    if (strcmp(x, y) != 0) print_error("%s ends with %s, %s with %s\n", a, x, b, y);
    CHECK(strcmp(x, y) == 0);
}

static void the_weights_do_not_depend_on_the_cache(void **state)
{
    (void)state;
    static const char *const pairings[] = { "views", "group" };
    make_pictures();
    for (int p = 0; p < 2; p++) {
        char kept[32], run[32];
        snprintf(kept, sizeof kept, "kept-%s", pairings[p]);
        CHECK_OK(train(kept, NULL, "1", pairings[p], false, NULL));
        for (int workers = 1; workers <= 3; workers++) {
            const char count[2] = { (char)('0' + workers), 0 };
            snprintf(run, sizeof run, "disk-%s-%d", pairings[p], workers);
            CHECK_OK(train(run, "0", count, pairings[p], false, NULL));
            same_weights(kept, run);
        }
    }
    end e = { .left = 5 };
    CHECK_FAILS(train("resumed", "0", "2", "views", false, &e), AKIN_ERR_INTERRUPTED, "");
    CHECK_OK(train("resumed", "1", "1", "views", true, NULL));
    same_weights("kept-views", "resumed");
}

static void an_image_that_changes_ends_the_run(void **state)
{
    (void)state;
    make_pictures();
    end e = { .left = 2, .replaced = "c1/03.jpg" };
    CHECK_FAILS(train("changed", "0", "1", "views", false, &e), AKIN_ERR_INPUT,
                "c1/03.jpg is another image than when the set was opened");
    CHECK(akin_status_exit_code(err.status) == 3);
    e = (end){ .left = 2, .replaced = "c1/05.jpg" };
    CHECK_OK(train("kept", NULL, "1", "views", false, &e)); /* in memory it is not read again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_do_not_depend_on_the_cache),
        cmocka_unit_test(an_image_that_changes_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
