/* SPDX-License-Identifier: Apache-2.0 */
/* set/classes.c - data that are opened for a run get the numbers of its classes. base/classes.c says which
 * class is which. */
#include "set/classes.h"

#include "files/class_names.h"
#include "set/kinds.h"

#include <string.h>

/* The classes of a run ------------------------------------------------------------------------- */

akin_status ak_run_classes_read(const akin_json *root, const char *run, ak_run_classes *out, akin_error *err)
{
    const akin_json *list = akin_json_find(root, "data.classes");
    const char *of = akin_json_as_text(akin_json_find(root, "data.classes_of"));
    *out = (ak_run_classes){ .learned = akin_json_as_bool(akin_json_find(root, "data.labels")) };
    if (of) out->of = strcmp(of, "groups") == 0 ? AKIN_TARGET_GROUP : AKIN_TARGET_LABEL;
    bool named = true;
    for (size_t k = 0; k < akin_json_length(list) && named; k++) {
        const char *name = akin_json_as_text(akin_json_at(list, k));
        named = name != NULL;
        if (named) AK_TRY(ak_class_list_add(&out->list, name, err));
    }
    if (!named) ak_class_list_free(&out->list);
    if (!akin_json_as_text(akin_json_find(root, "data.classes_file"))) return AKIN_OK;
    char path[4096];
    AK_TRY(ak_measured_path(path, run, AK_CLASSES_FILE, err));
    return ak_class_names_load(path, &out->list, err);
}

void ak_run_classes_free(ak_run_classes *classes) { ak_class_list_free(&classes->list); }

bool ak_dataset_by_groups(const akin_dataset *s, akin_target target)
{
    akin_split_view p = AKIN_SPLIT_VIEW_INIT;
    if (s->kind->split(s->set, akin_dataset_split_name(s, 0), &p, NULL)) return false;
    if (!p.groups || p.groups == p.labels) return false;
    return target == AKIN_TARGET_GROUP || (target == AKIN_TARGET_AUTO && !p.labels);
}

/* A set in their numbers ----------------------------------------------------------------------- */

void ak_class_map_free(ak_class_map *map)
{
    if (!map) return;
    for (int k = 0; k < map->splits; k++) free(map->value[k]);
    free(map->value);
    ak_class_list_free(&map->list);
    free(map);
}

/* What the set has by itself. */
typedef struct own_classes {
    bool groups;   /* which are looked at */
    int64_t n;     /* classes; 0: there are none */
    bool nameless; /* one at least has no name */
    ak_class_list list;
} own_classes;

static akin_status find_own(const akin_dataset *s, own_classes *own, akin_error *err)
{
    for (int k = 0; k < akin_dataset_split_count(s); k++) {
        akin_split_view p = AKIN_SPLIT_VIEW_INIT;
        AK_TRY(s->kind->split(s->set, akin_dataset_split_name(s, k), &p, err));
        const int64_t n = own->groups ? (p.groups ? p.group_count : 0) : (p.labels ? p.classes : 0);
        if (n > own->n) own->n = n;
    }
    for (int64_t c = 0; c < own->n && !own->nameless; c++) {
        const char *name = own->groups ? s->kind->group_name(s->set, c) : s->kind->class_name(s->set, c);
        own->nameless = name == NULL;
        if (name) AK_TRY(ak_class_list_add(&own->list, name, err));
    }
    return AKIN_OK;
}

akin_status ak_dataset_tell_twins(akin_dataset *s, akin_error *err)
{
    own_classes own = { .groups = false };
    akin_status status = find_own(s, &own, err);
    if (!status) status = ak_classes_tell_twins(&own.list, &s->remarks, err);
    ak_class_list_free(&own.list);
    return status;
}

static akin_status name_all(const own_classes *own, const ak_run_classes *run, const int32_t *to,
                            ak_class_map *map, akin_error *err)
{
    for (int64_t k = 0; k < run->list.n; k++) AK_TRY(ak_class_list_add(&map->list, run->list.name[k], err));
    for (int64_t k = 0; k < own->n; k++) /* those beyond the run's come in order */
        if (to[k] >= map->list.n) AK_TRY(ak_class_list_add(&map->list, own->list.name[k], err));
    return AKIN_OK;
}

static akin_status renumber(const akin_dataset *s, const int32_t *to, ak_class_map *map, akin_error *err)
{
    map->splits = akin_dataset_split_count(s);
    map->value = calloc((size_t)map->splits, sizeof *map->value);
    if (!map->value) return ak_no_memory(err, "for the classes of a data set");
    for (int k = 0; k < map->splits; k++) {
        akin_split_view p = AKIN_SPLIT_VIEW_INIT;
        AK_TRY(s->kind->split(s->set, akin_dataset_split_name(s, k), &p, err));
        const int32_t *from = map->groups ? p.groups : p.labels;
        if (!from) continue;
        map->value[k] = ak_alloc(sizeof **map->value, p.n ? p.n : 1, 1);
        if (!map->value[k]) return ak_no_memory(err, "for the classes of %lld items", (long long)p.n);
        for (int64_t i = 0; i < p.n; i++) map->value[k][i] = from[i] < 0 ? from[i] : to[from[i]];
    }
    return AKIN_OK;
}

/* Labels of arrays are bare numbers. Everywhere else a number is what somebody wrote as the name. */
static bool is_of_arrays(const akin_dataset *s)
{
    static const char *const FORMATS[] = { "npy", "idx", "cifar" };
    const char *format = s->kind->format(s->set);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (strcmp(format, FORMATS[i]) == 0) return true;
    return false;
}

static akin_status take(akin_dataset *s, const ak_run_classes *run, const own_classes *own, akin_error *err)
{
    if (ak_class_list_equal(&own->list, &run->list)) return AKIN_OK;
    ak_class_map *map = calloc(1, sizeof *map);
    int32_t *to = ak_alloc(sizeof *to, own->n, 1);
    akin_status status = map && to ? AKIN_OK : ak_no_memory(err, "for the classes of a data set");
    if (!status) {
        map->groups = own->groups;
        status = ak_classes_join(&run->list, &own->list, is_of_arrays(s), "the run", &s->remarks, to, err);
    }
    if (!status) status = name_all(own, run, to, map, err);
    if (!status) status = renumber(s, to, map, err);
    free(to);
    if (status)
        ak_class_map_free(map);
    else
        s->classes = map;
    return status;
}

akin_status ak_dataset_take_classes(akin_dataset *s, const ak_run_classes *run, akin_target target,
                                    akin_error *err)
{
    if (!run->learned) return AKIN_OK; /* any order is as good */
    own_classes own = { .n = 0 };
    const bool by_groups = ak_dataset_by_groups(s, target);
    own.groups = run->of == AKIN_TARGET_AUTO ? by_groups : run->of == AKIN_TARGET_GROUP;
    akin_status status = find_own(s, &own, err);
    if (!status && own.n && (own.nameless || !run->list.n))
        ak_remark(&s->remarks, "Classes are compared with the run's by their numbers: %s no names of them.",
                  own.nameless ? "the data have" : "the run keeps");
    else if (!status && own.n)
        status = take(s, run, &own, err);
    if (!status) status = ak_remarks_check(&s->remarks, err);
    ak_class_list_free(&own.list);
    return status;
}

/* For everybody -------------------------------------------------------------------------------- */

akin_status ak_dataset_part(const akin_dataset *s, const char *split, akin_split_view *out, akin_error *err)
{
    AK_TRY(s->kind->split(s->set, split, out, err));
    const ak_class_map *map = s->classes;
    const int k = map ? ak_split_number(s->kind, s->set, split) : -1;
    if (k < 0 || !map->value[k]) return AKIN_OK;
    if (map->groups || out->groups == out->labels) {
        out->groups = map->value[k];
        out->group_count = map->list.n;
    }
    if (!map->groups) {
        out->labels = map->value[k];
        out->classes = map->list.n;
    }
    return AKIN_OK;
}

/* The name by the numbers of the map, where these names are in it. */
static bool in_map(const akin_dataset *s, bool groups, int64_t k, const char **name)
{
    const ak_class_map *map = s->classes;
    if (!map || map->groups != groups) return false;
    *name = k >= 0 && k < map->list.n ? map->list.name[k] : NULL;
    return true;
}

const char *ak_dataset_label_name(const akin_dataset *s, int64_t k)
{
    const char *name;
    return in_map(s, false, k, &name) ? name : s->kind->class_name(s->set, k);
}

const char *ak_dataset_group_name(const akin_dataset *s, int64_t g)
{
    const char *name;
    return in_map(s, true, g, &name) ? name : s->kind->group_name(s->set, g);
}
