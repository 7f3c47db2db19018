/* SPDX-License-Identifier: Apache-2.0 */
/* report: the map of a run's items on its page, the items below it, and what is said where there are no
 * labels. */
#include "report_pages.h"

enum { ON_MAP = 5, NEAR = 2 };

static const char *map_name(int64_t i, void *ctx)
{
    (void)ctx;
    return i == 1 ? "</script><script>alert(1)</script>&\"\xFF" : "plain";
}

static const char *map_class(int64_t k, void *ctx)
{
    (void)ctx;
    return k ? "<b>" : NULL;
}

static unsigned char map_pixels[ON_MAP * H * W];

static akin_status no_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *e)
{
    (void)i, (void)pixels, (void)ctx;
    return ak_fail(e, AKIN_ERR_INPUT, "gone");
}

static akin_status map_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *e)
{
    if (ctx) return snprintf(e->message, sizeof e->message, "'<x>' is gone"), e->status = AKIN_ERR_INPUT;
    memcpy(pixels, map_pixels + i * H * W, H * W);
    return AKIN_OK;
}

static char *report_map(const akin_report_map *map)
{
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.map = map;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    return read_page(page_path);
}

static void a_map_is_drawn_or_missed(void **state)
{
    (void)state;
    static const float PLACES[ON_MAP * 2] = { -1, 0, 3, 0, 0, 1, 1, 2, 2, -0.5f };
    static const int32_t NEIGHBOUR[ON_MAP * NEAR] = { 2, 3, 4, 3, 0, 3, 2, 1, 1, 3 },
                                            LABEL[ON_MAP] = { 0, 1, 0, 1, 0 };
    static const float SIMILAR[ON_MAP * NEAR] = { 0.5f, 0.25f, 0.9f, 0.1f, 1, -1, 0, 0, 0.3f, 0.2f };
    make_run();
    for (int i = 0; i < ON_MAP * H * W; i++) map_pixels[i] = (unsigned char)test_int(0, 255);
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = ON_MAP;
    m.of = 50;
    m.k = NEAR;
    m.places = (akin_cmat){ PLACES, ON_MAP, 2, 2 };
    m.near = NEIGHBOUR;
    m.similarity = SIMILAR;
    m.item = map_name;
    char *page = report_map(&m);
    expect(page, "\"k\":2,");
    expect(page, "\"w\":10000,\"h\":6250,\n\"x\":[0,10000,2500,5000,7500],\n\"y\":[1250,1250,3750,6250,0],\n"
                 "\"near\":[2,3,4,3,0,3,2,1,1,3],\n\"sim\":[500,250,900,100,1000,-1000,0,0,300,200]");
    expect(
        page,
        "\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\\u0026\\\"\xEF\xBF\xBD\"");
    expect(page, "5 of 50 items of the train part, evenly spaced.");
    CHECK(!strstr(page, "\"label\"") && !strstr(page, "map-sheet\" alt"));
    free(page);

    m.labels = LABEL;
    m.classes = 2;
    m.class_name = map_class;
    m.picture = map_picture;
    m.height = H;
    m.width = W;
    m.channels = 1;
    page = report_map(&m);
    expect(page, "\"label\":[0,1,0,1,0],\n\"classes\":[\"class 0\",\"\\u003cb\\u003e\"]");
    expect(page, "\"sheet\":{\"columns\":32,\"w\":5,\"h\":7,\"pitch\":5,\"rise\":7}");
    free(page);

    static const int32_t CLUSTER[ON_MAP] = { 0, 1, 0, -1, 0 };
    static const int64_t CENTRAL[] = { 4, 1 };
    static const float LOSS[ON_MAP] = { 0.25f, 1.5f, 0, 12.3456f, 2 };
    CHECK(!strstr(page = report_map(&m), "value=\"cluster\"") && !strstr(page, "value=\"hard\""));
    free(page);
    m.cluster = CLUSTER;
    m.clusters = 2;
    m.central = CENTRAL;
    m.difficulty = LOSS;
    page = report_map(&m);
    expect(page, "\"cluster\":[0,1,0,-1,0],\n\"central\":[4,1],\n\"hard\":[250,1500,0,12346,2000]");
    expect(page, "<option value=\"cluster\">cluster</option>");
    expect(page, "<option value=\"hard\">");
    expect(page, "k-means with k = 2 on the features");
    free(page);

    m.ctx = &m; /* a picture can no longer be read: the page says so and has no script */
    page = report_map(&m);
    expect(page, "There is no map: &#39;&lt;x&gt;&#39; is gone.");
    CHECK(!strstr(page, "<script") && !strstr(page, "script-src"));
    free(page);
    m.missing = "no <data>";
    page = report_map(&m);
    expect(page, "There is no map: no &lt;data&gt;.");
    free(page);
    m.missing = NULL;
    m.k = ON_MAP;
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.map = &m;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_SHAPE, "no map");
    m.k = NEAR;
    m.central = NULL;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_ARGUMENT, "need central");
    drop_run();
}

static const char *sheet_class(int64_t k, void *ctx)
{
    static char name[2][16];
    static int turn;
    (void)ctx;
    snprintf(name[turn ^= 1], 16, "<%d>", (int)k);
    return name[turn];
}

/* Items to be looked at stand below the map, in the order that is given, and without it not at all. */
static void items_stand_below_the_map(void **state)
{
    (void)state;
    static const float places[2 * ON_MAP] = { 0 };
    static const int32_t near[ON_MAP] = { 1, 0, 0, 0, 0 };
    static const float like[ON_MAP] = { 0.5f, 0.5f, 0.5f, 0.5f, 0.5f };
    const int64_t start[] = { 0, 2, 3 }, item[] = { 3, 1, 4 };
    const double number[] = { NAN, 0.25, 0.125 };
    const akin_sheet_section sections[] = { { "Pairs & <more>", "Look.", "likeness", 2, start, item, number },
                                            { "Nothing", "", "", 0, start, item, number } };
    make_run();
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    akin_sheet s = AKIN_SHEET_INIT;
    m.n = m.of = ON_MAP;
    m.k = 1;
    m.places = (akin_cmat){ places, ON_MAP, 2, 2 };
    m.near = near;
    m.similarity = like;
    m.item = s.item = map_name;
    s.title = "First <these>";
    s.section = sections;
    s.sections = 2;
    opts.map = &m;
    opts.items = &s;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    char *page = read_page(page_path);
    const char *map = strstr(page, "<section id=\"map\">"), *items = strstr(page, "<section id=\"items\">"),
               *training = strstr(page, "id=\"training\"");
    CHECK(map && items && training && map < items && items < training);
    expect(page, "<h2>First &lt;these&gt;</h2>");
    expect(page, "<h3>Pairs &amp; &lt;more&gt;</h3>");
    const char *at = strstr(items, "likeness <b>0.2500</b>");
    CHECK(at && strstr(at, "likeness <b>0.1250</b>") && !strstr(page, "<h3>Nothing</h3>"));
    free(page);

    static const int64_t counts[] = { 3, 1, 0, 2, 1, 0, 0, 0, 0 }; /* of 4, 3 and no items */
    akin_report_classes c = AKIN_REPORT_CLASSES_INIT;
    c.classes = 3;
    c.counts = counts;
    c.name = sheet_class;
    opts.classes = &c;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    const char *second = strstr(page, "<th scope=\"row\">&lt;1&gt;</th><td>3</td><td><b>33.3"),
               *first = strstr(page, "<th scope=\"row\">&lt;0&gt;</th><td>4</td><td><b>75.0");
    CHECK(second && first && second < first); /* the least found again comes first */
    expect(page, "<td>&lt;0&gt; <span class=\"muted\">2</span></td>");
    expect(page, "<tr><th scope=\"row\">&lt;1&gt;</th><td>2</td><td><b>1</b></td><td>0</td></tr>");
    CHECK(!strstr(page, "<th scope=\"row\">&lt;2&gt;</th><td>0</td><td><b>"));
    free(page);
    c.name = NULL;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_ARGUMENT, "classes need");
    opts.classes = NULL;

    s.picture = no_picture; /* then they are left out, and the rest is there */
    s.height = H, s.width = W, s.channels = 1;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    CHECK(!strstr(page, "<section id=\"items\">") && strstr(page, "<section id=\"map\">"));
    free(page);
    s.picture = NULL;
    m.missing = "no reason";
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    CHECK(!strstr(page, "<section id=\"items\">"));
    free(page);
    m.missing = NULL;
    s.item = NULL;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_ARGUMENT, "item");
    drop_run();
}

static akin_status noise(int64_t i, uint8_t *pixels, void *ctx, akin_error *error)
{
    (void)i, (void)ctx, (void)error;
    for (int p = 0; p < 32 * 32 * 3; p++) pixels[p] = (uint8_t)(test_u64() >> 56);
    return AKIN_OK;
}

/* Pictures that nothing makes smaller without a loss: the sheet loses a little, and then size. */
static void many_pictures_of_a_map_stay_small(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    static float places[2 * MANY], similar[MANY];
    static int32_t near[MANY];
    make_run();
    for (int i = 0; i < MANY; i++) near[i] = (i + 1) % MANY;
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = m.of = MANY;
    m.k = 1;
    m.places = (akin_cmat){ places, MANY, 2, 2 };
    m.near = near;
    m.similarity = similar;
    m.item = map_name;
    m.picture = noise;
    m.height = m.width = 32;
    m.channels = 3;
    char *page = report_map(&m);
    const char *sheet = strstr(page, "src=\"data:image/jpeg;base64,"),
               *end = sheet ? strchr(sheet + 5, '"') : NULL;
    CHECK(end && end - sheet > 500000);
    CHECK_LE(end - sheet, 2300000);
    int w = 0, h = 0, pitch = 0, rise = 0;
    const char *sizes = strstr(end, "\"sheet\":{\"columns\":32,");
    CHECK(sizes && sscanf(sizes, "\"sheet\":{\"columns\":32,\"w\":%d,\"h\":%d,\"pitch\":%d,\"rise\":%d", &w,
                          &h, &pitch, &rise) == 4);
    CHECK(w == h && w < 32 && w % 8 == 0 && pitch == w && rise == h);
    free(page);
    drop_run();
}

static void without_labels_words_come_first(void **state)
{
    (void)state;
    static const float PLACES[ON_MAP * 2] = { 0, 0, 1, 0, 0, 1, 1, 1, 2, 2 };
    static const int32_t NEIGHBOUR[ON_MAP] = { 1, 0, 3, 2, 3 };
    static const float SIMILAR[ON_MAP] = { 0.9996f, 0.9996f, 0.75f, 0.75f, -0.5f };
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = m.of = ON_MAP;
    m.k = 1;
    m.places = (akin_cmat){ PLACES, ON_MAP, 2, 2 };
    m.near = NEIGHBOUR;
    m.similarity = SIMILAR;
    m.item = map_name;
    make_run();
    unlink(in("eval.json"));
    char *page = report_map(&m);
    expect(page, "class=\"headline\">The loss went 81 % of the way"); /* labelled data, not evaluated yet */
    CHECK(!strstr(page, "class=\"next\""));
    free(page);

    save("run.json", RUN_HEAD "\"data\":{\"path\":\"/d\",\"labels\":false}," RUN_TAIL);
    save("diagnose.json", "{\"layer\":\"backbone\",\"items\":5,\"measures\":[{\"name\":\"effective-rank\","
                          "\"value\":23.4}]}");
    page = report_map(&m);
    expect(page, "class=\"headline\">The map below has 5 items");
    expect(
        page,
        "similarity 0.75 or more</b>; the most unusual has none above -0.50. 2 of them have another that ");
    expect(page, "The features use about 23 of their 128 dimensions.");
    expect(page, "class=\"subtitle next\">The loss went 81 % of the way");
    expect(page, "<code>akin dups ");
    CHECK(!strstr(page, "class=\"figures\""));
    free(page);
    static const float HARDLY[ON_MAP] = { 0.9996f, 0.9996f, 0.9972f, 0.9972f, 0.998f },
                       EQUAL[ON_MAP] = { 1, 1, 1, 0.9996f, 0.5f };
    m.similarity = HARDLY; /* two digits would be 1.00 */
    page = report_map(&m);
    expect(page, "similarity 0.998 or more</b>; the most unusual has none above 0.997. 2 of them");
    free(page);
    m.similarity = EQUAL; /* half of them and more: that is told once */
    page = report_map(&m);
    expect(page, "each with what the encoder holds for nearest. 4 of them have another that the encoder");
    CHECK(!strstr(page, "Half of them"));
    free(page);
    page = report(); /* no map: nothing to say about its items */
    expect(page, "class=\"headline\">The loss went 81 % of the way");
    free(page);
    drop_run();
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_drawn_or_missed),
        cmocka_unit_test(items_stand_below_the_map),
        cmocka_unit_test(many_pictures_of_a_map_stay_small),
        cmocka_unit_test(without_labels_words_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
