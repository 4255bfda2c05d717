"""Beside another system: follows its events and its rankings, learns, and says how far it would do otherwise, and better.

It serves nothing. Each of the other system's rankings is compared with the one that Playhead would have made by then, from
what it has learned so far. Where both show the same title at a place, what came of it is told by the log; elsewhere by the heads.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta, Struct

from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent
from playhead.domain.fields import Id, ProfileId, TitleId
from playhead.experiments.logged import Estimates, LoggedDecisions, Offer, estimates
from playhead.features.request import request_of
from playhead.lab.evaluate.off_policy import Slots, slots
from playhead.recipe import RECIPE
from playhead.replay.core import Replay
from playhead.signals.record import decode

FIRST = 10
"""Titles that are compared: those on screen without scrolling."""


class IncumbentItem(Struct, frozen=True, gc=False):
    """A title of another system's ranking; ``propensity``: the probability that it stands there, 1 where lists don't explore."""

    title_id: TitleId
    propensity: Annotated[float, Meta(gt=0, le=1)] = 1.0


class IncumbentRanking(Struct, frozen=True):
    """A ranking of another system, as events name it; Playhead's own have this form, too."""

    ranking_id: Id
    profile_id: ProfileId
    items: tuple[IncumbentItem, ...]


class ApprenticeReport(NamedTuple):
    """What was followed, how alike the lists are, and what ours would have brought.

    overlap: the share of the first ten that ours has among its first ten; same_place: that stands at the same place in ours;
    same_first: of rankings, that begin with the same title.
    """

    events: int
    rankings: int
    overlap: float
    same_place: float
    same_first: float
    estimates: Estimates


_rankings = msgspec.json.Decoder(IncumbentRanking)


class Apprentice(Replay):
    """Learns from events, and compares rankings with its own."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = LoggedDecisions()
        self._alike: list[tuple[float, float, float]] = []
        self.listener = self._hear

    def _hear(self, profile: Any, event: AnyEvent) -> None:
        del profile
        self.joined.happened(event)

    def take_ranking(self, line: bytes) -> None:
        """Takes in a ranking of the other system.

        Raises:
            Rejected: it is none.
        """
        try:
            theirs = _rankings.decode(line)
        except msgspec.MsgspecError as error:
            repair = (
                "Give ranking_id, profile_id and items with a title_id each, best first, as events name them."
            )
            raise Rejected(f"No ranking: {error}.", repair) from error
        stored = self.stored.get(key := theirs.profile_id.encode())
        profile = None if stored is None else decode(stored)[2]
        if profile is None or not theirs.items:
            return  # of a stranger there is nothing to rank by
        ours = slots(self.personalizer, RECIPE.pipeline, request_of(key, profile))
        find = self.personalizer.world.catalogue.titles.get
        their = [find(one.title_id) for one in theirs.items]
        self._alike.append(_alike(their[:FIRST], ours.title[:FIRST]))
        offers = {
            one.title_id: _offer(one, place, number, ours)
            for place, (one, number) in enumerate(zip(theirs.items, their, strict=True))
        }
        self.joined.decided(theirs.ranking_id, offers)

    def report(self, reward: str = "click") -> ApprenticeReport:
        """What is known by now."""
        alike = np.array(self._alike).reshape(-1, 3)
        overlap, place, first = alike.mean(axis=0).tolist() if len(alike) else (0.0, 0.0, 0.0)
        found = estimates(*self.joined.columns(reward))
        return ApprenticeReport(self.tally.events, len(alike), overlap, place, first, found)


def _alike(theirs: list[int], ours: list[int]) -> tuple[float, float, float]:
    same = sum(one == other for one, other in zip(theirs, ours, strict=False))
    shared = len({*theirs} & {*ours} - {-1})
    return shared / len(theirs), same / len(theirs), float(theirs[:1] == ours[:1])


def _offer(one: IncumbentItem, place: int, number: int, ours: Slots) -> Offer:
    there = place < len(ours.title) and ours.title[place] == number
    known = ours.title.index(number) if number in ours.title else -1
    expected = ours.click[known] if known >= 0 else 0.0
    weight = ours.propensity[place] / one.propensity if there else 0.0
    return Offer(weight, expected, ours.click[place] if place < len(ours.click) else 0.0)
