/* SPDX-License-Identifier: Apache-2.0 */
/* study/markdown.c - the summary of a study as Markdown: the results, below them the verdicts. */
#include "study/table.h"

#include <string.h>

static void add_rule(ak_print *p, size_t columns)
{
    ak_print_add(p, "\n|---|");
    for (size_t i = 0; i < columns; i++) ak_print_add(p, "---|");
    ak_print_add(p, "\n");
}

static void add_results(ak_print *p, const ak_results *r)
{
    ak_print_add(p, "|  |");
    for (size_t i = 0; i < r->columns; i++) ak_print_add(p, " %s |", ak_results_column_name(r, i));
    add_rule(p, r->columns);
    for (size_t k = 0; k < r->rows; k++) {
        ak_print_add(p, "| %s |", ak_results_row_name(r, k));
        for (size_t i = 0; i < r->columns; i++) {
            ak_print_add(p, " ");
            ak_result_words(p, ak_results_cell(r, k, i));
            ak_print_add(p, " |");
        }
        ak_print_add(p, "\n");
    }
    if (r->left_out)
        ak_print_add(p, "\n%zu configuration%s without a result left out.\n", r->left_out,
                     r->left_out > 1 ? "s" : "");
}

static void add_claims(ak_print *p, const akin_study *s, const akin_json *claims)
{
    if (!akin_json_length(claims)) return;
    ak_print_add(p, "\n## Claims\n\n|");
    for (int k = 0; k < AK_CLAIM_COLUMNS; k++) ak_print_add(p, " %s |", ak_claim_heads[k]);
    add_rule(p, AK_CLAIM_COLUMNS - 1);
    for (size_t i = 0; i < akin_json_length(claims); i++) {
        ak_print_add(p, "|");
        for (int k = 0; k < AK_CLAIM_COLUMNS; k++) {
            const char *bold = k == AK_CLAIM_VERDICT ? "**" : "";
            ak_print_add(p, " %s", bold);
            ak_claim_words(p, s, akin_json_at(claims, i), k);
            ak_print_add(p, "%s |", bold);
        }
        ak_print_add(p, "\n");
    }
    ak_print_add(p, "\n");
    ak_print_raw(p, ak_claim_legend);
}

void ak_table_markdown(ak_print *p, const akin_study *s, const akin_json *summary, const ak_results *r)
{
    const char *title = ak_study_text(s, "title");
    ak_print_add(p, "# Study %s%s%s\n\n", ak_study_text(s, "name"), *title ? ": " : "", title);
    for (const char *line = ak_study_text(s, "text"); *line;) {
        const size_t n = strcspn(line, "\n");
        const bool last = line[n] == 0;
        ak_print_add(p, last ? "%.*s\n\n" : "%.*s\n", (int)n, line);
        line += n + !last;
    }
    ak_table_state(p, s, summary);
    ak_print_add(p, "\nMean over seeds ± half of the 95 %% interval (number of seeds).\n\n");
    add_results(p, r);
    if (ak_table_sources(p, s, "\nPaper's numbers: ")) ak_print_add(p, ".\n");
    add_claims(p, s, akin_json_get(summary, "claims"));
}
