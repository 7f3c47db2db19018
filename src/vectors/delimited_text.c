/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/delimited_text.c - delimited text, record by record  [RFC 4180].
 *
 * A field may stand in double quotes, "" within them is one quote, and delimiters and line ends within them
 * are text. Lines end in LF or CR LF; blank lines are skipped; blanks around a field are dropped unless
 * quoted. The blank as delimiter stands for any run of blanks and tabs, and then blanks at the ends of a
 * line do not count.
 *
 * The file passes through one buffer, which grows only when a record is longer than it. A record is found
 * first, with the state of the quotes, and then cut up in place. */
#include "vectors/delimited_text.h"

#include "files/byte_stream.h"

#include <string.h>

enum {
    FIRST_BYTES = 1 << 17,
    MOST_BYTES = 1 << 28, /* of one record */
    LOOKED_LINES = 10,
};

struct ak_records {
    ak_byte_stream *source;
    char *path;
    char *buffer; /* [room+1]: one more for the 0 after the last line */
    size_t room, begin, end, longest;
    bool finished, quotes; /* finished: the rest of the file is in the buffer; quotes: the record has some */
    int delimiter;
    int64_t line, next_line;
    ak_field *fields;
    int64_t count, field_room;
};

void ak_records_close(ak_records *r)
{
    if (!r) return;
    ak_byte_stream_close(r->source);
    free(r->path);
    free(r->buffer);
    free(r->fields);
    free(r);
}

int ak_records_delimiter(const ak_records *r) { return r->delimiter; }
void ak_records_refuse_long(ak_records *r) { r->longest = FIRST_BYTES; }
int64_t ak_records_line(const ak_records *r) { return r->line; }

/* Read more bytes. The record that has begun moves to the front of the buffer. */
static akin_status refill(ak_records *r, akin_error *err)
{
    if (r->begin > 0) {
        memmove(r->buffer, r->buffer + r->begin, r->end - r->begin);
        r->end -= r->begin;
        r->begin = 0;
    }
    if (r->end == r->room) {
        if (r->room >= r->longest)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s': line %lld has more than %zu bytes; is a quote left open there?", r->path,
                           (long long)r->next_line, r->room);
        char *more = realloc(r->buffer, 2 * r->room + 1);
        if (!more) return ak_no_memory(err, "to read line %lld of '%s'", (long long)r->next_line, r->path);
        r->buffer = more;
        r->room *= 2;
    }
    size_t got = 0;
    const size_t want = r->room - r->end;
    AK_TRY(ak_byte_stream_some(r->source, r->buffer + r->end, want, &got, err));
    const char *zero = memchr(r->buffer + r->end, 0, got);
    if (zero)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is no text: it has a zero byte at or after line %lld; UTF-16 is not read",
                       r->path, (long long)r->next_line);
    r->end += got;
    r->finished = got < want;
    return AKIN_OK;
}

/* Delimiter
 * ------------------------------------------------------------------------------------------------- */

/* How often c separates fields in a line; a run of blanks counts once. */
static int count_in_line(const char *at, const char *end, char c)
{
    int count = 0;
    bool quoted = false;
    if (c == ' ') {
        while (at < end && strchr(" \t\r", *at)) at++;
        while (at < end && strchr(" \t\r", end[-1])) end--;
    }
    for (bool blank = false; at < end; at++) {
        quoted = quoted != (*at == '"');
        const bool hit = !quoted && (*at == c || (c == ' ' && *at == '\t'));
        count += hit && !(c == ' ' && blank);
        blank = hit;
    }
    return count;
}

/* The first candidate that is in each of the first lines equally often; else the one that is most often in
 * the first line; else a comma. */
static int detect_delimiter(const ak_records *r)
{
    static const char CANDIDATES[] = "\t;|, ";
    int most = 0, best = ',';
    for (const char *c = CANDIDATES; *c; c++) {
        const char *at = r->buffer + r->begin, *stop = r->buffer + r->end;
        int first = -1, lines = 0;
        bool same = true;
        while (at < stop && lines < LOOKED_LINES) {
            const char *end = memchr(at, '\n', (size_t)(stop - at));
            if (!end && !r->finished) break;
            if (!end) end = stop;
            const int count = count_in_line(at, end, *c);
            if (end - at > (end > at && end[-1] == '\r')) {
                if (first < 0) first = count;
                same = same && count == first;
                lines++;
            }
            at = end < stop ? end + 1 : stop;
        }
        if (first > 0 && same) return *c;
        if (first > most) {
            most = first;
            best = *c;
        }
    }
    return best;
}

akin_status ak_records_open(const char *path, int delimiter, ak_records **out, akin_error *err)
{
    ak_records *r = calloc(1, sizeof *r);
    if (r) {
        r->path = strdup(path);
        r->room = FIRST_BYTES;
        r->longest = MOST_BYTES;
        r->buffer = malloc(r->room + 1);
        r->next_line = 1;
    }
    akin_status status = AKIN_OK;
    if (!r || !r->path || !r->buffer) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    if (!status) status = ak_byte_stream_open(path, &r->source, err);
    if (!status) status = refill(r, err);
    if (status) {
        ak_records_close(r);
        return status;
    }
    if (r->end >= 3 && memcmp(r->buffer, "\xef\xbb\xbf", 3) == 0) r->begin = 3; /* byte order mark of UTF-8 */
    r->delimiter = delimiter ? delimiter : detect_delimiter(r);
    *out = r;
    return AKIN_OK;
}

/* Records
 * --------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Find the end of the record that begins at r->begin: *length is without its line end, *whole with it. A
 * quote opens a quoted field only where a field begins. */
static akin_status find_record(ak_records *r, size_t *length, size_t *whole, akin_error *err)
{
    size_t at = 0;
    bool quoted = false, fresh = true; /* fresh: only blanks since the delimiter */
    r->quotes = false;
    r->line = r->next_line;
    for (;; at++) {
        if (r->begin + at == r->end) {
            if (!r->finished) AK_TRY(refill(r, err));
            if (r->begin + at == r->end) break;
        }
        const char c = r->buffer[r->begin + at];
        if (c == '\n') r->next_line++;
        if (quoted) {
            quoted = c != '"'; /* "" closes and opens again */
            continue;
        }
        if (c == '\n') break;
        if (c == '"' && (fresh || (at > 0 && r->buffer[r->begin + at - 1] == '"' && r->quotes)))
            quoted = r->quotes = true;
        fresh = c == r->delimiter || (fresh && is_blank(c)) || (r->delimiter == ' ' && c == '\t');
    }
    if (quoted)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': a quote in the record that begins in line %lld is never closed", r->path,
                       (long long)r->line);
    *length = at;
    *whole = at + (r->begin + at < r->end);
    if (at > 0 && r->buffer[r->begin + at - 1] == '\r') --*length;
    return AKIN_OK;
}

static akin_status add_field(ak_records *r, char *text, size_t length, akin_error *err)
{
    if (r->count == r->field_room) {
        const int64_t room = r->field_room ? 2 * r->field_room : 64;
        ak_field *more = realloc(r->fields, (size_t)room * sizeof *more);
        if (!more) return ak_no_memory(err, "to read line %lld of '%s'", (long long)r->next_line, r->path);
        r->fields = more;
        r->field_room = room;
    }
    r->fields[r->count++] = (ak_field){ text, length };
    return AKIN_OK;
}

/* Take a field out of its quotes, in place; *at is the opening quote, and afterwards what follows the
 * field. Text after the closing quote stays as it is. Returns the length. */
static size_t unquote(char **at, const char *end, int delimiter)
{
    char *from = *at + 1, *to = *at;
    for (bool open = true; from < end; from++) {
        if (*from == '"') {
            if (open && from + 1 < end && from[1] == '"')
                *to++ = *from++;
            else
                open = !open;
        } else if (!open && (*from == delimiter || (delimiter == ' ' && is_blank(*from)))) {
            break;
        } else {
            *to++ = *from;
        }
    }
    const size_t length = (size_t)(to - *at);
    *at = from;
    return length;
}

static akin_status cut(ak_records *r, char *at, char *end, akin_error *err)
{
    const bool blanks = r->delimiter == ' ';
    r->count = 0;
    if (blanks)
        while (end > at && is_blank(end[-1])) end--;
    for (;;) {
        while (at < end && is_blank(*at) && *at != r->delimiter) at++;
        while (blanks && at < end && is_blank(*at)) at++;
        char *first = at;
        size_t length;
        if (at < end && *at == '"') {
            length = unquote(&at, end, r->delimiter);
        } else {
            if (blanks)
                while (at < end && !is_blank(*at)) at++;
            else
                at = memchr(at, r->delimiter, (size_t)(end - at));
            if (!at) at = end;
            length = (size_t)(at - first);
            while (length > 0 && is_blank(first[length - 1])) length--;
        }
        const bool last = at == end;
        first[length] = 0; /* ends the field; what stood there has been read */
        AK_TRY(add_field(r, first, length, err));
        if (last) return AKIN_OK;
        at++;
    }
}

akin_status ak_records_next(ak_records *r, ak_field **fields, int64_t *count, akin_error *err)
{
    for (;;) {
        size_t length = 0, whole = 0;
        if (r->begin == r->end && !r->finished) AK_TRY(refill(r, err));
        *count = 0;
        if (r->begin == r->end) return AKIN_OK;
        AK_TRY(find_record(r, &length, &whole, err));
        char *at = r->buffer + r->begin;
        r->begin += whole;
        size_t blank = 0;
        while (blank < length && is_blank(at[blank])) blank++;
        if (blank == length && !(r->delimiter == '\t' && length > 0)) continue;
        AK_TRY(cut(r, at, at + length, err));
        *fields = r->fields;
        *count = r->count;
        return AKIN_OK;
    }
}
