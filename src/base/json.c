/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.c - JSON values by Jansson: the only file that knows it.
 *
 * An akin_json is Jansson's json_t under another name. What this file adds is that a missing part cannot go
 * unnoticed. Two values that Jansson takes for null stand for it:
 *
 *   BROKEN   in the place of a value for which there was no memory
 *   RESERVE  the only value of an object that is empty for the rest of the world
 *
 * A failed put() or append() must leave a mark without taking memory. It overwrites a value that is already
 * there with BROKEN, which Jansson does in place. An array that is empty has room; an empty object has its
 * RESERVE. */
#include "akin/tool/json.h"

#include "base/base.h"
#include "base/escape.h"
#include "base/plain.h"
#include "base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Jansson counts no owners of a value whose count is the largest there is. */
static json_t BROKEN = { JSON_NULL, (size_t)-1 };
static json_t RESERVE = { JSON_NULL, (size_t)-1 };

static json_t *in(const akin_json *v) { return (json_t *)(uintptr_t)v; }
static akin_json *out(const json_t *v) { return (akin_json *)(uintptr_t)v; }

/* A new value, or the mark where there is none. */
static akin_json *made(json_t *v)
{
    if (!v) akin_memory_lack();
    return out(v ? v : &BROKEN);
}

akin_json *akin_json_share(akin_json *v) { return out(json_incref(in(v))); }
void akin_json_free(akin_json *v) { json_decref(in(v)); }

/* Marks ----------------------------------------------------------------------------------------------- */

static bool reserved(json_t *o) { return json_object_iter_value(json_object_iter(o)) == &RESERVE; }

static bool reserve(json_t *o) { return json_object_set_new_nocheck(o, "", &RESERVE) == 0; }

/* Walk the tree, and give every empty object its reserve (add) or take it away. false without memory. */
static bool reserve_all(json_t *v, bool add)
{
    bool done = true;
    if (json_is_array(v))
        for (size_t i = 0; i < json_array_size(v); i++) done = reserve_all(json_array_get(v, i), add) && done;
    if (!json_is_object(v)) return done;
    if (reserved(v)) return add || json_object_clear(v) == 0;
    if (json_object_size(v) == 0) return !add || reserve(v);
    for (void *at = json_object_iter(v); at; at = json_object_iter_next(v, at))
        done = reserve_all(json_object_iter_value(at), add) && done;
    return done;
}

static bool whole(const json_t *v)
{
    if (v == &BROKEN) return false;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!whole(json_array_get(v, i))) return false;
    for (void *at = json_object_iter((json_t *)(uintptr_t)v); at;
         at = json_object_iter_next((json_t *)(uintptr_t)v, at))
        if (!whole(json_object_iter_value(at))) return false;
    return true;
}

/* Read ------------------------------------------------------------------------------------------------ */

/* Where a token grows and there is no memory, Jansson loses a byte of it, or ends the program. In a program
 * that asked for it (akin_memory_needed()), what Jansson asks for in vain while it parses comes from a
 * reserve that was taken before, and the text then ends for it at the next piece. That needs Jansson's
 * allocation functions, which are one pair for the whole process; so in a program of someone else's they stay
 * as they are, and all that is done is to see that there is room before Jansson begins. */
enum { PIECE = 1024, RESERVED = 1 << 16 };
typedef struct parsing {
    const char *text;
    size_t left;
    char *begin, *at, *end; /* the reserve; at: what is left of it */
    bool lacked;
} parsing;

static _Thread_local parsing *now;
static json_malloc_t usual_malloc;
static json_free_t usual_free;

static void *malloc_or_reserve(size_t bytes)
{
    void *p = usual_malloc(bytes);
    if (!p) akin_memory_lack();
    if (p || !now) return p;
    now->lacked = true;
    const size_t whole_bytes = (bytes + 15) & ~(size_t)15;
    if (whole_bytes < bytes || whole_bytes > (size_t)(now->end - now->at)) return NULL;
    p = now->at;
    now->at += whole_bytes;
    return p;
}

static void free_unless_reserve(void *p)
{
    const uintptr_t at = (uintptr_t)p;
    if (!now || at < (uintptr_t)now->begin || at >= (uintptr_t)now->end) usual_free(p);
}

static bool is_watched(void)
{
    json_malloc_t get;
    json_free_t give;
    json_get_alloc_funcs(&get, &give);
    return get == malloc_or_reserve;
}

/* Before there are threads: ours stand before those that Jansson has. */
void ak_json_watch(void)
{
    if (is_watched()) return;
    json_get_alloc_funcs(&usual_malloc, &usual_free);
    json_set_alloc_funcs(malloc_or_reserve, free_unless_reserve);
}

static size_t next_piece(void *to, size_t room, void *ctx)
{
    parsing *p = ctx;
    const size_t n = p->lacked ? 0 : p->left < room ? p->left : room < PIECE ? room : PIECE;
    memcpy(to, p->text, n);
    p->text += n;
    p->left -= n;
    return n;
}

/* NULL with the reason, or where memory lacked (*lacked). */
static json_t *load(const char *text, size_t bytes, size_t flags, json_error_t *why, bool *lacked)
{
    const size_t room = 2 * bytes + RESERVED; /* a token twice, and what a piece can hold */
    char *memory = room > bytes ? malloc(room) : NULL;
    *lacked = !memory;
    if (!memory) return NULL;
    parsing p = { .text = text, .left = bytes, .begin = memory, .at = memory, .end = memory + room };
    if (is_watched()) {
        now = &p;
    } else {
        free(memory);
        memory = NULL;
    }
    const locale_t was = ak_plain_begin(); /* Jansson reads numbers with the decimal point of the locale */
    json_t *v = json_load_callback(next_piece, &p, flags, why);
    ak_plain_end(was);
    *lacked = p.lacked || (!v && json_error_code(why) == json_error_out_of_memory);
    if (*lacked) {
        json_decref(v);
        v = NULL;
    }
    now = NULL;
    free(memory);
    return v;
}

/* The byte, from 1, of the bracket that opens a level too many; 0: there is none. Before Jansson, which
 * would go 2048 levels down, each with calls of its own and later of ours. */
static size_t too_deep(const char *text, size_t bytes, size_t most)
{
    size_t depth = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"')
            for (i++; i < bytes && text[i] != '"'; i++) i += text[i] == '\\';
        else if ((text[i] == '[' || text[i] == '{') && ++depth > most)
            return i + 1;
        else if ((text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return 0;
}

akin_status akin_json_parse(const char *text, size_t bytes, const char *name, int flags, akin_json **to,
                            akin_error *err)
{
    AK_GIVEN(text, err);
    AK_GIVEN(to, err);
    json_error_t why = { .line = -1 };
    const int most = flags & AKIN_JSON_DATA ? AKIN_JSON_DEPTH_DATA : AKIN_JSON_DEPTH;
    const size_t deep = too_deep(text, bytes, (size_t)most);
    if (deep)
        return ak_fail(err, AKIN_ERR_FORMAT, "%s%sbyte %zu: nested more than %d levels deep",
                       name ? name : "", name ? ": " : "", deep, most);
    bool lacked;
    json_t *v = load(text, bytes, flags & AKIN_JSON_UNIQUE ? JSON_REJECT_DUPLICATES : 0, &why, &lacked);
    if (v && reserve_all(v, true)) {
        *to = out(v);
        return AKIN_OK;
    }
    if (v || lacked || why.line < 0) {
        json_decref(v);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the JSON of %s", name ? name : "a text");
    }
    if (!name) return ak_fail(err, AKIN_ERR_FORMAT, "column %d: %s", why.column, why.text);
    return ak_fail(err, AKIN_ERR_FORMAT, "%s: line %d, column %d: %s", name, why.line, why.column, why.text);
}

akin_json *akin_json_get(const akin_json *object, const char *key)
{
    json_t *v = json_object_get(in(object), key);
    return v == &RESERVE ? NULL : out(v);
}

akin_json *akin_json_at(const akin_json *array, size_t i) { return out(json_array_get(in(array), i)); }

size_t akin_json_length(const akin_json *array) { return json_array_size(in(array)); }

size_t akin_json_keys(const akin_json *object)
{
    return reserved(in(object)) ? 0 : json_object_size(in(object));
}

bool akin_json_next(const akin_json *object, void **at, const char **key, akin_json **value)
{
    json_t *o = in(object);
    *at = *at ? json_object_iter_next(o, *at) : reserved(o) ? NULL : json_object_iter(o);
    if (!*at) return false;
    *key = json_object_iter_key(*at);
    *value = out(json_object_iter_value(*at));
    return true;
}

akin_json_kind akin_json_kind_of(const akin_json *v)
{
    if (!v) return AKIN_JSON_ABSENT;
    switch (json_typeof(in(v))) {
    case JSON_OBJECT: return AKIN_JSON_OBJECT;
    case JSON_ARRAY: return AKIN_JSON_ARRAY;
    case JSON_STRING: return AKIN_JSON_TEXT;
    case JSON_INTEGER: return AKIN_JSON_INT;
    case JSON_REAL: return AKIN_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE: return AKIN_JSON_BOOL;
    case JSON_NULL: return AKIN_JSON_NULL;
    }
    return AKIN_JSON_ABSENT;
}

const char *akin_json_as_text(const akin_json *v) { return json_string_value(in(v)); }
size_t akin_json_text_bytes(const akin_json *v) { return json_string_length(in(v)); }
int64_t akin_json_as_int(const akin_json *v) { return json_integer_value(in(v)); }
double akin_json_as_real(const akin_json *v) { return json_number_value(in(v)); }
bool akin_json_as_bool(const akin_json *v) { return json_is_true(in(v)); }

static bool equal_objects(const akin_json *a, const akin_json *b)
{
    const char *key;
    akin_json *value;
    if (akin_json_keys(a) != akin_json_keys(b)) return false;
    AKIN_JSON_EACH(a, key, value)
    if (!akin_json_equal(value, akin_json_get(b, key))) return false;
    return true;
}

bool akin_json_equal(const akin_json *a, const akin_json *b)
{
    const akin_json_kind kind = akin_json_kind_of(a);
    if (!a || !b || kind != akin_json_kind_of(b)) return false;
    if (kind == AKIN_JSON_OBJECT) return equal_objects(a, b);
    if (kind != AKIN_JSON_ARRAY) return json_equal(in(a), in(b));
    if (akin_json_length(a) != akin_json_length(b)) return false;
    for (size_t i = 0; i < akin_json_length(a); i++)
        if (!akin_json_equal(akin_json_at(a, i), akin_json_at(b, i))) return false;
    return true;
}

/* Build ----------------------------------------------------------------------------------------------- */

akin_json *akin_json_object(void)
{
    json_t *o = json_object();
    if (o && reserve(o)) return out(o);
    json_decref(o);
    return made(NULL);
}

akin_json *akin_json_array(void) { return made(json_array()); }
akin_json *akin_json_null(void) { return out(json_null()); }
akin_json *akin_json_bool(bool x) { return out(json_boolean(x)); }
akin_json *akin_json_int(int64_t x) { return made(json_integer(x)); }
akin_json *akin_json_real(double x) { return isfinite(x) ? made(json_real(x)) : NULL; }

/* A copy with U+FFFD for every byte that belongs to no character; *bytes becomes its length. */
static char *clean_utf8(const char *text, size_t *bytes)
{
    char *clean = malloc(3 * *bytes + 1), *to = clean;
    for (size_t i = 0; clean && i < *bytes;) {
        const size_t n = ak_utf8_length(text + i, *bytes - i, NULL);
        memcpy(to, n ? text + i : AK_UTF8_REPLACEMENT, n ? n : 3);
        to += n ? n : 3;
        i += n ? n : 1;
    }
    *bytes = (size_t)(to - clean);
    return clean;
}

static bool is_utf8(const char *text, size_t bytes)
{
    for (size_t i = 0, n; i < bytes; i += n)
        if (!(n = ak_utf8_length(text + i, bytes - i, NULL))) return false;
    return true;
}

bool akin_json_is_utf8(const char *text) { return is_utf8(text, strlen(text)); }

akin_json *akin_json_text_n(const char *text, size_t bytes)
{
    if (!text) return NULL;
    if (is_utf8(text, bytes)) return made(json_stringn_nocheck(text, bytes));
    char *clean = clean_utf8(text, &bytes);
    json_t *v = clean ? json_stringn_nocheck(clean, bytes) : NULL;
    free(clean);
    return made(v);
}

akin_json *akin_json_text(const char *text) { return akin_json_text_n(text, text ? strlen(text) : 0); }

/* One value of the object becomes the mark: in place, so that it takes no memory. */
static void break_object(json_t *o)
{
    akin_memory_lack();
    if (json_is_object(o)) json_object_iter_set_new(o, json_object_iter(o), &BROKEN);
}

void akin_json_put(akin_json *object, const char *key, akin_json *value)
{
    json_t *o = in(object);
    if (!value) return;
    const bool first = reserved(o);
    size_t bytes = strlen(key);
    char *clean = is_utf8(key, bytes) ? NULL : clean_utf8(key, &bytes);
    if (clean) clean[bytes] = 0;
    if (json_object_set_new_nocheck(o, clean ? clean : key, in(value)) != 0)
        break_object(o);
    else if (first && *key)
        json_object_del(o, "");
    free(clean);
}

void akin_json_remove(akin_json *object, const char *key)
{
    json_t *o = in(object);
    if (json_object_size(o) > 1 || !akin_json_get(object, key)) {
        json_object_del(o, key);
    } else { /* the last one: the object becomes an empty one */
        json_object_iter_set_new(o, json_object_iter(o), &RESERVE);
    }
}

void akin_json_merge(akin_json *object, const akin_json *more)
{
    const char *key;
    akin_json *value;
    if (in(more) == &BROKEN) break_object(in(object));
    AKIN_JSON_EACH(more, key, value) akin_json_put(object, key, akin_json_share(value));
}

void akin_json_append(akin_json *array, akin_json *value)
{
    json_t *a = in(array);
    if (!value || json_array_append_new(a, in(value)) == 0 || !json_is_array(a)) return;
    akin_memory_lack();
    if (json_array_size(a))
        json_array_set_new(a, 0, &BROKEN);
    else
        json_array_append_new(a, &BROKEN); /* a new array has room for some values */
}

akin_json *akin_json_copy(const akin_json *object)
{
    akin_json *copy =
        akin_json_object(); /* json_copy() leaves out, and does not tell, what it has no memory for */
    akin_json_merge(copy, object);
    return copy;
}

/* Pack ------------------------------------------------------------------------------------------------ */

typedef struct packing {
    const char *at;
    va_list arg;
} packing;

static char next_letter(packing *p)
{
    while (*p->at == ' ' || *p->at == ',' || *p->at == ':') p->at++;
    return *p->at ? *p->at++ : 0;
}

static akin_json *packed(packing *p, char letter)
{
    switch (letter) {
    case 's': {
        akin_json *text = akin_json_text(va_arg(p->arg, const char *));
        if (*p->at != '?') return text;
        p->at++;
        return text ? text : akin_json_null();
    }
    case 'i': return akin_json_int(va_arg(p->arg, int));
    case 'I': return akin_json_int(va_arg(p->arg, int64_t));
    case 'f': return akin_json_real(va_arg(p->arg, double));
    case 'b': return akin_json_bool(va_arg(p->arg, int) != 0);
    case 'n': return akin_json_null();
    case 'o': return va_arg(p->arg, akin_json *);
    case 'O': return akin_json_share(va_arg(p->arg, akin_json *));
    }
    if (letter != '{' && letter != '[') return out(&BROKEN); /* no such letter: noticed as any missing part */
    akin_json *v = letter == '{' ? akin_json_object() : akin_json_array();
    const char end = letter == '{' ? '}' : ']';
    for (char c = next_letter(p); c && c != end; c = next_letter(p)) {
        if (letter == '[') {
            akin_json_append(v, packed(p, c));
        } else {
            const char *key = va_arg(p->arg, const char *);
            akin_json_put(v, key, packed(p, next_letter(p)));
        }
    }
    return v;
}

akin_json *akin_json_pack(const char *format, ...)
{
    packing p = { .at = format };
    va_start(p.arg, format);
    akin_json *v = packed(&p, next_letter(&p));
    va_end(p.arg);
    return v;
}

/* Print ----------------------------------------------------------------------------------------------- */

typedef struct growing_text {
    char *data;
    size_t used, room;
    bool failed; /* once is for ever: Jansson does not always look at what add_text() returns */
} growing_text;

static int add_text(const char *bytes, size_t n, void *ctx)
{
    growing_text *t = ctx;
    if (t->failed) return -1;
    if (t->used + n + 1 > t->room) { /* 1: the final 0 */
        const size_t room = 2 * (t->used + n) + 256;
        char *data = realloc(t->data, room);
        if (!data) return t->failed = true, -1;
        t->data = data;
        t->room = room;
    }
    memcpy(t->data + t->used, bytes, n);
    t->used += n;
    return 0;
}

/* What a terminal would obey and JSON leaves as it is (DEL, U+0080 to U+009F, turns of direction) as \u; all
 * of it is in texts, and below U+10000. */
static bool escape_rest(growing_text *t)
{
    growing_text safe = { 0 };
    int failed = 0;
    for (size_t at = 0, from = 0; at <= t->used && !failed;) {
        const size_t plain =
            at == t->used || t->data[at] == '\n' ? 1 : ak_showable(t->data + at, t->used - at);
        if (plain && at < t->used) {
            at += plain;
            continue;
        }
        if (at == t->used && from == 0) return true; /* nothing of the kind */
        failed = add_text(t->data + from, at - from, &safe);
        if (at == t->used) break;
        char code[8];
        uint32_t c = 0xFFFD;
        const size_t length = ak_utf8_length(t->data + at, t->used - at, &c);
        at += length ? length : 1;
        from = at;
        snprintf(code, sizeof code, "\\u%04X", (unsigned)c & 0xFFFFu);
        if (!failed) failed = add_text(code, 6, &safe);
    }
    if (failed) return free(safe.data), false;
    free(t->data);
    *t = safe;
    return true;
}

akin_status akin_json_check(const akin_json *v, akin_error *err)
{
    return v && whole(in(v)) ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the JSON to print");
}

static akin_status print(const akin_json *v, akin_json_layout layout, int digits, growing_text *t,
                         akin_error *err)
{
    AK_TRY(akin_json_check(v, err));
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION((size_t)digits);
    if (layout == AKIN_JSON_COMPACT) flags |= JSON_COMPACT;
    if (layout == AKIN_JSON_INDENTED) flags |= JSON_INDENT(1);
    reserve_all(in(v), false);
    const locale_t was = ak_plain_begin();
    const int failed = json_dump_callback(in(v), add_text, t, flags);
    ak_plain_end(was);
    if (!reserve_all(in(v), true) || failed || t->failed || !escape_rest(t)) {
        free(t->data);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the JSON to print");
    }
    t->data[t->used] = 0;
    return AKIN_OK;
}

akin_status akin_json_print(const akin_json *v, akin_json_layout layout, int digits, char **text,
                            akin_error *err)
{
    growing_text t = { 0 };
    AK_TRY(print(v, layout, digits, &t, err));
    *text = t.data;
    return AKIN_OK;
}

akin_status akin_json_save(const char *path, const akin_json *v, akin_json_layout layout, int digits,
                           akin_error *err)
{
    return akin_json_add(NULL, path, v, layout, digits, err);
}

akin_status akin_json_add(akin_files *files, const char *path, const akin_json *v, akin_json_layout layout,
                          int digits, akin_error *err)
{
    growing_text t = { 0 };
    AK_TRY(print(v, layout, digits, &t, err));
    const akin_status status = akin_files_save(files, path, t.data, t.used, err);
    free(t.data);
    return status;
}
