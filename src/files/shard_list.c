/* SPDX-License-Identifier: Apache-2.0 */
/* files/shard_list.c - the files that a path with braces, or a folder, names. */
#include "files/shard_list.h"

#include "base/folder.h"
#include "base/names.h"
#include "base/path.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 4096, MOST_DIGITS = 9, MOST_BRACES = 8 };

static bool ends_in(const char *name, size_t n, const char *ending)
{
    const size_t m = strlen(ending);
    return n > m && ak_strncasecmp(name + n - m, ending, m) == 0;
}

static bool is_shard(const char *name, size_t n)
{
    static const char *const ENDINGS[] = { ".tar",      ".tar.gz", ".tgz",    ".tar.zst",
                                           ".tar.zstd", ".tzst",   ".tar.xz", ".txz" };
    bool yes = false;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) yes = yes || ends_in(name, n, ENDINGS[i]);
    return yes;
}

bool ak_shards_named(const char *path) { return is_shard(path, strlen(path)); }

/* What may lie in a folder of archives beside them: README.md, index.json. */
static bool is_note(const char *name)
{
    static const char *const ENDINGS[] = { ".md", ".json", ".txt", ".idx", ".html", NULL };
    for (const char *const *e = ENDINGS; *e; e++)
        if (ends_in(name, strlen(name), *e)) return true;
    return strncmp(name, "README", 6) == 0 || strncmp(name, "LICEN", 5) == 0;
}

akin_status ak_shards_are(const char *path, bool *yes, akin_error *err)
{
    struct stat info;
    bool there;
    int64_t shards = 0, others = 0;
    *yes = false;
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there || !S_ISDIR(info.st_mode)) {
        *yes = ak_shards_named(path) && (!there || S_ISREG(info.st_mode));
        return AKIN_OK;
    }
    ak_folder dir = ak_folder_open(path);
    for (const struct dirent *e; (e = ak_folder_next(&dir)) != NULL;) {
        if (ak_is_clutter(e->d_name)) continue;
        const bool shard = ak_shards_named(e->d_name);
        shards += shard;
        others += !shard && !is_note(e->d_name);
    }
    *yes = shards > 0 && others == 0;
    return ak_folder_close(&dir, AKIN_OK, err);
}

/* Braces ------------------------------------------------------------------------------------------------- */

static akin_status add(ak_shard_list *list, const char *path, akin_error *err)
{
    if (list->n == AK_MAX_SHARDS)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is one archive more than %d, the limit", path,
                       AK_MAX_SHARDS);
    char *copy = strdup(path);
    if (!copy || !ak_grow(&list->path, &list->room, list->n + 1, sizeof *list->path)) {
        free(copy);
        return ak_no_memory(err, "for the names of archives");
    }
    list->path[list->n++] = copy;
    return AKIN_OK;
}

static akin_status bad_braces(const char *path, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s': braces hold a range, {000000..000009}, or words, {a,b}, and no braces", path);
}

/* A pattern that is expanded from left to right: what stands before `at` is settled. */
typedef struct pattern {
    ak_shard_list *list;
    const char *whole; /* as the user wrote it */
} pattern;

static akin_status expand(const pattern *p, const char *text, size_t at, akin_error *err);

/* text[0,open) + middle + text[close+1,...) */
static akin_status put(const pattern *p, const char *text, size_t open, size_t close, const char *middle,
                       size_t bytes, akin_error *err)
{
    char next[LONGEST];
    const int n =
        snprintf(next, sizeof next, "%.*s%.*s%s", (int)open, text, (int)bytes, middle, text + close + 1);
    if (n < 0 || (size_t)n >= sizeof next)
        return ak_fail(err, AKIN_ERR_INPUT, "'%.200s...' is too long for a path", p->whole);
    return expand(p, next, open + bytes, err);
}

/* All digits of s[0,n), into *value; at most nine. */
static bool digits(const char *s, size_t n, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!ak_isdigit(s[i])) return false;
        *value = 10 * *value + (s[i] - '0');
    }
    return n > 0 && n <= MOST_DIGITS;
}

static akin_status expand_range(const pattern *p, const char *text, size_t open, size_t close,
                                const char *dots, akin_error *err)
{
    const char *from = text + open + 1, *to = dots + 2;
    const size_t width = (size_t)(dots - from), last = (size_t)(text + close - to);
    int64_t first, end;
    if (!digits(from, width, &first) || !digits(to, last, &end) || end < first)
        return bad_braces(p->whole, err);
    for (int64_t i = first; i <= end; i++) {
        char number[16];
        const int n = snprintf(number, sizeof number, "%0*lld", (int)width, (long long)i);
        AK_TRY(put(p, text, open, close, number, (size_t)n, err));
    }
    return AKIN_OK;
}

static akin_status expand(const pattern *p, const char *text, size_t at, akin_error *err)
{
    const size_t open = at + strcspn(text + at, "{}");
    if (!text[open]) return add(p->list, text, err);
    const size_t close = open + 1 + strcspn(text + open + 1, "{}");
    if (text[open] != '{' || text[close] != '}') return bad_braces(p->whole, err);
    const char *dots = strstr(text + open + 1, "..");
    if (dots && dots < text + close) return expand_range(p, text, open, close, dots, err);
    for (size_t word = open + 1; word <= close;) {
        const size_t bytes = strcspn(text + word, ",}");
        if (bytes == 0) return bad_braces(p->whole, err);
        AK_TRY(put(p, text, open, close, text + word, bytes, err));
        word += bytes + 1;
    }
    return AKIN_OK;
}

/* Pieces between "::". A file that is called by braces is itself. */
static akin_status expand_path(const char *path, ak_shard_list *list, akin_error *err)
{
    char piece[LONGEST];
    bool there;
    int braces = 0;
    for (const char *c = path; *c; c++) braces += *c == '{';
    if (braces > MOST_BRACES) return bad_braces(path, err);
    for (const char *at = path; at;) {
        const char *next = strstr(at, "::");
        const int n = next ? (int)(next - at) : (int)strlen(at);
        if (n == 0 || n >= LONGEST || !is_shard(at, (size_t)n))
            return ak_fail(err, AKIN_ERR_INPUT, "'%s': each piece between :: names archives of tar", path);
        snprintf(piece, sizeof piece, "%.*s", n, at);
        AK_TRY(ak_look(piece, &there, NULL, err));
        const pattern p = { list, path };
        AK_TRY(there ? add(list, piece, err) : expand(&p, piece, 0, err));
        at = next ? next + 2 : NULL;
    }
    return AKIN_OK;
}

/* Ranges of .npy ----------------------------------------------------------------------------------------- */

static bool is_array(const char *path)
{
    const size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".npy") == 0;
}

akin_status ak_is_range(const char *path, bool *yes, akin_error *err)
{
    bool there = true;
    if (strchr(path, '{') && is_array(path)) AK_TRY(ak_look(path, &there, NULL, err));
    *yes = !there;
    return AKIN_OK;
}

akin_status ak_is_range_of_texts(const char *path, bool *yes, akin_error *err)
{
    bool there = true;
    if (strchr(path, '{') && !is_array(path) && !ak_shards_named(path))
        AK_TRY(ak_look(path, &there, NULL, err));
    *yes = !there;
    return AKIN_OK;
}

akin_status ak_shard_list_of_range(const char *path, ak_shard_list *out, akin_error *err)
{
    ak_shard_list list = { .n = 0 };
    const pattern p = { &list, path };
    int braces = 0;
    for (const char *c = path; *c; c++) braces += *c == '{';
    const akin_status status = braces <= MOST_BRACES ? expand(&p, path, 0, err) : bad_braces(path, err);
    if (status)
        ak_shard_list_free(&list);
    else
        *out = list;
    return status;
}

size_t ak_range_of_shards(const char *path)
{
    const char *open = strchr(path, '{'), *close = open ? strchr(open, '}') : NULL;
    const char *dots = open ? strstr(open, "..") : NULL;
    int64_t number;
    if (!close || !dots || dots > close || strcmp(close + 1, ".npy") != 0 || open < path + 2) return 0;
    const bool range = digits(open + 1, (size_t)(dots - open - 1), &number) &&
                       digits(dots + 2, (size_t)(close - dots - 2), &number);
    return range && open[-1] == '-' ? (size_t)(open - path) - 1 : 0;
}

static const char BETWEEN[] = "-_./";

/* Folders and parts -------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static akin_status list_folder(const char *path, ak_shard_list *list, akin_error *err)
{
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;) {
        if (ak_is_clutter(e->d_name) || !ak_shards_named(e->d_name)) continue;
        char *whole = ak_path_join(path, e->d_name);
        status = whole ? add(list, whole, err) : ak_no_memory(err, "for the names of archives");
        free(whole);
    }
    if (list->n) qsort(list->path, (size_t)list->n, sizeof *list->path, by_path);
    return ak_folder_close(&dir, status, err);
}

/* The part that the beginning of a name means: "train-000.tar", "val2017_3.tar", "test.tar". */
static ak_part_name part_of(const char *name)
{
    for (size_t n = strlen(name); n > 0; n--) { /* the longest that means one: "train-set" */
        if (n < strlen(name) && !strchr(BETWEEN, name[n])) continue;
        const ak_part_name part = ak_part_meant(name, n);
        if (part != AK_PART_NONE) return part;
    }
    return AK_PART_NONE;
}

/* The test or validation part that a path means anywhere: "val/000.tar", "photos-of-test-1.tar". */
static ak_part_name apart(const char *path)
{
    for (const char *at = path; *at; at++) {
        if (at > path && !strchr(BETWEEN, at[-1])) continue;
        const ak_part_name part = part_of(at);
        if (part == AK_PART_TEST || part == AK_PART_VAL) return part;
    }
    return AK_PART_NONE;
}

/* Every name means a part behind its first `head` bytes, and one is of train. */
static bool parts_behind(const ak_shard_list *list, size_t head)
{
    bool train = false;
    for (int64_t i = 0; i < list->n; i++) {
        const ak_part_name part = part_of(ak_path_base(list->path[i]) + head);
        if (part == AK_PART_NONE) return false;
        train = train || part == AK_PART_TRAIN;
    }
    return train;
}

/* *head: what all names begin with before the part: 7 of "photos-train-0.tar", "photos-val-0.tar". */
static bool find_head(const ak_shard_list *list, size_t *head)
{
    const char *first = list->n ? ak_path_base(list->path[0]) : "";
    for (*head = 0; first[*head]; ++*head) {
        if (*head > 0 && strchr(BETWEEN, first[*head - 1]) == NULL) continue;
        for (int64_t i = 1; i < list->n; i++)
            if (strncmp(ak_path_base(list->path[i]), first, *head) != 0) return false;
        if (parts_behind(list, *head)) return true;
    }
    return false;
}

static akin_status find_parts(ak_shard_list *list, akin_error *err)
{
    size_t head;
    if (!ak_grow(&list->part, &list->part_room, list->n + 1, sizeof *list->part))
        return ak_no_memory(err, "for the names of archives");
    char **sorted = malloc((size_t)(list->n + 1) * sizeof *sorted); /* by part, else as they came */
    if (!sorted) return ak_no_memory(err, "for the names of archives");
    list->parts = find_head(list, &head);
    int64_t n = 0;
    for (int part = AK_PART_TRAIN; part <= AK_PART_VAL; part++)
        for (int64_t i = 0; i < list->n; i++) {
            const ak_part_name is = list->parts ? part_of(ak_path_base(list->path[i]) + head) : AK_PART_TRAIN;
            if ((int)is != part) continue;
            list->part[n] = is;
            sorted[n++] = list->path[i];
        }
    memcpy(list->path, sorted, (size_t)n * sizeof *sorted);
    free(sorted);
    return AKIN_OK;
}

/* The bytes of the folders that all paths begin with. */
static size_t shared_folder(const ak_shard_list *list)
{
    size_t n = list->n ? (size_t)(ak_path_base(list->path[0]) - list->path[0]) : 0;
    for (int64_t i = 1; i < list->n; i++)
        while (n > 0 && strncmp(list->path[i], list->path[0], n) != 0) do
                n--;
            while (n > 0 && list->path[0][n - 1] != '/');
    return n;
}

void ak_shard_list_remark(const ak_shard_list *list, ak_remarks *to)
{
    const char *found = NULL, *other = NULL;
    const size_t shared = shared_folder(list);
    for (int64_t i = 0; i < list->n && !list->parts; i++) {
        if (apart(list->path[i] + shared) == AK_PART_NONE)
            other = other ? other : list->path[i];
        else
            found = found ? found : list->path[i];
    }
    if (found && other)
        ak_remark(to,
                  "'%s' is named like a part for %s, and is read for training, like '%s': archives are parts "
                  "where all their names, behind what they begin with alike, mean one and one means train.",
                  found, apart(found + shared) == AK_PART_TEST ? "testing" : "validation", other);
}

static akin_status check_there(const ak_shard_list *list, const char *path, akin_error *err)
{
    ak_names seen = { .n = 0 };
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < list->n && !status; i++) {
        struct stat info;
        bool there;
        const int64_t id = ak_names_add(&seen, list->path[i], (int64_t)strlen(list->path[i]));
        if (id < 0)
            status = ak_no_memory(err, "for the names of archives");
        else if (id < i)
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s' names '%s' twice", path, list->path[i]);
        if (!status) status = ak_look(list->path[i], &there, &info, err);
        if (!status && !there && strcmp(path, list->path[i]) == 0)
            status = ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': No such file or directory", path);
        else if (!status && !there)
            status =
                ak_fail(err, AKIN_ERR_INPUT, "'%s' is not there, one of the %lld %s of '%s'", list->path[i],
                        (long long)list->n, ak_shards_named(path) ? "archives" : "files", path);
        else if (!status && !S_ISREG(info.st_mode))
            status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", list->path[i]);
    }
    ak_names_free(&seen);
    return status;
}

akin_status ak_shard_list_make(const char *path, ak_shard_list *out, akin_error *err)
{
    struct stat info;
    bool there;
    ak_shard_list list = { .n = 0 };
    AK_TRY(ak_look(path, &there, &info, err));
    const bool folder = there && S_ISDIR(info.st_mode);
    akin_status status = folder ? list_folder(path, &list, err) : expand_path(path, &list, err);
    if (!status) status = check_there(&list, path, err);
    if (!status) status = find_parts(&list, err);
    if (status)
        ak_shard_list_free(&list);
    else
        *out = list;
    return status;
}

akin_status ak_shard_list_of_files(const char *path, ak_shard_list *out, akin_error *err)
{
    ak_shard_list list = { .n = 0 };
    AK_TRY(ak_shard_list_of_range(path, &list, err));
    akin_status status = check_there(&list, path, err);
    if (!status) status = find_parts(&list, err);
    if (status)
        ak_shard_list_free(&list);
    else
        *out = list;
    return status;
}

int64_t ak_shard_list_part(const ak_shard_list *list, ak_part_name part, int64_t *first)
{
    int64_t n = 0;
    for (int64_t i = list->n; i-- > 0;) {
        if (list->part[i] != part) continue;
        *first = i;
        n++;
    }
    return n;
}

void ak_shard_list_free(ak_shard_list *list)
{
    for (int64_t i = 0; i < list->n; i++) free(list->path[i]);
    free(list->path);
    free(list->part);
    *list = (ak_shard_list){ .n = 0 };
}
