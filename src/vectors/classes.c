/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/classes.c - labels become classes. Labels are numbered as they came; classes are in order: by
 * value when every label is a number (then 1, +1 and 1.0 are one class), else by bytes. */
#include "vectors/cell.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct name {
    const char *text;
    double value;
    int32_t id;
    bool numeric; /* of the whole set */
} name;

static int by_order(const void *a, const void *b)
{
    const name *x = a, *y = b;
    if (!x->numeric) return strcmp(x->text, y->text);
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static char *class_name(const name *n)
{
    char text[32];
    if (!n->numeric || n->value != floor(n->value) || fabs(n->value) > 0x1p53) return strdup(n->text);
    snprintf(text, sizeof text, "%lld", (long long)n->value);
    return strdup(text);
}

static bool set_classes(akin_vector_set *set, const name *list, int64_t count, int32_t *class_of)
{
    set->class_names = ak_alloc(sizeof *set->class_names, count, 1);
    if (!set->class_names) return false;
    for (int64_t i = 0; i < count; i++) {
        const bool same = i > 0 && list[i].numeric && list[i].value == list[i - 1].value;
        if (!same) {
            char *text = class_name(&list[i]);
            if (!text) return false;
            set->class_names[set->classes++] = text;
        }
        class_of[list[i].id] = (int32_t)set->classes - 1;
    }
    return true;
}

akin_status ak_vectors_set_classes(akin_vector_set *set, akin_error *err)
{
    const int64_t count = set->label_names.n;
    if (count == 0) return AKIN_OK;
    name *list = ak_alloc(sizeof *list, count, 1);
    int32_t *class_of = ak_alloc(sizeof *class_of, count, 1);
    bool numeric = true, fine = list && class_of;
    for (int64_t i = 0; i < count && fine; i++) {
        const char *text = ak_names_text(&set->label_names, i);
        list[i] = (name){ .text = text, .id = (int32_t)i };
        numeric = ak_cell_parse(text, strlen(text), &list[i].value) == AK_CELL_NUMBER && numeric;
    }
    for (int64_t i = 0; i < count && fine; i++) list[i].numeric = numeric;
    if (fine) {
        qsort(list, (size_t)count, sizeof *list, by_order);
        fine = set_classes(set, list, count, class_of);
    }
    for (int k = 0; k < set->splits && fine; k++) {
        ak_vector_split *s = &set->split[k];
        for (int64_t i = 0; s->labels && i < s->n; i++) s->labels[i] = class_of[s->labels[i]];
    }
    free(list);
    free(class_of);
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)count);
}
