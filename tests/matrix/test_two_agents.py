"""Two agents' panes on Matrix; see ``test_pane``."""

from agent_pane import test_two_agents
from agent_pane.test_two_agents import ada, ben
from engines import on_matrix

__all__ = ["ada", "ben"]

globals().update(on_matrix(test_two_agents))
