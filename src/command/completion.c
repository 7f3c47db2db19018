/* SPDX-License-Identifier: Apache-2.0 */
/* command/completion.c - akin completion: the scripts by which shells complete command lines, one file a
 * shell. */
#include "command/words.h"

#include <stdio.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const cli_action SHELLS[] = {
    { "bash", "", "source it, or put it into share/bash-completion/completions/akin" },
    { "zsh", "", "put it as _akin into a folder of $fpath" },
    { "fish", "", "put it into ~/.config/fish/completions/akin.fish" },
    { NULL, NULL, NULL },
};

static const cli_action *shell_at(int i) { return SHELLS[i].name ? &SHELLS[i] : NULL; }

static int run(const cli_args *args)
{
    static void (*const print[])(void) = { cli_completion_bash, cli_completion_zsh, cli_completion_fish };
    for (int i = 0; SHELLS[i].name; i++)
        if (strcmp(SHELLS[i].name, args->positional[0]) == 0) return print[i](), 0;
    return cli_unknown_action(args, "shell");
}

static const cli_example EXAMPLES[] = {
    { "For bash, to be read by ~/.bashrc with 'source'", "akin completion bash >akin.bash" },
    { NULL, NULL },
};

const cli_verb cli_completion = {
    .name = "completion",
    .line = "the script by which a shell completes command lines",
    .usage = "bash|zsh|fish",
    .text =
        "The script goes to standard output. It knows verbs, options and the words that an option takes, "
        "such as "
        "losses and encoders; it does not call akin. 'make install' puts all three where the shells look.",
    .opts = OPTIONS,
    .plain = true,
    .action = shell_at,
    .examples = EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run,
};
