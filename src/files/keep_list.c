/* SPDX-License-Identifier: Apache-2.0 */
/* files/keep_list.c - keep-lists: reading, writing, and matching them with the names of items;
 * akin/tool/keep_list.h says what a list looks like.
 *
 * The file is read as a whole and cut into names in place. Each name keeps its line number, for complaints.
 * Matching sorts the names once and looks every item up. */
#include "akin/tool/keep_list.h"

#include "base/escape.h"
#include "base/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VERSION = 1, NAME_BYTES = 8192 };
static const size_t LONGEST_LIST = (size_t)1 << 32;

typedef struct keep_item {
    const char *name;
    int64_t line;
} keep_item;

struct akin_keep_list {
    char *path, *text; /* names and remarks point into text */
    keep_item *item;   /* the names; and behind them, [n,lines), what begins with a # */
    int64_t n, lines;
    akin_keep_list_head head;
};

void akin_keep_list_free(akin_keep_list *keep)
{
    if (!keep) return;
    free(keep->path);
    free(keep->text);
    free(keep->item);
    free(keep);
}

int64_t akin_keep_list_count(const akin_keep_list *keep) { return keep->n; }

const char *akin_keep_list_name(const akin_keep_list *keep, int64_t i)
{
    return i >= 0 && i < keep->n ? keep->item[i].name : NULL;
}

int64_t akin_keep_list_line(const akin_keep_list *keep, int64_t i)
{
    return i >= 0 && i < keep->n ? keep->item[i].line : 0;
}

const char *akin_keep_list_path(const akin_keep_list *keep) { return keep->path; }

const akin_keep_list_head *akin_keep_list_about(const akin_keep_list *keep) { return &keep->head; }

/* Reading ------------------------------------------------------------------------------------------------ */

static akin_status bad_remark(const akin_keep_list *k, int64_t line, const char *key, const char *value,
                              akin_error *err)
{
    char shown[AK_SHOWN];
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s', line %" PRId64 ": '%s' is no value of '%s:'", k->path, line,
                   ak_shown(value, shown), key);
}

static bool whole(const char *text, int64_t *to)
{
    char *end;
    const long long value = strtoll(text, &end, 10);
    *to = value;
    return end != text && *end == 0 && value >= 0;
}

/* The text after "key:", or NULL. */
static char *value_of(char *remark, const char *key)
{
    const size_t n = strlen(key);
    if (strncmp(remark, key, n) != 0 || remark[n] != ':') return NULL;
    remark += n + 1;
    return remark + strspn(remark, " \t");
}

/* remark is what follows the # of a line. */
static akin_status read_remark(akin_keep_list *k, char *remark, int64_t line, akin_error *err)
{
    static const char FORMAT[] = "akin keep-list ";
    akin_keep_list_head *h = &k->head;
    const struct {
        const char *key;
        const char **to;
    } texts[] = { { "command", &h->command },
                  { "source", &h->source },
                  { "fingerprint", &h->fingerprint },
                  { "split", &h->split },
                  { "note", &h->note } };
    char *value;
    remark += strspn(remark, " \t");
    if (strncmp(remark, FORMAT, sizeof FORMAT - 1) == 0) {
        int64_t version;
        if (!whole(remark + sizeof FORMAT - 1, &version) || version != VERSION)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s', line %" PRId64
                           ": keep-list of version %.20s; this program reads version %d",
                           k->path, line, remark + sizeof FORMAT - 1, VERSION);
        return AKIN_OK;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if ((value = value_of(remark, texts[i].key)) == NULL) continue;
        akin_name_unescape(value, (int64_t)strlen(value), value); /* what cannot be, stays */
        *texts[i].to = value;
    }
    if ((value = value_of(remark, "items")) != NULL && !whole(value, &h->items))
        return bad_remark(k, line, "items", value, err);
    if ((value = value_of(remark, "seed")) != NULL) {
        char *end;
        h->seed = strtoull(value, &end, 10);
        h->seeded = end != value && *end == 0;
        if (!h->seeded) return bad_remark(k, line, "seed", value, err);
    }
    if ((value = value_of(remark, "shape")) != NULL &&
        sscanf(value, "%" SCNd64 "x%" SCNd64 "x%" SCNd64, &h->height, &h->width, &h->channels) != 3)
        return bad_remark(k, line, "shape", value, err);
    return AKIN_OK;
}

static akin_status read_lines(akin_keep_list *k, akin_error *err)
{
    int64_t lines = 1, line = 0;
    for (const char *p = k->text; *p; p++) lines += *p == '\n';
    k->item = ak_alloc(sizeof *k->item, lines, 1);
    if (!k->item) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the names in '%s'", k->path);
    int64_t remarks = k->lines = lines;
    for (char *at = k->text, *next = at; next; at = next) {
        next = strchr(at, '\n');
        char *end = next ? next : at + strlen(at);
        if (next) *next++ = 0;
        if (end > at && end[-1] == '\r') end[-1] = 0;
        line++;
        if (*at == '#') {
            k->item[--remarks] = (keep_item){ at, line };
            AK_TRY(read_remark(k, at + 1, line, err));
        }
        if (*at == '#' || *at == 0) continue;
        if (akin_name_unescape(at, (int64_t)strlen(at), at) < 0)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s', line %" PRId64
                           ": a backslash must be followed by \\, n, r, t, # or x and two digits",
                           k->path, line);
        k->item[k->n++] = (keep_item){ at, line };
    }
    return AKIN_OK;
}

static int by_name(const void *a, const void *b)
{
    const keep_item *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The names in their order, each once; NULL with the reason in err. */
static keep_item *sorted(const akin_keep_list *k, akin_error *err)
{
    keep_item *s = ak_alloc(sizeof *s, k->n, 1);
    if (!s) {
        ak_fail(err, AKIN_ERR_NOMEM, "no memory to sort the %" PRId64 " names in '%s'", k->n, k->path);
        return NULL;
    }
    memcpy(s, k->item, (size_t)k->n * sizeof *s);
    qsort(s, (size_t)k->n, sizeof *s, by_name);
    for (int64_t i = 1; i < k->n; i++) {
        if (strcmp(s[i - 1].name, s[i].name) != 0) continue;
        char shown[AK_SHOWN];
        ak_fail(err, AKIN_ERR_INPUT, "'%s', line %" PRId64 ": '%s' stands in line %" PRId64 " already",
                k->path, s[i].line, ak_shown(s[i].name, shown), s[i - 1].line);
        free(s);
        return NULL;
    }
    return s;
}

static akin_status read_list(akin_keep_list *k, const char *path, akin_error *err)
{
    size_t bytes = 0;
    akin_error why = { 0 };
    k->path = strdup(path);
    if (!k->path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    AK_TRY(ak_text_load(path, LONGEST_LIST, &k->text, &bytes, err));
    if (strlen(k->text) != bytes)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is no list of names: byte %zu (from 0) is 0", path,
                       strlen(k->text));
    AK_TRY(read_lines(k, err));
    if (k->n == 0)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no name; expected names of items, one a line", path);
    keep_item *s = sorted(k, &why);
    if (!s) return ak_fail(err, why.status, "%s", why.message);
    free(s);
    return AKIN_OK;
}

akin_status akin_keep_list_load(const char *path, akin_keep_list **out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "keep_load: path and out must not be NULL");
    akin_keep_list *k = calloc(1, sizeof *k);
    if (!k) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    k->head = (akin_keep_list_head)AKIN_KEEP_LIST_HEAD_INIT;
    const akin_status status = read_list(k, path, err);
    if (status)
        akin_keep_list_free(k);
    else
        *out = k;
    return status;
}

/* Writing ------------------------------------------------------------------------------------------------ */

/* Text of a remark: one line, whatever it holds. */
static akin_status put_remark(akin_writer *w, const char *key, const char *value, akin_error *err)
{
    if (!value) return AKIN_OK;
    AK_TRY(akin_writer_write(w, "# ", 2, err));
    AK_TRY(akin_writer_write(w, key, strlen(key), err));
    AK_TRY(akin_writer_write(w, ": ", 2, err));
    return akin_name_write(w, value, err);
}

static akin_status put_number(akin_writer *w, const char *key, uint64_t x, akin_error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, x);
    return put_remark(w, key, text, err);
}

static akin_status put_head(akin_writer *w, const akin_keep_list_head *h, int64_t n, akin_error *err)
{
    static const char FIRST[] = "# akin keep-list 1\n";
    AK_TRY(akin_writer_write(w, FIRST, sizeof FIRST - 1, err));
    AK_TRY(put_remark(w, "command", h->command, err));
    AK_TRY(put_remark(w, "source", h->source, err));
    AK_TRY(put_remark(w, "fingerprint", h->fingerprint, err));
    AK_TRY(put_remark(w, "split", h->split ? h->split : "train", err));
    if (h->items > 0) AK_TRY(put_number(w, "items", (uint64_t)h->items, err));
    if (h->height > 0) {
        char shape[80];
        snprintf(shape, sizeof shape, "%" PRId64 "x%" PRId64 "x%" PRId64, h->height, h->width, h->channels);
        AK_TRY(put_remark(w, "shape", shape, err));
    }
    if (h->seeded) AK_TRY(put_number(w, "seed", h->seed, err));
    AK_TRY(put_remark(w, "note", h->note, err));
    return put_number(w, "kept", (uint64_t)n, err);
}

akin_status akin_keep_list_save(const char *path, const akin_keep_list_head *head, const char *const *names,
                                int64_t n, akin_error *err)
{
    if (!path || (n > 0 && !names))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "keep_save: path and names must not be NULL");
    if (n < 0) return ak_fail(err, AKIN_ERR_RANGE, "keep_save: %" PRId64 " names", n);
    akin_keep_list_head h = AKIN_KEEP_LIST_HEAD_INIT;
    AK_TRY(ak_opts_import(&h, head, "keep_save", err));
    akin_writer *w = NULL;
    AK_TRY(akin_files_add(h.files, path, &w, err));
    akin_status status = put_head(w, &h, n, err);
    for (int64_t i = 0; i < n && !status; i++)
        status = names[i] && *names[i]
                     ? akin_name_write(w, names[i], err)
                     : ak_fail(err, AKIN_ERR_ARGUMENT, "keep_save: name %" PRId64 " is empty", i);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}

/* Matching ----------------------------------------------------------------------------------------------- */

static int64_t look_up(const keep_item *s, int64_t n, const char *name)
{
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int order = strcmp(s[middle].name, name);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* The first line whose name no item has. */
static akin_status unknown_name(const akin_keep_list *k, const keep_item *s, const unsigned char *found,
                                const char *what, const char *like, akin_error *err)
{
    const keep_item *first = NULL;
    int64_t missing = 0;
    for (int64_t i = 0; i < k->n; i++) {
        if (found[i]) continue;
        missing++;
        if (!first || s[i].line < first->line) first = &s[i];
    }
    if (!first) return AKIN_OK;
    char shown[AK_SHOWN], shown_like[AK_SHOWN], more[64] = "";
    if (missing > 1) snprintf(more, sizeof more, " (and %" PRId64 " names more)", missing - 1);
    return ak_fail(err, AKIN_ERR_INPUT, "'%s', line %" PRId64 ": '%s' is no item of %s%s; its first is '%s'",
                   k->path, first->line, ak_shown(first->name, shown), what, more,
                   ak_shown(like, shown_like));
}

/* A line that was meant as a name, perhaps: a remark that is an item's name to the letter. */
static akin_status check_remarks(const akin_keep_list *k, const char *name, const char *what, akin_error *err)
{
    char shown[AK_SHOWN];
    for (int64_t i = k->lines - 1; *name == '#' && i >= k->n && k->item[i].name; i--)
        if (strcmp(k->item[i].name, name) == 0)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s', line %" PRId64
                           ": '%s' is a remark, as all lines with a # are, and an item of "
                           "%s has that name; write \\%s to name it",
                           k->path, k->item[i].line, ak_shown(name, shown), what, shown);
    return AKIN_OK;
}

akin_status akin_keep_list_match(const akin_keep_list *k, int64_t items, akin_item_name_fn *name, void *ctx,
                                 const char *what, unsigned char *kept, akin_error *err)
{
    if (!k || !name || !what || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "keep_match: keep, name, what and kept must not be NULL");
    akin_error why = { 0 };
    keep_item *s = sorted(k, &why);
    unsigned char *found = ak_alloc(1, k->n, 1);
    char *buf = malloc(2 * NAME_BYTES), *like = buf ? buf + NAME_BYTES : NULL;
    akin_status status = AKIN_OK;
    if (!s || !found || !buf)
        status = s ? ak_fail(err, AKIN_ERR_NOMEM, "no memory to compare %" PRId64 " names", k->n)
                   : ak_fail(err, why.status, "%s", why.message);
    for (int64_t i = 0; i < items && !status; i++) {
        const char *text = name(ctx, i, buf, NAME_BYTES);
        if (i == 0) snprintf(like, NAME_BYTES, "%s", text);
        status = check_remarks(k, text, what, err);
        const int64_t at = look_up(s, k->n, text);
        kept[i] = at >= 0;
        if (at >= 0) found[at] = 1;
    }
    if (!status) status = unknown_name(k, s, found, what, items > 0 ? like : "none", err);
    free(s);
    free(found);
    free(buf);
    return status;
}
