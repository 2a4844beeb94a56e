"""The list of breaks keeps up with the code; ``python -m tests.breaks`` makes them."""

import pytest
from breaks import Break, load

from livechat_helpers import places


@pytest.mark.parametrize("one", load(), ids=lambda one: one.what)
def test_each_break_can_be_made(one: Break) -> None:
    assert (places.ROOT / one.file).read_text(encoding="utf-8").count(one.old) == 1
    for test in one.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in (places.ROOT / file).read_text("utf-8")
