"""Run the chat without a notebook.

Run ``python -m my_chat`` in the folder that contains ``my_chat``.
"""

import argparse
import json
import os
import signal
import socket
from contextlib import suppress

import uvicorn

from livechat_helpers import places, services
from livechat_helpers.private_files import keep_private
from livechat_helpers.sandbox.machine import lifeline
from livechat_helpers.settings import Settings


def main() -> None:
    """Serve the chat until Ctrl-C; start Vonage's sandbox if it isn't running."""
    parser = argparse.ArgumentParser(prog="python -m my_chat", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=8500,
        help="0 for the last one, if it's free",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    bound = listening(options.port)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
    if Settings.load().mode == "sandbox":
        # The cloud can't reach this machine, so there you set an address that it can.
        os.environ["MY_CHAT_URL"] = url
    with services.running_on(places.sandbox_dir()):
        from .app import server  # This asks Vonage for the application.

        if options.exit_with_parent:
            lifeline.watch(lambda: os.kill(os.getpid(), signal.SIGTERM))
            print(json.dumps({"ready": True, "url": url}), flush=True)
        else:
            where = str(places.sandbox_dir() / "agent-password")
            if Settings.load().agent_password is not None:
                where = "AGENT_PASSWORD, in .env"
            print(f"The customer's page: {url}")
            print(f"The agent's page:    {url}agent")
            print(f"The agent's password: see {where}. Ctrl-C ends the chat.")
        config = uvicorn.Config(
            server, log_level="warning", timeout_graceful_shutdown=1
        )
        uvicorn.Server(config).run(sockets=[bound])


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port; 0 means the last one, or any."""
    note = places.data_dir() / "my-chat-port"
    if port == 0:
        with suppress(OSError, ValueError, OverflowError):
            return socket.create_server(("127.0.0.1", int(note.read_text())))
    bound = socket.create_server(("127.0.0.1", port))
    keep_private(note, str(bound.getsockname()[1]).encode())
    return bound


if __name__ == "__main__":
    main()
