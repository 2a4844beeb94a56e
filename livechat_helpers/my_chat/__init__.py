"""My chat: a live chat for a web page, written piece by piece in the notebooks.

==================  =============================================================
``connection``      the application, its key, and a client that acts for it
``tokens``          what a token says and allows: notebook 02
``opening``         open a chat: visitor, conversation, visitor and agent join: 03
``transcript``      what was said, read back from the events: 04
``webhook``         what Vonage tells the server: 05
``visitors``        know a visitor again by a signed cookie: 06
``app``             the server that the page calls: 06
``page``            what the visitor and the agent see: 07
``pane``            the agent's pane in a notebook: 08
``delivery``        nothing is lost, nothing is doubled: 09 and 10
``desk``            who has which chat: 11
==================  =============================================================

``python -m my_chat``, in the folder above this one, runs it without a notebook.

Between two lines such as ``# [2.1] …`` and ``# [/2.1]`` is one piece. It's the kit's
until your answer to that exercise is correct; then it's yours, as you wrote it. Edit
what you like: the course only ever replaces what is between those lines.
"""
