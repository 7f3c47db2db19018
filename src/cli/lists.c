/* SPDX-License-Identifier: Apache-2.0 */
/* cli/lists.c - names in tables, and keep-lists of items, wherever the items come from. */
#include "cli/lists.h"

#include "akin/tool/dataset.h"
#include "akin/tool/keep_list.h"

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

/* Of a file of embeddings: by the names that stand beside it. */
static akin_status save_names(const cli_source *s, const unsigned char *kept, const akin_keep_list_head *head,
                              const char *path, akin_error *err)
{
    if (!s->table.names || s->table.cut)
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "a keep-list is made of names of items, and '%s' has none; --names FILE gives them", s->path);
    const char **names = malloc((size_t)s->named.n * sizeof *names);
    int64_t n = 0;
    if (!names) return cli_no_memory(err, s->named.n, "names");
    for (int64_t i = 0; i < s->named.n; i++)
        if (kept[i]) names[n++] = s->table.names[i];
    const akin_status status = akin_keep_list_save(path, head, names, n, err);
    free((void *)names);
    return status;
}

akin_status cli_keep_list_save(const cli_args *args, const cli_source *s, const unsigned char *kept,
                               const char *note, const char *path, akin_files *files, akin_error *err)
{
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    head.command = cli_command_line();
    head.note = note;
    head.seed = (uint64_t)cli_int(args, "seed");
    head.seeded = true;
    head.files = files;
    if (s->set) return akin_dataset_keep_list_save(path, s->set, s->split, kept, &head, err);
    return save_names(s, kept, &head, path, err);
}
