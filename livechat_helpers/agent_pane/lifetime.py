"""When a pane may go: earlier than ipywidgets would let it.

ipywidgets keeps every widget until somebody closes it, since a cell may show one that
nothing refers to. A pane holds a connection and a thread, so it must go when nobody has
any use for it: ``Views`` keeps it for as long as a browser shows it, and everybody else
who is to call it refers to it weakly.
"""

import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any, TypeVar

import ipywidgets
from ipywidgets.widgets import widget

Result = TypeVar("Result")


def weakly(method: Callable[..., Result]) -> Callable[..., Result | None]:
    """Return a function that calls a bound method while its object is there."""
    assert isinstance(method, MethodType)
    there = weakref.WeakMethod(method)

    def call(*arguments: Any) -> Result | None:
        alive = there()
        return None if alive is None else alive(*arguments)

    return call


def register_weakly(one: ipywidgets.Widget) -> None:
    """Let ipywidgets, and the widget's comm, refer to an open widget weakly.

    A browser that loads its page again asks ipywidgets for all widgets, so it has to
    know this one. ``Widget.__del__`` takes it off the list again.
    """
    assert one.comm is not None
    widget._instances[one.model_id] = weakref.proxy(one)
    one.comm.on_msg(weakly(one._handle_msg))
