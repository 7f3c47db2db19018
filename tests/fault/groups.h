/* SPDX-License-Identifier: Apache-2.0 */
/* groups.h - things that are told in words, and counted by them, digits apart. */
#ifndef AK_TESTS_FAULT_GROUPS_H
#define AK_TESTS_FAULT_GROUPS_H

#include <stdint.h>

/* One more of the name with the same first words: how many there are now. Of groups beyond the 400th 2^62. */
int64_t groups_count(const char *name, const char *words);

#endif
