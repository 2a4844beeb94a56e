"""The local Vonage: the Conversation API, the Application API and real time.

It is somebody else's cloud, in a process of its own; the kit reaches it only by
HTTP and websockets, as it would reach the real one. A request goes from ``server``
through ``front`` and ``routing`` to its call, the call to the rules, and the rules to
the ``store``; what came of it goes on to ``realtime`` and ``webhooks``.

The process
    ``server``          two listeners, start, ready line, clean end
    ``local_vonage``    the sandbox as a whole: what it consists of
    ``connections``     what uvicorn lacks: hanging up, refusing a websocket
    ``identity``        the sandbox's own account and certificate authority

On the way to a call
    ``front``           what every request passes: host, trace, faults, errors
    ``routing``         which call a path and method mean
    ``auth``            Basic and JWT, and what an ACL lets through
    ``rate_limit``      a true 429, for who asks for it
    ``validation``      reading a request body, with the sentences Vonage answers
    ``paging``          cursors and HAL links
    ``json_text``       JSON in the file and in answers
    ``errors``          every error answer, in one table

The calls
    ``rest``            users, conversations, members, events, sessions: /v1, /v0.3
    ``legacy``          the same for the clients of 2019: /beta, /beta2, /v0.1, /v0.2
    ``applications``    the Application API on /v2/applications
    ``openapi.json``    their description

The rules
    ``users``  ``conversations``  ``members``  ``events``  ``sessions``

What is kept
    ``store``           the SQLite file: an answer is on disk before it is sent
    ``schema``          its tables
    ``snapshots``       the state emptied, kept under a name, and taken back
    ``clock``           the time and the ids: the real ones, or repeatable ones

What is sent
    ``realtime``        the sessions of the browser SDKs, and events on their way there
    ``websocket``       one open websocket: frames, pings, a reader that does not read
    ``frames``          the text of every frame (Engine.IO 3 and 4)
    ``webhooks``        the queue of webhooks, and who gets them when
    ``posting``         one webhook as one signed HTTP request

For teaching and testing
    ``control``         the paths under /_sandbox: state and clock
    ``trace``           what happened lately; ``redaction`` removes its secrets,
                        ``trace_page`` shows it live
    ``faults``          faults on purpose; ``fault_orders`` reads what is asked for,
                        ``fault_requests`` is what happens to requests
    ``remote``          all of this, from a notebook or a test
    ``testing``         the pytest fixture
"""
