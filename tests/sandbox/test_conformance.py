"""CONFORMANCE.md covers everything that the code does."""

import json
import re
from pathlib import Path

from livechat_helpers.sandbox.api import conformance, current_version
from livechat_helpers.sandbox.rules import events

HERE = Path(__file__).parent
MADE_BY_THE_SERVICE = {
    *("member:invited", "member:joined", "member:left", "event:delete"),
    *("conversation:created", "conversation:updated", "conversation:deleted"),
}


def test_the_page_is_generated_from_the_table() -> None:
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), (
        "Make it again: python -m livechat_helpers.sandbox.api.conformance"
    )


def test_every_described_call_has_a_row() -> None:
    text = Path(current_version.__file__).with_name("openapi.json").read_text()
    description = json.loads(text)
    described = set()
    for path, place in description["paths"].items():
        item = place["$ref"].rpartition("/")[2]
        methods = {*description["components"]["pathItems"][item]} - {"parameters"}
        described |= {f"{method.upper()} {path}" for method in methods}
    told = set()
    for row in conformance.read()["calls"]:
        method, _, path = row["call"].partition(" ")
        told |= {f"{method} /{version}{path}" for version in row["versions"]}
        assert bool(row["versions"]) == (row["status"] != "absent")
    assert told == described


def test_every_accepted_event_has_a_row() -> None:
    rows = conformance.read()["events"]
    told = {row["type"] for row in rows if row["status"] != "absent"}
    assert told == {*events.TYPES, "custom:*", *MADE_BY_THE_SERVICE}


def test_every_behaviour_has_a_test_and_every_row_its_evidence() -> None:
    table = conformance.read()
    source = "".join(file.read_text() for file in HERE.glob("test_*.py"))
    tests = {*re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    assert {row["test"] for row in table["behaviours"]} <= tests
    for part in ("calls", "events", "behaviours"):
        assert {row["evidence"] for row in table[part]} <= {*conformance.LEVELS}
