/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_names.c - foreign names: escaped and back, shown, as a list in a file, in a set of names, and
 * what the name of a folder means. */
#include "base/escape.h"
#include "base/folder_names.h"
#include "base/names.h"
#include "base/utf8.h"
#include "files/picture_paths.h"
#include "fuzz.h"
#include "images/decode.h"

static void escape_and_back(const uint8_t *data, size_t size)
{
    char *line = malloc(4 * size + 1), *back = malloc(4 * size + 1);
    FZ_CHECK(line && back);
    const int64_t n = akin_name_escape((const char *)data, (int64_t)size, line);
    FZ_CHECK(n >= (int64_t)size && n <= 4 * (int64_t)size && line[n] == 0 && !memchr(line, '\n', (size_t)n));
    const int64_t m = akin_name_unescape(line, n, back);
    if (memchr(data, 0, size))
        FZ_CHECK(m == -1);
    else
        FZ_CHECK(m == (int64_t)size && memcmp(back, data, size) == 0 && back[m] == 0);
    const int64_t other = akin_name_unescape((const char *)data, (int64_t)size, back);
    FZ_CHECK(other >= -1 && other <= (int64_t)size);
    free(line);
    free(back);
}

static void show(const char *text, size_t size)
{
    char shown[40], small[8];
    for (size_t i = 0; *akin_show_name(text, shown, sizeof shown) && shown[i];) {
        uint32_t code;
        const size_t n = ak_utf8_length(shown + i, strlen(shown + i), &code);
        FZ_CHECK(n > 0 && code >= 32 && code != 127);
        i += n;
    }
    FZ_CHECK(strlen(ak_show(text, size, AK_TAIL, small, sizeof small)) < sizeof small);
    FZ_CHECK(strlen(ak_show(text, size, AK_HEAD, small, sizeof small)) < sizeof small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fz_text(data, size);
    akin_error err;
    akin_names names = AKIN_NAMES_INIT;
    if (size) escape_and_back(data, size);
    show(text, size);
    if (fz_said(akin_names_load(fz_file("names.txt", data, size), &names, &err), &err))
        for (int64_t i = 0; i < names.n; i++) FZ_CHECK(names.name[i] && !strchr(names.name[i], 0)[0]);
    akin_names_free(&names);
    FZ_CHECK(ak_part_meant(text, strlen(text)) >= AK_PART_NONE &&
             ak_part_meant(text, strlen(text)) <= AK_PART_VAL);
    (void)ak_is_clutter(text);
    (void)ak_is_image_name(text);
    (void)ak_is_picture_path(text, size);
    ak_names set = { 0 };
    for (size_t i = 0; i < size; i += 3) {
        const int64_t bytes = (int64_t)(size - i < 3 ? size - i : 3),
                      id = ak_names_add(&set, text + i, bytes);
        FZ_CHECK(id >= 0 && ak_names_find(&set, text + i, bytes) == id && ak_names_bytes(&set, id) == bytes);
    }
    ak_names_free(&set);
    free(text);
    return 0;
}
