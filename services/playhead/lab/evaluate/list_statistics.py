"""Quality of the judged lists beside accuracy: coverage, novelty, and titles that were already finished."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from playhead.lab.evaluate.choices import Outline
from playhead.lab.evaluate.targets import Consumption, Plan
from playhead.labels.definitions import is_whole

TOP = 10


class ListStatistics:
    """Follows the top of the lists; ``statistics`` has the resulting statistics."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._shown: set[int] = set()
        self._known = 0
        self._finished: dict[int, set[int]] = defaultdict(set)
        self._chosen: dict[int, int] = defaultdict(int)
        self._total = 0
        self._surprise = 0.0
        self._places = 0
        self.repeats = 0

    def show(self, profile: int, served: Iterable[int], known: int) -> None:
        """Counts a list, by numbers, when ``known`` titles are known."""
        top = list(served)[:TOP]
        self._shown.update(top)
        self._known = max(self._known, known)
        counts = np.array([self._chosen[title] for title in top], dtype=np.float64)
        shares = (counts + 1.0) / (self._total + known)
        self._surprise -= float(np.log2(shares).sum())
        self._places += len(top)
        over = self.over(profile)
        self.repeats += sum(title in over for title in top)

    def over(self, profile: int) -> set[int]:
        """Titles that a profile, or a profile of its household, has finished, without those that are played again and again."""
        return self._finished[profile] - self._plan.repeatable

    def choose(self, choice: Consumption) -> None:
        """Counts a consumption."""
        self._chosen[choice.title] += 1
        self._total += 1

    def watch(self, profile: int, event: Outline) -> None:
        """Notes titles that were watched to the end, and those removed from the history."""
        if event.type == "history_removed":
            self._finished[profile].discard(self._plan.titles.get(event.title_id))
        if event.type == "profile_erased":
            self._finished[profile].clear()
        if event.type not in {"playback_stopped", "playback_completed"}:
            return
        title = self._plan.titles.get(event.title_id)
        duration_s = event.duration_s or self._plan.durations_s.get(title, 0.0)
        if event.type == "playback_completed" or is_whole(event.watched_s or 0.0, duration_s):
            self._finished[profile].add(title)

    def statistics(self) -> dict[str, float]:
        """Coverage (share of the known titles that ever stood in a top 10), novelty (bits a title), repeats."""
        return {
            "coverage": len(self._shown) / self._known if self._known else 0.0,
            "novelty_bits": self._surprise / self._places if self._places else 0.0,
            "repeats": self.repeats,
        }
