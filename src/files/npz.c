/* SPDX-License-Identifier: Apache-2.0 */
/* files/npz.c - the arrays of a .npz or of a file of HDF5, by what their names mean. */
#include "files/npz.h"

#include "base/data_path.h"
#include "base/path.h"
#include "base/plain.h"
#include "files/hdf5.h"
#include "files/npy.h"
#include "files/npy_header.h"

#include <stdio.h>
#include <string.h>

typedef struct array {
    ak_npz_role role;
    ak_part_name part;
    bool asked; /* by ak_npz_find() */
} array;

struct ak_npz {
    ak_zip *zip; /* or */
    ak_hdf5 *hdf5;
    char *path; /* of the file */
    array *arrays;
};

static const struct {
    const char *word;
    ak_npz_role role;
} WORDS[] = {
    { "x", AK_NPZ_ITEMS },        { "data", AK_NPZ_ITEMS },      { "images", AK_NPZ_ITEMS },
    { "image", AK_NPZ_ITEMS },    { "features", AK_NPZ_ITEMS },  { "embeddings", AK_NPZ_ITEMS },
    { "vectors", AK_NPZ_ITEMS },  { "inputs", AK_NPZ_ITEMS },    { "arr_0", AK_NPZ_ITEMS },
    { "y", AK_NPZ_LABELS },       { "labels", AK_NPZ_LABELS },   { "label", AK_NPZ_LABELS },
    { "targets", AK_NPZ_LABELS }, { "target", AK_NPZ_LABELS },   { "arr_1", AK_NPZ_LABELS },
    { "names", AK_NPZ_NAMES },    { "classes", AK_NPZ_CLASSES }, { "class_names", AK_NPZ_CLASSES },
};
enum { N_WORDS = sizeof WORDS / sizeof *WORDS };

static int64_t member_count(const ak_npz *z)
{
    return z->hdf5 ? ak_hdf5_count(z->hdf5) : ak_zip_count(z->zip);
}

static const char *member_name(const ak_npz *z, int64_t i)
{
    return z->hdf5 ? ak_hdf5_at(z->hdf5, i)->name : ak_zip_name(z->zip, i);
}

static bool is_word(const char *word, const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && word[i] && ak_tolower(text[i]) == word[i]) i++;
    return i == n && !word[i];
}

static ak_npz_role role_of(const char *text, size_t n)
{
    for (int i = 0; i < N_WORDS; i++)
        if (is_word(WORDS[i].word, text, n)) return WORDS[i].role;
    return AK_NPZ_OTHER;
}

/* "x", "x_train", "train-x", "train/x"; the name of a part alone is of its items. */
static array meaning_of(const char *text, size_t n)
{
    array a = { role_of(text, n), ak_part_meant(text, n), false };
    if (a.role != AK_NPZ_OTHER) return (array){ a.role, AK_PART_NONE, false };
    if (a.part != AK_PART_NONE && !memchr(text, '_', n)) return (array){ AK_NPZ_ITEMS, a.part, false };
    for (size_t i = 1; i + 1 < n; i++) {
        if (!strchr("_-. /", text[i])) continue;
        const ak_part_name first = ak_part_meant(text, i), last = ak_part_meant(text + i + 1, n - i - 1);
        const ak_npz_role behind = role_of(text + i + 1, n - i - 1), before = role_of(text, i);
        if (first != AK_PART_NONE && behind != AK_NPZ_OTHER) return (array){ behind, first, false };
        if (last != AK_PART_NONE && before != AK_NPZ_OTHER) return (array){ before, last, false };
    }
    return (array){ AK_NPZ_OTHER, AK_PART_NONE, false };
}

/* Of the name of member i, without ".npy"; 0: no array. */
static size_t stem_of(const ak_npz *z, int64_t i)
{
    const char *name = member_name(z, i);
    const size_t n = strlen(name);
    if (z->hdf5) return n;
    return n > 4 && strcmp(name + n - 4, ".npy") == 0 ? n - 4 : 0;
}

const char *ak_npz_shown(const ak_npz *z, int64_t i, char shown[4096])
{
    if (z->hdf5)
        ak_snprintf(shown, 4096, "%.2000s:/%.2000s", z->path, member_name(z, i));
    else
        ak_snprintf(shown, 4096, "%.3600s: %.*s", z->path, (int)stem_of(z, i), member_name(z, i));
    return shown;
}

/* "'FILE' has no array of items: it holds a, b; call it x". Of HDF5 with the shapes. */
static akin_status list_arrays(const ak_npz *z, akin_error *err, const char *what, const char *advice)
{
    char list[512] = "", shown[AK_SHOWN];
    size_t used = 0;
    for (int64_t i = 0; i < member_count(z) && used + 200 < sizeof list; i++) {
        used += (size_t)ak_snprintf(list + used, sizeof list - used, "%s%.80s", used ? ", " : "",
                                    ak_shown(member_name(z, i), shown));
        const ak_hdf5_array *a = z->hdf5 ? ak_hdf5_at(z->hdf5, i) : NULL;
        for (int k = 0; a && k < a->ndim && used + 24 < sizeof list; k++)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%lld%s", k ? "," : " [",
                                     (long long)a->shape[k], k == a->ndim - 1 ? "]" : "");
    }
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' %s: it holds %s; %s", z->path, what, used ? list : "nothing",
                   advice);
}

static akin_status check_once(const ak_npz *z, int64_t i, akin_error *err)
{
    char other[4096], shown[4096];
    for (int64_t k = 0; k < i; k++) {
        const array *a = &z->arrays[k], *b = &z->arrays[i];
        if (a->role == AK_NPZ_OTHER || a->role != b->role || a->part != b->part) continue;
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' and '%s' mean the same; which is it? %s",
                       ak_npz_shown(z, k, other), ak_npz_shown(z, i, shown),
                       z->hdf5 ? "give one of these names" : "save one of them alone");
    }
    return AKIN_OK;
}

/* Bytes of the name before its last part: of "a/x" 2. */
static size_t group_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) + 1 : 0;
}

/* The array that the path names is the items, or, where it is [n] or [n,1], the labels. What stands beside
 * it in its group and belongs to no part goes with it; nothing else is wanted. */
static akin_status take_named(ak_npz *z, const char *named, akin_error *err)
{
    int64_t at = 0;
    const size_t group = group_of(named);
    while (at < member_count(z) && strcmp(member_name(z, at), named) != 0) at++;
    if (at == member_count(z))
        return list_arrays(z, err, "has no data set of that name", "FILE:/NAME names one");
    const ak_hdf5_array *a = ak_hdf5_at(z->hdf5, at);
    const bool column = a->ndim == 1 || (a->ndim == 2 && a->shape[1] == 1);
    const ak_npz_role role = column ? AK_NPZ_LABELS : AK_NPZ_ITEMS;
    for (int64_t i = 0; i < member_count(z); i++) {
        const char *name = member_name(z, i);
        const bool beside = group_of(name) == group && memcmp(name, named, group) == 0;
        const ak_npz_role own = beside ? role_of(name + group, strlen(name) - group) : AK_NPZ_OTHER;
        z->arrays[i] = (array){ own == role || own == AK_NPZ_ITEMS ? AK_NPZ_OTHER : own, AK_PART_NONE, true };
    }
    z->arrays[at] = (array){ role, AK_PART_NONE, true };
    return AKIN_OK;
}

static akin_status sort_out(ak_npz *z, const char *named, akin_error *err)
{
    const int64_t n = member_count(z);
    int64_t arrays = 0, only = -1;
    z->arrays = calloc((size_t)n + 1, sizeof *z->arrays);
    if (!z->arrays) return ak_no_memory(err, "for the arrays of '%s'", z->path);
    for (int64_t i = 0; i < n; i++) {
        const size_t stem = stem_of(z, i);
        z->arrays[i] =
            stem ? meaning_of(member_name(z, i), stem) : (array){ AK_NPZ_OTHER, AK_PART_NONE, true };
        arrays += stem > 0;
        if (stem) only = i;
    }
    if (named) AK_TRY(take_named(z, named, err));
    for (int64_t i = 0; i < n; i++) AK_TRY(check_once(z, i, err));
    if (arrays == 1 && !named && z->arrays[only].role == AK_NPZ_OTHER) z->arrays[only].role = AK_NPZ_ITEMS;
    return AKIN_OK;
}

/* Of "FILE.h5:/group/x" the file, in new memory, and "group/x". */
static char *split_path(const char *path, const char **named)
{
    const char *data = ak_data_path_array(path);
    *named = data ? data + 2 : NULL;
    while (*named && **named == '/') ++*named;
    return data ? strndup(path, (size_t)(data - path)) : strdup(path);
}

akin_status ak_hdf5_is(const char *path, bool *is, akin_error *err)
{
    char head[8];
    size_t got = 0;
    struct stat info;
    bool there;
    *is = false;
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there || !S_ISREG(info.st_mode)) return AKIN_OK;
    AK_TRY(ak_file_head(path, head, sizeof head, &got, err));
    *is = got == sizeof head && memcmp(head, "\x89HDF\r\n\x1a\n", sizeof head) == 0;
    return AKIN_OK;
}

akin_status ak_npz_is(const char *path, bool *is, akin_error *err)
{
    *is = ak_data_path_array(path) != NULL;
    if (!*is) AK_TRY(ak_zip_is(path, is, err));
    return *is ? AKIN_OK : ak_hdf5_is(path, is, err);
}

akin_status ak_npz_open(const char *path, ak_npz **out, akin_error *err)
{
    const char *named = NULL;
    ak_npz *z = calloc(1, sizeof *z);
    if (z) z->path = split_path(path, &named);
    akin_status status = z && z->path ? AKIN_OK : ak_no_memory(err, "to open '%s'", path);
    bool hdf5 = named != NULL;
    if (!status && !hdf5) status = ak_hdf5_is(z->path, &hdf5, err);
    if (!status) status = hdf5 ? ak_hdf5_open(z->path, &z->hdf5, err) : ak_zip_open(z->path, &z->zip, err);
    if (!status) status = sort_out(z, named, err);
    if (status)
        ak_npz_close(z);
    else
        *out = z;
    return status;
}

void ak_npz_close(ak_npz *z)
{
    if (!z) return;
    ak_zip_close(z->zip);
    ak_hdf5_close(z->hdf5);
    free(z->arrays);
    free(z->path);
    free(z);
}

int64_t ak_npz_find(const ak_npz *z, ak_npz_role role, ak_part_name part)
{
    int64_t found = -1;
    for (int64_t i = 0; i < member_count(z); i++) {
        const array *a = &z->arrays[i];
        if (a->role != role) continue;
        if (a->part == part) found = i;
        if (a->part == AK_PART_NONE && part == AK_PART_TRAIN && found < 0) found = i;
    }
    if (found >= 0) z->arrays[found].asked = true;
    return found;
}

akin_status ak_npz_check(const ak_npz *z, akin_error *err)
{
    if (ak_npz_find(z, AK_NPZ_ITEMS, AK_PART_TRAIN) >= 0) return AKIN_OK;
    return list_arrays(z, err, "has no array of items",
                       z->hdf5 ? "call it x, or name it: FILE:/NAME" : "call it x, or x_train beside x_test");
}

void ak_npz_tell_others(const ak_npz *z, ak_remarks *to)
{
    char shown[AK_SHOWN], name[2048];
    for (int64_t i = 0; i < member_count(z); i++) {
        if (z->arrays[i].asked) continue;
        snprintf(name, sizeof name, "%.*s", (int)stem_of(z, i), member_name(z, i));
        ak_remark(to, "Left out: the array '%s'.", ak_shown(name, shown));
    }
}

size_t ak_npz_head(const ak_npz *z, char *to, size_t size)
{
    const int64_t i = z->hdf5 ? -1 : ak_npz_find(z, AK_NPZ_ITEMS, AK_PART_TRAIN);
    return i < 0 ? 0 : ak_zip_head(z->zip, i, to, size);
}

int ak_npz_hdf5_dimensions(const ak_npz *z)
{
    const int64_t i = z->hdf5 ? ak_npz_find(z, AK_NPZ_ITEMS, AK_PART_TRAIN) : -1;
    return i < 0 ? 0 : ak_hdf5_at(z->hdf5, i)->ndim;
}

akin_status ak_npz_load(const ak_npz *z, int64_t i, akin_array *out, bool *truth, akin_error *err)
{
    ak_piece p;
    unsigned char *memory = NULL;
    char shown[4096];
    if (z->hdf5) return ak_hdf5_load(z->hdf5, i, out, truth, err);
    AK_TRY(ak_zip_bytes(z->zip, i, &p, &memory, err));
    const akin_status status = ak_npy_load_piece(&p, ak_npz_shown(z, i, shown), out, truth, err);
    free(memory);
    return status;
}

/* Texts -------------------------------------------------------------------------------------------------- */

static size_t put_utf8(uint32_t code, char *to)
{
    if (code < 0x80) return to[0] = (char)code, 1;
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const int LEAD[] = { 0, 0xc0, 0xe0, 0xf0 };
    to[0] = (char)(LEAD[more] | (int)(code >> (6 * more)));
    for (int k = 1; k <= more; k++) to[k] = (char)(0x80 | (code >> (6 * (more - k)) & 0x3f));
    return (size_t)more + 1;
}

/* Item i in UTF-8, ended by a 0, which is padding otherwise; false: it is no text. *used receives its
 * bytes. */
static bool text_of(const ak_npy_header *h, const unsigned char *at, char *to, size_t *used)
{
    size_t n = 0;
    bool ended = false;
    const int step = h->kind == 'U' ? 4 : 1;
    for (int k = 0; k + step <= h->item_bytes; k += step) {
        uint32_t code = at[k];
        for (int b = 1; b < step; b++) code |= (uint32_t)at[k + b] << (8 * b);
        if (h->swapped && step == 4)
            code = (uint32_t)at[k] << 24 | (uint32_t)at[k + 1] << 16 | (uint32_t)at[k + 2] << 8 | at[k + 3];
        if (code && ended) return false;
        ended = ended || !code;
        if (ended) continue;
        if (step == 4 && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) return false;
        if (step == 4)
            n += put_utf8(code, to + n);
        else
            to[n++] = (char)code;
    }
    to[n] = 0;
    *used = n + 1;
    return true;
}

static akin_status take_texts(const ak_piece *p, const char *shown, akin_names *out, akin_error *err)
{
    ak_npy_header h = { .texts = true };
    AK_TRY(ak_npy_read_header(p, shown, &h, err));
    if ((h.kind != 'U' && h.kind != 'S') || h.ndim != 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has dtype '%s' and %d dimensions; names are texts, [n]",
                       shown, h.descr, h.ndim);
    const size_t item = (size_t)h.item_bytes, n = (size_t)h.count;
    unsigned char *row = malloc(item + 1);
    char **name = malloc(n * (sizeof *name + item + 1) + 1);
    akin_status status = row && name ? AKIN_OK : ak_no_memory(err, "for the names of '%s'", shown);
    char *to = name ? (char *)(name + n) : NULL;
    for (size_t i = 0; i < n && !status; i++) {
        const int64_t at = h.offset + (int64_t)(i * item);
        size_t used = 0;
        const int reason = ak_piece_read(p, row, item, at);
        if (reason)
            status = ak_piece_failed(err, shown, reason, at);
        else if (!text_of(&h, row, to, &used))
            status = ak_fail(err, AKIN_ERR_FORMAT, "'%s': item %zu (from 0) is no text", shown, i);
        name[i] = to;
        to += used;
    }
    free(row);
    if (status) {
        free(name);
        return status;
    }
    *out = (akin_names){ .struct_size = sizeof *out, .n = h.count, .name = name };
    return AKIN_OK;
}

akin_status ak_npz_texts(const ak_npz *z, int64_t i, akin_names *out, akin_error *err)
{
    ak_piece p;
    unsigned char *memory = NULL;
    char shown[4096];
    if (z->hdf5) return ak_hdf5_texts(z->hdf5, i, out, err);
    AK_TRY(ak_zip_bytes(z->zip, i, &p, &memory, err));
    const akin_status status = take_texts(&p, ak_npz_shown(z, i, shown), out, err);
    free(memory);
    return status;
}
