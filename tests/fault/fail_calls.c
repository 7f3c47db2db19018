/* SPDX-License-Identifier: Apache-2.0 */
/* fail_calls.c - fails the n-th system call (fault.h). */
#include "fault.h"
