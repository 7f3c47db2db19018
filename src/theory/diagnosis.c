/* SPDX-License-Identifier: Apache-2.0 */
/* theory/diagnosis.c - the list of values that the parts of a diagnosis add to and its readers walk. */
#include "theory/diagnosis.h"

#include "base/plain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void ak_diagnosis_add(akin_diagnosis *d, akin_diagnosis_value v, const char *means, ...)
{
    if (d->count == AK_DIAGNOSIS_VALUES) return;
    va_list list;
    va_start(list, means);
    ak_vsnprintf(d->text[d->count], AK_DIAGNOSIS_TEXT, means, list);
    va_end(list);
    v.means = d->text[d->count];
    d->value[d->count++] = v;
}

const char *ak_diagnosis_verdict(double value, double good, double fair)
{
    if (isnan(value)) return "";
    return value >= good ? "good" : value >= fair ? "fair" : "poor";
}

void akin_diagnosis_free(akin_diagnosis *d)
{
    if (!d) return;
    free(d->spectrum);
    free(d->hardest);
    free(d->worst);
    free(d->measured);
    free(d->optimal);
    free(d);
}

int64_t akin_diagnosis_zero_rows(const akin_diagnosis *d, int64_t *first)
{
    if (first) *first = d && d->zeros ? d->first_zero : -1;
    return d ? d->zeros : 0;
}

const akin_diagnosis_value *akin_diagnosis_at(const akin_diagnosis *d, int i)
{
    return d && i >= 0 && i < d->count ? &d->value[i] : NULL;
}

const double *akin_diagnosis_spectrum(const akin_diagnosis *d, int64_t *count)
{
    *count = d->d;
    return d->spectrum;
}

const akin_diagnosis_pair *akin_diagnosis_hardest(const akin_diagnosis *d, int64_t *count)
{
    *count = d->hardest_count;
    return d->hardest;
}

const akin_diagnosis_pair *akin_diagnosis_worst_positives(const akin_diagnosis *d, int64_t *count)
{
    *count = d->worst_count;
    return d->worst;
}

const double *akin_diagnosis_class_cosines(const akin_diagnosis *d, int64_t *classes)
{
    *classes = d->classes;
    return d->measured;
}

const double *akin_diagnosis_optimal_cosines(const akin_diagnosis *d, int64_t *classes)
{
    *classes = d->classes;
    return d->optimal;
}
