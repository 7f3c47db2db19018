/* SPDX-License-Identifier: Apache-2.0 */
/* set/detect.c - what a path holds: images, vectors or text.
 *
 * A file is told by the name of a compressor or of JSON, else by its first bytes: .npy by the number of dimensions in its
 * header, IDX and CIFAR by name or magic, text by whether its first lines are rows of numbers. A folder is told by its
 * part "train" if there is a file of that name, else by the first of its entries, in order of their names, that can be
 * told; folders in it are looked into, three deep. */
#include "akin/data.h"

#include "images/dataset.h"
#include "files/byte_stream.h"
#include "vectors/cell.h"
#include "vectors/delimited_text.h"
#include "base/path.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD = 4096, LOOKED_ROWS = 20, DEEPEST = 3, MOST_ENTRIES = 64, LONG_CELL = 64 };

const char *akin_data_kind_name(akin_data_kind kind)
{
    static const char *const NAMES[] = { "unknown", "images", "vectors", "text" };
    return (int)kind >= 0 && kind <= AKIN_DATA_TEXT ? NAMES[kind] : NAMES[0];
}

static bool ends(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

static bool ends_in_any(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (ends(name, *endings)) return true;
    return false;
}

/* Files ------------------------------------------------------------------------------------------------------ */

/* 2 dimensions: vectors; 3 or 4: images. The header says 'shape': (a, b, ...). */
static akin_data_kind kind_of_npy(const char *head, size_t n)
{
    const char *end = head + n, *at = head;
    while (at + 6 < end && memcmp(at, "'shape'", 7) != 0) at++;
    while (at < end && *at != '(') at++;
    int dims = 0;
    for (bool number = false; at < end && *at != ')'; at++) {
        const bool digit = *at >= '0' && *at <= '9';
        dims += digit && !number;
        number = digit;
    }
    if (at >= end) return AKIN_DATA_UNKNOWN;
    return dims == 2 ? AKIN_DATA_VECTORS : dims == 3 || dims == 4 ? AKIN_DATA_IMAGES : AKIN_DATA_UNKNOWN;
}

/* No control characters among its first bytes. */
static bool is_text(const char *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)head[i] < 32 && !strchr("\t\n\r\f\b\x1b", head[i])) return false;
    return n > 0 && memchr(head, 0, n) == NULL;
}

typedef struct look {
    int64_t columns, rows, numeric, words; /* cells of all rows */
    int64_t indexed;                       /* index:value */
} look;

/* Three words or more, or one very long one. */
static bool is_prose(const ak_field *f)
{
    int blanks = 0;
    for (size_t i = 1; i < f->length; i++) blanks += f->text[i] == ' ' && f->text[i - 1] != ' ';
    return blanks >= 2 || f->length > LONG_CELL;
}

static void look_at(const ak_field *field, int64_t count, look *l)
{
    for (int64_t c = 0; c < count; c++) {
        double ignored;
        const char *text = field[c].text, *colon = memchr(text, ':', field[c].length);
        const ak_cell kind = ak_cell_parse(text, field[c].length, &ignored);
        l->numeric += kind != AK_CELL_TEXT && field[c].length > 0;
        l->words += kind == AK_CELL_TEXT && is_prose(&field[c]);
        if (c > 0 && colon && ak_cell_parse(text, (size_t)(colon - text), &ignored) == AK_CELL_NUMBER)
            l->indexed++;
    }
    l->columns += count;
    l->rows++;
}

/* The rows below the first, which may be a header, count; a file of one row is judged by it. */
static bool look_through(const char *path, int delimiter, look *l)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    look first = { 0 };
    *l = first;
    if (ak_records_open(path, delimiter, &r, NULL)) return false;
    ak_records_refuse_long(r);
    bool fine = ak_records_next(r, &field, &count, NULL) == AKIN_OK && count > 0;
    if (fine) look_at(field, count, &first);
    while (fine && l->rows < LOOKED_ROWS) {
        fine = ak_records_next(r, &field, &count, NULL) == AKIN_OK;
        if (!fine || count == 0) break;
        look_at(field, count, l);
    }
    ak_records_close(r);
    if (l->rows == 0) *l = first;
    return l->rows > 0;
}

static akin_data_kind kind_of_table(const char *path)
{
    look l;
    if (look_through(path, ' ', &l) && 2 * l.indexed >= l.columns - l.rows && l.indexed > 0)
        return AKIN_DATA_VECTORS;
    if (!look_through(path, 0, &l)) return AKIN_DATA_TEXT; /* such as prose with an open quote */
    if (5 * l.words > l.rows) return AKIN_DATA_TEXT;
    return l.numeric >= l.rows && 2 * l.numeric >= l.columns - 2 * l.rows ? AKIN_DATA_VECTORS
                                                                          : AKIN_DATA_TEXT;
}

static akin_data_kind kind_of_file(const char *path)
{
    static const char *const TEXTS[] = { ".jsonl", ".ndjson", ".zst", ".xz", NULL };
    const char *base = ak_path_base(path);
    char head[HEAD];
    ak_source *s = NULL;
    size_t n = 0;
    if (ak_is_image_name(base) || ak_idx_is_images(base) || ak_cifar_is_batch(base)) return AKIN_DATA_IMAGES;
    if (ends_in_any(base, TEXTS)) return AKIN_DATA_TEXT;
    if (ak_source_open(path, &s, NULL)) return AKIN_DATA_UNKNOWN;
    const bool read = ak_source_some(s, head, sizeof head, &n, NULL) == AKIN_OK;
    ak_source_close(s);
    if (!read) return AKIN_DATA_UNKNOWN;
    if (n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0) return kind_of_npy(head, n);
    if (n >= 4 && head[0] == 0 && head[1] == 0 && head[2] == 8) return AKIN_DATA_IMAGES;
    return is_text(head, n) ? kind_of_table(path) : AKIN_DATA_UNKNOWN;
}

/* Folders ---------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static bool is_train(const char *name) { return strncmp(name, "train.", 6) == 0; }

/* The first names in the order of names, those of a part "train" before all. README and the like tell nothing, unless
 * there is nothing else. */
static size_t list(const char *path, bool notes, char (*names)[256])
{
    static const char *const NOTHING[] = { ".md", ".html", ".py", ".sh", ".pdf", ".json", NULL };
    DIR *dir = opendir(path);
    size_t n = 0;
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        const char *name = e->d_name;
        const bool side = strstr(name, "labels") || strstr(name, "groups") || strstr(name, "times");
        const bool note =
            ends_in_any(name, NOTHING) || strncmp(name, "README", 6) == 0 || strncmp(name, "LICEN", 5) == 0;
        if (name[0] == '.' || (note && !notes) || (side && !ak_idx_is_images(name))) continue;
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

static akin_data_kind kind_of(const char *path, bool notes, int depth)
{
    struct stat info;
    if (stat(path, &info) != 0) return AKIN_DATA_UNKNOWN;
    if (S_ISREG(info.st_mode)) return kind_of_file(path);
    if (!S_ISDIR(info.st_mode) || depth == DEEPEST) return AKIN_DATA_UNKNOWN;
    char(*names)[256] = malloc((size_t)MOST_ENTRIES * 256);
    const size_t n = names ? list(path, notes, names) : 0;
    akin_data_kind found = AKIN_DATA_UNKNOWN;
    for (int round = 0; round < 2; round++) /* a part "train" first */
        for (size_t i = 0; i < n && !found; i++) {
            if (is_train(names[i]) != (round == 0)) continue;
            char *deeper = ak_path_join(path, names[i]);
            if (!deeper) break;
            /* a table in a folder is a part of a set only under the name train */
            found = kind_of(deeper, notes, depth + 1);
            if (found == AKIN_DATA_VECTORS && !is_train(names[i])) found = AKIN_DATA_UNKNOWN;
            free(deeper);
        }
    free(names);
    return found;
}

akin_data_kind akin_data_detect(const char *path)
{
    if (!path) return AKIN_DATA_UNKNOWN;
    const akin_data_kind kind = kind_of(path, false, 0);
    return kind ? kind : kind_of(path, true, 0) == AKIN_DATA_TEXT ? AKIN_DATA_TEXT : AKIN_DATA_UNKNOWN;
}
