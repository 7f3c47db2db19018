/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_items.c - adding items to a corpus, one after the other: checks, duplicates, limits, tuples. */
#include "text/corpus_items.h"

#include "akin/tool/utf8.h"
#include "files/text_bytes.h"

#include <stdio.h>
#include <string.h>

static akin_status no_room(const akin_corpus *c, akin_error *err)
{
    return ak_no_memory(err, "for '%s' beyond %lld texts, %lld bytes", c->path, (long long)c->n,
                        (long long)c->used);
}

/* skip: what --on-bad skip does. */
static akin_status add_bad(akin_corpus *c, const char *file, int64_t line, const char *reason,
                           const char *skip, akin_error *err)
{
    if (c->opts.on_bad == AKIN_BAD_STOP)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: %s; --on-bad skip %s", file, (long long)line,
                       reason, skip);
    c->counts.bad++;
    if (c->bad_listed == AK_BAD_LISTED) return AKIN_OK;
    const size_t room = strlen(file) + 32;
    char *name = malloc(room), *why = strdup(reason);
    if (!name || !why) {
        free(name);
        free(why);
        return no_room(c, err);
    }
    snprintf(name, room, "%s:%lld", file, (long long)line);
    c->bad[c->bad_listed++] = (akin_bad_item){ name, why };
    return AKIN_OK;
}

akin_status ak_corpus_check_size(const akin_corpus *c, const akin_lines *l, akin_error *err)
{
    if (c->used > c->opts.max_bytes)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has more than %lld bytes of text, the limit, at '%s' line %lld", c->path,
                       (long long)c->opts.max_bytes, ak_lines_path(l), (long long)akin_lines_number(l));
    if ((c->taken + ak_lines_bytes(l)) / 8 > c->opts.max_bytes)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' inflates to more than eight times the limit of %lld bytes of text, at '%s' line %lld",
            c->path, (long long)c->opts.max_bytes, ak_lines_path(l), (long long)akin_lines_number(l));
    return AKIN_OK;
}

static bool is_blank(const char *text, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i++)
        if (text[i] != ' ' && (text[i] < '\t' || text[i] > '\r')) return false;
    return true;
}

/* A letter or digit of ASCII is in a word; with others the tokenizer knows. */
static akin_status has_words(akin_corpus *c, const char *text, int64_t bytes, bool *has, akin_error *err)
{
    bool others = false;
    *has = false;
    for (int64_t i = 0; i < bytes && !*has; i++) {
        const unsigned char byte = (unsigned char)text[i];
        *has = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
        others = others || byte >= 0x80;
    }
    if (*has || !others) return AKIN_OK;
    ak_words words = { .n = 0 };
    akin_status status = AKIN_OK;
    if (!c->tokenizer) status = ak_tokenizer_create(true, &c->tokenizer, err);
    if (!status) status = ak_tokenize(c->tokenizer, text, bytes, &words, err);
    *has = words.n > 0 || status == AKIN_ERR_UNSUPPORTED; /* whoever needs the words will say that */
    return status == AKIN_ERR_UNSUPPORTED ? AKIN_OK : status;
}

static akin_status append(akin_corpus *c, const ak_text_place *at, int64_t file, const char *text,
                          int64_t bytes, akin_error *err)
{
    bool words = false;
    AK_TRY(has_words(c, text, bytes, &words, err));
    if (c->n == INT32_MAX - 1)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has more than %d texts", c->path, INT32_MAX - 1);
    if (!ak_grow(&c->bytes, &c->bytes_room, c->used + bytes + 1, 1) ||
        !ak_grow(&c->start, &c->start_room, c->n + 2, sizeof *c->start) ||
        !ak_grow(&c->item, &c->item_room, c->n + 1, sizeof *c->item))
        return no_room(c, err);
    memcpy(c->bytes + c->used, text, (size_t)bytes);
    c->item[c->n] = (ak_text_item){ at->group,         at->label, at->position, (int32_t)file,
                                    (int32_t)at->line, at->split, !words,       false };
    c->blank += bytes == 0;
    c->start[c->n] = c->used;
    c->used += bytes;
    c->start[++c->n] = c->used;
    return AKIN_OK;
}

static akin_status enough_words(akin_corpus *c, const char *text, int64_t bytes, bool *enough,
                                akin_error *err)
{
    ak_words words = { .n = 0 };
    if (!c->tokenizer) AK_TRY(ak_tokenizer_create(true, &c->tokenizer, err));
    AK_TRY(ak_tokenize(c->tokenizer, text, bytes, &words, err));
    *enough = words.n >= c->opts.min_words;
    return AKIN_OK;
}

static akin_status add_clean(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes,
                             bool must, int32_t *item, akin_error *err);

/* Every byte that is not part of a character becomes U+FFFD, which stands for a character that cannot be
 * read. */
static akin_status add_mended(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes,
                              bool must, int32_t *item, akin_error *err)
{
    char *mended = malloc((size_t)bytes * 3 + 1);
    if (!mended) return no_room(c, err);
    const int64_t n = akin_utf8_mend(text, bytes, mended);
    c->counts.mended++;
    const akin_status status = add_clean(c, at, mended, n, must, item, err);
    free(mended);
    return status;
}

akin_status ak_corpus_add_item(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes,
                               bool must, int32_t *item, akin_error *err)
{
    *item = -1;
    while (bytes > 0 && is_blank(text, 1)) text++, bytes--;
    while (bytes > 0 && is_blank(text + bytes - 1, 1)) bytes--;
    if (bytes == 0 && !must) {
        const bool left = at->sparse || c->opts.min_words > 0;
        c->counts.empty += left;
        if (left) return AKIN_OK;
    }
    const int64_t wrong = akin_utf8_check(text, bytes);
    if (wrong < bytes) {
        char why[AK_BAD_BYTE], reason[64 + AK_BAD_BYTE];
        snprintf(reason, sizeof reason, "byte 0x%02x, number %lld of the text, %s",
                 (unsigned char)text[wrong], (long long)wrong + 1, ak_text_bad_byte(text, bytes, wrong, why));
        AK_TRY(add_bad(c, at->file, at->line, reason, "reads each such byte as U+FFFD", err));
        return add_mended(c, at, text, bytes, must, item, err);
    }
    return add_clean(c, at, text, bytes, must, item, err);
}

static akin_status add_clean(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes,
                             bool must, int32_t *item, akin_error *err)
{
    if (c->opts.min_words > 0 && !must) {
        bool enough = true;
        AK_TRY(enough_words(c, text, bytes, &enough, err));
        c->counts.few_words += !enough;
        if (!enough) return AKIN_OK;
    }
    if (c->opts.drop_duplicates) {
        const int64_t old = ak_names_find(&c->seen, text, bytes);
        if (old >= 0) {
            c->counts.duplicates++;
            if (must) *item = (int32_t)old;
            return AKIN_OK;
        }
        if (ak_names_add(&c->seen, text, bytes) < 0) return no_room(c, err);
    }
    const int64_t file = ak_names_add(&c->files, at->file, (int64_t)strlen(at->file));
    if (file < 0) return no_room(c, err);
    *item = (int32_t)c->n;
    return append(c, at, file, text, bytes, err);
}

void ak_corpus_drop_from(akin_corpus *c, int64_t n)
{
    c->counts.trimmed += c->n - n;
    c->n = n;
    c->used = n ? c->start[n] : 0;
}

akin_status ak_corpus_add_bad_row(akin_corpus *c, const char *file, int64_t line, const char *reason,
                                  akin_error *err)
{
    const ak_text_place at = { file, line, -1, -1, -1, c->reading, false };
    AK_TRY(add_bad(c, file, line, reason, "leaves such rows without a text", err));
    if (c->tuples > 0) return AKIN_OK;
    const int64_t name = ak_names_add(&c->files, file, (int64_t)strlen(file));
    if (name < 0) return no_room(c, err);
    AK_TRY(append(c, &at, name, "", 0, err));
    c->item[c->n - 1].bad = true;
    c->bad_rows++;
    return AKIN_OK;
}

/* Rows of tables
 * ---------------------------------------------------------------------------------------------- */

/* The number of a name, new or old; -1 where the row has none. */
static akin_status number_of(akin_corpus *c, ak_names *map, const ak_text_field *f, int32_t *id,
                             akin_error *err)
{
    *id = -1;
    if (!f->text || f->bytes == 0) return AKIN_OK;
    const int64_t i = ak_names_add(map, f->text, f->bytes);
    if (i < 0) return no_room(c, err);
    *id = (int32_t)i;
    return AKIN_OK;
}

static bool is_utf8(const ak_text_field *f)
{
    return !f->text || akin_utf8_check(f->text, f->bytes) == f->bytes;
}

/* Why a row cannot be used; NULL when it can. */
static const char *flaw(const ak_text_row *row)
{
    if (!is_utf8(&row->label) || !is_utf8(&row->group)) return "a label or group that is not UTF-8";
    if (row->overflow) return "more than 256 positives or negatives";
    if (row->text.text && row->anchor.text) return "both text and anchor";
    if (row->anchor.text && row->positives == 0) return "an anchor without a positive";
    if (!row->anchor.text && (row->positives || row->negatives))
        return "positives or negatives without an anchor";
    if (!row->text.text && !row->anchor.text) return "neither text nor anchor";
    if (!row->anchor.text) return NULL;
    bool empty = is_blank(row->anchor.text, row->anchor.bytes);
    for (int i = 0; i < row->positives; i++) empty |= is_blank(row->positive[i].text, row->positive[i].bytes);
    for (int i = 0; i < row->negatives; i++) empty |= is_blank(row->negative[i].text, row->negative[i].bytes);
    return empty ? "an anchor, positive or negative that is empty" : NULL;
}

static akin_status add_tuples(akin_corpus *c, ak_text_place *at, const ak_text_row *row, akin_error *err)
{
    int32_t anchor, positive[AK_ROW_PARTS], negative[AK_ROW_PARTS];
    if (c->bad_rows)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': %s, in the first row: mend it, or take it out",
                       c->bad[0].name, c->bad[0].reason);
    AK_TRY(ak_corpus_add_item(c, at, row->anchor.text, row->anchor.bytes, true, &anchor, err));
    for (int i = 0; i < row->positives; i++)
        AK_TRY(ak_corpus_add_item(c, at, row->positive[i].text, row->positive[i].bytes, true, &positive[i],
                                  err));
    at->group = at->label = -1; /* a negative belongs to another group, which is unknown */
    for (int i = 0; i < row->negatives; i++)
        AK_TRY(ak_corpus_add_item(c, at, row->negative[i].text, row->negative[i].bytes, true, &negative[i],
                                  err));
    if (c->reading != 0) return AKIN_OK; /* what is not in train is not learned from */
    for (int p = 0; p < row->positives; p++) {
        if (!ak_grow(&c->tuple, &c->tuple_room, c->tuples + 1, sizeof *c->tuple) ||
            !ak_grow(&c->negative, &c->negative_room, c->negatives + row->negatives, sizeof *c->negative))
            return no_room(c, err);
        for (int i = 0; i < row->negatives; i++) c->negative[c->negatives++] = negative[i];
        c->tuple[c->tuples++] = (ak_text_tuple){ anchor, positive[p], c->negatives };
    }
    return AKIN_OK;
}

akin_status ak_corpus_add_row(akin_corpus *c, const char *file, int64_t line, const ak_text_row *row,
                              akin_error *err)
{
    const char *wrong = flaw(row);
    if (wrong) return ak_corpus_add_bad_row(c, file, line, wrong, err);
    ak_text_place at = { .file = file, .line = line, .group = -1, .label = -1, .split = c->reading };
    int32_t item;
    AK_TRY(number_of(c, &c->group_names, &row->group, &at.group, err));
    AK_TRY(number_of(c, &c->label_names, &row->label, &at.label, err));
    if (row->anchor.text) return add_tuples(c, &at, row, err);
    return ak_corpus_add_item(c, &at, row->text.text, row->text.bytes, false, &item, err);
}
