"""What a notebook shows of the trace: text, a table and a diagram."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.sandbox.remote.sequence import diagram
from livechat_helpers.sandbox.remote.trace import Trace

from .callers import Application, Caller, message
from .running import Json
from .sockets import Session

HOSTILE = 'end;A->>B:<b>"x"</b>#35; %%{init: {}}%% $$x$$ `y` wrap:'
HOSTILE += "\nloop \u202egnp & \\"
VISIBLE = HOSTILE.replace("\n", " ").replace("\u202e", " ")
SLOW = 30_000  # ms: a kernel starts


@pytest.fixture
def sandbox(ready: Json, sandbox_dir: Path) -> RemoteSandbox:
    """The shared sandbox, as a notebook holds it."""
    return connect(sandbox_dir)


def a_little_chat(app: Application, ready: Json, name: str = "alice") -> str:
    """Make calls and frames of every kind; return the conversation."""
    conversation, _ = app.chat(name)
    with Session(ready["http"], app.token(name)) as session:
        path = f"/v1/conversations/{conversation}/events"
        app.caller(name).post(path, message("Hello"))
        session.until("message")
    app.admin.get("/v1/users/nobody-here")
    app.admin.post("/v1/users", {"name": "bob", "colour": "blue"})
    return conversation


def request(path: str, **fields: object) -> Json:
    """Return an entry in the sandbox's form."""
    return {
        "id": 1,
        "kind": "request",
        "notes": [],
        "actor": "application",
        "method": "GET",
        "path": path,
        "query": "",
        "status": 200,
        **fields,
    }


WEBHOOK = {
    "id": 2,
    "kind": "webhook",
    "notes": [],
    "event": "member:joined",
    "address": "http://127.0.0.1:8000/webhooks/event",
    "attempt": 2,
    "status": 204,
}


def test_a_mark_shows_the_calls_just_made(
    sandbox: RemoteSandbox, app: Application, ready: Json
) -> None:
    mark = sandbox.trace.mark()
    conversation = a_little_chat(app, ready)
    trace = sandbox.trace(after=mark)
    paths = [entry.get("path") for entry in trace]
    assert paths[:2] == ["/v1/conversations", "/v1/users"]
    assert f"/v1/conversations/{conversation}/events" in paths
    assert len(sandbox.trace(last=2, after=mark)) == 2
    assert sandbox.trace(last=1)[0]["id"] == trace[-1]["id"]
    assert len(trace[1:3]) == 2
    assert isinstance(trace[1:3], Trace)
    assert json.loads(trace.records()[1]["body"]) == {"name": "alice"}


def test_clearing_forgets_everything(sandbox: RemoteSandbox, app: Application) -> None:
    app.user("alice")
    sandbox.trace.clear()
    trace = sandbox.trace()
    assert repr(trace) == "Nothing was traced."
    assert trace._repr_html_() == "<p>Nothing was traced.</p>"


def test_the_output_is_the_same_on_every_run(
    sandbox: RemoteSandbox, make_application: Callable[[], Application], ready: Json
) -> None:
    def shown() -> list[str]:
        app = make_application()
        mark = sandbox.trace.mark()
        a_little_chat(app, ready)
        trace = sandbox.trace(after=mark)
        return [repr(trace), trace._repr_html_(), str(trace.diagram)]

    assert shown() == shown()


def test_ids_are_numbered_and_cursors_left_out() -> None:
    first, second = (f"CON-{n}{'0' * 7}-0000-4000-8000-{'0' * 12}" for n in "ab")
    cursor = "page_size=2&cursor=abc&order=asc&name=" + "n" * 30
    trace = Trace(
        [
            request(f"/v1/conversations/{first}"),
            request(
                f"/v1/conversations/{second}/members/{first.replace('CON', 'MEM')}"
            ),
            request(f"/v1/conversations/{first}", query=cursor),
            request(f"/v2/applications/{first[4:]}", status=None),
        ]
    )
    assert repr(trace).splitlines() == [
        "application → Vonage: GET /v1/conversations/CON-1  200",
        "application → Vonage: GET /v1/conversations/CON-2/members/MEM-1  200",
        "application → Vonage: GET /v1/conversations/CON-1"
        "?page_size=2&cursor=…&order=asc&…  200",
        "application → Vonage: GET /v2/applications/ID-1  no answer",
    ]


@pytest.mark.parametrize(
    ("address", "receiver"),
    [
        ("http://127.0.0.1:8000/hook", "127.0.0.1:8000"),
        ("http://[::1]:8000?x=http://other", "[::1]:8000"),
        ("http://[redacted]@127.0.0.1:9/hook", "127.0.0.1:9"),
        ("http://[redacted]@[bad", "[bad"),
        ("http://[bad", "[bad"),
        ("http://", "http://"),
        ("hook", "hook"),
    ],
)
def test_the_receiver_of_a_webhook_is_named_whatever_its_address(
    address: str, receiver: str
) -> None:
    trace = Trace([{**WEBHOOK, "address": address}])
    assert repr(trace) == f"Vonage → {receiver}: member:joined  204, try 2"


def test_the_table_shows_text_as_text() -> None:
    record = request("/<script>1</script>", actor="<b>", notes=["<i>"], status=400)
    html = Trace([record])._repr_html_()
    for tag in ("<script>", "<b>", "<i>"):
        assert tag not in html
    assert "&lt;script&gt;" in html
    assert '<td class="failed">400</td>' in html


def test_the_diagram_shows_requests_frames_and_webhooks_differently() -> None:
    frame = {
        "id": 3,
        "kind": "frame",
        "notes": [],
        "actor": "alice",
        "direction": "out",
        "event": "message",
    }
    trace = Trace([request("/v1/users", notes=["odd"]), frame, WEBHOOK])
    assert str(trace.diagram).splitlines() == [
        "sequenceDiagram",
        "accTitle: What the sandbox was asked and what it sent",
        "accDescr: 1 request, 1 frame and 1 webhook between application, alice,"
        " Vonage and 127.0.0.1#58;8000.",
        "participant p0 as application",
        "participant p1 as alice",
        "participant p2 as Vonage",
        "participant p3 as 127.0.0.1#58;8000",
        "p0->>p2: GET /v1/users (200)",
        "Note over p2: odd",
        "p2-->>p1: message",
        "p2-)p3: member#58;joined (204, try 2)",
    ]


def test_a_long_diagram_shows_the_end_with_a_note() -> None:
    text = diagram(Trace([request(f"/{n}") for n in range(60)])._lines)
    assert "Note over p1: 10 earlier ones are left out" in text
    assert "/9 (200)" not in text
    assert "/10 (200)" in text
    worst = {"path": "/;" * 500, "notes": [";" * 999] * 99}
    entries = [request(**worst, actor=f"{n};" * 99) for n in range(60)]
    assert len(str(Trace(entries).diagram)) < 50_000  # Mermaid's limit


# In JupyterLab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """A JupyterLab on an empty folder."""
    folder = tmp_path_factory.mktemp("lab")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "livechat_helpers.launch.jupyter"),
            *("--ServerApp.ip=localhost", f"--ServerApp.root_dir={folder}"),
            *("--ServerApp.open_browser=False", "--ServerApp.allow_root=True"),
            "--LabApp.expose_app_in_browser=True",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield {**ready, "folder": folder}
    process.terminate()
    process.wait()


def run(lab: Json, chromium: Browser, code: str) -> Page:
    """Run a notebook of one cell in JupyterLab and return the page."""
    cell = {
        "cell_type": "code",
        "id": "only",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": code,
    }
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    notebook = {
        "cells": [cell],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (lab["folder"] / "trace.ipynb").write_text(json.dumps(notebook))
    page = chromium.new_page(viewport={"width": 1300, "height": 1700})
    page.set_default_timeout(SLOW)
    page.goto(f"{lab['url']}lab/tree/trace.ipynb?token={lab['token']}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(".livechat-trace").wait_for()
    return page


def test_jupyterlab_shows_the_table_and_draws_the_diagram(
    lab: Json,
    chromium: Browser,
    sandbox: RemoteSandbox,
    sandbox_dir: Path,
    app: Application,
    anyone: Caller,
    ready: Json,
) -> None:
    mark = sandbox.trace.mark()
    a_little_chat(app, ready)
    a_little_chat(app, ready, HOSTILE)
    app.admin.get(f"/v1/users/{quote(HOSTILE)}")
    anyone.get("/v1/users")
    code = (
        "from pathlib import Path\n"
        "from livechat_helpers.sandbox.remote import connect\n"
        "from livechat_helpers.sandbox.remote.trace import Trace\n"
        f"sandbox = connect(Path({str(sandbox_dir)!r}))\n"
        f"Trace([*sandbox.trace(after={mark}), {WEBHOOK!r}])"
    )
    page = run(lab, chromium, code)
    table = page.locator(".livechat-trace table")
    expect(table).to_contain_text("POST /v1/conversations/CON-1/events")
    expect(table).to_contain_text(VISIBLE)
    expect(table.locator(".failed")).to_have_text(["404", "404", "409", "404", "401"])
    figure = page.locator(".jp-RenderedMermaid:not(.jp-mod-warning)")
    picture = figure.locator("img")
    expect(picture).to_have_attribute(
        "alt", "What the sandbox was asked and what it sent"
    )
    expect(figure).to_contain_text("requests")  # the image's text alternative
    drawn = _texts(picture.get_attribute("src") or "")
    for label in ("alice", "application", "nobody", "Vonage", "127.0.0.1:8000"):
        assert label in drawn
    assert "POST /v1/conversations/CON-1/events (201)" in drawn
    assert "session:success" in drawn
    assert VISIBLE[:29] + "…" in drawn
    assert f"GET /v1/users/{VISIBLE}"[:79] + "…" in drawn


def _texts(source: str) -> str:
    """Return the text in a drawing, given as a data URL."""
    svg = unquote(source.partition(",")[2])
    text = re.sub(r"<style.*?</style>", "", svg, flags=re.S)
    page = re.sub(r"<[^>]+>", "\n", text)
    for entity, sign in {"&lt;": "<", "&gt;": ">", "&amp;": "&"}.items():
        page = page.replace(entity, sign)
    return page
