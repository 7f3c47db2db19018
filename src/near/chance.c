/* SPDX-License-Identifier: Apache-2.0 */
/* near/chance.c - which pairs are nearer than chance makes them: distances beside those to the fifth nearest,
 * and how many pairs of that ratio rows without copies would have. The formulas are in akin/tool/dups.h. */
#include "near/chance.h"

#include <math.h>
#include <stdlib.h>

enum { FIFTH = 5, TENTH = 10 };

static void see(int64_t i, const ak_near_other *o, void *ctx)
{
    const ak_chance *c = ctx;
    c->near[i] = o[0];
    c->scale[i] = o[FIFTH - 1].distance;
    c->growth[i] = c->scale[i] > AK_NEAR_EXACT ? log(o[TENTH - 1].distance / c->scale[i]) : -1;
}

akin_status ak_chance_open(const ak_near_rows *r, ak_chance *out, akin_error *err)
{
    ak_chance c = { .m = r->m };
    double sum = 0;
    int64_t n = 0;
    c.near = ak_alloc(sizeof *c.near, r->m, 1);
    c.scale = ak_alloc(sizeof *c.scale, r->m, 1);
    c.growth = ak_alloc(sizeof *c.growth, r->m, 1);
    akin_status status =
        c.near && c.scale && c.growth ? AKIN_OK : ak_no_memory(err, "for %lld rows", (long long)r->m);
    if (!status) status = ak_near_nearest(r, TENTH, see, &c, err);
    for (int64_t i = 0; i < r->m && !status; i++) {
        if (c.growth[i] < 0) continue;
        sum += c.growth[i];
        n++;
    }
    const double all = 1.0 / 5 + 1.0 / 6 + 1.0 / 7 + 1.0 / 8 + 1.0 / 9;
    if (!status) c.dimension = n ? fmin(all * (double)n / sum, AK_CHANCE_DIMENSION) : 0;
    if (status)
        ak_chance_close(&c);
    else
        *out = c;
    return status;
}

void ak_chance_close(ak_chance *c)
{
    free(c->near);
    free(c->scale);
    free(c->growth);
    *c = (ak_chance){ .m = 0 };
}

double ak_chance_ratio(double distance, double a, double b)
{
    return distance > AK_NEAR_EXACT ? distance / (sqrt(a) * sqrt(b)) : 0;
}

double ak_chance_expected(const ak_chance *c, double u)
{
    return u > 0 && c->dimension > 0 ? 2 * (double)c->m * pow(u, c->dimension) : 0;
}

double ak_chance_reach(const ak_chance *c, const double *ratio, int64_t n, double share)
{
    int64_t taken = 0;
    for (int64_t i = 0; i < n && c->dimension > 0 && ratio[i] < AK_CHANCE_MOST; i++)
        if (ak_chance_expected(c, ratio[i]) <= share * (double)(i + 1)) taken = i + 1;
    if (!taken) return 0;
    const double most = pow(share * (double)taken / (2 * (double)c->m), 1 / c->dimension);
    return fmin(fmax(most, ratio[taken - 1]), AK_CHANCE_MOST);
}
