/* SPDX-License-Identifier: Apache-2.0 */
/* report/plot.h - what is asked of a chart, looked at before anything is computed for it. */
#ifndef AK_REPORT_PLOT_H
#define AK_REPORT_PLOT_H

#include "akin/tool/plot.h"

/* Whether akin_plot_write() would take that file and that size: AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE,
 * AKIN_ERR_UNSUPPORTED, AKIN_ERR_IO. */
akin_status ak_plot_check(const char *what, const char *out_path, const akin_plot_opts *o, akin_error *err);

#endif
