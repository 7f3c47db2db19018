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
    if (loss->needs & AKIN_LOSS_LABELS && !c.in.labels)
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

/* Words ------------------------------------------------------------------------------------------------ */

double akin_loss_learned(const akin_calibration *c, double value)
{
    const double floor = c->duplicate_floor;
    if (!c->floor_known || !(c->chance > floor)) return NAN;
    const double learned = (c->chance - value) / (c->chance - floor);
    return learned < 0 ? 0 : learned > 1 ? 1 : learned;
}

static const char *const WORDS[][2] = {
    { "broken", "the loss is not a finite number" },
    { "worse-than-chance", "above chance: negatives are closer than positives" },
    { "chance", "at chance: no better than equal embeddings, nothing learned yet or collapsed" },
    { "below-chance", "below chance; how far it could fall is not known for this loss" },
    { "learning", "between chance and floor" },
    { "good", "most of the way from chance to the floor" },
    { "floor", "at the floor: no encoder can go lower on such a batch" },
};

static int word(const akin_calibration *c, double value)
{
    if (!isfinite(value)) return 0;
    const bool known = c->floor_known && c->chance > c->duplicate_floor;
    const double room = known ? c->chance - c->duplicate_floor : fabs(c->chance) + 1e-3;
    const double below = (c->chance - value) / room;
    if (below < -0.02) return 1;
    if (below < 0.02) return 2;
    if (!known) return 3;
    return below < 0.8 ? 4 : below < 0.995 ? 5 : 6;
}

const char *akin_loss_verdict(const akin_calibration *c, double value) { return WORDS[word(c, value)][0]; }
const char *akin_loss_verdict_text(const akin_calibration *c, double value)
{
    return WORDS[word(c, value)][1];
}
