/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/text.c - akin inspect of text: items, groups, labels, words, what was left out. */
#include "cli/data/data.h"

#include "akin/data.h"
#include "akin/tool/images.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BAD = 20, FREQUENT = 5 };

typedef struct summary {
    const akin_corpus *c;
    const char *path;
    const akin_texts *texts;
    const akin_text_groups *groups;
    int splits;
    const int32_t *items[CLI_MOST_SPLITS];
    int64_t n[CLI_MOST_SPLITS];
    int64_t *count[CLI_MOST_SPLITS];    /* [classes], or NULL without labels */
    int64_t least, most;                /* items of a group */
    int64_t words, different, frequent; /* words in all; different ones; those seen FREQUENT times */
    double covered;                     /* share of all words that are frequent */
    int64_t duplicates;
} summary;

bool cli_is_text(const cli_args *args, const char *path)
{
    static const char *const TEXTS[] = { "text", "lines", "tsv", "jsonl", "documents", NULL };
    const char *format = cli_text(args, "format");
    for (int i = 0; TEXTS[i]; i++)
        if (strcmp(format, TEXTS[i]) == 0) return true;
    return strcmp(format, "auto") == 0 && akin_data_detect(path) == AKIN_DATA_TEXT;
}

/* Equal items have equal bytes: sort by them. */
static const akin_texts *g_sorted;

static int by_bytes(const void *a, const void *b)
{
    const int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    const int64_t *start = g_sorted->start;
    const int64_t n = start[i + 1] - start[i], m = start[j + 1] - start[j];
    const int order = memcmp(g_sorted->bytes + start[i], g_sorted->bytes + start[j], (size_t)(n < m ? n : m));
    return order ? order : (n > m) - (n < m);
}

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory to count the texts");
    return AKIN_ERR_NOMEM;
}

static akin_status count_duplicates(summary *s, akin_error *err)
{
    int32_t *item = malloc((size_t)s->texts->n * sizeof *item);
    if (!item) return no_memory(err);
    for (int64_t i = 0; i < s->texts->n; i++) item[i] = (int32_t)i;
    g_sorted = s->texts;
    qsort(item, (size_t)s->texts->n, sizeof *item, by_bytes);
    for (int64_t i = 1; i < s->texts->n; i++) s->duplicates += by_bytes(&item[i - 1], &item[i]) == 0;
    free(item);
    return AKIN_OK;
}

static akin_status count_words(summary *s, akin_error *err)
{
    akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    opts.min_count = 1;
    opts.maxn = 0;
    const akin_status status = akin_vocab_build(s->texts, NULL, 0, &opts, &v, err);
    if (status == AKIN_ERR_INPUT) return AKIN_OK; /* not one word */
    if (status) return status;
    int64_t covered = 0;
    s->different = akin_vocab_words(v);
    for (int64_t i = 0; i < s->different; i++) {
        const int64_t count = akin_vocab_count(v, i);
        s->words += count;
        s->frequent += count >= FREQUENT;
        if (count >= FREQUENT) covered += count;
    }
    s->covered = (double)covered / (double)s->words;
    akin_vocab_free(v);
    return AKIN_OK;
}

static akin_status count_groups(summary *s, akin_error *err)
{
    const akin_text_groups *g = s->groups;
    int64_t *size = calloc((size_t)g->groups + 1, sizeof *size);
    if (!size) return no_memory(err);
    for (int64_t i = 0; g->group && i < s->texts->n; i++)
        if (g->group[i] >= 0) size[g->group[i]]++;
    s->least = s->most = size[0];
    for (int64_t k = 1; k < g->groups; k++) {
        if (size[k] < s->least) s->least = size[k];
        if (size[k] > s->most) s->most = size[k];
    }
    free(size);
    return AKIN_OK;
}

static akin_status summarize(summary *s, akin_error *err)
{
    s->texts = akin_corpus_texts(s->c);
    s->groups = akin_corpus_groups(s->c);
    s->splits = akin_corpus_splits(s->c);
    for (int k = 0; k < s->splits; k++) {
        const char *name = akin_corpus_split_name(s->c, k);
        akin_status status = akin_corpus_split(s->c, name, &s->items[k], &s->n[k], err);
        if (status) return status;
        if (!s->groups->label) continue;
        s->count[k] = calloc((size_t)s->groups->classes, sizeof *s->count[k]);
        if (!s->count[k]) return no_memory(err);
        for (int64_t i = 0; i < s->n[k]; i++)
            if (s->groups->label[s->items[k][i]] >= 0) s->count[k][s->groups->label[s->items[k][i]]]++;
    }
    akin_status status = count_groups(s, err);
    if (!status) status = count_words(s, err);
    if (!status) status = count_duplicates(s, err);
    return status;
}

/* JSON ------------------------------------------------------------------------------------------------------- */

static akin_json *json_splits(const summary *s)
{
    akin_json *list = akin_json_array();
    for (int k = 0; k < s->splits; k++) {
        akin_json *counts = s->count[k] ? akin_json_array() : akin_json_null();
        for (int64_t c = 0; s->count[k] && c < s->groups->classes; c++)
            akin_json_append(counts, akin_json_int(s->count[k][c]));
        akin_json_append(list, akin_json_pack("{s:s,s:I,s:b,s:o}", "name", akin_corpus_split_name(s->c, k),
                                              "n", (int64_t)s->n[k], "labels", s->count[k] != NULL,
                                              "class_counts", counts));
    }
    return list;
}

static akin_json *json_left_out(const summary *s)
{
    const akin_text_counts *k = akin_corpus_counts(s->c);
    return akin_json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "empty", (int64_t)k->empty, "bad", (int64_t)k->bad,
                          "duplicates", (int64_t)k->duplicates, "few_words", (int64_t)k->few_words,
                          "documents", (int64_t)k->documents, "items", (int64_t)k->trimmed, "files",
                          (int64_t)k->ignored);
}

static akin_json *json_bad(const summary *s)
{
    akin_json *list = akin_json_array();
    const akin_bad_item *bad;
    for (int64_t i = 0; (bad = akin_corpus_bad_at(s->c, i)); i++)
        akin_json_append(list, akin_json_pack("{s:o,s:o}", "item", cli_json_text(bad->name), "reason",
                                              cli_json_text(bad->reason)));
    return list;
}

static int print_json(const cli_args *args, const summary *s)
{
    akin_json *classes = akin_json_array();
    for (int64_t c = 0; c < s->groups->classes; c++)
        akin_json_append(classes, cli_json_text(akin_corpus_class_name(s->c, c)));
    akin_json *groups = s->groups->groups
                            ? akin_json_pack("{s:I,s:I,s:I}", "n", (int64_t)s->groups->groups, "least",
                                             (int64_t)s->least, "most", (int64_t)s->most)
                            : akin_json_null();
    akin_json *words =
        akin_json_pack("{s:I,s:I,s:I,s:f}", "n", (int64_t)s->words, "different", (int64_t)s->different,
                       "seen_5_times", (int64_t)s->frequent, "share_seen_5_times", s->covered);
    return cli_print_json(
        args,
        akin_json_pack("{s:o,s:o,s:s,s:s,s:s,s:I,s:b,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:o,s:o}", "path",
                       cli_json_text(s->path), "name", cli_json_text(akin_corpus_name(s->c)), "kind", "text",
                       "format", akin_corpus_format(s->c), "fingerprint", akin_corpus_fingerprint(s->c), "n",
                       (int64_t)s->texts->n, "labels", s->groups->classes > 0, "classes", classes, "splits",
                       json_splits(s), "groups", groups, "tuples", (int64_t)akin_corpus_tuples(s->c)->n,
                       "words", words, "memory_bytes", (int64_t)s->texts->start[s->texts->n], "duplicates",
                       (int64_t)s->duplicates, "left_out", json_left_out(s), "bad", json_bad(s)));
}

/* Text ------------------------------------------------------------------------------------------------------- */

static void print_what(const summary *s)
{
    char a[32], b[32], c[32], name[CLI_NAME];
    const akin_text_groups *g = s->groups;
    const int64_t bytes = s->texts->start[s->texts->n], tuples = akin_corpus_tuples(s->c)->n;
    const bool small = bytes < 1 << 20;
    printf("%s: text (%s)\n\n", cli_shown(akin_corpus_name(s->c), name, sizeof name),
           akin_corpus_format(s->c));
    printf("  texts        %s\n  splits      ", cli_grouped(s->texts->n, a));
    for (int k = 0; k < s->splits; k++)
        printf("%s %s %s", k ? "," : "", akin_corpus_split_name(s->c, k), cli_grouped(s->n[k], a));
    printf("\n  groups       ");
    if (g->groups)
        printf("%s of %s to %s texts\n", cli_grouped(g->groups, a), cli_grouped(s->least, b),
               cli_grouped(s->most, c));
    else
        printf("none\n");
    if (tuples) printf("  tuples       %s of anchor and positive\n", cli_grouped(tuples, a));
    if (g->classes)
        printf("  labels       %s class%s\n", cli_grouped(g->classes, a), g->classes == 1 ? "" : "es");
    else
        printf("  labels       none (training needs none)\n");
    printf("  words        %s, %.1f a text; %s different, %s seen %d times or more (%.1f %% of all)\n",
           cli_grouped(s->words, a), (double)s->words / (double)s->texts->n, cli_grouped(s->different, b),
           cli_grouped(s->frequent, c), FREQUENT, 100 * s->covered);
    printf("  memory       %.1f %s\n  fingerprint  %s\n", (double)bytes * (small ? 0x1p-10 : 0x1p-20),
           small ? "KiB" : "MiB", akin_corpus_fingerprint(s->c));
}

static void print_class(const summary *s, int64_t c, int width)
{
    char name[CLI_NAME], a[32];
    const char *text = cli_shown(akin_corpus_class_name(s->c, c), name, sizeof name);
    printf("  %s%*s", text, width - cli_columns(text), "");
    for (int k = 0; k < s->splits; k++) printf("  %9s", cli_grouped(s->count[k][c], a));
    putchar('\n');
}

static void print_classes(const summary *s)
{
    const int64_t classes = s->groups->classes;
    if (classes == 0) return;
    int width = 11;
    const int64_t shown = classes <= CLI_SHOWN_CLASSES ? classes : CLI_SHOWN_CLASSES - 2;
    for (int64_t c = 0; c < shown; c++) {
        char name[CLI_NAME];
        const int wide = cli_columns(cli_shown(akin_corpus_class_name(s->c, c), name, sizeof name));
        if (wide > width) width = wide;
    }
    printf("\n  %-*s", width, "class");
    for (int k = 0; k < s->splits; k++) printf("  %9s", akin_corpus_split_name(s->c, k));
    putchar('\n');
    for (int64_t c = 0; c < shown; c++) print_class(s, c, width);
    if (shown < classes) printf("  ... and %lld more (--json lists all)\n", (long long)(classes - shown));
}

static void print_left_out(const summary *s)
{
    const akin_text_counts *k = akin_corpus_counts(s->c);
    const struct {
        int64_t n;
        const char *what;
    } ROWS[] = { { k->empty, "empty lines" },
                 { k->bad, "bad items" },
                 { k->few_words, "with too few words" },
                 { k->duplicates, "that repeat an earlier one" },
                 { k->documents, "documents of too few or too many items" },
                 { k->trimmed, "items with them, or beyond --keep-items" },
                 { k->ignored, "files: hidden, or outside of the splits" } };
    char a[32], name[CLI_NAME * 4], why[CLI_NAME * 4];
    const akin_bad_item *bad;
    printf("\n  duplicates   ");
    if (s->duplicates)
        printf("%s text%s an earlier one\n", cli_grouped(s->duplicates, a),
               s->duplicates == 1 ? " repeats" : "s repeat");
    else
        printf("none: no two texts are the same\n");
    printf("  left out     ");
    int told = 0;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].n) printf("%s%s %s", told++ ? ", " : "", cli_grouped(ROWS[i].n, a), ROWS[i].what);
    printf("%s\n", told ? "" : "nothing");
    for (int64_t i = 0; i < SHOWN_BAD && (bad = akin_corpus_bad_at(s->c, i)); i++)
        printf("    %s: %s\n", cli_shown(bad->name, name, sizeof name),
               cli_shown(bad->reason, why, sizeof why));
    if (k->bad > SHOWN_BAD) printf("    ... and %lld more\n", (long long)(k->bad - SHOWN_BAD));
}

static int print_text(const cli_args *args, const summary *s)
{
    print_what(s);
    print_classes(s);
    print_left_out(s);
    if (fflush(stdout) == EOF || ferror(stdout))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ */

akin_status cli_text_opts(const cli_args *args, akin_corpus_opts *opts, akin_error *err)
{
    const char *format = cli_text(args, "format");
    for (int i = 0; akin_corpus_opt_at(i); i++) {
        const akin_opt_desc *o = akin_corpus_opt_at(i);
        if (!cli_given(args, o->name)) continue;
        const char *text = cli_text(args, o->name);
        const akin_status status = akin_corpus_opts_set(opts, o->name, text ? text : "", err);
        if (status) return status;
    }
    opts->format = strcmp(format, "text") == 0 ? "auto" : format;
    opts->on_bad = strcmp(cli_text(args, "on-bad"), "skip") == 0 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    opts->max_bad_frac = cli_real(args, "max-bad");
    opts->keep = cli_text(args, "keep");
    return AKIN_OK;
}

int cli_inspect_text(const cli_args *args, const char *path)
{
    static const char *const OTHERS[] = { "size", "cache" };
    for (int i = 0; i < 2; i++)
        if (cli_given(args, OTHERS[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for images, and '%s' is taken for text",
                             OTHERS[i], path);
    akin_corpus_opts opts = AKIN_CORPUS_OPTS_INIT;
    akin_corpus *c = NULL;
    akin_error err;
    if (cli_given(args, "seed")) opts.seed = (uint64_t)cli_int(args, "seed");
    if (cli_text_opts(args, &opts, &err) || akin_corpus_open(path, &opts, &c, &err))
        return cli_fail(args, &err);
    summary s = { .c = c, .path = path };
    int code;
    if (summarize(&s, &err))
        code = cli_fail(args, &err);
    else
        code = args->json ? print_json(args, &s) : print_text(args, &s);
    for (int k = 0; k < CLI_MOST_SPLITS; k++) free(s.count[k]);
    akin_corpus_free(c);
    return code;
}
