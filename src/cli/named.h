/* SPDX-License-Identifier: Apache-2.0 */
/* cli/named.h - the names and labels of rows, and the files of a set that hold them. */
#ifndef AK_CLI_NAMED_H
#define AK_CLI_NAMED_H

#include "akin/tool/file_set.h"

typedef struct cli_named {
    int64_t n;
    const char *(*item)(int64_t i, void *ctx); /* NULL: items have no names */
    const int32_t *labels;                     /* [n], or NULL */
    int64_t classes;                           /* that have names; 0 = none is known */
    const char *(*class_name)(int64_t k, void *ctx);
    void *ctx;
} cli_named;

/* FILE.names.txt, FILE.labels.npy and FILE.classes.txt, as far as they are known. */
akin_status cli_named_write(const cli_named *named, akin_file_set *files, akin_error *err);

#endif
