/* SPDX-License-Identifier: Apache-2.0 */
/* report/sheet.h - items side by side as a part of a page. */
#ifndef AK_REPORT_SHEET_H
#define AK_REPORT_SHEET_H

#include "akin/tool/report.h"
#include "report/html.h"

/* A <section id="items"> of about `budget` bytes at most; nothing where sheet is NULL.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM, and as its picture() fails. */
akin_status ak_sheet_part(ak_html *h, const akin_sheet *sheet, size_t budget, akin_error *err);

#endif
