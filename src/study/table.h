/* SPDX-License-Identifier: Apache-2.0 */
/* study/table.h - the summary of a study as rows of cells, and what prints them.
 *
 *     table.c      which cells there are, and their words
 *     markdown.c   results, verdicts and all that is told      csv.c   the results for programs
 *     latex.c      results and verdicts for a paper */
#ifndef AK_STUDY_TABLE_H
#define AK_STUDY_TABLE_H

#include "study/study.h"

/* Text that grows. failed: there was no memory, and nothing more is added. */
typedef struct ak_print {
    char *text;
    size_t size, room;
    bool failed;
} ak_print;

void ak_print_add(ak_print *p, const char *format, ...) AK_PRINTF(2, 3); /* at most 4095 bytes a call */
void ak_print_raw(ak_print *p, const char *text);                        /* as it is, of any length */

/* A column of the results: the configuration or the measurement `at`, or what the paper has for it. */
typedef struct ak_result_column {
    size_t at;
    bool paper;
} ak_result_column;

/* Who stands where. Measurements are the rows while the configurations fit beside one another. */
typedef struct ak_results {
    const akin_json *configs, *measures;
    bool measures_down;
    size_t rows, columns, left_out; /* left_out: configurations with neither a result nor a paper's number */
    size_t *row;                    /* [rows] */
    ak_result_column *column;       /* [columns] */
} ak_results;

/* A cell; result has n, mean, low, high, and published where the paper has it. */
typedef struct ak_result_cell {
    const akin_json *measure, *result;
    bool paper;
} ak_result_cell;

/* measures_down: whether measurements may be the rows. */
akin_status ak_results_make(ak_results *r, const akin_study *s, const akin_json *summary, bool measures_down,
                            akin_error *err);
void ak_results_free(ak_results *r);
const char *ak_results_row_name(const ak_results *r, size_t row);
const char *ak_results_column_name(const ak_results *r, size_t column); /* "paper" */
ak_result_cell ak_results_cell(const ak_results *r, size_t row, size_t column);
bool ak_results_published(const ak_results *r, size_t config, size_t measure); /* -1: any of them */

/* "72.75", "+0.31", with the digits of its measurement, which may be NULL; "-" where there is none. */
const char *ak_result_number(const akin_json *measure, double x, bool sign, char *to, size_t size);
/* "72.75 ± 0.31 (3)", or what the paper has. */
void ak_result_words(ak_print *p, ak_result_cell cell);

/* The columns of the verdicts. */
enum {
    AK_CLAIM,
    AK_CLAIM_LEFT,
    AK_CLAIM_EXPECTED,
    AK_CLAIM_RIGHT,
    AK_CLAIM_DIFFERENCE,
    AK_CLAIM_N,
    AK_CLAIM_VERDICT,
    AK_CLAIM_COLUMNS
};
extern const char *const ak_claim_heads[AK_CLAIM_COLUMNS];
void ak_claim_words(ak_print *p, const akin_study *s, const akin_json *claim, int column);
extern const char ak_claim_legend[]; /* what the verdicts mean, in lines */

/* before, then "A; B"; false, and nothing, where no source is named. */
bool ak_table_sources(ak_print *p, const akin_study *s, const char *before);
/* "Data X; scale 1; 4 of 4 cells done; 12 s; akin 0.1.0.", with the paper before it. */
void ak_table_state(ak_print *p, const akin_study *s, const akin_json *summary);

void ak_table_markdown(ak_print *p, const akin_study *s, const akin_json *summary, const ak_results *r);
void ak_table_csv(ak_print *p, const akin_study *s, const ak_results *r);
void ak_table_latex(ak_print *p, const akin_study *s, const akin_json *summary, const ak_results *r);

#endif
