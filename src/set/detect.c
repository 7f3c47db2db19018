/* SPDX-License-Identifier: Apache-2.0 */
/* set/detect.c - what a path holds: images, vectors or text.
 *
 * A file is told by its name, else by its first bytes; the rows of the list of kinds say which are theirs. A
 * file that begins like text holds vectors if its first lines are rows of numbers. A folder is told by its
 * part "train" if there is a file of that name, else by the first of its entries, in order of their names,
 * that can be told; folders in it are looked into, three deep. Before that: a folder most of whose files are
 * pictures holds images, whatever tables and notes are beside them. */
#include "akin/tool/dataset.h"
#include "files/byte_stream.h"
#include "images/decode.h"
#include "images/readers.h"
#include "set/kinds.h"
#include "text/text_row.h"
#include "vectors/cell.h"
#include "files/records.h"
#include "base/folder_names.h"
#include "base/path.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD = 4096, LOOKED_ROWS = 20, DEEPEST = 3, MOST_ENTRIES = 64, LONG_CELL = 64 };

/* First bytes ---------------------------------------------------------------------------------- */

/* The header says 'shape': (a, b, ...). */
int ak_glimpse_npy_dimensions(const ak_glimpse *g)
{
    if (g->bytes < 6 || memcmp(g->head, "\x93NUMPY", 6) != 0) return -1;
    const char *end = g->head + g->bytes, *at = g->head;
    while (at + 6 < end && memcmp(at, "'shape'", 7) != 0) at++;
    while (at < end && *at != '(') at++;
    int dimensions = 0;
    for (bool number = false; at < end && *at != ')'; at++) {
        const bool digit = *at >= '0' && *at <= '9';
        dimensions += digit && !number;
        number = digit;
    }
    return at < end ? dimensions : 0;
}

/* No control characters among the first bytes. */
bool ak_glimpse_is_text(const ak_glimpse *g)
{
    for (size_t i = 0; i < g->bytes; i++)
        if ((unsigned char)g->head[i] < 32 && !strchr("\t\n\r\f\b\x1b", g->head[i])) return false;
    return g->bytes > 0 && memchr(g->head, 0, g->bytes) == NULL;
}

/* Cells of all rows that were looked at. */
typedef struct cells {
    int64_t columns, rows, numeric, words;
    int64_t indexed; /* index:value */
    bool named;      /* the first row has the name of a column of texts */
} cells;

/* Three words or more, or one very long one. */
static bool is_prose(const ak_field *f)
{
    int blanks = 0;
    for (size_t i = 1; i < f->length; i++) blanks += f->text[i] == ' ' && f->text[i - 1] != ' ';
    return blanks >= 2 || f->length > LONG_CELL;
}

static void count_row(const ak_field *field, int64_t count, cells *l)
{
    for (int64_t c = 0; c < count; c++) {
        double ignored;
        const char *text = field[c].text, *colon = memchr(text, ':', field[c].length);
        bool sure;
        ak_cell kind = ak_cell_parse(text, field[c].length, &ignored);
        if (kind == AK_CELL_TEXT && ak_cell_comma(text, field[c].length, &ignored, &sure))
            kind = AK_CELL_NUMBER;
        l->numeric += kind != AK_CELL_TEXT && field[c].length > 0;
        l->words += kind == AK_CELL_TEXT && is_prose(&field[c]);
        if (c > 0 && colon && ak_cell_parse(text, (size_t)(colon - text), &ignored) == AK_CELL_NUMBER)
            l->indexed++;
    }
    l->columns += count;
    l->rows++;
}

/* The rows below the first, which may be a header, count; a file of one row is judged by it. */
static bool count_rows(const char *path, int delimiter, cells *l)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    cells first = { 0 };
    *l = first;
    if (ak_records_open(path, delimiter, &r, NULL)) return false;
    ak_records_only_look(r);
    bool fine = ak_records_next(r, &field, &count, NULL) == AKIN_OK && count > 0;
    if (fine) count_row(field, count, &first);
    bool named = false;
    for (int64_t c = 0; fine && c < count; c++) {
        const ak_role role = ak_role_by_name(field[c].text, (int64_t)field[c].length);
        named = named || role == ROLE_TEXT || role == ROLE_ANCHOR;
    }
    while (fine && l->rows < LOOKED_ROWS) {
        fine = ak_records_next(r, &field, &count, NULL) == AKIN_OK;
        if (!fine || count == 0) break;
        count_row(field, count, l);
    }
    ak_records_close(r);
    if (l->rows == 0) *l = first;
    l->named = named;
    return l->rows > 0;
}

static bool holds_numbers(const char *path)
{
    cells l;
    if (count_rows(path, ' ', &l) && 2 * l.indexed >= l.columns - l.rows && l.indexed > 0) return true;
    if (!count_rows(path, 0, &l)) return false; /* such as prose with an open quote */
    if (l.named || 5 * l.words > l.rows) return false;
    return l.numeric >= l.rows && 2 * l.numeric >= l.columns - 2 * l.rows;
}

/* The beginning of g->path, unpacked. */
static bool read_head(ak_glimpse *g, char head[HEAD])
{
    ak_byte_stream *s = NULL;
    if (ak_byte_stream_open(g->path, &s, NULL)) return false;
    const bool read = ak_byte_stream_some(s, head, HEAD, &g->bytes, NULL) == AKIN_OK;
    ak_byte_stream_close(s);
    g->head = head;
    return read;
}

void ak_detect_remark(const char *path, const ak_kind *kind, ak_remarks *to)
{
    cells l;
    struct stat info;
    char shown[AK_SHOWN];
    const bool rows = kind == &ak_kind_vectors;
    if ((!rows && kind != &ak_kind_text) || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return;
    const ak_kind *named;
    for (int i = 0; (named = ak_kind_at(i)) != NULL; i++)
        if (named->has_name(ak_path_base(path))) return;
    char head[HEAD];
    ak_glimpse g = { .path = path };
    if (!read_head(&g, head) || !ak_glimpse_is_text(&g))
        return; /* an array, which nobody takes for a table */
    if (!count_rows(path, 0, &l) || l.indexed > 0) return;
    const char *name = ak_shown(ak_path_base(path), shown);
    const int64_t texts = l.columns - l.numeric;
    if (rows && texts > l.rows && 10 * texts >= l.columns)
        ak_remark(to,
                  "'%s' is taken for a table of numbers, although %lld of %lld cells looked at are none; "
                  "--format text reads it as text.",
                  name, (long long)texts, (long long)l.columns);
    if (!rows && l.columns > l.rows && 4 * l.numeric >= l.columns)
        ak_remark(to,
                  "'%s' is taken for text, although %lld of %lld cells looked at are numbers; "
                  "--format vectors reads a table of numbers.",
                  name, (long long)l.numeric, (long long)l.columns);
}

bool ak_glimpse_is_numbers(ak_glimpse *g)
{
    if (g->numbers == 0) g->numbers = holds_numbers(g->path) ? 1 : -1;
    return g->numbers > 0;
}

static const ak_kind *kind_of_file(const char *path)
{
    char head[HEAD];
    ak_glimpse g = { .path = path, .base = ak_path_base(path) };
    const ak_kind *kind;
    for (int i = 0; (kind = ak_kind_at(i)) != NULL; i++)
        if (kind->has_name(g.base)) return kind;
    const bool read = read_head(&g, head);
    for (int i = 0; read && (kind = ak_kind_at(i)) != NULL; i++)
        if (kind->has_bytes(&g)) return kind;
    return NULL;
}

/* Folders -------------------------------------------------------------------------------------- */

static bool ends_in_any(const char *name, const char *const *endings)
{
    const size_t n = strlen(name);
    for (; *endings; endings++) {
        const size_t m = strlen(*endings);
        if (n > m && strcmp(name + n - m, *endings) == 0) return true;
    }
    return false;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static bool is_train(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot && ak_part_meant(name, (size_t)(dot - name)) == AK_PART_TRAIN;
}

/* The first names in the order of names, those of a part "train" before all. README and the like tell
 * nothing, unless there is nothing else. */
static size_t list(const char *path, bool notes, char (*names)[256])
{
    static const char *const NOTHING[] = { ".md", ".html", ".py", ".sh", ".pdf", ".json", NULL };
    DIR *dir = ak_opendir(path);
    size_t n = 0;
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        const char *name = e->d_name;
        const bool side = strstr(name, "labels") || strstr(name, "groups") || strstr(name, "times");
        const bool note =
            ends_in_any(name, NOTHING) || strncmp(name, "README", 6) == 0 || strncmp(name, "LICEN", 5) == 0;
        if (ak_is_clutter(name) || (note && !notes) || (side && !ak_idx_is_images(name))) continue;
        size_t at = n;
        if (n == MOST_ENTRIES) { /* the last by name gives way */
            at = 0;
            for (size_t i = 1; i < n; i++)
                if (strcmp(names[i], names[at]) > 0) at = i;
            if (strcmp(name, names[at]) >= 0 && !is_train(name)) continue;
        } else {
            n++;
        }
        snprintf(names[at], 256, "%s", name);
    }
    if (dir) closedir(dir);
    if (n) qsort(names, n, 256, by_name);
    return n;
}

static const ak_kind *kind_of_path(const char *path, bool notes, int depth)
{
    struct stat info;
    if (stat(path, &info) != 0) return NULL;
    if (S_ISREG(info.st_mode)) return kind_of_file(path);
    if (!S_ISDIR(info.st_mode) || depth == DEEPEST) return NULL;
    char(*names)[256] = malloc((size_t)MOST_ENTRIES * 256);
    if (!names) akin_memory_lack();
    const size_t n = names ? list(path, notes, names) : 0;
    const ak_kind *found = NULL;
    for (int round = 0; round < 2; round++) /* a part "train" first */
        for (size_t i = 0; i < n && !found; i++) {
            if (is_train(names[i]) != (round == 0)) continue;
            char *deeper = ak_path_join(path, names[i]);
            if (!deeper) break;
            found = kind_of_path(deeper, notes, depth + 1);
            if (found && found->only_train && !is_train(names[i])) found = NULL;
            free(deeper);
        }
    free(names);
    return found;
}

/* Names of a folder, and of folders in it: how many are of pictures, how many of other files. */
typedef struct names {
    int64_t looked, pictures, others;
} names;

static void count_names(const char *path, int depth, names *c)
{
    enum { MOST_LOOKED = 20000 };
    DIR *dir = depth <= DEEPEST ? ak_opendir(path) : NULL;
    for (struct dirent *e = dir ? readdir(dir) : NULL; e && c->looked < MOST_LOOKED; e = readdir(dir)) {
        if (ak_is_clutter(e->d_name)) continue;
        c->looked++;
        if (ak_is_image_name(e->d_name)) {
            c->pictures++;
        } else if (ak_path_is_folder(path, e->d_name)) {
            char *deeper = ak_path_join(path, e->d_name);
            if (deeper) count_names(deeper, depth + 1, c);
            free(deeper);
        } else {
            c->others++;
        }
    }
    if (dir) closedir(dir);
}

/* Most files are pictures: then a table or a text beside them says something about them. */
static bool is_of_pictures(const char *path)
{
    names c = { .looked = 0 };
    count_names(path, 0, &c);
    return c.pictures > c.others;
}

akin_data_kind akin_data_detect(const char *path)
{
    if (!path) return AKIN_DATA_UNKNOWN;
    if (is_of_pictures(path)) return AKIN_DATA_IMAGES;
    const ak_kind *kind = kind_of_path(path, false, 0);
    if (kind) return kind->id;
    kind = kind_of_path(path, true, 0);
    return kind && kind->reads_notes ? kind->id : AKIN_DATA_UNKNOWN;
}

akin_data_kind akin_data_detect_as(const char *path, const char *format)
{
    const akin_data_kind forced = akin_data_kind_of_format(format);
    if (forced != AKIN_DATA_UNKNOWN) return forced;
    const akin_data_kind found = akin_data_detect(path);
    if (found != AKIN_DATA_UNKNOWN) return found;
    const ak_kind *sharing = ak_kind_sharing_format(format);
    return sharing ? sharing->id : ak_kind_of(AKIN_DATA_UNKNOWN)->id;
}
