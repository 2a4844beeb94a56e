"""The local Vonage: the Conversation API, the Application API and real time.

It is somebody else's cloud, in a process of its own; the kit reaches it only by
HTTP and websockets, as it would reach the real one.

====================  ===========================================================
``server``            the process: two listeners, start, ready line, clean end
``rest``              users, conversations, members and events on /v1 and /v0.3
``applications``      the Application API on /v2/applications
``realtime``          the sessions of the Client SDKs, and events on their way to them
``websocket``         one open websocket: frames, pings, a reader that does not read
``frames``            the text of every frame (Engine.IO 3 and 4)
``users``             the rules of users
``conversations``     the rules of conversations
``members``           the rules of members: invited, joined, left
``sessions``          the rules of sessions: how long one may be away
``events``            the rules of events: ids, receipts, who gets them
``webhooks``          the queue of webhooks, and who gets them when
``posting``           one webhook as one signed HTTP request
``faults``            faults on purpose; ``fault_orders`` reads what is asked for,
                      ``fault_requests`` is what happens to requests
``connections``       what uvicorn lacks: hanging up, refusing a websocket
``auth``              Basic and JWT, and what an ACL lets through
``validation``        reading a request body, with the sentences Vonage answers
``paging``            cursors and HAL links
``errors``            every error answer, in one table
``store``             the SQLite file: an answer is on disk before it is sent
``identity``          the sandbox's own account and certificate authority
====================  ===========================================================
"""
