"""Recognise visitors and agents by cookies that only this server can create."""

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from livechat_helpers import places
from livechat_helpers.private_files import kept_secret
from livechat_helpers.website.passwords import FRONT_DESK, Passwords

from .connection import settings

secret = kept_secret(places.data_dir() / "my-chat-secret")
signer = URLSafeSerializer(secret, salt="visitor")


# [6.1] verify the visitor's cookie
def read_cookie(cookie):
    if cookie is None:
        return None
    try:
        return signer.loads(cookie)
    except BadSignature:
        return None


# [/6.1]


class Visitors:
    """Reads and writes the visitors' cookies."""

    COOKIE = "my_chat_visitor"

    def read(self, request):
        """Return the calling visitor's chat, or None if there isn't one."""
        return read_cookie(request.cookies.get(self.COOKIE))

    def write(self, response, chat):
        """Save a chat in the cookie, without its token."""
        value = self.signed(chat)
        response.set_cookie(self.COOKIE, value, httponly=True, samesite="lax")

    def signed(self, chat):
        """Return a chat's cookie."""
        parts = ("user", "conversation", "member")
        kept = {part: {"id": chat[part]["id"]} for part in parts}
        kept["user"]["name"] = chat["user"]["name"]
        return signer.dumps(kept)


class Agents:
    """Lets agents in with a password, and recognises them by a cookie."""

    COOKIE = "my_chat_agent"
    SHIFT = 12 * 60 * 60
    """Seconds that an agent stays signed in."""
    AT_ONCE = 5 * 60
    """Seconds that a code can be used."""

    def __init__(self):
        self._passwords = Passwords(places.sandbox_dir())
        self._cookies = URLSafeTimedSerializer(secret, salt="agent")
        self._codes = URLSafeTimedSerializer(secret, salt="sign-in")

    def knows(self, request):
        """Return whether the caller is a signed-in agent."""
        cookie = request.cookies.get(self.COOKIE, "")
        return self._is_signed(self._cookies, cookie, self.SHIFT)

    def remember(self, response):
        """Sign an agent in."""
        value = self._cookies.dumps(FRONT_DESK)
        response.set_cookie(self.COOKIE, value, httponly=True, samesite="lax")

    def is_password(self, given):
        """Return whether a text is the agent's password, or a recent code."""
        return self._passwords.is_right(
            FRONT_DESK, str(given), settings
        ) or self._is_signed(self._codes, str(given), self.AT_ONCE)

    def password(self):
        """Return the agent's password."""
        return self._passwords.of(FRONT_DESK, settings)

    def code(self):
        """Return a code that signs an agent in, within the next five minutes."""
        return self._codes.dumps(FRONT_DESK)

    @staticmethod
    def _is_signed(serializer, text, seconds):
        try:
            return serializer.loads(text, max_age=seconds) == FRONT_DESK
        except BadSignature:
            return False


visitors = Visitors()
agents = Agents()
