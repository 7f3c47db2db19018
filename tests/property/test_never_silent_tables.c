/* SPDX-License-Identifier: Apache-2.0 */
/* Never silently wrong: tables that say the same in another way, or something else. never_silent.h says what
 * is asked for. */
#include "never_silent.h"

/* Tables ------------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = 12, MOST_ROWS = 48 };

typedef struct table {
    int rows, columns, classes;
    char column[MOST_COLUMNS][32], label_column[32]; /* "" = there are no labels */
    int label_place;                                 /* before this column */
    char class_name[MOST_CLASSES][32];
    char cell[MOST_ROWS + 16][MOST_COLUMNS][24];
    int label[MOST_ROWS + 16];
    char delimiter, comma;
    const char *end, *before;
    bool header, quoted, blank;
    wanted want;
} table;

static void put_cell(const table *t, FILE *f, bool first, const char *text)
{
    if (!first) fputc(t->delimiter, f);
    if (!first && t->blank) fputc(' ', f);
    const bool quote = t->quoted || strchr(text, t->delimiter);
    if (quote) fputc('"', f);
    fputs(text, f);
    if (quote) fputc('"', f);
}

static void put_line(const table *t, FILE *f, int row) /* -1: the header */
{
    bool first = true;
    for (int c = 0; c <= t->columns; c++) {
        if (c == t->label_place && *t->label_column) {
            put_cell(t, f, first, row < 0 ? t->label_column : t->class_name[t->label[row]]);
            first = false;
        }
        if (c == t->columns) break;
        char text[32];
        snprintf(text, sizeof text, "%s", row < 0 ? t->column[c] : t->cell[row][c]);
        char *point = row < 0 ? NULL : strchr(text, '.');
        if (point) *point = t->comma;
        put_cell(t, f, first, text);
        first = false;
    }
    fputs(t->end, f);
}

static void put_table(const table *t, const char *path)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    fputs(t->before, f);
    for (int i = t->header ? -1 : 0; i < t->rows; i++) put_line(t, f, i);
    CHECK(fclose(f) == 0);
}

static table base;

static void draw_table(table *t)
{
    static const char *const NAMES[] = { "width", "height", "mass", "price", "x1",  "x2",
                                         "x 3",   "größe",  "A",    "b",     "v.4", "rate" };
    static const char *const CLASSES[][MOST_CLASSES] = { { "cat", "dog", "owl", "bee", "ant" },
                                                         { "3", "7", "10", "2", "21" },
                                                         { "a b", "I", "i", "É", "z-1" } };
    int order[12];
    for (int i = 0; i < 12; i++) order[i] = i;
    shuffle(order, 12);
    *t = (table){ .rows = (int)test_int(24, MOST_ROWS), .columns = (int)test_int(2, 6), .delimiter = ',' };
    t->classes = (int)test_int(2, MOST_CLASSES);
    t->comma = '.';
    t->end = "\n";
    t->before = "";
    t->header = true;
    t->label_place = chance(0.7) ? t->columns : (int)test_int(0, t->columns);
    snprintf(t->label_column, sizeof t->label_column, "label");
    for (int c = 0; c < t->columns; c++) snprintf(t->column[c], sizeof t->column[c], "%s", NAMES[order[c]]);
    const int words = (int)test_int(0, 2);
    for (int k = 0; k < t->classes; k++)
        snprintf(t->class_name[k], sizeof t->class_name[k], "%s", CLASSES[words][k]);
    for (int i = 0; i < t->rows; i++) {
        t->label[i] = i < t->classes ? i : (int)test_int(0, t->classes - 1);
        for (int c = 0; c < t->columns; c++)
            ak_snprintf(t->cell[i][c], sizeof t->cell[i][c], "%.4f", 3 * test_normal() + c);
        t->want.of[i] = i;
    }
}

/* Changes of tables. Each says in want what must come of it. */

static void move_column(table *t, int from, int to)
{
    char keep[32];
    memcpy(keep, t->column[from], sizeof keep);
    memcpy(t->column[from], t->column[to], sizeof keep);
    memcpy(t->column[to], keep, sizeof keep);
    for (int i = 0; i < t->rows; i++) {
        char cell[24];
        memcpy(cell, t->cell[i][from], sizeof cell);
        memcpy(t->cell[i][from], t->cell[i][to], sizeof cell);
        memcpy(t->cell[i][to], cell, sizeof cell);
    }
}

static void permute_columns(table *t)
{
    for (int c = t->columns - 1; c > 0; c--) move_column(t, c, (int)test_int(0, c));
    t->label_place = (int)test_int(0, t->columns);
}

static void drop_row(table *t, int row)
{
    for (int i = row; i + 1 < t->rows; i++) {
        memcpy(t->cell[i], t->cell[i + 1], sizeof t->cell[i]);
        t->label[i] = t->label[i + 1];
        t->want.of[i] = t->want.of[i + 1];
    }
    t->rows--;
}

static void subset_classes(table *t)
{
    const int out = (int)test_int(0, t->classes - 1);
    for (int i = t->rows - 1; i >= 0; i--)
        if (t->label[i] == out) drop_row(t, i);
}

static void subset_rows(table *t)
{
    for (int i = t->rows - 1; i > 0; i--)
        if (chance(0.5)) drop_row(t, i);
}

static void swap_rows(table *t, int a, int b)
{
    char cells[MOST_COLUMNS][24];
    const int label = t->label[a], of = t->want.of[a];
    memcpy(cells, t->cell[a], sizeof cells);
    memcpy(t->cell[a], t->cell[b], sizeof cells);
    memcpy(t->cell[b], cells, sizeof cells);
    t->label[a] = t->label[b], t->label[b] = label;
    t->want.of[a] = t->want.of[b], t->want.of[b] = of;
}

static void shuffle_rows(table *t)
{
    for (int i = t->rows - 1; i > 0; i--) swap_rows(t, i, (int)test_int(0, i));
}

static void repeat_row(table *t)
{
    const int row = (int)test_int(0, t->rows - 1), to = t->rows++;
    memcpy(t->cell[to], t->cell[row], sizeof t->cell[to]);
    t->label[to] = t->label[row];
    t->want.of[to] = t->want.of[row];
}

static void rename_class(table *t)
{
    const int k = (int)test_int(0, t->classes - 1);
    snprintf(t->class_name[k], sizeof t->class_name[k], "unheard-of");
}

static void drop_labels(table *t) { t->label_column[0] = 0; }

/* Another column before column `at`. */
static void insert_column(table *t, int at, const char *name)
{
    for (int c = t->columns++; c > at; c--) {
        memcpy(t->column[c], t->column[c - 1], sizeof t->column[c]);
        for (int i = 0; i < t->rows; i++) memcpy(t->cell[i][c], t->cell[i][c - 1], sizeof t->cell[i][c]);
    }
    if (t->label_place > at || (t->label_place == at && chance(0.5))) t->label_place++;
    snprintf(t->column[at], sizeof t->column[at], "%s", name);
    if (*name) must_tell(&t->want, name);
    for (int i = 0; i < t->rows; i++)
        ak_snprintf(t->cell[i][at], sizeof t->cell[i][at], "%.3f", test_normal());
}

static void add_column(table *t)
{
    static const char *const NAMES[] = { "humidity", "Remarks", "target", "x9" };
    insert_column(t, (int)test_int(0, t->columns), NAMES[test_int(0, 3)]);
}

static void add_counter(table *t)
{
    static const char *const NAMES[] = { "Id", "index", "Unnamed: 0", "" };
    const int at = chance(0.7) ? 0 : (int)test_int(0, t->columns), first = (int)test_int(0, 1);
    insert_column(t, at, NAMES[at == 0 ? test_int(0, 3) : test_int(0, 2)]);
    for (int i = 0; i < t->rows; i++) snprintf(t->cell[i][at], sizeof t->cell[i][at], "%d", i + first);
}

static void another_delimiter(table *t) { t->delimiter = "\t;|"[test_int(0, 2)]; }
static void crlf(table *t) { t->end = "\r\n"; }
static void quote_all(table *t) { t->quoted = true; }
static void byte_order_mark(table *t) { t->before = "\xEF\xBB\xBF"; }

static void rename_column(table *t)
{
    static char was[32];
    const int c = (int)test_int(0, t->columns - 1);
    snprintf(was, sizeof was, "%s", t->column[c]);
    snprintf(t->column[c], sizeof t->column[c], "renamed");
    must_refuse(&t->want, was, NULL, NULL);
}

static void drop_column(table *t)
{
    static char was[32];
    const int c = (int)test_int(0, t->columns - 1);
    snprintf(was, sizeof was, "%s", t->column[c]);
    for (int k = c; k + 1 < t->columns; k++) move_column(t, k, k + 1);
    if (t->label_place > c) t->label_place--;
    t->columns--;
    must_refuse(&t->want, was, NULL, NULL);
}

static void repeat_name(table *t)
{
    static char twice[32];
    snprintf(twice, sizeof twice, "%s", t->column[test_int(0, t->columns - 1)]);
    insert_column(t, (int)test_int(0, t->columns), twice);
    must_refuse(&t->want, twice, NULL, NULL);
}

/* A column of text beside the numbers; a comma in a cell, too. */
static void add_words(table *t)
{
    const int at = (int)test_int(0, t->columns);
    insert_column(t, at, "remark");
    for (int i = 0; i < t->rows; i++)
        snprintf(t->cell[i][at], sizeof t->cell[i][at], "%s", i % 3 ? "fine" : "not so");
}

static void rename_labels(table *t)
{
    snprintf(t->label_column, sizeof t->label_column, "species");
    must_tell(&t->want, "species");
    t->want.labels_under = t->label_column;
}

static void capital_name(table *t)
{
    char *name = t->column[test_int(0, t->columns - 1)];
    char *letter = strpbrk(name, "abcdefghijklmnopqrstuvwxyzA");
    if (!letter) return;
    *letter = *letter == 'A' ? 'a' : (char)(*letter - 32);
    may_refuse(&t->want, name, NULL, NULL);
    t->want.why[1] = "lacks";
    must_tell(&t->want, name);
}

static void blanks_before(table *t) { t->blank = true; }

static void lose_header(table *t)
{
    t->header = false;
    may_refuse(&t->want, "header", "name", NULL);
    must_tell(&t->want, "name");
}

static void number_header(table *t)
{
    const int from = chance(0.5) ? 0 : 2015;
    for (int c = 0; c < t->columns; c++) snprintf(t->column[c], sizeof t->column[c], "%d", from + c);
    must_refuse(&t->want, "column", "name", NULL);
}

static void decimal_commas(table *t)
{
    t->delimiter = ';';
    t->comma = ',';
    may_refuse(&t->want, "decimal", NULL, NULL);
    must_tell(&t->want, "decimal");
}

static void lose_cell(table *t)
{
    t->cell[test_int(0, t->rows - 1)][test_int(0, t->columns - 1)][0] = 0;
    must_refuse(&t->want, "missing", NULL, NULL);
}

static void spoil_cell(table *t)
{
    const int i = (int)test_int(0, t->rows - 1), c = (int)test_int(0, t->columns - 1);
    static const char *const WRONG[] = { "1.2.3", "12 cm", "1,5", "0x1p3", "€5" };
    snprintf(t->cell[i][c], sizeof t->cell[i][c], "%s", WRONG[test_int(0, 4)]);
    must_refuse(&t->want, "number", "decimal", NULL);
}

static void comment(table *t)
{
    t->before = "# made on Monday\n";
    may_refuse(&t->want, "#", "comment", NULL);
}

static void one_line(table *t)
{
    t->end = "\r";
    may_refuse(&t->want, "CR", "carriage", "line end");
}

static void no_rows(table *t)
{
    t->rows = 0;
    must_refuse(&t->want, "header", "row", NULL);
}

typedef struct table_change {
    const char *name;
    void (*change)(table *t);
    bool alone; /* stands for itself; the others may come together */
} table_change;

static const table_change TABLE_CHANGES[] = {
    { "columns permuted", permute_columns, false },
    { "a class left out", subset_classes, false },
    { "rows left out", subset_rows, false },
    { "rows shuffled", shuffle_rows, false },
    { "a row twice", repeat_row, false },
    { "a class renamed", rename_class, false },
    { "no labels", drop_labels, false },
    { "another column", add_column, false },
    { "a counter", add_counter, false },
    { "another delimiter", another_delimiter, false },
    { "CRLF", crlf, false },
    { "all quoted", quote_all, false },
    { "byte order mark", byte_order_mark, false },
    { "a column renamed", rename_column, true },
    { "a column dropped", drop_column, true },
    { "a name twice", repeat_name, true },
    { "a column of text", add_words, false },
    { "labels under another name", rename_labels, true },
    { "a capital letter", capital_name, true },
    { "blanks after commas", blanks_before, true },
    { "header lost", lose_header, true },
    { "header of numbers", number_header, true },
    { "decimal commas", decimal_commas, true },
    { "an empty cell", lose_cell, true },
    { "a wrong cell", spoil_cell, true },
    { "a comment", comment, true },
    { "CR", one_line, true },
    { "a header only", no_rows, true },
};
enum { N_TABLE_CHANGES = sizeof TABLE_CHANGES / sizeof *TABLE_CHANGES };

static void draw_table_change(table *t)
{
    const table_change *first = &TABLE_CHANGES[test_int(0, N_TABLE_CHANGES - 1)];
    note(first->name);
    first->change(t);
    for (int more = first->alone ? 0 : (int)test_int(0, 2); more > 0; more--) {
        const table_change *next = &TABLE_CHANGES[test_int(0, N_TABLE_CHANGES - 1)];
        if (next->alone || strstr(history, next->name)) continue;
        note(next->name);
        next->change(t);
    }
    bool unheard = false;
    for (int i = 0; i < t->rows; i++) {
        t->want.there[i] = true;
        const char *name = *t->label_column ? t->class_name[t->label[i]] : "";
        snprintf(t->want.class_name[i], sizeof t->want.class_name[i], "%s", name);
        unheard = unheard || strcmp(name, "unheard-of") == 0;
    }
    if (unheard) must_tell(&t->want, "unheard-of");
}

static void begin_table(void)
{
    char path[PATH_ROOM];
    draw_table(&base);
    put_table(&base, at_path(path, "base.csv"));
    make_run(&ref, path, "linear", false);
}

static void change_table(void)
{
    static table t;
    char path[PATH_ROOM];
    t = base;
    draw_table_change(&t);
    put_table(&t, at_path(path, "copy.csv"));
    judge(&t.want, &ref, path);
}

static void tables(void **state)
{
    (void)state;
    all_draws(1, 400, begin_table, change_table);
    forget(&ref);
}

/* Trained on a table that says the same in another way, a run has the same weights. */

/* Nobody can know such labels without a header. */
static bool classes_are_numbers(const table *t) { return ak_isdigit(t->class_name[0][0]); }

static void count_header(table *t)
{
    const int from = chance(0.5) ? 0 : (int)test_int(1, 2015);
    for (int c = 0; c < t->columns; c++) snprintf(t->column[c], sizeof t->column[c], "%d", from + c);
    t->label_place = t->columns;
    if (classes_are_numbers(t) || chance(0.5)) return; /* the word "label" says that it is a header */
    snprintf(t->label_column, sizeof t->label_column, "%d", from + t->columns);
    must_tell(&t->want, "header");
}

static void train_without_header(table *t)
{
    t->header = classes_are_numbers(t);
    t->label_place = t->columns;
}

static void train_counter(table *t)
{
    static const char *const NAMES[] = { "Id", "index", "Unnamed: 0", "row_number" };
    const int first = (int)test_int(0, 1);
    insert_column(t, 0, NAMES[test_int(0, 3)]);
    for (int i = 0; i < t->rows; i++) snprintf(t->cell[i][0], sizeof t->cell[i][0], "%d", i + first);
}

/* As pandas writes a frame with its index: a first cell without a name. */
static void pandas_index(table *t)
{
    insert_column(t, 0, "");
    for (int i = 0; i < t->rows; i++) snprintf(t->cell[i][0], sizeof t->cell[i][0], "%d", i);
    must_tell(&t->want, "column 1");
}

static void no_change(table *t) { (void)t; }

static const table_change SAME_TABLES[] = {
    { "CRLF", crlf, false },
    { "all quoted", quote_all, false },
    { "byte order mark", byte_order_mark, false },
    { "another delimiter", another_delimiter, false },
    { "header of numbers", count_header, true },
    { "no header", train_without_header, true },
    { "a counter", train_counter, true },
    { "pandas' index", pandas_index, true },
    { "decimal commas", decimal_commas, true },
    { "a comment", comment, true },
    { "CR", one_line, true },
    { "nothing", no_change, true },
};
enum { N_SAME_TABLES = sizeof SAME_TABLES / sizeof *SAME_TABLES };

static char weights[32]; /* of the run on the table as it was */

static void read_weights(const char *run, char to[32])
{
    char path[PATH_ROOM + 8];
    akin_json *done = NULL;
    snprintf(path, sizeof path, "%s/DONE", run);
    CHECK_OK(akin_json_load(path, 1 << 16, 0, &done, &err));
    snprintf(to, 32, "%s", akin_json_get_text(done, "weights_xxh64"));
    akin_json_free(done);
}

static void begin_same_table(void)
{
    char path[PATH_ROOM], run[PATH_ROOM];
    draw_table(&base);
    put_table(&base, at_path(path, "base.csv"));
    CHECK_OK(train(path, at_path(run, "run"), "linear"));
    read_weights(run, weights);
}

static void train_same_table(void)
{
    static table t;
    char path[PATH_ROOM], run[PATH_ROOM], got[32];
    t = base;
    for (int more = 1; more > 0; more--) {
        const table_change *next = &SAME_TABLES[test_int(0, N_SAME_TABLES - 1)];
        if (strstr(history, next->name)) continue;
        note(next->name);
        next->change(&t);
        more += !next->alone && chance(0.5);
    }
    put_table(&t, at_path(path, "copy.csv"));
    akin_dataset *set = NULL;
    if (train(path, at_path(run, "copy-run"), "linear")) {
        judge_refusal(&t.want, path);
        return;
    }
    CHECK_OK(akin_dataset_open(path, NULL, &set, &err));
    read_weights(run, got);
    if (strcmp(got, weights) != 0) {
        print_remarks(set);
        FAIL_DRAW("trained to other weights");
    }
    check_told(&t.want, set);
    akin_dataset_free(set);
}

static void same_tables(void **state)
{
    (void)state;
    all_draws(4, 100, begin_same_table, train_same_table);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables), cmocka_unit_test(same_tables) };
    return cmocka_run_group_tests(tests, setup, NULL);
}
