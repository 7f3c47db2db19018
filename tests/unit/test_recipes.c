/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes (train/recipes.h): which one the data get, that signs are never mirrored, and that what a person
 * gives stays. */
#include "test.h"

#include "akin/data.h"
#include "set/glance.h"
#include "train/configure.h"
#include "train/prepare.h"
#include "train/recipes.h"

static akin_error err;

typedef enum look { STROKES, NOISE, GREY_NOISE, COLOUR_STROKES } look;

typedef struct picture {
    look how;
    int64_t side, channels;
} picture;

/* Bars of one brightness, or noise. GREY_NOISE: the channels are equal. */
static bool draw(int64_t i, uint8_t *out, void *ctx)
{
    const picture *p = ctx;
    for (int64_t at = 0; at < p->side * p->side; at++) {
        const bool on = at / p->side / 4 == i % 5;
        const int any = (int)test_int(0, 255);
        for (int64_t c = 0; c < p->channels; c++) {
            uint8_t *to = &out[at * p->channels + c];
            switch (p->how) {
            case STROKES: *to = on ? 250 : 3; break;
            case COLOUR_STROKES: *to = on && c != 1 ? 250 : 3; break;
            case GREY_NOISE: *to = (uint8_t)any; break;
            case NOISE: *to = (uint8_t)test_int(0, 255); break;
            }
        }
    }
    return true;
}

/* 28x16 or 16x28 */
static bool draw_part(int64_t i, uint8_t *out, void *ctx)
{
    (void)i;
    (void)ctx;
    for (int at = 0; at < 28 * 16; at++) out[at] = (uint8_t)test_int(0, 255);
    return true;
}

static bool draw_row(int64_t i, float *out, void *ctx)
{
    (void)i;
    (void)ctx;
    for (int c = 0; c < 4; c++) out[c] = (float)test_normal();
    return true;
}

static akin_dataset *make(look how, int64_t side, int64_t channels)
{
    picture p = { how, side, channels };
    akin_dataset *set = NULL;
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    own.pixels = draw;
    own.ctx = &p;
    own.n = 40;
    own.height = own.width = side;
    own.channels = channels;
    CHECK_OK(akin_dataset_from_images(&own, &set, &err));
    return set;
}

/* A trainer with these data and options, up to its recipe; NULL ends the options. */
static akin_status begin(ak_trainer *t, const akin_dataset *set, const char *const *options)
{
    *t = (ak_trainer){ .run = test_folder(), .opts = AKIN_TRAIN_OPTS_INIT, .lock = -1 };
    t->opts.dataset = set;
    CHECK_OK(akin_train_config_create(&t->config, &err));
    for (int i = 0; options[i]; i += 2)
        CHECK_OK(akin_train_config_set(t->config, options[i], options[i + 1], &err));
    t->encoder_given = akin_train_config_is_set(t->config, "encoder");
    ak_train_config_set_kind(t->config, set->kind);
    CHECK_OK(ak_trainer_read_options(t, &err));
    return ak_trainer_open_data(t, &err);
}

static akin_status take(ak_trainer *t, const akin_dataset *set, const char *const *options)
{
    CHECK_OK(begin(t, set, options));
    return ak_recipe_take(t, &err);
}

static bool has(const ak_trainer *t, const char *name, const char *value)
{
    const char *text = akin_train_config_get(t->config, name);
    return akin_train_config_is_set(t->config, name) && strcmp(text, value) == 0;
}

static const char *const AUTO[] = { "recipe", "auto", NULL };

static void auto_looks_at_the_images(void **state)
{
    (void)state;
    static const struct {
        look how;
        int64_t side, channels;
        const char *recipe, *flip, *view; /* NULL: not set */
    } cases[] = {
        { STROKES, 28, 1, "digits", "0", "16" }, { STROKES, 28, 3, "digits", "0", "16" },
        { NOISE, 28, 1, "grey", "0", "16" },     { GREY_NOISE, 32, 3, "grey", "0", "20" },
        { NOISE, 32, 3, "photos", NULL, "24" },  { COLOUR_STROKES, 32, 3, "photos", "0", "24" },
        { NOISE, 8, 1, "grey", "0", NULL }, /* as small as views may be */
        { STROKES, 5, 1, "digits", "0", NULL },
    };
    ak_trainer t;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_dataset *set = make(cases[i].how, cases[i].side, cases[i].channels);
        CHECK_OK(take(&t, set, AUTO));
        CHECK(has(&t, "recipe", cases[i].recipe));
        CHECK(cases[i].flip ? has(&t, "flip", cases[i].flip) : !akin_train_config_is_set(t.config, "flip"));
        CHECK(cases[i].view ? has(&t, "view-height", cases[i].view) && has(&t, "view-width", cases[i].view)
                            : !akin_train_config_is_set(t.config, "view-height"));
        /* What the run works with has followed. */
        const akin_augment_opts *a = &t.set.data.of.images.augment;
        CHECK((a->flip_prob == 0) == (cases[i].flip != NULL));
        CHECK(t.learning.shape.height == (cases[i].view ? a->height : cases[i].side));
        CHECK(t.set.update.optimizer.kind == AK_SGD);
        CHECK(cases[i].side >= 16 || a->crop_min == 0.3f);
        /* The encoder can be made of what is set, however small the images. */
        akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
        CHECK(t.set.encoder.feature_grid == (cases[i].side < 8 ? 1 : 2));
        CHECK_OK(akin_encoder_describe(&t.set.encoder, t.learning.shape.height, t.learning.shape.width,
                                       t.learning.shape.channels, &info, &err));
        ak_trainer_release(&t);
        akin_dataset_free(set);
    }
}

/* Views shrink along the side that is longer than they may be, and the other stays. */
static void images_need_not_be_square(void **state)
{
    (void)state;
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    own.pixels = draw_part;
    own.n = 40;
    own.channels = 1;
    for (int turned = 0; turned < 2; turned++) {
        ak_trainer t;
        akin_dataset *set = NULL;
        own.height = turned ? 16 : 28;
        own.width = turned ? 28 : 16;
        CHECK_OK(akin_dataset_from_images(&own, &set, &err));
        CHECK_OK(take(&t, set, AUTO));
        CHECK(has(&t, "view-height", "16") && has(&t, "view-width", "16"));
        ak_trainer_release(&t);
        akin_dataset_free(set);
    }
}

/* Few steps an epoch: more epochs, unless a person says how many there are. */
static void small_data_are_seen_more_often(void **state)
{
    (void)state;
    static const struct {
        const char *given[5];
        const char *batch, *epochs; /* NULL: as many as without a recipe */
    } cases[] = {
        { { NULL }, "8", "40" },                /* 5 steps an epoch: as many as there may be */
        { { NULL }, "2", "30" },                /* 20: 600 in all */
        { { "epochs", "3", NULL }, "8", NULL }, /* each way to say it */
        { { "steps", "7", NULL }, "8", NULL },
        { { "budget", "9s", NULL }, "8", NULL },
        { { "schedule", "step", "milestones", "4", NULL }, "8", NULL },
    };
    akin_dataset *set = make(STROKES, 16, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *options[16] = { "batch-size", cases[i].batch, "width", "4" };
        for (int k = 0; cases[i].given[k]; k++) options[4 + k] = cases[i].given[k];
        ak_trainer t;
        CHECK_OK(begin(&t, set, options));
        t.opts.recipe = "auto"; /* as the program gives it */
        CHECK_OK(ak_recipe_take(&t, &err));
        CHECK(has(&t, "recipe", "digits"));
        CHECK(t.free_length == (cases[i].epochs != NULL));
        if (cases[i].epochs) {
            CHECK_OK(ak_trainer_prepare(&t, &err));
            CHECK(has(&t, "epochs", cases[i].epochs) && t.steps == t.set.epochs * t.epoch_steps);
            CHECK(akin_train_config_is_set(t.config, "warmup") &&
                  akin_train_config_is_set(t.config, "checkpoint-every"));
        }
        ak_trainer_release(&t);
    }
    akin_dataset_free(set);
}

/* What a program does not say, and --recipe none. */
static void none_is_taken_by_itself(void **state)
{
    (void)state;
    ak_trainer t;
    akin_dataset *set = make(STROKES, 28, 1);
    CHECK_OK(take(&t, set, (const char *const[]){ NULL }));
    CHECK(!akin_train_config_is_set(t.config, "recipe") && !akin_train_config_is_set(t.config, "augment"));
    ak_trainer_release(&t);
    CHECK_OK(begin(&t, set, (const char *const[]){ "recipe", "none", NULL }));
    t.opts.recipe = "auto";
    CHECK_OK(ak_recipe_take(&t, &err));
    CHECK(has(&t, "recipe", "none") && !akin_train_config_is_set(t.config, "augment") && !t.free_length);
    ak_trainer_release(&t);
    akin_dataset_free(set);
}

static void what_is_given_stays(void **state)
{
    (void)state;
    ak_trainer t;
    akin_dataset *set = make(STROKES, 28, 1);
    CHECK_OK(take(&t, set,
                  (const char *const[]){ "recipe", "digits", "augment", "moco-v2", "loss", "dcl", NULL }));
    CHECK(has(&t, "augment", "moco-v2") && !akin_train_config_is_set(t.config, "flip"));
    CHECK(!akin_train_config_is_set(t.config, "temperature") && has(&t, "optimizer", "sgd"));
    ak_trainer_release(&t);
    CHECK_OK(
        take(&t, set, (const char *const[]){ "recipe", "digits", "encoder", "mlp", "lr", "0.01", NULL }));
    CHECK(!akin_train_config_is_set(t.config, "view-height") &&
          !akin_train_config_is_set(t.config, "optimizer"));
    CHECK(!akin_train_config_is_set(t.config, "feature-grid") && has(&t, "lr", "0.01") &&
          has(&t, "flip", "0"));
    ak_trainer_release(&t);
    CHECK_OK(
        take(&t, set, (const char *const[]){ "recipe", "auto", "flip", "0.5", "view-height", "12", NULL }));
    CHECK(has(&t, "flip", "0.5") && has(&t, "view-height", "12") &&
          !akin_train_config_is_set(t.config, "view-width"));
    ak_trainer_release(&t);
    CHECK_OK(take(&t, set, (const char *const[]){ "recipe", "none", NULL }));
    CHECK(!akin_train_config_is_set(t.config, "augment") && !akin_train_config_is_set(t.config, "optimizer"));
    ak_trainer_release(&t);
    /* A budget asks for auto, and a run that goes on for nothing. */
    CHECK_OK(take(&t, set, (const char *const[]){ "budget", "9s", NULL }));
    CHECK(has(&t, "recipe", "digits"));
    t.going_on = true;
    CHECK_OK(akin_train_config_set(t.config, "recipe", "grey", &err));
    CHECK_OK(ak_recipe_take(&t, &err));
    CHECK(has(&t, "recipe", "grey") && has(&t, "crop-min", "0.3"));
    ak_trainer_release(&t);
    akin_dataset_free(set);
}

/* Recipes that auto cannot know of: what a mirror, a turn or a colour may change. */
static void views_suit_what_the_images_are_of(void **state)
{
    (void)state;
    static const struct {
        const char *recipe;
        look how;
        int64_t channels;
        const char *augment;
        float flip, turn, crop, contrast, hue;
    } cases[] = {
        { "faces", NOISE, 1, "grey-s", 0.5f, 0, 0.6f, 0.2f, 0 },
        { "faces", NOISE, 3, "simclr-cifar", 0.5f, 0, 0.6f, 0.2f, 0.1f },
        { "texture", GREY_NOISE, 3, "grey-s", 0.5f, 0.75f, 0.3f, 0.2f, 0 },
        { "texture", NOISE, 3, "simclr-cifar", 0.5f, 0.75f, 0.3f, 0.2f, 0.1f },
        { "medical", NOISE, 1, "grey-s", 0, 0, 0.3f, 0.1f, 0 },
        { "medical", NOISE, 3, "grey-s", 0, 0, 0.3f, 0.1f, 0 }, /* a stain keeps its colour */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ak_trainer t;
        akin_dataset *set = make(cases[i].how, 32, cases[i].channels);
        CHECK_OK(take(&t, set, (const char *const[]){ "recipe", cases[i].recipe, NULL }));
        const akin_augment_opts *a = &t.set.data.of.images.augment;
        CHECK(has(&t, "recipe", cases[i].recipe) && has(&t, "augment", cases[i].augment));
        CHECK(a->flip_prob == cases[i].flip && a->turn_prob == cases[i].turn &&
              a->crop_min == cases[i].crop && a->contrast == cases[i].contrast && a->hue == cases[i].hue);
        CHECK(a->brightness == a->contrast && a->gamma == a->contrast && a->rotate == 0);
        CHECK(has(&t, "view-height", "20") && has(&t, "feature-grid", "2") && has(&t, "optimizer", "sgd"));
        ak_trainer_release(&t);
        CHECK_OK(
            take(&t, set,
                 (const char *const[]){ "recipe", cases[i].recipe, "flip", "0.25", "turn", "0.5", NULL }));
        CHECK(t.set.data.of.images.augment.flip_prob == 0.25f &&
              t.set.data.of.images.augment.turn_prob == 0.5f);
        ak_trainer_release(&t);
        akin_dataset_free(set);
    }
}

static void a_recipe_is_of_one_kind_of_data(void **state)
{
    (void)state;
    ak_trainer t;
    akin_dataset *set = NULL, *images = make(NOISE, 16, 1);
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.row = draw_row;
    own.n = 16;
    own.d = 4;
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    CHECK_FAILS(take(&t, set, (const char *const[]){ "recipe", "grey", NULL }), AKIN_ERR_ARGUMENT,
                "--recipe grey is for images; the data are vectors");
    ak_trainer_release(&t);
    CHECK_FAILS(take(&t, images, (const char *const[]){ "recipe", "text", NULL }), AKIN_ERR_ARGUMENT,
                "is for texts");
    ak_trainer_release(&t);
    CHECK_OK(take(&t, set, AUTO));
    CHECK(has(&t, "recipe", "table") && has(&t, "mask-prob", "0.4"));
    ak_trainer_release(&t);
    akin_dataset_free(set);
    akin_dataset_free(images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_looks_at_the_images),
        cmocka_unit_test(images_need_not_be_square),
        cmocka_unit_test(what_is_given_stays),
        cmocka_unit_test(views_suit_what_the_images_are_of),
        cmocka_unit_test(a_recipe_is_of_one_kind_of_data),
        cmocka_unit_test(small_data_are_seen_more_often),
        cmocka_unit_test(none_is_taken_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
