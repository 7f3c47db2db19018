/* SPDX-License-Identifier: Apache-2.0 */
/* base/latex.c - text as LaTeX reads it. */
#include "base/latex.h"

#include "base/escape.h"
#include "base/plain.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *from, *to;
} SPELT[] = {
    { "\\", "\\textbackslash{}" },
    { "{", "\\{" },
    { "}", "\\}" },
    { "$", "\\$" },
    { "&", "\\&" },
    { "%", "\\%" },
    { "#", "\\#" },
    { "_", "\\_" },
    { "^", "\\textasciicircum{}" },
    { "~", "\\textasciitilde{}" },
    { "<", "\\textless{}" },
    { ">", "\\textgreater{}" },
    { "|", "\\textbar{}" },
    { "\"", "{\\char34}" },
    { "[", "{[}" }, /* after the end of a row it would be its height */
    { "]", "{]}" },
    { "*", "{*}" },
    { "\n", " " },
    { "\t", " " },
    { "\u00A0", "~" },
    { "\u00B1", "$\\pm$" },
    { "\u00B7", "$\\cdot$" },
    { "\u00D7", "$\\times$" },
    { "\u00B2", "$^2$" },
    { "\u0393", "$\\Gamma$" },
    { "\u0394", "$\\Delta$" },
    { "\u03A3", "$\\Sigma$" },
    { "\u03A6", "$\\Phi$" },
    { "\u03A9", "$\\Omega$" },
    { "\u03B1", "$\\alpha$" },
    { "\u03B2", "$\\beta$" },
    { "\u03B3", "$\\gamma$" },
    { "\u03B4", "$\\delta$" },
    { "\u03B5", "$\\varepsilon$" },
    { "\u03B7", "$\\eta$" },
    { "\u03B8", "$\\theta$" },
    { "\u03BA", "$\\kappa$" },
    { "\u03BB", "$\\lambda$" },
    { "\u03BC", "$\\mu$" },
    { "\u03BE", "$\\xi$" },
    { "\u03C0", "$\\pi$" },
    { "\u03C1", "$\\rho$" },
    { "\u03C3", "$\\sigma$" },
    { "\u03C4", "$\\tau$" },
    { "\u03C6", "$\\varphi$" },
    { "\u03C8", "$\\psi$" },
    { "\u03C9", "$\\omega$" },
    { "\u2013", "--" },
    { "\u2019", "'" },
    { "\u2026", "\\ldots{}" },
    { "\u2190", "$\\leftarrow$" },
    { "\u2192", "$\\rightarrow$" },
    { "\u2211", "$\\sum$" },
    { "\u2212", "$-$" },
    { "\u221A", "$\\surd$" },
    { "\u221E", "$\\infty$" },
    { "\u2248", "$\\approx$" },
    { "\u2260", "$\\neq$" },
    { "\u2264", "$\\leq$" },
    { "\u2265", "$\\geq$" },
};
enum { SPELT_COUNT = sizeof SPELT / sizeof *SPELT, LONGEST = 24 };

static const char *spelt(const char *at, size_t bytes)
{
    for (int i = 0; i < SPELT_COUNT; i++)
        if (strlen(SPELT[i].from) == bytes && memcmp(SPELT[i].from, at, bytes) == 0) return SPELT[i].to;
    return NULL;
}

/* "-3" and "(-3", not the hyphen of "x-3". */
static bool is_minus(const char *text, const char *at)
{
    return *at == '-' && ak_isdigit(at[1]) && (at == text || strchr(" (=", at[-1]));
}

char *ak_latex_text(const char *text)
{
    size_t left = strlen(text);
    char *out = malloc(left * LONGEST + 1), *to = out;
    if (!out) return NULL;
    for (const char *at = text; left > 0;) {
        char escape[AK_ESCAPE_BYTES + 1];
        size_t n = ak_utf8_length(at, left, NULL);
        const char *put = n ? spelt(at, n) : NULL;
        if (!put &&
            !ak_showable(at, left)) { /* a control character would end LaTeX: its number, as elsewhere */
            escape[ak_escape_one(at, left, &n, escape)] = 0;
            for (const char *c = escape; *c; c++) {
                const char *word = spelt(c, 1);
                to = word ? stpcpy(to, word) : (*to = *c, to + 1);
            }
        } else if (put)
            to = stpcpy(to, put);
        else if (is_minus(text, at))
            to = stpcpy(to, "$-$");
        else
            to = (char *)memcpy(to, at, n) + n;
        at += n;
        left -= n;
    }
    *to = 0;
    return out;
}
