"""The course in other languages: nothing missing, nothing stale, nothing lost.

``test_style`` checks the frame of translated notebooks, and ``test_outputs`` checks
their outputs. These tests compare it with the English one.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers import translation
from livechat_helpers.lessons import catalogues, start
from livechat_helpers.lessons.wording import message, speak

from .conftest import Stand
from .course import LESSONS, TRANSLATIONS, Json, code_cells, name, read, source

CATALOGUES = [
    (language, each)
    for language in translation.languages()
    for each in [translation.MESSAGES, *translation.names(language)]
]

in_each_catalogue = pytest.mark.parametrize(("language", "catalogue"), CATALOGUES)
translations = pytest.mark.parametrize("path", TRANSLATIONS, ids=name)


@in_each_catalogue
def test_no_translation_is_missing_or_out_of_date(
    language: str, catalogue: str
) -> None:
    today = translation.update(language, catalogue)
    assert not [*translation.to_do(today)]
    file = catalogues.path_of(language, catalogue).read_text(encoding="utf-8")
    known = {str(one.id) for one in catalogues.read(language, catalogue)}
    assert known == {str(one.id) for one in today}, (
        "texts that were removed from English"
    )
    assert translation.as_text(today) == file


KEPT_AS_THEY_ARE = {
    "places": r"\{\w+\}",
    "headings": r"^#+ ",
    "items of lists": r"^(?:- |\d+\. )",
    "columns of tables": r"\|",
    "links": r"\]\([^)]+\)",
    "bold": r"\*\*",
    "numbers": r"\d+",
    "arrows of diagrams": r"^ *\w+-+>>\w+",
}


@in_each_catalogue
def test_a_translation_keeps_everything_but_the_words(
    language: str, catalogue: str
) -> None:
    for english, other in catalogues.translations(language, catalogue).items():
        for what, pattern in KEPT_AS_THEY_ARE.items():
            wanted = Counter(re.findall(pattern, english, re.M))
            found = Counter(re.findall(pattern, other, re.M))
            assert found == wanted, f"{what}: {other}"
        assert code_in(english) <= code_in(other), other


def code_in(text: str) -> set[str]:
    """Return the code in a text, with line breaks as spaces."""
    return {" ".join(one.split()) for one in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)}


@translations
def test_a_committed_translation_is_what_the_command_builds(path: Path) -> None:
    lesson = TRANSLATIONS[path]
    made = translation.build(lesson.language, f"{lesson.number:02}")
    assert [without_run(cell) for cell in read(path)["cells"]] == [
        without_run(cell) for cell in made["cells"]
    ]


def without_run(cell: Json) -> Json:
    """Return a cell without what running it added."""
    return {**cell, "outputs": None, "execution_count": None}


@translations
def test_translated_outputs_match_the_english_ones(path: Path) -> None:
    lesson = TRANSLATIONS[path]
    english = next(one for one, it in LESSONS.items() if it.number == lesson.number)
    known = {
        plain(text): plain(translated)
        for each in (translation.MESSAGES, f"{lesson.number:02}")
        for text, translated in catalogues.translations(lesson.language, each).items()
    }
    for before, after in zip(code_cells(english), code_cells(path), strict=True):
        kinds = [kinds_of(cell["outputs"]) for cell in (before, after)]
        assert kinds[0] == kinds[1], source(after)
        texts = [text for text in known if len(text) > 12 and text in said(before)]
        for text in texts:
            assert known[text] in said(after)
            assert known[text] == text or text not in said(after)


def said(cell: Json) -> str:
    """Return what the outputs of a cell say, as text."""
    found = [
        one.get("data", {}).get("text/plain") or one.get("text", "")
        for one in cell["outputs"]
    ]
    return plain("\n".join("".join(text) for text in found))


def plain(text: str) -> str:
    """Return a text in one line, without the backticks of code."""
    return " ".join(text.replace("`", "").split())


def kinds_of(outputs: list[Json]) -> list[tuple[str, list[str]]]:
    """Return the kinds of output, in order."""
    return [(one["output_type"], sorted(one.get("data", {}))) for one in outputs]


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A German catalogue made before one English text changed and one was added."""
    file = catalogues.path_of("de", "00").read_text(encoding="utf-8")
    older = file.replace(
        'msgid "Every line below should', 'msgid "Each line below must'
    )
    older = older.replace('msgid "One of the five is `True`."', 'msgid "Nonsense?"')
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    catalogues.translations.cache_clear()
    catalogues.path_of("de", "00").parent.mkdir()
    catalogues.path_of("de", "00").write_text(older, encoding="utf-8")
    yield
    catalogues.translations.cache_clear()


def test_a_changed_text_has_to_be_translated_and_is_english_until_then(
    changed: None,
) -> None:
    today = translation.update("de", "00")
    assert [one.partition(": ")[0] for one in translation.to_do(today)] == [
        "cell 00-04 has changed",
        "exercises 0.2 hints 2 is missing",
    ]
    catalogues.path_of("de", "00").write_text(translation.as_text(today), "utf-8")
    cells = {
        cell["id"]: source(cell) for cell in translation.build("de", "00")["cells"]
    }
    assert cells["00-04"].startswith("Every line below")
    assert cells["00-24"].startswith("## Teste dich selbst")


def test_a_link_leads_to_the_same_language_if_the_page_exists_in_it() -> None:
    text = "[a](00_start_here.ipynb) [b](12_real_cloud_and_beyond.ipynb) [c](#d)"
    text += " [e](https://e.example/) [f](glossary.ipynb#Token)"
    notebook = {"cells": [{"cell_type": "markdown", "source": [text]}]}
    made = translation.translated(notebook, "de", "00")
    assert source(made["cells"][0]) == (
        "[a](00_start_here.ipynb) [b](../12_real_cloud_and_beyond.ipynb) [c](#d)"
        " [e](https://e.example/) [f](../glossary.ipynb#Token)"
    )


def test_only_comments_and_printed_texts_in_code_are_translated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = {"Say it.": "Sag es.", "two words": "zwei Wörter", "a key": "falsch"}
    monkeypatch.setattr(catalogues, "translations", lambda *_: words)
    code = 'é = {"a key": 1}  # Say it.\nprint("ü", "two words", é["a key"])\n'
    notebook = {"cells": [{"cell_type": "code", "source": [code]}]}
    made = translation.translated(notebook, "de", "00")
    assert source(made["cells"][0]) == (
        'é = {"a key": 1}  # Sag es.\nprint("ü", "zwei Wörter", é["a key"])\n'
    )


def test_a_lesson_speaks_its_notebooks_language_or_else_english(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.empty()
    try:
        names: dict[str, object] = {"sandbox_is": ...}
        lesson = start(0, names, language="de")
        assert "Notebook 00 ist bereit" in capsys.readouterr().out
        assert repr(lesson.check("0.2")).startswith("0.2 nicht versucht: Ersetze")
        assert (
            repr(lesson.hint("0.2", 2)) == "0.2 Tipp 2 von 3: Eine der fünf ist True."
        )
        names["sandbox_is"] = {"needs an account": 2}
        said = " ".join(repr(lesson.check("0.2")).split())
        assert "habe ich True oder False erwartet und 2 bekommen." in said
        untranslated = start(12, {}, language="de")
        assert "Tipp 1 von" in repr(untranslated.hint("12.1"))
        assert message("correct") == "richtig"
        start(0, {})
        assert message("correct") == "correct"
    finally:
        speak(catalogues.ENGLISH)
