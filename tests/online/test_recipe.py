"""The recipe's files agree with each other. Other tests show that they work."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from livechat_helpers.settings import Settings

from .machine import RECIPE, Machine, only, unit

Service = dict[str, Any]

UNITS = {
    "engine": ("livechat-engine.service", ""),
    "sandbox": ("livechat-sandbox.service", ""),
    "website-1": ("livechat-website@.service", "1"),
    "website-2": ("livechat-website@.service", "2"),
    "backup": ("livechat-backup.service", ""),
}
"""Which of systemd's units each container is."""


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    """The containers of the compose file."""
    return yaml.safe_load((RECIPE / "compose.yaml").read_text())["services"]


def proxied(block: str) -> set[str]:
    """Return the addresses that nginx passes a group of calls to."""
    text = (RECIPE / "nginx.conf").read_text()
    found = re.search(rf"^upstream {block} {{(.*?)^}}", text, re.M | re.S)
    assert found
    return set(re.findall(r"server ([\d.:]+)", found[1]))


@pytest.mark.parametrize("name", UNITS)
def test_a_container_runs_what_its_unit_runs(
    services: dict[str, Service], name: str
) -> None:
    file, instance = UNITS[name]
    settings, service = unit(file), services[name]
    start = only(settings, "ExecStart").replace("%i", instance)
    assert shlex.split(service["command"]) == shlex.split(start)
    # On one machine, the programs find each other at 127.0.0.1.
    assert service["network_mode"] == "service:proxy"
    assert "ports" not in service
    assert only(settings, "EnvironmentFile").endswith(f"/{service['env_file']}")
    kept = {volume.rpartition(":")[2] for volume in service["volumes"]}
    written = dict(settings).get("ReadWritePaths", "/var/lib/livechat").split()
    assert {*written} <= kept
    restarts = ("Restart", "always") in settings
    assert restarts == (service["restart"] == "always")


def test_every_container_has_a_unit(services: dict[str, Service]) -> None:
    assert {*services} == {*UNITS, "proxy"}


def test_the_proxy_knows_every_process_and_is_the_only_way_in(
    services: dict[str, Service],
) -> None:
    for block, names in (
        ("livechat_website", ("website-1", "website-2")),
        ("livechat_engine", ("engine",)),
        ("livechat_engine", ("sandbox",)),
    ):
        commands = [services[name]["command"] for name in names]
        ports = [
            found[1]
            for command in commands
            if (found := re.search(r"--(?:http-)?port (\d+)", command))
        ]
        assert proxied(block) == {f"127.0.0.1:{port}" for port in ports}
        for name, port in zip(names, ports, strict=True):
            if name != "sandbox":
                health = services[name]["healthcheck"]["test"][-1]
                assert f"127.0.0.1:{port}/" in health
    assert services["proxy"]["ports"] == ["80:80", "443:443"]
    mounted = [volume.split(":")[:2] for volume in services["proxy"]["volumes"]]
    config = (RECIPE / "nginx.conf").read_text()
    assert ["./nginx.conf", "/etc/nginx/conf.d/default.conf"] in mounted
    for inside in ("/etc/livechat/tls", "/var/www/acme"):
        assert inside in config
        assert inside in {there for _, there in mounted}


def test_the_recipe_keeps_secrets_and_state_out_of_the_code() -> None:
    names = {field.alias for field in Settings.model_fields.values()}
    for line in (RECIPE / "livechat.env").read_text().splitlines():
        name, _, value = line.partition("=")
        if not line.startswith("#"):
            assert name in {*names, "LIVECHAT_HOME"}, "a setting that nobody reads"
            assert not re.search("PASSWORD|SECRET|KEY", name) or value == ""
    for file in RECIPE.rglob("*"):
        if file.is_file():
            assert not re.search(r"(PASSWORD|SECRET)=\S", file.read_text()), file
    for name in UNITS.values():
        home = [
            v for k, v in unit(name[0]) if k in ("StateDirectory", "WorkingDirectory")
        ]
        assert "/opt/livechat" in home


def test_a_website_process_that_hangs_is_started_again(
    machine: Machine, tmp_path: Path
) -> None:
    """A process's timer checks its health.

    Here, the command that would restart it only takes a note.
    """
    asked, systemctl = tmp_path / "asked", tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    systemctl.chmod(0o700)
    line = only(unit("livechat-health@.service"), "ExecStart").replace("%i", "1")
    line = line.replace("/usr/bin/systemctl", str(systemctl)).replace("-m 5", "-m 1")
    command = shlex.split(machine.moved(line))
    subprocess.run(command, check=True, capture_output=True)
    assert not asked.exists(), "it's well"
    with machine.hanging("livechat-website@1"):
        subprocess.run(command, check=True, capture_output=True)
    assert asked.read_text() == "restart livechat-website@1\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    for file in (RECIPE / "systemd").iterdir():
        text = machine.moved(file.read_text().replace("/usr/bin/curl", "/bin/sh"))
        (tmp_path / file.name).write_text(text)
    names = [file.name.replace("@.", "@1.") for file in (RECIPE / "systemd").iterdir()]
    for file in tmp_path.glob("*@.*"):
        shutil.copy(file, tmp_path / file.name.replace("@.", "@1."))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    assert "livechat" not in said.stderr
