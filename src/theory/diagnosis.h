/* SPDX-License-Identifier: Apache-2.0 */
/* theory/diagnosis.h - what the parts of akin_diagnose() share. */
#ifndef AK_THEORY_DIAGNOSIS_H
#define AK_THEORY_DIAGNOSIS_H

#include "akin/tool/diagnose.h"

#include "theory/pairs.h"

enum { AK_DIAGNOSIS_VALUES = 96, AK_DIAGNOSIS_TEXT = 240 };

struct akin_diagnosis {
    akin_diagnosis_value value[AK_DIAGNOSIS_VALUES];
    char text[AK_DIAGNOSIS_VALUES][AK_DIAGNOSIS_TEXT]; /* of means */
    int count;
    double *spectrum; /* [d] */
    int64_t d;
    akin_diagnosis_pair *hardest, *worst;
    int64_t hardest_count, worst_count;
    double *measured, *optimal; /* [classes,classes] */
    int64_t classes;
    int64_t zeros, first_zero; /* items left out, and the row of the first */
};

/* One diagnosis under way. */
typedef struct ak_diagnose_job {
    const akin_diagnose_input *in;
    akin_diagnosis *out;
    akin_mat unit;     /* [n,d] features at unit length */
    double *mean;      /* [d] */
    double *moment;    /* [d,d] covariance of unit rows, 1/n */
    int32_t *class_of; /* [n], or NULL without labels */
    int64_t classes;
    double *prior;                /* [classes] */
    double *proto;                /* [classes,d] class means of unit rows */
    float *directions;            /* [classes,d] the same at unit length */
    uint8_t *difficult;           /* [n] */
    double uniformity, alignment; /* NaN before they are known */
} ak_diagnose_job;

/* A value of the group "classes". */
#define AK_CLASS_VALUE(name, x, paper, mark, verdict)                                                        \
    (akin_diagnosis_value) { name, "classes", x, paper, mark, verdict, "" }

/* Add a value; what follows is its verdict and a printf format for what it means. */
void ak_diagnosis_add(akin_diagnosis *d, akin_diagnosis_value v, const char *means, ...) AK_PRINTF(3, 4);

/* "good" at or beyond `good`, "fair" at or beyond `fair`, else "poor"; good > fair: more is better. "" for
 * NaN. */
const char *ak_diagnosis_verdict(double value, double good, double fair);

/* Input without the items that have a row of zeros; the same one where there is none. zero_rows.c */
enum { AK_DIAGNOSE_VIEWS = 64, AK_DIRECTED = AK_DIAGNOSE_VIEWS + 2 };

typedef struct ak_directed {
    akin_diagnose_input in; /* to be set; then that of the others */
    akin_cmat views[AK_DIAGNOSE_VIEWS];
    float *mine[AK_DIRECTED]; /* copies */
    int32_t *labels;
    int64_t *row; /* [kept]: which row of the input */
    int64_t zeros, first;
} ak_directed;

/* AKIN_ERR_INPUT (more than half of the items), AKIN_ERR_NOMEM. On failure too ak_directed_free() frees. */
akin_status ak_directed_make(ak_directed *o, akin_error *err);
void ak_directed_tell(const ak_directed *o, akin_diagnosis *d);
void ak_directed_restore(const ak_directed *o, akin_diagnosis_pair *pair, int64_t n); /* rows of the input */
void ak_directed_free(ak_directed *o);

akin_status ak_diagnose_spectrum(ak_diagnose_job *job, akin_error *err); /* spectrum.c */
akin_status ak_diagnose_views(ak_diagnose_job *job, akin_error *err);    /* views.c */
akin_status ak_diagnose_classes(ak_diagnose_job *job, akin_error *err);  /* classes.c */
/* nearest [n]: the class whose mean is nearest.  neural_collapse.c */
akin_status ak_diagnose_collapse(ak_diagnose_job *job, const int32_t *nearest, akin_error *err);
akin_status ak_diagnose_pairs(ak_diagnose_job *job, akin_error *err); /* graph.c */
/* After all of these.  criteria.c */
akin_status ak_diagnose_criteria(ak_diagnose_job *job, akin_error *err);

#endif
