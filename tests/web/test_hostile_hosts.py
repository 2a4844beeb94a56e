"""The chat is a good guest on pages that weren't made for it, in two browsers."""

import time
from collections.abc import Iterator

import pytest
from hosts import BROWSERS, Host, Tab
from people import Kit
from playwright.sync_api import Error

SCRIPT = '<script type="module" src="/web/embed.js"></script>'
ABSOLUTE = "<script>import(`${location.origin}/web/embed.js`)</script>"
SHORTCUTS = """<input id=search><script>
    window.heard = [];
    for (const [target, capture] of [[window], [document], [document, true]]) {
        target.addEventListener('keydown', event => {
            heard.push(event.key);
            if ('/s'.includes(event.key)) document.querySelector('#search').focus();
        }, capture);
    }
</script>"""
PLAIN = "<main style='height: 3000px'><h1>A page</h1><input id=search></main>"

FIND = """
    const until = async (what, patience = 60_000) => {
        for (const end = Date.now() + patience; Date.now() < end;) {
            const found = await what();
            if (found) return found;
            await new Promise(resolve => setTimeout(resolve, 50));
        }
        throw new Error(`Not found: ${what} ${document.querySelector('chat-widget')
            ?.shadowRoot.textContent}`);
    };
    const root = () => document.querySelector('chat-widget')?.shadowRoot;
    const $ = selector => root()?.querySelector(selector);
    const online = () => root().host.dataset.connection === 'online';
    const texts = () => [...root()?.querySelectorAll('article > p:last-child') ?? []]
        .map(each => each.textContent);
    const field = () => $('textarea');
    const opened = async () => {
        await until(() => $('.launcher')?.checkVisibility());
        if (!$('dialog').open) $('.launcher').click();
        await until(field);
        field().focus();
        await until(() => root().activeElement === field());
    };
    const sent = 'article:last-child:is(.sent, .delivered, .seen)';
    const said = text => until(() => texts().includes(text) && $(sent));
"""


both = pytest.mark.parametrize("opened", BROWSERS, indirect=True, scope="module")
"""These depend on the browser: keys, going back, and files that failed."""


@pytest.fixture(
    scope="module",
    params=["Chromium", pytest.param("Firefox", marks=pytest.mark.weekly)],
)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tab]:
    with BROWSERS[request.param](tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def tab(opened: Tab) -> Tab:
    """A tab of a new visitor."""
    opened.goto("about:blank")
    opened.forget()
    opened.said.clear()
    return opened


def do(tab: Tab, script: str) -> object:
    """Run a script that can use the functions in FIND."""
    return tab.run(FIND + script)


def say(tab: Tab, text: str) -> None:
    """Open the chat, type with the keyboard, and wait until it is sent."""
    do(tab, "await opened();")
    tab.press(text)
    tab.press("Enter")
    do(tab, f"await said({text!r});")


def path_of(tab: Tab) -> str | None:
    """Return the path of a tab's page; None while the page is changing."""
    try:
        return tab.run("return location.pathname")
    except (Error, AssertionError):
        return None


def end(tab: Tab) -> None:
    """End the chat, and wait until the visitor can rate it."""
    do(tab, "$('.end').click(); (await until(() => $('.ending .main'))).click();")
    do(tab, "await until(() => $('.star')?.checkVisibility());")


def host(kit: Kit, *pages: str) -> Host:
    """Return a host with one or more pages."""
    html = "<!doctype html><html lang=en><title>A</title><body>{}{}"
    return Host(
        kit.url,
        {f"/{n}.html": html.format(page, SCRIPT) for n, page in enumerate(pages)},
    )


@both
def test_the_pages_shortcuts_do_not_get_what_is_typed(kit: Kit, tab: Tab) -> None:
    with host(kit, SHORTCUTS).served() as url:
        tab.goto(f"{url}/0.html")
        do(tab, "await opened();")
        tab.press("faststream / ok")
        assert do(tab, "return field().value;") == "faststream / ok"
        assert tab.run("return document.activeElement.localName") == "chat-widget"
        tab.press("Escape")
        assert do(tab, "return await until(() => !$('dialog').open);")
        assert tab.run("return heard") == []


SWAPS = {
    "Turbo": "document.documentElement.replaceChild("
    "document.createElement('body'), document.body);",
    "pjax": "document.body.innerHTML = '<p>Another page';",
    "everything": "const [head, body] = ['head', 'body'].map("
    "name => document.createElement(name));"
    "document.documentElement.replaceChildren(head, body);",
}


def test_the_chat_continues_when_the_pages_body_is_replaced(kit: Kit, tab: Tab) -> None:
    said = ["Before"]
    with host(kit, PLAIN).served() as url:
        tab.goto(f"{url}/0.html")
        say(tab, *said)
        for name, swap in SWAPS.items():
            tab.run(swap)
            assert do(tab, f"return await until(() => texts().includes({said[-1]!r}));")
            said.append(f"After {name}")
            say(tab, said[-1])
            assert do(tab, "return texts();") == said
            widgets = "return document.querySelectorAll('chat-widget').length"
            assert tab.run(widgets) == 1


@pytest.mark.parametrize("images", ["'self' data:", "'none'"])
def test_it_keeps_to_a_strict_policy_with_and_without_data(
    kit: Kit, tab: Tab, images: str
) -> None:
    vonage = kit.sandbox.ready["http"]
    connect = f"'self' {vonage} {vonage.replace('http', 'ws', 1)}"
    strict = host(kit, PLAIN)
    strict.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images};"
        f" connect-src {connect}; require-trusted-types-for 'script';"
        " trusted-types 'none'"
    )
    with strict.served() as url:
        tab.goto(f"{url}/0.html")
        tab.run(
            "window.broken = []; addEventListener('securitypolicyviolation',"
            " event => broken.push(event.violatedDirective));"
        )
        say(tab, "Strict")
        assert tab.run("return broken") == []
        assert do(tab, "return $('.launcher svg').getBoundingClientRect().width > 20")


def test_it_stays_in_its_corner_whatever_moves_the_page(kit: Kit, tab: Tab) -> None:
    with host(kit, PLAIN).served() as url:
        tab.goto(f"{url}/0.html")
        do(tab, "await opened();")
        tab.run(
            "Object.assign(document.body.style, { transform: 'translateX(90px)',"
            " filter: 'blur(0)', contain: 'paint' }); scrollTo(0, 900);"
        )
        corner = """
            const inCorner = () => {
                const { clientWidth, clientHeight } = document.documentElement;
                const { right, bottom } = $('.launcher').getBoundingClientRect();
                return clientWidth - right === 20 && clientHeight - bottom === 20;
            };
            return await until(inCorner);
        """
        assert do(tab, corner)


def test_a_base_element_on_the_host_page_redirects_nothing(kit: Kit, tab: Tab) -> None:
    base = "<base href='http://127.0.0.1:9/elsewhere/'>"
    page = Host(kit.url, {"/0.html": f"<!doctype html>{base}{PLAIN}{ABSOLUTE}"})
    with page.served() as url:
        tab.goto(f"{url}/0.html")
        say(tab, "From the right place")


def test_a_translation_that_wraps_every_word_breaks_nothing(kit: Kit, tab: Tab) -> None:
    wrap = """
        const walker = document.createTreeWalker(root(), NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) found.push(walker.currentNode);
        for (const text of found) {
            const font = document.createElement('font');
            text.replaceWith(font);
            font.append(text);
        }
    """
    with host(kit, PLAIN).served() as url:
        tab.goto(f"{url}/0.html")
        say(tab, "One")
        do(tab, wrap)
        say(tab, "Two")
        do(tab, wrap)
        say(tab, "Three")
        assert do(tab, "return texts();") == ["One", "Two", "Three"]


@both
def test_going_back_shows_the_chat_again(kit: Kit, tab: Tab) -> None:
    with host(kit, PLAIN, "<p>Another page").served() as url:
        tab.goto(f"{url}/0.html")
        say(tab, "Before")
        tab.goto(f"{url}/1.html")
        tab.run("setTimeout(() => history.back(), 100);")
        while path_of(tab) != "/0.html":
            time.sleep(0.05)
        do(tab, "await until(() => texts().includes('Before'));")
        say(tab, "After")


def test_without_cookies_the_visitor_is_told_and_continues_when_the_token_expires(
    kit: Kit, tab: Tab
) -> None:
    shy = host(kit, PLAIN)
    shy.cookies = False
    with shy.served() as url:
        tab.goto(f"{url}/0.html")
        say(tab, "Before")
        told = "$('.banner').textContent.includes('blocks cookies')"
        do(tab, f"await until(() => {told});")
        with kit.faults.expire_tokens():
            say(tab, "After")
        assert do(tab, "return texts();") == ["Before", "After"]
        end(tab)


@both
def test_a_file_that_fails_to_load_once_is_requested_again(kit: Kit, tab: Tab) -> None:
    flaky = host(kit, PLAIN)
    early = ["chat-dom.js", "chat-widget.css", "chat-widget.js", "strings.js"]
    flaky.fail["/sdk/vonageClientSDK.min.mjs"] = 1
    with flaky.served() as url:
        for name in (*early, "chat-window.js", "chat-log.js"):
            flaky.fail[f"/web/{name}"] = 1
            tab.goto(f"{url}/0.html")
            do(tab, "await opened(); await until(online);")
            assert flaky.fail[f"/web/{name}"] == 0
        tab.goto(f"{url}/0.html")
        say(tab, "All the same")
        assert flaky.fail == dict.fromkeys(flaky.fail, 0)
        # Firefox remembers that the script failed, and continues in the other folder.
        styles = [f"/{folder}/chat-ending.css" for folder in ("web", "web-1")]
        flaky.fail = dict.fromkeys(["/web/chat-ending.js", *styles], 1)
        end(tab)
        assert flaky.fail["/web/chat-ending.js"] == 0
        assert 0 in [flaky.fail[style] for style in styles]


def test_a_page_from_another_origin_is_told_why_there_is_no_chat(
    kit: Kit, tab: Tab
) -> None:
    page = f'<script type="module" src="{kit.url}web/embed.js"></script>'
    with Host(
        kit.url, {"/0.html": f"<!doctype html><title>A</title>{page}"}
    ).served() as url:
        tab.goto(f"{url}/0.html")
        sentence = f"The live chat of {kit.url.rstrip('/')} only works on pages of"
        for _ in range(600):
            tab.run("await new Promise(resolve => setTimeout(resolve, 100));")
            if any(sentence in said for said in tab.said):
                break
        assert any(sentence in said for said in tab.said), tab.said
        assert tab.run("return !document.querySelector('chat-widget')")
