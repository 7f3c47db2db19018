/* SPDX-License-Identifier: Apache-2.0 */
/* cli/noise.h - random images in a folder of their own, for measurements. */
#ifndef AK_CLI_NOISE_H
#define AK_CLI_NOISE_H

#include "akin/base.h"

enum { CLI_NOISE_PATH = 4096 };

/* Make a folder in TMPDIR.  AKIN_ERR_IO */
akin_status cli_noise_folder(char folder[CLI_NOISE_PATH], akin_error *err);
/* n images of side x side x channels bytes, as a .npy file.  AKIN_ERR_NOMEM, AKIN_ERR_IO */
akin_status cli_noise_images(const char *path, int64_t n, int64_t side, int64_t channels, uint64_t seed,
                             akin_error *err);
/* The folder with all that is in it. */
void cli_noise_remove(const char *folder);

#endif
