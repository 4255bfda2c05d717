"""How fresh rankings are: from an event sent to a ranking received that covers it, by ``caused_by.offset``."""

from collections import deque
from collections.abc import Iterable
from itertools import islice

ASKING = frozenset(
    {
        "page_viewed",
        "title_clicked",
        "playback_started",
        "playback_stopped",
        "playback_completed",
        "title_rated",
        "not_interested",
        "watchlist_added",
        "watchlist_removed",
    }
)
"""Types that are always answered with a ranking; others may or may not be, which is the engine's decision."""
REMEMBERED = 8
"""Newest rankings a profile, kept because a ranking can arrive before the report that its event was delivered."""
Place = tuple[int, int]
"""Partition and offset."""


class Freshness:
    """Matches deliveries with rankings; times are seconds of one monotonic clock, answers are seconds.

    >>> freshness = Freshness()
    >>> freshness.delivered("ana", (0, 41), sent_s=10.0)
    >>> freshness.ranked("ana", (0, 41), received_s=10.25)
    >>> freshness.all_s
    [0.25]
    """

    def __init__(self) -> None:
        self.all_s: list[float] = []
        self.waiting = 0
        self._warming: list[float] = []
        self._open: dict[str, deque[tuple[Place, float]]] = {}
        self._ranked: dict[str, deque[tuple[Place, float]]] = {}

    def delivered(self, profile_id: str, place: Place, sent_s: float) -> None:
        """Reports that an event that asks for a ranking, sent at ``sent_s``, was stored at that place."""
        for covered, received_s in self._ranked.get(profile_id, ()):
            if _covers(covered, place):
                self.all_s.append(received_s - sent_s)
                return
        self._open.setdefault(profile_id, deque()).append((place, sent_s))
        self.waiting += 1

    def ranked(self, profile_id: str, place: Place, received_s: float) -> None:
        """Reports a received ranking that covers all events of the profile up to that place."""
        self._ranked.setdefault(profile_id, deque(maxlen=REMEMBERED)).append((place, received_s))
        still: deque[tuple[Place, float]] = deque()
        for event in self._open.pop(profile_id, ()):
            if _covers(place, event[0]):
                self.all_s.append(received_s - event[1])
                self.waiting -= 1
            else:
                still.append(event)
        if still:
            self._open[profile_id] = still

    def begin(self) -> None:
        """Starts the measurement proper: answers measured while the workers started are set aside."""
        self._warming, self.all_s = self.all_s, []

    def counted_s(self) -> list[float]:
        """The measured answers; where there are none, as with a log of a few events, those that were set aside."""
        return self.all_s or self._warming

    def latest_s(self, count: int = 1_000) -> list[float]:
        """The newest answers."""
        return list(islice(self.all_s, max(0, len(self.all_s) - count), None))


def _covers(ranking: Place, event: Place) -> bool:
    return ranking[0] == event[0] and ranking[1] >= event[1]


def quantile_ms(samples_s: Iterable[float], share: float) -> float | None:
    """Nearest-rank quantile in milliseconds, None of nothing.

    >>> quantile_ms([0.004, 0.001, 0.002, 0.003], 0.5)
    2.0
    """
    ordered = sorted(samples_s)
    if not ordered:
        return None
    index = max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))
    return round(1_000.0 * ordered[index], 2)
