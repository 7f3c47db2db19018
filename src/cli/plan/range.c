/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/range.c - akin plan over lists: every combination of classes, temperature and negatives, a row
 * each, and the number of negatives that is recommended among those of the list. */
#include "cli/plan/plan.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool whole;
    double least, most;
} AXES[PLAN_AXES] = {
    { "classes", true, 2, AKIN_THEORY_CLASSES_MAX },
    { "temperature", false, 1e-6, 1e6 },
    { "negatives", true, 1, 1e12 },
};

/* Lists -------------------------------------------------------------------------------------------------- */

static akin_status add_value(plan_axes *axes, int a, double x, akin_error *err)
{
    if (!(x >= AXES[a].least && x <= AXES[a].most) || (AXES[a].whole && x != floor(x)))
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s is %.10g; expected %s from %.10g to %.10g",
                             AXES[a].name, x, AXES[a].whole ? "whole numbers" : "numbers", AXES[a].least,
                             AXES[a].most);
    for (int i = 0; i < axes->count[a]; i++)
        if (axes->value[a][i] == x) return AKIN_OK;
    if (axes->count[a] == PLAN_VALUES)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s: more than %d values", AXES[a].name, PLAN_VALUES);
    axes->value[a][axes->count[a]++] = x;
    return AKIN_OK;
}

/* "1,2,4..1024": numbers, and ranges in which each is twice the one before, up to the end, which belongs to
 * it. */
static akin_status read_list(const char *text, plan_axes *axes, int a, akin_error *err)
{
    for (const char *at = text;;) {
        char *end;
        const double first = strtod(at, &end);
        double last = first;
        bool good = end != at;
        end -= good && end[-1] == '.' && end[0] == '.'; /* of "4..8" strtod() takes "4." */
        if (good && end[0] == '.' && end[1] == '.') {
            at = end + 2;
            last = strtod(at, &end);
            good = end != at && last >= first;
        }
        if (!good || (*end && *end != ','))
            return cli_set_error(err, AKIN_ERR_ARGUMENT,
                                 "--%s: '%s' is no list of numbers; expected one like %s or %s", AXES[a].name,
                                 text, AXES[a].whole ? "255" : "0.5",
                                 AXES[a].whole ? "1,2,4..1024" : "0.05,0.1..0.8");
        for (double x = first; x < last; x *= 2) {
            const akin_status status = add_value(axes, a, x, err);
            if (status) return status;
        }
        const akin_status status = add_value(axes, a, last, err);
        if (status || !*end) return status;
        at = end + 1;
    }
}

akin_status plan_axes_read(const cli_args *args, plan_axes *axes, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (int a = 0; a < PLAN_AXES && !status; a++)
        if (cli_text(args, AXES[a].name)) status = read_list(cli_text(args, AXES[a].name), axes, a, err);
    return status;
}

static int values(const plan_axes *axes, int a) { return axes->count[a] ? axes->count[a] : 1; }

int plan_axes_points(const plan_axes *axes) { return values(axes, 0) * values(axes, 1) * values(axes, 2); }

void plan_axes_point(const plan_axes *axes, int i, plan_source *s, plan_point *at)
{
    const int k = values(axes, 2), t = values(axes, 1);
    at->negatives = (int64_t)axes->value[2][i % k];
    at->temperature = axes->value[1][i / k % t];
    if (axes->count[0]) s->prior.classes = (int64_t)axes->value[0][i / k / t];
}

akin_status plan_compute(const plan_source *s, plan_point *at, akin_error *err)
{
    at->plan = (akin_theory_plan)AKIN_THEORY_PLAN_INIT;
    at->factors = (akin_tradeoff)AKIN_TRADEOFF_INIT;
    const akin_status status =
        akin_theory_plan_compute(&s->prior, at->negatives, at->temperature, &at->plan, err);
    return status ? status
                  : akin_tradeoff_compute(&s->prior, at->negatives, at->temperature, &at->factors, err);
}

/* Which K ------------------------------------------------------------------------------------------------ */

/* Of n points that differ in K only. The factor 2/upsilon of [Nozawa2021 eq.10] falls to 2 as the labels come
 * to hold all classes; what K costs beyond, in memory and collisions, buys nothing there. So: the least K
 * within 1 % of 2; where there is none, the K with the least factor; where every factor is infinite, the
 * greatest K. */
static void recommend(plan_point *p, int n)
{
    const double near = log(2 * 1.01);
    int best = 0;
    for (int i = 1; i < n; i++) {
        const double old = p[best].factors.log_nozawa, now = p[i].factors.log_nozawa;
        const bool fewer = p[i].negatives < p[best].negatives;
        if (now <= near ? old > near || fewer : now == old ? !fewer : now < old) best = i;
    }
    p[best].recommended = true;
}

static const char *reason(const plan_point *p)
{
    const double f = p->factors.log_nozawa;
    return f <= log(2 * 1.01)
               ? "the least of the list that holds all classes nearly always: Nozawa-Sato's factor is "
                 "within 1 % of 2"
           : isfinite(f) ? "none of the list holds all classes nearly always; this one has the least factor"
                         : "none of the list can hold all classes, so no bound by coverage holds; this one "
                           "comes nearest";
}

/* Output ------------------------------------------------------------------------------------------------- */

/* The table stands in two parts of 80 columns: what is drawn, and what the bounds say of it. */
enum { DRAWN, BOUNDED, PARTS };

static void print_axes(const plan_axes *axes, const plan_source *s, const plan_point *p)
{
    fputs(p->recommended ? ">" : " ", stdout);
    if (axes->count[0] > 1) akin_print(stdout, " %7lld", (long long)s->prior.classes);
    if (axes->count[1] > 1) akin_print(stdout, " %6g", p->temperature);
    akin_print(stdout, " %10lld", (long long)p->negatives);
}

/* Four digits. */
static const char *probability(double p, double log_p, char to[32])
{
    if (log_p != -INFINITY && log_p <= -690) return plan_probability(log_p, to);
    snprintf(to, 32, "%.4g", p);
    return to;
}

static void print_row(const cli_args *args, int part, const plan_point *p)
{
    char t[4][32];
    const akin_tradeoff *f = &p->factors;
    const akin_theory_plan *r = &p->plan;
    if (part == DRAWN)
        akin_print(stdout, " %9s %9s %8.4f %8.4f %8.4f\n", probability(r->tau_k, log(r->tau_k), t[0]),
                   probability(exp(r->log_upsilon), r->log_upsilon, t[1]), r->expected_ln_col1, r->chance,
                   r->floor);
    else
        akin_print(stdout, " %9s %11s %9s %8.4f %9s\n", plan_factor(f->log_arora, t[0]),
                   plan_factor(f->log_nozawa, t[1]), plan_factor(f->log_ash, t[2]), f->bao_upper,
                   plan_bytes(plan_memory_bytes(p->negatives, cli_int(args, "width")), t[3]));
}

static void print_head(const plan_axes *axes, int part)
{
    fputs(part ? "\n " : " ", stdout);
    if (axes->count[0] > 1) akin_print(stdout, " %7s", "classes");
    if (axes->count[1] > 1) akin_print(stdout, " %6s", "t");
    akin_print(stdout, " %10s", "negatives");
    if (part == DRAWN)
        akin_print(stdout, " %9s %9s %8s %8s %8s\n", "collision", "coverage", "E", "chance", "floor");
    else
        akin_print(stdout, " %9s %11s %9s %8s %9s\n", "Arora", "Nozawa-Sato", "Ash", "Bao", "memory");
}

/* groups: lists of K in the table; chosen: the last one that is recommended, or NULL */
static void print_notes(const cli_args *args, int groups, const plan_point *chosen)
{
    char text[512];
    printf("\n");
    cli_wrap("collision: P(a negative shares the anchor's class); coverage: P(anchor and negatives hold all "
             "classes); E = E ln(Col+1).",
             0, 0);
    cli_wrap(
        "R <= Arora (L - E), Nozawa-Sato (L - E/2), Ash (L - E), L + Bao: R the mean classifier's loss, L "
        "the contrastive one. none: no bound; -: for equally likely classes.",
        0, 0);
    snprintf(text, sizeof text, "memory: K+1 pairs of width %lld.", (long long)cli_int(args, "width"));
    cli_wrap(text, 0, 0);
    if (!chosen) return;
    snprintf(text, sizeof text, ">: recommended%s%s", groups == 1 ? ", " : "",
             groups == 1 ? reason(chosen) : "");
    cli_wrap(text, 0, 0);
}

static akin_json *point_json(const cli_args *args, const plan_source *s, const plan_point *p)
{
    akin_json *o = plan_json(args, s, p, &p->factors, 1);
    akin_json_put(o, "recommended", akin_json_bool(p->recommended));
    akin_json_put(o, "recommended_because", p->recommended ? akin_json_text(reason(p)) : akin_json_null());
    return o;
}

int plan_range(const cli_args *args, plan_source *s, const plan_axes *axes)
{
    const int n = plan_axes_points(axes), k = values(axes, 2);
    plan_point *p = calloc((size_t)n, sizeof *p);
    akin_error err;
    akin_status status = p ? AKIN_OK : cli_set_error(&err, AKIN_ERR_NOMEM, "no memory for %d rows", n);
    for (int i = 0; i < n && !status; i++) {
        plan_axes_point(axes, i, s, &p[i]);
        status = plan_compute(s, &p[i], &err);
    }
    for (int i = 0; i < n && k > 1 && !status; i += k) recommend(p + i, k);
    akin_json *all = akin_json_array();
    const plan_point *chosen = NULL;
    for (int i = 0; i < n && !status; i++) {
        plan_axes_point(axes, i, s, &p[i]); /* the classes of this row */
        if (p[i].recommended) chosen = &p[i];
        if (args->json) akin_json_append(all, point_json(args, s, &p[i]));
    }
    for (int part = 0; part < PARTS && !status && !args->json; part++) {
        print_head(axes, part);
        for (int i = 0; i < n; i++) {
            plan_axes_point(axes, i, s, &p[i]);
            print_axes(axes, s, &p[i]);
            print_row(args, part, &p[i]);
        }
    }
    int code = 0;
    if (status)
        code = cli_fail(args, &err);
    else if (args->json)
        code = cli_print_json(args, akin_json_share(all));
    else
        print_notes(args, n / k, chosen);
    akin_json_free(all);
    free(p);
    return code;
}
