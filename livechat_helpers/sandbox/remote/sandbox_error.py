"""Errors of a running sandbox."""


class SandboxError(Exception):
    """The sandbox did not do what it was asked to; the text says why."""
