/* SPDX-License-Identifier: Apache-2.0 */
/* text/text_row.c - what the columns of a table of texts mean, by their names or by the option `columns`. */
#include "text/text_row.h"

#include "base/plain.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    ak_role role;
} ROLES[] = { { "text", ROLE_TEXT },          { "sentence", ROLE_TEXT },      { "anchor", ROLE_ANCHOR },
              { "positive", ROLE_POSITIVE },  { "positives", ROLE_POSITIVE }, { "negative", ROLE_NEGATIVE },
              { "negatives", ROLE_NEGATIVE }, { "label", ROLE_LABEL },        { "group", ROLE_GROUP } };

ak_role ak_role_by_name(const char *name, int64_t bytes)
{
    for (size_t i = 0; i < sizeof ROLES / sizeof *ROLES; i++) {
        const int64_t n = (int64_t)strlen(ROLES[i].name);
        int64_t same = 0;
        while (same < n && same < bytes && ak_tolower(name[same]) == ROLES[i].name[same]) same++;
        if (same == n && same == bytes) return ROLES[i].role;
    }
    return ROLE_NONE;
}

/* The next "role=column" of a list; false at its end. */
static bool next_pair(const char **at, ak_text_field *role, ak_text_field *column)
{
    if (!*at || !**at) return false;
    const char *comma = strchr(*at, ','), *end = comma ? comma : *at + strlen(*at);
    const char *equal = memchr(*at, '=', (size_t)(end - *at));
    *role = (ak_text_field){ *at, (equal ? equal : end) - *at };
    *column = equal ? (ak_text_field){ equal + 1, end - equal - 1 } : (ak_text_field){ end, 0 };
    *at = comma ? comma + 1 : end;
    return true;
}

akin_status ak_columns_check(const char *columns, akin_error *err)
{
    ak_text_field role, column;
    for (const char *at = columns; next_pair(&at, &role, &column);)
        if (ak_role_by_name(role.text, role.bytes) == ROLE_NONE || column.bytes == 0)
            return ak_fail(
                err, AKIN_ERR_RANGE,
                "columns are '%s'; they must be like 'anchor=1,positive=2,label=kind', of text, anchor, "
                "positive, negative, label, group",
                columns);
    return AKIN_OK;
}

ak_role ak_role_by_columns(const char *columns, const char *name, int64_t bytes, int64_t number)
{
    ak_text_field role, column;
    char digits[24];
    const int64_t n = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (const char *at = columns; next_pair(&at, &role, &column);)
        if ((column.bytes == bytes && memcmp(column.text, name, (size_t)bytes) == 0) ||
            (number > 0 && column.bytes == n && memcmp(column.text, digits, (size_t)n) == 0))
            return ak_role_by_name(role.text, role.bytes);
    return ROLE_NONE;
}

void ak_text_row_put(ak_text_row *row, ak_role role, const char *text, int64_t bytes)
{
    const ak_text_field f = { text, bytes };
    switch (role) {
    case ROLE_TEXT: row->text = f; break;
    case ROLE_ANCHOR: row->anchor = f; break;
    case ROLE_LABEL: row->label = f; break;
    case ROLE_GROUP: row->group = f; break;
    case ROLE_POSITIVE:
        row->overflow |= row->positives == AK_ROW_PARTS;
        if (row->positives < AK_ROW_PARTS) row->positive[row->positives++] = f;
        break;
    case ROLE_NEGATIVE:
        row->overflow |= row->negatives == AK_ROW_PARTS;
        if (row->negatives < AK_ROW_PARTS) row->negative[row->negatives++] = f;
        break;
    case ROLE_NONE: break;
    }
}

int ak_columns_count(const char *columns)
{
    int count = 0;
    ak_text_field role, column;
    for (const char *at = columns; next_pair(&at, &role, &column);) count++;
    return count;
}
