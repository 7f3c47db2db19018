/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_checkpoint.c - the newest checkpoint of a run, with its sums put right, into a net of two
 * tensors and an optimiser's array. */
#include "fuzz_sums.h"
#include "model/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float w[6], b[3], m0[6], m1[3];
    const akin_tensor tensors[2] = {
        { .name = "w", .data = w, .ndim = 2, .shape = { 2, 3 }, .plain = 6, .count = 6 },
        { .name = "b", .data = b, .ndim = 1, .shape = { 3 }, .plain = 3, .count = 3 }
    };
    float *arrays[2] = { m0, m1 };
    const ak_tensor_list list = { .tensors = tensors, .count = 2 };
    const ak_array_set set = { "opt.m.", arrays };
    const ak_checkpoint_target target = { .list = &list, .weights = "", .sets = &set, .set_count = 1 };
    uint8_t *copy = (uint8_t *)fz_text(data, size);
    fz_mend_safetensors(copy, size);
    fz_file("checkpoints/step-0000000007.safetensors", copy, size);
    free(copy);
    char *run = fz_text((const uint8_t *)fz_path("checkpoints"), strlen(fz_path("checkpoints")));
    *strrchr(run, '/') = 0;
    ak_train_state state;
    akin_error err;
    char note[1024] = "";
    for (int which = 0; which < 2; which++)
        if (fz_said(ak_checkpoint_load(run, which ? 7 : AK_CHECKPOINT_NEWEST, &target, &state, note,
                                       sizeof note, &err),
                    &err)) {
            FZ_CHECK(state.step >= 0 && state.best_step >= 0);
            FZ_CHECK(strnlen(state.fingerprint, sizeof state.fingerprint) < sizeof state.fingerprint);
            FZ_CHECK(strnlen(state.lengths.events_name, sizeof state.lengths.events_name) <
                     sizeof state.lengths.events_name);
            FZ_CHECK(state.lengths.metrics >= 0 && state.lengths.events >= 0 && state.lengths.log >= 0);
        }
    free(run);
    return 0;
}
