/* SPDX-License-Identifier: Apache-2.0 */
/* fault/test_own_files_damage.c - small files of akin's own, cut at every byte and with every bit flipped.
 * Asked for: what has a sum is refused, each time; what has none is refused, or says what it said. A
 * safetensors file by itself is in test_train.c, a vocabulary in test_text_vocab.c.
 *
 * Not here: keep-lists. They are lists of names for hands and other programs, which sort, cut and join
 * them, and have no sum: a flipped bit makes another name, which is refused where no item has it. */
#include "akin/tool/file_set.h"
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "base/base.h"
#include "model/checkpoint.h"
#include "test.h"

static akin_error err;
static char folder[300], path[400];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Without the flushing of a proper writer. */
static void put(const char *name, const char *bytes, size_t n)
{
    unlink(in_folder(name));
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* judge() is called with each damaged file in place; it returns false where the damage went unseen. */
static void damage(const char *name, bool (*judge)(void))
{
    char *bytes = NULL;
    size_t n = 0, unseen = 0;
    CHECK_OK(akin_file_load(in_folder(name), 1 << 20, &bytes, &n, &err));
    CHECK(!judge());
    for (size_t cut = 0; cut < n; cut++) {
        put(name, bytes, cut);
        unseen += !judge();
    }
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        put(name, bytes, n);
        unseen += !judge();
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    if (unseen) print_error("%s: %zu cuts and flips of %zu bytes went unseen\n", name, unseen, n);
    CHECK(unseen == 0);
    put(name, bytes, n);
    free(bytes);
}

/* Files that belong together: a flip in one of them is told by the manifest, and one in the manifest is
 * told or leaves the files what they are. */
static const char ROWS[] = "\x93NUMPY some rows", NAMES[] = "one\ntwo\n";

static bool refused(void)
{
    char first[400], second[400];
    snprintf(first, sizeof first, "%s", in_folder("x.npy"));
    snprintf(second, sizeof second, "%s", in_folder("x.names.txt"));
    const char *paths[] = { first, second };
    uint64_t state;
    const akin_status status = akin_file_set_check(paths, 2, &state, &err);
    CHECK(status == AKIN_OK || (err.status == status && status != AKIN_ERR_INTERNAL && err.message[0]));
    return status != AKIN_OK;
}

static void files_of_one_result(void **state)
{
    (void)state;
    akin_file_set *set = NULL;
    akin_writer *rows = NULL, *names = NULL;
    CHECK_OK(akin_file_set_open(in_folder("x.npy"), &set, &err));
    CHECK_OK(akin_file_set_add(set, "", &rows, &err));
    CHECK_OK(akin_file_set_add(set, ".names.txt", &names, &err));
    CHECK_OK(akin_writer_write(rows, ROWS, sizeof ROWS - 1, &err));
    CHECK_OK(akin_writer_write(names, NAMES, sizeof NAMES - 1, &err));
    CHECK_OK(akin_writer_commit(rows, &err));
    CHECK_OK(akin_writer_commit(names, &err));
    akin_json *about = akin_json_pack("{s:s, s:i}", "command", "embed", "step", 7);
    CHECK_OK(akin_file_set_commit(set, about, &err));
    akin_json_free(about);
    damage("x.npy", refused);
    damage("x.names.txt", refused);
    char *bytes = NULL;
    size_t n = 0;
    CHECK_OK(akin_file_load(in_folder("x.set.json"), 1 << 20, &bytes, &n, &err));
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        put("x.set.json", bytes, n);
        (void)refused(); /* no crash, and a sentence: the files themselves are what they were */
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut++) {
        put("x.set.json", bytes, cut);
        CHECK(refused()); /* half a manifest */
    }
    free(bytes);
}

/* A manifest is about the rows that it lists: one that came from another result says nothing of these. */
static void a_manifest_of_another_result(void **state)
{
    (void)state;
    static const char *const files[] = { "o.npy", "o.csv" };
    for (int i = 0; i < 2; i++) {
        akin_file_set *set = NULL;
        akin_writer *names = NULL;
        char name[400];
        uint64_t sums;
        snprintf(name, sizeof name, "%s", in_folder(files[i]));
        const char *rows[] = { name };
        CHECK_OK(akin_file_set_open(name, &set, &err));
        CHECK_OK(akin_file_set_add(set, ".names.txt", &names, &err));
        CHECK_OK(akin_writer_write(names, NAMES, sizeof NAMES - 1, &err));
        CHECK_OK(akin_writer_commit(names, &err));
        CHECK_OK(akin_file_set_commit(set, NULL, &err));
        put(files[i], ROWS, sizeof ROWS - 1);
        CHECK_FAILS(akin_file_set_check(rows, 1, &sums, &err), AKIN_ERR_INPUT, "is about another file than");
    }
}

/* One set of rows and a picture beside them. */
static akin_status rows_and_picture(const char *picture, const char *bytes)
{
    akin_file_set *set = NULL;
    akin_writer *rows = NULL, *svg = NULL;
    CHECK_OK(akin_file_set_open(in_folder("m.npy"), &set, &err));
    CHECK_OK(akin_file_set_beside(set, picture, &svg, &err));
    CHECK_FAILS(akin_file_set_beside(set, picture, &rows, &err), AKIN_ERR_ARGUMENT, "second");
    CHECK_OK(akin_file_set_add(set, "", &rows, &err));
    CHECK_OK(akin_writer_write(rows, bytes, 1, &err));
    CHECK_OK(akin_writer_write(svg, bytes, 1, &err));
    CHECK_OK(akin_writer_commit(rows, &err));
    CHECK_OK(akin_writer_commit(svg, &err));
    return akin_file_set_commit(set, NULL, &err);
}

static void holds(const char *name, char byte)
{
    char *bytes = NULL;
    size_t n = 0;
    CHECK_OK(akin_file_load(in_folder(name), 10, &bytes, &n, &err));
    CHECK(n == 1 && bytes[0] == byte);
    free(bytes);
}

static void a_picture_takes_its_name_with_the_rows(void **state)
{
    (void)state;
    char picture[400], rows[400], of_folder[400];
    snprintf(picture, sizeof picture, "%s", in_folder("m.svg"));
    snprintf(rows, sizeof rows, "%s", in_folder("m.npy"));
    snprintf(of_folder, sizeof of_folder, "%s", in_folder("folder"));
    CHECK_OK(rows_and_picture(picture, "1"));
    CHECK_OK(rows_and_picture(picture, "2"));
    holds("m.npy", '2');
    holds("m.svg", '2');
    CHECK(mkdir(of_folder, 0700) == 0);
    CHECK_FAILS(rows_and_picture(of_folder, "3"), AKIN_ERR_IO, "folder");
    holds("m.npy", '2'); /* the rows are put back with it */
    const char *paths[] = { rows };
    uint64_t sums;
    CHECK_OK(akin_file_set_check(paths, 1, &sums, &err));
    CHECK(rmdir(of_folder) == 0);
}

/* A checkpoint, as every verb loads one: by its name it is refused, and there is no other. */
static float w[4] = { 1, 2, 3, 4 };
static const akin_tensor TENSOR = {
    .name = "w", .data = w, .ndim = 1, .shape = { 4 }, .count = 4, .plain = 4
};
static const ak_tensor_list LIST = { .tensors = &TENSOR, .count = 1 };

static bool checkpoint_refused(void)
{
    const ak_checkpoint_target target = { .list = &LIST, .weights = "" };
    ak_train_state found;
    return ak_checkpoint_load(folder, 7, &target, &found, NULL, 0, &err) == AKIN_ERR_FORMAT;
}

static void checkpoints(void **state)
{
    (void)state;
    const ak_train_state at = {
        .step = 7, .interval_loss = 1.5, .std = { 1, 1, 1 }, .fingerprint = "00112233"
    };
    CHECK_OK(akin_folder_make(in_folder("checkpoints"), &err));
    CHECK_OK(ak_checkpoint_save(folder, &LIST, NULL, 0, &at, &err));
    damage("checkpoints/step-0000000007.safetensors", checkpoint_refused);
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_one_result),
        cmocka_unit_test(a_manifest_of_another_result),
        cmocka_unit_test(a_picture_takes_its_name_with_the_rows),
        cmocka_unit_test(checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
