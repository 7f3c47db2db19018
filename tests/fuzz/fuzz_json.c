/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_json.c - JSON: read, printed, and read again: the same value. */
#include "akin/tool/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const int flags = fz_option(&in) & 1 ? AKIN_JSON_UNIQUE : 0;
    akin_json *v = NULL, *again = NULL, *line;
    akin_error err;
    char *text = NULL;
    if (fz_said(akin_json_parse((const char *)in.at, in.n, "a text", flags, &v, &err), &err)) {
        FZ_CHECK(akin_json_check(v, &err) == AKIN_OK);
        for (int layout = 0; layout < 3; layout++) {
            if (!fz_said(akin_json_print(v, (akin_json_layout)layout, 17, &text, &err), &err)) continue;
            for (const char *c = text; *c; c++) FZ_CHECK((unsigned char)*c >= 32 || *c == '\n');
            FZ_CHECK(akin_json_parse(text, strlen(text), "what was printed", 0, &again, &err) == AKIN_OK);
            FZ_CHECK(akin_json_equal(v, again));
            akin_json_free(again);
            free(text);
        }
        (void)akin_json_find(v, "a.b[1].c");
    }
    akin_json_free(v);
    size_t at = 0;
    while (at < in.n) {
        const size_t before = at;
        if (fz_said(akin_json_line((const char *)in.at, in.n, &at, &line, &err), &err)) akin_json_free(line);
        FZ_CHECK(at > before);
    }
    return 0;
}
