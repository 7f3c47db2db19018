/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_shards.c - captions in archives of tar (files/shards.h): the .txt of each sample is an item,
 * its .cls the label. */
#include "base/path.h"
#include "files/shards.h"
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>

static bool is_text(const char *ending) { return strcmp(ending, "txt") == 0; }

/* Lines of one caption are words of one text. */
static int64_t on_one_line(uint8_t *text, int64_t bytes)
{
    const int64_t mark = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    memmove(text, text + mark, (size_t)(bytes - mark));
    for (int64_t i = 0; i < bytes - mark; i++)
        if (text[i] == '\n' || text[i] == '\r') text[i] = ' ';
    return bytes - mark;
}

static akin_status label_of(akin_corpus *c, const ak_sample *sample, ak_text_place *at, akin_error *err)
{
    char number[16];
    if (sample->label < 0) return AKIN_OK;
    const int n = snprintf(number, sizeof number, "%d", (int)sample->label);
    const int64_t label = ak_names_add(&c->label_names, number, n);
    at->label = (int32_t)label;
    return label < 0 ? ak_no_memory(err, "for the labels of '%s'", c->path) : AKIN_OK;
}

static akin_status take_sample(akin_corpus *c, const ak_shards *s, int64_t i, akin_error *err)
{
    static const int SPLIT[] = { [AK_PART_TRAIN] = 0, [AK_PART_VAL] = 1, [AK_PART_TEST] = 2 };
    const ak_sample *sample = &s->sample[i];
    ak_text_place at = { .file = sample->name, .line = 1, .group = -1, .label = -1, .position = -1 };
    uint8_t *text = NULL;
    size_t n = 0;
    int32_t item;
    akin_error why;
    char shown[AK_SHOWN];
    at.split = SPLIT[s->list.part[sample->shard]];
    if (s->labelled) AK_TRY(label_of(c, sample, &at, err));
    c->counts.lines++;
    const akin_status read = ak_shards_read(s, i, AK_LINE_BYTES, &text, &n, &why);
    if (read) return ak_fail(err, read, "'%s/%s': %s", c->path, ak_shown(sample->name, shown), why.message);
    const int64_t bytes = on_one_line(text, (int64_t)n);
    const akin_status status = ak_corpus_add_item(c, &at, (const char *)text, bytes, false, &item, err);
    free(text);
    if (!status && c->used > c->opts.max_bytes)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has more than %lld bytes of text, the limit, at '%s'",
                       c->path, (long long)c->opts.max_bytes, ak_shown(sample->name, shown));
    return status;
}

akin_status ak_corpus_read_shards(akin_corpus *c, akin_error *err)
{
    const ak_shards_want want = { "text", is_text, AK_LINE_BYTES, c->opts.max_bytes };
    ak_shards s = { .n = 0 };
    akin_status status = ak_shards_open(c->path, &want, &c->remarks, &s, err);
    for (int64_t i = 0; i < s.n && !status; i++) status = take_sample(c, &s, i, err);
    ak_shards_close(&s);
    return status;
}
