/* SPDX-License-Identifier: Apache-2.0 */
/* report: the section on theory. Axes hold what they say or are broken; every row of akin bounds is called by
 * words; what is vacuous is folded; marks survive; every number of a table is in the JSON of the
 * page. The page is searched as text, by code that knows nothing of how it was made. */
#include "akin/theory.h"
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "akin/tool/report.h"

#include "report/bound.h"
#include "report/scale.h"
#include "base/plain.h"
#include "test.h"

static akin_error err;
static char folder[512];

/* Axes --------------------------------------------------------------------------------------------------- */

static void check_scale(const ak_scale *s, const double *all, size_t n)
{
    CHECK(s->from < s->to);
    for (size_t i = 0; i < n; i++) {
        const int beyond = ak_scale_beyond(s, all[i]);
        const double share = ak_scale_share(s, all[i]);
        CHECK_LE(share, 1);
        CHECK_LE(-share, 0);
        CHECK(beyond == 0 || (beyond > 0 ? s->above && share == 1 : s->below && share == 0));
    }
    double tick[AK_SCALE_TICKS];
    const int ticks = ak_scale_ticks(s, 5, tick);
    CHECK(ticks <= 5);
    for (int k = 0; k < ticks; k++) {
        CHECK(k == 0 || tick[k] > tick[k - 1]);
        CHECK_NEAR(ak_scale_share(s, tick[k]), fmin(1, fmax(0, ak_scale_share(s, tick[k]))), 0);
        CHECK(s->log ? tick[k] > 0 : isfinite(tick[k]));
    }
}

static void what_is_measured_is_on_the_axis(void **state)
{
    (void)state;
    for (int c = 0; c < 5000; c++) {
        double all[6];
        const bool positive = test_u64() & 1;
        for (int i = 0; i < 6; i++) {
            all[i] = test_uniform(positive ? 0.001 : -1, 1) * pow(10, (double)test_int(-3, i < 2 ? 2 : 12));
            if (!positive && i == 4) all[i] = -all[i];
        }
        const ak_scale s = ak_scale_of(all, 2, all, 6);
        check_scale(&s, all, 6);
        CHECK(s.log || (ak_scale_beyond(&s, all[0]) == 0 && ak_scale_beyond(&s, all[1]) == 0));
        double low = all[0], high = all[0];
        for (int i = 1; i < 6; i++) {
            low = fmin(low, all[i]);
            high = fmax(high, all[i]);
        }
        CHECK(s.log == (low > 0 && high / low >= 100));
    }
}

static void a_far_bound_breaks_the_axis(void **state)
{
    (void)state;
    const double far[] = { 28, -1, 1.4e11 }, log[] = { 1.2, 3.3, 1.4e7 }, more[] = { 1.2, INFINITY },
                 alone[] = { 0.17, 2.1 }, none[] = { NAN, NAN };
    ak_scale s = ak_scale_of(far, 2, far, 3);
    CHECK(!s.log && s.above && !s.below && ak_scale_beyond(&s, far[2]) == 1);
    s = ak_scale_of(log, 2, log, 3);
    CHECK(s.log && !s.above && ak_scale_beyond(&s, log[2]) == 0);
    s = ak_scale_of(more, 1, more, 2);
    CHECK(s.above && ak_scale_beyond(&s, INFINITY) == 1 && ak_scale_beyond(&s, 1.2) == 0);
    s = ak_scale_of(alone, 1, alone, 2);
    CHECK(!s.above && ak_scale_beyond(&s, 2.1) == 0);
    s = ak_scale_of(none, 2, none, 2);
    CHECK(s.from < s.to && !s.above && !s.below);
}

/* Words -------------------------------------------------------------------------------------------------- */

/* All papers, with all that a caller can give. */
static void every_row_has_words(void **state)
{
    (void)state;
    enum { N = 48, D = 6 };
    static float a[N * D], b[N * D], from[2][N * D], now[N * D];
    int32_t labels[N];
    for (int i = 0; i < N * D; i++) {
        a[i] = (float)test_normal() + (i % D == i / D % 4 ? 3 : 0); /* class i/D % 4 has a direction */
        b[i] = a[i] + 0.3F * (float)test_normal();
        now[i] = b[i] + 0.1F * (float)test_normal();
        from[0][i] = (float)test_normal();
        from[1][i] = from[0][i] + 0.1F * (float)test_normal();
    }
    for (int i = 0; i < N; i++) labels[i] = i % 4;
    akin_bound_run known = AKIN_BOUND_RUN_INIT;
    known.capacity = 1;
    known.tuples = 1000;
    known.initial_acr = 0.9;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ a, N, D, D };
    in.b = (akin_cmat){ b, N, D, D };
    in.from_a = (akin_cmat){ from[0], N, D, D };
    in.from_b = (akin_cmat){ from[1], N, D, D };
    in.now = (akin_cmat){ now, N, D, D };
    in.labels = labels;
    in.count = N;
    in.negatives = 7;
    in.run = &known;
    akin_bounds *all = NULL;
    const akin_bound_row *row;
    int rows = 0;
    CHECK_OK(akin_bounds_compute(&in, "all", &all, &err));
    for (; (row = akin_bounds_at(all, rows)); rows++) {
        const ak_bound_words *w = ak_bound_words_of(row->name);
        if (!w) print_error("no words for '%s'\n", row->name);
        CHECK(w && *w->what && *w->unit);
        CHECK((row->sense == AKIN_BOUND_MEASURE) == (w->title == NULL));
    }
    CHECK(rows >= 95);
    CHECK(ak_bound_words_of("nonsense") == NULL);
    akin_bounds_free(all);
}

/* The page ----------------------------------------------------------------------------------------------- */

static const char *in(const char *name)
{
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void save(const char *name, const char *text)
{
    CHECK_OK(akin_file_save(in(name), text, strlen(text), &err));
}

typedef struct row {
    const char *name, *sense, *holds, *vacuous, *value, *log, *measured, *reference, *mark;
} row;

static char *put_row(char *at, row r)
{
    return at +
           ak_snprintf(at, 1024,
                       "%s{\"name\":\"%s\",\"paper\":\"[Paper2000 <thm> 1]\",\"mark\":\"%s\","
                       "\"quantity\":\"a quantity\",\"sense\":\"%s\",\"holds\":%s,\"vacuous\":%s,"
                       "\"value\":%s,\"log_value\":%s,\"interval\":[%s,%s],\"measured\":%s,"
                       "\"measured_interval\":[%s,%s],\"reference\":%s,\"assumed\":\"\",\"difference\":-0.25,"
                       "\"difference_interval\":[-0.5,-0.125],\"blocks\":512,\"reason\":\"for a reason\"}",
                       at[-1] == '[' ? "" : ",", r.name, r.mark, r.sense, r.holds, r.vacuous, r.value, r.log,
                       r.value, r.value, r.measured, r.measured, r.measured, r.reference);
}

/* A checkpoint at which the first row measures `loss`. */
static char *put_line(char *at, int step, const char *loss)
{
    const row rows[] = {
        { "arora-lemma-4.3-hinge", "upper", "true", "false", "0.829", "-0.18", loss, "1", "unverified" },
        { "zhang-eigenvalue-stated", "upper", "false", "false", "0.25", "-1.4", "0.75", "1", "as stated" },
        { "arora-theorem-6.1-hinge", "upper", "true", "true", "1.4e11", "25.7", "28", "1", "derived" },
        { "arora-k-upper", "upper", "true", "true", "null", "4321", "2.0", "2.3", "derived" },
        { "ash", "upper", "null", "false", "null", "null", "2.0", "2.3", "" },
        { "wang-acr", "measure", "null", "false", "null", "null", "0.9375", "null", "" },
        { "made <up>", "lower", "true", "false", "0.5", "-0.7", "0.625", "0", "reconstruction" },
    };
    at += ak_snprintf(at, 256, "{\"step\":%d,\"n\":2000,\"negatives\":127,\"temperature\":0.5,\"bounds\":[",
                      step);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) at = put_row(at, rows[i]);
    return at + ak_snprintf(at, 8, "]}\n");
}

static char *page(void)
{
    const char *runs[] = { folder };
    char *text = NULL;
    size_t bytes;
    CHECK_OK(akin_report_write(runs, 1, NULL, NULL, &err));
    CHECK_OK(akin_file_load(in("report.html"), (size_t)1 << 26, &text, &bytes, &err));
    return text;
}

static void has(const char *text, const char *what)
{
    if (strstr(text, what)) return;
    print_error("the page lacks '%s'\n", what);
    _fail(__FILE__, __LINE__);
}

/* The JSON that the page holds. */
static akin_json *data_of(const char *text)
{
    static const char BEGIN[] = "<script type=\"application/json\" id=\"theory-data\">";
    const char *at = strstr(text, BEGIN);
    CHECK(at != NULL);
    at += sizeof BEGIN - 1;
    const char *end = strstr(at, "</script>");
    akin_json *root = NULL;
    CHECK(end && !memchr(at, '<', (size_t)(end - at)));
    CHECK_OK(akin_json_parse(at, (size_t)(end - at), "the page", 0, &root, &err));
    return root;
}

static void begin(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    save("run.json", "{\"config\":{}}");
    static char text[65536];
    char *at = put_line(text, 10, "0.75");
    at += ak_snprintf(at, 16, "rubbish\n");
    at = put_line(at, 20, "0.6875");
    put_line(at, 30, "0.625");
    save("bounds.jsonl", text);
}

static void a_page_folds_what_says_nothing(void **state)
{
    (void)state;
    begin();
    char *text = page();
    has(text, "<b>2 bounds hold and say something</b>, <b>1 fails</b>. 2 more are vacuous");
    has(text, "1 is not judged here");
    has(text, "Of step 30.");
    has(text, "[Paper2000 &lt;thm&gt; 1] (unverified) <code>arora-lemma-4.3-hinge</code>");
    has(text, "Loss of the mean classifier of two classes <small>hinge loss</small>");
    has(text, "a quantity <small>value</small>"); /* a row of another version is called by its quantity */
    has(text, "made &lt;up&gt;");
    has(text, "<b class=\"bad\">fails</b>");
    const char *folded = strstr(text, "<details><summary>Vacuous: bounds that say nothing here (2)");
    const char *tells = strstr(text, "How far is it?");
    CHECK(folded && tells && tells < folded);
    CHECK(strstr(folded, "logarithmic, axis broken") && strstr(folded, "1.4e+11</text>"));
    has(folded, "\xE2\x89\xA4\xC2\xA0"
                "e^4321");
    CHECK(strstr(text, "arora-theorem-6.1-hinge") > folded); /* and nowhere before */
    has(text, "<td>46\xC2\xA0%</td>");                       /* (1 - 0.829)/(1 - 0.625) */
    has(text, "aria-label=\"Loss of the mean classifier of two classes against the step: 0.750 to 0.625");
    has(text, "<tr><th scope=\"row\">20</th><td>0.688</td><td>0.829</td></tr>");
    free(text);
}

static void the_last_measurement_comes_first(void **state)
{
    (void)state;
    begin();
    static char text_of[2048];
    char *at = text_of + ak_snprintf(text_of, 256,
                                     "{\"n\":500,\"negatives\":1,\"temperature\":0.25,\"step\":30,"
                                     "\"weights\":\"raw\",\"bounds\":[");
    at =
        put_row(at, (row){ "bao-lower", "lower", "null", "false", "0.25", "-1.4", "0.5", "0", "unverified" });
    ak_snprintf(at, 8, "]}");
    save("bounds.json", text_of);
    char *text = page();
    has(text, "<b>0 bounds hold and say something</b>, 1 is undecided.");
    has(text, "500 items, temperature 0.25, 1 negative.");
    has(text, "undecided<span class=\"ci\">for a reason</span>");
    has(text, "What moves over training?"); /* the lines are still drawn */
    free(text);
}

static void every_number_is_in_the_json(void **state)
{
    (void)state;
    begin();
    char *text = page();
    akin_json *root = data_of(text);
    const akin_json *rows = akin_json_get(root, "bounds"), *lines = akin_json_get(root, "over_training");
    CHECK(akin_json_length(rows) == 7 && akin_json_length(akin_json_get(lines, "step")) == 3);
    const akin_json *first = akin_json_at(rows, 0);
    CHECK_NEAR(akin_json_get_real(first, "measured"), 0.625, 0);
    CHECK_NEAR(akin_json_get_real(first, "bound"), 0.829, 1e-9);
    CHECK_NEAR(akin_json_get_real(first, "measured_less_bound"), -0.25, 0);
    CHECK_NEAR(akin_json_get_real(first, "tells"), 0.171 / 0.375, 1e-5);
    CHECK(strcmp(akin_json_get_text(first, "mark"), "unverified") == 0);
    CHECK_NEAR(akin_json_get_real(akin_json_at(rows, 3), "log_bound"), 4321, 0);
    const akin_json *moved = akin_json_get(akin_json_get(lines, "rows"), "arora-lemma-4.3-hinge");
    CHECK_NEAR(akin_json_as_real(akin_json_at(akin_json_get(moved, "measured"), 1)), 0.6875, 0);
    CHECK_NEAR(akin_json_as_real(akin_json_at(akin_json_get(moved, "value"), 2)), 0.829, 1e-9);
    akin_json_free(root);
    free(text);
}

/* More checkpoints than a drawing has places: the first and the last are among those that are kept. */
static void many_checkpoints_are_thinned(void **state)
{
    (void)state;
    enum { LINES = 500 };
    begin();
    char *all = malloc(LINES * 8192), *at = all;
    for (int i = 0; i < LINES; i++) at = put_line(at, 10 * (i + 1), "0.75");
    save("bounds.jsonl", all);
    char *text = page();
    akin_json *root = data_of(text);
    const akin_json *steps = akin_json_get(akin_json_get(root, "over_training"), "step");
    CHECK(akin_json_length(steps) == AK_BOUND_PLACES);
    CHECK_NEAR(akin_json_as_real(akin_json_at(steps, 0)), 10, 0);
    CHECK_NEAR(akin_json_as_real(akin_json_at(steps, AK_BOUND_PLACES - 1)), 10 * LINES, 0);
    akin_json_free(root);
    free(text);
    free(all);
}

/* Two runs that differ in the number of negatives, and in the temperature only. */
static void runs_stand_by_their_negatives(void **state)
{
    (void)state;
    static char text[16384];
    char first[512], out[600], *page_of;
    size_t bytes;
    begin();
    snprintf(first, sizeof first, "%s", folder);
    begin();
    const char *runs[] = { first, folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.overwrite = 1;
    snprintf(out, sizeof out, "%s/both.html", folder);
    for (int c = 0; c < 3; c++) { /* nothing differs; K; the temperature */
        char *at =
            text + ak_snprintf(text, 256, "{\"n\":9,\"negatives\":%d,\"temperature\":%.3f,\"bounds\":[",
                               c == 1 ? 7 : 127, c == 2 ? 0.125 : 0.5);
        at = put_row(at, (row){ "bao-upper", "upper", "true", "false", "2", "0.69", "1.5", "2.3", "" });
        ak_snprintf(at, 8, "]}");
        save("bounds.json", text);
        CHECK_OK(akin_report_write(runs, 2, out, &opts, &err));
        CHECK_OK(akin_file_load(out, (size_t)1 << 26, &page_of, &bytes, &err));
        CHECK((strstr(page_of, "What moves with the number of negatives K?") != NULL) == (c == 1));
        CHECK((strstr(page_of, "What moves with the temperature?") != NULL) == (c == 2));
        if (c == 1) has(page_of, "<tr><th scope=\"row\">7</th><td>1.500</td><td>2.000</td></tr>");
        if (c == 2) has(page_of, "<tr><th scope=\"row\">0.125</th><td>1.500</td><td>2.000</td></tr>");
        free(page_of);
    }
}

/* Of one run: what akin bounds --over-negatives adds, in the order of K; a K that is there already, and what
 * has no rows, is left out. */
static void one_encoder_beside_other_negatives(void **state)
{
    (void)state;
    static char text[16384];
    static const struct {
        int k;
        const char *value, *measured;
    } OTHERS[] = { { 255, "4", "3.5" }, { 7, "2", "1.5" }, { 15, "9", "9" } };
    begin();
    char *at = text + ak_snprintf(text, 256, "{\"n\":9,\"negatives\":15,\"temperature\":0.5,\"bounds\":[");
    at = put_row(at, (row){ "bao-upper", "upper", "true", "false", "3", "0.69", "2.5", "2.3", "" });
    at += ak_snprintf(at, 64, "],\"over_negatives\":[{\"negatives\":31,\"bounds\":[]}");
    for (int i = 0; i < 3; i++) {
        at += ak_snprintf(at, 64, ",{\"negatives\":%d,\"bounds\":[", OTHERS[i].k);
        at = put_row(at, (row){ "bao-upper", "upper", "true", "false", OTHERS[i].value, "0.69",
                                OTHERS[i].measured, "2.3", "" });
        at += ak_snprintf(at, 8, "]}");
    }
    ak_snprintf(at, 8, "]}");
    save("bounds.json", text);
    char *shown = page();
    has(shown, "<h3>What moves with the number of negatives K?</h3>");
    has(shown, "One encoder and the same views");
    has(shown, "<tr><th scope=\"row\">7</th><td>1.500</td><td>2.000</td></tr>");
    has(shown, "<tr><th scope=\"row\">15</th><td>2.500</td><td>3.000</td></tr>");
    akin_json *root = data_of(shown);
    const akin_json *over = akin_json_get(root, "over_negatives");
    const akin_json *row_of = akin_json_get(akin_json_get(over, "rows"), "bao-upper");
    CHECK(akin_json_length(akin_json_get(row_of, "measured")) == 3);
    CHECK_NEAR(akin_json_as_real(akin_json_at(akin_json_get(row_of, "measured"), 2)), 3.5, 0);
    akin_json_free(root);
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_measured_is_on_the_axis),
        cmocka_unit_test(a_far_bound_breaks_the_axis),
        cmocka_unit_test(every_row_has_words),
        cmocka_unit_test(a_page_folds_what_says_nothing),
        cmocka_unit_test(the_last_measurement_comes_first),
        cmocka_unit_test(every_number_is_in_the_json),
        cmocka_unit_test(many_checkpoints_are_thinned),
        cmocka_unit_test(runs_stand_by_their_negatives),
        cmocka_unit_test(one_encoder_beside_other_negatives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
