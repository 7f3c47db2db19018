/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/unseen.c - test rows of classes that no training row has. No classifier can be right about them,
 * so the protocols do not see them, and every accuracy counts them as errors. */
#include "cli/eval/eval.h"

#include "akin/tool/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* "'emu', 'yak' ..." of the first few classes. */
static void list_classes(const cli_class_names *names, const int32_t *y, int64_t n, char *to, size_t size)
{
    enum { MOST = 5 };
    size_t used = 0;
    *to = 0;
    for (int64_t i = 0, told = 0; i < n; i++) {
        char number[24], shown[64];
        if (i && y[i] == y[i - 1]) continue;
        if (told++ == MOST) {
            snprintf(to + used, size - used, " ...");
            return;
        }
        const char *name = names ? names->name(names->ctx, y[i]) : NULL;
        snprintf(number, sizeof number, "%d", y[i]);
        used += (size_t)snprintf(to + used, size - used, "%s'%s'", told > 1 ? ", " : "",
                                 akin_show_name(name ? name : number, shown, sizeof shown));
    }
}

static akin_status tell(const cli_args *args, const cli_class_names *names, int32_t *y, int64_t unseen,
                        int64_t m, akin_error *err)
{
    char classes[512];
    qsort(y, (size_t)unseen, sizeof *y, compare);
    list_classes(names, y, unseen, classes, sizeof classes);
    if (unseen == m)
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "all %lld test items are of classes that no training item has: %s; the labels of "
            "the two do not belong together",
            (long long)m, classes);
    cli_note(args,
             "%lld of %lld test items are of classes that no training item has: %s. They count as errors; in "
             "kway and means over classes they are left out",
             (long long)unseen, (long long)m, classes);
    return AKIN_OK;
}

/* out->is and out->label, and the labels that are unseen in other[m]. */
static void sort_out(const int32_t *sorted, int64_t n, const int32_t *test, int64_t m, int32_t *other,
                     cli_unseen *out)
{
    for (int64_t i = 0; i < m; i++) {
        /* what is no label at all is for the protocols to refuse */
        out->is[i] = n > 0 && test[i] >= 0 && !bsearch(&test[i], sorted, (size_t)n, sizeof *sorted, compare);
        if (out->is[i])
            other[out->n++] = test[i];
        else
            out->label[out->seen++] = test[i];
    }
}

akin_status cli_unseen_find(const cli_args *args, const akin_eval_data *data, const cli_class_names *names,
                            cli_unseen *out, akin_error *err)
{
    const int64_t n = data->train_count, m = data->test_count;
    memset(out, 0, sizeof *out);
    int32_t *sorted = malloc((size_t)(n + 1) * sizeof *sorted);
    int32_t *other = malloc((size_t)(m + 1) * sizeof *other);
    out->label = malloc((size_t)(m + 1) * sizeof *out->label);
    out->is = malloc((size_t)m + 1);
    akin_status status = AKIN_OK;
    if (sorted && other && out->label && out->is) {
        if (n) memcpy(sorted, data->train_labels, (size_t)n * sizeof *sorted);
        qsort(sorted, (size_t)n, sizeof *sorted, compare);
        sort_out(sorted, n, data->test_labels, m, other, out);
        if (out->n) status = tell(args, names, other, out->n, m, err);
    } else {
        status = cli_no_memory(err, m, "labels");
    }
    free(sorted);
    free(other);
    if (status) cli_unseen_free(out);
    return status;
}

void cli_unseen_free(cli_unseen *u)
{
    free(u->is);
    free(u->label);
    memset(u, 0, sizeof *u);
}

akin_mat cli_unseen_leave_out(const cli_unseen *u, akin_mat test)
{
    int64_t n = 0;
    for (int64_t i = 0; u->n && i < test.rows; i++) {
        if (u->is[i]) continue;
        if (n != i)
            memmove(test.data + n * test.stride, test.data + i * test.stride,
                    (size_t)test.cols * sizeof *test.data);
        n++;
    }
    if (u->n) test.rows = n;
    return test;
}

void cli_unseen_count(const cli_unseen *u, akin_eval_result *r)
{
    if (!u || !u->n || r->classifier) return;
    const double share = (double)r->n / (double)(r->n + u->n);
    r->n += u->n;
    r->top1 *= share;
    r->top5 *= share; /* NaN stays NaN */
    r->ci95[0] *= share;
    r->ci95[1] *= share;
    r->standard_error *= share;
}
