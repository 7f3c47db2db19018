/* SPDX-License-Identifier: Apache-2.0 */
/* report/raster.h - a drawing in SVG as PDF or PNG, by librsvg where this build has it. */
#ifndef AK_REPORT_RASTER_H
#define AK_REPORT_RASTER_H

#include "base/base.h"

/* width and height in px of CSS, 96 an inch; a PNG has three pixels for each. created: an ISO date for the
 * PDF, so that the same drawing gives the same bytes. *out is the caller's.
 * AKIN_ERR_UNSUPPORTED, AKIN_ERR_NOMEM, AKIN_ERR_INTERNAL (what librsvg says of the drawing) */
akin_status ak_raster(const char *svg, size_t bytes, bool pdf, double width, double height,
                      const char *created, char **out, size_t *out_bytes, akin_error *err);

#endif
