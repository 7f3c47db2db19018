/* SPDX-License-Identifier: Apache-2.0 */
/* files/quantize.c - what FILE.set.json tells of rows of packed signs. */
#include "akin/tool/quantize.h"

#include "akin/tool/json.h"
#include "akin/tool/npz.h"
#include "akin/tool/program.h"
#include "base/base.h"
#include "base/path.h"
#include "files/npy.h"
#include "files/shard_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARD_END = 10, LARGEST_SET = 1 << 20 }; /* "-00003.npy" */

/* How much of a path is left for ".set.json"; shard: as one of several files. */
static size_t stem(const char *path, bool shard)
{
    const size_t n = strlen(path), end = strlen(".npy");
    const bool array = n > end && strcmp(path + n - end, ".npy") == 0;
    if (!shard) return array ? n - end : n;
    if (!array || n <= SHARD_END || path[n - SHARD_END] != '-') return 0;
    return strspn(path + n - SHARD_END + 1, "0123456789") == SHARD_END - 1 - end ? n - SHARD_END : 0;
}

/* The width of packed rows by the FILE.set.json of that name; *width is left as it is where there is none, or
 * where it tells of something else. */
static akin_status width_by(const char *set, int64_t *width, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    bool there;
    akin_json *root = NULL;
    AK_TRY(ak_look(set, &there, NULL, err));
    if (!there) return AKIN_OK;
    AK_TRY(akin_file_load(set, LARGEST_SET, &text, &bytes, err));
    const akin_status status = akin_json_parse(text, bytes, set, 0, &root, err);
    free(text);
    if (status) return status;
    const char *how = akin_json_get_text(root, "quantize");
    if (how && strcmp(how, "binary") == 0) *width = akin_json_get_int(root, "width");
    akin_json_free(root);
    return AKIN_OK;
}

static akin_status look_beside(const char *path, int64_t *width, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (int shard = 0; shard < 2 && !status && !*width; shard++) {
        const size_t n = stem(path, shard);
        char *set = n ? malloc(n + sizeof ".set.json") : NULL;
        if (!n) continue;
        if (!set) return ak_no_memory(err, "to read '%s'", path);
        sprintf(set, "%.*s.set.json", (int)n, path);
        status = width_by(set, width, err);
        free(set);
    }
    return status;
}

akin_status akin_npy_packed(const char *path, bool *bytes, int64_t *width, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(bytes, err);
    AK_GIVEN(width, err);
    ak_npy *file = NULL;
    bool other, npz = false;
    *bytes = false;
    *width = 0;
    AK_TRY(ak_is_range(path, &other, err));
    if (!other) AK_TRY(akin_npz_is(path, &npz, err));
    if (other || npz) return AKIN_OK;
    AK_TRY(ak_npy_open(path, &file, err));
    const akin_array a = ak_npy_array(file);
    const bool truth = ak_npy_is_bool(file);
    ak_npy_close(file);
    *bytes = a.dtype == AKIN_DTYPE_U8 && a.ndim == 2 && !truth;
    if (!*bytes) return AKIN_OK;
    AK_TRY(look_beside(path, width, err));
    if (*width >= 0 && (*width == 0 || akin_quantize_bytes(AKIN_QUANTIZE_BINARY, *width) == a.shape[1]))
        return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_FORMAT,
        "'%s' has %lld bytes a row, and the file of its set tells of the signs of %lld columns; write "
        "it again (akin embed --force)",
        path, (long long)a.shape[1], (long long)*width);
}
