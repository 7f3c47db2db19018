/* SPDX-License-Identifier: Apache-2.0 */
/* report/classes.h - which classes the features tell apart, on the page of a run. */
#ifndef AK_REPORT_CLASSES_H
#define AK_REPORT_CLASSES_H

#include "akin/tool/report.h"
#include "report/html.h"

/* A <section id="classes">; nothing where classes is NULL.  AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM */
akin_status ak_classes_section(ak_html *h, const akin_report_classes *classes, akin_error *err);

#endif
