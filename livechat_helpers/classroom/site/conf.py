"""Sphinx's settings for the course's website; the names are Sphinx's own."""

project = "On-page live chat"
author = "the maintainers"
extensions = ["myst_nb", "sphinxcontrib.mermaid"]
html_theme = "sphinx_book_theme"
html_title = "On-page live chat, taught in notebooks"
html_theme_options = {"home_page_in_toc": True, "show_toc_level": 2}
html_static_path = ["static"]
html_css_files = ["narrow.css"]
html_copy_source = False
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4
myst_heading_slug_func = "livechat_helpers.classroom.site.sources.anchor"
