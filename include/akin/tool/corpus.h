/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/corpus.h - a corpus: a collection of texts, read from a file or a folder.
 *
 *     file or folder --> corpus of texts --> word ids (tokens.h) --> views (text_views.h) --> encoder
 *
 * docs/text.md says what is accepted, to the byte.
 *
 * Text     Valid UTF-8 without NUL bytes. Anything else is refused with file, line and byte, or mended and
 *          counted.
 * Trust    Files are read piece by piece (akin/tool/lines.h). A corpus has at most opts->max_bytes of text,
 *          so a small compressed file cannot ask for more memory than that.
 * Same     What a corpus holds does not depend on the number of threads, the machine or the order in which
 *          a folder lists its files.
 * Memory   A corpus owns what it reads; what the functions give is borrowed from it.
 * Threads  An open corpus is read-only and may be read from any number of threads.
 */
#ifndef AKIN_TOOL_CORPUS_H
#define AKIN_TOOL_CORPUS_H

#include "akin/base.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/reading.h" /* akin_on_bad, akin_bad_item */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_corpus akin_corpus;

/* Rows that are no bad ones; those with a word, from which something can be learned; every one. */
typedef enum akin_corpus_rows { AKIN_ROWS_USABLE, AKIN_ROWS_WITH_WORDS, AKIN_ROWS_ALL } akin_corpus_rows;

/* Start from AKIN_CORPUS_OPTS_INIT. */
typedef struct akin_corpus_opts {
    uint32_t struct_size;
    akin_on_bad on_bad;  /* bad bytes (skip: replaced by U+FFFD), rows that cannot be read (skip: see rows) */
    double max_bad_frac; /* with AKIN_BAD_SKIP: more than this fraction of all items is an error */
    const char *format;  /* "auto", "lines", "tsv", "csv", "jsonl" or "documents"; NULL = "auto" */
    /* tables: "anchor=1,positive=2,negative=3,label=kind"; NULL: by the names of the header */
    const char *columns;
    bool whole_documents; /* documents: one item a file, its line ends as spaces; false: one item a line */
    bool skip_header; /* documents: leave out everything up to the first empty line, as in mail and news */
    bool drop_duplicates; /* take only the first of exactly equal items */
    int32_t min_words;    /* leave out items with fewer words; 0 = none */
    int32_t min_items;    /* leave out documents with fewer items; 0 = none */
    int32_t max_items;    /* leave out documents with more items; 0 = none */
    int32_t first_items;  /* take only the first so many items of a document; 0 = all */
    double val_frac;      /* of the items of each group to hold out of "train" as "val" */
    double test_frac;     /* and as "test" */
    bool shuffle;         /* hold out at random with seed; false: the last ones, val before test */
    uint64_t seed;
    int64_t max_bytes; /* of text in memory, and eight times as much to be read */
    /* A keep-list (akin/tool/keep_list.h): only its items stay in train; all texts stay in memory. NULL =
     * all items */
    const char *keep;
    /* Which items are in the splits; all are in memory and in the fingerprint. */
    akin_corpus_rows rows;
} akin_corpus_opts;

#define AKIN_CORPUS_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_corpus_opts), .on_bad = AKIN_BAD_STOP, .max_bad_frac = 0.5,               \
        .format = "auto", .seed = 1, .max_bytes = (int64_t)1 << 33                                           \
    }

/* One flag per option, as rows for a verb's table; format, on_bad and max_bad_frac are left to the verb. */
/* clang-format off */
#define AKIN_CORPUS_OPT_ROWS                                                                                 \
    { "columns", AKIN_OPT_TEXT, NULL, "LIST", 0, 0, "text tables: such as anchor=1,positive=2,label=kind" }, \
    { "whole", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "documents: one item each, not one a line" },                \
    { "skip-header", AKIN_OPT_FLAG, NULL, NULL, 0, 0,                                                        \
      "documents: from the first empty line on, as in mail" },                                               \
    { "drop-duplicates", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: keep the first of equal items" },           \
    { "min-words", AKIN_OPT_INT, "0", "N", 0, 4096, "text: leave out items with fewer words" },              \
    { "min-items", AKIN_OPT_INT, "0", "N", 0, 1e9, "documents: leave out those with fewer items" },          \
    { "max-items", AKIN_OPT_INT, "0", "N", 0, 1e9,                                                           \
      "documents: leave out those with more items; 0 = none" },                                              \
    { "keep-items", AKIN_OPT_INT, "0", "N", 0, 1e9,                                                          \
      "documents: keep the first N items of each; 0 = all" },                                                \
    { "hold-val", AKIN_OPT_REAL, "0", "SHARE", 0, 0.95,                                                      \
      "text: share of each group's items that becomes val" },                                                \
    { "hold-random", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: hold out at random, not the last items" }
/* clang-format on */

/* Row i of these options, and of "holdout", which sets of vectors have too; in the library's own memory;
 * NULL after the last. */
AKIN_API const akin_opt_desc *akin_corpus_opt_at(int i);

/* Set the option of a flag ("min-items"). text is "" for a flag, and has to outlive opts for "columns".
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_corpus_opts_set(akin_corpus_opts *opts, const char *name, const char *text,
                                          akin_error *err);

/* Read a corpus into memory.
 *
 *   lines      one item a line, also of an empty one
 *   tsv, csv   one row a line, told by the file's name. Fields in double quotes may hold separators and, in
 *              csv, line ends. A first row with known names is a header: text, or anchor, positive,
 *              negative (several), with label, group
 *   jsonl      one object a line with these names; positive and negative may be lists; "negatives" is
 *              accepted too
 *   documents  a folder DIR/doc or DIR/CLASS/doc: a document is a group, a line an item, the first folder
 *              its label. Folders train, val, test, or whose names end in -train, -val, -test, are splits
 * A folder with files train.tsv and test.tsv, or of other endings, is these files: its splits.
 *
 * group    A latent class in the sense of [Arora2019]: two items of one group are similar.
 * A row with text is one item. A row with anchor and positive gives an item for each of its texts, and a
 * tuple for each positive. A group or label is text. Groups are numbered in the order of their first item,
 * labels in the order of their names, as numbers if all of them are whole numbers.
 *
 * Hold-out: of the m items of a group (of all, without groups) round(m*frac) go to val and test each, at
 * least one each when m >= 3 (m >= 2 with one of them), and at least one stays in train. So every document
 * is in every split.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT     path or out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE        an option is out of bounds
 *   AKIN_ERR_INPUT        nothing there, no item left, bad bytes, too many bad items, more than max_bytes
 *   AKIN_ERR_FORMAT       a damaged file, with line or byte, value found and value expected
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_corpus_open(const char *path, const akin_corpus_opts *opts, akin_corpus **out,
                                      akin_error *err);
AKIN_API void akin_corpus_free(akin_corpus *c); /* takes NULL; ends all that was borrowed */

/* Texts, borrowed: item i is bytes[start[i]] up to, not including, bytes[start[i+1]]. A caller may make one
 * of texts of its own. Start from AKIN_TEXTS_INIT. */
typedef struct akin_texts {
    uint32_t struct_size;
    const char *bytes;
    const int64_t *start; /* [n+1], ascending */
    int64_t n;            /* < 2^31 */
} akin_texts;

#define AKIN_TEXTS_INIT                                                                                      \
    {                                                                                                        \
        .struct_size = sizeof(akin_texts)                                                                    \
    }

/* Who belongs together. Owned by the library; read through pointers only. */
typedef struct akin_text_groups {
    const int32_t *group; /* [n], -1 = none; NULL when no item has one */
    const int32_t *label; /* [n], -1 = none; NULL when no item has one */
    /* [n], the item's place among the lines of its group, from 0: places p and p+1 are neighbours */
    const int32_t *position;
    int64_t groups, classes;
} akin_text_groups;

/* Rows with anchor and positive. The negatives of tuple t are negative[negative_start[t]] up to [t+1].
 * Owned by the library; read through pointers only. */
typedef struct akin_text_tuples {
    const int32_t *anchor, *positive, *negative; /* items */
    const int64_t *negative_start;               /* [n+1] */
    int64_t n;
} akin_text_tuples;

AKIN_API const akin_texts *akin_corpus_texts(const akin_corpus *c);
AKIN_API const akin_text_groups *akin_corpus_groups(const akin_corpus *c);
AKIN_API const akin_text_tuples *akin_corpus_tuples(const akin_corpus *c);

AKIN_API int akin_corpus_splits(const akin_corpus *c);                        /* 1 to 3 */
AKIN_API const char *akin_corpus_split_name(const akin_corpus *c, int split); /* NULL beyond the last */

/* The items of a split, ascending; borrowed.  AKIN_ERR_INPUT, with the names there are. */
AKIN_API akin_status akin_corpus_split(const akin_corpus *c, const char *split, const int32_t **items,
                                       int64_t *n, akin_error *err);

AKIN_API const char *akin_corpus_name(const akin_corpus *c);   /* last part of the path */
AKIN_API const char *akin_corpus_format(const akin_corpus *c); /* "lines", "tsv", ... */
/* 16 digits: XXH3 over texts, groups, labels, splits, tuples */
AKIN_API const char *akin_corpus_fingerprint(const akin_corpus *c);
/* The fingerprint that the corpus would have, and the items that its train split would have, without
 * opts->keep. */
AKIN_API const char *akin_corpus_full_fingerprint(const akin_corpus *c);
AKIN_API int64_t akin_corpus_full_items(const akin_corpus *c);
/* What a person should know about how the corpus was read: sentence i; NULL beyond the last. */
AKIN_API const char *akin_corpus_remark(const akin_corpus *c, int64_t i);
AKIN_API const char *akin_corpus_group_name(const akin_corpus *c, int64_t g); /* NULL when there is none */
AKIN_API const char *akin_corpus_class_name(const akin_corpus *c, int64_t k);

/* "file:line" of item i, the file as its path within the corpus, in buf (ended, shortened to fit); returns
 * buf. */
AKIN_API const char *akin_corpus_item_name(const akin_corpus *c, int64_t i, char *buf, size_t size);

/* What was read and what was left out. Owned by the library; read through pointers only. */
typedef struct akin_text_counts {
    int64_t lines;      /* read, or rows */
    int64_t empty;      /* lines of nothing but white space that are no items */
    int64_t bad;        /* with AKIN_BAD_SKIP; a bad row is an item without a text */
    int64_t mended;     /* of them taken all the same, U+FFFD in place of each bad byte */
    int64_t duplicates; /* with drop_duplicates */
    int64_t few_words;  /* items below min_words */
    int64_t documents;  /* left out by min_items and max_items */
    int64_t trimmed;    /* items left out with them and by first_items */
    int64_t ignored;    /* hidden files and things that are no files, in a folder */
    int64_t wordless;   /* items without a word */
} akin_text_counts;

AKIN_API const akin_text_counts *akin_corpus_counts(const akin_corpus *c);

/* Bad items in order, with "file:line" as their names. The first 1000 are listed; NULL beyond the last. */
AKIN_API const akin_bad_item *akin_corpus_bad_at(const akin_corpus *c, int64_t i);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_CORPUS_H */
