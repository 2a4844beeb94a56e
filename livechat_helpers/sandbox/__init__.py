"""The local Vonage: the Conversation API, the Application API and real time.

It is somebody else's cloud, in a process of its own. The kit reaches it only by HTTP
and websockets, as it would reach the real one, and it imports nothing of the course.
Its rooms, each above what it uses; ``pyproject.toml`` has the rules that hold them.

The process
    ``server``          two listeners, start, ready line, clean end
    ``local_vonage``    makes the parts and gives each what it needs
    ``command_line``    the command ``vonage-sandbox``; ``options`` reads its options
    ``testing``         the pytest fixture
    ``remote``          a running sandbox, held from a notebook or a test; its
                        ``recording`` writes a test that its ``replay`` carries out
    ``examples``        the same chat in curl, Node and Java; a compose file

``api``, the calls
    ``user_calls``, ``conversation_calls``, ``member_calls``, ``event_calls``,
    ``session_calls``   on /v1 and /v0.3, which ``current_version`` puts together
    ``older_versions``  the same for the 2019 clients: /beta, /beta2, /v0.1, /v0.2
    ``application_calls`` the Application API on /v2/applications
    ``gate``            who calls, and who is let in
    ``description``     serves ``openapi.json``

``page``, the page at /_sandbox/: the trace, chats and users to work with, and
    buttons for what ``lab`` has; one module for each, started by ``page.js``

``delivery``, what is sent without being asked for
    ``live_sessions``   the sessions of the browser SDKs, and events on their way there
    ``websocket``       one open websocket: frames, pings, a reader that does not read
    ``frames``          the text of every frame (Engine.IO 3 and 4)
    ``webhook_queue``   the queue of webhooks: who gets them when
    ``webhook_request`` one webhook as one signed HTTP request

``lab``, for teaching and testing
    ``trace_log``       what happened lately; ``redaction`` removes its secrets
    ``fault_kinds``     what can be asked for; ``active_faults`` is what was,
                        ``faulty_answers`` what that does to requests, ``fault_paths``
                        where it is asked for
    ``state``           emptied, kept and taken back; ``state_paths`` where to ask
    ``browse``          what there is, for people; ``browse_paths`` where to ask, and to
                        send as somebody

``rules``, what holds
    ``users``  ``conversations``  ``members``  ``events``  ``sessions``
    ``given_application`` one that somebody has chosen, and that's always there
    ``expiry``          deletes conversations when their ttl is over

``http``, on the way to a call
    ``names``           what it's called by: in the certificate, by hosts and pages
    ``entrance``        lets in whoever calls it by one of them
    ``routing``         which call a path and method mean
    ``auth``            JWTs, and what an ACL lets through; ``account_auth`` is Basic,
                        ``application_keys`` what verifies a JWT, ``issued_tokens``
                        those that the sandbox signs itself
    ``rate_limit``      a true 429, for tests that ask for one
    ``validation``      reading a request body, with the sentences Vonage answers
    ``paging``          cursors and HAL links
    ``errors``          every error, in one table; ``error_answers`` says it
    ``replies``         JSON answers
    ``request_notes``   what the trace is told about a request
    ``uvicorn_connections`` hanging up, refusing a websocket or another protocol

``storage``, what is kept
    ``store``           the SQLite file: an answer is on disk before it is sent
    ``schema``          its tables
    ``snapshots``       copies of it, kept under a name
    ``state_file``      all of it in one JSON file, checked when it's read
    ``clock``           the time and the ids: the real ones, or repeatable ones
    ``identity``        the sandbox's own account and certificate authority
    ``json_text``       JSON as text

``machine``, of the computer it runs on
    ``serving``         ports, ready, end; ``lifeline`` ends it with its parent
    ``owner_only``      files that only their owner may read
    ``folder``          where the state is; ``ready_file`` finds the sandbox there,
                        ``unusable`` says why none can be
"""
