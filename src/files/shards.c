/* SPDX-License-Identifier: Apache-2.0 */
/* files/shards.c - samples in archives of tar. One pass over the heads of all members finds the samples; the
 * members themselves are passed over, but for the numbers of classes, which are small, and in packed ones.
 *
 * Which member is the picture, if several are: one whose whole ending says so ("jpg") before one that has
 * more ("seg.png"), and of those the first. */
#include "files/shards.h"

#include "base/names.h"
#include "base/path.h"
#include "base/plain.h"
#include "files/piece.h"
#include "files/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLASS_BYTES = 64, MOST_CLASSES = 1 << 16, ENDING = 32, OTHER_KINDS = 16 };

/* A number of things, and the first of them. */
typedef struct tally {
    int64_t n;
    char first[AK_SHOWN];
} tally;

typedef struct scan {
    ak_shards *s;
    const ak_shards_want *want;
    const char *path; /* that was given */
    ak_tar *tar;
    int shard;
    int64_t begin;     /* its first sample */
    ak_names keys;     /* of all archives */
    int64_t *last;     /* [keys.n] the last sample of that key */
    int64_t last_room; /* of it */
    ak_names members;  /* of this archive, so that none comes twice */
    int64_t held;
    int64_t previous; /* the sample of the member before */
    struct {
        char ending[ENDING];
        int64_t n;
    } other[OTHER_KINDS];
    int others;
    int64_t more_others;
    tally links, odd, outside, hidden, several, apart, twice, empty, without, unlabelled;
    bool folders; /* some name has one */
} scan;

static void count(tally *t, const char *name)
{
    char shown[AK_SHOWN];
    if (t->n++ == 0) snprintf(t->first, sizeof t->first, "%s", ak_shown(name, shown));
}

static akin_status lacks(akin_error *err) { return ak_no_memory(err, "for the samples of archives"); }

static const char *shard_of(const scan *c) { return c->s->list.path[c->shard]; }

/* Names -------------------------------------------------------------------------------------------------- */

/* The key of a name, and what stands behind its dot, in lower case. false: it has none, or is hidden. */
static bool divide(const char *name, int64_t *key, char ending[ENDING])
{
    const char *base = ak_path_base(name), *dot = strchr(base, '.');
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        char piece[256];
        snprintf(piece, sizeof piece, "%.*s", (int)strcspn(part, "/"), part);
        const bool up = strcmp(piece, ".") == 0 || strcmp(piece, "..") == 0;
        if (*piece && !up && ak_is_clutter(piece)) return false;
    }
    if (!dot || dot == base || !dot[1]) return false;
    *key = dot - name;
    for (size_t i = 0; i < ENDING; i++) {
        ending[i] = ak_tolower(dot[1 + i]);
        if (!ending[i]) return true;
    }
    ending[ENDING - 1] = 0; /* nobody's */
    return true;
}

static bool leads_outside(const char *name)
{
    bool yes = *name == '/';
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        yes = yes || (strncmp(part, "..", 2) == 0 && (!part[2] || part[2] == '/'));
    return yes;
}

/* One copy of each ending. */
static const char *field_of(ak_shards *s, const char *ending)
{
    for (int64_t i = 0; i < s->field_count; i++)
        if (strcmp(s->fields[i], ending) == 0) return s->fields[i];
    char *copy = strdup(ending);
    if (!copy || !ak_grow(&s->fields, &s->field_room, s->field_count + 1, sizeof *s->fields)) {
        free(copy);
        return NULL;
    }
    return s->fields[s->field_count++] = copy;
}

static void count_other(scan *c, const char *ending)
{
    int i = 0;
    while (i < c->others && strcmp(c->other[i].ending, ending) != 0) i++;
    if (i == OTHER_KINDS) {
        c->more_others++;
        return;
    }
    if (i == c->others) snprintf(c->other[c->others++].ending, ENDING, "%s", ending);
    c->other[i].n++;
}

/* Samples ------------------------------------------------------------------------------------------------ */

static ak_part_name part_of(const ak_shards *s, int shard) { return s->list.part[shard]; }

/* The sample of this key in this archive, which may be new. */
static akin_status sample_of(scan *c, const char *name, int64_t key, ak_sample **out, akin_error *err)
{
    ak_shards *s = c->s;
    const int64_t known = c->keys.n, id = ak_names_add(&c->keys, name, key);
    if (id < 0 || !ak_grow(&c->last, &c->last_room, c->keys.n, sizeof *c->last)) return lacks(err);
    if (id == known) c->last[id] = -1;
    if (c->last[id] < c->begin) {
        if (!ak_grow(&s->sample, &s->room, s->n + 1, sizeof *s->sample)) return lacks(err);
        char *copy = strdup(ak_names_text(&c->keys, id));
        if (!copy) return lacks(err);
        if (c->last[id] >= 0 && part_of(s, s->sample[c->last[id]].shard) == part_of(s, c->shard))
            count(&c->twice, copy);
        s->sample[s->n] = (ak_sample){ .name = copy, .shard = c->shard, .label = -1, .bytes = -1 };
        c->last[id] = s->n++;
    } else if (c->last[id] != c->previous) {
        count(&c->apart, name);
    }
    c->previous = c->last[id];
    *out = &s->sample[c->last[id]];
    return AKIN_OK;
}

static akin_status read_class(scan *c, const ak_tar_member *m, ak_sample *sample, akin_error *err)
{
    char text[CLASS_BYTES + 1] = "", shown[AK_SHOWN], member[AK_SHOWN];
    int64_t value = 0;
    size_t n = (size_t)m->bytes, digits = 0;
    snprintf(member, sizeof member, "%s", ak_shown(m->name, shown));
    if (m->bytes <= CLASS_BYTES) AK_TRY(ak_tar_bytes(c->tar, text, err));
    char *at = text;
    while (n > 0 && ak_isspace(text[n - 1])) text[--n] = 0;
    while (ak_isspace(*at)) at++;
    for (; ak_isdigit(at[digits]) && value < MOST_CLASSES; digits++) value = 10 * value + (at[digits] - '0');
    if (m->bytes > CLASS_BYTES || digits == 0 || at[digits] || value >= MOST_CLASSES)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': '%s' holds '%.30s'; a class is a whole number, 0 to %d: number "
                       "the classes, or leave .cls out",
                       shard_of(c), member, m->bytes > CLASS_BYTES ? "..." : ak_shown(at, shown),
                       MOST_CLASSES - 1);
    sample->label = (int32_t)value;
    return AKIN_OK;
}

/* Bytes of a packed archive. */
static akin_status hold(scan *c, ak_sample *sample, akin_error *err)
{
    if (sample->bytes > c->want->held - c->held)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "the packed archives of '%s' hold more than %lld MiB of what is read, which would have "
            "to stay in memory; unpack them to .tar, which is read by place, or allow more by --cache",
            c->path, (long long)(c->want->held >> 20));
    free(sample->held);
    sample->held = malloc((size_t)sample->bytes + 1);
    if (!sample->held) return lacks(err);
    c->held += sample->bytes;
    return ak_tar_bytes(c->tar, sample->held, err);
}

static akin_status take_wanted(scan *c, const ak_tar_member *m, const char *ending, ak_sample *sample,
                               akin_error *err)
{
    char shown[AK_SHOWN];
    const bool whole = !strchr(ending, '.');
    if (m->bytes > c->want->largest)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s': '%s' has %lld bytes; a %s may have %lld", shard_of(c),
                       ak_shown(m->name, shown), (long long)m->bytes, c->want->what,
                       (long long)c->want->largest);
    if (sample->field) {
        count(&c->several, sample->name);
        if (!whole || !strchr(sample->field, '.')) return AKIN_OK;
    }
    sample->field = field_of(c->s, ending);
    if (!sample->field) return lacks(err);
    sample->bytes = m->bytes;
    sample->offset = m->offset;
    return ak_tar_is_packed(c->tar) ? hold(c, sample, err) : AKIN_OK;
}

static akin_status take_file(scan *c, const ak_tar_member *m, akin_error *err)
{
    char ending[ENDING], shown[AK_SHOWN];
    int64_t key;
    ak_sample *sample = NULL;
    const char *name = m->name;
    while (strncmp(name, "./", 2) == 0) name += 2;
    if (!divide(name, &key, ending)) {
        count(&c->hidden, name);
        return AKIN_OK;
    }
    if (leads_outside(name)) count(&c->outside, name);
    c->folders = c->folders || memchr(name, '/', (size_t)key) != NULL;
    const int64_t known = c->members.n, id = ak_names_add(&c->members, name, (int64_t)strlen(name));
    if (id < 0) return lacks(err);
    if (id < known)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has two members '%s'", shard_of(c), ak_shown(name, shown));
    AK_TRY(sample_of(c, name, key, &sample, err));
    if (strcmp(ending, "cls") == 0) return read_class(c, m, sample, err);
    if (c->want->field(ending)) return take_wanted(c, m, ending, sample, err);
    count_other(c, ending);
    return AKIN_OK;
}

static akin_status take_member(scan *c, const ak_tar_member *m, akin_error *err)
{
    switch (m->kind) {
    case AK_TAR_FILE: return take_file(c, m, err);
    case AK_TAR_LINK: count(&c->links, m->name); return AKIN_OK;
    case AK_TAR_ODD: count(&c->odd, m->name); return AKIN_OK;
    default: return AKIN_OK; /* folders hold nothing */
    }
}

static akin_status scan_members(scan *c, akin_error *err)
{
    ak_tar_member m;
    for (bool more = true;;) {
        AK_TRY(ak_tar_next(c->tar, &m, &more, err));
        if (!more) return AKIN_OK;
        AK_TRY(take_member(c, &m, err));
    }
}

static akin_status scan_shard(scan *c, akin_error *err)
{
    AK_TRY(ak_tar_open(shard_of(c), &c->tar, err));
    c->begin = c->s->n;
    c->previous = -1;
    const akin_status status = scan_members(c, err);
    ak_tar_close(c->tar);
    ak_names_free(&c->members);
    if (!status && c->s->n == c->begin) count(&c->empty, shard_of(c));
    return status;
}

/* What was found ----------------------------------------------------------------------------------------- */

/* "2 .txt, 1 .mp4" */
static const char *others_text(const scan *c, char *to, size_t size)
{
    size_t at = 0;
    to[0] = 0;
    for (int i = 0; i < c->others && at + ENDING + 24 < size; i++)
        at += (size_t)snprintf(to + at, size - at, "%s%lld .%s", i ? ", " : "", (long long)c->other[i].n,
                               c->other[i].ending);
    if (c->more_others && at + 32 < size)
        snprintf(to + at, size - at, ", %lld others", (long long)c->more_others);
    return to;
}

/* Only samples with what is wanted stay. */
static void drop_others(scan *c)
{
    ak_shards *s = c->s;
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        ak_sample *sample = &s->sample[i];
        if (sample->bytes < 0) {
            count(&c->without, sample->name);
            free(sample->name);
            continue;
        }
        if (sample->label < 0) count(&c->unlabelled, sample->name);
        s->sample[n++] = *sample;
    }
    s->n = n;
    s->labelled = n > 0 && c->unlabelled.n == 0;
}

/* Where archives share keys, the name of the archive makes them different; its path where two have one
 * name. */
static akin_status tell_apart(scan *c, akin_error *err)
{
    ak_shards *s = c->s;
    ak_names bases = { .n = 0 };
    bool same = false;
    for (int64_t i = 0; i < s->list.n && c->twice.n; i++) {
        const char *base = ak_path_base(s->list.path[i]);
        const int64_t id = ak_names_add(&bases, base, (int64_t)strlen(base));
        same = same || (id >= 0 && id < i);
        if (id < 0) {
            ak_names_free(&bases);
            return lacks(err);
        }
    }
    ak_names_free(&bases);
    for (int64_t i = 0; i < s->n && c->twice.n; i++) {
        const char *path = s->list.path[s->sample[i].shard];
        char *name = ak_path_join(same ? path : ak_path_base(path), s->sample[i].name);
        if (!name) return lacks(err);
        free(s->sample[i].name);
        s->sample[i].name = name;
    }
    return AKIN_OK;
}

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

static void tell(ak_remarks *to, const tally *t, const char *one, const char *many, const char *rest)
{
    if (t->n == 1) ak_remark(to, "1 %s ('%s')%s.", one, t->first, rest);
    if (t->n > 1) ak_remark(to, "%lld %s (the first: '%s')%s.", (long long)t->n, many, t->first, rest);
}

static void tell_members(const scan *c, ak_remarks *to)
{
    char list[400];
    if (c->others) ak_remark(to, "Members that are not read: %s.", others_text(c, list, sizeof list));
    snprintf(list, sizeof list, ": of each sample one %s is read, the first, or the one without a second dot",
             c->want->what);
    tell(to, &c->several, "member is beside another of its kind", "members are beside others of their kind",
         list);
    tell(to, &c->hidden, "member is hidden, of a system, or without an ending",
         "members are hidden, of a system, or without an ending", ": passed over");
    tell(to, &c->links, "member is a link", "members are links", ": passed over");
    tell(to, &c->odd, "member is a device, or has holes", "members are devices, or have holes",
         ": passed over");
    tell(to, &c->outside, "member has an absolute path, or .. in it",
         "members have absolute paths, or .. in them", ": it is only a name, nothing is unpacked");
    tell(to, &c->empty, "archive is empty", "archives are empty", "");
    tell(to, &c->apart, "member does not stand with the others of its sample",
         "members do not stand with the others of their samples",
         ": they are put together here; WebDataset would not");
    tell(to, &c->twice, "key stands in two archives", "keys stand in two archives",
         ": items are called by archive and key");
}

static void tell_samples(const scan *c, ak_remarks *to)
{
    const ak_shards *s = c->s;
    if (c->without.n)
        ak_remark(to, "%lld sample%s no %s (%s'%s'): left out.", (long long)c->without.n,
                  c->without.n == 1 ? " has" : "s have", c->want->what,
                  c->without.n == 1 ? "" : "the first: ", c->without.first);
    if (c->unlabelled.n && c->unlabelled.n < s->n)
        ak_remark(to, "Not labelled: %lld of %lld sample%s no .cls (the first: '%s').",
                  (long long)c->unlabelled.n, (long long)s->n, c->unlabelled.n == 1 ? " has" : "s have",
                  c->unlabelled.first);
    if (c->unlabelled.n == s->n && c->folders)
        ak_remark(to, "Not labelled: there is no .cls, and folders in archives are not taken for classes.");
}

static akin_status finish(scan *c, ak_remarks *remarks, akin_error *err)
{
    char list[400];
    drop_others(c);
    AK_TRY(tell_apart(c, err));
    ak_shard_list_remark(&c->s->list, remarks);
    tell_members(c, remarks);
    tell_samples(c, remarks);
    if (c->s->n) return AKIN_OK;
    if (c->without.n == 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' holds no samples: %lld archive%s without members that have "
                       "an ending",
                       c->path, (long long)c->s->list.n, plural(c->s->list.n));
    return ak_fail(err, AKIN_ERR_INPUT, "'%s': no sample has a %s; there %s %lld sample%s, with %s", c->path,
                   c->want->what, c->without.n == 1 ? "is" : "are", (long long)c->without.n,
                   plural(c->without.n), c->others ? others_text(c, list, sizeof list) : "classes alone");
}

/* Opening ------------------------------------------------------------------------------------------------ */

akin_status ak_shards_open(const char *path, const ak_shards_want *want, ak_remarks *remarks, ak_shards *out,
                           akin_error *err)
{
    ak_shards s = { .n = 0 };
    scan *c = calloc(1, sizeof *c);
    if (!c) return lacks(err);
    *c = (scan){ .s = &s, .want = want, .path = path };
    akin_status status = ak_shard_list_make(path, &s.list, err);
    for (; c->shard < s.list.n && !status; c->shard++) status = scan_shard(c, err);
    if (!status) status = finish(c, remarks, err);
    ak_names_free(&c->keys);
    free(c->last);
    free(c);
    if (status)
        ak_shards_close(&s);
    else
        *out = s;
    return status;
}

void ak_shards_close(ak_shards *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        free(s->sample[i].name);
        free(s->sample[i].held);
    }
    for (int64_t i = 0; i < s->field_count; i++) free(s->fields[i]);
    free(s->fields);
    free(s->sample);
    ak_shard_list_free(&s->list);
    *s = (ak_shards){ .n = 0 };
}

/* Of a plain archive, which is opened for each: a set may have more of them than a program may have open. */
static int read_member(const ak_shards *s, const ak_sample *sample, uint8_t *to, size_t n)
{
    if (sample->held) {
        memcpy(to, sample->held, n);
        return 0;
    }
    const int fd = ak_open(s->list.path[sample->shard], O_RDONLY, 0);
    if (fd < 0) return errno;
    const ak_piece piece = { .fd = fd, .base = sample->offset, .bytes = sample->bytes };
    const int reason = ak_piece_read(&piece, to, n, 0);
    close(fd);
    return reason;
}

akin_status ak_shards_read(const ak_shards *s, int64_t i, size_t most, uint8_t **data, size_t *n,
                           akin_error *err)
{
    const ak_sample *sample = &s->sample[i];
    char shown[AK_SHOWN];
    const size_t want = (uint64_t)sample->bytes < most ? (size_t)sample->bytes : most;
    uint8_t *bytes = malloc(want + 1);
    if (!bytes) return ak_no_memory(err, "for its %zu bytes", want);
    const int reason = read_member(s, sample, bytes, want);
    if (reason) {
        free(bytes);
        return ak_fail(err, ak_status_of(reason > 0 ? reason : 0, AKIN_ERR_INPUT), "cannot read '%s': %s",
                       ak_shown(s->list.path[sample->shard], shown),
                       reason > 0 ? ak_strerror(reason) : "it became shorter");
    }
    bytes[want] = 0;
    *data = bytes;
    *n = want;
    return AKIN_OK;
}

/* A first look ------------------------------------------------------------------------------------------- */

static akin_status look_into(const char *path, int (*wanted)(const char *ending), int *least, akin_error *err)
{
    ak_tar *tar = NULL;
    ak_tar_member m;
    char ending[ENDING];
    int64_t key;
    AK_TRY(ak_tar_open(path, &tar, err));
    akin_status status = AKIN_OK;
    for (bool more = true; !status && more;) {
        status = ak_tar_next(tar, &m, &more, err);
        if (status || !more || m.kind != AK_TAR_FILE || !divide(m.name, &key, ending)) continue;
        const int found = wanted(ending);
        if (found < *least) *least = found;
        if (*least == 0) break;
    }
    ak_tar_close(tar);
    return status;
}

akin_status ak_shards_look(const char *path, int (*wanted)(const char *ending), int *least, akin_error *err)
{
    ak_shard_list list = { .n = 0 };
    *least = INT32_MAX;
    AK_TRY(ak_shard_list_make(path, &list, err));
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < list.n && *least == INT32_MAX && !status; i++)
        status = look_into(list.path[i], wanted, least, err);
    ak_shard_list_free(&list);
    return status;
}
