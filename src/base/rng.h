/* SPDX-License-Identifier: Apache-2.0 */
/* base/rng.h - random numbers as a function of what they are for  [Salmon2011 Philox4x32-10].
 *
 * A stream is named by (seed, epoch, item, view, use); the same name gives the same numbers on every machine
 * and in every order of execution. So data order and augmentations need no state in a checkpoint. */
#ifndef AK_BASE_RNG_H
#define AK_BASE_RNG_H

#include <stdint.h>

/* What a stream is for: streams of different use never meet. Append only; the numbers are part of results. */
typedef enum ak_rng_use {
    AK_RNG_INIT = 1,        /* initial weights: item = tensor */
    AK_RNG_ORDER = 2,       /* order of items in an epoch */
    AK_RNG_AUGMENT = 3,     /* one view of one item */
    AK_RNG_EVAL = 4,        /* label draws, splits */
    AK_RNG_SAMPLE = 5,      /* items for galleries and estimates */
    AK_RNG_PAIRS = 6,       /* positives and negatives from latent classes */
    AK_RNG_QUEUE = 7,       /* the first keys of a momentum encoder's queue: item = key */
    AK_RNG_VECTOR = 16,     /* one view of one row of a vector set */
    AK_RNG_HOLDOUT = 17,    /* rows of a vector set that become test: item = class */
    AK_RNG_TEXT = 20,       /* one view of one text */
    AK_RNG_LONGTAIL = 40,   /* subsets of classes: item = class; view 1: places of the classes */
    AK_RNG_MIX = 41,        /* mixed images: view 0 which, view 1 with whom: item */
    AK_RNG_PARTS = 42,      /* train, test and val: item = class */
    AK_RNG_HOLD_OUT = 21,   /* which items of a group are held out: item = group */
    AK_RNG_DIFFICULTY = 32, /* items that others are compared with */
    AK_RNG_PRUNE = 33,      /* items to leave out at random */
    AK_RNG_TFIDF = 51,      /* columns of a word in a projected bag of words: item = word */
    AK_RNG_PERMUTED = 50,   /* partners permuted, for what a loss would be without them: epoch = which */
    AK_RNG_MAP = 52,        /* a map: view 0 layout, epoch = which; view 1 on: splits of trees, item = node */
    AK_RNG_CLUSTER = 61,    /* first centres of k-means: epoch = start */
    AK_RNG_LABELS = 60,     /* folds of items whose labels are judged */
} ak_rng_use;

/* Who draws with AK_RNG_SAMPLE in src/theory: the epoch of ak_rng_at(). A bound that draws with the numbers
 * that made its own data would not be a sample of it. */
enum {
    AK_SAMPLE_CONTRAST = 7,
    AK_SAMPLE_CENTRES = 8, /* latent.c: 8 to 13 */
    AK_SAMPLE_ITEMS = 9,
    AK_SAMPLE_VIEWS = 10,
    AK_SAMPLE_LATENT_ROWS = 11,
    AK_SAMPLE_DISCRETE_SETS = 12,
    AK_SAMPLE_DISCRETE_ROWS = 13,
    AK_SAMPLE_TUPLES = 14,
    AK_SAMPLE_FEW_SHOT = 15,
    AK_SAMPLE_CANDIDATES = 16,
    AK_SAMPLE_AUGMENTATION = 17
};

typedef struct ak_rng {
    uint32_t key[2], counter[4], block[4];
    uint32_t left; /* unread words of block */
} ak_rng;

ak_rng ak_rng_at(uint64_t seed, ak_rng_use use, uint32_t epoch, uint64_t item, uint32_t view);

uint32_t ak_rng_u32(ak_rng *r);
float ak_rng_float(ak_rng *r);                         /* [0,1), 24 bits */
double ak_rng_double(ak_rng *r);                       /* [0,1), 53 bits */
float ak_rng_range(ak_rng *r, float lo, float hi);     /* [lo,hi) */
double ak_rng_normal(ak_rng *r);                       /* mean 0, variance 1 (Box-Muller, one of the pair) */
uint32_t ak_rng_below(ak_rng *r, uint32_t n);          /* 0..n-1 without bias; n >= 1 */
void ak_rng_shuffle(ak_rng *r, int32_t *x, int64_t n); /* Fisher-Yates; n < 2^32 */

/* Block `index` of a stream, wherever the stream is: for draws that each have a place of their own. */
void ak_rng_block(const ak_rng *stream, uint32_t index, uint32_t word[4]);
/* A word as a number in [0,1), 24 bits. */
static inline double ak_rng_unit(uint32_t word) { return (double)(word >> 8) * 0x1p-24; }

/* One Philox4x32-10 block, for the known-answer test. */
void ak_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

#endif
