"""Errors of a running sandbox."""


class SandboxError(Exception):
    """The sandbox didn't do what it was asked to; the text says why."""
