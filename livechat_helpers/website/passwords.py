"""The agents' passwords, each in a file that only this account can read.

To change a colleague's password, write a new one into the file, or delete the file and
the website will generate one.
"""

import hmac
from pathlib import Path
from urllib.parse import quote

from ..private_files import kept_secret
from ..settings import Settings
from ..support_desk import FRONT_DESK


def team(settings: Settings) -> list[str]:
    """Return the names of all agents, front desk first."""
    return list(dict.fromkeys([FRONT_DESK, *settings.colleagues()]))


def password_file(sandbox_dir: Path, agent: str = FRONT_DESK) -> Path:
    """Return the file with an agent's password.

    sandbox_dir: the folder of the sandbox that the website uses.
    agent: the agent's name.
    """
    if agent == FRONT_DESK:
        return sandbox_dir / "agent-password"
    return sandbox_dir / f"agent-password-{quote(agent, safe='')}"


class Passwords:
    """Reads the passwords, and generates missing ones.

    sandbox_dir: the folder of the sandbox that the website uses.
    """

    def __init__(self, sandbox_dir: Path) -> None:
        self._sandbox_dir = sandbox_dir

    def make(self, settings: Settings) -> None:
        """Generate the missing passwords, so that people can read the files."""
        for agent in team(settings):
            self.of(agent, settings)

    def of(self, agent: str, settings: Settings) -> str:
        """Return an agent's password; the first call generates it.

        ``AGENT_PASSWORD`` in ``.env`` only applies to the front desk.
        """
        if agent == FRONT_DESK and settings.agent_password:
            return settings.agent_password.get_secret_value()
        return kept_secret(password_file(self._sandbox_dir, agent)).strip()

    def is_right(self, agent: str, given: str, settings: Settings) -> bool:
        """Return whether a password belongs to this agent."""
        if agent not in team(settings):
            return False
        right = self.of(agent, settings).encode()
        # An empty file doesn't let anybody in.
        return right != b"" and hmac.compare_digest(_encoded(given), right)


def _encoded(given: str) -> bytes:
    return given.encode(errors="surrogatepass")
