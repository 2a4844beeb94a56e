"""The checks' messages about mistakes, in a form for instructors."""

import re

_DETAIL = re.compile(r"(?<!\{)\{\w+[^{}]*\}(?!\})")


def without_details(message: str) -> str:
    """Return a message on one line, with an ellipsis for each detail."""
    dotted = _DETAIL.sub("…", message)
    dotted = dotted.replace("….", "…").replace("{{", "{").replace("}}", "}")
    return " ".join(dotted.split())
