"""The pane's tests on Matrix: the same functions, another engine.

Those that can't be run here are named in ``tests/engines.py``, with the reason.
"""

import pytest
from agent_pane import test_pane
from engines import on_matrix

pytestmark = pytest.mark.weekly  # every change runs two agents' panes

globals().update(on_matrix(test_pane))
