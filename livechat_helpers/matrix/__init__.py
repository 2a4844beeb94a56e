"""The chat's other engine: Matrix, an open protocol, on a Synapse of your own.

=====================  ========================================================
``command_line``       run Synapse: ``python -m livechat_helpers matrix``
``homeserver``         start Synapse, wait until it answers, end it
``configuration``      what Synapse is told
``synapse_module``     runs inside Synapse: visitors stay in their room
``synapse_variables``  what Synapse's process is given
``platforms``          where Synapse runs; asked before anything is installed
``ready_file``         where a running Synapse is, and its secrets
``engine``             everything a desk and a website need of one Synapse
``rooms``              the calls of ``conversations``
``users``              the calls for users
``tokens``             the minter
``live``               one user's live events
``transactions``       what Synapse reports to the website
``events``             Matrix events as Vonage would tell them
``people``             names and ids of users
``calls``              calls of Synapse's client API, and their refusals
=====================  ========================================================
"""
