/* SPDX-License-Identifier: Apache-2.0 */
/* overview/row.c - a row of a table in words: the first of its columns. The number of a row says nothing. */
#include "overview/overview.h"

#include "akin/tool/dataset.h"
#include "akin/tool/vectors.h"
#include "base/plain.h"

#include <string.h>

enum { COLUMNS = 6, COLUMNS_LONG = 3, LONG_MAP = 5000 };

void ak_overview_row(const ak_overview_map *m, int64_t i, char *to, size_t size)
{
    const akin_vector_set *set = akin_dataset_vectors(m->set);
    const int64_t most = m->map.n > LONG_MAP ? COLUMNS_LONG : COLUMNS;
    akin_vectors v = AKIN_VECTORS_INIT;
    if (!set || akin_vectors_split(set, m->map.split, &v, NULL) || m->item[i] >= v.n) return;
    float *row = malloc((size_t)v.d * sizeof *row);
    if (!row || akin_vectors_row(&v, m->item[i], row, NULL)) v.d = 0;
    for (int64_t c = 0; c < v.d && c < most; c++) {
        const akin_vector_column *column = akin_vectors_column_at(set, c);
        const size_t used = strlen(to);
        if (!column || used + 64 > size) break;
        ak_snprintf(to + used, size - used, "%s%.24s=%.4g", c ? ", " : ": ", column->name, (double)row[c]);
    }
    free(row);
    if (v.d > most) strncat(to, ", \xE2\x80\xA6", size - strlen(to) - 1);
}
