/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_shards.c - an archive of tar as a data set, by everything that reads one: the list of its
 * samples, and images, texts and vectors; as it comes, and with the sums of its heads put right. */
#include "akin/tool/dataset.h"
#include "files/shards.h"
#include "fuzz_image_set.h"

enum { BLOCK = 512, SUM = 148, SUM_BYTES = 8 };

/* In each block the sum of its bytes where that of a head stands, if it looks like one. */
static void mend(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        unsigned sum = ' ' * SUM_BYTES;
        if (memcmp(data + at + 257, "ustar", 5) != 0) continue;
        for (size_t i = 0; i < BLOCK; i++)
            if (i < SUM || i >= SUM + SUM_BYTES) sum += data[at + i];
        snprintf((char *)data + at + SUM, 7, "%06o", sum & 0777777);
        data[at + SUM + 7] = ' ';
    }
}

static bool any(const char *ending) { return *ending != 0; }
static int rank(const char *ending) { return (int)strlen(ending); }

static void read_list(const char *path)
{
    const ak_shards_want want = { "member", any, 1 << 16, 1 << 20 };
    akin_error err;
    ak_remarks remarks = { .n = 0 };
    ak_shards s = { .n = 0 };
    int least = 0;
    fz_said(ak_shards_look(path, rank, &least, &err), &err);
    if (fz_said(ak_shards_open(path, &want, &remarks, &s, &err), &err)) {
        FZ_CHECK(s.n > 0);
        for (int64_t i = 0; i < s.n; i++) {
            uint8_t *bytes = NULL;
            size_t n = 0;
            FZ_CHECK(*s.sample[i].name && s.sample[i].label >= -1 && s.sample[i].bytes >= 0);
            FZ_CHECK(ak_shards_read(&s, i, 1 << 16, &bytes, &n, &err) == AKIN_OK);
            FZ_CHECK((int64_t)n == s.sample[i].bytes);
            for (size_t k = 0; k < n; k++) fz_seen += bytes[k];
            free(bytes);
        }
    }
    ak_shards_close(&s);
    ak_remarks_free(&remarks);
}

static void read_all(const char *path)
{
    static const char *const FORMATS[] = { "images", "text", "vectors" };
    read_list(path);
    for (int k = 0; k < 3; k++) {
        const char *const list[] = { "format", FORMATS[k], NULL };
        akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
        akin_dataset *set = NULL;
        akin_error err;
        opts.options = list;
        if (fz_said(akin_dataset_open(path, &opts, &set, &err), &err))
            FZ_CHECK(akin_dataset_split_count(set) > 0);
        akin_dataset_free(set);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(fz_file("a.tar", data, size));
    uint8_t *copy = malloc(size + 1);
    FZ_CHECK(copy);
    memcpy(copy, data, size);
    mend(copy, size);
    if (memcmp(copy, data, size) != 0) read_all(fz_file("a.tar", copy, size));
    free(copy);
    return 0;
}
