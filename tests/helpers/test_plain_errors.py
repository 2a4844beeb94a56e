"""Errors in a notebook: plain words, and no traceback through the kit's code."""

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from livechat_helpers.settings import SettingsError


def test_a_notebook_shows_the_text_and_no_traceback() -> None:
    shell = InteractiveShell.instance()
    try:
        with capture_output() as shown:
            shell.push({"error": SettingsError("It's empty.\nFill it in.")})
            shell.run_cell("raise error")
    finally:
        InteractiveShell.clear_instance()
    assert shown.stdout.strip() == "SettingsError: It's empty.\nFill it in."
