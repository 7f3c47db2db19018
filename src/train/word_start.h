/* SPDX-License-Identifier: Apache-2.0 */
/* train/word_start.h - training of text that begins with given vectors of words: --word-vectors.
 *
 * A step moves a vector by what the rate says, whatever its length, and the mean of a text is that of its
 * longest words. Vectors of elsewhere are some twenty times as long as drawn ones: then they hardly move, and
 * words without one hardly count. So all are multiplied by one number, which makes their median length that
 * of drawn ones; cosines between them stay. Without a step, or frozen, they stay as they are: beside them
 * words without a vector would be noise. */
#ifndef AK_TRAIN_WORD_START_H
#define AK_TRAIN_WORD_START_H

#include "train/trainer.h"

#include "akin/tool/json.h"

/* Given vectors become rows of the net's table.  AKIN_ERR_INPUT where a product is not finite */
akin_status ak_word_start_take(ak_trainer *t, akin_error *err);

/* A line for a person. */
void ak_word_start_say(ak_trainer *t);

/* "length" and "scale" into data.word_vectors of run.json. */
void ak_word_start_record(const ak_trainer *t, akin_json *root);

/* Of a run that goes on: AKIN_ERR_INPUT when these are not the vectors that it began with. */
akin_status ak_word_start_check(const ak_trainer *t, akin_error *err);

/* Of a run that goes on from a checkpoint of this step, by the rank that writes. One that has made no step
 * takes what a run of its length takes at once, and run.json then tells the scale. */
akin_status ak_word_start_again(ak_trainer *t, int64_t step, akin_error *err);

#endif
