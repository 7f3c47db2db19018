/* SPDX-License-Identifier: Apache-2.0 */
/* cli/lists.c - labels of items and names in tables, wherever the items come from. */
#include "cli/lists.h"

#include <stdlib.h>
#include <string.h>

void cli_put_name(FILE *to, const char *name)
{
    char little[1024];
    const size_t n = strlen(name);
    char *line = n < sizeof little / 4 ? little : malloc(4 * n + 1);
    if (!line) akin_memory_lack();
    if (line) fwrite(line, 1, (size_t)akin_name_escape(name, (int64_t)n, line), to);
    if (line != little) free(line);
}

const char *cli_item_name(const cli_source *s, int64_t i, char *buf, size_t size)
{
    const char *name = s->named.item ? s->named.item(i, s->named.ctx) : NULL;
    if (name) return name;
    snprintf(buf, size, "%lld", (long long)i);
    return buf;
}

akin_status cli_source_labels(const cli_args *args, const cli_source *s, akin_labels **own,
                              const int32_t **labels, akin_error *err)
{
    const char *file = cli_text(args, "labels");
    *own = NULL;
    *labels = s->named.labels;
    if (!file) return AKIN_OK;
    const akin_status status = akin_labels_open(file, own, err);
    if (status) return status;
    *labels = akin_labels_values(*own);
    if (akin_labels_count(*own) == s->named.n) return AKIN_OK;
    return cli_set_error(err, AKIN_ERR_SHAPE, "'%s' has %lld labels, and '%s' %lld items", file,
                         (long long)akin_labels_count(*own), s->path, (long long)s->named.n);
}

const char *cli_label_name(const cli_source *s, const akin_labels *own, int32_t label, char *buf, size_t size)
{
    const char *name = NULL;
    if (own)
        name = akin_labels_class_name(own, label);
    else if (s->named.class_name)
        name = s->named.class_name(label, s->named.ctx);
    if (name) return name;
    snprintf(buf, size, "%d", label);
    return buf;
}
