/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_documents.c - a folder of documents: each file is a group, its lines are the items, and its
 * first folder is the label.
 *
 * Names are sorted byte by byte, so the order of items is the same on every file system. A folder that
 * holds nothing but one folder stands for that one. Folders whose names, or what follows a - or _ in
 * them, mean train, val or test (base/folder_names.h) are splits if there is one for train; files outside of
 * them are then ignored. */
#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"
#include "text/corpus_items.h"
#include "text/corpus_parts.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_DEPTH = 16 }; /* of nested folders */

typedef struct listing {
    akin_corpus *c;
    const char *root;
    char **name; /* [n] paths within the root, owned */
    int64_t n, room;
    bool splits;
    char *joined; /* text of a document that is one item */
    int64_t joined_room;
} listing;

static akin_status walk(listing *l, const char *folder, int depth, akin_error *err);

/* relative is taken over. */
static akin_status visit(listing *l, char *relative, const char *name, int depth, akin_error *err)
{
    struct stat info;
    bool there = false;
    char *path = ak_path_join(l->root, relative);
    akin_status status = path ? AKIN_OK : ak_no_memory(err, "to list '%s'", l->root);
    if (!status && !ak_is_clutter(name)) status = ak_look(path, &there, &info, err);
    if (!status && (!there || !(S_ISDIR(info.st_mode) || S_ISREG(info.st_mode)))) {
        l->c->counts.ignored++;
    } else if (!status && S_ISDIR(info.st_mode)) {
        status = walk(l, relative, depth + 1, err);
    } else if (!status && !ak_grow(&l->name, &l->room, l->n + 1, sizeof *l->name)) {
        status = ak_no_memory(err, "to list '%s'", l->root);
    } else if (!status) {
        l->name[l->n++] = relative;
        relative = NULL;
    }
    free(relative);
    free(path);
    return status;
}

static akin_status walk(listing *l, const char *folder, int depth, akin_error *err)
{
    if (depth > MOST_DEPTH)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s/%s' is nested more than %d folders deep; a link to a parent?", l->root, folder,
                       MOST_DEPTH);
    char *path = ak_path_join(l->root, folder);
    if (!path) return ak_no_memory(err, "to list '%s'", l->root);
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char *relative = *folder ? ak_path_join(folder, e->d_name) : strdup(e->d_name);
        status =
            relative ? visit(l, relative, e->d_name, depth, err) : ak_no_memory(err, "to list '%s'", l->root);
    }
    status = ak_folder_close(&dir, status, err);
    free(path);
    return status;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Which split the first folder of a path is, by all of its name or what follows a - or _ in it; -1 = none.
 * *plain: the name says so literally. */
static int split_of(const char *name, bool *plain)
{
    static const int number[] = { [AK_PART_TRAIN] = 0, [AK_PART_VAL] = 1, [AK_PART_TEST] = 2 };
    const char *slash = strchr(name, '/');
    const size_t n = slash ? (size_t)(slash - name) : 0;
    for (size_t at = 0; at < n; at++) {
        if (at > 0 && name[at - 1] != '-' && name[at - 1] != '_') continue;
        const ak_part_name part = ak_part_meant(name + at, n - at);
        if (part == AK_PART_NONE) continue;
        const char *word = ak_part_word(part);
        *plain = (at == 0 || name[at - 1] == '-') && strlen(word) == n - at &&
                 memcmp(name + at, word, n - at) == 0;
        return number[part];
    }
    return -1;
}

/* Names that are no plain words are told; two whole names of one split, train and Train, are an error. */
static akin_status tell_splits(const listing *l, size_t skip, akin_error *err)
{
    const char *whole[AK_TEXT_SPLITS] = { NULL }, *last = "";
    char folder[AK_SHOWN + 1], first[AK_SHOWN + 1], a[AK_SHOWN], b[AK_SHOWN];
    for (int64_t i = 0; i < l->n; i++) {
        bool plain = false;
        const char *name = l->name[i] + skip;
        const int split = split_of(name, &plain), n = (int)strcspn(name, "/");
        if (split < 0 || (strncmp(name, last, (size_t)n) == 0 && last[n] == '/')) continue;
        last = name;
        snprintf(folder, sizeof folder, "%.*s", n, name);
        if (!plain)
            ak_remark(&l->c->remarks, "Folder '%s' is read as the split %s.", ak_shown(folder, a),
                      ak_text_splits[split]);
        if (ak_part_meant(name, (size_t)n) == AK_PART_NONE) continue;
        if (whole[split]) {
            snprintf(first, sizeof first, "%.*s", (int)strcspn(whole[split], "/"), whole[split]);
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s' holds two folders for the split %s, '%s' and '%s'; rename one, or put them "
                           "together",
                           l->root, ak_text_splits[split], ak_shown(first, a), ak_shown(folder, b));
        }
        whole[split] = name;
    }
    return AKIN_OK;
}

/* Whether all files are in one folder that is no split: then the walk begins in that folder. *part is the
 * length of its name with the slash. */
static bool only_folder(const listing *l, size_t skip, size_t *part)
{
    const char *first = l->name[0] + skip, *slash = strchr(first, '/');
    *part = slash ? (size_t)(slash - first) + 1 : 0;
    bool plain;
    /* names are sorted: what the first and the last share, all share */
    return slash && strncmp(first, l->name[l->n - 1] + skip, *part) == 0 && split_of(first, &plain) != 0;
}

static akin_status read_document(listing *l, const char *path, const ak_text_place *where, akin_error *err)
{
    akin_corpus *c = l->c;
    akin_lines *lines = NULL;
    AK_TRY(akin_lines_open(path, &lines, err));
    ak_text_place at = *where;
    akin_status status = AKIN_OK;
    bool got = true, header = c->opts.skip_header;
    int64_t joined = 0;
    for (;;) {
        const char *text;
        int64_t bytes;
        int32_t item;
        status = akin_lines_next(lines, &text, &bytes, &got, err);
        if (status || !got) break;
        c->counts.lines++;
        at.line = akin_lines_number(lines);
        if (header) {
            header = bytes > 0;
        } else if (!c->opts.whole_documents) {
            const int64_t empty = c->counts.empty;
            status = ak_corpus_add_item(c, &at, text, bytes, false, &item, err);
            at.position += c->counts.empty == empty;
        } else if (joined + bytes > AK_LINE_BYTES ||
                   !ak_grow(&l->joined, &l->joined_room, joined + bytes + 1, 1)) {
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is longer than %d MiB, the limit of one text", path,
                             AK_LINE_BYTES >> 20);
        } else {
            memcpy(l->joined + joined, text, (size_t)bytes);
            joined += bytes;
            l->joined[joined++] = ' ';
        }
        if (!status) status = ak_corpus_check_size(c, lines, err);
        if (status) break;
    }
    if (!status && c->opts.whole_documents) {
        int32_t item;
        at.line = 1;
        status = ak_corpus_add_item(c, &at, l->joined ? l->joined : "", joined, false, &item, err);
    }
    c->taken += ak_lines_bytes(lines);
    ak_lines_remark(lines, &c->remarks);
    akin_lines_close(lines);
    return status;
}

/* Add a document; take it out again where the options say so. */
static akin_status take_document(listing *l, const char *name, size_t skip, akin_error *err)
{
    akin_corpus *c = l->c;
    ak_text_place at = { .label = -1, .group = (int32_t)c->group_names.n, .sparse = true };
    const char *rest = name + skip;
    if (l->splits) {
        bool plain;
        at.split = split_of(rest, &plain);
        if (at.split < 0) {
            c->counts.ignored++;
            return AKIN_OK;
        }
        rest = strchr(rest, '/') + 1;
    }
    const char *slash = strchr(rest, '/');
    const int64_t label = slash ? ak_names_add(&c->label_names, rest, slash - rest) : -1;
    char *path = ak_path_join(l->root, name);
    if (!path || (slash && label < 0)) {
        free(path);
        return ak_no_memory(err, "to list '%s'", l->root);
    }
    at.label = (int32_t)label;
    at.file = path;
    const int64_t first = c->n;
    akin_status status = read_document(l, path, &at, err);
    const int64_t items = c->n - first;
    const akin_corpus_opts *o = &c->opts;
    if (!status && items > 0 && (items < o->min_items || (o->max_items && items > o->max_items))) {
        c->counts.documents++;
        ak_corpus_drop_from(c, first);
    } else if (!status && items > 0) {
        if (o->first_items && items > o->first_items) ak_corpus_drop_from(c, first + o->first_items);
        if (ak_names_add(&c->group_names, name + skip, (int64_t)strlen(name + skip)) < 0)
            status = ak_no_memory(err, "to list '%s'", l->root);
    }
    free(path);
    return status;
}

/* A folder of tables is read as documents, headers and all. */
static void tell_tables(const listing *l)
{
    const char *format = l->c->opts.format;
    char shown[AK_SHOWN];
    if (format && strcmp(format, "documents") == 0) return;
    for (int64_t i = 0; i < l->n; i++) {
        if (!ak_corpus_table_format(l->name[i])) continue;
        ak_remark(
            &l->c->remarks,
            "'%s' is read as a document: each of its lines is a text, a header too. A file is read as a "
            "table when it is given alone, or is named train.",
            ak_shown(l->name[i], shown));
        return;
    }
}

akin_status ak_corpus_read_documents(akin_corpus *c, akin_error *err)
{
    listing l = { .c = c, .root = c->path };
    akin_status status = walk(&l, "", 0, err);
    if (l.n > 0) qsort(l.name, (size_t)l.n, sizeof *l.name, by_name);
    size_t skip = 0, part = 0;
    while (l.n > 0 && only_folder(&l, skip, &part)) skip += part;
    bool plain;
    for (int64_t i = 0; i < l.n; i++) l.splits |= split_of(l.name[i] + skip, &plain) == 0;
    if (!status) tell_tables(&l);
    if (l.splits && !status) status = tell_splits(&l, skip, err);
    for (int64_t i = 0; i < l.n && !status; i++) status = take_document(&l, l.name[i], skip, err);
    for (int64_t i = 0; i < l.n; i++) free(l.name[i]);
    free(l.name);
    free(l.joined);
    return status;
}
