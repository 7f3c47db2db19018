/* SPDX-License-Identifier: Apache-2.0 */
/* Never silently wrong. A run is trained on a random table, folder of images or text, and then meets a copy
 * of it that was changed as people change files: columns in another order, a class left out, rows shuffled,
 * a comma for a point. Whatever the copy is, one of these must hold:
 *
 *   equal    each item has the same row and the same class as in the data of the run, whatever its name
 *   refused  with a sentence that names what is wrong
 *   told     it differs, and a remark says in what
 *
 * 1,000 draws, with AKIN_TEST_FULL 10,000. A failure prints the number of its draw; AKIN_TEST_DRAW=NUMBER
 * runs that one alone. */
#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/json.h"
#include "akin/tool/model.h"
#include "akin/tool/program.h"
#include "akin/train.h"
#include "base/plain.h"
#include "pictures.h"
#include "test.h"

#include <strings.h>
#include <zlib.h>

enum { MOST_FAILURES = 20, PER_RUN = 10, PATH_ROOM = 600, WORDS = 512 };

static akin_error err;
static char folder[256];
static int draw_number;
static char history[WORDS]; /* what was changed in this draw */

static int failures;
static jmp_buf next_draw;

/* Print what is wrong, and go on with the next draw. */
#define FAIL_DRAW(...)                                                                                       \
    do {                                                                                                     \
        print_error("draw %d (%s): ", draw_number, history);                                                 \
        print_error(__VA_ARGS__);                                                                            \
        print_error("\n");                                                                                   \
        failures++;                                                                                          \
        longjmp(next_draw, 1);                                                                               \
    } while (0)

static bool chance(double p) { return test_uniform(0, 1) < p; }

static void shuffle(int *order, int n)
{
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)test_int(0, i), keep = order[i];
        order[i] = order[j];
        order[j] = keep;
    }
}

static char *at_path(char *to, const char *name)
{
    snprintf(to, PATH_ROOM, "%s/%s", folder, name);
    return to;
}

/* Does the text hold the word, in small or capital letters? */
static bool holds(const char *text, const char *word)
{
    for (; *text; text++)
        if (ak_strncasecmp(text, word, strlen(word)) == 0) return true;
    return false;
}

/* What must come of a copy ------------------------------------------------------------------------------- */

enum { MOST_ITEMS = 96, MOST_TOLD = 6 };

/* What is right for a copy. Item i of it, if it is there, is item of[i] of the original, or a new one, or one
 * that nothing is known of. */
enum { NEW = -1, ZERO = -2 };
typedef struct wanted {
    bool there[MOST_ITEMS], by_name;
    int of[MOST_ITEMS];
    char class_name[MOST_ITEMS][32]; /* "" = has none */
    bool may_refuse, must_refuse;
    const char *why[4];       /* a refusal holds one of these words; none = any */
    char told[MOST_TOLD][32]; /* remarks hold each of these */
    int tells;
    const char *labels_under; /* no labels are right too */
    const char *only; /* the only class of the copy: no labels at all, told by this name, are right too */
} wanted;

static void must_tell(wanted *w, const char *word)
{
    if (w->tells < MOST_TOLD) snprintf(w->told[w->tells++], sizeof *w->told, "%s", word);
}

typedef struct reference {
    akin_model *model;
    int64_t n, width;
    float *rows;
    int32_t label[MOST_ITEMS]; /* the run's numbers of classes */
    char class_name[MOST_ITEMS][32];
} reference;

static bool is_told(const akin_dataset *set, const char *word)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(set, i)) != NULL; i++)
        if (holds(line, word)) return true;
    return false;
}

static void print_remarks(const akin_dataset *set)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(set, i)) != NULL; i++) print_error("    %s\n", line);
}

static akin_status embed(akin_model *m, const akin_dataset *set, const char *split, int64_t n, int64_t width,
                         float *rows)
{
    const akin_mat backbone = { rows, n, width, width }, none = { NULL, 0, 0, 0 };
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    opts.split = split;
    return n ? akin_model_embed(m, set, &opts, backbone, none, &err) : AKIN_OK;
}

static void judge_refusal(const wanted *w, const char *path)
{
    if (!w->may_refuse && !w->must_refuse) FAIL_DRAW("refused: %s", err.message);
    const char *name = strrchr(path, '/') + 1;
    if (strlen(err.message) < 20 || (!w->by_name && !strstr(err.message, name))) /* or the picture's: why */
        FAIL_DRAW("the sentence does not name '%s': %s", name, err.message);
    bool named = !w->why[0];
    for (int i = 0; i < 4 && w->why[i]; i++) named = named || holds(err.message, w->why[i]);
    if (!named) FAIL_DRAW("the sentence does not say '%s': %s", w->why[0], err.message);
}

/* The class of item i as it must be: by its name, and by the run's number where the run knows it. */
static void judge_label(const wanted *w, const reference *ref, const akin_dataset *set,
                        const akin_split_view *view, int i, int item)
{
    const char *want = w->class_name[item];
    const char *got = view->labels ? akin_dataset_class_name(set, AKIN_TARGET_LABEL, view->labels[i]) : "";
    if (w->labels_under && !view->labels) return;
    if (w->only && !view->labels && is_told(set, w->only)) return;
    if (!got || strcmp(got, want) != 0) {
        print_remarks(set);
        FAIL_DRAW("item %d is of class '%s', not '%s'", item, got ? got : "(none)", want);
    }
    for (int64_t k = 0; *want && k < ref->n; k++)
        if (strcmp(ref->class_name[k], want) == 0 && ref->label[k] != view->labels[i])
            FAIL_DRAW("class '%s' has number %d, in the run %d", want, view->labels[i], ref->label[k]);
}

/* Rows of the same item. Sums of products are rounded by how many rows are encoded at once, so that a smaller
 * copy differs in the last bits; a column in the wrong place differs by much more. */
static bool same_row(const float *a, const float *b, int64_t n)
{
    double most = 0, apart = 0;
    for (int64_t c = 0; c < n; c++) {
        most = fmax(most, fabs((double)a[c]));
        apart = fmax(apart, fabs((double)a[c] - (double)b[c]));
    }
    return apart <= 4e-6 * most;
}

/* Which item of the copy this is: its place, or the number in the name of an image, "i07.ppm". */
static int item_number(const wanted *w, const akin_dataset *set, const char *split, int i)
{
    char name[PATH_ROOM];
    if (!w->by_name) return i;
    akin_dataset_item_name(set, split, i, name, sizeof name);
    const char *dot = strrchr(name, '.');
    return dot && dot >= name + 2 ? atoi(dot - 2) : -1;
}

static void judge_split(const wanted *w, const reference *ref, const akin_dataset *set, const char *split,
                        bool *seen)
{
    akin_split_view view = AKIN_SPLIT_VIEW_INIT;
    CHECK_OK(akin_dataset_split(set, split, AKIN_TARGET_LABEL, &view, &err));
    float *rows = malloc((size_t)((view.n + 1) * ref->width) * sizeof *rows);
    if (embed(ref->model, set, split, view.n, ref->width, rows)) FAIL_DRAW("not embedded: %s", err.message);
    int differ = 0, zeros = 0;
    for (int i = 0; i < view.n; i++) {
        const int item = view.items ? view.items[i] : item_number(w, set, split, i);
        const float *row = rows + i * ref->width;
        if (item < 0 || item >= MOST_ITEMS || !w->there[item] || seen[item]) {
            char name[PATH_ROOM];
            print_remarks(set);
            FAIL_DRAW("item %d of %s, '%s', is one too many", i, split,
                      akin_dataset_item_name(set, split, i, name, sizeof name));
        }
        seen[item] = true;
        bool zero = true;
        for (int64_t c = 0; c < ref->width; c++) zero = zero && row[c] == 0;
        zeros += zero && w->of[item] != ZERO;
        if (w->of[item] >= 0) differ += !same_row(row, ref->rows + w->of[item] * ref->width, ref->width);
        if (w->of[item] == ZERO) differ += !zero;
        judge_label(w, ref, set, &view, i, item);
    }
    free(rows);
    if (differ || zeros) {
        print_remarks(set);
        FAIL_DRAW("%d of %d items of %s differ, %d are zero", differ, (int)view.n, split, zeros);
    }
}

static void judge_items(const wanted *w, const reference *ref, const akin_dataset *set)
{
    bool seen[MOST_ITEMS] = { false };
    for (int s = 0; s < akin_dataset_split_count(set); s++)
        judge_split(w, ref, set, akin_dataset_split_name(set, s), seen);
    for (int i = 0; i < MOST_ITEMS; i++)
        if (w->there[i] && !seen[i]) {
            print_remarks(set);
            FAIL_DRAW("item %d is gone", i);
        }
}

static void check_told(const wanted *w, const akin_dataset *set)
{
    for (int i = 0; i < w->tells; i++)
        if (!is_told(set, w->told[i])) {
            print_remarks(set);
            FAIL_DRAW("no remark has '%s'", w->told[i]);
        }
}

static void judge(const wanted *w, const reference *ref, const char *path)
{
    akin_dataset *set = NULL;
    err.message[0] = 0;
    if (akin_model_open_rows(ref->model, path, &set, &err)) { /* as embed does */
        judge_refusal(w, path);
        return;
    }
    if (w->must_refuse) {
        print_remarks(set);
        FAIL_DRAW("taken, where '%s' is wrong", w->why[0] ? w->why[0] : "something");
    }
    judge_items(w, ref, set);
    check_told(w, set);
    akin_dataset_free(set);
}

/* A run ------------------------------------------------------------------------------------------------- */

static akin_status train(const char *data, const char *run, const char *encoder)
{
    const char *const options[][2] = { { "epochs", "1" },      { "batch-size", "8" },
                                       { "head-hidden", "8" }, { "head-out", "4" },
                                       { "workers", "1" },     { "checkpoint-every", "0" },
                                       { "encoder", encoder } };
    static const char *const of_text[][2] = { { "text-view", "erase" },
                                              { "buckets", "100" },
                                              { "width", "8" } };
    akin_train_config *c = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; strcmp(encoder, "bag") == 0 && i < sizeof of_text / sizeof *of_text; i++)
        CHECK_OK(akin_train_config_set(c, of_text[i][0], of_text[i][1], &err));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_OK(akin_train_config_set(c, options[i][0], options[i][1], &err));
    const akin_status status = akin_train(data, run, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

static void forget(reference *ref)
{
    akin_model_free(ref->model);
    free(ref->rows);
    *ref = (reference){ .n = 0 };
}

/* A run on the data, and its rows. Row i is that of item i, by the number in its name for images. */
static void make_run(reference *ref, const char *data, const char *encoder, bool by_name)
{
    char run[PATH_ROOM];
    akin_dataset *set = NULL;
    akin_split_view view = AKIN_SPLIT_VIEW_INIT;
    forget(ref);
    CHECK_OK(train(data, at_path(run, "run"), encoder));
    CHECK_OK(akin_model_open(run, NULL, &ref->model, &err));
    CHECK_OK(akin_model_open_dataset(ref->model, data, &set, &err));
    CHECK_OK(akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &view, &err));
    CHECK(view.n <= MOST_ITEMS);
    ref->n = view.n;
    ref->width = akin_model_width(ref->model, AKIN_LAYER_BACKBONE);
    ref->rows = malloc((size_t)(MOST_ITEMS * ref->width) * sizeof *ref->rows);
    float *rows = malloc((size_t)(ref->n * ref->width) * sizeof *rows);
    CHECK_OK(embed(ref->model, set, "train", ref->n, ref->width, rows));
    const wanted names = { .by_name = by_name };
    for (int i = 0; i < ref->n; i++)
        memcpy(ref->rows + item_number(&names, set, "train", i) * ref->width, rows + i * ref->width,
               (size_t)ref->width * sizeof *rows);
    free(rows);
    for (int i = 0; i < ref->n && view.labels; i++) {
        ref->label[i] = view.labels[i];
        snprintf(ref->class_name[i], sizeof ref->class_name[i], "%s",
                 akin_dataset_class_name(set, AKIN_TARGET_LABEL, view.labels[i]));
    }
    akin_dataset_free(set);
}

/* Tables ------------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = 12, MOST_ROWS = 48, MOST_CLASSES = 5 };

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

static void may_refuse(wanted *w, const char *a, const char *b, const char *c)
{
    w->may_refuse = true;
    w->why[0] = a, w->why[1] = b, w->why[2] = c;
}

static void must_refuse(wanted *w, const char *a, const char *b, const char *c)
{
    may_refuse(w, a, b, c);
    w->must_refuse = true;
}

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

static void note(const char *name)
{
    const size_t n = strlen(history);
    snprintf(history + n, sizeof history - n, "%s%s", n ? ", " : "", name);
}

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

/* Folders of images -------------------------------------------------------------------------------------- */

enum { SIDE = 8, PIXELS = SIDE * SIDE * 3, FIRST_NEW = 64 };

typedef struct photo {
    int label;
    bool broken, grey, larger;
    char folder[64], ending[8];
    const char *before; /* what the name begins with, before the number */
} photo;

typedef struct album {
    photo photo[MOST_ITEMS];
    int classes, next; /* the number of the next new photo */
    char class_name[MOST_CLASSES][32];
    bool flat, junk;
    const char *top; /* a folder around all */
    wanted want;
} album;

static uint8_t pixels[MOST_ITEMS][PIXELS];
static album photos;

static void put_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

static void put_picture(const photo *p, const uint8_t *from, const char *path)
{
    static uint8_t bytes[4 * PIXELS * 4];
    const int side = p->larger ? 2 * SIDE : SIDE;
    if (p->broken) {
        put_file(path, "P6\n8 8\n255\nbroken off", 21);
    } else if (p->grey || p->larger || strcasecmp(p->ending, "ppm") == 0) {
        const int head = sprintf((char *)bytes, "P%d\n%d %d\n255\n", p->grey ? 5 : 6, side, side);
        const int n = side * side * (p->grey ? 1 : 3);
        for (int i = 0; i < n; i++) bytes[head + i] = from[i % PIXELS];
        put_file(path, bytes, (size_t)(head + n));
    } else {
        const bool alpha = p->label % 2;
        for (int i = 0; i < SIDE * SIDE; i++) {
            memcpy(bytes + i * (alpha ? 4 : 3), from + i * 3, 3);
            if (alpha) bytes[i * 4 + 3] = 255;
        }
        size_t n;
        uint8_t *png = pic_png(bytes, SIDE, SIDE, alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, 8,
                               (size_t)(SIDE * (alpha ? 4 : 3)), 0, &n);
        put_file(path, png, n);
        free(png);
    }
}

static void put_album(const album *a, const char *path)
{
    char where[PATH_ROOM + 64], file[2 * PATH_ROOM];
    nftw(path, test_remove_, 16, FTW_DEPTH | FTW_PHYS);
    CHECK_OK(akin_folder_make(path, &err));
    for (int i = 0; i < MOST_ITEMS; i++) {
        const photo *p = &a->photo[i];
        if (!a->want.there[i] && !p->broken) continue;
        snprintf(where, sizeof where, "%s/%s/%s/%s", path, a->top, p->folder,
                 a->flat ? "." : a->class_name[p->label]);
        CHECK_OK(akin_folder_make(where, &err));
        snprintf(file, sizeof file, "%s/%s%02d.%s", where, p->before, i, p->ending);
        put_picture(p, pixels[i], file);
    }
    if (!a->junk) return;
    static const char *const JUNK[] = { ".DS_Store", "Thumbs.db", "desktop.ini", "readme.txt" };
    for (int i = 0; i < 4; i++) {
        snprintf(file, sizeof file, "%s/%s/%s", path, chance(0.5) ? a->top : ".", JUNK[i]);
        put_file(file, "junk", 4);
    }
    snprintf(where, sizeof where, "%s/__MACOSX", path);
    CHECK_OK(akin_folder_make(where, &err));
    snprintf(file, sizeof file, "%s/._i00.ppm", where);
    put_file(file, "\0\5\026\7junk", 8);
}

static void draw_album(album *a)
{
    static const char *const CLASSES[][MOST_CLASSES] = { { "cat", "dog", "owl", "bee", "ant" },
                                                         { "3", "7", "10", "2", "21" },
                                                         { "a b", "Zebra", "\xc3\x89t\xc3\xa9", "y",
                                                           "z-1" } };
    *a = (album){ .classes = (int)test_int(2, MOST_CLASSES), .top = ".", .next = FIRST_NEW };
    a->want.by_name = true;
    const int words = (int)test_int(0, 2), n = (int)test_int(16, 40);
    for (int k = 0; k < a->classes; k++)
        snprintf(a->class_name[k], sizeof a->class_name[k], "%s", CLASSES[words][k]);
    for (int i = 0; i < MOST_ITEMS; i++) {
        a->photo[i] = (photo){ .label = i < a->classes ? i : (int)test_int(0, a->classes - 1),
                               .folder = ".",
                               .ending = "ppm",
                               .before = "i" };
        a->want.there[i] = i < n;
        a->want.of[i] = i < n ? i : NEW;
        for (int k = 0; k < PIXELS; k++) pixels[i][k] = (uint8_t)test_u64();
    }
}

static int some_photo(const album *a)
{
    for (;;) {
        const int i = (int)test_int(0, FIRST_NEW - 1);
        if (a->want.there[i]) return i;
    }
}

static void leave_class(album *a)
{
    const int out = (int)test_int(0, a->classes - 1);
    for (int i = 0; i < MOST_ITEMS; i++)
        if (a->photo[i].label == out) a->want.there[i] = false;
}

static void leave_photos(album *a)
{
    for (int i = 1; i < MOST_ITEMS; i++)
        if (chance(0.4)) a->want.there[i] = false;
}

static void rename_album_class(album *a)
{
    snprintf(a->class_name[test_int(0, a->classes - 1)], sizeof *a->class_name, "unheard-of");
}

static void add_junk(album *a) { a->junk = true; }
static void flatten(album *a) { a->flat = true; }
static void wrap(album *a) { a->top = chance(0.5) ? "dataset" : "My Pictures"; }

static void split(album *a)
{
    static const char *const TRAIN[] = { "train", "Train", "training", "TRAIN" }, *const TEST[] = {
        "test", "Test", "testing", "val", "valid", "validation", "Val"
    };
    const char *train_name = TRAIN[test_int(0, 3)], *test_name = TEST[test_int(0, 6)];
    for (int i = 0; i < MOST_ITEMS; i++)
        strcpy(a->photo[i].folder,
               a->photo[i].label == a->photo[0].label || chance(0.6) ? train_name : test_name);
}

static void capital_endings(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) strcpy(a->photo[i].ending, i % 3 ? "PPM" : "Ppm");
}

static void as_png(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) strcpy(a->photo[i].ending, "png");
}

static void odd_names(album *a)
{
    static const char *const NAMES[] = { "#",           " ",  "a\nb", "t\tt",     "\x1b[31m",
                                         "back\\slash", "%s", "-",    "\xc3\xa9", "'\"" };
    for (int i = 0; i < MOST_ITEMS; i++) a->photo[i].before = NAMES[test_int(0, 9)];
}

static int new_photo(album *a)
{
    const int i = a->next++;
    a->photo[i].label = a->photo[some_photo(a)].label;
    strcpy(a->photo[i].folder, a->photo[some_photo(a)].folder);
    a->want.there[i] = true;
    return i;
}

static void repeat_photo(album *a)
{
    const int from = some_photo(a), to = new_photo(a);
    memcpy(pixels[to], pixels[from], PIXELS);
    a->want.of[to] = a->want.of[from];
}

static void another_size(album *a) { a->photo[new_photo(a)].larger = true; }
static void grey_one(album *a) { a->photo[new_photo(a)].grey = true; }

static void all_grey(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) {
        a->photo[i].grey = true;
        a->want.of[i] = NEW;
    }
}

static void broken_photo(album *a)
{
    static char name[32];
    const int i = new_photo(a);
    a->photo[i].broken = true;
    a->want.there[i] = false;
    snprintf(name, sizeof name, "%02d.", i);
    may_refuse(&a->want, name, NULL, NULL);
    must_tell(&a->want, name);
}

typedef struct album_change {
    const char *name;
    void (*change)(album *a);
} album_change;

static const album_change ALBUM_CHANGES[] = {
    { "a class left out", leave_class },
    { "photos left out", leave_photos },
    { "a class renamed", rename_album_class },
    { "junk", add_junk },
    { "no classes", flatten },
    { "a folder around", wrap },
    { "splits", split },
    { "capital endings", capital_endings },
    { "PNG", as_png },
    { "odd names", odd_names },
    { "a photo twice", repeat_photo },
    { "another size", another_size },
    { "a grey photo", grey_one },
    { "all grey", all_grey },
    { "a broken photo", broken_photo },
};
enum { N_ALBUM_CHANGES = sizeof ALBUM_CHANGES / sizeof *ALBUM_CHANGES };

static void draw_album_change(album *a)
{
    for (int more = (int)test_int(1, 3); more > 0; more--) {
        const album_change *next = &ALBUM_CHANGES[test_int(0, N_ALBUM_CHANGES - 1)];
        if (strstr(history, next->name)) continue;
        note(next->name);
        next->change(a);
    }
    bool unheard = false, single = true;
    int first = -1;
    for (int i = 0; i < MOST_ITEMS; i++) {
        if (a->want.there[i] && first < 0) first = a->photo[i].label;
        single = single && (!a->want.there[i] || a->photo[i].label == first);
        const char *name = a->flat ? "" : a->class_name[a->photo[i].label];
        snprintf(a->want.class_name[i], sizeof a->want.class_name[i], "%s", name);
        unheard = unheard || (a->want.there[i] && strcmp(name, "unheard-of") == 0);
    }
    if (single && first >= 0) a->want.only = a->class_name[first];
    if (unheard) must_tell(&a->want, "unheard-of");
}

/* Texts -------------------------------------------------------------------------------------------------- */

enum { MOST_LINES = 64 };

typedef struct text {
    int n;
    char line[MOST_LINES][128];
    const char *before, *end, *ending; /* of the file, of a line, of the file's name */
    int form;                          /* FORMS */
    bool gzip, no_last_end;
    wanted want;
} text;
enum { FORM_LINES, FORM_JSONL, FORM_JSON, FORM_TSV, FORM_CSV };

static text texts;

static void draw_text(text *t)
{
    static const char *const WORDS_OF[] = { "the",     "house", "of",           "state", "north",
                                            "liberal", "tax",   "river",        "music", "a",
                                            "band",    "plays", "na\xc3\xafve", "co-op", "4.5" };
    *t = (text){ .n = (int)test_int(24, 40), .before = "", .end = "\n", .ending = "txt" };
    for (int i = 0; i < t->n; i++) {
        const int words = (int)test_int(3, 9);
        for (int w = 0; w < words; w++) {
            strcat(t->line[i], w ? " " : "");
            strcat(t->line[i], WORDS_OF[test_int(0, 14)]);
        }
        t->want.of[i] = i;
    }
}

static void put_text(const text *t, const char *path)
{
    gzFile f = gzopen(path, t->gzip ? "wb" : "wbT");
    CHECK(f != NULL);
    gzputs(f, t->before);
    if (t->form == FORM_TSV || t->form == FORM_CSV) gzputs(f, "text\n");
    if (t->form == FORM_JSON) gzputs(f, "[");
    for (int i = 0; i < t->n; i++) {
        const bool json = t->form == FORM_JSONL || t->form == FORM_JSON;
        gzprintf(f, json ? "{\"text\": \"%s\"}" : t->form == FORM_CSV ? "\"%s\"" : "%s", t->line[i]);
        if (t->form == FORM_JSON) gzputs(f, i + 1 < t->n ? "," : "]");
        if (i + 1 < t->n || !t->no_last_end) gzputs(f, t->end);
    }
    CHECK(gzclose(f) == Z_OK);
}

static void swap_lines(text *t, int a, int b)
{
    char line[128];
    const int of = t->want.of[a];
    memcpy(line, t->line[a], sizeof line);
    memcpy(t->line[a], t->line[b], sizeof line);
    memcpy(t->line[b], line, sizeof line);
    t->want.of[a] = t->want.of[b];
    t->want.of[b] = of;
}

static void shuffle_lines(text *t)
{
    for (int i = t->n - 1; i > 0; i--) swap_lines(t, i, (int)test_int(0, i));
}

static void leave_lines(text *t)
{
    const int least = t->n / 2;
    shuffle_lines(t);
    t->n = (int)test_int(least, t->n);
}

static void insert_line(text *t, const char *line, int of)
{
    const int at = (int)test_int(0, t->n), last = t->n++;
    snprintf(t->line[last], sizeof t->line[last], "%s", line);
    t->want.of[last] = of;
    for (int i = last; i > at; i--) swap_lines(t, i, i - 1);
}

static void repeat_line(text *t)
{
    const int from = (int)test_int(0, t->n - 1);
    char line[128];
    memcpy(line, t->line[from], sizeof line);
    insert_line(t, line, t->want.of[from]);
}

static void wordless_lines(text *t)
{
    static const char *const LINES[] = { "...", "!?", "--- ---", "\xf0\x9f\x98\x80" };
    for (int k = (int)test_int(1, 4); k > 0; k--) insert_line(t, LINES[test_int(0, 3)], ZERO);
}

static void empty_lines(text *t)
{
    for (int k = (int)test_int(1, 3); k > 0; k--) insert_line(t, chance(0.5) ? "" : "  ", ZERO);
}

static void unknown_words(text *t) { insert_line(t, "quetzalcoatl zxcvb", NEW); }

static void blanks_around(text *t)
{
    for (int i = 0; i < t->n; i += 3) {
        char line[128];
        snprintf(line, sizeof line, " %.120s  ", t->line[i]);
        memcpy(t->line[i], line, sizeof line);
    }
}

static void text_crlf(text *t) { t->end = "\r\n"; }
static void text_mark(text *t) { t->before = "\xEF\xBB\xBF"; }
static void no_last_end(text *t) { t->no_last_end = true; }

static void pack(text *t)
{
    t->gzip = true;
    t->ending = "txt.gz";
}

static void text_cr(text *t)
{
    t->end = "\r";
    may_refuse(&t->want, "CR", "carriage", "line end");
}

static void lines_of_json(text *t)
{
    t->form = FORM_JSONL;
    t->ending = "jsonl";
}

static void array_of_texts(text *t)
{
    t->form = FORM_JSON;
    t->ending = "json";
    may_refuse(&t->want, "JSON", "array", NULL);
}

static void as_tsv(text *t)
{
    t->form = FORM_TSV;
    t->ending = "tsv";
}

static void as_csv(text *t)
{
    t->form = FORM_CSV;
    t->ending = "csv";
}

static void spoil_line(text *t)
{
    strcat(t->line[test_int(0, t->n - 1)], " \xff\xfe caf\xe9");
    must_refuse(&t->want, "UTF-8", NULL, NULL);
}

typedef struct text_change {
    const char *name;
    void (*change)(text *t);
    bool alone;
} text_change;

static const text_change TEXT_CHANGES[] = {
    { "lines shuffled", shuffle_lines, false },
    { "lines left out", leave_lines, false },
    { "a line twice", repeat_line, false },
    { "wordless lines", wordless_lines, false },
    { "empty lines", empty_lines, false },
    { "unknown words", unknown_words, false },
    { "blanks around", blanks_around, false },
    { "CRLF", text_crlf, false },
    { "byte order mark", text_mark, false },
    { "no last line end", no_last_end, false },
    { "gzip", pack, false },
    { "CR", text_cr, true },
    { "JSON lines", lines_of_json, true },
    { "a JSON array", array_of_texts, true },
    { "tsv", as_tsv, true },
    { "csv", as_csv, true },
    { "no UTF-8", spoil_line, true },
};
enum { N_TEXT_CHANGES = sizeof TEXT_CHANGES / sizeof *TEXT_CHANGES };

static void draw_text_change(text *t)
{
    const text_change *first = &TEXT_CHANGES[test_int(0, N_TEXT_CHANGES - 1)];
    note(first->name);
    first->change(t);
    for (int more = first->alone ? 0 : (int)test_int(0, 3); more > 0; more--) {
        const text_change *next = &TEXT_CHANGES[test_int(0, N_TEXT_CHANGES - 1)];
        if (next->alone || strstr(history, next->name)) continue;
        note(next->name);
        next->change(t);
    }
    for (int i = 0; i < t->n; i++) t->want.there[i] = true;
    if (t->no_last_end && !*t->line[t->n - 1]) t->want.there[t->n - 1] = false; /* no line at all */
}

/* The draws ---------------------------------------------------------------------------------------------- */

/* Draw `number` of a kind; each has a seed of its own, and PER_RUN draws share a run. */
static bool begin_draw(int number, int kind, bool *fresh)
{
    const char *only = getenv("AKIN_TEST_DRAW");
    draw_number = number;
    history[0] = 0;
    *fresh = number % PER_RUN == 0 || only;
    test_seed = (uint64_t)(1000000 * kind + number / PER_RUN); /* of the run */
    return !only || atoi(only) == number;
}

static void one_draw(void (*draw)(void))
{
    if (setjmp(next_draw) == 0) draw();
}

/* All draws of a kind. begin makes data and a run, draw a copy of the data and judges it. */
static void all_draws(int kind, int draws, void (*begin)(void), void (*draw)(void))
{
    failures = 0;
    if (getenv("AKIN_TEST_FULL") || getenv("AKIN_TEST_DRAW")) draws *= 10;
    for (int i = 0; i < draws && failures < MOST_FAILURES; i++) {
        bool fresh;
        if (!begin_draw(i, kind, &fresh)) continue;
        if (fresh) begin();
        test_seed = 1000 * (uint64_t)kind + (uint64_t)i;
        one_draw(draw);
    }
    if (failures) print_error("%d draws failed; AKIN_TEST_DRAW=NUMBER runs one alone\n", failures);
    CHECK(failures == 0);
}

static reference ref;

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

static void begin_album(void)
{
    char path[PATH_ROOM];
    draw_album(&photos);
    put_album(&photos, at_path(path, "photos"));
    make_run(&ref, path, "linear", true);
}

static void change_album(void)
{
    static album a;
    static uint8_t kept[MOST_ITEMS][PIXELS];
    char path[PATH_ROOM];
    a = photos;
    memcpy(kept, pixels, sizeof kept);
    draw_album_change(&a);
    put_album(&a, at_path(path, "copy"));
    memcpy(pixels, kept, sizeof kept);
    judge(&a.want, &ref, path);
}

static void folders_of_images(void **state)
{
    (void)state;
    all_draws(2, 300, begin_album, change_album);
    forget(&ref);
}

static void begin_text(void)
{
    char path[PATH_ROOM];
    draw_text(&texts);
    put_text(&texts, at_path(path, "base.txt"));
    make_run(&ref, path, "bag", false);
}

static void change_text(void)
{
    static text t;
    char path[PATH_ROOM], name[32];
    t = texts;
    draw_text_change(&t);
    snprintf(name, sizeof name, "copy.%s", t.ending);
    put_text(&t, at_path(path, name));
    judge(&t.want, &ref, path);
}

static void lines_of_text(void **state)
{
    (void)state;
    all_draws(3, 200, begin_text, change_text);
    forget(&ref);
}

static int setup(void **state)
{
    (void)state;
    akin_set_threads(1);
    snprintf(folder, sizeof folder, "%s", test_folder());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables), cmocka_unit_test(same_tables),
                                        cmocka_unit_test(folders_of_images),
                                        cmocka_unit_test(lines_of_text) };
    return cmocka_run_group_tests(tests, setup, NULL);
}
