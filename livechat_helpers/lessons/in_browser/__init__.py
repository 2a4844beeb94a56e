"""A notebook's scripts, run in a real browser.

====================  ===========================================================
``jobs``              gives scripts to the browsers that ask for them
``headless_page``     a headless Chromium that ends with the notebook
``host.js``           in a browser: asks for scripts, and runs each in a frame
``run.html``          the page in that frame, which is fresh for each script
====================  ===========================================================

As soon as a page of ``my_chat`` is open in a cell, the browser that shows the notebook
asks for scripts. It asks over HTTP, because a kernel that is waiting for a result in a
cell couldn't handle a widget's messages.
"""
