/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipes.c - the list of recipes, and how one becomes options of a run. */
#include "train/recipes.h"

#include "model/config_rules.h"
#include "set/glance.h"
#include "train/configure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 20 };

/* An option, and one or two with which it goes: where a person has given them, it is left alone too. */
typedef struct row {
    const char *name, *value, *with;
} row;

/* How the grey recipes learn [docs/demo.md]. */
/* clang-format off */
#define LEARNING                                                                                             \
    { "temperature", "0.1", "loss" }, { "feature-grid", "2", "encoder" },                                    \
    { "head-hidden", "256", "encoder" }, { "optimizer", "sgd", "lr" }, { "lr", "0.3", "optimizer" },         \
    { "weight-decay", "0.0005", "optimizer" }
#define INTENSITIES(s)                                                                                       \
    { "brightness", s, "augment" }, { "contrast", s, "augment" }, { "gamma", s, "augment" }
/* clang-format on */
/* What was best for digits and for other grey pictures: so far the same. */
#define GREY                                                                                                 \
    {                                                                                                        \
        { "augment", "grey-s", NULL }, { "flip", "0", "augment" }, { "crop-min", "0.3", "augment" },         \
            LEARNING                                                                                         \
    }

static const struct recipe {
    const char *name;
    const ak_kind *kind;
    double view; /* sides of training views, as a share of the image's; 0 = whole */
    row rows[MOST_ROWS];
    const char *of_colour; /* --augment where there is colour; NULL: as in the rows */
} RECIPES[] = {
    /* [docs/demo.md]; a mirrored digit is another sign */
    { "digits", &ak_kind_images, 4.0 / 7, GREY, NULL },
    { "grey", &ak_kind_images, 4.0 / 7, GREY, NULL },
    /* The next three: docs/choose.md. A face has a top, and two sides that are alike. */
    { "faces",
      &ak_kind_images,
      4.0 / 7,
      { { "augment", "grey-s", NULL },
        { "flip", "0.5", "augment" },
        { "crop-min", "0.6", "augment" },
        INTENSITIES("0.2"),
        LEARNING },
      "simclr-cifar" },
    /* A material has no top and no left. */
    { "texture",
      &ak_kind_images,
      4.0 / 7,
      { { "augment", "grey-s", NULL },
        { "flip", "0.5", "augment" },
        { "turn", "0.75", "augment" },
        { "crop-min", "0.3", "augment" },
        INTENSITIES("0.2"),
        LEARNING },
      "simclr-cifar" },
    /* Left and right are different organs; a grey is a tissue, a colour is a stain. */
    { "medical",
      &ak_kind_images,
      4.0 / 7,
      { { "augment", "grey-s", NULL },
        { "flip", "0", "augment" },
        { "crop-min", "0.3", "augment" },
        INTENSITIES("0.1"),
        LEARNING },
      NULL },
    /* [docs/cifar.md] */
    { "photos",
      &ak_kind_images,
      3.0 / 4,
      { { "augment", "simclr-cifar", NULL },
        { "temperature", "0.2", "loss" },
        { "feature-grid", "2", "encoder" },
        { "head-hidden", "256", "encoder" },
        { "optimizer", "sgd", "lr" },
        { "lr", "0.3", "optimizer" },
        { "weight-decay", "0.0001", "optimizer" } },
      NULL },
    /* [docs/studies/text.md]: "in-batch, large"; the views, and how much is read: docs/choose.md */
    { "text",
      &ak_kind_text,
      0,
      { { "text-view", "crop", "pairs" },
        { "word-crop-min", "0.1", "pairs text-view" },
        { "word-crop-max", "0.5", "pairs text-view" },
        { "word-erase", "0.2", "pairs text-view" },
        { "max-words", "1024", "encoder" },
        { "loss", "infonce", NULL },
        { "temperature", "0.1", "loss" },
        { "head-out", "0", "encoder" },
        { "dim", "300", "encoder word-vectors" },
        { "minn", "3", "word-vectors" },
        { "maxn", "5", "word-vectors" },
        { "buckets", "100000", "word-vectors" },
        { "lr", "0.01", "optimizer" } },
      NULL },
    { "table",
      &ak_kind_vectors,
      0,
      { { "vector-views", "scarf", "series" }, { "mask-prob", "0.4", "vector-views series" } },
      NULL },
};
enum { RECIPE_COUNT = sizeof RECIPES / sizeof *RECIPES };

enum { LEAST_VIEW = 16, MOST_VIEW = 64, LEAST_GRID = 8 };

typedef struct choice {
    ak_trainer *t;
    char told[512]; /* what was set */
} choice;

static const struct recipe *find(const char *name)
{
    for (int i = 0; i < RECIPE_COUNT; i++)
        if (strcmp(RECIPES[i].name, name) == 0) return &RECIPES[i];
    return NULL; /* auto */
}

/* The recipe for these data, and why it is that one. */
static const struct recipe *look(const ak_trainer *t, const ak_glance *g, char *why, size_t size)
{
    char seen[AK_GLANCE_WHY];
    const char *name = ak_glance_recipe(t->learning.set, g, seen);
    snprintf(why, size, "by --recipe auto: %s", seen);
    return name ? find(name) : NULL;
}

static bool is_given(const ak_trainer *t, const char *name)
{
    return strcmp(name, "encoder") == 0 ? t->encoder_given : akin_train_config_is_set(t->config, name);
}

static akin_status set(choice *c, const char *name, const char *value, akin_error *err)
{
    const size_t at = strlen(c->told);
    snprintf(c->told + at, sizeof c->told - at, " --%s %s", name, value);
    return akin_train_config_set(c->t->config, name, value, err);
}

/* names: one or two with a blank between, or NULL. */
static bool goes_with_given(const ak_trainer *t, const char *names)
{
    char first[32];
    const char *blank = names ? strchr(names, ' ') : NULL;
    if (!blank) return names && is_given(t, names);
    snprintf(first, sizeof first, "%.*s", (int)(blank - names), names);
    return is_given(t, first) || is_given(t, blank + 1);
}

static akin_status set_rows(choice *c, const struct recipe *r, bool colour, akin_error *err)
{
    bool free_to[MOST_ROWS]; /* before any is set, which the next ones go with */
    int n = 0;
    for (; n < MOST_ROWS && r->rows[n].name; n++)
        free_to[n] = !is_given(c->t, r->rows[n].name) && !goes_with_given(c->t, r->rows[n].with);
    for (int i = 0; i < n; i++) {
        const bool other = colour && r->of_colour && strcmp(r->rows[i].name, "augment") == 0;
        if (free_to[i]) AK_TRY(set(c, r->rows[i].name, other ? r->of_colour : r->rows[i].value, err));
    }
    return AKIN_OK;
}

/* A share of the side in steps of four pixels, 16 to 64; the whole side where that is no less. */
static int64_t view_side(int64_t side, double share)
{
    int64_t view = (int64_t)(share * (double)side / 4 + 0.5) * 4;
    if (view < LEAST_VIEW) view = LEAST_VIEW;
    if (view > MOST_VIEW) view = MOST_VIEW;
    return view < side ? view : side;
}

/* Smaller views buy more steps. An encoder that a person chose may be of one size. */
static akin_status set_views(choice *c, const struct recipe *r, const ak_glance *g, akin_error *err)
{
    char height[24], width[24];
    const int64_t h = view_side(g->height, r->view), w = view_side(g->width, r->view);
    if (r->view == 0 || is_given(c->t, "encoder") || is_given(c->t, "view-height") ||
        is_given(c->t, "view-width") || (h == g->height && w == g->width))
        return AKIN_OK;
    snprintf(height, sizeof height, "%lld", (long long)h);
    snprintf(width, sizeof width, "%lld", (long long)w);
    AK_TRY(set(c, "view-height", height, err));
    return set(c, "view-width", width, err);
}

/* Features are a grid of 2x2 cells, and resnet-s halves its maps three times, twice with a stem of stride
 * 1. Smaller images have an average. Of so few pixels a tenth would be next to nothing. */
static akin_status fit_encoder(choice *c, const ak_glance *g, akin_error *err)
{
    const int64_t side = g->height < g->width ? g->height : g->width;
    if (side == 0 || side >= LEAST_VIEW || is_given(c->t, "encoder")) return AKIN_OK;
    if (!is_given(c->t, "stem-stride")) AK_TRY(set(c, "stem-stride", "1", err));
    if (!is_given(c->t, "augment") && !is_given(c->t, "crop-min")) AK_TRY(set(c, "crop-min", "0.3", err));
    return side >= LEAST_GRID || is_given(c->t, "feature-grid") ? AKIN_OK : set(c, "feature-grid", "1", err);
}

/* The rates of the recipes were measured with other encoders, and SGD. */
static akin_status fit_transformer(choice *c, akin_error *err)
{
    const char *name = akin_train_config_get(c->t->config, "encoder");
    const bool words = strcmp(name, "transformer") == 0;
    if (!words && strncmp(name, "vit-", 4) != 0) return AKIN_OK;
    if (!is_given(c->t, "optimizer") && !is_given(c->t, "lr")) {
        AK_TRY(set(c, "optimizer", "adamw", err));
        AK_TRY(set(c, "lr", "0.0005", err));
    }
    return words && !is_given(c->t, "maxn") ? set(c, "maxn", "0", err) : AKIN_OK;
}

/* Where the data tell who belongs together, that makes pairs; labels do not. */
static akin_status set_pairs(choice *c, akin_error *err)
{
    const ak_learning *l = &c->t->learning;
    ak_relations told = { .tuples = 0 };
    if (!l->kind->tokens || is_given(c->t, "pairs") || is_given(c->t, "text-view")) return AKIN_OK;
    if (l->kind->relations) AK_TRY(l->kind->relations(l->set->set, "train", &told, err));
    if (told.tuples) return set(c, "pairs", "given", err);
    if (!ak_learning_grouped(l)) return AKIN_OK; /* two views of a text: the rows of the recipe */
    AK_TRY(set(c, "pairs", "group", err));
    AK_TRY(set(c, "text-view", "erase", err));
    return is_given(c->t, "word-erase") ? AKIN_OK : set(c, "word-erase", "0.4", err);
}

akin_status ak_recipe_take(ak_trainer *t, akin_error *err)
{
    const char *name = akin_train_config_get(t->config, "recipe");
    char why[AK_GLANCE_WHY + 20] = "";
    choice c = { .t = t };
    ak_glance g;
    if (!name) name = t->opts.recipe ? t->opts.recipe : t->set.budget_s > 0 ? "auto" : NULL;
    if (!name || strcmp(name, "none") == 0 || t->going_on) return AKIN_OK;
    AK_TRY(ak_glance_at(t->learning.set, &g, err));
    const struct recipe *r = find(name);
    if (!r) r = look(t, &g, why, sizeof why);
    if (!r) return AKIN_OK;
    if (r->kind != t->learning.kind)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--recipe %s is for %s; the data are %s", r->name,
                       r->kind->unit, t->learning.kind->unit);
    t->free_length =
        t->set.budget_s == 0 && !is_given(t, "epochs") && !is_given(t, "steps") && !is_given(t, "milestones");
    if (why[0] && !g.grey && ak_glance_is_drawn(&g) && !is_given(t, "augment") && !is_given(t, "flip"))
        AK_TRY(set(&c, "flip", "0", err)); /* drawings may be signs */
    AK_TRY(set_pairs(&c, err));
    AK_TRY(fit_encoder(&c, &g, err));
    AK_TRY(fit_transformer(&c, err));
    AK_TRY(set_rows(&c, r, !g.grey, err));
    AK_TRY(set_views(&c, r, &g, err));
    AK_TRY(akin_train_config_set(t->config, "recipe", r->name, err));
    if (!c.told[0]) return AKIN_OK;
    ak_trainer_say(t, "recipe %s%s%s%s:%s", r->name, why[0] ? " (" : "", why, why[0] ? ")" : "", c.told);
    AK_TRY(ak_trainer_read_options(t, err));
    const ak_teller teller = { ak_trainer_say_line, t };
    const bool more_words = t->learning.kind->tokens && strstr(c.told, " --max-words");
    return ak_learning_again(&t->learning, &t->set.data, more_words ? &teller : NULL, err);
}
