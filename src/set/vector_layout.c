/* SPDX-License-Identifier: Apache-2.0 */
/* set/vector_layout.c - the columns of the table that a run was trained on. */
#include "set/vector_layout.h"

#include <string.h>

static const char *const ROLES[] = {
    [AKIN_ROLE_FEATURE] = "feature", [AKIN_ROLE_LABEL] = "label",       [AKIN_ROLE_GROUP] = "group",
    [AKIN_ROLE_TIME] = "time",       [AKIN_ROLE_LEFT_OUT] = "left out", [AKIN_ROLE_VALUE] = "value"
};
enum { ROLE_COUNT = sizeof ROLES / sizeof *ROLES };

void ak_layout_free(ak_layout *l)
{
    for (int64_t c = 0; l->name && c < l->view.columns; c++) free(l->name[c]);
    free(l->name);
    free(l->role);
    *l = (ak_layout){ .name = NULL };
}

static akin_status create(int64_t columns, bool header, ak_layout *l, akin_error *err)
{
    l->name = ak_alloc(sizeof *l->name, columns, 1);
    l->role = ak_alloc(sizeof *l->role, columns, 1);
    l->view = (akin_vector_layout){
        .struct_size = sizeof l->view, .header = header, .columns = columns, .role = l->role
    };
    l->view.name = (const char *const *)l->name;
    if (l->name && l->role) return AKIN_OK;
    ak_layout_free(l);
    return ak_no_memory(err, "for the names of %lld columns", (long long)columns);
}

akin_status ak_layout_copy(const akin_vector_layout *from, ak_layout *to, akin_error *err)
{
    *to = (ak_layout){ .name = NULL };
    if (from->columns == 0) return AKIN_OK;
    AK_TRY(create(from->columns, from->header, to, err));
    bool fine = true;
    for (int64_t c = 0; c < from->columns && fine; c++) {
        to->role[c] = from->role[c];
        to->name[c] = strdup(from->name[c]);
        fine = to->name[c] != NULL;
    }
    if (fine) return AKIN_OK;
    ak_layout_free(to);
    return ak_no_memory(err, "for the names of %lld columns", (long long)from->columns);
}

void ak_layout_describe(const ak_layout *l, akin_json *data)
{
    if (l->view.columns == 0) {
        akin_json_put(data, "columns", akin_json_null());
        akin_json_put(data, "table", akin_json_null());
        return;
    }
    akin_json *features = akin_json_array(), *names = akin_json_array(), *roles = akin_json_array();
    for (int64_t c = 0; c < l->view.columns; c++) {
        akin_json_append(names, akin_json_text(l->name[c]));
        akin_json_append(roles, akin_json_text(ROLES[l->role[c]]));
        if (l->view.header && l->role[c] == AKIN_ROLE_FEATURE)
            akin_json_append(features, akin_json_text(l->name[c]));
    }
    if (!l->view.header) {
        akin_json_free(features);
        features = akin_json_null();
    }
    akin_json_put(data, "columns", features);
    akin_json_put(
        data, "table",
        akin_json_pack("{s:b,s:o,s:o}", "header", (int)l->view.header, "columns", names, "roles", roles));
}

static int32_t role_of(const char *text)
{
    for (int32_t r = 0; r < ROLE_COUNT && text; r++)
        if (strcmp(ROLES[r], text) == 0) return r;
    return -1;
}

akin_status ak_layout_recall(const akin_json *root, ak_layout *to, akin_error *err)
{
    *to = (ak_layout){ .name = NULL };
    akin_json *names = NULL, *roles = NULL;
    bool header = false;
    if (!akin_json_is_object(akin_json_find(root, "data.table"))) return AKIN_OK;
    AK_TRY(akin_json_read_bool(root, "data.table.header", &header, err));
    AK_TRY(akin_json_read_value(root, "data.table.columns", AKIN_JSON_ARRAY, &names, err));
    AK_TRY(akin_json_read_value(root, "data.table.roles", AKIN_JSON_ARRAY, &roles, err));
    const int64_t n = (int64_t)akin_json_length(names);
    if (n == 0 || akin_json_length(roles) != (size_t)n)
        return ak_fail(err, AKIN_ERR_FORMAT, "'data.table' has %lld columns and %lld roles", (long long)n,
                       (long long)akin_json_length(roles));
    AK_TRY(create(n, header, to, err));
    for (int64_t c = 0; c < n; c++) {
        const char *name = akin_json_as_text(akin_json_at(names, (size_t)c));
        to->role[c] = role_of(akin_json_as_text(akin_json_at(roles, (size_t)c)));
        to->name[c] = name ? strdup(name) : NULL;
        if (to->name[c] && to->role[c] >= 0) continue;
        const bool lost = name && !to->name[c];
        ak_layout_free(to);
        return lost
                   ? ak_no_memory(err, "for the names of %lld columns", (long long)n)
                   : ak_fail(err, AKIN_ERR_FORMAT,
                             "'data.table': column %lld has no name or no role known here", (long long)c + 1);
    }
    return AKIN_OK;
}
