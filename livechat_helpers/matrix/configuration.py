"""Synapse's configuration: one server for this chat, on this machine only.

It has no federation, no registration, no media, and no directory of rooms or people.

Source: https://element-hq.github.io/synapse/latest/usage/configuration
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..private_files import keep_private, kept_secret
from .ready_file import SERVER, VISITOR

CONFIGURATION = "homeserver.yaml"
OWN = "own.yaml"
"""The owner's own settings, if any; they override ours."""
REGISTRATION = "application.yaml"
TOKEN_LIFE = "15m"  # noqa: S105 - a time, not a token
"""The lifetime of a visitor's token, in Synapse's notation."""

_HEADER = "# Written again at each start: python -m livechat_helpers matrix\n"
_MODULE = "livechat_helpers.matrix.synapse_module.LiveChat"


def write(folder: Path, port: int, website: str) -> None:
    """Write Synapse's configuration, and generate missing secrets.

    folder: the folder for the files.
    port: the port for Synapse to listen on.
    website: the address that receives every event.

    Raises:
        OSError: the disk is full, or the folder isn't writable.
    """
    _keep(folder / REGISTRATION, _registration(folder, website))
    _keep(folder / "log.yaml", _LOG)
    _sign(folder / "signing.key")
    _keep(folder / CONFIGURATION, _homeserver(folder, port, website))


def _homeserver(folder: Path, port: int, website: str) -> dict[str, Any]:
    listener = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "x_forwarded": True,
        "resources": [{"names": ["client"], "compress": False}],
    }
    return {
        "server_name": SERVER,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "listeners": [listener],
        "database": {
            "name": "sqlite3",
            "args": {"database": str(folder / "homeserver.db")},
        },
        "log_config": str(folder / "log.yaml"),
        "signing_key_path": str(folder / "signing.key"),
        "macaroon_secret_key": kept_secret(folder / "macaroon.key"),
        "form_secret": kept_secret(folder / "form.key"),
        "worker_replication_secret": kept_secret(folder / "replication.key"),
        "app_service_config_files": [str(folder / REGISTRATION)],
        "modules": [{"module": _MODULE, "config": {"website": website}}],
        "refreshable_access_token_lifetime": TOKEN_LIFE,
        "default_room_version": "11",
        "forget_rooms_on_leave": True,
        # Keep others out: no other servers, no accounts for strangers.
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "enable_registration": False,
        "allow_guest_access": False,
        "report_stats": False,
        # Turn off everything that a chat doesn't need, so nobody can abuse it.
        "enable_media_repo": False,
        "presence": {"enabled": False},
        "push": {"enabled": False},
        "user_directory": {"enabled": False},
        "enable_room_list_search": False,
        "require_auth_for_profile_requests": True,
        "limit_profile_requests_to_users_who_share_rooms": True,
        "encryption_enabled_by_default_for_room_type": "off",
        # Otherwise, a client that asks again for everything since the beginning gets an
        # outdated answer.
        "caches": {"sync_response_cache_duration": "0s"},
        "rc_message": {"per_second": 5, "burst_count": 50},
    }


def _registration(folder: Path, website: str) -> dict[str, Any]:
    server = SERVER.replace(".", r"\.")
    return {
        "id": "livechat",
        "url": website,
        "as_token": kept_secret(folder / "as-token"),
        "hs_token": kept_secret(folder / "hs-token"),
        "sender_localpart": "livechat",
        "rate_limited": False,
        "receive_ephemeral": True,
        "namespaces": {
            # The first rule reserves visitors' names for us. The second lets us act for
            # agents too, although they're people with their own clients.
            "users": [
                {"exclusive": True, "regex": f"@{VISITOR}.*:{server}"},
                {"exclusive": False, "regex": f"@.*:{server}"},
            ],
            "aliases": [{"exclusive": True, "regex": f"#.*:{server}"}],
            "rooms": [],
        },
    }


_LOG = {
    "version": 1,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "disable_existing_loggers": False,
}


def _keep(file: Path, content: Mapping[str, Any]) -> None:
    text = _HEADER + yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False)
    keep_private(file, text.encode())


def _sign(file: Path) -> None:
    """Generate the key for signing this server's events, unless it exists."""
    if not file.exists():
        from signedjson import key  # Synapse installs this package.

        made = key.generate_signing_key("a_1")
        line = f"ed25519 {made.version} {key.encode_signing_key_base64(made)}\n"
        keep_private(file, line.encode())
