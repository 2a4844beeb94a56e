"""Helpers behind the notebooks that teach on-page live chat.

Where to look:

=====================  ==========================================================
``places``             where the kit keeps its files
``settings``           the settings in ``.env``: the engine, keys, the application
``caller``             tells calls from a notebook's cells apart from all others
``client``             a ``vonage`` SDK client that reaches the sandbox or the cloud
``applications``       creates an application, saves its private key
``tokens``             writes an ACL, mints a JWT, looks inside one
``show_token``         shows what a token contains, in plain words
``conversations``      conversations, members and events, in the SDK's own shape
``transcript``         a conversation as text
``realtime``           a Client SDK session in Python: live events, as they happen
``engines``            which engine runs the chats: Vonage, or Matrix
``matrix``             the chats on Matrix: runs Synapse and talks to it
``moving_house``       copies conversations from the sandbox to Matrix
``support_desk``       opens a chat: visitor, conversation, two members, a token
``website``            the web server behind the ``web`` folder
``online``             a recipe for the public internet, and backups
``agent_links``        one-time links that sign an agent in
``webhooks``           checks that a webhook comes from Vonage
``visitor_names``      random names for visitors
``visitor``            a visitor without a browser: for lessons, tests and load
``agent_pane``         the agent's chat pane, a Jupyter widget
``coroutines``         runs an ``async def`` from code that can't await it
``pristine``           the original notebooks, before a learner worked in them
``plain_errors``       errors that a notebook shows without a traceback
``private_files``      writes files that only their owner can read
``services``           finds the engine and the website, and keeps them running
``my_chat``            the reference version of the chat that a learner builds
``lessons``            the notebooks' checks, hints, texts and progress
``classroom``          for instructors: stage, guide, exams, a view of the room
``notebook_outputs``   keeps committed notebooks the same from run to run
``translation``        extracts texts for translators, builds translated notebooks
``processes``          starts a program, holds a lock or waits for one
``launch``             set-up, checks and start, for ``python -m livechat_helpers``
``sandbox``            the local Vonage
``benchmarks``         measures speed, and compares it with a bare minimum
=====================  ==========================================================

This file imports nothing, so that ``python -m livechat_helpers`` runs before
anything is installed.
"""
