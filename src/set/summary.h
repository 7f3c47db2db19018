/* SPDX-License-Identifier: Apache-2.0 */
/* set/summary.h - a summary from the inside: what is counted of every kind, and the parts of its text and
 * JSON that the kinds share. */
#ifndef AK_SET_SUMMARY_H
#define AK_SET_SUMMARY_H

#include "akin/tool/images.h"
#include "akin/tool/summary.h"
#include "set/glance.h"
#include "set/kinds.h"

#include <stdio.h>

enum {
    AK_SUMMARY_SPLITS = 3,
    AK_SUMMARY_NAME = 256,    /* bytes of a class or set that are shown */
    AK_SUMMARY_ITEM = 1024,   /* bytes of an item's name that are shown */
    AK_SUMMARY_CLASSES = 32,  /* most classes that the text lists */
    AK_SUMMARY_EXAMPLES = 20, /* of copies in JSON, of bad items in the text */
};

struct akin_summary {
    const akin_dataset *set;
    int splits;
    const char *name[AK_SUMMARY_SPLITS];
    akin_split_view part[AK_SUMMARY_SPLITS];
    int64_t *count[AK_SUMMARY_SPLITS]; /* [classes] items of each class; NULL without labels */
    int64_t classes, total;
    int64_t bytes; /* that all items take in memory */
    /* Copies, of kinds that look for them one by one. */
    akin_duplicates *copies;
    int64_t pairs, conflicts;                             /* conflicts: pairs of different labels */
    int64_t shared[AK_SUMMARY_SPLITS][AK_SUMMARY_SPLITS]; /* [split][split of the first one] */
    const char *recipe;                                   /* that --recipe auto takes; NULL: none */
    char why[AK_GLANCE_WHY];
    void *more; /* what only the kind counts; free() frees it */
};

/* How a kind is summarised: the member `summary` of its row. */
struct ak_summary_form {
    akin_status (*count)(akin_summary *s, akin_error *err); /* bytes, copies, more */
    akin_json *(*json)(const akin_summary *s, const char *path);
    void (*print)(const akin_summary *s, FILE *to);
};
extern const ak_summary_form ak_summary_of_images, ak_summary_of_text, ak_summary_of_vectors;

/* Count the pairs of s->copies. */
void ak_summary_count_pairs(akin_summary *s);

const char *ak_summary_class(const akin_summary *s, int64_t k); /* its name; "" where it has none */

/* Parts of the JSON. */
akin_json *ak_summary_json_classes(const akin_summary *s);
akin_json *ak_summary_json_splits(const akin_summary *s);
akin_json *ak_summary_json_copies(const akin_summary *s,
                                  akin_json *(*item)(const akin_summary *s, int split, int64_t item));

akin_json *ak_summary_json_remarks(const akin_summary *s);

/* Parts of the text. A name begins a line, and print_splits() leaves its line open. */
void ak_summary_print_splits(const akin_summary *s, FILE *to);
void ak_summary_print_labels(const akin_summary *s, bool grouped, FILE *to);
void ak_summary_print_memory(const akin_summary *s, FILE *to); /* leaves its line open */
void ak_summary_print_remarks(const akin_summary *s, FILE *to);
void ak_summary_print_classes(const akin_summary *s, FILE *to);
typedef const char *ak_summary_name_fn(const akin_summary *s, int split, int64_t item,
                                       char to[AK_SUMMARY_ITEM]);
/* The copies, from the second line on. */
void ak_summary_print_copies(const akin_summary *s, ak_summary_name_fn *name, FILE *to);

#endif
