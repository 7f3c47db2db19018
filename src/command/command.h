/* SPDX-License-Identifier: Apache-2.0 */
/* command/command.h - a subcommand is a row: name, one help line, option table, examples, function. --help (help.c), the man
 * page (man.c) and the completion scripts (completion.c) are printed from it. Files in this folder see include/akin and nothing else of the project. */
#ifndef AKIN_COMMAND_COMMAND_H
#define AKIN_COMMAND_COMMAND_H

#include "akin/tool/json.h"
#include "akin/base.h"
#include "akin/train.h"

typedef struct cli_verb cli_verb;

/* A parsed command line. */
typedef struct cli_args {
    const cli_verb *verb;
    const char **values;     /* one per row of cli_options(verb), in its order; NULL = not given */
    const char **positional; /* what is not an option */
    int positionals;
    bool json, quiet;
} cli_args;

/* A line above an option in --help: what the options from there on are about. */
typedef struct cli_heading {
    const char *option, *title;
} cli_heading;

/* A word that follows the verb, such as inspect in akin data inspect. */
typedef struct cli_action {
    const char *name;
    const char *usage; /* what follows it */
    const char *line;  /* one line, no full stop */
} cli_action;

/* A command of the man page. tests/cli/examples.sh runs it, so it must work where that script prepares it. */
typedef struct cli_example {
    const char *text; /* what it is for, no full stop */
    const char *line; /* the whole command, at most 68 characters */
} cli_example;

struct cli_verb {
    const char *name;
    const char *line; /* one line, no full stop */
    const char
        *usage; /* what follows the name, such as "DATA --out RUN"; "   |   " between ways of calling it */
    const char *text; /* paragraphs, with empty lines between, wrapped where they are shown; may be NULL */
    bool plain;       /* of everybody's options it has --help alone */
    const akin_opt_desc *opts; /* the verb's own; --json --quiet --threads --seed --help are everybody's */
    const akin_opt_desc *(*more)(
        int i);                  /* row i of options that the library lists, NULL past the last; or NULL */
    const cli_heading *headings; /* a NULL option ends them; or NULL */
    const cli_action *(*action)(int i); /* words that must follow, NULL past the last; or NULL */
    bool (*reads)(const char *action, const char *option); /* whether that action does; NULL: all do */
    const cli_example *examples;                           /* a NULL line ends them */
    int least, most;                                       /* positional arguments */
    int (*run)(const cli_args *args);                      /* returns the exit code */
};

extern const cli_verb *const cli_verbs[]; /* NULL-terminated; verbs.c */

/* The value of an option: given, else its default, else NULL. The name must be in a table. */
const char *cli_text(const cli_args *args, const char *name);
double cli_real(const cli_args *args, const char *name); /* checked when parsed; NaN without a value */
int64_t cli_int(const cli_args *args, const char *name); /* likewise; -1 without a value */
bool cli_flag(const cli_args *args, const char *name);
bool cli_given(const cli_args *args, const char *name);

/* Row r of all options of a verb, NULL past the last. */
const akin_opt_desc *cli_option(const cli_verb *verb, int r);
/* Everybody's options, those of a plain verb; a NULL name ends them. */
const akin_opt_desc *cli_common_options(bool plain);

/* The verb of that name, or NULL after a sentence on stderr. */
const cli_verb *cli_find_verb(const char *name);
/* Its action of that name, or NULL. */
const cli_action *cli_find_action(const cli_verb *verb, const char *name);
/* Whether option r is of use with an action; with NULL for any. */
bool cli_reads(const cli_verb *verb, const cli_action *action, const akin_opt_desc *option);

/* Print "akin VERB: sentence" to stderr and return the exit code of err->status. */
int cli_fail(const cli_args *args, const akin_error *err);
/* The same for a sentence of the program's own. */
int cli_error(const cli_args *args, akin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A remark on stderr; silent under --quiet. */
void cli_note(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How the program was called, arguments quoted where a shell needs it. */
const char *cli_command_line(void);

/* A string for JSON from bytes such as a file's name; what is not UTF-8 becomes U+FFFD. */
akin_json *cli_json_text(const char *bytes);

akin_json *cli_json_real(double x); /* null where it is not finite, which JSON has no numbers for */

/* --json: print object as one line on stdout; steals the reference. Returns 0, or the exit code of a failed
 * write to stdout. */
int cli_print_json(const cli_args *args, akin_json *object);

/* --weights of the verbs that load a trained encoder, and what it asks for; embed.c. */
#define CLI_WEIGHTS_OPTION                                                                                   \
    {                                                                                                        \
        "weights", AKIN_OPT_CHOICE, "auto", "auto|ema|raw", 0, 0,                                            \
            "the moving average, or those of the last step; auto = the average if the run keeps one"         \
    }
akin_model_kind cli_weights(const cli_args *args);
/* The trained model of a run at --checkpoint; embed.c. */
akin_status cli_open_model(const cli_args *args, const char *run, akin_model **out, akin_error *err);

/* The data set of a run, or another for its encoder, with the options --size, --on-bad and --max-bad of the verb over those of
 * the run; embed.c. What is left out is told in a remark. */
akin_status cli_open_set(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                         akin_error *err);

/* --target auto|label|group; embed.c. */
akin_target cli_target(const cli_args *args);

#endif
