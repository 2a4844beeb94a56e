"""Benchmarks of the sandbox; run them with ``python -m livechat_helpers benchmark``.

They aren't tests: a busy machine would fail them. Each figure is a ratio to a floor
that is measured in the same run and in turn with it, so that it means the same on a
slow machine and on a fast one.
"""
