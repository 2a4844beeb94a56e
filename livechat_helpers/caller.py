"""Name the calling process in every call to Vonage.

A notebook shows what its own cells asked the sandbox for. A pane, the website and other
notebooks call at the same time, with the same token of the same application. So a call
says in its ``User-Agent`` where it comes from.
"""

import secrets

_NAME = "livechat-process/"
_PROCESS = secrets.token_hex(4)

OWN_CALLS = f"{_NAME}{_PROCESS}"
"""What a client of this process says."""

ASIDE = f"{OWN_CALLS}-aside"
"""What a client says that works beside a notebook's cells, such as a pane's."""


def is_from_a_cell(user_agent: str) -> bool:
    """Return whether a call comes from the cells of this process.

    user_agent: of the call. One that doesn't name a process counts as well, unless a
    browser says it: it's a call that somebody writes by hand.
    """
    names = [word for word in user_agent.split() if word.startswith(_NAME)]
    if names:
        return names == [OWN_CALLS]
    return not user_agent.startswith("Mozilla/")
