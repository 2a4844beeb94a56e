"""Set-up, checks and start: the code behind ``python -m livechat_helpers``.

Where to look:

===================  ============================================================
``commands``         the subcommands
``environment``      the virtual environment and the packages in it
``npm_packages``     packages from npm: the browser SDK, clients, a linter
``chromium``         a Chromium for the tests
``firefox``          a Firefox for the tests
``nginx``            an nginx for the tests
``programs``         finds one of these programs, or downloads it
``debian``           installs a Debian package
``long_steps``       runs a long step and shows that it's still working
``setup_errors``     what a failed step means, and how to fix it
``doctor``           the checks
``start``            starts everything, keeps it running, ends it
``jupyter``          JupyterLab as a child process
``run_tests``        the checks and pytest
``checks``           runs the linters and the type checker beside pytest
===================  ============================================================

Everything up to ``setup_errors`` runs before anything is installed, so it only uses the
standard library.
"""
