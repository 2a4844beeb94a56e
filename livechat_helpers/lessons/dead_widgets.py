"""What a reopened notebook without a kernel shows instead of a widget.

JupyterLab shows "Error displaying widget: model not found". Nothing is broken: the
widget existed in the kernel, and comes back when its cell is run again.
"""

from IPython.core.getipython import get_ipython
from IPython.display import display

# An output with the error contains nothing except text.
STYLE = """<style>
.jp-OutputArea-output.jupyter-widgets:not(:has(*)) { font-size: 0; }
.jp-OutputArea-output.jupyter-widgets:not(:has(*))::after {
  content: "Run the first cell again, then this one.";
  font-size: var(--jp-content-font-size1, 14px); }
</style>"""


def explain() -> None:
    """Make a notebook say what to do instead of showing the error."""
    if get_ipython() is not None:
        display({"text/html": STYLE}, raw=True)
