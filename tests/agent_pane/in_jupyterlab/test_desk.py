"""What a support desk has besides chats: links, search, calls, colleagues, sorting."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from ..jupyter import Notebook
from ..stand import Stand, name


@pytest.fixture(autouse=True)
def nobody_else(stand: Stand, book: Notebook) -> Iterator[None]:
    """Start with an empty list, and with a reply, not a note."""
    stand.sandbox.restore("empty")
    book.python("await pane.settle()")
    book.mode("Reply")
    yield
    book.page.mouse.move(0, 0)


def choose(book: Notebook, menu: str, item: str) -> None:
    book.pane.get_by_role("button", name=menu, exact=True).click()
    book.pane.get_by_role("menuitem", name=item).click()


def test_only_addresses_can_be_clicked(book: Notebook, visitor: Visitor) -> None:
    visitor.say("See https://a.example/x?y=1&z=%20. Or javascript:alert(1)!")
    line = book.line("Or javascript")
    link = line.get_by_role("link")
    expect(link).to_have_attribute("href", "https://a.example/x?y=1&z=%20")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(line.locator(".lcp-text")).to_have_text(
        "See https://a.example/x?y=1&z=%20. Or javascript:alert(1)!"
    )


def test_searching_all_chats_opens_the_chat_with_the_match(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    other = Visitor(stand.url)
    other.say("Where is my parcel?")
    visitor.say("A parcel for me")
    book.pane.get_by_role("button", name="Search", exact=True).click()
    book.search_box.fill("PARCEL")
    hits = book.pane.locator(".lcp-hits")
    expect(hits).to_have_text("1 match")
    book.pane.get_by_label("All chats").check()
    expect(hits).to_have_text("2 matches")
    book.pane.locator(".lcp-found button", has_text="Where is").click()
    expect(book.pane.locator(".lcp-title")).to_have_text(name(other))
    expect(book.line("Where is my parcel?")).to_be_visible()
    expect(hits).to_have_text("2 matches")  # the agent can move from one to the next
    book.pane.get_by_label("All chats").uncheck()
    book.pane.get_by_role("button", name="Done").click()


HIDDEN = "on => { hidden = on; document.dispatchEvent(new Event('visibilitychange')); }"
WATCH = """() => {
  window.notices = [];
  window.tones = 0;
  window.Notification = class {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title, { body }) { notices.push([title, body]); }
  };
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function () {
    window.tones += 1;
    return createOscillator.call(this);
  };
  window.hidden = false;
  Object.defineProperty(document, 'hidden', { get: () => window.hidden });
}"""


def test_a_message_alerts_an_agent_who_is_looking_elsewhere(
    book: Notebook, visitor: Visitor
) -> None:
    book.page.evaluate(WATCH)
    desk = "More actions for this desk"
    choose(book, desk, "Sound: off")
    choose(book, desk, "Browser notifications: off")
    before = book.page.evaluate("tones")
    assert before > 0  # so that the agent knows how it sounds
    title = book.page.title()
    book.page.evaluate(HIDDEN, True)
    visitor.say("Are you there?")
    eventually(lambda: book.page.title() == f"(1) {title}")
    visitor.say("Hello?")
    eventually(lambda: book.page.title() == f"(2) {title}")
    assert book.page.evaluate("tones") > before
    assert book.page.evaluate("notices") == [
        [name(visitor), "Are you there?"],
        [name(visitor), "Hello?"],
    ]
    book.page.evaluate(HIDDEN, False)
    assert book.page.title() == title
    choose(book, desk, "Sound: on")
    choose(book, desk, "Browser notifications: on")
    before = book.page.evaluate("tones")
    visitor.say("Silence")
    expect(book.line("Silence")).to_be_visible()
    assert book.page.evaluate("tones") == before


def test_agents_see_who_is_present_before_they_hand_over_a_chat(
    book: Notebook, visitor: Visitor
) -> None:
    with AgentPane(SupportDesk.open(agent="ben")):
        menu = book.pane.get_by_role("button", name="Hand over", exact=True)

        def bens() -> list[str]:
            menu.click()
            items = book.pane.get_by_role("menuitem").all_inner_texts()
            book.page.keyboard.press("Escape")
            return [item for item in items if "Ben" in item]

        eventually(lambda: bens() == ["Ben · online"])
    eventually(lambda: bens() == ["Ben"])


def test_labels_and_urgency_sort_the_list(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    later = Visitor(stand.url)
    later.say("It burns")
    book.row("It burns").click()
    choose(book, "More", "Labels and urgency")
    book.pane.get_by_label("Labels, separated by commas").fill("fire, vip")
    book.pane.get_by_label("Urgent").check()
    book.page.keyboard.press("Enter")
    expect(book.row("It burns").locator(".lcp-tag")).to_have_text(
        re.compile("^Urgent · fire · vip")
    )
    book.page.mouse.move(0, 0)
    eventually(lambda: book.names_in("Waiting") == [name(later), name(visitor)])
    book.filter.fill("vip")
    eventually(lambda: book.names_in("Waiting") == [name(later)])
    book.filter.fill("")


def test_a_pressed_row_is_chosen_even_if_the_page_moves(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    other = Visitor(stand.url)
    other.say("And me?")
    row = book.row("And me?")
    row.hover()
    book.page.mouse.down()
    book.pane.evaluate("pane => pane.style.marginTop = '150px'")
    book.page.mouse.up()
    expect(row).to_have_attribute("aria-current", "true")
    book.pane.evaluate("pane => pane.style.marginTop = ''")


def test_a_transcript_can_be_copied_and_saved_without_the_notes(
    book: Notebook, visitor: Visitor
) -> None:
    book.python(f"pane.note('not for you', {visitor.conversation!r})")
    expect(book.line("not for you")).to_be_visible()
    book.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(book, "More", "Copy the transcript")
    wanted = re.compile(rf"\d{{4}}-\d\d-\d\d\n\d\d:\d\d {name(visitor)}: hello")
    clipboard = "navigator.clipboard.readText()"
    eventually(lambda: wanted.fullmatch(book.page.evaluate(clipboard)))
    with book.page.expect_download() as saved:
        choose(book, "More", "Save the transcript")
    assert saved.value.suggested_filename == f"{name(visitor)}.txt"
    assert wanted.fullmatch(saved.value.path().read_text())


def test_all_filtered_chats_can_be_closed_at_once(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    spam = [Visitor(stand.url) for _ in range(2)]
    for one in spam:
        one.say("Buy cheap clocks")
        expect(book.row(name(one))).to_contain_text("cheap clocks")
    book.filter.fill("cheap")
    choose(book, "More actions for this desk", "Close all chats in the list")
    book.pane.get_by_role("textbox", name="Reason").fill("No advertisements")
    book.pane.get_by_role("button", name="Close 2 chats").click()
    book.filter.fill("")
    desk = SupportDesk.open()
    for one in spam:
        eventually(lambda one=one: desk.ended(one.conversation))
    book.python("await pane.settle()")
    assert desk.ended(visitor.conversation) is None


def test_a_visitor_who_waits_too_long_is_marked(
    book: Notebook, visitor: Visitor
) -> None:
    late = book.row(name(visitor)).locator(".lcp-late")
    expect(late).to_have_count(0)
    book.python("pane.wait_limit = 0")
    visitor.say("Still nobody?")
    expect(late).to_have_text("now")
    book.python("pane.wait_limit = 5")
