"""When a broker would have had the events of a recorded log, which does not say it."""

from playhead.domain.fields import SINCE_MS

SILENCE_MS = 90 * 86_400_000
"""No log of several profiles is silent for so long: what is further ahead has a wrong clock, unless another profile agrees."""
OLDEST_MS = 31_536_000_000
"""1971-01-01. Logs may be of the last century, as MovieLens is; seconds for milliseconds lie before this until 2969."""


class LogClock:
    """The newest time in the log so far, but for that of clocks that are far ahead of everybody's.

    Made from what was read before and nothing else. A log of one profile is believed: nobody contradicts it.
    """

    def __init__(self) -> None:
        self.since_ms = SINCE_MS
        """No event of this log is older: 2000, but for a log that begins before."""
        self._now_ms = 0
        self._first = ""
        self._several = False
        self._doubted = ("", 0)

    def read(self, profile_id: str, occurred_ms: int) -> int:
        """The time of the broker when it gets this event; what it could not use does not move the clock."""
        if not self._now_ms and OLDEST_MS <= occurred_ms < SINCE_MS:
            self.since_ms = OLDEST_MS
        if occurred_ms < self.since_ms:
            return self._now_ms
        self._first = self._first or profile_id
        alone = not self._several and profile_id == self._first
        if alone or occurred_ms <= self._now_ms + SILENCE_MS or self._is_confirmed(profile_id, occurred_ms):
            self._now_ms = max(self._now_ms, occurred_ms)
            self._several = not alone
        else:
            self._doubted = profile_id, occurred_ms
        return self._now_ms

    def _is_confirmed(self, profile_id: str, occurred_ms: int) -> bool:
        """Whether the clock of another profile was as far ahead lately."""
        doubted_id, doubted_ms = self._doubted
        return doubted_id not in {"", profile_id} and abs(occurred_ms - doubted_ms) <= SILENCE_MS
