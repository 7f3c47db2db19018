/* SPDX-License-Identifier: Apache-2.0 */
/* base/folder_names.h - what the name of a file or folder says about its use: which part of a data set it is,
 * or that it is none of the data. One place, so that images, text and vectors agree. */
#ifndef AK_BASE_FOLDER_NAMES_H
#define AK_BASE_FOLDER_NAMES_H

#include "base/base.h"

/* The parts of a data set, in the order of the splits. */
typedef enum ak_part_name { AK_PART_NONE = -1, AK_PART_TRAIN, AK_PART_TEST, AK_PART_VAL } ak_part_name;

/* Which part the first n bytes of a name mean, in any case:
 *   train   train training trn        test   test testing tst
 *   val     val valid validation validate dev devel development eval evaluation
 * each alone, or followed by set, data, images or imgs, or by a year, with or without one of "-_ ." between:
 * "Train_Set", "val2017". */
ak_part_name ak_part_meant(const char *name, size_t n);

/* "train", "test", "val". */
const char *ak_part_word(ak_part_name part);

/* The name is of something that systems, editors and archivers leave behind: hidden ones (.git, .DS_Store,
 * ._a.jpg), __MACOSX, @eaDir, Thumbs.db, desktop.ini, $RECYCLE.BIN, lost+found and the like. */
bool ak_is_clutter(const char *name);

/* Puts a name among the first two of its kind by strcmp, in whatever order they come; "" = none yet. */
void ak_two_first(char first[256], char second[256], const char *name);

#endif
