"""The agents' passwords: each agent has one, in a file that only this account reads.

To change a colleague's password, write another one into the file, or delete the file:
the website then makes a new one.
"""

import hmac
from pathlib import Path
from urllib.parse import quote

from ..private_files import kept_secret
from ..settings import Settings
from ..support_desk import FRONT_DESK


def team(settings: Settings) -> list[str]:
    """Return the names of all agents, the front desk's first."""
    return list(dict.fromkeys([FRONT_DESK, *settings.colleagues()]))


def password_file(sandbox_dir: Path, agent: str = FRONT_DESK) -> Path:
    """Return the file that holds an agent's password.

    sandbox_dir: the folder of the website's sandbox. agent: the agent's name.
    """
    if agent == FRONT_DESK:
        return sandbox_dir / "agent-password"
    return sandbox_dir / f"agent-password-{quote(agent, safe='')}"


class Passwords:
    """Reads the passwords, and generates the missing ones.

    sandbox_dir: the folder of the website's sandbox.
    """

    def __init__(self, sandbox_dir: Path) -> None:
        self._sandbox_dir = sandbox_dir

    def make(self, settings: Settings) -> None:
        """Make the passwords that are missing, so that their files can be read."""
        for agent in team(settings):
            self.of(agent, settings)

    def of(self, agent: str, settings: Settings) -> str:
        """Return an agent's password; the first call makes it.

        ``AGENT_PASSWORD`` in ``.env`` is the front desk's, and nobody else's.
        """
        if agent == FRONT_DESK and settings.agent_password:
            return settings.agent_password.get_secret_value()
        return kept_secret(password_file(self._sandbox_dir, agent)).strip()

    def is_right(self, agent: str, given: str, settings: Settings) -> bool:
        """Return whether a password is this agent's."""
        if agent not in team(settings):
            return False
        right = self.of(agent, settings).encode()
        # An empty file lets nobody in.
        return right != b"" and hmac.compare_digest(_encoded(given), right)


def _encoded(given: str) -> bytes:
    return given.encode(errors="surrogatepass")
