/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_plain.c - numbers as text, against the C library's in the locale "C". */
#include "base/plain.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fz_text(data, size), *end = NULL, *want = NULL;
    const double a = ak_strtod(text, &end), b = strtod(text, &want);
    FZ_CHECK(end == want && (memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b))));
    const float c = ak_strtof(text, &end), d = strtof(text, &want);
    FZ_CHECK(end == want && (memcmp(&c, &d, sizeof c) == 0 || (isnan(c) && isnan(d))));
    fz_input in = { data, size };
    const double x = fz_real(&in);
    char printed[64];
    FZ_CHECK(ak_snprintf(printed, sizeof printed, "%.17g", x) > 0);
    const double back = ak_strtod(printed, NULL);
    FZ_CHECK(memcmp(&back, &x, sizeof x) == 0 || (isnan(x) && isnan(back)));
    free(text);
    return 0;
}
