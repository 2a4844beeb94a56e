"""The local Vonage: the Conversation API, the Application API and real time.

It runs as a separate process, like somebody else's cloud. The kit only reaches it by
HTTP and websockets, as it would the real one. The sandbox doesn't import anything from
the course. These are its folders, each listed above the ones it uses;
``pyproject.toml`` has the import rules.

The process
    ``server``          two listeners, start, ready line, clean shutdown
    ``local_vonage``    creates the parts and connects them
    ``command_line``    the command ``vonage-sandbox``; ``options`` reads its options
    ``testing``         the pytest fixture
    ``remote``          controls a running sandbox, from a notebook or a test;
                        ``recording`` writes a test, and ``replay`` runs it
    ``examples``        the same chat in curl, Node and Java; a compose file

``api``, the calls
    ``user_calls``, ``conversation_calls``, ``member_calls``, ``event_calls``,
    ``session_calls``   on /v1 and /v0.3, which ``current_version`` brings together
    ``older_versions``  the same for the 2019 clients: /beta, /beta2, /v0.1, /v0.2
    ``application_calls`` the Application API on /v2/applications
    ``gate``            authentication and access
    ``description``     serves ``openapi.json``

``page``, the page at /_sandbox/: the trace, chats and users to work with, and
    buttons for ``lab``; ``page.js`` starts one module for each

``delivery``, what the sandbox sends unasked
    ``live_sessions``   the browser SDKs' sessions, and events on their way there
    ``websocket``       one open websocket: frames, pings, readers that are too slow
    ``frames``          the text of every frame (Engine.IO 3 and 4)
    ``webhook_queue``   the queue of webhooks: when each is sent, and to whom
    ``webhook_request`` one webhook as one signed HTTP request

``lab``, for teaching and testing
    ``trace_log``       recent requests and events; ``redaction`` removes secrets
    ``fault_kinds``     the available faults; ``active_faults`` is those in use,
                        ``faulty_answers`` applies them to requests, ``fault_paths``
                        is their API
    ``state``           resets, saves and restores; ``state_paths`` is its API
    ``browse``          what people see of the state; ``browse_paths`` is its API,
                        which can also send as somebody

``rules``, how the service behaves
    ``users``  ``conversations``  ``members``  ``events``  ``sessions``
    ``given_application`` a permanent application that the user configured
    ``expiry``          deletes conversations when their ttl is over

``http``, what happens before a call
    ``names``           its host names: in the certificate, for hosts and pages
    ``entrance``        checks that a request uses one of them
    ``routing``         finds the call for a path and method
    ``auth``            JWTs and ACLs; ``account_auth`` is Basic authentication,
                        ``application_keys`` are for verifying JWTs,
                        ``issued_tokens`` those that the sandbox signs itself
    ``rate_limit``      an optional real 429, for tests
    ``validation``      reads a request's body, and answers in Vonage's words
    ``paging``          cursors and HAL links
    ``errors``          every error, in one table; ``error_answers`` sends them
    ``replies``         JSON answers
    ``request_notes``   what a request adds to its trace
    ``uvicorn_connections`` hanging up, rejecting websockets and other protocols

``storage``, what is saved
    ``store``           the SQLite file: a write is on disk before it's answered
    ``schema``          its tables
    ``snapshots``       named copies of it
    ``state_file``      the whole state as one JSON file, checked when it's read
    ``clock``           the time and ids, either real or repeatable
    ``identity``        the sandbox's own account and certificate authority
    ``json_text``       JSON as text

``machine``, how it uses the computer
    ``serving``         ports, ready, shutdown; ``lifeline`` ends with the parent
    ``owner_only``      files that only their owner can read
    ``folder``          the folder of the state; ``ready_file`` finds the sandbox
                        there, ``unusable`` says why it can't use one
"""
