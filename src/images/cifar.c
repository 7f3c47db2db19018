/* SPDX-License-Identifier: Apache-2.0 */
/* images/cifar.c - CIFAR-10 and CIFAR-100, binary version  [Krizhevsky2009].
 *
 * A record is the label (CIFAR-10), or coarse and fine label (CIFAR-100: the fine one is taken), then 32x32
 * red, 32x32 green and 32x32 blue bytes. A file is whole records; a label beyond the classes tells a damaged
 * file. */
#include "images/readers.h"

#include "base/path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, IMAGE = 3 * PLANE, TEXT_LIMIT = 1 << 16, MOST_BATCHES = 99 };

static const char *const NAMES_10[10] = { "airplane", "automobile", "bird",  "cat",  "deer",
                                          "dog",      "frog",       "horse", "ship", "truck" };

/* 10 or 100 by the name of a batch, 0 for any other name. */
static int batch_classes(const char *name)
{
    int number = 0, used = 0;
    if (strcmp(name, "test_batch.bin") == 0) return 10;
    if (sscanf(name, "data_batch_%d.bin%n", &number, &used) == 1 && used > 0 && name[used] == 0) return 10;
    return strcmp(name, "train.bin") == 0 || strcmp(name, "test.bin") == 0 ? 100 : 0;
}

bool ak_cifar_is_batch(const char *name) { return batch_classes(name) != 0; }

/* Records of a file, by its length. */
static akin_status count_records(const char *path, int classes, int64_t *n, akin_error *err)
{
    struct stat info;
    bool there;
    const int64_t record = IMAGE + (classes == 100 ? 2 : 1);
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there || !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a readable file", path);
    *n = (int64_t)info.st_size / record;
    if (*n > 0 && (int64_t)info.st_size % record == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' has %lld bytes; CIFAR-%d files are whole records of %lld bytes (%lld left over)",
                   path, (long long)info.st_size, classes, (long long)record,
                   (long long)info.st_size % record);
}

/* n records of the file become items first.. of the split. */
static akin_status read_batch(const char *path, int classes, ak_image_split *split, int64_t first, int64_t n,
                              akin_error *err)
{
    const int head = classes == 100 ? 2 : 1;
    const size_t want = (size_t)n * (size_t)(IMAGE + head);
    char *data = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(path, want, &data, &bytes, err));
    akin_status status = AKIN_OK;
    if (bytes != want) status = ak_fail(err, AKIN_ERR_INPUT, "'%s' became shorter while being read", path);
    for (int64_t i = 0; i < n && !status; i++) {
        const uint8_t *record = (const uint8_t *)data + i * (IMAGE + head), *plane = record + head;
        uint8_t *to = split->pixels + (first + i) * IMAGE;
        const int label = record[head - 1];
        if (label >= classes || (head == 2 && record[0] >= 20))
            status =
                ak_fail(err, AKIN_ERR_FORMAT,
                        "'%s', byte %lld: label %d of record %lld is not below %d; the file is damaged or "
                        "not CIFAR-%d",
                        path, (long long)(i * (IMAGE + head)), label >= classes ? label : record[0],
                        (long long)i, label >= classes ? classes : 20, classes);
        split->labels[first + i] = label;
        for (int p = 0; p < PLANE; p++)
            for (int c = 0; c < 3; c++) to[3 * p + c] = plane[c * PLANE + p];
    }
    free(data);
    return status;
}

static akin_status read_split(akin_image_set *ds, const char *name, char *const *paths, int files,
                              int classes, akin_error *err)
{
    ak_image_split *split = &ds->split[ds->splits++];
    int64_t counts[MOST_BATCHES];
    split->name = name;
    split->height = split->width = SIDE;
    split->channels = 3;
    for (int f = 0; f < files; f++) {
        AK_TRY(count_records(paths[f], classes, &counts[f], err));
        split->n += counts[f];
    }
    AK_TRY(ak_pixels_alloc(split->n, SIDE, SIDE, 3, &split->pixels, err));
    split->labels = ak_alloc(sizeof *split->labels, split->n, 1);
    if (!split->labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)split->n);
    int64_t first = 0;
    for (int f = 0; f < files; f++) {
        AK_TRY(read_batch(paths[f], classes, split, first, counts[f], err));
        first += counts[f];
    }
    return AKIN_OK;
}

/* Class names, one a line, from the file that comes with the set. Silent where it is not there or unfit. */
static akin_status names_from_file(akin_image_set *ds, const char *folder, int classes, akin_error *err)
{
    char *path = ak_path_join(folder, classes == 10 ? "batches.meta.txt" : "fine_label_names.txt");
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", folder);
    char *text = NULL, *rest = NULL;
    const char *names[100];
    int n = 0;
    struct stat info;
    bool there;
    akin_status status = ak_look(path, &there, &info, err);
    if (!status && there && S_ISREG(info.st_mode) && info.st_size <= TEXT_LIMIT)
        status = akin_file_load(path, TEXT_LIMIT, &text, NULL, err);
    free(path);
    for (char *line = text ? strtok_r(text, "\r\n", &rest) : NULL; line && n < classes;
         line = strtok_r(NULL, "\r\n", &rest))
        names[n++] = line;
    if (!status && n == classes)
        status = ak_image_set_name_classes(ds, names, n, err);
    else if (!status && classes == 10)
        status = ak_image_set_name_classes(ds, NAMES_10, 10, err);
    free(text);
    return status;
}

static akin_status read_training(akin_image_set *ds, const char *folder, int classes, akin_error *err)
{
    char *paths[MOST_BATCHES] = { NULL }, name[32];
    int files = 0, last = 0;
    akin_status status = AKIN_OK;
    for (int k = 1; k <= (classes == 10 ? MOST_BATCHES : 1) && !status; k++) {
        snprintf(name, sizeof name, classes == 10 ? "data_batch_%d.bin" : "train.bin", k);
        char *path = ak_path_join(folder, name);
        bool there = false;
        status = path ? ak_look(path, &there, NULL, err) : ak_fail(err, AKIN_ERR_NOMEM, "no memory");
        if (there) {
            paths[files++] = path;
            last = k;
        } else {
            free(path);
        }
    }
    if (!status && files == 0)
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "'%s' has no training batch: data_batch_1.bin of CIFAR-10 or train.bin of CIFAR-100",
                         folder);
    else if (!status && files != last)
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "'%s' has data_batch_%d.bin but only %d of the %d before and with it", folder, last,
                         files, last);
    if (!status) status = read_split(ds, "train", paths, files, classes, err);
    for (int f = 0; f < files; f++) free(paths[f]);
    return status;
}

static bool is_cifar(const char *name, const unsigned char *bytes, size_t n)
{
    (void)bytes, (void)n;
    return ak_cifar_is_batch(name);
}

static akin_status read_cifar(akin_image_set *ds, const char *path, bool is_folder,
                              const akin_image_set_opts *opts, akin_error *err)
{
    (void)opts;
    if (!is_folder) {
        char *only[1] = { (char *)(uintptr_t)path };
        const int classes = batch_classes(ak_path_base(path));
        ds->classes = classes ? classes : 10;
        return read_split(ds, "train", only, 1, classes ? classes : 10, err);
    }
    char *ten = ak_path_join(path, "data_batch_1.bin"), *test_ten = ak_path_join(path, "test_batch.bin");
    char *hundred = ak_path_join(path, "test.bin");
    bool train = false, test10 = false, test = false;
    akin_status status = ten && test_ten && hundred ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory");
    if (!status) status = ak_look(ten, &train, NULL, err);
    if (!status) status = ak_look(test_ten, &test10, NULL, err);
    if (!status) status = ak_look(hundred, &test, NULL, err);
    const int classes = train || test10 ? 10 : 100;
    ds->classes = classes;
    if (!status) status = read_training(ds, path, classes, err);
    char **of_test = classes == 10 ? &test_ten : &hundred;
    if (!status && (classes == 10 ? test10 : test)) status = read_split(ds, "test", of_test, 1, classes, err);
    if (!status) status = names_from_file(ds, path, classes, err);
    free(ten);
    free(test_ten);
    free(hundred);
    return status;
}

const ak_image_format ak_cifar = { "cifar", ak_cifar_is_batch, is_cifar, read_cifar };
