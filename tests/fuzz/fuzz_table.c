/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_table.c - tables of numbers: CSV, TSV and the like as vectors, read by every combination
 * of the options that decide what a column is. A second part is the table to test on. */
#include "akin/tool/vectors.h"
#include "fuzz.h"

#include <unistd.h>

static void see(const akin_vector_set *set)
{
    akin_error err;
    const int64_t d = akin_vectors_width(set);
    FZ_CHECK(d > 0);
    for (int s = 0; s < akin_vectors_splits(set); s++) {
        akin_vectors rows = AKIN_VECTORS_INIT;
        FZ_CHECK(akin_vectors_split(set, akin_vectors_split_name(set, s), &rows, &err) == AKIN_OK);
        FZ_CHECK(rows.d == d && rows.n > 0 && ak_all_finite(rows.x, rows.n * d));
        for (int64_t i = 0; rows.labels && i < rows.n; i++)
            FZ_CHECK(rows.labels[i] >= 0 && rows.labels[i] < rows.classes);
        for (int64_t i = 0; rows.groups && i < rows.n; i++)
            FZ_CHECK(rows.groups[i] >= 0 && rows.groups[i] < rows.group_count);
    }
    for (int64_t c = 0; c < d; c++) {
        const akin_vector_column *column = akin_vectors_column_at(set, c);
        FZ_CHECK(column->name && isfinite(column->mean) && isfinite(column->std) && column->std >= 0);
    }
    const char *remark;
    for (int64_t i = 0; (remark = akin_vectors_remark(set, i)) != NULL; i++) FZ_CHECK(*remark);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const COLUMNS[] = { NULL, "1", "-1", "label", "none", "group", "time", "2" };
    static const char DELIMITERS[] = { 0, ',', '\t', ' ' };
    fz_input in = { data, size };
    const unsigned a = fz_option(&in), b = fz_option(&in);
    const fz_input train = fz_part(&in);
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    opts.format = "csv";
    opts.header = (int32_t)(a % 3);
    opts.delimiter = DELIMITERS[a >> 2 & 3];
    opts.missing = (int32_t)((a >> 4) % 3);
    opts.holdout = a & 128 ? 0.3 : 0;
    opts.label_column = COLUMNS[b & 7];
    opts.group_column = b & 8 ? COLUMNS[1 + (b >> 4 & 3)] : NULL;
    opts.time_column = b & 64 ? "3" : NULL;
    opts.keep_counters = (int32_t)(b >> 7);
    opts.decimal = (int32_t)((a >> 3) % 3);
    opts.max_values = 1 << 22;
    fz_file("table/train.csv", train.at, train.n);
    const char *test = fz_file("table/test.csv", in.at, in.n);
    if (in.n == 0) unlink(test);
    akin_error err;
    akin_vector_set *set = NULL;
    if (fz_said(akin_vectors_open(fz_path("table"), &opts, &set, &err), &err)) see(set);
    akin_vectors_free(set);
    return 0;
}
