/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_select.c - only the items of a keep-list stay in train. The texts stay where they are, and
 * groups and classes keep their numbers: only the list of train's items changes. An item is named by its
 * file and line, so a list fits the corpus whatever the options were with which it was made. */
#include "akin/tool/keep_list.h"
#include "files/kept.h"
#include "text/corpus.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>

static const char *name_of(void *ctx, int64_t i, char *buf, size_t size)
{
    const akin_corpus *c = ctx;
    return akin_corpus_item_name(c, c->members[i], buf, size);
}

/* Train is the first split, so the items of the others move down. */
static void select_items(akin_corpus *c, const unsigned char *kept)
{
    const int64_t n = c->member_start[1], all = c->member_start[c->splits];
    int64_t to = 0;
    for (int64_t i = 0; i < n; i++)
        if (kept[i]) c->members[to++] = c->members[i];
    memmove(c->members + to, c->members + n, (size_t)(all - n) * sizeof *c->members);
    for (int s = 1; s <= c->splits; s++) c->member_start[s] -= n - to;
}

akin_status ak_corpus_select(akin_corpus *c, akin_error *err)
{
    if (c->tuples > 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has rows with anchor and positive, of which no items can be left out", c->path);
    akin_keep_list *keep = NULL;
    char what[400];
    AK_TRY(akin_keep_list_load(c->opts.keep, &keep, err));
    const char *split = akin_keep_list_about(keep)->split;
    const int64_t n = c->member_start[1];
    unsigned char *kept = ak_alloc(1, n, 1);
    akin_status status = AKIN_OK;
    if (!kept)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", c->path);
    else if (split && strcmp(split, "train") != 0)
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is of split '%s', not of 'train'", c->opts.keep, split);
    snprintf(what, sizeof what, "split 'train' of '%s'", c->name);
    if (!status) status = akin_keep_list_match(keep, n, name_of, c, what, kept, err);
    if (!status) {
        memcpy(c->full, c->fingerprint, sizeof c->full);
        c->full_items = n;
        ak_remark_kept(&c->remarks, c->opts.keep, kept, n);
        select_items(c, kept);
    }
    free(kept);
    akin_keep_list_free(keep);
    return status;
}
