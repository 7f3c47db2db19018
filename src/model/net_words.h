/* SPDX-License-Identifier: Apache-2.0 */
/* model/net_words.h - a transformer over the vectors of words, within a net. */
#ifndef AK_MODEL_NET_WORDS_H
#define AK_MODEL_NET_WORDS_H

#include "model/net.h"

/* Of the plan, 4 blocks of 256 where it does not say. */
ak_transformer_opts ak_net_transformer_opts(const ak_net_plan *p);
/* Features of rows of words, of which the first `positions` are read.  AKIN_ERR_NOMEM, _RANGE */
akin_status ak_net_read_words(ak_net *net, akin_cmat table, const akin_ragged *rows, bool training,
                              akin_mat out, akin_error *err);
/* From net->dfront to net->dwords, for the rows that were read last; 0 for words that were not. */
akin_status ak_net_words_gradient(ak_net *net, akin_error *err);

#endif
