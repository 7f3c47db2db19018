/* SPDX-License-Identifier: Apache-2.0 */
/* bench_augment [seconds] - views per second on one thread, one JSON object a line: preset and image size. */
#include "akin/tool/augment.h"
#include "akin/tool/program.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *preset;
    int64_t height, width, channels;
    int32_t view;
} CASES[] = {
    { "simclr-cifar", 32, 32, 3, 0 }, { "supcon-cifar", 32, 32, 3, 0 }, { "grey-s", 28, 28, 1, 0 },
    { "none", 32, 32, 3, 0 },         { "supcon-cifar", 96, 96, 3, 0 }, { "simclr", 256, 256, 3, 224 },
};

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 1;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        akin_augment_opts opts = AKIN_AUGMENT_OPTS_INIT;
        akin_augment_speed speed = AKIN_AUGMENT_SPEED_INIT;
        akin_error err;
        akin_status status = akin_augment_preset(CASES[i].preset, &opts, &err);
        opts.height = opts.width = CASES[i].view;
        if (status == AKIN_OK)
            status = akin_augment_bench(&opts, CASES[i].height, CASES[i].width, CASES[i].channels, seconds,
                                        &speed, &err);
        if (status != AKIN_OK) {
            fprintf(stderr, "bench_augment: %s\n", err.message);
            return akin_status_exit_code(status);
        }
        printf("{\"bench\":\"augment\",\"isa\":\"%s\",\"preset\":\"%s\",\"height\":%d,\"width\":%d,"
               "\"channels\":%d,"
               "\"view\":%d,\"views_per_s\":%.0f,\"quartiles\":[%.0f,%.0f],\"batches\":%d}\n",
               akin_isa(), CASES[i].preset, (int)CASES[i].height, (int)CASES[i].width, (int)CASES[i].channels,
               (int)(CASES[i].view ? CASES[i].view : CASES[i].height), speed.views_per_s, speed.lower,
               speed.upper, (int)speed.batches);
    }
    return 0;
}
