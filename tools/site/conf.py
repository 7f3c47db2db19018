# SPDX-License-Identifier: Apache-2.0
"""The settings of the static site, read by Sphinx; tools/site.sh makes the pages that it builds."""
project = "akin"
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True
highlight_language = "none"
html_theme = "alabaster"  # Sphinx's own: no script, nothing fetched
html_theme_options = {
    "page_width": "74rem",
    "sidebar_width": "16rem",
    "show_powered_by": False,
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
    "font_size": "1rem",
    "sidebar_collapse": True,
}
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}
html_static_path = ["static"]  # custom.css, which the theme looks for
html_title = "akin"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_search_summary = False  # it fetches pages, which a browser refuses from disk
