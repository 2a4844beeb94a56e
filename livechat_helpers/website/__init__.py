"""The web server behind the ``web`` folder: your own backend.

It is the only part that holds the private key. A browser gets a token for one visitor
and one conversation, and a signed cookie that says which. What it knows is in Vonage,
in that cookie, and in files that all its processes share: any number of processes
behave as one.

=================  ============================================================
``__main__``       run it: options, port or socket, ready line
``jupyter_proxy``  what jupyter-server-proxy starts under a hub
``app``            put the parts together
``pages``          the pages, their scripts, the browser SDK
``files``          a file as a browser gets it: compressed, and known again
``visitor_calls``  the calls of a visitor's page: a chat, a token, the end, a rating
``agents``         the calls of the agents' page, and the events as a stream
``chat_list``      the chats that an agent may read, and what changed in them
``chat_summary``   what a list says of a chat: who, what was last, who waits
``webhook``        the address to which Vonage sends every event
``transactions``   the address to which Synapse reports every event
``chat_opening``   open a visitor's chat, or find it, whoever else is at it
``visitors``       the cookie that says who a visitor is
``sign_in``        who may act as an agent: password, one-time link, cookie
``passwords``      each agent's own password
``rate_limits``    how often a client may call, counted for all processes
``event_log``      the events that the engine has sent, in a file for all processes
``event_stream``   that log as server-sent events
``desks``          the application in use, and a desk for every thread
``addresses``      where a page finds the engine, also behind a proxy
``hosts``          the names under which a browser may reach this website
``stalls``         hangs up on clients that stall
``guard``          what is refused unread, and the headers of every answer
``json_errors``    every error as JSON
=================  ============================================================
"""
