"""The pane as a widget: boxes accept it, traits report changes, closing frees it."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from comm import get_comm_manager
from ipywidgets.widgets.widget import _instances as alive
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.agent_pane.in_use import InUse
from livechat_helpers.applications import current_application
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from .stand import Stand
from .test_pane import greeted, settle

VIEW = "application/vnd.jupyter.widget-view+json"


def test_it_works_in_boxes_and_its_layout_can_be_set(pane: AgentPane) -> None:
    box = ipywidgets.HBox([ipywidgets.Button(), ipywidgets.VBox([pane])])
    pane.layout.height = "380px"
    assert box.children[1].children == (pane,)
    assert pane.layout.get_state()["height"] == "380px"


def test_observers_are_told_about_changes(stand: Stand, pane: AgentPane) -> None:
    told: list[tuple[str, Any]] = []
    pane.observe(lambda change: told.append((change["name"], change["new"])), "unread")
    before = pane.unread
    visitor = Visitor(stand.url)
    visitor.say("Hello")
    eventually(lambda: ("unread", before + 1) in told)
    pane.observe(
        lambda change: told.append(("chats", len(change["new"]))), "conversations"
    )
    greeted(stand, pane)
    eventually(lambda: ("chats", len(pane.conversations)) in told)
    with pytest.raises(Exception, match="read-only"):
        pane.unread = 0  # pyright: ignore[reportAttributeAccessIssue]


def test_a_chat_can_be_selected_by_the_visitors_name(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    pane.selected = visitor.chat["user"]["display_name"]
    assert pane.selected == visitor.conversation
    seen: list[str] = []
    ipywidgets.interactive(lambda chat: seen.append(chat), chat=pane).update()
    assert seen[-1] == visitor.conversation
    with pytest.raises(LookupError, match="no chat 'nobody'"):
        pane.selected = "nobody"
    # A new pane opens the chat that was open before.
    with AgentPane() as again:
        assert again.selected == visitor.conversation


def test_anywidgets_files_for_other_hosts_exist(pane: AgentPane) -> None:
    data, metadata = pane._repr_mimebundle_()
    plain, said = super(AgentPane, pane)._repr_mimebundle_() or ({}, None)
    assert metadata == said
    assert data[VIEW] == plain[VIEW]


def threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if "agent-" in one.name}


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "deleted"])
def test_a_closed_pane_leaves_nothing_behind(stand: Stand, is_closed: bool) -> None:
    gc.collect()
    before, widgets = threads(), len(alive)
    pane = AgentPane()
    pane.on_message(print)
    freed = weakref.ref(pane)
    if is_closed:
        pane.close()
    del pane
    eventually(lambda: gc.collect() >= 0 and freed() is None)
    eventually(lambda: threads() <= before)
    assert len(alive) == widgets


def ping(model: str) -> None:
    """Send what a view sends while it's there."""
    comm = get_comm_manager().get_comm(model)
    assert comm is not None
    data = {"method": "custom", "content": {"do": "ping", "view": "v", "n": 1}}
    comm.handle_msg({"content": {"data": data}, "buffers": []})


def test_a_pane_exists_as_long_as_a_browser_shows_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livechat_helpers.agent_pane.views._SILENCE", 5.0)
    pane = AgentPane()
    model = pane._repr_mimebundle_()[0][VIEW]["model_id"]
    shown = weakref.ref(pane)
    del pane
    until = time.monotonic() + 6
    while time.monotonic() < until:
        ping(model)
        gc.collect()
        assert shown() is not None
        time.sleep(0.5)
    eventually(lambda: gc.collect() >= 0 and shown() is None)


@pytest.fixture
def another(stand: Stand) -> Iterator[str]:
    """Switch to another application, as notebook 01 does; return its id."""
    from livechat_helpers.applications import create_application, remember
    from livechat_helpers.client import account_client
    from livechat_helpers.settings import Settings

    before = places.env_file().read_text() if places.env_file().exists() else None
    client = account_client(Settings.load())
    key = places.home() / "another.key"
    made = create_application(client, "Another", f"{stand.url}/webhooks/event", key)
    remember(made)
    yield made.id
    if before is None:
        places.env_file().unlink()
    else:
        places.env_file().write_text(before)


def test_a_pane_never_answers_visitors_of_other_applications(
    stand: Stand, request: pytest.FixtureRequest
) -> None:
    pane = AgentPane()
    visitor = greeted(stand, pane)
    other = request.getfixturevalue("another")
    eventually(lambda: pane.state == "ended")
    said = f"a different application now: {other}. Run the cell again"
    with pytest.raises(RuntimeError, match=said):
        pane.send("For whom?", visitor.conversation)
    with AgentPane() as again:
        assert again.state == "online"
        assert visitor.conversation not in [c["id"] for c in again.conversations]
    pane.close()


def test_the_application_in_use_is_looked_up_only_when_files_change(
    stand: Stand, tmp_path: Path
) -> None:
    in_use = InUse(current_application().id, None)
    assert in_use.other() == ""
    before = stand.sandbox.trace.mark()
    assert in_use.other() == ""
    assert not list(stand.sandbox.trace(after=before))
    assert InUse("another", None).other() == current_application().id


def test_the_html_transcript_is_safe_and_the_same_in_every_run(
    stand: Stand,
) -> None:
    shown = []
    for _ in range(2):
        stand.sandbox.restore("empty")
        with AgentPane() as pane:
            visitor = Visitor(stand.url)
            visitor.say("<script>alert(1)</script>\nHello")
            pane.wait_for("Hello")
            pane.send("Hi", visitor.conversation)
            pane.note("private", visitor.conversation)
            settle(pane)
            shown.append(pane._repr_mimebundle_()[0]["text/html"])
    assert shown[0] == shown[1]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>Hello" in shown[0]
    assert "<b>Support Agent:</b> Hi" in shown[0]
    assert "private" not in shown[0]
    assert "<script>" not in shown[0]


def test_two_desks_have_two_sessions(stand: Stand, pane: AgentPane) -> None:
    with AgentPane(SupportDesk.open(agent="ada")) as ada:
        assert ada.agent == "Ada"
        assert ada.home != pane.home
