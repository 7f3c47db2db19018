/* SPDX-License-Identifier: Apache-2.0 */
/* files/picture_paths.c - tables of the paths of images. A column is one of paths when at least four of five
 * of the first rows have such a cell in it. */
#include "files/picture_paths.h"

#include "base/plain.h"
#include "files/records.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOKED_ROWS = 20, MOST_COLUMNS = 256, LONGEST_PATH = 1000 };

static bool is_address(const char *text, size_t length)
{
    return (length > 8 && ak_strncasecmp(text, "https://", 8) == 0) ||
           (length > 7 && ak_strncasecmp(text, "http://", 7) == 0);
}

bool ak_is_picture_path(const char *text, size_t length)
{
    static const char *const ENDINGS[] = { ".jpg",  ".jpeg", ".png", ".webp", ".bmp",  ".gif", ".tif",
                                           ".tiff", ".ppm",  ".pgm", ".heic", ".heif", ".avif" };
    if (length > LONGEST_PATH) return false;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        const size_t n = strlen(ENDINGS[i]);
        if (length > n && ak_strncasecmp(text + length - n, ENDINGS[i], n) == 0) return true;
    }
    return false;
}

/* The first rows, in memory: fields of row r are cell[r][0..columns). */
typedef struct looked {
    char *cell[LOOKED_ROWS + 1][MOST_COLUMNS];
    int64_t rows, columns;
} looked;

static void release(looked *l)
{
    for (int64_t r = 0; r < l->rows; r++)
        for (int64_t c = 0; c < l->columns; c++) free(l->cell[r][c]);
    free(l);
}

static akin_status copy_row(looked *l, const ak_field *field, const char *table, akin_error *err)
{
    for (int64_t c = 0; c < l->columns; c++)
        if (!(l->cell[l->rows][c] = strdup(field[c].text))) return ak_no_memory(err, "to read '%s'", table);
    return AKIN_OK;
}

/* Rows of another length end the look; so does what is no table. */
static akin_status look(const char *table, int delimiter, looked *l, akin_error *err)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    akin_status status = ak_records_open(table, delimiter, &r, err);
    if (status) return status == AKIN_ERR_FORMAT ? AKIN_OK : status;
    ak_records_only_look(r);
    while (!status && l->rows <= LOOKED_ROWS) {
        status = ak_records_look(r, &field, &count, err);
        if (l->rows == 0) l->columns = count < MOST_COLUMNS ? count : MOST_COLUMNS;
        if (status || count == 0 || count < l->columns) break;
        status = copy_row(l, field, table, err);
        l->rows++;
    }
    ak_records_close(r);
    return status;
}

/* How many of the rows below the first name images in a column. */
static int64_t count_named(const looked *l, int64_t c, bool *addresses)
{
    int64_t named = 0, far = 0;
    for (int64_t r = l->rows > 1; r < l->rows; r++) {
        const char *text = l->cell[r][c];
        const bool address = is_address(text, strlen(text));
        far += address;
        named += address || ak_is_picture_path(text, strlen(text));
    }
    *addresses = 2 * far > named;
    return named;
}

/* The file that a cell names, from here or from the folder of the table, into path. */
static akin_status find_file(const char *table, const char *text, char *path, size_t size, bool *found,
                             akin_error *err)
{
    struct stat info;
    const int folder = (int)(ak_path_base(table) - table);
    const bool whole = text[0] == '/';
    snprintf(path, size, "%.*s%s", whole ? 0 : folder, table, text);
    AK_TRY(ak_look(path, found, &info, err));
    *found = *found && S_ISREG(info.st_mode);
    if (*found) return AKIN_OK;
    snprintf(path, size, "%s", text);
    AK_TRY(ak_look(path, found, &info, err));
    *found = *found && S_ISREG(info.st_mode);
    return AKIN_OK;
}

/* The folder that holds all of the files, and whether most of them are there. */
static akin_status find_folder(const char *table, const looked *l, ak_picture_paths *out, akin_error *err)
{
    int64_t there = 0;
    for (int64_t r = out->header; r < l->rows; r++) {
        char path[2 * LONGEST_PATH];
        const char *text = l->cell[r][out->column];
        bool found = false;
        if (ak_is_picture_path(text, strlen(text)))
            AK_TRY(find_file(table, text, path, sizeof path, &found, err));
        if (!found) continue;
        size_t n = (size_t)(ak_path_base(path) - path);
        if (there++ == 0) {
            snprintf(out->folder, sizeof out->folder, "%.*s", (int)n, path);
            continue;
        }
        size_t same = 0;
        while (same < n && out->folder[same] && out->folder[same] == path[same]) same++;
        while (same > 0 && out->folder[same - 1] != '/') same--;
        out->folder[same] = 0;
    }
    const size_t n = strlen(out->folder);
    out->there = 2 * there > l->rows - out->header;
    if (!out->there) out->folder[0] = 0;
    if (out->there && n == 0) snprintf(out->folder, sizeof out->folder, ".");
    if (out->there && n > 1) out->folder[n - 1] = 0; /* the slash */
    return AKIN_OK;
}

/* Another column whose rows have letters and blanks, as an option can name it. */
static void find_words(const looked *l, ak_picture_paths *out)
{
    for (int64_t c = 0; c < l->columns && !out->words[0]; c++) {
        int64_t words = 0;
        bool ignored;
        if (c == out->column || 5 * count_named(l, c, &ignored) >= 4 * l->rows) continue;
        for (int64_t r = out->header; r < l->rows; r++) {
            const char *text = l->cell[r][c], *blank = strchr(text, ' ');
            words += blank && ak_isalpha(text[0]) && ak_isalpha(blank[1]);
        }
        const char *name = l->cell[0][c];
        if (2 * words < l->rows - out->header) continue;
        if (!out->header)
            snprintf(out->words, sizeof out->words, "%lld", (long long)c + 1);
        else if (strlen(name) < sizeof out->words && !strpbrk(name, ",='\"\\ \t\n"))
            snprintf(out->words, sizeof out->words, "%s", name);
    }
}

static akin_status find(const char *table, const looked *l, ak_picture_paths *out, akin_error *err)
{
    const int64_t below = l->rows > 1 ? l->rows - 1 : l->rows;
    for (int64_t c = 0; c < l->columns && out->column < 0 && below > 0; c++)
        if (5 * count_named(l, c, &out->addresses) >= 4 * below) out->column = c;
    if (out->column >= 0) {
        const int64_t c = out->column;
        char shown[AK_SHOWN];
        const char *first = l->cell[0][c];
        out->header =
            l->rows > 1 && !is_address(first, strlen(first)) && !ak_is_picture_path(first, strlen(first));
        if (out->header)
            snprintf(out->name, sizeof out->name, "'%.190s'", ak_shown(first, shown));
        else
            snprintf(out->name, sizeof out->name, "%lld", (long long)c + 1);
        ak_shown(l->cell[l->rows > 1][c], out->example);
        if (!out->addresses) AK_TRY(find_folder(table, l, out, err));
        find_words(l, out);
    }
    return AKIN_OK;
}

akin_status ak_picture_paths_find(const char *table, int delimiter, ak_picture_paths *out, akin_error *err)
{
    struct stat info;
    bool there;
    *out = (ak_picture_paths){ .column = -1 };
    if (strcmp(table, "-") == 0) return AKIN_OK;
    AK_TRY(ak_look(table, &there, &info, err));
    if (!there || !S_ISREG(info.st_mode)) return AKIN_OK; /* a look at a pipe takes what it reads */
    looked *l = calloc(1, sizeof *l);
    if (!l) return ak_no_memory(err, "to read '%s'", table);
    akin_status status = look(table, delimiter, l, err);
    if (!status) status = find(table, l, out, err);
    release(l);
    return status;
}

const char *ak_picture_paths_advice(const ak_picture_paths *p, char to[AK_PICTURE_ADVICE])
{
    char words[128] = "";
    if (p->words[0]) snprintf(words, sizeof words, ", or on words: --columns text=%s", p->words);
    if (p->addresses)
        snprintf(
            to, AK_PICTURE_ADVICE,
            "column %s has addresses, such as '%s'; akin reads no network: it trains on a folder of images%s",
            p->name, p->example, words);
    else if (p->there)
        snprintf(to, AK_PICTURE_ADVICE,
                 "column %s names image files, such as '%s'; akin trains on their folder: akin train '%s' "
                 "--out RUN%s",
                 p->name, p->example, p->folder, words);
    else
        snprintf(to, AK_PICTURE_ADVICE,
                 "column %s names image files that are not here, such as '%s'; akin trains on a folder of "
                 "images%s",
                 p->name, p->example, words);
    return to;
}
