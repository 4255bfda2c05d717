"""How many events are due now, so that a stream keeps its rate whatever the loop around it does."""

CATCH_UP_S = 0.5
"""After a stall, at most this much of the rate is made up for at once: a burst would measure the stall, not the system."""
UNLIMITED_CHUNK = 500


class LoadPace:
    """A rate in events a second; 0 is as fast as it goes.

    >>> pace = LoadPace(200.0)
    >>> [pace.due(second) for second in (10.0, 10.01, 10.02, 99.0)]
    [0, 2, 2, 100]
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._owed = 0.0
        self._asked_s: float | None = None

    def due(self, now_s: float) -> int:
        """How many events to send at ``now_s`` (a monotonic clock); the answer counts as sent."""
        if self._rate <= 0.0:
            return UNLIMITED_CHUNK
        since_s = now_s - self._asked_s if self._asked_s is not None else 0.0
        self._asked_s = now_s
        self._owed = min(self._owed + since_s * self._rate, max(1.0, CATCH_UP_S * self._rate))
        # Floating time falls just short of whole events; a millionth makes it whole again.
        due = int(self._owed + 1e-6)
        self._owed -= due
        return due
