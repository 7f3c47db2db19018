/* SPDX-License-Identifier: Apache-2.0 */
/* study/latex.c - the results of a study and its verdicts as LaTeX, for a paper that loads booktabs. */
#include "study/table.h"

#include "base/latex.h"

#include <stdlib.h>
#include <string.h>

/* A comment, in one line. */
static void add_remark(ak_print *p, const char *text)
{
    ak_print_raw(p, "% ");
    for (const char *at = text; *at; at++) {
        const char one[] = { *at == '\n' ? ' ' : *at, 0 };
        ak_print_raw(p, one);
    }
    ak_print_raw(p, "\n");
}

static void add_text(ak_print *p, const char *text)
{
    char *latex = ak_latex_text(text ? text : "");
    if (latex)
        ak_print_raw(p, latex);
    else
        p->failed = true;
    free(latex);
}

/* What was printed into `from`, as text; *from is empty afterwards. */
static void add_words(ak_print *p, ak_print *from)
{
    p->failed = p->failed || from->failed;
    add_text(p, from->text);
    from->size = 0;
    if (from->text) *from->text = 0;
}

static void add_results(ak_print *p, const ak_results *r)
{
    ak_print words = { NULL, 0, 0, false };
    ak_print_raw(p, "\\begin{tabular}{l");
    for (size_t i = 0; i < r->columns; i++) ak_print_raw(p, "r");
    ak_print_raw(p, "}\n\\toprule\n");
    for (size_t i = 0; i < r->columns; i++) {
        ak_print_raw(p, " & ");
        add_text(p, ak_results_column_name(r, i));
    }
    ak_print_raw(p, " \\\\\n\\midrule\n");
    for (size_t k = 0; k < r->rows; k++) {
        add_text(p, ak_results_row_name(r, k));
        for (size_t i = 0; i < r->columns; i++) {
            ak_print_raw(p, " & ");
            ak_result_words(&words, ak_results_cell(r, k, i));
            add_words(p, &words);
        }
        ak_print_raw(p, " \\\\\n");
    }
    ak_print_raw(p, "\\bottomrule\n\\end{tabular}\n");
    free(words.text);
}

static void add_claims(ak_print *p, const akin_study *s, const akin_json *claims)
{
    static const char *const WIDTH[AK_CLAIM_COLUMNS] = {
        "p{0.24\\textwidth}", "p{0.12\\textwidth}", "l", "p{0.12\\textwidth}", "p{0.14\\textwidth}", "r", "l"
    };
    ak_print words = { NULL, 0, 0, false };
    ak_print_raw(p, "\n\\begin{tabular}{");
    for (int k = 0; k < AK_CLAIM_COLUMNS; k++) ak_print_raw(p, WIDTH[k]);
    ak_print_raw(p, "}\n\\toprule\n");
    for (int k = 0; k < AK_CLAIM_COLUMNS; k++) {
        if (k) ak_print_raw(p, " & ");
        add_text(p, ak_claim_heads[k]);
    }
    ak_print_raw(p, " \\\\\n\\midrule\n");
    for (size_t i = 0; i < akin_json_length(claims); i++) {
        for (int k = 0; k < AK_CLAIM_COLUMNS; k++) {
            if (k) ak_print_raw(p, " & ");
            ak_claim_words(&words, s, akin_json_at(claims, i), k);
            add_words(p, &words);
        }
        ak_print_raw(p, " \\\\\n");
    }
    ak_print_raw(p, "\\bottomrule\n\\end{tabular}\n");
    free(words.text);
}

void ak_table_latex(ak_print *p, const akin_study *s, const akin_json *summary, const ak_results *r)
{
    const akin_json *claims = akin_json_get(summary, "claims");
    ak_print words = { NULL, 0, 0, false };
    ak_print_add(&words, "Study %s: %s. ", ak_study_text(s, "name"), ak_study_text(s, "title"));
    ak_table_state(&words, s, summary);
    ak_table_sources(&words, s, " Paper's numbers: ");
    if (words.text) add_remark(p, words.text);
    ak_print_raw(
        p, "% \\usepackage{booktabs}; mean over seeds and half of its 95 % interval (number of seeds)\n");
    p->failed = p->failed || words.failed;
    free(words.text);
    add_results(p, r);
    if (akin_json_length(claims)) add_claims(p, s, claims);
}
