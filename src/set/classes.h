/* SPDX-License-Identifier: Apache-2.0 */
/* set/classes.h - the classes of a run, and other data in the numbers of these classes.
 *
 * A reader numbers the classes of the data that it reads. When data are opened for a run, the classes get
 * the run's numbers, by their names, for every kind of data alike: what kind->split() gives is numbered
 * anew once, and from then on nobody sees the reader's own numbers. */
#ifndef AK_SET_CLASSES_H
#define AK_SET_CLASSES_H

#include "akin/data.h"
#include "akin/tool/json.h"
#include "base/classes.h"

typedef struct ak_run_classes {
    ak_class_list list;
    bool learned;   /* the run's data had classes; an empty list: it does not tell their names */
    akin_target of; /* labels or groups; AUTO: it does not tell */
} ak_run_classes;

/* Beside run.json, of a run with very many. */
#define AK_CLASSES_FILE "classes.txt"

/* From run.json, which is root, in the folder run.  AKIN_ERR_NOMEM, and what reading that file says */
akin_status ak_run_classes_read(const akin_json *root, const char *run, ak_run_classes *out, akin_error *err);
void ak_run_classes_free(ak_run_classes *classes);

/* Classes of an open set that were numbered anew. */
typedef struct ak_class_map {
    bool groups; /* those of groups; else of labels */
    ak_class_list list;
    int splits;
    int32_t **value; /* [splits][items], or NULL */
} ak_class_map;

void ak_class_map_free(ak_class_map *map); /* takes NULL */

/* Give the classes of s the numbers of the run's, and say in remarks what is not simply the same. target:
 * what the caller tells items apart by. AKIN_ERR_NOMEM, and what kind->split() says. */
akin_status ak_dataset_take_classes(akin_dataset *s, const ak_run_classes *run, akin_target target,
                                    akin_error *err);

/* Say in remarks which labels of s have names that look like one.  AKIN_ERR_NOMEM, and as above */
akin_status ak_dataset_tell_twins(akin_dataset *s, akin_error *err);

/* As kind->split() of an open set, with the numbers of classes that are in force. */
akin_status ak_dataset_part(const akin_dataset *s, const char *split, akin_split_view *out, akin_error *err);
/* What target chooses are groups; else labels, as where the groups are the labels. */
bool ak_dataset_by_groups(const akin_dataset *s, akin_target target);
/* Name of a class, or of a group, by these numbers; NULL when there is none. */
const char *ak_dataset_label_name(const akin_dataset *s, int64_t k);
const char *ak_dataset_group_name(const akin_dataset *s, int64_t g);

#endif
