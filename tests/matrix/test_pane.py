"""The pane's own tests, on Matrix: the same functions, another engine.

Those that can't be run here are named in ``tests/engines.py``, with the reason.
"""

from agent_pane import test_pane, test_two_agents
from agent_pane.test_two_agents import ada, ben
from engines import MATRIX_LACKS, on_matrix

__all__ = ["ada", "ben"]

globals().update(on_matrix(test_pane, test_two_agents))


def test_what_matrix_lacks_is_a_test_of_the_sandbox() -> None:
    theirs = {*vars(test_pane), *vars(test_two_agents)}
    assert theirs >= set(MATRIX_LACKS)
