/* SPDX-License-Identifier: Apache-2.0 */
/* base/latex.h - text and numbers for a LaTeX document. */
#ifndef AK_BASE_LATEX_H
#define AK_BASE_LATEX_H

/* Text that LaTeX sets as it reads: what has a meaning to it is escaped, a minus before a digit is one, and
 * Greek letters and signs of mathematics, which pdflatex does not know by their characters, are commands.
 * Whatever else is not ASCII stays. The caller frees it; NULL: no memory. */
char *ak_latex_text(const char *text);

#endif
