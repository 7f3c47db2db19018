/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_select.c - only the items of a keep-list stay in train, or only items with words in any split.
 * The texts stay where they are, and groups and classes keep their numbers: only the lists of items change.
 * An item is named by its file and line, so a keep-list fits the corpus whatever the options were with which
 * it was made. */
#include "akin/tool/keep_list.h"
#include "base/path.h"
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
        ak_remark_kept(&c->remarks, c->opts.keep, kept, n);
        select_items(c, kept);
    }
    free(kept);
    akin_keep_list_free(keep);
    return status;
}

akin_status ak_corpus_choose_rows(akin_corpus *c, akin_error *err)
{
    for (int s = 0; s < c->splits; s++)
        for (int64_t i = c->member_start[s]; i < c->member_start[s + 1]; i++)
            c->with_words[s] += c->tuples > 0 || !c->item[c->members[i]].mute;
    /* a tuple has all of its texts; learning says which has no words */
    if (c->opts.rows == AKIN_ROWS_ALL || c->tuples > 0) return AKIN_OK;
    char shown[AK_SHOWN];
    int64_t to = 0, from = 0, mute = 0;
    const int64_t all = c->member_start[c->splits];
    for (int s = 0; s < c->splits; s++) {
        const int64_t end = c->member_start[s + 1];
        c->member_start[s] = to;
        for (; from < end; from++) {
            const ak_text_item *it = &c->item[c->members[from]];
            const bool silent = it->mute && c->opts.rows == AKIN_ROWS_WITH_WORDS;
            mute += silent;
            if (!it->bad && !silent) c->members[to++] = c->members[from];
        }
    }
    c->member_start[c->splits] = to;
    if (c->member_start[1] == 0)
        return ak_fail(err, AKIN_ERR_INPUT, "no text of '%s' has a word to learn from", c->path);
    if (mute > 0)
        ak_remark(
            &c->remarks,
            "%lld of the %lld texts of '%s' have no words; nothing is learned from them, and 'akin embed' "
            "gives rows of zeros.",
            (long long)mute, (long long)all, ak_shown(c->name, shown));
    return AKIN_OK;
}
