/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/utf8.h - is it UTF-8?  Shortest forms only, no surrogates, nothing beyond U+10FFFF [RFC 3629],
 * and no NUL. */
#ifndef AKIN_TOOL_UTF8_H
#define AKIN_TOOL_UTF8_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the first byte is that is not valid UTF-8, or NUL; bytes when there is none. */
AKIN_API int64_t akin_utf8_check(const char *text, int64_t bytes);

/* Copy text into out with U+FFFD for each byte that akin_utf8_check() stops at; out has room for 3*bytes.
 * Returns the bytes written. */
AKIN_API int64_t akin_utf8_mend(const char *text, int64_t bytes, char *out);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_UTF8_H */
