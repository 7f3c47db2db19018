/* SPDX-License-Identifier: Apache-2.0 */
/* text/vocab.h - what a vocabulary holds. */
#ifndef AK_TEXT_VOCAB_H
#define AK_TEXT_VOCAB_H

#include "akin/tool/vocab.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "base/names.h"

/* The options as a whole table, one flag each, ended by a row without a name. */
extern const akin_opt_desc ak_vocab_opt_desc[];

struct akin_vocab {
    akin_vocab_opts opts;
    ak_names words; /* in order of ids */
    int64_t *count; /* [words]: how often each was seen */
    int64_t *row;   /* [words+1] into ids: the word itself and its n-grams */
    int32_t *ids;
    char fingerprint[17];
};

/* Make a vocabulary of words in their final order, with count [words]. Both are taken over, also on
 * failure. */
akin_status ak_vocab_create(const akin_vocab_opts *opts, ak_names *words, int64_t *count, akin_vocab **out,
                            akin_error *err);
/* AKIN_ERR_RANGE naming the option. maxn 0 sets minn and buckets to 0. */
akin_status ak_vocab_opts_check(akin_vocab_opts *opts, akin_error *err);

int64_t ak_vocab_find(const akin_vocab *v, const char *word, int64_t bytes); /* id, or -1 */

/* What stands in the file of a vocabulary before its last line. The text is allocated with room for that
 * line; *sum is XXH64 over it. */
enum { AK_VOCAB_LAST_LINE = 6 + 16 + 1 }; /* "xxh64 ", digits, line end */
akin_status ak_vocab_print(const akin_vocab *v, char **text, size_t *bytes, uint64_t *sum, akin_error *err);

#endif
