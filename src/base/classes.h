/* SPDX-License-Identifier: Apache-2.0 */
/* base/classes.h - the names of classes, and which classes of other data are which of a run: by name, never
 * by their places in two lists. */
#ifndef AK_BASE_CLASSES_H
#define AK_BASE_CLASSES_H

#include "base/base.h"
#include "base/remarks.h"

/* Class k is name[k]. All zeros is the empty list. */
typedef struct ak_class_list {
    char **name; /* [n], each owned */
    int64_t n, room;
} ak_class_list;

/* A copy of name at the end.  AKIN_ERR_NOMEM */
akin_status ak_class_list_add(ak_class_list *list, const char *name, akin_error *err);
void ak_class_list_free(ak_class_list *list); /* leaves it empty */
bool ak_class_list_equal(const ak_class_list *a, const ak_class_list *b);

/* to[j] is the number that class j of `other` has among those of `run`: the class of the same name. Names
 * that are numbers of equal value ('1', '01', '1.0') are one class where no second one is meant. Classes
 * that the run has not get numbers from run->n on, in their order. Where `other` is of an array, whose plain
 * numbers are no names, and the run has none of numbers, number k is class k. All but the same names is told
 * in remarks, also names that nearly are the same; whose ("the run") completes "the classes of %s".
 * AKIN_ERR_NOMEM */
akin_status ak_classes_join(const ak_class_list *run, const ak_class_list *other, bool of_array,
                            const char *whose, ak_remarks *remarks, int32_t *to, akin_error *err);

/* Remarks on classes of one list that a person may take for one: '1' and '01', 'Cat' and 'cat'.
 * AKIN_ERR_NOMEM */
akin_status ak_classes_tell_twins(const ak_class_list *list, ak_remarks *remarks, akin_error *err);

/* Whether two names differ, if at all, only in case, blanks, accents or Unicode form. */
bool ak_names_alike(const char *a, const char *b);

#endif
