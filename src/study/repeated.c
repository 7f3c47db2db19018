/* SPDX-License-Identifier: Apache-2.0 */
/* study/repeated.c - repeated measurements: Student's interval of a mean, verdicts from paired differences.
 *
 * Precision. Two passes in double, the mean first, so that values close together lose nothing to
 * cancellation. A sample whose values are all equal has an interval of no length, and the verdict is that of
 * the value. */
#include "akin/tool/study.h"
#include "base/base.h"
#include "eval/eval.h"
#include "study/study.h"

#include <inttypes.h>
#include <math.h>

static akin_status check(const double *x, int64_t n, int64_t least, const char *who, akin_error *err)
{
    if (n < least)
        return ak_fail(err, AKIN_ERR_RANGE, "%s: %" PRId64 " values; expected at least %" PRId64, who, n,
                       least);
    if (n > 0 && !x) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: the values must not be NULL", who);
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return ak_fail(err, AKIN_ERR_INPUT, "%s: value %" PRId64 " is not finite", who, i);
    return AKIN_OK;
}

/* The interval of the mean of x - y; y may be NULL. */
static akin_mean95 interval(const double *x, const double *y, int64_t n)
{
    akin_mean95 m = AKIN_MEAN95_INIT;
    m.n = n;
    m.mean = m.low = m.high = NAN;
    if (n < 1) return m;
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] - (y ? y[i] : 0);
    m.mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) {
        const double e = x[i] - (y ? y[i] : 0) - m.mean;
        square += e * e;
    }
    if (n < 2) return m;
    const double half = ak_student95(n - 1) * sqrt(square / (double)(n - 1) / (double)n);
    m.low = m.mean - half;
    m.high = m.mean + half;
    return m;
}

akin_status akin_mean95_of(const double *x, int64_t n, akin_mean95 *out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "mean95: out must not be NULL");
    AK_TRY(check(x, n, 1, "mean95", err));
    const akin_mean95 m = interval(x, NULL, n);
    return ak_result_export(out, &m, "mean95", err);
}

const char *akin_verdict_name(akin_verdict v)
{
    switch (v) {
    case AKIN_VERDICT_REPRODUCED: return "reproduced";
    case AKIN_VERDICT_CONTRADICTED: return "contradicted";
    case AKIN_VERDICT_UNDECIDED: return "undecided";
    }
    return "unknown";
}

/* Whether [low, high] lies inside (a, b), or has no part in it. */
static akin_verdict place(const akin_mean95 *d, double a, double b)
{
    if (!(d->low <= d->high)) return AKIN_VERDICT_UNDECIDED; /* NaN too */
    if (d->low > a && d->high < b) return AKIN_VERDICT_REPRODUCED;
    if (d->high < a || d->low > b) return AKIN_VERDICT_CONTRADICTED;
    return AKIN_VERDICT_UNDECIDED;
}

akin_verdict ak_study_verdict(const akin_mean95 *d, akin_expect expect, double margin)
{
    switch (expect) {
    case AKIN_EXPECT_GREATER: return place(d, margin, INFINITY);
    case AKIN_EXPECT_LESS: return place(d, -INFINITY, -margin);
    case AKIN_EXPECT_EQUAL: return place(d, -margin, margin);
    }
    return AKIN_VERDICT_UNDECIDED;
}

akin_status akin_paired_verdict(const double *left, const double *right, int64_t n, akin_expect expect,
                                double margin, akin_judgement *out, akin_error *err)
{
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "paired_verdict: out must not be NULL");
    if (!isfinite(margin) || margin < 0 || (expect == AKIN_EXPECT_EQUAL && margin == 0))
        return ak_fail(err, AKIN_ERR_RANGE, "paired_verdict: margin is %g; expected a number %s 0", margin,
                       expect == AKIN_EXPECT_EQUAL ? "above" : "of at least");
    AK_TRY(check(left, n, 0, "paired_verdict, left", err));
    AK_TRY(check(right, n, 0, "paired_verdict, right", err));
    const akin_mean95 d = interval(left, right, n);
    j.n = d.n;
    j.difference = d.mean;
    j.low = d.low;
    j.high = d.high;
    j.verdict = ak_study_verdict(&d, expect, margin);
    j.left = interval(left, NULL, n).mean;
    j.right = interval(right, NULL, n).mean;
    return ak_result_export(out, &j, "paired_verdict", err);
}
