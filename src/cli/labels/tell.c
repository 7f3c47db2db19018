/* SPDX-License-Identifier: Apache-2.0 */
/* cli/labels/tell.c - suspect labels as a table in a file, as text, and as JSON. */
#include "cli/labels/labels.h"

#include "akin/tool/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, MOST_PAIRS = 10, WIDEST = 24 };

const char *cli_suspect_class(const cli_suspects *s, int64_t c, char *buf, size_t size)
{
    return cli_label_name(&s->near.source, s->own, s->state->label[c], buf, size);
}

/* Table ------------------------------------------------------------------------------------------------- */

static void put_item(const cli_suspects *s, FILE *f, int64_t i)
{
    const akin_label_state *t = s->state;
    char buf[32];
    cli_put_name(f, cli_item_name(&s->near.source, i, buf, sizeof buf));
    fputc('\t', f);
    cli_put_name(f, cli_suspect_class(s, t->given[i], buf, sizeof buf));
    fputc('\t', f);
    cli_put_name(f, cli_suspect_class(s, t->suggested[i], buf, sizeof buf));
    if (isnan(t->score[i]))
        fputs("\tnan", f);
    else
        akin_print(f, "\t%.6g", t->score[i]);
    fprintf(f, "\t%d\n", t->wrong[i]);
}

akin_status cli_suspects_write(const cli_suspects *s, const char *path, akin_files *files, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return cli_no_memory(err, s->state->n, "lines of a table");
    fputs("item\tgiven\tsuggested\tscore\twrong\n", f);
    for (int64_t k = 0; k < s->state->n; k++) put_item(s, f, s->state->order[k]);
    const bool whole = !ferror(f);
    const akin_status status = fclose(f) == 0 && whole && text
                                   ? akin_files_save(files, path, text, bytes, err)
                                   : cli_no_memory(err, s->state->n, "lines of a table");
    free(text);
    return status;
}

/* Pairs ------------------------------------------------------------------------------------------------- */

static int most_first(const void *a, const void *b)
{
    const cli_suspect_pair *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    if (x->given != y->given) return x->given < y->given ? -1 : 1;
    return (x->suggested > y->suggested) - (x->suggested < y->suggested);
}

static int by_classes(const void *a, const void *b)
{
    const cli_suspect_pair *x = a, *y = b;
    if (x->given != y->given) return x->given < y->given ? -1 : 1;
    return (x->suggested > y->suggested) - (x->suggested < y->suggested);
}

cli_suspect_pair *cli_suspect_pairs(const akin_label_state *t, int64_t *count)
{
    cli_suspect_pair *list = t->called ? malloc((size_t)t->called * sizeof *list) : NULL;
    int64_t n = 0;
    *count = 0;
    if (!list && t->called) akin_memory_lack();
    if (!list) return NULL;
    for (int64_t i = 0; i < t->n; i++)
        if (t->wrong[i]) list[n++] = (cli_suspect_pair){ t->given[i], t->suggested[i], 1 };
    qsort(list, (size_t)n, sizeof *list, by_classes);
    for (int64_t i = 0; i < n; i++) {
        if (*count && by_classes(&list[*count - 1], &list[i]) == 0)
            list[*count - 1].n++;
        else
            list[(*count)++] = list[i];
    }
    qsort(list, (size_t)*count, sizeof *list, most_first);
    return list;
}

/* JSON -------------------------------------------------------------------------------------------------- */

static akin_json *item_json(const cli_suspects *s, int64_t i)
{
    const akin_label_state *t = s->state;
    char buf[32];
    akin_json *o = akin_json_pack("{s:I}", "row", i);
    if (s->near.source.named.item)
        akin_json_put(o, "item", akin_json_text(s->near.source.named.item(i, s->near.source.named.ctx)));
    akin_json_put(o, "given", akin_json_text(cli_suspect_class(s, t->given[i], buf, sizeof buf)));
    akin_json_put(o, "suggested", akin_json_text(cli_suspect_class(s, t->suggested[i], buf, sizeof buf)));
    akin_json_put(o, "score", cli_json_real(t->score[i]));
    akin_json_put(o, "wrong", akin_json_bool(t->wrong[i]));
    return o;
}

static int64_t shown(const cli_suspects *s)
{
    const int64_t most = cli_int(s->args, "show"), judged = s->state->n - s->state->unjudged;
    return most < judged ? most : judged;
}

static int tell_json(const cli_suspects *s)
{
    const akin_label_state *t = s->state;
    const cli_args *args = s->args;
    char buf[32];
    int64_t count;
    cli_suspect_pair *pairs = cli_suspect_pairs(t, &count);
    akin_json *o = cli_near_json(&s->near);
    akin_json *more =
        akin_json_pack("{s:I,s:I,s:o,s:I,s:o}", "classes", t->classes, "wrong", t->called, "estimate",
                       cli_json_real(t->estimate), "unjudged", t->unjudged, "agree", cli_json_real(t->agree));
    akin_json_merge(o, more);
    akin_json_free(more);
    akin_json *list = akin_json_array(), *items = akin_json_array();
    akin_json_put(o, "method", akin_json_text(cli_text(args, "method")));
    akin_json_put(o, "score", akin_json_text(cli_text(args, "score")));
    akin_json_put(o, "lambda", cli_json_real(t->lambda));
    akin_json_put(o, "seed", akin_json_int(cli_int(args, "seed")));
    for (int64_t k = 0; k < count; k++) {
        akin_json *p = akin_json_pack("{s:I}", "n", pairs[k].n);
        akin_json_put(p, "given", akin_json_text(cli_suspect_class(s, pairs[k].given, buf, sizeof buf)));
        akin_json_put(p, "suggested",
                      akin_json_text(cli_suspect_class(s, pairs[k].suggested, buf, sizeof buf)));
        akin_json_append(list, p);
    }
    for (int64_t k = 0; k < shown(s); k++) akin_json_append(items, item_json(s, t->order[k]));
    akin_json_put(o, "pairs", list);
    akin_json_put(o, "suspects", items);
    for (int i = 0; cli_suspect_files[i]; i++)
        if (cli_given(args, cli_suspect_files[i]))
            akin_json_put(o, cli_suspect_files[i], akin_json_text(cli_text(args, cli_suspect_files[i])));
    free(pairs);
    return cli_print_json(args, o);
}

/* Text -------------------------------------------------------------------------------------------------- */

static const char *class_shown(const cli_suspects *s, int64_t c, char to[SHOWN])
{
    char buf[32];
    return akin_show_name(cli_suspect_class(s, c, buf, sizeof buf), to, WIDEST);
}

/* Columns that the names of classes take. */
static int class_columns(const cli_suspects *s)
{
    char name[SHOWN];
    int most = 9; /* "suggested" */
    for (int64_t c = 0; c < s->state->classes; c++) {
        const int columns = akin_show_columns(class_shown(s, c, name));
        if (columns > most) most = columns;
    }
    return most;
}

static void print_pairs(const cli_suspects *s, int columns)
{
    int64_t count;
    char a[SHOWN], b[SHOWN];
    cli_suspect_pair *pairs = cli_suspect_pairs(s->state, &count);
    if (count)
        akin_print(stdout, "\n%-*s  %-*s  %s\n", columns, "given", columns, "suggested", "called wrong");
    for (int64_t k = 0; k < count && k < MOST_PAIRS; k++)
        akin_print(stdout, "%-*s  %-*s  %lld\n", columns, class_shown(s, pairs[k].given, a), columns,
                   class_shown(s, pairs[k].suggested, b), (long long)pairs[k].n);
    free(pairs);
}

static void print_items(const cli_suspects *s, int columns)
{
    const akin_label_state *t = s->state;
    char a[SHOWN], b[SHOWN], buf[32];
    if (shown(s))
        akin_print(stdout, "\nscore   wrong  %-*s  %-*s  item\n", columns, "given", columns, "suggested");
    for (int64_t k = 0; k < shown(s); k++) {
        const int64_t i = t->order[k];
        akin_print(stdout, "%.4f  %-5s  %-*s  %-*s  %s\n", t->score[i], t->wrong[i] ? "yes" : "", columns,
                   class_shown(s, t->given[i], a), columns, class_shown(s, t->suggested[i], b),
                   cli_item_name(&s->near.source, i, buf, sizeof buf));
    }
}

int cli_suspects_tell(const cli_suspects *s)
{
    const akin_label_state *t = s->state;
    if (s->args->json) return tell_json(s);
    const double n = (double)t->n;
    akin_print(stdout, "labels      %lld items of %lld classes in %s\n", (long long)t->n,
               (long long)t->classes, s->near.source.path);
    akin_print(stdout, "wrong       %lld are called wrong, %.1f %%; about %.0f are, by estimate\n",
               (long long)t->called, 100 * (double)t->called / n, t->estimate);
    akin_print(stdout, "agree       %.1f %% of the items look most like the class they are given\n",
               100 * t->agree);
    if (t->unjudged)
        akin_print(stdout, "not judged  %lld, which are alone in their class\n", (long long)t->unjudged);
    if (t->agree < 0.7)
        cli_note(
            s->args,
            "these features (%s) tell the classes apart badly, so that many right labels are called wrong",
            s->near.source.feature);
    const int columns = class_columns(s);
    print_pairs(s, columns);
    print_items(s, columns);
    return 0;
}
