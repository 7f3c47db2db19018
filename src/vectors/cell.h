/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/cell.h - what a cell of a table says. */
#ifndef AK_VECTORS_CELL_H
#define AK_VECTORS_CELL_H

#include "base/base.h"

typedef enum ak_cell { AK_CELL_NUMBER, AK_CELL_MISSING, AK_CELL_INFINITE, AK_CELL_TEXT } ak_cell;

/* *value is written for NUMBER and INFINITE. */
ak_cell ak_cell_parse(const char *text, size_t length, double *value);
/* A number with a comma as its decimal sign: "1,5". *sure: the comma cannot separate thousands, as that of
 * "1,234" can. false: it is none. */
bool ak_cell_comma(const char *text, size_t length, double *value, bool *sure);
/* Digits in groups of three with `sign` between, as in "1,234,567"; after them perhaps the other sign and a
 * fraction. */
bool ak_cell_thousands(const char *text, size_t length, char sign);
/* Digits and nothing else. */
bool ak_cell_whole(const char *text, size_t length);
/* A number, or a date as seconds since 1970-01-01 UTC. false: neither. */
bool ak_cell_time(const char *text, size_t length, double *value);

/* text for a sentence: quoted, about 40 bytes of it, by ak_show(). Returns to. */
enum { AK_CELL_SHOWN = 48 };
const char *ak_cell_shown(const char *text, size_t length, char to[AK_CELL_SHOWN]);

#endif
