/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/tune.h - akin tune: the configurations of a grid, each trained for as long, ranked without labels.
 *
 *     DIR/grid.json    the grid; a study whose cells of the first seed are the configurations
 *     DIR/tune.json    the study that is run: a value of its one axis for each configuration begun so far
 *     DIR/time.json    seconds used by all calls together
 *     DIR/ranking.json the order, as the last call told it (--json); the page of the folder shows it
 *     DIR/study.sqlite, runs/, logs/      as of any study */
#ifndef CLI_TUNE_TUNE_H
#define CLI_TUNE_TUNE_H

#include "cli/studied.h"
#include "command/command.h"

#include "akin/data.h"
#include "akin/tool/study.h"

enum { TUNE_PATH = 4096, TUNE_CRITERIA = 24 };

/* What ranks best by docs/studies/criteria.md. */
#define TUNE_DEFAULT "mean-rank"
#define TUNE_LAYER "backbone"

/* A number of akin diagnose by which runs are ranked. */
typedef struct tune_criterion {
    const char *name;    /* as --criterion has it */
    const char *measure; /* as akin diagnose has it; NULL: the mean rank of those that are `in_mean` */
    int better;          /* 1: greater is better, -1: less, 0: nearest to 1 */
    bool in_mean;
    const char *line;
    /* docs/studies/criteria.md: Kendall's tau with the accuracy, and points of accuracy between the best
     * run and the chosen one, each with its 95 % interval over data sets. */
    double tau[3], regret[3];
} tune_criterion;

extern const tune_criterion tune_criteria[]; /* a NULL name ends them */
extern const double tune_random_regret;      /* of a run that is drawn */
extern const int tune_study_sets, tune_study_runs;
const tune_criterion *tune_criterion_named(const char *name);

/* A configuration of the grid. */
typedef struct tune_config {
    char *name;
    akin_json *options; /* {option: text} of training, without epochs */
    akin_json *run;     /* as tune.json has it, NULL before it was begun */
    char *label;        /* of the study: "run=..." */
    bool done;
    double value[TUNE_CRITERIA]; /* by place in tune_criteria; NaN: not measured */
    double score;                /* by the criterion; more is better */
    double seconds;
} tune_config;

typedef struct tune_grid {
    tune_config *config;
    int count;
    akin_study_opts opts; /* how its study is opened: data, set, verbs */
    char dir[TUNE_PATH];
    int64_t seed;
    bool seed_given;
    bool fresh; /* grid.json was made by this call */
    const char *layer;
    bool layer_given;
} tune_grid;

/* grid.c: the grid of DIR, made when it is not there yet, of a file or the one built in for that kind of
 * data; what was begun of it is read by tune_grid_runs(). */
akin_status tune_grid_open(const char *file, akin_data_kind kind, tune_grid *grid, akin_error *err);
void tune_grid_free(tune_grid *grid);
void tune_config_free(tune_config *config);
/* What tune_grid_fit() did: the greatest batch that was halved and what it became, 0: none was; and how many
 * configurations are left out as they are then those of others. */
typedef struct tune_fitted {
    int64_t from, to;
    int same;
} tune_fitted;
/* fit.c: how many items are learned from, as far as `set` says how they are read; 0: nobody can tell. And
 * batches of no more than them. */
int64_t tune_items(const char *data, const char *set);
akin_status tune_grid_fit(tune_grid *grid, int64_t items, tune_fitted *out, akin_error *err);
/* Pair what tune.json has with the configurations. */
akin_status tune_grid_runs(tune_grid *grid, akin_error *err);
/* Remove what was made, where the grid is fresh and nothing has begun. */
void tune_grid_undo(const tune_grid *grid);
/* Begin configuration c with so many seconds of training, unless that is decided, and store tune.json. */
akin_status tune_grid_begin(tune_grid *grid, int c, double seconds, akin_error *err);
/* Open the study; *out is NULL while nothing was begun. */
akin_status tune_grid_study(const tune_grid *grid, const char *only, akin_study **out, akin_error *err);
/* Read what is done and measured into the configurations. */
akin_status tune_grid_read(tune_grid *grid, akin_error *err);

/* rank.c: scores by a criterion; order [count] receives the places of those done, best first. Returns how
 * many. */
int tune_rank(tune_grid *grid, const tune_criterion *by, int *order);

/* tell.c */
int tune_tell(const cli_args *args, const tune_grid *grid, const tune_criterion *by, const int *order,
              int done, double used_s);

#endif
