"""The pane's own tests, on Matrix: the same functions, another engine.

What the pane's other tests need of the sandbox, such as its faults, Synapse lacks.
"""

# ruff: noqa: F401 - pytest finds what is imported, fixtures too

from agent_pane.test_pane import (
    test_a_callback_gets_what_visitors_write,
    test_a_chat_is_closed_with_a_reason,
    test_a_chat_is_named_by_its_visitor,
    test_a_deleted_conversation_is_gone,
    test_a_note_to_self_is_kept_and_never_sent,
    test_a_transcript_is_data_and_text_and_html,
    test_a_visitor_who_leaves_is_shown_as_gone,
    test_settle_waits_for_all_that_is_under_way,
    test_the_queue_tells_who_waits_and_what_is_unread,
    test_two_visitors_are_never_mixed_up,
    test_typing_is_over_when_nothing_is_heard_of_it,
    test_typing_is_shown_and_is_over_with_the_message,
    test_visitor_and_agent_read_each_other,
)
from agent_pane.test_two_agents import (
    ada,
    ben,
    test_a_chat_can_go_back_to_the_queue,
    test_a_chat_is_handed_over_and_comes_back_with_all_that_was_said,
    test_an_answer_from_python_takes_a_chat_even_from_a_colleague,
    test_every_agent_sees_the_queue_live,
    test_the_first_answer_takes_a_chat_from_the_queue,
    test_two_agents_who_answer_at_once_never_both_have_a_chat,
)
