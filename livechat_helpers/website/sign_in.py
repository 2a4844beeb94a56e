"""Who may act as an agent: the password, the link from a notebook, the cookie.

A notebook that runs on this machine can read the website's own key. So it signs a code
for an agent, and opens the agent's page with it behind a ``#``, which a browser sends
to no server and writes into no log. The page gives the code back once, and gets a
cookie for it. Whoever has no notebook gives the password of ``.env``.

Each sign-in is a session with an id. Signing out ends the session, not just the cookie:
a call that is on its way meanwhile brings the cookie back, and it is worth nothing.
"""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from starlette.exceptions import HTTPException

from ..private_files import kept_secret
from ..settings import Settings
from ..support_desk import FRONT_DESK
from . import addresses
from .rate_limits import SIGN_INS, SIGN_INS_OF_AN_ADDRESS, RateLimits, address

COOKIE = "livechat_agent"
SESSION_LIFE = 12 * 3600
"""Seconds an agent stays signed in."""
LINK_LIFE = 5 * 60
"""Seconds a link may be used, once."""

_ONCE = RateLimitItemPerMinute(1, LINK_LIFE // 60 + 1, namespace="links")
_ENDED = RateLimitItemPerMinute(1, SESSION_LIFE // 60 + 1, namespace="signed-out")


def link_code(sandbox_dir: Path, agent: str = FRONT_DESK) -> str:
    """Return a code that signs an agent in once.

    sandbox_dir: the folder of the website's sandbox. agent: the agent's name.
    """
    code = {"agent": agent, "once": secrets.token_hex(8)}
    return _signer(sandbox_dir, "link").dumps(code)  # pyright: ignore[reportReturnType]


def _signer(sandbox_dir: Path, use: str) -> URLSafeTimedSerializer:
    key = kept_secret(sandbox_dir / "cookie.key")
    return URLSafeTimedSerializer(key, salt=f"agent-{use}")


class SignIn:
    """Signs agents in and knows them again.

    sandbox_dir: the folder with the keys. limits: counts the attempts.
    """

    def __init__(self, sandbox_dir: Path, limits: RateLimits) -> None:
        self._links = _signer(sandbox_dir, "link")
        self._sessions = _signer(sandbox_dir, "session")
        self._own_password = kept_secret(sandbox_dir / "agent-password")
        self._limits = limits

    def by_password(self, request: Request, password: str, settings: Settings) -> None:
        """Check the password.

        Raises:
            HTTPException: it is another one, or there were too many attempts.
        """
        who = address(request)
        self._limits.count(SIGN_INS_OF_AN_ADDRESS, who)
        self._limits.count(SIGN_INS)
        if not self._is_right(password, settings):
            raise HTTPException(401, "That is not the agent's password.")
        self._limits.forgive(SIGN_INS_OF_AN_ADDRESS, who)

    def by_link(self, code: str) -> str:
        """Return whom a link's code signs in.

        Raises:
            HTTPException: it was used before, is too old, or is none of ours.
        """
        try:
            given = self._links.loads(code, max_age=LINK_LIFE)
        except BadSignature as error:
            raise HTTPException(401, "This link is not valid any more.") from error
        if not self._limits.is_first(_ONCE, given["once"]):
            raise HTTPException(401, "This link has been used already.")
        return given["agent"]

    def begin(
        self, request: Request, response: Response, agent: str, settings: Settings
    ) -> None:
        """Begin the session of an agent who has signed in."""
        password = self._print(settings)
        session = {"id": secrets.token_hex(8), "agent": agent, "password": password}
        self._set_cookie(request, response, session)

    def renew(self, request: Request, response: Response, settings: Settings) -> str:
        """Let a session live as long as a new one, and return which agent's it is.

        Raises:
            HTTPException: as for ``agent``.
        """
        session = self._session(request, settings)
        self._set_cookie(request, response, session)
        return session["agent"]

    def end(self, request: Request, response: Response) -> None:
        """End the session, if there is one: its cookie signs nobody in any more."""
        with suppress(HTTPException):
            self._limits.is_first(_ENDED, self._read_cookie(request)["id"])
        response.delete_cookie(COOKIE, path=f"{addresses.prefix(request)}/")

    def agent(self, request: Request, settings: Settings) -> str:
        """Return which agent calls.

        Raises:
            HTTPException: nobody who is signed in, or with an earlier password.
        """
        return self._session(request, settings)["agent"]

    def _session(self, request: Request, settings: Settings) -> dict[str, str]:
        session = self._read_cookie(request)
        if session["password"] != self._print(settings):
            raise HTTPException(401, "The password has changed. Sign in again.")
        if not self._limits.is_within(_ENDED, session["id"]):
            raise HTTPException(401, "Sign in first.")
        return session

    def _read_cookie(self, request: Request) -> dict[str, str]:
        cookie = request.cookies.get(COOKIE, "")
        try:
            session = self._sessions.loads(cookie, max_age=SESSION_LIFE)
        except BadSignature as error:
            raise HTTPException(401, "Sign in first.") from error
        if "id" not in session:  # it is of an earlier version of this website
            raise HTTPException(401, "Sign in first.")
        return session

    def _set_cookie(
        self, request: Request, response: Response, session: dict[str, str]
    ) -> None:
        response.set_cookie(
            COOKIE,
            self._sessions.dumps(session),  # pyright: ignore[reportArgumentType]
            max_age=SESSION_LIFE,
            path=f"{addresses.prefix(request)}/",
            secure=addresses.is_https(request),
            httponly=True,
            samesite="strict",
        )

    def _is_right(self, password: str, settings: Settings) -> bool:
        given = password.encode(errors="surrogatepass")
        return hmac.compare_digest(given, self._password(settings).encode())

    def _password(self, settings: Settings) -> str:
        chosen = settings.agent_password
        return chosen.get_secret_value() if chosen else self._own_password

    def _print(self, settings: Settings) -> str:
        """Return what tells one password from another, and not what it is."""
        signer = self._sessions.make_signer()
        return signer.get_signature(self._password(settings)).decode()
