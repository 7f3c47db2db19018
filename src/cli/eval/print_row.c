/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/print_row.c - a line of the table that akin eval RUN prints. */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>

void cli_eval_print_row(const cli_args *args, int *printed, const akin_eval_result *r, const char *encoder,
                        const char *layer)
{
    if (args->json || args->quiet) return;
    if (!(*printed)++)
        akin_print(stdout, "%-10s %-14s %-8s %-11s %7s   %s\n", "encoder", "layer", "labels", "protocol",
                   "top-1", "95 % interval");
    char labels[24];
    if (r->labels_per_class)
        snprintf(labels, sizeof labels, "%d/class", r->labels_per_class);
    else
        snprintf(labels, sizeof labels, "%lld", (long long)r->reference);
    akin_print(stdout, "%-10s %-14s %-8s %-11s %6.2f %%   %.2f to %.2f", encoder, layer, labels, r->protocol,
               100 * r->top1, 100 * r->ci95[0], 100 * r->ci95[1]);
    if (r->lambda_edge) akin_print(stdout, "\n  lambda the %s tried", cli_eval_lambda_edge(r));
    if (r->lambda > 0 && !r->converged) akin_print(stdout, "%s not converged", r->lambda_edge ? "," : "\n ");
    printf("\n");
    cli_kway_cell cells[CLI_KWAY_CELLS];
    const int n = cli_eval_kway_cells(r, cells);
    for (int i = 0; i < n; i++) {
        akin_print(stdout, "  %-32s %-11s %6.2f %%", i ? "" : r->classifier, cells[i].name, cells[i].percent);
        if (isfinite(cells[i].low)) akin_print(stdout, "   %.2f to %.2f", cells[i].low, cells[i].high);
        printf("\n");
    }
    fflush(stdout);
}
