/* SPDX-License-Identifier: Apache-2.0 */
/* files/lines.c - lines of a file or pipe, plain or packed.
 *
 * The text passes through a buffer that holds one piece and the line that is being read, which has a limit.
 *
 * The first 64 KiB decide on the line ends. With a line feed among them, lines end in LF or CR LF, and a
 * single CR is a character like others. Without one, a CR ends a line too, as on old Macs. UTF-16 and UTF-32
 * are told by their byte order mark, or by their zero bytes, and refused by name. */
#include "files/lines.h"

#include "base/path.h"
#include "files/text_bytes.h"

#include "files/byte_stream.h"

#include <string.h>

enum { LOOKED = 1 << 16, MIB = 1 << 20 };

struct akin_lines {
    char *path;
    ak_byte_stream *source;
    bool started, cr, finished; /* looked at; a CR ends a line; the rest of the text is in the buffer */
    int64_t longest;
    const char *question;
    /* [at,end): not handed out yet. last: where the line handed out last begins. */
    char *text;
    int64_t at, end, room, last;
    int64_t number, stray; /* of the line given last; of the first one with a CR in it, or 0 */
};

akin_status akin_lines_open(const char *path, akin_lines **out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "lines_open: path and out must not be NULL");
    akin_lines *l = calloc(1, sizeof *l);
    if (l) l->path = strdup(path);
    if (!l || !l->path) {
        free(l);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    }
    ak_lines_limit(l, AK_LINE_BYTES, "is it a file of text?");
    const akin_status status = ak_byte_stream_open_any(path, &l->source, err);
    if (status)
        akin_lines_close(l);
    else
        *out = l;
    return status;
}

void akin_lines_close(akin_lines *l)
{
    if (!l) return;
    ak_byte_stream_close(l->source);
    free(l->text);
    free(l->path);
    free(l);
}

int64_t akin_lines_number(const akin_lines *l) { return l->number; }
const char *ak_lines_path(const akin_lines *l) { return l->path; }
int64_t ak_lines_bytes(const akin_lines *l) { return ak_byte_stream_given(l->source); }
int64_t ak_lines_position(const akin_lines *l) { return ak_lines_bytes(l) - (l->end - l->last); }
char *ak_lines_buffer(akin_lines *l) { return l->text + l->last; }

void ak_lines_limit(akin_lines *l, int64_t longest, const char *question)
{
    l->longest = longest;
    l->question = question;
}

bool ak_lines_is_long(const akin_lines *l) { return l->end - l->last > l->longest; }

static akin_status too_long(const akin_lines *l, akin_error *err)
{
    const bool mib = l->longest % MIB == 0;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' line %lld has more than %lld %s; %s", l->path,
                   (long long)l->number + 1, (long long)(mib ? l->longest / MIB : l->longest),
                   mib ? "MiB" : "bytes", l->question);
}

/* Read on; bytes before l->last are not needed any more. */
static akin_status refill(akin_lines *l, akin_error *err)
{
    if (l->last > 0) {
        memmove(l->text, l->text + l->last, (size_t)(l->end - l->last));
        l->at -= l->last;
        l->end -= l->last;
        l->last = 0;
    }
    if (l->end > l->longest) return too_long(l, err);
    size_t more = 0;
    if (!ak_grow(&l->text, &l->room, l->end + AK_BYTE_PIECE + 1, 1))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a line of '%s'", l->path);
    AK_TRY(ak_byte_stream_piece(l->source, l->text + l->end, AK_BYTE_PIECE, &more, err));
    l->end += (int64_t)more;
    l->finished = more == 0;
    return AKIN_OK;
}

/* The first look: encoding, byte order mark, line ends. */
static akin_status start(akin_lines *l, akin_error *err)
{
    l->started = true;
    while (!l->finished && l->end < LOOKED && !(l->end && memchr(l->text, '\n', (size_t)l->end)))
        AK_TRY(refill(l, err));
    const size_t n = (size_t)(l->end < LOOKED ? l->end : LOOKED);
    if (n == 0) return AKIN_OK;
    const char *wide = ak_text_wide(l->text, n);
    if (wide) return ak_text_refuse_wide(l->path, wide, err);
    if (n >= 3 && memcmp(l->text, "\xef\xbb\xbf", 3) == 0) l->at = l->last = 3;
    l->cr = !memchr(l->text, '\n', n) && memchr(l->text, '\r', n);
    return AKIN_OK;
}

akin_status ak_lines_look(akin_lines *l, int64_t least, const char **text, int64_t *bytes, akin_error *err)
{
    l->last = l->at;
    if (!l->started) AK_TRY(start(l, err));
    while (!l->finished && l->end - l->at < least) AK_TRY(refill(l, err));
    *text = l->text ? l->text + l->at : "";
    *bytes = l->end - l->at;
    return AKIN_OK;
}

/* The line end in text[from,to), and *after, where the next line begins; NULL when more must be read. */
static char *find_end(const akin_lines *l, char *from, char *to, char **after)
{
    char *cr = l->cr ? memchr(from, '\r', (size_t)(to - from)) : NULL;
    char *lf = memchr(from, '\n', (size_t)((cr ? cr : to) - from));
    char *end = lf ? lf : cr;
    if (!end) return NULL;
    if (!lf && cr + 1 == to && !l->finished) return NULL; /* a line feed may belong to it */
    *after = end + 1 + (!lf && cr + 1 < to && cr[1] == '\n');
    return end;
}

/* The line that begins at l->at, appended to what begins at l->last. */
static akin_status next_line(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    int64_t looked = 0;
    char *end = NULL, *after = NULL;
    if (!l->started) AK_TRY(start(l, err));
    for (;;) {
        if (l->end > l->at + looked) end = find_end(l, l->text + l->at + looked, l->text + l->end, &after);
        if (end || l->finished) break;
        looked = l->end - l->at - (l->end > l->at); /* the last byte may be half a line end */
        AK_TRY(refill(l, err));
    }
    *got = end || l->end > l->at;
    *text = l->text + l->last; /* refill() may have moved what was given before */
    *bytes = l->end - l->last;
    if (!*got) return AKIN_OK;
    int64_t stop = end ? end - l->text : l->end;
    if (stop - l->last > l->longest) return too_long(l, err);
    const int64_t from = l->at;
    l->at = end ? after - l->text : stop;
    if (stop > from && l->text[stop - 1] == '\r') stop--;
    l->number++;
    if (!l->cr && !l->stray && stop > from && memchr(l->text + from, '\r', (size_t)(stop - from)))
        l->stray = l->number;
    *text = l->text + l->last;
    *bytes = stop - l->last;
    return AKIN_OK;
}

akin_status akin_lines_next(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    AK_GIVEN(l, err);
    AK_GIVEN(text, err);
    AK_GIVEN(bytes, err);
    AK_GIVEN(got, err);
    l->last = l->at;
    return next_line(l, text, bytes, got, err);
}

akin_status ak_lines_more(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    return next_line(l, text, bytes, got, err);
}

void ak_lines_remark(const akin_lines *l, ak_remarks *to)
{
    char shown[AK_SHOWN];
    const char *name = ak_shown(ak_path_base(l->path), shown);
    if (l->cr)
        ak_remark(to, "The lines of '%s' end in CR, as on old Macs; each CR is taken as a line end.", name);
    if (l->stray)
        ak_remark(to,
                  "Line %lld of '%s' has a carriage return (CR) that ends no line; it is taken as a blank.",
                  (long long)l->stray, name);
}
