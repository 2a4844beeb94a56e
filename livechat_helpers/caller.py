"""Mark every call to Vonage with the process that makes it.

A notebook shows the requests that its own cells sent to the sandbox. Meanwhile the
pane, the website and other notebooks make calls with the same application's tokens. So
each call names its process in its ``User-Agent``.
"""

import secrets

_NAME = "livechat-process/"
_PROCESS = secrets.token_hex(4)

OWN_CALLS = f"{_NAME}{_PROCESS}"
"""What this process's clients put in their ``User-Agent``."""

ASIDE = f"{OWN_CALLS}-aside"
"""What a client puts there if it works alongside the cells, such as the pane's."""


def is_from_a_cell(user_agent: str) -> bool:
    """Return whether a call comes from this process's notebook cells.

    user_agent: the call's ``User-Agent``. One that doesn't name a process counts too,
        unless it's a browser's: somebody wrote that call by hand.
    """
    names = [word for word in user_agent.split() if word.startswith(_NAME)]
    if names:
        return names == [OWN_CALLS]
    return not user_agent.startswith("Mozilla/")
