/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_jsonl.c - one JSON object a line. Keys that mean nothing here are ignored. */
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include "akin/tool/json.h"

#include <stdio.h>
#include <string.h>

/* A string, or a whole number, which is printed into digits. false: it is neither. */
static bool field_of(const akin_json *value, char digits[24], ak_text_field *f)
{
    if (akin_json_is_text(value)) {
        *f = (ak_text_field){ akin_json_as_text(value), (int64_t)akin_json_text_bytes(value) };
        return true;
    }
    if (!akin_json_is_int(value)) return false;
    f->text = digits;
    f->bytes = snprintf(digits, 24, "%lld", (long long)akin_json_as_int(value));
    return true;
}

/* Put the value of one key into the row. NULL, or what is wrong with it. */
static const char *put(ak_text_row *row, ak_role role, const akin_json *value, char digits[24])
{
    ak_text_field f;
    const bool name = role == ROLE_LABEL || role == ROLE_GROUP;
    const bool many = role == ROLE_POSITIVE || role == ROLE_NEGATIVE;
    if (akin_json_is_null(value)) return NULL;
    if (many && akin_json_is_array(value)) {
        for (size_t i = 0; i < akin_json_length(value); i++) {
            const akin_json *one = akin_json_at(value, i);
            if (!akin_json_is_text(one))
                return "a list of positives or negatives that holds something else than text";
            ak_text_row_put(row, role, akin_json_as_text(one), (int64_t)akin_json_text_bytes(one));
        }
        return NULL;
    }
    if (!(name ? field_of(value, digits, &f) : akin_json_is_text(value)))
        return name ? "a label or group that is neither text nor a whole number"
                    : "a text, anchor, positive or negative that is not text";
    if (!name) f = (ak_text_field){ akin_json_as_text(value), (int64_t)akin_json_text_bytes(value) };
    ak_text_row_put(row, role, f.text, f.bytes);
    return NULL;
}

static akin_status take_line(akin_corpus *c, const akin_lines *l, const char *text, int64_t bytes,
                             akin_error *err)
{
    char reason[256], digits[2][24];
    const char *wrong = NULL, *key;
    akin_json *object = NULL, *value;
    akin_error why;
    const int64_t line = akin_lines_number(l);
    const akin_status parsed = akin_json_parse(text, (size_t)bytes, NULL, AKIN_JSON_UNIQUE, &object, &why);
    if (parsed == AKIN_ERR_NOMEM)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for line %lld of '%s'", (long long)line, c->path);
    if (!akin_json_is_object(object)) {
        snprintf(reason, sizeof reason, "%s%.200s",
                 object ? "not an object" : "not JSON: ", object ? "" : why.message);
        akin_json_free(object);
        return ak_corpus_add_bad_row(c, c->path, line, reason, err);
    }
    ak_text_row row;
    memset(&row, 0, sizeof row);
    AKIN_JSON_EACH(object, key, value)
    {
        if (wrong) break;
        const int64_t n = (int64_t)strlen(key);
        const ak_role role =
            c->opts.columns ? ak_role_by_columns(c->opts.columns, key, n, 0) : ak_role_by_name(key, n);
        if (role != ROLE_NONE) wrong = put(&row, role, value, digits[role == ROLE_LABEL]);
    }
    const akin_status status = wrong ? ak_corpus_add_bad_row(c, c->path, line, wrong, err)
                                     : ak_corpus_add_row(c, c->path, line, &row, err);
    akin_json_free(object);
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
    ak_lines_remark(l, &c->remarks);
    akin_lines_close(l);
    return status;
}
