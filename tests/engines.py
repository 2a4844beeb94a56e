"""The engines that the chat runs on, and the tests that can't run on one of them."""

import inspect
from types import ModuleType
from typing import Any

ENGINES = ("sandbox", "matrix")

FAULTS = "The sandbox makes its faults on order; a real Synapse is killed instead."
NO_DELIVERY = "Matrix has no receipt for delivery: a message is sent, then read."
STATE = "On Matrix a message doesn't hold who has read it; receipts are told apart."
RULES = "On Matrix the end of a chat also changes the room's rules, which is an event."
FORGED = "On Matrix a visitor can't write a rating: the website alone can."
CROSSED = "Synapse may store a message just after the leaving that it crossed."

MATRIX_LACKS = {
    "test_a_rating_is_shown": FORGED,
    "test_a_reopened_chat_is_open_until_it_ends_again": RULES,
    "test_a_visitor_sees_what_has_arrived_and_what_was_read": STATE,
    "test_after_a_lost_connection_an_agent_knows_who_has_a_chat": FAULTS,
    "test_an_agent_whose_chat_was_taken_can_no_longer_write_in_it": CROSSED,
    "test_an_agent_whose_events_are_late_settles_on_the_current_state": FAULTS,
    "test_settle_says_what_it_waited_for": FAULTS,
    "test_settle_waits_for_all_pending_work": NO_DELIVERY,
    "test_the_agent_sees_whether_an_answer_was_delivered_and_seen": NO_DELIVERY,
    "test_the_visitor_sees_the_agent_typing": FAULTS,
}
"""The tests that run on the sandbox alone, and why."""

VONAGES_OWN = {"application", "names", "sandbox_dir"}
"""Fixtures for Vonage only, for tests of its keys, clients and tokens."""


def on_matrix(*modules: ModuleType) -> dict[str, Any]:
    """Return the tests of some modules that also run on Matrix, by name."""
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if name.startswith("test_")
        and name not in MATRIX_LACKS
        and not VONAGES_OWN & {*inspect.signature(found).parameters}
    }
