"""The checks' words for each mistake, in a form for instructors."""

import re

_DETAIL = re.compile(r"(?<!\{)\{\w+[^{}]*\}(?!\})")


def without_details(message: str) -> str:
    """Return a message on one line, with dots for what a check fills in."""
    dotted = _DETAIL.sub("…", message)
    dotted = dotted.replace("….", "…").replace("{{", "{").replace("}}", "}")
    return " ".join(dotted.split())
