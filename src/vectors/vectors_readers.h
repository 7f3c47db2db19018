/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_readers.h - the readers, one a format; and the steps after reading, in their order. */
#ifndef AK_VECTORS_VECTORS_READERS_H
#define AK_VECTORS_VECTORS_READERS_H

#include "vectors/vector_set.h"

/* Each reads one file into a new split; the first file also decides on d. What a reader leaves on failure
 * is freed by the caller. */
akin_status ak_vectors_read_csv(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err);
akin_status ak_vectors_read_libsvm(akin_vector_set *set, ak_vector_split *split, const char *path,
                                   akin_error *err);
/* The parts of a .npz. */
akin_status ak_vectors_read_npz(akin_vector_set *set, const char *path, akin_error *err);
/* Archives of tar; their parts. */
akin_status ak_vectors_read_shards(akin_vector_set *set, const char *path, akin_error *err);
/* Files of .npy that a range of braces names; their parts. */
akin_status ak_vectors_read_range(akin_vector_set *set, const char *path, akin_error *err);
/* An array [n,d] becomes the values of a new split; path is for sentences. */
akin_status ak_vectors_take_array(akin_vector_set *set, ak_vector_split *split, const char *path,
                                  akin_array *a, akin_error *err);
akin_status ak_vectors_read_npy(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err);
akin_status ak_vectors_make_dense(akin_vector_set *set, akin_error *err); /* libsvm, after the last file */
void ak_sparse_free(struct ak_sparse *sparse);                            /* take NULL */
void ak_csv_table_free(struct ak_table *table);

/* Labels become classes, which are in order. */
akin_status ak_vectors_set_classes(akin_vector_set *set, akin_error *err);
/* With opts.holdout: a share of train becomes test. */
akin_status ak_vectors_hold_out(akin_vector_set *set, akin_error *err);
/* With opts.keep. Before reading: find the rows of the list in the full set, which is open. After the
 * hold-out: leave only these in train. */
akin_status ak_vectors_find_kept(akin_vector_set *set, const akin_vector_set *full, akin_error *err);
akin_status ak_vectors_select(akin_vector_set *set, akin_error *err);
/* Measure the columns, set the scale, and fill in what is missing. */
akin_status ak_vectors_measure(akin_vector_set *set, akin_error *err);
/* Rows in order of group and time, so that neighbours stand together. */
akin_status ak_vectors_order(akin_vector_set *set, akin_error *err);
/* With opts.series: rows of one session without a gap become pieces. After the order.
 * AKIN_ERR_INPUT: two rows of a session at one time, or times without a usual step. */
akin_status ak_vectors_cut_series(akin_vector_set *set, akin_error *err);
akin_status ak_vectors_hash(akin_vector_set *set, akin_error *err); /* sets the fingerprint */

/* All of these but find_kept(), in order: what comes between the last row and an open set. */
akin_status ak_vectors_prepare(akin_vector_set *set, akin_error *err);
/* Free what only reading needs, and forget the options, whose texts were borrowed; also after a failure. */
void ak_vectors_end_reading(akin_vector_set *set);

#endif
