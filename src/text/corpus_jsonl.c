/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_jsonl.c - one JSON object a line, or a string. Keys that mean nothing here are ignored. */
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include "akin/tool/json.h"

#include <stdio.h>
#include <string.h>

enum { ROW = AKIN_JSON_UNIQUE | AKIN_JSON_DATA };

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

static akin_status take_object(akin_corpus *c, int64_t line, akin_json *object, akin_error *err)
{
    char digits[2][24];
    const char *wrong = NULL, *key;
    akin_json *value;
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
    return wrong ? ak_corpus_add_bad_row(c, c->path, line, wrong, err)
                 : ak_corpus_add_row(c, c->path, line, &row, err);
}

static akin_status take_string(akin_corpus *c, int64_t line, const akin_json *value, akin_error *err)
{
    ak_text_row row;
    memset(&row, 0, sizeof row);
    ak_text_row_put(&row, ROLE_TEXT, akin_json_as_text(value), (int64_t)akin_json_text_bytes(value));
    return ak_corpus_add_row(c, c->path, line, &row, err);
}

/* Parse a value of any kind: as the only element of an array, which is what a parser of documents takes. */
static akin_status parse(const char *text, int64_t bytes, akin_json **array, akin_error *why)
{
    char *copy = malloc((size_t)bytes + 2);
    if (!copy) return AKIN_ERR_NOMEM;
    copy[0] = '[';
    memcpy(copy + 1, text, (size_t)bytes);
    copy[bytes + 1] = ']';
    const akin_status status = akin_json_parse(copy, (size_t)bytes + 2, NULL, ROW, array, why);
    free(copy);
    return status;
}

akin_status ak_corpus_add_json(akin_corpus *c, int64_t line, const char *text, int64_t bytes, akin_error *err)
{
    char reason[256];
    akin_json *root = NULL;
    akin_error why;
    const bool scalar = strchr("\"-0123456789tfn", text[0]) != NULL;
    akin_status status = scalar ? parse(text, bytes, &root, &why)
                                : akin_json_parse(text, (size_t)bytes, NULL, ROW, &root, &why);
    if (status == AKIN_ERR_NOMEM)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for line %lld of '%s'", (long long)line, c->path);
    if (akin_json_is_object(root)) {
        status = take_object(c, line, root, err);
    } else if (text[0] == '"' && root && akin_json_length(root) == 1) {
        status = take_string(c, line, akin_json_at(root, 0), err);
    } else {
        snprintf(reason, sizeof reason, "%s%.200s",
                 root ? "neither an object nor a string" : "not JSON: ", root ? "" : why.message);
        status = ak_corpus_add_bad_row(c, c->path, line, reason, err);
    }
    akin_json_free(root);
    return status;
}

/* A file for people to read: one object over many lines, of which the first ends in {, [ or a comma. */
static akin_status check_first(const akin_corpus *c, const char *text, int64_t bytes, akin_error *err)
{
    akin_json *value = NULL;
    const akin_status status = akin_json_parse(text, (size_t)bytes, NULL, AKIN_JSON_DATA, &value, NULL);
    akin_json_free(value);
    while (bytes > 0 && memchr(" \t\r", text[bytes - 1], 3)) bytes--;
    if (!status || text[0] != '{' || !strchr("{[,", text[bytes - 1])) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_FORMAT,
        "'%s' is one JSON object over several lines; an array of objects or of strings is read, or one "
        "object a line",
        c->path);
}

static akin_status read_lines(akin_corpus *c, akin_lines *l, akin_error *err)
{
    const char *text;
    int64_t bytes;
    for (bool got = true, first = true;;) {
        AK_TRY(akin_lines_next(l, &text, &bytes, &got, err));
        if (!got) return AKIN_OK;
        c->counts.lines++;
        c->counts.empty += bytes == 0;
        if (bytes > 0 && first) AK_TRY(check_first(c, text, bytes, err));
        if (bytes > 0) AK_TRY(ak_corpus_add_json(c, akin_lines_number(l), text, bytes, err));
        first = first && bytes == 0;
        AK_TRY(ak_corpus_check_size(c, l, err));
    }
}

akin_status ak_corpus_read_jsonl(akin_corpus *c, akin_error *err)
{
    akin_lines *l = NULL;
    const char *text;
    int64_t bytes, at = 0;
    AK_TRY(akin_lines_open(c->path, &l, err));
    akin_status status = ak_lines_look(l, 64, &text, &bytes, err);
    while (!status && at < bytes && memchr(" \t\r\n", text[at], 4)) at++;
    if (!status)
        status = at < bytes && text[at] == '[' ? ak_corpus_read_json_array(c, l, err) : read_lines(c, l, err);
    ak_lines_remark(l, &c->remarks);
    akin_lines_close(l);
    return status;
}
