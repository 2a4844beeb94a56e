"""The finished chat on the public internet: a recipe, and backups of its state.

==========  ===================================================================
``recipe``  nginx, systemd units, a compose file; tests run them unchanged
``backup``  copies the state while everything is running, and restores a copy
==========  ===================================================================
"""
