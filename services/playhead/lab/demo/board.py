"""The statistics of a demonstration: events sent, rankings received, and how fresh these were."""

import os
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from playhead.lab.demo.answers import ReceivedRanking
from playhead.lab.demo.freshness import Freshness, quantile_ms
from playhead.lab.demo.load import Act

WINDOW_S = 5.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``--json`` prints at the end; freshness and the first ranking are None when no ranking came."""

    events: int
    rankings: int
    freshness_p50_ms: float | None
    freshness_p99_ms: float | None
    dead_letters: int
    profiles_active: int
    profiles_ranked: int
    seconds_to_first_ranking: float | None

    def as_dict(self) -> dict[str, int | float | None]:
        """The summary as one JSON object."""
        return asdict(self)


class Board:
    """Collects the statistics while the demonstration runs; all calls come from one thread."""

    def __init__(self, process_started_s: float) -> None:
        self.freshness = Freshness()
        self.events = 0
        self.rankings = 0
        self.dead_letters = 0
        self.first_ranking_s: float | None = None
        self.active: set[str] = set()
        self.ranked: set[str] = set()
        self._process_started_s = process_started_s
        self._window: deque[tuple[float, int, int]] = deque()

    def stored(self, act: Act, place: tuple[int, int], sent_s: float) -> None:
        """Notes that an event was delivered."""
        self.events += 1
        self.active.add(act.profile_id)
        if act.asks:
            self.freshness.delivered(act.profile_id, place, sent_s)

    def came(self, answer: ReceivedRanking) -> None:
        """Notes a ranking that was received."""
        self.rankings += 1
        if self.first_ranking_s is None:
            self.first_ranking_s = round(answer.received_s - self._process_started_s, 2)
        self.ranked.add(answer.ranking.profile_id)
        cause = answer.ranking.caused_by
        self.freshness.ranked(answer.ranking.profile_id, (cause.partition, cause.offset), answer.received_s)

    @property
    def settled(self) -> bool:
        """Whether every active profile has a ranking and every event that asked for one is answered."""
        return not self.freshness.waiting and self.active <= self.ranked

    def rates(self, now_s: float) -> tuple[float, float]:
        """Events and rankings a second over the last five."""
        self._window.append((now_s, self.events, self.rankings))
        # The newest of those that are older stays: a screen that asks seldom still has something to compare with.
        while len(self._window) > 1 and now_s - self._window[1][0] >= WINDOW_S:
            self._window.popleft()
        then_s, events, rankings = self._window[0]
        span_s = max(now_s - then_s, 1e-9)
        return (
            ((self.events - events) / span_s, (self.rankings - rankings) / span_s)
            if now_s > then_s
            else (0, 0)
        )

    def summary(self) -> Summary:
        """The statistics so far."""
        counted_s = self.freshness.counted_s()
        return Summary(
            events=self.events,
            rankings=self.rankings,
            freshness_p50_ms=quantile_ms(counted_s, 0.5),
            freshness_p99_ms=quantile_ms(counted_s, 0.99),
            dead_letters=self.dead_letters,
            profiles_active=len(self.active),
            profiles_ranked=len(self.active & self.ranked),
            seconds_to_first_ranking=self.first_ranking_s,
        )


def process_started_s() -> float:
    """When this process was started, on the monotonic clock; now, where the system does not say."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return time.monotonic()
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.monotonic() - age_s
