/* SPDX-License-Identifier: Apache-2.0 */
/* Classes belong to a run by name. Random runs and random other data, of lists, of a made-up kind and of
 * files of each kind: whatever subset, order and new names the other data have, an item's class has the
 * name that was written for it, and the run's number where the run has that name. */
#include "akin/tool/dataset.h"
#include "set/kinds.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static akin_error err;

/* Lists ---------------------------------------------------------------------------------------- */

static void fill(ak_class_list *list, const char *const *names)
{
    *list = (ak_class_list){ .n = 0 };
    for (; *names; names++) CHECK_OK(ak_class_list_add(list, *names, &err));
}

static bool of_array;

/* Joined as `want` says; with exactly the sentences that have the parts of `said` in them. */
static void joins(const char *const *run, const char *const *other, const int32_t *want,
                  const char *const *said)
{
    ak_class_list a, b;
    ak_remarks remarks = { .n = 0 };
    int32_t to[16];
    fill(&a, run);
    fill(&b, other);
    CHECK_OK(ak_classes_join(&a, &b, of_array, "the run", &remarks, to, &err));
    for (int64_t k = 0; k < b.n; k++)
        if (to[k] != want[k]) fail_msg("'%s' became %d, not %d", b.name[k], to[k], want[k]);
    int64_t n = 0;
    for (; *said; said++, n++) {
        bool found = false;
        for (int64_t i = 0; i < remarks.n; i++) found = found || strstr(remarks.line[i], *said);
        if (!found) fail_msg("nobody said: %s", *said);
    }
    CHECK(remarks.n == n);
    ak_remarks_free(&remarks);
    ak_class_list_free(&a);
    ak_class_list_free(&b);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NUMBERS(...) ((const int32_t[]){ __VA_ARGS__ })
#define NOTHING ((const char *const[]){ NULL })

static void the_same_name_is_the_same_class(void **state)
{
    (void)state;
    joins(LIST("a", "b", "c"), LIST("b", "c"), NUMBERS(1, 2), NOTHING);
    joins(LIST("a", "b", "c"), LIST("c", "b", "a"), NUMBERS(2, 1, 0), NOTHING);
    joins(LIST("a", "b", "c"), LIST("d", "b", "aa"), NUMBERS(3, 1, 4),
          LIST("2 classes are not among the classes of the run, and numbered after them: 'd', 'aa'."));
    joins(LIST("x", "x", "y"), LIST("y", "x", "x"), NUMBERS(2, 0, 1), NOTHING); /* one name for two */
    joins(LIST("a", ""), LIST("", "a"), NUMBERS(1, 0), NOTHING);
    joins(LIST("caf\xE9", "a"), LIST("a", "caf\xE9"), NUMBERS(1, 0), NOTHING); /* no UTF-8 */
    joins(LIST("caf\xEF\xBF\xBD"), LIST("caf\xE9"), NUMBERS(0), NOTHING);      /* as JSON has kept it */
}

static void numbers_are_compared_by_value(void **state)
{
    (void)state;
    joins(LIST("0", "1", "10"), LIST("10", "1"), NUMBERS(2, 1), NOTHING);
    joins(LIST("1", "2", "x"), LIST("2.0", "01"), NUMBERS(1, 0),
          LIST("Class '01' is taken for the class '1' of the run", "Class '2.0' is taken for the class '2'"));
    joins(LIST("1.0", "-2", "x"), LIST("-2.00", "+1"), NUMBERS(1, 0), LIST("'-2.00'", "'+1'"));
    joins(LIST("0.5", "0"), LIST("-0", ".50"), NUMBERS(1, 0), LIST("'-0'", "'.50'"));
    /* Two that have the value: nobody knows which is meant. */
    joins(LIST("1", "01"), LIST("1.0"), NUMBERS(2), LIST("1 class is not among"));
    joins(LIST("1", "b"), LIST("1", "01"), NUMBERS(0, 2), LIST("numbered after them: '01'"));
    /* No numbers: a date, an address. */
    joins(LIST("1-2", "1.2.3"), LIST("1-02", "1.2.30"), NUMBERS(2, 3), LIST("'1-02', '1.2.30'"));
}

static void labels_without_names_are_numbers(void **state)
{
    (void)state;
    of_array = true;
    joins(LIST("cat", "dog", "emu"), LIST("0", "2"), NUMBERS(0, 2),
          LIST("number 0 is taken for 'cat' of the run"));
    joins(LIST("cat", "dog"), LIST("0", "2"), NUMBERS(2, 3), LIST("2 classes are not among"));
    joins(LIST("cat", "7"), LIST("0", "1"), NUMBERS(2, 3), LIST("2 classes are not among"));
    of_array = false; /* then somebody wrote these numbers, and did not mean places in an alphabet */
    joins(LIST("one", "three", "two"), LIST("1", "2"), NUMBERS(3, 4), LIST("2 classes are not among"));
}

static void names_that_are_alike_are_told_and_not_merged(void **state)
{
    (void)state;
    joins(LIST("cat"), LIST("Cat"), NUMBERS(1),
          LIST("'Cat' is not the class 'cat' of the run", "1 class is"));
    joins(LIST("red fox"), LIST("Red_Fox"), NUMBERS(1), LIST("'Red_Fox' is not", "1 class is"));
    joins(LIST("\xC3\xA9t\xC3\xA9"), LIST("e\xCC\x81te\xCC\x81"), NUMBERS(1), LIST("is not the", "1 class"));
    joins(LIST("\xD0\xBC\xD0\xB8\xD1\x80"), LIST("\xD0\x9C\xD0\xB8\xD1\x80"), NUMBERS(1),
          LIST("is not the", "1 class is"));
    joins(LIST("cat", "Cat"), LIST("Cat", "cat"), NUMBERS(1, 0), NOTHING);
}

static void classes_that_look_like_one_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool twins;
    } cases[] = { { "1", "01", true },    { "1", "1.0", true },
                  { "1", "-1", false },   { "1", "10", false },
                  { "cat", "Cat", true }, { "2020-01", "202001", false },
                  { "a-b", "a b", true }, { "b", "\xC3\x9F", false },
                  { "-", "--", false },   { "e\xCC\x81", "\xC3\xA9", true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ak_class_list list;
        ak_remarks remarks = { .n = 0 };
        fill(&list, LIST("other", cases[i].a, "more", cases[i].b));
        CHECK_OK(ak_classes_tell_twins(&list, &remarks, &err));
        if (remarks.n != cases[i].twins) fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
        CHECK(!remarks.n || strstr(remarks.line[0], "are two classes: their names differ"));
        ak_remarks_free(&remarks);
        ak_class_list_free(&list);
    }
}

static void many_new_classes_are_counted(void **state)
{
    (void)state;
    ak_class_list run = { .n = 0 }, other = { .n = 0 };
    ak_remarks remarks = { .n = 0 };
    enum { N = 5000 };
    static int32_t to[N];
    for (int k = 0; k < N; k++) {
        char name[24];
        snprintf(name, sizeof name, "c%d", k);
        CHECK_OK(ak_class_list_add(k % 2 ? &run : &other, name, &err));
        if (k % 2) CHECK_OK(ak_class_list_add(&other, name, &err));
    }
    CHECK_OK(ak_classes_join(&run, &other, false, "the run", &remarks, to, &err));
    for (int k = 0; k < N; k++) CHECK(to[k] == (k % 2 ? k / 2 : N / 2 + k / 2));
    CHECK(remarks.n == 1 && strstr(remarks.line[0], "'c18' and 2490 more."));
    ak_remarks_free(&remarks);
    ak_class_list_free(&run);
    ak_class_list_free(&other);
}

/* Data ----------------------------------------------------------------------------------------- */

enum { CLASSES = 9, ITEMS = 40 };

/* Names whose order, cases and lengths differ. */
static const char *const POOL[CLASSES] = { "zebra", "10",    "Yak",        "ant", "b c",
                                           "9",     "Zebra", "\xC3\xA9mu", "yak" };

/* Items with the place of their class in the pool; of a random part of it. */
typedef struct drawn {
    int n, of[ITEMS], split[ITEMS]; /* 0 = train, 1 = test */
} drawn;

static drawn draw(void)
{
    drawn d = { .n = (int)test_int(4, ITEMS) };
    bool in[CLASSES];
    int most = 0;
    for (int k = 0; k < CLASSES; k++) most += in[k] = test_int(0, 2) != 0;
    if (!most) in[0] = true;
    for (int i = 0; i < d.n; i++) {
        do d.of[i] = (int)test_int(0, CLASSES - 1);
        while (!in[d.of[i]]);
        d.split[i] = i > 0 && test_int(0, 3) == 0;
    }
    return d;
}

static void draw_order(int order[CLASSES])
{
    for (int c = 0; c < CLASSES; c++) order[c] = c;
    for (int c = CLASSES - 1; c > 0; c--) {
        const int with = (int)test_int(0, c), old = order[c];
        order[c] = order[with];
        order[with] = old;
    }
}

static ak_run_classes classes_of(const akin_dataset *set, akin_target target)
{
    ak_run_classes run = { .learned = true };
    akin_split_view p = AKIN_SPLIT_VIEW_INIT;
    CHECK_OK(akin_dataset_split(set, "train", target, &p, &err));
    run.of = ak_dataset_by_groups(set, target) ? AKIN_TARGET_GROUP : AKIN_TARGET_LABEL;
    for (int64_t k = 0; k < p.classes; k++)
        CHECK_OK(ak_class_list_add(&run.list, akin_dataset_class_name(set, target, k), &err));
    return run;
}

static void item_has_its_class(const akin_dataset *set, akin_target target, const ak_run_classes *run,
                               const akin_split_view *p, int64_t i, const char *name)
{
    const int32_t y = p->labels[i];
    CHECK(y >= 0 && y < p->classes);
    const char *found = akin_dataset_class_name(set, target, y);
    if (!found || strcmp(found, name) != 0) fail_msg("item %d is '%s', not '%s'", (int)i, found, name);
    bool known = false;
    for (int64_t k = 0; k < run->list.n; k++)
        if (strcmp(run->list.name[k], name) == 0) {
            known = true;
            CHECK(y == k);
        }
    CHECK(known || y >= run->list.n);
}

/* Every item of the set, in the order it was drawn in, has the class that was drawn for it. */
static void has_the_classes(const akin_dataset *set, akin_target target, const drawn *d,
                            const ak_run_classes *run)
{
    for (int split = 0; split < akin_dataset_split_count(set); split++) {
        akin_split_view p = AKIN_SPLIT_VIEW_INIT;
        CHECK_OK(akin_dataset_split(set, akin_dataset_split_name(set, split), target, &p, &err));
        CHECK(p.labels && p.classes >= run->list.n);
        int64_t at = 0;
        for (int i = 0; i < d->n; i++)
            if (d->split[i] == split) item_has_its_class(set, target, run, &p, at++, POOL[d->of[i]]);
        CHECK(at == p.n);
    }
}

/* A kind that nobody knows, whose reader numbers classes as it likes. */
typedef struct sounds {
    drawn d;
    int number[CLASSES]; /* of the pool */
    int32_t y[2][ITEMS];
    int64_t n[2];
} sounds;

static int sound_splits(const void *set)
{
    (void)set;
    return 2;
}

static const char *sound_split_name(const void *set, int split)
{
    (void)set;
    return split == 0 ? "train" : split == 1 ? "test" : NULL;
}

static akin_status sound_split(const void *set, const char *split, akin_split_view *out, akin_error *e)
{
    (void)e;
    const sounds *s = set;
    const int k = strcmp(split, "test") == 0;
    out->n = s->n[k];
    out->labels = s->y[k];
    out->classes = CLASSES;
    return AKIN_OK;
}

static const char *sound_class(const void *set, int64_t k)
{
    const sounds *s = set;
    for (int c = 0; c < CLASSES; c++)
        if (s->number[c] == k) return POOL[c];
    return NULL;
}

static const char *sound_format(const void *set)
{
    (void)set;
    return "sounds";
}

static void nothing_to_free(void *set) { (void)set; }

static akin_dataset *sound_set(const ak_kind *kind, sounds *s)
{
    *s = (sounds){ .d = draw() };
    draw_order(s->number);
    for (int i = 0; i < s->d.n; i++) {
        const int k = s->d.split[i];
        s->y[k][s->n[k]++] = s->number[s->d.of[i]];
    }
    akin_dataset *set = calloc(1, sizeof *set);
    CHECK(set != NULL);
    *set = (akin_dataset){ .kind = kind, .set = s };
    return set;
}

static void of_a_kind_that_nobody_knows(void **state)
{
    (void)state;
    ak_kind kind = ak_kind_vectors;
    kind.splits = sound_splits;
    kind.split_name = sound_split_name;
    kind.split = sound_split;
    kind.class_name = sound_class;
    kind.group_name = NULL;
    kind.free = nothing_to_free;
    kind.remark = NULL;
    kind.format = sound_format;
    for (int draws = 0; draws < 300; draws++) {
        sounds first, other;
        akin_dataset *a = sound_set(&kind, &first), *b = sound_set(&kind, &other);
        ak_run_classes run = classes_of(a, AKIN_TARGET_AUTO);
        CHECK_OK(ak_dataset_take_classes(b, &run, AKIN_TARGET_AUTO, &err));
        has_the_classes(a, AKIN_TARGET_AUTO, &first.d, &run);
        has_the_classes(b, AKIN_TARGET_AUTO, &other.d, &run);
        ak_run_classes_free(&run);
        akin_dataset_free(a);
        akin_dataset_free(b);
    }
}

/* Files of every kind: one writes a drawn set to a new folder. */
typedef void write_fn(const char *folder, const drawn *d);

static FILE *file_in(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    return f;
}

static void write_table(const char *folder, const drawn *d)
{
    static const char *const names[2] = { "train.csv", "test.csv" };
    for (int split = 0; split < 2; split++) {
        FILE *f = file_in(folder, names[split]);
        fprintf(f, "p,q,kind\n");
        for (int i = 0; i < d->n; i++)
            if (d->split[i] == split) fprintf(f, "%d.5,%d.25,%s\n", i, i * i % 7, POOL[d->of[i]]);
        CHECK(fclose(f) == 0);
    }
}

static void write_texts(const char *folder, const drawn *d)
{
    FILE *f = file_in(folder, "all.tsv");
    fprintf(f, "text\tkind\n");
    for (int i = 0; i < d->n; i++) fprintf(f, "a text of number %d here\t%s\n", i, POOL[d->of[i]]);
    CHECK(fclose(f) == 0);
}

/* Items of a folder come by the order of their paths, so they are drawn again in that order. */
static void write_pictures(const char *folder, const drawn *d)
{
    static const char *const names[2] = { "train", "test" };
    for (int i = 0; i < d->n; i++) {
        char path[400], file[32];
        snprintf(path, sizeof path, "%s/%s", folder, names[d->split[i]]);
        mkdir(path, 0777);
        snprintf(path, sizeof path, "%s/%s/%s", folder, names[d->split[i]], POOL[d->of[i]]);
        mkdir(path, 0777);
        snprintf(file, sizeof file, "%03d.pgm", i);
        FILE *f = file_in(path, file);
        fprintf(f, "P5 4 4 255\n");
        for (int p = 0; p < 16; p++) fputc((i * 16 + p) & 255, f);
        CHECK(fclose(f) == 0);
    }
}

/* Labels as numbers in a random order, which class-names.txt tells. */
static void write_arrays(const char *folder, const drawn *d, bool images)
{
    int order[CLASSES];
    FILE *names = file_in(folder, "class-names.txt");
    draw_order(order);
    for (int k = 0; k < CLASSES; k++)
        for (int c = 0; c < CLASSES; c++)
            if (order[c] == k) fprintf(names, "%s\n", POOL[c]);
    CHECK(fclose(names) == 0);
    for (int split = 0; split < 2; split++) {
        char path[512];
        float x[2 * ITEMS];
        uint8_t pixels[16 * ITEMS];
        int32_t y[ITEMS];
        int64_t shape[3] = { 0, images ? 4 : 2, 4 };
        for (int i = 0; i < d->n; i++) {
            if (d->split[i] != split) continue;
            x[2 * shape[0]] = (float)i;
            x[2 * shape[0] + 1] = (float)(i * i % 7);
            for (int p = 0; p < 16; p++) pixels[16 * shape[0] + p] = (uint8_t)(i * 16 + p);
            y[shape[0]++] = order[d->of[i]];
        }
        if (!shape[0]) continue;
        const char *name = split ? "test" : "train";
        snprintf(path, sizeof path, "%s/%s.npy", folder, name);
        CHECK_OK(images ? akin_npy_save(path, AKIN_DTYPE_U8, 3, shape, pixels, &err)
                        : akin_npy_save(path, AKIN_DTYPE_F32, 2, shape, x, &err));
        snprintf(path, sizeof path, "%s/%s-labels.npy", folder, name);
        CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 1, shape, y, &err));
    }
}

static void write_vector_arrays(const char *folder, const drawn *d) { write_arrays(folder, d, false); }
static void write_image_arrays(const char *folder, const drawn *d) { write_arrays(folder, d, true); }

static void write_documents(const char *folder, const drawn *d)
{
    for (int i = 0; i < d->n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, POOL[d->of[i]]);
        FILE *f = fopen(path, "ab");
        CHECK(f != NULL);
        fprintf(f, "sentence number %d of this document\n", i);
        CHECK(fclose(f) == 0);
    }
}

static akin_dataset *opened(const char *folder, akin_data_kind id, const char *const *options,
                            const ak_run_classes *run)
{
    ak_option_reader reader = ak_options_of_list(options);
    ak_data_opts opts;
    akin_dataset *set = NULL;
    CHECK_OK(ak_data_opts_read(ak_kind_of(id), &reader, &opts, &err));
    opts.classes = run;
    CHECK_OK(ak_dataset_open(folder, &opts, &set, &err));
    return set;
}

static int by_folder(const void *a, const void *b)
{
    const int *x = a, *y = b;
    const int order = strcmp(POOL[x[0]], POOL[y[0]]);
    return order ? order : x[1] - y[1];
}

/* As a reader of folders sees them. */
static void sort_by_class(drawn *d)
{
    int rows[ITEMS][2], split[ITEMS];
    for (int i = 0; i < d->n; i++) {
        rows[i][0] = d->of[i];
        rows[i][1] = i;
    }
    qsort(rows, (size_t)d->n, sizeof *rows, by_folder);
    for (int i = 0; i < d->n; i++) {
        d->of[i] = rows[i][0];
        split[i] = d->split[rows[i][1]];
    }
    memcpy(d->split, split, sizeof split);
}

static void write_to(char path[256], write_fn *write, const drawn *d)
{
    snprintf(path, 256, "%s", test_folder());
    write(path, d);
    if (write == write_texts) strcat(path, "/all.tsv");
}

static void of_files(write_fn *write, akin_data_kind id, akin_target target, const char *const *options,
                     bool folders, int draws)
{
    while (draws--) {
        drawn first = draw(), other = draw();
        if (folders) sort_by_class(&first), sort_by_class(&other);
        if (write == write_documents || write == write_texts)
            for (int i = 0; i < ITEMS; i++) first.split[i] = other.split[i] = 0;
        char a_path[256], b_path[256];
        write_to(a_path, write, &first);
        write_to(b_path, write, &other);
        akin_dataset *a = opened(a_path, id, options, NULL);
        ak_run_classes run = classes_of(a, target);
        akin_dataset *b = opened(b_path, id, options, &run), *again = opened(a_path, id, options, &run);
        has_the_classes(a, target, &first, &run);
        has_the_classes(b, target, &other, &run);
        CHECK(!again->classes); /* the run's own data stay as they are */
        ak_run_classes_free(&run);
        akin_dataset_free(a);
        akin_dataset_free(b);
        akin_dataset_free(again);
    }
}

static void of_tables(void **state)
{
    (void)state;
    static const char *const labels[] = { "label-column", "kind", NULL };
    static const char *const groups[] = { "group-column", "kind", "target", "group", NULL };
    of_files(write_table, AKIN_DATA_VECTORS, AKIN_TARGET_AUTO, labels, false, 8);
    of_files(write_table, AKIN_DATA_VECTORS, AKIN_TARGET_GROUP, groups, false, 8);
}

static void of_arrays(void **state)
{
    (void)state;
    of_files(write_vector_arrays, AKIN_DATA_VECTORS, AKIN_TARGET_AUTO, NULL, false, 8);
    of_files(write_image_arrays, AKIN_DATA_IMAGES, AKIN_TARGET_AUTO, NULL, false, 8);
}

static void has_remark(const akin_dataset *set, const char *part)
{
    const char *line = akin_dataset_remark(set, 0);
    if (!line || !strstr(line, part)) fail_msg("'%s', not '%s'", line ? line : "nothing", part);
    CHECK(!akin_dataset_remark(set, 1));
}

/* What cannot be compared by name is told, and has the numbers of its reader. */
static void without_names(void **state)
{
    (void)state;
    static const char *const labels[] = { "label-column", "kind", NULL };
    static const char *const plain[] = { "label-column", "none", "ignore-columns", "kind", NULL };
    const drawn d = { .n = 4, .of = { 0, 3, 0, 3 }, .split = { 0, 0, 1, 0 } };
    char path[256];
    write_to(path, write_table, &d);
    const ak_run_classes old = { .learned = true }, unlabelled = { .learned = false };
    akin_dataset *a = opened(path, AKIN_DATA_VECTORS, labels, &old);
    has_remark(a, "compared with the run's by their numbers: the run keeps no names of them");
    akin_dataset *b = opened(path, AKIN_DATA_VECTORS, labels, &unlabelled);
    akin_dataset *c = opened(path, AKIN_DATA_VECTORS, plain, &old);
    CHECK(!akin_dataset_remark(b, 0) && !akin_dataset_remark(c, 0) && !a->classes && !b->classes &&
          !c->classes);
    akin_dataset_free(a);
    akin_dataset_free(b);
    akin_dataset_free(c);
}

static void of_texts(void **state)
{
    (void)state;
    static const char *const labels[] = { "columns", "text=text,label=kind", NULL };
    static const char *const groups[] = { "columns", "text=text,group=kind", NULL };
    of_files(write_texts, AKIN_DATA_TEXT, AKIN_TARGET_AUTO, labels, false, 8);
    of_files(write_texts, AKIN_DATA_TEXT, AKIN_TARGET_AUTO, groups, false, 8);
}

static void of_documents(void **state)
{
    (void)state;
    static const char *const options[] = { "format", "documents", NULL };
    of_files(write_documents, AKIN_DATA_TEXT, AKIN_TARGET_AUTO, options, true, 8);
}

static void of_pictures(void **state)
{
    (void)state;
    of_files(write_pictures, AKIN_DATA_IMAGES, AKIN_TARGET_AUTO, NULL, true, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_name_is_the_same_class),
        cmocka_unit_test(numbers_are_compared_by_value),
        cmocka_unit_test(labels_without_names_are_numbers),
        cmocka_unit_test(names_that_are_alike_are_told_and_not_merged),
        cmocka_unit_test(classes_that_look_like_one_are_told),
        cmocka_unit_test(many_new_classes_are_counted),
        cmocka_unit_test(of_a_kind_that_nobody_knows),
        cmocka_unit_test(of_tables),
        cmocka_unit_test(of_arrays),
        cmocka_unit_test(without_names),
        cmocka_unit_test(of_texts),
        cmocka_unit_test(of_documents),
        cmocka_unit_test(of_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
