"""Calls about applications and, if there are any, users, with PyPI vonage 2 or 3.

Prints each answer by the call's name. It runs in a separate environment, where
every Vonage host is the sandbox, because version 2 accepts no host with a port.
"""

# pyright: reportAttributeAccessIssue=false

import json
import os
import socket

import vonage

find_address = socket.getaddrinfo


def find_the_sandbox(host, port, *more, **named):
    """Answer like a name server that maps Vonage's hosts to this machine."""
    if host.endswith((".nexmo.com", ".vonage.com")):
        host, port = "127.0.0.1", int(os.environ["VONAGE_SANDBOX_TLS_PORT"])
    return find_address(host, port, *more, **named)


socket.getaddrinfo = find_the_sandbox
client = vonage.Client(
    key=os.environ["VONAGE_API_KEY"], secret=os.environ["VONAGE_API_SECRET"]
)
applications = (
    client.application if hasattr(client, "application") else client.application_v2
)

event_url = {"address": "https://example.com/event", "http_method": "POST"}
rtc = {"rtc": {"webhooks": {"event_url": event_url}}}
told = {"made": applications.create_application({"name": "A chat"})}
application = told["made"]["id"]
told["changed"] = applications.update_application(
    application, {"name": "Chat", "capabilities": rtc}
)
told["read"] = applications.get_application(application)
told["listed"] = applications.list_applications(page_size=100)
mine = vonage.Client(
    application_id=application, private_key=told["made"]["keys"]["private_key"]
)
if hasattr(mine, "users"):
    alice = mine.users.create_user({"name": "alice", "display_name": "Alice"})
    told["alice"] = alice
    told["users"] = mine.users.list_users()
    told["user"] = mine.users.get_user(alice["id"])
    told["renamed"] = mine.users.update_user(alice["id"], {"display_name": "Al"})
    mine.users.delete_user(alice["id"])
    told["left"] = mine.users.list_users()
else:
    token = mine.generate_application_jwt()
    told["token"] = token if isinstance(token, str) else token.decode()
applications.delete_application(application)
print(json.dumps(told))
