/* SPDX-License-Identifier: Apache-2.0 */
/* base/status.c - the one table of statuses (name, meaning, exit code of the program), and the names of
 * precisions. */
#include "base/base.h"

static const struct status {
    const char *name, *text;
    int exit_code;
} STATUSES[] = {
#define ROW(name, exit_code, text) [AKIN_##name] = { "AKIN_" #name, text, exit_code }
    ROW(OK, 0, "success"),
    ROW(ERR_ARGUMENT, 2, "a required argument is missing or has the wrong version"),
    ROW(ERR_SHAPE, 3, "shapes do not agree"),
    ROW(ERR_RANGE, 2, "a value is outside its allowed range"),
    ROW(ERR_NOMEM, 6, "out of memory or scratch space"),
    ROW(ERR_NUMERIC, 4, "a result is not finite"),
    ROW(ERR_IO, 5, "the operating system refused to store an output"),
    ROW(ERR_FORMAT, 3, "a file is damaged or not of the expected kind"),
    ROW(ERR_UNSUPPORTED, 2, "not available in this build or on this machine"),
    ROW(ERR_INPUT, 3, "an input is missing, unreadable or unusable"),
    ROW(ERR_INTERNAL, 1, "a fault of akin itself"),
    ROW(ERR_CHECK, 8, "a check did not hold"),
    ROW(ERR_INTERRUPTED, 1, "stopped by a signal; the program exits with 128 plus its number"),
    ROW(ERR_DISTRIBUTED, 7, "the processes of one job cannot go on together"),
#undef ROW
};
_Static_assert(sizeof STATUSES / sizeof *STATUSES == AKIN_ERR_DISTRIBUTED + 1, "a row for each status");

static const struct status *status_of(akin_status status)
{
    static const struct status UNKNOWN = { "AKIN_UNKNOWN", "unknown status", 1 };
    return (unsigned)status <= AKIN_ERR_DISTRIBUTED ? &STATUSES[status] : &UNKNOWN;
}

const char *akin_status_name(akin_status status) { return status_of(status)->name; }
const char *akin_status_text(akin_status status) { return status_of(status)->text; }
int akin_status_exit_code(akin_status status) { return status_of(status)->exit_code; }

const char *akin_precision_name(akin_precision precision)
{
    static const char *const NAMES[] = {
        [AKIN_PRECISION_F32] = "f32", [AKIN_PRECISION_BF16] = "bf16", [AKIN_PRECISION_F64] = "f64"
    };
    return NAMES[(unsigned)precision <= AKIN_PRECISION_F64 ? precision : AKIN_PRECISION_F32];
}
