"""The errors, by who must act on them.

``Rejected``: whoever produced the record; it goes to dead letters with the reason and the repair.
``Unavailable``: the operator; the process ends, its supervisor starts it again.
Everything else is a bug and surfaces as such.
"""


class PlayheadError(Exception):
    """Base of the errors that Playhead raises on purpose."""

    def __init__(self, reason: str, repair: str) -> None:
        super().__init__(f"{reason} Repair: {repair}")
        self.reason = reason
        self.repair = repair


class Rejected(PlayheadError):
    """A record that can't be used as it is; only its producer can mend it."""


class Unreadable(Rejected):
    """One or several consecutive records whose bytes can't be read; only their place is known."""


class Unavailable(PlayheadError):
    """A dependency of this process is missing or broken; only an operator can mend it."""
