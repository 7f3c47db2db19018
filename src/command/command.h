/* SPDX-License-Identifier: Apache-2.0 */
/* command/command.h - a verb of the program is a row: name, one help line, option table, examples,
 * function. --help (help.c), the man page (man.c) and the completion scripts (completion.c) are printed
 * from it. This room knows no verb of its own but help and completion; src/cli/main.c gives it the others. */
#ifndef AK_COMMAND_COMMAND_H
#define AK_COMMAND_COMMAND_H

#include "akin/tool/json.h"
#include "akin/base.h"
#include "akin/tool/program.h"
#include "akin/tool/ranks.h"

typedef struct cli_verb cli_verb;

/* A parsed command line. */
typedef struct cli_args {
    const cli_verb *verb;
    const char **values;     /* one per row of cli_options(verb), in its order; NULL = not given */
    const char **positional; /* what is not an option */
    int positionals;
    bool json, quiet;
} cli_args;

/* The options from one on, up to that of the next heading. A help that would be longer than a screen leaves
 * out the groups that have a name, and lists them (help.c). */
typedef struct cli_heading {
    const char *option; /* the first */
    const char *group;  /* its name, for --help GROUP; NULL: these options everybody needs to see */
    const char *title;
} cli_heading;

/* The last heading of every verb that has some. */
/* clang-format off */
#define CLI_COMMON_HEADING { "json", "common", "Of every verb" }
/* clang-format on */

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
    /* What follows the name, such as "DATA --out RUN"; "   |   " between ways of calling it. */
    const char *usage;
    const char *text; /* paragraphs, with empty lines between, wrapped where they are shown; may be NULL */
    bool plain;       /* of everybody's options it has --help alone */
    const akin_opt_desc *opts; /* the verb's own; --json --quiet --threads --seed --help are everybody's */
    /* Row i of options that the library lists, NULL past the last; or NULL. */
    const akin_opt_desc *(*more)(int i);
    const cli_heading *headings; /* a NULL option ends them; or NULL */
    const char *basic;           /* options of named groups that one needs too, blanks between; or NULL */
    const cli_action *(*action)(int i); /* words that must follow, NULL past the last; or NULL */
    bool (*reads)(const char *action, const char *option); /* whether that action does; NULL: all do */
    const cli_example *examples;                           /* a NULL line ends them */
    int least, most;                                       /* positional arguments */
    int (*run)(const cli_args *args);                      /* returns the exit code */
    bool ranks; /* it knows what to do in a job of several ranks: cli_ranks() */
};

/* The job of a verb that knows of ranks; else NULL, which stands for one process. Every rank returns the same
 * exit code from the verb, after akin_ranks_agree(); another one ends the job. */
akin_ranks *cli_ranks(void);
/* This rank writes the files, and looks whether it may: the first one, or the only one. */
bool cli_rank_writes(void);
/* "ranks" of a verb's JSON, where there are several. */
void cli_put_ranks(akin_json *to);
/* All ranks come here with the exit code of the verb so far, below 1 where all is well, and go on together:
 * the first failure becomes that of all, told once. Until then a rank keeps to itself what it has to say
 * (cli_error()), since all may fail alike. A failure that they have agreed on before is known to all. Returns
 * the code; what one rank looks at for all, the others pass with -1. */
int cli_agree(const cli_args *args, int code);

/* A term and what it means, for the man page of the program. */
typedef struct cli_entry {
    const char *term, *text;
} cli_entry;

/* What the program exits with; a NULL word ends the table. */
typedef struct cli_exit {
    const char *code, *word;
    const char *text; /* a sentence, for the man page */
} cli_exit;

/* Texts whose words are known, for the completion of shells: of which verb (NULL: of each), which option
 * (NULL: the first argument), the words of a table and further ones. The first row that fits counts. */
typedef struct cli_known {
    const char *verb, *option;
    const char *(*word)(int i); /* word i of a table, NULL past the last; or NULL */
    const char *more;           /* words with blanks between, or NULL */
    bool list, assign;          /* as in command/words.h */
} cli_known;

/* The program: its verbs, and what its help and its man page say of it. Rows end with one of NULLs. */
typedef struct cli_program {
    const char *summary;                  /* what it is, one line */
    const char *text;                     /* paragraphs of its man page, with empty lines between */
    const char *date;                     /* of the man pages, "2026-11-29" */
    const cli_verb *const *verbs;         /* in the order in which the help lists them */
    const cli_known *known;               /* for the completion of shells */
    const cli_exit *exits;                /* exit codes */
    const cli_entry *environment, *files; /* for the man page */
    const cli_example *first_session;     /* for the man page: the first commands to try */
    const cli_entry *other_names; /* what people call a verb elsewhere, blanks between: { words, verb } */
} cli_program;

/* Parse the command line, run the verb; returns the exit code. */
int cli_main(const cli_program *program, int argc, char **argv);
/* The program that cli_main() was given. */
const cli_program *cli_this_program(void);

extern const cli_verb cli_help, cli_completion; /* the verbs about verbs */

/* The value of an option: given, else its default, else NULL. The name must be in a table. */
const char *cli_text(const cli_args *args, const char *name);
/* The value as a number; it was checked when the command line was parsed. NaN or -1 without a value. */
double cli_real(const cli_args *args, const char *name);
int64_t cli_int(const cli_args *args, const char *name);
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
/* The exit code after a sentence: the first argument is no action, or whatever the verb calls them. */
int cli_unknown_action(const cli_args *args, const char *what);
/* Whether option r is of use with an action; with NULL for any. */
bool cli_reads(const cli_verb *verb, const cli_action *action, const akin_opt_desc *option);

/* Words of text in 80 columns, from column at on, where the caller stands; further lines begin at indent. */
void cli_wrap(const char *text, int at, int indent);

/* Print "akin VERB: sentence" to stderr and return the exit code of err->status. */
int cli_fail(const cli_args *args, const akin_error *err);
/* The same for a sentence of the program's own. */
int cli_error(const cli_args *args, akin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fill err, which may be NULL, and return status: for functions of the program that fail as those of the
 * library do. */
akin_status cli_set_error(akin_error *err, akin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* AKIN_ERR_NOMEM: "no memory for 1000 embeddings". */
akin_status cli_no_memory(akin_error *err, int64_t count, const char *what);
/* What must not go unseen, on stderr, also under --quiet. */
void cli_warn(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A remark on stderr; silent under --quiet. */
void cli_note(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -1 if a file can be written at `path`; else the exit code after a sentence: it is "", a folder, there
 * already without --force, or its folder is missing. Minutes of work are not to end so. */
int cli_check_output(const cli_args *args, const char *path);

/* How the program was called, arguments quoted where a shell needs it. */
const char *cli_command_line(void);

akin_json *cli_json_real(double x); /* null where it is not finite, which JSON has no numbers for */

/* --json: print object as one line on stdout; steals the reference. Returns 0, or the exit code of a failed
 * write to stdout. */
int cli_print_json(const cli_args *args, akin_json *object);

#endif
