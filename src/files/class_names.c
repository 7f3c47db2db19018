/* SPDX-License-Identifier: Apache-2.0 */
/* files/class_names.c - files of names of classes. */
#include "files/class_names.h"

#include "akin/tool/escape.h"
#include "akin/tool/labels.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

akin_status ak_class_names_load(const char *path, ak_class_list *out, akin_error *err)
{
    akin_names names = AKIN_NAMES_INIT;
    AK_TRY(akin_names_load(path, &names, err));
    akin_status status = AKIN_OK;
    for (int64_t k = 0; k < names.n && !status; k++) status = ak_class_list_add(out, names.name[k], err);
    akin_names_free(&names);
    return status;
}

akin_status akin_class_names_write(akin_writer *w, const char *(*name)(int64_t k, void *ctx), void *ctx,
                                   int64_t n, akin_error *err)
{
    if (!w || !name)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "class_names_write: file and name must not be NULL");
    if (n < 0) return ak_fail(err, AKIN_ERR_RANGE, "class_names_write: %lld names", (long long)n);
    for (int64_t k = 0; k < n; k++) {
        const char *found = name(k, ctx);
        AK_TRY(akin_name_write(w, found ? found : "", err));
    }
    return AKIN_OK;
}

akin_status akin_class_names_save(const char *path, const char *(*name)(int64_t k, void *ctx), void *ctx,
                                  int64_t n, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(name, err);
    akin_writer *w = NULL;
    AK_TRY(akin_writer_open(path, &w, err));
    const akin_status status = akin_class_names_write(w, name, ctx, n, err);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}

/* Beside labels -------------------------------------------------------------------------------- */

static bool ends(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

void ak_class_names_beside(const char *labels, char to[AK_CLASS_NAMES_PATH])
{
    static const char END[] = ".labels.npy";
    const char *base = ak_path_base(labels);
    int n = -1;
    if (ends(labels, END))
        n = snprintf(to, AK_CLASS_NAMES_PATH, "%.*s.classes.txt", (int)(strlen(labels) - strlen(END)),
                     labels);
    else if (ends(labels, "-labels.npy") || strcmp(base, "labels.npy") == 0)
        n = snprintf(to, AK_CLASS_NAMES_PATH, "%.*sclass-names.txt", (int)(base - labels), labels);
    if (n < 0 || n >= AK_CLASS_NAMES_PATH) *to = 0;
}

akin_status ak_class_names_find(const char *labels, ak_class_list *out, akin_error *err)
{
    char path[AK_CLASS_NAMES_PATH];
    ak_class_names_beside(labels, path);
    bool there = false;
    if (*path) AK_TRY(ak_look(path, &there, NULL, err));
    return there ? ak_class_names_load(path, out, err) : AKIN_OK;
}
