"""Set-up, checks and start: the code behind ``python -m livechat_helpers``.

Where to look:

===================  ============================================================
``commands``         the subcommands
``environment``      the virtual environment and the packages in it
``npm_packages``     the Client SDK for the browser, and the tests' clients
``chromium``         a Chromium for the tests
``firefox``          a Firefox for the tests
``nginx``            an nginx for the tests
``programs``         find one of these, or fetch it
``debian``           install one of Debian's packages
``long_steps``       run a long step and show that it is alive
``setup_errors``     what a failed step means, and how to fix it
``doctor``           the checks
``start``            start everything, keep it running, end it
``jupyter``          JupyterLab as such a child
``run_tests``        the linters, the type checker, pytest
===================  ============================================================

Everything up to ``setup_errors`` runs before anything is installed, on the standard
library alone.
"""
