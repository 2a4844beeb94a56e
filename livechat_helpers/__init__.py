"""Helpers behind the notebooks that teach on-page live chat.

Where to look:

=====================  ==========================================================
``places``             where the kit keeps its files
``settings``           what ``.env`` says: the engine, keys, the application
``caller``             tell the calls of a notebook's cells from all others
``client``             a ``vonage`` SDK client that reaches the sandbox or the cloud
``applications``       create an application, keep its private key
``tokens``             write an ACL, mint a JWT, look inside one
``show_token``         take a token apart, for people
``conversations``      conversations, members and events, in the SDK's own shape
``transcript``         a conversation as text
``realtime``           a Client SDK session in Python: live events, as they happen
``engines``            which engine runs the chats: Vonage, or Matrix
``matrix``             the chats on Matrix: run Synapse, and speak with it
``moving_house``       copy conversations from the sandbox to Matrix
``support_desk``       open a chat: visitor, conversation, two members, a token
``website``            the web server behind the ``web`` folder
``online``             a recipe for the open web, and copies of the state
``webhooks``           check that a webhook comes from Vonage
``visitor``            a visitor without a browser: for lessons, tests and load
``agent_pane``         the agent's chat pane, a Jupyter widget
``coroutines``         run an ``async def`` where nobody can wait for it
``pristine``           what a notebook was before a learner worked in it
``plain_errors``       errors that a notebook shows without a traceback
``private_files``      write a file that only its owner may read
``services``           the engine and the website: find them, or have them kept
``my_chat``            the chat that a learner builds, as the kit would write it
``lessons``            what notebooks check, hint at, and leave behind
``classroom``          for instructors: stage, guide, exams, a view of the room
``notebook_outputs``   keeps committed notebooks the same from run to run
``translation``        the course in other languages: texts out, notebooks in
``launch``             set-up, checks and start: behind ``python -m livechat_helpers``
``sandbox``            the local Vonage
``benchmarks``         how fast it all is, beside what could be hoped for
=====================  ==========================================================

This file imports nothing, so that ``python -m livechat_helpers`` runs before
anything is installed.
"""
