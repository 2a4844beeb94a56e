"""What Vonage tells the server: answer at once, check who sent it, then work."""

import hashlib
import json
import queue
import time
from dataclasses import dataclass

import jwt
from vonage_jwt import VonageVerifyJwtError, verify_signature

todo = queue.Queue()


@dataclass
class Webhook:
    """One webhook: the token that signs it, and its body, byte for byte."""

    token: str
    body: bytes

    @property
    def event(self):
        """The event in the body."""
        return json.loads(self.body)


# [5.1] answer at once, work later
def answer_fast(webhook):
    todo.put(webhook)
    return 200


# [/5.1]


# [5.2] check that a webhook is Vonage's
def is_genuine(webhook, secret):
    try:
        if not verify_signature(webhook.token, secret):
            return False
    except VonageVerifyJwtError:
        return False
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    if claims["payload_hash"] != hashlib.sha256(webhook.body).hexdigest():
        return False
    return time.time() - claims["iat"] < 5 * 60


# [/5.2]


# [5.3] keep each event once, in order
def in_order(webhooks):
    events = {}
    for webhook in webhooks:
        event = webhook.event
        events[event["conversation_id"], event["id"]] = event
    return [events[key] for key in sorted(events)]


# [/5.3]
