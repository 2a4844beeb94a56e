"""The customer page next to the pane, however the browser reaches JupyterLab."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect
from waiting import eventually

from livechat_helpers import places, services

from ..jupyter import IMPORTS, SLOW, Lab, Notebook
from ..stand import Stand

FRAME = "iframe[title='Customer page']"


@pytest.fixture(scope="module")
def opened(stand: Stand, lab: Lab) -> Iterator[Notebook]:
    """A notebook that shows the page next to its pane, and a learner's page."""
    with services.running_on(places.sandbox_dir()) as running:
        pane = f"{IMPORTS}pane = AgentPane(page={running.website.page!r})\npane"
        learners = "from livechat_helpers.lessons.my_server import MyServer"
        frame = f"{learners}\nMyServer().frame()"
        notebook = lab.open(lab.write("beside.ipynb", pane, frame))
        yield notebook
        notebook.close()


@pytest.fixture
def shown(opened: Notebook) -> Iterator[Notebook]:
    """That notebook, before it's run."""
    yield opened
    opened.page.unroute_all()
    opened.menu("Edit", "Clear Outputs of All Cells")
    expect(opened.page.locator("iframe")).to_have_count(0)


def address(notebook: Notebook) -> str:
    """Return the address of the customer page once it's there."""
    expect(
        notebook.page.frame_locator(FRAME).get_by_role("button").first
    ).to_be_visible()
    return notebook.page.locator(FRAME).get_attribute("src") or ""


def test_on_one_machine_it_has_its_own_origin(shown: Notebook, stand: Stand) -> None:
    shown.run(0)
    assert address(shown) == stand.page
    eventually(lambda: abs(below(shown)) <= 2)
    shown.page.set_viewport_size({"width": 560, "height": 900})
    eventually(lambda: below(shown) > 100)


def below(notebook: Notebook) -> float:
    """Return how far below the page's top edge the pane's is, in pixels."""
    return notebook.page.evaluate(
        """selectors => {
          const [page, pane] = selectors.map((one) => document.querySelector(one));
          return pane.getBoundingClientRect().top - page.getBoundingClientRect().top;
        }""",
        [FRAME, ".livechat-pane"],
    )


@pytest.mark.parametrize("answers", [False, True], ids=["nobody", "somebody else"])
def test_if_only_jupyters_port_is_forwarded_it_is_served_below_jupyters_path(
    shown: Notebook, stand: Stand, answers: bool
) -> None:
    def elsewhere(route: Route) -> None:
        if answers:
            said = '{"id": "mine", "port": 1}'
            route.fulfill(body=said, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.abort("connectionrefused")

    shown.page.route(f"{stand.page}**", elsewhere)
    shown.run(0)
    jupyter = shown.page.url.partition("/lab")[0]
    assert address(shown) == f"{jupyter}/livechat/"


def test_if_only_jupyters_port_is_forwarded_the_learners_page_is_below_it(
    shown: Notebook,
) -> None:
    jupyter = shown.page.url.partition("/lab")[0]
    shown.page.route(
        lambda url: not url.startswith(jupyter),
        lambda route: route.abort("connectionrefused"),
    )
    shown.play(1)
    page = shown.page.locator("iframe[title='Your page']")
    by_jupyter = re.compile(r"^/proxy/\d+/$")
    expect(page).to_have_attribute("src", by_jupyter, timeout=SLOW)
    chat = shown.page.frame_locator("iframe[title='Your page']")
    expect(chat.get_by_role("button").first).to_be_visible()
