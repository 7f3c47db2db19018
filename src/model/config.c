/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.c - what a run was told, as text: one value for each option that was set. */
#include "model/config.h"

#include "base/base.h"
#include "model/train_options.h"

#include <string.h>

struct akin_train_config {
    const ak_kind *kind;              /* of the data; NULL = not known yet */
    char *text[AK_MAX_TRAIN_OPTIONS]; /* as set; NULL = not set */
};

akin_status akin_train_config_create(akin_train_config **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "config: out must not be NULL");
    akin_train_config *c = calloc(1, sizeof *c);
    if (!c) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a configuration");
    *out = c;
    return AKIN_OK;
}

void akin_train_config_free(akin_train_config *c)
{
    if (!c) return;
    for (int i = 0; i < AK_MAX_TRAIN_OPTIONS; i++) free(c->text[i]);
    free(c);
}

akin_status akin_train_config_set(akin_train_config *c, const char *name, const char *text, akin_error *err)
{
    if (!c || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "config: c, name and text must not be NULL");
    const int i = ak_train_option_find(name);
    if (i < 0) {
        const char *near = ak_train_option_nearest(name);
        return ak_fail(err, AKIN_ERR_ARGUMENT, "unknown option '%s'%s%s%s", name,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    AK_TRY(akin_opt_check(akin_train_option_at(i), text, NULL, err));
    const bool flag = akin_train_option_at(i)->type == AKIN_OPT_FLAG;
    const bool off =
        flag && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0); /* NAME=0: as not given */
    if (flag && !off && *text && strcmp(text, "1") != 0 && strcmp(text, "true") != 0)
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%s'; it is a flag, so the value is true or false", name,
                       text);
    char *copy = off ? NULL : strdup(text);
    if (!copy && !off) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the option '%s'", name);
    free(c->text[i]);
    c->text[i] = copy;
    return AKIN_OK;
}

bool akin_train_config_is_set(const akin_train_config *c, const char *name)
{
    const int i = ak_train_option_find(name);
    return i >= 0 && c->text[i];
}

const ak_kind *ak_train_config_kind(const akin_train_config *c)
{
    return c->kind ? c->kind : ak_kind_of(AKIN_DATA_UNKNOWN);
}

void ak_train_config_set_kind(akin_train_config *c, const ak_kind *kind) { c->kind = kind; }

const char *ak_config_text(const akin_train_config *c, const char *name)
{
    const int i = ak_train_option_find(name);
    if (i < 0) return NULL;
    if (c->text[i]) return c->text[i];
    if (strcmp(name, "encoder") == 0 && c->kind && c->kind->series_encoder &&
        !ak_config_chose(c, "series", "0"))
        return c->kind->series_encoder;
    if (strcmp(name, "encoder") == 0 && c->kind && c->kind->encoder) return c->kind->encoder;
    return akin_train_option_at(i)->fallback;
}

bool ak_config_chose(const akin_train_config *c, const char *name, const char *value)
{
    const char *text = ak_config_text(c, name);
    return text && strcmp(text, value) == 0;
}
