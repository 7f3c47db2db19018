/* SPDX-License-Identifier: Apache-2.0 */
/* set/kinds.c - the list of the kinds of data. */
#include "set/kinds.h"

#include "akin/tool/dataset.h"

#include <string.h>

/* The options of training are listed in this order. */
static const ak_kind *const kinds[] = { &ak_kind_images, &ak_kind_text, &ak_kind_vectors, NULL };

const ak_kind *ak_kind_at(int i)
{
    return i >= 0 && i < (int)(sizeof kinds / sizeof *kinds) ? kinds[i] : NULL;
}

const ak_kind *ak_kind_of(akin_data_kind id)
{
    for (int i = 0; kinds[i]; i++)
        if (kinds[i]->id == id) return kinds[i];
    return &ak_kind_images;
}

const ak_kind *ak_kind_named(const char *name)
{
    for (int i = 0; name && kinds[i]; i++)
        if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
    return NULL;
}

const char *akin_data_kind_name(akin_data_kind kind)
{
    const ak_kind *row = ak_kind_of(kind);
    return row->id == kind ? row->name : "unknown";
}

static bool in_list(const char *const *list, const char *name)
{
    while (*list && strcmp(*list, name) != 0) list++;
    return *list != NULL;
}

const ak_kind *ak_kind_of_format(const char *format)
{
    for (int i = 0; format && kinds[i]; i++)
        if (in_list(kinds[i]->formats, format)) return kinds[i];
    return NULL;
}

akin_data_kind akin_data_kind_of_format(const char *format)
{
    const ak_kind *row = ak_kind_of_format(format);
    return row ? row->id : AKIN_DATA_UNKNOWN;
}

const ak_kind *ak_kind_sharing_format(const char *format)
{
    for (int i = 0; format && kinds[i]; i++)
        if (in_list(kinds[i]->shared_formats, format)) return kinds[i];
    return NULL;
}

bool akin_data_kind_reads_option(akin_data_kind kind, const char *name)
{
    const ak_kind *row = ak_kind_of(kind);
    if (strcmp(name, "format") == 0 || strcmp(name, "keep") == 0) return true;
    if (strcmp(name, "on-bad") == 0 || strcmp(name, "max-bad") == 0) return row->bad_count != NULL;
    return ak_kind_lists_option(row, name);
}

bool ak_kind_lists_option(const ak_kind *kind, const char *name)
{
    for (const akin_opt_desc *const *table = kind->options; *table; table++)
        for (const akin_opt_desc *o = *table; o->name; o++)
            if (strcmp(o->name, name) == 0) return true;
    return in_list(kind->also, name);
}

bool ak_kind_has_option(const ak_kind *kind, const char *name)
{
    if (ak_kind_lists_option(kind, name)) return true;
    for (int i = 0; kinds[i]; i++)
        if (ak_kind_lists_option(kinds[i], name)) return false;
    return true;
}
