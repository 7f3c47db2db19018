/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/text.h - text: collections of short texts, words, vocabularies, views of sentences, word vectors.
 *
 *     file or folder --corpus--> items --tokenizer--> words --vocabulary--> word ids     (once: akin_tokens)
 *     word ids --view--> word ids --expansion--> ids of words and character n-grams      (every step: akin_text_batch)
 *
 * docs/text.md says what is accepted to the byte, what a word is, and what a view does.
 *
 * Text     Valid UTF-8 without NUL bytes; anything else is refused with file, line and byte, or left out and counted.
 * Trust    Files are read piece by piece. gzip, zstd and xz are told by their first bytes and inflated through a buffer
 *          of fixed size; a line has at most 16 MiB and a collection at most opts->max_bytes, so that a small file
 *          cannot ask for more memory than that.
 * Same     What a corpus, a vocabulary, tokens or a batch hold does not depend on the number of threads, the machine
 *          or the order in which a folder lists its files. (What a word is depends on ICU's version outside ASCII.)
 * Memory   Objects with a create/open and free pair are the caller's; what is borrowed says so.
 * Threads  Opened objects are read-only and may be read from any number of threads; a tokenizer serves one at a time.
 */
#ifndef AKIN_TEXT_H
#define AKIN_TEXT_H

#include "akin/base.h"
#include "akin/tool/lines.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/reading.h"
#include "akin/tool/view_name.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the first byte is that is not valid UTF-8, or NUL; bytes when there is none. */
AKIN_API int64_t akin_utf8_check(const char *text, int64_t bytes);

/* Copy text into out with U+FFFD for each byte that akin_utf8_check() stops at; out has room for 3*bytes. Returns the
 * bytes written. */
AKIN_API int64_t akin_utf8_mend(const char *text, int64_t bytes, char *out);

/* Collections. -------------------------------------------------------------------------------------------- */

typedef struct akin_corpus akin_corpus;

/* Start from AKIN_CORPUS_OPTS_INIT. */
typedef struct akin_corpus_opts {
    uint32_t struct_size;
    akin_on_bad on_bad;  /* bad bytes (skip: replaced by U+FFFD), rows that cannot be read (skip: left out) */
    double max_bad_frac; /* with AKIN_BAD_SKIP: more than this fraction of all items is an error */
    const char *format;  /* "auto", "lines", "tsv", "csv", "jsonl" or "documents"; NULL = "auto" */
    const char *
        columns; /* of tables: "anchor=1,positive=2,negative=3,label=kind"; NULL: by the names of the header */
    bool whole;  /* documents: one item a file, its line ends as spaces; false: one item a line */
    bool skip_header; /* documents: leave out everything up to the first empty line, as in mail and news */
    bool drop_duplicates; /* keep the first of exactly equal items */
    int32_t min_words;    /* leave out items with fewer words; 0 = none */
    int32_t min_items;    /* leave out documents with fewer items; 0 = none */
    int32_t max_items;    /* leave out documents with more items; 0 = none */
    int32_t keep_items;   /* keep only the first so many items of a document; 0 = all */
    double val_frac;      /* of the items of each group to hold out of "train" as "val" */
    double test_frac;     /* and as "test" */
    bool shuffle;         /* hold out at random with seed; false: the last ones, val before test */
    uint64_t seed;
    int64_t max_bytes; /* of text in memory, and eight times as much to be read */
    const char *
        keep; /* a keep-list (akin/tool/keep_list.h): only its items stay in train; all stay in memory. NULL = all */
} akin_corpus_opts;

#define AKIN_CORPUS_OPTS_INIT                                                                                \
    {                                                                                                        \
        sizeof(akin_corpus_opts), AKIN_BAD_STOP, 0.5, "auto", 0, false, false, false, 0, 0, 0, 0, 0, 0,      \
            false, 1, (int64_t)1 << 33, NULL                                                                 \
    }

/* One flag per option, as rows for a verb's table; format, on_bad and max_bad_frac are left to the verb. */
#define AKIN_CORPUS_OPT_ROWS                                                                                     \
    { "columns", AKIN_OPT_TEXT, NULL, "LIST", 0, 0, "text tables: such as anchor=1,positive=2,label=kind" },     \
        { "whole", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "documents: one item each, not one a line" },                \
        { "skip-header",                                                                                         \
          AKIN_OPT_FLAG,                                                                                         \
          NULL,                                                                                                  \
          NULL,                                                                                                  \
          0,                                                                                                     \
          0,                                                                                                     \
          "documents: from the first empty line on, as in mail" },                                               \
        { "drop-duplicates", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: keep the first of equal items" },           \
        { "min-words", AKIN_OPT_INT, "0", "N", 0, 4096, "text: leave out items with fewer words" },              \
        { "min-items", AKIN_OPT_INT, "0", "N", 0, 1e9, "documents: leave out those with fewer items" },          \
        { "max-items", AKIN_OPT_INT, "0", "N", 0, 1e9, "documents: leave out those with more items; 0 = none" }, \
        { "keep-items", AKIN_OPT_INT, "0", "N", 0, 1e9, "documents: keep the first N items of each; 0 = all" },  \
        { "hold-val",                                                                                            \
          AKIN_OPT_REAL,                                                                                         \
          "0",                                                                                                   \
          "SHARE",                                                                                               \
          0,                                                                                                     \
          0.95,                                                                                                  \
          "text: share of each group's items that becomes val" },                                                \
    {                                                                                                            \
        "hold-random", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "text: hold out at random, not the last items"           \
    }

/* The rows above and "holdout", which sets of vectors have too; ends with a NULL name. */
AKIN_API extern const akin_opt_desc akin_corpus_opt_desc[];

/* Set the option of a flag ("min-items"); text is "" for a flag and has to outlive opts for "columns".
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_corpus_set(akin_corpus_opts *opts, const char *name, const char *text,
                                     akin_error *err);

/* Read a collection into memory.
 *
 *   lines      one item a line; empty lines (of white space) are left out and counted
 *   tsv, csv   one row a line, told by the file's name; fields in double quotes may hold separators and, in csv, line ends.
 *              A first row with known names is a header: text, or anchor, positive, negative (several), with label, group
 *   jsonl      one object a line with these names; positive and negative may be lists; "negatives" is accepted too
 *   documents  a folder DIR/doc or DIR/CLASS/doc: a document is a group, a line an item, the first folder its label.
 *              Folders train, val, test, or whose names end in -train, -val, -test, are splits
 *
 * group    a latent class in the sense of [Arora2019]: two items of one group are similar.
 * A row with text is one item. A row with anchor and positive gives an item for each of its texts, and a tuple for each
 * positive. A group or label is text; groups are numbered in the order of their first item, labels in the order of
 * their names, as numbers if all of them are whole numbers.
 *
 * Hold-out: of the m items of a group (of all, without groups) round(m*frac) go to val and test each, at least one each
 * when m >= 3 (m >= 2 with one of them), at least one stays in train; so every document is in every split.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT     path or out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE        an option is out of bounds
 *   AKIN_ERR_INPUT        nothing there, no item left, bad bytes, too many bad items, more than max_bytes
 *   AKIN_ERR_FORMAT       a damaged file, with line or byte, value found and value expected
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_corpus_open(const char *path, const akin_corpus_opts *opts, akin_corpus **out,
                                      akin_error *err);
AKIN_API void akin_corpus_free(akin_corpus *c); /* takes NULL; ends all views */

/* A borrowed view of texts: item i is bytes[start[i]] up to, not including, bytes[start[i+1]]. */
typedef struct akin_texts {
    const char *bytes;
    const int64_t *start; /* [n+1], ascending */
    int64_t n;            /* < 2^31 */
} akin_texts;

/* Who belongs together; borrowed. */
typedef struct akin_text_groups {
    const int32_t *group; /* [n], -1 = none; NULL when no item has one */
    const int32_t *label; /* [n], -1 = none; NULL when no item has one */
    const int32_t *
        position; /* [n], the item's place among the lines of its group, from 0: places p and p+1 are neighbours */
    int64_t groups, classes;
} akin_text_groups;

/* Rows with anchor and positive; borrowed. The negatives of tuple t are negative[negative_start[t]] up to [t+1]. */
typedef struct akin_text_tuples {
    const int32_t *anchor, *positive, *negative; /* items */
    const int64_t *negative_start;               /* [n+1] */
    int64_t n;
} akin_text_tuples;

AKIN_API akin_texts akin_corpus_texts(const akin_corpus *c);
AKIN_API akin_text_groups akin_corpus_groups(const akin_corpus *c);
AKIN_API akin_text_tuples akin_corpus_tuples(const akin_corpus *c);

AKIN_API int akin_corpus_splits(const akin_corpus *c);                        /* 1 to 3 */
AKIN_API const char *akin_corpus_split_name(const akin_corpus *c, int split); /* NULL beyond the last */

/* The items of a split, ascending; borrowed.  AKIN_ERR_INPUT, with the names there are. */
AKIN_API akin_status akin_corpus_split(const akin_corpus *c, const char *split, const int32_t **items,
                                       int64_t *n, akin_error *err);

AKIN_API const char *akin_corpus_name(const akin_corpus *c);   /* last part of the path */
AKIN_API const char *akin_corpus_format(const akin_corpus *c); /* "lines", "tsv", ... */
AKIN_API const char *akin_corpus_fingerprint(
    const akin_corpus *c); /* 16 digits: XXH3 over texts, groups, labels, splits, tuples */
/* The same of the corpus without opts->keep, and in *items (may be NULL) the items that its train has. */
AKIN_API const char *akin_corpus_whole(const akin_corpus *c, int64_t *items);
AKIN_API const char *akin_corpus_group_name(const akin_corpus *c, int64_t g); /* NULL when there is none */
AKIN_API const char *akin_corpus_class_name(const akin_corpus *c, int64_t k);

/* "file:line" of item i, the file as its path within the corpus, in buf (ended, shortened to fit); returns buf. */
AKIN_API const char *akin_corpus_item_name(const akin_corpus *c, int64_t i, char *buf, size_t size);

/* What was left out on the way. */
typedef struct akin_corpus_counts {
    int64_t lines;      /* read, or rows */
    int64_t empty;      /* lines of nothing but white space */
    int64_t bad;        /* with AKIN_BAD_SKIP */
    int64_t mended;     /* of them kept, U+FFFD in place of each bad byte */
    int64_t duplicates; /* with drop_duplicates */
    int64_t few_words;  /* items below min_words */
    int64_t documents;  /* left out by min_items and max_items */
    int64_t trimmed;    /* items left out with them and by keep_items */
    int64_t ignored;    /* hidden files and things that are no files, in a folder */
} akin_corpus_counts;

AKIN_API akin_corpus_counts akin_corpus_left_out(const akin_corpus *c);

/* Bad items in order, of which the first 1000 are kept: "file:line" and reason, borrowed. false beyond the last. */
AKIN_API bool akin_corpus_bad(const akin_corpus *c, int64_t i, const char **name, const char **reason);

/* Words. -------------------------------------------------------------------------------------------------- */

enum {
    AKIN_WORD_BYTES = 256, /* longer words are cut here, at the border of a character */
    AKIN_TEXT_WORDS = 4096 /* largest number of words that is kept of an item */
};

typedef struct akin_tokenizer akin_tokenizer;

/* Words borrowed from a tokenizer: word i is bytes[start[i]] up to bytes[start[i+1]], in lower case if asked for. */
typedef struct akin_words {
    const char *bytes;
    const int32_t *start;
    int64_t n;
} akin_words;

/* lower: fold to lower case by Unicode's rules without a language. */
AKIN_API akin_status akin_tokenizer_create(bool lower, akin_tokenizer **out, akin_error *err);
AKIN_API void akin_tokenizer_free(akin_tokenizer *t);

/* The words of a text between Unicode word boundaries [Davis2022 WB1-WB999] that hold a letter, digit, kana or ideograph;
 * spaces and punctuation are dropped. The words are valid until the next call.
 * AKIN_ERR_INPUT (not UTF-8, more than 2^28 bytes), AKIN_ERR_NOMEM, AKIN_ERR_UNSUPPORTED (ICU without its data). */
AKIN_API akin_status akin_tokenize(akin_tokenizer *t, const char *text, int64_t bytes, akin_words *out,
                                   akin_error *err);

/* Vocabulary. --------------------------------------------------------------------------------------------- */

typedef struct akin_vocab akin_vocab;

typedef struct akin_vocab_opts {
    uint32_t struct_size;
    bool no_lower;      /* keep capitals */
    int32_t min_count;  /* words seen less often are unknown */
    int32_t max_words;  /* keep the most frequent; 0 = all */
    int32_t minn, maxn; /* lengths of the character n-grams; maxn 0 = none */
    int32_t buckets;    /* number of hashed n-grams; with maxn > 0 */
} akin_vocab_opts;

#define AKIN_VOCAB_OPTS_INIT                                                                                 \
    {                                                                                                        \
        sizeof(akin_vocab_opts), false, 5, 0, 3, 6, 200000                                                   \
    }

/* One flag per option, as rows for a verb's table. */
#define AKIN_VOCAB_OPT_ROWS                                                                                       \
    { "min-count", AKIN_OPT_INT, "5", "N", 1, 1e9, "words seen less often are unknown" },                         \
        { "max-vocab", AKIN_OPT_INT, "0", "N", 0, 1e8, "keep only the N most frequent words; 0 = all" },          \
        { "minn", AKIN_OPT_INT, "3", "N", 1, 16, "shortest character n-gram" },                                   \
        { "maxn", AKIN_OPT_INT, "6", "N", 0, 16, "longest character n-gram; 0 = none, unknown words are <unk>" }, \
    {                                                                                                             \
        "buckets", AKIN_OPT_INT, "200000", "N", 1, 1e8, "rows for the hashed character n-grams"                   \
    }

/* Words of items (NULL: of all n texts), most frequent first, equal counts in the order of their bytes.
 * AKIN_ERR_RANGE (options), AKIN_ERR_INPUT (no word is frequent enough), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_vocab_build(const akin_texts *texts, const int32_t *items, int64_t n,
                                      const akin_vocab_opts *opts, akin_vocab **out, akin_error *err);
AKIN_API void akin_vocab_free(akin_vocab *v);

AKIN_API int64_t akin_vocab_words(const akin_vocab *v);
AKIN_API akin_vocab_opts akin_vocab_options(const akin_vocab *v);

/* Rows of a table of vectors for this vocabulary: the words, then the n-gram buckets, or one row for <unk>. */
AKIN_API int64_t akin_vocab_rows(const akin_vocab *v);

AKIN_API const char *akin_vocab_word(const akin_vocab *v,
                                     int64_t id); /* ended by a 0; NULL when there is none */
AKIN_API int64_t akin_vocab_count(const akin_vocab *v, int64_t id); /* how often it was seen */
AKIN_API int64_t akin_vocab_find(const akin_vocab *v, const char *word, int64_t bytes); /* id, or -1 */
AKIN_API const char *akin_vocab_fingerprint(const akin_vocab *v); /* 16 digits: XXH64 of the saved file */

/* Ids of word's n-grams: of "<word>", every run of minn to maxn characters, hashed by 32-bit FNV-1a over bytes taken as
 * signed numbers, modulo buckets, plus akin_vocab_words(): fastText's, number for number [Bojanowski2017 sec.3.2].
 * At most room are written; returns how many there are. */
AKIN_API int64_t akin_vocab_ngrams(const akin_vocab *v, const char *word, int64_t bytes, int32_t *ids,
                                   int64_t room);

/* A text file with options, counts and words, closed by its own XXH64, so that any changed byte is noticed.
 * AKIN_ERR_FORMAT names the line. */
AKIN_API akin_status akin_vocab_save(const akin_vocab *v, const char *path, akin_error *err);
AKIN_API akin_status akin_vocab_load(const char *path, akin_vocab **out, akin_error *err);

/* Items as word ids. -------------------------------------------------------------------------------------- */

typedef struct akin_tokens akin_tokens;

/* Tokenise all texts, in parallel. At most max_words (1..AKIN_TEXT_WORDS, 0 = 128) words of an item are kept.
 * Borrows v, which has to outlive it; texts are not needed afterwards.
 * AKIN_ERR_RANGE, AKIN_ERR_INPUT (not UTF-8), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_tokens_create(const akin_vocab *v, const akin_texts *texts, int32_t max_words,
                                        akin_tokens **out, akin_error *err);
AKIN_API void akin_tokens_free(akin_tokens *t);

/* Word ids, borrowed. Ids from akin_vocab_words() on are words outside of the vocabulary: with n-grams each has a number
 * of its own, good for this object only; without, all are akin_vocab_words(), the row of <unk>. */
AKIN_API akin_ragged akin_tokens_words(const akin_tokens *t);

typedef struct akin_tokens_counts {
    int64_t words;     /* kept */
    int64_t unknown;   /* of them outside of the vocabulary */
    int64_t truncated; /* items with more than max_words */
    int64_t empty;     /* items without a word */
} akin_tokens_counts;

AKIN_API akin_tokens_counts akin_tokens_seen(const akin_tokens *t);

/* Views. -------------------------------------------------------------------------------------------------- */

/* Start from AKIN_TEXT_VIEW_OPTS_INIT, which changes nothing. Done in this order; no view of a text is empty. */
typedef struct akin_text_view_opts {
    uint32_t struct_size;
    float crop_min, crop_max; /* keep a run of this share of the words, uniform; 1,1 = all */
    float replace_prob;       /* each word becomes one of its nearest words, uniformly */
    float erase_prob;         /* each word is left out; if all would be, one of them stays */
} akin_text_view_opts;

#define AKIN_TEXT_VIEW_OPTS_INIT                                                                             \
    {                                                                                                        \
        sizeof(akin_text_view_opts), 1, 1, 0, 0                                                              \
    }

typedef struct akin_text_view_preset_desc {
    const char *name;  /* NULL ends the table */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    akin_text_view_opts opts;
} akin_text_view_preset_desc;

#define AKIN_TEXT_VIEW_PRESET_NAMES "none|erase|replace|crop"
AKIN_API extern const akin_text_view_preset_desc akin_text_view_presets[];

/* AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_text_view_preset(const char *name, akin_text_view_opts *out, akin_error *err);

/* One flag per option, as rows for a verb's table; a flag that is not given leaves what the preset says. */
#define AKIN_TEXT_VIEW_OPT_ROWS                                                                                   \
    { "text-view",                                                                                                \
      AKIN_OPT_CHOICE,                                                                                            \
      "none",                                                                                                     \
      AKIN_TEXT_VIEW_PRESET_NAMES,                                                                                \
      0,                                                                                                          \
      0,                                                                                                          \
      "recipe of the views of text; the options below change single parts of it" },                               \
        { "word-crop-min",                                                                                        \
          AKIN_OPT_REAL,                                                                                          \
          NULL,                                                                                                   \
          "SHARE",                                                                                                \
          0.001,                                                                                                  \
          1,                                                                                                      \
          "shortest run of words, as a share of the text" },                                                      \
        { "word-crop-max", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "longest run; 1 and 1: all words" },           \
        { "word-replace", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability that a word becomes one of its nearest" }, \
    {                                                                                                             \
        "word-erase", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability that a word is left out"                       \
    }

AKIN_API extern const akin_opt_desc akin_text_view_opt_desc[]; /* the rows above; ends with a NULL name */

/* Set, or read, the option of a flag ("word-erase").  AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT
 * for an unknown name. "text-view" loads a preset, so it comes first. */
AKIN_API akin_status akin_text_view_set(akin_text_view_opts *opts, const char *name, const char *text,
                                        akin_error *err);
AKIN_API akin_status akin_text_view_get(const akin_text_view_opts *opts, const char *name, double *value,
                                        akin_error *err);
AKIN_API akin_status akin_text_view_check(const akin_text_view_opts *opts, akin_error *err);

/* For every word of a vocabulary its nearest words; borrowed. */
typedef struct akin_neighbours {
    const int32_t *ids; /* [words,k] */
    int64_t words, k;
} akin_neighbours;

/* A view of n word ids, into out with room for n; returns its length: 1..n, or 0 when n is 0. Ids outside of near (and
 * all of them when near is NULL) are never replaced. Each part of the recipe draws from numbers of its own: with another
 * erase_prob the crops stay as they were. opts as akin_text_view_check() passes them.  [NozawaSato2021] */
AKIN_API int64_t akin_text_view(const akin_text_view_opts *opts, const akin_neighbours *near,
                                const int32_t *ids, int64_t n, const akin_view_name *name, int32_t *out);

/* Batches. ------------------------------------------------------------------------------------------------ */

/* The most ids that a row of akin_text_batch() can have: room for n rows is n times this. near may be NULL. */
AKIN_API int64_t akin_text_row_bound(const akin_tokens *t, const akin_neighbours *near);

/* Rows of ids for an encoder. Row i is the view of item items[i] (NULL: item i) under the name (name->seed, name->epoch,
 * items[i], name->view): each word as its id followed by the ids of its n-grams, or n-grams only outside of the
 * vocabulary. opts NULL, or one that changes nothing: the words as they are. Rows go to ids[start[i]] up to start[i+1]. In parallel.
 *
 * ids      [capacity]
 * start    [n+1]
 *
 * AKIN_ERR_RANGE (an item that is not there, options), AKIN_ERR_SHAPE (near is not of this vocabulary), AKIN_ERR_NOMEM
 * (capacity; the sentence says how many ids are needed). */
AKIN_API akin_status akin_text_batch(const akin_tokens *t, const akin_text_view_opts *opts,
                                     const akin_neighbours *near, const int32_t *items, int64_t n,
                                     const akin_view_name *name, int32_t *ids, int64_t capacity,
                                     int64_t *start, akin_error *err);

/* Word vectors. ------------------------------------------------------------------------------------------- */

/* Read fastText's text form: a line "n d", then n lines of a word and d numbers; GloVe's, without the first line, is
 * read too. Plain or compressed. vectors float [words of v, d] receives a row for each word of v that is in the file,
 * zeros for the others, and has (uint8 [words of v]) 1 for the former; both are allocated, free() frees. A word that comes
 * twice keeps its first vector. *n receives the number found.
 * AKIN_ERR_FORMAT (line, value found, value expected), AKIN_ERR_INPUT, AKIN_ERR_NOMEM. */
typedef struct akin_word_vectors {
    akin_mat mat; /* [words,d], mat.data owned */
    uint8_t *has; /* [words], owned */
    int64_t found;
} akin_word_vectors;

AKIN_API akin_status akin_word_vectors_load(const char *path, const akin_vocab *v, akin_word_vectors *out,
                                            akin_error *err);
AKIN_API void akin_word_vectors_free(akin_word_vectors *w); /* leaves *w zeroed */

/* Write fastText's text form; numbers are read back as the same floats.  AKIN_ERR_SHAPE (rows), AKIN_ERR_IO. */
AKIN_API akin_status akin_word_vectors_save(const char *path, const akin_vocab *v, akin_cmat vectors,
                                            akin_error *err);

/* The k nearest other words by cosine, nearest first, equal ones by id; words without a vector (has 0 or all zeros), and
 * all when fewer than two have one, map to themselves k times, and a list that is too short is filled with its first.
 * ids int32 [rows,k]; has may be NULL. In parallel.  AKIN_ERR_SHAPE, AKIN_ERR_RANGE (k not in 1..64), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_word_vectors_nearest(akin_cmat vectors, const uint8_t *has, int64_t k, int32_t *ids,
                                               akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TEXT_H */
