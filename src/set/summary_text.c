/* SPDX-License-Identifier: Apache-2.0 */
/* set/summary_text.c - the summary of text: groups, words, what was left out, texts that repeat others. */
#include "base/plain.h"
#include "set/summary.h"
#include "set/text.h"

#include <inttypes.h>
#include <string.h>

enum { FREQUENT = 5 };

/* What only text has. */
typedef struct text_counts {
    int64_t least, most;                /* items of a group */
    int64_t words, different, frequent; /* words in all; different ones; those seen FREQUENT times */
    double covered;                     /* share of all words that are frequent */
    int64_t copies;                     /* texts that repeat an earlier one, blank ones aside */
    int64_t blank;                      /* of nothing but blanks */
} text_counts;

static const akin_corpus *corpus_of(const akin_summary *s) { return ak_text_set_corpus(s->set->set); }
static const text_counts *counts_of(const akin_summary *s) { return s->more; }

/* Counting ---------------------------------------------------------------------------------------- */

/* Items without a label are allowed here, unlike in a split to learn from. */
static akin_status count_classes(akin_summary *s, akin_error *err)
{
    const akin_text_groups *g = akin_corpus_groups(corpus_of(s));
    s->classes = g->classes;
    for (int k = 0; g->label && k < s->splits; k++) {
        free(s->count[k]);
        s->count[k] = calloc((size_t)g->classes + 1, sizeof *s->count[k]);
        if (!s->count[k]) return ak_no_memory(err, "to count the texts");
        for (int64_t i = 0; i < s->part[k].n; i++) {
            const int32_t label = g->label[s->part[k].items[i]];
            if (label >= 0) s->count[k][label]++;
        }
    }
    return AKIN_OK;
}

static akin_status count_groups(const akin_summary *s, text_counts *c, akin_error *err)
{
    const akin_text_groups *g = akin_corpus_groups(corpus_of(s));
    int64_t *size = calloc((size_t)g->groups + 1, sizeof *size);
    if (!size) return ak_no_memory(err, "to count the texts");
    for (int64_t i = 0; g->group && i < akin_corpus_texts(corpus_of(s))->n; i++)
        if (g->group[i] >= 0) size[g->group[i]]++;
    c->least = c->most = size[0];
    for (int64_t k = 1; k < g->groups; k++) {
        if (size[k] < c->least) c->least = size[k];
        if (size[k] > c->most) c->most = size[k];
    }
    free(size);
    return AKIN_OK;
}

static akin_status count_words(const akin_summary *s, text_counts *c, akin_error *err)
{
    akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    opts.min_count = 1;
    opts.maxn = 0;
    const akin_status status = akin_vocab_build(akin_corpus_texts(corpus_of(s)), NULL, 0, &opts, &v, err);
    if (status == AKIN_ERR_INPUT) return AKIN_OK; /* not one word */
    if (status) return status;
    int64_t covered = 0;
    c->different = akin_vocab_words(v);
    for (int64_t i = 0; i < c->different; i++) {
        const int64_t count = akin_vocab_count(v, i);
        c->words += count;
        c->frequent += count >= FREQUENT;
        if (count >= FREQUENT) covered += count;
    }
    c->covered = (double)covered / (double)c->words;
    akin_vocab_free(v);
    return AKIN_OK;
}

typedef struct span {
    const char *bytes;
    int64_t n;
} span;

static int by_bytes(const void *a, const void *b)
{
    const span *x = a, *y = b;
    return ak_compare_bytes(x->bytes, x->n, y->bytes, y->n);
}

static bool is_blank(const span *text)
{
    int64_t i = 0;
    while (i < text->n && strchr(" \t\r\n\v\f", text->bytes[i]) && text->bytes[i]) i++;
    return i == text->n;
}

static akin_status count_copies(const akin_texts *t, text_counts *c, akin_error *err)
{
    span *list = malloc((size_t)t->n * sizeof *list);
    if (!list) return ak_no_memory(err, "to count the texts");
    int64_t n = 0;
    for (int64_t i = 0; i < t->n; i++) {
        const span text = { t->bytes + t->start[i], t->start[i + 1] - t->start[i] };
        if (is_blank(&text))
            c->blank++;
        else
            list[n++] = text;
    }
    qsort(list, (size_t)n, sizeof *list, by_bytes);
    for (int64_t i = 1; i < n; i++) c->copies += by_bytes(&list[i - 1], &list[i]) == 0;
    free(list);
    return AKIN_OK;
}

static akin_status count(akin_summary *s, akin_error *err)
{
    const akin_texts *texts = akin_corpus_texts(corpus_of(s));
    text_counts *c = calloc(1, sizeof *c);
    if (!c) return ak_no_memory(err, "to count the texts");
    s->more = c;
    s->bytes = texts->start[texts->n];
    AK_TRY(count_classes(s, err));
    AK_TRY(count_groups(s, c, err));
    AK_TRY(count_words(s, c, err));
    return count_copies(texts, c, err);
}

/* JSON -------------------------------------------------------------------------------------------- */

static akin_json *left_out_json(const akin_summary *s)
{
    const akin_text_counts *k = akin_corpus_counts(corpus_of(s));
    return akin_json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "empty", k->empty, "bad", k->bad, "duplicates",
                          k->duplicates, "few_words", k->few_words, "documents", k->documents, "items",
                          k->trimmed, "files", k->ignored);
}

static akin_json *bad_json(const akin_summary *s)
{
    akin_json *list = akin_json_array();
    const akin_bad_item *bad;
    for (int64_t i = 0; (bad = akin_corpus_bad_at(corpus_of(s), i)) != NULL; i++)
        akin_json_append(list, akin_json_pack("{s:o,s:o}", "item", akin_json_text(bad->name), "reason",
                                              akin_json_text(bad->reason)));
    return list;
}

static akin_json *json(const akin_summary *s, const char *path)
{
    const akin_corpus *corpus = corpus_of(s);
    const text_counts *c = counts_of(s);
    const int64_t n = akin_corpus_groups(corpus)->groups;
    akin_json *groups =
        n ? akin_json_pack("{s:I,s:I,s:I}", "n", n, "least", c->least, "most", c->most) : akin_json_null();
    akin_json *words = akin_json_pack("{s:I,s:I,s:I,s:f}", "n", c->words, "different", c->different,
                                      "seen_5_times", c->frequent, "share_seen_5_times", c->covered);
    return akin_json_pack(
        "{s:o,s:o,s:s,s:s,s:s,s:I,s:b,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:I,s:o,s:o,s:o}", "path",
        akin_json_text(path), "name", akin_json_text(akin_corpus_name(corpus)), "kind", s->set->kind->name,
        "format", akin_corpus_format(corpus), "fingerprint", akin_corpus_fingerprint(corpus), "n", s->total,
        "labels", s->classes > 0, "classes", ak_summary_json_classes(s), "splits", ak_summary_json_splits(s),
        "groups", groups, "tuples", akin_corpus_tuples(corpus)->n, "words", words, "memory_bytes", s->bytes,
        "duplicates", c->copies, "wordless", akin_corpus_counts(corpus)->wordless, "left_out",
        left_out_json(s), "bad", bad_json(s), "remarks", ak_summary_json_remarks(s));
}

/* Text -------------------------------------------------------------------------------------------- */

static void print_groups(const akin_summary *s, FILE *to)
{
    char a[32], b[32], d[32];
    const text_counts *c = counts_of(s);
    const int64_t groups = akin_corpus_groups(corpus_of(s))->groups,
                  tuples = akin_corpus_tuples(corpus_of(s))->n;
    if (groups && c->least == c->most)
        fprintf(to, "  groups       %s of %s text%s each\n", akin_show_number(groups, a),
                akin_show_number(c->least, b), c->least == 1 ? "" : "s");
    else if (groups)
        fprintf(to, "  groups       %s of %s to %s texts\n", akin_show_number(groups, a),
                akin_show_number(c->least, b), akin_show_number(c->most, d));
    else
        fprintf(to, "  groups       none\n");
    if (tuples) fprintf(to, "  tuples       %s of anchor and positive\n", akin_show_number(tuples, a));
}

static void print_what(const akin_summary *s, FILE *to)
{
    char a[32], b[32], d[32], name[AK_SUMMARY_NAME];
    const text_counts *c = counts_of(s);
    const akin_corpus *corpus = corpus_of(s);
    fprintf(to, "%s: text (%s)\n\n", akin_show_name(akin_corpus_name(corpus), name, sizeof name),
            akin_corpus_format(corpus));
    fprintf(to, "  texts        %s\n", akin_show_number(s->total, a));
    ak_summary_print_splits(s, to);
    fputc('\n', to);
    print_groups(s, to);
    ak_summary_print_labels(s, true, to);
    ak_fprintf(to,
               "  words        %s, %.1f a text; %s different,\n               %s seen %d times or more (%.1f "
               "%% of all)\n",
               akin_show_number(c->words, a), (double)c->words / (double)s->total,
               akin_show_number(c->different, b), akin_show_number(c->frequent, d), FREQUENT,
               100 * c->covered);
    if (akin_corpus_counts(corpus)->wordless)
        fprintf(to, "  no words     in %s texts: nothing to learn, and rows of zeros by 'akin embed'\n",
                akin_show_number(akin_corpus_counts(corpus)->wordless, a));
    ak_summary_print_memory(s, to);
    fprintf(to, "\n  fingerprint  %s\n", akin_corpus_fingerprint(corpus));
    ak_summary_print_remarks(s, to);
}

static void print_bad(const akin_summary *s, FILE *to)
{
    char name[AK_SUMMARY_ITEM], why[AK_SUMMARY_ITEM];
    const int64_t n = akin_corpus_counts(corpus_of(s))->bad;
    const akin_bad_item *bad;
    char a[32];
    if (n)
        fprintf(to,
                "  bad items    %s; bytes that are not UTF-8 are read as U+FFFD, what is worse is left out\n",
                akin_show_number(n, a));
    for (int64_t i = 0; i < AK_SUMMARY_EXAMPLES && (bad = akin_corpus_bad_at(corpus_of(s), i)) != NULL; i++)
        fprintf(to, "    %s: %s\n", akin_show_name(bad->name, name, sizeof name),
                akin_show_name(bad->reason, why, sizeof why));
    if (n > AK_SUMMARY_EXAMPLES) fprintf(to, "    ... and %" PRId64 " more\n", n - AK_SUMMARY_EXAMPLES);
}

static void print_left_out(const akin_summary *s, FILE *to)
{
    const akin_text_counts *k = akin_corpus_counts(corpus_of(s));
    const struct {
        int64_t n;
        const char *what;
    } rows[] = { { k->empty, "empty lines" },
                 { k->few_words, "with too few words" },
                 { k->duplicates, "that repeat an earlier one" },
                 { k->documents, "documents of too few or too many items" },
                 { k->trimmed, "items with them, or beyond --keep-items" },
                 { k->ignored, "files: hidden, or outside of the splits" } };
    char a[32];
    int told = 0;
    fprintf(to, "  left out     ");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].n)
            fprintf(to, "%s%s %s", told++ ? ", " : "", akin_show_number(rows[i].n, a), rows[i].what);
    fprintf(to, "%s\n", told ? "" : "nothing");
}

static void print(const akin_summary *s, FILE *to)
{
    char a[32];
    const int64_t copies = counts_of(s)->copies, blank = counts_of(s)->blank;
    print_what(s, to);
    ak_summary_print_classes(s, to);
    fprintf(to, "\n  duplicates   ");
    if (copies)
        fprintf(to, "%s text%s an earlier one", akin_show_number(copies, a),
                copies == 1 ? " repeats" : "s repeat");
    else
        fprintf(to, "none: no two texts are the same");
    if (blank > 1) fprintf(to, "; %s of nothing but blanks aside", akin_show_number(blank, a));
    fprintf(to, "\n");
    print_left_out(s, to);
    print_bad(s, to);
}

const ak_summary_form ak_summary_of_text = { count, json, print };
