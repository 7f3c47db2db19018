/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_lines.c - a file of which each line is an item. */
#include "files/picture_paths.h"
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

/* Lines that name images may be texts, but are told. */
static akin_status tell_pictures(akin_corpus *c, akin_error *err)
{
    ak_picture_paths found;
    AK_TRY(ak_picture_paths_find(c->path, '\n', &found, err));
    if (found.column == 0 && found.there)
        ak_remark(&c->remarks,
                  "The lines of '%s' name image files, and are read as texts: akin train '%s' reads "
                  "the images.",
                  ak_path_base(c->path), found.folder);
    return AKIN_OK;
}

akin_status ak_corpus_read_lines(akin_corpus *c, akin_error *err)
{
    akin_lines *l = NULL;
    AK_TRY(akin_lines_open(c->path, &l, err));
    akin_status status = tell_pictures(c, err);
    const char *text;
    int64_t bytes;
    int32_t item;
    bool got = true;
    while (!status) {
        status = akin_lines_next(l, &text, &bytes, &got, err);
        if (status || !got) break;
        c->counts.lines++;
        const ak_text_place at = { c->path, akin_lines_number(l), -1, -1, -1, c->reading, false };
        status = ak_corpus_add_item(c, &at, text, bytes, false, &item, err);
        if (!status) status = ak_corpus_check_size(c, l, err);
    }
    ak_lines_remark(l, &c->remarks);
    akin_lines_close(l);
    return status;
}
