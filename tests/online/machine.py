"""The recipe on a test machine: its files as they are, moved to free ports.

Each program starts with the command line and the environment from its systemd unit, and
nginx starts with the recipe's file. Only folders, ports and the certificate differ.
"""

import os
import re
import shlex
import signal
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import httpx
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from sandbox.running import unused_port
from waiting import eventually

from livechat_helpers import online, places
from livechat_helpers.launch import nginx

RECIPE = Path(online.__file__).parent / "recipe"
SITE, ENGINE = "chat.example.org", "engine.example.org"
PORTS: tuple[str, ...] = (
    "80",
    "443",
    "8000",
    "8001",
    "8002",
    "8010",
    "8011",
    "8019",
    "8021",
    "8022",
)

_WHOLE = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_processes 2;
events {{ worker_connections 4096; }}
http {{
    {scratch}
    include {folder}/livechat.conf;
}}
"""
_SCRATCH = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def unit(name: str) -> list[tuple[str, str]]:
    """Return the settings of one of systemd's units, in order."""
    lines = (RECIPE / "systemd" / name).read_text().splitlines()
    pairs = [line.partition("=") for line in lines if re.match(r"\w+=", line)]
    return [(key, value) for key, _, value in pairs]


def only(settings: list[tuple[str, str]], key: str) -> str:
    """Return the value of a setting that a unit has once."""
    [value] = [value for name, value in settings if name == key]
    return value


class Machine:
    """The recipe's programs, each as a process.

    folder: an empty one. engine: what the chats run on, ``sandbox`` or ``matrix``.
    """

    def __init__(self, folder: Path, engine: str = "sandbox") -> None:
        self.folder = folder
        self.engine = engine
        self.state = folder / "state"
        self.backups = folder / "backups"
        self._ports = {usual: unused_port() for usual in PORTS}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for inside in ("state", "log", "etc/tls", "acme", "scratch"):
            (folder / inside).mkdir(parents=True)
        self._make_certificate()
        self.url = f"https://{SITE}:{self._ports['443']}/"
        self.plain_url = f"http://{SITE}:{self._ports['80']}/"
        self.engine_url = f"https://{ENGINE}:{self._ports['443']}"

    def _make_certificate(self) -> None:
        authority = trustme.CA()
        made = authority.issue_cert(SITE, ENGINE)
        self.authority = self.folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        tls = self.folder / "etc/tls"
        made.private_key_pem.write_to_path(tls / "privkey.pem")
        chain = b"".join(one.bytes() for one in made.cert_chain_pems)
        (tls / "fullchain.pem").write_bytes(chain)
        key = load_pem_x509_certificate(chain).public_key()
        info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._pin = b64encode(sha256(info).digest()).decode()

    def browser_flags(self) -> list[str]:
        """Return the options with which a browser finds and trusts this machine."""
        return [
            "--host-resolver-rules=MAP *.example.org 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={self._pin}",
        ]

    def port(self, usual: str) -> int:
        """Return the free port that replaces the recipe's."""
        return self._ports[usual]

    def moved(self, text: str) -> str:
        """Return a text of the recipe with this machine's folders and ports."""
        for old, new in {
            "/opt/livechat/.venv/bin/python": sys.executable,
            "/opt/livechat": str(places.ROOT),
            "/var/lib/livechat": str(self.state),
            "/var/backups/livechat": str(self.backups),
            "/var/log/nginx": str(self.folder / "log"),
            "/var/www/acme": str(self.folder / "acme"),
            "/etc/livechat": str(self.folder / "etc"),
        }.items():
            text = text.replace(old, new)
        text = re.sub(r"\b80\d\d\b", lambda port: str(self._ports[port[0]]), text)
        return re.sub(
            r"https://\w+\.example\.org\b(?!/)",
            lambda url: f"{url[0]}:{self._ports['443']}",
            text,
        )

    def environment(self) -> dict[str, str]:
        """Return the variables in the units' ``EnvironmentFile``."""
        lines = self.moved((RECIPE / "livechat.env").read_text()).splitlines()
        pairs = [line.partition("=") for line in lines if not line.startswith("#")]
        mode = {"VONAGE_MODE": self.engine}
        return {name: value for name, _, value in pairs} | mode

    @property
    def engine_dir(self) -> Path:
        """The folder where the engine and its website keep their state."""
        return self.state / ".data" / self.engine

    def start(self, name: str, instance: str = "", *, again: bool = False) -> None:
        """Start a unit's program, without waiting for it.

        name: the unit's, without its extension. instance: what follows the ``@``.
        """
        settings = unit(f"{name}.service")
        assert self.moved(only(settings, "EnvironmentFile")).endswith("livechat.env")
        command = self.moved(only(settings, "ExecStart").replace("%i", instance))
        assert again or name + instance not in self._running
        self._running[name + instance] = subprocess.Popen(
            shlex.split(command),
            cwd=self.moved(only(settings, "WorkingDirectory")),
            env={**os.environ, **self.environment()},
            stdout=subprocess.DEVNULL,
        )

    def run(self, name: str) -> None:
        """Run a unit's program to its end."""
        self.start(name)
        assert self._running.pop(name).wait(timeout=60) == 0

    def kill(self, name: str) -> None:
        """End a program as a power cut would."""
        self._running[name].kill()
        self._running[name].wait()

    @contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """Freeze a program during the block."""
        self._running[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._running[name].send_signal(signal.SIGCONT)

    def start_proxy(self) -> None:
        """Start nginx on the recipe's file."""
        (self.folder / "livechat.conf").write_text(self.proxy_text())
        scratch = "".join(
            f"{kind}_temp_path {self.folder}/scratch/{kind};" for kind in _SCRATCH
        )
        whole = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # it owns the folder
        filled = _WHOLE.format(folder=self.folder, scratch=scratch, user=user)
        whole.write_text(filled)
        program = nginx.find()
        assert program is not None, "There is no nginx: python -m livechat_helpers test"
        command = [str(program), "-p", str(self.folder), "-c", str(whole)]
        self._running["proxy"] = subprocess.Popen([*command, "-e", "stderr"])

    def proxy_text(self) -> str:
        """Return the recipe's file for nginx, moved to this machine."""
        text = self.moved((RECIPE / "nginx.conf").read_text())
        # Some machines lack IPv6.
        text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M)
        for usual in ("443", "80"):
            text = text.replace(
                f"listen {usual}", f"listen 127.0.0.1:{self._ports[usual]}"
            )
        # A redirect leads to the standard port, but here the port is different.
        return text.replace("https://$host$", f"https://$host:{self._ports['443']}$")

    def start_engine(self) -> None:
        """Start what the chats run on, and wait until it's healthy."""
        on_matrix = self.engine == "matrix"
        self.start("livechat-engine" if on_matrix else "livechat-sandbox")
        self.wait_for("8010", "/health" if on_matrix else "/_sandbox/health")

    def start_all(self) -> None:
        """Start everything, in systemd's order, and wait until it's healthy."""
        self.start_engine()
        for instance in ("1", "2"):
            self.start("livechat-website@", instance)
        self.start_proxy()
        for usual in ("8001", "8002"):
            self.wait_for(usual, "/health")
        with self.client() as client:
            _until_well(lambda: client.get("health"))

    def wait_for(self, usual: str, path: str) -> None:
        """Wait until a program answers on a port."""
        url = f"http://127.0.0.1:{self._ports[usual]}{path}"
        _until_well(lambda: httpx.get(url, trust_env=False))

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """Return an outside client that trusts the authority and knows the host names.

        address: the client's address, as the proxy sees it.
        """
        transport = _Names(address, self.authority)
        return httpx.Client(base_url=self.url, transport=transport, timeout=60)

    def log(self) -> str:
        """Return everything that nginx has written."""
        return "".join(file.read_text() for file in (self.folder / "log").iterdir())

    def stop(self) -> None:
        """End everything."""
        for process in reversed(self._running.values()):
            with suppress(ProcessLookupError):
                process.terminate()
        for process in self._running.values():
            process.wait(timeout=60)


class _Names(httpx.HTTPTransport):
    """Resolves the recipe's names to this machine."""

    def __init__(self, address: str, authority: Path) -> None:
        trusting = ssl.create_default_context(cafile=authority)
        super().__init__(verify=trusting, local_address=address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(sent_here(request))


def sent_here(request: httpx.Request) -> httpx.Request:
    """Return a request to one of the recipe's names, redirected to this machine."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host="127.0.0.1"),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


@contextmanager
def running(folder: Path, engine: str = "sandbox") -> Iterator[Machine]:
    """Run the recipe on an engine during the block."""
    machine = Machine(folder, engine)
    try:
        machine.start_all()
        yield machine
    finally:
        machine.stop()


def _until_well(look: Callable[[], httpx.Response]) -> None:
    def is_well() -> bool:
        with suppress(httpx.TransportError):
            return look().status_code == 200
        return False

    eventually(is_well, 200)  # a start can take minutes under load
