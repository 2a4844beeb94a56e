"""The chat's other engine: Matrix, an open protocol, on a Synapse of your own.

``homeserver`` runs Synapse on this machine; ``configuration`` is what it's told.
``synapse_module`` runs inside Synapse and keeps visitors in their room. The rest gives
website, desk and pane what they know from Vonage: conversations, users, tokens, live
events, webhooks.
"""
