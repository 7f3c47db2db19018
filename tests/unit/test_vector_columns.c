/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of tables: whether the first row is a header, which columns are features, how those of one table
 * are found in another, and numbers with a decimal comma. Files are made here. */
#include "akin/tool/vectors.h"
#include "base/plain.h"
#include "vectors/cell.h"
#include "test.h"

static akin_error err;
static char path[512];

static const char *put(const char *text)
{
    snprintf(path, sizeof path, "%s/t.csv", test_folder());
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(text, 1, strlen(text), f) == strlen(text) && fclose(f) == 0);
    return path;
}

static bool told(const akin_vector_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_vectors_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

static akin_vector_set *open_with(const akin_vectors_opts *opts, akin_vectors *train)
{
    akin_vector_set *set = NULL;
    *train = (akin_vectors)AKIN_VECTORS_INIT;
    CHECK_OK(akin_vectors_open(path, opts, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", train, &err));
    return set;
}

static akin_vectors_opts with(const char *name, const char *text)
{
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    CHECK_OK(akin_vectors_opts_set(&o, name, text, &err));
    return o;
}

/* Header --------------------------------------------------------------------------------------- */

static void a_header_of_numbers_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n, d, classes;
        const char *says; /* in a remark; NULL: nothing of the first row */
    } cases[] = {
        /* what pandas writes of an array: without its index, with it, with words beside */
        { "0,1,2\n.5,.1,2.5\n.3,.2,1.5\n", 2, 3, 0, "taken as a header: its cells are 0 to 2" },
        { "0,1,2\n.5,.1,cat\n.3,.2,dog\n", 2, 2, 2, "taken as a header: its cells are 0 to 2" },
        { ",0,1\n0,.5,.1\n1,.3,.2\n2,.1,.4\n", 3, 2, 0, "taken as a header: its first cell is empty" },
        { ",0,1,species\n0,.5,.1,cat\n1,.3,.2,dog\n2,.1,.4,dog\n", 3, 2, 2, "its first cell is empty" },
        { "0,1,species\n.5,.1,cat\n.3,.2,dog\n", 2, 2, 2, "taken as a header: its cells are 0 to 1" },
        { ",a,b\n0,.5,.1\n1,.3,.2\n2,.1,.4\n", 3, 2, 0, NULL },
        { "a,400.5,401\n.5,.1,.3\n.3,.2,.7\n", 2, 3, 0, "header: 'a' is no number, though other cells are" },
        { "None,1.5,2.5\n.5,.1,.3\n.3,.2,.7\n", 2, 3, 0, "'None' is no number, though other cells are" },
        { "1;2;3\n1,5;2,5;3,5\n1,6;2,6;3,6\n", 2, 3, 0, "its cells are 1 to 3" },
        { "2019,2020,2021\n1.5,2.5,0.5\n.1,.2,.3\n", 2, 3, 0,
          "its cells are whole numbers, and those below" },
        { "0,1,2,3,4,5\n7,0,0,9,1,2\n7,3,0,9,1,2\n", 2, 6, 0, "its cells are 0 to 5" }, /* pixels */
        /* nothing can tell: data, and told */
        { "1,2\n3,4\n", 2, 2, 0, "taken as data, though it is of distinct whole numbers" },
        { "4,9,7\n3,4,3\n5,5,5\n", 3, 3, 0, "taken as data, though" },
        { "0\n0.5\n0.25\n", 3, 1, 0, "taken as data, though it is of the number 0 alone" },
        /* data */
        { "5,3,1,cat\n4.9,3.1,1.5,cat\n4.7,3.2,1.3,dog\n", 3, 3, 2, NULL }, /* the word is below, too */
        { "1,1\n3,4\n", 2, 2, 0, NULL },
        { "-1,2\n.5,.25\n", 2, 2, 0, NULL },
        { "1,2.5\n3,4.5\n", 2, 2, 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vectors v;
        put(cases[i].text);
        akin_vector_set *set = open_with(NULL, &v);
        const bool fine = v.n == cases[i].n && v.d == cases[i].d && v.classes == cases[i].classes &&
                          told(set, cases[i].says ? cases[i].says : "first row") == (cases[i].says != NULL);
        if (!fine) print_error("case %zu: %lld x %lld\n", i, (long long)v.n, (long long)v.d);
        CHECK(fine);
        akin_vectors_free(set);
        /* what the remark names decides, and then nothing is assumed */
        akin_vectors_opts o = with("header", "yes");
        CHECK_OK(akin_vectors_opts_set(&o, "counters", "keep", &err));
        set = open_with(&o, &v);
        CHECK(v.n < 4 && !told(set, "first row"));
        akin_vectors_free(set);
    }
    akin_vectors v;
    akin_vectors_opts o = with("header", "no");
    put("0,1,2\n.5,.1,2.5\n");
    akin_vector_set *set = open_with(&o, &v);
    CHECK(v.n == 2 && v.x[2] == 2 && !told(set, "first row"));
    akin_vectors_free(set);
}

/* Counters, and names that tell ------------------------------------------------------------------- */

static void counters_are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        int64_t d;
    } cases[] = {
        { "k,a\n7,1\n8,5\n9,1\n10,1\n11,2\n12,1\n13,0\n14,1\n", "'k' counts the rows", 1 },
        { "a,k\n1,1\n5,2\n1,3\n1,4\n2,5\n1,6\n0,7\n1,9\n", NULL, 2 },
        { "k,a\n1,1\n2,5\n3,1\n", NULL, 2 }, /* of three rows it may be chance */
        { "Id,a\n1,1\n2,5\n3,1\n", "'Id' counts the rows", 1 },
        { "id,a\n1,1\n3,5\n2,1\n", "'id' is a feature, though named like an index (--ignore-columns 'id'",
          2 },
        { "Unnamed: 0,a\n0,1\n1,5\n2,1\n", "'Unnamed: 0' counts", 1 },
        { "id\n1\n2\n3\n", "kept, as there is no other feature", 1 },
        { "a,target\n1,1\n2,5\n3,1\n",
          "--label-column 'target' makes it the label, --ignore-columns 'target'", 2 },
        { "a,y,label\n1,1,p\n2,5,q\n3,1,p\n", "like a label (--ignore-columns 'y' leaves it out)", 2 },
        { "n,a\nr,1\ns,5\nt,1\nu,1\nv,0\nw,1\nx,1\ny,2\n", "column 'n', is another one in every row", 1 },
        { "a,b,label\n1,2,0\n3,1,nan\n5,1,NA\n2,7,nan\n", "2 rows have the label 'nan', as a missing", 2 },
        { "a,a\n1,2\n3,1\n", "Several columns are called 'a':", 2 },
        { "a,b,a,b,a\n1,2,3,5,4\n3,1,2,9,2\n", "Several columns are called 'a', 'b':", 5 },
        { "a,,\n1,2,1\n3,1,5\n", "Several columns are called '':", 3 },
        { "1;2,5\n2;1,5\n3;1,5\n4;0,5\n5;1,5\n6;1,5\n7;1,5\n8;1,5\n", "Column 1 counts the rows", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vectors v;
        put(cases[i].text);
        akin_vector_set *set = open_with(NULL, &v);
        const bool fine = v.d == cases[i].d &&
                          told(set, cases[i].says ? cases[i].says : "Column") == (cases[i].says != NULL);
        if (!fine) print_error("case %zu\n", i);
        CHECK(fine);
        const bool out = told(set, "left out (");
        akin_vectors_free(set);
        const akin_vectors_opts o = with("counters", "keep");
        set = open_with(&o, &v);
        CHECK(v.d == cases[i].d + out && !told(set, "counts"));
        if (out) CHECK(v.x[v.d] == v.x[0] + 1);
        akin_vectors_free(set);
    }
}

static void a_rising_column_is_named(void **state)
{
    (void)state;
    char text[4000] = "when,a\n";
    for (int i = 0; i < 30; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%d,%d\n", 100 + i * i + i, i % 3);
    }
    akin_vectors v;
    put(text);
    akin_vector_set *set = open_with(NULL, &v);
    CHECK(v.d == 2 && told(set, "'when' rises in every row") && told(set, "--time-column 'when'"));
    akin_vectors_free(set);
    akin_vectors_opts o = with("time-column", "when");
    set = open_with(&o, &v);
    CHECK(v.d == 1 && v.times && !told(set, "rises"));
    akin_vectors_free(set);
}

/* Another table ---------------------------------------------------------------------------------- */

/* Open text as a table for the columns of `base`; its first row into x. */
static akin_status open_alike(const char *base, const char *text, const char *option, const char *value,
                              akin_vector_set **out)
{
    akin_vectors v;
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    put(base);
    akin_vector_set *run = open_with(NULL, &v);
    put(text);
    o.scale = akin_vectors_scale(run);
    o.layout = akin_vectors_layout(run);
    if (option) CHECK_OK(akin_vectors_opts_set(&o, option, value, &err));
    *out = NULL;
    const akin_status status = akin_vectors_open(path, &o, out, &err);
    akin_vectors_free(run);
    return status;
}

#define NAMED "id,alpha,beta,label\n1,10,20,p\n2,11,27,q\n3,12,22,p\n"
#define PLAIN "10,20.5,p\n11,27.5,q\n12,22.5,p\n"

static void columns_are_found_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *base, *text, *option, *value, *says;
        bool fine;
    } cases[] = {
        { NAMED, "label,beta,alpha\nq,2,1\n", NULL, NULL, NULL, true },
        { NAMED, "alpha,beta\n1,2\n", NULL, NULL, "has no column 'label': it is read without labels", true },
        { NAMED, "x,beta,alpha\n5,2,1\n", NULL, NULL, "column 'x' is left out: the run has no such", true },
        { NAMED, "x,beta,alpha,y\n5,2,1,z\n", NULL, NULL, "columns 'x', 'y' are left out", true },
        { NAMED, "alpha,beta,alpha\n1,2,7\n", NULL, NULL,
          "column 3 is another 'alpha', which the run has less", false },
        { NAMED, "x,beta,alpha,v\n5,2,1,6\n", NULL, NULL, "columns 'x', 'v' are left out", true },
        { NAMED, "1,7,1,2,p\n", NULL, NULL, "has no header, and the columns of the run are matched by name",
          false },
        { NAMED, "7,1,2,p\n", "header", "no", "taken by their places: it has no header", true },
        { NAMED, "1,2\n", "header", "no", "taken by their places", true },
        { NAMED, "1,2,3\n", "header", "no", "has 3 columns, the table of the run 4, 2 of them features",
          false },
        { NAMED, "Alpha,beta\n1,2\n", NULL, NULL, "lacks column 'alpha' of the run; is it 'Alpha'?", false },
        { NAMED, "alhpa,beta\n1,2\n", NULL, NULL, "is it 'alhpa'?", false },
        { NAMED, "x,y\n1,2\n", NULL, NULL, "lacks columns 'alpha', 'beta' of the run", false },
        { NAMED, "x,beta\n1,2\n", NULL, NULL, "lacks column 'alpha' of the run", false },
        { NAMED, "alphas,beto\n1,2\n", NULL, NULL, "is 'alpha' meant by 'alphas'?", false },
        { NAMED, "alpha;beta\n1;2\n", "delimiter", "comma", "; --delimiter auto", false },
        { NAMED, "alpha;beta\n1;2\n", NULL, NULL, NULL, true },
        { PLAIN, "1,2,p\n", NULL, NULL, NULL, true },
        { PLAIN, "1,2\n", NULL, NULL, "has 2 columns, as many as the run has features", true },
        { PLAIN, "1\n", NULL, NULL, "has 1 column, the table", false },
        { PLAIN, "a,b,c\n1,2,p\n", NULL, NULL, "by their places: the table of the run has no header", true },
        { "0,1\n.5,.7\n", "1,0\n2.0,1.0\n", NULL, NULL, NULL, true },
        { "a,a\n1,2\n3,4\n", "a,a\n1,2\n", NULL, NULL, NULL, true },
        { "a,a\n1,2\n3,4\n", "a,b\n1,2\n", NULL, NULL, "lacks column 'a' of the run", false },
        /* an empty name is no number, which another column may have */
        { "a,\n1.5,2\n3,4\n", ",a\n2,1\n", NULL, NULL, NULL, true },
        { ",1,2\n0,1.5,2\n1,3,4.5\n2,1,0.5\n", "1,2\n1.0,2.0\n", NULL, NULL, NULL, true },
        { ",1,2\n0,1.5,2\n1,3,4.5\n2,1,0.5\n", "1,,2\n1.0,7,2.0\n", NULL, NULL, NULL, true },
        { ",2,label\n1.5,2,0\n3,4,1\n9,1,0\n", "2,,label\n2,1,1\n", NULL, NULL, NULL, true },
        { "a,\n1.5,2\n3,4\n", ",a,\n2,1,3\n", NULL, NULL, "column 3 is another ''", false },
        /* names that a person takes for the same */
        { "caf\xc3\xa9,b\n1,2\n3,1\n", "cafe\xcc\x81,b\n1,2\n", NULL, NULL,
          "', of other characters that look alike?", false },
        { "a b,c\n1,2\n3,1\n",
          "a\xc2\xa0"
          "b,c\n1,2\n",
          NULL, NULL, "', of other characters that look alike?", false },
        { NAMED, "alpha,beta,Label\n1,2,q\n", NULL, NULL, "it is read without labels (is it 'Label'?)",
          true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vector_set *set = NULL;
        const bool fine =
            open_alike(cases[i].base, cases[i].text, cases[i].option, cases[i].value, &set) == AKIN_OK;
        akin_vectors v = AKIN_VECTORS_INIT;
        if (fine) CHECK_OK(akin_vectors_split(set, "train", &v, &err));
        const char *says = cases[i].says;
        const bool right = fine == cases[i].fine && (!fine || (v.d == 2 && v.x[0] == 1 && v.x[1] == 2)) &&
                           (!says || (fine ? told(set, says) : strstr(err.message, says) != NULL));
        if (!right) print_error("case %zu: %s\n", i, fine ? akin_vectors_remark(set, 0) : err.message);
        CHECK(right);
        if (fine && !says) CHECK(!told(set, "taken by") && !told(set, "left out"));
        akin_vectors_free(set);
    }
}

/* Random tables: columns in another order, some more, one less or called otherwise. What is read has the
 * same rows to the bit, or is refused; a label stays one. */
static void other_orders_give_the_same_rows(void **state)
{
    (void)state;
    enum { MOST = 9, ROWS = 12 };
    for (test_seed = 1; test_seed <= 300; test_seed++) {
        const int d = (int)test_int(1, MOST - 2), more = (int)test_int(0, 2), change = (int)test_int(0, 3);
        int order[MOST + 2];
        char cell[ROWS][MOST + 2][24], name[MOST + 2][24], base[8192] = "", other[8192] = "";
        const int all = d + 1 + more; /* features, the label, further ones */
        for (int c = 0; c < all; c++) {
            snprintf(name[c], sizeof name[c], c == d ? "label" : c > d ? "more %d" : "c%d%c", c, 'a' + c);
            for (int i = 0; i < ROWS; i++)
                if (c == d)
                    snprintf(cell[i][c], 24, "%c", "pq"[i % 2]);
                else
                    snprintf(cell[i][c], 24, "%lld.%d", (long long)test_int(-99, 99), (int)test_int(0, 9));
        }
        for (int c = 0; c < all; c++) order[c] = c;
        for (int c = all - 1; c > 0; c--) {
            const int k = (int)test_int(0, c), was = order[c];
            order[c] = order[k];
            order[k] = was;
        }
        const int lost = (int)test_int(0, d - 1);
        for (int i = -1; i < ROWS; i++) {
            for (int c = 0; c <= d; c++)
                sprintf(base + strlen(base), "%s%s", i < 0 ? name[c] : cell[i][c], c < d ? "," : "\n");
            for (int k = 0, first = 1; k < all; k++) {
                if (change == 1 && order[k] == lost) continue;
                const bool renamed = change == 2 && order[k] == lost;
                sprintf(other + strlen(other), "%s%s", first ? "" : ",",
                        i >= 0    ? cell[i][order[k]]
                        : renamed ? "another"
                                  : name[order[k]]);
                first = 0;
            }
            strcat(other, "\n");
        }
        akin_vector_set *set = NULL;
        akin_vectors v = AKIN_VECTORS_INIT;
        const akin_status status = open_alike(base, other, NULL, NULL, &set);
        CHECK((status == AKIN_ERR_SHAPE) == (change == 1 || change == 2));
        if (status) {
            CHECK(strstr(err.message, name[lost]));
            continue;
        }
        CHECK_OK(akin_vectors_split(set, "train", &v, &err));
        CHECK(v.n == ROWS && v.d == d && v.labels && told(set, "left out") == (more > 0));
        for (int i = 0; i < ROWS; i++) {
            CHECK(v.labels[i] == i % 2);
            for (int c = 0; c < d; c++) CHECK(v.x[i * d + c] == ak_strtof(cell[i][c], NULL));
        }
        akin_vectors_free(set);
    }
    test_seed = 1;
}

/* Decimal commas ---------------------------------------------------------------------------------- */

static void decimal_commas_are_read_or_asked_about(void **state)
{
    (void)state;
    static const struct {
        const char *text, *option, *says;
        bool fine;
    } cases[] = {
        { "a;b\n1,5;2\n2,5;3\n", NULL, "Decimal commas are read as points in column 'a'", true },
        { "a;b\n1,5;2\n2,5;3\n", "comma", NULL, true },
        { "a;b\n1,5;2\n", "point", "--decimal comma reads it", false },
        { "a,b\n\"1,5\",2\n\"2,5\",3\n", NULL, "in column 'a'", true },
        { "a\tb\n1,5e0\t2\n-,5\t3\n", NULL, "in column 'a'", true },
        { "a;b\n1,500;2\n1,250;3\n", NULL, "--decimal comma reads 1,234 as 1.234", false },
        { "a;b\n1,500;2\n1,250;3\n", "comma", NULL, true },
        { "a,b\n\"1,500\",2\n\"1,250\",3\n", NULL, "may be the decimal sign or separate thousands", false },
        { "a;b\n1,500;2\n1,250;0,5\n", NULL, "in columns 'a', 'b'", true }, /* the other one tells */
        { "a;b\n1.234,5;2\n", NULL, "'1.234,5' has separators of thousands", false },
        { "a;b\n1,234,567;2\n", "comma", "has separators of thousands", false },
        { "a;b\n1,5;2\n1.5;3\n", NULL, "'1.5' has a point, and the decimal sign of the column is a comma",
          false },
        { "a;b\n1.5;2\n1,5;3\n", NULL, "'1,5' has a comma, and a number of the column in line 2 has a point",
          false },
        { "a;b\n1,5;2.5\n", NULL, "in column 'a'", true },
        { "a;b\n1,5;2.500\n", NULL, "the point may separate thousands", false },
        { "a;b\n1.5;2\n", "comma", "the decimal sign is to be a comma", false },
        { "a;b\n1.500;2\n", NULL, NULL, true },
        { "a;b\n2026-01-31;2\n", NULL, "'2026-01-31' is a date and no number; the column can be the time",
          false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        akin_vector_set *set = NULL;
        const akin_vectors_opts o = with("decimal", cases[i].option ? cases[i].option : "auto");
        put(cases[i].text);
        const bool fine = akin_vectors_open(path, &o, &set, &err) == AKIN_OK;
        akin_vectors v = AKIN_VECTORS_INIT;
        if (fine) CHECK_OK(akin_vectors_split(set, "train", &v, &err));
        const bool right = fine == cases[i].fine && (!fine || v.x[0] == 1.5f) &&
                           (!cases[i].says ||
                            (fine ? told(set, cases[i].says) : strstr(err.message, cases[i].says) != NULL));
        if (!right) print_error("case %zu: %s\n", i, fine ? "read" : err.message);
        CHECK(right && (!fine || cases[i].says || !told(set, "ecimal")));
        akin_vectors_free(set);
    }
    double x;
    bool sure;
    CHECK(ak_cell_comma("0,123", 5, &x, &sure) && sure && x == 0.123);
    CHECK(ak_cell_comma("-12,345", 7, &x, &sure) && !sure && x == -12.345);
    CHECK(!ak_cell_comma("1,2,3", 5, &x, &sure) && !ak_cell_comma("a,b", 3, &x, &sure));
    CHECK(ak_cell_thousands("1,234.5", 7, ',') && !ak_cell_thousands("1,23", 4, ','));
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_of_numbers_is_seen),
        cmocka_unit_test(counters_are_left_out),
        cmocka_unit_test(a_rising_column_is_named),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(other_orders_give_the_same_rows),
        cmocka_unit_test(decimal_commas_are_read_or_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
