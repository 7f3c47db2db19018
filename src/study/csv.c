/* SPDX-License-Identifier: Apache-2.0 */
/* study/csv.c - the results of a study as CSV [RFC 4180]: a row a configuration, plain numbers. */
#include "study/table.h"

#include "base/plain.h"

#include <string.h>

/* A field, after a comma unless it is the first: quoted where it has to be. */
static void add_field(ak_print *p, const char *text, bool first)
{
    if (!first) ak_print_raw(p, ",");
    if (!strpbrk(text, ",\"\r\n")) {
        ak_print_raw(p, text);
        return;
    }
    ak_print_raw(p, "\"");
    for (const char *at = text; *at; at++) {
        const char one[] = { *at, 0 };
        ak_print_raw(p, *at == '"' ? "\"\"" : one);
    }
    ak_print_raw(p, "\"");
}

static void add_number(ak_print *p, double x)
{
    char text[32] = "";
    if (isfinite(x)) ak_exact_text(text, sizeof text, x);
    add_field(p, text, false);
}

static void add_head(ak_print *p, const akin_study *s, const ak_results *r)
{
    static const char *const PART[] = { "", " low", " high", " n" };
    const akin_json *axes = ak_study_list(s, "axes");
    add_field(p, "configuration", true);
    for (size_t i = 0; i < akin_json_length(axes); i++)
        add_field(p, akin_json_get_text(akin_json_at(axes, i), "name"), false);
    for (size_t c = 0; c < r->columns; c++) {
        const char *name = akin_json_get_text(akin_json_at(r->measures, r->column[c].at), "name");
        for (int k = 0; k < (r->column[c].paper ? 1 : 4); k++) {
            char whole[AK_STUDY_NAME + 16];
            snprintf(whole, sizeof whole, "%s%s", name, r->column[c].paper ? " paper" : PART[k]);
            add_field(p, whole, false);
        }
    }
    ak_print_raw(p, "\r\n");
}

void ak_table_csv(ak_print *p, const akin_study *s, const ak_results *r)
{
    const akin_json *axes = ak_study_list(s, "axes");
    add_head(p, s, r);
    for (size_t k = 0; k < r->rows; k++) {
        const akin_json *labels = akin_json_get(akin_json_at(r->configs, r->row[k]), "labels");
        char label[AK_STUDY_NAME], n[24];
        add_field(p, ak_results_row_name(r, k), true);
        for (size_t i = 0; i < akin_json_length(axes); i++) {
            const char *axis = akin_json_get_text(akin_json_at(axes, i), "name");
            add_field(p, ak_study_scalar(akin_json_get(labels, axis), label, sizeof label), false);
        }
        for (size_t c = 0; c < r->columns; c++) {
            const ak_result_cell cell = ak_results_cell(r, k, c);
            add_number(p, ak_study_number(cell.result, cell.paper ? "published" : "mean"));
            if (cell.paper) continue;
            add_number(p, ak_study_number(cell.result, "low"));
            add_number(p, ak_study_number(cell.result, "high"));
            snprintf(n, sizeof n, "%d", (int)akin_json_get_int(cell.result, "n"));
            add_field(p, n, false);
        }
        ak_print_raw(p, "\r\n");
    }
}
