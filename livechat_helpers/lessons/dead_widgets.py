"""What a reopened notebook without a kernel shows where a widget was.

JupyterLab writes "Error displaying widget: model not found" there. Nothing is broken:
the widget lived in the kernel, and comes back when its cell is run.
"""

from IPython.core.getipython import get_ipython
from IPython.display import display

# Where the error is, there's nothing but its text.
STYLE = """<style>
.jp-OutputArea-output.jupyter-widgets:not(:has(*)) { font-size: 0; }
.jp-OutputArea-output.jupyter-widgets:not(:has(*))::after {
  content: "Run the first cell again, then this one.";
  font-size: var(--jp-content-font-size1, 14px); }
</style>"""


def explain() -> None:
    """Let a notebook say what to do where a widget was."""
    if get_ipython() is not None:
        display({"text/html": STYLE}, raw=True)
