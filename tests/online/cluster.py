"""The recipe with several processes of Synapse, on PostgreSQL and Redis.

The recipe's files are run as they are, as in ``machine``. PostgreSQL and Redis are
Debian's. Source: https://element-hq.github.io/synapse/latest/workers.html
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox.running import unused_port
from waiting import eventually

from .machine import RECIPE, Machine

_WORKERS = ("1", "2")


class Cluster(Machine):
    """A machine on which Synapse is three processes.

    folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "matrix")
        self._redis_port = unused_port()
        # PostgreSQL refuses to run as root, but Debian's package creates an account.
        self._database = Path(tempfile.mkdtemp(prefix="livechat-"))
        self._account: str | None = None
        if os.geteuid() == 0:
            self._account = "postgres"
            shutil.chown(self._database, "postgres")

    def moved(self, text: str) -> str:
        """Return a text of the recipe with this machine's folders and ports."""
        text = text.replace("/var/run/postgresql", str(self._database))
        return super().moved(text).replace("6379", str(self._redis_port))

    def proxy_text(self) -> str:
        """Return the recipe's file for nginx, which names the workers."""
        return super().proxy_text().replace("# worker: ", "")

    def start_engine(self) -> None:
        """Start the database, Redis, Synapse and its workers."""
        self._copy("own.yaml", self.engine_dir)
        self._start_database()
        redis = ["redis-server", "--port", str(self._redis_port), "--save", ""]
        self._run_beside("redis", redis)
        super().start_engine()
        for number in _WORKERS:
            self._copy(f"worker{number}.yaml", self.folder / "etc")
            self.start("livechat-worker@", number)
            self.wait_for(f"802{number}", "/health")

    def stop(self) -> None:
        """End everything."""
        super().stop()
        shutil.rmtree(self._database, ignore_errors=True)

    def _copy(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = (RECIPE / "workers" / name).read_text()
        (folder / name).write_text(self.moved(text))

    def _start_database(self) -> None:
        folder = str(self._database)
        made = ["-U", "livechat", "--auth=trust", "-E", "UTF8", "--locale=C"]
        self._call("initdb", "-D", f"{folder}/data", *made)
        # It only listens on a socket in the folder.
        command = [_program("postgres"), "-D", f"{folder}/data", "-k", folder, "-h", ""]
        self._run_beside("database", command, self._account)
        eventually(lambda: self._answers(folder), 30)
        self._call("createdb", "-h", folder, "-U", "livechat", "livechat")

    def _answers(self, folder: str) -> bool:
        command = [_program("pg_isready"), "-q", "-h", folder]
        return subprocess.run(command).returncode == 0

    def _call(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [_program(name), *arguments],
            check=True,
            cwd=self._database,
            stdout=subprocess.DEVNULL,
            user=self._account,
        )

    def _run_beside(
        self, name: str, command: list[str], account: str | None = None
    ) -> None:
        self._running[name] = subprocess.Popen(
            command,
            cwd=self._database,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=account,
        )


def _program(name: str) -> str:
    """Return one of PostgreSQL's programs, which Debian keeps off the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else name
