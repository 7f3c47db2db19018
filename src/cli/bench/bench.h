/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench/bench.h - what akin bench measures; one file each. */
#ifndef AK_CLI_BENCH_BENCH_H
#define AK_CLI_BENCH_BENCH_H

#include "command/command.h"

int cli_bench_train(const cli_args *args);

#endif
