"""My chat: a live chat for a web page, written piece by piece in the notebooks.

==================  =============================================================
``connection``      the application, its key, and a client that acts for it
``tokens``          when tokens expire and what they allow: notebook 02
``opening``         opens a chat with a visitor and an agent: 03
``transcript``      what was said, put together from the events: 04
``webhook``         receives what Vonage tells the server: 05
``visitors``        recognises visitors by a signed cookie: 06
``app``             the server that the page calls: 06
``page``            what the visitor and the agent see: 07
``pane``            the agent's pane in a notebook: 08
``delivery``        nothing gets lost, nothing arrives twice: 09 and 10
``desk``            who has which chat: 11
``matrix``          the same chat on Matrix: 13
==================  =============================================================

``python -m my_chat``, run in the folder above this one, runs it without a notebook.

Each piece is between two lines such as ``# [2.1] …`` and ``# [/2.1]``. It's the kit's
until your answer to that exercise is correct; from then on it's yours, exactly as you
wrote it. Edit anything you like: the course only ever replaces the lines of a piece.
"""
