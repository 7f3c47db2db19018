/* SPDX-License-Identifier: Apache-2.0 */
/* base/classes.c - classes are known by their names. Two lists are joined by keys that are sorted together:
 * first the names themselves, then the values of those that are numbers. A third key, of names written alike,
 * joins nothing: it finds what a person may have meant. */
#include "base/classes.h"

#include "base/path.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Lists ---------------------------------------------------------------------------------------- */

akin_status ak_class_list_add(ak_class_list *list, const char *name, akin_error *err)
{
    char *copy = ak_grow(&list->name, &list->room, list->n + 1, sizeof *list->name) ? strdup(name) : NULL;
    if (!copy) return ak_no_memory(err, "for the names of classes");
    list->name[list->n++] = copy;
    return AKIN_OK;
}

void ak_class_list_free(ak_class_list *list)
{
    for (int64_t k = 0; k < list->n; k++) free(list->name[k]);
    free(list->name);
    *list = (ak_class_list){ .n = 0 };
}

bool ak_class_list_equal(const ak_class_list *a, const ak_class_list *b)
{
    bool equal = a->n == b->n;
    for (int64_t k = 0; k < a->n && equal; k++) equal = strcmp(a->name[k], b->name[k]) == 0;
    return equal;
}

/* Keys: texts of their own, at most 3 times as long as the name; false = the name has none ------------ */

typedef bool key_fn(const char *name, char *to);

/* As JSON keeps a name: a byte that is no UTF-8 becomes U+FFFD. */
static bool key_equal(const char *name, char *to)
{
    size_t bytes = strlen(name);
    for (size_t i = 0; i < bytes;) {
        const size_t n = ak_utf8_length(name + i, bytes - i, NULL);
        memcpy(to, n ? name + i : AK_UTF8_REPLACEMENT, n ? n : 3);
        to += n ? n : 3;
        i += n ? n : 1;
    }
    *to = 0;
    return true;
}

static size_t digits(const char *text)
{
    size_t n = 0;
    while (text[n] >= '0' && text[n] <= '9') n++;
    return n;
}

/* "+01.50" -> "1.5": equal texts are equal numbers. */
static bool key_number(const char *name, char *to)
{
    const bool minus = *name == '-';
    if (*name == '-' || *name == '+') name++;
    size_t whole = digits(name);
    const char *rest = name + whole;
    size_t part = *rest == '.' ? digits(rest + 1) : 0;
    if (whole + part == 0 || rest[*rest == '.' ? part + 1 : 0]) return false;
    while (whole && *name == '0') name++, whole--;
    while (part && rest[part] == '0') part--;
    if (minus && whole + part) *to++ = '-';
    memcpy(to, name, whole);
    to += whole;
    if (part) memcpy(to, rest, part + 1), to += part + 1;
    if (!whole && !part) *to++ = '0';
    *to = 0;
    return true;
}

/* The letter without its accent, small; 0 = leave it out. Of other letters the code itself. */
static uint32_t plain_letter(uint32_t c)
{
    static const struct {
        uint32_t last;
        char letter; /* 0: none of these */
    } latin[] = { { 0xC5, 'a' },  { 0xC6, 0 },    { 0xC7, 'c' },  { 0xCB, 'e' },  { 0xCF, 'i' },
                  { 0xD0, 0 },    { 0xD1, 'n' },  { 0xD6, 'o' },  { 0xD8, 0 },    { 0xDC, 'u' },
                  { 0xDD, 'y' },  { 0xDF, 0 },    { 0xE5, 'a' },  { 0xE6, 0 },    { 0xE7, 'c' },
                  { 0xEB, 'e' },  { 0xEF, 'i' },  { 0xF0, 0 },    { 0xF1, 'n' },  { 0xF6, 'o' },
                  { 0xF8, 0 },    { 0xFC, 'u' },  { 0xFD, 'y' },  { 0xFE, 0 },    { 0xFF, 'y' },
                  { 0x105, 'a' }, { 0x10D, 'c' }, { 0x111, 'd' }, { 0x11B, 'e' }, { 0x123, 'g' },
                  { 0x127, 'h' }, { 0x131, 'i' }, { 0x133, 0 },   { 0x135, 'j' }, { 0x138, 'k' },
                  { 0x142, 'l' }, { 0x14B, 'n' }, { 0x151, 'o' }, { 0x153, 0 },   { 0x159, 'r' },
                  { 0x161, 's' }, { 0x167, 't' }, { 0x173, 'u' }, { 0x175, 'w' }, { 0x178, 'y' },
                  { 0x17E, 'z' }, { 0x17F, 's' } };
    if (c == ' ' || c == '_' || c == '\t' || c == 0xA0 || (c >= 0x300 && c <= 0x36F)) return 0;
    if ((c >= 0x2000 && c <= 0x200F) || c == 0x202F || c == 0x3000 || c == 0xFEFF) return 0; /* blanks */
    if (c >= 'A' && c <= 'Z') return c + 32;
    if (c >= 0xFF01 && c <= 0xFF5E) return plain_letter(c - 0xFEE0); /* full width */
    if (c < 0xC0) return c;
    for (size_t i = 0; i < sizeof latin / sizeof *latin; i++)
        if (c <= latin[i].last) return latin[i].letter ? (uint32_t)latin[i].letter : c | (c < 0x100 ? 32 : 1);
    if (c >= 0x391 && c <= 0x3A9) return c + 32;
    if (c >= 0x400 && c <= 0x40F) c += 80;
    if (c >= 0x410 && c <= 0x42F) c += 32;
    return c == 0x451 ? 0x435 : c == 0x439 ? 0x438 : c;
}

static bool key_alike(const char *name, char *to)
{
    const char *const begin = to;
    size_t bytes = strlen(name);
    if (key_number(name, to)) return false;
    for (size_t i = 0; i < bytes;) {
        uint32_t code = (unsigned char)name[i];
        const size_t n = ak_utf8_length(name + i, bytes - i, &code);
        if (code == '-' && digits(name + i + 1) == 0) code = ' '; /* no sign and no date */
        if ((code = plain_letter(code)) != 0) { /* below 2^21: three bytes of 7 bits; no 0 in it */
            for (int shift = code > 0x7F ? 14 : 0; shift >= 0; shift -= 7)
                *to++ = (char)(shift || code > 0x7F ? 0x80 | (code >> shift & 0x7F) : code);
        }
        i += n ? n : 1;
    }
    *to = 0;
    return to > begin;
}

/* Joining -------------------------------------------------------------------------------------- */

typedef struct entry {
    const char *key;
    int64_t at;
    bool other;
} entry;

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    const int order = strcmp(x->key, y->key);
    if (order) return order;
    if (x->other != y->other) return x->other ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

typedef struct joining {
    const ak_class_list *run, *other;
    const char *whose;
    ak_remarks *remarks;
    int32_t *to;          /* [other] */
    unsigned char *taken; /* [run] */
    int64_t hints;
} joining;

static void take(joining *j, const entry *run, const entry *other)
{
    j->to[other->at] = (int32_t)run->at;
    j->taken[run->at] = 1;
}

/* What is done with the entries of one key: r of the run, then o others. */
typedef void group_fn(joining *j, const entry *e, int64_t r, int64_t o);

static void join_equal(joining *j, const entry *e, int64_t r, int64_t o)
{
    for (int64_t i = 0; i < r && i < o; i++) take(j, &e[i], &e[r + i]);
}

static void join_numbers(joining *j, const entry *e, int64_t r, int64_t o)
{
    char a[AK_SHOWN], b[AK_SHOWN];
    if (r != 1 || o != 1 || j->taken[e[0].at] || j->to[e[1].at] >= 0) return;
    take(j, &e[0], &e[1]);
    ak_remark(j->remarks, "Class '%s' is taken for the class '%s' of %s: the same number.",
              ak_shown(j->other->name[e[1].at], a), ak_shown(j->run->name[e[0].at], b), j->whose);
}

static void tell_alike(joining *j, const entry *e, int64_t r, int64_t o)
{
    enum { MOST = 10 };
    char a[AK_SHOWN], b[AK_SHOWN];
    for (int64_t i = 0; r && i < o; i++) {
        if (j->to[e[r + i].at] >= 0 || j->hints++ >= MOST) continue;
        ak_remark(j->remarks,
                  "Class '%s' is not the class '%s' of %s: their names differ, if only in case, blanks, "
                  "accents or Unicode form.",
                  ak_shown(j->other->name[e[r + i].at], a), ak_shown(j->run->name[e[0].at], b), j->whose);
    }
}

/* Within one list. */
static void tell_twins(joining *j, const entry *e, int64_t r, int64_t o)
{
    enum { MOST = 10 };
    char a[AK_SHOWN], b[AK_SHOWN];
    (void)o;
    for (int64_t i = 1; i < r && j->hints < MOST; i++, j->hints++)
        ak_remark(
            j->remarks,
            "'%s' and '%s' are two classes: their names differ, if only as numbers are written, in case, "
            "blanks, accents or Unicode form.",
            ak_shown(j->run->name[e[0].at], a), ak_shown(j->run->name[e[i].at], b));
}

static int64_t add_entries(const ak_class_list *list, bool other, key_fn *key, entry *e, char **at)
{
    int64_t n = 0;
    for (int64_t k = 0; k < list->n; k++) {
        if (!key(list->name[k], *at)) continue;
        e[n++] = (entry){ *at, k, other };
        *at += strlen(*at) + 1;
    }
    return n;
}

static size_t longest_keys(const ak_class_list *list)
{
    size_t bytes = 1;
    for (int64_t k = 0; k < list->n; k++) bytes += 3 * strlen(list->name[k]) + 2;
    return bytes;
}

static akin_status by_keys(joining *j, key_fn *key, group_fn *join, akin_error *err)
{
    char *keys = malloc(longest_keys(j->run) + longest_keys(j->other)), *at = keys;
    entry *e = ak_alloc(sizeof *e, j->run->n + j->other->n + 1, 1);
    int64_t n = 0;
    if (keys && e) {
        n = add_entries(j->run, false, key, e, &at);
        n += add_entries(j->other, true, key, e + n, &at);
        qsort(e, (size_t)n, sizeof *e, by_key);
    }
    for (int64_t i = 0, r, o; i < n; i += r + o) {
        for (r = 0; i + r < n && !e[i + r].other && strcmp(e[i].key, e[i + r].key) == 0;) r++;
        for (o = 0; i + r + o < n && e[i + r + o].other && strcmp(e[i].key, e[i + r + o].key) == 0;) o++;
        join(j, e + i, r, o);
    }
    const bool fine = keys && e;
    free(keys);
    free(e);
    return fine ? AKIN_OK : ak_no_memory(err, "to compare the names of classes");
}

/* "7" -> 7; -1 for what is no plain number below most. */
static int64_t plain_number(const char *name, int64_t most)
{
    int64_t x = 0;
    if (!*name || digits(name) != strlen(name) || (*name == '0' && name[1])) return -1;
    for (; *name && x < most; name++) x = 10 * x + (*name - '0');
    return x < most ? x : -1;
}

/* Arrays of labels without names: the number is the class. */
static void take_numbers(joining *j)
{
    char key[512], name[AK_SHOWN];
    for (int64_t k = 0; k < j->run->n; k++)
        if (strlen(j->run->name[k]) < sizeof key && key_number(j->run->name[k], key)) return;
    for (int64_t k = 0; k < j->other->n; k++)
        if (j->to[k] >= 0 || plain_number(j->other->name[k], j->run->n) < 0) return;
    for (int64_t k = 0; k < j->other->n; k++) j->to[k] = (int32_t)plain_number(j->other->name[k], j->run->n);
    if (j->other->n)
        ak_remark(j->remarks, "Classes are numbers here, without names: number %d is taken for '%s' of %s.",
                  (int)j->to[0], ak_shown(j->run->name[j->to[0]], name), j->whose);
}

/* "'cat', 'dog' and 5 more" of those that are not there yet, which get their numbers. */
static void number_others(joining *j)
{
    enum { MOST = 10 };
    char list[640], name[AK_SHOWN];
    size_t used = 0;
    int64_t told = 0, n = 0;
    for (int64_t k = 0; k < j->other->n; k++) {
        if (j->to[k] >= 0) continue;
        j->to[k] = (int32_t)(j->run->n + n++);
        const char *shown = ak_shown(j->other->name[k], name);
        if (told + 1 != n || told == MOST || used + strlen(shown) + 8 > sizeof list) continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", told ? ", " : "", shown);
        told++;
    }
    if (!n) return;
    char more[40] = "";
    if (n > told) snprintf(more, sizeof more, " and %lld more", (long long)(n - told));
    ak_remark(j->remarks, "%lld class%s not among the classes of %s, and numbered after them: %s%s.",
              (long long)n, n == 1 ? " is" : "es are", j->whose, list, more);
}

akin_status ak_classes_join(const ak_class_list *run, const ak_class_list *other, bool of_array,
                            const char *whose, ak_remarks *remarks, int32_t *to, akin_error *err)
{
    joining j = { .run = run, .other = other, .whose = whose, .remarks = remarks, .to = to };
    j.taken = calloc((size_t)run->n + 1, 1);
    if (!j.taken) return ak_no_memory(err, "to compare the names of classes");
    for (int64_t k = 0; k < other->n; k++) to[k] = -1;
    akin_status status = by_keys(&j, key_equal, join_equal, err);
    if (!status) status = by_keys(&j, key_number, join_numbers, err);
    if (!status && of_array) take_numbers(&j);
    if (!status) status = by_keys(&j, key_alike, tell_alike, err);
    if (!status) number_others(&j);
    if (!status) status = ak_remarks_check(remarks, err);
    free(j.taken);
    return status;
}

akin_status ak_classes_tell_twins(const ak_class_list *list, ak_remarks *remarks, akin_error *err)
{
    const ak_class_list none = { .n = 0 };
    joining j = { .run = list, .other = &none, .remarks = remarks };
    AK_TRY(by_keys(&j, key_number, tell_twins, err));
    AK_TRY(by_keys(&j, key_alike, tell_twins, err));
    return ak_remarks_check(remarks, err);
}

bool ak_names_alike(const char *a, const char *b)
{
    char *x = malloc(3 * strlen(a) + 2), *y = malloc(3 * strlen(b) + 2);
    const bool yes = x && y && key_alike(a, x) && key_alike(b, y) && strcmp(x, y) == 0;
    free(x);
    free(y);
    return yes;
}
