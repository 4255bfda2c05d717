"""Loads the profile of effort before any test does, and hears interrupts."""

import signal

from tests import effort

__all__ = ["effort"]

# Who is started in the background of a shell ignores them, and a test that interrupts itself would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
