/* SPDX-License-Identifier: Apache-2.0 */
/* Series: sessions and gaps as pieces, windows that never leave one, what is held out, and times that are
 * refused. Files are made here. */
#include "akin/tool/vectors.h"
#include "set/series.h"
#include "test.h"

static akin_error err;

enum { WIDTH = 2 };

/* Rows "t,who,a,b": a = 100 session + time, b = -a. */
static const char *table(const int (*rows)[2], int n, const char *who)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/s.csv", test_folder());
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    fprintf(f, "t,%s,a,b\n", who);
    for (int i = 0; i < n; i++) {
        const int a = 100 * rows[i][0] + rows[i][1];
        fprintf(f, "%d,s%d,%d.5,-%d.5\n", rows[i][1], rows[i][0], a, a);
    }
    CHECK(fclose(f) == 0);
    return path;
}

static akin_vectors_opts options(int64_t steps, double holdout)
{
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    o.series = steps;
    o.holdout = holdout;
    o.time_column = "t";
    o.group_column = "who";
    return o;
}

static bool told(const akin_vector_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_vectors_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

/* Session and time of a row, from its value. */
static int session_of(const akin_vectors *v, int64_t row) { return (int)v->x[row * WIDTH] / 100; }
static int time_of(const akin_vectors *v, int64_t row) { return (int)v->x[row * WIDTH] % 100; }

/* What the definition says of step j of the window of a row: the time of the row plus j - steps/2, moved to
 * the nearest one that its piece has. A piece is told by its first and last time. */
static int wanted(const akin_vectors *v, int64_t row, int64_t j)
{
    int first = time_of(v, row), last = first;
    for (bool more = true; more;) {
        more = false;
        for (int64_t k = 0; k < v->n; k++) {
            if (session_of(v, k) != session_of(v, row)) continue;
            if (time_of(v, k) == first - 1) first--, more = true;
            if (time_of(v, k) == last + 1) last++, more = true;
        }
    }
    const int at = time_of(v, row) + (int)j - (int)(v->series / 2);
    return at < first ? first : at > last ? last : at;
}

static void check_windows(const akin_vectors *v)
{
    int32_t items[64];
    float *out = malloc((size_t)(v->n * v->series * WIDTH) * sizeof *out);
    unsigned char memory[1 << 14];
    akin_arena scratch;
    const akin_view_name name = AKIN_VIEW_NAME_INIT;
    CHECK(ak_series_scratch(v) <= sizeof memory && v->n <= 64);
    akin_arena_init(&scratch, memory, sizeof memory);
    for (int64_t i = 0; i < v->n; i++) items[i] = (int32_t)i;
    CHECK_OK(ak_series_windows(NULL, v, NULL, items, v->n, &name, &scratch, out, &err));
    for (int64_t i = 0; i < v->n; i++)
        for (int64_t j = 0; j < v->series; j++) {
            const int64_t row = ak_series_row(v, i, j);
            CHECK(session_of(v, row) == session_of(v, i) && time_of(v, row) == wanted(v, i, j));
            for (int64_t c = 0; c < WIDTH; c++) /* column by column */
                CHECK(out[(i * WIDTH + c) * v->series + j] == v->x[row * WIDTH + c]);
        }
    items[0] = (int32_t)v->n;
    CHECK_FAILS(ak_series_windows(NULL, v, NULL, items, 1, &name, &scratch, out, &err), AKIN_ERR_RANGE,
                "item");
    free(out);
}

/* Two sessions, out of order, one with a gap. */
static const int ROWS[][2] = { { 1, 3 }, { 2, 1 }, { 1, 1 }, { 1, 2 }, { 2, 2 }, { 1, 4 }, { 2, 3 },
                               { 1, 9 }, { 2, 4 }, { 1, 8 }, { 1, 7 }, { 2, 5 }, { 1, 10 } };
enum { N = sizeof ROWS / sizeof *ROWS };

static void windows_stay_within_a_session_without_a_gap(void **state)
{
    (void)state;
    const int64_t steps[] = { 1, 2, 3, 6, 25 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        akin_vector_set *set = NULL;
        akin_vectors v = AKIN_VECTORS_INIT;
        const akin_vectors_opts o = options(steps[i], 0);
        CHECK_OK(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err));
        CHECK_OK(akin_vectors_split(set, "train", &v, &err));
        CHECK(v.n == N && v.series == steps[i] && v.pieces == 3);
        CHECK(told(set, "1 gap: steps longer than 1.5 of the usual 1") && told(set, "train has 2"));
        CHECK(told(set, "shorter than") == (steps[i] > 4));
        check_windows(&v);
        akin_vectors_free(set);
    }
}

/* The last steps of each session, and test windows hold no row of train. */
static void the_ends_of_sessions_are_held_out(void **state)
{
    (void)state;
    akin_vector_set *set = NULL;
    akin_vectors train = AKIN_VECTORS_INIT, test = AKIN_VECTORS_INIT;
    const akin_vectors_opts o = options(4, 0.4);
    CHECK_OK(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", &train, &err));
    CHECK_OK(akin_vectors_split(set, "test", &test, &err));
    CHECK(test.n == 3 + 2 && train.n == N - 5 && told(set, "the last of each session"));
    for (int64_t i = 0; i < test.n; i++)
        for (int64_t k = 0; k < train.n; k++)
            CHECK(session_of(&test, i) != session_of(&train, k) || time_of(&test, i) > time_of(&train, k));
    check_windows(&train);
    check_windows(&test);
    akin_vectors_free(set);
}

static void without_times_a_session_is_one_piece(void **state)
{
    (void)state;
    akin_vector_set *set = NULL;
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_vectors_opts o = options(3, 0);
    o.time_column = NULL;
    o.ignore_columns = "t";
    CHECK_OK(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", &v, &err));
    CHECK(v.pieces == 2 && !told(set, "gap"));
    CHECK(ak_series_row(&v, 2, 0) == 0 && ak_series_row(&v, 2, 2) == 3); /* session 1: rows 0, 2, 3, 5 ... */
    akin_vectors_free(set);
    o.series = 0;
    CHECK_OK(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", &v, &err));
    CHECK(v.series == 0 && v.pieces == 0 && !v.piece && !told(set, "series"));
    akin_vectors_free(set);
}

static void times_without_sense_are_refused(void **state)
{
    (void)state;
    static const int twice[][2] = { { 1, 1 }, { 1, 2 }, { 1, 2 }, { 1, 3 } };
    static const int uneven[][2] = {
        { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 9 }, { 1, 30 }, { 1, 31 }, { 1, 60 }
    };
    akin_vector_set *set = NULL;
    akin_vectors_opts o = options(3, 0);
    CHECK_FAILS(akin_vectors_open(table(twice, 4, "who"), &o, &set, &err), AKIN_ERR_INPUT,
                "have one time, 2");
    CHECK_FAILS(akin_vectors_open(table(uneven, 7, "who"), &o, &set, &err), AKIN_ERR_INPUT,
                "not evenly spaced");
    o.group_column = NULL;
    o.ignore_columns = "who";
    CHECK_FAILS(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err), AKIN_ERR_INPUT, "--group-column");
    o.series = 5000;
    CHECK_FAILS(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err), AKIN_ERR_RANGE, "series is 5000");
}

/* Columns of numbers that are no features, in the order of the file; held out and named as they are. */
static void values_are_read_beside_the_rows(void **state)
{
    (void)state;
    akin_vector_set *set = NULL, *other = NULL;
    akin_vectors train = AKIN_VECTORS_INIT, test = AKIN_VECTORS_INIT;
    akin_vectors_opts o = options(4, 0.4);
    o.value_column = "b,t";
    CHECK_FAILS(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err), AKIN_ERR_RANGE, "already a value");
    o.value_column = "b";
    CHECK_OK(akin_vectors_open(table(ROWS, N, "who"), &o, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", &train, &err));
    CHECK_OK(akin_vectors_split(set, "test", &test, &err));
    CHECK(train.d == 1 && train.value_count == 1 && test.value_count == 1);
    CHECK(strcmp(akin_vectors_value_name(set, 0), "b") == 0 && !akin_vectors_value_name(set, 1));
    for (int64_t i = 0; i < train.n; i++) CHECK(train.values[i] == -(double)train.x[i]);
    for (int64_t i = 0; i < test.n; i++) CHECK(test.values[i] == -(double)test.x[i]);
    /* another table of a run, without them */
    akin_vectors_opts later = AKIN_VECTORS_OPTS_INIT;
    later.layout = akin_vectors_layout(set);
    static char path[512];
    snprintf(path, sizeof path, "%s/later.csv", test_folder());
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs("a,who,t\n1.5,s1,3\n2.5,s1,4\n", f) >= 0 && fclose(f) == 0);
    CHECK_OK(akin_vectors_open(path, &later, &other, &err));
    CHECK_OK(akin_vectors_split(other, "train", &test, &err));
    CHECK(told(other, "read without values") && !test.values && test.value_count == 0 && test.d == 1);
    akin_vectors_free(other);
    akin_vectors_free(set);
    f = fopen(path, "wb");
    CHECK(f && fputs("a,who,t,b\n1.5,s1,3,2\n2.5,s1,4,\n", f) >= 0 && fclose(f) == 0);
    CHECK_FAILS(akin_vectors_open(path, &o, &set, &err), AKIN_ERR_INPUT, "an empty cell is no value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_stay_within_a_session_without_a_gap),
        cmocka_unit_test(the_ends_of_sessions_are_held_out),
        cmocka_unit_test(without_times_a_session_is_one_piece),
        cmocka_unit_test(times_without_sense_are_refused),
        cmocka_unit_test(values_are_read_beside_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
