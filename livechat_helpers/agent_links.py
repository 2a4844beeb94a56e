"""One-time codes that sign an agent in; any process that has the key can make one."""

import secrets
from pathlib import Path

from itsdangerous import URLSafeTimedSerializer

from .private_files import kept_secret
from .support_desk import FRONT_DESK


def link_code(sandbox_dir: Path, agent: str = FRONT_DESK) -> str:
    """Return a code that signs an agent in once.

    sandbox_dir: the folder of the sandbox that the website uses.
    agent: the agent's name.
    """
    code = {"agent": agent, "once": secrets.token_hex(8)}
    return signer(sandbox_dir, "link").dumps(code)  # pyright: ignore[reportReturnType]


def signer(sandbox_dir: Path, use: str) -> URLSafeTimedSerializer:
    """Return a serializer that signs agents' codes and sessions, and checks them later.

    sandbox_dir: the folder of the sandbox that the website uses.
    use: what the signature is for, such as ``link``; it isn't valid for any other use.
    """
    key = kept_secret(sandbox_dir / "cookie.key")
    return URLSafeTimedSerializer(key, salt=f"agent-{use}")
