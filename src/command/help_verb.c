/* SPDX-License-Identifier: Apache-2.0 */
/* command/help_verb.c - akin help: the help of a verb, or its manual page. */
#include "command/help.h"

#include <stdio.h>

static const akin_opt_desc OPTIONS[] = {
    { "man", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "the manual page instead, of akin where no VERB is given; man(7) source" },
    { "list", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the names of the verbs, one a line" },
    { "examples", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the examples of all manual pages, one a line" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int print_lists(const cli_args *args)
{
    const bool names = cli_flag(args, "list"), examples = cli_flag(args, "examples");
    for (const cli_example *e = cli_this_program()->first_session; examples && e->line; e++) puts(e->line);
    for (const cli_verb *const *v = cli_this_program()->verbs; *v; v++) {
        if (names) puts((*v)->name);
        for (const cli_example *e = (*v)->examples; examples && e && e->line; e++) puts(e->line);
    }
    return 0;
}

static int run(const cli_args *args)
{
    const bool man = cli_flag(args, "man"), lists = cli_flag(args, "list") || cli_flag(args, "examples");
    const char *const *words = args->positional + 1;
    const int n = args->positionals - 1;
    if ((man && (lists || n > 0)) || (lists && args->positionals))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "these do not go together; 'akin help --help' tells what does");
    if (lists) return print_lists(args);
    if (args->positionals == 0) return man ? cli_print_man(NULL) : cli_print_overview(stdout), 0;
    const cli_verb *verb = cli_find_verb(args->positional[0]);
    if (!verb) return akin_status_exit_code(AKIN_ERR_ARGUMENT);
    return man ? cli_print_man(verb), 0 : cli_print_help(verb, NULL, words, n);
}

static const cli_example EXAMPLES[] = {
    { "The options of one action", "akin help data longtail" },
    { "The options of one group, here those of the optimiser", "akin help train optimizer" },
    { "The manual page of a verb, where it is not installed", "akin help --man train >akin-train.1" },
    { NULL, NULL },
};

const cli_verb cli_help = {
    .name = "help",
    .line = "the help of a verb, or its manual page",
    .usage = "[VERB [ACTION] [GROUP]]   |   --man [VERB]   |   --list   |   --examples",
    .text = "akin help VERB is akin VERB --help. Where a verb has more options than a screen shows, that "
            "tells those "
            "that one needs and the names of groups: akin help VERB GROUP tells the options of one, akin "
            "help VERB all "
            "all of them. The manual pages that 'make install' installs are made by "
            "--man; their date is "
            "that of SOURCE_DATE_EPOCH where it is set.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .plain = true,
    .least = 0,
    .most = 3,
    .run = run,
};
