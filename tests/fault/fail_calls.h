/* SPDX-License-Identifier: Apache-2.0 */
/* fail_calls.h - what fail_calls.c (which call fails) and record_calls.c (what the calls have stored)
 * share. */
#ifndef AKIN_TESTS_FAIL_CALLS_H
#define AKIN_TESTS_FAIL_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CALLS_PATH = 4096 };

/* The absolute path of `path` in `full`; whether it lies in the folder that is watched. */
bool calls_path_watched(const char *path, char full[CALLS_PATH]);
/* The same of an open file. */
bool calls_file_watched(int fd, char full[CALLS_PATH]);

/* One line to AKIN_RECORD for each call that changes what is stored; nothing without that variable. */
void record_begin(const char *file);
void record_open(int fd, const char *path, int flags, bool was_there);
void record_write(int fd, const char *path, off_t at, const void *data, size_t bytes);
void record_length(int fd, const char *path, off_t length);
void record_flush(int fd, const char *path, bool folder);
void record_names(const char *call, const char *from, const char *to);

#endif
