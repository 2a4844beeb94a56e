"""Random differences between runs don't show in a committed notebook."""

from typing import Any

from livechat_helpers.notebook_outputs import normalise


def outputs(*given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a cell's outputs after normalising."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": list(given)}
    return normalise({"metadata": {}, "cells": [cell]})["cells"][0]["outputs"]


def printed(*text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": list(text)}


def test_printed_output_is_joined_however_it_arrived() -> None:
    assert outputs(printed("a\n", "b"), printed("c\n"), printed("d\n")) == [
        printed("a\n", "bc\n", "d\n")
    ]


def test_printed_output_is_separate_if_something_else_is_in_between() -> None:
    value = {"output_type": "execute_result", "data": {"text/plain": ["1"]}}
    given = [printed("a\n"), value, printed("b\n"), printed("c\n", name="stderr")]
    assert outputs(*given) == given


def test_ports_are_the_same_on_every_run_also_in_a_diagram() -> None:
    data = {
        "text/plain": ["Vonage → 127.0.0.1:46093: message  200"],
        "text/vnd.mermaid": ["participant p1 as 127.0.0.1#58;46093"],
    }
    (found,) = outputs({"output_type": "display_data", "data": data})
    assert found["data"] == {
        "text/plain": ["Vonage → 127.0.0.1:8000: message  200"],
        "text/vnd.mermaid": ["participant p1 as 127.0.0.1#58;8000"],
    }
