/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_model.c - the run.json of a run that a model is to be made of, up to its checkpoint, which is
 * not there. */
#include "akin/model.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    akin_error err;
    akin_model *m = NULL;
    fz_file("model/run.json", data, size);
    FZ_CHECK(!fz_said(akin_model_open(fz_path("model"), NULL, &m, &err), &err) && m == NULL);
    return 0;
}
