"""JavaScript in notebooks: what Node.js says of an answer, a real browser says as well.

The learner's JavaScript runs in Node.js, with a document that no browser has made.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import headless
import pytest
from playwright.sync_api import Page

from livechat_helpers.lessons import javascript, n07_customer_widget, solutions
from livechat_helpers.lessons.content import Exercise, Mistaken
from livechat_helpers.lessons.javascript import JavaScriptError, run_js
from livechat_helpers.lessons.running import find
from livechat_helpers.lessons.solutions import solution_of

from .corpus import FOLDER, Answer, answers_to

IN_A_BROWSER = """([script, call, values]) => {
    Object.assign(globalThis, values);
    return eval(`(async () => { "use strict"; ${script}\\nreturn (${call}\\n); })()`);
}"""

REAL_LOG = """
(distance => {
  const log = document.createElement('div');
  log.style = 'height: 400px; overflow: auto';
  log.grow = height => {
    const child = document.createElement('div');
    child.style = `height: ${height}px`;
    log.append(child);
  };
  log.grow(1000);
  document.body.append(log);
  log.scrollTop = 600 - distance;
  return log;
})
"""

FOR_A_PAGE = [one for one in find(7).exercises if one.name != "7.1"]
ANSWERS = [
    pytest.param(answer, id=answer.name)
    for exercise in FOR_A_PAGE
    for answer in answers_to(exercise)
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    """A page of a real browser."""
    with headless.chromium() as launched:
        yield launched.new_page()


@pytest.fixture
def page(chromium: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """An empty page, in which the checks of notebook 07 run."""
    chromium.goto("about:blank")

    def run(script: str, call: str, **values: Any) -> Any:
        return chromium.evaluate(IN_A_BROWSER, [script, call, values])

    monkeypatch.setattr(n07_customer_widget, "run_js", run)
    monkeypatch.setattr(n07_customer_widget, "PLAIN_LOG", REAL_LOG)
    return chromium


def solution(exercise: Exercise) -> str:
    """Return the reference answer: JavaScript, or HTML."""
    return solution_of(exercise.name).text


@pytest.mark.parametrize("exercise", FOR_A_PAGE, ids=lambda one: one.name)
def test_a_browser_finds_the_reference_answer_right(
    page: Page, exercise: Exercise
) -> None:
    exercise.check(solution(exercise))


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_browser_finds_the_same_mistake(page: Page, answer: Answer) -> None:
    with pytest.raises(Mistaken) as found:
        answer.exercise.check(answer.path.read_text())
    assert found.value.mistake == answer.mistake


def test_what_is_called_dangerous_runs_a_strangers_script(page: Page) -> None:
    exercise = FOR_A_PAGE[0]
    with pytest.raises(Mistaken):
        exercise.check((FOLDER / "7.2" / "wrong-markup.js").read_text())
    page.wait_for_function("window.stolen")


def test_every_script_of_the_corpus_and_of_the_solutions_is_javascript() -> None:
    places = (FOLDER, Path(solutions.__file__).with_name("solutions"))
    scripts = [path for place in places for path in place.rglob("*.js")]
    assert scripts
    for path in scripts:
        checked = subprocess.run(["node", "--check", path], capture_output=True)
        assert checked.returncode == 0, checked.stderr.decode()


def test_a_screen_reader_gets_the_names_of_the_mended_window(page: Page) -> None:
    exercise = FOR_A_PAGE[-1]
    page.set_content(solution(exercise))
    for role, name in [
        ("log", "Messages"),
        ("textbox", "Your message"),
        ("button", "Send"),
        ("button", "Close the chat"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1  # pyright: ignore[reportArgumentType]


def test_a_script_may_log_wait_and_use_what_python_gives(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = "async function add(n) { console.log('adding', { n }); return n + more; }"
    assert run_js(script, "add(1)", more=[2]) == "12"
    assert capsys.readouterr().out == "adding { n: 1 }\n"
    assert run_js(script, "undefined") is None


@pytest.mark.parametrize(
    ("script", "call", "said"),
    [
        ("\nlet a;\nlet b = ;", "a", "SyntaxError: Unexpected token ';' (line 2)"),
        ("\n\nfunction f() {\n return x.y;\n}", "f()", "ReferenceError: x is not def"),
        ("let a = 1;", "b", "ReferenceError: b is not defined"),
        ("", "Promise.reject('no')", "Error: no"),
        ("", "Promise.reject()", "Error: undefined"),
    ],
)
def test_an_error_says_what_and_where(script: str, call: str, said: str) -> None:
    with pytest.raises(JavaScriptError) as error:
        run_js(script, call)
    assert str(error.value).startswith(said)


def test_a_script_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript, "_LONGEST", 1)
    with pytest.raises(JavaScriptError, match="not ended"):
        run_js("", "new Promise(() => setInterval(() => {}, 1000))")


def test_without_node_there_is_a_word_on_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(javascript, "find_spec", lambda name: None)
    with pytest.raises(JavaScriptError, match="python -m livechat_helpers"):
        run_js("", "1")
