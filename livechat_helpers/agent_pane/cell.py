"""Find out which cell is running, to recognise what it created in an earlier run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CellRun:
    """One run of a cell.

    cell: identifies the cell.
    run: the kernel's count of executions.
    """

    cell: str
    run: int

    def repeats(self, earlier: "CellRun | None") -> bool:
        """Return whether an earlier run was a different run of the same cell."""
        same = earlier is not None and earlier.cell == self.cell
        return same and earlier is not None and earlier.run != self.run


def running_cell() -> CellRun | None:
    """Return the cell that's running; None outside a notebook.

    JupyterLab, Notebook 7 and VS Code give the cell's id; elsewhere, its code is the
    id.
    """
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    request = shell.get_parent()  # pyright: ignore[reportAttributeAccessIssue]
    if not request or "code" not in request.get("content", {}):
        return None
    cell = request.get("metadata", {}).get("cellId") or request["content"]["code"]
    return CellRun(cell, shell.execution_count)
