"""The pane's own tests, on Matrix: the same functions, another engine.

Those that can't be run here are named in ``tests/engines.py``, with the reason.
"""

from agent_pane import test_pane, test_two_agents
from agent_pane.test_two_agents import ada, ben
from engines import MATRIX_LACKS, on_matrix
from helpers import test_support_desk

__all__ = ["ada", "ben"]

globals().update(on_matrix(test_pane, test_two_agents))


def test_what_matrix_lacks_is_a_test_of_the_sandbox() -> None:
    modules = (test_pane, test_two_agents, test_support_desk)
    theirs = {name for module in modules for name in vars(module)}
    assert theirs >= set(MATRIX_LACKS)
