"""When a pane can be freed, which is earlier than ipywidgets would free it.

ipywidgets keeps every widget until somebody closes it, because a cell may show a widget
that no variable refers to. A pane has a connection and a thread, so it must go when
nobody needs it any more. ``Views`` keeps it as long as a browser shows it, and
everything else that calls it has a weak reference.
"""

import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any, TypeVar

import ipywidgets
from ipywidgets.widgets import widget

Result = TypeVar("Result")


def weakly(method: Callable[..., Result]) -> Callable[..., Result | None]:
    """Return a function that calls a bound method as long as its object exists."""
    assert isinstance(method, MethodType)
    there = weakref.WeakMethod(method)

    def call(*arguments: Any) -> Result | None:
        alive = there()
        return None if alive is None else alive(*arguments)

    return call


def register_weakly(one: ipywidgets.Widget) -> None:
    """Make ipywidgets, and the widget's comm, refer to an open widget weakly.

    When a browser reloads its page, it asks ipywidgets for all widgets, so ipywidgets
    has to know this one. ``Widget.__del__`` removes it again.
    """
    assert one.comm is not None
    widget._instances[one.model_id] = weakref.proxy(one)
    one.comm.on_msg(weakly(one._handle_msg))
