"""Notebook 12: what the cloud asks for, what is left behind, and other services."""

from collections.abc import Callable, Mapping
from typing import Any

from vonage_http_client.errors import NotFoundError

from livechat_helpers.client import answer_to
from livechat_helpers.support_desk import SupportDesk

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

_NEEDED = ("VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL")
_READY = {
    "VONAGE_API_KEY": "abcd1234",
    "VONAGE_API_SECRET": "a-secret",
    "PUBLIC_URL": "https://chat.example.com",
}


def _check_missing(missing: Callable[[dict[str, str]], Any]) -> None:
    for env in ({}, {"VONAGE_MODE": "cloud"}):
        found = missing(env)
        if found is None:
            raise Mistaken("nothing")
        if not {*_NEEDED} <= {*found}:
            name = next(one for one in _NEEDED if one not in found)
            raise Mistaken("overlooked", name=name)
        if len(found) > len(_NEEDED):
            name = next((one for one in found if one not in _NEEDED), found[0])
            raise Mistaken("too_much", name=name)
    for name in _NEEDED:
        if name not in missing(_READY | {name: ""}):
            raise Mistaken("empty", name=name)
    local = "http://localhost:8000"
    if "PUBLIC_URL" not in missing(_READY | {"PUBLIC_URL": local}):
        raise Mistaken("local", address=local)
    if named := missing(_READY):
        raise Mistaken("not_missing", name=next(iter(named)))


_EX_1 = Exercise(
    name="12.1",
    asks=("missing",),
    check=_check_missing,
    correct="Three names, and you know each of them before Vonage asks for it.",
    hints=(
        '`env.get("VONAGE_API_KEY")` is `None` if the name is not there, and an empty '
        "text counts as false as well.",
        "Collect the names of the two keys without a value first. `PUBLIC_URL` has a "
        "rule of its own.",
        '`env.get("PUBLIC_URL", "").startswith("https://")`',
    ),
    solution="""
def missing(env):
    keys = ["VONAGE_API_KEY", "VONAGE_API_SECRET"]
    names = [name for name in keys if not env.get(name)]
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        names.append("PUBLIC_URL")
    return names
""",
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Return a list; it may be empty.",
            """
def missing(env):
    names = [name for name in ("VONAGE_API_KEY",) if not env.get(name)]
""",
        ),
        "overlooked": Mistake(
            "`.env` is empty, and you do not name `{name}`.",
            """
def missing(env):
    keys = ["VONAGE_API_KEY", "VONAGE_API_SECRET"]
    return [name for name in keys if not env.get(name)]
""",
        ),
        "too_much": Mistake(
            "You ask for `{name}`. It may be wanted, but the cloud can be reached "
            "without it: notebook 01 makes an application and its key.",
            """
def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    names += ["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY_PATH"]
    return [name for name in names if not env.get(name)]
""",
        ),
        "empty": Mistake(
            "`{name}=` stands in `.env` with nothing behind it, and you take that for "
            "a value.",
            """
def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    return [name for name in names if name not in env]
""",
        ),
        "local": Mistake(
            "Vonage cannot send webhooks to {address}: that is everybody's own "
            "machine.",
            """
def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    return [name for name in names if not env.get(name)]
""",
        ),
        "not_missing": Mistake(
            "Everything is there, and you still name `{name}`.",
            """
def missing(env):
    return ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
""",
        ),
    },
)

_CHATS = 3


class _Chats:
    """Three chats to delete, one conversation of which is gone, and one to leave."""

    def __init__(self) -> None:
        self._desk = SupportDesk.open()
        self._agent = self._desk.agent()["id"]
        *doomed, self._other = [self._desk.open_chat() for _ in range(_CHATS + 1)]
        self.doomed = [
            {"conversation": chat["conversation"]["id"], "user": chat["user"]["id"]}
            for chat in doomed
        ]
        self._desk.conversations.delete(self.doomed[1]["conversation"])

    def is_there(self, conversation: str) -> bool:
        return answer_to(self._desk.conversations.get, conversation) == "welcome"

    def users_left(self) -> int:
        """Return how many visitors are still there who should be gone."""
        return sum(self._has_user(chat["user"]) for chat in self.doomed)

    def _has_user(self, user: str) -> bool:
        try:
            next(self._desk.conversations.of_user(user), None)
        except NotFoundError:
            return False
        return True

    def others_are_well(self) -> bool:
        return (
            self.is_there(self._other["conversation"]["id"])
            and self._has_user(self._other["user"]["id"])
            and self._has_user(self._agent)
        )


def _check_clean_up(clean_up: Callable[[list[dict[str, str]]], Any]) -> None:
    chats = _Chats()
    try:
        receipt = clean_up([dict(chat) for chat in chats.doomed])
    except NotFoundError:
        raise Mistaken("stops") from None
    if not chats.others_are_well():
        raise Mistaken("others")
    if any(chats.is_there(chat["conversation"]) for chat in chats.doomed):
        raise Mistaken("conversations_left")
    if left := chats.users_left():
        raise Mistaken("users_left", count=left)
    if not isinstance(receipt, Mapping):
        raise Mistaken("no_receipt")
    right = {"conversations": _CHATS - 1, "users": _CHATS, "gone": 1}
    for name, count in right.items():
        if receipt.get(name) != count:
            said = receipt.get(name, "nothing")
            raise Mistaken("wrong_receipt", name=name, said=said, count=count)


_EX_2 = Exercise(
    name="12.2",
    asks=("clean_up",),
    check=_check_clean_up,
    correct="All is gone, all others are well, and the receipt says the truth.",
    hints=(
        'Begin with `receipt = {"conversations": 0, "users": 0, "gone": 0}`, and '
        "count what you have done after you have done it.",
        "Each call needs a `try` of its own: if the conversation is gone, the user may "
        "still be there.",
        "A function inside does it once for both: "
        "`def delete(call, id, name): try: call(id); receipt[name] += 1`, and `gone` "
        "in `except NotFoundError`.",
    ),
    solution="""
def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}

    def delete(call, what, name):
        try:
            call(what)
            receipt[name] += 1
        except NotFoundError:
            receipt["gone"] += 1

    for chat in chats:
        delete(delete_conversation, chat["conversation"], "conversations")
        delete(delete_user, chat["user"], "users")
    return receipt
""",
    mistakes={
        "stops": Mistake(
            "One conversation was gone already, and there you stopped. Catch "
            "`NotFoundError`, and go on.",
            """
def clean_up(chats):
    for chat in chats:
        delete_conversation(chat["conversation"])
        delete_user(chat["user"])
    return {"conversations": len(chats), "users": len(chats), "gone": 0}
""",
        ),
        "others": Mistake(
            "A chat that was not in the list is gone now, and its visitor was in the "
            "middle of a sentence. Delete what you were given.",
            """
def clean_up(chats):
    count = 0
    for each in list(desk.conversations.list()):
        delete_conversation(each["id"])
        count += 1
    return {"conversations": count, "users": 0, "gone": 0}
""",
        ),
        "conversations_left": Mistake(
            "A conversation of the list is still there. Do you go on after the one "
            "that was gone?",
            """
def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}
    try:
        for chat in chats:
            delete_conversation(chat["conversation"])
            delete_user(chat["user"])
            receipt["conversations"] += 1
            receipt["users"] += 1
    except NotFoundError:
        receipt["gone"] += 1
    return receipt
""",
        ),
        "users_left": Mistake(
            "The conversations are gone, and {count} of their visitors are not. If a "
            "conversation is gone, its user may still be there.",
            """
def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
            receipt["conversations"] += 1
            delete_user(chat["user"])
            receipt["users"] += 1
        except NotFoundError:
            receipt["gone"] += 1
    return receipt
""",
        ),
        "no_receipt": Mistake(
            "Everything is gone, and nobody knows it: return the receipt.",
            """
def clean_up(chats):
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
        except NotFoundError:
            pass
        delete_user(chat["user"])
""",
        ),
        "wrong_receipt": Mistake(
            'The receipt says {said} for "{name}", and it was {count}. Count what you '
            "have deleted, not what you were given.",
            """
def clean_up(chats):
    gone = 0
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
        except NotFoundError:
            gone += 1
        delete_user(chat["user"])
    return {"conversations": len(chats), "users": len(chats), "gone": gone}
""",
        ),
    },
)

_WORDS = {
    "PubNub keyset": "application",
    "PubNub membership": "member",
    "Sendbird group channel": "conversation",
    "Sendbird session token": "token",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}


def _check_words(in_our_words: Any) -> None:
    given = {name: str(word).strip() for name, word in dict(in_our_words).items()}
    known = {"event", *map(str.lower, _WORDS.values())}
    for name in _WORDS:
        if given.get(name, "").lower() not in known:
            raise Mistaken("no_word", name=name)
    for name, right in _WORDS.items():
        if given[name].lower() != right.lower():
            raise Mistaken(right, said=given[name])


def _words(right: str, said: str) -> str:
    """Return code that says another word where one would be right."""
    words = {name: said if word == right else word for name, word in _WORDS.items()}
    lines = [f"    {name!r}: {word!r}," for name, word in words.items()]
    return "\n".join(["in_our_words = {", *lines, "}"])


_EX_3 = Exercise(
    name="12.3",
    asks=("in_our_words",),
    check=_check_words,
    correct="You can read the documentation of a service that you have never seen.",
    hints=(
        "Ask of each: is it a box for a product, somebody, a place to talk, or a paper "
        "that one shows?",
        'Seven of the eight words fit once each; "event" is left over.',
        "Somebody who takes part in a place is a member. A list of what may be done is "
        "an ACL. What calls an address of yours is a webhook.",
    ),
    solution="""
in_our_words = {
    "PubNub keyset": "application",
    "PubNub membership": "member",
    "Sendbird group channel": "conversation",
    "Sendbird session token": "token",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}
""",
    mistakes={
        "no_word": Mistake(
            'For "{name}" there is none of our eight words.',
            _words("user", "somebody"),
        ),
        "application": Mistake(
            'You say "{said}" for the keyset. What is the box in which everything of '
            "one product lives?",
            _words("application", "token"),
        ),
        "member": Mistake(
            'You say "{said}" for the membership. It ties a user to a place: what does '
            "that here?",
            _words("member", "user"),
        ),
        "conversation": Mistake(
            'You say "{said}" for the group channel. It is where people talk.',
            _words("conversation", "application"),
        ),
        "token": Mistake(
            'You say "{said}" for the session token. It is shown at the login.',
            _words("token", "event"),
        ),
        "user": Mistake(
            'You say "{said}" for the clientId. It says who somebody is, in whatever '
            "room.",
            _words("user", "member"),
        ),
        "ACL": Mistake(
            'You say "{said}" for the capabilities. They say what may be done where.',
            _words("ACL", "member"),
        ),
        "webhook": Mistake(
            'You say "{said}" for the integration rule. It makes the service call you.',
            _words("webhook", "event"),
        ),
    },
)

LESSON = Lesson(
    number=12,
    title="The real cloud, and beyond",
    minutes=25,
    exercises=(_EX_1, _EX_2, _EX_3),
    questions=(
        Question(
            "What must you change in your code to go from the sandbox to the cloud?",
            (
                Option(
                    "The addresses in each call.",
                    "No call names one. The client takes it from the settings.",
                ),
                Option(
                    "Nothing: the settings say where to go.",
                    "And so a mistake there is mended in one place.",
                    right=True,
                ),
                Option(
                    "The way in which tokens are signed.",
                    "It is the same: the sandbox takes no other tokens than Vonage "
                    "does.",
                ),
            ),
        ),
        Question(
            "Your clean-up finds that a conversation is gone already. What now?",
            (
                Option(
                    "It stops: something is wrong.",
                    "Then the rest stays for good. Perhaps it only ran twice.",
                ),
                Option(
                    "It goes on and counts it as deleted.",
                    "Then the receipt says what is not true, and one day you need it.",
                ),
                Option(
                    "It goes on, and the receipt says that it was gone.",
                    "To delete is idempotent: what matters is that it is not there "
                    "any more.",
                    right=True,
                ),
            ),
        ),
        Question(
            "A service makes the users' tokens itself. What does your server do then?",
            (
                Option(
                    "It knows who the visitor is, and asks for a token for that one.",
                    "Who somebody is, only you can tell. So the page still asks you.",
                    right=True,
                ),
                Option(
                    "Nothing: the page asks the service for a token.",
                    "Then everybody gets one for anybody: the service does not know "
                    "your visitors.",
                ),
                Option(
                    "It gives the account's key to the page, which then asks.",
                    "That key opens everything, and a page has no secrets.",
                ),
            ),
        ),
    ),
)
