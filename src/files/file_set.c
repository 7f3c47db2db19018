/* SPDX-License-Identifier: Apache-2.0 */
/* files/file_set.c - files that appear together, with FILE.set.json beside them.
 *
 * The order of a commit: all files stand whole under temporary names; FILE.set.json, with their sums and
 * "complete": false, takes its name; the files of an older set step aside (base/older.h); the new ones take
 * their names; FILE.set.json takes its name again, complete. Each step is on the disk before the next begins.
 * Where one fails, the older files take their names again, FILE.set.json last.
 *
 * The first file may be in shards, FILE-00000.npy and on, each with its sum in FILE.set.json. How many an
 * older set has is told by its FILE.set.json; until a set is complete, its own says it too ("older_shards"),
 * so that a later one finds those that a killed process left. */
#include "akin/tool/file_set.h"

#include "base/older.h"
#include "base/path.h"
#include "base/plain.h"
#include "files/hash.h"
#include "files/shard_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { ENDINGS = 4, BESIDE = ENDINGS, FILES, DIGITS = AK_HASH_DIGITS };
static const char SET[] = ".set.json", FORMAT[] = "akin-file-set-1", ARRAY[] = ".npy";
static const size_t LARGEST_SET = 1 << 20;
/* The ends of the files of a set; the first is the file itself. */
static const char *const ENDS[ENDINGS] = { "", ".names.txt", ".labels.npy", ".classes.txt" };

/* A shard that another process writes. */
typedef struct taken_shard {
    akin_shard told;
    char *temporary;
} taken_shard;

struct akin_file_set {
    char *path, *beside; /* beside: of a file with a name of its own, or NULL */
    akin_writer *file[FILES];
    bool has[FILES];
    ak_older older[FILES + 1]; /* the last is FILE.set.json */
    akin_writer *shard[AK_MOST_SHARDS];
    taken_shard *taken;    /* [AK_MOST_SHARDS], or NULL */
    ak_older *older_shard; /* [older_shards]: of this set and of an older one */
    int first_shard, shards, older_shards;
};

/* Names ---------------------------------------------------------------------------------------- */

static bool ends(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

static char *joined(const char *path, size_t keep, const char *end)
{
    char *name = malloc(keep + strlen(end) + 1);
    if (name) sprintf(name, "%.*s%s", (int)keep, path, end);
    return name;
}

char *akin_file_set_name(const char *path, const char *end)
{
    size_t n = strlen(path);
    if (*end && ends(path, ARRAY)) n -= strlen(ARRAY);
    const size_t range = *end ? ak_range_of_shards(path) : 0;
    return joined(path, range ? range : n, end);
}

/* "-00003.npy", the end of shard 3. */
enum { SHARD_END = 10, SHARD_DIGITS = 5 };

static const char *shard_end(char end[SHARD_END + 8], int k)
{
    snprintf(end, SHARD_END + 8, "-%05d%s", k, ARRAY);
    return end;
}

/* Where the end of a shard begins in a path that has one; else NULL. */
static const char *end_of_shard(const char *path)
{
    const size_t n = strlen(path);
    if (n <= SHARD_END || !ends(path, ARRAY) || path[n - SHARD_END] != '-') return NULL;
    for (int i = 0; i < SHARD_DIGITS; i++)
        if (!ak_isdigit(path[n - SHARD_END + 1 + (size_t)i])) return NULL;
    return path + n - SHARD_END;
}

/* 3 of "-00003.npy"; -1: it is no such end. */
static int shard_number(const char *end)
{
    char same[SHARD_END + 8];
    int k = 0;
    while (k < AK_MOST_SHARDS && strcmp(shard_end(same, k), end) != 0) k++;
    return k < AK_MOST_SHARDS ? k : -1;
}

akin_status akin_file_set_taken(const char *path, char **taken, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(taken, err);
    *taken = NULL;
    for (int i = 0; i <= ENDINGS && !*taken; i++) {
        char *name = akin_file_set_name(path, i < ENDINGS ? ENDS[i] : SET);
        bool there = false;
        const akin_status status =
            name ? ak_look_stored(name, &there, NULL, err) : ak_no_memory(err, "to write '%s'", path);
        if (there)
            *taken = name;
        else
            free(name);
        AK_TRY(status);
    }
    return AKIN_OK;
}

/* Writing -------------------------------------------------------------------------------------- */

akin_status akin_file_set_open(const char *path, akin_file_set **out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    if (ak_range_of_shards(path))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' names several files, which are read; one is written",
                       path);
    akin_file_set *s = calloc(1, sizeof *s);
    if (s) s->path = strdup(path);
    if (!s || !s->path) {
        free(s);
        return ak_no_memory(err, "to write '%s'", path);
    }
    *out = s;
    return AKIN_OK;
}

void akin_file_set_abort(akin_file_set *s)
{
    if (!s) return;
    for (int i = 0; i < FILES; i++) ak_writer_drop(s->file[i]);
    for (int i = 0; i <= FILES; i++) ak_older_free(&s->older[i]);
    for (int i = 0; i < s->shards; i++) ak_writer_drop(s->shard[i]);
    for (int i = 0; i < s->older_shards; i++) ak_older_free(&s->older_shard[i]);
    free(s->older_shard);
    for (int i = 0; i < s->shards && s->taken; i++) free(s->taken[i].temporary);
    free(s->taken);
    free(s->path);
    free(s->beside);
    free(s);
}

static akin_status add(akin_file_set *s, int at, const char *name, akin_writer **out, akin_error *err)
{
    AK_TRY(akin_writer_open(name, &s->file[at], err));
    ak_writer_join(s->file[at]);
    s->has[at] = true;
    *out = s->file[at];
    return AKIN_OK;
}

static akin_status add_shard(akin_file_set *s, int k, const char *name, akin_writer **out, akin_error *err)
{
    if (s->shards == 0) s->first_shard = s->shards = k;
    AK_TRY(akin_writer_open(name, &s->shard[s->shards], err));
    *out = s->shard[s->shards++];
    ak_writer_join(*out);
    return AKIN_OK;
}

akin_status akin_file_set_add(akin_file_set *s, const char *end, akin_writer **out, akin_error *err)
{
    AK_GIVEN(s, err);
    AK_GIVEN(end, err);
    AK_GIVEN(out, err);
    int at = 0;
    while (at < ENDINGS && strcmp(ENDS[at], end) != 0) at++;
    const int k = at == ENDINGS ? shard_number(end) : -1;
    const bool shard = k >= 0 && (s->shards == 0 || k == s->shards);
    if ((at == ENDINGS && !shard) || (at < ENDINGS && s->file[at]))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "file_set: '%s' is no end, or was added before", end);
    char *name = akin_file_set_name(s->path, end);
    if (!name) return ak_no_memory(err, "to write '%s'", s->path);
    const akin_status status = shard ? add_shard(s, k, name, out, err) : add(s, at, name, out, err);
    free(name);
    return status;
}

akin_status akin_file_set_give(const akin_file_set *s, int k, akin_shard *out, akin_error *err)
{
    AK_GIVEN(s, err);
    AK_GIVEN(out, err);
    char end[SHARD_END + 8], sum[DIGITS + 1];
    akin_shard shard = AKIN_SHARD_INIT;
    if (k < s->first_shard || k >= s->shards || !s->shard[k])
        return ak_fail(err, AKIN_ERR_ARGUMENT, "file_set: shard %d is not of this set", k);
    const char *temporary = ak_writer_temporary(s->shard[k]);
    char *name = akin_file_set_name(s->path, shard_end(end, k));
    if (!name) return ak_no_memory(err, "to write '%s'", s->path);
    const char *behind = temporary + strlen(name);
    akin_status status = ak_hash_file(temporary, &shard.bytes, sum, err);
    snprintf(shard.xxh64, sizeof shard.xxh64, "%s", sum);
    snprintf(shard.temporary, sizeof shard.temporary, "%s", behind);
    free(name);
    return status ? status : ak_result_export(out, &shard, "file_set", err);
}

akin_status akin_file_set_take(akin_file_set *s, int k, const akin_shard *user, akin_error *err)
{
    akin_shard given = AKIN_SHARD_INIT, *shard = &given;
    AK_GIVEN(s, err);
    AK_GIVEN(user, err);
    AK_TRY(ak_opts_import(shard, user, "file_set", err));
    if (k != s->shards || k >= AK_MOST_SHARDS || !memchr(shard->temporary, 0, sizeof shard->temporary) ||
        !memchr(shard->xxh64, 0, sizeof shard->xxh64) || strncmp(shard->temporary, ".tmp", 4) != 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "file_set: shard %d cannot be taken", k);
    char end[2 * (SHARD_END + 8)];
    if (!s->taken) s->taken = calloc(AK_MOST_SHARDS, sizeof *s->taken);
    snprintf(end + strlen(shard_end(end, k)), SHARD_END + 8, "%s", shard->temporary);
    char *temporary = s->taken ? akin_file_set_name(s->path, end) : NULL;
    if (!temporary) return ak_no_memory(err, "to write '%s'", s->path);
    s->taken[s->shards++] = (taken_shard){ *shard, temporary };
    return AKIN_OK;
}

akin_status akin_file_set_beside(akin_file_set *s, const char *path, akin_writer **out, akin_error *err)
{
    AK_GIVEN(s, err);
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    if (s->has[BESIDE]) return ak_fail(err, AKIN_ERR_ARGUMENT, "file_set: '%s' is a second file", path);
    AK_TRY(add(s, BESIDE, path, out, err));
    if (!ak_writer_temporary(*out)) return AKIN_OK; /* a device, which nothing older stands at */
    s->beside = strdup(path);
    return s->beside ? AKIN_OK : ak_no_memory(err, "to write '%s'", path);
}

/* The end of the first file as a key: ".npy", or nothing. */
static const char *first_end(const char *path) { return ends(path, ARRAY) ? ARRAY : ""; }

static akin_status describe_file(const akin_writer *file, const char *end, akin_json *files, akin_error *err)
{
    int64_t bytes;
    char sum[DIGITS + 1];
    AK_TRY(ak_hash_file(ak_writer_temporary(file), &bytes, sum, err));
    akin_json_put(files, end, akin_json_pack("{s:I,s:s}", "bytes", bytes, "xxh64", sum));
    return AKIN_OK;
}

/* The bytes and the sum of each file as it stands under its temporary name, by its end. */
static akin_status describe(const akin_file_set *s, akin_json *files, akin_error *err)
{
    char end[SHARD_END + 8];
    for (int i = 0; i < s->shards; i++) {
        const akin_shard *other = s->shard[i] ? NULL : &s->taken[i].told;
        if (other)
            akin_json_put(files, shard_end(end, i),
                          akin_json_pack("{s:I,s:s}", "bytes", other->bytes, "xxh64", other->xxh64));
        else
            AK_TRY(describe_file(s->shard[i], shard_end(end, i), files, err));
    }
    for (int i = 0; i < ENDINGS; i++)
        if (s->has[i]) AK_TRY(describe_file(s->file[i], i ? ENDS[i] : first_end(s->path), files, err));
    return AKIN_OK;
}

static akin_status name_older_file(const akin_file_set *s, ak_older *o, const char *end, akin_error *err)
{
    char *name = akin_file_set_name(s->path, end);
    if (!name) return ak_no_memory(err, "to write '%s'", s->path);
    const akin_status status = ak_older_name(o, name, err);
    free(name);
    return status;
}

/* How many shards FILE.set.json tells of, which may be anything. */
static akin_status told_shards(const char *set, int *n, akin_error *err)
{
    akin_json *root = NULL;
    bool there;
    *n = 0;
    AK_TRY(ak_look_stored(set, &there, NULL, err));
    if (!there) return AKIN_OK;
    char *text = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(set, LARGEST_SET, &text, &bytes, err));
    const akin_status status = akin_json_parse(text, bytes, set, 0, &root, err);
    free(text);
    if (status == AKIN_ERR_NOMEM) return status;
    static const char *const MEMBERS[] = { "shards", "older_shards" };
    for (int i = 0; i < 2 && !status; i++) {
        const int64_t told = akin_json_get_int(root, MEMBERS[i]);
        if (told > *n && told <= AK_MOST_SHARDS) *n = (int)told;
    }
    akin_json_free(root);
    return AKIN_OK;
}

/* Those that are told, and the last ones that a process was killed over when all but they were deleted. */
static akin_status name_older_shards(akin_file_set *s, akin_error *err)
{
    int n;
    char end[SHARD_END + 8];
    if (!ends(s->path, ARRAY)) return AKIN_OK;
    AK_TRY(told_shards(s->older[FILES].path, &n, err));
    if (n < s->shards) n = s->shards;
    s->older_shard = calloc(AK_MOST_SHARDS, sizeof *s->older_shard);
    if (!s->older_shard) return ak_no_memory(err, "to write '%s'", s->path);
    for (int i = 0; i < AK_MOST_SHARDS; i++) {
        ak_older *o = &s->older_shard[i];
        bool left = true;
        akin_status status = name_older_file(s, o, shard_end(end, i), err);
        if (!status && i >= n) status = ak_look_stored(o->aside, &left, NULL, err);
        if (!status && !left) {
            ak_older_free(o);
            return AKIN_OK;
        }
        s->older_shards++;
        AK_TRY(status);
    }
    return AKIN_OK;
}

static akin_status name_older(akin_file_set *s, akin_error *err)
{
    if (s->beside) AK_TRY(ak_older_name(&s->older[BESIDE], s->beside, err));
    for (int i = 0; i <= FILES; i++)
        if (i != BESIDE) AK_TRY(name_older_file(s, &s->older[i], i < ENDINGS ? ENDS[i] : SET, err));
    return name_older_shards(s, err);
}

/* A shard that another process wrote has its name. */
static akin_status place_taken(const char *temporary, const char *path, akin_error *err)
{
    if (ak_rename(temporary, path) == 0) return AKIN_OK;
    return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot rename to '%s': %s", path,
                   ak_strerror(errno));
}

/* Those of an older set are aside; the files of this one have their names. */
static akin_status place(akin_file_set *s, akin_error *err)
{
    for (int i = 0; i < FILES; i++)
        if (s->older[i].path) AK_TRY(ak_older_take(&s->older[i], err));
    for (int i = 0; i < s->older_shards; i++) AK_TRY(ak_older_take(&s->older_shard[i], err));
    for (int i = 0; i < s->shards; i++) {
        AK_TRY(s->shard[i] ? ak_writer_place(s->shard[i], err)
                           : place_taken(s->taken[i].temporary, s->older_shard[i].path, err));
        s->shard[i] = NULL;
    }
    for (int i = 0; i < FILES; i++) {
        if (!s->has[i]) continue;
        AK_TRY(ak_writer_place(s->file[i], err));
        s->file[i] = NULL;
    }
    if (s->beside) AK_TRY(ak_folder_sync(s->beside, err));
    return ak_folder_sync(s->path, err);
}

/* The older set is there again. Where that cannot be, FILE.set.json says that it is half written. */
static void put_back(akin_file_set *s)
{
    bool done = true;
    for (int i = 0; i < FILES; i++) done = ak_older_put_back(&s->older[i]) && done;
    for (int i = 0; i < s->older_shards; i++) done = ak_older_put_back(&s->older_shard[i]) && done;
    if (s->beside) ak_folder_sync(s->beside, NULL);
    ak_folder_sync(s->path, NULL);
    if (done) ak_older_put_back(&s->older[FILES]);
    ak_folder_sync(s->path, NULL);
}

/* FILE.set.json that says that the set is complete, on the disk: nothing but its name is missing. */
static akin_status write_last(const char *name, const akin_json *root, akin_writer **out, akin_error *err)
{
    char *text = NULL;
    AK_TRY(akin_json_print(root, AKIN_JSON_SPACED, 9, &text, err));
    akin_status status = akin_writer_open(name, out, err);
    if (!status) ak_writer_join(*out);
    if (!status) status = akin_writer_write(*out, text, strlen(text), err);
    if (!status) status = akin_writer_commit(*out, err);
    free(text);
    return status;
}

/* What takes memory comes before the first of the new names. */
static akin_status commit(akin_file_set *s, akin_json *root, akin_error *err)
{
    akin_json *files = akin_json_object();
    akin_writer *last = NULL;
    akin_status status = s->first_shard == 0
                             ? describe(s, files, err)
                             : ak_fail(err, AKIN_ERR_ARGUMENT, "file_set: the first shards are not there");
    akin_json_put(root, "complete", akin_json_bool(true));
    akin_json_put(root, "files", files);
    if (s->shards) akin_json_put(root, "shards", akin_json_int(s->shards));
    if (!status) status = name_older(s, err);
    if (!status) status = write_last(s->older[FILES].path, root, &last, err);
    akin_json_put(root, "complete", akin_json_bool(false));
    if (s->older_shards > s->shards) akin_json_put(root, "older_shards", akin_json_int(s->older_shards));
    if (!status) status = ak_older_hold(&s->older[FILES], err);
    if (!status) status = akin_json_save(s->older[FILES].path, root, AKIN_JSON_SPACED, 9, err);
    if (!status) status = place(s, err);
    if (!status) status = ak_writer_place(last, err);
    if (status) {
        ak_writer_drop(last);
        put_back(s);
        return status;
    }
    for (int i = s->older_shards; i-- > 0;) ak_older_drop(&s->older_shard[i]);
    for (int i = 0; i <= FILES; i++)
        if (s->older[i].path) ak_older_drop(&s->older[i]);
    return ak_folder_sync(s->path, err);
}

akin_status akin_file_set_commit(akin_file_set *s, const akin_json *about, akin_error *err)
{
    AK_GIVEN(s, err);
    akin_json *root =
        akin_json_pack("{s:s,s:b,s:s}", "format", FORMAT, "complete", 0, "akin", akin_version());
    if (about) akin_json_merge(root, about);
    const akin_status status = commit(s, root, err);
    akin_json_free(root);
    akin_file_set_abort(s);
    return status;
}

/* Reading -------------------------------------------------------------------------------------- */

/* A file of a set, as a path may be one: "x.labels.npy" of x.set.json, or of x.labels.set.json. */
typedef struct place_in_set {
    const char *path, *end;
    char *set; /* FILE.set.json */
} place_in_set;

/* The verb that writes such a set. */
static const char *verb_of(const akin_json *root)
{
    const char *command = akin_json_get_text(root, "command");
    return command && strcmp(command, "map") == 0 ? "map" : "embed";
}

/* FILE.set.json of the place; *root is NULL where there is none. */
static akin_status load_set(const place_in_set *p, XXH64_state_t *state, akin_json **root, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    *root = NULL;
    bool there;
    AK_TRY(ak_look(p->set, &there, NULL, err));
    if (!there) return AKIN_OK;
    AK_TRY(akin_file_load(p->set, LARGEST_SET, &text, &bytes, err));
    XXH64_update(state, text, bytes);
    akin_status status = akin_json_parse(text, bytes, p->set, 0, root, err);
    const char *format = status ? NULL : akin_json_get_text(*root, "format");
    free(text);
    if (status == AKIN_ERR_NOMEM) return status;
    const akin_json *complete =
        format && strcmp(format, FORMAT) == 0 ? akin_json_get(*root, "complete") : NULL;
    if (complete && akin_json_is_object(akin_json_get(*root, "files"))) {
        if (akin_json_as_bool(complete)) return AKIN_OK;
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "'%s' is half written: akin %s was stopped, or is still at work, says '%s'; write "
                         "it again (akin %s --force)",
                         p->path, verb_of(*root), p->set, verb_of(*root));
    } else if (format && strncmp(format, FORMAT, sizeof FORMAT - 2) == 0 && strcmp(format, FORMAT) != 0) {
        status = ak_fail(err, AKIN_ERR_UNSUPPORTED, "'%s' is of format '%s'; this akin reads '%s'", p->set,
                         format, FORMAT);
    } else {
        status = ak_fail(err, AKIN_ERR_FORMAT,
                         "'%s' is damaged, so nothing says whether '%s' is whole; write it again (akin embed "
                         "--force), or delete '%s' if it is",
                         p->set, p->path, p->set);
    }
    akin_json_free(*root);
    *root = NULL;
    return status;
}

static akin_status check_file(const place_in_set *p, const akin_json *root, akin_error *err)
{
    const akin_json *file = akin_json_get(akin_json_get(root, "files"), p->end);
    const bool whole = *p->end == 0 || strcmp(p->end, ARRAY) == 0;
    const bool first = whole || end_of_shard(p->path) == p->end;
    const int64_t shards = akin_json_get_int(root, "shards");
    if (!file && whole && shards > 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' is in %lld files, says '%s'; all of them are read as '%.*s-{00000..%05lld}.npy'",
                       p->path, (long long)shards, p->set, (int)(strlen(p->set) - strlen(SET)), p->set,
                       (long long)shards - 1);
    if (!file && first)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' is about another file than '%s', and has replaced what stood beside it; write it "
            "again (akin %s --force)",
            p->set, p->path, verb_of(root));
    if (!file) return AKIN_OK; /* somebody's own */
    int64_t bytes;
    char sum[DIGITS + 1];
    const char *want = akin_json_get_text(file, "xxh64");
    AK_TRY(ak_hash_file(p->path, &bytes, sum, err));
    if (want && strcmp(sum, want) == 0 && bytes == akin_json_get_int(file, "bytes")) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s' is not as akin %s wrote it, and need not fit the files beside it; write them again "
                   "(akin %s --force), or delete '%s' if the change is meant",
                   p->path, verb_of(root), verb_of(root), p->set);
}

/* Each set that a path may be of. check: hold the file against it. */
static akin_status visit_path(const char *path, bool check, XXH64_state_t *state, akin_error *err)
{
    const char *shard = end_of_shard(path);
    const char *const parts[] = { "", ARRAY, ".names.txt", ".labels.npy", ".classes.txt", shard };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i] || (*parts[i] && !ends(path, parts[i]))) continue;
        place_in_set p = { path, parts[i], joined(path, strlen(path) - strlen(parts[i]), SET) };
        akin_json *root = NULL;
        akin_status status =
            p.set ? load_set(&p, state, &root, err) : ak_no_memory(err, "to read '%s'", path);
        if (!status && root && check) status = check_file(&p, root, err);
        akin_json_free(root);
        free(p.set);
        AK_TRY(status);
        XXH64_update(state, "", 1);
    }
    return AKIN_OK;
}

/* The path, and the names of classes that are read with labels. */
static akin_status visit_with_names(const char *path, bool check, XXH64_state_t *state, akin_error *err)
{
    AK_TRY(visit_path(path, check, state, err));
    if (!ends(path, ENDS[2])) return AKIN_OK;
    char *names = joined(path, strlen(path) - strlen(ENDS[2]), ENDS[3]);
    akin_status status = names ? AKIN_OK : ak_no_memory(err, "to read '%s'", path);
    bool there = false;
    if (!status) status = ak_look(names, &there, NULL, err);
    if (!status && there) status = visit_path(names, check, state, err);
    free(names);
    return status;
}

/* A path, or each file that it names by braces. */
static akin_status visit_named(const char *path, bool check, XXH64_state_t *state, akin_error *err)
{
    ak_shard_list list = { .n = 0 };
    bool range;
    AK_TRY(ak_is_range(path, &range, err));
    if (!range) return visit_with_names(path, check, state, err);
    akin_status status = ak_shard_list_of_range(path, &list, err);
    for (int64_t i = 0; i < list.n && !status; i++) status = visit_path(list.path[i], check, state, err);
    ak_shard_list_free(&list);
    return status;
}

static akin_status visit(const char *const *paths, int n, bool check, uint64_t *sum, akin_error *err)
{
    XXH64_state_t *state = XXH64_createState();
    akin_status status = state ? AKIN_OK : ak_no_memory(err, "to read '%s'", SET);
    if (state) XXH64_reset(state, 0);
    for (int i = 0; i < n && !status; i++)
        if (paths[i]) status = visit_named(paths[i], check, state, err);
    *sum = status ? 0 : XXH64_digest(state);
    XXH64_freeState(state);
    return status;
}

akin_status akin_file_set_check(const char *const *paths, int n, uint64_t *state, akin_error *err)
{
    AK_GIVEN(paths, err);
    AK_GIVEN(state, err);
    return visit(paths, n, true, state, err);
}

akin_status akin_file_set_same(const char *const *paths, int n, uint64_t state, akin_error *err)
{
    AK_GIVEN(paths, err);
    uint64_t now;
    AK_TRY(visit(paths, n, false, &now, err));
    if (now == state) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' was written again while it was read; try once more",
                   n && paths[0] ? paths[0] : "a file");
}
