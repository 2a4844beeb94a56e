"""The stage: scripted customers, who reach you by the real website and sandbox.

=====================  ==========================================================
``scene``              what happens, read from a YAML file in ``scenes``
``tempo``              the stage's own time: faster, slower, or standing still
``customer``           one customer: the calls and the websocket of a visitor's page
``play``               ``Stage``, which plays a scene
``drills``             what can be broken with one key
``control``            the buttons, as a widget
=====================  ==========================================================
"""

from .play import Stage
from .scene import scenes

__all__ = ["Stage", "scenes"]
