/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_options.c - the text of a number, a choice or a flag of the command line, against every row of
 * the options of training; and names that are near to it. */
#include "akin/tool/program.h"
#include "akin/tool/train.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *names[512];
    char *text = fz_text(data, size);
    const akin_opt_desc *row;
    int n = 0;
    for (; (row = akin_train_option_at(n)) != NULL && n < 511; n++) {
        akin_error err;
        double value = NAN;
        names[n] = row->name;
        if (!fz_said(akin_opt_check(row, text, &value, &err), &err)) continue;
        if (row->type == AKIN_OPT_INT || row->type == AKIN_OPT_REAL)
            FZ_CHECK(isfinite(value) && (row->min == row->max || (value >= row->min && value <= row->max)));
        if (row->type == AKIN_OPT_INT) FZ_CHECK(value == floor(value));
    }
    names[n] = NULL;
    const char *near = akin_nearest_name(text, names);
    FZ_CHECK(!near || strlen(near) < 64);
    free(text);
    return 0;
}
