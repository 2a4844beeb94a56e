"""The agent's chat pane: a support desk inside the notebook.

``AgentPane`` is what a notebook uses: a widget, with methods for everything you can do
by hand. Behind it, ``chats`` follows the conversations (each is a ``chat``), ``outbox``
sends the agent's replies, ``team_notes`` saves the team's notes, and ``views`` sends
everything to the browser, where the scripts in ``view/`` draw it.
"""

from .pane import CANNED, AgentPane, ReplyFailed

__all__ = ["CANNED", "AgentPane", "ReplyFailed"]
