/* SPDX-License-Identifier: Apache-2.0 */
/* theory/diagnose.c - the diagnosis as a whole: the border and the order of its parts. */
#include "theory/diagnosis.h"
#include "theory/similar.h"

#include "akin/eval.h"

#include <math.h>
#include <string.h>

/* The border --------------------------------------------------------------------------------------------- */

static akin_status check_numbers(const akin_diagnose_input *in, akin_error *err)
{
    if (!(in->temperature > 0 && isfinite(in->temperature)))
        return ak_fail(err, AKIN_ERR_RANGE, "temperature is %g; it must be above 0", in->temperature);
    if (!(in->lambda > 0 && isfinite(in->lambda)))
        return ak_fail(err, AKIN_ERR_RANGE, "lambda is %g; it must be above 0", in->lambda);
    if (!(in->difficult_share > 0 && in->difficult_share < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "difficult_share is %g; it must lie in (0,1)",
                       in->difficult_share);
    if (in->hardest < 0 || in->hardest > 1000)
        return ak_fail(err, AKIN_ERR_RANGE, "hardest is %d; it must be 0 to 1000", in->hardest);
    if (in->neighbours < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "neighbours is %d; it must be at least 1", in->neighbours);
    if (in->batch < 0)
        return ak_fail(err, AKIN_ERR_RANGE, "batch is %lld; it must be 0 or more", (long long)in->batch);
    return AKIN_OK;
}

static akin_status check(const akin_diagnose_input *in, akin_error *err)
{
    AK_TRY(ak_check_view(in->features, "features", err));
    const int64_t n = in->features.rows;
    if (n < 2) return ak_fail(err, AKIN_ERR_SHAPE, "features: 1 row; a diagnosis needs 2 at least");
    if (in->labels && in->label_count != n)
        return ak_fail(err, AKIN_ERR_SHAPE, "%lld labels for %lld rows of features; each row needs one",
                       (long long)in->label_count, (long long)n);
    if (in->view_count < 0 || in->view_count == 1 || in->view_count > 64)
        return ak_fail(err, AKIN_ERR_RANGE, "%d views of each item; it must be none, or 2 to 64",
                       in->view_count);
    for (int32_t t = 0; t < in->view_count; t++) {
        AK_TRY(ak_check_view(in->views[t], "a view", err));
        if (in->views[t].rows != in->views[0].rows || in->views[t].cols != in->views[0].cols)
            return ak_fail(err, AKIN_ERR_SHAPE,
                           "view %d is %lld x %lld, view 0 is %lld x %lld; they must agree", t,
                           (long long)in->views[t].rows, (long long)in->views[t].cols,
                           (long long)in->views[0].rows, (long long)in->views[0].cols);
        if (in->views[t].rows > n)
            return ak_fail(err, AKIN_ERR_SHAPE, "a view has %lld rows, features have %lld",
                           (long long)in->views[t].rows, (long long)n);
    }
    if (in->other.data && in->other.rows != n)
        return ak_fail(err, AKIN_ERR_SHAPE, "the other representation has %lld rows, this one %lld",
                       (long long)in->other.rows, (long long)n);
    return check_numbers(in, err);
}

/* Two representations ------------------------------------------------------------------------------------ */

/* The k nearest others of each row of x; the caller frees *out. */
static akin_status neighbours(akin_cmat x, int64_t k, int32_t **out, akin_error *err)
{
    const int64_t n = x.rows;
    int32_t *index = ak_alloc(sizeof *index, n, k + 1);
    if (!index) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld neighbours each", (long long)k);
    const akin_status status = akin_eval_neighbours(x, x, k + 1, index, NULL, err);
    if (status) {
        free(index);
        return status;
    }
    for (int64_t i = 0; i < n; i++) { /* leave out the item itself; among many equals it may not be there */
        int64_t kept = 0;
        for (int64_t j = 0; j <= k && kept < k; j++)
            if (index[i * (k + 1) + j] != i) index[i * k + kept++] = index[i * (k + 1) + j];
    }
    *out = index;
    return AKIN_OK;
}

static akin_status two_representations(ak_diagnose_job *job, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    const int64_t n = in->features.rows, k = in->neighbours < n - 1 ? in->neighbours : n - 1;
    akin_mat other = { NULL, 0, 0, 0 };
    int32_t *a = NULL, *b = NULL;
    double cka = NAN;
    akin_status status = ak_unit_copy(in->other, "the other representation", &other, err);
    if (!status) status = neighbours(akin_mat_const(job->unit), k, &a, err);
    if (!status) status = neighbours(akin_mat_const(other), k, &b, err);
    if (!status) status = ak_linear_cka(akin_mat_const(job->unit), akin_mat_const(other), &cka, err);
    if (!status) {
        ak_diagnosis_add(job->out,
                         (akin_diagnosis_value){ "mutual-neighbours", "two representations",
                                                 ak_mutual_neighbours(a, b, n, k), "[Huh2024]", "unverified",
                                                 "", "" },
                         "share of the %lld nearest items that both have in common; chance %.2g",
                         (long long)k, (double)k / (double)(n - 1));
        ak_diagnosis_add(
            job->out,
            (akin_diagnosis_value){ "linear-cka", "two representations", cka, "[Kornblith2019]", "", "", "" },
            "1 = equal up to rotation and scale, 0 = nothing in common; unit rows");
    }
    free(other.data);
    free(a);
    free(b);
    return status;
}

static void add_learned(akin_diagnosis *o, double learned)
{
    ak_diagnosis_add(o,
                     (akin_diagnosis_value){ "loss-learned", "training", fmin(fmax(learned, 0), 1), "", "",
                                             ak_diagnosis_verdict(learned, 0.3, 0.05), "" },
                     "share of the way from chance, or permuted where that is less, to floor; good from 0.3, "
                     "nothing learned below 0.05");
}

static void training(akin_diagnosis *o, const akin_diagnose_input *in)
{
    if (isnan(in->loss) && !in->view_count) return;
    const double start = in->permuted < in->chance ? in->permuted : in->chance; /* permuted may be NaN */
    const double learned = (start - in->loss) / (start - in->floor);
    if (!isfinite(learned))
        ak_diagnosis_add(o, (akin_diagnosis_value){ "loss-learned", "training", NAN, "", "", "", "" },
                         "not known: %s",
                         isnan(in->loss) ? "the loss is not, of these views" : "no floor is, of this loss");
    if (isnan(in->loss)) return;
    ak_diagnosis_add(o, (akin_diagnosis_value){ "loss", "training", in->loss, "", "", "", "" },
                     "nats, on the views seen here; as last logged where training saw views of another size");
    ak_diagnosis_add(o, (akin_diagnosis_value){ "loss-chance", "training", in->chance, "", "", "", "" },
                     "the loss when all embeddings are equal");
    ak_diagnosis_add(o, (akin_diagnosis_value){ "loss-permuted", "training", in->permuted, "", "", "", "" },
                     isnan(in->permuted) ? "not known"
                                         : "the loss of these embeddings with partners permuted");
    ak_diagnosis_add(o, (akin_diagnosis_value){ "loss-floor", "training", in->floor, "", "", "", "" },
                     isnan(in->floor) ? "no floor is known for this loss" : "no encoder goes below");
    if (isfinite(learned)) add_learned(o, learned);
}

/* All of it ---------------------------------------------------------------------------------------------- */

/* Values of a group side by side, groups in order of their first value; the order within stays. */
static void group_values(akin_diagnosis *o)
{
    for (int i = 1; i < o->count; i++) {
        int last = i; /* past the last earlier value of the group */
        while (last > 0 && strcmp(o->value[last - 1].group, o->value[i].group) != 0) last--;
        if (last == 0 || last == i) continue;
        const akin_diagnosis_value kept = o->value[i];
        memmove(o->value + last + 1, o->value + last, (size_t)(i - last) * sizeof kept);
        o->value[last] = kept;
    }
}

static akin_status run(ak_diagnose_job *job, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    AK_TRY(ak_unit_copy(in->features, "features", &job->unit, err));
    if (in->labels)
        AK_TRY(ak_number_classes(in->labels, in->features.rows, &job->class_of, &job->classes, err));
    AK_TRY(ak_diagnose_spectrum(job, err));
    if (in->view_count) AK_TRY(ak_diagnose_views(job, err));
    if (in->labels) AK_TRY(ak_diagnose_classes(job, err));
    AK_TRY(ak_diagnose_pairs(job, err));
    AK_TRY(ak_diagnose_criteria(job, err));
    if (in->other.data) AK_TRY(two_representations(job, err));
    training(job->out, in);
    group_values(job->out);
    return AKIN_OK;
}

akin_status akin_diagnose(const akin_diagnose_input *user, akin_diagnosis **out, akin_error *err)
{
    if (!user || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "in and out must not be NULL");
    ak_directed directed = { .in = AKIN_DIAGNOSE_INPUT_INIT };
    AK_TRY(ak_opts_import(&directed.in, user, "diagnose", err));
    AK_TRY(check(&directed.in, err));
    ak_diagnose_job job = {
        .in = &directed.in, .out = ak_alloc(sizeof *job.out, 1, 1), .uniformity = NAN, .alignment = NAN
    };
    if (!job.out) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a diagnosis");
    akin_status status = ak_directed_make(&directed, err);
    if (!status) {
        ak_directed_tell(&directed, job.out);
        status = run(&job, err);
        ak_directed_restore(&directed, job.out->hardest, job.out->hardest_count);
        ak_directed_restore(&directed, job.out->worst, job.out->worst_count);
    }
    ak_directed_free(&directed);
    free(job.unit.data);
    free(job.mean);
    free(job.moment);
    free(job.class_of);
    free(job.prior);
    free(job.proto);
    free(job.directions);
    free(job.difficult);
    if (status)
        akin_diagnosis_free(job.out);
    else
        *out = job.out;
    return status;
}
