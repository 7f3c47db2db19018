/* SPDX-License-Identifier: Apache-2.0 */
/* cli/noise.c - the images and the folder of noise.h. */
#include "cli/noise.h"
#include "command/command.h"

#include "akin/base.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

akin_status cli_noise_folder(char folder[CLI_NOISE_PATH], akin_error *err)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, CLI_NOISE_PATH, "%s/akin-bench-XXXXXX", base && *base ? base : P_tmpdir);
    return mkdtemp(folder) ? AKIN_OK : cli_set_error(err, AKIN_ERR_IO, "cannot make the folder '%s'", folder);
}

akin_status cli_noise_images(const char *path, int64_t n, int64_t side, int64_t channels, uint64_t seed,
                             akin_error *err)
{
    const int64_t shape[4] = { n, side, side, channels }, bytes = n * side * side * channels;
    uint8_t *pixels = malloc((size_t)bytes);
    if (!pixels) return cli_no_memory(err, n, "images");
    uint64_t state = seed + 1;
    for (int64_t i = 0; i < bytes; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        pixels[i] = (uint8_t)(state >> 56);
    }
    const akin_status status = akin_npy_save(path, AKIN_DTYPE_U8, 4, shape, pixels, err);
    free(pixels);
    return status;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

void cli_noise_remove(const char *folder) { nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }
