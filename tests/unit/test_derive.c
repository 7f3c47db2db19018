/* SPDX-License-Identifier: Apache-2.0 */
/* Derived sets: counts of long tails against the formulas in long double and against the published counts of
 * CIFAR-10-LT; what must be nested is; mixed pixels against whole numbers; splits by their counts, with
 * groups whole; what is saved is read back with the same fingerprint. */
#include "akin/tool/derive.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/program.h"
#include "test.h"

static akin_error err;

enum { MOST = 60000 };
static int32_t labels[MOST];
static unsigned char kept[MOST], other[MOST];
static int64_t counts[256];

static void balanced(int64_t n, int64_t classes)
{
    for (int64_t i = 0; i < n; i++) labels[i] = (int32_t)(i % classes);
}

static int64_t count_of(const unsigned char *k, int64_t n, int32_t label)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += k[i] && labels[i] == label;
    return count;
}

/* Long tails -------------------------------------------------------------------------------------------- */

static void exponential_counts_are_those_of_the_literature(void **state)
{
    (void)state;
    /* CIFAR-10-LT: 5000 a class, ratio 100 (12406 images) and ratio 10 (20431), as the code of Cao2019 makes
     * them. */
    static const int64_t lt100[10] = { 5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50 };
    static const int64_t lt10[10] = { 5000, 3871, 2997, 2320, 1796, 1391, 1077, 834, 645, 500 };
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    balanced(50000, 10);
    CHECK_OK(akin_longtail(labels, 50000, 10, &o, counts, kept, &err));
    int64_t total = 0;
    for (int c = 0; c < 10; c++) {
        CHECK(counts[c] == lt100[c] && count_of(kept, 50000, c) == lt100[c]);
        total += counts[c];
    }
    CHECK(total == 12406);
    o.ratio = 10;
    CHECK_OK(akin_longtail(labels, 50000, 10, &o, counts, kept, &err));
    for (int c = 0; c < 10; c++) CHECK(counts[c] == lt10[c]);
    o.ratio = 1;
    CHECK_OK(akin_longtail(labels, 50000, 10, &o, counts, kept, &err));
    for (int c = 0; c < 10; c++) CHECK(counts[c] == 5000);
}

static void counts_follow_the_formula_at_random(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 100; test_seed++) {
        const int64_t classes = test_int(2, 40), each = test_int(1, 500), n = classes * each;
        akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
        o.ratio = test_uniform(1, 300);
        o.seed = test_seed;
        balanced(n, classes);
        CHECK_OK(akin_longtail(labels, n, classes, &o, counts, kept, &err));
        for (int64_t c = 0; c < classes; c++) {
            const long double x =
                (long double)each * powl((long double)o.ratio, -(long double)c / (long double)(classes - 1));
            const int64_t want = x < 1 ? 1 : (int64_t)floorl(x);
            /* where x is within 1e-8 of a whole number either is right */
            if (fabsl(x - roundl(x)) > 1e-8L * x || x < 1) CHECK(counts[c] == want);
            CHECK(count_of(kept, n, (int32_t)c) == counts[c]);
            if (c) CHECK(counts[c] <= counts[c - 1]);
        }
    }
    test_seed = 1;
}

static void a_step_has_two_sizes(void **state)
{
    (void)state;
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    o.profile = AKIN_PROFILE_STEP;
    static const struct {
        int64_t classes;
        double minor;
        int64_t small;
    } cases[] = {
        { 10, 0.5, 5 }, { 7, 0.5, 4 }, { 10, 0.2, 2 }, { 10, 0.9, 9 }, { 3, 0.4, 2 }, { 2, 0.5, 1 }
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const int64_t classes = cases[k].classes, n = 250 * classes;
        o.minor_frac = cases[k].minor;
        o.ratio = 100;
        balanced(n, classes);
        CHECK_OK(akin_longtail(labels, n, classes, &o, counts, kept, &err));
        for (int64_t c = 0; c < classes; c++)
            CHECK(counts[c] == (c < classes - cases[k].small ? 250 : 2)); /* 2.5 */
    }
    o.minor_frac = 0.01; /* C - floor(0.99 C) = 1 */
    CHECK_OK(akin_longtail(labels, 500, 2, &o, counts, kept, &err));
    o.minor_frac = 0.99; /* floor(0.02) = 0 large ones */
    CHECK_FAILS(akin_longtail(labels, 500, 2, &o, counts, kept, &err), AKIN_ERR_RANGE,
                "leaves no large ones");
}

static void greater_ratios_are_nested_and_seeds_differ(void **state)
{
    (void)state;
    static const double ratios[] = { 1, 2, 10, 50, 100, 1000 };
    for (int shuffle = 0; shuffle < 2; shuffle++)
        for (int profile = 0; profile < 2; profile++) {
            akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
            o.profile = (akin_profile)profile;
            o.shuffle = shuffle == 1;
            o.seed = 7;
            balanced(9000, 9);
            memset(other, 1, sizeof other);
            for (size_t r = 0; r < sizeof ratios / sizeof *ratios; r++) {
                o.ratio = ratios[r];
                CHECK_OK(akin_longtail(labels, 9000, 9, &o, NULL, kept, &err));
                for (int i = 0; i < 9000; i++) CHECK(!kept[i] || other[i]);
                memcpy(other, kept, sizeof kept);
            }
            o.seed = 8;
            CHECK_OK(akin_longtail(labels, 9000, 9, &o, NULL, kept, &err));
            int same = 0, all = 0;
            for (int i = 0; i < 9000; i++) {
                same += kept[i] && other[i];
                all += kept[i];
            }
            CHECK(same < all);
        }
}

static void random_places_permute_the_counts(void **state)
{
    (void)state;
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    int64_t given[20], drawn[20];
    bool moved = false;
    balanced(4000, 20);
    CHECK_OK(akin_longtail(labels, 4000, 20, &o, given, kept, &err));
    o.shuffle = true;
    CHECK_OK(akin_longtail(labels, 4000, 20, &o, drawn, kept, &err));
    for (int p = 0; p < 20; p++) {
        int a = 0, b = 0;
        for (int c = 0; c < 20; c++) {
            a += given[c] == given[p];
            b += drawn[c] == given[p];
        }
        CHECK(a == b);
        moved = moved || given[p] != drawn[p];
    }
    CHECK(moved);
}

static void uneven_sources_say_what_they_can_give(void **state)
{
    (void)state;
    /* 100, 40 and 0 and 10 items: the class without any takes no place. */
    int n = 0;
    for (int i = 0; i < 100; i++) labels[n++] = 0;
    for (int i = 0; i < 40; i++) labels[n++] = 1;
    for (int i = 0; i < 10; i++) labels[n++] = 3;
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    o.ratio = 4;
    CHECK_OK(akin_longtail(labels, n, 4, &o, counts, kept, &err));
    CHECK(counts[0] == 10 && counts[1] == 5 && counts[2] == 0 && counts[3] == 2);
    o.largest = 44; /* 44, 22, 11 */
    CHECK_FAILS(akin_longtail(labels, n, 4, &o, counts, kept, &err), AKIN_ERR_INPUT,
                "class 3 has 10 items, and is to give 11; with these options the largest class can have 43");
    o.largest = 43;
    CHECK_OK(akin_longtail(labels, n, 4, &o, counts, kept, &err));
    CHECK(counts[0] == 43 && counts[1] == 21 && counts[3] == 10);
}

static void tails_refuse_what_makes_no_sense(void **state)
{
    (void)state;
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    balanced(20, 2);
    CHECK_FAILS(akin_longtail(NULL, 20, 2, &o, counts, kept, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_longtail(labels, 20, 1, &o, counts, kept, &err), AKIN_ERR_INPUT, "item 1 has label 1");
    o.ratio = 0.5;
    CHECK_FAILS(akin_longtail(labels, 20, 2, &o, counts, kept, &err), AKIN_ERR_RANGE, "ratio is 0.5");
    o.ratio = (double)NAN;
    CHECK_FAILS(akin_longtail(labels, 20, 2, &o, counts, kept, &err), AKIN_ERR_RANGE, "ratio");
    o = (akin_longtail_opts)AKIN_LONGTAIL_OPTS_INIT;
    o.minor_frac = 1;
    CHECK_FAILS(akin_longtail(labels, 20, 2, &o, counts, kept, &err), AKIN_ERR_RANGE, "small classes is 1");
    memset(labels, 0, sizeof labels);
    o.minor_frac = 0.5;
    CHECK_FAILS(akin_longtail(labels, 20, 2, &o, counts, kept, &err), AKIN_ERR_INPUT, "one class");
}

/* Mixed images ------------------------------------------------------------------------------------------ */

static int32_t partner[MOST], more[MOST];

static void partners_are_of_the_class_that_was_asked_for(void **state)
{
    (void)state;
    static const double shares[] = { 0, 0.1, 0.25, 1 };
    balanced(1000, 7);
    for (int with = 0; with < 3; with++) {
        akin_mix_opts o = AKIN_MIX_OPTS_INIT;
        o.with = (akin_mix_with)with;
        o.seed = 3;
        for (int i = 0; i < 1000; i++) more[i] = -1;
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            o.share = shares[s];
            CHECK_OK(akin_mix_draw(labels, 1000, 7, &o, partner, &err));
            int mixed = 0, same = 0;
            for (int i = 0; i < 1000; i++) {
                CHECK(partner[i] >= -1 && partner[i] < 1000 && partner[i] != i);
                CHECK(more[i] < 0 || more[i] == partner[i]); /* the smaller share lies within */
                mixed += partner[i] >= 0;
                same += partner[i] >= 0 && labels[partner[i]] == labels[i];
            }
            CHECK(mixed == (int)(1000 * shares[s] + 0.5));
            if (with == AKIN_MIX_SAME) CHECK(same == mixed);
            if (with == AKIN_MIX_OTHER) CHECK(same == 0);
            if (with == AKIN_MIX_ANY && mixed == 1000) /* 1000/7 expected, deviation 11: six of them */
                CHECK(same > 76 && same < 210);
            memcpy(more, partner, sizeof partner);
        }
    }
    /* The class of two: its partner is the other one, however rare. */
    memset(labels, 0, sizeof labels);
    labels[17] = labels[900] = 1;
    akin_mix_opts o = AKIN_MIX_OPTS_INIT;
    o.share = 1;
    o.with = AKIN_MIX_SAME;
    CHECK_OK(akin_mix_draw(labels, 1000, 2, &o, partner, &err));
    CHECK(partner[17] == 900 && partner[900] == 17);
    labels[900] = 0;
    CHECK_FAILS(akin_mix_draw(labels, 1000, 2, &o, partner, &err), AKIN_ERR_INPUT, "item 17 has no partner");
    o.with = AKIN_MIX_OTHER;
    labels[17] = 0;
    CHECK_FAILS(akin_mix_draw(labels, 1000, 2, &o, partner, &err), AKIN_ERR_INPUT, "of another class");
    CHECK_OK(akin_mix_draw(NULL, 1000, 0, &o, partner, &err)); /* without labels anybody is another */
    o.share = 1.5;
    CHECK_FAILS(akin_mix_draw(NULL, 1000, 0, &o, partner, &err), AKIN_ERR_RANGE, "share is 1.5");
}

/* A folder of arrays: `n` images of 2 x 2 x 3 in `classes`, random; test of 4. */
static char folder[256], path[512];
enum { PIXELS = 12 };
static uint8_t pixels[1000][PIXELS];

static akin_image_set *random_set(int64_t n, int64_t classes)
{
    const int64_t shape[4] = { n, 2, 2, 3 }, test[4] = { 4, 2, 2, 3 };
    snprintf(folder, sizeof folder, "%s", test_folder());
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < PIXELS; k++) pixels[i][k] = (uint8_t)test_int(0, 255);
    balanced(n, classes);
    snprintf(path, sizeof path, "%s/train.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 4, shape, pixels, &err));
    snprintf(path, sizeof path, "%s/train-labels.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 1, shape, labels, &err));
    snprintf(path, sizeof path, "%s/test.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 4, test, pixels, &err));
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    return ds;
}

static void mixed_pixels_are_the_weighted_mean(void **state)
{
    (void)state;
    static const double weights[] = { 0, 0.25, 0.5, 1 }; /* exact in sixteen bits */
    for (int w = 0; w < 4; w++) {
        akin_image_set *ds = random_set(50, 5);
        for (int i = 0; i < 50; i++) partner[i] = i % 3 ? -1 : (i + 21) % 50;
        partner[21] = 0; /* mixed with an image that is mixed itself: with what that was before */
        partner[0] = 21;
        CHECK_OK(akin_image_set_mix(ds, partner, weights[w], &err));
        akin_images v = AKIN_IMAGES_INIT;
        CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
        for (int i = 0; i < 50; i++)
            for (int k = 0; k < PIXELS; k++) {
                const double mixed =
                    partner[i] < 0 ? pixels[i][k]
                                   : (1 - weights[w]) * pixels[i][k] + weights[w] * pixels[partner[i]][k];
                CHECK(v.pixels[i * PIXELS + k] == (uint8_t)floor(mixed + 0.5));
            }
        CHECK(v.labels[0] == 0 && v.labels[21] == 1);
        partner[3] = 3;
        CHECK_FAILS(akin_image_set_mix(ds, partner, 0.5, &err), AKIN_ERR_RANGE, "partner 3 is 3");
        partner[3] = -1;
        CHECK_FAILS(akin_image_set_mix(ds, partner, (double)NAN, &err), AKIN_ERR_RANGE, "weight");
        akin_image_set_free(ds);
    }
}

/* Splits ------------------------------------------------------------------------------------------------ */

static void splits_are_stratified_to_the_item(void **state)
{
    (void)state;
    unsigned char part[1000], again[1000];
    for (test_seed = 1; test_seed <= 50; test_seed++) {
        const int64_t classes = test_int(1, 9), n = classes * test_int(4, 100);
        akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
        o.test = test_uniform(0.2, 0.4);
        o.val = test_uniform(0.2, 0.4);
        o.seed = test_seed;
        balanced(n, classes);
        CHECK_OK(akin_splits_draw(labels, NULL, n, classes, &o, part, &err));
        for (int32_t c = 0; c < classes; c++) {
            int64_t count[3] = { 0 };
            for (int64_t i = 0; i < n; i++) count[part[i]] += labels[i] == c;
            const double each = (double)n / (double)classes;
            CHECK(count[1] == (int64_t)floor(o.test * each + 0.5));
            CHECK(count[2] == (int64_t)floor(o.val * each + 0.5) || count[0] == 1);
        }
        o.val = 0; /* test does not depend on val */
        CHECK_OK(akin_splits_draw(labels, NULL, n, classes, &o, again, &err));
        for (int64_t i = 0; i < n; i++) CHECK((part[i] == 1) == (again[i] == 1));
    }
    test_seed = 1;
}

static void groups_stay_whole(void **state)
{
    (void)state;
    int32_t groups[600];
    unsigned char part[600], of_group[200];
    for (test_seed = 1; test_seed <= 50; test_seed++) {
        for (int i = 0; i < 600; i++) {
            groups[i] = (int32_t)test_int(-100, 99);
            labels[i] = 0;
        }
        akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
        o.val = 0.1;
        o.seed = test_seed;
        CHECK_OK(akin_splits_draw(labels, groups, 600, 1, &o, part, &err));
        memset(of_group, 9, sizeof of_group);
        int64_t count[3] = { 0 };
        for (int i = 0; i < 600; i++) {
            unsigned char *g = &of_group[groups[i] + 100];
            CHECK(*g == 9 || *g == part[i]);
            *g = part[i];
            count[part[i]]++;
        }
        /* groups of 3 on average, of 12 at most: a part is off by less than its last group */
        CHECK_LE(llabs(count[1] - 120), 6);
        CHECK_LE(llabs(count[2] - 60), 6);
    }
    test_seed = 1;
    for (int i = 0; i < 600; i++) groups[i] = 5;
    akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
    CHECK_FAILS(akin_splits_draw(labels, groups, 600, 1, &o, part, &err), AKIN_ERR_INPUT,
                "test would be empty: 1 groups");
    o.test = 1;
    CHECK_FAILS(akin_splits_draw(labels, NULL, 600, 1, &o, part, &err), AKIN_ERR_RANGE, "below 1");
    o.test = 0;
    CHECK_FAILS(akin_splits_draw(labels, NULL, 600, 1, &o, part, &err), AKIN_ERR_RANGE, "above 0");
    o.test = 0.001;
    CHECK_FAILS(akin_splits_draw(labels, NULL, 100, 1, &o, part, &err), AKIN_ERR_INPUT,
                "test would be empty");
    static const int64_t NONE[] = { 0, INT64_MIN, INT64_MAX };
    for (int k = 0; k < 3; k++)
        CHECK_FAILS(akin_splits_draw(labels, NULL, 100, NONE[k], &o, part, &err), AKIN_ERR_SHAPE, "classes");
}

static void parts_become_splits_and_are_read_back(void **state)
{
    (void)state;
    akin_image_set *ds = random_set(60, 3), *back = NULL;
    unsigned char part[60];
    for (int i = 0; i < 60; i++) part[i] = i % 5 == 2 ? 2 : 0;
    akin_images v = AKIN_IMAGES_INIT, val = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_divide(ds, part, &err));
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK_OK(akin_image_set_split(ds, "val", &val, &err));
    CHECK(v.n == 48 && val.n == 12);
    for (int i = 0; i < 12; i++) {
        CHECK(memcmp(val.pixels + i * PIXELS, pixels[5 * i + 2], PIXELS) == 0);
        CHECK(val.labels[i] == (5 * i + 2) % 3);
    }
    char out[300];
    snprintf(out, sizeof out, "%s/out", folder);
    CHECK_OK(akin_image_set_save(ds, out, &err));
    CHECK_OK(akin_image_set_open(out, NULL, &back, &err));
    CHECK(strcmp(akin_image_set_fingerprint(ds), akin_image_set_fingerprint(back)) == 0);
    CHECK(akin_image_set_splits(back) == 3 && strcmp(akin_image_set_class_name(back, 2), "2") == 0);
    for (int i = 0; i < 60; i++) part[i] = 1;
    CHECK_FAILS(akin_image_set_divide(back, part, &err), AKIN_ERR_INPUT, "nothing of");
    part[0] = 0;
    CHECK_FAILS(akin_image_set_divide(back, part, &err), AKIN_ERR_INPUT, "has a split 'test' already");
    part[1] = 3;
    CHECK_FAILS(akin_image_set_divide(back, part, &err), AKIN_ERR_RANGE, "part 1 is 3");
    akin_image_set_free(back);
    akin_image_set_free(ds);
    /* saved over it, a set without val leaves no val behind */
    ds = random_set(20, 2);
    CHECK_OK(akin_image_set_save(ds, out, &err));
    CHECK_OK(akin_image_set_open(out, NULL, &back, &err));
    CHECK(akin_image_set_splits(back) == 2);
    akin_image_set_free(back);
    akin_image_set_free(ds);
}

static void names_of_classes_are_read(void **state)
{
    (void)state;
    akin_image_set *ds = random_set(20, 3);
    akin_image_set_free(ds);
    ds = NULL;
    snprintf(path, sizeof path, "%s/class-names.txt", folder);
    CHECK_OK(akin_file_save(path, "cat\r\na dog\nowl\nelk\n", 19, &err));
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK(v.classes == 4 && strcmp(akin_image_set_class_name(ds, 0), "cat") == 0);
    CHECK(strcmp(akin_image_set_class_name(ds, 1), "a dog") == 0);
    akin_image_set_free(ds);
    ds = NULL;
    CHECK_OK(akin_file_save(path, "cat\n", 4, &err));
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "has 1 names; labels go up to 2");
}

/* Options that an older caller does not know have their defaults. */
static void older_callers_are_served(void **state)
{
    (void)state;
    enum { ITEMS = 40 };
    unsigned char part[ITEMS], same[ITEMS];
    int32_t alike[ITEMS];
    for (int i = 0; i < ITEMS; i++) labels[i] = i % 2;
    akin_splits_opts s = AKIN_SPLITS_OPTS_INIT;
    CHECK_OK(akin_splits_draw(labels, NULL, ITEMS, 2, &s, same, &err));
    s.seed = 9;
    s.struct_size = offsetof(akin_splits_opts, seed);
    CHECK_OK(akin_splits_draw(labels, NULL, ITEMS, 2, &s, part, &err));
    CHECK(memcmp(part, same, ITEMS) == 0);
    s.struct_size = 0;
    CHECK_FAILS(akin_splits_draw(labels, NULL, ITEMS, 2, &s, part, &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    akin_mix_opts m = AKIN_MIX_OPTS_INIT;
    CHECK_OK(akin_mix_draw(labels, ITEMS, 2, &m, alike, &err));
    m.seed = 9;
    m.struct_size = offsetof(akin_mix_opts, seed);
    CHECK_OK(akin_mix_draw(labels, ITEMS, 2, &m, partner, &err));
    CHECK(memcmp(partner, alike, sizeof alike) == 0);
    m.struct_size = 0;
    CHECK_FAILS(akin_mix_draw(labels, ITEMS, 2, &m, partner, &err), AKIN_ERR_ARGUMENT, "not initialised");
    akin_longtail_opts l = AKIN_LONGTAIL_OPTS_INIT;
    l.struct_size = 0;
    CHECK_FAILS(akin_longtail(labels, ITEMS, 2, &l, NULL, kept, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_counts_are_those_of_the_literature),
        cmocka_unit_test(counts_follow_the_formula_at_random),
        cmocka_unit_test(a_step_has_two_sizes),
        cmocka_unit_test(greater_ratios_are_nested_and_seeds_differ),
        cmocka_unit_test(random_places_permute_the_counts),
        cmocka_unit_test(uneven_sources_say_what_they_can_give),
        cmocka_unit_test(tails_refuse_what_makes_no_sense),
        cmocka_unit_test(partners_are_of_the_class_that_was_asked_for),
        cmocka_unit_test(mixed_pixels_are_the_weighted_mean),
        cmocka_unit_test(splits_are_stratified_to_the_item),
        cmocka_unit_test(groups_stay_whole),
        cmocka_unit_test(parts_become_splits_and_are_read_back),
        cmocka_unit_test(names_of_classes_are_read),
        cmocka_unit_test(older_callers_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
