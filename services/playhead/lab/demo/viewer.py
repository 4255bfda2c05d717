"""Who a simulated viewer is: tastes, habits, devices, and what they have seen so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from playhead.domain.events import Event
from playhead.domain.fields import Kind
from playhead.domain.rankings import Ranking
from playhead.domain.titles import Title
from playhead.lab.demo.tastes import Tastes

MARKETS: Mapping[str, tuple[str, int, int]] = {
    "US": ("en", -300, 30),
    "BR": ("pt", -180, 20),
    "IN": ("hi", 330, 18),
    "DE": ("de", 60, 12),
    "JP": ("ja", 540, 10),
    "FR": ("fr", 60, 10),
}
"""Language, offset from UTC in minutes, and weight of each market in the audience."""
DEVICES = ("tv", "mobile", "web", "tablet", "console")
DEVICE_WEIGHTS = (45, 30, 12, 8, 5)
KINDS: tuple[Kind, ...] = ("adult", "teen", "kids")
KIND_WEIGHTS = (84, 8, 8)
KIDS_MATURITY = 7
PEAKS = (7, 13, 20, 22)
"""Hours of the day around which viewers like to watch; each viewer has one."""


class ViewerAction(NamedTuple):
    """Something a viewer does: the event's type and own fields, and simulated seconds until the next action."""

    kind: type[Event]
    fields: Mapping[str, Any]
    then_s: float


class Pause(NamedTuple):
    """A while in which a viewer does nothing that makes an event, in simulated seconds."""

    then_s: float


@dataclass
class Viewer:
    """One person in front of a screen. Mutable: it remembers what the simulation needs, and nothing else."""

    profile_id: str
    market: str
    language: str
    utc_offset_min: int
    kind: Kind
    devices: tuple[str, ...]
    peak_hour: int
    tastes: Tastes
    rng: Random
    page: Ranking | None = None
    asked_ms: int = 0
    now_ms: int = 0
    clock_s: float = 0.0
    device: str = "tv"
    session_id: str = ""
    shown: Counter[str] = field(default_factory=Counter)
    finished: set[str] = field(default_factory=set)

    def may_watch(self, title: Title) -> bool:
        """Whether the viewer's market has the title and a child may see it."""
        here = title.markets is None or self.market in title.markets
        return here and (self.kind != "kids" or (title.maturity or 0) <= KIDS_MATURITY)

    def appetite(self, title: Title, artwork_id: str | None = None) -> float:
        """How likely the viewer picks the title when they look at it, 0 to 1: liking, worn down by repetition.

        ``artwork_id``: the picture that it is shown by.
        """
        if title.title_id in self.finished or not self.may_watch(title):
            return 0.0
        liking: float = self.tastes.liking(title) ** 1.5
        seen = next((artwork for artwork in title.artworks if artwork.artwork_id == artwork_id), None)
        eye = 1.0 if seen is None else self.tastes.eye(seen)
        return 0.6 * liking * eye / (1.0 + 0.35 * self.shown[title.title_id])

    def next_session_s(self) -> float:
        """Simulated seconds until the app is opened again: of a few drawn gaps, the one nearest to the habit."""
        gaps = [self.rng.expovariate(1 / 25_000.0) + 1_800.0 for _ in range(3)]
        return min(gaps, key=self._off_peak_h)

    def _off_peak_h(self, gap_s: float) -> float:
        hour = (self.clock_s + gap_s + 60.0 * self.utc_offset_min) / 3_600.0 % 24.0
        return min(abs(hour - self.peak_hour), 24.0 - abs(hour - self.peak_hour))


def make_viewer(seed: int, number: int, genres: list[str], tags: list[str]) -> Viewer:
    """The viewer of that number, the same one for the same seed."""
    rng = Random(f"viewer-{seed}-{number}")  # noqa: S311  a simulation, not a secret
    market = rng.choices(tuple(MARKETS), [weight for *_, weight in MARKETS.values()])[0]
    language, offset, _ = MARKETS[market]
    return Viewer(
        profile_id=f"viewer-{number:05}",
        market=market,
        language=language,
        utc_offset_min=offset,
        kind=rng.choices(KINDS, KIND_WEIGHTS)[0],
        devices=tuple(rng.choices(DEVICES, DEVICE_WEIGHTS, k=2)),
        peak_hour=rng.choice(PEAKS),
        tastes=Tastes(rng, genres, tags),
        rng=rng,
    )
