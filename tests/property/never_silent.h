/* SPDX-License-Identifier: Apache-2.0 */
/* property/never_silent.h - never silently wrong: what the tests of tables, folders of images and texts
 * share.
 *
 * A run is trained on random data, and then meets a copy of them that was changed as people change files:
 * columns in another order, a class left out, rows shuffled, a comma for a point. Whatever the copy is, one
 * of these must hold:
 *
 *   equal    each item has the same row and the same class as in the data of the run, whatever its name
 *   refused  with a sentence that names what is wrong
 *   told     it differs, and a remark says in what
 *
 * 1,000 draws in the three programs, with AKIN_TEST_FULL 10,000. A failure prints the number of its draw;
 * AKIN_TEST_DRAW=NUMBER runs that one alone. */
#ifndef AK_TESTS_NEVER_SILENT_H
#define AK_TESTS_NEVER_SILENT_H

#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/json.h"
#include "akin/tool/model.h"
#include "akin/tool/program.h"
#include "akin/train.h"
#include "base/plain.h"
#include "test.h"

#include <strings.h>

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

static inline bool chance(double p) { return test_uniform(0, 1) < p; }

static inline void shuffle(int *order, int n)
{
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)test_int(0, i), keep = order[i];
        order[i] = order[j];
        order[j] = keep;
    }
}

static inline char *at_path(char *to, const char *name)
{
    snprintf(to, PATH_ROOM, "%s/%s", folder, name);
    return to;
}

/* Does the text hold the word, in small or capital letters? */
static inline bool holds(const char *text, const char *word)
{
    for (; *text; text++)
        if (ak_strncasecmp(text, word, strlen(word)) == 0) return true;
    return false;
}

/* What must come of a copy ------------------------------------------------------------------------------- */

enum { MOST_ITEMS = 96, MOST_CLASSES = 5, MOST_TOLD = 6 };

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

static inline void must_tell(wanted *w, const char *word)
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

static inline bool is_told(const akin_dataset *set, const char *word)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(set, i)) != NULL; i++)
        if (holds(line, word)) return true;
    return false;
}

static inline void print_remarks(const akin_dataset *set)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(set, i)) != NULL; i++) print_error("    %s\n", line);
}

static inline akin_status embed(akin_model *m, const akin_dataset *set, const char *split, int64_t n,
                                int64_t width, float *rows)
{
    const akin_mat backbone = { rows, n, width, width }, none = { NULL, 0, 0, 0 };
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    opts.split = split;
    return n ? akin_model_embed(m, set, &opts, backbone, none, &err) : AKIN_OK;
}

static inline void judge_refusal(const wanted *w, const char *path)
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
static inline void judge_label(const wanted *w, const reference *ref, const akin_dataset *set,
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
static inline bool same_row(const float *a, const float *b, int64_t n)
{
    double most = 0, apart = 0;
    for (int64_t c = 0; c < n; c++) {
        most = fmax(most, fabs((double)a[c]));
        apart = fmax(apart, fabs((double)a[c] - (double)b[c]));
    }
    return apart <= 4e-6 * most;
}

/* Which item of the copy this is: its place, or the number in the name of an image, "i07.ppm". */
static inline int item_number(const wanted *w, const akin_dataset *set, const char *split, int i)
{
    char name[PATH_ROOM];
    if (!w->by_name) return i;
    akin_dataset_item_name(set, split, i, name, sizeof name);
    const char *dot = strrchr(name, '.');
    return dot && dot >= name + 2 ? atoi(dot - 2) : -1;
}

static inline void judge_split(const wanted *w, const reference *ref, const akin_dataset *set,
                               const char *split, bool *seen)
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

static inline void judge_items(const wanted *w, const reference *ref, const akin_dataset *set)
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

static inline void check_told(const wanted *w, const akin_dataset *set)
{
    for (int i = 0; i < w->tells; i++)
        if (!is_told(set, w->told[i])) {
            print_remarks(set);
            FAIL_DRAW("no remark has '%s'", w->told[i]);
        }
}

static inline void judge(const wanted *w, const reference *ref, const char *path)
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

static inline akin_status train(const char *data, const char *run, const char *encoder)
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

static inline void forget(reference *ref)
{
    akin_model_free(ref->model);
    free(ref->rows);
    *ref = (reference){ .n = 0 };
}

/* A run on the data, and its rows. Row i is that of item i, by the number in its name for images. */
static inline void make_run(reference *ref, const char *data, const char *encoder, bool by_name)
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

static inline void may_refuse(wanted *w, const char *a, const char *b, const char *c)
{
    w->may_refuse = true;
    w->why[0] = a, w->why[1] = b, w->why[2] = c;
}

static inline void must_refuse(wanted *w, const char *a, const char *b, const char *c)
{
    may_refuse(w, a, b, c);
    w->must_refuse = true;
}

static inline void note(const char *name)
{
    const size_t n = strlen(history);
    snprintf(history + n, sizeof history - n, "%s%s", n ? ", " : "", name);
}

/* The draws ---------------------------------------------------------------------------------------------- */

/* Draw `number` of a kind; each has a seed of its own, and PER_RUN draws share a run. */
static inline bool begin_draw(int number, int kind, bool *fresh)
{
    const char *only = getenv("AKIN_TEST_DRAW");
    draw_number = number;
    history[0] = 0;
    *fresh = number % PER_RUN == 0 || only;
    test_seed = (uint64_t)(1000000 * kind + number / PER_RUN); /* of the run */
    return !only || atoi(only) == number;
}

static inline void one_draw(void (*draw)(void))
{
    if (setjmp(next_draw) == 0) draw();
}

/* All draws of a kind. begin makes data and a run, draw a copy of the data and judges it. */
static inline void all_draws(int kind, int draws, void (*begin)(void), void (*draw)(void))
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

static inline int setup(void **state)
{
    (void)state;
    akin_set_threads(1);
    snprintf(folder, sizeof folder, "%s", test_folder());
    return 0;
}

#endif
