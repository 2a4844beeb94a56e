"""The pane's tests on Matrix: the same functions on the other engine.

``tests/engines.py`` lists those that can't run here, with the reason.
"""

import pytest
from agent_pane import test_pane
from engines import on_matrix

pytestmark = pytest.mark.weekly  # every change runs two agents' panes

globals().update(on_matrix(test_pane))
