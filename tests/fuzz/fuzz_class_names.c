/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_class_names.c - names of classes, one a line; and which of two lists are the same classes. */
#include "files/class_names.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const fz_input first = fz_part(&in);
    akin_error err;
    ak_class_list a = { 0 }, b = { 0 };
    ak_remarks remarks = { 0 };
    if (fz_said(ak_class_names_load(fz_file("a.classes.txt", first.at, first.n), &a, &err), &err) &&
        fz_said(ak_class_names_load(fz_file("b.classes.txt", in.at, in.n), &b, &err), &err)) {
        int32_t *to = malloc((size_t)(b.n + 1) * sizeof *to);
        FZ_CHECK(to);
        if (fz_said(ak_classes_join(&a, &b, size & 1, "the run", &remarks, to, &err), &err))
            for (int64_t i = 0; i < b.n; i++) FZ_CHECK(to[i] >= 0 && to[i] < a.n + b.n);
        free(to);
    }
    ak_class_list_free(&a);
    ak_class_list_free(&b);
    ak_remarks_free(&remarks);
    char beside[AK_CLASS_NAMES_PATH], *text = fz_text(data, size);
    ak_class_names_beside(text, beside);
    FZ_CHECK(strnlen(beside, sizeof beside) < sizeof beside);
    free(text);
    return 0;
}
