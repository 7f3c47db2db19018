/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/json.h - JSON values: read from text, asked for by their type, built, and printed.
 *
 * Values   An akin_json is null, a truth value, a whole number (64 bits), a real number, a text (UTF-8), an
 *          array or an object. An object keeps its keys in the order in which they came.
 * Memory   A value is counted: akin_json_share() adds an owner, akin_json_free() takes one away. put() and
 *          append() take over the value that they are given. Without memory they free it, so finish it first,
 *          or share it. What get() and at() return is borrowed from its parent.
 * Building A builder that runs out of memory leaves a mark in what it builds. Nobody has to look at every
 * call:
 *          akin_json_check(), akin_json_print() and akin_json_save() fail with AKIN_ERR_NOMEM if a part is
 *          missing.
 * Absence  A value of NULL is "not there": put() and append() leave it out, and the as_...() give 0 or NULL
 *          for it.
 * Threads  Different documents may be used at the same time, one document only by one thread.
 */
#ifndef AKIN_TOOL_JSON_H
#define AKIN_TOOL_JSON_H

#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_json akin_json;

typedef enum akin_json_kind {
    AKIN_JSON_ABSENT, /* NULL */
    AKIN_JSON_NULL,
    AKIN_JSON_BOOL,
    AKIN_JSON_INT,
    AKIN_JSON_REAL,
    AKIN_JSON_TEXT,
    AKIN_JSON_ARRAY,
    AKIN_JSON_OBJECT,
} akin_json_kind;

AKIN_API akin_json *akin_json_share(akin_json *v); /* v itself, with one owner more */
AKIN_API void akin_json_free(akin_json *v);        /* one owner less; takes NULL */

/* Read ------------------------------------------------------------------------------------------------ */

enum {
    AKIN_JSON_DEPTH = 32,       /* most levels of arrays and objects, one in the other */
    AKIN_JSON_DEPTH_DATA = 512, /* the same of data, which are made by other programs */
    AKIN_JSON_UNIQUE = 1, /* a key that an object holds twice is an error; otherwise the last one counts */
    AKIN_JSON_DATA = 2,   /* the text is data: AKIN_JSON_DEPTH_DATA levels */
};

/* The value that text[0..bytes) holds. name says where the text is from, for the sentence; NULL = no name.
 *
 *   AKIN_ERR_FORMAT  no JSON: "NAME: line L, column C: ..." says where and why (without a name "column C:
 *                    ..."); also too deep ("byte B: ..."), a number that 64 bits or
 *                    a double do not hold, text that is not UTF-8, and a bare number, text or word
 *   AKIN_ERR_NOMEM   out of memory */
AKIN_API akin_status akin_json_parse(const char *text, size_t bytes, const char *name, int flags,
                                     akin_json **out, akin_error *err);

/* The same of a file of at most limit bytes.  AKIN_ERR_INPUT when it cannot be read or is larger. */
AKIN_API akin_status akin_json_load(const char *path, size_t limit, int flags, akin_json **out,
                                    akin_error *err);

/* The next of JSON lines (a value a line): *at begins with 0 and moves behind the line. Empty lines are
 * passed over. Whether the last line had an end, text[*at - 1] tells.
 *
 *   AKIN_ERR_INPUT   there is no further line
 *   AKIN_ERR_FORMAT  the line is damaged, *line is NULL; the next call goes on behind it
 *   AKIN_ERR_NOMEM   out of memory */
AKIN_API akin_status akin_json_line(const char *text, size_t bytes, size_t *at, akin_json **line,
                                    akin_error *err);

/* An array of the first `most` lines of a file of at most limit bytes; damaged ones are left out.
 *   AKIN_ERR_INPUT when it cannot be read or is larger; AKIN_ERR_NOMEM */
AKIN_API akin_status akin_json_load_lines(const char *path, size_t limit, size_t most, akin_json **list,
                                          akin_error *err);

/* Ask, with an answer for every case. path leads from v to the value: keys with a dot between them, and the
 * index of an array in brackets, as in "data.mean[2]". *out is written on success only.
 *
 *   AKIN_ERR_INPUT   there is no such value: "'data.mean[2]' is missing"
 *   AKIN_ERR_FORMAT  it is of another kind: "'data.mean[2]' is a text; it must be a number"
 *   AKIN_ERR_RANGE   a whole number outside [least, most], or an array of another length
 *   AKIN_ERR_NOMEM   a builder had no memory for it */
AKIN_API akin_status akin_json_read_int(const akin_json *v, const char *path, int64_t least, int64_t most,
                                        int64_t *out, akin_error *err);
/* Whole numbers count as reals. */
AKIN_API akin_status akin_json_read_real(const akin_json *v, const char *path, double *out, akin_error *err);
AKIN_API akin_status akin_json_read_bool(const akin_json *v, const char *path, bool *out, akin_error *err);
/* The text is borrowed. */
AKIN_API akin_status akin_json_read_text(const akin_json *v, const char *path, const char **out,
                                         akin_error *err);
/* A value of that kind, borrowed. */
AKIN_API akin_status akin_json_read_value(const akin_json *v, const char *path, akin_json_kind kind,
                                          akin_json **out, akin_error *err);
/* An array of exactly n numbers. */
AKIN_API akin_status akin_json_read_reals(const akin_json *v, const char *path, int64_t n, double *out,
                                          akin_error *err);

/* Ask where an absent value is an answer too: NULL when there is none. find() follows a path as above. */
AKIN_API akin_json *akin_json_find(const akin_json *v, const char *path);
AKIN_API akin_json *akin_json_get(const akin_json *object, const char *key); /* any key, also one with dots */
AKIN_API akin_json *akin_json_at(const akin_json *array, size_t i);
/* The value under a key; NULL, 0, NaN or false when there is none of that kind. */
AKIN_API const char *akin_json_get_text(const akin_json *object, const char *key);
AKIN_API int64_t akin_json_get_int(const akin_json *object, const char *key);
AKIN_API double akin_json_get_real(const akin_json *object, const char *key);
AKIN_API bool akin_json_get_bool(const akin_json *object, const char *key);
AKIN_API size_t akin_json_length(const akin_json *array); /* 0 of anything else */
AKIN_API size_t akin_json_keys(const akin_json *object);  /* 0 of anything else */

AKIN_API akin_json_kind akin_json_kind_of(const akin_json *v);
AKIN_API const char *akin_json_kind_name(akin_json_kind kind); /* "a whole number" */

/* The value itself; of another kind NULL, 0 or false. */
AKIN_API const char *akin_json_as_text(const akin_json *v);
AKIN_API size_t akin_json_text_bytes(const akin_json *v); /* a text may hold a 0 byte: "\u0000" */
AKIN_API int64_t akin_json_as_int(const akin_json *v);
AKIN_API double akin_json_as_real(const akin_json *v); /* of whole numbers too */
AKIN_API bool akin_json_as_bool(const akin_json *v);   /* whether it is true */

static inline bool akin_json_is_null(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_NULL; }
static inline bool akin_json_is_bool(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_BOOL; }
static inline bool akin_json_is_false(const akin_json *v)
{
    return akin_json_is_bool(v) && !akin_json_as_bool(v);
}
static inline bool akin_json_is_int(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_INT; }
static inline bool akin_json_is_real(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_REAL; }
static inline bool akin_json_is_number(const akin_json *v)
{
    return akin_json_is_int(v) || akin_json_is_real(v);
}
static inline bool akin_json_is_text(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_TEXT; }
static inline bool akin_json_is_array(const akin_json *v) { return akin_json_kind_of(v) == AKIN_JSON_ARRAY; }
static inline bool akin_json_is_object(const akin_json *v)
{
    return akin_json_kind_of(v) == AKIN_JSON_OBJECT;
}

/* The pairs of an object in order: start with *at = NULL; false after the last. The object must not
 * change. */
AKIN_API bool akin_json_next(const akin_json *object, void **at, const char **key, akin_json **value);

#define AKIN_JSON_EACH(object, key, value)                                                                   \
    for (void *each_ = NULL; akin_json_next((object), &each_, &(key), &(value));)

/* The items of an array in order, with their index. */
#define AKIN_JSON_ITEMS(array, i, value)                                                                     \
    for ((i) = 0; (i) < akin_json_length(array) && ((value) = akin_json_at((array), (i))); (i)++)

/* The same kinds and values; the order of keys does not matter, and 1 is not 1.0. */
AKIN_API bool akin_json_equal(const akin_json *a, const akin_json *b);

/* Build ----------------------------------------------------------------------------------------------- */

AKIN_API akin_json *akin_json_object(void);
AKIN_API akin_json *akin_json_array(void);
AKIN_API akin_json *akin_json_null(void);
AKIN_API akin_json *akin_json_bool(bool x);
AKIN_API akin_json *akin_json_int(int64_t x);
AKIN_API akin_json *akin_json_real(double x); /* NULL when x is not finite: JSON has no number for it */
/* NULL for NULL. What is not UTF-8, as a file's name may be, becomes U+FFFD. */
AKIN_API akin_json *akin_json_text(const char *text);
AKIN_API akin_json *akin_json_text_n(const char *text, size_t bytes);

/* Whether JSON can hold text as it is. */
AKIN_API bool akin_json_is_utf8(const char *text);

/* Put value under the key, in place of one that is there. */
AKIN_API void akin_json_put(akin_json *object, const char *key, akin_json *value);
AKIN_API void akin_json_remove(akin_json *object, const char *key);
AKIN_API void akin_json_merge(akin_json *object, const akin_json *more); /* put all pairs of more */
AKIN_API void akin_json_append(akin_json *array, akin_json *value);
AKIN_API akin_json *akin_json_copy(const akin_json *object); /* the children are shared with object */

/* A value from a format, as in akin_json_pack("{s:s,s:[f,f]}", "name", name, "range", low, high).
 *
 *   {s:X,...}  an object; each s takes a key        [X,...]  an array
 *   s  const char *       i  int       I  int64_t       f  double       b  int, as a truth value       n
 *      null
 *   o  akin_json *, which is taken over             O  akin_json *, which is shared
 *   s?  as s, but null for NULL
 *
 * Spaces, commas and colons mean nothing. What is absent (a NULL, a number that is not finite) is left
 * out. */
AKIN_API akin_json *akin_json_pack(const char *format, ...);

/* Print ----------------------------------------------------------------------------------------------- */

typedef enum akin_json_layout {
    AKIN_JSON_COMPACT,  /* {"a":1,"b":[1,2]} */
    AKIN_JSON_SPACED,   /* {"a": 1, "b": [1, 2]} */
    AKIN_JSON_INDENTED, /* one value a line, a space a level */
} akin_json_layout;

/* AKIN_OK when everything that was built is there, else AKIN_ERR_NOMEM; also of NULL. */
AKIN_API akin_status akin_json_check(const akin_json *v, akin_error *err);

/* As text, with a 0 byte after it; the caller frees *text with free(). Reals have `digits` significant ones,
 * 1 to 17. No byte is a control character but line ends between values; characters that turn the direction of
 * a line are written as \u.  AKIN_ERR_NOMEM when a part is missing or there is no memory for the text. */
AKIN_API akin_status akin_json_print(const akin_json *v, akin_json_layout layout, int digits, char **text,
                                     akin_error *err);

/* The text into a file, which appears whole or not at all. Fails as print() and
 * akin_file_save() do. */
AKIN_API akin_status akin_json_save(const char *path, const akin_json *v, akin_json_layout layout, int digits,
                                    akin_error *err);
/* The same as one of the files of a result (akin/tool/program.h). */
AKIN_API akin_status akin_json_add(akin_files *files, const char *path, const akin_json *v,
                                   akin_json_layout layout, int digits, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_JSON_H */
