"""The web server behind the ``web`` folder: your own backend.

It's the only part that has the private key. A browser gets a token for one visitor and
one conversation, and a signed cookie that says which ones. The website keeps its data
in Vonage, in that cookie, and in files that all its processes share, so any number of
processes behave as one.

=================  ============================================================
``__main__``       runs it: options, port or socket, ready line
``jupyter_proxy``  the program that jupyter-server-proxy starts under a hub
``app``            connects the parts
``pages``          the pages, their scripts, the browser SDK
``files``          sends files to browsers: compressed, and cached
``visitor_calls``  the calls of a visitor's page: a chat, a token, the end, a rating
``agents``         the calls of the agents' page, and the stream of events
``chat_list``      the chats that an agent can read, and what changed in them
``chat_summary``   a chat in a list: the visitor, the last message, who's waiting
``webhook``        the address to which Vonage sends every event
``transactions``   the address to which Synapse reports every event
``chat_opening``   opens a visitor's chat, or finds the one already open
``visitors``       the cookie that identifies a visitor
``sign_in``        how agents sign in: password, one-time link, cookie
``passwords``      each agent's own password
``rate_limits``    how often a client can call, counted for all processes
``event_log``      the engine's events, in a file for all processes
``event_stream``   that log as server-sent events
``desks``          the application in use, and a desk for every thread
``addresses``      where a page finds the engine, even behind a proxy
``here``           tells a browser which website it has reached
``hosts``          the names under which browsers can reach this website
``stalls``         hangs up on clients that stall
``own_account``    hangs up on other accounts of the same machine
``guard``          rejects unsafe requests, and sets the headers of every answer
``json_errors``    returns every error as JSON
=================  ============================================================
"""
