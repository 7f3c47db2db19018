/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of vectors: every format against values written here, one content in all formats, statistics in long
 * double, and the sentences that name a place. Files are made here. */
#include "akin/data.h"
#include "akin/tool/vectors.h"
#include "akin/data.h"
#include "vectors/cell.h"
#include "vectors/vector_set.h"
#include "base/plain.h"
#include "test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <zlib.h>

static akin_error err;
static char folder[256], path[512];

static const char *file(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Whether a sentence about the set holds text. */
static bool told(const akin_vector_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_vectors_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

static const char *put(const char *name, const char *text)
{
    FILE *f = fopen(file(name), "wb");
    CHECK(f && fwrite(text, 1, strlen(text), f) == strlen(text) && fclose(f) == 0);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    return 0;
}

/* The folder and the files in it, folders one deep. */
static void clear(const char *name)
{
    DIR *dir = opendir(name);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        char inner[1024];
        if (e->d_name[0] == '.') continue;
        snprintf(inner, sizeof inner, "%s/%s", name, e->d_name);
        if (unlink(inner) != 0) clear(inner);
    }
    if (dir) closedir(dir);
    rmdir(name);
}

static int tear_down(void **state)
{
    (void)state;
    clear(folder);
    return 0;
}

static akin_vector_set *open_with(const char *name, const akin_vectors_opts *opts, akin_vectors *train)
{
    akin_vector_set *set = NULL;
    CHECK_OK(akin_vectors_open(file(name), opts, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", train, &err));
    return set;
}

static akin_vectors_opts with(const char *name, const char *text)
{
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    if (name) CHECK_OK(akin_vectors_opts_set(&o, name, text, &err));
    return o;
}

/* Tables
 * ------------------------------------------------------------------------------------------------------ */

static void a_table_with_everything(void **state)
{
    (void)state;
    put("a.csv", "\xef\xbb\xbfid,width,when,class,\"the \"\"height\"\"\",who\r\n"
                 "r1,1.5,2026-01-02,rose,-2,ann\r\n"
                 "r2, 2.5 ,2026-01-01,\"iris, wild\",1e2,bob\r\n"
                 "\r\n"
                 "r3,-0,2026-01-01T12:00:30.5Z,iris,+.5,ann");
    akin_vectors_opts o = with("ignore-columns", "id");
    CHECK_OK(akin_vectors_opts_set(&o, "group-column", "who", &err));
    CHECK_OK(akin_vectors_opts_set(&o, "time-column", "3", &err));
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_vector_set *set = open_with("a.csv", &o, &v);
    const float want[] = { 1.5f, -2, 2.5f, 100, 0, 0.5f };
    CHECK(v.n == 3 && v.d == 2 && memcmp(v.x, want, sizeof want) == 0); /* 0, not -0 */
    CHECK(v.classes == 3 && v.labels[0] == 2 && v.labels[1] == 1 && v.labels[2] == 0);
    CHECK(strcmp(akin_vectors_class_name(set, 1), "iris, wild") == 0 && !akin_vectors_class_name(set, 3));
    CHECK(v.group_count == 2 && v.groups[0] == 0 && v.groups[1] == 1 && v.groups[2] == 0);
    CHECK(v.times[1] == 1767225600.0 && v.times[0] == v.times[1] + 86400); /* date -u -d 2026-01-01 +%s */
    CHECK(v.times[2] == v.times[1] + 43230.5);
    /* ann: row 2 is before row 0 */
    CHECK(v.order[0] == 2 && v.order[1] == 0 && v.order[2] == 1 && v.group_start[1] == 2 &&
          v.group_start[2] == 3);
    const akin_vector_column *c;
    CHECK((c = akin_vectors_column_at(set, 1)) && strcmp(c->name, "the \"height\"") == 0 && c->min == -2 &&
          c->max == 100);
    CHECK(!akin_vectors_column_at(set, 2) && akin_vectors_splits(set) == 1);
    CHECK(told(set, "'class'"));
    CHECK_FAILS(akin_vectors_split(set, "test", &v, &err), AKIN_ERR_INPUT, "no split 'test'");
    akin_vectors_free(set);
}

static void delimiters_and_headers_are_detected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n, d, classes;
        const char *first; /* name of the first feature */
    } cases[] = {
        { "1,2\n3,4\n", 2, 2, 0, "1" },
        { "1 2\n3\t 4\n", 2, 2, 0, "1" },
        { "  1   2  \n 3 4\n", 2, 2, 0, "1" },
        { "1\t2\n3\t4\n", 2, 2, 0, "1" },
        { "a;b\n1;2\n", 1, 2, 0, "a" },
        { "a|label\n1|0\n2|0\n", 2, 1, 1, "a" },
        { "7\n8\n9\n", 3, 1, 0, "1" },
        { "x\n8\n9\n", 2, 1, 0, "x" },
        { "T,1\nU,2\n", 2, 1, 2, "2" },         /* no header: the text has text below */
        { "name,v\nT,1\nU,2\n", 2, 1, 2, "v" }, /* a header: 'v' has a number below */
        { "1,2", 1, 2, 0, "1" },
        { "\"1\",\"2\"\n", 1, 2, 0, "1" },
        { "1,a\n2,\"b\nc\"\n", 2, 1, 2, "1" }, /* a line end within quotes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vectors v = AKIN_VECTORS_INIT;
        const akin_vector_column *c;
        put("d.csv", cases[i].text);
        akin_vector_set *set = open_with("d.csv", NULL, &v);
        CHECK(v.n == cases[i].n && v.d == cases[i].d && v.classes == cases[i].classes);
        CHECK((c = akin_vectors_column_at(set, 0)) && strcmp(c->name, cases[i].first) == 0);
        akin_vectors_free(set);
    }
    put("d.csv", "1,2\n3,4\n");
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_vectors_opts o = with("header", "yes");
    akin_vector_set *set = open_with("d.csv", &o, &v);
    CHECK(v.n == 1 && v.x[0] == 3);
    akin_vectors_free(set);
    put("d.csv", "5,T\n3,4\n"); /* T over 4 would be a header */
    o = with("header", "no");
    CHECK_OK(akin_vectors_opts_set(&o, "label-column", "-1", &err));
    set = open_with("d.csv", &o, &v);
    CHECK(v.n == 2 && v.d == 1 && v.classes == 2 && strcmp(akin_vectors_class_name(set, 0), "4") == 0);
    akin_vectors_free(set);
}

static void numbers_are_those_of_the_library(void **state)
{
    (void)state;
    static const char *const FORMATS[] = { "%.17g", "%.9g", "%.3f", "%e", "%.0f", "%.25g", "%+.6e" };
    for (int i = 0; i < 20000; i++) {
        char text[400];
        const double x = test_normal() * pow(10, test_uniform(-30, 30));
        ak_snprintf(text, sizeof text, FORMATS[i % 7], x);
        double got = 0;
        CHECK(ak_cell_parse(text, strlen(text), &got) == AK_CELL_NUMBER);
        CHECK(got == ak_strtod(text, NULL));
    }
    static const char *const TEXTS[] = { "1e",  "1e+", "0x10", "1.2.3", ".",    "-",     "+",   "1 2",
                                         "1,5", "e5",  "--1",  "infx",  "nanx", "1_000", "none" };
    static const char *const MISSING[] = { "", "?", "NA", "n/a", "NaN", "nan", "-nan", "NULL" };
    double x;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        CHECK(ak_cell_parse(TEXTS[i], strlen(TEXTS[i]), &x) == AK_CELL_TEXT);
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
        CHECK(ak_cell_parse(MISSING[i], strlen(MISSING[i]), &x) == AK_CELL_MISSING);
    CHECK(ak_cell_parse("-Infinity", 9, &x) == AK_CELL_INFINITE && x == -INFINITY);
    CHECK(ak_cell_parse("1e999", 5, &x) == AK_CELL_INFINITE);
    CHECK(ak_cell_parse("1e-999", 6, &x) == AK_CELL_NUMBER && x == 0);
    CHECK(ak_cell_parse("00000000000000000000000000001", 29, &x) == AK_CELL_NUMBER && x == 1);
    CHECK(ak_cell_parse("0.00000000000000000000000000001", 31, &x) == AK_CELL_NUMBER && x == 1e-29);
    static const char *const DATES[] = { "2026-02-29",  "2026-13-01",    "2026-1-1", "2026-01-01T25:00",
                                         "2026-01-01x", "2026-01-01T10", "20260101-" };
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++)
        CHECK(!ak_cell_time(DATES[i], strlen(DATES[i]), &x));
    CHECK(ak_cell_time("2000-02-29", 10, &x) && x == 951782400.0); /* date -u -d 2000-02-29 +%s */
    CHECK(ak_cell_time("1969-12-31 23:59:59", 19, &x) && x == -1);
}

static void a_place_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        akin_status status;
    } cases[] = {
        { "a,b\n1,2\n3,x\n", "line 3, column 2 ('b'): 'x' is not a number", AKIN_ERR_INPUT },
        { "1,2\n3,x\n", "line 2, column 2: 'x' is not a number", AKIN_ERR_INPUT },
        { "a,b\n1,2\n\n3,\n", "line 4, column 2 ('b'): the value is missing;", AKIN_ERR_INPUT },
        { "a,b\n1,2\n?,2\n", "line 3, column 1 ('a'): the value is missing ('?')", AKIN_ERR_INPUT },
        { "a,b\n1,-inf\n", "line 2, column 2 ('b'): '-inf' is not finite", AKIN_ERR_INPUT },
        { "a,b\n1,1e39\n", "line 2, column 2 ('b'): '1e39' is too large", AKIN_ERR_INPUT },
        { "a,b\n1,2\n1,2,3\n", "line 3 has 3 columns, the first line has 2", AKIN_ERR_FORMAT },
        { "a,b\n1,2\n1\n", "line 3 has 1 column, the first", AKIN_ERR_FORMAT },
        { "a,b\n1,2\n1,\"2\n4,5\n", "line 3: a quote opens here and is never closed", AKIN_ERR_FORMAT },
        { "a,class\n1,x\n1,\n", "line 3, column 2 ('class'): the row has no label", AKIN_ERR_INPUT },
        { "a,b\n", "holds no rows", AKIN_ERR_INPUT },
        { "", "it is empty", AKIN_ERR_INPUT },
        { "class\nx\ny\n", "no column of features", AKIN_ERR_INPUT },
        { "a,b,c\n1,2,3\n1,2\n", "(the delimiter is ',')", AKIN_ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vector_set *set = NULL;
        put("p.csv", cases[i].text);
        CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), cases[i].status, cases[i].says);
        CHECK(set == NULL && strstr(err.message, "'") && !strchr(err.message, '\n'));
    }
    akin_vector_set *set = NULL;
    put("p.csv", "a;b\n1;2,5\n");
    akin_vectors_opts points = with("decimal", "point");
    CHECK_FAILS(akin_vectors_open(path, &points, &set, &err), AKIN_ERR_INPUT, "--decimal comma reads it");
    FILE *f = fopen(file("zero.csv"), "wb");
    CHECK(f && fwrite("1,2\n3\0,4\n", 1, 9, f) == 9 && fclose(f) == 0);
    CHECK_FAILS(akin_vectors_open(file("zero.csv"), NULL, &set, &err), AKIN_ERR_FORMAT, "zero byte");
    CHECK_FAILS(akin_vectors_open(file("nothing"), NULL, &set, &err), AKIN_ERR_INPUT, "nothing");
    CHECK_FAILS(akin_vectors_open(folder, NULL, &set, &err), AKIN_ERR_INPUT, "holds no train.npy");
    CHECK_FAILS(akin_vectors_open(NULL, NULL, &set, &err), AKIN_ERR_ARGUMENT, "path");
}

static void columns_are_found_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *option, *text, *says;
    } cases[] = {
        { "label-column", "clas", "did you mean 'class'?" },
        { "label-column", "9", "has 4 columns, none of that name" },
        { "label-column", "0", "1 to 4, or -1 for the last" },
        { "label-column", "a", "several columns" },
        { "time-column", "class", "'x' is no time" },
        { "group-column", "1.5", "has 4 columns" },
        { "missing", "drop", "--missing is 'drop'" },
        { "holdout", "2", "--holdout" },
        { "headers", "yes", "did you mean 'header'?" },
    };
    put("c.csv", "a,class,b,a\n1,x,3,4\n5,y,7,8\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
        akin_vector_set *set = NULL;
        akin_status status = akin_vectors_opts_set(&o, cases[i].option, cases[i].text, &err);
        if (!status) status = akin_vectors_open(path, &o, &set, &err);
        CHECK(status != AKIN_OK && strstr(err.message, cases[i].says));
    }
    akin_vectors_opts o = with("label-column", "2");
    CHECK_OK(akin_vectors_opts_set(&o, "ignore-columns", "2", &err));
    akin_vector_set *set = NULL;
    CHECK_FAILS(akin_vectors_open(path, &o, &set, &err), AKIN_ERR_RANGE, "already left out");
    o = with("ignore-columns", "class,-1,,b");
    akin_vectors v = AKIN_VECTORS_INIT;
    set = open_with("c.csv", &o, &v);
    CHECK(v.d == 1 && v.x[1] == 5 && v.labels == NULL && v.classes == 0 && v.groups == NULL);
    akin_vectors_free(set);
    o = with("label-column", "none");
    CHECK_FAILS(akin_vectors_open(file("c.csv"), &o, &set, &err), AKIN_ERR_INPUT, "'x' is not a number");
}

/* One content in all formats
 * ----------------------------------------------------------------------------------- */

enum { N = 37, D = 5 };

static float content[N][D];
static int32_t content_label[N];

static void random_content(void)
{
    for (int i = 0; i < N; i++) {
        content_label[i] = (int32_t)test_int(-1, 2) * 5;
        for (int c = 0; c < D; c++) content[i][c] = test_int(0, 2) ? (float)test_normal() : 0;
    }
    content[0][D - 1] = 1; /* the width shows */
}

static void write_content(const char *name, bool libsvm, bool gzip)
{
    gzFile f = gzopen(file(name), gzip ? "wb" : "wbT");
    for (int i = 0; i < N; i++) {
        gzprintf(f, libsvm && i % 2 ? "%+d" : "%d", content_label[i]);
        for (int c = 0; c < D; c++) {
            char number[32];
            ak_snprintf(number, sizeof number, "%.9g", (double)content[i][c]);
            if (libsvm && content[i][c] != 0)
                gzprintf(f, " %d:%s", c + 1, number);
            else if (!libsvm)
                gzprintf(f, ",%s", number);
        }
        gzprintf(f, "\n");
    }
    CHECK(gzclose(f) == Z_OK);
}

static void all_formats_give_the_same_set(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 20; test_seed++) {
        random_content();
        write_content("f.csv", false, false);
        write_content("g.csv.gz", false, true);
        write_content("f.libsvm", true, false);
        write_content("g.svm.gz", true, true);
        const int64_t shape[] = { N, D };
        double wide[N][D];
        for (int i = 0; i < N * D; i++) wide[i / D][i % D] = (double)content[i / D][i % D];
        CHECK_OK(akin_npy_save(file("f.npy"), AKIN_DTYPE_F32, 2, shape, content, &err));
        CHECK_OK(akin_npy_save(file("f-labels.npy"), AKIN_DTYPE_I32, 1, shape, content_label, &err));
        CHECK_OK(akin_npy_save(file("g.npy"), AKIN_DTYPE_F64, 2, shape, wide, &err));
        FILE *f = fopen(file("g-labels.txt"), "w");
        for (int i = 0; i < N; i++) fprintf(f, "%d\n", content_label[i]);
        CHECK(fclose(f) == 0);
        static const char *const NAMES[] = { "f.csv", "g.csv.gz", "f.libsvm", "g.svm.gz", "f.npy", "g.npy" };
        static const char *const FORMATS[] = { "csv", "csv", "libsvm", "libsvm", "npy", "npy" };
        char first[17] = "";
        for (int k = 0; k < 6; k++) {
            akin_vectors v = AKIN_VECTORS_INIT;
            akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
            if (k < 2) CHECK_OK(akin_vectors_opts_set(&o, "label-column", "1", &err));
            akin_set_threads(1 + k % 3);
            akin_vector_set *set = open_with(NAMES[k], &o, &v);
            CHECK(v.n == N && v.d == D && memcmp(v.x, content, sizeof content) == 0);
            for (int i = 0; i < N; i++)
                CHECK(atoi(akin_vectors_class_name(set, v.labels[i])) == content_label[i] &&
                      v.source[i] == i);
            for (int64_t c = 1; c < v.classes; c++)
                CHECK(atoi(akin_vectors_class_name(set, c - 1)) < atoi(akin_vectors_class_name(set, c)));
            CHECK(strcmp(akin_vectors_format(set), FORMATS[k]) == 0);
            CHECK(k == 0 || strcmp(first, akin_vectors_fingerprint(set)) == 0);
            snprintf(first, sizeof first, "%s", akin_vectors_fingerprint(set));
            akin_vectors_free(set);
        }
        akin_set_threads(0);
        content[1][1] += 1;
        CHECK_OK(akin_npy_save(file("f.npy"), AKIN_DTYPE_F32, 2, shape, content, &err));
        akin_vectors v = AKIN_VECTORS_INIT;
        akin_vector_set *set = open_with("f.npy", NULL, &v);
        CHECK(strcmp(first, akin_vectors_fingerprint(set)) != 0);
        akin_vectors_free(set);
    }
    test_seed = 1;
}

static void folders_have_two_splits(void **state)
{
    (void)state;
    akin_vector_set *set = NULL;
    akin_vectors v = AKIN_VECTORS_INIT;
    mkdir(file("two"), 0777);
    put("two/train.csv", "x,y,label\n1,2,b\n3,4,a\n5,6,b\n");
    put("two/test.csv", "x,y,label\n7,8,c\n");
    set = open_with("two", NULL, &v);
    CHECK(v.n == 3 && v.classes == 3 && v.labels[0] == 1 &&
          strcmp(akin_vectors_split_name(set, 1), "test") == 0);
    CHECK_OK(akin_vectors_split(set, "test", &v, &err));
    CHECK(v.n == 1 && v.x[1] == 8 && v.labels[0] == 2);
    CHECK_NEAR(akin_vectors_scale(set)->mean[0], 3, 1e-15); /* of train alone */
    akin_vectors_free(set);
    akin_vectors_opts o = with("holdout", "0.2");
    CHECK_FAILS(akin_vectors_open(file("two"), &o, &set, &err), AKIN_ERR_RANGE, "a test file of its own");
    put("two/test.csv", "x,z,label\n7,8,c\n");
    CHECK_FAILS(akin_vectors_open(file("two"), NULL, &set, &err), AKIN_ERR_SHAPE,
                "lacks column 'y' of the training file");
    put("two/test.csv", "y,x\n7,8\n");
    set = open_with("two", NULL, &v);
    CHECK_OK(akin_vectors_split(set, "test", &v, &err));
    CHECK(v.n == 1 && v.x[0] == 8 && v.x[1] == 7 && !v.labels && told(set, "has no column 'label'"));
    akin_vectors_free(set);
    mkdir(file("wide"), 0777);
    put("wide/train.libsvm", "0 1:1\n1 2:1\n");
    put("wide/val.libsvm", "0 4:1\n");
    set = open_with("wide", NULL, &v);
    CHECK(v.d == 4 && v.x[1 * 4 + 1] == 1 && v.x[3] == 0);
    akin_vectors_free(set);
    mkdir(file("arrays"), 0777);
    const int64_t shape[] = { 2, 3 }, other[] = { 3, 2 };
    const float x[6] = { 1, 2, 3, 4, 5, 6 };
    CHECK_OK(akin_npy_save(file("arrays/train.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_OK(akin_npy_save(file("arrays/test.npy"), AKIN_DTYPE_F32, 2, other, x, &err));
    CHECK_FAILS(akin_vectors_open(file("arrays"), NULL, &set, &err), AKIN_ERR_SHAPE,
                "of 2 features, the training file of 3");
    CHECK_OK(akin_npy_save(file("arrays/test.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_OK(akin_npy_save(file("arrays/train-groups.npy"), AKIN_DTYPE_F32, 1, shape, x, &err));
    CHECK_FAILS(akin_vectors_open(file("arrays"), NULL, &set, &err), AKIN_ERR_INPUT,
                "groups or times for only one");
}

/* Missing values, scale
 * ----------------------------------------------------------------------------------------- */

static void missing_values_are_filled_and_counted(void **state)
{
    (void)state;
    akin_vectors v = AKIN_VECTORS_INIT;
    mkdir(file("gaps"), 0777);
    put("gaps/train.csv", "a,b,c\n1,NA,7\n,4,7\n4,8,\n");
    put("gaps/test.csv", "a,b,c\nnan,1,1\n");
    akin_vectors_opts o = with("missing", "mean");
    akin_vector_set *set = open_with("gaps", &o, &v);
    const float want[] = { 1, 6, 7, 2.5f, 4, 7, 4, 8, 7 };
    CHECK(memcmp(v.x, want, sizeof want) == 0 && akin_vectors_missing(set) == 4);
    const akin_vector_column *c;
    CHECK((c = akin_vectors_column_at(set, 0)) && c->missing == 2 && c->mean == 2.5 && c->std == 1.5);
    CHECK((c = akin_vectors_column_at(set, 2)) && c->std == 0 && akin_vectors_scale(set)->std[2] == 1);
    CHECK_OK(akin_vectors_split(set, "test", &v, &err));
    CHECK(v.x[0] == 2.5f && told(set, "4 missing values are filled"));
    akin_vectors_free(set);
    CHECK_OK(akin_vectors_opts_set(&o, "missing", "zero", &err));
    set = open_with("gaps", &o, &v);
    CHECK(v.x[1] == 0 && v.x[3] == 0 && akin_vectors_scale(set)->mean[0] == 2.5);
    akin_vectors_free(set);
    const double mean[] = { 10, 20, 30 }, std[] = { 2, 4, 8 };
    const akin_vector_scale scale = { sizeof scale, 3, mean, std }, narrow = { sizeof narrow, 2, mean, std };
    o = with("missing", "mean");
    o.scale = &scale;
    set = open_with("gaps", &o, &v);
    CHECK(v.x[1] == 20 && akin_vectors_scale(set)->std[2] == 8);
    akin_vectors_free(set);
    o.scale = &narrow;
    CHECK_FAILS(akin_vectors_open(file("gaps"), &o, &set, &err), AKIN_ERR_SHAPE, "3 features; 2 are wanted");
    put("gaps/train.csv", "a,b,c\n1,NA,7\n2,?,7\n4,,1\n");
    o = with("missing", "mean");
    set = open_with("gaps", &o, &v);
    CHECK(v.x[1] == 0 && told(set, "1 column has no value at all in train"));
    CHECK(akin_vectors_scale(set)->std[1] == 1);
    akin_vectors_free(set);
    const int64_t shape[] = { 2, 2 };
    const float x[] = { 1, 2, NAN, 4 }, y[] = { 1, 2, 3, INFINITY };
    CHECK_OK(akin_npy_save(file("n.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_FAILS(akin_vectors_open(file("n.npy"), NULL, &set, &err), AKIN_ERR_INPUT,
                "row 1, column 0 (from 0) is missing");
    set = open_with("n.npy", &o, &v);
    CHECK(v.x[2] == 1 && akin_vectors_missing(set) == 1);
    akin_vectors_free(set);
    CHECK_OK(akin_npy_save(file("n.npy"), AKIN_DTYPE_F32, 2, shape, y, &err));
    CHECK_FAILS(akin_vectors_open(file("n.npy"), &o, &set, &err), AKIN_ERR_INPUT,
                "row 1, column 1 (from 0) is inf");
}

static void statistics_are_those_of_the_definition(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 30; test_seed++) {
        const int64_t n = test_int(1, 400), d = test_int(1, 40), shape[] = { n, d };
        float *x = malloc((size_t)(n * d) * sizeof *x);
        const double offset = test_int(0, 1) ? 1e4 : 0;
        for (int64_t i = 0; i < n * d; i++) x[i] = (float)(offset + test_normal());
        for (int64_t i = 0; i < n; i++) x[i * d] = 0.1f; /* never changes */
        CHECK_OK(akin_npy_save(file("s.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
        akin_vectors v = AKIN_VECTORS_INIT;
        akin_vector_set *set = open_with("s.npy", NULL, &v);
        const akin_vector_scale s = *akin_vectors_scale(set);
        CHECK(s.d == d && s.std[0] == 1 && s.mean[0] == (double)0.1f);
        for (int64_t c = 1; c < d; c++) {
            long double mean = 0, square = 0;
            for (int64_t i = 0; i < n; i++) mean += (long double)x[i * d + c] / n;
            for (int64_t i = 0; i < n; i++) square += (x[i * d + c] - mean) * (x[i * d + c] - mean);
            /* n additions of numbers up to M = |offset| + 5 round by n eps/2 M in the mean's sum, so by as
             * much over n times n in the mean; the deviations take that error over once */
            const double limit = (double)n * 2.3e-16 * (offset + 5);
            CHECK_NEAR(s.mean[c], (double)mean, limit);
            if (n > 1) CHECK_NEAR(s.std[c], sqrt((double)(square / n)), limit + (double)n * 2.3e-16 * 5);
        }
        akin_vectors_free(set);
        akin_vectors_opts o = with("vector-scale", "none");
        set = open_with("s.npy", &o, &v);
        CHECK(akin_vectors_scale(set)->mean[d - 1] == 0 && akin_vectors_scale(set)->std[d - 1] == 1);
        akin_vectors_free(set);
        free(x);
    }
    test_seed = 1;
}

/* Parts, neighbours, duplicates
 * ----------------------------------------------------------------------------------- */

static void holdout_keeps_its_word(void **state)
{
    (void)state;
    FILE *f = fopen(file("h.csv"), "w");
    fprintf(f, "x,class,who,when\n");
    for (int i = 0; i < 200; i++)
        fprintf(f, "%d,%s,g%d,%d\n", i, i % 10 ? "many" : "few", i / 8, (i * 37) % 200);
    CHECK(fclose(f) == 0);
    akin_vectors train = AKIN_VECTORS_INIT, test = AKIN_VECTORS_INIT;
    akin_vectors_opts o = with("holdout", "0.25");
    CHECK_OK(akin_vectors_opts_set(&o, "ignore-columns", "who,when", &err));
    char prints[3][17];
    for (int k = 0; k < 3; k++) { /* twice the same seed, then another */
        o.seed = k < 2 ? 7 : 8;
        akin_vector_set *set = open_with("h.csv", &o, &train);
        CHECK_OK(akin_vectors_split(set, "test", &test, &err));
        int64_t few = 0;
        for (int64_t i = 0; i < test.n; i++) few += test.labels[i] == 0;
        CHECK(train.n == 150 && test.n == 50 && few == 5); /* 25 % of 20 and of 180 */
        bool seen[200] = { false };
        for (int64_t i = 0; i < 200; i++) {
            const akin_vectors *v = i < 150 ? &train : &test;
            const int64_t at = i < 150 ? i : i - 150;
            CHECK(v->x[at] == (float)v->source[at] && !seen[v->source[at]]);
            CHECK(at == 0 || v->source[at] > v->source[at - 1]);
            seen[v->source[at]] = true;
        }
        snprintf(prints[k], 17, "%s", akin_vectors_fingerprint(set));
        akin_vectors_free(set);
    }
    CHECK(strcmp(prints[0], prints[1]) == 0 && strcmp(prints[0], prints[2]) != 0);
    o = with("holdout", "0.25");
    CHECK_OK(akin_vectors_opts_set(&o, "ignore-columns", "who", &err));
    CHECK_OK(akin_vectors_opts_set(&o, "time-column", "when", &err));
    akin_vector_set *set = open_with("h.csv", &o, &train);
    CHECK_OK(akin_vectors_split(set, "test", &test, &err));
    CHECK(test.n == 50);
    for (int64_t i = 0; i < 50; i++) CHECK(test.times[i] >= 150);
    akin_vectors_free(set);
    CHECK_OK(akin_vectors_opts_set(&o, "ignore-columns", "2", &err));
    CHECK_OK(akin_vectors_opts_set(&o, "group-column", "who", &err));
    set = open_with("h.csv", &o, &train);
    CHECK_OK(akin_vectors_split(set, "test", &test, &err));
    CHECK(test.n >= 50 && test.n < 58 && train.n + test.n == 200);
    for (int64_t i = 0; i < test.n; i++)
        for (int64_t j = 0; j < train.n; j++) CHECK(test.source[i] / 8 != train.source[j] / 8);
    akin_vectors_free(set);
    put("one.csv", "1,2\n");
    o = with("holdout", "0.5");
    CHECK_FAILS(akin_vectors_open(path, &o, &set, &err), AKIN_ERR_INPUT, "no test part of the 1 rows");
}

static void neighbours_are_near_in_time_and_in_the_group(void **state)
{
    (void)state;
    const int64_t n = 60, shape[] = { n, 1 };
    float x[60];
    int32_t group[60];
    double when[60];
    for (int64_t i = 0; i < n; i++) {
        x[i] = (float)i;
        group[i] = (int32_t)test_int(0, 4) * 11;
        when[i] = (double)test_int(0, 20);
    }
    CHECK_OK(akin_npy_save(file("t.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_OK(akin_npy_save(file("t-groups.npy"), AKIN_DTYPE_I32, 1, shape, group, &err));
    CHECK_OK(akin_npy_save(file("t-times.npy"), AKIN_DTYPE_F64, 1, shape, when, &err));
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_vector_set *set = open_with("t.npy", NULL, &v);
    for (int64_t i = 0; i < n; i++)
        for (int64_t window = -1; window < 4; window++) {
            int64_t first = -1, count = -1;
            ak_vectors_neighbours(&v, i, window, &first, &count);
            /* by counting: j is near i when at most window rows of the group lie between, and j itself */
            int64_t near = 0;
            for (int64_t j = 0; j < n; j++) {
                int64_t steps = 0;
                const bool before = when[j] < when[i] || (when[j] == when[i] && j < i);
                const int64_t low = before ? j : i, high = before ? i : j;
                for (int64_t k = 0; k < n; k++) {
                    const bool above = when[k] > when[low] || (when[k] == when[low] && k > low);
                    const bool under = when[k] < when[high] || (when[k] == when[high] && k <= high);
                    steps += group[k] == group[i] && above && under;
                }
                const bool want = group[j] == group[i] && (window < 0 || steps <= window);
                const bool got = v.place[j] >= first && v.place[j] < first + count;
                CHECK(want == got && v.order[v.place[j]] == j);
                near += want;
            }
            CHECK(count == near);
        }
    akin_vectors_free(set);
    put("u.csv", "1\n2\n3\n4\n");
    set = open_with("u.csv", NULL, &v);
    int64_t first, count;
    ak_vectors_neighbours(&v, 3, 1, &first, &count);
    CHECK(first == 2 && count == 2 && v.group_count == 1 && v.order[2] == 2);
    akin_vectors_free(set);
}

static void duplicates_are_found(void **state)
{
    (void)state;
    mkdir(file("dup"), 0777);
    put("dup/train.csv", "1,2\n3,4\n1,2\n0,-0\n");
    put("dup/test.csv", "3,4\n5,6\n-0,0\n");
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_vector_set *set = open_with("dup", NULL, &v);
    akin_duplicates *list = NULL;
    CHECK_OK(akin_vectors_duplicates(set, &list, &err));
    CHECK(akin_duplicates_count(list) == 3 && !akin_duplicates_at(list, 3) && !akin_duplicates_at(list, -1));
    const akin_duplicate *d = akin_duplicates_at(list, 0);
    CHECK(d->split == 0 && d->item == 2 && d->first == 0);
    d = akin_duplicates_at(list, 1);
    CHECK(d->split == 1 && d->item == 0 && d->first_split == 0 && d->first == 1);
    d = akin_duplicates_at(list, 2);
    CHECK(d->item == 2 && d->first == 3);
    akin_duplicates_free(list);
    akin_vectors_free(set);
}

static void limits_are_kept(void **state)
{
    (void)state;
    akin_vector_set *set = NULL;
    akin_vectors v = AKIN_VECTORS_INIT;
    put("l.libsvm", "1 16777216:1\n2 1:1\n");
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    o.max_values = 1000;
    CHECK_FAILS(akin_vectors_open(path, &o, &set, &err), AKIN_ERR_NOMEM, "2 rows of 16777216 features");
    put("l.libsvm", "1 16777217:1\n");
    CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT, "above 16777216");
    put("l.csv", "1,2\n3,4\n");
    o.max_values = 3;
    CHECK_FAILS(akin_vectors_open(path, &o, &set, &err), AKIN_ERR_NOMEM, "2 rows of 2 features");
    o.max_values = 4;
    set = open_with("l.csv", &o, &v);
    akin_vectors_free(set);
    put("l.libsvm", "1 0:1\n");
    CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT, "the first column is 1");
    put("l.libsvm", "1 2:1 2:1\n");
    CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT,
                "line 1, item 3: '2:1' does not ascend");
    put("l.libsvm", "1 2:1\n3:4 5:6\n");
    CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT, "where the label belongs");
    put("l.libsvm", "1 2:1\n0 1:x\n");
    CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT,
                "line 2, item 2: '1:x' has a value that");
    put("l.libsvm", "# made by hand\n1 qid:a 2:1 # good\n0 qid:b\n");
    o = with(NULL, NULL);
    o.format = "libsvm";
    set = open_with("l.libsvm", &o, &v);
    CHECK(v.n == 2 && v.d == 2 && v.group_count == 2 && v.x[2] == 0 && v.x[1] == 1);
    akin_vectors_free(set);
    FILE *f = fopen(file("many.csv"), "w");
    for (int i = 0; i <= AK_VECTOR_CLASSES; i++) fprintf(f, "1,c%d\n", i);
    CHECK(fclose(f) == 0);
    CHECK_FAILS(akin_vectors_open(file("many.csv"), NULL, &set, &err), AKIN_ERR_INPUT,
                "more than 65536 different");
}

/* What a path is
 * --------------------------------------------------------------------------------------------------- */

static void kinds_are_detected(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        akin_data_kind kind;
    } cases[] = {
        { "v.csv", "1,2,3\n4,5,6\n", AKIN_DATA_VECTORS },
        { "v.tsv", "a\tb\tclass\n1\t2\trose red\n", AKIN_DATA_VECTORS },
        { "v.data", "T,1,2\nU,3,4\n", AKIN_DATA_VECTORS },
        { "v.txt", "1 2 3\n4 5 6\n", AKIN_DATA_VECTORS },
        { "v.svm", "+1 1:2 7:1\n-1 2:1\n", AKIN_DATA_VECTORS },
        { "t.txt", "The quick brown fox, and the dog.\nIt jumps \"high.\n", AKIN_DATA_TEXT },
        { "t.csv", "text,label\n\"a good day, all in all\",1\na bad one it was,0\n", AKIN_DATA_TEXT },
        { "t.tsv", "cat\tkitten\ndog\tpuppy\n", AKIN_DATA_TEXT },
        { "t.jsonl", "{\"text\": \"x\"}\n", AKIN_DATA_TEXT },
        { "b.bin2", "\x01\x02\x03\x04", AKIN_DATA_UNKNOWN },
        { "i.png", "x", AKIN_DATA_IMAGES },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(cases[i].name, cases[i].text);
        if (akin_data_detect(path) != cases[i].kind) print_error("%s\n", cases[i].name);
        CHECK(akin_data_detect(path) == cases[i].kind);
    }
    const int64_t shape[] = { 2, 2, 2, 1 };
    const float x[8] = { 0 };
    CHECK_OK(akin_npy_save(file("k.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK(akin_data_detect(path) == AKIN_DATA_VECTORS);
    CHECK_OK(akin_npy_save(file("k.npy"), AKIN_DTYPE_F32, 3, shape, x, &err));
    CHECK(akin_data_detect(path) == AKIN_DATA_IMAGES);
    mkdir(file("kf"), 0777);
    CHECK(akin_data_detect(path) == AKIN_DATA_UNKNOWN);
    CHECK_OK(akin_npy_save(file("kf/train.npy"), AKIN_DTYPE_F32, 2, shape, x, &err));
    put("kf/README", "notes of some length\n");
    CHECK(akin_data_detect(file("kf")) == AKIN_DATA_VECTORS);
    mkdir(file("docs"), 0777);
    put("docs/a.txt", "One sentence here.\nAnd another one.\n");
    CHECK(akin_data_detect(file("docs")) == AKIN_DATA_TEXT);
    mkdir(file("pics"), 0777);
    mkdir(file("pics/cat"), 0777);
    put("pics/cat/1.jpg", "x");
    CHECK(akin_data_detect(file("pics")) == AKIN_DATA_IMAGES && akin_data_detect(NULL) == AKIN_DATA_UNKNOWN);
    unlink(file("pics/cat/1.jpg"));
    rmdir(file("pics/cat"));
    CHECK(strcmp(akin_data_kind_name(AKIN_DATA_VECTORS), "vectors") == 0);
}

/* A caller that was compiled before the last fields were added, and one that forgot the initialiser. */
static void structs_of_other_sizes(void **state)
{
    (void)state;
    enum { OLD = offsetof(akin_vectors, times) };
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    akin_vector_set *set = NULL;
    put("old.csv", "1,2\n3,4\n");
    o.struct_size = offsetof(akin_vectors_opts, max_values);
    o.max_values = 1; /* not the library's: it is beyond what the caller has */
    o.keep = "no such list";
    CHECK_OK(akin_vectors_opts_set(&o, "missing", "zero", &err));
    CHECK(o.missing == AKIN_MISSING_ZERO && o.max_values == 1);
    CHECK_OK(akin_vectors_open(file("old.csv"), &o, &set, &err));
    const double nothing = 0;
    akin_vectors v = { .struct_size = OLD, .times = &nothing };
    CHECK_OK(akin_vectors_split(set, "train", &v, &err));
    CHECK(v.struct_size == OLD && v.n == 2 && v.d == 2 && v.times == &nothing);
    v.struct_size = 0;
    CHECK_FAILS(akin_vectors_split(set, "train", &v, &err), AKIN_ERR_ARGUMENT, "not initialised");
    akin_vectors_free(set);
    set = NULL;
    o.struct_size = 0;
    CHECK_FAILS(akin_vectors_opts_set(&o, "missing", "mean", &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_vectors_open(file("old.csv"), &o, &set, &err), AKIN_ERR_ARGUMENT, "not initialised");
    o = (akin_vectors_opts)AKIN_VECTORS_OPTS_INIT;
    const akin_vector_scale no_size = { .d = 2,
                                        .mean = (const double[]){ 0, 0 },
                                        .std = (const double[]){ 1, 1 } };
    o.scale = &no_size;
    CHECK_FAILS(akin_vectors_open(file("old.csv"), &o, &set, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK(!set);
}

/* 1,700,000,000 seconds and a few more are the same float32; days are not. */
static void what_float32_cannot_tell_apart_is_told(void **state)
{
    (void)state;
    akin_vector_set *set = NULL;
    char text[4096] = "time,day,w\n";
    for (int i = 0; i < 40; i++) {
        const size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%d,%d,%d\n", 1700000000 + 3 * (i * 7 % 40), 20000 + i * 5 % 17,
                 i * i % 7);
    }
    CHECK_OK(akin_vectors_open(put("seconds.csv", text), NULL, &set, &err));
    CHECK(told(set, "Column time has values near 1.7e+09, where float32 keeps steps of about 2e+02"));
    CHECK(!told(set, "and others too"));
    akin_vectors_free(set);
    CHECK_OK(akin_vectors_open(put("days.csv", "day,w\n19000,1\n20000,2\n167000,4\n"), NULL, &set, &err));
    CHECK(!told(set, "float32"));
    akin_vectors_free(set);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_float32_cannot_tell_apart_is_told),
        cmocka_unit_test(a_table_with_everything),
        cmocka_unit_test(delimiters_and_headers_are_detected),
        cmocka_unit_test(numbers_are_those_of_the_library),
        cmocka_unit_test(a_place_is_named),
        cmocka_unit_test(columns_are_found_or_refused),
        cmocka_unit_test(all_formats_give_the_same_set),
        cmocka_unit_test(folders_have_two_splits),
        cmocka_unit_test(missing_values_are_filled_and_counted),
        cmocka_unit_test(statistics_are_those_of_the_definition),
        cmocka_unit_test(holdout_keeps_its_word),
        cmocka_unit_test(neighbours_are_near_in_time_and_in_the_group),
        cmocka_unit_test(duplicates_are_found),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(kinds_are_detected),
        cmocka_unit_test(structs_of_other_sizes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
