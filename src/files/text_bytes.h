/* SPDX-License-Identifier: Apache-2.0 */
/* files/text_bytes.h - bytes that are no text in UTF-8, named for what they are. */
#ifndef AK_FILES_TEXT_BYTES_H
#define AK_FILES_TEXT_BYTES_H

#include "base/base.h"

/* "UTF-16", "UTF-16LE", ... where the first n bytes are of text in such an encoding, as iconv calls it; else
 * NULL. */
const char *ak_text_wide(const char *text, size_t n);
/* AKIN_ERR_FORMAT, with the command that converts the file. */
akin_status ak_text_refuse_wide(const char *path, const char *wide, akin_error *err);

/* A file that no reader knows: AKIN_ERR_INPUT or AKIN_ERR_FORMAT if it is empty, text in such an encoding,
 * text with a zero byte, or damaged where it is unpacked. AKIN_OK: there is nothing of that to say. */
akin_status ak_text_explain(const char *path, akin_error *err);

/* What is wrong with byte `at` of a text, where akin_utf8_check() stopped: "is not UTF-8; perhaps ...".
 * Returns to. */
enum { AK_BAD_BYTE = 128 };
const char *ak_text_bad_byte(const char *text, int64_t bytes, int64_t at, char to[AK_BAD_BYTE]);

#endif
