"""The customer page itself: keyboard, accessibility, weight, safety."""

import gzip
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from accessibility import PHONE, SIZES, violations
from people import AGAIN, SENT, Kit, Visitor
from playwright.sync_api import BrowserContext, Page, expect
from waiting import eventually

from livechat_helpers import places

Contexts = Callable[..., BrowserContext]

WEB = places.ROOT / "web"
CSS = WEB / "chat-widget.css"


def focused(page: Page) -> str:
    """Return the name of the element that has the focus."""
    return page.evaluate("document.activeElement.localName")


def test_the_keyboard_opens_writes_and_closes(visitor: Visitor) -> None:
    expect(visitor.launcher).to_be_visible()
    visitor.launcher.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    visitor.wait_until_online()
    visitor.page.keyboard.type("one")
    visitor.page.keyboard.press("Shift+Enter")
    visitor.page.keyboard.type("two")
    visitor.page.keyboard.press("Enter")
    expect(visitor.messages).to_have_text(["one\ntwo"])
    expect(visitor.field).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    visitor.page.keyboard.press("Tab")
    eventually(lambda: focused(visitor.page) == "body")
    visitor.launcher.click()
    visitor.panel.get_by_role("button", name="Close live chat").click()
    expect(visitor.panel).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    expect(visitor.launcher).to_have_attribute("aria-expanded", "false")


def test_tab_only_reaches_the_launcher_while_the_window_is_closed(
    visitor: Visitor,
) -> None:
    page = visitor.page
    expect(visitor.launcher).to_be_visible()
    page.locator("summary").last.focus()
    page.keyboard.press("Tab")
    expect(visitor.launcher).to_be_focused()
    page.keyboard.press("Tab")
    eventually(lambda: focused(page) == "body")
    visitor.begin()
    expect(visitor.field).to_be_focused()
    stops = []
    visitor.launcher.focus()
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(
            visitor.widget.evaluate(
                "e => e.shadowRoot.activeElement.ariaLabel"
                " ?? e.shadowRoot.activeElement.textContent"
            )
        )
    assert stops == [
        "End chat",
        "Close live chat",
        "Conversation",
        "Your message",
        "Send",
    ]
    page.keyboard.press("Tab")
    eventually(lambda: focused(page) == "body")


def test_on_a_phone_the_window_covers_the_page_and_keeps_the_focus_inside(
    kit: Kit, context: Contexts
) -> None:
    phone = Visitor(context(viewport={"width": 390, "height": 844}), kit.url)
    phone.open()
    assert phone.panel.evaluate("panel => panel.matches(':modal')")
    whole = {"x": 0, "y": 0, "width": 390, "height": 844}
    eventually(lambda: phone.panel.bounding_box() == whole)  # it slides in
    for _ in range(8):
        phone.page.keyboard.press("Tab")
        # In the body, the focus is in the browser's toolbar.
        assert focused(phone.page) in ("chat-widget", "body")
    # With less than 16 px, a phone would zoom in on the field.
    expect(phone.field).to_have_css("font-size", "16px")
    phone.page.keyboard.press("Escape")
    expect(phone.panel).to_be_hidden()
    expect(phone.launcher).to_be_focused()


def test_pressing_enter_to_end_a_composition_doesnt_send(visitor: Visitor) -> None:
    visitor.open()
    keyboard = visitor.page.context.new_cdp_session(visitor.page)
    visitor.field.focus()
    keyboard.send(
        "Input.imeSetComposition",
        {"text": "にほ", "selectionStart": 2, "selectionEnd": 2},
    )
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    for kind in ("rawKeyDown", "keyUp"):
        keyboard.send("Input.dispatchKeyEvent", {"type": kind, **enter})
    # Safari's Enter comes after the composition, with the code of a composing key.
    visitor.field.dispatch_event(
        "keydown", {"key": "Enter", "keyCode": 229, "bubbles": True}
    )
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(visitor.field).to_have_value("日本")
    expect(visitor.messages).to_have_count(0)
    visitor.field.press("Enter")
    expect(visitor.messages).to_have_text(["日本"])


def test_an_open_window_reopens_and_leaves_the_focus_on_the_page(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.page.reload()
    visitor.wait_until_online()
    expect(visitor.panel).to_be_visible()
    assert focused(visitor.page) == "body"
    visitor.field.press("Escape")
    expect(visitor.panel).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()
    expect(visitor.panel).to_be_hidden()


@pytest.mark.parametrize("language", ["English, desktop", "Arabic, phone"])
def test_axe_finds_nothing(kit: Kit, context: Contexts, language: str) -> None:
    arabic = "Arabic" in language
    sizes = (PHONE,) if arabic else SIZES
    own = context(reduced_motion="reduce", viewport=sizes[0])
    visitor = Visitor(own, kit.url, arabic=arabic)
    expect(visitor.launcher).to_be_visible()
    found = violations(visitor.page, "closed", sizes=sizes)
    visitor.open()
    conversation_of_eight(kit, visitor)
    found += violations(visitor.page, "open", "chat-widget", sizes)
    own.set_offline(False)
    visitor.wait_until_online()
    visitor.widget.locator(".end").click()
    expect(visitor.widget.locator(".ending button")).to_have_count(2)
    found += violations(visitor.page, "asked", "chat-widget", sizes)
    visitor.widget.locator(".ending .main").click()
    expect(visitor.widget.locator(".star")).to_have_count(5)
    found += violations(visitor.page, "ended", "chat-widget", sizes)
    assert found == []


def conversation_of_eight(kit: Kit, visitor: Visitor) -> None:
    """Show links, a typing indicator, a message that failed, and then no network."""
    agent = kit.agent()
    for number in range(3):
        visitor.write(f"Question {number}")
        expect(visitor.widget.locator("article.sending")).to_have_count(0)
        agent.say(visitor.conversation, f"Answer {number}, see https://example.org")
        expect(visitor.messages).to_have_count(2 * number + 2)
    visitor.write("Found")
    expect(visitor.widget.locator("article.sending")).to_have_count(0)
    agent.type(visitor.conversation)
    expect(visitor.typing).not_to_be_empty()
    with visitor.messages_refused():
        visitor.write("Lost")
        expect(visitor.widget.locator("article.failed")).to_have_count(1)
    visitor.page.context.set_offline(True)
    expect(visitor.banner).not_to_be_empty()
    expect(visitor.messages).to_have_count(8)


def test_roles_and_names_match_the_saved_snapshots(kit: Kit, visitor: Visitor) -> None:
    def compare(state: str) -> None:
        file = Path(__file__).parent / f"snapshots/{state}.yaml"
        expect(visitor.widget).to_match_aria_snapshot(file.read_text())

    compare("closed")
    visitor.open()
    conversation_of_eight(kit, visitor)
    compare("open")
    visitor.page.context.set_offline(False)
    visitor.wait_until_online()
    visitor.panel.get_by_role("button", name="End chat").click()
    visitor.panel.get_by_role("button", name="End chat").nth(1).click()
    compare("ended")


def test_one_live_region_reads_out_messages_and_none_their_state(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.open()
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    live = visitor.widget.locator("[role=log], [role=alert], [aria-live]:not(.day)")
    expect(live).to_have_count(2)
    expect(live.first).to_have_role("log")
    expect(live.last).to_have_attribute("aria-live", "off")
    expect(live.last).to_contain_text(SENT)
    with visitor.messages_refused():
        visitor.write("Lost")
        lost = visitor.message("Lost").locator("time")
        expect(lost).to_contain_text("Not sent.")
    expect(lost).not_to_have_attribute("aria-live", "off")


HOSTILE = """
    * { font: italic 50px serif !important; letter-spacing: 9px !important;
        text-transform: uppercase !important; color: red !important; }
    button, dialog, textarea { display: none !important; }
    div, p, article { border: 9px solid red; margin: 40px; float: left; }
    chat-widget { font-size: 40px; line-height: 3; direction: rtl; }
"""
ADD_STYLE = """css => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
STYLES = """root => [...root.querySelectorAll('*')].map(element => {
    const style = getComputedStyle(element);
    return element.localName + ': '
        + [...style].map(name => name + '=' + style.getPropertyValue(name)).join(';');
})"""


def test_the_host_pages_css_doesnt_affect_the_window(
    kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(reduced_motion="reduce"), kit.url)
    visitor.begin()
    # Nothing in it changes between the two looks, in one task of the page.
    before, after = visitor.widget.evaluate(
        f"""(widget, css) => {{
            const look = {STYLES};
            const before = look(widget.shadowRoot);
            ({ADD_STYLE})(css);
            return [before, look(widget.shadowRoot)];
        }}""",
        HOSTILE,
    )
    assert after == before


def test_the_window_changes_nothing_in_the_host_page(
    kit: Kit, context: Contexts
) -> None:
    def looks(visitor: Visitor) -> list[str]:
        visitor.page.evaluate("document.querySelector('chat-widget')?.remove()")
        return visitor.page.evaluate(f"() => ({STYLES})(document)")

    plain = context()
    plain.route("**/web/embed.js", lambda route: route.abort())
    alone, visitor = Visitor(plain, kit.url), Visitor(context(), kit.url)
    for each in (alone, visitor):
        for question in each.page.locator("summary").all():
            question.click()
    without = looks(alone)
    visitor.open()
    size = "[document.body.scrollWidth, document.body.scrollHeight]"
    with_window = visitor.page.evaluate(size)
    assert looks(visitor) == without
    assert visitor.page.evaluate(size) == with_window
    assert [k for k in visitor.page.evaluate("Object.keys(window)") if "hat" in k] == []


def test_one_line_puts_the_chat_on_a_page(visitor: Visitor) -> None:
    page = (WEB / "index.html").read_text()
    assert page.count("chat-widget") == 0
    assert page.count('<script type="module" src="web/embed.js"></script>') == 1
    expect(visitor.widget).to_have_count(1)


def test_css_properties_set_how_the_chat_looks(visitor: Visitor) -> None:
    visitor.open()
    listed = re.findall(
        r"^ \*   (--chat-[a-z-]+)", (WEB / "page.css").read_text(), re.M
    )
    used = set(re.findall(r"var\((--chat-[a-z-]+)", CSS.read_text()))
    assert set(listed) == used
    visitor.page.evaluate(
        ADD_STYLE,
        "chat-widget { --chat-accent: rgb(1, 2, 3); --chat-background: rgb(4, 5, 6);"
        " --chat-radius: 7px; }",
    )
    expect(visitor.launcher).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(visitor.panel).to_have_css("background-color", "rgb(4, 5, 6)")
    expect(visitor.panel).to_have_css("border-radius", "7px")


def test_in_arabic_the_window_is_at_the_left_and_nothing_is_wider_than_the_page(
    kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), kit.url, arabic=True)
    visitor.open()
    visitor.write("مرحبا")
    expect(visitor.message("مرحبا")).to_contain_text("أُرسلت")
    log, mine = visitor.log.bounding_box(), visitor.messages.bounding_box()
    assert log is not None and mine is not None
    assert log["x"] < 100
    assert mine["x"] - log["x"] < log["width"] / 2, "my own messages are on the left"
    assert visitor.page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_the_languages_say_the_same_things() -> None:
    def names_in(file: str) -> set[str]:
        words = re.split(r"const (?:english|translation) =", (WEB / file).read_text())
        return set(re.findall(r"^\t(\w+): ", words[1], re.MULTILINE))

    names = [names_in("strings.js"), names_in("strings-ar.js")]
    unsaid = {"language", "online", "expired"}
    assert names[0] - names[1] == unsaid
    assert names[1] <= names[0]


def test_five_hundred_messages_at_once_cost_a_few_layouts(visitor: Visitor) -> None:
    visitor.open()
    count = visitor.page.context.new_cdp_session(visitor.page)
    count.send("Performance.enable")

    def layouts() -> float:
        metrics = count.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "LayoutCount")

    before = layouts()
    at = "2026-03-01T12:00:00"
    visitor.fill(
        [{"id": n, "name": "Ada", "text": f"{n}", "at": at} for n in range(3, 503)]
    )
    expect(visitor.messages).to_have_count(500)
    expect(visitor.messages.last).to_be_in_viewport()
    assert layouts() - before < 50
    chunks = visitor.log.locator(".chunk")
    expect(chunks).to_have_count(10)
    expect(chunks.first).to_have_css("content-visibility", "auto")
    assert visitor.log.evaluate("log => log.querySelectorAll('article *').length") == (
        500 * 3
    )


def test_removing_and_adding_it_a_hundred_times_leaves_nothing_behind(
    visitor: Visitor,
) -> None:
    visitor.page.route("**/api/new", lambda route: route.abort())
    with visitor.page.expect_request("**/sdk/**") as sdk:
        visitor.open()
    # It's loaded once, and stays.
    visitor.page.evaluate("url => import(url).then(() => {})", sdk.value.url)
    watch = visitor.page.context.new_cdp_session(visitor.page)
    watch.send("Performance.enable")

    def counts() -> dict[str, float]:
        watch.send("HeapProfiler.collectGarbage")
        metrics = watch.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}

    def left() -> dict[str, float]:
        after = counts()
        most = {"JSEventListeners": 20, "Nodes": 20, "JSHeapUsedSize": 1_000_000}
        more = {name: after[name] - before[name] for name in most}
        return {name: more[name] for name in more if more[name] > most[name]}

    def again(times: int) -> None:
        visitor.widget.evaluate(AGAIN, times)

    again(10)
    before = counts()
    again(100)
    # The last chats' background work ends a few seconds after them.
    end = time.monotonic() + 90
    while left() and time.monotonic() < end:
        visitor.page.wait_for_timeout(500)
    assert left() == {}
    visitor.page.unroute("**/api/new")
    again(1)
    visitor.wait_until_online()
    visitor.write("Still here")
    expect(visitor.message("Still here")).to_contain_text(SENT)


def test_sliding_in_respects_reduced_motion(kit: Kit, context: Contexts) -> None:
    calm = Visitor(context(reduced_motion="reduce"), kit.url)
    calm.launcher.click()
    expect(calm.panel).to_have_css("transition-duration", "0s")


def test_sliding_in_only_animates_the_transform(visitor: Visitor) -> None:
    expect(visitor.launcher).to_be_visible()  # it has its styles
    moved = visitor.launcher.evaluate(
        "launcher => { launcher.click();"
        " return launcher.getRootNode().querySelector('dialog').getAnimations()"
        "   .map(animation => animation.transitionProperty); }"
    )
    assert set(moved) - {"display", "overlay"} == {"transform"}


def test_the_theme_attribute_wins_over_the_system(visitor: Visitor) -> None:
    visitor.launcher.click()
    white = ("background-color", "rgb(255, 255, 255)")
    expect(visitor.panel).to_have_css(*white)
    visitor.page.locator("chat-widget").evaluate("e => e.setAttribute('theme','dark')")
    expect(visitor.panel).not_to_have_css(*white)


def test_what_is_served_stays_within_its_budgets_and_the_sdk_waits_until_it_is_needed(
    visitor: Visitor,
) -> None:
    def weight() -> tuple[int, int]:
        names = {
            r.url for r in visitor.requests if re.search(r"/web/.*(js|css)", r.url)
        }
        with httpx.Client(verify=False) as client:  # there is no TLS
            files = [
                client.get(name).content for name in names if "page.css" not in name
            ]
        return sum(map(len, files)), sum(len(gzip.compress(f, 9)) for f in files)

    expect(visitor.launcher).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    fetched = [r.url for r in visitor.requests if not r.url.startswith("data:")]
    assert not [url for url in fetched if "/sdk/" in url or "/api/" in url]
    assert len(fetched) <= 7, fetched
    raw, zipped = weight()
    assert raw <= 17 * 1024
    assert zipped <= 7 * 1024
    visitor.begin()
    assert [r for r in visitor.requests if "/sdk/" in r.url]
    raw, zipped = weight()
    assert raw <= 44 * 1024
    assert zipped <= 18 * 1024


def own_files(*kinds: str) -> list[Path]:
    """Return the scripts and styles of both pages."""
    folders = (WEB, WEB / "agent")
    return [f for kind in kinds for in_ in folders for f in in_.glob(f"*.{kind}")]


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    for path in own_files("js", "css"):
        assert len(path.read_text().splitlines()) <= 250, path.name


def test_no_file_writes_html_from_a_script() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|DOMParser"
    )
    for path in own_files("js"):
        assert not forbidden.search(path.read_text()), path.name
