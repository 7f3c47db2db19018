/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_nets.h - the small nets that fuzz_weights.c puts weights into; make_seeds.c writes files of
 * them. */
#ifndef AK_TESTS_FUZZ_NETS_H
#define AK_TESTS_FUZZ_NETS_H

#include "fuzz.h"
#include "model/net.h"

/* One of each family; of vgg16 the least file would have 24 kB, which is too long to be mutated well. */
enum { FZ_NETS = 4 };

static inline void fz_net(int i, ak_net *net)
{
    static const struct {
        const char *encoder;
        int32_t width, head_out, blocks;
    } KINDS[FZ_NETS] = {
        { "linear", 2, 0, 0 }, { "mlp", 2, 2, 1 }, { "cnn4", 1, 2, 0 }, { "resnet8", 1, 0, 0 }
    };
    akin_error err;
    ak_net_plan plan = { .encoder = AKIN_ENCODER_OPTS_INIT, .channels = 3, .rows = 1, .seed = 1 };
    plan.height = plan.width = i < 2 ? 1 : 16;
    plan.encoder.name = KINDS[i].encoder;
    plan.encoder.width = plan.hidden = KINDS[i].width;
    plan.encoder.blocks = plan.layers = KINDS[i].blocks;
    plan.encoder.head_out = KINDS[i].head_out;
    plan.encoder.head_hidden = 0;
    plan.encoder.algorithm = AKIN_CONV_DIRECT;
    FZ_CHECK(ak_net_create(&plan, net, &err) == AKIN_OK);
}

#endif
