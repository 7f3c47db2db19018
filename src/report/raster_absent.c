/* SPDX-License-Identifier: Apache-2.0 */
/* report/raster_absent.c - in a build without librsvg: charts are SVG, CSV or TeX. */
#include "report/raster.h"

akin_status ak_raster(const char *svg, size_t bytes, bool pdf, double width, double height,
                      const char *created, char **out, size_t *out_bytes, akin_error *err)
{
    (void)svg, (void)bytes, (void)pdf, (void)width, (void)height, (void)created, (void)out, (void)out_bytes;
    return akin_build_need("librsvg", err);
}
