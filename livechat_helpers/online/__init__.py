"""The finished chat on the open web: a recipe, and copies of its state.

==========  ===================================================================
``recipe``  nginx, systemd's units, a compose file; tests run them as they are
``backup``  copies the state while everything runs, and puts a copy back
==========  ===================================================================
"""
