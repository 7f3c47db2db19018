/* SPDX-License-Identifier: Apache-2.0 */
/* report/html.h - text that grows; whatever is not our own enters a page through ak_html_put() and
 * ak_html_text().
 *
 * ak_html_put() escapes every %s. Only ak_html_raw() does not escape; it is for our own markup. When memory
 * runs out, `failed` stays set, and the caller looks at it once, at the end. */
#ifndef AK_REPORT_HTML_H
#define AK_REPORT_HTML_H

#include "akin/tool/json.h"
#include "base/base.h"

typedef struct ak_html {
    char *data; /* ends with a 0 byte that `used` does not count; free() frees */
    size_t used, size;
    bool failed;
} ak_html;

void ak_html_bytes(ak_html *h, const void *data, size_t bytes);
void ak_html_raw(ak_html *h, const char *markup);
void ak_html_text(ak_html *h, const char *text); /* escaped for content and quoted attributes */

/* Knows %s (escaped), %d, %lld, %.Nf, %.Ng and %%; decimals have a point in every locale, and a number that
 * is not finite becomes a dash. */
void ak_html_put(ak_html *h, const char *format, ...) AK_PRINTF(2, 3);

/* The bytes with whatever is not UTF-8 replaced by U+FFFD. */
void ak_html_utf8(ak_html *h, const char *bytes, size_t n);

void ak_html_base64(ak_html *h, const void *data, size_t bytes);

/* <div> in which a wide table scrolls; the keyboard reaches it, and it is called `name`. */
void ak_html_scroll(ak_html *h, const char *name);

/* JSON within an element, six digits; the value is freed. */
void ak_html_json(ak_html *h, akin_json *value);

/* Numbers as people read them: 60,000 | 88.4 % | 6.931 | 2 min 58 s | 21 November 2026, 21:13 UTC. */
void ak_html_count(ak_html *h, double x);
void ak_html_percent(ak_html *h, double fraction);
void ak_html_loss(ak_html *h, double x); /* four significant digits */
void ak_html_duration(ak_html *h, double seconds);
void ak_html_date(ak_html *h, const char *iso); /* anything but an ISO date is shown as it is */

#endif
