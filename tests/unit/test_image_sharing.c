/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that several ranks open together (base/sharing.h): each decodes its part, and all have the set
 * of one process, whatever each keeps in memory; what is bad, deep or in another place is known to all;
 * an error of one is that of all. */
#include "ranks_threads.h"

#include "dist/divide.h"
#include "image_folders.h"
#include "images/image_set.h"

enum { PICTURES = 23, SIDE = 40, MOST = 5 };

/* Ranks ------------------------------------------------------------------------------------------------- */

static akin_status agree(void *ctx, akin_status mine, akin_error *e) { return ak_comm_agree(ctx, mine, e); }
static int64_t first_of(void *ctx, int64_t n, int rank) { return ak_comm_first(ctx, n, rank); }
static akin_status gather(void *ctx, void *rows, int64_t n, int64_t bytes, akin_error *e)
{
    return akin_ranks_gather(ctx, rows, n, bytes, e);
}

typedef struct trial {
    const char *of_rank[MOST]; /* what each opens, within the folder of the test */
    int64_t cache[MOST];
    akin_on_bad on_bad;
    akin_image_set *set[MOST];
    akin_status status[MOST];
    akin_error why[MOST];
} trial;

static void open_shared(ak_comm *c, void *ctx)
{
    trial *t = ctx;
    const int rank = ak_comm_rank(c);
    const ak_sharing s = { rank, ak_comm_size(c), c, agree, first_of, gather };
    char path[512];
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.cache = t->cache[rank];
    opts.on_bad = t->on_bad;
    opts.max_bad_frac = 0.5;
    opts.size = SIDE;
    snprintf(path, sizeof path, "%s/%s", folder, t->of_rank[rank]);
    const akin_status mine = ak_image_set_open(path, &opts, &s, &t->set[rank], &t->why[rank]);
    t->status[rank] = mine && c->agreed ? mine : ak_comm_agree(c, mine, &t->why[rank]);
}

static akin_image_set *open_alone(const char *name, akin_on_bad on_bad)
{
    char path[512];
    akin_image_set *set = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.on_bad = on_bad;
    opts.max_bad_frac = 0.5;
    opts.size = SIDE;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(akin_image_set_open(path, &opts, &set, &err));
    return set;
}

static void close_all(trial *t)
{
    for (int r = 0; r < MOST; r++) akin_image_set_free(t->set[r]);
}

/* Pictures ---------------------------------------------------------------------------------------------- */

static void name_of(int i, const char *within, char name[64])
{
    snprintf(name, 64, "%s/c%d/%02d.%s", within, 3 * i / PICTURES, i, i % 2 ? "jpg" : "png");
}

/* deep: some have 16 bits and some are transparent. */
static void put_picture(const char *within, int i, bool deep)
{
    uint8_t pixels[SIDE * (SIDE + 8) * 8];
    char name[64];
    size_t n;
    const int w = SIDE + i % 3;
    pic_smooth(pixels, SIDE, w, 8, i);
    name_of(i, within, name);
    uint8_t *bytes =
        i % 2                ? pic_jpeg(pixels, SIDE, w, 3, 0, &n)
        : deep && i % 6 == 4 ? pic_png(pixels, SIDE, w, PNG_COLOR_TYPE_RGB, 16, (size_t)(6 * w), 0, &n)
        : deep && i % 6 == 2 ? pic_png(pixels, SIDE, w, PNG_COLOR_TYPE_RGBA, 8, (size_t)(4 * w), 0, &n)
                             : pic_png(pixels, SIDE, w, PNG_COLOR_TYPE_RGB, 8, (size_t)(3 * w), 0, &n);
    give(name, bytes, n);
}

static void make_folder(const char *within, bool deep)
{
    char name[64];
    make(within);
    for (int k = 0; k < 3; k++) {
        snprintf(name, sizeof name, "%s/c%d", within, k);
        make(name);
    }
    for (int i = 0; i < PICTURES; i++) put_picture(within, i, deep);
}

/* The first bytes of a picture, and nothing after them. */
static void cut(const char *within, int i, size_t bytes)
{
    char name[64], path[512];
    name_of(i, within, name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(truncate(path, (off_t)bytes) == 0);
}

static void check_same(const akin_image_set *a, const akin_image_set *b)
{
    double mean[2][3], std[2][3];
    const akin_images x = split_of(a, "train"), y = split_of(b, "train");
    CHECK(strcmp(akin_image_set_fingerprint(a), akin_image_set_fingerprint(b)) == 0);
    akin_image_set_stats(a, mean[0], std[0]);
    akin_image_set_stats(b, mean[1], std[1]);
    CHECK(memcmp(mean[0], mean[1], sizeof mean[0]) == 0 && memcmp(std[0], std[1], sizeof std[0]) == 0);
    CHECK(x.n == y.n && x.channels == y.channels && a->sample_bits == b->sample_bits);
    for (int64_t i = 0; i < x.n; i++) {
        uint8_t p[SIDE * SIDE * 3], q[SIDE * SIDE * 3];
        CHECK_OK(akin_images_fetch(&x, &i, 1, p, &err));
        CHECK_OK(akin_images_fetch(&y, &i, 1, q, &err));
        CHECK(memcmp(p, q, (size_t)(SIDE * SIDE * x.channels)) == 0);
    }
    CHECK(akin_image_set_bad_count(a) == akin_image_set_bad_count(b));
    for (int64_t i = 0; i < akin_image_set_bad_count(a); i++)
        CHECK(strcmp(akin_image_set_bad_at(a, i)->reason, akin_image_set_bad_at(b, i)->reason) == 0 &&
              strcmp(akin_image_set_bad_at(a, i)->name, akin_image_set_bad_at(b, i)->name) == 0);
    for (int64_t i = 0; akin_image_set_remark(a, i) || akin_image_set_remark(b, i); i++)
        CHECK(akin_image_set_remark(a, i) && akin_image_set_remark(b, i) &&
              strcmp(akin_image_set_remark(a, i), akin_image_set_remark(b, i)) == 0);
}

/* Tests ------------------------------------------------------------------------------------------------- */

static void check_ranks(const char *name, akin_on_bad on_bad)
{
    akin_image_set *alone = open_alone(name, on_bad);
    for (int ranks = 2; ranks <= MOST; ranks++) {
        trial t = { .on_bad = on_bad };
        for (int r = 0; r < ranks; r++) {
            t.of_rank[r] = name;
            t.cache[r] = r == 0 ? -1 : (int64_t)(r - 1) * 7 * SIDE * SIDE * 3;
        }
        run_ranks(ranks, open_shared, &t);
        for (int r = 0; r < ranks; r++) {
            if (t.status[r]) print_error("rank %d of %d: %s\n", r, ranks, t.why[r].message);
            CHECK(t.status[r] == AKIN_OK);
            check_same(alone, t.set[r]);
        }
        close_all(&t);
    }
    akin_image_set_free(alone);
}

static void all_have_the_set_of_one(void **state)
{
    (void)state;
    fresh_folder();
    make_folder("pics", false);
    make_folder("deep", true);
    check_ranks("pics", AKIN_BAD_SKIP);
    check_ranks("deep", AKIN_BAD_SKIP);
    cut("deep", 2, 30);   /* no header */
    cut("deep", 11, 400); /* a header, and no pixels */
    cut("deep", 22, 0);
    check_ranks("deep", AKIN_BAD_SKIP);
}

/* Each has a folder of its own, in which only its part can be read, and that of rank 0, which they check:
 * so each has the others' from them. */
static void each_reads_its_part(void **state)
{
    static const char *const NAMES[] = { "one", "two", "three" };
    trial t = { .of_rank = { "one", "two", "three" }, .cache = { -1, -1, -1 } };
    (void)state;
    for (int r = 0; r < 3; r++) {
        make_folder(NAMES[r], false);
        const int64_t begin = PICTURES * r / 3, end = PICTURES * (r + 1) / 3;
        for (int i = 0; i < PICTURES; i++)
            if ((i < begin - 1 || i > end) && i > PICTURES / 3) cut(NAMES[r], i, 1);
    }
    run_ranks(3, open_shared, &t);
    akin_image_set *alone = open_alone("pics", AKIN_BAD_STOP);
    for (int r = 0; r < 3; r++) {
        if (t.status[r]) print_error("rank %d: %s\n", r, t.why[r].message);
        CHECK(t.status[r] == AKIN_OK);
        check_same(alone, t.set[r]);
    }
    akin_image_set_free(alone);
    close_all(&t);
}

/* Pictures of the same names, and others. */
static void other_pictures_are_told(void **state)
{
    trial t = { .of_rank = { "pics", "pics", "others" }, .cache = { -1, -1, -1 } };
    (void)state;
    make_folder("others", true);
    run_ranks(3, open_shared, &t);
    for (int r = 0; r < 3; r++) {
        CHECK(t.status[r] == AKIN_ERR_DISTRIBUTED && !t.set[r]);
        CHECK(strstr(t.why[r].message, "the data of this rank are not those of rank 0"));
        CHECK((strncmp(t.why[r].message, "rank 2: ", 8) == 0) == (r != 2));
    }
}

static void other_data_are_read_by_each(void **state)
{
    trial t = { .of_rank = { "pics", "few", "pics" }, .cache = { -1, -1, -1 } };
    (void)state;
    make_folder("few", false);
    char path[512];
    snprintf(path, sizeof path, "%s/few/c0/00.png", folder);
    CHECK(unlink(path) == 0);
    run_ranks(3, open_shared, &t);
    for (int r = 0; r < 3; r++) {
        CHECK(t.status[r] == AKIN_OK);
        akin_image_set *alone = open_alone(t.of_rank[r], AKIN_BAD_STOP);
        check_same(alone, t.set[r]);
        akin_image_set_free(alone);
    }
    close_all(&t);
}

static void an_error_is_that_of_all(void **state)
{
    trial none = { .of_rank = { "pics", "pics", "nowhere" }, .cache = { -1, -1, -1 } };
    trial bad = { .of_rank = { "deep", "deep", "deep" }, .cache = { -1, 0, -1 }, .on_bad = AKIN_BAD_STOP };
    (void)state;
    run_ranks(3, open_shared, &none);
    for (int r = 0; r < 3; r++) {
        CHECK(none.status[r] == AKIN_ERR_INPUT && strstr(none.why[r].message, "nowhere"));
        CHECK(!none.set[r]);
    }
    run_ranks(3, open_shared, &bad);
    for (int r = 0; r < 3; r++) CHECK(bad.status[r] != AKIN_OK && strstr(bad.why[r].message, "02.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_have_the_set_of_one), cmocka_unit_test(each_reads_its_part),
        cmocka_unit_test(other_pictures_are_told), cmocka_unit_test(other_data_are_read_by_each),
        cmocka_unit_test(an_error_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
