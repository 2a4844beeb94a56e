"""How agents sign in: with their password, a one-time link, or the cookie.

A notebook on this machine can read the website's own key. So it signs a code for an
agent and opens the agent's page with the code after a ``#``; browsers don't send that
part to any server, and don't log it. The page sends the code once and gets a cookie in
return. An agent without a notebook uses the agent's password.

Each sign-in is a session with an id. Signing out ends the session, not just the cookie.
Otherwise, a call in progress could set the cookie again.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from fastapi import Request, Response
from itsdangerous import BadSignature
from limits import RateLimitItemPerMinute
from starlette.exceptions import HTTPException

from ..agent_links import signer
from ..settings import Settings
from . import addresses
from .passwords import Passwords, team
from .rate_limits import SIGN_INS, SIGN_INS_OF_AN_ADDRESS, RateLimits, address

COOKIE = "livechat_agent"
SESSION_LIFE = 12 * 3600
"""Seconds that an agent stays signed in."""
LINK_LIFE = 5 * 60
"""Seconds that a link is valid, for one use."""

_ONCE = RateLimitItemPerMinute(1, LINK_LIFE // 60 + 1, namespace="links")
_NOT_ON_THE_TEAM = "{} isn't one of the agents. SUPPORT_TEAM in .env names them."
_ENDED = RateLimitItemPerMinute(1, SESSION_LIFE // 60 + 1, namespace="signed-out")


class SignIn:
    """Signs agents in and recognises them.

    sandbox_dir: the folder with the keys and passwords.
    limits: counts the attempts.
    settings: say who is on the team.
    """

    def __init__(
        self, sandbox_dir: Path, limits: RateLimits, settings: Settings
    ) -> None:
        self._links = signer(sandbox_dir, "link")
        self._sessions = signer(sandbox_dir, "session")
        self._passwords = Passwords(sandbox_dir)
        self._passwords.make(settings)
        self._limits = limits

    def by_password(
        self, request: Request, agent: str, password: str, settings: Settings
    ) -> None:
        """Check an agent's password.

        Raises:
            HTTPException: it's wrong, or there were too many attempts.
        """
        who = address(request)
        self._limits.count(SIGN_INS_OF_AN_ADDRESS, who)
        self._limits.count(SIGN_INS)
        if not self._passwords.is_right(agent, password, settings):
            raise HTTPException(401, "The agent's name or password is wrong.")
        self._limits.forgive(SIGN_INS_OF_AN_ADDRESS, who)

    def by_link(self, code: str, settings: Settings) -> str:
        """Return the name of the agent that a link's code signs in.

        Raises:
            HTTPException: the code has been used before, is too old, or isn't ours.
        """
        try:
            given = self._links.loads(code, max_age=LINK_LIFE)
        except BadSignature as error:
            raise HTTPException(401, "This link is no longer valid.") from error
        if given["agent"] not in team(settings):
            raise HTTPException(401, _NOT_ON_THE_TEAM.format(given["agent"]))
        if not self._limits.is_first(_ONCE, given["once"]):
            raise HTTPException(401, "This link has already been used.")
        return given["agent"]

    def begin(
        self, request: Request, response: Response, agent: str, settings: Settings
    ) -> None:
        """Start a session for an agent who has signed in."""
        session = {
            "id": secrets.token_hex(8),
            "agent": agent,
            "password": self._print(agent, settings),
        }
        self._set_cookie(request, response, session)

    def renew(self, request: Request, response: Response, settings: Settings) -> str:
        """Renew a session, and return the agent's name.

        Raises:
            HTTPException: as for ``agent``.
        """
        session = self._session(request, settings)
        self._set_cookie(request, response, session)
        return session["agent"]

    def end(self, request: Request, response: Response) -> None:
        """End the session, if any; its cookie is no longer accepted."""
        with suppress(HTTPException):
            self._limits.is_first(_ENDED, self._read_cookie(request)["id"])
        response.delete_cookie(COOKIE, path=f"{addresses.prefix(request)}/")

    def agent(self, request: Request, settings: Settings) -> str:
        """Return the name of the agent who is calling.

        Raises:
            HTTPException: the caller isn't signed in, or the password has changed since
                the sign-in, or the agent has left the team.
        """
        return self._session(request, settings)["agent"]

    def _session(self, request: Request, settings: Settings) -> dict[str, str]:
        session = self._read_cookie(request)
        if session["agent"] not in team(settings):
            raise HTTPException(401, _NOT_ON_THE_TEAM.format(session["agent"]))
        if session["password"] != self._print(session["agent"], settings):
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
        if "id" not in session:  # The cookie is from an older version of this website.
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

    def _print(self, agent: str, settings: Settings) -> str:
        """Return a value that identifies a password without revealing it."""
        password = self._passwords.of(agent, settings)
        return self._sessions.make_signer().get_signature(password).decode()
