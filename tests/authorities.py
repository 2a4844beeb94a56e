"""Which certificate authorities the tests trust besides the sandbox's.

A client reads all of them again for each connection. Reading a machine's authorities
takes longer than the sandbox takes to answer, so only tests that download something
trust them.
"""

import os
import re
import tempfile
from pathlib import Path

import certifi
import trustme

_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_DOWNLOADING = re.compile(
    r"tests/(launch/|installed/|classroom/|clients/test_matrix"
    r"|agent_pane/(in_other_hosts/|test_kernels))"
)


class Authorities:
    """The authorities that this process and its children trust: either many or one."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="authorities-")
        one = Path(self._home.name, "one.pem")
        trustme.CA().cert_pem.write_to_path(str(one))
        certifi.where = lambda: str(one)
        self._many = True
        self._aside: dict[str, str | None] = dict.fromkeys(_VARIABLES, str(one))

    def prepare(self, test: str) -> None:
        """Trust what a test needs. test: its id."""
        many = bool(_DOWNLOADING.match(test))
        if many != self._many:
            self._many = many
            self._swap()

    def _swap(self) -> None:
        """Exchange the variables for those set aside.

        They're kept as they are, because clients add the sandbox's authority to them.
        """
        before = {name: os.environ.get(name) for name in _VARIABLES}
        for name, file in self._aside.items():
            if file is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = file
        self._aside = before
