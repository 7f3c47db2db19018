/* SPDX-License-Identifier: Apache-2.0 */
/* report/html.h - text that grows, and the one door through which foreign text enters a page.
 *
 * akin_html_put() escapes every %s; only akin_html_raw() does not, and it is for our own markup. Being out of
 * memory sticks in `failed` and is asked once, at the end. */
#ifndef AKIN_SRC_REPORT_HTML_H
#define AKIN_SRC_REPORT_HTML_H

#include "base/base.h"

typedef struct akin_html {
    char *data; /* ends with a 0 byte that `used` does not count; free() frees */
    size_t used, size;
    bool failed;
} akin_html;

void akin_html_bytes(akin_html *h, const void *data, size_t bytes);
void akin_html_raw(akin_html *h, const char *markup);
void akin_html_text(akin_html *h, const char *text); /* escaped for content and quoted attributes */

/* Knows %s (escaped), %d, %lld, %.Nf, %.Ng and %%; decimals have a point in every locale, and a number that is
 * not finite becomes a dash. */
void akin_html_put(akin_html *h, const char *format, ...) AKIN_PRINTF(2, 3);

/* The bytes with whatever is not UTF-8 replaced by U+FFFD. */
void akin_html_utf8(akin_html *h, const char *bytes, size_t n);

void akin_html_base64(akin_html *h, const void *data, size_t bytes);

/* Numbers as people read them: 60,000 | 88.4 % | 6.931 | 2 min 58 s | 21 November 2026, 21:13 UTC. */
void akin_html_count(akin_html *h, double x);
void akin_html_percent(akin_html *h, double fraction);
void akin_html_loss(akin_html *h, double x); /* four significant digits */
void akin_html_duration(akin_html *h, double seconds);
void akin_html_date(akin_html *h, const char *iso); /* anything but an ISO date is shown as it is */

#endif
