"""The agent's page: the same chat, seen from the other side."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from people import AgentPage, Kit, Visitor
from playwright.sync_api import BrowserContext, expect

Contexts = Callable[..., BrowserContext]


def test_a_wrong_password_is_refused(kit: Kit, context: Contexts) -> None:
    desk = AgentPage(context(), kit.url)
    desk.sign_in("guess")
    expect(desk.page.get_by_role("alert")).to_contain_text("password")
    expect(desk.page.get_by_role("navigation")).to_be_hidden()


def test_two_conversations_are_never_mixed_up(kit: Kit, context: Contexts) -> None:
    desk = AgentPage(context(), kit.url)
    desk.sign_in(kit.agent_password)
    visitors = [Visitor(context(), kit.url) for _ in range(2)]
    for number, visitor in enumerate(visitors):
        visitor.open()
        visitor.write(f"Question {number}")
    for number, visitor in enumerate(visitors):
        row = desk.row(visitor)
        expect(row).to_contain_text(f"Question {number}")
        expect(row).to_contain_text("waiting")
        row.click()
        expect(desk.messages).to_have_text([f"Question {number}"])
        desk.write(f"Answer {number}")
        expect(row).not_to_contain_text("waiting")
    for number, visitor in enumerate(visitors):
        both = [f"Question {number}", f"Answer {number}"]
        expect(visitor.messages).to_have_text(both)
        desk.row(visitor).click()
        expect(desk.messages).to_have_text(both)
    visitors[0].write("Thank you")
    expect(desk.row(visitors[0])).to_contain_text("Thank you")
    expect(desk.row(visitors[0]).get_by_label("1 unread message")).to_be_visible()
    expect(desk.page).to_have_title("(1) Support agent")
    found = Axe().run(desk.page)
    assert found.violations_count == 0, found.generate_report()
    assert desk.page.evaluate("violations") == []
