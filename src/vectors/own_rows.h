/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/own_rows.h - a set of vectors from rows that a caller gives. */
#ifndef AK_VECTORS_OWN_ROWS_H
#define AK_VECTORS_OWN_ROWS_H

#include "akin/data.h"
#include "akin/tool/vectors.h"

/* As akin_dataset_from_rows(); own is as this library knows it. */
akin_status ak_vectors_from_own(const akin_own_rows *own, akin_vector_set **out, akin_error *err);

#endif
