/* SPDX-License-Identifier: Apache-2.0 */
/* cli/named.c - the names and labels of rows as files of a set. */
#include "cli/named.h"

#include "akin/tool/escape.h"
#include "akin/tool/labels.h"

static akin_status write_names(const cli_named *named, akin_file_set *files, akin_error *err)
{
    akin_writer *w = NULL;
    akin_status status = akin_file_set_add(files, ".names.txt", &w, err);
    for (int64_t i = 0; i < named->n && !status; i++)
        status = akin_name_write(w, named->item(i, named->ctx), err);
    return status ? status : akin_writer_commit(w, err);
}

/* Labels, and what their numbers mean. */
static akin_status write_labels(const cli_named *named, akin_file_set *files, akin_error *err)
{
    akin_writer *w = NULL;
    akin_status status = akin_file_set_add(files, ".labels.npy", &w, err);
    if (!status) status = akin_npy_write(w, AKIN_DTYPE_I32, 1, &named->n, named->labels, err);
    if (!status) status = akin_writer_commit(w, err);
    if (status || !named->classes) return status;
    status = akin_file_set_add(files, ".classes.txt", &w, err);
    if (!status) status = akin_class_names_write(w, named->class_name, named->ctx, named->classes, err);
    return status ? status : akin_writer_commit(w, err);
}

akin_status cli_named_write(const cli_named *named, akin_file_set *files, akin_error *err)
{
    akin_status status = named->item ? write_names(named, files, err) : AKIN_OK;
    if (!status && named->labels) status = write_labels(named, files, err);
    return status;
}
