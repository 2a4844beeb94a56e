"""Tokens: when they expire, what they allow, and who they're for."""

import time
from uuid import uuid4

import jwt

from .connection import application, private_key


# [2.1] calculate when a token expires
def exp_in(minutes):
    return int(time.time()) + minutes * 60


# [/2.1]


def acl_of(conversation):
    """Return the ACL for a visitor in a conversation."""
    # [2.2] limit what a visitor can do
    events = f"/*/conversations/{conversation}/events"
    acl_to_chat = {"paths": {events: {"methods": ["GET", "POST"]}}}
    # [/2.2]
    return acl_to_chat


# [2.3] verify a token, then read it
def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None


# [/2.3]


# [2.5] mint a token
def mint(user_name=None, acl=None, seconds=15 * 60):
    now = int(time.time())
    claims = {"application_id": application.id, "jti": str(uuid4())}
    claims |= {"iat": now, "exp": now + seconds}
    if user_name is not None:
        claims["sub"] = user_name
    if acl is not None:
        claims["acl"] = acl
    return jwt.encode(claims, private_key, algorithm="RS256")


# [/2.5]


def visitor_token(user, conversation):
    """Return a token for one visitor and one conversation.

    The page needs a little more than reading and writing events: it opens a session,
    renews it, and looks up the conversation and its own member.
    """
    paths = {
        **acl_of(conversation["id"])["paths"],
        "/*/sessions": {"methods": ["POST"]},
        "/*/sessions/*": {"methods": ["PUT"]},
        f"/*/conversations/{conversation['id']}": {"methods": ["GET"]},
        f"/*/conversations/{conversation['id']}/members/me": {"methods": ["GET"]},
    }
    return mint(user["name"], {"paths": paths})


def agent_token(agent):
    """Return a token for the support agent, who can chat in every conversation."""
    paths = {
        "/*/sessions": {"methods": ["POST"]},
        "/*/sessions/*": {"methods": ["PUT"]},
        f"/*/users/{agent['id']}/conversations": {"methods": ["GET"]},
        "/*/conversations/*": {"methods": ["GET"]},
        "/*/conversations/*/members/me": {"methods": ["GET"]},
        "/*/conversations/*/events": {"methods": ["GET", "POST"]},
    }
    return mint(agent["name"], {"paths": paths})
