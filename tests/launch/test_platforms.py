"""The files for Binder, dev containers and GitHub contain commands that work here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from livechat_helpers import places

WORKFLOWS = sorted((places.ROOT / ".github" / "workflows").glob("*.yml"))


def commands() -> list[str]:
    """Return the commands in those files."""
    container = json.loads(
        (places.ROOT / ".devcontainer/devcontainer.json").read_text()
    )
    found = [container["postCreateCommand"]]
    found.append((places.ROOT / "binder/postBuild").read_text().splitlines()[-1])
    for workflow in WORKFLOWS:
        for job in yaml.safe_load(workflow.read_text())["jobs"].values():
            found += [step["run"] for step in job["steps"] if "run" in step]
    return found


def test_every_platform_calls_existing_commands() -> None:
    called = [command.split() for command in commands()]
    assert len(called) >= 2 + len(WORKFLOWS)
    kit = "livechat_helpers"
    subcommands = {words[words.index(kit) + 1] for words in called if kit in words}
    for subcommand in subcommands:
        told = subprocess.run(
            [sys.executable, "-m", kit, subcommand, "--help"],
            cwd=places.ROOT,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stderr
    paths = {word for words in called for word in words if word.startswith("tests")}
    assert paths
    assert all((places.ROOT / path).exists() for path in paths)


def test_binder_and_conda_install_the_same_packages() -> None:
    [plain, binders] = [
        yaml.safe_load((places.ROOT / name).read_text())["dependencies"][-1]["pip"]
        for name in ("environment.yml", "binder/environment.yml")
    ]
    assert binders == ["-c ../constraints.txt", "-e ..[course]"]
    assert plain[0] == "-c constraints.txt"


def test_the_hubs_files_are_complete_and_name_existing_things() -> None:
    folder = places.ROOT / "livechat_helpers/classroom/hub"
    values = yaml.safe_load((folder / "z2jh.yaml").read_text())
    user = values["singleuser"]
    home = Path(user["extraEnv"]["LIVECHAT_HOME"])
    assert home.is_relative_to(user["storage"]["homeMountPath"]), (
        "the volume outlives the pod"
    )
    assert user["memory"]["guarantee"] == "340M"
    script = folder / "tljh.sh"
    subprocess.run(["bash", "-n", script], check=True)
    assert subprocess.run(["bash", script], capture_output=True).returncode == 1
    assert "bin/livechat init " in script.read_text()


@pytest.mark.weekly
def test_repo2docker_uses_the_right_python_and_runs_the_set_up(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    tool = ["jupyter-repo2docker", "setuptools"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *tool], check=True)
    said = subprocess.run(
        [python, "-m", "repo2docker", "--no-build", "--debug", places.ROOT],
        capture_output=True,
        text=True,
        check=True,
    )
    dockerfile = said.stdout + said.stderr
    assert "Building conda environment for python=3.12" in dockerfile
    assert '--file "binder/environment.yml"' in dockerfile
    assert "RUN ./binder/postBuild" in dockerfile
