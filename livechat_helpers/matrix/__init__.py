"""The chat's other engine: Matrix, an open protocol, on a Synapse of your own.

=====================  ========================================================
``command_line``       runs Synapse: ``python -m livechat_helpers matrix``
``homeserver``         starts Synapse, waits until it answers, ends it
``configuration``      Synapse's settings
``synapse_module``     runs inside Synapse: visitors stay in their room
``synapse_variables``  environment variables for Synapse's process
``platforms``          where Synapse runs; checked before anything is installed
``ready_file``         a running Synapse's address and secrets
``engine``             everything that desks and websites need from one Synapse
``rooms``              the calls of ``conversations``
``users``              the calls on users
``tokens``             mints tokens
``live``               one user's live events
``transactions``       what Synapse reports to the website
``events``             converts Matrix events to Vonage's format
``people``             names and ids of users
``calls``              calls to Synapse's client API, and their errors
=====================  ========================================================
"""
