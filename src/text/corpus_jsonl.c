/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_jsonl.c - one JSON object a line, by Jansson. Keys that mean nothing here are passed over. */
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A string, or a whole number as its digits in digits. false: it is neither. */
static bool field_of(const json_t *value, char digits[24], ak_text_field *f)
{
    if (json_is_string(value)) {
        *f = (ak_text_field){ json_string_value(value), (int64_t)json_string_length(value) };
        return true;
    }
    if (!json_is_integer(value)) return false;
    f->text = digits;
    f->bytes = snprintf(digits, 24, "%lld", (long long)json_integer_value(value));
    return true;
}

/* One key of the object; NULL, or what is wrong. */
static const char *put(ak_text_row *row, ak_role role, const json_t *value, char digits[24])
{
    ak_text_field f;
    const bool name = role == ROLE_LABEL || role == ROLE_GROUP;
    const bool many = role == ROLE_POSITIVE || role == ROLE_NEGATIVE;
    if (json_is_null(value)) return NULL;
    if (many && json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *one = json_array_get(value, i);
            if (!json_is_string(one))
                return "a list of positives or negatives that holds something else than text";
            ak_text_row_put(row, role, json_string_value(one), (int64_t)json_string_length(one));
        }
        return NULL;
    }
    if (!(name ? field_of(value, digits, &f) : json_is_string(value)))
        return name ? "a label or group that is neither text nor a whole number"
                    : "a text, anchor, positive or negative that is not text";
    if (!name) f = (ak_text_field){ json_string_value(value), (int64_t)json_string_length(value) };
    ak_text_row_put(row, role, f.text, f.bytes);
    return NULL;
}

static akin_status take_line(akin_corpus *c, const akin_lines *l, const char *text, int64_t bytes,
                             akin_error *err)
{
    char reason[256], digits[2][24];
    const char *wrong = NULL, *key;
    const json_t *value;
    json_error_t where;
    json_t *object = json_loadb(text, (size_t)bytes, JSON_REJECT_DUPLICATES, &where);
    const int64_t line = akin_lines_number(l);
    if (!json_is_object(object)) {
        snprintf(reason, sizeof reason, "%s%s at byte %d",
                 object ? "not an object" : "not JSON: ", object ? "" : where.text,
                 object ? 1 : where.position);
        json_decref(object);
        return ak_corpus_add_bad(c, c->path, line, reason, err);
    }
    ak_text_row row;
    memset(&row, 0, sizeof row);
    for (void *at = json_object_iter(object); at && !wrong; at = json_object_iter_next(object, at)) {
        key = json_object_iter_key(at);
        value = json_object_iter_value(at);
        const int64_t n = (int64_t)strlen(key);
        const ak_role role =
            c->opts.columns ? ak_role_by_columns(c->opts.columns, key, n, 0) : ak_role_by_name(key, n);
        if (role != ROLE_NONE) wrong = put(&row, role, value, digits[role == ROLE_LABEL]);
    }
    const akin_status status = wrong ? ak_corpus_add_bad(c, c->path, line, wrong, err)
                                     : ak_corpus_add_row(c, c->path, line, &row, err);
    json_decref(object);
    return status;
}

akin_status ak_corpus_read_jsonl(akin_corpus *c, akin_error *err)
{
    akin_lines *l = NULL;
    AK_TRY(akin_lines_open(c->path, &l, err));
    akin_status status = AKIN_OK;
    const char *text;
    int64_t bytes;
    bool got = true;
    while (!status) {
        status = akin_lines_next(l, &text, &bytes, &got, err);
        if (status || !got) break;
        c->counts.lines++;
        c->counts.empty += bytes == 0;
        if (bytes > 0) status = take_line(c, l, text, bytes, err);
        if (!status) status = ak_corpus_check_size(c, l, err);
    }
    akin_lines_close(l);
    return status;
}
