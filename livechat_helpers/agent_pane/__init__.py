"""The agent's chat pane: a support desk inside the notebook.

``AgentPane`` is what a notebook uses: a widget, whose methods do what you can do in it
by hand. Behind it, ``chats`` follows the conversations (each is a ``chat``), ``outbox``
sends what the agent writes, ``team_notes`` keeps what the team notes, and ``views``
carries it all to the browser, where the scripts of ``view/`` draw it.
"""

from .pane import CANNED, AgentPane, ReplyFailed

__all__ = ["CANNED", "AgentPane", "ReplyFailed"]
