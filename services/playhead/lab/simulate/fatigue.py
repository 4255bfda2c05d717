"""Viewers who tire of what they are shown and come back to it: what the ways to treat fatigue bring of clicks and long views."""

from math import exp
from random import Random
from typing import Any

import msgspec
import orjson

from playhead.domain.records import Effects
from playhead.domain.titles import Title
from playhead.lab.evaluate.engines import listed
from playhead.lab.evaluate.fatigue import ARMS
from playhead.personalize.recipe import Recipe
from playhead.replay.core import Replay

BEGIN_MS = 1_767_225_600_000
GENRES, TITLES = 6, 240
VISITS_A_DAY = 3
SHOWN = 10
LOOKED_AT = 0.85
"""Chance that the next place is looked at."""
TIRES, HALF_LIFE_S = 0.55, 2 * 86_400
"""A click is so much less likely after each impression in vain, half of which is forgotten after two days: no half-life that features have."""
LENGTH_S, LONG = 1_800.0, 0.7


def compared(seed: int, viewers: int, days: int) -> dict[str, dict[str, float]]:
    """Clicks and long views an impression in the second half of the days, by arm; the same viewers, tastes and luck for all."""
    return {name: _lived(recipe, seed, viewers, days) for name, recipe in ARMS.items()}


class _TiringViewer:
    """A viewer with tastes, who remembers what it was shown."""

    def __init__(self, seed: int, number: int) -> None:
        rng = Random(f"{seed}-viewer-{number}")  # noqa: S311  a simulation, not a secret
        self.name = f"viewer-{number:04}"
        self.taste = [rng.gauss(0.0, 1.2) for _ in range(GENRES)]
        self._weary: dict[str, tuple[float, float]] = {}

    def probability(self, title: int, worth: float, at_s: float) -> float:
        """The chance that the viewer clicks a title that is looked at."""
        times, since_s = self._weary.get(_name(title), (0.0, at_s))
        tired: float = TIRES ** (times * 0.5 ** ((at_s - since_s) / HALF_LIFE_S))
        return tired / (1.0 + exp(2.6 - self.taste[title % GENRES] - worth))

    def pass_over(self, title: int, at_s: float) -> None:
        """Notes that the viewer looked at a title and did not click it."""
        times, since_s = self._weary.get(_name(title), (0.0, at_s))
        self._weary[_name(title)] = 1.0 + times * 0.5 ** ((at_s - since_s) / HALF_LIFE_S), at_s


def _lived(recipe: Recipe, seed: int, viewers: int, days: int) -> dict[str, float]:
    core = Replay(recipe)
    for number in range(TITLES):
        core.put_title(msgspec.json.encode(Title(title_id=_name(number), name=_name(number), genres=(f"g{number % GENRES}",), duration_s=LENGTH_S)))  # fmt: skip
    rng = Random(f"{seed}-worth")  # noqa: S311
    worth = [rng.gauss(0.0, 0.7) for _ in range(TITLES)]
    audience = [_TiringViewer(seed, number) for number in range(viewers)]
    totals = {"impressions": 0, "clicks": 0, "long_views": 0}
    for visit in range(VISITS_A_DAY * days):
        for place, viewer in enumerate(audience):
            at_ms = BEGIN_MS + (visit * 86_400 // VISITS_A_DAY + place * 20) * 1_000
            done = _visit(core, viewer, worth, at_ms, Random(f"{seed}-{viewer.name}-{visit}"))  # noqa: S311
            if 2 * visit >= VISITS_A_DAY * days:
                totals = {name: totals[name] + count for name, count in done.items()}
    shown = totals["impressions"]
    return {
        "impressions": shown,
        "clicks an impression": totals["clicks"] / shown,
        "long views an impression": totals["long_views"] / shown,
    }


def _visit(
    core: Replay, viewer: _TiringViewer, worth: list[float], at_ms: int, rng: Random
) -> dict[str, int]:
    shown = _listed(_take(core, viewer, "page_viewed", at_ms, ranked=True))[:SHOWN]
    luck = [(rng.random(), rng.random()) for _ in range(TITLES)]
    looked: list[int] = []
    chosen = None
    for title in shown:
        if looked and luck[title][1] > LOOKED_AT:
            break
        looked.append(title)
        if luck[title][0] < viewer.probability(title, worth[title], at_ms / 1_000):
            chosen = title
            break
        viewer.pass_over(title, at_ms / 1_000)
    items = [
        {"title_id": _name(title), "rank": place, "visible_ms": 3_000 if title in looked else 200}
        for place, title in enumerate(shown)
    ]
    _take(core, viewer, "impressions_shown", at_ms + 1_000, items=items)
    if chosen is None:
        return {"impressions": len(shown), "clicks": 0, "long_views": 0}
    is_long = rng.random() < LONG
    watched_s = LENGTH_S if is_long else 8.0
    title_id, ended_ms = _name(chosen), at_ms + 6_000 + round(1_000 * watched_s)
    _take(core, viewer, "title_clicked", at_ms + 5_000, title_id=title_id)
    _take(core, viewer, "playback_started", at_ms + 6_000, title_id=title_id)
    _take(
        core,
        viewer,
        "playback_stopped",
        ended_ms,
        title_id=title_id,
        watched_s=watched_s,
        duration_s=LENGTH_S,
    )
    return {"impressions": len(shown), "clicks": 1, "long_views": int(is_long)}


def _take(
    core: Replay, viewer: _TiringViewer, type_: str, at_ms: int, *, ranked: bool = False, **fields: Any
) -> Effects:
    event = {
        "event_id": f"{viewer.name}-{at_ms}-{type_}",
        "type": type_,
        "occurred_at": at_ms,
        "profile_id": viewer.name,
        "market": "DE",
    }
    return core.take(orjson.dumps(event | fields), ranked=ranked)


def _listed(effects: Effects) -> list[int]:
    return [int(title_id[1:]) for title_id in listed(effects)]


def _name(number: int) -> str:
    return f"t{number:04}"
