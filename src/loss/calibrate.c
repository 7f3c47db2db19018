/* SPDX-License-Identifier: Apache-2.0 */
/* loss/calibrate.c - what the value of a loss means: where it stands between chance and floor, and a word
 * for that. */
#include "loss/levels.h"
#include "loss/table.h"

#include <math.h>

akin_status akin_loss_calibrate(const akin_loss *loss, const akin_loss_params *params,
                                const akin_loss_batch *batch, const int64_t *groups, akin_calibration *out,
                                akin_error *err)
{
    ak_loss_call c;
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "loss_calibrate: out must not be NULL");
    AK_TRY(ak_loss_open(&c, loss, params, batch, false, err));
    if (loss->needs & AKIN_LOSS_LABELS && !c.in.labels &&
        !(c.in.values.data && loss->needs & AKIN_LOSS_VALUES))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "%s: chance and floor depend on the labels, and there are none", loss->name);
    ak_level_subject s = { .c = &c, .p = &c.p, .n = (double)c.in.a.rows, .m = (double)c.in.keys.rows };
    s.keys_only = c.in.keys_only;
    s.groups = groups ? ak_sizes_of_groups(groups, NULL, c.in.a.rows) : ak_sizes_of_singles(c.in.a.rows);
    ak_levels l = ak_loss_levels_of(loss)(&s);
    /* Without copies, or where their effect is not known, the duplicate floor is the floor. */
    if (!groups || !(l.duplicate_floor > l.floor)) l.duplicate_floor = l.floor;
    akin_calibration result = AKIN_CALIBRATION_INIT;
    result.floor_known = isfinite(l.floor);
    result.chance = l.chance;
    result.floor = result.floor_known ? l.floor : NAN;
    result.duplicate_floor = l.duplicate_floor;
    return ak_result_export(out, &result, "loss_calibrate", err);
}

void akin_loss_calibration_add(akin_calibration *c, const akin_loss_permuted *permuted, int64_t n)
{
    if (!c || c->struct_size < sizeof *c || !permuted || permuted->struct_size < sizeof *permuted) return;
    if (!isfinite(permuted->loss) || !isfinite(permuted->error) || n < 2) return;
    c->permuted = permuted->loss;
    c->permuted_error = permuted->error;
    c->items = n;
    c->permuted_known = 1;
}

/* Words ------------------------------------------------------------------------------------------------ */

static bool knows_permuted(const akin_calibration *c)
{
    return c->struct_size >= sizeof *c && c->permuted_known;
}

/* The least loss of embeddings in which nothing relates the views, of those that are known. */
static double start_of(const akin_calibration *c)
{
    return knows_permuted(c) && c->permuted < c->chance ? c->permuted : c->chance;
}

double akin_loss_learned(const akin_calibration *c, double value)
{
    const double floor = c->duplicate_floor, start = start_of(c);
    if (!c->floor_known || !(start > floor)) return NAN;
    const double learned = (start - value) / (start - floor);
    return learned < 0 ? 0 : learned > 1 ? 1 : learned;
}

enum {
    BROKEN,
    WORSE,
    NOTHING,
    EQUAL,
    ABOVE,
    BELOW,
    LEARNING,
    GOOD,
    FLOOR,
    ALONE_WORSE,
    ALONE_NOTHING,
    ALONE_BELOW
};

static const char *const WORDS[][2] = {
    [BROKEN] = { "broken", "the loss is not a finite number" },
    [WORSE] = { "worse than nothing", "partners are farther apart than strangers are" },
    [NOTHING] = { "nothing learned", "with partners permuted the loss would be the same" },
    [EQUAL] = { "nothing learned",
                "all embeddings are nearly equal, and partners are no nearer than strangers" },
    [ABOVE] = { "learning",
                "partners are nearer than strangers, but equal embeddings would have a lower loss" },
    [BELOW] = { "learning", "partners are nearer than strangers; how far the loss could fall is not known" },
    [LEARNING] = { "learning", "between the loss of nothing learned and the floor" },
    [GOOD] = { "good", "most of the way to the floor" },
    [FLOOR] = { "at the floor", "no encoder can go lower on such a batch" },
    [ALONE_WORSE] = { "worse than nothing", "above the loss of equal embeddings" },
    [ALONE_NOTHING] = { "nothing learned", "at the loss of equal embeddings" },
    [ALONE_BELOW] = { "learning", "below the loss of equal embeddings; how far it could fall is not known" },
};

/* Student's t for one chance in 2,000 on one side, by degrees of freedom. Costs of items are skewed, so that
 * on the side of "worse" it is passed about twice as often, and on the other hardly ever. */
static double quantile(int64_t freedom)
{
    static const double T[] = { 636.62, 31.599, 12.924, 8.610, 6.869, 5.959, 5.408, 5.041, 4.781, 4.587,
                                4.437,  4.318,  4.221,  4.140, 4.073, 4.015, 3.965, 3.922, 3.883, 3.850 };
    const int64_t known = sizeof T / sizeof *T;
    return freedom < 1 ? INFINITY : freedom <= known ? T[freedom - 1] : 3.2905 + 11.2 / (double)freedom;
}

static int word(const akin_calibration *c, double value)
{
    if (!isfinite(value)) return BROKEN;
    const double start = start_of(c);
    const bool known = c->floor_known && start > c->duplicate_floor;
    const double room = known ? start - c->duplicate_floor : fabs(start) + 1e-3, least = 0.02 * room;
    if (knows_permuted(c)) {
        const double gain = c->permuted - value,
                     needed = fmax(least, quantile(c->items - 1) * c->permuted_error);
        if (gain < -needed) return WORSE;
        if (!(gain > needed)) return fabs(c->chance - value) < least ? EQUAL : NOTHING;
        if (value > c->chance - least) return ABOVE;
    } else {
        if (value > c->chance + least) return ALONE_WORSE;
        if (!(value < c->chance - least)) return ALONE_NOTHING;
    }
    if (!known) return knows_permuted(c) ? BELOW : ALONE_BELOW;
    const double way = (start - value) / room;
    return way < 0.8 ? LEARNING : way < 0.995 ? GOOD : FLOOR;
}

const char *akin_loss_verdict(const akin_calibration *c, double value) { return WORDS[word(c, value)][0]; }
const char *akin_loss_verdict_text(const akin_calibration *c, double value)
{
    return WORDS[word(c, value)][1];
}
