/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_options.c - the text of a number, a choice or a flag of the command line, for the option of
 * training that the last byte chooses; and names that are near to it. */
#include "akin/tool/program.h"
#include "akin/tool/train.h"
#include "fuzz.h"

static void check(const akin_opt_desc *row, const char *text)
{
    akin_error err;
    double value = NAN;
    if (!fz_said(akin_opt_check(row, text, &value, &err), &err)) return;
    if (row->type == AKIN_OPT_INT || row->type == AKIN_OPT_REAL)
        FZ_CHECK(isfinite(value) && (row->min == row->max || (value >= row->min && value <= row->max)));
    if (row->type == AKIN_OPT_INT) FZ_CHECK(value == floor(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *names[256 + 1]; /* a byte chooses among them */
    static int n;
    for (; akin_train_option_at(n) != NULL; n++) {
        FZ_CHECK(n < 256);
        names[n] = akin_train_option_at(n)->name;
    }
    fz_input in = { data, size };
    const int which = (int)fz_option(&in) % n;
    char *text = fz_text(in.at, in.n);
    check(akin_train_option_at(which), text);
    const char *near = akin_nearest_name(text, names);
    FZ_CHECK(!near || strlen(near) < 64);
    free(text);
    return 0;
}
