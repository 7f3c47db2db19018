/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_json.c - a configuration from a JSON file, and as the "config" of run.json. */
#include "model/config_json.h"

#include "base/base.h"
#include "base/plain.h"
#include "model/config_rules.h"
#include "model/train_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option of the kind's own tables. */
static bool is_of_kind(const ak_kind *kind, const char *name)
{
    for (const akin_opt_desc *const *table = kind->options; *table; table++)
        for (const akin_opt_desc *o = *table; o->name; o++)
            if (strcmp(o->name, name) == 0) return true;
    return false;
}

/* A number that a preset of the kind decides, such as --augment. */
static akin_json *of_preset(const ak_data_opts *data, const akin_opt_desc *o)
{
    double value;
    char text[32];
    if (!data->kind->preset_value || !is_of_kind(data->kind, o->name) ||
        !data->kind->preset_value(data, o->name, &value))
        return NULL;
    if (o->type == AKIN_OPT_INT) return akin_json_int((int64_t)value);
    int digits = 6; /* as many as it takes to read the same float back: a resumed run reads it */
    do ak_snprintf(text, sizeof text, "%.*g", digits++, value);
    while (digits <= 9 && (float)ak_strtod(text, NULL) != (float)value);
    return akin_json_real(ak_strtod(text, NULL));
}

akin_json *ak_train_config_json(const akin_train_config *c)
{
    akin_json *all = akin_json_object();
    const ak_option_reader from = ak_train_config_reader(c);
    ak_data_opts data;
    const bool resolved = ak_data_opts_read(ak_train_config_kind(c), &from, &data, NULL) == AKIN_OK;
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++) {
        const char *text = akin_train_config_get(c, o->name);
        if (!ak_train_config_applies(c, o->name)) continue;
        akin_json *value = resolved && !akin_train_config_is_set(c, o->name) ? of_preset(&data, o) : NULL;
        if (value)
            ; /* known */
        else if (!text)
            continue;
        else if (o->type == AKIN_OPT_INT)
            value = akin_json_int((int64_t)ak_strtod(text, NULL));
        else if (o->type == AKIN_OPT_REAL)
            value = akin_json_real(ak_strtod(text, NULL));
        else if (o->type == AKIN_OPT_FLAG)
            value = akin_json_bool(true);
        else
            value = akin_json_text(text);
        if (value) akin_json_put(all, o->name, value);
    }
    return all;
}

/* A JSON value as the text of a flag; false when it is no single value. */
static bool text_of(const akin_json *value, char *text, size_t size)
{
    if (akin_json_is_int(value))
        snprintf(text, size, "%lld", (long long)akin_json_as_int(value));
    else if (akin_json_is_real(value))
        ak_snprintf(text, size, "%.17g", akin_json_as_real(value));
    else if (akin_json_is_text(value))
        snprintf(text, size, "%s", akin_json_as_text(value));
    else if (akin_json_is_bool(value))
        snprintf(text, size, "%d", akin_json_as_bool(value));
    else
        return false;
    return true;
}

akin_status akin_train_config_load(akin_train_config *c, const char *path, akin_error *err)
{
    if (!c || !path) return ak_fail(err, AKIN_ERR_ARGUMENT, "config: c and path must not be NULL");
    char *data = NULL;
    size_t bytes = 0;
    akin_json *root = NULL;
    akin_error why = { .message = "it is another value" };
    AK_TRY(akin_file_load(path, (size_t)16 << 20, &data, &bytes, err));
    akin_status status = akin_json_parse(data, bytes, path, AKIN_JSON_UNIQUE, &root, &why);
    free(data);
    if (status == AKIN_ERR_NOMEM) return ak_fail(err, status, "%s", why.message);
    if (status || !akin_json_is_object(root)) {
        akin_json_free(root);
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is no JSON object of options (%s)", path, why.message);
    }
    akin_json *all =
        akin_json_is_object(akin_json_get(root, "config")) ? akin_json_get(root, "config") : root;
    const char *name;
    akin_json *value;
    AKIN_JSON_EACH(all, name, value)
    {
        if (akin_json_is_null(value) || akin_train_config_is_set(c, name)) continue;
        char text[4096];
        const int known = ak_train_option_find(name);
        const bool flag = known < 0 || akin_train_option_at(known)->type == AKIN_OPT_FLAG;
        if (!flag && akin_json_is_bool(value))
            status =
                ak_fail(err, AKIN_ERR_ARGUMENT, "'%s': '%s' is true or false, and is no flag", path, name);
        else if (!text_of(value, text, sizeof text))
            status = ak_fail(err, AKIN_ERR_ARGUMENT,
                             "'%s': the value of '%s' must be a number, a text or true", path, name);
        else
            status = akin_train_config_set(c, name, text, err);
        if (status) break;
    }
    akin_json_free(root);
    return status;
}
