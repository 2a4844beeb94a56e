"""Learners on a real hub: each has a page, a pane and a chat that only they can use."""

import json
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from web.people import Visitor

from livechat_helpers import places

from .running import ACCOUNTS, CROWD, LEARNERS, Hub

pytestmark = [pytest.mark.weekly, pytest.mark.root, pytest.mark.timeout(1200)]

MOST_MEGABYTES = 350
"""JupyterHub's own part of each server takes 36 of these."""

PANE = """\
from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.lessons import start
lesson = start(0)
pane = AgentPane(page=lesson.website.page)
pane
"""

CHAT = f"""{PANE}
from livechat_helpers.visitor import Visitor
visitor = Visitor(lesson.website.url)
visitor.say("Hello")
pane.wait_for("Hello", seconds=120)
pane.send("How can I help you?")
print(visitor.wait_for("help", seconds=120))
"""

JOIN = """\
from livechat_helpers.lessons import start
lesson = start(2)
lesson.join({!r}, "Mia, at the window")
def exp_in(minutes):
    return minutes * 60
lesson.check("2.1")
"""

POST = """\
import sys, urllib.request
print(urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="POST")).status)
"""

CONNECT = """\
import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])
"""

STAT = "import os, sys; os.stat(sys.argv[1])"


def state(hub: Hub, name: str) -> Path:
    """Return the folder of a learner's sandbox."""
    return hub.home(name) / ".local/share/vonage-sandbox"


def address(hub: Hub, name: str, file: str, key: str) -> str:
    """Return the address of a learner's website or sandbox."""
    return json.loads((state(hub, name) / file).read_text())[key]


def told(hub: Hub, name: str) -> str:
    """Return a learner's processes and their memory, as a text."""
    used = hub.processes(name)
    lines = [f"  {megabytes:4.0f} MB  {it[-90:]}" for it, megabytes in used.items()]
    return "\n".join([f"{name}: {sum(used.values()):.0f} MB", *lines])


@pytest.mark.parametrize("name", LEARNERS)
def test_the_page_the_pane_and_a_chat_work_below_the_prefix(
    hub: Hub, browser: Browser, name: str
) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(PANE)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    path = hub.home(name) / "course/pane.ipynb"
    nbformat.write(notebook, path)
    path.chmod(0o644)
    began = time.monotonic()
    context = hub.signed_in(browser, name)
    base = f"{hub.url}/user/{name}"
    page = context.new_page()
    page.goto(f"{base}/lab/tree/course/pane.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.get_by_text(re.compile("Python 3.*Idle")).first.wait_for()
    page.keyboard.press("Shift+Enter")
    page.locator(".livechat-pane").wait_for()
    frame = page.locator("iframe[title='Customer page']")
    expect(frame).to_have_attribute("src", f"{base}/livechat/")
    visitor = Visitor(context, f"{base}/livechat/")
    visitor.begin(f"Hello from {name}")
    expect(page.locator(".livechat-pane")).to_contain_text(f"Hello from {name}")
    print(told(hub, name), f"\n  all after {time.monotonic() - began:.0f} s")
    websites = [it for it in hub.processes(name) if "livechat_helpers website" in it]
    assert len(websites) == 1
    assert sum(hub.processes(name).values()) <= MOST_MEGABYTES
    context.close()


def test_another_account_reaches_neither_website_nor_sandbox_nor_files(
    hub: Hub, browser: Browser
) -> None:
    website = address(hub, "ada", "website.json", "url")
    mine = hub.run_as("ada", "python", "-c", POST, f"{website}/api/new")
    assert mine.stdout == "200\n", mine.stderr
    tried = hub.run_as("ben", "python", "-c", POST, f"{website}/api/new")
    assert "ConnectionResetError" in tried.stderr or "RemoteDisc" in tried.stderr
    [socket] = (hub.folder / "tmp" / f"livechat-{ACCOUNTS['ada']}").glob("*.sock")
    tried = hub.run_as("ben", "python", "-c", CONNECT, str(socket))
    assert "PermissionError" in tried.stderr
    # The sandbox asks for its keys.
    sandbox = address(hub, "ada", "sandbox.json", "http")
    tried = hub.run_as("ben", "python", "-c", POST, f"{sandbox}/v2/applications")
    assert "401" in tried.stderr
    for path in (state(hub, "ada") / "sandbox.sqlite3", hub.home("ada") / "course"):
        tried = hub.run_as("ben", "python", "-c", STAT, str(path))
        assert "PermissionError" in tried.stderr
    context = hub.signed_in(browser, "ben")
    answer = context.request.get(f"{hub.url}/user/ada/livechat/")
    assert answer.status == 403
    context.close()


def test_a_server_that_is_culled_leaves_nothing_and_comes_back_with_the_chat(
    hub: Hub, browser: Browser
) -> None:
    context = hub.signed_in(browser, "ada")
    visitor = Visitor(context, f"{hub.url}/user/ada/livechat/")
    visitor.begin("Before the break")
    visitor.page.close()
    culler = subprocess.Popen(
        [
            *(hub.program("python"), "-m", "jupyterhub_idle_culler"),
            *("--timeout=1", "--cull-every=1", f"--url={hub.url}/hub/api"),
        ],
        env={"JUPYTERHUB_API_TOKEN": hub.token},
    )
    try:
        hub.wait_until_gone("ada")
    finally:
        culler.terminate()
        culler.wait()
    hub.start_server("ada")
    again = context.new_page()
    again.goto(f"{hub.url}/user/ada/livechat/")
    expect(again.locator("chat-widget")).to_contain_text("Before the break")
    context.close()


def test_an_update_by_nbgitpuller_keeps_what_a_learner_has_edited(hub: Hub) -> None:
    course = _course(hub.folder / "published")
    mine = hub.home("ben") / "pulled"
    # Git doesn't read other people's repositories unless it's told to trust them.
    (hub.home("ben") / ".gitconfig").write_text("[safe]\ndirectory = *\n")
    pull = ("gitpuller", str(course), "main", str(mine))
    assert hub.run_as("ben", *pull).returncode == 0
    edited, other = "04_events_and_history.ipynb", "05_webhooks.ipynb"
    shipped = (mine / edited).read_bytes()
    (mine / edited).write_bytes(shipped.replace(b"# ", b"# My ", 1))
    (course / other).write_bytes((course / other).read_bytes() + b"\n")
    _commit(course, "An update")
    done = hub.run_as("ben", *pull)
    assert done.returncode == 0, done.stderr
    assert (mine / other).read_bytes() == (course / other).read_bytes()
    assert b"# My " in (mine / edited).read_bytes()
    assert hub.run_as("ben", "livechat", "init", "pulled").returncode == 0
    said = hub.run_as("ben", "livechat", "reset", "04").stdout
    assert "yours is now 04_events_and_history-kept-1.ipynb" in said
    assert (mine / edited).read_bytes() == shipped
    assert b"# My " in (mine / "04_events_and_history-kept-1.ipynb").read_bytes()


def test_the_room_is_a_service_of_the_hub(hub: Hub, browser: Browser) -> None:
    [ready] = re.findall('{"ready".*}', (hub.folder / "hub.log").read_text())
    where = json.loads(ready)
    hub.start_server("mia")
    hub.run_cell("mia", JOIN.format(where["join"]))
    context = hub.signed_in(browser, "ada")
    page = context.new_page()
    page.goto(f"{hub.url}/services/room/#{where['page'].partition('#')[2]}")
    expect(page.locator("body")).to_contain_text("Mia, at the window")
    expect(page.locator("body")).to_contain_text("2.1")
    context.close()


def _course(folder: Path) -> Path:
    """Publish the notebooks in a separate repository."""
    notebooks = places.notebooks()
    folder.mkdir()
    for notebook in notebooks:
        shutil.copy(notebook, folder)
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    _commit(folder, "The course")
    return folder


def _commit(folder: Path, message: str) -> None:
    git = ["git", "-C", folder, "-c", "user.name=Course", "-c", "user.email=c@ourse"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", message], check=True)


def test_a_class_whose_learners_start_at_the_same_time_can_chat(hub: Hub) -> None:
    def chat(name: str) -> float:
        began = time.monotonic()
        hub.start_server(name)
        assert "How can I help you?" in hub.run_cell(name, CHAT)
        assert hub.ask("GET", f"user/{name}/livechat/").status_code == 200
        return time.monotonic() - began

    with ThreadPoolExecutor(len(CROWD)) as all_at_once:
        seconds = sorted(all_at_once.map(chat, CROWD))
        each = sorted(sum(hub.processes(name).values()) for name in CROWD)
        print(told(hub, next(iter(CROWD))))
        print(
            f"{len(CROWD)} learners: first answer after {seconds[0]:.0f} s, last after "
            f"{seconds[-1]:.0f} s; {each[0]:.0f} to {each[-1]:.0f} MB each, "
            f"{sum(each):.0f} MB in all"
        )
        list(all_at_once.map(hub.end_server, CROWD))
    assert each[-1] <= MOST_MEGABYTES
