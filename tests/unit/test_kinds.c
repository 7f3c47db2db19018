/* SPDX-License-Identifier: Apache-2.0 */
/* A kind of data is a row: every row has every member that may not be missing, no two rows claim the same,
 * and what is asked of a set goes to its row alone. So a kind that nobody knows yet is served as well. */
#include "akin/tool/dataset.h"
#include "akin/tool/loss.h"
#include "set/kinds.h"
#include "set/summary.h"
#include "test.h"

#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static akin_error err;

/* The members, in their order. '!' must not be NULL, '?' may be, '.' is a number. */
#define MEMBER(mark, name)                                                                                   \
    {                                                                                                        \
        mark, #name, offsetof(ak_kind, name), sizeof(((ak_kind *)NULL)->name)                                \
    }
static const struct member {
    char mark;
    const char *name;
    size_t at, bytes;
} MEMBERS[] = {
    MEMBER('.', id),
    MEMBER('!', name),
    MEMBER('!', unit),
    MEMBER('?', encoder),
    MEMBER('?', series_encoder),
    MEMBER('.', mends_bad),
    MEMBER('.', tokens),
    MEMBER('!', has_name),
    MEMBER('!', has_bytes),
    MEMBER('.', only_train),
    MEMBER('.', reads_notes),
    MEMBER('!', formats),
    MEMBER('!', shared_formats),
    MEMBER('!', options),
    MEMBER('!', also),
    MEMBER('!', read_options),
    MEMBER('?', preset_value),
    MEMBER('!', open),
    MEMBER('?', take_all),
    MEMBER('?', learnable),
    MEMBER('!', free),
    MEMBER('!', splits),
    MEMBER('!', split_name),
    MEMBER('!', split),
    MEMBER('!', set_name),
    MEMBER('!', format),
    MEMBER('!', fingerprint),
    MEMBER('?', bad_count),
    MEMBER('?', remark),
    MEMBER('?', settled),
    MEMBER('!', item_name),
    MEMBER('!', class_name),
    MEMBER('!', group_name),
    MEMBER('?', whole),
    MEMBER('?', keep_save),
    MEMBER('!', summary),
    MEMBER('!', duplicates),
    MEMBER('!', hashes),
    MEMBER('?', item_text),
    MEMBER('?', pictures),
    MEMBER('?', raw),
    MEMBER('?', measured_raw),
    MEMBER('?', words),
    MEMBER('?', relations),
    MEMBER('?', same_views),
    MEMBER('?', view_option),
    MEMBER('?', usual_view),
    MEMBER('?', take_usual_view),
    MEMBER('!', resident_bytes),
    MEMBER('!', measure),
    MEMBER('!', recall),
    MEMBER('!', forget),
    MEMBER('?', recall_exported),
    MEMBER('!', describe),
    MEMBER('?', save),
    MEMBER('?', pixel_scale),
    MEMBER('?', column_scale),
    MEMBER('?', vocabulary),
    MEMBER('?', open_alike),
    MEMBER('?', open_again),
    MEMBER('!', shape),
    MEMBER('!', train_rows),
    MEMBER('!', embed_rows),
    MEMBER('?', rows_of_images),
    MEMBER('?', rows_of_texts),
};
enum { COUNT = sizeof MEMBERS / sizeof *MEMBERS };

/* A member that is new in kinds.h leaves a hole here. */
static void the_list_above_is_whole(void **state)
{
    (void)state;
    size_t end = 0;
    for (int i = 0; i < COUNT; i++) {
        CHECK(MEMBERS[i].at >= end && MEMBERS[i].at - end < sizeof(void *));
        end = MEMBERS[i].at + MEMBERS[i].bytes;
    }
    CHECK(sizeof(ak_kind) - end < sizeof(void *));
}

static void every_row_has_what_it_must_have(void **state)
{
    (void)state;
    static const void *const nothing;
    const ak_kind *k;
    for (int row = 0; (k = ak_kind_at(row)) != NULL; row++) {
        for (int i = 0; i < COUNT; i++) {
            const char *member = (const char *)k + MEMBERS[i].at;
            if (MEMBERS[i].mark == '!' && memcmp(member, &nothing, sizeof nothing) == 0)
                fail_msg("%s: no %s", k->name, MEMBERS[i].name);
        }
        CHECK(k->whole || k->keep_save);
        CHECK(k->summary->count && k->summary->json && k->summary->print);
        CHECK(!k->raw || (k->raw->name && k->raw->width && k->raw->read));
    }
    CHECK(ak_kind_at(2) != NULL);
}

/* The comments of kinds.h say what NULL means of each member that may be NULL. */
static void what_may_be_missing_is_documented(void **state)
{
    (void)state;
    char *text = NULL;
    size_t bytes = 0;
    CHECK_OK(akin_file_load(AKIN_TESTS_DIR "/../src/set/kinds.h", 1 << 20, &text, &bytes, &err));
    const char *from = strstr(text, "typedef struct ak_kind {"), *begin = from;
    CHECK(begin != NULL);
    for (int i = 0; i < COUNT; i++) {
        char function[64], pointer[64];
        snprintf(function, sizeof function, "(*%s)(", MEMBERS[i].name);
        snprintf(pointer, sizeof pointer, "%s;", MEMBERS[i].name);
        const char *at = strstr(begin, function);
        if (!at) at = strstr(begin, pointer);
        CHECK(at && at > from);
        const char *line = strchr(at, '\n'), *said = strstr(from, "NULL");
        if (MEMBERS[i].mark == '?' && (!said || said > line))
            fail_msg("kinds.h does not say what it means that %s is NULL", MEMBERS[i].name);
        from = at;
    }
    free(text);
}

static bool has(const char *const *list, const char *name)
{
    while (*list && strcmp(*list, name) != 0) list++;
    return *list != NULL;
}

static void no_two_rows_claim_the_same(void **state)
{
    (void)state;
    const ak_kind *a, *b;
    for (int i = 0; (a = ak_kind_at(i)) != NULL; i++) {
        for (int j = 0; (b = ak_kind_at(j)) != NULL; j++) {
            if (i == j) continue;
            CHECK(a->id != b->id && strcmp(a->name, b->name) != 0 && strcmp(a->unit, b->unit) != 0);
            for (const char *const *f = a->formats; *f; f++)
                CHECK(!has(b->formats, *f) && !has(b->shared_formats, *f));
        }
        for (const char *const *f = a->shared_formats; *f; f++) { /* shared means: with another */
            int readers = 0;
            for (int j = 0; (b = ak_kind_at(j)) != NULL; j++) readers += has(b->shared_formats, *f);
            CHECK(readers > 1 && !ak_kind_of_format(*f));
        }
    }
}

/* What --format can be is what the rows have, and "auto". */
static void the_formats_are_those_of_the_rows(void **state)
{
    (void)state;
    const ak_kind *k;
    int listed = 0, of_rows = 1;
    char all[] = AKIN_DATA_FORMATS, *rest = NULL;
    for (char *f = strtok_r(all, "|", &rest); f; f = strtok_r(NULL, "|", &rest), listed++) {
        bool known = strcmp(f, "auto") == 0;
        for (int i = 0; (k = ak_kind_at(i)) != NULL; i++) {
            known = known || has(k->formats, f) || has(k->shared_formats, f);
            if (has(k->formats, f)) CHECK(akin_data_kind_of_format(f) == k->id);
        }
        if (!known) fail_msg("no kind reads --format %s", f);
    }
    for (int i = 0; (k = ak_kind_at(i)) != NULL; i++) {
        for (const char *const *f = k->formats; *f; f++) of_rows++;
        for (const char *const *f = k->shared_formats; *f; f++) { /* counted at the first that has it */
            int first = 0;
            while (!has(ak_kind_at(first)->shared_formats, *f)) first++;
            of_rows += first == i;
        }
    }
    CHECK(listed == of_rows);
    CHECK(akin_data_kind_of_format("auto") == AKIN_DATA_UNKNOWN);
    CHECK(akin_data_kind_of_format("csv") == AKIN_DATA_UNKNOWN);
    CHECK(akin_data_kind_of_format("sound") == AKIN_DATA_UNKNOWN);
    CHECK(akin_data_kind_of_format(NULL) == AKIN_DATA_UNKNOWN);
    akin_data_kind kind;
    CHECK(akin_data_detect_as("nothing is here", "lines", &kind, NULL) == AKIN_OK && kind == AKIN_DATA_TEXT);
    CHECK(akin_data_detect_as("nothing is here", "auto", &kind, NULL) == AKIN_OK && kind == AKIN_DATA_IMAGES);
    CHECK(akin_data_detect_as("nothing is here", "csv", &kind, NULL) == AKIN_OK && kind != AKIN_DATA_IMAGES);
}

static void options_of_an_open_set(void **state)
{
    (void)state;
    CHECK(akin_data_kind_reads_option(AKIN_DATA_IMAGES, "size"));
    CHECK(akin_data_kind_reads_option(AKIN_DATA_IMAGES, "on-bad"));
    CHECK(akin_data_kind_reads_option(AKIN_DATA_TEXT, "max-bad"));
    CHECK(!akin_data_kind_reads_option(AKIN_DATA_TEXT, "cache"));
    CHECK(!akin_data_kind_reads_option(AKIN_DATA_VECTORS, "on-bad"));
    CHECK(akin_data_kind_reads_option(AKIN_DATA_VECTORS, "keep"));
}

/* Single items ------------------------------------------------------------------------------------- */

enum { N = 12, D = 3, SIDE = 4 };

/* Items 5 and 9 are item 2 again. */
static int64_t source_of(int64_t i) { return i == 5 || i == 9 ? 2 : i; }

static bool row(int64_t i, float *out, void *ctx)
{
    (void)ctx;
    for (int c = 0; c < D; c++) out[c] = (float)((source_of(i) * 7 + c * c * 3) % 97);
    return true;
}

static bool pixels(int64_t i, uint8_t *out, void *ctx)
{
    (void)ctx;
    for (int p = 0; p < SIDE * SIDE; p++) out[p] = (uint8_t)(source_of(i) * 16 + p);
    return true;
}

static akin_dataset *vectors_set(void)
{
    akin_dataset *set = NULL;
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.n = N;
    own.d = D;
    own.row = row;
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    return set;
}

static akin_dataset *image_set(void)
{
    akin_dataset *set = NULL;
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    own.n = N;
    own.height = own.width = SIDE;
    own.channels = 1;
    own.pixels = pixels;
    CHECK_OK(akin_dataset_from_images(&own, &set, &err));
    return set;
}

static akin_dataset *text_set(void)
{
    char path[512];
    akin_dataset *set = NULL;
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    opts.kind = AKIN_DATA_TEXT;
    opts.options = (const char *const[]){ "format", "lines", NULL };
    snprintf(path, sizeof path, "%s/lines.txt", test_folder());
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    for (int64_t i = 0; i < N; i++) fprintf(f, "item number %c of this list\n", (char)('a' + source_of(i)));
    CHECK(fclose(f) == 0);
    CHECK_OK(akin_dataset_open(path, &opts, &set, &err));
    return set;
}

static void equal_items_are_found(void **state)
{
    (void)state;
    akin_dataset *sets[] = { vectors_set(), image_set(), text_set() };
    for (int k = 0; k < 3; k++) {
        int64_t same[N];
        akin_split_view part = AKIN_SPLIT_VIEW_INIT;
        CHECK_OK(akin_dataset_split(sets[k], "train", AKIN_TARGET_AUTO, &part, &err));
        CHECK(part.n == N);
        CHECK_OK(akin_dataset_equal_items(sets[k], "train", same, &err));
        for (int64_t i = 0; i < N; i++) CHECK(same[i] == source_of(i));
        CHECK_FAILS(akin_dataset_equal_items(sets[k], "tests", same, &err), AKIN_ERR_INPUT, "tests");
        akin_dataset_free(sets[k]);
    }
    CHECK_FAILS(akin_dataset_equal_items(NULL, "train", NULL, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
}

static void raw_rows_and_pictures(void **state)
{
    (void)state;
    akin_dataset *images = image_set(), *vectors = vectors_set();
    float x[N * SIDE * SIDE];
    akin_images shown = AKIN_IMAGES_INIT;
    const akin_mat of_images = { x, N, SIDE * SIDE, SIDE * SIDE }, of_vectors = { x, N, D, D };
    CHECK(strcmp(akin_dataset_raw_name(images), "pixels") == 0 && akin_dataset_raw_width(images) == 16);
    CHECK(!akin_dataset_raw_on_disk(images) && !akin_dataset_raw_on_disk(vectors));
    CHECK_OK(akin_dataset_raw_rows(images, "train", of_images, &err));
    for (int64_t i = 0; i < N; i++)
        for (int p = 0; p < SIDE * SIDE; p++)
            CHECK(x[i * SIDE * SIDE + p] == (float)(source_of(i) * 16 + p) / 255.0f);
    CHECK(strcmp(akin_dataset_raw_name(vectors), "columns") == 0 && akin_dataset_raw_width(vectors) == D);
    CHECK_OK(akin_dataset_raw_rows(vectors, "train", of_vectors, &err));
    double sum = 0;
    for (int64_t i = 0; i < N; i++) sum += (double)x[i * D];
    CHECK_NEAR(sum, 0, 1e-5); /* training takes the mean of a column away */
    CHECK_FAILS(akin_dataset_raw_rows(vectors, "train", of_images, &err), AKIN_ERR_SHAPE, "must be [12,3]");
    CHECK(akin_dataset_has_pictures(images) && !akin_dataset_has_pictures(vectors));
    CHECK_OK(akin_dataset_pictures(images, "train", &shown, &err));
    CHECK(shown.n == N && shown.height == SIDE && shown.channels == 1);
    CHECK_FAILS(akin_dataset_pictures(vectors, "train", &shown, &err), AKIN_ERR_UNSUPPORTED, "no pictures");
    akin_dataset_free(images);
    akin_dataset_free(vectors);
}

static void texts_of_items(void **state)
{
    (void)state;
    akin_dataset *set = text_set(), *other = vectors_set();
    int64_t bytes = -1;
    const char *text = akin_dataset_item_text(set, "train", 3, &bytes);
    CHECK(text && bytes == 26 && memcmp(text, "item number d of this list", 26) == 0);
    CHECK(!akin_dataset_item_text(set, "train", N, &bytes) && bytes == 0);
    CHECK(!akin_dataset_item_text(set, "test", 0, &bytes) && bytes == 0);
    CHECK(!akin_dataset_item_text(other, "train", 0, &bytes) && bytes == 0);
    CHECK(!akin_dataset_raw_name(set) && akin_dataset_raw_width(set) == 0);
    CHECK_FAILS(akin_dataset_raw_rows(set, "train", (akin_mat){ NULL, 0, 0, 0 }, &err), AKIN_ERR_UNSUPPORTED,
                "texts are no rows of numbers");
    akin_dataset_free(set);
    akin_dataset_free(other);
}

/* A kind that is none of ours: pairs of equal neighbours, no text, no pictures, no rows. */
static akin_status in_pairs(const void *set, const char *split, int64_t n, int64_t *same, akin_error *why)
{
    (void)set;
    (void)split;
    (void)why;
    for (int64_t i = 1; i < n; i += 2) same[i] = i - 1;
    return AKIN_OK;
}

static void a_kind_that_nobody_knows_is_served(void **state)
{
    (void)state;
    akin_dataset *own = vectors_set();
    ak_kind sound = ak_kind_vectors;
    sound.id = (akin_data_kind)77;
    sound.name = "sound";
    sound.unit = "sounds";
    sound.duplicates = in_pairs;
    sound.raw = NULL;
    const akin_dataset set = { .kind = &sound, .set = own->set };
    int64_t same[N], bytes;
    akin_images shown = AKIN_IMAGES_INIT;
    CHECK_OK(akin_dataset_equal_items(&set, "train", same, &err));
    for (int64_t i = 0; i < N; i++) CHECK(same[i] == i / 2 * 2);
    CHECK(!akin_dataset_item_text(&set, "train", 0, &bytes));
    CHECK_FAILS(akin_dataset_pictures(&set, "train", &shown, &err), AKIN_ERR_UNSUPPORTED, "sounds are no");
    CHECK(!akin_dataset_raw_name(&set));
    akin_dataset_free(own);
}

static void many_links(const char *of, const char *folder, const char *ending, int n)
{
    char name[1200];
    CHECK(mkdir(folder, 0700) == 0);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/%d.%s", folder, i, ending);
        CHECK(link(of, name) == 0);
    }
}

/* However many there are, and whichever folder the system lists first. */
static void most_of_many_files_decide(void **state)
{
    (void)state;
    char of[300], root[400], folder[2][500];
    snprintf(of, sizeof of, "%s", test_folder());
    char *end = of + strlen(of);
    for (int order = 0; order < 2; order++) {
        snprintf(root, sizeof root, "%.*s/data%d", (int)(end - of), of, order);
        CHECK(mkdir(root, 0700) == 0);
        strcpy(end, order ? "/second" : "/first"); /* a file can have so many names, and no more */
        FILE *f = fopen(of, "wb");
        CHECK(f && fputs("one two three\n", f) >= 0 && fclose(f) == 0);
        for (int i = 0; i < 2; i++) {
            snprintf(folder[i], sizeof folder[i], "%s/%c", root, "ab"[i ^ order]);
            many_links(of, folder[i], i ? "png" : "txt", i ? 20400 : 20200);
        }
        CHECK(akin_data_detect(root) == AKIN_DATA_IMAGES);
    }
}

/* The list of a run's options goes by name: one that a loss and a kind share would have the value of both. */
static void no_parameter_of_a_loss_is_an_option_of_a_kind(void **state)
{
    (void)state;
    const ak_kind *kind;
    const akin_loss *loss;
    const akin_opt_desc *p;
    for (int i = 0; (kind = ak_kind_at(i)) != NULL; i++)
        for (int t = 0; kind->options[t]; t++)
            for (const akin_opt_desc *o = kind->options[t]; o->name; o++)
                for (int l = 0; (loss = akin_loss_at(l)) != NULL; l++)
                    for (int k = 0; (p = akin_loss_option_at(loss, k)) != NULL; k++)
                        if (strcmp(o->name, p->name) == 0)
                            fail_msg("--%s is of %s and of --loss %s", o->name, kind->name, loss->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_above_is_whole),
        cmocka_unit_test(every_row_has_what_it_must_have),
        cmocka_unit_test(what_may_be_missing_is_documented),
        cmocka_unit_test(no_two_rows_claim_the_same),
        cmocka_unit_test(the_formats_are_those_of_the_rows),
        cmocka_unit_test(most_of_many_files_decide),
        cmocka_unit_test(options_of_an_open_set),
        cmocka_unit_test(equal_items_are_found),
        cmocka_unit_test(raw_rows_and_pictures),
        cmocka_unit_test(texts_of_items),
        cmocka_unit_test(a_kind_that_nobody_knows_is_served),
        cmocka_unit_test(no_parameter_of_a_loss_is_an_option_of_a_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
