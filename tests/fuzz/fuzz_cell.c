/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_cell.c - what a cell of a table says: a number, a date, nothing, or a text. */
#include "fuzz.h"
#include "vectors/cell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fz_text(data, size);
    double value = 0;
    bool sure = false;
    const ak_cell cell = ak_cell_parse(text, size, &value);
    FZ_CHECK(cell != AK_CELL_NUMBER || isfinite(value));
    FZ_CHECK(cell != AK_CELL_INFINITE || isinf(value));
    value = 0;
    FZ_CHECK(!ak_cell_comma(text, size, &value, &sure) || !isnan(value));
    value = 0;
    FZ_CHECK(!ak_cell_time(text, size, &value) || isfinite(value));
    (void)ak_cell_thousands(text, size, ',');
    (void)ak_cell_whole(text, size);
    char shown[AK_CELL_SHOWN];
    FZ_CHECK(strlen(ak_cell_shown(text, size, shown)) < AK_CELL_SHOWN);
    free(text);
    return 0;
}
