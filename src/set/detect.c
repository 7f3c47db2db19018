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
#include "files/npz.h"
#include "files/shard_list.h"
#include "files/shards.h"
#include "images/decode.h"
#include "images/readers.h"
#include "set/kinds.h"
#include "text/text_row.h"
#include "vectors/cell.h"
#include "files/records.h"
#include "base/data_path.h"
#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

enum { HEAD = 4096, LOOKED_ROWS = 20, DEEPEST = 3, MOST_ENTRIES = 64, LONG_CELL = 64 };

/* First bytes ---------------------------------------------------------------------------------- */

/* The header says 'shape': (a, b, ...). */
static int header_dimensions(const ak_glimpse *g)
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

/* Of a .npz or a file of HDF5, those of its items; 0 where it cannot be told. */
static int npz_dimensions(ak_glimpse *g)
{
    char head[HEAD];
    ak_npz *z = NULL;
    g->status = ak_npz_open(g->path, &z, g->err);
    if (g->status) return 0;
    const ak_glimpse items = { .head = head, .bytes = ak_npz_head(z, head, sizeof head) };
    const int dimensions = items.bytes ? header_dimensions(&items) : ak_npz_hdf5_dimensions(z);
    ak_npz_close(z);
    return dimensions > 0 ? dimensions : 0;
}

int ak_glimpse_npy_dimensions(ak_glimpse *g)
{
    if (g->bytes >= 4 && memcmp(g->head, "PK\3\4", 4) == 0) return npz_dimensions(g);
    if (g->bytes >= 4 && memcmp(g->head, "\x89HDF", 4) == 0) return npz_dimensions(g);
    return header_dimensions(g);
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
    int64_t columns, rows, numeric;
    int64_t indexed; /* index:value */
    bool named;      /* the first row has the name of a column of texts */
    int64_t prose;   /* cells of words, equal ones once: classes may have names of three words */
    uint64_t of_prose[LOOKED_ROWS]; /* what tells the first of them apart */
} cells;

/* Three words or more, or one very long one. */
static bool is_prose(const ak_field *f)
{
    int blanks = 0;
    for (size_t i = 1; i < f->length; i++) blanks += f->text[i] == ' ' && f->text[i - 1] != ' ';
    return blanks >= 2 || f->length > LONG_CELL;
}

static void count_prose(const ak_field *f, cells *l)
{
    const uint64_t hash = XXH3_64bits(f->text, f->length);
    const int64_t known = l->prose < LOOKED_ROWS ? l->prose : LOOKED_ROWS;
    for (int64_t i = 0; i < known; i++)
        if (l->of_prose[i] == hash) return;
    if (l->prose < LOOKED_ROWS) l->of_prose[l->prose] = hash;
    l->prose++;
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
        if (kind == AK_CELL_TEXT && is_prose(&field[c])) count_prose(&field[c], l);
        if (c > 0 && colon && ak_cell_parse(text, (size_t)(colon - text), &ignored) == AK_CELL_NUMBER)
            l->indexed++;
    }
    l->columns += count;
    l->rows++;
}

/* The rows below the first, which may be a header, count; a file of one row is judged by it. No rows: it is
 * no table. */
static akin_status count_rows(const char *path, int delimiter, cells *l, akin_error *err)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    cells first = { 0 };
    bool named = false;
    *l = first;
    akin_status status = ak_records_open(path, delimiter, &r, err);
    if (status) return status == AKIN_ERR_FORMAT ? AKIN_OK : status;
    ak_records_only_look(r);
    status = ak_records_look(r, &field, &count, err);
    if (count) count_row(field, count, &first);
    for (int64_t c = 0; c < count; c++) {
        const ak_role role = ak_role_by_name(field[c].text, (int64_t)field[c].length);
        named = named || role == ROLE_TEXT || role == ROLE_ANCHOR;
    }
    while (count && l->rows < LOOKED_ROWS) {
        status = ak_records_look(r, &field, &count, err);
        if (count) count_row(field, count, l);
    }
    ak_records_close(r);
    if (l->rows == 0) *l = first;
    l->named = named;
    return status;
}

static akin_status look_for_numbers(const char *path, bool *numbers, akin_error *err)
{
    cells l;
    AK_TRY(count_rows(path, ' ', &l, err));
    *numbers = l.rows && 2 * l.indexed >= l.columns - l.rows && l.indexed > 0;
    if (*numbers) return AKIN_OK;
    AK_TRY(count_rows(path, 0, &l, err));
    if (l.rows == 0 || l.named || 5 * l.prose > l.rows) return AKIN_OK;
    *numbers = l.numeric >= l.rows && 2 * l.numeric >= l.columns - 2 * l.rows;
    return AKIN_OK;
}

/* The beginning of g->path, unpacked; g->head stays NULL where it is packed and damaged. */
static akin_status read_head(ak_glimpse *g, char head[HEAD], akin_error *err)
{
    ak_byte_stream *s = NULL;
    akin_status status = ak_byte_stream_open(g->path, &s, err);
    if (status) return status;
    status = ak_byte_stream_some(s, head, HEAD, &g->bytes, err);
    const bool unread = ak_byte_stream_is_unread(s);
    ak_byte_stream_close(s);
    if (!status) g->head = head;
    return unread || status == AKIN_ERR_NOMEM ? status : AKIN_OK;
}

static void remark(const char *path, bool rows, const cells *l, ak_remarks *to)
{
    char shown[AK_SHOWN];
    const char *name = ak_shown(ak_path_base(path), shown);
    const int64_t texts = l->columns - l->numeric;
    if (rows && texts > l->rows && 10 * texts >= l->columns)
        ak_remark(to,
                  "'%s' is taken for a table of numbers, although %lld of %lld cells looked at are none; "
                  "--format text reads it as text.",
                  name, (long long)texts, (long long)l->columns);
    if (!rows && l->columns > l->rows && 4 * l->numeric >= l->columns)
        ak_remark(to,
                  "'%s' is taken for text, although %lld of %lld cells looked at are numbers; "
                  "--format vectors reads a table of numbers.",
                  name, (long long)l->numeric, (long long)l->columns);
}

static const ak_kind *kind_by_name(const char *path)
{
    const ak_kind *kind;
    for (int i = 0; (kind = ak_kind_at(i)) != NULL; i++)
        if (kind->has_name(ak_path_base(path))) break;
    return kind;
}

akin_status ak_detect_remark(const char *path, const ak_kind *kind, ak_remarks *to, akin_error *err)
{
    cells l;
    struct stat info;
    bool there;
    char head[HEAD];
    ak_glimpse g = { .path = path };
    if ((kind != &ak_kind_vectors && kind != &ak_kind_text) || kind_by_name(path)) return AKIN_OK;
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there || !S_ISREG(info.st_mode)) return AKIN_OK;
    AK_TRY(read_head(&g, head, err));
    if (!g.head || !ak_glimpse_is_text(&g)) return AKIN_OK; /* an array, which nobody takes for a table */
    AK_TRY(count_rows(path, 0, &l, err));
    if (l.rows && l.indexed == 0) remark(path, kind == &ak_kind_vectors, &l, to);
    return AKIN_OK;
}

bool ak_glimpse_is_numbers(ak_glimpse *g)
{
    bool numbers = false;
    if (g->numbers == 0) {
        g->status = look_for_numbers(g->path, &numbers, g->err);
        g->numbers = numbers ? 1 : -1;
    }
    return g->numbers > 0;
}

static akin_status kind_of_file(const char *path, const ak_kind **out, akin_error *err)
{
    char head[HEAD];
    ak_glimpse g = { .path = path, .base = ak_path_base(path), .err = err };
    *out = kind_by_name(path);
    if (*out) return AKIN_OK;
    AK_TRY(read_head(&g, head, err));
    if (!g.head) return AKIN_OK;
    const ak_kind *kind;
    for (int i = 0; (kind = ak_kind_at(i)) != NULL && !kind->has_bytes(&g); i++)
        if (g.status) return g.status;
    *out = kind;
    return g.status;
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

static bool is_train(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot && ak_part_meant(name, (size_t)(dot - name)) == AK_PART_TRAIN;
}

/* Those of a part "train" first, the others by name. */
static int in_order(const void *a, const void *b)
{
    const int train = is_train(b) - is_train(a);
    return train ? train : strcmp(a, b);
}

/* The first names in that order, whatever the order of the folder. README and the like tell nothing, unless
 * there is nothing else. */
static akin_status list(const char *path, bool notes, char (*names)[256], size_t *count, akin_error *err)
{
    static const char *const NOTHING[] = { ".md", ".html", ".py", ".sh", ".pdf", ".json", NULL };
    ak_folder dir = ak_folder_open(path);
    size_t n = 0;
    for (const struct dirent *e; (e = ak_folder_next(&dir)) != NULL;) {
        const char *name = e->d_name;
        const bool side = strstr(name, "labels") || strstr(name, "groups") || strstr(name, "times");
        const bool note =
            ends_in_any(name, NOTHING) || strncmp(name, "README", 6) == 0 || strncmp(name, "LICEN", 5) == 0;
        if (ak_is_clutter(name) || (note && !notes) || (side && !ak_idx_is_images(name))) continue;
        size_t at = n;
        if (n == MOST_ENTRIES) { /* the last gives way */
            at = 0;
            for (size_t i = 1; i < n; i++)
                if (in_order(names[i], names[at]) > 0) at = i;
            if (in_order(name, names[at]) >= 0) continue;
        } else {
            n++;
        }
        snprintf(names[at], 256, "%s", name);
    }
    if (n) qsort(names, n, 256, in_order);
    *count = n;
    return ak_folder_close(&dir, AKIN_OK, err);
}

static akin_status kind_of_path(const char *path, bool notes, int depth, const ak_kind **out,
                                akin_error *err);

static akin_status kind_of_entry(const char *folder, const char *name, bool notes, int depth,
                                 const ak_kind **out, akin_error *err)
{
    char *path = ak_path_join(folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s/%s'", folder, name);
    const akin_status status = kind_of_path(path, notes, depth, out, err);
    if (*out && (*out)->only_train && !is_train(name)) *out = NULL;
    free(path);
    return status;
}

static akin_status kind_of_path(const char *path, bool notes, int depth, const ak_kind **out, akin_error *err)
{
    struct stat info;
    bool there;
    size_t n = 0;
    *out = NULL;
    AK_TRY(ak_look(path, &there, &info, err));
    if (there && S_ISREG(info.st_mode)) return kind_of_file(path, out, err);
    if (!there || !S_ISDIR(info.st_mode) || depth == DEEPEST) return AKIN_OK;
    char(*names)[256] = malloc((size_t)MOST_ENTRIES * 256);
    if (!names) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to list '%s'", path);
    akin_status status = list(path, notes, names, &n, err);
    for (size_t i = 0; i < n && !status && !*out; i++)
        status = kind_of_entry(path, names[i], notes, depth + 1, out, err);
    free(names);
    return status;
}

/* Names of a folder, and of folders in it: how many are of pictures, how many of other files. */
typedef struct names {
    int64_t pictures, others;
} names;

static akin_status count_names(const char *path, int depth, names *c, akin_error *err)
{
    if (depth > DEEPEST) return AKIN_OK;
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;) {
        bool below = false;
        if (ak_is_clutter(e->d_name)) continue;
        const bool picture = ak_is_image_name(e->d_name);
        if (!picture) status = ak_path_is_folder(path, e->d_name, &below, err);
        c->pictures += picture;
        c->others += !picture && !below;
        if (!below) continue;
        char *deeper = ak_path_join(path, e->d_name);
        status = deeper ? count_names(deeper, depth + 1, c, err)
                        : ak_fail(err, AKIN_ERR_NOMEM, "no memory to list '%s'", path);
        free(deeper);
    }
    return ak_folder_close(&dir, status, err);
}

/* Archives of tar: samples with a picture are images, whatever caption is beside it; else texts, else
 * vectors. */
static int rank_of_member(const char *ending)
{
    char name[64];
    snprintf(name, sizeof name, "x.%s", ending);
    return ak_is_image_name(name) ? 0 : strcmp(ending, "txt") == 0 ? 1 : strcmp(ending, "npy") == 0 ? 2 : 3;
}

static akin_status kind_of_shards(const char *path, const ak_kind **out, akin_error *err)
{
    static const ak_kind *const KINDS[] = { &ak_kind_images, &ak_kind_text, &ak_kind_vectors };
    int rank = 0;
    AK_TRY(ak_shards_look(path, rank_of_member, &rank, err));
    *out = KINDS[rank < 3 ? rank : 0]; /* whose reader says best what is missing */
    return AKIN_OK;
}

/* The kind of the first file of a range, if it is one. */
static akin_status kind_of_range(const char *path, bool *range, const ak_kind **out, akin_error *err)
{
    bool texts;
    ak_shard_list list;
    AK_TRY(ak_is_range(path, range, err));
    AK_TRY(ak_is_range_of_texts(path, &texts, err));
    *range = *range || texts;
    if (!*range) return AKIN_OK;
    AK_TRY(ak_shard_list_of_files(path, &list, err));
    const akin_status status = kind_of_file(list.path[0], out, err);
    ak_shard_list_free(&list);
    return status;
}

akin_status ak_detect(const char *path, const ak_kind **out, akin_error *err)
{
    struct stat info;
    bool there, shards, range;
    names c = { .pictures = 0 };
    *out = NULL;
    AK_TRY(ak_shards_are(path, &shards, err));
    if (shards) return kind_of_shards(path, out, err);
    if (ak_data_path_array(path)) {
        ak_glimpse g = { .path = path, .err = err };
        *out = npz_dimensions(&g) == 2 ? &ak_kind_vectors : &ak_kind_images;
        return g.status;
    }
    AK_TRY(kind_of_range(path, &range, out, err));
    if (range) return AKIN_OK;
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there) return AKIN_OK;
    if (S_ISDIR(info.st_mode)) AK_TRY(count_names(path, 0, &c, err));
    if (c.pictures > c.others) { /* then a table or a text beside them says something about them */
        *out = &ak_kind_images;
        return AKIN_OK;
    }
    AK_TRY(kind_of_path(path, false, 0, out, err));
    if (*out) return AKIN_OK;
    AK_TRY(kind_of_path(path, true, 0, out, err));
    if (*out && !(*out)->reads_notes) *out = NULL;
    return AKIN_OK;
}

akin_data_kind akin_data_detect(const char *path)
{
    const ak_kind *kind = NULL;
    return path && ak_detect(path, &kind, NULL) == AKIN_OK && kind ? kind->id : AKIN_DATA_UNKNOWN;
}

akin_status akin_data_detect_as(const char *path, const char *format, akin_data_kind *out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    const ak_kind *kind = ak_kind_of_format(format);
    if (!kind) AK_TRY(ak_detect(path, &kind, err));
    if (!kind) kind = ak_kind_sharing_format(format);
    if (!kind) kind = ak_kind_of(AKIN_DATA_UNKNOWN);
    *out = kind->id;
    return AKIN_OK;
}
