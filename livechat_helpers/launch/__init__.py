"""Set-up, checks and start: what is behind ``python -m livechat_helpers``.

Where to look:

===================  ============================================================
``command_line``     the subcommands
``environment``      the virtual environment and the packages in it
``npm_packages``     the Client SDK for the browser, and the tests' clients
``browser``          a Chromium for the tests
``firefox``          a Firefox for the tests
``debian``           install one of Debian's packages
``progress``         run a long step and show that it is alive
``failures``         what a failed step means, and what mends it
``lock``             one set-up, or one start, at a time
``doctor``           the checks
``start``            start everything, keep it running, end it
``child``            a process that ends with this one
``lifeline``         the same, seen from the child
``jupyter``          JupyterLab as such a child
``run_tests``        the linters, the type checker, pytest
===================  ============================================================

Everything up to ``lock`` runs before anything is installed: standard library only.
"""
