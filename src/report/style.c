/* SPDX-License-Identifier: Apache-2.0 */
/* report/style.c - the style sheet: one column of text width, tabular figures, the palette of Okabe and Ito
 * (distinguishable with any colour vision) in two brightnesses, and rules for telephones and for paper. A
 * drawing that is a file of its own has the rules of drawings alone, with the colours put in: other programs
 * than browsers know no variables. */
#include "report/page.h"
#include "report/style.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Colours. c0..c6: runs; raw, random, trained: what is compared. */
#define LIGHT                                                                                                \
    "--paper:#fff;--ink:#1a1c1e;--soft:#5c6369;--rule:#d9dcdf;--wash:#f5f6f7;--accent:#0072b2;"              \
    "--raw:#6b7278;--random:#b8720a;--trained:#0072b2;--same:#009e73;--other:#d55e00;--alert:#b34700;"       \
    "--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b8720a;--c4:#a8487e;--c5:#3494c9;--c6:#1a1c1e"
#define DARK                                                                                                 \
    "--paper:#15181b;--ink:#e6e8ea;--soft:#9ba3aa;--rule:#343a40;"                                           \
    "--wash:#1d2125;--accent:#56b4e9;--raw:#a3abb2;--random:#e69f00;--trained:#56b4e9;--same:#2fc79a;"       \
    "--other:#f0803c;--alert:#f0803c;--c0:#56b4e9;--c1:#f0803c;--c2:#2fc79a;--c3:#e69f00;--c4:#cc79a7;--c5:" \
    "#0a88d0;"                                                                                               \
    "--c6:#e6e8ea"
#define DRAWINGS                                                                                             \
    "svg text{font-size:11.5px;fill:var(--soft);font-family:inherit}\n"                                      \
    "svg .far{fill:var(--ink);font-size:10.5px}\n"                                                           \
    "svg .strong{fill:var(--ink);font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px;"   \
    "stroke-linejoin:round}\n"                                                                               \
    ".grid{stroke:var(--rule);stroke-width:1;opacity:.65;fill:none}.axis{stroke:var(--soft);fill:none}\n"    \
    ".level{fill:none;stroke:var(--ink);stroke-width:1.2}.level.chance{stroke-dasharray:5 4}\n"              \
    ".learned{fill:var(--c0);opacity:.09}.band{opacity:.15}\n"                                               \
    ".raw,.line,.thin{fill:none;stroke-linejoin:round;stroke-linecap:round}\n"                               \
    ".raw{stroke-width:.8;opacity:.38}.line{stroke-width:2.2}.thin{stroke-width:1.3}"                        \
    ".dashed{stroke-dasharray:6 4}\n"                                                                        \
    ".end{stroke:var(--paper);stroke-width:1.5}\n"                                                           \
    ".c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}"                   \
    ".c4{stroke:var(--c4)}.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}\n"                                      \
    ".end.c0,.dot.c0,.band.c0{fill:var(--c0)}.end.c1,.dot.c1,.band.c1{fill:var(--c1)}"                       \
    ".end.c2,.dot.c2,.band.c2{fill:var(--c2)}.end.c3,.dot.c3,.band.c3{fill:var(--c3)}"                       \
    ".end.c4,.dot.c4,.band.c4{fill:var(--c4)}.end.c5,.dot.c5,.band.c5{fill:var(--c5)}"                       \
    ".end.c6,.dot.c6,.band.c6{fill:var(--c6)}.band.c0,.band.c1,.band.c2,.band.c3,.band.c4,.band.c5,"         \
    ".band.c6{stroke:none}\n"                                                                                \
    ".span{stroke-width:1.6;fill:none;stroke-linecap:round}.dot{stroke-width:1.5}\n"                         \
    ".b0{stroke:var(--raw)}.b1{stroke:var(--random)}.b2{stroke:var(--trained)}\n"                            \
    ".dot.b0{fill:var(--raw)}.dot.b1{fill:var(--paper)}.dot.b2{fill:var(--trained)}.dot.open.dot{fill:var(-" \
    "-paper)}\n"

const char *const ak_page_style[] = {
    ":root{" LIGHT "}\n@media(prefers-color-scheme:dark){:root{" DARK "}}\n",
    /* Text */
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0 auto;padding:2.5rem 2rem 2rem;max-width:62rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Liberation Sans\",Arial,"
    "sans-serif;font-variant-numeric:tabular-nums lining-nums;overflow-wrap:break-word}\n"
    "h1,h2,.headline{font-family:Charter,\"Bitstream Charter\",\"Iowan Old Style\",Palatino,\"Palatino "
    "Linotype\",\"Source Serif 4\",Georgia,\"Times New Roman\",serif;text-wrap:balance}\n"
    "h1{font-size:2.1rem;line-height:1.15;margin:.1rem 0 .3rem;font-weight:600;letter-spacing:-.01em}\n"
    "h2{font-size:1.3rem;line-height:1.25;margin:0 0 .9rem;padding-top:.7rem;border-top:1px solid "
    "var(--rule);font-weight:600}\n"
    "section{margin-top:2.6rem}\n"
    ".kind{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.09em;text-transform:uppercase}\n"
    ".subtitle{margin:0;color:var(--soft)}\n"
    ".headline{font-size:1.32rem;line-height:1.4;margin:1.4rem 0 0;max-width:46rem;text-wrap:pretty}\n"
    "code,pre{font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"Liberation Mono\",\"DejaVu Sans Mono\","
    "monospace;font-size:.86em}\n"
    "pre{margin:0 0 1rem;padding:.7rem .9rem;background:var(--wash);border-radius:4px;white-space:pre-wrap;"
    "overflow-wrap:anywhere}\n"
    "small,.muted,.missing{color:var(--soft)}.muted{font-weight:400}\n"
    "figure{margin:0 0 1.4rem}\n"
    "figcaption,caption{color:var(--soft);font-size:.875rem;line-height:1.45;text-align:left;max-width:52rem}"
    "\n"
    "figcaption{margin-top:.55rem}figcaption b,caption b,.verdict{color:var(--ink)}\n"
    ".formula{display:block;font-size:.95em;margin-top:.2rem}\n"
    ".sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n"
    "footer{margin-top:2.6rem;border-top:1px solid var(--rule);color:var(--soft);font-size:.8rem}\n"
    ".notes{margin:1.6rem 0 0;padding:.1rem 1rem;border-left:3px solid var(--other);background:var(--wash)}\n"
    ".notes p{margin:.5rem 0;font-size:.9rem}\n",
    /* Key figures */
    ".figures{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,max-content);gap:1.2rem "
    "2rem;margin:1.5rem 0 0}.figures:empty{display:none}\n"
    ".figures dt{color:var(--soft);font-size:.85rem}.figures dd{margin:0}\n"
    ".figures b{display:block;font-size:1.75rem;line-height:1.2;font-weight:600;letter-spacing:-.01em}\n"
    ".figures small{display:block;font-size:.8rem;line-height:1.35}\n",
    /* Drawings */
    "svg{display:block;width:100%;height:auto;overflow:visible}.chart.narrow{display:none}\n" DRAWINGS,
    ".probe rect{fill:transparent}.probe circle{fill:var(--ink);opacity:0}.probe "
    "text{opacity:0;fill:var(--ink);"
    "paint-order:stroke;stroke:var(--paper);stroke-width:5px}\n"
    ".probe:hover circle,.probe:hover text{opacity:1}\n"
    "svg:has(.probe:hover) .axisname{opacity:0}\n"
    ".panels.study{grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}.panel "
    ".ground{fill:none}"
    ".panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem}\n",
    ".dots{width:13rem}.dots text{font-weight:400}\n"
    ".key{display:inline-block;width:9px;height:9px;margin-right:.4em;border:2px solid}\n"
    ".key.b0{color:var(--raw);background:currentColor}.key.b1{color:var(--random);border-radius:50%}"
    ".key.b2{color:var(--trained);background:currentColor;border-radius:50%}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:0 0 .6rem;padding:0;"
    "font-size:.9rem}\n"
    ".swatch{display:inline-block;width:1.1em;height:.22em;margin-right:.5em;vertical-align:.25em}\n"
    ".swatch.c0{background:var(--c0)}.swatch.c1{background:var(--c1)}.swatch.c2{background:var(--c2)}"
    ".swatch.c3{background:var(--c3)}.swatch.c4{background:var(--c4)}.swatch.c5{background:var(--c5)}"
    ".swatch.c6{background:var(--c6)}\n",
    /* Tables */
    "table{border-collapse:collapse;width:100%}\n"
    "caption{caption-side:top;margin-bottom:.7rem}\n"
    "th,td{padding:.28rem .6rem .28rem 0;text-align:right;vertical-align:top;font-weight:400}\n"
    "th:first-child{text-align:left}\n"
    "thead th{font-size:.85rem;color:var(--soft);vertical-align:bottom;border-bottom:1px solid var(--ink);"
    "line-height:1.3}thead small{display:block;font-weight:400}\n"
    "td b{font-weight:400}td.v2 b,td.best b,td.gain b{font-weight:650}\n"
    ".ci{display:block;color:var(--soft);font-size:.78rem;line-height:1.3;white-space:nowrap}\n"
    ".group th,.group td{padding-top:.75rem;font-weight:600}.group "
    "code{font-weight:400;color:var(--soft);margin:0 "
    ".4em}\n"
    "tbody+tbody .group th,tbody+tbody .group td{border-top:1px solid var(--rule)}\n"
    ".results th:nth-child(1){width:9rem}.results thead th{white-space:nowrap}.results{table-layout:fixed}\n"
    ".results tbody th[scope=row]{padding-left:1rem;color:var(--soft)}\n"
    "td.plot,th.plot{width:14.6rem;padding:.2rem 0 0 1.6rem;vertical-align:middle}thead "
    ".plot{vertical-align:bottom;"
    "padding-bottom:.28rem;text-align:left}.group .plot{vertical-align:bottom;padding-bottom:0}\n"
    ".plotrow{display:none}\n"
    ".baseline th,.baseline td{color:var(--soft)}\n"
    "td.best b{text-decoration:underline;text-decoration-thickness:2px;text-underline-offset:3px;"
    "text-decoration-color:var(--accent)}\n"
    ".panels.one{grid-template-columns:minmax(0,22rem)}.diagnosis th{white-space:nowrap}"
    ".diagnosis td,.diagnosis th{text-align:left;vertical-align:top;padding:.2rem .9rem .2rem 0}"
    ".claims th[scope=row]{white-space:normal;min-width:11rem}.diagnosis "
    ".number{text-align:right;font-variant-numeric:tabular-nums}\n"
    ".scroll{overflow-x:auto;margin-bottom:1rem;background:linear-gradient(to right,var(--paper) "
    "30%,transparent) left/3rem 100% no-repeat local,linear-gradient(to left,var(--paper) 30%,transparent) "
    "right/3rem 100% no-repeat local,linear-gradient(to right,var(--rule),transparent) left/.9rem 100% "
    "no-repeat scroll,linear-gradient(to left,var(--rule),transparent) right/.9rem 100% no-repeat scroll}"
    ".scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}"
    ".config td{max-width:22rem}.compare td,.compare th{white-space:nowrap}\n"
    ".compare{border-collapse:separate;border-spacing:0}.compare "
    "caption{position:sticky;left:0;max-width:min(52rem,calc(100vw - 2rem))}\n"
    ".compare th:first-child{position:sticky;left:0;background:var(--paper)}\n"
    ".compare.config td{white-space:normal;min-width:5rem}.config{width:auto}.config th,.config "
    "td{text-align:left;padding-right:2rem;font-size:.9rem}\n"
    ".config td{font-family:ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;font-size:.8rem;"
    "overflow-wrap:anywhere}\n"
    ".record{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.45rem 1.6rem;margin:0}\n"
    ".record dt{color:var(--soft)}.record dd{margin:0;max-width:46rem}.record code{overflow-wrap:anywhere}\n"
    "details{margin-top:1rem}summary{cursor:pointer;color:var(--accent);margin-bottom:.6rem}\n",
    /* Items side by side */
    ".rows{list-style:none;margin:0;padding:0;display:grid;column-gap:2rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr))}.rows.wide{display:block}\n"
    ".rows>li{border-top:1px solid var(--rule);padding:.7rem 0}\n"
    ".side{display:flex;flex-wrap:wrap;gap:.7rem 1rem;list-style:none;margin:0;padding:0}\n"
    ".side li{max-width:9rem;font-size:.8rem;line-height:1.3;overflow-wrap:anywhere}\n"
    ".side .words{flex:1 1 17rem;max-width:none;font-size:.9rem;background:var(--wash);padding:.5rem .7rem;"
    "border-radius:4px}.side .bare{max-width:none}\n"
    ".side img{width:auto;max-width:100%;min-width:72px;margin-bottom:.25rem}\n"
    ".side b{font-weight:600}.side small{display:block}.side q{display:block;quotes:none}\n",
    /* Pictures */
    "img{display:block;width:100%;height:auto;image-rendering:pixelated;background:var(--wash)}\n"
    ".sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:.4rem "
    "2rem}\n"
    ".strip{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));gap:3px;margin:0;padding:0;"
    "list-style:none}\n"
    ".texts,.texts ol{padding-left:1.4rem;margin:.2rem 0}.texts>li{margin:.7rem 0}.texts "
    "small{color:var(--soft)}"
    ".texts ol{list-style:none;padding-left:0}.texts .same,.texts .other,.texts .unknown{border-left:3px "
    "solid "
    "var(--rule,#ccc);padding-left:.6rem;margin:.15rem 0}.texts .same{border-color:var(--same)}\n"
    ".original{box-shadow:0 0 0 2px var(--paper),0 0 0 3.5px var(--soft)}\n"
    ".queries{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:1.1rem "
    "2rem}\n"
    ".query{display:grid;grid-template-columns:4.6rem 1fr;gap:.9rem;align-items:start}\n"
    ".asked small{display:block;line-height:1.25;color:var(--ink);font-size:.78rem;margin-top:.2rem}\n"
    ".by b{color:var(--ink);font-weight:600}.by{margin:0 0 "
    ".15rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.72rem;color:var(--soft);"
    "line-height:1.3}.strip+.by{margin-top:.35rem}\n"
    ".strip li img{border:2px solid transparent}.strip .same img{border-color:var(--same)}"
    ".strip .other img{border:2px dashed var(--other)}\n"
    ".level{margin:1.1rem 0 .4rem;font-size:.95rem;font-weight:600}.level "
    "small{font-weight:400;color:var(--soft);"
    "font-size:.82rem;margin-left:.6rem}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1px;padding:0 "
    ".25rem}\n"
    ".mark{color:var(--ink);border-bottom:2px solid}.mark.same{border-color:var(--same)}"
    ".mark.other{border-bottom-style:dashed;border-color:var(--other)}\n",
    /* Map */
    ".next{margin:1.1rem 0 0}.next+ul{margin:.2rem 0 0;padding-left:1.2rem}.next+ul li{margin:.25rem 0}\n"
    "[hidden]{display:none!important}\n"
    ".map{display:grid;grid-template-columns:minmax(0,1fr) 17rem;gap:1.4rem}.bar{margin:0 0 .5rem}\n"
    "#map-canvas{display:block;object-fit:contain;width:100%;height:34rem;background:var(--wash);border-"
    "radius:4px;"
    "cursor:crosshair}\n"
    "#map-item{height:34rem;overflow-y:auto;overflow-wrap:anywhere;font-size:.9rem}#map-item "
    "p{margin:.2rem 0}\n"
    ".tile{display:block;width:6rem;image-rendering:pixelated;background:var(--wash)}.found "
    ".tile{width:2.6rem;"
    "flex:none}\n"
    ".found{list-style:none;margin:.4rem 0 0;padding:0}.found button{display:flex;gap:.6rem;"
    "align-items:center;width:100%;padding:.25rem;border:0;background:none;color:inherit;font:inherit;"
    "text-align:left;cursor:pointer;border-radius:4px}.found button:hover{background:var(--wash)}\n"
    ".found small{display:block}.what{font-weight:600}\n"
    ".spot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.45em}\n"
    ".word{border:0;padding:0;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer;"
    "text-decoration:underline dotted;text-underline-offset:.2em}.word "
    ".tile{display:inline-block;width:1.5rem;"
    "margin-right:.4em;vertical-align:middle}\n"
    "#map-legend{margin:.6rem 0 0;font-size:.85rem}#map-legend "
    "li{display:flex;align-items:baseline;gap:.2em}.bar select,#map-more{font:inherit;color:inherit;"
    "background:var(--wash);border:1px solid var(--soft);border-radius:4px;padding:.1rem .4rem}\n"
    "#map-canvas:focus-visible,.found button:focus-visible,.word:focus-visible{outline:2px solid "
    "var(--accent);outline-offset:1px}"
    "\n",
    /* Theory */
    "h3{font-size:1.02rem;margin:1.6rem 0 .6rem;font-weight:600}h4{font-size:.95rem;margin:0 0 "
    ".2rem;font-weight:600}\n"
    ".bounds th,.bounds tbody th{text-align:left}.bounds thead th+th,.bounds td{text-align:right}"
    "table.bounds{table-layout:fixed;min-width:34rem}.bounds thead th{width:6.5rem}.bounds thead "
    "th:first-child{width:auto}.bounds thead .says{width:6.9rem}"
    ".bounds thead .plot{width:14.6rem;text-align:left!important}.bounds td.plot{vertical-align:top}.bounds "
    ".says{text-align:left;padding-left:.6rem}.bounds td{white-space:nowrap}.bounds .ci,.bounds "
    "td.says{white-space:normal}"
    ".bounds tbody th[scope=row]{padding-left:1rem;min-width:11rem}.bounds .group small{font-weight:400}"
    ".paper{display:block;font-size:.76rem;line-height:1.35}.bad{color:var(--alert);font-weight:650}\n"
    ".k0{stroke:var(--trained)}.dot.k0{fill:var(--trained)}.k1{stroke:var(--other)}.dot.k1{fill:var(--paper)}"
    ".refer{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:1.5 2.5;fill:none}"
    ".break{stroke:var(--ink);stroke-width:1.3;fill:none}.arrow{fill:var(--other)}\n"
    ".mark-key{display:inline-block;width:.8rem;height:.8rem;margin-right:.4em;vertical-align:-.1em}"
    ".line-key{flex:none;width:1.9rem;height:.5rem;margin:.45em .5em 0 0}.lines{display:block;margin:.3rem 0 "
    "0;font-size:.82rem}"
    ".lines li{display:flex}.lines .paper{font-size:.74rem}.panels.theory{gap:1.6rem 1.4rem}.theory "
    "figure{margin:0}"
    ".theory details{margin-top:.4rem;font-size:.82rem}\n"
    ".dash0{stroke-dasharray:6 4}.dash1{stroke-dasharray:2 3}.dash2{stroke-dasharray:9 3 2 "
    "3}.dash3{stroke-dasharray:12 4}"
    ".dash4{stroke-dasharray:4 2 1 2 1 2}\n"
    ".tells{width:100%}.tells th{text-align:left}.tells .way{width:14.6rem;text-align:left;padding:.3rem 0 0 "
    "1.6rem}"
    ".whole{stroke:var(--wash);stroke-width:10;fill:none}.told{stroke:var(--trained);stroke-width:10;fill:"
    "none}\n",
    /* Narrow: the drawing of a row goes below its numbers. */
    "@media screen and (max-width:60rem){td.plot,th.plot{display:none}tr.plotrow{display:table-row}"
    ".plotrow td{padding:0 0 .3rem}.plotrow .dots{margin-left:auto}.results{table-layout:auto}"
    ".results th:nth-child(1){width:auto}.results td:nth-child(5),.results "
    "th:nth-child(5){padding-right:0}}\n",
    /* Telephone */
    "@media screen and (max-width:40rem){body{padding:1.2rem "
    "1rem}h1{font-size:1.6rem}.headline{font-size:1.12rem}"
    "section{margin-top:2rem}.chart.wide{display:none}.chart.narrow{display:block}"
    ".results{font-size:.85rem}.ci{font-size:.66rem}.results thead th{white-space:normal}"
    ".results tbody th[scope=row]{padding-left:0}th,td{padding-right:.3rem}.key{display:block;margin:0 0 3px "
    "auto}"
    ".figures{grid-auto-flow:row;grid-template-columns:1fr 1fr;gap:1rem}"
    ".figures>:last-child:nth-child(odd){grid-column:1/-1}.figures b{font-size:1.4rem}"
    ".record{grid-template-columns:1fr;gap:0}.record dt{margin-top:.7rem}"
    ".config td,.config th{padding-right:1rem}.compare td,.compare th{padding-right:.7rem}.compare tbody "
    "th{white-space:normal;min-width:6.5rem;max-width:9.5rem;font-size:.85rem;overflow-wrap:anywhere}"
    ".query{grid-template-columns:3.6rem "
    "1fr}.map{grid-template-columns:minmax(0,1fr)}#map-canvas{height:22rem}"
    "#map-item{height:auto}}\n",
    "@media screen and (max-width:40rem){table.bounds{min-width:0;font-size:.85rem}.bounds tbody,.bounds "
    "thead{display:block}"
    ".bounds tr{display:grid;grid-template-columns:repeat(4,minmax(0,1fr))}.bounds "
    "tr.plotrow{display:block}.bounds tr>th:first-child"
    "{grid-column:1/-1;padding:.5rem 0 0}.bounds thead th{width:auto}.bounds thead .says{width:auto}"
    ".bounds .plotrow td{display:block}"
    ".bounds .dots{width:100%;max-width:17rem;margin:0}.bounds thead th:first-child{border:0}.bounds "
    "th.plot{display:none}.tells "
    ".way{width:6rem;padding-left:.6rem}}\n",
    /* Paper */
    "@media "
    "print{:root{--paper:#fff;--ink:#000;--soft:#444;--rule:#bbb;--wash:#f3f3f3}body{max-width:none;padding:"
    "0}html{font-size:11.5px}figure,.query,.strip,tr,.side li,.results tbody,.bounds "
    "tbody{break-inside:avoid}h2,h3,h4,summary,thead,caption,.legend,h2+p,h3+p,h2+p+p{break-after:avoid}"
    "section{margin-top:1.6rem}.bar,#map-table,details:not([open]),.probe{display:none}#map-item:not(:has(."
    "what)){display:none}.map:not(:has(.what)){display:block}#map-item{height:auto}#map-canvas{height:28rem;"
    "background:none}.word{text-decoration:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "details>summary{list-style:none}.panels.theory,.panels.study{display:block}.theory>*,.study>*{display:"
    "inline-block;vertical-align:top;width:31%;margin:0 1.5% 1rem 0}.study>*{width:48%}@page{margin:16mm}\n"
    /* What scrolls on a screen has to fit. */
    ".scroll{overflow:visible;background:none}.scroll .compare,.claims{font-size:.8em}.compare td,.compare "
    "th,.compare .ci,.claims th[scope=row]{white-space:normal;padding-right:.35rem;min-width:0}.compare "
    "caption{max-width:none}@page wide{size:landscape}section:has(>.scroll "
    "tr>:nth-child(10)){page:wide}.scroll:has(tr>:nth-child(10)) .compare{font-size:.62em}}\n",
    NULL,
};

/* The value of --NAME in a list of them; `bytes` long. */
static const char *colour_of(const char *list, const char *name, size_t length, size_t *bytes)
{
    for (const char *at = strstr(list, "--"); at; at = strstr(at + 2, "--"))
        if (strncmp(at + 2, name, length) == 0 && at[2 + length] == ':') {
            *bytes = strcspn(at + 3 + length, ";");
            return at + 3 + length;
        }
    *bytes = 4;
    return "#888";
}

void ak_style_of_file(ak_html *h, bool dark)
{
    static const char RULES[] = ".file{font-family:\"Liberation "
                                "Sans\",Arial,Helvetica,sans-serif}.ground{fill:var(--paper)}\n" DRAWINGS;
    const char *list = dark ? DARK : LIGHT;
    for (const char *at = RULES; *at;) {
        const char *next = strstr(at, "var(--");
        ak_html_bytes(h, at, next ? (size_t)(next - at) : strlen(at));
        if (!next) break;
        size_t bytes;
        const char *colour = colour_of(list, next + 6, strcspn(next + 6, ")"), &bytes);
        ak_html_bytes(h, colour, bytes);
        at = strchr(next, ')') + 1;
    }
}

void ak_style_colour(const char *class, char to[7])
{
    static const char *const BASELINE[] = { "raw", "random", "trained" };
    const char *name = class[0] == 'b' ? BASELINE[class[1] - '0'] : class;
    size_t bytes;
    const char *colour = colour_of(LIGHT, name, strlen(name), &bytes);
    memcpy(to, colour + 1, 6); /* those of traces have six digits */
    to[6] = 0;
}

/* One of the three parts of a colour by its hue in degrees, saturation and lightness [CSS Color 4, 7.1]. */
static int part_of(double hue, double saturation, double lightness, int part)
{
    const double k = fmod(part + hue / 30, 12), a = saturation * fmin(lightness, 1 - lightness);
    return (int)(255 * (lightness - a * fmax(-1, fmin(fmin(k - 3, 9 - k), 1))) + 0.5);
}

void ak_style_hue(int hue, bool dark, char to[7])
{
    /* After the six of runs: their seventh is too near to black for points. map_script.c has the same. */
    static const char *const MORE[2][4] = { { "7a7a7a", "5b3fa8", "8c4a2f", "798709" },
                                            { "b0b0b0", "a58cf0", "d9a184", "c5d44a" } };
    char name[4] = "c0";
    size_t bytes;
    name[1] = (char)('0' + (hue >= 0 && hue < 6 ? hue : 0));
    if (hue >= 0 && hue < 6)
        snprintf(to, 7, "%.6s", colour_of(dark ? DARK : LIGHT, name, 2, &bytes) + 1);
    else if (hue < 0)
        snprintf(to, 7, "888888");
    else if (hue < 10)
        snprintf(to, 7, "%s", MORE[dark][hue - 6]);
    else {
        const double degrees = fmod(floor(hue * 137.5 + 0.5), 360), lightness = dark ? 0.65 : 0.36;
        snprintf(to, 7, "%02x%02x%02x", part_of(degrees, 0.6, lightness, 0) & 255,
                 part_of(degrees, 0.6, lightness, 8) & 255, part_of(degrees, 0.6, lightness, 4) & 255);
    }
}
