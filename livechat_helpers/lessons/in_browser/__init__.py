"""Scripts of a notebook, run in a real browser.

====================  ===========================================================
``jobs``              hands scripts to the browsers that ask for them
``headless_page``     a Chromium without a window, that ends with the notebook
``host.js``           in a browser: asks for scripts, and has a frame run each
``run.html``          that frame: a page of its own, fresh for each script
====================  ===========================================================

The browser that shows the notebook asks for scripts as soon as a page of ``my_chat`` is
open in a cell. It needs no help of the kernel's for that: while a cell waits for a
result, the kernel could not take a message of a widget's.
"""
