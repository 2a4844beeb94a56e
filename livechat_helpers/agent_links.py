"""One-time codes that sign an agent in, made by any process that has the key."""

import secrets
from pathlib import Path

from itsdangerous import URLSafeTimedSerializer

from .private_files import kept_secret
from .support_desk import FRONT_DESK


def link_code(sandbox_dir: Path, agent: str = FRONT_DESK) -> str:
    """Return a code that signs an agent in once.

    sandbox_dir: the folder of the website's sandbox. agent: the agent's name.
    """
    code = {"agent": agent, "once": secrets.token_hex(8)}
    return signer(sandbox_dir, "link").dumps(code)  # pyright: ignore[reportReturnType]


def signer(sandbox_dir: Path, use: str) -> URLSafeTimedSerializer:
    """Return what signs what agents carry, and reads it again.

    sandbox_dir: the folder of the website's sandbox. use: what is signed.
    """
    key = kept_secret(sandbox_dir / "cookie.key")
    return URLSafeTimedSerializer(key, salt=f"agent-{use}")
