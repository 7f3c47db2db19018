/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus.c - what an open corpus tells of itself, and its end. */
#include "text/corpus.h"

#include <stdio.h>
#include <string.h>

const char *const ak_text_splits[AK_TEXT_SPLITS] = { "train", "val", "test" };

void ak_corpus_end_reading(akin_corpus *c)
{
    free(c->item);
    free(c->tuple);
    c->item = NULL;
    c->tuple = NULL;
    ak_names_free(&c->seen);
    ak_tokenizer_free(c->tokenizer);
    c->tokenizer = NULL;
    c->opts.format = c->opts.columns = c->opts.keep = NULL; /* the caller's */
}

void akin_corpus_free(akin_corpus *c)
{
    if (!c) return;
    ak_corpus_end_reading(c);
    void *owned[] = { c->path,        c->bytes,    c->start,    c->negative,       c->group,
                      c->label,       c->position, c->file,     c->line,           c->group_order,
                      c->class_order, c->anchor,   c->positive, c->negative_start, c->members };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    for (int64_t i = 0; i < c->bad_listed; i++) {
        free((char *)c->bad[i].name);
        free((char *)c->bad[i].reason);
    }
    ak_remarks_free(&c->remarks);
    ak_names_free(&c->files);
    ak_names_free(&c->group_names);
    ak_names_free(&c->label_names);
    free(c);
}

const akin_texts *akin_corpus_texts(const akin_corpus *c) { return &c->texts; }
const akin_text_groups *akin_corpus_groups(const akin_corpus *c) { return &c->who; }
const akin_text_tuples *akin_corpus_tuples(const akin_corpus *c) { return &c->rows; }
const akin_text_counts *akin_corpus_counts(const akin_corpus *c) { return &c->counts; }
int akin_corpus_splits(const akin_corpus *c) { return c->splits; }

const char *akin_corpus_split_name(const akin_corpus *c, int split)
{
    return split >= 0 && split < c->splits ? ak_text_splits[c->split_id[split]] : NULL;
}

akin_status akin_corpus_split(const akin_corpus *c, const char *split, const int32_t **items, int64_t *n,
                              akin_error *err)
{
    if (!c || !split || !items || !n)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_split: c, split, items and n must not be NULL");
    for (int s = 0; s < c->splits; s++) {
        if (strcmp(ak_text_splits[c->split_id[s]], split) != 0) continue;
        *items = c->members + c->member_start[s];
        *n = c->member_start[s + 1] - c->member_start[s];
        return AKIN_OK;
    }
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has train%s%s%s%s", c->name, split,
                   c->splits > 1 ? ", " : "", c->splits > 1 ? ak_text_splits[c->split_id[1]] : "",
                   c->splits > 2 ? ", " : "", c->splits > 2 ? ak_text_splits[c->split_id[2]] : "");
}

int64_t ak_corpus_with_words(const akin_corpus *c, const char *split)
{
    for (int s = 0; s < c->splits; s++)
        if (strcmp(ak_text_splits[c->split_id[s]], split) == 0) return c->with_words[s];
    return 0;
}

const char *akin_corpus_name(const akin_corpus *c) { return c->name; }
const char *akin_corpus_format(const akin_corpus *c) { return c->format; }
const char *akin_corpus_remark(const akin_corpus *c, int64_t i) { return ak_remark_at(&c->remarks, i); }
const char *akin_corpus_fingerprint(const akin_corpus *c) { return c->fingerprint; }

const char *akin_corpus_full_fingerprint(const akin_corpus *c)
{
    return c->full[0] ? c->full : c->fingerprint;
}

int64_t akin_corpus_full_items(const akin_corpus *c) { return c->full_items; }

const char *akin_corpus_group_name(const akin_corpus *c, int64_t g)
{
    return g >= 0 && g < c->groups ? ak_names_text(&c->group_names, c->group_order[g]) : NULL;
}

const char *akin_corpus_class_name(const akin_corpus *c, int64_t k)
{
    return k >= 0 && k < c->classes ? ak_names_text(&c->label_names, c->class_order[k]) : NULL;
}

/* The path within the corpus: the same wherever the corpus is. */
static const char *within(const akin_corpus *c, const char *file)
{
    const size_t n = strlen(c->path);
    if (strcmp(file, c->path) == 0) return c->name;
    if (c->folder && strlen(file) > c->folder) return file + c->folder;
    return strncmp(file, c->path, n) == 0 && file[n] == '/' ? file + n + 1 : file;
}

const char *akin_corpus_item_name(const akin_corpus *c, int64_t i, char *buf, size_t size)
{
    if (i < 0 || i >= c->n)
        snprintf(buf, size, "%s", "");
    else
        snprintf(buf, size, "%s:%d", within(c, ak_names_text(&c->files, c->file[i])), c->line[i]);
    return buf;
}

const akin_bad_item *akin_corpus_bad_at(const akin_corpus *c, int64_t i)
{
    return i >= 0 && i < c->bad_listed ? &c->bad[i] : NULL;
}
