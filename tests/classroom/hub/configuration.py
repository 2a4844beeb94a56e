"""The hub's settings: each learner's programs run as a separate account.

JupyterHub reads this file; the test has put what it needs into the environment.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import SimpleLocalProcessSpawner  # pyright: ignore

said: dict[str, Any] = json.loads(os.environ["HUB_OF_THE_TEST"])
c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821


class Accounts(SimpleLocalProcessSpawner):
    """Starts a learner's server as the learner, without a line in /etc/passwd."""

    home_dir_template = f"{said['folder']}/homes/{{username}}"

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        home, account = self.home_dir, said["accounts"][name]

        def become() -> None:
            os.setgroups([])
            os.setgid(account)
            os.setuid(account)
            os.chdir(home)

        return become


hub, proxy, api, room = said["ports"]
c.JupyterHub.spawner_class = Accounts
c.Spawner.environment = {
    "PATH": os.environ["PATH"],
    "TMPDIR": f"{said['folder']}/tmp",
}
c.Spawner.args = ["--ServerApp.log_level=ERROR"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = f"http://127.0.0.1:{proxy}"
c.JupyterHub.hub_port = hub
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [said["proxy"]]
c.JupyterHub.services = [
    {"name": "admin", "api_token": said["token"]},
    # As in the classroom's README.
    {
        "name": "room",
        "url": f"http://127.0.0.1:{room}",
        "command": [sys.executable, "-m", "livechat_helpers", "room"],
        "environment": {"LIVECHAT_HOME": f"{said['folder']}/room"},
    },
]
scopes = ["admin:users", "admin:servers", "access:servers", "list:users"]
c.JupyterHub.load_roles = [{"name": "all", "scopes": scopes, "services": ["admin"]}]
