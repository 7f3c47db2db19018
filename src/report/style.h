/* SPDX-License-Identifier: Apache-2.0 */
/* report/style.h - the style of drawings outside a page. */
#ifndef AK_REPORT_STYLE_H
#define AK_REPORT_STYLE_H

#include "report/html.h"

/* The rules of a drawing that is a file of its own, with the colours of the light or the dark page. */
void ak_style_of_file(ak_html *h, bool dark);
/* The light colour of "c0" to "c6" and "b0" to "b2" as six digits. */
void ak_style_colour(const char *class, char to[7]);
/* Six digits of the colour that the map of a page gives to class number `hue`; -1: grey. */
void ak_style_hue(int hue, bool dark, char to[7]);

#endif
