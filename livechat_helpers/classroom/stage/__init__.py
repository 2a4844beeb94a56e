"""The stage: scripted customers, who use the real website and sandbox.

=====================  ==========================================================
``scene``              the script, read from a YAML file in ``scenes``
``tempo``              the stage's time, which can be faster, slower or stopped
``customer``           one customer, with the calls and websocket of a visitor's page
``play``               ``Stage``, which plays a scene
``drills``             failures that one key can cause
``control``            the buttons, as a widget
=====================  ==========================================================
"""

from .play import Stage
from .scene import scenes

__all__ = ["Stage", "scenes"]
