"""Know a visitor again: the chat is in a cookie that only this server can write."""

from itsdangerous import BadSignature, URLSafeSerializer

from livechat_helpers import places
from livechat_helpers.private_files import kept_secret

signer = URLSafeSerializer(
    kept_secret(places.data_dir() / "my-chat-secret"), salt="visitor"
)


# [6.1] read a cookie that nobody can forge
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
        """Return the chat of the visitor who calls; None if there is none."""
        return read_cookie(request.cookies.get(self.COOKIE))

    def write(self, response, chat):
        """Put a chat into the cookie, without its token."""
        parts = ("user", "conversation", "member")
        kept = {part: {"id": chat[part]["id"]} for part in parts}
        kept["user"]["name"] = chat["user"]["name"]
        value = signer.dumps(kept)
        response.set_cookie(self.COOKIE, value, httponly=True, samesite="lax")


visitors = Visitors()
