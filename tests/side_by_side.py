"""Which worker runs which tests, if ``pytest -n`` has several.

A file stays on one worker, and so do the tests that play one notebook. A worker stays
in a folder as long as there are tests left, so what they share (a browser, JupyterLab,
services) starts once.
"""

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

LONGEST = ("tests/notebooks", "tests/agent_pane/in_jupyterlab", "tests/web")
"""The folders that take longest start first, so that all workers end together."""

_PLAYED = re.compile(r"(tests/notebooks/test_exercises\.py)::.*\[(\d+)[._]")


class Scheduler(LoadScopeScheduling):
    """Distributes the tests by folder, file and notebook."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        # A folder's files come in the same order as without workers: a test may
        # leave a shared notebook as only those after it expect.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        if played := _PLAYED.match(nodeid):
            return f"{played[1]}::{int(played[2])}"
        return nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        here = self._folder_of(node)
        elsewhere = {self._folder_of(each) for each in self.nodes if each is not node}

        def rank(scope: str) -> tuple[bool, bool, int]:
            folder = _folder(scope)
            at = LONGEST.index(folder) if folder in LONGEST else len(LONGEST)
            return folder != here, folder in elsewhere, at

        self.workqueue.move_to_end(min(self.workqueue, key=rank), last=False)
        super()._assign_work_unit(node)

    def _folder_of(self, node: WorkerController) -> str | None:
        """Return the folder that a worker is in."""
        latest = next(reversed(self.assigned_work[node]), None)
        return None if latest is None else _folder(latest)


def _folder(scope: str) -> str:
    return scope.partition("::")[0].rpartition("/")[0]
