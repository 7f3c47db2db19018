/* SPDX-License-Identifier: Apache-2.0 */
/* files/records.c - delimited text, record by record  [RFC 4180].
 *
 * A field may stand in double quotes, "" within them is one quote, and delimiters and line ends within them
 * are text. Blank lines are skipped. A table is read in one of two ways:
 *
 * numbers  Blanks around a field are dropped unless quoted, and text behind a closing quote stays. The blank
 *          as delimiter stands for any run of blanks and tabs, and then blanks at the ends of a line do not
 *          count. A byte that is not UTF-8 is an error.
 * texts    Blanks belong to the field, and a quote opens a field only as its first byte. Where the delimiter
 *          is a tab, a record is a line, and a quote that does not close the field is a character. Line ends
 *          in a field become LF. Its bytes are for the caller to check.
 *
 * Lines before the table that begin with # are comments, see ak_records_remark(). The last of them is the
 * header if it has as many fields as the record below, which has a number where it has none; numpy.savetxt()
 * writes such files. In a table of texts a line with # is a row unless it differs in its number of fields.
 *
 * A first line "sep=;" is no row: spreadsheets write it to say what is between columns.
 *
 * A record is found first, with the state of the quotes, and then cut up in place. */
#include "files/records.h"

#include "akin/tool/utf8.h"
#include "base/path.h"
#include "files/text_bytes.h"

#include <string.h>

enum {
    LOOK_BYTES = 1 << 16,
    SHORT_BYTES = 1 << 17,
    MOST_BYTES = 1 << 28, /* of one record */
    LOOKED_LINES = 10,
};

struct ak_records {
    akin_lines *lines;
    const char *path; /* borrowed from the lines */
    bool texts;
    int delimiter;
    char *at; /* the record: length bytes, and one more that may be written */
    size_t length;
    int64_t line, blank;
    const char *wrong;
    ak_field *fields;
    int64_t count, field_room;
    /* Lines before the table. pending: the record has been read, and its comment was given as header. */
    int64_t comments;
    char *comment; /* the last of them, cut */
    int64_t comment_line, comment_room;
    size_t comment_length;
    ak_field *held; /* the record while its header is given */
    int64_t held_count, held_line;
    int64_t notes; /* of texts: lines with # at the top that are no rows */
    bool begun, pending, headers, header, doubtful, unchecked, told;
};

void ak_records_close(ak_records *r)
{
    if (!r) return;
    akin_lines_close(r->lines);
    free(r->comment);
    free(r->held);
    free(r->fields);
    free(r);
}

int ak_records_delimiter(const ak_records *r) { return r->delimiter; }
int64_t ak_records_line(const ak_records *r) { return r->line; }
const char *ak_records_wrong(const ak_records *r) { return r->wrong; }
int64_t ak_records_blank(const ak_records *r) { return r->blank; }
const akin_lines *ak_records_lines(const ak_records *r) { return r->lines; }

static const char QUESTION[] = "is a quote left open there?";

void ak_records_only_look(ak_records *r)
{
    ak_lines_limit(r->lines, SHORT_BYTES, QUESTION);
    r->unchecked = true;
}

akin_status ak_records_look(ak_records *r, ak_field **fields, int64_t *count, akin_error *err)
{
    const akin_status status = ak_records_next(r, fields, count, err);
    const bool unread = status == AKIN_ERR_INPUT && !ak_lines_is_long(r->lines);
    if (status) *count = 0;
    return unread || status == AKIN_ERR_NOMEM ? status : AKIN_OK;
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

static const char *line_end(const char *at, const char *stop)
{
    while (at < stop && *at != '\n' && *at != '\r') at++;
    return at;
}

/* The first candidate that is in each of the first lines equally often; else the one that is most often in
 * the first line; else a comma. whole: the file ends where the text does. */
static int detect_delimiter(const char *text, int64_t bytes, bool whole)
{
    static const char CANDIDATES[] = "\t;|, ";
    const char *stop = text + bytes;
    while (text < stop && (*text == '#' || *text == '\n' || *text == '\r')) {
        text = line_end(text, stop);
        text += text < stop;
    }
    int most = 0, best = ',';
    for (const char *c = CANDIDATES; *c; c++) {
        int first = -1, lines = 0;
        bool same = true;
        for (const char *at = text; at < stop && lines < LOOKED_LINES;) {
            const char *end = line_end(at, stop);
            if (end == stop && !whole && lines) break;
            const int count = count_in_line(at, end, *c);
            if (end > at) {
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

/* In a table of texts: the lines with # at the top, which are comments if each has another number of fields
 * than the row below. *doubtful: one has the same number, so they are rows. */
static int64_t count_notes(const char *text, int64_t bytes, int delimiter, bool *doubtful)
{
    const char *stop = text + bytes, *at = text;
    int64_t notes = 0;
    while (at < stop && *at == '#') {
        notes++;
        at = line_end(at, stop);
        while (at < stop && (*at == '\n' || *at == '\r')) at++;
    }
    if (notes == 0 || at == stop) return 0;
    const int fields = count_in_line(at, line_end(at, stop), (char)delimiter);
    for (const char *note = text; note < at && *note == '#';) {
        const char *end = line_end(note, stop);
        *doubtful = *doubtful || count_in_line(note, end, (char)delimiter) == fields;
        for (note = end; note < stop && (*note == '\n' || *note == '\r');) note++;
    }
    return *doubtful ? 0 : notes;
}

/* "sep=;" alone in the first line: the character, else 0. */
static int told_delimiter(const char *text, int64_t bytes)
{
    const bool told = bytes > 5 && memcmp(text, "sep=", 4) == 0 && strchr(",;\t|", text[4]) && text[4];
    return told && (text[5] == '\n' || text[5] == '\r') ? text[4] : 0;
}

static akin_status open_records(const char *path, int delimiter, bool texts, ak_records **out,
                                akin_error *err)
{
    const char *text;
    int64_t bytes = 0;
    ak_records *r = calloc(1, sizeof *r);
    if (!r) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    r->texts = texts;
    akin_status status = akin_lines_open(path, &r->lines, err);
    if (!status) status = ak_lines_look(r->lines, LOOK_BYTES, &text, &bytes, err);
    if (status) {
        ak_records_close(r);
        return status;
    }
    r->path = ak_lines_path(r->lines);
    ak_lines_limit(r->lines, texts ? AK_LINE_BYTES : MOST_BYTES, QUESTION);
    const int told = told_delimiter(text, bytes);
    r->told = told != 0;
    r->delimiter = delimiter ? delimiter : told ? told : detect_delimiter(text, bytes, bytes < LOOK_BYTES);
    r->headers = !texts && delimiter != ' '; /* libsvm has none */
    if (texts) r->notes = count_notes(text, bytes, r->delimiter, &r->doubtful);
    *out = r;
    return AKIN_OK;
}

akin_status ak_records_open(const char *path, int delimiter, ak_records **out, akin_error *err)
{
    return open_records(path, delimiter, false, out, err);
}

akin_status ak_records_open_texts(const char *path, int delimiter, ak_records **out, akin_error *err)
{
    return open_records(path, delimiter, true, out, err);
}

/* Records
 * --------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The state of the quotes while a record grows line by line. */
typedef struct quotes {
    bool quoted, fresh, seen; /* within a field; only blanks since the delimiter; the record has some */
    int64_t line;             /* where the last one opened */
} quotes;

static void follow(const ak_records *r, const char *text, int64_t from, int64_t to, int64_t line, quotes *q)
{
    for (int64_t i = from; i < to; i++) {
        const char c = text[i];
        if (q->quoted) {
            q->quoted = c != '"'; /* "" closes and opens again */
            continue;
        }
        if (c == '"' && (q->fresh || (i > 0 && text[i - 1] == '"' && q->seen))) {
            q->quoted = q->seen = true;
            q->line = line;
        }
        q->fresh =
            c == r->delimiter || (!r->texts && q->fresh && is_blank(c)) || (r->delimiter == ' ' && c == '\t');
    }
}

/* Read lines until no quote is open. *got is false at the end of the file. */
static akin_status find_record(ak_records *r, bool *got, akin_error *err)
{
    const char *text;
    int64_t bytes = 0, done = 0;
    quotes q = { .fresh = true };
    AK_TRY(akin_lines_next(r->lines, &text, &bytes, got, err));
    if (!*got) return AKIN_OK;
    r->line = akin_lines_number(r->lines);
    const bool comment = !r->begun && !r->texts && bytes > 0 && text[0] == '#';
    for (bool more = true; !comment && !(r->texts && r->delimiter == '\t');) {
        follow(r, text, done, bytes, akin_lines_number(r->lines), &q);
        if (!q.quoted) break;
        done = bytes;
        const akin_status status = ak_lines_more(r->lines, &text, &bytes, &more, err);
        const bool too_long = status == AKIN_ERR_INPUT && ak_lines_is_long(r->lines);
        if (status && !too_long) return status;
        if (too_long || !more)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: a quote opens here and is %s closed",
                           r->path, (long long)q.line, more ? "not soon" : "never");
    }
    r->at = ak_lines_buffer(r->lines);
    r->length = (size_t)bytes;
    return AKIN_OK;
}

static akin_status add_field(ak_records *r, char *text, size_t length, akin_error *err)
{
    if (!ak_grow(&r->fields, &r->field_room, r->count + 1, sizeof *r->fields))
        return ak_no_memory(err, "to read line %lld of '%s'", (long long)r->line, r->path);
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

static akin_status cut_numbers(ak_records *r, char *at, char *end, akin_error *err)
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

/* The same by the strict rules, with line ends as LF. What does not obey them goes to r->wrong. */
static size_t unquote_text(ak_records *r, char **at, const char *end)
{
    char *from = *at + 1, *to = *at;
    for (; from < end; from++) {
        if (*from == '"' && (from + 1 == end || from[1] != '"')) break;
        if (*from == '"') from++;
        if (*from == '\r' && from + 1 < end && from[1] == '\n') from++;
        *to++ = *from == '\r' ? '\n' : *from;
    }
    const size_t length = (size_t)(to - *at);
    if (from == end)
        r->wrong = "a quote that is not closed";
    else if (++from < end && *from != r->delimiter)
        r->wrong = "something after a closing quote";
    *at = from;
    return length;
}

static akin_status cut_texts(ak_records *r, char *at, char *end, akin_error *err)
{
    r->count = 0;
    for (;;) {
        char *first = at, *stop = memchr(at, r->delimiter, (size_t)(end - at));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - first);
        if (at < end && *at == '"' && (r->delimiter != '\t' || length == 1 || stop[-1] == '"'))
            length = unquote_text(r, &at, end);
        else
            at = stop;
        const bool last = at >= end;
        first[length] = 0;
        AK_TRY(add_field(r, first, length, err));
        if (last || r->wrong) return AKIN_OK;
        at++;
    }
}

/* Bytes in a table of numbers are checked here; texts are checked, or mended, one by one. */
static akin_status check_bytes(const ak_records *r, akin_error *err)
{
    char why[AK_BAD_BYTE];
    const int64_t bytes = (int64_t)r->length, bad = akin_utf8_check(r->at, bytes);
    if (bad == bytes) return AKIN_OK;
    const int64_t from = bad > 60 ? bad - 60 : 0, to = bytes - bad > 60 ? bad + 60 : bytes;
    ak_text_bad_byte(r->at + from, to - from, bad - from, why);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: byte 0x%02x, number %lld of the file, %s", r->path,
                   (long long)r->line, (unsigned char)r->at[bad],
                   (long long)(ak_lines_position(r->lines) + bad + 1), why);
}

static akin_status cut(ak_records *r, char *at, char *end, akin_error *err)
{
    r->wrong = NULL;
    return r->texts ? cut_texts(r, at, end, err) : cut_numbers(r, at, end, err);
}

static bool is_empty(const ak_records *r)
{
    size_t blank = 0;
    while (blank < r->length && is_blank(r->at[blank])) blank++;
    return blank == r->length && !(r->delimiter == '\t' && r->length > 0);
}

/* The next record that is not blank; r->length = 0 at the end. */
static akin_status next_record(ak_records *r, akin_error *err)
{
    for (bool got = true;;) {
        AK_TRY(find_record(r, &got, err));
        if (!got) r->length = 0;
        if (!got || !is_empty(r)) return got && !r->texts && !r->unchecked ? check_bytes(r, err) : AKIN_OK;
        r->blank++;
    }
}

/* Lines before the table ---------------------------------------------------------------------- */

static akin_status keep_comment(ak_records *r, akin_error *err)
{
    if (!ak_grow(&r->comment, &r->comment_room, (int64_t)r->length + 1, 1))
        return ak_no_memory(err, "to read line %lld of '%s'", (long long)r->line, r->path);
    memcpy(r->comment, r->at, r->length);
    r->comment_length = r->length;
    r->comment_line = r->line;
    r->comments++;
    return AKIN_OK;
}

static bool begins_like_number(const ak_field *f)
{
    return f->length > 0 && strchr("+-.0123456789", f->text[0]);
}

/* The record that was cut is below comments: whether the last of these is its header. */
static akin_status look_for_header(ak_records *r, akin_error *err)
{
    const int64_t below = r->count;
    bool numbers = false, none = true;
    for (int64_t i = 0; i < below; i++) numbers = numbers || begins_like_number(&r->fields[i]);
    ak_field *record = r->fields;
    const int64_t room = r->field_room;
    r->fields = NULL;
    r->field_room = 0;
    size_t from = 1;
    while (from < r->comment_length && is_blank(r->comment[from])) from++;
    const akin_status status = cut(r, r->comment + from, r->comment + r->comment_length, err);
    for (int64_t i = 0; i < r->count; i++) none = none && !begins_like_number(&r->fields[i]);
    r->header = !status && below > 1 && r->count == below && numbers && none;
    if (r->header) {
        r->held = record;
        r->held_count = below;
        r->held_line = r->line;
        r->line = r->comment_line;
        r->comments--;
        r->pending = true;
        return AKIN_OK;
    }
    free(r->fields);
    r->fields = record;
    r->field_room = room;
    r->count = below;
    return status;
}

/* The first record: of numbers, all lines with # before it are comments. */
static akin_status begin(ak_records *r, akin_error *err)
{
    const char *text;
    int64_t bytes;
    bool got;
    if (r->told) AK_TRY(akin_lines_next(r->lines, &text, &bytes, &got, err));
    AK_TRY(next_record(r, err));
    while (r->texts ? r->comments < r->notes : r->length > 0 && r->at[0] == '#') {
        AK_TRY(keep_comment(r, err));
        AK_TRY(next_record(r, err));
    }
    r->begun = true;
    r->count = 0;
    if (r->length == 0) return AKIN_OK;
    AK_TRY(cut(r, r->at, r->at + r->length, err));
    return r->comments && r->headers ? look_for_header(r, err) : AKIN_OK;
}

akin_status ak_records_next(ak_records *r, ak_field **fields, int64_t *count, akin_error *err)
{
    *count = 0;
    if (!r->begun) {
        AK_TRY(begin(r, err));
    } else if (r->pending) {
        r->pending = false;
        free(r->fields);
        r->fields = r->held;
        r->field_room = r->count = r->held_count;
        r->held = NULL;
        r->line = r->held_line;
    } else {
        AK_TRY(next_record(r, err));
        r->count = 0;
        if (r->length > 0) AK_TRY(cut(r, r->at, r->at + r->length, err));
    }
    *fields = r->fields;
    *count = r->count;
    return AKIN_OK;
}

void ak_records_remark(const ak_records *r, ak_remarks *to)
{
    char shown[AK_SHOWN];
    const char *name = ak_shown(ak_path_base(r->path), shown);
    ak_lines_remark(r->lines, to);
    if (r->told)
        ak_remark(to, "Line 1 of '%s' tells what is between columns, as spreadsheets write it: it is no row.",
                  name);
    if (r->comments)
        ak_remark(to, "%lld line%s at the top of '%s' begin%s with # and %s left out as %s.",
                  (long long)r->comments, r->comments == 1 ? "" : "s", name, r->comments == 1 ? "s" : "",
                  r->comments == 1 ? "is" : "are", r->comments == 1 ? "a comment" : "comments");
    if (r->doubtful)
        ak_remark(to, "Line 1 of '%s' begins with # and is read as a row, since it has as many columns.",
                  name);
    if (r->header)
        ak_remark(to, "Line %lld of '%s', which begins with #, is taken as the header.",
                  (long long)r->comment_line, name);
}
